"""No secret is shown by any command, whatever the server does, however much is to be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from growthhub_async.sandbox import Limits, Location, OAuthApp, SandboxThread, Scenario
from tests.canary import Shown
from tests.test_canary import FAULTS

from .running import TOKEN, environment, growthhub, local_growthhub, write_people
from .test_auth_commands import SECRET, log_in, profile_file

HASTY = ("--attempt-timeout", "2", "--max-attempts", "1", "--record-deadline", "3", "--interval", "0.5")
MORE = (("status", "in.job"), ("explain", "in.job", "2"), ("report", "in.job"), ("resume", "in.job", *HASTY))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{type(fault).__name__}{getattr(fault, 'status', '')}")
def test_a_token_is_shown_by_no_command(fault: Any, tmp_path: Path) -> None:
    """Neither on the terminal nor in what is written: the job, the results, the outcomes, the report."""
    shown = Shown()
    of_contacts = msgspec.structs.replace(fault, path="/contacts/*")
    write_people(tmp_path / "in.csv", 4)
    with local_growthhub(limits=Limits(interval=0.5), faults=(of_contacts,)) as sandbox:
        env = environment(sandbox)
        for command in (("import", "in.csv", "--outcomes", "out.ndjson", *HASTY), *MORE):
            verbose = ("--verbose", "--debug") if command[0] in ("import", "resume") else ()
            ran = growthhub(*command, *verbose, env=env, folder=tmp_path)  # it looks at the output itself
            shown.texts += [ran.stdout, ran.stderr]
    shown.files(tmp_path)
    assert shown.found([TOKEN]) == []
    assert len(shown.texts) > 12


def test_what_oauth_brought_is_in_its_profile_alone(tmp_path: Path) -> None:
    """Nothing else that an import writes has any of it."""
    shown = Shown()
    app = OAuthApp(client_id="app-1", client_secret=SECRET)
    with SandboxThread(Scenario(locations=(Location(id="loc2"),), oauth=app)) as sandbox:
        env = environment(
            XDG_CONFIG_HOME=str(tmp_path / "config"),
            GROWTHHUB_BASE_URL=sandbox.base_url,
            GROWTHHUB_CLIENT_ID="app-1",
            GROWTHHUB_CLIENT_SECRET=SECRET,
        )
        code, told = log_in(env, tmp_path, "--verbose")
        assert code == 0
        folder = tmp_path / "work"
        folder.mkdir()
        write_people(folder / "in.csv", 4)
        ran = growthhub("import", "in.csv", "--verbose", env=env, folder=folder)
        assert "location loc2: a token for" in ran.stderr
        shown.texts += [told, ran.stdout, ran.stderr]
    shown.files(folder)
    secrets = [part for part in profile_file(tmp_path).read_text().replace("\\", "").split('"') if len(part) > 30]
    assert len(secrets) >= 2
    assert shown.found([SECRET, *secrets]) == []


def test_no_measurement_that_is_kept_has_a_token() -> None:
    """They name machines and versions, and nothing that opens anything."""
    shown = Shown()
    shown.files(Path(__file__).parents[2] / "benchmarks" / "results")
    assert shown.texts
    assert shown.found(["pit-", "Bearer", "secret"]) == []
