# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports by schedule: to whom they may go, when they are due, and that each arrives once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, NoReturn

import pytest
from pydantic import ValidationError
from pypdf import PdfReader
from sqlalchemy import func, select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.exports import report_file
from helpdesk.core.errors import Busy, Conflict, Invalid, NotFound
from helpdesk.core.schemas.figures import Period, Scope, Span
from helpdesk.core.schemas.notifications import DeliveryQuery, DeliveryState
from helpdesk.core.schemas.reports import (
    FileFormat,
    ReportKind,
    ReportRequest,
    Rhythm,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.core.schemas.users import Role, UserChange
from helpdesk.database.types import NEVER
from helpdesk.jobs import reports as reports_job
from helpdesk.jobs.housekeeping import forget_notifications
from helpdesk.jobs.runner import JobRunner
from helpdesk.jobs.schedule import jobs_of
from helpdesk.models import OutboxFile, ReportSchedule
from helpdesk.services import report_sending
from helpdesk.services.delivering import Delivering
from helpdesk.services.report_making import ReportMaking
from helpdesk.services.report_schedules import settings_of
from helpdesk.services.report_sending import ReportSending
from helpdesk.services.report_times import next_due
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.outboxes import use_mail
from tests.smtp_server import MailServer, Step, mail_server

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
ALICE, ERIN, BOB, FRANK, CHARLIE, DANA = range(1, 7)
WEEK = timedelta(days=7)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def desk(embedded: EmbeddedDesk, server: MailServer) -> EmbeddedDesk:
    use_mail(embedded.database, server.port)
    return embedded


def settings(**more: object) -> ScheduleSettings:
    values: dict[str, object] = {
        "name": "Weekly",
        "report": ReportRequest(kind=ReportKind.SUMMARY, span=Span(period=Period.LAST_7_DAYS)),
        "weekday": 1,
        "time_zone": "Europe/Berlin",
        "recipient_ids": (CHARLIE, DANA),
    }
    return ScheduleSettings(**values | more)


def run(desk: EmbeddedDesk, clock: SettableClock) -> int:
    """Do what the jobs do at a moment: make what is due, and send what waits."""
    written = reports_job.send_reports(desk, clock())
    Delivering(desk.database, desk.settings, clock()).run()
    return written


def files_in(desk: EmbeddedDesk) -> int:
    with desk.database.reading() as session:
        return session.execute(select(func.count(OutboxFile.id))).scalar_one()


def attached(mail: EmailMessage) -> tuple[str, str, bytes]:
    (part,) = mail.iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename() or "", part.get_content_type(), content


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def change_of(view: ScheduleView, **more: object) -> ScheduleChange:
    return ScheduleChange(**view.settings.model_dump() | more, version=view.version)


# --- setting up -----------------------------------------------------------------------------------


@pytest.mark.parametrize("recipient", [BOB, ALICE, 99])
def test_only_who_may_see_the_figures_gets_them(sign_in: SignIn, recipient: int):
    with pytest.raises(Invalid) as caught:
        sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE, recipient)))
    assert caught.value.field == "recipient_ids"
    assert sign_in("charlie").reports.schedules() == ()


def test_a_manager_without_an_address_gets_none(sign_in: SignIn):
    dana = sign_in("dana")
    user = dana.users.named("charlie")
    dana.users.change(CHARLIE, UserChange(email=None, version=user.version))
    with pytest.raises(Invalid, match="Charlie Hart"):
        dana.reports.schedule(settings())


@pytest.mark.usefixtures("desk")
def test_it_is_changed_by_who_saw_the_last_change_and_belongs_to_them(sign_in: SignIn):
    charlie, dana = sign_in("charlie"), sign_in("dana")
    made = charlie.reports.schedule(settings())
    # Tuesday at eight in Berlin, from a Monday on.
    assert made.next_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert (made.owner, made.version, made.problem) == ("Charlie Hart", 1, "")
    changed = dana.reports.change_schedule(made.id, change_of(made, active=False))
    assert (changed.owner, changed.next_at) == ("Dana Whitfield", None)
    with pytest.raises(Conflict) as caught:
        charlie.reports.change_schedule(made.id, change_of(made))
    assert caught.value.current == changed
    assert charlie.reports.schedules() == (changed,)
    charlie.reports.unschedule(made.id)
    with pytest.raises(NotFound):
        charlie.reports.unschedule(made.id)


