"""How many round trips a login takes, classic and with SASL2: a change that adds one is seen here."""

from __future__ import annotations

import pytest

from tests.bench.round_trips import PAGE, ladder, main, refresh


@pytest.mark.spec("XEP-0388", "1")
@pytest.mark.spec("XEP-0484", "2")
def test_round_trips() -> None:
    """TCP and TLS included, which take one each."""
    assert list(ladder(direct_tls=True).values()) == [8, 7, 5, 5, 4, 3, 2]
    assert list(ladder(direct_tls=False).values()) == [10, 9, 7, 7, 6, 5, 4]


def test_the_page_shows_what_goes_over_the_wire() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == refresh(page), "run: python -m tests.bench.round_trips --write"
    assert "<- success, bound," in page


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    printed = capsys.readouterr().out
    assert "| by a token, features known, early data | 4 | 2 |" in printed
    assert "auth ->" in printed
