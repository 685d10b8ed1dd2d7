# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins set up the desk's own fields of tickets, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt5.QtWidgets import QPushButton

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.custom_fields import FieldChange, FieldOrder, FieldSetUp, NewField
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.record_list import RecordRow
from helpdesk.ui.settings.record_section import RecordSection
from helpdesk.ui.settings.ticket_fields.form import KINDS, FieldForm
from helpdesk.ui.settings.words import TICKET_FIELDS
from helpdesk.ui.tickets.fields_form import KIND
from helpdesk.ui.tokens import Tone

_MOST_COUNTED = 1_000


class TicketFieldsSection(RecordSection):
    """The list in the order in which fields are asked for, and the form of one."""

    noun = "field"
    hint = "Ask for what tickets lack, such as an asset tag or the day it must be done."
    movable = True
    permission = Permission.SET_UP_TICKETS

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        self.field_form = FieldForm(desktop)
        self._categories: dict[int, str] = {}
        super().__init__(desktop, TICKET_FIELDS, self.field_form)
        # A field is switched off instead: what tickets hold of it stays.
        self.remove_button.hide()
        self.list.set_movable(movable=self.may_change)
        self.list.arranged.connect(self._on_arranged)
        if self.may_change:
            self.list.setToolTip("Drag a row, or press Alt with Up or Down, to move it")

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to fields, and to what they can name."""
        return kind in (KIND, "category")

    def read(self) -> tuple[Any, ...]:
        """Ask the desk for them, and for the categories."""
        desk = self.desktop.desk
        return desk.custom_fields.set_up(), desk.tickets.categories()

    def take(self, told: tuple[Any, ...]) -> None:
        """Offer the categories."""
        (categories,) = told
        self._categories = {each.id: each.name for each in categories}
        self.field_form.set_choices(self._categories)

    def row_of(self, record: FieldSetUp) -> RecordRow:
        """Say its kind, where it is asked for, and whether it must be filled in."""
        names = [self._categories.get(id_, "a retired one") for id_ in record.category_ids]
        where = f"Asked for in {', '.join(names)}" if names else "Asked for in all categories"
        chips: list[tuple[str, Tone]] = []
        if record.required:
            chips.append(("required", "accent"))
        if record.staff_only:
            chips.append(("staff only", "warning"))
        if not record.active:
            chips.append(("not in use", "neutral"))
        what = f"{KINDS[record.kind]} · field.{record.key}"
        return RecordRow(
            record.id, record.name, (where, what), tuple(chips), _tickets(record.tickets)
        )

    def save_call(self, record: FieldSetUp | None, settings: NewField) -> Callable[[], Any]:
        """Add it behind the others, or change it."""
        fields = self.desktop.desk.custom_fields
        if record is None:
            return partial(fields.add, settings)
        change = FieldChange(
            **settings.model_dump(exclude={"key"}),
            active=self.field_form.active.isChecked(),
            version=record.version,
        )
        return partial(fields.change, record.id, change)

    def saved_words(self, record: FieldSetUp) -> str:
        """Say whether it is asked for from now on."""
        if not record.active:
            return f"{record.name} is not asked for any more; tickets keep what they hold of it."
        return f"{record.name} was saved; the next ticket asks for it."

    def buttons(self) -> list[QPushButton]:
        """Move the chosen one up or down."""
        self.up_button = self._button("Move up", lambda: self.list.move_current(-1))
        self.down_button = self._button("Move down", lambda: self.list.move_current(1))
        return [self.up_button, self.down_button]

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen field."""
        super().show_buttons()
        at = self.list.currentRow()
        self.up_button.setEnabled(at > 0)
        self.down_button.setEnabled(0 <= at < self.list.count() - 1)

    def _on_arranged(self, ids: Sequence[int]) -> None:
        self.banner.clear()
        arrange = self.desktop.desk.custom_fields.arrange
        job = self.desktop.background.run(self, arrange, FieldOrder(field_ids=tuple(ids)))
        job.then(self._show_arranged).failed(self._on_not_arranged)

    def _show_arranged(self, fields: Sequence[FieldSetUp]) -> None:
        self.records = {field.id: field for field in fields}
        self._show_list()
        self.said.emit("The order of the fields was saved.")

    def _on_not_arranged(self, error: Exception) -> None:
        self._show_list()
        self.banner.show_error(sentence_of(error))
        self.load()


def _tickets(count: int) -> str:
    if count >= _MOST_COUNTED:
        return f"on {_MOST_COUNTED:,} tickets or more"
    return f"on {counted(count, 'ticket', 'tickets')}" if count else ""
