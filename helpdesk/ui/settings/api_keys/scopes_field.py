# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights that a key is to have, in groups; those that its owner lacks cannot be given."""

from __future__ import annotations

from PyQt5.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from helpdesk.core.permissions import GROUPS, PERMISSIONS, Permission
from helpdesk.core.schemas.users import Role
from helpdesk.ui.widgets.plain_label import plain_tooltip

_IN_A_ROW = 2
_NOT_THEIRS = "{role} may not do this, so the key cannot either."


class ScopesField(QWidget):
    """A box for each right, but for that of making keys."""

    def __init__(self) -> None:
        """Begin with none ticked."""
        super().__init__()
        self.boxes: dict[Permission, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for title, rights in GROUPS.items():
            heading = QLabel(title)
            heading.setProperty("role", "muted")
            column.addWidget(heading)
            column.addLayout(self._grid(rights))
            column.addSpacing(6)

    @property
    def scopes(self) -> tuple[Permission, ...]:
        """The rights that are ticked."""
        return tuple(right for right, box in self.boxes.items() if box.isChecked())

    def show_owner(self, role: Role | None) -> None:
        """Allow what somebody of a role may do; what they may not is not ticked any more."""
        for right, box in self.boxes.items():
            may = role is not None and right in PERMISSIONS[role]
            box.setEnabled(may)
            if not may:
                box.setChecked(False)
            tells = role is not None and not may
            said = _NOT_THEIRS.format(role=role.label) if tells and role else right.value
            box.setToolTip(plain_tooltip(said))

    def _grid(self, rights: tuple[Permission, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        shown = [right for right in rights if right is not Permission.MANAGE_API_KEYS]
        for at, right in enumerate(shown):
            box = self.boxes[right] = QCheckBox(right.meaning)
            grid.addWidget(box, at // _IN_A_ROW, at % _IN_A_ROW)
        for column in range(_IN_A_ROW):
            grid.setColumnStretch(column, 1)
        return grid
