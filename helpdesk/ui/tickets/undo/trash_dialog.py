# SPDX-License-Identifier: GPL-3.0-or-later
"""The deleted tickets: searched, brought back, or deleted for good by admins."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.trash import KEPT_DAYS, TrashedTicketView, TrashPage, TrashQuery
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.undo.rows import DeedRow, DeedRows, small_button
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import day_words, relative_time

_WIDTH, _HEIGHT = 760, 560
_PAUSE_MS = 200


class TrashDialog(Dialog):
    """One row for each deleted ticket, the one deleted last first."""

    ticket_wanted = pyqtSignal(int)
    """A ticket is back, and is to be shown."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Read the newest, and again with each word."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Trash")
        self.resize(_WIDTH, _HEIGHT)
        self._desktop = desktop
        self._items: tuple[TrashedTicketView, ...] = ()
        self._next: str | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.load)
        self._build()
        self.states.show_loading()
        self.load()

    def load(self) -> None:
        """Read the first page again."""
        self._read(None)

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by subject or number")
        self.search.setAccessibleName("Search the trash")
        self.search.setMaxLength(SEARCH_LIMIT)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.banner = Banner()
        self.rows = DeedRows("Deleted tickets")
        self.states = StateView()
        self.states.set_content(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(
            PlainLabel(f"Deleted tickets are kept for {KEPT_DAYS} days.", role="muted")
        )
        column.addWidget(self.search)
        column.addWidget(self.banner)
        column.addWidget(self.states, 1)

    def _read(self, cursor: str | None) -> None:
        query = TrashQuery(text=self.search.text(), cursor=cursor)
        job = self._desktop.background.latest(self, self._desktop.desk.trash.search, query)
        job.then(partial(self._show, cursor is not None)).failed(self._on_failed)

    def _show(self, more: bool, page: TrashPage) -> None:
        self._items = (*self._items, *page.items) if more else page.items
        self._next = page.next_cursor
        if not self._items:
            self._show_empty()
            return
        rows: list[QWidget] = [self._row(each) for each in self._items]
        if self._next is not None:
            show_more = QPushButton("Show more")
            show_more.clicked.connect(lambda: self._read(self._next))
            rows.append(show_more)
        self.rows.show_rows(rows)
        self.states.show_content()

    def _show_empty(self) -> None:
        if self.search.text().strip():
            self.states.show_empty("Nothing found", "No deleted ticket has these words.")
        else:
            self.states.show_empty("The trash is empty", "Tickets that are deleted come here.")

    def _row(self, ticket: TrashedTicketView) -> DeedRow:
        now = self._desktop.clock()
        by = ticket.deleted_by.full_name if ticket.deleted_by else "Help Desk"
        detail = (
            f"From {ticket.requester.full_name}  ·  "
            f"deleted by {by}, {relative_time(ticket.deleted_at, now)}  ·  "
            f"kept until {day_words(ticket.gone_at, now)}"
        )
        title = f"{ticket.number}  {ticket.subject}"
        restore = small_button("Restore", title)
        restore.clicked.connect(lambda: self._restore(ticket))
        buttons = [restore]
        if self._desktop.person.role is Role.ADMIN:
            purge = small_button("Delete for good…", title)
            purge.clicked.connect(lambda: self._ask(ticket))
            buttons.append(purge)
        return DeedRow(title, detail, "", buttons)

    def _restore(self, ticket: TrashedTicketView) -> None:
        restore = self._desktop.desk.trash.restore
        job = self._desktop.background.run(self, restore, ticket.id)
        job.then(self._on_restored).failed(self._on_act_failed)

    def _on_restored(self, ticket: TicketRef) -> None:
        self.banner.show_info(f"{ticket.number} is back with all that was on it.")
        self.ticket_wanted.emit(ticket.id)
        self.load()

    def _ask(self, ticket: TrashedTicketView) -> None:
        question = Question(
            f"Delete {ticket.number} for good?",
            ticket.subject,
            "Its conversation, files and history cannot be brought back.",
            "Delete for good",
            "Keep it",
            self,
        )
        question.agreed.connect(lambda: self._purge(ticket))
        question.open()

    def _purge(self, ticket: TrashedTicketView) -> None:
        job = self._desktop.background.run(self, self._desktop.desk.trash.purge, ticket.id)
        job.then(lambda _: self._on_purged(ticket)).failed(self._on_act_failed)

    def _on_purged(self, ticket: TrashedTicketView) -> None:
        self.banner.show_info(f"{ticket.number} is deleted for good.")
        self.load()

    def _on_failed(self, error: Exception) -> None:
        self.states.show_failed(sentence_of(error), self.load)

    def _on_act_failed(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
        self.load()
