# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation of a ticket: one card for what was asked and one for each comment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from PyQt5.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QImage, QTextOption
from PyQt5.QtWidgets import (
    QAction,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.schemas.tickets import CommentView, NewComment, TicketView
from helpdesk.ui.action_buttons import ActionButtons
from helpdesk.ui.attachments.saved_files import SavedFiles
from helpdesk.ui.link import Link
from helpdesk.ui.links import ask_to_open
from helpdesk.ui.tickets.assist.automatic_answer import AUTHOR, AUTOMATIC, AutomaticFoot
from helpdesk.ui.tickets.body_edit import LINE_LIMIT
from helpdesk.ui.waiting_words import NOT_SENT, WAITING, dto_of
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.plain_text_view import PlainTextView
from helpdesk.ui.widgets.times import full_time, relative_time

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

_SHOWN_CHARACTERS = 6_000
_CARDS_AT_ONCE = 6
_RULE = "Rule"
"""An internal note that nobody wrote: only rules leave such."""


class Message(NamedTuple):
    """What a card shows."""

    author: str
    body: str
    at: datetime
    internal: bool
    action: PendingAction | None = None
    """What of the outbox this is, while the server has not taken it."""
    automatic: bool = False
    """Whether the desk has answered by itself, out of articles, or a rule has left a note."""
    author_id: int | None = None
    """Whose picture stands beside it."""
    files: tuple[AttachmentView, ...] = ()
    merged_from: str = ""
    """The number of the merged ticket that it was written on."""


ShowPicture = Callable[[int, QWidget, Callable[[QImage | None], object]], object]
"""Lets a widget show the picture of a person, once it is there."""


class Messages(QScrollArea):
    """Cards in the order of time; the newest are made first and the others while idle.

    Cards are reused from ticket to ticket, because making widgets is what takes time.
    """

    earlier_wanted = pyqtSignal()
    explain_wanted = pyqtSignal(str)
    """What was selected is to be explained."""
    helped = pyqtSignal()
    did_not_help = pyqtSignal()
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, link: Link | None = None, show_picture: ShowPicture | None = None) -> None:
        """Begin empty; what is not sent yet is retried or discarded over the link."""
        super().__init__()
        self._show_picture = show_picture
        self._link = link or Link(self)
        self.make_files: Callable[[], SavedFiles] | None = None
        """Makes what shows the files under a message."""
        self.explains = False
        """Whether what is selected can be explained."""
        self._asks = False
        self._in_between: QWidget | None = None
        self._is_at_end = False
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setAccessibleName("Conversation")
        self._cards: list[MessageCard] = []
        self._waiting: list[Message] = []
        self._next_card = 0
        self._earlier = QPushButton("Show earlier comments")
        self._earlier.setProperty("kind", "link")
        self._earlier.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self._earlier.clicked.connect(self.earlier_wanted)
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._fill)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.setSpacing(12)
        self._column.addWidget(self._earlier, 0, Qt.AlignHCenter)
        self._column.addStretch(1)
        self.setWidget(inside)
        self._follows_end = False
        self.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.verticalScrollBar().actionTriggered.connect(self.stay)

    @property
    def selected_text(self) -> str:
        """What is selected in a message, if anything."""
        shown = (card.selected_text for card in self._cards if not card.isHidden())
        return next(filter(None, shown), "")

    def put(self, widget: QWidget, *, at_end: bool) -> None:
        """Show something between the messages: below the first, or below the last."""
        if self._in_between is widget and self._is_at_end == at_end:
            return
        self._in_between, self._is_at_end = widget, at_end
        self._column.removeWidget(widget)
        place = self._column.count() - 1 if at_end else self._column.indexOf(self._earlier)
        self._column.insertWidget(place, widget)

    def ask_if_helped(self, *, asks: bool) -> None:
        """Ask below an automatic answer how it turned out, or ask no more."""
        self._asks = asks
        for card in self._cards:
            card.ask_if_helped(asks=asks)

    def show_ticket(
        self,
        ticket: TicketView,
        now: datetime,
        *,
        at_end: bool,
        unsent: Sequence[Message] = (),
    ) -> None:
        """Show a ticket's description and comments, and what is not sent of one's own.

        ``at_end`` scrolls to the newest.
        """
        messages = [_description(ticket), *map(_comment, ticket.comments), *unsent]
        self._earlier.setVisible(ticket.earlier_comments > 0)
        self._earlier.setText(f"Show {ticket.earlier_comments} earlier comments")
        self._show(messages, now, at_end=at_end)

    def _show(self, messages: list[Message], now: datetime, *, at_end: bool) -> None:
        self._now = now
        self._waiting = messages
        self._next_card = 0
        self._follows_end = at_end
        if not at_end:
            self.verticalScrollBar().setValue(0)
        for card in self._cards[len(messages) :]:
            card.hide()
        self._fill()

    def _fill(self) -> None:
        for _ in range(_CARDS_AT_ONCE):
            if self._next_card >= len(self._waiting):
                self._idle.stop()
                return
            self._card(self._next_card).show_message(self._waiting[self._next_card], self._now)
            self._next_card += 1
        self._idle.start()

    def _card(self, position: int) -> MessageCard:
        if position == len(self._cards):
            card = self._new_card()
            self._cards.append(card)
            # What is not shown yet was said after the description and before all the rest.
            self._column.insertWidget(self._end() if position else 0, card)
        self._cards[position].show()
        return self._cards[position]

    def _new_card(self) -> MessageCard:
        card = MessageCard(self._link)
        card.can_explain = lambda: self.explains
        card.show_picture = self._show_picture
        card.make_files = self.make_files
        card.explain_wanted.connect(self.explain_wanted)
        card.helped.connect(self.helped)
        card.did_not_help.connect(self.did_not_help)
        card.article_wanted.connect(self.article_wanted)
        card.ticket_wanted.connect(self.ticket_wanted)
        card.ask_if_helped(asks=self._asks)
        return card

    def _end(self) -> int:
        """Return the place behind the last card, before what stands at the end."""
        return self._column.count() - (2 if self._in_between and self._is_at_end else 1)

    def stay(self) -> None:
        """Stay where somebody reads, whatever arrives."""
        self._follows_end = False

    def _on_range(self, _least: int, most: int) -> None:
        if not self._follows_end:
            return
        between = self._in_between
        if between is not None and not between.isHidden() and self._is_last:
            # It is read from its beginning.
            self._column.activate()
            most = min(most, max(0, between.y() - self._column.spacing()))
        self.verticalScrollBar().setValue(most)

    @property
    def _is_last(self) -> bool:
        """Whether nothing was said below what stands between the messages."""
        return self._is_at_end or not any(not card.isHidden() for card in self._cards[1:])


