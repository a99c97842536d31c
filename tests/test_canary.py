"""No secret is shown: canaries go through every public path and every fault, and all that is written is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from growthhub_async import (
    Contact,
    GrowthHubClient,
    GrowthHubError,
    MemoryTokenStore,
    Outcome,
    call,
    importer,
    transports,
)
from growthhub_async.grant import read_grant
from growthhub_async.sandbox import (
    AuthorizationCode,
    CommandTimedOut,
    Disconnect,
    Hang,
    HtmlPage,
    HugeBody,
    Limits,
    Location,
    MalformedJson,
    OAuthApp,
    Redirect,
    Sandbox,
    Scenario,
    SearchFailed,
    SlowDrip,
    Status,
    Token,
    TruncatedBody,
    WrongContentType,
)
from growthhub_async.sandbox.faults import AnyFault
from growthhub_async.transport_aiohttp import AiohttpTransport
from growthhub_async.transport_lean import LeanTransport
from tests.canary import Shown
from tests.integration.raw_server import http, raw_server, says

pytestmark = pytest.mark.anyio

TOKEN = "pit-canary/token+5f0c2a="
SECRET = "canary/secret+5f0c2a="
CODE = "canary/code+5f0c2a="
FAULTS: list[Any] = [
    Status(status=401, message="Invalid JWT", every=1),
    Status(status=403, message="The token does not have access to this location.", every=1),
    Status(status=429, every=2),  # of every request, nothing would ever settle
    Status(status=503, body="html", every=1),
    HtmlPage(code=1010, every=1),
    CommandTimedOut(every=1),
    SearchFailed(every=1),
    Redirect(every=1),
    Disconnect(every=1),
    Hang(every=1),
    TruncatedBody(every=1),
    MalformedJson(every=1),
    WrongContentType(every=1),
    SlowDrip(pause=0.05, every=1),
    HugeBody(size=200_000, every=1),
]
HASTY: dict[str, Any] = {
    "attempt_timeout": 0.1,
    "interval": 0.5,
    "max_attempts": 2,
    "record_deadline": 2.0,
    "max_reply_size": 100_000,
    "keep_history": True,
    "close_timeout": 0.1,
}


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "AT_WORK", 0.01)
    monkeypatch.setattr("growthhub_async.retry.BACKOFF_BASE", 0.01)


@pytest.fixture(params=[AiohttpTransport, LeanTransport], ids=["plain", "lean"], autouse=True)
def _carried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "make_transport", request.param)


class RecordingStore(MemoryTokenStore):
    """A store that remembers every token it was ever given."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []

    async def save(self, name: str, text: str, /) -> None:
        grant = read_grant(text)
        assert grant is not None
        self.tokens += [grant.access_token, grant.refresh_token]
        await super().save(name, text)


async def show(shown: Shown, doing: Awaitable[Any]) -> None:
    """Do one thing, and show what came of it."""
    try:
        shown.value(await asyncio.wait_for(doing, 10.0))
    except (GrowthHubError, TimeoutError) as error:
        shown.error(error)


async def use_all(client: GrowthHubClient, shown: Shown, folder: Path) -> None:
    """Go every public path of a client, and show what each gives or raises."""

    async def stream() -> list[Outcome]:
        async with client.upsert_many([Contact(email=f"user{number}@example.com") for number in range(3)]) as outcomes:
            shown.value(outcomes)
            return [outcome async for outcome in outcomes]

    shown.value(client)
    shown.value(client.settings)
    async with client:
        await show(shown, client.upsert(Contact(email="ada@example.com")))
        await show(shown, stream())
        await show(shown, client.get_contact("contact1"))
        await show(shown, client.add_tags("contact1", ["a"]))
        await show(shown, client.remove_tags("contact1", ["a"]))
        await show(shown, client.custom_fields())
        (folder / "in.csv").write_text("Email,Custom\nada@example.com,x\n")
        await show(shown, importer.run(client, folder / "in.csv"))
        shown.value(client.statistics())
        shown.value(client.estimate(10))
    shown.files(folder)


def test_every_fault_is_among_these() -> None:
    """One that is added to the sandbox has to be gone through here, too."""
    assert {type(fault) for fault in FAULTS} == set(get_args(AnyFault))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{type(fault).__name__}{getattr(fault, 'status', '')}")
