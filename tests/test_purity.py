"""The core does no I/O, asks nobody for the time, and imports downwards only. And it says what it exports, and why.

The first half reads our own import statements. The second runs whole logins in a process where the modules of I/O cannot be
imported; that is done after the modules of the standard library that we use were loaded, for `xml.sax` itself imports
`socket` (through `urllib.request`).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

import xmppwire
from xmppwire.payload import Payload
from xmppwire.stream import Connection, Engine

CORE = Path(xmppwire.__file__).parent
FORBIDDEN = frozenset(
    {
        *(
            "socket",
            "ssl",
            "select",
            "selectors",
            "asyncio",
            "threading",
            "subprocess",
            "logging",
            "time",
            "trio",
            "anyio",
        ),
        *("multiprocessing", "concurrent", "signal", "tempfile", "random", "secrets", "uuid", "http", "urllib"),
    }
)
"""I/O and clocks, and what draws randomness by itself."""

LAYERS = (
    {"xml", "jid"},
    {"payload", "sasl"},
    {"stanza"},
    {"protocol"},
    {"stream"},
    {"operation"},
    {"session"},
    {"im"},
    {"localserver", "trace"},
    {"xmppwire"},
)
PART_OF_JID = {"jid", "precis", "idna", "_unicode_rules", "_unicode_data"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(CORE.rglob("*.py")):
        parts = path.relative_to(CORE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def layer(module: str) -> str:
    """The layer of one of our modules: the package below `xmppwire`."""
    parts = module.split(".")
    if len(parts) == 1:
        return "xmppwire"
    return "jid" if parts[1] in PART_OF_JID else parts[1]


def level(module: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if layer(module) in names)


def imports(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """What a module imports, by absolute name, and in which line; imports for type checkers included."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base]) if base else ".".join(parent)
            yield from _resolved(base, node)


def _resolved(base: str, node: ast.ImportFrom) -> Iterator[tuple[str, int]]:
    for alias in node.names:
        whole = f"{base}.{alias.name}"
        yield (whole if whole in MODULES else base), node.lineno


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_the_standard_library_and_what_is_below_it(name: str) -> None:
    for imported, line in imports(name, MODULES[name]):
        where = f"{name}:{line} imports {imported}"
        top = imported.partition(".")[0]
        if top != "xmppwire":
            assert top in sys.stdlib_module_names, f"{where}, which is not in the standard library"
            assert top not in FORBIDDEN, where
        elif layer(imported) != layer(name):
            assert level(imported) < level(name), f"{where}, which is not below it"


def test_the_environment_is_not_asked() -> None:
    """Of `os` only `urandom` is used, as a default; nothing opens a file."""
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                assert node.attr == "urandom", f"{name}:{node.lineno}: os.{node.attr}"
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                assert [alias.name for alias in node.names] == ["urandom"], f"{name}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("open", "print", "input", "exec_", "breakpoint"), f"{name}:{node.lineno}"


def test_every_layer_is_in_the_order() -> None:
    assert {layer(name) for name in MODULES} <= set().union(*LAYERS)


RUN = """
import importlib, sys
for name in {standard!r} + ["random", "encodings.idna"]:
    importlib.import_module(name)

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden!r}:
            raise ImportError("blocked: " + name)

for name in list(sys.modules):
    if name.partition(".")[0] in {forbidden!r} and name != "random":
        del sys.modules[name]
sys.meta_path.insert(0, Blocked())
try:
    import socket
except ImportError:
    pass
else:
    raise SystemExit("nothing is blocked")

sys.path.insert(0, {root!r})
for name in {modules!r}:
    importlib.import_module(name)

from tests.pair import World, seeded
from tests.stream.streams import PASSWORD, established, server_config
from xmppwire import JID, ClientConfig, Message, Phase
from xmppwire.localserver import LocalServer
from xmppwire.session import Session
from xmppwire.stream import Established

world, wire = established()
for number in range(3):
    wire.client.engine.send(Message(to=JID("romeo@montague.lit"), body=str(number)), world.now)
    wire.server.engine.send(Message(to=JID("juliet@capulet.lit"), body=str(number)), world.now)
world.settle()
assert len(wire.client.of(Message)) == len(wire.server.of(Message)) == 3
world.advance(200)
wire.client.engine.close(world.now)
world.settle()
assert wire.client.engine.phase is wire.server.engine.phase is Phase.CLOSED

world = World(LocalServer(["capulet.lit"], {{"juliet": PASSWORD, "romeo": PASSWORD}}, random=seeded(3)))
wires = [
    world.join(Session(ClientConfig(jid=JID(name + "@capulet.lit/x"), password=PASSWORD, random=seeded(number))))
    for number, name in enumerate(("juliet", "romeo"))
]
world.settle()
for wire in wires:
    assert wire.client.of(Established), wire.client.events
wires[0].client.engine.send(Message(to=JID("romeo@capulet.lit/x"), body="Ay me!"), world.now)
world.settle()
assert [message.body for message in wires[1].client.of(Message)] == ["Ay me!"]
print("done")
"""


