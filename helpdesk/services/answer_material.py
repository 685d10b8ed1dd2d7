# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what a question to the assistant is answered from, within what the asker may see.

What may go into a prompt that writes to a requester is what that requester may read: the ticket,
its public replies and public articles; never an internal note nor anybody else's ticket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from helpdesk.assistant.settings import Reach
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import ArticleRow
from helpdesk.core.schemas.assistant import (
    Ask,
    ChatAsk,
    ExplainAsk,
    Feature,
    FirstResponseState,
    RewriteAsk,
    Speaker,
)
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.tickets import Priority, TicketView
from helpdesk.core.schemas.triage import TicketDraft, TicketSuggestion
from helpdesk.core.text import folded
from helpdesk.models import ConversationMessage
from helpdesk.services.assistant_setup import FACT, setup_of
from helpdesk.services.history import History
from helpdesk.services.passages import (
    PassageText,
    article_passages,
    mentioned_tickets,
    ticket_passage,
)
from helpdesk.services.questions import is_telling, telling_words
from helpdesk.services.tickets import Tickets
from helpdesk.services.work import Transacted, Work

RIGHTS: dict[str, Permission] = {
    "triage": Permission.WORK_TICKET,
    "chat": Permission.USE_ASSISTANT,
    "summary": Permission.WORK_TICKET,
    "reply": Permission.WORK_TICKET,
    "rewrite": Permission.WORK_TICKET,
    "explain": Permission.WORK_TICKET,
    "filter": Permission.SEE_OWN_TICKETS,
    "search": Permission.READ_ARTICLES,
    "test": Permission.SET_UP_ASSISTANT,
}
"""What each kind of question takes, beside the right to use the assistant."""

_TURNS = 12
"""So many of the newest things said go into the answer of a conversation."""
_MOST_TECHNICIANS = 50
_OWN_TICKETS = re.compile(
    r"\bmy (?:\w+ ){0,2}(?:tickets?|requests?)\b"
    r"|\btickets? (?:of mine|i (?:sent|opened|submitted))\b",
    re.IGNORECASE,
)
_CANDIDATES = 12
_NAMES = 12
_NAME = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_NOTE = (
    "What staff write among themselves is not sent outside of your network; use it on a reply, or"
    " ask a model of your own."
)
_NO_QUESTION = "Write a question first."


class Choice(Result):
    """Something that can be chosen, by its id."""

    id: int
    name: str
    about: str = ""
    """Of a technician, what was solved lately: 'Network 12, Email 3'."""


class Turn(Result):
    """One thing said: on a ticket by its requester or staff, in a conversation by either side."""

    speaker: str
    text: str
    internal: bool = False


class Material(Result):
    """What a question is answered from; which fields are filled depends on what is asked."""

    feature: Feature
    settings: str | None
    """What the desk keeps of how the assistant is set up."""
    now: datetime
    may_set_up: bool = False
    """Whether the asker can do something about an endpoint that fails."""
    question: str = ""
    subject: str = ""
    description: str = ""
    turns: tuple[Turn, ...] = ()
    passages: tuple[PassageText, ...] = ()
    categories: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    names: tuple[str, ...] = ()
    """Full names of people that must not leave the desk."""
    logins: tuple[str, ...] = ()
    """What they sign in as."""
    person_id: int | None = None
    ticket_id: int | None = None
    version: int = 0
    category_id: int | None = None
    assignee_id: int | None = None
    priority: Priority = Priority.MEDIUM
    requester: str = ""
    suggestion: TicketSuggestion | None = None
    articles: tuple[ArticleRow, ...] = ()
    conversation_id: int | None = None
    style: str = ""
    language: str = ""


