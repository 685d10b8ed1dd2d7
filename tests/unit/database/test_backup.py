# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups: consistent while the desk is written to, verified, and never at the desk's expense."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.core.errors import Busy, Damaged, Invalid
from helpdesk.database import backup
from helpdesk.database.backup import copy_database, restore_database
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import DeskFact, SignInSession

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def database(folder) -> SqliteManager:
    return SqliteManager(folder.database, busy_timeout_seconds=0.05)


def value_of(path: Path, name: str) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT value FROM desk_fact WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def set_value(path: Path, name: str, value: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        statement = "INSERT OR REPLACE INTO desk_fact VALUES (?, ?)"
        connection.execute(statement, (name, value))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spoil(path: Path) -> None:
    """Overwrite a page in the middle with something else."""
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)


def test_a_backup_holds_what_only_the_log_holds(database: SqliteManager, tmp_path):
    with closing(database.connect()) as writer:
        writer.execute("INSERT INTO desk_fact VALUES ('a', 'in the log')")
        assert database.path.with_name("helpdesk.db-wal").stat().st_size > 0
        copy_database(database, tmp_path / "copy.db")
    assert value_of(tmp_path / "copy.db", "a") == "in the log"
    assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy.db"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_of_a_busy_desk_is_of_one_moment(database: SqliteManager, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES_A_STEP", 3)
    with closing(database.connect()) as writer:
        writer.execute("INSERT INTO desk_fact VALUES ('left', '0')")
        writer.execute("INSERT INTO desk_fact VALUES ('right', '0')")
        steps = 0

        def write_in_between(_done: int, _total: int) -> None:
            nonlocal steps
            steps += 1
            assert steps < 1000, "the copy began again and again"
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE desk_fact SET value = ? WHERE name = 'left'", (steps,))
            writer.execute("UPDATE desk_fact SET value = ? WHERE name = 'right'", (steps,))
            writer.execute("COMMIT")

        copy_database(database, tmp_path / "copy.db", write_in_between)
    assert steps > 5
    copy = tmp_path / "copy.db"
    assert value_of(copy, "left") == value_of(copy, "right")
    elsewhere = SqliteManager(tmp_path / "elsewhere" / "helpdesk.db")
    assert restore_database(elsewhere, copy, tmp_path / "kept.db") is None
    assert value_of(elsewhere.path, "left") == value_of(copy, "right")


def test_a_backup_never_overwrites(database: SqliteManager, tmp_path):
    target = tmp_path / "holiday.jpg"
    target.write_bytes(b"a picture")
    with pytest.raises(Invalid, match="already exists"):
        copy_database(database, target)
    assert target.read_bytes() == b"a picture"


@pytest.mark.parametrize("deed", ["copy", "restore"])
def test_somebody_elses_file_of_a_similar_name_stays(database: SqliteManager, tmp_path, deed):
    copy_database(database, tmp_path / "copy.db")
    target = tmp_path / "desk.db"
    foreign = tmp_path / "desk.db.part"
    foreign.write_bytes(b"somebody's")
    if deed == "copy":
        copy_database(database, target)
    else:
        restore_database(SqliteManager(target), tmp_path / "copy.db", tmp_path / "kept.db")
    assert foreign.read_bytes() == b"somebody's"
    assert {file.name for file in tmp_path.glob("desk.db*")} == {"desk.db", "desk.db.part"}


def test_a_copy_is_synced_through_a_descriptor_that_may_write(
    database: SqliteManager, tmp_path, monkeypatch
):
    """Windows refuses any other."""
    modes = []

    def note(descriptor: int) -> None:
        modes.append(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE)

    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(os, "fsync", note)
    copy_database(database, tmp_path / "copy.db")
    assert modes == [os.O_RDWR]


