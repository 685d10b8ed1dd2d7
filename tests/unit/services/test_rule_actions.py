# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules do: whom they tell and how, whose ticket it becomes, and why in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.notifications import ChatKind
from helpdesk.core.schemas.rules import Action, ActionKind, Audience, Fact, Operator, Trigger
from helpdesk.core.schemas.teams import Absence, TeamSettings
from helpdesk.core.schemas.tickets import Assignment, NewComment, NewTicket, Status, TicketChange
from helpdesk.core.schemas.users import Leaving
from helpdesk.models import ChatChannel, OutboxMessage
from tests.conftest import SettableClock, SignIn
from tests.unit.services.rule_desks import (
    ALICE,
    BOB,
    CHARLIE,
    DANA,
    FRANK,
    asked,
    begin_clock,
    rule,
    ruled,
    step,
    sweep,
    told,
)

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")

BY_WORKLOAD = Action(kind=ActionKind.ASSIGN_BY_WORKLOAD)
IN_TURN = Action(kind=ActionKind.ASSIGN_IN_TURN)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


def open_one(facade: HelpDesk, **fields: object) -> int:
    return facade.tickets.open(NewTicket.model_validate({"subject": "No tone", **fields})).id


def notify(*audiences: Audience, **fields: object) -> Action:
    return Action.model_validate({"kind": ActionKind.NOTIFY, "audiences": audiences, **fields})


def done_on(desk: EmbeddedDesk, ticket_id: int) -> list[str | None]:
    """Return what rules did to a ticket, as its history tells."""
    return [words for _, _, words in ruled(desk, ticket_id)]


# --- telling ------------------------------------------------------------------------------------


