# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon beside the system's clock, and messages while nobody looks at the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QAction, QMenu, QSystemTrayIcon, QWidget

from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui import theme
from helpdesk.ui.desk_picture import desk_picture
from helpdesk.ui.icons import icon
from helpdesk.ui.notifications.message import Message
from helpdesk.ui.notifications.words import unread_words

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
    """The ``NotificationView`` that the message was about; ``None`` of one clicked before."""

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

    def tell(self, message: Message) -> None:
        """Show a message of the system beside the icon."""
        self._told = message.about
        self._icon.showMessage(
            message.title,
            message.text,
            QSystemTrayIcon.Warning if message.urgent else QSystemTrayIcon.Information,
            _URGENT_MS if message.urgent else _SHOWN_MS,
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
        self._icon.setIcon(desk_picture(unread=self._unread > 0, urgent=self._urgent > 0))

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.Trigger, QSystemTrayIcon.DoubleClick):
            self.opened.emit()

    def _on_message_clicked(self) -> None:
        told, self._told = self._told, None
        self.message_clicked.emit(told)
