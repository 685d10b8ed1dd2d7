# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements behind ticket lists: keyset pages that cost the same at any size.

The default order (priority, status, due time) is walked in cells. One cell is one pair of
priority and status; inside it an index yields the rows by due time. A page is the
concatenation of the cells that the filter allows, and the database stops at the first cell
that fills the page, so no filter on status or priority ever walks rows it does not show.

A list by date walks the index of that date, which also holds every column that can be
filtered by: what does not match is passed over without reading a ticket.

How each database is brought to that stands in ``database.walks`` and ``database.search``. A
statement is built once for each shape of query and then reused, since building one takes
longer than running it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery
from helpdesk.database.search import SEARCHES, TextSearch
from helpdesk.database.types import UtcDateTime
from helpdesk.database.walks import Walk, has_row, ids_along, passed_over
from helpdesk.models import (
    Attachment,
    Category,
    Rating,
    Snooze,
    Team,
    Ticket,
    TicketSla,
    User,
    Watcher,
)
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.repositories.behind import BehindShape, conditions_of
from helpdesk.repositories.behind import day_of as behind_day
from helpdesk.repositories.behind import figures as _figures
from helpdesk.repositories.tags import JOINED_TAGS
from helpdesk.repositories.ticket_details import CLOCK
from helpdesk.repositories.ticket_filters import (
    FEW,
    NO_EXTRAS,
    UPDATED,
    URGENT,
    Extras,
    dated,
    extra_conditions,
    extra_parameters,
    extras_of,
    probe_of,
    ways_of,
)

Cell = tuple[int, int]

# Tables instead of model classes: no objects are made of rows that only pass by.
_tickets, _categories, _slas = Ticket.__table__, Category.__table__, TicketSla.__table__
_requester, _assignee = User.__table__.alias("requester"), User.__table__.alias("assignee")
_teams, _rating, _snoozes = Team.__table__, Rating.__table__.c, Snooze.__table__
_ticket, _figure = _tickets.c, _figures.c
_watcher = Watcher.__table__.c
_file = Attachment.__table__.c
_seen_by_requester = (_file.ticket_id == _ticket.id, _file.internal.is_(False))
_URGENCY = ("priority", "status", "resolution_due", "id")
_LOOKED_THROUGH = 100_000
"""So many numbers are looked through faster than a search looks at older tickets."""
_AFTER = (bindparam("after_time", type_=UtcDateTime), bindparam("after_id", type_=_ticket.id.type))


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one statement differ from another; the values are bound when it runs."""

    dialect: str
    sort: Sort
    cells: tuple[Cell, ...]
    filters_cells: bool
    has_text: bool
    pieces: int
    resumes: bool
    chosen: bool
    categories: int
    assignees: int
    unassigned: bool
    requesters: int
    created_after: bool
    created_before: bool
    numbered: bool
    staff: bool
    behind: BehindShape | None = None
    watched: bool = False
    """Whether what a person follows is shown beside what they asked for."""
    excludes: int = 0
    """How many terms are left out that the text itself does not leave out."""
    counts: bool = False
    extras: Extras = NO_EXTRAS


def shape_of(query: TicketQuery, *, dialect: str, staff: bool, requesters: int) -> Shape:
    """Return the shape of a query without a text, before any cursor."""
    cells = tuple(
        (priority, status)
        for priority, member in enumerate(PRIORITY_RANKS, start=1)
        if not query.priorities or member in query.priorities
        if member not in query.without_priorities
        for status, other in enumerate(STATUS_RANKS, start=1)
        if not query.statuses or other in query.statuses
        if other not in query.without_statuses
    )
    is_narrowed = query.priorities or query.statuses
    leaves_out = query.without_priorities or query.without_statuses
    # Within a cell an index knows what is due when.
    is_due = query.due_after or query.due_before
    return Shape(
        dialect=dialect,
        sort=Sort.NEWEST if query.sort is Sort.RELEVANCE else query.sort,
        cells=cells,
        filters_cells=bool(is_narrowed or leaves_out or is_due),
        has_text=False,
        pieces=0,
        resumes=False,
        chosen=False,
        categories=min(len(query.category_ids), 2),
        assignees=min(len(query.assignee_ids), 2),
        unassigned=query.unassigned,
        requesters=min(requesters, 2),
        created_after=query.created_after is not None,
        created_before=query.created_before is not None,
        numbered=False,
        staff=staff,
        extras=extras_of(query, staff=staff),
    )


def parameters_of(query: TicketQuery, *, requester_ids: tuple[int, ...]) -> dict[str, Any]:
    """Return the values to bind for a query, text, cursor and page size apart."""
    return {
        "category_ids": _one_or_all(query.category_ids),
        "assignee_ids": _one_or_all(query.assignee_ids),
        "requester_ids": _one_or_all(requester_ids),
        "created_after": query.created_after,
        "created_before": query.created_before,
        **extra_parameters(query),
    }


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of one page: first the ids of the page, then their details."""
    page = _page_ids(shape).cte("page")
    excerpt = page.c.get("excerpt", literal_column("NULL"))
    day = page.c.get("day", literal_column("NULL"))
    remarks = _ticket.replies + _ticket.notes if shape.staff else _ticket.replies
    return (
        select(
            _ticket.id,
            _ticket.subject,
            _ticket.status,
            _ticket.priority,
            _categories.c.name,
            _requester.c.id,
            _requester.c.full_name,
            _assignee.c.id,
            _assignee.c.full_name,
            _ticket.created_at,
            _ticket.updated_at,
            _ticket.resolution_due,
            remarks.label("comments"),
            _ticket.version,
            excerpt.label("excerpt"),
            day.label("day"),
            JOINED_TAGS.label("tags"),
            *CLOCK,
            _files_of(staff=shape.staff).label("attachments"),
            _snoozes.c.ticket_id.is_not(None).label("snoozed"),
            _snoozes.c.until.label("snoozed_until"),
        )
        .select_from(page)
        .join(_tickets, _ticket.id == page.c.id)
        .join(_requester, _requester.c.id == _ticket.requester_id)
        .join(_assignee, _assignee.c.id == _ticket.assignee_id, isouter=True)
        .join(_categories, _categories.c.id == _ticket.category_id, isouter=True)
        .join(_slas, _slas.c.ticket_id == _ticket.id, isouter=True)
        .join(_snoozes, _snoozes.c.ticket_id == _ticket.id, isouter=True)
        .order_by(*([page.c.day.desc(), _ticket.id.desc()] if _is_behind(shape) else _order(shape)))
        .limit(bindparam("limit") if _adds_watched(shape) else None)
    )


