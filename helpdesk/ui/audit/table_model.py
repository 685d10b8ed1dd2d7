# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the audit log, the newest first: older ones come by scrolling, new ones on top."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.audit import AuditPage, AuditQuery, AuditView
from helpdesk.ui.audit.words import place_words, summary_of, who_words
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

PAGE = 100
COLUMNS: Final = ("When", "What", "About", "Who", "From")
WHEN, WHAT, ABOUT, WHO, PLACE = range(len(COLUMNS))
ENTRY_ROLE = Qt.UserRole


class AuditTableModel(QAbstractTableModel):
    """Entries by their number; one that has come never changes."""

    arrived = pyqtSignal()
    """The first page of a query is shown."""
    grown = pyqtSignal(int)
    """So many new entries now stand above those that were shown."""
    failed = pyqtSignal(object)
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._desktop = desktop
        self._entries: list[AuditView] = []
        self._query = AuditQuery(limit=PAGE)
        self._cursor: str | None = None
        self._more: Job[AuditPage] | None = None
        self._searching: Job[AuditPage] | None = None
        self._is_other = False
        self._number = -1

    def show_query(self, query: AuditQuery) -> None:
        """Load the first page of a query."""
        self._query = query.model_copy(update={"limit": PAGE, "cursor": None})
        self._cancel_more()
        self._is_other = True
        self._searching = self._ask(self._query)
        self._searching.then(self._on_first_page).failed(self._on_failed)

    def look_for_new(self) -> None:
        """Load what has been entered since; or all, where that failed."""
        if self._searching is not None:
            return
        if self._is_other:
            self.show_query(self._query)
            return
        self._ask(self._query).then(self._on_newest).failed(self._on_failed)

    def look_whether_new(self) -> None:
        """Ask for the newest number, which keeps no idle session alive, and load what is new."""
        if self._searching is not None or self._is_other:
            self.look_for_new()
            return
        newest = self._desktop.desk.audit.newest
        job = self._desktop.background.latest(self, newest)
        job.then(self._on_number).failed(self._on_failed)

    def entry(self, index: QModelIndex) -> AuditView | None:
        """Return the entry of an index."""
        return self._entries[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many entries have come."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the title of a column."""
        is_title = role == Qt.DisplayRole and orientation == Qt.Horizontal
        return COLUMNS[section] if is_title else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the text of a cell, or all of the entry where one asks for it."""
        entry = self._entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.DisplayRole:
            return self._text(entry, index.column())
        if role == Qt.ToolTipRole:
            if index.column() == WHEN:
                return plain_tooltip(full_time(entry.at))
            return plain_tooltip(self._text(entry, index.column()))
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether there are older entries."""
        return self._cursor is not None and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask for the next older page."""
        query = self._query.model_copy(update={"cursor": self._cursor})
        self._more = self._desktop.background.run(self, self._desktop.desk.audit.search, query)
        self._more.then(self._on_more).failed(self._on_more_failed)

    def _text(self, entry: AuditView, column: int) -> str:
        if column == WHEN:
            return relative_time(entry.at, self._desktop.clock())
        if column == WHAT:
            return entry.action.label
        if column == ABOUT:
            return summary_of(entry)
        return who_words(entry) if column == WHO else place_words(entry)

    def _ask(self, query: AuditQuery) -> Job[AuditPage]:
        return self._desktop.background.latest(self, self._desktop.desk.audit.search, query)

    def _cancel_more(self) -> None:
        if self._more is not None:
            self._more.cancel()
            self._more = None

    def _on_failed(self, error: Exception) -> None:
        self._searching, self._number = None, -1
        self.failed.emit(error)

    def _on_number(self, number: int) -> None:
        if number == self._number:
            self.grown.emit(0)
            return
        self._number = number
        self.look_for_new()

    def _on_first_page(self, page: AuditPage) -> None:
        self._searching, self._is_other = None, False
        self.beginResetModel()
        self._entries = list(page.items)
        self._cursor = page.next_cursor
        self.endResetModel()
        self.arrived.emit()

    def _on_newest(self, page: AuditPage) -> None:
        known = self._entries[0].id if self._entries else 0
        new = [entry for entry in page.items if entry.id > known]
        if not self._entries or len(new) == len(page.items) > 0:
            # All that has come is new, and more may lie in between.
            self._cancel_more()
            self._on_first_page(page)
            return
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._entries[:0] = new
            self.endInsertRows()
        self.grown.emit(len(new))

    def _on_more(self, page: AuditPage) -> None:
        self._more = None
        self._cursor = page.next_cursor
        if page.items:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(page.items) - 1)
            self._entries += page.items
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)
