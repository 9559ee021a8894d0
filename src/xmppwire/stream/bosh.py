"""BOSH for clients (XEP-0124, XEP-0206): a stream carried by pairs of HTTP requests and responses. Pure: no HTTP in here.

The engine above has the framing of WebSocket, where an element is a message: `write` takes one, `read` gives one. Below,
`next_request` gives the body of the next POST whenever a connection is free for it, and `receive_response` takes what came
back. The server holds a request until it has something to say. A second one, with what we have to say, sets the first one free.

`<open/>` becomes the creation of the session, or a restart; `<close/>` its end. Requests are numbered (`rid`), and responses
are taken in that order. A request whose connection broke is sent once more, to the byte: the server knows it by its number.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..xml import XML_LANG, Element, StreamReader, XMLError, XMLLimits, escape_attribute, write_element
from .errors import STREAM_NS
from .framing import CLOSE, OPEN, SIGN_OF_LIFE, write_close, write_open
from .limits import AFTER_LOGIN, Limits

NS = "http://jabber.org/protocol/httpbind"
XBOSH = "urn:xmpp:xbosh"
BODY = (NS, "body")

_FEATURES = (STREAM_NS, "features")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,100}\?>\s*")
_BATCH = 64 * 1024  # so much is sent at once, beside the message that passes it
_MANY = 16  # stanzas of a common length, a body may hold
_TRIES = 6
_REST = 1.0  # between empty requests that are answered at once with nothing
_GAP = 0.05
"""Between requests that are under way together: on two connections they may overtake each other, and not every server can
put them in order again (ejabberd 23 waits for ever). And as long an empty request waits for something that it could carry."""
_CAREFUL_GAP = 0.5
"""The same after a connection was lost: what is sent again goes over new ones, which take their time to be there."""
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Request:
    """What to POST, as it is. A response belongs to its `rid`."""

    rid: int
    body: bytes
    empty: bool
    sent: float = 0.0
    tries: int = 0


class BOSHSession:
    """One session of a client with a connection manager. Times are in seconds."""

    def __init__(self, limits: Limits, random: Callable[[int], bytes], *, wait: int = 60) -> None:
        self.fault: str | None = None
        """What was wrong, in words, if it did not end in order."""
        self.over = False
        """Nothing is to be sent any more, and nothing comes."""
        self.requests = 1
        """How many requests may be under way."""
        self.waiting = 0
        """Bytes of messages that no request carries yet: stop to `write` where they are many."""
        self.established = False
        """Set by whoever knows: a body may be longer then."""
        self._limits = limits
        self._wait = wait
        self._rid = 1 + int.from_bytes(random(6), "big")  # 2^48: it can be counted up for long (section 14.1)
        self._sid: str | None = None
        self._id = ""
        self._domain: str | None = None
        self._hold = True
        self._polling = 0.0
        self._inactivity = 30.0
        self._created = False
        self._queue: deque[bytes | dict[str, str]] = deque()
        """What is to be sent: messages, or the attributes of a body that does more than to carry them."""
        self._under_way: dict[int, Request] = {}
        self._again: list[int] = []
        self._responses: dict[int, Element] = {}
        self._taken = self._rid - 1
        """The last request whose response was taken."""
        self._inbox: deque[bytes] = deque()
        self._opening = False
        """We sent a header, and did not tell the engine of the answer yet."""
        self._told = self._closing = False
        self._last: int | None = None
        """The request that ends the session."""
        self._empty_at = float("-inf")
        self._rest = 0.0
        self._now = self._heard_at = self._sent_at = float("-inf")
        self._broken_since: float | None = None

    # --- above: messages -------------------------------------------------------------------------------------------

    def write(self, message: bytes) -> None:
        """Take a message of the engine."""
        if self.over or message == SIGN_OF_LIFE:
            return  # requests are signs of life enough
        element = _parse(message, self._limits.after_login) if message.startswith((b"<open ", b"<close ")) else None
        if element is not None and element.name == OPEN:
            self._open(element.attributes)
        elif element is not None and element.name == CLOSE:
            self._closing = True
            self._queue.append({"type": "terminate"})
        else:
            self._queue.append(message)
            self.waiting += len(message)

    def read(self) -> bytes | None:
        """The next message for the engine; None if there is none yet; b"" at the end, once."""
        if self._inbox:
            return self._inbox.popleft()
        if not self.over or self._told:
            return None
        self._told = True
        return b""

    def _open(self, header: Mapping[str, str]) -> None:
        self._opening = True
        self._domain = header.get("to")
        named = {name: header[name] for name in ("to", "from", XML_LANG) if name in header}
        if self._created:
            self._queue.append({**named, "xmpp:restart": "true"})
            return
        self._created = True
        own = {"ver": "1.11", "wait": str(self._wait), "hold": "1", "ack": "1", "xmpp:version": "1.0"}
        self._queue.append({"content": "text/xml; charset=utf-8", **named, **own})

    # --- below: requests -------------------------------------------------------------------------------------------

    @property
    def urgent(self) -> bool:
        """Whether there is something to say that could be said now."""
        if self.over:
            return False
        return bool(self._again) or (bool(self._queue) and len(self._under_way) < self.requests)

    @property
    def closing(self) -> bool:
        """Whether the engine has ended the stream, and the server has not said yet that it knows."""
        return self._closing and not self.over

    def next_request(self, now: float, *, poll: bool = True) -> Request | None:
        """What to send now on a connection that is free. With `poll`, an empty request too, for the server to answer."""
        self._now = max(now, self._now)
        if self.over or (len(self._under_way) > len(self._again) and now < self._sent_at + self._gap):
            return None
        if self._again:
            request = self._under_way[self._again.pop(0)]
        elif self._queue and len(self._under_way) < self.requests:
            request = self._make(now, *self._take_batch())
        elif poll and self._sid is not None and not self._under_way and now >= self._empty_due:
            request = self._make(now, {}, b"")
            self._empty_at = now
        else:
            return None
        request.sent = self._sent_at = now
        request.tries += 1
        return request

    def _take_batch(self) -> tuple[dict[str, str], bytes]:
        """What goes along in one body: a restart goes alone, the end with all that is before it."""
        first = self._queue.popleft()
        if isinstance(first, dict):
            return first, b""
        messages, size = [first], len(first)
        while self._queue and size < _BATCH:
            item = self._queue.popleft()
            if not isinstance(item, dict):
                messages.append(item)
                size += len(item)
            elif "type" in item:
                return item, b"".join(messages)
            else:
                self._queue.appendleft(item)
                break
        return {}, b"".join(messages)

    def _make(self, now: float, attributes: dict[str, str], content: bytes) -> Request:
        rid = self._rid
        self._rid += 1
        own = {"rid": str(rid)}
        if self._sid is not None:
            own["sid"] = self._sid
            if self._taken != rid - 1:
                own["ack"] = str(self._taken)  # (section 9.2)
        named = {(name if name != XML_LANG else "xml:lang"): value for name, value in {**attributes, **own}.items()}
        text = "".join(f" {name}='{escape_attribute(value)}'" for name, value in named.items())
        extra = f" xmlns:xmpp='{XBOSH}'" if any(name.startswith("xmpp:") for name in named) else ""
        body = f"<body{text} xmlns='{NS}'{extra}>".encode() + content + b"</body>"
        if attributes.get("type") == "terminate":
            self._last = rid
        self.waiting -= len(content)
        request = Request(rid, body, not attributes and not content)
        self._under_way[rid] = request
        return request

    @property
    def _gap(self) -> float:
        return _GAP if self._broken_since is None else _CAREFUL_GAP

    @property
    def _empty_due(self) -> float:
        """When the next empty request may be sent (sections 11 and 12)."""
        pause = max(self._rest, 0.0 if self._hold and self.requests > 1 else self._polling)
        return max(self._empty_at + pause, self._heard_at + _GAP)

    def next_timeout(self) -> float | None:
        """When to call `handle_timeout`, or to look for a request again."""
        times: list[float] = []
        if self.over:
            return None
        if self._broken_since is not None:
            times.append(self._broken_since + self._inactivity)
        # What could be done by now waits for a connection, and not for the time.
        if self._sid is not None and not self._under_way and not self._queue and self._empty_due > self._now:
            times.append(self._empty_due)
        if self.urgent and self._under_way and self._sent_at + self._gap > self._now:
            times.append(self._sent_at + self._gap)
        if self._under_way:
            times.append(min(request.sent for request in self._under_way.values()) + 2 * self._wait + 30)
        return min(times, default=None)

    def handle_timeout(self, now: float) -> None:
        """The time passed."""
        self._now = max(now, self._now)
        if self.over:
            return
        if self._broken_since is not None and now >= self._broken_since + self._inactivity:
            self.give_up("no connection to the server could be had, and it has forgotten the session by now")
        elif any(now >= request.sent + 2 * self._wait + 30 for request in self._under_way.values()):
            self.give_up("the server does not answer")

    # --- below: responses ------------------------------------------------------------------------------------------

    @property
    def body_bytes(self) -> int:
        """How long the body of a response may be."""
        limits = self._limits.after_login if self.established else self._limits.before_login
        return _for_bodies(limits).stanza_bytes

    def receive_response(self, rid: int, status: int, body: bytes, now: float) -> None:
        """What came for a request: the status of HTTP, and the body of a 200."""
        request = self._under_way.get(rid)
        if self.over or request is None:
            return
        if status in _RETRIED:
            self.request_failed(rid, now, f"the server answers HTTP {status}")
        elif status != 200:
            self.give_up(f"the server answers HTTP {status}")
        elif (element := self._read_body(body)) is None:
            pass
        elif element.get("type") == "error":  # recoverable (section 17.3)
            for earlier in [number for number in self._under_way if number <= rid]:
                self.request_failed(earlier, now, "the server reports the same error again and again")
        else:
            self._broken_since = None
            del self._under_way[rid]
            if rid in self._again:
                self._again.remove(rid)
            quick = request.empty and now - request.sent < _REST
            self._responses[rid] = element
            before = len(self._inbox)
            while not self.over and (following := self._responses.pop(self._taken + 1, None)) is not None:
                self._taken += 1
                self._take(self._taken, following)
            silent = len(self._inbox) == before
            self._rest = _REST if quick and silent else 0.0
            self._heard_at = self._heard_at if silent else now

    def request_failed(self, rid: int, now: float, text: str) -> None:
        """The connection broke before the response was there: the request is sent once more (section 14.3)."""
        request = self._under_way.get(rid)
        if self.over or request is None:
            return
        if self._broken_since is None:
            self._broken_since = now
        if self._sid is None or request.tries >= _TRIES:
            self.give_up(text)
        elif rid not in self._again:
            self._again.append(rid)
            self._again.sort()

    def give_up(self, text: str) -> None:
        """It is over, not in order: the engine sees a connection that is lost."""
        if not self.over:
            self.fault = text
            self.over = True

    def _read_body(self, data: bytes) -> Element | None:
        limits = self._limits.after_login if self.established else self._limits.before_login
        try:
            body = _parse(_DECLARATION.sub(b"", data, count=1), _for_bodies(limits))
        except XMLError as error:
            self.give_up(f"a response is no body: {error.text or error.condition}")
            return None
        if body.name != BODY:
            self.give_up("a response is no body of BOSH")
            return None
        return body

    def _take(self, rid: int, body: Element) -> None:
        kind = body.get("type")
        if self._sid is None and kind != "terminate" and not self._begin(body):
            return
        size = 0
        for child in body.elements():
            if child.namespace == NS:
                continue  # what it says is for us
            if self._opening and (child.name == _FEATURES or child.namespace == STREAM_NS):
                self._tell_header(body)
            message = write_element(child, "", {}).encode()
            self._inbox.append(message)
            size += len(message)
            if size > 2 * self.body_bytes:
                self.give_up("a response grows beyond measure: it declares for all what each message declares")
                return
        if kind == "terminate" or rid == self._last:
            self._terminated(body)

    def _begin(self, body: Element) -> bool:
        """The session is created."""
        sid = body.get("sid")
        if not sid or len(sid) > 1024:
            self.give_up("the server creates no session")
            return False
        self._sid = sid
        self._id = body.get("authid") or sid
        self._hold = _number(body, "hold", 1) > 0 and _number(body, "wait", self._wait) > 0
        self._wait = min(self._wait, max(1, _number(body, "wait", self._wait)))
        self.requests = min(max(1, _number(body, "requests", 2)), 2)
        self._polling = float(_number(body, "polling", 0))
        self._inactivity = float(max(5, _number(body, "inactivity", 30)))
        return True

    def _tell_header(self, body: Element) -> None:
        self._opening = False
        sender = body.get("from") or self._domain
        version = body.get(f"{{{XBOSH}}}version") or "1.0"
        id_ = body.get("authid") or self._id
        self._inbox.append(write_open(sender=sender, to=None, id=id_, version=version, lang=None).encode())

    def _terminated(self, body: Element) -> None:
        condition = body.get("condition")
        uri = body.find((NS, "uri")) if condition == "see-other-uri" else None
        if condition in (None, "remote-stream-error") or uri is not None:
            if self._opening:
                self._tell_header(body)
            self._inbox.append(write_close(uri.text.strip() if uri is not None else None).encode())
        else:
            shown = "".join(letter for letter in condition[:60] if letter.isprintable())
            self.fault = f"the server ended the session: {shown}"
        self.over = True


def _parse(data: bytes, limits: XMLLimits) -> Element:
    """The one element that `data` is. Raises XMLError."""
    reader = StreamReader(limits, stepping=False)
    reader.feed(b"<bodies>")
    reader.next()
    reader.feed(data.rstrip(b" \t\r\n"))
    item = reader.next()
    if not isinstance(item, Element) or reader.has_rest:
        raise XMLError("not-well-formed", "it is not one element")
    return item


def _for_bodies(limits: XMLLimits) -> XMLLimits:
    """A body holds many stanzas, of which one may be longer than they commonly are. Each is held against the limits once more,
    by the engine."""
    more = _MANY - 1
    return replace(
        limits,
        stanza_bytes=limits.stanza_bytes + more * min(limits.stanza_bytes, AFTER_LOGIN.stanza_bytes),
        elements=limits.elements + more * min(limits.elements, AFTER_LOGIN.elements),
        names=_MANY * limits.names,
        namespaces=_MANY * limits.namespaces,
        depth=limits.depth + 1,
    )


def _number(body: Element, name: str, default: int) -> int:
    text = (body.get(name) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
