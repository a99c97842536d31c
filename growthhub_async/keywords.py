"""One list of settings: the keywords of `Settings` lent to the constructor of the client."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from .settings import Settings

P = ParamSpec("P")

Init = Callable[[Any, Settings], None]


def with_keywords_of(make: Callable[P, Settings]) -> Callable[[Init], Callable[Concatenate[Any, P], None]]:
    """Give an `__init__` that takes settings the keywords of `make`, for callers, type checkers and `help()` alike."""

    def decorate(init: Init) -> Callable[Concatenate[Any, P], None]:
        @functools.wraps(init)
        def with_keywords(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> None:
            init(self, make(*args, **kwargs))

        own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        keywords = inspect.signature(make).parameters.values()
        with_keywords.__signature__ = inspect.Signature([own, *keywords])  # type: ignore[attr-defined]
        return with_keywords

    return decorate
