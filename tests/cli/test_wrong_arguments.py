"""What is wrong with the arguments of a command ends it with 2 and a clear message, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growthhub_async.cli.app import app
from growthhub_async.sandbox import SandboxThread

from .running import environment, local_growthhub, upserts

GOOD = "First Name,Email\nAda,ada@example.com\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    """A local GrowthHub that is asked for its custom fields, and never sent a contact."""
    with local_growthhub() as sandbox:
        yield sandbox
        assert upserts(sandbox) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("import", "Missing argument"),
        ("import in.csv --tokn x", "No such option: --tokn"),
        ("import in.csv --token x", "No such option: --token"),
        ("import in.csv --concurrency many", "--concurrency"),
        ("import in.csv --concurrency 0", "concurrency: must be a whole number from 1"),
        ("import in.csv --look-ahead 0", "look_ahead: must be a whole number from 1"),
        ("import in.csv --requests-per-day 0", "requests_per_day: must be a whole number from 1"),
        ("import in.csv --reserve 1", "reserve: must be a share from 0 to below 1"),
        ("import in.csv --on-daily-quota halt", "on_daily_quota: must be wait or stop, not 'halt'"),
        ("import nothing.csv", "nothing.csv does not exist; is the path right, seen from"),
        ("check nothing.csv", "nothing.csv does not exist"),
        ("import .", ". is a directory; name a file in it"),
        ("import in.csv in.csv", "the same file is named twice; name each once"),
        ("check in.csv in.csv", "the same file is named twice; name each once"),
        (
            "import in.csv --map Mail=email",
            'in.csv: --map "Mail": the file has no column `Mail`; did you mean `Email`?',
        ),
        ("import in.csv --map Email=emial", "did you mean email?"),
        ("import in.csv --map Email", '--map "Email" is not of the form "Column=field"'),
        ("import in.csv --mapping nothing.toml", "nothing.toml"),
        ("import in.csv --region Atlantis", "--region: Atlantis is no region with phone numbers"),
        ("import in.csv --empty delete", "--empty delete: must be skip or clear"),
        ("import in.csv --tags remove", "--tags remove: must be one of replace, add"),
        ("import in.csv --duplicates none", "--duplicates none: must be one of merge, first, last, error"),
        ("import in.csv --max-errors some", "--max-errors some: write a number such as 100, or a share such as 5%"),
        ("import in.csv --max-errors 101%", "--max-errors 101%: write a number such as 100, or a share such as 5%"),
        ("import in.csv --limit 0", "--limit"),
        ("import in.csv --location no/id", "location"),
        ("import in.csv --encoding utf-9", "--encoding utf-9 is not known"),
        ("import in.csv --delimiter ;;", "--delimiter ';;' is not one character"),
        ("import in.csv --sheet One", "--sheet is for an Excel workbook, and in.csv is none; leave it out"),
        ("import in.csv --query people", "--query is for the URL of a database, and in.csv is none; leave it out"),
        ("import in.csv --outcomes .", "--outcomes .: cannot be written"),
        ("import in.csv --outcomes ./in.csv", "--outcomes ./in.csv is the file that is imported; name another"),
        ("import in.csv --token-file nothing", "--token-file nothing: No such file"),
        ("import in.csv --base-url http://example.com", "plain http://"),
        ("import in.csv --job nowhere/in.job", "nowhere"),
        ("check in.csv --write-mapping in.csv", "--write-mapping in.csv: is there already; name another file"),
        ("resume in.csv", "in.csv has no job beside it (in.job); name the job, or import the file first"),
        ("retry in.csv", "in.csv has no job beside it (in.job)"),
        ("status no.job", "no.job does not exist"),
        ("explain no.job 1", "no.job does not exist"),
        ("explain in.csv x", "POSITION"),
        ("export", "No such command"),
    ],
)
def test_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxThread, arguments: str, message: str
) -> None:
    """The message names the value and what would be right; the file is as it was, and no job is left."""
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(GOOD)
    ran = CliRunner().invoke(app, arguments.split(), env=environment(sandbox, COLUMNS="300"), prog_name="growthhub")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert Path("in.csv").read_text() == GOOD
    assert [path.name for path in Path().iterdir()] == ["in.csv"]
