"""The whole client against the whole sandbox, under everything that can go wrong: `make simulate` runs many more."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from tests.simulation.coverage import EVERYTHING
from tests.simulation.mutants import MUTANTS, PACKAGE, ROOT, Mutant
from tests.simulation.plan import make_plan
from tests.simulation.report import Report, simulate
from tests.simulation.world import carry_out

SEEDS = range(120)
REPLAYED = range(0, 120, 7)

simulated = cache(simulate)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_told_of_a_run_is_what_happened(seed: int) -> None:
    """Whatever breaks, every rule of `judge.py` holds between outcomes, requests, answers and the server's writes."""
    report = simulated(seed)
    assert not report.broken, str(report)


def test_all_that_can_go_wrong_goes_wrong() -> None:
    """These runs meet every kind of thing there is, so that no rule holds for want of a case."""
    counts = Counter(name for report in _all() for name in report.met)
    assert not [name for name in EVERYTHING if not counts[name]]
    assert not set(counts) - set(EVERYTHING)


@pytest.mark.parametrize("seed", REPLAYED)
def test_a_seed_replays_exactly(seed: int) -> None:
    """The same seed gives the same run: every time, every attempt, every write, every outcome."""
    assert carry_out(make_plan(seed)).trace() == carry_out(make_plan(seed)).trace()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_stands_where_it_says(mutant: Mutant) -> None:
    """What it breaks is there, once: `python -m tests.simulation.mutants` tells which seed notices."""
    assert (ROOT / PACKAGE / mutant.file).read_text().count(mutant.old) == 1


def _all() -> list[Report]:
    return [simulated(seed) for seed in SEEDS]
