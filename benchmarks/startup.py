"""What does `import growthhub_async` cost next to `import aiohttp`, in a fresh process each time?"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15


def seconds(statement: str) -> float:
    """Measure one fresh interpreter that runs one statement."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure all in turn, and print what each adds to an interpreter that does nothing."""
    statements = ("pass", "import aiohttp", "import growthhub_async")
    times: dict[str, list[float]] = {statement: [] for statement in statements}
    for statement in statements:
        seconds(statement)  # the first run writes the byte code
    for _ in range(ROUNDS):
        for statement in statements:
            times[statement].append(seconds(statement))
    nothing, aiohttp, ours = (statistics.median(times[statement]) for statement in statements)
    print(f"{'import aiohttp':24} {1000 * (aiohttp - nothing):6.0f} ms")
    print(f"{'import growthhub_async':24} {1000 * (ours - nothing):6.0f} ms")
    print(f"{'ratio':24} {(ours - nothing) / (aiohttp - nothing):6.2f}")


if __name__ == "__main__":
    main()
