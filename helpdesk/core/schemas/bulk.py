# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change of many tickets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.deeds import MOST_AT_ONCE, Refusal
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.tickets import Priority, Status, Tags

_WHAT = {
    "status", "priority", "category_id", "team_id", "assignee_id",
    "add_tags", "remove_tags", "snooze", "delete",
}  # fmt: skip


class BulkChange(Request):
    """What to change of some tickets; only fields that are set are touched.

    Each ticket is taken as it is. Deleting and snoozing are done alone,
    without other changes.
    """

    ticket_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]
    status: Status | None = None
    priority: Priority | None = None
    category_id: Id | None = None
    team_id: Id | None = None
    assignee_id: Id | None = None
    """Who works them from now on; ``None``, where it is set, puts them back into the queue."""
    add_tags: Tags = ()
    remove_tags: Tags = ()
    snooze: SnoozeChoice | None = None
    """Until when they are out of sight; what is to be seen again is woken by itself."""
    delete: bool = False

    @model_validator(mode="after")
    def _does_something(self) -> BulkChange:
        if not self.model_fields_set & _WHAT:
            raise ValueError("Say what to change.")
        if self.delete and self.model_fields_set & _WHAT - {"delete"}:
            raise ValueError("Delete tickets without other changes.")
        if self.snooze is not None and self.model_fields_set & _WHAT - {"snooze"}:
            raise ValueError("Snooze tickets without other changes.")
        return self


class BulkResult(Result):
    """What became of each ticket: changed, refused, or as it was wanted already."""

    changed: tuple[int, ...]
    """Which tickets are different now."""
    refused: tuple[Refusal, ...]
    """Which were left, each with why; one that may not be seen looks as if it did not exist."""
    left: tuple[int, ...] = ()
    """The last of those asked for, which were not looked at: so much is on the others that one
    call is enough for them. Ask for these again."""


class TicketIds(Result):
    """The numbers of tickets that match a query, and where the next ones begin."""

    ids: tuple[int, ...]
    next_cursor: str | None
