# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the lines of a file, counted and line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, Qt
from PyQt5.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from helpdesk.client.user_imports import Imported
from helpdesk.core.schemas.users import ImportedLine, ImportOutcome
from helpdesk.ui import theme
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.segmented import Segmented

_TITLES = ("Line", "User name", "Outcome", "One-time password", "Problem")
_LINE, _PASSWORD, _PROBLEM = 0, 3, 4
_WIDTHS = (56, 160, 120, 168)
_ALL = "all"
_TRIED = {
    ImportOutcome.ADDED: "New",
    ImportOutcome.CHANGED: "Changed",
    ImportOutcome.UNCHANGED: "As they are",
    ImportOutcome.REFUSED: "Problems",
}
_DONE = {**_TRIED, ImportOutcome.ADDED: "Added"}
_WAS = {outcome: outcome.label for outcome in ImportOutcome}
_WILL_BE = {
    **_WAS,
    ImportOutcome.ADDED: "Will be added",
    ImportOutcome.CHANGED: "Will be changed",
}
_ONE_TIME = (
    "Give each new person their password: it works once, and at the first sign-in they choose their"
    " own. It is not shown again."
)
_BAD = "Lines with problems are left out: {count:,}. Correct them in the file and import it again."
_WARNED = "warned"
_GOOD = "Every line can be imported."


class ImportResult(QWidget):
    """Shows lines by their outcome; those with problems first where there are any."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.to_do = 0
        self._is_trial = True
        self._result = Imported(())
        self.words = PlainLabel(role="muted")
        self.kinds = Segmented()
        self.kinds.chosen.connect(self._show_kind)
        self.model = _Lines(self)
        self.table = QTableView()
        self.table.setAccessibleName("Lines of the file")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(32)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        header.setStretchLastSection(True)
        for at, width in enumerate(_WIDTHS):
            header.setSectionResizeMode(at, QHeaderView.Interactive)
            header.resizeSection(at, width)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addWidget(self.kinds, 0, Qt.AlignLeft)
        self.problem = PlainLabel(role="error")
        self.table.selectionModel().currentRowChanged.connect(self._show_problem)
        column.addWidget(self.table, 1)
        column.addWidget(self.problem)

    def show_lines(self, result: Imported, *, trial: bool) -> None:
        """Show what would become of the lines, or what has."""
        self._result, self._is_trial = result, trial
        counts = result.counts
        self.to_do = counts[ImportOutcome.ADDED] + counts[ImportOutcome.CHANGED]
        names = _TRIED if trial else _DONE
        choices = [(_ALL, f"All {len(result.lines):,}")]
        choices += [
            (outcome.value, f"{names[outcome]} {counts[outcome]:,}")
            for outcome in ImportOutcome
            if counts[outcome]
        ]
        if result.warned:
            choices.append((_WARNED, f"Warnings {len(result.warned):,}"))
        self.kinds.set_choices(choices)
        refused = counts[ImportOutcome.REFUSED]
        if trial:
            self.words.setText(_BAD.format(count=refused) if refused else _GOOD)
        else:
            self.words.setText(_ONE_TIME if result.has_passwords else "")
        self.table.setColumnHidden(_PASSWORD, trial or not result.has_passwords)
        chosen = _ALL
        if trial and (refused or result.warned):
            chosen = ImportOutcome.REFUSED.value if refused else _WARNED
        self.kinds.set_key(chosen)
        self._show_kind(chosen)

    def _show_kind(self, key: str) -> None:
        result = self._result
        if key in (_ALL, _WARNED):
            lines = result.lines if key == _ALL else result.warned
        else:
            lines = result.by_outcome[ImportOutcome(key)]
        self.model.show_lines(lines, _WILL_BE if self._is_trial else _WAS)
        self.table.setCurrentIndex(self.model.index(0, 0))

    def _show_problem(self, current: QModelIndex) -> None:
        """Say all of what is wrong with a line: the column is narrow, and nobody has to point."""
        line = self.model.line(current)
        said = (line.problem or line.warning) if line else ""
        self.problem.setText(f"Line {line.line:,}: {said}" if line and said else "")
        self.problem.setProperty("role", "error" if line and line.problem else "waiting")
        self.problem.style().unpolish(self.problem)
        self.problem.style().polish(self.problem)


class _Lines(QAbstractTableModel):
    """Lines of a file as rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: Sequence[ImportedLine] = ()
        self._outcomes: Mapping[ImportOutcome, str] = _WAS

    def show_lines(
        self, lines: Sequence[ImportedLine], outcomes: Mapping[ImportOutcome, str]
    ) -> None:
        self.beginResetModel()
        self._lines, self._outcomes = lines, outcomes
        self.endResetModel()

    def line(self, index: QModelIndex) -> ImportedLine | None:
        return self._lines[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(_TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        is_title = role == Qt.DisplayRole and orientation == Qt.Horizontal
        return _TITLES[section] if is_title else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        line = self._lines[index.row()]
        if role == Qt.DisplayRole:
            return _cells(line, self._outcomes[line.outcome])[index.column()]
        if role == Qt.ToolTipRole and index.column() == _PROBLEM:
            return plain_tooltip(line.problem or line.warning)
        if role == Qt.ForegroundRole and line.outcome is ImportOutcome.REFUSED:
            return theme.current().colour("ink_urgent") if index.column() == _PROBLEM else None
        return None


def _cells(line: ImportedLine, outcome: str) -> tuple[str, ...]:
    return (f"{line.line:,}", line.username, outcome, line.password, line.problem or line.warning)
