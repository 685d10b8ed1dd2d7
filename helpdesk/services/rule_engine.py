# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the rules of the desk on a ticket, within the transaction that set them off.

A rule fires at most once for each change by which it all began, and all of them together at most
``MOST_FIRINGS`` times: rules that set each other off come to an end. A rule that fails is logged
and stops neither the others nor whoever changed the ticket.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from helpdesk.core.errors import Busy, DatabaseFault, DeskError
from helpdesk.core.rule_choices import ChangedField
from helpdesk.core.rule_facts import Names
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Checked,
    Done,
    RuleSettings,
    RunOutcome,
    Trigger,
)
from helpdesk.core.text import ellipsis
from helpdesk.database.types import NEVER
from helpdesk.models import SlaClock, Ticket
from helpdesk.models.event import EventKind
from helpdesk.repositories.rules import Firing, InForce, NewRun, RunDetail
from helpdesk.rules.conditions import checked, matches
from helpdesk.rules.problems import mentioned
from helpdesk.rules.words import changed_words, due_words
from helpdesk.services.clocks import Clocks
from helpdesk.services.rule_actions import TELLING, RuleActions, SetOff
from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.ticket_facts import changed_fields, facts_of, with_names
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

MOST_FIRINGS = 10
_TOLD_IN_HISTORY = 500
_TO_THE_SECOND = len("2026-11-24T09:30:00")
_NAMES = Names()
_ONLY_IN_MEMORY = frozenset(
    {ActionKind.NOTIFY, ActionKind.POST, ActionKind.SET_PRIORITY, ActionKind.RAISE_PRIORITY}
)
"""What changes nothing in the database before the transaction is sent."""
_BUG = "It failed by a fault in the program; the log of the program says more."


