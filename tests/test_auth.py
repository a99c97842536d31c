"""Where a token comes from: asked for once, renewed once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from growthhub_async import AccessToken
from growthhub_async.auth import ASK_AGAIN, LAST_MINUTE, Tokens
from growthhub_async.grant import TokenUnavailableError
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


async def dated_and_garbled(_: str, __: str | None) -> AccessToken:
    return AccessToken("pit-1\n", 1e9)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (failing, r"the token source failed \(OSError\)"),
        (lambda *_: "pit-1", r"the token source failed \(TypeError\)"),
        (hanging, "the token source gave no token within 5 s"),
        (garbled, "the token source gave what is no token"),
        (dated_and_garbled, "the token source gave what is no token"),
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


class Dated:
    """Give tokens that live for an hour by the loop's clock, each a second after it was asked for, from a list."""

    def __init__(self, *answers: AccessToken | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[float, str | None]] = []

    async def __call__(self, _: str, refused: str | None) -> AccessToken:
        self.asked.append((now(), refused))
        await asyncio.sleep(1.0)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or AccessToken(f"t{len(self.asked)}", now() + HOUR)

    def asked_at(self) -> list[int]:
        return [round(at) for at, _ in self.asked]


HOUR = 3_600.0


def now() -> float:
    return asyncio.get_running_loop().time()


def telling_time(source: Any, story: Callable[[Tokens], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        tokens = Tokens(source, PATIENCE, now)
        try:
            return await story(tokens)
        finally:
            await tokens.close()

    return virtual.run(main)


def test_a_token_that_says_when_it_ends_is_followed_ahead_of_that() -> None:
    """A minute before, and nobody waits: the old one is used until the new one is there."""
    source = Dated()

    async def story(tokens: Tokens) -> None:
        assert await tokens.of("loc1") == Secret("t1")
        await asyncio.sleep(HOUR - LAST_MINUTE + 0.5)
        assert tokens.known("loc1") == Secret("t1")
        await asyncio.sleep(1.0)
        assert tokens.known("loc1") == Secret("t2")
        await asyncio.sleep(HOUR)
        assert tokens.known("loc1") == Secret("t3")

    telling_time(source, story)
    assert source.asked_at() == [0, 3_541, 7_082]
    assert {refused for _, refused in source.asked} == {None}


def test_a_source_may_say_when_the_next_token_is_to_be_had() -> None:
    """It is not asked before."""
    source = Dated(AccessToken("a", HOUR, renew_at=1_000.0))

    async def story(tokens: Tokens) -> None:
        await tokens.of("loc1")
        await asyncio.sleep(HOUR)

    telling_time(source, story)
    assert source.asked_at()[:2] == [0, 1_000]


def test_a_source_that_fails_ahead_of_the_end_is_asked_again_until_then(caplog: pytest.LogCaptureFixture) -> None:
    """The old token serves on, and is used no more when it has ended; then whoever needs one asks."""
    source = Dated(None, *[OSError("hunter2")] * 4)

    async def story(tokens: Tokens) -> None:
        await tokens.of("loc1")
        await asyncio.sleep(HOUR - 2)
        assert tokens.known("loc1") == Secret("t1")
        await asyncio.sleep(3)
        assert tokens.known("loc1") is None
        with pytest.raises(TokenUnavailableError, match=r"the token source failed \(OSError\)"):
            await tokens.of("loc1")
        assert await tokens.of("loc1") == Secret("t6")

    telling_time(source, story)
    assert source.asked_at() == [0, 3_541, 3_562, 3_583, 3_602, 3_603]
    assert "the token of location loc1 is not renewed yet: the token source failed (OSError)" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_source_that_has_no_next_token_yet_is_left_alone_for_a_while() -> None:
    """The same token again, near its end, is no reason to ask without a pause."""
    source = Dated(*[AccessToken("a", HOUR)] * 9)

    async def story(tokens: Tokens) -> None:
        await tokens.of("loc1")
        await asyncio.sleep(HOUR - 2)

    telling_time(source, story)
    assert source.asked_at() == [0, 3_540, 3_561, 3_582]


def test_a_token_that_is_refused_while_the_next_one_is_asked_for_waits_for_that() -> None:
    """The source is not asked twice, and nobody goes with what is refused."""
    source = Dated()

    async def story(tokens: Tokens) -> None:
        old = await tokens.of("loc1")
        await asyncio.sleep(HOUR - LAST_MINUTE + 0.5)
        renewed = asyncio.create_task(tokens.renewed("loc1", old))
        await asyncio.sleep(0)
        assert tokens.known("loc1") is None
        assert await renewed
        assert tokens.known("loc1") == Secret("t2")

    telling_time(source, story)
    assert len(source.asked) == 2


def test_a_token_that_has_ended_by_a_wrong_clock_is_the_servers_to_judge() -> None:
    """It is used, and the source is not asked again and again."""
    source = Dated(AccessToken("a", -1.0))

    async def story(tokens: Tokens) -> None:
        assert await tokens.of("loc1") == Secret("a")
        await asyncio.sleep(HOUR)
        assert tokens.known("loc1") == Secret("a")

    telling_time(source, story)
    assert len(source.asked) == 1


def test_nobody_who_comes_after_the_end_asks() -> None:
    """Also who waited for an answer that did not know of his refusal: no task is left behind."""
    source = Dated()

    async def story(tokens: Tokens) -> None:
        old = await tokens.of("loc1")
        await asyncio.sleep(HOUR - LAST_MINUTE + 0.5)
        renewing = asyncio.create_task(tokens.renewed("loc1", old))
        await asyncio.sleep(0)
        await tokens.close()
        for waiting in (renewing, tokens.of("loc2")):
            with pytest.raises(TokenUnavailableError, match="the client was closed"):
                await waiting

    telling_time(source, story)
    assert len(source.asked) == 2
