# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what the desk learns of its tickets; whoever asks decides what is shown of it.

Nothing here is scoped to an actor: a suggestion rests on tickets of everybody, and tells of them
only to staff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.assistant import AcceptanceFigures
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, Source, Status
from helpdesk.core.schemas.triage import Origin, SuggestedField
from helpdesk.database.likeness import NEWEST, nearest
from helpdesk.database.types import to_microseconds
from helpdesk.models import (
    Category,
    Ticket,
    TriageFit,
    TriageOutcome,
    TriageTerm,
    TriageTicket,
    TriageTrial,
    User,
)
from helpdesk.models.triage import ALL_TEXTS, ALL_WORDS

LETTERS = 2_000
"""So much of a description is looked at; what comes behind is mostly quoted or a log."""

IN_A_MILLION = 1_000_000
_DONE = tuple(status for status in Status if not status.is_open)
_BUCKETS_AT_ONCE = 2_000
_LOOKED_THROUGH = 1_000
"""So many of the newest tickets are walked for what is usual, whatever they are about."""

_term, _learnt = TriageTerm.__table__.c, TriageTicket.__table__.c
_ticket, _user, _category = Ticket.__table__.c, User.__table__.c, Category.__table__.c
_trial, _outcome = TriageTrial.__table__.c, TriageOutcome.__table__.c

_TERMS = select(_term.bucket, _term.tickets, _term.category, _term.priority).where(
    _term.bucket.in_(bindparam("buckets", expanding=True))
)
_STORE_TERM = text(
    "INSERT INTO triage_term (bucket, tickets, category, priority)"
    " VALUES (:bucket, :tickets, :category, :priority) ON CONFLICT (bucket) DO UPDATE SET"
    " tickets = excluded.tickets, category = excluded.category, priority = excluded.priority"
)
_STORE_LEARNT = text(
    "INSERT INTO triage_ticket (ticket_id, category_id, priority)"
    " VALUES (:ticket_id, :category_id, :priority) ON CONFLICT (ticket_id) DO UPDATE SET"
    " category_id = excluded.category_id, priority = excluded.priority"
)
_STORE_TRIAL = text(
    "INSERT INTO triage_trial (ticket_id, field, at, confirmed, guess)"
    " VALUES (:ticket_id, :field, :at, :confirmed, :guess) ON CONFLICT (ticket_id, field)"
    " DO UPDATE SET confirmed = excluded.confirmed"
)
_TEXTS = (
    select(
        _ticket.id,
        _ticket.status,
        _ticket.priority,
        _ticket.category_id,
        _ticket.assignee_id,
        _ticket.requester_id,
        _ticket.created_at,
        _ticket.resolved_at,
        _learnt.ticket_id.is_not(None),
        _ticket.subject,
        func.substr(_ticket.description, 1, LETTERS),
    )
    .select_from(Ticket.__table__)
    .join(TriageTicket.__table__, _learnt.ticket_id == _ticket.id, isouter=True)
)
_NEAR = _TEXTS.where(_ticket.id.in_(bindparam("ids", expanding=True)))
_SINCE = (
    _TEXTS.where(_ticket.created_at >= bindparam("since"), _ticket.created_at <= bindparam("until"))
    .order_by(_ticket.created_at.desc(), _ticket.id.desc())
    .limit(bindparam("limit"))
)

_NAMES = select(_user.id, _user.full_name).where(_user.id.in_(bindparam("ids", expanding=True)))
_STAFF = select(_user.id, _user.full_name).where(_user.role.in_(STAFF), _user.active.is_(True))
_CATEGORIES = select(_category.id, _category.name, _category.active)


class Terms(NamedTuple):
    """What is learnt of the buckets of a text: in how many tickets each is, and its weights.

    The weights are as the classifier packs them.
    """

    frequencies: dict[int, int]
    packed: dict[SuggestedField, dict[int, bytes]]

    @property
    def texts(self) -> int:
        """How many tickets are learnt."""
        return self.frequencies.get(ALL_TEXTS, 0)

    @property
    def mean_length(self) -> float:
        """How many words a learnt ticket has."""
        return self.frequencies.get(ALL_WORDS, 0) / self.texts if self.texts else 0.0


class Learnt(NamedTuple):
    """As what a ticket was learnt."""

    category_id: int | None
    priority: Priority | None


class NearTicket(NamedTuple):
    """A ticket that may resemble another one."""

    id: int
    status: Status
    priority: Priority
    category_id: int | None
    assignee_id: int | None
    requester_id: int
    created_at: datetime
    resolved_at: datetime | None
    learnt: bool
    subject: str
    description: str


