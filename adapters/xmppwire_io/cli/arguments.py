"""The arguments of the commands. Nothing here acts; what does not fit ends with exit code 2."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from xmppwire import __version__

from ..options import COMPONENT_PORT
from . import kinds, loops
from .terminal import Usage

PASSWORD_VARIABLE = "XMPPWIRE_PASSWORD"
DEFAULT_LISTEN = ("127.0.0.1", 5222)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="xmppwire",
        description="XMPP from the command line: look at servers, exchange messages, run a small server for tests.",
        epilog="Exit code: 0; 1 when a peer or the network refused; 2 for a wrong command line.",
    )
    parser.add_argument("--version", action="version", version=f"xmppwire {__version__}")
    commands = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="COMMAND",
        parser_class=_Command,
    )
    _add_demo(commands)
    _add_probe(commands)
    _add_talk(commands)
    _add_chat(commands)
    _add_look(commands)
    _add_upload(commands)
    _add_component(commands)
    _add_serve(commands)
    _add_replay(commands)
    _add_standards(commands)
    return parser


class _Command(argparse.ArgumentParser):
    """The parser of one command, which takes no shortened options: `--password` is not short for `--password-file`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)


Commands = argparse._SubParsersAction  # pyright: ignore[reportPrivateUsage]  # the type of what add_subparsers returns


def _add_demo(commands: Commands[_Command]) -> None:
    text = "show a whole session: a local server, two clients, every element on the way"
    demo = commands.add_parser("demo", help=text, description=text)
    _add_io(demo)
    demo.add_argument("--svg", metavar="FILE", type=Path, help="also draw the session of juliet into this file")


def _add_probe(commands: Commands[_Command]) -> None:
    text = "show what a server offers to clients: TLS, certificate, features, mechanisms; needs no account"
    probe = commands.add_parser("probe", help=text, description=text)
    probe.add_argument("domain", metavar="DOMAIN", type=kinds.domain, help="the domain of the service")
    probe.add_argument(
        "--s2s", action="store_true", help="what it offers to other servers (port 5269; 5270 with --direct-tls)"
    )
    _add_place(probe)
    probe.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def _add_talk(commands: Commands[_Command]) -> None:
    text = "ask an entity whether it is there (XEP-0199)"
    ping = commands.add_parser("ping", help=text, description=text)
    _add_account(ping)
    ping.add_argument("target", metavar="TARGET", type=kinds.jid, help="whom to ask")
    text = "send a chat message"
    send = commands.add_parser("send", help=text, description=text)
    _add_account(send)
    send.add_argument("to", metavar="TO", type=kinds.jid, help="who is to get it")
    send.add_argument("body", metavar="BODY", help="what it says")
    text = "be available, and print each message that arrives"
    listen = commands.add_parser("listen", help=text, description=text)
    _add_account(listen)
    listen.add_argument("--count", metavar="N", type=kinds.count, help="end after this many messages")
    listen.add_argument("--json", action="store_true", help="print one JSON object a line")
    listen.add_argument("--no-reconnect", action="store_true", help="end when the connection is lost")


def _add_look(commands: Commands[_Command]) -> None:
    text = "print the contacts of an account"
    roster = commands.add_parser("roster", help=text, description=text)
    _add_account(roster)
    roster.add_argument("--json", action="store_true", help="print one JSON object a line")
    text = "print what an entity says of itself, and what belongs to it (XEP-0030)"
    disco = commands.add_parser("disco", help=text, description=text)
    _add_account(disco)
    disco.add_argument("target", metavar="TARGET", type=kinds.jid, help="whom to ask")
    disco.add_argument("--node", metavar="NODE", help="a part of it, by the name that it gives to that")
    disco.add_argument("--json", action="store_true", help="print one JSON object")
    text = "print the messages that the archive of an account holds (XEP-0313), the oldest first"
    archive = commands.add_parser("archive", help=text, description=text)
    _add_account(archive)
    archive.add_argument(
        "--with", dest="correspondent", metavar="J", type=kinds.jid, help="only those with this correspondent"
    )
    archive.add_argument("--since", metavar="T", type=kinds.moment, help="only those from this date or time on")
    archive.add_argument("--count", metavar="N", type=kinds.count, help="only the newest so many")
    archive.add_argument("--json", action="store_true", help="print one JSON object a line")


