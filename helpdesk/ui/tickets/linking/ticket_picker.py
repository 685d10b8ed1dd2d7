# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds another ticket as one types: by its number or by words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import QEvent, QModelIndex, QObject, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QFontMetrics, QKeyEvent, QPainter
from PyQt5.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import Sort, Status, TicketQuery
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui import theme
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.state_view import StateView

_ROW_HEIGHT = 46
_PAUSE_MS = 150
_GAP = 8
_FOUND = 20
_NOTHING = ("No ticket matches", "Try its number, or other words.")
_NOTHING_ALIKE = ("No similar ticket", "Type a number or words to find one.")


class Found(NamedTuple):
    """A ticket that can be picked."""

    id: int
    number: str
    subject: str
    status: Status
    about: str
    """Whose it is, or why it is proposed."""
    requester: PersonRef | None = None
    """Whose it is, where that is known."""


Proposals = Callable[[], Sequence[Found]]


class TicketPicker(QWidget):
    """A field and what it finds; the arrows move in the list while the field keeps the focus."""

    moved = pyqtSignal()
    """Another ticket is chosen, or none."""
    picked = pyqtSignal()
    """The chosen ticket is wanted: it was clicked twice."""

    def __init__(
        self,
        desktop: Desktop,
        ticket_id: int,
        proposals: Proposals | None = None,
        *,
        chooses: bool = True,
    ) -> None:
        """Find others than a ticket; ``proposals``, asked on the pool, stand there at first.

        Where it ``chooses`` the first one found is chosen at once; else a person picks one, and
        open ones stand first.
        """
        super().__init__()
        self._chooses = chooses
        self._desktop = desktop
        self._ticket_id = ticket_id
        self._proposals = proposals
        self._shown: str | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._build()
        self._states.show_loading()
        self._search()

    @property
    def chosen(self) -> Found | None:
        """The ticket chosen; none while the list belongs to what was typed before."""
        item = self.rows.currentItem()
        if item is None or self._shown != self.field.text():
            return None
        found: Found = item.data(Qt.UserRole)
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the field keeps the focus."""
        is_press = event.type() == QEvent.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in (Qt.Key_Down, Qt.Key_Up):
            row = self.rows.currentRow() + (1 if event.key() == Qt.Key_Down else -1)
            self.rows.setCurrentRow(max(0, min(row, self.rows.count() - 1)))
            return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText("A number such as HD-12, or words")
        self.field.setAccessibleName("Find a ticket")
        self.field.setMaxLength(SEARCH_LIMIT)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._on_typed)
        self.rows = QListWidget()
        self.rows.setAccessibleName("Tickets found")
        self.rows.setItemDelegate(_RowDelegate(self.rows))
        self.rows.setUniformItemSizes(True)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.currentRowChanged.connect(lambda _: self.moved.emit())
        self.rows.itemDoubleClicked.connect(lambda _: self.picked.emit())
        self._states = StateView(self.rows)
        self.setFocusProxy(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self._states, 1)

    def _on_typed(self, _text: str) -> None:
        self._pause.start()
        self.moved.emit()

    def _search(self) -> None:
        text = self.field.text()
        job = self._desktop.background.latest(self, self._find, text)
        job.then(partial(self._show, text)).failed(self._on_failed)

    def _find(self, text: str) -> Sequence[Found]:
        """Ask for tickets; runs on a thread of the pool."""
        if not text.strip() and self._proposals is not None:
            return self._proposals()
        sort = Sort.RELEVANCE if text.strip() else Sort.UPDATED
        words = f"HD-{text.strip()}" if text.strip().isdecimal() else text
        page = self._desktop.desk.tickets.search(TicketQuery(text=words, sort=sort, limit=_FOUND))
        return [
            Found(
                row.id, row.number, row.subject, row.status, row.requester.full_name, row.requester
            )
            for row in page.items
        ]

    def _show(self, text: str, found: Sequence[Found]) -> None:
        self._shown = text
        self.rows.clear()
        if not self._chooses:
            found = sorted(found, key=lambda each: not each.status.is_open)
        for each in found:
            if each.id != self._ticket_id:
                words = (f"{each.number} {each.subject}", each.status.label, each.about)
                item = QListWidgetItem(", ".join(filter(None, words)))
                item.setData(Qt.UserRole, each)
                self.rows.addItem(item)
        self.rows.setCurrentRow(0 if self._chooses else self._row_of(text))
        if self.rows.count():
            self._states.show_content()
        else:
            self._states.show_empty(*(_NOTHING if text.strip() else _NOTHING_ALIKE))
        self.moved.emit()

    def _row_of(self, text: str) -> int:
        """Return the row of a ticket whose very number was typed, which is to pick it."""
        typed = text.strip().upper()
        items = (self.rows.item(row) for row in range(self.rows.count()))
        numbers = [item.data(Qt.UserRole).number for item in items if item]
        typed = f"HD-{typed}" if typed.isdecimal() else typed
        return numbers.index(typed) if typed in numbers else -1

    def _on_failed(self, error: Exception) -> None:
        self.rows.clear()
        self._states.show_failed(sentence_of(error), self._search)
        self.moved.emit()


class _RowDelegate(QStyledItemDelegate):
    """Paints number and subject with the status, and whose ticket it is below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of two lines; the width is the list's."""
        return QSize(1, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one row."""
        row: Found = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        look, rect = theme.current(), option.rect
        if selected or option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("accent_soft" if selected else "hover"))
        upper = QRect(rect.left() + 10, rect.top() + 4, rect.width() - 20, 20)
        lower = upper.translated(0, 18)
        painter.save()
        status = row.status.label
        paint_chip(painter, upper, status, status_tone(row.status), at_right=True)
        upper.setRight(upper.right() - chip_width(status) - _GAP)
        muted = "muted_on_soft" if selected else "muted"
        number = _text(painter, upper, row.number, "secondary", muted)
        upper.setLeft(upper.left() + number + _GAP)
        _text(painter, upper, row.subject, "strong", "text")
        _text(painter, lower, row.about, "secondary", muted)
        painter.restore()


def status_tone(status: Status) -> theme.Tone:
    """Return the tone of a status: what is done is green, what is open stands out."""
    if status.is_open:
        return "warning" if status is Status.AWAITING_CUSTOMER else "accent"
    return "success" if status is Status.RESOLVED else "neutral"


def similar_to(desktop: Desktop, ticket_id: int, *, with_people: bool = False) -> Proposals:
    """Return what proposes the tickets that are like one, also with whose they are."""

    def requester_of(each: int) -> PersonRef | None:
        return desktop.desk.tickets.view(each).requester if with_people else None

    def proposed() -> Sequence[Found]:
        return [
            Found(
                each.id,
                each.number,
                each.subject,
                each.status,
                "Similar to this one",
                requester_of(each.id),
            )
            for each in desktop.desk.triage.similar(ticket_id)
        ]

    return proposed


def _text(painter: QPainter, rect: QRect, text: str, role: theme.Role, token: str) -> int:
    """Draw one line, cut short where it does not fit, and return its width."""
    look = theme.current()
    metrics = QFontMetrics(look.font(role))
    shown = metrics.elidedText(text, Qt.ElideRight, rect.width())
    painter.setFont(look.font(role))
    painter.setPen(look.colour(token))
    painter.drawText(rect, int(Qt.AlignLeft | Qt.AlignVCenter | Qt.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)
