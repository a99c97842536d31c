"""The sandbox itself: a server on the loopback interface."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from growthhub_async.sandbox import authorization_page
from growthhub_async.sandbox.api import Call
from growthhub_async.sandbox.auth import Tokens
from growthhub_async.sandbox.delivery import deliver, disconnect
from growthhub_async.sandbox.faults import Hang
from growthhub_async.sandbox.gateway import Gateway
from growthhub_async.sandbox.ledger import Ledger, LedgerEntry
from growthhub_async.sandbox.oauth import OAuth
from growthhub_async.sandbox.scenario import Scenario
from growthhub_async.sandbox.sqlite_store import SqliteStore
from growthhub_async.sandbox.store import Contact, ContactStore, MemoryStore

_HOST = "127.0.0.1"
_INSPECTION_PATH = "/_sandbox"
_CONTACTS_PATH = "/_sandbox/contacts"
_SHUTDOWN_SECONDS = 0.05


class Sandbox:
    """A local GrowthHub, running for as long as its `async with` block.

    scenario: what it is made from; one location with the documented limits by default.
    port: where it listens on 127.0.0.1; 0 takes a free one.
    database: a SQLite file that keeps its contacts; without one they are kept in memory.
    clock: the time in seconds since the epoch, for windows, tokens and dates. Delays are the event loop's.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        port: int = 0,
        database: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.scenario = scenario or Scenario()
        self._port = port
        self._database = database
        self._clock = clock
        self._tokens = Tokens(self.scenario)
        self._ledger = Ledger()
        self._resources = AsyncExitStack()
        self._running: tuple[ContactStore, Gateway] | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as resources:
            store = self._open_store()
            resources.callback(store.close)
            self._running = store, Gateway(self.scenario, store, self._tokens, self._ledger, self._clock)
            server = web.Server(self._serve, access_log=None, tcp_keepalive=False)
            resources.push_async_callback(server.shutdown, _SHUTDOWN_SECONDS)
            self._over = asyncio.Event()
            resources.callback(self._over.set)
            listener = await asyncio.get_running_loop().create_server(server, _HOST, self._port)
            resources.callback(listener.close)
            self._port = listener.sockets[0].getsockname()[1]
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def base_url(self) -> str:
        """Return the address a client is pointed at, without a slash at its end."""
        self._parts()
        return f"http://{_HOST}:{self._port}"

    @property
    def location_id(self) -> str:
        """Return the id of the first location."""
        return self.scenario.locations[0].id

    @property
    def token(self) -> str:
        """Return a token that works for the first location."""
        return self.token_for(self.location_id)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Return every request so far in order of arrival; those of the inspection endpoint are not among them."""
        return self._ledger.entries()

    def token_for(self, location_id: str) -> str:
        """Return a token that works for a location.

        Raises `LookupError` when the scenario gives it none.
        """
        return self._tokens.of(location_id)

    def contacts(self, location_id: str | None = None) -> list[Contact]:
        """Return a location's contacts as the API would, the oldest first; the first location's by default."""
        store, _ = self._parts()
        return list(store.contacts(location_id or self.location_id))

    def state(self) -> dict[str, Any]:
        """Return what `GET /_sandbox` answers."""
        _, gateway = self._parts()
        return gateway.state()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        _, gateway = self._parts()
        if request.path in (_INSPECTION_PATH, _CONTACTS_PATH):
            return self._inspect(request)
        if request.path == authorization_page.PATH and gateway.oauth is not None:
            return await _authorize(request, gateway.oauth)
        try:
            return await self._respond(request, gateway)
        except ConnectionError:
            # The client has given up, which is its right and nothing to log.
            return disconnect(request)

    def _inspect(self, request: web.BaseRequest) -> web.Response:
        """Show the state, or the contacts of the location that is asked for: no API, needs no token, is not counted."""
        if request.path == _INSPECTION_PATH:
            shown: dict[str, Any] = self.state()
        else:
            location_id = request.query.get("location", self.location_id)
            shown = {"locationId": location_id, "contacts": self.contacts(location_id)}
        return web.Response(body=msgspec.json.encode(shown), content_type="application/json")

    async def _respond(self, request: web.BaseRequest, gateway: Gateway) -> web.StreamResponse:
        headers = request.headers
        authorization = headers.get("Authorization", "")
        arrival = gateway.arrive(request.method, request.path, authorization, headers.get("User-Agent", ""))
        call = Call(
            method=request.method,
            path=request.path,
            authorization=authorization,
            version=headers.get("Version"),
            content_type=headers.get("Content-Type", ""),
            body=await request.read(),
        )
        reply = await gateway.process(arrival, call)
        if reply is None:
            if isinstance(arrival.fault, Hang):
                await self._over.wait()  # the server's shutdown cancels none whose client has gone
            return disconnect(request)
        self._ledger.answered(arrival.number, reply.status)
        return await deliver(request, reply, arrival.headers, arrival.fault)

    def _open_store(self) -> ContactStore:
        return SqliteStore(self._database) if self._database else MemoryStore()

    def _parts(self) -> tuple[ContactStore, Gateway]:
        if self._running is None:
            raise RuntimeError("the sandbox is not running; enter it with `async with`")
        return self._running


async def _authorize(request: web.BaseRequest, oauth: OAuth) -> web.Response:
    """Serve the authorization page: it is no part of the API, needs no token, and is not counted."""
    if request.method == "POST":
        form = dict(parse_qsl((await request.read()).decode(errors="replace"), keep_blank_values=True))
        shown = authorization_page.answer(oauth, form)
    else:
        shown = authorization_page.show(oauth, request.query)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    if shown.location:
        headers["Location"] = shown.location
    return web.Response(status=shown.status, text=shown.page, content_type="text/html", headers=headers)
