# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages by the service that Linux desktops have for them, with a click that opens the ticket.

What Qt sends for an icon beside the clock offers that service nothing to click, hides the icon's
mark behind a picture of its own, needs such an icon, and lets people's words be read as markup.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection
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
from PyQt5.QtGui import QGuiApplication

from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui.notifications.message import Message

SERVICE: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
_PLATFORMS: Final = ("xcb", "wayland", "wayland-egl")
_CLICKED, _NORMAL, _CRITICAL = "default", 1, 2
_UNTIL_SEEN, _AS_USUAL = 0, -1


class SystemMessages(QObject):
    """Shows messages and hears of clicks; it never waits for the service."""

    clicked = pyqtSignal(object)
    """The ``NotificationView`` that a message was about."""
    unsaid = pyqtSignal(object)
    """A `Message` that no service would show."""

    def __init__(self, bus: QDBusConnection, parent: QObject) -> None:
        """Listen on a bus of the session."""
        super().__init__(parent)
        self._bus = bus
        self._open: dict[int, NotificationView] = {}
        self._is_closed = False
        bus.connect("", PATH, SERVICE, "ActionInvoked", self._on_action)
        bus.connect("", PATH, SERVICE, "NotificationClosed", self._on_gone)

    def tell(self, message: Message) -> None:
        """Show a message, in the way that the service can: it may be another one each time."""
        self._call("GetCapabilities", [], partial(self._notify, message), message)

    def forget(self, read: Callable[[NotificationView], bool]) -> None:
        """Take away what was read elsewhere."""
        for number, about in list(self._open.items()):
            if read(about):
                self._take_away(number)

    def close(self) -> None:
        """Take all away: somebody else may be in front of the screen."""
        self._is_closed = True
        self.forget(lambda _: True)
        self._bus.disconnect("", PATH, SERVICE, "ActionInvoked", self._on_action)
        self._bus.disconnect("", PATH, SERVICE, "NotificationClosed", self._on_gone)

    def _notify(self, message: Message, answer: list[Any]) -> None:
        if self._is_closed:
            return
        can: Collection[str] = answer[0] if answer else ()
        text = html.escape(message.text, quote=False) if "body-markup" in can else message.text
        actions = [_CLICKED, "Open"] if "actions" in can else []
        arguments = [
            "Help Desk",
            _number(0, QMetaType.UInt),
            "dialog-warning" if message.urgent else "dialog-information",
            message.title,
            text,
            QDBusArgument(actions, QMetaType.QStringList),
            {"urgency": _number(_CRITICAL if message.urgent else _NORMAL, QMetaType.UChar)},
            _UNTIL_SEEN if message.urgent else _AS_USUAL,
        ]
        self._call("Notify", arguments, partial(self._on_shown, message.about), message)

    def _on_shown(self, about: NotificationView, answer: list[Any]) -> None:
        self._open[answer[0]] = about
        if self._is_closed:
            self._take_away(answer[0])

    def _take_away(self, number: int) -> None:
        del self._open[number]
        self._bus.send(_request("CloseNotification", [_number(number, QMetaType.UInt)]))

    def _call(
        self,
        name: str,
        arguments: list[Any],
        then: Callable[[list[Any]], None],
        message: Message,
    ) -> None:
        watcher = QDBusPendingCallWatcher(self._bus.asyncCall(_request(name, arguments)), self)

        def show() -> None:
            answer = QDBusPendingReply(watcher).reply()
            watcher.deleteLater()
            if answer.type() == QDBusMessage.ReplyMessage:
                then(answer.arguments())
            elif not self._is_closed:
                self.unsaid.emit(message)

        watcher.finished.connect(show)

    @pyqtSlot(QDBusMessage)
    def _on_action(self, signal: QDBusMessage) -> None:
        number, action = signal.arguments()
        about = self._open.get(number)
        if about is not None and action == _CLICKED:
            # Some services leave a message where it is after a click.
            self._take_away(number)
            self.clicked.emit(about)

    @pyqtSlot(QDBusMessage)
    def _on_gone(self, signal: QDBusMessage) -> None:
        self._open.pop(signal.arguments()[0], None)


def session_messages(parent: QObject) -> SystemMessages | None:
    """Return what shows messages on this desktop, or ``None`` where that is not by a bus."""
    if QGuiApplication.platformName() not in _PLATFORMS:
        return None
    bus = QDBusConnection.sessionBus()
    return SystemMessages(bus, parent) if bus.isConnected() else None


def _request(name: str, arguments: list[Any]) -> QDBusMessage:
    request = QDBusMessage.createMethodCall(SERVICE, PATH, SERVICE, name)
    request.setArguments(arguments)
    return request


def _number(value: int, kind: int) -> QVariant:
    """Return a number of the kind that the service expects; Python knows one kind alone."""
    number = QVariant(value)
    number.convert(kind)
    return number
