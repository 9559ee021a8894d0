"""The fuzzers' properties on their corpus, on inputs that once broke something, and on a few seconds of mutations."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz import make_corpus, properties, run
from fuzz.mutation import TOKENS, Mutator, shrink
from fuzz.properties import HARNESSES, Finding, check_client, check_reader, check_server, well_formed

SEEDS = [(name, path) for name in HARNESSES for path in sorted((run.CORPUS / name).glob("*"))]


@pytest.mark.parametrize(("harness", "path"), SEEDS, ids=[f"{name}-{path.name}" for name, path in SEEDS])
def test_the_corpus_keeps_every_promise(harness: str, path: Path) -> None:
    HARNESSES[harness](path.read_bytes())


@pytest.mark.parametrize("harness", HARNESSES)
def test_mutations_keep_every_promise(harness: str) -> None:
    report = run.fuzz(harness, 1.0, seed=1, save=False, mutants=40)
    assert not report.findings, report.findings[0]
    assert report.executions > report.corpus > 5
    assert report.behaviours > 5


def test_the_seeds_reach_everything_that_they_are_meant_to_reach() -> None:
    """The logins in the corpus succeed: otherwise the fuzzers would never see an established stream."""
    seeds = make_corpus.seeds()
    for check, harness in ((check_client, "client"), (check_server, "server")):
        reached = {name: check(content, False) for name, content in seeds[harness].items()}
        established = [
            name for name, summary in reached.items() if isinstance(summary, tuple) and "Established" in summary
        ]
        assert {f"client-{number}" for number in range(6)} <= set(established), reached
        assert "wrong" not in established


def test_the_corpus_is_what_its_script_makes() -> None:
    for harness, files in make_corpus.seeds().items():
        stored = {path.name: path.read_bytes() for path in (run.CORPUS / harness).iterdir()}
        assert {name: data for name, data in stored.items() if not name.startswith("regression-")} == files
        assert sum(map(len, stored.values())) < 100_000


# --- the properties find what they look for ----------------------------------------------------------------------------


def test_a_reader_whose_items_depend_on_the_cut_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = properties.StreamReader.feed

    def lossy(reader: properties.StreamReader, data: bytes) -> None:
        feed(reader, data.replace(b"version", b"wersion"))

    monkeypatch.setattr(properties.StreamReader, "feed", lossy)
    with pytest.raises(Finding, match="depend on the cut"):
        check_reader((run.CORPUS / "reader" / "stream").read_bytes())


def engine_with(monkeypatch: pytest.MonkeyPatch, **methods: Callable[..., object]) -> bytes:
    """The engine under test with other methods, and a script that logs in."""

    class Broken(properties.Connection):
        pass

    for name, method in methods.items():
        setattr(Broken, name, method)
    monkeypatch.setattr(properties, "Connection", Broken)
    return (run.CORPUS / "server" / "client-0").read_bytes()


def test_output_that_is_no_xml_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def data_to_send(self: properties.Connection) -> bytes:
        return super(type(self), self).data_to_send().replace(b"</stream:features>", b"")

    script = engine_with(monkeypatch, data_to_send=data_to_send)
    with pytest.raises(Finding, match="well-formed"):
        check_server(script, False)


def test_an_event_behind_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    end = properties.StreamEnded(properties.StreamEnded.__dataclass_fields__ and None, True)  # type: ignore[arg-type]

    def next_event(self: properties.Connection, now: float) -> object:
        event = super(type(self), self).next_event(now)
        return end if isinstance(event, properties.Signal) and self.phase is properties.Phase.CLOSED else event

    script = engine_with(monkeypatch, next_event=next_event)
    with pytest.raises(Finding, match="behind StreamEnded"):
        check_server(script, False)


def test_randomness_from_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(3)

    def data_to_send(self: properties.Connection) -> bytes:
        data = super(type(self), self).data_to_send()
        return data.replace(b"</stream:features>", f"<x{source.random()}/></stream:features>".encode())

    script = engine_with(monkeypatch, data_to_send=data_to_send)
    with pytest.raises(Finding, match="output depends on the cut"):
        check_server(script)


def test_an_undocumented_exception_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def handle_timeout(self: properties.Connection, now: float) -> None:
        raise KeyError("a bug")

    engine_with(monkeypatch, handle_timeout=handle_timeout)
    monkeypatch.setattr(run, "CRASHES", tmp_path / "crashes")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    report = run.fuzz("server", 5.0, seed=1)
    assert report.findings
    finding = report.findings[0]
    assert "KeyError" in finding["kind"]
    saved = tmp_path / finding["file"]
    assert len(saved.read_bytes()) < 40, "shortened"
    with pytest.raises(KeyError):
        check_server(saved.read_bytes(), False)


def test_output_is_judged_document_by_document() -> None:
    header = (
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    well_formed(header + b"<a/>" + header + b"<b/></stream:stream>")
    for wrong in (b"<a/>" + header, header + b"<a>", header + b"&x;", header + b"</stream:stream><a/>"):
        with pytest.raises(Finding):
            well_formed(wrong)


# --- the machinery -------------------------------------------------------------------------------------------------------


def test_mutations_are_the_same_for_the_same_seed() -> None:
    one, two = Mutator([b"<a>b</a>", b"c"], 4), Mutator([b"<a>b</a>", b"c"], 4)
    first = [one.next() for _ in range(300)]
    assert first == [two.next() for _ in range(300)]
    assert len(set(first)) > 200
    assert max(map(len, first)) <= 4000
    assert any(token in data for token in TOKENS if len(token) > 8 for data in first)


def test_shrinking_keeps_the_failure() -> None:
    assert shrink(b"abcdefgXhijk" * 10, lambda data: b"X" in data) == b"X"


def test_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(HARNESSES, "jid", lambda data, thorough=True: len(data))
    assert run.main(["--seconds", "0", "--harness", "jid", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["harness"] == "jid"
    assert report["executions"] >= report["corpus"] > 0
    assert report["findings"] == []
    assert run.main(["--seconds", "0", "--harness", "jid"]) == 0
    assert "0 findings" in capsys.readouterr().out
    path = tmp_path / "input"
    path.write_bytes(b"juliet@capulet.lit")
    assert run.main(["--harness", "jid", "--input", str(path)]) == 0
    with pytest.raises(SystemExit):
        run.main(["--input", str(path)])


def test_the_command_line_reports_findings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def check(data: bytes, thorough: bool = True) -> object:
        properties.require(b"capulet" not in data, "no Capulets", data)
        return None

    monkeypatch.setitem(HARNESSES, "jid", check)
    monkeypatch.setattr(run, "CRASHES", tmp_path / "crashes")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    assert run.main(["--seconds", "0", "--harness", "jid"]) == 1
    shown = capsys.readouterr().out
    assert "no Capulets" in shown
    assert [path.read_bytes() for path in (tmp_path / "crashes").iterdir()] == [b"capulet"]
