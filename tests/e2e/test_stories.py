# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the program, from the first window on, on a real file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QLineEdit, QToolButton

from helpdesk.app import App
from helpdesk.core.schemas.tickets import Status
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.people.leaving_dialog import LeavingDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.user_dialog import UserDialog
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.user_management_tab import UserManagementTab
from tests.conftest import PASSWORD
from tests.ui.seats import button, calm, click, click_row, enter, named, numbers, open_view, rows_of

POLL_MS = 30_000
"""What one window changes another program shows with its next poll, on a busy machine too."""


class Person:
    """Somebody at a workstation of their own: a program of its own over the same file."""

    def __init__(self, qtbot, app: App, username: str, password: str = PASSWORD) -> None:
        self.qtbot = qtbot
        self.app = app
        self.window: MainWindow = enter(qtbot, app, username, password)

    def tab(self, key: str) -> TicketListTab:
        tab = self.window.open_tab(key)
        assert isinstance(tab, TicketListTab)
        calm(self.qtbot, self.app)
        return tab

    def submit(self, subject: str, description: str) -> None:
        tab = self.window.open_tab("submit")
        assert isinstance(tab, SubmitTicketTab)
        self.qtbot.keyClicks(tab.subject, subject)
        self.qtbot.keyClicks(tab.description, description)
        with self.qtbot.waitSignal(tab.submitted):
            click(self.qtbot, tab.submit_button)

    def sees(self, key: str, number: str) -> TicketListTab:
        """Wait until a ticket is listed, choose it and wait until it is shown."""
        tab = self.tab(key)
        self.until(lambda: number in numbers(tab.list))
        click_row(self.qtbot, rows_of(tab.list), numbers(tab.list).index(number))
        self.until(lambda: tab.pane.ticket is not None and tab.pane.ticket.number == number)
        return tab

    def writes(self, tab: TicketListTab, text: str, *, note: bool = False, then: str = "") -> None:
        box = tab.pane.reply_box
        if note:
            click(self.qtbot, button(box, "Internal note"))
        elif any(
            b.text() == "Reply" and b.isVisible() for b in box.findChildren(type(box.send_button))
        ):
            click(self.qtbot, button(box, "Reply"))
        self.qtbot.keyClicks(box.text, text)
        if then:
            more = next(t for t in box.findChildren(QToolButton) if t.menu() is not None)
            next(a for a in more.menu().actions() if then in a.text()).trigger()
        else:
            click(self.qtbot, box.send_button)
        self.until(lambda: text in bodies(tab))

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=POLL_MS)


def bodies(tab: TicketListTab) -> list[str]:
    """Return the words of the conversation."""
    cards = [card for card in tab.pane.findChildren(MessageCard) if card.isVisibleTo(tab.pane)]
    return [named(card, "Message").toPlainText() for card in cards]


def status_of(tab: TicketListTab) -> Status | None:
    return tab.pane.ticket.status if tab.pane.ticket else None


@pytest.fixture
def at_work(start_app, qtbot) -> Callable[..., Person]:
    """Return a function that seats somebody at a workstation of their own."""
    return lambda *arguments: Person(qtbot, start_app(), *arguments)


def test_a_ticket_from_the_first_word_to_the_reopening(at_work, qtbot):
    alice, bob = at_work("alice"), at_work("bob")
    queue = bob.tab("manage")
    assert numbers(queue.list) == []

    alice.submit("The printer is jammed", "Third floor, since Monday.")

    queue = bob.sees("manage", "HD-1")
    click(qtbot, queue.pane.take_button)
    bob.until(lambda: status_of(queue) is Status.OPEN)
    bob.writes(queue, "She rang twice already", note=True)
    bob.writes(queue, "Which printer is it?", then="Awaiting")
    bob.until(lambda: status_of(queue) is Status.AWAITING_CUSTOMER)

    own = alice.sees("view", "HD-1")
    alice.until(lambda: "Which printer is it?" in bodies(own))
    assert "She rang twice already" not in bodies(own)
    alice.writes(own, "The grey one")

    bob.until(lambda: "The grey one" in bodies(queue))
    bob.until(lambda: status_of(queue) is Status.OPEN)
    click(qtbot, queue.pane.resolve_button)
    bob.until(lambda: status_of(queue) is Status.RESOLVED)

    alice.until(lambda: status_of(own) is Status.RESOLVED)
    assert own.pane.reopen_button.isVisible()
    click(qtbot, own.pane.reopen_button)
    alice.until(lambda: status_of(own) is Status.OPEN)
    bob.until(lambda: status_of(queue) is Status.OPEN)
    assert queue.pane.ticket.assignee.full_name == "Bob Keller"


