# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one condition: what is asked, how it is compared, and with which values."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QGridLayout, QSizePolicy, QWidget

from helpdesk.core.schemas.rules import Condition, Fact, Operator, Trigger
from helpdesk.ui.settings.rules.draft import condition_problem
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.vocabulary import FACTS, FIXED, OPERATORS, Sort, facts_for
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.value_picker import ValuePicker

_NARROW = 640
_LEAST_WIDTH = 100
_MOST = 100_000
PeopleSearch = Callable[[ValuePicker, str], None]
"""Offers people in a picker by what is typed into it."""


class ConditionFields(QWidget):
    """Shows fields of the right kind for the fact that is chosen."""

    changed = pyqtSignal()

    def __init__(self, trigger: Trigger, names: Names, find_people: PeopleSearch) -> None:
        """Ask of the priority first."""
        super().__init__()
        self._names = names
        self._find_people = find_people
        self._is_narrow: bool | None = None
        self.fact = DropDown(facts_for(trigger))
        self.fact.setAccessibleName("What is asked")
        self.fact.activated.connect(self._on_fact)
        self.operator = DropDown()
        self.operator.setAccessibleName("How it is compared")
        self.operator.activated.connect(self._on_operator)
        for box in (self.fact, self.operator):
            box.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
            box.setMinimumWidth(_LEAST_WIDTH)
        self.values: ValuePicker | NumberField = self._picker(FACTS[Fact.PRIORITY].label)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._show_fact(Operator.IS, ())
        self._place(narrow=False)

    @property
    def condition(self) -> Condition:
        """The condition that stands in the fields."""
        fact, operator = self._fact, self._operator
        if operator is Operator.IS_EMPTY:
            return Condition(fact=fact, operator=operator)
        if isinstance(self.values, NumberField):
            values: tuple[str, ...] = (str(self.values.value()),)
        else:
            values = self.values.values
        return Condition(fact=fact, operator=operator, values=values)

    @property
    def problem(self) -> str:
        """What is missing, or nothing."""
        return condition_problem(self.condition, is_text=FACTS[self._fact].sort is Sort.TEXT)

    @property
    def unfilled(self) -> QWidget:
        """The field that is to be filled in."""
        return self.values

    def show_condition(self, condition: Condition) -> None:
        """Show a condition without telling."""
        if self.fact.findData(condition.fact) < 0:
            # One that only a change can answer stays to be seen, and taken out.
            self.fact.addItem(FACTS[condition.fact].label, condition.fact)
        self.fact.set_key(condition.fact)
        self._show_fact(condition.operator, condition.values)

    def show_trigger(self, trigger: Trigger) -> None:
        """Offer what can be asked of tickets that are met so; what is chosen stays."""
        chosen = self._fact
        facts = facts_for(trigger)
        if chosen not in [fact for fact, _ in facts]:
            facts.append((chosen, FACTS[chosen].label))
        self.fact.set_choices(facts)

    def show_names(self) -> None:
        """Say anew what the values are called, after people were looked up."""
        if isinstance(self.values, ValuePicker):
            self.values.also_called(self._called)

    def focus_first(self) -> None:
        """Begin with what is asked."""
        self.fact.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the values below where there is no room for them beside."""
        super().resizeEvent(event)
        self._place(narrow=self.width() < _NARROW)

    @property
    def _fact(self) -> Fact:
        return Fact(str(self.fact.key))

    @property
    def _operator(self) -> Operator:
        return Operator(str(self.operator.key))

    def _on_fact(self) -> None:
        self._show_fact(self._operator, ())
        self.changed.emit()

    def _on_operator(self) -> None:
        self._show_values()
        self.changed.emit()

    def _show_fact(self, operator: Operator, values: tuple[str, ...]) -> None:
        words = FACTS[self._fact]
        operators = words.operators
        if operator not in operators and values:
            # Another program may know more of them; what is saved stays as it is.
            operators = (*operators, operator)
        self.operator.set_choices([(each, OPERATORS[each]) for each in operators])
        self.operator.set_key(operator)
        old, self.values = self.values, self._field(values)
        if hasattr(self, "_grid") and self._grid.indexOf(old) >= 0:
            self._grid.removeWidget(old)
        old.hide()
        old.deleteLater()
        if self._is_narrow is not None:
            narrow, self._is_narrow = self._is_narrow, None
            self._place(narrow=narrow)
        self._show_values()

    def _show_values(self) -> None:
        self.values.setVisible(self._operator is not Operator.IS_EMPTY)

    def _field(self, values: tuple[str, ...]) -> ValuePicker | NumberField:
        words = FACTS[self._fact]
        if words.sort is Sort.NUMBER:
            number = NumberField(0, _MOST, 1, words.unit)
            number.setValue(_whole(values))
            number.setAccessibleName(words.label)
            number.valueChanged.connect(lambda _: self.changed.emit())
            return number
        picker = self._picker(words.label, free=words.sort is Sort.TEXT)
        if words.sort is Sort.FIXED:
            picker.set_choices(FIXED[self._fact])
        elif words.sort is Sort.PERSON:
            picker.edit.setPlaceholderText("Type a name")
            picker.typed.connect(lambda text: self._find_people(picker, text))
        elif words.sort is not Sort.TEXT:
            picker.set_choices(self._names.offered(words.sort))
        picker.also_called(self._called)
        picker.set_values(values)
        return picker

    def _picker(self, name: str, *, free: bool = False) -> ValuePicker:
        picker = ValuePicker(name, free=free)
        picker.changed.connect(self.changed)
        return picker

    def _called(self, value: str) -> str:
        return self._names.of(FACTS[self._fact].sort, value)

    def _place(self, *, narrow: bool) -> None:
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        for widget in (self.fact, self.operator, self.values):
            if self._grid.indexOf(widget) >= 0:
                self._grid.removeWidget(widget)
        self._grid.addWidget(self.fact, 0, 0)
        self._grid.addWidget(self.operator, 0, 1)
        if narrow:
            self._grid.addWidget(self.values, 1, 0, 1, 2)
        else:
            self._grid.addWidget(self.values, 0, 2)
        for column, stretch in enumerate((1, 1, 0) if narrow else (0, 0, 1)):
            self._grid.setColumnStretch(column, stretch)


def _whole(values: tuple[str, ...]) -> int:
    try:
        return int(float(values[0])) if values else 1
    except ValueError:
        return 1
