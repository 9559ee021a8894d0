"""Atom (RFC 4287): entries and feeds, the format of blogs and news on pubsub nodes; with replies to entries (RFC 4685).

XMPP uses it in Pubsub Social Feed (XEP-0472) and microblogs (XEP-0277). There an entry may give its title or content
twice, as text and as XHTML, and what the RFC requires is often left to the pubsub item, so that little is required
here.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://www.w3.org/2005/Atom"
THREAD_NAMESPACE = "http://purl.org/syndication/thread/1.0"
_ROLES = (Role.CLIENT, Role.SERVER, Role.COMPONENT)
STANDARDS = (
    Standard("RFC 4287", "The Atom Syndication Format", Status.PROPOSED, "", (NAMESPACE,), _ROLES),
    Standard("RFC 4685", "Atom Threading Extensions", Status.PROPOSED, "", (THREAD_NAMESPACE,), _ROLES),
)


class AtomText(Payload):
    """Text (RFC 4287, section 3.1). `type` is `text`, `html` (as text, with its markup escaped) or `xhtml` (one
    `div`)."""

    lang: str | None = field.language()
    type: str | None = field.attribute(default=None)
    content: list[Element | str] = field.content()

    @property
    def text(self) -> str:
        """The text alone, without the elements around it."""
        return "".join(part if isinstance(part, str) else _text_of(part) for part in self.content)


def _text_of(element: Element) -> str:
    parts: list[str] = []
    waiting: list[Element | str] = [element]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            parts.append(part)
        else:
            waiting += reversed(part.children)
    return "".join(parts)


class AtomTitle(AtomText, ns=NAMESPACE, name="title", nested=True):
    """The title."""


class AtomSubtitle(AtomText, ns=NAMESPACE, name="subtitle", nested=True):
    """The description of a feed."""


class AtomSummary(AtomText, ns=NAMESPACE, name="summary", nested=True):
    """A summary of an entry."""


class AtomRights(AtomText, ns=NAMESPACE, name="rights", nested=True):
    """Who has what rights."""


class AtomContent(AtomText, ns=NAMESPACE, name="content", nested=True):
    """The content, or where it is (section 4.1.3). `type` may be an Internet media type as well."""

    src: str | None = field.attribute(default=None)


class AtomPerson(Payload):
    """A person (section 3.2). In XMPP the URI is mostly an `xmpp:` one."""

    name: str = field.value()
    uri: str | None = field.value(default=None)
    email: str | None = field.value(default=None)


class AtomAuthor(AtomPerson, ns=NAMESPACE, name="author", nested=True):
    """An author."""


class AtomContributor(AtomPerson, ns=NAMESPACE, name="contributor", nested=True):
    """Somebody who contributed."""


class AtomCategory(Payload, ns=NAMESPACE, name="category", nested=True):
    """A category, or hashtag."""

    term: str = field.attribute()
    scheme: str | None = field.attribute(default=None)
    label: str | None = field.attribute(default=None)


class AtomLink(Payload, ns=NAMESPACE, name="link", nested=True):
    """A link (section 4.2.7); without `rel` it is `alternate`. `ref` is the id of the entry that `via` names
    (XEP-0472)."""

    href: str = field.attribute()
    rel: str | None = field.attribute(default=None)
    ref: str | None = field.attribute(default=None)
    type: str | None = field.attribute(default=None)
    hreflang: str | None = field.attribute(default=None)
    title: str | None = field.attribute(default=None)
    length: int | None = field.attribute(UnsignedInt, default=None)


class AtomGenerator(Payload, ns=NAMESPACE, name="generator", nested=True):
    """The software that made it."""

    uri: str | None = field.attribute(default=None)
    version: str | None = field.attribute(default=None)
    name: str = field.text(default="")


class InReplyTo(Payload, ns=THREAD_NAMESPACE, name="in-reply-to"):
    """The entry that is answered (RFC 4685, section 3): its id, and where it is."""

    ref: str | None = field.attribute(default=None)
    href: str | None = field.attribute(default=None)
    type: str | None = field.attribute(default=None)
    source: str | None = field.attribute(default=None)


class AtomMetadata(Payload):
    """What feeds and sources share."""

    authors: list[AtomAuthor] = field.children()
    categories: list[AtomCategory] = field.children()
    contributors: list[AtomContributor] = field.children()
    generator: AtomGenerator | None = field.child(default=None)
    icon: str | None = field.value(default=None)
    id: str | None = field.value(default=None)
    links: list[AtomLink] = field.children()
    logo: str | None = field.value(default=None)
    rights: AtomRights | None = field.child(default=None)
    subtitle: AtomSubtitle | None = field.child(default=None)
    titles: list[AtomTitle] = field.children()
    updated: datetime | None = field.value(default=None)


class AtomSource(AtomMetadata, ns=NAMESPACE, name="source", nested=True):
    """The feed that an entry was taken from (section 4.2.11)."""

    extensions: list[Payload | Element] = field.payloads()


class AtomEntry(Payload, ns=NAMESPACE, name="entry"):
    """An entry (section 4.1.2)."""

    lang: str | None = field.language()
    authors: list[AtomAuthor] = field.children()
    generator: AtomGenerator | None = field.child(default=None)
    titles: list[AtomTitle] = field.children()
    summaries: list[AtomSummary] = field.children()
    contents: list[AtomContent] = field.children()
    links: list[AtomLink] = field.children()
    categories: list[AtomCategory] = field.children()
    id: str | None = field.value(default=None)
    published: datetime | None = field.value(default=None)
    updated: datetime | None = field.value(default=None)
    contributors: list[AtomContributor] = field.children()
    rights: AtomRights | None = field.child(default=None)
    source: AtomSource | None = field.child(default=None)
    in_reply_to: list[InReplyTo] = field.children()
    extensions: list[Payload | Element] = field.payloads()


class AtomFeed(AtomMetadata, ns=NAMESPACE, name="feed"):
    """A feed (section 4.1.1); on pubsub nodes mostly its metadata alone."""

    lang: str | None = field.language()
    entries: list[AtomEntry] = field.children()
    extensions: list[Payload | Element] = field.payloads()