class RuleEngine:
    """Finds the rules that something sets off, checks their conditions, and does what they say."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def after(self, changes: TicketChanges) -> list[Happened]:
        """Carry out the rules for new or changed tickets, and return what they did to it."""
        happened = changes.happened
        if happened.is_new:
            trigger = Trigger.CREATED
        elif changed_fields(happened):
            trigger = Trigger.CHANGED
        else:
            return []
        chain = _Chain(self._work, changes.ticket)
        chain.follow(trigger, happened)
        return chain.done

    def due_offsets(self) -> dict[ClockKind, tuple[int, ...]]:
        """Return at how many minutes from the due time of each clock a step may fire."""
        offsets: dict[ClockKind, set[int]] = {}
        for _, settings in self._work.desk.rules.of_trigger(Trigger.DUE):
            for kind in settings.clocks:
                offsets.setdefault(kind, set()).add(settings.offset_minutes)
        return {kind: tuple(sorted(minutes)) for kind, minutes in offsets.items()}

    def expect(self, clocks: Sequence[tuple[SlaClock, Ticket]]) -> None:
        """Look up at once what is asked of many clocks, before each is looked at.

        Which steps have run, who has the tickets, and what is named where conditions are told.
        """
        desk = self._work.desk
        waiting = {
            _once(step, clock, clock.due_at): (step, ticket)
            for clock, ticket in clocks
            for step in self._steps(clock, clock.due_at)
        }
        ran = desk.rules.ran(waiting)
        fire = [found for once, found in waiting.items() if once not in ran]
        assignees = {ticket.assignee_id for _, ticket in fire}
        desk.people.expect([id_ for id_ in assignees if id_ is not None])
        desk.ticket_names.expect([ticket for step, ticket in fire if _asks(step)])
        desk.clocks.expect({ticket.id for step, ticket in fire if _changes(step)})

    def at_due(self, changes: TicketChanges, clock: SlaClock) -> list[Happened]:
        """Fire every escalation step of a clock whose moment has come, each once.

        A step whose conditions do not hold at its moment is over as well. Once a step has ended
        or paused the clock, or given it more time, those behind it have no reason any more.
        """
        done: list[Happened] = []
        for step in self._waiting(clock, clock.due_at) if _runs(clock) else ():
            if not _runs(clock) or not self._has_come(step, clock.due_at):
                break
            done += self._take(step, changes.ticket, clock, clock.due_at)
        return done

    def too_late(self, ticket: Ticket, clock: SlaClock) -> list[Happened]:
        """Fire the steps of a clock that was late, and was ended or paused before it was seen."""
        due, done = clock.missed_at, list[Happened]()
        for step in self._waiting(clock, due) if due else ():
            if due is not None and not _runs(clock):
                done += self._take(step, ticket, clock, due)
        return done

    def _take(
        self, step: InForce, ticket: Ticket, clock: SlaClock, due: datetime
    ) -> list[Happened]:
        """Take one step of a clock that was due at a moment."""
        once, offset = _once(step, clock, due), step.settings.offset_minutes
        if offset <= 0 and clock.told_for is None:
            clock.told_for = due
        words = due_words(clock.kind, due, self._work.now)
        chain = _Chain(self._work, ticket)
        is_over = not _runs(clock)
        chain.begin(step, SetOff(Trigger.DUE, words, None, clock, offset, once, due, is_over))
        return chain.done

    def _waiting(self, clock: SlaClock, due: datetime) -> list[InForce]:
        """Return the steps whose moment has come and that have not been taken."""
        steps = {_once(step, clock, due): step for step in self._steps(clock, due)}
        ran = self._work.desk.rules.ran(steps)
        return [step for once, step in steps.items() if once not in ran]

    def at_time(self, rule_id: int, ticket: Ticket, once: str) -> list[Happened]:
        """Fire a rule by time on a ticket if it still may; what lets it do so once is named."""
        rules = self._work.desk.rules
        chain = _Chain(self._work, ticket)
        for each in rules.of_trigger(Trigger.TIME):
            if each.rule.id == rule_id and ticket.status.is_open and not rules.ran((once,)):
                words = "It was looked at while it is open"
                chain.begin(each, SetOff(Trigger.TIME, words, once=once))
        return chain.done

    def _steps(self, clock: SlaClock, due: datetime) -> Sequence[InForce]:
        """Return the steps of a clock whose moment has come, the earliest first."""
        if clock.silent_for is not None or due == NEVER:
            return ()
        steps = [
            each
            for each in self._work.desk.rules.of_trigger(Trigger.DUE)
            if clock.kind in each.settings.clocks and self._has_come(each, due)
        ]
        return sorted(steps, key=lambda each: each.settings.offset_minutes)

    def _has_come(self, step: InForce, due: datetime) -> bool:
        offset = timedelta(minutes=step.settings.offset_minutes)
        return due != NEVER and due + offset <= self._work.now


class _Chain:
    """The rules that one change, clock or moment sets off on a ticket, and those these set off."""

    def __init__(self, work: Work, ticket: Ticket) -> None:
        self._work = work
        self._ticket = ticket
        self._fired: set[int] = set()
        self._is_stopped = False
        self.done: list[Happened] = []

    def begin(self, first: InForce, set_off: SetOff) -> None:
        """Try one rule, and all that follow from it."""
        happened = self._try(first, set_off)
        if happened and changed_fields(happened):
            self.follow(Trigger.CHANGED, happened)

    def follow(self, trigger: Trigger, happened: Happened) -> None:
        """Try the rules that something sets off, and then those that these set off."""
        waiting = deque([(trigger, happened)])
        while waiting:
            trigger, happened = waiting.popleft()
            set_off = SetOff(trigger, _words_of(happened), happened)
            for each in self._work.desk.rules.of_trigger(trigger):
                then = self._try(each, set_off)
                if then and changed_fields(then):
                    waiting.append((Trigger.CHANGED, then))

    def _try(self, each: InForce, set_off: SetOff) -> Happened | None:
        """Fire a rule if its conditions hold and it has not fired yet."""
        rule, settings = each
        if self._is_stopped or rule.id in self._fired:
            return None
        if not self._matches(each, set_off):
            if set_off.clock is not None:
                self._log(rule, set_off, RunOutcome.NOT_MATCHED, self._checked(settings, set_off))
            return None
        if len(self._fired) >= MOST_FIRINGS:
            self._stop(each, set_off)
            return None
        self._fired.add(rule.id)
        happened = self._fire(each, set_off)
        self.done.append(happened)
        return happened

    def _matches(self, each: InForce, set_off: SetOff) -> bool:
        settings = each.settings
        conditions = (*settings.conditions, *settings.any_conditions)
        if not conditions:
            return True
        facts = facts_of(self._work, self._ticket, set_off.happened, conditions)
        return matches(settings, facts, _NAMES)

    def _fire(self, each: InForce, set_off: SetOff) -> Happened:
        rule, settings = each
        work, ticket = self._work, self._ticket
        # What was so when it fired, before it changes anything.
        asked = self._checked(settings, set_off)
        changes = TicketChanges(work, ticket, rule=rule.name)
        actions = RuleActions(work, ticket, rule, set_off)
        done = tuple(self._attempt(actions, action, changes) for action in settings.actions)
        if set_off.due_at is not None and work.now >= set_off.due_at:
            work.desk.rules.escalate(ticket.id, work.now)
        told = ellipsis("; ".join(deed.words for deed in done), _TOLD_IN_HISTORY)
        changes.record(EventKind.RULED, field=rule.name, old=set_off.words, new=told)
        if changes.happened.is_seen_by_all:
            ticket.touch(work.now)
        work.desk.rules.note_firing(rule.id)
        has_failed = any(deed.failed for deed in done)
        outcome = RunOutcome.FAILED if has_failed else RunOutcome.FIRED
        self._log(rule, set_off, outcome, asked, done)
        if changed_fields(changes.happened):
            self.done += Clocks(work).follow(changes)
        return changes.happened

    def _attempt(self, actions: RuleActions, action: Action, changes: TicketChanges) -> Done:
        """Do one thing; where that fails nothing of it stays, and a sentence says why."""
        happened, rule = changes.happened, changes.happened.rule
        trial = TicketChanges(self._work, self._ticket, rule=rule)
        try:
            with self._attempt_of(action):
                done = actions.carry_out(action, trial)
        except (DatabaseFault, Busy):
            raise
        except DeskError as error:
            return Done(kind=action.kind, words=str(error), failed=True)
        except Exception as error:  # a rule that is broken is nobody's fault who changes a ticket
            if isinstance(error, DBAPIError) and not _is_about_data(error):
                raise
            logger.exception("rule %r failed on ticket %d", rule, self._ticket.id)
            return Done(kind=action.kind, words=_BUG, failed=True)
        _join(happened, trial.happened)
        return done

    def _attempt_of(self, action: Action) -> AbstractContextManager[None]:
        desk = self._work.desk
        if action.kind in _ONLY_IN_MEMORY:
            return desk.attempt_in_memory(self._ticket)
        return desk.attempt()

    def _checked(self, settings: RuleSettings, set_off: SetOff) -> tuple[Checked, ...]:
        conditions = (*settings.conditions, *settings.any_conditions)
        if not conditions:
            return ()
        work, ticket = self._work, self._ticket
        facts = with_names(work, ticket, facts_of(work, ticket, set_off.happened, conditions))
        return checked(settings, facts, work.desk.rules.names_once(mentioned((settings,))))

    def _stop(self, each: InForce, set_off: SetOff) -> None:
        self._is_stopped = True
        asked = self._checked(each.settings, set_off)
        self._log(each.rule, set_off, RunOutcome.STOPPED, asked)
        logger.warning(
            "the rules on ticket %d were stopped after %d had fired", self._ticket.id, MOST_FIRINGS
        )

    def _log(
        self,
        rule: Firing,
        set_off: SetOff,
        outcome: RunOutcome,
        asked: tuple[Checked, ...],
        done: tuple[Done, ...] = (),
    ) -> None:
        detail = RunDetail(trigger=set_off.words, checked=asked, done=done)
        self._work.desk.rules.log(
            NewRun(
                rule_id=rule.id,
                ticket_id=self._ticket.id,
                clock_id=set_off.clock.id if set_off.clock else None,
                at=self._work.now,
                outcome=outcome,
                once=set_off.once,
                detail=detail.model_dump_json(),
            )
        )


def _runs(clock: SlaClock) -> bool:
    return clock.state is ClockState.RUNNING


def _asks(step: InForce) -> bool:
    return bool(step.settings.conditions or step.settings.any_conditions)


def _changes(step: InForce) -> bool:
    """Return whether clocks may have to follow from a step."""
    return any(action.kind not in TELLING for action in step.settings.actions)


def _once(step: InForce, clock: SlaClock, due: datetime) -> str:
    """Name what may take a step only once: a clock, and up to its due time that time as well."""
    name = f"rule:{step.rule.id}:clock:{clock.id}"
    if step.settings.offset_minutes > 0:
        return name
    return f"{name}:due:{(clock.told_for or due).isoformat()[:_TO_THE_SECOND]}"


def _words_of(happened: Happened) -> str:
    if happened.is_new:
        return "The ticket was created"
    fields = changed_fields(happened)
    known = [each.label for each in ChangedField if each.value in fields]
    # Conditions know nothing of the others, such as the desk's own.
    return changed_words(known, "and") or "A field was changed"


def _is_about_data(error: DBAPIError) -> bool:
    """Return whether the database refused what it was given, and is well itself."""
    return isinstance(error, IntegrityError | DataError)


def _join(into: Happened, other: Happened) -> None:
    """Add what one action has done to what the rule has done."""
    for name, before in other.fields.items():
        into.fields.setdefault(name, before)
    into.reopened = into.reopened or other.reopened
    into.comments += other.comments
    into.kinds |= other.kinds
