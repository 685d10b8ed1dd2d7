# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in plain words what happened to a ticket: a title, a text, and the lines of a mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from helpdesk.core.schemas.notifications import Happening, MailBody
from helpdesk.core.schemas.snoozes import WokenBy
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line
from helpdesk.models import Comment, Rating, Ticket
from helpdesk.repositories.ticket_details import due_or_none
from helpdesk.services.notification_reasons import Reason
from helpdesk.services.quiet_hours import zone_of
from helpdesk.services.rating_links import rating_url
from helpdesk.services.work import Work

COMMENT_LIMIT = 20_000
"""So much of a reply goes by mail; the rest is read in the window."""
_TEXT_LIMIT, _SUBJECT_IN_TITLE, _PHRASE_LIMIT = 200, 80, 100
_MESSAGE_LIMIT = 2_000
_PROGRAM = "Help Desk"
_PHRASES = {
    Happening.URGENT: "urgent",
    Happening.DUE_SOON: "due soon",
    Happening.OVERDUE: "overdue",
    Happening.ESCALATED: "needs attention",
}


@dataclass(frozen=True)
class Words:
    """What somebody is told. ``comment`` is a public reply, whole as far as it is mailed.

    ``answer_by`` is when an answer is due; a mail says it by the clock of who reads it.
    """

    title: str
    text: str
    lines: tuple[str, ...] = ()
    comment: str | None = None
    answer_by: datetime | None = None
    rating_url: str = ""

    def body(self, ticket: Ticket, why: str, to_name: str, time_zone: str) -> MailBody:
        """Return what a mail to somebody says, with times of their zone."""
        promise = (_promise(self.answer_by, time_zone),) if self.answer_by else ()
        return MailBody(
            title=self.title,
            lines=(*self.lines, *promise),
            number=ticket.number,
            ticket_subject=ticket.subject,
            comment=self.comment,
            why=why,
            to_name=to_name,
            rating_url=self.rating_url,
        )


