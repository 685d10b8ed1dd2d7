# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets of other systems: as they were, once each, without any alarm; and out again."""

from __future__ import annotations

import json
import shutil
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
from helpdesk.core.schemas.custom_fields import NewField
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.ticket_exports import RecordsQuery
from helpdesk.core.schemas.ticket_imports import UnknownPeople
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketQuery
from helpdesk.core.schemas.users import NewSession, Role, UserQuery
from helpdesk.core.settings import Settings
from helpdesk.database import schema
from helpdesk.database.archive_reading import import_desk
from helpdesk.database.archive_writing import export_desk
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import (
    Comment,
    CustomField,
    Notification,
    OutboxMessage,
    Ticket,
    TicketField,
    User,
)
from helpdesk.services import ticket_exports
from helpdesk.services.passwords import hash_random
from tests.postgres import drop_database, empty_desk, fresh_database

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
THEN = NOW - timedelta(days=400)


class Reader:
    """Two people and some tickets."""

    def __init__(self, *tickets: ImportedTicket) -> None:
        self.problems: list[ImportProblem] = []
        self.others: tuple[ImportedPerson, ...] = ()
        self._tickets = tickets

    def people(self) -> Iterator[ImportedPerson]:
        yield ImportedPerson("1", "Ann Old", "ann@old.example", staff=False, active=True)
        yield ImportedPerson("2", "Tom Old", "tom@old.example", staff=True, active=True)
        yield from self.others

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


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a desk with no rows, to copy."""
    database = SqliteManager(tmp_path_factory.mktemp("empty") / "desk.db")
    schema.create(database)
    database.dispose()
    return database.path


def copied(empty: Path, place: Path) -> SqliteManager:
    shutil.copy(empty, place)
    return SqliteManager(place)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, empty: Path, tmp_path: Path) -> Iterator[EmbeddedDesk]:
    url = fresh_database(empty_desk()) if request.param == "postgresql" else None
    database = database_at(url) if url else copied(empty, tmp_path / "desk.db")
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


def test_values_of_own_fields_are_found_by_who_may_know_them(desk: EmbeddedDesk):
    fields = desk.as_system().custom_fields
    fields.add(NewField(key="asset", name="Asset", kind=FieldKind.TEXT))
    fields.add(NewField(key="vault", name="Vault", kind=FieldKind.TEXT, staff_only=True))
    held = {"Vault": "canaryvault", "Asset": "canaryasset"}
    loaded(desk, ticket("7", fields=held))
    for word in ("canaryvault", "canaryasset", "canarynote"):
        assert found(desk, word), word
    assert examine(desk.database).findings == ()


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


def test_a_trial_tells_of_every_account_that_is_made(desk: EmbeddedDesk):
    def accounts() -> int:
        return len(desk.as_system().users.search(UserQuery(limit=100)).items)

    # Nobody there has written what the desk has no field for: the program says it.
    old, before = ticket("7", comments=()), accounts()
    tried = loaded(desk, old, trial=True)
    assert accounts() == before
    done = loaded(desk, old)
    assert tried.new_people == done.new_people == accounts() - before


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


@pytest.mark.parametrize("trial", [True, False])
def test_files_that_are_left_out_are_told_unread(
    desk: EmbeddedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trial: bool
):
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    with large.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    small.write_bytes(b"canarysmall")
    told, read = (large, small), list[str]()
    read_bytes = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    files = tuple(ImportedFile(each.name, "text/plain", path=str(each)) for each in told)
    empty = ImportedFile("empty.txt", "text/plain", b"")
    done = loaded(desk, ticket("7", comments=(), fields={}, files=(*files, empty)), trial=trial)
    assert done.added == 1
    sentences = [each.sentence for each in done.problems]
    assert [each.partition(" MB")[0][:26] for each in sentences] == [
        "The file large.bin has mor", "The file empty.txt is empt",
    ]  # fmt: skip
    assert read == ([] if trial else ["small.txt"])


def test_what_is_deleted_does_not_come_back(desk: EmbeddedDesk):
    loaded(desk, ticket("7"))
    (id_,) = found(desk, "canaryreply")
    dana = desk.facade()
    dana.sessions.sign_in(NewSession(username="dana", password=PASSWORD))
    dana.trash.delete(id_, dana.tickets.view(id_).version)
    assert loaded(desk, ticket("7")).known == 1
    assert found(desk, "canaryreply") == []
    assert examine(desk.database).findings == ()


def a_field(key: str, kind: FieldKind) -> CustomField:
    return CustomField(
        key=key, name=key.capitalize(), help="", kind=kind, options="[]", category_ids="[]",
        required=False, staff_only=False, position=1,
    )  # fmt: skip


def test_json_goes_out_and_comes_in_again(
    desk: EmbeddedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with desk.database.writing() as session:
        session.add_all([a_field("asset", FieldKind.TEXT), a_field("boss", FieldKind.USER)])
    loaded(desk, ticket("7"), ticket("8", Status.OPEN))
    with desk.database.writing() as session:
        boss = session.query(CustomField).filter_by(key="boss").one()
        ids = [id_ for (id_,) in session.query(Ticket.id)]
        session.add_all([TicketField(ticket_id=id_, field_id=boss.id, value="1") for id_ in ids])
        session.query(Comment).filter_by(body="canarynote").update({"automatic": True})
    file = tmp_path / "tickets.json"
    assert export_records(desk.as_system(), TicketQuery(), file, comments=True) == 2
    told = json.loads(file.read_text())
    assert told[0]["comments"][0]["body"] == "canaryreply"
    # All that the format has comes along; who a field names comes by the name.
    assert told[0]["fields"] == {"Asset": "canaryasset", "Boss": "Dana"}
    assert [each["automatic"] for each in told[0]["comments"]] == [False, True]
    assert told[0]["comments"][1]["author"] is None
    # However much was said, no answer holds all of it, and the file is the same.
    monkeypatch.setattr(ticket_exports, "LETTERS_AT_ONCE", 5)
    assert len(desk.as_system().ticket_exports.some(RecordsQuery(comments=True)).records) == 1
    assert export_records(desk.as_system(), TicketQuery(), file, comments=True) == 2
    assert json.loads(file.read_text()) == told
    for text in (file.read_text(), "\n".join(json.dumps(each) for each in told)):
        file.write_text(text)
        with opened("json", file) as reader:
            people = {each.ref: each for each in reader.people()}
            first, second = reader.tickets()
        assert (first.ref, second.status) == (told[0]["ref"], Status.OPEN)
        assert people[first.requester_ref].email == "ann@old.example"
        assert [each.body for each in first.comments][:2] == ["canaryreply", "canarynote"]


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"ref": "1"', "nothing", '[{"ref": ' + "9" * 5_000 + "}]"]
)
def test_what_is_no_json_is_refused(text: str, tmp_path: Path):
    file = tmp_path / "tickets.json"
    file.write_text(text)
    with opened("json", file) as reader, pytest.raises(Invalid, match="is no list of tickets"):
        list(reader.tickets())


def test_a_name_alone_finds_nobody_by_the_user_name(desk: EmbeddedDesk):
    with desk.database.writing() as session:
        session.add(User.new("ann", "Other", "Ann@Old.example", Role.USER, NOW))
        session.add(User.new("tom", "Tom", "tom@corp.example", Role.USER, NOW))
        session.add(User.new("boss", "Chief", None, Role.ADMIN, NOW))
    file = Reader(ticket("7", requester_ref="3"), ticket("8"))
    file.others = (ImportedPerson("3", "boss", "", staff=False, active=True),)
    done = import_tickets(desk.as_system(), file, Wanted("osticket"))
    # Somebody called boss there, Tom of another address, and who has written the note.
    assert (done.added, done.new_people) == (2, 3)
    first, second = (
        desk.as_system().tickets.view(id_) for id_ in sorted(found(desk, "canarynote"))
    )
    assert (first.requester.full_name, second.requester.full_name) == ("boss", "Other")
    names = {each.username for each in desk.as_system().users.search(UserQuery()).items}
    assert names == {"dana", "ann", "tom", "boss", "boss2", "tom2", "imported.from.osticket"}


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
    tmp_path_factory: pytest.TempPathFactory, empty: Path, kind: str, deeds: list[tuple[str, str]]
):
    folder = tmp_path_factory.mktemp("identity")
    source = copied(empty, folder / "source.db")
    with source.writing() as session:
        session.add(User.new("dana", "Dana", None, Role.ADMIN, NOW))
    desk = EmbeddedDesk(source, Settings(), lambda: NOW)
    act(desk, deeds)
    url = fresh_database(empty_desk()) if kind == "postgresql" else None
    target: DbManager = database_at(url) if url else copied(empty, folder / "target.db")
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