def test_fixed_days_and_unknown_zones_are_refused(sign_in: SignIn):
    fixed = Span(period=Period.CUSTOM, first="2026-01-01", last="2026-01-31")
    with pytest.raises(ValidationError):
        settings(report=ReportRequest(kind=ReportKind.SLA, span=fixed))
    with pytest.raises(Invalid, match="time zone"):
        sign_in("charlie").reports.schedule(settings(time_zone="Europe/Atlantis"))


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "after", "due"),
    [
        ({"rhythm": Rhythm.DAILY}, "2026-11-23T06:59", "2026-11-23T07:00"),
        ({"rhythm": Rhythm.DAILY}, "2026-11-23T07:00", "2026-11-24T07:00"),
        ({"weekday": 6}, "2026-11-23T07:00", "2026-11-29T07:00"),
        ({"rhythm": Rhythm.MONTHLY, "day": 31}, "2026-11-23T07:00", "2026-11-30T07:00"),
        ({"rhythm": Rhythm.MONTHLY, "day": 31}, "2026-11-30T07:00", "2026-12-31T07:00"),
        ({"rhythm": Rhythm.MONTHLY, "day": 30}, "2027-02-01T00:00", "2027-02-28T07:00"),
        # Half past two is skipped on one Sunday, and there twice on another.
        ({"rhythm": Rhythm.DAILY, "minute": 150}, "2027-03-27T12:00", "2027-03-28T01:00"),
        ({"rhythm": Rhythm.DAILY, "minute": 150}, "2027-03-28T01:00", "2027-03-29T00:30"),
        ({"rhythm": Rhythm.DAILY, "minute": 150}, "2026-10-24T12:00", "2026-10-25T00:30"),
        ({"rhythm": Rhythm.DAILY, "minute": 150}, "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_it_is_due_by_the_clock_on_the_wall(rhythm: dict[str, object], after: str, due: str):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_due(settings(**rhythm), moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


# --- sending --------------------------------------------------------------------------------------


@pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
def test_it_arrives_once_with_its_file_whole(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn
):
    made = sign_in("charlie").reports.schedule(settings(name="Weekly – Übersicht"))
    assert run(desk, clock) == 0
    assert server.received == []
    clock.now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert reports_job.send_reports(desk, clock()) == 2
    assert files_in(desk) == 1, "one for all who get it"
    assert run(desk, clock) == 0
    assert sorted(to for each in server.received for to in each.to) == [
        "charlie@corp.example",
        "dana@corp.example",
    ]
    for received in server.received:
        mail = received.message
        assert mail.get_content_type() == "multipart/mixed"
        assert mail["Subject"] == "Weekly – Übersicht: Summary, 2026-11-18 – 2026-11-24"
        assert "Charlie Hart has set up that you get “Weekly – Übersicht” weekly." in text_of(mail)
        name, kind, data = attached(mail)
        assert (name, kind) == ("summary-2026-11-18-2026-11-24.pdf", "application/pdf")
        pages = PdfReader(io.BytesIO(data)).pages
        assert "Charlie Hart" in pages[0].extract_text()
    assert files_in(desk) == 0, "what has arrived is not kept"
    (view,) = sign_in("charlie").reports.schedules()
    assert (view.last_at, view.next_at) == (clock(), clock() + WEEK)
    deliveries = sign_in("dana").channels.deliveries(DeliveryQuery())
    assert [each.state for each in deliveries.items] == [DeliveryState.SENT] * 2
    assert made.version == view.version


def test_weeks_in_which_nothing_ran_are_one_report(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn
):
    sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE,), format=FileFormat.CSV))
    clock.now = datetime(2026, 12, 23, 12, 0, tzinfo=UTC)
    assert [run(desk, clock), run(desk, clock)] == [1, 0]
    name, kind, data = attached(server.received[0].message)
    assert (name, kind) == ("summary-2026-12-17-2026-12-23.csv", "text/csv")
    assert data.startswith(b"\xef\xbb\xbfReport,Summary\r\n")
    (view,) = sign_in("charlie").reports.schedules()
    assert view.next_at == datetime(2026, 12, 29, 7, 0, tzinfo=UTC)


