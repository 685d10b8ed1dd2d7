# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a desk finds of figures, and what a rebuild mends, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.articles import ArticleMove, ArticleState, NewArticle, Solved
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketChange
from helpdesk.database import figure_checks
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.jobs.figures import count_tickets, is_waiting
from helpdesk.jobs.sla import keep_clocks
from tests.contract.desks import person
from tests.places import KINDS, postgres_copy

Asked = Callable[[str], list[tuple[Any, ...]]]
NOW = datetime(2026, 11, 24, tzinfo=UTC)
MENDED = "mend it with: helpdesk check-db --repair."
FIGURES = (
    "SELECT * FROM ticket_figure ORDER BY ticket_id",
    "SELECT * FROM daily_figure WHERE created + resolved + responded + avoided + closed <> 0"
    " ORDER BY slice, first_id, second_id, day",
    "SELECT * FROM hourly_figure WHERE created <> 0 ORDER BY team_id, day, hour",
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, template: Path, folder) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder.database}"
        return
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def desk(url: str, settings, clock, monkeypatch) -> Iterator[EmbeddedDesk]:
    """Return a desk with tickets that wait, were answered, solved, reopened and escalated."""
    monkeypatch.setattr(figure_checks, "TICKETS_IN_WINDOW", 2)
    desk = EmbeddedDesk(database_at(url), settings, clock)
    alice, bob, dana = (person(desk, name) for name in ("alice", "bob", "dana"))
    moves = {
        2: (Status.AWAITING_CUSTOMER,),
        4: (Status.RESOLVED,),
        5: (Status.RESOLVED, Status.OPEN),
    }
    for number in range(1, 6):
        priority = Priority.URGENT if number == 3 else Priority.LOW
        alice.tickets.open(NewTicket(subject="x", priority=priority))
        for status in moves.get(number, ()):
            clock.forward(minutes=7)
            bob.tickets.comment(number, NewComment(body="x"))
            version = bob.tickets.view(number).version
            bob.tickets.change(number, TicketChange(status=status, version=version))
    article = dana.articles.create(NewArticle(title="Paper", body="Pull."))
    dana.articles.move(
        article.id, ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
    )
    alice.knowledge.solved(Solved(article_id=article.id))
    clock.forward(hours=6)
    keep_clocks(desk, clock.now)
    count_tickets(desk, clock.now)
    yield desk
    desk.close()


@pytest.fixture
def asked(url: str, desk: EmbeddedDesk) -> Asked:
    """Return a function that asks the database, or changes it as no program of ours would."""

    def execute(statement: str) -> list[tuple[Any, ...]]:
        if isinstance(desk.database, SqliteManager):
            with closing(sqlite3.connect(desk.database.path)) as file, file:
                return file.execute(statement).fetchall()
        with psycopg.connect(url) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    return execute


def test_what_is_wrong_with_figures_is_found_and_mended(desk: EmbeddedDesk, asked: Asked):
    assert examine(desk.database).findings == ()
    before = [asked(statement) for statement in FIGURES]
    assert any(row[-9] for row in before[0])
    sums, hours = "are not the sums of their tickets", "are not those of its tickets"
    breaks = (
        ("UPDATE ticket_figure SET category_id = 4 WHERE ticket_id = 2", "count HD-2 as"),
        ("UPDATE ticket_figure SET seconds_new = 1 WHERE ticket_id > 3", "count HD-4, HD-5 as"),
        ("UPDATE ticket_figure SET score = 9, rated_day = 1", "count HD-1, HD-2, HD-3, HD-4, HD-5"),
        ("DELETE FROM ticket_figure WHERE ticket_id = 3", "count HD-3 as"),
        ("UPDATE daily_figure SET created = created + 1 WHERE slice = 3", sums),
        ("UPDATE daily_figure SET avoided = 0", sums),
        ("DELETE FROM daily_figure WHERE slice = 8", sums),
        ("UPDATE daily_figure SET resolution_histogram = response_histogram", sums),
        ("UPDATE daily_figure SET response_histogram = NULL", sums),
        ("UPDATE daily_figure SET day = day - 900", sums),
        ("UPDATE hourly_figure SET created = created + 1", hours),
        ("DELETE FROM hourly_figure", hours),
    )
    for statement, sentence in breaks:
        asked(statement)
        (finding,) = examine(desk.database).findings
        assert sentence in finding
        assert finding.endswith(MENDED)
        rebuild(desk.database)
        assert examine(desk.database).findings == ()
        assert [asked(each) for each in FIGURES] == before, statement


def test_a_histogram_that_cannot_be_read_is_mended(desk: EmbeddedDesk, asked: Asked):
    is_file = isinstance(desk.database, SqliteManager)
    broken = "X'02ff'" if is_file else r"'\x02ff'::bytea"
    asked(f"UPDATE daily_figure SET response_histogram = {broken}")  # noqa: S608
    assert len(examine(desk.database).findings) == 1
    rebuild(desk.database)
    assert examine(desk.database).findings == ()


def test_what_waits_to_be_counted_is_no_damage(desk: EmbeddedDesk, asked: Asked):
    before = [asked(statement) for statement in FIGURES]
    for table in ("ticket_figure", "daily_figure", "hourly_figure"):
        asked(f"DELETE FROM {table}")  # noqa: S608
    asked("DELETE FROM desk_fact WHERE name = 'figures_counted'")
    assert [each for each in examine(desk.database).findings if "count HD" in each] == []
    assert is_waiting(desk, NOW)
    assert count_tickets(desk, NOW) == 5
    assert [asked(statement) for statement in FIGURES] == before
    assert examine(desk.database).findings == ()
    assert not is_waiting(desk, NOW)


def test_a_desk_is_counted_anew_in_another_zone(desk: EmbeddedDesk, asked: Asked):
    before = [asked(statement) for statement in FIGURES]
    calendars = asked("SELECT settings FROM calendar_revision")
    asked("UPDATE calendar_revision SET settings = replace(settings, '\"UTC\"', '\"Asia/Tokyo\"')")
    assert calendars != asked("SELECT settings FROM calendar_revision")
    assert is_waiting(desk, NOW)
    assert count_tickets(desk, NOW) == 5
    assert {row[0] for row in asked("SELECT created_hour FROM ticket_figure")} == {18}
    assert examine(desk.database).findings == ()
    asked("UPDATE desk_fact SET value = '3' WHERE name = 'figures_recounted'")
    assert examine(desk.database).findings == ()
    asked("UPDATE calendar_revision SET settings = replace(settings, '\"Asia/Tokyo\"', '\"UTC\"')")
    count_tickets(desk, NOW)
    assert [asked(statement) for statement in FIGURES] == before
