# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules know of tickets and of what they name, between the database and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.rule_choices import ChangedBy
from helpdesk.core.schemas.tickets import Priority, Source, Status

_HOUR = timedelta(hours=1)


class Named(NamedTuple):
    """A person, a team or a category.

    Without ``id`` only the name is known, such as of somebody whom an old history tells of.
    """

    id: int | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as conditions see it, at the moment ``now``."""

    now: datetime
    status: Status
    priority: Priority
    requester: Named
    source: Source
    subject: str
    description: str
    created_at: datetime
    updated_at: datetime
    status_since: datetime
    category: Named | None = None
    team: Named | None = None
    assignee: Named | None = None
    replies: int = 0
    reopened: int = 0
    escalation_level: int = 0
    changed: frozenset[str] = frozenset()
    """Of ``ChangedField``; empty where the ticket is looked at for another reason."""
    changed_by: ChangedBy | None = None

    @property
    def hours_open(self) -> float:
        """How long ago it was submitted."""
        return self._hours_since(self.created_at)

    @property
    def hours_unchanged(self) -> float:
        """How long ago anything changed that its requester can see."""
        return self._hours_since(self.updated_at)

    @property
    def hours_in_status(self) -> float:
        """How long ago it got its status."""
        return self._hours_since(self.status_since)

    def _hours_since(self, moment: datetime) -> float:
        # With the clock set back in between, no duration may become negative.
        return max(self.now - moment, timedelta()) / _HOUR


class HistoryEntry(NamedTuple):
    """An entry of a ticket's history."""

    at: datetime
    actor_id: int | None
    kind: str
    field: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True)
class KnownNames:
    """The ids of names, where a name stands for one thing alone."""

    categories: Mapping[str, int] = field(default_factory=dict)
    teams: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)

    def named(self, kind: str, name: str | None) -> Named | None:
        """Return what a history calls so."""
        if not name:
            return None
        ids = {"category": self.categories, "team": self.teams}.get(kind, self.people)
        return Named(ids.get(name), name)


class Mentioned(NamedTuple):
    """The ids of everything that some rules name."""

    categories: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()


class Entry(NamedTuple):
    """What a rule names, and why it cannot be used at present; empty where it can."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Names:
    """What the ids in rules stand for; what does not exist is missing."""

    categories: Mapping[int, Entry] = field(default_factory=dict)
    teams: Mapping[int, Entry] = field(default_factory=dict)
    people: Mapping[int, Entry] = field(default_factory=dict)
    channels: Mapping[int, Entry] = field(default_factory=dict)
