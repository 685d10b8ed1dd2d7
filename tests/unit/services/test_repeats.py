# SPDX-License-Identifier: GPL-3.0-or-later
"""A call sent again with its idempotency key: one effect, the same answer, nothing given away."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    AlreadyDone,
    Conflict,
    DeskError,
    Forbidden,
    Invalid,
    SignedOut,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.operation import Operation, Transaction, operation, operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.users import NewSession, NewUser, PasswordChange, Role, UserChange
from helpdesk.repositories.idempotency import IdempotencyRepository
from helpdesk.services.api_keys import ApiKeys
from helpdesk.services.sessions import Sessions
from helpdesk.services.tickets import Tickets
from helpdesk.services.users import Users
from helpdesk.services.work import Change, Work
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump, opened_again, person
from tests.matrix import LOCAL, Bearer

Send = Callable[..., Any]
OPEN = operations_of(Tickets)["open"]
NEW = NewTicket(subject="No tone", description="Silence on every line.")


def sender(desk: EmbeddedDesk, token: str | None) -> Send:
    """Return a function that sends a call with an idempotency key."""
    bearer = Bearer(desk, token)

    def send(called: Operation, key: str | None, /, **arguments: Any) -> Any:
        return bearer.call(called, arguments, idempotency_key=key)

    return send


@pytest.fixture
def alice(embedded: EmbeddedDesk, sign_in: SignIn) -> Send:
    return sender(embedded, sign_in("alice").sessions.current().token)


@pytest.fixture
def dana(embedded: EmbeddedDesk, sign_in: SignIn) -> Send:
    return sender(embedded, sign_in("dana").sessions.current().token)


def kept(desk: EmbeddedDesk) -> list[Any]:
    with desk.database.reading() as session:
        return list(session.execute(text("SELECT * FROM idempotency")).all())


# --- one effect -------------------------------------------------------------------------------


def test_a_call_sent_again_has_one_effect_and_the_same_answer(embedded: EmbeddedDesk, alice: Send):
    told: list[Change] = []
    embedded.executor.subscribe(told.append)
    first = alice(OPEN, "k", new=NEW)
    before = dump(embedded.database)
    assert [alice(OPEN, "k", new=NEW) for _ in range(3)] == [first] * 3
    assert dump(embedded.database) == before
    assert told == [
        Change("ticket", (first.id,)),
        Change("notification", (first.requester.id,)),
    ]


def test_the_answer_is_that_of_the_first_time_whatever_came_later(
    embedded: EmbeddedDesk, alice: Send, sign_in: SignIn
):
    first = alice(OPEN, "k", new=NEW)
    sign_in("bob").tickets.comment(first.id, NewComment(body="On it."))
    assert alice(OPEN, "k", new=NEW) == first


def test_other_keys_and_none_are_other_calls(alice: Send):
    ids = {alice(OPEN, key, new=NEW).id for key in ("k", "K", "k2", None, None)}
    assert len(ids) == 5


def test_the_keys_of_two_people_are_apart(alice: Send, dana: Send):
    mine, theirs = alice(OPEN, "k", new=NEW), dana(OPEN, "k", new=NEW)
    assert mine.requester != theirs.requester
    assert alice(OPEN, "k", new=NEW) == mine


def test_the_same_call_after_a_new_start_and_sign_in_is_still_known(
    embedded: EmbeddedDesk, alice: Send, clock: SettableClock
):
    first = alice(OPEN, "k", new=NEW)
    embedded.close()
    with opened_again(embedded, clock) as again:
        token = person(again, "alice").sessions.current().token
        assert sender(again, token)(OPEN, "k", new=NEW) == first


def test_a_stale_version_does_not_trouble_the_repetition(alice: Send, dana: Send):
    ticket = alice(OPEN, None, new=NEW)
    change = operations_of(Tickets)["change"]
    wanted = TicketChange(priority=Priority.URGENT, version=ticket.version)
    first = dana(change, "c", ticket_id=ticket.id, change=wanted)
    assert first.version == ticket.version + 1
    assert dana(change, "c", ticket_id=ticket.id, change=wanted) == first
    with pytest.raises(Conflict) as caught:
        dana(change, "d", ticket_id=ticket.id, change=wanted)
    assert type(caught.value) is Conflict


def test_an_operation_that_answers_nothing_may_be_repeated(dana: Send):
    new = NewApiKey(name="x", scopes=(Permission.SUBMIT_TICKET,))
    made = dana(operations_of(ApiKeys)["create"], None, new=new)
    revoke = operations_of(ApiKeys)["revoke"]
    assert dana(revoke, "k", key_id=made.view.id) is None
    assert dana(revoke, "k", key_id=made.view.id) is None


def test_reading_takes_a_key_and_keeps_nothing(embedded: EmbeddedDesk, alice: Send):
    search = operations_of(Tickets)["search"]
    alice(search, "k", query=TicketQuery())
    assert kept(embedded) == []
    assert alice(OPEN, "k", new=NEW).subject == "No tone"


def test_what_nobody_or_the_program_does_keeps_nothing(embedded: EmbeddedDesk):
    wanted = NewSession(username="alice", password=PASSWORD)
    sign_in, send = operations_of(Sessions)["sign_in"], sender(embedded, None)
    tokens = {send(sign_in, "k", new=wanted).token for _ in range(2)}
    assert len(tokens) == 2
    add = operations_of(Users)["add"]
    new = NewUser(username="kim", full_name="Kim")
    embedded.executor.execute(add, {"new": new}, system=True, idempotency_key="k")
    assert kept(embedded) == []


# --- another call -----------------------------------------------------------------------------


def test_a_key_for_another_body_or_operation_is_refused(embedded: EmbeddedDesk, alice: Send):
    first = alice(OPEN, "k", new=NEW)
    before = dump(embedded.database)
    others: list[tuple[Operation, dict[str, Any]]] = [
        (OPEN, {"new": NewTicket(subject="No tone")}),
        (OPEN, {"new": NEW.model_copy(update={"priority": Priority.HIGH})}),
        (operations_of(Tickets)["close"], {"ticket_id": first.id, "version": first.version}),
        (operations_of(Tickets)["comment"], {"ticket_id": 1, "new": NewComment(body="x")}),
    ]
    for called, arguments in others:
        with pytest.raises(Conflict, match="belongs to another call") as caught:
            alice(called, "k", **arguments)
        assert (caught.value.status, caught.value.code) == (409, "conflict")
    assert dump(embedded.database) == before


def test_a_number_in_the_path_is_part_of_the_call(alice: Send):
    first, second = alice(OPEN, None, new=NEW), alice(OPEN, None, new=NEW)
    comment = operations_of(Tickets)["comment"]
    alice(comment, "k", ticket_id=first.id, new=NewComment(body="x"))
    with pytest.raises(Conflict, match="belongs to another call"):
        alice(comment, "k", ticket_id=second.id, new=NewComment(body="x"))


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "ü", "\x00", "\x7f", "x" * 201, "\ud800"])
@pytest.mark.parametrize("name", ["open", "search"])
def test_what_is_no_key_is_refused_before_anything_is_done(
    embedded: EmbeddedDesk, alice: Send, key: str, name: str
):
    before = dump(embedded.database)
    with pytest.raises(Invalid, match="1 to 200 visible ASCII"):
        alice(operations_of(Tickets)[name], key, **{"new": NEW} if name == "open" else {})
    assert dump(embedded.database) == before


@pytest.mark.parametrize("key", ["!", "~", "x" * 200, "3f0e6c1a-8a52-4b5d-9f8e-0d6f1f0c7a11"])
def test_what_is_a_key_is_taken(alice: Send, key: str):
    assert alice(OPEN, key, new=NEW) == alice(OPEN, key, new=NEW)


# --- what fails -------------------------------------------------------------------------------


def test_a_call_that_failed_keeps_nothing_and_may_come_again(
    embedded: EmbeddedDesk, alice: Send, dana: Send
):
    comment = operations_of(Tickets)["comment"]
    with pytest.raises(DeskError):
        alice(comment, "k", ticket_id=1, new=NewComment(body="x"))
    assert kept(embedded) == []
    ticket = dana(OPEN, None, new=NEW)
    with pytest.raises(DeskError):
        alice(comment, "k", ticket_id=ticket.id, new=NewComment(body="x"))
    assert alice(OPEN, "k", new=NEW).id != ticket.id


def test_who_may_not_call_is_not_answered(embedded: EmbeddedDesk, dana: Send, sign_in: SignIn):
    new = NewUser(username="kim", full_name="Kim", role=Role.ADMIN)
    add = operations_of(Users)["add"]
    one_time = dana(add, None, new=new).password
    kim = embedded.facade()
    wanted = NewSession(username="kim", password=one_time, new_password="some words together")
    view = kim.sessions.sign_in(wanted).session
    send = sender(embedded, view.token)
    rename = operations_of(Users)["change"]
    change = UserChange(full_name="Alice M.", version=1)
    first = send(rename, "k", user_id=1, change=change)
    assert first.full_name == "Alice M."
    lowered = UserChange(role=Role.USER, version=view.user.version)
    sign_in("dana").users.change(view.user.id, lowered)
    with pytest.raises(Forbidden):
        send(rename, "k", user_id=1, change=change)
    kim.sessions.sign_out()
    with pytest.raises(SignedOut):
        send(rename, "k", user_id=1, change=change)


def test_an_answer_for_a_higher_role_is_not_shown_to_a_lower_one(
    embedded: EmbeddedDesk, sign_in: SignIn
):
    bob, dana = sign_in("bob"), sign_in("dana")
    own = bob.tickets.open(NEW)
    sign_in("frank").tickets.comment(own.id, NewComment(body="canary", internal=True))
    send = sender(embedded, bob.sessions.current().token)
    comment = operations_of(Tickets)["comment"]
    new = NewComment(body="Any news?")
    assert "canary" in repr(send(comment, "k", ticket_id=own.id, new=new))
    dana.users.change(3, UserChange(role=Role.USER, version=dana.users.view(3).version))
    with pytest.raises(AlreadyDone) as caught:
        send(comment, "k", ticket_id=own.id, new=new)
    assert "canary" not in repr(caught.value.current)


def test_the_keys_of_another_system_are_apart_from_its_owners(
    embedded: EmbeddedDesk, sign_in: SignIn
):
    bob, dana = sign_in("bob"), sign_in("dana")
    ticket = bob.tickets.open(NEW)
    sign_in("frank").tickets.comment(ticket.id, NewComment(body="canary", internal=True))
    scopes = (Permission.SEE_OWN_TICKETS, Permission.COMMENT_TICKET)
    narrow = dana.api_keys.create(NewApiKey(name="x", scopes=scopes, user_id=3)).key
    comment, new = operations_of(Tickets)["comment"], NewComment(body="Any news?")
    whole = sender(embedded, bob.sessions.current().token)
    assert "canary" in repr(whole(comment, "k", ticket_id=ticket.id, new=new))
    answer = sender(embedded, narrow)(comment, "k", ticket_id=ticket.id, new=new)
    assert "canary" not in repr(answer)
    assert sender(embedded, narrow)(comment, "k", ticket_id=ticket.id, new=new) == answer
    assert len(bob.tickets.view(ticket.id).comments) == 3


# --- secrets ----------------------------------------------------------------------------------


SECRET_CALLS: dict[str, tuple[Operation, dict[str, Any]]] = {
    "add": (operations_of(Users)["add"], {"new": NewUser(username="kim", full_name="Kim")}),
    "reset_password": (operations_of(Users)["reset_password"], {"user_id": 1}),
    "create": (
        operations_of(ApiKeys)["create"],
        {"new": NewApiKey(name="x", scopes=(Permission.SUBMIT_TICKET,))},
    ),
}


@pytest.mark.parametrize("name", SECRET_CALLS)
def test_a_secret_is_answered_once_and_kept_nowhere(embedded: EmbeddedDesk, dana: Send, name: str):
    called, arguments = SECRET_CALLS[name]
    answer = dana(called, "k", **arguments)
    secret = getattr(answer, "password", None) or answer.key
    before = dump(embedded.database)
    assert secret not in repr(before)
    with pytest.raises(AlreadyDone, match="was done before") as caught:
        dana(called, "k", **arguments)
    assert (caught.value.status, caught.value.code) == (409, "already_done")
    assert dump(embedded.database) == before
    (row,) = kept(embedded)
    assert row.answer is None


def test_a_password_changed_once_is_not_changed_again_nor_easier_to_guess(
    embedded: EmbeddedDesk, alice: Send
):
    called = operations_of(Sessions)["change_password"]
    change = PasswordChange(old_password=PASSWORD, new_password="some words \ud83d together")
    with pytest.raises(Invalid):
        alice(called, "k", change=change)
    change = PasswordChange(old_password=PASSWORD, new_password="some words together")
    assert alice(called, "k", change=change) is None
    first = {row.request_hash for row in kept(embedded)}
    assert alice(called, "k", change=change) is None
    back = PasswordChange(old_password="some words together", new_password=PASSWORD)
    alice(called, "k2", change=back)
    assert alice(called, "k3", change=change) is None
    # The same words have another hash each time: one of them tells nothing of the others.
    hashes = {row.request_hash for row in kept(embedded)}
    assert len(hashes) == 3
    assert first < hashes


def test_a_wrong_password_keeps_its_count_and_no_key(embedded: EmbeddedDesk, alice: Send):
    called = operations_of(Sessions)["change_password"]
    wrong = PasswordChange(old_password="guess", new_password="some words together")
    for _ in range(4):
        with pytest.raises(Invalid, match="old password is wrong"):
            alice(called, "k", change=wrong)
    with pytest.raises(TooManyAttempts):
        alice(called, "k", change=wrong)
    assert kept(embedded) == []
    with pytest.raises((WrongPassword, TooManyAttempts)):
        embedded.facade().sessions.sign_in(NewSession(username="alice", password="x"))


# --- in steps ---------------------------------------------------------------------------------


class Steps:
    """Operations in steps, as new ones may come."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @operation(
        "POST", "/steps", permission=Permission.OWN_ACCOUNT, transaction=Transaction.STEPWISE
    )
    def two(self, name: str) -> str:
        """Look, write, and write again unless told to fail."""
        with self._work.step(writes=False) as desk:
            desk.facts.get(name)
        with self._work.aside() as desk:
            desk.facts.set(f"{name} tried {secrets.token_hex(4)}", "x")
        for number in range(2):
            if name == f"fails {number}":
                raise Invalid("No.")
            with self._work.step(writes=True) as desk:
                desk.facts.set(f"{name} {number} {secrets.token_hex(4)}", "x")
        return name


