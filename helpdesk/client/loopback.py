# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits on this workstation for what a browser brings back from a sign-in (RFC 8252).

It listens on 127.0.0.1 alone, takes one answer that carries the state it was told, and is gone
then. Whatever else knocks, such as another page of the browser, is turned away and ends nothing.
"""

from __future__ import annotations

import secrets
import selectors
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from helpdesk.core.errors import DeskError

_HOST: Final = "127.0.0.1"
_LONGEST_REQUEST: Final = 16 * 1024
_LONGEST_CODE: Final = 4096
_MOST_VISITORS: Final = 16
"""Browsers open connections that they may never use."""
_READ: Final = 4096
_WRITE_SECONDS: Final = 2.0
_MOST_WORDS: Final = 80
_TOO_LATE = "Nothing came back from the browser in time; begin the sign-in again."
_REFUSED = "The sign-in was refused in the browser ({}); begin it again, or ask an admin."
_NO_CODE = "The browser came back without a sign-in; begin it again."
_CLOSED = "The sign-in in the browser was cancelled."
_NO_PORT = "This program cannot wait for the browser: {}. Sign in with a password, or try again."
_DONE = "You can close this window and go back to Help Desk."
_NOT_DONE = "The sign-in did not come to its end. Close this window and go back to Help Desk."
_STRANGE = "This page belongs to no sign-in that Help Desk waits for."
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Help Desk</title></head>'
    "<body><p>{}</p></body></html>"
)
_HEAD = (
    "HTTP/1.1 {status} {phrase}\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Length: {length}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n\r\n"
)


@dataclass(frozen=True)
class _Answer:
    """What came back: a code, or why there is none."""

    code: str = field(repr=False)
    problem: str = ""


@dataclass
class _Visitor:
    """A connection whose request has not arrived in full."""

    connection: socket.socket
    read: bytearray = field(default_factory=bytearray)


class Loopback:
    """A listener for one answer; `close` ends the waiting from any thread."""

    def __init__(self) -> None:
        """Listen from now on. Raises ``DeskError`` where that is not possible."""
        try:
            self._listener = socket.create_server((_HOST, 0))
        except OSError as error:
            raise DeskError(_NO_PORT.format(error.strerror or error)) from error
        self._listener.setblocking(False)
        self._port: int = self._listener.getsockname()[1]
        self._stirred, self._stirs = socket.socketpair()
        self._lock = threading.Lock()
        self._is_waiting = self._is_closed = False

    @property
    def redirect_uri(self) -> str:
        """The address that the browser is to come back to."""
        return f"http://{_HOST}:{self._port}"

    def wait(self, state: str, seconds: float) -> str:
        """Return the code that comes back with this state. Raises ``DeskError`` without one."""
        until = time.monotonic() + seconds
        with self._lock:
            self._is_waiting = not self._is_closed
        try:
            with selectors.DefaultSelector() as watched:
                return self._wait(watched, state, until)
        finally:
            with self._lock:
                self._is_closed = True
            self._let_go()

    def close(self) -> None:
        """Wait no more."""
        with self._lock:
            self._is_closed = True
            # Its other end hears of it, and lets go of all the rest.
            self._stirs.close()
            if self._is_waiting:
                return
        self._let_go()

    def _let_go(self) -> None:
        for each in (self._listener, self._stirred, self._stirs):
            each.close()

    def _wait(self, watched: selectors.BaseSelector, state: str, until: float) -> str:
        visitors: dict[socket.socket, _Visitor] = {}
        if self._is_closed:
            raise DeskError(_CLOSED)
        watched.register(self._listener, selectors.EVENT_READ)
        watched.register(self._stirred, selectors.EVENT_READ)
        try:
            while not self._is_closed:
                left = until - time.monotonic()
                if left <= 0:
                    raise DeskError(_TOO_LATE)
                for key, _ in watched.select(left):
                    answer = self._hear(key.fileobj, watched, visitors, state)
                    if answer is not None:
                        return _code_of(answer)
            raise DeskError(_CLOSED)
        finally:
            for visitor in visitors.values():
                visitor.connection.close()

    def _hear(
        self,
        ready: object,
        watched: selectors.BaseSelector,
        visitors: dict[socket.socket, _Visitor],
        state: str,
    ) -> _Answer | None:
        """Go on with whoever has something to say; return what a sign-in came to, if it has."""
        if ready is self._listener:
            self._let_in(watched, visitors)
            return None
        if not isinstance(ready, socket.socket) or (visitor := visitors.get(ready)) is None:
            return None
        if not _has_all(visitor):
            return None
        watched.unregister(visitor.connection)
        del visitors[visitor.connection]
        with visitor.connection:
            return self._reply(visitor, state)

    def _let_in(
        self, watched: selectors.BaseSelector, visitors: dict[socket.socket, _Visitor]
    ) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            if len(visitors) >= _MOST_VISITORS:
                oldest = next(iter(visitors))
                watched.unregister(oldest)
                visitors.pop(oldest).connection.close()
            visitors[connection] = _Visitor(connection)
            watched.register(connection, selectors.EVENT_READ)

    def _reply(self, visitor: _Visitor, state: str) -> _Answer | None:
        status, words, answer = self._judge(bytes(visitor.read), state)
        body = _PAGE.format(words).encode()
        head = _HEAD.format(status=status.value, phrase=status.phrase, length=len(body))
        with suppress(OSError):
            visitor.connection.settimeout(_WRITE_SECONDS)
            visitor.connection.sendall(head.encode() + body)
            visitor.connection.shutdown(socket.SHUT_WR)
        return answer

    def _judge(self, request: bytes, state: str) -> tuple[HTTPStatus, str, _Answer | None]:
        """Return what a request is answered, and what it means for the sign-in, if anything."""
        target = self._target_of(request)
        if target is None:
            return HTTPStatus.BAD_REQUEST, _STRANGE, None
        parts = urlsplit(target)
        if parts.path not in ("", "/"):
            return HTTPStatus.NOT_FOUND, _STRANGE, None
        values = parse_qs(parts.query, max_num_fields=50)
        given = values.get("state", [""])
        # Another page could come here on its own: it must neither sign in nor end the waiting.
        if len(given) != 1 or not secrets.compare_digest(given[0].encode(), state.encode()):
            return HTTPStatus.BAD_REQUEST, _STRANGE, None
        codes = values.get("code", [])
        if len(codes) == 1 and len(codes[0]) <= _LONGEST_CODE and "error" not in values:
            return HTTPStatus.OK, _DONE, _Answer(codes[0])
        return HTTPStatus.OK, _NOT_DONE, _Answer("", _problem_of(values))

    def _target_of(self, request: bytes) -> str | None:
        """Return what is asked for; only this address counts, by whatever name it was found."""
        try:
            first, *headers = request.split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
            method, target, version = first.split(" ")
            hosts = [
                value.strip()
                for name, _, value in (line.partition(":") for line in headers)
                if name.strip().lower() == "host"
            ]
            urlsplit(target)
        except ValueError:
            return None
        is_ours = hosts == [f"{_HOST}:{self._port}"]
        is_http = version.startswith("HTTP/1.") and target.startswith("/")
        return target if method == "GET" and is_ours and is_http else None


def _has_all(visitor: _Visitor) -> bool:
    """Read on; return whether the request is there, or will never be."""
    try:
        read = visitor.connection.recv(_READ)
    except BlockingIOError:
        return False
    except OSError:
        return True
    visitor.read += read
    return not read or b"\r\n\r\n" in visitor.read or len(visitor.read) > _LONGEST_REQUEST


def _problem_of(values: dict[str, list[str]]) -> str:
    said = values.get("error", [""])[0][:_MOST_WORDS]
    words = "".join(each for each in said if each.isascii() and each.isprintable())
    return _REFUSED.format(words) if words else _NO_CODE


def _code_of(answer: _Answer) -> str:
    if not answer.code:
        raise DeskError(answer.problem or _NO_CODE)
    return answer.code
