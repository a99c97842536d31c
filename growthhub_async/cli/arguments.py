"""The arguments that several commands take, each with its words once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .flags import flag

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="CSV, TSV, JSON, JSON Lines, Parquet, Arrow or Excel, also as .gz or .zst; a database's URL; - is the"
        " standard input",
    ),
]
JobOrFile = Annotated[str, typer.Argument(metavar="JOB", help="the job, or the file it was made of")]
JobPath = Annotated[
    Path | None, typer.Option("--job", metavar="PATH", help="where the job is kept; else beside the file, as NAME.job")
]
Location = Annotated[str | None, flag("location_id", called="--location")]
BaseUrl = Annotated[str | None, flag("base_url")]
TokenFile = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="a file with the token, which only you may read; else GROWTHHUB_TOKEN"),
]
Profile = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="a profile that `growthhub auth` made; else GROWTHHUB_PROFILE, or default"),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="tell every attempt that is made again, and every new token")]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar='"COLUMN=FIELD"',
        help="read a column as a field (first_name, custom:Favourite colour), or as nothing (COLUMN=); may be repeated",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="a mapping file, as `growthhub check --write-mapping` makes it"),
]
Encoding = Annotated[
    str | None, typer.Option(help="the file's encoding, such as utf-8 or cp1252; else it is found out")
]
Delimiter = Annotated[
    str | None, typer.Option(help="what is between the cells of a CSV, such as ; or tab; else it is found out")
]
Sheet = Annotated[str | None, typer.Option(help="the sheet of an Excel file; else the first that is not empty")]
Query = Annotated[str | None, typer.Option(help="what to read of a database: SQL, or the name of a table")]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="CODE", help="the country, such as US, of phones without one; with it all are made E.164"
    ),
]
Empty = Annotated[
    str | None, typer.Option("--empty", metavar="skip|clear", help="what an empty cell does to its field [skip]")
]
Tags = Annotated[
    str,
    typer.Option(
        "--tags",
        metavar="replace|add",
        help="replace the tags of a contact, or add to them, which takes one more request for each contact",
    ),
]
Duplicates = Annotated[
    str,
    typer.Option(
        "--duplicates",
        metavar="merge|first|last|error",
        help="what becomes of several records with one email or phone: one is made of them, the first or the last is"
        " sent, or all but the first are errors",
    ),
]
SendEmpty = Annotated[bool, flag("send_empty")]
Limit = Annotated[int | None, typer.Option(min=1, help="send so many records at most; the rest waits for another run")]
Errors = Annotated[
    str | None,
    typer.Option(
        "--max-errors",
        metavar="N|N%",
        help="send nothing when more records than that are invalid, and stop when more than that fail in this run",
    ),
]
Outcomes = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="write the outcome of every record as NDJSON, as it settles; - is stdout"),
]
Concurrency = Annotated[int, flag("concurrency")]
LookAhead = Annotated[int | None, flag("look_ahead")]
MaxAttempts = Annotated[int, flag("max_attempts")]
AttemptTimeout = Annotated[float, flag("attempt_timeout")]
RecordDeadline = Annotated[float | None, flag("record_deadline")]
RequestsPerInterval = Annotated[int, flag("requests_per_interval")]
Interval = Annotated[float, flag("interval")]
RequestsPerDay = Annotated[int, flag("requests_per_day")]
Reserve = Annotated[float, flag("reserve")]
OnDailyQuota = Annotated[str, flag("on_daily_quota")]
Strict = Annotated[bool, flag("strict")]
Debug = Annotated[bool, typer.Option("--debug", help="show the traceback of a fault of ours")]
