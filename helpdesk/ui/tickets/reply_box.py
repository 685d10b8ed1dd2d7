# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a reply or an internal note is written; says who will read it before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pydantic import ValidationError
from PyQt5.QtCore import QMimeData, Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence, QTextCursor
from PyQt5.QtWidgets import (
    QAction,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QShortcut,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import NewComment, Status, TicketView
from helpdesk.core.validation import invalid
from helpdesk.ui.drafts import Drafts
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.segmented import Segmented

_TEXT_HEIGHT, _LOW_TEXT_HEIGHT = 96, 56
_REPLY, _NOTE = "reply", "note"

Addition = Callable[[NewComment], NewComment]
"""Adds to what is about to be sent, such as its files."""
Gate = Callable[[NewComment, Callable[[], None]], bool]
"""Lets through what is about to be sent, or asks the person first and then calls what goes on."""


class ReplyBox(QFrame):
    """A text field, who reads it, and one button that sends it with or without a status."""

    sent = pyqtSignal(object)
    """The ``NewComment`` to add to the ticket shown."""
    left = pyqtSignal()
    """The person pressed Escape in the text."""
    turned = pyqtSignal(int)
    """Another ticket is shown, with its draft; its number."""
    taken = pyqtSignal(int)
    """The desk has what was written on a ticket; its number."""
    came_back = pyqtSignal(object)
    """A ``NewComment`` that was not taken is written again."""
    kind_chosen = pyqtSignal()
    """A reply became a note, or a note a reply."""

    def __init__(
        self, drafts: Drafts, works_on: Callable[[TicketView], bool], *, working: bool
    ) -> None:
        """Offer notes, and a status with the reply, only where the tab is for ``working`` tickets.

        Whoever ``works_on`` a ticket writes to its requester, in every tab.
        """
        super().__init__()
        self.setProperty("kind", "card")
        self._drafts = drafts
        self._works_on = works_on
        self._working = working
        self._ticket: TicketView | None = None
        self._sending: set[int] = set()
        self.escaped: Callable[[], bool] = lambda: False
        """Asked on Escape, before the text is left: whether there was something else to end."""
        self._loading = False
        self.file_keys: Callable[[], tuple[str, ...]] = tuple
        """Asked which files go with what is written."""
        self.waits: Callable[[Callable[[], None]], bool] = lambda _: False
        """Asked before sending whether it has to wait; what it is given goes on then."""
        self.draft_more: Callable[[], dict[str, str]] = dict
        """Asked what else belongs into the draft."""
        self.additions: list[Addition] = []
        self.gates: list[Gate] = []
        """Asked in their order; none sees what another one has stopped."""
        self._build()

    def show_ticket(self, ticket: TicketView) -> None:
        """Write to another ticket, or to a newer state of the same; what is typed stays."""
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket = ticket
        may_note, may_reply = "note" in ticket.allowed, "comment" in ticket.allowed
        self.setVisible(may_note or may_reply)
        self._kind.setVisible(self._working and may_note)
        if is_other:
            self._load_draft(ticket.id)
            self.turned.emit(ticket.id)
        self._kind.button(_REPLY).setEnabled(may_reply)
        if not may_reply and may_note:
            self._kind.set_key(_NOTE)
        self._fill_menu(ticket)
        self._show_kind()

    def write(self, *, note: bool) -> None:
        """Put the focus here to write a reply or a note."""
        if self._kind.isVisible() and self._kind.button(_NOTE if note else _REPLY).isEnabled():
            self._kind.set_key(_NOTE if note else _REPLY)
            self._on_kind()
        self.text.setFocus()

    def set_low(self, *, low: bool) -> None:
        """Take fewer lines where the window is low."""
        self.text.setFixedHeight(_LOW_TEXT_HEIGHT if low else _TEXT_HEIGHT)

    def add_tools(self, tools: QWidget) -> None:
        """Show buttons between the kind of message and its readers."""
        self._head.insertWidget(1, tools)

    def add_above_text(self, widget: QWidget) -> None:
        """Show something over the text."""
        self._column.insertWidget(self._column.indexOf(self.text), widget)

    def add_below_text(self, widget: QWidget) -> None:
        """Show something under the text."""
        self._column.insertWidget(self._column.indexOf(self.text) + 1, widget)

    def add_to_foot(self, widget: QWidget) -> None:
        """Show a button at the left of those that send."""
        self._foot.insertWidget(0, widget)

    def keep_draft(self) -> None:
        """Keep what is written, and what belongs to it."""
        self._on_typed()

    def place_of(self, ticket_id: int) -> str:
        """Return where the draft is kept; work has its own, so that no note becomes a reply."""
        return f"work-{ticket_id}" if self._working else f"reply-{ticket_id}"

    def insert(self, text: str) -> bool:
        """Put lines of their own at the cursor; return whether the text had room for them."""
        before, after = self._around_cursor()
        data = QMimeData()
        data.setText(f"{before}{text}{after}")
        revision = self.text.document().revision()
        self.text.insertFromMimeData(data)
        self.text.setFocus()
        return self.text.document().revision() != revision

    def _around_cursor(self) -> tuple[str, str]:
        """Return the line breaks that part an insertion from what stands before and after it."""
        first, last = self.text.textCursor(), self.text.textCursor()
        first.setPosition(first.selectionStart())
        last.setPosition(last.selectionEnd())
        return "" if first.atBlockStart() else "\n", "" if last.atBlockEnd() else "\n"

    def accepted(self, ticket_id: int) -> None:
        """Forget what was written on a ticket: the desk has it."""
        self._sending.discard(ticket_id)
        if self._is_shown(ticket_id):
            self._loading = True
            self.text.clear()
            self._loading = False
            self._show_busy()
        self.taken.emit(ticket_id)

    def put_back(self, new: NewComment) -> None:
        """Write again what was not taken, after what has been typed since."""
        typed = self.text.toPlainText().rstrip()
        # A reply may become a note by this, never the other way round.
        is_note = new.internal or (bool(typed) and self.is_note)
        self.text.setPlainText(f"{typed}\n\n{new.body}" if typed else new.body)
        self.text.moveCursor(QTextCursor.End)
        self._kind.set_key(_NOTE if is_note else _REPLY)
        self.came_back.emit(new)
        self._on_kind()
        self.text.setFocus()

    def refused(self, ticket_id: int) -> None:
        """Offer to send again what was written on a ticket."""
        self._sending.discard(ticket_id)
        if self._is_shown(ticket_id):
            self._show_busy()

    def _is_shown(self, ticket_id: int) -> bool:
        return self._ticket is not None and self._ticket.id == ticket_id

    def _show_busy(self) -> None:
        busy = self._ticket is not None and self._ticket.id in self._sending
        self.send_button.setDisabled(busy)
        self._more.setDisabled(busy)
        self.send_button.setText("Sending…" if busy else self._send_label())
        # What is typed after the words have left would be emptied with them.
        self.text.setReadOnly(busy)

    @property
    def is_note(self) -> bool:
        """Whether what is written is an internal note."""
        return self._kind.isVisibleTo(self) and self._kind.key == _NOTE

    def _build(self) -> None:
        self._kind = Segmented([(_REPLY, "Reply"), (_NOTE, "Internal note")])
        self._kind.chosen.connect(self._on_kind)
        self._readers = ElidedLabel(role="secondary")
        self._readers.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.text = BodyEdit()
        self.text.setFixedHeight(_TEXT_HEIGHT)
        # Qt never shows a placeholder that comes only after the first text was set.
        self.text.setPlaceholderText("Write…")
        self.text.refused.connect(self._show_error)
        leave = QShortcut(QKeySequence("Esc"), self.text)
        leave.setContext(Qt.WidgetShortcut)
        leave.activated.connect(self._on_escape)
        self.text.textChanged.connect(self._on_typed)
        self.notice = Banner()
        self._error = QLabel()
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        self.send_button = QPushButton("Send")
        self.send_button.setProperty("kind", "primary")
        self.send_button.setToolTip("Ctrl+Enter")
        self.send_button.clicked.connect(lambda: self._send(None))
        self._more = QToolButton()
        self._more.setText("Send and set…")
        self._more.setProperty("kind", "drop")
        self._more.setPopupMode(QToolButton.InstantPopup)
        self._more.setMenu(QMenu(self))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.send_button.click)
        self._lay_out()

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self._kind)
        self._head.addWidget(self._readers, 1)
        self._foot = foot = QHBoxLayout()
        foot.addWidget(self._error, 1)
        foot.addStretch(0)
        foot.addWidget(self._more)
        foot.addWidget(self.send_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 12, 12)
        self._column.setSpacing(8)
        self._column.addLayout(self._head)
        self._column.addWidget(self.notice)
        self._column.addWidget(self.text)
        self._column.addLayout(foot)

    def _fill_menu(self, ticket: TicketView) -> None:
        menu = self._more.menu()
        menu.clear()
        offered = (Status.AWAITING_CUSTOMER, Status.IN_PROGRESS, Status.RESOLVED)
        for status in offered if self._working else ():
            if status in ticket.next_statuses:
                action = QAction(f"Send and set {status.label}", menu)
                action.triggered.connect(lambda _, chosen=status: self._send(chosen))
                menu.addAction(action)
        self._more.setVisible(not menu.isEmpty())

    def _show_kind(self) -> None:
        if self._ticket is None:
            return
        note = self.is_note
        requester = self._ticket.requester.full_name
        address = self._ticket.requester_email
        self._readers.setToolTip("")
        if note:
            self._readers.setText("Only staff will read this")
            self.text.setPlaceholderText("Write a note for your colleagues…")
        elif self._works_on(self._ticket):
            self._readers.setText(f"To {requester}")
            self._readers.setToolTip(plain_tooltip(address or ""))
            self.text.setPlaceholderText(f"Write to {requester.split()[0]}…")
        else:
            self._readers.setText("To the support team")
            self.text.setPlaceholderText("Write to the support team…")
        self.text.setAccessibleName(self.text.placeholderText())
        self._set_look("note" if note else "card")
        self._show_busy()

    def _send_label(self) -> str:
        return "Add note" if self.is_note else "Send reply"

    def _set_look(self, kind: str) -> None:
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)

    def _send(self, status: Status | None) -> None:
        body = self.text.toPlainText()
        if self._ticket is None or self.waits(partial(self._send, status)):
            return
        keys = self.file_keys()
        try:
            new = NewComment(body=body, internal=self.is_note, status=status, attachment_keys=keys)
        except ValidationError as error:
            self._show_error(str(invalid(error)))
            self.text.setFocus()
            return
        self._show_error("")
        for addition in self.additions:
            new = addition(new)
        self._pass(new, tuple(self.gates))

    def _pass(self, new: NewComment, gates: Sequence[Gate]) -> None:
        """Send a comment once every gate has let it through."""
        if self._ticket is None:
            return
        ticket_id = self._ticket.id
        for place, gate in enumerate(gates, start=1):
            if not gate(new, partial(self._pass_on, ticket_id, new, gates[place:])):
                return
        self._sending.add(ticket_id)
        self._show_busy()
        self.sent.emit(new)

    def _pass_on(self, ticket_id: int, new: NewComment, gates: Sequence[Gate]) -> None:
        """Go on behind a gate that has asked first; meanwhile another ticket may be shown."""
        if self._is_shown(ticket_id):
            self._pass(new, gates)

    def _show_error(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _load_draft(self, ticket_id: int) -> None:
        draft = self._drafts.load(self.place_of(ticket_id))
        self._show_error("")
        self._loading = True
        self.text.setPlainText(draft.get("text", ""))
        self.text.moveCursor(QTextCursor.End)
        self._loading = False
        self._kind.set_key(_NOTE if draft.get("kind") == _NOTE else _REPLY)

    def _on_escape(self) -> None:
        if not self.escaped():
            self.left.emit()

    def _on_kind(self) -> None:
        self._show_kind()
        self.kind_chosen.emit()
        # A draft meant for staff must not come back as a reply to the requester.
        self._on_typed()

    def _on_typed(self) -> None:
        if self._ticket and not self._loading:
            kind = _NOTE if self.is_note else _REPLY
            text = self.text.toPlainText()
            place, more = self.place_of(self._ticket.id), self.draft_more()
            draft = {"text": text, "kind": kind, **more}
            self._drafts.keep(place, draft if text or more else {})
