"""Import many records, kill it many times, compare: `python -m tests.killing --records 20000 --kills 50 --seed 1`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .run import Plan, Result, run

_SHOWN = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.killing", description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tags", choices=("replace", "add"), default="replace")
    parser.add_argument("--hold", type=float, help="seconds for which an unheard request is held to be worked on")
    parser.add_argument("--folder", type=Path, help="where the files are left; else nowhere")
    arguments = parser.parse_args()
    plan = Plan(
        records=arguments.records,
        kills=arguments.kills,
        seed=arguments.seed,
        tags=arguments.tags,
        hold=arguments.hold,
        **({} if arguments.hold is None else {"tail": arguments.hold / 3}),
    )
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True)
        return show(run(plan, arguments.folder, lambda line: print(line, flush=True)))
    with tempfile.TemporaryDirectory(prefix="growthhub-killing-") as folder:
        return show(run(plan, Path(folder), lambda line: print(line, flush=True)))


def show(result: Result) -> int:
    """Print what was found, and return the exit code."""
    print()
    kinds = Counter(instant.kind for instant in result.kills)
    numbers = {**result.verdict.numbers, **{f"fault {name}": number for name, number in result.faults.items()}}
    numbers = {**{f"ended {kind}": n for kind, n in kinds.items()}, **numbers}
    numbers["of these without power"] = sum(instant.power for instant in result.kills)
    for name, number in numbers.items():
        print(f"{name:<45} {number:>8,}")
    for what in result.verdict.wrong[:_SHOWN]:
        print(f"WRONG: {what}")
    wrong = len(result.verdict.wrong)
    print(f"{len(result.kills)} kills, {wrong} disagreements; {result.seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
