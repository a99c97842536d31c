"""Records that failed, sent again as they are or as somebody mended them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from growthhub_async import CustomFieldDefinition, ErrorReason
from growthhub_async.importer import ImportOptions, JobError, JobView, SentAgain, State, send_again, unknown
from growthhub_async.importer.job import Job
from growthhub_async.importer.prepare import prepare
from growthhub_async.importer.results import ResultFiles
from tests.cli.running import rows_of, write_rows
from tests.importer.results.jobs import created, failed
from tests.importer.test_prepare import Deaf

CONTENT = """\
Email,First Name,Tags,Colour
ada@example.com,Ada,a;b,
wrong,Bob,,
cem@example.com,Cem,,
also wrong,Dee,,
eve@example.com,Eve,,
"""
COLOUR = CustomFieldDefinition(id="cf1", name="Colour")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job of five people: one was created, two are invalid, one was refused, one may pass."""
    return _make(tmp_path)


def _make(
    folder: Path,
    content: str = CONTENT,
    *,
    name: str = "contacts.csv",
    definitions_of: Callable[[str | None], Sequence[CustomFieldDefinition] | None] = unknown,
    **options: object,
) -> Path:
    (folder / name).write_text(content)
    path = folder / "contacts.job"
    made = ImportOptions(location_id="loc1", **options)  # type: ignore[arg-type]
    prepare([str(folder / name)], path, made, fresh=False, definitions_of=definitions_of, listener=Deaf())
    _settle(path, created(0), failed(2), failed(4, ErrorReason.EXHAUSTED, "503", retryable=True))
    return path


def _settle(path: Path, *entries: object) -> None:
    """Keep outcomes, and leave result files as a run does."""
    with Job(path) as job:
        run = job.begin_run({}, 1.0)
        files = ResultFiles(job, lambda _: None)
        files.open()
        seqs = job.keep(run, [], list(entries))  # type: ignore[arg-type]
        files.append(list(job.settled(after=seqs[0] - 1)))
        files.close()


def _failed_file(job: Path) -> Path:
    return job.with_name("contacts.failed.csv")


def _mend(job: Path, changes: dict[int, dict[str, str]]) -> None:
    """Change cells of the failed file, by the position of their record."""
    rows = rows_of(_failed_file(job))
    for row in rows:
        row.update(changes.get(int(row["growthhub_position"]), {}))
    write_rows(_failed_file(job), rows)


def _again(job: Path, failed_file: Path | None = None, **given: object) -> SentAgain:
    given = {"definitions_of": unknown, "tell": lambda _: None, **given}
    again = send_again(job, failed_file, **given)  # type: ignore[arg-type]
    waiting = {at for at, state in enumerate(_states(job)) if state < State.CREATED}
    assert again.positions == waiting & again.positions
    assert len(again.positions) == again.unchanged + again.mended
    return msgspec.structs.replace(again, positions=set())


def _states(job: Path) -> list[State]:
    with JobView(job) as view:
        return [standing.state for at in range(5) if (standing := view.standing_of(at)) is not None]


def _sent_as(job: Path, position: int) -> dict[str, object]:
    with JobView(job) as view:
        (contact,) = next(view.select("SELECT contact FROM records WHERE position = ?", (position,)))
    found: dict[str, object] = msgspec.json.decode(contact)
    return found


def test_what_may_pass_is_sent_again_as_it_is(job: Path) -> None:
    """Nothing else is, of a file that nobody touched."""
    assert _again(job) == SentAgain(unchanged=1, mended=0, still_wrong=[])
    assert _states(job) == [State.CREATED, State.ERROR, State.ERROR, State.ERROR, State.WAITING]


def test_without_a_failed_file_the_job_tells_what_may_pass(job: Path) -> None:
    """Somebody may have moved it away."""
    _failed_file(job).unlink()
    assert _again(job) == SentAgain(unchanged=1)


