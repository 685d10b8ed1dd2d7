# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the text of a ticket against what the desk has learnt: labels, neighbours, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from helpdesk.assistant.classifier import Classifier, Row
from helpdesk.assistant.features import bucket_of, counts_of, telling_words, unit_vector
from helpdesk.assistant.likeness import Asking, Likeness, mean, rarity, shares_of
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.database.likeness import NEWEST
from helpdesk.database.tokens import tokens_of
from helpdesk.models import Ticket
from helpdesk.repositories.triage import LETTERS, NearTicket, Terms, TriageRepository, rank_of

LEARNT_FIELDS = (SuggestedField.CATEGORY, SuggestedField.PRIORITY)
"""What the classifier learns; who works on a ticket is told by neighbours and recent work."""

_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
"""Every letter and digit, small; all else lies between words."""

_LOOKED_AT = 100
"""So many tickets are compared by their texts; with 60 a point of accuracy is lost, 200 win
none."""
_MEETINGS, _SOUGHT_ANYWAY = 30_000, 5
"""Words are looked for until so many places of the index are met, however common they are: that
bounds the time, and costs no accuracy as long as the most telling words come first."""

_VOTERS = 30
_OF_CLASSIFIER = 0.6
"""What the classifier says counts a little more than the neighbours do: from a thousand learnt
tickets on it is the better of the two, and both together are better than either."""

_HALF_LIFE_DAYS = 180.0
_RECENT = 400
_SAME_CATEGORY_RECENTLY = 10.0
_SAME_CATEGORY = 2.0
"""What having the same category weighs in choosing who has a say on people: as two words as
rare as the category."""
_SECONDS_A_DAY = 86_400


class Neighbour(NamedTuple):
    """A ticket and how alike it is."""

    ticket: NearTicket
    likeness: Likeness

    @property
    def has_a_say(self) -> bool:
        """Whether staff have confirmed what it is about: it was theirs and is solved, or learnt."""
        ticket = self.ticket
        return ticket.learnt or (not ticket.status.is_open and ticket.assignee_id is not None)

    def label(self, field: SuggestedField) -> int | None:
        """Return the label of a field, as it is learnt."""
        if field is SuggestedField.PRIORITY:
            return rank_of(self.ticket.priority)
        if field is SuggestedField.CATEGORY:
            return self.ticket.category_id
        return self.ticket.assignee_id


def by_likeness(each: Neighbour) -> tuple[float, int]:
    """Return what sorts the most alike first, and newer ones before older ones."""
    return -each.likeness.score, -each.ticket.id


@dataclass(frozen=True)
class Subject:
    """A text to read, and what is known beside it.

    ``until`` bounds what may be known: only tickets opened before it, with smaller numbers than
    ``before`` where that is set.
    """

    subject: str
    description: str
    until: datetime
    ticket_id: int | None = None
    category_id: int | None = None
    before: int | None = None

    @classmethod
    def of(cls, ticket: Ticket, now: datetime) -> Subject:
        """Return an existing ticket as it is read now."""
        return cls(ticket.subject, ticket.description, now, ticket.id, ticket.category_id)

    @classmethod
    def in_its_time(cls, ticket: Ticket) -> Subject:
        """Return a ticket as it could have been read when it was new."""
        made = ticket.created_at
        id_, category_id = ticket.id, ticket.category_id
        return cls(ticket.subject, ticket.description, made, id_, category_id, before=id_)


