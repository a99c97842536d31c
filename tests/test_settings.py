"""Every setting: its default, its bounds, and where it comes from when it is not passed."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import ConfigurationError, MemoryTokenStore, Settings
from growthhub_async.secret import Secret
from growthhub_async.settings import is_id, reserved

DEFAULTS = {
    "token": None,
    "client_id": None,
    "client_secret": None,
    "token_store": None,
    "location_id": None,
    "base_url": None,
    "api_version": "2023-02-21",
    "concurrency": 128,
    "look_ahead": None,
    "max_attempts": 5,
    "attempt_timeout": 30.0,
    "record_deadline": None,
    "requests_per_interval": 100,
    "interval": 10.0,
    "requests_per_day": 200_000,
    "reserve": 0.0,
    "on_daily_quota": "wait",
    "send_empty": False,
    "strict": False,
    "may_repeat": None,
    "keep_history": False,
    "close_timeout": 5.0,
    "max_reply_size": 4 * 1024 * 1024,
    "proxy": None,
}
RIGHT: dict[str, list[Any]] = {
    "token": ["pit-0f3c", Secret("pit-0f3c"), "eyJ.a-b_c.d+e/f=", max],
    "location_id": ["ve9EPM428h8vShlRW1KT", "loc-1_a", "x" * 64],
    "base_url": [
        "https://example.com",
        "https://example.com:8443/proxy/",
        "HTTPS://example.com",
        "https://[2001:db8::1]",
    ],
    "api_version": ["2023-02-21", "v3"],
    "concurrency": [1, 100_000],
    "max_attempts": [1, 100],
    "attempt_timeout": [0.001, 1, 86_400],
    "record_deadline": [None, 0.5, 86_400],
    "requests_per_interval": [1, 1_000_000],
    "look_ahead": [None, 1, 10_000_000],
    "interval": [0.5, 10],
    "requests_per_day": [1, 1_000_000_000],
    "reserve": [0, 0.0, 0.2, 0.999],
    "on_daily_quota": ["wait", "stop"],
    "send_empty": [True, False],
    "strict": [True, False],
    "may_repeat": [None, max],
    "keep_history": [True, False],
    "close_timeout": [0, 0.5, 86_400],
    "max_reply_size": [1_024, 1 << 30],
    "proxy": [
        None,
        "http://proxy:3128",
        "http://[::1]:80/",
        "http://ada:s%40cret@example.com:8080",
        Secret("http://p:1"),
    ],
}
BREAKS = ["\r", "\n", "\r\nX-Evil: 1"]
WRONG: dict[str, list[Any]] = {
    "token": ["", " ", "pit 1", "Bearer pit-1", "pit-é", b"pit-1", 1.5, Secret("pit 1")],
    "location_id": ["", "a/b", "a b", "../x", "x" * 65, "é", 5, b"loc1"],
    "base_url": [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://a b.com",
        "https://example.com:99999",
        "https://[::1",
        "https://user@example.com",
        "https://:pw@example.com",
        "https://example.com?a=1",
        "https://example.com#a",
        "https://example.com?",
        "https://example.com#",
        5,
    ],
    "api_version": ["", "2023 02 21", "é", 5, None],
    "concurrency": [0, -1, 100_001, 1.0, "3", True, None],
    "max_attempts": [0, 101, 2.5, "3", True, None],
    "attempt_timeout": [0, -1, math.nan, math.inf, "30", True, None],
    "record_deadline": [0, -1, math.nan, math.inf, "30", True],
    "look_ahead": [0, -1, 10_000_001, 2.5, "3", True],
    "requests_per_interval": [0, 1_000_001, 1.0, "3", True, None],
    "requests_per_day": [0, 1_000_000_001, 1.0, "3", True, None],
    "reserve": [-0.1, 1, 1.5, math.nan, math.inf, "0.2", True, None],
    "on_daily_quota": ["", "Wait", "end", None, True, 5],
    "interval": [0, -1, math.nan, math.inf, 10**400, "10", True, None],
    "send_empty": ["no"],
    "strict": ["no"],
    "keep_history": ["no"],
    "may_repeat": [True, "always"],
    "close_timeout": [-1, math.nan, math.inf, "5", True, None],
    "max_reply_size": [0, 1_023, (1 << 30) + 1, 1.5e6, "4096", None],
    "proxy": [
        "",
        "proxy:3128",
        "http://proxy",
        "http://:3128",
        "https://proxy:3128",
        "socks5://proxy:1080",
        "http://proxy:99999",
        "http://[::1",
        "http://proxy:3128/path",
        "http://proxy:3128?a=1",
        "http://proxy:3128#a",
        "http://pro xy:3128",
        5,
        Secret("proxy"),
    ],
}
OF_TEXT = {
    "token": "pit-1",
    "location_id": "loc1",
    "base_url": "https://example.com",
    "api_version": "2023-02-21",
    "proxy": "http://proxy:3128",
}

junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers(), max_size=2)
)


def pairs(table: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}-{position}")
        for name, values in table.items()
        for position, value in enumerate(values)
    ]


def test_the_defaults_are_the_documented_ones() -> None:
    """A setting that is not passed has the default that is written here."""
    assert msgspec.structs.asdict(Settings()) == DEFAULTS


@pytest.mark.parametrize(("name", "value"), pairs(RIGHT))
def test_a_setting_takes_what_is_within_its_bounds(name: str, value: Any) -> None:
    """The bounds themselves are allowed."""
    kept = getattr(Settings(**{name: value}), name)
    assert kept == (Secret(value) if name in ("token", "proxy") and isinstance(value, str) else value)


@pytest.mark.parametrize(("name", "value"), pairs(WRONG))
def test_a_setting_refuses_what_is_beyond_its_bounds(name: str, value: Any) -> None:
    """A wrong value or type is a ConfigurationError which begins with the setting's name."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Settings(**{name: value})


