"""Puts the repository root on the path, so that tests import `tests.support` under importlib mode; and takes what is there
before the first test, some ten thousand tests, out of the garbage collector's rounds, which tests of leaks ask for."""

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
