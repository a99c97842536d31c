"""What an attempt's answer means (observed.md, "Errors")."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import ErrorReason, Settings
from growthhub_async.answers import (
    MAX_MESSAGE,
    Accepted,
    Refused,
    Transient,
    Verdict,
    judge,
    trace_id_of,
)
from growthhub_async.reply import UpsertReply
from growthhub_async.transport import Failure, Reply
from growthhub_async.upserts import decode_upsert
from tests.network import reply

UNWRITTEN, UNKNOWN = False, True
REJECTED, UNAUTHORIZED = ErrorReason.REJECTED, ErrorReason.UNAUTHORIZED


def judged(answer: Reply | Failure) -> Verdict[UpsertReply]:
    return judge(answer, decode_upsert, lambda text: text)


def says(status: int, message: object) -> Reply:
    return reply(status, {"statusCode": status, "message": message})


TRANSIENT = [
    (Failure("could not connect", sent=False), UNWRITTEN),
    (Failure("no whole reply in time", sent=True), UNKNOWN),
    (says(401, "Command timed out"), UNKNOWN),
    (says(400, "Error occurred while searching for contact"), UNKNOWN),
    (says(408, "Request timeout"), UNKNOWN),
    (says(429, "Too many requests"), UNWRITTEN),
    (says(500, "Internal server error"), UNKNOWN),
    (reply(502, b"<html><h1>502 Bad Gateway</h1></html>"), UNKNOWN),
    (reply(503, b"no healthy upstream"), UNKNOWN),
    (reply(504, b""), UNKNOWN),
    (reply(520, b"<html>cloudflare</html>"), UNKNOWN),
    (reply(524, b"<html>cloudflare</html>"), UNKNOWN),
    (reply(202, {"queued": True}), UNKNOWN),
    (reply(204, b""), UNKNOWN),
]

NOT_THE_CONTRACTS = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"<html>hello</html>",
    b'{"new": true, "contact": {"id": "x"',
    b'{"new": true}',
    b'{"new": "yes", "contact": {"id": "x"}}',
    b'{"new": true, "contact": null}',
    b'{"new": true, "contact": {}}',
    b'{"new": true, "contact": {"id": ""}}',
    b'{"new": true, "contact": {"id": 5}}',
    b'{"new": true, "contact": ["id", "x"]}',
    b'{"new": 1, "contact": {"id": "x", "tags": "vip"}}',
    b'{"new": true, "contact": {"id": "x", "a": ' + b"[" * 100_000,
    b'{"new": true, "contact": {"id": "\xff"}}',
]

REFUSED = [
    (says(422, ["property foo should not exist"]), REJECTED, False),
    (says(422, "Contacts without email, phone, firstName and lastName are not allowed."), REJECTED, False),
    (says(400, "Contact not found for id:x"), REJECTED, False),
    (says(404, "Not found"), REJECTED, False),
    (reply(301, b"", location="https://elsewhere.example"), REJECTED, False),
    (says(401, "Invalid JWT"), UNAUTHORIZED, True),
    (says(401, "Invalid Private Integration token"), UNAUTHORIZED, True),
    (says(401, "Invalid token: access token is invalid"), UNAUTHORIZED, True),
    (says(401, "version header was not found."), UNAUTHORIZED, True),
    (says(401, "The token is not authorized for this scope."), UNAUTHORIZED, True),
    (says(401, "Token's user type mismatch!"), UNAUTHORIZED, True),
    (says(401, "This location is not accessible from this token!"), UNAUTHORIZED, False),
    (says(403, "The token does not have access to this location."), UNAUTHORIZED, False),
    (reply(403, b"<html><title>Access denied</title>error code: 1010</html>"), REJECTED, False),
]


@pytest.mark.parametrize(("answer", "maybe_written"), TRANSIENT)
def test_a_transient_failure_says_whether_it_may_have_written(answer: Reply | Failure, maybe_written: bool) -> None:
    """What may pass is transient, and only what surely did nothing is told from what may have been written."""
    verdict = judged(answer)
    assert isinstance(verdict, Transient)
    assert verdict.maybe_written is maybe_written
    assert verdict.throttled is (isinstance(answer, Reply) and answer.status == 429)


@pytest.mark.parametrize("body", NOT_THE_CONTRACTS)
def test_a_200_that_is_not_the_contracts_is_no_success(body: bytes) -> None:
    """A success must say `new` and which contact; anything else may have been written, and is never an exception."""
    verdict = judged(reply(200, body))
    assert isinstance(verdict, Transient)
    assert verdict.maybe_written


@pytest.mark.parametrize(("answer", "reason", "token"), REFUSED)
def test_a_refusal_says_whether_it_is_the_tokens(answer: Reply, reason: ErrorReason, token: bool) -> None:
    """A refusal by rule has its reason, and one of the token itself is told from one of a record or a location."""
    verdict = judged(answer)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.token) == (reason, token)
    assert str(answer.status) in verdict.message


def test_a_success_is_read_past_what_is_unknown_or_missing() -> None:
    """Unknown fields are ignored and missing ones are no error."""
    verdict = judged(reply(200, {"new": False, "contact": {"id": "x", "brandNew": {"a": [1]}}, "succeded": True}))
    assert isinstance(verdict, Accepted)
    assert verdict.value.new is False
    assert verdict.value.contact.id == "x"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "Bad Request"}', "Bad Request"),
        (b'{"message": ["one", "two"]}', "one; two"),
        (b'{"message": [1, null]}', "1; None"),
        (b'{"error": "invalid_grant", "error_description": "it is spent"}', "it is spent"),
        (b'{"error": {"code": 7, "message": "enveloped"}}', "enveloped"),
        (b'{"error": "Unauthorized"}', "Unauthorized"),
        (b"no healthy upstream", "no healthy upstream"),
        (b"<html><style>b {}</style><h1>502</h1> Bad <b>Gateway</b></html>", "502 Bad Gateway"),
        (b"", "with no message"),
        (b"{}", "{}"),
        (b"\xff\xfe\x00", "��"),
        (b'{"message": "\\u001b[31mred\\u0007\\r\\nnext"}', "[31mred next"),
    ],
)
def test_the_message_is_found_in_every_shape(body: bytes, message: str) -> None:
    """JSON in any of the shapes seen, HTML, plain text and nothing: the words are kept, and no control character."""
    verdict = judged(reply(400, body))
    assert isinstance(verdict, Refused)
    assert verdict.message == f"400 {message}"


@given(st.one_of(st.binary(), st.text().map(lambda text: msgspec.json.encode({"message": text}))))
def test_a_message_is_always_short_and_printable(body: bytes) -> None:
    """Whatever a server sends, what is kept of it is one printable line of at most 300 characters."""
    verdict = judged(reply(500, body))
    assert isinstance(verdict, Transient)
    assert verdict.message.isprintable()
    assert 0 < len(verdict.message) <= len("500 ") + MAX_MESSAGE


@given(status=st.integers(100, 999), body=st.binary(max_size=200))
def test_no_answer_is_an_exception(status: int, body: bytes) -> None:
    """Any status with any body is a verdict, and none but a readable 200 or 201 is a success."""
    verdict = judged(reply(status, body))
    assert not isinstance(verdict, Accepted)


def test_the_trace_id_is_the_replys_or_the_edges() -> None:
    """`traceId` comes first, and Cloudflare's ray serves where a page has none."""
    assert trace_id_of(reply(400, {"traceId": "t-1"}, cf_ray="r-1"), str) == "t-1"
    assert trace_id_of(reply(502, b"<html>", cf_ray="r-1"), str) == "r-1"
    assert trace_id_of(reply(502, {"traceId": 5}), str) is None


