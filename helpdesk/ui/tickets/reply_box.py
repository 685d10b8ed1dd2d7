# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a reply or an internal note is written; says who will read it before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import QEvent, QMimeData, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QKeySequence, QTextCursor
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
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.tickets.carried import ByMacro, Carried, carried_in, carried_with
from helpdesk.ui.tickets.news import newest_event
from helpdesk.ui.tickets.sending import taken_over
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.segmented import Segmented

_TEXT_HEIGHT, _LOW_TEXT_HEIGHT = 96, 56
_NAMED = 4
"""So many who follow are named beside a reply; all of them are in the tooltip."""
_REPLY, _NOTE = "reply", "note"
_STATUS_KEYS = {
    "Alt+1": Status.AWAITING_CUSTOMER,
    "Alt+2": Status.IN_PROGRESS,
    "Alt+3": Status.RESOLVED,
}
"""What is set together with a reply, by which keys."""

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
    carries = pyqtSignal()
    """Another canned reply, or none, is to be carried out with what is written."""
    typed = pyqtSignal()
    """The person is writing."""
    macro_wanted = pyqtSignal(str)
    """A canned reply is wanted that has these words."""

    def __init__(
        self, drafts: Drafts, works_on: Callable[[TicketView], bool], *, working: bool
    ) -> None:
        """Offer notes, and a status with the reply, only where the tab is for ``working`` tickets.

        Whoever ``works_on`` a ticket writes to its requester, in every tab.
        """
        super().__init__()
        self.setObjectName("reply_box")
        self.setProperty("kind", "card")
        self._drafts = drafts
        self._works_on = works_on
        self._working = working
        self._ticket: TicketView | None = None
        self._sending: set[int] = set()
        self._carried: Carried | None = None
        self._followers: tuple[int, tuple[str, ...]] = (0, ())
        self.holds_back: Callable[[str], bool] = lambda _place: False
        """Whether a reply of a place is just held back; then it is no draft."""
        self.escaped: Callable[[], bool] = lambda: False
        """Asked on Escape, before the text is left: whether there was something else to end."""
        self._loading = False
        self.seen: int | None = None
        """The newest entry of the history that whoever writes has read, as far as is known."""
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
        if not self.text.toPlainText().strip():
            self.seen = newest_event(ticket)
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

    def draft(self) -> dict[str, str]:
        """Return all that is written, as it is kept; nothing where there is nothing."""
        kind, text = _NOTE if self.is_note else _REPLY, self.text.toPlainText()
        more = self.draft_more()
        compares = self.seen is not None and not self.is_note
        seen = {"seen": str(self.seen)} if compares else {}
        if self._carried is not None:
            more |= self._carried.draft()
        return {"text": text, "kind": kind, **seen, **more} if text or more else {}

    @property
    def carried(self) -> Carried | None:
        """What is carried out with what is written; nothing of a reply with a note."""
        there = self._carried
        return there if there is not None and there.internal == self.is_note else None

    def carry(self, carried: Carried | None) -> None:
        """Carry out a canned reply, or none, with what is written."""
        self._carry(carried)
        self._keep_draft()

    def _carry(self, carried: Carried | None) -> None:
        self._carried = carried
        self.carries.emit()

    def has_read(self, newest: int | None = None) -> None:
        """Count what the ticket shows, or an entry of its history, as read by whoever writes."""
        shown = newest_event(self._ticket) if self._ticket else None
        self.seen = max((each for each in (shown, newest) if each is not None), default=None)
        self._keep_draft()

    def put(self, text: str, *, internal: bool) -> bool:
        """Write a canned reply; return whether it may be sent so.

        What is written as a note stays one: nobody would see that it goes out.
        """
        is_empty = not self.text.toPlainText().strip()
        if is_empty or internal:
            self.write(note=internal)
        return self.insert(text) and self.is_note == internal

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
            self._carry(None)
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
        if (carried := carried_with(new)) is not None:
            self._carry(carried)
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
        # It wraps rather than ends: who else reads a reply is what stands last.
        self._readers = QLabel()
        self._readers.setTextFormat(Qt.PlainText)
        self._readers.setProperty("role", "secondary")
        self._readers.setWordWrap(True)
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
        self.send_button.clicked.connect(lambda: self.send(None))
        self._more = QToolButton()
        self._more.setText("Send and set…")
        self._more.setProperty("kind", "drop")
        self._more.setPopupMode(QToolButton.InstantPopup)
        self._more.setMenu(QMenu(self))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.send_button.click)
        for keys, status in _STATUS_KEYS.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._send_and_set, status))
        macros = QShortcut(QKeySequence("Ctrl+M"), self)
        macros.setContext(Qt.WidgetWithChildrenShortcut)
        macros.activated.connect(lambda: self.macro_wanted.emit(""))
        self.text.installEventFilter(self)
        self._lay_out()

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._sign = QLabel()
        self._sign.setFixedSize(16, 16)
        self._head.addWidget(self._kind)
        self._head.addStretch(1)
        to = QHBoxLayout()
        to.setSpacing(6)
        to.addWidget(self._sign, 0, Qt.AlignTop)
        to.addWidget(self._readers, 1)
        self._foot = foot = QHBoxLayout()
        foot.addWidget(self._error, 1)
        foot.addStretch(0)
        foot.addWidget(self._more)
        foot.addWidget(self.send_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 12, 12)
        self._column.setSpacing(8)
        self._column.addLayout(self._head)
        self._column.addLayout(to)
        self._column.addWidget(self.notice)
        self._column.addWidget(self.text)
        self._column.addLayout(self._foot)

    def _fill_menu(self, ticket: TicketView) -> None:
        menu = self._more.menu()
        menu.clear()
        for keys, status in _STATUS_KEYS.items() if self._working else ():
            if status in ticket.next_statuses:
                action = QAction(f"Send and set {status.label}\t{keys}", menu)
                action.triggered.connect(lambda _, chosen=status: self.send(chosen))
                menu.addAction(action)
        self._more.setVisible(not menu.isEmpty())

    def _show_kind(self) -> None:
        if self._ticket is None:
            return
        note = self.is_note
        requester = self._ticket.requester.full_name
        self._readers.setText(self._readers_of(self._ticket, most=_NAMED))
        self._readers.setToolTip(plain_tooltip(self.readers))
        if note:
            self.text.setPlaceholderText("Write a note that only your colleagues read…")
        elif self._works_on(self._ticket):
            self.text.setPlaceholderText(f"Write to {requester.split()[0]}…")
        else:
            self.text.setPlaceholderText("Write to the support team…")
        self.text.setAccessibleName(self.text.placeholderText())
        sign = icon("lock", "ink_warning") if note else icon("mail")
        self._sign.setPixmap(sign.pixmap(16, 16))
        self._set_look("note" if note else "card")
        self._show_busy()

    @property
    def readers(self) -> str:
        """Everybody who will read what is written, with where it goes."""
        return self._readers_of(self._ticket, most=None) if self._ticket else ""

    def _readers_of(self, ticket: TicketView, *, most: int | None) -> str:
        """Name the readers, and only count those who follow beyond ``most``."""
        if self.is_note:
            return "Only staff will read this"
        if not self._works_on(ticket):
            return "To the support team"
        address = f" ({ticket.requester_email})" if ticket.requester_email else ""
        known = self._followers if self._followers[0] == ticket.id else (0, ())
        also = [each for each in known[1] if each != ticket.requester.full_name]
        if most is not None and len(also) > most + 1:
            also[most:] = [f"{len(also) - most} others"]
        followed = f", followed by {', '.join(also)}" if also else ""
        return f"To {ticket.requester.full_name}{address}{followed}"

    def show_followers(self, ticket_id: int, names: tuple[str, ...]) -> None:
        """Name who follows a ticket among those who read a reply to it."""
        self._followers = (ticket_id, names)
        self._show_kind()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Offer canned replies on a slash at the start of a line."""
        is_slash = (
            watched is self.text
            and event.type() == QEvent.KeyPress
            and isinstance(event, QKeyEvent)
            and event.text() == "/"
        )
        if is_slash and self._working and not self.text.isReadOnly():
            cursor = self.text.textCursor()
            if cursor.atBlockStart() and cursor.atBlockEnd():
                self.macro_wanted.emit("")
                return True
        return bool(super().eventFilter(watched, event))

    def _send_and_set(self, status: Status) -> None:
        if self._ticket and self._working and status in self._ticket.next_statuses:
            self.send(status)

    def _send_label(self) -> str:
        return "Add note" if self.is_note else "Send reply"

    def _set_look(self, kind: str) -> None:
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)

    def send(self, status: Status | None) -> None:
        """Let what is written leave, with a status or by a canned reply, if nothing is amiss."""
        if self._ticket is None or self._ticket.id in self._sending:
            return
        if self.waits(partial(self.send, status)):
            return
        macro = self.carried
        said: dict[str, Any] = {
            "body": self.text.toPlainText(),
            "internal": self.is_note,
            "status": status or (macro.status if macro else None),
            "attachment_keys": self.file_keys(),
            # Nobody outside reads a note, so that it may cross with others.
            "seen_event": None if self.is_note else self.seen,
        }
        try:
            new = _comment(said, macro)
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
        place = self.place_of(ticket_id)
        is_held = self.holds_back(place)
        draft = self._drafts.load(place) if is_held else taken_over(self._drafts, place)
        self._show_error("")
        self.seen = int(draft["seen"]) if draft.get("seen", "").isdigit() else None
        self._loading = True
        self.text.setPlainText(draft.get("text", ""))
        self.text.moveCursor(QTextCursor.End)
        self._loading = False
        self._kind.set_key(_NOTE if draft.get("kind") == _NOTE else _REPLY)
        self._carry(carried_in(draft))

    def _on_escape(self) -> None:
        if not self.escaped():
            self.left.emit()

    def _on_kind(self) -> None:
        self._show_kind()
        # A draft meant for staff must not come back as a reply to the requester.
        self._on_typed()
        self.kind_chosen.emit()

    def _on_typed(self) -> None:
        if self._ticket is None or self._loading:
            return
        if not self.text.toPlainText().strip():
            self.seen = newest_event(self._ticket)
            if self._carried is not None:
                self._carry(None)
        else:
            self.typed.emit()
        self._keep_draft()

    def _keep_draft(self) -> None:
        if self._ticket is None:
            return
        draft = self.draft()
        self._drafts.keep(self.place_of(self._ticket.id), draft)


def _comment(said: dict[str, Any], macro: Carried | None) -> NewComment:
    if macro is None:
        return NewComment(**said)
    named = {"macro_id": macro.macro_id, "macro_name": macro.name, "macro_sets": macro.sets}
    return ByMacro(**said, **named)
