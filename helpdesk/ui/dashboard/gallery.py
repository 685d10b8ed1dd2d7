# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of cards to choose from, each with a picture of how it looks."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractScrollArea,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.figures import CardStyle, CardsView, Scope
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.card_view import CardView
from helpdesk.ui.dashboard.kinds import KINDS, Kind
from helpdesk.ui.dashboard.samples import sample_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel

_PICTURE = QSize(250, 168)
_ACROSS = 3
_VIEW = CardsView(
    at=datetime(2026, 11, 2, tzinfo=UTC),
    first="2026-10-04",
    last="2026-11-02",
    time_zone="UTC",
    scope_name="",
    cards=(),
)


class Gallery(Dialog):
    """A tile for each kind; the figures in them are invented."""

    chosen = pyqtSignal(object)
    """A ``Card`` to begin with."""

    def __init__(self, clock: Clock, parent: QWidget, *, may_see_all: bool) -> None:
        """Offer the kinds; an outlook is for those who see all figures."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Add a card")
        title = QLabel("Add a card")
        title.setProperty("role", "title")
        inside = QWidget()
        inside.setProperty("transparent", True)
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setSpacing(12)
        kinds = [kind for kind in KINDS if may_see_all or kind.style is not CardStyle.OUTLOOK]
        self.tiles: dict[CardStyle, QPushButton] = {}
        for at, kind in enumerate(kinds):
            tile = self.tiles[kind.style] = _Tile(kind, clock)
            tile.clicked.connect(partial(self._on_chosen, kind))
            grid.addWidget(tile, at // _ACROSS, at % _ACROSS)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 20)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(PlainLabel("The figures in these pictures are invented.", role="muted"))
        column.addWidget(area, 1)
        room = parent.window().height()
        self.resize(inside.sizeHint().width() + 64, min(inside.sizeHint().height() + 130, room))

    def _on_chosen(self, kind: Kind, _checked: bool = False) -> None:
        self.accept()
        self.chosen.emit(kind.example)


class _Tile(QPushButton):
    """A picture of a card, its name and what it is good for."""

    def __init__(self, kind: Kind, clock: Clock) -> None:
        super().__init__()
        name = words.STYLES[kind.style]
        self.setProperty("kind", "card")
        self.setAutoDefault(False)
        self.setAccessibleName(f"{name}: {kind.hint}")
        picture = CardView(kind.example, clock)
        picture.more.hide()
        picture.setFixedSize(_PICTURE)
        picture.setAttribute(Qt.WA_TransparentForMouseEvents)
        for inside in picture.findChildren(QWidget):
            inside.setFocusPolicy(Qt.NoFocus)
        for inside in picture.findChildren(QAbstractScrollArea):
            inside.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
            inside.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        picture.show_figures(sample_of(kind.example), _VIEW, Scope())
        heading, hint = QLabel(name), PlainLabel(kind.hint, role="secondary")
        heading.setProperty("role", "strong")
        hint.setTextInteractionFlags(Qt.NoTextInteraction)
        for label in (heading, hint):
            label.setAttribute(Qt.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(4)
        column.addWidget(picture)
        column.addWidget(heading)
        column.addWidget(hint)
        column.addStretch(1)
        self.setMinimumHeight(_PICTURE.height() + 84)

    def sizeHint(self) -> QSize:
        return QSize(_PICTURE.width() + 22, _PICTURE.height() + 84)
