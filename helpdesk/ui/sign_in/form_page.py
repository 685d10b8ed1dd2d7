# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people say who they are: name and password, the browser, or one of the demo people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.ui.sign_in.page import Page, label
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.password_field import PasswordField

if TYPE_CHECKING:
    from helpdesk.core.schemas.desk import DemoAccount, DeskInfo

_TYPE_BOTH = "Type your user name and your password."


class FormPage(Page):
    """The first thing that is asked."""

    sign_in_wanted = pyqtSignal()
    forgotten_wanted = pyqtSignal()
    browser_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin without demo people, and without a browser to sign in by."""
        super().__init__()
        self.username = QLineEdit()
        self.password = PasswordField()
        self.stay_box = QCheckBox("Keep me signed in on this workstation")
        self.stay_box.hide()
        self.made = label("muted")
        self.made.setTextInteractionFlags(Qt.TextSelectableByMouse | Qt.TextSelectableByKeyboard)
        self.made.hide()
        self._good_news = label("success")
        self._good_news.hide()
        self._demo = QVBoxLayout()
        self._demo.setSpacing(4)
        self.column.addWidget(self.made)
        self.column.addWidget(self._good_news)
        self.add_field("User name", self.username)
        self.add_field("Password", self.password, 0)
        self.column.addWidget(self.stay_box)
        self.sign_in_button = self.add_primary("Sign in", self._on_sign_in)
        self.browser_button = self.add_button("", self.browser_wanted.emit)
        self.browser_button.hide()
        self.forgotten_button = self.add_button(
            "Forgotten your password?", self.forgotten_wanted.emit, "quiet"
        )
        self.column.addLayout(self._demo)
        self.column.addStretch(1)

    def show_info(self, info: DeskInfo) -> None:
        """Offer what the desk knows ways for."""
        self.browser_button.setText(info.single_sign_on.replace("&", "&&"))
        self.browser_button.setVisible(bool(info.single_sign_on))
        while self._demo.count():
            widget = self._demo.takeAt(0).widget()
            if isinstance(widget, QWidget):
                widget.deleteLater()
        if info.demo_accounts:
            self._demo.addSpacing(14)
            self._demo.addWidget(label("secondary", "Or look around as one of the demo people:"))
        for account in info.demo_accounts:
            self._demo.addWidget(self._demo_button(account))

    def say(self, sentence: str) -> None:
        """Say what is wrong; good news is old then."""
        super().say(sentence)
        self._good_news.hide()

    def show_refused(self, sentence: str) -> None:
        """Say why; the next password is typed over the wrong one."""
        self.say(sentence)
        self.password.selectAll()
        self.password.setFocus()

    def say_well(self, sentence: str) -> None:
        """Say what went well."""
        self.say("")
        self._good_news.setText(sentence)
        self._good_news.show()

    def focus_first(self) -> None:
        """Ask for the name, or for the password where the name is known."""
        field = self.password if self.username.text() else self.username
        field.setFocus()

    def clear(self) -> None:
        """Forget who was here."""
        self.username.clear()
        self.password.clear()
        self.stay_box.setChecked(False)

    def set_busy(self, busy: bool, words: str = "Signing in…") -> None:
        """Take no second click while the desk is asked."""
        super().set_busy(busy, words)

    def _on_sign_in(self) -> None:
        if not self.username.text().strip() or not self.password.text():
            self.say(_TYPE_BOTH)
            return
        self.sign_in_wanted.emit()

    def _demo_button(self, account: DemoAccount) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"demo-{account.username}")
        button.setAccessibleName(f"Sign in as {account.full_name}, {account.role.label}")
        row = QHBoxLayout(button)
        row.setContentsMargins(10, 4, 10, 4)
        row.addWidget(Avatar(account.full_name, 24))
        row.addWidget(label("strong", account.full_name))
        row.addStretch(1)
        row.addWidget(label("muted", account.role.label))
        button.setFixedHeight(38)
        button.clicked.connect(lambda: self._on_demo(account))
        return button

    def _on_demo(self, account: DemoAccount) -> None:
        self.username.setText(account.username)
        self.password.setText(account.password)
        self._on_sign_in()
