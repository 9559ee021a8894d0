"""Atheris harness: `python fuzz/fuzz_server.py [-max_total_time=600 ...]`; see `properties.check_server`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzz.harness import run

if __name__ == "__main__":
    run("server")
