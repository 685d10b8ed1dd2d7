# SPDX-License-Identifier: GPL-3.0-or-later
"""People see how the clocks of a ticket stand, and what every minute was counted for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QProgressBar

from helpdesk.core.errors import DeskError, Unreachable
from helpdesk.core.schemas.clocks import (
    ClockKind,
    ClockState,
    ClockView,
    RowClock,
    SegmentCause,
    SegmentState,
    SegmentView,
    TakenTime,
    TicketClock,
)
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.tickets.clock.card import ClockCard
from helpdesk.ui.tickets.clock.clock_row import ClockRow
from helpdesk.ui.tickets.clock.minutes_dialog import MinutesDialog
from helpdesk.ui.tickets.clock.spans import reading, stretches
from helpdesk.ui.tickets.clock.words import (
    clock_tip,
    counted_words,
    own_state_words,
    row_words,
    state_words,
)
from helpdesk.ui.tickets.properties import WIDTH
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.chip import Chip
from tests.ui.seats import Seat, button, named

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
BOB = PersonRef(id=2, full_name="Bob Tanaka")
HOUR = 3600


def at(hour: int, minute: int = 0) -> datetime:
    return NOW.replace(hour=hour, minute=minute)


def segment(begin, end, state, cause=SegmentCause.STATUS, actor=BOB, why="") -> SegmentView:
    return SegmentView(begin=begin, end=end, state=state, cause=cause, actor=actor, why=why)


SEGMENTS = (
    segment(at(8), at(9), SegmentState.OUT_OF_HOURS, SegmentCause.CREATED, why="New Year"),
    segment(at(9), at(12, 30), SegmentState.COUNTED, why="In Progress"),
    segment(at(12, 30), at(15), SegmentState.PAUSED, why="Awaiting Customer Response"),
    segment(at(15), None, SegmentState.COUNTED, SegmentCause.REOPENED, None),
)


def view_of(kind=ClockKind.RESOLUTION, **changes) -> ClockView:
    view = ClockView(
        kind=kind,
        state=ClockState.RUNNING,
        round=1,
        started_at=at(8),
        stopped_at=None,
        due=at(17, 30),
        target_seconds=6 * HOUR,
        counted_seconds=int(4.5 * HOUR),
        is_late=False,
    )
    return view.model_copy(update=changes)


FIRST = view_of(
    ClockKind.FIRST_RESPONSE,
    state=ClockState.MET,
    stopped_at=at(9, 40),
    target_seconds=4 * HOUR,
    counted_seconds=40 * 60,
)


def told(*clocks: ClockView, segments=SEGMENTS, ticket_id=1) -> TicketClock:
    return TicketClock(
        ticket_id=ticket_id,
        at=NOW,
        policy="Standard",
        calendar="Business hours",
        time_zone="Europe/Berlin",
        clocks=clocks or (FIRST, view_of()),
        segments=segments,
        is_whole=True,
        escalation_level=0,
    )


def test_long_words_of_a_clock_fit_into_the_column(qtbot):
    row = ClockRow()
    qtbot.addWidget(row)
    view = view_of()
    read = reading(view, told(view), NOW)
    assert view.due is not None
    row.show_clock(view, read, view.due - timedelta(minutes=read.minutes_left, hours=12))
    assert row.words.endswith(" of business hours left")
    assert row.minimumSizeHint().width() <= WIDTH - 40
    assert row.heightForWidth(WIDTH - 40) > row.heightForWidth(2 * WIDTH), "a second line"


def test_what_is_left_of_business_hours_is_called_so():
    view = view_of()
    read = reading(view, told(view), NOW)
    assert view.due is not None
    near = view.due - timedelta(minutes=read.minutes_left)
    assert counted_words(view, read, near) == "1 h 30 m left"
    night = near - timedelta(hours=12)
    assert counted_words(view, read, night) == "1 h 30 m of business hours left"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "1 h 30 m left"),
        ({"counted_seconds": 6 * HOUR - 20}, "1 m left"),
        ({"counted_seconds": 6 * HOUR + 20}, "due now"),
        ({"counted_seconds": 6 * HOUR + 35 * 60, "is_late": True}, "late by 35 m"),
        ({"state": ClockState.PAUSED, "due": None}, "paused, 1 h 30 m left"),
        ({"state": ClockState.MET}, "met after 4 h 30 m of 6 h"),
        ({"state": ClockState.MET, "counted_seconds": 30}, "met within a minute"),
        ({"state": ClockState.MISSED, "counted_seconds": 8 * HOUR}, "missed by 2 h"),
        ({"state": ClockState.CANCELLED}, "no longer due"),
        ({"state": ClockState.MERGED}, "merged"),
        (
            {"state": ClockState.MERGED, "counted_seconds": 7 * HOUR, "is_late": True},
            "merged, late by 1 h",
        ),
    ],
)
def test_how_a_clock_stands(changes, said):
    view = view_of(**changes)
    assert state_words(view, reading(view, told(view), NOW)) == said


@pytest.mark.parametrize(
    ("kind", "left", "said", "tone"),
    [
        (ClockKind.FIRST_RESPONSE, timedelta(minutes=24, seconds=30), "Reply in 25 m", "urgent"),
        (ClockKind.RESOLUTION, timedelta(minutes=130), "2 h 10 m", "high"),
        (ClockKind.NEXT_RESPONSE, timedelta(hours=7), "Reply in 7 h", "neutral"),
        (ClockKind.RESOLUTION, timedelta(hours=19, minutes=40), "20 h", "neutral"),
        (ClockKind.RESOLUTION, timedelta(days=3), "3 d", "neutral"),
        (ClockKind.RESOLUTION, -timedelta(minutes=35), "late 35 m", "urgent"),
        (ClockKind.NEXT_RESPONSE, -timedelta(minutes=5), "Reply late 5 m", "urgent"),
    ],
)
def test_a_row_counts_down(kind, left, said, tone):
    row = RowClock(kind=kind, due=NOW + left, is_paused=False, is_late=False, escalation_level=0)
    assert row_words(row, NOW) == (said, tone)
    is_late = left < timedelta(0)
    to_requester = "later than planned" if is_late else said.replace("Reply", "Answer")
    assert row_words(row, NOW, own=True) == (to_requester, "neutral")
    paused = row.model_copy(update={"is_paused": True, "due": None})
    assert row_words(paused, NOW) == ("paused", "warning")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "expected by Mon 17:30"),
        ({"is_late": True}, "later than planned"),
        ({"state": ClockState.PAUSED, "due": None}, "goes on after your reply"),
        ({"state": ClockState.MISSED, "stopped_at": at(15)}, "came Mon 15:00"),
        ({"state": ClockState.CANCELLED}, "not needed any more"),
    ],
)
def test_who_asked_hears_what_to_expect(changes, said):
    view = view_of(**changes)
    assert own_state_words(view, reading(view, told(view), NOW), NOW) == said


def test_a_running_clock_goes_on_without_asking_and_a_paused_one_does_not():
    later = NOW + timedelta(minutes=2)
    assert reading(view_of(), told(), later).counted_seconds == 4.5 * HOUR + 120
    paused = told(segments=SEGMENTS[:3])
    assert reading(view_of(), paused, later).counted_seconds == 4.5 * HOUR
    assert stretches(told(), later)[-1].end == later


# --- on a ticket --------------------------------------------------------------------------------


class TwinPolicies:
    """Tells the clock that a test gave it."""

    def __init__(self) -> None:
        self.told = told()
        self.fault: DeskError | None = None
        self.asked = 0

    def clock(self, ticket_id: int) -> TicketClock:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.told.model_copy(update={"ticket_id": ticket_id})


class TwinTickets:
    """The real tickets, measured by a service level."""

    def __init__(self, real) -> None:
        self._real = real
        self.row: RowClock | None = RowClock(
            kind=ClockKind.RESOLUTION,
            due=at(17, 30),
            is_paused=False,
            is_late=False,
            escalation_level=2,
        )

    def __getattr__(self, name: str):
        return getattr(self._real, name)

    def view(self, ticket_id: int) -> TicketView:
        view: TicketView = self._real.view(ticket_id)
        return view.model_copy(update={"clock": self.row})


@pytest.fixture
def bob(seated, clock, monkeypatch) -> Seat:
    clock.now = NOW
    seat: Seat = seated("bob")
    desk = seat.desktop.desk
    monkeypatch.setattr(desk, "policies", TwinPolicies())
    monkeypatch.setattr(desk, "tickets", TwinTickets(desk.tickets))
    return seat


@pytest.fixture
def pane(bob, sign_in) -> TicketPane:
    ticket = sign_in("alice").tickets.open(NewTicket(subject="It is late", description="Help"))
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    pane.open(ticket.id)
    bob.settle()
    return pane


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch) -> Iterator[None]:
    """Say all times as they are in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_clocks_stand_beside_the_ticket_in_place_of_its_due_times(pane, bob):
    card = pane.clock
    assert card.rows[ClockKind.FIRST_RESPONSE].words == "met after 40 m of 4 h"
    assert card.rows[ClockKind.RESOLUTION].words == "1 h 30 m left"
    assert card.rows[ClockKind.NEXT_RESPONSE].isHidden()
    assert "Due Mon 17:30" in card.rows[ClockKind.RESOLUTION].toolTip()
    assert card.legend.words == ["counted", "paused", "out of hours"]
    chips = [chip.text for chip in pane.findChildren(Chip) if chip.isVisible()]
    assert "Escalated, level 2" in chips
    assert not any(chip.endswith(" left") for chip in chips), "the plain due times are hidden"


