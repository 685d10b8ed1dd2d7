# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a ticket's life: who moves it where, what follows by itself, what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from itertools import count, pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.ratings import NewTicketRating
from helpdesk.core.schemas.snoozes import SnoozeChoice
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
from helpdesk.core.schemas.users import Leaving, NewUser, PersonRef, Role, UserChange, UserView
from helpdesk.models import Event
from helpdesk.services.work import Change
from tests.conftest import PEOPLE, SettableClock, SignIn
from tests.contract.desks import dump, id_of, opened, opened_again, person

NEW, OPEN, IN_PROGRESS, AWAITING, RESOLVED, CLOSED = Status
NEXT: dict[Status, set[Status]] = {
    NEW: {OPEN, IN_PROGRESS, AWAITING, RESOLVED, CLOSED},
    OPEN: {IN_PROGRESS, AWAITING, RESOLVED, CLOSED},
    IN_PROGRESS: {OPEN, AWAITING, RESOLVED, CLOSED},
    AWAITING: {OPEN, IN_PROGRESS, RESOLVED, CLOSED},
    RESOLVED: {OPEN, CLOSED},
    CLOSED: {OPEN},
}
HOURS = {
    Priority.URGENT: (1, 4),
    Priority.HIGH: (4, 24),
    Priority.MEDIUM: (8, 72),
    Priority.LOW: (24, 168),
}


# One desk serves this whole module: each test has its own ticket, and the clock starts again.

_clock = SettableClock()
_newcomers = count(1)


@pytest.fixture(scope="module")
def embedded(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("tickets"), template, _clock, desk_kind) as desk:
        yield desk


@pytest.fixture(scope="module")
def sign_in(embedded: EmbeddedDesk) -> SignIn:
    return cache(lambda username: person(embedded, username))


@pytest.fixture(autouse=True)
def clock() -> SettableClock:
    _clock.now = SettableClock().now
    return _clock


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def charlie(sign_in: SignIn) -> HelpDesk:
    return sign_in("charlie")


@pytest.fixture
def newcomer(embedded: EmbeddedDesk) -> UserView:
    """Return the account of a technician whom no other test knows."""
    username = f"newcomer{next(_newcomers)}"
    new = NewUser(username=username, full_name=username.title(), role=Role.TECHNICIAN)
    return embedded.as_system().users.add(new).user


@pytest.fixture
def ticket(alice: HelpDesk) -> TicketView:
    return alice.tickets.open(NewTicket(subject="No tone", description="Silence."))


def name_of(person: PersonRef | None) -> str | None:
    """Return somebody's name, or none for nobody."""
    return person.full_name if person else None


def moved(bob: HelpDesk, ticket: TicketView, status: Status) -> TicketView:
    """Bring a ticket to a status by hand."""
    view = bob.tickets.view(ticket.id)
    if view.status is status:
        return view
    return bob.tickets.change(ticket.id, TicketChange(status=status, version=view.version))


def assigned(charlie: HelpDesk, ticket: TicketView, to: HelpDesk | None) -> TicketView:
    version = charlie.tickets.view(ticket.id).version
    assignee = id_of(to) if to else None
    return charlie.tickets.assign(ticket.id, Assignment(assignee_id=assignee, version=version))


def as_read(answer: TicketView) -> TicketView:
    """Return what a change has answered as a later reading shows it: of no deed of one's own."""
    return answer.model_copy(update={"undo": None})


def history(view: TicketView) -> list[tuple[str, str | None, str | None, str | None]]:
    """Return kind, field, old and new of each entry, oldest first."""
    return [(e.kind, e.field, e.old, e.new) for e in reversed(view.events)]


# --- opening ----------------------------------------------------------------------------------


def test_a_new_ticket_belongs_to_whoever_opened_it(alice: HelpDesk, clock: SettableClock):
    view = alice.tickets.open(
        NewTicket(subject="No tone", description="Silence.", category_id=3, priority=Priority.HIGH)
    )
    assert (view.status, view.priority, view.version) == (NEW, Priority.HIGH, 1)
    assert view.category is not None
    assert view.category.name == "Network"
    assert view.requester.full_name == "Alice Moreau"
    assert view.requester_email == "alice@corp.example"
    assert view.assignee is None
    assert view.created_at == view.updated_at == clock.now
    assert history(view) == [("created", None, None, None)]
    assert view.events[0].actor == view.requester
    assert alice.tickets.view(view.id) == view


