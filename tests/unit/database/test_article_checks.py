# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a desk finds of articles, and what a rebuild mends, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleMove,
    ArticleQuery,
    ArticleState,
    NewArticle,
    NewArticleCategory,
    Rating,
    Solved,
    Visibility,
)
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from tests.contract.desks import person
from tests.places import KINDS, postgres_copy

Break = Callable[[str], None]
MENDED = "mend it with: helpdesk check-db --repair."


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, template: Path, folder) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder.database}"
        return
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def desk(url: str, settings, clock) -> Iterator[EmbeddedDesk]:
    """Return a desk with a draft, a published article being rewritten, and an internal one."""
    desk = EmbeddedDesk(database_at(url), settings, clock)
    bob, charlie = person(desk, "bob"), person(desk, "charlie")
    charlie.articles.add_category(NewArticleCategory(name="Network"))
    bob.articles.create(NewArticle(title="A draft", body="Not *yet*."))
    new = NewArticle(
        title="Grüße vom VPN", summary="It's 'so'", body="Press **connect**.", tags=("vpn", "home")
    )
    vpn = published(charlie, bob.articles.create(new).id)
    bob.articles.save(vpn, ArticleChange(body="newer words", version=2))
    hidden = NewArticle(title="Internal", body="Mind.", visibility=Visibility.TECHNICIANS)
    published(charlie, bob.articles.create(hidden).id)
    for name, helpful in (("alice", True), ("erin", False)):
        reader = person(desk, name)
        reader.knowledge.note_read(vpn)
        reader.knowledge.rate(vpn, Rating(helpful=helpful))
        reader.knowledge.solved(Solved(article_id=vpn))
    yield desk
    desk.close()


@pytest.fixture
def database(desk: EmbeddedDesk) -> DbManager:
    return desk.database


@pytest.fixture
def broken(url: str, desk: EmbeddedDesk) -> Break:
    """Return a function that changes the database as no program of ours would."""

    def execute(statement: str) -> None:
        if isinstance(desk.database, SqliteManager):
            with closing(sqlite3.connect(desk.database.path)) as file, file:
                file.execute(statement)
        else:
            with psycopg.connect(url) as connection:
                connection.execute(statement)

    return execute


def published(charlie: HelpDesk, article_id: int) -> int:
    version = charlie.articles.view(article_id).version
    charlie.articles.move(article_id, ArticleMove(state=ArticleState.PUBLISHED, version=version))
    return article_id


def test_articles_that_people_work_on_are_sound(desk: EmbeddedDesk):
    done: list[tuple[int, int]] = []
    assert examine(desk.database, lambda *step: done.append(step)).findings == ()
    assert done[-1][0] == done[-1][1]
    charlie = person(desk, "charlie")
    view = charlie.articles.view(2)
    charlie.articles.move(2, ArticleMove(state=ArticleState.ARCHIVED, version=view.version))
    assert examine(desk.database).findings == ()


ROW_ID = {"sqlite": "rowid", "postgresql": "article_id"}


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE article SET helpful = 2 WHERE id = 2", "The figures of KB-2 are not counted"),
        ("UPDATE article SET unhelpful = 1 WHERE id = 3", "The figures of KB-3 are not counted"),
        ("UPDATE article SET reads = 1 WHERE id = 2", "The figures of KB-2 are not counted"),
        ("UPDATE article SET avoided = 1 WHERE id = 2", "The figures of KB-2 are not counted"),
        ("DELETE FROM article_search WHERE {id} = 1", "The search does not find KB-1;"),
        ("DELETE FROM article_search WHERE {id} = 3", "The search does not find KB-3;"),
        ("DELETE FROM article_search", "The search does not find KB-1, KB-2, KB-3;"),
        (
            "UPDATE article_search SET heading = ' a ' WHERE {id} = 2",
            "The search finds other words than those of KB-2;",
        ),
        (
            "UPDATE article_search SET said = ' a ' WHERE {id} = 1",
            "The search finds other words than those of KB-1;",
        ),
    ],
)
def test_what_can_be_derived_is_found_and_mended(
    database: DbManager, broken: Break, statement: str, sentence: str
):
    broken(statement.format(id=ROW_ID[database.dialect]))
    findings = examine(database).findings
    assert any(sentence in finding for finding in findings)
    assert all(finding.endswith(MENDED) for finding in findings)
    rebuild(database)
    assert examine(database).findings == ()