def _add_chat(commands: Commands[_Command]) -> None:
    text = "hold a conversation with a contact, or in a room"
    chat = commands.add_parser("chat", help=text, description=text)
    _add_account(chat, io=False)
    chat.add_argument("peer", metavar="WITH|ROOM", type=kinds.account, help="with whom, or in which room")
    chat.add_argument(
        "--room", action="store_true", help="it is a room, though it does not say so or is yet to be made"
    )
    chat.add_argument("--nick", metavar="N", help="our nickname in the room (default: as in the address)")


def _add_upload(commands: Commands[_Command]) -> None:
    text = "upload a file to a service of the server (XEP-0363), and print its address"
    upload = commands.add_parser("upload", help=text, description=text)
    _add_account(upload)
    upload.add_argument("file", metavar="FILE", type=kinds.file, help="what to upload")
    upload.add_argument("--to", metavar="J", type=kinds.jid, help="send the address to somebody")


def _add_component(commands: Commands[_Command]) -> None:
    text = "speak for a domain as a component (XEP-0114), and print each message that arrives for anybody in it"
    component = commands.add_parser("component", help=text, description=text)
    component.add_argument("name", metavar="NAME", type=kinds.domain, help="the domain to speak for")
    component.add_argument(
        "--secret-file",
        metavar="F",
        type=kinds.file,
        required=True,
        help="a file with the secret that the server knows",
    )
    component.add_argument("--host", metavar="H", default="localhost", help="where the server is (default localhost)")
    component.add_argument(
        "--port",
        metavar="P",
        type=kinds.port,
        default=COMPONENT_PORT,
        help=f"its port for components (default {COMPONENT_PORT})",
    )
    component.add_argument("--direct-tls", action="store_true", help="TLS from the first byte; else there is none")
    component.add_argument(
        "--ca-file", metavar="F", type=kinds.file, help="trust the authorities in this PEM file only"
    )
    component.add_argument("--echo", action="store_true", help="send each message back to who wrote it")
    component.add_argument("--count", metavar="N", type=kinds.count, help="end after this many messages")
    component.add_argument("--json", action="store_true", help="print one JSON object a line")
    component.add_argument("--no-reconnect", action="store_true", help="end when the connection is lost")
    _add_io(component)
    component.add_argument(
        "--trace", metavar="FILE", type=Path, help="record the stream in this file, without its secrets"
    )


def _add_serve(commands: Commands[_Command]) -> None:
    text = "run a small server in memory, for demonstrations and tests; it is none for strangers"
    serve = commands.add_parser("serve", help=text, description=text)
    serve.add_argument(
        "--domain", metavar="D", type=kinds.domain, required=True, action="append", help="a domain to serve"
    )
    serve.add_argument(
        "--listen",
        metavar="HOST:PORT",
        type=kinds.address,
        default=DEFAULT_LISTEN,
        help="where to accept clients (default 127.0.0.1:5222; port 0: any free one)",
    )
    serve.add_argument(
        "--user",
        metavar="NAME:PASSWORD",
        type=kinds.user,
        nargs="+",
        action="extend",
        default=[],
        help="an account; on loopback only, since others can see the arguments of a command",
    )
    serve.add_argument("--users", metavar="FILE", type=kinds.file, help="a file with a NAME:PASSWORD on each line")
    serve.add_argument(
        "--components",
        metavar="FILE",
        type=kinds.file,
        help="a file with a DOMAIN:SECRET on each line: components that may connect, at the same place",
    )
    serve.add_argument("--registration", action="store_true", help="let anybody make an account")
    serve.add_argument(
        "--cert", metavar="F", type=kinds.file, help="the certificate chain, in PEM form (default: a throw-away one)"
    )
    serve.add_argument("--compression", action="store_true", help="let clients compress their streams")
    serve.add_argument("--key", metavar="F", type=kinds.file, help="its private key, if that is not in the same file")
    serve.add_argument(
        "--websocket",
        metavar="HOST:PORT",
        type=kinds.address,
        help="accept WebSockets there as well, at /xmpp-websocket",
    )
    serve.add_argument(
        "--federate",
        action="store_true",
        help="speak with other servers: they know us by --cert, and we them by theirs",
    )
    serve.add_argument(
        "--s2s-listen",
        metavar="HOST:PORT",
        type=kinds.address,
        help="where to accept other servers, with --federate (default 127.0.0.1:5269)",
    )
    serve.add_argument(
        "--s2s-ca-file",
        metavar="F",
        type=kinds.file,
        help="believe certificates of these authorities (default: the system's)",
    )
    serve.add_argument(
        "--dialback", action="store_true", help="know other servers by the DNS in place of certificates (XEP-0220)"
    )
    serve.add_argument("--json", action="store_true", help="print one JSON object with host, port and ca_file")