def test_what_was_mended_is_sent_as_it_is_now(job: Path) -> None:
    """Also what was never sent, and what the server refused; the cells are those of the mended file."""
    _mend(job, {1: {"Email": "bob@example.com"}, 2: {"First Name": "Cemal"}})
    assert _again(job) == SentAgain(unchanged=1, mended=2)
    assert _states(job) == [State.CREATED, State.WAITING, State.WAITING, State.ERROR, State.WAITING]
    assert _sent_as(job, 1) == {"locationId": "loc1", "email": "bob@example.com", "firstName": "Bob"}
    with JobView(job) as view:
        (source,) = view.sources([1])
    assert source.cells == ["bob@example.com", "Bob", "", ""]


def test_what_is_still_wrong_is_told_and_left(job: Path) -> None:
    """With its file, its line and what is wrong now."""
    _mend(job, {1: {"Email": "still wrong"}, 3: {"Email": "", "First Name": ""}})
    found = _again(job)
    assert (found.mended, found.unchanged) == (0, 1)
    first, second = (told.replace(f"{job.parent}/", "") for told in found.still_wrong)
    assert first == "contacts.csv, line 3: email: is not an email address; write it like ada@example.com"
    assert second.startswith("contacts.csv, line 5: contact: ")
    assert _states(job)[1] is State.ERROR


def test_tags_of_a_mended_record_are_added_or_replace_others_as_before(tmp_path: Path) -> None:
    """As the job was begun."""
    for policy, body, tags in (("replace", ["x", "y"], None), ("add", None, b'["x","y"]')):
        folder = tmp_path / policy
        folder.mkdir()
        job = _make(folder, tags=policy)
        _mend(job, {1: {"Email": "bob@example.com", "Tags": "x;y"}})
        assert _again(job).mended == 1
        assert _sent_as(job, 1).get("tags") == body
        with JobView(job) as view:
            assert next(view.select("SELECT tags FROM records WHERE position = 1")) == (tags,)


def test_custom_fields_are_asked_for_only_when_something_was_mended(tmp_path: Path) -> None:
    """And once."""
    asked: list[str | None] = []

    def definitions_of(location_id: str | None) -> list[CustomFieldDefinition]:
        asked.append(location_id)
        return [COLOUR]

    job = _make(tmp_path, definitions_of=lambda _: [COLOUR])
    _again(job, definitions_of=definitions_of)
    assert asked == []
    _mend(job, {1: {"Email": "bob@example.com", "Colour": "blue"}, 2: {"Colour": "red"}})
    assert _again(job, definitions_of=definitions_of).mended == 2
    assert asked == [None]
    assert _sent_as(job, 1)["customFields"] == [{"id": "cf1", "field_value": "blue"}]


def test_records_with_keys_of_their_own_are_mended_too(tmp_path: Path) -> None:
    """What was typed into a cell that was empty is a new key."""
    lines = "\n".join(
        msgspec.json.encode({"email": email, "n": number}).decode()
        for number, email in enumerate(["a@example.com", "wrong", "c@example.com", "d@example.com", "e@example.com"])
    )
    job = _make(tmp_path, lines, name="contacts.jsonl")
    _mend(job, {1: {"email": "b@example.com"}})
    assert _again(job).mended == 1
    assert _sent_as(job, 1) == {"locationId": "loc1", "email": "b@example.com"}


def test_a_mended_file_can_be_elsewhere(job: Path, tmp_path: Path) -> None:
    """One that is named must be there."""
    _mend(job, {1: {"Email": "bob@example.com"}})
    elsewhere = tmp_path / "mended.csv"
    _failed_file(job).rename(elsewhere)
    assert _again(job, elsewhere) == SentAgain(unchanged=1, mended=1)
    with pytest.raises(JobError, match=r"nothing\.csv does not exist; name the failed file that was mended"):
        _again(job, tmp_path / "nothing.csv")


def test_what_was_let_go_again_is_not_let_go_twice(job: Path) -> None:
    """A second retry before anything was sent changes nothing."""
    _mend(job, {1: {"Email": "bob@example.com"}})
    _again(job)
    before = _states(job)
    _again(job)
    assert _states(job) == before
    assert _sent_as(job, 1)["email"] == "bob@example.com"
