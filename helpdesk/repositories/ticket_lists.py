# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements behind ticket lists: keyset pages that cost the same at any size.

The default order (priority, status, due time) is walked in cells. One cell is one pair of
priority and status; inside it an index yields the rows by due time. A page is the
concatenation of the cells that the filter allows, and the database stops at the first cell
that fills the page, so no filter on status or priority ever walks rows it does not show.

A list by date walks the index of that date, which also holds every column that can be
filtered by: what does not match is passed over without reading a ticket. The planner would
leave this walk for an index of a filter and sort what it finds there, often a large part of
the desk; a ``+`` before a column keeps it from doing so.

A statement is built once for each shape of query and then reused, since building one takes
longer than running it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    UnaryExpression,
    bindparam,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    tuple_,
    union_all,
)
from sqlalchemy.sql.operators import custom_op

from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery
from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.types import UtcDateTime
from helpdesk.models import Category, Ticket, User
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS

Cell = tuple[int, int]

search_table = table("ticket_search", column("rowid"))
# Tables instead of model classes: no objects are made of rows that only pass by.
_tickets, _categories = Ticket.__table__, Category.__table__
_requester, _assignee = User.__table__.alias("requester"), User.__table__.alias("assignee")
_ticket = _tickets.c
_EXCERPT_WORDS = 14


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one statement differ from another; the values are bound when it runs."""

    sort: Sort
    cells: tuple[Cell, ...]
    filters_cells: bool
    has_text: bool
    resumes: bool
    categories: int
    assignees: int
    unassigned: bool
    requesters: int
    created_after: bool
    created_before: bool
    numbered: bool
    staff: bool


def shape_of(
    query: TicketQuery, *, has_text: bool, numbered: bool, staff: bool, requesters: int
) -> Shape:
    """Return the shape of a query, before any cursor."""
    cells = tuple(
        (priority, status)
        for priority, member in enumerate(PRIORITY_RANKS, start=1)
        if not query.priorities or member in query.priorities
        for status, other in enumerate(STATUS_RANKS, start=1)
        if not query.statuses or other in query.statuses
    )
    return Shape(
        sort=Sort.NEWEST if has_text else query.sort,
        cells=cells,
        filters_cells=bool(query.priorities or query.statuses),
        has_text=has_text,
        resumes=False,
        categories=min(len(query.category_ids), 2),
        assignees=min(len(query.assignee_ids), 2),
        unassigned=query.unassigned,
        requesters=min(requesters, 2),
        created_after=query.created_after is not None,
        created_before=query.created_before is not None,
        numbered=numbered,
        staff=staff,
    )


def parameters_of(
    query: TicketQuery, *, match: str, requester_ids: tuple[int, ...]
) -> dict[str, Any]:
    """Return the values to bind for a query, cursor and page size apart."""
    return {
        "match": match,
        "category_ids": _one_or_all(query.category_ids),
        "assignee_ids": _one_or_all(query.assignee_ids),
        "requester_ids": _one_or_all(requester_ids),
        "created_after": query.created_after,
        "created_before": query.created_before,
    }


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of one page: first the ids of the page, then their details."""
    page = _page_ids(shape).cte("page")
    excerpt = page.c.excerpt if shape.has_text else literal_column("NULL")
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
        )
        .select_from(page)
        .join(_tickets, _ticket.id == page.c.id)
        .join(_requester, _requester.c.id == _ticket.requester_id)
        .join(_assignee, _assignee.c.id == _ticket.assignee_id, isouter=True)
        .join(_categories, _categories.c.id == _ticket.category_id, isouter=True)
        .order_by(*_order(shape))
    )


