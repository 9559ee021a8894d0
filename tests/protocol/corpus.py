"""The standards' own examples, and what a definition has to do with them.

An example is taken apart into the payloads that it shows. Each is decoded by its class, examined for what was left untyped,
written in both ways, read again and compared (`canonical.py` says how). What is wrong comes back as a list of sentences.

Examples that are not to be met are listed in `exceptions/NNNN.toml`; `exceptions/README.md` tells the format.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from tests.protocol.canonical import canonical, difference
from tests.protocol.definitions import all_classes, classes_of, typed_namespaces
from tests.support import shared_dir
from xmppwire.payload import Payload, PayloadError, find
from xmppwire.payload.child_kinds import Content
from xmppwire.stanza import Stanza, StanzaError, read_stanza, write_stanza
from xmppwire.xml import Element, Name, StreamReader, XMLLimits, write_element

HERE = Path(__file__).resolve().parent
CLIENT = "jabber:client"
STREAMS = "http://etherx.jabber.org/streams"
STANZAS = ("message", "presence", "iq")
STANZA_CONTENT = ("body", "subject", "thread", "show", "status", "priority")
_CONTENT_NAMESPACES = (CLIENT, "jabber:server", "jabber:component:accept", "jabber:component:connect")
_CONDITIONS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_HEADER = f"<stream:stream xmlns='{CLIENT}' xmlns:stream='{STREAMS}' xmlns:db='jabber:server:dialback' version='1.0'><example>"
_LIMITS = XMLLimits(stanza_bytes=1 << 24)
_ELIDED = re.compile(r"[\s.…\[\]()]*(?:\.\.|…)[\s.…\[\]()]*")


@dataclass(frozen=True)
class Example:
    """An example: `number` is the short one of its standard, `n` its place there."""

    number: str
    n: str
    title: str
    xml: str

    @property
    def id(self) -> str:
        """The id of its test."""
        return f"{self.number}-{self.n}"


def reference() -> Path | None:
    """The folder of the corpus, or None where it is not there."""
    try:
        return shared_dir() / "corpus"
    except pytest.skip.Exception:
        return None


@cache
def examples() -> tuple[Example, ...]:
    """All examples of the corpus, XEPs first."""
    folder = reference()
    if folder is None:
        return ()
    found = [
        Example(line["xep"], str(line["n"]), line["title"] or "", line["xml"])
        for line in _lines(folder / "examples.jsonl")
    ]
    for line in _lines(folder / "rfc_examples.jsonl"):
        number = "RFC" + re.sub(r"\D", "", str(line["rfc"]))
        turns = [turn for turn in line["turns"] if turn["kind"] == "fragment"]
        for place, turn in enumerate(turns, 1):
            n = f"{line['n']}.{place}" if len(turns) > 1 else str(line["n"])
            found.append(Example(number, n, line["caption"] or line["section"] or "", turn["xml"]))
    return tuple(found)


def _lines(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


@cache
def fixtures() -> tuple[Example, ...]:
    """Our own examples, for extensions that the corpus has none of: each top-level element of `fixtures/*.xml` is one."""
    return tuple(
        Example(path.stem, f"fixture{place}", "", part)
        for path in sorted((HERE / "fixtures").glob("*.xml"))
        for place, part in enumerate(_parts(path.read_text(encoding="utf-8")), 1)
    )


def _parts(xml: str) -> Iterator[str]:
    for element in parse(xml):
        yield write_element(element, CLIENT)


@cache
def exceptions(number: str) -> dict[str, Any]:
    """The exceptions of a standard, by its short number."""
    path = HERE / "exceptions" / f"{number}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def parse(xml: str) -> list[Element]:
    """The top-level elements of an example. What RFC 6120 section 11.1 keeps off a stream is taken out before."""
    xml = re.sub(r"<\?xml.*?\?>|<!--.*?-->", "", xml, flags=re.DOTALL)
    reader = StreamReader(_LIMITS)
    reader.feed(f"{_HEADER}{xml}</example></stream:stream>".encode())
    while (item := reader.next()) is not None:
        if isinstance(item, Element):
            return [_without_elisions(child) for child in item.elements()]
    raise ValueError("no element")


def _without_elisions(element: Element) -> Element:
    """Dots between elements stand for what the page leaves out."""
    parts = [child if isinstance(child, str) else _without_elisions(child) for child in element.children]
    if any(isinstance(child, Element) for child in parts):
        parts = [child for child in parts if not (isinstance(child, str) and _ELIDED.fullmatch(child))]
    return Element(element.name, element.attributes, parts, element.prefixes)


def problems(example: Example) -> list[str]:
    """All that is wrong with how an example is read and written; empty where nothing is."""
    found: list[str] = []
    for element in parse(example.xml):
        found += _top_level(element, example.number)
    return found


def _top_level(element: Element, number: str) -> list[str]:
    namespace, local = element.name
    if local in STANZAS and namespace in _CONTENT_NAMESPACES:
        return _stanza(element)
    own = classes_of(number)
    cls = find(element.name) or next((one for one in own if element.name in one.element_names), None)
    if cls is None and namespace in _CONTENT_NAMESPACES and local not in (*STANZA_CONTENT, "error"):
        # A fragment that is printed without its namespace: one of this standard, else one that it fits.
        for fits, name in _called(local, own):
            return _payload(_moved(element, namespace, name[0]), fits, "")
        for fits, name in _called(local, [one for _, one in all_classes()]):
            if not _payload(_moved(element, namespace, name[0]), fits, ""):
                return []
    if cls is not None:
        return _payload(element, cls, "")
    if namespace == STREAMS:
        return [line for child in element.elements() for line in _element(child, local)]
    if namespace in typed_namespaces() or (
        namespace in _CONTENT_NAMESPACES and local not in (*STANZA_CONTENT, "error")
    ):
        return [_no_class(element, "")]
    return _error(element, "") if element.name == (CLIENT, "error") else []


def _called(local: str, classes: Iterable[type[Payload]]) -> Iterator[tuple[type[Payload], Name]]:
    return ((cls, name) for cls in classes for name in cls.element_names if name[1] == local)


def _moved(element: Element, old: str, new: str) -> Element:
    """The element, and those below it in the same namespace without a break, in another one."""
    if element.name[0] != old:
        return element
    children = [child if isinstance(child, str) else _moved(child, old, new) for child in element.children]
    return Element((new, element.name[1]), element.attributes, children, element.prefixes)


def _no_class(element: Element, path: str) -> str:
    return f"{path}{'/' if path else ''}{element.local}: no class for it in {element.namespace!r}"


def _stanza(element: Element, path: str = "") -> list[str]:
    """A stanza that breaks the RFC's rules (many examples leave out the id) still shows its payloads."""
    path = f"{path}/{element.local}" if path else element.local
    namespace = element.namespace
    found: list[str] = []
    try:
        stanza = read_stanza(element)
    except ValueError:
        pass
    else:
        if read_stanza(parse(write_stanza(stanza))[0]) != stanza:
            found.append(f"{path}: the stanza is another one when it is written and read")
    for child in element.elements():
        if child.name == (namespace, "error"):
            found += _error(_moved(child, namespace, CLIENT), path)
        elif child.namespace == namespace and child.local in STANZA_CONTENT:
            continue
        elif child.namespace == namespace and find((CLIENT, child.local)) is None:
            found.append(_no_class(child, path))
        else:
            found += _element(child if child.namespace != namespace else _moved(child, namespace, CLIENT), path)
    return found


