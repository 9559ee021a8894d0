"""FAST (XEP-0484): tokens asked for, delivered, rotated, invalidated, expired and counted; and those who have none."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pair import World, seeded
from tests.stream.sasl2_world import (
    AGENT,
    BIND2,
    DAY,
    EPOCH,
    FAST,
    FAST_INLINE,
    FEATURES,
    MANAGED,
    NS,
    USER_AGENT,
    Keeper,
    authenticate,
    authentication,
    b64,
    client_at_sasl2,
    failure,
    first_token,
    joined,
    lost,
    policy,
    server_at_sasl2,
    success,
    token_from,
    wanting,
)
from tests.stream.streams import CLIENT_HEADER, JULIET, Solo, server_config
from xmppwire.jid import JID
from xmppwire.sasl import BindingPolicy, ChannelBinding, Condition, HashedTokenServer, SASLFailure
from xmppwire.stream import (
    SASL2,
    Authenticated,
    AuthenticationFailed,
    AuthenticationStarted,
    DeviceTokens,
    EndReason,
    Established,
    FastPolicy,
    FastToken,
    FastTokensChanged,
    FastTokensRequested,
    FeaturesReceived,
    SASL2Offer,
    TokenReceived,
    TokenUsed,
    UserAgent,
)

pytestmark = pytest.mark.spec("XEP-0484", "3", "4", "5")

DEVICE = AGENT.id or ""
EXPIRY = datetime(2030, 1, 1, tzinfo=UTC)
NONE = FastToken(mechanism="HT-SHA-256-NONE", token="a token", expiry=EXPIRY)
OTHER = UserAgent(id="0b7a3ba5-8f5a-4a23-9f1c-6bde8ac3b6a1")
ALWAYS = {"sasl2": SASL2Offer(fast=policy(rotate=22 * DAY))}
"""A server that renews a token at each use."""


def again(keeper: Keeper, token: FastToken, *, seed: int = 5, **changes: Any) -> Any:
    """Log in by a token, without a password."""
    along = {"token": token, **changes.pop("along", {})}
    client = {"password": None, **changes.pop("client", {})}
    server = {"random": seeded(seed), **changes.pop("server", {})}
    return joined(wanting(**along), keeper=keeper, client=client, server=server, **changes)[1]


def refused(wire: Any) -> Condition:
    assert not wire.client.of(Established)
    assert not wire.server.of(Authenticated)
    condition: Condition = wire.server.one(AuthenticationFailed).condition
    assert wire.client.one(AuthenticationFailed).condition is condition
    return condition


# --- the life of a token --------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_and_used() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    assert token.mechanism == "HT-SHA-256-EXPR"
    assert token.expiry == datetime.fromtimestamp(EPOCH + 1000.0, UTC) + timedelta(days=21)
    assert keeper.tokens == {DEVICE: DeviceTokens(new=token)}
    wire = again(keeper, token)
    login = wire.client.one(Authenticated)
    assert (login.mechanism, login.binding, login.jid) == ("HT-SHA-256-EXPR", "tls-exporter", JULIET.bare)
    assert wire.client.one(Established).jid == JULIET.bare.with_resource("wire/chosen")
    assert not wire.client.of(TokenReceived)
    assert keeper.tokens == {DEVICE: DeviceTokens(current=token)}
    assert token.token.encode() not in wire.client.sent
    assert wire.client.one(AuthenticationStarted).mechanism == token.mechanism
    again(keeper, token)
    assert keeper.tokens == {DEVICE: DeviceTokens(current=token)}


def test_nobody_gets_a_token_unasked() -> None:
    keeper = Keeper()
    _, wire = joined(wanting(), keeper=keeper)
    assert not wire.client.of(TokenReceived)
    assert not keeper.tokens


def test_a_token_is_renewed_in_time() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    wire = again(keeper, token, server=ALWAYS)
    fresh = token_from(wire.client)
    assert fresh.token != token.token
    assert fresh.mechanism == token.mechanism
    # The old one is good until the new one is used: it may have got lost on its way.
    assert keeper.tokens == {DEVICE: DeviceTokens(current=token, new=fresh)}
    assert again(keeper, token).client.one(Established)
    assert again(keeper, fresh).client.one(Established)
    assert keeper.tokens == {DEVICE: DeviceTokens(current=fresh)}
    assert refused(again(keeper, token)) is Condition.NOT_AUTHORIZED


def test_a_token_that_never_arrived_is_forgotten_with_the_next() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    lost = token_from(again(keeper, token, server=ALWAYS).client)
    fresh = token_from(again(keeper, token, server=ALWAYS, seed=6).client)
    assert keeper.tokens == {DEVICE: DeviceTokens(current=token, new=fresh)}
    assert refused(again(keeper, lost)) is Condition.NOT_AUTHORIZED


def test_a_log_out() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    # Though it was due to be renewed, no other comes.
    wire = again(keeper, token, along={"invalidate_token": True}, server=ALWAYS)
    assert wire.client.one(Established)
    assert not wire.client.of(TokenReceived)
    assert keeper.tokens == {DEVICE: DeviceTokens()}
    assert refused(again(keeper, token)) is Condition.NOT_AUTHORIZED


def test_a_log_out_that_asks_for_another() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    wire = again(keeper, token, along={"invalidate_token": True, "request_token": True})
    assert keeper.tokens == {DEVICE: DeviceTokens(new=token_from(wire.client))}


def test_a_token_expires() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    assert again(keeper, token, world=World(now=1000.0 + 21 * DAY - 1)).client.one(Established)
    wire = again(keeper, token, world=World(now=1000.0 + 21 * DAY))
    assert refused(wire) is Condition.CREDENTIALS_EXPIRED


@pytest.mark.parametrize(
    "tokens",
    [
        DeviceTokens(),
        DeviceTokens(new=replace(NONE, token="another")),
        DeviceTokens(new=replace(NONE, expiry=datetime(2000, 1, 1, tzinfo=UTC))),
    ],
)
def test_who_is_refused_with_a_token_comes_with_a_password(tokens: DeviceTokens) -> None:
    keeper = Keeper({DEVICE: tokens})
    _, wire = joined(wanting(token=NONE, request_token=True), keeper=keeper)
    failed = wire.client.one(AuthenticationFailed)
    assert (failed.mechanism, failed.final) == ("HT-SHA-256-NONE", False)
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-512-PLUS"
    assert token_from(wire.client).mechanism == "HT-SHA-256-EXPR"
    assert wire.client.sent.count(b"<stream:stream") == 2


def test_a_token_is_for_one_device() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    wire = again(keeper, token, along={"user_agent": OTHER})
    assert refused(wire) is Condition.NOT_AUTHORIZED
    assert keeper.tokens == {DEVICE: DeviceTokens(new=token)}


def test_a_token_is_for_one_account() -> None:
    """Which account it is decides what the program is asked for."""
    keeper = Keeper()
    token = first_token(keeper)
    wire = again(keeper, token, client={"jid": JID("romeo@capulet.lit")})
    assert keeper.asked(FastTokensRequested)[-1].jid == JID("romeo@capulet.lit")
    assert wire.server.one(Authenticated).jid == JID("romeo@capulet.lit")  # this keeper knows devices only


def test_a_token_is_for_one_mechanism() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    wire = again(keeper, replace(token, mechanism="HT-SHA-256-NONE"))
    assert refused(wire) is Condition.NOT_AUTHORIZED


def test_a_token_is_not_used_where_its_binding_is_missing() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    world = World()
    world.bindings = (ChannelBinding("tls-server-end-point", b"x"),)
    _, wire = joined(wanting(token=token, request_token=True), keeper=keeper, world=world)
    assert wire.client.one(Authenticated).mechanism.startswith("SCRAM-")
    assert token_from(wire.client).mechanism == "HT-SHA-256-ENDP"


def test_a_login_seen_by_somebody_between_is_of_no_use_elsewhere() -> None:
    """Bound to another connection, the same bytes are a wrong login."""
    keeper = Keeper()
    token = first_token(keeper)
    spied = again(keeper, token).client.sent.decode()
    message = spied[spied.index("<authenticate") : spied.index("</authenticate>") + len("</authenticate>")]
    solo = server_at_sasl2(keeper)
    solo.feed(message)
    assert solo.one(AuthenticationFailed).condition is Condition.INVALID_MECHANISM


@pytest.mark.parametrize("policy_", [BindingPolicy.IGNORE, BindingPolicy.REQUIRE])
def test_the_policy_for_channel_binding_holds_for_tokens(policy_: BindingPolicy) -> None:
    _, wire = joined(wanting(request_token=True), client={"channel_binding": policy_})
    name = "HT-SHA-256-NONE" if policy_ is BindingPolicy.IGNORE else "HT-SHA-256-EXPR"
    assert token_from(wire.client).mechanism == name
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    _, wire = joined(wanting(token=NONE), keeper=keeper, client={"channel_binding": policy_})
    by_token = wire.client.one(Authenticated).mechanism.startswith("HT-")
    assert by_token == (policy_ is BindingPolicy.IGNORE)


def test_a_token_goes_with_resumption() -> None:
    keeper = Keeper()
    token = first_token(keeper)
    state = lost(keeper).resumption
    wire = again(keeper, token, client={"resume": state, **MANAGED}, server=MANAGED)
    assert "Resumed" in [type(event).__name__ for event in wire.client.events]


def test_who_acts_for_another_uses_no_token() -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    _, wire = joined(wanting(token=NONE), keeper=keeper, client={"authzid": JID("romeo@capulet.lit")})
    assert b"HT-" not in wire.client.sent


# --- what the program answers ---------------------------------------------------------------------------------------


def test_two_logins_at_once_by_one_token() -> None:
    """The second finds that what it judged by is not what is stored."""
    keeper = Keeper()
    token = first_token(keeper)
    keeper.keep = False
    wire = again(keeper, token)
    assert refused(wire) is Condition.TEMPORARY_AUTH_FAILURE


def test_a_token_that_cannot_be_kept_is_not_given() -> None:
    keeper = Keeper(keep=False)
    _, wire = joined(wanting(request_token=True), keeper=keeper)
    assert wire.client.one(Established)
    assert not wire.client.of(TokenReceived)


@pytest.mark.parametrize("kind", [FastTokensRequested, FastTokensChanged])
def test_the_program_refuses(kind: type) -> None:
    class Refusing(Keeper):
        def __call__(self, end: Any, event: Any) -> None:
            if isinstance(event, kind):
                end.engine.refuse(event, "account-disabled", end.world.now)
            else:
                super().__call__(end, event)

    _, wire = joined(wanting(request_token=True), keeper=Refusing())
    assert wire.client.one(Established)
    assert not wire.client.of(TokenReceived)
    wire = again(Refusing({DEVICE: DeviceTokens(new=NONE)}), NONE)
    assert refused(wire) in (Condition.ACCOUNT_DISABLED, Condition.TEMPORARY_AUTH_FAILURE)


@pytest.mark.parametrize("value", [3, "x", NONE])
def test_what_is_no_answer(value: object) -> None:
    assert FastTokensRequested(JULIET.bare, DEVICE).problem(value)
    assert FastTokensChanged(JULIET.bare, DEVICE, DeviceTokens(), DeviceTokens()).problem(value)


# --- by hand: the server --------------------------------------------------------------------------------------------


def hashed(token: str = NONE.token, name: str = "juliet") -> bytes:
    return name.encode() + b"\0" + hmac.digest(token.encode(), b"Initiator", "sha256")


def by_token(*inner: str, fast: str = "", initial: bytes | None = None) -> str:
    element = f"<fast xmlns='{FAST}'{fast}/>"
    return authenticate("HT-SHA-256-NONE", hashed() if initial is None else initial, element, *(inner or (USER_AGENT,)))


def test_what_the_server_says() -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    solo = server_at_sasl2(keeper)
    solo.feed(by_token())
    proof = b64(hmac.digest(NONE.token.encode(), b"Responder", "sha256"))
    assert solo.sent().startswith(
        f"<success xmlns='{NS}'><additional-data>{proof}</additional-data>"
        "<authorization-identifier>juliet@capulet.lit</authorization-identifier></success>"
    )


@pytest.mark.parametrize(
    ("request_", "condition"),
    [
        (by_token("<software/>"), "malformed-request"),
        (by_token("<user-agent xmlns='urn:xmpp:sasl:2'/>"), "malformed-request"),
        (by_token(fast=" count='0'"), "malformed-request"),
        (by_token(fast=" count='-1'"), "malformed-request"),
        (by_token(fast=" count='99999999999'"), "malformed-request"),
        (by_token(fast=" count='2147483648'"), "malformed-request"),
        (by_token(fast=" count='\u0663'"), "malformed-request"),
        (by_token(initial=b"juliet"), "malformed-request"),
        (by_token(initial=hashed(name="a@b@c")), "not-authorized"),
        (by_token(initial=hashed(name="juliet@montague.lit")), "not-authorized"),
        (by_token(initial=hashed("no token")), "not-authorized"),
        (by_token(initial=hashed("wrong")), "not-authorized"),
        (authenticate("HT-SHA-256-NONE", hashed(), USER_AGENT), "invalid-mechanism"),
        (authenticate("HT-SHA-256-EXPR", hashed(), f"<fast xmlns='{FAST}'/>", USER_AGENT), "invalid-mechanism"),
        (authenticate("PLAIN", "\0juliet\0r0m30myr0m30", f"<fast xmlns='{FAST}'/>", USER_AGENT), "invalid-mechanism"),
    ],
)
def test_logins_that_fail(request_: str, condition: str) -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    solo = server_at_sasl2(keeper)
    solo.feed(request_)
    assert solo.sent().startswith(f"<failure xmlns='{NS}'><{condition} ")
    assert keeper.tokens == {DEVICE: DeviceTokens(new=NONE)}
    solo.feed(by_token())
    assert "<success" in solo.sent()


def test_a_server_without_tokens() -> None:
    solo = server_at_sasl2(Keeper(), sasl2=SASL2Offer())
    solo.feed(by_token())
    assert solo.one(AuthenticationFailed).condition is Condition.INVALID_MECHANISM


@pytest.mark.parametrize(
    "inner",
    [
        "<request-token xmlns='urn:xmpp:fast:0'/>",
        "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-EXPR'/>",
        "<request-token xmlns='urn:xmpp:fast:0' mechanism='PLAIN'/>",
    ],
)
def test_a_token_for_a_mechanism_that_is_not_offered(inner: str) -> None:
    keeper = Keeper()
    solo = server_at_sasl2(keeper)
    solo.feed(authenticate("PLAIN", "\0juliet\0r0m30myr0m30", USER_AGENT, inner))
    assert "<token" not in solo.sent()
    assert not keeper.tokens


def test_a_token_for_a_client_without_an_id() -> None:
    keeper = Keeper()
    solo = server_at_sasl2(keeper)
    request = f"<request-token xmlns='{FAST}' mechanism='HT-SHA-256-NONE'/>"
    solo.feed(authenticate("PLAIN", "\0juliet\0r0m30myr0m30", request))
    assert "<token" not in solo.sent()
    assert not keeper.tokens


def test_a_failed_login_brings_no_token() -> None:
    keeper = Keeper()
    solo = server_at_sasl2(keeper)
    request = f"<request-token xmlns='{FAST}' mechanism='HT-SHA-256-NONE'/>"
    solo.feed(authenticate("PLAIN", "\0juliet\0wrong", USER_AGENT, request))
    assert not keeper.questions


# --- counts and early data ------------------------------------------------------------------------------------------


def test_a_count_is_good_once() -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    for count, good in ((3, True), (3, False), (2, False), (4, True), (None, True), (4, False), (2147483647, True)):
        solo = server_at_sasl2(keeper)
        solo.feed(by_token(fast="" if count is None else f" count='{count}'"))
        assert any(isinstance(event, Authenticated) for event in solo.events) == good, count
    assert keeper.tokens[DEVICE].current == replace(NONE, count=2147483647)


def server_with_early_data(keeper: Keeper) -> Solo:
    solo = Solo(server_config(direct_tls=True, sasl2=SASL2Offer(fast=policy(early_data=True))))
    solo.on_event = keeper.solo
    solo.tls(early_data=True)
    solo.feed(CLIENT_HEADER)
    assert " tls-0rtt='true'" in solo.sent()
    return solo


@pytest.mark.parametrize(
    "request_",
    [
        by_token(),
        authenticate(),
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldAByMG0zMG15cjBtMzA=</auth>",
    ],
)
def test_early_data_is_believed_with_a_count_only(request_: str) -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    solo = server_with_early_data(keeper)
    solo.feed(request_)
    assert solo.one(AuthenticationFailed).condition is Condition.NOT_AUTHORIZED
    solo.sent()
    solo.feed(authenticate())  # what answers us is no early data any more
    assert "<success" in solo.sent()


def test_early_data_sent_again() -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    first, second = server_with_early_data(keeper), server_with_early_data(keeper)
    for solo in (first, second):
        solo.feed(by_token(f"<bind xmlns='{BIND2}'/>", USER_AGENT, fast=" count='1'"))
    assert first.one(Established)
    assert second.one(AuthenticationFailed).condition is Condition.NOT_AUTHORIZED


def test_a_client_counts_in_early_data() -> None:
    keeper = Keeper({DEVICE: DeviceTokens(new=NONE)})
    world = World()
    world.client_tls = replace(world.client_tls, early_data=True)
    world.server_tls = replace(world.server_tls, early_data=True)
    token = NONE
    for count in (1, 2):
        wire = again(keeper, token, world=world, server={"sasl2": SASL2Offer(fast=policy(early_data=True))})
        token = wire.client.one(TokenUsed).token
        assert token == replace(NONE, count=count)
        assert wire.client.one(Established)
    assert keeper.tokens[DEVICE].current == token


# --- by hand: the client --------------------------------------------------------------------------------------------


def client_by_token(**changes: Any) -> Solo:
    return client_at_sasl2(authentication("PLAIN", inline=FAST_INLINE), **{"sasl2": wanting(token=NONE), **changes})


def test_what_the_client_sends() -> None:
    solo = client_by_token(sasl2=SASL2(user_agent=UserAgent(id=AGENT.id), token=NONE))
    assert solo.sent() == (
        f"<authenticate xmlns='{NS}' mechanism='HT-SHA-256-NONE'><initial-response>{b64(hashed())}</initial-response>"
        f"<user-agent id='{AGENT.id}'/><fast xmlns='{FAST}'/></authenticate>"
    )


@pytest.mark.parametrize("data", [None, "", b64(b"x" * 32), b64(hmac.digest(b"wrong", b"Responder", "sha256")), "?"])
def test_success_without_proof(data: str | None) -> None:
    solo = client_by_token()
    solo.sent()
    inner = "" if data is None else f"<additional-data>{data}</additional-data>"
    solo.feed(success("juliet@capulet.lit", inner), "</stream:stream>")
    assert not any(isinstance(event, Authenticated) for event in solo.events)
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_a_challenge_where_there_is_none() -> None:
    solo = client_by_token()
    solo.sent()
    solo.feed(f"<challenge xmlns='{NS}'>eA==</challenge>")
    assert solo.sent().startswith(f"<abort xmlns='{NS}'/>")


def test_a_token_refused_and_nothing_else_at_hand() -> None:
    solo = client_by_token(password=None)
    solo.feed(failure("credentials-expired"))
    failed = solo.one(AuthenticationFailed)
    assert failed.final
    assert failed.condition is Condition.CREDENTIALS_EXPIRED
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_a_token_refused_and_no_plain_to_a_server_that_knew_better() -> None:
    solo = client_by_token(known_mechanisms=frozenset({"SCRAM-SHA-1"}))
    solo.sent()
    solo.feed(failure("not-authorized"))
    assert solo.one(AuthenticationFailed).final
    assert "mechanism='PLAIN'" not in solo.sent()


def test_a_token_is_kept_from_a_server_that_does_not_want_it() -> None:
    solo = client_at_sasl2(authentication("PLAIN"), sasl2=wanting(token=NONE, request_token=True))
    sent = solo.sent()
    assert "mechanism='PLAIN'" in sent
    assert FAST not in sent


@pytest.mark.parametrize(
    "token",
    [
        f"<token xmlns='{FAST}' token='x'/>",
        f"<token xmlns='{FAST}' expiry='2030-01-01T00:00:00Z'/>",
        f"<token xmlns='{FAST}' token='' expiry='2030-01-01T00:00:00Z'/>",
        f"<token xmlns='{FAST}' token='x' expiry='soon'/>",
    ],
)
def test_a_token_that_is_none(token: str) -> None:
    solo = client_at_sasl2(authentication("PLAIN", inline=FAST_INLINE), sasl2=wanting(request_token=True))
    assert f"<request-token xmlns='{FAST}' mechanism='HT-SHA-256-NONE'/>" in solo.sent()
    solo.feed(success("juliet@capulet.lit", token), FEATURES)
    assert solo.one(Authenticated)
    assert not any(isinstance(event, TokenReceived) for event in solo.events)


# --- sent ahead -----------------------------------------------------------------------------------------------------


def known_from(keeper: Keeper) -> tuple[FastToken, Any]:
    """A token, and the features of the login that brought it."""
    _, wire = joined(wanting(request_token=True), keeper=keeper, server=MANAGED)
    return token_from(wire.client), tuple(wire.client.of(FeaturesReceived)[1].features)


def test_with_known_features_the_login_is_sent_with_the_header() -> None:
    keeper = Keeper()
    token, known = known_from(keeper)
    wire = again(keeper, token, along={"known_features": known}, client=MANAGED, server=MANAGED)
    assert [type(event).__name__ for event in wire.client.events][3:] == [
        "AuthenticationStarted",
        "StreamOpened",
        "FeaturesReceived",
        "Authenticated",
        "ManagementEnabled",
        "ResourceBound",
        "FeaturesReceived",
        "Established",
    ]
    assert wire.client.one(Authenticated).binding == "tls-exporter"
    assert wire.client.sent.count(b"<authenticate") == 1


def test_sent_ahead_and_refused() -> None:
    keeper = Keeper()
    token, known = known_from(keeper)
    keeper.tokens.clear()
    _, wire = joined(wanting(token=token, known_features=known), keeper=keeper)
    assert wire.client.one(AuthenticationFailed).mechanism == token.mechanism
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-512-PLUS"
    assert wire.client.sent.count(b"<authenticate") == 2


def test_sent_ahead_to_a_server_that_knows_no_tokens_any_more() -> None:
    keeper = Keeper()
    token, known = known_from(keeper)
    _, wire = joined(wanting(token=token, known_features=known), keeper=keeper, server={"sasl2": SASL2Offer()})
    assert wire.client.one(AuthenticationFailed).condition is Condition.INVALID_MECHANISM
    assert wire.client.one(Established)


def test_sent_ahead_to_a_server_that_does_not_speak_it_any_more() -> None:
    keeper = Keeper()
    token, known = known_from(keeper)
    _, wire = joined(wanting(token=token, known_features=known), keeper=keeper, server={"sasl2": None})
    assert not wire.client.of(Authenticated)
    assert wire.client.ended is not None


@pytest.mark.parametrize("along", [{"token": None}, {"known_features": ()}])
def test_nothing_else_is_sent_ahead(along: Any) -> None:
    """A password waits for the server's offer, and so does who does not know what that was."""
    keeper = Keeper()
    token, known = known_from(keeper)
    _, wire = joined(wanting(**{"token": token, "known_features": known, **along}), keeper=keeper)
    names = [type(event).__name__ for event in wire.client.events]
    assert names[5] == "AuthenticationStarted"


