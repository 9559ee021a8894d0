"""DOAP usage in XMPP (XEP-0453): a project describes itself, and which standards it implements, in an RDF/XML document.

`parse_doap` reads such a document, `make_doap` makes one. The words are those of DOAP
(`http://usefulinc.com/ns/doap#`), FOAF and schema.org; what XMPP adds is `SupportedXep`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from xmppwire.payload import Date, Enumeration, Payload, Unknown, field
from xmppwire.protocol._document import read_document
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element, write_element

NAMESPACE = "http://usefulinc.com/ns/doap#"
XMPP_NAMESPACE = "https://linkmauve.fr/ns/xmpp-doap#"
RDF_NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FOAF_NAMESPACE = "http://xmlns.com/foaf/0.1/"
SCHEMA_NAMESPACE = "https://schema.org/"

STANDARD = Standard(
    "XEP-0453",
    "DOAP usage in XMPP",
    Status.EXPERIMENTAL,
    "0.1.2",
    namespaces=(XMPP_NAMESPACE, NAMESPACE),
    note="Reading and writing of documents.",
)

_PREFIXES = {
    "foaf": FOAF_NAMESPACE,
    "rdf": RDF_NAMESPACE,
    "schema": SCHEMA_NAMESPACE,
    "xmpp": XMPP_NAMESPACE,
}
_ABOUT = f"{{{RDF_NAMESPACE}}}about"
_RESOURCE = f"{{{RDF_NAMESPACE}}}resource"


class SupportStatus(StrEnum):
    """How far a project supports a standard (section 4.2)."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    PLANNED = "planned"
    DEPRECATED = "deprecated"
    REMOVED = "removed"
    WONTFIX = "wontfix"


class RepositoryKind(StrEnum):
    """The classes of repositories that DOAP has."""

    ARCH = "ArchRepository"
    BAZAAR = "BazaarBranch"
    BITKEEPER = "BKRepository"
    CVS = "CVSRepository"
    DARCS = "DarcsRepository"
    GIT = "GitRepository"
    GIT_BRANCH = "GitBranch"
    MERCURIAL = "HgRepository"
    OTHER = "Repository"
    SUBVERSION = "SVNRepository"


class ContributorRole(StrEnum):
    """What somebody does for a project."""

    MAINTAINER = "maintainer"
    DEVELOPER = "developer"
    DOCUMENTER = "documenter"
    HELPER = "helper"
    SECURITY_CONTACT = "security-contact"
    TESTER = "tester"
    TRANSLATOR = "translator"


class SupportedXep(Payload, ns=XMPP_NAMESPACE, name="SupportedXep"):
    """An extension that a project supports (section 4.2): its URL, how far, in which version, since which of the
    project.
    """

    xep: str = field.value(attribute=_RESOURCE)
    status: SupportStatus | str | None = field.value(Enumeration(SupportStatus, Unknown.KEEP), default=None)
    version: str | None = field.value(default=None)
    since: str | None = field.value(default=None)
    notes: dict[str, str] = field.language_map(name="note")


class Implements(Payload, ns=NAMESPACE, name="implements", nested=True):
    """A standard that a project implements: its URL, or more about it."""

    resource: str | None = field.attribute(name=_RESOURCE, default=None)
    supported: SupportedXep | None = field.child(default=None)


class Person(Payload, ns=FOAF_NAMESPACE, name="Person"):
    """Somebody (FOAF)."""

    about: str | None = field.attribute(name=_ABOUT, default=None)
    name: str | None = field.value(default=None)
    nick: str | None = field.value(default=None)
    homepages: list[str] = field.values(name="homepage", attribute=_RESOURCE)
    mailboxes: list[str] = field.values(name="mbox", attribute=_RESOURCE)
    mailbox_hashes: list[str] = field.values(name="mbox_sha1sum")


class Contributor(Payload, ns=NAMESPACE, names=tuple(role.value for role in ContributorRole), nested=True):
    """Somebody and what he or she does."""

    role: ContributorRole = field.name()
    resource: str | None = field.attribute(name=_RESOURCE, default=None)
    person: Person | None = field.child(default=None)


class Repository(Payload, ns=NAMESPACE, names=tuple(kind.value for kind in RepositoryKind), nested=True):
    """Where the source is: where to look at it, and where to get it from."""

    kind: RepositoryKind = field.name()
    about: str | None = field.attribute(name=_ABOUT, default=None)
    browse: list[str] = field.values(name="browse", attribute=_RESOURCE)
    locations: list[str] = field.values(name="location", attribute=_RESOURCE)
    anonymous_root: str | None = field.value(name="anon-root", default=None)
    module: str | None = field.value(default=None)


