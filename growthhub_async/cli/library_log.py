"""What the library logs, as lines for people: through the screen, so that no display is torn by them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .screen import Screen, short


class _ScreenHandler(logging.Handler):
    def __init__(self, screen: Screen) -> None:
        super().__init__(logging.DEBUG if screen.verbose else logging.WARNING)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.say(short(record.getMessage()))


@contextmanager
def log_on(screen: Screen) -> Iterator[None]:
    """Print the library's warnings on the screen during the block, or all it logs; each as its message alone."""
    logger = logging.getLogger("growthhub_async")
    handler, level = _ScreenHandler(screen), logger.level
    logger.addHandler(handler)
    if screen.verbose:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
