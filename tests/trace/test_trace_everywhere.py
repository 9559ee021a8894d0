"""Whatever the tests of the stream do to a connection can be recorded and replayed, to the byte."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.trace.replaying import assert_replays
from xmppwire.trace import replay

PLUGIN = ["-m", "pytest", "-q", "-p", "tests.trace.replay_plugin", "-p", "no:cacheprovider"]


def test_every_run_of_the_stream_tests_replays() -> None:
    """The logins here, uncut; all of `tests/stream` by the command in `replay_plugin`."""
    files = [
        "-k",
        "whole and (walkthrough or try_again or order or end_to_end or binding)",
        "tests/stream/test_stream_walkthrough.py",
        "tests/stream/test_stream_sasl.py",
    ]
    done = subprocess.run([sys.executable, *PLUGIN, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    differences = [line for line in done.stdout.splitlines() if "recorded" in line and "replayed" in line]
    assert not differences, "\n".join(differences)
    assert " passed" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_plugin_sees_a_difference(tmp_path: object) -> None:
    """A connection that is not a function of its calls does not pass."""
    path = f"{tmp_path}/test_ambient.py"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(
            "import itertools\n"
            "from tests.stream.streams import client_config\n"
            "from xmppwire.stream import Connection\n"
            "from xmppwire.stream import core\n"
            "counter = itertools.count()\n"
            "def test_it(monkeypatch):\n"
            "    monkeypatch.setattr(core, 'write_header', lambda *a, **k: f'<x{next(counter)}>')\n"
            "    engine = Connection(client_config())\n"
            "    engine.start(0.0)\n"
            "    engine.data_to_send()\n"
        )
    done = subprocess.run([sys.executable, *PLUGIN, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "recorded '<x0>', replayed '<x" in done.stdout, done.stdout + done.stderr


def test_the_helper_refuses_a_difference() -> None:
    lines = [
        '{"xmppwire-trace":1,"secrets":true,"config":{"class":"ClientConfig","jid":{"jid":"a@b"}}}',
        '{"at":1,"call":"start"}',
    ]
    assert not replay(lines).equal
    with pytest.raises(AssertionError, match="line 2: phase"):
        assert_replays(lines)
