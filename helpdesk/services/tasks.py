# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklists of tickets: what the staff still has to do for each, and what is done."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tasks import MOST_TASKS, Checklist, NewTasks, TaskRename
from helpdesk.database.types import is_id
from helpdesk.models import Ticket, TicketTask
from helpdesk.models.event import EventKind
from helpdesk.services.row_steps import TASKS, Row, note_rows, row_of
from helpdesk.services.ticket_changes import require_unmerged
from helpdesk.services.work import Work

_GONE = "This task is not on {number} any more; look at its list again."
_RENAMED = "The task was changed to “{text}” in the meantime; look and try again."


class Tasks:
    """The tasks of tickets; for staff. Each change is a deed, and says so in the history."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/tickets/{ticket_id}/tasks", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> Checklist:
        """List the tasks of a ticket in their order, with who has done which."""
        desk = self._work.desk
        return desk.tasks.of_ticket(desk.tickets.get(ticket_id).id)

    @operation("POST", "/tickets/{ticket_id}/tasks", permission=Permission.WORK_TICKET)
    def add(self, ticket_id: int, new: NewTasks) -> Checklist:
        """Add tasks below those that a ticket has, at most 100 in all."""
        ticket, tasks = self._begun(ticket_id)
        if len(tasks) + len(new.texts) > MOST_TASKS:
            raise Invalid(
                f"A ticket has at most {MOST_TASKS} tasks, and {ticket.number} has {len(tasks)}.",
                field="texts",
            )
        before = [row_of(each) for each in tasks]
        self._work.desk.tasks.add_all(ticket.id, new.texts)
        words = new.texts[0] if len(new.texts) == 1 else f"{len(new.texts)} tasks"
        return self._done(ticket, before, "added", new=words)

    @operation(
        "PUT", "/tickets/{ticket_id}/tasks/{task_id}/text", permission=Permission.WORK_TICKET
    )
    def rename(self, ticket_id: int, task_id: int, change: TaskRename) -> Checklist:
        """Give a task another text. Raises ``Conflict`` where somebody else has done so."""
        ticket, tasks = self._begun(ticket_id)
        task, before = _task_of(ticket, tasks, task_id), [row_of(each) for each in tasks]
        if task.text != change.was:
            raise Conflict(_RENAMED.format(text=task.text))
        if task.text == change.text:
            return self._work.desk.tasks.of_ticket(ticket.id)
        task.text = change.text
        return self._done(ticket, before, "renamed", old=change.was, new=change.text)

    @operation(
        "PUT", "/tickets/{ticket_id}/tasks/{task_id}/done", permission=Permission.WORK_TICKET
    )
    def tick(self, ticket_id: int, task_id: int, done: bool) -> Checklist:
        """Say that a task is done, or that it is not; what is so already stays so."""
        ticket, tasks = self._begun(ticket_id)
        task, before = _task_of(ticket, tasks, task_id), [row_of(each) for each in tasks]
        if (task.done_at is not None) is done:
            return self._work.desk.tasks.of_ticket(ticket.id)
        task.done_at = self._work.now if done else None
        task.done_by_id = self._work.actor.id if done else None
        return self._done(ticket, before, "done" if done else "open", new=task.text)

    @operation(
        "PUT", "/tickets/{ticket_id}/tasks/{task_id}/place", permission=Permission.WORK_TICKET
    )
    def move(self, ticket_id: int, task_id: int, place: int) -> Checklist:
        """Let a task stand at a place of the list, which begins with 1."""
        ticket, tasks = self._begun(ticket_id)
        task, before = _task_of(ticket, tasks, task_id), [row_of(each) for each in tasks]
        wanted = [each for each in tasks if each is not task]
        wanted.insert(min(max(place, 1), len(tasks)) - 1, task)
        if wanted == tasks:
            return self._work.desk.tasks.of_ticket(ticket.id)
        self._work.desk.tasks.put_in_order(wanted)
        return self._done(ticket, before, "moved", new=task.text)

    @operation("DELETE", "/tickets/{ticket_id}/tasks/{task_id}", permission=Permission.WORK_TICKET)
    def remove(self, ticket_id: int, task_id: int) -> Checklist:
        """Take a task off the list; one that is not there stays so."""
        ticket, tasks = self._begun(ticket_id)
        task = next((each for each in tasks if each.id == task_id), None)
        if task is None:
            return self._work.desk.tasks.of_ticket(ticket.id)
        before, text = [row_of(each) for each in tasks], task.text
        self._work.desk.tasks.remove(task)
        return self._done(ticket, before, "removed", old=text)

    def _begun(self, ticket_id: int) -> tuple[Ticket, list[TicketTask]]:
        """Return a ticket with its tasks, to be changed. Raises ``Invalid`` for a merged one."""
        ticket = self._work.desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        return ticket, self._work.desk.tasks.rows(ticket.id)

    def _done(
        self,
        ticket: Ticket,
        before: Sequence[Row],
        what: str,
        *,
        old: str | None = None,
        new: str | None = None,
    ) -> Checklist:
        """Note what was done as a deed and in the history, and return the list."""
        work = self._work
        work.desk.flush()
        after = [row_of(each) for each in work.desk.tasks.rows(ticket.id)]
        label = f"{_VERBS[what]} on {ticket.number}: {new or old}"
        undo = note_rows(work, label, ticket, TASKS, before, after)
        work.desk.tickets.record(ticket, EventKind.TASKED, work.now, field=what, old=old, new=new)
        work.desk.flush()
        work.desk.changed("ticket", ticket.id)
        return work.desk.tasks.of_ticket(ticket.id).model_copy(update={"undo": undo})


_VERBS = {
    "added": "Task added",
    "renamed": "Task renamed",
    "done": "Task done",
    "open": "Task open again",
    "moved": "Task moved",
    "removed": "Task removed",
}


def _task_of(ticket: Ticket, tasks: Sequence[TicketTask], task_id: int) -> TicketTask:
    found = next((each for each in tasks if is_id(task_id) and each.id == task_id), None)
    if found is None:
        raise NotFound(_GONE.format(number=ticket.number))
    return found
