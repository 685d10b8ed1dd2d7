# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions over the API: who may ask, what is refused, and how an answer comes in and ends."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import ANSWERS_PATH, API_PREFIX, PROBLEM_TYPE
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.assistant import AnswerPart, MessageState, PartKind
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.settings import Settings
from helpdesk.server import asking
from helpdesk.server.exchange import Exchange
from tests.asking import use_model
from tests.conftest import SignIn
from tests.faults.model_server import DONE, Call, ModelServer, Play, delta, model_server, says
from tests.servers import Running, running, wait_until
from tests.unit.server.conftest import Client, token_of

pytestmark = pytest.mark.timeout(120)

SOON = 20.0
JSON = {"Content-Type": "application/json"}
SUMMARY = {"kind": "summary", "ticket_id": 1}
FILTER = {"kind": "filter", "text": "urgent tickets"}


@pytest.fixture
def ticket(sign_in: SignIn) -> int:
    return sign_in("alice").tickets.open(NewTicket(subject="VPN drops", description="Help.")).id


@pytest.fixture
def server(embedded: EmbeddedDesk, settings: Settings) -> Iterator[Running]:
    """Return a server that nobody else uses."""
    with running(embedded, settings) as found:
        yield found


def parts_in(text: str) -> list[AnswerPart]:
    """Return the parts that a stream carried; it holds nothing but parts and comments."""
    found = []
    for block in filter(None, text.split("\n\n")):
        if block == ":":
            continue
        kind, data = block.split("\n")
        assert kind == "event: part"
        found.append(AnswerPart.model_validate_json(data.removeprefix("data: ")))
    return found


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    told = (answer.status_code, answer.headers["content-type"], answer.json()["code"])
    return told == (status, PROBLEM_TYPE, code)


# --- what is refused ----------------------------------------------------------------------------


def test_nobody_asks_without_a_session(anybody: httpx.Client):
    path = API_PREFIX + ANSWERS_PATH
    assert is_problem(anybody.post(path, json=FILTER), 401, "signed_out")
    answer = anybody.post(path, json=FILTER, headers={"Authorization": "Bearer made-up"})
    assert is_problem(answer, 401, "signed_out")


