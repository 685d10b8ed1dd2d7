# SPDX-License-Identifier: GPL-3.0-or-later
"""The passages of articles and tickets that an answer may rest on, with what they are cited by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import Citation
from helpdesk.core.text import ellipsis
from helpdesk.database.tokens import tokens_of
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.services.questions import stem_of, telling_words
from helpdesk.services.work import Transacted

PASSAGES, LETTERS = 4, 1_200
"""How many passages an answer rests on, and how long each may be."""
MOST_PARAGRAPHS = 20_000
"""So many of an article are looked at."""
_MENTIONS = 3
_TICKET = re.compile(r"\bHD-(\d{1,18})\b", re.IGNORECASE)
_BETWEEN = "\n\n"
_PICTURE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,500}\)")
_PARAGRAPH = re.compile(r"\n\s*\n")


class PassageText(Result):
    """A piece of an article or of a ticket, and the number it is cited by."""

    number: str
    title: str
    text: str
    sentences: tuple[str, ...] = ()
    """Of a ticket, how it stands, sentence by sentence."""
    article_id: int | None = None
    ticket_id: int | None = None

    @property
    def citation(self) -> Citation:
        """What people see of it."""
        return Citation(
            number=self.number,
            title=self.title,
            article_id=self.article_id,
            ticket_id=self.ticket_id,
        )


def article_passages(
    articles: ArticleRepository, question: str, *, limit: int = PASSAGES
) -> tuple[PassageText, ...]:
    """Return the pieces of published articles that may answer a question, the best first."""
    stems = tuple(telling_words(question))
    found = articles.suggest(stems, limit)
    return tuple(article_passage(articles, each.article.id, stems) for each in found)


def article_passage(
    articles: ArticleRepository, article_id: int, stems: Sequence[str]
) -> PassageText:
    """Return the piece of an article that says most of what is asked. Raises ``NotFound``."""
    article = articles.get(article_id)
    text = best_piece(_without_pictures(article.body), stems)
    if article.summary and article.summary not in text:
        text = f"{article.summary}\n{text}"
    return PassageText(
        number=article.number,
        title=article.title,
        text=ellipsis(text, LETTERS),
        article_id=article.id,
    )


def _without_pictures(body: str) -> str:
    """Return the Markdown of an article, whose steps and tables a plain text has lost."""
    return _PICTURE.sub("", body)


def best_piece(text: str, stems: Sequence[str], limit: int = LETTERS) -> str:
    """Return the paragraphs in a row, up to a limit, that hold most of the stems."""
    if len(text) <= limit:
        return text
    paragraphs = [each for each in _PARAGRAPH.split(text) if each.strip()][:MOST_PARAGRAPHS]
    wanted = set(stems)
    hits = [
        len(wanted & {stem_of(token) for token in tokens})
        for tokens in tokens_of([each[:limit] for each in paragraphs])
    ]
    begin, end = _best_row([len(each) + len(_BETWEEN) for each in paragraphs], hits, limit)
    return _BETWEEN.join(paragraphs[begin:end])[:limit]


def _best_row(sizes: Sequence[int], hits: Sequence[int], limit: int) -> tuple[int, int]:
    """Return from where to where paragraphs hold most; each row is as long as the limit lets it.

    Both ends only move on: an article may have a hundred thousand paragraphs.
    """
    best, best_score = (0, 0), -1
    end = size = score = 0
    for begin in range(len(sizes)):
        while end < len(sizes) and (end == begin or size + sizes[end] <= limit + len(_BETWEEN)):
            size, score, end = size + sizes[end], score + hits[end], end + 1
        if score > best_score:
            best, best_score = (begin, end), score
        size, score = size - sizes[begin], score - hits[begin]
    return best


def mentioned_tickets(desk: Transacted, text: str) -> list[int]:
    """Return the tickets that a text names and the actor may see."""
    named = list(dict.fromkeys(int(number) for number in _TICKET.findall(text)))
    return [id_ for id_ in named[:_MENTIONS] if desk.tickets.visible(id_)]


def ticket_passage(view: TicketView) -> PassageText:
    """Return how a ticket stands, in sentences, with its last public reply."""
    said = [
        f'{view.number} "{view.subject}" is {view.status.label} with priority'
        f" {view.priority.label}.",
        f"It is assigned to {view.assignee.full_name}."
        if view.assignee
        else "It is not assigned to anybody yet.",
        f"It was opened on {view.created_at:%Y-%m-%d}.",
    ]
    if view.first_response_due and view.first_responded_at is None and view.status.is_open:
        said.append(f"The first answer is due on {view.first_response_due:%Y-%m-%d %H:%M} UTC.")
    if view.resolution_due and view.status.is_open:
        said.append(f"It should be solved by {view.resolution_due:%Y-%m-%d %H:%M} UTC.")
    replies = [each for each in view.comments if not each.internal]
    if replies:
        last = replies[-1]
        said.append(
            f"The last reply, by {last.author.full_name} on {last.created_at:%Y-%m-%d}:"
            f" {ellipsis(last.body, 600)}"
        )
    return PassageText(
        number=view.number,
        title=view.subject,
        text=ellipsis(" ".join(said), LETTERS),
        sentences=tuple(said),
        ticket_id=view.id,
    )
