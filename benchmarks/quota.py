"""How much of every location's quota is used, and at the price of how many 429s?

The whole client, and what people write instead, against the sandbox's own quota in its three modes, on a virtual clock:
hours pass in seconds, and the network delays every request at random, the same for all clients. The ideal is the
sliding rule's: 100 requests at once, 100 more each 10 s, and one mean latency. Refusals are the 429s that were served.
Where one location has fewer than 1,000 contacts, a run is latency more than quota, and its share has no bar.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quota_cells import BIG, Cell, all_cells, real_time_cell
from benchmarks.quota_clients import CLIENTS, LIBRARY
from benchmarks.quota_report import Report, compare_clocks, judge
from benchmarks.quota_runs import run, run_in_real_time


def measure(cell: Cell, clients: Sequence[str], report: Report) -> None:
    """Run the clients through a cell on the virtual clock, and judge this library, the first of them."""
    for client in clients:
        runs = [run(cell, client, window, report.seed) for window in cell.windows]
        report.add_runs(runs)
        if client == LIBRARY:
            report.add_verdicts(list(judge(cell.bars, runs)))


def measure_real_time(cell: Cell, report: Report) -> None:
    """Run this library through a cell on both clocks, and compare them."""
    [window] = cell.windows
    played = run(cell, LIBRARY, window, report.seed)
    real = run_in_real_time(cell, window, report.seed)
    report.add_runs([played])
    report.add_runs([real])
    report.add_verdicts([*judge(cell.bars, [played, real]), compare_clocks(real, played)])


def asked() -> argparse.Namespace:
    """Read the command line."""
    names = [cell.name for cell in (*all_cells(), real_time_cell())]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"this library alone, and no cell of {BIG:,} contacts")
    parser.add_argument(
        "--cell", action="append", default=[], choices=names, metavar="NAME", help=f"one of {', '.join(names)}"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    """Measure what is asked for, and print each cell when it is done."""
    options = asked()
    report = Report(options.seed)
    for cell in all_cells():
        big = cell.contacts >= BIG
        if cell.name in options.cell or not (options.cell or (big and options.quick)):
            measure(cell, [LIBRARY] if big or options.quick else list(CLIENTS), report)
    real_time = real_time_cell()
    if real_time.name in options.cell or not options.cell:
        measure_real_time(real_time, report)
    report.conclude()
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
