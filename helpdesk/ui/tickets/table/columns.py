# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns that tickets can be shown in, and what each says of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Sort, TicketRow
from helpdesk.ui.tickets.row_words import short_status, time_chip
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.times import full_time, relative_time

Cell = tuple[str, Tone | None]
"""What a cell says, and the tone of the chip it is said in, if in one."""


class Column(NamedTuple):
    """A column: its title, and what a cell of it says of a ticket, now, to somebody."""

    key: str
    title: str
    cell: Callable[[TicketRow, datetime, int], Cell]
    width: int
    sorts: tuple[Sort, ...] = ()
    """The orders that a click on the heading goes through; the desk can walk no others."""
    is_figure: bool = False
    is_usual: bool = True
    in_full: Callable[[TicketRow], str] | None = None
    """What the pointer is told, where the cell says it shortly."""


def _due_in_full(row: TicketRow) -> str:
    due = row.clock.due if row.clock is not None else row.resolution_due
    return f"Due {full_time(due)}" if due is not None and row.status.is_open else ""


def _assignee(row: TicketRow, _now: datetime, _person: int) -> Cell:
    return row.assignee.full_name if row.assignee else "", None


def _count(number: int) -> Cell:
    return f"{number:,}" if number else "", None


COLUMNS = (
    Column("number", "Number", lambda row, *_: (row.number, None), 84),
    Column(
        "priority",
        "Priority",
        lambda row, *_: (row.priority.label, row.priority.value),
        84,
        (Sort.URGENCY,),
    ),
    Column(
        "due",
        "Time left",
        lambda row, now, person: time_chip(row, now, person) or ("", None),
        150,
        in_full=_due_in_full,
    ),
    Column("subject", "Subject", lambda row, *_: (row.subject, None), 320),
    Column("requester", "Requester", lambda row, *_: (row.requester.full_name, None), 130),
    Column("assignee", "Assignee", _assignee, 120),
    Column("team", "Team", lambda row, *_: (row.team or "", None), 110, is_usual=False),
    Column("category", "Category", lambda row, *_: (row.category or "", None), 100),
    Column("status", "Status", lambda row, *_: (short_status(row.status), None), 148),
    Column("tags", "Tags", lambda row, *_: (", ".join(row.tags), None), 110, is_usual=False),
    Column(
        "opened",
        "Opened",
        lambda row, now, _: (relative_time(row.created_at, now), None),
        96,
        (Sort.NEWEST, Sort.OLDEST),
        is_usual=False,
        in_full=lambda row: f"Opened {full_time(row.created_at)}",
    ),
    Column(
        "changed",
        "Changed",
        lambda row, now, _: (relative_time(row.updated_at, now), None),
        96,
        (Sort.UPDATED,),
        in_full=lambda row: f"Changed {full_time(row.updated_at)}",
    ),
    Column(
        "comments",
        "Comments",
        lambda row, *_: _count(row.comments),
        84,
        is_figure=True,
        is_usual=False,
    ),
    Column(
        "files",
        "Files",
        lambda row, *_: _count(row.attachments),
        60,
        is_figure=True,
        is_usual=False,
    ),
)
KEYS = tuple(column.key for column in COLUMNS)
