"""What people are told before anything is sent: what was found in the files, and what sending it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..estimate import Estimate
from ..importer.staging import Findings
from .progress import duration

_EXAMPLES = 10
_LOCATIONS = 5


def found(findings: Findings) -> Iterator[str]:
    """Yield the lines that say what was found in the files."""
    yield f"{_records(findings.read)} read: {findings.valid:,} valid, {findings.invalid:,} invalid"
    for problem in findings.most_frequent(_EXAMPLES):
        more = f" (and {problem.records - 1:,} more)" if problem.records > 1 else ""
        yield f"  {problem.first}: {problem.message.removeprefix('line: ')}{more}"
    if len(findings.problems) > _EXAMPLES:
        yield f"  and {len(findings.problems) - _EXAMPLES:,} other problems"
    if findings.duplicates:
        yield f"{findings.duplicates:,} have the email or phone of another record, which stands for them:"
        for duplicate, standing in findings.first_duplicates[:3]:
            yield f"  {duplicate} is one contact with {standing}"


def planned(
    requests: Mapping[str, int], tag_requests: Mapping[str, int], estimate: Callable[[str, int], Estimate]
) -> Iterator[str]:
    """Yield the lines that say how many requests will be sent, and how long that takes; `estimate` is of a location."""
    total, tags = sum(requests.values()), sum(tag_requests.values())
    if not total and not tags:
        yield "nothing is to be sent"
        return
    adding = f" and {tags:,} to add tags" if tags else ""
    estimates = {
        location_id: estimate(location_id, requests.get(location_id, 0) + tag_requests.get(location_id, 0))
        for location_id in requests.keys() | tag_requests.keys()
    }
    longest = max(estimates.values(), key=lambda found: found.seconds)
    where = "" if len(estimates) == 1 else f" in {len(estimates):,} locations"
    yield f"to be sent: {total:,} upserts{adding}{where}; {_takes(longest)}"
    if len(estimates) > 1:
        slowest = sorted(estimates.items(), key=lambda item: -item[1].seconds)
        for location_id, one in slowest[:_LOCATIONS]:
            yield f"  {location_id}: {one.requests:,} requests, {_takes(one)}"
        if len(slowest) > _LOCATIONS:
            yield f"  and {len(slowest) - _LOCATIONS:,} locations that take less"
    if not longest.fits:
        yield f"  {longest}"


def _takes(estimate: Estimate) -> str:
    days = f", the quotas of {estimate.days:,} days" if estimate.days > 1 else ""
    return f"{duration(estimate.seconds)} at least under the quota{days}"


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"
