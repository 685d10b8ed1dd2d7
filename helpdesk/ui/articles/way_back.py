# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back to the articles one came from by links: a button, a key and the mouse."""

from __future__ import annotations

from collections import deque

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence, QMouseEvent
from PyQt5.QtWidgets import QShortcut, QToolButton, QWidget

from helpdesk.ui.icons import icon

_MOST = 50
_PRESSES = (QEvent.MouseButtonPress, QEvent.MouseButtonDblClick)


class WayBack(QObject):
    """Remembers what was read before, and says which article is wanted again."""

    wanted = pyqtSignal(int)

    def __init__(self, parent: QObject) -> None:
        """Begin with nowhere to go."""
        super().__init__(parent)
        self._ids: deque[int] = deque(maxlen=_MOST)
        self.button = QToolButton()
        self.button.setIcon(icon("left"))
        self.button.setToolTip("Back (Alt+Left)")
        self.button.setAccessibleName("Back")
        self.button.setFocusPolicy(Qt.TabFocus)
        self.button.clicked.connect(lambda: self.go())
        self.button.hide()

    def __bool__(self) -> bool:
        """Return whether there is somewhere to go back to."""
        return bool(self._ids)

    def leave(self, article_id: int) -> None:
        """Remember an article that is left for another one."""
        if not self._ids or self._ids[-1] != article_id:
            self._ids.append(article_id)
        self.button.show()

    def forget(self) -> None:
        """Begin anew."""
        self._ids.clear()
        self.button.hide()

    def go(self) -> None:
        """Want the article that was left last."""
        if self._ids:
            article_id = self._ids.pop()
            self.button.setVisible(bool(self._ids))
            self.wanted.emit(article_id)

    def hold_in(self, area: QWidget, *viewports: QWidget) -> None:
        """Let key and mouse lead back in an area; its viewports would take any press for theirs."""
        # Also with nowhere to go the key is taken, so that no list moves by it.
        for keys in (QKeySequence("Alt+Left"), QKeySequence(Qt.Key_Back)):
            shortcut = QShortcut(keys, area)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.go)
        for widget in (area, *viewports):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go back by the mouse."""
        if (
            event.type() in _PRESSES
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.BackButton
        ):
            self.go()
            return True
        return super().eventFilter(watched, event)
