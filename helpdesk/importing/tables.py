# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of another system's dump, laid down where they can be asked in any order.

A dump tells of tickets, people and texts in the order of its tables. They are laid into a database
file of SQLite's own that nobody else sees and that goes with the connection, so that a ticket is
put together in little memory however large the dump is.
"""

from __future__ import annotations

import json
import re
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from helpdesk.core.errors import Invalid
from helpdesk.importing.mysql_dump import Rows, mysql_rows
from helpdesk.importing.postgres_dump import postgres_rows
from helpdesk.importing.sql_source import DumpBroken

Row = sqlite3.Row
_MANY = 500
_TRUTHS = {"t": 1, "true": 1, "f": 0, "false": 0}
"""As PostgreSQL and JSON write them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table to keep: its numbers, texts and bytes, what it is asked by, if the rest counts."""

    numbers: str
    texts: str = ""
    blobs: str = ""
    by: str = ""
    """Columns of which each has an index; several words joined by ``+`` are one index."""
    rest: bool = False
    """Whether columns that are not named are kept, as JSON in the column ``rest``."""
    needed: bool = False
    """Whether an export without this table is none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All that is kept, but for the rest."""
        return tuple(f"{self.numbers} {self.texts} {self.blobs}".split())


class Tables:
    """The rows that are wanted of a dump, by the names of the tables without their prefix."""

    def __init__(self, wanted: Mapping[str, Wanted], *, prefixes: bool) -> None:
        """Make room for the tables; with ``prefixes`` each may be called ``anything_`` before."""
        self._wanted = wanted
        self._prefixes = prefixes
        # An empty name is a private file on disk. Windows read on threads of their own.
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._prefix = ""
        self._places: dict[str, tuple[str, str] | None] = {}
        self._made: set[tuple[str, str]] = set()
        self.broken: list[str] = []
        self.odd: dict[str, int] = {}
        """Rows by table that do not have the columns of their table."""
        self.close = weakref.finalize(self, self._db.close)

    def read_dump(self, stream: IO[bytes], *, postgres: bool) -> None:
        """Lay down the rows of a dump; where it breaks off, keep what came before."""
        rows = postgres_rows if postgres else mysql_rows
        self._db.execute("BEGIN")
        try:
            self._lay_down(rows(stream, lambda table: self._place(table) is not None), postgres)
        except DumpBroken as error:
            self.broken.append(str(error))
        self._db.execute("COMMIT")

    def read_objects(self, table: str, objects: Iterable[Mapping[str, Any]]) -> None:
        """Lay down rows that come as objects of JSON."""
        place = ("", table)
        self._make(place)
        self._db.execute("BEGIN")
        for each in objects:
            values = {name: _of_json(value) for name, value in each.items()}
            self._db.execute(self._insert(place), self._ordered(table, values))
        self._db.execute("COMMIT")

    def settle(self, system: str) -> None:
        """Choose the prefix that the tables have, and index them; refuse what is no export."""
        needed = {name for name, wanted in self._wanted.items() if wanted.needed}
        whole = sorted(
            prefix
            for prefix in {prefix for prefix, _ in self._made}
            if needed <= {name for of, name in self._made if of == prefix}
        )
        if not whole:
            raise Invalid(
                f"This is no complete export of {system}: the tables {', '.join(sorted(needed))}"
                " are missing. Make a dump of its whole database."
            )
        if len(whole) > 1:
            raise Invalid(
                f"The dump holds {system} more than once ({', '.join(whole)}):"
                " make a dump of one of them alone."
            )
        self._prefix = whole[0]
        for name, wanted in self._wanted.items():
            self._make((self._prefix, name))
            laid = f"{self._prefix}={name}"
            self._db.execute(f'CREATE VIEW "{name}" AS SELECT * FROM "{laid}"')  # noqa: S608
            for number, by in enumerate(wanted.by.split()):
                self._index(name, number, by)

    def has(self, name: str) -> bool:
        """Whether a table has any row."""
        return self.value(f'SELECT 1 FROM "{name}" LIMIT 1') is not None  # noqa: S608

    def rows(self, statement: str, *values: Any) -> Iterator[Row]:
        """Rows of a question to the tables."""
        yield from self._db.execute(statement, values)

    def value(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, or ``None``."""
        row = self._db.execute(statement, values).fetchone()
        return row[0] if row else None

    def _lay_down(self, rows: Rows, postgres: bool) -> None:
        batch: list[tuple[Any, ...]] = []
        place = last = ("", "")
        try:
            for table, columns, values in rows:
                if len(columns) != len(values):
                    self.odd[table] = self.odd.get(table, 0) + 1
                    continue
                place = self._places[table] or last
                if place != last or len(batch) >= _MANY:
                    self._write(last, batch)
                    last = place
                decoded = self._decoded(place[1], columns, values, postgres)
                batch.append(self._ordered(place[1], decoded))
        finally:
            # What came before a dump breaks off is kept.
            self._write(last, batch)

    def _write(self, place: tuple[str, str], batch: list[tuple[Any, ...]]) -> None:
        if batch:
            self._make(place)
            self._db.executemany(self._insert(place), batch)
            batch.clear()

    def _place(self, table: str) -> tuple[str, str] | None:
        """Which table it is, and what stands before its name; ``None`` if it is not wanted."""
        if table not in self._places:
            self._places[table] = self._found_place(table)
        return self._places[table]

    def _found_place(self, table: str) -> tuple[str, str] | None:
        if table in self._wanted:
            return "", table
        if not self._prefixes or not re.fullmatch(r"\w+", table):
            return None
        fitting = [name for name in self._wanted if table.endswith("_" + name)]
        if not fitting:
            return None
        # 'ost_thread_entry' is no 'entry'.
        name = max(fitting, key=len)
        return table.removesuffix(name), name

    def _make(self, place: tuple[str, str]) -> None:
        if place in self._made:
            return
        self._made.add(place)
        wanted = self._wanted[place[1]]
        columns = [f'"{name}" INTEGER' for name in wanted.numbers.split()]
        columns += [f'"{name}" TEXT' for name in wanted.texts.split()]
        columns += [f'"{name}" BLOB' for name in wanted.blobs.split()]
        columns += ["rest TEXT"] if wanted.rest else []
        self._db.execute(f'CREATE TABLE "{"=".join(place)}" ({", ".join(columns)})')

    def _insert(self, place: tuple[str, str]) -> str:
        wanted = self._wanted[place[1]]
        marks = ", ".join("?" * (len(wanted.columns) + wanted.rest))
        return f'INSERT INTO "{"=".join(place)}" VALUES ({marks})'  # noqa: S608 - our own names

    def _ordered(self, table: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        wanted = self._wanted[table]
        numbers = tuple(_number(values.get(name)) for name in wanted.numbers.split())
        others = f"{wanted.texts} {wanted.blobs}".split()
        kept = numbers + tuple(values.get(name) for name in others)
        if not wanted.rest:
            return kept
        rest = {name: values[name] for name in values if name not in wanted.columns}
        return (*kept, json.dumps(rest))

    def _decoded(
        self, table: str, columns: tuple[str, ...], values: tuple[bytes | None, ...], postgres: bool
    ) -> dict[str, Any]:
        blobs = self._wanted[table].blobs.split()
        wanted: Iterable[str] = columns if self._wanted[table].rest else self._wanted[table].columns
        found = dict(zip(columns, values, strict=True))
        decoded: dict[str, Any] = {}
        for name in wanted:
            value = found.get(name)
            if value is not None:
                is_blob = name in blobs
                decoded[name] = (
                    _blob(value, postgres) if is_blob else value.decode(errors="replace")
                )
        return decoded

    def _index(self, name: str, number: int, by: str) -> None:
        columns = ", ".join(f'"{each}"' for each in by.split("+"))
        self._db.execute(f'CREATE INDEX "{name}.{number}" ON "{self._prefix}={name}" ({columns})')


def _blob(value: bytes, postgres: bool) -> bytes:
    # PostgreSQL writes bytes as '\x' and digits.
    if not postgres or not value.startswith(rb"\x"):
        return value
    try:
        return bytes.fromhex(value[2:].decode())
    except ValueError:
        return value


def _number(value: Any) -> int | None:
    word = str(value).casefold()
    if word in _TRUTHS:
        return _TRUTHS[word]
    try:
        number = int(word)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None


def _of_json(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        try:
            return json.dumps(value)
        except RecursionError:
            return None
    if isinstance(value, str):
        # What no database can hold comes as an escape of JSON only.
        return value.encode(errors="replace").decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    return value
