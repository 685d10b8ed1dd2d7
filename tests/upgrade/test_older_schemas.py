# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk of an older schema, with work in it, becomes one of the present schema."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import ArticleLink, ArticleQuery, NewArticle
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.jobs.figures import count_tickets
from helpdesk.models import Base
from helpdesk.models.sign_in_failure import name_digest
from helpdesk.services.passwords import hash_password
from tests.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
FIRST, SECOND, THIRD = "0001", "0002", "0003"
MADE = {
    FIRST: "de180148523518ffcecad4a45656a6c59c6542a2bc3282eda1ece78a5ba67547",
    SECOND: "03c80da8f31c9b7be5dc862c4882200279228f839ceeb588624e1cdcd5021b5c",
    THIRD: "01d03295fad28282180c2974508c9b124b9272fbdd9ab6a50a664961f8d2435d",
}
"""Of what SQLite keeps of every table and index in a desk that each version has made."""

ROWS = (
    "INSERT INTO desk_fact VALUES ('made_at', '2026-11-23T09:00:00+00:00')",
    "INSERT INTO category VALUES (1, 'Hardware', 'hardware', true)",
    "INSERT INTO \"user\" VALUES (1, 'alice', 'alice', 'Alice Moreau', 'alice moreau', NULL,"
    " 'user', true, :hash, false, 1000000, NULL, 1)",
    "INSERT INTO ticket VALUES (1, 2, 2, 3, 1, 1, NULL, 1000000, 2000000, 3000000, NULL, 4000000,"
    " NULL, NULL, 1, 0, 'desktop', 'From before', 'The printer jams.')",
    "INSERT INTO comment VALUES (1, 1, 1, false, false, 2000000, 'Still so.')",
    "INSERT INTO event VALUES (99, 1, 1, 1000000, 'created', NULL, NULL, NULL)",
    "INSERT INTO \"user\" VALUES (2, 'bob', 'bob', 'Bob Keller', 'bob keller', NULL,"
    " 'technician', true, :hash, false, 1000000, NULL, 1)",
)
GUESSES = "INSERT INTO sign_in_failure VALUES ('alice', 3, 1000000), ('nobody', 7, 2000000)"
TEAM = (
    "INSERT INTO session VALUES (99, 'token', 2, 1000000, 1000000, 2000000)",
    "INSERT INTO api_key VALUES (1, 'ci', 'key', 2, 1, 'tickets:read', 1000000, NULL, NULL, NULL)",
    "INSERT INTO idempotency VALUES (1, 'key', 'Tickets.open', 'r', 'user', NULL, 1000000)",
    "INSERT INTO desk_change VALUES (99, 'user', 1, 1000000)",
    "INSERT INTO job VALUES ('sessions', 1000000, NULL, 0, NULL, 1000000)",
)
ROWS_SINCE = {
    FIRST: (GUESSES,),
    SECOND: (GUESSES, *TEAM),
    THIRD: (
        "INSERT INTO sign_in_failure VALUES ('alice', '', 3, 1000000), ('nobody', '', 7, 2000000)",
        *TEAM,
        "INSERT INTO article_miss VALUES ('toner', 2, 1000000)",
    ),
}
"""What came with each schema."""
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
TEAM_TABLES = ("session", "api_key", "idempotency", "desk_change", "job")
COUNTED_SINCE = {
    FIRST: COUNTED,
    SECOND: (*COUNTED, *TEAM_TABLES),
    THIRD: (*COUNTED, *TEAM_TABLES, "article_miss"),
}
FACTS_ADDED = {
    # Which feed it is, and who upgraded it.
    FIRST: 2,
    SECOND: 1,
    THIRD: 1,
}


