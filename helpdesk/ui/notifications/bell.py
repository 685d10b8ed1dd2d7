# SPDX-License-Identifier: GPL-3.0-or-later
"""The bell beside the person's name: how much is unread, and whether any of it is urgent."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QPoint, QRect, QSize, Qt
from PyQt5.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import QAbstractButton, QStyle, QWidget

from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.notifications.words import counted, unread_words
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.plain_label import plain_tooltip

SIZE: Final = 38
_ICON = 19
_BADGE = 15
_KEYS = "Ctrl+Shift+N"


class Bell(QAbstractButton):
    """Rings, with another badge, as long as something urgent is unread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin with nothing unread."""
        super().__init__(parent)
        self._unread = self._urgent = 0
        self._is_muted = False
        self.setFixedSize(SIZE, SIZE)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAttribute(Qt.WA_Hover)
        self.setCursor(Qt.PointingHandCursor)
        self.show_counts(0, 0)

    @property
    def icon_name(self) -> str:
        """The picture shown."""
        if self._is_muted:
            return "bell_off"
        return "bell_urgent" if self._urgent else "bell"

    @property
    def badge(self) -> str:
        """The number shown, empty for none."""
        return counted(self._unread) if self._unread else ""

    def show_counts(self, unread: int, urgent: int) -> None:
        """Say how much is unread, and how much of that is urgent."""
        self._unread, self._urgent = unread, urgent
        self._name()

    def show_muted(self, muted: bool) -> None:
        """Show that nothing rings for a while."""
        self._is_muted = muted
        self._name()

    def sizeHint(self) -> QSize:
        """Return the size of the button."""
        return QSize(SIZE, SIZE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the button as Space does."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bell on the navigation's ground, with its badge."""
        look, place = theme.current(), self.rect()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            if self.underMouse() or self.isDown():
                painter.setPen(Qt.NoPen)
                painter.setBrush(look.colour("navigation_selected"))
                painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
            icon = QRect(0, 0, _ICON, _ICON)
            icon.moveCenter(place.center() + QPoint(0, 1))
            ink = "navigation_strong" if self._unread or self.underMouse() else "navigation_text"
            paint_icon(painter, icon, self.icon_name, ink)
            if self._unread:
                self._paint_badge(painter)
            if self.hasFocus():
                paint_focus_ring(painter, place)

    def _paint_badge(self, painter: QPainter) -> None:
        look = theme.current()
        font = look.font("chip")
        width = max(_BADGE, QFontMetrics(font).horizontalAdvance(self.badge) + 8)
        right = self.width() - 1
        place = QRect(min(right - width, self.width() // 2 + 1), 1, width, _BADGE)
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), place)
        # A ring of the ground keeps the badge apart from the bell.
        painter.setPen(Qt.NoPen)
        painter.setBrush(look.colour("navigation"))
        radius = _BADGE / 2
        painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), radius + 2, radius + 2)
        painter.setBrush(look.colour("urgent" if self._urgent else "accent"))
        painter.drawRoundedRect(place, radius, radius)
        painter.setPen(look.colour("on_accent"))
        painter.setFont(font)
        painter.drawText(place, int(Qt.AlignCenter), self.badge)

    def _name(self) -> None:
        words = unread_words(self._unread, self._urgent)
        muted = "; muted for a while" if self._is_muted else ""
        self.setAccessibleName(f"Notifications: {words}{muted}")
        self.setToolTip(plain_tooltip(f"Notifications ({_KEYS}): {words}{muted}"))
        self.update()
