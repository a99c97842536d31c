"""`growthhub import`, run as a process against a local GrowthHub: what it reads, prints and writes, and how it ends."""

from __future__ import annotations

import gzip
import os
import re
import stat
from pathlib import Path

from growthhub_async.sandbox import Limits

from .running import (
    A_SHORT_DAY,
    FAST,
    KINDS,
    LOCATION,
    TOKEN,
    accounts,
    environment,
    growthhub,
    lines_of,
    local_growthhub,
    rows_of,
    started,
    upserts,
    write_people,
)

GOOD = "First Name,Email\nAda,ada@example.com\nZoë,zoe@example.com\n"
MIXED = 'First Name,Email\nGrace,grace@example.com\nBob,"not an address"\n"C",c@example.com,too,wide\n'


def test_a_file_is_imported_and_every_record_accepted(tmp_path: Path) -> None:
    """The contacts are there afterwards; the summary is on stderr, nothing on stdout, and the exit code is 0."""
    (tmp_path / "contacts.csv").write_text(GOOD)
    with local_growthhub() as sandbox:
        ran = growthhub("import", "contacts.csv", env=environment(sandbox), folder=tmp_path)
        kept = {contact["email"]: (contact["firstName"], contact["id"]) for contact in sandbox.contacts()}
    assert (ran.returncode, ran.stdout) == (0, "")
    assert {email: name for email, (name, _) in kept.items()} == {"ada@example.com": "Ada", "zoe@example.com": "Zoë"}
    assert "read: First Name as first_name, Email as email" in ran.stderr
    assert "2 records read, all of them valid" in ran.stderr
    assert accounts(ran.stderr) == {"read": 2, "created": 2, "updated": 0, "error": 0, "duplicate": 0, "unsent": 0}
    assert "this run sent 2 requests in 0:0" in ran.stderr
    told = [(row["First Name"], row["growthhub_contact_id"]) for row in rows_of(tmp_path / "contacts.created.csv")]
    assert sorted(told) == sorted(kept.values())


def test_the_job_and_its_results_are_beside_the_file_and_for_their_owner_only(tmp_path: Path) -> None:
    """They hold contacts; nothing else is left in the directory."""
    (tmp_path / "contacts.csv").write_text(MIXED)
    with local_growthhub() as sandbox:
        growthhub("import", "contacts.csv", env=environment(sandbox), folder=tmp_path)
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    del made["contacts.csv"]
    names = {"contacts.job", "contacts.summary.json", *(f"contacts.{kind}.csv" for kind in KINDS)}
    assert made == dict.fromkeys(names, 0o600)


def test_records_that_are_not_accepted_are_told_and_the_exit_code_is_4(tmp_path: Path) -> None:
    """For each reason the count, an example with its line, and what to do; the others are imported."""
    with local_growthhub() as sandbox:
        ran = growthhub("import", "-", env=environment(sandbox), folder=tmp_path, stdin=MIXED)
        assert len(sandbox.contacts()) == 1
    assert ran.returncode == 4
    before, after = ran.stderr.split("read  created", 1)
    assert "3 records read, 2 of them invalid:\n  line 3: email: is not an email address" in before
    assert "2 of 3 records were not accepted" in after
    assert "  invalid 2: never sent; mend them in stdin.failed.csv, then `growthhub retry stdin.job`" in after
    assert "    line 3: email: is not an email address" in after
    assert "    line 4: has 4 cells, the header 2" in after
    assert "each record, with its contact's id or what was wrong, is in stdin.created.csv and stdin.failed.csv" in after
    assert "not an address" not in ran.stderr


def test_what_the_server_did_not_take_is_told(tmp_path: Path) -> None:
    """A success that dropped a field is a success, and the summary names the field; with --strict it is an error."""
    path = tmp_path / "contacts.csv"
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        for gender in ("female", "male"):
            path.write_text(f"Email,Gender\nada@example.com,{gender}\n")
            ran = growthhub("import", "contacts.csv", "--fresh", env=env, folder=tmp_path)
        strict = growthhub("import", "contacts.csv", "--fresh", "--strict", env=env, folder=tmp_path)
    assert (ran.returncode, strict.returncode) == (0, 4)
    assert "1 record was written, but not all of it taken by the server: gender 1" in ran.stderr
    drift = "drift 1: written, but not all of it was taken by the server; contacts.dropped.csv says what was not"
    assert drift in strict.stderr


