# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a list of people, fetched page by page while somebody scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.ui import theme
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.pages import read_pages
from helpdesk.ui.widgets.plain_label import plain_tooltip

PAGE = 100
_LARGEST = 200


class Column(NamedTuple):
    """A column: its title, what a cell says, and what it says in full under the pointer."""

    title: str
    text: Callable[[Any, datetime], str]
    width: int | None = None
    """Pixels; without it the column shares with its like what is left, by what it says."""
    wide: int | None = None
    """Pixels where there is much room."""
    is_figure: bool = False
    in_full: Callable[[Any], str] | None = None
    gives_way: bool = False
    """Whether it is left out of a narrow window while it says nothing of anybody."""


class PeopleModel(QAbstractTableModel):
    """People by name, fetched page by page."""

    arrived = pyqtSignal(int)
    """A first page is shown; the row of the chosen person, or -1."""
    failed = pyqtSignal(object)
    """The first page did not come."""
    more_failed = pyqtSignal(object)
    """A further page did not come; scrolling asks again."""

    came_to_end = pyqtSignal()
    """Everybody is shown, as was asked for."""

    def __init__(
        self,
        desktop: Desktop,
        search: Callable[[Any], Any],
        columns: Sequence[Column],
        is_muted: Callable[[Any], bool],
        parent: QObject,
    ) -> None:
        """Begin empty; ``search`` gives a page of a query."""
        super().__init__(parent)
        self._desktop = desktop
        self._search = search
        self._columns = tuple(columns)
        self._is_muted = is_muted
        self._people: list[Any] = []
        self._query: Any = None
        self._cursor: str | None = None
        self._more: Job[Any] | None = None
        self._chosen_id: int | None = None
        self._goes_to_end = False

    @property
    def query(self) -> Any:
        """What is shown."""
        return self._query

    @property
    def has_more(self) -> bool:
        """Whether there are more people than are shown."""
        return self._cursor is not None

    def show_query(self, query: Any) -> None:
        """Load the first page of a query."""
        self._query = query
        self._chosen_id = None
        self._goes_to_end = False
        self._load(PAGE)

    def go_to_end(self) -> None:
        """Fetch page after page until everybody is shown; another query ends it."""
        self._goes_to_end = True
        self._go_on()

    def stay(self) -> None:
        """Fetch no more than is scrolled to."""
        self._goes_to_end = False

    def reload(self) -> None:
        """Load again as many people as are shown."""
        self._load(max(PAGE, len(self._people)))

    def choose(self, person_id: int) -> None:
        """Say who is to be chosen after the next load."""
        self._chosen_id = person_id

    def person(self, index: QModelIndex) -> Any:
        """Return the person of an index, or ``None``."""
        if not index.isValid() or index.row() >= len(self._people):
            return None
        person = self._people[index.row()]
        self._chosen_id = person.id
        return person

    def is_empty_in(self, column: int) -> bool:
        """Whether a column says nothing of all who have come."""
        text, now = self._columns[column].text, self._desktop.clock()
        return bool(self._people) and not any(text(each, now) for each in self._people)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many people have come."""
        return 0 if parent.isValid() else len(self._people)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if role == Qt.TextAlignmentRole and self._columns[section].is_figure:
            return int(Qt.AlignRight | Qt.AlignVCenter)
        is_title = role == Qt.DisplayRole and orientation == Qt.Horizontal
        return self._columns[section].title if is_title else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return what there is to show of a cell."""
        person, column = self._people[index.row()], self._columns[index.column()]
        if role == Qt.DisplayRole:
            return column.text(person, self._desktop.clock())
        if role == Qt.ToolTipRole:
            full = column.in_full(person) if column.in_full else ""
            return plain_tooltip(full or column.text(person, self._desktop.clock()))
        if role == Qt.TextAlignmentRole and column.is_figure:
            return int(Qt.AlignRight | Qt.AlignVCenter)
        if role == Qt.ForegroundRole and self._is_muted(person):
            return theme.current().colour("muted")
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether there are more people."""
        return self._cursor is not None and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask for the next page."""
        limit = _LARGEST if self._goes_to_end else self._query.limit
        query = self._query.model_copy(update={"cursor": self._cursor, "limit": limit})
        self._more = self._desktop.background.run(self, self._search, query)
        self._more.then(self._on_more).failed(self._on_more_failed)

    def _go_on(self) -> None:
        if not self._goes_to_end:
            return
        if self.canFetchMore(QModelIndex()):
            self.fetchMore(QModelIndex())
        elif not self.has_more:
            self._goes_to_end = False
            self.came_to_end.emit()

    def _load(self, rows: int) -> None:
        if self._more is not None:
            self._more.cancel()
            self._more = None
        job = self._desktop.background.latest(self, read_pages, self._search, self._query, rows)
        job.then(self._on_first_page).failed(self.failed.emit)

    def _on_first_page(self, page: Any) -> None:
        self.beginResetModel()
        self._people = list(page.items)
        self._cursor = page.next_cursor
        self.endResetModel()
        rows = [row for row, each in enumerate(self._people) if each.id == self._chosen_id]
        self.arrived.emit(rows[0] if rows else -1)
        self._go_on()

    def _on_more(self, page: Any) -> None:
        self._more = None
        self._cursor = page.next_cursor
        if page.items:
            first = len(self._people)
            self.beginInsertRows(QModelIndex(), first, first + len(page.items) - 1)
            self._people += page.items
            self.endInsertRows()
        self._go_on()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self._goes_to_end = False
        self.more_failed.emit(error)
