# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of one thing that a rule does; which there are depends on the kind."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import Action, ActionKind
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.ui.settings.rules.draft import action_problem
from helpdesk.ui.settings.rules.message_edit import MessageEdit
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.told_fields import ToldFields
from helpdesk.ui.settings.rules.vocabulary import ACTION_HELP, ACTIONS, Choices, Sort
from helpdesk.ui.settings.words import CHATS, TEAMS, SectionWords
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
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
_NOTHING_YET: Final[dict[ActionKind, tuple[str, SectionWords]]] = {
    ActionKind.POST: ("There is no chat channel yet", CHATS),
    ActionKind.SET_TEAM: ("There is no team yet", TEAMS),
}
"""What is said where there is nothing to choose, and where that is set up."""
_ASK = "an admin can add one."


class ActionFields(QWidget):
    """Chooses what is done, and how. Fields are made when a kind first needs them."""

    changed = pyqtSignal()
    section_wanted = pyqtSignal(str)
    """Somebody wants to set up what is missing here: the key of a section."""

    def __init__(self, names: Names, action: Action, rights: Collection[str] = ()) -> None:
        """Show an action; ``rights`` say which sections a link may lead to."""
        super().__init__()
        self._rights = rights
        self._names = names
        self.kind = DropDown(list(ACTIONS.items()))
        self.kind.setAccessibleName("What is done")
        self.kind.set_key(action.kind)
        self.kind.activated.connect(lambda _: self._on_kind())
        self.choice: DropDown | None = None
        self.person: ValuePicker | None = None
        self.told: ToldFields | None = None
        self.message: MessageEdit | None = None
        self._help = PlainLabel(role="secondary")
        self.link = LinkButton("")
        self.link.hide()
        self.link.clicked.connect(self._on_link)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self.kind, 0, 0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addLayout(self._grid)
        self._column.addWidget(self._help)
        self._column.addWidget(self.link)
        self._fit(self.kind)
        self._offer()
        self._show(action)

    @property
    def action(self) -> Action:
        """The action that stands in the fields."""
        kind = self._kind
        told = self.told if kind is ActionKind.NOTIFY else None
        return Action(
            kind=kind,
            value=str(self.choice.key) if self.choice and kind in _VALUES else "",
            target_id=self._target_id(),
            audiences=told.chosen if told else (),
            person_ids=told.person_ids if told else (),
            text=self.message.message if self.message and kind in _MESSAGES else "",
            urgent=told is not None and told.urgent.isChecked(),
        )

    @property
    def problem(self) -> str:
        """What is missing, or nothing."""
        picker = self._picker
        if picker is not None and picker.untaken:
            return picker.untaken_problem
        return action_problem(self.action)

    @property
    def unfilled(self) -> QWidget:
        """The field that is to be filled in."""
        picker = self._picker
        if picker is not None and picker.untaken:
            return picker
        if self._kind is ActionKind.NOTIFY and self.told:
            return next(iter(self.told.audiences.values()))
        needed = {ActionKind.ADD_NOTE: self.message, ActionKind.ASSIGN_PERSON: self.person}
        return needed.get(self._kind, self.choice) or self.kind

    def focus_first(self) -> None:
        """Begin with what is done."""
        self.kind.setFocus()

    def offer_anew(self) -> None:
        """Offer what the desk has now; what was chosen stays chosen."""
        if self._kind in _TARGETS and self.choice is not None:
            target = self._target_id()
            self._offer_choices(self._kind)
            if target is not None:
                self._show_target(str(target))
        self._show_help(self._kind)

    def changeEvent(self, event: QEvent) -> None:
        """Show only what there is where nothing can be changed."""
        super().changeEvent(event)
        if event.type() == QEvent.EnabledChange:
            self._show_fields()

    @property
    def _kind(self) -> ActionKind:
        return ActionKind(str(self.kind.key))

    @property
    def _picker(self) -> ValuePicker | None:
        """The field for people that this kind has."""
        if self._kind is ActionKind.NOTIFY and self.told:
            return self.told.people
        return self.person if self._kind is ActionKind.ASSIGN_PERSON else None

    @staticmethod
    def _fit(box: DropDown) -> None:
        box.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        box.setMinimumWidth(_LEAST_WIDTH)

    def _show(self, action: Action) -> None:
        if self.choice and self._kind in _VALUES:
            self.choice.set_key(action.value)
        if action.target_id is not None:
            self._show_target(str(action.target_id))
        if self.told:
            self.told.show_action(action)
        if self.message:
            self.message.show_message(action.text)

    def _show_target(self, value: str) -> None:
        if self.person and self._kind is ActionKind.ASSIGN_PERSON:
            self.person.set_values([value])
        elif self.choice and self._kind in _TARGETS:
            if self.choice.findData(value) < 0:
                gone = self._names.of(_TARGETS[self._kind][0], value)
                self.choice.addItem(f"{gone}, no longer there", value)
            self.choice.set_key(value)

    def _offer(self) -> None:
        """Make the fields of the kind, with what can be chosen, and show them alone."""
        kind = self._kind
        if kind in _VALUES or kind in _TARGETS:
            self._offer_choices(kind)
        if kind is ActionKind.ASSIGN_PERSON and self.person is None:
            self._make_person()
        if kind is ActionKind.NOTIFY and self.told is None:
            self.told = ToldFields(self._names)
            self.told.changed.connect(self.changed)
            self._column.insertWidget(2, self.told)
        if kind in _MESSAGES:
            if self.message is None:
                self.message = MessageEdit()
                self.message.changed.connect(self.changed)
                self._column.addWidget(self.message)
            self.message.show_words(*_MESSAGES[kind])
        self._show_fields()
        self._show_help(kind)

    def _offer_choices(self, kind: ActionKind) -> None:
        if self.choice is None:
            self.choice = DropDown()
            self.choice.activated.connect(lambda _: self.changed.emit())
            self._fit(self.choice)
            self._grid.addWidget(self.choice, 0, 1)
        self.choice.clear()
        if kind in _VALUES:
            self.choice.set_choices(_VALUES[kind])
            self.choice.setAccessibleName("New value")
        else:
            sort, none = _TARGETS[kind]
            self.choice.set_choices([(None, none), *self._names.offered(sort)])
            self.choice.setAccessibleName(none)

    def _make_person(self) -> None:
        self.person = ValuePicker("Person", single=True)
        self.person.set_choices(self._names.offered(Sort.STAFF))
        self.person.also_called(lambda value: self._names.of(Sort.STAFF, value))
        self.person.changed.connect(self.changed)
        self._grid.addWidget(self.person, 0, 1)

    def _show_fields(self) -> None:
        kind, message = self._kind, self.message
        says = kind in _MESSAGES and (self.isEnabled() or bool(message and message.message))
        for field, is_shown in (
            (self.choice, kind in _VALUES or kind in _TARGETS),
            (self.person, kind is ActionKind.ASSIGN_PERSON),
            (self.told, kind is ActionKind.NOTIFY),
            (message, says),
        ):
            if field is not None:
                field.setVisible(is_shown)

    def _show_help(self, kind: ActionKind) -> None:
        words, leads = ACTION_HELP.get(kind, ""), False
        if kind in _NOTHING_YET and not self._names.offered(_TARGETS[kind][0]):
            missing, section = _NOTHING_YET[kind]
            leads = section.permission in self._rights
            words = f"{missing}." if leads else f"{missing}; {_ASK}"
            self.link.setText(f"Open {section.title}")
        self.link.setVisible(leads)
        self._help.setText(words)
        self._help.setVisible(bool(words))

    def _on_link(self) -> None:
        if self._kind in _NOTHING_YET:
            self.section_wanted.emit(_NOTHING_YET[self._kind][1].key)

    def _on_kind(self) -> None:
        self._offer()
        self.changed.emit()

    def _target_id(self) -> int | None:
        if self._kind is ActionKind.ASSIGN_PERSON:
            chosen = self.person.values if self.person else ()
            return int(chosen[0]) if chosen else None
        key = self.choice.key if self.choice and self._kind in _TARGETS else None
        return int(str(key)) if key is not None else None
