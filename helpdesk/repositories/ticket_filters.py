# SPDX-License-Identifier: GPL-3.0-or-later
"""What else a list of tickets can be narrowed by: tags, watchers, files, teams, dates, exclusions.

What stands in tables beside the ticket is asked for ticket by ticket while an index is walked. That
is short as long as many tickets have it; where few do (``FEW``), their ids come first and the
list is sorted from them. A bounded count of the rows beside decides (``probe_of``). So does one
along an index of the tickets themselves, where a list in another order than that of the index
may want few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
)

from helpdesk.core.schemas.tickets import Sort, TicketQuery
from helpdesk.core.text import folded
from helpdesk.database.types import NEVER, UtcDateTime
from helpdesk.database.walks import among_few, few_fulfil, has_row
from helpdesk.models import (
    Attachment,
    CustomField,
    Snooze,
    Tag,
    Ticket,
    TicketField,
    TicketTag,
    Watcher,
)

FEW = 2_000
"""So many tickets are sorted faster than an index is walked in the hope of meeting them."""

PROBED = 10_000
"""So many rows beside tickets are counted; a count looks at no more of them."""

_ticket = Ticket.__table__.c
_of_team = Ticket.__table__.alias("of_team").c
_tagged, _tag, _watcher = TicketTag.__table__, Tag.__table__.c, Watcher.__table__
_snooze, _file = Snooze.__table__, Attachment.__table__
_asked, _held = CustomField.__table__, TicketField.__table__
Passing = Callable[[str], ColumnElement[Any]]
"""Gives a column of the ticket as the walk may look at it."""


@dataclass(frozen=True, slots=True)
class Extras:
    """Which of these filters a query has; the values are bound when it runs."""

    tags: bool = False
    without_tags: bool = False
    watchers: bool = False
    without_watchers: bool = False
    files: bool | None = None
    snoozed: bool | None = None
    teams: int = 0
    no_team: bool = False
    no_category: bool = False
    assigned: bool = False
    numbers: bool = False
    dates: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    fields: int = 0
    """How many of the desk's own fields are asked for."""
    without_fields: int = 0
    notes: bool = True
    """Whether what stands on internal notes counts."""
    few: str = ""
    """The table beside the ticket, or index of it, with so few that the list is made of these."""
    capped: bool = False
    """Whether only the first of its rows are looked at, for a count."""

    @property
    def beside(self) -> tuple[str, ...]:
        """The filters that other tables hold, and that may hold few tickets."""
        wanted = (
            ("tags", self.tags),
            ("watchers", self.watchers),
            ("files", self.files is True),
            ("snoozed", self.snoozed is True),
        )
        own = (f"fields{place}" for place in range(self.fields))
        return (*(name for name, is_wanted in wanted if is_wanted), *own)

    @property
    def is_due(self) -> bool:
        """Whether it is asked when tickets are due."""
        return any(name.startswith("due") for name in self.dates)

    @property
    def is_updated(self) -> bool:
        """Whether it is asked when tickets were changed."""
        return any(name.startswith("updated") for name in self.dates)

    @property
    def is_few(self) -> bool:
        """Whether the list is to be sorted from few ids instead of walked."""
        return self.numbers or bool(self.few)


NO_EXTRAS = Extras()
URGENT, UPDATED = "urgent", "updated"
"""The ways along tickets by assignee or urgency, and by their last change."""
_KNOWN = {URGENT: "due", UPDATED: "updated"}
_DATES = ("updated_after", "updated_before", "due_after", "due_before")


