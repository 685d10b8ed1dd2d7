# SPDX-License-Identifier: GPL-3.0-or-later
"""Who wants messages of the system alone gets them, and finds nothing unread in the window."""

from __future__ import annotations

from typing import Any

from PyQt5.QtWidgets import QSystemTrayIcon

from helpdesk.core.schemas.notifications import Delivery, Happening, Preference, PreferencesChange
from helpdesk.core.schemas.tickets import Assignment, NewTicket
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.notifications.tray import Tray


class NotingIcon(QSystemTrayIcon):
    """Notes the messages in place of a system that shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def show(self) -> None:
        """Stay unseen: this platform has no place for it."""

    def showMessage(self, title: str, *_rest: Any) -> None:  # noqa: N802 - Qt's name
        self.messages.append(title)


def test_what_the_system_alone_tells_is_shown_once_and_leaves_nothing_unread(
    seated, sign_in, qtbot
):
    wish = Preference(happening=Happening.ASSIGNED, app=False, desktop=True, mail=Delivery.OFF)
    sign_in("bob").notifications.change_preferences(PreferencesChange(choices=(wish,)))
    ticket = sign_in("alice").tickets.open(NewTicket(subject="No tone"))
    seat = seated("bob")
    window = MainWindow(seat.desktop)
    seat.show(window, 1400, 900)
    icon = NotingIcon()
    tray = Tray(icon, window, submits=True)
    tray.setParent(window)
    window.notifications.use_tray(tray)
    window.showMinimized()
    given = Assignment(assignee_id=seat.session.user.id, version=ticket.version)
    sign_in("dana").tickets.assign(ticket.id, given)
    qtbot.waitUntil(lambda: len(icon.messages) == 1)
    assert icon.messages == [f"Dana Whitfield gave you {ticket.number}"]
    assert window.notifications.cards.cards == []
    assert window.notifications.bell.badge == ""
    # What happens next is told by itself: nothing is told twice.
    seat.feed.changed.emit("notification", (seat.session.user.id,))
    seat.settle()
    assert len(icon.messages) == 1
