# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk loading: one transaction, nothing of it left when it fails."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Busy, Conflict, Damaged, ReadOnly
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import Role
from helpdesk.database import search_pieces
from helpdesk.database.bulk import (
    BulkLoad,
    CategoryRow,
    CommentRow,
    EventRow,
    TicketRow,
    bulk_loading,
    bulk_reading,
)
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.new_file import new_database
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Comment, User
from helpdesk.services.import_people import NewPerson
from tests.places import KINDS, postgres_copy


@pytest.fixture
def file(folder) -> SqliteManager:
    return SqliteManager(folder.database, busy_timeout_seconds=0.05)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, template: Path, folder) -> Iterator[DbManager]:
    if request.param == "sqlite":
        yield SqliteManager(folder.database, busy_timeout_seconds=0.05)
        return
    with postgres_copy(template) as url:
        database = database_at(url, busy_timeout_seconds=0.05)
        yield database
        database.dispose()


DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name",
    "postgresql": (
        "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " UNION ALL SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    ),
}


def definitions(database: DbManager) -> list[Any]:
    """Return the indexes, and on PostgreSQL what the tables demand of their rows, too."""
    with database.reading() as session:
        return list(session.execute(text(DEFINITIONS[database.dialect])).all())


def a_ticket(load: BulkLoad, subject: str = "Printer jams") -> TicketRow:
    at = 1_700_000_000_000_000
    return TicketRow(
        id=load.next_id("ticket"), version=1, status=1, priority=3, category_id=None,
        requester_id=1, assignee_id=None, created_at=at, updated_at=at, first_response_due=at,
        first_responded_at=None, resolution_due=at, resolved_at=None, closed_at=None, replies=1,
        notes=1, source="import", subject=subject, description="Every second page.",
    )  # fmt: skip


def load_ticket(load: BulkLoad, subject: str = "Printer jams") -> int:
    ticket = a_ticket(load, subject)
    reply = CommentRow(ticket.id, 3, True, False, ticket.created_at, "Coming over.")
    note = CommentRow(ticket.id, 3, True, True, ticket.created_at, "Third time.")
    created = EventRow(ticket.id, 1, ticket.created_at, "created")
    load.add_ticket(ticket, [reply, note], [created])
    return ticket.id


@pytest.mark.parametrize("fresh", [False, True])
def test_a_load_that_fails_leaves_the_desk_as_it_was(database: DbManager, fresh):
    before = definitions(database)
    with pytest.raises(KeyboardInterrupt), bulk_loading(database, fresh=fresh) as load:  # noqa: PT012
        load.add_categories([CategoryRow(load.next_id("category"), "Robots", "robots", True)])
        load_ticket(load)
        load.flush()
        raise KeyboardInterrupt
    with bulk_reading(database) as view:
        assert "robots" not in view.categories()
        assert view.connection.count("ticket") == 0
    assert definitions(database) == before
    assert examine(database).findings == ()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_load_keeps_the_indexes(database: DbManager, fresh):
    before = definitions(database)
    with bulk_loading(database, fresh=fresh) as load:
        load.set_fact("a", "b")
        load.set_fact("a", "c")
        load_ticket(load)
    assert definitions(database) == before
    with bulk_reading(database) as view:
        assert view.fact("a") == "c"
        assert view.fact("z") is None
    assert examine(database)[:3] == ((), 1, 2)


@pytest.mark.parametrize("fresh", [False, True])
def test_what_is_loaded_is_found_and_worked(database: DbManager, settings, fresh):
    hard = "Žofie's \\ “Outlook”\t{x} %s \\. \\N 紙詰まり 🖨"
    with bulk_loading(database, fresh=fresh) as load:
        first = load_ticket(load, hard)
        load.flush()
        ids = [first, load_ticket(load)]
    desk = EmbeddedDesk(database, settings).as_system()
    assert [desk.tickets.view(id_).subject for id_ in ids] == [hard, "Printer jams"]
    assert desk.tickets.view(ids[0]).comments[1].body == "Third time."
    for query in ("zofie", "outlook", "紙詰まり", '"third time"'):
        assert ids[0] in [row.id for row in desk.tickets.search(TicketQuery(text=query)).items]


def test_numbers_go_on_behind_a_load(database: DbManager):
    with bulk_loading(database) as load:
        load_ticket(load)
        user = load.next_id("user")
        load.add_users([NewPerson("zoe", "Zoe", None).row(user, 0)])
    with database.writing() as session:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        person = User.new("y", "Y", None, Role.USER, now)
        comment = Comment(
            ticket_id=1, author_id=1, by_staff=False, internal=False, created_at=now, body="x"
        )
        session.add_all([person, comment])
        session.flush()
        assert (person.id, comment.id) == (user + 1, 3)


