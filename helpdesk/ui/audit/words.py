# SPDX-License-Identifier: GPL-3.0-or-later
"""What entries of the audit log are called on the screen, and how they are grouped and dated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from helpdesk.core.schemas.audit import AuditAction, AuditField, AuditView
from helpdesk.ui.tokens import Tone

_A = AuditAction


class Group(NamedTuple):
    """Actions that one looks for together."""

    label: str
    actions: tuple[AuditAction, ...]


class Days(NamedTuple):
    """A period of one's own choosing, both days included."""

    first: date
    last: date


GROUPS: Final[dict[str, Group]] = {
    "signing_in": Group("Signing in", (_A.SIGNED_IN, _A.SIGNED_OUT, _A.SESSIONS_ENDED)),
    "failures": Group("Failed sign-ins", (_A.SIGN_IN_FAILED, _A.CODE_FAILED)),
    "passwords": Group(
        "Passwords and codes",
        (
            _A.PASSWORD_CHANGED,
            _A.PASSWORD_RESET,
            _A.RESET_ASKED,
            _A.RESET_DONE,
            _A.SECOND_FACTOR_ON,
            _A.SECOND_FACTOR_OFF,
            _A.SECOND_FACTOR_RESET,
            _A.RECOVERY_CODES_MADE,
            _A.RECOVERY_CODE_USED,
        ),
    ),
    "accounts": Group(
        "Accounts and roles",
        (
            _A.USER_ADDED,
            _A.USER_CHANGED,
            _A.ROLE_CHANGED,
            _A.USER_DEACTIVATED,
            _A.USER_REACTIVATED,
            _A.TEAMS_CHANGED,
        ),
    ),
    "settings": Group("Settings and keys", (_A.SETTINGS_CHANGED, _A.KEY_MADE, _A.KEY_REVOKED)),
    "data": Group("Imports, exports and files", (_A.TICKETS_IMPORTED, _A.EXPORTED, _A.DOWNLOADED)),
    "trash": Group("Deleted tickets", (_A.TICKET_DELETED, _A.TICKET_RESTORED)),
}
_ALARMING = {
    _A.SIGN_IN_FAILED,
    _A.CODE_FAILED,
    _A.SECOND_FACTOR_RESET,
    _A.SECOND_FACTOR_OFF,
    _A.ROLE_CHANGED,
    _A.RECOVERY_CODE_USED,
}
PERIODS: Final = (
    ("hour", "Last hour"),
    ("day", "Last 24 hours"),
    ("week", "Last 7 days"),
    ("month", "Last 30 days"),
    ("year", "Last 365 days"),
)
DAYS: Final = "days"
DAYS_LABEL: Final = "From day to day…"
_LENGTHS: Final = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
NOTHING = "nothing"
_HERE = "this machine"


def actions_of(groups: Iterable[str]) -> tuple[AuditAction, ...]:
    """Return the actions of some groups."""
    return tuple(action for group in groups for action in GROUPS[group].actions)


def moments_of(
    periods: list[str], now: datetime, days: Days | None
) -> tuple[datetime | None, datetime | None]:
    """Return when a chosen period begins and ends; no moment is all of the log on that side."""
    if not periods:
        return None, None
    if periods[0] != DAYS:
        return now - _LENGTHS[periods[0]], None
    if days is None:
        return None, None
    return _midnight(days.first), _midnight(days.last + timedelta(days=1))


def days_words(days: Days) -> str:
    """Name some days: "3 Nov 2026 to 9 Nov 2026"."""
    first, last = (f"{day.day} {day:%b %Y}" for day in days)
    return last if first == last else f"{first} to {last}"


def _midnight(day: date) -> datetime:
    """Return when a day begins where the window is."""
    return datetime.combine(day, time()).astimezone()


def tone_of(action: AuditAction) -> Tone:
    """Return how an action is marked: what an admin should look at stands out."""
    return "warning" if action in _ALARMING else "neutral"


def who_words(entry: AuditView) -> str:
    """Say who did it."""
    name = entry.actor_name or "Nobody known"
    return f"{name} (by an API key)" if entry.by_key else name


def about_words(entry: AuditView) -> str:
    """Say what it was done to: "Bob Keller", "Calendar Office", or nothing."""
    if entry.about in ("", "user", "export"):
        return entry.about_name
    kind = entry.about.replace("_", " ").capitalize().replace("Api ", "API ")
    if not entry.about_name or entry.about_name.casefold() == kind.casefold():
        return kind
    return f"{kind} {entry.about_name}"


def place_words(entry: AuditView) -> str:
    """Say from where it was done."""
    return _HERE if entry.source == "local" else entry.source


def is_presence(change: AuditField) -> bool:
    """Return whether it is that the whole thing was added or removed."""
    return change.name == "Exists"


def presence_words(change: AuditField) -> str:
    """Say that the whole thing was added, or removed."""
    return "Added" if change.after == "yes" else "Removed"


def summary_of(entry: AuditView) -> str:
    """Say what it was done to, and the first of what was changed."""
    parts = [about_words(entry)]
    for change in entry.changes[:1]:
        words = change_words(change)
        parts.append(words if is_presence(change) else f"{change.name}: {words}")
    return " · ".join(part for part in parts if part)


def change_words(change: AuditField) -> str:
    """Say what a change made of what, on one line."""
    if is_presence(change):
        return presence_words(change).casefold()
    if change.before == change.after:
        return "replaced"
    if not change.before:
        return change.after
    return f"{change.before} → {change.after or NOTHING}"
