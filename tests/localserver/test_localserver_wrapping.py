"""What grows on its way through the local server: it costs no receiver the stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.carbons import enable_carbons
from xmppwire.im.private_storage import fetch_private_element, store_private
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.muc import MucJoin
from xmppwire.protocol.muc_owner import MucOwnerQuery
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream.limits import CLIENT_LIMITS, Limits
from xmppwire.stream.phases import Phase
from xmppwire.xml import Element, XMLLimits

HALL = JID("hall@conference.capulet.lit")
NARROW = XMLLimits(depth=24, elements=200, attributes=24, names=120, namespaces=60)
LIMITS = Limits(after_login=NARROW)


def deep(count: int) -> Element:
    element = Element(("urn:example:deep", "d"))
    for _ in range(count - 1):
        element = Element(element.name, {}, [element])
    return element


def wide(count: int) -> Element:
    return Element(("urn:example:wide", "w"), {}, [Element(("urn:example:wide", "w")) for _ in range(count - 1)])


def named(count: int) -> Element:
    return Element(
        ("urn:example:n", "n"), {}, [Element(("urn:example:n", f"n{number}")) for number in range(count - 1)]
    )


def spaced(count: int) -> Element:
    return Element(("urn:example:s", "s"), {}, [Element((f"urn:example:{number}", "s")) for number in range(count - 1)])


CASES = [(deep, NARROW.depth), (wide, NARROW.elements), (named, NARROW.names), (spaced, NARROW.namespaces)]


def login(town: Town, address: str, **more: Any) -> Client:
    return town.login(address, limits=LIMITS, **more)


def town() -> Town:
    return Town(epoch=0.0, limits=LocalLimits(stream=LIMITS))


def longest(make: Callable[[int], Element], limit: int, send: Callable[[Town, Client, Element], object]) -> int:
    """How much of something a client may send at most, so that its own stream goes on."""
    for count in range(limit, 0, -1):
        place = town()
        sender = login(place, "romeo@capulet.lit/x")
        send(place, sender, make(count))
        if sender.session.phase is Phase.ESTABLISHED:
            return count
    raise AssertionError


def message(_town: Town, sender: Client, element: Element) -> None:
    sender.say(Message("juliet@capulet.lit", "hi", type="chat", payloads=[element]))


@pytest.mark.parametrize(("make", "limit"), CASES, ids=["deep", "wide", "named", "spaced"])
def test_nobody_ends_the_streams_of_others_with_what_is_just_small_enough(
    make: Callable[[int], Element], limit: int
) -> None:
    most = longest(make, limit, message)
    place = town()
    phone = login(place, "juliet@capulet.lit/phone", priority=1)
    tablet = login(place, "juliet@capulet.lit/tablet")
    romeo = login(place, "romeo@capulet.lit/x")
    tablet.run(enable_carbons())
    message(place, romeo, make(most))
    assert [client.session.phase for client in (phone, tablet, romeo)] == [Phase.ESTABLISHED] * 3
    assert len(phone.heard()) == len(tablet.heard()) == 1
    assert len(tablet.run(fetch_archive_page())) == 1


@pytest.mark.parametrize(("make", "limit"), CASES, ids=["deep", "wide", "named", "spaced"])
def test_nor_in_a_room(make: Callable[[int], Element], limit: int) -> None:
    most = longest(make, limit, message)
    place = town()
    juliet, romeo = (login(place, f"{name}@capulet.lit/x") for name in ("juliet", "romeo"))
    juliet.say(Presence(HALL.with_resource("juliet"), payloads=[MucJoin()]))
    juliet.ask(Iq.set(MucOwnerQuery(form=DataForm(type=DataFormType.SUBMIT)), HALL, id="open"))
    romeo.say(Presence(HALL.with_resource("romeo"), payloads=[MucJoin(), make(most - 10)]))
    romeo.say(Message(HALL, "hi", type="groupchat", payloads=[make(most)]))
    assert [client.session.phase for client in (juliet, romeo)] == [Phase.ESTABLISHED] * 2
    assert any(isinstance(one, Message) and one.body == "hi" for one in juliet.heard())


def test_components_get_what_clients_send() -> None:
    place = Town(components={"bot.capulet.lit": "x"}, limits=LocalLimits(stream=LIMITS))
    assert place.server.component_config().limits == LIMITS
    assert place.server.config.limits.after_login.names < NARROW.names


@pytest.mark.parametrize("bound", ["stanza_bytes", "depth", "elements", "attributes", "names", "namespaces"])
def test_a_client_takes_more_from_its_server_than_others_may_send_there(bound: str) -> None:
    assert getattr(CLIENT_LIMITS.after_login, bound) >= 2 * getattr(Limits().after_login, bound)


GENEROUS = Limits(
    after_login=XMLLimits(names=20_000, namespaces=20_000, attributes=1000, name_bytes=5000, namespace_bytes=5000)
)


@pytest.mark.parametrize(
    "element",
    [
        named(3000),
        spaced(1500),
        Element(("urn:example:a", "a"), {f"a{number}": "" for number in range(200)}),
        Element(("urn:example:" + "n" * 2000, "n" * 1000)),
    ],
    ids=["named", "spaced", "attributes", "long"],
)
def test_what_a_server_with_wider_limits_keeps_it_can_read(element: Element) -> None:
    place = Town(epoch=0.0, limits=LocalLimits(stream=GENEROUS))
    juliet = place.login("juliet@capulet.lit/x", limits=GENEROUS)
    stored = Element(("urn:example:kept", "kept"), {}, [element])
    juliet.run(store_private(stored))
    assert juliet.run(fetch_private_element(stored.name)) == stored
    message(place, juliet, element)
    (archived,) = juliet.run(fetch_archive_page())
    assert element in list(archived.message.elements())
