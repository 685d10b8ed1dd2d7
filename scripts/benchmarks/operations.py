# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with tickets, through the program's own facade, each beside its limit."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

from benchmarks.limits import Limits
from benchmarks.sized_desk import MANAGER, REQUESTER, SizedDesk, one, sign_in
from benchmarks.timing import Workload
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    NewComment,
    NewTicket,
    Status,
    TicketPage,
    TicketQuery,
)
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS

COMMON, PREFIX, OTHER = "hello", "pho", "laptop"
"""Words in a quarter and in a seventh of the demo tickets, and the beginning of such a word."""

NAMES = (
    "first_page",
    "next_page",
    "filtered_page",
    "search_rare",
    "search_common",
    "search_prefix",
    "search_two",
    "search_scoped",
    "count",
    "open_ticket",
    "submit",
    "comment_status",
)
_OPENED_COMMENTS = 20
_COMMENTED_TICKETS = 200
_WORD = re.compile(r"[a-z]{5,}")
_SUBJECT = "The printer on the second floor jams"
_BODY = "Every other page comes out crumpled since this morning. " * 6
_REPLY = "I have ordered a new roller; it will be here tomorrow. " * 4


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of this desk that the workloads ask for."""

    busy_ticket: int
    filter: tuple[int, int, int]
    """An assignee with the ranks of a priority and a status."""
    rare: str
    worked: tuple[int, ...]
    """Tickets in progress."""

    @classmethod
    def on(cls, bare: sqlite3.Connection) -> Found:
        """Look for rows that are like those of any desk."""
        busy = one(
            bare,
            "SELECT id FROM ticket WHERE replies + notes <= ? ORDER BY replies + notes DESC, id"
            " LIMIT 1",
            _OPENED_COMMENTS,
        )
        assignee, priority, status = bare.execute(
            "SELECT assignee_id, priority, status FROM ticket WHERE assignee_id IS NOT NULL"
            " GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
        worked = bare.execute(
            "SELECT id FROM ticket WHERE status = 3 ORDER BY id LIMIT ?", (_COMMENTED_TICKETS,)
        ).fetchall()
        filtered = (assignee, priority, status)
        return cls(busy, filtered, _rare_word(bare), tuple(id_ for (id_,) in worked))


class Operations:
    """The workloads on one open desk."""

    def __init__(self, staff: HelpDesk, user: HelpDesk, bare: sqlite3.Connection) -> None:
        """Bind to a manager, to somebody who asks for help, and to a bare connection."""
        self._staff = staff
        self._user = user
        self._user_id = user.sessions.current().user.id
        self._limits = Limits(bare, staff.sessions.current().user.id)
        self._found = Found.on(bare)

    def workloads(self) -> Iterator[Workload]:
        """Yield them in the order of ``NAMES``; those that write come last."""
        yield from self._pages()
        yield from self._searches()
        tickets, limits, busy = self._staff.tickets, self._limits, self._found.busy_ticket
        queue = TicketQuery(statuses=OPEN_STATUSES)
        yield Workload("count", partial(tickets.count, queue), limits.count)
        view = partial(tickets.view, busy)
        yield Workload("open_ticket", view, partial(limits.open_ticket, busy))
        new = NewTicket(subject=_SUBJECT, description=_BODY, category_id=1)
        submit = partial(limits.submit, _SUBJECT, _BODY)
        yield Workload("submit", partial(tickets.open, new), submit)
        yield self._comments()

    def _pages(self) -> Iterator[Workload]:
        tickets, limits = self._staff.tickets, self._limits
        queue = TicketQuery(statuses=OPEN_STATUSES)
        yield Workload("first_page", partial(tickets.search, queue), limits.first_page)
        first = tickets.search(queue)
        behind = queue.model_copy(update={"cursor": first.next_cursor})
        after = _sort_key(limits.first_page()[-1])
        yield Workload(
            "next_page", partial(tickets.search, behind), partial(limits.next_page, after)
        )
        assignee, priority, status = self._found.filter
        narrowed = TicketQuery(
            statuses=(STATUS_RANKS[status - 1],),
            priorities=(PRIORITY_RANKS[priority - 1],),
            assignee_ids=(assignee,),
        )
        limit = partial(limits.filtered_page, assignee, priority, status)
        yield Workload("filtered_page", partial(tickets.search, narrowed), limit)

    def _searches(self) -> Iterator[Workload]:
        rare = self._found.rare
        # The blank ends the word; without it the last word is the beginning of any.
        for name, text, match in (
            ("search_rare", f"{rare} ", f'"{rare}"'),
            ("search_common", f"{COMMON} ", f'"{COMMON}"'),
            ("search_prefix", PREFIX, f'"{PREFIX}"*'),
            ("search_two", f"{COMMON} {OTHER} ", f'"{COMMON}" AND "{OTHER}"'),
        ):
            search = partial(_search, self._staff, text)
            yield Workload(name, search, partial(self._limits.search, match))
        scoped = partial(self._limits.search, f'"{COMMON}"', self._user_id)
        yield Workload("search_scoped", partial(_search, self._user, f"{COMMON} "), scoped)

    def _comments(self) -> Workload:
        """Let both sides comment on the same tickets in turn, each time with another status."""
        ours, theirs = cycle(self._found.worked), cycle(self._found.worked)
        statuses = cycle(
            (
                *islice(cycle([Status.AWAITING_CUSTOMER]), len(self._found.worked)),
                *islice(cycle([Status.IN_PROGRESS]), len(self._found.worked)),
            )
        )

        def comment() -> object:
            new = NewComment(body=_REPLY, status=next(statuses))
            return self._staff.tickets.comment(next(ours), new)

        def limit() -> None:
            self._limits.comment_status(next(theirs), _REPLY)

        return Workload("comment_status", comment, limit)


def open_operations(desk: SizedDesk) -> Iterator[Workload]:
    """Yield every workload, with the desk open for as long as they are asked for."""
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        staff, user = sign_in(embedded, MANAGER), sign_in(embedded, REQUESTER)
        yield from Operations(staff, user, bare).workloads()


def _search(desk: HelpDesk, text: str) -> TicketPage:
    return desk.tickets.search(TicketQuery(text=text))


def _sort_key(row: tuple[Any, ...]) -> tuple[int, int, int, int]:
    id_, status, priority, due = row[0], row[2], row[3], row[11]
    return priority, status, due, id_


def _rare_word(bare: sqlite3.Connection) -> str:
    """Return the word of a ticket in the middle of the desk that the fewest others have."""
    middle = one(bare, "SELECT max(id) / 2 FROM ticket")
    text = bare.execute("SELECT description FROM ticket WHERE id = ?", (middle,)).fetchone()[0]
    hits = "SELECT count(*) FROM ticket_search WHERE ticket_search MATCH ?"
    words: set[str] = set(_WORD.findall(text.lower()))
    return min(sorted(words), key=lambda word: one(bare, hits, f'"{word}"'))
