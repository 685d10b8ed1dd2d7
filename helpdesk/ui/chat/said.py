# SPDX-License-Identifier: GPL-3.0-or-later
"""What a conversation shows of each thing said, kept or still on its way, and how it is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from helpdesk.core.schemas.assistant import MessageState, MessageView, Speaker
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin

CUT = "The answer got too long and ends here."
STOPPED = "Stopped."
_BROKEN_OFF = "The answer ends here; it was cut off."
_MARK = re.compile(r"[ \t]*\[\s*(?:KB|HD)-\d+(?:\s*[,;]\s*(?:KB|HD)-\d+)*\s*\]", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*•]|\d{1,3}[.)])[ \t]+$")
"""What begins an item of a list, and may not count as part of its sentence."""


@dataclass(frozen=True)
class Remark:
    """What is known of an answer only by who saw it come in."""

    notice: str = ""
    model: str = ""
    error: str = ""
    can_retry: bool = True


@dataclass(frozen=True)
class Said:
    """One thing said, as it is shown."""

    speaker: Speaker
    text: str
    at: datetime
    running: bool = False
    state: MessageState = MessageState.COMPLETE
    origin: Origin | None = None
    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    found_nothing: bool = False
    remark: Remark = Remark()
    is_last: bool = False

    @classmethod
    def of(cls, message: MessageView, remark: Remark | None = None) -> Said:
        """Return a message that the desk keeps, with what is remembered of how it came in."""
        return cls(
            speaker=message.speaker,
            text=message.text,
            at=message.at,
            state=message.state,
            origin=message.origin,
            sentences=message.sentences,
            citations=message.citations,
            found_nothing=message.found_nothing,
            remark=remark or Remark(),
        )

    @property
    def is_persons(self) -> bool:
        """Whether the person said it."""
        return self.speaker is Speaker.PERSON

    @property
    def ending(self) -> str:
        """One line about how the answer ended, empty where it came to its end."""
        if self.state is MessageState.STOPPED:
            return STOPPED
        if self.state is MessageState.CUT and not self.remark.notice:
            return _BROKEN_OFF
        return ""

    @property
    def can_be_retried(self) -> bool:
        """Whether it is worth asking the same again."""
        ended = not self.running and self.is_last and not self.is_persons
        is_whole = self.state is MessageState.COMPLETE and not self.remark.error
        return ended and not is_whole and self.remark.can_retry

    @property
    def source(self) -> str:
        """Where the answer comes from, in a few words."""
        if self.origin is None or self.found_nothing:
            return ""
        model = f"the model {self.remark.model}" if self.remark.model else "the model"
        count = sum(each.ticket_id is not None for each in self.citations)
        tickets = "1 ticket" if count == 1 else f"{count or 'your'} tickets"
        articles = "the knowledge base" if count < len(self.citations) or not count else ""
        named = {
            Origin.ARTICLES: " and ".join(filter(None, (articles, tickets if count else ""))),
            Origin.HISTORY: tickets,
            Origin.MODEL: model,
            Origin.BOTH: f"both: the sources and {model}",
        }
        return f"From {named[self.origin]}"


class Piece(NamedTuple):
    """Some text of an answer, and what follows it."""

    text: str
    numbers: tuple[str, ...] = ()
    supported: bool = True


def pieces_of(said: Said) -> Iterator[Piece]:
    """Yield the sentences of an answer, each with the blanks and line ends before it."""
    if not said.sentences:
        yield Piece(said.text.strip())
        return
    # Marks stand before or behind the full stop; without them the sentences are found again.
    text, place = _MARK.sub("", said.text), 0
    for position, sentence in enumerate(said.sentences):
        found = text.find(sentence.text, place)
        gap = text[place:found] if found >= 0 else ""
        place = found + len(sentence.text) if found >= 0 else place
        between = "" if position == 0 else _between(gap)
        yield Piece(between + sentence.text, sentence.numbers, sentence.supported)


def _between(gap: str) -> str:
    """Return what parts two sentences: one blank, or the line ends of the answer."""
    lines = min(gap.count("\n"), 2)
    item = _ITEM.search(gap)
    return "\n" * lines + (item[0] if item else "") if lines else " "


def copied(said: Said) -> str:
    """Return an answer as text, each sentence with the numbers of what it rests on."""
    words = []
    for piece in pieces_of(said):
        marks = f" [{', '.join(piece.numbers)}]" if piece.numbers else ""
        words.append(piece.text + marks)
    named = [f"{each.number}  {each.title}" for each in said.citations]
    return "\n".join(["".join(words).strip(), *(["", *named] if named else [])])


def with_last_marked(all_said: Sequence[Said]) -> tuple[Said, ...]:
    """Return the same, the last one marked as such: only that can be asked again."""
    if not all_said:
        return ()
    return (*all_said[:-1], replace(all_said[-1], is_last=True))
