# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of an answer that touch the database: before the model is asked, and after.

They are operations of the executor like all others, with their permissions, but no route and no
facade leads to them: ``services.answering`` takes them between its network calls, so that no
transaction ever waits for a model.
"""

from __future__ import annotations

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import ArticleRow
from helpdesk.core.schemas.assistant import (
    Answer,
    AskPreview,
    ChatAsk,
    Feature,
    MessageState,
    MessageView,
    Speaker,
)
from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.text import ellipsis, single_line
from helpdesk.models import AssistantCall, Conversation
from helpdesk.repositories.desk_changes import CONVERSATION
from helpdesk.services.answer_material import AnswerMaterial, Material
from helpdesk.services.questions import telling_words
from helpdesk.services.work import Work

_TITLE_LETTERS = 60
_CANDIDATES = 12
_HANDED_OVER = "This conversation was handed over as a ticket; write there, or begin a new one."
_NOTHING_TO_RETRY = "There is no question to answer again."


class Asked(Request):
    """What became of one question to the model; none of its words."""

    feature: Feature
    reach: str
    model: str
    prompt: str
    outcome: str
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    estimated: bool = False
    queued_ms: int = 0
    first_ms: int | None = None
    total_ms: int = 0
    retries: int = 0
    keep_key: str = ""
    """Under which key the answer is kept, if it is to be given again."""
    keep_value: str = ""


class Said(Request):
    """An answer of the assistant in a conversation."""

    conversation_id: int
    state: MessageState
    answer: Answer


class Wider(Request):
    """A question and further words for what is meant."""

    text: str
    words: tuple[str, ...]


class Noted(Result):
    """Under which number the figures of a question are kept."""

    id: int


class Kept(Result):
    """An answer that was kept, if there is one."""

    value: str | None


class Widened(Result):
    """The articles that a question and further words lead to."""

    articles: tuple[ArticleRow, ...]


class AnswerSteps:
    """What is read and written around a question to the model."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/assistant/steps/gather",
        permission=Permission.USE_ASSISTANT,
        transaction=Transaction.READ,
    )
    def gather(self, asked: AskPreview) -> Material:
        """Return what a question is answered from, within what the asker may see."""
        return AnswerMaterial(self._work).gather(asked.ask)

    @operation("POST", "/assistant/steps/question", permission=Permission.USE_ASSISTANT)
    def question(self, ask: ChatAsk) -> None:
        """Keep a question of a conversation; one that is asked again stands there already."""
        desk, now = self._work.desk, self._work.now
        conversation = desk.conversations.get(ask.conversation_id)
        if conversation.ticket_id is not None:
            raise Invalid(_HANDED_OVER)
        said = desk.conversations.messages(conversation)
        if ask.retry:
            if not any(each.speaker is Speaker.PERSON for each in said):
                raise Invalid(_NOTHING_TO_RETRY)
        else:
            self._begin(conversation, ask.text, is_first=not said)
            desk.conversations.say(conversation, Speaker.PERSON, ask.text, now)
        desk.changed(CONVERSATION, conversation.person_id)

    @operation("POST", "/assistant/steps/answer", permission=Permission.USE_ASSISTANT)
    def answer(self, said: Said) -> MessageView:
        """Keep an answer of a conversation, whole or as far as it came.

        The program keeps it for somebody who has signed out since it was asked for.
        """
        desk, now = self._work.desk, self._work.now
        by_program = self._work.actor.id is None
        find = desk.conversations.of_anybody if by_program else desk.conversations.get
        conversation = find(said.conversation_id)
        answer = said.answer
        # An answer that did not come to its end stays until there is another one.
        earlier = desk.conversations.messages(conversation)
        while earlier and earlier[-1].speaker is Speaker.ASSISTANT:
            desk.conversations.forget(earlier.pop())
        shown = MessageView(
            id=0,
            speaker=Speaker.ASSISTANT,
            text=answer.text,
            at=now,
            state=said.state,
            origin=answer.origin,
            sentences=answer.sentences,
            citations=answer.citations,
            found_nothing=answer.found_nothing,
        )
        kept = desk.conversations.say(
            conversation, Speaker.ASSISTANT, answer.text, now, state=said.state, answer=shown
        )
        desk.changed(CONVERSATION, conversation.person_id)
        return shown.model_copy(update={"id": kept.id})

    @operation(
        "POST",
        "/assistant/steps/kept",
        permission=Permission.USE_ASSISTANT,
        transaction=Transaction.READ,
    )
    def kept(self, key: str) -> Kept:
        """Return an answer that was kept for the same question."""
        return Kept(value=self._work.desk.assistant.answer(key, self._work.now))

    @operation("POST", "/assistant/steps/note", permission=Permission.USE_ASSISTANT)
    def note(self, asked: Asked) -> Noted:
        """Keep the figures of a question, and its answer where that may be given again."""
        assistant, now = self._work.desk.assistant, self._work.now
        figures = asked.model_dump(exclude={"keep_key", "keep_value"})
        call = AssistantCall(at=now, person_id=self._work.actor.id, **figures)
        assistant.note(call)
        if asked.keep_key and asked.keep_value:
            assistant.keep(asked.keep_key, asked.keep_value, now)
        return Noted(id=call.id)

    @operation(
        "POST",
        "/assistant/steps/widen",
        permission=Permission.READ_ARTICLES,
        transaction=Transaction.READ,
    )
    def widen(self, wider: Wider) -> Widened:
        """Return the articles that any of further words lead to, those of the question first."""
        articles = self._work.desk.articles
        found: dict[int, ArticleRow] = {}
        for text in (wider.text, " ".join(wider.words), *wider.words):
            stems = tuple(telling_words(text))
            for each in articles.suggest(stems, _CANDIDATES):
                found.setdefault(each.article.id, each.article)
        return Widened(articles=tuple(found.values())[:_CANDIDATES])

    def _begin(self, conversation: Conversation, text: str, *, is_first: bool) -> None:
        if not text.strip():
            raise Invalid("Write a question first.", field="text")
        if is_first:
            conversation.title = ellipsis(single_line(text), _TITLE_LETTERS)
