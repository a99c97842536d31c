"""What an attempt's answer means (observed.md, "Errors")."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import ErrorReason
from growthhub_async.answers import (
    MAX_MESSAGE,
    Accepted,
    Refused,
    Transient,
    Verdict,
    judge,
    ray_of,
    trace_id_of,
)
from growthhub_async.reply import UpsertReply
from growthhub_async.secret import Secret
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

CHALLENGE = b"<html><title>Just a moment...</title></html>"

NOT_IN_THE_APIS_WORDS = [
    reply(401, b""),
    reply(401, b"<html><title>401 Authorization Required</title></html>"),
    reply(401, b"upstream connect error"),
    reply(401, {}),
    reply(403, b""),
    reply(403, CHALLENGE),
    reply(403, b"no healthy upstream"),
    reply(403, b"<html>error code: 1020</html>"),
    reply(300, b""),
    reply(301, b""),
    reply(302, b"", location=""),
    reply(303, b"", location="https://elsewhere.example"),
    reply(304, b"", location="https://elsewhere.example"),
    reply(101, b""),
    reply(206, b'{"new": true, "contact": {"id": "x"}}'),
]

REFUSED: list[tuple[Reply, ErrorReason, str | None]] = [
    (says(422, ["property foo should not exist"]), REJECTED, None),
    (says(422, "Contacts without email, phone, firstName and lastName are not allowed."), REJECTED, None),
    (says(400, "Contact not found for id:x"), REJECTED, None),
    (says(400, "This location does not allow duplicated contacts."), REJECTED, None),
    (says(404, "Not found"), REJECTED, None),
    (says(422, "Command timed out is no first name"), REJECTED, None),
    (reply(301, b"", location="https://elsewhere.example"), REJECTED, "client"),
    (reply(308, b"", location="https://elsewhere.example"), REJECTED, "client"),
    (says(401, "Invalid JWT"), UNAUTHORIZED, "token"),
    (says(401, "Invalid Private Integration token"), UNAUTHORIZED, "token"),
    (says(401, "Invalid token: access token is invalid"), UNAUTHORIZED, "token"),
    (says(401, "words that nobody has seen"), UNAUTHORIZED, "token"),
    (reply(401, {"error": "invalid_token", "error_description": "it has expired"}), UNAUTHORIZED, "token"),
    (reply(401, b"Invalid JWT"), UNAUTHORIZED, "token"),
    (says(401, "version header was not found."), UNAUTHORIZED, "client"),
    (says(401, "The token is not authorized for this scope."), UNAUTHORIZED, "scope"),
    (says(401, "Token's user type mismatch!"), UNAUTHORIZED, "scope"),
    (says(401, "This location is not accessible from this token!"), UNAUTHORIZED, "location"),
    (says(403, "The token does not have access to this location."), UNAUTHORIZED, "location"),
    (says(403, "words that nobody has seen"), UNAUTHORIZED, None),
    (reply(403, b"<html><title>Access denied</title>error code: 1010</html>"), REJECTED, "client"),
]


@pytest.mark.parametrize(("answer", "maybe_written"), TRANSIENT)
def test_a_transient_failure_says_whether_it_may_have_written(answer: Reply | Failure, maybe_written: bool) -> None:
    """What may pass is transient, and only what surely did nothing is told from what may have been written."""
    verdict = judged(answer)
    assert isinstance(verdict, Transient)
    assert verdict.maybe_written is maybe_written
    assert verdict.excused is (isinstance(answer, Reply) and answer.status == 429)


@pytest.mark.parametrize("body", NOT_THE_CONTRACTS)
def test_a_200_that_is_not_the_contracts_is_no_success(body: bytes) -> None:
    """A success must say `new` and which contact; anything else may have been written, and is never an exception."""
    verdict = judged(reply(200, body))
    assert isinstance(verdict, Transient)
    assert verdict.maybe_written


@pytest.mark.parametrize("answer", NOT_IN_THE_APIS_WORDS)
def test_what_is_not_in_the_apis_words_may_pass(answer: Reply) -> None:
    """A challenge of the edge, a proxy's page, an answer that is none: they say nothing of the token or the record, and
    nobody knows what was written.
    """
    verdict = judged(answer)
    assert isinstance(verdict, Transient)
    assert verdict.maybe_written
    assert str(answer.status) in verdict.message


def test_the_first_bytes_of_what_is_no_http_are_told() -> None:
    """Without the token, if it is in them, and without what may be a contact's."""
    for began, told in ((b"220 pit-1-A mail", "220 *** mail"), (b'{"email":"ada@example.com"}', '{"email":***}')):
        verdict = judge(Failure("not valid", sent=True, began=began), decode_upsert, Secret("pit-1-A").redact)
        assert isinstance(verdict, Transient)
        assert verdict.message == f"not valid; it began: {told}"


