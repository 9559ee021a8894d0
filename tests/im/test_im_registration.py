"""In-Band Registration (XEP-0077) with services: fields and forms, passwords, cancellation, and registration elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.registration import (
    FIELDS,
    RegistrationElsewhere,
    RegistrationFormWanted,
    change_password,
    fetch_registration,
    fill_in,
    register,
    submit_form,
    unregister,
    wanted_fields,
)
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.payload import PayloadError
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Option
from xmppwire.protocol.in_band_registration import RegistrationQuery
from xmppwire.protocol.out_of_band_data import OutOfBand
from xmppwire.protocol.register_forms import PasswordChange, RegistrationCancellation
from xmppwire.stanza import ErrorCondition, Iq, IqType, StanzaError
from xmppwire.xml import Element

GATEWAY = JID("irc.capulet.lit")
CONTEST = DataForm(
    type=DataFormType.FORM,
    fields=[
        Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["jabber:iq:register"]),
        Field(type=FieldType.FIXED, values=["Who are you?"]),
        Field(var="first", type=FieldType.TEXT_SINGLE, required=True),
        Field(var="x-gender", type=FieldType.LIST_SINGLE, options=[Option(value="M"), Option(value="F")]),
    ],
)


@pytest.mark.spec("XEP-0077", "3.1")
def test_a_gateway_asks_and_is_told() -> None:
    play = Play()
    asking = play.run(fetch_registration(GATEWAY))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(RegistrationQuery)) == (IqType.GET, GATEWAY, RegistrationQuery())
    wanted = RegistrationQuery(instructions="Choose", username="", password="", key="k4")
    play.say(iq.result(wanted).replace(sender=GATEWAY))
    query = asking.result()
    assert wanted_fields(query) == ["username", "password", "key"]
    answer = fill_in(query, {"username": "bill", "password": "Calliope"})
    running = play.run(register(GATEWAY, answer))
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.SET, GATEWAY)
    assert iq.get(RegistrationQuery) == RegistrationQuery(username="bill", password="Calliope", key="k4")
    play.say(iq.error_reply(ErrorCondition.CONFLICT).replace(sender=GATEWAY))
    with pytest.raises(IqError, match="conflict"):
        running.result()


@pytest.mark.spec("XEP-0077", "3.1", "14.1")
def test_fields_have_to_be_given_all_and_no_others() -> None:
    query = RegistrationQuery(registered=True, username="juliet", password="", email="juliet@capulet.lit")
    with pytest.raises(ValueError, match="required: password"):
        fill_in(query, {})
    with pytest.raises(ValueError, match="required: username, password"):
        fill_in(query, {"username": ""})
    with pytest.raises(ValueError, match="phone is not asked for"):
        fill_in(query, {"password": "r0m30", "phone": "1"})
    assert fill_in(query, {"password": "r0m30"}) == RegistrationQuery(
        username="juliet", password="r0m30", email="juliet@capulet.lit"
    )
    assert {"username", "nick", "zip", "key"} < set(FIELDS)
    assert not {"instructions", "registered", "remove", "form", "oob"} & set(FIELDS)


@pytest.mark.spec("XEP-0077", "4", "6")
def test_a_form_counts_alone() -> None:
    query = RegistrationQuery(
        instructions="See the web", username="", form=CONTEST, oob=OutOfBand(url="https://a.lit/")
    )
    assert wanted_fields(query) == ["first", "x-gender"]
    answer = fill_in(query, {"first": "Juliet", "x-gender": "F"})
    assert isinstance(answer, DataForm)
    assert answer.type is DataFormType.SUBMIT
    assert (answer["FORM_TYPE"], answer["first"], answer["x-gender"]) == ("jabber:iq:register", "Juliet", "F")
    play = Play()
    play.run(register(GATEWAY, answer))
    assert play.asked().get(RegistrationQuery) == RegistrationQuery(form=answer)
    bad: list[dict[str, Any]] = [{}, {"first": "Juliet", "x-gender": "X"}, {"first": "Juliet", "username": "juliet"}]
    for values in bad:
        with pytest.raises(PayloadError):
            fill_in(query, values)


@pytest.mark.spec("XEP-0077", "5", "6")
def test_registration_is_done_elsewhere() -> None:
    url = "https://shakespeare.lit/contests"
    with pytest.raises(RegistrationElsewhere, match="not done here: On the web https") as elsewhere:
        fill_in(RegistrationQuery(instructions="On the web", oob=OutOfBand(url=url)), {"username": "juliet"})
    assert (elsewhere.value.url, elsewhere.value.instructions) == (url, "On the web")
    with pytest.raises(RegistrationElsewhere) as nowhere:
        fill_in(RegistrationQuery(), {})
    assert nowhere.value.url is None
    fields = RegistrationQuery(username="", oob=OutOfBand(url=url))  # the fields come first
    assert fill_in(fields, {"username": "juliet"}) == RegistrationQuery(username="juliet")


def form(form_type: str, *names: str, type: DataFormType = DataFormType.FORM) -> DataForm:
    fields = [Field(var=name, type=FieldType.TEXT_PRIVATE, required=True) for name in names]
    hidden = Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=[form_type])
    return DataForm(type=type, fields=[hidden, *fields])


def refuse(play: Play, condition: ErrorCondition, payload: Any) -> None:
    iq = play.asked()
    error = StanzaError(condition)
    play.say(Iq("error", iq.sender, payload=payload, id=iq.id, sender=iq.to, error=error))


@pytest.mark.spec("XEP-0077", "3.3")
def test_a_server_wants_the_old_password_too() -> None:
    play = Play()
    running = play.run(change_password("juliet", "new"))
    wanted = form("jabber:iq:register:changepassword", "username", "old_password", "password")
    refuse(play, ErrorCondition.NOT_AUTHORIZED, RegistrationQuery(form=wanted))
    with pytest.raises(RegistrationFormWanted) as more:
        running.result()
    assert more.value.error.condition is ErrorCondition.NOT_AUTHORIZED
    filled = PasswordChange.answer(more.value.form, username="juliet", old_password="old", password="new")
    running = play.run(submit_form(filled))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(RegistrationQuery)) == (IqType.SET, None, RegistrationQuery(form=filled))
    play.say(iq.result().replace(sender=None))
    assert running.result() is None


@pytest.mark.spec("XEP-0077", "3.2")
def test_a_gateway_lets_nobody_go_without_a_password() -> None:
    play = Play()
    running = play.run(unregister(GATEWAY))
    wanted = form("jabber:iq:register:cancel", "password")
    refuse(play, ErrorCondition.NOT_ALLOWED, RegistrationQuery(form=wanted))
    with pytest.raises(RegistrationFormWanted) as more:
        running.result()
    filled = RegistrationCancellation.answer(more.value.form, password="old")
    play.run(submit_form(filled, GATEWAY))
    iq = play.asked()
    assert (iq.to, iq.get(RegistrationQuery)) == (GATEWAY, RegistrationQuery(form=filled))


@pytest.mark.spec("XEP-0077", "3.2", "3.3")
@pytest.mark.parametrize(
    "payload",
    [
        None,
        RegistrationQuery(remove=True),
        RegistrationQuery(form=form("jabber:iq:register:changepassword", "password")),
        RegistrationQuery(form=form("jabber:iq:register:cancel", "password", type=DataFormType.SUBMIT)),
        Element(
            RegistrationQuery.element_names[0],
            {},
            [Element(DataForm.element_names[0], {"type": "no such type"})],
        ),
    ],
)
def test_errors_without_a_form_that_fits(payload: Any) -> None:
    play = Play()
    running = play.run(unregister(GATEWAY))
    refuse(play, ErrorCondition.REGISTRATION_REQUIRED, payload)
    with pytest.raises(IqError) as refused:
        running.result()
    assert type(refused.value) is IqError
    assert refused.value.error.condition is ErrorCondition.REGISTRATION_REQUIRED
