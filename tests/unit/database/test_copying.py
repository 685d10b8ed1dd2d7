# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying a desk between SQLite and PostgreSQL: everything arrives, or nothing was there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Conflict, Damaged, DatabaseFault, NoDesk, ReadOnly
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import (
    ArticleCategoryChange,
    ArticleChange,
    ArticleLink,
    ArticleMove,
    ArticleQuery,
    ArticleState,
    Missed,
    NewArticle,
    NewArticleCategory,
    NewImage,
    Rating,
    Solved,
    Visibility,
)
from helpdesk.core.schemas.assistant import Feature, FirstResponseState, MessageState, Speaker
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.links import MergeInto, NewLink, Relation, TagsChange
from helpdesk.core.schemas.recurrences import RecurrenceSettings
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.templates import TemplateSettings
from helpdesk.core.schemas.tickets import FieldValue, NewComment, NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession, UserQuery
from helpdesk.core.schemas.views import NewView, ViewPins
from helpdesk.database import schema
from helpdesk.database.checks import examine
from helpdesk.database.copying import COPIED, NOT_COPIED, copy_desk
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.search import search_of
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import (
    ApiKey,
    AssistantAnswer,
    AssistantCall,
    Base,
    ConversationMessage,
    DeskChange,
    DoneCall,
    FirstResponse,
    Job,
    Presence,
    SignInFailure,
    SignInSession,
    TriageOutcome,
)
from helpdesk.repositories.ticket_figures import TicketFigureRepository
from helpdesk.services.demo_desk import DEMO_TICKETS, Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk
from tests.postgres import drop_database, fresh_database
from tests.taking_out import take_out
from tests.unit.database.account_rows import add_account_rows
from tests.unit.database.service_rows import add_service_rows
from tests.unit.database.work_rows import add_work_rows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "demo password"
HARD = "Žofie's “quote”\t\\ {x} %s \\. \\N 紙詰まり 🖨\u200b\u0001\x7f\r\nrow two"
QUERIES = (
    "printer", "vpn", "wi-fi", '"does not"', "pass", "outlook crash", "紙詰まり", "zofie",
    "secretnote", "the", "nothing whatsoever",
)  # fmt: skip

