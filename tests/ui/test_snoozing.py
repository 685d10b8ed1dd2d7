# SPDX-License-Identifier: GPL-3.0-or-later
"""Snoozing in the window, by keyboard alone, and the moments that are usual."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from PyQt5.QtCore import QDateTime, Qt

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.snoozes import PAST, TOO_FAR
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.doings.snoozing import SNOOZE, WAKE
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.pane_heading import PaneHeading
from helpdesk.ui.tickets.snoozing.dialog import PICK, REPLY, SnoozeDialog
from helpdesk.ui.tickets.snoozing.words import usual_moments
from helpdesk.ui.widgets.chip import chip_width
from helpdesk.ui.widgets.clamped_label import ClampedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat, click, numbers, open_view, shown


@pytest.fixture
def alice(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("alice")
    return desk


@pytest.fixture
def bob(seated: Callable[[str], Seat], alice: HelpDesk) -> Seat:
    for subject in ("No tone", "Silent phone"):
        alice.tickets.open(NewTicket(subject=subject))
    return seated("bob")


@pytest.fixture
def window(bob: Seat) -> MainWindow:
    window = MainWindow(bob.desktop)
    bob.show(window, 1440, 900)
    window.open_tab("manage")
    bob.settle()
    return window


def queue(window: MainWindow) -> TicketListTab:
    tab = window.current_tab()
    assert isinstance(tab, TicketListTab)
    return tab


def asked(qtbot, bob: Seat, window: MainWindow) -> SnoozeDialog:
    """Choose the first ticket and press Z."""
    tab = queue(window)
    tab.focus_first()
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    bob.settle()
    qtbot.keyClick(window.focusWidget(), Qt.Key_Z)
    bob.settle()
    dialog = window.findChild(SnoozeDialog)
    assert isinstance(dialog, SnoozeDialog)
    return dialog


def test_z_snoozes_what_the_arrows_choose_and_z_wakes_it(qtbot, bob, window):
    tab = queue(window)
    open_view(qtbot, tab, "open")
    bob.settle()
    dialog = asked(qtbot, bob, window)
    ticket = shown(tab.pane)
    assert dialog.rows.hasFocus()
    qtbot.keyClick(dialog.rows, Qt.Key_Down)
    qtbot.keyClick(dialog.rows, Qt.Key_Return)
    bob.settle()
    assert bob.transport.count("snooze") == 1
    assert ticket.number not in numbers(tab.list)
    assert "snoozed until" in toasts_of(window)[-1].accessibleName()
    open_view(qtbot, tab, "snoozed")
    bob.settle()
    assert numbers(tab.list) == [ticket.number]
    tab.focus_first()
    bob.settle()
    heading = tab.pane.findChild(PaneHeading)
    assert heading is not None
    assert heading.snooze.text.startswith("Snoozed until ")
    # Whole, and not in the way of the subject.
    assert heading.snooze.width() == chip_width(heading.snooze.text)
    subject = heading.findChild(ClampedLabel)
    assert subject is not None
    assert heading.snooze.y() > subject.geometry().bottom()
    assert WAKE in tab.pane.doings()
    assert SNOOZE not in tab.pane.doings()
    qtbot.keyClick(window.focusWidget(), Qt.Key_Z)
    bob.settle()
    assert numbers(tab.list) == []


def test_when_somebody_replies_it_is_back_and_said_in_the_history(qtbot, bob, window, alice):
    dialog = asked(qtbot, bob, window)
    ticket = shown(queue(window).pane)
    qtbot.keyClicks(dialog.rows, str(dialog.rows.count() - 1))
    assert dialog.words == REPLY
    assert not dialog.by_reply.isVisible()
    qtbot.keyClick(dialog.rows, Qt.Key_Return)
    bob.settle()
    assert ticket.number not in numbers(queue(window).list)
    alice.tickets.comment(ticket.id, NewComment(body="Any news?"))
    bob.feed.look()
    bob.settle()
    assert ticket.number in numbers(queue(window).list)


def test_a_time_of_ones_own_is_asked_for_and_the_past_is_refused(qtbot, bob, window):
    dialog = asked(qtbot, bob, window)
    assert not dialog.until.isVisible()
    qtbot.keyClick(dialog.rows, Qt.Key_End)
    assert (dialog.words, dialog.until.isVisible()) == (PICK, True)
    now = bob.desktop.clock().astimezone()
    dialog.until.setDateTime(QDateTime((now - timedelta(hours=1)).replace(tzinfo=None)))
    qtbot.keyClick(dialog.rows, Qt.Key_Return)
    assert dialog.isVisible()
    assert bob.transport.count("snooze") == 0
    dialog.until.setDateTime(QDateTime((now + timedelta(hours=30)).replace(tzinfo=None)))
    dialog.by_reply.setChecked(False)
    dialog.foot.save_button.click()
    bob.settle()
    (call,) = (named for name, named in bob.transport.calls if name == "snooze")
    until = (now + timedelta(hours=30)).replace(second=0, microsecond=0)
    assert (call["choice"].until, call["choice"].until_reply) == (until, False)


def test_a_time_too_far_ahead_is_said_while_it_is_picked(qtbot, bob, window):
    dialog = asked(qtbot, bob, window)
    qtbot.keyClick(dialog.rows, Qt.Key_End)
    problem = next(each for each in dialog.findChildren(PlainLabel) if role(each) == "error")
    assert problem.isHidden()
    now = bob.desktop.clock().astimezone().replace(tzinfo=None)
    dialog.until.setDateTime(QDateTime(now + timedelta(days=367)))
    assert (problem.isVisible(), problem.text()) == (True, TOO_FAR)
    bob.settle()
    column: Any = dialog.layout()
    held = [column.itemAt(at).widget() for at in range(column.count())]
    shown = [each for each in held if each is not None and each.isVisible()]
    edges = [(each.y(), each.geometry().bottom()) for each in shown]
    assert all(below[0] > above[1] for above, below in pairwise(edges)), "nothing lies upon another"
    click(qtbot, dialog.foot.save_button)
    assert dialog.isVisible()
    dialog.until.setDateTime(QDateTime(now - timedelta(days=1)))
    assert problem.text() == PAST
    dialog.until.setDateTime(QDateTime(now + timedelta(days=365)))
    assert problem.isHidden()
    click(qtbot, dialog.foot.save_button)
    bob.settle()
    assert bob.transport.count("snooze") == 1


def role(label: PlainLabel) -> str:
    return str(label.property("role"))


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as context:
        context.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Thursday, still summer time; Monday is winter time.
        ("2026-10-22T10:20",
         ("Later today 22T14", "Tomorrow 23T09", "Monday 26T09", "Next week 29T09")),
        ("2026-10-25T22:10", ("Tomorrow 26T09", "Next week 01T09")),
        ("2026-10-26T08:00", ("Later today 26T12", "Tomorrow 27T09", "Next week 02T09")),
    ],
)  # fmt: skip
def test_usual_moments_are_by_the_clock_of_who_chooses(berlin, now: str, expected: tuple[str, ...]):
    found = usual_moments(datetime.fromisoformat(now).astimezone(UTC))
    assert tuple(f"{words} {moment.astimezone():%dT%H}" for words, moment in found) == expected
