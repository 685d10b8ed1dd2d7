# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells how the last days would have gone under a policy, by replaying what happened to tickets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import PolicySettings, WhatIf, WhatIfAsk, WhatIfShare, WhatIfTicket
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import folded
from helpdesk.models.ticket import number_of
from helpdesk.repositories.policies import Policy
from helpdesk.repositories.ticket_histories import FieldChange, Replayable, Said, TicketHistories
from helpdesk.services.past_time import STATUS_OF
from helpdesk.sla.calendar import WorkingCalendar, working_calendar
from helpdesk.sla.policy_match import Traits, match
from helpdesk.sla.replay import (
    Compared,
    History,
    Measure,
    Measuring,
    Step,
    compared,
    measured_by,
    replay,
)

MOST_TICKETS = 5_000
MOST_CHANGED = 50
NEW = 0
"""Stands for a policy that is not saved yet among the ids of those that are."""

_PRIORITY_OF = {priority.label: priority for priority in Priority}
_UNKNOWN = -1
"""Stands for a category or a team of the past that there is no more: no policy names it."""


@dataclass(frozen=True)
class TriedPolicy:
    """A policy with the calendar to count by, saved or not."""

    id: int
    settings: PolicySettings
    calendar: WorkingCalendar


class Worlds(NamedTuple):
    """The policies as they are and as they would be, and which of them differ."""

    before: tuple[TriedPolicy, ...]
    then: tuple[TriedPolicy, ...]
    differing: frozenset[int]

    @property
    def settings(self) -> tuple[PolicySettings, ...]:
        """What the policies that differ are about, before and then."""
        return tuple(
            policy.settings
            for policy in (*self.before, *self.then)
            if policy.id in self.differing and policy.settings.active
        )


class _Found(NamedTuple):
    ticket: Replayable
    clock: Compared


def worlds_of(ask: WhatIfAsk, policies: Sequence[Policy], calendar: WorkingCalendar) -> Worlds:
    """Return the policies with and without the one that is asked about.

    ``policies`` are all, in their order; ``calendar`` is the one the policy would count by.
    """
    before = tuple(
        TriedPolicy(
            each.id, each.settings, working_calendar(each.calendar_settings, each.feed_days)
        )
        for each in policies
    )
    tried = TriedPolicy(ask.policy_id or NEW, ask.policy, calendar)
    differing = {tried.id}
    then = [tried] if ask.policy_id is None else []
    for policy in before:
        if policy.id == ask.policy_id:
            then.append(tried)
        elif ask.calendar is not None and policy.settings.calendar_id == ask.policy.calendar_id:
            then.append(replace(policy, calendar=calendar))
            differing.add(policy.id)
        else:
            then.append(policy)
    return Worlds(before, tuple(then), frozenset(differing))


def what_if(ask: WhatIfAsk, worlds: Worlds, past: TicketHistories, now: datetime) -> WhatIf:
    """Return how the tickets fare that the changed policies are about, before and then."""
    matching, tickets = past.count(), past.tickets()
    histories = histories_of(tickets, past)
    looked_at, found = 0, list[_Found]()
    before, then = measuring_of(worlds.before), measuring_of(worlds.then)
    for ticket in tickets:
        history = histories[ticket.id]
        if worlds.differing.isdisjoint(measured_by(history, before) | measured_by(history, then)):
            continue
        looked_at += 1
        was, would_be = replay(history, before, now), replay(history, then, now)
        found += (_Found(ticket, each) for each in compared(was, would_be))
    if matching <= len(tickets):
        # All of them were looked at: some are measured by other policies all the same.
        matching = looked_at
    differing = _changed(found)
    return WhatIf(
        days=ask.days,
        tickets=matching,
        looked_at=looked_at,
        shares=_shares(found),
        changed=tuple(differing[:MOST_CHANGED]),
        changed_total=len(differing),
    )


def since(ask: WhatIfAsk, now: datetime) -> datetime:
    """Return from when on tickets are looked at."""
    return now - timedelta(days=ask.days)


def measuring_of(policies: tuple[TriedPolicy, ...]) -> Measuring:
    """Return what finds the policy of a ticket; tickets alike are looked up once."""

    @cache
    def measuring(traits: Traits) -> Measure | None:
        found = match(policies, *traits)
        if found is None:
            return None
        policy, target = found
        return Measure(policy.id, policy.calendar, target)

    return measuring


def _shares(found: Iterable[_Found]) -> tuple[WhatIfShare, ...]:
    measured, met_before, met_then = (Counter[ClockKind]() for _ in range(3))
    for _, clock in found:
        measured[clock.kind] += 1
        met_before[clock.kind] += clock.met_before
        met_then[clock.kind] += clock.met_then
    return tuple(
        WhatIfShare(
            kind=kind,
            measured=measured[kind],
            met_before=met_before[kind],
            met_then=met_then[kind],
        )
        for kind in ClockKind
        if measured[kind]
    )


