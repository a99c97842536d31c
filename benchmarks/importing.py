"""What does a job cost: files read, checked and staged, records kept before and after they are sent, results written?

`check` and `import` of a CSV file, one after the other, against `upsert_many` of the same contacts from memory, in turn
and on the same server; each in a process of its own, so that its peak memory is its own. The quota is set out of reach:
here the CPU and the disk are the limit, in real life the quota is. Then the memory of ten times as many records, and a
check of a million.

The bars: both together at least 0.5 of `upsert_many`'s throughput; at most 30 MB more memory for ten times the records.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import uvloop

from benchmarks.responder import responder
from growthhub_async import Contact, GrowthHubClient
from growthhub_async.importer import ImportOptions, read_files, run, unknown
from growthhub_async.importer.mapping import ColumnMapper, KeyMapper
from growthhub_async.importer.rows import Table

LOCATION = "ve9EPM428h8vShlRW1KT"
HEADER = ["First Name", "Last Name", "Email", "Phone", "City", "Country", "Tags"]
LEAST_RATIO = 0.5
MOST_MEGABYTES = 30.0


class Measured(NamedTuple):
    """One run in its process: seconds, and the most memory it had, in MB."""

    seconds: float
    megabytes: float


def people(count: int) -> Iterator[list[str]]:
    """Make contacts that differ, in the order of the header."""
    for number in range(count):
        yield [
            f"Ada {number}",
            "Lovelace",
            f"ada{number}@example.com",
            f"+1205{number:07}",
            "Dolomite",
            "US",
            "vip, newsletter",
        ]


def write_file(path: Path, records: int) -> None:
    """Write the contacts as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(people(records))


def client_of(url: str, *, keep_history: bool) -> GrowthHubClient:
    """Make a client whose quota is out of reach."""
    return GrowthHubClient(
        token="pit-x",
        location_id=LOCATION,
        base_url=url,
        concurrency=64,
        requests_per_interval=1_000_000,
        requests_per_day=1_000_000_000,
        keep_history=keep_history,
    )


async def upsert_all(url: str, records: int) -> None:
    """Upsert the contacts from memory."""
    contacts = (
        Contact(
            first_name=first,
            last_name=last,
            email=email,
            phone=phone,
            city=city,
            country=country,
            tags=tags.split(", "),
        )
        for first, last, email, phone, city, country, tags in people(records)
    )
    async with client_of(url, keep_history=False) as client, client.upsert_many(contacts) as outcomes:
        async for _ in outcomes:
            pass
    assert outcomes.summary.created == records, outcomes.summary


async def import_all(url: str, records: int, path: Path) -> None:
    """Import the file, as the command does."""
    async with client_of(url, keep_history=True) as client:
        summary = await run(client, path, fresh=True)
    assert summary.created == records, summary
    assert summary.accounting


class _Nobody:
    """Hears how files are read, and says nothing."""

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None: ...

    def told(self, text: str) -> None: ...

    def progressed(self, read: int, share: float | None) -> None: ...


def check_all(records: int, path: Path) -> None:
    """Check the file, as the command does."""
    options = ImportOptions(location_id=LOCATION)
    findings = read_files([str(path)], options, None, definitions_of=unknown, listener=_Nobody())
    assert findings.read == findings.valid == records, findings


def do(part: str, url: str, records: int, path: Path) -> None:
    """Do one part in this process, and print what was measured."""
    started = time.perf_counter()
    if part == "check":
        check_all(records, path)
    else:
        work = upsert_all(url, records) if part == "upsert_many" else import_all(url, records, path)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(msgspec.json.encode(Measured(seconds, megabytes)).decode())


def measured(part: str, url: str, records: int, path: Path) -> Measured:
    """Do one part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.importing", "--part", part, "--url", url]
    command += ["--records", str(records), "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Measured)


def throughput(url: str, folder: Path, records: int, rounds: int) -> float:
    """Measure all parts in turn, print them, and return the ratio."""
    path = folder / "contacts.csv"
    write_file(path, records)
    parts: dict[str, list[Measured]] = {"upsert_many": [], "check": [], "import": []}
    for _ in range(rounds):
        for part, results in parts.items():
            results.append(measured(part, url, records, path))
    for part, results in parts.items():
        rates = [records / one.seconds for one in results]
        peak = max(one.megabytes for one in results)
        print(
            f"{part:24} {statistics.median(rates):9,.0f} records/s   {min(rates):,.0f} to {max(rates):,.0f}"
            f"   {peak:,.0f} MB at the most"
        )
    together = [
        bare.seconds / (checked.seconds + imported.seconds)
        for bare, checked, imported in zip(*parts.values(), strict=True)
    ]
    alone = [bare.seconds / imported.seconds for bare, _, imported in zip(*parts.values(), strict=True)]
    print(f"{'check and import':24} {statistics.median(together):9.2f} of upsert_many's throughput")
    print(f"{'import alone':24} {statistics.median(alone):9.2f}")
    return statistics.median(together)


def memory(url: str, folder: Path, few: int, many: int) -> float:
    """Measure how much more memory many records take than few, print it, and return it in MB."""
    peaks = []
    for records in (few, many):
        path = folder / f"contacts-{records}.csv"
        write_file(path, records)
        peaks.append(max(measured(part, url, records, path).megabytes for part in ("check", "import")))
    print(f"{'memory':24} {peaks[0]:,.0f} MB for {few:,} records, {peaks[1]:,.0f} MB for {many:,}")
    return peaks[1] - peaks[0]


def main() -> None:
    """Measure, print, and tell whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--checked", type=int, default=1_000_000, help="records of the check alone")
    parser.add_argument("--part", choices=["upsert_many", "check", "import"], help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, default=Path(), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        do(asked.part, asked.url, asked.records, asked.file)
        return
    with tempfile.TemporaryDirectory() as name, responder() as url:
        folder = Path(name)
        bars: dict[str, bool] = {}
        ratio = throughput(url, folder, asked.records, asked.rounds)
        bars[f"at least {LEAST_RATIO} of upsert_many: {ratio:.2f}"] = ratio >= LEAST_RATIO
        more = memory(url, folder, asked.records // 10, asked.records)
        bars[f"at most {MOST_MEGABYTES:g} MB more for ten times the records: {more:.0f}"] = more <= MOST_MEGABYTES
        _check_many(folder, asked.checked)
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    sys.exit(not all(bars.values()))


def _check_many(folder: Path, records: int) -> None:
    path = folder / "many.csv"
    write_file(path, records)
    checked = measured("check", "", records, path)
    print(f"{'check':24} {records:,} records in {checked.seconds:.0f} s, {checked.megabytes:,.0f} MB")


if __name__ == "__main__":
    main()
