# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as a table, over the same pages as the list."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QEvent, QModelIndex, QPoint, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QResizeEvent
from PyQt5.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from helpdesk.core.schemas.tickets import Sort
from helpdesk.ui import theme
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.table.cell_delegate import CellDelegate
from helpdesk.ui.tickets.table.columns import COLUMNS, KEYS
from helpdesk.ui.tickets.table.layout import layout_text, restore_layout, usual_layout
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.table_rows import follow_density

_NUMBER, _SUBJECT = KEYS.index("number"), KEYS.index("subject")
_LEAST_SUBJECT = 240
_BOX_ROOM = 26
_STEP = 60
_DENSITIES = (("comfortable", "Comfortable"), ("compact", "Compact"))
_DESCENDING = (Sort.NEWEST, Sort.UPDATED, Sort.URGENCY)


class TicketTable(QTableView):
    """Columns are chosen, dragged and resized, and kept for the person and the tab."""

    sort_wanted = pyqtSignal(object)
    """The ``Sort`` that a click on a heading asks for."""

    def __init__(
        self, model: TicketListModel, desktop: Desktop, name: str, *, with_boxes: bool
    ) -> None:
        """Show a model; ``name`` is what the layout is remembered under."""
        super().__init__()
        self._desktop = desktop
        self._place = desktop.own(f"{name}/table")
        self._sort = Sort.URGENCY
        self._fits = True
        self.delegate = CellDelegate(self, model, self._is_first, with_boxes=with_boxes)
        self.setProperty("kind", "rows")
        self.setAccessibleName("Tickets as a table")
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.Fixed)
        follow_density(self)
        self.entered.connect(lambda index: self._hover(index.row()))
        self._build_header(with_boxes=with_boxes)

    @property
    def shown_keys(self) -> list[str]:
        """The keys of the columns shown, in their order."""
        header = self.horizontalHeader()
        order = (header.logicalIndex(at) for at in range(len(KEYS)))
        return [KEYS[at] for at in order if not header.isSectionHidden(at)]

    def show_sort(self, sort: Sort) -> None:
        """Mark the heading that the rows are sorted by, if one of them is it."""
        self._sort = sort
        header = self.horizontalHeader()
        at = next((i for i, column in enumerate(COLUMNS) if sort in column.sorts), -1)
        order = Qt.DescendingOrder if sort in _DESCENDING else Qt.AscendingOrder
        header.setSortIndicator(at, order)

    def fill_menu(self, menu: QMenu) -> None:
        """Offer the columns with check marks, and how close the rows are."""
        menu.clear()
        header = self.horizontalHeader()
        for at in (header.logicalIndex(place) for place in range(len(KEYS))):
            action = menu.addAction(COLUMNS[at].title)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(at))
            # Without it nobody could tell which row is which.
            action.setEnabled(at != _NUMBER)
            action.toggled.connect(partial(self._show_column, at))
        menu.addSeparator()
        menu.addAction("Usual columns", self._use_usual)
        density = ChoiceMenu(_DENSITIES, menu, "Density")
        density.set_current(theme.current().density)
        density.chosen.connect(partial(self._desktop.look.choose_density, self._desktop))
        menu.addMenu(density)

    def save_state(self) -> None:
        """Remember the columns."""
        if not self._fits:
            self._desktop.state.setValue(self._place, layout_text(self.horizontalHeader()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right scroll: a row is chosen as a whole."""
        if event.key() in (Qt.Key_Left, Qt.Key_Right):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + (_STEP if event.key() == Qt.Key_Right else -_STEP))
        elif event.key() in (Qt.Key_Home, Qt.Key_End):
            at = 0 if event.key() == Qt.Key_Home else self.model().rowCount() - 1
            self.setCurrentIndex(self.model().index(at, 0))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the subject what is left, until somebody has set the columns."""
        super().resizeEvent(event)
        self._fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Show no row under a pointer that has gone."""
        super().leaveEvent(event)
        self._hover(-1)

    def scrollTo(
        self,
        index: QModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.EnsureVisible,
    ) -> None:
        """Bring a row into sight; what is at the side stays where it is."""
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        bar.setValue(before)

    def _build_header(self, *, with_boxes: bool) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setMinimumSectionSize(40)
        header.setContextMenuPolicy(Qt.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_menu)
        header.sectionClicked.connect(self._on_clicked)
        self._fits = not restore_layout(header, self._desktop.state.value(self._place))
        if self._fits and with_boxes:
            header.resizeSection(_NUMBER, COLUMNS[_NUMBER].width + _BOX_ROOM)
        header.sectionResized.connect(self._on_touched)
        header.sectionMoved.connect(self._on_touched)
        self.show_sort(self._sort)

    def _is_first(self, column: int) -> bool:
        header = self.horizontalHeader()
        before = range(header.visualIndex(column))
        return all(header.isSectionHidden(header.logicalIndex(at)) for at in before)

    def _on_touched(self, *_: int) -> None:
        if self.isVisible() and not self._is_fitting:
            self._fits = False

    _is_fitting = False

    def _fit(self) -> None:
        if not self._fits:
            return
        header = self.horizontalHeader()
        others = header.length() - header.sectionSize(_SUBJECT)
        self._is_fitting = True
        header.resizeSection(_SUBJECT, max(_LEAST_SUBJECT, self.viewport().width() - others))
        self._is_fitting = False

    def _show_column(self, at: int, shown: bool) -> None:
        header = self.horizontalHeader()
        header.setSectionHidden(at, not shown)
        if shown and header.sectionSize(at) < header.minimumSectionSize():
            header.resizeSection(at, COLUMNS[at].width)
        self._fits = False

    def _use_usual(self) -> None:
        usual_layout(self.horizontalHeader())
        self._fits = True
        self._desktop.state.remove(self._place)
        self._fit()

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(self.horizontalHeader().mapToGlobal(place))

    def _on_clicked(self, at: int) -> None:
        sorts = COLUMNS[at].sorts
        if sorts:
            after = sorts.index(self._sort) + 1 if self._sort in sorts else 0
            self.sort_wanted.emit(sorts[after % len(sorts)])
        # Qt has turned its arrow already, whatever came of it.
        self.show_sort(self._sort)

    def _hover(self, row: int) -> None:
        if row != self.delegate.hovered:
            self.delegate.hovered = row
            self.viewport().update()
