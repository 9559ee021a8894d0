"""Twenty thousand stanzas of the kind that a client receives: the same bytes for the same seed.

Half are chat messages with body, thread, receipt request and origin-id (about 350 bytes), a quarter presences with caps
(XEP-0115), a fifth archive results with a forwarded message (XEP-0313, about 509 bytes), and one in twenty a roster of 20
items (about 2266 bytes). They come from some 400 contacts.
"""

from __future__ import annotations

import random

STANZAS = 20_000
HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"from='capulet.example' to='juliet@capulet.example' id='c2s-5d1f' version='1.0' xml:lang='en'>"
)
FOOTER = b"</stream:stream>"

_CONTACTS = 400
_OWN = "juliet@capulet.example/balcony.7c1e5f"
_TEXT = (
    "wherefore art thou the moon and stars by yonder window light breaks sweet sorrow parting is such that good night "
    "till it be morrow what's in a name rose smell as swift arrow love heaven <3 night & day café naïve über"
)
_WORDS = _TEXT.split()
_ESCAPES = {"<3": "&lt;3", "&": "&amp;", "what's": "what&apos;s"}


def stanzas(seed: int, count: int = STANZAS) -> list[bytes]:
    """`count` stanzas, without header and footer."""
    draw = random.Random(seed)
    contacts = [f"contact{number}@montague.example" for number in range(_CONTACTS)]

    def text(length: int) -> str:
        words: list[str] = []
        while length > 0:
            word = draw.choice(_WORDS)
            length -= len(word) + 1
            words.append(_ESCAPES.get(word, word))
        return " ".join(words)

    def token(digits: int) -> str:
        return f"{draw.getrandbits(4 * digits):0{digits}x}"

    def message() -> str:
        return (
            f"<message from='{draw.choice(contacts)}/orchard' to='{_OWN}' id='{token(12)}' type='chat'>"
            f"<body>{text(34)}</body><thread>{token(32)}</thread><request xmlns='urn:xmpp:receipts'/>"
            f"<origin-id xmlns='urn:xmpp:sid:0' id='{token(36)}'/></message>"
        )

    def presence() -> str:
        return (
            f"<presence from='{draw.choice(contacts)}/orchard' to='{_OWN}'><show>away</show><status>{text(20)}</status>"
            "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example/' "
            f"ver='{token(27)}='/></presence>"
        )

    def result() -> str:
        return (
            f"<message to='{_OWN}' from='juliet@capulet.example'><result xmlns='urn:xmpp:mam:2' queryid='{token(8)}' "
            f"id='{token(16)}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' "
            f"stamp='2024-07-{draw.randint(10, 28)}T08:{draw.randint(10, 59)}:25Z'/><message xmlns='jabber:client' "
            f"from='{draw.choice(contacts)}/orchard' to='juliet@capulet.example' type='chat' id='{token(12)}'>"
            f"<body>{text(40)}</body></message></forwarded></result></message>"
        )

    def roster() -> str:
        items = "".join(
            f"<item jid='{contact}' name='{text(8)}' subscription='both'><group>Friends</group></item>"
            for contact in draw.sample(contacts, 20)
        )
        return f"<iq type='result' id='{token(8)}' to='{_OWN}'><query xmlns='jabber:iq:roster'>{items}</query></iq>"

    kinds = [message] * 10 + [presence] * 5 + [result] * 4 + [roster]
    return [draw.choice(kinds)().encode() for _ in range(count)]


def stream(seed: int, count: int = STANZAS) -> bytes:
    """A whole stream: header, stanzas, footer."""
    return HEADER + b"".join(stanzas(seed, count)) + FOOTER


def chunks(data: bytes, size: int = 4096) -> list[bytes]:
    """The bytes as the network would bring them."""
    return [data[start : start + size] for start in range(0, len(data), size)]
