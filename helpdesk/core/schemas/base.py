# SPDX-License-Identifier: GPL-3.0-or-later
"""The two kinds of DTO: strict towards callers, lenient towards newer servers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

Id = Annotated[int, Field(ge=1, lt=2**63)]
"""What a row is known by; a larger number would not fit into any database."""


_FIRST_YEAR, _LAST_YEAR = 1970, 8999


def _in_range(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
"""A moment that can be stored, and read again, in whatever time zone it was named."""


IsoDay = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""A day of a calendar as text, '2026-12-24': without a time zone it is no moment."""


class Request(BaseModel):
    """What a caller sends: an unknown field is refused."""

    # A failed check must not repeat what was typed: it may be a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Result(BaseModel):
    """What an operation answers: a field this version does not know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Labelled(StrEnum):
    """A choice with a stable value for storage and a label for people."""

    @property
    def label(self) -> str:
        """The name people read, such as 'In Progress'."""
        return self.value.replace("_", " ").title()


class Priority(Labelled):
    """How soon a ticket must be solved."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"
