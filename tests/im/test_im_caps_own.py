"""Our own capabilities (XEP-0115, XEP-0390): what presence says is what others find out when they ask."""

from __future__ import annotations

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.caps import CapsCache, OwnCaps
from xmppwire.im.disco import OwnInfo
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol import caps, caps2
from xmppwire.protocol.caps import Caps, IllFormedError
from xmppwire.protocol.caps2 import Caps2, hash_node
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.session import AutomaticAnswers
from xmppwire.stanza import ErrorCondition, Iq, Presence, StanzaError

NODE = "https://balcony.example"
ROMEO = JID("romeo@montague.lit/orchard")


def ask(play: Play, payload: Payload) -> Iq:
    play.say(Iq("get", JULIET, payload=payload, id="q", sender=ROMEO))
    return play.asked()


def info_of(play: Play, node: str | None = None) -> DiscoInfo:
    info = ask(play, DiscoInfo(node=node)).get(DiscoInfo)
    assert info is not None
    return info


@pytest.mark.spec("XEP-0115", "4", "5.1", "6.1", "6.2", "7")
@pytest.mark.spec("XEP-0390", "4.2", "4.3", "5.4", "6.1")
def test_what_presence_says_is_what_is_answered() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    own.set_form(SoftwareInfo(software="Balcony"))
    capabilities = OwnCaps(own, NODE)
    sent = capabilities.annotate(Presence(show="away"))
    assert sent.show == "away"
    old, new = sent.get(Caps), sent.get(Caps2)
    assert old is not None
    assert new is not None
    assert (old.node, old.hash) == (NODE, "sha-1")
    assert [one.algo for one in new.hashes] == ["sha-256", "sha3-256"]
    assert {caps.NAMESPACE, caps2.NAMESPACE} <= set(info_of(play).features)
    for node in (old.disco_node, *map(hash_node, new.hashes)):
        info = info_of(play, node)
        assert info.node == node
        assert caps.verify(old, info)
        assert all(caps2.verify(one, info, "") for one in new.hashes)
        assert info.replace(node=None) == info_of(play) == own.info()
        assert ask(play, DiscoItems(node=node)).get(DiscoItems) == DiscoItems(node=node)
    assert own.items == []
    assert ask(play, DiscoInfo(node=f"{NODE}#x")).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)
    assert ask(play, DiscoItems(node=f"{NODE}#x")).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


@pytest.mark.spec("XEP-0115", "6.1")
@pytest.mark.spec("XEP-0390", "6.1")
def test_earlier_hashes_are_answered_for() -> None:
    play = Play()
    own = OwnInfo(play.session.answers)
    capabilities = OwnCaps(own, NODE)
    assert capabilities.changed
    announced: list[tuple[str, DiscoInfo]] = []
    for number in range(4):
        own.add_features(f"urn:{number}")
        own.items.append(DiscoItem(jid=JULIET, node=str(number)))
        assert capabilities.changed
        old, new = capabilities.payloads()
        assert not capabilities.changed
        assert capabilities.payloads() == (old, new)
        announced.append((hash_node(new.hashes[0]), own.info()))
    for node, info in announced[1:]:
        assert info_of(play, node).replace(node=None) == info
    assert ask(play, DiscoInfo(node=announced[0][0])).error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


def test_only_available_presence_has_capabilities() -> None:
    capabilities = OwnCaps(OwnInfo(AutomaticAnswers()), NODE)
    bye = Presence(type="unavailable")
    assert capabilities.annotate(bye) is bye
    twice = capabilities.annotate(capabilities.annotate(Presence()))
    assert len(twice.get_all(Caps)) == len(twice.get_all(Caps2)) == 1


@pytest.mark.spec("XEP-0115", "5.4")
def test_no_hash_is_made_of_what_is_ill_formed() -> None:
    bot = Identity(category="client", type="bot")
    capabilities = OwnCaps(OwnInfo(AutomaticAnswers(identities=[bot, bot])), NODE)
    with pytest.raises(IllFormedError, match="identity"):
        capabilities.annotate(Presence())


@pytest.mark.parametrize("algorithms", [("sha-512",), ("sha-256", "blake2b-512")])
def test_our_own_cache_believes_it(algorithms: tuple[str, ...]) -> None:
    theirs, ours = Play(), Play()
    own = OwnInfo(theirs.session.answers)
    own.add_features("urn:xmpp:receipts")
    sent = OwnCaps(own, NODE, algorithms=algorithms).annotate(Presence())
    cache = CapsCache()
    assert cache.feed(sent.replace(sender=ROMEO), JULIET) == ROMEO
    running = ours.run(cache.fetch(ROMEO))
    query = ours.asked()
    answer = ask(theirs, query.get(DiscoInfo) or DiscoInfo())
    ours.say(answer.replace(id=query.id, sender=ROMEO, to=JULIET))
    assert running.result() == own.info()
    assert cache.is_verified(ROMEO)
    assert cache.supports(ROMEO, "urn:xmpp:receipts")
