# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbox: what is written while the server is away is kept, and sent once, in order."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.outbox import Outbox, PendingAction
from helpdesk.core.errors import (
    AlreadyDone,
    Busy,
    Conflict,
    DeskError,
    Fault,
    Invalid,
    NewerServer,
    Pending,
    SignedOut,
    TooManyAttempts,
    Unanswered,
    Unreachable,
)
from helpdesk.core.file_lock import FileLock
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.macros import MacroUse
from helpdesk.core.schemas.tickets import (
    CommentView,
    EventView,
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.core.schemas.users import PersonRef
from helpdesk.services.macros import Macros
from helpdesk.services.tickets import Tickets
from tests.conftest import SettableClock
from tests.servers import wait_until

OPERATIONS = operations_of(Tickets)
TOKEN = "alice's token"


ALICE, FRANK = PersonRef(id=1, full_name="Alice"), PersonRef(id=2, full_name="Frank")


class Twin:
    """A desk that does each key once and tells what it has done; it can be away."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str | None] = []
        self.tries = 0
        self.fault: Callable[[], Exception] | None = None
        self.lost_after: set[str] = set()
        self.stuck_on: set[int] = set()
        self.versions: dict[int, int] = {}
        self._fields: dict[tuple[int, str], Any] = {}
        self._said: list[tuple[int, CommentView]] = []
        self._happened: list[tuple[int, EventView]] = []
        self.gate: threading.Event | None = None
        self.at_the_gate = 0
        self._answers: dict[str, tuple[str, Any]] = {}
        self._lock = threading.Lock()

    def send(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        token: str | None,
        idempotency_key: str | None = None,
    ) -> Any:
        # In this order: who finds no fault after a gate was put up does not slip past the gate.
        fault = self.fault
        gate = self.gate
        if gate is not None:
            self.at_the_gate += 1
            assert gate.wait(10)
        with self._lock:
            self.tries += 1
            if fault is not None:
                raise fault()
            if arguments.get("ticket_id") in self.stuck_on:
                raise Unanswered("Too long.")
            assert idempotency_key
            said = repr(arguments)
            if idempotency_key not in self._answers:
                self._answers[idempotency_key] = said, self.do(operation, arguments)
                self.done.append((operation.name, arguments))
                self.tokens.append(token)
            before, answer = self._answers[idempotency_key]
            assert before == said, "the same key with other words"
            if operation.name in self.lost_after:
                raise Unanswered("Lost.")
            return answer

    def do(
        self, operation: Operation, arguments: dict[str, Any], actor: PersonRef = ALICE
    ) -> TicketView:
        """Do a call for somebody; like the desk, count no note and no change to what is there."""
        ticket_id = arguments.get("ticket_id", len(self.done) + 100)
        version = self.versions.get(ticket_id, 3)
        kind = self._kind_of(operation, arguments, ticket_id, version, actor)
        if kind is not None:
            event: dict[str, Any] = {"actor": actor, "kind": kind}
            self._happened.append((ticket_id, EventView.model_construct(**event)))
        self.versions[ticket_id] = version + (kind not in (None, "noted"))
        fields: dict[str, Any] = {
            "id": ticket_id,
            "version": self.versions[ticket_id],
            "comments": tuple(said for of, said in self._said if of == ticket_id),
            "events": tuple(event for of, event in reversed(self._happened) if of == ticket_id),
        }
        return TicketView.model_construct(**fields)

    def _kind_of(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        ticket_id: int,
        version: int,
        actor: PersonRef,
    ) -> str | None:
        if operation.name == "open":
            return "created"
        if operation.name == "apply":
            return "commented"
        if operation.name == "comment":
            new = arguments["new"]
            said: dict[str, Any] = {"author": actor, "body": new.body, "internal": new.internal}
            self._said.append((ticket_id, CommentView.model_construct(**said)))
            return "noted" if new.internal else "commented"
        if arguments["change"].version != version:
            raise Conflict("HD-7 was changed in the meantime.")
        wanted = arguments["change"].model_dump(exclude_unset=True, exclude={"version"})
        before = dict(self._fields)
        self._fields |= {(ticket_id, name): value for name, value in wanted.items()}
        return "changed" if self._fields != before else None


def away() -> Exception:
    return Unreachable("Away.")


def bug() -> Exception:
    return ZeroDivisionError()


@pytest.fixture
def twin() -> Twin:
    return Twin()


class Rounds:
    """The rounds of an outbox's thread, with short waits between them."""

    def __init__(self) -> None:
        self.ended = 0

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.ended += 1
        return event.wait(min(seconds, 0.02))

    def go_by(self, count: int) -> None:
        """Wait for the ends of so many rounds; the first may have begun before."""
        until = self.ended + count
        wait_until(lambda: self.ended >= until)


@pytest.fixture
def made(twin: Twin, tmp_path: Path, clock: SettableClock) -> Iterator[Callable[[], Outbox]]:
    boxes: list[Outbox] = []

    def make(**given: Any) -> Outbox:
        options: dict[str, Any] = {"clock": clock, "wait": Rounds().wait} | given
        box = Outbox(tmp_path / "outbox" / "server", twin.send, **options)
        boxes.append(box)
        return box

    yield make
    for box in boxes:
        end(box)


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


@pytest.fixture
def outbox(made: Callable[..., Outbox], rounds: Rounds) -> Outbox:
    box = made(wait=rounds.wait)
    box.signed_in("alice", TOKEN)
    return box


def end(box: Outbox) -> None:
    """Stop an outbox and see its thread end, however busy the machine is."""
    box.stop()
    box.join()
    thread = box._thread  # noqa: SLF001
    wait_until(lambda: thread is None or not thread.is_alive())


def comment(body: str, ticket_id: int = 7) -> tuple[Operation, dict[str, Any]]:
    return OPERATIONS["comment"], {"ticket_id": ticket_id, "new": NewComment(body=body)}


def change(version: int, **fields: Any) -> tuple[Operation, dict[str, Any]]:
    return OPERATIONS["change"], {
        "ticket_id": 7,
        "change": TicketChange(version=version, **fields),
    }


def ticket(subject: str) -> tuple[Operation, dict[str, Any]]:
    return OPERATIONS["open"], {"new": NewTicket(subject=subject)}


def bodies(twin: Twin) -> list[str]:
    return [
        arguments["new"].body if name == "comment" else arguments["new"].subject
        for name, arguments in twin.done
    ]


def canned(body: str) -> tuple[Operation, dict[str, Any]]:
    return operations_of(Macros)["apply"], {
        "ticket_id": 7,
        "macro_id": 3,
        "use": MacroUse(body=body, status=Status.OPEN),
    }


def wait_empty(outbox: Outbox) -> None:
    wait_until(lambda: outbox.entries() == ())


def files(tmp_path: Path, suffix: str = ".json") -> list[Path]:
    return sorted((tmp_path / "outbox").rglob(f"*{suffix}"))


# --- a server that is there ---------------------------------------------------------------------


def test_a_call_is_on_disk_before_it_is_sent_and_gone_after(
    outbox: Outbox, twin: Twin, tmp_path: Path
):
    seen: list[int] = []

    def look() -> DeskError:
        seen.append(len(files(tmp_path)))
        return Invalid("No.")

    twin.fault = look
    with pytest.raises(Invalid):
        outbox.call(*comment("x"))
    twin.fault = None
    assert outbox.call(*comment("y")).version == 4
    assert seen == [1]
    assert files(tmp_path) == []
    assert outbox.entries() == ()
    assert twin.tokens == [TOKEN]


@pytest.mark.parametrize(
    "kind", [Invalid, Conflict, Busy, SignedOut, Fault, NewerServer, TooManyAttempts]
)
def test_what_the_server_answers_is_raised_as_usual_and_nothing_stays(
    outbox: Outbox, twin: Twin, kind: type[DeskError]
):
    twin.fault = lambda: kind("No.")
    with pytest.raises(kind):
        outbox.call(*comment("x"))
    twin.fault = None
    assert outbox.entries() == ()
    assert twin.done == []


def test_a_key_that_is_given_is_the_one_sent(outbox: Outbox, twin: Twin):
    first = outbox.call(*comment("x"), "my-key")
    assert outbox.call(*comment("x"), "my-key") == first
    assert len(twin.done) == 1


def test_two_calls_at_once_about_one_ticket_go_one_after_the_other(outbox: Outbox, twin: Twin):
    twin.gate = threading.Event()
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(outbox.call(*comment(f"{n}"))))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    twin.gate.set()
    for thread in threads:
        thread.join(10)
    assert sorted(view.version for view in answers) == [4, 5, 6, 7]


