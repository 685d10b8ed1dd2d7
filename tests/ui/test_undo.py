# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to tickets is undone from the toast, by keys, from the list, and from the trash."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAction, QPushButton

from helpdesk.core.errors import NotFound, Unreachable
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketChange
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.doings.deleting import DELETE
from helpdesk.ui.tickets.doings.linking import _merge_into
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.tickets.undo.deeds_dialog import DeedsDialog
from helpdesk.ui.tickets.undo.rows import DeedRow
from helpdesk.ui.tickets.undo.trash_dialog import TrashDialog
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.toast import Toast, toasts_of


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))


@pytest.fixture
def window_of(seated, qtbot):
    """Return a function that shows somebody their window with a ticket."""

    def open_window(who: str, ticket) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, 1440, 900)
        window.show_ticket(ticket.id)
        seat.settle()
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return open_window


def pressed(toast: Toast, text: str) -> None:
    """Press the action of a toast."""
    (found,) = [each for each in toast.findChildren(QPushButton) if each.text() == text]
    found.click()


def priority_of(pane: TicketPane) -> Priority:
    assert pane.ticket is not None
    return pane.ticket.priority


def test_an_edit_offers_undo_and_the_toast_brings_it_back(window_of, ticket):
    window = window_of("bob", ticket)
    pane = window.current_tab().pane
    pane._change(priority=Priority.URGENT)  # noqa: SLF001 - as a choice of the fields does
    window.seat.settle()
    assert priority_of(pane) is Priority.URGENT
    pressed(toasts_of(window)[-1], "Undo")
    window.seat.settle()
    assert priority_of(pane) is Priority.MEDIUM
    assert "Undone: Priority" in toasts_of(window)[-1].accessibleName()
    pressed(toasts_of(window)[-1], "Redo")
    window.seat.settle()
    assert priority_of(pane) is Priority.URGENT


def test_in_settings_the_key_leaves_tickets_alone(window_of, ticket):
    window = window_of("bob", ticket)
    pane = window.current_tab().pane
    pane._change(priority=Priority.URGENT)  # noqa: SLF001 - as a choice of the fields does
    window.seat.settle()
    window.open_tab("settings")
    window.seat.settle()
    assert window.undo()
    window.seat.settle()
    assert window.seat.transport.count("undo") == 0
    assert "not in Settings" in window.statusBar().currentMessage()


def test_keys_undo_one_deed_after_the_other_and_do_them_again(window_of, ticket):
    window = window_of("bob", ticket)
    pane = window.current_tab().pane
    pane._change(priority=Priority.URGENT)  # noqa: SLF001 - as a choice of the fields does
    window.seat.settle()
    assert toasts_of(window)[-1].accessibleName() == f"{ticket.number}: priority is Urgent"
    pane._change(category_id=3)  # noqa: SLF001 - as a choice of the fields does
    window.seat.settle()
    (toast,) = toasts_of(window)
    assert toast.accessibleName().startswith(f"{ticket.number}: category is ")
    window.undoer.undo_last()
    window.seat.settle()
    assert (pane.ticket.category, pane.ticket.priority) == (None, Priority.URGENT)
    window.undoer.undo_last()
    window.seat.settle()
    assert priority_of(pane) is Priority.MEDIUM
    window.undoer.undo_last()
    window.seat.settle()
    assert window.statusBar().currentMessage() == "There is nothing of yours to undo"
    window.undoer.redo_last()
    window.seat.settle()
    assert priority_of(pane) is Priority.URGENT
    shortcuts = {each.shortcut().toString(): each.text() for each in window.findChildren(QAction)}
    assert (shortcuts["Ctrl+Z"], shortcuts["Ctrl+Shift+Z"]) == ("Undo", "Redo")


def test_the_list_of_deeds_undoes_each_and_says_why_not(window_of, sign_in, ticket):
    window = window_of("bob", ticket)
    bob = sign_in("bob")
    bob.tickets.change(ticket.id, TicketChange(priority=Priority.HIGH, version=1))
    sign_in("frank").tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=2))
    window.show_deeds()
    window.seat.settle()
    (dialog,) = window.findChildren(DeedsDialog)
    (row,) = dialog.findChildren(DeedRow)
    row.findChild(QPushButton).click()
    window.seat.settle()
    assert toasts_of(window)[-1].accessibleName() == (
        f"Priority of HD-{ticket.id} was changed since and stays as it is."
    )
    dialog.close()
    # The key tries it once and then goes on to what came before; the list goes on offering it.
    for _ in range(2):
        window.undoer.undo_last()
        window.seat.settle()
    assert window.statusBar().currentMessage() == "There is nothing of yours to undo"


