# SPDX-License-Identifier: GPL-3.0-or-later
"""What all sections of the settings share: a title, room that scrolls, and the three states."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.words import SectionWords
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView

_WIDTH = 900
"""Lines longer than this are hard to read."""
_USUAL_CONCERNS = ("assistant", "category")


class Section(QWidget):
    """A page of settings; `load` asks the desk for what it shows."""

    said = pyqtSignal(str)
    """One sentence for the status bar."""
    ticket_wanted = pyqtSignal(int)
    """Somebody wants to see a ticket that the section names."""
    section_wanted = pyqtSignal(str)
    """Somebody wants to set up what another section is about: its key."""

    def __init__(self, desktop: Desktop, words: SectionWords) -> None:
        """Show title and purpose above ``self.body``, and ``self.foot`` below what scrolls."""
        super().__init__()
        self.desktop = desktop
        self.words = words
        self.banner = Banner()
        self.head = QHBoxLayout()
        title = QLabel(words.title)
        title.setProperty("role", "title")
        self.head.addWidget(title)
        self.head.addStretch(1)
        inside = QWidget()
        inside.setProperty("transparent", True)
        inside.setMaximumWidth(_WIDTH)
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(24, 4, 24, 24)
        self.body.setSpacing(16)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.NoFocus)
        self.area.setWidget(inside)
        self.states = StateView(self.area)
        self.foot = QVBoxLayout()
        top = QVBoxLayout()
        top.setContentsMargins(24, 20, 24, 0)
        top.setSpacing(4)
        top.addLayout(self.head)
        top.addWidget(PlainLabel(words.purpose, role="muted"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addLayout(top)
        column.addSpacing(8)
        column.addWidget(self.states, 1)
        column.addLayout(self.foot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button that has the focus on Enter, as in a dialog; Space always does."""
        focused = self.focusWidget()
        is_enter = event.key() in (Qt.Key_Return, Qt.Key_Enter) and not event.isAutoRepeat()
        if is_enter and isinstance(focused, QPushButton) and focused.hasFocus():
            focused.click()
        else:
            super().keyPressEvent(event)

    def load(self) -> None:
        """Ask the desk for what is shown."""

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Return whether a change is news for this section."""
        return kind in _USUAL_CONCERNS

    def reveal(self, key: str) -> None:
        """Bring a setting into view and put the focus into it."""

    def bring_into_view(self, widget: QWidget) -> None:
        """Scroll to a widget, which may have been hidden until now."""
        inside = self.area.widget()
        inside.layout().activate()
        inside.adjustSize()
        self.area.ensureWidgetVisible(widget, 24, 48)