class ProjectRepository(Payload, ns=NAMESPACE, name="repository", nested=True):
    """A repository of a project."""

    repository: Repository | None = field.child(default=None)


class ProjectVersion(Payload, ns=NAMESPACE, name="Version", nested=True):
    """A version that was released."""

    name: str | None = field.value(default=None)
    revision: str | None = field.value(default=None)
    created: date | None = field.value(Date, default=None)
    files: list[str] = field.values(name="file-release", attribute=_RESOURCE)
    operating_systems: list[str] = field.values(name="os")
    platforms: list[str] = field.values(name="platform")


class Release(Payload, ns=NAMESPACE, name="release", nested=True):
    """A release of a project."""

    version: ProjectVersion | None = field.child(default=None)


class Project(Payload, ns=NAMESPACE, name="Project"):
    """A project. Nearly everything may be said more than once; texts for people are by language. `extensions`: the
    rest.
    """

    about: str | None = field.attribute(name=_ABOUT, default=None)
    lang: str | None = field.language()
    names: dict[str, str] = field.language_map(name="name")
    created: date | None = field.value(Date, default=None)
    short_descriptions: dict[str, str] = field.language_map(name="shortdesc")
    descriptions: dict[str, str] = field.language_map(name="description")
    homepages: list[str] = field.values(name="homepage", attribute=_RESOURCE)
    old_homepages: list[str] = field.values(name="old-homepage", attribute=_RESOURCE)
    documentation: list[str] = field.values(name="documentation", ns=SCHEMA_NAMESPACE, attribute=_RESOURCE)
    download_pages: list[str] = field.values(name="download-page", attribute=_RESOURCE)
    download_mirrors: list[str] = field.values(name="download-mirror", attribute=_RESOURCE)
    bug_databases: list[str] = field.values(name="bug-database", attribute=_RESOURCE)
    mailing_lists: list[str] = field.values(name="mailing-list", attribute=_RESOURCE)
    developer_forums: list[str] = field.values(name="developer-forum", attribute=_RESOURCE)
    support_forums: list[str] = field.values(name="support-forum", attribute=_RESOURCE)
    wikis: list[str] = field.values(name="wiki", attribute=_RESOURCE)
    blogs: list[str] = field.values(name="blog", attribute=_RESOURCE)
    security_policies: list[str] = field.values(name="security-policy", attribute=_RESOURCE)
    service_endpoints: list[str] = field.values(name="service-endpoint", attribute=_RESOURCE)
    licenses: list[str] = field.values(name="license", attribute=_RESOURCE)
    languages: list[str] = field.values(name="language")
    logos: list[str] = field.values(name="logo", ns=SCHEMA_NAMESPACE, attribute=_RESOURCE)
    screenshots: list[str] = field.values(name="screenshot", ns=SCHEMA_NAMESPACE, attribute=_RESOURCE)
    screenshot_pages: list[str] = field.values(name="screenshots", attribute=_RESOURCE)
    programming_languages: list[str] = field.values(name="programming-language")
    operating_systems: list[str] = field.values(name="os")
    platforms: list[str] = field.values(name="platform")
    audiences: list[str] = field.values(name="audience")
    categories: list[str] = field.values(name="category", attribute=_RESOURCE)
    contributors: list[Contributor] = field.children()
    repositories: list[ProjectRepository] = field.children()
    implements: list[Implements] = field.children()
    releases: list[Release] = field.children()
    extensions: list[Payload | Element] = field.payloads()


class ProjectDescription(Payload, ns=RDF_NAMESPACE, name="RDF"):
    """The document."""

    projects: list[Project] = field.children()


def parse_doap(document: str | bytes) -> ProjectDescription:
    """Read a document. Raises ValueError where it is no XML, and `PayloadError` (a ValueError) where it is not of this
    kind.
    """
    root = read_document(document)
    if root.name not in ProjectDescription.element_names:
        raise ValueError("not a description of a project")
    return ProjectDescription.from_element(root)


def make_doap(description: ProjectDescription) -> str:
    """The document. Raises `PayloadError` for a value that cannot be written."""
    root = description.to_element()
    root.prefixes = dict(_PREFIXES)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{write_element(root, '', {})}\n"
