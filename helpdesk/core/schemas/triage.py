# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk suggests for a ticket: from its own history, from the model, or from both."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import Body, Subject

Percent = Annotated[int, Field(ge=0, le=100)]


class SuggestedField(Labelled):
    """What of a ticket can be suggested."""

    CATEGORY = "category"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    REPLY = "reply"


class Origin(Labelled):
    """Where a suggestion comes from."""

    HISTORY = "history"
    MODEL = "model"
    BOTH = "both"
    ARTICLES = "articles"


class SimilarTicket(Result):
    """A ticket that resembles another one, and the words the two share, what tells most first."""

    id: int
    number: str
    subject: str
    status: Status
    category: str | None
    assignee: str | None
    created_at: datetime
    resolved_at: datetime | None
    likeness: Percent
    words: tuple[str, ...]


class Alternative(Result):
    """What else a field might be."""

    value: str
    label: str
    confidence: Percent


class Suggested(Result):
    """A value for one field of a ticket, and what speaks for it.

    ``value`` is the id of a category or a person, or a priority, as text. ``confidence`` is how
    many of a hundred such suggestions turned out right on this desk.
    """

    field: SuggestedField
    value: str
    label: str
    confidence: Percent
    origin: Origin
    tickets: tuple[SimilarTicket, ...] = ()
    words: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""
    """What the model says for it, or what the history does, in one sentence."""


class Citation(Result):
    """What a sentence rests on: an article or a ticket the reader may open."""

    number: str
    title: str
    article_id: int | None = None
    ticket_id: int | None = None


class CitedSentence(Result):
    """One sentence (or step) of an answer, the numbers it cites, and whether they bear it out."""

    text: str
    numbers: tuple[str, ...]
    supported: bool


class SuggestedReply(Result):
    """A first reply to send, and what to look at before it is sent."""

    body: str
    origin: Origin
    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    cautions: tuple[str, ...] = ()


class Incident(Result):
    """Tickets of the last minutes that are so alike that they may have one cause."""

    count: int
    minutes: int
    requesters: int
    words: tuple[str, ...]
    tickets: tuple[SimilarTicket, ...]


class TicketSuggestion(Result):
    """All that is suggested for a ticket; whatever is unsure is left out.

    ``version`` is the version of the ticket it was made for; ``silent_because`` says in a
    sentence why nothing is suggested, where nothing is.
    """

    ticket_id: int
    version: int
    fields: tuple[Suggested, ...] = ()
    reply: SuggestedReply | None = None
    similar: tuple[SimilarTicket, ...] = ()
    duplicates: tuple[SimilarTicket, ...] = ()
    incident: Incident | None = None
    labels: tuple[str, ...] = ()
    """What the text of the ticket tries, such as 'asks the assistant to ignore its rules'."""
    silent_because: str = ""
    dismissed: bool = False


class SuggestionChoice(Request):
    """Which fields of a suggestion to take over; with none of them it is dismissed.

    ``values`` are what was suggested, so that what is taken is what was seen, and ``origins``
    where each came from. ``shown`` is all that was seen, taken or not, with what was suggested,
    from where, and how sure that was: for the figures. Of a reply the value is empty.
    """

    version: int
    fields: tuple[SuggestedField, ...] = ()
    values: tuple[Annotated[str, Field(max_length=40)], ...] = ()
    origins: tuple[Origin, ...] = ()
    reply_used: bool = False
    shown: tuple[SuggestedField, ...] = ()
    shown_values: tuple[Annotated[str, Field(max_length=40)], ...] = ()
    shown_origins: tuple[Origin, ...] = ()
    shown_confidences: tuple[Percent | None, ...] = ()


class TicketDraft(Request):
    """What somebody is about to submit, as far as it is written."""

    subject: Subject = ""
    description: Body = ""
    category_id: Id | None = None
    priority: Priority | None = None
    requester_id: Id | None = None
    """Whom it is for, where somebody of the staff writes it for another."""


class DraftSuggestion(Result):
    """What the desk can say of a ticket before it is submitted.

    ``usual_minutes`` is the median time to a first answer of the last tickets of that category,
    ``due`` when the first answer is due at the suggested or chosen priority.
    """

    category: Suggested | None = None
    priority: Suggested | None = None
    own_similar: tuple[SimilarTicket, ...] = ()
    usual_minutes: int | None = None
    due: datetime | None = None


class FieldThreshold(Result):
    """From which confidence on a field is suggested."""

    field: SuggestedField
    percent: Percent


class TriageState(Result):
    """What the desk has learnt from its history so far, for admins."""

    learnt_tickets: int
    waiting_tickets: int
    categories: int
    technicians: int
    thresholds: tuple[FieldThreshold, ...]
    fitted_at: datetime | None
