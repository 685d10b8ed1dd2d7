# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes server-sent events out of a stream of bytes, wherever those are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE_LIMIT = 1024 * 1024
EVENT_LIMIT = 4 * 1024 * 1024
"""The most bytes of a line and of an event, unless told."""
# On bytes: U+2028 or NEL inside a text ends no line, as it would for str.splitlines.
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DIGITS = 9


class TooLong(ValueError):
    """A line or an event is longer than any that is expected."""


class ServerEvent(NamedTuple):
    """One event, with the id that resumes behind it."""

    kind: str
    data: str
    id: str = ""


class EventParser:
    """The event stream of the HTML standard: fields, comments, every line end, bounded sizes."""

    def __init__(self, line_limit: int = LINE_LIMIT, event_limit: int = EVENT_LIMIT) -> None:
        """Begin at the start of a stream."""
        self.last_id = ""
        """The id of the last event; it outlives a connection."""
        self.retry_seconds: float | None = None
        """How long the server wants to be left alone before a new connection, if it said so."""
        self._line_limit = line_limit
        self._event_limit = event_limit
        self._line = bytearray()
        self._is_first_line = True
        self._after_return = False
        self._kind = ""
        self._data: list[bytes] = []
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

    def rest(self) -> ServerEvent | None:
        """Return the event that the end of the stream cut off, whole or not, if there is one."""
        if self._line:
            self._take(self._next_line())
        return self._event() if self._data else None

    def _lines(self, part: bytes) -> Iterator[bytes]:
        if self._after_return and part:
            # The line feed of a line end that was cut in two.
            part = part.removeprefix(b"\n")
            self._after_return = False
        begin = 0
        for end in _LINE_END.finditer(part):
            self._extend(part[begin : end.start()])
            yield self._next_line()
            begin = end.end()
        self._after_return = self._after_return or part.endswith(b"\r")
        self._extend(part[begin:])

    def _extend(self, part: bytes) -> None:
        self._line += part
        if len(self._line) > self._line_limit:
            raise TooLong("a line of the stream is too long")

    def _next_line(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        if self._is_first_line:
            self._is_first_line = False
            return line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._size += len(value)
            if self._size > self._event_limit:
                raise TooLong("an event is too long")
            self._data.append(value)
        elif name == b"event":
            self._kind = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self.last_id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.strip().isdigit() and len(value) < _DIGITS:
            self.retry_seconds = int(value) / 1000

    def _event(self) -> ServerEvent:
        data = b"\n".join(self._data).decode("utf-8", "replace")
        event = ServerEvent(self._kind or "message", data, self.last_id)
        self._kind, self._data, self._size = "", [], 0
        return event
