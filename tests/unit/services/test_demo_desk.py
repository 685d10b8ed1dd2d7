# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo desk: what is written looks as if people had worked in the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Source,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.bulk import bulk_loading
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager
from helpdesk.demo.people import demo_people
from helpdesk.demo.records import DemoChange, DemoComment, DemoTicket
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.services.demo_desk import DemoWriter, Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk
from tests.conftest import SettableClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ALICE, BOB, CHARLIE = 0, 1, 2
PASSWORD = "a demo password"


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


STORY = DemoTicket(
    subject="Printer on the third floor jams",
    description="Every second page.\nSince Monday.",
    category="Printing",
    priority=Priority.HIGH,
    status=Status.CLOSED,
    requester=ALICE,
    assignee=BOB,
    created_at=at(0),
    updated_at=at(10),
    resolved_at=at(9),
    closed_at=at(10),
    source="email",
    comments=(
        DemoComment(BOB, "Which model is it?", internal=False, created_at=at(2)),
        DemoComment(ALICE, "The big one.", internal=False, created_at=at(3)),
        DemoComment(BOB, "The rollers again", internal=True, created_at=at(4)),
        DemoComment(ALICE, "It jams again.", internal=False, created_at=at(8)),
        DemoComment(BOB, "New rollers are in.", internal=False, created_at=at(9)),
    ),
    changes=(
        DemoChange(CHARLIE, at(1), "assignee", None, str(BOB)),
        DemoChange(CHARLIE, at(1), "status", "new", "open"),
        DemoChange(BOB, at(2), "status", "open", "awaiting_customer"),
        DemoChange(ALICE, at(3), "status", "awaiting_customer", "open"),
        DemoChange(BOB, at(5), "priority", "medium", "high"),
        DemoChange(BOB, at(6), "category", "Hardware", "Printing"),
        DemoChange(BOB, at(7), "status", "open", "resolved"),
        DemoChange(ALICE, at(8), "reopened", "resolved", "open"),
        DemoChange(BOB, at(9), "status", "open", "resolved"),
        DemoChange(ALICE, at(10), "status", "resolved", "closed"),
    ),
)


@pytest.fixture
def place(tmp_path) -> DataFolder:
    return DataFolder(tmp_path / "demo")


@pytest.fixture
def settings(place: DataFolder) -> settings_module.Settings:
    return settings_module.load(place)


