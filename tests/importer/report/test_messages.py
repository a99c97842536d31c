"""Messages that differ only in a place or a value are one, and are nobody's address."""

from __future__ import annotations

import pytest

from growthhub_async.importer.report.messages import Counted, generalised, most_frequent


def _different(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("email: is not an email address", "email: is not an email address"),
        ("has the email or phone of a.csv, line 1,204; keep one", "has the email or phone of a.csv, line …; keep one"),
        ("is not JSON: expected a comma (byte 31)", "is not JSON: expected a comma (byte …)"),
        ("400 <ada@example.com> exists", "400 <…> exists"),
        ("422 +1 (205) 555-0100 is taken", "422 … is taken"),
        ("503 no healthy upstream (after 5 attempts)", "503 no healthy upstream (after 5 attempts)"),
        ("is longer than 10,000 characters; shorten it", "is longer than 10,000 characters; shorten it"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_what_is_of_one_record_only_is_taken_out(message: str, shown: str) -> None:
    """Numbers that say what is wrong stay."""
    assert generalised(message) == shown


def test_messages_that_become_the_same_are_counted_together() -> None:
    """Together they may be the most frequent, and their examples are the first of all."""
    groups = [("no", 3, [9, 30]), ("as line 8", 2, [4, 20]), ("as line 9", 2, [3, 5])]
    assert most_frequent(groups, 5, 3) == ([Counted("as line …", 4, [3, 4, 5]), Counted("no", 3, [9, 30])], 0)


def test_messages_that_are_all_different_do_not_pile_up() -> None:
    """Memory is bounded whatever a server says, and every record is counted all the same."""
    groups = ((_different(number), 1, [number]) for number in range(5_000))
    listed, others = most_frequent((("often", 7, [1]), *groups), 2, 3)
    assert listed[0] == Counted("often", 7, [1])
    assert sum(message.records for message in listed) + others == 5_007
    assert len(most_frequent(((_different(number), 1, [number]) for number in range(5_000)), 5_000, 3)[0]) == 2_000


def test_a_message_that_is_listed_goes_on_being_counted() -> None:
    """Also when there is no room for others any more."""
    groups = [(_different(number), 2, [number]) for number in range(2_500)]
    listed, others = most_frequent([*groups, (_different(0), 5, [7])], 1, 2)
    assert listed == [Counted(_different(0), 7, [0, 7])]
    assert others == 2 * 2_499
