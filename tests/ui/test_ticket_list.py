# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of tickets: its views, filters, search, pages and states, by mouse and keyboard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton, QWidget

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
)
from helpdesk.database.bulk import TicketRow, bulk_loading
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.ticket_list import TicketList
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.state_view import StateView
from tests.ui.seats import button, click, click_row, named, numbers, open_view, rows_of, shown

SEARCH = "Search tickets"


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def a_ticket(sign_in, clock):
    """Return a function that opens a ticket of alice's, a minute after the one before."""
    alice = sign_in("alice")

    def opened(subject: str, **fields: object):
        clock.forward(minutes=1)
        return alice.tickets.open(NewTicket(subject=subject, **fields))

    return opened


@pytest.fixture
def many(embedded, clock):
    """Return a function that puts so many open tickets of alice's into the desk."""

    def put(count: int) -> None:
        with bulk_loading(embedded.database) as load:
            first = load.next_id("ticket")
            for id_ in range(first, first + count):
                opened = to_microseconds(clock() - timedelta(minutes=id_))
                row = TicketRow(
                    id=id_,
                    version=1,
                    status=STATUS_RANKS.index(Status.NEW) + 1,
                    priority=PRIORITY_RANKS.index(Priority.MEDIUM) + 1,
                    category_id=None,
                    requester_id=1,
                    assignee_id=None,
                    created_at=opened,
                    updated_at=opened,
                    first_response_due=opened,
                    first_responded_at=None,
                    resolution_due=opened,
                    resolved_at=None,
                    closed_at=None,
                    replies=0,
                    notes=0,
                    source="desktop",
                    subject=f"Number {id_}",
                    description="As many others",
                )
                load.add_ticket(row, [], [])

    return put


def manage(bob) -> ManageTicketsTab:
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    return tab


def search_of(tickets: TicketList) -> QLineEdit:
    field = named(tickets, SEARCH)
    assert isinstance(field, QLineEdit)
    return field


def states_of(tickets: TicketList) -> StateView:
    states = tickets.findChild(StateView)
    assert states is not None
    return states


def filter_of(tickets: TicketList, name: str) -> FilterButton:
    return next(b for b in tickets.findChildren(FilterButton) if b.text().startswith(name))


def tick(tickets: TicketList, name: str, *labels: str) -> None:
    """Tick entries of a filter as a mouse would."""
    filter_button = filter_of(tickets, name)
    for label in labels:
        [action] = [a for a in filter_button.menu().actions() if a.text() == label]
        action.trigger()


def choose_sort(tickets: TicketList, label: str) -> None:
    for tool in tickets.findChildren(QToolButton):
        for action in tool.menu().actions() if tool.menu() is not None else []:
            if action.text() == label:
                action.trigger()
                return
    raise AssertionError(label)


def list_is(qtbot, tab, wanted: list[str]) -> None:
    def is_so() -> None:
        assert numbers(tab.list) == wanted

    qtbot.waitUntil(is_so)


def test_an_empty_view_says_what_it_means(bob):
    tab = manage(bob)
    assert states_of(tab.list).state == "empty"
    assert "Every open ticket has somebody" in all_words(tab.list)
    assert "No ticket chosen" in all_words(tab.pane)


def all_words(widget: QWidget) -> str:
    from PyQt5.QtWidgets import QLabel

    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def test_loading_shows_a_skeleton_until_the_answer_comes(bob, a_ticket, qtbot):
    ticket = a_ticket("Slow")
    with bob.transport.held("search"):
        tab = ManageTicketsTab(bob.desktop)
        tab.show()
        assert states_of(tab.list).state == "loading"
    bob.show(tab)
    assert states_of(tab.list).state == "content"
    list_is(qtbot, tab, [ticket.number])


def test_a_failed_load_says_why_and_can_be_tried_again(bob, a_ticket, qtbot):
    ticket = a_ticket("Behind a lock")
    with bob.transport.failing(Busy("Another program is writing; try again."), "search"):
        tab = manage(bob)
        assert states_of(tab.list).state == "failed"
        assert "Another program is writing; try again." in all_words(tab.list)
        click(qtbot, button(tab.list, "Retry"))
        bob.settle()
        assert states_of(tab.list).state == "failed"
    click(qtbot, button(tab.list, "Retry"))
    list_is(qtbot, tab, [ticket.number])
    assert states_of(tab.list).state == "content"


