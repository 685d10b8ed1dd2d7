# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of a desk's own: how they are set up, and what they hold on a ticket."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from helpdesk.core.custom_fields import MOST_OPTIONS, option_fault
from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.sla import Name
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import ChosenIds, FieldValue
from helpdesk.core.text import Line

FieldKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""What a field is known by to programs and in the search, for good."""
MOST_FIELDS = 100


class FieldSettings(Request):
    """How a field is asked for; without categories it is asked for in all of them."""

    name: Name
    help: Line = ""
    options: Annotated[tuple[Line, ...], Field(max_length=MOST_OPTIONS)] = ()
    category_ids: ChosenIds = ()
    required: bool = False
    staff_only: bool = False


class NewField(FieldSettings):
    """A field to add, behind the others."""

    key: FieldKey
    kind: FieldKind

    @model_validator(mode="after")
    def _has_options(self) -> NewField:
        _require_options(self.kind, self.options)
        return self


class FieldChange(FieldSettings):
    """The new settings of a field, whole; another kind only where no ticket has a value."""

    kind: FieldKind
    active: bool = True
    version: int

    @model_validator(mode="after")
    def _has_options(self) -> FieldChange:
        _require_options(self.kind, self.options)
        return self


class FieldOrder(Request):
    """All fields, those that are switched off too, in the order in which they are asked for."""

    field_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_FIELDS)]


class FieldView(Result):
    """A field as it is set up."""

    id: int
    key: str
    name: str
    help: str
    kind: FieldKind
    options: tuple[str, ...]
    category_ids: tuple[int, ...]
    required: bool
    staff_only: bool
    position: int
    active: bool
    version: int

    def applies_to(self, category_id: int | None) -> bool:
        """Return whether it is asked for in a category."""
        return self.active and (not self.category_ids or category_id in self.category_ids)


class FieldSetUp(FieldView):
    """A field as who sets it up sees it."""

    tickets: int
    """How many tickets have a value, up to a limit."""


class FieldsChange(Request):
    """What to change of a ticket's fields; those that are not named stay, an empty one goes."""

    fields: Annotated[tuple[FieldValue, ...], Field(min_length=1, max_length=100)]
    version: int


class FieldPerson(Result):
    """Somebody who can be named in a field."""

    id: int
    full_name: str


def _require_options(kind: FieldKind, options: tuple[str, ...]) -> None:
    if fault := option_fault(kind, options):
        raise ValueError(fault)
