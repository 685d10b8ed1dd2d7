# SPDX-License-Identifier: GPL-3.0-or-later
"""How the people of a demo desk found the solutions of their tickets, always the same way.

What somebody says follows from the ticket alone: no other ticket of the desk is different for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from helpdesk.core.schemas.ratings import LOW, LowReason
from helpdesk.demo.records import DemoTicket
from helpdesk.demo.sampling import weighted_table

T = TypeVar("T")

_BITS = (1 << 64) - 1
_OF_A_HUNDRED = 30
"""So many of a hundred solved tickets are rated."""
_TABLE = 200
_SCORES = {
    # How often of a hundred 1 to 5 are given to what went well, was late, or had come back.
    "well": weighted_table((2, 3, 10, 33, 52), _TABLE),
    "late": weighted_table((9, 16, 27, 31, 17), _TABLE),
    "again": weighted_table((14, 21, 26, 25, 14), _TABLE),
}
_REASONS = {
    "well": (LowReason.HARD_TO_FOLLOW, LowReason.UNFRIENDLY, LowReason.OTHER, None),
    "late": (LowReason.SLOW, LowReason.SLOW, LowReason.SLOW, LowReason.HARD_TO_FOLLOW, None),
    "again": (LowReason.NOT_SOLVED, LowReason.NOT_SOLVED, LowReason.SLOW, None),
}
_COMMENTS: dict[LowReason | None, tuple[str, ...]] = {
    LowReason.SLOW: (
        "It works now, but I had to wait far too long.",
        "Please tell people when it takes longer than a day.",
        "Three reminders before anything happened.",
    ),
    LowReason.NOT_SOLVED: (
        "It came back the same afternoon.",
        "The workaround helps, the cause is still there.",
        "Closed without asking me. It is not solved.",
    ),
    LowReason.HARD_TO_FOLLOW: (
        "I did not understand half of the steps.",
        "A picture of where to click would have helped.",
    ),
    LowReason.UNFRIENDLY: ("A bit short on the phone.",),
    LowReason.OTHER: ("The chair in the service room is broken, by the way.",),
}
_PRAISE = (
    "Quick and friendly, thank you!",
    "Solved within the hour. Great.",
    "Thanks, and thanks for explaining why it happened.",
    "Works again.",
    "Very patient with me. Thank you.",
)
_SOON = (4, 11, 25, 48, 95, 180, 420, 1_300, 2_700)
"""Minutes from the solution to the rating; most people rate at once or not at all."""


class DemoRating(NamedTuple):
    """A rating of the present solution of a ticket."""

    score: int
    reason: LowReason | None
    comment: str
    at: datetime
    by_mail: bool


def demo_rating(
    ticket: DemoTicket, number: int, *, late: bool, until: datetime
) -> DemoRating | None:
    """Return what the requester says of a solved ticket until a moment, mostly nothing."""
    solved_at = ticket.resolved_at or ticket.closed_at
    chance = _Chance(number)
    if solved_at is None or chance.below(100) >= _OF_A_HUNDRED:
        return None
    at = solved_at + timedelta(minutes=chance.one_of(_SOON), seconds=chance.below(60))
    if at > until:
        return None
    kind = _how_it_went(ticket, late=late)
    score = chance.one_of(_SCORES[kind]) + 1
    reason = chance.one_of(_REASONS[kind]) if score <= LOW else None
    comment = _comment(chance, score, reason)
    return DemoRating(score, reason, comment, at, by_mail=chance.below(5) < 2)


def _how_it_went(ticket: DemoTicket, *, late: bool) -> str:
    if any(change.field == "reopened" for change in ticket.changes):
        return "again"
    return "late" if late else "well"


def _comment(chance: _Chance, score: int, reason: LowReason | None) -> str:
    if score <= LOW:
        said = _COMMENTS.get(reason, ())
        return chance.one_of(said) if said and chance.below(10) < 6 else ""
    praises = score > LOW + 1 and chance.below(10) < 2
    return chance.one_of(_PRAISE) if praises else ""


class _Chance:
    """Numbers that follow from a ticket's own: quicker than a generator for each of a million."""

    def __init__(self, number: int) -> None:
        self._state = number * 0x9E3779B97F4A7C15 & _BITS

    def below(self, count: int) -> int:
        """Return the next number from 0 on, by SplitMix64."""
        self._state = self._state + 0x9E3779B97F4A7C15 & _BITS
        mixed = (self._state ^ self._state >> 30) * 0xBF58476D1CE4E5B9 & _BITS
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _BITS
        return (mixed ^ mixed >> 31) % count

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of some things."""
        return choices[self.below(len(choices))]