@pytest.mark.parametrize("name", OF_TEXT)
@pytest.mark.parametrize("line_break", BREAKS)
def test_no_text_can_break_out_of_its_header_or_url(name: str, line_break: str) -> None:
    """A CR or LF anywhere in a setting that ends up in a header or a URL is refused, at its end, too."""
    for value in (OF_TEXT[name] + line_break, line_break + OF_TEXT[name], OF_TEXT[name][:3] + line_break + "x"):
        broken: dict[str, Any] = {name: value}
        with pytest.raises(ConfigurationError, match=f"^{name}: "):
            Settings(**broken)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """One error names every wrong setting."""
    with pytest.raises(ConfigurationError) as raised:
        Settings(**{name: values[0] for name, values in WRONG.items()})
    assert not [name for name in WRONG if f"{name}: " not in str(raised.value)]


def refusal_of(values: dict[str, Any]) -> str | None:
    try:
        Settings(**values)
    except ConfigurationError as error:
        return str(error)
    return None


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(DEFAULTS, junk)))
def test_settings_are_right_or_a_configuration_error(values: dict[str, Any]) -> None:
    """Whatever is passed, no other exception comes out, and its message begins with a setting that was passed."""
    refusal = refusal_of(values)
    assert refusal is None or refusal.split(":")[0] in values


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_plain_http_is_allowed_to_this_machine(host: str) -> None:
    """A sandbox on loopback needs no certificate."""
    assert Settings(base_url=f"http://{host}:8080").base_url == f"http://{host}:8080"