def facts(desk: EmbeddedDesk, name: str) -> int:
    with desk.database.reading() as session:
        sql = text("SELECT count(*) FROM desk_fact WHERE name LIKE :name")
        return int(session.execute(sql, {"name": f"{name}%"}).scalar_one())


@pytest.mark.desk_kinds(*LOCAL)  # no server has these operations
def test_steps_are_known_from_the_first_that_was_committed(embedded: EmbeddedDesk, alice: Send):
    two = operations_of(Steps)["two"]
    assert alice(two, "k", name="good") == "good"
    with pytest.raises(AlreadyDone):
        alice(two, "k", name="good")
    assert (facts(embedded, "good 0"), facts(embedded, "good 1")) == (1, 1)
    for _ in range(2):
        with pytest.raises(Invalid):
            alice(two, "l", name="fails 0")
    assert facts(embedded, "fails 0 tried") == 2
    with pytest.raises(Invalid):
        alice(two, "m", name="fails 1")
    with pytest.raises(AlreadyDone):
        alice(two, "m", name="fails 1")
    assert facts(embedded, "fails 1 0") == 1


# --- at the same time -------------------------------------------------------------------------


def in_parallel(times: int, call: Callable[[], Any]) -> list[Any]:
    """Call that often at once."""
    together = Barrier(times)

    def sent() -> Any:
        together.wait(timeout=60)
        try:
            return call()
        except AlreadyDone as done:
            return done

    with ThreadPoolExecutor(times) as threads:
        return [job.result() for job in [threads.submit(sent) for _ in range(times)]]


