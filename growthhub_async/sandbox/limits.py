"""A location's quota, and how the sandbox keeps it."""

from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=1)]


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The burst, the day, and the answer to what is above them (observed.md, "Limits").

    The numbers are documented. Nobody has shown the rest, so each is a switch, set to the most plausible answer.

    window: `fixed` windows begin with their first request; `sliding` looks back one interval from every request;
        `token_bucket` holds one interval's requests and refills evenly.
    count_refused: whether a refused request uses up quota too.
    retry_after: what the header of a 429 holds: nothing (no header), whole seconds, or an HTTP date.
    refusal: the body of a 429.
    others_per_interval: what other programs of the same app take of every interval: refusals come that much earlier.
    rate_headers, day_reset_header: whether the five documented headers, and `x-ratelimit-daily-reset`, are sent.
    """

    requests_per_interval: Count = 100
    interval: Annotated[float, Meta(gt=0)] = 10.0
    requests_per_day: Count = 200_000
    window: Literal["fixed", "sliding", "token_bucket"] = "fixed"
    count_refused: bool = False
    retry_after: Literal["none", "seconds", "date"] = "none"
    refusal: Literal["json", "html", "empty"] = "json"
    others_per_interval: Annotated[int, Meta(ge=0)] = 0
    rate_headers: bool = True
    day_reset_header: bool = True

    def __post_init__(self) -> None:
        if self.others_per_interval >= self.requests_per_interval:
            raise ValueError(
                f"others_per_interval {self.others_per_interval} leaves nothing of requests_per_interval"
                f" {self.requests_per_interval}; lower it"
            )

    @classmethod
    def trial(cls) -> Self:
        """Return the limits of a trial account: 25 requests in 10 s, 10,000 a day."""
        return cls(requests_per_interval=25, requests_per_day=10_000)
