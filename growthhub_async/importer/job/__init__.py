"""The durable state of an import: one SQLite file.

schema.py      what it holds
values.py      what it tells
database.py    how it is opened, and its errors in our words
view.py        to look at it: `JobView`
job.py         to work on it: `Job`
lock.py        one process at a time
"""

from .job import Job, Mended
from .lock import is_locked, locked
from .schema import State
from .values import Counts, Entry, Failure, JobFile, Run, Settled, Source, Standing, Tagging, Waiting
from .view import JobView

__all__ = [
    "Counts",
    "Entry",
    "Failure",
    "Job",
    "JobFile",
    "JobView",
    "Mended",
    "Run",
    "Settled",
    "Source",
    "Standing",
    "State",
    "Tagging",
    "Waiting",
    "is_locked",
    "locked",
]
