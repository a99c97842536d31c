"""`growthhub import`, run as a process against a local GrowthHub: what it writes, what it prints, how it ends."""

from __future__ import annotations

import gzip
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from growthhub_async.sandbox import SandboxThread

from .running import A_SHORT_DAY, COMMAND, FAST, LOCATION, TOKEN, environment, growthhub, lines_of, local_growthhub

GOOD = "First Name,Email\nAda,ada@example.com\nZoë,zoe@example.com\n"
MIXED = 'First Name,Email\nGrace,grace@example.com\nBob,"not an address"\n"C",c@example.com,too,wide\n'


def test_a_file_is_imported_and_every_record_accepted(tmp_path: Path) -> None:
    """The contacts are there afterwards; the summary is on stderr, nothing on stdout, and the exit code is 0."""
    (tmp_path / "contacts.csv").write_text(GOOD)
    with local_growthhub() as sandbox:
        ran = growthhub("import", "contacts.csv", env=environment(sandbox), folder=tmp_path)
        kept = [(contact["firstName"], contact["email"]) for contact in sandbox.contacts()]
    assert (ran.returncode, ran.stdout) == (0, "")
    assert sorted(kept) == [("Ada", "ada@example.com"), ("Zoë", "zoe@example.com")]
    assert "read: First Name as first_name, Email as email" in ran.stderr
    heading, numbers = ran.stderr.splitlines()[-2:]
    assert heading.split()[:4] == ["read", "created", "updated", "error"]
    assert numbers.split()[:4] == ["2", "2", "0", "0"]


def test_records_that_are_not_accepted_are_told_and_the_exit_code_is_4(tmp_path: Path) -> None:
    """For each reason the count, an example with its line, and what to do; the others are imported."""
    with local_growthhub() as sandbox:
        ran = growthhub("import", "-", "--outcomes", "o.ndjson", env=environment(sandbox), folder=tmp_path, stdin=MIXED)
        assert len(sandbox.contacts()) == 1
    assert ran.returncode == 4
    assert "2 of 3 records were not accepted" in ran.stderr
    assert "invalid 2: never sent" in ran.stderr
    assert "line 3: email: is not an email address" in ran.stderr
    assert "line 4: has 4 cells, the header 2" in ran.stderr
    assert "every failed line is in o.ndjson" in ran.stderr
    assert "not an address" not in ran.stderr


def test_what_the_server_did_not_take_is_told(tmp_path: Path) -> None:
    """A success that dropped a field is a success, and the summary names the field; with --strict it is an error."""
    path = tmp_path / "contacts.csv"
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        for gender in ("female", "male"):
            path.write_text(f"Email,Gender\nada@example.com,{gender}\n")
            ran = growthhub("import", "contacts.csv", env=env, folder=tmp_path)
        strict = growthhub("import", "contacts.csv", "--strict", env=env, folder=tmp_path)
    told = "1 record was written, but not all of it taken by the server: gender 1"
    assert (ran.returncode, strict.returncode) == (0, 4)
    assert told in ran.stderr
    assert "drift 1: written, but not as they are" in strict.stderr


def test_outcomes_are_data_on_stdout_and_nothing_else_is(tmp_path: Path) -> None:
    """`--outcomes -` writes one JSON object for each record and no contact data."""
    with local_growthhub() as sandbox:
        ran = growthhub("import", "-", "--outcomes", "-", env=environment(sandbox), folder=tmp_path, stdin=MIXED)
    outcomes = lines_of(ran.stdout)
    assert [(outcome["line"], outcome["status"]) for outcome in outcomes] == [
        (2, "created"),
        (3, "error"),
        (4, "error"),
    ]
    assert outcomes[0]["contact_id"]
    assert outcomes[0]["location_id"] == LOCATION
    assert outcomes[1]["error"]["problems"][0]["field"] == "email"
    assert "grace" not in ran.stdout.casefold()