@pytest.fixture
def told(place: DataFolder, settings, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    """Return a desk that holds the story as its first ticket."""
    database = database_of(place, settings)

    def fill(made: DbManager) -> None:
        fill_demo_desk(made, settings, Scale(0, 2, 1), now=NOW, password=PASSWORD)
        with made.reading() as session:
            categories = CategoryRepository(session).active()
        people = demo_people(2, 1)
        writer = DemoWriter(settings.targets, categories, people, first_user_id=2)
        with bulk_loading(made) as load:
            writer.add_tickets(load, [STORY])

    make_desk(database, settings, NOW, fill)
    desk = EmbeddedDesk.open(place, settings, clock=clock)
    yield desk
    desk.close()


def signed_in(desk: EmbeddedDesk, username: str) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def played(desk: EmbeddedDesk, clock: SettableClock) -> int:
    """Play the story through the program and return the ticket's id."""
    alice, bob, charlie = (signed_in(desk, name) for name in ("alice", "bob", "charlie"))
    categories = {c.name: c.id for c in alice.tickets.categories()}
    people = {one.full_name: one.id for one in charlie.tickets.assignable()}

    def seen() -> TicketView:
        return bob.tickets.view(ticket.id)

    def change(**fields: Any) -> None:
        bob.tickets.change(ticket.id, TicketChange(version=seen().version, **fields))

    clock.now = at(0)
    ticket = alice.tickets.open(
        NewTicket(
            subject=STORY.subject,
            description=STORY.description,
            category_id=categories["Hardware"],
            source=Source.EMAIL,
        )
    )
    clock.now = at(1)
    to_bob = Assignment(assignee_id=people["Bob Keller"], version=ticket.version)
    charlie.tickets.assign(ticket.id, to_bob)
    clock.now = at(2)
    asked = NewComment(body="Which model is it?", status=Status.AWAITING_CUSTOMER)
    bob.tickets.comment(ticket.id, asked)
    clock.now = at(3)
    alice.tickets.comment(ticket.id, NewComment(body="The big one."))
    clock.now = at(4)
    bob.tickets.comment(ticket.id, NewComment(body="The rollers again", internal=True))
    clock.now = at(5)
    change(priority=Priority.HIGH)
    clock.now = at(6)
    change(category_id=categories["Printing"])
    clock.now = at(7)
    change(status=Status.RESOLVED)
    clock.now = at(8)
    alice.tickets.comment(ticket.id, NewComment(body="It jams again."))
    clock.now = at(9)
    solved = NewComment(body="New rollers are in.", status=Status.RESOLVED)
    bob.tickets.comment(ticket.id, solved)
    clock.now = at(10)
    alice.tickets.close(ticket.id, seen().version)
    return ticket.id


def without_ids(view: TicketView) -> dict[str, Any]:
    """Return all that is shown of a ticket but the numbers of its rows."""
    shown = view.model_dump(exclude={"id", "number"})
    for part in (*shown["comments"], *shown["events"]):
        del part["id"]
    return shown


@pytest.mark.parametrize("username", ["alice", "bob"])
def test_a_demo_ticket_is_what_people_would_have_made(told: EmbeddedDesk, clock, username):
    id_ = played(told, clock)
    desk = signed_in(told, username)
    assert without_ids(desk.tickets.view(1)) == without_ids(desk.tickets.view(id_))


def test_a_demo_ticket_is_found_as_people_would_have_made_it(told: EmbeddedDesk, clock):
    id_ = played(told, clock)
    alice, bob = signed_in(told, "alice"), signed_in(told, "bob")
    for words, finders in (("third floor", [alice, bob]), ("rollers again", [bob])):
        for desk in finders:
            found = desk.tickets.search(TicketQuery(text=words)).items
            assert [row.id for row in found] == [id_, 1]
    assert examine(told.database).findings == ()


def make(place: DataFolder, settings, tickets: int, *, seed: int = 1) -> EmbeddedDesk:
    def fill(made: DbManager) -> None:
        scale = Scale(tickets, 20, 4)
        fill_demo_desk(made, settings, scale, now=NOW, seed=seed, password=PASSWORD)

    make_desk(database_of(place, settings), settings, NOW, fill)
    return EmbeddedDesk.open(place, settings, clock=lambda: NOW)


def test_a_generated_desk_is_sound_and_lived_in(place, settings):
    desk = make(place, settings, 400)
    try:
        assert examine(desk.database)[:2] == ((), 400)
        bob = signed_in(desk, "bob")
        assert 0 < bob.tickets.count(TicketQuery(statuses=OPEN_STATUSES)).count < 400
        views = [bob.tickets.view(id_) for id_ in range(1, 401)]
    finally:
        desk.close()
    assert all(view.created_at <= view.updated_at <= NOW for view in views)
    for view in views:
        oldest, *_ = reversed(view.events)
        assert (oldest.kind, oldest.at, oldest.actor) == (
            "created",
            view.created_at,
            view.requester,
        )
        moments = [event.at for event in reversed(view.events)]
        assert moments == sorted(moments)
        changes = [event for event in reversed(view.events) if event.field == "status"]
        assert not changes or changes[-1].new == view.status.label


def test_the_same_seed_makes_the_same_tickets(tmp_path, settings):
    desks = [
        make(DataFolder(tmp_path / name), settings, 50, seed=seed)
        for name, seed in (("one", 5), ("two", 5), ("other", 6))
    ]
    one, two, other = (
        [signed_in(desk, "bob").tickets.view(id_) for id_ in range(1, 51)] for desk in desks
    )
    assert one == two != other
    for desk in desks:
        desk.close()


def test_progress_is_told_to_the_end(place, settings):
    steps: list[tuple[int, int]] = []

    def fill(made: DbManager) -> None:
        scale = Scale(1_001, 20, 4)
        fill_demo_desk(made, settings, scale, now=NOW, progress=lambda *s: steps.append(s))

    make_desk(database_of(place, settings), settings, NOW, fill)
    assert steps == [(0, 1001), (500, 1001), (1000, 1001), (1001, 1001)]


def test_a_stopped_demo_leaves_no_desk(place, settings):
    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    def fill(made: DbManager) -> None:
        fill_demo_desk(made, settings, Scale(2_000, 20, 4), now=NOW, progress=stop)

    with pytest.raises(KeyboardInterrupt):
        make_desk(database_of(place, settings), settings, NOW, fill)
    assert list(place.path.iterdir()) == []


@pytest.mark.parametrize(
    ("tickets", "scale"),
    [(0, (0, 60, 6)), (600, (600, 60, 6)), (100_000, (100_000, 1_000, 50))],
)
def test_more_tickets_are_of_more_people(tickets, scale):
    assert Scale.of(tickets) == scale
    assert Scale.of(1_000_000).extra_users == 5_000
