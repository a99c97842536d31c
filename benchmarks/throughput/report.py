"""What the rounds come to: medians with their spread, ratios of one round each, a table, and JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.machine import Machine
from benchmarks.throughput.job import Measured
from benchmarks.throughput.peers import COMPILED, OURS, Peer


class Spread(msgspec.Struct, frozen=True):
    """The median of some numbers, with the least and the greatest of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """Make it of at least one number."""
        return cls(statistics.median(numbers), min(numbers), max(numbers))

    def rounded(self, digits: int) -> Spread:
        """Leave out the digits that mean nothing."""
        return Spread(round(self.median, digits), round(self.least, digits), round(self.most, digits))


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant's result.

    `ours_to_it` is this library's rate in the same rounds, as a multiple of its own, `compiled_to_it` that of the
    compiled library.
    """

    name: str
    what: str
    records: int
    rates: tuple[float, ...]
    requests_per_second: Spread
    cpu_microseconds: Spread
    megabytes: float | None
    ours_to_it: Spread | None
    compiled_to_it: Spread | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run has to tell; nothing in it tells whose machine it was."""

    machine: Machine
    versions: dict[str, str]
    server: str
    tls: bool
    rate_headers: bool
    concurrency: int
    rounds: int
    pinned: bool
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]


def lines_of(peers: Sequence[Peer], rounds: Mapping[str, Sequence[Measured]]) -> tuple[Line, ...]:
    """Sum up the rounds of every contestant."""
    ours, compiled = rounds.get(OURS), rounds.get(COMPILED)
    return tuple(_line(peer, rounds[peer.name], ours, compiled) for peer in peers)


def _line(
    peer: Peer, runs: Sequence[Measured], ours: Sequence[Measured] | None, compiled: Sequence[Measured] | None
) -> Line:
    peaks = [run.megabytes for run in runs if run.megabytes is not None]
    return Line(
        name=peer.name,
        what=peer.what,
        records=runs[0].records,
        rates=tuple(round(run.rate, 1) for run in runs),
        requests_per_second=Spread.of([run.rate for run in runs]).rounded(1),
        cpu_microseconds=Spread.of([run.cpu_microseconds for run in runs]).rounded(2),
        megabytes=round(max(peaks), 1) if peaks else None,
        ours_to_it=None if ours is None else ratios(ours, runs).rounded(3),
        compiled_to_it=None if compiled is None else ratios(compiled, runs).rounded(3),
    )


def ratios(ours: Sequence[Measured], theirs: Sequence[Measured]) -> Spread:
    """Compare rates round by round: what disturbs a round disturbs both of its sides."""
    return Spread.of([one.rate / other.rate for one, other in zip(ours, theirs, strict=True)])


def table(report: Report) -> str:
    """Show the lines, and below them what they were measured with."""
    wide = max(len(line.what) for line in report.lines)
    head = f"{'':{wide}} {'records/s':>10} {'least to most':>17} {'CPU us':>8} {'peak MB':>8} {'ours is':>8} {'':15}"
    if any(line.compiled_to_it for line in report.lines):
        head += f" {'compiled':>8}"
    shown = [head.rstrip(), *(_shown(line, wide) for line in report.lines), ""]
    shown += [f"not installed, and left out: {', '.join(report.left_out)}"] if report.left_out else []
    tls = "TLS" if report.tls else "no TLS"
    pinned = "one processor each" if report.pinned else "not pinned to processors"
    shown.append(f"{report.rounds} rounds, {report.concurrency} in flight, {tls}, {pinned}; server: {report.server}")
    machine = report.machine
    shown.append(f"{machine.processor}, {machine.cores} cores, {machine.kernel}, {machine.python}, {machine.openssl}")
    shown.append(", ".join(f"{package} {version}" for package, version in report.versions.items()))
    return "\n".join(shown)


def _shown(line: Line, wide: int) -> str:
    rate = line.requests_per_second
    spread = f"{rate.least:,.0f} to {rate.most:,.0f}"
    peak = "-" if line.megabytes is None else f"{line.megabytes:,.0f}"
    shown = f"{line.what:{wide}} {rate.median:10,.0f} {spread:>17} {line.cpu_microseconds.median:8,.1f} {peak:>8}"
    return f"{shown} {_shown_ratio(line.ours_to_it)} {_shown_ratio(line.compiled_to_it)}".rstrip()


def _shown_ratio(ratio: Spread | None) -> str:
    shown = "" if ratio is None else f"{ratio.median:7.2f}x ({ratio.least:.2f} to {ratio.most:.2f})"
    return f"{shown:24}"


def write(report: Report, path: Path) -> None:
    """Write all of it as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(report) + b"\n")


def encoded(report: Report) -> bytes:
    """Encode all of it as JSON for people."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1)
