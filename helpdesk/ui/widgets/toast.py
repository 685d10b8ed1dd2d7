# SPDX-License-Identifier: GPL-3.0-or-later
"""A passing word at the bottom of the window, with a way to undo what was just done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast, runtime_checkable

from PyQt5 import sip
from PyQt5.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PyQt5.QtGui import QCloseEvent, QKeyEvent
from PyQt5.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_MARGIN = 44
_SPACING = 8
_MOST = 3
WRITING = "reply_box"
"""The name of the box that a toast keeps clear of."""


@runtime_checkable
class HasPage(Protocol):
    """A window that can lead the keys to where its page begins."""

    def focus_page(self) -> None:
        """Begin in the page that is in front, such as in its list."""


class Toast(QFrame):
    """Says something for a few seconds; it waits while the pointer or the keyboard is on it."""

    @classmethod
    def say(
        cls,
        parent_window: QWidget,
        text: str,
        action_text: str | None = None,
        on_action: Callable[[], object] | None = None,
        seconds: float = 6,
        *,
        topic: str = "",
    ) -> Toast:
        """Show a toast above those that are still there, in place of those of its topic."""
        cls.end(parent_window, topic)
        toast = cls(parent_window, text, action_text, on_action, seconds)
        toast.topic = topic
        for superfluous in toasts_of(parent_window)[:-_MOST]:
            superfluous.close()
        toast.show()
        toast.raise_()
        _arrange(parent_window)
        return toast

    @classmethod
    def end(cls, parent_window: QWidget, topic: str) -> None:
        """Close the toasts of a topic, of which they are true no more; without one, none."""
        for outdated in toasts_of(parent_window) if topic else ():
            if outdated.topic == topic:
                outdated.close()
        _arrange(parent_window)

    def __init__(
        self,
        parent_window: QWidget,
        text: str,
        action_text: str | None,
        on_action: Callable[[], object] | None,
        seconds: float,
    ) -> None:
        """Build the toast; `say` shows it."""
        super().__init__(parent_window)
        self.topic = ""
        """What it is about, where a newer word of the same makes it untrue."""
        self._on_action = on_action
        self.setProperty("kind", "toast")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setAccessibleName(text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self._on_timeout)
        self._build(text, action_text)
        self._timer.start()
        self._before: QWidget | None = None
        """What had the focus before something of this took it."""
        cast("QApplication", QApplication.instance()).focusChanged.connect(self._on_focus)
        parent_window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom of the window, and stay open while the focus is inside."""
        if event.type() == QEvent.Resize and watched is self.parentWidget():
            _arrange(self.parentWidget())
        elif event.type() == QEvent.FocusIn:
            self._timer.stop()
        elif event.type() == QEvent.FocusOut:
            self._timer.start()
        return False

    def enterEvent(self, event: QEvent) -> None:
        """Wait while the pointer is here."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Count the seconds anew."""
        super().leaveEvent(event)
        self._timer.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the focus back to what had it; Qt would give it to whatever comes next."""
        super().closeEvent(event)
        focused: QWidget | None = self.window().focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            before, window = self._before, self.parentWidget()
            if before is not None and not sip.isdeleted(before) and before.isVisible():
                before.setFocus()
            elif isinstance(window, HasPage):
                window.focus_page()

    def _on_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now) and old is not None:
            is_toast = isinstance(old, Toast) or isinstance(old.parentWidget(), Toast)
            if not is_toast and old.window() is self.window():
                self._before = old

    def _build(self, text: str, action_text: str | None) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 6, 6)
        row.setSpacing(10)
        label = PlainLabel(text)
        label.setWordWrap(len(text) > 80)
        row.addWidget(label, 1)
        if action_text:
            action = QPushButton(action_text)
            action.setProperty("kind", "toast-action")
            # A click leaves the focus where it is; Tab leads here.
            action.setFocusPolicy(Qt.TabFocus)
            action.clicked.connect(lambda: self.press())
            action.installEventFilter(self)
            row.addWidget(action)
        close = QToolButton()
        close.setIcon(icon("close", "navigation_text"))
        close.setAccessibleName(self.tr("Dismiss"))
        close.setFocusPolicy(Qt.TabFocus)
        close.clicked.connect(self._close)
        close.installEventFilter(self)
        row.addWidget(close)

    def press(self) -> bool:
        """Do what it offers, as a click does; return whether it offers anything."""
        self._close()
        if self._on_action is not None:
            self._on_action()
        return self._on_action is not None

    def _on_timeout(self) -> None:
        self._close()

    def _close(self) -> None:
        self._timer.stop()
        window = self.parentWidget()
        self.close()
        _arrange(window)


def press_newest(window: QWidget, topic: str) -> bool:
    """Do what the newest toast offers, where it is of a topic; return whether it is."""
    newest = next(iter(toasts_of(window)[-1:]), None)
    return newest is not None and newest.topic == topic and newest.press()


def toasts_of(window: QWidget) -> list[Toast]:
    """Return the window's toasts that are still to be seen, the oldest first."""
    return [
        toast
        for toast in window.findChildren(Toast, options=Qt.FindDirectChildrenOnly)
        if not toast.testAttribute(Qt.WA_WState_ExplicitShowHide) or not toast.isHidden()
    ]


def _arrange(window: QWidget) -> None:
    bottom, right = window.height() - _MARGIN, _free_right(window)
    for toast in reversed(toasts_of(window)):
        width = min(toast.sizeHint().width(), window.width() - 32, 560)
        height = max(toast.sizeHint().height(), toast.heightForWidth(width))
        bottom -= height
        left = min((window.width() - width) // 2, max(right - width, _SPACING))
        toast.setGeometry(left, bottom, width, height)
        bottom -= _SPACING


def _free_right(window: QWidget) -> int:
    """Return where the room ends in which a toast hides nothing that is being written."""
    fields = window.findChildren(QWidget, WRITING)
    lefts = [each.mapTo(window, QPoint()).x() for each in fields if each.isVisible()]
    return min(lefts, default=window.width()) - 2 * _SPACING
