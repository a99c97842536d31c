"""What the runs are held against, and how they are shown: verdicts, a table, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.quota_cells import BIG, WINDOWS, Bars
from benchmarks.quota_runs import Run

REAL_TIME_TOLERANCE = 0.05
"""The share by which real time may differ from virtual time: other delays are drawn, and real loops are late."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this library has met one bar of a cell, in the worst of the cell's modes."""

    cell: str
    bar: str
    found: str
    met: bool

    def __str__(self) -> str:
        return f"{self.bar}: met" if self.met else f"{self.bar}: MISSED ({self.found})"


def judge(bars: Bars, runs: Sequence[Run]) -> Iterator[Verdict]:
    """Hold the runs of this library in one cell against its bars."""
    cell = runs[0].cell
    lost = sum(run.contacts - run.written for run in runs)
    if lost:
        yield Verdict(cell=cell, bar="all written", found=f"{lost:,} not", met=False)
    worst = max(runs, key=lambda run: run.refusals / run.requests)
    refused = worst.refusals / worst.requests
    bar = f"refusals < {bars.refusals:.1%}" if bars.refusals else "no refusal"
    met = refused < bars.refusals or refused == 0
    yield Verdict(cell=cell, bar=bar, found=f"{worst.refusals:,} of {worst.requests:,}", met=met)
    if bars.share is not None:
        share = min(run.share for run in runs)
        yield Verdict(cell=cell, bar=f"share >= {bars.share:.2f}", found=f"{share:.4f}", met=share >= bars.share)
    if bars.seconds is not None:
        seconds = max(run.seconds for run in runs)
        yield Verdict(cell=cell, bar=f"< {bars.seconds:g} s", found=f"{seconds:.2f} s", met=seconds < bars.seconds)


def compare_clocks(real: Run, played: Run) -> Verdict:
    """Hold the real time of a cell against the virtual time of the same."""
    ratio = real.seconds / played.seconds
    met = abs(ratio - 1) <= REAL_TIME_TOLERANCE
    bar = f"real = virtual time within {REAL_TIME_TOLERANCE:.0%}"
    return Verdict(cell=real.cell, bar=bar, found=f"ratio {ratio:.3f}", met=met)


def row(runs: Sequence[Run]) -> str:
    """Show the runs of one client in one cell as a line; its seconds are the slowest, its wall seconds those of all."""
    of = {run.window: run for run in runs}
    shares = "".join(f"{of[window].share:8.4f}" if window in of else f"{'-':>8}" for window in WINDOWS)
    refusals = "".join(f"{of[window].refusals:8,}" if window in of else f"{'-':>8}" for window in WINDOWS)
    seconds, wall = max(run.seconds for run in runs), sum(run.wall for run in runs)
    return f"{runs[0].cell:21} {runs[0].client:29}{shares} {refusals} {seconds:10,.2f} {wall:7.2f}"


def header() -> str:
    """Name the columns of the rows."""
    modes = "".join(f"{name:>8}" for name in ("fixed", "sliding", "bucket"))
    above = f"{'':51}{'share of the ideal':^24} {'refusals':^24} {'seconds':>10} {'wall s':>7}"
    return f"{above}\n{'contacts x locations':21} {'client':29}{modes} {modes} {'(slowest)':>10}"


class Report:
    """Print what is found as it is found, and keep it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.runs: list[Run] = []
        self.verdicts: list[Verdict] = []
        print(header())

    def add_runs(self, runs: Sequence[Run]) -> None:
        """Take the runs of one client in one cell."""
        self.runs += runs
        print(row(runs), flush=True)

    def add_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Take the verdicts on one cell."""
        self.verdicts += verdicts
        print(f"{'':21} {' | '.join(map(str, verdicts))}", flush=True)

    def conclude(self) -> None:
        """Say what the table leaves out, and count the bars."""
        print(f"\nCells of {BIG:,} contacts: this library alone; with several locations, the sliding mode alone, for a")
        print("client that no sliding window refuses is refused by neither of the others.")
        met = sum(verdict.met for verdict in self.verdicts)
        print(f"Bars: {met} met, {len(self.verdicts) - met} missed.")

    def write(self, path: Path) -> None:
        """Write all of it as JSON."""
        everything = {"seed": self.seed, "runs": self.runs, "verdicts": self.verdicts}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(everything), indent=1))
