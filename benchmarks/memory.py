"""Does the memory of `upsert_many` grow with the number of records? They come from a generator, and go as they settle.

Each number of records is sent in a process of its own, so that its peak memory is its own.

The bar: 1,000,000 records take at most 5 MB more than 10,000.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.machine import two_cores
from benchmarks.responder import responder
from benchmarks.throughput.child import measure_apart
from benchmarks.throughput.job import Job
from benchmarks.throughput.peers import OURS

FEW = 10_000
MOST_MEGABYTES = 5.0


def peak(url: str, records: int, concurrency: int, core: int | None) -> float:
    """Measure the most memory, in MB, that so many records take, and print it."""
    job = Job(peer=OURS, url=url, records=records, concurrency=concurrency, core=core)
    measured = measure_apart(job)
    assert measured.megabytes is not None
    print(f"{records:12,} records {measured.megabytes:8.1f} MB   {measured.rate:9,.0f} records/s", flush=True)
    return measured.megabytes


def main() -> None:
    """Measure, print, and tell whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000, help=f"next to {FEW:,}")
    parser.add_argument("--concurrency", type=int, default=64, help="requests in flight")
    asked = parser.parse_args()
    ours, servers = two_cores()
    with responder(core=servers) as url:
        few, many = (peak(url, records, asked.concurrency, ours) for records in (FEW, asked.records))
    met = many - few <= MOST_MEGABYTES
    print(f"{'met   ' if met else 'MISSED'} at most {MOST_MEGABYTES:g} MB more: {many - few:+.1f} MB")
    sys.exit(not met)


if __name__ == "__main__":
    main()
