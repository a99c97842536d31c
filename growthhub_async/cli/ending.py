"""How a run ends before all is sent: by Ctrl-C, by a quota that is not waited for, by outcomes that nobody takes.

What is in flight ends, and is heard of; the rest waits in the job for another run.
"""

from __future__ import annotations

from ..client import GrowthHubClient
from ..importer import JobStream
from ..outcome import ErrorReason, Outcome
from .screen import Screen

_WAITS = (ErrorReason.CANCELLED, ErrorReason.UNAUTHORIZED)
"""Reasons of records that wait for another run."""


class Ending:
    """End one run, in order.

    `unsent` says of locations, in the library's words, why no more was sent to them.
    """

    def __init__(self, client: GrowthHubClient, stream: JobStream, screen: Screen) -> None:
        self.unsent: dict[str, str] = {}
        self._client = client
        self._stream = stream
        self._screen = screen
        self._finishing = False

    def interrupt(self) -> None:
        """Finish what is in flight, and say so; the first Ctrl-C."""
        self._screen.say("finishing what is in flight, the rest waits for another run; Ctrl-C again to stop now")
        self.finish()

    def cancel(self) -> None:
        """Settle everything now, and say so; the second Ctrl-C."""
        self._screen.say("stopping now")
        self._stream.cancel()

    def finish(self) -> None:
        """Begin no more, and finish what is in flight."""
        self._finishing = True
        self._stream.stop()

    def hear(self, outcome: Outcome) -> None:
        """Hear why a record was not sent; end the run by one that its quota cancelled, if the others fare no better.

        Going on would only cancel one after the other. With several locations it goes on for the others' sake. What was
        let go before is finished, for the day has counted it; all others that were read the quota cancels, too.
        """
        error, location_id = outcome.error, outcome.location_id or ""
        if error is None or self._finishing or error.reason not in _WAITS:
            return
        self.unsent.setdefault(location_id, error.message)
        if error.reason is ErrorReason.CANCELLED and len(self._stream.unsent) == 1 and self._is_held(location_id):
            self._finishing = True
            self._stream.drain()

    def _is_held(self, location_id: str) -> bool:
        """Tell a quota that is closed from a run that ended by something else."""
        standing = self._client.statistics().get(location_id)
        return standing is not None and standing.paused_until is not None
