# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes from opening a ticket with a long conversation until it is painted.

A part of the conversation was written on a ticket that is merged into it. The limit reads the same
rows without the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from PyQt5.QtWidgets import QApplication

from benchmarks.bare import Bare, on_file
from benchmarks.sized_desk import MANAGER, REQUESTER, SizedDesk, sign_in
from benchmarks.timing import Figure, Workload, in_turns
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.ui import theme
from helpdesk.ui.tickets.messages import Messages

NAMES = ("open_thread",)
COMMENTS = 1_000
_CALLS, _QUICK_CALLS = 50, 5
_SIZE = (720, 700)
_BODY = "The light on the box blinks twice and then goes out again. " * 4
_NEWEST = (
    "SELECT c.id, c.author_id, u.full_name, c.by_staff, c.body, c.internal, c.automatic,"
    " c.created_at FROM comment c JOIN user u ON u.id = c.author_id WHERE c.id IN"
    " (SELECT id FROM comment WHERE ticket_id IN (?, ?) ORDER BY id DESC LIMIT 50)"
    " ORDER BY c.id DESC"
)


def measure_threads(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield how long the conversation takes to be read and painted, from its end."""
    if not names & set(NAMES):
        return
    with on_file(desk) as (embedded, bare):
        for workload in thread_workloads(embedded, bare):
            yield in_turns(workload, desk.rows, _QUICK_CALLS if quick else _CALLS)


def thread_workloads(embedded: EmbeddedDesk, bare: Bare) -> Iterator[Workload]:
    """Yield the opening of a long conversation, on whatever database the desk is."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication([])
    theme.current().apply(application)
    staff, user = sign_in(embedded, MANAGER), sign_in(embedded, REQUESTER)
    survivor, merged = _conversation(staff, user, bare)
    shown = Messages()
    shown.resize(*_SIZE)
    call = partial(_open, staff, shown, survivor)
    yield Workload("open_thread", call, partial(_read, bare, survivor, merged))
    shown.deleteLater()


def _conversation(staff: HelpDesk, user: HelpDesk, bare: Bare) -> tuple[int, int]:
    """Make a ticket with so many comments, one of them on a ticket that is merged into it."""
    survivor = user.tickets.open(NewTicket(subject="The box blinks", description=_BODY))
    merged = user.tickets.open(NewTicket(subject="A box that blinks", description=_BODY))
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    author = user.sessions.current().user.id
    rows = [(survivor.id, author, False, False, now, _BODY, False)] * (COMMENTS - 1)
    bare.many(
        "INSERT INTO comment (ticket_id, author_id, by_staff, internal, created_at, body,"
        " automatic) VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    bare.rows("UPDATE ticket SET replies = ? WHERE id = ?", len(rows), survivor.id)
    said = user.tickets.comment(merged.id, NewComment(body=_BODY))
    staff.merging.merge(merged.id, MergeInto(survivor_id=survivor.id, version=said.version))
    return survivor.id, merged.id


def _open(staff: HelpDesk, shown: Messages, ticket_id: int) -> None:
    view = staff.tickets.view(ticket_id)
    shown.show_ticket(view, datetime.now(UTC), at_end=True)
    shown.grab()


def _read(bare: Bare, survivor: int, merged: int) -> None:
    bare.rows("SELECT * FROM ticket WHERE id = ?", survivor)
    bare.rows(_NEWEST, survivor, merged)
