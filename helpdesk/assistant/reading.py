# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the body of an answer, whatever form the server chose: events, lines of JSON, or one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from helpdesk.assistant.chunks import Chunk, Unreadable, chunk_of, parsed
from helpdesk.core.server_events import EventParser, ServerEvent

EVENT_LIMIT = 256 * 1024
"""The most bytes of one line of an answer, and of one event."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


class NotThis(ValueError):
    """It is a page for people, as a portal or a proxy sends it."""


class _Done:
    """The end that a server announces."""


DONE: Final = _Done()
Said = Chunk | _Done


class AnswerReader:
    """Takes the bytes of one answer and gives what they say."""

    def __init__(self) -> None:
        """Begin before the first byte, which tells the form more surely than a header does."""
        self._begun = b""
        self._form: _Events | _Lines | None = None

    def feed(self, part: bytes) -> Iterator[Said]:
        """Yield what is whole with these bytes.

        Raises ``Unreadable``, ``NotThis`` or ``TooLong``.
        """
        if self._form is None:
            self._begun += part
            self._form = _form_of(self._begun)
            part, self._begun = self._begun, (b"" if self._form else self._begun)
        if self._form is not None:
            yield from self._form.feed(part)

    def end(self) -> Iterator[Said]:
        """Yield what the end of the body made whole. Raises as ``feed`` does."""
        if self._form is not None:
            yield from self._form.end()


def _form_of(begun: bytes) -> _Events | _Lines | None:
    first = begun.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANK)[:1]
    if not first:
        return None
    if first == b"<":
        raise NotThis("it is a page")
    return _Lines() if first in (b"{", b"[") else _Events()


class _Events:
    """Server-sent events."""

    def __init__(self) -> None:
        self._parser = EventParser(EVENT_LIMIT, EVENT_LIMIT)

    def feed(self, part: bytes) -> Iterator[Said]:
        for event in self._parser.feed(part):
            yield _said_by(event)

    def end(self) -> Iterator[Said]:
        event = self._parser.rest()
        if event is None:
            return
        try:
            yield _said_by(event)
        except Unreadable:
            # Half an event: that the answer is not whole, its missing end says.
            return


class _Lines:
    """JSON, one object a line or one object on many lines."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0
        self._is_one_object = False

    def feed(self, part: bytes) -> Iterator[Said]:
        self._rest += part
        if self._is_one_object:
            return
        while (end := self._rest.find(b"\n", self._searched)) >= 0:
            line = bytes(self._rest[:end])
            try:
                chunk = _chunk_of(line)
            except Unreadable:
                self._is_one_object = True
                return
            del self._rest[: end + 1]
            self._searched = 0
            if chunk is not None:
                yield chunk
        self._searched = len(self._rest)

    def end(self) -> Iterator[Said]:
        try:
            chunk = _chunk_of(bytes(self._rest))
        except Unreadable:
            if self._rest.lstrip(_BLANK).startswith(b"["):
                raise
            # Cut off: what it would have said is not there.
            return
        if chunk is not None:
            yield chunk


def _chunk_of(line: bytes) -> Chunk | None:
    line = line.removeprefix(_BYTE_ORDER_MARK).strip(_BLANK)
    return chunk_of(parsed(line.decode("utf-8", "replace"))) if line else None


def _said_by(event: ServerEvent) -> Said:
    data = event.data.strip()
    if data == "[DONE]":
        return DONE
    if event.kind == "error":
        return Chunk(error=_error_of(data))
    return chunk_of(parsed(data)) if data else Chunk()


def _error_of(data: str) -> object:
    try:
        value = parsed(data)
    except Unreadable:
        value = None
    return value or data or "error"
