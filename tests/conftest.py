"""What every test may use: the app's modules on the path, and no other app code."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT / "bin", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