Databases = Callable[[str], DbManager]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a demo desk with something in every table, to copy for each test."""
    return filled_desk(tmp_path_factory.mktemp("demo"), DEMO_TICKETS)


def filled_desk(place: Path, tickets: int) -> Path:
    """Make a demo desk with so many tickets and something in every table."""
    folder = DataFolder(place)
    settings = settings_module.load(folder)
    scale = Scale.of(tickets)
    fill = partial(fill_demo_desk, settings=settings, scale=scale, now=NOW, password=PASSWORD)
    database = SqliteManager(folder.database)
    make_desk(database, settings, NOW, fill)
    desk = EmbeddedDesk(database, settings, lambda: NOW)
    alice = signed_in(desk, "alice")
    hard = alice.tickets.open(NewTicket(subject="Žofie's printer", description=HARD)).id
    signed_in(desk, "bob").tickets.comment(hard, NewComment(body="secretnote", internal=True))
    tie_tickets(desk, hard)
    keep_template(desk)
    put_off(desk, hard)
    with database.writing() as session:
        key = ApiKey(name="ci", key_hash="k", user_id=1, maker_id=1, scopes="", created_at=NOW)
        session.add_all(
            [
                key,
                SignInFailure(username_folded="mallory", failures=3, last_at=NOW),
                SignInFailure(username_folded="mallory", source="s", failures=2, last_at=NOW),
                DeskChange(id=77, kind="user", row_id=1, at=NOW),
                Presence(ticket_id=hard, person_id=2, seen_at=NOW, typing_at=NOW),
                Job(name="sessions", next_at=NOW, leased_until=NOW, attempts=1),
                DoneCall(
                    actor_id=1, key_hash="h", operation="o", request_hash="r", role="user", at=NOW
                ),
            ]
        )
        add_service_rows(session, hard, NOW, HARD)
        add_account_rows(session, NOW, HARD)
        add_work_rows(session, hard, NOW, HARD)
        search_of(session).index_around(session, (hard,))
        assert session.scalars(select(SignInSession)).first() is not None
    write_articles(desk, hard)
    talk_to_the_assistant(desk, hard)
    with database.writing() as session:
        # What was written past the program counts, too.
        TicketFigureRepository(session).recount(1, tickets + 1)
    take_out(desk.as_system(), HARD[:50])
    desk.close()
    return folder.database


def tie_tickets(desk: EmbeddedDesk, ticket_id: int) -> None:
    """Tag a ticket, let somebody follow it, link it, and merge another one into it."""
    bob = signed_in(desk, "bob")
    version = bob.tickets.view(ticket_id).version
    bob.tags.set(ticket_id, TagsChange(tags=("Žluť", "vpn", "Straße"), version=version))
    view = bob.views.add(NewView(name="VPN", query=TicketQuery(text="tag:vpn assignee:me")))
    bob.views.pin(ViewPins(view_ids=(view.id,)))
    bob.watchers.add(ticket_id, 5)
    bob.watchers.add(ticket_id, 4)
    bob.ticket_links.add(ticket_id, NewLink(other_id=1, relation=Relation.BLOCKS))
    gone = bob.tickets.open(NewTicket(subject=f"Deleted {HARD}"[:200], tags=("vpn",)))
    signed_in(desk, "charlie").trash.delete(gone.id, gone.version)
    into = MergeInto(survivor_id=ticket_id, version=bob.tickets.view(2).version)
    bob.merging.merge(2, into)


def keep_template(desk: EmbeddedDesk) -> None:
    """Keep a template for tickets beside those of the demo desk."""
    template = TemplateSettings(
        name="Žluť", description=HARD, category_id=1, fields=(FieldValue(key="k", value="Straße"),)
    )
    signed_in(desk, "dana").templates.add(template)


def put_off(desk: EmbeddedDesk, ticket_id: int) -> None:
    """Snooze a ticket, and plan one that is opened again and again."""
    choice = SnoozeChoice(until=NOW + timedelta(days=1), until_reply=True)
    signed_in(desk, "bob").snoozing.snooze(ticket_id, choice)
    charlie = signed_in(desk, "charlie")
    own_id = charlie.sessions.current().user.id
    plan = RecurrenceSettings(
        name="Žluť", description=HARD, requester_id=2, assignee_id=own_id, tasks=("Straße",),
        rule="FREQ=WEEKLY", time_zone="Europe/Prague", starts_at=NOW,
    )  # fmt: skip
    charlie.recurrences.add(plan)


def talk_to_the_assistant(desk: EmbeddedDesk, ticket_id: int) -> None:
    """Fill every table of the assistant."""
    conversation = signed_in(desk, "alice").assistant.begin()
    with desk.database.writing() as session:
        session.add_all(
            [
                ConversationMessage(
                    conversation_id=conversation.id,
                    speaker=Speaker.PERSON,
                    state=MessageState.COMPLETE,
                    at=NOW,
                    text=HARD,
                ),
                AssistantCall(
                    at=NOW, feature=Feature.CHAT, reach="loopback", model="m", prompt="chat.v1",
                    outcome="done", estimated=False, queued_ms=0, total_ms=1, retries=0,
                ),
                AssistantAnswer(key="k", at=NOW, value="{}"),
                FirstResponse(
                    ticket_id=ticket_id, state=FirstResponseState.NOTHING, at=NOW, enabler_id=1
                ),
                TriageOutcome(
                    ticket_id=ticket_id, version=1, at=NOW, field="category", value="1",
                    origin="history", answer="accepted",
                ),
            ]
        )  # fmt: skip


def write_articles(desk: EmbeddedDesk, ticket_id: int) -> None:
    """Fill every table of the knowledge base; an older category lies below a newer one."""
    alice, charlie = signed_in(desk, "alice"), signed_in(desk, "charlie")
    below = charlie.articles.add_category(NewArticleCategory(name="Žluté"))
    above = charlie.articles.add_category(NewArticleCategory(name="Printers"))
    moved = ArticleCategoryChange(parent_id=above.id, version=below.version)
    charlie.articles.change_category(below.id, moved)
    charlie.articles.add_category(NewArticleCategory(name="Deeper", parent_id=below.id))
    for number in range(2, 6):
        charlie.articles.create(NewArticle(title=f"Draft {number}", body="canarydraft"))
    new = NewArticle(title="Žofie's printer", body=HARD, tags=("wi-fi", "vpn"), category_id=1)
    article = charlie.articles.create(new)
    picture = NewImage(data=b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    image = charlie.articles.add_image(article.id, picture)
    body = f"{HARD}\n\n{image.markdown} [x](KB-1)"
    change = ArticleChange(body=body, publish=True, version=article.version)
    article = charlie.articles.save(article.id, change)
    charlie.articles.save(article.id, ArticleChange(body="canarynext", version=article.version))
    internal = NewArticle(title="Outlook", body="secretnote", visibility=Visibility.TECHNICIANS)
    hidden = charlie.articles.create(internal)
    move = ArticleMove(state=ArticleState.PUBLISHED, version=hidden.version)
    charlie.articles.move(hidden.id, move)
    alice.knowledge.note_read(article.id)
    alice.knowledge.rate(article.id, Rating(helpful=False, comment=HARD))
    alice.knowledge.solved(Solved(article_id=article.id))
    alice.knowledge.missed(Missed(text="紙詰まり"))
    charlie.knowledge.link(ticket_id, ArticleLink(article_id=article.id))


@pytest.fixture
def source(demo: Path, tmp_path: Path) -> Iterator[SqliteManager]:
    shutil.copy(demo, tmp_path / "source.db")
    database = SqliteManager(tmp_path / "source.db")
    yield database
    database.dispose()


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    """Return a function that gives a place for a desk where there is nothing yet."""
    opened: list[DbManager] = []
    urls: list[str] = []

    def place(kind: str) -> DbManager:
        if kind == "sqlite":
            opened.append(SqliteManager(tmp_path / f"target{len(opened)}.db"))
        else:
            urls.append(fresh_database())
            opened.append(database_at(urls[-1]))
        return opened[-1]

    yield place
    for database in opened:
        database.dispose()
    for url in urls:
        drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, databases: Databases) -> DbManager:
    return databases(request.param)


def signed_in(desk: EmbeddedDesk, username: str) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def contents(database: DbManager) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the tables that are copied, through the models."""
    found = {}
    with database.reading() as session:
        for name in COPIED:
            table = Base.metadata.tables[name]
            rows = session.execute(select(table).order_by(*table.primary_key)).all()
            found[name] = [tuple(row) for row in rows]
    facts = dict(found["desk_fact"])
    found["desk_fact"] = [
        (name, value) for name, value in facts.items() if name not in {"feed_epoch"}
    ]
    return found


