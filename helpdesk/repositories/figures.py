# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads figures: sums by day, and of tickets only what an index yields by a short walk.

A statement is built once for each shape and then reused, as those of lists are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from helpdesk.figures.slices import Slice
from helpdesk.models import (
    Category,
    DailyFigure,
    HourlyFigure,
    Team,
    TeamMember,
    Ticket,
    TicketFigure,
    User,
)

NOW = ("now_new", "now_open", "now_in_progress", "now_awaiting")
"""The sums of open tickets by status, on the days on which they were opened."""
LIVE = (*NOW, "unassigned")
BLOCK = 32
"""So many days are added up at a time."""
MOST_READ = 1_000
"""Of at most so many tickets in one bucket the exact value in the middle is looked up."""

_daily, _hourly = DailyFigure.__table__.c, HourlyFigure.__table__.c
_figure, _user = TicketFigure.__table__.c, User.__table__.c
_member, _team, _category = TeamMember.__table__.c, Team.__table__.c, Category.__table__.c


class Key(NamedTuple):
    """One slice of all tickets that sums are kept of."""

    slice: int
    first_id: int
    second_id: int


class Parts(NamedTuple):
    """All slices of a kind that differ in one of their ids: the parts of a figure."""

    slice: int
    is_first: bool
    """Whether they differ in the first id, else in the second."""
    other_id: int

    def key(self, part: int) -> Key:
        """Return the slice of a part."""
        ids = (part, self.other_id) if self.is_first else (self.other_id, part)
        return Key(self.slice, *ids)


class Range(NamedTuple):
    """Some days, the first and the last with them."""

    first: int
    last: int


class Ordered(NamedTuple):
    """Which value is asked for: the one at a place among those of a bucket, from the least on."""

    seconds: str
    day: str
    filters: tuple[tuple[str, Any], ...]
    days: Range
    least: int
    most: int
    place: int


class StaffMember(NamedTuple):
    """Somebody whose tickets are counted, or who is in a team."""

    id: int
    full_name: str
    capacity: int | None
    works_here: bool


@dataclass(frozen=True)
class Names:
    """What categories, teams and people are called."""

    categories: dict[int, str]
    teams: dict[int, str]
    people: dict[int, str]


