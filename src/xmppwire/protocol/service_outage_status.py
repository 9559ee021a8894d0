"""Service Outage Status (XEP-0455): where to look when a server cannot be reached, and what is found there.

A server names addresses of the web by service discovery (`OutageAddresses`); clients remember them. What is there is a small
JSON document about one outage, an empty object where there is none. Fetching it is the program's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from xmppwire.payload import URI, DateTime
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Standard, Status

STANDARD = Standard(
    "XEP-0455",
    "Service Outage Status",
    Status.EXPERIMENTAL,
    "0.4.0",
    note="A typed form and a JSON document; no elements of its own.",
)

MAX_LENGTH = 65536
"""How long a document may be, in characters or bytes."""


class OutageAddresses(TypedForm, form_type="urn:xmpp:sos:0"):
    """Where the status of a server is to be found (section 2.1)."""

    addresses: list[str] = form.fields("external-status-addresses", URI, type=FieldType.LIST_MULTI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One outage (section 2.2). A `beginning` in the future says that it is planned for then."""

    beginning: datetime
    expected_end: datetime | None = None
    planned: bool = False
    messages: Mapping[str, str] = field(default_factory=dict[str, str])
    """Texts for people by language tag; the one under `default` is for all others."""

    def message(self, language: str = "") -> str | None:
        """The text in a language, or in the one it is a variety of, or the default."""
        while language:
            for tag, text in self.messages.items():
                if tag.lower() == language.lower():
                    return text
            language = language.rpartition("-")[0]
        return self.messages.get("default")


def parse_status(document: str | bytes) -> Outage | None:
    """Read a document; None where there is no outage. What the standard does not name is ignored.

    Raises ValueError for what is not JSON, longer than `MAX_LENGTH`, or not as the standard has it.
    """
    if len(document) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH}")
    try:
        loaded = json.loads(document)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(loaded, dict):
        raise ValueError("not an object")
    members = cast("dict[str, Any]", loaded)
    if not members:
        return None
    end = _member(members, "expected_end", str)
    messages = cast("dict[str, Any]", _member(members, "message", dict) or {})
    if any(not isinstance(text, str) for text in messages.values()):
        raise ValueError("message: not an object of strings")
    beginning = _member(members, "beginning", str)
    if beginning is None:
        raise ValueError("beginning: missing")
    return Outage(
        beginning=DateTime.decode(beginning),
        expected_end=None if end is None else DateTime.decode(end),
        planned=bool(_member(members, "planned", bool)),
        messages=messages,
    )


def _member(members: dict[str, Any], name: str, kind: type) -> Any:
    value = members.get(name)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{name}: not of type {kind.__name__}")
    return value


def make_status(outage: Outage | None) -> str:
    """Write a document. Raises ValueError for messages without a default."""
    if outage is None:
        return "{}"
    members: dict[str, Any] = {"planned": outage.planned, "beginning": DateTime.encode(outage.beginning)}
    if outage.expected_end is not None:
        members["expected_end"] = DateTime.encode(outage.expected_end)
    if outage.messages:
        if "default" not in outage.messages:
            raise ValueError("messages without one under 'default'")
        members["message"] = dict(outage.messages)
    return json.dumps(members, ensure_ascii=False)
