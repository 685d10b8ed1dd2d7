# SPDX-License-Identifier: GPL-3.0-or-later
"""Happenings by channels: one row for each happening, with a field for each way to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from helpdesk.core.schemas.notifications import Delivery, Happening, Preference
from helpdesk.ui.notifications.words import GROUPS, WORDS
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_HEADS: Final = ("In the window", "Desktop", "E-mail")
_MAIL: Final = (
    (Delivery.OFF, "Off"),
    (Delivery.NOW, "At once"),
    (Delivery.DIGEST, "Daily digest"),
)
_SWITCH_WIDTH, _MAIL_WIDTH = 92, 148


class _Fields(NamedTuple):
    app: Switch
    desktop: Switch
    mail: DropDown

    def read(self, happening: Happening) -> Preference:
        key = self.mail.key
        mail = key if isinstance(key, Delivery) else Delivery.OFF
        return Preference(
            happening=happening,
            app=self.app.isChecked(),
            desktop=self.desktop.isChecked(),
            mail=mail,
        )

    def write(self, choice: Preference) -> None:
        self.app.setChecked(choice.app)
        self.desktop.setChecked(choice.desktop)
        self.mail.set_key(choice.mail)


class Matrix(QWidget):
    """Shows the happenings that the desk names, in groups."""

    edited = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._fields: dict[Happening, _Fields] = {}
        self._shown: dict[Happening, Preference] = {}
        self._is_filling = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._inside: QWidget | None = None

    def field(self, happening: Happening) -> _Fields:
        """Return the fields of a happening."""
        return self._fields[happening]

    def show_choices(
        self, choices: Sequence[Preference], edits: Mapping[Happening, Preference]
    ) -> None:
        """Show how one is told of what, and over it what was changed and is not saved yet."""
        if [each.happening for each in choices] != list(self._shown):
            self._build(choices)
        self._shown = {each.happening: each for each in choices}
        self._is_filling = True
        for happening, fields in self._fields.items():
            fields.write(edits.get(happening, self._shown[happening]))
        self._is_filling = False

    def edits(self) -> dict[Happening, Preference]:
        """Return what was changed by hand."""
        read = {happening: fields.read(happening) for happening, fields in self._fields.items()}
        return {each: choice for each, choice in read.items() if choice != self._shown[each]}

    def _build(self, choices: Sequence[Preference]) -> None:
        """Make the rows anew: another role has others."""
        if self._inside is not None:
            self._inside.hide()
            self._inside.deleteLater()
        self._fields.clear()
        self._inside = QWidget()
        grid = QGridLayout(self._inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(0, 1)
        named = {each.happening for each in choices}
        groups = [
            (group.title, [each for each in group.happenings if each in named]) for group in GROUPS
        ]
        groups = [group for group in groups if group[1]]
        for title, happenings in groups:
            # Above each group: the heads of a long table would scroll away.
            _add_heads(grid, title if len(groups) > 1 else "")
            for happening in happenings:
                self._add_row(grid, happening)
        self._column.addWidget(self._inside)

    def _add_row(self, grid: QGridLayout, happening: Happening) -> None:
        words, row = WORDS[happening], grid.rowCount()
        said = QVBoxLayout()
        said.setSpacing(1)
        name = QLabel(words.name)
        name.setProperty("role", "strong")
        said.addWidget(name)
        said.addWidget(PlainLabel(words.help, role="secondary"))
        fields = _Fields(Switch(), Switch(), DropDown(_MAIL))
        for head, field in zip(_HEADS, fields, strict=True):
            field.setAccessibleName(f"{words.name}: {head.lower()}")
            field.setAccessibleDescription(words.help)
        fields.app.toggled.connect(self._tell)
        fields.desktop.toggled.connect(self._tell)
        fields.mail.currentIndexChanged.connect(self._tell)
        fields.mail.setFixedWidth(_MAIL_WIDTH)
        grid.addLayout(said, row, 0)
        grid.addWidget(fields.app, row, 1, Qt.AlignHCenter | Qt.AlignVCenter)
        grid.addWidget(fields.desktop, row, 2, Qt.AlignHCenter | Qt.AlignVCenter)
        grid.addWidget(fields.mail, row, 3, Qt.AlignLeft | Qt.AlignVCenter)
        self._fields[happening] = fields

    def _tell(self) -> None:
        if not self._is_filling:
            self.edited.emit()


def _add_heads(grid: QGridLayout, title: str) -> None:
    heading = QLabel(title)
    heading.setProperty("role", "muted")
    row = grid.rowCount()
    heading.setContentsMargins(0, 10 if row > 1 else 0, 0, 0)
    grid.addWidget(heading, row, 0, Qt.AlignBottom)
    for column, head in enumerate(_HEADS, start=1):
        label = QLabel(head)
        label.setProperty("role", "secondary")
        is_mail = column == len(_HEADS)
        label.setMinimumWidth(_MAIL_WIDTH if is_mail else _SWITCH_WIDTH)
        label.setAlignment(Qt.AlignLeft if is_mail else Qt.AlignHCenter)
        grid.addWidget(label, row, column, Qt.AlignBottom)
