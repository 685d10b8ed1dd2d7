# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the status bar that says whether the server is there, and what waits for it."""

from __future__ import annotations

from typing import Final, NamedTuple

from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from helpdesk.client.connection import Connection
from helpdesk.ui import theme
from helpdesk.ui.link import Link
from helpdesk.ui.tokens import Tone

_DOT = 8
_BUTTON_HEIGHT = 18


class _Look(NamedTuple):
    """How a state of the connection is shown: never by its colour alone."""

    words: str
    tone: Tone
    is_filled: bool


LOOKS: Final[dict[str, _Look]] = {
    Connection.CONNECTED: _Look("Connected · {host}", "success", is_filled=True),
    Connection.CONNECTING: _Look("Connecting to {host}…", "neutral", is_filled=False),
    Connection.AWAY: _Look("No connection; trying again", "warning", is_filled=False),
    Connection.SIGNED_OUT: _Look("Signed out · {host}", "neutral", is_filled=False),
    Connection.TOO_NEW: _Look("Another version runs on {host}; update", "urgent", is_filled=True),
}


class ConnectionStatus(QWidget):
    """A dot, a few words, and a button when something waits."""

    def __init__(self, link: Link, host: str) -> None:
        """Follow a link to a server, whom people know as ``host``."""
        super().__init__()
        self._link = link
        self._host = host
        self._dot = _Dot()
        self._words = QLabel()
        self._words.setTextFormat(Qt.PlainText)
        self.waiting_button = QPushButton()
        self.waiting_button.setProperty("kind", "status")
        # The bar must not grow when the button comes.
        self.waiting_button.setMaximumHeight(_BUTTON_HEIGHT)
        self.waiting_button.clicked.connect(link.outbox_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._dot)
        row.addWidget(self._words)
        row.addWidget(self.waiting_button)
        row.addStretch(1)
        link.connection_changed.connect(self._show)
        link.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        look = LOOKS[self._link.connection]
        words = look.words.format(host=self._host)
        self._words.setText(words)
        self._dot.show_look(look.tone, filled=look.is_filled)
        self.setAccessibleName(words)
        self._show_waiting()

    def _show_waiting(self) -> None:
        waiting, refused = len(self._link.waiting), len(self._link.refusals)
        parts = [f"{waiting:,} waiting to be sent"] if waiting else []
        parts += [f"{refused:,} not sent"] if refused else []
        self.waiting_button.setText(" · ".join(parts))
        self.waiting_button.setAccessibleName(f"Show what was not sent yet: {' and '.join(parts)}")
        self.waiting_button.setToolTip("Show what was not sent yet")
        tone = "urgent" if refused else "warning"
        if self.waiting_button.property("tone") != tone:
            self.waiting_button.setProperty("tone", tone)
            self.waiting_button.style().unpolish(self.waiting_button)
            self.waiting_button.style().polish(self.waiting_button)
        self.waiting_button.setVisible(bool(parts))


class _Dot(QWidget):
    """A filled circle, or a dashed ring for what is not so yet."""

    def __init__(self) -> None:
        super().__init__()
        self._tone: Tone = "neutral"
        self._filled = False
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Preferred)

    def show_look(self, tone: Tone, *, filled: bool) -> None:
        self._tone, self._filled = tone, filled
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_DOT + 4, _DOT + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = theme.current().colour(f"ink_{self._tone}")
        circle = QRectF(0, 0, _DOT, _DOT)
        circle.moveCenter(QRectF(self.rect()).center())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            if self._filled:
                painter.setPen(Qt.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(circle)
                return
            pen = QPen(colour, 1.5)
            pen.setDashPattern([1.6, 1.2])
            painter.setPen(pen)
            painter.drawEllipse(circle.adjusted(0.5, 0.5, -0.5, -0.5))
