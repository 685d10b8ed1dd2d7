# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to many tickets at once, in the window: progress, refusals, cancel and undo."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QMenu

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.deeds import MOST_AT_ONCE, Refusal
from helpdesk.core.schemas.links import NewLink, Relation
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketChange, TicketQuery
from helpdesk.services import trash
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.bulk.children_dialog import ChildrenDialog
from helpdesk.ui.tickets.bulk.refusals_dialog import RefusalsDialog
from helpdesk.ui.tickets.bulk.run import BulkRun, Outcome
from helpdesk.ui.tickets.bulk.tags_dialog import TagsDialog, tags_of
from helpdesk.ui.tickets.refusals import MOST_KEPT, Refusals
from helpdesk.ui.tickets.snoozing.dialog import SnoozeDialog
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import LONGEST_MS, button, click, open_view, rows_of, shown


@pytest.fixture
def charlie(seated):
    return seated("charlie")


@pytest.fixture
def tickets(sign_in, clock):
    """Return four new tickets of alice's."""
    alice, found = sign_in("alice"), []
    for at in range(4):
        clock.forward(minutes=1)
        found.append(alice.tickets.open(NewTicket(subject=f"Number {at}")))
    return found


@pytest.fixture
def tab(charlie, tickets, qtbot):
    """Return the queue with all tickets in it, all of them marked."""
    tab = ManageTicketsTab(charlie.desktop)
    charlie.show(tab)
    open_view(qtbot, tab, "all")
    charlie.settle()
    tab.list.focus_rows()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_A, Qt.ControlModifier)
    return tab