def test_a_stopped_backup_leaves_nothing(database: SqliteManager, tmp_path):
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(database, tmp_path / "backups" / "copy.db", stop)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_desk_is_not_backed_up_as_sound(database: SqliteManager, tmp_path):
    spoil(database.path)
    with pytest.raises(Damaged):
        copy_database(database, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_where_a_backup_cannot_lie_is_told(database: SqliteManager, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Invalid, match="cannot be written"):
        copy_database(database, tmp_path / "file" / "copy.db")


def test_restoring_keeps_the_present_desk(database: SqliteManager, tmp_path):
    set_value(database.path, "a", "then")
    copy_database(database, tmp_path / "copy.db")
    set_value(database.path, "a", "now")
    kept = restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert kept == tmp_path / "kept.db"
    assert value_of(database.path, "a") == "then"
    assert value_of(tmp_path / "kept.db", "a") == "now"


def test_what_must_not_come_back_stays_away(database: SqliteManager, tmp_path):
    """A session ended since the copy was made must not be alive again."""
    with database.writing() as session:
        times = dict.fromkeys(("created_at", "used_at", "ends_at"), NOW)
        session.add(SignInSession(token_hash="x", user_id=1, **times))
    before = feed(database)
    copy_database(database, tmp_path / "copy.db")
    untouched = (tmp_path / "copy.db").read_bytes()
    restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert feed(database) != before
    with database.reading() as session:
        assert session.query(SignInSession).count() == 0
    assert (tmp_path / "copy.db").read_bytes() == untouched


def test_what_must_not_come_back_stays_away_from_a_new_place(database: SqliteManager, tmp_path):
    before = feed(database)
    copy_database(database, tmp_path / "copy.db")
    elsewhere = SqliteManager(tmp_path / "new" / "helpdesk.db")
    restore_database(elsewhere, tmp_path / "copy.db", tmp_path / "kept.db")
    assert feed(elsewhere) != before
    elsewhere.dispose()


def feed(database: SqliteManager) -> str:
    with database.reading() as session:
        return session.get_one(DeskFact, "feed_epoch").value


def test_an_open_program_sees_the_restored_desk(database: SqliteManager, tmp_path):
    set_value(database.path, "a", "then")
    copy_database(database, tmp_path / "copy.db")
    set_value(database.path, "a", "now")
    with closing(database.connect()) as open_elsewhere:
        look = "SELECT value FROM desk_fact WHERE name = 'a'"
        assert open_elsewhere.execute(look).fetchone() == ("now",)
        restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
        assert open_elsewhere.execute(look).fetchone() == ("then",)


def test_restoring_waits_no_longer_than_it_may(database: SqliteManager, tmp_path):
    copy_database(database, tmp_path / "copy.db")
    set_value(database.path, "a", "now")
    with closing(database.connect()) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert value_of(database.path, "a") == "now"


def test_a_stopped_restore_leaves_the_present_desk(database: SqliteManager, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES_A_STEP", 3)
    copy_database(database, tmp_path / "copy.db")
    set_value(database.path, "a", "now")

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db", stop)
    assert value_of(database.path, "a") == "now"


def test_a_damaged_desk_is_moved_away_whole(database: SqliteManager, tmp_path):
    set_value(database.path, "a", "then")
    copy_database(database, tmp_path / "copy.db")
    spoil(database.path)
    damaged = digest(database.path)
    kept = restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert value_of(database.path, "a") == "then"
    assert digest(tmp_path / "kept.db") == damaged
    assert kept == tmp_path / "kept.db"
    assert database.path.stat().st_mode & 0o777 == 0o600


def test_the_log_of_a_lost_desk_is_not_played_into_the_restored_one(database, tmp_path):
    copy_database(database, tmp_path / "copy.db")
    writer = database.connect()
    writer.execute("INSERT INTO desk_fact VALUES ('a', 'later')")
    log = database.path.with_name("helpdesk.db-wal")
    later = log.read_bytes()
    writer.close()
    database.path.unlink()
    log.write_bytes(later)
    restore_database(database, tmp_path / "copy.db", tmp_path / "kept.db")
    assert value_of(database.path, "a") is None
    assert (tmp_path / "kept.db-wal").read_bytes() == later


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 99])
def test_what_is_no_sound_backup_is_not_restored(database: SqliteManager, tmp_path, content):
    source = tmp_path / "copy.db"
    source.write_bytes(content)
    if content:
        with pytest.raises(Damaged):
            restore_database(database, source, tmp_path / "kept.db")
    before = digest(database.path)
    with pytest.raises(Invalid, match="There is no backup"):
        restore_database(database, tmp_path / "nowhere.db", tmp_path / "kept.db")
    assert digest(database.path) == before
    assert not (tmp_path / "kept.db").exists()
