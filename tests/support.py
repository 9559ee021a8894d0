"""What tests share: where the reference material is, if it is there at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_dir() -> Path:
    """The folder with the specifications, vectors and lab scripts, or a skip that says why.

    `XMPPWIRE_SHARED` names it; without that it is looked for beside the checkout.
    """
    path = Path(os.environ.get("XMPPWIRE_SHARED") or ROOT.parent / "shared")
    if not (path / "corpus").is_dir():
        pytest.skip(f"no reference material at {path} (set XMPPWIRE_SHARED)")
    return path


def vectors(name: str) -> Any:
    """The parsed test vectors in `corpus/vectors/<name>`, or a skip."""
    return json.loads((shared_dir() / "corpus" / "vectors" / name).read_text(encoding="utf-8"))
