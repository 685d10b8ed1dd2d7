# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a kind in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import RuleView
from helpdesk.ui.settings.rules.rule_card import RuleCard
from helpdesk.ui.widgets.tab_order import follow_layout


class RuleList(QWidget):
    """Cards that stay the same while what they show changes, and keep the focus when moved."""

    switched = pyqtSignal(object, bool)
    opened = pyqtSignal(object)
    log_wanted = pyqtSignal(object)
    removal_wanted = pyqtSignal(object)
    arranged = pyqtSignal(list)
    """The ids in the order that the person has made."""

    def __init__(self, *, may_change: bool) -> None:
        """Begin empty."""
        super().__init__()
        self._may_change = may_change
        self._order: list[QWidget] = []
        self.cards: list[RuleCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    @property
    def ids(self) -> list[int]:
        """The ids of the rules, from the top."""
        return [card.rule.id for card in self.cards]

    def show_rules(self, rules: Sequence[RuleView], now: datetime) -> None:
        """Show these rules in this order."""
        known = {card.rule.id: card for card in self.cards}
        wanted = {rule.id for rule in rules}
        for id_, card in known.items():
            if id_ not in wanted:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
        self.cards = []
        for rule in rules:
            card = known.get(rule.id) or self._card(rule, now)
            card.show_rule(rule, now)
            self.cards.append(card)
        self._lay_out()

    def _card(self, rule: RuleView, now: datetime) -> RuleCard:
        card = RuleCard(rule, now, may_change=self._may_change)
        card.switched.connect(lambda on: self.switched.emit(card.rule, on))
        card.opened.connect(lambda: self.opened.emit(card.rule))
        card.log_wanted.connect(lambda: self.log_wanted.emit(card.rule))
        card.removal_wanted.connect(lambda: self.removal_wanted.emit(card.rule))
        card.move_wanted.connect(partial(self._on_move, card))
        return card

    def _lay_out(self) -> None:
        for at, card in enumerate(self.cards):
            if self._column.indexOf(card) != at:
                self._column.removeWidget(card)
                self._column.insertWidget(at, card)
                # By itself a new one would come only with the next turn of the event loop.
                card.show()
            card.show_place(at, len(self.cards))
        self._order = follow_layout(self, self._order)

    def _on_move(self, card: RuleCard, step: int) -> None:
        at = self.cards.index(card)
        to = at + step
        if not 0 <= to < len(self.cards):
            return
        focus = card.focusWidget()
        self.cards.insert(to, self.cards.pop(at))
        self._lay_out()
        if focus is not None:
            # A button that leads no further gives the focus to the other one.
            (focus if focus.isEnabled() else card.down if to == 0 else card.up).setFocus()
        self.arranged.emit(self.ids)
