"""Makes inputs out of inputs: the mutations of `run.py`, from one seeded source of randomness."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_WORDS = """
< > </ /> <? ?> <! --> <!-- <![CDATA[ ]]> & &amp; &lt; &#x0; &#65; &bogus; " ' = xmlns= xmlns:a=' xml:lang='de'
<?xml <?xml_version='1.0'?> <!DOCTYPE_x> <a> </a> <a/> <restart/> <message> </message> <message/> <presence/> <body>
<presence_type='unavailable'/> <iq_type='get'_id='1'> </iq> <ping_xmlns='urn:xmpp:ping'/> type='error' type='result'
type='set' id='1' id='' to='juliet@capulet.lit' from='romeo@montague.lit' to='@' from='capulet.lit' version='1.0'
<stream:stream_xmlns='jabber:client'_xmlns:stream='http://etherx.jabber.org/streams'_version='1.0'> <stream:stream
</stream:stream> <stream:features> </stream:features> <stream:features/> <stream:error> </stream:error>
<starttls_xmlns='urn:ietf:params:xml:ns:xmpp-tls'/> <proceed_xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
<failure_xmlns='urn:ietf:params:xml:ns:xmpp-tls'/> <mechanisms_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>
<mechanism>PLAIN</mechanism> <mechanism>SCRAM-SHA-1</mechanism> </mechanisms>
<auth_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'_mechanism='PLAIN'>AGp1bGlldAByMG0zMA==</auth>
<auth_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'_mechanism='SCRAM-SHA-1'> mechanism='ANONYMOUS'/> mechanism='EXTERNAL'>=
<response_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/> <abort_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
<challenge_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/> <success_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
<failure_xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure> jabber:server jabber:client
<bind_xmlns='urn:ietf:params:xml:ns:xmpp-bind'/> <session_xmlns='urn:ietf:params:xml:ns:xmpp-session'/>
<bind_xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@b/c</jid></bind> <y_xmlns='urn:x'/>
<see-other-host_xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[::1]:5222</see-other-host>
@ / . xn-- xn--a-ecp.ru 192.0.2.1 [2001:db8::1] \\20 \\40 \\5c juliet capulet.lit
\ufeff \u00ad \u0301 \u200d \u0671 \u05d0 \u30fb \u00b7 \u03c2 \u00df \u0130 \u1e9e \ufb01 \u2126 \U0001f600 \uffff
"""

TOKENS: tuple[bytes, ...] = (
    *(word.replace("_", " ").encode() for word in _WORDS.split()),
    *(b"\0" + bytes([letter]) for letter in b"ntwmqbcxerf"),
    *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xfe\xff", b"\xff\xfe<\0", b"\xef\xbb\xbf"),
    *(b" ", b"\t", b"\r\n", b"\n", b"\x0b", b"\x7f", b"\0"),
)


class Mutator:
    """A source of inputs: some from the pool as they are, most of them changed a few times."""

    def __init__(self, pool: Sequence[bytes], seed: int, *, largest: int = 4000) -> None:
        self.pool = list(pool) or [b""]
        self.random = random.Random(seed)
        self.largest = largest
        self.mutations: tuple[Callable[[bytearray], None], ...] = (
            self.flip, self.delete, self.repeat, self.splice, self.swap, self.number, self.cut,
            self.token, self.token, self.token,
        )  # fmt: skip

    def next(self) -> bytes:
        """An input."""
        data = bytearray(self.random.choice(self.pool))
        for _ in range(self.random.choice((1, 1, 2, 3, 5, 8))):
            self.random.choice(self.mutations)(data)
        return bytes(data[: self.largest])

    def at(self, data: bytearray) -> int:
        return self.random.randint(0, len(data))

    def flip(self, data: bytearray) -> None:
        if data:
            index = self.random.randrange(len(data))
            data[index] ^= 1 << self.random.randrange(8)

    def delete(self, data: bytearray) -> None:
        start = self.at(data)
        del data[start : start + self.random.choice((1, 1, 2, 5, 20, 100))]

    def repeat(self, data: bytearray) -> None:
        start = self.at(data)
        piece = data[start : start + self.random.choice((1, 3, 10, 60))]
        data[start:start] = piece * self.random.choice((1, 1, 2, 10, 60))

    def token(self, data: bytearray) -> None:
        start = self.at(data)
        data[start:start] = self.random.choice(TOKENS)

    def splice(self, data: bytearray) -> None:
        other = self.random.choice(self.pool)
        start, begin = self.at(data), self.random.randint(0, len(other))
        data[start:] = other[begin:]

    def swap(self, data: bytearray) -> None:
        start, begin = self.at(data), self.at(data)
        piece = data[start : start + self.random.randint(1, 60)]
        del data[start : start + len(piece)]
        data[begin:begin] = piece

    def number(self, data: bytearray) -> None:
        start = self.at(data)
        data[start : start + 1] = str(self.random.choice((0, 1, 2, 9, 10, 255, 4096, 65536, 2**31, 2**63))).encode()

    def cut(self, data: bytearray) -> None:
        del data[self.at(data) :]


def shrink(data: bytes, fails: Callable[[bytes], bool], *, tries: int = 400) -> bytes:
    """A shorter input that still fails."""
    size = max(len(data) // 2, 1)
    while size and tries > 0:
        start = 0
        while start < len(data) and tries > 0:
            tries -= 1
            shorter = data[:start] + data[start + size :]
            if fails(shorter):
                data = shorter
            else:
                start += size
        size //= 2
    return data
