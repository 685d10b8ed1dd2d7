# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk user``: adds, lists and ends accounts for whoever owns the desk's file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import say
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.users import (
    Leaving,
    NewPassword,
    NewUser,
    OneTimePassword,
    UserQuery,
    UserView,
)
from helpdesk.core.validation import invalid

if TYPE_CHECKING:
    from helpdesk.client.help_desk import HelpDesk

_PAGE = 200
_LONGEST_LINE = 5_000


def add(place: Place, options: Namespace) -> int:
    """Add an account and print its one-time password."""
    try:
        new = NewUser(
            username=options.username,
            full_name=options.name,
            email=options.email,
            role=options.role,
        )
    except ValidationError as error:
        raise invalid(error) from error
    with place.desk() as desk:
        _say_password(desk.as_system().users.add(new))
    return 0


def password(place: Place, options: Namespace) -> int:
    """Print a new one-time password, or set the one that comes from standard input."""
    with place.desk() as desk:
        users = desk.as_system().users
        user = users.named(options.username)
        if not options.stdin:
            _say_password(users.reset_password(user.id))
            return 0
        users.set_password(user.id, NewPassword(password=_typed_password()))
    say(f"{user.username} signs in with the new password from now on.")
    return 0


def deactivate(place: Place, options: Namespace) -> int:
    """End an account; what it worked on goes back to the queue."""
    with place.desk() as desk:
        users = desk.as_system().users
        user = users.named(options.username)
        if not user.active:
            raise Invalid(f"{user.username} is deactivated already.")
        users.deactivate(user.id, Leaving(version=user.version))
    say(f"{user.username} cannot sign in any more; open tickets are back in the queue.")
    return 0


def show(place: Place, _options: Namespace) -> int:
    """List the accounts by name."""
    with place.desk() as desk:
        for user in _everybody(desk.as_system()):
            state = "active" if user.active else "deactivated"
            sign_in = "" if user.password_set else "  (cannot sign in: no password)"
            say(f"{user.username}  {user.role}  {state}  {user.full_name}{sign_in}")
    return 0


def _everybody(desk: HelpDesk) -> Iterator[UserView]:
    cursor = None
    while True:
        page = desk.users.search(UserQuery(limit=_PAGE, cursor=cursor))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _say_password(made: OneTimePassword) -> None:
    say(f"{made.user.username}  {made.user.role}  {made.password}")
    say("The password is for one sign-in and is not shown again.")


def _typed_password() -> str:
    line = sys.stdin.readline(_LONGEST_LINE)
    return line.removesuffix("\n").removesuffix("\r")
