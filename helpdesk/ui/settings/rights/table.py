# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights by roles, in groups: a mark where a role has a right."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from helpdesk.core.permissions import GROUPS
from helpdesk.core.schemas.security import RightRow, RightsTable
from helpdesk.core.schemas.users import Role
from helpdesk.ui import theme
from helpdesk.ui.widgets.plain_label import plain_tooltip

_ROW = 32
_ROLE_WIDTH = 88
_OTHERS: Final = "Others"


class RightsView(QTableWidget):
    """All of it at once: the page scrolls, not the table."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(0, 1 + len(Role))
        self.setProperty("framed", True)
        self.setAccessibleName("Rights by roles")
        self.setHorizontalHeaderItem(0, QTableWidgetItem("May"))
        for column, role in enumerate(Role, start=1):
            head = QTableWidgetItem(role.label)
            head.setTextAlignment(Qt.AlignCenter)
            self.setHorizontalHeaderItem(column, head)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.Fixed)
        header.setSectionResizeMode(0, QHeaderView.Stretch)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        for column in range(1, 1 + len(Role)):
            self.setColumnWidth(column, _ROLE_WIDTH)
        theme.current().changed.connect(self._fit)

    def show_rights(self, rights: RightsTable) -> None:
        """Show a table of rights in the groups that this program knows."""
        rows = {row.permission: row for row in rights.rows}
        groups = {
            title: [rows.pop(right.value) for right in members if right.value in rows]
            for title, members in GROUPS.items()
        }
        groups[_OTHERS] = list(rows.values())
        self.setRowCount(0)
        self.clearSpans()
        for title, members in groups.items():
            if members:
                self._add_heading(title)
            for row in members:
                self._add(row)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take more room below where words are wrapped."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Take the height that the new look asks for."""
        super().changeEvent(event)
        if event.type() == QEvent.StyleChange:
            self._fit()

    def _add_heading(self, title: str) -> None:
        at = self.rowCount()
        self.insertRow(at)
        item = QTableWidgetItem(title)
        item.setFlags(Qt.NoItemFlags)
        item.setFont(theme.current().font("chip"))
        item.setTextAlignment(int(Qt.AlignLeft | Qt.AlignBottom))
        self.setItem(at, 0, item)
        self.setSpan(at, 0, 1, 1 + len(Role))

    def _add(self, row: RightRow) -> None:
        at = self.rowCount()
        self.insertRow(at)
        name = QTableWidgetItem(row.meaning or row.permission)
        name.setToolTip(plain_tooltip(row.permission))
        has = ", ".join(role.label for role in row.roles) or "nobody"
        name.setData(Qt.AccessibleTextRole, f"{row.meaning}: {has}")
        self.setItem(at, 0, name)
        for column, role in enumerate(Role, start=1):
            mark = QTableWidgetItem()
            has_it = role in row.roles
            mark.setData(Qt.AccessibleTextRole, f"{role.label}: {'yes' if has_it else 'no'}")
            mark.setData(Qt.UserRole, has_it)
            mark.setText("✓" if has_it else "–")
            mark.setTextAlignment(Qt.AlignCenter)
            self.setItem(at, column, mark)

    def _fit(self) -> None:
        """Be as high as all rows, and mark in the colours of the theme."""
        look = theme.current()
        self.verticalHeader().setDefaultSectionSize(look.row(_ROW))
        for row in range(self.rowCount()):
            # A long meaning takes two lines in a narrow window.
            self.setRowHeight(row, max(look.row(_ROW), self.sizeHintForRow(row)))
            for column in range(self.columnCount()):
                item = self.item(row, column)
                if item is None:
                    continue
                if not item.flags():
                    item.setForeground(look.colour("muted"))
                elif column:
                    token = "ink_success" if item.data(Qt.UserRole) else "disabled"
                    item.setForeground(look.colour(token))
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        self.setFixedHeight(height + self.verticalHeader().length())
