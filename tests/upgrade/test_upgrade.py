# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrading a desk: a backup first, then all of it or nothing, whatever happens in the middle."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Busy, Damaged, DiskFull, NewerSchema, ReadOnly
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.settings import Settings
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.backup import problems_of
from helpdesk.database.sqlite_manager import SqliteManager
from tests.contract.desks import dump, person

ROOT = Path(__file__).parents[2]
NEXT = "9000"

# ruff: noqa: S608 - the SQL is a migration's
MIGRATION = f'''
"""What a later version of the program might do to a desk."""

import os
import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{SCHEMA_VERSION}"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("badge", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("badge", sa.Column("name", sa.Text()))
    op.add_column("ticket", sa.Column("team", sa.Text()))
    op.execute("UPDATE ticket SET team = 'first', version = version + 1")
    op.execute("DROP INDEX ix_event_ticket_id")
    BREAK_HERE
    op.execute("INSERT INTO badge (name) SELECT subject FROM ticket")
'''
FAULTS = {
    "nothing": "pass",
    "a bug": "raise RuntimeError('a bug in the migration')",
    "wrong SQL": "op.execute('UPDATE nothing SET x = 1')",
    "no room": (
        "error = sqlite3.OperationalError('full');"
        " error.sqlite_errorcode = sqlite3.SQLITE_FULL;"
        " raise error"
    ),
    "a kill": "os.kill(os.getpid(), 9)",
}


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that makes this program one of a later version, with a fault or none."""

    def become(fault: str) -> Path:
        scripts = tmp_path / "later 100% migrations"
        shutil.copytree(schema.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        script = MIGRATION.replace("BREAK_HERE", FAULTS[fault])
        (scripts / "versions" / "9000_badges.py").write_text(script)
        monkeypatch.setattr(schema, "SCHEMA_VERSION", NEXT)
        monkeypatch.setattr(schema, "migrate", functools.partial(schema.migrate, scripts=scripts))
        return scripts

    return become


@pytest.fixture
def old(folder: DataFolder, embedded: EmbeddedDesk) -> DataFolder:
    """Return a desk of this version with a ticket in it, closed."""
    person(embedded, "alice").tickets.open(NewTicket(subject="From before"))
    embedded.close()
    return folder


def upgraded(folder: DataFolder) -> bool:
    """Return whether the desk is wholly new; it must be wholly old otherwise."""
    with closing(sqlite3.connect(folder.database)) as connection:
        assert problems_of(connection) == []
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        columns = {row[1] for row in connection.execute("PRAGMA table_info(ticket)")}
        (ticket_version,) = connection.execute("SELECT version FROM ticket").fetchone()
        is_new = str(version) == NEXT
        assert ("badge" in names) == is_new
        assert ("team" in columns) == is_new
        assert ("ix_event_ticket_id" in names) != is_new
        assert ticket_version == (2 if is_new else 1)
        if is_new:
            assert connection.execute("SELECT name FROM badge").fetchall() == [("From before",)]
    return is_new


def backups(folder: DataFolder) -> list[Path]:
    return sorted(folder.backups.iterdir()) if folder.backups.exists() else []


def test_opening_an_older_desk_upgrades_it_after_a_backup(
    old: DataFolder, settings: Settings, later: Callable[[str], Path]
):
    later("nothing")
    before = dump(SqliteManager(old.database))
    desk = EmbeddedDesk.open(old, settings)
    assert upgraded(old)
    rows = person(desk, "alice").tickets.search(TicketQuery(text="before")).items
    assert [row.subject for row in rows] == ["From before"]
    desk.close()
    (backup,) = backups(old)
    assert backup.name.startswith(f"before-upgrade-from-{SCHEMA_VERSION}-")
    assert dump(SqliteManager(backup)) == before
    if os.name == "posix":
        assert backup.stat().st_mode & 0o777 == 0o600
    EmbeddedDesk.open(old, settings).close()
    assert backups(old) == [backup]


@pytest.mark.parametrize(
    ("fault", "error"),
    [("a bug", RuntimeError), ("wrong SQL", Exception), ("no room", DiskFull)],
)
def test_a_migration_that_fails_leaves_the_old_desk_and_its_backup(
    old: DataFolder,
    settings: Settings,
    later: Callable[[str], Path],
    fault: str,
    error: type[Exception],
):
    later(fault)
    before = dump(SqliteManager(old.database))
    with pytest.raises(error):
        EmbeddedDesk.open(old, settings)
    assert not upgraded(old)
    assert dump(SqliteManager(old.database)) == before
    (backup,) = backups(old)
    assert dump(SqliteManager(backup)) == before


REBUILDING = f'''
"""What a later version might do to a table that others refer to."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{SCHEMA_VERSION}"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("user", recreate="always") as batch:
        batch.add_column(sa.Column("phone", sa.Text()))
    BREAK_HERE
