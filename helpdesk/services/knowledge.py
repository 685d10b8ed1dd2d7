# SPDX-License-Identifier: GPL-3.0-or-later
"""What the knowledge base does for tickets: on them, made of them, in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticleFigures,
    ArticleLink,
    ArticleRow,
    ArticleView,
    Counted,
    FiguresQuery,
    Gap,
    LinkedTicket,
    Missed,
    NewArticle,
    Rating,
    RatingView,
    Solved,
    Visibility,
)
from helpdesk.core.text import ellipsis
from helpdesk.database.tokens import tokens_of
from helpdesk.models import Article, Ticket
from helpdesk.models.event import EventKind
from helpdesk.repositories.article_figures import day_of
from helpdesk.repositories.article_links import SolvedTicket
from helpdesk.repositories.articles import is_public
from helpdesk.repositories.desk_changes import ARTICLE, ARTICLE_DRAFT
from helpdesk.services.articles import Articles
from helpdesk.services.questions import telling_tokens
from helpdesk.services.ticket_changes import require_unmerged
from helpdesk.services.ticket_clusters import Cluster, clusters_of
from helpdesk.services.work import Work

_ANSWERS_TAKEN = 3
_LOOKED_THROUGH = 2_000
"""So many of the newest solved tickets are looked through for what keeps coming in."""
_LOOK_BACK = timedelta(days=180)
_LEAST_ALIKE = 3
_GAPS_SHOWN, _ASKED = 20, 60
"""Groups that are told, and of how many of the largest it is asked whether an article answers."""
_TICKETS_OF_GAP = 5
_SUMMARY, _PROBLEM, _SOLUTION = 200, 20_000, 10_000
"""Characters taken of an answer, of a problem and of each answer."""


class Knowledge:
    """What articles and tickets have to do with each other, and what is counted of it."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    # --- what readers do ----------------------------------------------------------------------

    @operation("POST", "/articles/{article_id}/reads", permission=Permission.READ_ARTICLES)
    def note_read(self, article_id: int) -> None:
        """Count that somebody opened an article; what its author does is not counted."""
        desk = self._work.desk
        article = desk.articles.get(article_id)
        if article.is_live and article.author_id != self._work.actor.id:
            desk.article_figures.note_read(article, self._work.now)

    @operation("POST", "/articles/{article_id}/ratings", permission=Permission.READ_ARTICLES)
    def rate(self, article_id: int, rating: Rating) -> None:
        """Say whether an article helped; a later word takes the place of an earlier one."""
        desk = self._work.desk
        article = desk.articles.get(article_id)
        if not article.is_live:
            raise Invalid(f"{article.number} is not published; there is nothing to rate yet.")
        desk.article_figures.rate(
            article,
            self._person(),
            helpful=rating.helpful,
            comment=rating.comment,
            at=self._work.now,
        )
        desk.changed(ARTICLE if is_public(article) else ARTICLE_DRAFT, article.id)

    @operation("GET", "/articles/{article_id}/ratings", permission=Permission.WRITE_ARTICLES)
    def ratings(self, article_id: int) -> tuple[RatingView, ...]:
        """List what people said of an article, the newest first."""
        desk = self._work.desk
        return desk.article_figures.ratings(desk.articles.get(article_id).id)

    @operation("POST", "/articles/solved", permission=Permission.READ_ARTICLES)
    def solved(self, solved: Solved) -> Counted:
        """Count a ticket that was not needed, once a day for each person and article."""
        desk, now = self._work.desk, self._work.now
        article = desk.articles.get(solved.article_id)
        person = self._person()
        counted = article.is_live and desk.article_figures.note_solved(article, person, now)
        if counted:
            desk.ticket_figures.add_avoided(day_of(now), 1)
        return Counted(counted=counted, day=day_of(now))

    @operation("DELETE", "/articles/{article_id}/solved", permission=Permission.READ_ARTICLES)
    def not_solved(self, article_id: int, day: int) -> None:
        """Take back what was counted on a day: the ticket was needed after all."""
        desk = self._work.desk
        article = desk.articles.get(article_id)
        was_counted = 0 <= day <= day_of(self._work.now) and desk.article_figures.take_back_solved(
            article, self._person(), day
        )
        if was_counted:
            desk.ticket_figures.add_avoided(day, -1)

    @operation("POST", "/articles/missed", permission=Permission.READ_ARTICLES)
    def missed(self, missed: Missed) -> None:
        """Count a search that found nothing, for authors to know what is missing."""
        self._work.desk.article_figures.note_miss(missed.text, self._work.now)

    # --- articles on tickets ------------------------------------------------------------------

    @operation("GET", "/tickets/{ticket_id}/articles", permission=Permission.SEE_OWN_TICKETS)
    def of_ticket(self, ticket_id: int) -> tuple[ArticleRow, ...]:
        """List the articles on a ticket that one may read."""
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        return desk.articles.rows(desk.article_links.article_ids(ticket.id))

    @operation("POST", "/tickets/{ticket_id}/articles", permission=Permission.WORK_TICKET)
    def link(self, ticket_id: int, link: ArticleLink) -> tuple[ArticleRow, ...]:
        """Put an article on a ticket."""
        desk = self._work.desk
        ticket, article = desk.tickets.get(ticket_id), desk.articles.get(link.article_id)
        require_unmerged(self._work, ticket)
        if desk.article_links.add(ticket.id, article.id, self._work.now):
            self._record(ticket, EventKind.LINKED, new=_name(article))
        return desk.articles.rows(desk.article_links.article_ids(ticket.id))

    @operation(
        "DELETE", "/tickets/{ticket_id}/articles/{article_id}", permission=Permission.WORK_TICKET
    )
    def unlink(self, ticket_id: int, article_id: int) -> None:
        """Take an article off a ticket; one that is not there stays so."""
        desk = self._work.desk
        ticket, article = desk.tickets.get(ticket_id), desk.articles.get(article_id)
        require_unmerged(self._work, ticket)
        if desk.article_links.remove(ticket.id, article.id):
            self._record(ticket, EventKind.UNLINKED, old=_name(article))

    @operation("GET", "/articles/{article_id}/tickets", permission=Permission.READ_ARTICLES)
    def tickets_of(self, article_id: int) -> tuple[LinkedTicket, ...]:
        """List the tickets with an article that one may see, the newest first."""
        desk = self._work.desk
        return desk.article_links.tickets_of(desk.articles.get(article_id).id)

    # --- articles of tickets ------------------------------------------------------------------

    @operation(
        "POST",
        "/tickets/{ticket_id}/article-drafts",
        permission=Permission.WRITE_ARTICLES,
        creates=True,
    )
    def draft_from(self, ticket_id: int) -> ArticleView:
        """Begin an article with the problem and the solution of a solved ticket.

        It is for technicians until its author says otherwise: a ticket may hold what is nobody
        else's business.
        """
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        if not self._work.actor.may(Permission.WORK_TICKET):
            raise Forbidden("Only who works tickets can make an article of one.")
        if ticket.status.is_open:
            raise Invalid(f"{ticket.number} is not solved yet; resolve it first.")
        answers = desk.article_links.answers(ticket.id, _ANSWERS_TAKEN)
        draft = Articles(self._work).create(_draft_of(ticket, answers))
        desk.article_links.add(ticket.id, draft.id, self._work.now)
        self._record(ticket, EventKind.LINKED, new=f"{draft.number} {draft.title}")
        return draft

    @operation("GET", "/articles/gaps", permission=Permission.WRITE_ARTICLES)
    def gaps(self) -> tuple[Gap, ...]:
        """List solved tickets that are alike and that no article answers, the most first."""
        desk = self._work.desk
        tickets = desk.article_links.solved_without(_LOOKED_THROUGH, self._work.now - _LOOK_BACK)
        said = [telling_tokens(tokens) for tokens in tokens_of([each.subject for each in tickets])]
        shown = _usual_words(said)
        gaps: list[Gap] = []
        clusters = clusters_of([tuple(words) for words in said], _LEAST_ALIKE)
        for cluster in clusters[:_ASKED]:
            if not desk.articles.suggest(cluster.words, 1):
                gaps.append(self._gap(cluster, tickets, shown))
            if len(gaps) == _GAPS_SHOWN:
                break
        return tuple(gaps)

    @operation("GET", "/articles/figures", permission=Permission.WRITE_ARTICLES)
    def figures(self, query: FiguresQuery) -> ArticleFigures:
        """Tell what the knowledge base did in the last days."""
        return self._work.desk.article_figures.figures(query.days, self._work.now)

    # --- how ----------------------------------------------------------------------------------

    def _person(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person can say that.")
        return self._work.actor.id

    def _record(
        self, ticket: Ticket, kind: EventKind, *, old: str | None = None, new: str | None = None
    ) -> None:
        desk = self._work.desk
        desk.tickets.record(ticket, kind, self._work.now, field="article", old=old, new=new)
        desk.flush()
        desk.changed("ticket", ticket.id)

    def _gap(self, cluster: Cluster, tickets: Sequence[SolvedTicket], shown: dict[str, str]) -> Gap:
        members = [tickets[place] for place in cluster.members]
        newest = [each.id for each in members[:_TICKETS_OF_GAP]]
        return Gap(
            words=tuple(shown[stem] for stem in cluster.words),
            count=len(members),
            requesters=len({each.requester_id for each in members}),
            tickets=self._work.desk.article_links.tickets(newest),
        )


def _name(article: Article) -> str:
    return f"{article.number} {article.title}"


def _usual_words(said: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return the word that each stem stands for most often."""
    counts: dict[str, Counter[str]] = {}
    for words in said:
        for stem, word in words.items():
            counts.setdefault(stem, Counter())[word] += 1
    return {stem: words.most_common(1)[0][0] for stem, words in counts.items()}


def _draft_of(ticket: Ticket, answers: Sequence[str]) -> NewArticle:
    problem = _quoted(ellipsis(ticket.description, _PROBLEM)) or _quoted(ticket.subject)
    solution = "\n\n".join(_quoted(ellipsis(answer, _SOLUTION)) for answer in answers)
    solution = solution or "_Say here what helped._"
    return NewArticle(
        title=ticket.subject,
        summary=ellipsis(" ".join(answers[-1].split()), _SUMMARY) if answers else "",
        body=f"## Problem\n\n{problem}\n\n## Solution\n\n{solution}\n",
        visibility=Visibility.TECHNICIANS,
    )


def _quoted(text: str) -> str:
    """Return what people wrote as Markdown: its lines and plain lists, no other sign at work."""
    lines = (line.strip() for line in text.strip().splitlines())
    return "\n".join(_escaped(line) + ("\\" if line else "") for line in lines).rstrip("\\")


def _escaped(line: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]<>#|~&" else letter for letter in line)
    # Underlined, the line before it would become a heading.
    return f"\\{escaped}" if line and not line.strip("-=+ ") else escaped
