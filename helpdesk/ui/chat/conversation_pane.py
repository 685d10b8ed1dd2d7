# SPDX-License-Identifier: GPL-3.0-or-later
"""One conversation: what was said, what is being answered, and where the next question is typed."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QHBoxLayout, QShortcut, QStackedWidget, QVBoxLayout, QWidget

from helpdesk.core.errors import NotFound, Unreachable
from helpdesk.core.schemas.assistant import AssistantStatus, ConversationView, MessageView
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import Citation
from helpdesk.ui.chat.dialogue import Dialogue
from helpdesk.ui.chat.ended_bar import EndedBar
from helpdesk.ui.chat.exchange import Exchange, all_said, is_kept
from helpdesk.ui.chat.handing_over import HandingOver
from helpdesk.ui.chat.pane_head import PaneHead
from helpdesk.ui.chat.question_box import QuestionBox
from helpdesk.ui.chat.said import Remark
from helpdesk.ui.chat.welcome import Welcome
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView

_BOX_WIDEST = 852
_NEW = 0
"""Stands for the conversation that has not begun yet, where a number is needed."""


class ConversationPane(QWidget):
    """Asks, shows answers as they come in, and hands the conversation over to people."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)
    search_wanted = pyqtSignal(str)
    said = pyqtSignal(str)
    begun = pyqtSignal(int)
    """A new conversation has this number now."""
    gone = pyqtSignal()
    """The conversation shown is no longer there."""
    changed = pyqtSignal()
    """The list of conversations may look different now."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin with a new conversation."""
        super().__init__()
        self._desktop = desktop
        self._id: int | None = None
        self._view: ConversationView | None = None
        self._status: AssistantStatus | None = None
        self._exchanges: dict[int, list[Exchange]] = {}
        self._remarks: dict[MessageView, Remark] = {}
        self._build()
        self.open(None)

    @property
    def conversation_id(self) -> int | None:
        """The conversation shown; none before the first question of a new one."""
        return self._id

    @property
    def is_answering(self) -> bool:
        """Whether an answer is coming in here."""
        return self._running is not None

    def open(self, conversation_id: int | None) -> None:
        """Show another conversation, or an empty page to begin one."""
        self._id = conversation_id
        self._view = None
        self._banner.clear()
        self.dialogue.turn()
        self.hand_over.show_conversation(None)
        self._load_draft()
        self._show(at_end=True)
        if conversation_id is not None and not self._shown_exchanges:
            self.states.show_loading()
        self.refresh()

    def refresh(self) -> None:
        """Read again what is shown."""
        if self._id is not None:
            read = self._desktop.desk.assistant.conversation
            job = self._desktop.background.latest(self, read, self._id)
            job.then(self._on_view).failed(partial(self._on_view_failed, self._id))

    def show_status(self, status: AssistantStatus) -> None:
        """Say where answers come from."""
        self._status = status
        self._show_status()

    def ask(self, text: str) -> None:
        """Ask something in the conversation shown, or begin one with it."""
        if self._running is not None or self._has_ended:
            return
        unsent = self._take_unsent()
        exchange = self._exchange("\n\n".join([*unsent, text]))
        self.box.set_text("")
        self._keep_draft()
        self._begin(exchange)

    def stop(self) -> None:
        """End the answer that is coming in; what came of it stays."""
        if self._running is not None:
            self._running.stop()

    def forget(self, conversation_id: int) -> None:
        """Ask nothing more in a conversation that was deleted, and keep no draft of it."""
        for exchange in self._exchanges.pop(conversation_id, []):
            exchange.stop()
            exchange.deleteLater()
        self._desktop.drafts.remove(_place(conversation_id))
        self.hand_over.forget(conversation_id)

    def focus_first(self) -> None:
        """Begin where one types."""
        if self.box.isVisible():
            self.box.edit.setFocus()
        else:
            self.dialogue.setFocus()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.head = PaneHead()
        self.dialogue = Dialogue()
        self.dialogue.citation_chosen.connect(self._on_citation)
        self.dialogue.search_wanted.connect(self.search_wanted)
        self.dialogue.retry_wanted.connect(self._on_retry)
        self.dialogue.copied.connect(lambda: self.said.emit("The answer was copied."))
        self.hand_over = HandingOver(self._desktop)
        self.hand_over.handed_over.connect(self._on_handed_over)
        self.hand_over.changed.connect(self._show_actions)
        self.hand_over.opened.connect(self.dialogue.to_end)
        self.hand_over.left.connect(self.focus_first)
        self.hand_over.failed.connect(lambda sentence: self._banner.show_error(sentence))
        self.head.ticket_wanted.connect(self.hand_over.make_ticket)
        for sender in (self.head, self.dialogue):
            sender.human_wanted.connect(self.hand_over.ask_human)
        self.dialogue.add_below(self.hand_over)
        self.states = StateView(self.dialogue)
        self.welcome = Welcome()
        self.welcome.example_chosen.connect(self.ask)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.states)
        self._banner = Banner()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._banner)
        column.addWidget(self._pages, 1)
        column.addWidget(self._foot())
        self._escape = QShortcut(QKeySequence(Qt.Key_Escape), self)
        self._escape.setContext(Qt.WidgetWithChildrenShortcut)
        self._escape.activated.connect(self.stop)

    def _foot(self) -> QWidget:
        self.box = QuestionBox()
        self.box.asked.connect(self.ask)
        self.box.stop_wanted.connect(self.stop)
        self.box.typed.connect(self._keep_draft)
        self.box.edit.paged.connect(self.dialogue.page)
        self.ended = EndedBar()
        self.ended.ticket_wanted.connect(self.ticket_wanted)
        inside = QWidget()
        inside.setMaximumWidth(_BOX_WIDEST)
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 12)
        column.addWidget(self.box)
        column.addWidget(self.ended)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inside, 1000)
        row.addStretch(1)
        return foot

    # --- asking -------------------------------------------------------------------------------

    @property
    def _shown_exchanges(self) -> list[Exchange]:
        return self._exchanges.get(self._id or _NEW, [])

    @property
    def _running(self) -> Exchange | None:
        return next((each for each in self._shown_exchanges if each.running), None)

    @property
    def _has_ended(self) -> bool:
        return self._view is not None and self._view.ticket_id is not None

    def _exchange(self, text: str, *, retry: bool = False) -> Exchange:
        exchange = Exchange(text, self._desktop.clock(), self._view, self, retry=retry)
        exchange.model = self._status.model if self._status and self._status.has_model else ""
        exchange.heard.connect(partial(self._on_heard, exchange))
        exchange.sourced.connect(partial(self._on_sourced, exchange))
        exchange.appended.connect(partial(self._on_appended, exchange))
        exchange.ended.connect(partial(self._on_ended, exchange))
        self._exchanges.setdefault(self._id or _NEW, []).append(exchange)
        return exchange

    def _begin(self, exchange: Exchange) -> None:
        self._show(at_end=True)
        self.dialogue.to_end()
        if exchange.conversation_id is None:
            job = self._desktop.background.run(self, self._desktop.desk.assistant.begin)
            job.then(partial(self._on_begun, exchange)).failed(exchange.fail)
        else:
            exchange.start(self._desktop.assistant, exchange.conversation_id)

    def _on_begun(self, exchange: Exchange, view: ConversationView) -> None:
        is_shown = self._id is None and exchange in self._shown_exchanges
        self._exchanges[_NEW].remove(exchange)
        self._exchanges.setdefault(view.id, []).append(exchange)
        drafts = self._desktop.drafts
        if is_shown:
            self._id, self._view = view.id, view
            drafts.remove(_place(None))
            self._keep_draft()
            self.begun.emit(view.id)
        else:
            drafts.keep(_place(None), {"text": drafts.load(_place(None)).get("text", "")})
            drafts.keep(_place(view.id), {"asked": exchange.text})
        exchange.start(self._desktop.assistant, view.id)
        if is_shown:
            self._show()

    def _take_unsent(self) -> list[str]:
        """Take back the questions that never reached the desk: they go with the next one."""
        exchanges = self._shown_exchanges
        unsent = [each for each in exchanges if not each.is_on_the_desk and not each.answer]
        for exchange in unsent:
            exchanges.remove(exchange)
            exchange.deleteLater()
        return [exchange.text for exchange in unsent]

    def _on_retry(self) -> None:
        """Look whether the desk has the question, and ask it, or ask for its answer, again."""
        if self._id is None:
            self._ask_again()
            return
        read = self._desktop.desk.assistant.conversation
        job = self._desktop.background.run(self, read, self._id)
        job.then(self._on_looked).failed(lambda error: self.said.emit(sentence_of(error)))

    def _on_looked(self, view: ConversationView) -> None:
        if view.id == self._id and not self.is_answering:
            self._on_view(view)
            self._ask_again()

    def _ask_again(self) -> None:
        self._banner.clear()
        unsent = self._take_unsent()
        if unsent:
            self._begin(self._exchange("\n\n".join(unsent)))
        elif self._view is not None:
            exchanges = self._shown_exchanges
            for exchange in exchanges:
                exchange.deleteLater()
            exchanges.clear()
            self._begin(self._exchange("", retry=True))

    # --- what comes in ------------------------------------------------------------------------

    def _is_shown(self, exchange: Exchange) -> bool:
        return exchange in self._shown_exchanges

    def _on_heard(self, exchange: Exchange) -> None:
        if self._is_shown(exchange):
            self._keep_draft()
        self.changed.emit()

    def _on_sourced(self, exchange: Exchange) -> None:
        if self._is_shown(exchange):
            self._show()

    def _on_appended(self, exchange: Exchange, piece: str) -> None:
        if self._is_shown(exchange):
            self.dialogue.append(piece)

    def _on_ended(self, exchange: Exchange) -> None:
        if self._is_shown(exchange):
            self._show()
            self.refresh()
        self.changed.emit()

    def _on_view(self, view: ConversationView) -> None:
        if view.id != self._id:
            return
        self._view = view
        for exchange in self._shown_exchanges:
            exchange.look_at(view)
        self._show(at_end=self.states.state == "loading")
        self._forget_kept(view)
        self._keep_draft()

    def _on_view_failed(self, conversation_id: int, error: Exception) -> None:
        if conversation_id != self._id:
            return
        if isinstance(error, NotFound):
            self.said.emit("The conversation was deleted.")
            self.gone.emit()
            return
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        if self._view is None and not self._shown_exchanges:
            self.states.show_failed(sentence_of(error), self.refresh)

    def _forget_kept(self, view: ConversationView) -> None:
        """Forget what the desk keeps by now; what only this window knows of it was noted."""
        exchanges = self._shown_exchanges
        for exchange in [each for each in exchanges if is_kept(each, view)]:
            exchanges.remove(exchange)
            exchange.deleteLater()

    # --- showing ------------------------------------------------------------------------------

    def _show(self, *, at_end: bool = False) -> None:
        exchanges, view = self._shown_exchanges, self._view
        begins = self._id is None and not exchanges
        self._pages.setCurrentWidget(self.welcome if begins else self.states)
        self._show_status()
        self.head.show_title(view.title if view else "")
        said = all_said(view, exchanges, self._remarks)
        self.dialogue.show_said(said, self._desktop.clock(), at_end=at_end)
        if view is not None or exchanges:
            self.states.show_content()
        self.hand_over.show_conversation(view)
        self.ended.show_ticket(view.ticket_id if view else None)
        self._show_actions()

    def _show_status(self) -> None:
        """Say where answers come from, on the page of a new conversation or below the others."""
        sentence = status_sentence(self._status) if self._status else ""
        self.welcome.show_status(sentence)
        is_new = self._pages.currentWidget() is self.welcome
        self.box.show_status("" if is_new else sentence)

    def _show_actions(self) -> None:
        busy = self.is_answering or self.hand_over.is_working
        exists = self._view is not None and bool(self._view.messages or self._shown_exchanges)
        self.head.show_actions(exists=exists, has_ended=self._has_ended, busy=busy)
        self.head.ticket_button.setDisabled(busy or self.hand_over.is_open)
        self.box.set_busy(busy=self.is_answering)
        self.box.setVisible(not self._has_ended and not self.hand_over.is_open)
        self.dialogue.set_offers(offers=not self._has_ended and not self.hand_over.is_open)
        self._escape.setEnabled(self.is_answering)

    def _on_handed_over(self, conversation_id: int, ticket: TicketView) -> None:
        self.said.emit(f"{ticket.number} was made of the conversation.")
        self.changed.emit()
        self._pass_on_draft(conversation_id, ticket)
        if conversation_id == self._id and self._view is not None:
            self._view = self._view.model_copy(update={"ticket_id": ticket.id})
            self._show()
            self.ended.link.setFocus()
            self.refresh()

    def _on_citation(self, citation: Citation) -> None:
        if citation.article_id is not None:
            self.article_wanted.emit(citation.article_id)
        elif citation.ticket_id is not None:
            self.ticket_wanted.emit(citation.ticket_id)

    # --- drafts -------------------------------------------------------------------------------

    def _load_draft(self) -> None:
        draft = self._desktop.drafts.load(_place(self._id))
        asked = "" if self._shown_exchanges else draft.get("asked", "")
        self.box.set_text("\n\n".join(filter(None, (asked, draft.get("text", "")))))

    def _pass_on_draft(self, conversation_id: int, ticket: TicketView) -> None:
        """Offer what the desk did not get as a reply to the ticket, where it goes on."""
        drafts, place = self._desktop.drafts, _place(conversation_id)
        draft = drafts.load(place)
        text = "\n\n".join(filter(None, (draft.get("asked"), draft.get("text"))))
        if text.strip():
            drafts.keep(f"reply-{ticket.id}", {"text": text, "kind": "reply"})
        drafts.remove(place)
        if conversation_id == self._id:
            self.box.set_text("")

    def _keep_draft(self) -> None:
        """Keep what is typed, and what was asked until the desk has it."""
        asked = [each.text for each in self._shown_exchanges if not each.is_on_the_desk]
        draft = {"text": self.box.text, "asked": "\n\n".join(asked)}
        self._desktop.drafts.keep(_place(self._id), draft)


def status_sentence(status: AssistantStatus) -> str:
    """Say where answers come from."""
    sources = "Answers come from the knowledge base and your tickets"
    if not status.has_model:
        return f"{sources}. No model is set up."
    return f"{sources}, written by {status.model} on {status.place}."


def _place(conversation_id: int | None) -> str:
    return "chat-new" if conversation_id is None else f"chat-{conversation_id}"
