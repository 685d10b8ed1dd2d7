# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of people with its search, and the states it can be in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QResizeEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.users import UserCount
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.people.people_model import Column, PeopleModel
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.table_rows import follow_density
from helpdesk.ui.widgets.times import stale_sentence

_PAUSE_MS = 150
_SEARCH_WIDTH = 340
_WIDE = 1050
_LOWEST = 100
_OTHERWISE = Qt.ShiftModifier | Qt.AltModifier | Qt.MetaModifier


def shares(needs: Sequence[int], room: int) -> list[int]:
    """Share room so that whoever needs less than an equal share gets it, and the others the rest.

    What nobody needs is shared by all.
    """
    found, left = [0] * len(needs), room
    for rank, at in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        found[at] = min(needs[at], left // (len(needs) - rank))
        left -= found[at]
    return [width + max(0, left) // len(needs) for width in found]


class PeopleList(QWidget):
    """Searches as one types, narrows by filters, and keeps choice and place when refreshed."""

    chosen = pyqtSignal()
    """Another person is chosen, or nobody."""
    opened = pyqtSignal()
    """The chosen person is to be opened."""

    def __init__(
        self,
        desktop: Desktop,
        search: Callable[[Any], Any],
        columns: Sequence[Column],
        filters: Sequence[FilterButton],
        query: Callable[[str], Any],
        *,
        placeholder: str,
        is_muted: Callable[[Any], bool] = lambda _person: False,
    ) -> None:
        """Load nothing yet; ``query`` makes what is asked for out of the text and the filters."""
        super().__init__()
        self._desktop = desktop
        self._columns = tuple(columns)
        self._is_wide = False
        self._filters = tuple(filters)
        self._query = query
        self._count_all: Callable[[Any], UserCount] | None = None
        self._total: int | None = None
        self._keeps_place = False
        self._place = 0
        self._read_at: datetime | None = None
        self.stale = Banner()
        self.empty: tuple[str, str] = ("Nobody found", "Try another name, or fewer filters.")
        self.model = PeopleModel(desktop, search, columns, is_muted, self)
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.arrived.connect(self._on_arrived)
        self.model.rowsInserted.connect(self._on_more)
        self.model.came_to_end.connect(self._choose_last)
        self.model.failed.connect(self._on_failed)
        self.model.more_failed.connect(desktop.background.unheard)
        self._build(columns, placeholder)

    @property
    def person(self) -> Any:
        """Who is chosen, or ``None``."""
        return self.model.person(self.table.currentIndex())

    @property
    def is_narrowed(self) -> bool:
        """Whether a text or a filter leaves somebody out."""
        return bool(self.search.text().strip()) or any(f.chosen_keys() for f in self._filters)

    def count_by(self, count: Callable[[Any], UserCount]) -> None:
        """Say how many there are in all; it is asked once the first page is shown."""
        self._count_all = count

    def load(self) -> None:
        """Load from the start, by what is typed and ticked."""
        self._pause.stop()
        self._keeps_place = False
        self._total = None
        if not self.model.rowCount():
            self.states.show_loading()
        self.model.show_query(self._query(self.search.text()[:NAME_LIMIT]))

    def reload(self, *, keeps_place: bool = True) -> None:
        """Load again as far as is shown, keeping the chosen one and the place."""
        self._keeps_place = keeps_place
        self.model.reload()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lead to the first or the last person: sideways there is nothing to choose."""
        if watched is self.table and event.type() == QEvent.KeyPress:
            assert isinstance(event, QKeyEvent)  # noqa: S101 - what a press of a key is
            is_plain = not event.modifiers() & _OTHERWISE
            if event.key() == Qt.Key_End and is_plain:
                self.model.go_to_end()
                return True
            self.model.stay()
            if event.key() == Qt.Key_Home and is_plain:
                self.table.selectRow(0)
                return True
        return bool(super().eventFilter(watched, event))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give columns more room where there is some; what a person has set stays until then."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE
        if is_wide is not self._is_wide:
            self._give_room(is_wide=is_wide)
        self._share_room()

    def _give_room(self, *, is_wide: bool) -> None:
        self._is_wide = is_wide
        for at, each in enumerate(self._columns):
            if each.width is not None:
                width = each.wide if is_wide and each.wide else each.width
                self.table.horizontalHeader().resizeSection(at, width)
        self._hide_empty()

    def _share_room(self) -> None:
        """Give columns of no fixed width as much as they need, as long as others have enough.

        The last of them takes what is left.
        """
        shared = [at for at, each in enumerate(self._columns) if each.width is None]
        header = self.table.horizontalHeader()
        fixed = sum(header.sectionSize(at) for at in range(header.count()) if at not in shared)
        needs = [max(_LOWEST, self.table.sizeHintForColumn(at)) for at in shared]
        widths = shares(needs, self.table.viewport().width() - fixed)
        for at, width in list(zip(shared, widths, strict=True))[:-1]:
            header.resizeSection(at, max(_LOWEST, width))

    def _hide_empty(self) -> None:
        """Where there is little room, let columns give way that say nothing of anybody."""
        for at, each in enumerate(self._columns):
            is_empty = not self._is_wide and each.gives_way and self.model.is_empty_in(at)
            self.table.setColumnHidden(at, is_empty)

    def _build(self, columns: Sequence[Column], placeholder: str) -> None:
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.load)
        self.search = QLineEdit()
        self.search.setPlaceholderText(placeholder)
        self.search.setAccessibleName("Search people")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.search.textChanged.connect(self._pause.start)
        self.search.returnPressed.connect(self._on_entered)
        row = QWidget()
        flow = FlowLayout(spacing=8)
        row.setLayout(flow)
        flow.addWidget(self.search)
        for button in self._filters:
            button.chosen.connect(self.load)
            flow.addWidget(button)
        self.count = PlainLabel(role="muted")
        self.count.setWordWrap(False)
        self.above = QHBoxLayout()
        self.above.setSpacing(8)
        self.above.addWidget(self.count, 1)
        self.states = StateView()
        self.states.set_content(self._make_table(columns))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(row)
        column.addLayout(self.above)
        column.addWidget(self.states, 1)

    def _make_table(self, columns: Sequence[Column]) -> QTableView:
        self.table = QTableView()
        self.table.installEventFilter(self)
        self.table.setAccessibleName("People")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.table.verticalHeader().hide()
        follow_density(self.table)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        for at, each in enumerate(columns):
            takes_rest = each.width is None and all(after.width for after in columns[at + 1 :])
            header.setSectionResizeMode(
                at, QHeaderView.Stretch if takes_rest else QHeaderView.Interactive
            )
        self._give_room(is_wide=False)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit())
        self.table.doubleClicked.connect(lambda _: self.opened.emit())
        self.table.activated.connect(lambda _: self.opened.emit())
        return self.table

    def _on_entered(self) -> None:
        """Go from the search to what it has found."""
        if self._pause.isActive():
            self.load()
        self.table.setFocus()
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.selectRow(0)

    def _on_arrived(self, chosen_row: int) -> None:
        self._read_at = self._desktop.clock()
        self.stale.clear()
        if not self.model.rowCount():
            self.states.show_empty(*self.empty)
        else:
            self.states.show_content()
            if chosen_row >= 0:
                self.table.selectRow(chosen_row)
            if self._keeps_place:
                self.table.doItemsLayout()  # type: ignore[attr-defined]
                self.table.verticalScrollBar().setValue(self._place)
        self._hide_empty()
        if not self._keeps_place:
            self._share_room()
        self._show_count()
        self._ask_total()
        self.chosen.emit()

    def _on_more(self) -> None:
        self._hide_empty()
        self._show_count()

    def _show_count(self) -> None:
        rows, has_more = self.model.rowCount(), self.model.has_more
        said = f"{rows:,} of {self._total:,}" if has_more and self._total else f"{rows:,}"
        noun = "person" if rows == 1 and not has_more else "people"
        more = ", more as you scroll" if has_more else ""
        self.count.setText(f"{said} {noun}{more}" if rows else "")

    def _ask_total(self) -> None:
        """Ask how many there are, where that is not seen."""
        if self._count_all is not None and self.model.has_more:
            query = self.model.query
            job = self._desktop.background.run(self, self._count_all, query)
            job.then(partial(self._show_total, query)).failed(lambda _error: None)

    def _show_total(self, query: Any, counted: UserCount) -> None:
        if query == self.model.query:
            self._total = counted.count
            self._show_count()

    def _choose_last(self) -> None:
        self.table.selectRow(self.model.rowCount() - 1)
        self.table.scrollToBottom()

    def _keep_place(self) -> None:
        self._place = self.table.verticalScrollBar().value()

    def _on_failed(self, error: Exception) -> None:
        is_away = isinstance(error, Unreachable)
        if is_away:
            self._desktop.feed.fell_behind()
        if is_away and self._keeps_place and self._read_at:
            self.stale.show_quiet(stale_sentence(self._read_at))
            return
        self.stale.clear()
        self.count.setText("")
        self.states.show_failed(sentence_of(error), self.load)
