# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection: bounds what uvicorn leaves to the patience of the other side.

A connection that says nothing, one whose headers arrive drop by drop, and one that does not read
its answer would each be held for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from helpdesk.core.errors import Malformed, TooSlow
from helpdesk.server.answers import Answer, problem_answer
from helpdesk.server.exchange import common_headers

HEAD_SECONDS = 15.0
"""From the start of a connection, or of a request on it, until all of its headers are there."""
READING_SECONDS = 30.0
"""How long somebody may stop reading an answer."""
MOST_CONNECTIONS = 4_000
_LINGER_SECONDS = 1.0

_UNREADABLE = Malformed("The request is no HTTP that can be read; check what sends it.")
_SLOW = TooSlow(f"The head of the request did not arrive within {HEAD_SECONDS:g} seconds.")


class PatientProtocol(H11Protocol):
    """Patient, but not for ever."""

    head_seconds = HEAD_SECONDS
    reading_seconds = READING_SECONDS
    _refused = False
    _head_timer: asyncio.TimerHandle | None = None
    _reading_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        if len(self.connections) >= MOST_CONNECTIONS:
            transport.abort()
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop(self._head_timer)
        self._stop(self._reading_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, and mind whether a request has begun that is not all there."""
        if self._refused:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop(self._head_timer)
            self._head_timer = None
        elif self._head_timer is None:
            self._await_head()

    def on_response_complete(self) -> None:
        """Go on with the next request, which may have begun before this one was answered."""
        super().on_response_complete()
        half = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        if half and self._head_timer is None:
            self._await_head()

    def pause_writing(self) -> None:
        """Begin to wait for a reader that has stopped reading."""
        super().pause_writing()
        self._stop(self._reading_timer)
        self._reading_timer = self.loop.call_later(self.reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting: it reads again."""
        self._stop(self._reading_timer)
        self._reading_timer = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the shape of every other problem."""
        del msg
        self._refuse(problem_answer(_UNREADABLE))

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._on_slow_head)

    def _on_slow_head(self) -> None:
        self._head_timer = None
        if not self._refused and self.conn.their_state is h11.IDLE:
            if self.conn.trailing_data[0]:
                self._refuse(problem_answer(_SLOW))
            else:
                self.transport.close()

    def _refuse(self, answer: Answer) -> None:
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            # In the midst of an answer there is no place for another one.
            self.transport.abort()
            return
        headers = [
            *answer.all_headers(),
            *common_headers(self.scheme or "http"),
            (b"connection", b"close"),
        ]
        events: tuple[Any, ...] = (
            h11.Response(status_code=answer.status, headers=headers),
            h11.Data(data=answer.body),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # Closed at once, while more is on its way here, the answer would be lost over there.
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
