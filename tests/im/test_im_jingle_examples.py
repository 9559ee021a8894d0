"""The examples of the standards, played through the state machines: each is made by one party and taken by the other."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.protocol.corpus import parse
from tests.support import shared_dir
from xmppwire.im.commands import anybody
from xmppwire.im.jingle import (
    Change,
    ContentKey,
    JingleSession,
    ProposalChange,
    Proposals,
    Sessions,
)
from xmppwire.im.jingle.state import GENERAL, jingle_condition
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.hints import Store
from xmppwire.protocol.jingle import Action, Content, Creator, Jingle, JingleErrorCondition
from xmppwire.protocol.jingle_message_initiation import Finish, Proceed, Propose, Reject, Retract, Ringing
from xmppwire.session import AutomaticAnswers
from xmppwire.stanza import Iq, Message, StanzaError
from xmppwire.xml import Element, XMLError

DESCRIPTION = Element(("urn:example:application", "description"))
TRANSPORT = Element(("urn:example:transport", "transport"))
ANSWERS = (Action.CONTENT_ACCEPT, Action.CONTENT_REJECT)


def printed(number: str) -> list[Element]:
    """The stanzas of the examples of a standard, in their order."""
    path = shared_dir() / "specs" / f"xep-{number}.xml"
    if not path.is_file():
        pytest.skip(f"no text of XEP-{number}")
    found: list[Element] = []
    for xml in re.findall(r"<example[^>]*>(.*?)</example>", path.read_text(encoding="utf-8"), re.DOTALL):
        parts = re.findall(r"<!\[CDATA\[(.*?)\]\]>", xml, re.DOTALL)
        try:
            found += parse("".join(parts) or html.unescape(xml))
        except (ValueError, XMLError):  # pictures, and markup that is none
            continue
    return found


def requests(number: str) -> list[Iq]:
    """The requests of Jingle among them."""
    found: list[Iq] = []
    for element in printed(number):
        if element.local == "iq" and element.get("type") == "set":
            iq = Iq.from_element(element)
            if iq.payload_name in Jingle.element_names:
                found.append(iq)
    return found


class Party:
    """One of the two, who knows all that the example is about."""

    def __init__(self, jid: JID, jingle: Jingle) -> None:
        self.jid = jid
        self.sessions = Sessions(anybody)
        payloads = [payload for content in jingle.contents for payload in content.payloads]
        namespaces = [_name(payload)[0] for payload in [*payloads, DESCRIPTION, TRANSPORT]]
        infos = [_name(payload) for payload in jingle.payloads]
        self.sessions.support(applications=namespaces, transports=namespaces, infos=infos)
        self.answers = AutomaticAnswers()
        self.sessions.attach(self.answers)


def _name(payload: Payload | Element) -> tuple[str, str]:
    return payload.name if isinstance(payload, Element) else payload.to_element().name


class Scene:
    """What has to have happened before an example."""

    def __init__(self, iq: Iq) -> None:
        assert iq.sender is not None
        assert iq.to is not None
        jingle = iq.get(Jingle)
        assert jingle is not None
        self.jingle = jingle
        self.sender, self.recipient = Party(iq.sender, jingle), Party(iq.to, jingle)
        first = self.sender if self._sender_is_initiator(iq.sender) else self.recipient
        self.initiator, self.responder = first, self.recipient if first is self.sender else self.sender
        self.theirs: JingleSession | None = None
        if jingle.action is not Action.SESSION_INITIATE:
            self._begin()

    def _sender_is_initiator(self, sender: JID) -> bool:
        action, contents = self.jingle.action, self.jingle.contents
        if action in ANSWERS:
            return contents[0].creator is Creator.RESPONDER
        if action in (Action.SESSION_INITIATE, Action.SESSION_ACCEPT):
            return action is Action.SESSION_INITIATE
        return sender.localpart == "romeo"

    def _begin(self) -> None:
        jingle = self.jingle
        role = Creator.INITIATOR
        others = [_whole(one) for one in jingle.contents if one.creator is not role]
        mine = [_whole(one) for one in jingle.contents if one.creator is role]
        filler = Content(name="other", payloads=[DESCRIPTION, TRANSPORT])
        new = jingle.action in (Action.CONTENT_ADD, *ANSWERS)
        offer = [filler, *([] if new else mine)]
        if jingle.action is Action.SESSION_ACCEPT:
            offer = mine
        ours = self.initiator.sessions.initiate(self.initiator.jid, self.responder.jid, offer, jingle.sid)
        self.deliver()
        (theirs,) = self.responder.sessions.take_incoming()
        self.sessions = {self.initiator.jid: ours, self.responder.jid: theirs}
        if jingle.action is Action.SESSION_ACCEPT:
            return
        theirs.accept(offer)
        self.deliver()
        if jingle.action in ANSWERS:
            self.sessions[self.recipient.jid].add_contents(*(others or mine))
        elif jingle.action is not Action.CONTENT_ADD and others:
            theirs.add_contents(*others)
            self.deliver()
            ours.accept_contents(*others)
        self.deliver()
        if jingle.action in (Action.TRANSPORT_ACCEPT, Action.TRANSPORT_REJECT):
            for content in jingle.contents:
                other = self.sessions[self.recipient.jid]
                other.replace_transport(ContentKey.of(content), content.transport or TRANSPORT)
            self.deliver()
        for session in self.sessions.values():
            session.take_events()

    def deliver(self) -> list[tuple[Jingle, StanzaError | None]]:
        """Bring over what is to be sent."""
        found: list[tuple[Jingle, StanzaError | None]] = []
        for party, other in ((self.initiator, self.responder), (self.responder, self.initiator)):
            for session in party.sessions.take_unsent():
                while (iq := session.take_request()) is not None:
                    payload = iq.get(Jingle)
                    assert payload is not None
                    arrived = Iq.from_element(iq.replace(sender=party.jid, id="x").to_element())
                    reply = other.answers.judge(arrived, other.jid, 0.0).reply
                    assert reply is not None
                    session.replied(iq, reply.error)
                    found.append((payload, reply.error))
        return found

    def perform(self) -> None:
        """Have the sender do what the example shows."""
        jingle = self.jingle
        contents = jingle.contents
        if jingle.action is Action.SESSION_INITIATE:
            sessions = self.sender.sessions
            sessions.initiate(self.sender.jid, self.recipient.jid, contents, jingle.sid, jingle.payloads)
            return
        session = self.sessions[self.sender.jid]
        keys = [ContentKey.of(content) for content in contents]
        key = keys[0] if keys else ContentKey(Creator.INITIATOR, "")

        def description() -> Payload | Element:
            return contents[0].description or DESCRIPTION

        def transport() -> Payload | Element:
            return contents[0].transport or TRANSPORT

        acts: dict[Action, Callable[[], object]] = {
            Action.SESSION_ACCEPT: lambda: session.accept(contents, jingle.payloads),
            Action.SESSION_TERMINATE: lambda: session.terminate(jingle.reason) if jingle.reason else None,
            Action.SESSION_INFO: lambda: session.inform(*jingle.payloads),
            Action.CONTENT_ADD: lambda: session.add_contents(*contents),
            Action.CONTENT_ACCEPT: lambda: session.accept_contents(*contents),
            Action.CONTENT_REJECT: lambda: session.reject_contents(*keys, reason=jingle.reason),
            Action.CONTENT_REMOVE: lambda: session.remove_contents(*keys, reason=jingle.reason),
            Action.CONTENT_MODIFY: lambda: session.modify_content(key, contents[0].senders),
            Action.DESCRIPTION_INFO: lambda: session.describe(key, description()),
            Action.TRANSPORT_INFO: lambda: session.send_transport_info(key, transport()),
            Action.TRANSPORT_REPLACE: lambda: session.replace_transport(key, transport()),
            Action.TRANSPORT_ACCEPT: lambda: session.accept_transport(key, transport()),
            Action.TRANSPORT_REJECT: lambda: session.reject_transport(key),
        }
        acts[jingle.action]()


def _whole(content: Content) -> Content:
    """The content as it was when it was offered."""
    payloads = [content.description or DESCRIPTION, content.transport or TRANSPORT]
    return content.replace(payloads=payloads)


def plain(jingle: Jingle) -> Jingle:
    """Without the addresses, which the examples have in more places than the standard wants them."""
    if jingle.action in (Action.CONTENT_REJECT, Action.CONTENT_REMOVE):  # of which the names are enough
        contents = [content.replace(payloads=[]) for content in jingle.contents]
        jingle = jingle.replace(contents=contents)
    return Jingle.from_element(jingle.replace(initiator=None, responder=None).to_element())


@pytest.mark.spec("XEP-0166", "6", "7.2")
@pytest.mark.spec("XEP-0167", "5", "8", "11")
@pytest.mark.spec("XEP-0176", "5")
@pytest.mark.spec("XEP-0234", "6", "8", "9")
@pytest.mark.spec("XEP-0260", "2", "3")
@pytest.mark.spec("XEP-0261", "2")
@pytest.mark.parametrize(
    ("number", "least"), [("0166", 19), ("0167", 27), ("0176", 8), ("0234", 13), ("0260", 7), ("0261", 4)]
)
def test_examples_are_made_and_taken(number: str, least: int) -> None:
    found = requests(number)
    assert len(found) >= least
    for iq in found:
        scene = Scene(iq)
        if scene.jingle.action is Action.SECURITY_INFO:
            continue
        scene.perform()
        ((made, error), *_) = scene.deliver()
        assert plain(made) == plain(scene.jingle)
        assert error is None, (number, iq.id, error)


@pytest.mark.spec("XEP-0166", "8")
def test_the_example_of_security_is_refused() -> None:
    refused = 0
    for iq in requests("0166"):
        scene = Scene(iq)
        if scene.jingle.action is Action.SECURITY_INFO:
            arrived = Iq.from_element(iq.to_element())
            reply = scene.recipient.answers.judge(arrived, scene.recipient.jid, 0.0).reply
            assert reply is not None
            assert reply.error is not None
            assert jingle_condition(reply.error) is JingleErrorCondition.UNSUPPORTED_INFO
            refused += 1
    assert refused == 1


@pytest.mark.spec("XEP-0166", "10")
def test_the_examples_of_errors() -> None:
    found: dict[JingleErrorCondition, StanzaError] = {}
    for element in printed("0166"):
        if element.local == "iq" and element.get("type") == "error":
            error = Iq.from_element(element).error
            assert error is not None
            condition = jingle_condition(error)
            if condition is not None:
                found[condition] = error
    assert set(found) == set(JingleErrorCondition) - {JingleErrorCondition.OUT_OF_ORDER}
    for condition, error in found.items():
        assert error.condition is GENERAL[condition]


Told = Propose | Ringing | Proceed | Reject | Retract | Finish
KINDS: tuple[type[Told], ...] = (Propose, Ringing, Proceed, Reject, Retract, Finish)


def told_by(message: Message) -> Told:
    """What a message says."""
    found = [message.get(kind) for kind in KINDS]
    return next(one for one in found if one is not None)


def bare(message: Message) -> list[Element]:
    """What matters of a message: its parts without words for people."""
    told = told_by(message)
    if not isinstance(told, Propose | Ringing | Proceed) and told.reason is not None:
        told = told.replace(reason=told.reason.replace(text=None))
    return [told.to_element(), Store().to_element()]


class Devices:
    """Those of the examples: whoever proposes uses the name that is printed."""

    def __init__(self, *jids: str) -> None:
        self.proposals = {JID(jid): Proposals(anybody, random=self.random) for jid in jids}
        self.id = ""
        self.kinds: list[Any] = []
        self.due: list[Message] = []

    def random(self, _: int) -> bytes:
        return UUID(self.id).bytes

    def make(self, message: Message) -> Message:
        """What its sender says where the program wants this."""
        told, sender = told_by(message), message.sender
        assert sender is not None
        assert message.to is not None
        proposals, self.id = self.proposals[sender], told.id
        if isinstance(told, Propose):
            return proposals.propose(message.to, *told.payloads)[1]
        proposal = proposals.get(told.id)
        assert proposal is not None
        acts: dict[type[Any], Callable[[Any], Message]] = {
            Ringing: proposals.ring,
            Proceed: proposals.proceed,
            Reject: proposals.reject,
            Retract: proposals.retract,
            Finish: proposals.finish,
        }
        return acts[type(told)](proposal)

    def bring(self, message: Message) -> None:
        """Bring a message to those it is for."""
        assert message.to is not None
        for jid, proposals in self.proposals.items():
            if message.to in (jid, jid.bare) and jid != message.sender:
                news = proposals.feed(message, jid)
                self.kinds += [one.change if isinstance(one, ProposalChange) else None for one in news]
                self.due += proposals.take_due()


ORCHARD, PHONE, TABLET = (
    "romeo@montague.example/orchard",
    "juliet@capulet.example/phone",
    "juliet@capulet.example/tablet",
)
BEFORE: dict[type[Any], tuple[type[Any], ...]] = {
    Propose: (),
    Ringing: (Propose,),
    Retract: (Propose,),
    Proceed: (Propose, Ringing),
    Reject: (Propose, Ringing),
    Finish: (Propose, Ringing, Proceed),
}


def proposals_printed() -> list[Message]:
    """Those of section 3, and of a call that goes to another device; the example of a tie is not well-formed."""
    return [Message.from_element(one) for one in printed("0353") if one.local == "message"]


@pytest.mark.spec("XEP-0353", "3")
def test_the_examples_of_proposals() -> None:
    messages = proposals_printed()[:7]
    first = {kind: next(one for one in messages if isinstance(told_by(one), kind)) for kind in KINDS}
    for message in messages:
        devices = Devices(ORCHARD, PHONE)
        for kind in BEFORE[type(told_by(message))]:
            devices.make(first[kind])
            devices.bring(first[kind])
        devices.kinds.clear()
        assert bare(devices.make(message)) == bare(message)
        devices.bring(message)
        (change,) = devices.kinds
        assert isinstance(change, Change)


@pytest.mark.spec("XEP-0353", "4.2")
def test_the_example_of_another_device() -> None:
    messages = proposals_printed()[7:]
    devices = Devices(ORCHARD, PHONE, TABLET)
    for number, message in enumerate(messages):
        if number == 3:
            assert [bare(one) for one in devices.due] == [bare(message)]
        elif number < 6:  # the last one is of somebody who has heard of the end
            assert bare(devices.make(message)) == bare(message)
        devices.bring(message)
    assert len(messages) == 7
    assert devices.kinds[-1] is Change.FINISHED
    assert not any(devices.proposals.values())