'''


@pytest.fixture
def rebuilding(later: Callable[[str], Path]) -> Callable[[str], None]:
    """Return a function that makes this program one that rebuilds a table."""

    def become(afterwards: str) -> None:
        script = later("nothing") / "versions" / "9000_badges.py"
        script.write_text(REBUILDING.replace("BREAK_HERE", afterwards))

    return become


def test_a_table_that_others_refer_to_can_be_rebuilt(
    old: DataFolder, settings: Settings, rebuilding: Callable[[str], None]
):
    rebuilding("pass")
    desk = EmbeddedDesk.open(old, settings)
    with closing(sqlite3.connect(old.database)) as connection:
        assert problems_of(connection) == []
        assert "phone" in {row[1] for row in connection.execute("PRAGMA table_info(user)")}
    rows = person(desk, "alice").tickets.search(TicketQuery(text="before")).items
    assert [row.requester.full_name for row in rows] == ["Alice Moreau"]
    # On the very connection that has migrated, references are enforced again.
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), desk.database.writing() as session:
        session.execute(text("INSERT INTO event (ticket_id, at, kind) VALUES (999, 0, 'x')"))
    desk.close()


def test_a_rebuilt_table_that_lost_what_others_refer_to_undoes_all(
    old: DataFolder, settings: Settings, rebuilding: Callable[[str], None]
):
    rebuilding("op.execute(\"DELETE FROM user WHERE username = 'alice'\")")
    before = dump(SqliteManager(old.database))
    with pytest.raises(Damaged, match="refer to missing ones, so that nothing was changed"):
        EmbeddedDesk.open(old, settings)
    assert dump(SqliteManager(old.database)) == before


MIGRATE = """
import sys
from pathlib import Path
from helpdesk.database import schema
from helpdesk.database.sqlite_manager import SqliteManager
schema.migrate(SqliteManager(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
def test_a_kill_in_the_middle_leaves_the_old_desk_and_the_next_start_upgrades_it(
    old: DataFolder, settings: Settings, later: Callable[[str], Path]
):
    scripts = later("a kill")
    command = [sys.executable, "-c", MIGRATE, str(old.database), str(scripts)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert old.database.with_name("helpdesk.db-wal").exists()
    assert not upgraded(old)
    sound = scripts / "versions" / "9000_badges.py"
    sound.write_text(MIGRATION.replace("BREAK_HERE", FAULTS["nothing"]))
    shutil.rmtree(sound.parent / "__pycache__", ignore_errors=True)
    EmbeddedDesk.open(old, settings).close()
    assert upgraded(old)


def test_two_programs_that_start_together_upgrade_once(
    old: DataFolder, later: Callable[[str], Path]
):
    command = [sys.executable, "-c", MIGRATE, str(old.database), str(later("nothing"))]
    programs = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0]
    assert upgraded(old)


def test_a_desk_that_is_being_written_is_not_upgraded_in_between(
    old: DataFolder, settings: Settings, later: Callable[[str], Path]
):
    later("nothing")
    quick = settings.database.model_copy(update={"busy_timeout_seconds": 0.05})
    with closing(sqlite3.connect(old.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            EmbeddedDesk.open(old, settings.model_copy(update={"database": quick}))
        other.execute("ROLLBACK")
    assert not upgraded(old)


def test_a_desk_opened_for_reading_only_is_not_upgraded(
    old: DataFolder, settings: Settings, later: Callable[[str], Path]
):
    later("nothing")
    before = hashlib.sha256(old.database.read_bytes()).hexdigest()
    with pytest.raises(ReadOnly, match="open it once where its folder may be written"):
        EmbeddedDesk.open(old, settings, read_only=True)
    assert backups(old) == []
    assert hashlib.sha256(old.database.read_bytes()).hexdigest() == before


def test_this_version_refuses_what_a_later_one_has_upgraded(
    old: DataFolder, settings: Settings, later: Callable[[str], Path], monkeypatch
):
    later("nothing")
    monkeypatch.setattr(schema, "__version__", "7.8.9")
    EmbeddedDesk.open(old, settings).close()
    monkeypatch.undo()
    with closing(sqlite3.connect(old.database)) as connection:
        maker = connection.execute("SELECT value FROM desk_fact WHERE name = 'program_version'")
        assert maker.fetchone() == ("7.8.9",)
    before = hashlib.sha256(old.database.read_bytes()).hexdigest()
    with pytest.raises(NewerSchema, match=rf"Help Desk 7\.8\.9 \(schema {NEXT}"):
        EmbeddedDesk.open(old, settings)
    with pytest.raises(NewerSchema, match=rf"Help Desk 7\.8\.9 \(schema {NEXT}"):
        schema.upgrade(SqliteManager(old.database), old.backups)
    assert hashlib.sha256(old.database.read_bytes()).hexdigest() == before
    assert len(backups(old)) == 1
