# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags, followers, links, merges and splits in the window, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.links import MergeInto, NewLink, Relation
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.doings.linking import (
    FOLLOW,
    FOLLOW_UP,
    LINK,
    MERGE,
    SPLIT,
    STOP_FOLLOWING,
    UNMERGE,
)
from helpdesk.ui.tickets.linking.ending import EndDialog
from helpdesk.ui.tickets.linking.pick_dialogs import LinkDialog, MergeDialog
from helpdesk.ui.tickets.linking.split_dialog import SplitDialog
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.tickets.panels.followers import FollowersPanel
from helpdesk.ui.tickets.panels.linked import LinkedPanel
from helpdesk.ui.tickets.panels.tags import TagsPanel
from helpdesk.ui.tickets.sending import choose_seconds
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat
from tests.ui.test_accessibility import described, name_of, reachable

Panel = TypeVar("Panel", TagsPanel, FollowersPanel, LinkedPanel)
AnyDialog = TypeVar("AnyDialog", bound=QDialog)


@pytest.fixture
def alice(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("alice")
    return desk


@pytest.fixture
def tickets(alice: HelpDesk) -> list[TicketView]:
    subjects = ("No tone", "Silent phone", "Broken mouse")
    return [alice.tickets.open(NewTicket(subject=each)) for each in subjects]


@pytest.fixture
def bob(seated: Callable[[str], Seat]) -> Seat:
    return seated("bob")


def pane_of(seat: Seat, ticket: TicketView, *, working: bool = True) -> TicketPane:
    tab = ManageTicketsTab(seat.desktop) if working else ViewTicketsTab(seat.desktop)
    seat.show(tab, 1300, 900)
    tab.show_ticket(ticket.id)
    seat.settle()
    return tab.pane


def panel(pane: TicketPane, kind: type[Panel]) -> Panel:
    return next(each for each in pane.panels if isinstance(each, kind))


def dialog_of(seat: Seat, pane: TicketPane, kind: type[AnyDialog]) -> AnyDialog:
    seat.settle()
    dialog = pane.window().findChild(kind)
    assert isinstance(dialog, kind)
    return dialog


def press(qtbot, seat: Seat, widget: QWidget, *keys: int) -> None:
    for key in keys:
        qtbot.keyClick(widget, key)
        seat.settle()


def found(qtbot, seat: Seat, dialog: LinkDialog | MergeDialog, text: str) -> None:
    dialog.picker.field.clear()
    qtbot.keyClicks(dialog.picker.field, text)
    qtbot.waitUntil(lambda: dialog.picker.chosen is not None)
    seat.settle()


def undone_by_toast(seat: Seat, pane: TicketPane) -> str:
    """Undo by the newest toast what it tells, and return that."""
    *_, toast = toasts_of(pane.window())
    words = toast.accessibleName()
    next(each for each in toast.findChildren(QPushButton) if each.text() == "Undo").click()
    seat.settle()
    return words


def names(pane: TicketPane) -> list[str]:
    return [doing.text for doing in pane.doings()]


def test_tags_are_added_and_taken_out_by_keyboard(bob, tickets, qtbot, sign_in):
    pane = pane_of(bob, tickets[0])
    tags = panel(pane, TagsPanel)
    qtbot.keyClicks(tags.field.edit, "VPN")
    press(qtbot, bob, tags.field.edit, Qt.Key_Return)
    assert sign_in("bob").tickets.view(tickets[0].id).tags == ("VPN",)
    # Another ticket is offered the word that the desk has by now.
    tags_of_other = panel(pane_of(bob, tickets[1]), TagsPanel)
    qtbot.keyClicks(tags_of_other.field.edit, "vp")
    bob.settle()
    assert tags_of_other.field.is_open
    press(qtbot, bob, tags_of_other.field.edit, Qt.Key_Return)
    assert sign_in("bob").tickets.view(tickets[1].id).tags == ("VPN",)
    press(qtbot, bob, tags_of_other.field.edit, Qt.Key_Backspace)
    assert sign_in("bob").tickets.view(tickets[1].id).tags == ()


def test_what_is_no_tag_is_refused_with_a_sentence(bob, tickets, qtbot):
    pane = pane_of(bob, tickets[0])
    tags = panel(pane, TagsPanel)
    qtbot.keyClicks(tags.field.edit, "two words")
    press(qtbot, bob, tags.field.edit, Qt.Key_Return)
    assert tags.field.values == ()
    assert "A tag is one word" in pane._banner.text  # noqa: SLF001


def test_people_are_let_follow_and_oneself_by_a_key(bob, tickets, qtbot, sign_in):
    pane = pane_of(bob, tickets[0])
    followers = panel(pane, FollowersPanel)
    qtbot.keyClicks(followers.field.edit, "eri")
    bob.settle()
    press(qtbot, bob, followers.field.edit, Qt.Key_Return)
    assert [each.person.full_name for each in sign_in("bob").watchers.of_ticket(tickets[0].id)] == [
        "Erin Sato"
    ]
    assert "not of the staff" in followers.field.accessibleName()
    pane.do(FOLLOW)
    bob.settle()
    assert STOP_FOLLOWING.text in names(pane)
    assert "Bob Keller" in followers.field.accessibleName()
    pane.do(STOP_FOLLOWING)
    bob.settle()
    assert FOLLOW.text in names(pane)
    assert undone_by_toast(bob, pane) == f"You no longer follow {tickets[0].number}"
    assert undone_by_toast(bob, pane) == f"You follow {tickets[0].number}"
    assert FOLLOW.text in names(pane)


def test_tickets_are_linked_by_keyboard_and_open_on_a_click(bob, tickets, qtbot):
    pane = pane_of(bob, tickets[0])
    pane.do(LINK)
    dialog = dialog_of(bob, pane, LinkDialog)
    dialog.relation.set_key(Relation.BLOCKED_BY.value)
    assert [described(w) for w in reachable(dialog) if not name_of(w)] == []
    found(qtbot, bob, dialog, tickets[1].number)
    press(qtbot, bob, dialog.picker.field, Qt.Key_Return)
    linked = panel(pane, LinkedPanel)
    ((name, chip, remove),) = linked.rows
    assert remove.accessibleName() == f"Remove the link: {name.accessibleName()}"
    assert name.accessibleName() == f"Blocked by {tickets[1].number} Silent phone"
    assert name.text() == f"{tickets[1].number} Silent phone"
    assert chip.text == "New"
    with qtbot.waitSignal(linked.ticket_wanted) as wanted:
        name.click()
    assert wanted.args == [tickets[1].id]
    words = f"{tickets[0].number}: blocked by {tickets[1].number}"
    assert undone_by_toast(bob, pane) == words
    assert not linked.rows
    # The toast of the undo links them again, while the other ticket is shown.
    assert undone_by_toast(bob, pane) == f"Link removed: {words}"
    assert [each.relation for each in linked.links] == [Relation.BLOCKS]


def test_ctrl_z_takes_a_link_back_that_was_just_made_and_nothing_before_it(
    bob, tickets, qtbot, sign_in
):
    window = MainWindow(bob.desktop)
    bob.show(window, 1440, 900)
    tab = window.open_tab("manage")
    assert isinstance(tab, TicketListTab)
    tab.show_ticket(tickets[2].id)
    bob.settle()
    tab.pane.resolve()
    bob.settle()
    desk = sign_in("bob")
    assert desk.tickets.view(tickets[2].id).status is Status.RESOLVED
    tab.show_ticket(tickets[0].id)
    bob.settle()
    tab.pane.do(LINK)
    dialog = dialog_of(bob, tab.pane, LinkDialog)
    found(qtbot, bob, dialog, tickets[1].number)
    press(qtbot, bob, dialog.picker.field, Qt.Key_Return)
    assert len(desk.ticket_links.of_ticket(tickets[0].id)) == 1
    assert window.undo()
    bob.settle()
    assert desk.ticket_links.of_ticket(tickets[0].id) == ()
    assert desk.tickets.view(tickets[2].id).status is Status.RESOLVED


def test_a_blocked_ticket_warns_and_a_parent_asks_for_its_children(bob, tickets, qtbot, sign_in):
    parent, child, blocker = tickets
    desk = sign_in("bob")
    desk.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    desk.ticket_links.add(parent.id, NewLink(other_id=blocker.id, relation=Relation.BLOCKED_BY))
    pane = pane_of(bob, parent)
    pane.resolve()
    dialog = dialog_of(bob, pane, EndDialog)
    assert dialog.windowTitle() == "Resolve the child too?"
    press(qtbot, bob, dialog, Qt.Key_Escape)
    assert desk.tickets.view(parent.id).status is Status.NEW
    pane.resolve()
    dialogs = pane.window().findChildren(EndDialog)
    dialog = next(each for each in dialogs if each.isVisible())
    press(qtbot, bob, dialog.all_button, Qt.Key_Return)
    assert desk.tickets.view(parent.id).status is Status.RESOLVED
    assert desk.tickets.view(child.id).status is Status.RESOLVED
    (toast,) = toasts_of(pane.window())
    assert toast.accessibleName() == f"{parent.number} and 1 child resolved"
    pane.undoer.undo_last()
    bob.settle()
    assert desk.tickets.view(parent.id).status is Status.NEW
    assert desk.tickets.view(child.id).status is Status.NEW


def test_a_row_that_ends_asks_for_its_children_as_well(bob, tickets, qtbot, sign_in):
    parent, child, _ = tickets
    desk = sign_in("bob")
    desk.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    bob.settle()
    row = next(each for each in tab.list._shapes.loaded if each.id == parent.id)  # noqa: SLF001
    tab.list.set_status(row, Status.RESOLVED)
    bob.settle()
    dialog = next(each for each in tab.window().findChildren(EndDialog) if each.isVisible())
    assert desk.tickets.view(parent.id).status is Status.NEW
    press(qtbot, bob, dialog.all_button, Qt.Key_Return)
    assert {desk.tickets.view(each.id).status for each in (parent, child)} == {Status.RESOLVED}
    assert toasts_of(tab.window())[-1].accessibleName() == f"{parent.number} and 1 child resolved"


def test_a_reply_that_solves_asks_too_and_sends_nothing_before(bob, tickets, qtbot, sign_in):
    parent, child, _ = tickets
    desk = sign_in("bob")
    desk.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    pane = pane_of(bob, parent)
    new = NewComment(body="Done.", status=Status.RESOLVED)
    went_on: list[bool] = []
    assert not pane._gate_end(new, lambda: went_on.append(True))  # noqa: SLF001
    dialog = dialog_of(bob, pane, EndDialog)
    press(qtbot, bob, dialog.only_button, Qt.Key_Space)
    assert went_on == [True]
    assert desk.tickets.view(child.id).status is Status.NEW


def test_children_end_only_when_the_reply_that_solves_has_left(bob, tickets, qtbot, sign_in):
    parent, child, _ = tickets
    desk = sign_in("bob")
    desk.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    pane = pane_of(bob, parent)
    pane.reply()
    choose_seconds(bob.desktop, 10)
    for keeps_back in (True, False):
        if not pane.reply_box.text.toPlainText():
            qtbot.keyClicks(pane.reply_box.text, "Done.")
        pane.reply_box.send(Status.RESOLVED)
        bob.settle()
        dialogs = pane.window().findChildren(EndDialog)
        dialog = next(each for each in dialogs if each.isVisible())
        press(qtbot, bob, dialog.all_button, Qt.Key_Return)
        assert desk.tickets.view(child.id).status is Status.NEW
        (waiting,) = bob.desktop.sendings.waiting
        if keeps_back:
            bob.desktop.sendings.undo(waiting)
        else:
            bob.desktop.sendings.send_now(waiting)
        bob.settle()
        expected = Status.NEW if keeps_back else Status.RESOLVED
        assert desk.tickets.view(child.id).status is expected
    assert desk.deeds.recent()[0].label == f"1 child of {parent.number} resolved"


def test_a_merge_is_chosen_shown_and_undone(bob, tickets, qtbot, alice):
    merged, survivor, _ = tickets
    alice.tickets.comment(merged.id, NewComment(body="Still silent."))
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab, 1300, 900)
    tab.show_ticket(merged.id)
    bob.settle()
    tab.pane.do(MERGE)
    dialog = dialog_of(bob, tab.pane, MergeDialog)
    found(qtbot, bob, dialog, survivor.number)
    assert "Alice Moreau" in dialog.consequence.text()
    press(qtbot, bob, dialog.picker.field, Qt.Key_Return)
    assert tab.pane.ticket is not None
    assert tab.pane.ticket.id == survivor.id
    cards = [each for each in tab.pane.findChildren(MessageCard) if each.isVisible()]
    chips = [each._merged.text for each in cards if each._merged.isVisible()]  # noqa: SLF001
    assert chips == [f"Written on {merged.number}"] * 2
    (toast,) = toasts_of(tab.window())
    toast.close()
    tab.show_ticket(merged.id)
    bob.settle()
    assert tab.pane.merged_bar.isVisible()
    assert tab.pane.merged_bar.link.accessibleName() == f"{survivor.number} Silent phone"
    assert not tab.pane.reply_box.isVisible()
    assert names(tab.pane) == [UNMERGE.text]
    tab.pane.do(UNMERGE)
    bob.settle()
    assert not tab.pane.merged_bar.isVisible()
    assert tab.pane.ticket.status is Status.NEW


