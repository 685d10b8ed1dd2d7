# SPDX-License-Identifier: GPL-3.0-or-later
"""What people did to tickets, and the undoing of it."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.deeds import DeedView, UndoResult
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.services.deed_notes import Step, note
from helpdesk.services.work import Work


class Deeds:
    """One's own deeds."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/deeds", permission=Permission.WORK_TICKET)
    def recent(self) -> tuple[DeedView, ...]:
        """List what one did lately, the last first."""
        raise NotImplementedError

    @operation("POST", "/deeds/{deed_id}/undo", permission=Permission.WORK_TICKET)
    def undo(self, deed_id: int) -> UndoResult:
        """Put back what a deed of one's own did, at most 200 tickets a call."""
        raise NotImplementedError

    @operation("POST", "/deeds/{deed_id}/redo", permission=Permission.WORK_TICKET)
    def redo(self, deed_id: int) -> UndoResult:
        """Do again what was undone, at most 200 tickets a call."""
        raise NotImplementedError

    @classmethod
    def note(cls, work: Work, kind: DeedKind, label: str, steps: Iterable[Step]) -> int:
        """Note what somebody did so that it can be undone, and return the number of the deed."""
        return note(work, kind, label, steps)
