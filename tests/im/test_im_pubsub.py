"""Publish-subscribe (XEP-0060): what is asked of a service, what is made of its answers, and how its refusals look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.service import ENTRY, SERVICE, answered, owner, query, refused
from tests.session.play import JULIET, Play
from xmppwire.im.pubsub import (
    ItemPage,
    ItemReader,
    PreconditionNotMet,
    PubsubAnswerError,
    PubsubIqError,
    change_node,
    configure_node,
    create_node,
    delete_node,
    fetch_affiliations,
    fetch_all_items,
    fetch_default_node_form,
    fetch_item,
    fetch_items,
    fetch_node_affiliations,
    fetch_node_form,
    fetch_node_metadata,
    payload_of,
    publish,
    purge,
    retract,
    set_node_affiliations,
)
from xmppwire.jid import JID
from xmppwire.payload import Payload, PayloadError
from xmppwire.protocol.bookmarks import Bookmark
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.pubsub import (
    Affiliation,
    Affiliations,
    Configure,
    Create,
    Item,
    Items,
    NodeAffiliation,
    Publish,
    PublishOptions,
    Pubsub,
    Retract,
)
from xmppwire.protocol.pubsub_errors import NAMESPACE as ERRORS
from xmppwire.protocol.pubsub_errors import PubsubCondition, PubsubError
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig, NodeMetadata, PublishOptionsForm
from xmppwire.protocol.pubsub_owner import (
    NodeType,
    OwnerAffiliation,
    OwnerAffiliations,
    OwnerConfigure,
    OwnerDefault,
    OwnerDelete,
    OwnerPurge,
    OwnerRedirect,
    PubsubOwner,
)
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import ErrorCondition, IqType
from xmppwire.xml import Element


def node_form(**values: Any) -> DataForm:
    """A form of a service with a few settings."""
    form = NodeConfig(**values).to_form(DataFormType.FORM)
    offered = ("FORM_TYPE", "pubsub#access_model", "pubsub#persist_items", "pubsub#title", "pubsub#max_items")
    form.fields = [one for one in form.fields if one.var in offered]
    return form


@pytest.mark.spec("XEP-0060", "7.1.1", "7.1.2")
def test_an_item_is_published() -> None:
    play = Play()
    running = play.run(publish("musings", ENTRY, id="today", service=SERVICE))
    iq = answered(play)
    assert (iq.type, iq.to) == (IqType.SET, SERVICE)
    assert query(iq) == Pubsub(action=Publish(node="musings", items=[Item(id="today", payload=ENTRY)]))
    assert running.result() == "today"

    running = play.run(publish("musings", ENTRY))
    iq = answered(play, Pubsub(action=Publish(node="musings", items=[Item(id="chosen")])))
    assert iq.to is None
    assert running.result() == "chosen"

    running = play.run(publish("musings"))
    iq = answered(play)
    assert query(iq).action == Publish(node="musings", items=[Item()])
    assert running.result() is None


@pytest.mark.spec("XEP-0060", "7.1.5")
def test_options_that_do_not_match_are_an_error_of_their_own() -> None:
    play = Play()
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST)
    running = play.run(publish("musings", ENTRY, options=options))
    iq = refused(play, ErrorCondition.CONFLICT, PubsubError(condition=PubsubCondition.PRECONDITION_NOT_MET))
    assert query(iq).publish_options == PublishOptions(form=options.to_form())
    with pytest.raises(PreconditionNotMet, match="precondition-not-met: conflict") as caught:
        running.result()
    assert caught.value.condition is PubsubCondition.PRECONDITION_NOT_MET
    assert caught.value.error.condition is ErrorCondition.CONFLICT


@pytest.mark.spec("XEP-0060", "7.1.5", "8.2")
def test_the_node_is_configured_as_the_options_say_and_published_to_again() -> None:
    play = Play()
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST, persist_items=True, notify_delete=True)
    running = play.run(publish("musings", ENTRY, id="today", options=options, reconfigure=True, service=SERVICE))
    refused(play, ErrorCondition.CONFLICT, PubsubError(condition=PubsubCondition.PRECONDITION_NOT_MET))
    form = node_form(access_model=AccessModel.OPEN, title="Musings", max_items=3)
    iq = answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=form)))
    assert (iq.type, iq.to, owner(iq).action) == (IqType.GET, SERVICE, OwnerConfigure(node="musings"))
    iq = answered(play)
    action = owner(iq).action
    assert isinstance(action, OwnerConfigure)
    assert action.form is not None
    sent = NodeConfig.from_form(action.form)
    assert (sent.access_model, sent.persist_items) == (AccessModel.WHITELIST, True)
    assert (sent.title, sent.max_items, sent.notify_delete) == ("Musings", 3, None)
    iq = answered(play)
    assert query(iq).publish_options == PublishOptions(form=options.to_form())
    assert running.result() == "today"


def test_a_node_that_stays_as_it_is_is_not_published_to() -> None:
    play = Play()
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST)
    running = play.run(publish("musings", ENTRY, options=options, reconfigure=True))
    precondition = PubsubError(condition=PubsubCondition.PRECONDITION_NOT_MET)
    refused(play, ErrorCondition.CONFLICT, precondition)
    answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=node_form())))
    answered(play)
    refused(play, ErrorCondition.CONFLICT, precondition)
    with pytest.raises(PreconditionNotMet):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0060", "11")
@pytest.mark.parametrize(
    ("reason", "condition", "feature"),
    [
        (
            PubsubError(condition=PubsubCondition.UNSUPPORTED, feature="persistent-items"),
            PubsubCondition.UNSUPPORTED,
            "persistent-items",
        ),
        (PubsubError(condition=PubsubCondition.NODE_FULL), PubsubCondition.NODE_FULL, None),
        (Element((ERRORS, "something-new")), None, None),
        (Element((ERRORS, "closed-node"), {}, ["a text where none belongs"]), None, None),
        (Element(("urn:example", "other")), None, None),
        (None, None, None),
    ],
)
def test_what_a_service_refuses(
    reason: Payload | Element | None, condition: PubsubCondition | None, feature: str | None
) -> None:
    play = Play()
    running = play.run(publish("musings", ENTRY, options=PublishOptionsForm()))
    refused(play, ErrorCondition.FEATURE_NOT_IMPLEMENTED, reason, "no")
    with pytest.raises(PubsubIqError, match=r"feature-not-implemented.*no") as caught:
        running.result()
    assert (caught.value.condition, caught.value.feature) == (condition, feature)
    assert (feature or "") in str(caught.value)
    assert caught.value.reply is not None
    if condition is not None:  # it is not about the options
        running = play.run(publish("musings", ENTRY, options=PublishOptionsForm(), reconfigure=True))
        refused(play, ErrorCondition.NOT_ACCEPTABLE, reason)
        with pytest.raises(PubsubIqError):
            running.result()


@pytest.mark.spec("XEP-0060", "7.2", "8.5")
def test_items_are_retracted_and_purged() -> None:
    play = Play()
    running = play.run(retract("musings", "a", "b", service=SERVICE))
    iq = answered(play)
    assert query(iq).action == Retract(node="musings", notify=True, items=[Item(id="a"), Item(id="b")])
    assert running.result() is None
    play.run(retract("musings", "a", notify=None))
    assert query(answered(play)).action == Retract(node="musings", items=[Item(id="a")])
    running = play.run(purge("musings", service=SERVICE))
    iq = answered(play)
    assert (iq.type, iq.to, owner(iq).action) == (IqType.SET, SERVICE, OwnerPurge(node="musings"))
    assert running.result() is None
    with pytest.raises(ValueError, match="no items"):
        next(retract("musings"))


@pytest.mark.spec("XEP-0060", "6.5.2", "6.5.7", "6.5.8")
def test_items_are_fetched() -> None:
    play = Play()
    running = play.run(fetch_items("musings", "a", "b", service=SERVICE))
    items = [Item(id="a", payload=ENTRY), Item(id="b", publisher=JULIET)]
    iq = answered(play, Pubsub(action=Items(node="musings", items=items)))
    assert (iq.type, query(iq).action) == (IqType.GET, Items(node="musings", items=[Item(id="a"), Item(id="b")]))
    assert running.result() == items

    running = play.run(fetch_items("musings", newest=1))
    iq = answered(play, Pubsub(action=Items(node="musings", items=items)))
    assert query(iq).action == Items(node="musings", max_items=1)
    assert running.result() == items[:1]

    for id_, expected in (("b", items[1]), ("c", None)):
        running = play.run(fetch_item("musings", id_))
        answered(play, Pubsub(action=Items(node="musings", items=items)))
        assert running.result() == expected


@pytest.mark.parametrize(
    "answer", [None, Pubsub(), Pubsub(action=Items(node="other")), Pubsub(action=Publish(node="musings"))]
)
def test_an_answer_without_items(answer: Pubsub | None) -> None:
    play = Play()
    running = play.run(fetch_items("musings"))
    answered(play, answer)
    with pytest.raises(PubsubAnswerError, match="no items of 'musings'"):
        running.result()


def test_a_payload_is_what_it_should_be_or_nothing() -> None:
    class Fresh(Payload, ns="urn:example:fresh", name="fresh"):
        """Nobody has it in an index."""

    assert payload_of(Item(payload=ENTRY), Nick) == ENTRY
    assert payload_of(Item(payload=ENTRY), Bookmark) is None
    assert payload_of(Item(), Nick) is None
    assert payload_of(Item(payload=Element(("urn:example:fresh", "fresh"))), Fresh) == Fresh()
    broken = Element(("urn:xmpp:bookmarks:1", "conference"), {"autojoin": "perhaps"})
    assert payload_of(Item(payload=broken), Bookmark) is None
    assert payload_of(Item(payload=Element(("urn:example", "other"))), Bookmark) is None


class Shelf:
    """A service with items "0" to "size - 1", which pages."""

    def __init__(self, play: Play, size: int, *, counts: bool = True) -> None:
        self.play, self.size, self.counts = play, size, counts

    def answer(self) -> None:
        iq = self.play.asked()
        asked = query(iq).set
        assert asked is not None
        assert asked.max is not None
        begin = 0 if asked.after is None else int(asked.after) + 1
        ids = [str(number) for number in range(begin, min(self.size, begin + asked.max))]
        page = ResultSet(count=self.size if self.counts else None)
        if ids:
            page.first = First(id=ids[0], index=begin if self.counts else None)
            page.last = ids[-1]
        answer = Pubsub(action=Items(node="shelf", items=[Item(id=id_) for id_ in ids]), set=page)
        self.play.say(iq.result(answer).replace(sender=iq.to))


@pytest.mark.spec("XEP-0060", "6.5.4")
@pytest.mark.spec("XEP-0059", "2.1", "2.2")
@pytest.mark.parametrize(("counts", "expected"), [(True, [4, 4, 2]), (False, [4, 4, 2, 0])])
def test_items_are_read_page_by_page(counts: bool, expected: list[int]) -> None:
    play = Play()
    shelf = Shelf(play, 10, counts=counts)
    reader = ItemReader("shelf", SERVICE, limit=4)
    pages: list[ItemPage] = []
    while not reader.done:
        running = play.run(reader.next_page())
        shelf.answer()
        pages.append(running.result())
    assert [len(page) for page in pages] == expected
    assert [item.id for page in pages for item in page] == [str(number) for number in range(10)]
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert pages[0].count == (10 if counts else None)
    running = play.run(reader.next_page())
    assert (list(running.result()), reader.position) == ([], "9")

    later = ItemReader("shelf", SERVICE, position="7")
    running = play.run(later.next_page())
    shelf.answer()
    assert [item.id for item in running.result()] == ["8", "9"]


def test_a_service_that_does_not_page_gives_all_at_once() -> None:
    play = Play()
    reader = ItemReader("shelf", limit=2)
    running = play.run(reader.next_page())
    answered(play, Pubsub(action=Items(node="shelf", items=[Item(id=str(number)) for number in range(5)])))
    assert (len(running.result()), reader.done) == (5, True)


def test_a_service_that_leads_in_a_circle_of_several_pages() -> None:
    play = Play()
    reader = ItemReader("shelf", limit=1)
    for step in range(50):
        running = play.run(reader.next_page())
        id_ = str(step % 3)
        answered(
            play, Pubsub(action=Items(node="shelf", items=[Item(id=id_)]), set=ResultSet(first=First(id=id_), last=id_))
        )
        try:
            running.result()
        except PubsubAnswerError:
            assert step >= 3
            break
    else:
        pytest.fail("the reader goes round and round")


def test_a_service_that_leads_in_a_circle_or_gives_too_much() -> None:
    play = Play()
    reader = ItemReader("shelf", limit=2)
    page = Pubsub(
        action=Items(node="shelf", items=[Item(id="0"), Item(id="1")]), set=ResultSet(first=First(id="0"), last="1")
    )
    for again in (False, True):
        running = play.run(reader.next_page())
        answered(play, page)
        if again:
            with pytest.raises(PubsubAnswerError, match="the same page"):
                running.result()
        else:
            assert len(running.result()) == 2
    reader = ItemReader("shelf", limit=1)
    running = play.run(reader.next_page())
    answered(play, page)
    with pytest.raises(PubsubAnswerError, match="more than the 1"):
        running.result()
    assert not reader.done
    with pytest.raises(ValueError, match="one item"):
        ItemReader("shelf", limit=0)


def test_all_items_up_to_a_number() -> None:
    play = Play()
    endless = Shelf(play, 1_000_000)
    running = play.run(fetch_all_items("shelf", maximum=120, service=SERVICE))
    for _ in range(3):
        endless.answer()
    assert [item.id for item in running.result()] == [str(number) for number in range(120)]
    running = play.run(fetch_all_items("shelf", maximum=120, service=SERVICE))
    Shelf(play, 3).answer()
    assert len(running.result()) == 3


@pytest.mark.spec("XEP-0060", "8.1.2", "8.1.3")
def test_a_node_is_created() -> None:
    play = Play()
    running = play.run(create_node("musings", service=SERVICE))
    assert query(answered(play)) == Pubsub(action=Create(node="musings"))
    assert running.result() == "musings"
    config = NodeConfig(title="Musings", access_model=AccessModel.OPEN)
    running = play.run(create_node(config=config))
    iq = answered(play, Pubsub(action=Create(node="25e3d37dabbab9541f7523321421edc5bfeb2dae")))
    assert query(iq) == Pubsub(action=Create(), configure=Configure(form=config.to_form()))
    assert running.result() == "25e3d37dabbab9541f7523321421edc5bfeb2dae"
    running = play.run(create_node())
    answered(play)
    with pytest.raises(PubsubAnswerError, match="what it calls"):
        running.result()


@pytest.mark.spec("XEP-0060", "8.2", "8.3")
def test_a_node_is_configured() -> None:
    play = Play()
    config = NodeConfig(title="Musings")
    running = play.run(configure_node("musings", config, service=SERVICE))
    assert owner(answered(play)).action == OwnerConfigure(node="musings", form=config.to_form())
    assert running.result() is None

    running = play.run(fetch_node_form("musings", service=SERVICE))
    form = node_form(title="Musings", access_model=AccessModel.OPEN)
    answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=form)))
    assert NodeConfig.from_form(running.result()).title == "Musings"

    running = play.run(fetch_default_node_form(service=SERVICE, type=NodeType.COLLECTION))
    iq = answered(play, PubsubOwner(action=OwnerDefault(form=form)))
    assert owner(iq).action == OwnerDefault(type=NodeType.COLLECTION)
    assert running.result() == form

    running = play.run(change_node("musings", service=SERVICE, title="Thoughts"))
    answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=form)))
    action = owner(answered(play)).action
    assert isinstance(action, OwnerConfigure)
    assert action.form is not None
    assert action.form.type is DataFormType.SUBMIT
    assert (action.form["pubsub#title"], action.form["pubsub#access_model"]) == ("Thoughts", "open")
    assert running.result() is None

    running = play.run(change_node("musings", notify_sub=True))
    answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=form)))
    with pytest.raises(PayloadError, match="no such field"):
        running.result()


@pytest.mark.parametrize("form", [None, DataForm(), DataForm(type=DataFormType.CANCEL)])
def test_an_answer_without_a_form(form: DataForm | None) -> None:
    play = Play()
    for operation, answer in (
        (fetch_node_form("musings"), PubsubOwner(action=OwnerConfigure(form=form))),
        (fetch_default_node_form(), PubsubOwner(action=OwnerDefault(form=form))),
        (fetch_default_node_form(), PubsubOwner()),
    ):
        running = play.run(operation)
        answered(play, answer)
        with pytest.raises(PubsubAnswerError, match="no form"):
            running.result()


@pytest.mark.spec("XEP-0060", "8.4")
def test_a_node_is_deleted() -> None:
    play = Play()
    running = play.run(delete_node("musings", service=SERVICE))
    assert owner(answered(play)).action == OwnerDelete(node="musings")
    assert running.result() is None
    play.run(delete_node("musings", redirect="xmpp:pubsub.capulet.lit?;node=thoughts"))
    redirect = OwnerRedirect(uri="xmpp:pubsub.capulet.lit?;node=thoughts")
    assert owner(answered(play)).action == OwnerDelete(node="musings", redirect=redirect)


@pytest.mark.spec("XEP-0060", "5.4")
def test_what_a_node_tells_about_itself() -> None:
    play = Play()
    metadata = NodeMetadata(title="Musings", creator=JULIET.bare)
    broken = metadata.to_form(DataFormType.RESULT)
    broken.fields.append(Field(var="pubsub#num_subscribers", values=["many"]))
    for forms, expected in (([metadata.to_form(DataFormType.RESULT)], metadata), ([], None), ([broken], None)):
        running = play.run(fetch_node_metadata("musings", service=SERVICE))
        iq = answered(play, DiscoInfo(node="musings", forms=forms))
        assert iq.get(DiscoInfo) == DiscoInfo(node="musings")
        assert running.result() == expected
    running = play.run(fetch_node_metadata("musings", service=SERVICE))
    answered(play)
    assert running.result() is None


@pytest.mark.spec("XEP-0060", "5.7", "8.9.1", "8.9.2")
def test_affiliations() -> None:
    play = Play()
    running = play.run(fetch_affiliations(service=SERVICE))
    mine = [Affiliation(node="musings", affiliation=NodeAffiliation.OWNER)]
    iq = answered(play, Pubsub(action=Affiliations(affiliations=mine)))
    assert query(iq).action == Affiliations()
    assert running.result() == mine
    running = play.run(fetch_affiliations("musings"))
    assert query(answered(play, Pubsub())).action == Affiliations(node="musings")
    assert running.result() == []

    romeo, tybalt = JID("romeo@montague.lit"), JID("tybalt@capulet.lit")
    running = play.run(fetch_node_affiliations("musings", service=SERVICE))
    known = [OwnerAffiliation(jid=romeo, affiliation=NodeAffiliation.PUBLISHER), OwnerAffiliation(jid=tybalt)]
    answered(play, PubsubOwner(action=OwnerAffiliations(node="musings", affiliations=known)))
    assert running.result() == {romeo: NodeAffiliation.PUBLISHER}
    running = play.run(fetch_node_affiliations("musings", service=SERVICE))
    answered(play)
    assert running.result() == {}

    running = play.run(set_node_affiliations("musings", {tybalt: NodeAffiliation.OUTCAST}, service=SERVICE))
    changed = OwnerAffiliations(
        node="musings", affiliations=[OwnerAffiliation(jid=tybalt, affiliation=NodeAffiliation.OUTCAST)]
    )
    assert owner(answered(play)).action == changed
    assert running.result() is None


@pytest.mark.spec("XEP-0060", "7.1.5", "8.1.3")
@pytest.mark.parametrize("exists", [False, True])
def test_options_that_a_service_does_not_know_are_configured_instead(exists: bool) -> None:
    play = Play()
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST, persist_items=True, max_items=3)
    running = play.run(publish("musings", ENTRY, id="today", options=options, reconfigure=True))
    refused(play, ErrorCondition.RESOURCE_CONSTRAINT, text="Unknown field 'pubsub#max_items'")
    if exists:
        answered(play, PubsubOwner(action=OwnerConfigure(node="musings", form=node_form())))
        action = owner(answered(play)).action
        assert isinstance(action, OwnerConfigure)
        form = action.form
    else:
        refused(play, ErrorCondition.ITEM_NOT_FOUND)
        asked = query(answered(play))
        assert asked.action == Create(node="musings")
        assert asked.configure is not None
        form = asked.configure.form
    assert form is not None
    config = NodeConfig.from_form(form)
    assert (config.access_model, config.persist_items, config.max_items) == (AccessModel.WHITELIST, True, 3)
    guard = query(answered(play)).publish_options
    assert guard is not None
    assert guard.form == PublishOptionsForm(access_model=AccessModel.WHITELIST, persist_items=True).to_form()
    assert running.result() == "today"


def test_a_node_whose_configuration_is_not_told_is_not_published_to() -> None:
    play = Play()
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST)
    running = play.run(publish("musings", ENTRY, options=options, reconfigure=True))
    refused(play, ErrorCondition.BAD_REQUEST)
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(PubsubIqError, match="forbidden"):
        running.result()
    assert play.server.take() == []
    running = play.run(publish("musings", ENTRY, options=options, reconfigure=True))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(PubsubIqError, match="forbidden"):
        running.result()
    assert play.server.take() == []
