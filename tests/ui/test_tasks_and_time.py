# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist and the time of a ticket in the window, by keyboard."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QDialog, QPushButton

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.tasks import NewTasks
from helpdesk.core.schemas.tickets import NewTicket, TicketView
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.linking.ending import EndDialog
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.panels.tasks import TasksPanel
from helpdesk.ui.tickets.panels.time import TimePanel
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.tickets.work.task_list import TaskList
from helpdesk.ui.tickets.work.time_dialogs import StopDialog, TimeDialog
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import rows_of

Panel = TypeVar("Panel", bound=TicketPanel)
AnyDialog = TypeVar("AnyDialog", bound=QDialog)


@pytest.fixture
def ticket(sign_in) -> TicketView:
    view: TicketView = sign_in("alice").tickets.open(NewTicket(subject="New laptop for Ana"))
    return view


class Shown:
    """Somebody with their window, at a ticket."""

    def __init__(self, seat, ticket: TicketView) -> None:
        self.seat = seat
        self.window = MainWindow(seat.desktop)
        seat.show(self.window, 1440, 900)
        self.window.show_ticket(ticket.id)
        seat.settle()

    @property
    def tab(self) -> ManageTicketsTab:
        tab = self.window.current_tab()
        assert isinstance(tab, ManageTicketsTab)
        return tab

    def dialog(self, kind: type[AnyDialog]) -> AnyDialog:
        dialog = self.window.findChild(kind)
        assert isinstance(dialog, kind)
        return dialog

    @property
    def pane(self) -> TicketPane:
        return self.tab.pane

    def panel(self, kind: type[Panel]) -> Panel:
        return next(each for each in self.pane.panels if isinstance(each, kind))

    def undo(self) -> None:
        *_, toast = toasts_of(self.window)
        next(each for each in toast.findChildren(QPushButton) if each.text() == "Undo").click()
        self.seat.settle()


@pytest.fixture
def at(seated, ticket) -> Shown:
    return Shown(seated("bob"), ticket)


def texts(panel: TasksPanel) -> list[str]:
    return [("x " if each.is_done else "") + each.text for each in panel.list.tasks]


def press(at: Shown, qtbot, widget, key: int, modifier: int = Qt.NoModifier) -> None:
    qtbot.keyClick(widget, key, modifier)
    at.seat.settle()


def test_a_checklist_is_written_ticked_and_ordered_by_keys(at: Shown, ticket, qtbot, sign_in):
    panel = at.panel(TasksPanel)
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()
    press(at, qtbot, at.tab.list, Qt.Key_G)
    assert panel.field.hasFocus()
    for text in ("Order it", "Set it up"):
        qtbot.keyClicks(panel.field, text)
        press(at, qtbot, panel.field, Qt.Key_Return)
    QApplication.clipboard().setText("Hand over\n\n  Take the old one back ")
    press(at, qtbot, panel.field, Qt.Key_V, Qt.ControlModifier)
    assert texts(panel) == ["Order it", "Set it up", "Hand over", "Take the old one back"]
    tasks = panel.list
    press(at, qtbot, panel.field, Qt.Key_Backtab, Qt.ShiftModifier)
    assert tasks.hasFocus()
    press(at, qtbot, tasks, Qt.Key_Space)
    assert (texts(panel)[0], panel.progress.text()) == ("x Order it", "1 of 4")
    press(at, qtbot, tasks, Qt.Key_Down, Qt.AltModifier)
    assert texts(panel)[:2] == ["Set it up", "x Order it"]
    press(at, qtbot, tasks, Qt.Key_F2)
    editor = QApplication.focusWidget()
    qtbot.keyClicks(editor, "Order two")
    press(at, qtbot, editor, Qt.Key_Return)
    assert texts(panel)[1] == "x Order two"
    press(at, qtbot, tasks, Qt.Key_Delete)
    assert texts(panel) == ["Set it up", "Hand over", "Take the old one back"]
    at.undo()
    assert texts(panel)[1] == "x Order two"
    assert sign_in("bob").tasks.of_ticket(ticket.id).tasks == tasks.tasks
    said = [each.text() for each in at.pane.properties._history._lines]  # noqa: SLF001
    assert any("Bob Keller has done: Order it" in each for each in said)


