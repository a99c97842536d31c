"""Where a token comes from: asked for once, renewed once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from growthhub_async.auth import ASK_AGAIN, Tokens, TokenUnavailableError
from growthhub_async.secret import Secret
from tests import virtual

PATIENCE = 5.0


class Source:
    """Give one token after the other, each a second after it was asked for; the last one again and again."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.asked: list[tuple[str, str | None]] = []

    async def __call__(self, location_id: str, refused: str | None) -> str:
        self.asked.append((location_id, refused))
        await asyncio.sleep(1.0)
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]


def using(source: Any, story: Callable[[Tokens], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        tokens = Tokens(source, PATIENCE)
        try:
            return await story(tokens)
        finally:
            await tokens.close()

    return virtual.run(main)


def test_a_fixed_token_is_everybodys_and_has_no_other() -> None:
    """It is known at once, for every location, and is never renewed."""

    async def story(tokens: Tokens) -> None:
        assert tokens.known("loc1") == await tokens.of("loc2") == Secret("pit-1")
        assert not await tokens.renewed("loc1", Secret("pit-1"))

    using(Secret("pit-1"), story)


def test_a_source_is_asked_once_for_all_who_wait() -> None:
    """Many who need the token of one location ask once, of two locations twice; afterwards it is known."""
    source = Source("a")

    async def story(tokens: Tokens) -> None:
        await asyncio.gather(*(tokens.of(location) for location in ["loc1"] * 20 + ["loc2"]))
        assert await tokens.of("loc1") == tokens.known("loc1") == Secret("a")

    using(source, story)
    assert source.asked == [("loc1", None), ("loc2", None)]


def test_a_token_is_known_from_the_moment_it_is_given() -> None:
    """Also before those who waited for it are told: who comes just then would ask for it again and again."""
    known = []

    async def story(tokens: Tokens) -> None:
        async def at_once(location_id: str, _: str | None) -> str:
            asyncio.get_running_loop().call_soon(lambda: known.append(tokens.known(location_id)))
            return "a"

        sources.append(at_once)
        await tokens.of("loc1")

    sources: list[Any] = []
    using(lambda *asked: sources[0](*asked), story)
    assert known == [Secret("a")]


def test_a_token_is_renewed_once_for_all_who_were_refused() -> None:
    """Whoever was refused with the old one learns of the new one, also when he comes after it was renewed."""
    source = Source("a", "b")

    async def story(tokens: Tokens) -> None:
        old = await tokens.of("loc1")
        assert all(await asyncio.gather(*(tokens.renewed("loc1", old) for _ in range(50))))
        assert await tokens.renewed("loc1", old)
        assert tokens.known("loc1") == Secret("b")

    using(source, story)
    assert source.asked == [("loc1", None), ("loc1", "a")]


def test_a_source_that_has_no_other_token_is_left_alone_for_a_while() -> None:
    """The same token again means that there is no other; later it may have one."""
    source = Source("a", "a", "b")

    async def story(tokens: Tokens) -> None:
        old = await tokens.of("loc1")
        assert [await tokens.renewed("loc1", old) for _ in range(3)] == [False] * 3
        await asyncio.sleep(ASK_AGAIN)
        assert await tokens.renewed("loc1", old)

    using(source, story)
    assert len(source.asked) == 3


async def failing(_: str, __: str | None) -> str:
    raise OSError("cannot reach https://user:hunter2@db")


async def hanging(_: str, __: str | None) -> str:
    await asyncio.Event().wait()
    return ""


async def garbled(_: str, __: str | None) -> str:
    return "pit-1\r\nX-Evil: 1"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (failing, r"the token source failed \(OSError\)"),
        (lambda *_: "pit-1", r"the token source failed \(TypeError\)"),
        (hanging, "the token source gave no token within 5 s"),
        (garbled, "the token source gave what is no token"),
    ],
)
def test_a_source_that_gives_no_token_is_told_without_its_words(source: Any, words: str) -> None:
    """What it says may hold a secret."""
    with pytest.raises(TokenUnavailableError, match=words) as raised:
        using(source, lambda tokens: tokens.of("loc1"))
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_whoever_is_cancelled_while_a_token_is_asked_for_takes_it_from_no_other() -> None:
    """The others who wait get it all the same."""

    async def story(tokens: Tokens) -> Secret:
        first, second = (asyncio.create_task(tokens.of("loc1")) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        return await second

    assert using(Source("a"), story) == Secret("a")


def test_a_source_is_asked_no_more_when_all_is_closed() -> None:
    """Whoever waits is told, and nothing goes on."""

    async def story(tokens: Tokens) -> None:
        waiting = asyncio.create_task(tokens.of("loc1"))
        await asyncio.sleep(0.5)
        await tokens.close()
        with pytest.raises(TokenUnavailableError, match="the client was closed"):
            await waiting

    using(hanging, story)
