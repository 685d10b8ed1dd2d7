# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles are found alike on both databases, and by nobody who may not read them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.articles import (
    ArticleQuery,
    ArticleRow,
    ArticleSort,
    Suggestion,
    Visibility,
)
from helpdesk.core.text import HIT_END, HIT_START, folded
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Article
from helpdesk.repositories.article_lists import kept_tags
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.repositories.cursors import encoded
from helpdesk.services.questions import telling_words
from tests.places import postgres_copy
from tests.unit.repositories.mixed_articles import (
    BOTH,
    READER,
    WRITER,
    add,
    article_query,
    fill,
    publish,
    rewrite,
    text_of,
    withdraw,
)
from tests.unit.repositories.mixed_texts import START, dice_of, said

ARTICLES = 220
MOST_PAGES = 200
NOW = START

Databases = tuple[DbManager, DbManager]


@contextmanager
def both_of(place: Path, template: Path) -> Iterator[Databases]:
    """Yield an SQLite and a PostgreSQL desk with the same people."""
    shutil.copy(template, place / "desk.db")
    with postgres_copy(template) as url:
        databases = (SqliteManager(place / "desk.db"), database_at(url))
        try:
            yield databases
        finally:
            for database in databases:
                database.dispose()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Databases]:
    """Return two desks with the same articles, only to be read."""
    with both_of(tmp_path_factory.mktemp("articles"), template) as databases:
        for database in databases:
            with database.writing() as session:
                fill(session, ARTICLES, "articles")
        with databases[1].writing() as session:
            # No planner of a running server is without what this tells it.
            session.execute(text("ANALYZE"))
        yield databases


def pages_of(database: DbManager, actor: Actor, query: ArticleQuery) -> list[list[ArticleRow]]:
    """Return the whole list, page by page."""
    pages: list[list[ArticleRow]] = []
    for _ in range(MOST_PAGES):
        with database.reading() as session:
            page = ArticleRepository(session, actor).page(query, NOW)
        assert len(page.items) <= query.limit
        pages.append(list(page.items))
        if page.next_cursor is None:
            return pages
        query = query.model_copy(update={"cursor": page.next_cursor})
    raise AssertionError("the list has no end")


def listed(database: DbManager, actor: Actor, query: ArticleQuery) -> list[ArticleRow]:
    return [row for page in pages_of(database, actor, query) for row in page]


def assert_same(both: Databases, actor: Actor, query: ArticleQuery) -> list[ArticleRow]:
    here, there = (listed(database, actor, query) for database in both)
    assert [row.id for row in here] == [row.id for row in there]
    assert here == there
    assert len({row.id for row in here}) == len(here)
    return here


# --- both find the same -----------------------------------------------------------------------

TYPED = [
    "printer", "PRINTER", "print", "pri", "p", "printer ", "the printer ", "vpn mail", "vpn ma",
    "grüne", "GRUNE", "gru\u0308ne ", "straße", "STRASSE", "istanbul", "İSTANBUL", "ελλαδα",
    "ИВАН", "й", "印刷", "印", "プリンター", "한국어", "हिन्दी", "ไทย", "עברית", "عربي",
    "e-mail", "e-ma", "don't", "o'brien", "50_60", "a_b", "100%", "%", "_", "\\", "*", "wor*",
    '"', '""', '"the printer"', '"printer the', 'vpn "the printer"', '"the printer" vpn',
    "AND", "the AND printer", "OR", "NOT", "NEAR(the printer)", "(", ")", "(b)", "^first",
    "col:umn", "heading:printer", "{heading}:printer", "public", "scope:public", "@public",
    ":printer", "'", "''", ";", "--", "&", "|", "!", "<->", "printer & vpn", "printer:*",
    "😀", "👩‍👩‍👧", "\u200b", "\u0301", "ª", "²", "½", "Ⅷ", "\ufffd", "x" * 300, "x" * 501,
    "y" * 499, "remote work", '"remote work"', "a b c d e f g", "  ", "", "the the",
    "printer " * 40,
]  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_what_people_type_finds_the_same(both: Databases, typed: str):
    for actor in BOTH:
        assert_same(both, actor, ArticleQuery(text=typed, limit=20))


