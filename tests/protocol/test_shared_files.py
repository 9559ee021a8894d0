"""Digests and addresses of shared data: XEP-0231, XEP-0449, XEP-0454."""

from __future__ import annotations

import pytest

from tests.payload.xmltext import element, without_blanks
from xmppwire.protocol.bits_of_binary import BinaryData, content_id
from xmppwire.protocol.file_metadata import FileMetadata
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.omemo_media_sharing import EncryptedMedia
from xmppwire.protocol.stickers import PackItem, StickerPack, pack_hash, pack_id

# The picture of XEP-0231 (section 2.3). The standard's own cid is not the digest of the picture that it prints.
PICTURE = """<data xmlns='urn:xmpp:bob' cid='sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org' max-age='86400'
 type='image/png'>
    iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAABGdBTUEAALGP
    C/xhBQAAAAlwSFlzAAALEwAACxMBAJqcGAAAAAd0SU1FB9YGARc5KB0XV+IA
    AAAddEVYdENvbW1lbnQAQ3JlYXRlZCB3aXRoIFRoZSBHSU1Q72QlbgAAAF1J
    REFUGNO9zL0NglAAxPEfdLTs4BZM4DIO4C7OwQg2JoQ9LE1exdlYvBBeZ7jq
    ch9//q1uH4TLzw4d6+ErXMMcXuHWxId3KOETnnXXV6MJpcq2MLaI97CER3N0
    vr4MkhoXe0rZigAAAABJRU5ErkJggg==
</data>"""
EMPTY = "sha1+da39a3ee5e6b4b0d3255bfef95601890afd80709@bob.xmpp.org"


@pytest.mark.spec("XEP-0231", "2.5")
def test_data_under_its_digest() -> None:
    assert content_id(b"") == EMPTY
    assert content_id(b"", "sha-256").startswith("sha-256+e3b0c44298fc1c149afbf4c8996fb924")
    with pytest.raises(ValueError, match="no such hash function"):
        content_id(b"", "sha0")
    data = BinaryData.of(b"\x89PNG", "image/png", max_age=0)
    assert data.matches
    assert data.uri == f"cid:{content_id(bytes([137, 80, 78, 71]))}"
    assert not data.replace(data=b"other").matches
    assert not data.replace(cid="sha0+00@bob.xmpp.org").matches
    assert not data.replace(cid="é").matches
    assert data.replace(cid=data.cid.upper().replace("SHA1", "sha1")).matches


def test_wrapped_lines_are_read_and_written_as_one() -> None:
    data = BinaryData.from_element(element(PICTURE))
    assert data.data.startswith(b"\x89PNG") and data.max_age == 86400 and not data.matches
    assert "\n" not in data.to_element().text
    assert BinaryData.from_element(data.to_element()) == data


def test_a_request_has_no_data() -> None:
    request = BinaryData(cid=EMPTY)
    assert request.to_element().children == []
    assert BinaryData.from_element(request.to_element()).data == b""


# The stickers that the example of XEP-0449 shows. It leaves others out, so the digest printed there is of more than these; the
# one here is that of another implementation, from its tests.
PACK = """<pack xmlns='urn:xmpp:stickers:0'>
  <name>Marsey the Cat</name>
  <summary>Be cute or be cynical, this little kitten works both ways.</summary>
  <item>
    <file xmlns='urn:xmpp:file:metadata:0'>
      <desc>&#x1F44D;</desc>
      <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>0AdP8lJOWJrugSKOIAqfEKqFatIpG5JBCjjxY253ojQ=</hash>
    </file>
  </item>
  <item>
    <file xmlns='urn:xmpp:file:metadata:0'>
      <desc>&#x1F618;</desc>
      <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>gw+6xdCgOcvCYSKuQNrXH33lV9NMzuDf/s0huByCDsY=</hash>
    </file>
  </item>
</pack>"""


@pytest.mark.spec("XEP-0449", "4.3.2")
def test_the_digest_of_a_sticker_pack() -> None:
    pack = StickerPack.from_element(without_blanks(element(PACK)))
    digest = pack_hash(pack)
    assert digest.to_element().text == "N6zJI4PTGfFfSJbwakmBihwBdP6sPFSdhgKE5hzMH4w="
    assert pack_id(digest) == "N6zJI4PTGfFfSJbwakmBihwB"
    assert pack_hash(pack.replace(items=pack.items[::-1])) == digest
    assert pack_hash(pack.replace(restricted=True, hash=digest)) == digest
    assert pack_hash(pack.replace(names={"en": "Marsey the Cat"})) != digest
    assert pack_hash(pack, "sha-512").algo == "sha-512"


def test_digests_of_a_sticker_count_in_any_order() -> None:
    hashes = [Hash.of(b"a"), Hash.of(b"a", "sha-512")]
    packs = [
        StickerPack(items=[PackItem(file=FileMetadata(desc={"": "x", "en": "y"}, hashes=order))])
        for order in (hashes, hashes[::-1])
    ]
    assert pack_hash(packs[0]) == pack_hash(packs[1])


URL = "https://download.montague.tld/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/tr%C3%A8s%20cool.jpg"
IV = bytes.fromhex("8c3d050e9386ec173861778f")
KEY = bytes.fromhex("68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587")
BODY = f"aesgcm{URL[5:]}#8c3d050e9386ec173861778f68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587"


@pytest.mark.spec("XEP-0454", "3", "4")
def test_an_encrypted_file() -> None:
    media = EncryptedMedia(URL, IV, KEY)
    assert media.aesgcm_url == media.body == BODY
    assert EncryptedMedia.parse(BODY) == media
    with_thumbnail = EncryptedMedia(URL, IV, KEY, "data:image/jpeg,/9j/4AAQSkZJRgABAQEBLAEsAAD")
    assert with_thumbnail.body == f"{BODY}\ndata:image/jpeg,/9j/4AAQSkZJRgABAQEBLAEsAAD"
    assert EncryptedMedia.parse(with_thumbnail.body) == with_thumbnail


def test_nonces_of_16_bytes_are_read() -> None:
    media = EncryptedMedia.parse(BODY.replace("#", "#00112233"))
    assert media is not None and len(media.iv) == 16 and media.key == KEY


@pytest.mark.spec("XEP-0454", "5")
@pytest.mark.parametrize(
    "body",
    [
        f"{BODY} ",
        f" {BODY}",
        f"{BODY}\n",
        f"{BODY}\nlook",
        f"{BODY}\n\ndata:image/jpeg,/9j/",
        f"{BODY}\ndata:image/png,/9j/",
        f"{BODY}\ndata:image/jpeg,/9j/\n",
        BODY[:-1],
        BODY[:-2],
        f"{BODY}00",
        BODY.replace("8c3d", "8g3d"),
        BODY.replace("aesgcm:", "https:"),
        BODY.replace("aesgcm:", "AESGCM :"),
        BODY.replace("montague", "mont ague"),
        BODY.replace("download.montague.tld", ""),
        "",
    ],
)
def test_what_is_no_encrypted_file(body: str) -> None:
    assert EncryptedMedia.parse(body) is None


@pytest.mark.parametrize(
    ("url", "iv", "key"),
    [
        ("http://example.org/a", IV, KEY),
        ("https://example.org/a#b", IV, KEY),
        ("https://", IV, KEY),
        ("https:example.org", IV, KEY),
        (URL, IV[:-1], KEY),
        (URL, IV, KEY[:-1]),
    ],
)
def test_what_is_not_shared(url: str, iv: bytes, key: bytes) -> None:
    with pytest.raises(ValueError, match=r"https address|nonce"):
        EncryptedMedia(url, iv, key)
