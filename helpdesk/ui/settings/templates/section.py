# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins set up templates for tickets, in the order of the picker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt5.QtWidgets import QPushButton

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.templates import (
    TemplateChange,
    TemplateOrder,
    TemplateSettings,
    TemplateView,
)
from helpdesk.core.text import ellipsis, single_line
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.record_list import RecordRow
from helpdesk.ui.settings.record_section import RecordSection
from helpdesk.ui.settings.templates.form import TemplateForm
from helpdesk.ui.settings.words import TICKET_TEMPLATES
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.toast import Toast

_SHOWN = 110
_UNDO_SECONDS = 15
_ORDERED = "The order of the templates was saved."


class TemplatesSection(RecordSection):
    """The templates in their order, and the form of one."""

    noun = "template"
    hint = "A template fills a new ticket in: what comes again and again, with its questions."
    read_only = "Only admins change templates; you can read them here."
    movable = True
    permission = Permission.SET_UP_TICKETS

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        self.template_form = TemplateForm(desktop)
        self._categories: dict[int, str] = {}
        super().__init__(desktop, TICKET_TEMPLATES, self.template_form)
        self.list.set_movable(movable=self.may_change)
        self.list.arranged.connect(self._on_arranged)
        if self.may_change:
            self.list.setToolTip("Drag a row, or press Alt with Up or Down, to move it")

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to templates, and to what they can set."""
        return kind in ("template", "category")

    def read(self) -> tuple[Any, ...]:
        """Ask the desk for them, and for what they can set."""
        desk = self.desktop.desk
        return desk.templates.all(), desk.tickets.categories()

    def take(self, told: tuple[Any, ...]) -> None:
        """Offer what they can set."""
        (categories,) = told
        self._categories = {each.id: each.name for each in categories}
        self.template_form.set_choices(categories)

    def row_of(self, record: TemplateView) -> RecordRow:
        """Say how it begins and what it sets."""
        chips: list[tuple[str, Tone]] = []
        if record.staff_only:
            chips.append(("Staff only", "accent"))
        if not record.active:
            chips.append(("not in use", "neutral"))
        sets = [self._categories.get(record.category_id or 0, "")]
        if record.priority is not Priority.MEDIUM:
            sets.append(record.priority.label)
        sets += [f"#{tag}" for tag in record.tags]
        said = single_line(f"{record.subject} {record.description}")
        lines = (ellipsis(said, _SHOWN), " · ".join(filter(None, sets)))
        shown = tuple(line for line in lines if line)
        return RecordRow(record.id, record.name, shown, tuple(chips))

    def save_call(
        self, record: TemplateView | None, settings: TemplateSettings
    ) -> Callable[[], Any]:
        """Keep it behind the others, or change it."""
        templates = self.desktop.desk.templates
        if record is None:
            return partial(templates.add, settings)
        change = TemplateChange(**settings.model_dump(), version=record.version)
        return partial(templates.change, record.id, change)

    def remove_call(self, record: TemplateView) -> Callable[[], Any]:
        """Forget it."""
        return partial(self.desktop.desk.templates.remove, record.id)

    def saved_words(self, record: TemplateView) -> str:
        """Say that tickets can begin with it."""
        return f"{record.name} was saved."

    def buttons(self) -> list[QPushButton]:
        """Move the chosen one up or down."""
        self.up_button = self._button("Move up", lambda: self.list.move_current(-1))
        self.down_button = self._button("Move down", lambda: self.list.move_current(1))
        return [self.up_button, self.down_button]

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen one."""
        super().show_buttons()
        at, focus = self.list.currentRow(), self.focusWidget()
        moves = {self.up_button: at > 0, self.down_button: 0 <= at < self.list.count() - 1}
        for button, leads_on in moves.items():
            button.setEnabled(button.isEnabled() or leads_on)
        if focus in moves and not moves[focus]:
            # A button that leads no further gives the focus to the other one, not to Remove.
            next((each for each in moves if moves[each]), self.list).setFocus()
        for button, leads_on in moves.items():
            button.setEnabled(leads_on)

    def _on_arranged(self, ids: Sequence[int]) -> None:
        self.banner.clear()
        order = TemplateOrder(template_ids=tuple(ids))
        job = self.desktop.background.run(self, self.desktop.desk.templates.arrange, order)
        job.then(self._show_arranged).failed(self._on_not_arranged)

    def _show_arranged(self, templates: Sequence[TemplateView]) -> None:
        self.records = {each.id: each for each in templates}
        self._show_list()
        self.said.emit(_ORDERED)

    def _on_not_arranged(self, error: Exception) -> None:
        self._show_list()
        self.banner.show_error(sentence_of(error))

    def _on_remove(self) -> None:
        """Remove at once: it can be kept again from the toast."""
        if self.chosen is not None:
            self._remove(self.chosen)

    def _on_removed(self, record: TemplateView) -> None:
        super()._on_removed(record)
        again = partial(self._keep_again, record)
        said = f"“{record.name}” was removed."
        Toast.say(self.window(), said, "Undo", again, _UNDO_SECONDS)

    def _keep_again(self, record: TemplateView) -> None:
        kept = {name: getattr(record, name) for name in TemplateSettings.model_fields}
        settings = TemplateSettings.model_validate(kept)
        job = self.desktop.background.run(self, self.desktop.desk.templates.add, settings)
        job.then(lambda _: self.load()).failed(self._on_act_failed)