def choose(seat, text: str) -> None:
    """Choose an entry of the menu that is open."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    [action] = [action for action in menu.actions() if action.text() == text]
    action.trigger()
    menu.close()
    seat.settle()


def said(tab) -> str:
    return toasts_of(tab.window())[-1].accessibleName()


def test_a_key_opens_the_choice_and_a_toast_undoes_it(tab, charlie, sign_in, tickets, qtbot):
    desk = sign_in("charlie").tickets
    assert tab.list.act_on_marked("P")
    choose(charlie, "High")
    assert {desk.view(each.id).priority for each in tickets} == {Priority.HIGH}
    assert said(tab) == "Priority of 4 tickets to High"
    assert len(tab.list.marks) == 4, "for the next thing to be done to them"
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    charlie.settle()
    assert {desk.view(each.id).priority for each in tickets} == {Priority.MEDIUM}
    assert said(tab) == "Undone: Priority of 4 tickets to High"


def test_what_was_refused_is_listed_with_the_reasons(tab, charlie, sign_in, tickets, qtbot):
    desk = sign_in("charlie").tickets
    desk.change(tickets[0].id, TicketChange(status=Status.RESOLVED, version=1))
    tab.list.bulk.set_status(Status.IN_PROGRESS)
    charlie.settle()
    click(qtbot, button(tab.list.bulk, "Show why"))
    [dialog] = tab.window().findChildren(RefusalsDialog)
    assert "cannot become In Progress" in dialog.words.toPlainText()
    assert "1 ticket was not changed" in all_text(dialog)
    dialog.accept()
    assert {desk.view(each.id).status for each in tickets[1:]} == {Status.IN_PROGRESS}


def test_what_leaves_the_view_is_marked_no_more(tab, charlie, sign_in, tickets, qtbot):
    desk = sign_in("charlie").tickets
    desk.change(tickets[0].id, TicketChange(priority=Priority.LOW, version=1))
    tab.list.bulk.set_priority(Priority.LOW)
    charlie.settle()
    assert said(tab) == "Priority of 4 tickets to Low: 3 tickets changed; 1 had it already"
    open_view(qtbot, tab, "unassigned")
    qtbot.keyClick(rows_of(tab.list), Qt.Key_A, Qt.ControlModifier)
    tab.list.bulk.set_status(Status.RESOLVED)
    charlie.settle()
    assert len(tab.list.marks) == 0
    assert not tab.list.bulk.isVisible()


def test_z_snoozes_all_that_are_marked_and_one_undo_wakes_them(
    tab, charlie, sign_in, tickets, qtbot
):
    desk = sign_in("charlie").tickets
    assert tab.list.act_on_marked("Z")
    [dialog] = tab.window().findChildren(SnoozeDialog)
    assert dialog.windowTitle() == "Snooze 4 tickets"
    qtbot.keyClick(dialog.rows, Qt.Key_Return)
    charlie.settle()
    assert all(desk.view(each.id).snoozed for each in tickets)
    assert said(tab).startswith("4 tickets snoozed until ")
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    charlie.settle()
    assert not any(desk.view(each.id).snoozed for each in tickets)


@pytest.fixture
def family(sign_in, tickets):
    """Return two open children of the first marked tickets, and let a third be one of these."""
    alice, bob = sign_in("alice"), sign_in("bob")
    children = [alice.tickets.open(NewTicket(subject=f"Child {at}")) for at in range(2)]
    pairs = zip(tickets[:3], [*children, tickets[3]], strict=True)
    for parent, child in pairs:
        link = NewLink(other_id=child.id, relation=Relation.PARENT)
        bob.ticket_links.add(parent.id, link)
    return children


def ending(tab) -> ChildrenDialog:
    dialog = tab.window().findChild(ChildrenDialog)
    assert isinstance(dialog, ChildrenDialog)
    return dialog


def test_children_of_marked_tickets_end_with_them_by_one_deed(
    tab, charlie, sign_in, tickets, family, qtbot
):
    desk = sign_in("charlie").tickets
    assert tab.list.act_on_marked("E")
    charlie.settle()
    dialog = ending(tab)
    assert dialog.windowTitle() == "Resolve the 2 children too?"
    assert all(f"{each.number} {each.subject}" in all_text(dialog) for each in family)
    assert {desk.view(each.id).status for each in (*tickets, *family)} == {Status.NEW}
    click(qtbot, dialog.all_button)
    charlie.settle()
    assert {desk.view(each.id).status for each in (*tickets, *family)} == {Status.RESOLVED}
    assert said(tab) == "Status of 4 tickets to Resolved, with 2 children"
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    charlie.settle()
    assert {desk.view(each.id).status for each in (*tickets, *family)} == {Status.NEW}


def test_all_that_match_end_alone_where_somebody_says_so(
    tab, charlie, sign_in, tickets, family, qtbot
):
    desk = sign_in("charlie").tickets
    tab.list.marks.mark_all(TicketQuery(numbers=tuple(each.id for each in tickets)))
    tab.list.bulk.set_status(Status.RESOLVED)
    charlie.settle()
    click(qtbot, ending(tab).only_button)
    charlie.settle()
    assert {desk.view(each.id).status for each in tickets} == {Status.RESOLVED}
    assert {desk.view(each.id).status for each in family} == {Status.NEW}


def test_nothing_ends_where_the_question_is_put_away(tab, charlie, sign_in, tickets, family, qtbot):
    desk = sign_in("charlie").tickets
    tab.list.bulk.set_status(Status.RESOLVED)
    charlie.settle()
    qtbot.keyClick(ending(tab), Qt.Key_Escape)
    charlie.settle()
    assert {desk.view(each.id).status for each in (*tickets, *family)} == {Status.NEW}
    assert charlie.transport.count("begin") == 0
    assert said(tab) == "Nothing was changed"
    assert len(tab.list.marks) == 4
    assert tab.list.bulk.is_offered


def all_text(widget) -> str:

    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_deleting_is_undone_like_everything_else(tab, charlie, sign_in, tickets, qtbot):
    desk = sign_in("charlie").tickets
    qtbot.keyClick(rows_of(tab.list), Qt.Key_Delete)
    charlie.settle()
    assert desk.count(TicketQuery()).count == 0
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    charlie.settle()
    assert desk.count(TicketQuery()).count == 4


def test_a_deletion_goes_on_with_what_was_left(tab, charlie, sign_in, tickets, monkeypatch):
    # Room for one ticket a call.
    monkeypatch.setattr(trash, "_MOST_ROWS", trash.DELETED)
    tab.list.bulk.delete()
    charlie.settle()
    assert said(tab) == "4 tickets are in the trash"
    assert sign_in("charlie").tickets.count(TicketQuery()).count == 0


def test_the_next_ticket_is_opened_after_a_delete(tab, charlie, qtbot):
    tab.list.step(-1)
    charlie.settle()
    rows, chosen = tab.list._shapes.loaded, tab.list._shapes.row  # noqa: SLF001 - what is shown
    assert shown(tab.pane).id == chosen.id
    following = rows[rows.index(chosen) + 1]
    tab.list.marks.clear()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_Delete)
    charlie.settle()
    tab.refresh()
    charlie.settle()
    assert said(tab) == "1 ticket is in the trash"
    assert shown(tab.pane).id == following.id


def test_marked_tickets_are_merged_into_one_and_parted_again(tab, charlie, sign_in, tickets, qtbot):
    desk = sign_in("charlie").tickets
    first = tickets[0]
    assert tab.list.act_on_marked("M")
    choose(charlie, f"Into {first.number} Number 0")
    into = {desk.view(each.id).merged_into for each in tickets[1:]}
    assert [ref.id for ref in into if ref] == [first.id]
    assert said(tab) == f"3 tickets merged into {first.number}"
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    charlie.settle()
    assert {desk.view(each.id).status for each in tickets} == {Status.NEW}


def test_a_technician_is_not_offered_what_they_may_not(seated, sign_in, tickets, qtbot):
    bob = seated("bob")
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    tab.list.focus_rows()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_A, Qt.ControlModifier)
    assert not tab.list.bulk.delete_button.isVisible()
    assert tab.list.act_on_marked("A")
    choose(bob, "Me")
    view = sign_in("bob").tickets.view(tickets[0].id)
    assert view.assignee is not None
    assert view.assignee.full_name == "Bob Keller"


def test_all_that_match_are_meant_although_few_are_loaded(tab, charlie, sign_in, clock, qtbot):
    alice = sign_in("alice")
    for at in range(60):
        alice.tickets.open(NewTicket(subject=f"More {at}"))
    tab.list.refresh()
    charlie.settle()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_Escape)
    tab.list.show_view(next(view for view in tab.list.views if view.key == "all"))
    charlie.settle()
    qtbot.keyClick(rows_of(tab.list), Qt.Key_A, Qt.ControlModifier)
    assert len(tab.list.marks) == 50
    click(qtbot, button(tab.list.bulk, "Mark all 64 that match"))
    tab.list.bulk.set_status(Status.RESOLVED)
    charlie.settle()
    assert sign_in("charlie").tickets.count(TicketQuery(statuses=(Status.RESOLVED,))).count == 64


def test_what_fails_says_so_and_keeps_the_marks(tab, charlie, qtbot):
    with charlie.transport.failing(Busy("The desk is busy; try again."), "change"):
        tab.list.bulk.set_status(Status.OPEN)
        charlie.settle()
    assert "The desk is busy" in all_text(tab.list.bulk)
    assert len(tab.list.marks) == 4, "to be tried again"


def test_how_far_it_is_comes_before_what_may_be_cut(tab):
    label = "Priority of all 739 tickets that match to Medium"
    bar = tab.list.bulk
    bar.run.progressed.emit(Outcome(label, deed_id=1, total=739, passed=200))
    assert bar._doing.text() == f"200 of 739 \N{MIDDLE DOT} {label}"  # noqa: SLF001
    assert bar._doing.toolTip() or not bar._doing.is_elided  # noqa: SLF001


def test_stopping_does_no_further_step(tab, charlie, tickets, qtbot):
    run = BulkRun(charlie.desktop, tab)
    ended: list[Outcome] = []
    run.ended.connect(ended.append)
    run.progressed.connect(lambda outcome: run.stop() if outcome.passed else None)
    ids = tuple(each.id for each in tickets)
    run.change(ids * 100, {"priority": Priority.LOW}, "Priority of all to Low")
    charlie.settle()
    assert ended[0].stopped
    assert ended[0].passed == 200
    assert ended[0].deed_id is not None, "what is done can be undone"


def test_tags_are_written_as_people_write_them(tab, charlie, qtbot):
    assert tags_of("#vpn, lyon; vpn  two") == ("vpn", "lyon", "two")
    decided: list[tuple[str, ...]] = []
    assert tab.list.act_on_marked("T")
    [dialog] = tab.window().findChildren(TagsDialog)
    dialog.decided.connect(lambda add, remove: decided.append(add + remove))
    click(qtbot, button(dialog, "Change tags"))
    assert "Write at least one tag" in all_text(dialog)
    dialog.adds.setText("a:b")
    click(qtbot, button(dialog, "Change tags"))
    assert "A tag is one word" in all_text(dialog)
    dialog.adds.setText("vpn")
    click(qtbot, button(dialog, "Change tags"))
    charlie.settle()
    assert decided == [("vpn",)]


def test_each_reason_is_said_once():
    refused = [Refusal(ticket_id=id_, sentence="It is closed.") for id_ in (1, 2)]
    refused.append(Refusal(ticket_id=3, sentence="It is gone."))
    assert Refusals(refused).words == "It is closed.\nHD-1, HD-2\n\nIt is gone.\nHD-3"


def test_no_more_of_many_refusals_is_kept_than_is_read():
    refused, closed = Refusals(), "It is closed."
    for first in range(0, 4_000, 200):
        refused.add(Refusal(ticket_id=first + n, sentence=closed) for n in range(200))
    refused.add(Refusal(ticket_id=n, sentence=f"HD-{n} is merged.") for n in range(9_000, 10_000))
    assert (len(refused), len(refused.kept), refused.sentence) == (5_000, MOST_KEPT, closed)
    reasons = refused.words.split("\n\n")
    assert reasons[0].endswith("HD-498, HD-499 and 3,500 more")
    assert reasons[1] == "HD-9000 is merged.\n1 ticket"
    assert reasons[-1] == "501 more for other reasons"
    assert len(reasons) == MOST_KEPT + 1


def test_a_run_over_many_tickets_keeps_few_of_what_is_refused(charlie, tickets, qtbot):
    run = BulkRun(charlie.desktop, charlie.desktop.feed)
    missing = tuple(range(1_000, 1_000 + 3 * MOST_AT_ONCE))
    with qtbot.waitSignal(run.ended, timeout=LONGEST_MS) as ended:
        run.change(missing, {"priority": Priority.HIGH}, "Priority of many to High")
    (outcome,) = ended.args
    assert outcome.error is None
    assert (len(outcome.refused), len(outcome.refused.kept)) == (len(missing), MOST_KEPT)