def _add_replay(commands: Commands[_Command]) -> None:
    text = "draw a recorded stream, and run it through the engine again to see whether anything differs"
    replay = commands.add_parser("replay", help=text, description=text)
    replay.add_argument("file", metavar="FILE", type=kinds.file, help="what --trace wrote")
    replay.add_argument("--svg", metavar="FILE", type=Path, help="also draw the ladder into this file")


def _add_standards(commands: Commands[_Command]) -> None:
    text = "list the standards that the library supports, with their payload classes"
    standards = commands.add_parser("standards", help=text, description=text)
    standards.add_argument("number", metavar="NUMBER", nargs="*", help="only these: XEP-0030, 0030 or 'RFC 6120'")
    standards.add_argument(
        "--json", action="store_true", help="print a JSON list with the names of the namespaces and classes"
    )


def _add_account(command: argparse.ArgumentParser, *, io: bool = True) -> None:
    command.add_argument("jid", metavar="JID", type=kinds.account, help="the account to log in with")
    command.add_argument(
        "--password-file",
        metavar="F",
        type=kinds.file,
        help=f"a file with the password (default: the variable {PASSWORD_VARIABLE})",
    )
    _add_place(command)
    command.add_argument("--compression", action="store_true", help="compress the stream where the server can")
    if io:
        _add_io(command)
    command.add_argument(
        "--trace", metavar="FILE", type=Path, help="record the stream in this file, without its secrets"
    )


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", metavar="H", help="connect there (default: as the DNS says for the domain)")
    command.add_argument("--port", metavar="P", type=kinds.port, help="the port (default 5222; 5223 with --direct-tls)")
    command.add_argument("--direct-tls", action="store_true", help="TLS from the first byte, in place of STARTTLS")
    command.add_argument("--ca-file", metavar="F", type=kinds.file, help="trust the authorities in this PEM file only")
    command.add_argument(
        "--websocket",
        metavar="URL",
        type=kinds.websocket,
        help="connect over WebSocket; 'find' asks the domain for the URL",
    )
    command.add_argument("--bosh", metavar="URL", type=kinds.bosh, help="connect over BOSH")


def _add_io(command: argparse.ArgumentParser) -> None:
    command.add_argument("--io", choices=loops.NAMES, default="asyncio", help="the kind of I/O (default asyncio)")


def password(arguments: argparse.Namespace) -> str:
    """The password of the account. Raises Usage."""
    if arguments.password_file is None:
        secret = os.environ.get(PASSWORD_VARIABLE)
        if not secret:
            raise Usage(f"no password: give --password-file, or set {PASSWORD_VARIABLE}")
        return secret
    return first_line(arguments.password_file, "password")


def first_line(path: Path, what: str) -> str:
    """The first line of a file, which holds a password or the like. Raises Usage."""
    lines = read_text(path).splitlines()
    if not lines or not lines[0]:
        raise Usage(f"{path} is empty: its first line is to be the {what}")
    return lines[0]


def users(arguments: argparse.Namespace) -> dict[str, str]:
    """The accounts of `serve`, with their passwords. Raises Usage."""
    return dict(arguments.user) | _pairs(arguments.users, "user")


def components(arguments: argparse.Namespace) -> dict[str, str]:
    """The components of `serve`, with their secrets. Raises Usage."""
    return _pairs(arguments.components, "component")


def _pairs(path: Path | None, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(path).splitlines() if path is not None else (), 1):
        if line.strip():
            try:
                name, secret = kinds.user(line, what)
            except argparse.ArgumentTypeError as error:
                raise Usage(f"{path}, line {number}: {error}") from None
            found[name] = secret
    return found


def read_text(path: Path) -> str:
    """The text of a file that was named on the command line. Raises Usage."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise Usage(f"cannot read {path}: {_reason(error)}") from None


def write_text(path: Path, text: str) -> None:
    """Write a file that was named on the command line. Raises Usage."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {path}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it is not text in UTF-8"