def test_nobody_signed_in_keeps_nothing(made: Callable[..., Outbox], twin: Twin, tmp_path: Path):
    box = made()
    twin.fault = away
    with pytest.raises(Unreachable):
        box.call(*comment("x"))
    assert box.entries() == ()
    assert files(tmp_path) == []


def test_a_canned_reply_whose_answer_is_lost_is_done_once(
    made: Callable[..., Outbox], twin: Twin, tmp_path: Path
):
    operation, arguments = canned("Which computer?")
    assert Outbox.takes(operation)
    twin.lost_after.add("apply")
    box = made()
    box.signed_in("alice", TOKEN)
    with pytest.raises(Pending):
        box.call(operation, arguments)
    end(box)
    twin.lost_after.clear()
    # What is read again from the disk is word for word what was sent under the key.
    later = made()
    later.signed_in("alice", TOKEN)
    wait_empty(later)
    assert twin.done == [("apply", arguments)]


# --- a server that is away ----------------------------------------------------------------------


def test_what_is_written_while_away_is_kept_and_sent_once_in_order_for_each_ticket(
    outbox: Outbox, twin: Twin
):
    twin.fault = away
    told: list[int] = []
    outbox.subscribe(lambda: told.append(1))
    for body in ("one", "two", "three"):
        with pytest.raises(Pending, match="kept on this workstation"):
            outbox.call(*comment(body))
    with pytest.raises(Pending):
        outbox.call(*ticket("Printer jam"))
    waiting = outbox.entries()
    assert [action.operation for action in waiting] == ["Tickets.comment"] * 3 + ["Tickets.open"]
    assert [action.ticket_id for action in waiting] == [7, 7, 7, None]
    assert waiting[0].arguments == {"ticket_id": 7, "new": NewComment(body="one")}
    assert {action.sentence for action in waiting} == {None}
    assert told
    twin.fault = None
    wait_empty(outbox)
    # A new ticket waits for no other: the server may come back after its turn or before it.
    sent = bodies(twin)
    assert sorted(sent) == ["Printer jam", "one", "three", "two"]
    assert [body for body in sent if body != "Printer jam"] == ["one", "two", "three"]


