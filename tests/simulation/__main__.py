"""Simulate many runs, or one of them again: `python -m tests.simulation [--seeds 1000] [--from 0] [--seed 123]`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing import get_context

import msgspec

from tests.simulation.coverage import EVERYTHING
from tests.simulation.report import replay, simulate
from tests.simulation.run import Run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many runs, each of its own seed")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seed", type=int, help="run this seed alone, and show all of it")
    parser.add_argument("--first-failure", action="store_true", help="on one core, and no further than the first")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        return show(arguments.seed)
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    return find_first(seeds) if arguments.first_failure else simulate_all(seeds)


def simulate_all(seeds: range) -> int:
    """Simulate all seeds on all cores, and print those that fail as they are found."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    failed = attempts = 0
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for report in pool.imap(simulate, seeds, chunksize=10):
            counts.update(report.met)
            attempts += report.attempts
            if report.broken:
                failed += 1
                print(report, flush=True)
    width = max(map(len, EVERYTHING))
    for name in EVERYTHING:
        print(f"{name:<{width}} {counts[name]:>6,} runs")
    took = time.monotonic() - began
    print(f"{len(seeds):,} runs, {attempts:,} requests, {failed} failed; {took:.0f} s")
    return 1 if failed else 0


def find_first(seeds: range) -> int:
    """Simulate until a seed fails."""
    for seed in seeds:
        report = simulate(seed)
        if report.broken:
            print(f"seed {seed}, {report.broken[0]}")
            return 1
    return 0


def show(seed: int) -> int:
    """Show a run from its plan to its verdict."""
    run, report = replay(seed)
    for name, value in msgspec.structs.asdict(run.plan).items():
        print(f"{name}: {value}")
    _show_attempts(run)
    for stream in run.streams:
        print(f"{stream.plan.source}, {stream.plan.ending}: {stream.summary} {stream.raised or ''}")
    print(report if report.broken else f"seed {seed}: all is well")
    return 1 if report.broken else 0


def _show_attempts(run: Run) -> None:
    for a in run.attempts:
        times = " ".join(f"{at:>10.3f}" if at is not None else "         -" for at in (a.left, a.arrived, a.ended))
        print(f"attempt {a.number:>3} of r{a.record:<3} in {a.location_id} at {a.started:>10.3f} {times} {a.answer}")
    for stream in run.streams:
        for outcome in stream.outcomes:
            print(f"r{outcome.ref}: {outcome.status} {outcome.error or ''}")
    for upsert in run.upserts:
        print(f"r{upsert.plan.record.number}: {upsert.outcome} {upsert.raised or ''}")


if __name__ == "__main__":
    sys.exit(main())
