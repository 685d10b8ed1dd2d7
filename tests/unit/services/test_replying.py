# SPDX-License-Identifier: GPL-3.0-or-later
"""A reply on a ticket that others have changed since it was read is refused, and tells why."""

from __future__ import annotations

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from tests.conftest import SignIn

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")

FRANK = 4


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def ticket(sign_in: SignIn) -> TicketView:
    return sign_in("alice").tickets.open(NewTicket(subject="No tone"))


def seen(desk: HelpDesk, ticket_id: int) -> int:
    return desk.tickets.view(ticket_id).events[0].id


def test_what_others_said_or_decided_is_shown_first(
    bob: HelpDesk, sign_in: SignIn, ticket: TicketView
):
    frank, charlie = sign_in("frank"), sign_in("charlie")
    deeds = (
        lambda: frank.tickets.comment(ticket.id, NewComment(body="Reply.")),
        lambda: frank.tickets.comment(ticket.id, NewComment(body="Note.", internal=True)),
        lambda: frank.tickets.change(
            ticket.id,
            TicketChange(
                status=Status.AWAITING_CUSTOMER, version=frank.tickets.view(ticket.id).version
            ),
        ),
        lambda: charlie.tickets.assign(
            ticket.id,
            Assignment(assignee_id=None, version=charlie.tickets.view(ticket.id).version),
        ),
    )
    for deed in deeds:
        read = seen(bob, ticket.id)
        deed()
        before = len(bob.tickets.view(ticket.id).comments)
        with pytest.raises(Conflict) as refused:
            bob.tickets.comment(ticket.id, NewComment(body="Mine.", seen_event=read))
        now = refused.value.current
        assert isinstance(now, TicketView)
        assert len(now.comments) == before
    bob.tickets.comment(ticket.id, NewComment(body="Mine.", seen_event=seen(bob, ticket.id)))


def test_own_deeds_and_small_changes_are_no_news(
    bob: HelpDesk, sign_in: SignIn, ticket: TicketView
):
    read = seen(bob, ticket.id)
    bob.tickets.comment(ticket.id, NewComment(body="First.", seen_event=read))
    frank = sign_in("frank")
    version = frank.tickets.view(ticket.id).version
    frank.tickets.change(ticket.id, TicketChange(priority=Priority.HIGH, version=version))
    bob.tickets.comment(ticket.id, NewComment(body="Second.", seen_event=read))
    assert [each.body for each in bob.tickets.view(ticket.id).comments] == ["First.", "Second."]


def test_who_asked_is_not_told_of_notes(bob: HelpDesk, sign_in: SignIn, ticket: TicketView):
    alice = sign_in("alice")
    read = seen(alice, ticket.id)
    bob.tickets.comment(ticket.id, NewComment(body="Difficult person.", internal=True))
    alice.tickets.comment(ticket.id, NewComment(body="And now?", seen_event=read))
    bob.tickets.comment(ticket.id, NewComment(body="Soon."))
    with pytest.raises(Conflict) as refused:
        alice.tickets.comment(ticket.id, NewComment(body="Well?", seen_event=read))
    assert "Difficult" not in str(refused.value.current)
