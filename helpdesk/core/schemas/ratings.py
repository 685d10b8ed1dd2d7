# SPDX-License-Identifier: GPL-3.0-or-later
"""Satisfaction: how a requester found the solution of a ticket, once for each resolution."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from helpdesk.core.schemas.base import Labelled, Request, Result
from helpdesk.core.text import only_text

LOW = 2
"""The highest score after which is asked what went wrong."""
COMMENT_LIMIT = 2_000
Remark = Annotated[str, BeforeValidator(only_text), StringConstraints(max_length=COMMENT_LIMIT)]
Score = Annotated[int, Field(ge=1, le=5)]


class LowReason(Labelled):
    """What went wrong, in the words of a requester who was not satisfied."""

    SLOW = "slow"
    NOT_SOLVED = "not_solved"
    HARD_TO_FOLLOW = "hard_to_follow"
    UNFRIENDLY = "unfriendly"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The name people read."""
        return _REASON_LABELS[self]


_REASON_LABELS = {
    LowReason.SLOW: "Too slow",
    LowReason.NOT_SOLVED: "Not solved",
    LowReason.HARD_TO_FOLLOW: "Hard to follow",
    LowReason.UNFRIENDLY: "Unfriendly",
    LowReason.OTHER: "Something else",
}
SCORE_LABELS = {1: "Very bad", 2: "Bad", 3: "Fair", 4: "Good", 5: "Very good"}
"""What the scores are called where people choose one."""


class NewTicketRating(Request):
    """A rating; it may be changed as long as the ticket stays resolved."""

    score: Score
    reason: LowReason | None = None
    comment: Remark = ""


class TicketRating(Result):
    """A rating as its requester and the staff see it; nobody else does."""

    score: int
    reason: LowReason | None
    comment: str
    at: datetime
    by_mail: bool


class LinkedRating(Request):
    """A rating that came by the link in a mail. The token is the proof; nobody is signed in."""

    token: Annotated[str, StringConstraints(max_length=300)] = Field(repr=False)
    rating: NewTicketRating
    replaces_comment: bool = False
    """Whether an empty comment takes back the earlier one, which a link never shows."""


class RatingInvitation(Result):
    """What the page behind such a link shows: number, subject and score of before, and no more.

    A mail is forwarded, and looked through by programs: words are for the requester and the staff.
    """

    number: str
    subject: str
    resolved_at: datetime
    score: int | None
