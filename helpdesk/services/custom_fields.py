# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the desk's own: how they are set up, and setting them on a ticket."""

from __future__ import annotations

import json
from collections.abc import Sequence

from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.custom_fields import (
    MOST_FIELDS,
    FieldChange,
    FieldOrder,
    FieldPerson,
    FieldsChange,
    FieldSettings,
    FieldSetUp,
    FieldView,
    NewField,
)
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.text import folded
from helpdesk.models import CustomField
from helpdesk.repositories.desk_changes import FIELD
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added
from helpdesk.services.field_values import change_values, view_of
from helpdesk.services.ticket_views import expected, touched
from helpdesk.services.work import Work

_FULL = f"There are {MOST_FIELDS} fields already; use one that was switched off."
_OTHERS = "Fields were added in the meantime; look at the new list and try again."
_KIND = "Tickets have values of this field, so that its kind stays; add another field instead."
_TAKEN = frozenset(
    {
        "status", "priority", "category", "team", "assignee", "requester", "tags", "subject",
        "description", "watchers", "rating", "ticket", "article", "into", "from", "comment",
        "automatic answer",
    }
)  # fmt: skip
"""What tickets have anyway, and what their history speaks of."""
_TOLD = ("name", "help", "kind", "options", "categories", "required", "staff_only", "active")
_SHORTEST = 2
_NOBODY = "There is nobody of this number whom you may name."


