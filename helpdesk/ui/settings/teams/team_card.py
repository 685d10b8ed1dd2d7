# SPDX-License-Identifier: GPL-3.0-or-later
"""One team in the list: who is in it, and who of them is there now."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.teams import TeamMember, TeamView
from helpdesk.core.schemas.users import Role
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import day_words, full_time

_SHOWN = 8
_TICKETS, _DUTY = 110, 150
_INDENT = 4
_NOBODY = "Nobody is in it yet, so rules find nobody here."


class TeamCard(QFrame):
    """Shows a team; its name and its buttons are told to the section."""

    opened = pyqtSignal()
    removal_wanted = pyqtSignal()

    def __init__(
        self, team: TeamView, calendar: str, now: datetime, *, may_change: bool = True
    ) -> None:
        """Show a team that works by the calendar of this name; all of it to who only reads it."""
        super().__init__()
        self.team = team
        self._shown = _SHOWN if may_change else len(team.members)
        self.setProperty("kind", "card")
        self.setAccessibleName(team.name)
        self.name = LinkButton(team.name)
        self.name.setProperty("kind", "card-title")
        self.name.clicked.connect(lambda: self.opened.emit())
        self.edit = self._button("edit", f"Edit {team.name}")
        self.edit.clicked.connect(lambda: self.opened.emit())
        self.remove = self._button("delete", f"Remove {team.name}")
        self.remove.clicked.connect(lambda: self.removal_wanted.emit())
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.name, 1)
        head.addStretch(0)
        head.addWidget(self.edit)
        head.addWidget(self.remove)
        if not may_change:
            for widget in (self.name, self.edit, self.remove):
                widget.hide()
            head.insertWidget(0, PlainLabel(team.name, role="heading"), 1)
            head.setContentsMargins(_INDENT, 2, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 14)
        column.setSpacing(4)
        words = PlainLabel(team_words(team, calendar), role="secondary")
        words.setContentsMargins(_INDENT, 0, 0, 6)
        column.addLayout(head)
        column.addWidget(words)
        column.addLayout(self._members(now))

    def _members(self, now: datetime) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.setContentsMargins(_INDENT, 0, 0, 0)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, _TICKETS)
        grid.setColumnMinimumWidth(3, _DUTY)
        for row, member in enumerate(self.team.members[: self._shown]):
            words, tone = duty_words(member, now)
            chip = Chip(words, tone)
            if member.away_until:
                chip.setToolTip(f"Away until {full_time(member.away_until)}")
            cells: tuple[QWidget, ...] = (
                Avatar(member.full_name, 22),
                PlainLabel(f"{member.full_name}, {_role(member.role)}"),
                PlainLabel(counted(member.open_tickets, "open ticket", "open tickets"), "muted"),
                chip,
            )
            cells[2].setWordWrap(False)  # type: ignore[attr-defined]
            for at, cell in enumerate(cells):
                grid.addWidget(cell, row, at, Qt.AlignVCenter)
        column.addLayout(grid)
        more = len(self.team.members) - self._shown
        if more > 0:
            column.addWidget(PlainLabel(f"and {more:,} more", role="muted"))
        if not self.team.members:
            column.addWidget(PlainLabel(_NOBODY, role="muted"))
        return column

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(words.split()[0])
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.StrongFocus)
        return button


def team_words(team: TeamView, calendar: str) -> str:
    """Say how many there are, how many of them are there, and when the team works."""
    on_duty = sum(member.on_duty for member in team.members)
    people = counted(len(team.members), "person", "people")
    tickets = counted(team.open_tickets, "open ticket", "open tickets")
    hours = f"works by {calendar}" if calendar else "always on duty"
    return f"{people}, {on_duty:,} on duty now · {hours} · {tickets}"


def duty_words(member: TeamMember, now: datetime) -> tuple[str, Tone]:
    """Say whether somebody is there, and in which tone."""
    if member.away_until is not None and member.away_until > now:
        return f"Away until {day_words(member.away_until, now)}", "warning"
    return ("On duty", "success") if member.on_duty else ("Off duty", "neutral")


def _role(role: str) -> str:
    try:
        return Role(role).label.lower()
    except ValueError:
        return role
