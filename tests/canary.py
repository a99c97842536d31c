"""Everything that a program may show of what it holds: texts that must have no secret in them."""

from __future__ import annotations

import io
import logging
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, quote_plus

import msgspec
import rich.console
import rich.pretty
import rich.traceback

import growthhub_async

LIBRARY = str(Path(growthhub_async.__file__).parent)


class Shown:
    """Texts that were shown, and what is looked for in them."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def value(self, value: object) -> None:
        """Show a value in every way there is."""
        self.texts += [str(value), repr(value), rich.pretty.pretty_repr(value, expand_all=True)]
        if isinstance(value, msgspec.Struct):
            self.texts.append(repr(msgspec.to_builtins(value, enc_hook=repr)))

    def error(self, error: BaseException) -> None:
        """Show an exception with all that led to it, and the local variables of our own frames."""
        self.value(error)
        self.texts += traceback.format_exception(error)
        ours = _frames(error.__traceback__)
        for cause in _chain(error):
            ours += _frames(cause.__traceback__)
        for frame in ours:
            self.texts.append(rich.pretty.pretty_repr(dict(frame.f_locals), max_depth=4, max_length=50))
        printed = io.StringIO()
        console = rich.console.Console(file=printed, width=300)
        if ours:
            console.print(
                rich.traceback.Traceback.from_exception(type(error), error, _from_ours(error), show_locals=True)
            )
        self.texts.append(printed.getvalue())

    def files(self, folder: Path) -> None:
        """Show what was written."""
        self.texts += [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]

    def found(self, secrets: Iterable[str]) -> list[str]:
        """Tell where a secret is shown, as it is or as it is written in an address."""
        forms = {form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))}
        return [text for text in self.texts if any(form in text for form in forms)]

    @contextmanager
    def logs(self) -> Iterator[None]:
        """Show all that is logged and warned of during the block, of whatever level, by whomever."""
        handler = _Handler(self)
        root, before = logging.getLogger(), logging.getLogger().level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with warnings.catch_warnings(record=True) as warned:
                yield
        finally:
            root.removeHandler(handler)
            root.setLevel(before)
        self.texts += [str(warning.message) for warning in warned]


class _Handler(logging.Handler):
    def __init__(self, shown: Shown) -> None:
        super().__init__(logging.DEBUG)
        self._shown = shown

    def emit(self, record: logging.LogRecord) -> None:
        self._shown.texts += [self.format(record), repr(record.__dict__)]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """List what an exception came of."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while earlier is not None:
        yield earlier
        earlier = earlier.__cause__ or (None if earlier.__suppress_context__ else earlier.__context__)


def _frames(at: TracebackType | None) -> list[object]:
    frames: list[object] = []
    while at is not None:
        if at.tb_frame.f_code.co_filename.startswith(LIBRARY):
            frames.append(at.tb_frame)
        at = at.tb_next
    return frames


def _from_ours(error: BaseException) -> TracebackType | None:
    """Skip the frames of who called us: what they hold is theirs."""
    at = error.__traceback__
    while at is not None and not at.tb_frame.f_code.co_filename.startswith(LIBRARY):
        at = at.tb_next
    return at
