# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins say who works together."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from PyQt5.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.sla import CalendarView
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Assignable
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.teams.team_card import TeamCard
from helpdesk.ui.settings.teams.team_editor import TeamEditor
from helpdesk.ui.settings.words import TEAMS
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question

_WIDTH, _HEAD = 1000, 36
_CONCERNS: Final = ("team", "user", "sla")
_EMPTY: Final = (
    "There is no team yet",
    "Put people who do the same work into a team; rules then find who of them is on duty.",
)
_ONLY_READ: Final = "Only admins change teams; you can see who is in them, and who is there now."
_CONSEQUENCE: Final = (
    "Tickets that name it keep its name. Rules and policies that name it say so, and wait for"
    " another."
)


class _Found(NamedTuple):
    teams: tuple[TeamView, ...]
    staff: tuple[Assignable, ...]
    calendars: tuple[CalendarView, ...]


class TeamsSection(Section):
    """A list of teams, and an editor in its place."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, TEAMS)
        self._teams: tuple[TeamView, ...] | None = None
        self._calendars: dict[int, str] = {}
        self.cards: list[TeamCard] = []
        self.editor = TeamEditor(desktop)
        self.add_button = QPushButton("Add a team")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(lambda: self._on_add())
        self._may_change = desktop.may(Permission.MANAGE_USERS)
        if not self._may_change:
            self.add_button.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        if not self._may_change:
            self.body.addWidget(PlainLabel(_ONLY_READ, role="muted"))
        self.body.addLayout(self._list)
        self.body.addStretch(1)
        self.pages = QStackedWidget()
        for page in (self.area, self.editor):
            self.pages.addWidget(page)
        self.states.set_content(self.pages)
        self.area.widget().setMaximumWidth(_WIDTH)
        self.head.addStrut(_HEAD)
        self.head.addWidget(self.add_button)
        self.editor.left.connect(self._on_left)
        self.editor.saved.connect(self._on_saved)
        self.editor.removal_wanted.connect(self._on_remove)
        self.editor.again_wanted.connect(self._on_again)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to teams, and to people and hours of which they are made."""
        return kind in _CONCERNS

    def load(self) -> None:
        """Ask the desk for the teams; what is being edited stays as it is."""
        if self._teams is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, _read, self.desktop.desk)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Show the list."""
        self._open_list()

    def edit(self, team: TeamView) -> None:
        """Open a team in the editor."""
        self.editor.edit(team)
        self._open_editor()

    def _on_again(self, team: TeamView | None) -> None:
        """Open the editor again with what was discarded."""
        if team is None:
            self._on_add()
        elif now := next((each for each in self._teams or () if each.id == team.id), None):
            self.edit(now)

    def _on_add(self) -> None:
        self.editor.add()
        self._open_editor()

    def _open_editor(self) -> None:
        self.pages.setCurrentWidget(self.editor)
        self.states.show_content()
        self.add_button.hide()

    def _open_list(self) -> None:
        self.pages.setCurrentWidget(self.area)
        self.add_button.setVisible(self._may_change)
        self._show_list()

    def _show(self, found: _Found) -> None:
        self._teams = found.teams
        self._calendars = {each.id: each.name for each in found.calendars}
        self.editor.offer(found.staff, found.calendars)
        self._show_cards()
        self._show_list()

    def _show_list(self) -> None:
        if self._teams is None:
            return
        is_bare = not self._teams and self.pages.currentWidget() is self.area
        if is_bare:
            act = ("Add a team", self._on_add) if self._may_change else (None, None)
            self.states.show_empty(*_EMPTY, *act)
        else:
            self.states.show_content()

    def _show_cards(self) -> None:
        focus = self.focusWidget()
        focused = None
        if focus is not None:
            held = (card.team.id for card in self.cards if card.isAncestorOf(focus))
            focused = next(held, None)
        for card in self.cards:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [self._card(team) for team in self._teams or ()]
        again = next((card for card in self.cards if card.team.id == focused), None)
        if again is not None:
            again.name.setFocus()

    def _card(self, team: TeamView) -> TeamCard:
        calendar = self._calendars.get(team.calendar_id or 0, "")
        now = self.desktop.clock()
        card = TeamCard(team, calendar, now, may_change=self._may_change)
        card.opened.connect(partial(self.edit, team))
        card.removal_wanted.connect(partial(self._on_remove, team))
        self._list.addWidget(card)
        # By itself it would come only with the next turn of the event loop, too late for the focus.
        card.show()
        return card

    def _on_left(self) -> None:
        team = self.editor.team
        self._open_list()
        card = next((each for each in self.cards if team and each.team.id == team.id), None)
        (card.name if card is not None else self.add_button).setFocus()

    def _on_saved(self, team: TeamView) -> None:
        self.said.emit(f"“{team.name}” was saved.")
        known = {each.id: each for each in self._teams or ()} | {team.id: team}
        self._teams = tuple(known.values())
        self._show_cards()
        self._on_left()
        self.load()

    def _on_remove(self, team: TeamView | None) -> None:
        if team is None:
            # A new one is not there to be removed.
            return
        question = Question("Remove this team?", team.name, _CONSEQUENCE, "Remove", "Keep it", self)
        question.agreed.connect(partial(self._remove, team))
        question.open()

    def _remove(self, team: TeamView) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.teams.remove, team.id)
        job.then(lambda _: self._on_removed(team)).failed(self._on_act_failed)

    def _on_removed(self, team: TeamView) -> None:
        self.desktop.drafts.remove(f"team-{team.id}")
        self._teams = tuple(each for each in self._teams or () if each.id != team.id)
        self._show_cards()
        self._open_list()
        self.add_button.setFocus()
        self.said.emit(f"“{team.name}” was removed.")
        self.load()

    def _on_act_failed(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
        self.load()

    def _on_not_loaded(self, error: Exception) -> None:
        if self._teams is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)


def _read(desk: HelpDesk) -> _Found:
    """Read all that the section shows; runs on a thread of the pool."""
    return _Found(desk.teams.all(), desk.tickets.assignable(), desk.calendars.all())
