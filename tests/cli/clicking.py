"""A person at a browser: headless Chromium opens an address, clicks, and reads what comes.

Run as a program it is what `webbrowser` starts: `BROWSER="python -m tests.cli.clicking FOLDER BUTTON %s &"`. It leaves
in the folder what the first page says and what the last one does, and a picture of the first.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.importer.report.browser import FLAGS

_FLAGS = (
    *FLAGS,
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
_LOOK_AGAIN = 0.05
_PATIENCE = 240.0
"""Seconds after which the browser is ended: far more than it takes on any machine."""
_FIRST = "document.readyState === 'complete' && document.querySelector('#allow') ? document.body.innerText : ''"
_LAST = "document.readyState === 'complete' && document.querySelector('#told') ? document.body.innerText : ''"
_CENTER = """(() => { const button = document.querySelector('#%s'); button.scrollIntoView();
  const box = button.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2]; })()"""


class Tab:
    """The one page of a browser, by its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def do(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            told = await self._socket.receive_json()
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]

    async def ask(self, expression: str) -> Any:
        return (await self.do("Runtime.evaluate", expression=expression, returnByValue=True))["result"].get("value")

    async def wait_for(self, expression: str) -> str:
        """Wait until a page gives a text, and return it."""
        while not (text := await self.ask(expression)):  # noqa: ASYNC110 - a browser sets no event
            await asyncio.sleep(_LOOK_AGAIN)
        return str(text)

    async def click(self, button: str) -> None:
        x, y = await self.ask(_CENTER % button)
        for kind in ("mousePressed", "mouseReleased"):
            await self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


async def answer(folder: Path, button: str, url: str) -> None:
    """Open the authorization page, and click one of its buttons."""
    process = await asyncio.create_subprocess_exec(
        "chromium",
        *_FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        "about:blank",
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            await _go_through(await _first_tab(folder), folder, button, url)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _go_through(address: str, folder: Path, button: str, url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        tab = Tab(socket)
        await tab.do("Page.navigate", url=url)
        (folder / "first.txt").write_text(await tab.wait_for(_FIRST))
        picture = await tab.do("Page.captureScreenshot")
        (folder / "first.png").write_bytes(base64.b64decode(picture["data"]))
        await tab.click(button)
        (folder / "last.txt").write_text(await tab.wait_for(_LAST))


async def _first_tab(folder: Path) -> str:
    port_file = folder / "profile" / "DevToolsActivePort"
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            if not (port_file.exists() and port_file.read_text().count("\n")):
                continue
            async with session.get(f"http://127.0.0.1:{port_file.read_text().splitlines()[0]}/json/list") as listed:
                for tab in await listed.json():
                    if tab["type"] == "page":
                        return str(tab["webSocketDebuggerUrl"])


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(exist_ok=True)
    asyncio.run(answer(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