def test_the_undo_of_a_merge_takes_its_messages_out_of_the_thread(
    bob, tickets, qtbot, alice, sign_in
):
    merged, survivor, _ = tickets
    desk = sign_in("bob")
    alice.tickets.comment(survivor.id, NewComment(body="Hello?"))
    alice.tickets.comment(merged.id, NewComment(body="Still silent."))
    version = desk.tickets.view(merged.id).version
    desk.merging.merge(merged.id, MergeInto(survivor_id=survivor.id, version=version))
    pane = pane_of(bob, survivor)
    assert pane.ticket is not None
    assert len(pane.ticket.comments) == 3
    undoer = pane.undoer
    with qtbot.waitSignal(undoer.parted) as parted:
        undoer.undo_last()
        bob.settle()
    assert parted.args == [merged.id]
    assert [each.body for each in pane.ticket.comments] == ["Hello?"]
    cards = [each for each in pane.findChildren(MessageCard) if each.isVisible()]
    assert len(cards) == 2


def test_a_merge_waits_for_a_choice_and_warns_of_whom_it_meets(bob, tickets, qtbot, sign_in):
    merged = tickets[0]
    desk, erin = sign_in("bob"), sign_in("erin")
    done = erin.tickets.open(NewTicket(subject="Silent printer"))
    desk.tickets.change(done.id, TicketChange(status=Status.RESOLVED, version=done.version))
    pane = pane_of(bob, merged)
    pane.do(MERGE)
    dialog = dialog_of(bob, pane, MergeDialog)
    press(qtbot, bob, dialog.picker.field, Qt.Key_Return)
    qtbot.keyClicks(dialog.picker.field, "silent")
    qtbot.waitUntil(lambda: dialog.picker.rows.count() == 2)
    press(qtbot, bob, dialog.picker.field, Qt.Key_Return)
    assert dialog.isVisible()
    assert dialog.picker.chosen is None
    press(qtbot, bob, dialog.picker.field, Qt.Key_Down)
    chosen = dialog.picker.chosen
    assert chosen is not None
    assert (chosen.number, dialog.warning.text) == (tickets[1].number, "")
    press(qtbot, bob, dialog.picker.field, Qt.Key_Down)
    assert dialog.warning.text.startswith(f"{done.number} is resolved and of Erin Sato: ")
    assert desk.tickets.view(merged.id).merged_into is None
    dialog.close()


