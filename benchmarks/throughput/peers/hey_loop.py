"""`hey`: Go's net/http on one processor, as a yardstick. It sends one body again and again, and decodes no reply.

That it has to be started counts, some 10 ms: with 50,000 records less than one part in a hundred. It verifies no TLS.
"""

import asyncio
import re
import tempfile
from pathlib import Path

import msgspec

from benchmarks.throughput.job import HEADERS, Job


async def run(job: Job) -> int:
    """Let it send as many requests, and count the replies of 200 that it tells of."""
    with tempfile.NamedTemporaryFile() as file:
        body = Path(file.name)
        body.write_bytes(msgspec.json.encode(next(job.people())))  # noqa: ASYNC240 - nothing else is going on
        told = await _output(job, body)
    counted = re.search(r"\[200\]\s+(\d+) responses", told)
    return int(counted[1]) if counted else 0


async def _output(job: Job, body: Path) -> str:
    named = (("-H", f"{name}: {value}") for name, value in HEADERS.items())
    options = [
        "-n",
        str(job.records),
        "-c",
        str(job.concurrency),
        "-cpus",
        "1",
        "-t",
        "0",
        "-m",
        "POST",
        "-D",
        str(body),
    ]
    options += ["-T", "application/json", *(part for header in named for part in header)]
    process = await asyncio.create_subprocess_exec("hey", *options, job.address, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return told.decode()
