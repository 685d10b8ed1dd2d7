# SPDX-License-Identifier: GPL-3.0-or-later
"""The heading of a list of tickets: its view, how many there are, their order and their shape."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent, QResizeEvent
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.shapes import BOARD, LIST, SHAPES, TABLE
from helpdesk.ui.tickets.views import View
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.segmented import Segmented

_PICTURES = {LIST: "list", TABLE: "table", BOARD: "board"}


class _Figures(ElidedLabel):
    """How many tickets there are; where there is little room the number alone."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_elided:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            number = self.text().partition(" ")[0]
            painter.drawText(self.contentsRect(), int(self.alignment()), number)


class ListHeading(QWidget):
    """Where there is little room the figures give way first, then the order.

    Where the title would be cut off still, what follows it moves into a line of its own.
    """

    back_wanted = pyqtSignal()
    shape_chosen = pyqtSignal(str)
    columns_asked = pyqtSignal(object)
    """The ``QMenu`` that is to be filled with the columns of the table."""

    def __init__(self, views: QMenu, sort_button: QToolButton) -> None:
        """Offer a menu of views; the button of the order belongs to the filters."""
        super().__init__()
        self._back = QToolButton()
        self._back.setIcon(icon("left"))
        self._back.setFocusPolicy(Qt.TabFocus)
        self._back.clicked.connect(lambda: self.back_wanted.emit())
        self._back.hide()
        self.figures = _Figures(role="secondary")
        self.figures.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.figures.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self._lay_out(views, sort_button)

    def _lay_out(self, views: QMenu, sort_button: QToolButton) -> None:
        self._tools = QWidget()
        self._tools.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.addWidget(sort_button)
        tools.addWidget(self._make_columns_button())
        tools.addWidget(self._make_pane_button())
        tools.addWidget(self._make_switch())
        self._row = QHBoxLayout()
        self._row.addWidget(self._back)
        self._row.addWidget(self._make_title(views))
        self._row.addWidget(self.figures, 1)
        self._row.addWidget(self._tools)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the title a line of its own where it would be cut off otherwise."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        before = [self._title, self._back] if self._back.isVisibleTo(self) else [self._title]
        needed = self._tools.minimumSizeHint().width() + sum(
            each.sizeHint().width() + self._row.spacing() for each in before
        )
        is_narrow, was_narrow = needed > self.width(), self._column.indexOf(self._tools) >= 0
        if is_narrow and not was_narrow:
            self._row.removeWidget(self._tools)
            self._column.addWidget(self._tools)
        elif was_narrow and not is_narrow:
            self._column.removeWidget(self._tools)
            self._row.addWidget(self._tools)

    def show_view(self, view: View) -> None:
        """Name the view shown."""
        self._back.hide()
        self._title.setText(view.title)
        self._arrange()

    def show_way_back(self, place: str) -> None:
        """Offer to go back to where a figure stands, such as the dashboard."""
        self._back.setToolTip(f"Back to the {place} (Alt+Left)")
        self._back.setAccessibleName(f"Back to the {place}")
        self._back.show()
        self._arrange()

    def show_shape(self, shape: str) -> None:
        """Mark the shape shown, and offer what it alone has."""
        self.switch.set_key(shape)
        self._columns.setVisible(shape == TABLE)
        self._show_pane_button()

    def _make_title(self, views: QMenu) -> QToolButton:
        self._title = QToolButton()
        self._title.setProperty("kind", "title")
        self._title.setAccessibleName("View")
        self._title.setToolTip("Choose another view")
        self._title.setPopupMode(QToolButton.InstantPopup)
        self._title.setMenu(views)
        return self._title

    def _make_columns_button(self) -> QToolButton:
        self._columns = QToolButton()
        self._columns.setIcon(icon("settings"))
        self._columns.setAccessibleName("Columns")
        self._columns.setToolTip("Choose the columns and how close the rows are")
        self._columns.setPopupMode(QToolButton.InstantPopup)
        menu = QMenu(self._columns)
        menu.aboutToShow.connect(lambda: self.columns_asked.emit(menu))
        self._columns.setMenu(menu)
        self._columns.hide()
        return self._columns

    def _make_pane_button(self) -> QToolButton:
        self.pane_button = QToolButton()
        self.pane_button.setIcon(icon("beside"))
        self.pane_button.setCheckable(True)
        self.pane_button.setChecked(True)
        self.pane_button.setAccessibleName("Ticket beside the list")
        self.pane_button.setToolTip("Show the ticket beside the list, or not (O)")
        self.pane_button.toggled.connect(lambda _shown: self._show_pane_button())
        return self.pane_button

    def _make_switch(self) -> Segmented:
        self.switch = Segmented([(key, "") for key, _ in SHAPES])
        self.switch.setAccessibleName("Shape of the list")
        for key, title in SHAPES:
            button = self.switch.button(key)
            button.setIcon(icon(_PICTURES[key]))
            button.setIconSize(QSize(16, 16))
            button.setProperty("narrow", True)
            button.setAccessibleName(f"Show as a {title.lower()}")
            button.setToolTip(f"{title} (V for the next shape)")
        self.switch.chosen.connect(self.shape_chosen)
        return self.switch

    def _show_pane_button(self) -> None:
        """Where list and ticket stand side by side as usual, the room is the figures'."""
        is_usual = self.switch.key == LIST and self.pane_button.isChecked()
        self.pane_button.setVisible(not is_usual)
        self._arrange()
