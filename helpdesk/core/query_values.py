# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that the fields of the search language know by themselves, and an example of each."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from helpdesk.core.query_language import Name
from helpdesk.core.schemas.tickets import Priority, Status

STATUS_VALUES = ("new", "open", "progress", "waiting", "resolved", "closed")
PRIORITY_VALUES = ("low", "medium", "high", "urgent")
"""As one types them."""
IS_VALUES = ("open", "unassigned", "late", "snoozed", "watched")
HAS_VALUES = ("attachment",)
DATE_VALUES = (">7d", ">30d", "today", "yesterday", "<30d")
DUE_VALUES = ("today", "<today", "tomorrow", "<2d", "<7d")

EXAMPLES: dict[Name, str] = {
    Name.STATUS: "status:open,new",
    Name.PRIORITY: "priority:>=high",
    Name.CATEGORY: "category:network",
    Name.ASSIGNEE: "assignee:me",
    Name.REQUESTER: 'requester:"Alice Moreau"',
    Name.TEAM: "team:none",
    Name.TAG: "tag:vpn",
    Name.WATCHER: "watcher:me",
    Name.CREATED: "created:>7d",
    Name.UPDATED: "updated:today",
    Name.DUE: "due:<2d",
    Name.HAS: "has:attachment",
    Name.IS: "is:open",
    Name.NUMBER: "number:1042",
    Name.FIELD: "field.site:Rome",
}

_STATUSES = {
    **{status.value.replace("_", ""): status for status in Status},
    **{status.label.replace(" ", "").lower(): status for status in Status},
    "progress": Status.IN_PROGRESS,
    "awaiting": Status.AWAITING_CUSTOMER,
    "waiting": Status.AWAITING_CUSTOMER,
}


_ALIKE = 0.7


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """Return what somebody may have meant by a mistyped word, if anything comes near."""
    return next(iter(get_close_matches(typed.lower(), known, 1, _ALIKE)), None)


def choose_of(typed: str, known: Iterable[str]) -> str:
    """Say what to write instead of a word that is none of those known."""
    meant = nearest(typed, known)
    return f"did you mean {meant}?" if meant else f"choose one of {', '.join(known)}."


def as_status(text: str) -> Status | None:
    """Return the status that somebody means, however they part its words."""
    return _STATUSES.get("".join(each for each in text.lower() if each not in " _-"))


def priorities_by(operator: str, text: str) -> tuple[Priority, ...] | None:
    """Return the priorities that are more or less than one, the most urgent first."""
    ladder = tuple(Priority)
    named = next((each for each in ladder if each.value == text.strip().lower()), None)
    if named is None:
        return None
    place = ladder.index(named)
    chosen = {
        "": (named,),
        ">": ladder[place + 1 :],
        ">=": ladder[place:],
        "<": ladder[:place],
        "<=": ladder[: place + 1],
    }[operator]
    return tuple(reversed(chosen))
