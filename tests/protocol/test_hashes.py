"""Hash functions and digests (XEP-0300)."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support import shared_dir
from xmppwire.protocol.hashes import ALGORITHMS, PREFERENCE, Hash, HashAlgorithm, strongest


@pytest.mark.parametrize(
    ("algo", "digest"),
    [
        # FIPS 180-4, FIPS 202 and RFC 7693 (appendix A), each for "abc".
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha-224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        ("sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha3-224", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        ("sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (
            "blake2b-512",
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        ),
    ],
)
def test_published_digests(algo: str, digest: str) -> None:
    assert Hash.of(b"abc", algo).digest.hex() == digest
    assert Hash(algo=algo, digest=bytes.fromhex(digest)).matches(b"abc")
    assert not Hash(algo=algo, digest=bytes.fromhex(digest)).matches(b"abd")


def test_every_function_has_the_length_of_its_name() -> None:
    lengths = {algo: len(Hash.of(b"", algo).digest) * 8 for algo in ALGORITHMS}
    assert lengths.pop("md5") == 128
    assert lengths.pop("sha-1") == 160
    assert all(algo.endswith(str(bits)) for algo, bits in lengths.items())


def test_names_for_the_same_function() -> None:
    assert Hash.of(b"x", "blake2b-256").digest == Hash.of(b"x", "id-blake2b256").digest
    assert Hash.of(b"x", "blake2b-512").digest == Hash.of(b"x", "id-blake2b512").digest


def test_the_digests_of_entity_capabilities() -> None:
    vectors = json.loads((shared_dir() / "corpus" / "vectors" / "xep_vectors.json").read_text("utf-8"))["caps_0390"]
    assert vectors
    for vector in vectors:
        data = bytes.fromhex(vector["input_hex"])
        assert base64.b64encode(Hash.of(data, "sha-256").digest).decode() == vector["sha_256"]
        assert base64.b64encode(Hash.of(data, "sha3-256").digest).decode() == vector["sha3_256"]


def test_an_unknown_function_is_an_error_only_when_it_is_wanted() -> None:
    one = Hash.from_element(Hash(algo="whirlpool", digest=b"1").to_element())
    assert one.algo == "whirlpool"
    with pytest.raises(ValueError, match="whirlpool"):
        one.matches(b"")


def test_the_strongest_digest_is_chosen_and_weak_ones_never() -> None:
    weak = [Hash.of(b"x", HashAlgorithm.SHA_1), Hash.of(b"x", HashAlgorithm.MD5)]
    assert strongest(weak) is None
    assert strongest([]) is None
    both = [*weak, Hash.of(b"x", HashAlgorithm.SHA_256), Hash.of(b"x", HashAlgorithm.SHA3_512)]
    assert strongest(both) == both[3]
    assert all(algo in ALGORITHMS for algo in PREFERENCE)
