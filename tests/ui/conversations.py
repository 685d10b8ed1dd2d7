# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk's conversations as a twin in memory, and a source that keeps there what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from itertools import count
from typing import Any

from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.assistant import (
    Answer,
    AnswerPart,
    Ask,
    AssistantStatus,
    ChatAsk,
    ConversationRow,
    ConversationView,
    HandOver,
    MessageState,
    MessageView,
    PartKind,
    Speaker,
    TicketProposal,
)
from helpdesk.core.schemas.tickets import NewTicket, Source, TicketView
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin
from tests.ui.scripted_assistant import ScriptedSource

VPN = Citation(number="KB-12", title="Connect to the VPN", article_id=12)
DROPS = Citation(number="HD-5", title="VPN drops", ticket_id=5)


class Conversations:
    """Keeps conversations as the desk does, without its database."""

    def __init__(self, desk: Any, clock: Callable[[], datetime]) -> None:
        self._desk, self._clock = desk, clock
        self._ids = count(1)
        self.kept: dict[int, ConversationView] = {}
        self.proposed = TicketProposal(subject="", description="", category_id=None, missing=())
        self.handed_over: list[HandOver] = []
        self.model = ""

    def status(self) -> AssistantStatus:
        return AssistantStatus(
            has_model=bool(self.model), model=self.model, place="this machine" * bool(self.model)
        )

    def conversations(self) -> tuple[ConversationRow, ...]:
        return tuple(
            ConversationRow(
                id=view.id,
                title=view.title,
                updated_at=view.messages[-1].at if view.messages else self._clock(),
                ticket_id=view.ticket_id,
            )
            for view in reversed(self.kept.values())
        )

    def begin(self) -> ConversationView:
        id_ = next(self._ids)
        self.kept[id_] = ConversationView(id=id_, title="", messages=(), ticket_id=None)
        return self.kept[id_]

    def conversation(self, conversation_id: int) -> ConversationView:
        if conversation_id not in self.kept:
            raise NotFound("There is no such conversation.")
        return self.kept[conversation_id]

    def delete_conversation(self, conversation_id: int) -> None:
        del self.kept[conversation_id]

    def proposal(self, conversation_id: int) -> TicketProposal:
        return self.proposed

    def hand_over(self, conversation_id: int, hand_over: HandOver) -> TicketView:
        self.handed_over.append(hand_over)
        view = self.kept[conversation_id]
        said = "\n".join(message.text for message in view.messages)
        new = hand_over.ticket or NewTicket(description=said, source=Source.CHAT)
        ticket: TicketView = self._desk.tickets.open(new)
        self.kept[conversation_id] = view.model_copy(update={"ticket_id": ticket.id})
        return ticket

    def add(self, conversation_id: int, speaker: Speaker, text: str, **fields: Any) -> MessageView:
        """Keep something that was said."""
        view = self.kept[conversation_id]
        # As in the database, the number of the newest one is given again once it is gone.
        id_ = max((m.id for each in self.kept.values() for m in each.messages), default=100) + 1
        said = MessageView(id=id_, speaker=speaker, text=text, at=self._clock(), **fields)
        changes = {"messages": (*view.messages, said), "title": view.title or text}
        self.kept[conversation_id] = view.model_copy(update=changes)
        return said

    def take_back(self, conversation_id: int) -> None:
        """Take back the last answer, because it comes anew."""
        said = list(self.kept[conversation_id].messages)
        while said and said[-1].speaker is Speaker.ASSISTANT:
            said.pop()
        view = self.kept[conversation_id].model_copy(update={"messages": tuple(said)})
        self.kept[conversation_id] = view


class ConversingSource(ScriptedSource):
    """Answers by script, and keeps questions and answers where the desk would."""

    def __init__(self, conversations: Conversations) -> None:
        super().__init__()
        self.conversations = conversations
        self.keeps = True

    async def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        assert isinstance(ask, ChatAsk)
        if ask.retry:
            self.conversations.take_back(ask.conversation_id)
        elif self.keeps:
            self.conversations.add(ask.conversation_id, Speaker.PERSON, ask.text)
        came = ""
        try:
            async for part in super().answer(ask):
                came += part.text
                if part.kind is PartKind.FAILED:
                    self._keep_part(ask, came, MessageState.CUT)
                yield self._kept(ask, part)
        except (asyncio.CancelledError, GeneratorExit):
            self._keep_part(ask, came, MessageState.STOPPED)
            raise

    def _keep_part(self, ask: ChatAsk, text: str, state: MessageState) -> None:
        if self.keeps and text:
            self.conversations.add(ask.conversation_id, Speaker.ASSISTANT, text, state=state)

    def _kept(self, ask: ChatAsk, part: AnswerPart) -> AnswerPart:
        """Return a last part with the message that the desk keeps of it."""
        if part.kind is not PartKind.DONE or part.answer is None or not self.keeps:
            return part
        whole = part.answer
        message = self.conversations.add(
            ask.conversation_id,
            Speaker.ASSISTANT,
            whole.text,
            origin=whole.origin,
            sentences=whole.sentences,
            citations=whole.citations,
            found_nothing=whole.found_nothing,
        )
        return part.model_copy(update={"answer": whole.model_copy(update={"message": message})})


def vpn_answer(**fields: Any) -> Answer:
    """Return an answer of three sentences, of which no source says the last."""
    sentences = (
        CitedSentence(text="Start the VPN client.", numbers=("KB-12",), supported=True),
        CitedSentence(text="If it drops, renew it.", numbers=("KB-12", "HD-5"), supported=True),
        CitedSentence(text="Then all is well.", numbers=(), supported=False),
    )
    return Answer(
        text="Start the VPN client. [KB-12]\n\nIf it drops, renew it [KB-12, HD-5]."
        " Then all is well.",
        origin=Origin.BOTH,
        sentences=sentences,
        citations=(VPN, DROPS),
        **fields,
    )


def nothing_found() -> Answer:
    """Return the answer to what nobody has written about."""
    return Answer(origin=Origin.ARTICLES, found_nothing=True)
