# SPDX-License-Identifier: GPL-3.0-or-later
"""What an admin can do to the chosen account, as buttons, as a menu and by keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QAction, QHBoxLayout, QMenu, QPushButton, QWidget

from helpdesk.core.schemas.users import AccountOrigin, OneTimePassword, UserView
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.people.leaving_dialog import LeavingDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.words import tickets_words
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.question import Question

_PASSWORD = (
    "{name} gets a new one-time password.",
    "Every session ends, and the present password is of no use any more.",
)
_SESSIONS = (
    "Whoever is signed in as {name} is signed out.",
    "Drafts stay. With the password they can sign in again at once.",
)
_FACTOR = (
    "The authenticator app and the recovery codes of {name} are taken off the account.",
    "Every session ends, and the password alone signs in, until an app is set up again. Make sure"
    " that it is really this person who asks. They are told by mail, if the desk sends any.",
)


class PeopleActions(QObject):
    """Does things to one account at a time; each asks first where it cannot be undone."""

    changed = pyqtSignal()
    """Something was done, so that the list has to be read again."""

    def __init__(
        self, desktop: Desktop, banner: Banner, edit: Callable[[], object], parent: QWidget
    ) -> None:
        """Say in ``banner`` what was done; ``edit`` opens the form."""
        super().__init__(parent)
        self._desktop = desktop
        self._banner = banner
        self._window = parent
        self._user: UserView | None = None
        self.edit = self._action("&Edit…", edit)
        self.password = self._action("&One-time password…", self._ask_password)
        self.end = self._action("&Deactivate…", self._toggle)
        self.sessions = self._action("End &sessions…", self._ask_sessions)
        self.try_again = self._action("&Let try again", self._let_try_again)
        self.factor = self._action("Reset second &factor…", self._ask_factor)
        self.tickets = self._action("Hand on open &tickets…", self._ask_tickets)
        self.menu = QMenu(parent)
        for each in (
            self.edit,
            self.password,
            self.sessions,
            self.try_again,
            self.factor,
            self.tickets,
        ):
            self.menu.addAction(each)
        self.menu.addSeparator()
        self.menu.addAction(self.end)
        self._build_buttons()
        self.show(None)

    def put_into(self, row: QHBoxLayout) -> None:
        """Put the buttons into a row."""
        buttons = (self.edit_button, self.password_button, self.active_button, self.more_button)
        for button in buttons:
            row.addWidget(button)

    def show(self, user: UserView | None) -> None:
        """Offer what can be done to this account."""
        self._user = user
        is_self = user is not None and user.id == self._desktop.person.id
        writable = not self._desktop.info.read_only and user is not None
        other = writable and not is_self
        is_local = user is not None and user.origin is AccountOrigin.LOCAL
        has_left = user is not None and not user.active
        self.edit.setEnabled(writable)
        self.password.setEnabled(other and is_local)
        self.end.setEnabled(other)
        self.end.setText("Re&activate" if has_left else "&Deactivate…")
        self.sessions.setEnabled(other and not has_left)
        self.factor.setEnabled(other and user is not None and user.has_second_factor)
        self.tickets.setVisible(has_left)
        self.tickets.setEnabled(other and user is not None and bool(user.open_tickets))
        for button, action in (
            (self.edit_button, self.edit),
            (self.password_button, self.password),
            (self.active_button, self.end),
        ):
            button.setEnabled(action.isEnabled())
        self.active_button.setText("Reactivate" if has_left else "Deactivate")
        self.more_button.setEnabled(other)

    def _build_buttons(self) -> None:
        self.edit_button = QPushButton("Edit")
        self.password_button = QPushButton("One-time password")
        self.active_button = QPushButton("Deactivate")
        self.more_button = QPushButton("More")
        self.more_button.setAccessibleName("More to do with this person")
        more = QMenu(self.more_button)
        for each in (self.sessions, self.try_again, self.factor, self.tickets):
            more.addAction(each)
        self.more_button.setMenu(more)
        for button, action in (
            (self.edit_button, self.edit),
            (self.password_button, self.password),
            (self.active_button, self.end),
        ):
            button.clicked.connect(action.trigger)

    def _action(self, text: str, deed: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: deed())
        return action

    def _ask(self, title: str, words: tuple[str, str], agree: str, deed: Callable[[], Any]) -> None:
        if self._user is None:
            return
        about, consequence = words
        said = about.format(name=self._user.full_name)
        asked = Question(title, said, consequence, agree, "Cancel", self._window)
        asked.agreed.connect(deed)
        asked.open()

    def _ask_password(self) -> None:
        if (user := self._user) is not None:
            deed = partial(self._reset_password, user)
            self._ask("One-time password", _PASSWORD, "Make one", deed)

    def _reset_password(self, user: UserView) -> None:
        job = self._run(self._desktop.desk.users.reset_password, user.id)
        job.then(self._on_password)

    def _on_password(self, made: OneTimePassword) -> None:
        OneTimePasswordDialog(made, self._window).open()
        self.changed.emit()

    def _ask_sessions(self) -> None:
        if (user := self._user) is not None:
            self._ask("End sessions", _SESSIONS, "End sessions", partial(self._end_sessions, user))

    def _end_sessions(self, user: UserView) -> None:
        job = self._run(self._desktop.desk.users.end_sessions, user.id)
        job.then(lambda _: self._say(f"Every session of {user.full_name} has ended."))

    def _let_try_again(self) -> None:
        if (user := self._user) is not None:
            job = self._run(self._desktop.desk.users.let_try_again, user.id)
            said = f"The wrong passwords for {user.full_name} are forgotten; they can try again."
            job.then(lambda _: self._say(said))

    def _ask_factor(self) -> None:
        if (user := self._user) is not None:
            deed = partial(self._reset_factor, user)
            self._ask("Reset second factor", _FACTOR, "Reset", deed)

    def _reset_factor(self, user: UserView) -> None:
        job = self._run(self._desktop.desk.users.reset_second_factor, user.id)
        said = f"{user.full_name} signs in by the password alone now, until an app is set up again."
        job.then(lambda _: self._say(said))

    def _toggle(self) -> None:
        user = self._user
        if user is None:
            return
        if user.active:
            self._ask_tickets()
        else:
            self._reactivate(user)

    def _ask_tickets(self) -> None:
        if (user := self._user) is not None:
            dialog = LeavingDialog(self._desktop, user, self._window)
            dialog.left.connect(partial(self._on_left, user))
            dialog.open()

    def _on_left(self, before: UserView, user: UserView, taker: str) -> None:
        moved = before.open_tickets
        where = f"went to {taker}" if taker else "went back to the queue"
        tickets = f" {tickets_words(moved)} {where}." if moved else ""
        if not before.active:
            self._say(tickets.strip())
            return
        self._banner.show_info(
            f"{user.full_name} can no longer sign in.{tickets}",
            "Undo",
            partial(self._reactivate, user),
        )
        self.changed.emit()

    def _reactivate(self, user: UserView) -> None:
        self._banner.clear()
        job = self._run(self._desktop.desk.users.reactivate, user.id, user.version)
        job.then(lambda now: self._say(f"{now.full_name} can sign in again."))

    def _run(self, call: Callable[..., Any], *arguments: Any) -> Job[Any]:
        job = self._desktop.background.run(self, call, *arguments)
        return job.failed(self._on_failed)

    def _say(self, sentence: str) -> None:
        self._banner.show_info(sentence)
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._banner.show_error(sentence_of(error))
        self.changed.emit()
