"""When an import goes so wrong that it had better end: after so many errors, or so many of a hundred."""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import ImportFileError
from .job import Counts

_ENOUGH = 100
"""Records that must have settled before a share of them is judged."""
_LIMIT = re.compile(r"(\d{1,12})|(\d{1,3}(?:\.\d{1,4})?)\s*%", re.ASCII)


class MaxErrors(NamedTuple):
    """A number of errors, or a share of what settled, 0 to 1, that is not to be exceeded."""

    number: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> MaxErrors:
        """Read `100` or `2.5%`; raises ImportFileError for anything else."""
        match = _LIMIT.fullmatch(text.strip())
        if match is None or (match[2] and float(match[2]) > 100):
            raise ImportFileError(f"--max-errors {text}: write a number such as 100, or a share such as 5%")
        return cls(number=int(match[1])) if match[1] else cls(share=float(match[2]) / 100)

    def exceeded(self, errors: int, settled: int, *, all_known: bool = False) -> bool:
        """Tell whether it is enough; a share is judged once a hundred have settled, or when `all_known`."""
        if self.number is not None:
            return errors > self.number
        enough = all_known or settled >= _ENOUGH
        return self.share is not None and enough and errors > self.share * settled

    def exceeded_since(self, before: Counts, now: Counts) -> bool:
        """Tell whether too many errors have come since; what waits for another run is none."""
        return self.exceeded(now.error - before.error, now.settled - before.settled)

    def __str__(self) -> str:
        return f"{self.number:,}" if self.number is not None else f"{(self.share or 0) * 100:g}%"