@pytest.mark.parametrize("priority", Priority)
def test_due_times_follow_from_the_priority(
    alice: HelpDesk, clock: SettableClock, priority: Priority
):
    view = alice.tickets.open(NewTicket(subject="x", priority=priority))
    response, resolution = HOURS[priority]
    assert view.first_response_due == clock.now + timedelta(hours=response)
    assert view.resolution_due == clock.now + timedelta(hours=resolution)


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        ("The printer jams.\nOn floor 3.", "The printer jams."),
        ("\n\n  \nSecond\tline", "Second line"),
        ("x" * 300, "x" * 79 + "…"),
        ("word " * 100, ("word " * 100)[:79].rstrip() + "…"),
    ],
)
def test_without_a_subject_the_first_line_becomes_it(
    alice: HelpDesk, description: str, subject: str
):
    assert alice.tickets.open(NewTicket(description=description)).subject == subject


def test_a_category_that_is_not_offered_is_refused(alice: HelpDesk, embedded: EmbeddedDesk):
    before = dump(embedded.database)
    with pytest.raises(Invalid, match="category does not exist"):
        alice.tickets.open(NewTicket(subject="x", category_id=999))
    assert dump(embedded.database) == before


def test_the_program_itself_cannot_be_a_requester(embedded: EmbeddedDesk, ticket: TicketView):
    system = embedded.as_system()
    with pytest.raises(Invalid, match="requester"):
        system.tickets.open(NewTicket(subject="x"))
    with pytest.raises(Invalid, match="somebody who writes"):
        system.tickets.comment(ticket.id, NewComment(body="x"))


# --- status -----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_a_status_may_go_only_where_the_table_says(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, before: Status, after: Status
):
    view = moved(bob, ticket, before)
    assert set(view.next_statuses) == NEXT[before]
    change = TicketChange(status=after, version=view.version)
    if after in NEXT[before]:
        changed = bob.tickets.change(ticket.id, change)
        assert changed.status is after
        assert changed.version == view.version + 1
        reopens = after.is_open and not before.is_open
        kind = "reopened" if reopens else "changed"
        assert history(changed)[-1] == (kind, "status", before.label, after.label)
    elif after is before:
        assert bob.tickets.change(ticket.id, change).events == view.events
    else:
        with pytest.raises(Invalid, match="cannot become") as caught:
            bob.tickets.change(ticket.id, change)
        assert caught.value.field == "status"
        assert bob.tickets.view(ticket.id) == as_read(view)
    assert alice.tickets.view(ticket.id).next_statuses == ()


def test_times_of_solving_and_closing_are_kept_and_taken_back(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=1)
    resolved = moved(bob, ticket, RESOLVED)
    assert (resolved.resolved_at, resolved.closed_at) == (clock.now, None)
    solved_at = clock.now
    clock.forward(hours=1)
    closed = moved(bob, ticket, CLOSED)
    assert (closed.resolved_at, closed.closed_at) == (solved_at, clock.now)
    reopened = moved(bob, ticket, OPEN)
    assert (reopened.resolved_at, reopened.closed_at) == (None, None)
    at_once = moved(bob, ticket, CLOSED)
    assert at_once.resolved_at == at_once.closed_at == clock.now


def test_no_duration_is_negative_when_the_clock_is_set_back(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=-1)
    bob.tickets.comment(ticket.id, NewComment(body="Try again."))
    moved(bob, ticket, RESOLVED)
    clock.forward(hours=-1)
    view = moved(bob, ticket, CLOSED)
    created = view.created_at
    for moment in (view.first_responded_at, view.resolved_at, view.closed_at, view.updated_at):
        assert moment is not None
        assert moment >= created
    assert view.closed_at is not None
    assert view.resolved_at is not None
    assert view.closed_at >= view.resolved_at


# --- replies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        (NEW, "bob", IN_PROGRESS),
        (OPEN, "bob", IN_PROGRESS),
        (IN_PROGRESS, "bob", IN_PROGRESS),
        (AWAITING, "bob", AWAITING),
        (RESOLVED, "bob", RESOLVED),
        (NEW, "alice", NEW),
        (OPEN, "alice", OPEN),
        (IN_PROGRESS, "alice", IN_PROGRESS),
        (AWAITING, "alice", OPEN),
        (RESOLVED, "alice", OPEN),
    ],
)
def test_a_reply_moves_the_ticket_as_people_expect(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView, before: Status, by: str, after: Status
):
    was = moved(bob, ticket, before)
    view = sign_in(by).tickets.comment(ticket.id, NewComment(body="Hello."))
    assert view.status is after
    assert view.version == was.version + 1
    comment = view.comments[-1]
    assert (comment.body, comment.internal, comment.by_staff) == ("Hello.", False, by == "bob")
    news = history(view)[len(was.events if by == "bob" else view.events) :]
    if by == "bob" and before is not after:
        assert news == [
            ("commented", None, None, None),
            ("changed", "assignee", None, "Bob Keller"),
            ("changed", "status", before.label, after.label),
        ]
    assert ("reopened" in {event.kind for event in view.events}) == (
        before is RESOLVED and by == "alice"
    )


