# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the bell's list, newest first, fetched page by page while somebody scrolls."""

from __future__ import annotations

from collections.abc import Collection

from PyQt5.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.notifications import (
    NotificationPage,
    NotificationQuery,
    NotificationView,
)
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.notifications.words import spoken
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.times import full_time

ROW_ROLE = Qt.UserRole
PAGE = 30
_MOST_READ_AGAIN = 200


class NotificationListModel(QAbstractListModel):
    """Announces no row before it has come; a row that is read now stays where it stands."""

    arrived = pyqtSignal(object)
    """The newest are shown: a ``NotificationPage`` with how many are unread."""
    failed = pyqtSignal(object)
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__(parent)
        self._desktop = desktop
        self._rows: list[NotificationView] = []
        self._unread_only = False
        self._has_more = False
        self._more: Job[NotificationPage] | None = None

    @property
    def unread_only(self) -> bool:
        """Whether what was read is left out."""
        return self._unread_only

    def show_unread(self, unread_only: bool) -> None:
        """Leave out what was read, or do not; loads anew."""
        self._unread_only = unread_only
        self._replace([], has_more=False)
        self.load()

    def load(self) -> None:
        """Load the newest again, as many as are shown."""
        if self._more is not None:
            self._more.cancel()
            self._more = None
        limit = min(max(PAGE, len(self._rows)), _MOST_READ_AGAIN)
        query = NotificationQuery(unread_only=self._unread_only, limit=limit)
        search = self._desktop.desk.notifications.search
        job = self._desktop.background.latest(self, search, query)
        job.then(self._on_first).failed(self.failed.emit)

    def row(self, index: QModelIndex) -> NotificationView | None:
        """Return the notification of an index."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, id_: int) -> QModelIndex:
        """Return where a notification stands, invalid where it is not listed."""
        for position, row in enumerate(self._rows):
            if row.id == id_:
                return self.index(position)
        return QModelIndex()

    @property
    def newest_id(self) -> int:
        """The id of the newest that is listed, 0 for none."""
        return self._rows[0].id if self._rows else 0

    def set_read(self, ids: Collection[int], read: bool) -> None:
        """Show some as read, or as unread."""
        for position, row in enumerate(self._rows):
            if row.id in ids and row.read != read:
                self._rows[position] = row.model_copy(update={"read": read})
                self.dataChanged.emit(self.index(position), self.index(position))

    def set_all_read(self, until_id: int) -> None:
        """Show all up to one as read."""
        self.set_read({row.id for row in self._rows if row.id <= until_id}, True)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many have come."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the notification, or the words a screen reader says for it."""
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole):
            return spoken(row, self._desktop.clock())
        if role == Qt.ToolTipRole:
            lines = (full_time(row.at), row.title, row.text, row.why)
            return plain_tooltip("\n".join(line for line in lines if line))
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether the desk has more than is shown."""
        return self._has_more and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask the desk for older ones."""
        if not self.canFetchMore(parent) or not self._rows:
            return
        query = NotificationQuery(
            unread_only=self._unread_only, limit=PAGE, before_id=self._rows[-1].id
        )
        # Not as the latest of its kind, which the next `load` would cancel unseen.
        job = self._desktop.background.run(self, self._desktop.desk.notifications.search, query)
        self._more = job
        job.then(self._on_more).failed(self._on_more_failed)

    def _on_first(self, page: NotificationPage) -> None:
        self._replace(list(page.items), has_more=page.has_more)
        self.arrived.emit(page)

    def _replace(self, rows: list[NotificationView], *, has_more: bool) -> None:
        """Show other rows; where only new ones came, the others do not move under the pointer."""
        known = [row.id for row in self._rows]
        new = next((at for at, row in enumerate(rows) if known and row.id == known[0]), len(rows))
        kept = len(rows) - new
        lost_some = kept < len(known) and not has_more
        if kept and not lost_some and [row.id for row in rows[new:]] == known[:kept]:
            if kept == len(known):
                self._has_more = has_more
            self._insert_above(rows, new)
        else:
            self.beginResetModel()
            self._rows, self._has_more = rows, has_more
            self.endResetModel()

    def _insert_above(self, rows: list[NotificationView], new: int) -> None:
        if new:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self._rows = rows[:new] + self._rows
            self.endInsertRows()
        self._rows[: len(rows)] = rows
        self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _on_more(self, page: NotificationPage) -> None:
        self._more = None
        self._has_more = page.has_more
        known = {row.id for row in self._rows}
        older = [row for row in page.items if row.id not in known]
        if older:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(older) - 1)
            self._rows += older
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)
