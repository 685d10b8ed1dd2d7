# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries rules without doing anything: on one ticket as it is, and on the newest as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.errors import NotFound
from helpdesk.core.rule_choices import ChangedField
from helpdesk.core.rule_facts import HistoryEntry, KnownNames, Names, TicketFacts
from helpdesk.core.schemas.rules import (
    Checked,
    Done,
    DryRun,
    DryRunAsk,
    RuleRun,
    RuleSettings,
    RunOutcome,
    Trigger,
)
from helpdesk.repositories.rule_material import ClockTimes, Looked
from helpdesk.rules.conditions import checked, matches
from helpdesk.rules.phrases import begun
from helpdesk.rules.problems import mentioned
from helpdesk.rules.replay import moments, state_at
from helpdesk.rules.words import changed_words, due_words, when, words_of_action
from helpdesk.services.trial_assignments import TrialAssignments, chooses
from helpdesk.services.work import Work

_FIRED_SHOWN, _OTHERS_SHOWN = 50, 20


class _Chance(NamedTuple):
    """A moment at which a rule was set off, or would have been."""

    facts: TicketFacts
    trigger: str


class _Material(NamedTuple):
    """What trials on the newest tickets need, read at once."""

    histories: dict[int, list[HistoryEntry]]
    clocks: dict[int, list[ClockTimes]]
    known: KnownNames


class RuleTrials:
    """Trials of rules, within a reading transaction."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def explain(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Return what every rule would make of a ticket now, after the change that was the last."""
        desk = self._work.desk
        looked = desk.rule_material.one(ticket_id, self._work.now)
        history = desk.rule_material.history(ticket_id)
        played = moments(looked.facts, history, KnownNames())
        changes = [moment.facts for moment in played if moment.facts.changed]
        if changes:
            last = changes[-1]
            facts = replace(looked.facts, changed=last.changed, changed_by=last.changed_by)
            looked = Looked(looked.id, facts)
        rules = desk.rules.in_force
        names = desk.rules.names(mentioned(each.settings for each in rules))
        return tuple(
            _Trial(each.settings, names, each.rule.id).run(
                looked, _Chance(looked.facts, when(each.settings))
            )
            for each in rules
        )

    def dry_run(self, ask: DryRunAsk) -> DryRun:
        """Return what a rule would have done to the newest tickets when it would be set off."""
        desk, settings = self._work.desk, ask.rule
        open_only = settings.trigger is Trigger.TIME
        newest = desk.rule_material.newest(ask.tickets, self._work.now, open_only=open_only)
        material = self._material(ask)
        names = desk.rules.names(mentioned((settings,)))
        trial = _Trial(settings, names, ask.rule_id or 0)
        firing: list[tuple[Looked, _Chance]] = []
        others: list[RuleRun] = []
        for looked in newest:
            chances = list(self._chances(looked, settings, material))
            matching = next((each for each in reversed(chances) if trial.matches(each)), None)
            if matching is not None:
                firing.append((looked, matching))
            elif chances and len(others) < _OTHERS_SHOWN:
                others.append(trial.run(looked, chances[-1]))
        done = self._done(ask, firing, names)
        return DryRun(
            tickets=len(newest),
            would_fire=len(firing),
            runs=tuple(
                trial.run(looked, chance, done.get(looked.id))
                for looked, chance in firing[:_FIRED_SHOWN]
            ),
            not_matched=tuple(others),
        )

    def _done(
        self, ask: DryRunAsk, firing: Sequence[tuple[Looked, _Chance]], names: Names
    ) -> dict[int, tuple[Done, ...]]:
        """Return what would be done to each ticket where that depends on those before it."""
        actions = ask.rule.actions
        if not chooses(actions):
            return {}
        assignments = TrialAssignments(self._work, names, self._turn_of(ask.rule_id))
        in_order = sorted(firing, key=lambda each: (each[1].facts.now, each[0].id))
        return {looked.id: assignments.done(actions, chance.facts) for looked, chance in in_order}

    def _turn_of(self, rule_id: int | None) -> int | None:
        """Return who had a ticket last from the rule that is tried, if it is one already."""
        if rule_id is None:
            return None
        try:
            return self._work.desk.rules.get(rule_id).turn_id
        except NotFound:
            return None

    def _material(self, ask: DryRunAsk) -> _Material:
        material, settings = self._work.desk.rule_material, ask.rule
        if settings.trigger is Trigger.TIME:
            return _Material({}, {}, KnownNames())
        clocks: dict[int, list[ClockTimes]] = {}
        if settings.trigger is Trigger.DUE:
            clocks = material.clocks(ask.tickets, settings.clocks, open_only=False)
        histories = material.histories(ask.tickets, open_only=False)
        return _Material(histories, clocks, material.known_names())

    def _chances(
        self, looked: Looked, settings: RuleSettings, material: _Material
    ) -> Iterator[_Chance]:
        """Yield when a rule would have been set off on a ticket, oldest first."""
        history = material.histories.get(looked.id, [])
        if settings.trigger is Trigger.TIME:
            yield _Chance(looked.facts, when(settings))
            return
        if settings.trigger is Trigger.DUE:
            yield from self._at_due(looked, settings, history, material)
            return
        for moment in moments(looked.facts, history, material.known):
            facts = moment.facts
            if moment.is_new and settings.trigger is Trigger.CREATED:
                yield _Chance(facts, "The ticket was created")
            elif not moment.is_new and facts.changed and settings.trigger is Trigger.CHANGED:
                yield _Chance(facts, _change(facts))

    def _at_due(
        self,
        looked: Looked,
        settings: RuleSettings,
        history: Sequence[HistoryEntry],
        material: _Material,
    ) -> Iterator[_Chance]:
        offset = timedelta(minutes=settings.offset_minutes)
        chances: list[tuple[datetime, ClockTimes]] = []
        for clock in material.clocks.get(looked.id, []):
            # A step that lies before the clock began is due at once.
            at = max(clock.due_at + offset, clock.started_at)
            ran = clock.stopped_at is None or clock.stopped_at > at
            if ran and at <= self._work.now:
                chances.append((at, clock))
        if not chances:
            return
        played = list(moments(looked.facts, history, material.known))
        for at, clock in sorted(chances, key=lambda chance: chance[0]):
            facts = state_at(looked.facts, played, at)
            yield _Chance(facts, due_words(clock.kind, clock.due_at, at))


