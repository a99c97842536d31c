"""What people are told before anything is sent: what was found in the files, and what sending it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..estimate import Estimate
from ..importer import Counts, Findings, ImportOptions, SentAgain
from .numbers_text import counted, duration
from .screen import short

_EXAMPLES = 10
_DUPLICATES = 3
_LOCATIONS = 5
_ALL_VALID = {0: "", 1: ", a valid one"}


def found(findings: Findings, options: ImportOptions, *, several_files: bool) -> Iterator[str]:
    """Yield the lines that say what was found in the files."""
    read = counted(findings.read, "record")
    if not findings.invalid:
        yield f"{read} read{_ALL_VALID.get(findings.read, ', all of them valid')}"
    else:
        yield f"{read} read, {findings.invalid:,} of them invalid:"
        for problem in findings.most_frequent(_EXAMPLES):
            more = f" (and {problem.records - 1:,} more)" if problem.records > 1 else ""
            where = _place(problem.first, several_files)
            yield f"  {where}: {short(problem.message.removeprefix('line: '))}{more}"
        if len(findings.problems) > _EXAMPLES:
            yield f"  and {counted(len(findings.problems) - _EXAMPLES, 'other problem')}"
    if findings.duplicates:
        yield from _duplicates(findings, options, several_files)
    if findings.with_tags and options.tags == "replace":
        have = "1 record has" if findings.with_tags == 1 else f"{findings.with_tags:,} records have"
        yield f"{have} tags, which replace all tags of a contact that is there already (--tags add keeps those)"


def _duplicates(findings: Findings, options: ImportOptions, several_files: bool) -> Iterator[str]:
    """Say which records are not sent themselves: those that have the email or phone of another."""
    which, becomes, example = _BECOMES[options.duplicates]
    one = findings.duplicates == 1
    share = "1 record shares its" if one else f"{findings.duplicates:,} records share their"
    yield f"{share} email or phone with {which}, and {'is' if one else 'are'} {becomes} (--duplicates):"
    for duplicate, standing in findings.first_duplicates[:_DUPLICATES]:
        yield f"  {example.format(_place(duplicate, several_files), _place(standing, several_files))}"
    if findings.duplicates > _DUPLICATES:
        yield f"  and {findings.duplicates - _DUPLICATES:,} more"


_BECOMES = {
    "merge": ("an earlier one", "merged into it", "{} into {}"),
    "first": ("an earlier one", "not sent", "{}, in favour of {}"),
    "last": ("a later one", "not sent", "{}, in favour of {}"),
}
"""What becomes of duplicates; with `error` there are none, for they are invalid."""


def going_on(job: Path, counts: Counts) -> str:
    """Say that a job is there already, and how far it is."""
    if not counts.unsent:
        return f"{job} is there already, and all of it is done (--fresh starts over)"
    done = counts.read - counts.unsent
    return f"{job} is there already, {done:,} of {counted(counts.read, 'record')} done: going on (--fresh starts over)"


def sent_again(again: SentAgain) -> Iterator[str]:
    """Yield the lines that say what of a job is to be sent again."""
    if again.mended or again.unchanged:
        yield f"again: {again.mended:,} that were mended, {again.unchanged:,} that failed in a way that may pass"
    else:
        yield "nothing is to be sent again: no record was mended, and none failed in a way that may pass"
    for problem in again.still_wrong[:_EXAMPLES]:
        yield f"  still wrong: {short(problem)}"
    if len(again.still_wrong) > _EXAMPLES:
        yield f"  and {len(again.still_wrong) - _EXAMPLES:,} more that are still wrong"


def planned(
    requests: Mapping[str, int], tag_requests: Mapping[str, int], estimate: Callable[[str, int], Estimate]
) -> Iterator[str]:
    """Yield the lines that say how many requests will be sent, and how long that takes; `estimate` is of a location."""
    by_location = {
        location_id: estimate(location_id, number)
        for location_id in requests.keys() | tag_requests.keys()
        if (number := requests.get(location_id, 0) + tag_requests.get(location_id, 0))
    }
    if not by_location:
        yield "nothing is to be sent"
        return
    slowest = sorted(by_location.items(), key=lambda item: (-item[1].seconds, -item[1].requests, item[0]))
    total, tags = sum(one.requests for one in by_location.values()), sum(tag_requests.values())
    adding = f" ({tags:,} of them to add tags)" if tags else ""
    where = "" if len(slowest) == 1 else f" in {len(slowest):,} locations"
    yield f"to be sent: {counted(total, 'request')}{adding}{where}{_takes(slowest[0][1])}"
    if len(slowest) == 1:
        return
    for location_id, one in slowest[:_LOCATIONS]:
        yield f"  {location_id}: {counted(one.requests, 'request')}, {duration(one.seconds)} at least"
    if len(slowest) > _LOCATIONS:
        yield f"  and {counted(len(slowest) - _LOCATIONS, 'location')} with less"


def _takes(estimate: Estimate) -> str:
    """Say how long the quota makes it last, if that is worth a word."""
    time = f"{duration(estimate.seconds)} at least"
    if estimate.fits:
        return f"; under the quota that takes {time}" if estimate.seconds >= 1 else ""
    more = estimate.days - (estimate.today > 0)
    later = "that of another day" if more == 1 else f"those of {more:,} more days"
    fit = (
        f"{estimate.today:,} fit into today's quota, the others"
        if estimate.today
        else "none fit into today's quota, all"
    )
    return f"; {fit} into {later}; that takes {time}"


def _place(place: tuple[str, int], several_files: bool) -> str:
    file, line = place
    return f"{file}, line {line:,}" if several_files else f"line {line:,}"
