"""Invitations to rooms (XEP-0045 section 7.8.2, XEP-0249): sent, read, checked, declined; and requests for voice."""

from __future__ import annotations

import pytest

from tests.im.rooms_stage import HAG, ROOM, at
from tests.session.play import Play
from xmppwire.im.rooms import (
    ForgedInvitation,
    Invitation,
    answer_request,
    decline,
    invite,
    invite_directly,
    leads_to_room,
    read_invitation,
    request_voice,
)
from xmppwire.jid import JID
from xmppwire.payload import PayloadError
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.direct_muc_invitations import DirectInvitation
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.muc import NAMESPACE
from xmppwire.protocol.muc_forms import OccupantRole, RoomRegistration, VoiceRequest
from xmppwire.protocol.muc_user import MucContinue, MucDecline, MucInvite, MucUser
from xmppwire.stanza import Message, MessageType
from xmppwire.xml import Element

CRONE = JID("crone1@shakespeare.lit/desktop")
HECATE = JID("hecate@shakespeare.lit")
REASON = "Hey Hecate, this is the place for all good witches!"
MUC_USER = "http://jabber.org/protocol/muc#user"


@pytest.mark.spec("XEP-0045", "7.8.2", "7.9")
def test_inviting_by_way_of_the_room() -> None:
    message = invite(ROOM, HECATE, str(HAG), reason=REASON)
    assert (message.to, message.type) == (ROOM, MessageType.NORMAL)
    assert message.get(MucUser) == MucUser(
        invites=[MucInvite(to=HECATE, reason=REASON), MucInvite(to=HAG, reason=REASON)]
    )
    going_on = invite(ROOM, HECATE, thread="e0ff").get(MucUser)
    assert going_on is not None and going_on.invites[0].continuation == MucContinue(thread="e0ff")
    going_on = invite(ROOM, HECATE, continues=True).get(MucUser)
    assert going_on is not None and going_on.invites[0].continuation == MucContinue()
    with pytest.raises(ValueError, match="nobody"):
        invite(ROOM)


@pytest.mark.spec("XEP-0249", "2")
def test_inviting_directly() -> None:
    message = invite_directly(HECATE, at("firstwitch"), reason=REASON, password="cauldronburn", thread="e0ff")
    assert (message.to, message.type) == (HECATE, MessageType.NORMAL)
    assert message.get(DirectInvitation) == DirectInvitation(
        jid=ROOM, reason=REASON, password="cauldronburn", continue_=True, thread="e0ff"
    )
    assert invite_directly(HECATE, ROOM).get(DirectInvitation) == DirectInvitation(jid=ROOM)


@pytest.mark.spec("XEP-0045", "7.8.2", "7.9")
def test_an_invitation_by_way_of_the_room() -> None:
    more = MucContinue(thread="e0ff")
    extension = MucUser(invites=[MucInvite(sender=CRONE, reason=REASON, continuation=more)], password="cauldronburn")
    compatible = Element(("jabber:x:conference", "x"), {"jid": str(ROOM)}, [REASON])
    for message in (Message(HECATE, sender=ROOM), Message(HECATE, sender=ROOM, payloads=[compatible])):
        invitation = read_invitation(message.with_(extension))
        assert invitation == Invitation(ROOM, CRONE, True, REASON, "cauldronburn", continues=True, thread="e0ff")
    plain = read_invitation(Message(HECATE, sender=ROOM, payloads=[MucUser(invites=[MucInvite()])]))
    assert plain == Invitation(ROOM, None, True)


@pytest.mark.spec("XEP-0249", "2")
def test_a_direct_invitation() -> None:
    payload = DirectInvitation(jid=ROOM, reason=REASON, password="cauldronburn", continue_=True, thread="e0ff")
    invitation = read_invitation(Message(HECATE, sender=CRONE, payloads=[payload]))
    assert invitation == Invitation(ROOM, CRONE, False, REASON, "cauldronburn", continues=True, thread="e0ff")
    no_thread = DirectInvitation(jid=ROOM, thread="e0ff")
    assert read_invitation(Message(HECATE, sender=CRONE, payloads=[no_thread])) == Invitation(ROOM, CRONE, False)


def test_what_is_no_invitation() -> None:
    assert read_invitation(Message(HECATE, "Come!", sender=CRONE)) is None
    assert read_invitation(Message(HECATE, sender=ROOM, payloads=[MucUser()])) is None
    payload = DirectInvitation(jid=ROOM)
    for kind in ("error", "groupchat"):
        assert read_invitation(Message(HECATE, type=kind, sender=CRONE, payloads=[payload])) is None


