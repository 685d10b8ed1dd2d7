# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules did, newest first; more is loaded as one scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import RuleRun, RuleView, RunPage, RunQuery
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.rules.rule_card import fired_words
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.rule_run import RunRow
from helpdesk.ui.widgets.state_view import StateView

_PAGE = 15
_WIDTH = 1000
_NEAR_THE_END = 300
_NOTHING = ("No rule has acted yet", "As soon as one does, it stands here with its reasons.")
_NOTHING_OF_IT = ("This rule has not acted yet", "Choose another rule, or all of them.")


class LogPage(QWidget):
    """A filter by rule, and rows that unfold to their reasons."""

    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__()
        self._desktop = desktop
        self._rules: dict[int, RuleView] = {}
        self._has_more = False
        self._is_loading = False
        self.rows: list[RunRow] = []
        self.filter = DropDown(((None, "All rules"),))
        self.filter.setAccessibleName("Show what one rule did")
        self.filter.setMaximumWidth(420)
        self.filter.activated.connect(lambda _: self._on_filter())
        self._note = PlainLabel(role="muted")
        self._note.setWordWrap(False)
        self.banner = Banner()
        inside = QWidget()
        inside.setProperty("transparent", True)
        inside.setMaximumWidth(_WIDTH)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self._end = PlainLabel(role="muted")
        self._end.setAlignment(Qt.AlignCenter)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 4, 24, 24)
        column.addLayout(self._list)
        column.addWidget(self._end)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.NoFocus)
        self.area.setWidget(inside)
        self.area.verticalScrollBar().valueChanged.connect(lambda _: self._load_near_the_end())
        self.area.verticalScrollBar().rangeChanged.connect(lambda *_: self._load_near_the_end())
        self.states = StateView(self.area)
        head = QHBoxLayout()
        head.setContentsMargins(24, 0, 24, 8)
        head.setSpacing(12)
        head.addWidget(self.filter)
        head.addWidget(self._note)
        head.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self.banner)
        whole.addWidget(self.states, 1)

    def show_rules(self, rules: Sequence[RuleView]) -> None:
        """Offer these rules to filter by."""
        self._rules = {rule.id: rule for rule in rules}
        choices: list[tuple[object, str]] = [(None, "All rules")]
        self.filter.set_choices([*choices, *((rule.id, rule.name) for rule in rules)])
        self._show_note()

    def show_rule(self, rule: RuleView) -> None:
        """Show what one rule did."""
        self.filter.set_key(rule.id)
        self._on_filter()

    def load(self) -> None:
        """Ask for the newest; what is shown and unfolded stays."""
        if not self.rows:
            self.states.show_loading()
        self._ask(None)

    def _on_filter(self) -> None:
        self._empty()
        self._show_note()
        self.load()

    def _ask(self, before_id: int | None) -> None:
        self._is_loading = True
        rule_id = self.filter.key
        query = RunQuery(
            rule_id=rule_id if isinstance(rule_id, int) else None, before_id=before_id, limit=_PAGE
        )
        runs = self._desktop.desk.rules.runs
        job = self._desktop.background.latest(self, runs, query)
        job.then(partial(self._show, before_id)).failed(self._on_failed)

    def _show(self, before_id: int | None, page: RunPage) -> None:
        self._is_loading = False
        self.banner.clear()
        shown = {row.run.id for row in self.rows}
        new = [run for run in page.items if run.id not in shown]
        if before_id is None and self.rows and len(new) == len(page.items):
            # More than a page came meanwhile: what is shown would have a gap.
            self._empty()
        if before_id is not None or not self.rows:
            self._has_more = page.has_more
        for at, run in enumerate(new):
            self._add(run, len(self.rows) if before_id is not None else at)
        self._end.setText("" if self._has_more else "That is all.")
        if self.rows:
            self.states.show_content()
            self._load_near_the_end()
        else:
            self.states.show_empty(*(_NOTHING if self.filter.key is None else _NOTHING_OF_IT))

    def _add(self, run: RuleRun, at: int) -> None:
        row = RunRow(run, self._desktop.clock())
        row.ticket_wanted.connect(self.ticket_wanted)
        self.rows.insert(at, row)
        self._list.insertWidget(at, row)

    def _empty(self) -> None:
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []

    def _load_near_the_end(self) -> None:
        bar = self.area.verticalScrollBar()
        is_near = bar.maximum() - bar.value() < _NEAR_THE_END
        if is_near and self._has_more and not self._is_loading and self.rows and self.isVisible():
            self._end.setText("Loading more…")
            self._ask(self.rows[-1].run.id)

    def _on_failed(self, error: Exception) -> None:
        self._is_loading = False
        if self.rows:
            # Scrolling on asks again.
            self._end.setText("")
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.states.show_failed(sentence_of(error), self.load)

    def _show_note(self) -> None:
        key = self.filter.key
        rule = self._rules.get(key) if isinstance(key, int) else None
        self._note.setText(fired_words(rule, self._desktop.clock()) if rule else "")
