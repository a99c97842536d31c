"""`growthhub auth` as people use it, without a browser; none of its output has a secret in it."""

from __future__ import annotations

import re
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import pytest

from growthhub_async.sandbox import Location, OAuthApp, SandboxThread, Scenario

from .running import environment, growthhub, started, until

SECRET = "canary-secret-5f0c2a"
CONTACTS = "First Name,Email\nAda,ada@example.com\n"


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    locations = (Location(name="Ada"), Location(id="loc2"))
    with SandboxThread(
        Scenario(locations=locations, oauth=OAuthApp(client_id="app-1", client_secret=SECRET))
    ) as served:
        yield served


@pytest.fixture
def env(sandbox: SandboxThread, tmp_path: Path) -> dict[str, str]:
    return environment(
        XDG_CONFIG_HOME=str(tmp_path / "config"),
        GROWTHHUB_BASE_URL=sandbox.base_url,
        GROWTHHUB_CLIENT_ID="app-1",
        GROWTHHUB_CLIENT_SECRET=SECRET,
    )


def profile_file(folder: Path, name: str = "default") -> Path:
    return folder / "config" / "growthhub" / f"{name}.json"


class Stay(urllib.request.HTTPRedirectHandler):
    """Go nowhere: where to is what is asked for."""

    def redirect_request(self, *_: object) -> None:
        return None


def allowed(url: str, location: str) -> str:
    """Allow the app on the page, and return the address that the browser is sent to."""
    page = urlsplit(url)
    form = dict(parse_qsl(page.query)) | {"location": location, "answer": "allow"}
    try:
        urllib.request.build_opener(Stay).open(f"{page.scheme}://{page.netloc}{page.path}", urlencode(form).encode())
    except urllib.error.HTTPError as error:
        return error.headers["Location"]
    raise AssertionError("the page sends nobody anywhere")


def log_in(env: dict[str, str], folder: Path, *arguments: str, location: str = "loc2") -> tuple[int, str]:
    """Log in by pasting an address; return the exit code and what was told at the end."""
    command = ("auth", "login", "--no-browser", *arguments)
    with started(*command, env=env, folder=folder, stdin=subprocess.PIPE) as process:
        told = "".join(until(process.stderr, "press Enter"))
        [url] = re.findall(r"http\S+", told.split("press Enter")[0])
        out, err = process.communicate(allowed(url, location) + "\n", timeout=60)
        assert SECRET not in told + out + err
        return process.returncode, err


def test_who_has_no_browser_pastes_an_address(sandbox: SandboxThread, env: dict[str, str], tmp_path: Path) -> None:
    """What it brings is kept in a file of one's own, and serves an import; `status` tells of it, and no secret."""
    code, told = log_in(env, tmp_path)
    assert (code, told.splitlines()[-1]) == (
        0,
        f"connected to location loc2; profile default in {profile_file(tmp_path)}",
    )
    assert stat.S_IMODE(profile_file(tmp_path).stat().st_mode) == 0o600
    (tmp_path / "in.csv").write_text(CONTACTS)
    bare = environment(XDG_CONFIG_HOME=env["XDG_CONFIG_HOME"])
    assert growthhub("import", "in.csv", "--verbose", env=bare, folder=tmp_path).returncode == 0
    assert len(sandbox.contacts("loc2")) == 1
    ran = growthhub("auth", "status", env=bare, folder=tmp_path)
    assert ran.returncode == 0
    assert re.fullmatch(
        rf"""default
  kept in    {profile_file(tmp_path)}
  server     {sandbox.base_url}
  app        app-1
  connected  location loc2
  user       y0BeYjuRIlDwsDcOHOJo
  scopes     contacts\.write contacts\.readonly locations/customFields\.readonly
  token      ends \d{{4}}-\d\d-\d\d \d\d:\d\d \w+, in 23 h \d+ min; it is renewed by itself
""",
        ran.stdout,
    )
    kept = msgspec.json.decode(profile_file(tmp_path).read_bytes())
    secrets = [SECRET, *(msgspec.json.decode(kept["loc2"])[name] for name in ("access_token", "refresh_token"))]
    assert not [secret for secret in secrets if secret in ran.stdout + told]


