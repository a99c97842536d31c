"""Run the contestants in turn, and tell what they came to."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import compiled
from benchmarks.machine import describe, two_cores, version_of
from benchmarks.responder import responder
from benchmarks.throughput import __doc__ as described
from benchmarks.throughput.child import RunError, measure_apart
from benchmarks.throughput.job import Job, Measured
from benchmarks.throughput.peers import PEERS, Peer
from benchmarks.throughput.report import Report, encoded, lines_of, table, write

RESULTS = Path(__file__).parent.parent / "results"
WARM_UP = 0.1
"""The share of the records that the round before the first is given: it writes byte code, and fills caches."""
PACKAGES = (
    "growthhub-async",
    "aiohttp",
    "msgspec",
    "uvloop",
    "pyreqwest",
    "aiosonic",
    "niquests",
    "httpx",
    "gohighlevel-api-client",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and keep what was measured; ends with 1 when a contestant does not do what it was asked."""
    asked = _parse(arguments)
    chosen = [peer for peer in PEERS if not asked.only or peer.name in asked.only]
    if any(peer.is_compiled and not peer.is_installed() for peer in chosen):
        _tell("the library is being compiled, once: about a minute")
        compiled.build()
    peers = [peer for peer in chosen if peer.is_installed()]
    try:
        report = _measure(asked, peers, left_out=[peer.name for peer in chosen if peer not in peers])
    except RunError as error:
        sys.exit(str(error))
    write(report, asked.file or RESULTS / f"throughput{'-tls' if report.tls else ''}.json")
    print(encoded(report).decode() if asked.json else table(report))


def _measure(asked: argparse.Namespace, peers: list[Peer], left_out: list[str]) -> Report:
    ours, servers = two_cores()
    rounds: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    with _server(asked, servers) as (url, ca_file):
        for number in range(asked.rounds + 1):
            for peer in peers:
                share = 1 if number else WARM_UP
                job = Job(
                    peer=peer.name,
                    url=url,
                    records=peer.records(asked.records * share, asked.concurrency),
                    concurrency=asked.concurrency,
                    ca_file=ca_file,
                    core=ours,
                )
                measured = measure_apart(job)
                if number:
                    rounds[peer.name].append(measured)
                    _tell(f"round {number}: {peer.name} {measured.rate:,.0f} records/s")
    return Report(
        machine=describe(),
        versions={package: version for package in PACKAGES if (version := version_of(package)) is not None},
        server="another" if asked.url else "benchmarks.responder",
        tls=url.startswith("https:"),
        rate_headers=asked.rate_headers,
        concurrency=asked.concurrency,
        rounds=asked.rounds,
        pinned=ours is not None,
        lines=lines_of(peers, rounds),
        left_out=tuple(left_out),
    )


@contextlib.contextmanager
def _server(asked: argparse.Namespace, core: int | None) -> Iterator[tuple[str, str | None]]:
    """Give the URL of a server, and the file of the authority it is to be trusted by."""
    if asked.url:
        yield asked.url.rstrip("/"), None
        return
    with tempfile.TemporaryDirectory() as folder:
        ca_file = Path(folder) / "ca.pem" if asked.tls else None
        with responder(core=core, ca_file=ca_file, rate_headers=asked.rate_headers) as url:
            yield url, None if ca_file is None else str(ca_file)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=described.splitlines()[0])
    parser.add_argument("--records", type=int, default=50_000, help="of each in a round; slow ones get a share")
    parser.add_argument("--concurrency", type=int, default=64, help="requests in flight")
    parser.add_argument("--rounds", type=int, default=5, help="after one that warms up")
    parser.add_argument("--url", help="another server, of which nothing but upserts is asked")
    parser.add_argument("--tls", action="store_true", help="over TLS, by an authority made for the run")
    parser.add_argument("--json", action="store_true", help="print the JSON in the place of the table")
    parser.add_argument("--file", type=Path, help="where to write the JSON, in the place of benchmarks/results/")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[peer.name for peer in PEERS])
    parser.add_argument(
        "--rate-headers",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="have the server send the six headers of the quota",
    )
    asked = parser.parse_args(arguments)
    if min(asked.records, asked.concurrency, asked.rounds) < 1:
        parser.error("--records, --concurrency and --rounds must be at least 1")
    return asked


if __name__ == "__main__":
    main()