@lru_cache(maxsize=128)
def ids_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page's numbers alone, with what the next page begins behind."""
    page = _page_ids(shape, excerpts=False).cte("page")
    day = page.c.get("day", literal_column("NULL"))
    return (
        select(_ticket.id, _ticket.created_at, day.label("day"))
        .select_from(page)
        .join(_tickets, _ticket.id == page.c.id)
        .order_by(*([page.c.day.desc(), _ticket.id.desc()] if _is_behind(shape) else _order(shape)))
        .limit(bindparam("limit") if _adds_watched(shape) else None)
    )


def _files_of(*, staff: bool) -> ScalarSelect[int]:
    """Return how many files stand on a ticket of the page, those of notes for staff alone."""
    seen = (_file.ticket_id == _ticket.id,) if staff else _seen_by_requester
    return select(func.count()).select_from(Attachment.__table__).where(*seen).scalar_subquery()


@lru_cache(maxsize=128)
def lines_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of one page of lines of a file: the ids, then what a line says.

    The tickets behind a number are walked by their ids: the days they count on may move meanwhile.
    """
    behind = shape.behind if _is_behind(shape) else None
    page = (_behind_ids(shape, behind) if behind else _page_ids(shape, excerpts=False)).cte("page")
    present = and_(_rating.ticket_id == _ticket.id, _rating.round == _ticket.reopens)
    return (
        select(
            _ticket.id,
            _ticket.subject,
            _ticket.status,
            _ticket.priority,
            _categories.c.name,
            _teams.c.name,
            _requester.c.full_name,
            _assignee.c.full_name,
            _ticket.source,
            _ticket.created_at,
            _ticket.first_responded_at,
            _ticket.resolved_at,
            _ticket.closed_at,
            _ticket.first_response_due,
            _ticket.resolution_due,
            _ticket.reopens,
            _rating.score,
        )
        .select_from(page)
        .join(_tickets, _ticket.id == page.c.id)
        .join(_requester, _requester.c.id == _ticket.requester_id)
        .join(_assignee, _assignee.c.id == _ticket.assignee_id, isouter=True)
        .join(_categories, _categories.c.id == _ticket.category_id, isouter=True)
        .join(_teams, _teams.c.id == _ticket.team_id, isouter=True)
        .join(Rating.__table__, present, isouter=True)
        .order_by(*([_ticket.id.desc()] if behind else _order(shape)))
    )


@lru_cache(maxsize=512)
def count_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement that counts what matches, up to the bound ``limit``."""
    if shape.has_text:
        hits = _hits(shape, SEARCHES[shape.dialect]).limit(bindparam("limit"))
        return select(func.count()).select_from(hits.subquery())
    if shape.behind is not None:
        rows = _behind_rows(replace(shape, resumes=False), shape.behind)
        return select(func.count()).select_from(rows.limit(bindparam("limit")).subquery())
    shape, walks = replace(shape, sort=Sort.NEWEST, counts=True), _counts_along_dates(shape)
    counted: Any = select(_ticket.id).where(
        *_filters(shape, walks=walks), *_cell_filters(shape, walks=walks)
    )
    if _adds_watched(shape):
        counted = union_all(counted, _watched(shape))
    return select(func.count()).select_from(counted.limit(bindparam("limit")).subquery())


