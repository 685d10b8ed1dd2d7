# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL raises becomes a sentence with a remedy; bugs stay what they are."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from helpdesk.core.errors import (
    Busy,
    Damaged,
    DatabaseFault,
    DeskError,
    DiskFull,
    Invalid,
    NoDesk,
    ReadOnly,
    Unanswered,
)
from helpdesk.database.faults import UnknownValue
from helpdesk.database.postgres_faults import committing, connecting, translated

WHERE = "the database desk on db.example.org"
LOST = "was lost; nothing was changed"
KINDS: dict[type[psycopg.Error], tuple[type[DeskError], str]] = {
    errors.LockNotAvailable: (Busy, "Another program is writing"),
    errors.DeadlockDetected: (Busy, "Another program is writing"),
    errors.SerializationFailure: (Busy, "Another program is writing"),
    errors.QueryCanceled: (Busy, "took too long"),
    errors.TooManyConnections: (Busy, "too much to do"),
    errors.OutOfMemory: (Busy, "too much to do"),
    errors.DiskFull: (DiskFull, "no room left"),
    errors.ReadOnlySqlTransaction: (ReadOnly, "read-only copy"),
    errors.InsufficientPrivilege: (DatabaseFault, "lacks a right"),
    errors.UndefinedTable: (NoDesk, "no desk in the database desk on db.example.org"),
    errors.InvalidSchemaName: (NoDesk, "no desk in"),
    errors.DatabaseDropped: (NoDesk, "does not exist"),
    errors.DataCorrupted: (Damaged, "pg_restore"),
    errors.IndexCorrupted: (Damaged, "pg_restore"),
    errors.IoError: (Damaged, "pg_restore"),
    errors.AdminShutdown: (Busy, LOST),
    errors.CrashShutdown: (Busy, LOST),
    errors.CannotConnectNow: (Busy, LOST),
    errors.IdleInTransactionSessionTimeout: (Busy, LOST),
    errors.ConnectionFailure: (Busy, LOST),
    errors.ProtocolViolation: (Busy, LOST),
    psycopg.OperationalError: (Busy, LOST),
    psycopg.InterfaceError: (Busy, LOST),
}


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "by the engine"])
@pytest.mark.parametrize("raised", KINDS, ids=lambda kind: kind.__name__)
def test_a_fault_is_told_by_its_kind(raised: type[psycopg.Error], wrapped: bool):
    kind, words = KINDS[raised]
    cause: Exception = raised("raw words of the driver")
    if wrapped:
        cause = OperationalError("SELECT 'what somebody wrote'", {}, cause)
    with pytest.raises(kind, match=words) as caught, translated(WHERE):
        raise cause
    assert type(caught.value) is kind
    assert caught.value.__cause__ is cause
    sentence = str(caught.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "; " in sentence or ", " in sentence
    assert "raw words" not in sentence
    assert "somebody" not in sentence


@pytest.mark.parametrize(
    "raised", [errors.UniqueViolation, errors.ForeignKeyViolation, errors.UndefinedColumn]
)
def test_a_bug_passes_as_it_is(raised: type[psycopg.Error]):
    with pytest.raises(raised), translated(WHERE):
        raise raised("x")
    with pytest.raises(psycopg.DataError), translated(WHERE):
        raise psycopg.DataError("NUL")


def test_waiting_for_a_connection_in_vain_is_told():
    with pytest.raises(Busy, match="too many at once"), translated(WHERE):
        raise PoolTimeout


def test_a_value_that_nobody_can_have_written_is_damage():
    words = r"^The database desk on db\.example\.org is damaged"
    with pytest.raises(Damaged, match=words), translated(WHERE):
        raise UnknownValue


@pytest.mark.parametrize("raised", [errors.AdminShutdown, psycopg.OperationalError])
def test_a_loss_while_it_commits_is_told_as_unknown(raised: type[psycopg.Error]):
    with pytest.raises(Unanswered, match="look whether the change is there"), committing():
        raise raised("x")


@pytest.mark.parametrize("raised", [errors.DiskFull, errors.SerializationFailure])
def test_a_commit_that_is_refused_is_no_loss(raised: type[psycopg.Error]):
    with pytest.raises(raised), committing():
        raise raised("x")


SAID: dict[str, tuple[type[DeskError], str]] = {
    'connection failed: FATAL:  password authentication failed for user "x"': (
        DatabaseFault,
        "refused",
    ),
    "connection failed: fe_sendauth: no password supplied": (DatabaseFault, "refused"),
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1"': (DatabaseFault, "refused"),
    'FATAL:  role "x" does not exist': (DatabaseFault, "refused"),
    'FATAL:  database "x" does not exist': (NoDesk, "createdb"),
    "FATAL:  the database system is starting up": (Busy, "starting or stopping"),
    "FATAL:  the database system is shutting down": (Busy, "starting or stopping"),
    "FATAL:  sorry, too many clients already": (Busy, "too much to do"),
    "FATAL:  remaining connection slots are reserved": (Busy, "too much to do"),
    "SSL error: certificate verify failed": (DatabaseFault, "secure connection"),
    'root certificate file "/x" does not exist': (DatabaseFault, "secure connection"),
    "server does not support SSL, but SSL was required": (DatabaseFault, "secure connection"),
    "connection is bad: invalid sslmode value": (Invalid, "option"),
    "connection failed: Connection refused": (Busy, "cannot be reached"),
    "connection timeout expired": (Busy, "cannot be reached"),
    "SCHWERWIEGEND:  was auch immer": (Busy, "cannot be reached"),
}


@pytest.mark.parametrize("said", SAID)
def test_a_connection_that_fails_is_told_by_what_is_said(said: str):
    kind, words = SAID[said]
    with pytest.raises(kind, match=words) as caught, connecting(WHERE):
        raise psycopg.OperationalError(said)
    assert type(caught.value) is kind
    assert said not in str(caught.value)
