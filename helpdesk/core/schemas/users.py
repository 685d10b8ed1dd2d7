# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts: what is asked of them and what is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from helpdesk.core.schemas.base import Labelled, Request, Result
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


class UserQuery(Request):
    """Which accounts to list, by name; ``text`` matches the start of any name."""

    text: Line = ""
    roles: tuple[Role, ...] = ()
    active: bool | None = None
    limit: PageSize = 50
    cursor: str | None = None


class UserPage(Result):
    """Some accounts, in the order of their names."""

    items: tuple[UserView, ...]
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


class SessionView(Result):
    """A session that has begun; ``token`` proves it on every later call."""

    token: str
    user: UserView
    permissions: frozenset[str]


class PasswordChange(Request):
    """A new password for the signed-in person, who proves the old one."""

    old_password: str
    new_password: str


class NewPassword(Request):
    """A password for somebody else, set by whoever owns the desk's file."""

    password: str
