# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: worked out for a period, written out as lines, and sent by schedule."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.errors import Forbidden, TooManyAttempts
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditAction, AuditQuery, ExportKind
from helpdesk.core.schemas.reports import (
    FileNote,
    LinesPage,
    LinesQuery,
    Report,
    ReportRequest,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.services.audit_words import part_of
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.query_names import plain
from helpdesk.services.report_making import ReportMaking
from helpdesk.services.report_schedules import ReportSchedules
from helpdesk.services.work import Work

_MINUTE = timedelta(minutes=1)
_FILES_A_MINUTE = 20
_TOO_MANY_FILES = "That are too many files within a minute; wait for one, and try again."
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
        """Work out a report; who may not see all figures gets one of their own tickets.

        What becomes of it then no desk can know: it is entered as taken out.
        """
        report = ReportMaking(self._work, request).report()
        days = "" if report.is_of_now else f", {report.first} to {report.last}"
        part = f"{report.title} of {report.scope_name}{days}"
        self._work.desk.audit.taken_out(ExportKind.REPORT, part)
        return report

    @operation("POST", "/reports/files", permission=Permission.SEE_OWN_FIGURES)
    def note_file(self, note: FileNote) -> None:
        """Note that the caller's window writes figures that it shows into a file.

        It is the window's word, so it says no more than this. Raises ``TooManyAttempts`` for more
        of them than anybody writes.
        """
        work = self._work
        asked = AuditQuery(
            actions=(AuditAction.EXPORTED,),
            actor_id=work.actor.id,
            since=work.now - _MINUTE,
            limit=_FILES_A_MINUTE,
        )
        if len(work.desk.audit_log.page(asked).items) == _FILES_A_MINUTE:
            raise TooManyAttempts(_TOO_MANY_FILES)
        work.desk.audit.taken_out(ExportKind.REPORT, note.detail)

    @operation(
        "POST",
        "/reports/lines",
        permission=Permission.SEE_ALL_TICKETS,
        transaction=Transaction.READ,
    )
    def lines(self, query: LinesQuery) -> LinesPage:
        """Return tickets as lines of a file, some at a time, in the order of their opening.

        That they are taken out is entered with the first of them, or with any page of which the
        log does not tell yet.
        """
        asked = query.query
        if asked.behind is not None and not self._work.actor.may(Permission.SEE_OWN_FIGURES):
            raise Forbidden(_NO_FIGURES)
        if query.cursor is None:
            self._work.desk.audit.taken_out(ExportKind.TICKETS, part_of(asked))
        else:
            self._work.desk.audit.goes_on_out(ExportKind.TICKETS, part_of(asked), self._work.now)
        walk = walk_of(self._work, asked.behind)
        asked = plain(self._work, asked)
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
