# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk's own history suggests for a ticket, and the tickets that speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median
from typing import NamedTuple

from helpdesk.assistant.calibration import confidence
from helpdesk.assistant.injection import looks_like_attack
from helpdesk.assistant.likeness import ranked
from helpdesk.core.schemas.tickets import Assignable, CategoryView, Priority
from helpdesk.core.schemas.triage import (
    Alternative,
    DraftSuggestion,
    Incident,
    Origin,
    SimilarTicket,
    Suggested,
    SuggestedField,
    TicketDraft,
    TicketSuggestion,
)
from helpdesk.models import Ticket
from helpdesk.models.ticket import number_of
from helpdesk.repositories.triage import Fit, NearTicket
from helpdesk.services.learning import FIELDS, LEAST_LEARNT, SHORT_LIST, value_of
from helpdesk.services.readings import Neighbour, Reading, Subject
from helpdesk.services.work import Transacted

_EVIDENCE, _SIMILAR, _DUPLICATES = 3, 8, 5
_WORDS_SHOWN = 5
_ALIKE, _VERY_ALIKE = 30, 60
"""Percent of likeness from which on a ticket is shown as similar, and as a possible duplicate."""

_RECENT = timedelta(days=7)
_WINDOW = timedelta(minutes=60)
_WINDOW_LOOKED_AT = 200
_INCIDENT_ALIKE, _INCIDENT_TICKETS, _INCIDENT_PEOPLE = 30, 5, 3
_USUAL_OF = 50
_MOST_CONFIDENT = 99
"""Nothing is certain, whatever came true so far."""

_FEW = (
    "The desk has learnt from {count} solved {tickets} so far; it suggests nothing before there"
    " are {least}."
)
_NOT_MEASURED = (
    "The desk has not yet measured how often its suggestions are right; it does so soon."
)
_SET_ALREADY = "What the history suggests is set already."
_UNSURE = "Nothing in the history of the desk resembles this enough to be sure."


class Labels(NamedTuple):
    """What can be chosen for a ticket."""

    categories: tuple[CategoryView, ...]
    priorities: tuple[Priority, ...]
    technicians: tuple[Assignable, ...]


