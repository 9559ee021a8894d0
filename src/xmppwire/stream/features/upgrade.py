"""SASL Upgrade Tasks (XEP-0480): while it logs in, a client hands in what the server lacks for a better mechanism.

<upgrade>UPGR-SCRAM-SHA-512</upgrade>  in <authenticate/> ->
                                  <- <continue><tasks><task>UPGR-SCRAM-SHA-512</task></tasks></continue>
<next task/> ->                   <- <task-data><salt iterations/></task-data>
<task-data><hash/></task-data> -> <- another <continue/>, or <success/>

It is no feature by itself: both halves are called by `sasl2`. What the client hands in is as good as the password, for that
mechanism: it does so only once the server has proved that it knows the password, or was shown it, and a server takes it
only from those who proved to know the password.
"""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ...jid import JID
from ...protocol.sasl_upgrade_tasks import NAMESPACE, SCRAM_NAMESPACE
from ...sasl import Condition, KeyRequest, PreparationError, SASLError, SASLFailure
from ...sasl.keys import keys_of
from ...sasl.scram import MECHANISMS
from ...xml import Element
from ..errors import StreamErrorCondition
from ..events import CredentialsOffered, CredentialsRequested
from ..header import StreamFault
from .base import Refused, Step, ask, receive_element
from .sasl_elements import NS2, SASL2_PROFILE, content, decode_reply
from .sasl_exchange import Login, account_of, derive

if TYPE_CHECKING:
    from ..negotiation import Negotiation
    from ..sasl2 import SASL2Offer

UPGRADE = (NAMESPACE, "upgrade")
SALT = (SCRAM_NAMESPACE, "salt")
HASH = (SCRAM_NAMESPACE, "hash")
CONTINUE = (NS2, "continue")
NEXT = (NS2, "next")
TASKS = (NS2, "tasks")
TASK_DATA = (NS2, "task-data")
PREFIX = "UPGR-"


def proves_password(mechanism: str) -> bool:
    """Whether somebody who logs in so knows the password."""
    return mechanism == "PLAIN" or mechanism in MECHANISMS


def tasks_in(element: Element) -> list[str]:
    """The mechanisms that upgrades to are offered or asked for, as far as they are known here."""
    names = [child.text.strip().removeprefix(PREFIX) for child in element.find_all(UPGRADE)]
    return [name for name in dict.fromkeys(names) if name in MECHANISMS and not name.endswith("-PLUS")]


def write_tasks(mechanisms: list[str]) -> list[Element]:
    """The elements that offer them or ask for them."""
    return [Element(UPGRADE, {}, [PREFIX + name]) for name in mechanisms]


# --- receiving entity ----------------------------------------------------------------------------------------------


def serve(stream: Negotiation, ours: SASL2Offer, element: Element, login: Login) -> Generator[Step, Any, bytes | None]:
    """Do the tasks that were asked for, as far as the account needs them. What is left to be told of the login with success.
    Raises `SASLFailure`."""
    data = login.data
    if not proves_password(element.get("mechanism") or ""):
        return data
    jid = account_of(stream, login.authcid, Condition.NOT_AUTHORIZED)
    for mechanism in tasks_in(element):
        if mechanism not in ours.upgrades:
            continue
        algorithm = MECHANISMS[mechanism]
        try:
            known: object = yield from ask(CredentialsRequested(login.authcid, jid, algorithm, mechanism))
        except Refused:
            continue
        if known is None:
            yield from _serve_scram(stream, ours, jid, mechanism, data)
            data = None
    return data


def _serve_scram(
    stream: Negotiation, ours: SASL2Offer, jid: JID, mechanism: str, data: bytes | None
) -> Generator[Step, Any, None]:
    additional = [Element((NS2, "additional-data"), {}, content(data, ""))] if data is not None else []
    tasks = Element(TASKS, {}, [Element((NS2, "task"), {}, [PREFIX + mechanism])])
    stream.send(Element(CONTINUE, {}, [*additional, tasks]))
    reply = yield from _receive(NEXT)
    if reply.get("task") != PREFIX + mechanism:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "this task was not asked for")
    salt, iterations = stream.config.random(16), ours.upgrade_iterations
    stream.send(Element(TASK_DATA, {}, [Element(SALT, {"iterations": str(iterations)}, content(salt))]))
    reply = yield from _receive(TASK_DATA)
    child = reply.find(HASH)
    salted = SASL2_PROFILE.decode(child) if child is not None else None
    try:
        keys = keys_of(MECHANISMS[mechanism], salted or b"", salt, iterations)
    except ValueError as error:
        raise SASLFailure(Condition.MALFORMED_REQUEST, str(error)) from None
    try:
        yield from ask(CredentialsOffered(jid, keys.credentials()))
    except Refused:
        return  # the login is good all the same


def _receive(name: tuple[str, str]) -> Generator[Step, Any, Element]:
    """The client's next element. Raises `SASLFailure`."""
    reply = yield from receive_element()
    if reply.name == (NS2, "abort"):
        raise SASLFailure(Condition.ABORTED)
    if reply.namespace != NS2:
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, f"expected <{name[1]}/> or <abort/>")
    if reply.name != name:
        raise SASLFailure(Condition.MALFORMED_REQUEST, f"expected <{name[1]}/> or <abort/>")
    return reply


# --- initiating entity ---------------------------------------------------------------------------------------------


def requests(stream: Negotiation, offered: Element, mechanism: str) -> list[str]:
    """The upgrades to ask for with a login by `mechanism`."""
    if stream.client.password is None or not proves_password(mechanism):
        return []
    return [name for name in tasks_in(offered) if name != mechanism.removesuffix("-PLUS")]


def perform(stream: Negotiation, order: Element, requested: list[str]) -> Generator[Step, Any, Element]:
    """Do what `<continue/>` asks for, if that was requested: the server's answer to it. Raises `SASLError`."""
    tasks = order.find(TASKS)
    named = [child.text.strip() for child in tasks.elements()] if tasks is not None else []
    mechanism = next((name for name in requested if PREFIX + name in named), None)
    if mechanism is None:
        raise SASLError(f"the server wants more than a login: {', '.join(named) or 'no task named'}", abort=True)
    requested.remove(mechanism)
    stream.send(Element(NEXT, {"task": PREFIX + mechanism}))
    reply = yield from receive_element()
    if reply.name == (NS2, "failure"):
        return reply
    child = reply.find(SALT) if reply.name == TASK_DATA else None
    salt = decode_reply(SASL2_PROFILE, child, abort=True) if child is not None else None
    text = (child.get("iterations") or "").strip() if child is not None else ""
    if not salt or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise SASLError("the server gave no salt for the upgrade", abort=True)
    low, high = stream.config.limits.scram_iterations
    if not low <= int(text) <= high:
        raise SASLError(f"the server wants {text} iterations for the upgrade, not {low} to {high}", abort=True)
    try:
        request = KeyRequest(MECHANISMS[mechanism], stream.client.password or "", salt, int(text))
        keys = yield from derive(stream, request)
    except PreparationError as error:
        raise SASLError(str(error), abort=True) from None
    if keys.salted is None:
        raise SASLError("the derived keys come without the salted password", abort=True)
    salted = base64.b64encode(keys.salted).decode("ascii")
    stream.send(Element(TASK_DATA, {}, [Element(HASH, {}, [salted])]))
    return (yield from receive_element())