def epoch(database: DbManager) -> str:
    with database.reading() as session:
        value = session.scalar(text("SELECT value FROM desk_fact WHERE name = 'feed_epoch'"))
    assert isinstance(value, str)
    return value


def is_vacant(database: DbManager) -> bool:
    """Tell whether nothing at all lies where a desk was to be."""
    if isinstance(database, SqliteManager):
        return not list(database.path.parent.glob(f"{database.path.name}*"))
    with database.reading() as session:
        statement = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return bool(session.scalar(text(statement)) == 0)


def execute(database: DbManager, statement: str) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql(statement)


# --- what arrives ---


def test_every_table_is_copied_or_left_out_on_purpose():
    tables = set(Base.metadata.tables)
    assert set(COPIED) | set(NOT_COPIED) == tables
    assert not set(COPIED) & set(NOT_COPIED)
    for name in COPIED:
        referred = {key.column.table.name for key in Base.metadata.tables[name].foreign_keys}
        assert referred <= {*COPIED[: COPIED.index(name)], name}


def test_every_table_of_the_source_holds_something(source):
    assert [name for name, rows in contents(source).items() if not rows] == []


def test_a_demo_desk_travels_to_postgresql_and_back(source, databases: Databases):
    before = contents(source)
    there, back = databases("postgresql"), databases("sqlite")
    copied = dict(copy_desk(source, there))
    assert copied["ticket"] == DEMO_TICKETS + 1
    assert copied == {table: len(rows) + (table == "desk_fact") for table, rows in before.items()}
    assert contents(there) == before
    copy_desk(there, back)
    assert contents(back) == before
    assert isinstance(back, SqliteManager)
    sound, elsewhere = examine(back), examine(there)
    assert sound[:2] == ((), DEMO_TICKETS + 1)
    # The chain of the audit log is whole in both, and ends as it did.
    assert elsewhere == sound == examine(source)
    assert sound.audit is not None
    assert sound.audit.number == len(before["audit_entry"])


def test_a_desk_travels_between_two_of_a_kind(source, databases: Databases):
    before = contents(source)
    first, second = databases("postgresql"), databases("postgresql")
    copy_desk(source, first)
    copy_desk(first, second)
    assert contents(second) == before
    file = databases("sqlite")
    copy_desk(source, file)
    assert contents(file) == before


