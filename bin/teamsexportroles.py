"""``| teamsexportroles``: reads from Microsoft Graph who holds which role."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.role_commands import TeamsExportRoles  # behind the path to lib

if __name__ == "__main__":
    TeamsExportRoles().run()