@pytest.mark.parametrize("status", [status for status in Status if status is not CLOSED])
def test_a_note_moves_nothing(bob: HelpDesk, ticket: TicketView, status: Status):
    moved(bob, ticket, status)
    view = bob.tickets.comment(ticket.id, NewComment(body="Hm.", internal=True))
    assert view.status is status
    assert view.first_responded_at is None
    assert view.events[0].kind == "noted"


def test_a_reply_can_bring_its_own_status(bob: HelpDesk, ticket: TicketView):
    view = bob.tickets.comment(ticket.id, NewComment(body="Which one?", status=AWAITING))
    assert view.status is AWAITING
    assert history(view)[1:] == [
        ("commented", None, None, None),
        ("changed", "assignee", None, "Bob Keller"),
        ("changed", "status", "New", AWAITING.label),
    ]
    same = bob.tickets.comment(ticket.id, NewComment(body="Well?", status=AWAITING))
    assert same.status is AWAITING
    assert same.events[0].kind == "commented"


def test_who_answers_a_ticket_that_nobody_has_takes_it(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView
):
    view = bob.tickets.comment(ticket.id, NewComment(body="I look into it."))
    assert (view.status, name_of(view.assignee)) == (IN_PROGRESS, "Bob Keller")
    view = sign_in("frank").tickets.comment(ticket.id, NewComment(body="So do I."))
    assert name_of(view.assignee) == "Bob Keller"


