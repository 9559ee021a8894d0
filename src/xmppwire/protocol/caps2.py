"""Entity Capabilities 2.0 (XEP-0390): hashes of what disco#info would say, in presence; and nothing can be hidden in
them.

The successor of XEP-0115 (`xmppwire.protocol.caps`) puts characters between the parts that XML does not allow in any of
them, and covers the whole answer. `hash_set` makes the hashes of one's own answer; who receives some picks one
(`strongest` in `xmppwire.protocol.hashes`), asks for its `hash_node`, and keeps the answer for everybody with the same
hash, if `verify` says that it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from xmppwire.payload import Base64, Payload, field
from xmppwire.protocol.caps import IllFormedError, check_hashed_form
from xmppwire.protocol.data_forms import FORM_TYPE, DataForm, FieldType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.hashes import ALGORITHMS, Hash, HashAlgorithm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:caps"
OPTIMIZE_FEATURE = "urn:xmpp:caps:optimize"
"""A server that announces it may strip presence of hashes that it sent before (section 5.3)."""
GRATUITOUS_FEATURE = "urn:xmpp:caps:gratuitous"
"""A server that announces it takes hashes in an IQ set, before initial presence (section 5.6)."""
NODE_PREFIX = "urn:xmpp:caps#"

STANDARD = Standard(
    "XEP-0390",
    "Entity Capabilities 2.0",
    Status.DEFERRED,
    "0.3.2",
    namespaces=(NAMESPACE, OPTIMIZE_FEATURE, GRATUITOUS_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)

_SEPARATORS = re.compile("[\x1c-\x1f]")


class Caps2(Payload, ns=NAMESPACE, name="c"):
    """Hashes of the same answer to disco#info by several functions: a Capability Hash Set."""

    hashes: list[Hash] = field.children()


def hash_input(info: DiscoInfo, language: str = "") -> bytes:
    """What is hashed (section 4.1). `language` is the `xml:lang` that identities without one inherit (from the query,
    the stanza or the stream).

    Raises `IllFormedError` for an answer that is not to be hashed.
    """
    if info.extensions or info.unknown_children:
        raise IllFormedError("an element that is not covered")
    features = sorted(map(_unit, info.features))
    identities = sorted(
        "".join(map(_unit, (one.category, one.type, language if one.lang is None else one.lang, one.name or "")))
        + "\x1e"
        for one in info.identities
    )
    forms = sorted(map(_form, info.forms))
    return "".join([*features, "\x1c", *identities, "\x1c", *forms, "\x1c"]).encode("utf-8")


def hash_set(
    info: DiscoInfo, language: str = "", algorithms: Iterable[str] = (HashAlgorithm.SHA_256, HashAlgorithm.SHA3_256)
) -> Caps2:
    """The hashes of an answer to disco#info, to be put into presence (section 4.2).

    Raises `IllFormedError`, and ValueError for a hash function that is not in `xmppwire.protocol.hashes.ALGORITHMS`.
    """
    data = hash_input(info, language)
    return Caps2(hashes=[Hash.of(data, algorithm) for algorithm in algorithms])


def hash_node(one: Hash) -> str:
    """The node to ask disco#info for (section 4.3)."""
    return f"{NODE_PREFIX}{one.algo}.{Base64.encode(one.digest)}"


def parse_hash_node(node: str) -> Hash:
    """The hash that a node was made of (section 4.3). Raises ValueError for any other node."""
    algorithm, dot, digest = node.removeprefix(NODE_PREFIX).rpartition(".")
    if not node.startswith(NODE_PREFIX) or not dot or not algorithm:
        raise ValueError(f"not a capability hash node: {node[:80]!r}")
    return Hash(algo=algorithm, digest=Base64.decode(digest))


def verify(one: Hash, info: DiscoInfo, language: str = "") -> bool:
    """Whether `info` is what the hash was made of (section 4.4). False too for an answer that is not to be hashed, and
    for a hash function unknown here. `language` is the one that the answer inherits, see `hash_input`.
    """
    try:
        return one.algo in ALGORITHMS and one.matches(hash_input(info, language))
    except IllFormedError:
        return False


def _unit(text: str) -> str:
    if _SEPARATORS.search(text):
        raise IllFormedError(f"a separator in {text[:40]!r}")  # not from XML, but DiscoInfo may be made by anybody
    return text + "\x1f"


def _form(form: DataForm) -> str:
    """A form as it is hashed; it must have a FORM_TYPE, hidden, with one value (XEP-0068)."""
    check_hashed_form(form)
    kind = form.get_field(FORM_TYPE)
    if kind is None or kind.type != FieldType.HIDDEN or len(kind.values) != 1:
        raise IllFormedError("a form without one hidden FORM_TYPE")
    fields = (_unit(one.var or "") + "".join(sorted(map(_unit, one.values))) + "\x1e" for one in form.fields)
    return "".join(sorted(fields)) + "\x1d"
