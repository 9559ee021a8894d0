"""The kinds of arguments: each takes the text of one, and raises `argparse.ArgumentTypeError` for what it cannot be."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from xmppwire import JID, JIDError


def jid(text: str) -> JID:
    try:
        return JID(text)
    except JIDError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no address: {error}") from None


def account(text: str) -> JID:
    found = jid(text)
    if found.localpart is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no account: it has no user name before an @")
    return found


def domain(text: str) -> str:
    found = jid(text)
    if str(found) != found.domainpart:
        raise argparse.ArgumentTypeError(f"{text!r} is no domain: give what stands behind the @")
    return found.domainpart


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


def bosh(text: str) -> str:
    if not text.lower().startswith("https://"):
        raise argparse.ArgumentTypeError(f"{text!r} is no URL for BOSH (https://host/path)")
    return text


def websocket(text: str) -> str | bool:
    if text == "find":
        return True
    if not text.lower().startswith(("wss://", "ws://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is no URL of a WebSocket (wss://host/path), and not 'find'")
    return text


def count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of messages")
    return int(text)


def address(text: str) -> tuple[str, int]:
    host, colon, number = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or (":" in bare and bare == host):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT (or [IPV6]:PORT)")
    return bare, 0 if number == "0" else port(number)


def user(text: str, what: str = "user") -> tuple[str, str]:
    name, colon, secret = text.partition(":")
    if not colon or not name or not secret:
        # what was given is not repeated: it may be a password
        shape = "NAME:PASSWORD" if what == "user" else "DOMAIN:SECRET"
        raise argparse.ArgumentTypeError(f"a {what} is {shape}")
    return name, secret


def file(text: str) -> Path:
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a directory")
    if not os.access(path, os.R_OK):  # opening it would disturb a pipe
        raise argparse.ArgumentTypeError(f"cannot read {text}" if path.exists() else f"there is no file {text}")
    return path


def moment(text: str) -> datetime:
    """A date, or a date and a time; in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give 2026-11-23, or 2026-11-23T08:00:00Z") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
