# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what people and the assistant said to each other; each sees their own alone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.assistant import (
    ConversationRow,
    ConversationView,
    MessageState,
    MessageView,
    Speaker,
)
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin
from helpdesk.database.types import is_id
from helpdesk.models import Conversation, ConversationMessage

CONVERSATIONS_SHOWN = 100
MESSAGES_SHOWN = 400
_NONE = "There is no such conversation."
_row = Conversation.__table__.c
_message = ConversationMessage.__table__.c


class ConversationRepository:
    """The conversations of one person."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whose conversations they are."""
        self._session = session
        self._actor = actor

    def get(self, conversation_id: int) -> Conversation:
        """Return a conversation. Raises ``NotFound`` also for somebody else's."""
        found = self.of_anybody(conversation_id)
        if found.person_id != self._actor.id:
            raise NotFound(_NONE)
        return found

    def of_anybody(self, conversation_id: int) -> Conversation:
        """Return a conversation, whosever it is, for the program. Raises ``NotFound``."""
        found = self._session.get(Conversation, conversation_id) if is_id(conversation_id) else None
        if found is None:
            raise NotFound(_NONE)
        return found

    def add(self, conversation: Conversation) -> Conversation:
        """Store a new conversation."""
        self._session.add(conversation)
        self._session.flush()
        return conversation

    def unused(self) -> Conversation | None:
        """Return a conversation of the person in which nothing was said yet."""
        said = select(_message.id).where(_message.conversation_id == _row.id).exists()
        statement = select(Conversation).where(
            _row.person_id == self._actor.id, _row.ticket_id.is_(None), ~said
        )
        return self._session.execute(statement.limit(1)).scalars().first()

    def remove(self, conversation: Conversation) -> None:
        """Delete a conversation with all that was said in it."""
        of_it = _message.conversation_id == conversation.id
        self._session.execute(delete(ConversationMessage).where(of_it))
        self._session.delete(conversation)

    def forget_before(self, at: datetime) -> int:
        """Forget everybody's conversations that ended before a moment and return how many."""
        old = select(_row.id).where(_row.updated_at < at)
        of_them = _message.conversation_id.in_(old)
        self._session.execute(delete(ConversationMessage).where(of_them))
        gone = self._session.execute(delete(Conversation).where(_row.updated_at < at))
        return cast("CursorResult[Any]", gone).rowcount

    def rows(self) -> tuple[ConversationRow, ...]:
        """Return the person's conversations, the one that went on last first."""
        statement = (
            select(_row.id, _row.title, _row.updated_at, _row.ticket_id)
            .where(_row.person_id == self._actor.id)
            .order_by(_row.updated_at.desc(), _row.id.desc())
            .limit(CONVERSATIONS_SHOWN)
        )
        return tuple(
            ConversationRow(id=id_, title=title, updated_at=updated_at, ticket_id=ticket_id)
            for id_, title, updated_at, ticket_id in self._session.execute(statement)
        )

    def view(self, conversation: Conversation) -> ConversationView:
        """Return a conversation with the newest of what was said, in order."""
        return ConversationView(
            id=conversation.id,
            title=conversation.title,
            messages=tuple(message_view(each) for each in self.messages(conversation)),
            ticket_id=conversation.ticket_id,
        )

    def messages(
        self, conversation: Conversation, limit: int = MESSAGES_SHOWN
    ) -> list[ConversationMessage]:
        """Return the newest things said, the oldest of them first."""
        statement = (
            select(ConversationMessage)
            .where(_message.conversation_id == conversation.id)
            .order_by(_message.id.desc())
            .limit(limit)
        )
        return list(self._session.execute(statement).scalars())[::-1]

    def say(
        self,
        conversation: Conversation,
        speaker: Speaker,
        text: str,
        at: datetime,
        *,
        state: MessageState = MessageState.COMPLETE,
        answer: MessageView | None = None,
    ) -> ConversationMessage:
        """Add something said, an answer with what it rests on."""
        message = ConversationMessage(
            conversation_id=conversation.id,
            speaker=speaker,
            state=state,
            origin=answer.origin if answer else None,
            at=at,
            detail=_detail(answer) if answer else "",
            text=text,
        )
        conversation.updated_at = max(conversation.updated_at, at)
        self._session.add(message)
        self._session.flush()
        return message

    def forget(self, message: ConversationMessage) -> None:
        """Take back an answer, because the question is answered anew."""
        self._session.delete(message)
        self._session.flush()


def message_view(message: ConversationMessage) -> MessageView:
    """Return something said as people see it."""
    detail = _read(message.detail)
    return MessageView(
        id=message.id,
        speaker=message.speaker,
        text=message.text,
        at=message.at,
        state=message.state,
        origin=Origin(message.origin) if message.origin else None,
        sentences=tuple(CitedSentence.model_validate(each) for each in detail.get("sentences", ())),
        citations=tuple(Citation.model_validate(each) for each in detail.get("citations", ())),
        found_nothing=bool(detail.get("found_nothing", False)),
    )


def _detail(answer: MessageView) -> str:
    kept = answer.model_dump(mode="json", include={"sentences", "citations", "found_nothing"})
    return json.dumps(kept, ensure_ascii=False)


def _read(detail: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(detail) if detail else {}
    return found