def test_what_waits_outlives_the_program(
    outbox: Outbox, made: Callable[..., Outbox], twin: Twin, clock: SettableClock
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*change(3, priority=Priority.URGENT, category_id=None))
    before = outbox.entries()
    end(outbox)
    again = made()
    assert again.entries() == ()
    again.signed_in("Alice", "another token")
    assert again.entries() == before
    assert before[0].created_at == clock.now
    twin.fault = None
    wait_empty(again)
    sent = twin.done[0][1]["change"]
    assert sent == TicketChange(priority=Priority.URGENT, category_id=None, version=3)
    assert sent.model_fields_set == {"priority", "category_id", "version"}
    assert twin.tokens == ["another token"]


def test_what_was_done_and_not_answered_is_not_done_again(outbox: Outbox, twin: Twin):
    twin.lost_after = {"comment"}
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    assert len(twin.done) == 1
    wait_until(lambda: twin.tries > 3)
    twin.lost_after = set()
    wait_empty(outbox)
    assert bodies(twin) == ["x"]


def test_what_comes_later_on_a_ticket_waits_behind_what_waits(outbox: Outbox, twin: Twin):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("first"))
    twin.gate = threading.Event()
    twin.fault = None
    with pytest.raises(Pending, match="after what still waits"):
        outbox.call(*comment("second"))
    assert len(outbox.entries()) == 2
    twin.gate.set()
    wait_empty(outbox)
    assert bodies(twin) == ["first", "second"]


def test_another_ticket_does_not_wait(outbox: Outbox, twin: Twin):
    twin.lost_after = {"comment"}
    with pytest.raises(Pending):
        outbox.call(*comment("first"))
    assert outbox.call(*ticket("Printer jam")).id
    assert [action.ticket_id for action in outbox.entries()] == [7]


