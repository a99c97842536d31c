"""How long a run takes under the quota."""

from __future__ import annotations

from growthhub_async.day import DAY
from growthhub_async.estimate import Estimate, estimate


def _estimate(requests: int, left_today: int = 200_000, day_ends_in: float = DAY) -> Estimate:
    return estimate(
        requests,
        per_interval=100,
        interval=10.0,
        per_day=200_000,
        left_today=left_today,
        day_ends_in=day_ends_in,
    )


def test_a_run_that_fits_takes_its_windows() -> None:
    """The first hundred leave at once, each further hundred 10 s later."""
    assert [_estimate(n).seconds for n in (0, 1, 100, 101, 100_000)] == [0, 0, 0, 10, 9_990]
    assert _estimate(100_000).fits
    assert (_estimate(0).days, _estimate(1).days) == (0, 1)
    assert str(_estimate(100_000)) == "100,000 requests fit into the day's quota; they take 2:46:30 at least"


def test_a_million_takes_five_days_of_quota() -> None:
    """Four resets, and the windows of the last day."""
    million = _estimate(1_000_000)
    assert (million.fits, million.today, million.days) == (False, 200_000, 5)
    assert million.seconds == 4 * DAY + 19_990
    assert str(million) == (
        "1,000,000 requests do not fit into the day's quota: 200,000 fit today, and 800,000 more at 200,000 a day; the"
        " quotas of 5 days are needed, 4 days, 5:33:10 at least"
    )


def test_what_was_spent_of_today_is_missed_today_alone() -> None:
    """With 10 left and an hour to go, the rest begins in an hour."""
    late = _estimate(110, left_today=10, day_ends_in=3_600.0)
    assert (late.today, late.days, late.seconds) == (10, 2, 3_600)
    spent = _estimate(200_001, left_today=0, day_ends_in=60.0)
    assert (spent.today, spent.days, spent.seconds) == (0, 2, 60 + DAY)


def test_a_pause_is_waited_for_first() -> None:
    """What may not begin for a minute takes a minute more."""
    paused = estimate(101, per_interval=100, interval=10.0, per_day=200_000, left_today=200_000, starts_in=60.0)
    assert paused.seconds == 70


def test_a_spent_day_is_told_as_one() -> None:
    """Nothing fits today, and one more day is enough."""
    assert "0 fit today, and 5 more at 200,000 a day; another day's quota is needed, 1:00:00 at least" in str(
        _estimate(5, left_today=0, day_ends_in=3_600.0)
    )


def test_a_day_that_cannot_be_filled_is_no_help() -> None:
    """Where the windows are slower than the days, they decide."""
    slow = estimate(20_000, per_interval=1, interval=10.0, per_day=10_000, left_today=10_000)
    assert slow.seconds == 199_990
