# SPDX-License-Identifier: GPL-3.0-or-later
"""The three written states of every list: empty, loading and failed, in the list's own place."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi

from PyQt5.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PyQt5.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_ROW_HEIGHT = 58
_EDGE = 24
_LEAST_HINT, _WIDEST_HINT = 160, 420
_STEP, _SLACK = 8, 4
_PULSE_MS = 80
_PULSE_STEPS = 18
# A quick answer should not flash grey bars; nobody notices a tenth of a second.
_DELAY_STEPS = 2


class StateView(QStackedWidget):
    """Shows a widget, or in its place what there is to say about it."""

    def __init__(self, content: QWidget | None = None, parent: QWidget | None = None) -> None:
        """Wrap the content, if it is there already."""
        super().__init__(parent)
        self._content: QWidget | None = None
        self._message = _Message()
        self._skeleton = Skeleton()
        self.addWidget(self._message)
        self.addWidget(self._skeleton)
        if content is not None:
            self.set_content(content)

    def set_content(self, content: QWidget) -> None:
        """Wrap this widget and show it."""
        if self._content is not None:
            self.removeWidget(self._content)
        self._content = content
        self.addWidget(content)
        self.setCurrentWidget(content)

    @property
    def state(self) -> str:
        """What is shown: "content", "loading", "empty" or "failed"."""
        if self.currentWidget() is self._skeleton:
            return "loading"
        return self._message.kind if self.currentWidget() is self._message else "content"

    def show_content(self) -> None:
        """Show the widget."""
        if self._content is not None:
            self.setCurrentWidget(self._content)

    def show_loading(self) -> None:
        """Show rows that are still to be read."""
        self.setCurrentWidget(self._skeleton)

    def show_empty(
        self,
        title: str,
        hint: str,
        action_text: str | None = None,
        on_action: Callable[[], object] | None = None,
    ) -> None:
        """Say that there is nothing, and what to do first."""
        self._message.show_message("empty", title, hint, action_text, on_action)
        self.setCurrentWidget(self._message)

    def show_failed(self, sentence: str, on_retry: Callable[[], object]) -> None:
        """Say what happened and offer to try again."""
        title, retry = self.tr("This could not be loaded"), self.tr("Retry")
        self._message.show_message("failed", title, sentence, retry, on_retry)
        self.setCurrentWidget(self._message)


class _Message(QWidget):
    """A picture, a title, a sentence and a button, in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = "empty"
        self._on_action: Callable[[], object] | None = None
        self._picture = QLabel()
        self._title = PlainLabel(role="heading")
        self._hint = PlainLabel(role="muted")
        for label in (self._picture, self._title, self._hint):
            label.setAlignment(Qt.AlignCenter)
        self._button = QPushButton()
        self._button.clicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._picture, 0, Qt.AlignHCenter)
        column.addWidget(self._title)
        # Aligned by itself it would get the height of the whole width's lines, and be cut.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._hint)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(self._button, 0, Qt.AlignHCenter)
        column.addStretch(3)
        theme.current().changed.connect(self._on_theme_changed)

    def show_message(
        self,
        kind: str,
        title: str,
        sentence: str,
        action: str | None,
        on_action: Callable[[], object] | None,
    ) -> None:
        self.kind = kind
        self._title.setText(title)
        self._hint.setText(sentence)
        self._fit_hint()
        self._button.setText(action or "")
        self._button.setVisible(bool(action))
        self._on_action = on_action
        self.setAccessibleName(f"{title}. {sentence}")
        self._on_theme_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_hint()

    def _fit_hint(self) -> None:
        """Wrap the sentence where the room ends, and no line gets too long to read."""
        needs = self._hint.fontMetrics().horizontalAdvance(self._hint.text()) + 8
        room = min(_WIDEST_HINT, max(_LEAST_HINT, self.width() - 2 * _EDGE))
        self._hint.setFixedWidth(min(needs, room, self._evenly(room)))

    def _evenly(self, room: int) -> int:
        """Return the least width that takes no more lines: a single word in the last looks odd."""
        metrics, text = self._hint.fontMetrics(), self._hint.text()

        def height(width: int) -> int:
            return metrics.boundingRect(0, 0, width, 0, int(Qt.TextWordWrap), text).height()

        widths = range(room // 2, room, _STEP)
        return next((width for width in widths if height(width) <= height(room)), room) + _SLACK

    def _on_theme_changed(self) -> None:
        failed = self.kind == "failed"
        picture = icon("alert", "ink_urgent") if failed else icon("manage", "line_strong")
        self._picture.setPixmap(picture.pixmap(QSize(36, 36)))

    def _on_clicked(self) -> None:
        if self._on_action is not None:
            self._on_action()


class Skeleton(QWidget):
    """Grey bars where rows will be; they breathe gently, and only while somebody can see them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Fill whatever room there is."""
        super().__init__(parent)
        self._step = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_PULSE_MS)
        self._timer.timeout.connect(self._on_timeout)
        self.setAccessibleName(self.tr("Loading"))

    @property
    def is_pulsing(self) -> bool:
        """Whether the bars move."""
        return self._timer.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to breathe."""
        super().showEvent(event)
        self._step = 0
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint as many rows as there is room for, each as a ticket's row is built."""
        if self._step < _DELAY_STEPS:
            return
        phase = 2 * pi * (self._step - _DELAY_STEPS) / _PULSE_STEPS
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            painter.setPen(Qt.NoPen)
            painter.setBrush(theme.current().colour("skeleton"))
            painter.setOpacity(0.75 + 0.25 * cos(phase))
            for row in range(self.height() // _ROW_HEIGHT):
                self._paint_row(painter, row)

    def _paint_row(self, painter: QPainter, row: int) -> None:
        # Uneven lengths look like text, and the same ones each time do not flicker.
        share = (0.62, 0.48, 0.7, 0.55)[row % 4]
        top, room = row * _ROW_HEIGHT, max(60, self.width() - 120)
        for bar in (
            QRect(16, top + 13, 46, 14),
            QRect(16, top + 35, 38, 9),
            QRect(88, top + 14, int(room * share), 12),
            QRect(88, top + 35, int(room * share * 0.6), 9),
        ):
            painter.drawRoundedRect(QRectF(bar), theme.CHIP_RADIUS, theme.CHIP_RADIUS)

    def _on_timeout(self) -> None:
        self._step += 1
        self.update()
