"""An import, its kills and its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import NamedTuple

from growthhub_async.importer import JobError
from growthhub_async.sandbox import (
    Behaviour,
    Disconnect,
    HtmlPage,
    Limits,
    Location,
    Scenario,
    Status,
    Token,
    TruncatedBody,
    Uniform,
)
from growthhub_async.sandbox.faults import AnyFault

from .disk import Disk, disk_of
from .instants import Instant, Instants, wait_for
from .judge import Evidence, Verdict, judge
from .looking import Memory
from .people import People, make_people
from .process import CANNOT_WRITE, FILE, GOOD_ENDS, JOB, LOCATION, TOKEN, Process, Way
from .witness import UPSERT, Witness

MAX_ATTEMPTS = 3
INTERVAL = 0.5
UNLIMITED = Limits(requests_per_interval=1_000_000, interval=INTERVAL, requests_per_day=10_000_000)
FAULTS: tuple[AnyFault, ...] = (
    Disconnect(probability=0.02, moment="before"),
    Disconnect(probability=0.03, moment="after"),
    Status(probability=0.02, status=503, moment="before"),
    Status(probability=0.02, status=500, moment="after"),
    HtmlPage(probability=0.01, code=524, moment="after"),
    TruncatedBody(probability=0.02, path=UPSERT),
)


class Plan(NamedTuple):
    """What is imported, how often it is killed, and how slow the server is; times in seconds.

    `hold` is for how long an unheard request is held to be worked on, None for as long as it really is.
    """

    records: int
    kills: int
    seed: int
    tags: str = "replace"
    latency: tuple[float, float] = (0.005, 0.05)
    tail: float = 2.0
    tail_share: float = 0.02
    write_delay: float = 0.02
    attempt_timeout: float = 1.0
    concurrency: int = 64
    hold: float | None = None


class Result(NamedTuple):
    """How it went: the instants at which it was killed, and what was found in the end."""

    kills: list[Instant]
    verdict: Verdict
    faults: dict[str, int]
    seconds: float


def run(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> Result:
    """Import, kill, go on until it ends by itself, and judge."""
    began = time.monotonic()
    people = make_people(folder / FILE, plan.records, plan.seed)
    with Witness(scenario_of(plan, people)) as witness, disk_of(folder) as disk:
        way = way_of(plan, folder, witness.base_url)
        kills, wrong = _killed(plan, way, witness, disk, len(people.sendings), say)
        wrong += _finished(way, len(kills), plan)
        evidence = Evidence(folder, people, witness.seen(), witness.contacts(), MAX_ATTEMPTS, plan.tags == "add")
        faults = witness.faults()
    try:
        verdict = judge(evidence)
    except JobError as error:
        verdict = Verdict([f"the job cannot be read: {error}"], {})
    return Result(kills, Verdict(wrong + verdict.wrong, verdict.numbers), faults, time.monotonic() - began)


def scenario_of(plan: Plan, people: People) -> Scenario:
    """Make a GrowthHub in which everything goes wrong that makes doubles."""
    low, high = plan.latency
    here = Location(
        id=LOCATION,
        tokens=(Token(value=TOKEN),),
        limits=UNLIMITED,
        behaviour=Behaviour(write_delay=plan.write_delay),
        contacts=people.known,
    )
    latency = Uniform(low=low, high=high, tail_probability=plan.tail_share, tail_seconds=plan.tail)
    throttled = Status(probability=0.005, status=429, moment="before")
    return Scenario(locations=(here,), latency=latency, faults=(*FAULTS, throttled), seed=plan.seed)


def way_of(plan: Plan, folder: Path, base_url: str) -> Way:
    """Say how the import is run."""
    flags = {
        "--requests-per-interval": 1_000_000,
        "--interval": INTERVAL,  # for which a 429 is waited
        "--requests-per-day": 10_000_000,
        "--max-attempts": MAX_ATTEMPTS,
        "--attempt-timeout": plan.attempt_timeout,
        "--concurrency": plan.concurrency,
    }
    return Way(
        folder,
        base_url,
        tuple(str(part) for pair in flags.items() for part in pair),
        reading_flags=("--tags", plan.tags),
        hold=plan.hold,
    )


def _killed(
    plan: Plan, way: Way, witness: Witness, disk: Disk | None, sendings: int, say: Callable[[str], None]
) -> tuple[list[Instant], list[str]]:
    """End one run after the other by force, and return how, and what was wrong after it."""
    kills: list[Instant] = []
    wrong: list[str] = []
    memory = Memory(way.folder)
    random = Random(f"{plan.seed}/ways")
    began = time.monotonic()
    size = (way.folder / FILE).stat().st_size
    for instant in Instants(way.folder, witness, plan.kills, sendings, size, plan.seed):
        instant = instant._replace(power=instant.power and disk is not None)
        resume = (way.folder / JOB).exists() and random.random() < 0.5
        found = []
        with disk.losing_power(random) if disk is not None and instant.power else nullcontext({}) as environment:
            process = Process(
                way,
                len(kills),
                resume=resume,
                die_at=instant.die_at,
                most_bytes=instant.most_bytes,
                environment=environment,
            )
            try:
                came = wait_for(instant, process)
            finally:
                process.kill()
        if not came:
            found = _ended_badly(process, instant)
            if process.code in GOOD_ENDS:
                instant = instant._replace(kind="not at all: it was done")
        kills.append(instant)
        what = f"{instant.what}{', without power' if instant.power else ''}"
        found += [f"after kill {len(kills)} ({what}): {one}" for one in memory.look(process.outcomes)]
        say(f"{time.monotonic() - began:6.1f} s, {what}: {memory.settled:,} settled, {witness.arrived:,} requests")
        for line in found:
            say(f"    {line}")
        wrong += found
    return kills, wrong


def _ended_badly(process: Process, instant: Instant) -> list[str]:
    """Tell how a process has ended that was not killed, unless that is as it should be."""
    words = process.last_words()
    if process.code in GOOD_ENDS:
        return []
    if instant.most_bytes is not None and process.code == CANNOT_WRITE and words.splitlines()[-1].count("full"):
        return []
    return [f"a run ({instant.what}) ended with {process.code}: {words}"]


def _finished(way: Way, number: int, plan: Plan) -> list[str]:
    """Let it end by itself, and once more, for there must be nothing left to do."""
    wrong = []
    for resume in (False, True):
        process = Process(way, number, resume=resume)
        code = process.wait()
        if code not in GOOD_ENDS:
            wrong.append(f"the last run ended with {code}: {process.last_words()}")
        number += 1
    return wrong
