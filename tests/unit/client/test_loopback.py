# SPDX-License-Identifier: GPL-3.0-or-later
"""What a browser brings back counts once, with its state alone, and never from another page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from helpdesk.client.loopback import Loopback
from helpdesk.core.errors import DeskError

STATE = "the-state-of-this-sign-in"
LONG = 30.0


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def listener() -> Iterator[Loopback]:
    listener = Loopback()
    yield listener
    listener.close()


@pytest.fixture
def waiting(listener: Loopback, threads: ThreadPoolExecutor) -> Iterator[Future[str]]:
    future = threads.submit(listener.wait, STATE, LONG)
    yield future
    listener.close()


def port_of(listener: Loopback) -> int:
    port = urlsplit(listener.redirect_uri).port
    assert port is not None
    return port


def get(
    listener: Loopback, target: str, *, method: str = "GET", host: str = ""
) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port_of(listener), timeout=5)
    try:
        connection.request(method, target, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def test_a_code_with_its_state_is_taken_once_and_the_page_says_so(listener, waiting):
    status, page, heads = get(listener, f"/?code=a%2Fb&state={STATE}")
    assert waiting.result(5) == "a/b"
    assert (status, "You can close this window" in page) == (200, True)
    assert heads["Cache-Control"] == "no-store"
    assert "<script" not in page
    with pytest.raises(ConnectionError):
        get(listener, f"/?code=another&state={STATE}")


def test_only_this_machine_can_come(listener):
    assert urlsplit(listener.redirect_uri).hostname == "127.0.0.1"
    assert urlsplit(listener.redirect_uri).path == ""


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("/?code=x&state=another", {}),
        ("/?code=x", {}),
        (f"/?code=x&state={STATE}&state={STATE}", {}),
        (f"/elsewhere?code=x&state={STATE}", {}),
        (f"/?code=x&state={STATE}", {"method": "POST"}),
        (f"/?code=x&state={STATE}", {"host": "attacker.example"}),
        ("/?error=access_denied&state=another", {}),
        ("/favicon.ico", {}),
    ],
)
def test_what_is_not_the_answer_neither_signs_in_nor_ends_the_waiting(
    listener, waiting, target, options
):
    status, page, _ = get(listener, target, **options)
    assert status in (400, 404)
    assert "x&" not in page
    assert not waiting.done()
    get(listener, f"/?code=right&state={STATE}")
    assert waiting.result(5) == "right"


def test_odd_bytes_and_silent_visitors_hold_nobody_up(listener, waiting):
    silent = [socket.create_connection(("127.0.0.1", port_of(listener))) for _ in range(20)]
    for odd in (b"\x16\x03\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET //[ HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port_of(listener)), 5) as visitor:
            visitor.sendall(odd)
            assert visitor.recv(20).startswith(b"HTTP/1.1 400")
    with socket.create_connection(("127.0.0.1", port_of(listener)), 5) as visitor:
        visitor.sendall(b"GET /?" + b"x" * 40_000)
        assert visitor.recv(20) in (b"", b"HTTP/1.1 400 Bad Req")
    get(listener, f"/?code=right&state={STATE}")
    assert waiting.result(5) == "right"
    for each in silent:
        each.close()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"error=access_denied&state={STATE}", "refused in the browser (access_denied)"),
        (f"error=%3Cb%3E%00{'y' * 500}&state={STATE}", "refused in the browser"),
        (f"state={STATE}", "without a sign-in"),
        (f"code=&state={STATE}", "without a sign-in"),
    ],
)
def test_a_refusal_is_told_in_a_sentence(listener, waiting, query, words):
    _, page, _ = get(listener, f"/?{query}")
    with pytest.raises(DeskError) as told:
        waiting.result(5)
    assert words in str(told.value)
    assert len(str(told.value)) < 250
    assert "did not come to its end" in page


def test_nobody_comes_in_time(listener):
    with pytest.raises(DeskError, match="in time"):
        listener.wait(STATE, 0.0)


def test_closing_ends_the_waiting_from_another_thread(listener, waiting):
    threading.Thread(target=listener.close).start()
    with pytest.raises(DeskError, match="cancelled"):
        waiting.result(5)


def test_nobody_waits_at_one_that_is_closed():
    listener = Loopback()
    listener.close()
    listener.close()
    with pytest.raises(DeskError, match="cancelled"):
        listener.wait(STATE, LONG)
