"""The alert action *Teams Export webhook*: posts alerts as JSON to an https address."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from teams_export_guard.courier import Courier  # behind the path to lib
from teams_export_guard.webhook import Effects, main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer, sys.stderr, Effects(Courier)))
