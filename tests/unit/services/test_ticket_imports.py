# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets of other systems: as they were, once each, without any alarm; and out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.exports import export_records
from helpdesk.client.ticket_imports import Loaded, Wanted, import_tickets, save_problems
from helpdesk.client.ticket_sources import opened
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.ticket_imports import UnknownPeople
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketQuery
from helpdesk.core.schemas.users import NewSession, Role, UserQuery
from helpdesk.core.settings import Settings
from helpdesk.database import schema
from helpdesk.database.archive_reading import import_desk
from helpdesk.database.archive_writing import export_desk
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Notification, OutboxMessage, User
from helpdesk.services.passwords import hash_random
from tests.postgres import drop_database, fresh_database

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
THEN = NOW - timedelta(days=400)


class Reader:
    """Two people and some tickets."""

    def __init__(self, *tickets: ImportedTicket) -> None:
        self.problems: list[ImportProblem] = []
        self._tickets = tickets

    def people(self) -> Iterator[ImportedPerson]:
        yield ImportedPerson("1", "Ann Old", "ann@old.example", staff=False, active=True)
        yield ImportedPerson("2", "Tom Old", "tom@old.example", staff=True, active=True)

    def tickets(self) -> Iterator[ImportedTicket]:
        yield from self._tickets


def ticket(ref: str, status: Status = Status.CLOSED, **news: object) -> ImportedTicket:
    log = ImportedFile("log.txt", "text/plain", b"canaryfile")
    comments = (
        ImportedComment("1", "2", False, THEN + timedelta(hours=1), "canaryreply", (log,)),
        ImportedComment("2", None, True, THEN + timedelta(hours=2), "canarynote"),
    )
    told: dict[str, object] = {
        "subject": f"Old {ref}", "description": "It jams", "requester_ref": "1",
        "assignee_ref": "2", "team": None, "category": "Old things", "status": status,
        "priority": Priority.HIGH, "tags": ("old", "two words"), "created_at": THEN,
        "updated_at": THEN + timedelta(days=1), "closed_at": None, "comments": comments,
        "fields": {"Asset": "canaryasset"}, **news,
    }  # fmt: skip
    return ImportedTicket(ref, **told)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedDesk]:
    url = fresh_database() if request.param == "postgresql" else None
    database = database_at(url) if url else SqliteManager(tmp_path / "desk.db")
    schema.create(database)
    with database.writing() as session:
        dana = User.new("dana", "Dana", "dana@corp.example", Role.ADMIN, NOW)
        dana.password_hash = hash_random(PASSWORD)
        session.add(dana)
    embedded = EmbeddedDesk(database, Settings(), lambda: NOW)
    yield embedded
    embedded.close()
    if url:
        drop_database(url)


def loaded(desk: EmbeddedDesk, *tickets: ImportedTicket, **wanted: object) -> Loaded:
    how = Wanted("osticket", **wanted)  # type: ignore[arg-type]
    return import_tickets(desk.as_system(), Reader(*tickets), how)


def found(desk: EmbeddedDesk, text: str) -> list[int]:
    return [row.id for row in desk.as_system().tickets.search(TicketQuery(text=text)).items]


def test_tickets_come_as_they_were_and_once(desk: EmbeddedDesk, tmp_path: Path):
    tried = loaded(desk, ticket("7"), trial=True)
    assert (tried.added, found(desk, "canaryreply")) == (1, [])
    done = loaded(desk, ticket("7"), ticket("8", Status.OPEN), ticket("7"))
    assert (done.added, done.known, done.refused, done.new_people) == (2, 1, 0, 3)
    again = loaded(desk, ticket("7", subject="Another"), ticket("8", Status.OPEN))
    assert (again.added, again.known) == (0, 2)
    both = found(desk, "canaryreply")
    for word in ("canarynote", "canaryfile", "canaryasset", "tag:old", "tag:two-words"):
        assert sorted(found(desk, word)) == sorted(both), word
    view = desk.as_system().tickets.view(min(both))
    assert (view.created_at, view.closed_at) == (THEN, THEN + timedelta(days=1))
    assert view.first_responded_at == THEN + timedelta(hours=1)
    assert (view.subject, view.status, view.tags) == ("Old 7", Status.CLOSED, ("old", "two-words"))
    # Somebody who was made is deactivated, and cannot have open work.
    assert view.assignee is not None
    assert desk.as_system().tickets.view(max(both)).assignee is None
    people = desk.as_system().users.search(UserQuery(text="old")).items
    assert {each.active for each in people} == {False}
    save_problems(done.problems, tmp_path / "problems.csv")
    assert "cannot be given open tickets" in (tmp_path / "problems.csv").read_text()
    assert examine(desk.database).findings == ()
    with desk.database.reading() as session:
        for model in (Notification, OutboxMessage):
            assert session.query(model).count() == 0


