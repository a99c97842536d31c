"""The client: what a program holds to speak to GrowthHub."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sized
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from . import transports
from .attempts import Caller
from .auth import Tokens
from .bulk import UpsertStream
from .call import Call
from .contact import Contact
from .errors import (
    ClientClosedError,
    ConfigurationError,
    NotConnectedError,
    RejectedError,
    UnavailableError,
)
from .estimate import Estimate
from .grant import Connection, GrantRefusedError, TokenUnavailableError, UserType
from .keywords import with_keywords_of
from .oauth import PATIENCE, OAuthTokens
from .outcome import ErrorReason, Outcome, Record
from .quota import Quotas
from .reply import ContactReply, CustomFieldDefinition, CustomFieldsReply, StoredContact, TagsReply
from .retry import Settle
from .secret import Secret
from .settings import Settings, is_id
from .sources import Source, open_sources
from .statistics import LocationStatistics
from .transport import Transport
from .upserts import BeforeSend, Upsert, Upserter
from .verdicts import Accepted

T = TypeVar("T")

logger = logging.getLogger("growthhub_async")

_decode_contact = msgspec.json.Decoder(ContactReply).decode
_decode_tags = msgspec.json.Decoder(TagsReply).decode
_decode_custom_fields = msgspec.json.Decoder(CustomFieldsReply).decode
_encode_tags = msgspec.json.Encoder().encode


class GrowthHubClient:
    """Upsert contacts, one or many, within each location's quota; used with `async with`.

    Its keywords are the fields of `Settings`. Raises ConfigurationError when one of them is wrong or there is no token.
    One client serves any number of tasks of the event loop it was entered on.
    """

    @with_keywords_of(Settings)
    def __init__(self, settings: Settings) -> None:
        self._settings = settings.resolved()
        self._transport = self._make_transport(self._settings)
        self._oauth = OAuthTokens(self._settings, self._transport, self._unix_time) if self._settings.app else None
        self._quotas = Quotas(settings)  # they outlive a block: the server's do
        self._caller: Caller | None = None
        self._upserter: Upserter | None = None

    def __repr__(self) -> str:
        return f"GrowthHubClient({self._settings.base_url!r}, location_id={self._settings.location_id!r})"

    @property
    def settings(self) -> Settings:
        """The settings it was made with, filled from the environment."""
        return self._settings

    async def __aenter__(self) -> Self:
        if self._caller is not None:
            raise ClientClosedError("the client is in use: one `async with` at a time; share the client inside it")
        self._caller = Caller(self._settings, self._transport, self._quotas, self._make_tokens())
        self._upserter = Upserter(self._settings, self._caller)
        self._quotas.open()
        if self._oauth is not None:
            self._oauth.open()
        await self._transport.open()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close(self._settings.close_timeout if exc_type is None else 0.0)

    async def aclose(self) -> None:
        """Make no further attempt, wait `close_timeout` seconds at most for those in flight, and close the connections.

        A stream tells its outcomes, and raises ClientClosedError then; an `upsert` that waits raises it, one that is in
        flight tells how it went: `in_doubt` when it was cut short.
        """
        await self._close(self._settings.close_timeout)

    async def _close(self, patience: float) -> None:
        caller, upserter = self._caller, self._upserter
        self._caller = self._upserter = None
        try:
            self._quotas.close(ClientClosedError("the client was closed while this call was waiting"))
            if upserter is not None:
                upserter.close(ClientClosedError("the client was closed while this stream was running"))
            if caller is not None:
                await caller.close(patience)
        finally:
            try:
                if self._oauth is not None:
                    await self._oauth.close()
            finally:
                await self._transport.close()

    async def upsert(self, contact: Contact | Record, *, priority: int = 0) -> Outcome:
        """Create or update one contact, and tell how it went (contract.md, "What an upsert does").

        Among those that wait for a location's quota it goes before all of a lower `priority`, a running import's 0
        among them; an earlier record with the same email or phone goes first all the same. With `on_daily_quota="wait"`
        it may wait for another day: `record_deadline` bounds that.
        A record's trouble is in `Outcome.error`. Raises TokenRefusedError when the token or its scopes are refused,
        ClientClosedError outside `async with`, and ConfigurationError for a priority that is no whole number.
        """
        upserter = self._open_upserter()
        if type(priority) is not int:
            raise ConfigurationError("priority: must be a whole number; an import's is 0, and a higher one goes first")
        now = self._quotas.clock.now
        prepared = upserter.prepare(contact, 0, now(), priority=priority)
        if isinstance(prepared, Outcome):
            return prepared
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def come(_: Upsert) -> None:
            if not turn.done():
                turn.set_result(None)

        at_once = upserter.enter(prepared, come)
        try:
            settled = await upserter.settle(prepared, None if at_once else turn)
        finally:
            upserter.leave(prepared)
        if isinstance(settled, Settle) and settled.refused is not None and settled.refused.token:
            raise settled.refused.as_error(settled.message, prepared.call.http_status)
        return upserter.tell(prepared, settled, now())

    def upsert_many(
        self,
        contacts: Source[Contact | Record] | Mapping[str, Source[Contact | Record]],
        *,
        read_in_thread: bool = False,
        before_send: BeforeSend | None = None,
    ) -> UpsertStream:
        """Upsert every contact of a source, as `async with client.upsert_many(...) as outcomes`.

        Yields one outcome per record as they settle, not in input order; `Outcome.position` tells which. The source is
        read as outcomes are taken, at most `look_ahead` records ahead, but one of each source. `read_in_thread` reads
        an iterable that blocks (a file, a database cursor) in a thread, up to 256 records further ahead. An exception
        of a source ends the reading of all, and is raised when the outcomes of what was read have been yielded; so is
        TokenRefusedError (who leaves the block before that does not hear of it).

        A location that has to wait holds up no other whose records are among those that were read. A mapping of
        location ids to sources is read per location: then none holds up another, whatever their sizes, as long as its
        records name no other location. `read_in_thread` then takes a thread for each.

        `before_send` is awaited once for each record that is sent, with its `ref`, when its first request is about to
        leave and waits for nothing else: to keep that it may have been sent. It is not for a record that has
        `unheard_since`, of which that is known. When it raises, the request does not leave, and the run ends in order;
        the exception is raised when the outcomes have been yielded.

        Logs a warning when what is in memory already (a list, a set, a mapping of them) does not fit into the day's
        quota. Raises ConfigurationError when `contacts` is no iterable of records, or `before_send` no function.
        """
        upserter = self._open_upserter()
        if before_send is not None and not callable(before_send):
            raise ConfigurationError("before_send: must be an async function that takes the ref of a record")
        sources = open_sources(contacts, in_thread=read_in_thread)
        self._tell_of_days(contacts)
        return UpsertStream(upserter, sources, self._settings, before_send)

    def estimate(self, requests: int, *, location_id: str | None = None) -> Estimate:
        """Estimate how long so many requests of a location take, by what is known of its limits, its day and a pause.

        It is that of a window that is free, with nobody before them in line. The location is the client's own by
        default. Raises ConfigurationError when there is none, or for a number that is not from 0 to 1,000,000,000;
        RuntimeError outside of an event loop, once the location is in use.
        """
        location_id = location_id or self._settings.location_id
        if not is_id(location_id):
            raise ConfigurationError(_NO_LOCATION)
        if type(requests) is not int or not 0 <= requests <= 1_000_000_000:
            raise ConfigurationError(f"requests: must be a whole number from 0 to 1,000,000,000, not {requests!r}")
        return self._quotas.estimate(str(location_id), requests)

    def statistics(self) -> dict[str, LocationStatistics]:
        """Tell how things stand with each location that has been used, by its id.

        Raises RuntimeError outside of an event loop.
        """
        return self._quotas.statistics()

    async def get_contact(self, contact_id: str, *, location_id: str | None = None) -> StoredContact:
        """Read one contact by its id; right after a write it is what was written (observed.md, "What an upsert does").

        `location_id` is the location whose quota it uses, the client's own by default. Raises ConfigurationError for
        what is no id, RejectedError for an id that does not exist (the API answers 400), TokenRefusedError and
        UnavailableError.
        """
        path = f"/contacts/{_checked_id(contact_id)}"
        return (await self._call("GET", path, _decode_contact, location_id=location_id)).contact

    async def add_tags(self, contact_id: str, tags: Iterable[str], *, location_id: str | None = None) -> list[str]:
        """Add tags to those a contact has, and return all of them (observed.md, "Helper endpoints").

        Raises as `get_contact` does, and ConfigurationError when there is no tag.
        """
        return await self._change_tags("POST", contact_id, tags, location_id)

    async def remove_tags(self, contact_id: str, tags: Iterable[str], *, location_id: str | None = None) -> list[str]:
        """Remove tags from those a contact has, and return what is left (observed.md, "Helper endpoints").

        Raises as `get_contact` does, and ConfigurationError when there is no tag.
        """
        return await self._change_tags("DELETE", contact_id, tags, location_id)

    async def custom_fields(self, location_id: str | None = None) -> list[CustomFieldDefinition]:
        """List the custom fields of a location, the client's own by default (observed.md, "Helper endpoints").

        Needs the scope `locations/customFields.readonly`. Raises RejectedError, TokenRefusedError, UnavailableError.
        """
        location_id = location_id or self._settings.location_id
        if not is_id(location_id):
            raise ConfigurationError(_NO_LOCATION)
        path = f"/locations/{location_id}/customFields"
        return (await self._call("GET", path, _decode_custom_fields, location_id=location_id)).custom_fields

    async def connect(
        self, code: str, *, redirect_uri: str | None = None, user_type: UserType = "Location"
    ) -> Connection:
        """Exchange the code of an authorization for tokens, keep them in `token_store`, and tell of what they open.

        The code is what the authorization page sends to the app's `redirect_uri`, and is good for one exchange
        (observed.md, "Auth"). An agency's connection (`user_type` Company) opens the locations in which the app is
        installed. Another connection of the same location, or of an agency, takes the place of the one before.

        Raises ConfigurationError without `client_id`, NotConnectedError when the code is refused, UnavailableError.
        """
        secret, code = Secret(code), "***"
        if self._oauth is None:
            raise ConfigurationError("client_id: none given; OAuth takes client_id, client_secret and token_store")
        if self._caller is None:
            raise ClientClosedError(_CLOSED)
        try:
            return await self._oauth.connect(secret, redirect_uri, user_type)
        except GrantRefusedError as refused:
            raise NotConnectedError(str(refused)) from None
        except TokenUnavailableError as unavailable:
            raise UnavailableError(str(unavailable)) from None

    async def _change_tags(
        self, method: str, contact_id: str, tags: Iterable[str], location_id: str | None
    ) -> list[str]:
        path = f"/contacts/{_checked_id(contact_id)}/tags"
        body = _encode_tags({"tags": _checked_tags(tags)})
        return (await self._call(method, path, _decode_tags, body=body, location_id=location_id)).tags

    async def _call(
        self,
        method: str,
        path: str,
        decode: Callable[[bytes], T],
        *,
        body: bytes | None = None,
        location_id: str | None = None,
    ) -> T:
        """Make one call that is not about a record; each of them may be repeated without harm."""
        if self._caller is None:
            raise ClientClosedError(_CLOSED)
        location_id = location_id or self._settings.location_id or ""
        call = Call(method, path, location_id, decode, body=body, repeatable=True)
        settled = await self._caller.settle(call)
        if isinstance(settled, Accepted):
            return settled.value
        if settled.refused is not None and settled.refused.token:
            raise settled.refused.as_error(settled.message, call.http_status)
        refused = settled.reason in (ErrorReason.REJECTED, ErrorReason.UNAUTHORIZED)
        error = RejectedError if refused else UnavailableError
        raise error(settled.message, http_status=call.http_status, trace_id=call.trace_id)

    def _tell_of_days(self, contacts: Source[Contact | Record] | Mapping[str, Source[Contact | Record]]) -> None:
        """Log which locations' records do not fit into their day, as far as can be known before they are read."""
        for location_id, records in _records_by_location(contacts, self._settings.location_id).items():
            estimated = self._quotas.estimate(location_id, records)
            if not estimated.fits:
                logger.warning("location %s: %s", location_id, estimated)

    def _open_upserter(self) -> Upserter:
        if self._upserter is None:
            raise ClientClosedError(_CLOSED)
        return self._upserter

    def _make_tokens(self) -> Tokens:
        if self._oauth is not None:
            return Tokens(self._oauth, PATIENCE, self._unix_time)
        return Tokens(self._settings.token_source, self._settings.attempt_timeout, self._unix_time)

    def _make_transport(self, settings: Settings) -> Transport:
        return transports.make_transport(settings)

    def _unix_time(self) -> float:
        return time.time()


