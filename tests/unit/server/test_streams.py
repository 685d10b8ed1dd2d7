# SPDX-License-Identifier: GPL-3.0-or-later
"""The event stream: who hears what, how soon, and when it ends."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import httpx
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.errors import Busy
from helpdesk.core.settings import Settings
from helpdesk.server import streams, watch
from helpdesk.server.watch import CHANGES
from tests.conftest import SettableClock
from tests.servers import running, wait_until
from tests.unit.server.conftest import token_of, with_server

STREAM = API_PREFIX + STREAM_PATH
SOON = 20.0


class Message(NamedTuple):
    """One server-sent event."""

    event: str
    id: str | None
    data: Any


class Listener:
    """A window that listens on a thread of its own."""

    def __init__(self, url: str, headers: dict[str, str], **parameters: str) -> None:
        """Connect, and wait until the answer has begun."""
        self._url, self._headers, self._parameters = url, headers, parameters
        self.messages: queue.Queue[Message | None] = queue.Queue()
        self.comments = 0
        self.status = 0
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._begun.wait(SOON)

    def next(self) -> Message:
        """Return the next message."""
        found = self.messages.get(timeout=SOON)
        assert found is not None, "the stream has ended"
        return found

    def ended(self) -> bool:
        """Wait for the end, and tell whether nothing came before it."""
        return self.messages.get(timeout=SOON) is None

    def _listen(self) -> None:
        try:
            with httpx.stream(
                "GET",
                self._url + STREAM,
                headers=self._headers,
                params=self._parameters,
                timeout=SOON,
                trust_env=False,
            ) as answer:
                self.status = answer.status_code
                self._begun.set()
                self._read(answer)
        finally:
            self.messages.put(None)

    def _read(self, answer: httpx.Response) -> None:
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                data = json.loads(fields["data"])
                self.messages.put(Message(fields["event"], fields.get("id"), data))
                fields = {}


Listen = Callable[..., Listener]


@pytest.fixture
def quickly(monkeypatch) -> None:
    """Look at sessions far more often than the server does."""
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)


@pytest.fixture
def listen(url: str, client) -> Listen:
    """Return a function that lets somebody listen."""

    def listening(username: str, **parameters: str) -> Listener:
        authorization = client(username).headers["Authorization"]
        return Listener(url, {"Authorization": authorization}, **parameters)

    return listening


def test_the_first_message_tells_where_the_stream_begins(listen: Listen, client):
    client("alice").post("/tickets", json={"subject": "Before"})
    first = listen("alice").next()
    assert first.event == "changes"
    assert first.id == first.data["cursor"]
    assert (first.data["ticket_ids"], first.data["everything"]) == ([], False)


def test_what_is_committed_is_told(listen: Listen, client):
    stream = listen("bob")
    before = stream.next()
    client("alice").post("/tickets", json={"subject": "No sound"})
    told = stream.next()
    assert told.data["ticket_ids"] == [1]
    assert told.id == told.data["cursor"] != before.id


def test_what_another_process_commits_is_told(listen: Listen, folder, settings, clock):
    stream = listen("bob")
    stream.next()
    other = EmbeddedDesk.open(folder, settings, clock=clock)
    try:
        from helpdesk.core.schemas.tickets import NewTicket
        from helpdesk.core.schemas.users import NewSession
        from tests.conftest import PASSWORD

        desk = other.facade()
        desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
        desk.tickets.open(NewTicket(subject="From elsewhere"))
        assert stream.next().data["ticket_ids"] == [1]
    finally:
        other.close()


def test_nobody_hears_of_what_they_may_not_see(listen: Listen, client, quickly):
    alice, erin = listen("alice"), listen("erin")
    alice.next()
    erin.next()
    client("erin").post("/tickets", json={"subject": "Mine"})
    assert erin.next().data["ticket_ids"] == [1]
    client("alice").post("/tickets", json={"subject": "Another"})
    # Had the first one been told to alice, it would have come before this one.
    assert alice.next().data["ticket_ids"] == [2]


def test_a_stream_goes_on_after_the_last_message_read(url, client, listen: Listen):
    authorization = client("bob").headers["Authorization"]
    begin = listen("bob").next().id
    for subject in ("One", "Two"):
        client("alice").post("/tickets", json={"subject": subject})
    headers = {"Authorization": authorization, "Last-Event-ID": begin or ""}
    again = Listener(url, headers).next()
    assert sorted(again.data["ticket_ids"]) == [1, 2]
    assert sorted(listen("bob", after=begin or "").next().data["ticket_ids"]) == [1, 2]


def test_a_cursor_that_is_none_loads_everything(url, client):
    headers = {"Authorization": client("bob").headers["Authorization"], "Last-Event-ID": "x'--"}
    assert Listener(url, headers).next().data["everything"] is True


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": "Bearer none"}, "", 401),
        ({}, "?after=1&after=2", 422),
        ({}, "?after=%00", 422),
    ],
    ids=["nobody", "wrong", "twice", "nul"],
)
def test_a_stream_that_cannot_begin_is_a_usual_problem(anybody, headers, query, status):
    answer = anybody.get(STREAM + query, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_signing_out_ends_the_stream(listen: Listen, client, url, quickly):
    bob = client("bob")
    stream = Listener(url, {"Authorization": bob.headers["Authorization"]})
    stream.next()
    assert bob.delete("/session").status_code == 204
    told = stream.next()
    assert (told.event, told.data["code"], told.data["status"]) == ("signed_out", "signed_out", 401)
    assert stream.ended()


def test_an_account_that_ends_ends_the_stream(listen: Listen, client, quickly):
    stream = listen("bob")
    stream.next()
    dana = client("dana")
    bob = next(user for user in dana.get("/users?q=bob").json()["items"])
    ended = dana.post(f"/users/{bob['id']}/deactivate", json={"version": bob["version"]})
    assert ended.status_code == 200
    while (told := stream.next()).event == "changes":
        pass
    assert told.event == "signed_out"
    assert stream.ended()


def test_a_new_role_is_told_to_the_person(listen: Listen, client):
    stream = listen("bob")
    stream.next()
    dana = client("dana")
    bob = dana.get("/users?q=bob").json()["items"][0]
    dana.patch(f"/users/{bob['id']}", json={"role": "manager", "version": bob["version"]})
    assert stream.next().data["others"] == [{"kind": "user", "ids": [bob["id"]]}]


def test_an_idle_session_is_not_kept_alive(
    listen: Listen, clock: SettableClock, settings: Settings, quickly
):
    stream = listen("bob")
    stream.next()
    clock.forward(hours=settings.security.session_hours + 1)
    assert stream.next().event == "signed_out"


def test_a_stream_without_news_still_lives(listen: Listen, monkeypatch, quickly):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    stream = listen("bob")
    stream.next()
    wait_until(lambda: stream.comments >= 3)


def test_a_busy_desk_does_not_end_a_stream(listen: Listen, client, embedded, monkeypatch, quickly):
    stream = listen("bob")
    stream.next()
    execute, asked = embedded.executor.execute, threading.Semaphore(0)

    def busy(operation: Any, *arguments: Any, **named: Any) -> Any:
        if operation is CHANGES:
            asked.release()
            raise Busy("Not now.")
        return execute(operation, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(embedded.executor, "execute", busy)
        for _ in range(5):
            assert asked.acquire(timeout=SOON)
    client("alice").post("/tickets", json={"subject": "Later"})
    assert stream.next().data["ticket_ids"] == [1]


def test_many_commits_are_told_of_together(listen: Listen, client, embedded, monkeypatch):
    stream = listen("bob")
    stream.next()
    execute, looks = embedded.executor.execute, []

    def counting(operation: Any, *arguments: Any, **named: Any) -> Any:
        if operation is CHANGES:
            looks.append(time.monotonic())
        return execute(operation, *arguments, **named)

    monkeypatch.setattr(embedded.executor, "execute", counting)
    alice, started = client("alice"), time.monotonic()
    for number in range(100):
        alice.post("/tickets", json={"subject": str(number)})
    heard: set[int] = set()
    while len(heard) < 100:
        heard |= set(stream.next().data["ticket_ids"])
    seconds = time.monotonic() - started
    # Two looks of the watch and of the stream each time, and one of the regular ones.
    assert len(looks) <= 2 * (seconds / watch._SHORTEST_SECONDS + 2) + seconds / 2  # noqa: SLF001


def test_too_many_streams_are_refused(embedded, settings: Settings):
    with running(embedded, with_server(settings, streams_at_once=2)) as server:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            headers = {"Authorization": f"Bearer {token_of(client, 'bob')}"}
            open_ones = [Listener(server.url, headers) for _ in range(2)]
            refused = client.get(STREAM, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "busy")
            assert client.get("/health").status_code == 200
        assert [each.next().event for each in open_ones] == ["changes", "changes"]


def test_one_session_cannot_take_all_streams(url, client):
    bob = client("bob")
    headers = {"Authorization": bob.headers["Authorization"]}
    listeners = [Listener(url, headers) for _ in range(8)]
    assert [each.status for each in listeners] == [200] * 8
    assert bob.get(STREAM.removeprefix(API_PREFIX)).status_code == 429


def test_a_window_that_closes_leaves_nothing(embedded, settings: Settings):
    with running(embedded, settings) as server:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            headers = {"Authorization": f"Bearer {token_of(client, 'bob')}"}
            with client.stream("GET", STREAM, headers=headers):
                assert len(server.app.state.streams) == 1
        wait_until(lambda: len(server.app.state.streams) == 0)
        assert server.app.state.streams._watch is None  # noqa: SLF001


def test_streams_end_with_the_server(embedded, settings: Settings):
    with running(embedded, settings) as server:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            token = token_of(client, "bob")
        stream = Listener(server.url, {"Authorization": f"Bearer {token}"})
        stream.next()
        started = time.monotonic()
        server.stop()
        assert stream.ended()
        assert time.monotonic() - started < settings.server.stop_seconds / 2


def test_a_reader_that_stops_is_dropped_and_others_go_on(embedded, settings: Settings, monkeypatch):
    monkeypatch.setattr(streams, "_SEND_SECONDS", 0.2)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.001)
    with running(embedded, settings) as server, ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=server.url, trust_env=False))
        token = token_of(client, "bob")
        deaf = stack.enter_context(_deaf_reader(server.port, token))
        wait_until(lambda: len(server.app.state.streams) == 1)
        # Its heartbeats come without end and nobody takes them.
        wait_until(lambda: len(server.app.state.streams) == 0, 120)
        assert deaf.fileno() > 0
        stream = Listener(server.url, {"Authorization": f"Bearer {token}"})
        assert stream.next().event == "changes"


def _deaf_reader(port: int, token: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.connect(("127.0.0.1", port))
    head = f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def read_until(connection: socket.socket, wanted: bytes) -> None:
    connection.settimeout(SOON)
    heard = b""
    while wanted not in heard:
        piece = connection.recv(65536)
        assert piece
        assert piece.strip(b"0123456789abcdef\r\n:"), "only heartbeats came"
        heard += piece


@pytest.fixture
def many(embedded, settings: Settings) -> Iterator[Callable[[int], list[socket.socket]]]:
    """Return a function that opens many streams of one server."""
    with running(embedded, settings) as server, ExitStack() as stack:

        def opened(count: int) -> list[socket.socket]:
            with httpx.Client(base_url=server.url, trust_env=False) as client:
                tokens = [token_of(client, "bob") for _ in range(-(-count // 8))]
            found = [
                stack.enter_context(_deaf_reader(server.port, tokens[n // 8])) for n in range(count)
            ]
            for connection in found:
                read_until(connection, b'"cursor"')
            return found

        yield opened


def test_many_streams_hear_of_one_commit(many, embedded, sign_in):
    from helpdesk.core.schemas.tickets import NewTicket

    connections = many(100)
    sign_in("alice").tickets.open(NewTicket(subject="For all"))
    for connection in connections:
        read_until(connection, b'"ticket_ids":[1]')