class _Trial:
    """One rule that is tried."""

    def __init__(self, settings: RuleSettings, names: Names, rule_id: int) -> None:
        self._settings = settings
        self._names = names
        self._rule_id = rule_id

    def matches(self, chance: _Chance) -> bool:
        """Return whether the rule would fire."""
        return _may_fire(self._settings, chance.facts) and matches(
            self._settings, chance.facts, self._names
        )

    def run(
        self, looked: Looked, chance: _Chance, known: tuple[Done, ...] | None = None
    ) -> RuleRun:
        """Return what the rule would do then, condition by condition; ``known`` is what it does."""
        settings, fires = self._settings, self.matches(chance)
        done = known or tuple(
            Done(kind=action.kind, words=begun(words_of_action(action, self._names)))
            for action in settings.actions
        )
        return RuleRun(
            id=0,
            rule_id=self._rule_id,
            rule=settings.name,
            ticket_id=looked.id,
            number=looked.number,
            subject=looked.facts.subject,
            at=chance.facts.now,
            outcome=RunOutcome.FIRED if fires else RunOutcome.NOT_MATCHED,
            trigger=chance.trigger,
            checked=(
                *_open_first(settings, chance.facts),
                *checked(settings, chance.facts, self._names),
            ),
            done=done if fires else (),
        )


def _may_fire(settings: RuleSettings, facts: TicketFacts) -> bool:
    return settings.trigger is not Trigger.TIME or facts.status.is_open


def _open_first(settings: RuleSettings, facts: TicketFacts) -> tuple[Checked, ...]:
    """Return what a rule by time asks without saying so, where it is the reason."""
    if _may_fire(settings, facts):
        return ()
    return (Checked(words="The ticket is open", found=facts.status.label, held=False),)


def _change(facts: TicketFacts) -> str:
    labels = [each.label for each in ChangedField if each.value in facts.changed]
    return changed_words(labels, "and")
