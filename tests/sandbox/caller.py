"""Who calls the sandbox in its tests: plain HTTP, nothing of the client under test."""

from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import ClientSession, ClientTimeout

from growthhub_async.sandbox import Sandbox

JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Caller:
    """Speak to a sandbox as a well-behaved client does, unless told otherwise."""

    sandbox: Sandbox
    session: ClientSession

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        without: tuple[str, ...] = (),
        timeout: float = 30.0,
    ) -> Answer:
        """Make one request; `headers` go over the usual ones, `without` names those left out."""
        usual = {"Authorization": f"Bearer {self.sandbox.token}", "Version": "2023-02-21", "User-Agent": "tests/1"}
        sent = {name: value for name, value in (usual | JSON_TYPE | (headers or {})).items() if name not in without}
        async with self.session.request(
            method,
            self.sandbox.base_url + path,
            data=body,
            headers=sent,
            skip_auto_headers=without,
            allow_redirects=False,
            timeout=ClientTimeout(total=timeout),
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def upsert(self, *, location_id: str | None = None, token: str | None = None, **fields: Any) -> Answer:
        """Upsert a contact given by its wire names."""
        body = {"locationId": location_id or self.sandbox.location_id} | fields
        headers = {"Authorization": f"Bearer {token}"} if token else None
        return await self.request("POST", "/contacts/upsert", body=msgspec.json.encode(body), headers=headers)
