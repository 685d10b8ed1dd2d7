# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates for tickets: everybody begins with one, admins set them up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pydantic import TypeAdapter, ValidationError

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.templates import (
    MOST_TEMPLATES,
    TemplateChange,
    TemplateOrder,
    TemplateSettings,
    TemplateView,
)
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import FieldValue
from helpdesk.core.template_text import problem_of
from helpdesk.core.text import folded
from helpdesk.models import CustomField, TicketTemplate
from helpdesk.repositories.custom_fields import Person
from helpdesk.repositories.desk_changes import TEMPLATE
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.work import Work

_CHANGED = "{name} was changed in the meantime; look and try again."
_OTHERS = "Templates were added or removed in the meantime; look at the new list and try again."
_FULL = f"There are {MOST_TEMPLATES} templates already; remove one that is not needed."
_TAKEN = "There is a template {name} already; choose another name."
_TOLD = (
    "name", "subject", "description", "category", "priority", "tags", "fields", "staff_only",
    "active",
)  # fmt: skip
_tags, _fields = TypeAdapter(tuple[str, ...]), TypeAdapter(tuple[FieldValue, ...])


class Templates:
    """What new tickets can begin with."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/ticket-templates", permission=Permission.SUBMIT_TICKET)
    def all(self) -> tuple[TemplateView, ...]:
        """List the templates that one can begin a ticket with, in their order.

        Who sets them up also sees those that are not in use. Who does not see all tickets hears
        nothing of tags, nor of fields that they may not fill in, nor of people outside the staff.
        """
        views = tuple(view_of(each) for each in self._work.desk.ticket_templates.all())
        if self._work.actor.may(Permission.SEE_ALL_TICKETS):
            return views
        values = [value for each in views for value in each.fields]
        known = self._work.desk.custom_fields.all() if values else ()
        named = self._named(values, known)
        hidden = {id_ for id_, person in named.items() if not person.is_staff}
        kinds = {each.key: each.kind for each in known}
        return tuple(_for_requesters(each, kinds, hidden) for each in views)

    @operation("POST", "/ticket-templates", permission=Permission.SET_UP_TICKETS, creates=True)
    def add(self, new: TemplateSettings) -> TemplateView:
        """Keep a template, behind the others."""
        desk = self._work.desk
        others = desk.ticket_templates.all()
        if len(others) >= MOST_TEMPLATES:
            raise Invalid(_FULL)
        self._require_sound(new, others)
        template = desk.ticket_templates.add(TicketTemplate(version=1, **columns_of(new)))
        view = self._saved(template)
        desk.audit.set_up(_about(template), added(self._told(view), _TOLD))
        return view

    @operation("PUT", "/ticket-templates/{template_id}", permission=Permission.SET_UP_TICKETS)
    def change(self, template_id: int, change: TemplateChange) -> TemplateView:
        """Change a template; tickets that began with it stay as they are."""
        desk = self._work.desk
        template = desk.ticket_templates.get(template_id)
        before = view_of(template)
        if template.version != change.version:
            raise Conflict(_CHANGED.format(name=template.name), current=before)
        others = [each for each in desk.ticket_templates.all() if each.id != template_id]
        self._require_sound(change, others, was=before)
        for name, value in columns_of(change).items():
            setattr(template, name, value)
        template.version += 1
        view = self._saved(template)
        changes = changes_of(self._told(before), self._told(view), _TOLD)
        desk.audit.set_up(_about(template), changes)
        return view

    @operation("DELETE", "/ticket-templates/{template_id}", permission=Permission.SET_UP_TICKETS)
    def remove(self, template_id: int) -> None:
        """Forget a template; tickets that began with it stay as they are."""
        desk = self._work.desk
        template = desk.ticket_templates.get(template_id)
        desk.ticket_templates.remove(template)
        desk.audit.set_up(_about(template), removed())
        desk.changed(TEMPLATE, 1)

    @operation("POST", "/ticket-templates/order", permission=Permission.SET_UP_TICKETS)
    def arrange(self, order: TemplateOrder) -> tuple[TemplateView, ...]:
        """Change the order in which the templates are offered."""
        desk, wanted = self._work.desk, order.template_ids
        names = {each.id: each.name for each in desk.ticket_templates.all()}
        if sorted(wanted) != sorted(names):
            raise Conflict(_OTHERS)
        if list(wanted) != list(names):
            desk.ticket_templates.arrange(wanted)
            was, now = ({"order": [names[id_] for id_ in ids]} for ids in (names, wanted))
            about = About("template", name="Ticket templates")
            desk.audit.set_up(about, changes_of(was, now, ("order",)))
            desk.changed(TEMPLATE, 1)
        return self.all()

    # --- how ----------------------------------------------------------------------------------

    def _require_sound(
        self,
        wanted: TemplateSettings,
        others: Iterable[TicketTemplate],
        *,
        was: TemplateView | None = None,
    ) -> None:
        """Raise where something cannot be kept; a category that it had already may stay."""
        name = folded(wanted.name)
        if any(folded(each.name) == name for each in others):
            raise Invalid(_TAKEN.format(name=wanted.name), field="name")
        for field in ("subject", "description"):
            if problem := problem_of(getattr(wanted, field)):
                raise Invalid(problem, field=field)
        kept = was.category_id if was else None
        if wanted.category_id is not None and wanted.category_id != kept:
            self._work.desk.categories.choose(wanted.category_id)

    def _saved(self, template: TicketTemplate) -> TemplateView:
        desk = self._work.desk
        desk.flush()
        # Not which one: some are for staff alone.
        desk.changed(TEMPLATE, 1)
        return view_of(template)

    def _told(self, view: TemplateView) -> dict[str, object]:
        """Return what the audit log tells of a template, by names."""
        names = {each.id: each.name for each in self._work.desk.categories.active()}
        category = names.get(view.category_id or 0, "")
        known = self._work.desk.custom_fields.all() if view.fields else ()
        kinds = {each.key: each.kind for each in known}
        named = self._named(view.fields, known)
        fields = [
            f"{each.key}: {_in_words(each.value, kinds.get(each.key), named)}"
            for each in view.fields
        ]
        return {**view.model_dump(), "priority": view.priority, "category": category,
                "fields": fields}  # fmt: skip

    def _named(
        self, values: Iterable[FieldValue], known: Iterable[CustomField]
    ) -> dict[str, Person]:
        """Return the people whom some values name, by their ids as text."""
        keys = {each.key for each in known if each.kind is FieldKind.USER}
        ids = {int(each.value) for each in values if each.key in keys and each.value.isdecimal()}
        found = self._work.desk.custom_fields.people(ids)
        return {str(id_): person for id_, person in found.items()}


def view_of(template: TicketTemplate) -> TemplateView:
    """Return a template as it is shown."""
    return TemplateView(
        id=template.id,
        name=template.name,
        subject=template.subject,
        description=template.description,
        category_id=template.category_id,
        priority=template.priority,
        tags=_tags.validate_json(template.tags),
        fields=_fields_of(template.fields),
        staff_only=template.staff_only,
        active=template.active,
        version=template.version,
    )


def columns_of(settings: TemplateSettings) -> dict[str, object]:
    """Return a template as its row keeps it."""
    return {
        **settings.model_dump(exclude={"tags", "fields", "version"}),
        "tags": _tags.dump_json(settings.tags).decode(),
        "fields": _fields.dump_json(settings.fields).decode(),
    }


def _for_requesters(
    view: TemplateView, kinds: Mapping[str, FieldKind], hidden: Collection[str]
) -> TemplateView:
    """Leave out of a template what is the staff's: tags, fields not known, and hidden people."""
    fields = tuple(
        each
        for each in view.fields
        if each.key in kinds and not (kinds[each.key] is FieldKind.USER and each.value in hidden)
    )
    return view.model_copy(update={"tags": (), "fields": fields})


def _fields_of(kept: str) -> tuple[FieldValue, ...]:
    try:
        return _fields.validate_json(kept)
    except ValidationError:  # kept by a newer program
        return ()


def _in_words(value: str, kind: FieldKind | None, named: Mapping[str, Person]) -> str:
    return named[value].full_name if kind is FieldKind.USER and value in named else value


def _about(template: TicketTemplate) -> About:
    return About("template", template.id, template.name)
