"""What others can do, by the hashes in their presence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ...jid import JID
from ...operation import IqError, Operation, OperationTimeout, request
from ...payload import Payload, PayloadError
from ...protocol import caps, caps2
from ...protocol.caps import Caps
from ...protocol.caps2 import Caps2
from ...protocol.disco import DiscoInfo
from ...protocol.hashes import PREFERENCE, Hash, HashAlgorithm, strongest
from ...stanza import Iq, Presence, PresenceType
from ...stream.events import Established
from ...xml import XML_LANG, Element, StreamReader, StreamStart, XMLError, XMLLimits, write_element

ENTRY = 16_384
"""Longer info is not kept, in bytes."""
NAME = 1024
"""Longer names of nodes and longer hashes are not looked at, in characters."""
TRUSTED = frozenset((HashAlgorithm.SHA_1, *PREFERENCE))
"""The hash functions that prove anything. SHA-1 is the one that XEP-0115 demands."""

P = TypeVar("P", bound=Payload)


class CapsStore(Protocol):
    """Where verified info is kept for longer, by keys that say the hash. A dict will do, and so will `shelve` or `dbm`.

    What it gives is verified again, so that nothing depends on who else can write there. It may forget at any time.
    """

    def get(self, key: str, /) -> bytes | None:
        """What was stored last under this key, or None."""
        ...

    def __setitem__(self, key: str, value: bytes, /) -> None:
        """Store a value of at most ENTRY bytes."""
        ...


@dataclass(slots=True)
class _Claim:
    """What somebody's presence says, and what is known of it. `info` is what they told of themselves and no hash proves."""

    caps: Caps | None
    hash: Hash | None
    info: DiscoInfo | None = None
    asked: bool = False

    @property
    def node(self) -> str | None:
        """What to ask disco#info for. The form before XEP-0115 1.4 has a part of the features only in each of its nodes."""
        if self.hash is not None:
            return caps2.hash_node(self.hash)
        return None if self.caps is None or self.caps.hash is None else self.caps.disco_node

    @property
    def keys(self) -> tuple[str, ...]:
        """By which verified info is found, the stronger first."""
        new = () if self.hash is None else (caps2.hash_node(self.hash),)
        if self.caps is None or self.caps.hash not in TRUSTED:
            return new
        return (*new, f"{caps.NAMESPACE}#{self.caps.hash}.{self.caps.ver}")

    def proven(self, key: str, info: DiscoInfo, language: str = "") -> DiscoInfo | None:
        """What of `info` the hash behind the key speaks for; None where it is the hash of something else."""
        if self.hash is not None and key == caps2.hash_node(self.hash):
            if not caps2.verify(self.hash, info, language):
                return None
            spoken = [one.replace(lang=language) if one.lang is None else one for one in info.identities]
            return info.replace(node=None, identities=spoken)
        if self.caps is None or not caps.verify(self.caps, info):
            return None
        return caps.hashed_info(info).replace(node=None)


