# SPDX-License-Identifier: GPL-3.0-or-later
"""Two texts of an article compared: what changed in its fields, and its lines side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.articles.article_text import ArticleText, FieldChange, field_changes
from helpdesk.ui.articles.diff import Block, compare, folded
from helpdesk.ui.articles.diff_view import DiffView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView

_LINES_OF_FIELD = 3


class Comparison(QWidget):
    """Older left, newer right."""

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._desktop = desktop
        self._pair = (ArticleText(), ArticleText())
        self._old_title, self._new_title = ElidedLabel(role="strong"), ElidedLabel(role="strong")
        self.fields = _FieldTable()
        self.lines = DiffView()
        self.states = StateView(self.lines)
        self.steps = self._steps()
        """Buttons that go from change to change, for the window around to place."""
        heading = QHBoxLayout()
        heading.setSpacing(0)
        heading.addWidget(self._old_title, 1)
        heading.addWidget(self._new_title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(heading)
        column.addWidget(self.fields)
        column.addWidget(self.states, 1)

    def show_texts(self, old: ArticleText, new: ArticleText, titles: tuple[str, str]) -> None:
        """Compare two texts off the main thread and show what is otherwise."""
        self._old_title.setText(titles[0])
        self._new_title.setText(titles[1])
        self._pair = (old, new)
        self.fields.show_changes(field_changes(old, new))
        self.states.show_loading()
        job = self._desktop.background.latest(self, _compared, old.body, new.body)
        job.then(self._show).failed(self._on_failed)

    def _steps(self) -> QWidget:
        steps, previous, following = QWidget(), QToolButton(), QToolButton()
        row = QHBoxLayout(steps)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button, name, picture, step in (
            (previous, "Change before (P)", "up", -1),
            (following, "Next change (N)", "down", 1),
        ):
            button.setIcon(icon(picture))
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _, step=step: self.lines.step(step))
            row.addWidget(button)
        return steps

    def _show(self, blocks: tuple[Block, ...]) -> None:
        if all(row.is_same for block in blocks for row in block.rows):
            elsewhere = not self.fields.isHidden()
            hint = "Only what stands above is otherwise." if elsewhere else "They are the same."
            self.states.show_empty("No line of the text differs", hint)
            return
        self.states.show_content()
        self.lines.show_blocks(blocks)

    def _on_failed(self, error: Exception) -> None:
        titles = (self._old_title.text(), self._new_title.text())
        self.states.show_failed(sentence_of(error), lambda: self.show_texts(*self._pair, titles))


def _compared(old: str, new: str) -> tuple[Block, ...]:
    return folded(compare(old, new))


class _FieldTable(QFrame):
    """What changed beside the text; hidden where nothing did."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self.hide()

    def show_changes(self, changes: Sequence[FieldChange]) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for row, change in enumerate(changes):
            name = QLabel(change.name)
            name.setProperty("role", "secondary")
            self._grid.addWidget(name, row, 0, Qt.AlignTop)
            for column, sign, text in ((1, "−", change.before), (2, "+", change.after)):
                label = PlainLabel(f"{sign} {text or 'nothing'}", max_lines=_LINES_OF_FIELD)
                self._grid.addWidget(label, row, column, Qt.AlignTop)
        self.setVisible(bool(changes))


class ComparisonDialog(Dialog):
    """Two texts in a window of their own."""

    def __init__(
        self,
        desktop: Desktop,
        title: str,
        old: tuple[str, ArticleText],
        new: tuple[str, ArticleText],
        parent: QWidget,
    ) -> None:
        """Compare two texts, each with what it is called."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(title)
        fit_into(self, parent)
        self.comparison = Comparison(desktop)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.comparison, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.comparison.steps)
        foot.addStretch(1)
        foot.addWidget(close)
        column.addLayout(foot)
        self.comparison.show_texts(old[1], new[1], (old[0], new[0]))
        self.comparison.lines.setFocus()


def fit_into(dialog: QDialog, parent: QWidget) -> None:
    """Give a dialog most of the room of the window that it belongs to."""
    room = parent.window().size()
    dialog.resize(min(1240, room.width() - 60), min(820, room.height() - 60))
