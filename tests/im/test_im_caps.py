"""Entity capabilities (XEP-0115, XEP-0390): what others claim, what hashes prove, and what liars gain by it: nothing."""

from __future__ import annotations

import base64
import hashlib
import shelve
from pathlib import Path

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.caps import CapsCache
from xmppwire.im.caps.cache import ENTRY
from xmppwire.jid import JID
from xmppwire.operation import IqError, OperationTimeout
from xmppwire.payload import Payload, PayloadError
from xmppwire.protocol import caps, caps2
from xmppwire.protocol.caps import Caps, verification_string
from xmppwire.protocol.caps2 import Caps2, hash_node, hash_set
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.hashes import Hash
from xmppwire.session import Running
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream.events import Established
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
PARIS = JID("paris@verona.lit/hall")
TYBALT = JID("tybalt@capulet.lit/yard")
NODE = "https://balcony.example"
RECEIPTS = "urn:xmpp:receipts"
PC = Identity(category="client", type="pc", name="Balcony", lang="en")
INFO = DiscoInfo(identities=[PC], features=["a", RECEIPTS])
LIE = INFO.replace(features=["a"])


def old(info: DiscoInfo = INFO, algorithm: str = "sha-1") -> Caps:
    return Caps(node=NODE, ver=verification_string(info, algorithm), hash=algorithm)


def new(info: DiscoInfo = INFO, *algorithms: str) -> Caps2:
    return hash_set(info, "", algorithms or ("sha-256", "sha3-256"))


def presence(sender: JID | None, *payloads: Payload | Element, type: str | None = None) -> Presence:
    return Presence(JULIET, sender=sender, payloads=payloads, type=type)


def fetch(play: Play, cache: CapsCache, jid: JID, info: DiscoInfo | None = None) -> tuple[Running[DiscoInfo], Iq]:
    running = play.run(cache.fetch(jid))
    iq = play.asked()
    if info is not None:
        play.say(iq.result(info))
    return running, iq


def teach(play: Play, cache: CapsCache, jid: JID, info: DiscoInfo, *payloads: Payload) -> DiscoInfo:
    assert cache.feed(presence(jid, *payloads), JULIET) == jid
    running, _ = fetch(play, cache, jid, info)
    result: DiscoInfo = running.result()
    return result


@pytest.mark.spec("XEP-0115", "5.4", "6.2")
@pytest.mark.spec("XEP-0390", "4.3", "4.4", "5.5", "6.2.1")
@pytest.mark.parametrize(
    ("payload", "node"),
    [
        (old(), f"{NODE}#{verification_string(INFO)}"),
        (old(algorithm="sha-256"), f"{NODE}#{verification_string(INFO, 'sha-256')}"),
        (new(), hash_node(new().hashes[1])),
        (new(INFO, "sha-256"), hash_node(new().hashes[0])),
    ],
)
def test_who_has_the_same_hash_is_asked_once(payload: Payload, node: str) -> None:
    play, cache = Play(), CapsCache()
    assert cache.feed(presence(ROMEO, payload), JULIET) == ROMEO
    assert (cache.info(ROMEO), cache.supports(ROMEO, "a")) == (None, None)
    running, iq = fetch(play, cache, ROMEO, INFO)
    assert (iq.to, iq.get(DiscoInfo)) == (ROMEO, DiscoInfo(node=node))
    assert running.result() == INFO
    assert cache.feed(presence(ROMEO, payload), JULIET) is None
    assert cache.feed(presence(PARIS, payload), JULIET) is None
    assert cache.wanted() == []
    for jid in (ROMEO, PARIS):
        assert cache.info(jid) == INFO
        assert cache.is_verified(jid)
        assert cache.supports(jid, RECEIPTS) is True
        assert cache.supports(jid, "urn:xmpp:other") is False
        known = play.run(cache.fetch(jid))
        assert known.result() == INFO
    assert play.server.take() == []


