# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that says which group gives which role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.users import Role
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel

MOST_GROUPS: Final = 200
_LONGEST_GROUP = 500
_ROLE_WIDTH, _WIDTH = 150, 720
_EXAMPLE = "helpdesk, or cn=helpdesk,ou=groups,dc=corp,dc=example"
_NONE = "No group gives a role: everybody gets the default role."
_ROLES: Final = tuple((role.value, role.label) for role in Role)


class _Row(QWidget):
    """A group, and the role that it gives."""

    def __init__(self, group: str, role: str, changed: Callable[[], object]) -> None:
        super().__init__()
        self.group = QLineEdit(group)
        # Long names are told apart by how they begin.
        self.group.setCursorPosition(0)
        self.group.setMaxLength(_LONGEST_GROUP)
        self.group.setPlaceholderText(_EXAMPLE)
        self.role = DropDown(_ROLES)
        self.role.setFixedWidth(_ROLE_WIDTH)
        self.role.set_key(role)
        self.remove_button = QToolButton()
        self.remove_button.setIcon(icon("delete"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.group, 1)
        row.addWidget(self.role)
        row.addWidget(self.remove_button)
        self.group.textChanged.connect(lambda: changed())
        self.role.currentIndexChanged.connect(lambda: changed())

    def call(self, number: int) -> None:
        """Tell screen readers which of several it is."""
        self.group.setAccessibleName(f"Group {number}")
        self.role.setAccessibleName(f"Role of group {number}")
        self.remove_button.setToolTip("Remove this group")
        self.remove_button.setAccessibleName(f"Remove group {number}")


class GroupRoles(QWidget):
    """A line for each group; what is left empty does not count."""

    changed = pyqtSignal()
    rearranged = pyqtSignal()
    """Other controls stand here now, in another order."""

    def __init__(self) -> None:
        """Begin without groups."""
        super().__init__()
        self.rows: list[_Row] = []
        self._nothing = PlainLabel(_NONE, role="muted")
        self.add_button = QPushButton("Add group")
        self.add_button.setIcon(icon("add"))
        self.add_button.clicked.connect(lambda: self._on_add())
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._nothing)
        column.addLayout(self._column)
        column.addLayout(foot)
        self._show_state()

    def widen(self) -> None:
        """Take more room than other fields: whole names of groups are long."""
        self.setMaximumWidth(_WIDTH)

    def value(self) -> list[dict[str, str]]:
        """Return the groups and roles as a change says them."""
        typed = ((row.group.text().strip(), str(row.role.key)) for row in self.rows)
        return [{"group": group, "role": role} for group, role in typed if group]

    def put(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Show groups without telling."""
        wanted = [{"group": each["group"], "role": Role(each["role"]).value} for each in values]
        if wanted == self.value():
            return
        while self.rows:
            self._drop(self.rows[-1])
        for each in wanted:
            self._append(each["group"], each["role"])
        self._show_state()
        self.rearranged.emit()

    def twice(self) -> str:
        """Return a group that stands there twice, or nothing."""
        names = [each["group"].casefold() for each in self.value()]
        return next(
            (each for each in self.value() if names.count(each["group"].casefold()) > 1),
            {"group": ""},
        )["group"]

    def focus(self) -> None:
        """Put the focus where something can be done."""
        (self.rows[0].group if self.rows else self.add_button).setFocus()

    def _on_add(self) -> None:
        row = self._append("", Role.TECHNICIAN.value)
        self._show_state()
        self.rearranged.emit()
        row.group.setFocus()
        self.changed.emit()

    def _on_remove(self, row: _Row) -> None:
        place = self.rows.index(row)
        self._drop(row)
        self._show_state()
        # The keyboard stays near.
        if self.rows:
            self.rows[min(place, len(self.rows) - 1)].remove_button.setFocus()
        else:
            self.add_button.setFocus()
        self.rearranged.emit()
        self.changed.emit()

    def _append(self, group: str, role: str) -> _Row:
        row = _Row(group, role, self.changed.emit)
        row.remove_button.clicked.connect(lambda: self._on_remove(row))
        self.rows.append(row)
        self._column.addWidget(row)
        # Only what can be seen takes its place in the order of Tab.
        row.show()
        return row

    def _drop(self, row: _Row) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _show_state(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            row.call(number)
        self._nothing.setVisible(not self.rows)
        self.add_button.setEnabled(len(self.rows) < MOST_GROUPS)
