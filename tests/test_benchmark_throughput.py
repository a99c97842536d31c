"""The benchmark of the throughput is itself right: what it sends, what it counts, and what it makes of that."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from benchmarks import compiled
from benchmarks.machine import Machine
from benchmarks.people import contact_of, people
from benchmarks.profile import own_times
from benchmarks.throughput import child
from benchmarks.throughput.job import TOKEN, Job, Measured, is_acknowledged
from benchmarks.throughput.peers import COMPILED, OURS, PEERS, Peer
from benchmarks.throughput.report import Report, Spread, lines_of, ratios, table

# -- what is sent


def test_contacts_are_the_same_for_a_seed_and_no_two_alike() -> None:
    """Every contestant sends the same; no contact has to wait for another of the same email or phone."""
    made = list(people(3_000))
    assert made == list(people(3_000))
    assert made != list(people(3_000, seed=1))
    assert len({person["email"] for person in made}) == len({person["phone"] for person in made}) == len(made)


def test_contacts_are_of_the_size_that_is_told() -> None:
    """About 263 bytes of JSON, and the library sends the same as the others."""
    made = list(people(1_000))
    sizes = [len(msgspec.json.encode(person)) for person in made]
    assert abs(sum(sizes) / len(sizes) - 263) < 10
    assert [json.loads(msgspec.json.encode(contact_of(person))) for person in made] == made


def test_only_a_contact_that_is_kept_is_acknowledged() -> None:
    """Neither another status counts nor a reply without an id."""
    assert is_acknowledged(200, {"contact": {"id": "x"}})
    assert not is_acknowledged(429, {"contact": {"id": "x"}})
    assert not is_acknowledged(200, {"contact": {"id": None}})


def test_slow_ones_are_given_whole_turns_of_their_share() -> None:
    """A share is rounded to what all tasks can share evenly, and is never nothing."""
    slow = Peer(name="x", what="x", module="x", needs="x", share=0.1)
    assert [slow.records(asked, 64) for asked in (10_000, 640, 1)] == [960, 64, 64]


def test_a_run_with_too_few_acknowledged_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contestant that loses a record has no result."""

    async def run(job: Job) -> int:
        return job.records - 1

    peer = Peer(name="lossy", what="", module="a_lossy_peer", needs="")
    monkeypatch.setitem(sys.modules, peer.module, SimpleNamespace(run=run))
    monkeypatch.setattr(child, "PEERS", (peer,))
    with pytest.raises(child.RunError, match="29 of 30"):
        child.measure(Job(peer="lossy", url="", records=30, concurrency=1))


def test_a_run_of_the_compiled_library_without_it_fails() -> None:
    """It is not measured by another that was found in its place."""
    with pytest.raises(child.RunError, match="not the compiled library"):
        child.measure(Job(peer=COMPILED, url="", records=30, concurrency=1))


def test_what_was_compiled_of_other_sources_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out of the benchmark until it is made again."""
    [peer] = (peer for peer in PEERS if peer.is_compiled)
    monkeypatch.setattr(compiled, "BUILT", tmp_path)
    assert not peer.is_installed()
    shutil.copytree(compiled.ROOT / compiled.PACKAGE, tmp_path / compiled.PACKAGE)
    (tmp_path / compiled.PACKAGE / "bulk.cpython-38-x86_64-linux-gnu.so").touch()
    assert not peer.is_installed(), "it is for another Python"
    (tmp_path / compiled.PACKAGE / f"bulk{EXTENSION_SUFFIXES[0]}").touch()
    assert peer.is_installed()
    with (tmp_path / compiled.PACKAGE / "bulk.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert not peer.is_installed()


def test_where_nothing_can_be_compiled_the_compiled_library_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without make or a C compiler the others are measured all the same."""
    monkeypatch.setattr(compiled, "BUILT", tmp_path)
    (tmp_path / ".done").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not compiled.build()
    (tmp_path / "make").write_text("#!/bin/sh\nexit 2\n")
    (tmp_path / "make").chmod(0o700)
    assert not compiled.build()
    assert not (tmp_path / ".done").exists(), "what make believes is done it would not do again"


# -- the sums


def _runs(*seconds: float, megabytes: float | None = 40.0) -> list[Measured]:
    return [Measured(records=100, seconds=one, cpu_seconds=one / 2, megabytes=megabytes) for one in seconds]


def test_a_spread_is_the_median_and_both_ends() -> None:
    """One slow round moves an end, and not the median."""
    assert Spread.of([3.0, 100.0, 1.0]) == Spread(median=3.0, least=1.0, most=100.0)


