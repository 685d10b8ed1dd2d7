# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a desk: the schema, the categories everybody begins with, and its first admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.database import schema
from helpdesk.database.db_manager import DbManager
from helpdesk.database.new_file import is_taken, new_database
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import User
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.repositories.facts import MADE_AT, FactRepository
from helpdesk.repositories.users import UserRepository
from helpdesk.services import rule_defaults, sla_defaults
from helpdesk.services.passwords import hash_password, one_time_password
from helpdesk.services.work import Transacted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
    if isinstance(database, SqliteManager):
        with new_database(database) as made:
            with made.writing() as session:
                _furnish(session, settings, now, password)
            if fill:
                fill(made)
    elif fill:
        return _copied(database, settings, now, fill)
    else:
        with schema.created(database) as session:
            _furnish(session, settings, now, password)
    return password


def has_desk(database: DbManager) -> bool:
    """Tell whether something lies where a file is wanted, or a desk in a database."""
    if isinstance(database, SqliteManager):
        return is_taken(database.path)
    return schema.has_desk(database)


def _copied(database: DbManager, settings: Settings, now: datetime, fill: Fill) -> str:
    """Fill a desk in a file, which is quick, and copy it in one transaction."""
    from helpdesk.database.copying import copy_desk

    schema.require_vacant(database)
    with TemporaryDirectory(prefix="helpdesk-") as folder:
        made = SqliteManager(Path(folder) / "helpdesk.db")
        try:
            password = make_desk(made, settings, now, fill)
            copy_desk(made, database)
        finally:
            made.dispose()
    return password


def _furnish(session: Session, settings: Settings, now: datetime, password: str) -> None:
    admin = User.new(FIRST_ADMIN, "Administrator", None, Role.ADMIN, now)
    admin.password_hash = hash_password(password, settings.security.bcrypt_cost)
    admin.password_one_time = True
    categories = CategoryRepository(session)
    for name in DEFAULT_CATEGORIES:
        categories.named(name)
    UserRepository(session).add(admin)
    FactRepository(session).set(MADE_AT, now.isoformat())
    desk = Transacted(session, SYSTEM)
    sla_defaults.begin(desk, settings, now)
    rule_defaults.seed(desk, now)