def test_a_failed_undo_says_so(window_of, ticket):
    window = window_of("bob", ticket)
    pane = window.current_tab().pane
    pane._change(priority=Priority.URGENT)  # noqa: SLF001 - as a choice of the fields does
    window.seat.settle()
    with window.seat.transport.failing(Unreachable("The server is away."), "undo"):
        pressed(toasts_of(window)[-1], "Undo")
        window.seat.settle()
    assert "The server is away." in toasts_of(window)[-1].accessibleName()


def test_a_ticket_goes_into_the_trash_and_comes_back(window_of, sign_in, ticket):
    window = window_of("charlie", ticket)
    pane = window.current_tab().pane
    assert DELETE in pane.doings()
    pane.do(DELETE)
    window.seat.settle()
    desk = sign_in("charlie")
    with pytest.raises(NotFound):
        desk.tickets.view(ticket.id)
    window.show_trash()
    window.seat.settle()
    (dialog,) = window.findChildren(TrashDialog)
    (row,) = dialog.findChildren(DeedRow)
    assert [each.text() for each in row.findChildren(QPushButton)] == ["Restore"]
    row.findChild(QPushButton).click()
    window.seat.settle()
    assert desk.tickets.view(ticket.id).subject == "The printer is jammed"
    dialog.close()


def test_admins_delete_for_good_after_a_question_and_technicians_not_at_all(
    window_of, sign_in, ticket
):
    bob = window_of("bob", ticket)
    assert DELETE not in bob.current_tab().pane.doings()
    window = window_of("dana", ticket)
    desk = sign_in("dana")
    desk.trash.delete(ticket.id, 1)
    window.show_trash()
    window.seat.settle()
    (dialog,) = window.findChildren(TrashDialog)
    (row,) = dialog.findChildren(DeedRow)
    row.findChildren(QPushButton)[1].click()
    question = dialog.findChild(Question)
    assert question is not None
    question.agree_button.click()
    window.seat.settle()
    assert dialog.states.state == "empty"
    with pytest.raises(NotFound):
        desk.trash.restore(ticket.id)
    dialog.close()


def test_a_requester_has_no_undo_in_the_menu(window_of, ticket):
    window = window_of("alice", ticket)
    texts = {each.text() for each in window.findChildren(QAction)}
    assert not texts & {"What you did…", "Trash…"}


def test_undo_in_a_toast_leaves_the_focus_where_it_was(window_of, ticket, qtbot):
    window = window_of("bob", ticket)
    tab = window.current_tab()
    tab.focus_first()
    rows = window.focusWidget()
    for by_key in (False, True):
        tab.pane._change(priority=Priority.URGENT)  # noqa: SLF001 - as a choice does
        window.seat.settle()
        (undo,) = [
            each
            for each in toasts_of(window)[-1].findChildren(QPushButton)
            if each.text() == "Undo"
        ]
        if by_key:
            undo.setFocus()
            qtbot.keyClick(undo, Qt.Key_Space)
        else:
            qtbot.mouseClick(undo, Qt.LeftButton)
        window.seat.settle()
        assert window.focusWidget() is rows
        assert priority_of(tab.pane) is Priority.MEDIUM


def test_an_undone_merge_says_so_once_and_is_not_offered_again(window_of, ticket, sign_in):
    survivor = sign_in("alice").tickets.open(NewTicket(subject="The same printer"))
    window = window_of("bob", ticket)
    pane = window.current_tab().pane
    _merge_into(pane, pane.ticket, survivor.id)
    window.seat.settle()
    assert "is merged into" in window.statusBar().currentMessage()
    window.undo()
    window.seat.settle()
    (toast,) = toasts_of(window)
    assert toast.accessibleName().startswith("Undone: ")
    assert "Redo" not in [each.text() for each in toast.findChildren(QPushButton)]
    assert window.statusBar().currentMessage().startswith("Undone: ")
