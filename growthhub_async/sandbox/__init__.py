"""A faithful local GrowthHub, to prove a client against and to test one's own code with.

    async with Sandbox() as sandbox:
        client = GrowthHubClient(token=sandbox.token, location_id=sandbox.location_id, base_url=sandbox.base_url)

`SandboxThread` is the same for code without an event loop, and pytest users have the fixture `growthhub_sandbox`.
Everything about it that can be different is in a `Scenario`, as data; `load_scenario` reads one from a file.
It imports nothing of the client, so that it can contradict it.
"""

from typing import TYPE_CHECKING, Any

from growthhub_async.sandbox.faults import (
    CommandTimedOut,
    Disconnect,
    Hang,
    HtmlPage,
    HugeBody,
    MalformedJson,
    Redirect,
    SearchFailed,
    SlowDrip,
    Status,
    TruncatedBody,
    WrongContentType,
)
from growthhub_async.sandbox.latency import Fixed, Lognormal, Uniform
from growthhub_async.sandbox.ledger import LedgerEntry
from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.location import Behaviour, CustomField, Location, Token
from growthhub_async.sandbox.scenario import AuthorizationCode, OAuthApp, Scenario
from growthhub_async.sandbox.scenario_file import ScenarioError, load_scenario

if TYPE_CHECKING:
    from growthhub_async.sandbox.server import Sandbox
    from growthhub_async.sandbox.thread import SandboxThread

__all__ = [
    "AuthorizationCode",
    "Behaviour",
    "CommandTimedOut",
    "CustomField",
    "Disconnect",
    "Fixed",
    "Hang",
    "HtmlPage",
    "HugeBody",
    "LedgerEntry",
    "Limits",
    "Location",
    "Lognormal",
    "MalformedJson",
    "OAuthApp",
    "Redirect",
    "Sandbox",
    "SandboxThread",
    "Scenario",
    "ScenarioError",
    "SearchFailed",
    "SlowDrip",
    "Status",
    "Token",
    "TruncatedBody",
    "Uniform",
    "WrongContentType",
    "load_scenario",
]


def __getattr__(name: str) -> Any:
    """Import what serves only when it is asked for: scenarios need no HTTP server."""
    if name == "Sandbox":
        from growthhub_async.sandbox.server import Sandbox

        return Sandbox
    if name == "SandboxThread":
        from growthhub_async.sandbox.thread import SandboxThread

        return SandboxThread
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
