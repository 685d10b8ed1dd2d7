# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes server-sent events out of a stream of bytes, wherever those are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE_LIMIT = 1024 * 1024
_EVENT_LIMIT = 4 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DIGITS = 9


class TooLong(ValueError):
    """A line or an event is longer than any that the desk sends."""


class ServerEvent(NamedTuple):
    """One event, with the id that resumes behind it."""

    kind: str
    data: str
    id: str


class EventParser:
    """The event stream of the HTML standard: fields, comments, every line end, bounded sizes."""

    def __init__(self) -> None:
        """Begin at the start of a stream."""
        self.last_id = ""
        """The id of the last event; it outlives a connection."""
        self.retry_seconds: float | None = None
        """How long the server wants to be left alone before a new connection, if it said so."""
        self._begun = False
        self._after_return = False
        self._rest = b""
        self._kind = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, part: bytes) -> Iterator[ServerEvent]:
        """Yield the events that are whole with these bytes. Raises ``TooLong``."""
        for line in self._lines(part):
            if line:
                self._take(line)
            elif self._data:
                yield self._event()
            else:
                self._kind = ""

    def _lines(self, part: bytes) -> Iterator[bytes]:
        self._rest += part
        if not self._begun:
            if len(self._rest) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(self._rest):
                return
            self._begun = True
            self._rest = self._rest.removeprefix(_BYTE_ORDER_MARK)
        if self._after_return and self._rest:
            # The line feed of a line end that was cut in two.
            self._rest = self._rest.removeprefix(b"\n")
            self._after_return = False
        begin = 0
        for end in _LINE_END.finditer(self._rest):
            yield self._checked(self._rest[begin : end.start()])
            begin = end.end()
        self._after_return = self._after_return or (
            begin == len(self._rest) and self._rest.endswith(b"\r")
        )
        self._rest = self._checked(self._rest[begin:])

    @staticmethod
    def _checked(line: bytes) -> bytes:
        if len(line) > _LINE_LIMIT:
            raise TooLong("a line of the event stream is too long")
        return line

    def _take(self, line: bytes) -> None:
        name, _, raw = line.partition(b":")
        value = raw.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._size += len(raw)
            if self._size > _EVENT_LIMIT:
                raise TooLong("an event is too long")
            self._data.append(value)
        elif name == b"event":
            self._kind = value
        elif name == b"id" and "\0" not in value:
            self.last_id = value
        elif name == b"retry" and raw.strip().isdigit() and len(raw) < _DIGITS:
            self.retry_seconds = int(raw) / 1000

    def _event(self) -> ServerEvent:
        event = ServerEvent(self._kind or "message", "\n".join(self._data), self.last_id)
        self._kind, self._data, self._size = "", [], 0
        return event
