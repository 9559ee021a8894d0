"""Extensions without elements of their own, or with more than elements: their fields, values and forms."""

from __future__ import annotations

import pytest

from xmppwire.payload import PayloadError
from xmppwire.protocol.account_invitations import Invitation
from xmppwire.protocol.atom import AtomContent
from xmppwire.protocol.data_forms import DataFormType
from xmppwire.protocol.explicit_mentions import MentionPermission, MentionPermissions
from xmppwire.protocol.muc_slow_mode import slow_mode_duration
from xmppwire.protocol.order_by import order_feature
from xmppwire.protocol.spaces import SpaceMembership
from xmppwire.protocol.tls_downgrade_protection import tls_version_matches, tls_version_value
from xmppwire.xml import Element

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"


def test_the_feature_of_an_order() -> None:
    assert order_feature("urn:xmpp:mam:2") == "urn:xmpp:order-by:1@urn:xmpp:mam:2"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("20", 20), (" 20 ", 20), ("0", 0), ("-1", 0), ("1.5", 0), ("", 0), (None, 0), ("٣", 0), ("9" * 9, 999_999_999)],
)
def test_slow_mode(value: str | None, seconds: int) -> None:
    assert slow_mode_duration(value) == seconds


def test_a_slow_mode_of_centuries_is_none() -> None:
    assert slow_mode_duration("9" * 5000) == 0


@pytest.mark.parametrize(
    ("version", "value"), [("TLSv1.3", "0304"), ("TLSv1.2", "0303"), ("TLSv1.1", "0302"), ("TLSv1", "0301")]
)
def test_versions_of_tls(version: str, value: str) -> None:
    assert tls_version_value(version) == value
    assert tls_version_matches(value, version)
    assert not tls_version_matches("0305", version)


def test_a_version_that_is_none_of_tls() -> None:
    with pytest.raises(ValueError, match="SSLv3"):
        tls_version_value("SSLv3")


def test_permissions_for_mentions() -> None:
    given = MentionPermissions(count=5, individual=MentionPermission.PARTICIPANTS, hats=MentionPermission.NONE)
    form = given.to_form(DataFormType.SUBMIT)
    assert form["mentions#count"] == "5"
    assert form["mentions#hats"] == "none"
    assert "mentions#server" not in form
    assert MentionPermissions.from_form(form) == given


def test_an_invitation_holds_for_ever_or_not() -> None:
    given = Invitation(uri="xmpp:romeo@montague.net?roster;preauth=TOKEN")
    assert Invitation.from_form(given.to_form(DataFormType.RESULT)).expire is None
    with pytest.raises(PayloadError, match="uri"):
        Invitation.from_form(Invitation(uri="").to_form(DataFormType.RESULT).replace(fields=[]))


def test_a_member_of_a_space() -> None:
    form = SpaceMembership(parent="xmpp:pubsub.example?;node=dev").to_form(DataFormType.RESULT)
    assert form.form_type == "urn:xmpp:spaces:0"
    assert SpaceMembership.from_form(form).parent == "xmpp:pubsub.example?;node=dev"


def test_the_text_of_an_entry_without_its_markup() -> None:
    strong = Element((XHTML, "strong"), {}, ["wide"])
    body = Element((XHTML, "div"), {}, ["The ", strong, " world"])
    content = AtomContent.from_element(Element((ATOM, "content"), {"type": "xhtml"}, [body, "!"]))
    assert content.text == "The wide world!"
    assert AtomContent(content=["plain"]).text == "plain"


def test_deep_markup_costs_no_stack() -> None:
    element = Element((XHTML, "b"), {}, ["x"])
    for _ in range(5000):
        element = Element((XHTML, "b"), {}, [element])
    assert AtomContent(content=[element]).text == "x"
