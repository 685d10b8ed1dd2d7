# SPDX-License-Identifier: GPL-3.0-or-later
"""How accounts are said, in the list and in the forms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from helpdesk.core.schemas.users import AccountOrigin, Role, TeamRef, UserView
from helpdesk.ui.widgets.times import full_time, relative_time

ROLE_HINTS = {
    Role.USER: "Submits tickets and sees their own.",
    Role.TECHNICIAN: "Sees all tickets, takes and works them.",
    Role.MANAGER: "Works tickets, assigns them to anyone, and sees figures and their team.",
    Role.ADMIN: "Does everything, and looks after accounts and settings.",
}
KEPT_ELSEWHERE = {
    AccountOrigin.LDAP: "Name, e-mail address and password are kept in the directory; change them"
    " there.",
    AccountOrigin.OIDC: "Name, e-mail address and password are kept by the provider of the single"
    " sign-on; change them there.",
}


def state_words(user: UserView) -> str:
    """Say whether somebody can sign in."""
    if not user.active:
        return "Deactivated"
    has_way = user.password_set or user.origin is not AccountOrigin.LOCAL
    return "Active" if has_way else "No password yet"


def team_words(teams: Iterable[TeamRef]) -> str:
    """Name teams in one line."""
    return ", ".join(team.name for team in teams)


def sign_in_words(user: UserView, now: datetime) -> str:
    """Say when somebody signed in last."""
    seen = user.last_sign_in_at
    return relative_time(seen, now) if seen else "never"


def sign_in_in_full(user: UserView) -> str:
    """Say it with day and time."""
    return full_time(user.last_sign_in_at) if user.last_sign_in_at else ""


def tickets_words(count: int) -> str:
    """Say how many open tickets there are."""
    return f"{count:,} open ticket" + ("" if count == 1 else "s")
