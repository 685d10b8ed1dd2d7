# SPDX-License-Identifier: GPL-3.0-or-later
"""Says which column of a CSV file fills which field of a ticket, with examples beside it."""

from __future__ import annotations

from PyQt5.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from helpdesk.client.ticket_sources import Examples
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_TITLES = {
    "ref": "Number there",
    "subject": "Subject",
    "description": "Description",
    "status": "Status",
    "priority": "Priority",
    "category": "Category",
    "requester": "Requester",
    "assignee": "Assignee",
    "created_at": "Opened",
    "resolved_at": "Resolved",
    "closed_at": "Closed",
    "tags": "Tags",
}
_NONE = "None"
_LOWEST = 220


class ColumnsForm(QScrollArea):
    """A field in each row."""

    def __init__(self) -> None:
        """Begin without a file."""
        super().__init__()
        self._examples = Examples((), {}, {})
        self.fields = {field: DropDown() for field in _TITLES}
        self._told = {field: PlainLabel(role="muted", max_lines=1) for field in _TITLES}
        inside = QWidget()
        inside.setProperty("transparent", True)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for row, (field, drop) in enumerate(self.fields.items()):
            drop.setMinimumContentsLength(18)
            drop.currentIndexChanged.connect(self._show_examples)
            grid.addWidget(FieldLabel(_TITLES[field], drop), row, 0)
            grid.addWidget(drop, row, 1)
            grid.addWidget(self._told[field], row, 2)
        column.addLayout(grid)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setMinimumHeight(_LOWEST)
        self.setWidget(inside)

    def show_file(self, examples: Examples) -> None:
        """Offer the columns of a file, with those chosen that are likely."""
        self._examples = examples
        for field, drop in self.fields.items():
            choices: list[tuple[object, str]] = [("", _NONE)]
            choices += [(name, name) for name in dict.fromkeys(examples.header) if name]
            drop.set_choices(choices)
            drop.set_key(examples.guessed.get(field, ""))
        self._show_examples()

    def mapping(self) -> dict[str, str]:
        """Return the column of each field that has one."""
        return {field: str(drop.key) for field, drop in self.fields.items() if drop.key}

    def _show_examples(self) -> None:
        for field, drop in self.fields.items():
            cells = self._examples.cells.get(str(drop.key or ""), ())
            self._told[field].setText(", ".join(cells))