@lru_cache(maxsize=512)
def subjects_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of the newest hits of a text: their ids and subjects.

    Where it resumes it begins behind ``after_id`` and ends with ``oldest``.
    """

    def hits(search: TextSearch) -> Select[*tuple[Any, ...]]:
        found = _hits(shape, search)
        if not shape.resumes:
            return found
        return found.where(search.id >= bindparam("oldest", type_=_ticket.id.type))

    newest = SEARCHES[shape.dialect].newest(hits, resumes=shape.resumes).subquery("newest")
    return (
        select(_ticket.id, _ticket.subject)
        .select_from(newest)
        .join(_tickets, _ticket.id == newest.c.id)
        .order_by(_ticket.id.desc())
    )


def _page_ids(
    shape: Shape, *, excerpts: bool = True
) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    if _adds_watched(shape):
        own = select(_page_ids(replace(shape, watched=False)).subquery("own").c.id)
        followed = _watched(shape).order_by(*_order(shape)).limit(bindparam("limit"))
        return union_all(own, select(followed.subquery("followed").c.id))
    if shape.chosen:
        return select(_ticket.id).where(_ticket.id.in_(bindparam("chosen_ids", expanding=True)))
    if shape.has_text:
        hits = partial(_hits, shape, excerpts=excerpts)
        return SEARCHES[shape.dialect].newest(hits, resumes=shape.resumes)
    if shape.behind is not None:
        day = behind_day(shape.behind)
        rows = _behind_rows(shape, shape.behind)
        return rows.order_by(day.desc(), _figure.ticket_id.desc()).limit(bindparam("limit"))
    if shape.sort is Sort.URGENCY:
        return _urgency_ids(shape)
    return _dated_ids(shape)


def _behind_rows(shape: Shape, behind: BehindShape) -> Select[*tuple[Any, ...]]:
    """Return what stands behind a number, along the days that are counted."""
    day = behind_day(behind)
    rows = _filtered(shape, behind, select(_figure.ticket_id.label("id"), day.label("day")))
    if shape.resumes:
        after = tuple_(bindparam("after_day"), bindparam("after_id"))
        rows = rows.where(tuple_(day, _figure.ticket_id) < after)
    return rows


def _behind_ids(shape: Shape, behind: BehindShape) -> Select[*tuple[Any, ...]]:
    """Return the next ids of what stands behind a number, along the ids."""
    rows = _filtered(shape, behind, select(_figure.ticket_id.label("id")), walks=False)
    if shape.resumes:
        rows = rows.where(_figure.ticket_id < bindparam("after_id"))
    return rows.order_by(_figure.ticket_id.desc()).limit(bindparam("limit"))


def _filtered(
    shape: Shape,
    behind: BehindShape,
    rows: Select[*tuple[Any, ...]],
    *,
    walks: bool = True,
) -> Select[*tuple[Any, ...]]:
    rows = rows.where(*conditions_of(behind, shape.dialect, walks=walks))
    filters = [*_filters(shape, walks=True), *_cell_filters(shape, walks=True)]
    if not filters:
        return rows
    return rows.join(_tickets, _ticket.id == _figure.ticket_id).where(*filters)


def _is_behind(shape: Shape) -> bool:
    """Return whether a page is walked along the days of what tickets count as."""
    return shape.behind is not None and not shape.has_text and not shape.chosen


def _adds_watched(shape: Shape) -> bool:
    """Return whether a list is what a person asked for and, beside it, what they follow.

    A search itself knows what somebody may meet. Both are short lists of one person, each along
    an index of its own: one condition for both would walk the tickets of everybody.
    """
    return shape.watched and not (shape.has_text or shape.chosen or shape.behind is not None)


def _watched(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the tickets of others that somebody follows and a query wants, in no order."""
    followed = select(_watcher.ticket_id).where(_watcher.person_id == bindparam("watcher_id"))
    others = replace(shape, requesters=0)
    requester_id = _column(shape, "requester_id", walks=True)
    found = select(_ticket.id).where(
        _ticket.id.in_(followed),
        requester_id != bindparam("watcher_id"),
        *_filters(others, walks=True),
        *_cell_filters(shape, walks=True),
    )
    if not shape.resumes:
        return _within(shape, found)
    if shape.sort is Sort.URGENCY:
        first = _is_in(shape, shape.cells[:1])
        behind = tuple_(_ticket.resolution_due, _ticket.id) > tuple_(*_AFTER)
        return found.where(or_(and_(first, behind), _is_in(shape, shape.cells[1:])))
    moment = _ticket.updated_at if shape.sort is Sort.UPDATED else _ticket.created_at
    here, there = tuple_(moment, _ticket.id), tuple_(*_AFTER)
    return found.where(here > there if shape.sort is Sort.OLDEST else here < there)


