"""Real servers for the interop tests: a description of them, and a launcher for what the distribution has.

Two ways lead to a `Lab`: `load(path)` reads a JSON file that describes servers somebody else runs (the environment
variable XMPPWIRE_LAB names it), and a `Launcher` starts Prosody and ejabberd here, each with a minimal configuration,
on loopback and on ports that were free, and describes them in the same form. A server that is not installed raises
`NotInstalled` when it is asked for. Everything that a `Launcher` started ends with it, by process id.

By hand: `python -m tests.interop.servers DIRECTORY` prints the path of the JSON file, and runs both until its input
ends.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.interop import certificates, ours

USERS = {"alice": "alice-pw", "bob": "bob-pw", "carol": "carol-pw"}
DOMAIN = "localhost"
NO_TLS = "plain.example"
ANONYMOUS = "anon.example"
CLIENT_CERT = "certs.example"
COMPONENT = "ext.localhost"
COMPONENT_SECRET = "component-secret"
MAX_UPLOAD = 1024 * 1024
"""How many bytes a file may have that is put to a server's upload service."""
LISTED = {"first": "Dora", "last": "Verona", "nick": "dodo", "email": "dora@verona.example"}
"""What Prosody's directory knows about `dora`, who never logs in: then it would forget it."""
TEAM = "team.localhost"
TEAM_SLOTS = 2
NAMES = ("prosody", "ejabberd")
START_SECONDS = 60.0
STOP_SECONDS = 10.0


