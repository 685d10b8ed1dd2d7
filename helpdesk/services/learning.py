# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns from tickets that people have settled, at once or many at a time, and from corrections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from helpdesk.assistant.calibration import Trial, lowest_likely, steps_of, threshold_of
from helpdesk.assistant.features import counts_of, unit_vector
from helpdesk.assistant.likeness import ranked
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.models import Ticket
from helpdesk.models.triage import ALL_TEXTS, ALL_WORDS
from helpdesk.repositories.triage import (
    Attempt,
    Fit,
    Learnt,
    Terms,
    TriageRepository,
    priority_of,
    rank_of,
)
from helpdesk.services.readings import LEARNT_FIELDS, Reading, Subject, classifier_of, said_in

FIELDS = (*LEARNT_FIELDS, SuggestedField.ASSIGNEE)
TRIALS_KEPT = 1_000
"""Thresholds rest on so many of the last suggestions that were confirmed."""

LEAST_LEARNT = 100
"""Below so many learnt tickets nothing is suggested."""

SHORT_LIST = 3
"""So many people are named when a technician is suggested."""

_GUESSES_KEPT = 5
_TWICE_BELOW = 10_000
"""With so few learnt tickets a batch is gone through twice, which is worth half a point; later it
is worth nothing."""


class Lesson(NamedTuple):
    """What a ticket teaches; a field that is ``None`` teaches nothing."""

    ticket_id: int
    subject: str
    description: str
    category: int | None
    priority: int | None
    assignee: int | None

    @classmethod
    def of(cls, ticket: Ticket, fields: Iterable[SuggestedField] = FIELDS) -> Lesson:
        """Return what some fields of a ticket teach."""
        told = frozenset(fields)
        return cls(
            ticket.id,
            ticket.subject,
            ticket.description,
            ticket.category_id if SuggestedField.CATEGORY in told else None,
            rank_of(ticket.priority) if SuggestedField.PRIORITY in told else None,
            ticket.assignee_id if SuggestedField.ASSIGNEE in told else None,
        )

    def label(self, field: SuggestedField) -> int | None:
        """Return what is right for a field."""
        labels = (self.category, self.priority, self.assignee)
        return dict(zip(FIELDS, labels, strict=True))[field]


class Learning:
    """Puts lessons into the tables, inside a writing transaction."""

    def __init__(self, triage: TriageRepository, now: datetime) -> None:
        """Bind to a transaction."""
        self._triage = triage
        self._now = now

    def settle(self, ticket: Ticket, fields: Iterable[SuggestedField]) -> None:
        """Learn at once from what somebody has settled of a ticket."""
        self.learn([Lesson.of(ticket, fields)])
        confirmed = {
            field.value: value_of(field, label)
            for field in fields
            if (label := Lesson.of(ticket).label(field)) is not None
        }
        for outcome in self._triage.outcomes(ticket.id):
            right = confirmed.get(outcome.field)
            if right is not None:
                outcome.confirmed = right
                if outcome.answer in {"accepted", "changed"}:
                    outcome.answer = "accepted" if outcome.value == right else "changed"

    def learn_waiting(self, limit: int, *, with_trials: bool = True) -> int:
        """Learn solved tickets that nobody has learnt from yet; return how many they were."""
        lessons = [Lesson.of(ticket) for ticket in self._triage.waiting(limit)]
        passes = 2 if self._triage.count_learnt() < _TWICE_BELOW else 1
        self.learn(lessons, passes=passes, with_trials=with_trials)
        return len(lessons)

    def learn_newest(self, limit: int) -> None:
        """Learn the newest of what waits, once through."""
        self.learn([Lesson.of(ticket) for ticket in self._triage.waiting(limit, newest=True)])

    def learn(
        self, lessons: Sequence[Lesson], *, passes: int = 1, with_trials: bool = True
    ) -> None:
        """Learn from tickets, each tried before it is learnt."""
        if not lessons:
            return
        batch = _Batch(self._triage, lessons)
        trials = batch.first_pass()
        for _ in range(1, passes):
            batch.again()
        self._triage.store(batch.learnt_terms())
        self._triage.store_learnt(batch.learnt)
        if with_trials:
            self._triage.store_trials(trials, self._now)