@pytest.mark.spec("XEP-0249", "5")
@pytest.mark.parametrize(
    ("sender", "payload"),
    [
        (at("firstwitch"), MucUser(invites=[MucInvite(sender=CRONE)])),  # an occupant, and not the room
        (CRONE, MucUser(invites=[MucInvite(sender=CRONE)])),
        (JID("chat.shakespeare.lit"), MucUser(invites=[MucInvite(sender=CRONE)])),
        (None, MucUser(invites=[MucInvite(sender=CRONE)])),
        (ROOM, Element((MUC_USER, "x"), {}, [Element((MUC_USER, "invite"), {"from": "@"}, [])])),
        (CRONE, DirectInvitation(jid=JID("shakespeare.lit"))),
        (CRONE, DirectInvitation(jid=at("firstwitch"))),
        (CRONE, Element(("jabber:x:conference", "x"), {"jid": "@"}, [])),
        (CRONE, Element(("jabber:x:conference", "x"), {}, [])),
    ],
)
def test_what_only_looks_like_an_invitation(sender: JID | None, payload: MucUser | DirectInvitation | Element) -> None:
    forged = read_invitation(Message(HECATE, sender=sender, payloads=[payload]))
    assert isinstance(forged, ForgedInvitation)
    assert forged.sender == sender and forged.reason


@pytest.mark.spec("XEP-0045", "6.4")
@pytest.mark.parametrize(
    ("info", "room"),
    [
        (DiscoInfo(identities=[Identity(category="conference", type="text")], features=[NAMESPACE]), True),
        (DiscoInfo(identities=[Identity(category="conference", type="text")]), False),
        (DiscoInfo(identities=[Identity(category="account", type="registered")], features=[NAMESPACE]), False),
        (None, False),
    ],
)
def test_where_an_invitation_leads(info: DiscoInfo | None, room: bool) -> None:
    play = Play()
    running = play.run(leads_to_room(Invitation(ROOM, CRONE, True)))
    iq = play.asked()
    assert iq.to == ROOM
    reply = iq.error_reply("service-unavailable") if info is None else iq.result(info)
    play.say(reply.replace(sender=ROOM))
    assert running.result() is room


@pytest.mark.spec("XEP-0045", "7.8.2")
def test_declining() -> None:
    message = decline(Invitation(ROOM, CRONE, True), "too busy")
    assert (message.to, message.type) == (ROOM, MessageType.NORMAL)
    assert message.get(MucUser) == MucUser(decline=MucDecline(to=CRONE, reason="too busy"))
    for invitation in (Invitation(ROOM, CRONE, False), Invitation(ROOM, None, True)):
        with pytest.raises(ValueError, match="nobody"):
            decline(invitation)


@pytest.mark.spec("XEP-0045", "7.13")
def test_asking_for_voice() -> None:
    message = request_voice(ROOM)
    assert (message.to, message.type) == (ROOM, MessageType.NORMAL)
    form = message.get(DataForm)
    assert form is not None and form.type is DataFormType.SUBMIT
    assert VoiceRequest.from_form(form) == VoiceRequest(role=OccupantRole.PARTICIPANT)


@pytest.mark.spec("XEP-0045", "8.6", "9.9")
@pytest.mark.parametrize("allow", [True, False])
def test_a_request_is_answered(allow: bool) -> None:
    voice = VoiceRequest(role=OccupantRole.PARTICIPANT, jid=HAG, nick="hag", allow=False)
    answer = answer_request(ROOM, voice.to_form(DataFormType.FORM), allow=allow)
    assert (answer.to, answer.type) == (ROOM, MessageType.NORMAL)
    form = answer.get(DataForm)
    assert form is not None and form.type is DataFormType.SUBMIT
    assert VoiceRequest.from_form(form) == voice.replace(allow=allow)
    member = RoomRegistration(nick="hag", allow=False)
    form = answer_request(ROOM, member.to_form(DataFormType.FORM), allow=allow).get(DataForm)
    assert form is not None and RoomRegistration.from_form(form) == member.replace(allow=allow)
    with pytest.raises(PayloadError):
        answer_request(ROOM, DataForm(type=DataFormType.FORM), allow=allow)
