"""Puts the repository root on the path, so that tests import `tests.support` under importlib mode."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
