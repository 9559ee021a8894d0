"""Contact addresses (XEP-0157): which of what a service says counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.contacts import ADDRESSES, contacts_of, fetch_contacts, jids
from xmppwire.jid import JID
from xmppwire.protocol.contact_addresses import ServerInfo
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.stanza import IqType

pytestmark = pytest.mark.spec("XEP-0157", "3")

FORM_TYPE = "http://jabber.org/network/serverinfo"
ABUSE = ["mailto:abuse@montague.lit", "xmpp:abuse@montague.lit"]


def told(*fields: Field, form_type: str = FORM_TYPE, **keywords: Any) -> DiscoInfo:
    hidden = Field(var="FORM_TYPE", type=keywords.pop("hidden", FieldType.HIDDEN), values=[form_type])
    form = DataForm(type=keywords.pop("type", DataFormType.RESULT), fields=[hidden, *fields])
    return DiscoInfo(forms=[form])


def test_what_a_service_says() -> None:
    play = Play()
    running = play.run(fetch_contacts("montague.lit"))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(DiscoInfo)) == (IqType.GET, JID("montague.lit"), DiscoInfo())
    info = told(Field(var="abuse-addresses", values=ABUSE), Field(var="x-beer", values=["Duff"]))
    play.say(iq.result(info).replace(sender="montague.lit"))
    contacts = running.result()
    assert contacts.abuse == ABUSE
    assert contacts.admin == []
    assert [one.var for one in contacts.unknown_fields] == ["x-beer"]
    assert contacts_of(DiscoInfo()) == ServerInfo()


@pytest.mark.spec("XEP-0068", "4.3")
def test_forms_of_another_type_do_not_count() -> None:
    field = Field(var="abuse-addresses", values=ABUSE)
    assert contacts_of(told(field)).abuse == ABUSE
    for info in (
        told(field, form_type="http://jabber.org/network/serverinf0"),
        told(field, hidden=FieldType.TEXT_SINGLE),
        told(field, type=DataFormType.SUBMIT),
    ):
        assert contacts_of(info) == ServerInfo()


def test_what_is_no_address_hides_none_that_is() -> None:
    contacts = contacts_of(
        told(
            Field(var="abuse-addresses", values=["abuse at montague", "", *ABUSE]),
            Field(var="abuse-addresses", values=["xmpp:second@montague.lit"]),
            Field(var="status-addresses", values=["javascript alert"]),
            Field(var="security-addresses", values=[f"xmpp:a{n}@montague.lit" for n in range(1000)]),
            Field(var="serverinfo-pubsub-node", values=["xmpp:a@b?;node=c", "xmpp:d@e?;node=f"]),
        )
    )
    assert contacts.abuse == ABUSE
    assert contacts.status == []
    assert len(contacts.security) == ADDRESSES
    assert contacts.pubsub_node == "xmpp:a@b?;node=c"


def test_addresses_of_xmpp_among_others() -> None:
    addresses = [
        *ABUSE,
        "XMPP:admins%40x@montague.lit",
        "xmpp:montague.lit?message;body=spam",
        "xmpp:abuse@montague.lit",
    ]
    addresses += ["xmpp:", "xmpp:@", "https://montague.lit", "xmpp://guest@montague.lit", "xmpp:a%zz@b"]
    assert jids(addresses) == [JID("abuse@montague.lit"), JID("montague.lit")]
