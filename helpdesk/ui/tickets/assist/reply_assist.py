# SPDX-License-Identifier: GPL-3.0-or-later
"""Drafts and rewrites what stands in a reply box; nothing is sent and nothing typed is lost."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from pydantic import ValidationError
from PyQt5.QtCore import QEvent, QObject, pyqtSignal
from PyQt5.QtGui import QTextCursor

from helpdesk.core.schemas.assistant import Answer, ReplyAsk, RewriteAsk, Rewriting
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import SuggestedReply
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.answer_card import AnswerCard
from helpdesk.ui.tickets.assist.draft_notice import DraftNotice
from helpdesk.ui.tickets.assist.model_status import NO_MODEL, ModelStatus
from helpdesk.ui.tickets.assist.reply_tools import ReplyTools
from helpdesk.ui.tickets.reply_box import ReplyBox

_NARROW = 560
_PARAGRAPH = "\N{PARAGRAPH SEPARATOR}"
_CHANGED = "What you wrote has changed since; ask again."


class _Passage(NamedTuple):
    """What of a reply is being rewritten."""

    start: int
    end: int
    text: str


class ReplyAssist(QObject):
    """Holds together the buttons over a reply box, the answer above it and the warning in it."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)
    reply_inserted = pyqtSignal()
    """The reply that came with a suggestion stands in the box."""

    def __init__(self, desktop: Desktop, reply_box: ReplyBox, model: ModelStatus) -> None:
        """Put the buttons and the warning into a reply box."""
        super().__init__(reply_box)
        self._desktop = desktop
        self._reply_box = reply_box
        self._model = model
        self._ticket: TicketView | None = None
        self._passage: _Passage | None = None
        self.tools = ReplyTools(model)
        self.tools.draft_wanted.connect(self.draft)
        self.tools.rewrite_wanted.connect(self.rewrite)
        self.card = AnswerCard(desktop, "Draft", use="Use", close="Discard")
        self.card.used.connect(self._on_used)
        self.card.closed.connect(reply_box.text.setFocus)
        self.notice = DraftNotice(reply_box)
        for links in (self.card, self.notice):
            links.article_wanted.connect(self.article_wanted)
            links.ticket_wanted.connect(self.ticket_wanted)
        reply_box.add_tools(self.tools)
        reply_box.add_above_text(self.notice)
        reply_box.escaped = self._on_escaped
        reply_box.text.textChanged.connect(self._show_tools)
        reply_box.sent.connect(lambda _: self.card.close_answer())
        reply_box.installEventFilter(self)
        self.tools.hide()

    def show_ticket(self, ticket: TicketView, *, may_ask: bool) -> None:
        """Draft for another ticket, or for a newer state of the same."""
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket = ticket
        if is_other:
            self.card.close_answer()
        self.notice.show_ticket(ticket.id)
        self.tools.setVisible(may_ask and bool({"comment", "note"} & ticket.allowed))
        self._show_tools()

    def draft(self) -> None:
        """Have a reply drafted, by the model or out of articles."""
        if self._ticket is not None and not self._reply_box.text.isReadOnly():
            self._passage = None
            who = self._ticket.requester.full_name
            ask = ReplyAsk(ticket_id=self._ticket.id)
            self.card.ask(f"Draft of a reply to {who}", ask, model=self._model.model)

    def rewrite(self, how: Rewriting, language: str = "English") -> None:
        """Have what is selected, or else all that is written, rewritten."""
        passage = self._chosen_passage()
        if self._ticket is None or not passage.text.strip():
            return
        if not self._model.has_model:
            self._reply_box.notice.show_info(NO_MODEL)
            return
        try:
            ask = RewriteAsk(
                ticket_id=self._ticket.id,
                text=passage.text,
                how=how,
                language=language,
                internal=self._reply_box.is_note,
            )
        except ValidationError as error:
            self._reply_box.notice.show_error(str(invalid(error)))
            return
        self._passage = passage
        self.card.ask(_title(how, language), ask, model=self._model.model, before=passage.text)

    def insert_reply(self, reply: SuggestedReply) -> None:
        """Put a suggested reply into the box, to be checked and sent by a person."""
        if not self._reply_box.text.toPlainText().strip():
            self._reply_box.write(note=False)
        if self.notice.insert(reply.body, _cautions(reply), reply.citations):
            self.reply_inserted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave words away where the box is narrow."""
        if watched is self._reply_box and event.type() == QEvent.Resize:
            self._show_tools()
        return False

    def _show_tools(self) -> None:
        has_text = bool(self._reply_box.text.toPlainText().strip())
        self.tools.set_has_text(has_text=has_text, narrow=self._reply_box.width() < _NARROW)

    def _on_escaped(self) -> bool:
        """Stop an answer that is coming in before the text is left."""
        is_running = self.card.is_running
        self.card.stop()
        return is_running

    def _on_used(self, answer: Answer) -> None:
        cautions = (*answer.cautions, *_unsupported(answer))
        if self._passage is None:
            is_in = self.notice.insert(answer.text, cautions, answer.citations)
        else:
            replace = partial(self._replace, self._passage, answer.text)
            is_in = self.notice.rewrite(replace, cautions)
        if is_in:
            self.card.close_answer()
        elif self._passage is not None:
            self.card.say(_CHANGED)

    def _chosen_passage(self) -> _Passage:
        cursor = self._reply_box.text.textCursor()
        selected = cursor.selectedText().replace(_PARAGRAPH, "\n")
        if selected.strip():
            return _Passage(cursor.selectionStart(), cursor.selectionEnd(), selected)
        everything = QTextCursor(self._reply_box.text.document())
        everything.select(QTextCursor.Document)
        whole = everything.selectedText().replace(_PARAGRAPH, "\n")
        return _Passage(everything.selectionStart(), everything.selectionEnd(), whole)

    def _replace(self, passage: _Passage, text: str) -> bool:
        """Write over the passage, if it still stands where it stood."""
        cursor = QTextCursor(self._reply_box.text.document())
        end = max(0, self._reply_box.text.document().characterCount() - 1)
        cursor.setPosition(min(passage.start, end))
        cursor.setPosition(min(passage.end, end), QTextCursor.KeepAnchor)
        if cursor.selectedText().replace(_PARAGRAPH, "\n") != passage.text:
            return False
        cursor.insertText(text)
        self._reply_box.text.setTextCursor(cursor)
        return True


def _title(how: Rewriting, language: str) -> str:
    if how is Rewriting.TRANSLATE:
        return f"Translated to {language}"
    return "Shorter" if how is Rewriting.SHORTER else "Friendlier"


def _cautions(reply: SuggestedReply) -> tuple[str, ...]:
    unsupported = [each.text for each in reply.sentences if not each.supported]
    return (*reply.cautions, *(f"Not found in the sources: “{each}”" for each in unsupported))


def _unsupported(answer: Answer) -> tuple[str, ...]:
    return tuple(
        f"Not found in the sources: “{each.text}”"
        for each in answer.sentences
        if not each.supported
    )