def test_the_first_ticket_is_chosen_and_shown(bob, a_ticket, qtbot):
    low = a_ticket("Low", priority=Priority.LOW)
    urgent = a_ticket("Urgent", priority=Priority.URGENT)
    tab = manage(bob)
    assert numbers(tab.list) == [urgent.number, low.number]
    qtbot.waitUntil(lambda: shown(tab.pane).id == urgent.id)


def test_each_view_shows_its_tickets(bob, a_ticket, sign_in, qtbot):
    desk = sign_in("bob")
    free, mine, urgent, awaiting, done = (a_ticket(name) for name in "abcde")
    desk.tickets.take(mine.id, mine.version)
    desk.tickets.change(urgent.id, TicketChange(priority=Priority.URGENT, version=urgent.version))
    desk.tickets.change(
        awaiting.id, TicketChange(status=Status.AWAITING_CUSTOMER, version=awaiting.version)
    )
    desk.tickets.change(done.id, TicketChange(status=Status.RESOLVED, version=done.version))
    tab = manage(bob)
    wanted = {
        "unassigned": {free, urgent, awaiting},
        "mine": {mine},
        "open": {free, mine, urgent, awaiting},
        "urgent": {urgent},
        "awaiting": {awaiting},
        "resolved": {done},
        "snoozed": set(),
        "all": {free, mine, urgent, awaiting, done},
    }
    assert set(wanted) == {view.key for view in tab.list.views}
    for key, tickets in wanted.items():
        open_view(qtbot, tab, key)
        expected = {ticket.number for ticket in tickets}
        qtbot.waitUntil(lambda want=expected: set(numbers(tab.list)) == want)


def test_the_view_is_remembered(bob, a_ticket, qtbot):
    a_ticket("One")
    tab = manage(bob)
    open_view(qtbot, tab, "all")
    tab.save_state()
    assert named(manage(bob).list, "View").text() == "All tickets"


def test_filters_narrow_and_clear_brings_all_back(bob, a_ticket, qtbot):
    low = a_ticket("Low", priority=Priority.LOW)
    high = a_ticket("High", priority=Priority.HIGH)
    tab = manage(bob)
    tick(tab.list, "Priority", "Low")
    list_is(qtbot, tab, [low.number])
    assert filter_of(tab.list, "Priority").text() == "Priority: Low"
    tick(tab.list, "Priority", "High")
    list_is(qtbot, tab, [high.number, low.number])
    tick(tab.list, "Age", "Older than 30 days")
    list_is(qtbot, tab, [])
    assert states_of(tab.list).state == "empty"
    click(qtbot, button(tab.list, "Clear filters"))
    list_is(qtbot, tab, [high.number, low.number])
    assert not [
        b for b in tab.list.findChildren(QPushButton) if b.text() == "Clear" and b.isVisible()
    ]


def test_a_filter_can_be_set_with_the_keyboard_alone(bob, a_ticket, qtbot):
    a_ticket("Low", priority=Priority.LOW)
    urgent = a_ticket("Urgent", priority=Priority.URGENT)
    tab = manage(bob)
    priority = filter_of(tab.list, "Priority")
    menu = priority.menu()
    menu.aboutToShow.connect(lambda: press_in(qtbot, menu), Qt.QueuedConnection)  # type: ignore[call-arg]
    qtbot.keyClick(priority, Qt.Key_Down)
    list_is(qtbot, tab, [urgent.number])
    assert priority.text() == "Priority: Urgent"
    qtbot.keyClick(priority, Qt.Key_Delete)
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 2)


def press_in(qtbot, menu) -> None:
    """Go down to the first choice, tick it and leave."""
    menu.setActiveAction(menu.actions()[2])
    qtbot.keyClick(menu, Qt.Key_Space)
    qtbot.keyClick(menu, Qt.Key_Escape)


@pytest.mark.parametrize(
    ("label", "order"),
    [
        ("Most urgent first", "bca"),
        ("Newest first", "cba"),
        ("Oldest first", "abc"),
        ("Last changed first", "acb"),
    ],
)
def test_the_order_can_be_chosen(bob, a_ticket, clock, sign_in, qtbot, label, order):
    tickets = {
        "a": a_ticket("a", priority=Priority.LOW),
        "b": a_ticket("b", priority=Priority.URGENT),
        "c": a_ticket("c", priority=Priority.MEDIUM),
    }
    clock.forward(minutes=5)
    sign_in("alice").tickets.comment(tickets["a"].id, NewComment(body="more"))
    tab = manage(bob)
    if label == "Most urgent first":
        choose_sort(tab.list, "Oldest first")
    choose_sort(tab.list, label)
    list_is(qtbot, tab, [tickets[name].number for name in order])


