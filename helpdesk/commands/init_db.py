# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk init-db``: makes a desk, with demo people, tickets and articles where asked."""

from __future__ import annotations

import os
from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import progress, say
from helpdesk.core.clock import system_clock
from helpdesk.services.demo_desk import DEMO_TICKETS, Scale, fill_demo_desk
from helpdesk.services.new_desk import FIRST_ADMIN, has_desk, make_desk

if TYPE_CHECKING:
    from helpdesk.core.schemas.desk import DemoAccount
    from helpdesk.core.settings import Settings
    from helpdesk.database.db_manager import DbManager

DEMO_PASSWORD_VARIABLE = "HELPDESK_DEMO_PASSWORD"  # noqa: S105 - the name of a variable


def run(place: Place, options: Namespace) -> int:
    """Make the desk and print its accounts."""
    with place.database(read_only=False) as database:
        if options.if_missing and has_desk(database):
            say(f"There is already a desk {database.location}; nothing was changed.")
            return 0
        make = _make_demo if options.demo or options.tickets is not None else _make_empty
        accounts, admin_password = make(database, place.settings, options)
    say(f"The desk is ready {database.location}.")
    for account in accounts:
        say(f"{account.username}  {account.role}  {account.password}")
    say(f"Sign in as {FIRST_ADMIN} with {admin_password}; it works once and is not shown again.")
    return 0


def _make_empty(
    database: DbManager, settings: Settings, _options: Namespace
) -> tuple[tuple[DemoAccount, ...], str]:
    return (), make_desk(database, settings, system_clock())


def _make_demo(
    database: DbManager, settings: Settings, options: Namespace
) -> tuple[tuple[DemoAccount, ...], str]:
    accounts: list[DemoAccount] = []
    wanted = DEMO_TICKETS if options.tickets is None else options.tickets
    fill = partial(
        fill_demo_desk,
        settings=settings,
        scale=Scale.of(wanted),
        now=system_clock(),
        seed=options.seed,
        password=os.environ.get(DEMO_PASSWORD_VARIABLE) or None,
    )
    with progress("Making tickets", "tickets") as report:
        admin_password = make_desk(
            database,
            settings,
            system_clock(),
            lambda made: accounts.extend(fill(made, progress=report)),
        )
    return tuple(accounts), admin_password
