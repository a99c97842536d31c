"""The contestants, one module each, whose `run` sends every contact of a job and counts the acknowledged ones.

What a module imports is imported before the clock starts.
"""

from __future__ import annotations

import importlib.util
import shutil

import msgspec

from benchmarks import compiled

OURS = "growthhub"
COMPILED = "growthhub-compiled"


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant; `share` of the records is what it is given, for one that is slow."""

    name: str
    what: str
    module: str
    needs: str
    is_program: bool = False
    is_compiled: bool = False
    share: float = 1.0

    def is_installed(self) -> bool:
        """Tell whether it can run here."""
        if self.is_compiled:
            return compiled.is_built()
        found = shutil.which(self.needs) if self.is_program else importlib.util.find_spec(self.needs)
        return found is not None

    def records(self, asked: int, concurrency: int) -> int:
        """Tell how many of the records it is given: whole turns of all the tasks, and one at least."""
        return max(round(asked * self.share) // concurrency, 1) * concurrency


def _peer(name: str, what: str, needs: str, share: float = 1.0, *, is_program: bool = False) -> Peer:
    module = f"{__name__}.{name.replace('-', '_')}_loop"
    return Peer(name=name, what=what, module=module, needs=needs, is_program=is_program, share=share)


_OURS = _peer(OURS, "growthhub_async, the whole of upsert_many", "growthhub_async")

PEERS = (
    _OURS,
    msgspec.structs.replace(_OURS, name=COMPILED, what="the same, compiled (make compiled)", is_compiled=True),
    _peer("aiohttp", "aiohttp, session.post(json=...)", "aiohttp"),
    _peer("aiohttp-tuned", "aiohttp, tuned by hand", "aiohttp"),
    _peer("pyreqwest", "pyreqwest (Rust), tuned by hand", "pyreqwest"),
    _peer("aiosonic", "aiosonic", "aiosonic"),
    _peer("niquests", "niquests", "niquests", 0.1),
    _peer("httpx", "httpx", "httpx", 0.04),
    _peer("vendor", "the vendor's Python SDK (httpx)", "highlevel", 0.04),
    _peer("hey", "hey (Go net/http), one body, not decoded", "hey", is_program=True),
)
"""In the order in which a round has them."""
