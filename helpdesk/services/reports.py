# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: worked out for a period, written out as lines, and sent by schedule."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.reports import (
    LinesPage,
    LinesQuery,
    Report,
    ReportRequest,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.services.work import Work


class Reports:
    """The reports of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST", "/reports", permission=Permission.SEE_OWN_FIGURES, transaction=Transaction.READ
    )
    def make(self, request: ReportRequest) -> Report:
        """Work out a report; who may not see all figures gets one of their own tickets."""
        raise NotImplementedError

    @operation(
        "POST",
        "/reports/lines",
        permission=Permission.SEE_ALL_TICKETS,
        transaction=Transaction.READ,
    )
    def lines(self, query: LinesQuery) -> LinesPage:
        """Return tickets as lines of a file, some at a time."""
        raise NotImplementedError

    @operation("GET", "/report-schedules", permission=Permission.SEE_FIGURES)
    def schedules(self) -> tuple[ScheduleView, ...]:
        """List the reports that are sent by themselves."""
        raise NotImplementedError

    @operation("POST", "/report-schedules", permission=Permission.SEE_FIGURES, creates=True)
    def schedule(self, new: ScheduleSettings) -> ScheduleView:
        """Send a report by itself from now on."""
        raise NotImplementedError

    @operation("PUT", "/report-schedules/{schedule_id}", permission=Permission.SEE_FIGURES)
    def change_schedule(self, schedule_id: int, change: ScheduleChange) -> ScheduleView:
        """Change when and what is sent, and to whom."""
        raise NotImplementedError

    @operation("DELETE", "/report-schedules/{schedule_id}", permission=Permission.SEE_FIGURES)
    def unschedule(self, schedule_id: int) -> None:
        """Send a report no more."""
        raise NotImplementedError
