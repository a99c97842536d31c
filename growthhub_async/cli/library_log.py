"""What the library logs, as lines for people: through the screen, so that no display is torn by them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .screen import Screen, short


class _ScreenHandler(logging.Handler):
    def __init__(self, screen: Screen) -> None:
        super().__init__(logging.WARNING)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.say(short(record.getMessage()))


@contextmanager
def warnings_on(screen: Screen) -> Iterator[None]:
    """Print the library's warnings on the screen during the block, each as its message alone."""
    logger = logging.getLogger("growthhub_async")
    handler = _ScreenHandler(screen)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
