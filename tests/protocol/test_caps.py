"""Entity capabilities, both versions (XEP-0115, XEP-0390): the published vectors, and answers made to deceive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.payload.xmltext import element, without_blanks
from tests.support import vectors
from xmppwire.protocol import caps, caps2
from xmppwire.protocol.caps import Caps, IllFormedError, hashed_info, verification_input, verification_string
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Item, Reported
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.hashes import Hash, HashAlgorithm, strongest
from xmppwire.protocol.ping import Ping

PC = Identity(category="client", type="pc", name="Exodus 0.9.1")
FEATURES = ["http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/muc"]


def form(*fields: tuple[str, list[str]], form_type: str | None = "urn:xmpp:dataforms:softwareinfo") -> DataForm:
    head = [] if form_type is None else [Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=[form_type])]
    return DataForm(
        type=DataFormType.RESULT, fields=[*head, *(Field(var=var, values=values) for var, values in fields)]
    )


def answer(*features: str, identities: list[Identity] | None = None, forms: list[DataForm] | None = None) -> DiscoInfo:
    return DiscoInfo(
        identities=[PC] if identities is None else identities, features=list(features or FEATURES), forms=forms or []
    )


def info_of(text: str) -> DiscoInfo:
    return DiscoInfo.from_element(without_blanks(element(text)))


PSI = """
<query xmlns='http://jabber.org/protocol/disco#info' node='http://psi-im.org#q07IKJEyjvHSyhy//CH0CxmKi8w='>
  <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
  <identity xml:lang='el' category='client' name='&#936; 0.11' type='pc'/>
  <feature var='http://jabber.org/protocol/muc'/>
  <feature var='http://jabber.org/protocol/disco#items'/>
  <feature var='http://jabber.org/protocol/disco#info'/>
  <feature var='http://jabber.org/protocol/caps'/>
  <x xmlns='jabber:x:data' type='result'>
    <field var='software'><value>Psi</value></field>
    <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
    <field var='os'><value>Mac</value></field>
    <field var='os_version'><value>10.5.1</value></field>
    <field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>
    <field var='software_version'><value>0.11</value></field>
  </x>