def test_fifty_at_once_are_one_ticket_with_one_answer(embedded: EmbeddedDesk):
    alice = person(embedded, "alice")
    send = sender(embedded, alice.sessions.current().token)
    answers = in_parallel(50, lambda: send(OPEN, "k", new=NEW))
    assert all(isinstance(answer, TicketView) for answer in answers)
    assert answers == answers[:1] * 50
    assert [row.id for row in alice.tickets.search(TicketQuery()).items] == [answers[0].id]
    assert send(OPEN, "k", new=NEW) == answers[0]
    with pytest.raises(Conflict):
        send(OPEN, "k", new=NewTicket(subject="Other"))


def test_many_at_once_give_one_password_and_no_second(embedded: EmbeddedDesk):
    dana = person(embedded, "dana")
    send = sender(embedded, dana.sessions.current().token)
    add, new = operations_of(Users)["add"], NewUser(username="kim", full_name="Kim")
    answers = in_parallel(8, lambda: send(add, "k", new=new))
    (made,) = [answer for answer in answers if not isinstance(answer, AlreadyDone)]
    assert made.user.username == "kim"
    enter = NewSession(username="kim", password=made.password, new_password="some words together")
    assert embedded.facade().sessions.sign_in(enter).session.user.id == made.user.id


def test_two_processes_are_one(embedded: EmbeddedDesk, clock: SettableClock):
    alice = person(embedded, "alice")
    token = alice.sessions.current().token

    with opened_again(embedded, clock) as other:
        turns = iter([sender(embedded, token), sender(other, token)] * 5)
        answers = in_parallel(10, lambda: next(turns)(OPEN, "k", new=NEW))
    assert answers == answers[:1] * 10
    assert len(alice.tickets.search(TicketQuery()).items) == 1


