"""What an import leaves for people: files of its outcomes, and its numbers.

cells.py         values as cells that a spreadsheet takes for the same, and for no formula
layout.py        the columns of the files, and their rows
result_file.py   one file, written beside the old one and put in its place
files.py         all of them: `ResultFiles`
forget.py        files removed with a job that is started over
summary.py       the numbers of a job: `JobSummary`
accounting.py    whether every record is somewhere, once: `broken`
failed.py        a failed file that somebody mended, read back: `read_failed`
"""

from .accounting import Imbalance, broken
from .failed import Again, read_failed, retryable
from .files import ResultFiles, path_of
from .forget import forget_results
from .layout import Kind
from .summary import JobSummary, summary_of, write_summary

__all__ = [
    "Again",
    "Imbalance",
    "JobSummary",
    "Kind",
    "ResultFiles",
    "broken",
    "forget_results",
    "path_of",
    "read_failed",
    "retryable",
    "summary_of",
    "write_summary",
]