class CapsCache:
    """What those are and can do whose presence was seen. Verified info is shared by all with the same hash, and kept in `store`
    if there is one; at most `entries` of it here, as much that nothing proves, and the claims of at most `people` addresses:
    the oldest go first.
    """

    def __init__(self, store: CapsStore | None = None, *, entries: int = 500, people: int = 5000) -> None:
        self._store = store
        self._entries = entries
        self._people = people
        self._claims: dict[JID, _Claim] = {}
        self._known: dict[str, DiscoInfo] = {}
        self._unproven: dict[JID, _Claim] = {}
        """The claims of those whose info is kept though no hash proves it."""
        self._asking: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many addresses made a claim."""
        return len(self._claims)

    # --- what is seen -----------------------------------------------------------------------------------------------

    def feed(self, event: object, own: JID) -> JID | None:
        """Take an event of the client with the full JID `own`. The sender of a presence (or the server, for a new stream) with
        capabilities that are not known: `fetch` them. None too while another with the same hash is being asked (`wanted`)."""
        if isinstance(event, Established):
            self.clear()  # those who are still there tell it again
            features = Presence(payloads=event.features)  # the server says it among them (XEP-0115 section 6.3)
            return self.announce(event.jid.domain, _read(features, Caps), _read(features, Caps2))
        if not isinstance(event, Presence) or event.sender is None or event.sender == own:
            return None
        if event.type is PresenceType.UNAVAILABLE:
            self.forget(event.sender)
        if event.type is not None:
            return None
        return self.announce(event.sender, _read(event, Caps), _read(event, Caps2))

    def announce(self, jid: JID, old: Caps | None, new: Caps2 | None) -> JID | None:
        """Take what somebody announced, in presence or otherwise. The result is that of `feed`. Without either of them nothing
        changes, since servers leave out what they have sent (XEP-0115 section 8.4)."""
        claim = _Claim(_bounded(old), None if new is None else strongest(one for one in new.hashes if _fits(one)))
        if claim.caps is None and claim.hash is None:
            return None
        before = self._claims.pop(jid, None)
        if before is not None and (before.caps, before.hash) == (claim.caps, claim.hash):
            claim = before
        self._claims[jid] = claim
        while len(self._claims) > self._people:
            del self._claims[next(iter(self._claims))]
        return jid if self._is_wanted(claim) and not self._is_asked_for(claim) else None

    def forget(self, jid: JID) -> None:
        """Somebody is gone, or announces nothing any more."""
        self._claims.pop(jid, None)
        self._unproven.pop(jid, None)

    def clear(self) -> None:
        """Forget who announced what, as at the beginning of a new stream. What is verified stays."""
        self._claims.clear()
        self._unproven.clear()

    # --- what is known ----------------------------------------------------------------------------------------------

    def info(self, jid: JID) -> DiscoInfo | None:
        """What somebody is and can do, as far as it is known; not to be changed. Unless `is_verified`, nobody but they says
        so."""
        claim = self._claims.get(jid)
        return None if claim is None else self._verified(claim) or claim.info

    def is_verified(self, jid: JID) -> bool:
        """Whether a hash proves what is known of somebody."""
        claim = self._claims.get(jid)
        return claim is not None and self._verified(claim) is not None

    def supports(self, jid: JID, feature: str) -> bool | None:
        """Whether somebody announces a feature; None where that is not known."""
        info = self.info(jid)
        return None if info is None else feature in info.features

    def wanted(self) -> list[JID]:
        """Whom to ask: one for each hash that is not known, without those who were asked in vain and those who are being asked.

        Where one with a hash gave a wrong answer, that is the next one with the same hash (XEP-0115 section 5.4).
        """
        found: dict[str, JID] = {}
        for jid, claim in self._claims.items():
            if self._is_wanted(claim) and not self._is_asked_for(claim):
                found.setdefault(claim.keys[0] if claim.keys else str(jid), jid)
        return list(found.values())

    # --- asking -----------------------------------------------------------------------------------------------------

    def fetch(self, jid: JID, timeout: float | None = None) -> Operation[DiscoInfo]:
        """What `jid` is and can do: asked, unless it is known, and verified (XEP-0115 section 5.4, XEP-0390 section 4.4).

        An answer that is not verified holds for `jid` alone, until it announces something else; one of more than ENTRY bytes is
        not kept at all. Raises what `request` raises; who gave no answer, or an error, is not `wanted` again. Of somebody who
        announced nothing no answer is kept.
        """
        claim = self._claims.get(jid) or _Claim(None, None)
        known = self._verified(claim) or claim.info
        if known is not None:
            return known
        keys = claim.keys
        self._asking.update(keys)
        try:
            reply = yield from request(Iq("get", jid, payload=DiscoInfo(node=claim.node)), timeout)
            info = reply.get(DiscoInfo) or DiscoInfo()
        except (IqError, OperationTimeout, PayloadError):
            claim.asked = True
            raise
        finally:
            self._asking.subtract(keys)
            self._asking = +self._asking
        short = len(_write(info)) <= ENTRY
        for key in keys if short else ():
            proven = claim.proven(key, info, _language(reply))
            if proven is not None:
                self._learn(key, proven)
                if self._store is not None:
                    self._store[key] = _write(proven)
                return proven
        claim.asked = True
        if short and self._claims.get(jid) is claim:
            self._keep(jid, claim, info)
        return info

    def _is_wanted(self, claim: _Claim) -> bool:
        return not claim.asked and self._verified(claim) is None

    def _is_asked_for(self, claim: _Claim) -> bool:
        """Whether somebody with the same hash is being asked."""
        return any(self._asking[key] for key in claim.keys)

    def _verified(self, claim: _Claim) -> DiscoInfo | None:
        """What is known by the hashes of a claim."""
        for key in claim.keys:
            info = self._known.pop(key, None)
            if info is None and self._store is not None and (stored := self._store.get(key)) is not None:
                info = _stored(claim, key, stored)
            if info is not None:
                self._learn(key, info)
                return info
        return None

    def _keep(self, jid: JID, claim: _Claim, info: DiscoInfo) -> None:
        """Keep what somebody told, and no hash proves."""
        claim.info = info
        self._unproven.pop(jid, None)
        self._unproven[jid] = claim
        while len(self._unproven) > self._entries:
            self._unproven.pop(next(iter(self._unproven))).info = None

    def _learn(self, key: str, info: DiscoInfo) -> None:
        self._known[key] = info
        while len(self._known) > self._entries:
            del self._known[next(iter(self._known))]


def _read(presence: Presence, kind: type[P]) -> P | None:
    """A payload, unless it is none that can be read."""
    try:
        return presence.get(kind)
    except PayloadError:
        return None


def _fits(one: Hash) -> bool:
    return len(one.digest) <= NAME


def _bounded(old: Caps | None) -> Caps | None:
    """What of the element is looked at, if it is not too long."""
    if old is None or len(old.node) + len(old.ver) + len(old.hash or "") > NAME:
        return None
    return Caps(node=old.node, ver=old.ver, hash=old.hash)


def _language(reply: Iq) -> str:
    """The language that the identities of an answer inherit."""
    query = reply.find(DiscoInfo.element_names[0])
    own = None if query is None else query.get(XML_LANG)
    return own if own is not None else reply.effective_lang or ""


def _write(info: DiscoInfo) -> bytes:
    return write_element(info.to_element()).encode()


def _stored(claim: _Claim, key: str, stored: bytes) -> DiscoInfo | None:
    """What a store gave, if it is what was put there."""
    if len(stored) > ENTRY:
        return None
    reader = StreamReader(XMLLimits())
    try:
        reader.feed(b"<entry>" + stored)
        if not isinstance(reader.next(), StreamStart) or not isinstance(element := reader.next(), Element):
            return None
        return claim.proven(key, DiscoInfo.from_element(element))
    except (XMLError, PayloadError):
        return None
