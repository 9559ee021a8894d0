"""Directories (XEP-0055): fields and forms, and results of both kinds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.search import FoundUser, SearchResults, fetch_search, search, search_fields
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.payload import Payload, PayloadError
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Item, Option, Reported
from xmppwire.protocol.jabber_search import SearchItem, SearchQuery
from xmppwire.stanza import ErrorCondition, IqType
from xmppwire.xml import Element

DIRECTORY = JID("users.capulet.lit")
BY_FIELDS = SearchQuery(instructions="Fill in one or more", first="", last="", nick="", email="")
HIDDEN = Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["jabber:iq:search"])
BY_FORM = SearchQuery(
    form=DataForm(
        type=DataFormType.FORM,
        fields=[
            HIDDEN,
            Field(type=FieldType.FIXED, values=["Whom?"]),
            Field(var="first", type=FieldType.TEXT_SINGLE),
            Field(var="x-gender", type=FieldType.LIST_SINGLE, options=[Option(value="male"), Option(value="female")]),
        ],
    ),
)


def found(answer: Payload | Element | None, query: SearchQuery = BY_FIELDS) -> SearchResults:
    """What is made of an answer to a search."""
    play = Play()
    running = play.run(search(DIRECTORY, {"first": "Juliet"}, query=query))
    play.say(play.asked().result(answer).replace(sender=DIRECTORY))
    return running.result()


@pytest.mark.spec("XEP-0055", "2.1")
def test_a_search_by_fields() -> None:
    play = Play()
    running = play.run(search(DIRECTORY, {"last": "Capulet"}))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(SearchQuery)) == (IqType.GET, DIRECTORY, SearchQuery())
    play.say(iq.result(BY_FIELDS).replace(sender=DIRECTORY))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(SearchQuery)) == (IqType.SET, DIRECTORY, SearchQuery(last="Capulet"))
    items = [
        SearchItem(
            jid=JID("juliet@capulet.lit"), first="Juliet", last="Capulet", nick="JuliC", email="j@shakespeare.lit"
        ),
        SearchItem(jid=JID("tybalt@capulet.lit"), last="Capulet"),
    ]
    play.say(iq.result(SearchQuery(items=items)).replace(sender=DIRECTORY))
    results = running.result()
    assert list(results) == [
        FoundUser(JID("juliet@capulet.lit"), "Juliet", "Capulet", "JuliC", "j@shakespeare.lit"),
        FoundUser(JID("tybalt@capulet.lit"), last="Capulet"),
    ]
    assert (len(results), results.labels, results.unreadable) == (2, {}, 0)


@pytest.mark.spec("XEP-0055", "2.1", "3")
def test_what_can_be_looked_for() -> None:
    play = Play()
    running = play.run(fetch_search(DIRECTORY))
    play.say(play.asked().result(BY_FORM).replace(sender=DIRECTORY))
    assert search_fields(running.result()) == ["first", "x-gender"]
    assert search_fields(BY_FIELDS) == ["first", "last", "nick", "email"]
    assert search_fields(SearchQuery(last="")) == ["last"]
    running = play.run(fetch_search(DIRECTORY))
    play.say(play.asked().result().replace(sender=DIRECTORY))
    assert search_fields(running.result()) == []


@pytest.mark.spec("XEP-0055", "3")
def test_a_search_by_form() -> None:
    play = Play()
    running = play.run(search(DIRECTORY, {"x-gender": "male"}, query=BY_FORM))
    iq = play.asked()
    asked = iq.get(SearchQuery)
    assert asked is not None
    assert asked.form is not None
    assert (asked.form.type, asked.form["FORM_TYPE"], asked.form["x-gender"]) == ("submit", "jabber:iq:search", "male")
    assert (asked.first, asked.last) == (None, None)
    names = ("first", "last", "jid", "x-gender")
    head = [
        Field(var=name, label=label)
        for name, label in zip(names, ("Given Name", None, "Address", "Gender"), strict=True)
    ]

    def row(*values: str) -> Item:
        return Item(fields=[Field(var=name, values=[value]) for name, value in zip(names, values, strict=False)])

    rows = [row("Benvolio", "Montague", "benvolio@montague.lit", "male"), row("Romeo", "Montague", "romeo@@")]
    rows += [row("Nobody"), Item(fields=[Field(var="jid", values=["a@b"]), Field(var="jid", values=["c@d"]), Field()])]
    form = DataForm(type=DataFormType.RESULT, fields=[HIDDEN], reported=Reported(fields=head), items=rows)
    play.say(iq.result(SearchQuery(form=form)).replace(sender=DIRECTORY))
    results = running.result()
    assert list(results) == [
        FoundUser(JID("benvolio@montague.lit"), "Benvolio", "Montague", others={"x-gender": ["male"]}),
        FoundUser(None, "Nobody"),
        FoundUser(JID("a@b")),
    ]
    assert results.labels == {"first": "Given Name", "jid": "Address", "x-gender": "Gender"}
    assert results.unreadable == 1


@pytest.mark.spec("XEP-0055", "2.1")
def test_nobody_was_found() -> None:
    for answer in (None, SearchQuery(), Element(("jabber:iq:other", "query"))):
        assert found(answer) == SearchResults()


def test_results_that_cannot_be_read_spoil_no_others() -> None:
    name = SearchQuery.element_names[0]
    good = SearchItem(jid=JID("juliet@capulet.lit")).to_element()
    bad = [Element(good.name, {"jid": "@@"}), Element(good.name)]
    results = found(Element(name, {}, [bad[0], good, bad[1]]))
    assert (list(results), results.unreadable) == ([FoundUser(JID("juliet@capulet.lit"))], 2)
    bare = DataForm(type=DataFormType.RESULT, items=[Item(fields=[Field(var="nick", values=["Ty"])])])
    assert found(SearchQuery(form=bare)) == SearchResults([FoundUser(nick="Ty")])
    other = DataForm(
        type=DataFormType.RESULT,
        fields=[HIDDEN.replace(values=["urn:xmpp:other"])],
        items=[Item(fields=[Field(var="jid", values=["tybalt@capulet.lit"])])],
    )
    assert found(SearchQuery(form=other)) == SearchResults()
    with pytest.raises(PayloadError):
        found(Element(name, {}, [Element(DataForm.element_names[0], {"type": "no such type"})]))


@pytest.mark.parametrize(
    ("query", "values", "raised"),
    [
        (BY_FIELDS, {"phone": "1"}, ValueError),
        (SearchQuery(last=""), {"first": "Juliet"}, ValueError),
        (BY_FORM, {"last": "Capulet"}, PayloadError),
        (BY_FORM, {"x-gender": "other"}, PayloadError),
    ],
)
def test_what_cannot_be_looked_for(query: SearchQuery, values: dict[str, Any], raised: type[Exception]) -> None:
    with pytest.raises(raised):
        next(search(DIRECTORY, values, query=query))


def test_a_directory_refuses() -> None:
    play = Play()
    running = play.run(search(DIRECTORY, {"first": "J"}, query=BY_FIELDS))
    play.say(play.asked().error_reply(ErrorCondition.NOT_ACCEPTABLE).replace(sender=DIRECTORY))
    with pytest.raises(IqError, match="not-acceptable"):
        running.result()
