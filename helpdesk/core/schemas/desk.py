# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk itself, as shown before anybody has signed in."""

from __future__ import annotations

from helpdesk.core.api import API_LEVEL, OLDEST_LEVEL
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.users import Role


class DemoAccount(Result):
    """One of the four accounts that a demo desk offers at sign-in."""

    username: str
    full_name: str
    role: Role
    password: str


class DeskInfo(Result):
    """What the sign-in window needs to know of the desk."""

    program_version: str
    schema_version: str
    demo: bool
    demo_accounts: tuple[DemoAccount, ...]
    read_only: bool
    place: str
    api_level: int = API_LEVEL
    """Grows with each change of the API that an older program would not understand."""
    oldest_client_level: int = OLDEST_LEVEL
    """The oldest level of a program that this desk still understands."""
    single_sign_on: str = ""
    """What the button says that begins a sign-in in the browser; empty where there is none."""
    can_reset: bool = False
    """Whether who has forgotten a password can ask for a mail: the desk sends mail."""
    password_min_length: int = 0
    """How many characters a new password needs; 0 where a desk does not tell."""
