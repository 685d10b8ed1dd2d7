# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of questions to the model: their figures, whole answers for a while, and which
tickets get an automatic first response."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, case, delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.assistant import CallRow, Feature, FeatureFigures, FirstResponseState
from helpdesk.database.types import is_id
from helpdesk.models import AssistantAnswer, AssistantCall, FirstResponse

CACHED, DONE, STOPPED = "cached", "done", "stopped"
_FINE = (DONE, CACHED, STOPPED)
KEPT_FOR = timedelta(days=7)
"""A whole answer is given again for so long."""
CALLS_KEPT_FOR = timedelta(days=366)
LATEST_SHOWN = 50
_MEASURED = 5_000
"""Of each kind of question so many of the newest are measured for percentiles."""

_call = AssistantCall.__table__.c
_first = FirstResponse.__table__.c


class AssistantRepository:
    """The calls, the kept answers and the first responses of a desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    # --- calls --------------------------------------------------------------------------------

    def note(self, call: AssistantCall) -> None:
        """Keep the figures of a call."""
        self._session.add(call)
        self._session.flush()

    def call_of(self, call_id: int, person_id: int | None) -> AssistantCall:
        """Return a call that a person made. Raises ``NotFound`` also for somebody else's."""
        found = self._session.get(AssistantCall, call_id) if is_id(call_id) else None
        if found is None or person_id is None or found.person_id != person_id:
            raise NotFound("You have asked the model no such question.")
        return found

    def features(self, since: datetime) -> tuple[FeatureFigures, ...]:
        """Return what became of the questions of each kind since a moment."""
        counted = (
            select(
                _call.feature,
                func.count(),
                func.sum(case((_call.outcome.in_(_FINE), 0), else_=1)),
                func.sum(case((_call.outcome == CACHED, 1), else_=0)),
                func.sum(case((_call.accepted.is_(True), 1), else_=0)),
                func.sum(case((_call.accepted.is_(False), 1), else_=0)),
                func.coalesce(func.sum(_call.prompt_tokens), 0),
                func.coalesce(func.sum(_call.answer_tokens), 0),
            )
            .where(_call.at >= since)
            .group_by(_call.feature)
            .order_by(_call.feature)
        )
        return tuple(
            self._figures(since, Feature(feature), [int(each) for each in counts])
            for feature, *counts in self._session.execute(counted)
        )

    def _figures(self, since: datetime, feature: Feature, counts: Sequence[int]) -> FeatureFigures:
        calls, failed, cached, accepted, refused, prompt_tokens, answer_tokens = counts
        timed = (
            select(_call.first_ms, _call.total_ms)
            .where(_call.at >= since, _call.feature == feature, _call.outcome == DONE)
            .order_by(_call.id.desc())
            .limit(_MEASURED)
        )
        rows = self._session.execute(timed).all()
        first = sorted(row[0] for row in rows if row[0] is not None)
        total = sorted(row[1] for row in rows)
        return FeatureFigures(
            feature=feature,
            calls=calls,
            failed=failed,
            cached=cached,
            accepted=accepted,
            refused=refused,
            prompt_tokens=prompt_tokens,
            answer_tokens=answer_tokens,
            first_p50_ms=_percentile(first, 50),
            total_p50_ms=_percentile(total, 50),
            total_p95_ms=_percentile(total, 95),
        )

    def latest(self, since: datetime) -> tuple[CallRow, ...]:
        """Return the newest calls since a moment."""
        statement = (
            select(AssistantCall)
            .where(_call.at >= since)
            .order_by(_call.id.desc())
            .limit(LATEST_SHOWN)
        )
        return tuple(map(_row, self._session.execute(statement).scalars()))

    def forget_calls_before(self, at: datetime) -> int:
        """Forget the figures of calls of before a moment and return how many."""
        statement = delete(AssistantCall).where(_call.at < at)
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount

    # --- kept answers -------------------------------------------------------------------------

    def answer(self, key: str, now: datetime) -> str | None:
        """Return an answer that was kept and is not too old."""
        found = self._session.get(AssistantAnswer, key)
        return found.value if found is not None and found.at > now - KEPT_FOR else None

    def keep(self, key: str, value: str, at: datetime) -> None:
        """Keep a whole answer."""
        self._session.merge(AssistantAnswer(key=key, at=at, value=value))

    def forget_answers_before(self, at: datetime) -> int:
        """Forget the answers of before a moment and return how many."""
        statement = delete(AssistantAnswer).where(AssistantAnswer.at < at)
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount

    # --- first responses ----------------------------------------------------------------------

    def expect_first_response(self, ticket_id: int, enabler_id: int, at: datetime) -> None:
        """Note that a new ticket is to get an automatic first response."""
        self._session.add(
            FirstResponse(
                ticket_id=ticket_id, state=FirstResponseState.WAITING, at=at, enabler_id=enabler_id
            )
        )

    def first_response(self, ticket_id: int) -> FirstResponse | None:
        """Return what became of the automatic first response to a ticket, if one was due."""
        return self._session.get(FirstResponse, ticket_id)

    def give_up_before(self, at: datetime, now: datetime) -> None:
        """Let tickets that have waited since before a moment have no automatic answer."""
        statement = (
            update(FirstResponse)
            .where(_first.state == FirstResponseState.WAITING, _first.at < at)
            .values(state=FirstResponseState.NOTHING, at=now)
        )
        self._session.execute(statement)

    def waiting(self, limit: int) -> list[int]:
        """Return the tickets whose automatic first response is due, the newest first."""
        statement = (
            select(_first.ticket_id)
            .where(_first.state == FirstResponseState.WAITING)
            .order_by(_first.ticket_id.desc())
            .limit(limit)
        )
        return list(self._session.execute(statement).scalars())

    def first_responses(self, since: datetime) -> dict[FirstResponseState, int]:
        """Count what became of automatic first responses since a moment."""
        statement = (
            select(_first.state, func.count()).where(_first.at >= since).group_by(_first.state)
        )
        counts: defaultdict[FirstResponseState, int] = defaultdict(int)
        rows: Iterable[Any] = self._session.execute(statement)
        for state, count in rows:
            counts[FirstResponseState(state)] += count
        return counts


def _percentile(ordered: Sequence[int], share: int) -> int | None:
    """Return the value that so many of a hundred do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def _row(call: AssistantCall) -> CallRow:
    return CallRow(
        id=call.id,
        at=call.at,
        feature=call.feature,
        model=call.model,
        prompt=call.prompt,
        outcome=call.outcome,
        prompt_tokens=call.prompt_tokens,
        answer_tokens=call.answer_tokens,
        first_ms=call.first_ms,
        total_ms=call.total_ms,
        retries=call.retries,
        accepted=call.accepted,
    )
