# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whom a rule that is tried would give tickets to, one after the other, and gives none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from helpdesk.core.rule_facts import Names, TicketFacts
from helpdesk.core.schemas.rules import Action, ActionKind, Done
from helpdesk.repositories.teams import Person
from helpdesk.rules.choosing import Candidate, by_workload, in_turn
from helpdesk.rules.phrases import begun
from helpdesk.rules.words import words_of_action
from helpdesk.services.teams import working_calendars
from helpdesk.services.work import Work

_ALL_TECHNICIANS = "the technicians"
_CHOOSING = (ActionKind.ASSIGN_BY_WORKLOAD, ActionKind.ASSIGN_IN_TURN)
_LATER = 1 << 62
"""What is given within a trial is newer than any ticket there is."""


@dataclass
class _Group:
    """Who of a team, or of all technicians, is on duty now, and what they have to do."""

    name: str
    people: Sequence[Person]
    open_tickets: dict[int, int] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)


class TrialAssignments:
    """Chooses as the rule itself would now; what it has given before in the trial counts."""

    def __init__(self, work: Work, names: Names, turn_id: int | None) -> None:
        """Begin with the present load, and after who had a ticket last in turn."""
        self._work = work
        self._names = names
        self._turn_id = turn_id
        self._groups: dict[int | None, _Group] = {}
        self._given: dict[int, int] = {}
        self._times = 0

    def done(self, actions: Collection[Action], facts: TicketFacts) -> tuple[Done, ...]:
        """Return what the actions of a rule would do to a ticket, in words."""
        done, team_id = [], facts.team.id if facts.team else None
        for action in actions:
            if action.kind is ActionKind.SET_TEAM:
                team_id = action.target_id
            if action.kind in _CHOOSING:
                words = self._chosen(action, action.target_id or team_id, facts)
            else:
                words = begun(words_of_action(action, self._names))
            done.append(Done(kind=action.kind, words=words))
        return tuple(done)

    def _chosen(self, action: Action, team_id: int | None, facts: TicketFacts) -> str:
        group = self._group(team_id)
        # Whoever asked works on it as little as on any other ticket of their own.
        candidates = [
            Candidate(
                each.id,
                each.full_name,
                group.open_tickets.get(each.id, 0) + self._given.get(each.id, 0),
            )
            for each in group.people
            if each.id != facts.requester.id
        ]
        if not candidates:
            return f"Nobody of {group.name} is on duty now, so it would stay where it is"
        if action.kind is ActionKind.ASSIGN_IN_TURN:
            choice = in_turn([each._replace(open_tickets=0) for each in candidates], self._turn_id)
            self._turn_id = choice.id
        else:
            choice = by_workload(candidates, group.newest)
        self._times += 1
        self._given[choice.id] = self._given.get(choice.id, 0) + 1
        for known in self._groups.values():
            known.newest[choice.id] = _LATER + self._times
        return f"Assign it to {choice.name}: {choice.why}"

    def _group(self, team_id: int | None) -> _Group:
        if team_id not in self._groups:
            self._groups[team_id] = self._read(team_id)
        return self._groups[team_id]

    def _read(self, team_id: int | None) -> _Group:
        teams, now = self._work.desk.teams, self._work.now
        name = _ALL_TECHNICIANS
        if team_id is not None:
            name = teams.name_of(team_id) or "the team"
            if not working_calendars(self._work.desk, (teams.calendar_of(team_id),), now):
                return _Group(name, ())
        people = teams.present(team_id, now)
        ids = [each.id for each in people]
        return _Group(name, people, teams.open_of_people(ids), teams.newest_of(ids))


def chooses(actions: Collection[Action]) -> bool:
    """Return whether any of the actions finds somebody by itself."""
    return any(action.kind in _CHOOSING for action in actions)
