# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk loading: one transaction, nothing of it left when it fails."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from helpdesk.core.errors import Busy, Conflict, ReadOnly
from helpdesk.database.bulk import CategoryRow, bulk_loading, bulk_reading
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager
from helpdesk.database.new_file import new_database


@pytest.fixture
def database(folder) -> DbManager:
    return DbManager(folder.database, busy_timeout_seconds=0.05)


def indexes(database: DbManager) -> list[tuple[str, str]]:
    with closing(database.connect()) as connection:
        return connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        ).fetchall()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_load_that_fails_leaves_the_desk_as_it_was(database: DbManager, fresh):
    before = indexes(database)
    with pytest.raises(KeyboardInterrupt), bulk_loading(database, fresh=fresh) as load:  # noqa: PT012
        load.add_categories([CategoryRow(load.next_id("category"), "Robots", "robots", True)])
        raise KeyboardInterrupt
    with bulk_reading(database) as view:
        assert "robots" not in view.categories()
    assert indexes(database) == before
    assert examine(database).findings == ()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_load_keeps_the_indexes(database: DbManager, fresh):
    before = indexes(database)
    with bulk_loading(database, fresh=fresh) as load:
        load.set_fact("a", "b")
    assert indexes(database) == before
    with bulk_reading(database) as view:
        assert view.fact("a") == "b"
        assert view.fact("z") is None


def test_a_load_waits_no_longer_than_it_may(database: DbManager):
    with closing(database.connect()) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy), bulk_loading(database):
            pytest.fail("it began")


def test_a_desk_for_reading_takes_no_load(folder):
    with pytest.raises(ReadOnly), bulk_loading(DbManager(folder.database, read_only=True)):
        pytest.fail("it began")


def test_search_bytes_are_gathered_for_the_load_alone(database: DbManager):
    read = "SELECT v FROM ticket_search_config WHERE k = 'hashsize'"
    with bulk_loading(database) as load:
        during = load._connection.execute(read).fetchone()  # noqa: SLF001
    with closing(database.connect()) as connection:
        assert connection.execute(read).fetchone() != during


def test_two_who_make_a_desk_at_once_make_one(tmp_path):
    target = DbManager(tmp_path / "helpdesk.db")
    with pytest.raises(Conflict), new_database(target) as slower:  # noqa: PT012
        with slower.writing():
            pass
        with new_database(target) as quicker, quicker.writing() as session:
            session.connection().exec_driver_sql("INSERT INTO desk_fact VALUES ('by', 'quicker')")
    assert [file.name for file in tmp_path.iterdir()] == ["helpdesk.db"]
    with bulk_reading(target) as view:
        assert view.fact("by") == "quicker"


def test_where_links_cannot_be_made_a_desk_is_renamed(tmp_path, monkeypatch):
    def refuse(*_paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with new_database(DbManager(tmp_path / "helpdesk.db")):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["helpdesk.db"]
    with pytest.raises(Conflict), new_database(DbManager(tmp_path / "helpdesk.db")):
        pytest.fail("it began")


def test_what_a_killed_program_left_is_swept(tmp_path, monkeypatch):
    (tmp_path / "helpdesk.db.young.part").write_bytes(b"still being written")
    old = tmp_path / "helpdesk.db.old.part"
    old.write_bytes(b"left alone")
    (tmp_path / "helpdesk.db.old.part-journal").write_bytes(b"left alone too")
    os.utime(old, (1, 1))
    with new_database(DbManager(tmp_path / "helpdesk.db")):
        pass
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == ["helpdesk.db", "helpdesk.db.young.part"]


def test_a_new_file_is_in_the_usual_mode(tmp_path):
    target = DbManager(tmp_path / "helpdesk.db")
    with new_database(target) as made, bulk_loading(made, fresh=True) as load:
        load.set_fact("a", "b")
    with closing(target.connect()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with closing(sqlite3.connect(target.path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
