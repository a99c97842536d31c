"""A token is read from a file that nobody else may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async.cli.guard import UsageError
from growthhub_async.cli.token_file import read_token


def _file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "my token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_token_is_what_is_in_the_file(tmp_path: Path) -> None:
    """White space around it goes."""
    assert read_token(_file(tmp_path, b"  pit-made-up\r\n")) == "pit-made-up"
    assert read_token(_file(tmp_path, b"pit-made-up", 0o400)) == "pit-made-up"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o610])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    """The message has the command that mends it, ready for a shell."""
    path = _file(tmp_path, b"pit-made-up", mode)
    with pytest.raises(UsageError, match=f"chmod 600 '{path}'"):
        read_token(path)


@pytest.mark.parametrize("content", [b"", b" \n", b"pit-\xc3\xa9"])
def test_a_file_without_a_token_is_refused_without_showing_what_it_holds(tmp_path: Path, content: bytes) -> None:
    """Empty, or no plain ASCII."""
    with pytest.raises(UsageError, match=r"is empty|not plain ASCII") as raised:
        read_token(_file(tmp_path, content))
    assert "pit-" not in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(UsageError, match="No such file"):
        read_token(tmp_path / "nothing")
