# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the patterns of the bar mean: only those that are to be seen in it."""

from __future__ import annotations

from collections.abc import Collection

from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from helpdesk.core.schemas.clocks import SegmentState
from helpdesk.ui import theme
from helpdesk.ui.tickets.clock.look import paint_state
from helpdesk.ui.tickets.clock.words import STATES
from helpdesk.ui.widgets.flow_layout import FlowLayout

_SIZE = QSize(16, 10)


class Legend(QWidget):
    """A swatch and a word for each state, and for the due time."""

    def __init__(self) -> None:
        """Begin with all of them hidden."""
        super().__init__()
        flow = FlowLayout(spacing=6)
        self.setLayout(flow)
        self._entries: dict[SegmentState | None, QWidget] = {}
        for state in (*SegmentState, None):
            entry = _entry(_Swatch(state), STATES[state] if state else "due")
            self._entries[state] = entry
            flow.addWidget(entry)

    def show_states(self, states: Collection[SegmentState], *, due: bool) -> None:
        """Explain these, and the due time where it stands in the bar."""
        for state, entry in self._entries.items():
            entry.setVisible(due if state is None else state in states)

    @property
    def words(self) -> list[str]:
        """What is explained."""
        return [
            STATES[state] if state else "due"
            for state, entry in self._entries.items()
            if not entry.isHidden()
        ]


class _Swatch(QWidget):
    """A small piece of the bar."""

    def __init__(self, state: SegmentState | None) -> None:
        super().__init__()
        self._state = state
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)

    def sizeHint(self) -> QSize:
        return _SIZE if self._state else QSize(4, _SIZE.height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            rect = QRectF(self.rect())
            if self._state is None:
                painter.fillRect(rect.adjusted(1, 0, -1, 0), theme.current().colour("urgent"))
                return
            paint_state(painter, rect, self._state)
            painter.setPen(QPen(theme.current().colour("line_strong"), 1))
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))


def _entry(swatch: QWidget, word: str) -> QWidget:
    entry = QWidget()
    row = QHBoxLayout(entry)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(5)
    label = QLabel(word)
    label.setProperty("role", "secondary")
    row.addWidget(swatch, 0, Qt.AlignVCenter)
    row.addWidget(label)
    return entry
