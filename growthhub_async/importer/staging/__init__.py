"""Records on their way into a job: checked, matched with each other, written down.

duplicates.py   which records are about one contact
findings.py     what was found, in numbers
writer.py       the job in the making
stage.py        one record after the other: `Staging`
"""

from .duplicates import DuplicatesPolicy
from .findings import Findings, Found, Place
from .stage import Staging, TagsPolicy
from .writer import JobWriter

__all__ = ["DuplicatesPolicy", "Findings", "Found", "JobWriter", "Place", "Staging", "TagsPolicy"]
