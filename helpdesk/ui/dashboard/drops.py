# SPDX-License-Identifier: GPL-3.0-or-later
"""The drop-downs that choose which days and whose tickets are counted, where figures are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QMenu, QSizePolicy, QToolButton

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.figures import Period, Scope, Span
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Assignable, CategoryView
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.period_dialog import PeriodDialog
from helpdesk.ui.widgets.choice_menu import ChoiceMenu

_EVERYBODY, _EVERYTHING = "All teams", "All categories"


class Drop(QToolButton):
    """A word that opens a menu of others."""

    chosen = pyqtSignal(object)

    def __init__(self, name: str, tooltip: str) -> None:
        """Begin without a word; ``name`` is what is chosen."""
        super().__init__()
        self._name = name
        self.setProperty("kind", "drop")
        self.setPopupMode(QToolButton.InstantPopup)
        self.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
        self.setToolTip(tooltip)

    def show_words(self, text: str) -> None:
        """Show what is chosen."""
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(f"{self._name}: {text}")


class PeriodDrop(Drop):
    """Chooses a ``Span``: a period with a name, or two days."""

    def __init__(self, *, moves_on: bool = False) -> None:
        """Begin with the usual days; periods that ``moves_on`` are never fixed days."""
        super().__init__("Period", "Choose the days that are counted")
        self.span = Span()
        self._today = date.min
        offered = [each for each in words.PERIODS.items() if each[0] is not Period.CUSTOM]
        self._menu = ChoiceMenu(offered if moves_on else words.PERIODS.items(), self)
        self._menu.chosen.connect(self.choose)
        self.setMenu(self._menu)
        self.show_span(self.span)

    def show_span(self, span: Span) -> None:
        """Show some days without telling."""
        self.span = span
        self.show_words(words.span_words(span))
        self._menu.set_current(span.period)

    def set_today(self, today: date) -> None:
        """Say which day it is, for days to choose."""
        self._today = today

    def choose(self, period: Period) -> None:
        """Choose a period; which days are meant is asked where it has no name."""
        if period is not Period.CUSTOM:
            self.chosen.emit(Span(period=period))
            return
        self._menu.set_current(self.span.period)
        dialog = PeriodDialog(self._today, self.span, self)
        dialog.chosen.connect(self.chosen)
        dialog.open()


class WhoseDrop(Drop):
    """Chooses whose tickets: a ``Scope`` of all, of a team or of a technician."""

    def __init__(self, *, may_see_all: bool) -> None:
        """Offer a choice only to those who may see all."""
        super().__init__("Whose tickets", "Choose whose tickets are counted")
        self._may_see_all = may_see_all
        if may_see_all:
            self.setMenu(QMenu(self))
        else:
            self.setFocusPolicy(Qt.NoFocus)
            self.setProperty("kind", "")
            self.setToolTip("You see the figures of your own tickets.")
        self._names: dict[Scope, str] = {}
        self.show_scope(Scope())

    def set_choices(self, teams: Sequence[TeamView], people: Sequence[Assignable]) -> None:
        """Offer teams and people."""
        if not self._may_see_all:
            return
        of_teams = [(team.name, Scope(team_id=team.id)) for team in teams]
        of_people = [(each.full_name, Scope(technician_id=each.id)) for each in people]
        self._names = {scope: name for name, scope in (*of_teams, *of_people)}
        menu = self.menu()
        menu.clear()
        _offer(self, menu, _EVERYBODY, Scope())
        _offer_below(self, menu, "Team", of_teams)
        _offer_below(self, menu, "Technician", of_people)

    def show_scope(self, scope: Scope) -> None:
        """Show whose are chosen, without telling."""
        part = Scope(team_id=scope.team_id, technician_id=scope.technician_id)
        if not self._may_see_all:
            self.show_words("Your tickets")
        elif part == Scope():
            self.show_words(_EVERYBODY)
        else:
            one = "One team" if part.team_id is not None else "One technician"
            self.show_words(self._names.get(part, one))


class WhichDrop(Drop):
    """Chooses which of the tickets: a ``Scope`` of all, of a category or of a priority."""

    def __init__(self) -> None:
        """Begin with all of them."""
        super().__init__("Which tickets", "Choose a category or a priority")
        self._names: dict[Scope, str] = {}
        self.setMenu(QMenu(self))
        self.set_choices(())
        self.show_scope(Scope())

    def set_choices(self, categories: Sequence[CategoryView]) -> None:
        """Offer categories beside the priorities."""
        of_categories = [(each.name, Scope(category_id=each.id)) for each in categories]
        of_priorities = [(each.label, Scope(priority=each)) for each in Priority]
        self._names = {scope: name for name, scope in (*of_categories, *of_priorities)}
        menu = self.menu()
        menu.clear()
        _offer(self, menu, _EVERYTHING, Scope())
        _offer_below(self, menu, "Category", of_categories)
        _offer_below(self, menu, "Priority", of_priorities)

    def show_scope(self, scope: Scope) -> None:
        """Show which are chosen, without telling."""
        part = Scope(category_id=scope.category_id, priority=scope.priority)
        self.show_words(_EVERYTHING if part == Scope() else self._names.get(part, "One category"))


def _offer(drop: Drop, menu: QMenu, name: str, value: object) -> None:
    action = menu.addAction(name.replace("&", "&&"))
    action.triggered.connect(lambda: drop.chosen.emit(value))


def _offer_below(
    drop: Drop, menu: QMenu, title: str, choices: Iterable[tuple[str, object]]
) -> None:
    choices = list(choices)
    if choices:
        below = menu.addMenu(title)
        for name, value in choices:
            _offer(drop, below, name, value)
