# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue: news comes by itself, hidden tabs catch up, and the main thread never waits."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QWidget

from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from tests.ui.seats import click, numbers, rows_of, shown


@pytest.fixture
def bob(seated):
    return seated("bob")


def tab_of(bob) -> ManageTicketsTab:
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    return tab


def test_a_hidden_tab_asks_nothing_and_catches_up(bob, sign_in, qtbot):
    tab = tab_of(bob)
    bob.feed.look()
    bob.settle()
    tab.hide()
    before = bob.transport.count("search")
    ticket = sign_in("alice").tickets.open(NewTicket(subject="While hidden"))
    with qtbot.waitSignal(bob.feed.changed):
        bob.feed.look()
    bob.settle()
    assert bob.transport.count("search") == before
    tab.show()
    qtbot.waitUntil(lambda: numbers(tab.list) == [ticket.number])


def test_a_ticket_is_taken_worked_and_resolved(bob, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    tab = tab_of(bob)
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    click(qtbot, tab.pane.take_button)
    qtbot.waitUntil(lambda: numbers(tab.list) == [])
    assert shown(tab.pane).id == ticket.id
    qtbot.keyClicks(tab.pane.reply_box.text, "Done")
    click(qtbot, tab.pane.reply_box.send_button)
    qtbot.waitUntil(lambda: shown(tab.pane).status is Status.IN_PROGRESS)
    click(qtbot, tab.pane.resolve_button)
    qtbot.waitUntil(lambda: shown(tab.pane).status is Status.RESOLVED)
    after = sign_in("alice").tickets.view(ticket.id)
    assert [comment.body for comment in after.comments] == ["Done"]


def test_going_through_sixty_tickets_ends_at_the_right_one(bob, sign_in, qtbot):
    alice = sign_in("alice")
    for position in range(60):
        ticket = alice.tickets.open(NewTicket(subject=f"Ticket {position}"))
        for _ in range(3):
            alice.tickets.comment(ticket.id, NewComment(body="Long words. " * 100))
    tab = tab_of(bob)
    for _ in range(59):
        tab.list.step(1)
        QApplication.processEvents()
    bob.settle()
    row = rows_of(tab.list).currentIndex().data(Qt.UserRole)
    assert shown(tab.pane).id == row.id


def test_the_main_thread_never_asks_the_desk_itself(bob):
    """The desk of every screen test refuses the main thread; this proves that it does."""
    tab = tab_of(bob)
    assert isinstance(tab, QWidget)
    with pytest.raises(RuntimeError, match="main thread"):
        bob.desktop.desk.tickets.categories()
