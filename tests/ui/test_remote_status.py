# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window says of the connection, and what it shows while the server is away."""

from __future__ import annotations

import time

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QWidget

from helpdesk.client.connection import Connection
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import Leaving
from helpdesk.ui.closing_note import ClosingNote
from helpdesk.ui.connection_status import LOOKS, ConnectionStatus
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.outbox_dialog import OutboxDialog
from helpdesk.ui.user_management_tab import UserManagementTab
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView
from tests.ui.remote_twin import HOST, NO_ANSWER
from tests.ui.seats import LONGEST_MS, button, click, numbers

STALE = "No connection; this is how it was at 09:00."


@pytest.fixture(autouse=True)
def _utc(monkeypatch):
    """Show the desk's clock as it stands."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def window_of(away_seat, qtbot):
    """Return a function that opens the main window for somebody."""

    def opened(who: str) -> MainWindow:
        seat = away_seat(who)
        window = MainWindow(seat.desktop)
        seat.show(window, 1400, 900)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def status_of(window: MainWindow) -> ConnectionStatus:
    status = window.findChild(ConnectionStatus)
    assert status is not None
    return status


def banners(widget: QWidget) -> list[str]:
    return [b.text for b in widget.findChildren(Banner) if b.isVisible() and b.text]


def test_every_state_of_the_connection_is_said_in_words():
    assert set(LOOKS) == set(Connection)
    assert len({look.words for look in LOOKS.values()}) == len(Connection)


def test_the_status_bar_follows_the_connection(window_of, server, qtbot):
    window = window_of("alice")
    assert f"Connected · {HOST}" in words(status_of(window))
    server.go_away()
    qtbot.waitUntil(lambda: "No connection; trying again" in words(status_of(window)))
    assert status_of(window).accessibleName() == "No connection; trying again"
    server.come_back()
    qtbot.waitUntil(lambda: f"Connected · {HOST}" in words(status_of(window)))


def test_what_waits_is_counted_and_can_be_opened_with_the_mouse_and_the_keyboard(
    window_of, server, qtbot
):
    window = window_of("alice")
    status = status_of(window)
    assert not status.waiting_button.isVisible()
    server.go_away()
    tab = window.open_tab("submit")
    for subject in ("One", "Two"):
        tab.subject.setText(subject)
        click(qtbot, tab.submit_button)
        window.seat.settle()
    qtbot.waitUntil(lambda: status.waiting_button.text() == "2 waiting to be sent")
    click(qtbot, status.waiting_button)
    dialog = window.findChild(OutboxDialog)
    assert dialog.isVisible()
    dialog.accept()
    status.waiting_button.setFocus()
    qtbot.keyClick(status.waiting_button, Qt.Key_Space)
    assert [d for d in window.findChildren(OutboxDialog) if d.isVisible()]
    for each in window.findChildren(OutboxDialog):
        each.accept()
    server.come_back()
    qtbot.waitUntil(lambda: not status.waiting_button.isVisible(), timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: "sent" in window.statusBar().currentMessage())


def test_a_list_keeps_what_it_shows_and_comes_back_by_itself(window_of, server, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    window = window_of("bob")
    tab = window.open_tab("manage")
    qtbot.waitUntil(lambda: tab.pane.ticket is not None, timeout=LONGEST_MS)
    server.go_away()
    tab.refresh()
    qtbot.waitUntil(lambda: banners(tab.list) == [STALE], timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: banners(tab.pane) == [STALE], timeout=LONGEST_MS)
    assert numbers(tab.list) == [ticket.number]
    assert tab.pane.ticket.id == ticket.id
    second = sign_in("alice").tickets.open(NewTicket(subject="Another one"))
    server.come_back()
    qtbot.waitUntil(lambda: second.number in numbers(tab.list), timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: banners(tab) == [], timeout=LONGEST_MS)


def test_a_list_that_could_not_be_read_at_all_is_read_when_the_server_is_back(
    window_of, server, sign_in, qtbot
):
    sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    window = window_of("bob")
    server.go_away()
    tab = window.open_tab("view")
    states = tab.list.findChild(StateView)
    qtbot.waitUntil(lambda: states.state == "failed", timeout=LONGEST_MS)
    assert NO_ANSWER in words(tab.list)
    server.come_back()
    qtbot.waitUntil(lambda: states.state == "content", timeout=LONGEST_MS)


def test_people_are_kept_too(window_of, server, qtbot):
    window = window_of("dana")
    tab = window.open_tab("users")
    assert isinstance(tab, UserManagementTab)
    window.seat.settle()
    people = tab.table.model().rowCount()
    assert people > 3
    server.go_away()
    tab.refresh()
    qtbot.waitUntil(lambda: banners(tab) == [STALE], timeout=LONGEST_MS)
    assert tab.table.model().rowCount() == people
    server.come_back()
    qtbot.waitUntil(lambda: banners(tab) == [], timeout=LONGEST_MS)


def test_a_server_that_is_away_is_not_repeated_in_the_status_bar(window_of, server, qtbot):
    window = window_of("bob")
    server.go_away()
    window.open_tab("submit")
    window.seat.settle()
    assert NO_ANSWER not in window.statusBar().currentMessage()


def test_a_read_that_failed_in_silence_is_caught_up_by_the_next_look(
    window_of, server, sign_in, qtbot
):
    """The stream may not have noticed that the server was away for a moment."""
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    window = window_of("bob")
    tab = window.open_tab("manage")
    window.seat.settle()
    server.is_away = True
    tab.refresh()
    qtbot.waitUntil(lambda: banners(tab.list) == [STALE], timeout=LONGEST_MS)
    server.is_away = False
    window.desktop.feed.look()
    qtbot.waitUntil(lambda: banners(tab) == [], timeout=LONGEST_MS)
    assert numbers(tab.list) == [ticket.number]


def test_news_comes_over_the_stream_and_not_by_looking(window_of, server, sign_in, qtbot):
    window = window_of("bob")
    tab = window.open_tab("manage")
    window.seat.settle()
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    qtbot.waitUntil(lambda: ticket.number in numbers(tab.list), timeout=5_000)


def test_the_end_of_the_session_elsewhere_is_noticed(window_of, server, embedded, qtbot):
    window = window_of("bob")
    told: list[str] = []
    window.signed_out.connect(told.append)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.deactivate(bob.id, Leaving(version=bob.version))
    window.desktop.feed.look()
    qtbot.waitUntil(lambda: len(told) >= 1, timeout=LONGEST_MS)
    assert told[0].endswith(".")


def test_closing_says_how_much_is_kept_and_holds_nobody_up(window_of, server, qtbot):
    window = window_of("alice")
    server.go_away()
    tab = window.open_tab("submit")
    tab.subject.setText("The printer is jammed")
    click(qtbot, tab.submit_button)
    window.seat.settle()
    qtbot.waitUntil(lambda: len(window.desktop.link.waiting) == 1)
    window.close()
    assert not window.isVisible()
    note = next(w for w in open_windows() if isinstance(w, ClosingNote))
    assert "1 action is kept on this workstation" in note.sentence.text()
    assert "at the next start" in note.sentence.text()
    assert not note.isModal()
    click(qtbot, button(note, "Close"))


def open_windows() -> list[QWidget]:
    return [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def test_closing_without_anything_waiting_says_nothing(window_of, qtbot):
    window_of("alice").close()
    assert not [w for w in open_windows() if isinstance(w, ClosingNote)]