def test_outcomes_are_data_on_stdout_and_nothing_else_is(tmp_path: Path) -> None:
    """`--outcomes -` writes one JSON object for each record, those never sent too, and no contact data."""
    with local_growthhub() as sandbox:
        ran = growthhub("import", "-", "--outcomes", "-", env=environment(sandbox), folder=tmp_path, stdin=MIXED)
    outcomes = lines_of(ran.stdout)
    told = [(outcome["position"], outcome["line"], outcome["status"]) for outcome in outcomes]
    assert told == [(0, 2, "created"), (1, 3, "error"), (2, 4, "error")]
    assert outcomes[0]["contact_id"]
    assert outcomes[0]["location_id"] == LOCATION
    assert outcomes[1]["error"]["problems"][0]["field"] == "email"
    assert "grace" not in ran.stdout.casefold()


def test_gzip_json_lines_and_a_mapping_are_read(tmp_path: Path) -> None:
    """The formats and --map reach the importer, what is ignored is told, and the job is named without the endings."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"kontakt":"ada@example.com","Citty":"Rome"}\n'))
    with local_growthhub() as sandbox:
        ran = growthhub("import", "a.jsonl.gz", "--map", "kontakt=email", env=environment(sandbox), folder=tmp_path)
        assert [contact["email"] for contact in sandbox.contacts()] == ["ada@example.com"]
    assert ran.returncode == 0
    assert "the key `Citty` is ignored; did you mean city?" in ran.stderr
    assert (tmp_path / "a.job").exists()


def test_several_files_are_one_import(tmp_path: Path) -> None:
    """Their columns may differ; who is in both is one contact, and messages say which file they are about."""
    (tmp_path / "a.csv").write_text("Email,City\nada@example.com,Rome\nwrong,\n")
    (tmp_path / "b.csv").write_text("First Name,Email\nAda,ADA@example.com\nBob,bob@example.com\n")
    with local_growthhub() as sandbox:
        ran = growthhub("import", "a.csv", "b.csv", env=environment(sandbox), folder=tmp_path)
        kept = {contact["email"]: (contact["firstName"], contact.get("city")) for contact in sandbox.contacts()}
        assert upserts(sandbox) == 2
    assert ran.returncode == 4
    assert kept == {"ADA@example.com": ("Ada", "Rome"), "bob@example.com": ("Bob", None)}
    assert "  a.csv, line 3: email: is not an email address" in ran.stderr
    assert "  b.csv, line 2 into a.csv, line 2" in ran.stderr
    assert accounts(ran.stderr) == {"read": 4, "created": 2, "updated": 0, "error": 1, "duplicate": 1, "unsent": 0}
    (failed,) = rows_of(tmp_path / "a.failed.csv")
    assert (failed["growthhub_file"], failed["growthhub_line"]) == ("a.csv", "3")


def test_a_delimiter_can_be_written_as_a_word(tmp_path: Path) -> None:
    """A tab is hard to type."""
    content = "Email\tCity\na@example.com\tRome\n"
    with local_growthhub() as sandbox:
        ran = growthhub("import", "-", "--delimiter", "tab", env=environment(sandbox), folder=tmp_path, stdin=content)
        assert [contact["city"] for contact in sandbox.contacts()] == ["Rome"]
    assert ran.returncode == 0


def test_a_token_and_a_location_are_required(tmp_path: Path) -> None:
    """The message says how each is given, and no job is left."""
    ran = growthhub("import", "-", env=environment(), folder=tmp_path, stdin=GOOD)
    assert (ran.returncode, "set GROWTHHUB_TOKEN" in ran.stderr) == (2, True)
    ran = growthhub("import", "-", env=environment(GROWTHHUB_TOKEN=TOKEN), folder=tmp_path, stdin=GOOD)
    assert (ran.returncode, "--location" in ran.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_day_that_is_spent_and_not_waited_for_ends_the_run_in_order(tmp_path: Path) -> None:
    """What fits is sent, the rest waits in the job; until when, and how to go on, is said."""
    write_people(tmp_path / "contacts.csv", 5_000)
    stop = ("--on-daily-quota", "stop", *FAST)
    with local_growthhub(limits=A_SHORT_DAY) as sandbox:
        ran = growthhub("import", "contacts.csv", *stop, env=environment(sandbox), folder=tmp_path)
        assert upserts(sandbox) == len(sandbox.contacts())
        sent = upserts(sandbox)
    assert sent in (29, 30)  # one request may have asked for the custom fields
    assert ran.returncode == 4
    assert accounts(ran.stderr)["unsent"] == 5_000 - sent
    assert re.search(
        r"^the day's quota of the location is spent; it begins anew at \d{4}-[-0-9 :]* UTC$", ran.stderr, re.M
    )
    assert (
        f"{5_000 - sent:,} records wait to be sent; run the same again, or `growthhub resume contacts.job`"
        in ran.stderr
    )
    assert "were not accepted" not in ran.stderr


def test_the_settings_of_the_quota_are_heeded(tmp_path: Path) -> None:
    """Half of a day of 40 is reserved."""
    write_people(tmp_path / "contacts.csv", 100)
    quota = ("--requests-per-day", "40", "--reserve", "0.5", "--on-daily-quota", "stop")
    with local_growthhub() as sandbox:
        growthhub("import", "contacts.csv", *quota, *FAST, env=environment(sandbox), folder=tmp_path)
        assert len(sandbox.ledger) == 20


def test_what_does_not_fit_into_a_day_is_told_before_it_is_sent(tmp_path: Path) -> None:
    """With the days it takes."""
    write_people(tmp_path / "contacts.csv", 100)
    quota = ("--requests-per-day", "40", "--on-daily-quota", "stop")
    with local_growthhub(limits=Limits(requests_per_interval=1_000, requests_per_day=1_000)) as sandbox:
        ran = growthhub("import", "contacts.csv", *quota, *FAST, env=environment(sandbox), folder=tmp_path)
    assert "to be sent: 100 requests; 3" in ran.stderr  # 39 or 40 fit, for one request may have asked for the fields
    assert "fit into today's quota, the others into those of 2 more days; that takes 2 days, 0:00:" in ran.stderr


def test_a_file_that_breaks_off_is_not_imported(tmp_path: Path) -> None:
    """Nothing is sent of it, no job is left, and what is wrong is told."""
    lines = "".join(f"{os.urandom(30).hex()}@example.com\n" for _ in range(5_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"Email\n{lines}".encode())[:-1_000])
    with local_growthhub() as sandbox:
        ran = growthhub("import", "a.csv.gz", *FAST, env=environment(sandbox), folder=tmp_path)
        assert upserts(sandbox) == 0
    assert ran.returncode == 2
    assert "broken gzip" in ran.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv.gz"]


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
    """Neither in the job nor in a result, an outcome, or the output with --debug (which the helper looks at)."""
    (tmp_path / "contacts.csv").write_text(MIXED)
    arguments = ("import", "contacts.csv", "--debug", "--outcomes", "o.ndjson")
    with local_growthhub() as sandbox:
        growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
        growthhub("explain", "contacts.csv", "0", env=environment(sandbox), folder=tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"contacts.job", "contacts.failed.csv", "o.ndjson"} <= written.keys()
    assert [name for name, content in written.items() if TOKEN.encode() in content] == []
    assert stat.S_IMODE((tmp_path / "o.ndjson").stat().st_mode) == 0o600


def test_outcomes_that_nobody_reads_any_more_end_the_run_quietly(tmp_path: Path) -> None:
    """As in `| head`: no traceback, and the exit code is that of a broken pipe; the same again goes on."""
    write_people(tmp_path / "contacts.csv", 5_000)
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        with started("import", "contacts.csv", "--outcomes", "-", *FAST, env=env, folder=tmp_path) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert running.stdout.readline()
            running.stdout.close()
            told = running.stderr.read()
            assert running.wait(60) == 141
        assert len(sandbox.contacts()) < 5_000
        again = growthhub("import", "contacts.csv", *FAST, env=env, folder=tmp_path)
        assert len(sandbox.contacts()) == upserts(sandbox) == 5_000
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    assert (again.returncode, accounts(again.stderr)["created"]) == (0, 5_000)
