"""A town with a hall: what the tests of rooms share."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.localserver.town import Client, Town
from xmppwire.jid import JID
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.muc_forms import RoomConfig
from xmppwire.protocol.muc_owner import MucOwnerQuery
from xmppwire.protocol.muc_user import MucItem, MucUser
from xmppwire.stanza import Iq, Message, MessageType, Presence, Stanza

HALL = JID("hall@conference.capulet.lit")
SERVICE = JID("conference.capulet.lit")
PEOPLE = {name: f"secret of {name}" for name in ("juliet", "romeo", "nurse", "tybalt", "paris")}


def address(name: str) -> JID:
    return JID(f"{name}@capulet.lit")


class Seen(NamedTuple):
    """What a presence of a room says, in short."""

    nick: str | None
    there: bool
    role: MucRole | None
    affiliation: MucAffiliation | None
    codes: tuple[int, ...]


def user_of(stanza: Stanza) -> MucUser:
    user = stanza.get(MucUser)
    assert user is not None, stanza
    return user


def item_of(stanza: Stanza) -> MucItem:
    (item,) = user_of(stanza).items
    return item


def seen(stanza: Stanza) -> Seen:
    assert isinstance(stanza, Presence) and stanza.sender is not None
    item = item_of(stanza)
    codes = tuple(int(status.code) for status in user_of(stanza).statuses)
    return Seen(stanza.sender.resourcepart, stanza.type is None, item.role, item.affiliation, codes)


def presences(stanzas: list[Any]) -> list[Seen]:
    return [seen(stanza) for stanza in stanzas if isinstance(stanza, Presence)]


def condition(stanza: Stanza) -> str:
    error = stanza.error
    assert error is not None, stanza
    return error.condition.value


class Hall:
    """The town, and clients in the room `HALL`, each under the user's name."""

    def __init__(self, **keywords: Any) -> None:
        self.town = Town({}, **keywords)
        self.town.passwords = dict(PEOPLE)
        self.clients: dict[str, Client] = {}

    def login(self, name: str, resource: str = "phone", **options: Any) -> Client:
        """Log somebody in, who gets an account now: making one takes its time."""
        if address(name) not in self.town.server.hub.accounts:
            self.town.server.add_account(address(name), PEOPLE[name])
        client = self.clients[f"{name}/{resource}"] = self.town.login(f"{name}@capulet.lit/{resource}", **options)
        return client

    def client(self, name: str, resource: str = "phone") -> Client:
        """The client of somebody, who is logged in now at the latest."""
        return self.clients.get(f"{name}/{resource}") or self.login(name, resource)

    def enter(
        self,
        name: str,
        nick: str | None = None,
        *,
        room: JID = HALL,
        password: str | None = None,
        history: MucHistory | None = None,
        resource: str = "phone",
        **presence: Any,
    ) -> list[Any]:
        """Ask to be let in; what comes of it."""
        client = self.client(name, resource)
        client.heard()
        join = MucJoin(password=password, history=history)
        client.say(Presence(room.with_resource(nick or name), payloads=[join], **presence))
        return client.heard()

    def open(self, owner: str = "juliet", *, room: JID = HALL, **config: Any) -> Client:
        """Make the room, with this configuration; its owner is in it."""
        self.enter(owner, room=room)
        assert self.configure(owner, room=room, **config).type == "result"
        client = self.client(owner)
        client.heard()
        return client

    def configure(self, name: str, *, room: JID = HALL, **config: Any) -> Iq:
        """Submit some fields of the configuration."""
        form = RoomConfig(**config).to_form() if config else DataForm(type=DataFormType.SUBMIT)
        return self.client(name).ask(Iq.set(MucOwnerQuery(form=form), room, id="config"))

    def set(self, name: str, *items: MucAdminItem, room: JID = HALL) -> Iq:
        """Change roles and affiliations."""
        return self.client(name).ask(Iq.set(MucAdminQuery(items=list(items)), room, id="admin"))

    def get(self, name: str, *items: MucAdminItem, room: JID = HALL) -> Iq:
        """Ask for a list."""
        return self.client(name).ask(Iq.get(MucAdminQuery(items=list(items)), room, id="list"))

    def affiliate(self, name: str, affiliation: MucAffiliation, *, by: str = "juliet", nick: str | None = None) -> None:
        """Give somebody an affiliation; nobody remembers that."""
        reply = self.set(by, MucAdminItem(jid=address(name), affiliation=affiliation, nick=nick))
        assert reply.type == "result", reply
        self.forget()

    def promote(self, nick: str, role: MucRole, *, by: str = "juliet") -> None:
        """Give an occupant a role; nobody remembers that."""
        assert self.set(by, MucAdminItem(nick=nick, role=role)).type == "result"
        self.forget()

    def shout(self, name: str, text: str, *, room: JID = HALL, **more: Any) -> None:
        """Say something to all."""
        self.client(name).say(Message(room, text, type=MessageType.GROUPCHAT, **more))

    def forget(self) -> None:
        """What everybody heard so far is of no interest."""
        for client in self.clients.values():
            client.heard()
