# SPDX-License-Identifier: GPL-3.0-or-later
"""All fields of a rule: its name, when, if and then, and the rule as one sentence."""

from __future__ import annotations

from collections.abc import Collection

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import MOST_ACTIONS, Action, ActionKind, Audience
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.rules.action_fields import ActionFields
from helpdesk.ui.settings.rules.condition_fields import ConditionFields, PeopleSearch
from helpdesk.ui.settings.rules.draft import NO_ACTION, NO_CLOCK, NO_NAME, RuleDraft
from helpdesk.ui.settings.rules.if_card import IfCard
from helpdesk.ui.settings.rules.movable_rows import MovableRow, MovableRows
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.sentence import sentence
from helpdesk.ui.settings.rules.when_card import WhenCard
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_NAME_WIDTH = 460


class RuleForm(QWidget):
    """Shows a draft, and is one."""

    edited = pyqtSignal()
    section_wanted = pyqtSignal(str)

    def __init__(
        self, find_people: PeopleSearch, *, due: bool, rights: Collection[str] = ()
    ) -> None:
        """Ask for an escalation step, ``due`` by a clock, or for another rule."""
        super().__init__()
        self._rights = rights
        self._names: Names | None = None
        self._is_shown = False
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.name.setMaximumWidth(_NAME_WIDTH)
        self.active = Switch("Switched on")
        self._name_error = PlainLabel(role="error")
        self._name_error.hide()
        self.when = WhenCard(due=due)
        self.conditions = IfCard(find_people)
        self.action_rows = MovableRows("action", "Add an action", MOST_ACTIONS, self._new_action)
        self._action_error = PlainLabel(role="error")
        self._action_error.hide()
        self._sentence = PlainLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for widget in (self._name_card(), self.when, self.conditions, self._then_card()):
            column.addWidget(widget)
        column.addWidget(self._sentence_card())
        self._follow()

    @property
    def draft(self) -> RuleDraft:
        """What stands in the fields."""
        return RuleDraft(
            name=self.name.text().strip(),
            active=self.active.isChecked(),
            trigger=self.when.chosen,
            clocks=self.when.chosen_clocks,
            offset_minutes=self.when.offset_minutes,
            conditions=self.conditions.conditions,
            any_conditions=self.conditions.any_conditions,
            actions=tuple(fields.action for fields in self._action_fields()),
        )

    @property
    def words(self) -> str:
        """The rule as one sentence."""
        return str(self._sentence.text())

    def show_draft(self, draft: RuleDraft, names: Names) -> None:
        """Show a draft without telling."""
        self._names, self._is_shown = names, False
        self.name.setText(draft.name)
        self.active.setChecked(draft.active)
        self.when.show_when(draft.trigger, draft.clocks, draft.offset_minutes)
        self.conditions.show_conditions(
            names, draft.trigger, draft.conditions, draft.any_conditions
        )
        self.action_rows.clear()
        for action in draft.actions:
            self.action_rows.add(self._fields_of(action, names))
        self._clear_problems()
        self._is_shown = True
        self._show_sentence()

    def show_names(self) -> None:
        """Say anew what people are called, after they were looked up."""
        self.conditions.show_names()
        self._show_sentence()

    def offer_anew(self) -> None:
        """Offer what the desk has now, which is more once somebody has set it up."""
        for fields in self._action_fields():
            fields.offer_anew()

    def set_fixed(self, *, fixed: bool) -> None:
        """Let everything only be read."""
        self.name.setReadOnly(fixed)
        self.active.setEnabled(not fixed)
        self.when.set_fixed(fixed=fixed)
        self.conditions.set_fixed(fixed=fixed)
        self.action_rows.set_fixed(fixed=fixed)

    def show_problems(self, *, needs_name: bool = True) -> QWidget | None:
        """Say at each place what is wrong; the first such place gets the focus and is returned."""
        self._clear_problems()
        draft = self.draft
        found: QWidget | None = None
        if needs_name and not draft.name:
            self.say_of("name", NO_NAME)
            found = found or self.name
        if self.when.is_due and not draft.clocks:
            self.when.show_error(NO_CLOCK)
            found = found or self.when
        for wrong in (self.conditions.show_problems(), self.action_rows.show_problems()):
            found = found or wrong
        if not draft.actions:
            self.say_of("actions", NO_ACTION)
            found = found or self.action_rows.add_button
        self._focus_on(found)
        return found

    def say_of(self, field: str, problem: str) -> QWidget | None:
        """Say at a field what is wrong with it, and return its place where there is one."""
        if field == "name":
            self._name_error.setText(problem)
            self._name_error.setVisible(bool(problem))
            self.name.setProperty("invalid", bool(problem))
            self.name.style().unpolish(self.name)
            self.name.style().polish(self.name)
            return self.name
        if field in ("conditions", "any_conditions"):
            self.conditions.show_error(problem)
            return self.conditions
        if field == "actions":
            self._action_error.setText(problem)
            self._action_error.setVisible(bool(problem))
            return self._action_error
        return None

    def error_of(self, field: str) -> str:
        """Return what is said to be wrong with the name or the actions."""
        label = self._name_error if field == "name" else self._action_error
        return "" if label.isHidden() else str(label.text())

    def _follow(self) -> None:
        self.name.textEdited.connect(lambda _: self._on_edited())
        self.name.textChanged.connect(lambda _: self.say_of("name", ""))
        self.active.toggled.connect(lambda _: self._on_edited())
        self.when.changed.connect(self._on_when)
        self.conditions.changed.connect(self._on_edited)
        self.action_rows.changed.connect(self._on_edited)

    def _name_card(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "card")
        column = QVBoxLayout(frame)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.name, 1)
        row.addWidget(self.active)
        row.addStretch(0)
        column.addWidget(FieldLabel("Name", self.name))
        column.addLayout(row)
        column.addWidget(self._name_error)
        return frame

    def _then_card(self) -> QFrame:
        frame = QFrame()
        card = Card(frame, "Then")
        card.setSpacing(10)
        card.addWidget(self.action_rows)
        card.addWidget(self._action_error)
        return frame

    def _sentence_card(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "sentence")
        column = QVBoxLayout(frame)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(4)
        column.addWidget(PlainLabel("In one sentence", role="field"))
        self._sentence.setAccessibleName("The rule in one sentence")
        column.addWidget(self._sentence)
        return frame

    def _new_action(self) -> ActionFields:
        assert self._names is not None  # noqa: S101 - shown before anything is added
        told = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))
        return self._fields_of(told, self._names)

    def _fields_of(self, action: Action, names: Names) -> ActionFields:
        fields = ActionFields(names, action, self._rights)
        fields.section_wanted.connect(self.section_wanted)
        return fields

    def _action_fields(self) -> list[ActionFields]:
        return [each for each in self.action_rows.contents if isinstance(each, ActionFields)]

    def _clear_problems(self) -> None:
        self.say_of("name", "")
        self.when.show_error("")
        self.conditions.show_error("")
        self.say_of("actions", "")

    def _focus_on(self, found: QWidget | None) -> None:
        if isinstance(found, WhenCard):
            found.focus_first()
        elif isinstance(found, MovableRow):
            content = found.content
            if isinstance(content, ActionFields | ConditionFields):
                content.unfilled.setFocus()
        elif found is not None:
            found.setFocus()

    def _on_when(self) -> None:
        if self._is_shown:
            self.conditions.show_trigger(self.when.chosen)
            self._on_edited()

    def _on_edited(self) -> None:
        if not self._is_shown:
            return
        if self.action_rows.rows:
            self.say_of("actions", "")
        self._show_sentence()
        self.edited.emit()

    def _show_sentence(self) -> None:
        if self._names is not None:
            self._sentence.setText(sentence(self.draft, self._names.entries))