@pytest.mark.parametrize(
    "host", ["example.com", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0", "[2001:db8::1]"]
)
def test_plain_http_is_refused_to_any_other(host: str) -> None:
    """A token is not shown to a network."""
    with pytest.raises(ConfigurationError, match=r"base_url: plain http.* would show the token to the network"):
        Settings(base_url=f"http://{host}")


APP = {"client_id": "app-1", "client_secret": "hush", "token_store": MemoryTokenStore()}


def test_an_app_takes_the_place_of_a_token() -> None:
    """Also of one that the environment has; its secret is one from then on."""
    settings = Settings(**APP).resolved({"GROWTHHUB_TOKEN": "pit-1"})
    assert (settings.app, settings.token) == (("app-1", Secret("hush")), None)
    assert "hush" not in f"{settings!r} {msgspec.structs.asdict(settings)}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_store": None}, "client_id: OAuth takes token_store, too"),
        ({"client_id": None, "token_store": None}, "client_secret: OAuth takes client_id and token_store, too"),
        ({"client_id": "app 1"}, "client_id: must be printable ASCII without spaces"),
        ({"client_id": 5}, "client_id: must be printable ASCII without spaces"),
        ({"client_secret": "hush\n"}, "client_secret: must be printable ASCII without spaces"),
        ({"token_store": {}}, "token_store: must have the methods load, save, delete, lock"),
        ({"token": "pit-1"}, "token: with client_id tokens are got by OAuth"),
    ],
)
def test_an_app_is_whole_and_alone(given: dict[str, Any], words: str) -> None:
    """OAuth takes its three settings, each of its kind, and no token besides."""
    with pytest.raises(ConfigurationError, match=f"^{words}") as raised:
        Settings(**(APP | given))
    assert "hush" not in str(raised.value)


def test_what_is_not_passed_comes_from_the_environment() -> None:
    """Token, location and server are read from their variables."""
    environ = {
        "GROWTHHUB_TOKEN": "pit-env\n",
        "GROWTHHUB_LOCATION_ID": "loc-env",
        "GROWTHHUB_BASE_URL": "https://env.example.com/",
    }
    resolved = Settings(concurrency=3).resolved(environ)
    expected = Settings(token="pit-env", location_id="loc-env", base_url="https://env.example.com", concurrency=3)
    assert resolved == expected


def test_what_is_passed_wins_over_the_environment() -> None:
    """A keyword is stronger than its variable."""
    passed = Settings(token="pit-1", location_id="loc1", base_url="https://example.com")
    environ = {
        "GROWTHHUB_TOKEN": "pit-env",
        "GROWTHHUB_LOCATION_ID": "loc-env",
        "GROWTHHUB_BASE_URL": "https://env.example.com",
    }
    assert passed.resolved(environ) == passed


def test_without_either_there_is_the_live_server_and_no_location() -> None:
    """Only the token has no default; an empty variable counts as none."""
    resolved = Settings(token="pit-1").resolved({"GROWTHHUB_LOCATION_ID": "", "GROWTHHUB_BASE_URL": ""})
    assert (resolved.base_url, resolved.location_id) == ("https://services.leadconnectorhq.com", None)


