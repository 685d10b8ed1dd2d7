# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown in the place of a locked window: who is signed in, and a field to unlock it."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.users import AccountOrigin, UserView
from helpdesk.ui.icons import icon
from helpdesk.ui.sign_in.page import label
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.password_field import PasswordField

_WIDTH = 400
_KEPT = "Nothing stops meanwhile, and what you typed is kept."
_BY_BROWSER = (
    "You signed in in the browser, so there is no password to unlock with: sign out, and sign in"
    " there again. What you have typed is kept."
)
_TYPE = "Type your password."
_PICTURE = QSize(28, 28)


class LockPage(QWidget):
    """Covers a window; nothing that is typed here reaches what lies below."""

    unlock_wanted = pyqtSignal(str)
    sign_out_wanted = pyqtSignal()

    def __init__(self, person: UserView, parent: QWidget) -> None:
        """Ask for the password of somebody."""
        super().__init__(parent)
        self.setProperty("ground", "background")
        self.setAttribute(Qt.WA_StyledBackground)
        self.setAccessibleName("Locked")
        self.has_password = person.origin is not AccountOrigin.OIDC
        self.password = PasswordField()
        self.password.setAccessibleName("Password")
        self.message = label("error")
        self.message.hide()
        self.unlock_button = QPushButton("Unlock")
        self.unlock_button.clicked.connect(self._on_unlock)
        self.sign_out_button = QPushButton("Sign out")
        self.sign_out_button.clicked.connect(lambda: self.sign_out_wanted.emit())
        (self.unlock_button if self.has_password else self.sign_out_button).setProperty(
            "kind", "primary"
        )
        self._build(person)

    def focus_first(self) -> None:
        """Ask for the password."""
        (self.password if self.has_password else self.sign_out_button).setFocus()

    def set_busy(self, busy: bool) -> None:
        """Take no second click while the desk is asked."""
        self.unlock_button.setDisabled(busy)
        self.unlock_button.setText("Unlocking…" if busy else "Unlock")

    def show_refused(self, sentence: str) -> None:
        """Say why it stays locked."""
        self.message.setText(sentence)
        self.message.show()
        self.password.selectAll()
        self.password.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press what has the focus on Enter, else unlock; no key goes through to the window."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            elif self.has_password:
                self._on_unlock()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let no click through."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let no turn of the wheel through."""
        event.accept()

    def _build(self, person: UserView) -> None:
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(_WIDTH)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(6)
        inside.addLayout(self._head())
        inside.addSpacing(10)
        inside.addLayout(_who(person))
        inside.addSpacing(10)
        if self.has_password:
            name = label("field", "Password")
            name.setBuddy(self.password)
            inside.addWidget(name)
            inside.addWidget(self.password)
        inside.addWidget(label("secondary", _KEPT if self.has_password else _BY_BROWSER))
        inside.addWidget(self.message)
        inside.addSpacing(10)
        if self.has_password:
            inside.addWidget(self.unlock_button)
        inside.addWidget(self.sign_out_button)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(middle)
        column.addStretch(3)

    @staticmethod
    def _head() -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(icon("lock", "muted").pixmap(_PICTURE))
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(picture)
        head.addWidget(label("figure", "Locked"))
        head.addStretch(1)
        return head

    def _on_unlock(self) -> None:
        if not self.unlock_button.isEnabled():
            return
        if not self.password.text():
            self.show_refused(_TYPE)
            return
        self.unlock_wanted.emit(self.password.text())


def _who(person: UserView) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(Avatar(person.full_name, 32))
    names = QVBoxLayout()
    names.setSpacing(0)
    names.addWidget(ElidedLabel(person.full_name, role="strong"))
    names.addWidget(ElidedLabel(person.username, role="secondary"))
    row.addLayout(names, 1)
    return row
