# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays what happened to a ticket under some policies, and compares how it fares under others.

The clocks are those of a living ticket: they begin, pause, end and begin anew by the same rules,
and are counted by the same timeline. Only what they were, and what they would have been, is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from helpdesk.core.schemas.clocks import ClockKind, SegmentState
from helpdesk.core.schemas.sla import Target
from helpdesk.core.schemas.tickets import Status
from helpdesk.sla.calendar import WorkingCalendar
from helpdesk.sla.policy_match import Traits, seconds_of
from helpdesk.sla.timeline import ANSWERS, Stretch, Timeline, is_late, state_of


class Step(NamedTuple):
    """What happened to a ticket at a moment: how it stands from then on, and what was written."""

    at: datetime
    status: Status
    traits: Traits
    answered: bool = False
    """Whether somebody of the staff wrote to the requester."""
    asked: bool = False
    """Whether the requester wrote."""


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a ticket; the first step is how it was opened."""

    ticket_id: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A policy for a ticket: its targets and its calendar; ``key`` tells policies apart."""

    key: int
    calendar: WorkingCalendar
    target: Target

    def seconds(self, kind: ClockKind) -> int | None:
        """Return the target of a clock, or ``None`` where there is none."""
        return seconds_of(self.target, kind)


Measuring = Callable[[Traits], Measure | None]
"""Finds what a ticket is measured by."""


class Fate(Enum):
    """What became of a clock."""

    MET = auto()
    MISSED = auto()
    UNDECIDED = auto()
    """It runs in time, or ended in time without an answer being due any more."""


class Outcome(NamedTuple):
    """What became of a clock, and when it was due."""

    fate: Fate
    due: datetime | None


ClockKey = tuple[ClockKind, datetime]
"""A clock of a ticket: when it began is the same under all policies."""


Replayed = dict[ClockKey, Outcome]
"""What became of the clocks of a ticket."""


class Compared(NamedTuple):
    """A clock that is decided under one of two sets of policies, or under both."""

    kind: ClockKind
    met_before: bool
    met_then: bool
    due_before: datetime | None
    due_then: datetime | None


def replay(history: History, measuring: Measuring, now: datetime) -> Replayed:
    """Return how a ticket fares until now."""
    ticket = _Ticket(history.steps[0], measuring)
    for step in history.steps[1:]:
        ticket.take(step)
    ticket.look(now)
    return ticket.outcomes


def measured_by(history: History, measuring: Measuring) -> set[int]:
    """Return the keys of the policies that a ticket is measured by at any time."""
    found = (measuring(traits) for traits in {step.traits for step in history.steps})
    return {measure.key for measure in found if measure is not None}


def compared(before: Replayed, then: Replayed) -> Iterator[Compared]:
    """Yield the clocks that would be measured, as they were and as they would have been.

    What is not measured misses nothing.
    """
    for key, outcome in then.items():
        was = before.get(key, Outcome(Fate.UNDECIDED, None))
        if outcome.fate is not Fate.UNDECIDED or was.fate is not Fate.UNDECIDED:
            met_before, met_then = was.fate is not Fate.MISSED, outcome.fate is not Fate.MISSED
            yield Compared(key[0], met_before, met_then, was.due, outcome.due)


@dataclass(slots=True)
class _Clock:
    began: datetime
    seconds: int


@dataclass(slots=True)
class _Ticket:
    """A ticket on its way through its history."""

    step: Step
    measuring: Measuring
    outcomes: dict[ClockKey, Outcome] = field(default_factory=dict)
    measure: Measure | None = field(init=False)
    round_began: datetime = field(init=False)
    answered: bool = False
    asked_at: datetime | None = None
    """Since when the customer waits for another answer."""
    stretches: list[Stretch] = field(default_factory=list)
    running: dict[ClockKind, _Clock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.round_began = self.step.at
        self.measure = self.measuring(self.step.traits)
        self._turn()
        self._measure()

    def take(self, step: Step) -> None:
        """Let a step happen."""
        before, self.step = self.step, step
        if step.answered:
            self.answered, self.asked_at = True, None
            for kind in ANSWERS:
                self._stop(kind)
        if step.asked and self.answered and step.status.is_open:
            self.asked_at = self.asked_at or step.at
        self._move(before.status, matched_anew=step.traits != before.traits)
        if step.asked and self.asked_at is not None:
            self._start(ClockKind.NEXT_RESPONSE, step.at)

    def look(self, now: datetime) -> None:
        """See what became of the clocks that still run."""
        for kind, clock in self.running.items():
            self._note(kind, clock, now, Fate.UNDECIDED)

    def _move(self, before: Status, *, matched_anew: bool) -> None:
        status, was = self.step.status, self.measure
        turned = state_of(before) is not state_of(status)
        reopened = status.is_open and not before.is_open
        if turned and not status.is_open:
            self._stop(ClockKind.RESOLUTION)
            for kind in ANSWERS:
                self._stop(kind, unanswered=True)
            self.asked_at = None
        if matched_anew:
            self.measure = self.measuring(self.step.traits)
        if reopened:
            self.round_began = self.step.at
        if turned or _counts_otherwise(was, self.measure):
            self._turn()
        if matched_anew or reopened:
            self._measure()

    def _turn(self) -> None:
        """Begin a new stretch, as the ticket now stands and is measured."""
        at = self.step.at
        if self.stretches:
            last = self.stretches[-1]
            self.stretches[-1] = Stretch(last.begin, at, last.calendar)
        counts = state_of(self.step.status) is SegmentState.COUNTED
        calendar = self.measure.calendar if counts and self.measure else None
        self.stretches.append(Stretch(at, None, calendar))

    def _measure(self) -> None:
        """Give the clocks their targets; what they have counted stays counted."""
        for kind in ClockKind:
            seconds = self.measure.seconds(kind) if self.measure else None
            if seconds is None:
                self._stop(kind, unanswered=True)
            elif kind in self.running:
                self.running[kind].seconds = seconds
            elif (began := self._awaited_since(kind)) is not None:
                self._start(kind, began)

    def _awaited_since(self, kind: ClockKind) -> datetime | None:
        if not self.step.status.is_open:
            return None
        if kind is ClockKind.NEXT_RESPONSE:
            return self.asked_at
        return self.round_began if kind is ClockKind.RESOLUTION or not self.answered else None

    def _start(self, kind: ClockKind, began: datetime) -> None:
        seconds = self.measure.seconds(kind) if self.measure else None
        if seconds is not None and kind not in self.running:
            self.running[kind] = _Clock(began, seconds)

    def _stop(self, kind: ClockKind, *, unanswered: bool = False) -> None:
        clock = self.running.pop(kind, None)
        if clock is not None:
            in_time = Fate.UNDECIDED if unanswered else Fate.MET
            self._note(kind, clock, max(self.step.at, clock.began), in_time)

    def _note(self, kind: ClockKind, clock: _Clock, at: datetime, in_time: Fate) -> None:
        timeline = Timeline(self.stretches)
        due = timeline.due(clock.began, clock.seconds)
        fate = Fate.MISSED if due is not None and is_late(due, at) else in_time
        due = due or timeline.due_if_resumed(clock.began, clock.seconds, at)
        self.outcomes[kind, clock.began] = Outcome(fate, due)


def _counts_otherwise(one: Measure | None, other: Measure | None) -> bool:
    return (one and one.calendar) is not (other and other.calendar)