def test_an_agency_logs_in_for_all_its_locations(sandbox: SandboxThread, env: dict[str, str], tmp_path: Path) -> None:
    """Whose token is meant is said by the flag; the page's choice has to be the same."""
    code, told = log_in(env, tmp_path, location="agency")
    assert (code, told) == (
        3,
        "growthhub: GrowthHub refuses to connect: 400 This grant is for user_type Company; authorize again\n",
    )
    code, told = log_in(env, tmp_path, "--agency", "--profile", "agency", location="agency")
    assert (code, told.split(";")[0]) == (
        0,
        "connected to the agency 5DP4iH6HLkQsiKESj6rh, and the locations that have the app",
    )
    (tmp_path / "in.csv").write_text(CONTACTS)
    bare = environment(XDG_CONFIG_HOME=env["XDG_CONFIG_HOME"])
    ran = growthhub("import", "in.csv", "--profile", "agency", "--location", "loc2", env=bare, folder=tmp_path)
    assert (ran.returncode, len(sandbox.contacts("loc2"))) == (0, 1)
    assert "the agency 5DP4iH6HLkQsiKESj6rh" in growthhub("auth", "status", env=bare, folder=tmp_path).stdout


def test_logging_in_again_takes_what_the_profile_knows(env: dict[str, str], tmp_path: Path) -> None:
    """Neither the app nor its secret nor the server has to be given again."""
    assert log_in(env, tmp_path)[0] == 0
    bare = environment(XDG_CONFIG_HOME=env["XDG_CONFIG_HOME"])
    code, told = log_in(bare, tmp_path, location="ve9EPM428h8vShlRW1KT")
    assert (code, told.split(";")[0]) == (0, "connected to location ve9EPM428h8vShlRW1KT")


