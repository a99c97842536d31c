"""The first sentence answers whether it worked."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async import ErrorReason, Status
from growthhub_async.importer.job import Entry, JobView, State
from growthhub_async.importer.report import figures_of
from growthhub_async.importer.report.verdict import REASONS, Verdict, verdict_of
from tests.importer.report.making import Maker, made, ran, settled


def _verdict(path: Path) -> Verdict:
    with JobView(path) as view:
        return verdict_of(figures_of(view))


def _sent(path: Path, entries: list[Entry], records: int, duplicates: int = 0) -> Verdict:
    made(path, lambda job: [*(job.valid() for _ in range(records)), *(job.duplicate(0) for _ in range(duplicates))])
    ran(path, entries)
    return _verdict(path)


def _failed(*positions: int) -> list[Entry]:
    return [settled(position, Status.ERROR) for position in positions]


def test_before_anything_is_sent(tmp_path: Path) -> None:
    """What is wrong in itself is told as that: it is not said to have failed."""
    made(tmp_path / "a.job", lambda job: [job.valid(), job.invalid(), job.invalid()])
    assert _verdict(tmp_path / "a.job") == Verdict(
        "open",
        "Nothing has been sent yet: 1 record waits to be sent.",
        ["2 records are wrong in themselves, and will not be sent."],
    )


def test_nothing_to_import(tmp_path: Path) -> None:
    """An empty file is no success."""
    made(tmp_path / "a.job", lambda job: None)
    assert _verdict(tmp_path / "a.job").sentence == "There was nothing to import: no record was read."


def test_all_of_it(tmp_path: Path) -> None:
    """Duplicates are there with the record that stands for them."""
    verdict = _sent(tmp_path / "a.job", [settled(0), settled(1, Status.UPDATED)], 2, duplicates=1)
    assert (verdict.mood, verdict.sentence) == ("good", "It worked: all 2 records are in GrowthHub.")
    assert verdict.details == ["1 record is a duplicate: another record of the import stands for each."]


@pytest.mark.parametrize(
    ("entries", "records", "mood", "sentence"),
    [
        ([settled(0)], 1, "good", "It worked: the record is in GrowthHub."),
        (_failed(0), 1, "bad", "It did not work: the record was refused."),
        (_failed(0, 1), 2, "bad", "It did not work: none of 2 records was accepted."),
        ([settled(0)], 3, "open", "It is not finished: 2 records of 3 (67\u00a0%) are left to send."),
        ([settled(0), *_failed(1)], 2, "partly", "It worked for 50\u00a0% of the records: 1 of 2 are in GrowthHub."),
    ],
)
def test_in_one_sentence(tmp_path: Path, entries: list[Entry], records: int, mood: str, sentence: str) -> None:
    """Not finished is neither good nor bad."""
    verdict = _sent(tmp_path / "a.job", entries, records)
    assert (verdict.mood, verdict.sentence) == (mood, sentence)


def test_what_else_is_to_be_known(tmp_path: Path) -> None:
    """Each thing that somebody may have to do something about is told at once."""
    path = tmp_path / "a.job"
    made(path, lambda job: [*(job.valid() for _ in range(6)), job.valid(tags=["vip"])])
    doubt = settled(1, Status.ERROR, reason=ErrorReason.IN_DOUBT, retryable=True)
    ran(path, [settled(0, dropped=["phone"]), doubt, *_failed(2), settled(6, state=State.TAGGING)], leaving=[3, 4])
    assert _verdict(path).details == [
        "2 records failed; 1 of them may pass as they are when sent again.",
        "Of one nobody knows whether it was written.",
        "Of 2 records a request left and no answer was heard.",
        "1 contact written, with tags still to be added.",
        "1 record was written, but not all of its fields were taken.",
    ]


def test_numbers_that_do_not_add_up_are_told_before_anything_else(tmp_path: Path) -> None:
    """Nothing else on the page can be relied on then."""

    class Forgetful(Maker):
        def done(self) -> None:
            self._positions += 1
            super().done()

    job = Forgetful(tmp_path / "a.job")
    job.file()
    job.valid()
    job.done()
    verdict = _verdict(job.path)
    assert verdict.mood == "bad"
    assert verdict.sentence == "The numbers do not add up: 2 records were read, and 1 are accounted for."


def test_every_reason_has_words() -> None:
    """A reason that is added later is not to be forgotten here."""
    assert set(REASONS) == set(ErrorReason)
