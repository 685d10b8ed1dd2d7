# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells people of what happened: in the window, by the system and by mail, as each has chosen.

Everything is written in the transaction of what it tells of, so that nothing is lost between.
Whatever happens to a ticket within one transaction, each person is told of the weightiest alone.
What an admin wrote into a rule is said besides: it may be an answer that stands nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from helpdesk.core.notification_defaults import CONCERNS, URGENT_BY_NATURE, WEIGHTS, told_as
from helpdesk.core.permissions import STAFF, Permission
from helpdesk.core.schemas.notifications import FOR_REQUESTERS, Delivery, Happening
from helpdesk.models import Rating, Ticket
from helpdesk.repositories.notifications import Recipient
from helpdesk.repositories.withdrawals import WITHDRAWN
from helpdesk.services.notification_reasons import Reason, reasons_of
from helpdesk.services.notification_words import (
    TicketWords,
    Words,
    subject_of,
    words_of_rating,
    words_of_rule,
)
from helpdesk.services.outbox import Dispatch, Letter
from helpdesk.services.preferences import Way, way_for
from helpdesk.services.ticket_changes import Happened
from helpdesk.services.unsent import Message, Told
from helpdesk.services.work import Work

_BY_RULE = "Rule: {rule}"
HELD = timedelta(seconds=30)
"""So long a mail waits that tells who asked of what can be undone: as long as a reply may wait."""
_AND = "; "
"""Between what told of a ticket at once."""


@dataclass(frozen=True)
class _News:
    """What one person is to be told, and how."""

    person: Recipient
    happening: Happening
    words: Words
    why: str
    actor_id: int | None
    urgent: bool
    way: Way
    by_itself: bool = False
    """Whether it is told beside whatever else happens."""

    @property
    def weight(self) -> tuple[bool, int]:
        return self.urgent, WEIGHTS[self.happening]


