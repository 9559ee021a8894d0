"""`xmppwire roster` and `xmppwire disco`: what an account has, and what others are and can do."""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

from xmppwire import JID
from xmppwire.im.disco import fetch_info, fetch_items
from xmppwire.im.roster import fetch_roster
from xmppwire.operation import Operation, OperationError
from xmppwire.payload import PayloadError
from xmppwire.protocol.disco import DiscoInfo, DiscoItem
from xmppwire.protocol.roster import RosterItem

from . import loops
from .login import login
from .terminal import Failure, Progress, one_line, say, say_json

Refusal: TypeAlias = OperationError | PayloadError
"""Why something is not known: the target refuses, does not answer, or cannot be understood."""
REFUSALS = (OperationError, PayloadError)


def run_roster(arguments: argparse.Namespace) -> int:
    """Print the contacts of the account, by address."""
    io = loops.choose(arguments.io)

    async def command() -> None:
        async with login(io, arguments) as client:
            with Progress("waiting for the roster"):
                found = await client.run(fetch_roster())
        for item in sorted(found.items or [], key=lambda item: str(item.jid)):
            say_json(contact(item)) if arguments.json else say(contact_line(item))
        if found.unreadable:
            raise Failure(f"{found.unreadable} of the contacts cannot be read")

    io.run(command)
    return 0


def contact(item: RosterItem) -> dict[str, Any]:
    """A contact as an object."""
    return {
        "jid": str(item.jid),
        "name": item.name,
        "subscription": item.subscription.value,
        "ask": item.ask and item.ask.value,
        "approved": item.approved,
        "groups": item.groups,
    }


def contact_line(item: RosterItem) -> str:
    """A contact on one line."""
    state = item.subscription.value + (", asked" if item.ask else "") + (", approved" if item.approved else "")
    groups = f"[{', '.join(item.groups)}]" if item.groups else ""
    return one_line(f"{item.jid} ({state}) {item.name or ''} {groups}")


def run_disco(arguments: argparse.Namespace) -> int:
    """Print what the target says of itself, and what belongs to it."""
    io = loops.choose(arguments.io)
    target: JID = arguments.target

    async def command() -> None:
        async with login(io, arguments) as client:

            async def ask(operation: Operation[Any]) -> Any:
                with Progress(f"waiting for {target}"):
                    try:
                        return await client.run(operation)
                    except REFUSALS as error:
                        return error

            info = await ask(fetch_info(target, arguments.node))
            items = await ask(fetch_items(target, arguments.node))
        if isinstance(info, REFUSALS) and isinstance(items, REFUSALS):
            raise Failure(f"{target} does not tell: {one_line(info)}")
        say_json(described(target, info, items)) if arguments.json else _tell(info, items)

    io.run(command)
    return 0


def described(target: JID, info: DiscoInfo | Refusal, items: list[DiscoItem] | Refusal) -> dict[str, Any]:
    """What was found as an object; an error in place of what was refused."""
    found: dict[str, Any] = {"jid": str(target)}
    if isinstance(info, REFUSALS):
        found["info_error"] = str(info)
    else:
        found["identities"] = [
            {"category": one.category, "type": one.type, "name": one.name, "lang": one.lang} for one in info.identities
        ]
        found["features"] = sorted(info.features)
        found["forms"] = [
            {"type": form.form_type, "fields": {field.var: field.values for field in form.fields if field.var}}
            for form in info.forms
        ]
    if isinstance(items, REFUSALS):
        found["items_error"] = str(items)
    else:
        found["items"] = [{"jid": str(one.jid), "node": one.node, "name": one.name} for one in items]
    return found


def _tell(info: DiscoInfo | Refusal, items: list[DiscoItem] | Refusal) -> None:
    if isinstance(info, REFUSALS):
        say(one_line(f"it does not say what it is: {info}"))
    else:
        for one in info.identities:
            say(one_line(f"{one.category}/{one.type} {one.name or ''}"))
        for feature in sorted(info.features):
            say(f"    {one_line(feature)}")
        for form in info.forms:
            say(one_line(form.form_type or "a form without a type"))
            for field in form.fields:
                if field.var not in (None, "FORM_TYPE"):
                    say("    " + one_line(f"{field.var}: {', '.join(field.values)}"))
    if isinstance(items, REFUSALS):
        say(one_line(f"it does not say what belongs to it: {items}"))
    elif items:
        say("items")
        for item in items:
            say("    " + one_line(f"{item.jid} {item.node or ''} {item.name or ''}"))
