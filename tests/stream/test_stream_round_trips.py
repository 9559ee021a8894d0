"""How many round trips a login takes, classic and with SASL2: a change that adds one is seen here."""

from __future__ import annotations

import pytest

from tests.bench.round_trips import ladder, main


@pytest.mark.spec("XEP-0388", "1")
@pytest.mark.spec("XEP-0484", "2")
def test_round_trips() -> None:
    """TCP and TLS included, which take one each."""
    assert list(ladder(direct_tls=True).values()) == [8, 7, 5, 5, 4, 3, 2]
    assert list(ladder(direct_tls=False).values()) == [10, 9, 7, 7, 6, 5, 4]


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert lines[-1].split()[-2:] == ["4", "2"]
