# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check of a database finds, and what a rebuild mends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketChange, TicketQuery
from helpdesk.database.checks import examine, rebuild
from tests.conftest import SignIn


@pytest.fixture
def worked(embedded: EmbeddedDesk, sign_in: SignIn) -> EmbeddedDesk:
    """Return a desk with three tickets that have been worked on."""
    alice, bob = sign_in("alice"), sign_in("bob")
    for subject in ("Printer jams", "Wi-Fi is slow", "Screen flickers"):
        ticket = alice.tickets.open(NewTicket(subject=subject, description="Since Monday."))
        bob.tickets.comment(ticket.id, NewComment(body="Which floor?"))
        bob.tickets.comment(ticket.id, NewComment(body="The old model again", internal=True))
        alice.tickets.comment(ticket.id, NewComment(body="The third."))
    first = bob.tickets.view(1)
    resolved = TicketChange(status=Status.RESOLVED, version=first.version)
    bob.tickets.change(1, resolved)
    return embedded


def broken(desk: EmbeddedDesk, *statements: str) -> None:
    """Change the file as no program of ours would."""
    with closing(sqlite3.connect(desk.database.place)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_desk_people_work_in_is_sound(worked: EmbeddedDesk):
    done: list[tuple[int, int]] = []
    found = examine(worked.database, lambda *step: done.append(step))
    assert found[:3] == ((), 3, 9)
    assert done[-1][0] == done[-1][1]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE ticket SET replies = 5 WHERE id = 2", "The comments of HD-2 are not counted"),
        ("UPDATE ticket SET notes = 0 WHERE id > 1", "The comments of HD-2, HD-3 are not"),
        ("DELETE FROM ticket_search WHERE rowid = 3", "The search does not find HD-3;"),
        (
            "INSERT INTO ticket_search (rowid, subject) VALUES (9, 'ghost')",
            "The search finds HD-9, which no longer exists;",
        ),
        (
            "UPDATE ticket_search SET notes = '' WHERE rowid = 1",
            "The search finds other words than those of HD-1;",
        ),
        (
            "UPDATE ticket_search SET requester = 'requester2' WHERE rowid = 1",
            "The search finds other words than those of HD-1;",
        ),
        ("DELETE FROM ticket_search_data WHERE id > 10", "The search index is damaged;"),
    ],
    ids=["replies", "notes", "missing", "surplus", "words", "requester", "index"],
)
def test_what_can_be_derived_is_found_and_mended(worked: EmbeddedDesk, statement, sentence):
    broken(worked, statement)
    findings = examine(worked.database).findings
    assert any(sentence in finding for finding in findings)
    assert all(
        finding.endswith("mend it with: helpdesk check-db --repair.") for finding in findings
    )
    rebuild(worked.database)
    assert examine(worked.database)[:3] == ((), 3, 9)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE ticket SET resolved_at = NULL WHERE id = 1", "HD-1 is done and has no time"),
        ("UPDATE ticket SET closed_at = resolved_at WHERE id = 1", "HD-1 is done and has no time"),
        ("UPDATE ticket SET status = 6 WHERE id = 1", "HD-1 is done and has no time"),
        ("UPDATE ticket SET resolved_at = created_at WHERE id = 2", "HD-2 is open and has a time"),
        ("UPDATE ticket SET updated_at = 5 WHERE id = 2", "HD-2 has times that run backwards"),
        ("UPDATE ticket SET status = 7 WHERE id = 2", "HD-2 has a status, a priority or a source"),
        ("UPDATE ticket SET priority = 0 WHERE id = 2", "HD-2 has a status, a priority or"),
        ("UPDATE ticket SET source = 'fax' WHERE id = 2", "HD-2 has a status, a priority or"),
        ("UPDATE user SET role = 'king' WHERE id = 2", "An account has a role"),
        (
            "UPDATE ticket SET requester_id = 99 WHERE id = 2",
            "is damaged (ticket 2 refers",
        ),
        ("DELETE FROM user WHERE username = 'bob'", "is damaged (comment 1 refers"),
    ],
)
def test_what_cannot_be_derived_is_found(worked: EmbeddedDesk, statement, sentence):
    broken(worked, statement)
    findings = examine(worked.database).findings
    assert any(sentence in finding for finding in findings)
    assert all("\n" not in finding for finding in findings)


def test_many_tickets_are_counted_not_listed(worked: EmbeddedDesk, sign_in: SignIn):
    alice = sign_in("alice")
    for number in range(9):
        alice.tickets.open(NewTicket(subject=f"More {number}"))
    broken(worked, "UPDATE ticket SET replies = 50")
    (finding,) = examine(worked.database).findings
    assert "HD-1, HD-2, HD-3, HD-4, HD-5 and 7 more" in finding


def test_a_page_of_rubbish_is_found(worked: EmbeddedDesk):
    worked.database.dispose()
    broken(worked, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(worked.database.place)
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'comment'"
        ).fetchone()[0]
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : (page - 1) * 4096 + 100] = b"\xff" * 100
    path.write_bytes(data)
    findings = examine(worked.database).findings
    assert findings
    assert all(finding.startswith(f"{path} is damaged (") for finding in findings)


def test_after_a_rebuild_the_search_finds_all_again(worked: EmbeddedDesk, sign_in: SignIn):
    broken(worked, "DELETE FROM ticket_search")
    rebuild(worked.database)
    alice, bob = sign_in("alice"), sign_in("bob")
    assert [row.id for row in bob.tickets.search(TicketQuery(text="old model")).items] == [3, 2, 1]
    assert alice.tickets.search(TicketQuery(text="old model")).items == ()
    assert [row.id for row in alice.tickets.search(TicketQuery(text="flicker")).items] == [3]
    bob.tickets.comment(3, NewComment(body="A new cable then"))
    assert examine(worked.database).findings == ()