class TicketWords:
    """Words for what happened to one ticket; names are looked up where they are said."""

    def __init__(self, work: Work, ticket: Ticket, names: dict[int, str]) -> None:
        """Bind to a ticket; ``names`` are those of the people concerned."""
        self._work = work
        self._desk = work.desk
        self._now = work.now
        self._actor = work.actor.full_name or _PROGRAM
        self._ticket = ticket
        self._names = names

    def of(self, reason: Reason) -> Words:
        """Return what is said of something that happened."""
        said = _SENTENCES[reason.happening]
        return said(self, reason)

    def received(self, _reason: Reason) -> Words:
        """Say that a request has arrived, in the words of who asked."""
        asked = self._ticket.description
        title = f"{self._number} has reached the desk"
        due = due_or_none(self._ticket.first_response_due)
        answer_by = due if due and due > self._now else None
        quoted = ellipsis(asked, COMMENT_LIMIT) or None
        return Words(title, self._ticket.subject, (), quoted, answer_by)

    def answered(self, reason: Reason) -> Words:
        """Say who replied, and what."""
        comment = reason.comment
        if comment is not None and comment.automatic:
            return self._quoted(f"{self._number} was answered automatically", comment)
        return self._quoted(self._did(reason, "replied to"), comment)

    def updated(self, reason: Reason) -> Words:
        """Say what of a ticket is different now, or where it goes on."""
        if into := reason.happened.merged_into:
            text = f"It goes on there: what you write to {into} is read."
            return self._plain(f"{self._number} was merged into {into}", text)
        return self._plain(f"{self._number} was updated", self._fields(reason))

    def followed(self, reason: Reason) -> Words:
        """Say what happened to a ticket that the reader follows."""
        why = "You follow this ticket."
        if reason.happened.is_new:
            words = self._opened(reason)
        elif reason.comment is not None:
            words = self.answered(reason)
        elif reason.happened.reopened:
            words = self._plain(f"{self._number} was reopened", self._fields(reason))
        else:
            words = self.updated(reason)
        return replace(words, lines=(*words.lines, why))

    def _opened(self, reason: Reason) -> Words:
        """Say who opened a ticket, and for whom, with what it is about."""
        ticket, title = self._ticket, self._did(reason, "opened")
        if ticket.requester_id != self._work.actor.id:
            title += f" for {self._names.get(ticket.requester_id, 'somebody else')}"
        return Words(title, ticket.subject, (), ellipsis(ticket.description, COMMENT_LIMIT) or None)

    def mentioned(self, reason: Reason) -> Words:
        """Say who named the reader, and in what; staff alone read this."""
        said = reason.comment.body if reason.comment else ""
        return self._plain(f"{self._actor} mentioned you on {self._number}", excerpt(said))

    def solved(self, reason: Reason) -> Words:
        """Say that a ticket is done, and ask how it went."""
        title = f"{self._number} is {self._ticket.status.label.lower()}"
        words = self._quoted(title, reason.comment)
        return replace(words, rating_url=rating_url(self._work, self._ticket))

    def new_ticket(self, _reason: Reason) -> Words:
        """Say what came into the queue."""
        return self._plain(f"New ticket {self._number}", self._about)

    def assigned(self, reason: Reason) -> Words:
        """Say who gave the ticket to the reader."""
        by_rule = reason.happened.rule is not None
        title = f"You were given {self._number}" if by_rule else self._did(reason, "gave you")
        return self._plain(title, self._about)

    def team_assigned(self, _reason: Reason) -> Words:
        """Say which team got the ticket."""
        team = self._desk.teams.name_of(self._ticket.team_id) or "your team"
        return self._plain(f"{self._number} was given to {team}", self._about)

    def noted(self, reason: Reason) -> Words:
        """Say who wrote an internal note, and what; staff alone read this."""
        note = reason.comment.body if reason.comment else ""
        return self._plain(self._did(reason, "noted on", "A note was added to"), excerpt(note))

    def changed(self, reason: Reason) -> Words:
        """Say who changed a ticket, or replied in the assignee's place."""
        if reason.comment is not None:
            words = self.answered(reason)
            fields = self._fields(reason)
            return Words(words.title, words.text, (fields,) if fields else (), words.comment)
        title = self._did(reason, "changed", "A rule changed")
        return self._plain(title, self._fields(reason))

    def reopened(self, reason: Reason) -> Words:
        """Say who reopened a ticket, and why."""
        return self._quoted(self._did(reason, "reopened", "A rule reopened"), reason.comment)

    def woken(self, reason: Reason) -> Words:
        """Say that a snoozed ticket is back, and why."""
        why = reason.happened.woken_by
        title = f"{self._number} is back: {_WOKEN_BY[why]}" if why else f"{self._number} is back"
        return self._plain(title, self._about)

    def _plain(self, title: str, text: str) -> Words:
        return Words(title, ellipsis(text, _TEXT_LIMIT), (text,) if text else ())

    def _quoted(self, title: str, comment: Comment | None) -> Words:
        if comment is None:
            return Words(title, self._ticket.subject)
        return Words(title, excerpt(comment.body), (), ellipsis(comment.body, COMMENT_LIMIT))

    def _did(self, reason: Reason, verb: str, by_rule: str = "") -> str:
        who = by_rule if reason.happened.rule is not None and by_rule else f"{self._actor} {verb}"
        return f"{who} {self._number}"

    def _fields(self, reason: Reason) -> str:
        return " ".join(_NOW[name](self) for name in reason.fields)

    @property
    def _number(self) -> str:
        return self._ticket.number

    @property
    def _about(self) -> str:
        return f"{self._ticket.subject} ({self._ticket.priority.label})"

    def status(self) -> str:
        """Say the status."""
        return f"Status is now {self._ticket.status.label}."

    def priority(self) -> str:
        """Say the priority."""
        return f"Priority is now {self._ticket.priority.label}."

    def category(self) -> str:
        """Say the category."""
        return f"Category is now {self._category or 'empty'}."

    def team(self) -> str:
        """Say the team."""
        name = self._desk.teams.name_of(self._ticket.team_id)
        return f"Team is now {name}." if name else "No team has it now."

    def assignee(self) -> str:
        """Say who has the ticket."""
        person = self._ticket.assignee_id
        if person is None:
            return "It is back in the queue."
        return f"{self._names.get(person, 'Somebody else')} has it now."

    @cached_property
    def _category(self) -> str | None:
        return self._desk.categories.name_of(self._ticket.category_id)


