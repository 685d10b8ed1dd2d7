# SPDX-License-Identifier: GPL-3.0-or-later
"""A question on its way and what has come of its answer, whether or not anybody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum, auto

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.schemas.assistant import (
    Answer,
    ChatAsk,
    ConversationView,
    MessageState,
    MessageView,
    Speaker,
)
from helpdesk.core.schemas.triage import Citation
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked, Assistant
from helpdesk.ui.chat.said import CUT, Remark, Said, with_last_marked

_NOBODY = "The assistant cannot be asked here; ask a human instead."


_UNANSWERED = "There is no answer to this yet."


class Stage(Enum):
    """How far an answer has come."""

    ASKING = auto()
    ANSWERING = auto()
    DONE = auto()
    STOPPED = auto()
    FAILED = auto()


class Exchange(QObject):
    """One question and its answer; it goes on while another conversation is shown."""

    heard = pyqtSignal()
    """The first sign of life: the desk has the question."""
    sourced = pyqtSignal()
    """It is known what the answer will rest on."""
    appended = pyqtSignal(str)
    """A further piece of the answer."""
    ended = pyqtSignal()
    """There is no more to come."""

    def __init__(
        self,
        text: str,
        at: datetime,
        view: ConversationView | None,
        parent: QObject,
        *,
        retry: bool = False,
    ) -> None:
        """Prepare to ask in a conversation as it was last read; `start` asks."""
        super().__init__(parent)
        messages = view.messages if view else ()
        self.text, self.at, self.retry = text, at, retry
        self.conversation_id = view.id if view else None
        # An answer that is taken back may leave its number to the one that comes in its place.
        self.known = frozenset(messages)
        self.question_id = _last_question(messages) if retry else None
        self.model = ""
        self.stage = Stage.ASKING
        self.sources: tuple[Citation, ...] = ()
        self.answer = ""
        self._whole: Answer | None = None
        self._error = Remark()
        self._asked: Asked | None = None

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.stage in (Stage.ASKING, Stage.ANSWERING)

    @property
    def is_on_the_desk(self) -> bool:
        """Whether the question is known to be kept there."""
        return self.question_id is not None or self.stage in (Stage.ANSWERING, Stage.DONE)

    def start(self, assistant: Assistant, conversation_id: int) -> None:
        """Ask, unless it was stopped before."""
        self.conversation_id = conversation_id
        if not self.running:
            return
        text = "" if self.retry else self.text
        ask = ChatAsk(conversation_id=conversation_id, text=text, retry=self.retry)
        asked = assistant.ask(self, ask)
        self._asked = asked
        if asked.over:
            self.fail(AnswerFailed(_NOBODY, retry_possible=False))
            return
        asked.sources(self._on_sources).text(self._on_text)
        asked.then(self._on_done).failed(self.fail)

    def stop(self) -> None:
        """Ask no more; what came in stays."""
        if self.running:
            if self._asked is not None:
                self._asked.cancel()
            self._end(Stage.STOPPED)

    def fail(self, error: Exception, *, can_retry: bool = True) -> None:
        """End with a sentence; what came in stays."""
        if isinstance(error, AnswerFailed):
            can_retry = error.retry_possible
        self._error = Remark(error=str(error), can_retry=can_retry)
        self._end(Stage.FAILED)

    def look_at(self, view: ConversationView) -> None:
        """Find out whether the desk has the question by now."""
        if self.question_id is None:
            new = (message for message in view.messages if message not in self.known)
            self.question_id = next((m.id for m in new if m.speaker is Speaker.PERSON), None)

    @property
    def question_said(self) -> Said:
        """The question as it is shown while the desk does not have it."""
        return Said(Speaker.PERSON, self.text, self.at)

    @property
    def remark(self) -> Remark:
        """What is known of the answer only by who saw it come in."""
        if self._whole is None:
            return self._error
        parts = (CUT if self._whole.cut_off else "", self._whole.notice)
        return Remark(notice=" ".join(filter(None, parts)), model=self.model)

    @property
    def answer_said(self) -> Said:
        """The answer as far as it has come."""
        whole = self._whole
        if whole is not None and whole.message is not None:
            return Said.of(whole.message, self.remark)
        if whole is not None:
            return Said(
                speaker=Speaker.ASSISTANT,
                text=whole.text or self.answer,
                at=self.at,
                origin=whole.origin,
                sentences=whole.sentences,
                citations=whole.citations,
                found_nothing=whole.found_nothing,
                remark=self.remark,
            )
        return Said(
            speaker=Speaker.ASSISTANT,
            text=self.answer,
            at=self.at,
            running=self.running,
            state=MessageState.STOPPED if self.stage is Stage.STOPPED else MessageState.COMPLETE,
            citations=self.sources,
            remark=self.remark,
        )

    def _on_sources(self, answer: Answer) -> None:
        self._hear()
        self.sources = answer.citations
        self.sourced.emit()

    def _on_text(self, piece: str) -> None:
        self._hear()
        piece = piece if self.answer else piece.lstrip()
        self.answer += piece
        self.appended.emit(piece)

    def _on_done(self, answer: Answer) -> None:
        self._hear()
        self._whole = answer
        self._end(Stage.DONE)

    def _hear(self) -> None:
        if self.stage is Stage.ASKING:
            self.stage = Stage.ANSWERING
            self.heard.emit()

    def _end(self, stage: Stage) -> None:
        self.stage = stage
        self.ended.emit()


def all_said(
    view: ConversationView | None,
    exchanges: Iterable[Exchange],
    remarks: dict[MessageView, Remark],
) -> tuple[Said, ...]:
    """Return all there is to show: what the desk keeps, and what of the exchanges it does not.

    An answer that the desk keeps replaces the one that came in.
    """
    shown: list[Said] = []
    waiting = list(exchanges)
    by_question = {each.question_id: each for each in waiting if each.question_id is not None}
    current: Exchange | None = None
    for message in view.messages if view else ():
        if message.speaker is Speaker.PERSON:
            _close(current, shown)
            current = by_question.get(message.id)
        elif current is not None and (current.running or message in current.known):
            # It is what is being answered anew, or the end of what is shown as it comes in.
            continue
        elif current is not None:
            remarks.setdefault(message, current.remark)
            current = None
        shown.append(Said.of(message, remarks.get(message)))
    _close(current, shown)
    if shown and shown[-1].is_persons:
        # The program ended meanwhile, or it is being answered in another window.
        remark = Remark(error=_UNANSWERED)
        shown.append(Said(Speaker.ASSISTANT, "", shown[-1].at, remark=remark))
    for exchange in waiting:
        if exchange.question_id is None:
            shown += [exchange.question_said, exchange.answer_said]
    return with_last_marked(shown)


def is_kept(exchange: Exchange, view: ConversationView) -> bool:
    """Return whether the desk has both the question and an answer to it."""
    if exchange.running or exchange.question_id is None:
        return False
    ids = [message.id for message in view.messages]
    if exchange.question_id not in ids:
        return True
    following = view.messages[ids.index(exchange.question_id) + 1 :]
    return any(m.speaker is Speaker.ASSISTANT and m not in exchange.known for m in following)


def _close(exchange: Exchange | None, shown: list[Said]) -> None:
    if exchange is not None:
        shown.append(exchange.answer_said)


def _last_question(messages: Sequence[MessageView]) -> int | None:
    people = [message.id for message in messages if message.speaker is Speaker.PERSON]
    return people[-1] if people else None
