# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks and sets what the desk's own fields hold on a ticket, and shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from helpdesk.core.custom_fields import Asked, canonical
from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.custom_fields import FieldView
from helpdesk.core.schemas.ticket_work import FieldKind, TicketFieldView
from helpdesk.core.schemas.tickets import FieldValue
from helpdesk.models import CustomField, Ticket
from helpdesk.services.deed_notes import FIELD
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

_FIELD_GONE = "A field of {number} was removed since, and what it held with it."
_STAYS = "{what} of {number} stays as it is. {why}"


def view_of(field: CustomField) -> FieldView:
    """Return a field as windows have it."""
    return FieldView(
        id=field.id,
        key=field.key,
        name=field.name,
        help=field.help,
        kind=field.kind,
        options=options_of(field),
        category_ids=tuple(json.loads(field.category_ids)),
        required=field.required,
        staff_only=field.staff_only,
        position=field.position,
        active=field.active,
        version=field.version,
    )


def options_of(field: CustomField) -> tuple[str, ...]:
    """Return what can be chosen of a field."""
    return tuple(json.loads(field.options))


def asked_of(field: CustomField) -> Asked:
    """Return what has to be known of a field to check its values."""
    return Asked(field.name, field.kind, options_of(field))


def shown_fields(work: Work, ticket: Ticket) -> tuple[TicketFieldView, ...]:
    """Return what the fields hold that the caller may see, in their order."""
    values = work.desk.custom_fields.of_ticket(ticket.id)
    fields = [each for each in work.desk.custom_fields.all() if each.id in values]
    names = work.desk.custom_fields.named_in(fields, values)
    return tuple(
        TicketFieldView(
            id=each.id,
            key=each.key,
            name=each.name,
            kind=each.kind,
            value=values[each.id],
            shown=_shown(each, values[each.id], names) or "",
            staff_only=each.staff_only,
            applies=view_of(each).applies_to(ticket.category_id),
        )
        for each in fields
    )


def fill_new(work: Work, changes: TicketChanges, given: Sequence[FieldValue]) -> None:
    """Give a new ticket the values that it is opened with.

    Raises ``Invalid`` where one is wrong, or one is missing that its category requires.
    """
    known = {each.key: each for each in work.desk.custom_fields.all()}
    if not known and not given:
        return
    ticket = changes.ticket
    wanted = _wanted(work, ticket, known, given)
    for each in known.values():
        applies = view_of(each).applies_to(ticket.category_id)
        if each.required and applies and not wanted.get(each.id):
            raise _missing(each)
    set_values(work, changes, {id_: value for id_, value in wanted.items() if value})


def change_values(work: Work, changes: TicketChanges, given: Sequence[FieldValue]) -> None:
    """Set some fields of a ticket, and leave the others as they are.

    Raises ``Invalid`` for a wrong value, for one that is not asked for in the category of the
    ticket, and where a required one would be taken away.
    """
    known = {each.key: each for each in work.desk.custom_fields.all()}
    wanted = _wanted(work, changes.ticket, known, given)
    for each in known.values():
        applies = view_of(each).applies_to(changes.ticket.category_id)
        if each.required and applies and wanted.get(each.id) == "":
            raise _missing(each)
    set_values(work, changes, wanted)


def set_values(work: Work, changes: TicketChanges, wanted: Mapping[int, str]) -> None:
    """Set values that are known to be right, with an entry of the history for each.

    A new ticket begins with them, which is no change.
    """
    repository = work.desk.custom_fields
    if changes.happened.is_new:
        repository.begin_with(changes.ticket.id, wanted)
        return
    before = repository.of_ticket(changes.ticket.id)
    different = {id_: value for id_, value in wanted.items() if value != before.get(id_, "")}
    if not different:
        return
    fields = [each for each in repository.all() if each.id in different]
    old_names = repository.named_in(fields, before)
    names = {**old_names, **repository.named_in(fields, different)}
    repository.put(changes.ticket.id, different)
    for field in fields:
        changes.set_field(
            f"{FIELD}{field.id}",
            field.name,
            before.get(field.id, ""),
            _shown(field, before.get(field.id, ""), names),
            _shown(field, different[field.id], names),
            staff_only=field.staff_only,
        )


def still_taken(
    work: Work, ticket: Ticket, values: Mapping[int, str]
) -> tuple[dict[int, str], list[str]]:
    """Return which of some values of the past their fields take today, and why not the others."""
    known = {each.id: each for each in work.desk.custom_fields.all()} if values else {}
    taken, refused = dict[int, str](), list[str]()
    for id_, value in values.items():
        field = known.get(id_)
        if field is None:
            refused.append(_FIELD_GONE.format(number=ticket.number))
            continue
        try:
            checked = {id_: _checked(field, ticket, value)}
            _require_people(work, (field,), checked, ticket)
        except Invalid as error:
            refused.append(_STAYS.format(what=field.name, number=ticket.number, why=error))
        else:
            taken |= checked
    return taken, refused


def _wanted(
    work: Work, ticket: Ticket, known: Mapping[str, CustomField], given: Iterable[FieldValue]
) -> dict[int, str]:
    """Return the values by their fields, in the one way they are kept. Raises ``Invalid``."""
    wanted: dict[int, str] = {}
    for each in given:
        field = known.get(each.key)
        if field is None:
            raise Invalid(
                f"There is no field \u201c{each.key}\u201d; leave it out.", field="fields"
            )
        wanted[field.id] = _checked(field, ticket, each.value)
    _require_people(work, known.values(), wanted, ticket)
    return wanted


def _checked(field: CustomField, ticket: Ticket, written: str) -> str:
    view = view_of(field)
    try:
        value = canonical(asked_of(field), written)
    except Invalid as error:
        raise Invalid(str(error), field=f"fields.{field.key}") from error
    if value and not view.applies_to(ticket.category_id):
        raise Invalid(
            f"{field.name} is not asked for in this category; leave it out.",
            field=f"fields.{field.key}",
        )
    return value


def _require_people(
    work: Work, fields: Iterable[CustomField], wanted: Mapping[int, str], ticket: Ticket
) -> None:
    """Raise ``Invalid`` for somebody who does not exist or has left; who stood there may stay.

    Who does not see all tickets may name the staff alone, whom they are offered: the name that
    belongs to a number is told by the ticket.
    """
    named = {
        each: int(wanted[each.id])
        for each in fields
        if each.kind is FieldKind.USER and wanted.get(each.id)
    }
    if not named:
        return
    repository = work.desk.custom_fields
    people = repository.people(set(named.values()))
    before = repository.of_ticket(ticket.id)
    sees_all = work.actor.may(Permission.SEE_ALL_TICKETS)
    for field, id_ in named.items():
        person = people.get(id_)
        may_be = person is not None and person.active and (sees_all or person.is_staff)
        if not may_be and before.get(field.id) != str(id_):
            raise Invalid(
                f"{field.name} names nobody who has an account; choose somebody else.",
                field=f"fields.{field.key}",
            )


def _missing(field: CustomField) -> Invalid:
    return Invalid(f"Fill in {field.name}; it is required.", field=f"fields.{field.key}")


def _shown(field: CustomField, value: str, names: Mapping[str, str]) -> str | None:
    if not value:
        return None
    return names.get(value, "Somebody") if field.kind is FieldKind.USER else value
