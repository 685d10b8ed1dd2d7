# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in plain words what an action is that waits on this workstation to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from helpdesk.core.schemas.macros import MacroUse
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketChange
from helpdesk.core.text import ellipsis, single_line
from helpdesk.ui.tickets.carried import ByMacro

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

WAITING, NOT_SENT = "Waiting to be sent", "Not sent"
KEPT = "Kept on this workstation; it is sent as soon as the server answers."
_SUBJECT_SHOWN = 80


def number_of(ticket_id: int | None) -> str:
    """Return the number people use for a ticket that may not be loaded."""
    return f"HD-{ticket_id}"


def dto_of(action: PendingAction) -> Any:
    """Return what the person wrote or chose: the one DTO among the arguments."""
    kinds = (NewTicket, NewComment, TicketChange, MacroUse)
    found = (value for value in action.arguments.values() if isinstance(value, kinds))
    dto = next(found, None)
    if isinstance(dto, MacroUse) and (dto.body or dto.attachment_keys):
        return _said_by_macro(action.arguments["macro_id"], dto)
    return dto


def _said_by_macro(macro_id: int, use: MacroUse) -> ByMacro:
    """Return the reply that leaves with a canned one."""
    return ByMacro(
        body=use.body or "",
        internal=use.internal,
        status=use.status,
        attachment_keys=use.attachment_keys,
        seen_event=use.seen_event,
        macro_id=macro_id,
    )


def changed_fields(action: PendingAction) -> dict[str, Any]:
    """Return the fields of a ticket that an action sets, by their names; none of a new ticket."""
    dto = dto_of(action)
    if isinstance(dto, NewComment):
        return {"status": dto.status} if dto.status else {}
    if isinstance(dto, TicketChange):
        touched = dto.model_fields_set - {"version"}
        return {name: getattr(dto, name) for name in sorted(touched)}
    return {}


def words_of(action: PendingAction, categories: Mapping[int, str]) -> str:
    """Return a line such as "Reply on HD-1042" or "Priority of HD-7: Urgent"."""
    number, dto = number_of(action.ticket_id), dto_of(action)
    if isinstance(dto, NewTicket):
        subject = dto.subject or single_line(dto.description)
        return f"New ticket: {ellipsis(subject, _SUBJECT_SHOWN)}"
    if isinstance(dto, NewComment):
        kind = "Note on" if dto.internal else "Reply on"
        status = f", set to {dto.status.label}" if dto.status else ""
        return f"{kind} {number}{status}"
    if isinstance(dto, TicketChange):
        return _change(number, changed_fields(action), categories)
    if isinstance(dto, MacroUse):
        return f"Canned reply on {number}"
    return "Something that cannot be read any more"


def text_of(action: PendingAction) -> str:
    """Return what the person typed, for the clipboard; empty where nothing was typed."""
    dto = dto_of(action)
    if isinstance(dto, NewTicket):
        return "\n\n".join(part for part in (dto.subject, dto.description) if part)
    return dto.body if isinstance(dto, NewComment) else ""


def how_many(count: int) -> str:
    """Return a count of actions in words."""
    return "1 action" if count == 1 else f"{count:,} actions"


def _change(number: str, fields: Mapping[str, Any], categories: Mapping[int, str]) -> str:
    said = [(name, _value(name, value, categories)) for name, value in fields.items()]
    if len(said) == 1:
        name, value = said[0]
        return f"{_title(name)} of {number}: {value}"
    return f"{number}: " + ", ".join(f"{_title(name).lower()} {value}" for name, value in said)


def _title(name: str) -> str:
    return name.removesuffix("_id").capitalize()


def _value(name: str, value: Any, categories: Mapping[int, str]) -> str:
    if name == "category_id":
        return "None" if value is None else categories.get(value, "another one")
    if name == "team_id":
        return "None" if value is None else "another one"
    return str(value.label)
