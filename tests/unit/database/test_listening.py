# SPDX-License-Identifier: GPL-3.0-or-later
"""News of a desk in a file: whoever has committed, every open window hears of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.core.paths import DataFolder
from helpdesk.database.backup import copy_database, restore_database
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import DeskFact
from tests.unit.database.hearing import Listening

WRITE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO desk_fact VALUES ('from elsewhere', 'x')")
"""


@pytest.fixture
def database(folder: DataFolder) -> Iterator[SqliteManager]:
    manager = SqliteManager(folder.database)
    yield manager
    manager.dispose()


@pytest.fixture
def heard() -> Listening:
    return Listening()


def put(database: SqliteManager, name: str) -> None:
    with database.writing() as session:
        session.add(DeskFact(name=name, value="x"))


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "desk watcher"]


def test_a_commit_of_this_process_is_heard_of(database: SqliteManager, heard: Listening):
    stop = database.listen(heard)
    assert heard.reached(1), "it tells when it begins"
    put(database, "a")
    assert heard.reached(2)
    stop()
    assert watchers() == []


def test_a_commit_of_another_program_is_heard_of(database: SqliteManager, heard: Listening):
    stop = database.listen(heard)
    assert heard.reached(1)
    subprocess.run([sys.executable, "-c", WRITE, str(database.path)], check=True)
    assert heard.reached(2)
    stop()


def test_nothing_is_heard_where_nothing_happens(
    database: SqliteManager, heard: Listening, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.database.sqlite_manager._SECONDS_BETWEEN_LOOKS", 0.01)
    stop = database.listen(heard)
    assert heard.reached(1)
    assert not heard.reached(2, 0.3)
    stop()


def test_a_backup_put_in_the_place_of_a_damaged_desk_is_heard_of(
    database: SqliteManager, heard: Listening, tmp_path: Path
):
    copy_database(database, tmp_path / "copy.db")
    stop = database.listen(heard)
    assert heard.reached(1)
    other = SqliteManager(database.path)
    with database.path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 20))
    restore_database(other, tmp_path / "copy.db", tmp_path / "kept.db")
    before = heard.calls
    put(other, "afterwards")
    assert heard.reached(before + 1)
    stop()
    other.dispose()


def test_a_desk_that_is_gone_for_a_while_is_looked_for(
    database: SqliteManager, heard: Listening, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.database.listening._LONGEST_PAUSE_SECONDS", 0.3)
    stop = database.listen(heard)
    assert heard.reached(1)
    away = database.path.with_name("away.db")
    database.path.rename(away)
    before = heard.calls
    away.rename(database.path)
    put(database, "back")
    assert heard.reached(before + 1)
    stop()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
def test_who_may_only_read_hears_of_what_the_owner_writes(
    folder: DataFolder, database: SqliteManager, heard: Listening, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.database.sqlite_manager.os.access", lambda *_: False)
    reader = SqliteManager(folder.database, read_only=True)
    stop = reader.listen(heard)
    assert heard.reached(1)
    put(database, "a")
    assert heard.reached(2)
    stop()
    reader.dispose()


def test_closing_the_desk_ends_the_listening(folder: DataFolder, heard: Listening):
    database = SqliteManager(folder.database)
    stop = database.listen(heard)
    assert heard.reached(1)
    database.dispose()
    assert watchers() == []
    stop()
    assert [path.name for path in folder.path.iterdir()] == ["helpdesk.db"]


def test_a_listener_may_end_itself(database: SqliteManager):
    begun, done = threading.Event(), threading.Event()

    def end() -> None:
        assert begun.wait(10)
        stop()
        done.set()

    stop = database.listen(end)
    begun.set()
    assert done.wait(10)
