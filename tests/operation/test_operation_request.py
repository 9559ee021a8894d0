"""Operations without any session: a generator, resumed by hand."""

from __future__ import annotations

import pytest

from xmppwire.operation import (
    BacklogFull,
    ConnectionLostError,
    IqError,
    Operation,
    OperationCancelled,
    OperationError,
    OperationTimeout,
    Request,
    request,
)
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.version import Version
from xmppwire.stanza import Iq, StanzaError

ASKED = Iq("get", "romeo@montague.lit/orchard", payload=Version(), id="v1")


def fetch_version() -> Operation[str | None]:
    reply = yield from request(ASKED, timeout=3.0)
    version = reply.get(Version)
    return None if version is None else version.software


def test_a_request_is_yielded_and_the_reply_comes_back() -> None:
    operation = fetch_version()
    assert next(operation) == Request(ASKED, 3.0)
    with pytest.raises(StopIteration) as stop:
        operation.send(ASKED.result(Version(software="Lute")))
    assert stop.value.value == "Lute"


@pytest.mark.spec("RFC 6120", "8.2.3", "8.3")
def test_an_error_is_raised_where_the_reply_is_awaited() -> None:
    operation = fetch_version()
    next(operation)
    reply = ASKED.error_reply("forbidden", text="not for Capulets")
    with pytest.raises(IqError) as caught:
        operation.send(reply)
    assert caught.value.error == StanzaError("forbidden", text="not for Capulets")
    assert caught.value.reply is reply
    assert str(caught.value) == "forbidden (auth): not for Capulets"


def test_an_error_without_a_condition_is_an_error_all_the_same() -> None:
    operation = request(ASKED)
    assert next(operation).timeout is None
    with pytest.raises(IqError, match="undefined-condition"):
        operation.send(Iq("error", id="v1", payload=Ping()))


@pytest.mark.parametrize(
    ("error", "also"),
    [
        (OperationTimeout("late"), TimeoutError),
        (ConnectionLostError(True), ConnectionError),
        (BacklogFull("full"), OperationError),
        (OperationCancelled("enough"), OperationError),
    ],
)
def test_failures_are_thrown_in_and_have_a_common_base(error: OperationError, also: type[Exception]) -> None:
    operation = fetch_version()
    next(operation)
    with pytest.raises(OperationError) as caught:
        operation.throw(error)
    assert caught.value is error
    assert isinstance(error, also)


def test_what_is_known_of_a_lost_request() -> None:
    assert str(ConnectionLostError(True)) == "the stream ended before the reply came"
    assert str(ConnectionLostError(False, "reset")) == "the stream is over, nothing was sent: reset"