def _error(element: Element, path: str) -> list[str]:
    """A stanza error with its application-specific conditions."""
    try:
        StanzaError.from_element(element)
    except PayloadError as error:
        return [f"{path}: {error}"]
    inside = [child for child in element.elements() if child.namespace not in (_CONDITIONS, CLIENT)]
    return [line for child in inside for line in _element(child, f"{path}/error")]


def _element(element: Element, path: str) -> list[str]:
    """An element that stands where any payload may."""
    if element.name in Stanza.element_names:
        return _stanza(element, path)
    cls = find(element.name)
    if cls is not None:
        return _payload(element, cls, path)
    return [_no_class(element, path)] if element.namespace in typed_namespaces() else []


def _payload(element: Element, cls: type[Payload], path: str) -> list[str]:
    """One element through its class, there and back."""
    here = f"{path}/{element.local}" if path else element.local
    try:
        payload = cls.from_element(element)
    except PayloadError as error:
        return [f"{path}{'/' if path else ''}{error} [{cls.__name__}]"]
    found = list(untyped(payload, here))
    if cls.read_only:
        return found
    again = payload.to_element()
    out: list[str] = []
    payload.write(out)
    (written,) = parse("".join(out))
    if written != again:
        found.append(
            f"{here}: write() and to_element() differ [{cls.__name__}]: {difference(canonical(again), canonical(written))}"
        )
    for form in (again, written):
        try:
            if cls.from_element(form) != payload:
                found.append(f"{here}: decode(encode(x)) is not x [{cls.__name__}]")
                break
        except PayloadError as error:
            found.append(f"{here}: what was written does not decode: {error} [{cls.__name__}]")
            break
    changed = difference(canonical(element, cls), canonical(again, cls))
    if changed is not None:
        found.append(f"{path}{'/' if path else ''}{changed} [{cls.__name__}]")
    return found


def untyped(value: Any, path: str) -> Iterator[str]:
    """What a decoded payload keeps as mere XML though a definition should know it."""
    if isinstance(value, Stanza):
        element = value.to_element()
        yield from _stanza(element, path.rpartition("/")[0])
    elif isinstance(value, Element):
        yield from _element(value, path.rpartition("/")[0])
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            local = one.name[1] if isinstance(one, Element) else _local(one)
            yield from untyped(one, path if local is None else f"{path.rpartition('/')[0]}/{local}")
    elif isinstance(value, Payload):
        for name in value.unknown_attributes or ():
            if not name.startswith("{"):
                yield f"{path}@{name}: no field for it [{type(value).__name__}]"
        for child in value.unknown_children or ():
            if child.namespace in typed_namespaces():
                yield f"{path}/{child.local}: no field for it (unknown_children, {child.namespace!r}) [{type(value).__name__}]"
        for one in type(value).payload_fields:
            if isinstance(one, Content):
                continue
            inner = getattr(value, one.field)
            yield from untyped(inner, f"{path}/{_local(inner) or one.field}")


def _local(value: Any) -> str | None:
    if isinstance(value, Element):
        return value.local
    if isinstance(value, Stanza):
        return value.local_name
    return type(value).element_names[0][1] if isinstance(value, Payload) and value.element_names else None