def extras_of(query: TicketQuery, *, staff: bool) -> Extras:
    """Return which of the filters a query has."""
    return Extras(
        tags=bool(query.tags),
        without_tags=bool(query.without_tags),
        watchers=bool(query.watcher_ids),
        without_watchers=bool(query.without_watcher_ids),
        files=query.has_attachments,
        # Whoever submitted a ticket is not told that it was put off.
        snoozed=query.snoozed if staff else None,
        teams=min(len(query.team_ids), 2),
        no_team=query.no_team,
        no_category=query.no_category,
        assigned=query.assigned,
        numbers=bool(query.numbers),
        dates=tuple(name for name in _DATES if getattr(query, name) is not None),
        without=tuple(name for name, ids in _excluded(query).items() if ids),
        fields=len(_by_key(query.fields)),
        without_fields=len(_by_key(query.without_fields)),
        notes=staff,
    )


def _excluded(query: TicketQuery) -> dict[str, tuple[int, ...]]:
    """Return which values are left out, by the column of the ticket."""
    return {
        "category_id": query.without_category_ids,
        "assignee_id": query.without_assignee_ids,
        "requester_id": query.without_requester_ids,
        "team_id": query.without_team_ids,
    }


def extra_parameters(query: TicketQuery) -> dict[str, Any]:
    """Return the values to bind for these filters."""
    return {
        "tags": [folded(tag) for tag in query.tags],
        "without_tags": [folded(tag) for tag in query.without_tags],
        "watcher_ids": list(query.watcher_ids),
        "without_watcher_ids": list(query.without_watcher_ids),
        "team_ids": query.team_ids[0] if len(query.team_ids) == 1 else list(query.team_ids),
        "numbers": list(query.numbers),
        **{f"without_{name}": list(ids) for name, ids in _excluded(query).items()},
        **{name: getattr(query, name) for name in _DATES},
        **_own_parameters("fields", query.fields),
        **_own_parameters("without_fields", query.without_fields),
    }