def test_the_audiences_are_told_each_once_with_the_ticket_s_own_words(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    everybody = notify(
        Audience.MANAGERS,
        Audience.ADMINS,
        Audience.ASSIGNEE,
        person_ids=(BOB, CHARLIE),
        text="{number} of {requester} is {priority}: {subject} {unknown}",
    )
    dana.rules.add(rule("Tell", Trigger.CREATED, everybody))
    ticket = open_one(alice, subject="{assignee} rings")
    text = f"HD-{ticket} of Alice Moreau is Medium: {{assignee}} rings {{unknown}}"
    by_rule = [each for each in told(embedded, ticket) if each[0] != ALICE]
    assert sorted(by_rule) == [
        (person, "escalated", text, "Rule 'Tell': The ticket was created")
        for person in (BOB, CHARLIE, DANA)
    ]
    assert done_on(embedded, ticket) == [
        "Nobody has it: told Bob Keller, Charlie Hart and Dana Whitfield"
    ]


def test_while_nobody_has_it_its_team_s_managers_hear_of_it_else_all_of_them(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    dana.rules.add(step("Warn", -30, notify(Audience.ASSIGNEE)))
    hour = clock.now + timedelta(hours=1)
    # An admin in a team is no manager of it.
    team = dana.teams.add(TeamSettings(name="Network", member_ids=(BOB, DANA)))
    heard = {}
    for case in ("unassigned", "in a team", "taken"):
        ticket = open_one(alice)
        if case == "in a team":
            dana.tickets.change(ticket, TicketChange(team_id=team.id, version=1))
        if case == "taken":
            bob.tickets.take(ticket, 1)
        sweep(embedded, begin_clock(embedded, ticket, clock.now, hour), hour)
        heard[case] = [who for who, what, *_ in told(embedded, ticket) if what == "overdue"]
    assert heard == {"unassigned": [CHARLIE], "in a team": [CHARLIE], "taken": [BOB]}


def test_steps_tell_of_what_is_due_soon_of_what_is_overdue_and_of_what_was_escalated(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    for minutes in (-30, 0, 60):
        dana.rules.add(step(f"At {minutes}", minutes, notify(Audience.MANAGERS)))
    ticket = open_one(alice)
    due = clock.now + timedelta(hours=1)
    number = begin_clock(embedded, ticket, clock.now, due)
    for minutes in (-30, 0, 60):
        sweep(embedded, number, due + timedelta(minutes=minutes))
    heard = [said for who, *said in told(embedded, ticket) if who != ALICE]
    assert [tuple(said) for said in heard] == [
        ("due_soon", "Resolution due in 30 minutes", "Rule 'At -30': Resolution due in 30 minutes"),
        ("overdue", "Resolution overdue", "Rule 'At 0': Resolution overdue"),
        ("escalated", "Resolution overdue by 1 hour", "Rule 'At 60': Resolution overdue by 1 hour"),
    ]  # fmt: skip


def test_who_asked_hears_neither_of_rules_nor_why(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    to_all = notify(Audience.REQUESTER, Audience.MANAGERS, urgent=True)
    dana.rules.add(rule("Canary", Trigger.CHANGED, to_all,
                        conditions=(asked(Fact.CHANGED_FIELD, Operator.IS, "team"),)))  # fmt: skip
    ticket = open_one(alice)
    team = dana.teams.add(TeamSettings(name="Network"))
    dana.tickets.change(ticket, TicketChange(team_id=team.id, version=1))
    mine = [each for each in told(embedded, ticket) if each[0] == ALICE and each[1] == "updated"]
    assert mine == [(ALICE, "updated", "Status is New", "")]
    assert (CHARLIE, "Rule 'Canary': Team was changed") in [
        (who, why) for who, _, _, why in told(embedded, ticket)
    ]
    alone = alice.tickets.view(ticket).model_dump_json()
    assert "Canary" not in alone


def test_the_text_of_each_rule_reaches_whom_it_says_it_has_told(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk
):
    answer = "We answer within 4 hours; see the FAQ."
    to_alice, moved = notify(Audience.REQUESTER, text=answer), "You hear from us on Monday."
    dana.rules.add(rule("Receipt", Trigger.CREATED, to_alice))
    for text in ("text A", "text B"):
        dana.rules.add(rule(text, Trigger.CREATED, notify(Audience.MANAGERS, text=text)))
    for name in ("First", "Second"):
        dana.rules.add(rule(name, Trigger.CREATED, notify(Audience.MANAGERS)))
    status = asked(Fact.CHANGED_FIELD, Operator.IS, "status")
    to_alice = notify(Audience.REQUESTER, text=moved)
    dana.rules.add(rule("Moved", Trigger.CHANGED, to_alice, conditions=(status,)))
    ticket = open_one(alice)
    heard = [(who, said) for who, _, said, _ in told(embedded, ticket)]
    assert sorted(heard) == [
        (ALICE, ""), (ALICE, answer),
        (CHARLIE, "The ticket was created"), (CHARLIE, "text A"), (CHARLIE, "text B"),
    ]  # fmt: skip
    assert done_on(embedded, ticket) == [
        "Told Alice Moreau", "Told Charlie Hart", "Told Charlie Hart", "Told Charlie Hart",
        "Nobody else was there to be told",
    ]  # fmt: skip
    reply = NewComment(body="Restart it.", status=Status.IN_PROGRESS)
    bob.tickets.comment(ticket, reply)
    later = [(what, said) for who, what, said, _ in told(embedded, ticket) if who == ALICE][2:]
    assert sorted(later) == [("answered", ""), ("updated", moved)]


def test_a_ticket_that_becomes_urgent_is_told_as_such_to_managers_and_admins(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    leaders = notify(Audience.MANAGERS, Audience.ADMINS, urgent=True)
    urgent = asked(Fact.PRIORITY, Operator.IS, "urgent")
    dana.rules.add(rule("Urgent", Trigger.CREATED, leaders, conditions=(urgent,)))
    ticket = open_one(alice, priority="urgent")
    assert sorted(each[:2] for each in told(embedded, ticket) if each[0] != ALICE) == [
        (CHARLIE, "urgent"),
        (DANA, "urgent"),
    ]


def test_who_has_left_is_not_told_and_the_rule_says_so(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    made = dana.rules.add(rule("Tell", Trigger.CREATED, notify(person_ids=(FRANK,))))
    dana.users.deactivate(FRANK, Leaving(version=dana.users.view(FRANK).version))
    ticket = open_one(alice)
    assert done_on(embedded, ticket) == ["Nobody else was there to be told"]
    assert dana.rules.all()[0].problem.startswith("Frank Osei is not of the staff any more")
    assert made.problem == ""


def test_a_post_goes_to_its_channel_and_fails_alone_when_that_is_gone(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    with embedded.database.writing() as session:
        channel = ChatChannel(name="#ops", kind=ChatKind.SLACK, host="hooks.slack.com", problem="")
        session.add(channel)
        session.flush()
        channel_id = channel.id
    post = Action(kind=ActionKind.POST, target_id=channel_id, text="{number} {subject}")
    dana.rules.add(rule("Post", Trigger.CREATED, post, Action(kind=ActionKind.RAISE_PRIORITY)))
    ticket = open_one(alice)
    with embedded.database.reading() as session:
        (message,) = session.execute(
            select(OutboxMessage).where(OutboxMessage.chat_channel_id == channel_id)
        ).scalars()
        assert f"HD-{ticket} No tone" in message.body
    with embedded.database.writing() as session:
        session.get_one(ChatChannel, channel_id).removed = True
    later = open_one(alice)
    (run,) = dana.rules.of_ticket(later)
    assert [deed.failed for deed in run.done] == [True, False]
    assert "channel" in dana.rules.all()[0].problem


# --- fields -------------------------------------------------------------------------------------


def test_fields_are_set_and_what_is_so_already_stays(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    team = dana.teams.add(TeamSettings(name="Network"))
    actions = (
        Action(kind=ActionKind.SET_PRIORITY, value="urgent"),
        Action(kind=ActionKind.RAISE_PRIORITY),
        Action(kind=ActionKind.SET_CATEGORY, target_id=3),
        Action(kind=ActionKind.SET_TEAM, target_id=team.id),
        Action(kind=ActionKind.ASSIGN_PERSON, target_id=BOB),
        Action(kind=ActionKind.SET_STATUS, value="open"),
        Action(kind=ActionKind.SET_STATUS, value="resolved"),
    )
    dana.rules.add(rule("All", Trigger.CREATED, *actions))
    view = dana.tickets.view(open_one(alice))
    assert [each.words for each in dana.rules.of_ticket(view.id)[0].done] == [
        "Priority changed from Medium to Urgent",
        "Priority stays Urgent",
        "Category is Network",
        "Team is Network",
        "Assigned to Bob Keller",
        "Status stays Open",
        "Status changed from Open to Resolved",
    ]
    assert view.team is not None
    assert (view.status, view.team.name, view.first_responded_at) == (
        Status.RESOLVED, "Network", None,
    )  # fmt: skip


def test_a_note_is_in_the_name_of_who_saved_the_rule_and_counts_as_no_answer(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    note = Action(kind=ActionKind.ADD_NOTE, text="Look at {due}.")
    embedded.as_system().rules.add(rule("By the desk", Trigger.CREATED, note))
    dana.rules.add(rule("By Dana", Trigger.CREATED, note))
    view = dana.tickets.view(open_one(alice))
    assert [(c.author.id, c.automatic, c.internal) for c in view.comments] == [
        (DANA, True, True)
    ] * 2
    assert view.comments[0].body == f"Look at {view.first_response_due:%Y-%m-%d %H:%M} UTC."
    assert view.first_responded_at is None
    assert alice.tickets.view(view.id).comments == ()


# --- assignments --------------------------------------------------------------------------------


@pytest.fixture
def network(dana: HelpDesk) -> int:
    members = (BOB, FRANK, CHARLIE)
    return dana.teams.add(TeamSettings(name="Network", member_ids=members)).id


def test_by_workload_it_is_given_to_who_has_the_fewest_open_tickets_on_duty(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, network: int,
    sign_in: SignIn, clock: SettableClock,
):  # fmt: skip
    for facade in (bob, bob, sign_in("charlie")):
        facade.tickets.take(open_one(alice), 1)
    by_workload = BY_WORKLOAD.model_copy(update={"target_id": network})
    dana.rules.add(rule("Share", Trigger.CREATED, by_workload))
    first, second, third = (open_one(alice) for _ in range(3))
    assert done_on(embedded, first) == [
        "Assigned to Frank Osei: 0 open tickets, the fewest of 3 on duty"
    ]
    assert done_on(embedded, second) == [
        "Assigned to Charlie Hart: 1 open ticket, the fewest of 3 on duty, and longest without a"
        " new one of 2 who have as few"
    ]
    assert done_on(embedded, third) == [
        "Assigned to Frank Osei: 1 open ticket, the fewest of 3 on duty"
    ]
    assert dana.tickets.view(first).status is Status.OPEN
    sign_in("frank").teams.set_absence(Absence(until=clock.now + timedelta(hours=1)))
    for username in ("charlie", "bob"):
        sign_in(username).teams.set_absence(Absence(until=clock.now + timedelta(hours=2)))
    assert done_on(embedded, open_one(alice)) == [
        "Nobody of Network is on duty, so it stays in the queue"
    ]
    clock.forward(hours=1)
    assert done_on(embedded, open_one(alice)) == [
        "Assigned to Frank Osei: 2 open tickets, the only one on duty"
    ]


def test_in_turn_it_goes_round_among_those_on_duty(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, network: int, sign_in: SignIn,
    clock: SettableClock,
):  # fmt: skip
    in_turn = IN_TURN.model_copy(update={"target_id": network})
    dana.rules.add(rule("Turns", Trigger.CREATED, in_turn))
    tickets = [open_one(alice) for _ in range(4)]
    assert [done_on(embedded, ticket) for ticket in tickets] == [
        [f"Assigned to {name}: next in turn of 3 on duty"]
        for name in ("Bob Keller", "Frank Osei", "Charlie Hart", "Bob Keller")
    ]
    sign_in("frank").teams.set_absence(Absence(until=clock.now + timedelta(hours=1)))
    assert done_on(embedded, open_one(alice)) == [
        "Assigned to Charlie Hart: next in turn of 2 on duty"
    ]


def test_without_a_team_it_is_the_ticket_s_own_else_all_technicians_but_never_who_asked(
    dana: HelpDesk, bob: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    dana.rules.add(rule("Share", Trigger.CREATED, BY_WORKLOAD))
    assert done_on(embedded, open_one(bob)) == [
        "Assigned to Frank Osei: 0 open tickets, the only one on duty"
    ]
    phones = dana.teams.add(TeamSettings(name="Phones", member_ids=(DANA,)))
    moved = asked(Fact.CHANGED_FIELD, Operator.IS, "team")
    dana.rules.add(rule("Moved", Trigger.CHANGED, BY_WORKLOAD, conditions=(moved,)))
    ticket = open_one(alice)
    version = dana.tickets.view(ticket).version
    dana.tickets.change(ticket, TicketChange(team_id=phones.id, version=version))
    assert done_on(embedded, ticket)[1:] == [
        "Assigned to Dana Whitfield: 0 open tickets, the only one on duty"
    ]


def test_a_ticket_that_somebody_has_stays_with_them_when_nobody_is_on_duty(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk
):
    nobody = dana.teams.add(TeamSettings(name="Night"))
    by_workload = BY_WORKLOAD.model_copy(update={"target_id": nobody.id})
    replied = asked(Fact.CHANGED_BY, Operator.IS, "requester")
    dana.rules.add(rule("Share", Trigger.CHANGED, by_workload, conditions=(replied,)))
    ticket = open_one(alice)
    dana.tickets.assign(ticket, Assignment(assignee_id=BOB, version=1))
    alice.tickets.comment(ticket, NewComment(body="Hello?"))
    assert done_on(embedded, ticket) == ["Nobody of Night is on duty, so it stays with Bob Keller"]
    dana.teams.remove(nobody.id)
    alice.tickets.comment(ticket, NewComment(body="Hello?"))
    assert done_on(embedded, ticket)[1:] == ["That team does not exist; choose another."]
