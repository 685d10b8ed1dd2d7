# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins look after accounts."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.users import Leaving, OneTimePassword, Role, UserQuery, UserView
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.user_dialog import OneTimePasswordDialog, UserDialog
from helpdesk.ui.user_table_model import PAGE, UserTableModel
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import stale_sentence

_PAUSE_MS = 150
_SEARCH_WIDTH = 360


class UserManagementTab(BaseTab):
    """Search, add, edit, deactivate, reactivate, reset a password."""

    def __init__(self, desktop: Desktop) -> None:
        """Load the accounts by name."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._keeps_place = False
        self._place = 0
        self._read_at: datetime | None = None
        self._build()
        self._search()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to accounts only."""
        return kind == "user"

    def refresh(self) -> None:
        """Load the accounts again, keeping the chosen one and the place."""
        self._keeps_place = True
        self._model.reload()

    def focus_first(self) -> None:
        """Begin with the search."""
        self.search.setFocus()

    def _build(self) -> None:
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._banner = Banner()
        self._stale = Banner()
        self._model = UserTableModel(self.desktop, self)
        self._model.modelAboutToBeReset.connect(self._keep_place)
        self._model.arrived.connect(self._on_arrived)
        self._model.failed.connect(self._on_failed)
        self._model.more_failed.connect(self.desktop.background.unheard)
        self._states = StateView()
        self._states.set_content(self._make_table())
        inside = QVBoxLayout()
        inside.setContentsMargins(24, 20, 24, 24)
        inside.setSpacing(12)
        inside.addLayout(self._heading())
        inside.addLayout(self._filters())
        inside.addWidget(self._states, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addWidget(self._stale)
        column.addLayout(inside, 1)
        self._show_buttons()

    def _heading(self) -> QHBoxLayout:
        title = QLabel("User Management")
        title.setProperty("role", "title")
        self.add_button = QPushButton("Add person")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(self._on_add)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.add_button)
        return row

    def _filters(self) -> QHBoxLayout:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by name, user name or e-mail")
        self.search.setAccessibleName("Search people")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.setMinimumWidth(200)
        self.search.setMaximumWidth(_SEARCH_WIDTH)
        self.search.textChanged.connect(self._pause.start)
        self._roles = FilterButton("Role")
        self._roles.set_choices([(role.value, role.label) for role in Role])
        self._roles.chosen.connect(self._search)
        self._active = FilterButton("State", multiple=False)
        self._active.set_choices([("active", "Active"), ("inactive", "Deactivated")])
        self._active.chosen.connect(self._search)
        self.edit_button = QPushButton("Edit")
        self.edit_button.clicked.connect(self._on_edit)
        self.password_button = QPushButton("Reset password")
        self.password_button.clicked.connect(self._on_reset_password)
        self.active_button = QPushButton("Deactivate")
        self.active_button.clicked.connect(self._on_toggle_active)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self._roles)
        row.addWidget(self._active)
        row.addStretch()
        for button in (self.edit_button, self.password_button, self.active_button):
            row.addWidget(button)
        return row

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setAccessibleName("People")
        self.table.setModel(self._model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(38)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.Stretch)
        for column, width in ((1, 150), (3, 110), (4, 130), (5, 110), (6, 110)):
            header.setSectionResizeMode(column, QHeaderView.Interactive)
            header.resizeSection(column, width)
        self.table.selectionModel().currentRowChanged.connect(self._show_buttons)
        self.table.doubleClicked.connect(self._on_edit)
        self.table.activated.connect(self._on_edit)
        return self.table

    def _chosen(self) -> UserView | None:
        return self._model.user(self.table.currentIndex())

    def _search(self) -> None:
        state = self._active.chosen_keys()
        query = UserQuery(
            text=self.search.text()[:200],
            roles=tuple(Role(key) for key in self._roles.chosen_keys()),
            active=None if not state else state[0] == "active",
            limit=PAGE,
        )
        self._keeps_place = False
        if not self._model.rowCount():
            self._states.show_loading()
        self._model.show_query(query)

    def _on_arrived(self, chosen_row: int) -> None:
        self._read_at = self.desktop.clock()
        self._stale.clear()
        if not self._model.rowCount():
            self._states.show_empty("Nobody found", "Try another name, or fewer filters.")
        else:
            self._states.show_content()
            if chosen_row >= 0:
                self.table.selectRow(chosen_row)
            if self._keeps_place:
                self.table.doItemsLayout()  # type: ignore[attr-defined]
                self.table.verticalScrollBar().setValue(self._place)
        self._show_buttons()

    def _keep_place(self) -> None:
        self._place = self.table.verticalScrollBar().value()

    def _on_failed(self, error: Exception) -> None:
        is_away = isinstance(error, Unreachable)
        if is_away:
            self.desktop.feed.fell_behind()
        if is_away and self._keeps_place and self._read_at:
            self._stale.show_quiet(stale_sentence(self._read_at))
            return
        self._stale.clear()
        self._states.show_failed(sentence_of(error), self._search)

    def _show_buttons(self) -> None:
        user = self._chosen()
        is_self = user is not None and user.id == self.desktop.person.id
        writable = not self.desktop.info.read_only
        self.add_button.setEnabled(writable)
        self.edit_button.setEnabled(writable and user is not None)
        self.password_button.setEnabled(writable and user is not None and not is_self)
        self.active_button.setEnabled(writable and user is not None and not is_self)
        self.active_button.setText("Deactivate" if user is None or user.active else "Reactivate")

    def _on_add(self) -> None:
        dialog = UserDialog(self.desktop, None, self)
        dialog.saved.connect(self._on_added)
        dialog.open()

    def _on_added(self, added: OneTimePassword) -> None:
        self._banner.show_info(f"{added.user.full_name} was added.")
        self._model.choose(added.user.id)
        self.refresh()
        self._keeps_place = False
        OneTimePasswordDialog(added, self).open()

    def _on_edit(self) -> None:
        user = self._chosen()
        if user is None or not self.edit_button.isEnabled():
            return
        dialog = UserDialog(self.desktop, user, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, user: UserView) -> None:
        self._banner.show_info(f"{user.full_name} was saved.")
        self.refresh()

    def _on_reset_password(self) -> None:
        user = self._chosen()
        if user is not None:
            job = self.run(self.desktop.desk.users.reset_password, user.id)
            job.then(lambda made: OneTimePasswordDialog(made, self).open())
            job.failed(self._on_act_failed)

    def _on_toggle_active(self) -> None:
        user = self._chosen()
        if user is None:
            return
        users = self.desktop.desk.users
        if user.active:
            job = self.run(users.deactivate, user.id, Leaving(version=user.version))
        else:
            job = self.run(users.reactivate, user.id, user.version)
        job.then(partial(self._on_toggled, user.open_tickets)).failed(self._on_act_failed)

    def _on_toggled(self, tickets_before: int, user: UserView) -> None:
        self.refresh()
        if user.active:
            self._banner.show_info(f"{user.full_name} can sign in again.")
            return
        noun = "ticket" if tickets_before == 1 else "tickets"
        queue = f" {tickets_before:,} open {noun} went back to the queue." if tickets_before else ""
        self._banner.show_info(
            f"{user.full_name} can no longer sign in.{queue}",
            "Undo",
            lambda: self._reactivate(user),
        )

    def _reactivate(self, user: UserView) -> None:
        self._banner.clear()
        job = self.run(self.desktop.desk.users.reactivate, user.id, user.version)
        job.then(partial(self._on_toggled, 0)).failed(self._on_act_failed)

    def _on_act_failed(self, error: Exception) -> None:
        self._banner.show_error(sentence_of(error))
        self.refresh()
