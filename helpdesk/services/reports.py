# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: worked out for a period, written out as lines, and sent by schedule."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden
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
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.report_making import ReportMaking
from helpdesk.services.report_schedules import ReportSchedules
from helpdesk.services.work import Work

_NO_FIGURES = "Only staff can open the tickets behind a figure."


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
        return ReportMaking(self._work, request).report()

    @operation(
        "POST",
        "/reports/lines",
        permission=Permission.SEE_ALL_TICKETS,
        transaction=Transaction.READ,
    )
    def lines(self, query: LinesQuery) -> LinesPage:
        """Return tickets as lines of a file, some at a time, in the order of their opening."""
        asked = query.query
        if asked.behind is not None and not self._work.actor.may(Permission.SEE_OWN_FIGURES):
            raise Forbidden(_NO_FIGURES)
        walk = walk_of(self._work, asked.behind)
        return self._work.desk.tickets.lines(asked, walk, query.cursor)

    @operation("GET", "/report-schedules", permission=Permission.SEE_FIGURES)
    def schedules(self) -> tuple[ScheduleView, ...]:
        """List the reports that are sent by themselves."""
        return ReportSchedules(self._work).all()

    @operation("POST", "/report-schedules", permission=Permission.SEE_FIGURES, creates=True)
    def schedule(self, new: ScheduleSettings) -> ScheduleView:
        """Send a report by itself from now on."""
        return ReportSchedules(self._work).add(new)

    @operation("PUT", "/report-schedules/{schedule_id}", permission=Permission.SEE_FIGURES)
    def change_schedule(self, schedule_id: int, change: ScheduleChange) -> ScheduleView:
        """Change when and what is sent, and to whom."""
        return ReportSchedules(self._work).change(schedule_id, change)

    @operation("DELETE", "/report-schedules/{schedule_id}", permission=Permission.SEE_FIGURES)
    def unschedule(self, schedule_id: int) -> None:
        """Send a report no more."""
        ReportSchedules(self._work).remove(schedule_id)
