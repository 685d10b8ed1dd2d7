# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates for tickets: what a new one can begin with."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from helpdesk.core.schemas.base import Id, Priority, Request, Result
from helpdesk.core.schemas.sla import Name
from helpdesk.core.schemas.tickets import FieldValue, Tags
from helpdesk.core.text import Body, Subject

LONGEST_TEMPLATE = 20_000
MOST_TEMPLATES = 200


def _of_reasonable_length(text: str) -> str:
    if len(text) > LONGEST_TEMPLATE:
        raise ValueError(f"A template may have at most {LONGEST_TEMPLATE:,} characters.")
    return text


class TemplateSettings(Request):
    """A template; variables such as ``{{ today }}`` may stand in subject and description."""

    name: Name
    subject: Subject = ""
    description: Annotated[Body, AfterValidator(_of_reasonable_length)] = ""
    category_id: Id | None = None
    priority: Priority = Priority.MEDIUM
    tags: Tags = ()
    """Set where staff open the ticket: nobody else sets tags."""
    fields: tuple[FieldValue, ...] = Field(default=(), max_length=100)
    staff_only: bool = False
    """Whether it is hidden from people who only submit tickets of their own."""
    active: bool = True

    @model_validator(mode="after")
    def _says_something(self) -> TemplateSettings:
        if not self.subject and not self.description:
            raise ValueError("Write the subject or the description that tickets begin with.")
        return self


class TemplateChange(TemplateSettings):
    """The new settings of a template, whole."""

    version: int


class TemplateOrder(Request):
    """All templates in the order in which they are offered."""

    template_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_TEMPLATES)]


class TemplateView(Result):
    """A template as it is kept."""

    id: int
    name: str
    subject: str
    description: str
    category_id: int | None
    priority: Priority
    tags: tuple[str, ...]
    fields: tuple[FieldValue, ...]
    staff_only: bool
    active: bool
    version: int