def _within(shape: Shape, found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return what lies in the cells that are left: behind a cursor they are fewer."""
    whole = len(PRIORITY_RANKS) * len(STATUS_RANKS)
    if shape.sort is not Sort.URGENCY or len(shape.cells) == whole:
        return found
    return found.where(_is_in(shape, shape.cells))


def _is_in(shape: Shape, cells: tuple[Cell, ...]) -> ColumnElement[bool]:
    priority, status = (_column(shape, name, walks=True) for name in ("priority", "status"))
    among = (
        and_(priority == literal_column(str(first)), status == literal_column(str(second)))
        for first, second in cells
    )
    return or_(false(), *among)


def _urgency_ids(shape: Shape) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    if not shape.cells:
        return select(_ticket.id).where(false())
    if shape.extras.is_few:
        return _sorted_ids(shape)
    walk = Walk(
        rows=select(_ticket.id).where(*_filters(shape)),
        leading=(_ticket.priority, _ticket.status),
        following=(_ticket.resolution_due, _ticket.id),
        cells=shape.cells,
        after=_AFTER if shape.resumes else None,
    )
    return ids_along(shape.dialect, walk)


def _sorted_ids(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the ids of a page of few tickets, which no index has in the order of lists."""
    statement = select(_ticket.id).where(
        *_filters(shape, walks=True), *_cell_filters(shape, walks=True)
    )
    if shape.resumes:
        here = tuple_(*(_plain(shape, name) for name in _URGENCY))
        cell = (bindparam(f"after_{name}", type_=_ticket[name].type) for name in _URGENCY[:2])
        there = tuple_(*cell, *_AFTER)
        statement = statement.where(here > there)
    return statement.order_by(*(_plain(shape, name) for name in _URGENCY)).limit(bindparam("limit"))


def _plain(shape: Shape, name: str) -> ColumnElement[Any]:
    return _column(shape, name, walks=True)


def _dated_ids(shape: Shape) -> Select[*tuple[Any, ...]]:
    name = "updated_at" if shape.sort is Sort.UPDATED else "created_at"
    # Few tickets are looked up and sorted, instead of met on a walk along their dates.
    moment = _column(shape, name, walks=shape.extras.is_few)
    statement = select(_ticket.id).where(
        *_filters(shape, walks=True),
        *_cell_filters(shape, walks=shape.extras.few != URGENT),
    )
    is_upwards = shape.sort is Sort.OLDEST
    if shape.sort is Sort.NEWEST and "updated_before" in shape.extras.dates and not shape.resumes:
        # No ticket was changed before it was opened: the walk begins there.
        statement = statement.where(moment < bindparam("updated_before", type_=UtcDateTime))
    if shape.resumes:
        here, there = tuple_(moment, _ticket.id), tuple_(*_AFTER)
        statement = statement.where(here > there if is_upwards else here < there)
    order = (moment, _ticket.id) if is_upwards else (moment.desc(), _ticket.id.desc())
    return statement.order_by(*order).limit(bindparam("limit"))


def _hits(shape: Shape, search: TextSearch, *, excerpts: bool = False) -> Select[*tuple[Any, ...]]:
    """Return the statement of the ids that a text finds in what is searched, in no order."""
    hits = select(search.id.label("id")).where(
        *search.conditions(pieces=shape.pieces, notes=shape.staff, excludes=shape.excludes)
    )
    if shape.created_after and shape.dialect == "sqlite":
        # Its index is walked from the newest on, and would look at each older hit in vain.
        hits = hits.where(search.id >= _first_since())
    if excerpts and search.excerpt is not None:
        hits = hits.add_columns(search.excerpt.label("excerpt"))
    if shape.behind is not None:
        hits = hits.join(_figures, _figure.ticket_id == search.id)
        hits = hits.where(*conditions_of(shape.behind, shape.dialect, walks=False))
    filters = [*_filters(shape, walks=True), *_cell_filters(shape, walks=True)]
    if not filters:
        return hits
    return hits.join(_tickets, _ticket.id == search.id).where(*filters)


def _first_since() -> ScalarSelect[int]:
    """Return the lowest number of the tickets since a day; 0 where they are too many to look."""
    since = _ticket.created_at >= bindparam("created_after", type_=UtcDateTime)
    some = select(_ticket.id).where(since).limit(_LOOKED_THROUGH + 1).subquery("since")
    lowest = case((func.count() > _LOOKED_THROUGH, 0), else_=func.min(some.c.id))
    return select(lowest).select_from(some).scalar_subquery()


def _counts_along_dates(shape: Shape) -> bool:
    """Return whether no index of one filter alone holds all that is to be counted."""
    is_dated = shape.created_after or shape.created_before
    return is_dated or bool(shape.categories and (shape.assignees or shape.unassigned))


def _filters(shape: Shape, *, walks: bool = False) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    # A search itself knows whose tickets it may meet.
    if shape.requesters and not shape.has_text:
        # Few tickets are one person's, so their index is always the shortest way.
        found.append(_is_among(_ticket.requester_id, "requester_ids", shape.requesters))
    if shape.categories or shape.extras.no_category:
        found.append(_categorised(shape, _column(shape, "category_id", walks=walks)))
    if shape.assignees or shape.unassigned:
        passes = walks and shape.extras.few != URGENT
        found.append(_assigned(shape, _column(shape, "assignee_id", walks=passes)))
    is_elsewhere = shape.has_text or shape.behind is not None or shape.sort is Sort.UPDATED
    walks_elsewhere = walks and is_elsewhere
    created_at = _column(shape, "created_at", walks=walks_elsewhere)
    if shape.created_after:
        found.append(created_at >= bindparam("created_after", type_=UtcDateTime))
    if shape.numbered:
        found.append(_ticket.id == bindparam("number"))
    if shape.created_before:
        found.append(created_at < bindparam("created_before", type_=UtcDateTime))
    if shape.excludes and not shape.has_text:
        found.append(_unsaid(shape))
    passing = partial(_column, shape, walks=True)
    elsewhere = walks and not shape.counts
    return [*found, *extra_conditions(shape.extras, passing, elsewhere=elsewhere)]


def ways(shape: Shape) -> tuple[str, ...]:
    """Return the indexes along which few tickets may stand that a list in another order wants."""
    # Those of one person are few, a search has an index of its own, and so have the figures.
    if shape.requesters or shape.has_text or shape.behind is not None:
        return ()
    is_assigned = bool(shape.assignees or shape.unassigned)
    return ways_of(shape.extras, shape.sort, assigned=is_assigned)


@lru_cache(maxsize=128)
def probe_statement(shape: Shape, name: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that counts, up to a limit, what a list may be made of."""
    if name not in (URGENT, UPDATED):
        return probe_of(shape.extras, name)
    conditions = dated(shape.extras, name)
    if name == URGENT:
        conditions += _cell_filters(shape, walks=False)
        if shape.assignees or shape.unassigned:
            conditions.append(_assigned(shape, _ticket.assignee_id))
    rows = select(_ticket.id).where(*conditions).limit(FEW + 1)
    return select(func.count()).select_from(rows.subquery())


def _unsaid(shape: Shape) -> ColumnElement[bool]:
    """Return whether a ticket says nothing of what is to be left out.

    A page asks ticket by ticket; a count asks once for all that say it.
    """
    search = SEARCHES[shape.dialect]
    saying = search.saying(excludes=shape.excludes, notes=shape.staff)
    if shape.counts:
        return _ticket.id.not_in(saying)
    of_ticket = saying.where(search.id == _ticket.id).correlate(_tickets)
    return not_(has_row(of_ticket.scalar_subquery()))


def _categorised(shape: Shape, category: ColumnElement[Any]) -> ColumnElement[bool]:
    choices: list[ColumnElement[bool]] = []
    if shape.categories:
        choices.append(_is_among(category, "category_ids", shape.categories))
    if shape.extras.no_category:
        choices.append(category.is_(None))
    return or_(*choices)


def _assigned(shape: Shape, assignee: ColumnElement[Any]) -> ColumnElement[bool]:
    choices: list[ColumnElement[bool]] = []
    if shape.assignees:
        choices.append(_is_among(assignee, "assignee_ids", shape.assignees))
    if shape.unassigned:
        choices.append(assignee.is_(None))
    return or_(*choices)


def _cell_filters(shape: Shape, *, walks: bool) -> list[ColumnElement[bool]]:
    if not shape.filters_cells:
        return []
    priorities = sorted({priority for priority, _ in shape.cells})
    statuses = sorted({status for _, status in shape.cells})
    return [
        _column(shape, "priority", walks=walks).in_(
            [literal_column(str(rank)) for rank in priorities]
        ),
        _column(shape, "status", walks=walks).in_([literal_column(str(rank)) for rank in statuses]),
    ]


def _column(shape: Shape, name: str, *, walks: bool) -> ColumnElement[Any]:
    """Return a column of the ticket, only to be looked at where another index is walked."""
    here: ColumnElement[Any] = _ticket[name]
    return passed_over(shape.dialect, here) if walks else here


def _is_among(here: Any, name: str, count: int) -> ColumnElement[bool]:
    # One value is compared by '=', which lets the index yield rows in the order of the list.
    if count == 1:
        return here == bindparam(name)  # type: ignore[no-any-return]
    return here.in_(bindparam(name, expanding=True))  # type: ignore[no-any-return]


def _order(shape: Shape) -> list[Any]:
    if shape.has_text:
        return [_ticket.id.desc()]
    if shape.sort is Sort.URGENCY:
        return [_ticket.priority, _ticket.status, _ticket.resolution_due, _ticket.id]
    if shape.sort is Sort.OLDEST:
        return [_ticket.created_at, _ticket.id]
    moment = _ticket.updated_at if shape.sort is Sort.UPDATED else _ticket.created_at
    return [moment.desc(), _ticket.id.desc()]


def _one_or_all(ids: tuple[int, ...]) -> int | list[int] | None:
    return ids[0] if len(ids) == 1 else list(ids)


def ranks_of(priority: Priority, status: Status) -> Cell:
    """Return the cell of a ticket."""
    return PRIORITY_RANKS.index(priority) + 1, STATUS_RANKS.index(status) + 1
