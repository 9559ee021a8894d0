"""What definitions of messaging extensions do beside being read and written: XEP-0091, XEP-0301, XEP-0380, XEP-0492."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.payload.xmltext import element
from xmppwire.payload import PayloadError
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.explicit_encryption import Encryption, EncryptionProtocol
from xmppwire.protocol.legacy_delay import LegacyDelay
from xmppwire.protocol.notification_settings import Always, Never, Notify, OnMention
from xmppwire.protocol.real_time_text import EraseText, InsertText, RealTimeText, Wait, actions_between, apply_actions
from xmppwire.stanza import Message


def test_a_chat_state_is_found_whatever_it_is() -> None:
    message = Message("juliet@capulet.lit", payloads=[ChatState(state=ChatStateValue.COMPOSING)])
    state = message.get(ChatState)
    assert state is not None and state.state is ChatStateValue.COMPOSING
    assert state.to_element().local == "composing"


@pytest.mark.spec("XEP-0091", "4")
def test_a_legacy_stamp_is_utc() -> None:
    moment = datetime(2002, 9, 10, 23, 8, 25, tzinfo=UTC)
    delay = LegacyDelay.from_element(element("<x xmlns='jabber:x:delay' stamp='20020910T23:08:25'/>"))
    assert delay.stamp == moment
    east = moment.astimezone(timezone(timedelta(hours=2)))
    assert LegacyDelay(stamp=east).to_element().attributes["stamp"] == "20020910T23:08:25"
    for bad in (datetime(2002, 9, 10), datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))):
        with pytest.raises(PayloadError, match="x@stamp"):
            LegacyDelay(stamp=bad).to_element()


@pytest.mark.parametrize("stamp", ["20020231T00:00:00", "2002-09-10T23:08:25Z", "20020910T24:00:00", "", "20020910"])
def test_what_is_no_legacy_stamp(stamp: str) -> None:
    with pytest.raises(PayloadError, match="x@stamp"):
        LegacyDelay.from_element(element(f"<x xmlns='jabber:x:delay' stamp='{stamp}'/>"))


@pytest.mark.spec("XEP-0301", "4.6", "8.3")
@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("<t>HLL</t><e/><e/><t>ELLO</t>", "HELLO"),
        ("<t>HLL</t><e n='2'/><t>ELLO</t>", "HELLO"),
        ("<t>Hello Bob, this is Alice!</t><e n='4' p='9'/>", "Hello, this is Alice!"),
        ("<t>Hello, this is Alice!</t><t p='5'> Bob</t>", "Hello Bob, this is Alice!"),
        ("<t>Hello Bob, tihsd is Alice!</t><e p='16' n='5'/><t p='11'>this</t>", "Hello Bob, this is Alice!"),
        (
            "<t>Helo</t><e/><t>lo...planet</t><e n='6'/><t> World</t><e n='3' p='8'/><t p='5'> there,</t>",
            "Hello there, World",
        ),
        ("<t>a</t><w n='5'/><t p='9'>b</t><t p='-4'>c</t><e p='1' n='7'/><sing/>", "ab"),
        ("<t>🐢b</t><e p='1'/>", "b"),
        ("<t>a</t><t p='99999999999999999999'>b</t><e n='99999999999999999999'/>", ""),
    ],
)
def test_edits(actions: str, expected: str) -> None:
    rtt = RealTimeText.from_element(element(f"<rtt xmlns='urn:xmpp:rtt:0' seq='1' event='new'>{actions}</rtt>"))
    assert apply_actions("", rtt.actions) == expected


@given(st.text("ab🐢", max_size=8), st.text("ab🐢", max_size=8))
@settings(max_examples=300, derandomize=True)
def test_edits_between_two_texts(old: str, new: str) -> None:
    actions = actions_between(old, new)
    assert apply_actions(old, actions) == new
    assert len(actions) <= 2 and (bool(actions) or old == new)
    rtt = RealTimeText(seq=1, actions=[Wait(milliseconds=1), *actions])
    assert RealTimeText.from_element(rtt.to_element()) == rtt


@pytest.mark.spec("XEP-0301", "7.3.1")
def test_edits_are_as_short_as_can_be() -> None:
    assert actions_between("Hello", "Hello B") == [InsertText(text=" B")]
    assert actions_between("Hello B", "Hello") == [EraseText(count=2)]
    assert actions_between("Hello Bob!", "Hello Rob!") == [
        EraseText(position=7, count=1),
        InsertText(position=6, text="R"),
    ]


@pytest.mark.spec("XEP-0380", "4")
def test_what_encryption_is_called() -> None:
    assert Encryption(protocol=EncryptionProtocol.OMEMO, name="Harmless").label == "OMEMO"
    assert Encryption(protocol="urn:example:rot13", name="Rot 13").label == "Rot 13"
    assert Encryption(protocol="urn:example:rot13").label == "urn:example:rot13"


@pytest.mark.spec("XEP-0492", "3")
def test_the_setting_of_a_client() -> None:
    pc = Never(identity_category="client", identity_type="pc")
    client, gateway = OnMention(identity_category="client"), OnMention(identity_category="gateway")
    others = Always()
    notify = Notify(always=[others], on_mention=[gateway, client], never=[pc])
    assert notify.setting_for("client", "pc") == pc
    assert notify.setting_for("client", "phone") == client
    assert notify.setting_for("gateway") == gateway
    assert notify.setting_for("automation", "bot") == others
    assert Notify(never=[pc]).setting_for("client", "phone") is None
    assert Notify(never=[pc]).setting_for("client") is None
    assert Notify().setting_for("client", "pc") is None
    assert Notify(never=[Never(identity_type="pc")]).setting_for("client", "pc") is None
