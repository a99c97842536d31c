"""Tags added by their own endpoint, after the upsert that wrote the contact (observed.md, "Helper endpoints").

Adding a tag that is there already changes nothing, so what was cut short is simply done again when the job goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

import msgspec

from ...client import GrowthHubClient
from ...errors import ConfigurationError, GrowthHubError, RejectedError, TokenRefusedError
from ...outcome import ErrorReason, Outcome, OutcomeError, Status
from ..job import State
from .patience import outlast

Done = Callable[[Outcome, State], Awaitable[None]]
"""Takes the outcome of a contact whose tags were added, or were not, and the state that leaves its record in."""


class Tagger:
    """Add tags to contacts, so many at once; `requests` counts the calls."""

    def __init__(self, client: GrowthHubClient, at_once: int, done: Done) -> None:
        self.requests = 0
        self.refusal: TokenRefusedError | None = None
        self._client = client
        self._room = asyncio.Semaphore(at_once)
        self._done = done
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._fault: BaseException | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Add no more, and leave no task behind."""
        self.stop()
        await outlast(self._tasks)

    async def add(self, outcome: Outcome, tags: list[str]) -> None:
        """Begin to add the tags of one contact, when there is room."""
        await self._room.acquire()
        task = asyncio.create_task(self._add(outcome, tags), name="growthhub-tags")
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def stop(self) -> None:
        """Add no more; what was not added yet waits for another run."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()

    async def wait(self) -> None:
        """Wait until nothing is under way; raises what a task raised."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._fault is not None:
            raise self._fault

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._room.release()
        self._tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        self._fault = self._fault or fault

    async def _add(self, outcome: Outcome, tags: list[str]) -> None:
        if self._stopped or outcome.contact_id is None:
            return
        state = State.TAGGING
        try:
            self.requests += 1
            await self._client.add_tags(outcome.contact_id, tags, location_id=outcome.location_id)
            state = State(_SETTLED[outcome.status])
        except (RejectedError, ConfigurationError) as error:
            outcome, state = _failed(outcome, error), State.ERROR
        except TokenRefusedError as error:
            self.refusal = self.refusal or error
        except GrowthHubError:
            pass  # not to be had now: it waits for another run
        await self._done(outcome, state)


_SETTLED = {Status.CREATED: State.CREATED, Status.UPDATED: State.UPDATED}


def _failed(outcome: Outcome, error: RejectedError | ConfigurationError) -> Outcome:
    message = f"the contact was {outcome.status}, but its tags were not added: {error}"
    return msgspec.structs.replace(
        outcome,
        status=Status.ERROR,
        http_status=getattr(error, "http_status", None),
        trace_id=getattr(error, "trace_id", None),
        error=OutcomeError(reason=ErrorReason.REJECTED, message=message, retryable=True),
    )
