"""What the server grants: when it is to be renewed, how it is written down, and that it shows no token."""

from __future__ import annotations

import msgspec
import pytest
import rich.pretty
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import AccessToken, Connection
from growthhub_async.grant import AHEAD, Grant, read_grant

DAY = 86_400.0


def granted(issued_at: float = 1_000.0, lives_for: float = DAY) -> Grant:
    return Grant(
        base_url="https://example.com",
        client_id="app-1",
        access_token="hunter2-access",
        refresh_token="hunter2-refresh",
        issued_at=issued_at,
        connection=Connection(user_type="Location", location_id="loc1", expires_at=issued_at + lives_for),
    )


def test_a_token_of_a_day_is_renewed_ten_minutes_ahead() -> None:
    """One of a short life, when a tenth of that is left."""
    assert granted().renew_at == 1_000.0 + DAY - AHEAD
    assert granted(lives_for=60.0).renew_at == 1_054.0


@given(st.floats(0, 1e10), st.floats(-1e6, 1e7))
def test_a_token_is_renewed_within_its_life(issued_at: float, lives_for: float) -> None:
    """Neither before it was issued nor after its end, whatever the clock was."""
    grant = granted(issued_at, lives_for)
    expires_at = grant.connection.expires_at
    assert min(issued_at, expires_at) <= grant.renew_at <= expires_at
    assert grant.as_access_token() == AccessToken("hunter2-access", expires_at, grant.renew_at)


def test_it_is_read_as_it_was_written() -> None:
    """All of it."""
    assert read_grant(granted().as_text()) == granted()


@pytest.mark.parametrize("text", ["", "{}", "null", '{"access_token": "hunter2"}', "\x00", '{"base_url": 5}'])
def test_anything_else_is_no_grant(text: str) -> None:
    """It is told without an exception, which would quote it."""
    assert read_grant(text) is None


def test_neither_shows_a_token() -> None:
    """Plainly, by rich, and as a part of something else."""
    shown = [[granted(), granted().as_access_token()], msgspec.structs.asdict(granted().connection)]
    assert "hunter2" not in f"{shown} {rich.pretty.pretty_repr(shown)} {shown[0]}"
