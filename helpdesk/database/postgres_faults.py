# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what PostgreSQL and its driver raise into sentences with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
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
from helpdesk.database.faults import BUSY_SENTENCE, UnknownValue

LOST_SENTENCE = "The database server was lost; nothing was changed, try again in a moment."
_LOST_AT_THE_END = (
    "The database server was lost while it saved; look whether the change is there"
    " before you make it again."
)
_NO_ROOM = "The database server has no room left, so nothing was saved; tell whoever runs it."
_READ_ONLY = "The database server is a read-only copy; connect to the one that takes changes."
_TOO_LONG = "This took too long and was stopped; ask for less, or try again later."
_STRAINED = "The database server has too much to do; nothing was changed, try again in a moment."
_CROWDED = "The desk is used by too many at once; nothing was changed, try again in a moment."
_DAMAGED = "{where} is damaged; stop working on it and restore the last dump with pg_restore."
_NO_RIGHT = "The account lacks a right to the tables in {where}; let it own them, then try again."
_NO_DESK = "There is no desk in {where}; make one with: helpdesk init-db."

_UNREACHABLE = (
    "{where} cannot be reached; check that its server runs and that the database URL"
    " is right, then try again."
)
_REFUSED = "The account or its password is refused for {where}; check the database URL."
_NO_DATABASE = "{where} does not exist; make it with createdb, or check the database URL."
_STARTING = "The server of {where} is just starting or stopping; try again in a moment."
_INSECURE = (
    "There is no secure connection to {where}; check the server's certificate, and sslmode and"
    " sslrootcert in the database URL."
)
_WRONG_OPTION = "The database URL has an option that is not understood; check what follows the ?."

# By the whole code of an error, else by its beginning.
_BY_STATE: dict[str, tuple[type[DeskError], str]] = {
    "08": (Busy, LOST_SENTENCE),
    "25006": (ReadOnly, _READ_ONLY),
    "25P03": (Busy, LOST_SENTENCE),
    "25P04": (Busy, _TOO_LONG),
    "3D000": (NoDesk, _NO_DATABASE),
    "3F000": (NoDesk, _NO_DESK),
    "40001": (Busy, BUSY_SENTENCE),
    "40P01": (Busy, BUSY_SENTENCE),
    "42501": (DatabaseFault, _NO_RIGHT),
    "42P01": (NoDesk, _NO_DESK),
    "53": (Busy, _STRAINED),
    "53100": (DiskFull, _NO_ROOM),
    "55P03": (Busy, BUSY_SENTENCE),
    "57014": (Busy, _TOO_LONG),
    "57P": (Busy, LOST_SENTENCE),
    "57P04": (NoDesk, _NO_DATABASE),
    "58030": (Damaged, _DAMAGED),
    "XX001": (Damaged, _DAMAGED),
    "XX002": (Damaged, _DAMAGED),
}

# A connection that fails has no code, only words.
_BY_WORDS: tuple[tuple[str, type[DeskError], str], ...] = (
    (r"starting up|shutting down|recovery mode|not yet accepting", Busy, _STARTING),
    (r"too many (clients|connections)|connection slots", Busy, _STRAINED),
    (r"invalid (sslmode|integer|connection|port|\w+ value)", Invalid, _WRONG_OPTION),
    (r"authentication failed|no password|pg_hba\.conf", DatabaseFault, _REFUSED),
    (r'role ".*" does not exist|permission denied for database', DatabaseFault, _REFUSED),
    (r'database ".*" does not exist', NoDesk, _NO_DATABASE),
    (r"\bSSL\b|certificate", DatabaseFault, _INSECURE),
)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise the ``DeskError`` for a fault of the environment; let every other error pass.

    ``where`` names the database for people, as in 'the database desk on db.example.org'.
    """
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        fault = _fault(error, where)
        if fault is None:
            raise
        raise fault from error
    except PoolTimeout as error:
        raise Busy(_CROWDED) from error
    except (UnicodeDecodeError, UnknownValue) as error:
        raise Damaged(_sentence(_DAMAGED, where)) from error


@contextmanager
def connecting(where: str) -> Iterator[None]:
    """Raise the ``DeskError`` for a connection that does not come about."""
    try:
        yield
    except psycopg.ProgrammingError as error:
        raise Invalid(_WRONG_OPTION) from error
    except psycopg.Error as error:
        said = str(error)
        for words, kind, sentence in _BY_WORDS:
            if re.search(words, said):
                raise kind(_sentence(sentence, where)) from error
        raise Busy(_sentence(_UNREACHABLE, where)) from error


@contextmanager
def committing() -> Iterator[None]:
    """Raise ``Unanswered`` when the server is lost: nobody knows what became of the commit."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        if not _is_lost(_original(error)):
            raise
        raise Unanswered(_LOST_AT_THE_END) from error


def _fault(error: DBAPIError | psycopg.Error, where: str) -> DeskError | None:
    original = _original(error)
    state = getattr(original, "sqlstate", None) or ""
    found = _BY_STATE.get(state) or _BY_STATE.get(state[:3]) or _BY_STATE.get(state[:2])
    if found is None:
        return Busy(LOST_SENTENCE) if _is_lost(original) else None
    kind, sentence = found
    return kind(_sentence(sentence, where))


def _is_lost(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # What the driver itself notices, when it finds the other end gone.
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return (_BY_STATE.get(state) or _BY_STATE.get(state[:3]) or _BY_STATE.get(state[:2])) == (
        Busy,
        LOST_SENTENCE,
    )


def _original(error: DBAPIError | psycopg.Error) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _sentence(sentence: str, where: str) -> str:
    told = sentence.format(where=where)
    return told[0].upper() + told[1:]