class NotInstalled(Exception):
    """This server is not installed on this machine; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Server:
    """One running server, as the tests see it. A port or domain that it does not have is None."""

    name: str
    version: str
    host: str
    domain: str
    c2s: int
    direct_tls: int | None
    legacy: bool
    """An old server: PLAIN and DIGEST-MD5 only, and the session request."""
    hashed_domain: str | None
    """A domain with the same accounts, whose passwords the server keeps only as keys."""
    no_tls_domain: str | None
    anonymous_domain: str | None
    client_cert: tuple[str, int] | None
    """Domain and port for logins with a client certificate."""
    component_port: int | None
    component: str
    """The domain that a component may speak for, with `component_secret`."""
    component_secret: str
    team: tuple[str, int] | None
    """Domain and port of a component that TEAM_SLOTS connections serve together, each what some of the users send."""
    log: Path | None
    compressing: int | None
    """A port where streams can be compressed."""
    websocket: str | None
    """The URL of its WebSocket."""
    bosh: str | None
    """The URL of its BOSH."""


@dataclass(frozen=True, slots=True)
class Lab:
    """The servers at hand, and what is needed to log in to them."""

    ca: Path
    users: dict[str, str]
    client_certs: dict[str, tuple[Path, Path]]
    servers: dict[str, Server]


def parse(description: dict[str, Any]) -> Lab:
    """The `Lab` that a description in JSON form means."""
    return Lab(
        ca=Path(description["ca"]),
        users=dict(description["users"]),
        client_certs={n: (Path(c), Path(k)) for n, (c, k) in description.get("client_certs", {}).items()},
        servers={name: _parse_server(entry) for name, entry in description["servers"].items()},
    )


def load(path: str | os.PathLike[str]) -> Lab:
    """Read the description of servers that run already."""
    return parse(json.loads(Path(path).read_text(encoding="utf-8")))


def _url(value: Any) -> str | None:
    """A URL with TLS: that of a server that was started here, or one of those that a lab gives."""
    urls = value if isinstance(value, list) else [value]
    return next((url for url in urls if isinstance(url, str) and url.startswith(("wss:", "https:"))), None)


def _parse_server(entry: dict[str, Any]) -> Server:
    extra = entry.get("extra_domains", {})
    domain, *others = entry["domains"]
    client_cert = None
    if "client_cert" in extra:
        client_cert = (extra["client_cert"], entry["c2s"])
    elif "c2s_client_cert" in entry:
        client_cert = (domain, entry["c2s_client_cert"])
    return Server(
        name=entry["name"],
        version=entry["version"],
        host=entry["host"],
        domain=domain,
        c2s=entry["c2s"],
        direct_tls=entry.get("c2s_direct_tls"),
        legacy=entry.get("legacy", False),
        hashed_domain=others[0] if others else None,
        no_tls_domain=extra.get("no_tls"),
        anonymous_domain=extra.get("anonymous"),
        client_cert=client_cert,
        component_port=entry.get("component_port"),
        component=next(iter(entry.get("component", {}).get("jids", ())), ""),
        component_secret=entry.get("component", {}).get("secret", ""),
        team=(entry["team"][0], entry["team"][1]) if "team" in entry else None,
        log=Path(entry["log"]) if "log" in entry else None,
        compressing=entry.get("c2s_compressing"),
        websocket=_url(entry.get("websocket")),
        bosh=_url(entry.get("bosh")),
    )


class Launcher:
    """Starts servers in a directory, and ends them when the `with` block ends. `quiet` ones of ejabberd log errors only."""

    def __init__(self, directory: Path, *, quiet: bool = False) -> None:
        self.directory = directory
        self.quiet = quiet
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._entries: dict[str, dict[str, Any]] = {}
        self._ours = ExitStack()
        self._make_certificates()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self, name: str) -> Server:
        """Start the server of this name, unless it runs already, and wait until it takes logins."""
        if name not in self._entries:
            starts = {"prosody": self._start_prosody, "ejabberd": self._start_ejabberd, ours.NAME: self._start_ours}
            self._entries[name] = starts[name]()
        return _parse_server(self._entries[name])

    def describe(self) -> dict[str, Any]:
        """What was started, in the form that `parse` reads."""
        certs = self.directory / "certs"
        return {
            "ca": str(certs / "ca.pem"),
            "client_certs": {n: [str(certs / f"{n}.pem"), str(certs / f"{n}.key")] for n in ("alice", "bob")},
            "users": USERS,
            "servers": self._entries,
        }

    def lab(self) -> Lab:
        """What was started."""
        return parse(self.describe())

    def close(self) -> None:
        """End every process that was started."""
        try:
            self._ours.close()
        finally:  # whatever has become of our own
            for process in self._processes.values():
                process.terminate()
            for process in self._processes.values():
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._processes.clear()
            self._entries.clear()

    def _make_certificates(self) -> None:
        certs = self.directory / "certs"
        certs.mkdir(parents=True)
        authority = certificates.make_authority(certs / "ca.pem")
        names = [DOMAIN, "127.0.0.1", NO_TLS, ANONYMOUS, CLIENT_CERT, *(f"{n}.example" for n in (*NAMES, ours.NAME))]
        certificates.issue_server(authority, certs / "server.pem", certs / "server.key", names)
        for user in ("alice", "bob"):
            addresses = [f"{user}@{d}" for d in (CLIENT_CERT, DOMAIN)]
            certificates.issue_client(authority, certs / f"{user}.pem", certs / f"{user}.key", addresses)

    def _launch(
        self, name: str, command: list[str], environment: dict[str, str], ready: Path, ports: list[int]
    ) -> None:
        """Run a server; wait for the file that it writes when its accounts are there, and for its ports."""
        with (self.directory / name / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self._processes[name] = process
        deadline = time.monotonic() + START_SECONDS
        while not (ready.exists() and all(_listens(port) for port in ports)):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(self._tail(name))
                raise RuntimeError(f"{name} did not start (exit status {process.poll()}):\n{tail}")
            time.sleep(0.05)

    def _tail(self, name: str, lines: int = 40) -> list[str]:
        found: list[str] = []
        for path in (self.directory / name / "output", self.directory / name / f"{name}.log"):
            if path.exists():
                found += path.read_text(errors="replace").splitlines()[-lines:]
        return found

    def _entry(self, name: str, version: str, c2s: int, direct: int, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "version": version,
            "host": "127.0.0.1",
            "domains": [DOMAIN, f"{name}.example"],
            "c2s": c2s,
            "c2s_direct_tls": direct,
            "component": {"jids": [COMPONENT], "secret": COMPONENT_SECRET},
            "log": str(self.directory / name / f"{name}.log"),
            **more,
        }

    def _start_prosody(self) -> dict[str, Any]:
        program = _find("prosody")
        home, certs = self.directory / "prosody", self.directory / "certs"
        c2s, direct, component, web, proxy = _free_ports(5)
        certificate_logins = any(Path("/usr/lib/prosody/modules").glob("mod_auth_ccert*"))
        for domain in (DOMAIN, "prosody.example", NO_TLS):
            accounts = home / "data" / domain.replace(".", "%2e") / "accounts"
            accounts.mkdir(parents=True)
            for user, password in USERS.items():
                (accounts / f"{user}.dat").write_text(f'return {{ ["password"] = "{password}" }};\n')
        external = f"""
