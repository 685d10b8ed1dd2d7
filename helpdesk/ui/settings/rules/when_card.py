# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the editor that says what sets a rule off."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import Trigger
from helpdesk.core.schemas.sla import LONGEST_MINUTES
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.rules.vocabulary import CLOCKS, TRIGGER_HELP, TRIGGERS, UNITS, in_unit
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.plain_label import PlainLabel

_BEFORE, _AT, _AFTER = "before", "at", "after"
_SIDES: Final = (
    (_BEFORE, "before it is due"),
    (_AT, "when it is due"),
    (_AFTER, "after it was due"),
)
_DUE_HELP: Final = (
    "In plain time, nights and weekends included. A clock that is answered or solved in time, or"
    " paused, sets nothing off; each step acts once on each clock."
)


class WhenCard(QFrame):
    """For escalation steps the clocks and how far from due; for others what happens."""

    changed = pyqtSignal()

    def __init__(self, *, due: bool) -> None:
        """Ask for the one or the other."""
        super().__init__()
        self.is_due = due
        card = Card(self, "When")
        card.setSpacing(10)
        self._error = PlainLabel(role="error")
        self._error.hide()
        self.trigger = DropDown(list(TRIGGERS.items()))
        self.clocks = {kind: QCheckBox(label) for kind, label in CLOCKS.items()}
        self._help = PlainLabel(_DUE_HELP if due else "", role="secondary")
        if due:
            card.addWidget(self._clock_row())
            card.addWidget(self._error)
            card.addLayout(self._distance_row())
        else:
            self.trigger.setAccessibleName("When")
            self.trigger.activated.connect(self._on_trigger)
            row = QHBoxLayout()
            row.addWidget(self.trigger)
            row.addStretch(1)
            card.addLayout(row)
            self._on_trigger()
        card.addWidget(self._help)

    @property
    def chosen(self) -> Trigger:
        """What sets the rule off."""
        return Trigger.DUE if self.is_due else Trigger(str(self.trigger.key))

    @property
    def chosen_clocks(self) -> tuple[ClockKind, ...]:
        """The clocks of a step."""
        return tuple(
            kind for kind, check in self.clocks.items() if self.is_due and check.isChecked()
        )

    @property
    def offset_minutes(self) -> int:
        """The distance from the due time, below zero before it."""
        if not self.is_due or self.side.key == _AT:
            return 0
        minutes = self.amount.value() * int(str(self.unit.key))
        return min(minutes, LONGEST_MINUTES) * (-1 if self.side.key == _BEFORE else 1)

    def show_when(self, trigger: Trigger, clocks: tuple[ClockKind, ...], offset: int) -> None:
        """Show what sets a rule off without telling."""
        blocked = self.blockSignals(True)
        if self.is_due:
            for kind, check in self.clocks.items():
                check.setChecked(kind in clocks)
            amount, unit = in_unit(offset)
            self.amount.setValue(amount or 30)
            self.unit.set_key(unit)
            self.side.set_key(_AT if not offset else _BEFORE if offset < 0 else _AFTER)
            self._show_side()
        else:
            self.trigger.set_key(trigger)
            self._on_trigger()
        self.blockSignals(blocked)

    def show_error(self, sentence: str) -> None:
        """Say what is missing, or nothing any more."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def set_fixed(self, *, fixed: bool) -> None:
        """Let it only be read."""
        fields: list[QWidget] = [self.trigger, *self.clocks.values()]
        for field in [*fields, self.amount, self.unit, self.side] if self.is_due else fields:
            field.setEnabled(not fixed)

    def focus_first(self) -> None:
        """Begin with the first field."""
        (next(iter(self.clocks.values())) if self.is_due else self.trigger).setFocus()

    def _clock_row(self) -> QWidget:
        row = QWidget()
        flow = FlowLayout(spacing=12)
        row.setLayout(flow)
        for kind, check in self.clocks.items():
            check.setAccessibleName(f"Clock: {CLOCKS[kind]}")
            check.toggled.connect(self._on_clock)
            flow.addWidget(check)
        return row

    def _distance_row(self) -> QVBoxLayout:
        self.amount = NumberField(1, 10_000)
        self.unit = DropDown(list(UNITS.items()))
        self.side = DropDown(list(_SIDES))
        for field, name in (
            (self.amount, "How long"),
            (self.unit, "Minutes, hours or days"),
            (self.side, "Before or after the due time"),
        ):
            field.setAccessibleName(name)
        self.amount.valueChanged.connect(lambda _: self.changed.emit())
        self.unit.activated.connect(lambda _: self.changed.emit())
        self.side.activated.connect(self._on_side)
        row = QHBoxLayout()
        row.setSpacing(8)
        for field in (self.amount, self.unit, self.side):
            row.addWidget(field)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(FieldLabel("How far from the due time"))
        column.addLayout(row)
        return column

    def _on_clock(self) -> None:
        if self.chosen_clocks:
            self.show_error("")
        self.changed.emit()

    def _on_side(self) -> None:
        self._show_side()
        self.changed.emit()

    def _show_side(self) -> None:
        for field in (self.amount, self.unit):
            field.setVisible(self.side.key != _AT)

    def _on_trigger(self) -> None:
        self._help.setText(TRIGGER_HELP[self.chosen])
        self.changed.emit()