def test_a_field_of_another_type_is_left_out_of_a_success() -> None:
    """`new` and the id decide: a postal code that is a number makes no failure of a contact that was written."""
    contact = {"id": "x", "postalCode": 35061, "tags": "vip", "city": "Dolomite", "customFields": [{"id": 5}]}
    verdict = judged(reply(200, {"new": True, "contact": contact, "traceId": 5}))
    assert isinstance(verdict, Accepted)
    stored = verdict.value.contact
    assert (stored.id, stored.city) == ("x", "Dolomite")
    assert (stored.postal_code, stored.tags, stored.custom_fields) == (None, None, None)


@pytest.mark.parametrize(
    "echo", ["bad header Bearer pit-1-A", "BAD PIT-1-A", "PIT%2D1%2Da", "x" * (MAX_MESSAGE - 3) + "pit-1-A"]
)
def test_a_token_that_a_server_echoes_is_taken_out(echo: str) -> None:
    """A server that quotes the request, in whatever case or place, does not get the token into an outcome."""
    redact = Settings(token="pit-1-A").redactor()
    answer = reply(400, {"message": echo, "traceId": echo}, cf_ray=echo)
    verdict = judge(answer, decode_upsert, redact)
    assert isinstance(verdict, Refused)
    for shown in (verdict.message, trace_id_of(answer, redact) or ""):
        assert "pit" not in shown.lower()


def test_the_edges_refusal_is_found_in_a_long_page() -> None:
    """Whatever a page begins with, `error code: 1010` tells that the client was refused and not the token."""
    page = b"<html><style>" + b"a{}" * 10_000 + b"</style>error code: 1010</html>"
    verdict = judged(reply(403, page))
    assert isinstance(verdict, Refused)
    assert verdict.reason is REJECTED
