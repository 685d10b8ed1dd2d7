# SPDX-License-Identifier: GPL-3.0-or-later
"""The first window: opens the desk while it is shown, then asks who is there.

It is painted before the database, the services or the other screens are even imported, so it
imports nothing of them at the top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from PyQt5.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import (
    DeskError,
    NewerServer,
    NewPasswordDue,
    NoDesk,
    OlderServer,
    Unreachable,
)
from helpdesk.ui.background import Background
from helpdesk.ui.widgets.avatar import Avatar

if TYPE_CHECKING:
    from helpdesk.core.schemas.desk import DemoAccount, DeskInfo
    from helpdesk.core.schemas.users import SignInView

_CARD_WIDTH = 400
_RETRY_MS = (2_000, 4_000, 8_000, 15_000, 30_000)
"""How long to wait before each further try of a server that does not answer."""

Opening = Callable[[], Any]


class FirstAdmin(NamedTuple):
    """Who may sign in to a desk that has just been made, once."""

    username: str
    password: str


Making = Callable[[bool], FirstAdmin | None]


class SignInWindow(QWidget):
    """Pages: opening, sign in, choose a password, no desk yet, failed, another version."""

    signed_in = pyqtSignal(object)
    """The ``SessionView`` of who has signed in."""
    opened = pyqtSignal(object)
    """What the opening function returned."""

    def __init__(self, background: Background, opening: Opening, making: Making):
        """Bind to how the desk is opened, and to how a new one is made.

        ``opening`` returns an `Opened`; ``making(demo)`` makes a desk and returns its first
        admin, or ``None`` where the desk offers its people by itself. Both run off the main
        thread.
        """
        super().__init__()
        self._background = background
        self._opening = opening
        self._making = making
        self._opened: Any = None
        self._first_admin: FirstAdmin | None = None
        self._host = ""
        self._is_opening = False
        self._tries = 0
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self._open)
        self.setWindowTitle("Help Desk")
        self.setObjectName("page")
        self.resize(QSize(1000, 680).boundedTo(QApplication.primaryScreen().availableSize()))
        self._build()

    def set_server(self, host: str) -> None:
        """Say from now on that the desk is a server's, by the name people know it under."""
        self._host = host
        self._place.setText(f"Team desk · {host}")
        self._wait.setText(f"Connecting to {host}…")

    def open_desk(self) -> None:
        """Open the desk, in the background."""
        self._tries = 0
        self._show_page(self._wait_page)
        self._open()

    def stop(self) -> None:
        """Try no more."""
        self._retry.stop()

    def _open(self) -> None:
        if self._is_opening:
            return
        self._is_opening = True
        self._retry.stop()
        job = self._background.run(self, self._opening)
        job.finally_(self._on_tried).then(self._on_opened).failed(self._on_failed)

    def _on_tried(self) -> None:
        self._is_opening = False

    def ask_again(self, sentence: str = "") -> None:
        """Ask who is there, after somebody signed out."""
        self.username.clear()
        self.password.clear()
        self.stay_box.setChecked(False)
        self._set_busy(False)
        self._show_message(sentence)
        self._show_page(self._form_page)
        self.username.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button that has the focus on Enter, else go on with the page."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            else:
                self._on_enter()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self._pages = QStackedWidget()
        self._wait_page = self._build_wait()
        self._form_page = self._build_form()
        self._new_password_page = self._build_new_password()
        self._no_desk_page = self._build_no_desk()
        self._failed_page = self._build_failed()
        self._version_page = self._build_version()
        for page in (
            self._wait_page,
            self._form_page,
            self._new_password_page,
            self._no_desk_page,
            self._failed_page,
            self._version_page,
        ):
            self._pages.addWidget(page)
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(_CARD_WIDTH)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(6)
        title = QLabel("Help Desk")
        title.setProperty("role", "figure")
        self._place = _label("secondary")
        inside.addWidget(title)
        inside.addWidget(self._place)
        inside.addSpacing(14)
        inside.addWidget(self._pages)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(middle)
        column.addStretch(3)

    def _build_wait(self) -> QWidget:
        page, column = _page()
        self._wait = _label("muted", "Opening the desk…")
        column.addWidget(self._wait)
        column.addStretch(1)
        return page

    def _build_form(self) -> QWidget:
        page, column = _page()
        self.username = QLineEdit()
        self.username.setAccessibleName("User name")
        self.password = QLineEdit()
        self.password.setAccessibleName("Password")
        self.password.setEchoMode(QLineEdit.Password)
        self._message = _label("error")
        self._message.hide()
        self._made = _label("muted")
        self._made.setTextInteractionFlags(Qt.TextSelectableByMouse | Qt.TextSelectableByKeyboard)
        self._made.hide()
        self.sign_in_button = QPushButton("Sign in")
        self.sign_in_button.setProperty("kind", "primary")
        self.sign_in_button.clicked.connect(self._on_sign_in)
        self.stay_box = QCheckBox("Keep me signed in on this workstation")
        self.stay_box.hide()
        self._demo = QVBoxLayout()
        self._demo.setSpacing(4)
        column.addWidget(self._made)
        column.addWidget(_label("field", "User name"))
        column.addWidget(self.username)
        column.addSpacing(6)
        column.addWidget(_label("field", "Password"))
        column.addWidget(self.password)
        column.addWidget(self.stay_box)
        column.addWidget(self._message)
        column.addSpacing(10)
        column.addWidget(self.sign_in_button)
        column.addLayout(self._demo)
        column.addStretch(1)
        return page

    def _build_new_password(self) -> QWidget:
        page, column = _page()
        self.new_password = QLineEdit()
        self.new_password.setAccessibleName("New password")
        self.new_password.setEchoMode(QLineEdit.Password)
        self.repeated_password = QLineEdit()
        self.repeated_password.setAccessibleName("New password, again")
        self.repeated_password.setEchoMode(QLineEdit.Password)
        self._new_message = _label("error")
        self._new_message.hide()
        self.save_button = QPushButton("Save and sign in")
        self.save_button.setProperty("kind", "primary")
        self.save_button.clicked.connect(self._on_new_password)
        column.addWidget(
            _label(
                "muted", "Your password works once. Choose one of your own; a few words are best."
            )
        )
        column.addSpacing(8)
        column.addWidget(_label("field", "New password"))
        column.addWidget(self.new_password)
        column.addSpacing(6)
        column.addWidget(_label("field", "New password, again"))
        column.addWidget(self.repeated_password)
        column.addWidget(self._new_message)
        column.addSpacing(10)
        column.addWidget(self.save_button)
        self.back_button = QPushButton("Back")
        self.back_button.setProperty("kind", "quiet")
        self.back_button.clicked.connect(lambda: self.ask_again())
        column.addWidget(self.back_button)
        column.addStretch(1)
        return page

    def _build_no_desk(self) -> QWidget:
        page, column = _page()
        self._no_desk_message = _label("muted", "There is no desk on this workstation yet.")
        self.make_button = QPushButton("Make a new desk")
        self.make_button.setProperty("kind", "primary")
        self.make_button.clicked.connect(lambda: self._on_make(demo=False))
        self.demo_button = QPushButton("Try it with a demo desk")
        self.demo_button.clicked.connect(lambda: self._on_make(demo=True))
        column.addWidget(self._no_desk_message)
        column.addSpacing(10)
        column.addWidget(self.make_button)
        column.addWidget(self.demo_button)
        column.addSpacing(10)
        column.addWidget(
            _label(
                "secondary",
                "On one workstation roles guide the work; they do not hide anything from whoever"
                " owns the file.",
            )
        )
        column.addStretch(1)
        return page

    def _build_failed(self) -> QWidget:
        page, column = _page()
        self._failure = _label("error")
        self.retry_button = QPushButton("Try again")
        self.retry_button.clicked.connect(self.open_desk)
        self._again = _label("secondary", "It is tried again by itself; you can leave this open.")
        column.addWidget(self._failure)
        column.addWidget(self._again)
        column.addSpacing(10)
        column.addWidget(self.retry_button)
        column.addStretch(1)
        return page

    def _build_version(self) -> QWidget:
        page, column = _page()
        self._version_title = _label("heading")
        self._version = _label("muted")
        self.look_again_button = QPushButton("Try again")
        self.look_again_button.clicked.connect(self.open_desk)
        column.addWidget(self._version_title)
        column.addWidget(self._version)
        column.addSpacing(10)
        column.addWidget(self.look_again_button)
        column.addStretch(1)
        return page

    def _show_page(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)

    def _show_message(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

    def _show_new_message(self, sentence: str) -> None:
        self._new_message.setText(sentence)
        self._new_message.setVisible(bool(sentence))

    def _on_opened(self, opened: Any) -> None:
        self._opened = opened
        self._show_info(opened.info)
        self._show_page(self._form_page)
        self.username.setFocus()
        self.stay_box.setVisible(opened.remembers)
        self.stay_box.setChecked(False)
        self.opened.emit(opened)
        if opened.session is not None:
            self._on_signed_in(opened.session)
        elif self._first_admin:
            # Whoever made the desk goes straight on to a password of their own.
            self.username.setText(self._first_admin.username)
            self.password.setText(self._first_admin.password)
            self._first_admin = None
            self._sign_in(None)

    def _show_info(self, info: DeskInfo) -> None:
        usual = "Team desk" if self._host else "This workstation"
        kind = "Demo desk" if info.demo else usual
        state = " · read-only" if info.read_only else ""
        place = self._host or info.place
        self._place.setText(f"{kind}{state} · {place}")
        self._place.setToolTip(place)
        while self._demo.count():
            widget = self._demo.takeAt(0).widget()
            if isinstance(widget, QWidget):
                widget.deleteLater()
        if info.demo_accounts:
            self._demo.addSpacing(14)
            self._demo.addWidget(_label("secondary", "Or look around as one of the demo people:"))
        for account in info.demo_accounts:
            self._demo.addWidget(self._demo_button(account))

    def _demo_button(self, account: DemoAccount) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"demo-{account.username}")
        button.setAccessibleName(f"Sign in as {account.full_name}, {account.role.label}")
        row = QHBoxLayout(button)
        row.setContentsMargins(10, 4, 10, 4)
        row.addWidget(Avatar(account.full_name, 24))
        row.addWidget(_label("strong", account.full_name))
        row.addStretch(1)
        row.addWidget(_label("muted", account.role.label))
        button.setFixedHeight(38)
        button.clicked.connect(lambda: self._on_demo(account))
        return button

    def _on_demo(self, account: DemoAccount) -> None:
        self.username.setText(account.username)
        self.password.setText(account.password)
        self._on_sign_in()

    def _on_enter(self) -> None:
        page = self._pages.currentWidget()
        if page is self._form_page:
            self._on_sign_in()
        elif page is self._new_password_page:
            self._on_new_password()

    def _on_sign_in(self) -> None:
        if not self.username.text().strip() or not self.password.text():
            self._show_message("Type your user name and your password.")
            return
        self._sign_in(None)

    def _on_new_password(self) -> None:
        if self.new_password.text() != self.repeated_password.text():
            self._show_new_message("The two passwords differ; type the same twice.")
            return
        self._sign_in(self.new_password.text())

    def _sign_in(self, new_password: str | None) -> None:
        from helpdesk.core.schemas.users import NewSession

        if not self.sign_in_button.isEnabled() or self._opened is None:
            return
        self._set_busy(True)
        new = NewSession(
            username=self.username.text().strip()[:200],
            password=self.password.text(),
            new_password=new_password,
        )
        stay = self.stay_box.isChecked()
        job = self._background.run(self, self._opened.sign_in, new, stay=stay)
        job.then(self._on_answer).failed(self._on_refused)

    def _set_busy(self, busy: bool) -> None:
        for button in (self.sign_in_button, self.save_button):
            button.setDisabled(busy)
        self.sign_in_button.setText("Signing in…" if busy else "Sign in")

    def _on_answer(self, answer: SignInView) -> None:
        self._on_signed_in(answer.session)

    def _on_signed_in(self, session: object) -> None:
        self._set_busy(False)
        self._show_message("")
        self._made.hide()
        for field in (self.password, self.new_password, self.repeated_password):
            field.clear()
        self.signed_in.emit(session)

    def _on_refused(self, error: Exception) -> None:
        self._set_busy(False)
        if self._pages.currentWidget() is self._new_password_page:
            self._show_new_message(str(error))
        elif isinstance(error, NewPasswordDue):
            self._show_new_message("")
            self._show_page(self._new_password_page)
            self.new_password.setFocus()
        else:
            self._show_message(str(error))
            self.password.selectAll()
            self.password.setFocus()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, NewerServer | OlderServer):
            self._show_version(error)
        elif isinstance(error, NoDesk) and not self._host:
            self._show_page(self._no_desk_page)
            self.make_button.setFocus()
        else:
            self._show_failure(error)

    def _show_version(self, error: Exception) -> None:
        newer = isinstance(error, NewerServer)
        title = "This program is out of date" if newer else "The server is out of date"
        self._version_title.setText(title)
        self._version.setText(str(error))
        self._show_page(self._version_page)
        self.look_again_button.setFocus()

    def _show_failure(self, error: Exception) -> None:
        """Say why there is no desk; a server that does not answer is tried again by itself."""
        is_away = isinstance(error, Unreachable)
        self._failure.setText(str(error))
        self._again.setVisible(is_away)
        self._show_page(self._failed_page)
        if is_away:
            self._retry.start(_RETRY_MS[min(self._tries, len(_RETRY_MS) - 1)])
            self._tries += 1

    def _on_make(self, *, demo: bool) -> None:
        for button in (self.make_button, self.demo_button):
            button.setDisabled(True)
        what = "a demo desk" if demo else "the desk"
        self._no_desk_message.setText(f"Making {what}…")
        job = self._background.run(self, self._making, demo)
        job.then(self._on_made).failed(self._on_not_made, DeskError)

    def _on_made(self, admin: FirstAdmin | None) -> None:
        self._first_admin = admin
        if admin:
            # Not a message of the form: a mistyped password must not wipe the only copy of it.
            self._made.setText(
                f"Your desk is ready. Sign in as {admin.username} with {admin.password}"
                " (works once)."
            )
            self._made.show()
        self.open_desk()

    def _on_not_made(self, error: Exception) -> None:
        for button in (self.make_button, self.demo_button):
            button.setEnabled(True)
        self._no_desk_message.setText(str(error))


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    return page, column


def _label(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(role in {"muted", "error", "secondary"})
    return label