VirtualHost "{CLIENT_CERT}"
    authentication = "ccert"
    certificate_match = "xmppaddr"
    c2s_ssl = {{ certificate = "{certs}/server.pem", key = "{certs}/server.key", cafile = "{certs}/ca.pem",
                 verify = {{ "peer" }} }}
"""
        directory = ""
        if Path("/usr/lib/prosody/modules/mod_vjud").exists():
            directory = f'Component "vjud.{DOMAIN}" "vjud"\n    vjud_mode = "all"'
            (home / "data" / DOMAIN / "vcard").mkdir()
            (home / "data" / DOMAIN / "vcard" / "dora.dat").write_text(_vcard())
            (home / "data" / DOMAIN / "accounts" / "dora.dat").write_text("return {};\n")
        (home / "prosody.cfg.lua").write_text(f"""
{"run_as_root = true" if os.geteuid() == 0 else ""}
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
log = {{ {{ levels = {{ min = "debug" }}, to = "file", filename = "{home}/prosody.log" }} }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ {direct} }}
legacy_ssl_ports = {{}}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
proxy65_ports = {{ {proxy} }}
proxy65_interfaces = {{ "127.0.0.1" }}
modules_disabled = {{ "s2s" }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "offline", "register", "carbons", "smacks", "websocket",
                    "bosh", "blocklist", "version", "private", "cloud_notify", "server_contact_info", "pep",
                    "bookmarks", "vcard4", "vcard_legacy", "time", "uptime", "lastactivity",
                    "turn_external" }}
turn_external_host = "turn.example"
turn_external_secret = "secret"
http_ports = {{}}
https_ports = {{ {web} }}
https_ssl = {{ certificate = "{certs}/server.pem", key = "{certs}/server.key" }}
http_default_host = "{DOMAIN}"
contact_info = {{ abuse = {{ "mailto:abuse@{DOMAIN}", "xmpp:abuse@{DOMAIN}" }} }}
storage = "internal"
c2s_require_encryption = true
ssl = {{ certificate = "{certs}/server.pem", key = "{certs}/server.key", cafile = "{certs}/ca.pem" }}

VirtualHost "{DOMAIN}"
    authentication = "internal_plain"
    allow_registration = true
VirtualHost "prosody.example"
    authentication = "internal_hashed"
    modules_enabled = {{ "mam", "admin_adhoc", "uptime" }}
    admins = {{ "carol@prosody.example" }}
VirtualHost "{NO_TLS}"
    authentication = "internal_plain"
    modules_disabled = {{ "tls" }}
    c2s_require_encryption = false
    allow_unencrypted_plain_auth = true
VirtualHost "{ANONYMOUS}"
    authentication = "anonymous"
{external if certificate_logins else ""}
Component "{COMPONENT}"
    component_secret = "{COMPONENT_SECRET}"
Component "conference.{DOMAIN}" "muc"
    modules_enabled = {{ "muc_mam" }}
Component "upload.{DOMAIN}" "http_file_share"
    http_host = "127.0.0.1"
    http_file_share_size_limit = {MAX_UPLOAD}
Component "proxy.{DOMAIN}" "proxy65"
    proxy65_address = "127.0.0.1"