def test_the_requester_sees_where_a_merged_ticket_goes_on(seated, tickets, sign_in):
    merged, survivor, _ = tickets
    into = MergeInto(survivor_id=survivor.id, version=merged.version)
    sign_in("bob").merging.merge(merged.id, into)
    pane = pane_of(seated("alice"), merged, working=False)
    assert pane.merged_bar.isVisible()
    assert not panel(pane, LinkedPanel).isVisible()
    assert not panel(pane, FollowersPanel).isVisible()


def test_ticked_replies_become_a_ticket_and_a_closed_one_is_followed_up(bob, tickets, qtbot, alice):
    ticket = tickets[0]
    alice.tickets.comment(ticket.id, NewComment(body="And the mouse."))
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab, 1300, 900)
    tab.show_ticket(ticket.id)
    bob.settle()
    tab.pane.do(SPLIT)
    dialog = dialog_of(bob, tab.pane, SplitDialog)
    assert not dialog.foot.save_button.isEnabled()
    press(qtbot, bob, dialog.rows, Qt.Key_Space)
    dialog.subject.setText("The mouse")
    press(qtbot, bob, dialog.subject, Qt.Key_Return)
    made = tab.pane.ticket
    assert made is not None
    (toast,) = toasts_of(tab.window())
    assert toast.accessibleName() == f"{made.number} is split off {ticket.number}"
    assert (made.subject, [each.body for each in made.comments]) == (
        "The mouse", ["And the mouse.", f"Split from {ticket.number}."],
    )  # fmt: skip
    alice.tickets.close(made.id, made.version)
    tab.pane.refresh()
    bob.settle()
    tab.pane.do(FOLLOW_UP)
    bob.settle()
    assert tab.pane.ticket is not None
    assert tab.pane.ticket.subject == "Follow-up: The mouse"


def test_a_colleague_is_named_by_keyboard(bob, tickets, qtbot):
    pane = pane_of(bob, tickets[0])
    pane.note()
    text = pane.reply_box.text
    qtbot.waitUntil(text.hasFocus)
    qtbot.keyClicks(text, "Ask @cha")
    bob.settle()
    assert pane.mentions.offered == ["charlie"]
    popup = QApplication.activePopupWidget()
    assert popup is not None
    qtbot.keyClick(popup, Qt.Key_Return)
    assert text.toPlainText() == "Ask @charlie "
    text.clear()
    bob.settle()


def test_the_palette_offers_what_the_menu_of_the_ticket_does(bob, tickets):
    pane = pane_of(bob, tickets[0])
    texts = [action.text().partition("\t")[0] for action in pane.menu_of_doings().actions()]
    assert texts == names(pane)
    assert {FOLLOW.text, LINK.text, MERGE.text} <= set(texts)
