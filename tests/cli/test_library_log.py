"""What the library warns of reaches people, as plain lines."""

from __future__ import annotations

import logging

import pytest

from growthhub_async.cli.library_log import log_on
from growthhub_async.cli.screen import Screen


def test_a_warning_is_one_line_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Without level, time or name, once, and only as long as a run goes on; what is no warning is not told."""
    logger = logging.getLogger("growthhub_async")
    before = list(logger.handlers)
    with log_on(Screen()):
        logger.warning("location %s: the day's quota is\x1b[2J spent", "loc1")
        logger.info("nobody asked")
    assert capsys.readouterr().err == "location loc1: the day's quota is [2J spent\n"
    assert logger.handlers == before
