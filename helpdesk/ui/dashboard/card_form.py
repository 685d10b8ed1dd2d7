# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a card: only those are shown that mean something for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.figures import (
    Card,
    CardStyle,
    Measure,
    Period,
    Scope,
    Span,
    Statistic,
    Whose,
)
from helpdesk.core.schemas.tickets import Priority
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.choices import Choices
from helpdesk.ui.dashboard.kinds import KINDS, kind_of, seconds_of, splits_of
from helpdesk.ui.dashboard.period_dialog import DayFields
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_TITLE_LIMIT = 80
_NOTHING = ""
_STATISTICS = {
    Statistic.MEDIAN: "Median",
    Statistic.P90: "9 of 10 within",
    Statistic.MEAN: "Mean",
}
_WHOSE = {
    Whose.DASHBOARD: "As the dashboard",
    Whose.MINE: "My own",
    Whose.ALL: "All",
    Whose.CHOSEN: "A team or technician…",
}


class CardForm(QScrollArea):
    """Turns what is chosen into a ``Card``."""

    changed = pyqtSignal()

    def __init__(self, card: Card, choices: Choices, today: date, *, may_see_all: bool) -> None:
        """Begin with a card."""
        super().__init__()
        self._choices, self._may_see_all = choices, may_see_all
        self._fills = True
        self._rows: dict[QWidget, QWidget] = {}
        self._build(today, card)
        self._fill(card)
        self._fills = False
        self._show_fields()

    @property
    def first_field(self) -> QWidget:
        """Where the form begins."""
        return self.style_choice

    @property
    def problem(self) -> str:
        """What has to be mended before the card can be kept."""
        if self.period.key is Period.CUSTOM and self.days.problem:
            return self.days.problem
        if self.whose.key is Whose.CHOSEN and self._is_shown(self.whose) and not self.who.key:
            return "Choose a team or a technician."
        return ""

    @property
    def card(self) -> Card:
        """The card as chosen."""
        style, measure = self._style(), self._measure()
        second = self.second.key if self._is_shown(self.second) else None
        period = self.period.key
        span: Span | None = None
        if isinstance(period, Period):
            span = self.days.span if period is Period.CUSTOM else Span(period=period)
        return Card(
            style=style,
            measure=measure,
            second=second if isinstance(second, Measure) else None,
            statistic=self.statistic.key,
            split=self.split.key,
            span=span if self._is_shown(self.period) else None,
            whose=self.whose.key,
            scope=self._scope(),
            compares=self.compares.isChecked(),
            title=self.title.text().strip(),
        )

    def _build(self, today: date, card: Card) -> None:
        self.setWidgetResizable(True)
        inside = QWidget()
        inside.setProperty("transparent", True)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(2, 0, 10, 0)
        self._column.setSpacing(10)
        kinds = [
            (kind.style, words.STYLES[kind.style])
            for kind in KINDS
            if self._may_see_all or kind.style is not CardStyle.OUTLOOK
        ]
        self.style_choice = self._drop("Show as", kinds)
        self.measure = self._drop("What", [])
        self.second = self._drop("Show with", [])
        self.statistic = self._drop("Tell the", list(_STATISTICS.items()))
        self.split = self._drop("Split by", [])
        periods: list[tuple[object, str]] = [(_NOTHING, "As the dashboard")]
        self.period = self._drop("Period", [*periods, *words.PERIODS.items()])
        self.days = DayFields(today, card.span)
        self.days.changed.connect(self._on_changed)
        self._column.addWidget(self.days)
        self._rows[self.days] = self.days
        whose = [
            (key, text)
            for key, text in _WHOSE.items()
            if self._may_see_all or key in (Whose.DASHBOARD, Whose.MINE)
        ]
        self.whose = self._drop("Whose tickets", whose)
        self.who = self._drop("Team or technician", self._who())
        self.filter = self._drop("Which tickets", self._filters())
        self.compares = QCheckBox("Compare with the period before")
        self.compares.toggled.connect(self._on_changed)
        self._column.addWidget(self.compares)
        self._rows[self.compares] = self.compares
        self.title = QLineEdit()
        self.title.setMaxLength(_TITLE_LIMIT)
        self.title.textChanged.connect(self._on_changed)
        self._add("Title", self.title)
        self._problem = PlainLabel(role="error")
        self._column.addWidget(self._problem)
        self._column.addStretch(1)
        self.setWidget(inside)

    def _fill(self, card: Card) -> None:
        self.style_choice.set_key(card.style)
        self._offer_measures()
        self.measure.set_key(card.measure)
        self._offer_parts()
        self.second.set_key(card.second or _NOTHING)
        self.statistic.set_key(card.statistic)
        self.split.set_key(card.split)
        self.period.set_key(card.span.period if card.span is not None else _NOTHING)
        self.whose.set_key(card.whose)
        scope = card.scope
        if scope.team_id is not None:
            self.who.set_key(("team", scope.team_id))
        if scope.technician_id is not None:
            self.who.set_key(("technician", scope.technician_id))
        if scope.category_id is not None:
            self.filter.set_key(("category", scope.category_id))
        if scope.priority is not None:
            self.filter.set_key(("priority", scope.priority))
        self.compares.setChecked(card.compares)
        self.title.setText(card.title)

    def _on_changed(self) -> None:
        if self._fills:
            return
        self._fills = True
        sender = self.sender()
        if sender is self.style_choice:
            self._offer_measures()
        if sender in (self.style_choice, self.measure):
            self._offer_parts()
        self._fills = False
        self._show_fields()
        self.changed.emit()

    def _offer_measures(self) -> None:
        kind = kind_of(self._style())
        self.measure.set_choices([(each, words.MEASURES[each]) for each in kind.measures])
        if self.measure.key not in kind.measures:
            self.measure.set_key(kind.example.measure)

    def _offer_parts(self) -> None:
        style, measure = self._style(), self._measure()
        parts = splits_of(style, measure)
        named = [(each, words.split_choice(each)) for each in parts]
        self.split.set_choices(named)
        if self.split.key not in parts:
            self.split.set_key(parts[0])
        others: list[tuple[object, str]] = [(_NOTHING, "Nothing else")]
        others += [(each, words.MEASURES[each]) for each in seconds_of(style, measure)]
        self.second.set_choices(others)

    def _show_fields(self) -> None:
        style, measure = self._style(), self._measure()
        measured = style not in (CardStyle.ATTENTION, CardStyle.OUTLOOK)
        durations = measure in words.DURATIONS or measure is Measure.WORKLOAD
        is_now = measure in words.NOW and self.split.key not in words.TIMES
        shown = {
            self.measure: measured,
            self.second: self.second.count() > 1,
            self.statistic: measured and durations,
            self.split: self.split.count() > 1,
            self.period: measured and (not is_now or measure is Measure.WORKLOAD),
            self.days: measured and self.period.key is Period.CUSTOM,
            self.who: self.whose.key is Whose.CHOSEN,
            self.filter: measured and measure is not Measure.AVOIDED,
            self.compares: style is CardStyle.NUMBER,
        }
        for field, is_shown in shown.items():
            self._rows[field].setVisible(is_shown)
        self.title.setPlaceholderText(words.title_of(self.card.model_copy(update={"title": ""})))
        self._problem.setText(self.problem)
        self._problem.setVisible(bool(self.problem) and self.problem != self.days.problem)

    def _is_shown(self, field: QWidget) -> bool:
        return not self._rows[field].isHidden()

    def _style(self) -> CardStyle:
        key = self.style_choice.key
        return key if isinstance(key, CardStyle) else CardStyle.NUMBER

    def _measure(self) -> Measure:
        key = self.measure.key
        return key if isinstance(key, Measure) else Measure.OPEN

    def _scope(self) -> Scope:
        scope: dict[str, object] = {}
        who, only = self.who.key, self.filter.key
        if self.whose.key is Whose.CHOSEN and isinstance(who, tuple):
            scope[f"{who[0]}_id"] = who[1]
        if isinstance(only, tuple):
            scope["priority" if only[0] == "priority" else "category_id"] = only[1]
        return Scope.model_validate(scope)

    def _who(self) -> list[tuple[object, str]]:
        teams = [(("team", team.id), team.name) for team in self._choices.teams]
        people = [(("technician", each.id), each.full_name) for each in self._choices.people]
        return [(_NOTHING, "Choose…"), *teams, *people]

    def _filters(self) -> list[tuple[object, str]]:
        categories = [(("category", each.id), each.name) for each in self._choices.categories]
        priorities = [(("priority", each), f"{each.label} priority") for each in reversed(Priority)]
        return [(_NOTHING, "All categories and priorities"), *priorities, *categories]

    def _drop(self, name: str, choices: Sequence[tuple[object, str]]) -> DropDown:
        field = DropDown(choices)
        field.setMinimumContentsLength(12)
        field.currentIndexChanged.connect(self._on_changed)
        self._add(name, field)
        return field

    def _add(self, name: str, field: QWidget) -> None:
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(FieldLabel(name, field))
        column.addWidget(field)
        self._column.addWidget(row)
        self._rows[field] = row
