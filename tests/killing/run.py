"""An import, its kills and its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

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

from .instants import Instants, wait_for
from .judge import Evidence, Verdict, judge
from .looking import Memory
from .people import People, make_people
from .process import FILE, GOOD_ENDS, JOB, Process, Way
from .witness import UPSERT, Witness

MAX_ATTEMPTS = 3
UNLIMITED = Limits(requests_per_interval=1_000_000, requests_per_day=10_000_000)
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
    tail: float = 1.5
    write_delay: float = 0.02
    attempt_timeout: float = 1.0
    concurrency: int = 64
    hold: float | None = None


class Result(NamedTuple):
    """How it went: the instants at which it was killed, and what was found in the end."""

    kills: list[str]
    verdict: Verdict
    faults: dict[str, int]
    seconds: float


def run(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> Result:
    """Import, kill, go on until it ends by itself, and judge."""
    began = time.monotonic()
    people = make_people(folder / FILE, plan.records, plan.seed)
    with Witness(scenario_of(plan, people)) as witness:
        way = way_of(plan, folder, witness.base_url)
        kills, wrong = _killed(plan, way, witness, len(people.sendings), say)
        wrong += _finished(way, len(kills), plan)
        evidence = Evidence(folder, people, witness.seen(), witness.contacts(), MAX_ATTEMPTS, plan.tags == "add")
        faults = witness.faults()
    verdict = judge(evidence)
    return Result(kills, Verdict(wrong + verdict.wrong, verdict.numbers), faults, time.monotonic() - began)


def scenario_of(plan: Plan, people: People) -> Scenario:
    """Make a GrowthHub in which everything goes wrong that makes doubles."""
    low, high = plan.latency
    here = Location(
        id="loc1",
        tokens=(Token(value="pit-killed"),),
        limits=UNLIMITED,
        behaviour=Behaviour(write_delay=plan.write_delay),
        contacts=people.known,
    )
    latency = Uniform(low=low, high=high, tail_probability=0.005, tail_seconds=plan.tail)
    throttled = Status(probability=0.005, status=429, moment="before")
    return Scenario(locations=(here,), latency=latency, faults=(*FAULTS, throttled), seed=plan.seed)


def way_of(plan: Plan, folder: Path, base_url: str) -> Way:
    """Say how the import is run."""
    flags = {
        "--requests-per-interval": 1_000_000,
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
    plan: Plan, way: Way, witness: Witness, sendings: int, say: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    kills: list[str] = []
    wrong: list[str] = []
    memory = Memory(way.folder)
    random = Random(f"{plan.seed}/ways")
    for instant in Instants(way.folder, witness, plan.kills, sendings, plan.seed):
        resume = (way.folder / JOB).exists() and random.random() < 0.5
        process = Process(way, len(kills), resume=resume)
        try:
            came = wait_for(instant, process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        if not came and process.code not in GOOD_ENDS:
            wrong.append(f"run {len(kills)} ended with {process.code}: {process.last_words()}")
            break
        kills.append(instant.what if came else f"not at all: it had ended before ({instant.what})")
        say(f"kill {len(kills)}: {kills[-1]}; {memory.settled:,} settled, {witness.arrived:,} requests")
        wrong += [f"after kill {len(kills)} ({instant.what}): {what}" for what in memory.look(process.outcomes)]
    return kills, wrong


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
