"""How a run ends before all is sent: by Ctrl-C, by a quota that is not waited for, by outcomes that nobody takes.

What is in flight ends, and is heard of; the rest waits in the job for another run.
"""

from __future__ import annotations

from ..client import GrowthHubClient
from ..importer import JobStream
from ..outcome import ErrorReason, Outcome
from .screen import Screen


class Ending:
    """End one run, in order.

    `spent` is why no more could be sent, in the library's words, when that ended the run.
    """

    def __init__(self, client: GrowthHubClient, stream: JobStream, screen: Screen) -> None:
        self.spent: str | None = None
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
        """End the run by the first record that its location's quota cancelled, if the others would fare no better.

        Going on would only cancel one after the other. With several locations it goes on for the others' sake.
        """
        if self._finishing or len(self._stream.unsent) > 1:
            return
        error = outcome.error
        if error is not None and error.reason is ErrorReason.CANCELLED and self._is_held(outcome.location_id):
            self.spent = error.message
            self.finish()

    def _is_held(self, location_id: str | None) -> bool:
        """Tell a quota that is closed from a run that ended by something else, as by a refused token."""
        standing = self._client.statistics().get(location_id or "")
        return standing is not None and standing.paused_until is not None
