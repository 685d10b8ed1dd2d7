# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk user``: adds, lists and ends accounts for whoever owns the desk's file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, progress, say
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.users import (
    ImportOutcome,
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
    from helpdesk.client.user_imports import Imported

_PAGE = 200
_COMPLAINTS = 50
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
    """End an account; what it worked on goes to somebody, or back to the queue."""
    with place.desk() as desk:
        users = desk.as_system().users
        user = users.named(options.username)
        if not user.active:
            raise Invalid(f"{user.username} is deactivated already.")
        taker = users.named(options.tickets_to) if options.tickets_to else None
        leaving = Leaving(version=user.version, tickets_to=taker.id if taker else None)
        users.deactivate(user.id, leaving)
    where = f"with {taker.full_name}" if taker else "back in the queue"
    say(f"{user.username} cannot sign in any more; open tickets are {where}.")
    return 0


def bring_in(place: Place, options: Namespace) -> int:
    """Add or change the people of a CSV file, or only say what would become of them."""
    from helpdesk.client.user_imports import Wanted, guessed, import_people, read_people

    file = read_people(options.file.absolute(), options.encoding, options.delimiter)
    mapping = {**guessed(file.header), **dict(options.map)}
    trial = Wanted(trial=True, updates=options.update, admins=options.admins)
    with place.desk() as desk:
        system = desk.as_system()
        with progress("Reading", "lines") as report:
            tried = import_people(system, file, mapping, trial, progress=report)
        bad = _complain_of(tried)
        if options.dry_run or (bad and not options.skip_bad):
            _say_counts(tried, "would be ")
            if bad and not options.skip_bad:
                raise Invalid("Correct the file, or add --skip-bad to import the other lines.")
            return 0
        with progress("Importing", "people") as report:
            wanted = replace(trial, trial=False)
            done = import_people(system, file, mapping, wanted, progress=report)
    _hand_out(done, options.passwords)
    _say_counts(done, "")
    if done.error is not None:
        raise done.error
    return 0


def _complain_of(tried: Imported) -> int:
    bad = [line for line in tried.lines if line.outcome is ImportOutcome.REFUSED]
    for line in bad[:_COMPLAINTS]:
        complain(f"line {line.line:,}: {line.problem}")
    if len(bad) > _COMPLAINTS:
        complain(f"and {len(bad) - _COMPLAINTS:,} more bad lines")
    if tried.error is not None:
        raise tried.error
    return len(bad)


def _hand_out(done: Imported, target: Path | None) -> None:
    from helpdesk.client.user_imports import save_outcome

    if target is not None:
        save_outcome(done.lines, target)
        return
    for line in done.lines:
        if line.password:
            say(f"{line.username}  {line.password}")
    if done.has_passwords:
        say("Each password is for one sign-in and is not shown again.")


def _say_counts(done: Imported, modal: str) -> None:
    counts = done.counts
    told = [f"{counts[outcome]:,} {modal}{outcome.value}" for outcome in ImportOutcome]
    say(", ".join(told) + ".")


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