class History:
    """Suggestions from the history, within one transaction; nothing is written.

    What it answers names tickets of everybody: it is for staff, but for drafts.
    """

    def __init__(self, desk: Transacted, now: datetime) -> None:
        """Bind to a transaction."""
        self._desk = desk
        self._triage = desk.triage
        self._now = now

    @cached_property
    def labels(self) -> Labels:
        """What can be chosen for a ticket now."""
        return Labels(
            self._desk.categories.active(), tuple(Priority), self._desk.users.assignable()
        )

    def suggestion(self, ticket: Ticket) -> TicketSuggestion:
        """Return what the history suggests for a ticket."""
        reading = Reading(self._triage, Subject.of(ticket, self._now))
        fields, silent_because = self._fields(ticket, reading)
        incident = self._incident(ticket, reading)
        duplicates = self._duplicates(ticket, reading)
        similar = [each for each in reading.neighbours if each.likeness.percent >= _ALIKE]
        is_dismissed = self._triage.is_dismissed(ticket.id, ticket.version)
        return TicketSuggestion(
            ticket_id=ticket.id,
            version=ticket.version,
            fields=() if is_dismissed else fields,
            similar=self._shown(similar[:_SIMILAR]),
            duplicates=self._shown(duplicates),
            incident=incident,
            labels=looks_like_attack(f"{ticket.subject}\n{ticket.description}"),
            silent_because="" if is_dismissed else silent_because,
            dismissed=is_dismissed,
        )

    def similar(self, ticket: Ticket, requester_id: int | None) -> tuple[SimilarTicket, ...]:
        """Return the tickets most like one, of one requester alone or of everybody."""
        reading = Reading(self._triage, Subject.of(ticket, self._now))
        found = reading.neighbours
        if requester_id is not None:
            found = reading.own_neighbours(requester_id, _SIMILAR * 2)
        return self._shown([n for n in found if n.likeness.percent >= _ALIKE][:_SIMILAR])

    def for_draft(self, draft: TicketDraft, requester_id: int | None) -> DraftSuggestion:
        """Return labels for a text, and the requester's own tickets; no foreign ticket is told."""
        subject = Subject(draft.subject, draft.description, self._now, None, draft.category_id)
        reading = Reading(self._triage, subject)
        if not reading.said:
            return DraftSuggestion()
        own = [] if requester_id is None else reading.own_neighbours(requester_id, _SIMILAR)
        return DraftSuggestion(
            category=self._of_draft(reading, SuggestedField.CATEGORY, draft.category_id),
            priority=self._of_draft(reading, SuggestedField.PRIORITY, draft.priority),
            own_similar=self._shown([n for n in own if n.likeness.percent >= _ALIKE][:_EVIDENCE]),
        )

    def usual_minutes(self, category_id: int) -> int | None:
        """Return the median time to a first answer in a category."""
        minutes = self._triage.minutes_to_answer(category_id, _USUAL_OF)
        return round(median(minutes)) if minutes else None

    # --- fields -------------------------------------------------------------------------------

    @cached_property
    def _fits(self) -> dict[SuggestedField, Fit]:
        return self._triage.fits()

    @cached_property
    def _names(self) -> dict[SuggestedField, dict[str, str]]:
        """What can be suggested, by its value."""
        return {
            SuggestedField.CATEGORY: {
                str(id_): name for id_, (name, active) in self._categories.items() if active
            },
            SuggestedField.PRIORITY: {each.value: each.label for each in Priority},
            SuggestedField.ASSIGNEE: {str(id_): name for id_, name in self._technicians.items()},
        }

    def _fields(self, ticket: Ticket, reading: Reading) -> tuple[tuple[Suggested, ...], str]:
        if not ticket.status.is_open:
            return (), f"{ticket.number} is {ticket.status.label}."
        reason = self._too_early(reading)
        if reason:
            return (), reason
        found = [
            (self._suggested(reading, field), _present(ticket, field))
            for field in FIELDS
            # Whoever has a ticket keeps it.
            if field is not SuggestedField.ASSIGNEE or ticket.assignee_id is None
        ]
        sure = [(each, present) for each, present in found if each is not None]
        fields = tuple(each for each, present in sure if each.value != present)
        if fields:
            return fields, ""
        return (), _SET_ALREADY if sure else _UNSURE

    def _too_early(self, reading: Reading) -> str:
        if reading.texts < LEAST_LEARNT:
            tickets = "ticket" if reading.texts == 1 else "tickets"
            return _FEW.format(count=reading.texts, tickets=tickets, least=LEAST_LEARNT)
        return "" if self._fits else _NOT_MEASURED

    def _of_draft(
        self, reading: Reading, field: SuggestedField, chosen: int | Priority | None
    ) -> Suggested | None:
        if chosen is not None or self._too_early(reading):
            return None
        found = self._suggested(reading, field)
        if found is None:
            return None
        reason = "The desk's experience with tickets like this."
        return found.model_copy(update={"tickets": (), "words": (), "reason": reason})

    def _suggested(self, reading: Reading, field: SuggestedField) -> Suggested | None:
        """Return what is suggested for a field, or ``None`` where it is unsure."""
        fit = self._fits.get(field)
        if fit is None:
            return None
        names = self._names[field]
        best = ranked(reading.shares(field), lambda label: value_of(field, label) in names)
        if not best or best[0][1] < fit.threshold:
            return None
        (label, score), *others = best
        value = value_of(field, label)
        sure = confidence(fit.steps, score)
        speaking = [n for n in reading.neighbours if n.has_a_say and n.label(field) == label]
        evidence = speaking[:_EVIDENCE]
        words = _words_of(evidence)
        return Suggested(
            field=field,
            value=value,
            label=names[value],
            confidence=min(round(100 * sure), _MOST_CONFIDENT),
            origin=Origin.HISTORY,
            tickets=self._shown(evidence),
            words=words,
            alternatives=tuple(
                Alternative(
                    value=value_of(field, other),
                    label=names[value_of(field, other)],
                    confidence=round(100 * min(sure * share / score, 1 - sure)),
                )
                for other, share in others[: SHORT_LIST - 1]
            ),
            reason=_reason(evidence, words),
        )

    # --- tickets ------------------------------------------------------------------------------

    def _duplicates(self, ticket: Ticket, reading: Reading) -> list[Neighbour]:
        """Return open tickets of the last days that say nearly the same."""
        since = ticket.created_at - _RECENT
        return [
            each
            for each in reading.neighbours
            if each.likeness.percent >= _VERY_ALIKE
            and each.ticket.status.is_open
            and each.ticket.created_at >= since
            and len(each.likeness.words) > 1
        ][:_DUPLICATES]

    def _incident(self, ticket: Ticket, reading: Reading) -> Incident | None:
        """Return the tickets that came about the same time and may have the same cause."""
        if not ticket.status.is_open:
            return None
        made = ticket.created_at
        around = self._triage.opened_between(made - _WINDOW, made + _WINDOW, _WINDOW_LOOKED_AT)
        if len(around) < _INCIDENT_TICKETS:
            return None
        alike = [
            each
            for each in reading.compared(around)
            if each.likeness.percent >= _INCIDENT_ALIKE and each.likeness.words
        ]
        members = _densest(made, alike)
        people = {ticket.requester_id, *(each.ticket.requester_id for each in members)}
        if len(members) + 1 < _INCIDENT_TICKETS or len(people) < _INCIDENT_PEOPLE:
            return None
        times = [made, *(each.ticket.created_at for each in members)]
        return Incident(
            count=len(members) + 1,
            minutes=max(1, round((max(times) - min(times)).total_seconds() / 60)),
            requesters=len(people),
            words=_words_of(members),
            tickets=self._shown(members[:_SIMILAR]),
        )

    def _shown(self, neighbours: Sequence[Neighbour]) -> tuple[SimilarTicket, ...]:
        people = {n.ticket.assignee_id for n in neighbours if n.ticket.assignee_id}
        unknown = people - self._people.keys()
        if unknown:
            self._people.update(self._triage.names(unknown))
        return tuple(self._similar(each.ticket, each) for each in neighbours)

    @cached_property
    def _technicians(self) -> dict[int, str]:
        return self._triage.technicians()

    @cached_property
    def _people(self) -> dict[int, str]:
        return dict(self._technicians)

    @cached_property
    def _categories(self) -> dict[int, tuple[str, bool]]:
        return self._triage.category_names()

    def _similar(self, ticket: NearTicket, neighbour: Neighbour) -> SimilarTicket:
        category = self._categories.get(ticket.category_id) if ticket.category_id else None
        return SimilarTicket(
            id=ticket.id,
            number=number_of(ticket.id),
            subject=ticket.subject,
            status=ticket.status,
            category=category[0] if category else None,
            assignee=self._people.get(ticket.assignee_id) if ticket.assignee_id else None,
            created_at=ticket.created_at,
            resolved_at=ticket.resolved_at,
            likeness=neighbour.likeness.percent,
            words=neighbour.likeness.words[:_WORDS_SHOWN],
        )