def test_a_task_that_cannot_be_kept_stays_in_the_line_with_a_sentence(at: Shown, qtbot):
    panel = at.panel(TasksPanel)
    with at.seat.transport.failing(Unreachable("No connection."), "add"):
        qtbot.keyClicks(panel.field, "Order it")
        press(at, qtbot, panel.field, Qt.Key_Return)
    assert (panel.problem.text(), panel.field.text()) == ("No connection.", "Order it")
    press(at, qtbot, panel.field, Qt.Key_Return)
    assert (texts(panel), panel.field.text()) == (["Order it"], "")
    assert not panel.problem.isVisible()


def test_esc_empties_the_line_then_leaves_it_and_does_nothing_else(at: Shown, qtbot):
    panel, marks = at.panel(TasksPanel), at.tab.list.marks
    press(at, qtbot, rows_of(at.tab.list), Qt.Key_A, Qt.ControlModifier)
    panel.begin()
    qtbot.keyClicks(panel.field, "Order")
    press(at, qtbot, panel.field, Qt.Key_Escape)
    assert (panel.field.text(), panel.field.hasFocus()) == ("", True)
    press(at, qtbot, panel.field, Qt.Key_Z, Qt.ControlModifier)
    assert panel.field.text() == "Order"
    press(at, qtbot, panel.field, Qt.Key_Escape)
    press(at, qtbot, panel.field, Qt.Key_Escape)
    assert not panel.field.hasFocus()
    assert len(marks) == 1
    panel.field.setFocus()
    qtbot.keyClicks(panel.field, "Order it")
    press(at, qtbot, panel.field, Qt.Key_Return)
    press(at, qtbot, panel.field, Qt.Key_Escape)
    assert panel.list.hasFocus()


def in_sight(at: Shown, tasks: TaskList) -> bool:
    """Return whether all of the current task can be seen where the properties scroll."""
    item, seen = tasks.currentItem(), at.pane.properties.viewport()
    assert item is not None
    row = tasks.visualItemRect(item)
    top = tasks.viewport().mapTo(seen, row.topLeft()).y()
    return top >= 0 and top + row.height() <= seen.height()


def test_the_current_one_of_many_tasks_is_scrolled_into_sight(at: Shown, ticket, qtbot, sign_in):
    many = NewTasks(texts=tuple(f"Task {number}" for number in range(60)))
    sign_in("frank").tasks.add(ticket.id, many)
    tasks = at.panel(TasksPanel).list
    qtbot.waitUntil(lambda: len(tasks.tasks) == 60)
    press(at, qtbot, at.tab.list, Qt.Key_G)
    for key in (Qt.Key_End, Qt.Key_Home, Qt.Key_PageDown, Qt.Key_Up, Qt.Key_End):
        press(at, qtbot, tasks, key)
        assert in_sight(at, tasks)
    press(at, qtbot, tasks, Qt.Key_Up, Qt.AltModifier)
    assert texts(at.panel(TasksPanel))[-1] == "Task 58"
    assert in_sight(at, tasks)


def test_resolving_with_open_tasks_asks_first(at: Shown, ticket, qtbot, sign_in):
    other = sign_in("frank")
    tasks = other.tasks.add(ticket.id, NewTasks(texts=("One", "Two", "Three")))
    other.tasks.tick(ticket.id, tasks.tasks[0].id, done=True)
    at.window.desktop.feed.look()
    at.seat.settle()
    qtbot.waitUntil(lambda: at.panel(TasksPanel).progress.text() == "1 of 3")
    at.pane.resolve()
    dialog = at.dialog(EndDialog)
    words = [each.text() for each in dialog.findChildren(type(at.panel(TasksPanel).problem))]
    assert "2 of 3 tasks are open." in words
    dialog.only_button.click()
    at.seat.settle()
    assert at.pane.ticket is not None
    assert not at.pane.ticket.status.is_open