def test_the_search_finds_the_same(source, target: DbManager, settings):
    copy_desk(source, target)
    for username in ("alice", "bob"):
        here = signed_in(EmbeddedDesk(source, settings, lambda: NOW), username)
        there = signed_in(EmbeddedDesk(target, settings, lambda: NOW), username)
        for query in QUERIES:
            wanted = [row.id for row in here.tickets.search(TicketQuery(text=query)).items]
            found = [row.id for row in there.tickets.search(TicketQuery(text=query)).items]
            assert found == wanted, query
    staff = signed_in(EmbeddedDesk(target, settings, lambda: NOW), "bob")
    assert staff.tickets.search(TicketQuery(text="secretnote")).items
    own = signed_in(EmbeddedDesk(target, settings, lambda: NOW), "alice")
    assert not own.tickets.search(TicketQuery(text="secretnote")).items


def test_the_search_of_articles_finds_the_same(source, target: DbManager, settings):
    copy_desk(source, target)
    found = {}
    for username in ("alice", "bob"):
        here = signed_in(EmbeddedDesk(source, settings, lambda: NOW), username)
        there = signed_in(EmbeddedDesk(target, settings, lambda: NOW), username)
        for query in (*QUERIES, "canarydraft", "canarynext"):
            wanted = here.articles.search(ArticleQuery(text=query)).items
            found[username, query] = there.articles.search(ArticleQuery(text=query)).items
            assert found[username, query] == wanted, query
    assert found["alice", "zofie"]
    assert found["bob", "secretnote"]
    assert not found["alice", "secretnote"]
    assert not found["alice", "canarydraft"]


def test_pictures_arrive_whole(source, target: DbManager, settings):
    copy_desk(source, target)
    alice = signed_in(EmbeddedDesk(target, settings, lambda: NOW), "alice")
    assert alice.articles.image(1).data.endswith(bytes(range(256)))


def test_work_goes_on_behind_the_last_number(source, target: DbManager, settings):
    copy_desk(source, target)
    desk = EmbeddedDesk(target, settings, lambda: NOW)
    alice, bob = signed_in(desk, "alice"), signed_in(desk, "bob")
    ticket = alice.tickets.open(NewTicket(subject="After the move"))
    last = examine(source).audit
    take_out(desk.as_system())
    (newest,) = desk.as_system().audit.search(AuditQuery(limit=1)).items
    assert last is not None
    assert newest.id > last.number
    assert examine(target, kept=last).findings == ()
    # One ticket came after the demo, and one that was deleted.
    assert ticket.id == DEMO_TICKETS + 3
    assert bob.tickets.comment(ticket.id, NewComment(body="Coming over.")).comments
    with target.writing() as session:
        change = DeskChange(kind="user", row_id=1, at=NOW)
        session.add(change)
        session.flush()
        assert change.id > 77
    made = bob.articles.create(NewArticle(title="After the move"))
    with source.reading() as session:
        newest = session.scalar(text("SELECT max(id) FROM article"))
    assert made.id == newest + 1
    picture = NewImage(data=b"\x89PNG\r\n\x1a\n")
    assert bob.articles.add_image(made.id, picture).id == 2
    assert desk.as_system().users.search(UserQuery(limit=1)).items


def test_nobody_is_signed_in_and_every_window_loads_anew(source, target: DbManager):
    copy_desk(source, target)
    with target.reading() as session:
        for name in NOT_COPIED:
            assert session.execute(select(Base.metadata.tables[name])).all() == [], name
    assert epoch(target) != epoch(source)


def test_an_empty_schema_is_filled(source, target: DbManager):
    schema.create(target)
    copy_desk(source, target)
    assert contents(target) == contents(source)


def test_the_copy_is_of_one_moment(source, target: DbManager, settings):
    alice = signed_in(EmbeddedDesk(source, settings, lambda: NOW), "alice")
    before = contents(source)
    opened = []

    def tell(done: int, total: int) -> None:
        assert 0 <= done <= total
        opened.append(alice.tickets.open(NewTicket(subject="In the middle")).id)

    copy_desk(source, target, tell)
    assert len(opened) > 10
    assert contents(target) == before