@pytest.mark.parametrize(("answer", "reason", "of"), REFUSED)
def test_a_refusal_says_of_what_it_is(answer: Reply, reason: ErrorReason, of: str | None) -> None:
    """A refusal by rule has its reason; one that other records would meet too is told from one of the record."""
    verdict = judged(answer)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.of) == (reason, of)
    assert str(answer.status) in verdict.message


@pytest.mark.parametrize(
    ("refused", "token"),
    [
        (Refused(UNAUTHORIZED, "401", of="token"), True),
        (Refused(UNAUTHORIZED, "401", of="scope"), True),
        (Refused(UNAUTHORIZED, "401", of="client"), True),
        (Refused(UNAUTHORIZED, "401", of="location"), False),
        (Refused(UNAUTHORIZED, "403"), False),
        (Refused(REJECTED, "403 error code: 1010", of="client"), False),
    ],
)
def test_nothing_can_be_sent_with_a_token_that_is_refused(refused: Refused, token: bool) -> None:
    """What another location, or another address of ours, may be spared does not end what the token is used for."""
    assert refused.token is token


def test_a_refused_client_is_told_what_to_do() -> None:
    """The hint is about whatever changes our User-Agent on the way, and not about the token."""
    verdict = judged(reply(403, b"error code: 1010"))
    assert isinstance(verdict, Refused)
    assert "error code: 1010" in verdict.message
    assert "proxy" in verdict.message


def test_a_redirect_says_where_to() -> None:
    """Host and path lead to the mistake in `base_url`; a query may hold what is nobody's business."""
    verdict = judged(reply(301, b"", location="https://elsewhere.example/login?email=ada@example.com"))
    assert isinstance(verdict, Refused)
    assert "https://elsewhere.example/login" in verdict.message
    assert "is base_url right?" in verdict.message
    assert "ada" not in verdict.message


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
        (b'{"message": ["one", 2, null, {"message": "three", "value": "ada@example.com"}]}', "one; three"),
        (b'{"message": {"message": "nested"}}', "nested"),
        (b'{"message": {"email": "ada@example.com"}, "error": "Bad Request"}', "Bad Request"),
        (b'{"message": [{"target": {"email": "ada@x.org"}}]}', '{"message": [{"target": {"email": ***}}]}'),
        (b'{"message": [1, null]}', '{"message": [***, null]}'),
        (b'{"message": [' + b'"a",' * 1_000 + b'"b"]}', "; ".join("a" * 20)),
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


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(200, b"", content_type="application/json"), "200 with no body"),
        (reply(200, b"{}", content_type="application/json; charset=utf-8"), "200 {}"),
        (reply(200, b"<html><h1>Welcome</h1></html>", content_type="text/html"), "200 text/html, Welcome"),
        (reply(200, b"it works"), "200 of no content type, it works"),
        (reply(200, {"message": "Internal error", "statusCode": 500}, content_type="json"), "200 Internal error"),
        (reply(201, b'{"new":true,"contact":{"id":"', content_type="json"), '201 {"new":true,"contact":{"id":***'),
    ],
)
def test_a_success_that_is_none_says_what_came(answer: Reply, told: str) -> None:
    """The status, the type if it is not JSON's, and how the body begins."""
    verdict = judged(answer)
    assert isinstance(verdict, Transient)
    assert verdict.message == f"not what the contract says: {told}"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"new":"no","contact":{"email":"ada@example.com","dnd":false,"n":-1.5}}',
         '{"new":***,"contact":{"email":***,"dnd":false,"n":***}}'),
        (b'{"tags": ["ada", 5, null, ["ada"]]}', '{"tags": [***, ***, null, [***]]}'),
        (b'{"email": "say \\"ada@example.com\\", ok", "a": 1}', '{"email": ***, "a": ***}'),
        (b'{"ada@example.com": 1, "a b": 2}', "{***: ***, ***: ***}"),
        (b'{"email": ada@example.com}', '{"email": ***}'),
        (b"{'email': 'ada@example.com'}", "{***: ***}"),
        (b'{"email": "ada@exam', '{"email": ***'),
        (b'ada@example.com", "city": "x"}', "*" * 18),
        (b"\xef\xbb\xbf" + b'{"email": "ada@example.com"}', '***{"email": ***}'),
        (b")]}',\n" + b'{"email": "ada@example.com"}', '***]}***, {"email": ***}'),
        (b'"{\\"email\\": \\"ada@example.com\\"}"', "***"),
        ('{"email": "ada@example.com"}'.encode("utf-16-le"), None),
        (b'data: {"email": "ada@example.com"}', '***: {"email": ***}'),
    ],
)  # fmt: skip
def test_the_values_of_json_are_not_shown(body: bytes, shown: str | None) -> None:
    """What may be a contact keeps its structure and the names of its fields, broken or wrapped as it may be."""
    verdict = judged(reply(200, body, content_type="application/json"))
    assert isinstance(verdict, Transient)
    assert "ada" not in verdict.message.replace(" ", "")
    assert shown is None or verdict.message == f"not what the contract says: 200 {shown}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(10**6) | st.text('äx"\\ {}[]:,<', min_size=8).map("Ada".__add__),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["email", "tags", "a"]), inner),
    ).filter(lambda value: isinstance(value, dict | list)),
    st.integers(1, 400),
)
def test_no_value_of_json_is_shown_wherever_it_is_cut(value: object, length: int) -> None:
    """However long or torn, neither a text nor a number of it is in the message."""
    verdict = judged(reply(200, msgspec.json.encode(value)[:length], content_type="application/json"))
    assert isinstance(verdict, Transient)
    assert "Ada" not in verdict.message
    assert not any(character.isdigit() for character in verdict.message.partition("says: 200")[2])


