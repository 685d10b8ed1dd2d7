# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon beside the system's clock, and messages while nobody looks at the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PyQt5.QtCore import QObject, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QPainter, QPixmap
from PyQt5.QtWidgets import QAction, QMenu, QSystemTrayIcon, QWidget

from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui import theme
from helpdesk.ui.icons import icon, paint_icon
from helpdesk.ui.notifications.words import unread_words

_SIZES: Final = (16, 22, 24, 32, 48, 64)
_SHOWN_MS: Final = 8_000
_URGENT_MS: Final = 60_000
_MUTE, _UNMUTE = "Mute for an hour", "Unmute"


class Tray(QObject):
    """The desk beside the clock; without one nothing of this is missed elsewhere."""

    opened = pyqtSignal()
    new_ticket_wanted = pyqtSignal()
    list_wanted = pyqtSignal()
    mute_wanted = pyqtSignal(bool)
    quit_wanted = pyqtSignal()
    message_clicked = pyqtSignal(object)
    """The ``NotificationView`` of the message, or ``None`` where it told of several."""

    def __init__(self, icon_of_system: QSystemTrayIcon, window: QWidget, *, submits: bool) -> None:
        """Show an icon of the system's for a window."""
        super().__init__(window)
        self._icon = icon_of_system
        self._told: NotificationView | None = None
        self._unread = self._urgent = 0
        self._is_muted = False
        self.menu = QMenu(window)
        self._fill_menu(submits=submits)
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self._on_message_clicked)
        theme.current().changed.connect(self._show_icon)
        self.show_counts(0, 0)
        self._icon.show()

    def show_counts(self, unread: int, urgent: int) -> None:
        """Say how much is unread."""
        self._unread, self._urgent = unread, urgent
        words = f": {unread_words(unread, urgent)}" if unread else ""
        self._icon.setToolTip(f"Help Desk{words}")
        self._show_icon()

    def show_muted(self, muted: bool) -> None:
        """Say whether nothing is told for a while."""
        self._is_muted = muted
        self._mute.setText(_UNMUTE if muted else _MUTE)
        self._mute.setIcon(icon("bell" if muted else "bell_off"))

    def tell(self, notifications: Sequence[NotificationView]) -> None:
        """Show a message of the system: of one notification, or of how many there are."""
        urgent = [each for each in notifications if each.urgent]
        weightiest = (urgent or list(notifications))[-1]
        lines = [line for line in (weightiest.text, weightiest.why) if line]
        others = len(notifications) - 1
        if others:
            lines.append(f"{others} more" if others > 1 else "One more")
        self._told = weightiest
        self._icon.showMessage(
            weightiest.title,
            "\n".join(lines),
            QSystemTrayIcon.Warning if urgent else QSystemTrayIcon.Information,
            _URGENT_MS if urgent else _SHOWN_MS,
        )

    def close(self) -> None:
        """Take the icon away, and with it what it last told."""
        self._told = None
        self._icon.hide()

    def _fill_menu(self, *, submits: bool) -> None:
        self._add("Open Help Desk", "", self.opened.emit)
        if submits:
            self._add("New ticket", "submit", self.new_ticket_wanted.emit)
        self._add("Notifications", "bell", self.list_wanted.emit)
        self.menu.addSeparator()
        self._mute = self._add(_MUTE, "bell_off", lambda: self.mute_wanted.emit(not self._is_muted))
        self.menu.addSeparator()
        self._add("Quit", "", self.quit_wanted.emit)

    def _add(self, text: str, icon_name: str, slot: Callable[[], object]) -> QAction:
        action = QAction(text, self.menu)
        if icon_name:
            action.setIcon(icon(icon_name))
        action.triggered.connect(lambda: slot())
        self.menu.addAction(action)
        return action

    def _show_icon(self) -> None:
        self._icon.setIcon(tray_picture(unread=self._unread > 0, urgent=self._urgent > 0))

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.Trigger, QSystemTrayIcon.DoubleClick):
            self.opened.emit()

    def _on_message_clicked(self) -> None:
        told, self._told = self._told, None
        self.message_clicked.emit(told)


def tray_picture(*, unread: bool, urgent: bool) -> QIcon:
    """Return the desk's picture, with a mark where something is unread."""
    picture = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            _paint(painter, size, unread=unread, urgent=urgent)
        picture.addPixmap(pixmap)
    return picture


def _paint(painter: QPainter, size: int, *, unread: bool, urgent: bool) -> None:
    look, whole = theme.current(), QRectF(0, 0, size, size)
    painter.setPen(Qt.NoPen)
    painter.setBrush(look.colour("navigation"))
    painter.drawRoundedRect(whole, size * 0.22, size * 0.22)
    inside = round(size * 0.2)
    place = whole.toRect().adjusted(inside, inside, -inside, -inside)
    paint_icon(painter, place, "tickets", "navigation_strong")
    if unread:
        across = size * (0.5 if urgent else 0.4)
        mark = QRectF(size - across, 0, across, across)
        painter.setBrush(look.colour("navigation"))
        painter.drawEllipse(mark.adjusted(-1, -1, 1, 1))
        painter.setBrush(look.colour("urgent" if urgent else "accent"))
        painter.drawEllipse(mark)
    if urgent:
        # More than its colour tells it from what is merely unread.
        painter.setBrush(look.colour("on_accent"))
        bar = size * 0.08
        painter.drawRect(QRectF(size - across / 2 - bar / 2, across * 0.2, bar, across * 0.35))
        painter.drawRect(QRectF(size - across / 2 - bar / 2, across * 0.65, bar, bar))
