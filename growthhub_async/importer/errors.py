"""What is raised when an import as a whole cannot go on; a single broken line never is an exception.

ImportFileError    the file, its header or its mapping
JobError           the job file, or what is written beside it
 |-- JobBusyError      another process is at it
 `-- JobChangedError   its source, or what is asked of it, is not what it was
"""

from __future__ import annotations

from ..errors import GrowthHubError


class ImportFileError(GrowthHubError, ValueError):
    """The file, its header or its mapping cannot be used; the message says what would be right."""


class JobError(GrowthHubError):
    """The job cannot be opened, read or written on; the message says what to do. Nothing that was settled is lost."""


class JobBusyError(JobError):
    """Another process works on the job."""


class JobChangedError(JobError):
    """The source or the options are not those the job was made of."""
