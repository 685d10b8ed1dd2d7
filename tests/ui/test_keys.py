# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue is worked with single keys, which never act while somebody types."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel

from helpdesk.core.schemas.tickets import NewTicket, Status, TicketQuery
from helpdesk.core.schemas.views import NewView, Shared, ViewPins
from helpdesk.ui.keys import KEYS, KeysDialog
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.panels.followers import FollowersPanel
from helpdesk.ui.tickets.panels.tags import TagsPanel
from helpdesk.ui.tickets.panels.tasks import TasksPanel
from tests.ui.seats import named, numbers, open_view, rows_of, shown


@pytest.fixture
def window_of(seated, sign_in, clock):
    alice = sign_in("alice")
    for name in ("First", "Second", "Third"):
        clock.forward(minutes=1)
        alice.tickets.open(NewTicket(subject=name))

    def opened(who: str, width: int = 1400) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, width, 900)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


@pytest.fixture
def queue(window_of, qtbot):
    """Return the queue of bob with its rows focused and its first ticket shown."""
    window = window_of("bob")
    tab = window.open_tab("manage")
    window.seat.settle()
    tab.focus_first()
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    return tab


def press(qtbot, window, keys: str) -> None:
    """Press keys where the focus is."""
    for key in keys:
        qtbot.keyClicks(window.window().focusWidget() or window, key)
        window.window().seat.settle()


def test_j_and_k_go_through_the_tickets(queue, qtbot):
    order = numbers(queue.list)
    assert shown(queue.pane).number == order[0]
    press(qtbot, queue, "jj")
    assert shown(queue.pane).number == order[2]
    press(qtbot, queue, "j")
    assert shown(queue.pane).number == order[2], "there is none below the last"
    press(qtbot, queue, "kkk")
    assert shown(queue.pane).number == order[0]


def test_slash_searches_and_escape_leads_back(queue, qtbot):
    press(qtbot, queue, "/")
    field = named(queue, "Search tickets")
    assert field.hasFocus()
    qtbot.keyClicks(field, "jkrnae/?")
    assert field.text() == "jkrnae/?", "in a text field keys are letters"
    queue.window().seat.settle()
    assert not queue.window().findChildren(KeysDialog)
    qtbot.keyClick(field, Qt.Key_Escape)
    assert field.text() == ""
    qtbot.keyClick(field, Qt.Key_Escape)
    assert rows_of(queue.list).hasFocus(), "a second Escape leaves the search"


def test_r_and_n_begin_to_write(queue, qtbot):
    press(qtbot, queue, "r")
    text = queue.pane.reply_box.text
    assert text.hasFocus()
    assert text.toPlainText() == "", "the key itself is not typed"
    assert not queue.pane.reply_box.is_note
    queue.focus_first()
    press(qtbot, queue, "n")
    assert text.hasFocus()
    assert queue.pane.reply_box.is_note
    qtbot.keyClicks(text, "jk e")
    assert text.toPlainText() == "jk e"


def test_escape_leads_from_the_reply_back_to_the_list(queue, qtbot):
    press(qtbot, queue, "r")
    qtbot.keyClicks(queue.pane.reply_box.text, "kept")
    qtbot.keyClick(queue.pane.reply_box.text, Qt.Key_Escape)
    assert rows_of(queue.list).hasFocus()
    assert queue.pane.reply_box.text.toPlainText() == "kept"


def test_a_takes_and_e_resolves(queue, qtbot):
    first = shown(queue.pane).id
    press(qtbot, queue, "a")
    assignee = shown(queue.pane).assignee
    assert assignee is not None
    assert assignee.full_name == "Bob Keller"
    assert shown(queue.pane).id == first
    press(qtbot, queue, "e")
    assert shown(queue.pane).status is Status.RESOLVED


def test_after_the_ticket_left_the_view_j_goes_on(queue, qtbot):
    first, _, third = numbers(queue.list)
    press(qtbot, queue, "je")
    qtbot.waitUntil(lambda: numbers(queue.list) == [first, third])
    press(qtbot, queue, "j")
    assert shown(queue.pane).number == third, "no ticket is skipped"


def test_after_the_ticket_left_the_view_k_goes_back(queue, qtbot):
    first, _, third = numbers(queue.list)
    press(qtbot, queue, "je")
    qtbot.waitUntil(lambda: numbers(queue.list) == [first, third])
    press(qtbot, queue, "k")
    assert shown(queue.pane).number == first


@pytest.mark.parametrize(("key", "field"), [("s", "status"), ("p", "priority"), ("c", "category")])
@pytest.mark.parametrize("width", [1400, 920])
def test_choices_open_with_their_key(window_of, qtbot, key, field, width):
    window = window_of("bob", width)
    tab = window.open_tab("manage")
    window.seat.settle()
    tab.focus_first()
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    press(qtbot, tab, key)
    box = getattr(tab.pane.properties, field)
    assert box.isVisible()
    assert box.view().isVisible()
    box.hidePopup()


def test_t_goes_to_the_tags_of_the_ticket(queue, qtbot):
    press(qtbot, queue, "t")
    (tags,) = queue.pane.findChildren(TagsPanel)
    assert tags.field.edit.hasFocus()
    assert not tags.visibleRegion().isEmpty(), "they are scrolled to"


def test_a_opens_the_choice_of_people_for_a_manager(window_of, qtbot):
    window = window_of("charlie")
    tab = window.open_tab("manage")
    window.seat.settle()
    tab.focus_first()
    press(qtbot, tab, "a")
    assert tab.pane.properties.assignee.view().isVisible()
    tab.pane.properties.assignee.hidePopup()