def test_the_bar_is_walked_and_read_out(pane, qtbot):
    bar, card = pane.clock.bar, pane.clock
    bar.setFocus(Qt.TabFocusReason)
    assert card.words.startswith("Mon 15:00\N{EN DASH}16:00, counted"), "now comes first"
    qtbot.keyClick(bar, Qt.Key_Left)
    words = card.words.replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "Mon 12:30\N{EN DASH}15:00, paused 2 h 30 m: Awaiting Customer Response,"
        " since Bob Tanaka set the status"
    )
    assert bar.accessibleDescription() == words
    qtbot.keyClick(bar, Qt.Key_Home)
    assert "New Year" in card.words
    begin, width = bar.spans()[1]
    qtbot.mouseMove(bar, QPoint(int(begin + width / 2), bar.height() // 2))
    qtbot.waitUntil(lambda: "In Progress" in card.words)


def test_a_glance_later_time_has_gone_on_and_the_desk_was_not_asked(pane, bob, clock):
    policies = bob.desktop.desk.policies
    asked = policies.asked
    clock.now = NOW + timedelta(minutes=5)
    pane.clock.tick()
    assert pane.clock.rows[ClockKind.RESOLUTION].words == "1 h 25 m left"
    assert policies.asked == asked
    clock.now = NOW + timedelta(minutes=11)
    pane.clock.tick()
    bob.settle()
    assert policies.asked == asked + 1, "hours may have ended since"


def test_a_clock_that_cannot_be_read_is_said_and_tried_again(pane, bob, qtbot):
    policies = bob.desktop.desk.policies
    card = ClockCard(bob.desktop)
    bob.show(card, 240, 400)
    policies.fault = Unreachable("The server does not answer; try again.")
    card.show_ticket(pane.ticket)
    bob.settle()
    assert card.words == "The server does not answer; try again."
    policies.fault = None
    button(card, "Retry").click()
    bob.settle()
    assert card.rows[ClockKind.RESOLUTION].words == "1 h 30 m left"
    assert card.retry_button.isHidden()


def test_a_ticket_without_a_service_level_has_no_card(pane, bob):
    bob.desktop.desk.tickets.row = None
    asked = bob.desktop.desk.policies.asked
    pane.refresh()
    bob.settle()
    assert pane.clock.isHidden()
    assert bob.desktop.desk.policies.asked == asked


def test_every_minute_can_be_summed_up(pane, qtbot):
    pane.clock.minutes_button.click()
    dialog = pane.window().findChild(MinutesDialog)
    assert dialog is not None
    assert dialog.sum.text() == "Counted in all: 4 h 30 m"
    lines = dialog.as_text().splitlines()
    assert lines[3].split("\t") == [
        "Mon 23 Nov, 12:30",
        "Mon 23 Nov, 15:00",
        "paused",
        "",
        "Awaiting Customer Response",
        "Bob Tanaka set the status",
    ]
    dialog.which.set_key(0)
    assert dialog.sum.text() == "Counted in all: 40 m", "as the first response counted"
    assert "First response: 40 m of 4 h, met" in dialog.as_text()
    button(dialog, "Copy").click()
    assert QApplication.clipboard().text() == dialog.as_text()
    assert named(dialog, "Every stretch of time") is dialog.table
    dialog.accept()


def test_what_a_merged_ticket_promised_adds_up_by_its_own_time(qtbot):
    promised = (
        segment(at(6), at(10), SegmentState.COUNTED, SegmentCause.CREATED),
        segment(at(10), at(14), SegmentState.PAUSED),
        segment(at(14), None, SegmentState.COUNTED, SegmentCause.MERGED),
    )
    taken = TakenTime(ticket="HD-7", segments=promised)
    view = view_of(started_at=at(6), counted_seconds=6 * HOUR, target_seconds=8 * HOUR, taken=taken)
    merged = told(view, segments=(segment(at(12), None, SegmentState.PAUSED),))
    later = NOW + timedelta(minutes=30)
    assert state_words(view, reading(view, merged, later)) == "1 h 30 m left"
    assert "Promised on HD-7" in clock_tip(view, reading(view, merged, NOW), NOW)
    parent = QLabel()
    qtbot.addWidget(parent)
    dialog = MinutesDialog("HD-8", merged, NOW, parent, own=False)
    assert dialog.sum.text() == "Counted in all: 0 m"
    dialog.which.set_key(0)
    assert dialog.sum.text() == "Counted in all: 6 h"
    assert "Bob Tanaka merged it" in dialog.as_text()
    assert "Promised on HD-7, which was merged into this ticket." in dialog.as_text()
    assert own_state_words(view_of(state=ClockState.MERGED), reading(view, merged, NOW), NOW) == (
        "goes on in another ticket"
    )
    dialog.accept()


def test_requesters_see_no_targets_and_nothing_red(seated, sign_in, clock, monkeypatch):
    clock.now = NOW
    ticket = sign_in("alice").tickets.open(NewTicket(subject="It is late", description="Help"))
    alice = seated("alice")
    desk = alice.desktop.desk
    policies = TwinPolicies()
    late = view_of(due=at(15, 30), counted_seconds=7 * HOUR, is_late=True)
    policies.told = told(FIRST, late).model_copy(
        update={"policy": None, "calendar": "Around the clock"}
    )
    monkeypatch.setattr(desk, "policies", policies)
    monkeypatch.setattr(desk, "tickets", TwinTickets(desk.tickets))
    pane = TicketPane(alice.desktop, working=False)
    alice.show(pane)
    pane.open(ticket.id)
    alice.settle()
    row = pane.clock.rows[ClockKind.RESOLUTION]
    assert row.accessibleName() == "Solution: later than planned"
    assert pane.clock.rows[ClockKind.FIRST_RESPONSE].words == "came Mon 09:40"
    assert not any(bar.isVisible() for bar in pane.clock.findChildren(QProgressBar))
    assert "due" not in pane.clock.legend.words
    pane.clock.minutes_button.click()
    dialog = pane.window().findChild(MinutesDialog)
    assert dialog is not None
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Times are those of this workstation." in said
    assert not any("service level" in text.lower() for text in said)
    dialog.which.set_key(1)
    assert dialog.as_text().splitlines()[-1] == "Solution: later than planned."
    dialog.accept()


def test_a_real_ticket_tells_what_counted_and_what_waited(seated, embedded, sign_in, clock, qtbot):
    desk = embedded.as_system()
    hours = tuple(Slot(day=day, begin=540, end=1020) for day in range(5))
    office = CalendarSettings(name="Office", time_zone="Europe/Berlin", slots=hours)
    target = Target(priority=Priority.MEDIUM, first_response=60, resolution=480)
    policy = PolicySettings(
        name="Gold", calendar_id=desk.calendars.add(office).id, targets=(target,)
    )
    desk.policies.add(policy)
    clock.now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    ticket = sign_in("alice").tickets.open(NewTicket(subject="It is late", description="Help"))
    seat = seated("bob")
    pane = TicketPane(seat.desktop, working=True)
    seat.show(pane)
    pane.open(ticket.id)
    seat.settle()
    words = pane.clock.rows[ClockKind.FIRST_RESPONSE].words
    assert words == "1 h of business hours left", "nobody works yet"
    clock.now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    pane.set_status(Status.AWAITING_CUSTOMER)
    seat.settle()
    clock.forward(hours=3)
    pane.set_status(Status.IN_PROGRESS)
    seat.settle()
    clock.forward(minutes=30)
    pane.refresh()
    seat.settle()

    card = pane.clock
    assert card.rows[ClockKind.FIRST_RESPONSE].words == "late by 1 h 30 m"
    assert card.rows[ClockKind.RESOLUTION].words == "5 h 30 m of business hours left"
    assert card.legend.words == ["counted", "paused", "out of hours", "due"]
    qtbot.keyClick(card.bar, Qt.Key_Home)
    assert card.words.endswith("outside of Office")
    qtbot.keyClick(card.bar, Qt.Key_Right)
    qtbot.keyClick(card.bar, Qt.Key_Right)
    assert card.words.endswith(
        "paused 3\N{NO-BREAK SPACE}h: Awaiting Customer Response, since Bob Keller set the status"
    )
    card.minutes_button.click()
    dialog = pane.window().findChild(MinutesDialog)
    assert dialog is not None
    assert dialog.sum.text() == "Counted in all: 2 h 30 m"
    assert [line.split("\t")[3] for line in dialog.as_text().splitlines()[1:-1]] == [
        "",
        "2 h",
        "",
        "30 m",
    ]
    # Nothing is cut off of why: what does not fit goes on in the next line.
    table = dialog.table
    dialog.resize(620, 560)
    # 'Bob Keller set the status' wraps.
    qtbot.waitUntil(lambda: table.rowHeight(2) > table.verticalHeader().defaultSectionSize())
    dialog.resize(1400, 560)
    qtbot.waitUntil(lambda: table.rowHeight(2) == table.verticalHeader().defaultSectionSize())
    dialog.accept()
