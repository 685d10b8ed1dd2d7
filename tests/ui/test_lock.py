# SPDX-License-Identifier: GPL-3.0-or-later
"""A window that nobody uses is covered: nothing is seen, clicked or typed, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtCore import QEvent, QPoint, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QApplication, QDialog, QLabel, QMenu, QWidget

from helpdesk.core.errors import Unreachable
from helpdesk.ui import lock_watch
from helpdesk.ui.lock import WindowLock
from helpdesk.ui.lock_page import LockPage
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.widgets.toast import Toast
from tests.conftest import PASSWORD
from tests.ui.seats import Seat, calm, click, enter


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch) -> Time:
    time = Time()
    monkeypatch.setattr(lock_watch, "steady_seconds", time)
    return time


@pytest.fixture
def open_window(seated, qtbot) -> Callable[[str], tuple[MainWindow, Seat]]:
    def open_it(username: str) -> tuple[MainWindow, Seat]:
        seat = seated(username)
        window = MainWindow(seat.desktop)
        seat.show(window, 1100, 750)
        return window, seat

    return open_it


def page_of(lock: WindowLock) -> LockPage:
    assert lock.page is not None
    return lock.page


def seen(window: QWidget) -> set[str]:
    """Return all words that can be seen in the program."""
    widgets = [w for top in QApplication.topLevelWidgets() for w in top.findChildren(QWidget)]
    texts = {w.text() for w in widgets if isinstance(w, QLabel) and w.isVisible()}
    return texts | {w.accessibleName() for w in widgets if w.isVisible()}


def visible_inside(window: QWidget) -> list[QWidget]:
    return [each for each in window.findChildren(QWidget) if each.isVisible()]


def unlock(qtbot, seat: Seat, lock: WindowLock, password: str) -> None:
    page = page_of(lock)
    page.password.clear()
    qtbot.keyClicks(page.password, password)
    qtbot.keyClick(page.password, Qt.Key_Return)
    seat.settle()


def test_control_l_locks_and_the_password_unlocks_with_all_in_its_place(open_window, qtbot):
    window, seat = open_window("alice")
    tab = window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)
    tab.subject.setFocus()
    qtbot.keyClicks(tab.subject, "The printer in room 4")
    before = seen(window)
    qtbot.keyClick(window, Qt.Key_L, Qt.ControlModifier)
    assert window.lock.is_locked
    page = page_of(window.lock)
    assert all(each is page or page.isAncestorOf(each) for each in visible_inside(window))
    assert page_of(window.lock).password.hasFocus()
    unlock(qtbot, seat, window.lock, PASSWORD)
    assert not window.lock.is_locked
    assert seen(window) == before
    assert tab.subject.hasFocus()
    assert tab.subject.text() == "The printer in room 4"


def test_a_wrong_password_leaves_it_locked_and_says_so(open_window, qtbot):
    window, seat = open_window("alice")
    window.lock.lock()
    page = page_of(window.lock)
    click(qtbot, page.unlock_button)
    assert page.message.text() == "Type your password."
    unlock(qtbot, seat, window.lock, "wrong")
    assert window.lock.is_locked
    assert page.message.isVisible()
    assert page.password.hasSelectedText()
    unlock(qtbot, seat, window.lock, "x" * 2_000)
    assert window.lock.is_locked


def test_dialogs_menus_and_toasts_are_put_away_and_come_back(open_window, qtbot):
    window, seat = open_window("bob")
    dialog = QDialog(window)
    dialog.open()
    menu = QMenu(window)
    menu.addAction("Ticket 4711")
    menu.popup(QPoint(10, 10))
    window.announce("Your role is now Manager.")
    window.lock.lock()
    assert not menu.isVisible()
    assert not dialog.isVisible()
    late = QDialog(window)
    late.open()
    Toast.say(window, "Something that comes later")
    qtbot.waitUntil(lambda: not late.isVisible())
    assert not any(each.isVisible() for each in window.findChildren(Toast))
    unlock(qtbot, seat, window.lock, PASSWORD)
    assert dialog.isVisible()
    assert late.isVisible()
    for each in (dialog, late):
        each.reject()


def test_keys_clicks_and_shortcuts_do_nothing_below(open_window, qtbot):
    window, _ = open_window("bob")
    tab = window.open_tab("manage")
    window.lock.lock()
    page = page_of(window.lock)
    page.unlock_button.setFocus()
    for key in (Qt.Key_R, Qt.Key_N, Qt.Key_Question, Qt.Key_J):
        qtbot.keyClick(page.unlock_button, key)
    for key in (Qt.Key_K, Qt.Key_N, Qt.Key_1, Qt.Key_Q):
        qtbot.keyClick(page.password, key, Qt.ControlModifier)
    press = QKeyEvent(QEvent.KeyPress, Qt.Key_R, Qt.NoModifier, "r")
    QApplication.sendEvent(tab, press)
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [window]
    assert window.lock.is_locked
    focusable = {w for w in window.findChildren(QWidget) if w.isVisible() and w.focusPolicy()}
    for _ in range(8):
        qtbot.keyClick(window.focusWidget(), Qt.Key_Tab)
        assert page.isAncestorOf(window.focusWidget())
    assert all(page.isAncestorOf(each) for each in focusable)


def test_the_page_covers_the_window_whatever_its_size(open_window):
    window, _ = open_window("bob")
    window.lock.lock()
    window.resize(1300, 800)
    assert page_of(window.lock).geometry() == window.rect()


def test_it_locks_by_itself_after_the_limit_and_not_while_somebody_types(open_window, qtbot, time):
    window, seat = open_window("alice")
    window.lock.watch.set_limit(300)
    tab = window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)
    time.seconds += 299
    qtbot.keyClick(tab.subject, Qt.Key_X)
    time.seconds += 299
    window.lock.watch.look()
    assert not window.lock.is_locked
    time.seconds += 1
    window.lock.watch.look()
    assert window.lock.is_locked
    unlock(qtbot, seat, window.lock, PASSWORD)
    window.lock.watch.look()
    assert not window.lock.is_locked, "the time begins anew"


def test_the_first_key_after_a_sleep_locks_and_does_nothing_else(open_window, qtbot, time):
    window, _ = open_window("alice")
    window.lock.watch.set_limit(300)
    tab = window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)
    time.seconds += 8 * 3600
    qtbot.keyClick(tab.subject, Qt.Key_X)
    assert window.lock.is_locked
    assert tab.subject.text() == ""


def test_the_clock_of_the_day_is_not_asked(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert lock_watch.steady_seconds() <= lock_watch.steady_seconds()
    assert lock_watch.steady_seconds() > 0


def test_a_window_closed_while_locked_begins_locked_in_the_same_session_alone(
    open_window, seated, qtbot
):
    window, seat = open_window("alice")
    window.lock.lock()
    window.close()
    again = MainWindow(seat.desktop)
    seat.show(again, 1100, 750)
    assert again.lock.is_locked
    assert again.navigation.isHidden()
    again.close()
    other = seated("alice")
    fresh = MainWindow(other.desktop)
    other.show(fresh)
    assert not fresh.lock.is_locked


def test_signing_out_is_at_hand_and_keeps_drafts(start_app, qtbot):
    app = start_app()
    window = enter(qtbot, app, "alice", PASSWORD)
    tab = window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)
    qtbot.keyClicks(tab.subject, "Half a sentence")
    window.lock.lock()
    click(qtbot, page_of(window.lock).sign_out_button)
    calm(qtbot, app)
    assert app.main_window is None
    assert app.sign_in_window.isVisible()
    window = enter(qtbot, app, "alice", PASSWORD)
    assert not window.lock.is_locked
    tab = window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)
    assert tab.subject.text() == "Half a sentence"


def test_a_server_that_is_away_leaves_it_locked(open_window, qtbot):
    window, seat = open_window("alice")
    window.lock.lock()
    with seat.transport.failing(Unreachable("The server does not answer."), "unlock"):
        unlock(qtbot, seat, window.lock, PASSWORD)
    assert window.lock.is_locked
    assert page_of(window.lock).message.text() == "The server does not answer."
