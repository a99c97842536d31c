"""Break a rule of the client on purpose, one at a time, and see which seed of the simulation notices.

`python -m tests.simulation.mutants [NAME ...]` copies the package to another directory for each, and changes nothing
here. A mutant that survives is a hole in the simulation.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = "growthhub_async"
TOO_LONG = 600
"""Seconds after which a mutant is held to hang, which is a way to be noticed."""


class Mutant(NamedTuple):
    """One rule that is broken: `old` stands in the file exactly once."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    # -- what is sent again
    Mutant(
        "an unsafe record is sent again after an unknown attempt",
        "retry.py",
        "if standing.maybe_written and not standing.repeatable:",
        "if False:",
    ),
    Mutant(
        "a forced record counts as safe",
        "upserts.py",
        " and contact.create_new_if_duplicate_allowed is not True",
        "",
    ),
    Mutant("a record without identity counts as safe", "upserts.py", "bool(contact.email or contact.phone)", "True"),
    Mutant("one attempt too many", "retry.py", "standing.attempts >= standing.max_attempts", "standing.attempts > 5"),
    Mutant("a 429 counts as an attempt", "attempts.py", "call.excused += verdict.excused", "pass"),
    Mutant("a stopped run sends again", "retry.py", "if standing.stopping:", "if False:"),
    Mutant("stop() lets who is in flight be sent again", "bulk.py", "upsert.call.no_more_attempts = True", "pass"),
    # -- one at a time per identity
    Mutant("no identity guard", "upserts.py", "return self._guard.enter(upsert)", "return True"),
    Mutant("emails are told apart by their case", "identity.py", "contact.email.strip().casefold()", "contact.email"),
    Mutant(
        "phones are told apart by their spelling",
        "identity.py",
        'f"{location_id} {tail}"',
        'f"{location_id} {contact.phone}"',
    ),
    Mutant("phones do not count as identity", "identity.py", "contact.phone is not UNSET and contact.phone", "False"),
    Mutant("a turn comes when one of two has left", "identity.py", "if behind.ahead == 0:", "if True:"),
    Mutant(
        "a turn is not given back after an error",
        "bulk.py",
        "        self._upserter.leave(upsert)\n",
        "        if isinstance(settled, Accepted):\n            self._upserter.leave(upsert)\n",
    ),
    Mutant(
        "a turn is not given back after an upsert was cancelled",
        "client.py",
        "        finally:\n            upserter.leave(prepared)\n",
        "        except ZeroDivisionError:\n            raise\n        upserter.leave(prepared)\n",
    ),
    Mutant(
        "who leaves before his turn lets those behind him go",
        "identity.py",
        "        if turn.ahead:\n            turn._gone = True\n            return []\n",
        "",
    ),
    # -- the truth of an outcome
    Mutant(
        "unknowns are told as exhausted",
        "retry.py",
        "ErrorReason.IN_DOUBT if standing.maybe_written else unwritten",
        "unwritten",
    ),
    Mutant(
        "what is in flight is told as cancelled",
        "upserts.py",
        "maybe_written = call.in_flight or call.maybe_written",
        "maybe_written = call.maybe_written",
    ),
    Mutant(
        "an earlier unknown attempt is forgotten when the run ends",
        "upserts.py",
        "maybe_written = call.in_flight or call.maybe_written",
        "maybe_written = call.in_flight",
    ),
    Mutant(
        "a refusal forgets an earlier unknown attempt",
        "retry.py",
        "    if standing.maybe_written:\n",
        "    if False:\n",
    ),
    Mutant(
        "an unknown attempt is forgotten by the next",
        "attempts.py",
        "call.maybe_written = call.maybe_written or verdict.maybe_written",
        "call.maybe_written = verdict.maybe_written",
    ),
    Mutant(
        "a 200 that cannot be read is told as rejected",
        "answers.py",
        "return Transient(message, maybe_written=True)\n\n\ndef _judge_redirect",
        "return Refused(ErrorReason.REJECTED, message)\n\n\ndef _judge_redirect",
    ),
    Mutant(
        "a 5xx counts as not written",
        "answers.py",
        "status == 408:\n        return Transient(message, maybe_written=True)",
        "status == 408:\n        return Transient(message, maybe_written=False)",
    ),
    Mutant("a 5xx is final", "answers.py", "status >= 500 or status < 300", "status < 300"),
    Mutant(
        "the mislabelled transients are told as refusals",
        "answers.py",
        "any(words in text.lower() for words in _MISLABELLED)",
        "False",
    ),
    Mutant(
        "a reply that cannot be read counts as not sent",
        "failures_aiohttp.py",
        "Failure(message, sent=True, came=came, ",
        "Failure(message, sent=False, came=came, ",
    ),
    Mutant(
        "a token that one location refuses ends the run of the others",
        "bulk.py",
        "if why is not None and self._all_are_refused:",
        "if why is not None:",
    ),
    Mutant(
        "a 429 counts as written",
        "answers.py",
        "maybe_written=False, excused=True",
        "maybe_written=True, excused=True",
    ),
    Mutant("all is told as created", "upserts.py", "if reply.new else Status.UPDATED, False", ", False"),
    Mutant(
        "all is told as updated", "upserts.py", "Status.CREATED if reply.new else", "Status.UPDATED if reply.new else"
    ),
    Mutant(
        "a lost reply makes an updated contact of a created one",
        "upserts.py",
        "(Status.CREATED if ours else Status.UPDATED), True",
        "Status.UPDATED, True",
    ),
    Mutant(
        "a lost reply makes a created contact of an updated one",
        "upserts.py",
        "(Status.CREATED if ours else Status.UPDATED), True",
        "Status.CREATED, True",
    ),
    Mutant(
        "one record claims what the one before it created", "upserts.py", "ours = not upsert.follows", "ours = True"
    ),
    Mutant(
        "the next of an email goes while the server may be at work on the one before",
        "upserts.py",
        "if not upsert.call.at_work_until or self._closed:",
        "if True:",
    ),
    Mutant(
        "a record goes again while the server may be at work on it",
        "attempts.py",
        "max(decision.after, call.at_work_until - self._clock.now())",
        "decision.after",
    ),
    Mutant(
        "an unheard attempt of an earlier run is forgotten",
        "call.py",
        "        self.maybe_written = True\n        self.first_left = now - ago\n",
        "        self.first_left = now - ago\n",
    ),
    Mutant(
        "a record that has its outcome takes its turn",
        "upserts.py",
        "            upsert.when_come = _is_gone",
        "            pass",
    ),
    Mutant(
        "who waits for the quota is marked as sent",
        "attempts.py",
        "        try:\n            token = self._take_place(call, quota) or await self._go(call, quota)\n",
        "        try:\n"
        "            if call.before_send is not None:\n"
        "                await self._tell_before_send(call, quota)\n"
        "            token = self._take_place(call, quota) or await self._go(call, quota)\n",
    ),
    Mutant("a record is marked again", "attempts.py", "        call.before_send = None\n", ""),
    Mutant("a history says that nothing came", "call.py", "self.history.ends(now, answer)", "pass"),
    Mutant(
        "a history leaves out the last wait",
        "history.py",
        "return (*self._entries, self._entry(decision, now, redact))",
        "return (*self._entries, self._entry(decision, now, redact))[: len(self._entries) or 1]",
    ),
    Mutant("no breaker", "breaker.py", "if self._refusals < REFUSALS:", "if True:"),
    Mutant(
        "those who wait are not told of a location that is refused",
        "attempts.py",
        "quota.send_away(LocationRefusedError(refused))",
        "pass",
    ),
    Mutant(
        "what is not sent for a refused token is told as cancelled",
        "bulk.py",
        "self._unsent = (ErrorReason.UNAUTHORIZED, ",
        "self._unsent = (ErrorReason.CANCELLED, ",
    ),
    Mutant(
        "an attempt is over when it was cancelled",
        "attempts.py",
        "        except BaseException:\n            self._flights.land(flight, None, is_judged=False)\n",
        "        except BaseException:\n            call.in_flight = False\n"
        "            self._flights.land(flight, None, is_judged=False)\n",
    ),
    # -- the plain transport
    Mutant(
        "a failure counts as not sent (plain)",
        "transport_aiohttp.py",
        "Failure(message, self.sent, came)",
        "Failure(message, False, came)",
    ),
    Mutant(
        "a failure counts as sent (plain)",
        "transport_aiohttp.py",
        "Failure(message, self.sent, came)",
        "Failure(message, True, came)",
    ),
    Mutant(
        "a request on a closed connection counts as sent (plain)",
        "connector_aiohttp.py",
        "if transport is None or transport.is_closing():",
        "if False:",
    ),
    Mutant(
        "a closed client keeps its connections (plain)",
        "transport_aiohttp.py",
        "await session.close()",
        "pass",
    ),
    Mutant(
        "an attempt may take for ever (plain)",
        "transport_aiohttp.py",
        "        self._on_sent()\n        self.begin()\n",
        "        self._on_sent()\n        self.bound.reschedule(None)\n",
    ),
    # -- the lean transport
    Mutant(
        "a reply that broke counts as not sent (lean)",
        "transport_lean.py",
        "Failure(failed.message, sent=True, came=partly",
        "Failure(failed.message, sent=False, came=partly",
    ),
    Mutant(
        "a request on a closed connection counts as sent (lean)",
        "transport_lean.py",
        "if wire.is_clean and not (",
        "if True or not (",
    ),
    Mutant("a closed client keeps its timer (lean)", "transport_lean.py", "        self._set_timer(math.inf)\n", ""),
    Mutant(
        "an attempt may take for ever (lean)",
        "transport_lean.py",
        "            else:\n                wire.end(TimeoutError())\n",
        "            else:\n                wire.due = math.inf\n",
    ),
    Mutant(
        "a connection is kept on which a reply may still come (lean)",
        "transport_lean.py",
        "            self._drop(wire)\n            raise\n",
        "            self._keep(wire)\n            raise\n",
    ),
    Mutant(
        "a connection is kept on which something came after a reply (lean)",
        "wire_aiohttp.py",
        "                self._is_spoilt = True\n",
        "                self._part += data\n",
    ),
    Mutant(
        "the pieces of a reply are not joined (lean)",
        "wire_aiohttp.py",
        "        if self._part:\n            data = self._part + data\n",
        "",
    ),
    Mutant("a reply is plain that is longer than allowed (lean)", "wire_aiohttp.py", "min(most, MOST)", "100 * MOST"),
    Mutant(
        "what came of a reply is not handed over to the parser (lean)",
        "wire_aiohttp.py",
        "        if part:\n",
        "        if False:\n",
    ),
    # -- one outcome for each record
    Mutant(
        "an outcome is lost when its worker is cancelled",
        "bulk.py",
        "        except asyncio.CancelledError as error:\n            self._finish(upsert, self._stopped(upsert))\n",
        "        except asyncio.CancelledError as error:\n            del self._unsettled[upsert]\n",
    ),
    Mutant(
        "an outcome is lost that waits for its turn",
        "bulk.py",
        "            self._finish(upsert, self._stopped(upsert))\n\n    def _finish",
        "            del self._unsettled[upsert]\n\n    def _finish",
    ),
    Mutant(
        "a record is lost that comes when reading has ended",
        "bulk.py",
        "            self._finish(upsert, self._stopped(upsert))\n        elif",
        "            del self._unsettled[upsert]\n        elif",
    ),
    Mutant("positions begin with 1", "bulk.py", "position = self._tally.read\n", "position = self._tally.read + 1\n"),
    Mutant(
        "what a source raises is swallowed",
        "bulk.py",
        "            self._fault = self._fault or error\n            self._stop_reading()\n            if isinstance",
        "            self._stop_reading()\n            if isinstance",
    ),
    Mutant(
        "a place is not given back with its outcome",
        "bulk.py",
        "        room.give_back()\n        return outcome",
        "        return outcome",
    ),
    Mutant(
        "look_ahead is not kept",
        "line.py",
        "if not self._free:\n            return False\n        self._free -= 1\n        return",
        "return",
    ),
    Mutant(
        "attempts are not counted",
        "flight.py",
        "        flight.call.attempts += 1\n",
        "",
    ),
    Mutant(
        "requests of errors are not summed up",
        "tally.py",
        "self._requests += outcome.attempts",
        "self._requests += outcome.attempts * (outcome.error is None)",
    ),
    # -- how a run ends
    Mutant(
        "cancel() waits for what is in flight",
        "bulk.py",
        "        for worker in self._workers:\n            worker.cancel()\n",
        "",
    ),
    Mutant(
        "an exception in the block stops only",
        "bulk.py",
        "        else:\n            self.cancel()\n        await",
        "        else:\n            self.stop()\n        await",
    ),
    Mutant(
        "leaving early drains",
        "bulk.py",
        "            self.stop()\n        else:",
        "            self.drain()\n        else:",
    ),
    Mutant(
        "a closed client forgets its streams",
        "upserts.py",
        "            stream.end(fault)\n        for",
        "            pass\n        for",
    ),
    Mutant(
        "a block is left before its tasks have ended",
        "bulk.py",
        "                await asyncio.wait(tasks)\n",
        "                return\n",
    ),
    Mutant("a deadline is not kept", "attempts.py", "asyncio.timeout_at(call.deadline)", "asyncio.timeout_at(None)"),
    # -- the quota
    Mutant("a 429 is ignored", "quota.py", "        if headers.daily_remaining != 0:\n", "        if False:\n"),
    Mutant("the Retry-After of a 429 is ignored", "flight.py", "retry_after=retry_after_of(reply)", "retry_after=None"),
    Mutant(
        "the Retry-After of a 503 is ignored", "attempts.py", "            retry_after = retry_after_of(came)\n", ""
    ),
    Mutant(
        "a Retry-After that is a date is ignored", "retry.py", "    until = unix_time(text)\n", "    until = None\n"
    ),
    Mutant("a date is read by our own clock", "retry.py", "now if said_at is None else said_at", "now"),
    Mutant(
        "all locations share one quota",
        "quota.py",
        "        quota = self._by_location.get(location_id)\n",
        '        location_id = "all"\n        quota = self._by_location.get(location_id)\n',
    ),
    Mutant(
        "a window is shorter than the server's",
        "window.py",
        "expired = self.departures.by(now - self.interval - margin)\n        over",
        "expired = self.departures.by(now - self.interval / 2)\n        over",
    ),
    Mutant(
        "what is under way is not counted", "window.py", "        self.leaving += 1\n", "        self.leaving += 0\n"
    ),
    Mutant("a spent day is ignored", "day.py", "        if remaining <= self._kept:\n", "        if False:\n"),
    Mutant(
        "a slot is not given back by who never left",
        "quota.py",
        "        self._day.give_back()\n        self._release_slot()\n",
        "        self._day.give_back()\n",
    ),
    Mutant(
        "a place is not given back by who never left",
        "quota.py",
        "        self._leaving -= 1\n        self._burst.give_back()\n",
        "        self._leaving -= 1\n",
    ),
    Mutant(
        "a slot is not given back after a failure",
        "flight.py",
        "            self._quota.returned(departure, None)\n\n    def _learn",
        "            pass\n\n    def _learn",
    ),
    Mutant(
        "a place that is called is lost when its owner is cancelled",
        "quota.py",
        "elif place.error is None:\n            self.give_back()",
        "elif place.error is None:\n            pass",
    ),
    Mutant("no bound on what is in flight", "quota.py", "Slots(settings.concurrency)", "Slots(100_000)"),
    # -- secrets
    Mutant(
        "the token is logged",
        "attempts.py",
        "_class_of(answer), after)",
        "call.token.reveal(), after)",
    ),
    Mutant(
        "the server's words are logged",
        "attempts.py",
        "_class_of(answer), after)",
        "call.body, after)",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="words of the names of those to try; all by default")
    parser.add_argument("--seeds", type=int, default=1_000, help="how many seeds each is tried with")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if all(word in mutant.name for word in arguments.names)]
    survived = 0
    for mutant, verdict in _try_all(chosen, arguments.seeds):
        print(f"{mutant.name}: {verdict}", flush=True)
        survived += verdict == SURVIVED
    print(f"{len(chosen)} mutants, {survived} survived {arguments.seeds:,} seeds")
    return 1 if survived else 0


SURVIVED = "SURVIVED"


def _try_all(mutants: list[Mutant], seeds: int) -> Iterator[tuple[Mutant, str]]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(mutants, pool.map(lambda mutant: attempt(mutant, seeds), mutants), strict=True)


def attempt(mutant: Mutant, seeds: int) -> str:
    """Tell which seed notices a mutant first, and by what."""
    with tempfile.TemporaryDirectory() as directory:
        there = Path(directory)
        shutil.copytree(ROOT / PACKAGE, there / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
        (there / "tests").symlink_to(ROOT / "tests")
        _apply(mutant, there / PACKAGE / mutant.file)
        command = [sys.executable, "-m", "tests.simulation", "--seeds", str(seeds), "--first-failure"]
        try:
            done = subprocess.run(command, cwd=there, capture_output=True, text=True, timeout=TOO_LONG, check=False)
        except subprocess.TimeoutExpired:
            return "noticed, for it hangs"
    if done.returncode == 0:
        return SURVIVED
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-300:]


def _apply(mutant: Mutant, file: Path) -> None:
    text = file.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: stands {text.count(mutant.old)} times in {mutant.file}; write it anew")
    file.write_text(text.replace(mutant.old, mutant.new))


if __name__ == "__main__":
    sys.exit(main())
