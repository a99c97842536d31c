"""Tokens in a file that only its owner may read: written whole or not at all, by one process at a time."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from . import file_lock
from .errors import ConfigurationError
from .own_file import is_open_to_others, sync

_LOOK_AGAIN = 0.02
"""Seconds after which a lock that another process holds is tried again."""

_Texts = dict[str, str]


class FileTokenStore:
    """Keep tokens in a file; processes of one machine may share it.

    Its directory is made when it is needed. Raises ConfigurationError, which says what would be right, when it cannot
    be read or written, when others may read it, and when it holds something else.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).expanduser()

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    async def load(self, name: str, /) -> str | None:
        """Give the text of a name."""
        return (await asyncio.to_thread(self._read)).get(name)

    async def save(self, name: str, text: str, /) -> None:
        """Keep a text: synced to the disk when this returns."""
        await self._change(name, text)

    async def delete(self, name: str, /) -> None:
        """Forget a text."""
        await self._change(name, None)

    @asynccontextmanager
    async def lock(self, name: str, /) -> AsyncIterator[None]:
        """Let one in at a time, of all processes."""
        async with self._locked(self._beside(f".{quote(name, safe='')}.lock")):
            yield

    async def _change(self, name: str, text: str | None) -> None:
        async with self._locked(self._beside(".lock")):
            await asyncio.to_thread(self._write, name, text)

    @asynccontextmanager
    async def _locked(self, path: Path) -> AsyncIterator[None]:
        with self._told():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while (held := file_lock.take(path)) is None:  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(_LOOK_AGAIN)
        try:
            yield
        finally:
            file_lock.release(path, held)

    def _read(self) -> _Texts:
        with self._told():
            try:
                file = self._path.open("rb")
            except FileNotFoundError:
                return {}
            with file:
                if is_open_to_others(file.fileno()):
                    raise ConfigurationError(
                        f"{self._path}: others may read the tokens in it; chmod 600 {shlex.quote(str(self._path))}"
                    )
                texts = _decoded(file.read())
        if texts is None:
            raise ConfigurationError(f"{self._path}: is no file of tokens; name another, or move it away")
        return texts

    def _write(self, name: str, text: str | None) -> None:
        texts = self._read()
        if text is None:
            texts.pop(name, None)
        else:
            texts[name] = text
        new = self._beside(".new")
        with self._told():
            new.unlink(missing_ok=True)  # left by one that was killed
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(texts))
                file.flush()
                os.fsync(descriptor)
            new.replace(self._path.resolve())
            sync(new.parent)

    def _beside(self, suffix: str) -> Path:
        path = self._path.resolve()
        return path.with_name(path.name + suffix)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigurationError(
                f"{self._path}: {error.strerror or type(error).__name__}; the tokens need a file that you may write to"
            ) from None


def _decoded(content: bytes) -> _Texts | None:
    try:
        return msgspec.json.decode(content, type=_Texts)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
