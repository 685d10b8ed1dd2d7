# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dashboard costs, beside the same sums of the same rows by statements written by hand.

The dashboard has twelve cards over a year; beside it stand those that people begin with, over
thirty days. What it tells beyond the sums, such as medians, shares,
names and what needs attention, is its own. A page of the tickets behind a number stands beside the
walk along the same index.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from benchmarks.sized_desk import ADMIN, MANAGER, TECHNICIAN, SizedDesk, one, sign_in
from benchmarks.timing import Figure, Workload, in_turns
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.figures import (
    Behind,
    Card,
    CardsQuery,
    CardStyle,
    Measure,
    Period,
    Span,
    Split,
)
from helpdesk.core.schemas.tickets import TicketQuery

_BEGUN_WITH = {
    "dashboard_manager": MANAGER,
    "dashboard_admin": ADMIN,
    "dashboard_technician": TECHNICIAN,
}
"""Dashboards that people begin with, and whose."""
NAMES = ("dashboard", *_BEGUN_WITH, "behind_page")

_CALLS, _QUICK_CALLS = 100, 5
_YEAR = Span(period=Period.LAST_365_DAYS)
_DAYS, _MONTH = 365, 30
_NUMBERS = (
    Measure.OPEN,
    Measure.DUE_SOON,
    Measure.RESOLUTION_TIME,
    Measure.RESOLUTION_SLA,
    Measure.SATISFACTION,
)
_CARDS = (
    *(Card(style=CardStyle.NUMBER, measure=measure) for measure in _NUMBERS),
    Card(style=CardStyle.LINE, measure=Measure.CREATED, second=Measure.RESOLVED, split=Split.DAY),
    Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.CATEGORY),
    Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN),
    Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE),
    Card(style=CardStyle.LINE, measure=Measure.OPEN, split=Split.DAY),
    Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.AGE),
    Card(style=CardStyle.BARS, measure=Measure.RESOLUTION_TIME, split=Split.PRIORITY),
)
_ALL, _CATEGORY, _PRIORITY, _TECHNICIAN = 1, 2, 3, 8
_OF_ALL = (
    "SELECT day, created, resolved, resolution_met, resolution_missed, score_1, score_2, score_3,"
    " score_4, score_5, resolution_histogram FROM daily_figure"
    " WHERE slice = ? AND first_id = 0 AND second_id = 0 AND day BETWEEN ? AND ?"
)
_OF_EACH = (
    "SELECT first_id, sum(resolved), sum(resolution_seconds), sum(resolution_met),"
    " sum(resolution_missed), sum(score_1), sum(score_2), sum(score_3), sum(score_4), sum(score_5)"
    " FROM daily_figure WHERE slice = ? AND day BETWEEN ? AND ? GROUP BY first_id"
)
_OPEN = (
    "SELECT first_id, sum(now_new), sum(now_open), sum(now_in_progress), sum(now_awaiting)"
    " FROM daily_figure WHERE slice = ?"
    " AND now_new + now_open + now_in_progress + now_awaiting > 0 GROUP BY first_id"
)
_PAGE = (
    "SELECT f.ticket_id, f.resolved_day, t.subject, t.status, t.priority, c.name, r.full_name,"
    " a.full_name FROM (SELECT ticket_id, resolved_day FROM ticket_figure"
    " WHERE resolved_day BETWEEN ? AND ? ORDER BY resolved_day DESC, ticket_id DESC LIMIT 51) f"
    " JOIN ticket t ON t.id = f.ticket_id JOIN user r ON r.id = t.requester_id"
    " LEFT JOIN user a ON a.id = t.assignee_id LEFT JOIN category c ON c.id = t.category_id"
    " ORDER BY f.resolved_day DESC, f.ticket_id DESC"
)


def measure_dashboards(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of a dashboard, and of a page of tickets behind a number of it."""
    if not names & set(NAMES):
        return
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        # As the desktop does once it has started: else Python looks through all its modules now
        # and then, for longer than a call takes.
        gc.collect()
        gc.freeze()
        for workload in _workloads(embedded, bare):
            if workload.name in names:
                yield in_turns(workload, desk.rows, _QUICK_CALLS if quick else _CALLS)


def _workloads(embedded: EmbeddedDesk, bare: sqlite3.Connection) -> Iterator[Workload]:
    staff = sign_in(embedded, MANAGER)
    newest = one(bare, "SELECT max(day) FROM daily_figure")
    query = CardsQuery(cards=_CARDS, span=_YEAR)
    limit = partial(_sums, bare, newest, _DAYS)
    yield Workload("dashboard", partial(staff.figures.cards, query), limit)
    for name, username in _BEGUN_WITH.items():
        yield _begun_with(name, sign_in(embedded, username), partial(_sums, bare, newest, _MONTH))
    behind = TicketQuery(behind=Behind(measure=Measure.RESOLVED, span=_YEAR))
    page = partial(_page, bare, newest)
    yield Workload("behind_page", partial(staff.tickets.search, behind), page)


def _begun_with(name: str, person: HelpDesk, limit: Callable[[], object]) -> Workload:
    layout = person.dashboards.mine().layout
    cards = tuple(placed.card for placed in layout.cards)
    query = CardsQuery(cards=cards, span=layout.span, scope=layout.scope)
    return Workload(name, partial(person.figures.cards, query), limit)


def _sums(bare: sqlite3.Connection, newest: int, days: int) -> None:
    """Read the rows that a dashboard cannot do without."""
    bare.execute(_OF_ALL, (_ALL, newest - 2 * days + 1, newest)).fetchall()
    for kept in (_TECHNICIAN, _PRIORITY):
        bare.execute(_OF_EACH, (kept, newest - days + 1, newest)).fetchall()
    for kept in (_ALL, _CATEGORY, _TECHNICIAN):
        bare.execute(_OPEN, (kept,)).fetchall()


def _page(bare: sqlite3.Connection, newest: int) -> None:
    bare.execute(_PAGE, (newest - _DAYS + 1, newest)).fetchall()