_SENTENCES: dict[Happening, Callable[[TicketWords, Reason], Words]] = {
    Happening.RECEIVED: TicketWords.received,
    Happening.ANSWERED: TicketWords.answered,
    Happening.UPDATED: TicketWords.updated,
    Happening.SOLVED: TicketWords.solved,
    Happening.FOLLOWED: TicketWords.followed,
    Happening.MENTIONED: TicketWords.mentioned,
    Happening.NEW_TICKET: TicketWords.new_ticket,
    Happening.ASSIGNED: TicketWords.assigned,
    Happening.TEAM_ASSIGNED: TicketWords.team_assigned,
    Happening.CUSTOMER_REPLIED: TicketWords.answered,
    Happening.NOTED: TicketWords.noted,
    Happening.CHANGED: TicketWords.changed,
    Happening.REOPENED: TicketWords.reopened,
    Happening.WOKEN: TicketWords.woken,
}
_WOKEN_BY = {
    WokenBy.TIME: "its time has come",
    WokenBy.REPLY: "somebody replied",
    WokenBy.STATUS: "its status changed",
}
_NOW: dict[str, Callable[[TicketWords], str]] = {
    "status": TicketWords.status,
    "priority": TicketWords.priority,
    "category": TicketWords.category,
    "team": TicketWords.team,
    "assignee": TicketWords.assignee,
}


def words_of_rule(ticket: Ticket, happening: Happening, text: str) -> Words:
    """Return what a rule or a clock says of a ticket; what is short stands in the title."""
    phrase = single_line(text)
    is_short = 0 < len(phrase) <= _PHRASE_LIMIT and "\n" not in text.strip()
    said = phrase if is_short else _PHRASES.get(happening, "news")
    subject = ellipsis(ticket.subject, _SUBJECT_IN_TITLE)
    title = f"{ticket.number} {subject}: {said}"
    return Words(title, "", ()) if is_short else Words(title, excerpt(text), _lines(text))


def words_of_rating(ticket: Ticket, rating: Rating) -> Words:
    """Return what is said of a rating; what was written with it stands in the ticket, too."""
    reason = f" ({rating.reason.label.lower()})" if rating.reason else ""
    subject = ellipsis(ticket.subject, _SUBJECT_IN_TITLE)
    title = f"{ticket.number} {subject}: rated {rating.score} of 5{reason}"
    return Words(title, excerpt(rating.comment), _lines(rating.comment))


def subject_of(ticket: Ticket) -> str:
    """Return the subject of a mail: the same for all that is said of a ticket."""
    return single_line(f"[{ticket.number}] {ticket.subject}")[:SUBJECT_LIMIT]


def _promise(due: datetime, time_zone: str) -> str:
    there = due.astimezone(zone_of(time_zone))
    return f"We answer by {there:%A} {there.day} {there:%B}, {there:%H:%M} ({there.tzinfo})."


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a message that say something."""
    lines = (single_line(line) for line in text[:_MESSAGE_LIMIT].splitlines())
    return tuple(line for line in lines if line)


def excerpt(text: str) -> str:
    """Return the beginning of what somebody wrote, on one line."""
    return ellipsis(single_line(text), _TEXT_LIMIT)
