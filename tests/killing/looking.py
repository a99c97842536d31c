"""What must hold of the files of an import after a kill, at whichever instant.

It is looked at a copy, so that the next run finds the files as the kill has left them.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from growthhub_async.importer import JobError, JobView, broken
from growthhub_async.importer.job.database import with_companions

from .process import JOB

KINDS = ("created", "updated", "failed", "dropped", "duplicates")
_UNSENT = ("cancelled", "unauthorized")


class Kept(NamedTuple):
    """One outcome as the job keeps it."""

    position: int
    status: str
    reason: str | None
    contact_id: str | None


class Memory:
    """What the job has kept so far: nothing of it may ever be lost, or become another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[int, Kept] = {}

    @property
    def settled(self) -> int:
        """How many outcomes are kept."""
        return len(self._kept)

    def look(self, told: Path) -> list[str]:
        """Look at the files, and return what is wrong; `told` is the file of outcomes that the last run has told."""
        if not (self._folder / JOB).exists():
            return ["something is lost: there is no job any more"] if self._kept else []
        try:
            with JobView(_copied(self._folder)) as view:
                counts = view.counts()
                wrong = [f"the accounts are broken: {imbalance}" for imbalance in broken(view)]
                kept = {s.seq: Kept(s.position, s.status, s.reason, s.contact_id) for s in view.settled()}
        except JobError as error:
            return [f"the job cannot be read: {error}"]
        if not counts.add_up:
            wrong.append(f"the counts do not add up: {counts}")
        wrong += [f"an outcome was lost or changed: {was}" for seq, was in self._kept.items() if kept.get(seq) != was]
        self._kept = kept
        by_position = {one.position: one for one in kept.values()}
        if told.exists():
            wrong += _wrongly_told(told, by_position)
        for kind in ("created", "updated", "failed"):
            wrong += _wrong_rows(self._folder, kind, by_position)
        return wrong


def read_rows(folder: Path, kind: str, *, cut: bool = False) -> list[dict[str, str]]:
    """Read a result file; with `cut` its last row may not be whole."""
    path = folder / f"people.{kind}.csv"
    if not path.exists():
        return []
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    if cut:
        text = text[: text.rfind("\r\n") + 2] if "\r\n" in text else ""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _copied(folder: Path) -> Path:
    copy = folder / "looked-at" / JOB
    copy.parent.mkdir(exist_ok=True)
    for there, here in zip(with_companions(folder / JOB), with_companions(copy), strict=True):
        here.unlink(missing_ok=True)
        if there.exists():
            shutil.copy(there, here)
    return copy


def _wrongly_told(told: Path, kept: dict[int, Kept]) -> list[str]:
    wrong = []
    for line in told.read_bytes().split(b"\n")[:-1]:
        outcome: dict[str, Any] = msgspec.json.decode(line)
        reason = (outcome["error"] or {}).get("reason")
        mine = Kept(outcome["position"], outcome["status"], reason, outcome["contact_id"])
        if reason not in _UNSENT and kept.get(mine.position) != mine:
            wrong.append(f"told, and not kept: {mine}, but {kept.get(mine.position)}")
    return wrong


def _wrong_rows(folder: Path, kind: str, kept: dict[int, Kept]) -> list[str]:
    status = "error" if kind == "failed" else kind
    positions = [int(row["growthhub_position"]) for row in read_rows(folder, kind, cut=True)]
    wrong = [f"{kind}.csv has position {at} {times} times" for at, times in Counter(positions).items() if times > 1]
    for at in positions:
        one = kept.get(at)
        if one is None or one.status != status:
            wrong.append(f"{kind}.csv has position {at}, which is kept as {one}")
    return wrong
