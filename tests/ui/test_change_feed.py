# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes on the desk is told to open windows, whoever changed it."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QTimer

from helpdesk.core.errors import Busy, SignedOut
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import NewSession, NewUser
from helpdesk.database.backup import copy_database, restore_database
from helpdesk.ui.desktop import ChangeFeed
from tests.conftest import PASSWORD
from tests.ui.seats import LONGEST_MS, Seat


@pytest.fixture
def bob(seated, qtbot) -> Seat:
    seat: Seat = seated("bob")
    seat.feed.start()
    seat.settle()
    return seat


def heard(seat: Seat) -> list[tuple[str, tuple[int, ...]]]:
    news: list[tuple[str, tuple[int, ...]]] = []
    seat.feed.changed.connect(lambda kind, ids: news.append((kind, ids)))
    return news


def test_nothing_old_is_news(sign_in, seated, qtbot):
    sign_in("alice").tickets.open(NewTicket(subject="Old"))
    seat = seated("bob")
    news = heard(seat)
    seat.feed.start()
    seat.settle()
    assert news == []


def test_a_commit_of_this_program_is_told_at_once(bob, sign_in, qtbot):
    news = heard(bob)
    # Without its regular looks only the commit itself can tell, however long that may take here.
    [regular] = bob.feed.findChildren(QTimer)
    regular.stop()
    ticket = sign_in("alice").tickets.open(NewTicket(subject="New"))
    qtbot.waitUntil(lambda: ("ticket", (ticket.id,)) in news)


def test_an_account_is_told_too(bob, embedded, qtbot):
    news = heard(bob)
    made = embedded.as_system().users.add(NewUser(username="gina", full_name="Gina"))
    qtbot.waitUntil(lambda: ("user", (made.user.id,)) in news)


def test_another_program_on_the_same_file_is_heard_at_the_next_look(
    bob, folder, settings, clock, qtbot
):
    from helpdesk.client.embedded import EmbeddedDesk

    news = heard(bob)
    other = EmbeddedDesk.open(folder, settings, clock=clock)
    alice = other.facade()
    alice.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    ticket = alice.tickets.open(NewTicket(subject="From elsewhere"))
    other.close()
    qtbot.waitUntil(lambda: ("ticket", (ticket.id,)) in news, timeout=LONGEST_MS)


def test_a_user_hears_of_own_tickets_only(seated, sign_in, qtbot):
    seat = seated("alice")
    seat.feed.start()
    seat.settle()
    news = heard(seat)
    sign_in("erin").tickets.open(NewTicket(subject="Not for alice"))
    mine = sign_in("alice").tickets.open(NewTicket(subject="Mine"))
    # That alice was told of her own ticket may be heard before.
    qtbot.waitUntil(lambda: any(kind == "ticket" for kind, _ in news))
    assert {id_ for kind, ids in news for id_ in ids if kind == "ticket"} == {mine.id}


def test_many_changes_at_once_are_few_questions(bob, sign_in, qtbot):
    alice = sign_in("alice")
    before = bob.transport.count("changes")
    news = heard(bob)
    made = {alice.tickets.open(NewTicket(subject=str(n))).id for n in range(40)}
    qtbot.waitUntil(lambda: {id_ for _, ids in news for id_ in ids} >= made)
    bob.settle()
    assert bob.transport.count("changes") - before <= 41


def test_nothing_is_missed_while_an_answer_is_on_its_way(bob, sign_in, qtbot):
    news = heard(bob)
    alice = sign_in("alice")
    with bob.transport.held("changes"):
        made = {alice.tickets.open(NewTicket(subject=str(n))).id for n in range(5)}
        bob.feed.look()
        bob.feed.look()
    qtbot.waitUntil(lambda: {id_ for _, ids in news for id_ in ids} >= made)


def test_a_failing_look_is_passed_over_and_caught_up(bob, sign_in, qtbot):
    news = heard(bob)
    with bob.transport.failing(Busy("Busy."), "changes"):
        ticket = sign_in("alice").tickets.open(NewTicket(subject="Missed?"))
        bob.settle()
    bob.feed.look()
    qtbot.waitUntil(lambda: ("ticket", (ticket.id,)) in news)


def test_the_end_of_the_session_is_told_once(bob, qtbot):
    told: list[str] = []
    bob.feed.signed_out.connect(told.append)
    with bob.transport.failing(SignedOut("Your session has ended; sign in again."), "changes"):
        bob.feed.look()
        bob.settle()
    qtbot.waitUntil(lambda: told == ["Your session has ended; sign in again."])


def test_after_stopping_nothing_is_asked_any_more(bob, sign_in, qtbot):
    bob.feed.stop()
    bob.settle()
    before = bob.transport.count("changes")
    sign_in("alice").tickets.open(NewTicket(subject="Unheard"))
    bob.settle()
    assert bob.transport.count("changes") <= before + 1
    assert isinstance(bob.feed, ChangeFeed)


def test_a_desk_that_was_restored_is_loaded_again(seated, sign_in, embedded, folder, qtbot):
    seat = seated("bob")
    seat.feed.start()
    seat.settle()
    before = folder.path / "before.db"
    copy_database(embedded.database, before)
    sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    with qtbot.waitSignal(seat.feed.changed):
        seat.feed.look()
    restore_database(embedded.database, before, folder.backups / "kept.db")
    # A restored desk knows no session of before.
    again = NewSession(username="bob", password=PASSWORD)
    seat.background.run(seat.parent, seat.desktop.desk.sessions.sign_in, again)
    seat.settle()
    with qtbot.waitSignal(seat.feed.changed) as told:
        seat.feed.look()
    assert told.args == ["ticket", ()]
