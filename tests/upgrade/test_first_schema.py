# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk of the first schema, with work in it, becomes one of the present schema."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Base
from helpdesk.services.passwords import hash_password
from tests.conftest import PASSWORD

FIRST = "0001"
MADE_BY_THE_FIRST_VERSION = "de180148523518ffcecad4a45656a6c59c6542a2bc3282eda1ece78a5ba67547"
"""Of what SQLite keeps of every table and index in a desk that the first version has made."""

ROWS = (
    "INSERT INTO desk_fact VALUES ('made_at', '2026-11-23T09:00:00+00:00')",
    "INSERT INTO category VALUES (1, 'Hardware', 'hardware', true)",
    "INSERT INTO \"user\" VALUES (1, 'alice', 'alice', 'Alice Moreau', 'alice moreau', NULL,"
    " 'user', true, :hash, false, 1000000, NULL, 1)",
    "INSERT INTO ticket VALUES (1, 2, 2, 3, 1, 1, NULL, 1000000, 2000000, 3000000, NULL, 4000000,"
    " NULL, NULL, 1, 0, 'desktop', 'From before', 'The printer jams.')",
    "INSERT INTO comment VALUES (1, 1, 1, false, false, 2000000, 'Still so.')",
    "INSERT INTO event VALUES (1, 1, 1, 1000000, 'created', NULL, NULL, NULL)",
)
INDEXED = {
    "sqlite": (
        "INSERT INTO ticket_search (rowid, subject, description, comments, notes, requester)"
        " VALUES (1, 'From before', 'The printer jams.', char(10) || 'Still so.', '', 'requester1')"
    ),
    "postgresql": (
        "INSERT INTO ticket_search VALUES (1, array_to_tsvector(ARRAY['@1', 'from', 'before',"
        " 'the', 'printer', 'jams', 'still', 'so']), chr(10) || ' from before ' || chr(10) ||"
        " ' the printer jams ' || chr(10) || ' still so ', chr(10) || ' ')"
    ),
}
COUNTED = ("desk_fact", "category", '"user"', "ticket", "comment", "event", "ticket_search")


def make_first(database: DbManager) -> None:
    """Make a desk as the first version did, and work in it."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
        for statement in (*ROWS, INDEXED[database.dialect]):
            values = {"hash": hash_password(PASSWORD, 4)} if ":hash" in statement else {}
            connection.execute(text(statement), values)
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[DataFolder, Settings]:
    """Return where a desk of the first schema lies."""
    folder = DataFolder(tmp_path / "desk").ensure()
    settings = settings_module.load(folder)
    if request.param == "sqlite":
        folder.database.touch()
        make_first(SqliteManager(folder.database))
        return folder, settings
    url = request.getfixturevalue("empty_database")
    make_first(database_at(url))
    there = settings.database.model_copy(update={"url": url})
    return folder, settings.model_copy(update={"database": there})


@pytest.fixture
def first(place: tuple[DataFolder, Settings]) -> Iterator[DbManager]:
    folder, settings = place
    database = database_at(settings.database.url or f"sqlite:///{folder.database}")
    yield database
    database.dispose()


def counts(database: DbManager) -> dict[str, int]:
    with database.reading() as session:
        return {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in COUNTED
        }


def is_ours(_thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    return not (kind == "table" and (name or "").startswith("ticket_search"))


def test_a_desk_of_the_first_schema_is_upgraded_with_all_that_is_in_it(
    place: tuple[DataFolder, Settings], first: DbManager
):
    folder, settings = place
    before = counts(first)
    assert schema.version_of(first) == FIRST
    schema.upgrade(first, folder.backups)
    assert schema.version_of(first) == SCHEMA_VERSION
    facts = {"desk_fact": before["desk_fact"] + 2}  # which feed it is, and who upgraded it
    assert counts(first) == before | facts
    desk = EmbeddedDesk.open(folder, settings)
    alice = desk.facade()
    alice.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    (found,) = alice.tickets.search(TicketQuery(text="printer")).items
    assert (found.subject, found.comments) == ("From before", 1)
    desk.close()
    assert examine(first).findings == ()


def test_an_upgraded_desk_has_the_tables_of_a_new_one(
    place: tuple[DataFolder, Settings], first: DbManager
):
    schema.upgrade(first, place[0].backups)
    with first.reading() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "include_object": is_ours}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_first_migration_still_makes_what_the_first_version_made(tmp_path: Path):
    """Desks that exist must not differ from new ones by a later edit of an old migration."""
    path = tmp_path / "first.db"
    path.touch()
    make_first(SqliteManager(path))
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " WHERE name NOT LIKE 'ticket_search_%' ORDER BY name"
        ).fetchall()
    assert hashlib.sha256(repr(made).encode()).hexdigest() == MADE_BY_THE_FIRST_VERSION
