# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is told of what, in which words and on which channels; and that nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import NotFound
from helpdesk.core.notification_defaults import CONCERNS, USUAL, WEIGHTS
from helpdesk.core.schemas.notifications import (
    ChatKind,
    Delivery,
    DeliveryState,
    Happening,
    MailBody,
    OutboxChannel,
    Preference,
    PreferencesChange,
)
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import ChatChannel, Ticket, User
from helpdesk.services.notifying import Notifying
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work
from tests.conftest import SettableClock
from tests.contract.desks import opened, statements
from tests.unit.services.telling import Telling

pytestmark = pytest.mark.desk_kinds("local-sqlite")
H = Happening
CANARY = "xylophone"
Happens = Callable[[Telling, TicketView], object]
"""Something that people or rules do to a ticket."""


@pytest.fixture
def desk(embedded: EmbeddedDesk) -> Telling:
    return Telling(embedded)


def reply(text: str = "Try again.", *, internal: bool = False, status: Status | None = None):
    return NewComment(body=text, internal=internal, status=status)


def by_rule(name: str, act: Callable[[TicketChanges], object]) -> Happens:
    """Return a deed of a rule that a person sets off by a reply."""

    def deed(desk: Telling, ticket: TicketView) -> None:
        def run(work: Work) -> None:
            row = work.desk.tickets.get(ticket.id)
            first = TicketChanges(work, row)
            first.add_comment(reply(), work.actor.id or 0, by_staff=first.works_on())
            ruled = TicketChanges(work, row, rule=name)
            act(ruled)
            Notifying(work).tell(row, [first.happened, ruled.happened])

        desk.act(run, by="charlie")

    return deed


def set_team(name: str, *members: str) -> Happens:
    def deed(desk: Telling, ticket: TicketView) -> object:
        team = desk.team(name, *members)
        change = TicketChange(team_id=team, version=ticket.version)
        return desk.as_("frank").tickets.change(ticket.id, change)

    return deed


def change(by: str, **fields: object) -> Happens:
    def deed(desk: Telling, ticket: TicketView) -> object:
        wanted = TicketChange.model_validate({**fields, "version": ticket.version})
        return desk.as_(by).tickets.change(ticket.id, wanted)

    return deed


def comment(by: str, new: NewComment) -> Happens:
    return lambda desk, ticket: desk.as_(by).tickets.comment(ticket.id, new)


def assign(by: str, to: str | None) -> Happens:
    def deed(desk: Telling, ticket: TicketView) -> object:
        person = desk.id_of(to) if to else None
        return desk.as_(by).tickets.assign(
            ticket.id, Assignment(assignee_id=person, version=ticket.version)
        )

    return deed


TABLE = [
    # Alice asked; Bob works on it; Charlie gave it to him; who does what is in the deed.
    ("alice replies", comment("alice", reply()), {"bob": H.CUSTOMER_REPLIED}),
    ("bob replies", comment("bob", reply()), {"alice": H.ANSWERED}),
    ("frank replies", comment("frank", reply()), {"alice": H.ANSWERED, "bob": H.CHANGED}),
    ("bob notes", comment("bob", reply(internal=True)), {}),
    ("frank notes", comment("frank", reply(internal=True)), {"bob": H.NOTED}),
    (
        "bob replies and resolves",
        comment("bob", reply(status=Status.RESOLVED)),
        {"alice": H.SOLVED},
    ),
    (
        "dana closes",
        change("dana", status=Status.CLOSED),
        {"alice": H.SOLVED, "bob": H.CHANGED},
    ),
    (
        "alice closes",
        lambda desk, ticket: desk.as_("alice").tickets.close(ticket.id, ticket.version),
        {"bob": H.CHANGED},
    ),
    (
        "bob raises the priority",
        change("bob", priority=Priority.URGENT),
        {"alice": H.UPDATED},
    ),
    (
        "frank changes category and status",
        change("frank", category_id=1, status=Status.IN_PROGRESS),
        {"alice": H.UPDATED, "bob": H.CHANGED},
    ),
    (
        "charlie gives it to frank",
        assign("charlie", "frank"),
        {"frank": H.ASSIGNED, "bob": H.CHANGED},
    ),
    ("charlie takes it himself", assign("charlie", "charlie"), {"bob": H.CHANGED}),
    ("charlie puts it back", assign("charlie", None), {"bob": H.CHANGED}),
    (
        "bob puts it back",
        lambda desk, ticket: desk.as_("bob").tickets.release(ticket.id, ticket.version),
        {},
    ),
    (
        "frank names a team of bob, dana and himself",
        set_team("Network", "bob", "dana", "frank", "alice"),
        {"bob": H.TEAM_ASSIGNED, "dana": H.TEAM_ASSIGNED},
    ),
    (
        "a rule gives it to frank",
        by_rule("Turns", lambda c: c.assign(4)),
        {"alice": H.ANSWERED, "bob": H.CHANGED, "frank": H.ASSIGNED},
    ),
    (
        "a rule raises the priority: alice hears of the reply",
        by_rule("Raise", lambda c: c.set_priority(Priority.URGENT)),
        {"alice": H.ANSWERED, "bob": H.CHANGED},
    ),
    (
        "a rule resolves it",
        by_rule("Old", lambda c: c.move(Status.RESOLVED)),
        {"alice": H.SOLVED, "bob": H.CHANGED},
    ),
]


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Telling]:
    with opened(tmp_path_factory.mktemp("telling"), template, SettableClock(), desk_kind) as desk:
        yield Telling(desk)


