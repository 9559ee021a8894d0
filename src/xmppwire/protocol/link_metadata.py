"""Link Metadata (XEP-0511): what is to be shown about a link in a message, in words of OpenGraph.

The sender, or a server on the way, looks it up and adds it, so that the recipient need not fetch the link. It may be wrong or
forged.
"""

from __future__ import annotations

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OPENGRAPH_NAMESPACE = "https://ogp.me/ns#"
OPENGRAPH_IMAGE_NAMESPACE = "https://ogp.me/ns#image:"
STANDARD = Standard(
    "XEP-0511",
    "Link Metadata",
    Status.EXPERIMENTAL,
    "0.1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="the properties of OpenGraph that every page has; others stay XML",
)


class LinkMetadata(Payload, ns=NAMESPACE, name="Description"):
    """What is known about the resource `about`, in one language. `images` are addresses, in the sender's order of preference;
    `properties` has what else is said."""

    about: str = field.attribute(URI, name=f"{{{NAMESPACE}}}about")
    lang: str | None = field.language()
    title: str | None = field.value(ns=OPENGRAPH_NAMESPACE, default=None)
    description: str | None = field.value(ns=OPENGRAPH_NAMESPACE, default=None)
    url: str | None = field.value(ns=OPENGRAPH_NAMESPACE, default=None)
    images: list[str] = field.values(name="image", ns=OPENGRAPH_NAMESPACE)
    image_alts: list[str] = field.values(name="alt", ns=OPENGRAPH_IMAGE_NAMESPACE)
    videos: list[str] = field.values(name="video", ns=OPENGRAPH_NAMESPACE)
    audios: list[str] = field.values(name="audio", ns=OPENGRAPH_NAMESPACE)
    type: str | None = field.value(ns=OPENGRAPH_NAMESPACE, default=None)
    site_name: str | None = field.value(name="site_name", ns=OPENGRAPH_NAMESPACE, default=None)
    properties: list[Payload | Element] = field.payloads()