class MessageCard(QFrame):
    """One message: who, when, and the words as they were typed."""

    explain_wanted = pyqtSignal(str)
    helped = pyqtSignal()
    did_not_help = pyqtSignal()
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, link: Link | None = None) -> None:
        """Begin empty."""
        super().__init__()
        self._link = link or Link(self)
        self._body_text = ""
        self._buttons: ActionButtons | None = None
        self._foot: AutomaticFoot | None = None
        self._menu: QMenu | None = None
        self._is_automatic = self._asks = False
        self.can_explain: Callable[[], bool] = lambda: False
        self.show_picture: ShowPicture | None = None
        self.make_files: Callable[[], SavedFiles] | None = None
        self.files: SavedFiles | None = None
        """The files under the words, once there were any."""
        self._reason = PlainLabel(role="error")
        self._reason.hide()
        self._unsent = Chip()
        self._unsent.hide()
        self._avatar = Avatar(size=26)
        self._author = ElidedLabel(role="strong")
        self._note = Chip("Internal note", "warning")
        self._automatic = Chip(AUTOMATIC, "accent")
        self._merged = Chip()
        self._merged.hide()
        self._is_internal = False
        self._time = QLabel()
        self._time.setProperty("role", "muted")
        self._body = PlainTextView()
        self._body.setAccessibleName("Message")
        self._body.link_activated.connect(lambda url: ask_to_open(url, self.window()))
        self._body.setContextMenuPolicy(Qt.CustomContextMenu)
        self._body.customContextMenuRequested.connect(self._on_menu)
        self._whole = QPushButton("Show all of it")
        self._whole.setProperty("kind", "link")
        self._whole.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self._whole.clicked.connect(self._on_whole)
        head = QHBoxLayout()
        head.setSpacing(8)
        for chip in (self._note, self._automatic):
            # Who reads it, and that nobody wrote it, is never cut short.
            chip.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        chips = (self._note, self._automatic, self._time, self._unsent)
        for widget in (self._avatar, self._author, *chips):
            head.addWidget(widget)
        head.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.setSpacing(8)
        self._column.addLayout(head)
        self._column.addWidget(self._merged, 0, Qt.AlignLeft)
        self._column.addWidget(self._body)
        self._column.addWidget(self._whole, 0, Qt.AlignLeft)
        self._column.addWidget(self._reason)

    @property
    def selected_text(self) -> str:
        """What of the words is selected."""
        selected = self._body.textCursor().selectedText()
        return selected.replace("\N{PARAGRAPH SEPARATOR}", "\n").strip()

    def ask_if_helped(self, *, asks: bool) -> None:
        """Ask how an automatic answer turned out, where this is one."""
        self._asks = asks
        self._show_automatic()

    def show_message(self, message: Message, now: datetime) -> None:
        """Show another message."""
        self._body_text = message.body
        self._avatar.set_name(message.author)
        if self.show_picture is not None and message.author_id is not None:
            self.show_picture(message.author_id, self._avatar, self._avatar.set_picture)
        else:
            self._avatar.set_picture(None)
        self._author.setText(message.author)
        self._note.setVisible(message.internal)
        self._is_automatic, self._is_internal = message.automatic, message.internal
        self._show_automatic()
        self._merged.set_text(f"Written on {message.merged_from}")
        self._merged.setVisible(bool(message.merged_from))
        self._time.setText(relative_time(message.at, now))
        self._time.setToolTip(full_time(message.at))
        is_cut = len(message.body) > _SHOWN_CHARACTERS
        shown = message.body[:_SHOWN_CHARACTERS] + "…" if is_cut else message.body
        self._body.set_plain(shown)
        self._body.setVisible(bool(shown))
        self._show_files(message.files)
        self._whole.setVisible(is_cut)
        self._show_action(message.action)
        kind = "note" if message.internal else "card"
        self._set_kind(f"{kind}-unsent" if message.action else kind)

    def _show_files(self, files: tuple[AttachmentView, ...]) -> None:
        if self.files is None and files and self.make_files is not None:
            self.files = self.make_files()
            self._column.insertWidget(self._column.indexOf(self._whole) + 1, self.files)
        if self.files is not None:
            self.files.show_files(files)

    def _show_automatic(self) -> None:
        """Say that nobody wrote this, what it came from, and ask whether it helped."""
        self._automatic.setVisible(self._is_automatic)
        self._automatic.set_text(_RULE if self._is_internal else AUTOMATIC, "accent")
        is_answer = self._is_automatic and not self._is_internal
        if is_answer and self._foot is None:
            self._foot = AutomaticFoot()
            self._foot.helped.connect(self.helped)
            self._foot.did_not_help.connect(self.did_not_help)
            self._foot.article_wanted.connect(self.article_wanted)
            self._foot.ticket_wanted.connect(self.ticket_wanted)
            self._column.addWidget(self._foot)
        if self._foot is not None and is_answer:
            self._foot.show_answer(self._body_text, asks=self._asks)
        elif self._foot is not None:
            self._foot.hide()

    def _on_menu(self, place: QPoint) -> None:
        menu = self._body.createStandardContextMenu(place)
        selected = self.selected_text
        if selected and self.can_explain():
            explain = QAction("Explain this\tX", menu)
            explain.triggered.connect(lambda: self.explain_wanted.emit(selected))
            menu.addSeparator()
            menu.addAction(explain)
        # The one before goes with its last name.
        self._menu = menu
        menu.popup(self._body.mapToGlobal(place))

    def _show_action(self, action: PendingAction | None) -> None:
        """Say that the server has not taken this yet, and offer what can be done about it."""
        refused = action is not None and action.sentence is not None
        self._unsent.set_text(NOT_SENT if refused else WAITING, "urgent" if refused else "warning")
        self._unsent.setVisible(action is not None)
        self._reason.setText(action.sentence or "" if action else "")
        self._reason.setVisible(refused)
        if action is not None:
            self._action_buttons().show_action(action)
        if self._buttons is not None:
            self._buttons.setVisible(action is not None)

    def _action_buttons(self) -> ActionButtons:
        if self._buttons is None:
            self._buttons = ActionButtons(self._link)
            self._column.addWidget(self._buttons)
        return self._buttons

    def _set_kind(self, kind: str) -> None:
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            # What is not sent yet is dimmed, and with the card its words.
            for widget in (self, self._author, self._body):
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def _on_whole(self) -> None:
        dialog = QDialog(self.window())
        dialog.setWindowTitle("Whole message")
        dialog.resize(760, 560)
        text = QPlainTextEdit()
        text.setReadOnly(True)
        if max(map(len, self._body_text.splitlines()), default=0) > LINE_LIMIT:
            text.setWordWrapMode(QTextOption.WrapAnywhere)
        text.setPlainText(self._body_text)
        buttons = QDialogButtonBox(QDialogButtonBox.Close)
        buttons.rejected.connect(dialog.reject)
        column = QVBoxLayout(dialog)
        column.addWidget(text)
        column.addWidget(buttons)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.open()


def _description(ticket: TicketView) -> Message:
    body = ticket.description or ticket.subject
    asked = ticket.requester
    return Message(
        asked.full_name,
        body,
        ticket.created_at,
        internal=False,
        author_id=asked.id,
        files=ticket.attachments,
    )


def unsent(action: PendingAction, author: str) -> Message | None:
    """Return the message of a comment that the server has not taken; none of other actions."""
    dto = dto_of(action)
    if not isinstance(dto, NewComment):
        return None
    return Message(author, dto.body, action.created_at, internal=dto.internal, action=action)


def _comment(comment: CommentView) -> Message:
    return Message(
        AUTHOR if comment.automatic else comment.author.full_name,
        comment.body,
        comment.created_at,
        internal=comment.internal,
        automatic=comment.automatic,
        author_id=None if comment.automatic else comment.author.id,
        files=comment.attachments,
        merged_from=comment.merged_from.number if comment.merged_from else "",
    )
