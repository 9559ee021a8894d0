"""Which extensions other libraries have that we do not: `python -m tests.tools.compare_libraries`.

slixmpp's list is read from the installed package (one plugin an extension). That of xmpp-rs is data: `parsers/doap.xml` of
March 2025 (in the fork arachnist/xmpp-rs), and what the modules of xmpp-parsers 0.22.0 on docs.rs add (0070, 0335).
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from xmppwire.protocol import standards

_XMPP_RS = """
0004 0030 0045 0047 0048 0049 0054 0059 0060 0066 0068 0070 0071 0077 0082 0084 0085 0092 0107 0114
0115 0118 0122 0153 0157 0166 0167 0172 0176 0177 0184 0191 0198 0199 0202 0203 0215 0221 0224 0231
0234 0257 0260 0261 0264 0277 0280 0293 0294 0297 0300 0301 0308 0313 0319 0320 0328 0335 0338 0339
0352 0353 0359 0363 0369 0373 0377 0380 0384 0386 0388 0390 0402 0421 0440 0441 0444 0478 0484 0490
"""
XMPP_RS = frozenset(_XMPP_RS.split())

WITHOUT_ELEMENTS = {
    "0068": "names of form fields",
    "0082": "formats of dates and times",
    "0106": "escapes in addresses",
    "0128": "forms within disco#info",
    "0133": "nodes and forms of ad-hoc commands",
    "0157": "a form within disco#info",
    "0163": "how pubsub is used",
    "0222": "how pubsub is used",
    "0223": "how pubsub is used",
    "0242": "a compliance suite",
    "0256": "the element of XEP-0012 within presence",
    "0270": "a compliance suite",
    "0277": "entries of Atom (RFC 4287), which has classes",
    "0302": "a compliance suite",
    "0410": "the element of XEP-0199, sent to oneself through a room",
    "0454": "the form of a URI",
    "0455": "a form within disco#info and a JSON document",
    "0502": "a field of the room's form",
}
"""Entries of those lists that define no element: there is nothing to type."""

SUPERSEDED = {
    "0078": "a login without SASL",
    "0086": "error codes of before 2002",
}
"""Left out on purpose."""


def ours() -> frozenset[str]:
    """The numbers of the extensions that we have classes for."""
    return frozenset(one.number.removeprefix("XEP-") for one in standards() if one.classes)


def slixmpp() -> frozenset[str] | None:
    """The numbers of slixmpp's plugins; None where it is not installed."""
    spec = find_spec("slixmpp")
    if spec is None or spec.origin is None:
        return None
    names = (path.name for path in (Path(spec.origin).parent / "plugins").iterdir())
    return frozenset(found[1] for found in (re.match(r"xep_(\d{4})", name) for name in names) if found is not None)


def left(theirs: frozenset[str], typed: frozenset[str]) -> dict[str, str]:
    """What their list has and `typed` has not, with the reason where there is one."""
    known = WITHOUT_ELEMENTS | SUPERSEDED
    return {number: known.get(number, "missing") for number in sorted(theirs - typed)}


def main() -> None:
    """Print both lists."""
    typed = ours()
    for name, theirs in (("slixmpp", slixmpp()), ("xmpp-rs", XMPP_RS)):
        if theirs is None:
            print(f"{name} is not installed")
            continue
        print(f"{name}: {len(theirs)} extensions; with classes here: {len(theirs & typed)}; left:")
        for number, reason in left(theirs, typed).items():
            print(f"  {number} {reason}")


if __name__ == "__main__":
    main()