def test_keys_work_while_a_choice_has_the_focus_but_its_list_is_shut(queue, qtbot):
    queue.pane.properties.priority.setFocus()
    press(qtbot, queue, "j")
    assert shown(queue.pane).number == numbers(queue.list)[1]


def test_with_a_modifier_no_single_key_acts(queue, qtbot):
    before = shown(queue.pane).id
    qtbot.keyClick(rows_of(queue.list), Qt.Key_E, Qt.ControlModifier)
    qtbot.keyClick(rows_of(queue.list), Qt.Key_J, Qt.AltModifier)
    queue.window().seat.settle()
    assert shown(queue.pane).id == before
    assert shown(queue.pane).status is Status.NEW


def test_quick_keys_never_meet_the_wrong_ticket(queue, qtbot):
    """J and at once E: the ticket still shown must not be resolved."""
    order = numbers(queue.list)
    first = shown(queue.pane).id
    seat = queue.window().seat
    with seat.transport.held("view"):
        qtbot.keyClicks(rows_of(queue.list), "j")
        qtbot.keyClicks(rows_of(queue.list), "e")
    seat.settle()
    assert first not in [
        args.get("ticket_id") for name, args in seat.transport.calls if name == "change"
    ]
    assert order


def test_the_question_mark_lists_the_keys(queue, qtbot):
    press(qtbot, queue, "?")
    dialog = queue.window().findChild(KeysDialog)
    assert dialog is not None
    said = [x.text() for x in dialog.findChildren(QLabel)]
    for key in KEYS:
        assert key.key in said
        assert key.text in said
    dialog.accept()


def test_a_user_is_told_only_the_keys_that_work_for_them(window_of, qtbot):
    window = window_of("alice")
    window.show_keys()
    dialog = window.findChild(KeysDialog)
    assert dialog is not None
    said = [x.text() for x in dialog.findChildren(QLabel)]
    for key in KEYS:
        assert (key.text in said) is not key.works_tickets
    dialog.accept()


def test_keys_of_staff_do_nothing_for_a_user(window_of, qtbot):
    window = window_of("alice")
    tab = window.open_tab("view")
    window.seat.settle()
    open_view(qtbot, tab, "own")
    window.seat.settle()
    tab.focus_first()
    press(qtbot, tab, "naspce")
    assert shown(tab.pane).status is Status.NEW
    assert {name for name, _ in window.seat.transport.calls} & {"change", "take", "assign"} == set()
    assert not tab.pane.reply_box.is_note


def test_two_windows_do_not_act_for_each_other(window_of, qtbot):
    first, second = window_of("bob"), window_of("charlie")
    tabs = [window.open_tab("manage") for window in (first, second)]
    for window in (first, second):
        window.seat.settle()
    before = shown(tabs[0].pane).number
    qtbot.keyClicks(rows_of(tabs[1].list), "j")
    second.seat.settle()
    assert shown(tabs[0].pane).number == before
    assert shown(tabs[1].pane).number == numbers(tabs[1].list)[1]


def test_a_pinned_view_has_a_single_key_and_leaves_the_keys_of_the_reply(window_of, sign_in, qtbot):
    bob = sign_in("bob")
    query = TicketQuery(statuses=(Status.NEW,))
    view = bob.views.add(NewView(name="Hot", query=query, shared=Shared.PRIVATE, team_id=None))
    bob.views.pin(ViewPins(view_ids=(view.id,)))
    window = window_of("bob")
    tab = window.open_tab("manage")
    saved = tab.list.saved_views
    qtbot.waitUntil(lambda: len(saved.pinned) == 1)
    tab.focus_first()
    assert saved.current is None
    press(qtbot, tab, "2")
    assert saved.current is None, "there is no second one"
    press(qtbot, tab, "1")
    assert saved.current is not None
    assert saved.current.id == view.id
    ticket = shown(tab.pane)
    press(qtbot, tab, "r")
    text = tab.pane.reply_box.text
    qtbot.keyClicks(text, "Line 1")
    assert text.toPlainText() == "Line 1"
    qtbot.keyClick(text, Qt.Key_2, Qt.AltModifier)
    window.seat.settle()
    assert bob.tickets.view(ticket.id).status is Status.IN_PROGRESS


def test_escape_leads_from_every_field_of_the_ticket_back_to_the_list(queue, qtbot):
    order = numbers(queue.list)
    pane = queue.pane
    fields = [
        next(each for each in pane.panels if isinstance(each, TagsPanel)).field.edit,
        next(each for each in pane.panels if isinstance(each, FollowersPanel)).field.edit,
        next(each for each in pane.panels if isinstance(each, TasksPanel)).field,
    ]
    for field in fields:
        field.setFocus()
        assert field.hasFocus()
        qtbot.keyClick(field, Qt.Key_Escape)
        queue.window().seat.settle()
        assert rows_of(queue.list).hasFocus(), field.accessibleName()
    press(qtbot, queue, "j")
    assert shown(pane).number == order[1]
    assert not any(field.text() for field in fields)


def test_a_choice_is_scrolled_to_and_the_next_ticket_begins_at_the_top(queue, qtbot):
    properties = queue.pane.properties
    bar = properties.verticalScrollBar()
    queue.window().resize(1400, 500)
    queue.window().seat.settle()
    bar.setValue(bar.maximum())
    assert properties.status.visibleRegion().isEmpty()
    press(qtbot, queue, "s")
    assert not properties.status.visibleRegion().isEmpty()
    properties.status.hidePopup()
    bar.setValue(bar.maximum())
    queue.focus_first()
    press(qtbot, queue, "j")
    assert bar.value() == 0
