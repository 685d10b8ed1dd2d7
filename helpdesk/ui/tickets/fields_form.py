# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk's own fields in the form of a new ticket: those of its category, checked at the field.

What was typed stays when another category hides its field, and is there again with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.custom_fields import FieldView
from helpdesk.core.schemas.tickets import FieldValue
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.field_inputs import field_label, input_for
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

DRAFT = "fields"
"""Under what a draft keeps the fields."""
KIND = "custom_field"
"""What the feed calls a change of the fields."""
_OF_ONE = "fields."
_COLUMNS = 2


class FieldCell(QWidget):
    """A field with its name above, and its help or what is wrong below."""

    def __init__(self, field: FieldView, desktop: Desktop) -> None:
        """Make the widget of its kind."""
        super().__init__()
        self.field = field
        self.input = input_for(field, desktop)
        label = FieldLabel(field_label(field))
        label.setBuddy(self.input)
        self._help = PlainLabel(field.help, role="muted")
        if not field.help:
            self._help.hide()
        self.error = PlainLabel(role="error")
        self.error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(label)
        column.addWidget(self.input)
        column.addWidget(self._help)
        column.addWidget(self.error)
        column.addStretch(1)
        self.input.edited.connect(lambda: self.show_problem(""))

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong in place of the help, or nothing."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.input.mark(wrong=bool(sentence))
        self._help.setVisible(bool(self.field.help) and not sentence)


class FieldsForm(QWidget):
    """Takes no room where a category has no fields."""

    changed = pyqtSignal()
    """The person typed or chose something."""
    arranged = pyqtSignal()
    """Other fields stand there than before."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin without fields; ``load`` asks the desk for them."""
        super().__init__()
        self._desktop = desktop
        self._category_id: int | None = None
        self._values: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._fields: tuple[FieldView, ...] = ()
        self.cells: dict[str, FieldCell] = {}
        """The fields by their keys, those of other categories too."""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 8, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(10)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.hide()
        desktop.feed.changed.connect(self._on_changed)

    def load(self) -> None:
        """Ask the desk for the fields; what is typed stays."""
        job = self._desktop.background.latest(self, self._desktop.desk.custom_fields.all)
        job.then(self.set_fields).failed(self._desktop.background.unheard.emit)

    def set_fields(self, fields: Sequence[FieldView]) -> None:
        """Ask for these fields, in this order."""
        if tuple(fields) == self._fields:
            return
        self._note()
        self._fields = tuple(fields)
        for cell in self.cells.values():
            cell.hide()
            cell.deleteLater()
        self.cells = {each.key: FieldCell(each, self._desktop) for each in fields}
        for cell in self.cells.values():
            cell.setParent(self)
            cell.input.edited.connect(self.changed)
            self._fill(cell)
        self._arrange()

    def show_for(self, category_id: int | None) -> None:
        """Show the fields that are asked for in a category."""
        if category_id != self._category_id:
            self._category_id = category_id
            self._arrange()

    def values(self) -> tuple[FieldValue, ...]:
        """Return what the fields that are shown hold; those without a value are left out."""
        return tuple(
            FieldValue(key=cell.field.key, value=cell.input.text)
            for cell in self.shown
            if cell.input.text
        )

    def set_values(
        self, values: Mapping[str, str], people: Mapping[str, str] | None = None
    ) -> None:
        """Put values into fields by their keys, also into those that are not shown; others stay.

        ``people`` are the names of who is named by an id, where they are known.
        """
        self._people.update(people or {})
        self._values.update(values)
        for key in values:
            if key in self.cells:
                self._fill(self.cells[key])

    def clear(self) -> None:
        """Empty all fields."""
        self._values = {}
        for cell in self.cells.values():
            self._fill(cell)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed, in no category."""
        self._note()
        return not any(self._values.values())

    @property
    def shown(self) -> list[FieldCell]:
        """The fields of the category, in their order."""
        return [cell for cell in self.cells.values() if cell.field.applies_to(self._category_id)]

    def draft(self) -> dict[str, str]:
        """Return what a draft keeps: what is typed, in all categories, as one text."""
        self._note()
        kept = {key: value for key, value in self._values.items() if value}
        if not kept:
            return {}
        return {DRAFT: json.dumps({"values": kept, "people": self._people})}

    def load_draft(self, draft: Mapping[str, str]) -> None:
        """Show what a draft kept, and nothing else."""
        self.clear()
        try:
            kept = json.loads(draft.get(DRAFT) or "{}")
            values, people = kept.get("values", {}), kept.get("people", {})
            self.set_values(dict(values), dict(people))
        except (AttributeError, TypeError, ValueError):
            # A draft that another program wrote says nothing of the fields.
            return

    def check(self) -> bool:
        """Say at each field what is wrong, go to the first such, and return whether all is well."""
        wrong = []
        for cell in self.shown:
            cell.show_problem(cell.input.problem)
            if cell.input.problem:
                wrong.append(cell)
        if wrong:
            wrong[0].input.setFocus()
        return not wrong

    def show_refusal(self, error: Exception) -> bool:
        """Say at a field what the desk found wrong with it; return whether it was one of these."""
        name = (error.field or "") if isinstance(error, DeskError) else ""
        cell = self.cells.get(name.removeprefix(_OF_ONE)) if name.startswith(_OF_ONE) else None
        if cell is None:
            return False
        cell.show_problem(sentence_of(error))
        cell.input.setFocus()
        return True

    def set_read_only(self, *, read_only: bool) -> None:
        """Let nothing be typed while the ticket is on its way."""
        self.setEnabled(not read_only)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == KIND:
            self.load()

    def _note(self) -> None:
        for key, cell in self.cells.items():
            self._values[key] = cell.input.text
            self._people.update(cell.input.people)

    def _fill(self, cell: FieldCell) -> None:
        value = self._values.get(cell.field.key, "")
        cell.input.put(value, self._people.get(value, ""))
        cell.show_problem("")

    def _arrange(self) -> None:
        shown = self.shown
        for cell in self.cells.values():
            self._grid.removeWidget(cell)
            cell.setVisible(cell in shown)
        for place, cell in enumerate(shown):
            self._grid.addWidget(cell, place // _COLUMNS, place % _COLUMNS)
        self.setVisible(bool(shown))
        self.arranged.emit()
