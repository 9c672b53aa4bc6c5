"""REST handler of the set-up page: `/services/teams_export_guard/setup` (restmap.conf)."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

from splunk.persistconn.application import PersistentServerConnectionApplication  # splunkd's own Python has it

from teams_export_guard.setup_service import answer  # behind the path to lib


class SetupHandler(PersistentServerConnectionApplication):
    """Shows and changes the settings, with the rights of whoever asks."""

    def __init__(self, command_line, command_arg):
        super().__init__()

    def handle(self, in_string):
        """One request, as JSON text."""
        return answer(in_string)
