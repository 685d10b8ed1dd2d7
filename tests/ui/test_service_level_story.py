# SPDX-License-Identifier: GPL-3.0-or-later
"""A service level is made in the window; a ticket warns, is late, escalates; all hear it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from PyQt5.QtWidgets import QApplication

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentState, TicketClock
from helpdesk.core.schemas.notifications import MailChange, MailSecurity, NotificationQuery
from helpdesk.core.schemas.sla import CalendarSettings, OwnHoliday, Slot
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketView,
)
from helpdesk.jobs.runner import JobRunner
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.settings.policies.section import PoliciesSection
from helpdesk.ui.tickets.clock.card import ClockCard
from helpdesk.ui.tickets.clock.clock_row import ClockRow
from helpdesk.ui.tickets.clock.minutes_dialog import MinutesDialog
from tests.conftest import SettableClock
from tests.smtp_server import MailServer, mail_server
from tests.ui.seats import Seat, button, click

OFFICE = CalendarSettings(
    name="Office",
    time_zone="Europe/Berlin",
    slots=tuple(
        slot
        for day in range(5)
        for slot in (Slot(day=day, begin=540, end=720), Slot(day=day, begin=780, end=1020))
    ),
    holidays=(OwnHoliday(day="2026-11-24", name="Founders' day"),),
)


@pytest.fixture
def mails(embedded: EmbeddedDesk) -> Iterator[MailServer]:
    """Return the mail server that the desk sends by."""
    with mail_server() as server:
        embedded.as_system().channels.change_mail(
            MailChange(
                enabled=True,
                host="127.0.0.1",
                port=server.port,
                security=MailSecurity.NONE,
                sender="desk@corp.example",
            )
        )
        yield server


@pytest.fixture
def work(embedded: EmbeddedDesk, clock: SettableClock) -> Callable[[datetime], None]:
    """Return a function that moves the clock step by step, and lets the jobs run."""

    def run() -> None:
        outcomes = JobRunner(embedded, clock=clock).run_due()
        assert [each.text for each in outcomes if each.is_failure] == []

    def until(moment: datetime) -> None:
        while clock.now < moment:
            clock.now = min(clock.now + timedelta(minutes=15), moment)
            run()
        # What the last run has put into the outbox leaves with the next.
        clock.forward(seconds=30)
        run()

    return until


def window_of(seat: Seat) -> MainWindow:
    window = MainWindow(seat.desktop)
    seat.show(window, 1440, 900)
    return window


def make_policy(seat: Seat, window: MainWindow, qtbot: Any) -> None:
    """Make a service level as an admin does."""
    tab: Any = window.open_tab("settings")
    tab.open_section("service-levels")
    seat.settle()
    section: PoliciesSection = tab.section
    click(qtbot, section.add_button)
    form = section.policy_form
    qtbot.keyClicks(form.name, "Gold")
    form.calendar.setCurrentText("Office")
    for priority in (Priority.URGENT, Priority.HIGH):
        for field, words in (("first_response", "1 h"), ("resolution", "4 h")):
            cell = form.targets.cells[priority, field]
            cell.setFocus()
            qtbot.keyClicks(cell, words)
    click(qtbot, section.save_bar.save_button)
    seat.settle()


def told(sign_in: Any, who: str) -> Counter[str]:
    """Return how often somebody was told of what in the window."""
    page = sign_in(who).notifications.search(NotificationQuery(limit=200))
    return Counter(each.happening.value for each in page.items)


def mailed(server: MailServer, who: str) -> list[str]:
    """Return the subjects of what somebody got by mail."""
    address = f"{who}@corp.example"
    return [str(each.message["Subject"]) for each in server.received if address in each.to]


def test_a_ticket_warns_is_late_and_escalates(
    seated, embedded: EmbeddedDesk, clock: SettableClock, mails, work, sign_in, qtbot
):
    embedded.as_system().calendars.add(OFFICE)
    work(clock.now + timedelta(minutes=5))  # the desk gets its first rules
    dana = seated("dana")
    make_policy(dana, window_of(dana), qtbot)

    # Monday, 10:05 in Berlin: alice asks, bob answers at once and waits for her for an hour.
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject="The scanner hangs", priority=Priority.HIGH))
    desk = sign_in("bob")
    ticket = desk.tickets.take(ticket.id, ticket.version)
    ticket = desk.tickets.comment(
        ticket.id, NewComment(body="Which one?", status=Status.AWAITING_CUSTOMER)
    )
    assert ticket.resolution_due is None, "nothing is due while it waits for her"
    work(clock.now + timedelta(hours=1))
    alice.tickets.comment(ticket.id, NewComment(body="The one in the basement."))
    begun = clock.now
    # A little after 11:05: four hours of work are left, less lunch: 16:05, today.
    ticket = desk.tickets.view(ticket.id)
    assert ticket.resolution_due == begun + timedelta(hours=5)

    work(begun + timedelta(hours=4, minutes=30))
    assert told(sign_in, "bob")["due_soon"] == 1
    assert told(sign_in, "charlie")["overdue"] == 0

    # It is late: the leaders hear of it, once each, on both channels.
    work(begun + timedelta(hours=5, minutes=10))
    view = desk.tickets.view(ticket.id)
    assert view.clock is not None
    assert view.clock.is_late
    for leader in ("charlie", "dana"):
        assert told(sign_in, leader)["overdue"] == 1
        about = [each for each in mailed(mails, leader) if ticket.number in each]
        assert len(about) == sum(told(sign_in, leader).values())

    # Four hours later it escalates, and nothing of before is said again.
    work(begun + timedelta(hours=9, minutes=10))
    view = desk.tickets.view(ticket.id)
    assert view.priority is Priority.URGENT
    assert view.clock is not None
    assert view.clock.escalation_level > 0
    settled = told(sign_in, "charlie"), len(mails.received)
    work(begun + timedelta(hours=12))
    assert (told(sign_in, "charlie"), len(mails.received)) == settled, "once each"
    assert "ruled" in {event.kind for event in view.events}
    assert set(told(sign_in, "alice")) <= {"received", "answered", "updated", "solved"}
    assert max(mails.ids.values()) == 1, "each mail came once"

    _check_every_minute(desk.policies.clock(ticket.id), view, clock.now)
    bob = seated("bob")
    _look_at_bar(bob, window_of(bob), ticket.id, qtbot)


def _look_at_bar(bob: Seat, window: MainWindow, ticket_id: int, qtbot: Any) -> None:
    """Open the ticket, see that it is said to be late, and let every minute be told."""
    window.show_ticket(ticket_id)
    bob.settle()
    QApplication.processEvents()
    bob.settle()
    [card] = [each for each in window.findChildren(ClockCard) if each.told is not None]
    assert any("late" in row.words for row in card.findChildren(ClockRow))
    click(qtbot, button(card, "Every minute"))
    dialog = window.findChild(MinutesDialog)
    assert dialog is not None
    assert "Awaiting Customer Response" in dialog.as_text()
    assert "outside of Office" in dialog.as_text()
    dialog.close()


def _check_every_minute(told: TicketClock, ticket: TicketView, now: datetime) -> None:
    """See that the parts go without a gap from the beginning until now, and add up."""
    parts = told.segments
    assert told.is_whole
    assert parts[0].begin == ticket.created_at
    for part, following in pairwise(parts):
        assert part.end == following.begin
    assert parts[-1].end in (None, now)
    assert {SegmentState.COUNTED, SegmentState.PAUSED, SegmentState.OUT_OF_HOURS} <= {
        part.state for part in parts
    }
    resolution = next(each for each in told.clocks if each.kind is ClockKind.RESOLUTION)
    assert resolution.state is ClockState.RUNNING
    counted = sum(
        ((part.end or now) - part.begin).total_seconds()
        for part in parts
        if part.state is SegmentState.COUNTED
    )
    assert resolution.counted_seconds == counted
    assert all(part.why for part in parts if part.state is not SegmentState.COUNTED)
