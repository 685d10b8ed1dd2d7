# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of tickets that are imported: counts, some of them, and the problems to copy."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.ticket_imports import Loaded
from helpdesk.core.text import single_line
from helpdesk.ui.widgets.plain_label import PlainLabel

_TICKETS = ("Number there", "Subject", "Status", "Opened")
_PROBLEMS = ("Where", "Problem")
_FIRST_WIDTH, _STATUS_WIDTH = 150, 210
"""A status is short enough to be read in whole."""
_MOST_SHOWN = 1_000
_MORE = "The first {shown:,} of {count:,} problems are shown; copy or save to have all of them."


class ImportReport(QWidget):
    """Shows a trial, or what was done."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._loaded = Loaded()
        self.words = PlainLabel()
        self.first = _table(_TICKETS, "The first tickets")
        self.problems = _table(_PROBLEMS, "Problems")
        self.copy_button = QPushButton("Copy problems")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        self._heading = PlainLabel(role="muted")
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addWidget(self.first, 1)
        column.addLayout(head)
        column.addWidget(self.problems, 1)

    def show_loaded(self, loaded: Loaded, *, trial: bool) -> None:
        """Show what would become of an export, or what has."""
        self._loaded = loaded
        self.words.setText(_counts(loaded, trial=trial))
        self.first.setVisible(trial and bool(loaded.first))
        _fill(
            self.first,
            [
                (
                    each.ref,
                    single_line(each.subject or each.description),
                    each.status.label,
                    f"{each.created_at:%Y-%m-%d %H:%M}",
                )
                for each in loaded.first
            ],
        )
        found = loaded.problems
        _fill(self.problems, [(each.where, each.sentence) for each in found[:_MOST_SHOWN]])
        for widget in (self.problems, self.copy_button):
            widget.setVisible(bool(found))
        more = _MORE.format(shown=_MOST_SHOWN, count=len(found))
        said = f"Problems: {len(found):,}" if len(found) <= _MOST_SHOWN else more
        self._heading.setText(said if found else "There are no problems.")

    def copy(self) -> None:
        """Put all problems on the clipboard, a line each."""
        lines = (f"{each.where}: {single_line(each.sentence)}" for each in self._loaded.problems)
        QApplication.clipboard().setText("\n".join(lines))


def _counts(loaded: Loaded, *, trial: bool) -> str:
    will = "To import" if trial else "Imported"
    parts = [f"{will}: {loaded.added:,}"]
    if loaded.known:
        parts.append(f"here already: {loaded.known:,}")
    if loaded.refused:
        parts.append(f"refused: {loaded.refused:,}")
    if loaded.new_people and not trial:
        parts.append(f"new accounts, deactivated: {loaded.new_people:,}")
    return "; ".join(parts) + "."


def _table(titles: Sequence[str], name: str) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(titles))
    table.setEditTriggers(QAbstractItemView.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(32)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
    header.resizeSection(0, _FIRST_WIDTH)
    header.setSectionResizeMode(1, QHeaderView.Stretch)
    if len(titles) == len(_TICKETS):
        header.resizeSection(2, _STATUS_WIDTH)
        header.resizeSection(len(_TICKETS) - 1, _FIRST_WIDTH)
    return table


def _fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    table.setRowCount(len(rows))
    for at, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.setItem(at, column, QTableWidgetItem(text))
