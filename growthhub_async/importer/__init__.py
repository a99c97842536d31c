"""Files of contacts into GrowthHub, as a job that can be gone on with; the client knows nothing of it.

rows.py            a table of rows: what files give, and records are made of
formats/           files in: bytes to tables
mapping/           rows to records
contact_file.py    a file as an iterable of records: `open_contacts`
options.py         how an import reads its files
reading.py         files to findings; staging/ has the records checked, matched with each other and written down
job/               the durable state: one SQLite file
prepare.py         a job made, or found again
sending/           its records sent, and what became of them kept: `JobStream`
results/           files out
report/            the page to look at
again.py           what failed or was mended, sent again
run.py             all of it for scripts: `run`
definitions.py, max_errors.py, errors.py   custom fields asked for; when to stop; what is raised
"""

from .again import SentAgain, send_again
from .contact_file import ContactFile, open_contacts
from .definitions import Definitions, unknown
from .errors import ImportFileError, JobBusyError, JobChangedError, JobError
from .job import Counts, Failure, JobView, Settled, State, is_locked, locked
from .mapping import (
    Column,
    DefinitionsOf,
    FieldMapping,
    Ignored,
    Join,
    mapping_text,
    parse_flags,
    read_mapping,
)
from .max_errors import MaxErrors
from .options import ImportOptions
from .prepare import find_job, job_path, prepare
from .reading import read_files
from .results import JobSummary, ResultFiles, broken, summary_of, write_summary
from .rows import Table
from .run import run
from .sending import JobStream
from .staging import Findings

__all__ = [
    "Column",
    "ContactFile",
    "Counts",
    "Definitions",
    "DefinitionsOf",
    "Failure",
    "FieldMapping",
    "Findings",
    "Ignored",
    "ImportFileError",
    "ImportOptions",
    "JobBusyError",
    "JobChangedError",
    "JobError",
    "JobStream",
    "JobSummary",
    "JobView",
    "Join",
    "MaxErrors",
    "ResultFiles",
    "SentAgain",
    "Settled",
    "State",
    "Table",
    "broken",
    "find_job",
    "is_locked",
    "job_path",
    "locked",
    "mapping_text",
    "open_contacts",
    "parse_flags",
    "prepare",
    "read_files",
    "read_mapping",
    "run",
    "send_again",
    "summary_of",
    "unknown",
    "write_summary",
]
