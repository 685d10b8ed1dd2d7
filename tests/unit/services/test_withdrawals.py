# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asked hears nothing of what is undone at once, and hears of it where they know already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.schemas.links import TagsChange
from helpdesk.core.schemas.notifications import DeliveryState, Happening, Seen
from helpdesk.core.schemas.tickets import NewComment, Priority, Status, TicketChange, TicketView
from helpdesk.models import OutboxMessage
from helpdesk.services.notifying import HELD
from tests.conftest import SettableClock
from tests.unit.services.telling import Telling


@pytest.fixture
def desk(embedded: EmbeddedDesk) -> Telling:
    return Telling(embedded)


def resolved(desk: Telling, ticket: TicketView) -> int:
    change = TicketChange(status=Status.RESOLVED, version=ticket.version)
    deed = desk.as_("bob").tickets.change(ticket.id, change).undo
    assert deed is not None
    return deed


def test_what_is_undone_before_anybody_knows_was_never_told(desk: Telling, clock: SettableClock):
    ticket = desk.given()
    clock.now += timedelta(minutes=1)
    deed = resolved(desk, ticket)
    assert desk.told()["alice"] is Happening.SOLVED
    (mail,) = [row for row in desk.messages() if row.happening is Happening.SOLVED]
    assert mail.next_try_at == clock.now + HELD, "it has left before it could be undone"
    clock.now += timedelta(seconds=5)
    desk.as_("bob").deeds.undo(deed)
    assert "alice" not in desk.told()
    assert desk.messages() == []
    again = desk.as_("bob").deeds.redo(deed)
    assert again.undone == 1
    assert desk.told()["alice"] is Happening.SOLVED


def test_who_has_read_it_or_got_its_mail_is_told_of_the_undoing(
    desk: Telling, clock: SettableClock
):
    read, mailed = desk.given(), desk.given()
    first, second = resolved(desk, read), resolved(desk, mailed)
    row = desk.notifications()[0]
    desk.as_("alice").notifications.mark(Seen(ids=(row.id,)))
    with desk.embedded.database.writing() as session:
        sent = update(OutboxMessage).where(OutboxMessage.ticket_id == mailed.id)
        session.execute(sent.values(state=DeliveryState.SENT))
    clock.now += timedelta(seconds=5)
    for deed in (first, second):
        desk.as_("bob").deeds.undo(deed)
    told = [(each.ticket_id, each.happening, each.read) for each in desk.notifications()]
    assert told == [
        (read.id, Happening.SOLVED, True),
        (read.id, Happening.UPDATED, False),
        (mailed.id, Happening.UPDATED, False),
    ]


def test_a_reply_is_never_taken_back(desk: Telling, clock: SettableClock):
    ticket = desk.given()
    said = NewComment(body="Done.", status=Status.RESOLVED)
    desk.as_("bob").tickets.comment(ticket.id, said)
    before = desk.notifications()
    clock.now += timedelta(seconds=5)
    change = TicketChange(priority=Priority.LOW, version=ticket.version + 1)
    deed = desk.as_("bob").tickets.change(ticket.id, change).undo or 0
    desk.as_("bob").deeds.undo(deed)
    assert [each.id for each in desk.notifications()] == [each.id for each in before]


def test_many_undone_at_once_come_back_in_their_order(desk: Telling, clock: SettableClock):
    tickets = [desk.ticket() for _ in range(3)]
    bob = desk.as_("bob")
    clock.now += timedelta(minutes=1)
    deed = bob.bulk.begin("Priority to Low")
    ids = tuple(each.id for each in tickets)
    bob.bulk.change(deed.id, BulkChange(ticket_ids=ids, priority=Priority.LOW))
    assert len(desk.messages()) == len(tickets)
    clock.now += timedelta(minutes=1)
    bob.deeds.undo(deed.id)
    assert (desk.messages(), desk.notifications()) == ([], [])
    now = [bob.tickets.view(each.id).updated_at for each in tickets]
    assert now == [each.updated_at for each in tickets]


def test_tags_are_no_change_for_who_asked(desk: Telling, clock: SettableClock):
    ticket = desk.ticket()
    clock.now += timedelta(minutes=1)
    tagged = desk.as_("bob").tags.set(ticket.id, TagsChange(tags=("vpn",), version=ticket.version))
    assert tagged.version == ticket.version + 1
    assert tagged.updated_at == ticket.updated_at
