# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams: who works together, and who of them is there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Id, Moment, Request, Result
from helpdesk.core.schemas.sla import Name

MOST_MEMBERS = 500


class TeamSettings(Request):
    """A team. ``calendar_id`` says when its people are on duty; ``None`` is always."""

    name: Name
    calendar_id: Id | None = None
    member_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_MEMBERS)] = ()


class TeamChange(TeamSettings):
    """The new settings of a team, whole."""

    version: int


class TeamMember(Result):
    """Somebody in a team."""

    id: int
    full_name: str
    role: str
    open_tickets: int
    away_until: datetime | None
    on_duty: bool
    """Whether tickets may be given to them now: they are not away, and the team works."""


class TeamView(Result):
    """A team with its people."""

    id: int
    name: str
    calendar_id: int | None
    members: tuple[TeamMember, ...]
    open_tickets: int
    version: int


class Absence(Request):
    """Until when somebody is away; ``None`` is back."""

    until: Moment | None