def test_gzip_json_lines_and_a_mapping_are_read(tmp_path: Path) -> None:
    """The formats and --map reach the importer, and what is ignored is told."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"kontakt":"ada@example.com","Citty":"Rome"}\n'))
    with local_growthhub() as sandbox:
        ran = growthhub("import", "a.jsonl.gz", "--map", "kontakt=email", env=environment(sandbox), folder=tmp_path)
        assert [contact["email"] for contact in sandbox.contacts()] == ["ada@example.com"]
    assert ran.returncode == 0
    assert "the key `Citty` is ignored; did you mean city?" in ran.stderr


def test_a_delimiter_can_be_written_as_a_word(tmp_path: Path) -> None:
    """A tab is hard to type."""
    with local_growthhub() as sandbox:
        arguments = ("import", "-", "--delimiter", "tab")
        ran = growthhub(
            *arguments, env=environment(sandbox), folder=tmp_path, stdin="Email\tCity\na@example.com\tRome\n"
        )
        assert [contact["city"] for contact in sandbox.contacts()] == ["Rome"]
    assert ran.returncode == 0


def test_a_refused_token_ends_the_run_with_3(tmp_path: Path) -> None:
    """The summary of what was read comes first, then the one line that says what is wrong."""
    with local_growthhub() as sandbox:
        refused = environment(sandbox, GROWTHHUB_TOKEN="pit-another")
        ran = growthhub("import", "-", env=refused, folder=tmp_path, stdin=GOOD)
    assert ran.returncode == 3
    assert ran.stderr.splitlines()[-1].startswith("growthhub: the token was refused: 401")
    assert "pit-another" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import",), "Missing argument"),
        (("import", "-", "--tokn", "x"), "No such option"),
        (("import", "-", "--token", "x"), "No such option"),
        (("import", "-", "--concurrency", "many"), "--concurrency"),
        (("import", "-", "--concurrency", "0"), "concurrency: must be a whole number from 1"),
        (("import", "-", "--look-ahead", "0"), "look_ahead: must be a whole number from 1"),
        (("import", "-", "--requests-per-day", "0"), "requests_per_day: must be a whole number from 1"),
        (("import", "-", "--reserve", "1"), "reserve: must be a share from 0 to below 1"),
        (("import", "-", "--on-daily-quota", "halt"), "on_daily_quota: must be wait or stop, not 'halt'"),
        (("import", "nothing.csv"), "nothing.csv does not exist"),
        (("import", "."), "is a directory"),
        (("import", "-", "--map", "Mail=email"), "the file has no column `Mail`; did you mean `Email`?"),
        (("import", "-", "--map", "Email=emial"), "did you mean email?"),
        (("import", "-", "--encoding", "utf-9"), "--encoding utf-9 is not known"),
        (("import", "-", "--outcomes", "."), "--outcomes .: cannot be written"),
        (("import", "in.csv", "--outcomes", "./in.csv"), "is the file that is imported"),
        (("import", "-", "--token-file", "nothing"), "--token-file nothing: No such file"),
        (("import", "-", "--base-url", "http://example.com"), "plain http://"),
        (("export",), "No such command"),
    ],
)
def test_what_is_wrong_before_the_run_ends_it_with_2(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """One clear line, no traceback, and the file that is imported is never overwritten."""
    (tmp_path / "in.csv").write_text(GOOD)
    nowhere = environment(
        GROWTHHUB_TOKEN=TOKEN, GROWTHHUB_LOCATION_ID=LOCATION, GROWTHHUB_BASE_URL="http://127.0.0.1:1"
    )
    ran = growthhub(*arguments, env=nowhere, folder=tmp_path, stdin=GOOD)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert (tmp_path / "in.csv").read_text() == GOOD


def test_a_token_and_a_location_are_required(tmp_path: Path) -> None:
    """The message says how each is given."""
    ran = growthhub("import", "-", env=environment(), folder=tmp_path, stdin=GOOD)
    assert (ran.returncode, "set GROWTHHUB_TOKEN" in ran.stderr) == (2, True)
    ran = growthhub("import", "-", env=environment(GROWTHHUB_TOKEN=TOKEN), folder=tmp_path, stdin=GOOD)
    assert (ran.returncode, "--location" in ran.stderr) == (2, True)


def _write_people(path: Path, number: int) -> None:
    path.write_text("Email\n" + "".join(f"person{of}@example.com\n" for of in range(number)))


def test_a_day_that_is_spent_and_not_waited_for_ends_the_run_in_order(tmp_path: Path) -> None:
    """Every record read has its outcome, the rest of the file is not read; until when, and where to go on, is said."""
    _write_people(tmp_path / "contacts.csv", 50_000)
    stop = ("--on-daily-quota", "stop", "--outcomes", "o.ndjson", *FAST)
    with local_growthhub(limits=A_SHORT_DAY) as sandbox:
        ran = growthhub("import", "contacts.csv", *stop, env=environment(sandbox), folder=tmp_path)
        assert len(sandbox.ledger) == 30
    outcomes = lines_of((tmp_path / "o.ndjson").read_text())
    reasons = [(outcome["error"] or {}).get("reason") for outcome in outcomes]
    assert [outcome["line"] for outcome in outcomes] == list(range(2, len(outcomes) + 2))
    assert reasons == [None] * 30 + ["cancelled"] * (len(outcomes) - 30)
    assert len(outcomes) < 2_000
    assert ran.returncode == 4
    assert "waiting" not in ran.stderr
    summary = ran.stderr[ran.stderr.index("read  created") :].splitlines()
    assert re.match(r"the day's quota of the location is spent; it begins anew at \d{4}-[-0-9 :]* UTC$", summary[2])
    assert summary[3] == f"{len(outcomes):,} records were read; the rest of contacts.csv was not"
    assert summary[4] == "  to go on, import the lines from line 32 on, with the header of a CSV"
    assert summary[5].startswith(f"{len(outcomes) - 30:,} of {len(outcomes):,} records were not accepted")


def test_a_file_that_was_read_to_its_end_is_not_said_to_have_more(tmp_path: Path) -> None:
    """The day was too short for the last of it."""
    _write_people(tmp_path / "contacts.csv", 40)
    with local_growthhub(limits=A_SHORT_DAY) as sandbox:
        arguments = ("import", "contacts.csv", "--on-daily-quota", "stop", *FAST)
        ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
    assert ran.returncode == 4
    assert "the day's quota of the location is spent; it begins anew" in ran.stderr
    assert "10 of 40 records were not accepted" in ran.stderr
    assert "the rest of" not in ran.stderr


def test_the_settings_of_the_quota_are_heeded(tmp_path: Path) -> None:
    """Half of a day of 40 is reserved, and little is read ahead."""
    _write_people(tmp_path / "contacts.csv", 5_000)
    quota = ("--requests-per-day", "40", "--reserve", "0.5", "--on-daily-quota", "stop", "--look-ahead", "10")
    with local_growthhub() as sandbox:
        arguments = ("import", "contacts.csv", "--outcomes", "-", *quota, *FAST)
        ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
        assert len(sandbox.ledger) == 20
    by_the_stream = 20 + 10
    by_its_thread = 256
    assert 20 < len(lines_of(ran.stdout)) <= by_the_stream + by_its_thread


def test_gzip_that_breaks_off_ends_the_run_with_2_and_a_summary(tmp_path: Path) -> None:
    """What came before it was imported, and is told."""
    lines = "".join(f"{os.urandom(30).hex()}@example.com\n" for _ in range(5_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"Email\n{lines}".encode())[:-1_000])
    with local_growthhub() as sandbox:
        ran = growthhub("import", "a.csv.gz", *FAST, env=environment(sandbox), folder=tmp_path)
        assert sandbox.contacts()
    assert ran.returncode == 2
    assert "read  created  updated" in ran.stderr
    assert "broken gzip" in ran.stderr.splitlines()[-1]


def test_the_token_can_come_from_a_file_that_only_its_owner_may_read(tmp_path: Path) -> None:
    """One that others may read is refused, with the command that mends it."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with local_growthhub() as sandbox:
        env = environment(sandbox, GROWTHHUB_TOKEN="")
        token.chmod(0o640)
        refused = growthhub("import", "-", "--token-file", "token", env=env, folder=tmp_path, stdin=GOOD)
        token.chmod(0o600)
        taken = growthhub("import", "-", "--token-file", "token", env=env, folder=tmp_path, stdin=GOOD)
    assert (refused.returncode, "chmod 600 token" in refused.stderr) == (2, True)
    assert taken.returncode == 0