def test_two_processes_send_it_once(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn, monkeypatch
):
    sign_in("charlie").reports.schedule(settings())
    clock.forward(days=1)
    made = report_file

    def meanwhile(*arguments):
        monkeypatch.setattr(reports_job, "report_file", made)
        assert reports_job.send_reports(desk, clock()) == 2
        return made(*arguments)

    monkeypatch.setattr(reports_job, "report_file", meanwhile)
    assert run(desk, clock) == 0
    assert len(server.received) == 2


def test_an_owner_who_left_sends_nothing_and_is_told_of(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn
):
    made = sign_in("charlie").reports.schedule(settings(recipient_ids=(DANA,)))
    charlie = sign_in("dana").users.named("charlie")
    sign_in("dana").users.change(CHARLIE, UserChange(role=Role.TECHNICIAN, version=charlie.version))
    clock.forward(days=1)
    assert run(desk, clock) == 0
    (view,) = sign_in("dana").reports.schedules()
    assert "change it to own it" in view.problem
    assert (view.last_at, view.next_at) == (None, (made.next_at or clock()) + WEEK)
    sign_in("dana").reports.change_schedule(view.id, change_of(view))
    clock.forward(days=7)
    assert run(desk, clock) == 1
    assert sign_in("dana").reports.schedules()[0].problem == ""


def test_who_may_see_the_figures_no_more_gets_nothing_that_waits(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn
):
    sign_in("dana").reports.schedule(settings(recipient_ids=(CHARLIE, DANA)))
    clock.forward(days=1)
    assert reports_job.send_reports(desk, clock()) == 2
    charlie = sign_in("dana").users.named("charlie")
    sign_in("dana").users.change(CHARLIE, UserChange(role=Role.TECHNICIAN, version=charlie.version))
    Delivering(desk.database, desk.settings, clock()).run()
    assert [each.to for each in server.received] == [("dana@corp.example",)]
    # What will not be sent is forgotten with its file.
    assert files_in(desk) == 1
    clock.forward(days=40)
    assert forget_notifications(desk, clock()) == 2
    assert files_in(desk) == 0


def test_a_server_that_is_busy_gets_the_file_later(
    desk: EmbeddedDesk, server: MailServer, clock: SettableClock, sign_in: SignIn
):
    def busy_once(step: Step) -> str | None:
        return "451 later" if step.command == "DATA" and not step.before else None

    sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE,)))
    clock.forward(days=1)
    server.play = busy_once
    run(desk, clock)
    assert (server.received, files_in(desk)) == ([], 1)
    clock.forward(hours=1)
    run(desk, clock)
    assert attached(server.received[0].message)[2].startswith(b"%PDF-")


def test_mail_that_is_off_and_files_that_are_too_large_are_told_of(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn, monkeypatch, server
):
    sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE,)))
    clock.forward(days=1)
    assert run(embedded, clock) == 0
    assert "sends no mail" in sign_in("charlie").reports.schedules()[0].problem
    use_mail(embedded.database, server.port)
    monkeypatch.setattr("helpdesk.services.report_sending.MOST_BYTES", 100)
    clock.forward(days=7)
    assert run(embedded, clock) == 0
    assert "choose fewer days" in sign_in("charlie").reports.schedules()[0].problem


def test_a_bug_in_one_report_is_told_of_and_stops_no_other(
    desk: EmbeddedDesk,
    server: MailServer,
    clock: SettableClock,
    sign_in: SignIn,
    monkeypatch,
    caplog,
):
    for kind in (ReportKind.SLA, ReportKind.AGEING):
        sign_in("charlie").reports.schedule(
            settings(recipient_ids=(CHARLIE,), report=ReportRequest(kind=kind, scope=Scope()))
        )
    made = report_file

    def failing(report, kind):
        if report.kind is ReportKind.SLA:
            raise ZeroDivisionError
        return made(report, kind)

    monkeypatch.setattr(reports_job, "report_file", failing)
    clock.forward(days=1)
    assert [run(desk, clock), run(desk, clock)] == [1, 0]
    assert [bool(each.problem) for each in sign_in("charlie").reports.schedules()] == [True, False]
    assert "cannot be sent" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("x"), Invalid("That team is gone; choose again.")])
