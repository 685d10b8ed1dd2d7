# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a real llama.cpp server."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from helpdesk.assistant.endpoint import Endpoint, Piece, State
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.messages import Message
from helpdesk.assistant.settings import Dialect, EndpointSettings
from helpdesk.assistant.structured import problems_with
from tests.llama_server import LlamaServer, llama_server, needs_llama, paced
from tests.unit.assistant.calls import AT_ONCE, asked, heard, run

pytestmark = needs_llama

KEY = "sk-tiny-4711"
TRIAGE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["reason", "category", "technician", "confidence"],
    "properties": {
        "reason": {"type": "string", "maxLength": 60},
        "category": {"enum": ["hardware", "network", "software", None]},
        "technician": {"enum": ["t1", "t2", None]},
        "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
    },
}
ENDLESS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["words"],
    "properties": {
        "words": {"type": "array", "minItems": 4000, "items": {"enum": ["printer", "network"]}}
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    with llama_server(KEY) as made:
        yield made


@asynccontextmanager
async def endpoint(url: str, **changes: Any) -> AsyncIterator[Endpoint]:
    usual = {"model": "open-mistral-7b", "key": KEY, "dialect": Dialect.LLAMA_CPP}
    made = Endpoint(EndpointSettings(url, **(usual | changes)), AT_ONCE)
    try:
        yield made
    finally:
        await made.aclose()


@pytest.mark.parametrize("dialect", [Dialect.LLAMA_CPP, Dialect.OTHER, Dialect.MISTRAL])
def test_an_answer_comes_in_pieces_and_is_counted(server: LlamaServer, dialect: Dialect):
    async def work() -> None:
        async with endpoint(server.url + "/v1", dialect=dialect) as made:
            request = asked(temperature=0.3)
            text, ended = await heard(made, request)
            assert text == ended.text
            assert ended.model == "open-mistral-7b"
            assert ended.estimated == (dialect is not Dialect.LLAMA_CPP)
            assert ended.prompt_tokens
            if dialect is Dialect.LLAMA_CPP:
                # It takes the seed; without, a random model may also say nothing.
                assert text.strip()
                assert (await heard(made, request))[0] == text

    run(work())


def test_an_answer_that_is_cut_says_so(server: LlamaServer):
    async def work() -> None:
        async with endpoint(server.url) as made:
            _, ended = await heard(made, asked(max_tokens=2))
            assert ended.finish == "length"

    run(work())


def test_every_answer_by_a_schema_has_its_form(server: LlamaServer):
    async def work() -> None:
        async with endpoint(server.url) as made:
            retries = 0
            for number in range(20):
                request = asked(Message("user", f"Ticket {number}: answer as JSON."), schema=TRIAGE)
                value, ended = await made.structured(
                    request, lambda found: problems_with(found, TRIAGE)
                )
                assert isinstance(value, dict)
                assert set(value) == set(TRIAGE["required"])
                retries += ended.retries
            # A server that has too much to do may be asked again, which the form never needs.
            assert retries <= 2

    run(work())


@pytest.mark.parametrize("key", ["", "sk-wrong"])
def test_a_wrong_key_is_refused_and_not_tried_again(server: LlamaServer, key: str):
    async def work() -> None:
        async with endpoint(server.url, key=key) as made:
            with pytest.raises(ModelFault, match="refuses the API key") as fault:
                await heard(made, asked())
            assert fault.value.kind is FaultKind.REFUSED_KEY
            assert made.state is State.REFUSING
            with pytest.raises(ModelFault, match="refuses the API key") as fault:
                await heard(made, asked())
            assert fault.value.kind is FaultKind.RESTING
            assert not fault.value.retry_possible
            report = await made.test()
            assert (report.ok, report.kind) == (False, FaultKind.REFUSED_KEY)

    run(work())


def test_a_prompt_beyond_the_context_is_counted(server: LlamaServer):
    async def work() -> None:
        async with endpoint(server.url) as made:
            with pytest.raises(ModelFault, match="too long") as fault:
                await heard(made, asked(Message("user", "printer " * 3000)))
            assert fault.value.kind is FaultKind.TOO_LONG
            assert fault.value.counts is not None
            prompt, context = fault.value.counts
            assert prompt > context == 1024
            assert made.state is State.READY

    run(work())


def test_a_test_tells_server_model_and_context(server: LlamaServer):
    async def work() -> None:
        async with endpoint(server.url, dialect=Dialect.OTHER) as made:
            report = await made.test()
            assert report.ok
            assert report.sentence.startswith("The model open-mistral-7b answers")
            assert report.dialect is Dialect.LLAMA_CPP
            assert report.models == ("open-mistral-7b",)
            assert report.context_tokens == 1024
        async with endpoint(server.url, model="mistral") as made:
            report = await made.test()
            assert report.ok
            assert "does not list it" in report.sentence

    run(work())


def test_a_closed_stream_frees_its_place_at_the_server():
    with llama_server(context=16_384, at_once=1) as server:
        run(_cancelled(server))


async def _cancelled(server: LlamaServer) -> None:
    async with endpoint(server.url) as made:
        request = asked(max_tokens=12_000, schema=ENDLESS, total_seconds=120)
        call = asyncio.create_task(made.structured(request, lambda _: []))
        while await _count(server, "requests_processing") == 0:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # There is one place only: had the call gone on, this would have had to wait for its end.
        _, ended = await heard(made, asked())
        assert ended.text
        assert await _count(server, "tokens_predicted_total") < 8000


def test_who_stops_listening_closes_the_stream():
    with llama_server(at_once=1) as server, paced(server.url, 0.02, 0.0) as url:
        run(_left(url))


async def _left(url: str) -> None:
    async with endpoint(url, at_once=1) as made:
        for _ in range(3):
            async with aclosing(made.stream(asked(max_tokens=20))) as said:
                assert isinstance(await anext(said), Piece)
        _, ended = await heard(made, asked(max_tokens=20))
        assert ended.queued_ms < ended.total_ms


async def _count(server: LlamaServer, name: str) -> float:
    def read() -> str:
        with urllib.request.urlopen(f"{server.url}/metrics") as answer:  # noqa: S310 -- ours
            return bytes(answer.read()).decode()

    text = await asyncio.to_thread(read)
    line = next(line for line in text.splitlines() if line.startswith(f"llamacpp:{name} "))
    return float(line.split()[-1])


def test_a_strict_template_takes_the_portable_form():
    talk = (
        Message("system", "You help."),
        Message("user", "The printer is broken."),
        Message("user", "It is on the second floor."),
        Message("assistant", "Is it on?"),
        Message("user", "Yes."),
    )

    async def work(url: str) -> None:
        async with endpoint(url) as made:
            _, ended = await heard(made, asked(*talk))
            assert ended.text

    with llama_server(strict=True) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            _post(server.url, [{"role": each.role, "content": each.content} for each in talk])
        assert refused.value.code == 400
        refused.value.close()
        run(work(server.url))


def _post(url: str, messages: list[dict[str, str]]) -> None:
    """Ask as a client would that changes nothing."""
    body = json.dumps({"model": "any", "messages": messages}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310 -- ours
        url + "/v1/chat/completions", body, headers
    )
    urllib.request.urlopen(request).close()  # noqa: S310 -- ours


def test_a_killed_server_does_not_answer_until_it_is_back():
    async def work(server: LlamaServer) -> None:
        async with endpoint(server.url) as made:
            await heard(made, asked())
            server.kill()
            with pytest.raises(ModelFault, match="does not answer") as fault:
                await heard(made, asked())
            assert fault.value.kind is FaultKind.UNREACHABLE

    with llama_server() as server:
        run(work(server))
