"""The server of the benchmarks takes requests apart by bytes, and answers each as one that decodes them would."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.people import people
from benchmarks.responder import CONTACT, Heads, Responder, reply_to
from growthhub_async import Contact, CustomField, DndChannel, DndSettings
from growthhub_async.drift import find_drift
from growthhub_async.quota_facts import SILENT
from growthhub_async.rate_headers import read_rate_headers
from growthhub_async.reply import UpsertReply

_TEXTS = st.text(max_size=20) | st.sampled_from(
    ['"field_value":', '"dndSettings":', '\\"', "field_value", "}", ",", "\n"]
)
_CONTACTS = st.builds(
    Contact,
    first_name=_TEXTS,
    email=st.just(msgspec.UNSET) | _TEXTS,
    tags=st.just(msgspec.UNSET) | st.lists(_TEXTS, max_size=3),
    custom_fields=st.lists(st.builds(CustomField, _TEXTS, _TEXTS | st.lists(_TEXTS, max_size=2)), max_size=3),
    dnd_settings=st.just(msgspec.UNSET)
    | st.builds(DndSettings, email=st.builds(DndChannel, status=st.just("permanent"), message=_TEXTS)),
)


@given(contact=_CONTACTS, spaced=st.booleans())
def test_a_reply_is_valid_json_that_holds_what_was_sent(contact: Contact, spaced: bool) -> None:
    """Whatever a contact holds, its reply holds it too, by the names replies have, beside what no contact can hold."""
    body = msgspec.json.encode(contact)
    told = _strictly(reply_to(json.dumps(json.loads(body)).encode() if spaced else body))
    sent = json.loads(body)
    sent["customFields"] = [_as_kept(field) for field in sent.get("customFields", [])]
    kept = told["contact"]
    assert told["new"] is True
    assert CONTACT.items() <= kept.items()
    assert {name: kept[name] for name in sent} == sent


@given(contact=_CONTACTS)
def test_nothing_drifts_in_a_reply(contact: Contact) -> None:
    """The library finds that all it sent is there, so that the benchmark takes it the usual way."""
    told = msgspec.json.decode(reply_to(msgspec.json.encode(contact)), type=UpsertReply)
    assert find_drift(contact, told.contact, new=told.new) == ()


@pytest.mark.parametrize("body", [b"{}", b" { } ", b'{"email":"a@example.com"}\n'])
def test_a_reply_to_nearly_nothing_is_valid(body: bytes) -> None:
    """An empty contact, or one with white space around it, leaves no comma too many."""
    assert _strictly(reply_to(body))["contact"]["id"]


def _requests() -> list[bytes]:
    """Make requests as different clients write them."""
    requests = []
    for number, name in enumerate(("Content-Length", "content-length", "CONTENT-LENGTH")):
        body = msgspec.json.encode(next(people(1, seed=number)))
        requests.append(
            b"POST /contacts/upsert HTTP/1.1\r\n%b: %d\r\nHost: x\r\n\r\n%b" % (name.encode(), len(body), body)
        )
    requests.append(b"GET /locations/x/customFields HTTP/1.1\r\nHost: x\r\n\r\n")
    return requests


def _answered(parts: list[bytes]) -> bytes:
    """Return all that is answered to what comes in parts."""
    written: list[bytes] = []
    responder = Responder(Heads(rate_headers=True))
    responder.connection_made(SimpleNamespace(write=written.append))  # type: ignore[arg-type]
    for part in parts:
        responder.data_received(part)
    return b"".join(written)


def _bodies(answered: bytes) -> list[Any]:
    bodies = []
    while answered:
        head, _, answered = answered.partition(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2])
        bodies.append(json.loads(answered[:length]))
        answered = answered[length:]
    return bodies


@given(data=st.data())
def test_requests_are_answered_however_they_come(data: st.DataObject) -> None:
    """Cut at any bytes, or several in one part: each request has its own answer, in order."""
    requests = _requests()
    stream = b"".join(requests)
    cuts = data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=8))
    parts = [stream[start:end] for start, end in pairwise([0, *sorted(cuts), len(stream)])]
    told = _bodies(_answered(parts))
    names = [one["contact"]["firstName"] for one in told[:-1]]
    assert names == [next(people(1, seed=number))["firstName"] for number in range(3)]
    assert told[-1] == {"customFields": []}


def test_a_request_is_not_answered_before_it_is_whole() -> None:
    """A reply to half a request would be one that nobody has asked for yet."""
    request = _requests()[0]
    assert _answered([request[:-1]]) == b""


def test_the_headers_of_the_quota_are_read_and_make_nobody_wait() -> None:
    """The library understands all six, and they allow more than any run sends; they can be left out."""
    heads = {told: _headers(Heads(rate_headers=told).head) for told in (True, False)}
    read = read_rate_headers({name.lower(): value for name, value in heads[True].items()})
    assert None not in msgspec.structs.astuple(read)
    assert min(read.remaining or 0, read.daily_remaining or 0) > 900_000
    assert read_rate_headers(heads[False]) == SILENT


def _headers(head: bytes) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-1])


def _strictly(encoded: bytes) -> Any:
    """Decode JSON, and refuse an object in which a name comes twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    return json.loads(encoded, object_pairs_hook=unique)


def _as_kept(field: dict[str, Any]) -> dict[str, Any]:
    return {"value" if name == "field_value" else name: value for name, value in field.items()}


def test_the_server_ends_with_who_started_it() -> None:
    """A benchmark that is killed leaves no server behind, which would disturb the next."""
    command = [sys.executable, "-m", "benchmarks.responder"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as starter:
        assert starter.stdout is not None
        address = starter.stdout.readline().strip()
        connection = http.client.HTTPConnection(address.removeprefix("http://").partition("/")[0], timeout=30)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b'{"customFields":[]}'
        starter.kill()
    assert connection.sock.recv(1) == b""
    connection.close()