_NO_LOCATION = "location_id: none given, or no id; set it on the client or pass it"
_CLOSED = "use the client inside its block: async with GrowthHubClient(...) as client"


def _records_by_location(
    contacts: Source[Contact | Record] | Mapping[str, Source[Contact | Record]], default: str | None
) -> Mapping[str, int]:
    """Count the records of each location, of what is in memory already; what is wrong in them is told later."""
    if isinstance(contacts, Mapping):
        return {location_id: len(source) for location_id, source in contacts.items() if isinstance(source, Sized)}
    if not isinstance(contacts, Collection):
        return {}
    named = (_location_of(item) or default for item in contacts)
    return Counter(location_id for location_id in named if isinstance(location_id, str) and is_id(location_id))


def _location_of(item: object) -> object:
    if isinstance(item, Record):
        return item.location_id or _location_of(item.contact)
    return item.location_id if isinstance(item, Contact) else None


def _checked_id(contact_id: object) -> str:
    if not isinstance(contact_id, str) or not is_id(contact_id):
        raise ConfigurationError("contact_id: must be the id of a contact, as in Outcome.contact_id")
    return contact_id


def _checked_tags(tags: object) -> list[str]:
    if not isinstance(tags, Iterable) or isinstance(tags, str | bytes):
        raise ConfigurationError("tags: must be a list of strings")
    checked = list(tags)
    if not checked or not all(isinstance(tag, str) and tag.strip() for tag in checked):
        raise ConfigurationError("tags: must be one or more strings that are not empty")
    return checked
