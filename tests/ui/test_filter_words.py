# SPDX-License-Identifier: GPL-3.0-or-later
"""Words become filters that can be seen and taken away, and never anything else."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication

from helpdesk.core.schemas.assistant import Answer, FilterAnswer
from helpdesk.core.schemas.tickets import NewTicket, Priority, Sort, TicketQuery
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.ai_response_thread import Assistant
from helpdesk.ui.keys import KEYS
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.filter_bar import FilterBar
from helpdesk.ui.tickets.filter_chip import span_of_days
from helpdesk.ui.tickets.filter_words import FilterWords
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from tests.ui.scripted_assistant import ScriptedSource, done, failed
from tests.ui.seats import button, click, named, numbers

WORDS = "urgent printing tickets from last week that nobody has"


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource()


@pytest.fixture
def assistant(source):
    assistant = source.assistant()
    yield assistant
    assistant.stop()


@pytest.fixture
def tickets(sign_in, clock):
    """Return three tickets of alice's by their subjects: one of them is what is asked for."""
    alice = sign_in("alice")
    category = next(c.id for c in alice.tickets.categories() if c.name == "Printing")
    opened = {}
    for subject, priority in (("Jam", "urgent"), ("Toner", "low"), ("Later", "urgent")):
        new = NewTicket(subject=subject, category_id=category, priority=Priority(priority))
        opened[subject] = alice.tickets.open(new)
        clock.forward(minutes=1)
    return opened


@pytest.fixture
def query(tickets) -> TicketQuery:
    """Return what the words mean: the first ticket alone."""
    jam = tickets["Jam"]
    return TicketQuery(
        priorities=(Priority.URGENT,),
        category_ids=(jam.category.id,),
        unassigned=True,
        created_after=jam.created_at - timedelta(days=7),
        created_before=jam.created_at + timedelta(seconds=1),
        requester_ids=(jam.requester.id,),
    )


@pytest.fixture
def open_tab(seated, assistant, qtbot):
    """Return a function that opens a list over the scripted assistant, for somebody."""

    def opened(who: str = "bob", tab_class=ManageTicketsTab, asks=assistant) -> TicketListTab:
        seat = seated(who)
        tab: TicketListTab = tab_class(dataclasses.replace(seat.desktop, assistant=asks))
        seat.show(tab, 1400)
        tab.seat = seat  # type: ignore[attr-defined]
        return tab

    return opened


def bar_of(tab: TicketListTab) -> FilterBar:
    bar = tab.list.findChild(FilterBar)
    assert bar is not None
    return bar


def words_of(tab: TicketListTab) -> FilterWords:
    words = tab.list.findChild(FilterWords)
    assert words is not None
    return words


def say(qtbot, tab: TicketListTab, text: str) -> None:
    """Say in words what to show, and wait for what comes of it."""
    tab.list.focus_words()
    field = words_of(tab).field
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key_Return)
    qtbot.waitUntil(lambda: not words_of(tab).stop_button.isVisible())
    tab.seat.settle()  # type: ignore[attr-defined]


def understand(source: ScriptedSource, query: TicketQuery, rest: str = "", **more) -> None:
    answer = FilterAnswer(query=query, not_understood=rest)
    source.parts["filter"] = [done(Answer(**{"origin": Origin.HISTORY, "filter": answer} | more))]


def shown(tab: TicketListTab) -> list[str]:
    """Return what the filters say that narrow the list."""
    bar = bar_of(tab)
    buttons = (bar.status, bar.priority, bar.category, bar.assignee, bar.age)
    chips = (bar.created, bar.requester)
    return [b.text() for b in (*buttons, *chips) if b.property("active") and b.isVisible()]