def _present(ticket: Ticket, field: SuggestedField) -> str | None:
    """Return what a field of a ticket is now."""
    if field is SuggestedField.PRIORITY:
        return ticket.priority.value
    value = ticket.category_id if field is SuggestedField.CATEGORY else ticket.assignee_id
    return None if value is None else str(value)


def _densest(made: datetime, alike: Sequence[Neighbour]) -> list[Neighbour]:
    """Return the most tickets that lie within one window together with a moment."""
    starts = [each.ticket.created_at for each in alike if each.ticket.created_at <= made]
    windows = [
        [each for each in alike if start <= each.ticket.created_at <= start + _WINDOW]
        for start in {made, *starts}
    ]
    return max(windows, key=len, default=[])


def _words_of(neighbours: Sequence[Neighbour]) -> tuple[str, ...]:
    """Return the words that the most of some tickets share with the text, the usual ones first."""
    counts: dict[str, int] = {}
    for each in neighbours:
        for word in each.likeness.words:
            counts[word] = counts.get(word, 0) + 1
    # Sorting keeps the order of what is met equally often: what tells more stands first.
    return tuple(sorted(counts, key=lambda word: -counts[word]))[:_WORDS_SHOWN]


def _reason(evidence: Sequence[Neighbour], words: Sequence[str]) -> str:
    if not evidence:
        return "The words of the ticket speak for it."
    numbers = [number_of(each.ticket.id) for each in evidence]
    listed = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    shared = f" (shared: {', '.join(words)})" if words else ""
    return f"It resembles {listed}{shared}."