def _by_key(fields: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of the desk's own fields, by the key."""
    found: dict[str, list[str]] = {}
    for each in fields:
        key, _, value = each.partition(":")
        found.setdefault(key, []).append(value)
    return found


def _own_parameters(name: str, fields: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, (key, values) in enumerate(_by_key(fields).items()):
        found |= {f"{name}{place}_key": key, f"{name}{place}_values": values}
    return found


@lru_cache(maxsize=64)
def probe_of(extras: Extras, name: str) -> Select[int]:
    """Return the statement that counts the rows beside, up to one more than ``FEW``."""
    rows = _rows(extras, name).limit(PROBED + 1)
    return select(func.count()).select_from(rows.subquery())


def extra_conditions(
    extras: Extras, passing: Passing, *, elsewhere: bool
) -> list[ColumnElement[bool]]:
    """Return the conditions that a ticket fulfils; ``elsewhere`` no index by team is walked."""
    found = [*_beside(extras), *_own(extras, passing, elsewhere=elsewhere), *_dated(extras)]
    for name in extras.without:
        here = passing(name)
        found.append(or_(here.not_in(_many(f"without_{name}")), here.is_(None)))
    return found


def _own(extras: Extras, passing: Passing, *, elsewhere: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if extras.numbers:
        found.append(_ticket.id.in_(_many("numbers")))
    if extras.teams or extras.no_team:
        here = elsewhere and extras.few != "teams"
        team = passing("team_id") if here else _ticket.team_id
        is_of_team: ColumnElement[Any] = _is_of_team(extras, team)
        found.append(few_fulfil(is_of_team) if extras.few == "teams" else is_of_team)
    if extras.assigned:
        found.append(passing("assignee_id").is_not(None))
    return found


def _is_of_team(extras: Extras, team: ColumnElement[Any]) -> ColumnElement[bool]:
    choices: list[ColumnElement[bool]] = []
    if extras.teams == 1:
        choices.append(team == bindparam("team_ids"))
    elif extras.teams:
        choices.append(team.in_(_many("team_ids")))
    if extras.no_team:
        choices.append(team.is_(None))
    return or_(*choices)


def ways_of(extras: Extras, sort: Sort, *, assigned: bool) -> tuple[str, ...]:
    """Return which indexes of the tickets may hold few of what a list in another order wants."""
    is_dated = sort is not Sort.URGENCY
    ways = (
        ("teams", is_dated and bool(extras.teams or extras.no_team)),
        (URGENT, is_dated and (assigned or extras.is_due)),
        (UPDATED, sort is not Sort.UPDATED and extras.is_updated),
    )
    return tuple(name for name, is_way in ways if is_way)


def dated(extras: Extras, name: str) -> list[ColumnElement[bool]]:
    """Return the conditions on dates that an index knows the rows of."""
    dates = tuple(each for each in extras.dates if each.startswith(_KNOWN[name]))
    return _dated(replace(extras, dates=dates))


def _dated(extras: Extras) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in extras.dates:
        column = _ticket.updated_at if name.startswith("updated") else _ticket.resolution_due
        moment = bindparam(name, type_=UtcDateTime)
        found.append(column >= moment if name.endswith("after") else column < moment)
    if "due_after" in extras.dates and "due_before" not in extras.dates:
        found.append(_ticket.resolution_due < literal(NEVER, UtcDateTime))
    return found


def _beside(extras: Extras) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in extras.beside:
        if name == extras.few:
            rows = _rows(extras, name)
            rows = select(rows.limit(PROBED).subquery()) if extras.capped else rows
            found.append(among_few(_ticket.id, rows.scalar_subquery()))
        else:
            found.append(_has(extras, name))
    if extras.files is False:
        found.append(not_(_has(extras, "files")))
    if extras.snoozed is False:
        found.append(not_(_has(extras, "snoozed")))
    if extras.without_tags:
        found.append(not_(_has(extras, "without_tags")))
    if extras.without_watchers:
        found.append(not_(_has(extras, "without_watchers")))
    for place in range(extras.without_fields):
        found.append(not_(_has(extras, f"without_fields{place}")))
    return found


def _has(extras: Extras, name: str) -> ColumnElement[bool]:
    """Return whether the table beside has a row of the ticket."""
    rows = _rows(extras, name)
    of_ticket = rows.where(_ticket_id(name) == _ticket.id).correlate(Ticket.__table__)
    return has_row(of_ticket.scalar_subquery())


def _rows(extras: Extras, name: str) -> Select[int]:
    """Return the tickets that the table beside holds."""
    rows = select(_ticket_id(name))
    if name == "teams":
        return rows.where(_is_of_team(extras, _of_team.team_id))
    if name.endswith("tags"):
        # The words are looked up once, before the walk.
        ids = select(_tag.id).where(_tag.name_folded.in_(_many(name)))
        return rows.where(few_fulfil(_tagged.c.tag_id.in_(ids)))
    if name.endswith("watchers"):
        return rows.where(few_fulfil(_watcher.c.person_id.in_(_many(f"{name[:-1]}_ids"))))
    if _is_own(name):
        # The field is looked up once, before the walk; what is the staff's no other can ask for.
        field = select(_asked.c.id).where(_asked.c.key == bindparam(f"{name}_key"))
        if not extras.notes:
            field = field.where(_asked.c.staff_only.is_(False))
        is_held = _held.c.field_id == field.scalar_subquery()
        return rows.where(is_held, few_fulfil(_held.c.value.in_(_many(f"{name}_values"))))
    if name == "files":
        # Nothing is put on a ticket before it is all there.
        rows = rows.where(_file.c.ticket_id.is_not(None))
        return rows if extras.notes else rows.where(_file.c.internal.is_(False))
    return rows


def _ticket_id(name: str) -> ColumnElement[int]:
    tables: dict[str, FromClause] = {"files": _file, "snoozed": _snooze}
    if name == "teams":
        return _of_team.id
    if name.endswith("tags"):
        return _tagged.c.ticket_id
    if name.endswith("watchers"):
        return _watcher.c.ticket_id
    if _is_own(name):
        return _held.c.ticket_id
    return tables[name].c.ticket_id


def _is_own(name: str) -> bool:
    return name.startswith(("fields", "without_fields"))


def _many(name: str) -> Any:
    return bindparam(name, expanding=True)