def test_words_become_filters_that_can_be_seen(open_tab, qtbot, source, query, tickets, clock):
    understand(source, query)
    tab = open_tab()
    say(qtbot, tab, WORDS)
    assert [ask.text for ask in source.asked] == [WORDS]
    assert bar_of(tab).query() == query
    assert numbers(tab.list) == [tickets["Jam"].number]
    [priority, category, assignee, created, requester] = shown(tab)
    assert (priority, category) == ("Priority: Urgent", "Category: Printing")
    assert assignee == "Assignee: Nobody"
    assert created.startswith("Created: ")
    assert requester == f"Requester: {tickets['Jam'].requester.full_name} \u00d7"
    assert named(tab, "View").text() == "All tickets"
    assert words_of(tab).said == ""
    assert words_of(tab).field.hasFocus(), "one can go on from what one has said"


def test_each_part_can_be_taken_away(open_tab, qtbot, source, query, tickets):
    understand(source, query)
    tab = open_tab()
    say(qtbot, tab, WORDS)
    bar = bar_of(tab)
    bar.created.setFocus()
    qtbot.keyClick(bar.created, Qt.Key_Delete)
    assert QApplication.focusWidget() is bar.age
    tab.seat.settle()
    assert numbers(tab.list) == [tickets[each].number for each in ("Jam", "Later")]
    click(qtbot, bar.requester)
    qtbot.keyClick(bar.priority, Qt.Key_Backspace)
    qtbot.keyClick(bar.category, Qt.Key_Backspace)
    qtbot.keyClick(bar.assignee, Qt.Key_Backspace)
    assert shown(tab) == []
    assert bar.query() == TicketQuery(sort=Sort.URGENCY)
    bar.clear()
    assert bar.query() == TicketQuery(sort=Sort.NEWEST)


def test_an_age_that_is_picked_takes_the_place_of_the_days(open_tab, qtbot, source, query, clock):
    understand(source, query)
    tab = open_tab()
    say(qtbot, tab, WORDS)
    bar = bar_of(tab)
    [day] = [a for a in bar.age.menu().actions() if a.data() == "day"]
    day.trigger()
    assert bar.created.isHidden()
    asked = bar.query()
    assert (asked.created_after, asked.created_before) == (clock() - timedelta(days=1), None)


def test_what_was_not_understood_is_searched_for_only_if_wanted(
    open_tab, qtbot, source, query, tickets
):
    understand(source, query, "grumpy")
    tab = open_tab()
    say(qtbot, tab, f"grumpy {WORDS}")
    assert words_of(tab).said == "Not understood: \u201cgrumpy\u201d."
    assert bar_of(tab).query().text == ""
    assert numbers(tab.list) == [tickets["Jam"].number]
    click(qtbot, button(tab, "Search for it"))
    tab.seat.settle()
    assert bar_of(tab).search.text() == "grumpy"
    assert numbers(tab.list) == []
    assert words_of(tab).said == ""


def test_words_that_are_no_filter_leave_the_list_as_it_is(open_tab, qtbot, source, tickets):
    understand(source, TicketQuery(), "sing me a song", notice="The model is away.")
    tab = open_tab()
    before = bar_of(tab).query()
    say(qtbot, tab, "sing me a song")
    assert words_of(tab).said == "None of it could be read as a filter. The model is away."
    assert bar_of(tab).query() == before
    source.parts["filter"] = [done(Answer(text="<b>Drop all</b>", found_nothing=True))]
    say(qtbot, tab, "sing on")
    assert words_of(tab).said == "None of it could be read as a filter."
    assert bar_of(tab).query() == before


def test_search_words_of_the_answer_stand_in_the_search(open_tab, qtbot, source, tickets):
    understand(source, TicketQuery(text="toner", sort=Sort.RELEVANCE), origin=Origin.MODEL)
    tab = open_tab()
    say(qtbot, tab, "something with toner")
    assert bar_of(tab).search.text() == "toner"
    assert numbers(tab.list) == [tickets["Toner"].number]
    assert words_of(tab).said == "Read by the model."
    assert bar_of(tab).query().sort is Sort.NEWEST, "an order that is not offered is the view's"


