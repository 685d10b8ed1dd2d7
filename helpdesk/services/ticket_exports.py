# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands tickets out whole, some at a time, and notes that the whole desk is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from helpdesk.core.errors import Forbidden
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import ExportKind
from helpdesk.core.schemas.reports import LinesPage
from helpdesk.core.schemas.ticket_exports import RecordsPage, RecordsQuery
from helpdesk.services.audit_words import part_of
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.query_names import plain
from helpdesk.services.work import Work

RECORDS_AT_ONCE, LETTERS_AT_ONCE = 100, 8_000_000
"""A page ends before the ticket with which its comments would have more letters."""

_NO_FIGURES = "Only staff can open the tickets behind a figure."


def _ids(page: LinesPage) -> list[int]:
    return [int(line.number.removeprefix("HD-")) for line in page.lines]


class TicketExports:
    """Tickets as records, and the desk as a file."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/tickets/export",
        permission=Permission.SEE_ALL_TICKETS,
        transaction=Transaction.READ,
    )
    def some(self, asked: RecordsQuery) -> RecordsPage:
        """Return tickets as records, some at a time, in the order of their opening.

        That they are taken out is entered with the first of them, or with any page of which the
        log does not tell yet.
        """
        work, query = self._work, asked.query
        if query.behind is not None and not work.actor.may(Permission.SEE_OWN_FIGURES):
            raise Forbidden(_NO_FIGURES)
        if asked.cursor is None:
            work.desk.audit.taken_out(ExportKind.TICKETS, part_of(query))
        else:
            work.desk.audit.goes_on_out(ExportKind.TICKETS, part_of(query), work.now)
        walk = walk_of(work, query.behind)
        named = plain(work, query)
        page = work.desk.tickets.lines(named, walk, asked.cursor, RECORDS_AT_ONCE)
        ids, total = _ids(page), page.total
        if asked.comments:
            fitting = self._fitting(ids)
            if fitting < len(ids):
                page = work.desk.tickets.lines(named, walk, asked.cursor, fitting)
                ids = _ids(page)
        return RecordsPage(
            records=work.desk.ticket_records.records(ids, comments=asked.comments),
            total=total,
            next_cursor=page.next_cursor,
        )

    def _fitting(self, ids: Sequence[int]) -> int:
        """Return how many tickets are written at once, by what was said on them; at least one."""
        lengths = self._work.desk.ticket_records.lengths(ids)
        letters = accumulate(lengths.get(id_, 0) for id_ in ids)
        return max(1, sum(each <= LETTERS_AT_ONCE for each in letters))

    @operation("POST", "/desk/export/note", permission=Permission.MANAGE_USERS)
    def note_desk(self) -> None:
        """Enter into the audit log that all of the desk becomes a file."""
        self._work.desk.audit.taken_out(ExportKind.DESK, "")
