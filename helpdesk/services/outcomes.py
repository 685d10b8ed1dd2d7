# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what people make of each suggestion they see, for the figures of the assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import Origin, SuggestedField, SuggestionChoice
from helpdesk.models import Ticket, TriageOutcome
from helpdesk.services.work import Work

ACCEPTED, CHANGED, DISMISSED, LEFT = "accepted", "changed", "dismissed", "left"
"""What somebody made of one field: took it, took something else, waved it off, let it be."""

_NOT_SEEN = "That is not what was suggested; look at the suggestion again."


class Seen(NamedTuple):
    """What was suggested for one field, as the caller saw it."""

    value: str
    origin: Origin
    confidence: int | None = None


class Outcomes:
    """What one person makes of the suggestion for one ticket."""

    def __init__(self, work: Work, ticket: Ticket) -> None:
        """Bind to one call."""
        self._work = work
        self._ticket = ticket

    def keep(self, choice: SuggestionChoice, taken: Mapping[SuggestedField, Seen]) -> None:
        """Keep one outcome per field that was shown, and say so where all is dismissed."""
        triage = self._work.desk.triage
        kept = triage.outcomes(self._ticket.id)
        is_dismissal = not taken
        new = []
        for field, seen in (dict(taken) | _shown_in(choice, taken)).items():
            answer = DISMISSED if is_dismissal else LEFT
            if field in taken:
                answer = ACCEPTED if taken[field].value == seen.value else CHANGED
            before = _of_same(kept, field, seen)
            if before is None:
                new.append(self._outcome(field.value, seen, answer))
            elif _says_more(answer, before.answer):
                self._answer(before, answer)
        if is_dismissal and not any(map(self._dismisses, (*kept, *new))):
            # Nothing was said of fields: the suggestion as a whole is dismissed all the same.
            new.append(self._outcome("", Seen("", Origin.HISTORY), DISMISSED))
        triage.add_outcomes(new)

    def _answer(self, outcome: TriageOutcome, answer: str) -> None:
        outcome.answer = answer
        outcome.version = self._ticket.version
        outcome.actor_id, outcome.at = self._work.actor.id, self._work.now

    def _dismisses(self, outcome: TriageOutcome) -> bool:
        return outcome.answer == DISMISSED and outcome.version == self._ticket.version

    def _outcome(self, field: str, seen: Seen, answer: str) -> TriageOutcome:
        return TriageOutcome(
            ticket_id=self._ticket.id,
            version=self._ticket.version,
            actor_id=self._work.actor.id,
            at=self._work.now,
            field=field,
            value=seen.value,
            confidence=seen.confidence,
            origin=seen.origin.value,
            answer=answer,
        )


def _of_same(
    kept: Sequence[TriageOutcome], field: SuggestedField, seen: Seen
) -> TriageOutcome | None:
    """Return the outcome of the same suggestion, which counts once however often it is shown."""
    same = (field.value, seen.value, seen.origin.value)
    found = (each for each in kept if (each.field, each.value, each.origin) == same)
    return next(found, None)


def _says_more(answer: str, before: str | None) -> bool:
    """Return whether an answer takes the place of an earlier one: what was taken stays taken."""
    if answer == DISMISSED:
        return before not in {ACCEPTED, CHANGED}
    return answer in {ACCEPTED, CHANGED}


def taken_in(choice: SuggestionChoice) -> dict[SuggestedField, Seen]:
    """Return what is taken over, field by field. Raises ``Invalid``."""
    count = len(choice.fields)
    origins = choice.origins + (Origin.HISTORY,) * (count - len(choice.origins))
    if len(choice.values) != count or len(set(choice.fields)) < count or len(origins) > count:
        raise Invalid("Each chosen field needs one value; look at the suggestion again.")
    reply = {SuggestedField.REPLY: Seen("", Origin.MODEL)} if choice.reply_used else {}
    return reply | {
        field: _seen(field, value, origin, None)
        for field, value, origin in zip(choice.fields, choice.values, origins, strict=True)
    }


def _shown_in(
    choice: SuggestionChoice, taken: Mapping[SuggestedField, Seen]
) -> dict[SuggestedField, Seen]:
    """Return what was shown, field by field; what is not told is as taken. Raises ``Invalid``."""
    as_taken = [taken.get(field, Seen("", Origin.HISTORY)) for field in choice.shown]
    values = choice.shown_values or [seen.value for seen in as_taken]
    origins = choice.shown_origins or [seen.origin for seen in as_taken]
    sure = choice.shown_confidences or (None,) * len(as_taken)
    counts = {len(set(choice.shown)), len(values), len(origins), len(sure)}
    if counts != {len(choice.shown)}:
        raise Invalid("Each field that was shown needs one value, origin and confidence.")
    return {
        field: _seen(field, value, origin, confidence)
        for field, value, origin, confidence in zip(
            choice.shown, values, origins, sure, strict=True
        )
    }


def id_in(value: str) -> int:
    """Return the id that a suggested value is. Raises ``Invalid``."""
    if not (value.isascii() and value.isdecimal()) or not 0 < int(value) < 2**63:
        raise Invalid(_NOT_SEEN)
    return int(value)


def priority_in(value: str) -> Priority:
    """Return the priority that a suggested value is. Raises ``Invalid``."""
    if value not in set(Priority):
        raise Invalid(_NOT_SEEN)
    return Priority(value)


def _seen(field: SuggestedField, value: str, origin: Origin, confidence: int | None) -> Seen:
    """Return what was seen of a field, where it can have been seen. Raises ``Invalid``."""
    if field is SuggestedField.REPLY:
        # Its text is no figure.
        return Seen("", origin)
    if value:
        (priority_in if field is SuggestedField.PRIORITY else id_in)(value)
    return Seen(value, origin, confidence)
