# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo desk: what is written looks as if people had worked in the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.markdown_links import addresses_in
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import (
    ArticleQuery,
    ArticleRow,
    ArticleSort,
    ArticleState,
    FiguresQuery,
    SuggestionQuery,
    Visibility,
)
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.notifications import NotificationQuery
from helpdesk.core.schemas.recurrences import RuleAsk
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
from helpdesk.core.schemas.users import NewSession, TeamRef
from helpdesk.database.bulk import bulk_loading
from helpdesk.database.checks import examine
from helpdesk.database.db_manager import DbManager
from helpdesk.database.figure_rows import COUNTED
from helpdesk.demo.people import demo_people
from helpdesk.demo.records import DemoChange, DemoComment, DemoTicket
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.services.counting_in import MANY, count_waiting
from helpdesk.services.demo_articles import SolvedTickets
from helpdesk.services.demo_desk import DEMO_TICKETS, DemoWriter, Scale, fill_demo_desk
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
            load.set_fact(COUNTED, "new")
        count_waiting(made, at_once=MANY)

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
    """Return all that is shown of a solved ticket but the numbers of its rows.

    What clocks it had, and what became late, only open demo tickets are given.
    """
    shown = view.model_dump(exclude={"id", "number", "clock", "first_response_due"})
    shown["events"] = [part for part in shown["events"] if part["kind"] != "ruled"]
    for part in (*shown["comments"], *shown["events"]):
        del part["id"]
    return shown


@pytest.mark.parametrize("username", ["alice", "bob"])
def test_a_demo_ticket_is_what_people_would_have_made(told: EmbeddedDesk, clock, username):
    id_ = played(told, clock)
    desk = signed_in(told, username)
    assert without_ids(desk.tickets.view(1)) == without_ids(desk.tickets.view(id_))


def test_open_demo_tickets_have_clocks_of_every_kind(place: DataFolder, settings, clock):
    def fill(made: DbManager) -> None:
        fill_demo_desk(made, settings, Scale.of(300), now=NOW, password=PASSWORD)

    make_desk(database_of(place, settings), settings, NOW, fill)
    clock.now = NOW
    desk = EmbeddedDesk.open(place, settings, clock=clock)
    bob = signed_in(desk, "bob")
    rows = bob.tickets.search(TicketQuery(statuses=OPEN_STATUSES, limit=100)).items
    clocks = [row.clock for row in rows if row.clock]
    assert len(clocks) == len(rows) > 20
    assert {bob.tickets.view(row.id).team for row in rows} == {
        TeamRef(id=each.id, name=each.name) for each in bob.teams.all()
    }
    assert any(each.is_paused for each in clocks)
    assert any(each.is_late for each in clocks)
    assert any(each.due and NOW < each.due < NOW + timedelta(hours=8) for each in clocks)
    assert {each.kind for each in clocks} == set(ClockKind)
    for row in rows[:5]:
        told = bob.policies.clock(row.id)
        assert told.is_whole
        assert told.segments[0].begin == row.created_at
    # None of it is news that anybody is told of.
    assert bob.notifications.search(NotificationQuery()).unread == 0
    desk.close()


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


# --- the knowledge base ---


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Iterator[EmbeddedDesk]:
    """Return a desk as ``init-db --demo`` makes it, to look at."""
    folder = DataFolder(tmp_path_factory.mktemp("known"))
    desk = make(folder, settings_module.load(folder), DEMO_TICKETS)
    yield desk
    desk.close()


def articles_of(desk: HelpDesk) -> tuple[ArticleRow, ...]:
    query = ArticleQuery(states=tuple(ArticleState), limit=200, sort=ArticleSort.READ)
    return desk.articles.search(query).items


def test_the_articles_are_there_in_every_state(known: EmbeddedDesk):
    rows = articles_of(signed_in(known, "bob"))
    assert len(rows) == 40
    assert Counter(row.state for row in rows) == {
        ArticleState.PUBLISHED: 36,
        ArticleState.DRAFT: 2,
        ArticleState.REVIEW: 1,
        ArticleState.ARCHIVED: 1,
    }
    assert {row.language for row in rows} == {"en", "de"}
    assert all(row.category_id for row in rows)
    # Readers see what is published for everyone.
    public = [row for row in rows if row.is_live and row.visibility is Visibility.EVERYONE]
    assert {row.id for row in articles_of(signed_in(known, "alice"))} == {row.id for row in public}
    assert examine(known.database).findings == ()


def test_no_link_of_the_articles_leads_nowhere(known: EmbeddedDesk):
    bob = signed_in(known, "bob")
    assert bob.articles.broken_links() == ()
    bodies = [bob.articles.view(row.id).body for row in articles_of(bob)]
    assert sum("](KB-" in body or "](<KB-" in body for body in bodies) >= 30
    assert not any(".md" in each.href for body in bodies for each in addresses_in(body))