def test_one_that_cannot_be_is_told_and_the_others_come(desk: EmbeddedDesk):
    late = ticket("9", updated_at=NOW + timedelta(days=1))
    nobody = ticket("10", requester_ref="99")
    answer = ImportedComment("1", "2", False, NOW + timedelta(days=900), "To come")
    closed = ticket("13", closed_at=NOW + timedelta(days=3_000))
    said = ticket("14", comments=(answer,))
    long = ticket("11", subject="x" * 300)
    done = loaded(desk, late, nobody, long, ticket("12"), closed, said)
    assert (done.added, done.refused) == (1, 5)
    assert [each.where for each in done.problems if each.where != "Ticket 12"] == [
        "Ticket 11", "Ticket 9", "Ticket 10", "Ticket 13", "Ticket 14",
    ]  # fmt: skip
    assert "in the future" in done.problems[-1].sentence
    refused = loaded(desk, ticket("15", requester_ref="1"), unknown_people=UnknownPeople.REFUSE)
    assert refused.new_people == 0


def test_what_is_deleted_does_not_come_back(desk: EmbeddedDesk):
    loaded(desk, ticket("7"))
    (id_,) = found(desk, "canaryreply")
    dana = desk.facade()
    dana.sessions.sign_in(NewSession(username="dana", password=PASSWORD))
    dana.trash.delete(id_, dana.tickets.view(id_).version)
    assert loaded(desk, ticket("7")).known == 1
    assert found(desk, "canaryreply") == []
    assert examine(desk.database).findings == ()


def test_json_goes_out_and_comes_in_again(desk: EmbeddedDesk, tmp_path: Path):
    loaded(desk, ticket("7"), ticket("8", Status.OPEN))
    file = tmp_path / "tickets.json"
    assert export_records(desk.as_system(), TicketQuery(), file, comments=True) == 2
    told = json.loads(file.read_text())
    assert told[0]["comments"][0]["body"] == "canaryreply"
    for text in (file.read_text(), "\n".join(json.dumps(each) for each in told)):
        file.write_text(text)
        with opened("json", file) as reader:
            people = {each.ref: each for each in reader.people()}
            first, second = reader.tickets()
        assert (first.ref, second.status) == (told[0]["ref"], Status.OPEN)
        assert people[first.requester_ref].email == "ann@old.example"
        assert [each.body for each in first.comments][:2] == ["canaryreply", "canarynote"]


@pytest.mark.parametrize("text", ["{", "[1]", '[{"ref": "1"', "nothing"])
def test_what_is_no_json_is_refused(text: str, tmp_path: Path):
    file = tmp_path / "tickets.json"
    file.write_text(text)
    with opened("json", file) as reader, pytest.raises(Invalid, match="is no list of tickets"):
        list(reader.tickets())


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["open", "comment", "note", "import"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
    ),
    max_size=6,
)


def act(desk: EmbeddedDesk, deeds: list[tuple[str, str]]) -> None:
    """Do some of what people do."""
    system, ids = desk.as_system(), list[int]()
    for number, (deed, text) in enumerate(deeds):
        if deed == "import":
            loaded(desk, ticket(f"{number}", description=text, subject=""))
        elif deed == "open" or not ids:
            new = NewTicket(subject=f"s{number}", description=text, requester_id=1)
            ids.append(system.tickets.open(new).id)


@bounded(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DEEDS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_export_then_import_is_identity(
    tmp_path_factory: pytest.TempPathFactory, kind: str, deeds: list[tuple[str, str]]
):
    folder = tmp_path_factory.mktemp("identity")
    source = SqliteManager(folder / "source.db")
    schema.create(source)
    with source.writing() as session:
        session.add(User.new("dana", "Dana", None, Role.ADMIN, NOW))
    desk = EmbeddedDesk(source, Settings(), lambda: NOW)
    act(desk, deeds)
    url = fresh_database() if kind == "postgresql" else None
    target: DbManager = database_at(url) if url else SqliteManager(folder / "target.db")
    try:
        first, second = folder / "first.zip", folder / "second.zip"
        with first.open("wb") as file:
            before = export_desk(source, file, at=NOW)
        import_desk(first, target)
        with second.open("wb") as file:
            assert export_desk(target, file, at=NOW) == before
        assert examine(target).findings == ()
    finally:
        desk.close()
        target.dispose()
        if url:
            drop_database(url)
