"""`growthhub auth login` in headless Chromium, as Debian installs it: a click, and the command line goes on by itself.

`.ci/run` installs it; elsewhere these tests are skipped when there is none.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from growthhub_async.sandbox import Location, OAuthApp, SandboxThread, Scenario
from tests.importer.report.browser import chromium

from .running import environment, growthhub

pytestmark = pytest.mark.timeout(600)  # a browser starts when the machine lets it

SECRET = "canary-secret-5f0c2a"
CONTACTS = "First Name,Email\nAda,ada@example.com\n"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def logged_in(sandbox: SandboxThread, folder: Path, button: str) -> tuple[int, str, dict[str, str]]:
    """Log in with a browser in which a button is clicked; return the exit code, what was told, and the environment."""
    chromium()
    env = environment(
        XDG_CONFIG_HOME=str(folder / "config"),
        GROWTHHUB_BASE_URL=sandbox.base_url,
        GROWTHHUB_CLIENT_ID="app-1",
        GROWTHHUB_CLIENT_SECRET=SECRET,
        BROWSER=f"{sys.executable} -m tests.cli.clicking {folder / 'browser'} {button} %s &",
    )
    env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(Path(__file__).parents[2])])
    redirect_uri = f"http://localhost:{free_port()}/callback"
    ran = growthhub("auth", "login", "--redirect-uri", redirect_uri, env=env, folder=folder, timeout=300)
    assert SECRET not in ran.stdout + ran.stderr
    return ran.returncode, ran.stderr, env


@pytest.fixture
def sandbox() -> SandboxThread:
    here, there = Location(name="Ada & Sons"), Location(id="loc2", name="Elsewhere")
    return SandboxThread(Scenario(locations=(here, there), oauth=OAuthApp(client_id="app-1", client_secret=SECRET)))


def test_allow_is_clicked_and_the_command_line_goes_on(sandbox: SandboxThread, tmp_path: Path) -> None:
    """The page says who asks for what; the profile it makes imports contacts, without another word of tokens."""
    with sandbox:
        code, told, env = logged_in(sandbox, tmp_path, "allow")
        assert (code, told.splitlines()[-1].partition(";")[0]) == (0, f"connected to location {sandbox.location_id}")
        (tmp_path / "in.csv").write_text(CONTACTS)
        for name in ("GROWTHHUB_BASE_URL", "GROWTHHUB_CLIENT_ID", "GROWTHHUB_CLIENT_SECRET"):
            del env[name]
        assert growthhub("import", "in.csv", env=env, folder=tmp_path).returncode == 0
        assert [contact["email"] for contact in sandbox.contacts()] == ["ada@example.com"]
    asked = (tmp_path / "browser" / "first.txt").read_text()
    assert all(words in asked for words in ("app-1", "contacts.write", "Ada & Sons", "Elsewhere", "Allow", "Deny"))
    brought = (tmp_path / "browser" / "last.txt").read_text()
    assert brought == "GrowthHub has let the app in. The command line goes on by itself."


def test_deny_is_clicked_and_nothing_is_kept(sandbox: SandboxThread, tmp_path: Path) -> None:
    """The command line says so, and ends."""
    with sandbox:
        code, told, _ = logged_in(sandbox, tmp_path, "deny")
    assert (code, told.splitlines()[-1]) == (2, "growthhub: access was denied on the page")
    assert not list((tmp_path / "config").rglob("*.json"))
