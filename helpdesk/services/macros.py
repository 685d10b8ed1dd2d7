# SPDX-License-Identifier: GPL-3.0-or-later
"""Canned replies, and what they set of a ticket together with the reply."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.macro_text import fill
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.macros import (
    MacroActions,
    MacroChange,
    MacroSettings,
    MacroText,
    MacroUse,
    MacroView,
)
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.core.schemas.tickets import NewComment, Status, TicketView
from helpdesk.core.text import folded
from helpdesk.models import Macro, Ticket
from helpdesk.repositories.desk_changes import MACRO
from helpdesk.repositories.macros import MacroRow, Names
from helpdesk.services.macro_steps import carry_out
from helpdesk.services.macro_values import values_on
from helpdesk.services.replying import READ_FIRST, brought_about, has_news
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.tickets import Tickets
from helpdesk.services.work import Work

_CHANGED = "{name} was changed in the meantime; look and try again."
_NOT_YOURS = "Only who keeps a canned reply, or may share some, changes it; make one of your own."
_NO_SHARING = "Only managers share canned replies; keep it for yourself."


class Macros:
    """The canned replies of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/macros", permission=Permission.WORK_TICKET)
    def all(self) -> tuple[MacroView, ...]:
        """List one's own canned replies and those that are shared, by folder and name."""
        return self._views(self._work.desk.macros.all())

    @operation("POST", "/macros", permission=Permission.WORK_TICKET, creates=True)
    def add(self, new: MacroSettings) -> MacroView:
        """Keep a canned reply, for oneself or, where one may, for others too."""
        if self._work.actor.id is None:
            raise Invalid("Only a person can keep canned replies.")
        self._require_sound(new)
        macro = Macro(owner_id=self._work.actor.id, used=0, version=1, **_columns(new))
        return self._saved(self._work.desk.macros.add(macro))

    @operation("PUT", "/macros/{macro_id}", permission=Permission.WORK_TICKET)
    def change(self, macro_id: int, change: MacroChange) -> MacroView:
        """Change a canned reply of one's own, or one that is shared, where one may share."""
        row = self._work.desk.macros.get(macro_id)
        macro = row.macro
        self._require_own(macro)
        if macro.version != change.version:
            raise Conflict(_CHANGED.format(name=macro.name), current=self._views((row,))[0])
        self._require_sound(change)
        for name, value in _columns(change).items():
            setattr(macro, name, value)
        macro.version += 1
        return self._saved(macro)

    @operation("DELETE", "/macros/{macro_id}", permission=Permission.WORK_TICKET)
    def remove(self, macro_id: int) -> None:
        """Forget a canned reply; what was sent by it stays."""
        macro = self._work.desk.macros.get(macro_id).macro
        self._require_own(macro)
        self._work.desk.macros.remove(macro)
        self._work.desk.changed(MACRO, macro_id)

    @operation("GET", "/tickets/{ticket_id}/macros/{macro_id}", permission=Permission.WORK_TICKET)
    def preview(self, ticket_id: int, macro_id: int) -> MacroText:
        """Tell what a canned reply says and sets on a ticket, and what is wrong with that."""
        ticket = self._work.desk.tickets.get(ticket_id)
        return self._text(ticket, self._work.desk.macros.get(macro_id))

    @operation(
        "POST", "/tickets/{ticket_id}/macros/{macro_id}/insert", permission=Permission.WORK_TICKET
    )
    def insert(self, ticket_id: int, macro_id: int) -> MacroText:
        """Tell what a canned reply says on a ticket, to write it there, and count the use."""
        text = self.preview(ticket_id, macro_id)
        self._work.desk.macros.count_use(macro_id)
        return text

    @operation(
        "POST", "/tickets/{ticket_id}/macros/{macro_id}/apply", permission=Permission.WORK_TICKET
    )
    def apply(self, ticket_id: int, macro_id: int, use: MacroUse) -> TicketView:
        """Reply with a macro and set all that it sets, in one; it can be undone as one.

        Raises ``Invalid`` where a variable has no value on this ticket, and ``Conflict`` with the
        present state where others said or decided something that was not read.
        """
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        row = desk.macros.get(macro_id)
        if has_news(self._work, ticket, use.seen_event):
            raise Conflict(READ_FIRST, current=Tickets(self._work).view(ticket_id))
        require_unmerged(self._work, ticket)
        changes = TicketChanges(self._work, ticket)
        actions = actions_of(row.macro)
        if use.status is not None:
            actions = actions.model_copy(update={"status": use.status})
        new = self._comment(row, use, ticket, actions.status)
        deed_id = carry_out(self._work, changes, row.macro, actions, new)
        desk.macros.count_use(macro_id)
        shown = Tickets(self._work).view(ticket_id)
        return shown.model_copy(update={"undo": deed_id})

    def _comment(
        self, row: MacroRow, use: MacroUse, ticket: Ticket, status: Status | None
    ) -> NewComment | None:
        """Return what is said by a macro, if anything is."""
        body, internal = use.body, use.internal
        if body is None:
            text = fill(row.macro.body, values_on(self._work, ticket))
            if text.problem:
                raise Invalid(text.problem, field="body")
            body, internal = text.text, row.macro.internal
        if not body and not use.attachment_keys:
            return None
        return NewComment(
            body=body, internal=internal, status=status, attachment_keys=use.attachment_keys
        )

    def _text(self, ticket: Ticket, row: MacroRow) -> MacroText:
        text = fill(row.macro.body, values_on(self._work, ticket))
        return MacroText(
            text=text.text,
            internal=row.macro.internal,
            sets=self._sets(ticket, row, text.text),
            problem=text.problem,
        )

    def _sets(self, ticket: Ticket, row: MacroRow, body: str) -> tuple[str, ...]:
        """Say what is different of a ticket afterwards: by the macro, and by that it replies."""
        actions, actor_id = actions_of(row.macro), self._work.actor.id
        if body and ticket.requester_id != actor_id:
            said = NewComment(body=body, internal=row.macro.internal, status=actions.status)
            status, takes = brought_about(ticket, said)
            to_me = actions.assign_to_me or (takes and actions.assignee_id is None)
            actions = actions.model_copy(update={"status": status, "assign_to_me": to_me})
        return words_of(actions, self._names((actions,)))

    # --- keeping them -------------------------------------------------------------------------

    def _require_own(self, macro: Macro) -> None:
        is_own = macro.owner_id == self._work.actor.id
        is_shared = macro.shared is not Shared.PRIVATE
        if not is_own and not (is_shared and self._work.actor.may(Permission.SHARE_WORK)):
            raise Forbidden(_NOT_YOURS)

    def _require_sound(self, wanted: MacroSettings) -> None:
        """Raise where something cannot be kept: who may not share, or what nobody can fill in."""
        desk, actions = self._work.desk, wanted.actions
        if wanted.shared is not Shared.PRIVATE and not self._work.actor.may(Permission.SHARE_WORK):
            raise Forbidden(_NO_SHARING)
        filled = fill(wanted.body, {})
        if filled.unknown:
            raise Invalid(filled.problem, field="body")
        if wanted.team_id is not None:
            desk.teams.choose(wanted.team_id)
        if actions.category_id is not None:
            desk.categories.choose(actions.category_id)
        if actions.team_id is not None:
            desk.teams.choose(actions.team_id)
        chosen = () if actions.assignee_id is None else (actions.assignee_id,)
        if chosen and not desk.teams.staff_among(chosen):
            raise Invalid("Choose somebody of the staff who works here.", field="assignee_id")

    def _saved(self, macro: Macro) -> MacroView:
        desk = self._work.desk
        desk.flush()
        desk.changed(MACRO, macro.id)
        return self._views((desk.macros.get(macro.id),))[0]

    def _views(self, rows: Sequence[MacroRow]) -> tuple[MacroView, ...]:
        wanted = [actions_of(row.macro) for row in rows]
        names = self._names(wanted)
        return tuple(
            self._view(row, actions, names) for row, actions in zip(rows, wanted, strict=True)
        )

    def _names(self, wanted: Sequence[MacroActions]) -> Names:
        return self._work.desk.macros.names(
            [each.category_id for each in wanted if each.category_id],
            [each.team_id for each in wanted if each.team_id],
            [each.assignee_id for each in wanted if each.assignee_id],
        )

    def _view(self, row: MacroRow, actions: MacroActions, names: Names) -> MacroView:
        macro, actor = row.macro, self._work.actor
        is_own = macro.owner_id == actor.id
        is_shared = macro.shared is not Shared.PRIVATE
        return MacroView(
            id=macro.id,
            name=macro.name,
            folder=macro.folder,
            body=macro.body,
            internal=macro.internal,
            actions=actions,
            shared=macro.shared,
            team_id=macro.team_id,
            team=row.team,
            owner_id=macro.owner_id,
            owner=row.owner,
            mine=is_own or (is_shared and actor.may(Permission.SHARE_WORK)),
            used=macro.used,
            version=macro.version,
            sets=words_of(actions, names),
        )


