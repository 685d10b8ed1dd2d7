# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts: what is asked of them and what is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.text import Line

USERNAME_PATTERN = r"^[\w.@+-]{1,64}$"
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+$"


class Role(Labelled):
    """What a person is at the desk; the rights of each are in ``core.permissions``."""

    USER = "user"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    ADMIN = "admin"


def _present(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


Username = Annotated[Line, StringConstraints(pattern=USERNAME_PATTERN)]
FullName = Annotated[Line, AfterValidator(_present)]
Email = Annotated[Line, StringConstraints(pattern=EMAIL_PATTERN)]
PageSize = Annotated[int, Field(ge=1, le=200)]


class NewUser(Request):
    """An account to add; the one-time password is made by the desk."""

    username: Username
    full_name: FullName
    email: Email | None = None
    role: Role = Role.USER


class UserChange(Request):
    """What to change of an account; only fields that are set are touched."""

    full_name: FullName | None = None
    email: Email | None = None
    role: Role | None = None
    version: int


class PersonRef(Result):
    """Just enough of a person to name them."""

    id: int
    full_name: str


class TeamRef(Result):
    """Just enough of a team to name it."""

    id: int
    name: str


class AccountOrigin(Labelled):
    """Who says that an account exists, and proves who signs in to it."""

    LOCAL = "local"
    """The desk itself, by a password."""
    LDAP = "ldap"
    """A directory, by the password there."""
    OIDC = "oidc"
    """A single sign-on provider, in the browser."""

    @property
    def label(self) -> str:
        """The name people read."""
        return {"local": "This desk", "ldap": "Directory", "oidc": "Single sign-on"}[self.value]


class UserView(Result):
    """An account as admins and the person see it; never holds a secret."""

    id: int
    username: str
    full_name: str
    email: str | None
    role: Role
    active: bool
    password_set: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    open_tickets: int
    version: int
    teams: tuple[TeamRef, ...] = ()
    has_second_factor: bool = False
    origin: AccountOrigin = AccountOrigin.LOCAL


class UserQuery(Request):
    """Which accounts to list, by name; ``text`` matches the start of any name."""

    text: Line = ""
    roles: tuple[Role, ...] = ()
    active: bool | None = None
    team_id: Id | None = None
    origin: AccountOrigin | None = None
    second_factor: bool | None = None
    limit: PageSize = 50
    cursor: str | None = None


class UserPage(Result):
    """Some accounts, in the order of their names."""

    items: tuple[UserView, ...]
    next_cursor: str | None


class UserCount(Result):
    """How many accounts match, on whatever page."""

    count: int


class ColleagueQuery(Request):
    """Whom to list of the caller's own teams; ``text`` matches the start of any of their names."""

    text: Line = ""
    roles: tuple[Role, ...] = ()
    team_id: Id | None = None
    limit: PageSize = 50
    cursor: str | None = None


class ColleagueView(Result):
    """Somebody of the staff in one of the caller's teams: no more than the work needs."""

    id: int
    full_name: str
    role: Role
    teams: tuple[TeamRef, ...]
    """Those of the caller's own teams that they are in."""
    open_tickets: int
    away_until: datetime | None


class ColleaguePage(Result):
    """Some people of the caller's own teams, in the order of their names."""

    items: tuple[ColleagueView, ...]
    next_cursor: str | None


class OneTimePassword(Result):
    """A password shown once; the person must replace it at the next sign-in."""

    user: UserView
    password: str


class NewSession(Request):
    """Who wants to sign in; ``new_password`` replaces a one-time password."""

    username: Line
    password: str
    new_password: str | None = None
    device: Line = ""
    """What the list of sessions calls the workstation."""


class SessionView(Result):
    """A session that has begun; ``token`` proves it on every later call."""

    token: str
    user: UserView
    permissions: frozenset[str]


class SignInView(Result):
    """What became of a sign-in: a session, or a ``pending_token`` while a code is still due.

    The pending token is good for nothing but giving that code, or, where the person ``enrols``,
    for setting up the authenticator app that their role needs first. ``recovery_codes`` are told
    once, by the sign-in that has set one up.
    """

    token: str | None = None
    user: UserView | None = None
    permissions: frozenset[str] = frozenset()
    pending_token: str | None = None
    enrols: bool = False
    recovery_codes: tuple[str, ...] = ()

    @property
    def session(self) -> SessionView:
        """The session that has begun. Raises ``LookupError`` while a code is due."""
        if self.token is None or self.user is None:
            raise LookupError("a code is still due")
        return SessionView(token=self.token, user=self.user, permissions=self.permissions)


class PasswordChange(Request):
    """A new password for the signed-in person, who proves the old one."""

    old_password: str
    new_password: str


class Leaving(Request):
    """What becomes of the open tickets of who leaves: somebody's, or back in the queue."""

    version: int
    tickets_to: Id | None = None


class TeamChoice(Request):
    """The teams somebody is to be in, and no others."""

    team_ids: Annotated[tuple[Id, ...], Field(max_length=100)]
    version: int


class ImportedUser(Request):
    """One line of a file of people, as it stands there."""

    line: int
    username: str
    full_name: str
    email: str = ""
    role: str = ""
    teams: str = ""
    """Names, parted by semicolons."""


class UserBatch(Request):
    """Some lines of a file; a ``trial`` only looks what would become of them."""

    rows: Annotated[tuple[ImportedUser, ...], Field(min_length=1, max_length=500)]
    trial: bool
    updates: bool
    """Whether accounts that are there already are changed, else they are left as they are."""
    admins: bool = False
    """Whether lines may make admins; else they are refused."""


class ImportOutcome(Labelled):
    """What became of one line."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ImportedLine(Result):
    """What became of one line, and why it was refused; the password is told once.

    A trial also warns of what is better looked at first.
    """

    line: int
    outcome: ImportOutcome
    username: str
    problem: str = ""
    password: str = ""
    warning: str = ""


class UserBatchResult(Result):
    """What became of each line."""

    lines: tuple[ImportedLine, ...]


class NewPassword(Request):
    """A password for somebody else, set by whoever owns the desk's file."""

    password: str