@pytest.mark.parametrize("environ", [{}, {"GROWTHHUB_TOKEN": ""}, {"GROWTHHUB_TOKEN": " \n"}])
def test_a_token_is_required(environ: dict[str, str]) -> None:
    """Without a token there is an error that says both ways of giving one."""
    with pytest.raises(ConfigurationError, match=r"token=.*GROWTHHUB_TOKEN"):
        Settings().resolved(environ)


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("GROWTHHUB_TOKEN", "pit\n1", "token"),
        ("GROWTHHUB_LOCATION_ID", "loc\r1", "location_id"),
        ("GROWTHHUB_BASE_URL", "http://example.com", "base_url"),
        ("GROWTHHUB_BASE_URL", "https://example.com\n/x", "base_url"),
        ("GROWTHHUB_BASE_URL", "https://[::1", "base_url"),
        ("HTTPS_PROXY", "socks5://proxy:1080", "HTTPS_PROXY"),
        ("https_proxy", "http://proxy:3128\r\nX: y", "HTTPS_PROXY"),
    ],
)
def test_the_environment_is_checked_like_the_keywords(variable: str, value: str, name: str) -> None:
    """A variable is no way round the bounds of its setting."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Settings().resolved({"GROWTHHUB_TOKEN": "pit-1"} | {variable: value})


PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("base_url", "environ", "found"),
    [
        ("https://example.com", {}, None),
        ("https://example.com", {"HTTPS_PROXY": ""}, None),
        ("https://example.com", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://example.com", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ("https://example.com", {"HTTPS_PROXY": "proxy.example.com:3128"}, PROXY),
        ("https://example.com", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, None),
        ("https://example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com"}, None),
        ("https://api.example.com:8443", {"HTTPS_PROXY": PROXY, "no_proxy": "x, .example.com"}, None),
        ("https://example.com:8443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com:8443"}, None),
        ("https://example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ("https://api.example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost,*.Example.com"}, None),
        ("https://[::1]", {"HTTPS_PROXY": PROXY, "NO_PROXY": "[::1]:443"}, None),
        ("https://example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com:8443, ,"}, PROXY),
        ("https://example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "ample.com"}, PROXY),
        ("http://127.0.0.1:8080", {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}, None),
    ],
)
def test_a_proxy_comes_from_the_environment(base_url: str, environ: dict[str, str], found: str | None) -> None:
    """One for https, unless it is said that the server needs none."""
    resolved = Settings(token="pit-1", base_url=base_url).resolved(environ)
    assert resolved.proxy == (Secret(found) if found else None)


def test_a_proxy_that_is_passed_wins_and_is_on_no_way_to_this_machine() -> None:
    """What is exempt from the environment's is not from one that is passed, but a sandbox on loopback is from both."""
    environ = {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "*"}
    passed = Settings(token="pit-1", proxy=PROXY)
    assert passed.resolved(environ).proxy == Secret(PROXY)
    at_hand = msgspec.structs.replace(passed, base_url="http://localhost:8080")
    assert at_hand.resolved(environ).proxy is None
    elsewhere = msgspec.structs.replace(passed, base_url="https://example.com")
    assert elsewhere.resolved(environ).proxy == Secret(PROXY)


def test_who_may_use_a_proxy_is_not_shown() -> None:
    """Neither what is right nor what is wrong of it is quoted."""
    settings = Settings(token="pit-1", proxy="http://ada:hunter2@example.com:3128")
    assert "hunter2" not in f"{settings!r} {settings.proxy} {msgspec.structs.asdict(settings)}"
    with pytest.raises(ConfigurationError) as raised:
        Settings(proxy="http://ada:hunter2@example.com")
    assert "hunter2" not in str(raised.value)
    with pytest.raises(ConfigurationError) as raised:
        Settings(token="pit-1").resolved({"HTTPS_PROXY": "ada:hunter2@example.com"})
    assert "hunter2" not in str(raised.value)


@given(st.text())
def test_the_id_of_a_location_is_safe_in_a_path_and_a_header(text: str) -> None:
    """What passes for a location's id is 1 to 64 ASCII letters, digits, - and _."""
    safe = 1 <= len(text) <= 64 and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()
    assert is_id(text) == safe


@pytest.mark.parametrize(
    ("look_ahead", "sources", "of_each"),
    [(None, 1, 256), (None, 4, 64), (None, 200, 32), (None, 1_000, 16), (None, 100_000, 1), (50, 1, 50), (5, 9, 1)],
)
def test_many_sources_share_what_is_read_ahead(look_ahead: int | None, sources: int, of_each: int) -> None:
    """Each of them has some of it, one record at least, and a thousand of them do not have a thousand times as much."""
    assert Settings(token="pit-x", look_ahead=look_ahead).records_ahead(sources) == of_each


@pytest.mark.parametrize(
    ("share", "limit", "kept"),
    [(0.0, 100, 0), (0.07, 100, 7), (0.14, 200_000, 28_000), (0.2, 25, 5), (0.201, 100, 21), (1e-4, 100, 1)],
)
def test_a_reserve_is_counted_in_whole_requests(share: float, limit: int, kept: int) -> None:
    """A part of one is one; a float that is a little more than its text says is not."""
    assert reserved(share, limit) == kept
