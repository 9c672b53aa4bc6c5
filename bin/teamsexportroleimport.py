"""``... | teamsexportroleimport``: joins who holds which role, from audit records or a CSV."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.role_commands import TeamsExportRoleImport  # behind the path to lib

if __name__ == "__main__":
    TeamsExportRoleImport().run()
