"""Clients in JavaScript: what `clients/package.json` names, installed once, and the scripts beside it.

XMPPWIRE_NPM names the folder for that. Without it, since nobody expects of tests that they download something, or without
Node 20, their tests skip; with XMPPWIRE_REQUIRE_SERVERS=1 they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.interop.harness import missing

CLIENTS = Path(__file__).parent / "clients"
SECONDS = 300
OLDEST = 20


def prepare() -> Path:
    """The folder with the packages and with all scripts of `clients/`; skips or fails where that cannot be had."""
    if not (name := os.environ.get("XMPPWIRE_NPM")):
        missing("XMPPWIRE_NPM names no folder where clients in JavaScript may be installed")
    folder = Path(name).absolute()
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        missing("Node.js with npm is not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST:
        missing(f"Node.js {version} is older than {OLDEST}")
    folder.mkdir(parents=True, exist_ok=True)
    wanted, there = CLIENTS / "package.json", folder / "package.json"
    if not there.exists() or there.read_bytes() != wanted.read_bytes() or not (folder / "installed").exists():
        shutil.copy(wanted, there)
        command = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=5", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            missing("npm could not install the clients in time")
        if done.returncode:
            missing(f"npm could not install the clients: {done.stderr.strip()[-300:]}")
        (folder / "installed").touch()
    for script in CLIENTS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder
