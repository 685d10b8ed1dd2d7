# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees a reply on its way: asks before it leaves, holds it back for a while, and sends it.

It also says where this window is, for others, and brings canned replies to the reply.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QToolButton

from helpdesk.core.errors import Conflict, Pending
from helpdesk.core.schemas.macros import MacroText, MacroUse, MacroView
from helpdesk.core.schemas.tickets import NewComment, TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.carried import ByMacro, Carried
from helpdesk.ui.tickets.macros.picker import MacroPicker
from helpdesk.ui.tickets.messages import Messages
from helpdesk.ui.tickets.news import News, newest_event, news_since
from helpdesk.ui.tickets.presence import PresenceSigns
from helpdesk.ui.tickets.presence_strip import PresenceStrip
from helpdesk.ui.tickets.rail import RailDialog, cautions_of
from helpdesk.ui.tickets.reply_box import ReplyBox
from helpdesk.ui.tickets.sending import Waiting, seconds_of
from helpdesk.ui.tickets.stale_dialog import StaleDialog
from helpdesk.ui.tickets.waiting_card import WaitingCard
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane

_NOT_SENT = "Your reply on {number} was not sent: {problem} It is kept as a draft."


class Conversing(QObject):
    """What a pane does with replies besides showing them."""

    def __init__(
        self, desktop: Desktop, reply_box: ReplyBox, messages: Messages, pane: TicketPane
    ) -> None:
        """Work for one pane and its reply."""
        super().__init__(pane)
        self._desktop = desktop
        self._box = reply_box
        self._messages = messages
        self._pane = pane
        self._ticket: TicketView | None = None
        self._approved = ""
        """A reply that was looked at again and is to leave as it is."""
        self.signs = PresenceSigns(desktop, self)
        self.strip = PresenceStrip(partial(desktop.pictures.show, desktop))
        self.card = WaitingCard()
        self.card.undo_wanted.connect(self._on_undo)
        self.card.send_wanted.connect(self._on_send_now)
        self.news = Banner()
        self.rail = Banner()
        reply_box.add_above_text(self.news)
        reply_box.add_above_text(self.rail)
        self.sets = Banner()
        self.sets.dismissed.connect(partial(reply_box.carry, None))
        reply_box.add_above_text(self.sets)
        reply_box.carries.connect(self._show_carried)
        reply_box.kind_chosen.connect(self._show_carried)
        reply_box.gates += [self._ask_news, self._ask_rail]
        reply_box.holds_back = lambda place: bool(desktop.sendings.holds(place))
        reply_box.typed.connect(self._on_typed)
        reply_box.kind_chosen.connect(self._show_rail)
        reply_box.macro_wanted.connect(self.pick_macro)
        self._build_button()
        desktop.presence.changed.connect(self._on_presence)
        desktop.sendings.changed.connect(self._show_waiting)
        desktop.sendings.sent.connect(self._on_sent)
        desktop.sendings.failed.connect(self._on_failed)
        desktop.sendings.undone.connect(self._on_undone)

    def show_ticket(self, ticket: TicketView) -> None:
        """Converse on another ticket, or on another state of the same."""
        before, self._ticket = self._ticket, ticket
        is_other = before is None or before.id != ticket.id
        if is_other:
            self._approved = ""
            self.news.clear()
            self.rail.clear()
            self.signs.at(ticket.id if self._pane.working else None)
            if before is not None:
                self._tell_waiting(before)
        self.macro_button.setVisible(self._pane.working and "comment" in ticket.allowed)
        self._write_again()
        self._show_news()
        self._show_present()
        self._show_waiting()

    def leave(self) -> None:
        """Be at no ticket any more."""
        self.signs.at(None)

    # --- canned replies -----------------------------------------------------------------------

    def pick_macro(self, text: str = "") -> None:
        """Offer canned replies for the ticket shown."""
        if self._ticket is None or not self._pane.working:
            return
        picker = MacroPicker(self._desktop, self._ticket.id, self._pane.window(), text)
        picker.inserted.connect(partial(self._use, self._ticket.id, applies=False))
        picker.applied.connect(partial(self._use, self._ticket.id, applies=True))
        picker.open()

    def _use(self, ticket_id: int, macro: MacroView, text: MacroText, *, applies: bool) -> None:
        """Write a canned reply into the reply, and send it with all that it sets where asked."""
        if self._ticket is None or self._ticket.id != ticket_id:
            return
        if not text.text:
            self._carry_out(ticket_id, macro)
            return
        if self._box.put(text.text, internal=macro.internal) and applies:
            # It stays with the words until they have left, whatever holds them up.
            status = macro.actions.status
            self._box.carry(Carried(macro.id, macro.name, status, macro.internal, text.sets))
            self._box.send(status)

    def _show_carried(self) -> None:
        """Say over the text what leaves with it besides the words."""
        carried = self._box.carried
        if carried is None:
            self.sets.clear()
        else:
            leave_out = partial(self._box.carry, None)
            self.sets.show_quiet(carried.sentence, "Leave it out", leave_out)

    def _carry_out(self, ticket_id: int, macro: MacroView) -> None:
        """Set what a macro without a text sets."""
        apply, use = self._desktop.desk.macros.apply, MacroUse(seen_event=self._box.seen)
        job = self._desktop.background.run(self._pane, apply, ticket_id, macro.id, use)
        job.then(self._pane.show_done).failed(self._on_not_carried_out)

    def _on_not_carried_out(self, error: Exception) -> None:
        if isinstance(error, Pending):
            self._pane.say_kept()
        else:
            self._pane.show_not_done(error)

    def _build_button(self) -> None:
        self.macro_button = QToolButton()
        self.macro_button.setText("Canned replies")
        self.macro_button.setIcon(icon("quote"))
        self.macro_button.setToolTip("Find a canned reply (Ctrl+M, or / at the start of a line)")
        self.macro_button.setAccessibleName("Canned replies")
        self.macro_button.clicked.connect(lambda: self.pick_macro())
        self._box.add_to_foot(self.macro_button)

    # --- sending ------------------------------------------------------------------------------

    def send(self, new: NewComment) -> None:
        """Let what was written leave: a note at once, a reply after some seconds."""
        ticket, box = self._ticket, self._box
        if ticket is None:
            return
        self.rail.clear()
        seconds = 0 if new.internal else seconds_of(self._desktop)
        call = partial(self._call, ticket.id, new)
        if not seconds:
            job = self._desktop.background.run(
                self._pane, self._call_at_once, box.place_of(ticket.id), call
            )
            job.then(partial(self._pane.show_said, new))
            job.failed(partial(self._on_refused, ticket.id, new))
            return
        place, draft = box.place_of(ticket.id), box.draft()
        files = self._pane.reply_files.lend(ticket.id)
        waiting = Waiting(ticket.id, ticket.number, new, place, call, draft, files)
        box.accepted(ticket.id)
        self._desktop.sendings.wait(self._desktop, waiting, seconds)
        self._messages.setFocus()
        self._pane.said.emit(f"Your reply leaves in {seconds} s; Ctrl+Z keeps it back")

    def _call(self, ticket_id: int, new: NewComment) -> TicketView:
        """Say it to the desk; runs on a thread of the pool."""
        desk = self._desktop.desk
        if not isinstance(new, ByMacro):
            return desk.tickets.comment(ticket_id, new)
        use = MacroUse(
            body=new.body,
            internal=new.internal,
            status=new.status,
            attachment_keys=new.attachment_keys,
            seen_event=new.seen_event,
        )
        return desk.macros.apply(ticket_id, new.macro_id, use)

    def _call_at_once(self, place: str, call: Callable[[], TicketView]) -> TicketView:
        """Send and forget the draft; runs on a thread of the pool."""
        try:
            ticket = call()
        except Pending:
            # It lies in the outbox now; as a draft it would be sent twice.
            self._desktop.drafts.sent(place)
            raise
        self._desktop.drafts.sent(place)
        return ticket

    def _on_refused(self, ticket_id: int, new: NewComment, error: Exception) -> None:
        self._pane.show_not_said(ticket_id, error)
        self._ask_of_conflict(ticket_id, new, error)

    def _ask_of_conflict(self, ticket_id: int, new: NewComment, error: Exception) -> None:
        now = error.current if isinstance(error, Conflict) else None
        if isinstance(now, TicketView) and self._is_shown(ticket_id):
            self._pane.show_met(now)
            self._ask(now, new)

    # --- what waits ---------------------------------------------------------------------------

    def _own_waiting(self) -> Waiting | None:
        if self._ticket is None:
            return None
        waiting = self._desktop.sendings.of(self._box.place_of(self._ticket.id))
        return waiting[-1] if waiting else None

    def _show_waiting(self) -> None:
        self.card.show_waiting(self._own_waiting(), self._desktop.person.full_name)

    def _on_undo(self) -> None:
        if (waiting := self._own_waiting()) is not None:
            self._desktop.sendings.undo(waiting)

    def _on_send_now(self) -> None:
        if (waiting := self._own_waiting()) is not None:
            self._desktop.sendings.send_now(waiting)

    def _tell_waiting(self, before: TicketView) -> None:
        """Go on offering to undo what waits on the ticket that was left."""
        for waiting in self._desktop.sendings.of(self._box.place_of(before.id)):
            if not waiting.leaves and self._pane.window() is not None:
                Toast.say(
                    self._pane.window(),
                    f"Your reply on {waiting.number} leaves in {waiting.seconds} s",
                    "Undo",
                    partial(self._desktop.sendings.undo, waiting),
                    seconds=max(1, waiting.seconds),
                    topic=waiting.kept_at,
                )

    def _is_own(self, waiting: Waiting) -> bool:
        return waiting.place == self._box.place_of(waiting.ticket_id)

    def _is_shown(self, ticket_id: int) -> bool:
        return self._ticket is not None and self._ticket.id == ticket_id

    def _on_sent(self, waiting: Waiting, ticket: TicketView) -> None:
        if self._is_own(waiting):
            Toast.end(self._pane.window(), waiting.kept_at)
            self._pane.show_reply(waiting.new, ticket)

    def _write_again(self) -> None:
        """Write what has come back of the ticket shown."""
        if self._ticket is not None and self._ticket.id == self._pane.wanted_id:
            for waiting in self._desktop.sendings.returned(self._box.place_of(self._ticket.id)):
                self._box.put_back(waiting.new)
                self._pane.reply_files.take_back(waiting.files)

    def _on_failed(self, waiting: Waiting, error: Exception) -> None:
        if not self._is_own(waiting):
            return
        if isinstance(error, Pending):
            self._pane.say_kept()
        elif self._is_shown(waiting.ticket_id):
            self._write_again()
            self._pane.show_not_said(waiting.ticket_id, error)
            self._ask_of_conflict(waiting.ticket_id, waiting.new, error)
        else:
            sentence = _NOT_SENT.format(number=waiting.number, problem=sentence_of(error))
            show = partial(self._pane.articles.ticket_wanted.emit, waiting.ticket_id)
            Toast.say(self._pane.window(), sentence, "Show", show, seconds=15)

    def _on_undone(self, waiting: Waiting) -> None:
        if not self._is_own(waiting):
            return
        Toast.end(self._pane.window(), waiting.kept_at)
        self._pane.ending.stays(waiting.ticket_id)
        if self._is_shown(waiting.ticket_id):
            self._write_again()
        else:
            self._pane.articles.ticket_wanted.emit(waiting.ticket_id)
        self._pane.said.emit(f"Your reply on {waiting.number} is a draft again")

    # --- who else is there, and what they did ---------------------------------------------------

    def _on_typed(self) -> None:
        if self._pane.working:
            self.signs.writes()
        if not self.rail.isHidden():
            self.rail.clear()

    def _on_presence(self, ticket_ids: tuple[int, ...]) -> None:
        if self._ticket is not None and self._ticket.id in ticket_ids:
            self._show_present()

    def _show_present(self) -> None:
        here = self._desktop.presence.of(self._ticket.id) if self._ticket else ()
        self.strip.show_present(here)

    def _news(self, ticket: TicketView, seen: int | None) -> News:
        return news_since(ticket, seen, self._desktop.person.id)

    def _show_news(self) -> None:
        """Say over the text what came while it was being written."""
        if self._ticket is None or not self._box.text.toPlainText().strip():
            self.news.clear()
            return
        sentence = self._news(self._ticket, self._box.seen).sentence
        if sentence and sentence != self.news.text:
            self.news.show_quiet(sentence, "Show", self._read_news)
        elif not sentence:
            self.news.clear()

    def _read_news(self) -> None:
        self._box.has_read()
        bar = self._messages.verticalScrollBar()
        bar.setValue(bar.maximum())

    # --- what is asked before a reply leaves ----------------------------------------------------

    def _ask_news(self, new: NewComment, _go_on: Callable[[], None]) -> bool:
        ticket = self._ticket
        if ticket is None or new.internal:
            return True
        news = self._news(ticket, new.seen_event)
        if not news.comments and not news.changes:
            return True
        self._ask(ticket, new)
        return False

    def _ask(self, ticket: TicketView, new: NewComment) -> None:
        """Show what came, and let the person decide about the reply."""
        news = self._news(ticket, new.seen_event)
        dialog = StaleDialog(
            ticket,
            news,
            self._desktop.clock(),
            self._pane.window(),
            may_note=self._pane.working and "note" in ticket.allowed,
        )
        dialog.send_wanted.connect(partial(self._send_again, ticket, new, note=False))
        dialog.note_wanted.connect(partial(self._send_again, ticket, new, note=True))
        dialog.back_wanted.connect(self._box.text.setFocus)
        dialog.open()

    def _send_again(self, ticket: TicketView, new: NewComment, *, note: bool) -> None:
        if not self._is_shown(ticket.id):
            return
        self._box.has_read(newest_event(ticket))
        self.news.clear()
        if note:
            self._box.write(note=True)
        self._box.send(None if note else new.status)

    def _ask_rail(self, new: NewComment, go_on: Callable[[], None]) -> bool:
        ticket = self._ticket
        if ticket is None or new.internal or new.body == self._approved:
            return True
        cautions = cautions_of(new.body, ticket)
        if not cautions:
            return True
        dialog = RailDialog(self._box.readers, cautions, self._pane.window())
        dialog.send_wanted.connect(partial(self._approve, new, go_on))
        dialog.back_wanted.connect(self._box.text.setFocus)
        dialog.open()
        return False

    def _approve(self, new: NewComment, go_on: Callable[[], None]) -> None:
        self._approved = new.body
        go_on()

    def _show_rail(self) -> None:
        """Say at once what a note holds that has just become a reply."""
        body = self._box.text.toPlainText()
        if self._ticket is None or self._box.is_note or not body:
            self.rail.clear()
            return
        cautions = cautions_of(body, self._ticket)
        if cautions:
            first = cautions[0]
            self.rail.show_warning(f"{first.what} {first.where}")
        else:
            self.rail.clear()
