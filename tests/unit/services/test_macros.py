# SPDX-License-Identifier: GPL-3.0-or-later
"""Canned replies: who sees and changes them, what they say on a ticket, and all or nothing."""

from __future__ import annotations

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.macros import (
    MacroActions,
    MacroChange,
    MacroSettings,
    MacroUse,
    MacroView,
)
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.ticket_work import DeedKind, Shared
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketView
from tests.conftest import SignIn
from tests.contract.desks import dump

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")

FRANK = 4
HELLO = MacroSettings(
    name="Ask again",
    folder="Questions",
    body="Dear {{ ticket.requester.first_name }},\nsee {{ticket.number}}.\n{{ me.name }}",
    actions=MacroActions(
        status=Status.AWAITING_CUSTOMER, priority=Priority.HIGH, assign_to_me=True
    ),
)


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def charlie(sign_in: SignIn) -> HelpDesk:
    return sign_in("charlie")


@pytest.fixture
def ticket(sign_in: SignIn) -> TicketView:
    new = NewTicket(subject="{{ me.name }} is in here", category_id=1)
    return sign_in("alice").tickets.open(new)


def change_of(macro: MacroView, **changes: object) -> MacroChange:
    kept = {name: getattr(macro, name) for name in MacroSettings.model_fields}
    return MacroChange.model_validate({**kept, "version": macro.version, **changes})


def test_one_action_replies_and_sets_all_of_it(bob: HelpDesk, ticket: TicketView):
    macro = bob.macros.add(HELLO)
    assert macro.sets == (
        "Status: Awaiting Customer Response", "Priority: High", "Assignee: you",
    )  # fmt: skip
    done = bob.macros.apply(ticket.id, macro.id, MacroUse())
    (comment,) = done.comments
    assert comment.body == f"Dear Alice,\nsee {ticket.number}.\nBob Keller"
    assert (done.status, done.priority) == (Status.AWAITING_CUSTOMER, Priority.HIGH)
    assert done.assignee
    assert done.assignee.full_name == "Bob Keller"
    assert bob.macros.all()[0].used == 1


def test_a_status_that_was_chosen_counts_more(bob: HelpDesk, ticket: TicketView):
    macro = bob.macros.add(HELLO)
    done = bob.macros.apply(ticket.id, macro.id, MacroUse(status=Status.RESOLVED))
    assert (done.status, done.priority) == (Status.RESOLVED, Priority.HIGH)


def test_what_it_set_is_undone_as_one_and_what_was_said_stays(bob: HelpDesk, ticket: TicketView):
    actions = HELLO.actions.model_copy(update={"add_tags": ("vpn",), "category_id": 2})
    macro = bob.macros.add(HELLO.model_copy(update={"actions": actions}))
    done = bob.macros.apply(ticket.id, macro.id, MacroUse())
    assert (done.tags, done.undo is not None) == (("vpn",), True)
    assert bob.deeds.recent()[0].kind is DeedKind.MACRO
    assert bob.deeds.recent()[0].label == f"Ask again on {ticket.number}"
    result = bob.deeds.undo(done.undo or 0)
    assert (result.undone, result.refused) == (1, ())
    now = bob.tickets.view(ticket.id)
    assert (now.status, now.priority, now.assignee) == (Status.NEW, Priority.MEDIUM, None)
    assert (now.category, now.tags) == (ticket.category, ())
    assert len(now.comments) == 1


def test_what_people_wrote_stays_text(bob: HelpDesk, ticket: TicketView):
    macro = bob.macros.add(MacroSettings(name="Subject", body="About: {{ ticket.subject }}"))
    said = bob.macros.insert(ticket.id, macro.id)
    assert said.text == "About: {{ me.name }} is in here"
    assert said.problem == ""


def test_what_has_no_value_is_said_and_nothing_is_sent(bob: HelpDesk, ticket: TicketView):
    macro = bob.macros.add(MacroSettings(name="Who", body="Ask {{ ticket.assignee.name }}."))
    preview = bob.macros.preview(ticket.id, macro.id)
    assert "{{ ticket.assignee.name }}" in preview.text
    assert "no value" in preview.problem
    with pytest.raises(Invalid, match="no value"):
        bob.macros.apply(ticket.id, macro.id, MacroUse())
    assert bob.tickets.view(ticket.id).comments == ()


def test_what_is_not_in_the_list_cannot_be_kept(bob: HelpDesk):
    for body in ("{{ ticket.__class__ }}", "{{ secrets }}", "{{}}"):
        with pytest.raises(Invalid, match="no variable"):
            bob.macros.add(MacroSettings(name="Bad", body=body))


def test_one_that_cannot_be_carried_out_leaves_nothing(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    gives = MacroActions(priority=Priority.URGENT, assignee_id=FRANK)
    macro = bob.macros.add(MacroSettings(name="To Frank", body="Frank will see.", actions=gives))
    before = dump(embedded.database)
    with pytest.raises(Forbidden, match="managers"):
        bob.macros.apply(ticket.id, macro.id, MacroUse())
    assert dump(embedded.database) == before


def test_an_internal_one_stays_inside(bob: HelpDesk, sign_in: SignIn, ticket: TicketView):
    macro = bob.macros.add(MacroSettings(name="Look", body="Look at the log.", internal=True))
    bob.macros.apply(ticket.id, macro.id, MacroUse())
    assert [each.internal for each in bob.tickets.view(ticket.id).comments] == [True]
    assert sign_in("alice").tickets.view(ticket.id).comments == ()


def test_a_macro_on_a_changed_ticket_asks_first(bob: HelpDesk, sign_in: SignIn, ticket: TicketView):
    macro, seen = bob.macros.add(HELLO), bob.tickets.view(ticket.id).events[0].id
    sign_in("alice").tickets.comment(ticket.id, NewComment(body="It works again."))
    with pytest.raises(Conflict) as refused:
        bob.macros.apply(ticket.id, macro.id, MacroUse(seen_event=seen))
    now = refused.value.current
    assert isinstance(now, TicketView)
    assert [each.body for each in now.comments] == ["It works again."]
    bob.macros.apply(ticket.id, macro.id, MacroUse(seen_event=now.events[0].id))


def test_who_sees_and_changes_which(bob: HelpDesk, charlie: HelpDesk, sign_in: SignIn):
    team = sign_in("dana").teams.add(TeamSettings(name="Network", member_ids=(FRANK,)))
    own = bob.macros.add(HELLO)
    charlie.macros.add(
        MacroSettings(name="Of team", body="Hi.", shared=Shared.TEAM, team_id=team.id)
    )
    shared = charlie.macros.add(MacroSettings(name="Of all", body="Hi.", shared=Shared.ALL))
    assert [each.name for each in sign_in("frank").macros.all()] == ["Of all", "Of team"]
    assert [each.name for each in bob.macros.all()] == ["Of all", "Ask again"]
    with pytest.raises(NotFound):
        charlie.macros.remove(own.id)
    with pytest.raises(Forbidden, match="make one of your own"):
        bob.macros.change(shared.id, change_of(shared, name="Mine"))
    with pytest.raises(Forbidden, match="managers"):
        bob.macros.change(own.id, change_of(own, shared=Shared.ALL))
    changed = sign_in("dana").macros.change(shared.id, change_of(shared, name="Of us all"))
    assert changed.version == 2
    with pytest.raises(Conflict):
        charlie.macros.change(shared.id, change_of(shared, name="Of everybody"))
    charlie.macros.remove(shared.id)
    assert [each.name for each in bob.macros.all()] == ["Ask again"]
