# SPDX-License-Identifier: GPL-3.0-or-later
"""A person in front of a screen: their desktop over a real desk, and what a test does with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PyQt5.QtCore import QModelIndex, QObject, QPoint, QSettings, Qt, QTimer
from PyQt5.QtWidgets import QAbstractButton, QApplication, QListView, QMenu, QWidget

from helpdesk.app import App
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.transport import LocalTransport, Transport
from helpdesk.core.clock import Clock
from helpdesk.core.operation import Operation
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.users import NewSession
from helpdesk.ui.background import Background
from helpdesk.ui.desktop import ChangeFeed, Desktop
from helpdesk.ui.drafts import Drafts
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.ticket_list import TicketList
from helpdesk.ui.tickets.ticket_pane import TicketPane
from tests.ui.patience import LONGEST_MS as LONGEST_MS


class TappedTransport:
    """Carries calls as the inner transport does; a test can hold them, count them or fail them."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._faults: dict[str, Exception] = {}
        self._gates: dict[str, threading.Event] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        self.calls.append((operation.name, arguments))
        gate = self._gates.get(operation.name)
        if gate is not None:
            assert gate.wait(LONGEST_MS / 1000)
        fault = self._faults.get(operation.name) or self._faults.get("*")
        if fault is not None:
            raise fault
        return self._inner.call(operation, arguments)

    def close(self) -> None:
        self._inner.close()

    def count(self, name: str) -> int:
        """Return how often an operation was called."""
        return sum(called == name for called, _ in self.calls)

    @contextmanager
    def failing(self, error: Exception, name: str = "*") -> Iterator[None]:
        """Answer every call of an operation, or of all, with an error."""
        self._faults[name] = error
        try:
            yield
        finally:
            del self._faults[name]

    @contextmanager
    def held(self, name: str) -> Iterator[threading.Event]:
        """Let calls of an operation wait until the gate is set, at the latest at the end."""
        gate = self._gates[name] = threading.Event()
        try:
            yield gate
        finally:
            gate.set()
            del self._gates[name]


class Seat:
    """Somebody signed in, with the desktop that every tab works with."""

    def __init__(
        self,
        qtbot: Any,
        embedded: EmbeddedDesk,
        folder: DataFolder,
        clock: Clock,
        session: NewSession,
    ) -> None:
        self._qtbot = qtbot
        inner = LocalTransport(embedded.executor)
        self.transport = TappedTransport(inner)
        desk = HelpDesk(self.transport)
        self.session = desk.sessions.sign_in(session).session
        info = desk.desks.info()
        inner.refuse_thread(threading.get_ident())
        self.parent = QObject()
        self.background = Background(self.parent)
        self.feed = ChangeFeed(desk, self.background, self.parent)
        self._unsubscribe = embedded.executor.subscribe(
            lambda change: self.feed.wake(change.kind, change.ids)
        )
        self.drafts = Drafts(folder.drafts, self.session.user.username, self.background)
        self.state = QSettings(str(folder.window_state), QSettings.IniFormat)
        self.desktop = Desktop(
            desk,
            info,
            self.session,
            self.background,
            self.feed,
            self.drafts,
            self.state,
            clock,
        )
        self._widgets: list[QWidget] = []

    def show(self, widget: QWidget, width: int = 1200, height: int = 800) -> None:
        """Show a widget as a window of its own, and wait for what it loads."""
        self._widgets.append(widget)
        widget.resize(width, height)
        with self._qtbot.waitExposed(widget):
            widget.show()
        widget.activateWindow()
        self.settle()

    def forget(self, widget: QWidget) -> None:
        """Leave the end of a shown widget to the test."""
        self._widgets.remove(widget)

    def settle(self) -> None:
        """Wait until no call is under way, and what came by the last one is shown."""
        self._qtbot.waitUntil(lambda: not self.background.busy, timeout=LONGEST_MS)
        # A widget put into a layout shows itself when the events of that are done, no sooner.
        QApplication.processEvents()
        self._qtbot.waitUntil(lambda: not self.background.busy, timeout=LONGEST_MS)

    def leave(self) -> None:
        """Take everything down, in the program's order."""
        self.feed.stop()
        self._unsubscribe()
        self.drafts.flush()
        self.background.shutdown()
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        for timer in self.parent.findChildren(QTimer):
            timer.stop()
        self.state.sync()


def rows_of(tickets: TicketList) -> QListView:
    """Return the rows of a ticket list."""
    rows = tickets.findChild(QListView)
    assert rows is not None
    return rows


def numbers(tickets: TicketList) -> list[str]:
    """Return the numbers of the tickets listed, from the top."""
    model = rows_of(tickets).model()
    return [model.index(row, 0).data(Qt.UserRole).number for row in range(model.rowCount())]


def open_view(qtbot: Any, tab: TicketListTab, key: str) -> None:
    """Choose a view from the menu of views."""
    view = next(view for view in tab.list.views if view.key == key)
    for action in menu_of(tab.list, "View").actions():
        if action.text() == view.title:
            action.trigger()
            return
    raise AssertionError(f"no view {key}")


def menu_of(parent: QWidget, accessible_name: str) -> QMenu:
    """Return the menu of the button with this accessible name."""
    menu: QMenu = named(parent, accessible_name).menu()
    return menu


def named(parent: QWidget, accessible_name: str) -> Any:
    """Return the widget of this accessible name."""
    found = [w for w in parent.findChildren(QWidget) if w.accessibleName() == accessible_name]
    assert len(found) == 1, f"{len(found)} widgets are called {accessible_name!r}"
    return found[0]


def button(parent: QWidget, text: str) -> QAbstractButton:
    """Return the visible button with this text."""
    found = [b for b in parent.findChildren(QAbstractButton) if b.text() == text and b.isVisible()]
    assert len(found) == 1, f"{len(found)} buttons say {text!r}"
    return found[0]


def click(qtbot: Any, widget: QWidget) -> None:
    """Click in the middle of a widget."""
    qtbot.mouseClick(widget, Qt.LeftButton, pos=widget.rect().center())


def click_row(qtbot: Any, rows: QListView, row: int) -> None:
    """Click a row of a list."""
    index: QModelIndex = rows.model().index(row, 0)
    place: QPoint = rows.visualRect(index).center()
    qtbot.mouseClick(rows.viewport(), Qt.LeftButton, pos=place)


def shown(pane: TicketPane) -> TicketView:
    """Return the ticket shown."""
    assert pane.ticket is not None
    return pane.ticket


def enter(qtbot: Any, app: App, username: str, password: str) -> MainWindow:
    """Sign in by the keyboard and return the main window."""
    window = app.sign_in_window
    qtbot.waitUntil(window.username.isVisible, timeout=LONGEST_MS)
    window.username.clear()
    window.password.clear()
    qtbot.keyClicks(window.username, username)
    qtbot.keyClicks(window.password, password)
    qtbot.keyClick(window.password, Qt.Key_Return)
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window is not None
    app.main_window.activateWindow()
    return app.main_window


def calm(qtbot: Any, app: App) -> None:
    """Wait until the program has nothing under way."""
    qtbot.waitUntil(lambda: not app.background.busy, timeout=LONGEST_MS)
