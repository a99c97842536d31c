"""From a seed to what is to be said of it."""

from __future__ import annotations

import msgspec

from tests.simulation.coverage import met
from tests.simulation.judge import judge
from tests.simulation.plan import make_plan
from tests.simulation.run import Run
from tests.simulation.world import carry_out

MOST_LINES = 6


class Report(msgspec.Struct, frozen=True):
    """What one seed gave: what was broken, and what was met."""

    seed: int
    attempts: int
    broken: list[str]
    met: set[str]

    def __str__(self) -> str:
        lines = self.broken[:MOST_LINES]
        more = len(self.broken) - len(lines)
        told = "\n".join(f"  {line}" for line in lines) + (f"\n  and {more} more" if more else "")
        return f"seed {self.seed} failed; replay it with: make simulate SEED={self.seed}\n{told}"


def replay(seed: int) -> tuple[Run, Report]:
    """Carry out the run of a seed, and judge it."""
    run = carry_out(make_plan(seed))
    return run, Report(seed, len(run.attempts), judge(run), set() if run.hung else met(run))


def simulate(seed: int) -> Report:
    """Judge the run of a seed."""
    return replay(seed)[1]
