"""Puts the repository root on the path, so that tests import `tests.support` under importlib mode; and lets Hypothesis's
examples take their time, since a machine that pauses is no fault of ours."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

settings.register_profile("patient", settings(deadline=None))
settings.load_profile("patient")