def test_search_as_one_types_shows_only_the_last_answer(bob, a_ticket, qtbot):
    printer, prince = a_ticket("The printer is jammed"), a_ticket("Prince of Denmark")
    tab = manage(bob)
    field = search_of(tab.list)
    with bob.transport.held("search"):
        qtbot.keyClicks(field, "prin")
        calls = bob.transport.count("search")
        qtbot.waitUntil(lambda: bob.transport.count("search") > calls - 1)
        qtbot.keyClicks(field, "ter")
    list_is(qtbot, tab, [printer.number])
    bob.settle()
    assert numbers(tab.list) == [printer.number]
    field.clear()
    qtbot.waitUntil(lambda: set(numbers(tab.list)) == {printer.number, prince.number})


def test_a_whole_word_typed_quickly_is_one_question(bob, a_ticket, qtbot):
    a_ticket("The printer is jammed")
    tab = manage(bob)
    before = bob.transport.count("search")
    qtbot.keyClicks(search_of(tab.list), "printer")
    qtbot.waitUntil(lambda: bob.transport.count("search") > before)
    bob.settle()
    assert bob.transport.count("search") <= before + 2


@pytest.mark.parametrize(
    "words",
    ['"', '""', "AND", "OR NOT", "(", ")", "*", "%", "_", "\\", "-", ":", "🖨", "x" * 10_000],
)
def test_no_search_text_is_an_error(bob, a_ticket, qtbot, words):
    a_ticket("Plain")
    tab = manage(bob)
    before = bob.transport.count("search")
    search_of(tab.list).setText(words)
    qtbot.waitUntil(lambda: bob.transport.count("search") > before)
    bob.settle()
    assert states_of(tab.list).state in {"content", "empty"}


def test_what_is_literal_is_found_literally(bob, a_ticket, qtbot):
    ticket = a_ticket("Discount 100% (twice) AND more")
    a_ticket("Nothing of the kind")
    tab = manage(bob)
    for words in ("100%", "(twice)", "AND more", '"100% (twice)"'):
        search_of(tab.list).setText(words)
        list_is(qtbot, tab, [ticket.number])
        search_of(tab.list).clear()
        qtbot.waitUntil(lambda: len(numbers(tab.list)) == 2)


@pytest.mark.parametrize("typed", ["{number}", "hd-{id}", "hd{id}", "HD {id}", "#{id}"])
def test_a_number_finds_its_ticket(bob, a_ticket, qtbot, typed):
    a_ticket("Another")
    ticket = a_ticket("Wanted")
    tab = manage(bob)
    search_of(tab.list).setText(typed.format(number=ticket.number, id=ticket.id))
    list_is(qtbot, tab, [ticket.number])


def test_a_search_without_a_hit_offers_all_tickets(bob, a_ticket, sign_in, qtbot):
    ticket = a_ticket("Solved long ago")
    sign_in("bob").tickets.change(
        ticket.id, TicketChange(status=Status.RESOLVED, version=ticket.version)
    )
    tab = manage(bob)
    search_of(tab.list).setText("solved")
    qtbot.waitUntil(lambda: "Nothing in 'Unassigned' matches" in all_words(tab.list))
    click(qtbot, button(states_of(tab.list), "All tickets"))
    list_is(qtbot, tab, [ticket.number])
    assert search_of(tab.list).text() == "solved"


def test_scrolling_brings_every_ticket_once(bob, many, qtbot):
    many(1_000)
    tab = manage(bob)
    rows = rows_of(tab.list)
    assert rows.model().rowCount() == 50, "no more than a page is loaded unasked"

    def everything() -> bool:
        rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum())
        return rows.model().rowCount() >= 1_000

    qtbot.waitUntil(everything)
    assert len(set(numbers(tab.list))) == 1_000
    bob.settle()
    assert rows.model().rowCount() == 1_000
    assert "1,000 tickets" in all_words(tab.list)


def test_tickets_that_arrive_while_scrolling_do_not_repeat_others(bob, many, a_ticket, qtbot):
    many(120)
    tab = manage(bob)
    a_ticket("Jumps the queue", priority=Priority.URGENT)
    rows = rows_of(tab.list)

    def everything() -> bool:
        rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum())
        return rows.model().rowCount() >= 120

    qtbot.waitUntil(everything)
    bob.settle()
    assert len(set(numbers(tab.list))) == len(numbers(tab.list))