def test_logging_out_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    """And says what it cannot undo; a second time there is nothing to log out of."""
    assert log_in(env, tmp_path)[0] == 0
    ran = growthhub("auth", "logout", env=env, folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "GrowthHub itself still lets the app in" in ran.stderr
    assert list((tmp_path / "config" / "growthhub").iterdir()) == []
    ran = growthhub("auth", "logout", env=env, folder=tmp_path)
    assert (ran.returncode, ran.stderr.split(";")[0]) == (2, "growthhub: there is no profile default")
    ran = growthhub("auth", "status", env=env, folder=tmp_path)
    assert (ran.returncode, ran.stderr.split(";")[0]) == (2, "growthhub: there is no profile")


def test_a_token_is_set_from_the_standard_input(sandbox: SandboxThread, env: dict[str, str], tmp_path: Path) -> None:
    """It is used with its location and server, and never shown."""
    token = sandbox.token_for("loc2")
    ran = growthhub("auth", "token", "set", "--location", "loc2", env=env, folder=tmp_path, stdin=f"{token}\n")
    assert ran.returncode == 0
    (tmp_path / "in.csv").write_text(CONTACTS)
    bare = environment(XDG_CONFIG_HOME=env["XDG_CONFIG_HOME"])
    imported = growthhub("import", "in.csv", env=bare, folder=tmp_path)
    assert (imported.returncode, len(sandbox.contacts("loc2"))) == (0, 1)
    told = growthhub("auth", "status", env=bare, folder=tmp_path)
    assert "location   loc2\n  token      one that was set" in told.stdout
    assert token not in "".join(f"{one.stdout}{one.stderr}" for one in (ran, imported, told))


def test_the_systems_keyring_keeps_what_is_secret(sandbox: SandboxThread, env: dict[str, str], tmp_path: Path) -> None:
    """The profile's own file has none of it; an import works, and logging out empties the keyring."""
    ring = tmp_path / "ring.json"
    env |= {"PYTHON_KEYRING_BACKEND": "tests.cli.ring.Ring", "RING": str(ring)}
    assert log_in(env, tmp_path, "--keyring")[0] == 0
    secrets = msgspec.json.decode(ring.read_bytes(), type=dict[str, str])
    assert set(secrets) == {"growthhub-default/client_secret", "growthhub-default/loc2"}
    assert set(msgspec.json.decode(profile_file(tmp_path).read_bytes())) == {"profile"}
    (tmp_path / "in.csv").write_text(CONTACTS)
    for name in ("GROWTHHUB_BASE_URL", "GROWTHHUB_CLIENT_ID", "GROWTHHUB_CLIENT_SECRET"):
        del env[name]
    assert growthhub("import", "in.csv", env=env, folder=tmp_path).returncode == 0
    assert len(sandbox.contacts("loc2")) == 1
    status = growthhub("auth", "status", env=env, folder=tmp_path)
    assert "kept in    the system's keyring" in status.stdout
    assert "connected  location loc2" in status.stdout
    assert growthhub("auth", "logout", env=env, folder=tmp_path).returncode == 0
    assert ring.read_text() == "{}"


def test_another_location_than_was_meant_is_told(env: dict[str, str], tmp_path: Path) -> None:
    """No profile is made of it."""
    code, told = log_in(env, tmp_path, "--location", "loc1")
    assert (code, "let into location loc2, and --location is loc1; log in again" in told) == (2, True), told
    assert growthhub("auth", "status", "--profile", "default", env=env, folder=tmp_path).returncode == 2


def test_a_profile_that_is_replaced_keeps_nothing_of_what_it_was(env: dict[str, str], tmp_path: Path) -> None:
    """Neither a token of before, nor a connection; another location's connection is the new one's."""
    bare = environment(XDG_CONFIG_HOME=env["XDG_CONFIG_HOME"])

    def kept() -> set[str]:
        return set(msgspec.json.decode(profile_file(tmp_path).read_bytes()))

    growthhub("auth", "token", "set", env=env, folder=tmp_path, stdin="pit-1")
    assert kept() == {"profile", "token"}
    assert log_in(env, tmp_path)[0] == 0
    assert kept() == {"profile", "client_secret", "loc2"}
    assert log_in(bare, tmp_path, location="ve9EPM428h8vShlRW1KT")[0] == 0
    assert kept() == {"profile", "client_secret", "ve9EPM428h8vShlRW1KT"}
    growthhub("auth", "token", "set", env=env, folder=tmp_path, stdin="pit-1")
    assert kept() == {"profile", "token"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("auth login --client-secret hush", "No such option: --client-secret"),
        ("auth login --client-secret-file nothing", "--client-secret-file nothing: No such file"),
        ("auth login --profile ../x", "--profile ../x: must be letters, digits, - and _"),
        ("auth login --base-url http://example.com", "plain http://"),
        ("auth login --redirect-uri https://example.com", "nobody can listen there; use --no-browser"),
        ("auth login --location no/id", "location_id: must be letters and digits"),
        ("auth token set", "the standard input has no token"),
        ("auth token set --base-url example.com", "base_url: must begin with https://"),
        ("auth token set --location no/id", "location_id: must be letters and digits"),
        ("auth status --profile nobody", "there is no profile nobody; make it with"),
        ("auth logout --profile nobody", "there is no profile nobody; make it with"),
        ("import in.csv --profile nobody", "there is no profile nobody; make it with"),
        ("auth log", "No such command"),
    ],
)
def test_what_is_wrong_is_told(env: dict[str, str], tmp_path: Path, arguments: str, message: str) -> None:
    """Before anybody is asked to click, and nothing is kept."""
    (tmp_path / "in.csv").write_text(CONTACTS)
    ran = growthhub(*arguments.split(), env=env, folder=tmp_path)
    assert (ran.returncode, message in ran.stderr) == (2, True), ran.stderr
    assert not list((tmp_path / "config").rglob("*.json*"))