def test_a_row_that_breaks_the_rules_is_told(database: DbManager):
    with pytest.raises(Damaged, match="The table ticket has a row"), bulk_loading(database) as load:  # noqa: PT012
        load.add_ticket(a_ticket(load)._replace(requester_id=9_999), [], [])
        load.flush()


def test_a_load_waits_no_longer_than_it_may(database: DbManager):
    other = twin(database)
    with other.writing() as session:
        session.connection()
        with pytest.raises(Busy), bulk_loading(database):
            pytest.fail("it began")
    other.dispose()


def twin(database: DbManager) -> DbManager:
    """Return the same database as another program opens it."""
    if isinstance(database, SqliteManager):
        return SqliteManager(database.path)
    url = database._url  # type: ignore[attr-defined]  # noqa: SLF001
    return database_at(url.render_as_string(hide_password=False))


def test_a_desk_for_reading_takes_no_load(folder):
    with pytest.raises(ReadOnly), bulk_loading(SqliteManager(folder.database, read_only=True)):
        pytest.fail("it began")


def test_search_bytes_are_gathered_for_the_load_alone(file: SqliteManager):
    read = "SELECT v FROM ticket_search_config WHERE k = 'hashsize'"
    with bulk_loading(file) as load:
        during = load.connection._connection.execute(read).fetchone()  # type: ignore[attr-defined]  # noqa: SLF001
    with closing(file.connect()) as connection:
        assert connection.execute(read).fetchone() != during


@pytest.mark.parametrize("gathered", [1_000, 1_000_000])
def test_what_people_write_is_merged_without_what_a_new_desk_began_with(
    file: SqliteManager, monkeypatch, gathered
):
    """Merging all of it would let somebody wait for half a minute where it is a million tickets."""
    small = search_pieces.OF_MANY | {"hashsize": gathered}
    monkeypatch.setattr(search_pieces, "OF_MANY", small)
    with bulk_loading(file, fresh=True) as load:
        for place in range(8):
            load_ticket(load, " ".join(f"printer{place}x{word}" for word in range(20_000)))
            load.flush()
    largest = (
        "SELECT segid FROM ticket_search_idx GROUP BY segid ORDER BY count(*) DESC, segid LIMIT 1"
    )
    pieces = "SELECT count(DISTINCT segid) FROM ticket_search_idx"
    with closing(file.connect()) as connection:
        before = connection.execute(largest).fetchone()
        for place in range(1_500):
            words = " ".join(f"scanner{place}x{word}" for word in range(100))
            add = "INSERT INTO ticket_search (rowid, subject) VALUES (?, ?)"
            connection.execute(add, (1_000 + place, words))
        assert connection.execute(largest).fetchone() == before
        assert connection.execute(pieces).fetchone()[0] < 40
    with file.reading() as session:
        found = text("SELECT count(*) FROM ticket_search WHERE ticket_search MATCH :words")
        said = {"scanner1499x7": 1, "scanner1500x7": 0, "printer1x*": 1, "sc*": 1_500, "piece": 0}
        for words, count in said.items():
            assert session.execute(found, {"words": words}).scalar_one() == count
        session.execute(
            text("INSERT INTO ticket_search (ticket_search) VALUES ('integrity-check')")
        )


def test_two_who_make_a_desk_at_once_make_one(tmp_path):
    target = SqliteManager(tmp_path / "helpdesk.db")
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
    with new_database(SqliteManager(tmp_path / "helpdesk.db")):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["helpdesk.db"]
    with pytest.raises(Conflict), new_database(SqliteManager(tmp_path / "helpdesk.db")):
        pytest.fail("it began")


def test_what_a_killed_program_left_is_swept(tmp_path, monkeypatch):
    (tmp_path / "helpdesk.db.young.part").write_bytes(b"still being written")
    old = tmp_path / "helpdesk.db.old.part"
    old.write_bytes(b"left alone")
    (tmp_path / "helpdesk.db.old.part-journal").write_bytes(b"left alone too")
    os.utime(old, (1, 1))
    with new_database(SqliteManager(tmp_path / "helpdesk.db")):
        pass
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == ["helpdesk.db", "helpdesk.db.young.part"]


def test_a_new_file_is_in_the_usual_mode(tmp_path):
    target = SqliteManager(tmp_path / "helpdesk.db")
    with new_database(target) as made, bulk_loading(made, fresh=True) as load:
        load.set_fact("a", "b")
    with closing(target.connect()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with closing(sqlite3.connect(target.path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
