"""A file as a lock: one holds it, whoever he is, and it is gone when he is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from growthhub_async import file_lock

HOLD = """
import pathlib, sys
from growthhub_async import file_lock
print(file_lock.take(pathlib.Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """Also within a process; it names its holder, and leaves no file behind."""
    path = tmp_path / "lock"
    assert (file_lock.is_taken(path), file_lock.holder_of(path)) == (False, None)
    held = file_lock.take(path)
    assert held is not None
    assert file_lock.take(path) is None
    assert (file_lock.is_taken(path), file_lock.holder_of(path)) == (True, os.getpid())
    file_lock.release(path, held)
    assert (file_lock.is_taken(path), path.exists()) == (False, False)


def test_it_is_let_go_of_when_its_holder_dies(tmp_path: Path) -> None:
    """However he does, and though the file is still there."""
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() != b"None\n"
        assert (file_lock.take(path), file_lock.holder_of(path)) == (None, other.pid)
        other.kill()
    assert path.exists()
    held = file_lock.take(path)
    assert held is not None
    file_lock.release(path, held)


def test_who_opened_it_before_it_was_let_go_of_does_not_hold_a_file_that_is_gone(tmp_path: Path) -> None:
    """He takes the one that others will find."""
    path = tmp_path / "lock"
    first = file_lock.take(path)
    assert first is not None
    early = os.open(path, os.O_RDWR)
    file_lock.release(path, first)
    second = file_lock.take(path)
    assert second is not None
    assert os.path.samestat(os.fstat(second), path.stat())
    assert not os.path.samestat(os.fstat(early), path.stat())
    os.close(early)
    file_lock.release(path, second)
