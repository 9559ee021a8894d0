"""What a message asks of those who show it: to hide the body at first, to tell somebody that they are meant."""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...protocol.character_counting import clip_range
from ...protocol.references import Reference, ReferenceType
from ...protocol.spoiler import Spoiler
from ...protocol.xmpp_uri import XMPPURI
from ...stanza import Message
from .incoming import read_all


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody is meant (XEP-0372): by the code points of the body from `begin` to `end`, or by the message as such."""

    address: JID
    begin: int | None = None
    end: int | None = None


def mentions_of(message: Message) -> list[Mention]:
    """Whom a message mentions; what does not name an address is left out, and so is a range that is none."""
    found: list[Mention] = []
    body = message.body or ""
    for one in read_all(message, Reference):
        if one.type != ReferenceType.MENTION or one.anchor is not None or one.uri is None:
            continue
        try:
            address = XMPPURI.parse(one.uri).jid
        except ValueError:
            continue
        if address is None:
            continue
        begin, end = clip_range(body, one.begin, one.end)
        whole = one.begin is None or one.end is None or begin == end
        found.append(Mention(address) if whole else Mention(address, begin, end))
    return found


def spoiler_of(message: Message, *langs: str) -> str | None:
    """The hint that stands for a hidden body (XEP-0382), in the first of these languages that there is, else the first one; an
    empty one hides it without a word. None: the body is not hidden."""
    spoilers = read_all(message, Spoiler)
    if not spoilers:
        # One that cannot be read hides the body as well: to show it cannot be undone.
        return None if message.find(Spoiler.element_names[0]) is None else ""
    hints = {(one.lang or message.effective_lang or "").lower(): one.hint for one in reversed(spoilers)}
    return next((hints[lang.lower()] for lang in langs if lang.lower() in hints), spoilers[0].hint)