def test_what_cannot_be_kept_is_told_before_anybody_clicks(env: dict[str, str], tmp_path: Path) -> None:
    """Neither a code nor a click is wasted."""
    (tmp_path / "config").write_text("no folder")
    ran = growthhub("auth", "login", env=env, folder=tmp_path)
    assert (ran.returncode, "the tokens need a file that you may write to" in ran.stderr) == (2, True), ran.stderr
    assert "open this address" not in ran.stderr
    env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    env["XDG_CONFIG_HOME"] = str(tmp_path / "other")
    ran = growthhub("auth", "login", "--keyring", env=env, folder=tmp_path)
    assert (ran.returncode, "the keyring cannot be used (NoKeyringError)" in ran.stderr) == (2, True), ran.stderr
    assert "open this address" not in ran.stderr


def test_who_pastes_nothing_is_not_logged_in(env: dict[str, str], tmp_path: Path) -> None:
    """Nor is anything kept."""
    ran = growthhub("auth", "login", "--no-browser", env=env, folder=tmp_path)
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (2, "growthhub: nothing was pasted; log in again")
    assert not list((tmp_path / "config").rglob("*.json"))


def test_a_connection_that_is_gone_is_told_as_such(env: dict[str, str], tmp_path: Path) -> None:
    """Its profile is still there."""
    assert log_in(env, tmp_path)[0] == 0
    kept = msgspec.json.decode(profile_file(tmp_path).read_bytes(), type=dict[str, str])
    del kept["loc2"]
    profile_file(tmp_path).write_bytes(msgspec.json.encode(kept))
    ran = growthhub("auth", "status", env=env, folder=tmp_path)
    assert (ran.returncode, "  connected  not any more; log in again\n" in ran.stdout) == (0, True)


def test_an_app_is_needed_and_its_secret(env: dict[str, str], tmp_path: Path) -> None:
    """Each is asked for by name."""
    without_secret = {name: value for name, value in env.items() if name != "GROWTHHUB_CLIENT_SECRET"}
    ran = growthhub("auth", "login", env=without_secret, folder=tmp_path)
    assert (ran.returncode, "set GROWTHHUB_CLIENT_SECRET, or name a file with" in ran.stderr) == (2, True)
    without_app = {name: value for name, value in env.items() if name != "GROWTHHUB_CLIENT_ID"}
    ran = growthhub("auth", "login", env=without_app, folder=tmp_path)
    assert (ran.returncode, "name the id that GrowthHub gave it with --client-id" in ran.stderr) == (2, True)


def test_a_profile_that_others_may_read_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    """With the command that mends it."""
    assert log_in(env, tmp_path)[0] == 0
    profile_file(tmp_path).chmod(0o644)
    (tmp_path / "in.csv").write_text(CONTACTS)
    for command in (("import", "in.csv"), ("auth", "status")):
        ran = growthhub(*command, env=env, folder=tmp_path)
        assert (ran.returncode, f"chmod 600 {profile_file(tmp_path)}" in ran.stderr) == (2, True), ran.stderr


def test_a_connection_that_is_lost_ends_an_import_with_what_to_do(env: dict[str, str], tmp_path: Path) -> None:
    """It exits with 3, and the job waits."""
    assert log_in(env, tmp_path)[0] == 0
    kept = msgspec.json.decode(profile_file(tmp_path).read_bytes(), type=dict[str, str])
    grant = msgspec.json.decode(kept["loc2"])
    grant["connection"]["expires_at"], grant["refresh_token"] = 1.0, "gone"
    profile_file(tmp_path).write_bytes(msgspec.json.encode(kept | {"loc2": msgspec.json.encode(grant).decode()}))
    (tmp_path / "in.csv").write_text(CONTACTS)
    ran = growthhub("import", "in.csv", env=env, folder=tmp_path)
    assert (ran.returncode, "connect again with `growthhub auth login`" in ran.stderr) == (3, True), ran.stderr
