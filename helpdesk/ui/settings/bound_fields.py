# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a form of settings: how they are read and written, and what was changed by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QLineEdit, QWidget

from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.words import SectionWords
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.switch import Switch


class _Bound(NamedTuple):
    read: Callable[[], Any]
    write: Callable[[Any], None]


class BoundFields(QObject):
    """One row for each setting; what differs from what was shown was changed by hand."""

    edited = pyqtSignal()

    def __init__(self, parent: QObject, words: SectionWords) -> None:
        """Begin without fields; the words of the section name them."""
        super().__init__(parent)
        self.rows: dict[str, SettingRow] = {}
        self._words = words
        self._bound: dict[str, _Bound] = {}
        self._shown: dict[str, Any] = {}
        self._is_filling = False

    def switch(self, name: str) -> Switch:
        """Add something to turn on or off."""
        field = Switch(self._words.setting(name).name)
        field.toggled.connect(self.tell)
        self.bind(name, field, field.isChecked, field.setChecked)
        return field

    def line(self, name: str, most: int, example: str = "") -> QLineEdit:
        """Add a line of text."""
        field = QLineEdit()
        field.setMaxLength(most)
        field.setPlaceholderText(example)
        field.textChanged.connect(self.tell)
        self.bind(name, field, lambda: field.text().strip(), field.setText)
        return field

    def choice(self, name: str, field: DropDown) -> DropDown:
        """Add one of several."""
        field.currentIndexChanged.connect(self.tell)
        self.bind(name, field, lambda: field.key, field.set_key)
        return field

    def number(self, name: str, field: NumberField) -> NumberField:
        """Add a number."""
        field.valueChanged.connect(self.tell)
        self.bind(name, field, field.value, field.setValue)
        return field

    def bind(
        self,
        name: str,
        field: QWidget,
        read: Callable[[], Any],
        write: Callable[[Any], None],
        beside: QWidget | None = None,
    ) -> None:
        """Add a field of another kind, whose changes call `tell`."""
        self.rows[name] = SettingRow(self._words.setting(name), field, beside)
        self._bound[name] = _Bound(read, write)
        if isinstance(field, NumberField):
            row = self.rows[name]
            field.refused.connect(row.show_error)
            field.lineEdit().textEdited.connect(lambda _: row.show_error(""))

    def tell(self) -> None:
        """Say that somebody has changed something."""
        if not self._is_filling:
            self.edited.emit()

    def edits(self) -> dict[str, Any]:
        """Return what was changed by hand."""
        return {
            name: bound.read()
            for name, bound in self._bound.items()
            if name in self._shown and bound.read() != self._shown[name]
        }

    def show(
        self, values: Mapping[str, Any], edits: Mapping[str, Any], fixed: Collection[str] = ()
    ) -> None:
        """Show values, and over them what was typed before and is not saved yet."""
        self._is_filling = True
        for name, bound in self._bound.items():
            bound.write(values[name])
            # A field may round what it shows, which is no change by hand.
            self._shown[name] = bound.read()
            self.rows[name].set_fixed(name in fixed)
            if name in edits and name not in fixed:
                bound.write(edits[name])
        self._is_filling = False
        self.tell()

    def show_problems(self, problems: Mapping[str, str]) -> SettingRow | None:
        """Say at each field what is wrong with it; return the first of these."""
        for name, row in self.rows.items():
            row.show_error(problems.get(name, ""))
        return next((self.rows[name] for name in self.rows if name in problems), None)
