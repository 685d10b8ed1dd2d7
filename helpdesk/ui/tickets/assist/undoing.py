# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what was taken over from a suggestion, with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt5.QtWidgets import QWidget

from helpdesk.core.schemas.tickets import Assignment, TicketChange, TicketView
from helpdesk.core.schemas.triage import Suggested, SuggestedField
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.suggestion_words import listed, value_words
from helpdesk.ui.widgets.toast import Toast


def offer_undo(
    desktop: Desktop,
    owner: QWidget,
    change: tuple[TicketView, TicketView, Sequence[Suggested]],
    done: Callable[[TicketView], object],
    failed: Callable[[Exception], object],
) -> None:
    """Say in passing what has changed; undoing it changes the same fields back."""
    before, now, fields = change
    said = f"{now.number}: {listed([_said(each) for each in fields])}"

    def undo() -> None:
        job = desktop.background.run(owner, partial(_change_back, desktop, before, now, fields))
        job.then(done).failed(failed)

    Toast.say(owner.window(), said, "Undo", undo)


def _change_back(
    desktop: Desktop, before: TicketView, now: TicketView, fields: Sequence[Suggested]
) -> TicketView:
    """Set the fields as they were; runs on a thread of the pool."""
    names = {each.field for each in fields}
    tickets = desktop.desk.tickets
    change: dict[str, Any] = {}
    if SuggestedField.CATEGORY in names:
        change["category_id"] = before.category.id if before.category else None
    if SuggestedField.PRIORITY in names:
        change["priority"] = before.priority
    if change:
        now = tickets.change(now.id, TicketChange(version=now.version, **change))
    if SuggestedField.ASSIGNEE in names:
        now = _assign_back(desktop, before, now)
    return now


def _assign_back(desktop: Desktop, before: TicketView, now: TicketView) -> TicketView:
    """Give the ticket back to whoever had it; a technician can only let go of it."""
    tickets = desktop.desk.tickets
    if before.assignee is None and "assign" not in now.allowed:
        return tickets.release(now.id, now.version)
    assignee_id = before.assignee.id if before.assignee else None
    return tickets.assign(now.id, Assignment(assignee_id=assignee_id, version=now.version))


def _said(suggested: Suggested) -> str:
    if suggested.field is SuggestedField.ASSIGNEE:
        return value_words(suggested).replace("assign", "assigned", 1)
    return f"{suggested.field.value} {suggested.label}"
