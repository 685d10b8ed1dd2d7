# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading one ticket, its thread page by page, and the feed of changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, TooLarge
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.database.backup import copy_database, restore_database
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.repositories.ticket_details import COMMENTS_SHOWN, EVENTS_SHOWN
from tests.conftest import SignIn
from tests.contract.desks import opened, person
from tests.matrix import LOCAL, SQLITE, cannot_be_sent


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("threads"), template, kind=desk_kind) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def thread(desk: EmbeddedDesk) -> int:
    """Return a ticket with 130 comments, every fifth of them internal."""
    alice, bob = person(desk, "alice"), person(desk, "bob")
    ticket = alice.tickets.open(NewTicket(subject="Long story")).id
    for number in range(130):
        bob.tickets.comment(ticket, NewComment(body=f"{number}", internal=number % 5 == 0))
    return ticket


def whole_thread(facade: HelpDesk, ticket: int) -> list[int]:
    view = facade.tickets.view(ticket)
    bodies = [int(comment.body) for comment in view.comments]
    oldest, hidden = view.comments[0].id, view.earlier_comments
    while earlier := facade.tickets.comments(ticket, before=oldest):
        bodies = [int(comment.body) for comment in earlier] + bodies
        oldest, hidden = earlier[0].id, hidden - len(earlier)
    assert hidden == 0
    return bodies


def test_the_thread_is_shown_from_its_end_and_read_back_to_its_start(
    desk: EmbeddedDesk, thread: int
):
    assert len(person(desk, "bob").tickets.view(thread).comments) == COMMENTS_SHOWN
    assert whole_thread(person(desk, "bob"), thread) == list(range(130))
    assert whole_thread(person(desk, "alice"), thread) == [n for n in range(130) if n % 5]


@pytest.mark.parametrize("before", [0, -1, -(2**70), 2**63, 2**70])
def test_an_impossible_comment_has_nothing_before_it(
    desk: EmbeddedDesk, thread: int, before: int, desk_kind: str
):
    comments = person(desk, "bob").tickets.comments
    if desk_kind in LOCAL or -(2**63) <= before < 2**63:
        assert comments(thread, before=before) == ()
        return
    with pytest.raises(Invalid):
        comments(thread, before=before)


def test_the_history_is_newest_first_and_bounded(desk: EmbeddedDesk, thread: int):
    events = person(desk, "bob").tickets.view(thread).events
    assert len(events) == EVENTS_SHOWN
    assert [event.id for event in events] == sorted((e.id for e in events), reverse=True)
    seen = person(desk, "alice").tickets.view(thread).events
    assert {event.kind for event in seen} <= {"created", "commented", "changed"}


def test_exactly_one_page_of_comments_leaves_nothing_earlier(sign_in: SignIn):
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject="x")).id
    for _ in range(COMMENTS_SHOWN):
        view = alice.tickets.comment(ticket, NewComment(body="y"))
    assert (len(view.comments), view.earlier_comments) == (COMMENTS_SHOWN, 0)
    view = alice.tickets.comment(ticket, NewComment(body="y"))
    assert (len(view.comments), view.earlier_comments) == (COMMENTS_SHOWN, 1)


def test_the_feed_tells_of_every_change_up_to_a_number_and_then_of_everything(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    # A new ticket leaves two entries: its own, and that its requester was told of it.
    monkeypatch.setattr("helpdesk.services.tickets._CHANGES_AT_ONCE", 4 * 2)
    alice, bob = sign_in("alice"), sign_in("bob")
    start = bob.tickets.changes("")
    assert (start.ticket_ids, start.everything) == ((), False)
    opened_now = tuple(alice.tickets.open(NewTicket(subject="x")).id for _ in range(4))
    for facade in (alice, bob):
        changes = facade.tickets.changes(start.cursor)
        assert (changes.ticket_ids, changes.everything) == (opened_now, False)
    alice.tickets.open(NewTicket(subject="x"))
    for facade in (alice, bob):
        changes = facade.tickets.changes(start.cursor)
        assert (changes.ticket_ids, changes.everything) == ((), True)
        changes = facade.tickets.changes(changes.cursor)
        assert (changes.ticket_ids, changes.everything) == ((), False)


@pytest.mark.desk_kinds(*SQLITE)
def test_after_a_restore_the_feed_asks_for_everything(
    embedded: EmbeddedDesk, sign_in: SignIn, tmp_path: Path
):
    assert isinstance(embedded.database, SqliteManager)
    alice, bob = sign_in("alice"), sign_in("bob")
    copy_database(embedded.database, tmp_path / "copy.db")
    alice.tickets.open(NewTicket(subject="x"))
    cursor = bob.tickets.changes("").cursor
    restore_database(embedded.database, tmp_path / "copy.db", tmp_path / "kept.db")
    alice, bob = sign_in("alice"), sign_in("bob")
    changes = bob.tickets.changes(cursor)
    assert (changes.ticket_ids, changes.everything) == ((), True)
    assert not bob.tickets.changes(changes.cursor).everything
    again = alice.tickets.open(NewTicket(subject="y")).id
    assert bob.tickets.changes(changes.cursor).ticket_ids == (again,)


def test_the_feed_names_a_ticket_once_and_only_to_those_who_see_it(sign_in: SignIn):
    alice, erin, bob = sign_in("alice"), sign_in("erin"), sign_in("bob")
    cursor = bob.tickets.changes("").cursor
    ticket = alice.tickets.open(NewTicket(subject="x")).id
    alice.tickets.comment(ticket, NewComment(body="y"))
    for facade, ids in ((alice, (ticket,)), (bob, (ticket,)), (erin, ())):
        changes = facade.tickets.changes(cursor)
        assert changes.ticket_ids == ids
        assert facade.tickets.changes(changes.cursor).ticket_ids == ()


@pytest.mark.parametrize(
    "after",
    ["x", ".", "..", "a.b.c", "1.2", "1.2.3.4", "e.-1.0", "e.1.1", "\x00", "\ud800", "e.².1",
     f"e.{2**62}.0", f"e.{2**63}.0", "9" * 100_000, " ", "-1", "%s", "' OR 1=1 --"],
)  # fmt: skip
def test_any_text_may_be_asked_for_as_cursor_of_the_feed(
    desk: EmbeddedDesk, after: str, desk_kind: str
):
    bob = person(desk, "bob")
    person(desk, "alice").tickets.open(NewTicket(subject="x"))
    if cannot_be_sent(desk_kind, after):
        with pytest.raises((Invalid, TooLarge)):
            bob.tickets.changes(after)
        return
    changes = bob.tickets.changes(after)
    assert (changes.ticket_ids, changes.others, changes.everything) == ((), (), True)
    assert bob.tickets.changes(changes.cursor).everything is False


@pytest.mark.parametrize("shift", [(-1, 0), (1, 0), (0, 1), (2**61, 0), (0, 2**61)])
def test_a_cursor_that_lies_before_all_or_behind_the_end_asks_for_everything(
    sign_in: SignIn, shift: tuple[int, int]
):
    bob = sign_in("bob")
    epoch, event, change = bob.tickets.changes("").cursor.split(".")
    moved = f"{epoch}.{int(event) + shift[0]}.{int(change) + shift[1]}"
    assert bob.tickets.changes(moved).everything
