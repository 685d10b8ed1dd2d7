# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests made to hurt (G04): large, deep, slow, half, and never read."""

from __future__ import annotations

import gc
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from helpdesk.core.api import API_PREFIX
from helpdesk.core.settings import Settings
from helpdesk.server import protocol
from helpdesk.server.protocol import PatientProtocol
from tests.servers import Running, running, wait_until
from tests.unit.server.conftest import token_of, with_server

SESSION = f"{API_PREFIX}/session"
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 50
ANSWERS = 20


def resident_megabytes() -> float:
    """Return what this process, the server within it, holds in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@pytest.fixture
def memory() -> Iterator[None]:
    """Fail a test in which the memory of the server grows by much."""
    if not Path("/proc/self/status").exists():
        pytest.skip("what a process holds is read there")
    gc.collect()
    before = resident_megabytes()
    yield
    assert resident_megabytes() - before < MOST_MEGABYTES


def pieces(megabytes: int) -> Iterator[bytes]:
    piece = b" " * (MEGABYTE // 4)
    for _ in range(megabytes * 4):
        yield piece


def test_g04_a_large_request_is_refused_by_what_it_says(anybody, memory):
    headers = JSON | {"Content-Length": str(100 * MEGABYTE)}
    answer = anybody.post(SESSION, content=pieces(100), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert anybody.get("/health").status_code == 200


def test_g04_a_large_request_is_refused_by_what_comes(anybody, memory):
    answer = anybody.post(SESSION, content=pieces(100), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert anybody.get("/health").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        json.dumps({f"k{n}": n for n in range(100_000)}).encode(),
        b'{"username":' + b"[" * 100_000,
        b'["' + b'\\"' * 900_000,
    ],
    ids=["arrays", "objects", "keys", "within", "quotes"],
)
def test_g04_deep_and_wide_json_is_refused(anybody, memory, body):
    answer = anybody.post(SESSION, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert anybody.get("/health").status_code == 200


def test_g04_a_million_keys_are_refused(anybody, memory):
    body = b"{" + b",".join(b'"k%d":1' % n for n in range(10**6)) + b"}"
    assert anybody.post(SESSION, content=body, headers=JSON).status_code == 413


def test_the_largest_comment_fits(client):
    alice = client("alice")
    alice.post("/tickets", json={"subject": "x"})
    said = alice.post("/tickets/1/comments", json={"body": "x" * 1_000_000})
    assert said.status_code == 201
    longer = alice.post("/tickets/1/comments", json={"body": "x" * 1_000_001})
    assert longer.status_code == 422
    assert "shorten it" in longer.json()["detail"]
    assert alice.post("/tickets/1/comments", json={"body": "x" * 10**7}).status_code == 413


@pytest.fixture
def hasty(embedded, settings: Settings, monkeypatch) -> Iterator[Running]:
    """Return a server that is patient for a moment only."""
    monkeypatch.setattr(PatientProtocol, "head_seconds", 0.3)
    monkeypatch.setattr(PatientProtocol, "reading_seconds", 0.3)
    with running(embedded, with_server(settings, request_seconds=0.3)) as server:
        yield server


def conversation(server: Running, *parts: bytes) -> bytes:
    """Send parts and return all that is answered until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def test_g04_a_body_that_does_not_come_is_not_waited_for(hasty: Running):
    head = f"POST {SESSION} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode()
    answer = conversation(hasty, head, b'{"username"')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "too_slow"' in answer


def test_g04_a_body_that_drips_is_not_waited_for(hasty: Running):
    head = f"POST {SESSION} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(head)
        stop = threading.Event()

        def drip() -> None:
            try:
                while not stop.wait(0.02):
                    connection.sendall(b"1\r\n \r\n")
            except OSError:
                pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
        finally:
            stop.set()
            dripping.join()


def test_g04_a_head_that_drips_is_not_waited_for(hasty: Running):
    answer = conversation(hasty, b"GET /health HTTP/1.1\r\nHost: x\r\nX-A")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"nosniff" in answer


def test_g04_a_second_head_that_drips_is_not_waited_for(hasty: Running):
    answer = conversation(hasty, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hea")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


def test_g04_a_connection_that_says_nothing_is_closed(hasty: Running):
    assert conversation(hasty) == b""


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=["tls", "0.9", "header", "negative", "two lengths", "long header"],
)
def test_what_is_no_http_is_refused_in_the_same_shape(hasty: Running, request_bytes):
    answer = conversation(hasty, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"nosniff" in answer


def test_a_broken_chunk_ends_the_connection(hasty: Running):
    head = f"POST {SESSION} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert conversation(hasty, head, b"zz\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_request_that_breaks_off_leaves_nothing(hasty: Running):
    head = f"POST {SESSION} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(head)
    wait_until(lambda: not hasty.server.server_state.connections)


def test_an_answer_that_is_not_read_is_broken_off(hasty: Running):
    with asking_for_much(hasty):
        wait_until(lambda: bool(hasty.server.server_state.connections))
        wait_until(lambda: not hasty.server.server_state.connections)


def test_an_answer_that_is_read_slowly_arrives(embedded, settings: Settings, monkeypatch):
    paused = threading.Event()
    pause_writing = PatientProtocol.pause_writing

    def noted(self: PatientProtocol) -> None:
        pause_writing(self)
        paused.set()

    monkeypatch.setattr(PatientProtocol, "pause_writing", noted)
    with running(embedded, settings) as server, asking_for_much(server) as connection:
        assert paused.wait(20)
        read = 0
        while read < ANSWERS * 1_000_000:
            piece = connection.recv(65536)
            assert piece
            read += len(piece)


@contextmanager
def asking_for_much(server: Running) -> Iterator[socket.socket]:
    """Yield a connection that has asked for far more than it has room for."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        token = token_of(client, "dana")
        headers = {"Authorization": f"Bearer {token}"}
        body = {"description": "x" * 1_000_000}
        opened = client.post(f"{API_PREFIX}/tickets", headers=headers, json=body)
        assert opened.status_code == 201
    with socket.socket() as connection:
        connection.settimeout(20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        ask = f"GET {API_PREFIX}/tickets/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}"
        connection.sendall(f"{ask}\r\n\r\n".encode() * ANSWERS)
        yield connection


def test_connections_beyond_the_limit_are_refused(embedded, settings: Settings, monkeypatch):
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 1)
    with running(embedded, settings) as server:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            assert client.get("/health").status_code == 200
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{server.url}/health", trust_env=False)
        wait_until(lambda: not server.server.server_state.connections)
        assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200


def test_pipelined_requests_are_answered_in_turn(hasty: Running):
    one = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = conversation(hasty, one + one + last)
    assert answer.count(b'{"status":"ok"}') == 2
    assert b"404" in answer