def _changed(found: Iterable[_Found]) -> list[WhatIfTicket]:
    """Return the tickets that fare differently: what would be missed first, then the newest."""
    told = [
        WhatIfTicket(
            ticket_id=ticket.id,
            number=number_of(ticket.id),
            subject=ticket.subject,
            kind=clock.kind,
            met_before=clock.met_before,
            due_before=clock.due_before,
            due_then=clock.due_then,
        )
        for ticket, clock in found
        if clock.met_before != clock.met_then and clock.due_then is not None
    ]
    return sorted(told, key=lambda each: not each.met_before)


# --- histories ----------------------------------------------------------------------------------


def histories_of(tickets: Iterable[Replayable], past: TicketHistories) -> Mapping[int, History]:
    """Return what happened to each of the tickets."""
    changes: defaultdict[int, list[FieldChange]] = defaultdict(list)
    for change in past.changes():
        changes[change.ticket_id].append(change)
    said: defaultdict[int, list[Said]] = defaultdict(list)
    for each in past.said():
        said[each.ticket_id].append(each)
    fields = {change.field for found in changes.values() for change in found}
    words = Words(
        past.categories() if "category" in fields else {}, past.teams() if "team" in fields else {}
    )
    return {
        ticket.id: history_of(ticket, changes[ticket.id], said[ticket.id], words)
        for ticket in tickets
    }


Stands = tuple[Status, Traits]
"""How a ticket stands at a moment."""


@dataclass(frozen=True)
class Words:
    """What the words of histories stand for."""

    categories: Mapping[str, int]
    teams: Mapping[str, int]

    def turned(self, stands: Stands, field: str, word: str | None) -> Stands:
        """Return how a ticket stands with a field set to what a word names."""
        status, traits = stands
        if field == "status":
            return STATUS_OF.get(word or "", status), traits
        return status, self._traits(traits, field, word)

    def _traits(self, traits: Traits, field: str, word: str | None) -> Traits:
        if field == "priority":
            return traits._replace(priority=_PRIORITY_OF.get(word or "", traits.priority))
        if field == "category":
            return traits._replace(category_id=_numbered(self.categories, word))
        return traits._replace(team_id=_numbered(self.teams, word))


def _numbered(names: Mapping[str, int], word: str | None) -> int | None:
    return names.get(folded(word), _UNKNOWN) if word else None


def history_of(
    ticket: Replayable, changes: Sequence[FieldChange], said: Sequence[Said], words: Words
) -> History:
    """Return what happened to a ticket: how it began follows from what was changed first.

    Of imported ones only that they were answered and solved is known, and when.
    """
    traits = Traits(ticket.priority, ticket.category_id, ticket.team_id, ticket.requester_id)
    stands: Stands = ticket.status, traits
    for change in reversed(changes):
        stands = words.turned(stands, change.field, change.old)
    if not ticket.status.is_open and not _has_moved(changes):
        stands = Status.NEW, stands[1]
    moves = [*changes, *said, *_told_by_fields(ticket, changes, said)]
    return History(ticket.id, tuple(_steps(ticket.created_at, stands, moves, words)))


def _steps(
    created_at: datetime, stands: Stands, moves: Sequence[FieldChange | Said], words: Words
) -> Iterable[Step]:
    """Yield the steps in the order of time; what has one moment was done at once."""
    yield Step(created_at, *stands)
    at_once = defaultdict[datetime, list[FieldChange | Said]](list)
    for move in moves:
        at_once[max(move.at, created_at)].append(move)
    for at in sorted(at_once):
        answered = asked = False
        for move in at_once[at]:
            if isinstance(move, FieldChange):
                stands = words.turned(stands, move.field, move.new)
            elif move.by_staff:
                answered = True
            else:
                asked = True
        yield Step(at, *stands, answered, asked)


def _told_by_fields(
    ticket: Replayable, changes: Sequence[FieldChange], said: Sequence[Said]
) -> list[FieldChange | Said]:
    """Return what a ticket itself tells where its history does not, as after an import."""
    moves: list[FieldChange | Said] = []
    answered_at, solved_at = ticket.first_responded_at, ticket.resolved_at
    if answered_at is not None and not any(each.by_staff for each in said):
        moves.append(Said(ticket.id, answered_at, by_staff=True))
    if solved_at is not None and not ticket.status.is_open and not _has_moved(changes):
        new = ticket.status.label
        moves.append(FieldChange(ticket.id, solved_at, "status", None, new))
    return moves


def _has_moved(changes: Sequence[FieldChange]) -> bool:
    return any(change.field == "status" for change in changes)
