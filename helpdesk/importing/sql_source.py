# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump as bytes that are looked at through a window, however long the dump is."""

from __future__ import annotations

import re
from typing import IO

BLOCK = 1024 * 1024
MOST_COLUMNS = 4096
"""More than a table of either database can have."""
LONGEST_VALUE = 256 * 1024 * 1024
"""Bytes in memory at most; a file of 100 MB takes up to twice as many in a dump."""


class DumpBroken(Exception):
    """The dump does not go on as its grammar says; the text says where it stopped."""


class Window:
    """What is read of a stream and not yet consumed."""

    def __init__(self, stream: IO[bytes], block: int = BLOCK) -> None:
        """Read from the stream ``block`` bytes at a time, or more where one value is longer."""
        self._stream = stream
        self._block = block
        self._data = b""
        self._at = 0
        self._ended = False

    def next_bytes(self, size: int) -> bytes:
        """What comes next, without consuming it; shorter only at the end."""
        while len(self._data) - self._at < size and not self._ended:
            self._read_more()
        return self._data[self._at : self._at + size]

    def skip(self, size: int) -> None:
        """Consume what ``next_bytes`` has shown."""
        self._at += size

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Consume what matches here; read on while it does not match, or could be longer."""
        while True:
            found = pattern.match(self._data, self._at)
            if self._ended or (found and found.end() < len(self._data)):
                if found:
                    self._at = found.end()
                return found
            self._read_more()

    def take_line(self) -> bytes:
        """Consume the rest of the line with its end."""
        found = self.take(_LINE)
        return found.group() if found else b""

    def _read_more(self) -> None:
        left = len(self._data) - self._at
        if left > LONGEST_VALUE:
            raise DumpBroken(f"a value is longer than {LONGEST_VALUE // 1024**2} MB")
        # As much again as is there, so that a long value is not looked at once for each block.
        more = self._stream.read(max(self._block, left))
        self._ended = not more
        self._data = self._data[self._at :] + more
        self._at = 0


_LINE = re.compile(rb"[^\n]*+\n?")