def test_nothing_is_sent_ahead_that_the_connection_has_no_binding_for() -> None:
    keeper = Keeper()
    token, known = known_from(keeper)
    world = World()
    world.bindings = ()
    _, wire = joined(wanting(token=token, known_features=known), keeper=keeper, world=world)
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-512"
    assert not wire.client.of(AuthenticationFailed)


# --- the records ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"mechanism": "PLAIN"}, {"token": ""}, {"count": -1}, {"count": 2**31}, {"expiry": datetime(2030, 1, 1)}],
)
def test_what_is_no_token(changes: Any) -> None:
    with pytest.raises(ValueError, match=r"a token has|time zone"):
        replace(NONE, **changes)


def test_a_token_does_not_show() -> None:
    along = wanting(token=NONE)
    tokens = DeviceTokens(new=NONE, current=NONE)
    changed = FastTokensChanged(JULIET.bare, DEVICE, tokens, tokens)
    for value in (NONE, along, tokens, changed, TokenReceived(NONE), TokenUsed(NONE)):
        assert NONE.token not in repr(value)


@pytest.mark.parametrize(
    "changes", [{"token": NONE}, {"request_token": True}, {"token": NONE, "user_agent": UserAgent(software="x")}]
)
def test_tokens_are_for_somebody(changes: Any) -> None:
    with pytest.raises(ValueError, match="user agent with an id"):
        SASL2(**changes)


@pytest.mark.parametrize("changes", [{"mechanisms": ()}, {"mechanisms": ("PLAIN",)}, {"lifetime": 0}])
def test_what_is_no_policy(changes: Any) -> None:
    with pytest.raises(ValueError, match=r"HT_MECHANISMS|some time"):
        FastPolicy(epoch=0.0, **changes)


def test_the_newer_of_two_is_looked_at_first() -> None:
    """Should both be the same text, it is the newer one."""
    login = HashedTokenServer("HT-SHA-256-NONE")
    login.start(hashed())
    newer = replace(NONE, expiry=EXPIRY + timedelta(days=1))
    tokens = DeviceTokens(new=newer, current=NONE)
    assert tokens.find(login, EXPIRY - timedelta(days=1), None) is newer
    with pytest.raises(SASLFailure):
        DeviceTokens().find(login, EXPIRY, None)
