# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which a model endpoint may fail: none hangs, none lies, each is explained."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from helpdesk.assistant.endpoint import Ended, Endpoint
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.settings import EndpointSettings
from tests.faults.model_server import (
    DONE,
    JSON,
    LINES,
    PAGE,
    Call,
    Play,
    delta,
    event,
    fails,
    model_server,
    pours,
    says,
    stops,
)
from tests.unit.assistant.calls import AT_ONCE, asked, heard, run

KEY = "sk-canary-0815"
HURRIED: dict[str, Any] = {
    "connect_seconds": 2.0,
    "first_token_seconds": 0.15,
}
IMPATIENT: dict[str, Any] = {"first_token_seconds": 10.0, "idle_seconds": 0.15}
_DRIP = 0.01
_DEEP = 200_000


def settings(url: str, **changes: Any) -> EndpointSettings:
    return EndpointSettings(url, **({"model": "tiny", "key": KEY} | changes))


@pytest.fixture(scope="module", autouse=True)
def _all_is_imported() -> None:
    """Make one call, so that what a first one imports takes no time of those with short ones."""

    async def work() -> None:
        async with model_server(says(delta("One", "stop"), DONE)) as server:
            endpoint = Endpoint(settings(server.url))
            await heard(endpoint, asked())
            await endpoint.aclose()

    run(work())


def explained(fault: ModelFault) -> None:
    """Require a sentence that a person can read, without secrets."""
    assert re.fullmatch(r"[A-Z][^{}<>\n]+\.", fault.sentence), fault.sentence
    assert "Traceback" not in fault.sentence
    for text in (fault.sentence, fault.detail, str(fault), repr(fault)):
        assert KEY not in text


@dataclass(frozen=True)
class Fault:
    """What is played, and what the client makes of it."""

    play: Play
    kind: FaultKind
    partial: str = ""
    calls: int = 1
    settings: Mapping[str, Any] = field(default_factory=lambda: {"first_token_seconds": 10.0})


# --- plays that are more than an answer ---------------------------------------------------------


async def drips_head(call: Call) -> None:
    await call.drip("HTTP/1.1 200 OK\r\nX-Slow: " + "a" * 500, _DRIP)


async def drips_body(call: Call) -> None:
    await call.begin()
    await call.drip(delta("never"), _DRIP)


async def drips_after_text(call: Call) -> None:
    await call.answer(delta("One"))
    await call.drip(b": ping\n\n", _DRIP)


async def pings(call: Call) -> None:
    await call.begin()
    await call.drip(b":\n\n", _DRIP)


async def resets(call: Call) -> None:
    await call.answer(delta("One"), b'data: {"choi')
    await call.is_left(0.02)  # so that what was sent is read before it is lost
    call.reset()


async def breaks_off_a_chunk(call: Call) -> None:
    await call.begin(Transfer_Encoding="chunked")
    one = delta("One")
    await call.send(f"{len(one):x}\r\n".encode(), one, b"\r\n", b'fff\r\ndata: {"choi')


async def says_nothing(call: Call) -> None:
    await call.silence()


async def closes(call: Call) -> None:
    """Close at once."""


async def pours_a_line(call: Call) -> None:
    await call.answer(b"data: ")
    await call.pour(b"x" * 65_536)


async def is_no_http(call: Call) -> None:
    await call.send("SSH-2.0-Server\r\n\r\n")


async def greets_and_closes(call: Call) -> None:
    await call.send("220 mail.example.org ready\r\n")


async def has_endless_headers(call: Call) -> None:
    await call.send("HTTP/1.1 200 OK\r\n", *(f"X-{n}: {'y' * 1000}\r\n" for n in range(400)))


