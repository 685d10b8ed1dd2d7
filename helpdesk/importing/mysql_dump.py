# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the rows of a dump that mysqldump, mariadb-dump or phpMyAdmin wrote, as a stream.

The grammar is that of string, hexadecimal and bit literals in the MySQL 8.4 reference manual,
11.1 "Literal Values", and of what ``mysqldump`` writes (4.5.4): comments, ``CREATE TABLE`` with
one column a line, and ``INSERT INTO`` with many rows in a statement. General parsers of SQL build a
tree of a whole statement, which here is one of many megabytes with files in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from helpdesk.importing.sql_source import BLOCK, MOST_COLUMNS, DumpBroken, Window

Values = tuple[bytes | None, ...]
Rows = Iterator[tuple[str, tuple[str, ...], Values]]
"""Table, columns, and what stands in them as bytes: ``None`` is NULL, a number is its digits."""

_STRING = rb"'(?:[^'\\]++|\\.|'')*+'"
_NAME = rb"(?:`(?:[^`]|``)++`|\"[^\"]++\"|\w++)"
_SPACE = re.compile(rb"[\s;]++")
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_CREATE = re.compile(
    rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:%b\.)?(%b)\s*\(" % ((_NAME,) * 2), re.I
)
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+(?:%b\.)?(%b)\s*(?:\(([^()]*)\)\s*)?VALUES?"
    % ((_NAME,) * 2),
    re.I,
)
_COLUMN = re.compile(rb"\s*+`((?:[^`]|``)++)`\s")
_OPENING, _FOLLOWING = re.compile(rb"\s*+\("), re.compile(rb"\s*+[,;]")
_VALUE = re.compile(
    rb"""\s*+(?:
      (?:_\w++\s*+|[Nn])?'(?P<text>(?:[^'\\]++|\\.|'')*+)'
      | 0x(?P<hex>[0-9A-Fa-f]*+) | [xX]'(?P<hex2>[0-9A-Fa-f]*+)'
      | (?:_\w++\s*+)0x(?P<hex3>[0-9A-Fa-f]*+)
      | 0b(?P<bits>[01]++) | [bB]'(?P<bits2>[01]*+)'
      | (?P<bare>[^\s,()';]++)
    )\s*+(?P<end>[,)])""",
    re.DOTALL | re.VERBOSE,
)
_PART = re.compile(
    rb"[^'\"`;/#-]++|%b|\"(?:[^\"\\]++|\\.|\"\")*+\"|`[^`]*+`|/\*.*?\*/|--[^\n]*+|[/#-]|;"
    % _STRING,
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"} | {
    # Outside of LIKE these two stay as they are.
    b"%": rb"\%",
    b"_": rb"\_",
}
_LONGEST_HEAD = 8 * 1024
_LARGEST_BITS = 2**64


def mysql_rows(stream: IO[bytes], wanted: Callable[[str], bool], block: int = BLOCK) -> Rows:
    """Yield each row of the tables that are wanted; raise ``DumpBroken`` where it ends amiss."""
    window = Window(stream, block)
    columns: dict[str, tuple[str, ...]] = {}
    while head := _next_statement(window):
        if created := _CREATE.match(head):
            columns[_name(created.group(1))] = _columns(window)
        elif (inserted := _INSERT.match(head)) and wanted(table := _name(inserted.group(1))):
            window.skip(inserted.end())
            names = _named(inserted.group(2)) or columns.get(table, ())
            for values in _rows(window, table):
                yield table, names, values
        else:
            _skip_statement(window)


def _next_statement(window: Window) -> bytes:
    """Skip blanks and comments; return what the next statement begins with."""
    while head := window.next_bytes(_LONGEST_HEAD):
        if head[:1].isspace() or head[:1] == b";":
            window.take(_SPACE)
        elif head.startswith((b"--", b"#")):
            window.take_line()
        elif head.startswith(b"/*"):
            if not window.take(_COMMENT):
                raise DumpBroken("a comment does not end")
        elif head[:10].upper() == b"DELIMITER ":
            _skip_routine(window)
        else:
            return head
    return b""


def _skip_routine(window: Window) -> None:
    # Triggers and routines have statements inside; they stand between two such lines.
    if window.take_line().split()[-1:] == [b";"]:
        return
    while line := window.take_line():
        if line.upper().split() == [b"DELIMITER", b";"]:
            return


def _columns(window: Window) -> tuple[str, ...]:
    """Consume a statement that makes a table, and return its columns, which have a line each."""
    names: list[str] = []
    window.take_line()
    while (line := window.take_line()) and not line.rstrip().endswith(b";"):
        if line.lstrip().startswith(b")"):
            _skip_statement(window)
            break
        if found := _COLUMN.match(line):
            names.append(found.group(1).replace(b"``", b"`").decode(errors="replace"))
    return tuple(names)


def _rows(window: Window, table: str) -> Iterator[Values]:
    while window.take(_OPENING):
        values: list[bytes | None] = []
        end = b","
        while end == b",":
            found = window.take(_VALUE)
            if not found:
                raise DumpBroken(f"a row of the table {table} does not end")
            values.append(_plain(found))
            if len(values) > MOST_COLUMNS:
                raise DumpBroken(f"a row of the table {table} has more columns than a table can")
            end = found.group("end")
        yield tuple(values)
        following = window.take(_FOLLOWING)
        if not following:
            raise DumpBroken(f"the rows of the table {table} do not end")
        if following.group().endswith(b";"):
            return
    raise DumpBroken(f"the rows of the table {table} do not end")


def _plain(found: re.Match[bytes]) -> bytes | None:
    for kind in ("text", "bare", "hex", "hex2", "hex3", "bits", "bits2"):
        if (value := found.group(kind)) is not None:
            return _OF_KIND[kind](value)
    return None


def _unescaped(text: bytes) -> bytes:
    if b"\\" not in text and b"'" not in text:
        return text
    return _ESCAPED.sub(_meaning, text)


def _meaning(found: re.Match[bytes]) -> bytes:
    escaped: bytes | None = found.group(1)
    return b"'" if escaped is None else _ESCAPES.get(escaped, escaped)


def _of_hex(digits: bytes) -> bytes:
    return bytes.fromhex(("0" if len(digits) % 2 else "") + digits.decode())


def _of_bits(digits: bytes) -> bytes:
    number = int(digits or b"0", 2)
    if number >= _LARGEST_BITS:
        # Longer than any column of bits: then it is written for bytes.
        return number.to_bytes((number.bit_length() + 7) // 8)
    return str(number).encode()


def _bare(word: bytes) -> bytes | None:
    return None if word.upper() == b"NULL" else word


_OF_KIND: dict[str, Callable[[bytes], bytes | None]] = {
    "text": _unescaped,
    "bare": _bare,
    "hex": _of_hex,
    "hex2": _of_hex,
    "hex3": _of_hex,
    "bits": _of_bits,
    "bits2": _of_bits,
}


def _skip_statement(window: Window) -> None:
    while part := window.take(_PART):
        if part.group() == b";":
            return
    if window.next_bytes(1):
        raise DumpBroken("a statement does not end")


def _name(written: bytes) -> str:
    if written[:1] in {b"`", b'"'}:
        written = written[1:-1].replace(b"``", b"`")
    return written.decode(errors="replace")


def _named(written: bytes | None) -> tuple[str, ...]:
    return tuple(_name(each.strip()) for each in written.split(b",")) if written else ()
