# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the person in front of the window: puts bell, list, cards, tray and sound together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtWidgets import QMainWindow, QSystemTrayIcon

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.notifications import FOR_REQUESTERS, NotificationView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.notifications.bell import Bell
from helpdesk.ui.notifications.cards import CardStack
from helpdesk.ui.notifications.chime import Chime
from helpdesk.ui.notifications.inbox import Inbox, News
from helpdesk.ui.notifications.message import Message, discreet, message_of
from helpdesk.ui.notifications.panel import NotificationPanel
from helpdesk.ui.notifications.quiet import may_sound
from helpdesk.ui.notifications.tray import Tray

if TYPE_CHECKING:
    from helpdesk.ui.notifications.system_messages import SystemMessages

_MUTED_FOR = timedelta(hours=1)
_WITH_A_BUS = ("xcb", "wayland", "wayland-egl")
"""The platforms of Linux desktops."""


class NotificationCentre(QObject):
    """Decides what is shown where; the window only opens what is asked for."""

    ticket_wanted = pyqtSignal(int)
    own_ticket_wanted = pyqtSignal(int)
    """It is one that the person has submitted."""
    settings_wanted = pyqtSignal()
    new_ticket_wanted = pyqtSignal()

    def __init__(self, desktop: Desktop, window: QMainWindow) -> None:
        """Make the parts for a window; `start` asks the desk."""
        super().__init__(window)
        self._desktop = desktop
        self._window = window
        self._muted_until: datetime | None = None
        self._is_discreet = False
        self.inbox = Inbox(desktop, self)
        self.bell = Bell(window)
        self.bell.clicked.connect(self.open_list)
        self.panel = NotificationPanel(desktop, self.inbox, window)
        self.panel.ticket_wanted.connect(self._show_ticket)
        self.panel.settings_wanted.connect(self.settings_wanted)
        self.cards = CardStack(window, desktop.clock)
        self.cards.ticket_wanted.connect(self._open)
        self.cards.list_wanted.connect(self.open_list)
        self.chime = Chime(self)
        self.tray = self._make_tray()
        self.messages: SystemMessages | None = None
        if QGuiApplication.platformName() in _WITH_A_BUS:
            self._find_messages()
        self._mute_ends = QTimer(self)
        self._mute_ends.setSingleShot(True)
        self._mute_ends.timeout.connect(self._show_muted)
        self.inbox.counted.connect(self._show_counts)
        self.inbox.arrived.connect(self._on_arrived)
        self.inbox.marked.connect(self._on_marked)
        self.inbox.all_marked.connect(self._on_all_marked)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell nothing twice: whoever looks at the window has its cards and its bell."""
        if event.type() == QEvent.WindowActivate:
            self._take_away(lambda _: True)
        return super().eventFilter(watched, event)

    @property
    def is_muted(self) -> bool:
        """Whether nothing is to ring at present."""
        return self._muted_until is not None and self._desktop.clock() < self._muted_until

    def set_discreet(self, discreet: bool) -> None:
        """Tell outside of the window only that something came, while it is locked."""
        self._is_discreet = discreet
        self.panel.close()
        self._take_away(lambda _: True)
        if self.messages is not None:
            self.messages.is_discreet = discreet

    def start(self) -> None:
        """Begin to listen."""
        self.inbox.start()

    def stop(self) -> None:
        """Take everything away that is this person's."""
        self.inbox.stop()
        self.panel.close()
        self.cards.clear()
        self.chime.stop()
        self._mute_ends.stop()
        if self.tray is not None:
            self.tray.close()
        if self.messages is not None:
            self.messages.close()

    def ticket_shown(self, ticket_id: int) -> None:
        """Take away what is urgent about a ticket that somebody has opened: they see it now."""
        if self._is_looked_at():
            seen = self.cards.about(ticket_id)
            self.inbox.mark(seen)
            self.cards.forget([each.id for each in seen])

    def open_list(self) -> None:
        """Open what lies behind the bell, or close it."""
        if self.panel.isVisible():
            self.panel.close()
        else:
            self.panel.open_beside(self.bell)

    def mute(self, muted: bool) -> None:
        """Let nothing ring for an hour, or let it ring again."""
        self._muted_until = self._desktop.clock() + _MUTED_FOR if muted else None
        self._mute_ends.stop()
        if muted:
            self._mute_ends.start(round(_MUTED_FOR.total_seconds() * 1000))
        self._show_muted()

    def _make_tray(self) -> Tray | None:
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return None
        submits = self._desktop.may(Permission.SUBMIT_TICKET)
        return self.use_tray(Tray(QSystemTrayIcon(self._window), self._window, submits=submits))

    def use_tray(self, tray: Tray) -> Tray:
        """Tell by this icon too."""
        tray.opened.connect(self._raise)
        tray.new_ticket_wanted.connect(self._on_tray_new_ticket)
        tray.list_wanted.connect(self._on_tray_list)
        tray.mute_wanted.connect(self.mute)
        tray.quit_wanted.connect(self._window.close)
        tray.message_clicked.connect(self._on_message_clicked)
        self.tray = tray
        return tray

    def _find_messages(self) -> None:
        # Here, not above: a module of Qt must not be imported on another thread, as windows are.
        from helpdesk.ui.notifications.system_messages import session_messages

        if (messages := session_messages(self)) is not None:
            self.use_messages(messages)

    def use_messages(self, messages: SystemMessages) -> None:
        """Tell by this service; what it does not show is told beside the icon."""
        messages.clicked.connect(self._on_message_clicked)
        messages.unsaid.connect(self._tell_beside_icon)
        self.messages = messages

    def _show_counts(self) -> None:
        counts = self.inbox.unread, self.inbox.urgent_unread
        self.bell.show_counts(*counts)
        if self.tray is not None:
            self.tray.show_counts(*counts)

    def _show_muted(self) -> None:
        self.bell.show_muted(self.is_muted)
        if self.tray is not None:
            self.tray.show_muted(self.is_muted)

    def _on_arrived(self, news: News) -> None:
        if news.preferences is None:
            return
        now, wishes = self._desktop.clock(), news.preferences
        # Oldest first: the newest card stands on top, and the newest message is seen last.
        items = [
            each
            for each in reversed(news.page.items)
            if may_sound(wishes, now, urgent=each.urgent) and (each.urgent or not self.is_muted)
        ]
        is_listed = self.panel.isVisible()
        cards = [each for each in items if not each.read]
        self.cards.show([each for each in cards if each.urgent or not is_listed])
        if self.is_muted:
            return
        if wishes.sound and any(each.urgent for each in items):
            self.chime.play()
        shown = [each for each in items if each.shown]
        if shown and not self._is_looked_at():
            self._tell(shown)

    def _tell(self, shown: Sequence[NotificationView]) -> None:
        if self.messages is not None:
            self.messages.tell(shown)
        else:
            self._tell_beside_icon(message_of(shown))

    def _tell_beside_icon(self, message: Message) -> None:
        if self.tray is not None:
            self.tray.tell(discreet(message) if self._is_discreet else message)

    def _is_looked_at(self) -> bool:
        window = self._window
        is_there = window.isActiveWindow() and not window.isMinimized() and window.isVisible()
        return is_there and not self._is_discreet

    def _on_marked(self, ids: tuple[int, ...], read: bool) -> None:
        if read:
            self.cards.forget(ids)
            self._take_away(lambda told: told.id in ids)

    def _on_all_marked(self, until_id: int) -> None:
        self.cards.clear()
        self._take_away(lambda told: told.id <= until_id)

    def _take_away(self, read: Callable[[NotificationView], bool]) -> None:
        if self.messages is not None:
            self.messages.forget(read)

    def _open(self, notification: NotificationView) -> None:
        self.inbox.mark([notification])
        self._show_ticket(notification)

    def _show_ticket(self, notification: NotificationView) -> None:
        """Have its ticket shown; staff are told of what they work on and what they asked for."""
        if notification.ticket_id is not None:
            is_own = notification.happening in FOR_REQUESTERS
            wanted = self.own_ticket_wanted if is_own else self.ticket_wanted
            wanted.emit(notification.ticket_id)

    def _on_message_clicked(self, notification: NotificationView | None) -> None:
        self._raise()
        if notification is not None:
            self.cards.forget([notification.id])
            self._open(notification)

    def _on_tray_new_ticket(self) -> None:
        self._raise()
        self.new_ticket_wanted.emit()

    def _on_tray_list(self) -> None:
        self._raise()
        self.panel.open_beside(self.bell)

    def _raise(self) -> None:
        """Bring the window to the front; only ever because somebody asked for it."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
