"""What is raised where a value cannot be read; the record's problem is made of it."""

from __future__ import annotations


class Unreadable(ValueError):
    """A value cannot be its field's; the message says what would be right and never has the value in it."""
