"""Archives of accounts (XEP-0313, XEP-0441): what is kept, how it is found again, and that nobody else reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from xmppwire.im.archive import ArchiveReader, fetch_archive_page, fetch_archive_range
from xmppwire.im.blocking import block
from xmppwire.im.carbons import Carbon, enable_carbons, read_carbon
from xmppwire.im.disco import fetch_info
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol import mam
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.hints import NoPermanentStore, NoStore, Store
from xmppwire.protocol.mam import ArchiveFin, ArchiveMetadata, ArchiveQuery, ArchiveResult
from xmppwire.protocol.mam_forms import ArchiveFilter
from xmppwire.protocol.mam_preferences import AlwaysArchive, ArchivePreferences, DefaultBehavior, NeverArchive
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import ErrorCondition, Iq, Message, MessageType, Presence, StanzaError
from xmppwire.xml import Element

JULIET, ROMEO = "juliet@capulet.lit", "romeo@capulet.lit"
START = datetime(2026, 5, 1, tzinfo=UTC)


class Place:
    """Romeo and Juliet; the date is known."""

    def __init__(self, **limits: Any) -> None:
        self.town = Town(epoch=START.timestamp() - 1000, limits=LocalLimits(**limits))
        self.juliet = self.town.login(f"{JULIET}/balcony")
        self.romeo = self.town.login(f"{ROMEO}/orchard")

    def chat(self, count: int, *, seconds: float = 0) -> list[str]:
        """Romeo says so much to Juliet; the ids in her archive."""
        ids: list[str] = []
        for number in range(count):
            self.romeo.say(Message(JULIET, f"m{number}", type="chat"))
            (message,) = self.juliet.heard()
            ids += [one.id for one in message.get_all(StanzaId) if one.by == JID(JULIET)]
            if seconds:
                self.town.world.advance(seconds)
        assert len(ids) == count
        return ids

    def found(self, client: Client | None = None, **keywords: Any) -> list[str | None]:
        page = (client or self.juliet).run(fetch_archive_page(ArchiveFilter(**keywords)))
        return [one.message.body for one in page]


@pytest.fixture
def place() -> Place:
    return Place()


def refused(client: Client, payload: Any, to: str | None = None, type_: str = "set") -> ErrorCondition:
    reply = client.ask(Iq(type_, to, payload=payload))
    assert reply.error is not None
    return reply.error.condition


# --- what is kept ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0313", "3.1", "3.4", "4.2", "7")
@pytest.mark.spec("XEP-0359", "3.2")
def test_both_sides_keep_what_was_said_each_with_an_id_of_its_own(place: Place) -> None:
    place.romeo.say(Message(JULIET, "O Juliet", type="chat", id="m1"))
    (heard,) = place.juliet.heard()
    (named,) = heard.get_all(StanzaId)
    assert named.by == JID(JULIET)  # what his archive calls it is none of her business
    (kept,) = place.juliet.run(fetch_archive_page()).messages
    assert (kept.id, kept.stamp) == (named.id, START)
    assert kept.message == heard.without(StanzaId)
    (his,) = place.romeo.run(fetch_archive_page()).messages
    assert his.message == kept.message
    assert his.id != kept.id
    features = place.juliet.run(fetch_info(JULIET)).features
    assert {mam.NAMESPACE, f"{mam.NAMESPACE}#extended", "urn:xmpp:sid:0"} <= set(features)


def of(*payloads: Any, type_: str = "chat", body: str | None = "x", to: str = JULIET) -> Message:
    return Message(to, body, type=type_, payloads=payloads)


@pytest.mark.spec("XEP-0313", "6.1")
@pytest.mark.spec("XEP-0334", "4.1", "4.2", "4.4")
@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (of(), True),
        (of(type_="normal"), True),
        (of(body=None), False),
        (of(type_="headline"), False),
        (of(type_="groupchat", to=f"{JULIET}/balcony"), False),
        (of(Store(), body=None), True),
        (of(NoStore()), False),
        (of(NoPermanentStore()), False),
        (of(Store(), NoStore()), False),
        (of(type_="normal", to=f"{JULIET}/nowhere"), False),  # it is refused
    ],
)
def test_which_messages_are_kept(place: Place, message: Message, kept: bool) -> None:
    place.romeo.say(message)
    for one in place.juliet.heard():
        assert (one.get(StanzaId) is not None) == kept
    assert len(place.juliet.run(fetch_archive_page())) == kept


@pytest.mark.spec("XEP-0359", "5")
@pytest.mark.parametrize("by", [JULIET, "JULIET@capulet.lit"])
def test_ids_in_the_name_of_the_account_are_taken_out(place: Place, by: str) -> None:
    """Whoever could name messages could make others pass for known ones, so that they are never shown."""
    forged = Element(("urn:xmpp:sid:0", "stanza-id"), {"by": by, "id": "forged"})
    foreign = StanzaId(id="theirs", by=JID("room@muc.lit"))
    broken = Element(("urn:xmpp:sid:0", "stanza-id"), {"by": "@", "id": "forged"})
    for body in ("x", None):
        place.romeo.say(of(forged, foreign, forged, body=body))
        (message,) = place.juliet.heard()
        ids = {str(one.by): one.id for one in message.get_all(StanzaId)}
        assert ids.pop("room@muc.lit") == "theirs"
        assert "forged" not in ids.values()
        assert len(ids) == (body is not None)
    place.romeo.say(of(broken))
    assert bodies(place.juliet.heard()) == ["x"]
    place.juliet.say(of(forged, to=ROMEO))
    kept = place.juliet.run(fetch_archive_page()).messages[-1].message
    assert kept.get(StanzaId) is None


def test_whatever_is_in_a_message_comes_back_from_the_archive(place: Place) -> None:
    odd = Element(("http://etherx.jabber.org/streams", "error"), {"y": "'\""}, ["\r\n<&]]>\t"])
    nested = Element(("jabber:client", "message"), {"to": "nobody"}, [odd, Element(("", "z"))])
    place.romeo.say(
        Message(JULIET, {"de": " Hallo ", "": "\nhi"}, lang="en", payloads=[odd, nested], subject="s", id="'")
    )
    (heard,) = place.juliet.heard()
    (kept,) = place.juliet.run(fetch_archive_page()).messages
    assert kept.message == heard.without(StanzaId)


def test_a_note_to_oneself_and_copies_are_kept_once(place: Place) -> None:
    tablet = place.town.login(f"{JULIET}/tablet", priority=-1)
    tablet.run(enable_carbons())
    tablet.heard()
    place.juliet.heard()
    place.romeo.say(of(body="hi"))
    place.juliet.say(of(body="hello", to=ROMEO), of(body="milk", to=JULIET))
    page = place.juliet.run(fetch_archive_page())
    assert [one.message.body for one in page] == ["hi", "hello", "milk"]
    copies = [read_carbon(one, tablet.jid) for one in tablet.heard()]
    ids = [copy.message.get(StanzaId) for copy in copies if isinstance(copy, Carbon)]
    assert [one and one.id for one in ids] == [one.id for one in page]


def test_what_waits_for_a_user_has_the_id_too(place: Place) -> None:
    place.juliet.leave()
    place.romeo.say(of(body="late"))
    juliet = place.town.connect(f"{JULIET}/balcony")
    juliet.end.take()
    (kept,) = juliet.run(fetch_archive_page()).messages
    juliet.say(Presence())
    (message,) = [one for one in juliet.heard() if isinstance(one, Message)]
    assert message.get(StanzaId) == StanzaId(id=kept.id, by=JID(JULIET))


def test_nothing_is_refused_that_is_in_the_archive() -> None:
    place = Place(offline_messages=2)
    place.juliet.leave()
    place.romeo.say(*(of(body=f"m{number}") for number in range(4)))
    assert place.romeo.heard() == []
    place.romeo.say(of(NoPermanentStore(), body="not archived"))
    assert [one.type for one in place.romeo.heard()] == [MessageType.ERROR]
    juliet = place.town.login(f"{JULIET}/balcony")
    assert place.found(juliet) == ["m0", "m1", "m2", "m3"]


def test_what_is_blocked_is_not_kept(place: Place) -> None:
    place.juliet.run(block(ROMEO))
    place.romeo.say(of())
    place.juliet.say(of(to=ROMEO))
    assert place.found() == []


# --- how it is found again ------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0313", "4.3.1", "4.3.2", "4.3.3")
@pytest.mark.parametrize("backwards", [False, True])
def test_the_way_through_an_archive(place: Place, backwards: bool) -> None:
    ids = place.chat(7)
    reader = ArchiveReader(backwards=backwards, limit=3)
    pages: list[list[str]] = []
    while not reader.done:
        pages.append([one.id for one in place.juliet.run(reader.next_page())])
    assert pages == ([ids[4:], ids[1:4], ids[:1]] if backwards else [ids[:3], ids[3:6], ids[6:]])


def query(client: Client, **keywords: Any) -> tuple[list[str], ArchiveFin]:
    """The ids of the results in the order in which they come, and what ends them."""
    reply = client.ask(Iq("set", payload=ArchiveQuery(queryid="q", **keywords)))
    fin = reply.get(ArchiveFin)
    assert fin is not None, reply
    results = [message.get(ArchiveResult) for message in client.heard()]
    assert all(result.queryid == "q" for result in results)
    return [result.id for result in results], fin


@pytest.mark.spec("XEP-0059", "2.1", "2.2", "2.3", "2.5", "2.6", "2.7")
@pytest.mark.spec("XEP-0313", "4.3.1", "4.3.4")
def test_what_a_page_says_of_itself(place: Place) -> None:
    ids = place.chat(6)

    def described(index: int, last: int) -> ResultSet:
        return ResultSet(count=6, first=First(index=index, id=ids[index]), last=ids[last])

    for asked, expected, complete in [
        (ResultSet(max=2), (0, 1), False),
        (ResultSet(max=2, after=ids[1]), (2, 3), False),
        (ResultSet(max=2, after=ids[3]), (4, 5), True),
        (ResultSet(max=2, before=""), (4, 5), False),
        (ResultSet(max=2, before=ids[2]), (0, 1), True),
        (ResultSet(max=3, index=1), (1, 3), False),
        (ResultSet(max=1000), (0, 5), True),
        (None, (0, 5), True),
    ]:
        found, fin = query(place.juliet, set=asked)
        assert found == ids[expected[0] : expected[1] + 1]
        assert (fin.set, fin.complete) == (described(*expected), complete)
    for asked in (ResultSet(max=0), ResultSet(after=ids[5]), ResultSet(index=6)):
        found, fin = query(place.juliet, set=asked)
        assert (found, fin.set, fin.complete) == ([], ResultSet(count=6), asked.max != 0)
    found, fin = query(place.juliet, set=ResultSet(max=2), flip_page=True)
    assert (found, fin.set) == ([ids[1], ids[0]], described(0, 1))


@pytest.mark.spec("XEP-0313", "4.1.1", "4.1.2", "4.1.3")
def test_filters(place: Place) -> None:
    nurse = place.town.login("nurse@capulet.lit/hall")
    ids = place.chat(4, seconds=60)
    nurse.say(of(body="madam"))
    place.juliet.say(of(body="anon", to="nurse@capulet.lit/hall"), of(body="note", to=JULIET))
    minute = timedelta(minutes=1)
    assert place.found(correspondent=JID(ROMEO)) == ["m0", "m1", "m2", "m3"]
    assert place.found(correspondent=nurse.jid.bare) == ["madam", "anon"]
    assert place.found(correspondent=nurse.jid) == ["madam", "anon"]
    assert place.found(correspondent=JID("nurse@capulet.lit/cellar")) == []
    assert place.found(correspondent=JID(JULIET)) == ["note"]
    assert place.found(start=START + minute, end=START + 2 * minute) == ["m1", "m2"]
    assert place.found(start=START + 4 * minute) == ["madam", "anon", "note"]
    assert place.found(after_id=ids[0], before_id=ids[3]) == ["m1", "m2"]
    assert place.found(ids=[ids[3], ids[0]]) == ["m0", "m3"]
    assert place.found(correspondent=JID(ROMEO), after_id=ids[2], include_groupchat=True) == ["m3"]
    page = place.juliet.run(fetch_archive_page(ArchiveFilter(correspondent=JID(ROMEO)), after=ids[1], limit=1))
    assert ([one.id for one in page], page.count) == ([ids[2]], 4)


@pytest.mark.spec("XEP-0313", "4.1.3", "4.1.5", "4.3.2")
def test_queries_that_cannot_be_answered(place: Place) -> None:
    place.chat(1)
    for wanted in ({"before_id": "x"}, {"after_id": "x"}, {"ids": ["x"]}):
        with pytest.raises(IqError) as error:
            place.juliet.run(fetch_archive_page(ArchiveFilter(**wanted)))
        assert error.value.error.condition is ErrorCondition.ITEM_NOT_FOUND
    for page in (ResultSet(after="x"), ResultSet(before="x")):
        assert refused(place.juliet, ArchiveQuery(set=page)) is ErrorCondition.ITEM_NOT_FOUND
    form = ArchiveFilter().to_form()
    form.fields.append(Field(var="{urn:example}colour", values=["red"]))
    assert refused(place.juliet, ArchiveQuery(form=form)) is ErrorCondition.FEATURE_NOT_IMPLEMENTED
    for var, value in (("start", "yesterday"), ("with", "@"), ("FORM_TYPE", "urn:example")):
        broken = DataForm(type=DataFormType.SUBMIT, fields=[Field(var=var, values=[value])])
        assert refused(place.juliet, ArchiveQuery(form=broken)) is ErrorCondition.BAD_REQUEST
    assert refused(place.juliet, ArchiveQuery(node="urn:example")) is ErrorCondition.ITEM_NOT_FOUND


@pytest.mark.spec("XEP-0313", "4.1.5")
def test_the_form_of_what_can_be_asked(place: Place) -> None:
    reply = place.juliet.ask(Iq("get", payload=ArchiveQuery())).get(ArchiveQuery)
    assert reply is not None
    assert reply.form is not None
    fields = {one.var: (one.type, one.required) for one in reply.form.fields}
    assert fields["with"] == ("jid-single", False)
    assert fields["start"] == fields["end"] == ("text-single", False)
    assert {"before-id", "after-id", "ids"} <= set(fields)
    ids = reply.form.get_field("ids")
    assert ids is not None
    assert ids.validate is not None


@pytest.mark.spec("XEP-0313", "5")
def test_from_when_to_when_it_reaches(place: Place) -> None:
    assert place.juliet.run(fetch_archive_range()) == ArchiveMetadata()
    ids = place.chat(3, seconds=60)
    found = place.juliet.run(fetch_archive_range())
    assert found.start is not None
    assert found.end is not None
    assert (found.start.id, found.start.timestamp) == (ids[0], START)
    assert (found.end.id, found.end.timestamp) == (ids[2], START + timedelta(minutes=2))


@pytest.mark.spec("XEP-0313", "8")
def test_nobody_reads_what_is_not_his(place: Place) -> None:
    place.chat(1)
    asked = (ArchiveQuery(), "set"), (ArchiveQuery(), "get"), (ArchiveMetadata(), "get"), (ArchivePreferences(), "get")
    for payload, type_ in asked:
        assert refused(place.romeo, payload, JULIET, type_) is ErrorCondition.SERVICE_UNAVAILABLE
        assert refused(place.romeo, payload, "capulet.lit", type_) is ErrorCondition.SERVICE_UNAVAILABLE
    place.town.befriend(JULIET, ROMEO)
    for payload, type_ in asked:
        assert refused(place.romeo, payload, JULIET, type_) is ErrorCondition.FORBIDDEN
    assert place.romeo.heard() == []


# --- how much is kept -----------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0313", "3.3")
def test_the_oldest_go_and_their_ids_with_them() -> None:
    place = Place(archive_messages=5)
    ids = place.chat(13)
    page = place.juliet.run(fetch_archive_page())
    assert ([one.id for one in page], page.count) == (ids[8:], 5)
    with pytest.raises(IqError) as error:
        place.juliet.run(fetch_archive_page(after=ids[7]))
    assert error.value.error.condition is ErrorCondition.ITEM_NOT_FOUND
    found = place.juliet.run(fetch_archive_range())
    assert found.start is not None
    assert found.start.id == ids[8]


def test_long_messages_push_out_more_and_make_short_pages() -> None:
    place = Place(archive_bytes=50_000, queue_bytes=60_000)
    for number in range(10):
        place.romeo.say(of(body=f"{number}" * 9_000))
    place.juliet.heard()
    first = place.juliet.run(fetch_archive_page())
    assert [(one.message.body or "")[0] for one in first] == ["5"]
    assert (first.count, first.complete) == (5, False)
    (last,) = place.juliet.run(fetch_archive_page(before="")).messages
    assert (last.message.body or "")[0] == "9"


# --- preferences ----------------------------------------------------------------------------------------------------


def prefer(client: Client, default: str, always: list[str], never: list[str]) -> ArchivePreferences:
    wanted = ArchivePreferences(
        default=DefaultBehavior(default),
        always=AlwaysArchive(jids=[JID(jid) for jid in always]),
        never=NeverArchive(jids=[JID(jid) for jid in never]),
    )
    answer = client.ask(Iq("set", payload=wanted)).get(ArchivePreferences)
    assert answer == wanted
    assert client.ask(Iq("get", payload=ArchivePreferences())).get(ArchivePreferences) == wanted
    return wanted


@pytest.mark.spec("XEP-0441", "2.1", "2.2", "2.3", "2.4", "2.6")
@pytest.mark.parametrize(
    ("default", "always", "never", "kept"),
    [
        ("always", [], [], True),
        ("never", [], [], False),
        ("roster", [], [], False),
        ("never", [ROMEO], [], True),
        ("never", [f"{ROMEO}/orchard"], [], True),
        ("never", [f"{ROMEO}/square"], [], False),
        ("always", [], [ROMEO], False),
        ("always", [], [f"{ROMEO}/square"], True),
        ("always", [ROMEO], [ROMEO], False),
    ],
)
def test_preferences(place: Place, default: str, always: list[str], never: list[str], kept: bool) -> None:
    prefer(place.juliet, default, always, never)
    place.romeo.say(of(body="hi"))
    place.juliet.say(of(body="ho", to=f"{ROMEO}/orchard"))
    assert place.found() == (["hi", "ho"] if kept else [])
    assert len(place.found(place.romeo)) == 2  # his archive is his


def test_preferences_by_roster_and_their_limit() -> None:
    place = Place(archive_preferences=3)
    place.town.befriend(JULIET, ROMEO)
    prefer(place.juliet, "roster", [], [])
    place.romeo.say(of(body="hi"))
    assert place.found() == ["hi"]
    many = AlwaysArchive(jids=[JID(f"a{number}.lit") for number in range(4)])
    wanted = ArchivePreferences(default=DefaultBehavior.ALWAYS, always=many)
    assert refused(place.juliet, wanted) is ErrorCondition.RESOURCE_CONSTRAINT
    assert refused(place.juliet, ArchivePreferences()) is ErrorCondition.BAD_REQUEST


def test_without_a_date_or_when_it_is_turned_off_there_is_no_archive() -> None:
    for town in (Town(), Town(epoch=0.0, archive=False)):
        juliet = town.login(f"{JULIET}/balcony")
        assert mam.NAMESPACE not in juliet.run(fetch_info(JULIET)).features
        reply = juliet.ask(Iq("set", payload=ArchiveQuery()))
        assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
