"""The API: one request in, one reply out. It knows the rules and nothing of sockets, quotas or faults."""

import asyncio
import string
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from growthhub_async.sandbox import custom_fields, upsert, validation
from growthhub_async.sandbox.auth import (
    Grant,
    Tokens,
    check_account,
    check_location,
    check_scope,
    check_token,
    check_user_type,
    check_version,
)
from growthhub_async.sandbox.oauth import OAuth, OAuthRefusal
from growthhub_async.sandbox.replies import Refusal, Reply, error_reply, json_reply
from growthhub_async.sandbox.scenario import Scenario
from growthhub_async.sandbox.store import Contact, ContactStore

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 20


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the API sees it; a header that was not sent is None, a missing `Authorization` empty."""

    method: str
    path: str
    authorization: str = ""
    version: str | None = None
    content_type: str = ""
    body: bytes = b""


class Api:
    """Answer requests from the contacts of a store."""

    def __init__(self, scenario: Scenario, store: ContactStore, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._scenario = scenario
        self._locations = {location.id: location for location in scenario.locations}
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._randomness = Random(f"{scenario.seed}/ids")
        self._decoder = msgspec.json.Decoder()
        randomness = Random(f"{scenario.seed}/oauth")
        app = scenario.oauth
        self.oauth = OAuth(app, scenario.locations, tokens, clock, randomness) if app else None

    async def answer(self, call: Call) -> Reply:
        """Do what a request asks, or refuse it as the API does."""
        try:
            return await self._route(call)
        except Refusal as refusal:
            return error_reply(refusal, self.trace_id())
        except OAuthRefusal as refusal:
            return json_reply(refusal.status, refusal.content | {"traceId": self.trace_id()})

    def trace_id(self) -> str:
        """Return a new trace id."""
        return str(UUID(int=self._randomness.getrandbits(128), version=4))

    def plant(self) -> None:
        """Store the contacts a location holds from the start, unless it has some already."""
        for location in self._locations.values():
            if self._store.count(location.id) == 0:
                for body in location.contacts:
                    upsert.write(self._store, location, body, upsert.Match(), new_id=self._id(), now=self._clock())

    async def _route(self, call: Call) -> Reply:
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["contacts", "upsert"]:
                return await self._upsert(call)
            case "GET", ["contacts", contact_id]:
                return self._get_contact(call, contact_id)
            case "POST" | "DELETE", ["contacts", contact_id, "tags"]:
                return self._change_tags(call, contact_id)
            case "GET", ["locations", location_id, "customFields"]:
                return self._custom_fields(call, location_id)
            case "POST", ["oauth", "token"] if self.oauth:
                return self._token(self.oauth, call)
            case "POST", ["oauth", "locationToken"] if self.oauth:
                return self._location_token(self.oauth, call)
            case _:
                raise Refusal(404, f"Cannot {call.method} {call.path}")

    async def _upsert(self, call: Call) -> Reply:
        grant = self._admit(call, "contacts.write")
        body = self._body(call)
        location_id = body.get("locationId", grant.location_id)
        if isinstance(location_id, str):
            self._check_location(grant, location_id)
        location = self._locations[grant.location_id]
        if problems := validation.upsert_problems(body, location):
            raise Refusal(422, problems)
        match = upsert.look_up(self._store, location, body)
        if location.behaviour.write_delay:
            await asyncio.sleep(location.behaviour.write_delay)
        contact, new = upsert.write(self._store, location, body, match, new_id=self._id(), now=self._clock())
        content = {"new": new, "contact": contact, "traceId": self.trace_id()}
        return json_reply(200, content, effect="created" if new else "updated", contact_id=contact["id"])

    def _get_contact(self, call: Call, contact_id: str) -> Reply:
        grant = self._admit(call, "contacts.readonly")
        contact = self._contact(grant, contact_id)
        return json_reply(200, {"contact": contact, "traceId": self.trace_id()}, contact_id=contact_id)

    def _change_tags(self, call: Call, contact_id: str) -> Reply:
        grant = self._admit(call, "contacts.write")
        contact = self._contact(grant, contact_id)
        body = self._body(call)
        if problems := validation.tags_problems(body):
            raise Refusal(422, problems)
        given, old = upsert.stored_tags(body["tags"]), contact["tags"]
        if call.method == "POST":
            tags, status = list(dict.fromkeys([*old, *given])), 201
        else:
            tags, status = [tag for tag in old if tag not in given], 200
        self._store.save(upsert.with_tags(contact, tags, self._clock()))
        content = {"tags": tags, "traceId": self.trace_id()}
        return json_reply(status, content, effect="updated", contact_id=contact_id)

    def _custom_fields(self, call: Call, location_id: str) -> Reply:
        grant = self._admit(call, "locations/customFields.readonly")
        self._check_location(grant, location_id)
        fields = custom_fields.described(self._locations[location_id].custom_fields)
        return json_reply(200, {"customFields": fields, "traceId": self.trace_id()})

    def _token(self, oauth: OAuth, call: Call) -> Reply:
        return json_reply(200, oauth.token(_form(call)) | {"traceId": self.trace_id()})

    def _location_token(self, oauth: OAuth, call: Call) -> Reply:
        grant = self._known(call)
        check_user_type(grant, "Company")
        form = _form(call)
        location_id = form.get("locationId", "")
        self._check_location(grant, location_id)
        answer = oauth.location_token(form.get("companyId"), location_id)
        return json_reply(200, answer | {"traceId": self.trace_id()})

    def _admit(self, call: Call, scope: str) -> Grant:
        grant = self._known(call)
        check_user_type(grant, "Location")
        check_scope(grant, scope)
        return grant

    def _known(self, call: Call) -> Grant:
        grant = check_token(self._tokens.find(call.authorization), call.authorization, self._clock())
        # The page's samples of a GET send no Version (contract.md, "Also on the page").
        check_version(call.version, self._scenario.api_versions, required=call.method != "GET")
        if grant.user_type == "Location":
            check_account(suspended=self._locations[grant.location_id].suspended)
        return grant

    def _check_location(self, grant: Grant, location_id: str) -> None:
        check_location(grant, location_id, self._locations[grant.location_id])

    def _contact(self, grant: Grant, contact_id: str) -> Contact:
        contact = self._store.get(contact_id)
        if contact is None:
            raise Refusal(400, f"Contact not found for id:{contact_id}")
        self._check_location(grant, contact["locationId"])
        return contact

    def _body(self, call: Call) -> dict[str, Any]:
        """Return the JSON object a request carries; a body of another content type is not read, as if it were {}."""
        if not call.content_type.lower().startswith("application/json") or not call.body:
            return {}
        try:
            body = self._decoder.decode(call.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal(400, "Body is not valid JSON") from None
        if not isinstance(body, dict):
            raise Refusal(422, ["body must be an object"])
        return body

    def _id(self) -> str:
        while True:
            contact_id = "".join(self._randomness.choices(_ALPHABET, k=_ID_LENGTH))
            if self._store.get(contact_id) is None:
                return contact_id


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode(errors="replace")))