class Notifying:
    """Works out who is told of what, and writes it."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work
        self._desk = work.desk

    def tell(self, ticket: Ticket, happened: Sequence[Happened]) -> None:
        """Tell everybody concerned of what a call and the rules it set off did to a ticket."""
        news = [each for each in happened if each.is_news or each.put_off is not None]
        reasons = [each for each in reasons_of(ticket, news) if not self._is_idle(each)]
        if not reasons:
            return
        kinds = {each.happening for each in reasons}
        people = self._desk.people.concerned(
            {each.person_id for each in reasons if each.person_id is not None},
            team_id=ticket.team_id if Happening.TEAM_ASSIGNED in kinds else None,
            askers=Happening.NEW_TICKET in kinds,
            followed_id=ticket.id if any(each.for_followers for each in reasons) else None,
        )
        words = TicketWords(self._work, ticket, {each.id: each.full_name for each in people})
        said: dict[Reason, Words] = {}
        told = []
        for person, reason, way in self._chosen(ticket, people, reasons):
            if reason not in said:
                said[reason] = words.of(reason)
            if self._can_be_undone(reason):
                way = _held(way, self._work.now + HELD)
            told.append(_news_of(person, reason, said[reason], way))
        self._write(ticket, told)

    def tell_of(
        self,
        ticket: Ticket,
        happening: Happening,
        person_ids: Sequence[int],
        *,
        text: str,
        why: str,
        urgent: bool = False,
        by_itself: bool = False,
    ) -> list[str]:
        """Tell some people of something, and return the names of those who are told.

        ``why`` says which rule or clock it was. For what rules and the sweep tell of. Who has
        set it off by what they did is not told, except as who asked for help. That one reads
        ``text`` as it is, but neither ``why`` nor that anything is urgent. ``by_itself`` is for
        words that stand nowhere else: they are told beside all other news. Without, who was told
        already of something as weighty is not told, and not named.
        """
        words = words_of_rule(ticket, happening, text)
        urgent = urgent or happening in URGENT_BY_NATURE
        news = []
        for person in self._desk.people.recipients(person_ids):
            if not _may_see(person, ticket) or self._has_caused_it(person, ticket):
                continue
            is_staff = person.role in STAFF
            told, is_urgent = told_as(happening, person.role), urgent and is_staff
            way = self._way(person, told, urgent=is_urgent)
            if way.tells:
                said = words if is_staff else words_of_rule(ticket, told, text)
                reason = why if is_staff else ""
                news.append(
                    _News(person, told, said, reason, None, is_urgent, way, by_itself=by_itself)
                )
        return [each.person.full_name for each in self._write(ticket, news)]

    def tell_of_rating(self, ticket: Ticket, rating: Rating, person_ids: Sequence[int]) -> None:
        """Tell some people of the staff how who asked found the solution of a ticket."""
        words, happening = words_of_rating(ticket, rating), Happening.RATED
        news = []
        for person in self._desk.people.recipients(person_ids):
            way = self._way(person, happening, urgent=False)
            if person.role in STAFF and way.tells:
                asked = ticket.requester_id
                news.append(_News(person, happening, words, "", asked, urgent=False, way=way))
        self._write(ticket, news)

    def post(self, ticket: Ticket, channel_id: int, *, text: str, why: str) -> str:
        """Post to a chat channel, and return its name. Raises ``NotFound`` for none."""
        name = self._desk.outbox.channel_name(channel_id)
        words = words_of_rule(ticket, Happening.ESCALATED, text)
        # What is posted is known by no sender of mail.
        dispatch, body = Dispatch(self._work.now, ""), words.body(ticket, why, "", "")
        post = dispatch.post(channel_id, ticket, subject_of(ticket), body)
        self._desk.unsent.add(Message(notification=None, outgoing=post))
        return name

    def _can_be_undone(self, reason: Reason) -> bool:
        """Return whether news are of a field alone that whoever set it can still put back."""
        by_person = reason.happened.actor_id is not None and reason.happened.rule is None
        news = reason.happening in WITHDRAWN and reason.comment is None
        return news and by_person and self._work.actor.may(Permission.WORK_TICKET)

    def _is_idle(self, reason: Reason) -> bool:
        """Return whether somebody would be told of what they did themselves."""
        return reason.person_id is not None and reason.is_own_doing(reason.person_id)

    def _has_caused_it(self, person: Recipient, ticket: Ticket) -> bool:
        return person.id == self._work.actor.id != ticket.requester_id

    def _chosen(
        self, ticket: Ticket, people: Iterable[Recipient], reasons: Sequence[Reason]
    ) -> Iterator[tuple[Recipient, Reason, Way]]:
        """Yield for each person the weightiest of what they are told at all, and how."""
        weightiest_first = sorted(reasons, key=lambda each: -WEIGHTS[each.happening])
        for person in people:
            for reason in weightiest_first:
                if reason.happening in WITHDRAWN and person.id in reason.happened.untold:
                    continue
                if not _is_for(person, reason, ticket):
                    continue
                way = self._way(person, reason.happening, urgent=_is_urgent(reason.happening))
                if way.tells:
                    yield person, reason, way
                    break

    def _way(self, person: Recipient, happening: Happening, *, urgent: bool) -> Way:
        wants_mail = person.wish(happening).mail is not Delivery.OFF
        mails = wants_mail and person.email is not None and bool(self._mail_domain())
        return way_for(person, happening, self._work.now, urgent=urgent, mails=mails)

    def _mail_domain(self) -> str:
        return self._desk.people.mail_domain(self._work.settings)

    def _write(self, ticket: Ticket, news: Sequence[_News]) -> list[_News]:
        """Write what is weightier than what people were told already in this transaction.

        Return what was written. Where it takes the place of what a rule told, it says why so too.
        """
        unsent, fresh = self._desk.unsent, list[_News]()
        for each in news:
            is_staff = each.person.role in STAFF
            about = unsent.about(ticket.id, each.person.id, is_staff=is_staff)
            told = unsent.told(about, each.person.id)
            if each.by_itself:
                unsent.add(self._message(ticket, each))
            elif told is None or told.weight < each.weight:
                each = _with_why_of(told, each)
                message = self._message(ticket, each)
                unsent.tell(about, each.person.id, message, each.weight, each.why)
            else:
                continue
            fresh.append(each)
        self._plan_digests(fresh)
        return fresh

    def _message(self, ticket: Ticket, news: _News) -> Message:
        letter = _letter(ticket, news)
        dispatch = Dispatch(self._work.now, self._mail_domain()) if letter else None
        return Message(
            notification=self._row(ticket, news) if news.way.in_app else None,
            outgoing=dispatch.mail(letter) if dispatch and letter else None,
        )

    def _plan_digests(self, news: Sequence[_News]) -> None:
        """Plan when digests are due that did not wait before."""
        for person, way in ((each.person, each.way) for each in news if each.way.digest):
            if way.mail_at is not None and person.next_digest_at != way.mail_at:
                self._desk.unsent.plan_digest(
                    person.id, way.mail_at, has_setting=person.has_setting
                )

    def _row(self, ticket: Ticket, news: _News) -> dict[str, Any]:
        return {
            "person_id": news.person.id,
            "at": self._work.now,
            "happening": news.happening,
            "ticket_id": ticket.id,
            "actor_id": news.actor_id,
            "title": news.words.title,
            "text": news.words.text,
            "why": news.why,
            "urgent": news.urgent,
            "read": news.way.read,
            "shown": news.way.shown,
        }


def _held(way: Way, until: datetime) -> Way:
    """Let a mail of its own leave no earlier; a digest waits anyway."""
    if way.mail_at is None or way.digest:
        return way
    return replace(way, mail_at=max(way.mail_at, until))


def _with_why_of(told: Told | None, news: _News) -> _News:
    """Return news that also say why somebody was told of what they take the place of."""
    if told is None or news.happening in FOR_REQUESTERS:
        return news
    reasons = dict.fromkeys(each for each in (*told.why.split(_AND), news.why) if each)
    return replace(news, why=_AND.join(reasons))


def _news_of(person: Recipient, reason: Reason, words: Words, way: Way) -> _News:
    """Return what is told of what happened; who asked for help hears of no rule."""
    rule = reason.happened.rule
    tells_why = rule is not None and reason.happening not in FOR_REQUESTERS
    why = _BY_RULE.format(rule=rule) if tells_why else ""
    urgent = _is_urgent(reason.happening)
    return _News(person, reason.happening, words, why, reason.happened.actor_id, urgent, way)


def _is_for(person: Recipient, reason: Reason, ticket: Ticket) -> bool:
    """Return whether a reason is about somebody who may know of it, and did not do it."""
    if reason.is_own_doing(person.id) or reason.happening not in CONCERNS[person.role]:
        return False
    if reason.happening is Happening.TEAM_ASSIGNED:
        return person.in_team
    if reason.for_followers:
        is_told_besides = person.id in (ticket.requester_id, ticket.assignee_id)
        return person.follows and not is_told_besides
    if reason.person_id is None:
        return reason.happening is Happening.NEW_TICKET
    return reason.person_id == person.id and _may_see(person, ticket)


def _may_see(person: Recipient, ticket: Ticket) -> bool:
    return person.role in STAFF or person.id == ticket.requester_id or person.follows


def _is_urgent(happening: Happening) -> bool:
    return happening in URGENT_BY_NATURE


def _letter(ticket: Ticket, news: _News) -> Letter | None:
    if news.way.mail_at is None:
        return None
    return Letter(
        person_id=news.person.id,
        subject=subject_of(ticket),
        body=news.words.body(ticket, news.why, news.person.full_name, news.person.time_zone),
        at=news.way.mail_at,
        happening=news.happening,
        ticket_id=ticket.id,
        digest=news.way.digest,
        for_staff=news.happening not in FOR_REQUESTERS,
    )
