"""``| teamsexport``: judges Teams exports against the baseline; reads only."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.command import TeamsExport  # behind the path to lib

if __name__ == "__main__":
    TeamsExport().run()
