"""How a client gets to a session over BOSH: the plan of `dial`, with another driver, and more connections on the way."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, cast

from xmppwire.stream.bosh import BOSHSession

from . import resolve
from .bosh import BOSHDriver, Place
from .client import Conversation
from .dial import Attempt, Call, Dialer, Errand, Join, MakeTLS, Wait, is_lost
from .race import Race
from .resolve import Target


class BOSHDialer(Dialer):
    """A `Dialer` whose target is a connection manager."""

    def _web_address(self, websocket: str | bool | None, bosh: str | None) -> str | None:
        if websocket:
            raise ValueError("it is either `websocket` or `bosh`")
        scheme, colon, rest = (bosh or "").partition(":")
        uri = scheme.lower() + colon + rest
        Place.parse(uri)
        return uri

    def _web_targets(self, uris: list[str]) -> list[Target]:
        targets: list[Target] = []
        for uri in uris:
            try:
                place = Place.parse(uri)
                if self._config.direct_tls and not place.secure:
                    raise ValueError("it is less secure than where we come from")
                targets.append(Target(place.host, place.port, place.secure, uri))
            except ValueError as error:
                self._attempts.append((uri, str(error)))
        return targets

    def _find_websocket(self, uri: str) -> Generator[Call | Attempt, Any, list[Target]]:
        return self._web_targets([uri])
        yield

    def _converse(self, target: Target, make_tls: MakeTLS) -> Conversation:
        session = self._session or self._make_session(target.direct_tls)
        config = session.config
        place = Place.parse(target.uri or "")
        carried = BOSHSession(config.limits, config.random)
        make = partial(BOSHDriver, session=carried, place=place)
        tls = make_tls(target.direct_tls)
        self._last = Conversation(session, tls, direct_tls=target.direct_tls, make=make)
        return self._last

    def _beside(self, conversation: Conversation) -> Errand | None:
        return self._keep(conversation)

    def _is_wanted(self, driver: BOSHDriver) -> bool:
        return driver.wants_port(self._now())

    def _is_something(self, conversation: Conversation, until: float | None) -> bool:
        """Whether there is something to do, or another time to wait for."""
        driver = cast("BOSHDriver", conversation.driver)
        return is_lost(conversation) or self._is_wanted(driver) or driver.retry_at != until

    def _keep(self, conversation: Conversation) -> Errand:
        """Open another connection whenever one is wanted."""
        driver = conversation.driver
        assert isinstance(driver, BOSHDriver)  # noqa: S101 - `_converse` made it
        while not is_lost(conversation):
            until = driver.retry_at
            yield Wait(partial(self._is_something, conversation, until), until)
            if not self._is_wanted(driver):
                continue
            if not (yield from self._join(driver.place, conversation)):
                driver.port_failed(self._now())

    def _join(self, place: Place, conversation: Conversation) -> Generator[Call | Attempt | Wait, Any, bool]:
        """Connect once more, to whichever address answers."""
        try:
            found: list[tuple[str, int]] = yield Call(partial(resolve.addresses, place.host, place.port))
        except OSError:
            return False
        try:
            yield Join(Race(found, self._timeout), conversation)
        except OSError:
            return False
        return True