WHOLE = json.dumps({"choices": [{"message": {"content": "One"}, "finish_reason": "stop"}]})
OVERFLOW = {
    "error": {
        "code": 400,
        "message": "the request exceeds the available context size, try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 5000,
        "n_ctx": 4096,
    }
}
EXTRA = {
    "detail": [
        {
            "type": "extra_forbidden",
            "loc": ["body", "seed"],
            "msg": "Extra inputs are not permitted",
            "input": "Bearer " + KEY,
        }
    ]
}
ERROR = {"error": {"message": f"engine died for {KEY}", "type": "InternalServerError", "code": 500}}
K = FaultKind

FAULTS: dict[str, Fault] = {
    "3 accepts and never answers": Fault(says_nothing, K.TIMEOUT, settings=HURRIED),
    "4 a head, then silence": Fault(stops(), K.TIMEOUT, settings=HURRIED),
    "5 pings and no token": Fault(pings, K.TIMEOUT, settings=HURRIED),
    "6 stalls mid-stream": Fault(stops(delta("One")), K.TIMEOUT, "One", settings=IMPATIENT),
    "6 pings after some text": Fault(drips_after_text, K.TIMEOUT, "One", settings=IMPATIENT),
    "7 drips its head": Fault(drips_head, K.TIMEOUT, settings=HURRIED),
    "8 drips its body": Fault(drips_body, K.TIMEOUT, settings=HURRIED),
    "9 half a line, then a reset": Fault(resets, K.TRUNCATED, "One"),
    "10 half a line, then closed": Fault(breaks_off_a_chunk, K.TRUNCATED, "One"),
    "11 half a line, then a clean end": Fault(
        says(delta("One"), b'data: {"choi'), K.TRUNCATED, "One"
    ),
    "12 ends without a word of it": Fault(says(delta("One")), K.TRUNCATED, "One"),
    "13 nothing but the end": Fault(says(DONE), K.BROKEN),
    "14 aborted": Fault(says(delta("One"), delta("", "abort"), DONE), K.TRUNCATED, "One"),
    "14 error": Fault(says(delta("One"), delta("", "error"), DONE), K.TRUNCATED, "One"),
    "14 withheld": Fault(says(delta("", "content_filter"), DONE), K.REFUSED),
    "15 an error mid-stream": Fault(says(delta("One"), event(ERROR)), K.OVERLOADED, "One"),
    "15 an error, then the end": Fault(says(delta("One"), event(ERROR), DONE), K.OVERLOADED, "One"),
    "15 an error that is a line": Fault(
        says('{"message":{"content":"One"},"done":false}\n{"error":"no slot"}\n', kind=LINES),
        K.OVERLOADED,
        "One",
    ),
    "16 an event of errors": Fault(
        says(delta("One"), b"event: error\ndata: out of memory\n\n"), K.OVERLOADED, "One"
    ),
    "17 one event is no JSON": Fault(
        says(delta("One"), b'data: {"choices": [}\n\n', DONE), K.BROKEN, "One"
    ),
    "22 a page with 502": Fault(
        fails(502, "<html><h1>Bad Gateway</h1></html>", kind=PAGE), K.OVERLOADED, calls=3
    ),
    "22 an empty 504": Fault(fails(504, ""), K.OVERLOADED, calls=3),
    "23 a page with 200": Fault(says("<!doctype html><p>Sign in", kind=PAGE), K.BROKEN),
    "23 a page that is called JSON": Fault(says("\n <html>", kind=JSON), K.BROKEN),
    "24 an error with 200": Fault(fails(200, {"detail": "Oops"}), K.OVERLOADED, calls=3),
    "24 a refusal with 200": Fault(fails(200, {"detail": "Unauthorized"}), K.REFUSED_KEY),
    "24 a refused key with 200": Fault(
        fails(200, {"error": {"message": "no", "type": "authentication_error"}}), K.REFUSED_KEY
    ),
    "25 empty": Fault(says(), K.BROKEN),
    "25 blank": Fault(says(b"\n\n  \n"), K.BROKEN),
    "25 no content": Fault(says(status=204), K.BROKEN),
    "26 an array": Fault(says("[1, 2]", kind=JSON), K.BROKEN),
    "26 an array as event": Fault(says(b"data: [1]\n\n"), K.BROKEN),
    "26 no choices": Fault(says('{"id": "c1"}', kind=JSON), K.BROKEN),
    "26 choices of another kind": Fault(says('{"choices": {"a": 1}}', kind=JSON), K.BROKEN),
    "26 plain words": Fault(says("Hello", kind="text/plain"), K.BROKEN),
    "27 nested without end": Fault(says("[" * _DEEP, kind=JSON), K.BROKEN),
    "27 an event nested without end": Fault(
        says(delta("One"), b"data: " + b'{"a":' * 40_000 + b"\n\n"), K.BROKEN, "One"
    ),
    "27 a number without end": Fault(says(b"data: " + b"9" * 9000 + b"\n\n"), K.BROKEN),
    "29 says more than wanted, for ever": Fault(
        pours(delta("word " * 100)), K.TOO_LARGE, "word " * 3200
    ),
    "30 a line without end": Fault(pours_a_line, K.TOO_LARGE),
    "31 comments without end": Fault(pours(b": " + b"x" * 65_000 + b"\n\n"), K.TOO_LARGE),
    "31 empty events without end": Fault(pours(delta("", pad="x" * 60_000)), K.TOO_LARGE),
    "32 a huge body": Fault(
        pours(b'{"a": "' + b"x" * 65_536, kind=JSON, Content_Length=str(2**30)), K.TOO_LARGE
    ),
    "33 compressed": Fault(
        says(gzip.compress(delta("One") + DONE), Content_Encoding="gzip"), K.BROKEN
    ),
    "34 less than announced": Fault(
        says(WHOLE[:20], kind=JSON, Content_Length=str(len(WHOLE))), K.TRUNCATED
    ),
    "35 headers without end": Fault(has_endless_headers, K.BROKEN),
    "36 no HTTP": Fault(is_no_http, K.BROKEN),
    "36 half a line of another protocol": Fault(greets_and_closes, K.UNREACHABLE, calls=3),
    "38 closed at once": Fault(closes, K.UNREACHABLE, calls=3),
    "41 a redirect": Fault(
        says(status=307, Location="https://elsewhere.example/v1/chat/completions"), K.REFUSED
    ),
    "42 401 as detail": Fault(fails(401, {"detail": "Unauthorized"}), K.REFUSED_KEY),
    "42 401 as error": Fault(
        fails(401, {"error": {"code": 401, "message": "Invalid API Key " + KEY}}), K.REFUSED_KEY
    ),
    "42 401 without a word": Fault(fails(401, ""), K.REFUSED_KEY),
    "42 403": Fault(fails(403, "<html>", kind=PAGE), K.REFUSED_KEY),
    "43 422 as detail": Fault(fails(422, EXTRA), K.REFUSED),
    "43 422 within a message": Fault(
        fails(422, {"object": "error", "message": EXTRA, "code": None}), K.REFUSED
    ),
    "43 422 as a text": Fault(
        fails(422, {"object": "error", "message": json.dumps(EXTRA)}), K.REFUSED
    ),
    "44 404 of Ollama": Fault(
        fails(404, {"error": {"message": 'model "tiny" not found', "type": "not_found_error"}}),
        K.UNKNOWN_MODEL,
    ),
    "44 400 of Mistral": Fault(
        fails(400, {"type": "invalid_model", "code": "1500", "message": "Invalid model: tiny"}),
        K.UNKNOWN_MODEL,
    ),
    "44 404 of vLLM": Fault(
        fails(404, {"error": {"message": "The model `tiny` does not exist.", "code": 404}}),
        K.UNKNOWN_MODEL,
    ),
    "44 404 of something else": Fault(fails(404, "<html>", kind=PAGE), K.REFUSED),
    "45 too long": Fault(fails(400, OVERFLOW), K.TOO_LONG),
    "45 too long, mid-stream": Fault(says(event(OVERFLOW)), K.TOO_LONG),
    "45 too long for a proxy": Fault(fails(413, "<html>", kind=PAGE), K.TOO_LONG),
    "46 429 with nonsense": Fault(
        fails(429, {"message": "Rate limit exceeded"}, Retry_After="soon"), K.RATE_LIMITED, calls=3
    ),
    "46 429 until 2099": Fault(
        fails(429, {"message": "No"}, Retry_After="Thu, 01 Jan 2099 00:00:00 GMT"), K.RATE_LIMITED
    ),
    "46 429 for want of room": Fault(
        fails(429, {"message": "Service tier capacity exceeded for this model."}),
        K.OVERLOADED,
        calls=3,
    ),
    "47 503 for ever": Fault(
        fails(503, {"error": {"code": 503, "message": "Loading model"}}), K.OVERLOADED, calls=3
    ),
    "48 lines that stop": Fault(
        says('{"message":{"content":"One"},"done":false}\n{"mess', kind=LINES), K.TRUNCATED, "One"
    ),
    "34 an error that is less than announced": Fault(
        fails(503, {"error": "busy"}, Content_Length="9999"), K.OVERLOADED, calls=3
    ),
    "a body without end and an error": Fault(
        pours(b"x" * 65_536, status=500, kind=PAGE), K.OVERLOADED, calls=3
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_recognised_and_explained(name: str):
    fault = FAULTS[name]

    async def work() -> None:
        async with model_server(fault.play) as server:
            endpoint = Endpoint(settings(server.url, **fault.settings), AT_ONCE)
            with pytest.raises(ModelFault) as raised:
                await heard(endpoint, asked())
            explained(raised.value)
            assert (raised.value.kind, raised.value.partial) == (fault.kind, fault.partial)
            assert len(server.calls) == fault.calls
            # However it failed, nothing is left open.
            await server.all_gone()
            await endpoint.aclose()

    run(work())


# --- oddities that are no faults ----------------------------------------------------------------


async def is_http_1_0(call: Call) -> None:
    await call.send("HTTP/1.0 200 OK\r\n\r\n", delta("One", "stop"), DONE)


async def hints_first(call: Call) -> None:
    await call.send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
    await call.answer(delta("One", "stop"), DONE)


async def byte_by_byte(call: Call) -> None:
    text = b"\xef\xbb\xbf: hello\r\n" + delta("ä€😀").replace(b"\n", b"\r\n") + delta("", "stop")
    await call.begin()
    await call.send(*(bytes((byte,)) for byte in text + DONE))


async def resets_when_all_is_said(call: Call) -> None:
    await call.answer(delta("One", "stop"))
    await call.is_left(0.02)
    call.reset()


def content(*parts: object) -> bytes:
    return event({"choices": [{"delta": {"content": parts}}]})


RAW = 'data: {"choices":[{"delta":{"content":"%s"},"finish_reason":"stop"}]}\n\n'
ODDITIES: dict[str, tuple[Play, str]] = {
    "12 an end without [DONE]": (says(delta("One"), delta("", "stop")), "One"),
    "12 silence after the end": (stops(delta("One", "stop")), "One"),
    "12 a reset after the end": (resets_when_all_is_said, "One"),
    "12 nonsense after the end": (says(delta("One", "stop"), b"data: {\n\n"), "One"),
    "13 [DONE] without a reason": (says(delta("One"), DONE), "One"),
    "13 [DONE] without a line end": (says(delta("One"), b"data: [DONE]"), "One"),
    "18 CR alone": (says(delta("One").replace(b"\n", b"\r"), b"data:[DONE]\r\r"), "One"),
    "18 without a blank": (says(delta("One").replace(b": ", b":", 1), DONE), "One"),
    "18 data on many lines": (
        says(b': c\nid: 7\ndata: {"choices":\ndata: [{"delta":{"content":"One"}}]}\n\n', DONE),
        "One",
    ),
    "18 byte by byte": (byte_by_byte, "ä€😀"),
    "19 bytes that are no UTF-8": (says((RAW % "a\xff").encode("latin-1")), "a\ufffd"),
    "20 line ends of Unicode": (
        says(RAW % "a\u2028b\u0085c\vd".replace("\v", "")),
        "a\u2028b\x85cd",
    ),
    "21 an emoji in two": (says(delta("\ud83d"), delta("\ude00", "stop")), "😀"),
    "21 half an emoji": (says(delta("a\ud83d"), delta("b\ude00", "stop")), "a\ufffdb\ufffd"),
    "21 half an emoji at the end": (says(delta("a\ud83d", "stop")), "a\ufffd"),
    "26 no content": (says(delta(None), delta("One", "stop"), DONE), "One"),
    "26 content in parts": (
        says(
            content({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}),
            content({"type": "text", "text": "One"}, {"type": "reference"}, 7),
            DONE,
        ),
        "One",
    ),
    "26 other choices beside it": (
        says(event({"choices": [{"index": 1, "delta": {"content": "Two"}}]}), delta("One"), DONE),
        "One",
    ),
    "28 NaN": (says(delta("One", "stop", score=float("nan"))), "One"),
    "36 an unknown event": (says(b"event: ping\ndata: {}\n\n", delta("One", "stop")), "One"),
    "37 HTTP/1.0": (is_http_1_0, "One"),
    "40 early hints": (hints_first, "One"),
    "48 JSON for a stream": (says(WHOLE, kind=JSON), "One"),
    "48 JSON on many lines": (says(json.dumps(json.loads(WHOLE), indent=2), kind=JSON), "One"),
    "48 a stream that is called JSON": (says(delta("One", "stop"), DONE, kind=JSON), "One"),
    "48 lines for a stream": (
        says(
            '{"model":"m","message":{"content":"On"},"done":false}\n'
            '{"message":{"content":"e"},"done":true,"done_reason":"stop","eval_count":2}\n',
            kind=LINES,
        ),
        "One",
    ),
    "55 what a terminal or a browser would obey": (
        says(delta("<script>alert(1)</script>\u202e\x1b[31m\0", "stop")),
        "<script>alert(1)</script>\u202e\x1b[31m\ufffd",
    ),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_is_no_fault(name: str):
    play, expected = ODDITIES[name]

    async def work() -> Ended:
        async with model_server(play) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            text, ended = await heard(endpoint, asked())
            # Whatever is not shown of the last half of a pair.
            assert expected.startswith(text)
            await endpoint.aclose()
            await server.all_gone()
            return ended

    ended = run(work())
    assert (ended.text, ended.finish, ended.retries) == (expected, "stop", 0)
    ended.text.encode()


# --- before a connection is there ---------------------------------------------------------------


async def fault_at(url: str, **changes: Any) -> ModelFault:
    endpoint = Endpoint(settings(url, **changes), AT_ONCE)
    with pytest.raises(ModelFault) as raised:
        await heard(endpoint, asked())
    await endpoint.aclose()
    explained(raised.value)
    return raised.value


def test_a_closed_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    fault = run(fault_at(f"http://127.0.0.1:{port}"))
    assert fault.kind is FaultKind.UNREACHABLE
    assert f"127.0.0.1:{port}" in fault.sentence


def test_an_unknown_name_is_named(monkeypatch: pytest.MonkeyPatch):
    def finds_nothing(*args: Any, **more: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", finds_nothing)
    fault = run(fault_at("http://models.corp", private_names=("models.corp",)))
    assert fault.kind is FaultKind.UNREACHABLE
    assert "no model endpoint called models.corp" in fault.sentence


def test_a_connection_that_nobody_accepts_is_given_up():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        fault = run(fault_at(f"http://127.0.0.1:{address[1]}", connect_seconds=0.1))
        for each in waiting:
            each.close()
    assert fault.kind is FaultKind.UNREACHABLE
