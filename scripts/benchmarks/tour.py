# SPDX-License-Identifier: GPL-3.0-or-later
"""Works through the real main window and tells how long its main thread was ever held up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from PyQt5.QtCore import QDeadlineTimer, QEvent, QObject, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QAbstractItemView, QLineEdit, QListView

from benchmarks.sized_desk import MANAGER, PASSWORD
from benchmarks.timing import percentile
from benchmarks.window_process import resident_mb
from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.reports.saving import Saving
from helpdesk.ui.reports_tab import ReportsTab
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.board.board import Board
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.table.ticket_table import TicketTable
from helpdesk.ui.watchdog import StallWatchdog

_LONGEST_MS = 30_000
_STEP_MS = 16
_KEY_MS = 60
_SOON_MS, _GLANCES = 500, 60


class Length(NamedTuple):
    """How much is done of each thing."""

    sign_ins: int
    scrolls: int
    tickets: int
    typed: tuple[str, ...]


_WHOLE = Length(7, 300, 40, ("hello laptop", "printer", "vpn error"))
_QUICK = Length(1, 5, 2, ("vpn",))


def tour(place: str, *, quick: bool) -> dict[str, Any]:
    """Sign in a few times, then scroll, type, read and submit under the watchdog."""
    length = _QUICK if quick else _WHOLE
    application = desktop.make_application([])
    app = desktop.App(DataFolder(Path(place)))
    app.start()
    person = _Person(app, length)
    took = [person.signs_in() for _ in range(length.sign_ins)]
    watchdog = StallWatchdog()
    watchdog.start()
    person.scrolls()
    person.types()
    person.reads()
    person.submits()
    watchdog.stop()
    resident = resident_mb()
    app.stop()
    application.quit()
    return {
        "sign_in_p50": percentile(took, 50),
        "sign_in_p95": percentile(took, 95),
        "stall_p50": watchdog.percentile(50),
        "stall_p95": watchdog.percentile(95),
        "stall_p99": watchdog.percentile(99),
        "stall_longest": watchdog.longest_ms,
        "stacks": [f"{stall.ms:.0f} ms\n{stall.stack}" for stall in watchdog.stalls],
        "mb": resident,
    }


def shapes(place: str, *, quick: bool) -> dict[str, Any]:
    """Go through all open tickets as a table and as a board, and mark them, under the watchdog."""
    application = desktop.make_application([])
    app = desktop.App(DataFolder(Path(place)))
    app.start()
    person = _Person(app, _QUICK if quick else _WHOLE)
    person.signs_in()
    watchdog = StallWatchdog()
    watchdog.start()
    rows = person.scrolls_table()
    cards = person.scrolls_board()
    watchdog.stop()
    resident = resident_mb()
    # The shape is remembered, and other workloads look for the list.
    person.goes_back_to_list()
    app.stop()
    application.quit()
    return {
        "stall_p50": watchdog.percentile(50),
        "stall_p95": watchdog.percentile(95),
        "stall_p99": watchdog.percentile(99),
        "stall_longest": watchdog.longest_ms,
        "stacks": [f"{stall.ms:.0f} ms\n{stall.stack}" for stall in watchdog.stalls],
        "mb": resident,
        "table_rows": rows,
        "cards": cards,
    }


def export(place: str, *, seconds: int) -> dict[str, Any]:
    """Export all tickets from the page of reports, work on meanwhile, and stop it in the end."""
    application = desktop.make_application([])
    app = desktop.App(DataFolder(Path(place)))
    app.start()
    person = _Person(app, _WHOLE)
    person.signs_in()
    watchdog = StallWatchdog()
    watchdog.start()
    person.works_for(seconds)
    watchdog.stop()
    # The same work without an export: what the machine and the window cost by themselves.
    alone = {"longest": watchdog.longest_ms, "p99": watchdog.percentile(99)}
    with TemporaryDirectory() as folder:
        saving = person.begins_export(Path(folder) / "tickets.csv")
        watchdog.start()
        person.works_for(seconds)
        said, goes_on = saving.words, saving.is_busy
        stopped_in = person.stops(saving)
        watchdog.stop()
        left = [path.name for path in Path(folder).iterdir()]
    app.stop()
    application.quit()
    return {
        "stall_p50": watchdog.percentile(50),
        "stall_p95": watchdog.percentile(95),
        "stall_p99": watchdog.percentile(99),
        "stall_longest": watchdog.longest_ms,
        "stacks": [f"{stall.ms:.0f} ms\n{stall.stack}" for stall in watchdog.stalls],
        "alone": alone,
        "said": said,
        "goes_on": goes_on,
        "stopped_in": stopped_in,
        "left": left,
    }


class _Person:
    """Somebody at the keyboard."""

    def __init__(self, app: desktop.App, length: Length) -> None:
        self._app = app
        self._length = length

    def signs_in(self) -> float:
        """Sign in anew; return the milliseconds from the click to the painted queue."""
        if self._app.main_window is not None:
            self._app.main_window.sign_out()
        window = self._app.sign_in_window
        self._until(lambda: window.sign_in_button.isVisible() and not self._app.background.busy)
        window.username.setText(MANAGER)
        window.password.setText(PASSWORD)
        started = perf_counter()
        window.sign_in_button.click()
        self._until(lambda: self._app.main_window is not None)
        painted = _RowsPainted(self._rows())
        self._until(lambda: painted.at is not None)
        return ((painted.at or 0.0) - started) * 1000

    def scrolls(self) -> None:
        """Scroll on and on through all open tickets, which come page by page."""
        tab = self._queue()
        tab.list.show_view(next(view for view in tab.list.views if view.key == "open"))
        self._settle()
        bar = self._rows().verticalScrollBar()
        for step in range(self._length.scrolls):
            far = bar.maximum() if step % 10 == 0 else bar.value() + 170
            bar.setValue(far)
            self._wait(_STEP_MS)

    def scrolls_table(self) -> int:
        """Scroll through the table, mark all that has come; return how many rows that is."""
        tab = self._queue()
        tab.list.show_view(next(view for view in tab.list.views if view.key == "open"))
        tab.list.set_shape("table")
        self._settle()
        table = tab.list.findChild(TicketTable)
        assert table is not None  # noqa: S101 - made with the shape
        self._scrolls(table)
        for _ in range(self._length.tickets):
            QTest.keyClick(table, Qt.Key_Down, Qt.ShiftModifier)
            self._wait(_STEP_MS)
        QTest.keyClick(table, Qt.Key_A, Qt.ControlModifier)
        self._settle()
        QTest.keyClick(table, Qt.Key_Escape)
        return int(table.model().rowCount())

    def scrolls_board(self) -> int:
        """Scroll through the columns of the board; return how many cards have come."""
        tab = self._queue()
        tab.list.set_shape("board")
        self._settle()
        board = tab.list.findChild(Board)
        assert board is not None  # noqa: S101 - made with the shape
        open_columns = [column for column in board.columns if column.is_open]
        for column in open_columns:
            self._scrolls(column.cards)
        for _ in range(self._length.tickets):
            tab.list.step(1)
            self._wait(_STEP_MS)
        self._settle()
        return sum(column.model.rowCount() for column in open_columns)

    def goes_back_to_list(self) -> None:
        """Show the queue as it is shown at first."""
        self._queue().list.set_shape("list")
        self._settle()

    def _scrolls(self, view: QAbstractItemView) -> None:
        bar = view.verticalScrollBar()
        for step in range(self._length.scrolls):
            far = bar.maximum() if step % 10 == 0 else bar.value() + 170
            bar.setValue(far)
            self._wait(_STEP_MS)
        self._settle()

    def types(self) -> None:
        """Search while typing."""
        tab = self._queue()
        for text in self._length.typed:
            tab.list.focus_search()
            field = tab.list.findChild(QLineEdit)
            assert field is not None  # noqa: S101 - every list has a search field
            for letter in text:
                QTest.keyClick(field, letter)
                self._wait(_KEY_MS)
            self._settle()
            field.clear()
            self._settle()

    def reads(self) -> None:
        """Open one ticket after the other, and some of them in a hurry."""
        rows = self._rows()
        rows.setFocus()
        for number in range(self._length.tickets):
            QTest.keyClick(rows, Qt.Key_K if number % 8 == 7 else Qt.Key_J)
            if number % 4:
                self._settle()
            else:
                self._wait(_KEY_MS)

    def submits(self) -> None:
        """Write a ticket of one's own."""
        tab = self._window().open_tab("submit")
        assert isinstance(tab, SubmitTicketTab)  # noqa: S101 - the key of that tab
        for letter in "The projector is dark":
            QTest.keyClick(tab.subject, letter)
            self._wait(_STEP_MS)
        tab.submit_button.click()
        self._settle()
        self._queue()
        self._settle()

    def begins_export(self, target: Path) -> Saving:
        """Let all tickets be written into a file."""
        tab = self._window().open_tab("reports")
        assert isinstance(tab, ReportsTab)  # noqa: S101 - the key of that tab
        self._settle()
        tab.page.saving.save_tickets(tab.desktop.desk, TicketQuery(), target)
        self._wait(_SOON_MS)
        return tab.page.saving

    def works_for(self, seconds: int) -> None:
        """Scroll through the queue, and look at the export now and then."""
        deadline = QDeadlineTimer(seconds * 1000)
        while not deadline.hasExpired():
            bar = self._rows().verticalScrollBar()
            for _ in range(_GLANCES):
                bar.setValue(0 if bar.value() == bar.maximum() else bar.value() + 170)
                self._wait(_STEP_MS)
            self._window().open_tab("reports")
            self._wait(_SOON_MS)

    def stops(self, saving: Saving) -> float:
        """Stop an export; return how many milliseconds passed until it had ended."""
        self._window().open_tab("reports")
        started = perf_counter()
        saving.stop()
        self._until(lambda: not saving.is_busy)
        return (perf_counter() - started) * 1000

    def _window(self) -> MainWindow:
        window = self._app.main_window
        assert window is not None  # noqa: S101 - nothing is done before signing in
        return window

    def _queue(self) -> TicketListTab:
        tab = self._window().open_tab("manage")
        assert isinstance(tab, TicketListTab)  # noqa: S101 - the key of that tab
        return tab

    def _rows(self) -> QListView:
        lists = self._queue().findChildren(QListView)
        return next(rows for rows in lists if rows.accessibleName() == "Tickets")

    def _settle(self) -> None:
        """Wait until nothing is under way and nothing more begins."""
        self._wait(200)
        self._until(lambda: not self._app.background.busy)

    def _wait(self, milliseconds: int) -> None:
        deadline = QDeadlineTimer(milliseconds)
        while not deadline.hasExpired():
            QTest.qWait(1)

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = QDeadlineTimer(_LONGEST_MS)
        while not condition():
            if deadline.hasExpired():
                raise TimeoutError("the window does not do what it should")
            QTest.qWait(1)


class _RowsPainted(QObject):
    """Notes when a list with rows in it was painted for the first time."""

    def __init__(self, rows: QListView) -> None:
        super().__init__()
        self._rows = rows
        self.at: float | None = None
        rows.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Note the end of the turn in which the rows are painted."""
        if event.type() == QEvent.Paint and self.at is None and self._rows.model().rowCount():
            self.at = perf_counter()
        return False