def actions_of(macro: Macro) -> MacroActions:
    """Return what a macro sets, as far as this program understands it."""
    try:
        return MacroActions.model_validate_json(macro.actions)
    except ValidationError:  # kept by a newer program
        return MacroActions()


def words_of(actions: MacroActions, names: Names) -> tuple[str, ...]:
    """Return what is set, in words."""
    words = []
    if actions.status:
        words.append(f"Status: {actions.status.label}")
    if actions.priority:
        words.append(f"Priority: {actions.priority.label}")
    if actions.category_id:
        words.append(f"Category: {names.categories.get(actions.category_id, 'another one')}")
    if actions.team_id:
        words.append(f"Team: {names.teams.get(actions.team_id, 'another one')}")
    if actions.assign_to_me:
        words.append("Assignee: you")
    if actions.assignee_id:
        words.append(f"Assignee: {names.people.get(actions.assignee_id, 'somebody')}")
    if actions.add_tags:
        words.append(f"Tags: {', '.join(actions.add_tags)}")
    return tuple(words)


def _columns(settings: MacroSettings) -> dict[str, object]:
    return {
        "folder": settings.folder,
        "name": settings.name,
        "name_folded": folded(settings.name),
        "body": settings.body,
        "internal": settings.internal,
        "actions": settings.actions.model_dump_json(exclude_defaults=True),
        "shared": settings.shared,
        "team_id": settings.team_id,
    }
