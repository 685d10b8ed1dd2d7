# SPDX-License-Identifier: GPL-3.0-or-later
"""The section that shows what the assistant did and what it was worth."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from helpdesk.core.schemas.assistant import (
    AcceptanceFigures,
    AssistantFigures,
    CallRow,
    CallsQuery,
    FeatureFigures,
)
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.figure_words import NONE, count, counted, duration, share, span
from helpdesk.ui.settings.history_card import HistoryCard
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import FIGURES
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.number_card import NumberCard
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.times import relative_time

_PERIODS = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"))
_USUAL = "30"
_IN_A_ROW = 3
_NUMBER = 86
_FEATURES = (
    Column("Asked for"),
    Column("Questions", is_number=True, width=_NUMBER),
    Column("Failed", is_number=True, width=62),
    Column("Cached", is_number=True, width=70),
    Column("Tokens", is_number=True, width=84),
    Column("First word", is_number=True, width=_NUMBER),
    Column("Median", is_number=True, width=70),
    Column("95 %", is_number=True, width=70),
)
_ACCEPTANCE = (
    Column("Suggested"),
    Column("From", width=140),
    Column("Shown", is_number=True),
    Column("Accepted", is_number=True),
    Column("Changed", is_number=True),
    Column("Share", is_number=True),
)
_LATEST = (
    Column("Asked for"),
    Column("When", width=88),
    Column("Model", width=132),
    Column("Prompt", width=84),
    Column("Outcome", width=92),
    Column("Tokens", is_number=True, width=66),
    Column("First word", is_number=True, width=_NUMBER),
    Column("Total", is_number=True, width=64),
)
_ORIGINS = {
    Origin.HISTORY: "History",
    Origin.MODEL: "The model",
    Origin.BOTH: "Both",
    Origin.ARTICLES: "Articles",
}


class FiguresSection(Section):
    """Six numbers, three tables and what triage has learnt, for a period up to now."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, FIGURES)
        self._has_figures = False
        self.period = Segmented(_PERIODS)
        self.period.setAccessibleName("Period")
        self.period.set_key(_USUAL)
        self.period.chosen.connect(self.load)
        reload = QToolButton()
        reload.setIcon(icon("refresh"))
        reload.setToolTip("Read it again")
        reload.setAccessibleName("Read the figures again")
        reload.clicked.connect(self.load)
        self.head.addWidget(self.period)
        self.head.addWidget(reload)
        self.cards = {
            "calls": NumberCard("Questions"),
            "failed": NumberCard("Failed"),
            "accepted": NumberCard("Suggestions accepted"),
            "first": NumberCard("First word"),
            "total": NumberCard("Whole answer"),
            "tokens": NumberCard("Tokens"),
        }
        self.features = FigureTable("Questions by kind", _FEATURES)
        self.acceptance = FigureTable("Suggestions accepted", _ACCEPTANCE)
        self.latest = FigureTable("Latest questions", _LATEST)
        self.history = HistoryCard(desktop)
        self._notes: dict[FigureTable, ElidedLabel] = {}
        self.area.widget().setMaximumWidth(1200)
        self._build()

    def load(self) -> None:
        """Ask the desk for the period that is chosen."""
        if not self._has_figures:
            self.states.show_loading()
        query = CallsQuery(days=int(self.period.key))
        job = self.desktop.background.latest(self, self.desktop.desk.assistant.figures, query)
        job.then(self._show).failed(self._on_failed)
        self.history.load()

    def reveal(self, key: str) -> None:
        """Bring a part into view."""
        places: dict[str, QWidget] = {"acceptance": self.acceptance, "history": self.history}
        self.period.button(self.period.key).setFocus()
        self.bring_into_view(places.get(key, self.cards["calls"]))

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(12)
        for place, card in enumerate(self.cards.values()):
            grid.addWidget(card, place // _IN_A_ROW, place % _IN_A_ROW)
        self.body.setSpacing(8)
        self.body.addLayout(grid)
        for title, table, nothing in (
            ("Questions by kind", self.features, "The model was not asked in this time."),
            (
                "Suggestions accepted",
                self.acceptance,
                "No suggestion was shown to anybody in this time.",
            ),
            ("Latest questions", self.latest, "The model was not asked in this time."),
        ):
            heading, note = QLabel(title), ElidedLabel(nothing, "muted")
            heading.setProperty("role", "heading")
            table.setProperty("framed", True)
            self._notes[table] = note
            self.body.addSpacing(8)
            for widget in (heading, note, table):
                self.body.addWidget(widget)
        self.body.addSpacing(8)
        self.body.addWidget(self.history)
        self.body.addStretch(1)

    def _show(self, figures: AssistantFigures) -> None:
        self._has_figures = True
        self._show_numbers(figures.features)
        self._show_accepted(figures.acceptance)
        now = self.desktop.clock()
        self._fill(self.features, [_feature(each) for each in figures.features])
        self._fill(self.acceptance, [_accepted(each) for each in figures.acceptance])
        calls = [(each, relative_time(each.at, now)) for each in figures.latest]
        self._fill(self.latest, [_call(each, when) for each, when in calls])
        self.states.show_content()

    def _show_numbers(self, features: Sequence[FeatureFigures]) -> None:
        calls = sum(each.calls for each in features)
        failed = sum(each.failed for each in features)
        cached = sum(each.cached for each in features)
        self.cards["calls"].show_number(count(calls), f"{cached:,} answered from the cache")
        self.cards["failed"].show_number(share(failed, calls), f"{failed:,} of {calls:,}")
        kinds = "median, by kind" if len(features) > 1 else "median"
        first = span(each.first_p50_ms for each in features)
        self.cards["first"].show_number(first, kinds)
        slowest = max((each.total_p95_ms or 0 for each in features), default=0)
        within = f"{kinds}; 95 % within {duration(slowest)}" if slowest else kinds
        self.cards["total"].show_number(span(each.total_p50_ms for each in features), within)
        sent = sum(each.prompt_tokens for each in features)
        got = sum(each.answer_tokens for each in features)
        self.cards["tokens"].show_number(count(sent + got), f"{sent:,} in, {got:,} out")

    def _show_accepted(self, acceptance: Sequence[AcceptanceFigures]) -> None:
        shown = sum(each.shown for each in acceptance)
        accepted = sum(each.accepted for each in acceptance)
        note = f"{accepted:,} of {shown:,} shown" if shown else "none was shown"
        self.cards["accepted"].show_number(share(accepted, shown), note)

    def _fill(self, table: FigureTable, lines: list[Line]) -> None:
        table.show_lines(lines)
        table.grow()
        table.setVisible(bool(lines))
        self._notes[table].setVisible(not lines)

    def _on_failed(self, error: Exception) -> None:
        self._has_figures = False
        self.states.show_failed(sentence_of(error), self.load)


def _feature(each: FeatureFigures) -> Line:
    return Line(
        (
            each.feature.label,
            count(each.calls),
            count(each.failed),
            count(each.cached),
            count(each.prompt_tokens + each.answer_tokens),
            duration(each.first_p50_ms),
            duration(each.total_p50_ms),
            duration(each.total_p95_ms),
        )
    )


def _accepted(each: AcceptanceFigures) -> Line:
    return Line(
        (
            each.field.replace("_", " ").capitalize(),
            _ORIGINS[each.origin],
            count(each.shown),
            count(each.accepted),
            count(each.changed),
            share(each.accepted, each.shown),
        )
    )


def _call(each: CallRow, when: str) -> Line:
    both = None
    if each.prompt_tokens is not None or each.answer_tokens is not None:
        both = (each.prompt_tokens or 0) + (each.answer_tokens or 0)
    return Line(
        (
            each.feature.label,
            when,
            each.model or NONE,
            each.prompt or NONE,
            _outcome(each),
            count(both),
            duration(each.first_ms),
            duration(each.total_ms),
        )
    )


def _outcome(call: CallRow) -> str:
    words = call.outcome.replace("_", " ").capitalize()
    if call.accepted is not None:
        words += ", used" if call.accepted else ", not used"
    return f"{words}, {counted(call.retries, 'retry', 'retries')}" if call.retries else words