def test_a_failed_page_keeps_what_is_there(bob, many, qtbot):
    many(120)
    tab = manage(bob)
    rows = rows_of(tab.list)
    told: list[Exception] = []
    bob.background.unheard.connect(told.append)
    with bob.transport.failing(Busy("Busy; try again."), "search"):
        rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum())
        bob.settle()
        tab.refresh()
        bob.settle()
    assert [str(error) for error in told][:2] == ["Busy; try again."] * 2
    rows.verticalScrollBar().setValue(0)
    rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: rows.model().rowCount() > 50)
    assert states_of(tab.list).state == "content", "fifty tickets are better than a sentence"


def test_the_chosen_ticket_and_the_place_stay_on_refresh(bob, many, a_ticket, qtbot):
    many(60)
    tab = manage(bob)
    rows = rows_of(tab.list)
    click_row(qtbot, rows, 3)
    rows.verticalScrollBar().setValue(300)
    chosen = rows.currentIndex().data(Qt.UserRole).id
    urgent = a_ticket("New at the top", priority=Priority.URGENT)
    tab.refresh()
    qtbot.waitUntil(lambda: numbers(tab.list)[0] == urgent.number)
    assert rows.currentIndex().data(Qt.UserRole).id == chosen
    assert rows.verticalScrollBar().value() == 358, "one row came in above"


def test_a_ticket_that_leaves_the_view_stays_open_beside_it(bob, a_ticket, qtbot):
    first, second = a_ticket("First"), a_ticket("Second")
    tab = manage(bob)
    qtbot.waitUntil(lambda: shown(tab.pane).id == first.id)
    click(qtbot, tab.pane.resolve_button)
    list_is(qtbot, tab, [second.number])
    bob.settle()
    assert shown(tab.pane).id == first.id
    assert shown(tab.pane).status is Status.RESOLVED


def test_the_last_ticket_that_leaves_the_view_stays_open_too(bob, a_ticket, qtbot):
    only = a_ticket("Only")
    tab = manage(bob)
    qtbot.waitUntil(lambda: shown(tab.pane).id == only.id)
    click(qtbot, tab.pane.resolve_button)
    list_is(qtbot, tab, [])
    bob.settle()
    assert shown(tab.pane).id == only.id


@pytest.mark.parametrize("is_loaded", [False, True])
def test_a_ticket_beyond_the_first_page_is_shown_all_the_same(bob, many, qtbot, is_loaded):
    many(120)
    tab = ManageTicketsTab(bob.desktop)
    if is_loaded:
        bob.show(tab)
    wanted = 10
    tab.show_ticket(wanted)
    tab.focus_first()
    bob.show(tab)
    rows = rows_of(tab.list)
    assert f"HD-{wanted}" not in numbers(tab.list)
    assert shown(tab.pane).id == wanted
    assert not rows.currentIndex().isValid(), "no other ticket may look chosen"
    for act in (tab.refresh, tab.pane.reply, tab.focus_first):
        act()
        bob.settle()
        assert shown(tab.pane).id == wanted
    click_row(qtbot, rows, 0)
    qtbot.waitUntil(lambda: shown(tab.pane).number == numbers(tab.list)[0])


def test_a_ticket_asked_for_stays_when_the_list_is_empty_or_fails(bob, a_ticket, sign_in, qtbot):
    done = a_ticket("Solved")
    change = TicketChange(status=Status.RESOLVED, version=done.version)
    sign_in("bob").tickets.change(done.id, change)
    with bob.transport.failing(Busy("Busy; try again."), "search"):
        tab = ManageTicketsTab(bob.desktop)
        tab.show_ticket(done.id)
        bob.show(tab)
    assert states_of(tab.list).state == "failed"
    assert shown(tab.pane).id == done.id
    click(qtbot, button(tab.list, "Retry"))
    bob.settle()
    assert states_of(tab.list).state == "empty"
    assert shown(tab.pane).id == done.id


def test_a_search_chooses_its_first_hit_after_a_ticket_that_was_asked_for(
    bob, many, a_ticket, qtbot
):
    many(60)
    printer = a_ticket("The printer is jammed")
    tab = manage(bob)
    tab.show_ticket(printer.id)
    search_of(tab.list).setText("number")
    qtbot.waitUntil(lambda: shown(tab.pane).subject.startswith("Number"))