@pytest.mark.spec("XEP-0115", "5.4", "9.3")
@pytest.mark.parametrize("payloads", [(old(),), (new(),), (old(), new())])
def test_cve_caps_poisoning_a_wrong_answer_holds_for_nobody_else(payloads: tuple[Payload, ...]) -> None:
    play, cache = Play(), CapsCache()
    store: dict[str, bytes] = {}
    cache = CapsCache(store)
    assert teach(play, cache, TYBALT, LIE, *payloads) == LIE
    assert store == {}
    assert cache.info(TYBALT) == LIE
    assert not cache.is_verified(TYBALT)
    assert cache.wanted() == []
    # The next one with the same hash is asked, and believed only because the hash is right.
    assert cache.feed(presence(ROMEO, *payloads), JULIET) == ROMEO
    assert cache.info(ROMEO) is None
    running, _ = fetch(play, cache, ROMEO, INFO)
    assert running.result() == INFO
    assert cache.is_verified(ROMEO)
    assert cache.info(TYBALT) == INFO  # it is what the hash says that was announced
    assert len(store) == 1


FORM_TYPE = Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["urn:x"])


def form(*fields: Field) -> DataForm:
    return DataForm(type=DataFormType.RESULT, fields=list(fields))


ILL_FORMED = [
    INFO.replace(identities=INFO.identities * 2),
    INFO.replace(features=["a", "a", RECEIPTS]),
    INFO.replace(forms=[form(FORM_TYPE)] * 2),
    INFO.replace(forms=[form(FORM_TYPE.replace(values=["urn:x", "urn:y"]))]),
]


def naive(info: DiscoInfo) -> str:
    """The hash that somebody computes who does not look whether the answer is well-formed (XEP-0115 section 5.1)."""
    parts = sorted(f"{one.category}/{one.type}/{one.lang or ''}/{one.name or ''}" for one in info.identities)
    parts += sorted(info.features)
    for one in sorted(info.forms, key=lambda one: one["FORM_TYPE"]):
        parts += one.values("FORM_TYPE")
        for field in sorted(
            (field for field in one.fields if field.var != "FORM_TYPE"), key=lambda field: field.var or ""
        ):
            parts += [field.var or "", *sorted(field.values)]
    return base64.b64encode(hashlib.sha1("".join(f"{part}<" for part in parts).encode()).digest()).decode()


def test_the_naive_hash_is_the_right_one_for_what_is_well_formed() -> None:
    info = INFO.replace(forms=[form(FORM_TYPE, Field(var="os", values=["b", "a"]))])
    assert naive(info) == verification_string(info)


@pytest.mark.spec("XEP-0115", "5.4")
@pytest.mark.parametrize("info", ILL_FORMED)
def test_an_ill_formed_answer_is_not_shared_though_its_hash_fits(info: DiscoInfo) -> None:
    play, cache = Play(), CapsCache()
    payload = Caps(node=NODE, ver=naive(info), hash="sha-1")
    assert teach(play, cache, TYBALT, info, payload) == info
    assert not cache.is_verified(TYBALT)
    assert cache.feed(presence(ROMEO, payload), JULIET) == ROMEO


@pytest.mark.spec("XEP-0115", "5.4")
@pytest.mark.parametrize(
    "hidden", [form(FORM_TYPE.replace(type=None), Field(var="x", values=["y"])), form(Field(var="x", values=["y"]))]
)
def test_forms_that_no_hash_speaks_for_are_not_shared(hidden: DataForm) -> None:
    play, cache = Play(), CapsCache()
    assert teach(play, cache, TYBALT, INFO.replace(forms=[hidden]), old()) == INFO
    assert cache.feed(presence(ROMEO, old()), JULIET) is None
    assert cache.info(ROMEO) == INFO


@pytest.mark.spec("XEP-0115", "5.4", "13")
@pytest.mark.parametrize(
    ("payload", "node"),
    [
        (Caps(node=NODE, ver="1.0", ext="voice video"), None),
        (Caps(node=NODE, ver="abc", hash="whirlpool"), f"{NODE}#abc"),
        (Caps(node=NODE, ver=naive(INFO), hash="md5"), f"{NODE}#{naive(INFO)}"),
    ],
)
def test_what_no_hash_can_prove_holds_for_one_address(payload: Caps, node: str | None) -> None:
    play, cache = Play(), CapsCache()
    assert cache.feed(presence(ROMEO, payload), JULIET) == ROMEO
    running, iq = fetch(play, cache, ROMEO, INFO)
    assert iq.get(DiscoInfo) == DiscoInfo(node=node)
    assert running.result() == INFO
    assert cache.feed(presence(ROMEO, payload), JULIET) is None
    assert cache.supports(ROMEO, RECEIPTS) is True
    assert not cache.is_verified(ROMEO)
    assert cache.feed(presence(PARIS, payload), JULIET) == PARIS
    assert cache.wanted() == [PARIS]