def test_people_and_categories_that_are_gone_are_filters_still(open_tab, qtbot, source, tickets):
    understand(source, TicketQuery(assignee_ids=(987,), category_ids=(654,), requester_ids=(321,)))
    tab = open_tab()
    say(qtbot, tab, "what somebody who has left had")
    asked = bar_of(tab).query()
    assert (asked.assignee_ids, asked.category_ids, asked.requester_ids) == ((987,), (654,), (321,))
    assert "Requester: somebody \u00d7" in shown(tab)
    assert numbers(tab.list) == []


def test_whoever_sees_own_tickets_only_stays_with_them(open_tab, qtbot, source, tickets):
    understand(source, TicketQuery(priorities=(Priority.LOW,), assignee_ids=(2,)))
    tab = open_tab("alice", ViewTicketsTab)
    say(qtbot, tab, "unimportant ones that Bob has")
    assert bar_of(tab).query().requester_ids == (tickets["Jam"].requester.id,)
    assert bar_of(tab).requester.isHidden()
    assert bar_of(tab).assignee.isVisible(), "what narrows the list can be taken away"
    bar_of(tab).assignee.setFocus()
    qtbot.keyClick(bar_of(tab).assignee, Qt.Key_Delete)
    tab.seat.settle()
    assert numbers(tab.list) == [tickets["Toner"].number]


def test_a_failure_is_one_sentence_and_the_words_stay(open_tab, qtbot, source, query, tickets):
    source.parts["filter"] = [failed("There is no connection; try again later.")]
    tab = open_tab()
    say(qtbot, tab, WORDS)
    assert words_of(tab).said == "There is no connection; try again later."
    assert words_of(tab).field.text() == WORDS
    understand(source, query)
    click(qtbot, button(tab, "Retry"))
    qtbot.waitUntil(lambda: bar_of(tab).query() == query)


def test_escape_stops_first_and_closes_then(open_tab, qtbot, source, query, tickets):
    understand(source, query)
    source.hold = 0
    tab = open_tab()
    before = bar_of(tab).query()
    words = words_of(tab)
    click(qtbot, words.button)
    qtbot.keyClicks(words.field, WORDS)
    qtbot.keyClick(words.field, Qt.Key_Return)
    qtbot.waitUntil(lambda: bool(source.asked))
    assert words.stop_button.isVisible()
    qtbot.keyClick(words.field, Qt.Key_Escape)
    qtbot.waitUntil(lambda: source.ended == ["filter"])
    assert words.said == "Stopped; the list is as it was."
    assert bar_of(tab).query() == before
    qtbot.keyClick(words.field, Qt.Key_Escape)
    assert words.isHidden()
    assert not words.button.isChecked()
    tab.list.focus_words()
    assert words.field.text() == WORDS, "what was typed stays"


def test_where_nobody_answers_it_says_so(open_tab, qtbot):
    tab = open_tab(asks=Assistant())
    say(qtbot, tab, WORDS)
    assert words_of(tab).said == "Words cannot be read here; use the filters below."


def test_w_is_among_the_keys(open_tab):
    assert "W" in [key.key for key in KEYS]


@pytest.mark.parametrize(
    ("after", "before", "said"),
    [
        ((16, 0), (23, 0), "16 Nov \u2013 22 Nov"),
        ((16, 0), (17, 0), "16 Nov"),
        ((16, 0), None, "since 16 Nov"),
        ((16, 14), None, "since 16 Nov 14:00"),
        (None, (23, 0), "until 22 Nov"),
        (None, (23, 9), "until 23 Nov 09:00"),
        (None, None, ""),
    ],
)
def test_days_are_said_as_people_count_them(after, before, said):
    now = datetime(2026, 11, 23, 12, tzinfo=UTC).astimezone()

    def moment(of: tuple[int, int] | None) -> datetime | None:
        return now.replace(day=of[0], hour=of[1]) if of else None

    assert span_of_days(moment(after), moment(before), now) == said
