# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets of one query as a list, a table or a board, with one of them current."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, pyqtSignal
from PyQt5.QtWidgets import QAbstractItemView, QListView, QMenu, QStackedWidget, QWidget

from helpdesk.core.schemas.tickets import Status, TicketQuery, TicketRow
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.board.board import Board
from helpdesk.ui.tickets.choosing import Choosing
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.row_delegate import TicketRowDelegate
from helpdesk.ui.tickets.row_words import Presence
from helpdesk.ui.tickets.table.columns import COLUMNS
from helpdesk.ui.tickets.table.ticket_table import TicketTable

LIST, TABLE, BOARD = "list", "table", "board"
SHAPES = ((LIST, "List"), (TABLE, "Table"), (BOARD, "Board"))


class Shapes(QStackedWidget):
    """List and table show one model and share what is current; the board reads for itself."""

    chosen = pyqtSignal(object)
    """The ``TicketRow`` that is current."""
    opened = pyqtSignal()
    arrived = pyqtSignal(bool)
    failed = pyqtSignal(object)
    sort_wanted = pyqtSignal(object)
    move_wanted = pyqtSignal(object, object)
    menu_wanted = pyqtSignal(object, QPoint)
    copy_wanted = pyqtSignal()
    delete_wanted = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, marks: Marks, name: str, *, with_boxes: bool) -> None:
        """Begin as a list; table and board are made when they are first asked for."""
        super().__init__()
        self._desktop = desktop
        self._marks = marks
        self._name = name
        self._with_boxes = with_boxes
        self._shape = LIST
        self._chosen_id: int | None = None
        self._chosen_row = 0
        self._left_id: int | None = None
        self._place: tuple[int, int] | None = None
        self._presence: Mapping[int, Presence] = {}
        self.picks_first = True
        """Whether the first ticket becomes current where the current one is not there."""
        self.keeps_chosen = False
        """Whether the current one stays so although it is not there."""
        self.model = TicketListModel(desktop, self, marks)
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.arrived.connect(self.arrived)
        self.model.failed.connect(self.failed)
        self.model.more_failed.connect(desktop.background.unheard)
        self._table: TicketTable | None = None
        self._board: Board | None = None
        self.rows = self._make_rows()
        self.addWidget(self.rows)

    @property
    def shape(self) -> str:
        """The key of the shape shown."""
        return self._shape

    @property
    def is_board(self) -> bool:
        """Whether the tickets are shown as a board."""
        return self._shape == BOARD

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to see; a board says by itself what there is."""
        return self.is_board or self.model.rowCount() > 0

    @property
    def row(self) -> TicketRow | None:
        """The current ticket."""
        if self.is_board and self._board:
            return self._board.row
        return self.model.row(self.rows.currentIndex())

    @property
    def loaded(self) -> tuple[TicketRow, ...]:
        """The tickets that have come."""
        return self._board.rows if self.is_board and self._board else self.model.rows

    @property
    def columns(self) -> list[str]:
        """The keys of the columns to copy."""
        if self._shape == TABLE and self._table:
            return self._table.shown_keys
        return [column.key for column in COLUMNS if column.is_usual]

    def set_shape(self, shape: str) -> None:
        """Show the tickets otherwise; whoever owns this asks for them anew."""
        self._shape = shape
        self.setCurrentWidget(self._view())

    def show_query(self, query: TicketQuery) -> None:
        """Show another query from the start."""
        if self._table is not None:
            self._table.show_sort(query.sort)
        if self.is_board and self._board is not None:
            if not self.keeps_chosen:
                self._board.select(self._chosen_id if not self.picks_first else None)
            self._board.show_query(query, picks_first=self.picks_first)
        else:
            self.model.show_query(query)

    def reload(self) -> None:
        """Load again what is shown."""
        if self.is_board and self._board is not None:
            self._board.reload()
        else:
            self.model.reload()

    def select(self, ticket_id: int) -> None:
        """Choose a ticket as soon as it is there, and no other in its place."""
        self._chosen_id = ticket_id
        self.keeps_chosen = True
        if self._board is not None:
            self._board.select(ticket_id)
        self.restore_selection()

    @property
    def chosen_id(self) -> int | None:
        """The ticket that was chosen last, whether or not it is shown still."""
        return self._chosen_id

    def leave(self, ticket_id: int) -> None:
        """Choose what comes to stand in the place of a chosen ticket that is gone."""
        if ticket_id == self._chosen_id:
            self._left_id = ticket_id
            self.restore_selection()

    def step(self, by: int) -> None:
        """Choose the next or the previous ticket."""
        if self.is_board and self._board is not None:
            self._board.step(by)
            return
        position = self.rows.currentIndex().row()
        if position < 0:
            # The chosen ticket has left the view; the next one stands in its place now.
            position = self._chosen_row - (by > 0)
        position += by
        if 0 <= position < self.model.rowCount():
            self._current_view().setCurrentIndex(self.model.index(position, 0))

    def focus_rows(self) -> None:
        """Put the focus on the tickets."""
        if self.is_board and self._board is not None:
            self._board.focus_cards()
        else:
            self._view().setFocus()

    def enter(self) -> None:
        """Come in from above: to the current ticket, else the first."""
        self.focus_rows()
        if not self.is_board and not self.rows.currentIndex().isValid():
            self._current_view().setCurrentIndex(self.model.index(0, 0))

    def row_place(self) -> QPoint:
        """Return where on the screen the current ticket is."""
        if self.is_board and self._board is not None:
            return self._board.row_place()
        view = self._current_view()
        return QPoint(view.viewport().mapToGlobal(view.visualRect(view.currentIndex()).center()))

    def show_moved(self, row: TicketRow, status: Status) -> None:
        """Let a card stand where it goes, until the desk has answered."""
        if self.is_board and self._board is not None:
            self._board.show_moved(row, status)

    def set_presence(self, presence: Mapping[int, Presence]) -> None:
        """Show who else is at which ticket, by the ids of the tickets."""
        self._presence = presence
        self.model.set_presence(presence)
        if self._board is not None:
            self._board.set_presence(presence)

    def refresh_times(self) -> None:
        """Paint anew what says how long something takes: a minute has passed."""
        self.model.forget_words()
        self._current_view().viewport().update()
        if self._board is not None:
            self._board.refresh_times()

    def fill_columns(self, menu: QMenu) -> None:
        """Offer the columns of the table."""
        if self._table is not None:
            self._table.fill_menu(menu)

    def save_state(self) -> None:
        """Remember the columns."""
        if self._table is not None:
            self._table.save_state()

    def restore_selection(self) -> None:
        """Choose the ticket that was chosen, or what is to be chosen in its place."""
        if self.is_board:
            return
        found = self.model.index_of(self._chosen_id) if self._chosen_id else QModelIndex()
        selection = self.rows.selectionModel()
        flags = QItemSelectionModel.ClearAndSelect | QItemSelectionModel.Rows
        if found.isValid():
            selection.setCurrentIndex(found, flags)
        elif self.picks_first and not self.keeps_chosen and self.model.rowCount():
            selection.setCurrentIndex(self.model.index(0, 0), flags)
        elif self._left_id and self._left_id == self._chosen_id and self.model.rowCount():
            place = min(self._chosen_row, self.model.rowCount() - 1)
            selection.setCurrentIndex(self.model.index(place, 0), flags)
        else:
            # Said so, the rows have no current ticket; else Qt takes the first with the focus.
            self.rows.setCurrentIndex(QModelIndex())

    def restore_place(self) -> None:
        """Let the row at the top stand where it stood: whoever scrolls is not to be disturbed."""
        if self.is_board:
            return
        found = self.model.index_of(self._place[0]) if self._place else QModelIndex()
        if self._place and found.isValid():
            view = self._current_view()
            bar = view.verticalScrollBar()
            bar.setValue(bar.value() + view.visualRect(found).top() - self._place[1])

    def _keep_place(self) -> None:
        view = self._current_view()
        top = view.indexAt(QPoint(0, 0)).siblingAtColumn(0)
        row = self.model.row(top)
        self._place = (row.id, view.visualRect(top).top()) if row else None

    def _view(self) -> QWidget:
        if self._shape == BOARD:
            return self._the_board()
        return self._current_view()

    def _current_view(self) -> QAbstractItemView:
        """Return the list or the table, whichever shows the model."""
        return self._the_table() if self._shape == TABLE else self.rows

    def _make_rows(self) -> QListView:
        rows = QListView()
        rows.setProperty("kind", "rows")
        rows.setAccessibleName("Tickets")
        rows.setModel(self.model)
        delegate = TicketRowDelegate(
            self._desktop.clock, self._desktop.person.id, rows, with_boxes=self._with_boxes
        )
        rows.setItemDelegate(delegate)
        rows.setUniformItemSizes(True)
        rows.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        rows.setEditTriggers(QAbstractItemView.NoEditTriggers)
        rows.setMouseTracking(True)
        rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        rows.selectionModel().currentChanged.connect(self._on_current)
        rows.activated.connect(self.opened)
        self._follow(Choosing(rows, self.model, delegate.box))
        return rows

    def _the_table(self) -> TicketTable:
        if self._table is None:
            table = TicketTable(self.model, self._desktop, self._name, with_boxes=self._with_boxes)
            # What is current in the one is so in the other.
            table.setSelectionModel(self.rows.selectionModel())
            table.activated.connect(self.opened)
            table.sort_wanted.connect(self.sort_wanted)
            table.show_sort(self.model.query.sort)
            self._follow(Choosing(table, self.model, table.delegate.box))
            self._table = table
            self.addWidget(table)
        return self._table

    def _the_board(self) -> Board:
        if self._board is None:
            board = Board(self._desktop, self._marks, self._name)
            board.chosen.connect(self._on_card)
            board.opened.connect(self.opened)
            board.arrived.connect(self.arrived)
            board.move_wanted.connect(self.move_wanted)
            board.menu_wanted.connect(self.menu_wanted)
            board.copy_wanted.connect(self.copy_wanted)
            board.delete_wanted.connect(self.delete_wanted)
            board.said.connect(self.said)
            board.set_presence(self._presence)
            self._board = board
            self.addWidget(board)
        return self._board

    def _follow(self, choosing: Choosing) -> None:
        choosing.menu_wanted.connect(self.menu_wanted)
        choosing.copy_wanted.connect(self.copy_wanted)
        choosing.delete_wanted.connect(self.delete_wanted)

    def _on_current(self, index: QModelIndex, before: QModelIndex) -> None:
        row = self.model.row(index)
        if row is None or (before.isValid() and before.row() == index.row()):
            return
        self._chosen_id, self._chosen_row = row.id, index.row()
        self.chosen.emit(row)

    def _on_card(self, row: TicketRow) -> None:
        self._chosen_id = row.id
        self.chosen.emit(row)
