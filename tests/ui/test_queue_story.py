# SPDX-License-Identifier: GPL-3.0-or-later
"""A technician clears a queue of thirty tickets in the real window, and never touches the mouse."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QComboBox, QMenu, QWidget

from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketQuery
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.bulk.tags_dialog import TagsDialog
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import LONGEST_MS, button, numbers, shown

TICKETS = 30
PATIENT_MS = 3 * LONGEST_MS
"""A reply waits a while before it leaves."""


class Technician:
    """Somebody with a keyboard."""

    def __init__(self, seat, qtbot) -> None:
        self.seat = seat
        self.qtbot = qtbot
        self.window = MainWindow(seat.desktop)
        seat.show(self.window, 1440, 900)
        tab = self.window.open_tab("manage")
        assert isinstance(tab, TicketListTab)
        self.tab = tab
        seat.settle()
        self.tab.focus_first()
        self.until(lambda: tab.pane.ticket is not None)

    def until(self, condition) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENT_MS)
        self.seat.settle()

    def press(self, *keys, modifier=Qt.NoModifier) -> None:
        """Press keys one after the other, wherever the focus is."""
        for key in keys:
            places: tuple[QWidget | None, ...] = (
                QApplication.activePopupWidget(),
                self.window.focusWidget(),
            )
            target = next((place for place in places if place is not None), self.window)
            self.qtbot.keyClick(target, key, modifier)
            self.seat.settle()

    def choose(self, text: str) -> None:
        """Go down in the choice that is open, to an entry, and take it."""
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            labels = [action.text() for action in popup.actions()]
            while popup.activeAction().text() != text:
                assert popup.activeAction().text() != labels[-1]
                self.qtbot.keyClick(popup, Qt.Key_Down)
            self.qtbot.keyClick(popup, Qt.Key_Return)
        else:
            box = self.window.focusWidget()
            assert isinstance(box, QComboBox)
            rows = box.view()
            rows.setCurrentIndex(box.model().index(0, 0))
            while rows.currentIndex().data() != text:
                before = rows.currentIndex()
                self.qtbot.keyClick(rows, Qt.Key_Down)
                assert rows.currentIndex() != before, f"there is no {text}"
            self.qtbot.keyClick(rows, Qt.Key_Return)
        self.seat.settle()

    def next(self) -> str:
        """Go on to the next ticket and return its number, once it is shown."""
        self.tab.focus_first()
        before = shown(self.tab.pane).number
        self.press("j")
        listed = numbers(self.tab.list)
        assert listed
        self.until(lambda: shown(self.tab.pane).number != before or len(listed) == 1)
        return str(shown(self.tab.pane).number)

    @property
    def left(self) -> int:
        return len(numbers(self.tab.list))


@pytest.fixture
def bob(seated, sign_in, clock, qtbot) -> Technician:
    alice = sign_in("alice")
    for at in range(TICKETS):
        clock.forward(minutes=1)
        alice.tickets.open(NewTicket(subject=f"Request {at}", description="Please help"))
    return Technician(seated("bob"), qtbot)


def test_a_queue_is_cleared_without_the_mouse(bob, sign_in):
    desk = sign_in("charlie").tickets
    assert bob.left == TICKETS
    answers(bob, desk, 3)
    works_with_one_key_each(bob, desk)
    solves(bob, desk, 2)
    bob.until(lambda: bob.left == TICKETS - 6)
    tags_some(bob, desk, 4)
    closes_the_rest_twice(bob, desk, TICKETS - 6)
    states = bob.tab.list.findChild(StateView)
    assert states.state == "empty"


def answers(bob: Technician, desk, count: int) -> None:
    """Read some and answer them; a reply takes the ticket and begins the work on it."""
    for _ in range(count):
        id_ = shown(bob.tab.pane).id
        bob.press("r")
        bob.qtbot.keyClicks(bob.window.focusWidget(), "Have you tried the other cable?")
        bob.press(Qt.Key_Return, modifier=Qt.ControlModifier)
        bob.until(lambda id_=id_: desk.view(id_).assignee is not None)
        assert desk.view(id_).status is Status.IN_PROGRESS
        bob.next()


def works_with_one_key_each(bob: Technician, desk) -> None:
    """Raise one, let it wait and take it."""
    id_ = shown(bob.tab.pane).id
    bob.press("p")
    bob.choose("High")
    bob.tab.focus_first()
    bob.press("s")
    bob.choose("Awaiting Customer Response")
    bob.tab.focus_first()
    bob.press("a")
    bob.until(lambda: desk.view(id_).assignee is not None)
    view = desk.view(id_)
    assert (view.priority, view.status) == (Priority.HIGH, Status.AWAITING_CUSTOMER)


def solves(bob: Technician, desk, count: int) -> None:
    """Take some and resolve them."""
    for _ in range(count):
        bob.next()
        id_ = shown(bob.tab.pane).id
        bob.press("a")
        bob.until(lambda id_=id_: desk.view(id_).assignee is not None)
        bob.press("e")
        bob.until(lambda id_=id_: desk.view(id_).status is Status.RESOLVED)


def tags_some(bob: Technician, desk, count: int) -> None:
    """Mark some that are one and the same thing, and tag them at once."""
    bob.next()
    bob.press(Qt.Key_Space)
    for _ in range(count - 1):
        bob.press(Qt.Key_Down, modifier=Qt.ShiftModifier)
    marked = bob.tab.list.marks.ids
    assert len(marked) == count
    bob.press("t")
    [dialog] = bob.window.findChildren(TagsDialog)
    bob.qtbot.keyClicks(dialog.adds, "outage")
    bob.qtbot.keyClick(dialog.adds, Qt.Key_Return)
    bob.seat.settle()
    assert {desk.view(id_).tags for id_ in marked} == {("outage",)}


def closes_the_rest_twice(bob: Technician, desk, count: int) -> None:
    """Close all that is left in one go, take that back, and resolve it instead."""
    closed = TicketQuery(statuses=(Status.CLOSED,))
    bob.tab.focus_first()
    bob.press(Qt.Key_A, modifier=Qt.ControlModifier)
    bob.press("s")
    bob.choose("Closed")
    bob.until(lambda: bob.left == 0)
    assert desk.count(closed).count == count
    undo = button(toasts_of(bob.window)[-1], "Undo")
    bob.qtbot.keyClick(undo, Qt.Key_Space)
    bob.until(lambda: bob.left == count)
    assert desk.count(closed).count == 0
    bob.tab.focus_first()
    bob.press(Qt.Key_A, modifier=Qt.ControlModifier)
    bob.press("e")
    bob.until(lambda: bob.left == 0)
