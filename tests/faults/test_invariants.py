# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks for half a clock, and for who was not told, finds it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketChange
from tests.conftest import SettableClock, SignIn
from tests.faults.invariants import broken

BREAKS = (
    ("DELETE FROM sla_segment WHERE ticket_id = 1", "HD-1: no time"),
    ("UPDATE sla_segment SET ends_at = ends_at + 1 WHERE id = 2", "HD-2: time has gaps"),
    ("UPDATE sla_segment SET state = 'counted' WHERE id = 3", "HD-2: time counts otherwise"),
    ("UPDATE sla_clock SET due_at = due_at - 1 WHERE ticket_id = 1", "HD-1: lists show other"),
    ("UPDATE ticket SET resolution_due = 5 WHERE id = 1", "HD-1: another resolution is due"),
    ("DELETE FROM ticket_sla WHERE ticket_id = 2", "HD-2: no service level"),
    ("DELETE FROM notification WHERE happening = 'received'", "HD-1: told of its beginning not"),
    ("DELETE FROM notification WHERE happening = 'answered'", "HD-2: not told of a reply"),
    ("UPDATE notification SET at = at + 1 WHERE ticket_id = 1", "HD-1: told of nothing"),
)


def test_what_is_half_is_found(embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock):
    alice, bob = sign_in("alice"), sign_in("bob")
    for subject in ("Printer jams", "Wi-Fi is slow"):
        alice.tickets.open(NewTicket(subject=subject))
    clock.forward(minutes=1)
    bob.tickets.comment(2, NewComment(body="Which floor?"))
    asked = TicketChange(status=Status.AWAITING_CUSTOMER, version=bob.tickets.view(2).version)
    clock.forward(minutes=1)
    bob.tickets.change(2, asked)
    assert broken(embedded.database) == []
    path = embedded.database.place
    for statement, fault in BREAKS:
        with closing(sqlite3.connect(path)) as file, closing(sqlite3.connect(":memory:")) as kept:
            file.backup(kept)
            with file:
                file.execute(statement)
            found = broken(embedded.database)
            assert any(each.startswith(fault) for each in found), (statement, found)
            kept.backup(file)
    assert broken(embedded.database) == []
