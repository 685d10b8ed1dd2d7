# SPDX-License-Identifier: GPL-3.0-or-later
"""Column types: what goes in comes out, and rows sort as people expect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    create_engine,
    insert,
    select,
    text,
)
from sqlalchemy.exc import StatementError

from helpdesk.core.errors import Damaged
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.database.types import (
    NEVER,
    Ranked,
    UtcDateTime,
    from_microseconds,
    is_id,
    to_microseconds,
)
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS

TABLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("priority", Ranked(PRIORITY_RANKS)),
)
BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        TABLE.metadata.create_all(opened)
        yield opened
    engine.dispose()


def stored(connection: Connection, **values: object) -> object:
    connection.execute(insert(TABLE).values(**values))
    row = connection.execute(select(TABLE).order_by(TABLE.c.id.desc())).first()
    assert row is not None
    return getattr(row, next(iter(values)))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        NEVER,
        datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN),
        datetime(2026, 4, 5, 1, 45, fold=1, tzinfo=LORD_HOWE),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_a_moment_comes_back_as_the_same_instant_in_utc(connection: Connection, moment: datetime):
    back = stored(connection, at=moment)
    assert isinstance(back, datetime)
    assert back == moment.astimezone(UTC)
    assert back.tzinfo is UTC


def test_the_hour_that_comes_twice_is_two_moments(connection: Connection):
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert to_microseconds(first.replace(fold=1)) - to_microseconds(first) == 3_600_000_000


def test_a_moment_without_a_zone_is_refused(connection: Connection):
    with pytest.raises(StatementError, match="time zone"):
        stored(connection, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="time zone"):
        to_microseconds(datetime(2026, 1, 1))  # noqa: DTZ001


def test_no_moment_is_null(connection: Connection):
    assert stored(connection, at=None) is None


@hypothesis_settings(deadline=None, database=None)
@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=20))
def test_numbers_are_exact_and_sort_like_moments(moments: list[datetime]):
    assert [from_microseconds(to_microseconds(moment)) for moment in moments] == moments
    assert sorted(moments, key=to_microseconds) == sorted(moments)


@pytest.mark.parametrize("ranks", [PRIORITY_RANKS, STATUS_RANKS])
def test_ranks_are_stored_from_one_in_their_order(ranks: tuple[Priority | Status, ...]):
    kind = Ranked(ranks)
    dialect = create_engine("sqlite://").dialect
    assert [kind.process_bind_param(member, dialect) for member in ranks] == [
        *range(1, len(ranks) + 1)
    ]
    for member in ranks:
        rank = kind.process_bind_param(member, dialect)
        assert kind.process_result_value(rank, dialect) is member
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


def test_what_is_no_member_is_refused(connection: Connection):
    with pytest.raises(StatementError):
        stored(connection, priority="Urgent")


@pytest.mark.parametrize(
    ("column", "value"),
    [("priority", 0), ("priority", 200), ("priority", "x"), ("at", 2**62), ("at", "x")],
)
def test_a_stored_value_nobody_can_have_written_is_damage(
    connection: Connection, column: str, value: object
):
    connection.execute(text(f"INSERT INTO sample ({column}) VALUES (:value)"), {"value": value})  # noqa: S608
    with pytest.raises(Damaged, match="restore the last backup"):
        connection.execute(select(TABLE)).all()


def test_the_most_urgent_rows_come_first(connection: Connection):
    for priority in Priority:
        stored(connection, priority=priority)
    rows = connection.execute(select(TABLE.c.priority).order_by(TABLE.c.priority)).scalars()
    assert list(rows) == [Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW]


@pytest.mark.parametrize(
    ("number", "can_be"),
    [(1, True), (2**63 - 1, True), (0, False), (-1, False), (2**63, False), (-(2**63) - 1, False)],
)
def test_an_id_is_a_positive_number_that_sqlite_can_hold(number: int, can_be: bool):
    assert is_id(number) is can_be
