# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads rows out of CSV files of any size and origin in bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from helpdesk.core.errors import Invalid
from helpdesk.core.text import BODY_LIMIT
from helpdesk.services.import_columns import Mapping, score

DELIMITERS = ",;\t"

_LONGEST_LINE = 4 * BODY_LIMIT
_HEAD_BYTES = 64 * 1024
_MOST_COLUMNS = 2_000
_MARKS = (
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OVERSIZED = (
    f"a field has more than {BODY_LIMIT:,} characters, or a quotation mark in it is never closed"
)


class Row(NamedTuple):
    """One row as a spreadsheet numbers them, or what keeps it from being read."""

    number: int
    cells: Sequence[str]
    problem: str | None = None


class TicketFile:
    """A CSV file, opened anew for each pass."""

    def __init__(self, path: Path, encoding: str | None, delimiter: str | None) -> None:
        """Look at the beginning of the file.

        Raises ``Invalid`` when it is not there, empty, not text or in an unknown encoding.
        """
        if path.is_dir():
            raise Invalid(f"{path} is a folder; name a CSV file in it.")
        if not path.is_file():
            raise Invalid(f"There is no file at {path}; check the name.")
        self.path = path
        self.size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        self._encoding = _encoding_of(head, path) if encoding is None else _named(encoding, head)
        self._is_guessed = encoding is None
        self._delimiter = delimiter
        self._position = 0

    @property
    def position(self) -> int:
        """How many bytes of the pass under way have been read."""
        return self._position

    @contextmanager
    def opened(self, mappings: Sequence[Mapping]) -> Iterator[tuple[Sequence[str], Iterator[Row]]]:
        """Yield the header and the rows below it. Raises ``Invalid`` for text it cannot decode."""
        with self.path.open(encoding=self._encoding, newline="") as stream:
            rows = self._rows(stream, mappings)
            header = next(rows, None)
            if header is None:
                raise Invalid(f"{self.path} is empty; it needs a header row and rows below it.")
            if header.problem:
                raise Invalid(f"The header of {self.path} cannot be read: {header.problem}.")
            if len(header.cells) > _MOST_COLUMNS:
                raise Invalid(f"{self.path} has more than {_MOST_COLUMNS:,} columns.")
            yield header.cells, rows

    def _rows(self, stream: TextIO, mappings: Sequence[Mapping]) -> Iterator[Row]:
        lines = _Lines(stream)
        delimiter = self._delimiter or self._sniffed(stream, mappings)
        csv.field_size_limit(BODY_LIMIT)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                row = _next_row(reader, lines, number)
            except UnicodeError as error:
                raise Invalid(self._undecodable()) from error
            if row is None:
                return
            if number % 1000 == 0:
                self._position = stream.buffer.tell()
            if row.problem or any(row.cells):
                yield row

    def _sniffed(self, stream: TextIO, mappings: Sequence[Mapping]) -> str:
        """Return the delimiter that makes most sense of the header."""
        try:
            head = stream.read(_HEAD_BYTES)
            stream.seek(0)
        except UnicodeError as error:
            raise Invalid(self._undecodable()) from error
        return max(DELIMITERS, key=lambda delimiter: score(_header(head, delimiter), mappings))

    def _undecodable(self) -> str:
        remedy = "name its encoding, such as --encoding cp1252"
        if not self._is_guessed:
            remedy = "name another one"
            if codecs.lookup(self._encoding).name.startswith("utf-8"):
                remedy += ", such as --encoding cp1252"
        name = self._encoding.removesuffix("-sig").upper()
        return f"{self.path} is not {name} text ({self._bad_place()}); {remedy}."

    def _bad_place(self) -> str:
        """Return the line and the byte that cannot be decoded; the reader was ahead of its rows."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        line = 1
        with self.path.open("rb") as file:
            for chunk in iter(lambda: file.read(_HEAD_BYTES), b""):
                try:
                    line += decoder.decode(chunk).count("\n")
                except UnicodeDecodeError as error:
                    line += error.object.count(b"\n", 0, error.start)
                    return f"line {line:,}, byte 0x{error.object[error.start]:02x}"
                except UnicodeError:
                    break
        return f"at or after line {line:,}"


class _Lines:
    """The lines of a file, none longer than memory allows, and whether a quotation is open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.count = 0
        self.in_quotes = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
            self._skip_to_line_end()
            raise csv.Error("line too long")
        if line.count('"') % 2:
            self.in_quotes = not self.in_quotes
        return line

    def _skip_to_line_end(self) -> None:
        self.in_quotes = False
        while True:
            part = self._stream.readline(_LONGEST_LINE)
            if len(part) < _LONGEST_LINE or part[-1] in "\r\n":
                return

    def finish_record(self) -> None:
        """Leave out what belongs to a record that cannot be read."""
        while self.in_quotes:
            if next(self, None) is None:
                return


def _next_row(reader: Iterator[list[str]], lines: _Lines, number: int) -> Row | None:
    lines.in_quotes = False
    first_line = lines.count + 1
    try:
        return Row(number, next(reader))
    except StopIteration:
        return None
    except csv.Error as error:
        problem = _problem(error)
        lines.finish_record()
    if lines.count > first_line:
        problem += f" (lines {first_line:,} to {lines.count:,} of the file)"
    return Row(number, (), problem)


def _problem(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text or "too long" in text:
        return _OVERSIZED
    if "unexpected end" in text:
        return "a quotation mark opens a field and is never closed"
    return "text follows a closing quotation mark; write a quotation mark inside a field twice"


def _named(encoding: str, head: bytes) -> str:
    try:
        # Opening nothing refuses what is unknown and what is not an encoding of text.
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise Invalid(
            f"There is no encoding called '{encoding}'; utf-8, utf-16 and cp1252 are common."
        ) from error
    marked = _marked(head)
    # The mark is not part of the first column's name, whoever names the encoding.
    return marked if marked and name.startswith(marked.removesuffix("-sig")) else encoding


def _marked(head: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def _encoding_of(head: bytes, path: Path) -> str:
    if head.startswith(_WORKBOOKS):
        raise Invalid(f"{path} is a workbook; save it as CSV (UTF-8) and import that.")
    if marked := _marked(head):
        return marked
    if b"\x00" in head.partition(b"\n")[0]:
        raise Invalid(f"{path} is not UTF-8 text; if it is UTF-16, add --encoding utf-16-le.")
    return "utf-8"


def _header(head: str, delimiter: str) -> Sequence[str]:
    try:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        return next((row for row in rows if row), ())
    except csv.Error:
        return ()
