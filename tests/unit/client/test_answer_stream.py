# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a server that is gone, strange, old or silent: each ends with one last part."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import aclosing, suppress
from functools import cache
from pathlib import Path

import pytest

from helpdesk.client import answer_stream
from helpdesk.client.answer_stream import RemoteAnswers
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.api import ANSWERS_PATH, API_LEVEL, API_PREFIX, LEVEL_HEADER
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.assistant import Answer, AnswerPart, FilterAsk, PartKind
from helpdesk.core.settings import ClientSettings
from tests.unit.client.scripted import Exchange, Scripted, Step, problem, says, sends

pytestmark = pytest.mark.timeout(60)

ASK = FilterAsk(text="urgent tickets")
TOKEN = "a token"
SOURCES = AnswerPart(kind=PartKind.SOURCES, answer=Answer(text="s"))
LAST = AnswerPart(kind=PartKind.DONE, answer=Answer(text="Half an answer."))
HEAD = (
    f"HTTP/1.1 200 So\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    f"{LEVEL_HEADER}: {API_LEVEL}\r\nTransfer-Encoding: chunked\r\n\r\n"
).encode()


@cache
def _client_settings() -> ClientSettings:
    return settings_module.load(DataFolder(Path("nowhere"))).client


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(part: AnswerPart) -> bytes:
    return chunk(b"event: part\ndata: " + part.model_dump_json().encode() + b"\n\n")


def text(piece: str) -> bytes:
    return event(AnswerPart(kind=PartKind.TEXT, text=piece))


def stream(*parts: bytes, then: Step | None = None) -> Step:
    return sends(HEAD + b"".join(parts), then)


def until_left(exchange: Exchange) -> None:
    """Say nothing until whoever asked has closed the connection."""
    with suppress(OSError):
        while exchange.connection.recv(1024):
            pass


class Asked:
    """What came of one question to a scripted server."""

    def __init__(self, step: Step, *, most: int = 100, token: str | None = TOKEN) -> None:
        """Ask, and read at most so many parts."""
        self.signed_out: list[str] = []
        with Scripted([step]) as server:
            http = HttpTransport(server.url, _client_settings())
            if token is not None:
                signed_in(http)
            http.on_session(lambda view: self.signed_out.append("in" if view else "signed out"))
            try:
                self.parts = asyncio.run(_ask(http, most))
                self.requests = server.exchanges
                self.token = http.token
            finally:
                http.keeps_session = True
                http.close()

    @property
    def last(self) -> AnswerPart:
        """The last part; there is one, and nothing after it."""
        ends = [part.kind in (PartKind.DONE, PartKind.FAILED) for part in self.parts]
        assert ends == [False] * (len(ends) - 1) + [True]
        return self.parts[-1]

    @property
    def text(self) -> str:
        """What was shown."""
        return "".join(part.text for part in self.parts if part.kind is PartKind.TEXT)


def signed_in(http: HttpTransport) -> None:
    http._session.replace(TOKEN)  # noqa: SLF001 -- no server here begins a session


async def _ask(http: HttpTransport, most: int) -> list[AnswerPart]:
    answers, found = RemoteAnswers(http), []
    try:
        async with aclosing(answers.answer(ASK)) as parts:
            async for part in parts:
                found.append(part)
                if len(found) == most:
                    break
    finally:
        await answers.aclose()
    return found


# --- well ---------------------------------------------------------------------------------------


def test_parts_come_as_they_were_sent_wherever_the_bytes_are_cut():
    wire = event(SOURCES) + chunk(b":\n\n") + text("Half an ") + text("änswer.") + event(LAST)
    byte_by_byte = b"".join(chunk(bytes((each,))) for each in b"event: part\ndata: ")
    rest = LAST.model_dump_json().encode() + b"\n\n"

    asked = Asked(stream(wire, chunk(b"")))
    assert asked.text == "Half an änswer."
    assert asked.last == LAST
    (request,) = asked.requests
    assert request.target == API_PREFIX + ANSWERS_PATH
    assert request.headers["authorization"] == f"Bearer {TOKEN}"

    assert Asked(stream(byte_by_byte, chunk(rest), chunk(b""))).last == LAST


