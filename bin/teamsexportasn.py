"""``| teamsexportasn``: refreshes the table from addresses to networks."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.asn_command import TeamsExportAsn  # behind the path to lib

if __name__ == "__main__":
    TeamsExportAsn().run()
