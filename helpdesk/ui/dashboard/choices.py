# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the desk a card can be limited to, read once for all dialogs."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Assignable, CategoryView


@dataclass(frozen=True)
class Choices:
    """The desk's teams, staff and categories."""

    teams: tuple[TeamView, ...] = ()
    people: tuple[Assignable, ...] = ()
    categories: tuple[CategoryView, ...] = ()


def read_choices(desk: HelpDesk) -> Choices:
    """Read them from the desk."""
    return Choices(
        tuple(desk.teams.all()),
        tuple(desk.tickets.assignable()),
        tuple(desk.tickets.categories()),
    )
