"""One list of settings: a constructor that borrows the keywords of another callable."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any

import pytest

from growthhub_async import GrowthHubClient, Settings
from growthhub_async.keywords import with_keywords_of


class Client:
    """A class whose constructor has the keywords of `Settings`."""

    @with_keywords_of(Settings)
    def __init__(self, settings: Settings) -> None:
        """Keep the settings."""
        self.settings = settings


def test_the_keywords_become_settings() -> None:
    """What is passed by keyword arrives as one Settings, and what is not has its default."""
    assert Client(token="pit-1", concurrency=3).settings == Settings(token="pit-1", concurrency=3)
    assert Client().settings == Settings()


@pytest.mark.parametrize("client", [Client, GrowthHubClient])
def test_the_signature_is_that_of_the_settings(client: type[Any]) -> None:
    """Editors and `help()` show every keyword with its type and default, and nothing else."""
    assert inspect.signature(client).parameters == inspect.signature(Settings).parameters
    assert "requests_per_interval: int = 100" in pydoc.plain(pydoc.render_doc(client))


@pytest.mark.parametrize("client", [Client, GrowthHubClient])
def test_an_unknown_keyword_is_refused(client: type[Any]) -> None:
    """A misspelled setting is a TypeError that names it."""
    with pytest.raises(TypeError, match="tokn"):
        client(tokn="pit-1")


@pytest.mark.parametrize("client", [Client, GrowthHubClient])
def test_settings_are_passed_by_keyword_only(client: type[Any]) -> None:
    """A token passed by position is refused, and not quoted."""
    with pytest.raises(TypeError) as raised:
        client("pit-1")
    assert "pit-1" not in str(raised.value)


def test_the_constructor_keeps_its_name_and_docstring() -> None:
    """The wrapped constructor is documented as it was written."""
    assert (Client.__init__.__name__, Client.__init__.__doc__) == ("__init__", "Keep the settings.")
