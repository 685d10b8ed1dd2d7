# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over a card while the dashboard is arranged: it is held, moved, resized, removed."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, QRect, Qt, pyqtSignal
from PyQt5.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PyQt5.QtWidgets import QToolButton, QWidget

from helpdesk.ui import theme
from helpdesk.ui.icons import icon, paint_icon

_CORNER = 22
_VEIL = 0.25
_GRIP_ROOM = 32
_TITLE_EDGE, _LOW, _BELOW_TITLE = 26, 130, 34
_STEPS: dict[int, tuple[int, int]] = {
    int(Qt.Key_Left): (-1, 0),
    int(Qt.Key_Right): (1, 0),
    int(Qt.Key_Up): (0, -1),
    int(Qt.Key_Down): (0, 1),
}


class Cover(QWidget):
    """Takes the pointer and the keys in a card's place."""

    grabbed = pyqtSignal(bool)
    """The card is held; whether by its corner, to be resized."""
    dragged = pyqtSignal(QPoint)
    """How far the pointer has gone since."""
    dropped = pyqtSignal()
    cancelled = pyqtSignal()
    stepped = pyqtSignal(int, int, bool)
    """An arrow key: columns, rows, and whether to resize."""
    removed = pyqtSignal()
    configured = pyqtSignal()
    covers = pyqtSignal(int)
    """How wide the buttons lie over the line below the title."""

    def __init__(self, card: QWidget, title: str) -> None:
        """Lie over a card."""
        super().__init__(card)
        self._title = title
        self._start: QPoint | None = None
        self._is_dragging = False
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.OpenHandCursor)
        self.setAccessibleName(
            f"{title}: arrows move it, Shift and arrows resize it, "
            "Enter configures it, Delete removes it"
        )
        self.configure_button = self._button("settings", f"Configure {title}")
        self.configure_button.clicked.connect(self.configured)
        self.remove_button = self._button("close", f"Remove {title}")
        self.remove_button.clicked.connect(self.removed)

    @property
    def corner(self) -> QRect:
        """Where the card is held to be resized."""
        left = 0 if self.isRightToLeft() else self.width() - _CORNER
        return QRect(left, self.height() - _CORNER, _CORNER, _CORNER)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons in the upper corner."""
        super().resizeEvent(event)
        width = self.remove_button.sizeHint().width()
        for at, button in enumerate((self.remove_button, self.configure_button), start=1):
            left = 4 + (at - 1) * width if self.isRightToLeft() else self.width() - 4 - at * width
            button.setGeometry(left, self._top_of_buttons(), width, button.sizeHint().height())
        self.covers.emit(2 * width if self._top_of_buttons() == _BELOW_TITLE else 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the card, by its corner or anywhere else."""
        if event.button() == Qt.LeftButton:
            self._start = event.globalPos()
            self._is_dragging = False
            self.setFocus()
            self.grabbed.emit(self.corner.contains(event.pos()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say how far the card is dragged."""
        if self._start is None:
            at_corner = self.corner.contains(event.pos())
            resize = Qt.SizeBDiagCursor if self.isRightToLeft() else Qt.SizeFDiagCursor
            self.setCursor(resize if at_corner else Qt.OpenHandCursor)
            return
        self._is_dragging = True
        if not self.corner.contains(self.mapFromGlobal(self._start)):
            self.setCursor(Qt.ClosedHandCursor)
        self.dragged.emit(event.globalPos() - self._start)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the card go."""
        if event.button() == Qt.LeftButton and self._start is not None:
            self._start = None
            self.setCursor(Qt.OpenHandCursor)
            self.dropped.emit()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Configure the card."""
        self.configured.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, resize, configure and remove by keys; Escape puts a dragged card back."""
        step = _STEPS.get(event.key())
        if step is not None:
            across = -step[0] if self.isRightToLeft() else step[0]
            self.stepped.emit(across, step[1], bool(event.modifiers() & Qt.ShiftModifier))
        elif event.key() in (Qt.Key_Delete, Qt.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.configured.emit()
        elif event.key() == Qt.Key_Escape and self._start is not None:
            self._start = None
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a veil over the card, the ring and the corner."""
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            veil = QColor(look.colour("surface"))
            veil.setAlphaF(_VEIL)
            painter.setBrush(veil)
            held = self.hasFocus()
            painter.setPen(QPen(look.colour("accent" if held else "line_strong"), 2 if held else 1))
            area = self.rect().adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(area, theme.CARD_RADIUS, theme.CARD_RADIUS)
            painter.setPen(QPen(look.colour("muted"), 1.5))
            corner = self.corner.adjusted(0, 0, -5, -5)
            for size in (6, 11):
                if self.isRightToLeft():
                    painter.drawLine(5, corner.bottom() - size, 5 + size, corner.bottom())
                else:
                    right = corner.right()
                    painter.drawLine(right - size, corner.bottom(), right, corner.bottom() - size)
            # Beside a title there is not always room; then it is held below.
            top = 6 if self._has_room_for_grip() else self.height() - 19
            grip = QRect(self.width() // 2 - 8, top, 16, 16)
            paint_icon(painter, grip, "handle", "muted")

    def _top_of_buttons(self) -> int:
        """Return where the buttons begin: in a low card below a title that needs the room."""
        title = QFontMetrics(theme.current().font("body")).horizontalAdvance(self._title)
        fits = title + _TITLE_EDGE + 2 * self.remove_button.sizeHint().width() < self.width()
        return 4 if fits or self.height() > _LOW else _BELOW_TITLE

    def _has_room_for_grip(self) -> bool:
        title = QFontMetrics(theme.current().font("heading")).horizontalAdvance(self._title)
        return title + _GRIP_ROOM < self.width() / 2

    def _button(self, icon_name: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name, "text"))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.TabFocus)
        button.setCursor(Qt.ArrowCursor)
        button.setProperty("kind", "on-card")
        return button
