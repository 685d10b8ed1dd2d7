# SPDX-License-Identifier: GPL-3.0-or-later
"""The search language in the window, by keys: chips, completion, problems, and saved views."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QShortcut

from helpdesk.core.schemas.links import TagsChange
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketQuery
from helpdesk.core.schemas.views import NewView, Shared
from helpdesk.ui.tickets.filter_help import FilterHelp
from helpdesk.ui.tickets.view_dialog import ViewDialog
from helpdesk.ui.tickets.views import queue_views, widest_view
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat, numbers
from tests.ui.test_ticket_list import filter_of, list_is, manage, search_of


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def a_ticket(sign_in):
    """Return a function that opens a ticket of alice's."""
    alice = sign_in("alice")
    return lambda subject, **fields: alice.tickets.open(NewTicket(subject=subject, **fields))


def typed(tab, text: str) -> None:
    field = search_of(tab.list)
    tab.list.focus_search()
    field.deselect()
    field.end(False)
    QTest.keyClicks(field, text)


def key(tab, pressed) -> None:
    QTest.keyClick(search_of(tab.list), pressed)


def bar_of(tab):
    return tab.list._filters  # noqa: SLF001


def language_of(tab):
    return tab.list._language  # noqa: SLF001


def labels(tab) -> list[str]:
    return [chip.label for chip in bar_of(tab).chips]


def photograph(tab, name: str) -> None:
    """Keep a picture where one is asked for."""
    if place := os.environ.get("HELPDESK_PICTURES"):
        QApplication.processEvents()
        tab.window().grab().save(str(Path(place) / f"{name}.png"))


def test_a_finished_part_becomes_a_chip_and_the_button_shows_it(bob: Seat, a_ticket, qtbot):
    urgent = a_ticket("jam", priority=Priority.URGENT)
    a_ticket("jam")
    tab = manage(bob)

    typed(tab, "priority:urgent jam")

    qtbot.waitUntil(lambda: labels(tab) == ["Priority: Urgent"])
    list_is(qtbot, tab, [urgent.number])
    assert search_of(tab.list).text() == "jam"
    assert filter_of(tab.list, "Priority").text() == "Priority: Urgent"

    search_of(tab.list).clear()
    key(tab, Qt.Key_Backspace)
    assert search_of(tab.list).text() == "priority:urgent"
    assert not labels(tab)
    assert filter_of(tab.list, "Priority").text() == "Priority"

    key(tab, Qt.Key_Return)
    qtbot.waitUntil(lambda: labels(tab) == ["Priority: Urgent"])
    filter_of(tab.list, "Priority")._on_any()  # noqa: SLF001
    assert not labels(tab)
    list_is(qtbot, tab, sorted(numbers(tab.list)) or [urgent.number])


def test_what_is_not_understood_is_told_and_nothing_typed_is_lost(bob: Seat, a_ticket, qtbot):
    a_ticket("jam")
    tab = manage(bob)

    typed(tab, "status:bogus ")

    qtbot.waitUntil(lambda: "is no status" in language_of(tab).said)
    assert search_of(tab.list).text() == "status:bogus "
    list_is(qtbot, tab, [])


def test_all_that_is_mistyped_is_told_with_what_was_meant(bob: Seat, a_ticket, qtbot):
    a_ticket("jam")
    tab = manage(bob)
    typed(tab, "status:opne asignee:me assignee:boob ")
    meant = ("did you mean open?", "did you mean assignee:?", "did you mean bob?")
    qtbot.waitUntil(lambda: all(each in language_of(tab).said for each in meant))
    assert language_of(tab).said.endswith("They are searched for as words.")


def test_the_search_of_all_tickets_leaves_none_out():
    assert widest_view(queue_views(1)).key == "all"


def test_values_are_completed_by_keys(bob: Seat, a_ticket, qtbot):
    ticket = a_ticket("jam")
    tab = manage(bob)
    offered = language_of(tab).list

    typed(tab, "assi")
    assert [offered.item(row).text().split()[0] for row in range(offered.count())] == ["assignee:"]
    key(tab, Qt.Key_Tab)
    qtbot.waitUntil(lambda: offered.count() > 1 and offered.isVisible())
    QTest.keyClicks(search_of(tab.list), "no")
    qtbot.waitUntil(lambda: offered.count() == 1 and offered.item(0).text() == "None")
    photograph(tab, "completion")
    key(tab, Qt.Key_Down)
    key(tab, Qt.Key_Return)

    qtbot.waitUntil(lambda: labels(tab) == ["Assignee: Nobody"])
    assert not search_of(tab.list).text()
    list_is(qtbot, tab, [ticket.number])
    key(tab, Qt.Key_F1)
    [page] = tab.window().findChildren(FilterHelp)
    page.reject()