def said_in(texts: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the words of subjects with their descriptions, as far as they are looked at.

    They are those of the search's tokenizer. For plain ASCII its rule is simple enough to follow
    it here, which is many times faster; a hundred texts are compared for one suggestion.
    """
    whole = [f"{subject}\n{description[:LETTERS]}" for subject, description in texts]
    others = iter(tokens_of([text for text in whole if not text.isascii()]))
    return [text.translate(_PLAIN).split() if text.isascii() else next(others) for text in whole]


def classifier_of(terms: Terms, field: SuggestedField) -> Classifier:
    """Return the classifier of a field over the words of a text."""
    packed = terms.packed[field]
    return Classifier({bucket: Row.unpacked(data) for bucket, data in packed.items()})


class Reading:
    """One text, read once; what is not asked for costs nothing."""

    def __init__(self, triage: TriageRepository, subject: Subject) -> None:
        """Read the words and what is learnt of them."""
        self._triage = triage
        self.subject = subject
        (self.said,) = said_in([(subject.subject, subject.description)])
        self._counts = counts_of(self.said)
        self._terms = triage.terms(self._counts)
        self.texts = self._terms.texts

    @cached_property
    def asking(self) -> Asking:
        """The text as others are compared with it."""
        frequencies = self._terms.frequencies
        words = telling_words(self.said, frequencies, self.texts)
        return Asking(self.said, words, frequencies, self.texts, self._terms.mean_length)

    @cached_property
    def neighbours(self) -> list[Neighbour]:
        """The tickets that are most alike, open ones too, the best first."""
        before = self.subject.before
        return self.compared(self._triage.near(self._sought, _LOOKED_AT, before=before))

    @cached_property
    def _sought(self) -> dict[str, float]:
        """The words that are looked for: the most telling ones, as long as they are not common."""
        sought: dict[str, float] = {}
        met = 0.0
        for word, weight in self.asking.weights.items():
            met += self._terms.frequencies.get(bucket_of(word), 0) / max(self.texts, 1) * NEWEST
            if met > _MEETINGS and len(sought) >= _SOUGHT_ANYWAY:
                break
            sought[word] = weight
        return sought

    def own_neighbours(self, requester_id: int, limit: int) -> list[Neighbour]:
        """Return the tickets of one person that are most alike."""
        near = self._triage.near(self._sought, limit, requester_id=requester_id)
        return self.compared(near)

    def compared(self, tickets: Sequence[NearTicket]) -> list[Neighbour]:
        """Return tickets other than this one by how alike they are."""
        others = [ticket for ticket in tickets if ticket.id != self.subject.ticket_id]
        said = said_in([(ticket.subject, ticket.description) for ticket in others])
        found = [
            Neighbour(ticket, self.asking.likeness(words))
            for ticket, words in zip(others, said, strict=True)
        ]
        return sorted(found, key=by_likeness)

    def guess(self, field: SuggestedField) -> dict[int, float]:
        """Return what the classifier says of a field."""
        vector = unit_vector(self._counts, self._terms.frequencies, self.texts)
        return classifier_of(self._terms, field).shares(vector)

    def shares(
        self, field: SuggestedField, guess: Mapping[int, float] | None = None
    ) -> dict[int, float]:
        """Return how much speaks for each label of a field.

        ``guess`` takes the place of what the classifier says now.
        """
        if field is SuggestedField.ASSIGNEE:
            return self._people()
        votes = [
            (label, each.likeness.score**2)
            for each in self._voters
            if (label := each.label(field)) is not None
        ]
        learnt = self.guess(field) if guess is None else guess
        return mean(learnt, shares_of(votes[:_VOTERS]), _OF_CLASSIFIER)

    @property
    def _voters(self) -> list[Neighbour]:
        return [each for each in self.neighbours if each.has_a_say]

    @cached_property
    def _category_id(self) -> int | None:
        """The category, or what it most likely is."""
        if self.subject.category_id is not None:
            return self.subject.category_id
        shares = self.shares(SuggestedField.CATEGORY)
        return max(shares, key=lambda label: (shares[label], -label), default=None)

    def _people(self) -> dict[int, float]:
        return mean(shares_of(self._votes_on_people()), shares_of(self._recent_work()))

    def _votes_on_people(self) -> list[tuple[int, float]]:
        """Weigh who solved what is alike: the same category and what is not long ago count more."""
        solved = [
            (each, each.ticket.assignee_id)
            for each in self.neighbours
            if not each.ticket.status.is_open and each.ticket.assignee_id is not None
        ]
        weighed = []
        for each, person in solved:
            is_same = each.ticket.category_id == self._category_id
            score = each.likeness.score + (self._bonus if is_same else 0.0)
            days = (self.subject.until - each.ticket.created_at).total_seconds() / _SECONDS_A_DAY
            weighed.append((score, person, 0.5 ** (max(days, 0.0) / _HALF_LIFE_DAYS)))
        weighed.sort(reverse=True)
        return [(person, score**2 * fresh) for score, person, fresh in weighed[:_VOTERS]]

    @cached_property
    def _recent(self) -> Sequence[tuple[int | None, int]]:
        return self._triage.last_assigned(self.subject.until, _RECENT)

    @cached_property
    def _bonus(self) -> float:
        """What having the same category adds to how alike a ticket is."""
        if self._category_id is None:
            return 0.0
        same = sum(category == self._category_id for category, _ in self._recent)
        return _SAME_CATEGORY * rarity(same, len(self._recent))

    def _recent_work(self) -> list[tuple[int, float]]:
        return [
            (person, _SAME_CATEGORY_RECENTLY if category and category == self._category_id else 1.0)
            for category, person in self._recent
        ]