def test_changes_made_on_one_view_do_not_meet_as_a_conflict(outbox: Outbox, twin: Twin):
    twin.fault = away
    calls = [
        comment("first"), change(3, priority=Priority.HIGH), change(3, status=Status.OPEN),
        comment("last"), change(3, priority=Priority.LOW),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Pending):
            outbox.call(*call)
    twin.fault = None
    wait_empty(outbox)
    assert [name for name, _ in twin.done] == [call[0].name for call in calls]
    versions = [a["change"].version for name, a in twin.done if name == "change"]
    assert versions == [4, 5, 7]


def test_a_change_by_somebody_else_in_between_is_a_conflict(outbox: Outbox, twin: Twin):
    twin.fault = away
    for call in (change(3, priority=Priority.HIGH), change(3, status=Status.OPEN)):
        with pytest.raises(Pending):
            outbox.call(*call)
    twin.versions[7] = 9
    twin.fault = None
    wait_until(lambda: all(action.sentence for action in outbox.entries()))
    assert [a.sentence for a in outbox.entries()] == ["HD-7 was changed in the meantime."] * 2
    assert twin.done == []


@pytest.mark.parametrize(
    "first",
    [
        (OPERATIONS["comment"], {"ticket_id": 7, "new": NewComment(body="x", internal=True)}),
        change(4, status=Status.OPEN),
    ],
    ids=["after a note", "after a change to what is there"],
)
def test_what_raises_no_version_hides_no_change_by_somebody_else(
    outbox: Outbox, twin: Twin, first: tuple[Operation, dict[str, Any]]
):
    twin.fault = away
    for call in (first, change(3, priority=Priority.LOW)):
        with pytest.raises(Pending):
            outbox.call(*call)
    twin.do(*change(3, status=Status.OPEN), actor=FRANK)
    twin.fault = None
    wait_until(lambda: [bool(action.sentence) for action in outbox.entries()] == [True])
    assert [a.sentence for a in outbox.entries()] == ["HD-7 was changed in the meantime."]
    assert len(twin.done) == 1


def test_a_change_after_a_reply_that_met_another_change_is_a_conflict(outbox: Outbox, twin: Twin):
    twin.fault = away
    for call in (comment("x"), change(3, priority=Priority.LOW)):
        with pytest.raises(Pending):
            outbox.call(*call)
    twin.do(*change(3, priority=Priority.URGENT), actor=FRANK)
    twin.fault = None
    wait_until(lambda: [bool(action.sentence) for action in outbox.entries()] == [True])
    assert [name for name, _ in twin.done] == ["comment"]


# --- refusals -----------------------------------------------------------------------------------


def test_what_is_refused_later_stays_with_its_sentence_and_stops_nothing(
    outbox: Outbox, twin: Twin
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*change(1, status=Status.OPEN))
    with pytest.raises(Pending):
        outbox.call(*comment("after it"))
    twin.fault = None
    wait_until(lambda: len(outbox.entries()) == 1)
    (refused,) = outbox.entries()
    assert refused.sentence == "HD-7 was changed in the meantime."
    assert bodies(twin) == ["after it"]
    tries = twin.tries
    outbox.wake()
    assert outbox.call(*comment("more")).version
    assert twin.tries == tries + 1


def test_a_refused_action_is_sent_again_when_the_person_asks(outbox: Outbox, twin: Twin):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    twin.fault = lambda: Invalid("HD-7 is closed.")
    wait_until(lambda: outbox.entries()[0].sentence == "HD-7 is closed.")
    twin.fault = None
    outbox.retry(outbox.entries()[0].id)
    wait_empty(outbox)
    assert bodies(twin) == ["x"]


def test_a_discarded_action_is_gone_for_good(outbox: Outbox, twin: Twin, tmp_path: Path):
    twin.fault = away
    for body in ("keep", "drop"):
        with pytest.raises(Pending):
            outbox.call(*comment(body))
    twin.gate = threading.Event()
    assert outbox.discard(outbox.entries()[1].id)
    assert not outbox.discard("no such action")
    twin.fault = None
    twin.gate.set()
    wait_empty(outbox)
    assert bodies(twin) == ["keep"]
    assert files(tmp_path) == []


def test_what_is_just_being_sent_cannot_be_discarded(outbox: Outbox, twin: Twin):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    tries = twin.tries
    twin.gate = threading.Event()
    wait_until(lambda: twin.at_the_gate == 1)
    assert not outbox.discard("nothing")
    assert _is_held(outbox)
    assert not outbox.discard(outbox.entries()[0].id)
    twin.fault = None
    twin.gate.set()
    wait_empty(outbox)
    assert bodies(twin) == ["x"]
    assert twin.tries > tries


