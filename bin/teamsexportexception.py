"""``| teamsexportexception``: says that something is right, for a while and within bounds."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.upkeep import TeamsExportException  # behind the path to lib

if __name__ == "__main__":
    TeamsExportException().run()
