# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one canned reply: its text with a live preview, what it sets, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QCompleter,
    QFrame,
    QGridLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.macro_text import SAMPLE, VARIABLES, fill
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.macros import LONGEST_MACRO, MacroActions, MacroSettings, MacroView
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.core.schemas.tickets import Assignable, CategoryView, Status
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.articles.tag_edit import TagEdit
from helpdesk.ui.settings.record_section import RecordForm
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import CANNED_REPLIES
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.segmented import Segmented

_TEXT_HEIGHT, _PREVIEW_HEIGHT = 150, 120
_STAYS = "Leave as it is"
_ME = "me"
_NO_NAME = "Give it a name."
_FIELDS = {
    "name": "macro_name",
    "folder": "macro_folder",
    "body": "macro_text",
    "shared": "macro_shared",
    "team_id": "macro_shared",
    "actions": "macro_sets",
    "category_id": "macro_sets",
    "assignee_id": "macro_sets",
    "add_tags": "macro_sets",
}


class MacroForm(RecordForm):
    """Three cards: what it says, what it sets, and who has it."""

    def __init__(self, *, may_share: bool) -> None:
        """Make the fields, empty; who may not share keeps all for themselves."""
        super().__init__()
        self._may_share = may_share
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.folder = QLineEdit()
        self.folder.setMaxLength(NAME_LIMIT)
        self.folder.setPlaceholderText("Such as Network")
        self.kind = Segmented([("reply", "Reply"), ("note", "Internal note")])
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_TEXT_HEIGHT)
        self.variables = _variables_button()
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setFixedHeight(_PREVIEW_HEIGHT)
        self.preview.setAccessibleName("How it would read")
        self.status = DropDown([(None, _STAYS), *((each, each.label) for each in Status)])
        self.priority = DropDown([(None, _STAYS), *((each, each.label) for each in Priority)])
        self.category, self.team, self.assignee = DropDown(), DropDown(), DropDown()
        self.tags = TagEdit()
        self.shared = DropDown()
        self._rows = {
            key: SettingRow(CANNED_REPLIES.setting(key), field)
            for key, field in {
                "macro_name": self.name,
                "macro_folder": self.folder,
                "macro_kind": self.kind,
                "macro_text": self._writing(),
                "macro_sets": self._sets(),
                "macro_shared": self.shared,
            }.items()
        }
        self._lay_out()
        self.set_choices((), (), {}, ())
        self._connect()

    def set_choices(
        self,
        categories: Sequence[CategoryView],
        people: Sequence[Assignable],
        teams: Mapping[int, str],
        folders: Sequence[str],
    ) -> None:
        """Offer what the desk has."""
        none = (None, _STAYS)
        self.category.set_choices([none, *((each.id, each.name) for each in categories)])
        self.team.set_choices([none, *teams.items()])
        others = ((each.id, each.full_name) for each in people)
        self.assignee.set_choices([none, (_ME, "Who uses it"), *others])
        shared: list[tuple[object, str]] = [("private", "Only me")]
        if self._may_share:
            shared += [(f"team-{id_}", f"Team {name}") for id_, name in teams.items()]
            shared.append(("all", "All staff"))
        self.shared.set_choices(shared)
        completer = QCompleter(sorted({each for each in folders if each}), self)
        completer.setCaseSensitivity(Qt.CaseInsensitive)
        self.folder.setCompleter(completer)

    def lock(self) -> None:
        """Let the fields be read."""
        for field in (self.name, self.folder, self.text, self.tags):
            field.setReadOnly(True)
        for other in (self.kind, self.variables, self.shared, *self._choices()):
            other.setEnabled(False)

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys."""
        return self._rows

    def values(self) -> dict[str, Any]:
        """Return what the fields show."""
        return {
            "name": self.name.text().strip(),
            "folder": self.folder.text().strip(),
            "kind": self.kind.key,
            "text": self.text.toPlainText(),
            "status": self.status.key,
            "priority": self.priority.key,
            "category": self.category.key,
            "team": self.team.key,
            "assignee": self.assignee.key,
            "tags": self.tags.text().strip(),
            "shared": self.shared.key,
        }

    def values_of(self, record: MacroView | None) -> dict[str, Any]:
        """Return what the fields would show of a canned reply, or of a new one."""
        actions = record.actions if record else MacroActions()
        shared = "private"
        if record is not None and record.shared is Shared.TEAM:
            shared = f"team-{record.team_id}"
        elif record is not None:
            shared = record.shared.value
        return {
            "name": record.name if record else "",
            "folder": record.folder if record else "",
            "kind": "note" if record and record.internal else "reply",
            "text": record.body if record else "",
            "status": actions.status,
            "priority": actions.priority,
            "category": actions.category_id,
            "team": actions.team_id,
            "assignee": _ME if actions.assign_to_me else actions.assignee_id,
            "tags": ", ".join(actions.add_tags),
            "shared": shared,
        }

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        blocked = self.blockSignals(True)
        self.name.setText(values["name"])
        self.folder.setText(values["folder"])
        self.kind.set_key(values["kind"])
        self.text.setPlainText(values["text"])
        self.status.set_key(values["status"])
        self.priority.set_key(values["priority"])
        self.category.set_key(values["category"])
        self.team.set_key(values["team"])
        self.assignee.set_key(values["assignee"])
        self.tags.setText(values["tags"])
        if self.shared.findData(values["shared"]) < 0:
            # Somebody else's, which may be looked at.
            self.shared.addItem(_shared_words(values["shared"]), values["shared"])
        self.shared.set_key(values["shared"])
        for row in self._rows.values():
            row.show_error("")
        self.blockSignals(blocked)
        self._show_preview()

    def settings(self) -> MacroSettings | None:
        """Return what the fields make, or ``None`` after saying at them what is wrong."""
        for row in self._rows.values():
            row.show_error("")
        values = self.values()
        if not values["name"]:
            return self._refused("macro_name", _NO_NAME)
        unknown = fill(values["text"], SAMPLE)
        if unknown.problem:
            return self._refused("macro_text", unknown.problem)
        shared, _, team = str(values["shared"]).partition("-")
        try:
            return MacroSettings(
                name=values["name"],
                folder=values["folder"],
                body=values["text"],
                internal=values["kind"] == "note",
                actions=self._actions(values),
                shared=Shared(shared),
                team_id=int(team) if team else None,
            )
        except ValidationError as error:
            wrong = invalid(error)
            return self._refused(_FIELDS.get(wrong.field or "", "macro_text"), str(wrong))

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong."""
        row = self._rows.get(_FIELDS.get(field, ""))
        if row is not None:
            row.show_error(sentence)
        return row

    def _actions(self, values: Mapping[str, Any]) -> MacroActions:
        assignee = values["assignee"]
        return MacroActions(
            status=values["status"],
            priority=values["priority"],
            category_id=values["category"],
            team_id=values["team"],
            assign_to_me=assignee == _ME,
            assignee_id=None if assignee == _ME else assignee,
            add_tags=self.tags.tags,
        )

    def _refused(self, key: str, sentence: str) -> MacroSettings | None:
        self._rows[key].show_error(sentence)
        self.focus(key)
        return None

    def _choices(self) -> tuple[DropDown, ...]:
        return self.status, self.priority, self.category, self.team, self.assignee

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
        for name, meaning in VARIABLES.items():
            action = self.variables.menu().addAction(f"{meaning}\t{{{{ {name} }}}}")
            action.triggered.connect(partial(self._insert, name))
        return field

    def _sets(self) -> QWidget:
        field = QWidget()
        grid = QGridLayout(field)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        names = ("Status", "Priority", "Category", "Team", "Assignee", "Add tags")
        for place, (name, choice) in enumerate(
            zip(names, (*self._choices(), self.tags), strict=True)
        ):
            choice.setAccessibleName(name)
            grid.addWidget(FieldLabel(name, choice), place, 0)
            grid.addWidget(choice, place, 1)
        grid.setColumnStretch(1, 1)
        return field

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for title, keys in (
            ("Canned reply", ("macro_name", "macro_folder", "macro_kind", "macro_text")),
            ("What it sets", ("macro_sets",)),
            ("Who has it", ("macro_shared",)),
        ):
            frame = QFrame()
            card = Card(frame, title)
            for key in keys:
                card.addWidget(self._rows[key])
            column.addWidget(frame)
        self.text.setAccessibleName("Text")
        self.follow_layout()

    def _connect(self) -> None:
        self.name.textChanged.connect(lambda _: self.changed.emit())
        self.folder.textChanged.connect(lambda _: self.changed.emit())
        self.tags.textChanged.connect(lambda _: self.changed.emit())
        self.kind.chosen.connect(lambda _: self.changed.emit())
        self.text.textChanged.connect(self._on_text)
        for choice in (*self._choices(), self.shared):
            choice.currentIndexChanged.connect(lambda _: self.changed.emit())

    def _on_text(self) -> None:
        self._show_preview()
        self.changed.emit()

    def _insert(self, name: str) -> None:
        self.text.insertPlainText(f"{{{{ {name} }}}}")
        self.text.setFocus()

    def _show_preview(self) -> None:
        """Show the text on a ticket of an example, and say at once what nobody can fill in."""
        text = self.text.toPlainText()[:LONGEST_MACRO]
        filled = fill(text, SAMPLE)
        self.preview.setPlainText(filled.text)
        self._rows["macro_text"].show_error(filled.problem)


def _variables_button() -> QToolButton:
    button = QToolButton()
    button.setText("Put in a variable")
    button.setProperty("kind", "drop")
    button.setPopupMode(QToolButton.InstantPopup)
    button.setMenu(QMenu(button))
    return button


def _shared_words(key: str) -> str:
    return "All staff" if key == "all" else "A team"
