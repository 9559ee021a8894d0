"""Hypothesis strategies for instances of any payload class, made from its fields.

`instances(cls)` are all that the class can hold: any text that XML carries, any of its namespaces, foreign elements where they
are allowed. `instances(cls, tame=True)` are for validation: words, small numbers, the first namespace, no open content. Where
the schema is stricter than the class (two fields are alternatives, an optional one is required), the exceptions say so.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.protocol.corpus import exceptions
from tests.protocol.definitions import complete, numbers_of
from xmppwire.jid import JID
from xmppwire.payload import (
    URI,
    Base64,
    Base64Lines,
    Bool,
    Codec,
    Date,
    DateTime,
    Float,
    Hex,
    Jid,
    Language,
    Offset,
    Payload,
    Text,
    Time,
    Token,
)
from xmppwire.payload.child_kinds import (
    Child,
    Children,
    Content,
    Flag,
    LanguageMap,
    OpenChild,
    OpenChildren,
    Rest,
    Tag,
    Value,
    Values,
    Wrapped,
)
from xmppwire.payload.kinds import MISSING, Attribute, Kind, Namespace, OwnName, TextOf
from xmppwire.stanza import Iq, Message, Presence, Stanza
from xmppwire.xml import Element

Strategy = st.SearchStrategy[Any]

_FOREIGN = Element(("urn:example:odd", "odd"), {"a": "b"}, ["text"])
_ANY = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\x85<&>'\"]", max_codepoint=0x10FFFD),
    max_size=12,
).map(lambda text: text.replace("\ufffe", "").replace("\uffff", ""))
_WORDS = st.sampled_from(["a", "romeo", "x", "test", "en", "abc"])
_STANZAS: list[Stanza] = [
    Message("juliet@capulet.lit", "hi", type="chat"),
    Presence("romeo@montague.lit/orchard", sender="juliet@capulet.lit"),
    Iq("result", "juliet@capulet.lit", id="1"),
]
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30))])
_MOMENTS: dict[str, Any] = {"min_value": datetime(2, 1, 1), "max_value": datetime(9998, 12, 31)}

_WILD: dict[int, Strategy] = {
    id(Text): _ANY,
    id(Token): _ANY.map(lambda text: " ".join(text.split())),
    id(Bool): st.booleans(),
    id(Float): st.floats(allow_nan=False, allow_infinity=False),
    id(Jid): st.sampled_from([JID("a@b"), JID("x.lit"), JID("romeo@montague.lit/orch ard"), JID("é@ü.lit/<&>'")]),
    id(DateTime): st.datetimes(**_MOMENTS, timezones=_ZONES),
    id(Date): st.dates(),
    id(Time): st.times(timezones=st.none() | _ZONES),
    id(Offset): _ZONES,
    id(Base64): st.binary(max_size=8),
    id(Base64Lines): st.binary(max_size=8),
    id(Hex): st.binary(max_size=8),
    id(Language): st.sampled_from(["", "en", "de-CH", "x-klingon"]),
    id(URI): st.sampled_from(["xmpp:a@b?join", "http://example.com/é?a=b&c='d'", "urn:xmpp:ping"]),
}
_TAME: dict[int, Strategy] = {
    id(Text): _WORDS,
    id(Token): _WORDS,
    id(Float): st.integers(0, 200).map(lambda n: n / 4),
    id(Jid): st.sampled_from([JID("juliet@capulet.lit"), JID("romeo@montague.lit/orchard")]),
    id(DateTime): st.sampled_from(
        [datetime(2002, 9, 10, 23, 8, 25, tzinfo=UTC), datetime(1969, 7, 21, 2, 56, 15, 500000, UTC)]
    ),
    id(Date): st.just(date(1969, 7, 21)),
    id(Time): st.just(time(16, 0, tzinfo=UTC)),
    id(Offset): st.just(timezone(-timedelta(hours=6))),
    id(Base64): st.binary(min_size=1, max_size=8),
    id(Base64Lines): st.binary(min_size=1, max_size=8),
    id(Hex): st.binary(min_size=1, max_size=8),
    id(Language): st.sampled_from(["en", "de-CH"]),
    id(URI): st.sampled_from(["xmpp:a@b?join", "http://example.com/", "urn:xmpp:ping"]),
}
_NUMBERS = sorted(
    {
        *range(-200, 400),
        1000,
        *(sign * 2**power + step for power in range(8, 65) for sign in (1, -1) for step in (-1, 0, 1)),
    }
)
_TEXTS = (
    *("1", "0", "-1", "5", "50", "1.5", "0.5", "a", "abc", "true", "a,b", "1,2", "1-2", "0-5", "1:2", "a:b", "a/b"),
    *("16x16", "100%", "image/png", "sha-1", "ff", "00", "0a", "0A:0B", "#ff0000", "192.0.2.1", "::1", "2001:db8::1"),
    *("a@b", "urn:a", "en", "max", "unbounded", "P1D", "PT5S", "2002-09-10", "2002-09-10T23:08:25Z", "23:08:25"),
    *("20020910T23:08:25", "2002", "--09-10"),
)
"""For codecs that a module brings along: those of these texts that they read."""


def values(codec: Codec[Any], tame: bool) -> Strategy:
    """Values that a codec can write."""
    known = {**_WILD, **_TAME} if tame else _WILD
    if id(codec) in known:
        return known[id(codec)]
    if codec.table is not None:
        members = st.sampled_from(list(codec.table.values()))
        keeps = (
            isinstance(_decoded(codec, "no such member"), str) and _decoded(codec, "no such member") == "no such member"
        )
        return members if tame or not keeps else members | _ANY.filter(lambda text: codec.decode(text) is text)
    if codec.name == "integer":
        possible = [number for number in _NUMBERS if _writes(codec, number)]
        if tame:
            small = [number for number in possible if 1 <= number <= 100] or possible
            return st.sampled_from(small[:20])
        return st.integers(possible[0], possible[-1])
    found = [value for value in (_decoded(codec, text) for text in _TEXTS) if value is not MISSING]
    if not found:
        raise LookupError(
            f"no text of _TEXTS in tests/protocol/strategies.py is one for the codec {codec.name!r}; add one"
        )
    return st.sampled_from(found)


def _decoded(codec: Codec[Any], text: str) -> Any:
    try:
        return codec.decode(text)
    except ValueError:
        return MISSING


def _writes(codec: Codec[Any], number: int) -> bool:
    try:
        codec.encode(number)
    except ValueError:
        return False
    return True


def narrowed(cls: type[Payload]) -> dict[str, Any]:
    """What the exceptions say about instances that the schema takes (`exceptions/README.md` has the words)."""
    found: dict[str, Any] = {}
    for number in numbers_of(sys.modules[cls.__module__]):
        found |= exceptions(number).get("valid", {}).get(cls.__name__, {})
    return found


@cache
def instances(cls: type[Payload], tame: bool = False, namespace: str | None = None, depth: int = 3) -> Strategy:
    """Instances of a class; in one of its namespaces where one is named, and the class knows it."""
    complete(cls)
    known = list(dict.fromkeys(ns for ns, _ in cls.element_names))
    if namespace not in known and len(known) > 1 and not tame:
        return st.one_of([_instances(cls, tame, ns, depth) for ns in known])
    return _instances(cls, tame, namespace if namespace is not None and namespace in known else known[0], depth)


FEW = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def drawn(strategy: Strategy) -> list[Any]:
    """A few values of a strategy, the same ones every time."""
    found: list[Any] = []

    # Three at a time: what Hypothesis does for an example costs more than to draw one.
    @FEW
    @given(st.tuples(strategy, strategy, strategy))
    def collect(three: tuple[Any, Any, Any]) -> None:
        found.extend(three)

    collect()
    return found


@cache
def samples(cls: type[Payload]) -> list[Payload]:
    """A few instances of a class."""
    return drawn(instances(cls, depth=2))


def unnarrowed(cls: type[Payload]) -> Strategy:
    """Tame instances, without what the exceptions say about the class itself."""
    complete(cls)
    return _instances(cls, True, cls.element_names[0][0], 3, rules={})


def _instances(cls: type[Payload], tame: bool, ns: str, depth: int, rules: dict[str, Any] | None = None) -> Strategy:
    rules = rules if rules is not None else narrowed(cls) if tame else {}
    always, never = set(rules.get("always", ())), set(rules.get("never", ()))
    groups: list[tuple[list[str], bool]] = [(group, False) for group in rules.get("one_of", ())]
    groups += [(group, True) for group in rules.get("at_most_one_of", ())]
    for group, _ in groups:
        always |= set(group)
    single, texts = rules.get("single", ()), rules.get("values", {})
    parts: dict[str, Strategy] = {}
    for one in cls.payload_fields:
        if one.field in never:
            continue
        if one.field in texts:
            codec: Codec[Any] = getattr(one, "codec")  # noqa: B009 (only kinds with a codec have texts)
            some = st.sampled_from([codec.decode(text) for text in texts[one.field]])
            if isinstance(one, Values):
                some = st.lists(some, min_size=1, max_size=2)
            elif not isinstance(one, OwnName):
                some = _optional(some, one.default, one.field in always)
        else:
            some = _field(one, cls, tame, ns, depth, one.field in always)
        parts[one.field] = some.map(lambda items: items[:1]) if one.field in single else some
    unknown = (always | never | {*single, *texts}) - {one.field for one in cls.payload_fields}
    assert not unknown, f"{cls.__name__} has no field {unknown} (exceptions, [valid])"
    if not groups:
        return st.fixed_dictionaries(parts).map(lambda fields: cls(**fields))
    picks = st.tuples(*(st.sampled_from([*group, None] if optional else group) for group, optional in groups))

    def build(drawn: tuple[dict[str, Any], tuple[str | None, ...]]) -> Payload:
        fields, picked = drawn
        dropped = {name for (group, _), pick in zip(groups, picked, strict=True) for name in group if name != pick}
        return cls(**{name: value for name, value in fields.items() if name not in dropped})

    return st.tuples(st.fixed_dictionaries(parts), picks).map(build)


def _field(one: Kind, cls: type[Payload], tame: bool, ns: str, depth: int, given: bool) -> Strategy:
    """Values of one field; `given` leaves out what stands for nothing. Tame lists have something in them: no class can say
    that they must."""
    size: dict[str, Any] = {"min_size": int(given or tame), "max_size": 2}
    if isinstance(one, Namespace):
        return st.just(ns)
    if isinstance(one, OwnName):
        locals_ = [local for space, local in cls.element_names if space == ns]
        return st.sampled_from([one.codec.decode(local) for local in locals_])
    if isinstance(one, TextOf):
        # Empty text is no text, and so the default.
        some = values(one.codec, tame)
        if one.default is not MISSING:
            some = some.filter(lambda value: one.codec.encode(value) != "")
        return some if given or one.default is MISSING else st.just(one.default) | some
    if isinstance(one, Flag):
        return st.just(True) if given else st.booleans()
    if isinstance(one, Wrapped):
        return _many(one.inner, one.wrapper, tame, ns, depth, size)
    if isinstance(one, (Values, Children)):
        return _many(one, cls, tame, ns, depth, size)
    if isinstance(one, LanguageMap):
        text = _WORDS if tame else _ANY
        return st.dictionaries(st.sampled_from(["", "en", "de"]), text, **size)
    if isinstance(one, Content):
        whole = [[], ["text"], [_FOREIGN], ["a", _FOREIGN, " b"], [" "]]
        return st.sampled_from(whole[1:2] if tame else whole)
    if isinstance(one, Rest):
        return st.just([]) if tame and not given else st.lists(st.just(_FOREIGN), **size)
    if isinstance(one, OpenChildren):
        return st.just([]) if tame and not given else st.lists(_open(cls, tame), **size)
    if isinstance(one, OpenChild):
        return _optional(_open(cls, tame), one.default if not tame or one.default is MISSING else _NOTHING, given)
    if isinstance(one, Tag):
        return _optional(_tags(one, cls, tame, ns), one.default, given)
    if isinstance(one, (Attribute, Value)):
        return _optional(values(one.codec, tame), one.default, given)
    assert isinstance(one, Child), f"no strategy for {type(one).__name__}"
    if depth <= 0 and one.default is not MISSING and not given:
        return st.just(one.default)
    return _optional(_child(one, tame, ns, depth), one.default, given)


class _Nothing:
    """Marks a field that tame instances leave out."""


_NOTHING = _Nothing()


def _optional(some: Strategy, default: Any, given: bool) -> Strategy:
    if default is _NOTHING and not given:
        return st.none()
    return some if given or default is MISSING or default is _NOTHING else st.just(default) | some


def _many(one: Kind, cls: type[Payload], tame: bool, ns: str, depth: int, size: dict[str, Any]) -> Strategy:
    if isinstance(one, Children):
        return st.just([]) if depth <= 0 else st.lists(_child(one, tame, ns, depth), **size)
    assert isinstance(one, Values)
    return st.lists(values(one.codec, tame), **size)


def _child(one: Child, tame: bool, ns: str, depth: int) -> Strategy:
    options: list[Strategy] = []
    for cls in one.classes:
        if issubclass(cls, Payload):
            options.append(st.deferred(lambda cls=cls: instances(cls, tame, ns, depth - 1)))
        else:
            options.append(st.sampled_from([stanza for stanza in _STANZAS if isinstance(stanza, cls)]))
    return st.one_of(options)


def _open(cls: type[Payload], tame: bool) -> Strategy:
    from xmppwire.protocol.ping import Ping

    return (
        st.just(_FOREIGN) if tame or cls.element_names[0][0] == "urn:xmpp:ping" else st.sampled_from([_FOREIGN, Ping()])
    )


def _tags(one: Tag, cls: type[Payload], tame: bool, ns: str) -> Strategy:
    """Names that no other field of the class takes."""
    taken: set[str] = set()
    for other in cls.payload_fields:
        if isinstance(other, (Value, Flag, LanguageMap)):
            taken.add(other.label(other.name))
        elif isinstance(other, Wrapped):
            taken.add(other.wrapper.element_names[0][1])
        elif isinstance(other, Child):
            taken |= {local for inner in other.classes for _, local in inner.element_names}
    names = _WORDS if tame or one.codec.table is None else values(one.codec, True)
    if one.codec.table is not None:
        names = values(one.codec, True)
    return names.filter(lambda value: one.codec.encode(value) not in taken)
