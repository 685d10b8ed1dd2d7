# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one template for tickets: its text with a live preview, and what it sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.templates import LONGEST_TEMPLATE, TemplateSettings, TemplateView
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.core.template_text import TEMPLATE_VARIABLES, problem_of, sample_of
from helpdesk.core.text import NAME_LIMIT, SUBJECT_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.articles.tag_edit import TagEdit
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.record_section import RecordForm
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import TICKET_TEMPLATES
from helpdesk.ui.tickets.fields_form import FieldsForm
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_TEXT_HEIGHT, _PREVIEW_HEIGHT = 150, 120
_NO_NAME = "Give it a name."
_NO_CATEGORY = "None"
_ROWS = {
    "name": "template_name",
    "subject": "template_subject",
    "description": "template_text",
    "category_id": "template_category",
    "priority": "template_priority",
    "tags": "template_tags",
    "fields": "template_fields",
}
_CARDS = (
    ("Template", ("template_name", "template_staff", "template_active")),
    ("What it says", ("template_subject", "template_text")),
    (
        "What it sets",
        ("template_category", "template_priority", "template_tags", "template_fields"),
    ),
)


class TemplateForm(RecordForm):
    """Three cards: who gets it, what it says, and what it sets."""

    def __init__(self, desktop: Desktop) -> None:
        """Make the fields, empty."""
        super().__init__()
        words = TICKET_TEMPLATES
        self.name = _line(NAME_LIMIT, "Such as New starter")
        self.staff_only = Switch(words.setting("template_staff").name)
        self.active = Switch(words.setting("template_active").name)
        self.subject = _line(SUBJECT_LIMIT, "Such as A laptop for {{ ticket.requester.name }}")
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_TEXT_HEIGHT)
        self.text.setPlaceholderText("Questions, a line each, that whoever uses it answers")
        self.variables = _variables_button()
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setFixedHeight(_PREVIEW_HEIGHT)
        self.preview.setAccessibleName("How it would read")
        self.category = DropDown()
        self.priority = DropDown([(each, each.label) for each in Priority])
        self.tags = TagEdit()
        self.own_fields = FieldsForm(desktop)
        fields: dict[str, QWidget] = {
            "template_name": self.name,
            "template_staff": self.staff_only,
            "template_active": self.active,
            "template_subject": self.subject,
            "template_text": self._writing(),
            "template_category": self.category,
            "template_priority": self.priority,
            "template_tags": self.tags,
            "template_fields": self.own_fields,
        }
        self._rows = {key: SettingRow(words.setting(key), field) for key, field in fields.items()}
        self._lay_out()
        self.set_choices(())
        self._connect()

    def set_choices(self, categories: Sequence[CategoryView]) -> None:
        """Offer the categories of the desk, and its own fields."""
        self.category.set_choices(
            [(None, _NO_CATEGORY), *((each.id, each.name) for each in categories)]
        )
        self.own_fields.load()

    def lock(self) -> None:
        """Let the fields be read."""
        for field in (self.name, self.subject, self.text, self.tags):
            field.setReadOnly(True)
        for other in (self.staff_only, self.active, self.variables, self.category, self.priority):
            other.setEnabled(False)
        self.own_fields.set_read_only(read_only=True)

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys."""
        return self._rows

    def values(self) -> dict[str, Any]:
        """Return what the fields show."""
        return {
            "name": self.name.text().strip(),
            "staff_only": self.staff_only.isChecked(),
            "active": self.active.isChecked(),
            "subject": self.subject.text().strip(),
            "text": self.text.toPlainText(),
            "category": self.category.key,
            "priority": self.priority.key,
            "tags": self.tags.text().strip(),
            "fields": {each.key: each.value for each in self.own_fields.values()},
        }

    def values_of(self, record: TemplateView | None) -> dict[str, Any]:
        """Return what the fields would show of a template, or of a new one."""
        return {
            "name": record.name if record else "",
            "staff_only": bool(record and record.staff_only),
            "active": record.active if record else True,
            "subject": record.subject if record else "",
            "text": record.description if record else "",
            "category": record.category_id if record else None,
            "priority": record.priority if record else Priority.MEDIUM,
            "tags": ", ".join(record.tags) if record else "",
            "fields": {each.key: each.value for each in record.fields} if record else {},
        }

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        blocked = self.blockSignals(True)
        self.name.setText(values["name"])
        self.staff_only.setChecked(values["staff_only"])
        self.active.setChecked(values["active"])
        self.subject.setText(values["subject"])
        self.text.setPlainText(values["text"])
        self.category.set_key(values["category"])
        self.priority.set_key(values["priority"])
        self.tags.setText(values["tags"])
        self.own_fields.clear()
        self.own_fields.set_values(values["fields"])
        self._show_own_fields()
        for row in self._rows.values():
            row.show_error("")
        self.blockSignals(blocked)
        self._show_preview()

    def settings(self) -> TemplateSettings | None:
        """Return what the fields make, or ``None`` after saying at them what is wrong."""
        for row in self._rows.values():
            row.show_error("")
        values = self.values()
        problems = {
            "template_name": "" if values["name"] else _NO_NAME,
            "template_subject": problem_of(values["subject"]),
            "template_text": problem_of(values["text"]),
        }
        # All at once, with the keyboard in the first.
        for key, problem in reversed(problems.items()):
            if problem:
                self._refused(key, problem)
        if any(problems.values()):
            return None
        try:
            return TemplateSettings(
                name=values["name"],
                staff_only=values["staff_only"],
                active=values["active"],
                subject=values["subject"],
                description=values["text"],
                category_id=values["category"],
                priority=values["priority"],
                tags=self.tags.tags,
                fields=self.own_fields.values(),
            )
        except ValidationError as error:
            wrong = invalid(error)
            return self._refused(_ROWS.get(wrong.field or "", "template_text"), str(wrong))

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong."""
        row = self._rows.get(_ROWS.get(field, ""))
        if row is not None:
            row.show_error(sentence)
        return row

    def _refused(self, key: str, sentence: str) -> TemplateSettings | None:
        self._rows[key].show_error(sentence)
        self.focus(key)
        return None

    def _writing(self) -> QWidget:
        """Return the text, what can be put in, and how it would read."""
        field = QWidget()
        column = QVBoxLayout(field)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.text)
        column.addWidget(self.variables, 0, Qt.AlignLeft)
        column.addWidget(PlainLabel("How it would read", role="secondary"))
        column.addWidget(self.preview)
        self.text.setAccessibleName("Description")
        for name, meaning in TEMPLATE_VARIABLES.items():
            action = self.variables.menu().addAction(f"{meaning}\t{{{{ {name} }}}}")
            action.triggered.connect(partial(self._insert, name))
        return field

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for title, keys in _CARDS:
            frame = QFrame()
            card = Card(frame, title)
            for key in keys:
                card.addWidget(self._rows[key])
            column.addWidget(frame)
        self.follow_layout()

    def _connect(self) -> None:
        for line in (self.name, self.tags):
            line.textChanged.connect(lambda _: self.changed.emit())
        self.subject.textChanged.connect(self._on_text)
        self.text.textChanged.connect(self._on_text)
        for switch in (self.staff_only, self.active):
            switch.toggled.connect(lambda _: self.changed.emit())
        self.category.currentIndexChanged.connect(self._on_category)
        self.priority.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.own_fields.changed.connect(self.changed)

    def _on_category(self) -> None:
        self._show_own_fields()
        self.changed.emit()

    def _show_own_fields(self) -> None:
        """Ask for the own fields of the category, if it has some."""
        self.own_fields.show_for(self.category.currentData())
        self._rows["template_fields"].setVisible(bool(self.own_fields.shown))

    def _on_text(self) -> None:
        self._show_preview()
        self.changed.emit()

    def _insert(self, name: str) -> None:
        self.text.insertPlainText(f"{{{{ {name} }}}}")
        self.text.setFocus()

    def _show_preview(self) -> None:
        """Show how it would read, and say at once what nobody can fill in."""
        subject, text = self.subject.text(), self.text.toPlainText()[:LONGEST_TEMPLATE]
        parts = (sample_of(part) for part in (subject, text))
        self.preview.setPlainText("\n\n".join(part for part in parts if part.strip()))
        self._rows["template_subject"].show_error(problem_of(subject))
        self._rows["template_text"].show_error(problem_of(text))


def _line(most: int, example: str) -> QLineEdit:
    line = QLineEdit()
    line.setMaxLength(most)
    line.setPlaceholderText(example)
    return line


def _variables_button() -> QToolButton:
    button = QToolButton()
    button.setText("Put in a variable")
    button.setProperty("kind", "drop")
    button.setPopupMode(QToolButton.InstantPopup)
    button.setMenu(QMenu(button))
    return button
