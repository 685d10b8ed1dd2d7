# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the environment become sentences with a remedy; bugs stay what they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from helpdesk.core.errors import Busy, Damaged, DeskError, DiskFull, Invalid, NoDesk, ReadOnly
from helpdesk.database.faults import UnknownValue, translated


def error_of(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    error = kind("raw words of the driver")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, Busy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Busy),
        (sqlite3.SQLITE_BUSY_RECOVERY, Busy),
        (sqlite3.SQLITE_LOCKED, Busy),
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFull),
        (sqlite3.SQLITE_READONLY, ReadOnly),
        (sqlite3.SQLITE_READONLY_DBMOVED, ReadOnly),
        (sqlite3.SQLITE_CORRUPT, Damaged),
        (sqlite3.SQLITE_CORRUPT_VTAB, Damaged),
        (sqlite3.SQLITE_NOTADB, Damaged),
        (sqlite3.SQLITE_IOERR, Damaged),
        (sqlite3.SQLITE_IOERR_FSYNC, Damaged),
        (sqlite3.SQLITE_CANTOPEN, NoDesk),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "by the engine"])
def test_a_fault_is_told_by_its_kind(code: int, kind: type[DeskError], wrapped: bool):
    cause: Exception = error_of(code)
    if wrapped:
        cause = OperationalError("SELECT 'what somebody wrote'", {}, cause)
    with pytest.raises(kind) as caught, translated():
        raise cause
    assert type(caught.value) is kind
    assert caught.value.__cause__ is cause
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "; " in sentence or ", " in sentence
    assert "raw words" not in sentence
    assert "somebody" not in sentence


def test_bytes_that_are_no_text_are_damage_and_not_repeated():
    connection = sqlite3.connect(":memory:")
    with pytest.raises(Damaged) as caught, translated():
        connection.execute("SELECT CAST(x'73656372657480' AS TEXT)").fetchone()
    assert "secret" in str(caught.value.__cause__)
    assert "secret" not in str(caught.value)
    connection.close()


def test_damage_names_the_file_and_the_command():
    with pytest.raises(Damaged) as caught, translated(Path("/desks/our.db")):
        raise error_of(sqlite3.SQLITE_CORRUPT)
    assert str(caught.value) == (
        f"{Path('/desks/our.db')} is damaged; stop working on it and restore the last backup"
        " with: helpdesk restore FILE."
    )
    with pytest.raises(Damaged, match=r"our\.db is damaged"), translated(Path("/desks/our.db")):
        raise UnknownValue


@pytest.mark.parametrize(
    "error",
    [
        error_of(sqlite3.SQLITE_ERROR),
        error_of(sqlite3.SQLITE_CONSTRAINT, sqlite3.IntegrityError),
        sqlite3.ProgrammingError("no code at all"),
        OperationalError("SELECT", {}, error_of(sqlite3.SQLITE_ERROR)),
        ValueError("x"),
        Invalid("A sentence."),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'sqlite_errorcode', '')}",
)
def test_everything_else_passes_as_it_is(error: Exception):
    with pytest.raises(type(error)) as caught, translated():
        raise error
    assert caught.value is error
