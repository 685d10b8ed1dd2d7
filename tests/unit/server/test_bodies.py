# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a request is taken in, from whom, and from all at once."""

from __future__ import annotations

import asyncio
import socket
import threading
from urllib.parse import urlsplit

import httpx
import pytest

from helpdesk.core.api import API_PREFIX
from helpdesk.core.errors import Busy
from helpdesk.core.operation import operations_of
from helpdesk.core.settings import Settings
from helpdesk.server import gate
from helpdesk.server.bodies import SMALL_BYTES, Bodies
from helpdesk.server.threads import Threads
from helpdesk.services.sessions import Sessions
from tests.servers import running, wait_until
from tests.unit.server.conftest import token_of, with_server


def test_a_sign_in_is_small(anybody: httpx.Client):
    body = b'{"username": "alice", "password": "x"' + b" " * SMALL_BYTES + b"}"
    answer = anybody.post(f"{API_PREFIX}/session", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "16 KB" in answer.json()["detail"]


@pytest.mark.parametrize(
    "shown", ["", "Authorization: Basic eDp5\r\n", "Authorization: Bearer\r\n"]
)
def test_the_body_of_a_stranger_is_not_waited_for(url: str, shown: str):
    place = urlsplit(url)
    head = (
        f"POST {API_PREFIX}/tickets HTTP/1.1\r\nHost: x\r\n{shown}Content-Length: 4000000\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_large_bodies_at_once_are_bounded_and_given_back(embedded, settings, monkeypatch):
    bodies = Bodies(100 * 1024)
    monkeypatch.setattr(gate, "Bodies", lambda: bodies)
    with (
        running(embedded, settings) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        client.headers["Authorization"] = f"Bearer {token_of(client, 'alice')}"
        tickets = f"{API_PREFIX}/tickets"
        large = {"subject": "x", "description": "x" * 90 * 1024}
        for _ in range(3):
            assert client.post(tickets, json=large).status_code == 201
            wait_until(lambda: bodies.held == 0)
        bodies.hold(90 * 1024)
        refused = client.post(tickets, json=large)
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert client.post(tickets, json={"subject": "small"}).status_code == 201
        wait_until(lambda: bodies.held == 90 * 1024)


def test_no_more_is_held_than_is_allowed():
    bodies = Bodies(10)
    bodies.hold(10)
    with pytest.raises(Busy):
        bodies.hold(1)
    bodies.release(10)
    bodies.hold(1)
    assert bodies.held == 1


def test_health_is_told_when_there_is_too_much_to_do(embedded, settings: Settings, monkeypatch):
    leave, entered = threading.Event(), threading.Semaphore(0)
    execute = embedded.executor.execute

    def slow(operation, *arguments: object, **named: object) -> object:
        if operation.name == "current":
            entered.release()
            assert leave.wait(30)
        return execute(operation, *arguments, **named)

    monkeypatch.setattr(embedded.executor, "execute", slow)
    with running(embedded, with_server(settings, requests_at_once=1)) as server:
        session = f"{server.url}{API_PREFIX}/session"
        waiting = threading.Thread(target=httpx.get, args=(session,), kwargs={"trust_env": False})
        waiting.start()
        try:
            assert entered.acquire(timeout=30)
            assert httpx.get(session, trust_env=False).status_code == 503
            assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
        finally:
            leave.set()
            waiting.join()


def test_who_leaves_does_not_wait_for_who_comes():
    names = {}

    async def run() -> None:
        threads = Threads()
        for name in ("sign_in", "sign_out"):
            work = threading.current_thread
            names[name] = (await threads.run(operations_of(Sessions)[name], work)).name
        threads.stop()

    asyncio.run(run())
    assert names["sign_in"].startswith("wait")
    assert names["sign_out"].startswith("write")