def test_the_timer_is_started_seen_and_stopped_by_keys(at: Shown, ticket, qtbot, clock, sign_in):
    status, panel = at.window.timer_status, at.panel(TimePanel)
    assert not status.isVisible()
    press(at, qtbot, at.tab.list, Qt.Key_U)
    assert status.isVisible()
    assert status.open_button.text() == f"{ticket.number} · 0:00"
    clock.forward(minutes=65)
    at.window.desktop.timer.changed.emit()
    assert status.open_button.text() == f"{ticket.number} · 1:05"
    assert panel.timer_button.accessibleName() == "Stop timer · 1:05"
    press(at, qtbot, at.tab.list, Qt.Key_U)
    dialog = at.dialog(StopDialog)
    assert dialog.amount.text() == "1h 5m"
    qtbot.keyClicks(dialog.note, "Set it up")
    press(at, qtbot, dialog.note, Qt.Key_Return)
    assert not status.isVisible()
    entry = sign_in("bob").time_entries.of_ticket(ticket.id).entries[0]
    assert (entry.seconds, entry.note) == (3900, "Set it up")
    qtbot.waitUntil(lambda: panel.total.text() == "1h 5m")


def test_a_timer_stopped_by_mistake_leaves_nothing_by_undo(at: Shown, ticket, qtbot, sign_in):
    desk = sign_in("bob").time_entries
    press(at, qtbot, at.tab.list, Qt.Key_U)
    press(at, qtbot, at.tab.list, Qt.Key_U)
    press(at, qtbot, at.dialog(StopDialog).note, Qt.Key_Return)
    assert len(desk.of_ticket(ticket.id).entries) == 1
    at.undo()
    assert desk.of_ticket(ticket.id).entries == ()
    assert desk.running().running is None
    qtbot.waitUntil(lambda: at.panel(TimePanel).time.entries == ())


def test_the_time_of_a_timer_that_another_one_ended_is_undone_alike(
    at: Shown, ticket, qtbot, sign_in, clock
):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another one"))
    press(at, qtbot, at.tab.list, Qt.Key_U)
    clock.forward(minutes=5)
    at.window.desktop.timer.begin(at.window.desktop, other.id)
    at.seat.settle()
    at.undo()
    desk = sign_in("bob").time_entries
    assert desk.of_ticket(ticket.id).entries == ()
    assert desk.running().running.ticket.id == other.id


def test_time_is_entered_changed_and_removed(at: Shown, ticket, qtbot, clock):
    panel = at.panel(TimePanel)
    qtbot.keyClicks(panel.field, "soon")
    press(at, qtbot, panel.field, Qt.Key_Return)
    assert "Write how long it took" in panel.problem.text()
    panel.field.clear()
    qtbot.keyClicks(panel.field, "1:30")
    press(at, qtbot, panel.field, Qt.Key_Return)
    assert (panel.total.text(), panel.field.text(), panel.problem.isVisible()) == (
        "1h 30m",
        "",
        False,
    )
    panel._ask(panel.time.entries[0])  # noqa: SLF001
    dialog = at.dialog(TimeDialog)
    dialog.amount.setText("2h")
    press(at, qtbot, dialog.amount, Qt.Key_Return)
    assert panel.total.text() == "2h"
    panel._remove(panel.time.entries[0])  # noqa: SLF001
    at.seat.settle()
    assert panel.total.text() == ""
    at.undo()
    assert panel.total.text() == "2h"


def test_a_span_of_an_earlier_day_is_entered_and_none_of_the_future(at: Shown, qtbot, clock):
    panel = at.panel(TimePanel)
    panel.more_button.click()
    dialog = at.dialog(TimeDialog)
    dialog.amount.setText("23:00-24:00")
    press(at, qtbot, dialog.amount, Qt.Key_Return)
    assert "in the future" in dialog.message.text()
    dialog.day.setDate(dialog.day.date().addDays(-1))
    dialog.note.setText("At night")
    press(at, qtbot, dialog.amount, Qt.Key_Return)
    entry = panel.time.entries[0]
    assert (entry.seconds, entry.note, entry.started_at.astimezone().hour) == (3600, "At night", 23)
    assert clock.now - entry.started_at < timedelta(days=2)
