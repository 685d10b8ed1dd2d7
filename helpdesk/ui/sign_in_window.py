# SPDX-License-Identifier: GPL-3.0-or-later
"""The first window: opens the desk while it is shown, then asks who is there.

It is painted before the database, the services or the other screens are even imported, so it
imports nothing of them at the top; pages are made when they are first shown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

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
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import DeskError, NewerServer, NoDesk, OlderServer, Unreachable
from helpdesk.ui.background import Background
from helpdesk.ui.sign_in.page import Page, label
from helpdesk.ui.sign_in.wait_page import WaitPage

if TYPE_CHECKING:
    from helpdesk.core.schemas.desk import DeskInfo
    from helpdesk.ui.sign_in.flow import SignInFlow
    from helpdesk.ui.sign_in.form_page import FormPage
    from helpdesk.ui.sign_in.new_password_page import NewPasswordPage
    from helpdesk.ui.sign_in.no_desk_page import NoDeskPage
    from helpdesk.ui.sign_in.trouble_pages import FailedPage, VersionPage

_CARD_WIDTH = 400
_RETRY_MS = (2_000, 4_000, 8_000, 15_000, 30_000)
"""How long to wait before each further try of a server that does not answer."""

AnyPage = TypeVar("AnyPage", bound=Page)
Opening = Callable[[], Any]


class FirstAdmin(NamedTuple):
    """Who may sign in to a desk that has just been made, once."""

    username: str
    password: str


Making = Callable[[bool], FirstAdmin | None]


class SignInWindow(QWidget):
    """Shows one page at a time; how signing in goes from page to page is its flow's."""

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
        self.background = background
        self._opening = opening
        self._making = making
        self._first_admin: FirstAdmin | None = None
        self.asks_anew = False
        """Whether a provider is to ask who it is: who was here has left, the browser has not."""
        self._host = ""
        self._is_opening = False
        self._page: Page
        self._tries = 0
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self._open)
        self.setWindowTitle("Help Desk")
        self.setObjectName("page")
        self.resize(QSize(1000, 680).boundedTo(QApplication.primaryScreen().availableSize()))
        self._build()

    # --- pages, made when they are first needed -------------------------------------------------

    @cached_property
    def flow(self) -> SignInFlow:
        """How signing in goes from page to page."""
        from helpdesk.ui.sign_in.flow import SignInFlow

        flow = SignInFlow(self)
        flow.signed_in.connect(self.signed_in)
        return flow

    @cached_property
    def form(self) -> FormPage:
        """Name and password."""
        from helpdesk.ui.sign_in.form_page import FormPage

        return self.add_page(FormPage())

    @cached_property
    def new_password_page(self) -> NewPasswordPage:
        """Another password for one that works once."""
        from helpdesk.ui.sign_in.new_password_page import NewPasswordPage

        return self.add_page(NewPasswordPage())

    @cached_property
    def no_desk(self) -> NoDeskPage:
        """There is no desk yet."""
        from helpdesk.ui.sign_in.no_desk_page import NoDeskPage

        page = self.add_page(NoDeskPage())
        page.make_wanted.connect(self._on_make)
        return page

    @cached_property
    def failed(self) -> FailedPage:
        """The desk cannot be opened."""
        from helpdesk.ui.sign_in.trouble_pages import FailedPage

        page = self.add_page(FailedPage())
        page.retry_wanted.connect(self.open_desk)
        return page

    @cached_property
    def version(self) -> VersionPage:
        """Program and desk do not understand each other."""
        from helpdesk.ui.sign_in.trouble_pages import VersionPage

        page = self.add_page(VersionPage())
        page.retry_wanted.connect(self.open_desk)
        return page

    @property
    def username(self) -> QLineEdit:
        """Where the name is typed."""
        return self.form.username

    @property
    def password(self) -> QLineEdit:
        """Where the password is typed."""
        return self.form.password

    @property
    def new_password(self) -> QLineEdit:
        """Where a password is chosen in the place of one that works once."""
        return self.new_password_page.new_password

    @property
    def repeated_password(self) -> QLineEdit:
        """Where it is typed again."""
        return self.new_password_page.repeated_password

    @property
    def stay_box(self) -> QCheckBox:
        """Whether to stay signed in on this workstation."""
        return self.form.stay_box

    @property
    def sign_in_button(self) -> QPushButton:
        """What signs in."""
        return self.form.sign_in_button

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._page

    def add_page(self, page: AnyPage) -> AnyPage:
        """Add a page, hidden."""
        page.hide()
        self._pages.addWidget(page)
        return page

    def show_page(self, page: Page) -> None:
        """Show one page in the place of another, and put the cursor into it."""
        if page is not self._page:
            # Hidden ones take no room: the card is as high as what it says.
            self._page.hide()
            self._page = page
            page.show()
        page.focus_first()

    # --- opening --------------------------------------------------------------------------------

    def set_server(self, host: str) -> None:
        """Say from now on that the desk is a server's, by the name people know it under."""
        self._host = host
        self._place.setText(f"Team desk · {host}")
        self._wait.set_server(host)

    def open_desk(self) -> None:
        """Open the desk, in the background."""
        self._tries = 0
        self.show_page(self._wait)
        self._open()

    def stop(self) -> None:
        """Try no more, and wait for no browser."""
        self._retry.stop()
        if "flow" in self.__dict__:
            self.flow.stop()

    def ask_again(self, sentence: str = "") -> None:
        """Ask who is there, after somebody signed out."""
        self.form.clear()
        self.flow.ask(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button that has the focus on Enter, else go on with the page; Escape leaves."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            else:
                self._page.go_on()
        elif event.key() == Qt.Key_Escape:
            self._page.back_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self._pages = QVBoxLayout()
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._wait = WaitPage()
        self._page = self._wait
        self._pages.addWidget(self._wait)
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(_CARD_WIDTH)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(6)
        title = QLabel("Help Desk")
        title.setProperty("role", "figure")
        self._place = label("secondary")
        inside.addWidget(title)
        inside.addWidget(self._place)
        inside.addSpacing(14)
        inside.addLayout(self._pages)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(middle)
        column.addStretch(3)

    def _open(self) -> None:
        if self._is_opening:
            return
        self._is_opening = True
        self._retry.stop()
        job = self.background.run(self, self._opening)
        job.finally_(self._on_tried).then(self._on_opened).failed(self._on_failed)

    def _on_tried(self) -> None:
        self._is_opening = False

    def _on_opened(self, opened: Any) -> None:
        self._show_info(opened.info)
        self.flow.use(opened)
        self.show_page(self.form)
        self.opened.emit(opened)
        if opened.session is not None:
            self.flow.enter(opened.session)
        elif self._first_admin:
            # Whoever made the desk goes straight on to a password of their own.
            self.username.setText(self._first_admin.username)
            self.password.setText(self._first_admin.password)
            self._first_admin = None
            self.form.go_on()

    def _show_info(self, info: DeskInfo) -> None:
        usual = "Team desk" if self._host else "This workstation"
        kind = "Demo desk" if info.demo else usual
        state = " · read-only" if info.read_only else ""
        place = self._host or info.place
        self._place.setText(f"{kind}{state} · {place}")
        self._place.setToolTip(place)
        self.form.show_info(info)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, NewerServer | OlderServer):
            newer = isinstance(error, NewerServer)
            self.version.show_version(str(error), server_is_newer=newer)
            self.show_page(self.version)
        elif isinstance(error, NoDesk) and not self._host:
            self.show_page(self.no_desk)
        else:
            self._show_failure(error)

    def _show_failure(self, error: Exception) -> None:
        """Say why there is no desk; a server that does not answer is tried again by itself."""
        is_away = isinstance(error, Unreachable)
        self.failed.show_failure(str(error), goes_on=is_away)
        self.show_page(self.failed)
        if is_away:
            self._retry.start(_RETRY_MS[min(self._tries, len(_RETRY_MS) - 1)])
            self._tries += 1

    def _on_make(self, demo: bool) -> None:
        job = self.background.run(self, self._making, demo)
        job.then(self._on_made).failed(self._on_not_made, DeskError)

    def _on_made(self, admin: FirstAdmin | None) -> None:
        self._first_admin = admin
        if admin:
            # Not a message of the form: a mistyped password must not wipe the only copy of it.
            self.form.made.setText(
                f"Your desk is ready. Sign in as {admin.username} with {admin.password}"
                " (works once)."
            )
            self.form.made.show()
        self.open_desk()

    def _on_not_made(self, error: Exception) -> None:
        self.no_desk.show_failed(str(error))