def test_md5_proves_nothing() -> None:
    play, cache = Play(), CapsCache()
    payload = Caps(node=NODE, ver=verification_string(INFO, "md5"), hash="md5")
    assert teach(play, cache, ROMEO, INFO, payload) == INFO
    assert not cache.is_verified(ROMEO)
    assert cache.feed(presence(PARIS, payload), JULIET) == PARIS


@pytest.mark.spec("XEP-0390", "4.4", "6.2.1")
def test_the_new_hash_is_asked_for_and_the_old_one_will_do() -> None:
    play, cache = Play(), CapsCache()
    wrong = new(LIE)
    assert cache.feed(presence(ROMEO, old(), wrong), JULIET) == ROMEO
    running, iq = fetch(play, cache, ROMEO, INFO)
    assert iq.get(DiscoInfo) == DiscoInfo(node=hash_node(wrong.hashes[1]))
    assert running.result() == INFO
    assert cache.is_verified(ROMEO)
    assert cache.feed(presence(PARIS, old()), JULIET) is None
    assert cache.feed(presence(TYBALT, wrong), JULIET) == TYBALT


@pytest.mark.spec("XEP-0390", "4.1", "6.2.1", "7.1")
@pytest.mark.parametrize("where", ["stanza", "query", "nowhere"])
def test_the_language_that_names_inherit_is_kept_with_them(where: str) -> None:
    play = Play()  # whose stream is English
    bare = INFO.replace(identities=[PC.replace(lang=None)])
    store: dict[str, bytes] = {}
    cache = CapsCache(store)
    language = "en" if where == "nowhere" else "it"
    payload = hash_set(bare, language, ["sha-256"])
    assert cache.feed(presence(ROMEO, payload), JULIET) == ROMEO
    running = play.run(cache.fetch(ROMEO))
    reply = play.asked().result(bare)
    if where == "stanza":
        reply = reply.replace(lang="it")
    elif where == "query":
        element = bare.to_element()
        element.attributes["{http://www.w3.org/XML/1998/namespace}lang"] = "it"
        reply = reply.replace(children=[element])
    play.say(reply)
    assert [one.lang for one in running.result().identities] == [language]
    assert cache.is_verified(ROMEO)
    other = CapsCache(store)
    assert other.feed(presence(PARIS, payload), JULIET) is None
    assert other.info(PARIS) == running.result()


@pytest.mark.spec("XEP-0115", "8.2")
def test_verified_info_is_stored_and_verified_again(tmp_path: Path) -> None:
    play = Play()
    with shelve.open(tmp_path / "caps") as store:
        teach(play, CapsCache(store), ROMEO, INFO, old())
        teach(play, CapsCache(store), ROMEO, LIE, new(LIE))
    with shelve.open(tmp_path / "caps") as store:
        cache = CapsCache(store)
        assert cache.feed(presence(PARIS, old()), JULIET) is None
        assert cache.feed(presence(TYBALT, new(LIE)), JULIET) is None
        assert (cache.info(PARIS), cache.info(TYBALT)) == (INFO, LIE)
        assert cache.is_verified(TYBALT)


@pytest.mark.parametrize(
    "bad", [b"", b"<", b"text", b"<query xmlns='x'/>", b"</entry>", b"<!DOCTYPE a>", b"\xff", b"LIE"]
)
@pytest.mark.parametrize("payload", [old(), new()])
def test_a_store_that_somebody_else_wrote_to_is_not_believed(bad: bytes, payload: Payload) -> None:
    play = Play()
    store: dict[str, bytes] = {}
    teach(play, CapsCache(store), ROMEO, INFO, payload)
    (key,) = store
    lie: dict[str, bytes] = {}
    teach(play, CapsCache(lie), ROMEO, LIE, old(LIE) if isinstance(payload, Caps) else new(LIE))
    store[key] = next(iter(lie.values())) if bad == b"LIE" else bad
    cache = CapsCache(store)
    assert cache.feed(presence(PARIS, payload), JULIET) == PARIS
    assert cache.info(PARIS) is None


