"""The tree of exceptions: what its docstring draws is what the code holds."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from growthhub_async import (
    ClientClosedError,
    ConfigurationError,
    GrowthHubError,
    RejectedError,
    RequestError,
    TokenRefusedError,
    UnavailableError,
    errors,
)

DRAWN = re.compile(r"^(?P<branch>[ |`]*(?:-- )?)(?P<name>[A-Z]\w+Error)\b")


def drawn_parents() -> dict[str, str | None]:
    """Read the tree in the module's docstring: each name with the one it hangs from."""
    parents: dict[str, str | None] = {}
    path: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := DRAWN.match(line):
            depth = len(match["branch"])
            path = [(above, name) for above, name in path if above < depth]
            parents[match["name"]] = path[-1][1] if path else None
            path.append((depth, match["name"]))
    return parents


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    """Every exception is drawn below its base, and nothing is drawn that is not there."""
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
    defined = {
        cls.__name__: next((base.__name__ for base in cls.__bases__ if base in classes), None) for cls in classes
    }
    assert drawn_parents() == defined


def test_one_except_catches_everything_this_library_raises_on_purpose() -> None:
    """All of them are GrowthHubErrors, and exceptions rather than exits."""
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]
    assert all(issubclass(cls, GrowthHubError) for cls in classes)
    assert GrowthHubError.__base__ is Exception


def test_a_wrong_setting_is_a_value_error_too() -> None:
    """Who knows nothing of this library catches a wrong argument as ValueError; no other error is one."""
    assert issubclass(ConfigurationError, ValueError)
    assert not any(issubclass(cls, ValueError) for cls in (ClientClosedError, TokenRefusedError, RequestError))


@pytest.mark.parametrize("kind", [RequestError, RejectedError, UnavailableError])
def test_a_failed_request_carries_what_support_asks_for(kind: type[RequestError]) -> None:
    """The message, the status and the trace id are on the exception, and survive a trip to another process."""
    for error in (made := kind("no", http_status=400, trace_id="t1"), pickle.loads(pickle.dumps(made))):
        assert (type(error), str(error), error.http_status, error.trace_id) == (kind, "no", 400, "t1")
    assert (kind("no").http_status, kind("no").trace_id) == (None, None)


def test_a_refused_token_carries_the_status() -> None:
    """401 and 403 are told apart without reading the message."""
    assert TokenRefusedError("no", http_status=403).http_status == 403
    assert TokenRefusedError("no").http_status is None


@pytest.mark.parametrize(
    "attribute", sorted(set(re.findall(r"`(\w+)`", (errors.__doc__ or "").split("RequestError")[1])))
)
def test_a_failed_request_has_the_attributes_its_docstring_names(attribute: str) -> None:
    """What the tree promises of a RequestError, it has."""
    assert hasattr(RequestError("no"), attribute)
