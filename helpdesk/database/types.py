# SPDX-License-Identifier: GPL-3.0-or-later
"""Column types that behave alike on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, SmallInteger, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from helpdesk.database.faults import UnknownValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""A due time that does not come: sorts last, where NULL would sort by the database's taste."""


WHOLE_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; only an INTEGER is SQLite's own key of a row."""

PLAIN_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted by its characters' numbers, as SQLite does, whatever the server's locale."""

_LARGEST_ID = 2**63 - 1


def is_id(number: int) -> bool:
    """Return whether a row can have this id: SQLite raises for numbers it cannot hold."""
    return 0 < number <= _LARGEST_ID


def to_microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970 in UTC. Raises ``ValueError`` without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the UTC moment of whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, stored as whole microseconds since 1970.

    SQLite has no type for time and drops zones; an integer is exact, compact in every index
    and ordered alike everywhere.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a moment into microseconds."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Turn microseconds into a moment."""
        try:
            return None if value is None else from_microseconds(value)
        except (OverflowError, TypeError) as error:
            raise UnknownValue from error


class Ranked(TypeDecorator[Enum]):
    """An enum stored as its rank, so that an index orders rows as people expect."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, ranks: tuple[Enum, ...]) -> None:
        """Rank the members from 1 in the order given."""
        super().__init__()
        self.ranks = ranks
        self._by_rank = dict(enumerate(ranks, start=1))
        self._rank = {member: rank for rank, member in self._by_rank.items()}

    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> int | None:
        """Turn a member into its rank."""
        return None if value is None else self._rank[value]

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Enum | None:
        """Turn a rank into its member."""
        try:
            return None if value is None else self._by_rank[value]
        except (KeyError, TypeError) as error:
            raise UnknownValue from error


class Coded(TypeDecorator[Enum]):
    """An enum of texts stored as its value, compared like every other text."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        """Take the enum whose values are stored."""
        length = max(len(member.value) for member in kind)
        super().__init__(length=length)
        self.kind = kind
        self._length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the type of the column."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self._length, collation=collation))

    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> str | None:
        """Turn a member into its value."""
        return None if value is None else str(self.kind(value).value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Enum | None:
        """Turn a value into its member."""
        try:
            return None if value is None else self.kind(value)
        except ValueError as error:
            raise UnknownValue from error
