# SPDX-License-Identifier: GPL-3.0-or-later
"""Understands the words and dates that other help desks write into their files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import ellipsis, folded

STATUS_WORDS: dict[Status, tuple[str, ...]] = {
    Status.NEW: ("new", "submitted", "unconfirmed", "untriaged", "received", "created"),
    Status.OPEN: (
        "open", "active", "assigned", "accepted", "acknowledged", "confirmed", "reopened",
        "to do", "todo", "queued", "triaged", "approved",
    ),
    Status.IN_PROGRESS: (
        "in progress", "work in progress", "wip", "started", "working", "in work", "ongoing",
        "being worked on", "escalated",
    ),
    Status.AWAITING_CUSTOMER: (
        "awaiting customer", "awaiting customer response", "awaiting user", "awaiting user info",
        "awaiting evidence", "awaiting vendor", "awaiting problem", "awaiting reply",
        "awaiting response", "waiting", "waiting for customer", "waiting for user",
        "waiting for reply", "waiting on customer", "waiting on user", "pending",
        "pending customer", "pending user", "pending reminder", "pending reply", "on hold", "hold",
        "stalled", "suspended", "needinfo", "need info", "needs info", "feedback",
    ),
    Status.RESOLVED: (
        "resolved", "solved", "fixed", "done", "complete", "completed", "answered",
        "pending close",
    ),
    Status.CLOSED: (
        "closed", "verified", "cancelled", "canceled", "rejected", "withdrawn", "invalid",
        "duplicate", "won't fix", "wontfix", "archived", "deleted", "merged", "closed complete",
        "closed incomplete", "closed skipped",
    ),
}  # fmt: skip
"""What is understood of each status, in any case and with any of ' ', '_' and '-' between."""

PRIORITY_WORDS: dict[Priority, tuple[str, ...]] = {
    Priority.URGENT: (
        "urgent", "critical", "blocker", "highest", "very high", "emergency", "immediate", "p1",
        "showstopper",
    ),
    Priority.HIGH: ("high", "major", "important", "p2"),
    Priority.MEDIUM: (
        "medium", "moderate", "normal", "standard", "average", "default", "p3", "med",
    ),
    Priority.LOW: (
        "low", "minor", "trivial", "lowest", "very low", "planning", "enhancement", "cosmetic",
        "none", "p4", "p5",
    ),
}  # fmt: skip
"""What is understood of each priority; a number before the word, as in '1 - Critical', is not
looked at, since some programs count upwards and some downwards."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER_BY = timedelta(days=1)
_SHOWN = 60

_STATUSES = {word: status for status, words in STATUS_WORDS.items() for word in words}
_PRIORITIES = {word: priority for priority, words in PRIORITY_WORDS.items() for word in words}
_SEPARATORS = re.compile(r"[\s_\-]+")
_RANK_BEFORE_WORD = re.compile(r"^[0-9]+\s*[-:.)–]?\s*(?=[^\W\d])")
_YEAR_FIRST = re.compile(r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[T\s])")
_SHORT_HOUR = re.compile(r"(?<=[T\s])(?=\d:)")
_ZONE_NAME = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_ZONE_AFTER_BLANK = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")


class BadValue(ValueError):
    """A value is not understood; the text says why, the value first."""


@lru_cache(maxsize=1024)
def status_of(text: str) -> Status | None:
    """Return the status that a word means, or ``None`` for an empty one. Raises ``BadValue``."""
    if not text.strip():
        return None
    status = _STATUSES.get(_plain(text))
    if status is None:
        raise BadValue(f"{shown(text)} is not a status")
    return status


@lru_cache(maxsize=1024)
def priority_of(text: str) -> Priority | None:
    """Return the priority that a word means, or ``None`` for an empty one. Raises ``BadValue``."""
    if not text.strip():
        return None
    priority = _PRIORITIES.get(_plain(_RANK_BEFORE_WORD.sub("", text.strip())))
    if priority is None:
        raise BadValue(f"{shown(text)} is not a priority")
    return priority


def moment_of(text: str, now: datetime) -> datetime | None:
    """Return the moment that a date or a date with a time means; without a zone it is UTC.

    Raises ``BadValue`` for what is no date, what may be two dates, and what has yet to come.
    """
    text = text.strip()
    if not text:
        return None
    moment = _parsed(text)
    if moment < _EARLIEST:
        raise BadValue(f"{shown(text)} is too long ago for a date here")
    if moment > now + _CLOCKS_DIFFER_BY:
        raise BadValue(f"{shown(text)} lies in the future")
    return moment


def shown(value: str) -> str:
    """Return a value as a message names it: in quotes and not too long."""
    return f"'{ellipsis(value, _SHOWN)}'"


def _plain(text: str) -> str:
    return _SEPARATORS.sub(" ", folded(text)).strip()


def _parsed(text: str) -> datetime:
    try:
        # Years first, and nothing else: 03/04/2026 is March to some and April to others.
        moment = _fast(text) or datetime.fromisoformat(_in_iso(text))
        zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValue(f"{shown(text)} is not a date; write it like 2026-01-31 14:30") from error
    return zoned


def _fast(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _in_iso(text: str) -> str:
    year_first = _YEAR_FIRST.match(text)
    if year_first:
        year, _, month, day = year_first.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{text[year_first.end() :]}"
    text = _SHORT_HOUR.sub("0", text)
    text = _ZONE_NAME.sub("+00:00", text) if ":" in text else text
    return _ZONE_AFTER_BLANK.sub("", text)
