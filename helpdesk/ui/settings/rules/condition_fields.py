# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one condition: what is asked, how it is compared, and with which values."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QGridLayout, QSizePolicy, QWidget

from helpdesk.core.rule_choices import NAMES, OPERATORS, TAKES, Takes, number_in
from helpdesk.core.schemas.rules import Condition, Fact, Operator, Trigger
from helpdesk.ui.settings.rules.draft import condition_problem
from helpdesk.ui.settings.rules.hours_field import HoursField
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.vocabulary import (
    OPERATOR_WORDS,
    RANKED,
    SORTS,
    Sort,
    asked_of,
    codes_of,
)
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.value_picker import ValuePicker

_NARROW = 640
_LEAST_WIDTH = 100
_MOST, _USUAL = 100_000, 4
PeopleSearch = Callable[[ValuePicker, str], None]
"""Offers people in a picker by what is typed into it."""


class ConditionFields(QWidget):
    """Shows fields of the right kind for the fact that is chosen."""

    changed = pyqtSignal()

    def __init__(self, trigger: Trigger, names: Names, find_people: PeopleSearch) -> None:
        """Ask of the priority first."""
        super().__init__()
        self._trigger = trigger
        self._names = names
        self._find_people = find_people
        self._is_narrow: bool | None = None
        self.fact, self.operator = DropDown(asked_of(trigger)), DropDown()
        self.fact.setAccessibleName("What is asked")
        self.fact.set_key(Fact.PRIORITY)
        self.fact.activated.connect(lambda _: self._on_fact())
        self.operator.setAccessibleName("How it is compared")
        self.operator.activated.connect(lambda _: self._on_operator())
        for box in (self.fact, self.operator):
            box.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
            box.setMinimumWidth(_LEAST_WIDTH)
        self.values: ValuePicker | HoursField | NumberField = ValuePicker("")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._show_fact(Operator.IS, ())

    @property
    def condition(self) -> Condition:
        """The condition that stands in the fields."""
        fact, operator = self._fact, self._operator
        values = () if operator is Operator.IS_EMPTY else self._chosen
        return Condition(fact=fact, operator=operator, values=values)

    @property
    def problem(self) -> str:
        """What is missing, or nothing."""
        asks = self._operator is not Operator.IS_EMPTY
        if asks and isinstance(self.values, ValuePicker) and self.values.untaken:
            return self.values.untaken_problem
        return condition_problem(self.condition, self._trigger)

    @property
    def unfilled(self) -> QWidget:
        """The field that is to be filled in."""
        return self.values

    def show_condition(self, condition: Condition) -> None:
        """Show a condition without telling."""
        self._offer_facts(condition.fact)
        self.fact.set_key(condition.fact)
        self._show_fact(condition.operator, condition.values)

    def show_trigger(self, trigger: Trigger) -> None:
        """Offer what can be asked of tickets that are met so; what is chosen stays."""
        self._trigger = trigger
        self._offer_facts(self._fact)

    def show_names(self) -> None:
        """Say anew what the values are called, after people were looked up."""
        if isinstance(self.values, ValuePicker) and self._fact in SORTS:
            self.values.also_called(self._called)

    def focus_first(self) -> None:
        """Begin with what is asked."""
        self.fact.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the values below where there is no room for them beside."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        if narrow != self._is_narrow:
            self._place(narrow=narrow)

    @property
    def _fact(self) -> Fact:
        return Fact(str(self.fact.key))

    @property
    def _operator(self) -> Operator:
        return Operator(str(self.operator.key))

    @property
    def _chosen(self) -> tuple[str, ...]:
        if isinstance(self.values, HoursField):
            return (self.values.hours,)
        if isinstance(self.values, NumberField):
            return (str(self.values.value()),)
        return self.values.values

    def _offer_facts(self, also: Fact) -> None:
        """Offer what can be asked, and what is asked already, to be seen and taken out."""
        facts = asked_of(self._trigger)
        if also not in [fact for fact, _ in facts]:
            facts.append((also, NAMES[also]))
        self.fact.set_choices(facts)

    def _on_fact(self) -> None:
        self._show_fact(self._operator, ())
        self.changed.emit()

    def _on_operator(self) -> None:
        self._show_field(self._chosen)
        self.changed.emit()

    def _show_fact(self, operator: Operator, values: tuple[str, ...]) -> None:
        operators = OPERATORS[self._fact]
        self.operator.set_choices([(each, OPERATOR_WORDS[each]) for each in operators])
        self.operator.set_key(operator if operator in operators else operators[0])
        self._show_field(values)

    def _show_field(self, values: tuple[str, ...]) -> None:
        """Put a field for values of this kind into the place of the one before."""
        old, self.values = self.values, self._field(values)
        self._grid.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._place(narrow=bool(self._is_narrow))
        self.values.setVisible(self._operator is not Operator.IS_EMPTY)

    def _field(self, values: tuple[str, ...]) -> ValuePicker | HoursField | NumberField:
        takes, is_ranked = TAKES[self._fact], self._operator in RANKED
        if takes is Takes.HOURS:
            return self._number(HoursField(), values)
        if takes is Takes.COUNT and is_ranked:
            return self._number(NumberField(0, _MOST), values)
        free = takes in (Takes.WORDS, Takes.COUNT)
        picker = ValuePicker(NAMES[self._fact], free=free, single=is_ranked)
        if takes is Takes.CODES:
            picker.set_choices(codes_of(self._fact))
        elif takes is Takes.IDS:
            self._offer_ids(picker)
        picker.set_values(values[:1] if is_ranked else values)
        picker.changed.connect(self.changed)
        return picker

    def _number(
        self, field: HoursField | NumberField, values: tuple[str, ...]
    ) -> HoursField | NumberField:
        number = number_in(values[0]) if values else None
        number = _USUAL if number is None else number
        if isinstance(field, HoursField):
            field.setValue(number)
        else:
            field.setValue(int(number))
        field.setAccessibleName(NAMES[self._fact])
        field.valueChanged.connect(lambda _: self.changed.emit())
        return field

    def _offer_ids(self, picker: ValuePicker) -> None:
        sort = SORTS[self._fact]
        if sort is Sort.PERSON:
            picker.edit.setPlaceholderText("Type a name")
            picker.typed.connect(lambda text: self._find_people(picker, text))
        else:
            picker.set_choices(self._names.offered(sort))
        picker.also_called(self._called)

    def _called(self, value: str) -> str:
        return self._names.of(SORTS[self._fact], value)

    def _place(self, *, narrow: bool) -> None:
        self._is_narrow = narrow
        for widget in (self.fact, self.operator, self.values):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self.fact, 0, 0)
        self._grid.addWidget(self.operator, 0, 1)
        if narrow:
            self._grid.addWidget(self.values, 1, 0, 1, 2)
        else:
            self._grid.addWidget(self.values, 0, 2)
        for column, stretch in enumerate((1, 1, 0) if narrow else (0, 0, 1)):
            self._grid.setColumnStretch(column, stretch)
