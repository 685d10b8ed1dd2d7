# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a desk: the schema, the categories everybody begins with, and its first admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager
from helpdesk.database.new_file import new_database
from helpdesk.models import User
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.repositories.facts import MADE_AT, FactRepository
from helpdesk.repositories.users import UserRepository
from helpdesk.services.passwords import hash_password, one_time_password

FIRST_ADMIN = "admin"

Fill = Callable[[DbManager], object]
"""Puts more into a desk before anybody sees it."""


def make_desk(
    database: DbManager, settings: Settings, now: datetime, fill: Fill | None = None
) -> str:
    """Make a desk and return the one-time password of its admin, which is kept nowhere.

    Raises ``Conflict`` when something lies there already. Whatever is raised, also by ``fill``,
    no desk is left behind.
    """
    password = one_time_password()
    with new_database(database) as made:
        _furnish(made, settings, now, password)
        if fill:
            fill(made)
    return password


def _furnish(database: DbManager, settings: Settings, now: datetime, password: str) -> None:
    admin = User.new(FIRST_ADMIN, "Administrator", None, Role.ADMIN, now)
    admin.password_hash = hash_password(password, settings.security.bcrypt_cost)
    admin.password_one_time = True
    with database.writing() as session:
        categories = CategoryRepository(session)
        for name in DEFAULT_CATEGORIES:
            categories.named(name)
        UserRepository(session).add(admin)
        FactRepository(session).set(MADE_AT, now.isoformat())