@pytest.mark.parametrize(("deed", "told"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_who_is_told_of_what(shared: Telling, deed: Happens, told: dict[str, Happening]):
    deed(shared, shared.given())
    assert shared.told() == told
    wanted = {name for name, happening in told.items() if USUAL[happening].mail is Delivery.NOW}
    assert shared.mailed().keys() == wanted


def test_what_rules_change_beside_the_status_is_no_news_for_who_asked(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        ruled = TicketChanges(work, row, rule="Late")
        ruled.set_priority(Priority.HIGH)
        ruled.set_category(1)
        Notifying(work).tell(row, [ruled.happened])

    desk.act(run)
    assert desk.told() == {"bob": H.CHANGED}
    row = desk.only("bob")
    assert (row.title, row.why) == ("A rule changed HD-1", "Rule: Late")
    assert row.text.startswith("Priority is now High. Category is now ")
    assert row.actor_id is None


def test_a_new_ticket_is_received_and_told_to_who_asked_for_it(desk: Telling):
    in_app = Preference(happening=H.NEW_TICKET, app=True, desktop=False, mail=Delivery.OFF)
    desk.as_("frank").notifications.change_preferences(PreferencesChange(choices=(in_app,)))
    desk.as_("alice").tickets.open(NewTicket(subject="No tone"))
    assert desk.told() == {"alice": H.RECEIVED, "frank": H.NEW_TICKET}
    assert desk.mailed().keys() == {"alice"}
    assert desk.only("frank").title == "New ticket HD-1"
    desk.forget()
    desk.as_("frank").tickets.open(NewTicket(subject="My own"))
    assert desk.told() == {"frank": H.RECEIVED}


def test_who_is_told_of_a_ticket_from_the_start_hears_of_its_opening(desk: Telling):
    choose(desk, "frank", followed=(True, False, Delivery.OFF))
    choose(desk, "charlie", followed=(False, False, Delivery.OFF))
    people = tuple(desk.id_of(name) for name in ("erin", "frank", "charlie", "alice", "bob"))
    alice = desk.id_of("alice")
    new = NewTicket(
        subject="No tone", description="Since today.", requester_id=alice, watcher_ids=people
    )
    ticket = desk.as_("bob").tickets.open(new)
    told = {desk.names[row.person_id]: row for row in desk.notifications()}
    assert {name: row.happening for name, row in told.items()} == {
        "alice": Happening.RECEIVED, "erin": Happening.FOLLOWED, "frank": Happening.FOLLOWED,
    }  # fmt: skip
    assert told["erin"].title == f"Bob Keller opened {ticket.number} for Alice Moreau"
    assert told["erin"].text == "No tone"
    mails = {desk.names[row.person_id or 0]: row.body for row in desk.messages()}
    assert mails.keys() == {"alice", "erin"}
    body = MailBody.model_validate_json(mails["erin"])
    assert (body.lines, body.comment) == (("You follow this ticket.",), "Since today.")


@pytest.mark.parametrize("measured", [True, False])
def test_who_asked_reads_by_when_they_are_answered(desk: Telling, measured: bool):
    dana = desk.as_("dana")
    day = tuple(Slot(day=day, begin=0, end=24 * 60) for day in range(7))
    whole = dana.calendars.add(CalendarSettings(name="Whole days", time_zone="UTC", slots=day))
    targets = (Target(priority=Priority.MEDIUM, first_response=720 if measured else None),)
    dana.policies.add(PolicySettings(name="All", calendar_id=whole.id, targets=targets))
    desk.as_("alice").notifications.change_preferences(PreferencesChange(time_zone="Asia/Tokyo"))
    desk.as_("alice").tickets.open(NewTicket(subject="No tone", priority=Priority.MEDIUM))
    # It is nine o'clock in UTC; twelve hours on it is the next day in Tokyo.
    promise = "We answer by Tuesday 24 November, 06:00 (Asia/Tokyo)."
    assert desk.mailed()["alice"].lines == ((promise,) if measured else ())


def test_a_reopened_ticket_is_told_with_the_reason(desk: Telling):
    ticket = desk.given()
    solved = desk.as_("bob").tickets.comment(ticket.id, reply(status=Status.RESOLVED))
    desk.forget()
    desk.as_("alice").tickets.reopen(solved.id, Reopening(reason="It jams again."))
    assert desk.told() == {"bob": H.REOPENED}
    assert (desk.only("bob").title, desk.only("bob").text) == (
        "Alice Moreau reopened HD-1",
        "It jams again.",
    )
    assert desk.mailed()["bob"].comment == "It jams again."


def test_a_reply_is_told_in_plain_words_and_mailed_whole(desk: Telling):
    ticket = desk.given()
    text = "Please restart it.\n\n" + "Then wait. " * 40
    desk.as_("bob").tickets.comment(ticket.id, reply(text))
    row, mail = desk.only("alice"), desk.mailed()["alice"]
    assert row.title == "Bob Keller replied to HD-1"
    assert row.text.startswith("Please restart it. Then wait.")
    assert len(row.text) <= 200
    assert row.actor_id == desk.id_of("bob")
    assert (row.read, row.shown, row.urgent, row.why) == (False, True, False, "")
    assert mail == MailBody(
        title=row.title, number="HD-1", ticket_subject="Printer jams",
        comment=text.strip(), to_name="Alice Moreau",
    )  # fmt: skip
    (message,) = desk.messages()
    assert (message.channel, message.state) == (OutboxChannel.MAIL, DeliveryState.WAITING)
    assert message.subject == "[HD-1] Printer jams"
    assert message.next_try_at == message.created_at == row.at
    name, _, host = message.key.partition("@")
    assert name.isalnum()
    assert host == "corp.example"


def test_an_internal_note_reaches_no_requester(desk: Telling):
    """Not even where public and internal things happen at once, and rules tell of them."""
    ticket = desk.given()
    bob, frank = desk.as_("bob"), desk.as_("frank")
    bob.tickets.comment(ticket.id, reply(f"{CANARY} one", internal=True))
    frank.tickets.comment(
        ticket.id, reply(f"{CANARY} two", internal=True, status=Status.IN_PROGRESS)
    )
    frank.tickets.comment(ticket.id, reply(f"{CANARY} 3", internal=True, status=Status.RESOLVED))

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        changes = TicketChanges(work, row)
        changes.move(Status.OPEN)
        for internal, text in ((False, "public"), (True, f"{CANARY} four")):
            changes.add_comment(reply(text, internal=internal), work.actor.id or 0, by_staff=True)
        ruled = TicketChanges(work, row, rule=f"{CANARY} rule")
        ruled.add_comment(reply(f"{CANARY} 5", internal=True), work.actor.id or 0, by_staff=True)
        ruled.move(Status.IN_PROGRESS)
        people = [desk.id_of(name) for name in ("alice", "bob", "dana")]
        why, told = f"{CANARY} why", Notifying(work)
        told.tell_of(row, H.ESCALATED, people, text="Somebody looks at it.", why=why, urgent=True)
        told.tell(row, [changes.happened, ruled.happened])

    desk.act(run, by="frank")
    alice = desk.id_of("alice")
    hers = [row for row in desk.notifications() if row.person_id == alice]
    mails = [row for row in desk.messages() if row.person_id == alice]
    assert len(hers) >= 3
    assert len(mails) == len(hers)
    told = " ".join(f"{row.title} {row.text} {row.why} {row.happening}" for row in hers)
    sent = " ".join(f"{row.subject} {row.body}" for row in mails)
    assert CANARY not in told + sent
    assert not [row for row in hers if row.urgent]
    everything = " ".join(f"{row.text}{row.why}" for row in desk.notifications())
    assert CANARY in everything


def test_people_without_rights_and_who_left_are_told_nothing(desk: Telling):
    ticket = desk.given()
    with desk.embedded.database.writing() as session:
        session.execute(update(User).where(User.username == "bob").values(role=Role.USER))
        session.execute(update(User).where(User.username == "frank").values(active=False))
    people = [desk.id_of(name) for name in ("alice", "erin", "bob", "frank", "charlie")]

    def run(work: Work) -> list[str]:
        row = work.desk.tickets.get(ticket.id)
        return Notifying(work).tell_of(row, H.OVERDUE, people, text="Overdue", why="A clock")

    assert desk.act(run) == ["Alice Moreau", "Charlie Hart"]
    assert desk.told() == {"alice": H.UPDATED, "charlie": H.OVERDUE}
    desk.forget()
    desk.as_("alice").tickets.comment(ticket.id, reply())
    assert desk.told() == {}


def test_a_rule_tells_once_in_short_words_and_says_why(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> list[str]:
        row = work.desk.tickets.get(ticket.id)
        told, people = Notifying(work), [desk.id_of("bob"), desk.id_of("bob")]
        text = "Resolution is due in 30 minutes"
        return told.tell_of(row, H.DUE_SOON, people, text=text, why="Rule: Warn")

    assert desk.act(run) == ["Bob Keller"]
    row = desk.only("bob")
    assert row.title == "HD-1 Printer jams: Resolution is due in 30 minutes"
    assert (row.text, row.why, row.urgent) == ("", "Rule: Warn", False)
    assert desk.mailed() == {}


def test_a_long_message_of_a_rule_stands_below_its_title(desk: Telling):
    ticket = desk.given()
    text = "Look at it.\nThe customer has waited long." + " Please." * 20

    def run(work: Work) -> list[str]:
        row = work.desk.tickets.get(ticket.id)
        people = [desk.id_of("bob")]
        return Notifying(work).tell_of(row, H.ESCALATED, people, text=text, why="", urgent=True)

    desk.act(run)
    row = desk.only("bob")
    assert row.title == "HD-1 Printer jams: needs attention"
    assert row.text.startswith("Look at it. The customer")
    assert row.urgent
    assert desk.mailed()["bob"].lines[0] == "Look at it."


@pytest.mark.parametrize("order", [(H.DUE_SOON, H.OVERDUE), (H.OVERDUE, H.DUE_SOON)])
def test_of_all_that_happens_at_once_the_weightiest_is_told(desk: Telling, order):
    ticket = desk.given()

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        people = [desk.id_of(name) for name in ("bob", "dana")]
        named = []
        for happening in order:
            why = f"Rule '{happening}'"
            named.append(Notifying(work).tell_of(row, happening, people, text=happening, why=why))
        # Who was told of something weightier is not named again.
        both = ["Bob Keller", "Dana Whitfield"]
        assert named == [both, both if order[-1] is H.OVERDUE else []]
        ruled = TicketChanges(work, row, rule="Turns")
        ruled.assign(desk.id_of("frank"))
        Notifying(work).tell(row, [ruled.happened])

    desk.act(run)
    assert desk.told() == {"bob": H.OVERDUE, "dana": H.OVERDUE, "frank": H.ASSIGNED}
    assert desk.mailed().keys() == {"bob", "dana", "frank"}
    # What took the place of something says why that was told, too.
    reasons = [f"Rule '{each}'" for each in order[: order.index(H.OVERDUE) + 1]]
    assert desk.only("bob").why == desk.mailed()["bob"].why == "; ".join(reasons)


def test_words_of_its_own_are_told_beside_all_other_news(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        told, people = Notifying(work), [desk.id_of("alice"), desk.id_of("bob")]
        for text in ("First", "Second"):
            named = told.tell_of(row, H.ESCALATED, people, text=text, why="", by_itself=True)
            assert named == ["Alice Moreau", "Bob Keller"]
        changes = TicketChanges(work, row)
        changes.add_comment(reply(), work.actor.id or 0, by_staff=True)
        told.tell(row, [changes.happened])

    desk.act(run, by="charlie")
    titles: dict[str, list[str]] = {name: [] for name in ("alice", "bob")}
    for row in desk.notifications():
        titles[desk.names[row.person_id]].append(row.title.rpartition(": ")[2])
    assert titles == {
        "alice": ["First", "Second", "Charlie Hart replied to HD-1"],
        "bob": ["First", "Second", "Charlie Hart replied to HD-1"],
    }
    mails = [MailBody.model_validate_json(row.body).title for row in desk.messages()]
    assert [sum(title.endswith(each) for title in mails) for each in ("First", "Second")] == [2, 2]
    assert len({row.key for row in desk.messages()}) == len(mails) == 5


def test_who_sets_a_rule_off_is_not_told_by_it_but_who_asks_for_help_is(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> list[str]:
        row = work.desk.tickets.get(ticket.id)
        people = [desk.id_of(name) for name in ("alice", "charlie", "dana")]
        return Notifying(work).tell_of(row, H.URGENT, people, text="It is urgent", why="A rule")

    assert desk.act(run, by="dana") == ["Alice Moreau", "Charlie Hart"]
    desk.forget()
    assert desk.act(run, by="alice") == ["Alice Moreau", "Charlie Hart", "Dana Whitfield"]


def choose(desk: Telling, who: str, **wishes: tuple[bool, bool, Delivery]) -> None:
    choices = tuple(
        Preference(happening=H(name), app=app, desktop=desktop, mail=mail)
        for name, (app, desktop, mail) in wishes.items()
    )
    desk.as_(who).notifications.change_preferences(PreferencesChange(choices=choices))


def test_each_is_told_on_the_channels_they_chose(desk: Telling):
    ticket = desk.given()
    choose(desk, "alice", answered=(False, True, Delivery.OFF))
    desk.as_("bob").tickets.comment(ticket.id, reply())
    # A message of the system alone leaves nothing unread.
    assert (desk.only("alice").read, desk.only("alice").shown) == (True, True)
    assert desk.mailed() == {}
    desk.forget()
    choose(desk, "alice", answered=(False, False, Delivery.NOW))
    desk.as_("bob").tickets.comment(ticket.id, reply())
    assert desk.told() == {}
    assert desk.mailed().keys() == {"alice"}
    desk.forget()
    # Who wants to hear nothing of a reply still hears that the ticket is solved.
    choose(desk, "alice", answered=(False, False, Delivery.OFF))
    desk.as_("bob").tickets.comment(ticket.id, reply())
    assert (desk.told(), desk.mailed()) == ({}, {})
    desk.as_("bob").tickets.comment(ticket.id, reply(status=Status.RESOLVED))
    assert desk.told() == {"alice": H.SOLVED}


def test_without_mail_or_an_address_nothing_is_mailed(desk: Telling):
    ticket = desk.given()
    desk.set_mail(on=False)
    desk.as_("bob").tickets.comment(ticket.id, reply())
    assert desk.told() == {"alice": H.ANSWERED}
    desk.set_mail(on=True)
    with desk.embedded.database.writing() as session:
        session.execute(update(User).values(email=None))
    desk.as_("frank").tickets.comment(ticket.id, reply())
    assert desk.messages() == []


NIGHT = PreferencesChange(
    quiet=True, quiet_from=22 * 60, quiet_until=7 * 60, time_zone="Europe/Berlin"
)


def test_quiet_hours_hold_mail_back_until_they_end(desk: Telling, clock: SettableClock):
    # The night in which the clock is set forward, half an hour before.
    clock.now = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    ticket = desk.given()
    desk.as_("alice").notifications.change_preferences(NIGHT)
    desk.as_("bob").tickets.comment(ticket.id, reply())
    row, (message,) = desk.only("alice"), desk.messages()
    assert (row.shown, row.read) == (False, False)
    assert message.next_try_at == datetime(2027, 3, 28, 5, 0, tzinfo=UTC)
    desk.forget()
    clock.now = datetime(2027, 3, 28, 5, 0, tzinfo=UTC)
    desk.as_("bob").tickets.comment(ticket.id, reply())
    assert desk.only("alice").shown
    assert desk.messages()[0].next_try_at == clock.now


@pytest.mark.parametrize("breaks", [True, False])
def test_what_is_urgent_breaks_through_where_somebody_lets_it(
    desk: Telling, clock: SettableClock, breaks: bool
):
    ticket = desk.given()
    night = NIGHT.model_copy(update={"urgent_breaks_quiet": breaks})
    desk.as_("bob").notifications.change_preferences(
        PreferencesChange.model_validate(night.model_dump(exclude_none=True))
    )
    clock.now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        Notifying(work).tell_of(row, H.OVERDUE, [desk.id_of("bob")], text="Late", why="")

    desk.act(run)
    row, (message,) = desk.only("bob"), desk.messages()
    assert (row.urgent, row.read, row.shown) == (True, False, breaks)
    until = clock.now if breaks else datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert message.next_try_at == until


def test_a_chat_channel_is_posted_to_by_its_name(desk: Telling):
    ticket = desk.given()
    with desk.embedded.database.writing() as session:
        for number, (active, removed) in enumerate(
            [(True, False), (False, False), (True, True)], 1
        ):
            session.add(
                ChatChannel(
                    id=number, name="Ops", kind=ChatKind.SLACK, host="hooks.slack.com",
                    active=active, removed=removed, problem="", version=1,
                )
            )  # fmt: skip

    def run(work: Work) -> str:
        row = work.desk.tickets.get(ticket.id)
        return Notifying(work).post(row, 1, text="It is late", why="Rule: Late")

    assert desk.act(run) == "Ops"
    (message,) = desk.messages()
    assert (message.channel, message.chat_channel_id, message.person_id) == (
        OutboxChannel.CHAT,
        1,
        None,
    )
    body = MailBody.model_validate_json(message.body)
    assert (body.title, body.why) == ("HD-1 Printer jams: It is late", "Rule: Late")

    def misdirected(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        for number in (2, 3, 4, 2**70):
            with pytest.raises(NotFound):
                Notifying(work).post(row, number, text="", why="")

    desk.act(misdirected)


@pytest.mark.desk_kinds("local-sqlite", "local-postgresql")
def test_more_people_cost_no_more_statements(desk: Telling):
    ticket = desk.ticket()

    def cost_of(members: int) -> int:
        with desk.embedded.database.writing() as session:
            rows = [
                {
                    "username": f"m{members}-{n}", "username_folded": f"m{members}-{n}",
                    "full_name": f"M {n}", "full_name_folded": f"m {n}", "email": "m@corp.example",
                    "role": Role.TECHNICIAN, "active": True, "password_one_time": False,
                    "version": 1, "created_at": datetime(2026, 1, 1, tzinfo=UTC),
                }
                for n in range(members)
            ]  # fmt: skip
            ids = session.scalars(insert(User).returning(User.id), rows).all()

        def run(work: Work) -> list[str]:
            row = work.desk.tickets.get(ticket.id)
            told = Notifying(work)
            told.tell_of(row, H.DUE_SOON, ids, text="soon", why="")
            return told.tell_of(row, H.ESCALATED, ids, text="now", why="", urgent=True)

        with statements() as sent:
            assert len(desk.act(run)) == members
        assert len(desk.notifications()) == len(desk.messages()) == members
        desk.forget()
        return len(sent)

    # They are read once each time; rows are written, taken back, and written anew.
    assert cost_of(2) == cost_of(150)


def test_every_happening_is_named_in_the_data():
    assert USUAL.keys() == WEIGHTS.keys() == set(Happening)
    assert len(set(WEIGHTS.values())) == len(WEIGHTS)
    assert set(CONCERNS[Role.USER]) < set(CONCERNS[Role.TECHNICIAN]) < set(CONCERNS[Role.ADMIN])
    assert all(USUAL[happening].happening is happening for happening in USUAL)


def test_who_was_told_of_what_failed_is_told_of_what_comes_after(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> None:
        row = work.desk.tickets.get(ticket.id)
        told, people = Notifying(work), [desk.id_of("bob")]
        told.tell_of(row, H.DUE_SOON, people, text="Soon", why="")
        with pytest.raises(NotFound), work.desk.attempt():  # noqa: PT012 - undone together
            told.tell_of(row, H.OVERDUE, people, text="Late", why="")
            told.post(row, 1, text="There is no such channel", why="")
        told.tell_of(row, H.ESCALATED, people, text="Look", why="")

    desk.act(run)
    assert desk.told() == {"bob": H.ESCALATED}
    assert desk.mailed().keys() == {"bob"}


def test_nothing_is_kept_of_what_is_undone(desk: Telling):
    ticket = desk.given()

    def run(work: Work) -> None:
        row: Ticket = work.desk.tickets.get(ticket.id)
        Notifying(work).tell_of(row, H.OVERDUE, [desk.id_of("bob")], text="Late", why="")
        raise NotFound("Nothing.")

    with pytest.raises(NotFound):
        desk.act(run)
    assert (desk.notifications(), desk.messages()) == ([], [])
