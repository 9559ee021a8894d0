"""Published exchanges, byte for byte, through both halves."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sasl.exchange import counting_random
from tests.support import vectors
from xmppwire.sasl import (
    Challenge,
    ChannelBinding,
    CredentialsQuestion,
    KeyRequest,
    Offer,
    ScramClient,
    ScramServer,
    Success,
)

RFC_5802 = {
    "mechanism": "SCRAM-SHA-1",
    "username": "user",
    "password": "pencil",
    "client_first": "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    "server_first": "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "client_final": "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "server_final": "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
}
RFC_7677 = {
    "mechanism": "SCRAM-SHA-256",
    "username": "user",
    "password": "pencil",
    "client_first": "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "server_first": "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "client_final": "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "server_final": "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
}


def replay(vector: dict[str, Any], *, extension: str | None = None) -> None:
    """Both halves against the recorded messages. `extension`: what the recorded client adds before its proof."""
    data = vector.get("channel_binding_data_b64")
    binding = None
    if data is not None:
        binding = ChannelBinding(vector["channel_binding_type"], base64.b64decode(data))
    nonce = vector["client_first"].rpartition("r=")[2]
    client = ScramClient(
        vector["mechanism"],
        vector["username"],
        vector["password"],
        random=counting_random(),
        flag=vector["client_first"][0],
        binding=binding,
        nonce=nonce,
    )
    assert client.initial() == vector["client_first"].encode()
    request = client.challenge(vector["server_first"].encode())
    assert isinstance(request, KeyRequest)
    keys = request.derive()
    final = client.derived(keys)
    if extension is None:
        assert final == vector["client_final"].encode()
        client.success(vector["server_final"].encode())
        assert client.keys == keys

    attributes = dict(part.split("=", 1) for part in vector["server_first"].split(","))
    offer = Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"), ("tls-server-end-point", "tls-exporter"))
    server = ScramServer(
        vector["mechanism"],
        random=counting_random(),
        bindings=[binding] if binding else [],
        nonce=attributes["r"].removeprefix(nonce),
        offer=offer if "h" in attributes else None,
    )
    question = server.start(vector["client_first"].encode())
    assert question == CredentialsQuestion(vector["username"], keys.hash)
    assert server.answer(keys.credentials()) == Challenge(vector["server_first"].encode())
    success = server.response(vector["client_final"].encode())
    assert success == Success(vector["username"], None, vector["server_final"].encode())


@pytest.mark.spec("RFC 5802", "5")
def test_the_exchange_of_rfc_5802() -> None:
    replay(RFC_5802)


@pytest.mark.spec("RFC 7677", "3")
def test_the_exchange_of_rfc_7677() -> None:
    replay(RFC_7677)


@pytest.mark.spec("RFC 5802", "5")
@pytest.mark.spec("XEP-0474", "6.3")
@pytest.mark.parametrize("index", range(4))
def test_the_collected_vectors(index: int) -> None:
    vector = vectors("scram.json")[index]
    extension = "x=" if ",x=" in vector["client_final"] else None
    replay(vector, extension=extension)


@pytest.mark.spec("RFC 5802", "3")
def test_the_derived_keys_of_the_collected_vectors() -> None:
    for vector in vectors("scram.json"):
        derived = vector["derived"]
        salt = base64.b64decode(derived["salt_b64"])
        keys = KeyRequest(vector["hash"], vector["password"], salt, derived["iterations"]).derive()
        assert keys.client_key.hex() == derived["client_key_hex"]
        assert keys.stored_key.hex() == derived["stored_key_hex"]
        assert keys.server_key.hex() == derived["server_key_hex"]


@pytest.mark.spec("XEP-0474", "6.1")
def test_the_hash_of_an_offer() -> None:
    offer = Offer(("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"), ("tls-server-end-point", "tls-exporter"))
    assert base64.b64encode(offer.digest("sha1")) == b"G6k/rBLDqgOhRRaCuuatSDFkJ08="


@pytest.mark.spec("XEP-0474", "6.1")
def test_the_hash_of_the_collected_vectors() -> None:
    for vector in vectors("xep_vectors.json")["ssdp_0474"]:
        offer = Offer(tuple(vector["mechanisms"]), tuple(vector["cb_types"]))
        assert base64.b64encode(offer.digest(vector["hash"])).decode() == vector["h"]
