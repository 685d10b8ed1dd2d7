# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one thing that a rule does; which there are depends on the kind."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import Action, ActionKind, Audience
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.ui.settings.rules.draft import action_problem
from helpdesk.ui.settings.rules.message_edit import MessageEdit
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.vocabulary import (
    ACTION_HELP,
    ACTIONS,
    AUDIENCES,
    Choices,
    Sort,
)
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch
from helpdesk.ui.widgets.value_picker import ValuePicker

_VALUES: Final[dict[ActionKind, Choices]] = {
    ActionKind.SET_PRIORITY: [(each.value, each.label) for each in reversed(Priority)],
    ActionKind.SET_STATUS: [(each.value, each.label) for each in Status if each is not Status.NEW],
}
_TARGETS: Final[dict[ActionKind, tuple[Sort, str]]] = {
    ActionKind.SET_CATEGORY: (Sort.CATEGORY, "Choose a category"),
    ActionKind.SET_TEAM: (Sort.TEAM, "Choose a team"),
    ActionKind.ASSIGN_BY_WORKLOAD: (Sort.TEAM, "Of the ticket's own team, else all technicians"),
    ActionKind.ASSIGN_IN_TURN: (Sort.TEAM, "Of the ticket's own team, else all technicians"),
    ActionKind.POST: (Sort.CHANNEL, "Choose a chat channel"),
}
_MESSAGES: Final[dict[ActionKind, tuple[str, str]]] = {
    ActionKind.NOTIFY: ("Message", "Left empty, it says which ticket it is and why."),
    ActionKind.POST: ("Message", "Left empty, it says which ticket it is and why."),
    ActionKind.ADD_NOTE: ("Note", "Still open after a day: {subject}"),
}
_LEAST_WIDTH = 100
_NO_CHANNEL = "There is no chat channel yet; one is added under Chat channels."
_NO_TEAM = "There is no team yet; one is added under Teams."
_URGENT = "Urgent: through quiet hours, with sound, and it stays until it is seen"


