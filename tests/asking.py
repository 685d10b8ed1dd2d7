# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who asks the assistant of a desk, in whatever way the desk is reached."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from helpdesk.client.answer_stream import RemoteAnswers
from helpdesk.client.answering import AnswerSource
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.assistant import (
    Answer,
    AnswerPart,
    Ask,
    AssistantChange,
    ChatAsk,
    ConversationView,
    PartKind,
)
from helpdesk.core.schemas.users import NewSession
from tests.conftest import PASSWORD
from tests.matrix import OverHttp


class Asker:
    """A person's facade, and the source of answers in the same session."""

    def __init__(self, embedded: EmbeddedDesk, username: str) -> None:
        """Sign in."""
        self._source: AnswerSource
        if isinstance(embedded, OverHttp):
            wire = embedded.wire()
            self.desk = HelpDesk(wire)
            self._source = RemoteAnswers(wire)
        else:
            transport = embedded.transport()
            self.desk = HelpDesk(transport)
            self._source = embedded.answers(transport)
        self.desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))

    def answers(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """Ask, and let the parts be read one by one."""
        return self._source.answer(ask)

    async def parts(self, ask: Ask, most: int = 10_000) -> list[AnswerPart]:
        """Return the parts of an answer, the first ``most`` of them, and give the rest up."""
        found: list[AnswerPart] = []
        async with aclosing(self._source.answer(ask)) as parts:
            async for part in parts:
                found.append(part)
                if len(found) == most:
                    break
        return found

    async def answer(self, ask: Ask) -> Answer:
        """Return the whole answer; fails where there is none."""
        last = (await self.parts(ask))[-1]
        assert last.kind is PartKind.DONE, last.sentence
        assert last.answer is not None
        return last.answer

    async def failure(self, ask: Ask) -> AnswerPart:
        """Return why there is no answer."""
        last = (await self.parts(ask))[-1]
        assert last.kind is PartKind.FAILED
        return last

    async def close(self) -> None:
        """Let go of every connection."""
        await self._source.aclose()

    def say(self, text: str, conversation: ConversationView | None = None) -> ChatAsk:
        """Return what is said in a conversation, a new one unless told."""
        conversation = conversation or self.desk.assistant.begin()
        return ChatAsk(conversation_id=conversation.id, text=text)


def use_model(admin: HelpDesk, url: str, **more: object) -> None:
    """Have the desk ask a model at an address."""
    change = {"enabled": True, "url": url, "model": "tiny", **more}
    admin.assistant.change_settings(AssistantChange.model_validate(change))


def text_of(parts: Sequence[AnswerPart]) -> str:
    """Return what was shown as it came in."""
    return "".join(part.text for part in parts if part.kind is PartKind.TEXT)
