# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist of a ticket: what is to be done for it, one thing a line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import one_line

MOST_TASKS = 100
"""So many a ticket has at most."""
TASK_LIMIT = 500

TaskText = Annotated[
    str, one_line(TASK_LIMIT), StringConstraints(min_length=1, max_length=TASK_LIMIT)
]
"""One line."""


class NewTasks(Request):
    """Tasks to add below the others, in their order."""

    texts: Annotated[tuple[TaskText, ...], Field(min_length=1, max_length=MOST_TASKS)]


class TaskRename(Request):
    """Another text of a task."""

    text: TaskText
    was: TaskText
    """The text that whoever calls has read."""


class TaskView(Result):
    """One thing to do."""

    id: int
    text: str
    done_at: datetime | None
    done_by: PersonRef | None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it."""
        return self.done_at is not None


class Checklist(Result):
    """The tasks of a ticket, in their order."""

    tasks: tuple[TaskView, ...]
    undo: int | None = None
    """The deed by which what was just done is undone."""

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(each.is_done for each in self.tasks)