def test_tickets_show_what_can_stand_around_them(known: EmbeddedDesk):
    bob, charlie = signed_in(known, "bob"), signed_in(known, "charlie")
    snoozed = bob.tickets.search(TicketQuery(snoozed=True)).items
    assert len(snoozed) == 2
    assert all(bob.tickets.view(each.id).snoozed for each in snoozed)
    me = bob.sessions.current().user.id
    mine = [
        row.id
        for row in bob.tickets.search(
            TicketQuery(statuses=OPEN_STATUSES, assignee_ids=(me,), snoozed=False)
        ).items
    ]
    tasks = [bob.tasks.of_ticket(id_) for id_ in mine]
    assert any(0 < each.done < len(each.tasks) for each in tasks)
    times = [time for id_ in mine for time in bob.time_entries.of_ticket(id_).entries]
    assert {time.person.full_name for time in times} == {"Bob Keller", "Charlie Hart"}
    assert all(time.ended_at and time.started_at < time.ended_at <= NOW for time in times)
    fields = [field for id_ in mine for field in bob.tickets.view(id_).fields]
    # Most are asked for in some categories alone; this one is in all.
    assert "supplier-case" in {field.key for field in fields}
    assert all(field.applies and field.shown for field in fields)
    plans = charlie.recurrences.all()
    assert [plan.next_at is not None and plan.next_at > NOW for plan in plans] == [True, True]
    assert all(
        charlie.recurrences.preview(
            RuleAsk(rule=plan.rule, time_zone=plan.time_zone, starts_at=plan.starts_at)
        ).dates[0]
        == plan.next_at
        for plan in plans
    )


def test_articles_came_about_one_after_the_other(known: EmbeddedDesk):
    bob = signed_in(known, "bob")
    views = [bob.articles.view(row.id) for row in articles_of(bob)]
    assert {view.author.full_name for view in views if view.author} == {
        "Bob Keller",
        "Charlie Hart",
    }
    created = {view.created_at.date() for view in views}
    assert len(created) > 30
    for view in views:
        assert view.created_at <= view.updated_at < NOW
        if view.published_at:
            assert view.created_at < view.published_at <= view.updated_at


def test_articles_are_found_by_the_words_of_the_tickets(known: EmbeddedDesk):
    alice, bob = signed_in(known, "alice"), signed_in(known, "bob")
    rows = bob.tickets.search(TicketQuery(statuses=OPEN_STATUSES, limit=100)).items
    found = [alice.articles.suggest(SuggestionQuery(text=row.subject)) for row in rows]
    assert sum(map(bool, found)) > len(rows) / 3
    assert len({each.article.id for some in found for each in some}) > 10


def test_articles_stand_on_tickets_of_the_same(known: EmbeddedDesk):
    bob = signed_in(known, "bob")
    linked = {row.id: bob.knowledge.tickets_of(row.id) for row in articles_of(bob)}
    tickets = [(id_, ticket) for id_, some in linked.items() for ticket in some]
    assert len(tickets) > 30
    assert len({id_ for id_, _ in tickets}) > 15
    right = 0
    for id_, ticket in tickets:
        view = bob.tickets.view(ticket.id)
        assert not view.status.is_open
        newest = view.events[0]
        assert (newest.kind, newest.field) == ("linked", "article")
        assert (newest.new or "").startswith(f"KB-{id_} ")
        assert newest.actor == view.assignee
        suggested = bob.articles.suggest(SuggestionQuery(text=ticket.subject, limit=10))
        right += id_ in {each.article.id for each in suggested}
    assert right > 0.9 * len(tickets)


def test_figures_reviews_and_gaps_are_alive(known: EmbeddedDesk):
    charlie = signed_in(known, "charlie")
    figures = charlie.knowledge.figures(FiguresQuery(days=30))
    assert figures.reads > 300
    assert figures.helpful > figures.unhelpful > 0
    assert figures.avoided > 10
    assert len(figures.most_read) > 10
    assert figures.worst_rated
    assert 5 <= len(figures.missed) <= 8
    waiting = charlie.articles.waiting()
    assert (waiting.review, waiting.due) == (1, 2)
    assert len(charlie.knowledge.gaps()) >= 3
    comments = [
        rating.comment
        for row in articles_of(charlie)
        for rating in charlie.knowledge.ratings(row.id)
    ]
    assert sum(map(bool, comments)) > 10


def test_the_counts_of_an_article_are_those_of_its_days(known: EmbeddedDesk):
    charlie = signed_in(known, "charlie")
    rows = articles_of(charlie)
    figures = charlie.knowledge.figures(FiguresQuery(days=365))
    assert figures.reads == sum(row.reads for row in rows)
    assert figures.helpful == sum(row.helpful for row in rows)
    for row in rows:
        ratings = charlie.knowledge.ratings(row.id)
        assert (row.helpful, row.unhelpful) == (
            sum(each.helpful for each in ratings),
            sum(not each.helpful for each in ratings),
        )


def test_of_many_tickets_only_the_newest_are_looked_at():
    solved = SolvedTickets()
    count = 5_000
    tickets = (STORY._replace(subject=f"Ticket {number}") for number in range(count))
    assert sum(1 for _ in solved.watched(tickets, first_id=7)) == count
    ids = [each.id for each in solved]
    assert ids == list(range(count + 7 - len(ids), count + 7))
    assert len(ids) <= 1_000


def test_the_same_seed_makes_the_same_tickets(tmp_path, settings):
    desks = [
        make(DataFolder(tmp_path / name), settings, 50, seed=seed)
        for name, seed in (("one", 5), ("two", 5), ("other", 6))
    ]
    one, two, other = (
        [signed_in(desk, "bob").tickets.view(id_) for id_ in range(1, 51)] for desk in desks
    )
    assert one == two != other
    first, second = (articles_of(signed_in(desk, "bob")) for desk in desks[:2])
    assert first == second
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
    [
        (0, Scale(0, extra_users=60, technicians=6)),
        (600, Scale(600, extra_users=60, technicians=6)),
        (100_000, Scale(100_000, extra_users=1_000, technicians=50)),
    ],
)
def test_more_tickets_are_of_more_people(tickets, scale):
    assert Scale.of(tickets) == scale
    assert Scale.of(1_000_000).extra_users == 5_000
