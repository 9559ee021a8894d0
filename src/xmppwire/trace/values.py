"""The values of a trace: configs, events, TLS facts and answers as JSON, and back.

    None, bool, int, float, str     themselves
    bytes                           {"bytes": base64}
    a JID                           {"jid": text}
    a time of a clock on the wall   {"time": text}
    an element                      {"xml": text}, to be read where `jabber:client` is the default namespace
    a stanza                        {"stanza": class, "xml": text}, with "lang" where it inherits a language
    an enum's member                {"enum": [class, name]}
    a dataclass                     {"class": name, field: value, ...}
    a list or tuple                 a list; it comes back as a tuple
    a set                           {"set": a list in order}
    a mapping                       {"map": a list of keys and values}
    a secret                        {"blank": true}
    anything else                   {"object": class}, which has to be given again

Secret are keys and credentials, and each field that its own class hides from `repr`, public certificates excepted.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias, cast

from ..jid import JID, JIDError
from ..sasl import BindingPolicy, ChannelBinding, KeyRequest, ScramKeys, StoredCredentials
from ..stanza import CLIENT_NAMESPACE, Stanza, StanzaSyntaxError, read_stanza, write_stanza
from ..stream import (
    SASL2,
    Binding,
    ClientConfig,
    ComponentConfig,
    ComponentServerConfig,
    DeviceTokens,
    DialbackRequested,
    DialbackUse,
    DomainPolicies,
    DomainPolicy,
    FastPolicy,
    FastToken,
    Framing,
    Limits,
    Registration,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    SASL2Offer,
    ServerConfig,
    StreamError,
    StreamErrorCondition,
    StreamManagement,
    TLSInfo,
    UserAgent,
)
from ..xml import Element, XMLLimits, write_element
from .blank import Blanker
from .peek import Peek

Json: TypeAlias = Any
"""What `json` reads and writes."""

BLANK: Json = {"blank": True}

DATACLASSES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        SASL2,
        Binding,
        ChannelBinding,
        ClientConfig,
        ComponentConfig,
        ComponentServerConfig,
        DeviceTokens,
        DialbackRequested,
        DomainPolicies,
        DomainPolicy,
        FastPolicy,
        FastToken,
        Limits,
        S2SIncomingConfig,
        S2SOutgoingConfig,
        Registration,
        SASL2Offer,
        ScramKeys,
        ServerConfig,
        StoredCredentials,
        StreamError,
        StreamManagement,
        TLSInfo,
        UserAgent,
        XMLLimits,
    )
}
ENUMS: dict[str, type[Enum]] = {
    cls.__name__: cls for cls in (BindingPolicy, DialbackUse, Framing, StreamErrorCondition)
}

_SECRET_TYPES = (KeyRequest, ScramKeys, StoredCredentials)
_PUBLIC_FIELDS = frozenset({"peer_certificate"})
_UNRECORDED_FIELDS = frozenset({"random"})


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """What takes the place of values that are not in a trace: `blank`, given the name of the field that was blanked, and
    `objects` by the name of their class."""

    blank: Callable[[str], object]
    objects: Mapping[str, object]


class TraceError(ValueError):
    """This is not a trace, or one that cannot be replayed; the message says why."""


def parse_line(line: str) -> dict[str, Json]:
    """One line of a trace. Raises TraceError."""
    try:
        record: Json = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise TraceError("a line of a trace is a JSON object")
    return cast("dict[str, Json]", record)


def member(value: Json, key: str) -> Json:
    """The member of a JSON object, or None if there is none or it is no object."""
    return cast("dict[str, Json]", value).get(key) if isinstance(value, dict) else None


def encode_bytes(data: bytes) -> Json:
    """Text where the bytes are UTF-8, else `{"bytes": base64}`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(data).decode("ascii")}


def decode_bytes(value: Json) -> bytes:
    """The reverse of `encode_bytes`. Raises TraceError."""
    if isinstance(value, str):
        return value.encode("utf-8")
    try:
        return base64.b64decode(value["bytes"], validate=True)
    except (TypeError, KeyError, ValueError):
        raise TraceError("neither text nor base64 where bytes should stand") from None


def encode(value: object, secrets: bool) -> Json:
    """A value as JSON; see the module's table. Without `secrets`, what is secret is blanked."""
    match value:
        case Enum():
            return {"enum": [type(value).__name__, value.name]}
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return {"bytes": base64.b64encode(value).decode("ascii")}
        case JID():
            return {"jid": str(value)}
        case datetime():
            return {"time": value.isoformat()}
        case Stanza() | Element():
            return _encode_element(value, secrets)
        case list() | tuple():
            return _encode_sequence(value, secrets)
        case set() | frozenset():
            return {"set": sorted(_encode_sequence(value, secrets), key=str)}
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {"map": [[encode(key, secrets), encode(item, secrets)] for key, item in items]}
        case _ if isinstance(value, _SECRET_TYPES) and not secrets:
            return BLANK
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _encode_dataclass(value, secrets)
        case _:
            return {"object": type(value).__name__}


