# SPDX-License-Identifier: GPL-3.0-or-later
"""What deeds keep of the rows beside a ticket, its tasks and its time, and how rows are put back.

A step holds only the rows that a deed changed, as the database has them. A row that is otherwise
by now is somebody else's, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from helpdesk.core.errors import DeskError, Forbidden, Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tasks import MOST_TASKS
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.database.types import from_microseconds
from helpdesk.models import Ticket, TicketTask, TimeEntry
from helpdesk.services.deed_notes import Step, may_undo, note, plain
from helpdesk.services.work import Work

TASKS, TIME = "tasks", "time"
"""What steps call them."""
ROWS = (TASKS, TIME)
OTHERS_TIME = "Only managers change the time that others have entered."
Row = Mapping[str, Any]
_MOMENTS = ("done_at", "started_at", "ended_at")
_PLACE = "position"
_CHANGED_SINCE = {
    TASKS: "A task of {number} was changed since and stays as it is.",
    TIME: "Time on {number} was changed since and stays as it is.",
}


class RowsBack(NamedTuple):
    """What became of the rows of a ticket: what was put back, and why other rows were not."""

    names: frozenset[str]
    refused: tuple[str, ...]


def row_of(entry: TicketTask | TimeEntry) -> Row:
    """Return a row as steps have it."""
    names = type(entry).__table__.columns.keys()
    return {name: plain(getattr(entry, name)) for name in names if name != "ticket_id"}


def note_rows(
    work: Work, label: str, ticket: Ticket, name: str, before: Iterable[Row], after: Iterable[Row]
) -> int | None:
    """Note which rows of a ticket were changed, as a deed, and return its number."""
    was, now = list(before), list(after)
    if not may_undo(work):
        return None
    changed = [each for each in was if each not in now]
    step = Step(ticket.id, {name: changed}, {name: [each for each in now if each not in was]})
    return note(work, DeedKind.EDIT, label, [step])


def put_rows_back(
    work: Work, ticket: Ticket, name: str, now: Sequence[Row], then: Sequence[Row]
) -> RowsBack:
    """Put the rows of a ticket back that still are as a deed left them."""
    wanted, left = ({each["id"]: each for each in rows} for rows in (then, now))
    refused, any_back = list[str](), False
    for id_ in sorted({*wanted, *left}):
        try:
            _put_back(work, ticket, name, left.get(id_), wanted.get(id_))
        except DeskError as error:
            refused.append(str(error))
        else:
            any_back = True
    names = frozenset({name} if any_back else ())
    return RowsBack(names, tuple(dict.fromkeys(refused)))


def _put_back(work: Work, ticket: Ticket, name: str, left: Row | None, wanted: Row | None) -> None:
    kept = work.desk.tasks if name == TASKS else work.desk.time_entries
    # A row that is away has no number: another may have got the one that it had.
    row = None if left is None else kept.get(ticket.id, left["id"])
    if _compared(None if row is None else row_of(row)) != _compared(left):
        raise Invalid(_CHANGED_SINCE[name].format(number=ticket.number))
    if name == TIME:
        _require_own(work, left or wanted or {})
    if wanted is None:
        kept.remove(row)  # type: ignore[arg-type]
    elif row is None:
        if name == TASKS and len(work.desk.tasks.rows(ticket.id)) >= MOST_TASKS:
            raise Invalid(f"{ticket.number} has {MOST_TASKS} tasks already.")
        kept.put_back({"ticket_id": ticket.id, **_loaded(wanted)})
    else:
        stays = left is not None and left.get(_PLACE) != getattr(row, _PLACE, None)
        for column, value in _loaded(wanted).items():
            if column != _PLACE or not stays:
                setattr(row, column, value)
    work.desk.flush()


def _compared(row: Row | None) -> Row | None:
    """Return what has to be as it was: where a task stands may be by what others did around it."""
    return None if row is None else {name: row[name] for name in row if name != _PLACE}


def _require_own(work: Work, row: Row) -> None:
    if row["person_id"] != work.actor.id and not work.actor.may(Permission.ASSIGN_TICKET):
        raise Forbidden(OTHERS_TIME)


def _loaded(row: Row) -> dict[str, Any]:
    """Return a row as models have it."""
    return {
        name: from_microseconds(value) if name in _MOMENTS and value is not None else value
        for name, value in row.items()
    }
