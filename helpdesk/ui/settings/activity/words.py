# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in words what an entry of the audit log tells somebody of their own account."""

from __future__ import annotations

from typing import Final

from helpdesk.core.schemas.audit import AuditAction, AuditView

FILTERS: Final[tuple[tuple[str, str, tuple[AuditAction, ...]], ...]] = (
    ("", "All", ()),
    (
        "sign-in",
        "Signing in",
        (
            AuditAction.SIGNED_IN,
            AuditAction.SIGN_IN_FAILED,
            AuditAction.CODE_FAILED,
            AuditAction.SIGNED_OUT,
            AuditAction.SESSIONS_ENDED,
            AuditAction.RECOVERY_CODE_USED,
            AuditAction.RESET_ASKED,
            AuditAction.RESET_DONE,
        ),
    ),
    (
        "account",
        "Account",
        (
            AuditAction.PASSWORD_CHANGED,
            AuditAction.PASSWORD_RESET,
            AuditAction.SECOND_FACTOR_ON,
            AuditAction.SECOND_FACTOR_OFF,
            AuditAction.SECOND_FACTOR_RESET,
            AuditAction.RECOVERY_CODES_MADE,
            AuditAction.USER_ADDED,
            AuditAction.USER_CHANGED,
            AuditAction.ROLE_CHANGED,
            AuditAction.USER_DEACTIVATED,
            AuditAction.USER_REACTIVATED,
            AuditAction.TEAMS_CHANGED,
        ),
    ),
)
"""The key of a filter, its label, and the actions that it leaves; none leaves all."""
FAILURES: Final = (AuditAction.SIGN_IN_FAILED, AuditAction.CODE_FAILED)
_LOCAL = "local"
_KINDS: Final = {"user": "Account of", "api_key": "API key"}
_LONGEST = 80


def title_of(entry: AuditView) -> str:
    """Say what was done; what was done to users, as who reads it would call it."""
    label = entry.action.label
    if label.startswith("Key "):
        return f"API k{label[1:]}"
    return label.replace("User ", "Account ", 1)


def what_of(entry: AuditView) -> str:
    """Say what it was done to."""
    name = entry.about_name or (str(entry.about_id) if entry.about_id else "")
    kind = _KINDS.get(entry.about, entry.about.replace("_", " ").capitalize())
    return f"{kind} {name}".strip()


def who_and_where(entry: AuditView, person_id: int) -> str:
    """Say who did it, to whom if not to this person, and from where."""
    is_own = entry.about == "user" and entry.about_id == person_id
    parts = [_who(entry, person_id)]
    if entry.about and not is_own:
        parts.append(what_of(entry))
    if entry.source:
        here = entry.source == _LOCAL
        parts.append("at the desk's own computer" if here else f"from {entry.source}")
    return " · ".join(parts)


def changes_of(entry: AuditView) -> str:
    """Say what was before and what is now, in one line; empty where nothing is told of it."""
    said = []
    for each in entry.changes:
        before, after = _short(each.before), _short(each.after)
        said.append(f"{each.name}: {before} → {after}" if before else f"{each.name}: {after}")
    return "; ".join(said)


def _who(entry: AuditView, person_id: int) -> str:
    if entry.actor is not None and entry.actor.id == person_id:
        return "You, by an API key" if entry.by_key else "You"
    name = entry.actor.full_name if entry.actor is not None else entry.actor_name
    if entry.action in FAILURES and entry.actor is None:
        return "Somebody who was not signed in"
    return f"{name}, by an API key" if entry.by_key else name or "The program"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
