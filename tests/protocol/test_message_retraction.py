"""Retraction (XEP-0424) and moderation (XEP-0425), each in both versions of its namespace."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xmppwire.jid import JID
from xmppwire.protocol.message_fastening import ApplyTo
from xmppwire.protocol.message_moderation import (
    NAMESPACE,
    OLDER_NAMESPACES,
    Moderate,
    Moderated,
    Moderation,
    moderation_of,
    moderation_request,
)
from xmppwire.protocol.message_retraction import OLDER_NAMESPACES as OLDER_RETRACTION
from xmppwire.protocol.message_retraction import Retract, Retracted, retracted_id
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.stanza import Message, write_stanza
from xmppwire.xml import Element

ROOM = JID("room@muc.example.com")
(OLDER,) = OLDER_NAMESPACES
OLD_RETRACT = Retract(namespace=OLDER_RETRACTION[0])


def message(*payloads: Retract | Retracted | ApplyTo | Moderated) -> Message:
    return Message("juliet@capulet.lit", payloads=payloads)


@pytest.mark.spec("XEP-0424", "3")
def test_the_message_that_is_taken_back() -> None:
    assert retracted_id(message(Retract(id="a"))) == "a"
    assert retracted_id(message(ApplyTo(id="b", payloads=[OLD_RETRACT]))) == "b"
    assert retracted_id(message(Retracted(id="c"))) is None
    assert retracted_id(message(ApplyTo(id="d", payloads=[Element(("urn:example", "like"), {}, [])]))) is None
    assert retracted_id(message()) is None


@pytest.mark.spec("XEP-0425", "3.1")
def test_what_a_moderator_took_back_is_no_retraction_by_the_sender() -> None:
    by = ROOM.with_resource("macbeth")
    new = message(Retract(id="a", moderated=Moderated(by=by, occupant_id=OccupantId(id="o")), reason="spam"))
    old = message(ApplyTo(id="a", payloads=[Moderated(namespace=OLDER, by=by, retract=OLD_RETRACT, reason="spam")]))
    assert moderation_of(new) == Moderation("a", by, "spam", "o")
    assert moderation_of(old) == Moderation("a", by, "spam")
    assert retracted_id(new) is retracted_id(old) is None
    assert moderation_of(message(Retract(id="a", moderated=Moderated()))) == Moderation("a")
    for other in (message(Retract(id="a")), message(ApplyTo(id="a", payloads=[OLD_RETRACT])), message()):
        assert moderation_of(other) is None
    assert moderation_of(message(ApplyTo(id="a", payloads=[Moderated(namespace=OLDER)]))) is None


@pytest.mark.spec("XEP-0425", "3.1")
def test_the_reason_is_taken_from_the_older_version_where_the_newer_one_lacks_it() -> None:
    """ejabberd 24.12 announces both, and its reason of version 1 is in a namespace where it cannot be found."""
    by = ROOM.with_resource("macbeth")
    new = Retract(id="a", moderated=Moderated(by=by, occupant_id=OccupantId(id="o")))
    old = Moderated(namespace=OLDER, by=by, retract=OLD_RETRACT, reason="spam")
    assert moderation_of(message(ApplyTo(id="a", payloads=[old]), new)) == Moderation("a", by, "spam", "o")
    assert moderation_of(message(ApplyTo(id="b", payloads=[old]), new)) == Moderation("a", by, None, "o")
    kept = new.replace(reason="other")
    assert moderation_of(message(ApplyTo(id="a", payloads=[old]), kept)) == Moderation("a", by, "other", "o")


@pytest.mark.spec("XEP-0425", "3")
def test_a_request_in_the_version_of_the_room() -> None:
    assert moderation_request("a", "spam") == Moderate(id="a", retract=Retract(), reason="spam")
    old = moderation_request("a", "spam", OLDER)
    assert write_stanza(Message(ROOM, payloads=[old])) == (
        "<message to='room@muc.example.com'><apply-to xmlns='urn:xmpp:fasten:0' id='a'>"
        "<moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/>"
        "<reason>spam</reason></moderate></apply-to></message>"
    )
    assert moderation_request("a", namespace=NAMESPACE) == Moderate(id="a", retract=Retract())


@pytest.mark.parametrize("first", ["message_retraction", "message_moderation"])
def test_the_two_modules_can_be_imported_in_either_order(first: str) -> None:
    code = (
        f"import xmppwire.protocol.{first}\n"
        "from xmppwire.protocol.message_moderation import Moderate\n"
        "from xmppwire.protocol.message_retraction import Retract\n"
        "Moderate(id='a', retract=Retract()).to_element()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
