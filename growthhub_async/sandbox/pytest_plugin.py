"""Fixtures for tests against the sandbox; installed with the package.

`growthhub_sandbox` runs in a thread of its own, so that plain tests and those of any async plugin can use it. Override
`growthhub_scenario` in a module or a conftest to give it another scenario.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from growthhub_async.sandbox import SandboxThread, Scenario


@pytest.fixture
def growthhub_scenario() -> "Scenario":
    """Give the scenario of the sandbox: one location with the documented limits."""
    from growthhub_async.sandbox import Scenario

    return Scenario()


@pytest.fixture
def growthhub_sandbox(growthhub_scenario: "Scenario") -> Iterator["SandboxThread"]:
    """Give a running sandbox of the test's own."""
    # Imported here, so that test runs that never ask for the sandbox do not wait for an HTTP server.
    from growthhub_async.sandbox import SandboxThread

    with SandboxThread(growthhub_scenario) as sandbox:
        yield sandbox
