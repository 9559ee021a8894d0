"""vCards, old (XEP-0054) and new (XEP-0292)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.service import answered, query, refused
from tests.session.play import Play
from xmppwire.im.vcards import fetch_vcard, fetch_vcard4, publish_vcard4, set_vcard
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.payload import PayloadError
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub
from xmppwire.protocol.pubsub_forms import AccessModel, PublishOptionsForm
from xmppwire.protocol.vcard4 import NODE, VCard4
from xmppwire.protocol.vcard4_values import FormattedName
from xmppwire.protocol.vcard_temp import VCardTemp
from xmppwire.stanza import ErrorCondition, IqType
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit")
OLD = VCardTemp(full_name="Romeo Montague")
NEW = VCard4(formatted_names=[FormattedName(text="Romeo Montague")])


@pytest.mark.spec("XEP-0054", "3.1", "3.3")
@pytest.mark.parametrize("jid", [None, ROMEO, JID("ball@rooms.capulet.lit/romeo")])
def test_an_old_vcard_is_fetched(jid: JID | None) -> None:
    play = Play()
    running = play.run(fetch_vcard(jid))
    iq = answered(play, OLD)
    assert (iq.type, iq.to, iq.get(VCardTemp)) == (IqType.GET, jid, VCardTemp())
    assert running.result() == OLD


@pytest.mark.spec("XEP-0054", "3.2")
def test_an_old_vcard_is_set() -> None:
    play = Play()
    running = play.run(set_vcard(OLD))
    iq = answered(play)
    assert (iq.type, iq.to, iq.get(VCardTemp)) == (IqType.SET, None, OLD)
    assert running.result() is None


@pytest.mark.spec("XEP-0292", "4.1.1")
def test_a_new_vcard_is_fetched() -> None:
    play = Play()
    running = play.run(fetch_vcard4(ROMEO))
    iq = answered(play, Pubsub(action=Items(node=NODE, items=[Item(id="a", payload=NEW)])))
    assert (iq.type, iq.to, query(iq).action) == (IqType.GET, ROMEO, Items(node=NODE, max_items=1))
    assert running.result() == NEW
    for items in ([], [Item(id="a")], [Item(id="a", payload=OLD)]):
        running = play.run(fetch_vcard4())
        answered(play, Pubsub(action=Items(node=NODE, items=items)))
        assert running.result() is None


@pytest.mark.spec("XEP-0292", "4.1.2")
def test_a_new_vcard_is_published_for_everybody() -> None:
    play = Play()
    running = play.run(publish_vcard4(NEW))
    iq = answered(play)
    assert query(iq).action == Publish(node=NODE, items=[Item(id="current", payload=NEW)])
    options = query(iq).publish_options
    assert options is not None
    assert options.form is not None
    assert PublishOptionsForm.from_form(options.form).access_model is AccessModel.OPEN
    assert running.result() is None


@pytest.mark.parametrize(("operation", "nothing"), [(fetch_vcard, VCardTemp()), (fetch_vcard4, None)])
def test_there_may_be_no_vcard(operation: Any, nothing: VCardTemp | None) -> None:
    play = Play()
    for condition in (ErrorCondition.ITEM_NOT_FOUND, ErrorCondition.SERVICE_UNAVAILABLE):
        running = play.run(operation(ROMEO))
        refused(play, condition)
        assert running.result() == nothing
    running = play.run(operation(ROMEO))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()


def test_an_old_vcard_that_does_not_decode() -> None:
    play = Play()
    running = play.run(fetch_vcard(ROMEO))
    iq = play.asked()
    photo = Element(("vcard-temp", "PHOTO"), {}, [Element(("vcard-temp", "BINVAL"), {}, ["no base64!"])])
    play.say(iq.result(Element(("vcard-temp", "vCard"), {}, [photo])).replace(sender=ROMEO))
    with pytest.raises(PayloadError):
        running.result()
    running = play.run(fetch_vcard())
    answered(play)
    assert running.result() == VCardTemp()