def test_a_query_is_kept_as_a_view_pinned_and_deleted_with_undo(bob: Seat, a_ticket, qtbot):
    a_ticket("jam")
    tab = manage(bob)
    saved = tab.list.saved_views
    typed(tab, "is:unassigned jam ")
    qtbot.waitUntil(lambda: len(labels(tab)) == 1)

    saved._on_wanted("save")  # noqa: SLF001
    qtbot.waitUntil(lambda: bool(tab.window().findChildren(ViewDialog)))
    [dialog] = tab.window().findChildren(ViewDialog)
    dialog.name.setText("Jams")
    photograph(tab, "view-dialog")
    dialog.save.click()
    qtbot.waitUntil(lambda: [each.name for each in saved.pinned] == ["Jams"])
    qtbot.waitUntil(lambda: [tab_.text() for tab_ in saved._tabs.values()] == ["Jams  1"])  # noqa: SLF001
    assert tab.list._heading._title.text() == "Jams"  # noqa: SLF001
    assert not labels(tab)
    headings = [each.text() for each in tab.list.saved_views._menu.actions() if each.text()]  # noqa: SLF001
    assert headings[headings.index("Jams") - 1] == "Mine"
    photograph(tab, "pinned")

    saved._on_wanted("delete")  # noqa: SLF001
    qtbot.waitUntil(lambda: not saved.pinned)
    assert tab.list._heading._title.text() == tab.list.views[0].title  # noqa: SLF001
    qtbot.waitUntil(lambda: bool(toasts_of(tab.window())))
    [toast] = toasts_of(tab.window())
    toast.press()
    qtbot.waitUntil(lambda: [each.name for each in saved.pinned] == ["Jams"])


def test_f1_explains_the_search_although_it_lists_the_keys_elsewhere(bob: Seat, qtbot):
    tab = manage(bob)
    listed: list[bool] = []
    keys = QShortcut(QKeySequence("F1"), tab.window())
    keys.activated.connect(lambda: listed.append(True))
    tab.list.focus_search()
    key(tab, Qt.Key_F1)
    (page,) = tab.window().findChildren(FilterHelp)
    assert not listed
    page.reject()


def test_a_chip_stands_in_the_place_of_its_button_once(bob: Seat, a_ticket, qtbot):
    a_ticket("jam", priority=Priority.URGENT)
    tab = manage(bob)
    button = filter_of(tab.list, "Priority")
    typed(tab, "priority:urgent ")
    qtbot.waitUntil(lambda: labels(tab) == ["Priority: Urgent"])
    assert button.isHidden()
    typed(tab, "priority:urgent ")
    qtbot.waitUntil(lambda: not search_of(tab.list).text())
    assert labels(tab) == ["Priority: Urgent"]
    key(tab, Qt.Key_Backspace)
    assert not button.isHidden()


def test_a_kept_view_shows_its_filters_and_each_can_be_taken_away(
    bob: Seat, a_ticket, sign_in, qtbot
):
    tagged, other = a_ticket("jam", priority=Priority.HIGH), a_ticket("jam", priority=Priority.HIGH)
    person = sign_in("bob")
    person.tags.set(tagged.id, TagsChange(tags=("vpn",), version=tagged.version))
    query = TicketQuery(priorities=(Priority.HIGH,), tags=("vpn",))
    view = person.views.add(NewView(name="Hot", query=query, shared=Shared.PRIVATE, team_id=None))
    tab = manage(bob)
    saved = tab.list.saved_views
    qtbot.waitUntil(lambda: len(saved._saved) == 1)  # noqa: SLF001
    saved._show(view)  # noqa: SLF001
    list_is(qtbot, tab, [tagged.number])
    assert filter_of(tab.list, "Priority").text() == "Priority: High"
    (chip,) = bar_of(tab)._kept  # noqa: SLF001
    assert chip.text().startswith("Tag: vpn")
    chip.click()
    list_is(qtbot, tab, sorted((tagged.number, other.number)))
    bar_of(tab).clear()
    list_is(qtbot, tab, [tagged.number])


def test_a_shared_view_that_is_gone_falls_back(bob: Seat, a_ticket, sign_in, qtbot):
    a_ticket("jam")
    charlie = sign_in("charlie")
    view = charlie.views.add(
        NewView(name="All", query=TicketQuery(statuses=(Status.NEW,)), shared=Shared.ALL)
    )
    tab = manage(bob)
    saved = tab.list.saved_views
    qtbot.waitUntil(lambda: len(saved._saved) == 1)  # noqa: SLF001
    saved._pin_all([view.id])  # noqa: SLF001
    qtbot.waitUntil(lambda: len(saved.pinned) == 1)
    assert saved.open_pinned(0)
    assert not saved.open_pinned(1)
    qtbot.waitUntil(lambda: tab.list._heading._title.text() == "All")  # noqa: SLF001

    charlie.views.remove(view.id, view.version)
    tab.refresh()

    qtbot.waitUntil(lambda: tab.list._heading._title.text() == tab.list.views[0].title)  # noqa: SLF001
