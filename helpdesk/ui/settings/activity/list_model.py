# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done by somebody and with their account, newest first, fetched while they scroll."""

from __future__ import annotations

from PyQt5.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.audit import AuditAction, AuditPage, AuditQuery, AuditView
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.activity.words import changes_of, title_of, who_and_where
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.times import full_time

PAGE = 50
_MOST_READ_AGAIN = 500


class ActivityListModel(QAbstractListModel):
    """Announces no row before it has come."""

    arrived = pyqtSignal()
    failed = pyqtSignal(object)
    more_failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__(parent)
        self._desktop = desktop
        self._rows: list[AuditView] = []
        self._actions: tuple[AuditAction, ...] = ()
        self._cursor: str | None = None
        self._more: Job[AuditPage] | None = None

    def show_actions(self, actions: tuple[AuditAction, ...]) -> None:
        """List those actions alone, or all where none is named."""
        self._actions = actions
        self._replace((), None)
        self.load()

    def load(self) -> None:
        """Load the newest again, as many as are shown."""
        if self._more is not None:
            self._more.cancel()
            self._more = None
        limit = min(max(PAGE, len(self._rows)), _MOST_READ_AGAIN)
        query = AuditQuery(actions=self._actions, limit=limit)
        job = self._desktop.background.latest(self, self._desktop.desk.profiles.activity, query)
        job.then(self._on_first).failed(self.failed.emit)

    def row(self, index: QModelIndex) -> AuditView | None:
        """Return the entry of an index."""
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many have come."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the entry, or the words a screen reader says for it."""
        row = self._rows[index.row()]
        if role == Qt.UserRole:
            return row
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole, Qt.ToolTipRole):
            where = who_and_where(row, self._desktop.person.id)
            parts = (title_of(row), where, changes_of(row), full_time(row.at))
            said = [part for part in parts if part]
            return plain_tooltip("\n".join(said)) if role == Qt.ToolTipRole else ". ".join(said)
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether the desk has more than is shown."""
        return self._cursor is not None and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask the desk for older ones."""
        if not self.canFetchMore(parent):
            return
        query = AuditQuery(actions=self._actions, limit=PAGE, cursor=self._cursor)
        self._more = self._desktop.background.run(self, self._desktop.desk.profiles.activity, query)
        self._more.then(self._on_more).failed(self._on_more_failed)

    def _on_first(self, page: AuditPage) -> None:
        self._replace(page.items, page.next_cursor)
        self.arrived.emit()

    def _replace(self, rows: tuple[AuditView, ...], cursor: str | None) -> None:
        self._cursor = cursor
        if rows and [row.id for row in rows] == [row.id for row in self._rows]:
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def _on_more(self, page: AuditPage) -> None:
        self._more, self._cursor = None, page.next_cursor
        if page.items:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(page.items) - 1)
            self._rows += page.items
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)