class AnswerMaterial:
    """Gathers within one transaction of one call."""

    def __init__(self, work: Work) -> None:
        """Bind to a call."""
        self._work = work

    def gather(self, ask: Ask) -> Material:
        """Return what a question is answered from. Raises ``Forbidden``, ``NotFound``."""
        if not self._work.actor.may(RIGHTS[ask.kind]):
            raise Forbidden(f"Your role, {self._work.actor.role.label}, does not allow this.")
        ways: dict[str, Callable[[Any], Material]] = {
            "triage": lambda asked: self.triage(asked.ticket_id),
            "chat": self._chat,
            "summary": lambda asked: self._thread(Feature.SUMMARY, asked.ticket_id, notes=True),
            "reply": lambda asked: self.reply(asked.ticket_id),
            "rewrite": self._rewrite,
            "explain": self._explain,
            "filter": lambda asked: self._filter(asked.text),
            "search": lambda asked: self._search(asked.text),
            "test": lambda _asked: self._material(Feature.TEST),
        }
        return ways[ask.kind](ask)

    def triage(self, ticket_id: int) -> Material:
        """Return what a ticket's suggestion is made from."""
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        history = History(desk, self._work.now).suggestion(ticket)
        material = self._thread(Feature.TRIAGE, ticket_id, notes=False)
        active = desk.categories.active()
        solved = desk.tickets.solved_lately()
        assignable = desk.users.assignable()[:_MOST_TECHNICIANS]
        return material.model_copy(
            update={
                "suggestion": history,
                "categories": tuple(Choice(id=each.id, name=each.name) for each in active),
                "people": tuple(
                    Choice(id=each.id, name=each.full_name, about=solved.get(each.id, ""))
                    for each in assignable
                ),
                "passages": self._unspent(ticket_id, _text_of(material)),
            }
        )

    def reply(self, ticket_id: int) -> Material:
        """Return what a reply to a requester is made from."""
        material = self._thread(Feature.REPLY, ticket_id, notes=False)
        last = [turn.text for turn in material.turns if turn.speaker == "requester"][-1:]
        asked = " ".join((*last, _text_of(material)))
        return material.model_copy(update={"passages": self._unspent(ticket_id, asked)})

    def _unspent(self, ticket_id: int, asked: str) -> tuple[PassageText, ...]:
        """Return passages for a ticket, without those of an automatic answer that did not help."""
        desk = self._work.desk
        found = article_passages(desk.public_articles, asked)
        response = desk.assistant.first_response(ticket_id)
        if response is None or response.state is not FirstResponseState.HANDED_OVER:
            return found
        spent = desk.article_links.article_ids(ticket_id)
        return tuple(each for each in found if each.article_id not in spent)

    def _rewrite(self, ask: RewriteAsk) -> Material:
        self._keep_notes_near(ask.ticket_id, ask.text, is_note=ask.internal)
        material = self._thread(Feature.REWRITE, ask.ticket_id, notes=False)
        style = {"question": ask.text, "style": ask.how.value, "language": ask.language}
        return material.model_copy(update=style)

    def _explain(self, ask: ExplainAsk) -> Material:
        self._keep_notes_near(ask.ticket_id, ask.text)
        material = self._thread(Feature.EXPLAIN, ask.ticket_id, notes=False)
        return material.model_copy(update={"question": ask.text})

    def _keep_notes_near(self, ticket_id: int, text: str, *, is_note: bool = False) -> None:
        """Raise ``Forbidden`` where a note among staff would leave the own network."""
        setup = setup_of(self._work.settings, self._work.desk.facts.get(FACT))
        if setup.reach is not Reach.PUBLIC:
            return
        comments = Tickets(self._work).view(ticket_id).comments
        wanted = " ".join(text.split())
        notes = (" ".join(each.body.split()) for each in comments if each.internal)
        if is_note or any(wanted in note or note in wanted for note in notes):
            raise Forbidden(_NOTE)

    def _logins(self, view: TicketView) -> tuple[str, ...]:
        people = {view.requester.id, *(each.author.id for each in view.comments)}
        if view.assignee:
            people.add(view.assignee.id)
        return self._work.desk.users.logins(people)

    # --- of tickets ---------------------------------------------------------------------------

    def _thread(self, feature: Feature, ticket_id: int, *, notes: bool) -> Material:
        view = Tickets(self._work).view(ticket_id)
        said = [each for each in view.comments if notes or not each.internal]
        people = _people_of(view.model_copy(update={"comments": tuple(said)}))
        return self._material(
            feature,
            logins=self._logins(view),
            ticket_id=view.id,
            version=view.version,
            subject=view.subject,
            description=view.description,
            category_id=view.category.id if view.category else None,
            assignee_id=view.assignee.id if view.assignee else None,
            priority=view.priority,
            requester=view.requester.full_name,
            names=tuple(sorted(people)),
            turns=tuple(
                Turn(
                    speaker="staff" if each.by_staff else "requester",
                    text=each.body,
                    internal=each.internal,
                )
                for each in said
            ),
        )

    # --- of conversations ---------------------------------------------------------------------

    def _chat(self, ask: ChatAsk) -> Material:
        desk = self._work.desk
        conversation = desk.conversations.get(ask.conversation_id)
        said = desk.conversations.messages(conversation, _TURNS)
        question = ask.text.strip() or _last_question(said)
        if not question:
            raise Invalid(_NO_QUESTION)
        before = _last_question(said, but=question)
        articles = self._articles_for(desk, question, before)
        tickets = self._own_tickets(desk, question, by_words=not articles)
        return self._material(
            Feature.CHAT,
            question=question,
            conversation_id=conversation.id,
            turns=tuple(Turn(speaker=each.speaker.value, text=each.text) for each in said),
            passages=(*map(ticket_passage, tickets), *articles),
            names=tuple(sorted({self._work.actor.full_name}.union(*map(_people_of, tickets)))),
            logins=(self._work.actor.username,),
        )

    def _articles_for(
        self, desk: Transacted, question: str, before: str
    ) -> tuple[PassageText, ...]:
        """Return passages for a question; one that says little of itself goes on about the last."""
        passages = article_passages(desk.articles, question)
        if not passages and before:
            passages = article_passages(desk.articles, f"{question} {before}")
        return passages

    def _own_tickets(
        self, desk: Transacted, question: str, *, by_words: bool
    ) -> tuple[TicketView, ...]:
        """Return the tickets that a question names, or means by 'my ticket' or by its words."""
        ids = mentioned_tickets(desk, question)
        if not ids and _OWN_TICKETS.search(question):
            ids = desk.tickets.newest_of(self._work.actor.id or 0)
        if not ids and by_words:
            draft = TicketDraft(description=question)
            found = History(desk, self._work.now).for_draft(draft, self._work.actor.id)
            ids = [each.id for each in found.own_similar[:1]]
        views = (Tickets(self._work).view(id_) for id_ in ids)
        return tuple(_public(view) for view in views)

    # --- of lists -----------------------------------------------------------------------------

    def _filter(self, text: str) -> Material:
        desk = self._work.desk
        sees_all = self._work.actor.may(Permission.SEE_ALL_TICKETS)
        words = [word for word in _NAME.findall(folded(text)) if is_telling(word)][:_NAMES]
        named = desk.users.called(words) if sees_all and words else ()
        staff = desk.users.assignable() if sees_all else ()
        people = {each.id: each.full_name for each in staff}
        people |= {each.id: each.full_name for each in named}
        return self._material(
            Feature.FILTER,
            question=text,
            person_id=self._work.actor.id,
            categories=tuple(Choice(id=c.id, name=c.name) for c in desk.categories.active()),
            people=tuple(Choice(id=id_, name=name) for id_, name in people.items()),
            names=tuple(sorted({*people.values(), self._work.actor.full_name})),
        )

    def _search(self, text: str) -> Material:
        articles = self._work.desk.articles
        found = articles.suggest(tuple(telling_words(text)), _CANDIDATES)
        rows = tuple(each.article for each in found)
        return self._material(Feature.SEARCH, question=text, articles=rows)

    def _material(self, feature: Feature, **values: Any) -> Material:
        kept = self._work.desk.facts.get(FACT)
        may_set_up = self._work.actor.may(Permission.SET_UP_ASSISTANT)
        return Material(
            feature=feature, settings=kept, now=self._work.now, may_set_up=may_set_up, **values
        )


def _people_of(view: TicketView) -> set[str]:
    """Return the full names of those who have to do with a ticket."""
    people = {view.requester, view.assignee, *(each.author for each in view.comments)}
    return {each.full_name for each in people if each}


def _public(view: TicketView) -> TicketView:
    """Return a ticket without what is for staff alone: an answer may be shown to anybody."""
    public = tuple(each for each in view.comments if not each.internal)
    return view.model_copy(update={"comments": public})


def _text_of(material: Material) -> str:
    return f"{material.subject} {material.description}"


def _last_question(said: list[ConversationMessage], *, but: str = "") -> str:
    asked = [each.text for each in said if each.speaker is Speaker.PERSON and each.text != but]
    return asked[-1] if asked else ""
