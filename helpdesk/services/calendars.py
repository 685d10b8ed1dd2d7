# SPDX-License-Identifier: GPL-3.0-or-later
"""Business hours and holidays, as admins set them."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarPreview,
    CalendarPreviewAsk,
    CalendarSettings,
    CalendarView,
    HolidayCountry,
)
from helpdesk.services.work import Work


class Calendars:
    """When the desk and its teams work."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/calendars", permission=Permission.SEE_RULES)
    def all(self) -> tuple[CalendarView, ...]:
        """List the calendars with their business hours and holidays."""
        raise NotImplementedError

    @operation("GET", "/calendars/countries", permission=Permission.SEE_RULES)
    def countries(self) -> tuple[HolidayCountry, ...]:
        """List the countries whose public holidays are known."""
        raise NotImplementedError

    @operation("POST", "/calendars", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: CalendarSettings) -> CalendarView:
        """Add a calendar."""
        raise NotImplementedError

    @operation("PUT", "/calendars/{calendar_id}", permission=Permission.SET_UP_RULES)
    def change(self, calendar_id: int, change: CalendarChange) -> CalendarView:
        """Change a calendar from now on; what was counted before stays counted as it was."""
        raise NotImplementedError

    @operation("DELETE", "/calendars/{calendar_id}", permission=Permission.SET_UP_RULES)
    def remove(self, calendar_id: int) -> None:
        """Remove a calendar that neither a policy nor a team uses."""
        raise NotImplementedError

    @operation("POST", "/calendars/{calendar_id}/default", permission=Permission.SET_UP_RULES)
    def make_default(self, calendar_id: int) -> CalendarView:
        """Let new policies use this calendar."""
        raise NotImplementedError

    @operation(
        "POST",
        "/calendars/preview",
        permission=Permission.SEE_RULES,
        transaction=Transaction.READ,
    )
    def preview(self, ask: CalendarPreviewAsk) -> CalendarPreview:
        """Show which minutes of some days would count, and why others would not."""
        raise NotImplementedError

    @operation(
        "POST",
        "/calendars/{calendar_id}/feeds",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.STEPWISE,
    )
    def read_feeds(self, calendar_id: int) -> CalendarView:
        """Read the subscribed holidays of a calendar at once."""
        raise NotImplementedError