class Attempt(NamedTuple):
    """A suggestion as it would have been: for which ticket, what was guessed, what was right."""

    ticket_id: int
    field: SuggestedField
    confirmed: str
    guess: dict[int, float]
    answers: tuple[str, ...] | None
    score: float | None


class Fit(NamedTuple):
    """From which score on a field is suggested, and how often which score was right."""

    threshold: float
    steps: tuple[tuple[float, float], ...]
    trials: int
    fitted_at: datetime


class TriageRepository:
    """What is learnt, what was tried, and what people made of it."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    # --- what is learnt -----------------------------------------------------------------------

    def terms(self, buckets: Iterable[int]) -> Terms:
        """Return what is learnt of some buckets and of all words together."""
        found = Terms({}, {SuggestedField.CATEGORY: {}, SuggestedField.PRIORITY: {}})
        wanted = [ALL_TEXTS, ALL_WORDS, *buckets]
        for start in range(0, len(wanted), _BUCKETS_AT_ONCE):
            part = wanted[start : start + _BUCKETS_AT_ONCE]
            for bucket, tickets, category, priority in self._session.execute(
                _TERMS, {"buckets": part}
            ):
                found.frequencies[bucket] = tickets
                if category:
                    found.packed[SuggestedField.CATEGORY][bucket] = category
                if priority:
                    found.packed[SuggestedField.PRIORITY][bucket] = priority
        return found

    def store(self, terms: Terms) -> None:
        """Keep what is learnt of some buckets."""
        categories = terms.packed[SuggestedField.CATEGORY]
        priorities = terms.packed[SuggestedField.PRIORITY]
        values = [
            {
                "bucket": bucket,
                "tickets": terms.frequencies.get(bucket, 0),
                "category": categories.get(bucket),
                "priority": priorities.get(bucket),
            }
            for bucket in sorted({*terms.frequencies, *categories, *priorities})
        ]
        if values:
            self._session.execute(_STORE_TERM, values)

    def learnt(self, ticket_ids: Sequence[int]) -> dict[int, Learnt]:
        """Return as what some tickets were learnt, those that were."""
        statement = select(_learnt.ticket_id, _learnt.category_id, _learnt.priority).where(
            _learnt.ticket_id.in_(ticket_ids)
        )
        rows = self._session.execute(statement)
        return {ticket_id: Learnt(*labels) for ticket_id, *labels in rows}

    def store_learnt(self, learnt: Mapping[int, Learnt]) -> None:
        """Keep as what some tickets are learnt."""
        values = [
            {
                "ticket_id": ticket_id,
                "category_id": category_id,
                "priority": None if priority is None else rank_of(priority),
            }
            for ticket_id, (category_id, priority) in learnt.items()
        ]
        if values:
            self._session.execute(_STORE_LEARNT, values)

    def count_learnt(self) -> int:
        """Return how many tickets are learnt."""
        statement = select(_term.tickets).where(_term.bucket == ALL_TEXTS)
        return int(self._session.execute(statement).scalar_one_or_none() or 0)

    def count_waiting(self) -> int:
        """Return how many of the newest solved tickets are still to be learnt."""
        statement = select(func.count()).select_from(_waiting().subquery())
        return int(self._session.execute(statement).scalar_one())

    def waiting(self, limit: int, *, newest: bool = False) -> Sequence[Ticket]:
        """Return some of the newest solved tickets that are still to be learnt, in their order.

        They are the oldest of those, unless the very ``newest`` are wanted.
        """
        order = _ticket.id.desc() if newest else _ticket.id
        ids = self._session.execute(_waiting().order_by(order).limit(limit)).scalars().all()
        statement = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id)
        return self._session.execute(statement).scalars().all()

    # --- alike --------------------------------------------------------------------------------

    def near(
        self,
        weights: Mapping[str, float],
        limit: int,
        *,
        before: int | None = None,
        requester_id: int | None = None,
    ) -> list[NearTicket]:
        """Return the newest tickets that hold the most of some weighed words."""
        ids = nearest(self._session, weights, limit, before=before, requester_id=requester_id)
        rows = self._session.execute(_NEAR, {"ids": ids}) if ids else ()
        return [NearTicket(*row) for row in rows]

    def opened_between(self, since: datetime, until: datetime, limit: int) -> list[NearTicket]:
        """Return the newest tickets that were opened between two moments."""
        values = {"since": since, "until": until, "limit": limit}
        return [NearTicket(*row) for row in self._session.execute(_SINCE, values)]

    def last_assigned(self, until: datetime, limit: int) -> Sequence[tuple[int | None, int]]:
        """Return category and assignee of the newest tickets that somebody has solved."""
        newest = (
            select(_ticket.category_id, _ticket.assignee_id, _ticket.status)
            .where(_ticket.created_at < until)
            .order_by(_ticket.created_at.desc(), _ticket.id.desc())
            .limit(_LOOKED_THROUGH)
            .subquery()
        )
        statement = (
            select(newest.c.category_id, newest.c.assignee_id)
            .where(newest.c.status.in_(_DONE), newest.c.assignee_id.is_not(None))
            .limit(limit)
        )
        return [(category, assignee) for category, assignee in self._session.execute(statement)]

    def minutes_to_answer(self, category_id: int, limit: int) -> list[float]:
        """Return how long the newest answered tickets of a category waited for an answer."""
        newest = (
            select(_ticket.id, _ticket.category_id)
            .order_by(_ticket.created_at.desc(), _ticket.id.desc())
            .limit(_LOOKED_THROUGH)
            .subquery()
        )
        ids = select(newest.c.id).where(newest.c.category_id == category_id).limit(limit)
        statement = select(_ticket.created_at, _ticket.first_responded_at).where(
            _ticket.id.in_(ids.scalar_subquery()), _ticket.first_responded_at.is_not(None)
        )
        rows = self._session.execute(statement)
        return [(answered - created).total_seconds() / 60 for created, answered in rows]

    def names(self, user_ids: Iterable[int]) -> dict[int, str]:
        """Return the full names of some people."""
        rows = self._session.execute(_NAMES, {"ids": list(user_ids)})
        return {id_: name for id_, name in rows}  # noqa: C416 - rows are no pairs to dict()

    def technicians(self) -> dict[int, str]:
        """Return the full names of who can be given tickets."""
        return {id_: name for id_, name in self._session.execute(_STAFF)}  # noqa: C416

    def category_names(self) -> dict[int, tuple[str, bool]]:
        """Return the name of every category, and whether it can be chosen."""
        rows = self._session.execute(_CATEGORIES)
        return {id_: (name, active) for id_, name, active in rows}

    # --- how well it goes ---------------------------------------------------------------------

    def store_trials(self, trials: Iterable[Attempt], at: datetime) -> None:
        """Keep what would have been suggested; of one kept already only what is right."""
        values = [
            {
                "ticket_id": trial.ticket_id,
                "field": trial.field.value,
                "at": to_microseconds(at),
                "confirmed": trial.confirmed,
                "guess": json.dumps([[label, round(p, 4)] for label, p in trial.guess.items()]),
            }
            for trial in trials
        ]
        if values:
            self._session.execute(_STORE_TRIAL, values)

    def trials(self, field: SuggestedField, limit: int) -> list[Attempt]:
        """Return the last trials of a field, the newest first."""
        statement = (
            select(_trial.ticket_id, _trial.confirmed, _trial.guess, _trial.answers, _trial.score)
            .where(_trial.field == field.value)
            .order_by(_trial.at.desc(), _trial.ticket_id.desc())
            .limit(limit)
        )
        return [_attempt(field, *row) for row in self._session.execute(statement)]

    def count_trials(self, field: SuggestedField, limit: int) -> int:
        """Return how many trials of a field there are, up to a limit."""
        some = select(_trial.ticket_id).where(_trial.field == field.value).limit(limit).subquery()
        return int(self._session.execute(select(func.count()).select_from(some)).scalar_one())

    def store_answers(
        self, answers: Sequence[tuple[int, SuggestedField, Sequence[str], float]]
    ) -> None:
        """Keep what trials would have come to."""
        statement = (
            update(TriageTrial)
            .where(_trial.ticket_id == bindparam("id"), _trial.field == bindparam("of"))
            .values(answers=bindparam("best"), score=bindparam("reached"))
        )
        values = [
            {
                "id": ticket_id,
                "of": field.value,
                "best": json.dumps(list(best)),
                "reached": round(score * IN_A_MILLION),
            }
            for ticket_id, field, best, score in answers
        ]
        if values:
            self._session.connection().execute(statement, values)

    def forget_trials(self, field: SuggestedField, kept: int) -> None:
        """Forget all trials of a field but the last ones."""
        ordered = select(_trial.at, _trial.ticket_id).where(_trial.field == field.value)
        ordered = ordered.order_by(_trial.at.desc(), _trial.ticket_id.desc())
        last = self._session.execute(ordered.offset(kept).limit(1)).one_or_none()
        if last is not None:
            older = tuple_(_trial.at, _trial.ticket_id) <= tuple_(*_bound(last))
            self._session.execute(
                delete(TriageTrial).where(TriageTrial.field == field.value, older)
            )

    def fits(self) -> dict[SuggestedField, Fit]:
        """Return what is fitted of each field."""
        fits = self._session.execute(select(TriageFit)).scalars()
        return {SuggestedField(fit.field): _fit(fit) for fit in fits}

    def store_fit(self, field: SuggestedField, fit: Fit) -> None:
        """Keep what is fitted of a field."""
        self._session.merge(
            TriageFit(
                field=field.value,
                threshold=round(fit.threshold * IN_A_MILLION),
                steps=json.dumps(fit.steps),
                trials=fit.trials,
                fitted_at=fit.fitted_at,
            )
        )

    # --- what people made of it ---------------------------------------------------------------

    def add_outcomes(self, outcomes: Iterable[TriageOutcome]) -> None:
        """Keep what somebody made of a suggestion."""
        self._session.add_all(outcomes)

    def outcomes(self, ticket_id: int) -> Sequence[TriageOutcome]:
        """Return what people made of suggestions for a ticket, in the order it came."""
        statement = select(TriageOutcome).where(TriageOutcome.ticket_id == ticket_id)
        return self._session.execute(statement.order_by(TriageOutcome.id)).scalars().all()

    def acceptance(self, since: datetime) -> tuple[AcceptanceFigures, ...]:
        """Return how often what was suggested was taken over since a moment."""

        def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        # Where nothing was taken, somebody may have set something else by hand.
        is_other = and_(
            _outcome.answer != "accepted",
            _outcome.value != "",
            _outcome.confirmed != _outcome.value,
        )
        statement = (
            select(
                _outcome.field,
                _outcome.origin,
                func.count(),
                counted(_outcome.answer == "accepted"),
                counted(or_(_outcome.answer == "changed", is_other)),
            )
            .where(_outcome.at >= since, _outcome.answer.is_not(None), _outcome.field != "")
            .group_by(_outcome.field, _outcome.origin)
            .order_by(_outcome.field, _outcome.origin)
        )
        return tuple(
            AcceptanceFigures(
                field=field,
                origin=Origin(origin),
                shown=shown,
                accepted=accepted,
                changed=changed,
            )
            for field, origin, shown, accepted, changed in self._session.execute(statement)
        )

    def is_dismissed(self, ticket_id: int, version: int) -> bool:
        """Return whether somebody dismissed what was suggested for a version of a ticket."""
        statement = select(_outcome.id).where(
            _outcome.ticket_id == ticket_id,
            _outcome.version == version,
            _outcome.answer == "dismissed",
        )
        return self._session.execute(statement.limit(1)).first() is not None


def rank_of(priority: Priority) -> int:
    """Return the rank by which a priority is kept and learnt."""
    return _RANKS[priority]


def priority_of(rank: int) -> Priority:
    """Return the priority of a rank."""
    return _BY_RANK[rank]


_BY_RANK = dict(enumerate(reversed(Priority), start=1))
_RANKS = {priority: rank for rank, priority in _BY_RANK.items()}


def _waiting() -> Any:
    """Select what is to be learnt: solved, and seen by somebody else than its requester."""
    newest = select(func.max(_ticket.id) - NEWEST).scalar_subquery()
    return (
        select(_ticket.id)
        .select_from(Ticket.__table__)
        .join(TriageTicket.__table__, _learnt.ticket_id == _ticket.id, isouter=True)
        .where(
            _ticket.id > newest,
            _ticket.status.not_in(OPEN_STATUSES),
            _learnt.ticket_id.is_(None),
            or_(_ticket.assignee_id.is_not(None), _ticket.source == Source.IMPORT),
        )
    )


def _bound(row: Any) -> tuple[Any, Any]:
    at, ticket_id = row
    return bindparam(None, at, type_=_trial.at.type), bindparam(None, ticket_id)


def _attempt(
    field: SuggestedField,
    ticket_id: int,
    confirmed: str,
    guess: str,
    answers: str | None,
    score: int | None,
) -> Attempt:
    return Attempt(
        ticket_id,
        field,
        confirmed,
        {int(label): share for label, share in json.loads(guess)},
        None if answers is None else tuple(json.loads(answers)),
        None if score is None else score / IN_A_MILLION,
    )


def _fit(fit: TriageFit) -> Fit:
    steps = tuple((score, share) for score, share in json.loads(fit.steps))
    return Fit(fit.threshold / IN_A_MILLION, steps, fit.trials, fit.fitted_at)
