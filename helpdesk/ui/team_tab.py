# SPDX-License-Identifier: GPL-3.0-or-later
"""Where managers see who is in their teams, what they have to do, and who is away."""

from __future__ import annotations

from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.users import ColleagueQuery, ColleagueView, Role
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.people.people_list import PeopleList
from helpdesk.ui.people.people_model import PAGE, Column
from helpdesk.ui.people.words import team_words
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.times import day_words, full_time

_NO_TEAM = (
    "You are in no team yet",
    "An admin puts people into teams; then you see here who works with you.",
)
_NOBODY = ("Nobody found", "Try another name, or fewer filters.")


def _away_in_full(colleague: ColleagueView) -> str:
    until = colleague.away_until
    return f"Away until {full_time(until)}" if until else ""


COLUMNS = (
    Column("Name", lambda one, _: one.full_name),
    Column("Role", lambda one, _: one.role.label, 120),
    Column("Teams", lambda one, _: team_words(one.teams)),
    Column("Open tickets", lambda one, _: f"{one.open_tickets:,}", 110, None, is_figure=True),
    Column(
        "Absence",
        lambda one, now: f"Away until {day_words(one.away_until, now)}" if one.away_until else "",
        170,
        in_full=_away_in_full,
    ),
)


class TeamTab(BaseTab):
    """Lists the people of one's own teams, to be read."""

    def __init__(self, desktop: Desktop) -> None:
        """Load the people by name."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._build()
        self._read_teams()
        self.list.load()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to teams and to who has which tickets."""
        return kind in ("team", "user", "ticket")

    def refresh(self) -> None:
        """Load the people again, keeping the chosen one and the place."""
        self._read_teams()
        self.list.reload()

    def focus_first(self) -> None:
        """Begin with the search."""
        self.list.search.setFocus()

    def _build(self) -> None:
        self._roles = FilterButton("Role")
        self._roles.set_choices([(role.value, role.label) for role in STAFF])
        self._teams = FilterButton("Team", multiple=False)
        self._teams.set_choices([])
        self.list = PeopleList(
            self.desktop,
            self.desktop.desk.users.of_own_teams,
            COLUMNS,
            (self._teams, self._roles),
            self._query,
            placeholder="Search by name",
            is_muted=lambda one: one.away_until is not None,
        )
        title = QLabel("Team")
        title.setProperty("role", "title")
        heading = QHBoxLayout()
        heading.addWidget(title)
        heading.addStretch(1)
        inside = QVBoxLayout()
        inside.setContentsMargins(24, 20, 24, 24)
        inside.setSpacing(12)
        inside.addLayout(heading)
        inside.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list.stale)
        column.addLayout(inside, 1)
        follow_layout(self)

    def _query(self, text: str) -> ColleagueQuery:
        team = self._teams.chosen_keys()
        self.list.empty = _NOBODY if self.list.is_narrowed else _NO_TEAM
        return ColleagueQuery(
            text=text,
            roles=tuple(Role(key) for key in self._roles.chosen_keys()),
            team_id=int(team[0]) if team else None,
            limit=PAGE,
        )

    def _read_teams(self) -> None:
        # Without them the list is as useful: whatever is wrong is said of the list itself.
        job = self.desktop.background.latest(self, self.desktop.desk.teams.all)
        job.then(self._show_teams).failed(lambda _error: None)

    def _show_teams(self, teams: tuple[TeamView, ...]) -> None:
        own = self.desktop.person.id
        mine = [team for team in teams if any(one.id == own for one in team.members)]
        self._teams.set_choices([(str(team.id), team.name) for team in mine])
