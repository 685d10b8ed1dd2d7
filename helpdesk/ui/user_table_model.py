# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the list of accounts, fetched page by page while somebody scrolls."""

from __future__ import annotations

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.users import UserPage, UserQuery, UserView
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.pages import read_pages
from helpdesk.ui.widgets.times import relative_time

_COLUMNS = ("Name", "User name", "E-mail", "Role", "State", "Open tickets", "Last sign-in")
_FIGURES_COLUMN = _COLUMNS.index("Open tickets")
PAGE = 100


class UserTableModel(QAbstractTableModel):
    """Accounts by name, fetched page by page."""

    arrived = pyqtSignal(int)
    """A first page is shown; the row of the chosen account, or -1."""
    failed = pyqtSignal(object)
    """The first page did not come."""
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._desktop = desktop
        self._users: list[UserView] = []
        self._query = UserQuery(limit=PAGE)
        self._cursor: str | None = None
        self._more: Job[UserPage] | None = None
        self._chosen_id: int | None = None

    def show_query(self, query: UserQuery) -> None:
        """Load the first page of a query."""
        self._query = query
        self._chosen_id = None
        self._load(PAGE)

    def reload(self) -> None:
        """Load again as many accounts as are shown."""
        self._load(max(PAGE, len(self._users)))

    def choose(self, user_id: int) -> None:
        """Say which account is to be chosen after the next load."""
        self._chosen_id = user_id

    def user(self, index: QModelIndex) -> UserView | None:
        """Return the account of an index."""
        if not index.isValid():
            return None
        user = self._users[index.row()]
        self._chosen_id = user.id
        return user

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many accounts have come."""
        return 0 if parent.isValid() else len(self._users)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return len(_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if role == Qt.TextAlignmentRole and section == _FIGURES_COLUMN:
            return int(Qt.AlignRight | Qt.AlignVCenter)
        is_title = role == Qt.DisplayRole and orientation == Qt.Horizontal
        return _COLUMNS[section] if is_title else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the text of a cell."""
        if role == Qt.DisplayRole:
            return self._text(self._users[index.row()], index.column())
        if role == Qt.TextAlignmentRole and index.column() == _FIGURES_COLUMN:
            return int(Qt.AlignRight | Qt.AlignVCenter)
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether there are more accounts."""
        return self._cursor is not None and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask for the next page."""
        query = self._query.model_copy(update={"cursor": self._cursor})
        self._more = self._desktop.background.run(self, self._desktop.desk.users.search, query)
        self._more.then(self._on_more).failed(self._on_more_failed)

    def _text(self, user: UserView, column: int) -> str:
        seen = user.last_sign_in_at
        texts = (
            user.full_name,
            user.username,
            user.email or "",
            user.role.label,
            _state(user),
            f"{user.open_tickets:,}" if user.open_tickets else "",
            relative_time(seen, self._desktop.clock()) if seen else "never",
        )
        return texts[column]

    def _load(self, rows: int) -> None:
        if self._more is not None:
            self._more.cancel()
            self._more = None
        search = self._desktop.desk.users.search
        job = self._desktop.background.latest(self, read_pages, search, self._query, rows)
        job.then(self._on_first_page).failed(self.failed.emit)

    def _on_first_page(self, page: UserPage) -> None:
        self.beginResetModel()
        self._users = list(page.items)
        self._cursor = page.next_cursor
        self.endResetModel()
        rows = [row for row, user in enumerate(self._users) if user.id == self._chosen_id]
        self.arrived.emit(rows[0] if rows else -1)

    def _on_more(self, page: UserPage) -> None:
        self._more = None
        self._cursor = page.next_cursor
        if page.items:
            first = len(self._users)
            self.beginInsertRows(QModelIndex(), first, first + len(page.items) - 1)
            self._users += page.items
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)


def _state(user: UserView) -> str:
    if not user.active:
        return "Deactivated"
    return "Active" if user.password_set else "No password yet"
