import pytest

from growthhub_async.sandbox import Limits
from growthhub_async.sandbox.quota import Quota, rate_headers


def test_the_headers_are_those_of_the_documentation() -> None:
    """The first request of a location is answered with all six headers, spelt and counted as documented."""
    limits = Limits()
    decision = Quota(limits).admit(0.0)
    assert rate_headers(limits, decision) == {
        "X-RateLimit-Max": "100",
        "X-RateLimit-Remaining": "99",
        "X-RateLimit-Interval-Milliseconds": "10000",
        "X-RateLimit-Limit-Daily": "200000",
        "X-RateLimit-Daily-Remaining": "199999",
        "x-ratelimit-daily-reset": "86400000",
    }


def test_headers_can_be_switched_off() -> None:
    """The five documented headers and the reported sixth have a switch each."""
    decision = Quota(Limits()).admit(0.0)
    assert list(rate_headers(Limits(rate_headers=False), decision)) == ["x-ratelimit-daily-reset"]
    assert len(rate_headers(Limits(day_reset_header=False), decision)) == 5


def test_the_day_is_24_hours_from_its_first_request() -> None:
    """When the day is used up, requests are refused until 24 hours after its first one, whatever the burst says."""
    quota = Quota(Limits(requests_per_day=3))
    assert all(quota.admit(now).admitted for now in (1000.0, 1020.0, 1040.0))
    refused = quota.admit(5000.0)
    assert not refused.admitted
    assert (refused.remaining, refused.day_remaining) == (100, 0)
    assert refused.wait == refused.day_resets_in == 1000.0 + 86_400.0 - 5000.0
    assert quota.admit(1000.0 + 86_400.0).admitted


def test_refused_requests_use_no_quota_unless_the_limits_say_so() -> None:
    """A caller who keeps hammering is let in at the next window, or, counted, kept out of a sliding one."""
    forgiving = Quota(Limits(requests_per_interval=1, window="sliding"))
    strict = Quota(Limits(requests_per_interval=1, window="sliding", count_refused=True))
    hammering = [0.0, 5.0, 9.0, 10.0]
    assert [forgiving.admit(now).admitted for now in hammering] == [True, False, False, True]
    assert [strict.admit(now).admitted for now in hammering] == [True, False, False, False]
    assert (forgiving.day_used(10.0), strict.day_used(10.0)) == (2, 4)


@pytest.mark.parametrize("window", ["fixed", "sliding", "token_bucket"])
def test_what_others_use_is_missing_from_every_interval(window: str) -> None:
    """With other programs about, refusals come earlier than the maximum in the header."""
    limits = Limits(requests_per_interval=10, others_per_interval=7, window=window)
    quota = Quota(limits)
    decisions = [quota.admit(0.0) for _ in range(5)]
    assert [decision.admitted for decision in decisions] == [True, True, True, False, False]
    assert [decision.remaining for decision in decisions] == [2, 1, 0, 0, 0]
    assert rate_headers(limits, decisions[0])["X-RateLimit-Max"] == "10"


def test_a_trial_account_has_less() -> None:
    """The trial's limits are the documented 25 and 10,000."""
    assert (Limits.trial().requests_per_interval, Limits.trial().requests_per_day) == (25, 10_000)


def test_others_cannot_take_everything() -> None:
    """Limits that would admit nothing at all are an error that says what to change."""
    with pytest.raises(ValueError, match="others_per_interval 100 leaves nothing"):
        Limits(others_per_interval=100)
