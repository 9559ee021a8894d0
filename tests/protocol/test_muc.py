"""Rooms: what is more than a definition in XEP-0045, XEP-0410, XEP-0421 and XEP-0486."""

from __future__ import annotations

import hmac

import pytest

from tests.payload.xmltext import element, without_blanks
from xmppwire.jid import parse_jid
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from xmppwire.protocol.muc_affiliations_versioning import MucAffiliationsVersion
from xmppwire.protocol.muc_avatars import avatar_hashes
from xmppwire.protocol.muc_self_ping import SelfPingResult, self_ping_result
from xmppwire.protocol.muc_user import MucStatus, MucStatusCode, MucUser
from xmppwire.protocol.occupant_id import make_occupant_id
from xmppwire.stanza import ErrorCondition, StanzaError

PRESENCE = """
<x xmlns='http://jabber.org/protocol/muc#user'>
  <mav xmlns='urn:xmpp:muc:affiliations:1' until='ruz41312vw'/>
  <item affiliation='member' jid='hag66@shakespeare.lit/pda' role='participant'/>
  <status code='100'/><status code='110'/><status code='999'/>
</x>"""


def test_what_a_room_says_of_an_occupant() -> None:
    user = MucUser.from_element(without_blanks(element(PRESENCE)))
    (item,) = user.items
    assert (item.affiliation, item.role) == (MucAffiliation.MEMBER, MucRole.PARTICIPANT)
    assert item.jid == parse_jid("hag66@shakespeare.lit/pda")
    assert user.codes == {MucStatusCode.JID_VISIBLE, MucStatusCode.SELF_PRESENCE, "999"}
    assert "110" in user.codes
    assert user.extensions == [MucAffiliationsVersion(until="ruz41312vw")]


def test_all_status_codes_are_read_as_what_they_mean() -> None:
    for code in MucStatusCode:
        text = f"<status xmlns='http://jabber.org/protocol/muc#user' code='{code.value}'/>"
        assert MucStatus.from_element(element(text)).code is code
    assert len(MucStatusCode) == 19


def test_no_history() -> None:
    join = MucJoin(history=MucHistory(max_chars=0), extensions=[MucAffiliationsVersion()])
    history, mav = join.to_element().elements()
    assert history.attributes == {"maxchars": "0"}
    assert mav.name == ("urn:xmpp:muc:affiliations:1", "mav")
    assert MucJoin.from_element(join.to_element()) == join


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        (ErrorCondition.SERVICE_UNAVAILABLE, SelfPingResult.JOINED),
        (ErrorCondition.FEATURE_NOT_IMPLEMENTED, SelfPingResult.JOINED),
        (ErrorCondition.ITEM_NOT_FOUND, SelfPingResult.JOINED),
        (ErrorCondition.REMOTE_SERVER_NOT_FOUND, SelfPingResult.UNKNOWN),
        (ErrorCondition.REMOTE_SERVER_TIMEOUT, SelfPingResult.UNKNOWN),
        (ErrorCondition.NOT_ACCEPTABLE, SelfPingResult.NOT_JOINED),
        (ErrorCondition.NOT_ALLOWED, SelfPingResult.NOT_JOINED),
        (ErrorCondition.BAD_REQUEST, SelfPingResult.NOT_JOINED),
    ],
)
def test_self_ping(condition: ErrorCondition, result: SelfPingResult) -> None:
    assert self_ping_result(StanzaError(condition)) is result
    assert self_ping_result(None) is SelfPingResult.JOINED


def test_occupant_ids_are_of_the_account() -> None:
    room = parse_jid("coven@chat.shakespeare.lit")
    user, other = parse_jid("hag66@shakespeare.lit/pda"), parse_jid("hag66@shakespeare.lit/desktop")
    secret = bytes(32)
    made = make_occupant_id(secret, user)
    assert made == make_occupant_id(secret, other) == hmac.new(secret, b"hag66@shakespeare.lit", "sha1").hexdigest()
    assert made != make_occupant_id(b"1" * 32, user)
    of_service = make_occupant_id(secret, user, room)
    assert of_service != make_occupant_id(secret, user, parse_jid("heath@chat.shakespeare.lit"))
    expected = hmac.new(secret, b"coven@chat.shakespeare.lit\0hag66@shakespeare.lit", "sha1").hexdigest()
    assert of_service == expected


def test_hashes_of_the_avatar() -> None:
    form = DataForm(
        type=DataFormType.RESULT,
        fields=[
            Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["http://jabber.org/protocol/muc#roominfo"]),
            Field(var="muc#roominfo_avatarhash", values=["a31c4bd04de69663cfd7f424a8453f4674da37ff", ""]),
        ],
    )
    assert avatar_hashes(DiscoInfo(forms=[form])) == ["a31c4bd04de69663cfd7f424a8453f4674da37ff"]
    assert avatar_hashes(DiscoInfo()) == []