def test_an_attempt_that_broke_off_says_how_its_reply_began() -> None:
    """The status and the first bytes are told of a reply that did not come whole, and no value of a contact's."""
    came = reply(200, b'{"new":true,"contact":{"email":"ada@exa', content_type="application/json")
    verdict = judged(Failure("no whole reply within 30 s", sent=True, came=came))
    told = 'no whole reply within 30 s; it began: 200 {"new":true,"contact":{"email":***'
    assert verdict == Transient(told, maybe_written=True)


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
    assert trace_id_of(reply(502, {"traceId": " "}, cf_ray="r-1"), str) == "r-1"
    assert ray_of(reply(200, {"traceId": "t-1"}, cf_ray="r-1"), str) == "r-1"


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
    redact = Secret("pit-1-A").redact
    answer = reply(400, {"message": echo, "traceId": echo}, cf_ray=echo)
    verdict = judge(answer, decode_upsert, redact)
    assert isinstance(verdict, Refused)
    for shown in (verdict.message, trace_id_of(answer, redact) or ""):
        assert "pit" not in shown.lower()


@pytest.mark.parametrize("status", [200, 400, 502])
def test_half_a_token_is_not_shown_either(status: int) -> None:
    """Where a page that repeats a token is cut, what is left of the last one is left out."""
    token = "pit-" + "x" * 900
    body = b"headers " + b" ".join([token.encode()] * 10)
    redact = Secret(token).redact
    for answer in (reply(status, body), Failure("cut", sent=True, came=reply(status, body))):
        verdict = judge(answer, decode_upsert, redact)
        assert not isinstance(verdict, Accepted)
        assert "headers ***" in verdict.message
        assert "pit" not in verdict.message


def test_json_that_is_nested_without_end_is_told_as_any_other() -> None:
    """However deep it is read, nothing of it overflows."""
    for depth in (10, 900, 980, 1_000, 100_000):
        for body in (b'{"message": [' + b"[" * depth, b'{"message": [' + b"[" * depth + b"]" * depth + b"]}"):
            assert isinstance(judged(reply(400, body)), Refused)
            assert isinstance(judged(reply(200, body)), Transient)


def test_the_edges_refusal_is_found_in_a_long_page() -> None:
    """Whatever a page begins with, `error code: 1010` tells that the client was refused and not the token."""
    page = b"<html><style>" + b"a{}" * 10_000 + b"</style>error code: 1010</html>"
    verdict = judged(reply(403, page))
    assert isinstance(verdict, Refused)
    assert verdict.reason is REJECTED