@pytest.mark.parametrize("step", [(ReportMaking, "report"), (ReportSending, "_put_out")])
def test_what_fails_is_tried_once_and_keeps_no_other_waiting(
    desk: EmbeddedDesk,
    clock: SettableClock,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[type, str],
    error: Exception,
):
    """As many fail as are taken at once, and the last one is sent all the same."""
    owner, name = step
    for kind in (ReportKind.SLA, ReportKind.SLA, ReportKind.AGEING):
        sign_in("charlie").reports.schedule(
            settings(recipient_ids=(CHARLIE,), report=ReportRequest(kind=kind, scope=Scope()))
        )
    usual = getattr(owner, name)

    def failing(made: Any, *arguments: Any) -> object:
        request = settings_of(arguments[0]).report if arguments else vars(made)["_request"]
        if request.kind is ReportKind.SLA:
            raise error
        return usual(made, *arguments)

    monkeypatch.setattr(report_sending, "AT_ONCE", 2)
    monkeypatch.setattr(owner, name, failing)
    clock.forward(days=1)
    assert [reports_job.send_reports(desk, clock()) for _ in range(3)] == [0, 1, 0]
    views = sign_in("charlie").reports.schedules()
    told = str(error) if isinstance(error, Invalid) else "a bug in the program (RuntimeError)"
    assert [told in each.problem for each in views] == [True, True, False]
    assert len({each.next_at for each in views}) == 1


def test_settings_that_cannot_be_read_are_not_tried_for_ever(
    desk: EmbeddedDesk, clock: SettableClock, sign_in: SignIn
):
    for _ in range(2):
        sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE,)))
    with desk.database.writing() as session:
        session.execute(update(ReportSchedule).where(ReportSchedule.id == 1).values(settings="{}"))
    clock.forward(days=1)
    assert [reports_job.send_reports(desk, clock()) for _ in range(2)] == [1, 0]
    with desk.database.reading() as session:
        broken = session.get_one(ReportSchedule, 1)
        assert (broken.next_at, "ValidationError" in broken.problem) == (NEVER, True)


def test_one_that_cannot_be_read_is_listed_beside_the_others_and_mended(
    desk: EmbeddedDesk, sign_in: SignIn
):
    reports = sign_in("charlie").reports
    for name in ("First", "Second"):
        reports.schedule(settings(name=name))
    with desk.database.writing() as session:
        session.execute(update(ReportSchedule).where(ReportSchedule.id == 1).values(settings="{}"))
    broken, whole = reports.schedules()
    assert (whole.settings.name, whole.problem) == ("Second", "")
    assert "cannot be read" in broken.problem
    reports.change_schedule(broken.id, change_of(broken, name="Mended"))
    assert [each.settings.name for each in reports.schedules()] == ["Mended", "Second"]
    assert [each.problem for each in reports.schedules()] == ["", ""]
    with desk.database.writing() as session:
        session.execute(update(ReportSchedule).where(ReportSchedule.id == 1).values(settings="{}"))
    reports.unschedule(broken.id)
    assert [each.settings.name for each in reports.schedules()] == ["Second"]


def test_what_is_over_in_a_minute_is_tried_again(
    desk: EmbeddedDesk, clock: SettableClock, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    sign_in("charlie").reports.schedule(settings(recipient_ids=(CHARLIE,)))

    def busy(*_: object) -> NoReturn:
        raise Busy("The desk is busy; try again.")

    clock.forward(days=1)
    with monkeypatch.context() as held:
        held.setattr(ReportSending, "_put_out", busy)
        assert reports_job.send_reports(desk, clock()) == 0
    assert sign_in("charlie").reports.schedules()[0].problem == ""
    assert reports_job.send_reports(desk, clock()) == 1


def test_the_job_waits_for_what_is_due(desk: EmbeddedDesk, clock: SettableClock, sign_in: SignIn):
    job = [each for each in jobs_of(desk) if each.name == "reports"]
    runner = JobRunner(desk, clock=clock, jobs=job)
    sign_in("charlie").reports.schedule(settings())
    assert list(runner.run_due()) == []
    clock.forward(days=1)
    assert [outcome.text for outcome in runner.run_due()] == ["2 written"]