ON_SQLITE = (
    (
        "INSERT INTO article_search (rowid, heading) VALUES (9, 'ghost')",
        "The search finds KB-9, which no longer exists;",
    ),
    (
        "INSERT INTO article_search (rowid, heading) VALUES (-1, 'ghost')",
        "The search finds KB--1, which no longer exists;",
    ),
    (
        "UPDATE article_search SET scope = 'public' WHERE rowid = 3",
        "The search finds other words than those of KB-3;",
    ),
    ("DELETE FROM article_search_data WHERE id > 10", "The search index is damaged;"),
)


@pytest.mark.parametrize(("statement", "sentence"), ON_SQLITE)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_what_only_a_file_can_have_is_found_and_mended(
    database: DbManager, broken: Break, statement: str, sentence: str
):
    broken(statement)
    findings = examine(database).findings
    assert any(sentence in finding for finding in findings)
    rebuild(database)
    assert examine(database).findings == ()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_word_that_lets_readers_find_is_compared(database: DbManager, broken: Break):
    broken(
        "UPDATE article_search SET words = words || array_to_tsvector(ARRAY['@public'])"
        " WHERE article_id = 3"
    )
    (finding,) = examine(database).findings
    assert "other words than those of KB-3;" in finding
    rebuild(database)
    assert examine(database).findings == ()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE article SET state = 'hidden' WHERE id = 1", "KB-1 has a state or a visibility"),
        ("UPDATE article SET visibility = 'all' WHERE id = 2", "KB-2 has a state or a visibility"),
        (
            "UPDATE article_revision SET visibility = 'all' WHERE article_id = 2 AND number = 2",
            "KB-2 has a state or a visibility",
        ),
        ("UPDATE article SET revision = 7 WHERE id = 1", "KB-1 lacks a text that was saved"),
        ("UPDATE article SET revision = 1 WHERE id = 2", "KB-2 lacks a text that was saved"),
        ("UPDATE article SET live_revision = 7 WHERE id = 2", "KB-2 lacks a text that was saved"),
        ("DELETE FROM article_revision WHERE article_id = 3", "KB-3 lacks a text that was saved"),
        ("UPDATE article SET title = 'Else' WHERE id = 2", "KB-2 shows another text than the one"),
        ("UPDATE article SET body = '' WHERE id = 1", "KB-1 shows another text than the one"),
        ("UPDATE article SET category_id = 1 WHERE id = 1", "KB-1 shows another text than the"),
        ("UPDATE article SET live_revision = 2 WHERE id = 2", "KB-2 shows another text than the"),
        ("UPDATE article SET state = 'published' WHERE id = 1", "KB-1 is in a state that its"),
        ("UPDATE article SET state = 'published' WHERE id = 2", "KB-2 is in a state that its"),
        ("UPDATE article SET state = 'archived' WHERE id = 3", "KB-3 is in a state that its"),
    ],
)
def test_what_cannot_be_derived_is_found(
    database: DbManager, broken: Break, statement: str, sentence: str
):
    broken(statement)
    findings = examine(database).findings
    assert any(sentence in finding for finding in findings)
    assert not any(finding.endswith(MENDED) for finding in findings if sentence in finding)


def test_a_rebuild_leaves_reads_that_no_day_tells_of(
    desk: EmbeddedDesk, database: DbManager, broken: Break
):
    broken("UPDATE article SET reads = 40, helpful = 9 WHERE id = 2")
    rebuild(database)
    view = person(desk, "bob").articles.view(2)
    assert (view.reads, view.helpful, view.unhelpful, view.avoided) == (40, 1, 1, 2)


def test_after_a_rebuild_the_search_finds_all_again(
    desk: EmbeddedDesk, database: DbManager, broken: Break
):
    broken("DELETE FROM article_search")
    rebuild(database)
    alice, bob = person(desk, "alice"), person(desk, "bob")

    def found(facade: HelpDesk, text: str) -> list[int]:
        return [row.id for row in facade.articles.search(ArticleQuery(text=text)).items]

    assert found(alice, '"press connect"') == found(alice, "gruß") == [2]
    assert found(alice, "draft") == found(alice, "newer") == found(alice, "mind") == []
    assert found(bob, "draft") == [1]
    assert found(bob, "mind") == [3]
