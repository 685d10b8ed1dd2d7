# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what tickets are counted by, and writes what they count as, with the sums of it.

The same statements serve one changed ticket, whole desks, and the check of both; so they are
plain ones that every kind of connection runs.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import Connection

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.tickets import Status
from helpdesk.figures.contribution import RESOLUTION, RESPONSE, Key, TicketFacts
from helpdesk.figures.durations import Histogram
from helpdesk.figures.ledger import Ledger
from helpdesk.figures.reckoning import Move, Source
from helpdesk.figures.slices import Slice
from helpdesk.figures.sums import COLUMNS, ONE, amounts

_log = logging.getLogger(__name__)

ZONE = "figures_zone"
"""The fact that names the zone in which the desk counts days."""
COUNTED = "figures_counted"
"""'all' once every ticket is counted; whoever writes tickets past that sets another value."""
RECOUNTED = "figures_recounted"
"""Up to which ticket all are counted in the zone that the desk has got; 'all' is to the last."""
ALL = "all"
"""What the two say when there is nothing left to count."""

Row = Sequence[Any]
_NAMED = re.compile(r":(\w+)")


class Counted(NamedTuple):
    """What a ticket is counted by, as what it was counted last, and in which zone days are."""

    source: Source
    before: TicketFacts | None
    zone: str | None


