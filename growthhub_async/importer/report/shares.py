"""How a job's records are shared out among its files, and among its locations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..job import JobView, State
from .upserts import UPSERTS
from .values import Share, Shares

_MOST = 300
"""Files, and locations, that are listed."""

_STATES = {
    "created": [State.CREATED],
    "updated": [State.UPDATED],
    "error": [State.ERROR],
    "duplicate": [State.DUPLICATE],
    "unsent": [State.WAITING, State.LEFT, State.TAGGING],
}
_COUNTS = ", ".join(f"sum(state IN ({', '.join(f'{state:d}' for state in states)}))" for states in _STATES.values())


def by_file(view: JobView) -> Shares:
    """Count the records of each file, in the order of the files; also of one that has none."""
    counted = {file: rest for file, *rest in view.select(f"SELECT file, count(*), {_COUNTS} FROM records GROUP BY 1")}
    nothing = [0] * (1 + len(_STATES))
    return _listed(_share(file.name, counted.get(file.file, nothing)) for file in view.files())


def by_location(view: JobView, throttled: Mapping[str, int]) -> Shares:
    """Count the records and the requests of each location, the largest first; `throttled` are their 429s.

    Tag requests are not among the requests: a job does not tell by location how many there were.
    """
    rows = view.select(f"SELECT location, count(*), {_COUNTS} FROM records GROUP BY 1 ORDER BY 2 DESC, 1")
    shares = _listed(_share(name, counts) for name, *counts in rows)
    names = {share.name for share in shares.listed}
    requests: Counter[str | None] = Counter()
    elsewhere = 0
    for name, attempts in view.select(
        f"{UPSERTS} SELECT r.location, sum(u.attempts) FROM upserts u JOIN records r ON r.position = u.position"
        " GROUP BY 1"
    ):
        if name in names:
            requests[name] += attempts
        else:
            elsewhere += attempts
    listed = [
        msgspec.structs.replace(
            share, requests=requests[share.name], throttled=throttled.get(share.name, 0) if share.name else 0
        )
        for share in shares.listed
    ]
    refused = sum(number for name, number in throttled.items() if name not in names)
    rest = shares.rest and msgspec.structs.replace(shares.rest, requests=elsewhere, throttled=refused)
    return Shares(listed=listed, others=shares.others, rest=rest)


def _share(name: str | None, counts: Sequence[int]) -> Share:
    return Share(name=name, read=counts[0], **dict(zip(_STATES, counts[1:], strict=True)))


def _listed(shares: Iterable[Share]) -> Shares:
    """Keep the first of them, and sum up the others."""
    listed: list[Share] = []
    others = 0
    rest: Counter[str] = Counter()
    for share in shares:
        if len(listed) < _MOST:
            listed.append(share)
        else:
            others += 1
            rest.update({name: getattr(share, name) for name in ("read", *_STATES)})
    return Shares(listed=listed, others=others, rest=Share(name=None, **_whole(rest)) if others else None)


def _whole(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("read", *_STATES)}
