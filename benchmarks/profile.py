"""Where does the time of a record go, function by function?

One contestant of `benchmarks.throughput`, this library by default, on one processor. It runs once undisturbed, for the
processor time of a record, and once under py-spy, for the shares of the functions; from both come microseconds. A
function's own time is what is spent in it and in what it calls of C, which py-spy sees as part of it unless it is asked
to look there (`--native`, on Linux and Windows).

py-spy is kept to the processor of who is measured. From another, its stops can come late, at the next system call, and
then whatever makes one looks dear: `asyncio.get_running_loop()`, which asks for the process's id, was said to take ten
times its time.

Without py-spy, or where it may not trace, cProfile is used: it makes calls dear, and so overstates short functions.
"""

from __future__ import annotations

import argparse
import pstats
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from benchmarks.machine import pin, two_cores
from benchmarks.responder import responder
from benchmarks.throughput.child import measure_apart
from benchmarks.throughput.job import Job
from benchmarks.throughput.peers import OURS, PEERS

Profile = Counter[tuple[str, str]]
"""Own time, in whatever unit, by module and function."""

SAMPLES_A_SECOND = 500
_MEASURED = " (asyncio/runners.py:"
"""What is under it is measured; the rest is imports."""


def by_pyspy(job: Job, folder: Path, *, native: bool) -> Profile | None:
    """Sample a run; None when py-spy is missing or is not allowed to."""
    program = shutil.which("py-spy", path=sysconfig.get_path("scripts")) or shutil.which("py-spy")
    if program is None:
        print("py-spy is not installed (pip install py-spy): cProfile has to do\n")
        return None
    raw = folder / "stacks.txt"
    options = ["--format", "raw", "--function", "--rate", str(SAMPLES_A_SECOND), "--output", str(raw)]
    options += ["--native"] if native else []
    command = [program, "record", *options, "--", *_command(job)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode or not raw.exists():
        print(f"py-spy could not trace: cProfile has to do\n{done.stderr.strip()}\n")
        return None
    return own_times(raw.read_text(encoding="utf-8").splitlines())


def own_times(stacks: Iterable[str]) -> Profile:
    """Sum up stacks as py-spy writes them: frames from the outermost, each `function (file:line)`, and a number."""
    found: Profile = Counter()
    for line in stacks:
        stack, _, samples = line.rpartition(" ")
        if _MEASURED in stack:
            function, _, place = stack.rpartition(";")[2].rpartition(" (")
            found[place.rpartition(":")[0], function] += int(samples)
    return found


def by_cprofile(job: Job, folder: Path) -> Profile:
    """Trace a run."""
    kept = folder / "calls.prof"
    python, *arguments = _command(job)
    subprocess.run([python, "-m", "cProfile", "-o", str(kept), *arguments], check=True, capture_output=True)
    return Counter(dict(_own_times(pstats.Stats(str(kept)))))


def _own_times(kept: pstats.Stats) -> Iterator[tuple[tuple[str, str], int]]:
    for (file, line, name), (_, _, own, _, _) in kept.stats.items():  # type: ignore[attr-defined]
        if not file.startswith("<frozen"):
            yield (_short(file), name if file == "~" else f"{name}:{line}"), round(1e6 * own)


def _short(file: str) -> str:
    """Name a file as it is imported."""
    if file == "~":
        return "(C)"
    bases = (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), str(Path.cwd()))
    for base in bases:
        if file.startswith(base):
            return str(Path(file).relative_to(base))
    return file


def _command(job: Job) -> list[str]:
    return [sys.executable, "-m", "benchmarks.throughput.child", msgspec.json.encode(job).decode()]


def table(profile: Profile, microseconds: float, most: int) -> str:
    """Show the functions with the most time of their own, and all modules that matter."""
    total = profile.total()
    functions = Counter({f"{function}  {module}": own for (module, function), own in profile.items()})
    modules: Counter[str] = Counter()
    for (module, _), own in profile.items():
        modules[module] += own
    lines = [f"{'own time':>8} {'us a record':>12}"]
    lines += [_line(own / total, microseconds, name) for name, own in functions.most_common(most)]
    lines += ["", f"{'of all':>8} {'us a record':>12}"]
    lines += [_line(own / total, microseconds, name) for name, own in modules.most_common() if own / total >= 0.005]
    return "\n".join(lines)


def _line(share: float, microseconds: float, name: str) -> str:
    return f"{share:8.1%} {share * microseconds:12.2f}  {name}"


def main() -> None:
    """Profile a contestant, and print where its time goes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--concurrency", type=int, default=64, help="requests in flight")
    parser.add_argument(
        "--peer", default=OURS, choices=[peer.name for peer in PEERS if not (peer.is_program or peer.is_compiled)]
    )
    parser.add_argument("--functions", type=int, default=40, help="how many to show")
    parser.add_argument("--native", action="store_true", help="look into C, too")
    parser.add_argument("--cprofile", action="store_true", help="trace with cProfile in any case")
    asked = parser.parse_args()
    ours, servers = two_cores()
    with responder(core=servers) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = Job(peer=asked.peer, url=url, records=asked.records, concurrency=asked.concurrency, core=ours)
        undisturbed = measure_apart(job)
        if ours is not None:
            pin(ours)
        profile = None if asked.cprofile else by_pyspy(job, folder, native=asked.native)
        profile = profile or by_cprofile(job, folder)
    print(f"{asked.peer}: {undisturbed.cpu_microseconds:,.1f} us a record, {undisturbed.rate:,.0f} records/s\n")
    print(table(profile, undisturbed.cpu_microseconds, asked.functions))


if __name__ == "__main__":
    main()
