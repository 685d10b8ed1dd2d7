# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a desk on PostgreSQL finds, and what a rebuild mends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import DbManager, database_at
from tests.conftest import PASSWORD
from tests.places import postgres_copy


@pytest.fixture
def url(template: Path) -> Iterator[str]:
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def worked(url: str, tmp_path: Path) -> Iterator[DbManager]:
    """Return a desk with three tickets that have been worked on."""
    database = database_at(url)
    desk = EmbeddedDesk(database, settings_module.load(DataFolder(tmp_path)))
    alice, bob = desk.facade(), desk.facade()
    alice.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    bob.sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    for subject in ("Printer jams", "Wi-Fi is slow", "Screen flickers"):
        ticket = alice.tickets.open(NewTicket(subject=subject, description="Seit Montag: Störung."))
        bob.tickets.comment(ticket.id, NewComment(body="Which floor?"))
        bob.tickets.comment(ticket.id, NewComment(body="The old model again", internal=True))
        alice.tickets.comment(ticket.id, NewComment(body="The third. It's Bob's \\ 'desk'"))
    yield database
    database.dispose()


def broken(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_desk_people_work_in_is_sound(worked: DbManager):
    done: list[tuple[int, int]] = []
    found = examine(worked, lambda *step: done.append(step))
    assert found[:3] == ((), 3, 9)
    assert done[-1][0] == done[-1][1]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE ticket SET replies = 5 WHERE id = 2", "The comments of HD-2 are not counted"),
        ("UPDATE ticket SET notes = 0 WHERE id > 1", "The comments of HD-2, HD-3 are not"),
        ("DELETE FROM ticket_search WHERE ticket_id = 3", "The search does not find HD-3;"),
        ("UPDATE ticket_search SET internal = '' WHERE ticket_id = 1", "other words than those"),
        ("UPDATE ticket_search SET public = '' WHERE ticket_id = 1", "other words than those"),
        (
            "UPDATE ticket_search SET words = ts_delete(words, 'floor') WHERE ticket_id = 2",
            "The search finds other words than those of HD-2;",
        ),
    ],
    ids=["replies", "notes", "missing", "internal", "public", "words"],
)
def test_what_can_be_derived_is_found_and_mended(
    url: str, worked: DbManager, statement: str, sentence: str
):
    broken(url, statement)
    (finding,) = examine(worked).findings
    assert sentence in finding
    assert finding.endswith("mend it with: helpdesk check-db --repair.")
    rebuild(worked)
    assert examine(worked)[:3] == ((), 3, 9)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE \"user\" SET role = 'king' WHERE id = 1", "a role that this program does not"),
        ("UPDATE ticket SET status = 9 WHERE id = 2", "HD-2 has a status, a priority or a source"),
        ("UPDATE ticket SET closed_at = 1 WHERE id = 1", "HD-1 is open and has a time of"),
        ("UPDATE ticket SET status = 6 WHERE id = 3", "HD-3 is done and has no time of"),
        ("UPDATE ticket SET updated_at = 1 WHERE id = 3", "HD-3 has times that run backwards"),
    ],
    ids=["role", "status", "open", "done", "times"],
)
def test_what_cannot_be_derived_is_found(
    url: str, worked: DbManager, statement: str, sentence: str
):
    broken(url, statement)
    findings = examine(worked).findings
    assert any(sentence in finding for finding in findings)
    rebuild(worked)
    assert examine(worked).findings == findings


def test_nobody_is_kept_waiting_by_a_check(worked: DbManager):
    with worked.writing() as session:
        session.connection()
        assert examine(worked).findings == ()