def test_the_source_may_be_for_reading_only(source, target: DbManager):
    copy_desk(SqliteManager(source.path, read_only=True), target)
    assert contents(target) == contents(source)


# --- what is refused ---


def test_a_desk_is_not_overwritten(source, target: DbManager):
    copy_desk(source, target)
    execute(target, "UPDATE ticket SET subject = 'mine' WHERE id = 1")
    before, epoch_before = contents(target), epoch(target)
    with pytest.raises(Conflict, match="There is already a desk at"):
        copy_desk(source, target)
    with pytest.raises(Conflict, match="There is already a desk at"):
        copy_desk(target, target)
    assert (contents(target), epoch(target)) == (before, epoch_before)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_no_desk_is_not_overwritten(source, databases: Databases, kind, tmp_path):
    database = databases(kind)
    if isinstance(database, SqliteManager):
        database.path.write_bytes(b"a letter")
    else:
        execute(database, "CREATE TABLE invoices (total int)")
    with pytest.raises(Conflict):
        copy_desk(source, database)
    if isinstance(database, SqliteManager):
        assert database.path.read_bytes() == b"a letter"
    else:
        execute(database, "DROP TABLE invoices")
        assert is_vacant(database)


def test_a_target_for_reading_is_refused(source, tmp_path):
    with pytest.raises(ReadOnly):
        copy_desk(source, SqliteManager(tmp_path / "target.db", read_only=True))


def test_where_there_is_no_desk_nothing_is_made(databases: Databases, target: DbManager):
    for kind in ("sqlite", "postgresql"):
        with pytest.raises(NoDesk):
            copy_desk(databases(kind), target)
    assert is_vacant(target)


@pytest.mark.parametrize("rows", [1, 3_000, 12_000, 25_000])
def test_whatever_is_raised_on_the_way_leaves_nothing(source, target: DbManager, rows):
    def stop(done: int, _total: int) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_desk(source, target, stop)
    assert is_vacant(target)
    copy_desk(source, target)
    assert contents(target) == contents(source)


# --- what is compared ---

CHANGING = {
    "sqlite": (
        "CREATE TRIGGER changing AFTER INSERT ON comment WHEN new.id = 40 BEGIN"
        " UPDATE comment SET body = body || '!' WHERE id = new.id; END",
    ),
    "postgresql": (
        "CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF new.id = 40 THEN new.body := new.body || '!'; END IF; RETURN new; END $$",
        "CREATE TRIGGER changing BEFORE INSERT ON comment FOR EACH ROW EXECUTE FUNCTION changed()",
    ),
}


def test_a_row_that_reads_differently_is_noticed(source, target: DbManager):
    schema.create(target)
    for statement in CHANGING[target.dialect]:
        execute(target, statement)
    with pytest.raises(DatabaseFault, match="The table comment reads differently in the copy"):
        copy_desk(source, target)
    with target.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM ticket")) == 0


def damage(source: SqliteManager, statement: str) -> None:
    with closing(sqlite3.connect(source.path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM user WHERE id = (SELECT requester_id FROM ticket)", "ticket"),
        ("UPDATE comment SET ticket_id = 999999 WHERE id = 3", "comment"),
        ("UPDATE article_category SET parent_id = 999999 WHERE id = 2", "article_category"),
        (
            "UPDATE article_revision SET article_id = 999999 WHERE article_id = 2",
            "article_revision",
        ),
    ],
)
def test_a_source_that_breaks_its_rules_is_told(source, target: DbManager, statement, table):
    damage(source, statement)
    with pytest.raises(Damaged, match=r"has a row that breaks its rules.*helpdesk check-db"):
        copy_desk(source, target)
    assert is_vacant(target)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE comment SET body = 'a' || char(0) || 'b' WHERE id = 3",
        "UPDATE ticket SET status = 'open' WHERE id = 3",
        "UPDATE ticket SET priority = 70000 WHERE id = 3",
    ],
)
def test_what_postgresql_cannot_hold_is_told(source, databases: Databases, statement):
    damage(source, statement)
    there = databases("postgresql")
    with pytest.raises(Damaged, match=r"has a row that breaks its rules"):
        copy_desk(source, there)
    assert is_vacant(there)


def test_text_that_is_none_is_told(source, target: DbManager):
    damage(source, "UPDATE comment SET body = CAST(x'ff' AS TEXT) WHERE id = 3")
    with pytest.raises(Damaged):
        copy_desk(source, target)
    assert is_vacant(target)
