# SPDX-License-Identifier: GPL-3.0-or-later
"""What each key of a typed query costs, what a saved view does, and what counting views does.

A key is what the window asks for it: what the text means, and then the list, without a field that
is still being typed. Beside it stands the statement of the list that the whole query ends in,
written by hand.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import cycle

from sqlalchemy import text

from benchmarks.bare import Bare, on_file
from benchmarks.sized_desk import MANAGER, SizedDesk, sign_in
from benchmarks.timing import Figure, Workload, in_turns
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.query_language import without_begun
from helpdesk.core.schemas.tickets import Sort, TicketQuery
from helpdesk.core.schemas.views import NewView, ViewCountsQuery
from helpdesk.database.db_manager import DbManager

NAMES = ("search_keys", "saved_view", "view_counts")

_TYPED = "is:open priority:>=high category:network tag:vpn created:>30d printer pap"
_EVERY = 20
"""Every twentieth ticket has the tag."""
_TEXTS = (
    "is:open is:unassigned",
    "is:open assignee:me",
    "is:open",
    "is:open priority:urgent,high",
    "status:awaiting",
    "status:resolved",
    "",
)
_CALLS, _QUICK_CALLS = 100, 5
_KEYS = """
    SELECT ticket.id, ticket.subject, status, priority, full_name,
           snippet(ticket_search, -1, '\x02', '\x03', '…', 14)
    FROM ticket_search JOIN ticket ON ticket.id = ticket_search.rowid
    JOIN user ON user.id = requester_id
    WHERE ticket_search MATCH '"printer" AND "pap"*' AND priority IN (1, 2) AND status < 5
    ORDER BY ticket_search.rowid DESC LIMIT 50
"""
_KEYS_ON_POSTGRESQL = """
    SELECT ticket.id, ticket.subject, status, priority, full_name
    FROM ticket_search JOIN ticket ON ticket.id = ticket_search.ticket_id
    JOIN user ON user.id = requester_id
    WHERE words @@ '''printer'' & ''pap'':*'::tsquery AND priority IN (1, 2) AND status < 5
    ORDER BY ticket_search.ticket_id DESC LIMIT 50
"""
_VIEW = """
    SELECT ticket.id, subject, status, priority, full_name FROM
    (SELECT id FROM ticket WHERE priority = 1 AND status = 1 AND EXISTS
        (SELECT 1 FROM ticket_tag WHERE ticket_id = ticket.id AND tag_id = 1)
     ORDER BY resolution_due, id LIMIT 50) AS page
    JOIN ticket ON ticket.id = page.id JOIN user ON user.id = requester_id
"""
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM ticket WHERE {} LIMIT 1001)"
_COUNTED = (
    "assignee_id IS NULL AND priority IN (1, 2, 3, 4) AND status IN (1, 2, 3, 4)",
    "assignee_id = 3 AND priority IN (1, 2, 3, 4) AND status IN (1, 2, 3, 4)",
    "priority IN (1, 2, 3, 4) AND status IN (1, 2, 3, 4)",
    "priority IN (1, 2) AND status IN (1, 2, 3, 4)",
    "priority IN (1, 2, 3, 4) AND status = 4",
    "priority IN (1, 2, 3, 4) AND status = 5",
    "1 = 1",
)


def measure_queries(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of typing a query, and of views."""
    if not names & set(NAMES):
        return
    with on_file(desk) as (embedded, bare):
        for workload in query_workloads(embedded, bare):
            if workload.name in names:
                yield in_turns(workload, desk.rows, _QUICK_CALLS if quick else _CALLS)


def query_workloads(embedded: EmbeddedDesk, bare: Bare) -> Iterator[Workload]:
    """Yield what is measured of queries and views, on whatever database the desk is."""
    _mark(embedded.database)
    gc.collect()
    gc.freeze()
    staff = sign_in(embedded, MANAGER)
    keys = _KEYS if bare.is_file else _KEYS_ON_POSTGRESQL
    yield Workload("search_keys", _keys(staff), lambda: bare.rows(keys))
    query = staff.queries.understood("is:open tag:vpn -category:network").query
    view = staff.views.add(NewView(name="VPN", query=query))
    yield Workload(
        "saved_view",
        lambda: staff.tickets.search(view.query),
        lambda: bare.rows(_VIEW),
    )
    counts = ViewCountsQuery(view_ids=(view.id,), texts=_TEXTS)
    statements = [_COUNT.format(each) for each in _COUNTED]
    yield Workload(
        "view_counts",
        lambda: staff.views.counts(counts),
        lambda: [bare.rows(each) for each in statements],
    )


def _keys(staff: HelpDesk) -> Callable[[], object]:
    """Return what types one key more of the query with each call."""
    ends = cycle(range(1, len(_TYPED) + 1))

    def press() -> object:
        typed = _TYPED[: next(ends)]
        staff.queries.understood(typed)
        return staff.tickets.search(TicketQuery(text=without_begun(typed), sort=Sort.URGENCY))

    return press


def _mark(database: DbManager) -> None:
    """Give some tickets a tag, as no demo desk has."""
    with database.writing() as session:
        if session.execute(text("SELECT count(*) FROM tag")).scalar_one():
            return
        session.execute(text("INSERT INTO tag (name, name_folded) VALUES ('vpn', 'vpn')"))
        session.execute(
            text(
                "INSERT INTO ticket_tag (ticket_id, tag_id) SELECT ticket.id, tag.id"
                " FROM ticket, tag WHERE ticket.id % :every = 0"
            ),
            {"every": _EVERY},
        )