Component "pubsub.{DOMAIN}" "pubsub"
    admins = {{ "alice@{DOMAIN}" }}
{directory}
""")
        command = [program, "-F", "--config", str(home / "prosody.cfg.lua")]
        self._launch("prosody", command, {}, home / "prosody.pid", [c2s, direct, component, web, proxy])
        extra = {"no_tls": NO_TLS, "anonymous": ANONYMOUS}
        if certificate_logins:
            extra["client_cert"] = CLIENT_CERT
        where = f"wss://127.0.0.1:{web}/xmpp-websocket"
        return self._entry(
            "prosody",
            _package("prosody"),
            c2s,
            direct,
            extra_domains=extra,
            component_port=component,
            websocket=where,
            bosh=f"https://127.0.0.1:{web}/http-bind",
        )

    def _start_ejabberd(self) -> dict[str, Any]:
        program = _find("erl")
        libraries = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin/ejabberd.app"))
        if not libraries:
            raise NotInstalled("ejabberd is not installed")
        home, certs = self.directory / "ejabberd", self.directory / "certs"
        (home / "mnesia").mkdir(parents=True)
        c2s, direct, external, component, compressing, team, web, proxy = _free_ports(8)
        database = _archive_database(home / "archive.db", libraries[-1].parents[1] / "priv" / "sql" / "lite.sql")
        both = (certs / "server.pem").read_bytes() + (certs / "server.key").read_bytes()
        (certs / "server.bundle.pem").write_bytes(both)
        (home / "ejabberd.yml").write_text(f"""
loglevel: {"error" if self.quiet else "debug"}
hosts: ["{DOMAIN}", "ejabberd.example", "{ANONYMOUS}"]
certfiles: ["{certs}/server.bundle.pem"]
ca_file: "{certs}/ca.pem"
c2s_cafile: "{certs}/ca.pem"
acme: {{auto: false}}
auth_method: internal
auth_password_format: plain
acl:
  admin: {{user: "carol@ejabberd.example"}}
access_rules:
  configure: {{allow: admin}}
append_host_config:
  "{DOMAIN}":
    modules:
      mod_http_upload:
        {{docroot: "{home}/uploads", put_url: "https://127.0.0.1:{web}/upload", max_size: {MAX_UPLOAD}, access: all}}
      mod_proxy65: {{ip: "127.0.0.1", hostname: "127.0.0.1", port: {proxy}, access: all}}
  "ejabberd.example": {{modules: {{mod_mam: {{default: always{", db_type: sql" if database else ""}}}}}}}
host_config:
  "ejabberd.example": {{auth_password_format: scram, auth_scram_hash: sha256{database}}}
  "{ANONYMOUS}": {{auth_method: [anonymous], anonymous_protocol: sasl_anon}}
