# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins look after accounts."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.users import (
    AccountOrigin,
    OneTimePassword,
    Role,
    TeamRef,
    UserQuery,
    UserView,
)
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.people.actions import PeopleActions
from helpdesk.ui.people.import_dialog import ImportDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.people_list import PeopleList
from helpdesk.ui.people.people_model import PAGE, Column
from helpdesk.ui.people.user_dialog import UserDialog
from helpdesk.ui.people.words import sign_in_in_full, sign_in_words, state_words, team_words
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.tab_order import follow_layout

COLUMNS = (
    Column("Name", lambda user, _: user.full_name),
    Column("User name", lambda user, _: user.username),
    Column("E-mail", lambda user, _: user.email or ""),
    Column("Role", lambda user, _: user.role.label, 92, 100),
    Column("Teams", lambda user, _: team_words(user.teams), 92, 150, gives_way=True),
    Column("2FA", lambda user, _: "On" if user.has_second_factor else "", 46, 52, gives_way=True),
    Column("Last sign-in", sign_in_words, 92, 100, in_full=sign_in_in_full),
    Column(
        "Open tickets",
        lambda user, _: f"{user.open_tickets:,}" if user.open_tickets else "",
        94,
        100,
        is_figure=True,
        gives_way=True,
    ),
    Column("State", lambda user, _: state_words(user), 132, 134),
)


class UserManagementTab(BaseTab):
    """Search, add, edit, import, deactivate, reactivate, and help who cannot sign in."""

    def __init__(self, desktop: Desktop) -> None:
        """Load the accounts by name."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._all_teams: tuple[TeamRef, ...] = ()
        self._build()
        self._read_teams()
        self.list.load()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to accounts and teams."""
        return kind in ("user", "team")

    def refresh(self) -> None:
        """Load the accounts again, keeping the chosen one and the place."""
        self._read_teams()
        self.list.reload()

    def focus_first(self) -> None:
        """Begin with the search."""
        self.search.setFocus()

    def _build(self) -> None:
        self._banner = Banner()
        self._roles = FilterButton("Role")
        self._roles.set_choices([(role.value, role.label) for role in Role])
        self._teams = FilterButton("Team", multiple=False)
        self._teams.set_choices([])
        self._active = FilterButton("State", multiple=False)
        self._active.set_choices([("active", "Active"), ("inactive", "Deactivated")])
        self._factor = FilterButton("2FA", multiple=False)
        self._factor.set_choices([("on", "On"), ("off", "Off")])
        self._origin = FilterButton("Origin", multiple=False)
        self._origin.set_choices([(origin.value, origin.label) for origin in AccountOrigin])
        self.list = PeopleList(
            self.desktop,
            self.desktop.desk.users.search,
            COLUMNS,
            (self._roles, self._teams, self._active, self._factor, self._origin),
            self._query,
            placeholder="Search by name, user name or e-mail",
            is_muted=lambda user: not user.active,
        )
        self.list.count_by(self.desktop.desk.users.count)
        self.search, self.table = self.list.search, self.list.table
        self.actions_ = PeopleActions(self.desktop, self._banner, self._on_edit, self)
        self.actions_.changed.connect(self.refresh)
        self.actions_.put_into(self.list.above)
        self.edit_button = self.actions_.edit_button
        self.password_button = self.actions_.password_button
        self.active_button = self.actions_.active_button
        self.table.setContextMenuPolicy(Qt.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu_wanted)
        self.list.chosen.connect(self._show_chosen)
        self.list.opened.connect(self._on_edit)
        inside = QVBoxLayout()
        inside.setContentsMargins(24, 20, 24, 24)
        inside.setSpacing(12)
        inside.addLayout(self._heading())
        inside.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addWidget(self.list.stale)
        column.addLayout(inside, 1)
        self._add_keys()
        self._show_chosen()
        follow_layout(self)

    def _heading(self) -> QHBoxLayout:
        title = QLabel("User Management")
        title.setProperty("role", "title")
        self.import_button = QPushButton("Import…")
        self.import_button.setToolTip("Add or change people by a CSV file")
        self.import_button.clicked.connect(self._on_import)
        self.add_button = QPushButton("Add person")
        self.add_button.setIcon(icon("add", "on_accent"))
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(self._on_add)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.import_button)
        row.addWidget(self.add_button)
        return row

    def _add_keys(self) -> None:
        """Let the search be reached from everywhere in the tab."""
        find = QAction(self)
        find.setShortcut(QKeySequence.Find)
        find.setShortcutContext(Qt.WidgetWithChildrenShortcut)
        find.triggered.connect(lambda: self.search.setFocus())
        self.addAction(find)

    def _query(self, text: str) -> UserQuery:
        state, factor = self._active.chosen_keys(), self._factor.chosen_keys()
        team, origin = self._teams.chosen_keys(), self._origin.chosen_keys()
        return UserQuery(
            text=text,
            roles=tuple(Role(key) for key in self._roles.chosen_keys()),
            active=state[0] == "active" if state else None,
            team_id=int(team[0]) if team else None,
            origin=AccountOrigin(origin[0]) if origin else None,
            second_factor=factor[0] == "on" if factor else None,
            limit=PAGE,
        )

    def _read_teams(self) -> None:
        # Without them the list is as useful: whatever is wrong is said of the list itself.
        job = self.desktop.background.latest(self, self.desktop.desk.teams.all)
        job.then(self._show_teams).failed(lambda _error: None)

    def _show_teams(self, teams: tuple[TeamView, ...]) -> None:
        self._all_teams = tuple(TeamRef(id=team.id, name=team.name) for team in teams)
        self._teams.set_choices([(str(team.id), team.name) for team in teams])

    def _show_chosen(self) -> None:
        user: UserView | None = self.list.person
        self.actions_.show(user)
        writable = not self.desktop.info.read_only
        self.add_button.setEnabled(writable)
        self.import_button.setEnabled(writable)

    def _on_menu_wanted(self, place: QPoint) -> None:
        """Open the menu of a row, where the pointer or else the row is."""
        index = self.table.indexAt(place)
        if not index.isValid():
            index = self.table.currentIndex()
        if index.isValid():
            self.table.setCurrentIndex(index)
            inside = self.table.visualRect(index)
            at = place if inside.contains(place) else inside.center()
            self.actions_.menu.popup(self.table.viewport().mapToGlobal(at))

    def _on_add(self) -> None:
        dialog = UserDialog(self.desktop, None, self, self._all_teams)
        dialog.saved.connect(lambda added: self._on_added(added, dialog.remark))
        dialog.open()

    def _on_added(self, added: OneTimePassword, remark: str) -> None:
        if remark:
            self._banner.show_warning(f"{added.user.full_name} was added, but in no team. {remark}")
        else:
            self._banner.show_info(f"{added.user.full_name} was added.")
        self.list.model.choose(added.user.id)
        self.list.reload(keeps_place=False)
        OneTimePasswordDialog(added, self).open()

    def _on_edit(self) -> None:
        user: UserView | None = self.list.person
        if user is None or not self.actions_.edit.isEnabled():
            return
        dialog = UserDialog(self.desktop, user, self, self._all_teams)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, user: UserView) -> None:
        self._banner.show_info(f"{user.full_name} was saved.")
        self.refresh()

    def _on_import(self) -> None:
        dialog = ImportDialog(self.desktop, self)
        dialog.imported.connect(self.refresh)
        dialog.open()
