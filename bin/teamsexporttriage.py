"""``| teamsexporttriage``: says what an alert was, and keeps who said it."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.upkeep import TeamsExportTriage  # behind the path to lib

if __name__ == "__main__":
    TeamsExportTriage().run()
