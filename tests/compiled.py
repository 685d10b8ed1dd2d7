# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets all desks of a run share the statements that SQLAlchemy has compiled.

A program has one desk and compiles each statement once; tests have thousands of desks, and would
compile each statement for each of them, which takes longer than to run it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_MOST = 20_000
_compiled: LRUCache[Any, Any] = LRUCache(_MOST)


def share_compiled_statements() -> None:
    """Let engines keep compiled statements in one place, under dialects that are all alike."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = _are_alike  # type: ignore[assignment, method-assign]
        dialect.__hash__ = _hash_of_class  # type: ignore[assignment, method-assign]
    shared = property(lambda _engine: _compiled, lambda _engine, _own: None)
    Engine._compiled_cache = shared  # type: ignore[assignment]  # noqa: SLF001


def _are_alike(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_class(dialect: Dialect) -> int:
    return hash(type(dialect))
