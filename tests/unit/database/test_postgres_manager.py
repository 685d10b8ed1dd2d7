# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk on a real PostgreSQL: transactions, lost servers, news, and the same order as SQLite."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from helpdesk.core.errors import (
    Busy,
    DatabaseFault,
    DeskError,
    DiskFull,
    Invalid,
    NoDesk,
    ReadOnly,
    Unanswered,
)
from helpdesk.database import schema
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.postgres_manager import PostgresManager
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Category, DeskFact
from tests.postgres import PASSWORD, drop_database, fresh_database, name_of, server
from tests.unit.database.hearing import Listening
from tests.unit.database.proxy import Network

Opened = Callable[..., PostgresManager]


@pytest.fixture(scope="module")
def made() -> Iterator[str]:
    """Return the URL of a database with the schema of a desk, to copy for each test."""
    url = fresh_database()
    database = database_at(url)
    schema.create(database)
    database.dispose()
    yield url
    drop_database(url)


@pytest.fixture
def url(made: str) -> Iterator[str]:
    copy = fresh_database(made)
    yield copy
    drop_database(copy)


@pytest.fixture
def opened(url: str) -> Iterator[Opened]:
    """Return a function that opens the database as a program of its own would."""
    managers: list[PostgresManager] = []

    def opened(where: str = url, **options) -> PostgresManager:
        # Another name is another program: its writers do not stand in the same queue.
        name = f"{'&' if '?' in where else '?'}application_name=program{len(managers)}"
        manager = database_at(where + name, **options)
        assert isinstance(manager, PostgresManager)
        managers.append(manager)
        return manager

    yield opened
    for manager in managers:
        manager.dispose()


@pytest.fixture
def database(opened: Opened) -> PostgresManager:
    return opened(busy_timeout_seconds=2)


def value(database: DbManager, name: str) -> str | None:
    with database.reading() as session:
        fact = session.get(DeskFact, name)
        return fact.value if fact else None


def put(database: DbManager, name: str, value: str = "x") -> None:
    with database.writing() as session:
        session.merge(DeskFact(name=name, value=value))


def pid(session: Session) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def kill(*pids: int) -> None:
    """End backends, and wait until they are gone."""
    with server().admin() as connection:
        for each in pids:
            row = connection.execute("SELECT pg_terminate_backend(%s, 5000)", (each,)).fetchone()
            assert row == (True,)


def backends(database: str) -> list[int]:
    with server().admin() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", (name_of(database),)
        )
        return [row[0] for row in rows]


# --- how it is opened -------------------------------------------------------------------------