def make(database: DbManager, version: str) -> None:
    """Make a desk as an older version did, and work in it."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for statement in (*ROWS, *ROWS_SINCE[version], INDEXED[database.dialect]):
            values = {"hash": hash_password(PASSWORD, 4)} if ":hash" in statement else {}
            connection.execute(text(statement), values)
    database.dispose()


@pytest.fixture(params=[FIRST, SECOND, THIRD])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, version: str, tmp_path: Path
) -> tuple[DataFolder, Settings]:
    """Return where a desk of an older schema lies."""
    folder = DataFolder(tmp_path / "desk").ensure()
    settings = settings_module.load(folder)
    if request.param == "sqlite":
        folder.database.touch()
        url = f"sqlite:///{folder.database}"
    else:
        url = request.getfixturevalue("empty_database")
    make(database_at(url), version)
    there = settings.database.model_copy(update={"url": url})
    return folder, settings.model_copy(update={"database": there})


@pytest.fixture
def older(place: tuple[DataFolder, Settings]) -> Iterator[DbManager]:
    database = database_at(place[1].database.url)
    yield database
    database.dispose()


def counts(database: DbManager, version: str) -> dict[str, int]:
    with database.reading() as session:
        return {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in COUNTED_SINCE[version]
        }


def signed_in(desk: EmbeddedDesk, username: str) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def is_ours(_thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    return not (kind == "table" and (name or "").startswith(("ticket_search", "article_search")))


def test_a_desk_of_an_older_schema_is_upgraded_with_all_that_is_in_it(
    place: tuple[DataFolder, Settings], older: DbManager, version: str
):
    folder, settings = place
    before = counts(older, version)
    assert schema.version_of(older) == version
    schema.upgrade(older, folder.backups)
    assert schema.version_of(older) == SCHEMA_VERSION
    facts = {"desk_fact": before["desk_fact"] + FACTS_ADDED[version]}
    assert counts(older, version) == before | facts
    with older.reading() as session:
        guesses = session.execute(text("SELECT * FROM sign_in_failure ORDER BY failures")).all()
    # Wherever they came from: they count for all strangers together. No name stands there any more.
    assert guesses == [
        (name_digest("alice"), "", 3, 1000000), (name_digest("nobody"), "", 7, 2000000),
    ]  # fmt: skip
    desk = EmbeddedDesk.open(folder, settings)
    (found,) = signed_in(desk, "alice").tickets.search(TicketQuery(text="printer")).items
    assert (found.subject, found.comments) == ("From before", 1)
    assert count_tickets(desk, datetime.now(UTC)) == 1
    desk.close()
    with older.reading() as session:
        counted = text("SELECT day, created, now_open FROM daily_figure WHERE slice = 1")
        assert session.execute(counted).all() == [(0, 1, 1)]
    assert examine(older).findings == ()


def test_articles_are_written_and_found_in_an_upgraded_desk(
    place: tuple[DataFolder, Settings], older: DbManager
):
    folder, settings = place
    schema.upgrade(older, folder.backups)
    desk = EmbeddedDesk.open(folder, settings)
    bob = signed_in(desk, "bob")
    assert bob.articles.search(ArticleQuery()).items == ()
    article = bob.articles.create(NewArticle(title="Printers that jam", body="Open the *lid*."))
    assert [row.id for row in bob.articles.search(ArticleQuery(text="lid")).items] == [article.id]
    assert [row.id for row in bob.knowledge.link(1, ArticleLink(article_id=article.id))] == [1]
    desk.close()
    assert examine(older).findings == ()


def test_an_upgraded_desk_has_the_tables_of_a_new_one(
    place: tuple[DataFolder, Settings], older: DbManager
):
    schema.upgrade(older, place[0].backups)
    with older.reading() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "include_object": is_ours}
        )
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_upgraded_desk_finds_as_a_new_one_does(
    place: tuple[DataFolder, Settings], older: DbManager, tmp_path: Path
):
    schema.upgrade(older, place[0].backups)
    new = SqliteManager(tmp_path / "new.db")
    schema.create(new)
    kept = text("SELECT sql FROM sqlite_master WHERE name IN ('ticket_search', 'article_search')")
    with older.reading() as upgraded, new.reading() as made:
        assert sorted(upgraded.scalars(kept)) == sorted(made.scalars(kept))
        assert any("prefix = '1 2 3 4 5'" in each for each in made.scalars(kept))
        assert (
            list(
                upgraded.scalars(text("SELECT name FROM sqlite_master WHERE name LIKE '%before%'"))
            )
            == []
        )
    new.dispose()


FIELDS = (
    "INSERT INTO custom_field VALUES (1, 'site', 'Site', '', 'text', '[]', '[]', false, false, 1,"
    " true, 1), (2, 'boss', 'Boss', '', 'user', '[]', '[]', false, false, 2, true, 1),"
    " (3, 'cost', 'Cost', '', 'number', '[]', '[]', false, true, 3, true, 1)",
    "INSERT INTO ticket_field VALUES (1, 1, 'Oslo'), (1, 2, '2'), (1, 3, '12.5')",
)


@pytest.mark.parametrize("version", [THIRD])
def test_values_of_own_fields_are_found_after_an_upgrade(
    place: tuple[DataFolder, Settings], older: DbManager
):
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with older.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        for statement in FIELDS:
            connection.execute(text(statement))
    schema.upgrade(older, place[0].backups)
    desk = EmbeddedDesk.open(*place)
    found = {}
    for name in ("alice", "bob"):
        person = desk.facade()
        person.sessions.sign_in(NewSession(username=name, password=PASSWORD))
        found[name] = [
            word
            for word in ("oslo", "keller", "12.5")
            if person.tickets.search(TicketQuery(text=word)).items
        ]
    desk.close()
    assert found == {"alice": ["oslo", "keller"], "bob": ["oslo", "keller", "12.5"]}
    assert not [each for each in examine(older).findings if "search" in each]


@pytest.mark.parametrize("made", MADE)
def test_an_old_migration_still_makes_what_that_version_made(tmp_path: Path, made: str):
    """Desks that exist must not differ from new ones by a later edit of an old migration."""
    path = tmp_path / "old.db"
    path.touch()
    make(SqliteManager(path), made)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " WHERE name NOT LIKE 'ticket_search_%' AND name NOT LIKE 'article_search_%'"
            " ORDER BY name"
        ).fetchall()
    assert hashlib.sha256(repr(found).encode()).hexdigest() == MADE[made]


# --- a kill -----------------------------------------------------------------------------------

STEPS = {
    FIRST: ("0002_team_mode.py", "_jobs()"),
    SECOND: ("0003_knowledge_base.py", "_words()"),
    THIRD: ("0004_triage.py", "_measured()"),
}
"""The migration that follows, and what is left to do of it when the power goes."""
ON_SQLITE = {FIRST: "_jobs()", SECOND: "op.execute(FULLTEXT)", THIRD: "_measured()"}

MIGRATE = """
import sys
from pathlib import Path
from helpdesk.database import schema
from helpdesk.database.db_manager import database_at
schema.migrate(database_at(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
def test_a_kill_in_the_middle_leaves_the_older_desk(
    place: tuple[DataFolder, Settings], older: DbManager, version: str, tmp_path: Path
):
    folder, settings = place
    before = counts(older, version), tables(older)
    older.dispose()
    scripts = tmp_path / "scripts"
    shutil.copytree(schema.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    name, step = STEPS[version]
    step = ON_SQLITE[version] if older.dialect == "sqlite" else step
    script = scripts / "versions" / name
    kill = f"__import__('os').kill(__import__('os').getpid(), 9); {step}"
    sound = script.read_text()
    assert sound.count(f"    {step}\n") == 1
    script.write_text(sound.replace(f"    {step}\n", f"    {kill}\n"))
    command = [sys.executable, "-c", MIGRATE, settings.database.url, str(scripts)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert schema.version_of(older) == version
    assert (counts(older, version), tables(older)) == before
    schema.upgrade(older, folder.backups)
    assert schema.version_of(older) == SCHEMA_VERSION
    assert examine(older).findings == ()


def tables(database: DbManager) -> set[str]:
    with database.reading() as session:
        return set(inspect(session.connection()).get_table_names())