async def test_a_token_is_shown_nowhere(fault: Any, tmp_path: Path) -> None:
    """Whatever the server does."""
    shown = Shown()
    location = Location(tokens=(Token(value=TOKEN),), limits=Limits(interval=0.5))
    scenario = Scenario(locations=(location,), faults=(fault,))
    with shown.logs():
        async with Sandbox(scenario) as sandbox:
            client = GrowthHubClient(token=TOKEN, location_id=location.id, base_url=sandbox.base_url, **HASTY)
            await use_all(client, shown, tmp_path)
    assert len(shown.texts) > 50
    assert shown.found([TOKEN]) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{type(fault).__name__}{getattr(fault, 'status', '')}")
async def test_nothing_that_oauth_sends_or_brings_is_shown(fault: Any, tmp_path: Path) -> None:
    """Neither the app's secret nor a code nor any token, whatever its endpoint does when a token has ended."""
    shown, store = Shown(), RecordingStore()
    app = OAuthApp(
        client_id="app-1", client_secret=SECRET, codes=(AuthorizationCode(value=CODE, location_id=Location().id),)
    )
    spoilt = msgspec.structs.replace(fault, path="/oauth/*", every=None, requests=(2, 3, 4, 5, 6, 7, 8))
    with shown.logs():
        async with Sandbox(Scenario(oauth=app, faults=(spoilt,))) as sandbox:
            app_of = {
                "client_id": "app-1",
                "client_secret": SECRET,
                "token_store": store,
                "location_id": sandbox.location_id,
                "base_url": sandbox.base_url,
            }
            async with GrowthHubClient(**app_of) as client:  # in no haste: there has to be a connection
                await show(shown, client.connect(CODE))
            client = GrowthHubClient(**app_of, **HASTY)
            async with client:
                await show(shown, client.connect(CODE))
            await let_end(store, sandbox.location_id)
            await use_all(client, shown, tmp_path)
    assert len(store.tokens) >= 2
    assert len(shown.texts) > 50
    assert shown.found([SECRET, CODE, *store.tokens]) == []


async def let_end(store: MemoryTokenStore, location_id: str) -> None:
    grant = read_grant(await store.load(location_id) or "")
    assert grant is not None
    ended = msgspec.structs.replace(grant.connection, expires_at=1.0)
    await store.save(location_id, msgspec.structs.replace(grant, connection=ended).as_text())


ECHOES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("200 OK", lambda sent: msgspec.json.encode({"message": sent.decode()})),
    ("400 Bad Request", lambda sent: msgspec.json.encode({"message": [sent.decode()] * 3})),
    ("401 Unauthorized", lambda sent: msgspec.json.encode({"error": "invalid", "error_description": sent.decode()})),
    ("403 Forbidden", lambda sent: b"<html>" + sent),
    ("422 Unprocessable", lambda sent: msgspec.json.encode({"message": {"message": sent.decode()}})),
    ("500 Oops", lambda sent: sent),
]


@asynccontextmanager
async def echoing(status: str, body: Callable[[bytes], bytes]) -> AsyncIterator[str]:
    """Serve who says what it was sent: in the body, as an id, and as where to go."""

    async def echo(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _, form = request.partition(b"\r\n\r\n")
        named = [line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization:")] + [form]
        said = (b" ".join(named)).decode("latin-1").replace("\r", "").replace("\n", "")
        headers = (f"cf-ray: {said}", f"Location: http://127.0.0.1:9/{said}", "Content-Type: application/json")
        await says(http(status, body(b" ".join(named)), *headers))(request, reader, writer)

    async with raw_server(echo) as server:
        yield server.base_url


@pytest.mark.parametrize(("status", "body"), ECHOES, ids=[status for status, _ in ECHOES])
async def test_a_server_that_echoes_is_not_quoted(status: str, body: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """What was sent to it is taken out of whatever it says, in each of its parts."""
    shown, store = Shown(), RecordingStore()
    with shown.logs():
        async with echoing(status, body) as base_url:
            client = GrowthHubClient(token=TOKEN, location_id="loc1", base_url=base_url, **HASTY)
            await use_all(client, shown, tmp_path)
            app = GrowthHubClient(
                client_id="app-1",
                client_secret=SECRET,
                token_store=store,
                location_id="loc1",
                base_url=base_url,
                **HASTY,
            )
            async with app:
                await show(shown, app.connect(CODE))
    assert shown.found([TOKEN, SECRET, CODE]) == []


def test_a_canary_would_be_found() -> None:
    """In a value, an error's local variables, a log line and a file; also as an address has it."""
    for text in (TOKEN, "x=canary%2Fsecret%2B5f0c2a%3D", f"see {CODE}!"):
        shown = Shown()
        shown.value([text])
        assert shown.found([TOKEN, SECRET, CODE])
