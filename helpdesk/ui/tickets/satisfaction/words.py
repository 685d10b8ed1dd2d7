# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rating is called, to who gave it and to the staff."""

from __future__ import annotations

from helpdesk.core.schemas.ratings import LOW, SCORE_LABELS, TicketRating
from helpdesk.core.schemas.tickets import EventView
from helpdesk.ui.tokens import Tone

RATED = "rated"
"""The kind of the history's entry."""
_FAIR = 3


def score_words(score: int) -> str:
    """Return a score as people read it: '4 of 5, good'."""
    return f"{score} of 5, {SCORE_LABELS[score].lower()}"


def tone_of(score: int) -> Tone:
    """Return the tone that a score stands in, beside its words."""
    if score <= LOW:
        return "urgent"
    return "warning" if score == _FAIR else "success"


def own_words(rating: TicketRating) -> str:
    """Return what somebody has said, to themselves."""
    said = f"You gave {score_words(rating.score)}"
    return f"{said}. {rating.reason.label}." if rating.reason else f"{said}."


def rated_sentence(event: EventView, who: str) -> str:
    """Say in the history that a ticket was rated, and as what before."""
    if event.old is None:
        return f"{who} rated it {event.new} of 5"
    if event.old == event.new:
        return f"{who} said more of the rating"
    return f"rating {event.old} → {event.new} of 5 ({who})"
