"""A scenario: all that a sandbox is made from, as frozen data."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from growthhub_async.sandbox.faults import AnyFault
from growthhub_async.sandbox.latency import Fixed, Latency
from growthhub_async.sandbox.location import Location
from growthhub_async.sandbox.validation import upsert_problems


class AuthorizationCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that `POST /oauth/token` exchanges once: for a token of a location, or of the agency without one."""

    value: str
    location_id: str | None = None

    def __repr__(self) -> str:
        return f"AuthorizationCode(location_id={self.location_id!r})"


class OAuthApp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The app that may ask for OAuth tokens.

    codes: authorizations that have been given already, without anybody clicking.
    expires_in: the life of an access token in seconds.
    redirect_uris: where the authorization page may send its codes; without any, wherever on this machine.
    """

    client_id: str
    client_secret: str
    company_id: str = "5DP4iH6HLkQsiKESj6rh"
    codes: tuple[AuthorizationCode, ...] = ()
    expires_in: int = 86_399
    redirect_uris: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"OAuthApp(client_id={self.client_id!r}, company_id={self.company_id!r})"


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe a GrowthHub: its locations, how slow it is, what goes wrong, and the seed of all its randomness.

    api_versions: the values of the `Version` header it accepts; the second is what the vendor's own client sends.
    refuse_user_agents: whether the edge refuses Python's urllib and an empty User-Agent, as Cloudflare does.
    oauth: the app whose codes and refresh tokens `POST /oauth/token` knows.
    """

    locations: tuple[Location, ...] = (Location(),)
    latency: Latency = Fixed()
    faults: tuple[AnyFault, ...] = ()
    api_versions: tuple[str, ...] = ("2023-02-21", "v3")
    refuse_user_agents: bool = True
    oauth: OAuthApp | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        ids = [location.id for location in self.locations]
        if not ids:
            raise ValueError("there is no location; describe at least one")
        if doubles := _doubles(ids):
            raise ValueError(f"location id {doubles[0]!r} is used twice; give each location its own")
        if _doubles(t.value for location in self.locations for t in location.tokens if t.user_type == "Location"):
            raise ValueError("one token value opens two locations; give each location its own")
        for location in self.locations:
            _check_contacts(location)
        for fault in self.faults:
            if fault.location_id is not None and fault.location_id not in ids:
                raise ValueError(f"a fault is limited to location {fault.location_id!r}; use one of {', '.join(ids)}")


def _check_contacts(location: Location) -> None:
    for index, contact in enumerate(location.contacts):
        body = {name: value for name, value in contact.items() if name != "additionalEmails"}
        if problems := upsert_problems(body | {"locationId": location.id}, location):
            raise ValueError(f"location {location.id!r}: contacts[{index}]: {'; '.join(problems)}; correct the contact")


def _doubles(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
