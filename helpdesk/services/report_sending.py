# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the reports that are due: made with what their owners may see, each due time once.

A report is made while reading, and becomes a file outside of any transaction. The messages, their
files and the next due time are then written together: who is killed before has sent nothing, and
who comes second finds that the due time has moved on. Times that were missed while nothing ran
are made up for by one report, not by many.
"""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.base import Id, Moment, Request, Result
from helpdesk.core.schemas.notifications import MailBody
from helpdesk.core.schemas.reports import FileFormat, Report
from helpdesk.database.types import NEVER
from helpdesk.models import ReportSchedule
from helpdesk.repositories.desk_changes import CHANNEL, REPORT
from helpdesk.repositories.report_schedules import Recipient, sees_figures
from helpdesk.services.audit_trail import About
from helpdesk.services.mail_setup import FACT
from helpdesk.services.outbox import Dispatch, Letter, mail_domain
from helpdesk.services.report_making import ReportMaking
from helpdesk.services.report_schedules import settings_of
from helpdesk.services.report_times import next_due
from helpdesk.services.work import Work

AT_ONCE = 20
MOST_BYTES = 10 * 1024 * 1024
"""No file is sent that is larger: few mail servers would take it."""

_OWNER_LEFT = "The owner is no longer active, or may not see all figures; change it to own it."
_NO_RECIPIENT = "None of the recipients may get it any more; choose others."
_MAIL_OFF = "The desk sends no mail at present; an admin can set it up."
_TOO_LARGE = "The file would be larger than mail servers take; choose fewer days."
_ATTACHED = "The report is attached as {format}. It is about {scope}, from {first} to {last}."
_WHY = "{owner} has set up that you get “{name}” {rhythm}."


class DueReport(Result):
    """A schedule at a due time."""

    schedule_id: int
    version: int
    due_at: datetime


class Prepared(DueReport):
    """What there is to send by a schedule at a due time, or the problem with it."""

    format: FileFormat
    report: Report | None
    problem: str = ""


class Sending(Request):
    """A report to send, as a file; ``problem`` says why it is not."""

    schedule_id: Id
    version: int
    due_at: Moment
    title: str = ""
    about: str = ""
    file_name: str = ""
    media_type: str = ""
    data: bytes = b""
    problem: str = ""


class ReportSending:
    """Steps of the job that sends reports; no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/reports/steps/due",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.READ,
    )
    def due(self) -> tuple[DueReport, ...]:
        """Return which schedules are due, the longest first."""
        due = self._work.desk.report_schedules.due(self._work.now, AT_ONCE)
        return tuple(DueReport(**each._asdict()) for each in due)

    @operation(
        "POST",
        "/reports/steps/make",
        permission=Permission.SET_UP_CHANNELS,
        transaction=Transaction.READ,
    )
    def make(self, schedule_id: int) -> Prepared:
        """Make the report of a schedule with what its owner may see at present."""
        schedule = self._work.desk.report_schedules.get(schedule_id)
        settings = settings_of(schedule)
        problem = self._problem(schedule)
        owner = None if problem else self._owner(schedule)
        report = None
        if owner is not None:
            report = ReportMaking(self._work.acting_as(owner), settings.report).report()
        return Prepared(
            schedule_id=schedule.id,
            version=schedule.version,
            due_at=schedule.next_at,
            format=settings.format,
            report=report,
            problem=problem,
        )

    @operation("POST", "/reports/steps/send", permission=Permission.SET_UP_CHANNELS)
    def send(self, sending: Sending) -> int:
        """Put a report into the outbox for each recipient, and return how many they are.

        Nothing happens where the schedule was changed, or its due time has moved on, meanwhile.
        """
        desk, now = self._work.desk, self._work.now
        schedule = desk.report_schedules.get(sending.schedule_id)
        if (schedule.version, schedule.next_at) != (sending.version, sending.due_at):
            return 0
        problem = sending.problem or self._problem(schedule)
        if not problem and len(sending.data) > MOST_BYTES:
            problem = _TOO_LARGE
        schedule.next_at = _due_again(schedule, now)
        schedule.problem = problem
        desk.changed(REPORT, schedule.id)
        if problem:
            return 0
        schedule.last_at = now
        return self._put_out(schedule, sending)

    def _put_out(self, schedule: ReportSchedule, sending: Sending) -> int:
        desk, now = self._work.desk, self._work.now
        settings, owner = settings_of(schedule), self._owner(schedule)
        why = _WHY.format(
            owner=owner.full_name if owner else "", name=settings.name, rhythm=settings.rhythm.value
        )
        recipients = self._recipients(schedule)
        dispatch = Dispatch(now, self._domain())
        rows = [
            dispatch.mail(
                Letter(
                    person_id=person.id,
                    subject=f"{settings.name}: {sending.title}",
                    body=MailBody(
                        title=sending.title,
                        lines=(sending.about,),
                        why=why,
                        to_name=person.full_name,
                    ),
                    at=now,
                    for_staff=True,
                )
            )
            for person in recipients
        ]
        sent_to = ", ".join(person.full_name for person in recipients)
        about = About("report_schedule", schedule.id, settings.name)
        desk.audit.add(AuditAction.EXPORTED, about, [("Sent to", "", sent_to)])
        desk.outbox.add(rows)
        keys = [row["key"] for row in rows]
        desk.outbox.attach(keys, sending.file_name, sending.media_type, sending.data)
        desk.changed(CHANNEL, 1)
        return len(rows)

    def _problem(self, schedule: ReportSchedule) -> str:
        """Return what keeps a report from being sent at present, if anything does."""
        if self._owner(schedule) is None:
            return _OWNER_LEFT
        if not self._recipients(schedule):
            return _NO_RECIPIENT
        return "" if self._domain() else _MAIL_OFF

    def _owner(self, schedule: ReportSchedule) -> Actor | None:
        owner = self._work.desk.users.identity(schedule.owner_id)
        if owner is None or not sees_figures(owner.role, active=owner.active):
            return None
        return Actor(schedule.owner_id, owner.username, owner.full_name, owner.role)

    def _recipients(self, schedule: ReportSchedule) -> list[Recipient]:
        people = self._work.desk.report_schedules.people(settings_of(schedule).recipient_ids)
        return [person for person in people if person.may_get_it]

    def _domain(self) -> str:
        return mail_domain(self._work.settings, self._work.desk.facts.get(FACT))


def sending_of(prepared: Prepared, data: bytes, media_type: str) -> Sending:
    """Return what is sent of a report that has become a file."""
    report = prepared.report
    if report is None:
        return not_sent(prepared, prepared.problem)
    return Sending(
        schedule_id=prepared.schedule_id,
        version=prepared.version,
        due_at=prepared.due_at,
        title=f"{report.title}, {report.first} – {report.last}",
        about=_ATTACHED.format(
            format=prepared.format.value.upper(), scope=report.scope_name, first=report.first,
            last=report.last,
        ),
        file_name=f"{report.kind.value}-{report.first}-{report.last}.{prepared.format.value}",
        media_type=media_type,
        data=data,
    )  # fmt: skip


def not_sent(due: DueReport, problem: str) -> Sending:
    """Return that nothing is sent at a due time, and why."""
    return Sending(
        schedule_id=due.schedule_id,
        version=due.version,
        due_at=due.due_at,
        problem=problem,
    )


def _due_again(schedule: ReportSchedule, now: datetime) -> datetime:
    try:
        return next_due(settings_of(schedule), max(now, schedule.next_at))
    except ValueError:
        # What cannot be read any more would be due for ever.
        return NEVER
