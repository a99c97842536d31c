"""Did it work? In a sentence, before any number."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...outcome import ErrorReason
from .values import Figures
from .words import counted, percent

Mood = Literal["good", "partly", "bad", "open"]

REASONS = {
    ErrorReason.INVALID: ("wrong in themselves", "Never sent. Mend these lines and send them again."),
    ErrorReason.REJECTED: (
        "refused by the server",
        "Not as the server wants them. Mend these lines and send them again.",
    ),
    ErrorReason.UNAUTHORIZED: (
        "not authorized",
        "The token, its scope contacts.write or its location was refused. Mend that and send them again.",
    ),
    ErrorReason.EXHAUSTED: ("given up", "All attempts failed; surely not written. Send them again."),
    ErrorReason.IN_DOUBT: (
        "in doubt",
        "They may have been written: no answer came. Sent again, those with an email or a phone are only updated.",
    ),
    ErrorReason.CANCELLED: ("cancelled", "The run ended first; never written. Send them again."),
    ErrorReason.DRIFT: ("not taken whole", "Written, but not as they were sent."),
}
"""What each reason is called on the page, and what it means."""


class Verdict(msgspec.Struct, frozen=True):
    """How it went: at a glance, in a sentence, and what else there is to know at once."""

    mood: Mood
    sentence: str
    details: list[str]


def verdict_of(figures: Figures) -> Verdict:
    """Judge a job by where its records are; a duplicate is held to be where the record is that stands for it."""
    counts = figures.totals.counts
    if not counts.add_up:
        settled = counts.created + counts.updated + counts.error + counts.duplicate + counts.unsent
        sentence = f"The numbers do not add up: {counts.read:,} records were read, and {settled:,} are accounted for."
        return Verdict("bad", sentence, ["The job file is damaged or was changed. Do not rely on the numbers below."])
    return Verdict(*_judged(figures), _details(figures))


def _judged(figures: Figures) -> tuple[Mood, str]:
    counts = figures.totals.counts
    written = counts.created + counts.updated
    to_send = counts.read - counts.duplicate
    if not counts.read:
        return "open", "There was nothing to import: no record was read."
    if not figures.runs:
        wait = "waits" if counts.unsent == 1 else "wait"
        return "open", f"Nothing has been sent yet: {counted(counts.unsent, 'record')} {wait} to be sent."
    if counts.unsent:
        share = percent(counts.unsent, to_send)
        left = "is left" if counts.unsent == 1 else "are left"
        return (
            "open",
            f"It is not finished: {counted(counts.unsent, 'record')} of {to_send:,} ({share}) {left} to send.",
        )
    if not counts.error:
        if to_send == 1:
            return "good", "It worked: the record is in GrowthHub."
        return "good", f"It worked: all {to_send:,} records are in GrowthHub."
    if not written:
        none = "the record" if to_send == 1 else f"none of {to_send:,} records"
        return (
            "bad",
            f"It did not work: {none} was accepted." if to_send > 1 else f"It did not work: {none} was refused.",
        )
    share = percent(written, to_send).replace("<", "less than")
    return "partly", f"It worked for {share} of the records: {written:,} of {to_send:,} are in GrowthHub."


def _details(figures: Figures) -> list[str]:
    totals, counts = figures.totals, figures.totals.counts
    details = []
    if counts.error and not figures.runs:
        are = "is wrong in itself" if counts.error == 1 else "are wrong in themselves"
        details.append(f"{counted(counts.error, 'record')} {are}, and will not be sent.")
    elif counts.error:
        line = f"{counted(counts.error, 'record')} failed"
        if totals.retryable == counts.error:
            line += (
                ", and may pass as they are when sent again" if counts.error > 1 else ", and may pass when sent again"
            )
        elif totals.retryable:
            line += f"; {totals.retryable:,} of them may pass as they are when sent again"
        details.append(f"{line}.")
    if doubt := next((reason.records for reason in figures.reasons if reason.reason == ErrorReason.IN_DOUBT), 0):
        details.append(f"Of {doubt:,} nobody knows whether they were written." if doubt > 1 else _ONE_IN_DOUBT)
    if counts.duplicate:
        is_one = "is a duplicate" if counts.duplicate == 1 else "are duplicates"
        details.append(f"{counted(counts.duplicate, 'record')} {is_one}: another record of the import stands for each.")
    if counts.unheard:
        details.append(f"Of {counted(counts.unheard, 'record')} a request left and no answer was heard.")
    if counts.tagging:
        details.append(f"{counted(counts.tagging, 'contact')} written, with tags still to be added.")
    if totals.drifted:
        was, its = ("was", "its") if totals.drifted == 1 else ("were", "their")
        details.append(f"{counted(totals.drifted, 'record')} {was} written, but not all of {its} fields were taken.")
    return details


_ONE_IN_DOUBT = "Of one nobody knows whether it was written."
