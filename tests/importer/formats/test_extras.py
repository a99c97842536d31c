"""What the readers of other projects raise becomes one error of ours, which tells no more than it may."""

from __future__ import annotations

import pytest

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.formats.extras import shortened, translated


class _Panic(BaseException):
    """What readers written in Rust raise when they meet what they did not expect."""


@pytest.mark.parametrize("error", [ValueError, OSError, KeyError, MemoryError, RecursionError, _Panic])
def test_whatever_is_raised_is_an_error_of_the_file(error: type[BaseException]) -> None:
    """With its type, and its words only where they may be told."""
    with pytest.raises(ImportFileError) as raised, translated("a.x", "Parquet", "write it anew", words=True):
        raise error("no footer")
    assert str(raised.value).startswith(f"a.x is broken, or is no Parquet ({error.__name__}: ")
    assert "no footer" in str(raised.value)
    with pytest.raises(ImportFileError) as raised, translated("a.x", "Parquet", "write it anew", words=False):
        raise error("ada@example.com")
    assert str(raised.value) == f"a.x is broken, or is no Parquet ({error.__name__}); write it anew"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, ImportFileError])
def test_what_is_no_fault_of_the_file_passes(error: type[BaseException]) -> None:
    """Ctrl-C stops a reader too, and what is told already is not told twice."""
    with pytest.raises(error), translated("a.x", "Parquet", "write it anew", words=True):
        raise error


def test_the_words_of_another_are_one_short_line() -> None:
    """Whatever they are."""
    assert shortened("  first\nsecond") == "first"
    assert shortened("a\0b\x1b[31mc") == "a?b?[31mc"
    assert shortened("x" * 1_000) == "x" * 160 + "..."
    assert shortened("") == ""
