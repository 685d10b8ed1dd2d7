# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema on a real PostgreSQL: what the models say, made once, all of it or nothing."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Text, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import String

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Conflict, DatabaseFault, Invalid, NewerSchema, NoDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.postgres_manager import PostgresManager
from helpdesk.models import Base, DeskFact
from tests.postgres import drop_database, fresh_database, name_of, server

NEXT = "9000"
LATER = f'''
"""What a later version of the program might do to a desk."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{SCHEMA_VERSION}"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("from_later", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.execute("DROP INDEX ix_event_ticket_id")
    BREAK_HERE
'''


@pytest.fixture
def database(empty_database: str) -> Iterator[PostgresManager]:
    manager = database_at(empty_database, busy_timeout_seconds=1)
    assert isinstance(manager, PostgresManager)
    yield manager
    manager.dispose()


@pytest.fixture
def desk(database: PostgresManager) -> PostgresManager:
    schema.create(database)
    return database


def relations(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
        return {row[0] for row in rows}


def is_ours(_thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    return not (kind == "table" and name in {"ticket_search", "article_search"})


# --- what it is -------------------------------------------------------------------------------


def test_the_migrations_make_exactly_what_the_models_say(desk: PostgresManager):
    with desk.reading() as session:
        context = MigrationContext.configure(
            session.connection(),
            opts={"compare_type": True, "compare_server_default": True, "include_object": is_ours},
        )
        assert compare_metadata(context, Base.metadata) == []


def test_columns_and_their_order_are_those_of_the_models(desk: PostgresManager):
    with desk.reading() as session:
        found = inspect(session.connection())
        for table in Base.metadata.tables.values():
            made = [(c["name"], c["nullable"]) for c in found.get_columns(table.name)]
            assert made == [(column.name, column.nullable) for column in table.columns]


def test_keys_have_the_names_of_the_models(desk: PostgresManager):
    with desk.reading() as session:
        found = inspect(session.connection())
        for table in Base.metadata.tables.values():
            assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
            keys = {key["name"] for key in found.get_foreign_keys(table.name)}
            assert keys == {key.constraint.name for key in table.foreign_keys if key.constraint}


def test_all_text_is_ordered_as_in_a_file_and_every_number_has_64_bits(desk: PostgresManager):
    with desk.reading() as session:
        columns = session.execute(
            text(
                "SELECT c.relname, a.attname, a.atttypid::regtype::text, co.collname"
                " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                " LEFT JOIN pg_collation co ON co.oid = a.attcollation"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
                " AND a.attnum > 0 AND c.relname <> 'alembic_version'"
            )
        ).all()
    kinds = {kind for _, _, kind, _ in columns}
    assert kinds == {
        "bigint",
        "smallint",
        "text",
        "character varying",
        "boolean",
        "tsvector",
        "bytea",
    }
    small = {(table, name) for table, name, kind, _ in columns if kind == "smallint"}
    assert small == {
        ("recurrence", "priority"),
        ("ticket", "status"),
        ("ticket", "priority"),
        ("ticket_figure", "status"),
        ("ticket_figure", "priority"),
        ("ticket_merge", "status"),
        ("ticket_template", "priority"),
        ("triage_ticket", "priority"),
    }
    collations = {
        collation for _, _, kind, collation in columns if kind in ("text", "character varying")
    }
    assert collations == {"C"}


def test_the_models_would_make_the_same_text_columns(desk: PostgresManager):
    with desk.reading() as session:
        dialect = session.connection().dialect
    for table in Base.metadata.tables.values():
        for column in table.columns:
            kind = column.type.dialect_impl(dialect)
            if isinstance(kind, String | Text):
                assert kind.collation == "C", column


def test_a_search_row_goes_with_its_ticket(desk: PostgresManager):
    with desk.writing() as session:
        for statement in (
            "INSERT INTO \"user\" VALUES (1, 'a', 'a', 'A', 'a', NULL, 'user', true, NULL, false,"
            " 0, NULL, 1)",
            "INSERT INTO ticket VALUES (1, 1, 1, 1, NULL, 1, NULL, 0, 0, 0, NULL, 0, NULL, NULL,"
            " 0, 0, 'desktop', 's', 'd')",
            "INSERT INTO ticket_search VALUES (1, 'word'::tsvector, '', '')",
            "DELETE FROM ticket",
        ):
            session.execute(text(statement))
        assert session.scalar(text("SELECT count(*) FROM ticket_search")) == 0


# --- how it is made ---------------------------------------------------------------------------


def test_a_made_desk_is_sound_and_at_the_newest_version(desk: PostgresManager):
    schema.check(desk)
    assert schema.version_of(desk) == SCHEMA_VERSION


def test_an_empty_database_holds_no_desk(database: PostgresManager):
    with pytest.raises(NoDesk, match=r"no desk in the database test_\d+ on 127\.0\.0\.1; make one"):
        schema.check(database)


def test_a_desk_is_made_only_once(desk: PostgresManager):
    with desk.writing() as session:
        session.add(DeskFact(name="a", value="b"))
    with pytest.raises(Conflict, match="already a desk in the database"):
        schema.create(desk)
    with desk.reading() as session:
        assert session.get(DeskFact, "a") is not None


@pytest.mark.parametrize(
    "something",
    ["CREATE TABLE recipes (name text)", "CREATE VIEW ours AS SELECT 1", "CREATE SEQUENCE bells"],
)
def test_what_lies_there_already_stays_alone(
    empty_database: str, database: PostgresManager, something: str
):
    with psycopg.connect(empty_database) as connection:
        connection.execute(something)
    before = relations(empty_database)
    with pytest.raises(Conflict, match="Something else lies in the database"):
        schema.create(database)
    with pytest.raises(NoDesk):
        schema.check(database)
    assert relations(empty_database) == before


def test_the_versions_of_another_program_are_no_desk(
    empty_database: str, database: PostgresManager
):
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('ae1027a6acf')")
    with pytest.raises(NoDesk):
        schema.check(database)


def test_what_fails_in_the_middle_leaves_nothing(empty_database: str, database: PostgresManager):
    def fail() -> None:
        with schema.created(database) as session:
            session.add(DeskFact(name="a", value="b"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert relations(empty_database) == set()
    schema.create(database)
    schema.check(database)


def test_a_database_that_cannot_hold_every_letter_is_refused():
    with server().admin() as connection:
        connection.execute(
            "CREATE DATABASE narrow OWNER helpdesk TEMPLATE template0 ENCODING 'LATIN1'"
            " LOCALE_PROVIDER libc LOCALE 'C'"
        )
    url = server().url("narrow")
    database = database_at(url)
    with pytest.raises(Invalid, match=r"kept as LATIN1.*createdb -E UTF8"):
        schema.create(database)
    assert relations(url) == set()
    database.dispose()
    drop_database(url)


def test_an_account_that_may_make_no_tables_is_told(empty_database: str, database: PostgresManager):
    with server().admin(name_of(empty_database)) as connection:
        connection.execute("ALTER SCHEMA public OWNER TO postgres")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC, helpdesk")
    with pytest.raises(DatabaseFault, match="lacks a right"):
        schema.create(database)


# --- how it is upgraded -----------------------------------------------------------------------


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes this program one of a later version, with a fault or none."""

    def become(fault: str) -> None:
        scripts = tmp_path / "later"
        shutil.copytree(schema.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        script = LATER.replace("BREAK_HERE", fault)
        (scripts / "versions" / "9000_tags.py").write_text(script)
        monkeypatch.setattr(schema, "SCHEMA_VERSION", NEXT)
        monkeypatch.setattr(schema, "migrate", functools.partial(schema.migrate, scripts=scripts))

    return become


@pytest.fixture
def settings(tmp_path: Path, empty_database: str) -> Settings:
    found = settings_module.load(DataFolder(tmp_path))
    there = found.database.model_copy(update={"url": empty_database})
    return found.model_copy(update={"database": there})


def test_an_older_desk_is_upgraded_by_whoever_runs_it_and_by_no_window(
    desk: PostgresManager, settings: Settings, later: Callable[[str], None], tmp_path: Path
):
    later("pass")
    with pytest.raises(schema.OlderSchema, match="pg_dump, then upgrade it with"):
        EmbeddedDesk.open(DataFolder(tmp_path), settings)
    assert schema.version_of(desk) == SCHEMA_VERSION
    backups = tmp_path / "backups"
    assert schema.upgrade(desk, backups) is None
    assert not backups.exists()
    assert schema.version_of(desk) == NEXT
    assert schema.upgrade(desk, backups) is None


def test_a_migration_that_fails_leaves_the_old_desk(
    empty_database: str, desk: PostgresManager, later: Callable[[str], None], tmp_path: Path
):
    before = relations(empty_database)
    later('op.execute("UPDATE nothing_there SET x = 1")')
    with pytest.raises((NoDesk, ProgrammingError)):
        schema.upgrade(desk, tmp_path)
    assert relations(empty_database) == before
    assert schema.version_of(desk) == SCHEMA_VERSION


def test_this_version_refuses_what_a_later_one_has_upgraded(
    desk: PostgresManager, later: Callable[[str], None], tmp_path: Path, monkeypatch
):
    later("pass")
    monkeypatch.setattr(schema, "__version__", "7.8.9")
    schema.upgrade(desk, tmp_path)
    monkeypatch.undo()
    for look in (schema.check, lambda database: schema.upgrade(database, tmp_path)):
        with pytest.raises(NewerSchema, match=rf"Help Desk 7\.8\.9 \(schema {NEXT}"):
            look(desk)


# --- opening it -------------------------------------------------------------------------------


def test_the_environment_names_the_database(
    desk: PostgresManager, tmp_path: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HELPDESK_DATABASE_URL", empty_database)
    folder = DataFolder(tmp_path, named=False)
    settings = settings_module.load(folder)
    found = database_of(folder, settings)
    assert isinstance(found, PostgresManager)
    assert not found.read_only
    assert database_of(folder, settings, read_only=True).read_only
    opened = EmbeddedDesk.open(folder, settings)
    assert opened.as_system().desks.info().schema_version == SCHEMA_VERSION
    opened.close()
    assert list(tmp_path.iterdir()) == []


def test_settings_keep_the_url_to_themselves(settings: Settings, empty_database: str):
    assert settings.database.url == empty_database
    assert "p%40ss" not in repr(settings)
    assert "p%40ss" not in str(settings)


def test_two_who_make_a_desk_at_once_make_one(empty_database: str):
    from concurrent.futures import ThreadPoolExecutor

    def make(number: int) -> str:
        database: DbManager = database_at(
            f"{empty_database}?application_name=maker{number}", busy_timeout_seconds=20
        )
        try:
            schema.create(database)
        except Conflict:
            return "too late"
        finally:
            database.dispose()
        return "made"

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(make, range(3))) == ["made", "too late", "too late"]


def test_a_database_made_from_another_is_the_same_desk(desk: PostgresManager, empty_database: str):
    desk.dispose()
    url = fresh_database(empty_database)
    copy = database_at(url)
    schema.check(copy)
    copy.dispose()
    drop_database(url)
