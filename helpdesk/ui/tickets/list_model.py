# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a ticket list, fetched page by page while somebody scrolls."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.tickets import TicketPage, TicketQuery, TicketRow
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.pages import read_pages
from helpdesk.ui.tickets.clock.words import row_words

_MOST_READ_AGAIN = 400
ROW_ROLE = Qt.UserRole
PAGE = 50


class TicketListModel(QAbstractListModel):
    """Tickets in the order the desk gives them; announces no row before it has come."""

    arrived = pyqtSignal(bool)
    """A first page is shown; whether it has any row."""
    failed = pyqtSignal(object)
    """The first page did not come."""
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty; `show_query` loads."""
        super().__init__(parent)
        self._desktop = desktop
        self._rows: list[TicketRow] = []
        self._query = TicketQuery()
        self._cursor: str | None = None
        self._more: Job[TicketPage] | None = None

    @property
    def query(self) -> TicketQuery:
        """What is shown."""
        return self._query

    def show_query(self, query: TicketQuery) -> None:
        """Load the first page of a query in place of what is shown."""
        self._query = query
        self._load(PAGE)

    def reload(self) -> None:
        """Load again the rows that are shown; far down they stay as they were read."""
        self._load(min(max(PAGE, len(self._rows)), _MOST_READ_AGAIN), keeps_tail=True)

    def row(self, index: QModelIndex) -> TicketRow | None:
        """Return the ticket of an index."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, ticket_id: int) -> QModelIndex:
        """Return where a ticket stands, invalid where it is not loaded."""
        for position, row in enumerate(self._rows):
            if row.id == ticket_id:
                return self.index(position)
        return QModelIndex()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many tickets have come."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the ticket, or the words a screen reader says for it."""
        if role == ROW_ROLE:
            return self._rows[index.row()]
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole):
            row = self._rows[index.row()]
            said = f"{row.number} {row.subject}, {row.priority.label}, {row.status.label}"
            clock = row.clock
            if clock is None or clock.kind is None or not row.status.is_open:
                return said
            own = row.requester.id == self._desktop.person.id
            return f"{said}, {row_words(clock, self._desktop.clock(), own=own)[0]}"
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether the desk has more than is shown."""
        return self._cursor is not None and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask the desk for the next page."""
        if not self.canFetchMore(parent):
            return
        query = self._query.model_copy(update={"limit": PAGE, "cursor": self._cursor})
        job = self._desktop.background.run(self, self._desktop.desk.tickets.search, query)
        self._more = job
        job.then(self._on_more).failed(self._on_more_failed)

    def _load(self, rows: int, *, keeps_tail: bool = False) -> None:
        if self._more is not None:
            self._more.cancel()
            self._more = None
        search = self._desktop.desk.tickets.search
        job = self._desktop.background.latest(self, read_pages, search, self._query, rows)
        tail = self._rows[rows:] if keeps_tail else []
        job.then(partial(self._on_first_page, tail)).failed(self.failed.emit)

    def _on_first_page(self, tail: list[TicketRow], page: TicketPage) -> None:
        self.beginResetModel()
        self._rows = list(page.items)
        if tail and page.next_cursor is not None:
            known = {row.id for row in self._rows}
            self._rows += [row for row in tail if row.id not in known]
        else:
            self._cursor = page.next_cursor
        self.endResetModel()
        self.arrived.emit(bool(self._rows))

    def _on_more(self, page: TicketPage) -> None:
        self._more = None
        known = {row.id for row in self._rows}
        # A ticket that moved down since the last page would otherwise stand there twice.
        new = [row for row in page.items if row.id not in known]
        self._cursor = page.next_cursor
        if new:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)