@pytest.mark.parametrize("seed", range(80))
def test_a_search_finds_the_same_in_the_same_order(both: Databases, seed: int):
    dice = dice_of(f"search/{seed}")
    assert_same(both, dice.choice(BOTH), article_query(dice, has_text=True))


@pytest.mark.parametrize("seed", range(60))
def test_a_list_has_the_same_order(both: Databases, seed: int):
    dice = dice_of(f"list/{seed}")
    assert_same(both, dice.choice(BOTH), article_query(dice, has_text=False))


def test_the_searches_of_this_corpus_find_something(both: Databases):
    counts = [len(listed(both[0], WRITER, ArticleQuery(text=typed))) for typed in TYPED]
    assert sum(count > 0 for count in counts) > 50
    assert sum(count > 20 for count in counts) > 10


@pytest.mark.parametrize("seed", range(20))
def test_where_the_ranked_hits_end_both_end(
    both: Databases, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr("helpdesk.repositories.article_lists.RANKED", 7)
    dice = dice_of(f"ranked/{seed}")
    query = article_query(dice, has_text=True).model_copy(update={"limit": 3})
    found = assert_same(both, dice.choice(BOTH), query)
    assert len(found) <= 14


@pytest.mark.parametrize("seed", range(60))
def test_the_same_is_suggested(both: Databases, seed: int):
    dice = dice_of(f"suggest/{seed}")
    stems = tuple(telling_words(said(dice, 30)))
    here, there = (suggested(database, stems) for database in both)
    assert here == there


def test_the_suggestions_of_this_corpus_are_some(both: Databases):
    found = [
        suggested(both[1], tuple(telling_words(said(dice_of(f"suggest/{seed}"), 30))))
        for seed in range(60)
    ]
    assert sum(map(bool, found)) > 20


def suggested(database: DbManager, stems: tuple[str, ...]) -> tuple[Suggestion, ...]:
    with database.reading() as session:
        return ArticleRepository(session, READER).suggest(stems, 10)


@pytest.mark.parametrize("typed", ["printer", '"the printer"', "grüne", "vpn ma", "e-mail "])
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_an_excerpt_marks_the_hits(both: Databases, which: int, typed: str):
    rows = listed(both[which], WRITER, ArticleQuery(text=typed))
    assert rows
    marks = [(row.excerpt or "").count(HIT_START) for row in rows]
    assert marks == [(row.excerpt or "").count(HIT_END) for row in rows]
    # What only stands in a heading is not in the text.
    assert sum(map(bool, marks)) > len(rows) / 3


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", list(ArticleSort))
@pytest.mark.parametrize("typed", ["", "the "])
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_pages_hold_each_article_once_and_in_order(
    both: Databases, which: int, typed: str, sort: ArticleSort
):
    query = ArticleQuery(text=typed, sort=sort, limit=3)
    pages = pages_of(both[which], WRITER, query)
    assert len(pages) > 5
    assert all(len(page) == query.limit for page in pages[:-1])
    rows = [row for page in pages for row in page]
    assert rows == listed(both[which], WRITER, query.model_copy(update={"limit": 200}))
    assert len({row.id for row in rows}) == len(rows)
    if not typed:
        keys = [_key(row, sort) for row in rows]
        assert all(before < after for before, after in pairwise(keys))


def _key(row: ArticleRow, sort: ArticleSort) -> tuple[object, ...]:
    if sort is ArticleSort.UPDATED:
        return -row.updated_at.timestamp(), -row.id
    if sort is ArticleSort.READ:
        return -row.reads, -row.id
    return folded(row.title).encode(), row.id


BAD = [
    "x", "", "\x00", "é", "W10", encoded((1,)), encoded((1, 2, 3, 4, 5, 6)), encoded(("a", "b")),
    encoded((None, 1)),  # type: ignore[arg-type]
    encoded((2**63, 1)), encoded((-(2**63) - 1, 1)), encoded((1, 2**70)),
    encoded((2**62, 1)), encoded((1, 2, 3, 4, "x")), "A" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("cursor", BAD)
@pytest.mark.parametrize("typed", ["", "the "])
@pytest.mark.parametrize("sort", list(ArticleSort))
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_a_bad_cursor_is_refused_or_harmless(
    both: Databases, which: int, sort: ArticleSort, typed: str, cursor: str
):
    query = ArticleQuery(text=typed, sort=sort, cursor=cursor, limit=2)
    with both[which].reading() as session:
        try:
            page = ArticleRepository(session, WRITER).page(query, NOW)
        except Invalid:
            return
    assert len(page.items) <= 2
    assert not cursor or cursor not in {"x", "é", "W10", "\x00", encoded((1,)), "A" * 100_000}


# --- who finds what ---------------------------------------------------------------------------

CANARY = "quokkatoken"
HIDING = (
    "draft", "internal", "archived", "newer text", "internal newer text", "draft of the archive",
)  # fmt: skip
TRIES = [
    pattern.format(canary=CANARY, start=CANARY[:4])
    for pattern in (
        "{canary}", "{canary} ", "{start}", '"{canary}"', "kettle {canary}", "{canary} kettle",
        '"kettle {canary}"', "{canary} OR kettle", "heading:{canary}", "said:{canary}",
        "{{heading said}}:{canary}", "kettle NOT {canary}", "^{canary}", "{canary}*",
        "NEAR(kettle {canary})", "kettle) OR ({canary}", '" OR "{canary}', ":{canary}",
        "scope:{canary}", "kettle' OR words @@ '{canary}",
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Databases]:
    """Return two desks with published articles, and a word that no reader may find."""
    with both_of(tmp_path_factory.mktemp("hidden"), template) as databases:
        for database in databases:
            with database.writing() as session:
                articles = ArticleRepository(session, WRITER)
                for kind in HIDING:
                    for field in ("title", "tags", "summary", "body"):
                        hide(articles, kind, field)
        yield databases


def hide(articles: ArticleRepository, kind: str, field: str) -> Article:
    """Write an article whose canary stands in one field of a text that readers do not see."""
    dice = dice_of(f"{kind}/{field}")
    open_text = text_of(dice) | {
        "title": f"Kettle {kind}", "tags": kept_tags(["tea"]), "summary": "kettle",
        "body": "A kettle.", "visibility": Visibility.EVERYONE, "category_id": None,
    }  # fmt: skip
    secret = CANARY if field != "tags" else kept_tags([CANARY])
    text = open_text | {field: f"kettle {secret}" if field in {"title", "body"} else secret}
    if "internal" in kind:
        text["visibility"] = Visibility.TECHNICIANS
    if "newer" in kind:
        article = add(articles, dice, open_text)
        publish(articles, article)
        rewrite(articles, article, text)
        return article
    article = add(articles, dice, text)
    if kind in {"internal", "archived", "draft of the archive"}:
        publish(articles, article)
    if "archive" in kind:
        withdraw(articles, article)
    if kind == "draft of the archive":
        rewrite(articles, article, text)
    return article


@pytest.mark.parametrize("typed", TRIES)
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_a_reader_never_finds_by_a_hidden_word(hidden: Databases, which: int, typed: str):
    for sort in ArticleSort:
        rows = listed(hidden[which], READER, ArticleQuery(text=typed, sort=sort))
        assert rows == []


@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_nothing_hidden_is_in_what_a_reader_gets(hidden: Databases, which: int):
    queries = [
        ArticleQuery(),
        ArticleQuery(text="kettle"),
        ArticleQuery(tag=CANARY),
        ArticleQuery(visibility=Visibility.TECHNICIANS),
        ArticleQuery(mine=True, sort=ArticleSort.UPDATED),
    ]
    for query in queries:
        for row in listed(hidden[which], READER, query):
            assert CANARY not in repr(row).casefold()
            assert row.title.endswith("newer text")
    for question in (CANARY, f"kettle {CANARY}", "kettle"):
        for each in suggested(hidden[which], tuple(telling_words(question))):
            assert CANARY not in repr(each)
            assert each.article.title.endswith("newer text")
    assert suggested(hidden[which], (CANARY,)) == ()


@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_readers_find_the_published_text_while_a_newer_one_is_written(
    hidden: Databases, which: int
):
    rows = listed(hidden[which], READER, ArticleQuery(text="kettle"))
    assert len(rows) == 4 * 2
    assert all(HIT_START in (row.excerpt or "") for row in rows)
    assert len(suggested(hidden[which], ("kettle",))) == 4 * 2


@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_writers_find_drafts_and_internal_articles(hidden: Databases, which: int):
    found = {row.title for row in listed(hidden[which], WRITER, ArticleQuery(text=CANARY))}
    assert {f"kettle {CANARY}", "Kettle draft", "Kettle internal"} <= found
    assert "Kettle archived" not in found


# --- the shortest way -------------------------------------------------------------------------

PLANS = {
    "title": (ArticleQuery(sort=ArticleSort.TITLE), "ix_article_title_folded"),
    "updated": (ArticleQuery(sort=ArticleSort.UPDATED), "ix_article_updated_at"),
    "read": (ArticleQuery(sort=ArticleSort.READ), "ix_article_reads"),
}


@pytest.mark.parametrize("actor", BOTH, ids=["staff", "reader"])
@pytest.mark.parametrize("resumes", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_a_list_is_a_walk_along_its_index(
    both: Databases, which: int, name: str, resumes: bool, actor: Actor
):
    query, index = PLANS[name]
    if name == "updated" and actor is not WRITER:
        # Readers learn when they got a text, not when a newer one was begun.
        index = "ix_article_published_at"
    if resumes:
        with both[which].reading() as session:
            first = query.model_copy(update={"limit": 2})
            cursor = ArticleRepository(session, actor).page(first, NOW).next_cursor
        query = query.model_copy(update={"cursor": cursor})
    (plan,) = plans_of(both[which], actor, query)
    assert [line for line in plan if index in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line or "Sort" in line], plan


@pytest.mark.parametrize("actor", BOTH, ids=["staff", "reader"])
def test_a_search_walks_the_full_text_index_from_the_newest(both: Databases, actor: Actor):
    found, texts = plans_of(both[0], actor, ArticleQuery(text="printer"))
    assert len([line for line in found if "VIRTUAL TABLE INDEX" in line]) == 2
    for line in (*found, *texts):
        assert "TEMP B-TREE" not in line, (found, texts)
        assert not line.startswith("SCAN article "), (found, texts)
        assert line != "SCAN article", (found, texts)


@pytest.mark.parametrize("actor", BOTH, ids=["staff", "reader"])
def test_a_search_on_postgresql_reads_no_table_as_a_whole(both: Databases, actor: Actor):
    found, texts = plans_of(both[1], actor, ArticleQuery(text="printer"))
    assert not [line for line in (*found, *texts) if "Seq Scan" in line], (found, texts)


def plans_of(database: DbManager, actor: Actor, query: ArticleQuery) -> list[list[str]]:
    """Return the plan of each statement by which a query is answered."""
    with database.reading() as session:
        if database.dialect == "postgresql":
            # Small as these tables are, each would be read as a whole otherwise.
            session.execute(text("SET LOCAL enable_seqscan = off"))
        with sent_by(session) as statements:
            ArticleRepository(session, actor).page(query, NOW)
        return [_plan(session, *statement) for statement in statements]


def _plan(session: Session, statement: str, values: Any) -> list[str]:
    explain = "EXPLAIN" if session.get_bind().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = session.connection().exec_driver_sql(f"{explain} {statement}", values)
    return [str(row[-1]) for row in rows]


@contextmanager
def sent_by(session: Session) -> Iterator[list[tuple[str, object]]]:
    """Yield the statements that a session sends inside, with their values."""
    seen: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        seen.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)
