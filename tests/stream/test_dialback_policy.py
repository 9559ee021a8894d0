"""What a server asks of another domain: TLS, a certificate, dialback, or nothing to do with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stream.dialback_world import (
    LOOSE,
    A,
    B,
    answers,
    error,
    header,
    incoming,
    initiator,
    outgoing,
    result,
    verify,
)
from tests.stream.streams import Solo
from xmppwire.stream import (
    DialbackRequested,
    DialbackUse,
    DomainPolicies,
    DomainPolicy,
    EndReason,
    Established,
    ExternalRequested,
)

STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"


def only(**policy: Any) -> DomainPolicies:
    """A policy of its own for a.example; whoever else comes is welcome."""
    return DomainPolicies(default=LOOSE.default, domains={A: DomainPolicy(**policy)})


def in_tls(policies: DomainPolicies, *names: str) -> Solo:
    """A receiving server whose peer has a certificate with these names."""
    solo = Solo(incoming(policies=policies, direct_tls=True))
    solo.tls(peer_certificate=b"der", peer_names=names)
    solo.feed(header(A, B))
    solo.sent()
    return solo


@pytest.mark.spec("XEP-0220", "2.5")
def test_dialback_before_the_tls_that_everybody_needs() -> None:
    solo = Solo(incoming(require_tls=True, offer_tls=True))
    solo.feed(header(A, B))
    assert "dialback xmlns" not in solo.sent()
    solo.feed(result(A, B, "key"), verify(A, B, "s1", "key"))
    assert [kind for *_, kind in answers(solo.sent())] == ["policy-violation", "policy-violation"]
    solo.feed(STARTTLS)
    solo.tls()
    solo.feed(header(A, B), result(A, B, "key"))
    solo.one(DialbackRequested)
    solo = Solo(incoming(require_tls=True, offer_tls=True))
    solo.feed(header(A, B), result(A, B, kind="valid"))
    assert solo.error == "not-authorized"


@pytest.mark.spec("XEP-0220", "2.5")
def test_tls_for_one_domain() -> None:
    solo = Solo(incoming(policies=only(), offer_tls=True))
    solo.feed(header(A, B), result(A, B, "key"), verify(A, B, "s1", "key"), result("c.example", B, "key"))
    assert [kind for *_, kind in answers(solo.sent())] == ["policy-violation", "policy-violation"]
    assert solo.one(DialbackRequested).sender.domainpart == "c.example"


@pytest.mark.spec("XEP-0220", "2.5")
def test_a_certificate_and_nothing_else() -> None:
    policies = only(dialback=DialbackUse.NEVER)
    solo = in_tls(policies, A)
    solo.feed(result(A, B, "key"))
    assert answers(solo.sent()) == [("result", B, A, "not-authorized")]
    solo.feed(verify(A, B, "s1", "key"))  # that domain may ask about our keys all the same
    assert answers(solo.sent()) == [("verify", B, A, "invalid")]
    solo = in_tls(policies, A)
    solo.feed(AUTH)
    solo.engine.answer(solo.one(ExternalRequested), A, solo.now)
    solo.pull()
    solo.feed(header(A, B))
    solo.one(Established)
    solo.sent()
    solo.feed("<message from='j@a.example' to='r@b.example'/>", result(A, B, "key"))
    assert answers(solo.sent()) == [("result", B, A, "valid")]  # it is known already


@pytest.mark.spec("XEP-0220", "2.5")
@pytest.mark.parametrize("names", [(), ("other.example", "j@a.example", "not a name")])
def test_cve_2021_32919_dialback_with_a_certificate_for_somebody_else(names: tuple[str, ...]) -> None:
    policies = only(dialback=DialbackUse.WITH_CERTIFICATE)
    solo = in_tls(policies, *names)
    solo.feed(result(A, B, "key"))
    assert answers(solo.sent()) == [("result", B, A, "not-authorized")]
    solo = in_tls(policies, A)
    solo.feed(result(A, B, "key"))
    assert solo.one(DialbackRequested).certified
    assert solo.sent() == ""  # the certificate alone is not enough: the program decides
    solo = in_tls(policies, *names)
    solo.feed(result("c.example", B, "key"))
    assert not solo.one(DialbackRequested).certified


@pytest.mark.spec("RFC 6120", "13.7.1.2.1")
@pytest.mark.parametrize(
    ("name", "domain", "good"),
    [
        ("*.a.example", "chat.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "x.chat.a.example", False),
        ("*.example", "a.example", False),
        ("c*.a.example", "chat.a.example", False),
        ("*", "example", False),
    ],
)
def test_a_certificate_with_a_wildcard(name: str, domain: str, good: bool) -> None:
    solo = in_tls(DomainPolicies(default=DomainPolicy(dialback=DialbackUse.WITH_CERTIFICATE)), name)
    solo.feed(result(domain, B, "key"))
    assert [kind for *_, kind in answers(solo.sent())] == ([] if good else ["not-authorized"])


def test_a_domain_that_is_not_welcome() -> None:
    policies = only(refuse=True)
    solo = Solo(incoming(policies=policies))
    solo.feed(header(A, B))
    assert solo.error == "policy-violation"
    solo = Solo(incoming(policies=policies))
    solo.feed(header("c.example", B), result(A, B, "key"), verify(A, B, "s1", "key"))
    assert [kind for *_, kind in answers(solo.sent())] == ["policy-violation", "policy-violation"]


def test_a_policy_is_for_a_domain_as_it_is_compared() -> None:
    policies = only(refuse=True)
    assert policies.of(A).refuse
    assert not policies.of(B).refuse
    with pytest.raises(ValueError, match=r"write 'a\.example'"):
        DomainPolicies(domains={"A.Example": DomainPolicy()})


def test_by_default_nothing_counts_without_tls() -> None:
    solo = Solo(incoming(policies=DomainPolicies()))
    solo.feed(header(A, B), result(A, B, "key"))
    assert answers(solo.sent()) == [("result", B, A, "policy-violation")]
    solo = Solo(outgoing(require_tls=True, starttls_unoffered=False))
    solo.feed(header(B, A, "s1"), "<stream:features/>")
    assert "db:result" not in solo.sent()
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.TLS_FAILED


def test_the_peer_wants_tls() -> None:
    solo = initiator()
    solo.feed(result(B, A, error("policy-violation"), "error"), "</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert "policy-violation" in solo.ended.text
