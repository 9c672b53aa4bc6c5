"""``| teamsexportretention``: deletes what is older than it is kept."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.upkeep import TeamsExportRetention  # behind the path to lib

if __name__ == "__main__":
    TeamsExportRetention().run()
