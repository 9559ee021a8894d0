"""Entity Capabilities (XEP-0115): presence carries a hash of what disco#info would say, so that it is asked for once.

`verification_string` makes the hash of one's own answer. Who receives one asks once for the node `caps.disco_node`, and
keeps the answer for everybody with the same hash, if `verify` says that it fits.

The hash is of strings joined by `<`, which others can arrange anew: what is a feature here may be a field of a form
there. So an answer is refused here wherever the standard or plain ambiguity gives a reason to (`IllFormedError`): the
same thing twice, a `<` in anything, a slash in what stands before a slash, a part of a form that the hash leaves out.
What the hash does not speak for at all is dropped by `hashed_info`, and only its result may be kept for others.
Regroupings that keep the order remain possible; XEP-0390 (`xmppwire.protocol.caps2`) has not that fault.
"""

from __future__ import annotations

import base64
from collections.abc import Hashable, Iterable

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import FORM_TYPE, DataForm, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.hashes import ALGORITHMS
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/caps"
OPTIMIZE_FEATURE = "http://jabber.org/protocol/caps#optimize"
"""A server that announces it may strip presence of capabilities that it sent before (section 8.4)."""

STANDARD = Standard(
    "XEP-0115",
    "Entity Capabilities",
    Status.STABLE,
    "1.6.0",
    namespaces=(NAMESPACE, OPTIMIZE_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Caps(Payload, ns=NAMESPACE, name="c"):
    """A verification string for what disco#info would say. `node` names the software; `hash` the algorithm.

    The form before version 1.4 has no `hash`, a version of the software as `ver`, and bundles of features in `ext`.
    """

    node: str = field.attribute()
    ver: str = field.attribute()
    hash: str | None = field.attribute(default=None)
    ext: str | None = field.attribute(default=None)

    @property
    def disco_node(self) -> str:
        """The node to ask disco#info for (section 6.2)."""
        return f"{self.node}#{self.ver}"


class IllFormedError(ValueError):
    """An answer to disco#info that no hash may be made of."""


def hashed_info(info: DiscoInfo) -> DiscoInfo:
    """A copy with only what the hash speaks for: no forms without a hidden FORM_TYPE, no foreign elements.

    Raises `IllFormedError` for what section 5.4 calls ill-formed, and for what could be read in two ways.
    """
    identities = [(one.category, one.type, one.lang or "", one.name or "") for one in info.identities]
    if not identities:
        raise IllFormedError("no identity")
    _unique("identity", identities)
    _unique("feature", info.features)
    for category, kind, lang, name in identities:
        _plain("identity", (category, kind, lang), "/<")
        _plain("identity", (name,), "<")
    _plain("feature", info.features, "<")
    types = [(form, _form_type(form)) for form in info.forms]
    _unique("FORM_TYPE", [one.values[0] for _, one in types if one is not None])
    forms = [form for form, one in types if one is not None and one.type == FieldType.HIDDEN]
    for form in forms:
        check_hashed_form(form)
        for one in form.fields:
            _plain("field", [one.var or "", *one.values], "<")
    return DiscoInfo(node=info.node, identities=info.identities, features=info.features, forms=forms)


def check_hashed_form(form: DataForm) -> None:
    """Raise `IllFormedError` for a form that has more than a hash of its fields can speak for."""
    if form.reported is not None or form.items:
        raise IllFormedError("a form with a table")
    if any(not one.var for one in form.fields):
        raise IllFormedError("a field without a name")
    _unique("field", [one.var for one in form.fields])


def verification_input(info: DiscoInfo) -> str:
    """What is hashed (section 5.1). Raises `IllFormedError`, see `hashed_info`."""
    info = hashed_info(info)
    # Code points sort as their UTF-8 octets do.
    identities = sorted((one.category, one.type, one.lang or "", one.name or "") for one in info.identities)
    parts = list(map("/".join, identities))
    parts += sorted(info.features)
    for form_type, form in sorted((form[FORM_TYPE], form.fields) for form in info.forms):
        parts.append(form_type)
        for var, values in sorted((one.var or "", one.values) for one in form):
            if var != FORM_TYPE:
                parts += [var, *sorted(values)]
    return "".join(f"{part}<" for part in parts)


def verification_string(info: DiscoInfo, algorithm: str = "sha-1") -> str:
    """The value of `ver` for an answer to disco#info (section 5.1).

    Raises `IllFormedError`, and ValueError for a hash function that is not in `xmppwire.protocol.hashes.ALGORITHMS`.
    """
    function = ALGORITHMS.get(algorithm)
    if function is None:
        raise ValueError(f"no such hash function here: {algorithm[:40]!r}")
    return base64.b64encode(function(verification_input(info).encode("utf-8")).digest()).decode("ascii")


def verify(caps: Caps, info: DiscoInfo) -> bool:
    """Whether `info` is what the hash was made of (section 5.4). False too for an ill-formed answer, for a hash
    function unknown here and for the form before version 1.4: such an answer holds for the entity that gave it, and
    nobody else.
    """
    if caps.hash is None or caps.hash not in ALGORITHMS:
        return False
    try:
        return verification_string(info, caps.hash) == caps.ver
    except IllFormedError:
        return False


def _form_type(form: DataForm) -> Field | None:
    """The FORM_TYPE, or None where it has no value; raises `IllFormedError` for several that differ."""
    one = form.get_field(FORM_TYPE)
    if one is not None and len(set(one.values)) > 1:
        raise IllFormedError("a FORM_TYPE with several values")
    return one if one is not None and one.values else None


def _unique(what: str, values: Iterable[Hashable]) -> None:
    values = list(values)
    if len(set(values)) < len(values):
        raise IllFormedError(f"{what} occurs twice")


def _plain(what: str, texts: Iterable[str], without: str) -> None:
    for text in texts:
        if any(char in text for char in without):
            raise IllFormedError(f"{what} with a separator in it: {text[:40]!r}")
