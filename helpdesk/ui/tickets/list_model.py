# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets of a list, fetched page by page while somebody scrolls, in whatever shape."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.core.schemas.tickets import TicketPage, TicketQuery, TicketRow
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.pages import read_pages
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.row_words import Presence, sentence
from helpdesk.ui.tickets.table.columns import COLUMNS, Cell
from helpdesk.ui.widgets.plain_label import plain_tooltip

_MOST_READ_AGAIN = 400
ROW_ROLE = Qt.UserRole
PRESENCE_ROLE = Qt.UserRole + 1
"""The ``Presence`` of somebody else at the ticket, or nothing."""
MARKED_ROLE = Qt.UserRole + 2
"""Whether the ticket is marked."""
PAGE = 50
_RIGHT = int(Qt.AlignRight | Qt.AlignVCenter)
_NONE = QModelIndex()


class TicketListModel(QAbstractTableModel):
    """Tickets in the order the desk gives them; announces no row before it has come.

    What cells say is worked out once for each row and minute: painting asks for it a thousand
    times a second.
    """

    arrived = pyqtSignal(bool)
    """A first page is shown; whether it has any row."""
    failed = pyqtSignal(object)
    """The first page did not come."""
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    def __init__(self, desktop: Desktop, parent: QObject, marks: Marks | None = None) -> None:
        """Begin empty; `show_query` loads."""
        super().__init__(parent)
        self._desktop = desktop
        self._rows: list[TicketRow] = []
        self._cells: dict[int, tuple[Cell, ...]] = {}
        self._query = TicketQuery()
        self._cursor: str | None = None
        self._more: Job[TicketPage] | None = None
        self._presence: Mapping[int, Presence] = {}
        self.marks = marks if marks is not None else Marks(self)

    @property
    def query(self) -> TicketQuery:
        """What is shown."""
        return self._query

    @property
    def rows(self) -> tuple[TicketRow, ...]:
        """The tickets that have come."""
        return tuple(self._rows)

    @property
    def has_more(self) -> bool:
        """Whether the desk has more than have come."""
        return self._cursor is not None

    def show_query(self, query: TicketQuery) -> None:
        """Load the first page of a query in place of what is shown."""
        self._query = query
        self._load(PAGE)

    def reload(self) -> None:
        """Load again the rows that are shown; far down they stay as they were read."""
        self._load(min(max(PAGE, len(self._rows)), _MOST_READ_AGAIN), keeps_tail=True)

    def rows_at(self, position: int) -> TicketRow:
        """Return the ticket at a place, for whoever paints it."""
        return self._rows[position]

    def row(self, index: QModelIndex) -> TicketRow | None:
        """Return the ticket of an index."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, ticket_id: int) -> QModelIndex:
        """Return where a ticket stands, invalid where it is not loaded."""
        for position, row in enumerate(self._rows):
            if row.id == ticket_id:
                return self.index(position, 0)
        return QModelIndex()

    def set_presence(self, presence: Mapping[int, Presence]) -> None:
        """Show who else is at which ticket, by the ids of the tickets."""
        touched = set(self._presence) ^ set(presence) | {
            id_ for id_, other in presence.items() if self._presence.get(id_) != other
        }
        self._presence = dict(presence)
        for position, row in enumerate(self._rows):
            if row.id in touched:
                here = self.index(position, 0)
                self.dataChanged.emit(here, self.index(position, len(COLUMNS) - 1))

    def presence(self, ticket_id: int) -> Presence | None:
        """Return who else is at a ticket."""
        return self._presence.get(ticket_id)

    def forget_words(self) -> None:
        """Work out anew what cells say: a minute has passed."""
        self._cells.clear()

    def cell(self, position: int, column: int) -> Cell:
        """Return what a cell says, for whoever paints it."""
        cells = self._cells.get(position)
        if cells is None:
            row, now, person = self._rows[position], self._desktop.clock(), self._desktop.person.id
            cells = tuple(each.cell(row, now, person) for each in COLUMNS)
            self._cells[position] = cells
        return cells[column]

    def rowCount(self, parent: QModelIndex = _NONE) -> int:
        """Return how many tickets have come."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = _NONE) -> int:
        """Return how many columns a table of them can have."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation != Qt.Horizontal:
            return None
        if role == Qt.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.TextAlignmentRole and COLUMNS[section].is_figure:
            return _RIGHT
        return None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the ticket, what a cell says, or the words a screen reader says for it."""
        if role == ROW_ROLE:
            return self._rows[index.row()]
        if role == MARKED_ROLE:
            return self._rows[index.row()].id in self.marks
        if role == PRESENCE_ROLE:
            return self._presence.get(self._rows[index.row()].id)
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole):
            return self._said(index) if not index.column() else self._cell_text(index)
        if role == Qt.ToolTipRole:
            return self._in_full(index)
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

    def take_out(self, ticket_id: int) -> None:
        """Show a ticket no longer, which is being moved somewhere else."""
        at = self.index_of(ticket_id).row()
        if at >= 0:
            self.beginRemoveRows(QModelIndex(), at, at)
            del self._rows[at]
            self._cells.clear()
            self.endRemoveRows()

    def put_first(self, row: TicketRow) -> None:
        """Show a ticket at the top, until it is known where it belongs."""
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._rows.insert(0, row)
        self._cells.clear()
        self.endInsertRows()

    def _cell_text(self, index: QModelIndex) -> str:
        return self.cell(index.row(), index.column())[0]

    def _said(self, index: QModelIndex) -> str:
        """Return the row as one sentence: the first cell speaks for all of it."""
        row = self._rows[index.row()]
        words = sentence(row, self._desktop.clock(), self._desktop.person.id)
        presence = self._presence.get(row.id)
        marked = ", marked" if row.id in self.marks else ""
        return f"{words}{marked}" + (f", {presence.words}" if presence else "")

    def _in_full(self, index: QModelIndex) -> str | None:
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        presence = self._presence.get(row.id) if not index.column() else None
        words = presence.words if presence else column.in_full(row) if column.in_full else ""
        return plain_tooltip(words) if words else None

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
        self._cells.clear()
        known = {row.id: row for row in self._rows}
        self.marks.learn(known)
        if tail and page.next_cursor is not None:
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
