# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema: the migrations make what the models say, and a desk is made once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import UniqueConstraint

from helpdesk.core.errors import Conflict, Damaged, NoDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.backup import problems_of
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Base
from tests.conftest import SignIn


@pytest.fixture
def fresh(tmp_path: Path) -> SqliteManager:
    return SqliteManager(tmp_path / "new" / "helpdesk.db")


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def is_ours(_thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    return not (kind == "table" and (name or "").startswith(("ticket_search", "article_search")))


def test_the_migrations_make_exactly_what_the_models_say(fresh: SqliteManager):
    schema.create(fresh)
    with fresh.reading() as session:
        context = MigrationContext.configure(
            session.connection(),
            opts={"compare_type": True, "compare_server_default": True, "include_object": is_ours},
        )
        assert compare_metadata(context, Base.metadata) == []
    fresh.dispose()


def test_constraints_and_their_names_are_those_of_the_models(fresh: SqliteManager):
    """What comparing tables does not look at."""
    schema.create(fresh)
    with closing(fresh.connect()) as connection:
        for table in Base.metadata.tables.values():
            columns = connection.execute(f'PRAGMA table_info("{table.name}")').fetchall()
            made = {name: (bool(notnull), bool(key)) for _, name, _, notnull, _, key in columns}
            assert made == {
                column.name: (not column.nullable, column.primary_key)
                if not column.primary_key
                else (made[column.name][0], True)
                for column in table.columns
            }
            keys = connection.execute(f'PRAGMA foreign_key_list("{table.name}")').fetchall()
            assert {(row[3], row[2], row[4]) for row in keys} == {
                (key.parent.name, key.column.table.name, key.column.name)
                for key in table.foreign_keys
            }
            uniques = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
            for constraint in uniques:
                found = connection.execute(
                    "SELECT 1 FROM sqlite_master WHERE sql LIKE ?", (f"%{constraint.name}%",)
                )
                assert found.fetchone(), constraint.name
            (made_by,) = connection.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
            ).fetchone()
            numbered_once = bool(table.dialect_options["sqlite"]["autoincrement"])
            assert ("AUTOINCREMENT" in made_by) is numbered_once, table.name
    fresh.dispose()


def test_the_order_of_columns_is_that_of_the_models(fresh: SqliteManager):
    """A row written by position must land where the models read it."""
    schema.create(fresh)
    with closing(fresh.connect()) as connection:
        for table in Base.metadata.tables.values():
            columns = connection.execute(f'PRAGMA table_info("{table.name}")').fetchall()
            assert [name for _, name, *_ in columns] == [column.name for column in table.columns]
    fresh.dispose()


def test_the_version_the_program_names_is_the_newest_migration():
    assert scripts().get_heads() == [SCHEMA_VERSION]
    revisions = [script.revision for script in scripts().walk_revisions()]
    assert sorted(revisions, reverse=True) == revisions


def test_a_made_desk_is_sound_and_at_the_newest_version(fresh: SqliteManager):
    schema.create(fresh)
    schema.check(fresh)
    assert schema.version_of(fresh) == SCHEMA_VERSION
    with closing(fresh.connect()) as connection:
        assert problems_of(connection) == []
    fresh.dispose()


def test_migrating_again_changes_nothing(folder: DataFolder):
    database = SqliteManager(folder.database)
    with closing(database.connect()) as connection:
        before = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
        schema.migrate(database)
        after = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    assert after == before
    assert schema.upgrade(database, folder.backups) is None
    assert not folder.backups.exists()
    database.dispose()


@pytest.mark.parametrize(
    "content", [b"x", b"Dear help desk", b"SQLite format 3\x00" + b"\xff" * 84]
)
def test_what_lies_there_already_is_never_overwritten(tmp_path: Path, content: bytes):
    path = tmp_path / "helpdesk.db"
    path.write_bytes(content)
    with pytest.raises(Conflict, match="nothing was changed"):
        schema.create(SqliteManager(path))
    assert path.read_bytes() == content


def test_a_desk_is_made_only_once(folder: DataFolder, embedded, sign_in: SignIn):
    sign_in("alice").tickets.open(NewTicket(subject="x"))
    with pytest.raises(Conflict, match="already a desk"):
        schema.create(SqliteManager(folder.database))
    assert sign_in("alice").tickets.view(1).subject == "x"


def test_after_a_failed_attempt_a_desk_can_be_made(
    fresh: SqliteManager, monkeypatch: pytest.MonkeyPatch
):
    """The file is there by then, as an SQLite database without a table."""

    def fail(database: SqliteManager, *_arguments: object) -> None:
        with database.writing() as session:
            session.connection().exec_driver_sql("CREATE TABLE half (x)")
            raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrate", fail)
        with pytest.raises(RuntimeError):
            schema.create(fresh)
    fresh.dispose()
    assert fresh.path.stat().st_size > 0
    with pytest.raises(NoDesk):
        schema.check(fresh)
    schema.create(fresh)
    schema.check(fresh)
    fresh.dispose()


def test_a_file_that_a_crash_left_short_is_completed_from_its_log(
    folder: DataFolder, tmp_path: Path
):
    """While the log is written into the file, the header may promise more than is there yet."""
    database = SqliteManager(folder.database)
    with database.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE filler (x)")
        for _ in range(50):
            session.connection().exec_driver_sql("INSERT INTO filler VALUES (zeroblob(4000))")
    crashed = tmp_path / "crashed.db"
    log = folder.path / "helpdesk.db-wal"
    crashed.with_name("crashed.db-wal").write_bytes(log.read_bytes())
    page = 4096
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = folder.database.read_bytes()
    crashed.write_bytes(whole[: len(whole) - 20 * page])
    recovered = SqliteManager(crashed)
    schema.check(recovered)
    with closing(recovered.connect()) as connection:
        assert problems_of(connection) == []
        assert connection.execute("SELECT count(*) FROM filler").fetchone() == (50,)
    crashed.with_name("crashed.db-wal").unlink(missing_ok=True)
    crashed.write_bytes(whole[: len(whole) - 20 * page])
    with pytest.raises(Damaged):
        schema.check(SqliteManager(crashed))
    database.dispose()
    recovered.dispose()