def test_what_one_may_not_ask_is_a_usual_problem_and_no_stream(client: Client, ticket: int):
    alice, bob = client("alice"), client("bob")
    assert is_problem(alice.post(ANSWERS_PATH, json=SUMMARY), 403, "forbidden")
    assert is_problem(bob.post(ANSWERS_PATH, json={"kind": "test"}), 403, "forbidden")
    missing = {"kind": "summary", "ticket_id": 999}
    assert is_problem(bob.post(ANSWERS_PATH, json=missing), 404, "not_found")
    conversation = client("bob").post("/conversations").json()["id"]
    others = {"kind": "chat", "conversation_id": conversation, "text": "Hello"}
    assert is_problem(alice.post(ANSWERS_PATH, json=others), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"kind":"summary"}', 422),
        (b'{"kind":"oracle","text":"x"}', 422),
        (b'{"kind":"filter","text":"   "}', 422),
        (b'{"kind":"filter","text":"x","model":"other"}', 422),
        (b'{"kind":"filter","text":"\xff"}', 400),
        (b'{"kind":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"kind":"filter","text":"' + b"x" * asking.LARGEST_ASK + b'"}', 413),
    ],
    ids=[
        "empty", "half", "list", "incomplete", "unknown kind", "blank", "further field",
        "no UTF-8", "deep", "large",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client: Client, body: bytes, status: int):
    answer = client("bob").post(ANSWERS_PATH, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM_TYPE
    if status == 413:
        assert answer.status_code == status


def test_another_method_and_another_type_are_refused(client: Client):
    bob = client("bob")
    refused = bob.get(ANSWERS_PATH)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    form = bob.post(ANSWERS_PATH, content=b"kind=filter", headers={"Content-Type": "text/plain"})
    assert 400 <= form.status_code < 500


def test_a_key_asks_within_its_scopes(anybody: httpx.Client, sign_in: SignIn, ticket: int):
    dana = sign_in("dana")

    def ask(body: dict[str, Any], *scopes: Permission) -> httpx.Response:
        made = dana.api_keys.create(NewApiKey(name="Key", scopes=scopes))
        headers = {"Authorization": f"Bearer {made.key}"}
        return anybody.post(API_PREFIX + ANSWERS_PATH, json=body, headers=headers)

    search = {"kind": "search", "text": "vpn"}
    both = (Permission.USE_ASSISTANT, Permission.READ_ARTICLES)
    assert parts_in(ask(search, *both).text)[-1].kind is PartKind.DONE
    assert is_problem(ask(search, Permission.READ_ARTICLES), 403, "forbidden")
    assert is_problem(ask(search, Permission.USE_ASSISTANT), 403, "forbidden")
    assert is_problem(ask(SUMMARY, *both), 403, "forbidden")


# --- how it comes in ----------------------------------------------------------------------------


def test_an_answer_comes_as_events(client: Client):
    answer = client("bob").post(ANSWERS_PATH, json=FILTER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    parts = parts_in(answer.text)
    assert [part.kind for part in parts] == [PartKind.SOURCES, PartKind.DONE]
    assert parts[-1].answer is not None
    assert parts[-1].answer.filter is not None


def test_the_api_describes_it(anybody: httpx.Client, client: Client):
    document = client("dana").get("/openapi.json", timeout=60).json()
    described = document["paths"][API_PREFIX + ANSWERS_PATH]["post"]
    assert described["security"]
    assert "text/event-stream" in described["responses"]["200"]["content"]
    kinds = described["requestBody"]["content"]["application/json"]["schema"]["discriminator"]
    assert set(kinds["mapping"]) >= {"chat", "triage", "summary", "test"}
    for reference in kinds["mapping"].values():
        assert reference.rpartition("/")[2] in document["components"]["schemas"]


def through_model(
    url: str, sign_in: SignIn, play: Play, act: Callable[[httpx.AsyncClient, Any], Awaitable[None]]
) -> None:
    """Have the desk ask a model that plays, and act as somebody who is signed in as bob."""

    async def whole() -> None:
        async with model_server(play) as model:
            use_model(sign_in("dana"), model.url, at_once=8)
            async with _bob(url) as client:
                await act(client, model)

    asyncio.run(whole())


@asynccontextmanager
async def _bob(url: str) -> AsyncIterator[httpx.AsyncClient]:
    with httpx.Client(base_url=url, trust_env=False) as once:
        token = token_of(once, "bob")
    headers = {"Authorization": f"Bearer {token}"}
    base = url + API_PREFIX
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(
        base_url=base, headers=headers, trust_env=False, timeout=SOON, limits=limits
    ) as client:
        yield client


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread brings about, while the model goes on playing."""
    await asyncio.to_thread(wait_until, condition)


async def begins(pieces: AsyncIterator[str], wanted: str) -> str:
    """Read until something has come in."""
    heard = ""
    async for piece in pieces:
        heard += piece
        if wanted in heard:
            return heard
    raise AssertionError(f"it ended with {heard!r}")


async def slowly(call: Call) -> None:
    """Say a little, and nothing more until whoever asked is gone."""
    await call.answer(delta("Word "))
    await call.silence()


def test_texts_come_piece_by_piece_and_comments_while_the_model_is_silent(
    url: str, sign_in: SignIn, ticket: int, monkeypatch
):
    monkeypatch.setattr(asking, "HEARTBEAT_SECONDS", 0.02)
    heard = asyncio.Event()

    async def play(call: Call) -> None:
        await call.answer(delta("Before "))
        await asyncio.wait_for(heard.wait(), SOON)
        await call.send(delta("after."), delta(None, "stop"), DONE)

    async def act(client: httpx.AsyncClient, _model: ModelServer) -> None:
        async with client.stream("POST", ANSWERS_PATH, json=SUMMARY) as answer:
            text = ""
            async for piece in answer.aiter_text():
                text += piece
                if text.count(":\n\n") >= 3 and "Before" in text:
                    heard.set()
        parts = parts_in(text)
        assert "".join(part.text for part in parts) == "Before after."
        assert parts[-1].kind is PartKind.DONE

    through_model(url, sign_in, play, act)


def test_whoever_goes_has_given_the_question_up_and_the_model_is_left_too(
    server: Running, sign_in: SignIn, ticket: int
):
    async def act(client: httpx.AsyncClient, model: ModelServer) -> None:
        async with client.stream("POST", ANSWERS_PATH, json=SUMMARY) as answer:
            await begins(answer.aiter_text(), "Word")
            assert len(server.app.state.asking) == 1
        await model.all_gone()
        await until(lambda: len(server.app.state.asking) == 0)

    through_model(server.url, sign_in, slowly, act)


def test_a_model_that_breaks_off_ends_the_stream_with_a_sentence(
    url: str, sign_in: SignIn, ticket: int
):
    async def act(client: httpx.AsyncClient, _model: ModelServer) -> None:
        parts = parts_in((await client.post(ANSWERS_PATH, json=SUMMARY)).text)
        assert [part.kind for part in parts] == [PartKind.SOURCES, PartKind.TEXT, PartKind.FAILED]
        assert parts[-1].retry_possible
        assert parts[-1].sentence.endswith(".")

    through_model(url, sign_in, says(delta("Half a ")), act)


def test_one_session_has_four_questions_open_at_once(server: Running, sign_in: SignIn, ticket: int):
    async def act(client: httpx.AsyncClient, model: ModelServer) -> None:
        ways = [client.stream("POST", ANSWERS_PATH, json=SUMMARY) for _ in range(4)]
        for way in ways:
            assert (await way.__aenter__()).status_code == 200
        refused = await client.post(ANSWERS_PATH, json=SUMMARY)
        assert is_problem(refused, 429, "too_many_attempts")
        assert int(refused.headers["retry-after"]) > 0
        async with _bob(server.url) as another:
            answer = await another.post(ANSWERS_PATH, json=FILTER | {"text": "new tickets"})
            assert answer.status_code == 200
        for way in ways:
            await way.__aexit__(None, None, None)
        await model.all_gone()
        await until(lambda: len(server.app.state.asking) == 0)
        assert (await client.post(ANSWERS_PATH, json={"kind": "search", "text": "x"})).is_success

    # The last questions have a form, which this model does not fill: the rules answer them.
    through_model(server.url, sign_in, _silent_on_texts, act)


async def _silent_on_texts(call: Call) -> None:
    if "response_format" in call.json:
        await says(delta("nothing"), delta(None, "stop"), DONE)(call)
    else:
        await slowly(call)


# --- how it ends --------------------------------------------------------------------------------


def test_a_server_that_stops_says_so_and_keeps_what_came(
    server: Running, sign_in: SignIn, caplog: pytest.LogCaptureFixture
):
    bob = sign_in("bob")
    conversation = bob.assistant.begin()
    dana = sign_in("dana")
    _publish(dana)
    ask = {"kind": "chat", "conversation_id": conversation.id, "text": "My VPN client drops"}

    async def act(client: httpx.AsyncClient, model: ModelServer) -> None:
        async with client.stream("POST", ANSWERS_PATH, json=ask) as answer:
            pieces = answer.aiter_text()
            before = await begins(pieces, "Word")
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            rest = "".join([piece async for piece in pieces])
        await stopping
        await model.all_gone()
        last = parts_in(before + rest)[-1]
        assert (last.kind, last.code, last.retry_possible) == (PartKind.FAILED, "busy", True)
        assert "stop" in last.sentence

    through_model(server.url, sign_in, slowly, act)
    said = bob.assistant.conversation(conversation.id).messages
    assert [(each.text, each.state) for each in said[1:]] == [("Word ", MessageState.STOPPED)]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_whoever_signs_out_and_goes_finds_what_came_in_the_conversation(
    server: Running, sign_in: SignIn
):
    bob = sign_in("bob")
    conversation = bob.assistant.begin()
    _publish(sign_in("dana"))
    ask = {"kind": "chat", "conversation_id": conversation.id, "text": "My VPN client drops"}

    async def act(client: httpx.AsyncClient, model: ModelServer) -> None:
        async with client.stream("POST", ANSWERS_PATH, json=ask) as answer:
            await begins(answer.aiter_text(), "Word")
            # A window that closes ends its session, and its connections, in no order.
            assert (await client.delete("/session")).is_success
        await model.all_gone()
        await until(lambda: len(server.app.state.asking) == 0)

    through_model(server.url, sign_in, slowly, act)
    said = bob.assistant.conversation(conversation.id).messages
    assert [(each.text, each.state) for each in said[1:]] == [("Word ", MessageState.STOPPED)]


def _publish(admin: Any) -> None:
    from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility

    made = admin.articles.create(NewArticle(title="VPN client drops", body="Restart the VPN."))
    change = ArticleChange(visibility=Visibility.EVERYONE, publish=True, version=made.version)
    admin.articles.save(made.id, change)


@pytest.mark.parametrize("is_talking", [True, False], ids=["talking model", "silent model"])
def test_a_reader_that_stops_is_dropped_and_the_model_with_it(
    server: Running,
    sign_in: SignIn,
    ticket: int,
    monkeypatch,
    caplog: pytest.LogCaptureFixture,
    is_talking: bool,
):
    monkeypatch.setattr(asking, "_SEND_SECONDS", 0.2)
    monkeypatch.setattr(asking, "HEARTBEAT_SECONDS", 1000.0 if is_talking else 0.05)
    if not is_talking:
        # Comments alone would fill the buffers of the system only after many minutes.
        monkeypatch.setattr(Exchange, "send_part", _stuck_at_comments(Exchange.send_part))

    async def play(call: Call) -> None:
        if is_talking:
            await call.begin()
            await call.pour(delta("Word " * 2000))
        else:
            await slowly(call)

    async def act(client: httpx.AsyncClient, model: ModelServer) -> None:
        with ExitStack() as stack:
            stack.enter_context(_deaf(server.port, client.headers["Authorization"]))
            await asyncio.wait_for(model.asked.wait(), SOON)
            await model.all_gone()
            await until(lambda: len(server.app.state.asking) == 0)
        # Others are still answered.
        assert (await client.get("/assistant")).is_success

    through_model(server.url, sign_in, play, act)
    faults = [r for r in caplog.records if r.levelno >= logging.ERROR and "uvicorn" not in r.name]
    assert [record.getMessage() for record in faults] == []


def _stuck_at_comments(send_part: Any) -> Any:
    async def sends(exchange: Exchange, part: bytes, *, more: bool) -> None:
        if part == b":\n\n":
            await asyncio.Event().wait()
        await send_part(exchange, part, more=more)

    return sends


def _deaf(port: int, authorization: str) -> socket.socket:
    """Return a connection that asks, and never reads."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.connect(("127.0.0.1", port))
    body = json.dumps(SUMMARY)
    head = (
        f"POST {API_PREFIX}{ANSWERS_PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall((head + body).encode())
    return connection
