# SPDX-License-Identifier: GPL-3.0-or-later
"""People follow their own tickets here; staff read everybody's without working them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QComboBox, QLabel

from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.ratings import NewTicketRating
from helpdesk.core.schemas.tickets import NewTicket, Status, TicketChange
from helpdesk.ui.tickets.rating_call import solution_of, unrated
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from tests.ui.seats import button, click, numbers, open_view, shown


@pytest.fixture
def tickets(sign_in):
    """Return an open ticket of alice's and a resolved one."""
    alice = sign_in("alice")
    first, second = (alice.tickets.open(NewTicket(subject=name)) for name in ("Open", "Done"))
    change = TicketChange(status=Status.RESOLVED, version=second.version)
    return first, sign_in("bob").tickets.change(second.id, change)


def tab_of(seat) -> ViewTicketsTab:
    tab = ViewTicketsTab(seat.desktop)
    seat.show(tab)
    return tab


def test_a_user_has_three_views_of_own_tickets(seated, tickets, qtbot):
    first, second = tickets
    tab = tab_of(seated("alice"))
    both = {first.number, second.number}
    for key, wanted in (("own-open", {first.number}), ("own", both), ("own-done", {second.number})):
        open_view(qtbot, tab, key)
        qtbot.waitUntil(lambda want=wanted: set(numbers(tab.list)) == want)


def test_staff_read_everybody_s_tickets_and_choose_nothing(seated, tickets):
    bob = seated("bob")
    tab = tab_of(bob)
    assert len(numbers(tab.list)) == 2
    assert not [box for box in tab.pane.findChildren(QComboBox) if box.isVisible()]


def test_a_user_closes_what_is_no_longer_needed(seated, tickets, sign_in, qtbot):
    alice = seated("alice")
    tab = tab_of(alice)
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    click(qtbot, tab.pane.close_button)
    qtbot.waitUntil(lambda: shown(tab.pane).status is Status.CLOSED)
    assert sign_in("alice").tickets.view(tickets[0].id).status is Status.CLOSED
    assert not tab.pane.reply_box.isVisible()
    assert tab.pane.reopen_button.isVisible()


def test_a_new_person_is_told_what_to_do_first(seated):
    tab = tab_of(seated("erin"))
    said = [label.text() for label in tab.list.findChildren(QLabel) if label.isVisible()]
    assert "You have no open ticket. Press Ctrl+N when something does not work." in said


def test_a_solved_ticket_is_announced_until_it_is_rated(seated, tickets, sign_in, clock, qtbot):
    done = tickets[1]
    seat = seated("alice")
    tab = tab_of(seat)
    call = tab.rating_call
    qtbot.waitUntil(lambda: call.text == f"{done.number} was solved. How did we do?")
    click(qtbot, button(call, "Rate it"))
    qtbot.waitUntil(lambda: tab.pane.ticket is not None and tab.pane.ticket.id == done.id)
    seat.settle()
    assert tab.pane.satisfaction.isVisible()
    tab.refresh()
    seat.settle()
    assert call.text == "", "it was said once"


def test_what_was_merged_is_not_announced_as_solved(sign_in, tickets, clock):
    first, done = tickets
    desk, since = sign_in("alice"), clock() - timedelta(days=14)
    desk.ratings.rate(done.id, NewTicketRating(score=5))
    merged = desk.tickets.open(NewTicket(subject="The same again"))
    into = MergeInto(survivor_id=first.id, version=merged.version)
    sign_in("bob").merging.merge(merged.id, into)
    assert unrated(desk, first.requester.id, since, frozenset()) is None


def test_what_is_rated_old_or_put_away_is_not_announced(seated, tickets, sign_in, clock, qtbot):
    desk, done, known = sign_in("alice"), tickets[1], frozenset[str]()
    since = clock() - timedelta(days=14)
    alice = desk.tickets.view(done.id).requester.id
    found = unrated(desk, alice, since, known)
    assert found is not None
    assert found.id == done.id
    assert unrated(desk, alice, since, frozenset({solution_of(found)})) is None
    assert unrated(desk, alice, clock() + timedelta(seconds=1), known) is None
    desk.ratings.rate(done.id, NewTicketRating(score=5))
    assert unrated(desk, alice, since, known) is None
    bob = tab_of(seated("bob"))
    assert bob.rating_call.text == ""


def test_a_line_that_was_put_away_stays_away(seated, tickets, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    qtbot.waitUntil(lambda: bool(tab.rating_call.text))
    qtbot.keyClick(tab.rating_call, Qt.Key_Escape)
    tab.refresh()
    seat.settle()
    assert tab.rating_call.text == ""
