"""How a run ends before all is sent: by Ctrl-C, by a quota that is not waited for, by outcomes that nobody takes."""

from __future__ import annotations

from ..client import GrowthHubClient
from ..importer import JobStream
from ..outcome import ErrorReason, Outcome
from .screen import Screen
from .waits import waits_of

PATIENCE = 30.0
"""Seconds that what was read is waited for, once the run is to end: a pause after a 429 is shorter, a day is not."""


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
        self._stopped = False

    def interrupt(self) -> None:
        """Finish what was read, and say so; the first Ctrl-C."""
        self.finish()
        if not self._stopped:
            self._screen.say(f"finishing {self._stream.in_flight:,} in flight; Ctrl-C again to stop now")

    def cancel(self) -> None:
        """Settle everything now, and say so; the second Ctrl-C."""
        self._screen.say("stopping now")
        self._stream.cancel()

    def finish(self) -> None:
        """Read no more, and finish what was read."""
        self._finishing = True
        self._stream.drain()
        self.look()

    def look(self) -> None:
        """Cancel what waits when the run is to end and that would take too long: drained, a stream waits for a day."""
        waits = waits_of(self._client) if self._finishing else None
        if waits is not None and waits.seconds > PATIENCE:
            self._stopped = True
            self._stream.stop()
            self._screen.say(
                f"{waits}, which is too long to finish: what is in flight ends, the rest waits for"
                " another run; Ctrl-C again to stop now"
            )

    def hear(self, outcome: Outcome) -> None:
        """End the run by the first record that its location's quota cancelled, if the others would fare no better.

        Going on would only cancel one after the other. With several locations it goes on for the others' sake. What was
        let go before is finished, for the day has counted it; all others are cancelled by the quota, too.
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
