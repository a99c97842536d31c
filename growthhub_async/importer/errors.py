"""What is raised when a file as a whole cannot be imported; a single broken line never is an exception."""

from __future__ import annotations

from ..errors import GrowthHubError


class ImportFileError(GrowthHubError, ValueError):
    """The file, its header or its mapping cannot be used; the message says what would be right."""