@pytest.mark.parametrize("then", [Exchange.reset, Exchange.close], ids=["reset", "closed"])
def test_after_the_last_part_nothing_follows_whatever_becomes_of_the_connection(then: Step):
    assert Asked(stream(text("Half an answer."), event(LAST), then=then)).last == LAST


def test_a_question_given_up_closes_the_connection():
    gone = threading.Event()

    def watch(exchange: Exchange) -> None:
        until_left(exchange)
        gone.set()

    asked = Asked(stream(text("Half "), then=watch), most=1)
    assert asked.text == "Half "
    assert gone.wait(20)


# --- lost ---------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_can_be_asked_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    http = HttpTransport(f"http://127.0.0.1:{port}", _client_settings())
    signed_in(http)
    (part,) = asyncio.run(_ask(http, 9))
    assert (part.kind, part.code, part.retry_possible) == (PartKind.FAILED, "unreachable", True)
    assert "does not answer" in part.sentence


@pytest.mark.parametrize(
    "then",
    [Exchange.reset, Exchange.close, sends(chunk(b""))],
    ids=["reset", "closed", "ended"],
)
def test_a_server_lost_in_the_middle_leaves_what_came(then: Step):
    asked = Asked(stream(event(SOURCES), text("Half an "), text("answer"), then=then))
    assert asked.text == "Half an answer"
    assert (asked.last.code, asked.last.retry_possible) == ("unreachable", True)
    assert "ask again" in asked.last.sentence
    assert asked.signed_out == []


def test_a_server_that_falls_silent_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(answer_stream, "SILENCE_SECONDS", 0.2)
    asked = Asked(stream(text("Half "), then=until_left))
    assert asked.text == "Half "
    assert asked.last.retry_possible


# --- refused ------------------------------------------------------------------------------------


def test_a_session_that_has_ended_is_told_to_whoever_shows_it():
    asked = Asked(problem(401, "signed_out", "Your session has ended; sign in again."))
    assert asked.last.code == "signed_out"
    assert not asked.last.retry_possible
    assert asked.signed_out == ["signed out"]
    assert asked.token is None


def test_nobody_asks_without_a_session():
    asked = Asked(stream(event(LAST)), token=None)
    assert asked.last.code == "signed_out"
    assert asked.requests == []


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (403, "forbidden", False),
        (404, "not_found", False),
        (422, "invalid", False),
        (429, "too_many_attempts", True),
        (503, "busy", True),
    ],
)
def test_a_refusal_keeps_its_sentence_and_says_whether_to_ask_again(
    status: int, code: str, again: bool
):
    asked = Asked(problem(status, code, "In one sentence."))
    told = (asked.last.code, asked.last.sentence, asked.last.retry_possible)
    assert told == (code, "In one sentence.", again)
    assert asked.signed_out == []


# --- somebody else ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        says(200, b"<html>Sign in to this network</html>", Content_Type="text/html"),
        says(200, b"{}"),
        says(200, b"data: {}\n\n", Content_Type="text/event-stream", Help_Desk_Level=""),
        stream(chunk(b"event: part\ndata: <html>\n\n")),
        stream(chunk(b"event: part\ndata: " + b"x" * 5_000_000 + b"\n\n")),
        says(302, b"", Location="http://elsewhere.example/", Content_Type="text/html"),
    ],
    ids=["captive portal", "no stream", "no help desk", "unreadable", "endless", "elsewhere"],
)
def test_a_stranger_is_told_apart_and_asking_it_again_is_of_no_use(step: Step):
    last = Asked(step).last
    assert (last.kind, last.code, last.retry_possible) == (PartKind.FAILED, "unreachable", False)
    assert last.sentence.endswith(".")
    assert "127.0.0.1" in last.sentence


def test_an_older_and_a_newer_server_are_told_of():
    older = Asked(says(200, b"", Content_Type="text/event-stream", Help_Desk_Level="0"))
    assert older.last.code == "older_server"
    newer = Asked(problem(426, "newer_server", "Too old."))
    assert newer.last.code == "newer_server"
    # One of before the assistant knows no such path.
    before = Asked(problem(404, "not_found", "There is nothing at this address."))
    assert not before.last.retry_possible
