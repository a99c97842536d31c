"""Replies as a server might write them, and as one might that wants to be misread: for Hypothesis to draw."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ("Date", "Content-Type", "cf-ray", "X-RateLimit-Remaining", "Retry-After", "Set-Cookie", "Server", "ETag", "x")
TOKENS = "!#$%&'*+-.^_`|~0123456789abcXYZ"
MEANING = (  # headers that say where a reply ends, or what becomes of its connection
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: identity",
    "transfer-encoding:",
    "Content-Encoding: gzip",
    "content-encoding: identity",
    "Connection: close",
    "Connection: keep-alive",
    "CONNECTION: Keep-Alive",
    "Connection: keep-alive, close",
    "Connection: upgrade",
    "Connection:",
    "Connection : close",
    "Keep-Alive: timeout=5",
    "Upgrade: websocket",
    "Proxy-Connection: close",
    "Trailer: x",
    "Content-Length : 5",
    "Content-Length\t: 5",
    " Content-Length: 5",
    "\tfolded: on",
    "X: a\r\n folded",
    "no colon at all",
    ": no name",
    "X Y: two words",
    "X: \x00",
    "X: \x7f",
    "X: \r",
    "X: a\rContent-Length: 3",
    "X: a\nContent-Length: 3",
    "X: \x0b",
    "Gr\xf6\xdfe: 5",
    "X: Gr\xf6\xdfe",
)
LENGTHS = (
    "{}",
    " {}",
    "\t{} ",
    "{}\t",
    "+{}",
    "-{}",
    "0x{}",
    "000{}",
    "00000000000000000000{}",
    "{}, {}",
    "{}.0",
    "{}_0",
    '"{}"',
    "{} 1",
    "{}\x0b",
    "\xb2",
    "",
)
STATUS_LINES = (
    "HTTP/1.1 200 OK",
    "HTTP/1.1 200 ",
    "HTTP/1.1 200",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 200  OK",
    "HTTP/1.1\t200 OK",
    "HTTP/1.1 201 \tmade",
    "HTTP/1.1 200 Gr\xf6\xdfe",
    "HTTP/1.1 200 O\x00K",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 205 Reset Content",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.1 999 Odd",
    "HTTP/1.1 099 Odd",
    "HTTP/1.1 0200 OK",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 +20 OK",
    "HTTP/1.0 200 OK",
    "HTTP/1.2 200 OK",
    "HTTP/2.0 200 OK",
    "HTTP/1.10 200 OK",
    "http/1.1 200 OK",
    "\r\nHTTP/1.1 200 OK",
    "ICY 200 OK",
)

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
latin = st.text(st.characters(max_codepoint=0xFF), max_size=12)
bodies = st.one_of(
    st.binary(max_size=40),
    st.just(b'{"new": true}'),
    st.just(b"5\r\nhello\r\n0\r\n\r\n"),
    st.just(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
)


def _in_some_case(text: str, upper: int) -> str:
    return "".join(c.upper() if upper >> (at % 16) & 1 else c.lower() for at, c in enumerate(text))


def some_case(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Spell texts in any mixture of cases."""
    return st.builds(_in_some_case, texts, st.integers(0, 0xFFFF))


names = some_case(st.one_of(st.sampled_from(NAMES), st.text(st.sampled_from(TOKENS), min_size=1, max_size=6)))
usual = st.builds("{}: {}".format, names, printable)
odd = st.one_of(
    st.sampled_from(MEANING),
    some_case(st.sampled_from(MEANING)),
    st.builds("{}:{}".format, names, latin),
    st.builds("{}{}".format, latin, printable),
)


@st.composite
def replies(draw: st.DrawFn, *, oddly: int = 3) -> bytes:
    """Draw a reply: well-formed but for one or two things that are odd, of which there are at most `oddly`."""

    def rarely(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> Any:
        return draw(odd if oddly and draw(st.integers(0, 9)) == 9 else usual)

    status = st.builds("HTTP/1.1 {} {}".format, st.integers(200, 599), printable)
    status_line = rarely(status, st.sampled_from(STATUS_LINES))
    body: bytes = draw(bodies)
    length = len(body) + rarely(st.just(0), st.integers(-3, 3))
    said = rarely(st.just("{}"), st.sampled_from(LENGTHS)).format(length, length)
    lines = draw(st.lists(usual, max_size=5))
    for _ in range(rarely(st.just(1), st.sampled_from([0, 2]))):
        name = draw(some_case(st.just("Content-Length")))
        lines.insert(draw(st.integers(0, len(lines))), f"{name}:{draw(st.sampled_from(['', ' ', '  ']))}{said}")
    for _ in range(draw(st.integers(0, oddly))):
        lines.insert(draw(st.integers(0, len(lines))), rarely(usual, odd))
    many = rarely(st.just(0), st.sampled_from([90, 120, 127, 128, 200, 1_000]))
    lines += [f"n{number}: x" for number in range(many)]
    if rarely(st.just(False), st.just(True)):
        lines.append("long: " + "x" * draw(st.sampled_from([4_000, 7_980, 8_100, 8_300, 70_000])))
    end = rarely(st.just("\r\n"), st.sampled_from(["\n", "\r", "\r\r\n"]))
    last = rarely(st.just(end), st.sampled_from(["\n", "\r", "\r\n", "", " \r\n"]))
    head = end.join([status_line, *lines]) + end + last
    return head.encode("latin-1") + body