def test_ratios_are_taken_round_by_round() -> None:
    """A machine that is slow for a round is slow for both, and the ratio of that round stays."""
    assert ratios(_runs(1.0, 10.0, 2.0), _runs(2.0, 20.0, 8.0)) == Spread(median=2.0, least=2.0, most=4.0)


def test_lines_sum_the_rounds_up() -> None:
    """Rates, processor time a record, the highest peak, and how many times as fast this library is."""
    mine, other = (Peer(name=name, what=name, module="", needs="") for name in (OURS, "other"))
    ours, theirs = lines_of([mine, other], {OURS: _runs(1.0, 2.0, 4.0), "other": _runs(4.0, 4.0, 4.0, megabytes=None)})
    assert ours.rates == (100.0, 50.0, 25.0)
    assert ours.requests_per_second == Spread(50.0, 25.0, 100.0)
    assert ours.cpu_microseconds == Spread(10_000.0, 5_000.0, 20_000.0)
    assert (ours.megabytes, theirs.megabytes) == (40.0, None)
    assert theirs.ours_to_it == Spread(2.0, 1.0, 4.0)


def test_both_builds_are_compared_with_everybody() -> None:
    """The compiled library has a column of its own, also where the other was not measured."""
    compiled_one, other = (Peer(name=name, what=name, module="", needs="") for name in (COMPILED, "other"))
    _, theirs = lines_of([compiled_one, other], {COMPILED: _runs(1.0, 2.0), "other": _runs(4.0, 4.0)})
    assert (theirs.ours_to_it, theirs.compiled_to_it) == (None, Spread(3.0, 2.0, 4.0))


def test_without_this_library_there_is_no_ratio() -> None:
    """Others can be measured by themselves."""
    peer = Peer(name="other", what="other", module="", needs="")
    lines = lines_of([peer], {"other": _runs(1.0)})
    assert lines[0].ours_to_it is None
    machine = Machine(processor="p", cores=2, kernel="k", python="3", openssl="o")
    report = Report(
        machine=machine,
        versions={},
        server="s",
        tls=False,
        rate_headers=True,
        concurrency=1,
        rounds=1,
        pinned=False,
        lines=lines,
        left_out=("hey",),
    )
    assert "not installed, and left out: hey" in table(report)


def test_stacks_are_summed_up_by_who_is_innermost() -> None:
    """What is called outside of the measured run, such as imports, is not counted."""
    stacks = [
        "main (child.py:1);Runner.run (asyncio/runners.py:86);send (a/b.py:7) 3",
        "main (child.py:1);Runner.run (asyncio/runners.py:86);send (a/b.py:7);read (a/c.py:9) 2",
        "main (child.py:1);Runner.run (asyncio/runners.py:86);other (a/b.py:1);send (a/b.py:7) 1",
        "main (child.py:1);import_module (importlib/__init__.py:1) 50",
    ]
    assert own_times(stacks) == {("a/b.py", "send"): 4, ("a/c.py", "read"): 2}


# -- all of it


@pytest.mark.parametrize("tls", [False, True])
def test_a_run_from_end_to_end_writes_what_it_found(tmp_path: Path, tls: bool) -> None:
    """A table is shown, and the JSON has machine, versions and results, and nothing that tells whose they are."""
    file = tmp_path / "new folder" / "throughput.json"
    command = [sys.executable, "-m", "benchmarks.throughput", "--records", "30", "--concurrency", "6", "--rounds", "2"]
    command += ["--only", OURS, "aiohttp", "--file", str(file), *(["--tls"] if tls else [])]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    assert [(line.name, line.records, len(line.rates)) for line in report.lines] == [(OURS, 30, 2), ("aiohttp", 30, 2)]
    assert all(line.cpu_microseconds.least > 0 and line.megabytes for line in report.lines)
    assert {"growthhub-async", "aiohttp", "uvloop"} <= report.versions.keys()
    assert report.tls is tls
    assert all(line.what in done.stdout for line in report.lines)
    written = file.read_text(encoding="utf-8")
    private = (TOKEN, platform.node(), sys.prefix, str(tmp_path), "127.0.0.1")
    assert [word for word in private if word and word in written] == []


def test_every_contestant_has_its_module() -> None:
    """Each is where it is looked for, even when what it needs is not installed."""
    root = Path(__file__).parent.parent
    assert all((root / f"{peer.module.replace('.', '/')}.py").exists() for peer in PEERS)