def test_the_token_is_in_nothing_that_is_written(tmp_path: Path) -> None:
    """Not in the outcomes, nor in the output with --debug (which the helper looks at)."""
    (tmp_path / "contacts.csv").write_text(MIXED)
    arguments = ("import", "contacts.csv", "--debug", "--outcomes", "o.ndjson")
    with local_growthhub() as sandbox:
        growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
        assert growthhub(*arguments, env=environment(sandbox, GROWTHHUB_BASE_URL="x"), folder=tmp_path).returncode == 2
    assert TOKEN not in "".join(path.read_text() for path in tmp_path.iterdir())
    assert stat.S_IMODE((tmp_path / "o.ndjson").stat().st_mode) == 0o600


def test_outcomes_that_nobody_reads_any_more_end_the_run_quietly(tmp_path: Path) -> None:
    """As in `| head`: no traceback, and the exit code is that of a broken pipe."""
    people = "".join(f"person{number}@example.com\n" for number in range(20_000))
    (tmp_path / "contacts.csv").write_text(f"Email\n{people}")
    with local_growthhub() as sandbox:
        running = _started(sandbox, tmp_path, "contacts.csv", "--outcomes", "-", *FAST)
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        told = running.stderr.read()
        running.stderr.close()
        assert running.wait(60) == 141
        assert len(sandbox.contacts()) < 20_000
    assert "Traceback" not in told
    assert "BrokenPipe" not in told


def _started(sandbox: SandboxThread, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "import", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(sandbox),
        cwd=folder,
    )
