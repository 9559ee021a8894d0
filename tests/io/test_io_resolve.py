"""Where to connect: SRV records mixed by priority and weight, and what happens without them."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from typing import Any

import pytest

from xmppwire_io import resolve
from xmppwire_io.resolve import ResolveError, Service, Target, addresses, join, lookup, order

Records = dict[str, list[tuple[int, int, str, int]]]


def dns(records: Records, asked: list[str] | None = None) -> resolve.Query:
    def query(name: str) -> list[tuple[int, int, str, int]] | None:
        if asked is not None:
            asked.append(name)
        return records.get(name)

    return query


PLAIN, DIRECT = "_xmpp-client._tcp.capulet.lit.", "_xmpps-client._tcp.capulet.lit."


@pytest.mark.spec("XEP-0368", "3")
def test_both_kinds_are_mixed_by_priority() -> None:
    records = {
        PLAIN: [(10, 0, "b.capulet.lit.", 5222), (30, 0, "d.capulet.lit.", 5222)],
        DIRECT: [(20, 0, "c.capulet.lit.", 443), (5, 0, "a.capulet.lit.", 5223)],
    }
    assert lookup("capulet.lit", query=dns(records)) == [
        Target("a.capulet.lit", 5223, True),
        Target("b.capulet.lit", 5222, False),
        Target("c.capulet.lit", 443, True),
        Target("d.capulet.lit", 5222, False),
    ]


def test_one_kind_only() -> None:
    records = {PLAIN: [(10, 0, "b.capulet.lit.", 5222)], DIRECT: [(5, 0, "a.capulet.lit.", 5223)]}
    asked: list[str] = []
    assert lookup("capulet.lit", direct_tls=True, query=dns(records, asked)) == [Target("a.capulet.lit", 5223, True)]
    assert lookup("capulet.lit", direct_tls=False, query=dns(records, asked)) == [Target("b.capulet.lit", 5222)]
    assert asked == [DIRECT, PLAIN]


@pytest.mark.spec("RFC 2782", "Usage rules")
def test_weights_are_drawn_in_proportion() -> None:
    services = [Service(1, weight, Target(f"w{weight}", 1)) for weight in (60, 0, 30, 10)]
    firsts: Counter[str] = Counter()
    for mark in range(101):
        marks = iter([mark, 0, 0, 0])
        sequence = order(services, lambda below, marks=marks: min(next(marks), below - 1))
        assert {service.target.host for service in sequence} == {"w60", "w0", "w30", "w10"}
        firsts[sequence[0].target.host] += 1
    assert firsts == {"w60": 60, "w30": 30, "w10": 10, "w0": 1}


def test_a_random_order_keeps_the_priorities() -> None:
    services = [Service(priority, 1, Target(f"{priority}", n)) for priority in (3, 1, 2) for n in range(3)]
    assert [service.priority for service in order(services)] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.spec("RFC 6120", "3.2.1")
def test_a_dot_says_that_there_is_no_service() -> None:
    with pytest.raises(ResolveError, match=r"no XMPP service"):
        lookup("capulet.lit", query=dns({PLAIN: [(0, 0, ".", 0)]}))
    with pytest.raises(ResolveError, match=r"no XMPP service"):
        lookup("capulet.lit", query=dns({DIRECT: [(0, 0, ".", 0)]}))
    both = {DIRECT: [(0, 0, ".", 0)], PLAIN: [(0, 0, "x.capulet.lit.", 5222)]}
    assert lookup("capulet.lit", query=dns(both)) == [Target("x.capulet.lit", 5222)]


@pytest.mark.spec("RFC 6120", "3.2.2")
def test_without_records_it_is_the_domain_itself() -> None:
    assert lookup("capulet.lit", query=dns({})) == [Target("capulet.lit", 5222)]
    assert lookup("capulet.lit", direct_tls=True, query=dns({})) == [Target("capulet.lit", 5223, True)]


def test_servers_have_records_and_ports_of_their_own() -> None:
    asked: list[str] = []
    records = {
        "_xmpp-server._tcp.capulet.lit.": [(5, 0, "a.capulet.lit.", 5269)],
        "_xmpps-server._tcp.capulet.lit.": [(1, 0, "b.capulet.lit.", 443)],
    }
    assert lookup("capulet.lit", query=dns(records, asked), service="server") == [
        Target("b.capulet.lit", 443, True),
        Target("a.capulet.lit", 5269),
    ]
    assert sorted(asked) == sorted(records)
    assert lookup("capulet.lit", query=dns({}), service="server") == [Target("capulet.lit", 5269)]
    assert lookup("192.0.2.1", direct_tls=True, service="server") == [Target("192.0.2.1", 5270, True)]
    nowhere = {"_xmpp-server._tcp.capulet.lit.": [(0, 0, ".", 0)]}
    with pytest.raises(ResolveError, match="for servers"):
        lookup("capulet.lit", query=dns(nowhere), service="server")


def test_without_dnspython(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("dns", "dns.exception", "dns.resolver"):
        monkeypatch.setitem(sys.modules, module, None)
    assert lookup("capulet.lit") == [Target("capulet.lit", 5222)]


def test_addresses_need_no_dns() -> None:
    def query(name: str) -> None:
        raise AssertionError(name)

    assert lookup("192.0.2.1", query=query) == [Target("192.0.2.1", 5222)]
    assert lookup("[2001:db8::1]", query=query) == [Target("2001:db8::1", 5222)]


def test_international_domains_are_asked_for_as_a_labels() -> None:
    asked: list[str] = []
    assert lookup("b\u00fccher.example", query=dns({}, asked)) == [Target("xn--bcher-kva.example", 5222)]
    assert asked == ["_xmpps-client._tcp.xn--bcher-kva.example.", "_xmpp-client._tcp.xn--bcher-kva.example."]
    with pytest.raises(ValueError, match=r"length|empty"):
        lookup("a" * 64 + ".example", query=dns({}))


class TestDnspython:
    @pytest.fixture(autouse=True)
    def needs_it(self) -> None:
        pytest.importorskip("dns")

    def test_records(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import dns.rdatatype
        import dns.resolver
        from dns.rdata import from_text
        from dns.rdataclass import IN

        def resolver(name: str, kind: str, **options: Any) -> list[Any]:
            if name != PLAIN:
                raise dns.resolver.NXDOMAIN
            return [from_text(IN, dns.rdatatype.SRV, "5 6 5269 xmpp.capulet.lit.")]

        monkeypatch.setattr(dns.resolver, "resolve", resolver)
        assert lookup("capulet.lit") == [Target("xmpp.capulet.lit", 5269)]

    @pytest.mark.parametrize("name", ["NXDOMAIN", "NoAnswer", "NoNameservers", "LifetimeTimeout"])
    def test_no_answer_leaves_the_domain_itself(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        import dns.resolver

        def resolver(*_: Any, **__: Any) -> Any:
            kind = getattr(dns.resolver, name)
            raise kind(timeout=1, errors=[]) if name == "LifetimeTimeout" else kind

        monkeypatch.setattr(dns.resolver, "resolve", resolver)
        assert lookup("capulet.lit") == [Target("capulet.lit", 5222)]


def test_addresses_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 5222, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 5222)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 5222)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert addresses("xmpp.capulet.lit", 5222) == [("2001:db8::1", 5222), ("192.0.2.1", 5222)]


def test_hosts_that_are_none() -> None:
    with pytest.raises(ResolveError, match=r"nowhere.invalid: "):
        addresses("nowhere.invalid", 5222)
    with pytest.raises(ResolveError, match=r"not a name"):
        addresses("a" * 70, 5222)


def test_text_of_a_place() -> None:
    assert join("2001:db8::1", 5222) == "[2001:db8::1]:5222"
    assert str(Target("capulet.lit", 5222)) == "capulet.lit:5222"


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["::1", "::2", "::3", "192.0.2.1", "192.0.2.2"], ["::1", "192.0.2.1", "::2", "192.0.2.2", "::3"]),
        (["192.0.2.1", "192.0.2.2", "::1"], ["192.0.2.1", "::1", "192.0.2.2"]),
        (["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"]),
        (["::2", "::1"], ["::2", "::1"]),
        ([], []),
    ],
)
def test_where_one_family_is_broken_the_other_is_next(hosts: list[str], expected: list[str]) -> None:
    assert resolve.interleave(hosts) == expected
