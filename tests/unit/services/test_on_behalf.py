# SPDX-License-Identifier: GPL-3.0-or-later
"""Staff open tickets for others: these are told as if they had asked, and followers with them."""

from __future__ import annotations

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.schemas.notifications import Happening, NotificationQuery
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.triage import TicketDraft
from helpdesk.core.schemas.users import Leaving
from tests.conftest import SignIn
from tests.contract.desks import id_of

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")


def told(desk: HelpDesk, ticket_id: int) -> list[Happening]:
    found = desk.notifications.search(NotificationQuery()).items
    return [each.happening for each in found if each.ticket_id == ticket_id]


def test_the_requester_is_told_and_not_who_wrote_it(sign_in: SignIn):
    alice, erin, bob = sign_in("alice"), sign_in("erin"), sign_in("bob")
    new = NewTicket(
        subject="No tone", requester_id=id_of(alice), watcher_ids=(id_of(erin),), tags=("phone",)
    )
    ticket = bob.tickets.open(new)
    assert (ticket.requester.id, ticket.tags) == (id_of(alice), ("phone",))
    assert told(alice, ticket.id) == [Happening.RECEIVED]
    assert told(bob, ticket.id) == []
    assert told(erin, ticket.id) == [Happening.FOLLOWED], "whom an opening names hears of it"
    bob.tickets.comment(ticket.id, NewComment(body="Is it plugged in?"))
    assert Happening.ANSWERED in told(alice, ticket.id)
    assert told(erin, ticket.id) == [Happening.FOLLOWED] * 2
    # As if they had submitted it: they answer on it.
    alice.tickets.comment(ticket.id, NewComment(body="Now it is."))


def test_only_staff_names_others_and_nobody_who_has_left(sign_in: SignIn):
    alice, erin, bob, dana = (sign_in(name) for name in ("alice", "erin", "bob", "dana"))
    for more in ({"requester_id": id_of(erin)}, {"watcher_ids": (id_of(erin),)}):
        with pytest.raises(Forbidden):
            alice.tickets.open(NewTicket.model_validate({"subject": "No tone", **more}))
    gone = dana.users.view(id_of(erin))
    dana.users.deactivate(gone.id, Leaving(version=gone.version))
    with pytest.raises(Invalid) as refused:
        bob.tickets.open(NewTicket(subject="No tone", requester_id=gone.id))
    assert refused.value.field == "requester_id"


def test_similar_tickets_are_those_of_whom_it_is_for(sign_in: SignIn):
    alice, erin, bob = sign_in("alice"), sign_in("erin"), sign_in("bob")
    text = "The scanner on the third floor writes black stripes across every page"
    before = alice.tickets.open(NewTicket(subject=text, description=text))
    draft = TicketDraft(subject=text, description=text)
    for_alice = draft.model_copy(update={"requester_id": id_of(alice)})
    assert [each.id for each in bob.triage.for_draft(for_alice).own_similar] == [before.id]
    assert bob.triage.for_draft(draft).own_similar == ()
    with pytest.raises(Forbidden):
        erin.triage.for_draft(for_alice)
