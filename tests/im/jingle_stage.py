"""Two clients with Jingle, and what goes between them, without a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.pair import seeded
from xmppwire.im.commands import anybody
from xmppwire.im.jingle import ContentKey, JingleSession, Sessions
from xmppwire.jid import JID
from xmppwire.protocol.jingle import Action, Content, Creator, Jingle, Senders
from xmppwire.protocol.jingle_file_transfer import NAMESPACE as FILES
from xmppwire.protocol.jingle_file_transfer import File, FileReceived, FileTransferDescription
from xmppwire.protocol.jingle_in_band import NAMESPACE as IN_BAND
from xmppwire.protocol.jingle_in_band import InBandTransport
from xmppwire.protocol.jingle_socks5 import NAMESPACE as SOCKS5
from xmppwire.session import AutomaticAnswers
from xmppwire.stanza import Iq, StanzaError

ROMEO = JID("romeo@montague.lit/orchard")
JULIET = JID("juliet@capulet.lit/balcony")


def content(name: str = "a", creator: str = "initiator", size: int = 5, senders: str = "initiator") -> Content:
    """A file over in-band bytestreams."""
    description = FileTransferDescription(file=File(name=name, size=size))
    transport = InBandTransport(sid="s" + name, block_size=4096)
    return Content(creator=Creator(creator), name=name, senders=Senders(senders), payloads=[description, transport])


def key(name: str = "a", creator: str = "initiator") -> ContentKey:
    return ContentKey(Creator(creator), name)


class Party:
    """A client: its sessions, and the answers of it."""

    def __init__(self, jid: JID, seed: int, allowed: Callable[[JID], bool] = anybody, **limits: Any) -> None:
        self.jid = jid
        self.answers = AutomaticAnswers()
        self.sessions = Sessions(allowed, random=seeded(seed), **limits)
        self.sessions.support(applications=[FILES], transports=[IN_BAND, SOCKS5], infos=FileReceived.element_names)
        self.sessions.attach(self.answers)

    def asked(self, iq: Iq) -> Iq:
        """What it answers."""
        reply = self.answers.judge(iq, self.jid, 0.0).reply
        assert reply is not None
        return reply

    def gets(self, jingle: Jingle, sender: JID) -> StanzaError | None:
        """What it answers to this action: the error, or None."""
        iq = Iq("set", self.jid, payload=jingle, id="x", sender=sender)
        return self.asked(Iq.from_element(iq.to_element())).error


class Stage:
    """Romeo and Juliet."""

    def __init__(self, **keywords: Any) -> None:
        self.romeo = Party(ROMEO, 1)
        self.juliet = Party(JULIET, 2, **keywords)
        self.log: list[tuple[str, Jingle]] = []

    def sent_by(self, party: Party) -> list[tuple[JingleSession, Iq]]:
        """What one of them has to send now."""
        found: list[tuple[JingleSession, Iq]] = []
        for session in party.sessions.take_unsent():
            iq = session.take_request()
            if iq is not None:
                iq.id = f"id{len(self.log)}"
                found.append((session, iq))
                payload = iq.get(Jingle)
                assert payload is not None
                self.log.append((party.jid.localpart or "", payload))
        return found

    def carry(self, party: Party, iq: Iq) -> StanzaError | None:
        """Bring a request to the other one; gives the answer, which is not brought back."""
        other = self.juliet if party is self.romeo else self.romeo
        arrived = Iq.from_element(iq.replace(sender=party.jid).to_element())
        return Iq.from_element(other.asked(arrived).to_element()).error

    def pass_on(self, party: Party, session: JingleSession, iq: Iq) -> StanzaError | None:
        """Bring a request to the other one, and the answer back."""
        error = self.carry(party, iq)
        session.replied(iq, error)
        return error

    def settle(self) -> list[StanzaError | None]:
        """Bring over all that is to be sent, and what comes of it; gives the answers."""
        answers: list[StanzaError | None] = []
        moved = True
        while moved:
            moved = False
            for party in (self.romeo, self.juliet):
                sessions = party.sessions.take_unsent()
                for session in sessions:
                    while (iq := session.take_request()) is not None:
                        moved = True
                        payload = iq.get(Jingle)
                        assert payload is not None
                        self.log.append((party.jid.localpart or "", payload))
                        iq.id = f"id{len(self.log)}"
                        answers.append(self.pass_on(party, session, iq))
        return answers

    def actions(self) -> list[tuple[str, Action]]:
        """Who has done what since the last call."""
        found = [(who, jingle.action) for who, jingle in self.log]
        self.log.clear()
        return found

    def offered(self, *contents: Content) -> tuple[JingleSession, JingleSession]:
        """A session that Romeo has offered, as both see it."""
        ours = self.romeo.sessions.initiate(ROMEO, JULIET, contents or [content()])
        self.settle()
        (theirs,) = self.juliet.sessions.take_incoming()
        return ours, theirs

    def active(self, *contents: Content) -> tuple[JingleSession, JingleSession]:
        """The same, accepted, with nothing to be told."""
        ours, theirs = self.offered(*contents)
        theirs.accept([record.offer for record in theirs.contents.values()])
        self.settle()
        self.actions()
        ours.take_events()
        theirs.take_events()
        return ours, theirs


def of_kind(session: JingleSession, kind: type[Any]) -> Any:
    """The only event, which is of this kind."""
    events: Sequence[Any] = session.take_events()
    assert [type(event) for event in events] == [kind], events
    return events[0]
