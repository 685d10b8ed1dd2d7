# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages by the service that Linux desktops have for them, with a click that opens the ticket.

What Qt sends for an icon beside the clock offers that service nothing to click, hides the icon's
mark behind a picture of its own, needs such an icon, and lets people's words be read as markup.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final

from PyQt5.QtCore import QMetaType, QObject, QVariant, pyqtSignal, pyqtSlot
from PyQt5.QtDBus import (
    QDBusArgument,
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusPendingReply,
)

from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui.notifications.message import discreet, message_of

SERVICE: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
_CLICKED, _NORMAL, _CRITICAL = "default", 1, 2
_UNTIL_SEEN, _AS_USUAL = 0, -1


class SystemMessages(QObject):
    """Shows one message at a time, and hears of a click on it; it never waits for the service.

    What comes while a message is still there is told by the same one: somebody who was away for
    an hour is to find one, not forty.
    """

    clicked = pyqtSignal(object)
    """The ``NotificationView`` that the message was about."""
    unsaid = pyqtSignal(object)
    """A `Message` that no service would show."""

    def __init__(self, bus: QDBusConnection, parent: QObject) -> None:
        """Listen on a bus of the session."""
        super().__init__(parent)
        self._bus = bus
        self.is_discreet = False
        """Whether to say only that something came."""
        self._told: list[NotificationView] = []
        self._number = 0
        self._is_calling = False
        self._is_closed = False
        bus.connect("", PATH, SERVICE, "ActionInvoked", self._on_action)
        bus.connect("", PATH, SERVICE, "NotificationClosed", self._on_gone)

    def tell(self, notifications: Sequence[NotificationView]) -> None:
        """Show what came, in the way that the service can: it may be another one each time."""
        self._told += notifications
        if not self._is_calling:
            self._show()

    def forget(self, read: Callable[[NotificationView], bool]) -> None:
        """Take away what was read elsewhere."""
        if not self._told:
            return
        about = message_of(self._told).about
        self._told = [each for each in self._told if not read(each)]
        if read(about) or not self._told:
            self._take_away()

    def close(self) -> None:
        """Take all away: somebody else may be in front of the screen."""
        self._is_closed = True
        self._take_away()
        self._bus.disconnect("", PATH, SERVICE, "ActionInvoked", self._on_action)
        self._bus.disconnect("", PATH, SERVICE, "NotificationClosed", self._on_gone)

    def _show(self) -> None:
        self._is_calling = True
        shown = tuple(self._told)
        self._call("GetCapabilities", [], partial(self._notify, shown), shown)

    def _notify(self, shown: tuple[NotificationView, ...], answer: list[Any]) -> None:
        can: Collection[str] = answer[0] if answer else ()
        message = message_of(shown)
        if self.is_discreet:
            message = discreet(message)
        text = html.escape(message.text, quote=False) if "body-markup" in can else message.text
        actions = [_CLICKED, "Open"] if "actions" in can else []
        arguments = [
            "Help Desk",
            _number(self._number, QMetaType.UInt),
            "dialog-warning" if message.urgent else "dialog-information",
            message.title,
            text,
            QDBusArgument(actions, QMetaType.QStringList),
            {"urgency": _number(_CRITICAL if message.urgent else _NORMAL, QMetaType.UChar)},
            _UNTIL_SEEN if message.urgent else _AS_USUAL,
        ]
        self._call("Notify", arguments, partial(self._on_shown, shown), shown)

    def _on_shown(self, shown: tuple[NotificationView, ...], answer: list[Any]) -> None:
        self._is_calling = False
        self._number = answer[0]
        if not self._told or self._is_closed:
            self._take_away()
        elif _without(self._told, shown):
            self._show()

    def _take_away(self) -> None:
        self._told.clear()
        number, self._number = self._number, 0
        if number:
            self._bus.send(_request("CloseNotification", [_number(number, QMetaType.UInt)]))

    def _call(
        self,
        name: str,
        arguments: list[Any],
        then: Callable[[list[Any]], None],
        shown: tuple[NotificationView, ...],
    ) -> None:
        watcher = QDBusPendingCallWatcher(self._bus.asyncCall(_request(name, arguments)), self)

        def show() -> None:
            answer = QDBusPendingReply(watcher).reply()
            watcher.deleteLater()
            if answer.type() == QDBusMessage.ReplyMessage:
                then(answer.arguments())
            else:
                self._on_failed(shown)

        watcher.finished.connect(show)

    def _on_failed(self, shown: tuple[NotificationView, ...]) -> None:
        self._is_calling = False
        # What was read elsewhere in the meantime is told by nobody.
        unsaid = _without(shown, _without(shown, self._told))
        self._told, self._number = _without(self._told, shown), 0
        if self._is_closed:
            return
        if unsaid:
            self.unsaid.emit(message_of(unsaid))
        if self._told and not self._is_calling:
            self._show()

    @pyqtSlot(QDBusMessage)
    def _on_action(self, signal: QDBusMessage) -> None:
        number, action = signal.arguments()
        if number == self._number and self._told and action == _CLICKED:
            about = message_of(self._told).about
            # Some services leave a message where it is after a click.
            self._take_away()
            self.clicked.emit(about)

    @pyqtSlot(QDBusMessage)
    def _on_gone(self, signal: QDBusMessage) -> None:
        if signal.arguments()[0] == self._number:
            self._told.clear()
            self._number = 0


def session_messages(parent: QObject) -> SystemMessages | None:
    """Return what shows messages in this session, or ``None`` where it has no bus."""
    bus = QDBusConnection.sessionBus()
    return SystemMessages(bus, parent) if bus.isConnected() else None


def _without(
    some: Sequence[NotificationView], others: Sequence[NotificationView]
) -> list[NotificationView]:
    """Return those of some that are not among others."""
    ids = {each.id for each in others}
    return [each for each in some if each.id not in ids]


def _request(name: str, arguments: list[Any]) -> QDBusMessage:
    request = QDBusMessage.createMethodCall(SERVICE, PATH, SERVICE, name)
    request.setArguments(arguments)
    return request


def _number(value: int, kind: int) -> QVariant:
    """Return a number of the kind that the service expects; Python knows one kind alone."""
    number = QVariant(value)
    number.convert(kind)
    return number