def test_an_answer_takes_no_ticket_from_anybody(
    charlie: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    assigned(charlie, ticket, charlie)
    view = bob.tickets.comment(ticket.id, NewComment(body="Try this meanwhile."))
    assert (view.status, name_of(view.assignee)) == (IN_PROGRESS, "Charlie Hart")
    assert history(view)[-1] == ("changed", "status", "Open", "In Progress")


@pytest.mark.parametrize(
    "comment",
    [
        NewComment(body="To whom it concerns.", status=OPEN),
        NewComment(body="Whose is this?", internal=True),
        NewComment(body="Whose is this?", internal=True, status=IN_PROGRESS),
    ],
    ids=["left open", "a note", "a note with a status"],
)
def test_what_does_not_begin_the_work_leaves_a_ticket_in_the_queue(
    bob: HelpDesk, ticket: TicketView, comment: NewComment
):
    assert bob.tickets.comment(ticket.id, comment).assignee is None


def test_one_of_the_staff_takes_no_own_request_by_writing_on_it(bob: HelpDesk):
    own = bob.tickets.open(NewTicket(subject="My chair"))
    view = bob.tickets.comment(own.id, NewComment(body="It squeaks, too."))
    assert (view.status, view.assignee) == (NEW, None)


def test_the_program_itself_takes_nothing(
    embedded: EmbeddedDesk, bob: HelpDesk, ticket: TicketView
):
    taken = bob.tickets.take(ticket.id, ticket.version)
    with pytest.raises(Invalid, match="Only a person can take a ticket"):
        embedded.as_system().tickets.take(ticket.id, taken.version)
    assert bob.tickets.view(ticket.id) == as_read(taken)


def test_a_note_changes_nothing_that_its_requester_sees(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(minutes=5)
    bob.tickets.comment(ticket.id, NewComment(body="Him again.", internal=True))
    assert alice.tickets.view(ticket.id) == ticket
    assert alice.tickets.close(ticket.id, ticket.version).status is CLOSED


def test_a_note_with_a_status_changes_what_its_requester_sees(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    note = NewComment(body="Done by phone.", internal=True, status=RESOLVED)
    bob.tickets.comment(ticket.id, note)
    view = alice.tickets.view(ticket.id)
    assert (view.status, view.version) == (RESOLVED, ticket.version + 1)


def test_open_windows_hear_of_a_note(embedded: EmbeddedDesk, bob: HelpDesk, ticket: TicketView):
    heard: list[Change] = []
    end = embedded.executor.subscribe(heard.append)
    bob.tickets.comment(ticket.id, NewComment(body="Him again.", internal=True))
    end()
    assert heard == [Change("ticket", (ticket.id,))]


@pytest.mark.parametrize(
    "call",
    [
        lambda d, t: d.tickets.take(t.id, t.version),
        lambda d, t: d.tickets.assign(t.id, Assignment(assignee_id=id_of(d), version=t.version)),
        lambda d, t: d.tickets.change(t.id, TicketChange(version=t.version)),
        lambda d, t: d.tickets.change(
            t.id,
            TicketChange(status=t.status, priority=t.priority, category_id=None, version=t.version),
        ),
    ],
    ids=["take", "assign", "nothing", "the same"],
)
def test_a_call_that_changes_nothing_leaves_no_trace(
    embedded: EmbeddedDesk,
    charlie: HelpDesk,
    ticket: TicketView,
    clock: SettableClock,
    call: Callable[[HelpDesk, TicketView], TicketView],
):
    taken = charlie.tickets.take(ticket.id, ticket.version)
    before = dump(embedded.database, without=("idempotency",))
    heard: list[Change] = []
    end = embedded.executor.subscribe(heard.append)
    clock.forward(minutes=5)
    assert call(charlie, taken) == as_read(taken)
    end()
    assert dump(embedded.database, without=("idempotency",)) == before
    assert heard == []


def test_a_reopened_ticket_has_its_whole_time_again(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    answered = bob.tickets.comment(ticket.id, NewComment(body="Done.", status=RESOLVED))
    clock.forward(hours=11)
    view = alice.tickets.reopen(ticket.id, Reopening())
    assert view.resolution_due == clock.now + timedelta(hours=HOURS[Priority.MEDIUM][1])
    assert view.first_response_due == answered.first_response_due
    assert len(view.events) == len(alice.tickets.view(ticket.id).events)
    reopened_at = clock.now
    clock.forward(hours=1)
    change = TicketChange(priority=Priority.URGENT, version=view.version)
    view = bob.tickets.change(ticket.id, change)
    _, resolution = HOURS[Priority.URGENT]
    assert view.resolution_due == reopened_at + timedelta(hours=resolution)
    assert view.first_response_due == answered.first_response_due, "that clock has ended"


def test_a_ticket_reopened_without_an_answer_waits_for_one_anew(
    alice: HelpDesk, ticket: TicketView, clock: SettableClock
):
    alice.tickets.close(ticket.id, ticket.version)
    clock.forward(hours=11)
    view = alice.tickets.reopen(ticket.id, Reopening())
    first_response, resolution = HOURS[Priority.MEDIUM]
    assert view.first_response_due == clock.now + timedelta(hours=first_response)
    assert view.resolution_due == clock.now + timedelta(hours=resolution)


def test_a_reply_with_a_status_that_cannot_follow_leaves_nothing(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    moved(bob, ticket, RESOLVED)
    before = dump(embedded.database)
    with pytest.raises(Invalid, match="cannot become"):
        bob.tickets.comment(ticket.id, NewComment(body="x", status=AWAITING))
    assert dump(embedded.database) == before


def test_a_closed_ticket_takes_no_reply_from_anybody_but_notes(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    moved(bob, ticket, CLOSED)
    before = dump(embedded.database)
    for facade in (alice, bob):
        with pytest.raises(Invalid, match="is closed; reopen it"):
            facade.tickets.comment(ticket.id, NewComment(body="One more thing."))
    assert dump(embedded.database) == before
    view = bob.tickets.comment(ticket.id, NewComment(body="For the record.", internal=True))
    assert (view.status, len(view.comments)) == (CLOSED, 1)


def test_the_first_public_answer_of_the_staff_is_the_first_response(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(minutes=1)
    alice.tickets.comment(ticket.id, NewComment(body="Anybody?"))
    bob.tickets.comment(ticket.id, NewComment(body="Secret.", internal=True))
    assert bob.tickets.view(ticket.id).first_responded_at is None
    clock.forward(minutes=1)
    answered_at = clock.now
    bob.tickets.comment(ticket.id, NewComment(body="Here."))
    clock.forward(minutes=1)
    assert bob.tickets.comment(ticket.id, NewComment(body="?")).first_responded_at == answered_at


def test_requesters_set_no_status_and_write_no_notes(
    alice: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    before = dump(embedded.database)
    with pytest.raises(Forbidden, match="status"):
        alice.tickets.comment(ticket.id, NewComment(body="x", status=RESOLVED))
    with pytest.raises(Forbidden, match="notes"):
        alice.tickets.comment(ticket.id, NewComment(body="x", internal=True))
    assert dump(embedded.database) == before


def test_on_their_own_ticket_staff_are_requesters_who_may_set_a_status(
    bob: HelpDesk, alice: HelpDesk
):
    own = bob.tickets.open(NewTicket(subject="My own screen"))
    view = bob.tickets.comment(own.id, NewComment(body="Still dark."))
    assert (view.status, view.first_responded_at) == (NEW, None)
    assert not view.comments[0].by_staff
    done = bob.tickets.comment(own.id, NewComment(body="Found the switch.", status=RESOLVED))
    assert done.status is RESOLVED
    assert bob.tickets.comment(own.id, NewComment(body="No, dark again.")).status is OPEN


# --- closing and reopening --------------------------------------------------------------------


@pytest.mark.parametrize("by", ["alice", "bob", "charlie", "dana"])
@pytest.mark.parametrize("status", [status for status in Status if status is not CLOSED])
def test_the_requester_and_staff_close_a_ticket_at_any_time(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView, by: str, status: Status
):
    version = moved(bob, ticket, status).version
    view = sign_in(by).tickets.close(ticket.id, version)
    assert view.status is CLOSED
    assert history(view)[-1] == ("changed", "status", status.label, "Closed")
    with pytest.raises(Invalid, match="cannot become Closed"):
        sign_in(by).tickets.close(ticket.id, view.version)


@pytest.mark.parametrize("by", ["alice", "bob"])
@pytest.mark.parametrize("status", [RESOLVED, CLOSED])
@pytest.mark.parametrize("reason", ["", "It is back."])
def test_a_finished_ticket_is_reopened_with_the_reason_as_a_reply(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView, by: str, status: Status, reason: str
):
    moved(bob, ticket, status)
    view = sign_in(by).tickets.reopen(ticket.id, Reopening(reason=reason))
    assert (view.status, view.resolved_at, view.closed_at) == (OPEN, None, None)
    assert [comment.body for comment in view.comments] == ([reason] if reason else [])
    assert ("reopened", "status", status.label, "Open") in history(view)


@pytest.mark.parametrize("status", [status for status in Status if status.is_open])
def test_an_open_ticket_cannot_be_reopened(bob: HelpDesk, ticket: TicketView, status: Status):
    moved(bob, ticket, status)
    with pytest.raises(Invalid, match="open already"):
        bob.tickets.reopen(ticket.id, Reopening(reason="x"))


@pytest.mark.parametrize("leaves", ["is deactivated", "becomes a user"])
@pytest.mark.parametrize("way", ["reopen", "reply", "change"])
def test_reopened_after_its_assignee_has_left_a_ticket_waits_in_the_queue(
    sign_in: SignIn, ticket: TicketView, newcomer: UserView, leaves: str, way: str
):
    alice, bob, charlie, dana = map(sign_in, ("alice", "bob", "charlie", "dana"))
    charlie.tickets.assign(ticket.id, Assignment(assignee_id=newcomer.id, version=1))
    view = moved(bob, ticket, RESOLVED)
    if leaves == "is deactivated":
        dana.users.deactivate(newcomer.id, Leaving(version=newcomer.version))
    else:
        dana.users.change(newcomer.id, UserChange(role=Role.USER, version=newcomer.version))
    assert bob.tickets.view(ticket.id).assignee == view.assignee
    reopened = {
        "reopen": lambda: alice.tickets.reopen(ticket.id, Reopening()),
        "reply": lambda: alice.tickets.comment(ticket.id, NewComment(body="Still.")),
        "change": lambda: moved(bob, ticket, OPEN),
    }[way]()
    assert (reopened.status, reopened.assignee) == (OPEN, None)
    assert history(reopened)[-1] == ("changed", "assignee", newcomer.full_name, None)


def test_reopened_while_its_assignee_is_there_a_ticket_stays_with_them(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    bob.tickets.take(ticket.id, ticket.version)
    moved(bob, ticket, RESOLVED)
    reopened = alice.tickets.reopen(ticket.id, Reopening())
    assert reopened.assignee is not None
    assert reopened.assignee.full_name == "Bob Keller"


# --- assigning --------------------------------------------------------------------------------


def test_taking_a_new_ticket_opens_it(bob: HelpDesk, ticket: TicketView):
    view = bob.tickets.take(ticket.id, ticket.version)
    assert view.assignee is not None
    assert (view.assignee.full_name, view.status, view.version) == ("Bob Keller", OPEN, 2)
    assert history(view)[1:] == [
        ("changed", "assignee", None, "Bob Keller"),
        ("changed", "status", "New", "Open"),
    ]
    assert {event.actor for event in view.events[:2]} == {view.assignee}


@pytest.mark.parametrize("status", [IN_PROGRESS, AWAITING])
def test_taking_a_ticket_under_way_leaves_its_status(
    bob: HelpDesk, ticket: TicketView, status: Status
):
    view = moved(bob, ticket, status)
    assert bob.tickets.take(ticket.id, view.version).status is status


def test_only_the_assignee_releases_a_ticket(sign_in: SignIn, bob: HelpDesk, ticket: TicketView):
    taken = bob.tickets.take(ticket.id, ticket.version)
    for other in ("frank", "charlie", "dana"):
        with pytest.raises(Forbidden, match="not assigned to you"):
            sign_in(other).tickets.release(ticket.id, taken.version)
    view = bob.tickets.release(ticket.id, taken.version)
    assert (view.assignee, view.status) == (None, OPEN)
    assert history(view)[-1] == ("changed", "assignee", "Bob Keller", None)
    with pytest.raises(Forbidden):
        bob.tickets.release(ticket.id, view.version)


@pytest.mark.parametrize("username", PEOPLE)
def test_tickets_are_assigned_to_staff_alone(
    sign_in: SignIn, charlie: HelpDesk, ticket: TicketView, username: str
):
    somebody = sign_in(username)
    if PEOPLE[username][1] in STAFF:
        view = assigned(charlie, ticket, somebody)
        assert view.assignee is not None
        assert view.assignee.full_name == PEOPLE[username][0]
        assert assigned(charlie, ticket, None).assignee is None
    else:
        with pytest.raises(Invalid, match="cannot be given tickets") as caught:
            assigned(charlie, ticket, somebody)
        assert caught.value.field == "assignee_id"
        assert charlie.tickets.view(ticket.id).version == ticket.version


def test_nobody_who_has_left_or_never_was_gets_a_ticket(
    sign_in: SignIn, charlie: HelpDesk, ticket: TicketView, newcomer: UserView
):
    sign_in("dana").users.deactivate(newcomer.id, Leaving(version=newcomer.version))
    with pytest.raises(Invalid, match="cannot be given tickets"):
        charlie.tickets.assign(ticket.id, Assignment(assignee_id=newcomer.id, version=1))
    with pytest.raises(NotFound):
        charlie.tickets.assign(ticket.id, Assignment(assignee_id=10**6, version=1))
    assert newcomer.id not in {person.id for person in charlie.tickets.assignable()}
    assert charlie.tickets.view(ticket.id).assignee is None


@pytest.mark.parametrize("status", [RESOLVED, CLOSED])
def test_a_finished_ticket_is_not_given_to_anybody(
    sign_in: SignIn, bob: HelpDesk, charlie: HelpDesk, ticket: TicketView, status: Status
):
    bob.tickets.take(ticket.id, ticket.version)
    version = moved(bob, ticket, status).version
    with pytest.raises(Invalid, match="reopen it first"):
        sign_in("frank").tickets.take(ticket.id, version)
    with pytest.raises(Invalid, match="reopen it first"):
        assigned(charlie, ticket, None)
    with pytest.raises(Invalid, match="reopen it first"):
        bob.tickets.release(ticket.id, version)


# --- priority and category --------------------------------------------------------------------


@pytest.mark.parametrize("priority", [p for p in Priority if p is not Priority.MEDIUM])
def test_a_new_priority_counts_from_the_opening(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock, priority: Priority
):
    clock.forward(hours=2)
    view = bob.tickets.change(ticket.id, TicketChange(priority=priority, version=ticket.version))
    response, resolution = HOURS[priority]
    assert view.first_response_due == ticket.created_at + timedelta(hours=response)
    assert view.resolution_due == ticket.created_at + timedelta(hours=resolution)
    assert view.updated_at == clock.now
    # Where it is late by that, an entry says so too.
    [entry] = [event for event in view.events if event.field == "priority"]
    assert (entry.old, entry.new) == ("Medium", priority.label)
    assert entry.actor is not None
    assert (entry.actor.full_name, entry.at) == ("Bob Keller", clock.now)


def test_a_category_is_set_and_taken_away(bob: HelpDesk, ticket: TicketView):
    view = bob.tickets.change(ticket.id, TicketChange(category_id=4, version=1))
    assert view.category is not None
    view = bob.tickets.change(ticket.id, TicketChange(category_id=6, version=2))
    view = bob.tickets.change(ticket.id, TicketChange(category_id=None, version=3))
    assert view.category is None
    assert history(view)[1:] == [
        ("changed", "category", None, "Access"),
        ("changed", "category", "Access", "Printing"),
        ("changed", "category", "Printing", None),
    ]


def test_only_the_fields_that_are_set_are_touched(bob: HelpDesk, ticket: TicketView):
    bob.tickets.change(ticket.id, TicketChange(category_id=4, version=1))
    view = bob.tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=2))
    assert view.category is not None
    assert view.category.name == "Access"
    view = bob.tickets.change(ticket.id, TicketChange(status=None, priority=None, version=3))
    assert (view.status, view.priority) == (NEW, Priority.LOW)


def test_a_change_of_several_fields_is_all_or_nothing(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    before = dump(embedded.database)
    for change in (
        TicketChange(priority=Priority.LOW, category_id=999, version=1),
        TicketChange(priority=Priority.LOW, status=NEW, category_id=998, version=1),
    ):
        with pytest.raises(Invalid):
            bob.tickets.change(ticket.id, change)
    assert dump(embedded.database) == before


# --- versions ---------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[HelpDesk, int, int], object]] = {
    "change": lambda d, t, v: d.tickets.change(t, TicketChange(priority=Priority.LOW, version=v)),
    "take": lambda d, t, v: d.tickets.take(t, v),
    "release": lambda d, t, v: d.tickets.release(t, v),
    "assign": lambda d, t, v: d.tickets.assign(t, Assignment(assignee_id=None, version=v)),
    "close": lambda d, t, v: d.tickets.close(t, v),
}


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize("version", [-1, 0, 1, 3])
def test_a_change_of_what_somebody_else_has_changed_is_refused(
    charlie: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk, operation: str, version: int
):
    charlie.tickets.take(ticket.id, ticket.version)
    before = dump(embedded.database)
    with pytest.raises(Conflict, match=f"{ticket.number} was changed in the meantime") as caught:
        CHANGES[operation](charlie, ticket.id, version)
    assert dump(embedded.database) == before
    assert caught.value.current == charlie.tickets.view(ticket.id)


@pytest.mark.parametrize("operation", CHANGES)
def test_a_version_that_no_ticket_can_have_is_refused(
    charlie: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk, operation: str
):
    charlie.tickets.take(ticket.id, ticket.version)
    before = dump(embedded.database)
    # A server takes no number that is none of its database's.
    with pytest.raises((Conflict, Invalid)):
        CHANGES[operation](charlie, ticket.id, 2**70)
    assert dump(embedded.database) == before


def test_the_present_state_in_a_refusal_is_what_the_caller_may_see(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    bob.tickets.comment(ticket.id, NewComment(body="canary", internal=True))
    bob.tickets.comment(ticket.id, NewComment(body="On it."))
    with pytest.raises(Conflict) as caught:
        alice.tickets.close(ticket.id, ticket.version)
    assert caught.value.current == alice.tickets.view(ticket.id)
    assert "canary" not in repr(caught.value.current)
    assert "On it." in repr(caught.value.current)


def test_every_accepted_change_raises_the_version_by_one(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    versions = [
        ticket.version,
        bob.tickets.take(ticket.id, 1).version,
        bob.tickets.comment(ticket.id, NewComment(body="a", status=AWAITING)).version,
        alice.tickets.comment(ticket.id, NewComment(body="b")).version,
        bob.tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=4)).version,
        bob.tickets.close(ticket.id, 5).version,
        alice.tickets.reopen(ticket.id, Reopening()).version,
    ]
    assert versions == list(range(1, 8))


def test_of_edits_at_the_same_time_each_accepted_one_is_in_the_history(
    sign_in: SignIn, ticket: TicketView
):
    """Four people change one ticket as fast as they can, looking again after each refusal."""

    def edit(username: str) -> tuple[int, int]:
        desk, accepted, refused = sign_in(username), 0, 0
        for _ in range(12):
            view = desk.tickets.view(ticket.id)
            other = Priority.LOW if view.priority is Priority.HIGH else Priority.HIGH
            change = TicketChange(priority=other, version=view.version)
            try:
                desk.tickets.change(ticket.id, change)
            except Conflict:
                refused += 1
            else:
                accepted += 1
        return accepted, refused

    names = ("bob", "frank", "charlie", "dana")
    with ThreadPoolExecutor(len(names)) as threads:
        results = list(threads.map(edit, names))
    accepted = sum(result[0] for result in results)
    view = sign_in("bob").tickets.view(ticket.id)
    assert view.version == 1 + accepted
    changes = [event for event in reversed(view.events) if event.field == "priority"]
    assert len(changes) == accepted >= 12
    for before, after in pairwise(changes):
        assert before.new == after.old


def test_the_moment_of_the_last_change_never_runs_backwards(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=2)
    later = bob.tickets.take(ticket.id, 1).updated_at
    clock.forward(hours=-3)
    assert (
        bob.tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=2)).updated_at
        == later
    )


# --- what windows offer -----------------------------------------------------------------------

OFFERS: dict[str, Callable[[HelpDesk, TicketView], object]] = {
    "comment": lambda d, t: d.tickets.comment(t.id, NewComment(body="x")),
    "note": lambda d, t: d.tickets.comment(t.id, NewComment(body="x", internal=True)),
    "change": lambda d, t: d.tickets.change(t.id, TicketChange(priority="low", version=t.version)),
    "take": lambda d, t: d.tickets.take(t.id, t.version),
    "release": lambda d, t: d.tickets.release(t.id, t.version),
    "assign": lambda d, t: d.tickets.assign(t.id, Assignment(assignee_id=4, version=t.version)),
    "resolve": lambda d,
    t: d.tickets.change(t.id, TicketChange(status=RESOLVED, version=t.version)),
    "close": lambda d, t: d.tickets.close(t.id, t.version),
    "reopen": lambda d, t: d.tickets.reopen(t.id, Reopening()),
    "snooze": lambda d, t: d.snoozing.snooze(t.id, SnoozeChoice(until_reply=True)),
    "rate": lambda d, t: d.ratings.rate(t.id, NewTicketRating(score=4)),
    "merge": lambda d, t: d.merging.merge(
        t.id,
        MergeInto(survivor_id=d.tickets.open(NewTicket(subject="y")).id, version=t.version),
    ),
}  # fmt: skip
HARMLESS = {("take", True), ("resolve", RESOLVED)}
"""Not offered because nothing would change: taking one's own, resolving what is resolved."""


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("username", ["alice", "bob", "charlie", "dana"])
@pytest.mark.parametrize("taken", [False, True])
def test_what_is_offered_works_and_what_is_not_is_refused(
    sign_in: SignIn, bob: HelpDesk, status: Status, username: str, taken: bool
):
    somebody, erin = sign_in(username), sign_in("erin")
    requester = somebody if username == "alice" else erin
    for offer, call in OFFERS.items():
        ticket = requester.tickets.open(NewTicket(subject="x"))
        if taken and username != "alice" and status is not NEW:
            somebody.tickets.take(ticket.id, 1)
        moved(bob, ticket, status)
        view = somebody.tickets.view(ticket.id)
        is_mine = view.assignee is not None and view.assignee.id == id_of(somebody)
        if offer in view.allowed:
            call(somebody, view)
        elif (offer, is_mine) not in HARMLESS and (offer, status) not in HARMLESS:
            with pytest.raises(DeskError):
                call(somebody, view)
    assert view.allowed <= OFFERS.keys()


def test_nothing_is_offered_where_nothing_can_be_written(
    embedded: EmbeddedDesk, ticket: TicketView
):
    with opened_again(embedded, read_only=True) as desk:
        facade = person(desk, "alice")
        assert facade.tickets.view(ticket.id).allowed == frozenset()
        assert facade.desks.info().read_only


# --- what is told -----------------------------------------------------------------------------


def test_each_change_is_told_after_it_is_committed(
    embedded: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk
):
    told: list[tuple[str, tuple[int, ...], int]] = []

    def listen(change: Change) -> None:
        if change.kind != "ticket":
            return
        with embedded.database.reading() as session:
            of_ticket = select(func.count(Event.id)).where(Event.ticket_id == change.ids[0])
            told.append((change.kind, change.ids, session.execute(of_ticket).scalar_one()))

    embedded.executor.subscribe(listen)
    ticket = alice.tickets.open(NewTicket(subject="x")).id
    bob.tickets.take(ticket, 1)
    with pytest.raises(Conflict):
        bob.tickets.take(ticket, 1)
    bob.tickets.view(ticket)
    assert told == [("ticket", (ticket,), 1), ("ticket", (ticket,), 3)]
