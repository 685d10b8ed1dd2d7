# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans one recurring ticket: what it says, and when it comes; its next dates show meanwhile."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.links import Candidate
from helpdesk.core.schemas.recurrences import (
    RecurrenceChange,
    RecurrenceSettings,
    RecurrenceView,
    RuleDates,
)
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.tickets import Assignable, CategoryView, Priority
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import NAME_LIMIT, SUBJECT_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.recurring.rule_form import RuleForm, problem_of
from helpdesk.ui.settings.recurring.words import dates_words
from helpdesk.ui.tickets.bulk.tags_dialog import tags_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.value_picker import ValuePicker

_WIDTH, _LINES, _DATES = 860, 72, 5
_READING = "Working out the dates…"
_NO_DATES = "The rule has no date from now on."
_NO_REQUESTER = "Choose for whom the ticket is opened."


class Choices(NamedTuple):
    """What can be chosen for a ticket."""

    categories: tuple[CategoryView, ...]
    staff: tuple[Assignable, ...]
    teams: tuple[TeamView, ...]


def read_choices(desk: HelpDesk) -> Choices:
    """Read what can be chosen; runs on a thread of the pool."""
    return Choices(desk.tickets.categories(), desk.tickets.assignable(), desk.teams.all())


class RecurrenceDialog(Dialog):
    """The ticket on one side, the rule with its next five dates on the other."""

    saved = pyqtSignal(object)
    """The ``RecurrenceView`` that was planned or changed."""

    def __init__(
        self,
        desktop: Desktop,
        choices: Choices,
        shown: RecurrenceSettings,
        requester: PersonRef,
        parent: QWidget,
        *,
        known: RecurrenceView | None = None,
    ) -> None:
        """Show settings to begin with; ``known`` is what is changed, if it is there already."""
        super().__init__(parent)
        self._desktop, self._known = desktop, known
        self._names = {str(requester.id): requester.full_name}
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Change recurring ticket" if known else "New recurring ticket")
        self._make_fields(choices)
        self.rule = RuleForm()
        self.dates = PlainLabel("", role="muted")
        self.words = PlainLabel("", role="strong")
        self._message = PlainLabel(role="error")
        self._message.hide()
        self.foot = DialogFoot(self, "Save")
        self.foot.save_button.clicked.connect(lambda: self._on_save())
        self._build()
        self._show(shown)
        self.rule.changed.connect(self._preview)
        self._preview()
        self.name.setFocus()

    def _make_fields(self, choices: Choices) -> None:
        self.name, self.subject, self.tags = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.subject.setMaxLength(SUBJECT_LIMIT)
        self.tags.setPlaceholderText("vpn, lyon")
        self.description, self.tasks = QPlainTextEdit(), QPlainTextEdit()
        for text in (self.description, self.tasks):
            text.setTabChangesFocus(True)
            text.setFixedHeight(_LINES)
        self.requester = ValuePicker("Requester", single=True)
        self.requester.also_called(lambda value: self._names.get(value, f"person {value}"))
        self.requester.edit.textEdited.connect(self._on_typed)
        none: tuple[object, str] = (None, "None")
        self.category = DropDown([none, *((each.id, each.name) for each in choices.categories)])
        self.priority = DropDown([(each, each.label) for each in Priority])
        self.team = DropDown([none, *((each.id, each.name) for each in choices.teams)])
        nobody: tuple[object, str] = (None, "Nobody")
        self.assignee = DropDown([nobody, *((each.id, each.full_name) for each in choices.staff)])

    def _build(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(6)
        right.setSpacing(6)
        for words, field in (
            ("&Name of the plan", self.name),
            ("&Subject of each ticket", self.subject),
            ("&Description", self.description),
            ("For &whom", self.requester),
        ):
            left.addWidget(FieldLabel(words, field))
            left.addWidget(field)
        left.addLayout(_pair("&Category", self.category, "&Priority", self.priority))
        left.addLayout(_pair("&Team", self.team, "&Assignee", self.assignee))
        for words, field in (
            ("Ta&gs", self.tags),
            ("Chec&klist, one thing a line", self.tasks),
        ):
            left.addWidget(FieldLabel(words, field))
            left.addWidget(field)
        left.addStretch(1)
        right.addWidget(self.rule)
        right.addSpacing(8)
        right.addWidget(self.words)
        right.addWidget(PlainLabel("The next dates, by your clock:", role="secondary"))
        right.addWidget(self.dates)
        right.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(24)
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(PlainLabel(self.windowTitle(), role="title"))
        column.addLayout(both, 1)
        column.addWidget(self._message)
        column.addLayout(self.foot)
        self.setFixedWidth(_WIDTH)

    def _show(self, shown: RecurrenceSettings) -> None:
        self.name.setText(shown.name)
        self.subject.setText(shown.subject)
        self.description.setPlainText(shown.description)
        self.requester.set_values((str(shown.requester_id),))
        self.category.set_key(shown.category_id)
        self.priority.set_key(shown.priority)
        self.team.set_key(shown.team_id)
        self.assignee.set_key(shown.assignee_id)
        self.tags.setText(", ".join(shown.tags))
        self.tasks.setPlainText("\n".join(shown.tasks))
        self.rule.show_rule(shown.rule, shown.time_zone, shown.starts_at)

    def _on_typed(self, text: str) -> None:
        if text.strip():
            ask = self._desktop.desk.watchers.candidates
            job = self._desktop.background.latest(self.requester, ask, text.strip())
            job.then(self._offer_people)

    def _offer_people(self, found: tuple[Candidate, ...]) -> None:
        self._names |= {str(each.person.id): each.person.full_name for each in found}
        self.requester.set_choices([(str(each.person.id), each.person.full_name) for each in found])
        self.requester.offer()

    def _preview(self) -> None:
        """Ask for the dates of what the fields say now."""
        if problem := problem_of(self.rule):
            self._show_dates(problem, "")
            return
        self.dates.setText(_READING + "\n" * (_DATES - 1))
        ask = self._desktop.desk.recurrences.preview
        job = self._desktop.background.latest(self.rule, ask, self.rule.ask)
        job.then(self._on_dates).failed(lambda error: self._show_dates(sentence_of(error), ""))

    def _on_dates(self, found: RuleDates) -> None:
        self._show_dates(found.words, dates_words(found.dates) if found.dates else _NO_DATES)

    def _show_dates(self, words: str, dates: str) -> None:
        self.words.setText(words)
        self.dates.setText(dates + "\n" * (_DATES - 1 - dates.count("\n")))

    def _on_save(self) -> None:
        sentence = self._problem()
        self._say(sentence)
        if sentence:
            return
        try:
            settings = self._settings()
        except (ValidationError, DeskError) as error:
            wrong = invalid(error) if isinstance(error, ValidationError) else error
            self._say(str(wrong))
            return
        self.foot.save_button.setEnabled(False)
        recurrences, known = self._desktop.desk.recurrences, self._known
        if known is None:
            job = self._desktop.background.run(self, recurrences.add, settings)
        else:
            change = RecurrenceChange(**settings.model_dump(), version=known.version)
            job = self._desktop.background.run(self, recurrences.change, known.id, change)
        job.then(self._on_saved).failed(self._on_failed)

    def _problem(self) -> str:
        if not self.name.text().strip():
            return "Give the plan a name."
        if not self.requester.values:
            return self.requester.untaken_problem or _NO_REQUESTER
        return problem_of(self.rule)

    def _settings(self) -> RecurrenceSettings:
        ask = self.rule.ask
        tasks = (each.strip() for each in self.tasks.toPlainText().splitlines())
        return RecurrenceSettings(
            name=self.name.text().strip(),
            subject=self.subject.text().strip(),
            description=self.description.toPlainText().strip(),
            requester_id=int(self.requester.values[0]),
            category_id=_id(self.category),
            priority=Priority(str(self.priority.key)),
            team_id=_id(self.team),
            assignee_id=_id(self.assignee),
            tags=tags_of(self.tags.text()),
            tasks=tuple(each for each in tasks if each),
            rule=ask.rule,
            time_zone=ask.time_zone,
            starts_at=ask.starts_at,
        )

    def _on_saved(self, view: RecurrenceView) -> None:
        self.accept()
        self.saved.emit(view)

    def _on_failed(self, error: Exception) -> None:
        self.foot.save_button.setEnabled(True)
        self._say(sentence_of(error))

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))


def _pair(first: str, one: QWidget, second: str, other: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for words, field in ((first, one), (second, other)):
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(FieldLabel(words, field))
        column.addWidget(field)
        row.addLayout(column, 1)
    return row


def _id(field: DropDown) -> int | None:
    return field.key if isinstance(field.key, int) else None
