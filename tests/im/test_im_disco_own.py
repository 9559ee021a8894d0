"""What a session says about itself (XEP-0030, XEP-0128): from what the program registered, to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.disco import OwnInfo
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.disco_extensions import get_extension
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.protocol.version import Version
from xmppwire.session import AutomaticAnswers, IqRequest
from xmppwire.stanza import ErrorCondition, Iq, StanzaError

ROMEO = JID("romeo@montague.lit/orchard")
OWN_FEATURES = ["http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items", "urn:xmpp:ping"]
BOT = Identity(category="client", type="bot", lang="en")


def ask(play: Play, payload: Payload, type: str = "get", sender: JID = ROMEO) -> Iq:
    play.say(Iq(type, JULIET, payload=payload, id="q", sender=sender))
    return play.asked()


def info_of(play: Play, node: str | None = None) -> DiscoInfo:
    info = ask(play, DiscoInfo(node=node)).get(DiscoInfo)
    assert info is not None
    return info


def items_of(play: Play, node: str | None = None, set: ResultSet | None = None) -> DiscoItems:
    found = ask(play, DiscoItems(node=node, set=set)).get(DiscoItems)
    assert found is not None
    return found


@pytest.mark.spec("XEP-0030", "3.1", "4.1", "7")
def test_what_is_registered_is_told() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    assert info_of(play) == DiscoInfo(identities=[BOT], features=OWN_FEATURES)
    assert items_of(play) == DiscoItems()
    own.add_features("urn:a", "urn:b", "urn:a")
    own.add_features("urn:b")
    own.items.append(DiscoItem(jid=JULIET, node="music"))
    play.session.answers.register("get", Version, lambda request: Version(), features=["jabber:iq:version"])
    assert info_of(play).features == sorted([*OWN_FEATURES, "urn:a", "urn:b", "jabber:iq:version"])
    assert items_of(play).items == [DiscoItem(jid=JULIET, node="music")]
    own.remove_features("urn:a", "jabber:iq:version")
    assert info_of(play).features == sorted([*OWN_FEATURES, "urn:b"])
    assert own.info() == info_of(play)
    assert ask(play, Ping()).error is None
    assert ask(play, DiscoItems(), "set").error == StanzaError("service-unavailable")


@pytest.mark.spec("XEP-0390", "4.1")
def test_names_have_a_language() -> None:
    identities = [Identity(category="client", type="pc", name="Balcone", lang="it"), Identity(category="a", type="b")]
    own = OwnInfo(AutomaticAnswers(identities=identities), language="de")
    assert [one.lang for one in own.info().identities] == ["it", "de"]
    assert identities[1].lang is None


@pytest.mark.spec("XEP-0128", "2")
@pytest.mark.spec("XEP-0232", "2")
def test_forms_say_more() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    own.set_form(SoftwareInfo(software="Balcony"))
    own.set_form(SoftwareInfo(software="Balcony", software_version="2"))
    info = info_of(play)
    assert [form.type for form in info.forms] == [DataFormType.RESULT]
    assert get_extension(info, SoftwareInfo) == SoftwareInfo(software="Balcony", software_version="2")
    own.remove_form("urn:xmpp:dataforms:softwareinfo")
    assert info_of(play).forms == []
    with pytest.raises(ValueError, match="FORM_TYPE"):
        own.set_form(DataForm(type=DataFormType.RESULT, fields=[Field(var="x", values=["y"])]))


@pytest.mark.spec("XEP-0030", "3.2", "4.2", "7")
def test_nodes() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    for payload in (DiscoInfo(node="music"), DiscoItems(node="music")):
        assert ask(play, payload).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)
    song = DiscoItem(jid=JULIET, node="music/1")
    own.add_node("music", DiscoInfo(identities=[Identity(category="hierarchy", type="branch")]), [song])
    info = info_of(play, "music")
    assert (info.node, info.identities[0].type) == ("music", "branch")
    assert items_of(play, "music") == DiscoItems(node="music", items=[song])
    own.remove_node("music")
    assert ask(play, DiscoInfo(node="music")).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


class Diary:
    """A node for friends only."""

    def info(self, node: str, request: IqRequest[DiscoInfo]) -> DiscoInfo | StanzaError | None:
        if node != "diary":
            return None
        return DiscoInfo(features=["secret"]) if request.sender == ROMEO else StanzaError("forbidden")

    def items(self, node: str, request: IqRequest[DiscoItems]) -> Sequence[DiscoItem] | StanzaError | None:
        if node != "diary":
            return None
        return [DiscoItem(jid=JULIET, node="page")] if request.sender == ROMEO else StanzaError("forbidden")


@pytest.mark.spec("XEP-0030", "6.3", "8")
def test_a_source_looks_at_who_asks() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    own.add_source(Diary())
    assert info_of(play, "diary") == DiscoInfo(node="diary", features=["secret"])
    assert items_of(play, "diary").items == [DiscoItem(jid=JULIET, node="page")]
    for payload in (DiscoInfo(node="diary"), DiscoItems(node="diary")):
        assert ask(play, payload, sender=JID("paris@capulet.lit/x")).error == StanzaError("forbidden")
    assert ask(play, DiscoItems(node="other")).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


@pytest.mark.spec("XEP-0059", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7")
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        (ResultSet(max=2), 0, 2),
        (ResultSet(), 0, 5),
        (ResultSet(after="item1", max=2), 2, 4),
        (ResultSet(after="item3", max=2), 4, 5),
        (ResultSet(after="item4", max=2), 5, 5),
        (ResultSet(before="", max=2), 3, 5),
        (ResultSet(before="item3", max=2), 1, 3),
        (ResultSet(before="item0", max=2), 0, 0),
        (ResultSet(index=3, max=10), 3, 5),
        (ResultSet(index=30, max=10), 5, 5),
        (ResultSet(max=0), 0, 0),
        (ResultSet(after="nobody", max=2), None, None),
        (ResultSet(before="nobody", max=2), None, None),
    ],
)
def test_items_by_pages(asked: ResultSet, start: int | None, end: int | None) -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    own.items += [DiscoItem(jid=JULIET, node=f"item{number}") for number in range(5)]
    whole = items_of(play, set=ResultSet())
    first = whole.set.first if whole.set is not None else None
    assert first is not None
    name = first.id.removesuffix("0")  # what others may not know: names are ours to make
    for place in ("after", "before"):
        value = getattr(asked, place)
        if value:
            asked = asked.replace(**{place: value.replace("item", name)})
    reply = ask(play, DiscoItems(set=asked))
    if start is None:
        assert reply.error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)
        return
    found = reply.get(DiscoItems)
    assert found is not None
    assert found.items == own.items[start:end]
    if start == end:
        assert found.set == ResultSet(count=5)
    else:
        assert end is not None
        described = ResultSet(count=5, first=First(index=start, id=f"{name}{start}"), last=f"{name}{end - 1}")
        assert found.set == described