@pytest.mark.spec("XEP-0115", "6.1", "8.4")
@pytest.mark.spec("XEP-0390", "6.2", "6.3")
def test_a_claim_holds_until_the_next_or_the_end() -> None:
    play, cache = Play(), CapsCache()
    teach(play, cache, ROMEO, INFO, old())
    assert cache.feed(presence(ROMEO), JULIET) is None  # left out on the way, since it is known
    assert cache.info(ROMEO) == INFO
    assert cache.feed(presence(ROMEO, old(LIE)), JULIET) == ROMEO
    assert cache.info(ROMEO) is None
    running, _ = fetch(play, cache, ROMEO, LIE)
    assert running.result() == LIE
    assert cache.feed(presence(ROMEO, old()), JULIET) is None
    assert cache.info(ROMEO) == INFO
    assert cache.feed(presence(ROMEO, type="unavailable"), JULIET) is None
    assert (cache.info(ROMEO), len(cache)) == (None, 0)
    cache.feed(presence(ROMEO, old()), JULIET)
    cache.feed(Established(JULIET, ()), JULIET)
    assert len(cache) == 0
    assert cache.feed(presence(ROMEO, old()), JULIET) is None


def test_an_answer_that_comes_when_the_claim_is_another_one() -> None:
    play, cache = Play(), CapsCache()
    cache.feed(presence(ROMEO, old()), JULIET)
    running, iq = fetch(play, cache, ROMEO)
    assert cache.feed(presence(ROMEO, old(LIE)), JULIET) == ROMEO
    play.say(iq.result(INFO.replace(features=["c"])))
    assert running.result().features == ["c"]
    assert cache.info(ROMEO) is None
    assert cache.wanted() == [ROMEO]


def test_nobody_is_asked_while_another_with_the_same_hash_is() -> None:
    play, cache = Play(), CapsCache()
    assert cache.feed(presence(ROMEO, old(), new()), JULIET) == ROMEO
    assert cache.wanted() == [ROMEO]
    running, iq = fetch(play, cache, ROMEO)
    assert cache.feed(presence(PARIS, old()), JULIET) is None
    assert cache.feed(presence(TYBALT, new()), JULIET) is None
    assert cache.wanted() == []
    play.say(iq.error_reply("service-unavailable"))
    with pytest.raises(IqError):
        running.result()
    assert cache.wanted() == [PARIS, TYBALT]
    running, _ = fetch(play, cache, PARIS, INFO)
    assert running.result() == INFO
    assert cache.wanted() == [TYBALT]
    assert cache.info(ROMEO) == INFO


def test_who_does_not_answer_is_not_asked_again_and_again() -> None:
    play, cache = Play(), CapsCache()
    cache.feed(presence(ROMEO, old()), JULIET)
    running = play.run(cache.fetch(ROMEO, timeout=5.0))
    play.world.advance(6.0)
    with pytest.raises(OperationTimeout):
        running.result()
    assert cache.feed(presence(ROMEO, old()), JULIET) is None
    play.server.take()
    cache.feed(presence(PARIS, new()), JULIET)
    running, iq = fetch(play, cache, PARIS)
    broken = Element(("http://jabber.org/protocol/disco#info", "identity"))
    play.say(iq.result(Element(("http://jabber.org/protocol/disco#info", "query"), {}, [broken])))
    with pytest.raises(PayloadError):
        running.result()
    assert cache.wanted() == []
    assert cache.feed(presence(TYBALT, old(LIE)), JULIET) == TYBALT
    running, _ = fetch(play, cache, TYBALT)
    running.cancel()
    assert cache.wanted() == [TYBALT]


def test_somebody_who_announced_nothing_may_be_asked() -> None:
    play, cache = Play(), CapsCache()
    running, iq = fetch(play, cache, ROMEO, INFO)
    assert iq.get(DiscoInfo) == DiscoInfo()
    assert running.result() == INFO
    assert (cache.info(ROMEO), cache.is_verified(ROMEO), len(cache)) == (None, False, 0)