def test_a_new_ticket_of_somebody_else_appears_by_itself(bob, a_ticket, qtbot):
    tab = manage(bob)
    bob.feed.look()
    bob.settle()
    ticket = a_ticket("Fresh")
    list_is(qtbot, tab, [ticket.number])


def test_own_tickets_are_all_a_user_sees(seated, a_ticket, sign_in, qtbot):
    mine = a_ticket("Mine")
    sign_in("erin").tickets.open(NewTicket(subject="Not mine"))
    alice = seated("alice")
    tab = ViewTicketsTab(alice.desktop)
    alice.show(tab)
    for view in tab.list.views:
        open_view(qtbot, tab, view.key)
        alice.settle()
        assert set(numbers(tab.list)) <= {mine.number}
    for view in tab.list.views:
        assert "everybody" not in view.title.lower()
    assert not filter_of_or_none(tab.list, "Assignee")


def filter_of_or_none(tickets: TicketList, name: str) -> list[FilterButton]:
    return [
        b for b in tickets.findChildren(FilterButton) if b.text().startswith(name) and b.isVisible()
    ]


def test_down_leads_from_the_search_to_the_rows_and_enter_to_the_reply(bob, a_ticket, qtbot):
    a_ticket("One")
    tab = manage(bob)
    field = search_of(tab.list)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key_Down)
    assert rows_of(tab.list).hasFocus()
    bob.settle()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_Return)
    assert tab.pane.reply_box.text.hasFocus()


def test_escape_empties_the_search(bob, a_ticket, qtbot):
    a_ticket("One")
    tab = manage(bob)
    field = search_of(tab.list)
    qtbot.keyClicks(field, "zzz")
    list_is(qtbot, tab, [])
    qtbot.keyClick(field, Qt.Key_Escape)
    assert field.text() == ""
    qtbot.waitUntil(lambda: len(numbers(tab.list)) == 1)


def test_a_huge_paste_into_the_search_does_no_harm(bob, a_ticket, qtbot):
    a_ticket("One")
    tab = manage(bob)
    field = search_of(tab.list)
    QApplication.clipboard().setText("y" * 1_000_000)
    field.setFocus()
    qtbot.keyClick(field, QKeySequence(QKeySequence.Paste)[0] & 0xFF, Qt.ControlModifier)
    bob.settle()
    QApplication.clipboard().clear()
    assert len(field.text()) <= 10_000


def test_rows_are_read_out_in_words(bob, a_ticket):
    ticket = a_ticket("Spoken <b>aloud</b>")
    tab = manage(bob)
    words = rows_of(tab.list).model().index(0, 0).data(Qt.AccessibleTextRole)
    assert words == f"{ticket.number} Spoken <b>aloud</b>, Medium, New, Reply in 8 h"


def test_clicking_a_row_opens_its_ticket(bob, a_ticket, qtbot):
    a_ticket("First")
    second = a_ticket("Second")
    tab = manage(bob)
    click_row(qtbot, rows_of(tab.list), 1)
    qtbot.waitUntil(lambda: shown(tab.pane).id == second.id)


def test_an_assignee_filter_finds_what_a_colleague_has(bob, a_ticket, sign_in, qtbot):
    ticket = a_ticket("Frank's")
    a_ticket("Nobody's")
    sign_in("frank").tickets.take(ticket.id, ticket.version)
    tab = manage(bob)
    open_view(qtbot, tab, "all")
    bob.settle()
    tick(tab.list, "Assignee", "Frank Osei")
    list_is(qtbot, tab, [ticket.number])


def test_a_screen_takes_a_handful_of_calls_however_many_tickets_there_are(bob, a_ticket):
    for name in "abcdefgh":
        a_ticket(name)
    # The news of these tickets, which is on its way to the window, is not what is counted.
    QApplication.processEvents()
    bob.settle()
    bob.transport.calls.clear()
    manage(bob)
    assert bob.transport.count("search") == 1
    # Three of them are about what is suggested for the ticket beside the list, one about its clock,
    # one asks for the picture of who speaks there, which is then known, and each of five panels
    # asks for what stands in it, since a ticket does not hold it.
    assert bob.transport.count("picture") == 1
    asked = [name for name, _ in bob.transport.calls]
    assert len(asked) <= 17, asked