def test_the_core_runs_where_nothing_of_io_can_be_imported() -> None:
    """Every module of the core, a login between two engines, and one at the local server."""
    standard = sorted(
        {
            imported
            for name, path in MODULES.items()
            for imported, _ in imports(name, path)
            if imported.partition(".")[0] != "xmppwire"
        }
    )
    code = RUN.format(
        standard=standard,
        forbidden=sorted(FORBIDDEN),
        modules=list(MODULES),
        root=str(Path(__file__).resolve().parent.parent),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "done", done.stderr


# --- what is exported -----------------------------------------------------------------------------------------------

PACKAGES = [name for name, path in MODULES.items() if path.name == "__init__.py"]


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_exports_is_there(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    if exported is None:
        public = [item for item, value in vars(module).items() if item[0] != "_" and not inspect.ismodule(value)]
        assert set(public) <= {"annotations"}, f"{name} does not say what it exports"
        return
    assert len(set(exported)) == len(exported), "something stands twice"
    missing = [item for item in exported if not hasattr(module, item)]
    assert not missing
    namespace: dict[str, object] = {}
    exec(f"from {name} import *", namespace)
    assert set(exported) <= set(namespace)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    silent = list(without_docstring(module))
    assert not silent


def without_docstring(module: ModuleType) -> Iterator[str]:
    """Public names of a package, and public methods and properties of its classes, without a docstring."""
    if not module.__doc__:
        yield module.__name__
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        if inspect.isclass(value):
            if not value.__dict__.get("__doc__") or _is_generated(value):
                yield f"{module.__name__}.{name}"
            if issubclass(value, Enum) or getattr(value, "_is_protocol", False):
                continue
            for attribute, item in vars(value).items():
                plain = item.fget if isinstance(item, property) else getattr(item, "__func__", item)
                if attribute.startswith("_") or not inspect.isfunction(plain) or attribute in OF_EVERY_ENGINE:
                    continue
                if issubclass(value, Payload) and attribute in OF_EVERY_PAYLOAD:
                    continue
                if plain.__code__.co_filename.startswith("<"):
                    continue  # generated from the definition of a payload
                if not plain.__doc__ and not _inherits_doc(value, attribute):
                    yield f"{module.__name__}.{name}.{attribute}"
        elif inspect.isfunction(value) and not value.__doc__:
            yield f"{module.__name__}.{name}"


OF_EVERY_ENGINE = frozenset(name for name in vars(Engine) if not name.startswith("_"))
"""Described once, at `Connection`."""
OF_EVERY_PAYLOAD = frozenset({"from_element", "to_element", "write"})
"""Described once, at `Payload` and the functions that make them."""


def _is_generated(kind: type) -> bool:
    """Whether the docstring is only the signature that `dataclass` writes."""
    return (kind.__doc__ or "").startswith(f"{kind.__name__}(")


def test_the_surface_of_an_engine_is_described() -> None:
    assert OF_EVERY_ENGINE
    silent = [name for name in OF_EVERY_ENGINE if not inspect.getdoc(inspect.getattr_static(Connection, name))]
    assert not silent


def _inherits_doc(kind: type, attribute: str) -> bool:
    return any(getattr(vars(base).get(attribute), "__doc__", None) for base in kind.__mro__[1:])
