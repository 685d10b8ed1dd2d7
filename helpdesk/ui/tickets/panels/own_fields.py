# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk's own fields of a ticket: staff change them in place, others read them."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError, Invalid
from helpdesk.core.schemas.custom_fields import FieldsChange, FieldView
from helpdesk.core.schemas.tickets import FieldValue, TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.field_inputs import field_label, input_for
from helpdesk.ui.tickets.fields_form import KIND
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.widgets.plain_label import PlainLabel

_ELSEWHERE = "Kept from another category"


class FieldRow(QWidget):
    """A field that can be changed: what is typed is sent when one is done with it."""

    def __init__(self, field: FieldView, desktop: Desktop) -> None:
        """Begin empty."""
        super().__init__()
        self.field = field
        self.known = ""
        """The value that the desk has."""
        self.input = input_for(field, desktop)
        self.problem = PlainLabel(role="error")
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        column.addWidget(PlainLabel(field_label(field), role="secondary"))
        column.addWidget(self.input)
        column.addWidget(self.problem)
        self.input.edited.connect(lambda: self.say(""))

    @property
    def is_changed(self) -> bool:
        """Whether something else stands there than the desk has."""
        return self.input.text != self.known

    def put(self, value: str, shown: str) -> None:
        """Show what the desk has; what is being typed stays over it."""
        was_typed = self.is_changed and self.input.text != value
        self.known = value
        if not was_typed:
            self.input.put(value, shown)
            self.say("")

    def forget(self) -> None:
        """Forget what is being typed: it was about another ticket."""
        self.known = self.input.text

    def say(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.input.mark(wrong=bool(sentence))


class OwnFieldsPanel(TicketPanel):
    """The fields of the ticket's category, and what it has kept from others."""

    arranged = pyqtSignal()
    """Other fields stand there than before."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Ask for the fields with the first ticket."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self._fields: tuple[FieldView, ...] = ()
        self._has_asked = self._is_busy = False
        self._waiting: list[str] = []
        self.rows: dict[str, FieldRow] = {}
        """What can be changed, by the key of the field."""
        self._made: dict[str, FieldRow] = {}
        """These, and those of other categories, which are not shown."""
        self._labels: list[QWidget] = []
        self.problem = PlainLabel(role="error")
        self.problem.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.problem)
        desktop.feed.changed.connect(self._on_changed)
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Show the fields of a ticket; what is being typed on the same one stays."""
        if self._ticket is None or self._ticket.id != ticket.id:
            self._waiting = []
            for row in self.rows.values():
                row.forget()
        self._ticket = ticket
        if self.working and not self._has_asked:
            self._has_asked = True
            self._load()
        self._show()

    @property
    def words(self) -> tuple[str, ...]:
        """What is only read here."""
        return tuple(
            each.text() for label in self._labels for each in label.findChildren(PlainLabel)
        )

    def _load(self) -> None:
        job = self.desktop.background.latest(self, self.desktop.desk.custom_fields.all)
        job.then(self._on_loaded).failed(self._on_not_loaded)

    def _on_loaded(self, fields: tuple[FieldView, ...]) -> None:
        self.problem.hide()
        if fields != self._fields:
            self._fields = fields
            self._drop_rows()
        self._show()

    def _on_not_loaded(self, error: Exception) -> None:
        """Let the values be read that came with the ticket, and try again with the next one."""
        self._has_asked = False
        self.problem.setText(sentence_of(error))
        self.problem.show()
        self._show()

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == KIND and self._has_asked:
            self._load()

    def _show(self) -> None:
        ticket = self._ticket
        if ticket is None:
            return
        may_change = self.working and "change" in ticket.allowed
        category_id = ticket.category.id if ticket.category else None
        asked = [each for each in self._fields if may_change and each.applies_to(category_id)]
        if [each.key for each in asked] != list(self.rows):
            self._make_rows(asked)
        values = {each.key: each for each in ticket.fields}
        for key, row in self.rows.items():
            value = values.get(key)
            row.put(value.value if value else "", value.shown if value else "")
        self._show_labels(ticket)
        self.setVisible(bool(self.rows or self._labels) or not self.problem.isHidden())

    def _show_labels(self, ticket: TicketView) -> None:
        for label in self._labels:
            label.hide()
            label.deleteLater()
        self._labels = []
        for each in ticket.fields:
            if each.key in self.rows:
                continue
            note = "" if each.applies or not self.working else _ELSEWHERE
            label = _read_only(each.name, each.shown, note)
            self._column.addWidget(label)
            self._labels.append(label)
            label.show()

    def _make_rows(self, fields: list[FieldView]) -> None:
        """Show the rows of some fields, in their order; each is made once."""
        wanted = {each.key for each in fields}
        for key, row in self.rows.items():
            if key not in wanted:
                row.forget()
                row.hide()
        self.rows = {each.key: self._made.get(each.key) or self._made_for(each) for each in fields}
        for row in self.rows.values():
            row.show()
        self.arranged.emit()

    def _made_for(self, field: FieldView) -> FieldRow:
        row = self._made[field.key] = FieldRow(field, self.desktop)
        row.input.taken.connect(partial(self._on_taken, field.key))
        before = self._fields[: self._fields.index(field)]
        place = 1 + sum(each.key in self._made for each in before)
        self._column.insertWidget(place, row)
        return row

    def _drop_rows(self) -> None:
        for row in self._made.values():
            row.blockSignals(True)
            row.input.blockSignals(True)
            row.hide()
            row.deleteLater()
        self.rows, self._made = {}, {}
        self._waiting = []

    def _on_taken(self, key: str) -> None:
        row = self.rows.get(key)
        if row is None or not row.is_changed:
            return
        if problem := row.input.problem:
            row.say(problem)
            return
        if key not in self._waiting:
            self._waiting.append(key)
        self._send()

    def _send(self) -> None:
        """Send what waits, one call at a time: each needs the version that the last one made."""
        ticket = self._ticket
        changed = [self.rows[key] for key in self._waiting if key in self.rows]
        changed = [row for row in changed if row.is_changed]
        if self._is_busy or ticket is None or not changed:
            return
        self._waiting, self._is_busy = [], True
        values = tuple(FieldValue(key=row.field.key, value=row.input.text) for row in changed)
        change = FieldsChange(fields=values, version=ticket.version)
        job = self.desktop.background.run(
            self, self.desktop.desk.custom_fields.set, ticket.id, change
        )
        job.then(partial(self._on_done, changed)).failed(partial(self._on_failed, ticket.id))

    def _on_done(self, changed: list[FieldRow], ticket: TicketView) -> None:
        self._is_busy = False
        if self._ticket is not None and self._ticket.id == ticket.id:
            now = {each.key: each.value for each in ticket.fields}
            for row in changed:
                if self.rows.get(row.field.key) is row:
                    row.known = row.input.text
                    row.put(now.get(row.field.key, ""), "")
        self.changed.emit(ticket)
        self._send()

    def _on_failed(self, ticket_id: int, error: Exception) -> None:
        self._is_busy = False
        name = (error.field or "") if isinstance(error, DeskError) else ""
        row = self.rows.get(name.removeprefix("fields."))
        is_shown = self._ticket is not None and self._ticket.id == ticket_id
        if isinstance(error, Invalid) and row is not None and is_shown:
            row.say(sentence_of(error))
        else:
            self.failed.emit(error)


def _read_only(name: str, shown: str, note: str) -> QWidget:
    label = QWidget()
    column = QVBoxLayout(label)
    column.setContentsMargins(0, 6, 0, 0)
    column.setSpacing(2)
    column.addWidget(PlainLabel(name, role="secondary"))
    column.addWidget(PlainLabel(shown))
    if note:
        column.addWidget(PlainLabel(note, role="muted"))
    return label
