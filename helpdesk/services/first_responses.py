# SPDX-License-Identifier: GPL-3.0-or-later
"""Automatic first responses: which tickets get one, what it says, and that nobody is left with it.

An admin switches them on for a category. They say only what published articles say, are marked as
automatic, count as nobody's first response, and leave the ticket in the queue as it is: who asked
can close it with one click, or have a person look.
"""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.assistant import Answer, Feature, FirstResponseState
from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.tickets import NewComment
from helpdesk.core.schemas.triage import Citation, CitedSentence
from helpdesk.models.event import EventKind
from helpdesk.services.answer_material import AnswerMaterial, Material
from helpdesk.services.assistant_setup import FACT, setup_of
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

AT_ONCE = 20
TOO_LATE = timedelta(hours=4)
_INTRODUCTION = "This is an automatic answer from our knowledge base; a person has not looked yet."
_END = "If it does not help, say so below: your request stays in the queue and a person answers."
_LEAST_SENTENCES = 1


class DueResponses(Result):
    """The tickets whose automatic first response is due, the newest first."""

    ticket_ids: tuple[int, ...]


class Response(Request):
    """What an automatic first response says; without sentences there is none."""

    ticket_id: int
    answer: Answer


class FirstResponses:
    """Steps of an automatic first response; jobs take them, no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/assistant/steps/due", permission=Permission.SET_UP_ASSISTANT)
    def due(self) -> DueResponses:
        """Return the tickets whose automatic first response is due, the newest first.

        After ``TOO_LATE`` a ticket gets none any more: an answer that comes so late is of no use,
        and one that cannot be answered must not keep others waiting.
        """
        assistant = self._work.desk.assistant
        assistant.give_up_before(self._work.now - TOO_LATE, self._work.now)
        return DueResponses(ticket_ids=tuple(assistant.waiting(AT_ONCE)))

    @operation(
        "POST",
        "/assistant/steps/first-response",
        permission=Permission.SET_UP_ASSISTANT,
        transaction=Transaction.READ,
    )
    def material(self, ticket_id: int) -> Material:
        """Return what a first response may rest on: the ticket, and what everybody may read."""
        material = AnswerMaterial(self._work).reply(ticket_id)
        return material.model_copy(update={"feature": Feature.FIRST_RESPONSE})

    @operation("POST", "/assistant/steps/respond", permission=Permission.SET_UP_ASSISTANT)
    def respond(self, response: Response) -> None:
        """Send what was found, unless it is no longer wanted.

        Somebody may have answered, closed the ticket, put it elsewhere, or switched this off.
        """
        desk, now = self._work.desk, self._work.now
        due = desk.assistant.first_response(response.ticket_id)
        if due is None or due.state is not FirstResponseState.WAITING:
            return
        ticket = desk.tickets.get(response.ticket_id)
        answer = response.answer
        wanted = setup_of(self._work.settings, desk.facts.get(FACT)).section.automatic_categories
        is_wanted = ticket.status.is_open and ticket.replies == 0 and ticket.category_id in wanted
        said = [each for each in answer.sentences if each.supported]
        if not is_wanted or len(said) < _LEAST_SENTENCES:
            due.state = FirstResponseState.NOTHING
            return
        changes = TicketChanges(self._work, ticket)
        new = NewComment(body=_body(said, answer.citations))
        comment = changes.add_comment(new, due.enabler_id, by_staff=True, automatic=True)
        desk.flush()
        due.state, due.at, due.comment_id = FirstResponseState.SENT, now, comment.id
        for each in answer.citations:
            if each.article_id is not None and desk.article_links.add(
                ticket.id, each.article_id, now
            ):
                name = f"{each.number} {each.title}"
                changes.record(EventKind.LINKED, field="article", new=name)
        ticket.touch(now)
        follow(self._work, changes)


def _body(said: list[CitedSentence], citations: tuple[Citation, ...]) -> str:
    lines = [f"{each.text} ({', '.join(each.numbers)})" for each in said]
    named = {number for each in said for number in each.numbers}
    sources = [f"{each.number} {each.title}" for each in citations if each.number in named]
    return "\n".join((_INTRODUCTION, "", *lines, "", *sources, "", _END))