class _Batch:
    """Some lessons under way, with all rows of weights they meet."""

    def __init__(self, triage: TriageRepository, lessons: Sequence[Lesson]) -> None:
        self._lessons = lessons
        said = said_in([(lesson.subject, lesson.description) for lesson in lessons])
        self._lengths = [len(words) for words in said]
        self._counts = [counts_of(words) for words in said]
        self._known = triage.learnt([lesson.ticket_id for lesson in lessons])
        self.terms: Terms = triage.terms({bucket for each in self._counts for bucket in each})
        self._classifiers = {field: classifier_of(self.terms, field) for field in LEARNT_FIELDS}
        self._vectors: list[dict[int, float]] = []
        self.learnt: dict[int, Learnt] = {}

    def first_pass(self) -> list[Attempt]:
        """Count the words, try and learn each lesson; return the trials."""
        trials: list[Attempt] = []
        for lesson, counts, length in zip(self._lessons, self._counts, self._lengths, strict=True):
            if lesson.ticket_id not in self._known:
                self._count(counts, length)
            vector = unit_vector(counts, self.terms.frequencies, self.terms.texts)
            self._vectors.append(vector)
            trials += self._tried(lesson, vector)
            for field in LEARNT_FIELDS:
                self._learn(lesson, field, vector)
            self._note(lesson)
        return trials

    def learnt_terms(self) -> Terms:
        """Return what is known of the words now."""
        packed = {
            field: {bucket: row.packed() for bucket, row in classifier.rows.items()}
            for field, classifier in self._classifiers.items()
        }
        return Terms(self.terms.frequencies, packed)

    def again(self) -> None:
        """Go through all lessons once more."""
        for lesson, vector in zip(self._lessons, self._vectors, strict=True):
            for field in LEARNT_FIELDS:
                label = lesson.label(field)
                if label is not None:
                    self._classifiers[field].learn(vector, label)

    def _count(self, counts: dict[int, int], length: int) -> None:
        frequencies = self.terms.frequencies
        for bucket in counts:
            frequencies[bucket] = frequencies.get(bucket, 0) + 1
        frequencies[ALL_TEXTS] = frequencies.get(ALL_TEXTS, 0) + 1
        frequencies[ALL_WORDS] = frequencies.get(ALL_WORDS, 0) + length

    def _tried(self, lesson: Lesson, vector: dict[int, float]) -> list[Attempt]:
        trials = []
        for field in FIELDS:
            label = lesson.label(field)
            if label is None:
                continue
            guess: dict[int, float] = {}
            if field in LEARNT_FIELDS:
                shares = self._classifiers[field].shares(vector)
                guess = dict(ranked(shares, lambda _: True)[:_GUESSES_KEPT])
            trials.append(
                Attempt(lesson.ticket_id, field, value_of(field, label), guess, None, None)
            )
        return trials

    def _learn(self, lesson: Lesson, field: SuggestedField, vector: dict[int, float]) -> None:
        label, before = lesson.label(field), self._label_before(lesson, field)
        if label is None or label == before:
            return
        if before is None:
            self._classifiers[field].learn(vector, label)
        else:
            self._classifiers[field].correct(vector, label, before)

    def _label_before(self, lesson: Lesson, field: SuggestedField) -> int | None:
        known = self._known.get(lesson.ticket_id)
        if known is None:
            return None
        if field is SuggestedField.CATEGORY:
            return known.category_id
        return None if known.priority is None else rank_of(known.priority)

    def _note(self, lesson: Lesson) -> None:
        known = self._known.get(lesson.ticket_id, Learnt(None, None))
        self.learnt[lesson.ticket_id] = Learnt(
            known.category_id if lesson.category is None else lesson.category,
            known.priority if lesson.priority is None else priority_of(lesson.priority),
        )


class Fitting:
    """Measures what suggestions would have been worth, and sets thresholds by it."""

    def __init__(self, triage: TriageRepository) -> None:
        """Bind to a transaction."""
        self._triage = triage

    def unanswered(self, limit: int = TRIALS_KEPT) -> list[Attempt]:
        """Return the trials, of the last ones, of which it is not known what they come to."""
        return [
            trial
            for field in FIELDS
            for trial in self._triage.trials(field, limit)
            if trial.answers is None
        ]

    def answer(self, ticket: Ticket, trials: Sequence[Attempt]) -> list[Answered]:
        """Return what the trials of a ticket come to, by what was known when it was opened."""
        reading = Reading(self._triage, Subject.in_its_time(ticket))
        answered = []
        for trial in trials:
            guess = trial.guess if trial.field in LEARNT_FIELDS else None
            best = ranked(reading.shares(trial.field, guess), lambda _: True)[:SHORT_LIST]
            values = tuple(value_of(trial.field, label) for label, _ in best)
            score = best[0][1] if best else 0.0
            answered.append(Answered(trial.ticket_id, trial.field, values, score))
        return answered

    def fit(self, now: datetime) -> None:
        """Set the threshold of each field by its last trials, and forget older ones."""
        for field in FIELDS:
            self._triage.forget_trials(field, TRIALS_KEPT)
            trials = [trial for trial in self._triage.trials(field, TRIALS_KEPT) if trial.answers]
            self._triage.store_fit(field, fitted(field, trials, now))


class Answered(NamedTuple):
    """What a trial comes to."""

    ticket_id: int
    field: SuggestedField
    answers: tuple[str, ...]
    score: float


def fitted(field: SuggestedField, trials: Sequence[Attempt], now: datetime) -> Fit:
    """Return the fit of a field by its trials.

    Whose turn it is cannot be known as surely as what a ticket is about: for technicians the
    short list is held to the bound, and the confidence stays that of the first one.
    """
    firsts = [Trial(trial.score or 0.0, _is_first(trial)) for trial in trials]
    steps = steps_of(firsts)
    if field is SuggestedField.ASSIGNEE:
        listed = [Trial(t.score or 0.0, t.confirmed in (t.answers or ())) for t in trials]
        threshold = threshold_of(listed)
    else:
        threshold = max(threshold_of(firsts), lowest_likely(steps))
    return Fit(threshold, steps, len(trials), now)


def _is_first(trial: Attempt) -> bool:
    return bool(trial.answers) and trial.answers is not None and trial.answers[0] == trial.confirmed


def value_of(field: SuggestedField, label: int) -> str:
    """Return a label as it is suggested: the id of a category or a person, or a priority."""
    return priority_of(label).value if field is SuggestedField.PRIORITY else str(label)
