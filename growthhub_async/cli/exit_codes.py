"""What the process says as it ends."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `growthhub`; a run that a signal stopped ends with 128 and the signal's number, as shells do.

    OK              every record was accepted
    FAULT           a fault of ours
    USAGE           an argument, a file or the environment is wrong
    TOKEN_REFUSED   the server refused the token
    NOT_ALL         some records were not accepted, or wait for another run
    ACCOUNTING      the accounts of a job are broken: a record is missing, or is there twice
    INTERRUPTED     Ctrl-C
    BROKEN_PIPE     whoever read the outcomes went away, which ended the run
    """

    OK = 0
    FAULT = 1
    USAGE = 2
    TOKEN_REFUSED = 3
    NOT_ALL = 4
    ACCOUNTING = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141
