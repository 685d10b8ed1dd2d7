# SPDX-License-Identifier: GPL-3.0-or-later
"""News from the server: resumed where it broke off, never hammered for, and ended at once."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpdesk.client.connection import Connection
from helpdesk.client.event_stream import EventStream
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.schemas.tickets import Changes
from helpdesk.core.settings import ClientSettings, Settings
from tests.servers import wait_until
from tests.unit.client.scripted import Exchange, Scripted, Step, problem, says, sends, whole

HEAD = {"Content_Type": "text/event-stream", "Content_Length": "", "Cache_Control": "no-store"}


def begins(*parts: bytes, then: Callable[[Exchange], object] | None = None) -> Step:
    """Return a step that begins a stream, says some parts and leaves it open or does ``then``."""

    def step(exchange: Exchange) -> None:
        exchange.send(whole(200, **HEAD))
        for part in parts:
            exchange.send(part)
        if then is not None:
            then(exchange)

    return step


def changes(cursor: str, *ticket_ids: int, end: str = "\n") -> bytes:
    data = Changes(ticket_ids=ticket_ids, cursor=cursor).model_dump_json()
    return end.join([f"id: {cursor}", "event: changes", f"data: {data}", "", ""]).encode()


class Heard:
    """What a stream told."""

    def __init__(self) -> None:
        self.changes: list[Changes] = []
        self.connection: list[Connection] = []
        self.waits: list[float] = []

    @property
    def cursors(self) -> list[str]:
        return [each.cursor for each in self.changes]

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return event.wait(0.005)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def client_settings(settings: Settings) -> ClientSettings:
    return settings.client.model_copy(update={"connect_seconds": 2.0})


@pytest.fixture
def listen(
    heard: Heard, client_settings: ClientSettings
) -> Iterator[Callable[..., tuple[EventStream, HttpTransport]]]:
    begun: list[tuple[EventStream, HttpTransport]] = []

    def listening(url: str, **given: Any) -> tuple[EventStream, HttpTransport]:
        http = HttpTransport(url, client_settings)
        http._session.replace("the token")  # noqa: SLF001 -- as if somebody had signed in
        http.keeps_session = True
        http.state.subscribe(heard.connection.append)
        options: dict[str, Any] = {"chance": lambda: 0.5, "wait": heard.wait} | given
        stream = EventStream(http, "the token", heard.changes.append, **options)
        begun.append((stream, http))
        stream.start()
        return begun[-1]

    yield listening
    for stream, http in begun:
        stream.stop()
        http.close()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_changes_arrive_and_the_connection_is_told(
    listen: Callable[..., Any], heard: Heard, end: str
):
    parts = [b": beat" + end.encode(), changes("e.1.0", end=end), changes("e.2.0", 7, end=end)]
    with Scripted([begins(*parts)]) as server:
        listen(server.url)
        wait_until(lambda: len(heard.changes) == 2)
    assert heard.changes[1] == Changes(ticket_ids=(7,), cursor="e.2.0")
    assert heard.connection[0] is Connection.CONNECTED
    asked = server.exchanges[0]
    assert asked.target == "/api/v1/events/stream"
    assert asked.headers["authorization"] == "Bearer the token"
    assert asked.headers["accept"] == "text/event-stream"
    assert "last-event-id" not in asked.headers


BREAKS: dict[str, Callable[[Exchange], object]] = {
    "ends in order": Exchange.close,
    "is reset": Exchange.reset,
    "ends in mid-event": sends(b"id: e.9.9\nevent: changes\nda", Exchange.close),
}


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS.keys())
def test_a_stream_that_breaks_is_resumed_behind_the_last_event(
    listen: Callable[..., Any], heard: Heard, breaks: Callable[[Exchange], object]
):
    with Scripted([begins(changes("e.1.0"), then=breaks), begins(changes("e.2.0"))]) as server:
        _, http = listen(server.url)
        wait_until(lambda: heard.cursors == ["e.1.0", "e.2.0"])
        assert server.exchanges[1].headers["last-event-id"] == "e.1.0"
        assert http.state.present is Connection.CONNECTED
        assert heard.waits == [0.5]


def test_a_server_that_goes_and_comes_back_is_away_in_between(
    listen: Callable[..., Any], heard: Heard
):
    with Scripted([begins(changes("e.1.0"))]) as server:
        _, http = listen(server.url)
        wait_until(lambda: len(heard.changes) == 1)
        port = server.port
    wait_until(lambda: http.state.present is Connection.AWAY)
    wait_until(lambda: len(heard.waits) > 6)
    assert heard.waits[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    again = Scripted([begins(changes("e.2.0"))])
    again._listener.close()  # noqa: SLF001 -- the same port again
    again._listener = socket.create_server(("127.0.0.1", port), reuse_port=False)  # noqa: SLF001
    with again:
        wait_until(lambda: heard.cursors == ["e.1.0", "e.2.0"])
        assert again.exchanges[0].headers["last-event-id"] == "e.1.0"
    assert heard.connection[:3] == [Connection.CONNECTED, Connection.AWAY, Connection.CONNECTED]


def test_a_server_that_takes_everybody_and_ends_at_once_is_not_hammered(
    listen: Callable[..., Any], heard: Heard
):
    with Scripted([begins(then=Exchange.close)]) as server:
        listen(server.url)
        wait_until(lambda: len(heard.waits) >= 8)
        assert heard.waits[:8] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
        tries = len(server.exchanges)
        assert tries <= len(heard.waits) + 1


def test_silence_is_a_connection_lost(listen: Callable[..., Any], heard: Heard):
    with Scripted([begins(changes("e.1.0")), begins(changes("e.2.0"))]) as server:
        listen(server.url, silence_seconds=1.0)
        wait_until(lambda: "e.2.0" in heard.cursors)
        assert server.exchanges[1].headers["last-event-id"] == "e.1.0"
    assert Connection.AWAY in heard.connection


def test_a_heartbeat_is_no_silence(listen: Callable[..., Any], heard: Heard):
    over = threading.Event()

    def beat(exchange: Exchange) -> None:
        for _ in range(30):
            exchange.send(b": beat\n\n")
            over.wait(0.05)
        exchange.send(changes("e.2.0"))

    with Scripted([begins(changes("e.1.0"), then=beat)]) as server:
        listen(server.url, silence_seconds=1.0)
        wait_until(lambda: heard.cursors == ["e.1.0", "e.2.0"])
        assert len(server.exchanges) == 1
        over.set()


def test_the_server_may_ask_for_patience(listen: Callable[..., Any], heard: Heard):
    patience = begins(b"retry: 7000\n\n", changes("e.1.0"), then=Exchange.close)
    with Scripted([patience]) as server:
        listen(server.url)
        wait_until(lambda: len(heard.waits) >= 2)
        assert heard.waits[:2] == [7.0, 7.0]


@pytest.mark.parametrize("data", ['{"code":"signed_out","detail":"Ended."}', "x", "{}", ""])
def test_the_end_of_the_session_ends_the_stream(
    listen: Callable[..., Any], heard: Heard, data: str
):
    ended = f"event: signed_out\ndata: {data}\n\n".encode()
    with Scripted([begins(changes("e.1.0"), ended)]) as server:
        stream, http = listen(server.url)
        wait_until(lambda: http.state.present is Connection.SIGNED_OUT)
        assert http.token is None
        wait_until(lambda: not stream._thread.is_alive())  # noqa: SLF001
        assert len(server.exchanges) == 1


def test_a_token_that_is_refused_ends_the_stream(listen: Callable[..., Any]):
    with Scripted([problem(401, "signed_out")]) as server:
        stream, http = listen(server.url)
        wait_until(lambda: not stream._thread.is_alive())  # noqa: SLF001
        assert http.state.present is Connection.SIGNED_OUT
        assert len(server.exchanges) == 1


NO_STREAMS: dict[str, tuple[Step, Connection]] = {
    "a portal": (
        says(200, "<html>", Content_Type="text/html", Help_Desk_Level=""),
        Connection.AWAY,
    ),
    "JSON": (says(200, []), Connection.AWAY),
    "a proxy": (says(502, "<html>", Content_Type="text/html", Help_Desk_Level=""), Connection.AWAY),
    "garbage": (sends(b"SSH-2.0\r\n\r\n", Exchange.close), Connection.AWAY),
    "a line without end": (begins(b"data: " + b"x" * 3_000_000), Connection.AWAY),
    "changes that are none": (begins(b"event: changes\ndata: {}\n\n"), Connection.AWAY),
    "a newer server": (problem(426, "newer_server"), Connection.TOO_NEW),
    "an older server": (says(200, Help_Desk_Level="0"), Connection.TOO_NEW),
}


@pytest.mark.parametrize(("step", "state"), NO_STREAMS.values(), ids=NO_STREAMS.keys())
def test_what_is_no_stream_is_tried_again_later_and_later(
    listen: Callable[..., Any], heard: Heard, step: Step, state: Connection
):
    with Scripted([step]) as server:
        stream, http = listen(server.url)
        wait_until(lambda: len(heard.waits) >= 4)
        assert heard.waits[:4] == [0.5, 1.0, 2.0, 4.0]
        assert state in heard.connection
        assert heard.changes == []
        assert stream._thread.is_alive()  # noqa: SLF001
        assert http.token == "the token"


def test_a_server_that_is_busy_is_not_away(listen: Callable[..., Any], heard: Heard):
    with Scripted([problem(503, "busy")]) as server:
        listen(server.url)
        wait_until(lambda: len(heard.waits) >= 3)
        assert Connection.AWAY not in heard.connection


def test_somebody_who_reached_the_server_ends_the_wait(listen: Callable[..., Any], heard: Heard):
    waiting = threading.Event()

    def wait(event: threading.Event, seconds: float) -> bool:
        waiting.set()
        return event.wait(30)

    with Scripted([Exchange.reset, begins(changes("e.1.0"))]) as server:
        stream, _ = listen(server.url, wait=wait)
        assert waiting.wait(10)
        stream.wake()
        wait_until(lambda: heard.cursors == ["e.1.0"])


def test_a_listener_that_fails_stops_nothing(
    client_settings: ClientSettings, caplog: pytest.LogCaptureFixture
):
    told = threading.Semaphore(0)

    def fail(_: Changes) -> None:
        told.release()
        raise ValueError("a bug")

    with (
        caplog.at_level(logging.CRITICAL, logger="helpdesk"),
        Scripted([begins(changes("e.1.0"), changes("e.2.0"))]) as server,
    ):
        stream = EventStream(HttpTransport(server.url, client_settings), "the token", fail)
        stream.start()
        assert told.acquire(timeout=10)
        assert told.acquire(timeout=10)
        stream.stop()
        assert len(server.exchanges) == 1


STANDS: dict[str, Step] = {
    "in a quiet stream": begins(changes("e.1.0")),
    "before the head": lambda exchange: None,
    "in mid-head": sends(b"HTTP/1.1 200 OK\r\nX: "),
    "in a chunk": sends(whole(200, **HEAD, Transfer_Encoding="chunked") + b"ffff\r\nid"),
}


@pytest.mark.parametrize("step", STANDS.values(), ids=STANDS.keys())
def test_stopping_ends_it_within_a_second_wherever_it_stands(
    listen: Callable[..., Any], step: Step
):
    with Scripted([step]) as server:
        stream, _ = listen(server.url)
        wait_until(lambda: len(server.exchanges) == 1)
        started = time.perf_counter()
        stream.stop()
        assert not stream._thread.is_alive()  # noqa: SLF001
        assert time.perf_counter() - started < 1
        stream.stop()


def test_stopping_ends_a_wait(listen: Callable[..., Any], heard: Heard):
    waiting = threading.Event()

    def wait(event: threading.Event, seconds: float) -> bool:
        waiting.set()
        return event.wait(30)

    with Scripted([Exchange.reset]) as server:
        stream, _ = listen(server.url, wait=wait)
        assert waiting.wait(10)
        stream.stop()
        assert not stream._thread.is_alive()  # noqa: SLF001


def test_nothing_is_told_after_the_stop(listen: Callable[..., Any], heard: Heard):
    with Scripted([begins(changes("e.1.0"))]) as server:
        stream, http = listen(server.url)
        wait_until(lambda: len(heard.changes) == 1)
        stream.stop()
        assert http.state.present is Connection.CONNECTED
        assert json.loads(heard.changes[0].model_dump_json())["cursor"] == "e.1.0"
