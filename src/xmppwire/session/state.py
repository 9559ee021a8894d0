"""The state of a session as bytes: the stream to resume, and what waits to be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..stanza import Stanza
from ..stream.closing import parse_host
from ..stream.management import Resumption, from_text, to_text
from ..xml import Element

Place = tuple[str, int | None]
"""A host (a name or an IP address without brackets), and a port or None."""


def export_state(resumption: Resumption, unsent: Iterable[Stanza | Element]) -> bytes:
    """The state as bytes."""
    record = {
        "version": 1,
        "resumption": resumption.to_bytes().decode(),
        "unsent": [to_text(item) for item in unsent],
    }
    return json.dumps(record, separators=(",", ":")).encode()


def import_state(data: bytes) -> tuple[Resumption, list[Stanza | Element]]:
    """What `export_state` was given. Raises ValueError for anything else."""
    try:
        record = json.loads(data)
        if record["version"] != 1:
            raise ValueError(f"version {record['version']!r} is not known")
        return Resumption.from_bytes(record["resumption"]), [from_text(text) for text in record["unsent"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no state of a session: {error}") from error


def place_of(state: Resumption | None) -> Place | None:
    """Where the server would have a stream resumed (XEP-0198 section 3)."""
    return None if state is None else parse_host(state.location)
