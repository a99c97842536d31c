"""A job made of files, or found again: the same import run again goes on where it was."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from .errors import ImportFileError, JobChangedError, JobError
from .formats.fingerprint import Fingerprint, fingerprint
from .job import JobView, database
from .mapping import DefinitionsOf
from .options import ImportOptions
from .reading import Listener, read_files
from .results import forget_results
from .staging import Findings, JobWriter

STDIN = "-"
_SUFFIXES = re.compile(r"(?<=.)(\.(csv|tsv|txt|jsonl|ndjson|json|parquet|arrow|feather|xlsx|gz|zst|zstd))+", re.I)


def job_path(sources: Sequence[str]) -> Path:
    """Name the job of an import: beside its first file, under that file's name."""
    first = sources[0]
    if first == STDIN:
        return Path("stdin.job")
    if "://" in first:
        return Path(f"{Path(urlsplit(first).path).stem or 'database'}.job")
    path = Path(first)
    return path.parent / f"{_SUFFIXES.sub('', path.name) or 'import'}.job"


def find_job(name: str) -> Path:
    """Find the job that a person names, by its own name or by that of the file it was made of; raises JobError."""
    path = Path(name)
    if path.suffix == ".job" or not path.exists():
        beside = job_path([name])
        return beside if not path.exists() and beside.exists() else path
    beside = job_path([name])
    if not beside.exists():
        raise JobError(f"{name} has no job beside it ({beside}); name the job, or import the file first")
    return beside


def prepare(
    sources: Sequence[str],
    path: Path,
    options: ImportOptions,
    *,
    fresh: bool,
    definitions_of: DefinitionsOf,
    listener: Listener,
    accept: Callable[[Findings], None] = lambda _: None,
) -> Findings | None:
    """Make the job of an import, and return what was found; None when it is there already, and can go on.

    `accept` may raise to keep the job from being made. Raises ImportFileError for files that cannot be used, JobError
    when the job cannot be written, and JobChangedError when a job is there that was made of other files or options.
    `fresh` puts a new job in the place of one that is there.
    """
    if path.exists() and not fresh:
        _require_same(sources, path, options)
        return None
    if path.exists() and not database.has_mark(path):
        raise JobError(
            f"{path} is no job of an import, and is not overwritten; move it away, or keep the job elsewhere"
        )
    writer = JobWriter(path)
    try:
        findings = read_files(sources, options, writer, definitions_of=definitions_of, listener=listener)
        accept(findings)
        if fresh:
            forget_results(path)
        about = {"created_at": time.time(), "options": options.as_data(), "read": findings.read}
        writer.finish({**about, "sources": list(sources)})
    except BaseException:
        writer.abandon()
        raise
    return findings


def _require_same(sources: Sequence[str], path: Path, options: ImportOptions) -> None:
    with JobView(path) as job:
        about, files = job.about(), job.files()
    if changed := options.differences(about["options"]):
        raise JobChangedError(
            f"{path} was begun with other options ({', '.join(changed)}); `growthhub resume {path}` goes on as it was"
            " begun, --fresh starts over, --job keeps another"
        )
    kept = [msgspec.convert(file.fingerprint, Fingerprint) for file in files]
    if len(kept) != len(sources):
        raise JobChangedError(f"{path} was made of {len(kept)} files, not {len(sources)}; {_CHOICES.format(path)}")
    for source, before in zip(sources, kept, strict=True):
        now = _fingerprint(source, path, options, before)
        if not now.same_as(before):
            name = "the standard input" if source == STDIN else source
            raise JobChangedError(
                f"{name} has changed since it was read: it was {before.describe()}, and is {now.describe()};"
                f" {_CHOICES.format(path)}"
            )


def _fingerprint(source: str, path: Path, options: ImportOptions, before: Fingerprint) -> Fingerprint:
    try:
        return fingerprint(source, query=options.query, earlier=before)
    except ImportFileError as error:
        raise JobChangedError(
            f"{error}; {path} has what was read of it before: `growthhub resume {path}` goes on with that"
        ) from None


_CHOICES = (
    "`growthhub resume {}` goes on with what was read then, --fresh starts over with what is there now, --job keeps"
    " another"
)