class FigureRepository:
    """What is kept of figures, whoever the actor is: the service says who may see what."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._dialect = session.get_bind().dialect.name

    # --- sums -------------------------------------------------------------------------------

    def days(
        self, wanted: Sequence[tuple[Key, Range]], columns: tuple[str, ...]
    ) -> list[tuple[Key, int, Sequence[Any]]]:
        """Return the sums of each day on which there are some, of several slices."""
        values: dict[str, Any] = {}
        for place, (key, days) in enumerate(wanted):
            values |= _placed(place, {**key._asdict(), "since": days.first, "until": days.last})
        rows = self._session.execute(_days(len(wanted), columns), values).all()
        return [(wanted[place][0], day, sums) for place, day, *sums in rows]

    def parts(
        self, parts: Parts, days: Range, columns: tuple[str, ...]
    ) -> list[tuple[int, Sequence[Any]]]:
        """Return the sums of some days of each part."""
        values = {**parts._asdict(), "since": days.first, "until": days.last}
        rows = self._session.execute(_parts(parts.is_first, columns), _without_side(values)).all()
        return [(part, _numbers(told)) for part, told in rows if told is not None]

    def part_days(self, parts: Parts, days: Range, column: str) -> list[tuple[int, int, int]]:
        """Return the sum of each of some days, of each part."""
        values = {**parts._asdict(), "since": days.first, "until": days.last}
        statement = _part_days(parts.is_first, column)
        rows = self._session.execute(statement, _without_side(values)).all()
        return [(part, day, amount) for part, day, amount in rows]

    def part_histograms(self, parts: Parts, days: Range, column: str) -> list[tuple[int, str]]:
        """Return the histograms of some days, of each part, in hexadecimal digits.

        A row holds those of ``BLOCK`` days, with commas between: many rows would take long.
        """
        values = {**parts._asdict(), "since": days.first, "until": days.last}
        statement = _part_histograms(self._dialect, parts.is_first, column)
        rows = self._session.execute(statement, _without_side(values)).all()
        return [(part, told) for part, _, told in rows]

    def live(self, keys: Sequence[Key]) -> list[tuple[Key, int, Sequence[int]]]:
        """Return how many tickets are open now, by the day on which they were opened."""
        values: dict[str, Any] = {}
        for place, key in enumerate(keys):
            values |= _placed(place, key._asdict())
        rows = self._session.execute(_live(len(keys)), values).all()
        return [(keys[place], day, sums) for place, day, *sums in rows]

    def live_parts(self, parts: Parts, *, by_day: bool) -> list[tuple[int, int, Sequence[int]]]:
        """Return the same of each part; of all days together as day 0."""
        values = _without_side(parts._asdict())
        if by_day:
            days = self._session.execute(_live_part_days(parts.is_first), values).all()
            return [(part, day, sums) for part, day, *sums in days]
        rows = self._session.execute(_live_parts(parts.is_first), values).all()
        return [(part, 0, _numbers(told)) for part, told in rows if told is not None]

    def hours(self, team_id: int, days: Range) -> Sequence[tuple[int, int, int]]:
        """Return how many tickets were opened in each hour of some days: day, hour and number."""
        statement = select(_hourly.day, _hourly.hour, _hourly.created).where(
            _hourly.team_id == team_id, _hourly.day.between(*days)
        )
        return [(day, hour, count) for day, hour, count in self._session.execute(statement).all()]

    # --- tickets ----------------------------------------------------------------------------

    def seconds(
        self,
        seconds: str,
        day: str,
        filters: tuple[tuple[str, Any], ...],
        days: Range,
        split: str | None,
    ) -> list[tuple[Any, int, int]]:
        """Return every duration of some days, where it is known that they are few.

        With each comes what ``split`` names and the day.
        """
        values = {f"the_{name}": value for name, value in filters}
        statement = _seconds(seconds, day, tuple(name for name, _ in filters), split)
        values |= {"since": days.first, "until": days.last}
        rows = self._session.execute(statement, values).all()
        return [(part, on, duration) for part, on, duration in rows]

    def ordered(self, wanted: Sequence[Ordered]) -> list[int | None]:
        """Return the values asked for, in one statement; ``None`` where there is none there."""
        values: dict[str, Any] = {}
        for place, each in enumerate(wanted):
            filters = {f"the_{name}": value for name, value in each.filters}
            bounds = {"least": each.least, "most": each.most, "place": each.place}
            days = {"since": each.days.first, "until": each.days.last}
            values |= _placed(place, {**filters, **bounds, **days})
        shapes = tuple(
            (each.seconds, each.day, tuple(name for name, _ in each.filters)) for each in wanted
        )
        found = {row[0]: row[1] for row in self._session.execute(_ordered(shapes), values)}
        return [found.get(place) for place in range(len(wanted))]

    def uncounted(self) -> int:
        """Return how many tickets wait to be counted; who has counted all of them says so."""
        counted = select(func.coalesce(func.sum(_daily.created), 0)).where(
            _daily.slice == Slice.ALL.value, _daily.first_id == 0, _daily.second_id == 0
        )
        every = select(func.count()).select_from(Ticket.__table__)
        statement = select(every.scalar_subquery() - counted.scalar_subquery())
        return max(int(self._session.execute(statement).scalar_one()), 0)

    # --- names ------------------------------------------------------------------------------

    def names(
        self, categories: Collection[int], teams: Collection[int], people: Collection[int]
    ) -> Names:
        """Return what some categories, teams and people are called, in one statement."""
        kinds = ((_category, categories), (_team, teams))
        arms: list[Select[*tuple[Any, ...]]] = [
            select(literal_column(str(place)), table.id, table.name).where(table.id.in_(ids))
            for place, (table, ids) in enumerate(kinds)
            if ids
        ]
        if people:
            called = select(literal_column("2"), _user.id, _user.full_name)
            arms.append(called.where(_user.id.in_(people)))
        found: tuple[dict[int, str], ...] = ({}, {}, {})
        if arms:
            for kind, id_, name in self._session.execute(union_all(*arms)):
                found[kind][id_] = name
        return Names(*found)

    def staff(self, ids: Collection[int], team_id: int | None) -> list[StaffMember]:
        """Return some people and those of a team, or of any, by name."""
        members = select(_member.user_id)
        if team_id is not None:
            members = members.where(_member.team_id == team_id)
        # Sorted here: among many accounts a database would rather walk all of them by name.
        statement = select(
            _user.id, _user.full_name, _user.capacity, _user.active, _user.full_name_folded
        ).where(_user.id.in_(ids) | _user.id.in_(members))
        rows = sorted(self._session.execute(statement), key=lambda row: (row[4], row[0]))
        return [StaffMember._make(row[:4]) for row in rows]


def _numbers(told: str) -> list[int]:
    return [int(number) for number in told.split(",")]


def _placed(place: int, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_{place}": value for name, value in values.items()}


def _without_side(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "is_first"}


def _is_key(place: int) -> list[ColumnElement[bool]]:
    return [_daily[name] == bindparam(f"{name}_{place}") for name in Key._fields]


def _is_live() -> ColumnElement[bool]:
    """Return the condition of the index of days on which tickets were opened that still are.

    SQLite takes that index only for the very same words.
    """
    return literal_column(DailyFigure.LIVE) > literal_column("0")


@lru_cache(maxsize=256)
def _days(count: int, columns: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(
        *(
            select(
                literal_column(str(place)), _daily.day, *(_daily[name] for name in columns)
            ).where(
                *_is_key(place),
                _daily.day.between(bindparam(f"since_{place}"), bindparam(f"until_{place}")),
            )
            for place in range(count)
        )
    )


@lru_cache(maxsize=64)
def _live(count: int) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(
        *(
            select(literal_column(str(place)), _daily.day, *(_daily[name] for name in LIVE)).where(
                *_is_key(place), _is_live()
            )
            for place in range(count)
        )
    )


def _ids(*, is_first: bool) -> CTE:
    """Return the ids of all parts: a step along the index for each, however many days it has."""
    split = _daily.first_id if is_first else _daily.second_id
    found = [_daily.slice == bindparam("slice")]
    if not is_first:
        found.append(_daily.first_id == bindparam("other_id"))
    ids = select(func.min(split).label("id")).where(*found).cte("ids", recursive=True)
    following = select(func.min(split)).where(*found, split > ids.c.id).scalar_subquery()
    return ids.union_all(select(following).where(ids.c.id.is_not(None)))


def _of_parts(*, is_first: bool) -> tuple[CTE, list[ColumnElement[bool]]]:
    ids = _ids(is_first=is_first)
    split, other = _daily.first_id, _daily.second_id
    if not is_first:
        split, other = other, split
    return ids, [
        _daily.slice == bindparam("slice"),
        split == ids.c.id,
        other == bindparam("other_id"),
    ]


def _between() -> ColumnElement[bool]:
    return _daily.day.between(bindparam("since"), bindparam("until"))


@lru_cache(maxsize=256)
def _parts(is_first: bool, columns: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    ids, conditions = _of_parts(is_first=is_first)
    return select(ids.c.id, _told_sums(columns, ids, *conditions, _between()))


def _told_sums(
    columns: Iterable[str], ids: CTE, *conditions: ColumnElement[bool]
) -> ScalarSelect[str]:
    """Return the sums of one part as one text: rows of all parts would be sorted by them first."""
    texts = [cast(func.sum(_daily[name]), Text) for name in columns]
    told: ColumnElement[str] = texts[0]
    for text in texts[1:]:
        told = told.concat(literal_column("','")).concat(text)
    return select(told).where(*conditions).correlate(ids).scalar_subquery()


@lru_cache(maxsize=64)
def _part_days(is_first: bool, column: str) -> Select[*tuple[Any, ...]]:
    ids, conditions = _of_parts(is_first=is_first)
    return (
        select(ids.c.id, _daily.day, _daily[column])
        .select_from(ids)
        .join(DailyFigure.__table__, literal(True))
        .where(*conditions, _between())
    )


@lru_cache(maxsize=16)
def _part_histograms(
    dialect: str,
    is_first: bool,
    column: str,
) -> Select[*tuple[Any, ...]]:
    ids, conditions = _of_parts(is_first=is_first)
    here: ColumnElement[Any] = _daily[column]
    comma: ColumnElement[str] = literal_column("','")
    if dialect == "postgresql":
        told = func.string_agg(func.encode(here, literal_column("'hex'")), comma)
    else:
        told = func.group_concat(func.hex(here), comma)
    block = _daily.day // literal_column(str(BLOCK))
    return (
        select(ids.c.id, block, told)
        .select_from(ids)
        .join(DailyFigure.__table__, literal(True))
        .where(*conditions, _between(), here.is_not(None))
        .group_by(ids.c.id, block)
    )


@cache
def _live_parts(is_first: bool) -> Select[*tuple[Any, ...]]:
    ids, conditions = _of_parts(is_first=is_first)
    return select(ids.c.id, _told_sums(LIVE, ids, *conditions, _is_live()))


@cache
def _live_part_days(is_first: bool) -> Select[*tuple[Any, ...]]:
    ids, conditions = _of_parts(is_first=is_first)
    return (
        select(ids.c.id, _daily.day, *(_daily[name] for name in LIVE))
        .select_from(ids)
        .join(DailyFigure.__table__, literal(True))
        .where(*conditions, _is_live())
    )


def _where(names: Iterable[str], suffix: str = "") -> list[ColumnElement[bool]]:
    return [_figure[name] == bindparam(f"the_{name}{suffix}") for name in names]


@lru_cache(maxsize=64)
def _seconds(
    seconds: str, day: str, names: tuple[str, ...], split: str | None
) -> Select[*tuple[Any, ...]]:
    part = _figure[split] if split else literal_column("0")
    return select(part, _figure[day], _figure[seconds]).where(
        _figure[day].between(bindparam("since"), bindparam("until")),
        _figure[seconds].is_not(None),
        *_where(names),
    )


@lru_cache(maxsize=256)
def _ordered(
    shapes: tuple[tuple[str, str, tuple[str, ...]], ...],
) -> CompoundSelect[*tuple[Any, ...]]:
    arms = []
    for place, (seconds, day, names) in enumerate(shapes):
        found = (
            select(_figure[seconds].label("seconds"))
            .where(
                _figure[seconds].between(bindparam(f"least_{place}"), bindparam(f"most_{place}")),
                _figure[day].between(bindparam(f"since_{place}"), bindparam(f"until_{place}")),
                *_where(names, f"_{place}"),
            )
            .order_by(_figure[seconds])
            .limit(1)
            .offset(bindparam(f"place_{place}"))
            .subquery()
        )
        arms.append(select(literal_column(str(place)), found.c.seconds))
    return union_all(*arms)
