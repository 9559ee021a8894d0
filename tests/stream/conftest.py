"""Runs every test of the stream once for each way to cut the bytes; see `tests.stream.recut`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from tests.pair import CUTS
from tests.stream.recut import Recut

UNCUT_ALL = bool(os.environ.get("XMPPWIRE_UNCUT"))
"""For a run that is about something else, such as the coverage: it takes a sixth of the time."""

OWN_CUTS = frozenset(
    {
        "test_dialback_random",
        "test_stream_bosh",
        "test_stream_resumption",
        "test_stream_split",
        "test_stream_stateful",
        "test_stream_websocket",
    }
)
"""These cut for themselves."""

UNCUT = {
    "test_a_client_takes_long_stanzas_from_its_server": "it is long, and small limits are held at every cut",
    "test_a_client_takes_many_elements_from_its_server": "it is long, and small limits are held at every cut",
    "test_cve_2026_43507_what_a_stranger_left_behind_is_freed": "it measures memory, and what is watched is kept",
    "test_cve_2026_43506_little_can_be_asked_for_before_login": "it measures time",
    "test_cve_2023_52425_a_big_token_takes_linear_time": "it measures time, and cuts for itself",
    "test_cve_2016_1232_ids_and_nonces_come_from_the_systems_source": "what it draws is random indeed",
    "test_a_buffer_may_be_filled_again": "what it hands in is not bytes, which is the point",
    "test_two_engines_over_any_cut": "what is written at once is flushed at once, and it cuts for itself",
    "test_compression_comes_before_resumption": "what is written at once is flushed at once, and it cuts for itself",
    "test_with_sasl2_it_comes_behind_the_login_too": "what is written at once is flushed at once, and it cuts for itself",
    "test_the_switch_is_exact_at_every_split": "it cuts for itself",
    "test_what_comes_out_does_not_depend_on_the_pieces": "it cuts for itself",
    "test_the_limit_of_inflation": "it cuts for itself",
    "test_the_limit_holds_for_each_window": "it cuts for itself",
    "test_cve_2014_2741_only_a_piece_is_inflated_at_once": "it feeds no stream",
    "test_a_bomb_that_waits_stops_the_reading": "it looks at what is held while it is not pulled",
    "test_the_mechanisms_taken_out_of_the_offer_are_missed": "it changes the bytes on the way, and finds them in whole pieces",
}

_outcomes: dict[str, object] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    if module not in OWN_CUTS and metafunc.function.__name__ not in UNCUT:
        metafunc.parametrize("recut", ["whole"] if UNCUT_ALL else list(CUTS), indirect=True)


@pytest.fixture(autouse=True)
def recut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cuts what the test feeds. What came out under "whole" must come out under the others."""
    name: str | None = getattr(request, "param", None)
    if name is None:
        yield
        return
    pieces = Recut(CUTS[name])
    pieces.install(monkeypatch)
    yield
    test = re.sub(rf"\b{name}\b", "whole", request.node.nodeid, count=1)
    outcome = pieces.outcome()
    if name == "whole":
        _outcomes[test] = outcome
    elif test in _outcomes:
        assert outcome == _outcomes[test], f"cut as {name}, something else came out"
