# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers of one process: in the order in which they came, and never left waiting for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpdesk.core.errors import Busy
from helpdesk.core.paths import DataFolder
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.database.turns import Turns, turns_of
from helpdesk.models import DeskFact


def waiting(turns: Turns) -> int:
    return len(turns._waiting)  # noqa: SLF001 - nobody else can tell who waits


def wait_for_waiting(turns: Turns, number: int) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if waiting(turns) == number:
            return
        pause.wait(0.01)
    pytest.fail("nobody came to wait")


def test_turns_come_in_the_order_in_which_they_were_asked_for():
    turns, order = Turns(), []

    def take(number: int) -> None:
        with turns.turn(10):
            order.append(number)

    with ThreadPoolExecutor(8) as threads, turns.turn(0):
        for number in range(8):
            threads.submit(take, number)
            wait_for_waiting(turns, number + 1)
    assert order == list(range(8))


def test_never_two_at_once():
    turns, inside, most = Turns(), 0, 0

    def take(_: int) -> None:
        nonlocal inside, most
        for _ in range(200):
            with turns.turn(10):
                inside += 1
                most = max(most, inside)
                inside -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(8)))
    assert (most, waiting(turns)) == (1, 0)


def test_who_does_not_get_a_turn_in_time_is_told_and_forgotten():
    turns = Turns()
    with turns.turn(0):
        for seconds in (0, 0.01):
            with pytest.raises(Busy, match="try again"), turns.turn(seconds):
                pytest.fail("it began")
        assert waiting(turns) == 0
    with turns.turn(0):
        pass


def test_a_turn_may_end_early_and_ends_once():
    turns = Turns()
    with turns.turn(0) as first:
        first.end()
        with turns.turn(0):
            first.end()
            with pytest.raises(Busy), turns.turn(0):
                pytest.fail("it began")
    with turns.turn(0):
        pass


def test_an_error_ends_the_turn():
    turns = Turns()
    with pytest.raises(RuntimeError), turns.turn(0):
        raise RuntimeError
    with turns.turn(0):
        pass


def test_all_of_a_process_share_the_turns_of_a_database():
    turns = turns_of("a desk")
    assert turns_of("a desk") is turns
    assert turns_of("another") is not turns


def test_many_writers_of_a_file_all_get_their_turn_in_time(folder: DataFolder):
    """SQLite alone lets some starve: they ask ever more seldom, and others are quicker."""
    managers = [SqliteManager(folder.database, busy_timeout_seconds=20) for _ in range(2)]
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        barrier.wait(10)
        for turn in range(10):
            with managers[number % 2].writing() as session:
                session.add(DeskFact(name=f"{number}-{turn}", value="x"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    with managers[0].reading() as session:
        rows = session.query(DeskFact).filter(DeskFact.name.like("%-%")).count()
    assert rows == 80
    for manager in managers:
        manager.dispose()


def test_writers_who_wait_leave_readers_their_connections(folder: DataFolder):
    database = SqliteManager(folder.database, busy_timeout_seconds=20)

    def write(number: int) -> None:
        with database.writing() as session:
            session.add(DeskFact(name=f"late {number}", value="x"))

    with ThreadPoolExecutor(12) as threads:
        with database.writing() as session:
            session.add(DeskFact(name="first", value="x"))
            session.flush()
            jobs = [threads.submit(write, number) for number in range(12)]
            with database.reading() as reader:
                assert reader.get(DeskFact, "first") is None
        for job in jobs:
            job.result(timeout=20)
    database.dispose()


def test_a_writer_of_a_file_ends_its_turn_with_its_commit(folder: DataFolder):
    one, other = (SqliteManager(folder.database, busy_timeout_seconds=0) for _ in range(2))
    with one.writing() as session:
        session.add(DeskFact(name="a", value="b"))
        with pytest.raises(Busy), other.writing():
            pytest.fail("it began")
        session.commit()
        with other.writing() as second:
            second.get_one(DeskFact, "a").value = "c"
    one.dispose()
    other.dispose()


def test_a_relative_and_an_absolute_path_are_one_database(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder.path)
    one = SqliteManager(folder.database, busy_timeout_seconds=0)
    other = SqliteManager(Path(folder.database.name), busy_timeout_seconds=0)
    with one.writing(), pytest.raises(Busy), other.writing():
        pytest.fail("it began")
    one.dispose()
    other.dispose()
