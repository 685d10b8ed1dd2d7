# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of a ticket: each can be taken out, and typing offers those that the desk has."""

from __future__ import annotations

from functools import partial

from pydantic import ValidationError
from PyQt5.QtWidgets import QLabel, QVBoxLayout

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.links import TagCount, TagsChange
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.value_picker import ValuePicker

_MOST = 20
_ONE_WORD = "A tag is one word of at most 50 characters, without commas or quotation marks."


class TagsPanel(TicketPanel):
    """A field of tags where tickets are worked, and chips where they are only read."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Offer a field only to those who may change tags."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self.field = ValuePicker("Tags", free=True, most=_MOST)
        self.field.edit.setPlaceholderText("Add a tag")
        self.field.changed.connect(self._on_changed)
        self.field.typed.connect(self._on_typed)
        self.chips: list[Chip] = []
        self._flow = FlowLayout(spacing=4)
        title = QLabel("Tags")
        title.setProperty("role", "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self.field)
        column.addLayout(self._flow)
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Show the tags of a ticket; what is being typed stays."""
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket = ticket
        may_change = self.working and "change" in ticket.allowed
        if is_other:
            self.field.edit.clear()
        self.field.setVisible(may_change)
        if may_change and self.field.values != ticket.tags:
            self.field.set_values(ticket.tags)
        self._show_chips(() if may_change else ticket.tags)
        self.setVisible(may_change or bool(ticket.tags))

    def _show_chips(self, tags: tuple[str, ...]) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [Chip(tag, "neutral", self) for tag in tags]
        for chip in self.chips:
            self._flow.addWidget(chip)
            chip.show()

    def _on_typed(self, text: str) -> None:
        if not text:
            self.field.set_choices(())
            return
        job = self.desktop.background.latest(self, self.desktop.desk.tags.beginning_with, text)
        job.then(partial(self._offer, text))

    def _offer(self, text: str, found: tuple[TagCount, ...]) -> None:
        if text != self.field.edit.text().strip():
            return
        self.field.set_choices([(each.name, _labelled(each)) for each in found])
        self.field.offer()

    def _on_changed(self) -> None:
        if self._ticket is None:
            return
        ticket = self._ticket
        try:
            change = TagsChange(tags=self.field.values, version=ticket.version)
        except ValidationError:
            self.field.set_values(ticket.tags)
            self.failed.emit(Invalid(_ONE_WORD, field="tags"))
            return
        job = self.desktop.background.run(self, self.desktop.desk.tags.set, ticket.id, change)
        job.then(self.changed.emit).failed(partial(self._on_failed, ticket))

    def _on_failed(self, ticket: TicketView, error: Exception) -> None:
        if self._ticket is not None and self._ticket.id == ticket.id:
            self.field.set_values(self._ticket.tags)
        self.failed.emit(error)


def _labelled(tag: TagCount) -> str:
    count = f"{tag.tickets:,}" if tag.exact else f"{tag.tickets:,}+"
    return f"{tag.name}  ({count})"
