"""By which token a command speaks: a flag goes before the environment, and that before a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from growthhub_async import FileTokenStore, Secret
from growthhub_async.cli.access import Access, check_server, with_access
from growthhub_async.cli.clients import client_of
from growthhub_async.cli.guard import UsageError
from growthhub_async.cli.profiles import CLIENT_SECRET, TOKEN, Profile, Profiles
from growthhub_async.settings import LIVE_BASE_URL


@pytest.fixture(autouse=True)
def nothing_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("TOKEN", "PROFILE", "LOCATION_ID", "BASE_URL"):
        monkeypatch.delenv(f"GROWTHHUB_{name}", raising=False)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("pit-file\n")
    path.chmod(0o600)
    return path


def keep(name: str, token: str, **about: Any) -> None:
    profile = Profile(**{"base_url": LIVE_BASE_URL, "location_id": f"loc-{name}"} | about)
    Profiles().replace(name, None, profile)
    Profiles().keep_secret(name, profile, TOKEN, token)


def used(access: Access, **settings: Any) -> tuple[str, str | None]:
    """Tell the token and the location that a client goes by."""
    found = client_of(settings, access).settings
    assert isinstance(found.token, Secret)
    return found.token.reveal(), found.location_id


def test_a_flag_goes_before_the_environment_and_that_before_a_profile(
    token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile that is named by a flag goes before the environment's token, too; the default one comes last."""
    with pytest.raises(UsageError, match="there is no token; log in with `growthhub auth login`, set GROWTHHUB_TOKEN"):
        client_of({}, Access())
    keep("default", "pit-default")
    keep("acme", "pit-acme")
    assert used(Access()) == ("pit-default", "loc-default")
    monkeypatch.setenv("GROWTHHUB_PROFILE", "acme")
    assert used(Access()) == ("pit-acme", "loc-acme")
    assert used(Access(profile="default")) == ("pit-default", "loc-default")
    monkeypatch.setenv("GROWTHHUB_TOKEN", "pit-environment")
    assert used(Access()) == ("pit-environment", None)
    assert used(Access(profile="acme")) == ("pit-acme", "loc-acme")
    assert used(Access(token_file=token_file)) == ("pit-file", None)
    with pytest.raises(UsageError, match="--token-file and --profile: both give a token"):
        used(Access(token_file, "acme"))


def test_what_a_profile_says_gives_way_to_flags_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value by itself."""
    keep("default", "pit-default")
    monkeypatch.setenv("GROWTHHUB_LOCATION_ID", "loc-environment")
    assert used(Access()) == ("pit-default", "loc-environment")
    assert used(Access(), location_id="loc-flag") == ("pit-default", "loc-flag")
    assert used(Access(), location_id=None) == ("pit-default", "loc-environment")


def test_a_profiles_token_goes_to_its_own_server_alone(monkeypatch: pytest.MonkeyPatch, token_file: Path) -> None:
    """And a token that comes from elsewhere goes to no profile's server."""
    keep("default", "pit-default", base_url="https://example.com")
    assert client_of({}, Access()).settings.base_url == "https://example.com"
    for given in ({"base_url": "https://other.example"}, {}):
        monkeypatch.setenv("GROWTHHUB_BASE_URL", "https://evil.example/")
        with pytest.raises(UsageError, match=r"profile default is for https://example\.com, and its tokens go nowhere"):
            client_of(given, Access())
    monkeypatch.setenv("GROWTHHUB_BASE_URL", "https://example.com/")
    assert client_of({}, Access()).settings.base_url == "https://example.com"
    monkeypatch.delenv("GROWTHHUB_BASE_URL")
    assert client_of({}, Access(token_file=token_file)).settings.base_url == LIVE_BASE_URL


def test_a_profile_of_an_app_gives_what_oauth_takes() -> None:
    """Its secret, and the store in which its grants are."""
    profile = Profile(base_url=LIVE_BASE_URL, location_id="loc1", client_id="app-1")
    Profiles().replace("default", None, profile)
    with pytest.raises(UsageError, match="the profile default has lost its secret; log in again"):
        client_of({}, Access())
    Profiles().keep_secret("default", profile, CLIENT_SECRET, "hush")
    settings = client_of({"concurrency": 3}, Access()).settings
    assert (settings.app, settings.token, settings.concurrency) == (("app-1", Secret("hush")), None, 3)
    assert isinstance(settings.token_store, FileTokenStore)
    assert settings.keep_history


@pytest.mark.parametrize("base_url", ["https://evil.example", "http://evil.example", "https://127.0.0.1:8443"])
def test_a_job_that_somebody_made_does_not_choose_who_is_shown_a_token(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is neither the live API nor on this machine has to be the environment's; a profile has its own."""
    check_server(base_url, Access())  # there is a default profile, or there is no token
    monkeypatch.setenv("GROWTHHUB_TOKEN", "pit-environment")
    for known in (None, LIVE_BASE_URL, "http://127.0.0.1:8765"):
        check_server(known, Access())
    with pytest.raises(UsageError, match=f"the job is for {base_url}; if your token may go there, set GROWTHHUB_BASE"):
        check_server(base_url, Access())
    check_server(base_url, Access(profile="acme"))
    monkeypatch.setenv("GROWTHHUB_BASE_URL", f"{base_url}/")
    check_server(base_url, Access())


@pytest.mark.parametrize("name", ["nobody", "no/body", "../x"])
def test_a_profile_that_is_not_there_is_told(name: str) -> None:
    """With the others that are, and what is no name as such."""
    keep("acme", "pit-acme")
    words = r"there is no profile nobody; make it with `growthhub auth login --profile nobody`, or use one of: acme$"
    with pytest.raises(UsageError, match=words if name == "nobody" else "must be letters, digits, - and _"):
        with_access({}, Access(profile=name))


def test_an_empty_token_of_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of white space, too."""
    monkeypatch.setenv("GROWTHHUB_TOKEN", "  ")
    assert with_access({}, Access()) is None
