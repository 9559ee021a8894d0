"""The records of RFCs, held against the documents themselves where these are at hand."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.support import shared_dir
from xmppwire.protocol import Status, standards

SPACES = {"nbsp": " ", "nbhy": "-"}
RFCS = {one.number.partition(" ")[2]: one for one in standards() if one.number.startswith("RFC ")}


def front(path: Path) -> tuple[str, str]:
    """Title and category, as the source in XML has them."""
    text = re.sub(r"&(nbsp|nbhy);", lambda match: SPACES[match[1]], path.read_text(encoding="utf-8"))
    title = re.search(r"<title\b[^>]*>(.*?)</title>", text, re.DOTALL)
    category = re.search(r"<rfc\b[^>]*?\bcategory=.(\w+)", text, re.DOTALL)
    assert title is not None
    return " ".join(html.unescape(title[1]).split()), category[1] if category else ""


@pytest.mark.parametrize("number", sorted(RFCS, key=int))
def test_titles_and_statuses(number: str) -> None:
    path = shared_dir() / "specs" / f"rfc{number}.xml"
    if not path.exists():
        pytest.skip(f"the text of RFC {number} is not at hand")
    title, category = front(path)
    assert RFCS[number].name == title
    assert category in ("std", "")
    assert RFCS[number].status is Status.PROPOSED
