"""What the browser brings back: a code, for this request alone."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from growthhub_async.cli.authorization import REDIRECT_URI, SCOPES, Authorization, heard, listening
from growthhub_async.cli.guard import UsageError
from growthhub_async.settings import LIVE_BASE_URL


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found: int = taken.getsockname()[1]
    return found


def request(port: int = 8914) -> tuple[Authorization, str]:
    """Make a request to be let in, and tell its state."""
    asked = Authorization("http://127.0.0.1:1", "app-1", f"http://localhost:{port}/callback", SCOPES)
    return asked, parse_qs(urlsplit(asked.url).query)["state"][0]


def test_the_page_is_the_documented_one() -> None:
    """With all that it takes; another server's is its own."""
    live = urlsplit(Authorization(LIVE_BASE_URL, "app 1", REDIRECT_URI, ("a.b", "c")).url)
    assert f"{live.scheme}://{live.netloc}{live.path}" == "https://marketplace.gohighlevel.com/oauth/chooselocation"
    asked = parse_qs(live.query)
    assert len(asked.pop("state")[0]) >= 24
    assert asked == {
        "response_type": ["code"],
        "redirect_uri": [REDIRECT_URI],
        "client_id": ["app 1"],
        "scope": ["a.b c"],
    }
    assert request()[0].url.startswith("http://127.0.0.1:1/oauth/chooselocation?")


def test_a_code_is_believed_with_the_state_that_was_sent() -> None:
    """Each request has a state of its own, which cannot be guessed."""
    asked, state = request()
    assert asked.code_in(f" {REDIRECT_URI}?code=abc&state={state}\n").reveal() == "abc"
    assert request()[1] != state


@pytest.mark.parametrize(
    ("brought", "words"),
    [
        ("code=abc&state=guessed", "that is not the answer to this request"),
        ("code=abc", "that is not the answer to this request"),
        ("", "that is not the answer to this request"),
        ("code=abc&state=\u00e9", "that is not the answer to this request"),
        ("error=access_denied&state={state}", "access was denied on the page"),
        ("error=server_error&state={state}", "the page sent an error back"),
        ("state={state}", "there is no code in the address; paste the whole address"),
    ],
)
def test_anything_else_is_no_code(brought: str, words: str) -> None:
    """It says why, and shows nothing of it."""
    asked, state = request()
    with pytest.raises(UsageError, match=words) as raised:
        asked.code_in(f"{REDIRECT_URI}?{brought.format(state=state)}")
    assert "abc" not in str(raised.value)


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_listener_waits_for_the_right_answer(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else comes is told so, and is in nobody's way; nothing is logged."""
    asked, state = request(port)
    with listening(asked) as answers:
        assert get(f"http://127.0.0.1:{port}/favicon.ico")[0] == 404
        assert get(f"http://127.0.0.1:{port}/callback?code=evil&state=guessed")[0] == 400
        status, page = get(f"http://127.0.0.1:{port}/callback?code=abc&state={state}")
        assert (status, "The command line goes on by itself." in page) == (200, True)
        assert heard(answers, 60.0).reveal() == "abc"
    assert capsys.readouterr().err == ""


def test_a_denial_ends_the_waiting(port: int) -> None:
    """The page says so as well."""
    asked, state = request(port)
    with listening(asked) as answers:
        assert "access was denied" in get(f"http://127.0.0.1:{port}/callback?error=access_denied&state={state}")[1]
        with pytest.raises(UsageError, match="access was denied on the page"):
            heard(answers, 60.0)


def test_nobody_is_waited_for_without_end(port: int) -> None:
    """Who does not answer is told to log in again."""
    with listening(request(port)[0]) as answers, pytest.raises(UsageError, match=r"nobody has answered .* within 0 s"):
        heard(answers, 0.0)


@pytest.mark.parametrize(
    "redirect_uri", ["https://localhost:8914/callback", "http://example.com:8914/", "http://localhost/callback", "x"]
)
def test_an_address_that_nobody_can_listen_at_is_told(redirect_uri: str) -> None:
    """With what would be right."""
    asked = Authorization(LIVE_BASE_URL, "app-1", redirect_uri, SCOPES)
    with pytest.raises(UsageError, match=r"nobody can listen there; use --no-browser, or .*http://localhost:8914/"):
        listening(asked).__enter__()


def test_a_port_that_is_taken_is_told(port: int) -> None:
    """With what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(UsageError, match="end what listens there"):
            listening(request(port)[0]).__enter__()
