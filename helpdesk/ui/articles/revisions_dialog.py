# SPDX-License-Identifier: GPL-3.0-or-later
"""The earlier texts of an article: who wrote what and when, compared, and taken up again."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.articles import ArticleRestore, ArticleView, RevisionRow, RevisionView
from helpdesk.ui import theme
from helpdesk.ui.articles.article_text import ArticleText
from helpdesk.ui.articles.comparison import Comparison, fit_into
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import paint_chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import full_time, relative_time

_PAGE = 50
_ROW_HEIGHT = 50
_NOBODY = "somebody who is gone"
BEFORE, LIVE = "before", "live"

Pair = tuple[RevisionView | None, RevisionView]


class RevisionsDialog(Dialog):
    """Revisions left, the chosen one beside another one right."""

    restored = pyqtSignal(object)
    """The ``ArticleView`` with the earlier text as its newest."""

    def __init__(self, desktop: Desktop, view: ArticleView, parent: QWidget) -> None:
        """List the revisions of an article; the newest is compared with the one before it."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Revisions of {view.number}")
        fit_into(self, parent)
        self._desktop = desktop
        self._view = view
        self._rows: list[RevisionRow] = []
        self._build()
        self._load()

    def _build(self) -> None:
        heading = ElidedLabel(f"{self._view.number}  {self._view.title}", "title")
        self._banner = Banner()
        panes = QSplitter(Qt.Horizontal)
        panes.setChildrenCollapsible(False)
        panes.addWidget(self._left())
        panes.addWidget(self._right())
        panes.setStretchFactor(1, 1)
        panes.setSizes([240, 900])
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self._banner)
        column.addWidget(panes, 1)
        column.addLayout(self._foot())

    def _left(self) -> QWidget:
        self.list = QListWidget()
        self.list.setAccessibleName("Revisions")
        self.list.setSelectionMode(QAbstractItemView.SingleSelection)
        self.list.setItemDelegate(_RevisionDelegate(self._desktop, self.list))
        self.list.currentRowChanged.connect(self._on_chosen)
        self._states = StateView(self.list)
        self._older = QPushButton("Older ones")
        self._older.clicked.connect(self._load_older)
        self._older.hide()
        side = QWidget()
        side.setMinimumWidth(200)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self._states, 1)
        column.addWidget(self._older)
        return side

    def _right(self) -> QWidget:
        self.against = DropDown([(BEFORE, "The one before it")])
        self.against.setMinimumWidth(220)
        self.against.currentIndexChanged.connect(self._compare)
        self.comparison = Comparison(self._desktop)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(FieldLabel("Compare with", self.against))
        choice.addWidget(self.against)
        choice.addStretch(1)
        choice.addWidget(self.comparison.steps)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(choice)
        column.addWidget(self.comparison, 1)
        return side

    def _foot(self) -> QHBoxLayout:
        self._hint = QLabel("Restoring makes a new revision; nothing is lost by it.")
        self._hint.setProperty("role", "secondary")
        self.restore_button = QPushButton("Restore this text")
        self.restore_button.setAutoDefault(False)
        self.restore_button.setEnabled(False)
        self.restore_button.clicked.connect(self._on_restore)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._hint)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.restore_button)
        return row

    # --- the list -----------------------------------------------------------------------------

    def _load(self) -> None:
        self._states.show_loading()
        revisions = self._desktop.desk.articles.revisions
        job = self._desktop.background.run(self, revisions, self._view.id, self._view.revision + 1)
        job.then(self._show_rows).failed(self._on_list_failed)

    def _load_older(self) -> None:
        self._older.setEnabled(False)
        revisions = self._desktop.desk.articles.revisions
        before = self._rows[-1].number
        job = self._desktop.background.run(self, revisions, self._view.id, before)
        job.then(self._add_rows).failed(self._on_older_failed)

    def _show_rows(self, rows: tuple[RevisionRow, ...]) -> None:
        self._states.show_content()
        self._rows = []
        self.list.clear()
        self._add_rows(rows)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _add_rows(self, rows: tuple[RevisionRow, ...]) -> None:
        self._older.setVisible(len(rows) == _PAGE)
        self._older.setEnabled(True)
        self._rows += rows
        for row in rows:
            item = QListWidgetItem(_name(row))
            item.setData(Qt.UserRole, row)
            item.setData(Qt.AccessibleTextRole, self._spoken(row))
            self.list.addItem(item)
        choices: list[tuple[object, str]] = [(BEFORE, "The one before it")]
        if self._view.live_revision is not None:
            choices.append((LIVE, "The published one"))
        self.against.set_choices(
            [*choices, *((row.number, f"{_name(row)} · {_author(row)}") for row in self._rows)]
        )

    def _on_list_failed(self, error: Exception) -> None:
        self._states.show_failed(sentence_of(error), self._load)

    def _on_older_failed(self, error: Exception) -> None:
        self._older.setEnabled(True)
        self._banner.show_error(sentence_of(error))

    def _spoken(self, row: RevisionRow) -> str:
        live = ", published" if row.is_live else ""
        return f"{_name(row)}{live}, {_author(row)}, {full_time(row.at)}"

    # --- the comparison -----------------------------------------------------------------------

    def _on_chosen(self, row: int) -> None:
        chosen = self._chosen()
        may = "restore" in self._view.allowed
        self.restore_button.setEnabled(
            may and chosen is not None and chosen.number != self._view.revision
        )
        self._compare()

    def _chosen(self) -> RevisionRow | None:
        item = self.list.currentItem()
        return item.data(Qt.UserRole) if item else None

    def _compare(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        self.comparison.states.show_loading()
        job = self._desktop.background.latest(
            self, _pair, self._desktop.desk, self._view.id, self._other(chosen.number),
            chosen.number,
        )  # fmt: skip
        job.then(self._show_pair).failed(self._on_pair_failed)

    def _other(self, chosen: int) -> int | None:
        """Return the number of the revision to compare with; the first one has none before it."""
        key = self.against.key
        if key == LIVE:
            return self._view.live_revision
        if isinstance(key, int):
            return key
        return chosen - 1 if chosen > 1 else None

    def _show_pair(self, pair: Pair) -> None:
        other, chosen = pair
        # Whichever was chosen first: the older one stands left.
        if other is not None and other.number > chosen.number:
            other, chosen = chosen, other
        old = ArticleText.of(other) if other else ArticleText()
        old_title = self._titled(other) if other else "Nothing: this is the first text"
        self.comparison.show_texts(old, ArticleText.of(chosen), (old_title, self._titled(chosen)))

    def _on_pair_failed(self, error: Exception) -> None:
        self.comparison.states.show_failed(sentence_of(error), self._compare)

    def _titled(self, revision: RevisionView) -> str:
        when = relative_time(revision.at, self._desktop.clock())
        return f"{_name(revision)} · {_author(revision)}, {when}"

    # --- restoring ----------------------------------------------------------------------------

    def _on_restore(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        self.restore_button.setEnabled(False)
        wanted = ArticleRestore(revision=chosen.number, version=self._view.version)
        restore = self._desktop.desk.articles.restore
        job = self._desktop.background.run(self, restore, self._view.id, wanted)
        job.then(self._on_restored).failed(self._on_not_restored)

    def _on_restored(self, view: ArticleView) -> None:
        self.restored.emit(view)
        self.accept()

    def _on_not_restored(self, error: Exception) -> None:
        self.restore_button.setEnabled(True)
        if not isinstance(error, Conflict):
            self._banner.show_error(sentence_of(error))
            return
        view = self._desktop.desk.articles.view
        job = self._desktop.background.run(self, view, self._view.id)
        job.then(partial(self._show_newer, sentence_of(error)))

    def _show_newer(self, sentence: str, view: ArticleView) -> None:
        """Show what somebody else has saved, before anything is restored over it."""
        self._banner.show_warning(sentence)
        self._view = view
        self._load()


def _pair(desk: HelpDesk, article_id: int, other: int | None, chosen: int) -> Pair:
    """Read two revisions; runs on a thread of the pool."""
    earlier = None if other is None else desk.articles.revision(article_id, other)
    return earlier, desk.articles.revision(article_id, chosen)


def _name(row: RevisionRow | RevisionView) -> str:
    return f"Revision {row.number}"


def _author(row: RevisionRow | RevisionView) -> str:
    return row.author.full_name if row.author else _NOBODY


class _RevisionDelegate(QStyledItemDelegate):
    """Two lines: number and whether readers see it, then who wrote it and when."""

    def __init__(self, desktop: Desktop, view: QListWidget) -> None:
        super().__init__(view)
        self._desktop = desktop

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(1, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row: RevisionRow = index.data(Qt.UserRole)
        look = theme.current()
        is_chosen = bool(option.state & QStyle.State_Selected)
        painter.save()
        painter.fillRect(option.rect, look.colour("accent_soft" if is_chosen else "surface"))
        inside = option.rect.adjusted(10, 6, -10, -6)
        upper = QRect(inside.left(), inside.top(), inside.width(), 20)
        lower = QRect(inside.left(), inside.top() + 20, inside.width(), 18)
        painter.setPen(look.colour("text"))
        painter.setFont(look.font("strong"))
        painter.drawText(upper, int(Qt.AlignLeft | Qt.AlignVCenter), _name(row))
        if row.is_live:
            paint_chip(painter, upper, "Published", "success", at_right=True)
        painter.setFont(look.font("secondary"))
        painter.setPen(look.colour("muted_on_soft" if is_chosen else "muted"))
        when = relative_time(row.at, self._desktop.clock())
        line = f"{_author(row)} · {when}"
        line = painter.fontMetrics().elidedText(line, Qt.ElideMiddle, lower.width())
        painter.drawText(lower, int(Qt.AlignLeft | Qt.AlignVCenter), line)
        if option.state & QStyle.State_HasFocus:
            paint_focus_ring(painter, option.rect)
        painter.restore()