@pytest.mark.parametrize(
    "event",
    [
        "something else",
        Message(JULIET, "hi", sender=ROMEO),
        presence(None, old()),
        presence(JULIET, old()),
        presence(ROMEO),
        presence(ROMEO, old(), type="error"),
        presence(ROMEO, old(), type="subscribe"),
        presence(ROMEO, Element((caps.NAMESPACE, "c"), {"node": "x"})),
        presence(ROMEO, Element((caps2.NAMESPACE, "c"), {}, [Element(("urn:xmpp:hashes:2", "hash"))])),
        presence(ROMEO, Caps2(hashes=[])),
        presence(ROMEO, new(INFO, "sha-1", "md5")),
        presence(ROMEO, Caps2(hashes=[Hash(algo="sha-256", digest=b"x" * 2000)])),
        presence(ROMEO, old().replace(node="x" * 2000)),
        presence(ROMEO, old().replace(ver="x" * 2000)),
    ],
)
def test_what_claims_nothing_changes_nothing(event: object) -> None:
    cache = CapsCache()
    assert cache.feed(event, JULIET) is None
    assert (len(cache), cache.wanted()) == (0, [])


def test_a_broken_new_element_does_not_hide_the_old_one() -> None:
    cache = CapsCache()
    broken = Element((caps2.NAMESPACE, "c"), {}, [Element(("urn:xmpp:hashes:2", "hash"))])
    assert cache.feed(presence(ROMEO, broken, old()), JULIET) == ROMEO


def test_what_was_proven_and_dropped_is_asked_for_again() -> None:
    play, cache = Play(), CapsCache(entries=1)
    teach(play, cache, ROMEO, INFO, old())
    teach(play, cache, PARIS, LIE, old(LIE))
    assert (cache.info(ROMEO), cache.info(PARIS)) == (None, LIE)
    assert cache.wanted() == [ROMEO]
    running, _ = fetch(play, cache, ROMEO, INFO)
    assert cache.info(ROMEO) == running.result() == INFO


def test_a_flood_fills_nothing() -> None:
    play, cache = Play(), CapsCache(people=10, entries=3)
    for number in range(100):
        jid = JID(f"room@rooms.lit/nick{number}")
        info = INFO.replace(features=[f"f{number}"])
        teach(play, cache, jid, info, old(info))
    assert len(cache) == 10
    last = [JID(f"room@rooms.lit/nick{number}") for number in range(90, 100)]
    assert [jid for jid in last if cache.info(jid) is not None] == last[-3:]
    huge = INFO.replace(features=[f"urn:example:feature:{number}" for number in range(ENTRY // 20)])
    assert teach(play, cache, ROMEO, huge, old(huge)) == huge
    assert cache.info(ROMEO) is None
    assert ROMEO not in cache.wanted()


@pytest.mark.spec("XEP-0115", "6.3")
def test_what_nothing_proves_fills_nothing_either() -> None:
    play, cache = Play(), CapsCache(entries=3)
    liars = [JID(f"mallory@evil.example/{number}") for number in range(6)]
    for number, liar in enumerate(liars):
        teach(play, cache, liar, LIE.replace(features=[f"f{number}"]), old(INFO.replace(features=[f"g{number}"])))
    assert [cache.supports(liar, f"f{number}") for number, liar in enumerate(liars)] == [None] * 3 + [True] * 3
    assert cache.wanted() == []
    cache.forget(liars[5])
    assert cache.info(liars[5]) is None
    teach(play, cache, liars[5], INFO, old())
    assert cache.is_verified(liars[5])


def test_a_server_announces_its_own_among_its_features() -> None:
    play, cache = Play(), CapsCache()
    server = JID("capulet.lit")
    bind = Element(("urn:ietf:params:xml:ns:xmpp-bind", "bind"))
    assert cache.feed(Established(JULIET, (bind,)), JULIET) is None
    assert cache.feed(Established(JULIET, (bind, old().to_element())), JULIET) == server
    running, iq = fetch(play, cache, server, INFO)
    assert (iq.to, running.result()) == (server, INFO)
    assert cache.supports(server, RECEIPTS)
    assert cache.announce(ROMEO, old(), None) is None
    assert cache.info(ROMEO) == INFO
