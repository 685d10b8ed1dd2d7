# SPDX-License-Identifier: GPL-3.0-or-later
"""What people did to tickets, and the undoing of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.deeds import MOST_AT_ONCE, DeedView, Refusal, UndoResult
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.trash import KEPT_DAYS
from helpdesk.core.schemas.users import Role
from helpdesk.database.types import is_id
from helpdesk.models import Deed, DeedStep
from helpdesk.repositories.deeds import Moment, done_of, moments_of, note_back
from helpdesk.repositories.desk_changes import NOTIFICATION
from helpdesk.services.bulk import expect
from helpdesk.services.deed_notes import FIELD
from helpdesk.services.trash import DELETED, RESTORED, TRASHED, fitting
from helpdesk.services.undoing import Undoing
from helpdesk.services.work import Work

_TOLD_DAYS = 7
_NONE_SUCH = "There is no deed with this number that you can undo."
_UNDONE = "This is undone already."
_STANDS = "This is not undone, so that there is nothing to do again."
_TOO_OLD = f"What was done more than {KEPT_DAYS} days ago cannot be undone any more."
_NO_DELETING = "Only managers can delete tickets, and bring deleted ones back."


class Deeds:
    """One's own deeds."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/deeds", permission=Permission.WORK_TICKET)
    def recent(self) -> tuple[DeedView, ...]:
        """List what one did in the last days, the last first.

        Admins are also told who else has changed many tickets at once.
        """
        actor = self._work.actor
        since = self._work.now - timedelta(days=_TOLD_DAYS)
        is_admin = actor.role is Role.ADMIN
        return self._work.desk.deeds.recent(actor.id or 0, since, others_bulk=is_admin)

    @operation("POST", "/deeds/{deed_id}/undo", permission=Permission.WORK_TICKET)
    def undo(self, deed_id: int) -> UndoResult:
        """Put back what a deed did, at most 200 tickets a call; call again while there are more.

        A field that somebody has changed since is left as it is, and the ticket told in
        ``refused``; a further undo tries what was refused once more. It has to be one's own deed;
        admins may undo what others did to many tickets.
        """
        deed = self._deed(deed_id)
        if not self._work.desk.deeds.waiting(deed, 1, undone=False):
            raise Invalid(_UNDONE)
        return self._step(deed, again=False)

    @operation("POST", "/deeds/{deed_id}/redo", permission=Permission.WORK_TICKET)
    def redo(self, deed_id: int) -> UndoResult:
        """Do again what was undone, at most 200 tickets a call, under the same conditions."""
        deed = self._deed(deed_id)
        if not self._work.desk.deeds.waiting(deed, 1, undone=True):
            raise Invalid(_STANDS)
        return self._step(deed, again=True)

    def _deed(self, deed_id: int) -> Deed:
        actor = self._work.actor
        deed = self._work.desk.deeds.get(deed_id) if is_id(deed_id) else None
        if deed is None or not deed.tickets:
            raise NotFound(_NONE_SUCH)
        of_admins = deed.kind is DeedKind.BULK and actor.role is Role.ADMIN
        if deed.actor_id != actor.id and not of_admins:
            raise NotFound(_NONE_SUCH)
        if deed.at < self._work.now - timedelta(days=KEPT_DAYS):
            raise Invalid(_TOO_OLD)
        return deed

    def _called(self, steps: Iterable[DeedStep]) -> dict[str, str]:
        """Return what the history calls the desk's own fields, where steps are about any."""
        if not any(name.startswith(FIELD) for step in steps for name in json.loads(step.after)):
            return {}
        own = self._work.desk.custom_fields.all()
        return {each.name: f"{FIELD}{each.id}" for each in own}

    def _step(self, deed: Deed, *, again: bool) -> UndoResult:
        """Take the next tickets of a deed."""
        deeds, undone = self._work.desk.deeds, 0
        steps = deeds.waiting(deed, MOST_AT_ONCE, undone=again)
        if any(TRASHED in done_of(step, undone=again).after for step in steps):
            # Each has rows of many tables, and others want their turn.
            each = DELETED if again else RESTORED
            steps = steps[: fitting(self._work, [step.ticket_id for step in steps], each=each)]
        self._require_rights(steps, again=again)
        ids = [step.ticket_id for step in steps]
        kept = self._work.desk.clocks.tickets(ids)
        if deed.kind is DeedKind.BULK:
            self._work.desk.unsent.together = f"{'done again' if again else 'undone'}: {deed.label}"
        expect(self._work.desk, kept)
        set_since = deeds.set_since(deed, ids, self._called(steps))
        moment = Moment(self._work.now, self._work.actor.id)
        at = {step.ticket_id: moments_of(step) for step in steps}
        told = None
        if not again:
            moments = frozenset().union(*at.values())
            told = self._work.desk.told_of(ids, moments, self._work.now)
        undoing, refused = Undoing(self._work, deed, told, again=again), list[Refusal]()
        for step in steps:
            wanted = done_of(step, undone=again)
            done = undoing.put_back(wanted, set_since[step.ticket_id], at[step.ticket_id])
            note_back(step, done.fields & wanted.after.keys(), moment, undone=not again)
            undone += bool(done.fields)
            refused += [Refusal(ticket_id=step.ticket_id, sentence=each) for each in done.refused]
        del kept  # held until here, so that each was read only once
        if told and (people := told.finish()):
            self._work.desk.changed(NOTIFICATION, *people)
        left = deeds.tried(deed, ids, undone=again)
        if again and undone:
            deed.undone_at = None
        elif not (again or left) and (undone or (not deed.undone_at and deeds.any_back(deed))):
            deed.undone_at = self._work.now
        return UndoResult(
            deed_id=deed.id,
            label=deed.label,
            undone=undone,
            left=left,
            refused=tuple(refused),
            more=left > 0,
        )

    def _require_rights(self, steps: Iterable[DeedStep], *, again: bool) -> None:
        if self._work.actor.may(Permission.DELETE_TICKET):
            return
        if any(TRASHED in done_of(step, undone=again).after for step in steps):
            raise Forbidden(_NO_DELETING)
