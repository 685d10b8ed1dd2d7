# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the rows of a plain pg_dump, as a stream.

The grammar is that of the text format of COPY in the PostgreSQL 17 manual ("COPY", "Text Format"):
a row a line, tabs between columns, ``\\N`` for NULL, and backslash sequences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from helpdesk.importing.mysql_dump import Rows
from helpdesk.importing.sql_source import BLOCK, MOST_COLUMNS, DumpBroken, Window

_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \((.*)\) FROM stdin;\r?\n')
_INSERT = re.compile(rb'INSERT INTO (?:"?\w+"?\.)?"?(\w+)"? ')
_ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_END = {b"\\.\n", b"\\.\r\n", b"\\."}


def postgres_rows(stream: IO[bytes], wanted: Callable[[str], bool], block: int = BLOCK) -> Rows:
    """Yield each row of the tables that are wanted; raise ``DumpBroken`` where it ends amiss."""
    window = Window(stream, block)
    while line := window.take_line():
        if copied := _COPY.fullmatch(line):
            table = copied.group(1).decode()
            if wanted(table):
                written = copied.group(2).decode(errors="replace").split(",")
                names = tuple(each.strip().strip('"') for each in written)
                yield from _rows(window, table, names)
            else:
                for _ in _lines(window, table):
                    pass
        elif (inserted := _INSERT.match(line)) and wanted(inserted.group(1).decode()):
            raise DumpBroken("it was made with --inserts: make it without that option")


def _rows(window: Window, table: str, names: tuple[str, ...]) -> Rows:
    for line in _lines(window, table):
        values = line.removesuffix(b"\n").split(b"\t", MOST_COLUMNS)
        if len(values) > MOST_COLUMNS:
            raise DumpBroken(f"a row of the table {table} has more columns than a table can")
        yield table, names, tuple(None if each == rb"\N" else _unescaped(each) for each in values)


def _lines(window: Window, table: str) -> Iterator[bytes]:
    while line := window.take_line():
        if line in _END:
            return
        yield line
    raise DumpBroken(f"the rows of the table {table} do not end")


def _unescaped(text: bytes) -> bytes:
    return _ESCAPED.sub(_meaning, text) if b"\\" in text else text


def _meaning(found: re.Match[bytes]) -> bytes:
    octal, digits, letter = found.groups()
    if letter is not None:
        return _ESCAPES.get(letter, letter)
    return bytes([int(octal, 8) & 255 if octal else int(digits, 16)])
