# SPDX-License-Identifier: GPL-3.0-or-later
"""The line above the cards: which days, whose tickets, how fresh, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.figures import Scope, Span
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Assignable
from helpdesk.ui.dashboard.drops import PeriodDrop, WhoseDrop
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.times import clock_time, full_time


class Head(QWidget):
    """Title, choices and buttons; other buttons while the dashboard is arranged."""

    span_chosen = pyqtSignal(object)
    scope_chosen = pyqtSignal(object)
    team_chosen = pyqtSignal(object)
    """A ``TeamView`` to share the dashboard with."""
    own_chosen = pyqtSignal(object)
    """A ``TeamView`` that is to begin with what its people's role begins with."""

    def __init__(self, *, may_see_all: bool, may_write: bool) -> None:
        """Offer whose tickets are counted only to those who may see all."""
        super().__init__()
        self.span, self.scope = Span(), Scope()
        self._may_see_all, self._may_write = may_see_all, may_write
        self._build()
        self._lay_out()
        self.customise_button.setVisible(self._may_write)
        self.show_arranging(False)

    def show_choice(self, span: Span, scope: Scope) -> None:
        """Show which days and whose tickets are counted."""
        self.span, self.scope = span, scope
        self.period.show_span(span)

    def show_scope_name(self, name: str) -> None:
        """Say whose tickets are counted."""
        self.whose.show_words(name)

    def set_today(self, today: date) -> None:
        """Say which day it is, for days to choose."""
        self.period.set_today(today)

    def set_choices(self, teams: Sequence[TeamView], people: Sequence[Assignable]) -> None:
        """Offer teams and people."""
        if not self._may_see_all:
            return
        self.whose.set_choices(teams, people)
        share = self.share_button.menu()
        share.clear()
        for team in teams:
            share.addAction(_plain(team.name)).triggered.connect(
                partial(self._emit_team, self.team_chosen, team)
            )
        if teams:
            take_back = share.addMenu("Take back from")
            for team in teams:
                take_back.addAction(_plain(team.name)).triggered.connect(
                    partial(self._emit_team, self.own_chosen, team)
                )
        self.share_button.setEnabled(bool(teams))
        if not teams:
            self.share_button.setToolTip("There is no team yet; an admin adds one in the settings.")

    def show_live(self, read_at: datetime) -> None:
        """Say that the figures are those of now."""
        self._show_state("● Live", "success", f"Read on {full_time(read_at)}; follows every change")

    def show_old(self, read_at: datetime | None) -> None:
        """Say of when the figures are that could not be read again."""
        text = f"as of {clock_time(read_at)}" if read_at is not None else "not read yet"
        self._show_state(text, "waiting", full_time(read_at) if read_at is not None else "")

    def show_arranging(self, is_arranging: bool) -> None:
        """Show the buttons for arranging, or the usual ones."""
        self._usual.setVisible(not is_arranging)
        self._arranging.setVisible(is_arranging)
        self._flow.arrange()

    def _build(self) -> None:
        self.title = QLabel("Dashboard")
        self.title.setProperty("role", "title")
        self.period, self.whose = PeriodDrop(), WhoseDrop(may_see_all=self._may_see_all)
        self.period.chosen.connect(self.span_chosen)
        self.whose.chosen.connect(self.scope_chosen)
        self.live = ElidedLabel(role="secondary")
        self.customise_button = QPushButton("Customise")
        self.pdf_button, self.csv_button = QPushButton("Export PDF"), QPushButton("CSV")
        self.csv_button.setToolTip("Export the figures as CSV")
        self.add_button = QPushButton("Add a card")
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip("Back to the dashboard that your role or team begins with")
        self.share_button = QPushButton("Share with a team")
        self.share_button.setMenu(QMenu(self.share_button))
        self.discard_button, self.done_button = QPushButton("Discard"), QPushButton("Done")
        self.done_button.setProperty("kind", "primary")
        self.show_choice(self.span, self.scope)

    def _lay_out(self) -> None:
        self._usual = row_of(self.customise_button, self.pdf_button, self.csv_button)
        arranging = [self.add_button, self.reset_button]
        if self._may_see_all:
            arranging.append(self.share_button)
        self._arranging = row_of(*arranging, self.discard_button, self.done_button)
        choices = QWidget()
        row = QHBoxLayout(choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.title)
        row.addSpacing(6)
        row.addWidget(self.period)
        row.addWidget(QLabel("·"))
        row.addWidget(self.whose)
        row.addSpacing(8)
        row.addWidget(self.live, 1)
        # Where both do not fit beside each other, the buttons go below.
        self._flow = Ends(choices, (self._usual, self._arranging))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._flow)

    def _show_state(self, text: str, role: str, tooltip: str) -> None:
        if self.live.property("role") != role:
            self.live.setProperty("role", role)
            self.live.style().unpolish(self.live)
            self.live.style().polish(self.live)
        self.live.setText(text)
        self.live.setToolTip(tooltip)

    def _emit_team(self, signal: object, team: TeamView, _checked: bool = False) -> None:
        signal.emit(team)  # type: ignore[attr-defined]


class Ends(QWidget):
    """What begins a line and what ends it; in two lines where there is no room for one."""

    def __init__(self, start: QWidget, ends: Sequence[QWidget]) -> None:
        """Put what begins the line before what ends it."""
        super().__init__()
        self._start, self._ends = start, ends
        self._box = QBoxLayout(QBoxLayout.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._box.addWidget(start, 1)
        for end in ends:
            self._box.addWidget(end)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose again."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Choose between one line and two."""
        shown = [end for end in self._ends if not end.isHidden()]
        needed = self._start.minimumSizeHint().width() + sum(
            end.sizeHint().width() + 8 for end in shown
        )
        fits = needed <= self.width()
        way = QBoxLayout.LeftToRight if fits else QBoxLayout.TopToBottom
        if self._box.direction() != way:
            self._box.setDirection(way)
            for end in self._ends:
                self._box.setAlignment(end, Qt.Alignment() if fits else Qt.AlignLeading)

    def minimumSizeHint(self) -> QSize:
        """Return little: there is always a second line."""
        return QSize(200, super().minimumSizeHint().height())


def row_of(*widgets: QWidget) -> QWidget:
    """Return some widgets beside each other."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    for widget in widgets:
        line.addWidget(widget)
    return row


def _plain(text: str) -> str:
    return text.replace("&", "&&")
