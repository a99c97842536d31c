"""Every kind of job that a page has to be good for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from growthhub_async import Status
from growthhub_async.importer.job import State
from tests.importer.report.making import Maker, made, quota, ran, settled
from tests.importer.report.sample import sample

NASTY = "<script src=\"https://evil.example/x.js\">alert('1')</script></style><blink>&amp;"
"""What a page must show as it is."""


def _empty(path: Path) -> Path:
    return made(path, lambda job: None)


def _nothing_sent(path: Path) -> Path:
    return made(path, lambda job: [job.valid(), job.valid(), job.invalid()])


def _one(path: Path) -> Path:
    made(path, lambda job: job.valid())
    ran(path, [settled(0)], until=1.2)
    return path


def _one_refused(path: Path) -> Path:
    made(path, lambda job: job.valid())
    ran(path, [settled(0, Status.ERROR, message="422 email must be an email")], until=1.2)
    return path


def _nothing_answered(path: Path) -> Path:
    """Make a job whose only run sent nothing, and had no location."""
    made(path, lambda job: job.valid())
    ran(path, locations={})
    return path


def _unfinished(path: Path) -> Path:
    made(path, lambda job: [job.valid(tags=["vip"]) for _ in range(50)])
    ran(path, [settled(n, at=n / 10, state=State.TAGGING) for n in range(30)], until=None, leaving=[30, 31])
    return path


def _nasty(path: Path) -> Path:
    job = Maker(path)
    job.file(NASTY)
    for _ in range(3):
        job.valid(NASTY)
    job.valid("loc2")
    job.invalid(NASTY + "x" * 300, NASTY)
    job.duplicate(0, NASTY)
    job.done()
    ran(
        path,
        [settled(0, dropped=[NASTY]), settled(1, Status.ERROR, message=NASTY), settled(2)],
        ended=NASTY,
        locations={NASTY: quota()},
    )
    return path


def _long_names(path: Path) -> Path:
    job = Maker(path)
    for number in range(5):
        job.file(f"{'customers' * 20}{number}.csv")
        job.valid(f"{'l' * 64}{number}")
    job.done()
    ran(
        path,
        [
            settled(0, dropped=[f"custom_fields.{'x' * 64}"]),
            *(settled(number, Status.ERROR, at=20.0 * number, message="w" * 300) for number in range(1, 5)),
        ],
        until=123_456.0,
        locations={"loc1": quota(1_000_000, 1.0, 1_000_000_000)},
    )
    return path


def _many_runs(path: Path) -> Path:
    made(path, lambda job: [job.valid() for _ in range(300)])
    for run in range(60):
        since = run * 40_000.0
        ran(path, [settled(5 * run + n, at=since + 9 * n) for n in range(5)], since=since, until=since + 60)
    return path


def _rich(path: Path) -> Path:
    sample(path, 3_000)
    return path


JOBS: dict[str, Callable[[Path], Path]] = {
    "empty": _empty,
    "nothing_sent": _nothing_sent,
    "one": _one,
    "one_refused": _one_refused,
    "nothing_answered": _nothing_answered,
    "unfinished": _unfinished,
    "nasty": _nasty,
    "long_names": _long_names,
    "many_runs": _many_runs,
    "rich": _rich,
}
"""By name, each makes its job at a path."""