# --- keeping ----------------------------------------------------------------------------------


def test_old_calls_are_forgotten_and_new_ones_are_not(embedded: EmbeddedDesk, clock: SettableClock):
    alice: HelpDesk = person(embedded, "alice")
    send = sender(embedded, alice.sessions.current().token)
    old = send(OPEN, "old", new=NEW)
    clock.forward(hours=11)
    new = send(OPEN, "new", new=NEW)
    with embedded.database.writing() as session:
        assert IdempotencyRepository(session).forget_before(clock() - timedelta(hours=1)) == 1
        assert IdempotencyRepository(session).forget_before(clock() - timedelta(hours=1)) == 0
    assert send(OPEN, "new", new=NEW) == new
    assert send(OPEN, "old", new=NEW).id not in (old.id, new.id)


@pytest.mark.parametrize("damage", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_an_answer_that_cannot_be_read_is_not_given_wrongly(
    embedded: EmbeddedDesk, alice: Send, damage: bytes
):
    alice(OPEN, "k", new=NEW)
    with embedded.database.writing() as session:
        session.execute(text("UPDATE idempotency SET answer = :answer"), {"answer": damage})
    with pytest.raises(AlreadyDone):
        alice(OPEN, "k", new=NEW)


def test_what_was_written_is_not_kept_in_clear_twice(embedded: EmbeddedDesk, alice: Send):
    long = NewTicket(subject="x", description="The same line again.\n" * 2000)
    alice(OPEN, "k", new=long)
    (row,) = kept(embedded)
    assert len(row.answer) < 2000
    assert "k" not in (row.key_hash, row.request_hash)