class CustomFields:
    """The desk's own fields of tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/custom-fields", permission=Permission.SEE_OWN_TICKETS)
    def all(self) -> tuple[FieldView, ...]:
        """List the fields that are asked for, in their order; some are the staff's alone."""
        fields = self._work.desk.custom_fields.all()
        return tuple(view_of(each) for each in fields if each.active)

    @operation("GET", "/custom-fields/people", permission=Permission.SEE_OWN_TICKETS)
    def people(self, text: str) -> tuple[FieldPerson, ...]:
        """List some people whose names begin so, to name one in a field.

        To who does not see all tickets, of the staff alone.
        """
        if len(folded(text)) < _SHORTEST:
            return ()
        found = self._work.desk.watchers.candidates(text)
        return tuple(
            FieldPerson(id=each.person.id, full_name=each.person.full_name) for each in found
        )

    @operation("GET", "/custom-fields/people/{person_id}", permission=Permission.SEE_OWN_TICKETS)
    def person(self, person_id: int) -> FieldPerson:
        """Return who is named in a field, such as one that a template fills in.

        To who does not see all tickets, of the staff alone. Raises ``NotFound`` for others.
        """
        found = self._work.desk.custom_fields.people((person_id,)).get(person_id)
        sees_all = self._work.actor.may(Permission.SEE_ALL_TICKETS)
        if found is None or not (sees_all or found.is_staff):
            raise NotFound(_NOBODY)
        return FieldPerson(id=person_id, full_name=found.full_name)

    @operation("GET", "/custom-fields/set-up", permission=Permission.SET_UP_TICKETS)
    def set_up(self) -> tuple[FieldSetUp, ...]:
        """List all fields, those that are switched off too, with how many tickets have values."""
        return self._views(self._work.desk.custom_fields.all())

    @operation("POST", "/custom-fields", permission=Permission.SET_UP_TICKETS, creates=True)
    def add(self, new: NewField) -> FieldSetUp:
        """Add a field behind the others."""
        repository = self._work.desk.custom_fields
        others = repository.all()
        if len(others) >= MOST_FIELDS:
            raise Invalid(_FULL)
        # The name before the key, which is made of it.
        self._require_sound(new, others)
        if any(each.key == new.key for each in others):
            raise Invalid(f"There is a field {new.key} already; choose another key.", field="key")
        position = max((each.position for each in others), default=0) + 1
        field = repository.add(
            CustomField(key=new.key, kind=new.kind, position=position, **_columns(new))
        )
        view = self._saved(field)
        self._work.desk.audit.set_up(_about(view), added(self._told(view), _TOLD))
        return view

    @operation("PUT", "/custom-fields/{field_id}", permission=Permission.SET_UP_TICKETS)
    def change(self, field_id: int, change: FieldChange) -> FieldSetUp:
        """Change a field, or switch it off; what tickets hold of it stays and can be read."""
        repository = self._work.desk.custom_fields
        field = repository.get(field_id)
        if field.version != change.version:
            sentence = f"{field.name} was changed in the meantime; look and try again."
            raise Conflict(sentence, current=self._view(field))
        if change.kind is not field.kind and repository.has_values(field_id):
            raise Invalid(_KIND, field="kind")
        self._require_sound(change, [each for each in repository.all() if each.id != field_id])
        before, was_hidden = self._told(view_of(field)), field.staff_only
        for name, value in _columns(change).items():
            setattr(field, name, value)
        field.kind, field.active = change.kind, change.active
        field.version += 1
        view = self._saved(field)
        if field.staff_only is not was_hidden:
            repository.index_again(field_id)
        changes = changes_of(before, self._told(view), _TOLD)
        self._work.desk.audit.set_up(_about(view), changes)
        return view

    @operation("POST", "/custom-fields/order", permission=Permission.SET_UP_TICKETS)
    def arrange(self, order: FieldOrder) -> tuple[FieldSetUp, ...]:
        """Change the order in which the fields are asked for."""
        desk = self._work.desk
        fields = {each.id: each for each in desk.custom_fields.all()}
        if sorted(order.field_ids) != sorted(fields):
            raise Conflict(_OTHERS)
        before, now = (
            {"order": [fields[id_].name for id_ in ids]} for ids in (fields, order.field_ids)
        )
        if before != now:
            for position, id_ in enumerate(order.field_ids, start=1):
                fields[id_].position = position
            desk.flush()
            desk.changed(FIELD, *order.field_ids)
            changes = changes_of(before, now, ("order",))
            desk.audit.set_up(About("custom_field", name="Ticket fields"), changes)
        return self._views([fields[id_] for id_ in order.field_ids])

    @operation("PUT", "/tickets/{ticket_id}/fields", permission=Permission.WORK_TICKET)
    def set(self, ticket_id: int, change: FieldsChange) -> TicketView:
        """Set some of the desk's own fields of a ticket; an empty value takes one away."""
        changes = expected(self._work, ticket_id, change.version)
        change_values(self._work, changes, change.fields)
        return touched(self._work, changes)

    # --- how ----------------------------------------------------------------------------------

    def _require_sound(self, wanted: FieldSettings, others: Sequence[CustomField]) -> None:
        name = folded(wanted.name)
        if name in _TAKEN:
            sentence = f"Every ticket has \u201c{wanted.name}\u201d already; choose another name."
            raise Invalid(sentence, field="name")
        if any(folded(each.name) == name for each in others):
            sentence = f"There is a field {wanted.name} already; choose another name."
            raise Invalid(sentence, field="name")
        known = self._work.desk.query_names.category_names(wanted.category_ids)
        if len(known) != len(set(wanted.category_ids)):
            sentence = "One of the categories does not exist; choose again."
            raise Invalid(sentence, field="category_ids")

    def _saved(self, field: CustomField) -> FieldSetUp:
        self._work.desk.flush()
        self._work.desk.changed(FIELD, field.id)
        return self._view(field)

    def _view(self, field: CustomField) -> FieldSetUp:
        return self._views((field,))[0]

    def _views(self, fields: Sequence[CustomField]) -> tuple[FieldSetUp, ...]:
        used = self._work.desk.custom_fields.used()
        return tuple(
            FieldSetUp(**dict(view_of(each)), tickets=used.get(each.id, 0)) for each in fields
        )

    def _told(self, view: FieldView) -> dict[str, object]:
        """Return what the audit log tells of a field."""
        names = self._work.desk.query_names.category_names(view.category_ids)
        told = {name: getattr(view, name) for name in _TOLD if name != "categories"}
        return {**told, "categories": sorted(names.values())}


def _about(view: FieldView) -> About:
    return About("custom_field", view.id, view.name)


def _columns(settings: FieldSettings) -> dict[str, object]:
    options = list(settings.options)
    return {
        "name": settings.name,
        "help": settings.help,
        "options": json.dumps(options, ensure_ascii=False),
        "category_ids": json.dumps(sorted(set(settings.category_ids))),
        "required": settings.required,
        "staff_only": settings.staff_only,
    }