def test_a_database_is_told_by_its_server_and_never_by_its_password(
    url: str, database: PostgresManager, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    assert value(database, "none") is None
    assert database.place == "PostgreSQL desk on 127.0.0.1"
    assert database.location == f"in the database {name_of(url)} on 127.0.0.1"
    for shown in (repr(database), str(database), database.place, caplog.text):
        assert PASSWORD not in shown
        assert "p%40ss" not in shown


@pytest.mark.parametrize("form", ["postgresql", "postgresql+psycopg", "postgres"])
def test_every_usual_form_of_a_url_is_understood(url: str, opened: Opened, form: str):
    assert value(opened(url.replace("postgresql", form, 1)), "feed_epoch")


def test_options_of_the_url_reach_the_server(url: str, opened: Opened):
    manager = database_at(f"{url}?application_name=night%20watch&sslmode=disable")
    with manager.reading() as session:
        assert session.scalar(text("SHOW application_name")) == "night watch"
        assert session.scalar(text("SHOW client_encoding")) == "UTF8"
    manager.dispose()


WRONG: dict[str, tuple[str, str, type[DeskError], str]] = {
    "another password": ("p%40ss", "wrong", DatabaseFault, "password is refused"),
    "nobody's account": ("//helpdesk", "//nobody", DatabaseFault, "account"),
    "no server at the port": (":PORT/", ":1/", Busy, "cannot be reached; check"),
    "no such port": (":PORT/", ":70000/", Invalid, "option that is not understood"),
    "no such server": ("127.0.0.1", "desk.invalid", Busy, "cannot be reached; check"),
    "no such database": ("/test_", "/none_", NoDesk, "does not exist; make it with createdb"),
    "a secure line asked for": ("?", "?sslmode=verify-full&", DatabaseFault, "secure connection"),
    "an option's value": ("?", "?sslmode=never&", Invalid, "option that is not understood"),
    "an option": ("?", "?no_such_option=1&", Invalid, "option that is not understood"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_database_that_cannot_be_opened_says_what_to_do(url: str, case: str):
    found, put_there, kind, words = WRONG[case]
    port = f":{server().port}/"
    whole = url + "?connect_timeout=5"
    manager = database_at(whole.replace(found.replace(":PORT/", port), put_there, 1))
    with pytest.raises(kind, match=words) as caught:
        value(manager, "feed_epoch")
    assert "p@ss" not in str(caught.value)
    assert "wrong" not in str(caught.value)
    assert str(caught.value).endswith(".")
    manager.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://u:secret@host/x",
        "postgresql+asyncpg://u:secret@host/x",
        "postgresql://u:se@cret@host/x",
        "postgresql://u:secret@host:port/x",
    ],
)
def test_a_url_that_is_not_understood_is_not_repeated(url: str):
    with pytest.raises(Invalid, match="not understood; it is sqlite:///") as caught:
        database_at(url)
    assert "cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "helpdesk.database.postgres_manager", None)
    with pytest.raises(DatabaseFault, match=r'pip install "helpdesk\[server\]"'):
        database_at("postgresql://host/desk")


def test_an_embedded_desk_does_without_the_driver():
    import subprocess
    import sys

    code = (
        "import sys, helpdesk.client.embedded, helpdesk.services.demo_desk;"
        "sys.exit('psycopg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- transactions -----------------------------------------------------------------------------


def test_a_reader_sees_one_state_and_is_not_kept_waiting(database: PostgresManager):
    with database.reading() as session:
        assert session.get(DeskFact, "late") is None
        with database.writing() as other:
            other.add(DeskFact(name="late", value="x"))
            other.flush()
            assert value(database, "late") is None
        session.expire_all()
        assert session.get(DeskFact, "late") is None
    assert value(database, "late") == "x"


def test_an_error_undoes_everything(database: PostgresManager):
    def fail() -> None:
        with database.writing() as session:
            session.add(DeskFact(name="a", value="b"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert value(database, "a") is None


def test_a_reader_cannot_write(database: PostgresManager):
    with pytest.raises(ReadOnly), database.reading() as session:
        session.execute(text("DELETE FROM desk_fact"))


def test_read_only_reads_and_refuses_to_write(opened: Opened):
    manager = opened(read_only=True)
    assert value(manager, "feed_epoch")
    with pytest.raises(ReadOnly, match="reading only"), manager.writing():
        pytest.fail("began to write")
    with pytest.raises(ReadOnly, match="reading only"), manager.migrating():
        pytest.fail("began to migrate")


def test_a_server_that_takes_no_changes_says_so(url: str, opened: Opened):
    with server().admin() as connection:
        name = psycopg.sql.Identifier(name_of(url))
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name)
        )
    with pytest.raises(ReadOnly, match="connect to the one that takes changes"):
        put(opened(), "a")


def test_what_breaks_a_rule_of_the_tables_passes_as_it_is_and_holds_no_value(
    database: PostgresManager,
):
    put(database, "twice")
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.add(DeskFact(name="twice", value="what somebody wrote"))
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize("begin", ["writing", "migrating"])
def test_a_commit_that_is_refused_leaves_nothing_in_the_connection(opened: Opened, begin: str):
    database = opened(connections=1)

    def refuse(_connection: object) -> None:
        raise psycopg.errors.DiskFull("no room")

    def write() -> None:
        with getattr(database, begin)() as writer:
            writer.execute(text("INSERT INTO desk_fact VALUES ('a', 'b')"))

    event.listen(Engine, "commit", refuse)
    try:
        with pytest.raises(DiskFull):
            write()
    finally:
        event.remove(Engine, "commit", refuse)
    assert value(database, "a") is None
    write()
    assert value(database, "a") == "b"


def test_a_table_that_is_not_there_is_no_desk(database: PostgresManager):
    with pytest.raises(NoDesk, match="make one with: helpdesk init-db"), database.reading() as read:
        read.execute(text("SELECT * FROM missing"))


def test_a_reading_that_takes_too_long_is_stopped(database: PostgresManager):
    def sleep() -> None:
        with database.reading() as session:
            assert session.scalar(text("SHOW statement_timeout")) == "30s"
            session.execute(text("SET LOCAL statement_timeout = 20"))
            session.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(Busy, match="took too long"):
        sleep()


def test_nothing_is_prepared_on_the_server(database: PostgresManager):
    for _ in range(8):
        value(database, "a")
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


def count_up(database: DbManager, times: int) -> None:
    for _ in range(times):
        with database.writing() as session:
            fact = session.get_one(DeskFact, "count")
            fact.value = str(int(fact.value) + 1)


def test_writers_of_several_programs_lose_no_update(database: PostgresManager, opened: Opened):
    put(database, "count", "0")
    programs = [database, opened(busy_timeout_seconds=20), opened(busy_timeout_seconds=20)]
    with ThreadPoolExecutor(6) as threads:
        jobs = [threads.submit(count_up, program, 20) for program in programs * 2]
        for job in jobs:
            job.result()
    assert value(database, "count") == "120"


def test_numbers_become_visible_in_their_order(database: PostgresManager, opened: Opened):
    """Who has seen a number never misses a lower one that is committed later."""
    other = opened()
    began, seen = Event(), Event()

    def write_slowly() -> None:
        with database.writing() as session:
            session.add(Category(name="first", name_folded="first"))
            session.flush()
            began.set()
            assert not seen.wait(0.2)

    def write_at_once() -> None:
        assert began.wait(10)
        with other.writing() as session:
            session.add(Category(name="second", name_folded="second"))
        seen.set()

    with ThreadPoolExecutor(2) as threads:
        for job in [threads.submit(write_slowly), threads.submit(write_at_once)]:
            job.result()
    with database.reading() as session:
        rows = session.execute(select(Category.name).order_by(Category.id)).scalars()
        assert list(rows) == ["first", "second"]


@contextmanager
def held(database: PostgresManager) -> Iterator[Session]:
    """Write for as long as the block lasts."""
    with database.writing() as session:
        session.merge(DeskFact(name="held", value="x"))
        session.flush()
        yield session


def test_a_writer_waits_no_longer_than_it_is_told(database: PostgresManager, opened: Opened):
    impatient = opened(busy_timeout_seconds=0.05)
    with held(database):
        with pytest.raises(Busy, match="try again"):
            put(impatient, "a")
        assert value(impatient, "held") is None
    put(impatient, "a")
    assert value(impatient, "a") == "x"


def test_no_patience_at_all_is_not_patience_for_ever(database: PostgresManager, opened: Opened):
    with held(database), pytest.raises(Busy):
        put(opened(busy_timeout_seconds=0), "a")


def test_those_who_wait_to_write_leave_readers_their_connections(opened: Opened):
    database = opened(connections=2, busy_timeout_seconds=10)
    with ThreadPoolExecutor(6) as threads:
        with held(database):
            jobs = [threads.submit(put, database, f"name{number}") for number in range(6)]
            for _ in range(20):
                assert value(database, "feed_epoch")
        for job in jobs:
            job.result(timeout=10)
    assert value(database, "name5") == "x"


def test_too_many_at_once_are_told(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helpdesk.database.postgres_manager._WAIT_FOR_CONNECTION_SECONDS", 0.05)
    database = opened(connections=2)
    with database.reading() as first, database.reading() as second:
        pid(first), pid(second)
        with pytest.raises(Busy, match="too many at once"):
            value(database, "a")
    assert value(database, "feed_epoch")


# --- a server that is lost --------------------------------------------------------------------

NOTHING_CHANGED = "was lost; nothing was changed"


def write_and_lose(database: DbManager, *afterwards: str) -> None:
    with database.writing() as session:
        session.add(DeskFact(name="a", value="b"))
        session.flush()
        kill(pid(session))
        for statement in afterwards:
            session.execute(text(statement))


def test_connections_that_were_ended_while_nobody_used_them_are_replaced(
    url: str, database: PostgresManager
):
    with database.reading() as first, database.reading() as second:
        pid(first), pid(second)
    killed = backends(url)
    assert len(killed) == 2
    kill(*killed)
    assert value(database, "feed_epoch")
    put(database, "a")
    assert value(database, "a") == "x"


def test_a_server_lost_while_it_is_read_costs_one_try(database: PostgresManager):
    def read_on() -> None:
        with database.reading() as session:
            kill(pid(session))
            session.execute(text("SELECT 1"))

    with pytest.raises(Busy, match=NOTHING_CHANGED):
        read_on()
    assert value(database, "feed_epoch")


def test_a_server_lost_in_the_middle_of_writing_has_changed_nothing(database: PostgresManager):
    with pytest.raises(Busy, match=NOTHING_CHANGED):
        write_and_lose(database, "SELECT 1")
    assert value(database, "a") is None
    put(database, "a")


def test_a_server_lost_before_the_commit_has_changed_nothing(database: PostgresManager):
    """It is known, because its end arrived before it was told to commit."""
    with pytest.raises(Busy, match=NOTHING_CHANGED):
        write_and_lose(database)
    assert value(database, "a") is None
    put(database, "a")


def test_a_server_lost_while_it_migrates_has_changed_nothing_and_others_write(
    database: PostgresManager, opened: Opened
):
    def migrate_and_lose() -> None:
        with database.migrating() as connection:
            connection.execute(text("CREATE TABLE half (x int)"))
            kill(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    with pytest.raises(Busy, match=NOTHING_CHANGED):
        migrate_and_lose()
    put(opened(busy_timeout_seconds=1), "a")
    put(database, "b")


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(server().port) as network:
        yield network


def through(network: Network, url: str) -> str:
    return url.replace(f":{server().port}/", f":{network.port}/") + "?sslmode=disable"


def test_a_server_lost_before_the_commit_arrives_is_told_as_unknown(
    url: str, opened: Opened, database: PostgresManager, network: Network
):
    distant = opened(through(network, url))
    put(distant, "before")
    network.before = lambda data: b"COMMIT\0" in data
    with pytest.raises(Unanswered, match="look whether the change is there"):
        put(distant, "a")
    assert value(database, "a") is None
    network.before = lambda _: False
    put(distant, "a")
    assert value(database, "a") == "x"


def test_a_server_lost_after_the_commit_is_told_as_unknown(
    url: str, opened: Opened, database: PostgresManager, network: Network
):
    distant = opened(through(network, url))
    put(distant, "before")
    network.after = lambda data: b"COMMIT\0" in data
    with pytest.raises(Unanswered, match="look whether the change is there"):
        put(distant, "a")
    assert value(database, "a") == "x"


def test_a_server_that_comes_back_is_used_again(url: str, opened: Opened, network: Network):
    distant = opened(through(network, url))
    put(distant, "a")
    network.cut()
    for _ in range(2):
        with pytest.raises(Busy, match="try again"):
            value(distant, "a")
        with pytest.raises(Busy, match="try again"):
            put(distant, "b")
    network.restore()
    assert value(distant, "a") == "x"
    put(distant, "b")


def test_a_line_that_broke_without_a_word_is_noticed_by_asking(
    url: str, opened: Opened, network: Network, monkeypatch: pytest.MonkeyPatch
):
    distant = opened(through(network, url))
    assert value(distant, "feed_epoch")
    monkeypatch.setattr("helpdesk.database.postgres_manager._ASK_AFTER_SECONDS", -1)
    breaks = [True]
    network.before = lambda _: bool(breaks and breaks.pop())
    assert value(distant, "feed_epoch")
    assert not breaks


# --- news -------------------------------------------------------------------------------------


def test_a_commit_of_another_program_is_heard_of_at_once(
    database: PostgresManager, opened: Opened, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.database.postgres_manager._SECONDS_BETWEEN_LOOKS", 3600)
    heard = Listening()
    stop = database.listen(heard)
    assert heard.reached(1), "it tells when it begins"
    other = opened()
    for number in range(3):
        before = heard.calls
        put(other, f"name{number}")
        assert heard.reached(before + 1, 3)
    stop()
    before = heard.calls
    put(other, "unheard")
    assert not heard.reached(before + 1, 0.3)


def test_what_was_undone_is_not_heard_of(database: PostgresManager, monkeypatch):
    monkeypatch.setattr("helpdesk.database.postgres_manager._SECONDS_BETWEEN_LOOKS", 3600)
    heard = Listening()
    stop = database.listen(heard)
    assert heard.reached(1)
    with pytest.raises(RuntimeError), held(database):
        raise RuntimeError
    assert not heard.reached(2, 0.3)
    stop()


def test_where_notices_are_swallowed_commits_are_noticed_by_looking(
    database: PostgresManager, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.database.postgres_manager._SECONDS_BETWEEN_LOOKS", 0.2)
    heard = Listening()
    stop = database.listen(heard)
    assert heard.reached(1)
    with psycopg.connect(url) as bare:
        bare.execute("INSERT INTO desk_fact VALUES ('quietly', 'x')")
    assert heard.reached(2)
    stop()


def test_a_listener_connects_again_by_itself_and_tells(
    url: str, opened: Opened, database: PostgresManager, network: Network
):
    heard = Listening()
    stop = opened(through(network, url)).listen(heard)
    assert heard.reached(1)
    network.cut()
    put(database, "missed")
    network.restore()
    assert heard.reached(2), "nobody knows what was missed"
    before = heard.calls
    put(database, "a")
    assert heard.reached(before + 1)
    stop()


def test_a_listener_that_fails_hears_of_the_next_change(
    database: PostgresManager, caplog: pytest.LogCaptureFixture
):
    heard = Listening()

    def fail() -> None:
        heard()
        raise RuntimeError("a bug of a listener")

    stop = database.listen(fail)
    assert heard.reached(1)
    put(database, "a")
    assert heard.reached(2)
    stop()
    assert "a bug of a listener" in caplog.text


def test_closing_ends_the_listeners_and_every_connection(url: str, opened: Opened):
    database = opened()
    heard = Listening()
    database.listen(heard)
    assert heard.reached(1)
    value(database, "a")
    database.dispose()
    assert not [thread for thread in threading.enumerate() if thread.name == "desk watcher"]
    wait_until(lambda: backends(url) == [])


def wait_until(condition: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail("it did not come true")


# --- the same as SQLite -----------------------------------------------------------------------

NAMES = (
    "a", "A", "b", "B", "Z", "z", "aa", "a b", "a-b", "a_b", "a%b", "a\\b", "a'b", 'a"b', "", " ",
    "ä", "Ä", "a\u0308", "ß", "ss", "é", "e\u0301", "ø", "İ", "i", "ı", "œ", "Ω", "я", "日本", "中",
    "😀", "😀a", "\uffff", "\U0010ffff", "\ue000", "~", "0", "10", "9", "\t", "a\nb", "\x01",
    "\x7f",
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteManager]:
    manager = SqliteManager(tmp_path / "helpdesk.db")
    schema.create(manager)
    yield manager
    manager.dispose()


@pytest.fixture
def both(file: SqliteManager, database: PostgresManager) -> tuple[DbManager, DbManager]:
    """Return a file and a database with the same rows."""
    for manager in (file, database):
        with manager.writing() as session:
            session.add_all(
                Category(id=number, name=name, name_folded=f"{number}", active=number % 2 == 0)
                for number, name in enumerate(NAMES, start=1)
            )
    return file, database


def answers(managers: tuple[DbManager, ...], statement) -> list[list[tuple[object, ...]]]:
    found = []
    for manager in managers:
        with manager.reading() as session:
            found.append([tuple(row) for row in session.execute(statement)])
    return found


def test_text_has_the_same_order(both):
    first, second = answers(both, select(Category.name).order_by(Category.name))
    assert first == second
    assert [name for (name,) in first] == sorted(NAMES, key=lambda name: name.encode())
    first, second = answers(both, select(func.min(Category.name), func.max(Category.name)))
    assert first == second


def test_text_compares_alike(both):
    for name in NAMES:
        for condition in (
            Category.name < name,
            Category.name >= name,
            Category.name == name,
            Category.name != name,
            Category.name.in_([name, "a"]),
        ):
            wanted = select(Category.id).where(condition).order_by(Category.id)
            first, second = answers(both, wanted)
            assert first == second, (condition, name)


def test_yes_and_no_are_the_same(both):
    statement = select(Category.id).where(Category.active).order_by(Category.id)
    first, second = answers(both, statement)
    assert first == second
    assert first[0] == (2,)


def test_what_people_write_comes_back_as_it_was(both):
    first, second = answers(both, select(Category.name).order_by(Category.id))
    assert first == second == [(name,) for name in NAMES]


def test_what_no_database_can_hold_is_no_fault_of_the_server(database: PostgresManager):
    """Input is cleaned long before; a bug there must be seen as one."""
    for impossible in ("a\x00b", "a\ud800b"):
        with pytest.raises(Exception, match=r"NUL|surrogates") as caught:
            put(database, "a", impossible)
        assert not isinstance(caught.value, DeskError)
    assert value(database, "a") is None
