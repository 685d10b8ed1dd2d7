# SPDX-License-Identifier: GPL-3.0-or-later
"""How an endpoint is asked: in turn, again where it helps, and left alone where it does not."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import traceback
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.assistant.endpoint import Ended, Endpoint, Piece, Seams, State
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.messages import Message
from helpdesk.assistant.pace import Pace
from helpdesk.assistant.settings import Dialect, EndpointSettings
from tests.conftest import SettableClock
from tests.faults.model_server import (
    DONE,
    JSON,
    Call,
    Play,
    delta,
    event,
    fails,
    in_turn,
    model_server,
    says,
    stops,
    usage,
)
from tests.unit.assistant.calls import AT_ONCE, asked, heard, run
from tests.unit.client.authority import Authority

KEY = "sk-canary-0815"
ONE = says(delta("One", "stop"), DONE)
LOADING = fails(503, {"error": {"code": 503, "message": "Loading model"}})


def settings(url: str, **changes: Any) -> EndpointSettings:
    return EndpointSettings(url, **({"model": "tiny", "key": KEY} | changes))


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.clock = SettableClock()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def seams(self) -> Seams:
        return Seams(lambda: self.now, self.clock, lambda: 0.5, self.sleep)


def state_of(endpoint: Endpoint) -> State:
    """Return what is known of an endpoint now."""
    return endpoint.state


async def fault_of(endpoint: Endpoint, **changes: Any) -> ModelFault:
    with pytest.raises(ModelFault) as raised:
        await heard(endpoint, asked(**changes))
    return raised.value


# --- what is sent and what comes back -----------------------------------------------------------


def test_a_request_shows_the_key_and_asks_for_no_compression():
    async def work() -> None:
        async with model_server(says(delta("One"), delta("", "stop"), usage(7, 1), DONE)) as server:
            endpoint = Endpoint(settings(server.url + "/v1/chat/completions/"))
            _, ended = await heard(endpoint, asked())
            await endpoint.aclose()
            call = server.calls[0]
        assert call.head.startswith("POST /v1/chat/completions HTTP/1.1\r\n")
        assert call.header("authorization") == f"Bearer {KEY}"
        assert call.header("accept-encoding") == "identity"
        assert call.json["stream"] is True
        assert (ended.model, ended.prompt_tokens, ended.answer_tokens) == ("tiny", 7, 1)
        assert (ended.estimated, ended.warning) == (False, "")

    run(work())


def test_tokens_are_guessed_where_nobody_counted_them():
    async def work() -> Ended:
        async with model_server(ONE) as server:
            endpoint = Endpoint(settings(server.url))
            _, ended = await heard(endpoint, asked(Message("user", "x" * 300)))
            await endpoint.aclose()
            return ended

    ended = run(work())
    assert (ended.prompt_tokens, ended.answer_tokens, ended.estimated) == (104, 1, True)


@pytest.mark.parametrize(
    ("dialect", "counted", "warns"),
    [
        (Dialect.OLLAMA, 1500, True),
        (Dialect.OLLAMA, 2600, False),
        (Dialect.LLAMA_CPP, 1500, False),  # it refuses what is too long
    ],
)
def test_a_prompt_that_was_cut_in_silence_is_noticed(dialect: Dialect, counted: int, warns: bool):
    async def work() -> Ended:
        async with model_server(says(delta("One", "stop"), usage(counted, 1), DONE)) as server:
            endpoint = Endpoint(settings(server.url, dialect=dialect))
            _, ended = await heard(endpoint, asked(Message("user", "word " * 1800)))
            await endpoint.aclose()
            return ended

    assert bool(run(work()).warning) == warns


def test_an_answer_without_a_word_is_whole_and_warned_of():
    async def work() -> Ended:
        async with model_server(says(delta("", "stop"), DONE)) as server:
            endpoint = Endpoint(settings(server.url))
            _, ended = await heard(endpoint, asked())
            await endpoint.aclose()
            return ended

    assert "said nothing" in run(work()).warning


def test_a_cut_answer_says_so():
    async def work() -> Ended:
        async with model_server(says(delta("One", "model_length"), DONE)) as server:
            endpoint = Endpoint(settings(server.url))
            _, ended = await heard(endpoint, asked())
            await endpoint.aclose()
            return ended

    assert run(work()).finish == "length"


def test_the_key_goes_to_no_other_host():
    async def work() -> None:
        async with model_server(ONE) as other:
            elsewhere = says(status=302, Location=other.url + "/v1/chat/completions")
            async with model_server(elsewhere) as server:
                endpoint = Endpoint(settings(server.url), AT_ONCE)
                fault = await fault_of(endpoint)
                assert "another address" in fault.sentence
                assert state_of(endpoint) is State.REFUSING
                await endpoint.aclose()
            assert other.lines == []

    run(work())


def test_the_key_and_what_was_said_stand_nowhere(caplog: pytest.LogCaptureFixture):
    async def work() -> str:
        echo = {"error": {"message": f"no such key: {KEY}", "type": "x"}}
        plays = in_turn(fails(400, echo), ONE)
        async with model_server(plays) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            shown = repr(endpoint) + repr(endpoint.settings) + repr(settings(server.url))
            with pytest.raises(ModelFault) as raised:
                await heard(endpoint, asked(Message("user", text)))
            shown += "".join(traceback.format_exception(raised.value)) + raised.value.detail
            assert "no such key" in raised.value.detail
            await heard(endpoint, asked(Message("user", text)))
            await endpoint.aclose()
            return shown

    text = "canary" * 2
    caplog.set_level(logging.DEBUG)
    shown = run(work())
    ours = [each.getMessage() for each in caplog.records]
    calls = [line for line in ours if line.startswith("model call: ")]
    assert [line.split()[2] for line in calls] == ["refused,", "ended,"]
    for line in (shown, *ours):
        assert KEY not in line
        assert text not in line


# --- again --------------------------------------------------------------------------------------


def test_a_server_that_is_loading_is_asked_again_after_longer_waits():
    time = Time()

    async def work() -> Ended:
        async with model_server(in_turn(LOADING, LOADING, ONE)) as server:
            endpoint = Endpoint(settings(server.url), time.seams())
            _, ended = await heard(endpoint, asked())
            await endpoint.aclose()
            return ended

    assert run(work()).retries == 2
    assert time.slept == [0.25, 0.5]


@pytest.mark.parametrize(
    ("wish", "slept", "known"),
    [
        ("7", [7.0], None),
        ("31", [], 31),
        ("86400", [], 300),
        ("-5", [0.0], None),
        ("nan", [0.25], None),
        ("Mon, 23 Nov 2026 09:00:12 GMT", [12.0], None),
        ("Mon, 23 Nov 2026 08:00:00 GMT", [0.0], None),
        ("Fri, 01 Jan 2099 00:00:00 GMT", [], 300),
        ("as you like", [0.25], None),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks(
    wish: str, slept: list[float], known: int | None
):
    time = Time()
    limited = fails(429, {"message": "Rate limit exceeded"}, Retry_After=wish)

    async def work() -> None:
        async with model_server(in_turn(limited, ONE)) as server:
            endpoint = Endpoint(settings(server.url), time.seams())
            if known is None:
                await heard(endpoint, asked())
            else:
                fault = await fault_of(endpoint)
                assert (fault.kind, fault.retry_after) == (FaultKind.RATE_LIMITED, known)
                # The wish holds for the next request too.
                later = await fault_of(endpoint)
                assert (later.kind, later.retry_after) == (FaultKind.RESTING, known)
                assert later.sentence == fault.sentence
                assert len(server.calls) == 1
            await endpoint.aclose()

    run(work())
    assert time.slept == slept


def test_nothing_is_asked_again_once_something_was_shown():
    async def work() -> None:
        error = event({"error": {"code": 503, "message": "busy"}})
        async with model_server(says(delta("One"), error)) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            assert (await fault_of(endpoint)).partial == "One"
            assert len(server.calls) == 1
            await endpoint.aclose()

    run(work())


def test_no_retry_goes_beyond_the_time_of_the_request():
    async def work() -> None:
        plays = fails(429, {"message": "Rate limit"}, Retry_After="9")
        async with model_server(plays) as server:
            endpoint = Endpoint(settings(server.url), Time().seams())
            assert (await fault_of(endpoint, total_seconds=5.0)).kind is FaultKind.RATE_LIMITED
            assert len(server.calls) == 1
            await endpoint.aclose()

    run(work())


def test_a_connection_that_had_gone_stale_costs_one_retry():
    """The server closes what it kept, in the moment in which the next request comes."""

    async def play(call: Call) -> None:
        if len(server_calls(call)) == 1:
            body = delta("One", "stop") + DONE
            await call.answer(body, Content_Length=str(len(body)), Connection="keep-alive")
        else:
            call.reset()

    counted: dict[int, list[Call]] = {}

    def server_calls(call: Call) -> list[Call]:
        counted.setdefault(id(call.gone), []).append(call)
        return counted[id(call.gone)]

    async def work() -> None:
        async with model_server(play, keep_alive=True) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            assert (await heard(endpoint, asked()))[1].retries == 0
            assert (await heard(endpoint, asked()))[1].retries == 1
            assert len(server.lines) == 2
            await endpoint.aclose()
            await server.all_gone()

    run(work())


def test_a_connection_is_used_again():
    body = delta("One", "stop") + DONE

    async def play(call: Call) -> None:
        await call.begin(Transfer_Encoding="chunked", Connection="keep-alive")
        await call.send(b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")

    async def work() -> None:
        async with model_server(play, keep_alive=True) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            for _ in range(3):
                await heard(endpoint, asked())
            assert len(server.lines) == 1
            await endpoint.aclose()

    run(work())


# --- a rest -------------------------------------------------------------------------------------


def test_an_endpoint_that_keeps_failing_is_left_alone_for_longer_and_longer():
    time = Time()

    async def work() -> None:
        broken = says("nonsense")
        async with model_server(in_turn(*[broken] * 5, ONE, broken)) as server:
            endpoint = Endpoint(settings(server.url), time.seams())
            for _ in range(3):
                assert state_of(endpoint) is State.READY
                assert (await fault_of(endpoint)).kind is FaultKind.BROKEN
            assert state_of(endpoint) is State.RESTING
            assert endpoint.resting_until == time.clock.now + timedelta(seconds=20)
            resting = await fault_of(endpoint)
            assert (resting.kind, resting.retry_after) == (FaultKind.RESTING, 20)
            assert "left alone for 20 seconds" in resting.sentence
            assert resting.retry_possible
            assert len(server.calls) == 3
            time.now += 20
            assert (await fault_of(endpoint)).kind is FaultKind.BROKEN
            assert endpoint.resting_until == time.clock.now + timedelta(seconds=40)
            # A person may want it tried all the same.
            endpoint.wake()
            assert (await fault_of(endpoint)).kind is FaultKind.BROKEN
            assert endpoint.resting_until == time.clock.now + timedelta(seconds=80)
            time.now += 80
            await heard(endpoint, asked())
            assert state_of(endpoint) is State.READY
            # Its failures are forgotten.
            assert (await fault_of(endpoint)).kind is FaultKind.BROKEN
            assert state_of(endpoint) is State.READY
            await endpoint.aclose()

    run(work())


def test_only_one_request_tries_out_an_endpoint_that_rested():
    time = Time()

    async def work() -> None:
        broken = says("nonsense")
        async with model_server(in_turn(*[broken] * 3, stops(delta("One")), ONE)) as server:
            endpoint = Endpoint(settings(server.url), time.seams())
            for _ in range(3):
                await fault_of(endpoint)
            time.now += 20
            server.asked.clear()
            probe = asyncio.create_task(heard(endpoint, asked()))
            await server.asked.wait()
            assert (await fault_of(endpoint)).kind is FaultKind.RESTING
            probe.cancel()
            with pytest.raises(asyncio.CancelledError):
                await probe
            # A probe that was given up tells nothing: the next one may try.
            await heard(endpoint, asked())
            await endpoint.aclose()

    run(work())


def test_background_work_waits_when_the_limit_of_requests_is_reached():
    time = Time()
    last = says(delta("One", "stop"), DONE, x_ratelimit_remaining_req_minute="0")

    async def work() -> None:
        async with model_server(last) as server:
            endpoint = Endpoint(settings(server.url), time.seams())
            await heard(endpoint, asked(background=True))
            held = await fault_of(endpoint, background=True)
            assert (held.kind, held.retry_after) == (FaultKind.RESTING, 60)
            await heard(endpoint, asked())
            time.now += 61
            await heard(endpoint, asked(background=True))
            await endpoint.aclose()

    run(work())


# --- turns --------------------------------------------------------------------------------------


def test_whoever_waits_in_person_goes_before_background_work():
    order: list[str] = []

    async def play(call: Call) -> None:
        order.append(call.json["messages"][0]["content"])
        if order == ["first"]:
            await call.begin()
            await call.is_left(30)
        else:
            await ONE(call)

    async def work() -> None:
        async with model_server(play) as server:
            endpoint = Endpoint(settings(server.url, at_once=1))
            first = asyncio.create_task(heard(endpoint, asked(Message("user", "first"))))
            await server.asked.wait()
            later = [
                asyncio.create_task(
                    heard(endpoint, asked(Message("user", name), background=name == "background"))
                )
                for name in ("background", "person")
            ]
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await asyncio.gather(*later)
            await endpoint.aclose()

    run(work())
    assert order == ["first", "person", "background"]


def test_a_turn_that_does_not_come_is_given_up():
    async def work() -> None:
        async with model_server(stops(delta("One"))) as server:
            endpoint = Endpoint(settings(server.url, at_once=1, wait_seconds=0.02))
            first = asyncio.create_task(heard(endpoint, asked()))
            await server.asked.wait()
            fault = await fault_of(endpoint)
            assert fault.kind is FaultKind.BUSY
            assert len(server.calls) == 1
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await endpoint.aclose()

    run(work())


# --- an end at any moment -----------------------------------------------------------------------


def test_a_call_cancelled_before_the_first_word_ends_its_connection():
    async def work() -> None:
        async with model_server(stops()) as server:
            endpoint = Endpoint(settings(server.url, at_once=1))
            call = asyncio.create_task(heard(endpoint, asked()))
            await server.asked.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await server.all_gone()
            await endpoint.aclose()

    run(work())


def test_a_call_cancelled_mid_stream_ends_its_connection_and_leaves_the_turn():
    async def work() -> None:
        async with model_server(in_turn(stops(delta("One")), ONE)) as server:
            endpoint = Endpoint(settings(server.url, at_once=1))
            begun = asyncio.Event()

            async def listen() -> None:
                async for _ in endpoint.stream(asked()):
                    begun.set()

            call = asyncio.create_task(listen())
            await begun.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await server.all_gone()
            await heard(endpoint, asked())
            await endpoint.aclose()

    run(work())


def test_a_call_cancelled_during_the_handshake_ends_its_connection():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        while await reader.read(4096):  # the client's hello, and then its end
            pass
        gone.set()
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(settings(f"https://127.0.0.1:{port}"))
        call = asyncio.create_task(heard(endpoint, asked()))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(gone.wait(), 30)
        await endpoint.aclose()
        server.close()
        await server.wait_closed()

    arrived, gone = asyncio.Event(), asyncio.Event()
    run(work())


def test_a_call_cancelled_while_it_waits_for_its_turn_or_for_a_retry_asks_no_more():
    async def work() -> None:
        sleeping = asyncio.Event()

        async def sleep(_: float) -> None:
            sleeping.set()
            await asyncio.Event().wait()

        async with model_server(LOADING) as server:
            endpoint = Endpoint(settings(server.url, at_once=1), Seams(sleep=sleep))
            retrying = asyncio.create_task(heard(endpoint, asked()))
            await sleeping.wait()
            queued = asyncio.create_task(heard(endpoint, asked()))
            await asyncio.sleep(0)
            for call in (queued, retrying):
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
            assert len(server.calls) == 1
            await server.all_gone()
            await endpoint.aclose()

    run(work())


def test_an_endpoint_closed_mid_stream_says_that_it_is_off():
    async def work() -> None:
        async with model_server(stops(delta("One"))) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            async with aclosing(endpoint.stream(asked())) as said:
                assert await anext(said) == Piece("One")
                rest = asyncio.ensure_future(anext(said))
                await asyncio.sleep(0)
                await endpoint.aclose()
                with pytest.raises(ModelFault) as raised:
                    await rest
            assert (raised.value.kind, raised.value.partial) == (FaultKind.OFF, "One")
            assert (await fault_of(endpoint)).kind is FaultKind.OFF
            assert state_of(endpoint) is State.CLOSED
            await server.all_gone()

    run(work())


def test_a_listener_that_is_slow_to_show_is_no_silence_of_the_server():
    now = 0.0
    pace = Pace(lambda: now, first=5.0, idle=2.0, ends_at=100.0, total=100.0)
    assert pace.until() == 5.0
    now = 4.0
    pace.pause()
    pace.token()
    now = 50.0  # the listener took its time
    assert pace.until() == 52.0
    now = 51.0
    pace.pause()  # something came that was no word
    now = 60.0
    assert pace.until() == 61.0
    now = 61.0
    assert "fell silent" in pace.fault("host").sentence
    pace.pause()
    pace.token()
    now = 99.5
    assert pace.until() == 100.0


def test_all_of_an_answer_has_a_time_too():
    async def play(call: Call) -> None:
        await call.begin()
        while not await call.is_left(0.005):
            await call.send(delta("x"))

    async def work() -> None:
        async with model_server(play) as server:
            endpoint = Endpoint(settings(server.url))
            fault = await fault_of(endpoint, total_seconds=0.2)
            assert fault.kind is FaultKind.TIMEOUT
            assert "longer than 0.2 seconds" in fault.sentence
            await server.all_gone()
            await endpoint.aclose()

    run(work())


# --- settings that cannot work, and certificates ------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kind", "says_so"),
    [
        ({"url": ""}, FaultKind.OFF, "no model endpoint"),
        ({"model": " "}, FaultKind.OFF, "No model is chosen"),
        ({"url": "http://models.example.org"}, FaultKind.REFUSED, "in clear"),
        ({"url": "ftp://10.0.0.1"}, FaultKind.REFUSED, "Write the address"),
        ({"key": "ключ"}, FaultKind.REFUSED_KEY, "characters that no key has"),
        ({"key": "one\r\nX-Two: three"}, FaultKind.REFUSED_KEY, "characters that no key has"),
    ],
)
def test_settings_that_cannot_work_are_explained_without_asking(
    changes: dict[str, Any], kind: FaultKind, says_so: str
):
    endpoint = Endpoint(settings(**({"url": "http://127.0.0.1:9"} | changes)))
    fault = run(fault_of(endpoint))
    assert (fault.kind, fault.retry_possible) == (kind, False)
    assert says_so in fault.sentence


CERTIFICATES: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str]] = {
    "another name": (lambda each: each.server("other.example"), "made out to another name"),
    "expired": (lambda each: each.server("127.0.0.1", ends=timedelta(hours=-1)), "has expired"),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_bad_certificate_is_never_taken(name: str, tmp_path: Path):
    certificate, sentence = CERTIFICATES[name]
    authority = Authority(tmp_path)
    fault = run(_tls_fault(certificate(authority), ca_file=str(authority.file)))
    assert sentence in fault.sentence


def test_an_unknown_authority_is_not_trusted(tmp_path: Path):
    fault = run(_tls_fault(Authority(tmp_path).server("127.0.0.1")))
    assert "name the file of its authority" in fault.sentence


def test_a_certificate_file_that_is_missing_is_named(tmp_path: Path):
    fault = run(_tls_fault(None, ca_file=str(tmp_path / "none.pem")))
    assert "certificate file" in fault.sentence


def test_a_port_without_tls_is_no_secure_one():
    async def work() -> ModelFault:
        async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(refuses, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(settings(f"https://127.0.0.1:{port}"), AT_ONCE)
        fault = await fault_of(endpoint)
        await endpoint.aclose()
        server.close()
        await server.wait_closed()
        return fault

    fault = run(work())
    assert fault.kind is FaultKind.TLS
    assert "No secure connection" in fault.sentence


def test_a_handshake_that_is_never_answered_is_no_question_of_trust():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        fault = run(fault_of(Endpoint(settings(url, connect_seconds=0.1), AT_ONCE)))
    assert fault.kind is FaultKind.UNREACHABLE


async def _tls_fault(context: ssl.SSLContext | None, **changes: Any) -> ModelFault:
    async with model_server(ONE, tls=context) as server:
        url = server.url.replace("http:", "https:")
        endpoint = Endpoint(settings(url, **changes), AT_ONCE)
        fault = await fault_of(endpoint)
        assert fault.kind is FaultKind.TLS
        assert not fault.retry_possible
        # What was asked did not leave, and neither did the key.
        assert server.calls == []
        await endpoint.aclose()
        return fault


def test_the_companys_own_authority_is_trusted(tmp_path: Path):
    authority = Authority(tmp_path)

    async def work() -> None:
        async with model_server(ONE, tls=authority.server("127.0.0.1")) as server:
            endpoint = Endpoint(settings(server.url, ca_file=str(authority.file)))
            assert (await heard(endpoint, asked()))[0] == "One"
            await endpoint.aclose()

    run(work())


# --- the trial ----------------------------------------------------------------------------------


def serves(paths: dict[str, object]) -> Play:
    """Return a play that has a JSON value at each path, and a model."""

    async def play(call: Call) -> None:
        if call.path in paths:
            await fails(200, paths[call.path])(call)
        elif call.path == "/v1/chat/completions":
            await ONE(call)
        else:
            await fails(404, {"detail": "Not Found"})(call)

    return play


def models(*entries: dict[str, object]) -> dict[str, object]:
    return {"/v1/models": {"object": "list", "data": list(entries)}}


TRIALS: dict[str, tuple[dict[str, object], Dialect, int | None]] = {
    "vllm": (
        models({"id": "tiny", "owned_by": "vllm", "max_model_len": 8192}),
        Dialect.VLLM,
        8192,
    ),
    "ollama": (
        models({"id": "tiny", "owned_by": "library"})
        | {"/api/ps": {"models": [{"name": "tiny:latest", "context_length": 2048}]}},
        Dialect.OLLAMA,
        2048,
    ),
    "ollama that does not tell": (
        models({"id": "tiny", "owned_by": "library"}) | {"/api/ps": {"models": []}},
        Dialect.OLLAMA,
        4096,
    ),
    "mistral": (
        models({"id": "tiny", "owned_by": "mistralai", "max_context_length": 32768}),
        Dialect.MISTRAL,
        32768,
    ),
    "llama.cpp": (
        models({"id": "tiny", "owned_by": "llamacpp"})
        | {"/props": {"default_generation_settings": {"n_ctx": 512}}},
        Dialect.LLAMA_CPP,
        512,
    ),
    "one that nobody knows": (models({"id": "tiny"}, {"id": 7}), Dialect.OTHER, None),
    "one without a list": ({}, Dialect.OTHER, None),
    "one with a list of another kind": ({"/v1/models": [1]}, Dialect.OTHER, None),
}


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_recognises_the_server(name: str):
    paths, dialect, context = TRIALS[name]

    async def work() -> None:
        async with model_server(serves(paths)) as server:
            endpoint = Endpoint(settings(server.url))
            report = await endpoint.test()
            await endpoint.aclose()
        assert report.ok
        assert report.sentence.startswith("The model tiny answers after 0.")
        assert (report.dialect, report.context_tokens) == (dialect, context)
        assert report.first_ms is not None

    run(work())


@pytest.mark.parametrize(
    ("names", "said"),
    [(("one", "two"), "2 models; choose one of them."), (("one",), "1 model, one; choose it.")],
)
def test_a_trial_without_a_model_lists_them(names: tuple[str, ...], said: str):
    async def work() -> None:
        entries: list[dict[str, object]] = [{"id": name} for name in names]
        listed = models(*entries)
        async with model_server(serves(listed)) as server:
            endpoint = Endpoint(settings(server.url, model=""))
            report = await endpoint.test()
            await endpoint.aclose()
        assert (report.ok, report.models) == (False, names)
        assert report.sentence == f"The endpoint answers and has {said}"

    run(work())


@pytest.mark.parametrize("kind", ["", JSON])
def test_a_trial_that_fails_says_why_and_a_good_one_ends_a_rest(kind: str):
    async def work() -> None:
        plays = in_turn(*[says("nonsense")] * 3, says("<html>", kind=kind), serves({}))
        async with model_server(plays) as server:
            endpoint = Endpoint(settings(server.url), AT_ONCE)
            for _ in range(3):
                await fault_of(endpoint)
            assert state_of(endpoint) is State.RESTING
            assert (await endpoint.test()).ok
            assert state_of(endpoint) is State.READY
            await endpoint.aclose()
        closed = await Endpoint(settings(server.url), AT_ONCE).test()
        assert (closed.ok, closed.kind) == (False, FaultKind.UNREACHABLE)
        none = await Endpoint(settings("")).test()
        assert (none.ok, none.kind) == (False, FaultKind.OFF)
        wrong = await Endpoint(settings("http://models.example.org")).test()
        assert (wrong.ok, wrong.kind) == (False, FaultKind.REFUSED)

    run(work())
