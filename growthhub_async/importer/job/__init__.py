"""The durable state of an import: one SQLite file.

schema.py      what it holds
values.py      what it tells
database.py    how it is opened, and its errors in our words
view.py        to look at it: `JobView`
job.py         to work on it: `Job`
"""

from .job import Job, Mended
from .schema import State
from .values import Counts, Entry, JobFile, Run, Settled, Source, Tagging, Waiting
from .view import JobView

__all__ = [
    "Counts",
    "Entry",
    "Job",
    "JobFile",
    "JobView",
    "Mended",
    "Run",
    "Settled",
    "Source",
    "State",
    "Tagging",
    "Waiting",
]