@lru_cache(maxsize=512)
def count_statement(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement that counts what matches, up to the bound ``limit``."""
    if shape.has_text:
        return select(func.count()).select_from(_text_ids(shape, excerpts=False).subquery())
    shape, walks = replace(shape, sort=Sort.NEWEST), _counts_along_dates(shape)
    counted = select(_ticket.id).where(
        *_filters(shape, walks=walks), *_cell_filters(shape, walks=walks)
    )
    return select(func.count()).select_from(counted.limit(bindparam("limit")).subquery())


def _page_ids(shape: Shape) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    if shape.has_text:
        return _text_ids(shape, excerpts=True)
    if shape.sort is Sort.URGENCY:
        return _urgency_ids(shape)
    return _dated_ids(shape)


def _urgency_ids(shape: Shape) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    arms = [
        select(_cell(shape, cell, resumes=shape.resumes and position == 0))
        for position, cell in enumerate(shape.cells)
    ]
    if not arms:
        return select(_ticket.id).where(false())
    return union_all(*arms).limit(bindparam("limit")) if len(arms) > 1 else arms[0]


def _cell(shape: Shape, cell: Cell, *, resumes: bool) -> Subquery:
    priority, status = cell
    statement = select(_ticket.id).where(
        _ticket.priority == literal_column(str(priority)),
        _ticket.status == literal_column(str(status)),
        *_filters(shape),
    )
    if resumes:
        statement = statement.where(
            tuple_(_ticket.resolution_due, _ticket.id)
            > tuple_(bindparam("after_time", type_=UtcDateTime), bindparam("after_id"))
        )
    ordered = statement.order_by(_ticket.resolution_due, _ticket.id)
    return ordered.limit(bindparam("limit")).subquery()


def _dated_ids(shape: Shape) -> Select[*tuple[Any, ...]]:
    moment = _ticket.updated_at if shape.sort is Sort.UPDATED else _ticket.created_at
    statement = select(_ticket.id).where(
        *_filters(shape, walks=True), *_cell_filters(shape, walks=True)
    )
    if shape.resumes:
        here = tuple_(moment, _ticket.id)
        there = tuple_(bindparam("after_time", type_=UtcDateTime), bindparam("after_id"))
        statement = statement.where(here > there if shape.sort is Sort.OLDEST else here < there)
    return statement.order_by(*_order(shape)).limit(bindparam("limit"))


def _text_ids(shape: Shape, *, excerpts: bool) -> Select[*tuple[Any, ...]]:
    rowid = search_table.c.rowid
    # With -1 FTS5 picks the column with the best hit among those the expression may look at.
    excerpt = func.snippet(
        literal_column("ticket_search"), -1, HIT_START, HIT_END, "…", _EXCERPT_WORDS
    )
    columns = (rowid.label("id"), excerpt.label("excerpt"))
    statement = select(*(columns if excerpts else columns[:1])).where(
        literal_column("ticket_search").op("MATCH")(bindparam("match"))
    )
    conditions = [*_filters(shape, walks=True), *_cell_filters(shape, walks=True)]
    if conditions:
        statement = statement.join(_tickets, _ticket.id == rowid).where(*conditions)
    if shape.resumes:
        statement = statement.where(rowid < bindparam("after_id"))
    return statement.order_by(rowid.desc()).limit(bindparam("limit"))


def _counts_along_dates(shape: Shape) -> bool:
    """Return whether no index of one filter alone holds all that is to be counted."""
    is_dated = shape.created_after or shape.created_before
    return is_dated or bool(shape.categories and (shape.assignees or shape.unassigned))


def _filters(shape: Shape, *, walks: bool = False) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if shape.requesters and not shape.has_text:
        # Few tickets are one person's, so their index is always the shortest way.
        found.append(_is_among(_ticket.requester_id, "requester_ids", shape.requesters))
    if shape.categories:
        category = _column("category_id", walks=walks)
        found.append(_is_among(category, "category_ids", shape.categories))
    if shape.assignees or shape.unassigned:
        found.append(_assigned(shape, _column("assignee_id", walks=walks)))
    walks_elsewhere = walks and (shape.has_text or shape.sort is Sort.UPDATED)
    created_at = _column("created_at", walks=walks_elsewhere)
    if shape.created_after:
        found.append(created_at >= bindparam("created_after", type_=UtcDateTime))
    if shape.numbered:
        found.append(_ticket.id == bindparam("number"))
    if shape.created_before:
        found.append(created_at < bindparam("created_before", type_=UtcDateTime))
    return found


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
        _column("priority", walks=walks).in_([literal_column(str(rank)) for rank in priorities]),
        _column("status", walks=walks).in_([literal_column(str(rank)) for rank in statuses]),
    ]


def _column(name: str, *, walks: bool) -> ColumnElement[Any]:
    """Return a column of the ticket, with ``+`` before it no index is used for it."""
    here: ColumnElement[Any] = _ticket[name]
    if not walks:
        return here
    return UnaryExpression(here, operator=custom_op("+"), type_=here.type)


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