class Statements(Protocol):
    """Runs statements whose values are named, as ``:name``."""

    def run(self, statement: str, values: Mapping[str, Any]) -> Iterator[Row]:
        """Run a statement and return its rows."""
        ...

    def run_many(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows."""
        ...


class FileStatements:
    """Runs statements on a bare connection to an SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Bind to a connection whose transaction somebody else ends."""
        self._connection = connection

    def run(self, statement: str, values: Mapping[str, Any]) -> Iterator[Row]:
        """Run a statement and return its rows."""
        return iter(self._connection.execute(statement, values))

    def run_many(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows."""
        self._connection.executemany(statement, rows)


class SessionStatements:
    """Runs statements in the transaction of a session, with little between them and the driver."""

    def __init__(self, connection: Connection) -> None:
        """Bind to a connection whose transaction somebody else ends."""
        self._connection = connection
        self._is_file = connection.dialect.name == "sqlite"

    def run(self, statement: str, values: Mapping[str, Any]) -> Iterator[Row]:
        """Run a statement and return its rows."""
        result = self._connection.exec_driver_sql(self._spelt(statement), dict(values))
        return iter(cast("Iterable[Row]", result if result.returns_rows else ()))

    def run_many(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows."""
        self._connection.exec_driver_sql(self._spelt(statement), list(map(dict, rows)))

    def _spelt(self, statement: str) -> str:
        """Return a statement with its values named as the driver has it."""
        return statement if self._is_file else _with_percents(statement)


@lru_cache(maxsize=500)
def _with_percents(statement: str) -> str:
    return _NAMED.sub(r"%(\1)s", statement)


def _newest_state(kind: ClockKind) -> str:
    return (
        "(SELECT c.state FROM sla_clock c WHERE c.ticket_id = t.id"  # noqa: S608 - our own names
        f" AND c.kind = '{kind.value}' AND c.stopped_at IS NOT NULL"
        " ORDER BY c.round DESC LIMIT 1)"
    )


def _outcomes(which: str) -> str:
    return (
        "(SELECT count(*) FROM triage_outcome o WHERE o.ticket_id = t.id"  # noqa: S608
        f" AND o.field <> '' AND {which})"
    )


_DONE = (Status.RESOLVED.label, Status.CLOSED.label)
_ACCEPTED = _outcomes("o.answer = 'accepted'")
_CAME_BACK = (
    "CASE WHEN t.reopens > 0 OR EXISTS (SELECT 1 FROM event e WHERE e.ticket_id = t.id"  # noqa: S608
    f" AND e.field = 'status' AND e.old IN ({', '.join(map(repr, _DONE))})"
    f" AND e.new NOT IN ({', '.join(map(repr, _DONE))})) THEN 1 ELSE 0 END"
)
_SOURCES = (
    "t.id, t.status, t.priority, t.category_id, t.team_id, t.assignee_id, t.created_at,"
    " t.first_responded_at, t.first_response_due, t.resolved_at, t.resolution_due, t.closed_at,"
    " t.reopens, CASE WHEN s.ticket_id IS NULL THEN 0 ELSE 1 END, s.escalated_at,"
    f" {_newest_state(ClockKind.FIRST_RESPONSE)}, {_newest_state(ClockKind.RESOLUTION)},"
    f" r.at, r.score, {_outcomes('o.answer IS NOT NULL')}, {_ACCEPTED}, {_CAME_BACK}"
)
_FACTS = ", ".join(f"f.{name}" for name in TicketFacts._fields)
_ZONE = f"(SELECT value FROM desk_fact WHERE name = '{ZONE}')"  # noqa: S608
_TICKETS = (
    f"SELECT {_SOURCES}, {_FACTS}, {_ZONE} FROM ticket t"  # noqa: S608 - our own names
    " LEFT JOIN ticket_sla s ON s.ticket_id = t.id"
    " LEFT JOIN rating r ON r.ticket_id = t.id AND r.round = t.reopens"
    " LEFT JOIN ticket_figure f ON f.ticket_id = t.id"
)
_WITHIN = f"{_TICKETS} WHERE t.id BETWEEN :first AND :last"
_UNCOUNTED = f"{_WITHIN} AND f.ticket_id IS NULL"
_FIRST_UNCOUNTED = (
    "SELECT t.id FROM ticket t LEFT JOIN ticket_figure f ON f.ticket_id = t.id"
    " WHERE t.id > :after AND f.ticket_id IS NULL ORDER BY t.id LIMIT 1"
)
_MOVES = (
    "SELECT ticket_id, kind, at, old, new FROM event WHERE ticket_id BETWEEN :first AND :last"
    " AND (kind = 'created' OR (field = 'status' AND kind IN ('changed', 'reopened')))"
    " ORDER BY id"
)
_INSERT = (
    f"INSERT INTO ticket_figure ({', '.join(TicketFacts._fields)})"  # noqa: S608
    f" VALUES ({', '.join(f':{name}' for name in TicketFacts._fields)})"
)
KEYS = ("slice", "first_id", "second_id", "day")
_WIDTH = len(Source._fields)
KINDS = (RESPONSE, RESOLUTION)
_ROWS_AT_ONCE = 50
_HOURS = (
    "INSERT INTO hourly_figure (team_id, day, hour, created)"
    " VALUES (:team_id, :day, :hour, :created) ON CONFLICT (team_id, day, hour)"
    " DO UPDATE SET created = hourly_figure.created + excluded.created"
)


_NOT_AVOIDED = [name for name in COLUMNS if name != "avoided"]
AVOIDED_AGAIN = (
    f"INSERT INTO daily_figure ({', '.join((*KEYS, 'avoided', *_NOT_AVOIDED))})"  # noqa: S608
    f" SELECT {Slice.ALL.value}, 0, 0, day, sum(avoided), {', '.join('0' for _ in _NOT_AVOIDED)}"
    " FROM article_day WHERE avoided <> 0 GROUP BY day"
    f" ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET avoided = excluded.avoided"
)


_SELECT = (
    f"WITH w ({', '.join(KEYS)}) AS (VALUES {{wanted}})"  # noqa: S608 - our own names
    f" SELECT {', '.join(f'd.{name}' for name in (*KEYS, *KINDS))}"
    " FROM w CROSS JOIN daily_figure d"
    f" WHERE {' AND '.join(f'd.{key} = w.{key}' for key in KEYS)}"
)


class FigureRows:
    """The rows of figures, within a transaction that somebody else ends."""

    def __init__(self, statements: Statements) -> None:
        """Bind to a connection."""
        self.statements = statements

    def tickets(self, first: int, last: int, *, uncounted: bool = False) -> list[Counted]:
        """Return what tickets are counted by, and as what they were counted, if they were.

        ``uncounted`` leaves out those that were.
        """
        statement = _UNCOUNTED if uncounted else _WITHIN
        rows = self.statements.run(statement, {"first": first, "last": last})
        return list(map(_counted, rows))

    def tickets_among(self, ids: Sequence[int]) -> list[Counted]:
        """Return the same of some tickets, which may lie far apart."""
        found: list[Counted] = []
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            some = ids[start : start + _ROWS_AT_ONCE]
            values = {f"id_{place}": id_ for place, id_ in enumerate(some)}
            found += map(_counted, self.statements.run(_among(len(some)), values))
        return found

    def moves(self, first: int, last: int) -> dict[int, list[Move]]:
        """Return the changes of status of each ticket whose history begins with the ticket."""
        found: dict[int, list[Move]] = {}
        for id_, kind, at, old, new in self.statements.run(_MOVES, {"first": first, "last": last}):
            if kind == "created":
                found.setdefault(id_, [])
            elif id_ in found:
                found[id_].append(Move(at, old, new))
        return found

    def first_uncounted(self, after: int) -> int | None:
        """Return the next ticket that is not counted yet, or ``None``."""
        row = next(self.statements.run(_FIRST_UNCOUNTED, {"after": after}), None)
        return None if row is None else int(row[0])

    def add(self, new: Sequence[TicketFacts]) -> None:
        """Write the rows of tickets that had none."""
        if new:
            self.statements.run_many(_INSERT, [facts._asdict() for facts in new])

    def change(self, tickets: Sequence[tuple[TicketFacts, TicketFacts]]) -> None:
        """Write what has changed in the rows of tickets, from the old to the new."""
        by_names: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for old, new in tickets:
            pairs = zip(TicketFacts._fields, old, new, strict=True)
            changed = {name: after for name, before, after in pairs if before != after}
            row = {**changed, "ticket_id": new.ticket_id}
            by_names.setdefault(tuple(changed), []).append(row)
        for names, rows in by_names.items():
            self.statements.run_many(_update(names), rows)

    def post(self, ledger: Ledger) -> None:
        """Add what has been gathered to the sums."""
        self._post_days(ledger)
        if hours := ledger.hours:
            rows = [
                {"team_id": team, "day": day, "hour": hour, "created": created}
                for (team, day, hour), created in hours.items()
            ]
            self.statements.run_many(_HOURS, rows)

    def add_avoided(self, day: int, tickets: int) -> None:
        """Count tickets that an article made needless."""
        self.add_up({(Slice.ALL.value, 0, 0, day): tickets * ONE["avoided"]}, {}, ())

    def take_over_avoided(self) -> None:
        """Count the tickets that articles made needless as the knowledge base has them."""
        self.statements.run(AVOIDED_AGAIN, {})

    def _post_days(self, ledger: Ledger) -> None:
        """Add to the sums: of rows in which durations come or go, histograms are put in place."""
        sums, histograms = ledger.sums, self._histograms(ledger)
        self.add_up({key: sums.get(key, 0) for key in histograms}, histograms, KINDS)
        self.add_up({key: each for key, each in sums.items() if key not in histograms}, {}, ())

    def add_up(
        self,
        sums: Mapping[Key, int],
        histograms: Mapping[Key, Mapping[str, bytes | None]],
        kinds: tuple[str, ...],
    ) -> None:
        """Add to the rows of some sums, and put their histograms of some kinds in place."""
        if not sums:
            return
        changed = [amounts(each) for each in sums.values()]
        places = [place for place, column in enumerate(zip(*changed, strict=True)) if any(column)]
        names = tuple(COLUMNS[place] for place in places)
        given = (*KEYS, *names, *kinds)
        rows = []
        for key, values in zip(sums, changed, strict=True):
            kept = [histograms[key][kind] for kind in kinds]
            row = (*key, *(values[place] for place in places), *kept)
            rows.append(dict(zip(given, row, strict=True)))
        self.statements.run_many(_upsert(names, kinds), rows)

    def _histograms(self, ledger: Ledger) -> dict[Key, dict[str, bytes | None]]:
        """Return the histograms of the rows in which durations have come or gone."""
        changes = ledger.durations
        kept = self._kept(list(dict.fromkeys(key for key, _ in changes)))
        for (key, kind), buckets in changes.items():
            kept[key][kind] = _changed(key, kind, kept[key][kind], buckets)
        return kept

    def _kept(self, keys: Sequence[Key]) -> dict[Key, dict[str, bytes | None]]:
        """Return the histograms of rows as they are kept, of those there are not yet, too."""
        kept: dict[Key, dict[str, bytes | None]] = {key: dict.fromkeys(KINDS) for key in keys}
        for start in range(0, len(keys), _ROWS_AT_ONCE):
            some = keys[start : start + _ROWS_AT_ONCE]
            values = {
                f"{name}_{place}": value
                for place, key in enumerate(some)
                for name, value in zip(KEYS, key, strict=True)
            }
            for *key, response, resolution in self.statements.run(_select(len(some)), values):
                kept[cast("Key", tuple(key))] = {RESPONSE: response, RESOLUTION: resolution}
        return kept


def _changed(key: Key, kind: str, blob: bytes | None, buckets: Mapping[int, int]) -> bytes | None:
    """Return a histogram with durations more or fewer.

    One that is damaged refuses nobody's change: it is told of by a check, which can mend it.
    """
    try:
        return Histogram.changed_blob(blob, buckets)
    except ValueError as problem:
        _log.warning("The %s of %s is damaged, %s; check-db mends it", kind, key, problem)
        return Histogram.nearest_blob(blob, buckets)


def _counted(row: Row) -> Counted:
    source, facts = Source._make(row[:_WIDTH]), row[_WIDTH:-1]
    return Counted(source, None if facts[0] is None else TicketFacts._make(facts), row[-1])


@lru_cache(maxsize=_ROWS_AT_ONCE)
def _among(count: int) -> str:
    """Return the statement that reads so many tickets."""
    return f"{_TICKETS} WHERE t.id IN ({', '.join(f':id_{place}' for place in range(count))})"


@lru_cache(maxsize=500)
def _update(names: tuple[str, ...]) -> str:
    told = ", ".join(f"{name} = :{name}" for name in names)
    return f"UPDATE ticket_figure SET {told} WHERE ticket_id = :ticket_id"  # noqa: S608


@lru_cache(maxsize=_ROWS_AT_ONCE)
def _select(count: int) -> str:
    """Return the statement that reads the histograms of so many rows, each by its key."""
    places = (", ".join(f":{key}_{place}" for key in KEYS) for place in range(count))
    wanted = ", ".join(f"({each})" for each in places)
    # SQLite walks the left side of a cross join, and looks the right one up.
    return _SELECT.format(wanted=wanted)


@lru_cache(maxsize=500)
def _upsert(names: tuple[str, ...], kinds: tuple[str, ...]) -> str:
    """Return the statement that adds to some columns, and puts new histograms in place."""
    given = (*KEYS, *names, *kinds)
    zeros = [name for name in COLUMNS if name not in names]
    columns = ", ".join((*given, *zeros))
    values = ", ".join((*(f":{name}" for name in given), *("0" for _ in zeros)))
    added = [f"{name} = daily_figure.{name} + excluded.{name}" for name in names]
    put = [f"{kind} = excluded.{kind}" for kind in kinds]
    return (
        f"INSERT INTO daily_figure ({columns}) VALUES ({values})"  # noqa: S608 - our own names
        f" ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET {', '.join((*added, *put))}"
    )