def _encode_sequence(value: Any, secrets: bool) -> list[Json]:
    return [encode(item, secrets) for item in value]


def _encode_dataclass(value: Any, secrets: bool) -> Json:
    result: dict[str, Json] = {"class": type(value).__name__}
    for field in dataclasses.fields(value):
        if field.name in _UNRECORDED_FIELDS:
            continue
        item = getattr(value, field.name)
        hidden = not field.repr and field.name not in _PUBLIC_FIELDS and item not in (None, (), [], "")
        result[field.name] = BLANK if hidden and not secrets else encode(item, secrets)
    return result


def _encode_element(value: Stanza | Element, secrets: bool) -> Json:
    try:
        if isinstance(value, Stanza):
            result = {"stanza": type(value).__name__, "xml": _stanza_text(value)}
            if value.inherited_lang is not None:
                result["lang"] = value.inherited_lang
        else:
            result = {"xml": write_element(value, CLIENT_NAMESPACE)}
    except ValueError:  # what cannot be written will not be sent either
        return {"object": type(value).__name__}
    if not secrets:
        blanker = Blanker()
        blanker.authenticated = True
        result["xml"] = blanker.feed(result["xml"].encode("utf-8")).decode("utf-8")
    return result


def _stanza_text(stanza: Stanza) -> str:
    try:
        return write_stanza(stanza)
    except ValueError:  # an IQ that the engine will give an id
        return write_element(stanza.to_element(), CLIENT_NAMESPACE)


def decode(value: Json, missing: Missing, name: str = "") -> Any:
    """The value again. `missing` fills the field `name` where the trace has it not. Raises TraceError."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return _decode_sequence(value, missing, name)  # pyright: ignore[reportUnknownArgumentType]
        case {"set": list()}:
            return frozenset(_decode_sequence(member(value, "set"), missing, name))
        case {"map": list()}:
            return dict(_decode_sequence(member(value, "map"), missing, name))
        case {"blank": True}:
            return missing.blank(name)
        case {"object": str(cls)} if cls in missing.objects:
            return missing.objects[cls]
        case {"bytes": _}:
            return decode_bytes(value)
        case {"jid": str(text)}:
            try:
                return JID(text)
            except JIDError as error:
                raise TraceError(f"{name or 'an address'}: {error}") from error
        case {"time": str(text)}:
            try:
                return datetime.fromisoformat(text)
            except ValueError as error:
                raise TraceError(f"{name or 'a time'}: {error}") from error
        case {"xml": str(text), **rest}:
            return _decode_element(text, "stanza" in rest, rest.get("lang"))
        case {"enum": [str(cls), str(key)]} if cls in ENUMS and key in ENUMS[cls].__members__:
            return ENUMS[cls][key]
        case {"class": str(cls)} if cls in DATACLASSES:
            return _decode_dataclass(DATACLASSES[cls], value, missing)
        case _:
            raise TraceError(f"{name or 'a value'} cannot be had from the trace: {value!r}")


def _decode_sequence(items: list[Json], missing: Missing, name: str) -> tuple[Any, ...]:
    return tuple([decode(item, missing, name) for item in items])


def _decode_element(text: str, stanza: bool, lang: Any) -> Stanza | Element:
    element = Peek().element(text.encode("utf-8"))
    if element is None:
        raise TraceError("an element that is not XML")
    # Whether a prefix was declared by the program or made up by the writer does not show in the text, but it matters
    # when the element is written again: take what gives the same text.
    value: Stanza | Element = element
    for candidate in (_without_prefixes(element), element):
        value = _as_stanza(candidate, lang) if stanza else candidate
        if (_stanza_text(value) if isinstance(value, Stanza) else write_element(value, CLIENT_NAMESPACE)) == text:
            break
    return value


def _without_prefixes(element: Element) -> Element:
    children = [child if isinstance(child, str) else _without_prefixes(child) for child in element.children]
    return Element(element.name, dict(element.attributes), children)


def _as_stanza(element: Element, lang: Any) -> Stanza | Element:
    unnamed = element.local == "iq" and "id" not in element.attributes
    if unnamed:
        element.attributes["id"] = ""
    try:
        result = read_stanza(element, lang)
    except StanzaSyntaxError:
        return element  # the engine sends what it is told to
    except ValueError as error:
        raise TraceError(str(error)) from error
    if unnamed:
        result.id = None
    return result


def _decode_dataclass(cls: type[Any], value: Mapping[str, Json], missing: Missing) -> Any:
    known = {field.name for field in dataclasses.fields(cls)}
    unknown = value.keys() - known - {"class"}
    if unknown:
        raise TraceError(f"{cls.__name__} has no {', '.join(sorted(unknown))}: the trace is from another version")
    arguments = {name: decode(item, missing, name) for name, item in value.items() if name != "class"}
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as error:
        raise TraceError(f"{cls.__name__}: {error}") from error