def test_a_manager_moves_a_ticket_to_another_technician(at_work, qtbot):
    alice = at_work("alice")
    alice.submit("No network", "Nothing works.")
    charlie, frank = at_work("charlie"), at_work("frank")
    tab = charlie.sees("manage", "HD-1")
    box = tab.pane.properties.assignee
    charlie.until(lambda: box.count() > 1)
    index = next(i for i in range(box.count()) if box.itemText(i).startswith("Frank Osei"))
    box.setCurrentIndex(index)
    box.activated.emit(index)
    charlie.until(lambda: tab.pane.ticket.assignee is not None)
    mine = frank.tab("manage")
    open_view(qtbot, mine, "mine")
    frank.until(lambda: numbers(mine.list) == ["HD-1"])


def test_an_admin_adds_a_person_who_chooses_an_own_password(at_work, start_app, qtbot):
    dana = at_work("dana")
    tab = dana.window.open_tab("users")
    assert isinstance(tab, UserManagementTab)
    calm(qtbot, dana.app)
    click(qtbot, tab.add_button)
    [dialog] = tab.findChildren(UserDialog)
    qtbot.keyClicks(dialog.full_name, "Gina New")
    qtbot.keyClicks(dialog.username, "gina")
    qtbot.keyClick(dialog.username, Qt.Key_Return)
    dana.until(lambda: bool(tab.findChildren(OneTimePasswordDialog)))
    [told] = tab.findChildren(OneTimePasswordDialog)
    password = told.password.text()
    click(qtbot, told.copy_button)
    told.accept()

    app = start_app()
    window = app.sign_in_window
    qtbot.keyClicks(window.username, "gina")
    qtbot.keyClicks(window.password, password)
    qtbot.keyClick(window.password, Qt.Key_Return)
    qtbot.waitUntil(window.new_password.isVisible)
    for field in (window.new_password, window.repeated_password):
        qtbot.keyClicks(field, "words of my own")
    qtbot.keyClick(window.repeated_password, Qt.Key_Return)
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=POLL_MS)
    calm(qtbot, app)
    assert app.main_window.tab_keys == ["submit", "view", "articles", "assistant", "settings"]
    app.main_window.sign_out()
    calm(qtbot, app)
    enter(qtbot, app, "gina", "words of my own")


def test_two_technicians_do_not_overwrite_each_other(at_work, qtbot):
    at_work("alice").submit("A race", "Who is first?")
    bob, frank = at_work("bob"), at_work("frank")
    first, second = bob.sees("manage", "HD-1"), frank.sees("manage", "HD-1")
    bob.window.desktop.feed.stop()
    frank.window.desktop.feed.stop()
    click(qtbot, first.pane.take_button)
    bob.until(lambda: first.pane.ticket.assignee is not None)
    qtbot.keyClicks(second.pane.reply_box.text, "I am on it")
    click(qtbot, second.pane.resolve_button)
    frank.until(lambda: second.pane.ticket.assignee is not None)
    assert second.pane.ticket.status is Status.OPEN, "the stale click did nothing"
    assert second.pane.reply_box.text.toPlainText() == "I am on it"


def test_an_account_that_ends_closes_the_other_window(at_work, qtbot):
    alice, dana = at_work("alice"), at_work("dana")
    form = alice.window.open_tab("submit")
    qtbot.keyClicks(form.subject, "Unfinished")
    tab = dana.window.open_tab("users")
    assert isinstance(tab, UserManagementTab)
    calm(qtbot, dana.app)
    tab.search.setText("alice")
    dana.until(lambda: tab.table.model().rowCount() == 1)
    qtbot.mouseClick(tab.table.viewport(), Qt.LeftButton, pos=QPoint(20, 20))
    click(qtbot, tab.active_button)
    [question] = tab.findChildren(LeavingDialog)
    click(qtbot, question.agree_button)
    alice.until(lambda: alice.app.main_window is None)
    assert alice.app.sign_in_window.isVisible()


def test_a_draft_waits_for_the_person_in_a_new_program(at_work, start_app, qtbot):
    alice = at_work("alice")
    form = alice.window.open_tab("submit")
    qtbot.keyClicks(form.subject, "To be continued")
    alice.window.close()
    alice.app.stop()
    again = at_work("alice")
    form = again.window.open_tab("submit")
    assert isinstance(form, SubmitTicketTab)
    assert form.subject.text() == "To be continued"
    click(qtbot, form.submit_button)
    own = again.tab("view")
    again.until(lambda: numbers(own.list) == ["HD-1"])


def test_a_ticket_is_found_by_a_word_of_its_comments(at_work, qtbot):
    alice, bob = at_work("alice"), at_work("bob")
    alice.submit("Strange noise", "From the server room.")
    tab = bob.sees("manage", "HD-1")
    bob.writes(tab, "It was the xylophone")
    field = named(tab, "Search tickets")
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "xylo")
    bob.until(lambda: numbers(tab.list) == ["HD-1"])
    field.clear()
    qtbot.keyClicks(field, "zebra")
    bob.until(lambda: numbers(tab.list) == [])