class ActionFields(QWidget):
    """Chooses what is done, and how."""

    changed = pyqtSignal()

    def __init__(self, names: Names, action: Action) -> None:
        """Show an action."""
        super().__init__()
        self._names = names
        self.kind = DropDown(list(ACTIONS.items()))
        self.kind.setAccessibleName("What is done")
        self.kind.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.kind.activated.connect(self._on_kind)
        self.value, self.target = DropDown(), DropDown()
        self.value.setAccessibleName("New value")
        for box in (self.kind, self.value, self.target):
            box.setMinimumWidth(_LEAST_WIDTH)
        self.person = ValuePicker("Person", single=True)
        self.person.set_choices(names.offered(Sort.STAFF))
        self.person.also_called(lambda value: names.of(Sort.STAFF, value))
        self._build_people()
        self.message = MessageEdit("Message", "")
        self.urgent = Switch(_URGENT)
        self._help = PlainLabel(role="secondary")
        self._place()
        self._show(action)
        for box in (self.value, self.target):
            box.activated.connect(lambda _: self.changed.emit())
        for field in (self.person, self.people, self.message):
            field.changed.connect(self.changed)
        for check in (*self.audiences.values(), self.urgent):
            check.toggled.connect(lambda _: self.changed.emit())

    @property
    def action(self) -> Action:
        """The action that stands in the fields."""
        kind = self._kind
        told = kind is ActionKind.NOTIFY
        return Action(
            kind=kind,
            value=str(self.value.key) if kind in _VALUES else "",
            target_id=self._target_id(),
            audiences=self._audiences() if told else (),
            person_ids=tuple(int(value) for value in self.people.values) if told else (),
            text=self.message.message if kind in _MESSAGES else "",
            urgent=told and self.urgent.isChecked(),
        )

    @property
    def problem(self) -> str:
        """What is missing, or nothing."""
        return action_problem(self.action)

    @property
    def unfilled(self) -> QWidget:
        """The field that is to be filled in."""
        if self._kind is ActionKind.NOTIFY:
            return next(iter(self.audiences.values()))
        if self._kind is ActionKind.ADD_NOTE:
            return self.message
        return self.person if self._kind is ActionKind.ASSIGN_PERSON else self.target

    def focus_first(self) -> None:
        """Begin with what is done."""
        self.kind.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Show only what there is where nothing can be changed."""
        super().changeEvent(event)
        if event.type() == QEvent.EnabledChange:
            self._show_fields()

    @property
    def _kind(self) -> ActionKind:
        return ActionKind(str(self.kind.key))

    def _build_people(self) -> None:
        self.audiences = {each: QCheckBox(label) for each, label in AUDIENCES.items()}
        self._audience_row = QWidget()
        flow = FlowLayout(spacing=10)
        self._audience_row.setLayout(flow)
        for each, check in self.audiences.items():
            check.setAccessibleName(f"Tell: {AUDIENCES[each].lower()}")
            flow.addWidget(check)
        self.people = ValuePicker("And these people")
        self.people.set_choices(self._names.offered(Sort.STAFF))
        self.people.also_called(lambda value: self._names.of(Sort.STAFF, value))
        self._people_label = FieldLabel("And these people")
        self._people_label.setBuddy(self.people.edit)

    def _place(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.kind, 0, 0)
        for beside in (self.value, self.target, self.person):
            grid.addWidget(beside, 0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(grid)
        column.addWidget(self._help)
        for widget in (self._audience_row, self._people_label, self.people, self.message):
            column.addWidget(widget)
        column.addWidget(self.urgent)

    def _show(self, action: Action) -> None:
        self.kind.set_key(action.kind)
        self._offer()
        self.value.set_key(action.value)
        self._show_target(action.target_id)
        for each, check in self.audiences.items():
            check.setChecked(each in action.audiences)
        self.people.set_values(str(id_) for id_ in action.person_ids)
        self.message.show_message(action.text)
        self.urgent.setChecked(action.urgent)

    def _show_target(self, target_id: int | None) -> None:
        if self._kind is ActionKind.ASSIGN_PERSON:
            self.person.set_values([str(target_id)] if target_id is not None else [])
        elif self._kind in _TARGETS and target_id is not None:
            if self.target.findData(str(target_id)) < 0:
                gone = self._names.of(_TARGETS[self._kind][0], str(target_id))
                self.target.addItem(f"{gone}, no longer there", str(target_id))
            self.target.set_key(str(target_id))

    def _offer(self) -> None:
        """Show the fields of the kind, with what can be chosen."""
        kind = self._kind
        if kind in _VALUES:
            self.value.set_choices(_VALUES[kind])
        if kind in _TARGETS:
            sort, none = _TARGETS[kind]
            self.target.clear()
            self.target.set_choices([(None, none), *self._names.offered(sort)])
            self.target.setAccessibleName(none)
        if kind in _MESSAGES:
            self.message.show_words(*_MESSAGES[kind])
        self._show_fields()

    def _show_fields(self) -> None:
        kind, may_change = self._kind, self.isEnabled()
        told = kind is ActionKind.NOTIFY
        self.value.setVisible(kind in _VALUES)
        self.target.setVisible(kind in _TARGETS)
        self.person.setVisible(kind is ActionKind.ASSIGN_PERSON)
        self._audience_row.setVisible(told)
        for widget in (self._people_label, self.people):
            widget.setVisible(told and (may_change or bool(self.people.values)))
        self.urgent.setVisible(told and (may_change or self.urgent.isChecked()))
        self.message.setVisible(kind in _MESSAGES and (may_change or bool(self.message.message)))
        self._show_help(kind)

    def _show_help(self, kind: ActionKind) -> None:
        words = ACTION_HELP.get(kind, "")
        if kind is ActionKind.POST and not self._names.offered(Sort.CHANNEL):
            words = _NO_CHANNEL
        if kind is ActionKind.SET_TEAM and not self._names.offered(Sort.TEAM):
            words = _NO_TEAM
        self._help.setText(words)
        self._help.setVisible(bool(words))

    def _on_kind(self) -> None:
        self._offer()
        self.changed.emit()

    def _audiences(self) -> tuple[Audience, ...]:
        return tuple(each for each, check in self.audiences.items() if check.isChecked())

    def _target_id(self) -> int | None:
        if self._kind is ActionKind.ASSIGN_PERSON:
            return int(self.person.values[0]) if self.person.values else None
        key = self.target.key if self._kind in _TARGETS else None
        return int(str(key)) if key is not None else None
