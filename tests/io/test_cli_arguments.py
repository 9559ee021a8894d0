"""The command line: what it takes, what it refuses with exit code 2, and in which words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xmppwire import JID, __version__
from xmppwire_io.cli import main
from xmppwire_io.cli.arguments import build_parser, password, users
from xmppwire_io.cli.terminal import Usage


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The last line on standard error of a command line that is refused with exit code 2."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[-1]


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("demo", "probe", "ping", "send", "listen", "component", "serve", "replay", "standards"):
        assert main([command, "--help"]) == 0
        assert f"usage: xmppwire {command}" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"xmppwire {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "required: COMMAND"),
        (("dance",), "invalid choice: 'dance'"),
        (("demo", "--io", "twisted"), "invalid choice: 'twisted'"),
        (("probe", "juliet@capulet.lit"), "is no domain"),
        (("probe", "a..b"), "is no address"),
        (("probe", "capulet.lit", "--port", "0"), "is no port"),
        (("probe", "capulet.lit", "--port", "65536"), "is no port"),
        (("probe", "capulet.lit", "--ca-file", "/no/such/file"), "there is no file /no/such/file"),
        (("probe", "capulet.lit", "--ca-file", "/"), "/ is a directory"),
        (("ping", "capulet.lit", "capulet.lit"), "has no user name before an @"),
        (("ping", "juliet@capulet.lit"), "required: TARGET"),
        (("send", "juliet@capulet.lit", "@", "hi"), "is no address"),
        (("listen", "juliet@capulet.lit", "--count", "0"), "is no number of messages"),
        (("serve",), "required: --domain"),
        (("serve", "--domain", "a.lit", "--listen", "5222"), "is not HOST:PORT"),
        (("serve", "--domain", "a.lit", "--listen", "::1:5222"), "is not HOST:PORT"),
        (("serve", "--domain", "a.lit", "--listen", "127.0.0.1:http"), "is no port"),
        (("serve", "--domain", "a.lit", "--user", "juliet"), "a user is NAME:PASSWORD"),
        (("replay", "/no/such/file"), "there is no file /no/such/file"),
    ],
)
def test_what_does_not_fit_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    assert reason in refused(capsys, *arguments)


def test_a_password_is_never_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--domain", "a.lit", "--user", "sesame"]) == 2
    assert "sesame" not in capsys.readouterr().err


def test_there_is_no_option_for_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert "unrecognized arguments" in refused(
        capsys, "ping", "juliet@capulet.lit", "capulet.lit", "--password", "r0m30"
    )


def test_addresses_of_listen() -> None:
    parse = build_parser().parse_args
    assert parse(["serve", "--domain", "a.lit"]).listen == ("127.0.0.1", 5222)
    assert parse(["serve", "--domain", "a.lit", "--listen", "[::1]:0"]).listen == ("::1", 0)
    assert parse(["serve", "--domain", "a.lit", "--listen", "localhost:5223"]).listen == ("localhost", 5223)


def test_addresses_are_prepared() -> None:
    parsed = build_parser().parse_args(["send", "Juliet@CAPULET.lit/Balcony", "romeo@montague.lit", "hi"])
    assert parsed.jid == JID("juliet@capulet.lit/Balcony")


def test_password_from_variable_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = build_parser().parse_args
    plain = parse(["ping", "juliet@capulet.lit", "capulet.lit"])
    monkeypatch.setenv("XMPPWIRE_PASSWORD", "from the variable")
    assert password(plain) == "from the variable"
    monkeypatch.delenv("XMPPWIRE_PASSWORD")
    with pytest.raises(Usage, match="no password: give --password-file, or set XMPPWIRE_PASSWORD"):
        password(plain)

    file = tmp_path / "password"
    file.write_text(" r0m30 \nnot this\n", encoding="utf-8")
    with_file = parse(["ping", "juliet@capulet.lit", "capulet.lit", "--password-file", str(file)])
    monkeypatch.setenv("XMPPWIRE_PASSWORD", "from the variable")
    assert password(with_file) == " r0m30 "
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(Usage, match="is empty"):
        password(with_file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Usage, match="not text in UTF-8"):
        password(with_file)
    file.unlink()
    with pytest.raises(Usage, match="no such file"):
        password(with_file)


def test_users_from_arguments_and_file(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("nurse:a:b\n\nromeo:other\n", encoding="utf-8")
    arguments = ["serve", "--domain", "a.lit", "--user", "juliet:r0m30", "romeo:jul13t", "--user", "tybalt:x"]
    assert users(build_parser().parse_args(arguments)) == {"juliet": "r0m30", "romeo": "jul13t", "tybalt": "x"}
    parsed = build_parser().parse_args([*arguments, "--users", str(file)])
    assert users(parsed) == {"juliet": "r0m30", "romeo": "other", "tybalt": "x", "nurse": "a:b"}
    file.write_text("romeo:x\nnurse\n", encoding="utf-8")
    with pytest.raises(Usage, match="line 2: a user is NAME:PASSWORD"):
        users(parsed)


def test_a_missing_framework_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trio", None)
    assert refused(capsys, "demo", "--io", "trio") == "xmppwire: --io trio needs trio: pip install 'xmppwire[trio]'"


def test_a_missing_trustme_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["demo"]) == 2
    assert "pip install 'xmppwire[server]'" in capsys.readouterr().err


def test_module_and_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xmppwire_io", "dance"], capture_output=True, text=True, env={**os.environ}, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: xmppwire ")
