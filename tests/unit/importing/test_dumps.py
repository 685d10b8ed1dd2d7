# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps give back exactly the rows that were written, and say where they break off."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdesk.importing.mysql_dump import mysql_rows
from helpdesk.importing.postgres_dump import postgres_rows
from helpdesk.importing.sql_source import DumpBroken

_CELLS = st.none() | st.binary(max_size=12) | st.text(max_size=8).map(str.encode)
_ROWS = st.lists(st.tuples(_CELLS, _CELLS), max_size=6)
_NASTY = [
    (b'it\'s "x" \\ ); INSERT INTO `t` VALUES (1,2);', b"\x00\x1a\r\n\t\x08\xff%_"),
    (b"", None),
    ("🖨️ -- /* # ;".encode(), b"NULL"),
]


def _mysql(
    rows: Sequence[tuple[bytes | None, ...]], *, hexadecimal: bool, one_by_one: bool
) -> bytes:
    """Write rows as mysqldump does, by the escapes of its manual."""
    head = b"-- a dump;\n/*!40101 SET NAMES utf8mb4 */;\n"
    head += b"CREATE TABLE `t` (\n  `a` blob,\n  `b` blob\n);\n"
    tuples = [b"(" + b",".join(_literal(cell, hexadecimal) for cell in row) + b")" for row in rows]
    into = b"INSERT INTO `t` VALUES "
    if one_by_one:
        return head + b"".join(into + each + b";\n" for each in tuples) + b"SELECT 1;\n"
    return head + (into + b",\n".join(tuples) + b";\n" if tuples else b"") + b"UNLOCK TABLES;\n"


def _literal(cell: bytes | None, hexadecimal: bool) -> bytes:
    if cell is None:
        return b"NULL"
    if hexadecimal and cell:
        return b"0x" + cell.hex().upper().encode()
    written = cell
    for raw, letter in (
        (b"\\", b"\\"),
        (b"\0", b"0"),
        (b"\n", b"n"),
        (b"\r", b"r"),
        (b"\x1a", b"Z"),
    ):
        written = written.replace(raw, b"\\" + letter)
    return b"'" + written.replace(b"'", b"''").replace(b'"', b'\\"') + b"'"


def _postgres(rows: Sequence[tuple[bytes | None, ...]]) -> bytes:
    lines = [b"\t".join(_copied(cell) for cell in row) + b"\n" for row in rows]
    return b"COPY public.t (a, b) FROM stdin;\n" + b"".join(lines) + b"\\.\n\nSELECT 1;\n"


def _copied(cell: bytes | None) -> bytes:
    if cell is None:
        return rb"\N"
    written = cell
    for raw, letter in (
        (b"\\", b"\\"),
        (b"\n", b"n"),
        (b"\r", b"r"),
        (b"\t", b"t"),
        (b"\x08", b"b"),
    ):
        written = written.replace(raw, b"\\" + letter)
    return written


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.booleans(), st.booleans(), st.sampled_from([64, 300]))
@example(_NASTY, False, False, 16)
@example(_NASTY, True, True, 7)
def test_every_row_of_a_mysqldump_comes_back(
    rows: Sequence[tuple[bytes | None, ...]], hexadecimal: bool, one_by_one: bool, block: int
) -> None:
    dump = _mysql(rows, hexadecimal=hexadecimal, one_by_one=one_by_one)

    read = list(mysql_rows(io.BytesIO(dump), lambda table: table == "t", block))

    assert read == [("t", ("a", "b"), row) for row in rows]


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.sampled_from([64, 300]))
@example(_NASTY, 1)
def test_every_row_of_a_pg_dump_comes_back(
    rows: Sequence[tuple[bytes | None, ...]], block: int
) -> None:
    read = list(postgres_rows(io.BytesIO(_postgres(rows)), lambda table: True, block))

    assert read == [("t", ("a", "b"), row) for row in rows]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=6), st.booleans())
def test_damage_is_said_and_never_a_surprise(at: int, junk: bytes, postgres: bool) -> None:
    whole = _postgres(_NASTY) if postgres else _mysql(_NASTY, hexadecimal=False, one_by_one=False)
    rows = postgres_rows if postgres else mysql_rows

    for damaged in (whole[:at], whole[:at] + junk + whole[at:]):
        with suppress(DumpBroken):
            list(rows(io.BytesIO(damaged), lambda table: True, 64))


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        (b"_binary 'a\\0'", b"a\0"),
        (b"_utf8mb4'\xc3\xa4'", "ä".encode()),
        (b"X'4D'", b"M"),
        (b"0b101", b"5"),
        (b"b'101'", b"5"),
        (b"-1.5e3", b"-1.5e3"),
        (b"null", None),
        (b"'\\%\\_\\q'", b"\\%\\_q"),
    ],
)
def test_literals_of_the_manual(literal: bytes, meant: bytes | None) -> None:
    dump = b"REPLACE INTO db.`t` (`a`) VALUES (" + literal + b");"

    assert list(mysql_rows(io.BytesIO(dump), lambda table: True)) == [("t", ("a",), (meant,))]


def test_statements_inside_of_triggers_and_texts_are_no_rows() -> None:
    dump = (
        b"DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN\n"
        b"INSERT INTO `t` VALUES (1);\nEND ;;\nDELIMITER ;\n"
        b"INSERT INTO `other` VALUES ('; INSERT INTO `t` VALUES (2);');\n"
        b"INSERT INTO `t` (`a`) VALUES (3);\n"
    )

    assert list(mysql_rows(io.BytesIO(dump), lambda table: table == "t")) == [
        ("t", ("a",), (b"3",))
    ]


def test_a_pg_dump_of_inserts_names_the_remedy() -> None:
    with pytest.raises(DumpBroken, match="--inserts"):
        list(postgres_rows(io.BytesIO(b"INSERT INTO public.t VALUES (1);\n"), lambda table: True))


@pytest.mark.parametrize("kind", ["mysql", "postgres"])
def test_a_row_of_more_columns_than_there_can_be_ends_the_dump(kind: str):
    row = tuple(b"1" for _ in range(5_000))
    written = (
        _mysql([row], hexadecimal=False, one_by_one=True) if kind == "mysql" else _postgres([row])
    )
    rows = mysql_rows if kind == "mysql" else postgres_rows
    with pytest.raises(DumpBroken, match="more columns"):
        list(rows(io.BytesIO(written), lambda _: True))
