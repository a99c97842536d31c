"""A token is written to its own server and nowhere else: however it is printed, it is `***`."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from growthhub_async import ConfigurationError, GrowthHubClient, Settings
from growthhub_async.secret import Secret
from growthhub_async.transport import Request

TOKEN = "pit-0f3c-secret"

WAYS_TO_SHOW: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": "{}".format,
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 (the old way prints, too)
    "in a list": lambda value: str([value]),
    "rich": pretty_repr,
    "rich, in a dict": lambda value: pretty_repr({"token": value}),
}


@pytest.mark.parametrize("show", WAYS_TO_SHOW.values(), ids=WAYS_TO_SHOW)
@pytest.mark.parametrize(
    "make",
    [
        lambda: Secret(TOKEN),
        lambda: Settings(token=TOKEN),
        lambda: GrowthHubClient(token=TOKEN),
        lambda: Request("POST", "/contacts/upsert", {"Authorization": f"Bearer {TOKEN}"}),
    ],
    ids=["secret", "settings", "client", "request"],
)
def test_a_token_is_not_printed(show: Callable[[object], str], make: Callable[[], object]) -> None:
    """Neither a secret nor what was made with it shows the token in any way of printing."""
    assert TOKEN not in show(make())


def test_a_secret_prints_as_stars() -> None:
    """Who prints a secret sees that there is one."""
    assert str(Secret(TOKEN)) == repr(Secret(TOKEN)) == "***"


def test_a_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A log line made of a secret, or of settings, has no token in its text."""
    logging.getLogger("app").warning("token=%s settings=%r", Secret(TOKEN), Settings(token=TOKEN))
    assert "***" in caplog.text
    assert TOKEN not in caplog.text


def test_a_token_is_in_no_traceback() -> None:
    """An exception that carries a secret does not print it, not even with the locals of a frame that holds it."""

    def fail(held: Secret) -> None:
        raise RuntimeError(held)

    with pytest.raises(RuntimeError) as raised:
        fail(Secret(TOKEN))
    frame = raised.value.__traceback__
    assert frame is not None
    lines = traceback.TracebackException(RuntimeError, raised.value, frame.tb_next, capture_locals=True).format()
    shown = "".join(lines)
    assert "held = ***" in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("token", [f"Bearer {TOKEN}", f"{TOKEN}\n", f"{TOKEN}\r\nX-Evil: 1", f"{TOKEN}é"])
@pytest.mark.parametrize("make", [Settings, GrowthHubClient])
def test_a_refused_token_is_not_quoted(make: Callable[..., object], token: str) -> None:
    """The error about a token that is wrong does not say what it was, nor does what is chained to it."""
    with pytest.raises(ConfigurationError, match=r"^token: ") as raised:
        make(token=token)
    assert TOKEN not in "".join(traceback.format_exception(raised.value)) + repr(raised.value)


def test_a_secret_can_be_revealed() -> None:
    """The header of a request is made of the value itself."""
    assert Secret(TOKEN).reveal() == TOKEN


@pytest.mark.parametrize("leave", [pickle.dumps, msgspec.json.encode, msgspec.to_builtins])
def test_a_secret_does_not_leave_the_process(leave: Callable[[object], object]) -> None:
    """A secret is neither pickled nor written as JSON, and the refusal does not quote it."""
    with pytest.raises(TypeError) as raised:
        leave(Secret(TOKEN))
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied(again: Callable[[Secret], Secret]) -> None:
    """What holds a secret can be copied; the secret in it is the same object."""
    secret = Secret(TOKEN)
    assert again(secret) is secret


def test_secrets_are_equal_by_value() -> None:
    """Two secrets of one value are one key of a dict; a secret is not equal to its bare text."""
    assert Secret(TOKEN) == Secret(TOKEN) != Secret("other")
    assert len({Secret(TOKEN), Secret(TOKEN), Secret("other")}) == 2
    assert Secret(TOKEN) != TOKEN


@st.composite
def echoes(draw: st.DrawFn, token: str) -> str:
    """Spell a token as a server may: each character in any case, or percent-encoded."""
    spellings = ([c, c.upper(), c.lower(), f"%{ord(c):02x}", f"%{ord(c):02X}"] for c in token)
    return "".join(draw(st.sampled_from(spelling)) for spelling in spellings)


tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(st.data(), tokens, st.text(max_size=3), st.text(max_size=3))
def test_a_secret_is_taken_out_of_a_text_however_it_is_spelled(
    data: st.DataObject, token: str, before: str, after: str
) -> None:
    """Also where the text is nothing else, and so as long as the secret or hardly longer."""
    echo = data.draw(echoes(token))
    assert Secret(token).redact(echo).startswith("***")
    redacted = Secret(token).redact(before + echo + after)
    assert "***" in redacted
    assert not any(echo in rest for rest in redacted.split("***"))


def test_a_text_without_the_secret_stays_as_it_is() -> None:
    """A trace id, which is shorter than a token, and a page that is longer."""
    for text in ("", "8f2a4c6e8b0d1f3a-IAD", "no such token " * 10):
        assert Secret(TOKEN).redact(text) == text
