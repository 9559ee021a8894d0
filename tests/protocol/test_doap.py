"""Descriptions of projects (XEP-0453): documents read and made."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support import ROOT
from xmppwire.payload import PayloadError
from xmppwire.protocol.doap import (
    Contributor,
    ContributorRole,
    Implements,
    Person,
    Project,
    ProjectDescription,
    ProjectRepository,
    ProjectVersion,
    Release,
    Repository,
    RepositoryKind,
    SupportedXep,
    SupportStatus,
    make_doap,
    parse_doap,
)

EXAMPLE = ProjectDescription(
    projects=[
        Project(
            names={"": "Example"},
            created=date(2010, 1, 10),
            short_descriptions={"en": "An <example>", "fr": "Un exemple"},
            homepages=["https://example.com/?a&b"],
            logos=["https://example.com/logo.svg"],
            contributors=[Contributor(role=ContributorRole.TESTER, person=Person(name="Juliet"))],
            repositories=[
                ProjectRepository(
                    repository=Repository(kind=RepositoryKind.GIT, locations=["https://example.com/example.git"])
                )
            ],
            implements=[
                Implements(resource="https://xmpp.org/rfcs/rfc6120.html"),
                Implements(
                    supported=SupportedXep(
                        xep="https://xmpp.org/extensions/xep-0030.html",
                        status=SupportStatus.COMPLETE,
                        version="2.5rc3",
                        notes={"en": "All of it."},
                    )
                ),
            ],
            releases=[Release(version=ProjectVersion(revision="1.0", created=date(2020, 5, 31)))],
        )
    ]
)


def test_there_and_back() -> None:
    document = make_doap(EXAMPLE)
    assert parse_doap(document) == EXAMPLE
    assert parse_doap(document.encode()) == EXAMPLE


def test_a_made_document_declares_each_namespace_once() -> None:
    document = make_doap(EXAMPLE)
    assert document.startswith("<?xml version='1.0' encoding='UTF-8'?>\n<rdf:RDF ")
    assert document.count(" xmlns") == 5


def test_our_own_description() -> None:
    (project,) = parse_doap((ROOT / "docs" / "xmppwire.doap").read_bytes()).projects
    assert project.names == {"": "xmppwire"}
    assert not project.extensions and not project.unknown_children
    supported = {one.supported.xep: one.supported for one in project.implements if one.supported is not None}
    assert supported["https://xmpp.org/extensions/xep-0030.html"].version == "2.5.0"
    assert all(isinstance(one.status, SupportStatus) for one in supported.values())


def test_a_status_that_is_not_known_is_kept() -> None:
    document = make_doap(EXAMPLE).replace(">complete<", ">perfect<")
    (_, one) = parse_doap(document).projects[0].implements
    assert one.supported is not None and one.supported.status == "perfect"


@pytest.mark.parametrize(
    "document", ["", "<a/>", "<Project xmlns='http://usefulinc.com/ns/doap#'/>", "<!DOCTYPE a><a/>"]
)
def test_what_is_no_description(document: str) -> None:
    with pytest.raises(ValueError, match=r"no|not|declaration"):
        parse_doap(document)


def test_a_fault_is_named_by_its_path() -> None:
    document = make_doap(EXAMPLE).replace("2020-05-31", "last spring")
    with pytest.raises(PayloadError) as caught:
        parse_doap(document)
    assert caught.value.path == "RDF/Project[1]/release[1]/Version/created/text()"
