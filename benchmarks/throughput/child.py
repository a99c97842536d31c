"""One run of one contestant, in a process of its own.

python -m benchmarks.throughput.child JOB   runs it here, and prints what was measured as JSON
"""

from __future__ import annotations

import asyncio
import importlib
import os
import resource
import subprocess
import sys
import time

import msgspec

from benchmarks import compiled
from benchmarks.machine import cpu_seconds, peak_megabytes, pin
from benchmarks.throughput.job import Job, Measured
from benchmarks.throughput.peers import PEERS, Peer


class RunError(Exception):
    """A contestant did not do what it was asked."""


def measure_apart(job: Job) -> Measured:
    """Run a contestant in a fresh process; raises RunError, with what it said, when it fails."""
    is_compiled = _peer_of(job).is_compiled
    flags = ["-P"] if is_compiled else []  # else what is in the current folder came first
    command = [sys.executable, *flags, "-m", __name__, msgspec.json.encode(job).decode()]
    environment = compiled.environment() if is_compiled else dict(os.environ)
    if job.ca_file is not None:  # who verifies TLS by OpenSSL's own rules needs no more, in its code or a user's
        environment["SSL_CERT_FILE"] = job.ca_file
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RunError(f"{job.peer} failed:\n{done.stderr}")
    return msgspec.json.decode(done.stdout, type=Measured)


def measure(job: Job) -> Measured:
    """Run a contestant in this process; raises RunError when fewer are acknowledged than were asked for."""
    import uvloop

    peer = _peer_of(job)
    if peer.is_compiled and not compiled.is_in_use():
        raise RunError("it is not the compiled library that was found")
    run = importlib.import_module(peer.module).run
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop()
        worked, started = _worked(), time.perf_counter()
        acknowledged = runner.run(run(job))
        seconds, worked = time.perf_counter() - started, _worked() - worked
    if acknowledged != job.records:
        raise RunError(f"{acknowledged:,} of {job.records:,} were acknowledged")
    megabytes = None if peer.is_program else peak_megabytes()
    return Measured(records=acknowledged, seconds=seconds, cpu_seconds=worked, megabytes=megabytes)


def _peer_of(job: Job) -> Peer:
    return next(peer for peer in PEERS if peer.name == job.peer)


def _worked() -> float:
    return cpu_seconds(resource.RUSAGE_SELF) + cpu_seconds(resource.RUSAGE_CHILDREN)


def main() -> None:
    """Run the job that was given."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    if job.core is not None:
        pin(job.core)
    print(msgspec.json.encode(measure(job)).decode())


if __name__ == "__main__":
    main()
