# SPDX-License-Identifier: GPL-3.0-or-later
"""Some hundred random tickets, and a plain Python answer to every question about them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from helpdesk.core.schemas.tickets import Priority, Sort, Source, Status, TicketQuery
from helpdesk.database.search import search_of
from helpdesk.database.types import NEVER
from helpdesk.models import Ticket
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS

WORDS = ("printer", "print", "prince", "vpn", "mail", "mailbox", "screen", "slow", "jam", "über")
CATEGORIES = (None, 1, 2, 3)
REQUESTERS = (1, 2)
ASSIGNEES = (None, 3, 4, 5)
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A ticket as it was put in, with its words by who may find it through them."""

    id: int
    status: Status
    priority: Priority
    category_id: int | None
    requester_id: int
    assignee_id: int | None
    created_at: datetime
    updated_at: datetime
    resolution_due: datetime
    public: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The first word, and now and then the second one."""
        return " ".join(self.public[: 1 + self.id % 2])

    @property
    def description(self) -> str:
        """The other words."""
        return " ".join(self.public[1 + self.id % 2 :])

    def is_wanted(self, query: TicketQuery) -> bool:
        """Return whether the filters let the ticket through; the text apart."""
        assigned = self.assignee_id in query.assignee_ids or (
            query.unassigned and self.assignee_id is None
        )
        return (
            (not query.statuses or self.status in query.statuses)
            and (not query.priorities or self.priority in query.priorities)
            and (not query.category_ids or self.category_id in query.category_ids)
            and (assigned or not (query.assignee_ids or query.unassigned))
            and (not query.requester_ids or self.requester_id in query.requester_ids)
            and (query.created_after is None or self.created_at >= query.created_after)
            and (query.created_before is None or self.created_at < query.created_before)
        )

    def says(self, text: str, *, to_staff: bool) -> bool:
        """Return whether every word occurs, the last one as the beginning of a word."""
        words = self.public + self.notes if to_staff else self.public
        *whole, last = text.split()
        return all(word in words for word in whole) and any(w.startswith(last) for w in words)


def make(session: Session, count: int, seed: int) -> list[Made]:
    """Store random tickets with many equal sort keys, and return what they are."""
    made = [_ticket(_dice(f"{seed}/{id_}"), id_) for id_ in range(1, count + 1)]
    session.execute(insert(Ticket), [_row(ticket) for ticket in made])
    let_ids_go_on(session, "ticket")
    search = search_of(session)
    for ticket in made:
        search.add_ticket(
            session, ticket.id, ticket.subject, ticket.description, ticket.requester_id
        )
        search.add_comment(session, ticket.id, " ".join(ticket.notes), internal=True)
    return made


def let_ids_go_on(session: Session, table: str) -> None:
    """Let the database number new rows behind those that were put in with their ids."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        session.execute(text(f"SELECT setval({sequence}, max(id)) FROM {table}"))  # noqa: S608


def _row(ticket: Made) -> dict[str, object]:
    row = {name: value for name, value in vars(ticket).items() if name not in {"public", "notes"}}
    texts = {"subject": ticket.subject, "description": ticket.description}
    return row | texts | {"version": 1, "replies": 0, "notes": 0, "source": Source.DESKTOP}


def query_of(dice: random.Random) -> TicketQuery:
    """Return a random query; each filter is set now and then."""

    def some(choices):
        chosen = [choice for choice in choices if choice is not None]
        return (
            tuple(dice.sample(chosen, dice.randint(1, len(chosen)))) if dice.random() < 0.3 else ()
        )

    return TicketQuery(
        statuses=some(Status),
        priorities=some(Priority),
        category_ids=some(CATEGORIES),
        assignee_ids=some(ASSIGNEES),
        unassigned=dice.random() < 0.2,
        requester_ids=some(REQUESTERS),
        created_after=_moment(dice) if dice.random() < 0.2 else None,
        created_before=_moment(dice) if dice.random() < 0.2 else None,
        sort=dice.choice(list(Sort)),
        limit=dice.choice((3, 7, 50, 200)),
        text=_text(dice) if dice.random() < 0.3 else "",
    )


def expected(
    made: list[Made], query: TicketQuery, *, reader: int | None, ranked: int = 500
) -> list[int]:
    """Return the ids that the whole list must hold, in its order; ``None`` reads as staff.

    By relevance the newest hits are ranked, as many as ``ranked``.
    """
    found = [
        ticket
        for ticket in made
        if ticket.is_wanted(query)
        and (reader is None or ticket.requester_id == reader)
        and (not query.text or ticket.says(query.text, to_staff=reader is None))
    ]
    sort = Sort.NEWEST if query.sort is Sort.RELEVANCE else query.sort
    if query.text:
        found.sort(key=lambda ticket: -ticket.id)
        if query.sort is Sort.RELEVANCE:
            found[:ranked] = sorted(found[:ranked], key=lambda ticket: _rank(ticket, query.text))
    elif sort is Sort.URGENCY:
        found.sort(key=_urgency)
    elif sort is Sort.OLDEST:
        found.sort(key=lambda ticket: (ticket.created_at, ticket.id))
    else:
        moment = "updated_at" if sort is Sort.UPDATED else "created_at"
        found.sort(key=lambda ticket: (getattr(ticket, moment), ticket.id), reverse=True)
    return [ticket.id for ticket in found]


def _rank(ticket: Made, wanted: str) -> tuple[int, bool, int, int, int]:
    *whole, last = wanted.split()
    words = ticket.subject.split()
    places = [words.index(word) for word in whole if word in words]
    begun = [place for place, word in enumerate(words) if word.startswith(last)]
    exact = [place for place in begun if words[place] == last]
    places += (exact or begun)[:1]
    is_phrase = any(
        words[place - len(whole) : place] == whole for place in begun if place >= len(whole)
    )
    by_beginning = 1 if begun and not exact else 0
    missing = len(whole) + 1 - len(places)
    return missing, not is_phrase, by_beginning, min(places, default=0), -ticket.id


def _urgency(ticket: Made) -> tuple[int, int, datetime, int]:
    priority = PRIORITY_RANKS.index(ticket.priority)
    return priority, STATUS_RANKS.index(ticket.status), ticket.resolution_due, ticket.id


def _dice(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing secret


def _ticket(dice: random.Random, id_: int) -> Made:
    created = _moment(dice)
    return Made(
        id=id_,
        status=dice.choice(list(Status)),
        priority=dice.choice(list(Priority)),
        category_id=dice.choice(CATEGORIES),
        requester_id=dice.choice(REQUESTERS),
        assignee_id=dice.choice(ASSIGNEES),
        created_at=created,
        updated_at=created + timedelta(hours=dice.randint(0, 3)),
        resolution_due=NEVER
        if dice.random() < 0.2
        else created + timedelta(hours=dice.choice((4, 8))),
        public=tuple(dice.choices(WORDS, k=dice.randint(1, 4))),
        notes=tuple(dice.choices(WORDS, k=dice.randint(0, 2))),
    )


def _moment(dice: random.Random) -> datetime:
    # Few different moments, so that the order has to fall back on the id.
    return START + timedelta(hours=dice.randint(0, 40))


def _text(dice: random.Random) -> str:
    words = dice.choices(WORDS, k=dice.randint(1, 2))
    return " ".join((*words[:-1], words[-1][: dice.randint(2, 5)]))
