# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections and transactions: every pragma, every writer, every file mode as promised."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Busy, Damaged, Invalid, NoDesk, ReadOnly
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.database import SCHEMA_VERSION, schema
from helpdesk.database.db_manager import sqlite_path
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import DeskFact
from tests.conftest import SignIn

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no such file modes")


@pytest.fixture
def database(folder: DataFolder) -> Iterator[SqliteManager]:
    manager = SqliteManager(folder.database, busy_timeout_seconds=2)
    yield manager
    manager.dispose()


def pragma(session: Session, name: str) -> object:
    return session.execute(text(f"PRAGMA {name}")).scalar_one()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- connections ------------------------------------------------------------------------------


def test_every_connection_of_the_pool_is_set_up(database: SqliteManager):
    barrier = Barrier(6)

    def look(number: int) -> tuple[object, ...]:
        with database.reading() as session:
            barrier.wait(timeout=10)
            names = ("foreign_keys", "journal_mode", "synchronous", "busy_timeout", "temp_store")
            return tuple(pragma(session, name) for name in names)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(look, range(6))) == {(1, "wal", 2, 2000, 2)}


def test_a_writing_transaction_and_a_bare_connection_are_set_up_too(database: SqliteManager):
    with database.writing() as session:
        assert (pragma(session, "foreign_keys"), pragma(session, "synchronous")) == (1, 2)
    with closing(database.connect()) as connection:
        for name, value in (("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2)):
            assert connection.execute(f"PRAGMA {name}").fetchone() == (value,)


def test_a_row_that_refers_to_nothing_is_refused(database: SqliteManager):
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.writing() as session:
        session.execute(text("INSERT INTO event (ticket_id, at, kind) VALUES (999, 0, 'created')"))


def test_an_error_message_never_holds_the_values(database: SqliteManager):
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.execute(
            text("INSERT INTO event (ticket_id, at, kind) VALUES (999, 0, :kind)"),
            {"kind": "what somebody wrote"},
        )
    assert "what somebody wrote" not in str(caught.value)


def test_a_file_is_never_made_by_opening_it(tmp_path: Path):
    manager = SqliteManager(tmp_path / "missing.db")
    with pytest.raises(NoDesk, match="cannot be opened"):
        manager.connect()
    with pytest.raises(NoDesk), manager.reading() as session:
        session.get(DeskFact, "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["what? 100%25 #1", "ü 😀", "a;b&c=d", "quote's"])
def test_any_folder_name_will_do(tmp_path: Path, template: Path, name: str):
    from helpdesk.client.embedded import database_of
    from helpdesk.core import settings

    folder = DataFolder(tmp_path / name).ensure()
    database = database_of(folder, settings.load(folder))
    schema.create(database)
    assert database.place == str(folder.database)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    schema.check(database)
    database.dispose()


@pytest.mark.parametrize(
    "url",
    ["postgresql://host/desk", "mysql://x", "nonsense", "", "sqlite://", "sqlite:///:memory:?x"],
)
def test_only_an_sqlite_file_is_opened(url: str):
    if url.startswith("sqlite:///"):
        assert sqlite_path(url).is_absolute()
        return
    with pytest.raises(Invalid, match="sqlite:///"):
        sqlite_path(url)


# --- files ------------------------------------------------------------------------------------


@posix_only
def test_the_files_can_be_read_by_their_owner_alone(tmp_path: Path):
    folder = DataFolder(tmp_path / "new")
    database = SqliteManager(folder.database)
    previous = os.umask(0)
    try:
        schema.create(database)
        with database.writing() as session:
            session.add(DeskFact(name="a", value="b"))
            session.flush()
            names = {path.name: mode_of(path) for path in folder.path.iterdir()}
    finally:
        os.umask(previous)
        database.dispose()
    assert mode_of(folder.path) == 0o700
    assert names == dict.fromkeys(("helpdesk.db", "helpdesk.db-wal", "helpdesk.db-shm"), 0o600)


@posix_only
def test_an_empty_file_that_lies_there_already_is_closed_to_others(tmp_path: Path):
    path = tmp_path / "helpdesk.db"
    path.touch(mode=0o644)
    database = SqliteManager(path)
    schema.create(database)
    database.dispose()
    assert mode_of(path) == 0o600


def test_only_the_database_is_left_when_everything_is_closed(folder: DataFolder, embedded):
    embedded.close()
    assert [path.name for path in folder.path.iterdir()] == ["helpdesk.db"]


# --- transactions -----------------------------------------------------------------------------


def count_up(database: SqliteManager, times: int) -> None:
    for _ in range(times):
        with database.writing() as session:
            fact = session.get_one(DeskFact, "count")
            fact.value = str(int(fact.value) + 1)


def test_two_writers_lose_no_update(database: SqliteManager, folder: DataFolder):
    with database.writing() as session:
        session.add(DeskFact(name="count", value="0"))
    other = SqliteManager(folder.database, busy_timeout_seconds=20)
    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(count_up, manager, 20) for manager in (database, other) * 2]
        for job in jobs:
            job.result()
    with database.reading() as session:
        assert session.get_one(DeskFact, "count").value == "80"
    other.dispose()


def test_a_writer_that_reads_first_is_not_surprised_by_another(
    database: SqliteManager, folder: DataFolder
):
    """With a plain BEGIN this fails at once with SQLITE_BUSY_SNAPSHOT."""
    with database.writing() as session:
        session.add(DeskFact(name="count", value="0"))
    with database.writing() as session:
        fact = session.get_one(DeskFact, "count")
        with ThreadPoolExecutor(1) as threads:
            job = threads.submit(
                count_up, SqliteManager(folder.database, busy_timeout_seconds=5), 1
            )
            assert not job.done()
            fact.value = "10"
            session.commit()
            job.result(timeout=10)
    with database.reading() as session:
        assert session.get_one(DeskFact, "count").value == "11"


def test_an_error_undoes_everything(database: SqliteManager):
    def fail() -> None:
        with database.writing() as session:
            session.add(DeskFact(name="a", value="b"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.get(DeskFact, "a") is None


def test_a_reader_sees_one_state_however_long_it_looks(database: SqliteManager):
    with database.reading() as session:
        assert session.get(DeskFact, "late") is None
        with database.writing() as other:
            other.add(DeskFact(name="late", value="x"))
        session.expire_all()
        assert session.get(DeskFact, "late") is None
    with database.reading() as session:
        assert session.get(DeskFact, "late") is not None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_writer_waits_no_longer_than_it_is_told(folder: DataFolder):
    impatient = SqliteManager(folder.database, busy_timeout_seconds=0.05)
    with locked(folder.database):
        with pytest.raises(Busy, match="try again"), impatient.writing() as session:
            session.get(DeskFact, "a")
        with impatient.reading() as session:
            assert session.get(DeskFact, "a") is None
    with impatient.writing() as session:
        session.add(DeskFact(name="a", value="b"))
    impatient.dispose()


def test_closing_a_desk_that_another_program_holds_is_no_error(folder: DataFolder, settings, clock):
    desk = EmbeddedDesk.open(folder, settings, clock=clock)
    desk.database.dispose()
    desk.database = SqliteManager(folder.database, busy_timeout_seconds=0.05)
    with desk.database.writing() as session:
        session.add_all(DeskFact(name=str(number), value="x") for number in range(3000))
    with locked(folder.database):
        desk.close()


# --- reading only -----------------------------------------------------------------------------


def test_read_only_reads_and_refuses_to_write(
    folder: DataFolder, settings, embedded: EmbeddedDesk, sign_in: SignIn
):
    sign_in("alice").tickets.open(NewTicket(subject="x"))
    manager = SqliteManager(folder.database, read_only=True)
    with manager.reading() as session:
        assert session.execute(text("SELECT count(*) FROM ticket")).scalar_one() == 1
    with pytest.raises(ReadOnly, match="reading only"), manager.writing():
        pytest.fail("began to write")
    with pytest.raises(ReadOnly), manager.reading() as session:
        session.execute(text("DELETE FROM ticket"))
    manager.dispose()


@pytest.fixture
def without_locks(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteManager]:
    """Return a desk as somebody opens it who may write neither its file nor its folder."""
    monkeypatch.setattr("helpdesk.database.sqlite_manager.os.access", lambda *_: False)
    manager = SqliteManager(folder.database, read_only=True)
    yield manager
    manager.dispose()


def write_much(folder: DataFolder, name: str) -> None:
    """Write as the owner of the file does, over many pages and into the file itself."""
    owner = SqliteManager(folder.database)
    with owner.writing() as session:
        session.execute(text("DELETE FROM desk_fact"))
        session.add_all(DeskFact(name=f"{name}{i}", value=name * 900) for i in range(300))
    owner.dispose()


def facts(database: SqliteManager) -> set[str]:
    with database.reading() as session:
        rows = session.execute(text("SELECT name, length(value) FROM desk_fact"))
        return {name.rstrip("0123456789") for name, length in rows if length > 100}


def test_who_reads_without_locks_sees_what_the_owner_has_written(
    folder: DataFolder, without_locks: SqliteManager
):
    assert facts(without_locks) == set()
    for name in ("first", "second"):
        write_much(folder, name)
        assert facts(without_locks) == {name}


def test_who_reads_without_locks_while_the_owner_writes_is_told_and_may_try_again(
    folder: DataFolder, without_locks: SqliteManager
):
    def read_while_it_is_written() -> None:
        with without_locks.reading() as session:
            session.execute(text("SELECT count(*) FROM ticket"))
            write_much(folder, "first")
            session.execute(text("SELECT * FROM desk_fact")).all()

    with pytest.raises(Busy, match="was changed while it was read here; open it again"):
        read_while_it_is_written()
    assert facts(without_locks) == {"first"}


def test_damage_met_without_locks_is_told_as_damage(
    folder: DataFolder, without_locks: SqliteManager
):
    data = bytearray(folder.database.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    folder.database.write_bytes(data)
    with pytest.raises(Damaged) as caught:
        facts(without_locks)
    assert str(folder.database) in str(caught.value)
    assert "helpdesk restore FILE" in str(caught.value)


def test_looking_at_a_file_leaves_its_bytes(folder: DataFolder):
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    before = folder.database.read_bytes()
    assert schema.version_of(SqliteManager(folder.database)) == SCHEMA_VERSION
    assert folder.database.read_bytes() == before
    assert [path.name for path in folder.path.iterdir()] == ["helpdesk.db"]


def test_looking_at_a_file_leaves_the_log_of_a_crash(folder: DataFolder, tmp_path: Path):
    """What a crash leaves is copied while a writer is still there: file and log."""
    database = SqliteManager(folder.database)
    with database.writing() as session:
        session.add(DeskFact(name="a", value="b"))
    crashed = DataFolder(tmp_path / "crashed").ensure()
    for path in folder.path.glob("helpdesk.db*"):
        if not path.name.endswith("-shm"):
            (crashed.path / path.name).write_bytes(path.read_bytes())
    database.dispose()
    parts = {
        name: (crashed.path / name).read_bytes() for name in ("helpdesk.db", "helpdesk.db-wal")
    }
    assert schema.version_of(SqliteManager(crashed.database)) == SCHEMA_VERSION
    assert {name: (crashed.path / name).read_bytes() for name in parts} == parts
    recovered = SqliteManager(crashed.database)
    with recovered.reading() as session:
        assert session.get_one(DeskFact, "a").value == "b"
    recovered.dispose()