listen:
  - {{port: {c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, access: all}}
  - {{port: {direct}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, access: all}}
  - {{port: {external}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, tls_verify: true, access: all}}
  - {{port: {compressing}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, zlib: true, access: all}}
  - port: {web}
    ip: "127.0.0.1"
    module: ejabberd_http
    tls: true
    request_handlers: {{"/xmpp-websocket": ejabberd_http_ws, "/bosh": mod_bosh, "/upload": mod_http_upload}}
  - port: {component}
    ip: "127.0.0.1"
    module: ejabberd_service
    hosts: {{"{COMPONENT}": {{password: "{COMPONENT_SECRET}"}}}}
  - port: {team}
    ip: "127.0.0.1"
    module: ejabberd_service
    hosts: {{"{TEAM}": {{password: "{COMPONENT_SECRET}"}}}}
domain_balancing:
  "{TEAM}": {{type: bare_source, component_number: {TEAM_SLOTS}}}
modules:
  mod_adhoc: {{}}
  mod_avatar: {{convert: {{}}}}
  mod_blocking: {{}}
  mod_bosh: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_configure: {{}}
  mod_disco:
    server_info:
      - {{modules: all, name: "abuse-addresses", urls: ["mailto:abuse@{DOMAIN}", "xmpp:abuse@{DOMAIN}"]}}
  mod_last: {{}}
  mod_muc: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub: {{plugins: [flat, pep]}}
  mod_push: {{}}
  mod_roster: {{versioning: true}}
  mod_stream_mgmt: {{}}
  mod_stun_disco:
    access: all
    secret: "secret"
    services:
      - {{host: "203.0.113.3", port: 3478, type: stun, transport: udp, restricted: false}}
      - {{host: "203.0.113.3", port: 3478, type: turn, transport: udp, restricted: true}}
  mod_time: {{}}
  mod_vcard: {{search: true}}
  mod_vcard_xupdate: {{}}
  mod_version: {{}}
""")
        calls = ", ".join(
            f'ok = ejabberd_auth:try_register(<<"{user}">>, <<"{domain}">>, <<"{password}">>)'
            for user, password in USERS.items()
            for domain in (DOMAIN, "ejabberd.example")
        )
        ready = home / "ready"
        # Without a node name Erlang is not distributed, and no epmd daemon stays behind.
        command = [program, "-noinput", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"]
        command += ["-mnesia", "dir", json.dumps(str(home / "mnesia")), "-s", "ejabberd"]
        command += ["-eval", f'{calls}, file:write_file("{ready}", <<>>).']
        environment = {
            "HOME": str(home),
            "ERL_LIBS": str(libraries[-1].parents[2]),
            "EJABBERD_CONFIG_PATH": str(home / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(home / "ejabberd.log"),
            "EJABBERD_PID_PATH": str(home / "ejabberd.pid"),
            "ERL_CRASH_DUMP": str(home / "erl_crash.dump"),
        }
        self._launch("ejabberd", command, environment, ready, [c2s, direct, external, component, team, web, proxy])
        return self._entry(
            "ejabberd",
            _package("ejabberd"),
            c2s,
            direct,
            c2s_client_cert=external,
            c2s_compressing=compressing,
            websocket=f"wss://127.0.0.1:{web}/xmpp-websocket",
            bosh=f"https://127.0.0.1:{web}/bosh",
            extra_domains={"anonymous": ANONYMOUS},
            component_port=component,
            team=[TEAM, team],
        )

    def _start_ours(self) -> dict[str, Any]:
        domains = [DOMAIN, f"{ours.NAME}.example"]
        return self._ours.enter_context(
            ours.running(self.directory / "certs", domains, USERS, (COMPONENT, COMPONENT_SECRET), MAX_UPLOAD)
        )


def _archive_database(path: Path, tables: Path) -> str:
    """What the config of ejabberd says of a database for archives; nothing where the driver is not installed.

    In Mnesia, which is there in any case, a message takes the longer the more an account has: half a second from 9 000 on.
    """
    if not any(Path("/usr/lib/erlang/lib").glob("p1_sqlite3-*")) or not tables.exists():
        return ""
    with closing(sqlite3.connect(path)) as made:
        made.execute("pragma journal_mode = wal")
        made.executescript(tables.read_text(encoding="utf-8"))
    return f', sql_type: sqlite, sql_database: "{path}"'


def _find(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if found is None:
        raise NotInstalled(f"{program} is not installed")
    return found


def _vcard() -> str:
    """What Prosody stores for a vCard (XEP-0054) with what is in `LISTED`."""

    def element(name: str, *children: str) -> str:
        return (
            f'{{ name = "{name}"; attr = {{ xmlns = "vcard-temp" }}; {" ".join(f"{child};" for child in children)} }}'
        )

    given, family = (element(name, f'"{LISTED[key]}"') for name, key in (("GIVEN", "first"), ("FAMILY", "last")))
    email = element("EMAIL", element("USERID", f'"{LISTED["email"]}"'))
    nick = element("NICKNAME", f'"{LISTED["nick"]}"')
    return f"return {element('vCard', element('N', family, given), nick, email)};\n"


def _package(name: str) -> str:
    """Name and version, for reports."""
    try:
        command = ["dpkg-query", "-W", "-f", "${Version}", name]
        return f"{name} {subprocess.run(command, capture_output=True, text=True, check=True).stdout}"
    except (OSError, subprocess.CalledProcessError):
        return name


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def main() -> int:
    """Run both servers until standard input ends."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="xmppwire-servers-"))
    with Launcher(directory.resolve()) as launcher:
        for name in NAMES:
            launcher.start(name)
        description = directory / "lab.json"
        description.write_text(json.dumps(launcher.describe(), indent=1))
        print(description, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
