# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the desk: the cards of a dashboard, what is expected, and who can manage how much."""

from __future__ import annotations

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import Capacity, CardsQuery, CardsView, Outlook
from helpdesk.repositories.desk_changes import FIGURE, USER
from helpdesk.services.figure_cards import Cards
from helpdesk.services.figure_outlook import outlook_of
from helpdesk.services.figure_scope import today_of
from helpdesk.services.work import Work


class Figures:
    """What is counted and measured of tickets, read from sums by day."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/figures/cards",
        permission=Permission.SEE_OWN_FIGURES,
        transaction=Transaction.READ,
    )
    def cards(self, query: CardsQuery) -> CardsView:
        """Work out the cards of a dashboard, all of one moment.

        Who may not see all figures gets those of their own tickets, whatever is asked.
        """
        return Cards(self._work, query).view()

    @operation("GET", "/figures/outlook", permission=Permission.SEE_FIGURES)
    def outlook(self, team_id: int | None) -> Outlook:
        """Tell what is to be expected, of a team or of all: estimates, never counts."""
        if team_id is not None:
            self._work.desk.teams.get(team_id)
        return outlook_of(self._work, team_id, today_of(self._work).day)

    @operation("PUT", "/users/{user_id}/capacity", permission=Permission.ASSIGN_TICKET)
    def set_capacity(self, user_id: int, capacity: Capacity) -> None:
        """Set how many open tickets somebody of the staff can manage."""
        desk = self._work.desk
        user = desk.users.get(user_id)
        if not user.can_be_given_tickets:
            raise Invalid("Only people of the staff who work here are given tickets.")
        user.capacity = capacity.tickets
        desk.changed(USER, user.id)
        desk.changed(FIGURE, user.id)
