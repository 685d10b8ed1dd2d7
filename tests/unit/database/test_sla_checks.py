# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a desk finds of service levels, and what a rebuild mends, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketChange
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.jobs.sla import keep_clocks
from tests.contract.desks import person
from tests.places import KINDS, postgres_copy

Asked = Callable[[str], list[tuple[Any, ...]]]
MENDED = "mend it with: helpdesk check-db --repair."
RESTORED = "restore the last backup with: helpdesk restore FILE."
DERIVED = (
    "SELECT id, ends_at FROM sla_segment ORDER BY id",
    "SELECT ticket_id, next_kind, next_due, paused, late FROM ticket_sla ORDER BY ticket_id",
    "SELECT id, first_response_due, resolution_due FROM ticket ORDER BY id",
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, template: Path, folder) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder.database}"
        return
    with postgres_copy(template) as url:
        yield url


@pytest.fixture
def desk(url: str, settings, clock) -> Iterator[EmbeddedDesk]:
    """Return a desk with tickets whose clocks run, are paused, are late, and have ended."""
    desk = EmbeddedDesk(database_at(url), settings, clock)
    alice, bob = person(desk, "alice"), person(desk, "bob")
    for subject in ("New", "Asked", "Late", "Solved", "Reopened"):
        priority = Priority.URGENT if subject == "Late" else Priority.LOW
        alice.tickets.open(NewTicket(subject=subject, priority=priority))
    moves = ((2, Status.AWAITING_CUSTOMER), (4, Status.RESOLVED), (5, Status.RESOLVED))
    for id_, status in (*moves, (5, Status.OPEN)):
        clock.forward(minutes=1)
        bob.tickets.comment(id_, NewComment(body="Look at this."))
        version = bob.tickets.view(id_).version
        bob.tickets.change(id_, TicketChange(status=status, version=version))
    alice.tickets.comment(5, NewComment(body="Not yet."))
    clock.forward(days=2)
    keep_clocks(desk, clock.now)
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


def test_what_can_be_derived_is_found_and_mended(desk: EmbeddedDesk, asked: Asked):
    assert examine(desk.database).findings == ()
    before = [asked(statement) for statement in DERIVED]
    late = asked("SELECT ticket_id FROM ticket_sla WHERE late ORDER BY ticket_id")
    assert (3,) in late
    breaks = (
        ("UPDATE sla_segment SET ends_at = NULL WHERE ticket_id = 5", "of HD-5 have gaps"),
        ("UPDATE sla_segment SET ends_at = begins_at WHERE ticket_id = 1", "of HD-1 have gaps"),
        (
            "UPDATE sla_segment SET ends_at = ends_at + 1 WHERE ticket_id = 4",
            "of HD-4 have gaps",
        ),
        ("UPDATE ticket_sla SET next_due = 5 WHERE ticket_id = 2", "level of HD-2 than"),
        ("UPDATE ticket_sla SET next_kind = NULL WHERE ticket_id = 1", "level of HD-1 than"),
        (
            "UPDATE ticket_sla SET next_kind = 'resolution' WHERE ticket_id = 4",
            "level of HD-4 than",
        ),
        ("UPDATE ticket_sla SET paused = NOT paused WHERE ticket_id = 2", "level of HD-2 than"),
        ("UPDATE ticket_sla SET late = NOT late WHERE ticket_id = 3", "level of HD-3 than"),
        ("UPDATE ticket SET first_response_due = 5 WHERE id = 1", "HD-1 shows other due times"),
        ("UPDATE ticket SET resolution_due = 5 WHERE id = 5", "HD-5 shows other due times"),
    )
    for statement, sentence in breaks:
        asked(statement)
        (finding,) = examine(desk.database).findings
        assert sentence in finding
        assert finding.endswith(MENDED)
        rebuild(desk.database)
        assert examine(desk.database).findings == ()
        assert [asked(each) for each in DERIVED] == before, statement


def test_what_cannot_be_derived_is_found(desk: EmbeddedDesk, asked: Asked):
    # What weighs most is told of first, and in a file alone.
    breaks = (
        ("UPDATE sla_clock SET stopped_at = 5 WHERE ticket_id = 4", "HD-4 has clocks that"),
        ("DELETE FROM ticket_sla WHERE ticket_id = 3", "HD-3, HD-4 has clocks that"),
        ("UPDATE sla_clock SET state = 'met' WHERE ticket_id = 2", "HD-2, HD-3, HD-4 has clocks"),
        (
            "UPDATE sla_clock SET kind = 'resolution' WHERE ticket_id = 1",
            "HD-1, HD-2, HD-3, HD-4 has clocks",
        ),
        (
            "INSERT INTO sla_handover (from_id, to_id)"
            " SELECT min(id), max(id) FROM sla_clock WHERE ticket_id = 5",
            "HD-1, HD-2, HD-3, HD-4, HD-5 has clocks",
        ),
        ("UPDATE sla_segment SET begins_at = -id WHERE ticket_id = 5", "HD-5 has segments of time"),
        ("UPDATE sla_segment SET revision_id = NULL WHERE ticket_id = 1", "HD-1 has a service"),
        ("UPDATE sla_segment SET state = 'lost' WHERE ticket_id = 3", "HD-1, HD-3 has a service"),
    )
    for statement, sentence in breaks:
        asked(statement)
        found = examine(desk.database).findings
        assert any(sentence in each and each.endswith(RESTORED) for each in found), found