</query>"""


class TestVerificationString:
    def test_simple_example(self) -> None:
        info = answer(
            "http://jabber.org/protocol/muc",
            "http://jabber.org/protocol/disco#items",
            "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/caps",
        )
        assert verification_string(info) == "QgayPKawpkPSDYmwT/WM94uAlu0="

    def test_complex_example(self) -> None:
        assert verification_string(info_of(PSI)) == "q07IKJEyjvHSyhy//CH0CxmKi8w="

    def test_published_inputs(self) -> None:
        simple, complex_ = vectors("xep_vectors.json")["caps_0115"]
        assert verification_input(info_of(PSI)) == complex_["input_string"]
        assert caps.verify(Caps(node="n", ver=complex_["ver"], hash=complex_["hash"]), info_of(PSI))
        features = simple["input_string"].split("<")[1:-1]
        assert verification_input(answer(*reversed(features))) == simple["input_string"]
        assert verification_string(answer(*features)) == simple["ver"]

    def test_other_functions(self) -> None:
        info = answer()
        assert len(verification_string(info, "sha-256")) == 44
        assert caps.verify(Caps(node="n", ver=verification_string(info, "sha-256"), hash="sha-256"), info)
        with pytest.raises(ValueError, match="no such hash function"):
            verification_string(info, "whirlpool")

    def test_sorting_is_by_octets(self) -> None:
        # "Z" before "a" before "é" before a character beyond the first plane.
        assert verification_input(answer("\U0001f600", "é", "a", "Z")) == "client/pc//Exodus 0.9.1<Z<a<é<\U0001f600<"

    def test_identities_are_sorted_by_their_parts(self) -> None:
        # A hyphen sorts before the slash that ends the shorter category.
        parts = [Identity(category="client-x", type="a"), Identity(category="client", type="b")]
        assert verification_input(answer("f", "g", identities=parts)) == "client/b//<client-x/a//<f<g<"

    def test_the_node_to_ask(self) -> None:
        assert Caps(node="http://psi-im.org", ver="x=", hash="sha-1").disco_node == "http://psi-im.org#x="

    def test_what_cannot_be_verified(self) -> None:
        info = answer()
        ver = verification_string(info)
        assert caps.verify(Caps(node="n", ver=ver, hash="sha-1"), info)
        assert not caps.verify(Caps(node="n", ver=ver, hash="sha-256"), info)
        assert not caps.verify(Caps(node="n", ver=ver), info)
        assert not caps.verify(Caps(node="n", ver=ver, hash="whirlpool"), info)
        assert not caps.verify(Caps(node="n", ver="ü", hash="sha-1"), info)
        assert not caps.verify(Caps(node="n", ver=ver, hash="sha-1"), answer("something else"))


SOFTWARE = form(("os", ["Mac"]))

ILL_FORMED = {
    "no identity": answer(identities=[]),
    "identity twice": answer(identities=[PC, PC]),
    "feature twice": answer("a", "b", "a"),
    "FORM_TYPE twice": answer(forms=[SOFTWARE, form(("os", ["Windows"]))]),
    "FORM_TYPE with two values": answer(
        forms=[DataForm(fields=[Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["a", "b"])])]
    ),
    "FORM_TYPE twice, shown once": answer(
        forms=[
            form(("os", ["Mac"])),
            DataForm(fields=[Field(var="FORM_TYPE", values=["urn:xmpp:dataforms:softwareinfo"])]),
        ]
    ),
    "shown FORM_TYPE with two values": answer(forms=[DataForm(fields=[Field(var="FORM_TYPE", values=["a", "b"])])]),
    "field twice": answer(forms=[form(("os", ["Mac"]), ("os", ["Windows"]))]),
    "FORM_TYPE field twice": answer(forms=[form(("FORM_TYPE", ["another"]))]),
    "field without a name": answer(forms=[form(("", ["Mac"]))]),
    "form with a head": answer(forms=[SOFTWARE.replace(reported=Reported(fields=[Field(var="os")]))]),
    "form with rows": answer(forms=[SOFTWARE.replace(items=[Item(fields=[Field(var="os", values=["Mac"])])])]),
    "< in a name": answer(
        identities=[Identity(category="client", type="pc", name="Exodus<http://jabber.org/protocol/muc")]
    ),
    "< in a category": answer(identities=[Identity(category="client/pc//a<client", type="pc")]),
    "< in a language": answer(identities=[Identity(category="client", type="pc", lang="en/a<client/pc/de")]),
    "< in a feature": answer("http://jabber.org/protocol/disco#info<http://jabber.org/protocol/muc"),
    "< in a FORM_TYPE": answer(forms=[form(form_type="urn:xmpp:dataforms:softwareinfo<os<Mac")]),
    "< in a var": answer(forms=[form(("os<Mac", []))]),
    "< in a value": answer(forms=[form(("os", ["Mac<os_version<10"]))]),
    "/ in a category": answer(identities=[Identity(category="client/pc", type="en")]),
    "/ in a type": answer(identities=[Identity(category="client", type="pc/en")]),
    "/ in a language": answer(identities=[Identity(category="client", type="pc", lang="en/Exodus")]),
}


@pytest.mark.parametrize("info", ILL_FORMED.values(), ids=ILL_FORMED)
def test_no_hash_of_what_can_be_read_in_two_ways(info: DiscoInfo) -> None:
    with pytest.raises(IllFormedError):
        verification_string(info)
    assert not caps.verify(Caps(node="n", ver="", hash="sha-1"), info)


def test_ejabberd_2607_caps_that_do_not_verify_are_not_believed() -> None:
    """One feature in place of two, with the separator in it, has the same hash by the letter of the standard."""
    honest = answer("http://jabber.org/protocol/disco#info", "urn:example:encryption")
    poisoned = answer("http://jabber.org/protocol/disco#info<urn:example:encryption")
    presence = Caps(node="n", ver=verification_string(honest), hash="sha-1")
    assert caps.verify(presence, honest)
    assert not caps.verify(presence, poisoned)


def test_a_form_that_is_not_hashed_is_not_kept() -> None:
    """Anybody can add a form without a hidden FORM_TYPE to an answer: the hash stays as it was."""
    visible = DataForm(type=DataFormType.RESULT, fields=[Field(var="FORM_TYPE", values=["urn:example"])])
    extended = answer(forms=[visible, form(("os", ["Mac"]), form_type=None), SOFTWARE])
    extended = extended.replace(extensions=[Ping()])
    kept = hashed_info(extended)
    assert kept == answer(forms=[SOFTWARE])
    assert verification_string(extended) == verification_string(kept)


def test_a_submitted_form_needs_a_hidden_form_type_as_well() -> None:
    submitted = DataForm(type=DataFormType.SUBMIT, fields=[Field(var="FORM_TYPE", values=["urn:example"])])
    assert hashed_info(answer(forms=[submitted])).forms == []


class TestHashSet:
    def test_published_vectors(self) -> None:
        for vector in vectors("xep_vectors.json")["caps_0390"]:
            info = info_of(vector["query"])
            assert caps2.hash_input(info) == bytes.fromhex(vector["input_hex"])
            found = caps2.hash_set(info)
            nodes = [caps2.hash_node(one) for one in found.hashes]
            assert nodes == [
                f"urn:xmpp:caps#sha-256.{vector['sha_256']}",
                f"urn:xmpp:caps#sha3-256.{vector['sha3_256']}",
            ]
            chosen = strongest(found.hashes)
            assert chosen is not None and caps2.verify(chosen, info)
            assert not caps2.verify(chosen, info.replace(features=info.features[1:]))

    def test_input_of_a_form(self) -> None:
        info = DiscoInfo(
            features=["b", "a"],
            identities=[Identity(category="c", type="t", lang="de", name="n"), Identity(category="b", type="t")],
            forms=[form(("os", ["Mac", "BSD"]), ("arch", []), form_type="z"), form(form_type="f")],
        )
        assert caps2.hash_input(info, "en") == (
            b"a\x1fb\x1f\x1c"
            b"b\x1ft\x1fen\x1f\x1f\x1ec\x1ft\x1fde\x1fn\x1f\x1e\x1c"
            b"FORM_TYPE\x1ff\x1f\x1e\x1d"
            b"FORM_TYPE\x1fz\x1f\x1earch\x1f\x1eos\x1fBSD\x1fMac\x1f\x1e\x1d\x1c"
        )

    def test_separators_take_part_in_sorting(self) -> None:
        # A tab sorts before the separator that ends the shorter one.
        assert caps2.hash_input(answer("a", "a\tb", identities=[])).startswith(b"a\tb\x1fa\x1f\x1c")

    def test_a_language_is_inherited_unless_it_is_stated(self) -> None:
        bare, empty, german = (
            DiscoInfo(identities=[Identity(category="c", type="t", lang=lang)]) for lang in (None, "", "de")
        )
        assert caps2.hash_input(bare, "de") == caps2.hash_input(german, "en")
        assert caps2.hash_input(empty, "de") == caps2.hash_input(bare)

    @pytest.mark.parametrize(
        "info",
        [
            answer().replace(extensions=[Ping()]),
            answer(forms=[form(("os", ["Mac"]), form_type=None)]),
            answer(forms=[DataForm(fields=[Field(var="FORM_TYPE", values=["a"])])]),
            answer(forms=[form(("FORM_TYPE", ["another"]))]),
            answer(forms=[DataForm(fields=[Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["a", "b"])])]),
            ILL_FORMED["form with a head"],
            ILL_FORMED["form with rows"],
            ILL_FORMED["field without a name"],
            answer("a\x1fb"),
            answer(identities=[Identity(category="c", type="t", name="a\x1e")]),
        ],
    )
    def test_no_hash_of_what_is_not_covered(self, info: DiscoInfo) -> None:
        with pytest.raises(IllFormedError):
            caps2.hash_set(info)
        assert not caps2.verify(Hash.of(b""), info)

    def test_an_unknown_child_is_not_covered(self) -> None:
        info = info_of("<query xmlns='http://jabber.org/protocol/disco#info'><other/></query>")
        with pytest.raises(IllFormedError):
            caps2.hash_input(info)

    def test_functions(self) -> None:
        info = answer()
        assert [one.algo for one in caps2.hash_set(info, algorithms=["sha-512"]).hashes] == ["sha-512"]
        with pytest.raises(ValueError, match="no such hash function"):
            caps2.hash_set(info, algorithms=["whirlpool"])
        assert not caps2.verify(Hash(algo="whirlpool", digest=b""), info)


class TestHashNode:
    def test_there_and_back(self) -> None:
        one = Hash(algo="a.function.with.stops", digest=b"\xfb\xff")
        assert caps2.hash_node(one) == "urn:xmpp:caps#a.function.with.stops.+/8="
        assert caps2.parse_hash_node(caps2.hash_node(one)) == one
        assert caps2.parse_hash_node("urn:xmpp:caps#sha-256.AA==") == Hash(algo=HashAlgorithm.SHA_256, digest=b"\0")

    @pytest.mark.parametrize(
        "node", ["", "sha-256.AA==", "urn:xmpp:caps#AA==", "urn:xmpp:caps#.AA==", "urn:xmpp:caps#a.!"]
    )
    def test_other_nodes(self, node: str) -> None:
        with pytest.raises(ValueError, match=r"hash node|base64"):
            caps2.parse_hash_node(node)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=4)
names = st.text(st.sampled_from("ab/<é"), min_size=1, max_size=3)
infos = st.builds(
    answer,
    names,
    names,
    identities=st.lists(st.builds(Identity, category=names, type=names, lang=names, name=texts), max_size=2),
    forms=st.lists(st.builds(form, st.tuples(names, st.lists(texts, max_size=2)), form_type=names), max_size=2),
)


@given(infos, infos)
def test_different_answers_have_different_inputs(one: DiscoInfo, other: DiscoInfo) -> None:
    """XEP-0390 says as much of every answer: nothing is hidden in the order or between the parts."""

    def normal(info: DiscoInfo) -> tuple[list[str], ...]:
        forms = [sorted(repr((one.var, sorted(one.values))) for one in form.fields) for form in info.forms]
        identities = [repr((one.category, one.type, one.lang or "", one.name or "")) for one in info.identities]
        return sorted(info.features), sorted(identities), sorted(map(repr, forms))

    try:
        inputs = caps2.hash_input(one), caps2.hash_input(other)
    except IllFormedError:
        return
    assert (inputs[0] == inputs[1]) == (normal(one) == normal(other))
