"""A job's records sent: read from it, upserted, tagged, and what became of them kept.

feed.py      the records that wait, of one location
tagging.py   tags added after the upsert
keeper.py    the thread in which the job is written
patience.py  tasks outlasted, whoever cancels
stream.py    all of it as one stream of outcomes: `JobStream`
"""

from .stream import JobStream

__all__ = ["JobStream"]