def _is_held(outbox: Outbox) -> bool:
    (lock,) = Path(outbox._path).rglob("0*.lock")  # noqa: SLF001
    taken = FileLock.try_to_take(lock)
    if taken is not None:
        taken.release()
    return taken is None


def test_what_is_too_old_asks_before_it_is_sent(
    outbox: Outbox, made: Callable[..., Outbox], twin: Twin, clock: SettableClock
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    end(outbox)
    clock.forward(days=14)
    twin.fault = None
    tries = twin.tries
    box = made()
    box.signed_in("alice", TOKEN)
    wait_until(lambda: box.entries()[0].sentence is not None)
    assert "so long ago" in str(box.entries()[0].sentence)
    assert twin.tries == tries
    box.retry(box.entries()[0].id)
    wait_empty(box)
    assert bodies(twin) == ["x"]


def test_what_is_nearly_too_old_is_still_sent(
    outbox: Outbox, made: Callable[..., Outbox], twin: Twin, clock: SettableClock
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    end(outbox)
    clock.forward(days=13)
    twin.fault = None
    box = made()
    box.signed_in("alice", TOKEN)
    wait_empty(box)
    assert bodies(twin) == ["x"]


def test_what_the_server_says_was_done_before_is_done(outbox: Outbox, twin: Twin):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    twin.fault = lambda: AlreadyDone("Done before.")
    wait_empty(outbox)


@pytest.mark.parametrize("kind", [Busy, SignedOut, NewerServer, TooManyAttempts, Unanswered])
def test_what_says_nothing_against_an_action_lets_it_wait(
    outbox: Outbox, twin: Twin, kind: type[DeskError]
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    tries = twin.tries
    twin.fault = lambda: kind("Later.")
    wait_until(lambda: twin.tries > tries + 2)
    assert [action.sentence for action in outbox.entries()] == [None]
    twin.fault = None
    wait_empty(outbox)


def test_a_bug_in_sending_is_logged_and_told_and_stops_nothing(
    outbox: Outbox, twin: Twin, caplog: pytest.LogCaptureFixture
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x", ticket_id=8))
    with pytest.raises(Pending):
        outbox.call(*comment("y", ticket_id=9))
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        twin.fault = bug
        wait_until(lambda: all(action.sentence for action in outbox.entries()))
    twin.fault = None
    outbox.retry(outbox.entries()[0].id)
    wait_until(lambda: len(outbox.entries()) == 1)
    twin.fault = bug
    with pytest.raises(ZeroDivisionError):
        outbox.call(*comment("z", ticket_id=10))
    assert "fault in the program" in str(outbox.entries()[-1].sentence)


def test_an_action_that_never_gets_through_stops_its_own_ticket_only(outbox: Outbox, twin: Twin):
    twin.fault = away
    for ticket_id in (7, 7, 8, 9):
        with pytest.raises(Pending):
            outbox.call(*comment(f"on {ticket_id}", ticket_id=ticket_id))
    twin.stuck_on = {7}
    twin.fault = None
    wait_until(lambda: [action.ticket_id for action in outbox.entries()] == [7, 7])
    assert bodies(twin) == ["on 8", "on 9"]
    twin.stuck_on = set()
    wait_empty(outbox)


# --- persons, windows, listeners ----------------------------------------------------------------


def test_after_sign_out_nothing_is_sent_until_the_same_person_is_back(
    outbox: Outbox, rounds: Rounds, twin: Twin, tmp_path: Path
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("alice's"))
    outbox.signed_out()
    # What was on its way may still arrive.
    rounds.go_by(1)
    assert outbox.entries() == ()
    twin.fault = None
    outbox.signed_in("bob", "bob's token")
    assert outbox.entries() == ()
    outbox.call(*comment("bob's"))
    outbox.wake()
    rounds.go_by(2)
    assert len(files(tmp_path)) == 1
    outbox.signed_in("alice", "alice's second token")
    wait_empty(outbox)
    assert bodies(twin) == ["bob's", "alice's"]
    assert twin.tokens == ["bob's token", "alice's second token"]


def test_a_call_begun_before_another_person_came_is_sent_as_its_own(outbox: Outbox, twin: Twin):
    twin.gate = threading.Event()
    thread = threading.Thread(target=lambda: outbox.call(*comment("alice's")))
    thread.start()
    wait_until(lambda: bool(outbox._on_the_way))  # noqa: SLF001
    outbox.signed_in("bob", "bob's token")
    twin.gate.set()
    thread.join(10)
    assert twin.tokens == [TOKEN]


def test_listeners_hear_what_was_sent_with_its_answer(
    outbox: Outbox, twin: Twin, caplog: pytest.LogCaptureFixture
):
    heard: list[tuple[PendingAction, Any]] = []

    def fail(*_: object) -> None:
        raise ValueError("a bug")

    outbox.on_sent(fail)
    stop_listening = outbox.on_sent(lambda action, result: heard.append((action, result)))
    unsubscribe = outbox.subscribe(fail)
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        twin.fault = away
        with pytest.raises(Pending):
            outbox.call(*comment("x"))
        twin.fault = None
        wait_until(lambda: len(heard) == 1)
    assert heard[0][0].arguments["new"].body == "x"
    assert heard[0][1].version == 4
    unsubscribe()
    stop_listening()
    stop_listening()


def test_two_windows_send_nothing_twice_and_keep_the_order(made: Callable[..., Outbox], twin: Twin):
    twin.fault = away
    boxes = [made() for _ in range(3)]
    for box in boxes:
        box.signed_in("alice", TOKEN)
    for number in range(12):
        with pytest.raises(Pending):
            boxes[number % 3].call(*comment(f"{number}", ticket_id=number % 2 + 1))
    tries = twin.tries
    twin.fault = None
    for box in boxes:
        wait_empty(box)
    assert len(twin.done) == 12
    assert twin.tries - tries >= 12
    for ticket_id in (1, 2):
        sent = [int(a["new"].body) for _, a in twin.done if a["ticket_id"] == ticket_id]
        assert sent == sorted(sent)


def test_another_window_shows_what_waits_and_hears_of_it(
    made: Callable[..., Outbox], rounds: Rounds, twin: Twin
):
    twin.fault = away
    one, two = made(), made(wait=rounds.wait)
    one.signed_in("alice", TOKEN)
    two.signed_in("alice", TOKEN)
    told = threading.Event()
    # Its first look tells that somebody has signed in.
    rounds.go_by(2)
    two.subscribe(told.set)
    rounds.go_by(1)
    assert not told.is_set()
    with pytest.raises(Pending):
        one.call(*comment("x"))
    assert told.wait(10)
    assert two.entries() == one.entries() != ()
    end(one)
    twin.fault = None
    wait_empty(two)
    assert bodies(twin) == ["x"]


def test_what_another_window_undoes_at_once_is_told(made: Callable[..., Outbox], twin: Twin):
    looked, gate = threading.Event(), threading.Event()

    def wait(event: threading.Event, _: float) -> bool:
        looked.set()
        assert gate.wait(10)
        return event.wait(0.02)

    twin.fault = away
    one, two = made(wait=wait), made()
    one.signed_in("alice", TOKEN)
    assert looked.wait(10)
    with pytest.raises(Pending):
        one.call(*comment("x"))
    two.signed_in("alice", TOKEN)
    twin.fault = None
    wait_empty(two)
    told = threading.Event()
    one.subscribe(told.set)
    gate.set()
    assert told.wait(10)


# --- the disk -----------------------------------------------------------------------------------


def test_only_the_owner_can_read_what_waits(outbox: Outbox, twin: Twin, tmp_path: Path):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    for path in (tmp_path / "outbox").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o700


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "half": lambda body: body[: len(body) // 2],
    "zeros": lambda body: bytes(len(body)),
    "no text": lambda body: b"\xff" + body,
    "a list": lambda body: b"[]",
    "a number": lambda body: b"7",
    "deep": lambda body: b"[" * 100_000,
    "another operation": lambda body: body.replace(b"Tickets.comment", b"Users.add"),
    "other arguments": lambda body: body.replace(b'"ticket_id": 7, ', b""),
    "a field unknown": lambda body: body.replace(b'"body"', b'"words"'),
    "a newer format": lambda body: body.replace(b'"format": 1', b'"format": 2'),
    "no time": lambda body: body.replace(b"+00:00", b""),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_set_aside_and_told_and_the_others_are_sent(
    outbox: Outbox,
    made: Callable[..., Outbox],
    twin: Twin,
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
):
    twin.fault = away
    for body in ("damaged", "sound"):
        with pytest.raises(Pending):
            outbox.call(*comment(body))
    end(outbox)
    first = files(tmp_path)[0]
    spoilt = damage(first.read_bytes())
    assert spoilt != first.read_bytes()
    first.write_bytes(spoilt)
    twin.fault = None
    box = made()
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        box.signed_in("alice", TOKEN)
        wait_until(lambda: len(box.entries()) == 1)
    assert bodies(twin) == ["sound"]
    (told,) = box.entries()
    assert "cannot be read any more" in str(told.sentence)
    assert files(tmp_path, ".damaged")[0].read_bytes() == spoilt
    box.retry(told.id)
    assert box.entries() == (told,)
    assert box.discard(told.id)
    assert box.entries() == ()
    assert files(tmp_path, ".damaged") == []


def test_without_room_a_call_is_sent_all_the_same(
    outbox: Outbox, twin: Twin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        assert outbox.call(*comment("x")).version == 4
        twin.fault = away
        with pytest.raises(Unreachable):
            outbox.call(*comment("y"))
    assert bodies(twin) == ["x"]


@pytest.mark.parametrize("answer", [None, lambda: Invalid("HD-7 is closed.")])
def test_a_disk_that_is_full_for_a_moment_leaves_nothing_stuck(
    outbox: Outbox,
    twin: Twin,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[], Exception] | None,
):
    refused: list[int] = []

    def full(_: int) -> None:
        refused.append(1)
        raise OSError(28, "No space left on device")

    twin.fault = away
    for call in (comment("x"), change(3, priority=Priority.LOW)):
        with pytest.raises(Pending):
            outbox.call(*call)
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"), monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        twin.fault = answer
        wait_until(lambda: len(refused) > 3)
        assert [action.sentence for action in outbox.entries()] == [None, None]
        twin.fault = None
        seen = len(refused)
        wait_until(lambda: len(refused) > seen + 1)
    wait_empty(outbox)
    assert [name for name, _ in twin.done] == ["comment", "change"]


def _own_folder(tmp_path: Path) -> Path:
    """Return the folder of what the person has done, where something is kept."""
    return files(tmp_path)[0].parent


def _has_an_unusable_order(folder: Path) -> None:
    (folder / "order").unlink()
    (folder / "order").mkdir()


def _may_not_be_written(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("whoever may do anything may write anywhere")
    (folder / "order").unlink()
    folder.chmod(0o500)


def _is_a_file(folder: Path) -> None:
    folder.rename(folder.with_name("before"))
    folder.touch()


@pytest.mark.skipif(os.name == "nt", reason="takes rights away as POSIX does")
@pytest.mark.parametrize("spoil", [_has_an_unusable_order, _may_not_be_written, _is_a_file])
def test_a_folder_that_cannot_be_written_keeps_nobody_from_signing_in(
    made: Callable[..., Outbox],
    outbox: Outbox,
    twin: Twin,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
):
    twin.fault = lambda: Invalid("HD-7 is closed.")
    with pytest.raises(Invalid):
        outbox.call(*comment("refused"))
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("kept"))
    end(outbox)
    folder = _own_folder(tmp_path)
    spoil(folder)
    twin.fault = None
    box = made()
    try:
        with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
            box.signed_in("alice", TOKEN)
            assert box.call(*comment("sent at once", ticket_id=8)).version == 4
    finally:
        folder.chmod(0o700)
    assert "sent at once" in bodies(twin)


def test_what_cannot_be_changed_on_disk_is_told_and_stays(
    outbox: Outbox,
    rounds: Rounds,
    twin: Twin,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    twin.fault = lambda: Invalid("HD-7 is closed.")
    wait_until(lambda: outbox.entries()[0].sentence == "HD-7 is closed.")
    # Whoever wrote that still holds it for a moment.
    rounds.go_by(1)
    (action,) = outbox.entries()
    order = _own_folder(tmp_path) / "order"
    order.unlink()
    order.mkdir()
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        for change_it in (outbox.retry, outbox.discard):
            with pytest.raises(DeskError, match="cannot be changed just now") as caught:
                change_it(action.id)
            assert type(caught.value) is DeskError
    assert outbox.entries() == (action,)
    order.rmdir()
    (lock,) = (file for file in files(tmp_path, ".lock") if file.stem == files(tmp_path)[0].stem)
    lock.unlink()
    lock.mkdir()
    with pytest.raises(DeskError, match="then try again"):
        outbox.discard(action.id)
    lock.rmdir()
    assert outbox.entries() == (action,)
    assert outbox.discard(action.id)
    assert outbox.entries() == ()


def test_a_folder_that_vanishes_breaks_nothing(
    outbox: Outbox, twin: Twin, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    def vanish() -> DeskError:
        # At once; the sender's thread may be making a lock in it.
        (tmp_path / "outbox").rename(tmp_path / "elsewhere")
        twin.fault = None
        return Unreachable("Away.")

    twin.fault = vanish
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"), pytest.raises(Pending):
        outbox.call(*comment("x"))
    assert outbox.entries() == ()
    assert outbox.call(*comment("y")).version


def test_what_a_killed_process_left_is_tidied_and_nothing_that_was_kept(
    made: Callable[..., Outbox], outbox: Outbox, twin: Twin, tmp_path: Path
):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    (kept,) = files(tmp_path)
    old, young = kept.parent / "old.1.part", kept.parent / "young.1.part"
    for part in (old, young):
        part.write_bytes(b"{")
    os.utime(old, (0, 0))
    (kept.parent / "000000000009-gone.lock").touch()
    box = made()
    box.signed_in("alice", TOKEN)
    assert not old.exists()
    assert young.exists()
    assert [lock.stem for lock in files(tmp_path, ".lock")] == [kept.stem]
    assert len(box.entries()) == 1


def test_the_words_lie_in_the_file_as_they_were_typed(outbox: Outbox, twin: Twin, tmp_path: Path):
    twin.fault = away
    text = "Ünïcödé 😀\n\u2028 \u202e" + "x" * 100_000
    with pytest.raises(Pending):
        outbox.call(*comment(text))
    stored = json.loads(files(tmp_path)[0].read_bytes())
    assert stored["arguments"]["new"]["body"] == text
    assert outbox.entries()[0].arguments["new"].body == text


# --- no stampede --------------------------------------------------------------------------------


class SimulatedTime:
    """Time that passes while somebody waits, up to an end at which they wait for real."""

    def __init__(self, end: float) -> None:
        self.now, self._end = 0.0, end
        self.over = threading.Event()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if self.now + seconds > self._end:
            self.over.set()
            return event.wait(30)
        self.now += seconds
        return event.is_set()


@pytest.mark.parametrize(("chance", "least", "most"), [(1.0, 6, 10), (0.5, 7, 14), (0.25, 8, 24)])
def test_in_a_minute_without_the_server_tries_are_few(
    made: Callable[..., Outbox], twin: Twin, chance: float, least: int, most: int
):
    twin.fault = away
    before = made()
    before.signed_in("alice", TOKEN)
    with pytest.raises(Pending):
        before.call(*comment("x"))
    end(before)
    tries = twin.tries
    time = SimulatedTime(60)
    box = made(wait=time.wait, chance=lambda: chance)
    box.signed_in("alice", TOKEN)
    assert time.over.wait(10)
    assert least <= twin.tries - tries <= most


def test_the_server_back_is_noticed_at_once(made: Callable[..., Outbox], twin: Twin):
    time = SimulatedTime(60)
    twin.fault = away
    box = made(wait=time.wait, chance=lambda: 1.0)
    box.signed_in("alice", TOKEN)
    assert time.over.wait(10)
    time.over.clear()
    with pytest.raises(Pending):
        box.call(*comment("x"))
    twin.fault = None
    box.wake()
    wait_empty(box)
    assert len(twin.done) == 1


def test_stopping_ends_the_thread_and_the_sending(outbox: Outbox, twin: Twin):
    twin.fault = away
    with pytest.raises(Pending):
        outbox.call(*comment("x"))
    end(outbox)
    assert outbox._thread is not None  # noqa: SLF001
    assert not outbox._thread.is_alive()  # noqa: SLF001
    tries = twin.tries
    outbox.wake()
    assert twin.tries == tries
