# SPDX-License-Identifier: GPL-3.0-or-later
"""A title that says where one is in the knowledge base, and goes elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QMenu, QSizePolicy, QToolButton

from helpdesk.ui.articles.places import ALL, Place

_LEAST_WIDTH = 110
_ARROW = 32
_SLACK = 2
"""An advance is rounded, and what lacks a part of a pixel would be cut."""
_INDENT = "      "


class PlaceButton(QToolButton):
    """Drops down all places, which is the way to them where there is no room for the column."""

    chosen = pyqtSignal(object)
    """The person chose another ``Place``."""

    def __init__(self) -> None:
        """Begin at all articles."""
        super().__init__()
        self._title = ALL.title
        self.setProperty("kind", "title")
        self.setPopupMode(QToolButton.InstantPopup)
        self.setToolTip("Choose a category")
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.setMenu(QMenu(self))
        self._show_title()

    def set_places(self, places: Sequence[Place], key: str) -> None:
        """Offer places, of which this one is shown."""
        menu = self.menu()
        menu.clear()
        for place in places:
            action = menu.addAction(_INDENT * place.level + place.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(place.key == key)
            action.triggered.connect(partial(self._on_triggered, place))
        self.select(next((place for place in places if place.key == key), ALL))

    def select(self, shown: Place) -> None:
        """Show where one is."""
        self._title = shown.title
        self._show_title()

    def sizeHint(self) -> QSize:
        """Return the room of the whole title."""
        width = self.fontMetrics().horizontalAdvance(self._title) + _ARROW + _SLACK
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the room of a short one."""
        return QSize(min(_LEAST_WIDTH, self.sizeHint().width()), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the title where the room ends."""
        super().resizeEvent(event)
        self._show_title()

    def _show_title(self) -> None:
        room = max(self.width() - _ARROW, self.fontMetrics().averageCharWidth() * 4)
        shown = self.fontMetrics().elidedText(self._title, Qt.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
        self.setAccessibleName(f"Category: {self._title}")
        self.updateGeometry()

    def _on_triggered(self, place: Place, _checked: bool) -> None:
        self.chosen.emit(place)
