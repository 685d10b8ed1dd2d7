# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds any article for a ticket as one types."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QEvent, QModelIndex, QObject, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QFontMetrics, QKeyEvent, QPainter
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery, ArticleRow
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui import theme
from helpdesk.ui.articles.article_title import standing_of
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.state_view import StateView

_WIDTH, _HEIGHT = 620, 460
_ROW_HEIGHT = 50
_PAUSE_MS = 150
_GAP = 8
LINK, AS_LINK, AS_TEXT = "link", "as_link", "as_text"


class ArticlePicker(Dialog):
    """A search field and what it finds; Enter links the article to the ticket."""

    picked = pyqtSignal(object, str)
    """The ``ArticleRow``, and ``LINK``, ``AS_LINK`` or ``AS_TEXT``."""

    def __init__(self, desktop: Desktop, number: str, parent: QWidget, *, inserts: bool) -> None:
        """Find for the ticket of this number; offer its reply only where one can be written."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Find an article for {number}")
        self._desktop = desktop
        self._shown: str | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._build(number, inserts=inserts)
        self._states.show_loading()
        self._search()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the field keeps the focus."""
        is_press = event.type() == QEvent.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in (Qt.Key_Down, Qt.Key_Up):
            row = self.rows.currentRow() + (1 if event.key() == Qt.Key_Down else -1)
            self.rows.setCurrentRow(max(0, min(row, self.rows.count() - 1)))
            return True
        return super().eventFilter(watched, event)

    def _build(self, number: str, *, inserts: bool) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search the knowledge base, or type a number such as KB-12")
        self.field.setAccessibleName("Search articles")
        self.field.setMaxLength(SEARCH_LIMIT)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self.rows = QListWidget()
        self.rows.setAccessibleName("Articles found")
        self.rows.setItemDelegate(_RowDelegate(self.rows))
        self.rows.setUniformItemSizes(True)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.itemDoubleClicked.connect(lambda _: self._pick(LINK))
        self._states = StateView(self.rows)
        self.link_button = QPushButton(f"Link to {number}")
        self.link_button.setProperty("kind", "primary")
        self.link_button.setDefault(True)
        self.link_button.clicked.connect(lambda: self._pick(LINK))
        self.as_link_button = QPushButton("Insert as link")
        self.as_link_button.clicked.connect(lambda: self._pick(AS_LINK))
        self.as_text_button = QPushButton("Insert as text")
        self.as_text_button.clicked.connect(lambda: self._pick(AS_TEXT))
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.as_link_button, self.as_text_button):
            if not inserts:
                button.hide()
            button.setToolTip("Put it into the reply, and link it")
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.link_button)
        for button in (self.as_link_button, self.as_text_button, cancel):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.field)
        column.addWidget(self._states, 1)
        column.addLayout(foot)
        self.resize(_WIDTH, _HEIGHT)

    def _search(self) -> None:
        text = self.field.text()
        query = ArticleQuery(text=text)
        search = self._desktop.desk.articles.search
        job = self._desktop.background.latest(self, search, query)
        job.then(partial(self._show, text)).failed(self._on_failed)

    def _show(self, text: str, page: ArticlePage) -> None:
        self._shown = text
        self.rows.clear()
        for article in page.items:
            words = [word for word, _ in standing_of(article)]
            item = QListWidgetItem(", ".join([f"{article.number} {article.title}", *words]))
            item.setData(Qt.UserRole, article)
            self.rows.addItem(item)
        self.rows.setCurrentRow(0)
        if page.items:
            self._states.show_content()
        elif text.strip():
            self._states.show_empty("No article matches", "Try other words, or fewer of them.")
        else:
            self._states.show_empty(
                "There are no articles yet", "Make one of a ticket that was solved."
            )
        self._show_buttons()

    def _on_failed(self, error: Exception) -> None:
        self.rows.clear()
        self._states.show_failed(sentence_of(error), self._search)
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.link_button, self.as_link_button, self.as_text_button):
            button.setEnabled(self.rows.count() > 0)

    def _pick(self, how: str) -> None:
        item = self.rows.currentItem()
        if item is None or self._shown != self.field.text():
            # What is listed still belongs to what was typed before.
            return
        article = item.data(Qt.UserRole)
        self.accept()
        self.picked.emit(article, how)


class _RowDelegate(QStyledItemDelegate):
    """Paints the title with its number and chips, and the summary below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of two lines; the width is the list's."""
        return QSize(1, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: ArticleRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        look, rect = theme.current(), option.rect
        if selected or option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("accent_soft" if selected else "hover"))
        upper = QRect(rect.left() + 12, rect.top() + 6, rect.width() - 24, 20)
        lower = upper.translated(0, 19)
        painter.save()
        for text, tone in standing_of(row):
            paint_chip(painter, upper, text, tone, at_right=True)
            upper.setRight(upper.right() - chip_width(text) - _GAP)
        muted = "muted_on_soft" if selected else "muted"
        number = _text(painter, upper, row.number, "secondary", muted)
        upper.setLeft(upper.left() + number + _GAP)
        _text(painter, upper, row.title, "strong", "text")
        _text(painter, lower, row.summary, "secondary", muted)
        painter.restore()


def _text(painter: QPainter, rect: QRect, text: str, role: theme.Role, token: str) -> int:
    """Draw one line, cut short where it does not fit, and return its width."""
    look = theme.current()
    metrics = QFontMetrics(look.font(role))
    shown = metrics.elidedText(text, Qt.ElideRight, rect.width())
    painter.setFont(look.font(role))
    painter.setPen(look.colour(token))
    painter.drawText(rect, int(Qt.AlignLeft | Qt.AlignVCenter | Qt.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)
