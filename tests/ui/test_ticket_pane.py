# SPDX-License-Identifier: GPL-3.0-or-later
"""One ticket: what may be done with it, what is said on it, and nothing typed is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from PyQt5.QtCore import QMimeData, QPoint, Qt
from PyQt5.QtGui import QTextDocument
from PyQt5.QtWidgets import (
    QAction,
    QComboBox,
    QDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
)
from helpdesk.ui.tickets.conflict_dialog import ConflictDialog
from helpdesk.ui.tickets.messages import MessageCard, Messages
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView
from tests.ui.seats import LONGEST_MS, button, click, named, shown

HOSTILE = '<b>bold</b> <img src="file:///etc/hostname"> <a href="file:///etc/passwd">click</a>'


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(
        NewTicket(subject="The printer is jammed", description="Third floor.")
    )


@pytest.fixture
def pane_of(seated, qtbot):
    """Return a function that shows a ticket to somebody."""

    def open_pane(who, ticket, *, working: bool = True, width: int = 1000) -> TicketPane:
        seat = seated(who) if isinstance(who, str) else who
        pane = TicketPane(seat.desktop, working=working)
        seat.desktop.feed.changed.connect(lambda *_: pane.refresh())
        pane.seat = seat  # type: ignore[attr-defined]
        seat.show(pane, width)
        pane.open(ticket.id)
        qtbot.waitUntil(lambda: pane.ticket is not None)
        seat.settle()
        return pane

    return open_pane


def buttons(pane: TicketPane) -> set[str]:
    """Return what the buttons in the heading offer."""
    names = ("take", "release", "resolve", "close", "reopen")
    return {name for name in names if getattr(pane, f"{name}_button").isVisible()}


def bodies(pane: TicketPane) -> list[str]:
    """Return the words of the cards, from the top."""
    found = [card for card in pane.findChildren(MessageCard) if card.isVisibleTo(pane)]
    found.sort(key=lambda card: card.y())
    return [named(card, "Message").toPlainText() for card in found]


def cards(pane: TicketPane) -> list[MessageCard]:
    found = [card for card in pane.findChildren(MessageCard) if card.isVisibleTo(pane)]
    return sorted(found, key=lambda card: card.y())


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def banner_of(pane: TicketPane) -> Banner:
    banner = pane.findChild(Banner)
    assert banner is not None
    return banner


def pick(box: QComboBox, label: str) -> None:
    """Choose an entry of a combo box as its list does."""
    index = next(i for i in range(box.count()) if box.itemText(i).startswith(label))
    box.setCurrentIndex(index)
    box.activated.emit(index)


def send_menu(pane: TicketPane) -> list[QAction]:
    more = next(t for t in pane.reply_box.findChildren(QToolButton) if t.menu() is not None)
    return list(more.menu().actions())


def send(qtbot, pane: TicketPane) -> None:
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()  # type: ignore[attr-defined]


STATES = {
    "new": (),
    "mine": ("take",),
    "theirs": ("give",),
    "resolved": ("take", Status.RESOLVED),
    "closed": ("take", Status.CLOSED),
}
OFFERED: dict[tuple[str, bool, str], set[str]] = {
    ("alice", False, "new"): {"close"},
    ("alice", False, "mine"): {"close"},
    ("alice", False, "theirs"): {"close"},
    ("alice", False, "resolved"): {"close", "reopen"},
    ("alice", False, "closed"): {"reopen"},
    ("bob", True, "new"): {"take", "resolve"},
    ("bob", True, "mine"): {"release", "resolve"},
    ("bob", True, "theirs"): {"take", "resolve"},
    ("bob", True, "resolved"): {"close", "reopen"},
    ("bob", True, "closed"): {"reopen"},
    ("charlie", True, "new"): {"take", "resolve"},
    ("charlie", True, "mine"): {"take", "resolve"},
    ("charlie", True, "resolved"): {"close", "reopen"},
    ("charlie", True, "closed"): {"reopen"},
    ("dana", True, "new"): {"take", "resolve"},
    ("dana", True, "closed"): {"reopen"},
    ("bob", False, "new"): {"close"},
    ("bob", False, "resolved"): {"close", "reopen"},
}


def brought_to(sign_in, ticket, state: str) -> None:
    """Bring a new ticket into a state of ``STATES``; 'mine' is bob's."""
    bob, charlie = sign_in("bob"), sign_in("charlie")
    for step in STATES[state]:
        now = bob.tickets.view(ticket.id)
        if step == "take":
            bob.tickets.take(now.id, now.version)
        elif step == "give":
            frank = sign_in("frank").sessions.current().user.id
            charlie.tickets.assign(now.id, Assignment(assignee_id=frank, version=now.version))
        else:
            bob.tickets.change(now.id, TicketChange(status=step, version=now.version))


@pytest.mark.parametrize(("who", "working", "state"), OFFERED)
def test_buttons_are_those_that_role_and_state_allow(pane_of, ticket, sign_in, who, working, state):
    brought_to(sign_in, ticket, state)
    pane = pane_of(who, ticket, working=working)
    assert buttons(pane) == OFFERED[who, working, state]
    may_choose = working and who != "alice"
    fields = pane.properties
    for choice in (fields.status, fields.priority, fields.category):
        assert choice.isVisible() is may_choose
    may_assign = may_choose and who in {"charlie", "dana"} and state not in {"resolved", "closed"}
    assert fields.assignee.isVisible() is may_assign
    can_write = state != "closed" or who != "alice"
    assert pane.reply_box.isVisible() is can_write


@pytest.mark.parametrize(
    ("press", "status", "wanted"),
    [
        ("take", None, {"assignee": "Bob Keller", "status": Status.OPEN}),
        ("resolve", None, {"status": Status.RESOLVED}),
        ("release", "take", {"assignee": None}),
        ("reopen", Status.RESOLVED, {"status": Status.OPEN}),
        ("close", Status.RESOLVED, {"status": Status.CLOSED}),
    ],
)
def test_a_button_does_what_it_says(pane_of, ticket, sign_in, qtbot, press, status, wanted):
    desk = sign_in("bob")
    if status == "take":
        desk.tickets.take(ticket.id, ticket.version)
    elif status:
        desk.tickets.change(ticket.id, TicketChange(status=status, version=ticket.version))
    pane = pane_of("bob", ticket)
    with qtbot.waitSignal(pane.said):
        click(qtbot, getattr(pane, f"{press}_button"))
    after = desk.tickets.view(ticket.id)
    if "status" in wanted:
        assert after.status is wanted["status"] is shown(pane).status
    if "assignee" in wanted:
        assert (after.assignee.full_name if after.assignee else None) == wanted["assignee"]


def test_choices_change_the_ticket_and_the_history_shows_it(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("charlie", ticket)
    fields = pane.properties
    qtbot.waitUntil(lambda: fields.assignee.count() > 1 and fields.category.count() > 1)
    for box, label in (
        (fields.priority, "Urgent"),
        (fields.category, fields.category.itemText(1)),
        (fields.assignee, "Bob Keller"),
        (fields.status, "In Progress"),
    ):
        with qtbot.waitSignal(pane.said):
            pick(box, label)
        pane.seat.settle()
    after = sign_in("bob").tickets.view(ticket.id)
    assert (after.priority, after.status) == (Priority.URGENT, Status.IN_PROGRESS)
    assert after.assignee.full_name == "Bob Keller"
    assert after.category.name == fields.category.itemText(1)
    history = words(fields)
    assert "priority Medium → Urgent (Charlie Hart)" in history
    assert "assignee none → Bob Keller (Charlie Hart)" in history
    assert f"category none → {after.category.name} (Charlie Hart)" in history
    assert "→ In Progress (Charlie Hart)" in history


def test_the_load_of_people_follows_what_was_assigned(pane_of, ticket, qtbot):
    pane = pane_of("charlie", ticket)
    box = pane.properties.assignee
    qtbot.waitUntil(lambda: box.count() > 1)
    pick(box, "Bob Keller")
    pane.seat.settle()
    qtbot.waitUntil(lambda: "Bob Keller (1)" in [box.itemText(i) for i in range(box.count())])


def test_the_load_of_people_follows_what_others_assign(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("charlie", ticket)
    box = pane.properties.assignee
    qtbot.waitUntil(lambda: box.count() > 1)
    sign_in("bob").tickets.take(ticket.id, ticket.version)
    qtbot.waitUntil(lambda: "Bob Keller (1)" in [box.itemText(i) for i in range(box.count())])


def test_an_older_answer_never_replaces_a_newer_load(pane_of, ticket, sign_in, qtbot, monkeypatch):
    pane = pane_of("charlie", ticket)
    transport, bob, told = pane.seat.transport, sign_in("bob"), []
    pane.seat.settle()
    monkeypatch.setattr(pane.properties, "set_choices", lambda *found: told.append(found))
    before = transport.count("choices")
    with transport.held("choices"):
        taken = bob.tickets.take(ticket.id, ticket.version)
        qtbot.waitUntil(lambda: transport.count("choices") == before + 1)
        bob.tickets.release(ticket.id, taken.version)
        qtbot.waitUntil(lambda: transport.count("choices") == before + 2)
    pane.seat.settle()
    assert len(told) == 1


def test_choosing_what_is_chosen_changes_nothing(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    version = shown(pane).version
    pick(pane.properties.priority, "Medium")
    pane.seat.settle()
    assert shown(pane).version == version


def test_a_long_status_stays_within_its_column_and_is_told_whole(pane_of, ticket, sign_in, qtbot):
    waits = TicketChange(status=Status.AWAITING_CUSTOMER, version=ticket.version)
    sign_in("bob").tickets.change(ticket.id, waits)
    pane = pane_of("bob", ticket)
    fields = pane.properties
    inside = fields.widget().width() - 16
    for box in (fields.status, fields.priority, fields.category):
        assert box.mapTo(fields.widget(), box.rect().topRight()).x() < inside
    assert "Awaiting Customer Response" in fields.status.toolTip()


def test_number_and_subject_stand_in_one_line(pane_of, ticket):
    heading = pane_of("bob", ticket, width=1400)._heading  # noqa: SLF001
    assert heading._number.y() == heading._subject.y()  # noqa: SLF001


def test_a_wheel_over_a_choice_changes_no_ticket(pane_of, ticket, qtbot):
    from PyQt5.QtCore import QPointF
    from PyQt5.QtGui import QWheelEvent
    from PyQt5.QtWidgets import QApplication

    pane = pane_of("bob", ticket)
    box = pane.properties.priority
    box.setFocus()
    place = QPointF(box.rect().center())
    wheel = QWheelEvent(
        place, QPointF(box.mapToGlobal(QPoint(5, 5))), QPoint(0, -120), QPoint(0, -120),
        Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    pane.seat.settle()
    assert pane.seat.transport.count("change") == 0


def test_a_conflict_says_so_shows_the_truth_and_keeps_the_words(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Half a reply")
    pane.seat.feed.changed.disconnect()
    sign_in("frank").tickets.change(
        ticket.id, TicketChange(priority=Priority.URGENT, version=ticket.version)
    )
    pick(pane.properties.priority, "Low")
    pane.seat.settle()
    qtbot.waitUntil(lambda: pane.properties.priority.currentText() == "Urgent")
    dialog = pane.window().findChild(ConflictDialog)
    assert "changed in the meantime" in dialog.windowTitle()
    click(qtbot, dialog.keep_button)
    assert shown(pane).priority is Priority.URGENT
    assert pane.reply_box.text.toPlainText() == "Half a reply"
    pick(pane.properties.priority, "Low")
    qtbot.waitUntil(lambda: shown(pane).priority is Priority.LOW)
    assert banner_of(pane).text == ""


def test_a_reply_is_sent_and_shown(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    assert "To Alice Moreau" in words(pane.reply_box)
    qtbot.keyClicks(pane.reply_box.text, "Have you tried turning it off?")
    send(qtbot, pane)
    assert pane.reply_box.text.toPlainText() == ""
    assert bodies(pane)[-1] == "Have you tried turning it off?"
    [comment] = sign_in("alice").tickets.view(ticket.id).comments
    assert comment.body == "Have you tried turning it off?"
    assert shown(pane).status is Status.IN_PROGRESS


@pytest.mark.parametrize("working", [True, False])
@pytest.mark.parametrize(
    ("who", "opened_by", "reader"),
    [
        ("alice", "alice", "the support team"),
        ("bob", "alice", "Alice Moreau"),
        ("bob", "bob", "the support team"),
        ("dana", "bob", "Bob Keller"),
    ],
)
def test_a_reply_names_the_reader_that_the_desk_gives_it(
    pane_of, sign_in, qtbot, who, opened_by, reader, working
):
    ticket = sign_in(opened_by).tickets.open(NewTicket(subject="The printer is jammed"))
    pane = pane_of(who, ticket, working=working)
    box = pane.reply_box
    assert any(line.startswith(f"To {reader}") for line in words(box).splitlines())
    addressed = reader if reader == "the support team" else reader.split()[0]
    assert box.text.placeholderText() == f"Write to {addressed}…"
    assert box.text.accessibleName() == f"Write to {addressed}…"
    assert box.send_button.text() == "Send reply"
    qtbot.keyClicks(box.text, "Have you tried turning it off?")
    send(qtbot, pane)
    [comment] = shown(pane).comments
    assert comment.by_staff is (reader != "the support team")


def test_an_empty_reply_is_explained(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "   ")
    send(qtbot, pane)
    assert "Write something before you send it." in words(pane.reply_box)
    assert pane.seat.transport.count("comment") == 0
    assert pane.reply_box.text.hasFocus()


def test_a_status_goes_with_the_reply(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Which floor?")
    [action] = [a for a in send_menu(pane) if "Awaiting" in a.text()]
    action.trigger()
    qtbot.waitUntil(lambda: shown(pane).status is Status.AWAITING_CUSTOMER)
    assert sign_in("alice").tickets.view(ticket.id).comments[0].body == "Which floor?"


def test_a_user_has_neither_notes_nor_statuses(pane_of, ticket):
    pane = pane_of("alice", ticket, working=False)
    assert send_menu(pane) == []
    texts = [b.text() for b in pane.findChildren(QPushButton) if b.isVisible()]
    assert "Internal note" not in texts
    assert "To the support team" in words(pane.reply_box)


def test_a_note_looks_different_and_names_its_readers(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    assert pane.reply_box.property("kind") == "card"
    click(qtbot, button(pane.reply_box, "Internal note"))
    assert "Only staff will read this" in words(pane.reply_box)
    assert pane.reply_box.property("kind") == "note"
    assert pane.reply_box.send_button.text() == "Add note"
    qtbot.keyClicks(pane.reply_box.text, "She is impatient")
    send(qtbot, pane)
    card = cards(pane)[-1]
    assert card.property("kind") == "note"
    assert any(
        w.accessibleName() == "Internal note" and w.isVisible()
        for w in card.children()
        if isinstance(w, QWidget)
    )
    assert sign_in("alice").tickets.view(ticket.id).comments == ()


def test_the_kind_of_message_is_shown_after_a_note_was_sent(pane_of, ticket, qtbot):
    """A note must not be followed by a reply, or the other way round, without being seen."""
    pane = pane_of("bob", ticket)
    click(qtbot, button(pane.reply_box, "Internal note"))
    qtbot.keyClicks(pane.reply_box.text, "Secret")
    send(qtbot, pane)
    is_note = pane.reply_box.is_note
    assert ("Only staff will read this" in words(pane.reply_box)) is is_note
    assert pane.reply_box.send_button.text() == ("Add note" if is_note else "Send reply")


def test_a_requester_never_sees_a_note(pane_of, ticket, sign_in):
    desk = sign_in("bob")
    desk.tickets.comment(ticket.id, NewComment(body="CANARY", internal=True))
    desk.tickets.comment(ticket.id, NewComment(body="Public answer"))
    pane = pane_of("alice", ticket, working=False)
    assert bodies(pane) == ["Third floor.", "Public answer"]
    texts = words(pane) + " ".join(bodies(pane))
    assert "CANARY" not in texts
    assert "note" not in texts


def test_a_locked_file_keeps_the_reply(impatient, pane_of, ticket, folder, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Precious words")
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        send(qtbot, pane)
        other.execute("ROLLBACK")
    assert "What you wrote is kept." in banner_of(pane).text
    assert pane.reply_box.text.toPlainText() == "Precious words"
    assert pane.reply_box.send_button.isEnabled()
    send(qtbot, pane)
    assert [c.body for c in sign_in("bob").tickets.view(ticket.id).comments] == ["Precious words"]
    assert banner_of(pane).text == ""


def test_ctrl_enter_and_a_double_click_send_once(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Once")
    with pane.seat.transport.held("comment"):
        qtbot.keyClick(pane.reply_box.text, Qt.Key_Return, Qt.ControlModifier)
        qtbot.keyClick(pane.reply_box.text, Qt.Key_Return, Qt.ControlModifier)
        click(qtbot, pane.reply_box.send_button)
        assert pane.reply_box.send_button.text() == "Sending…"
        qtbot.keyClicks(pane.reply_box.text, " more")
    pane.seat.settle()
    [comment] = sign_in("bob").tickets.view(ticket.id).comments
    assert comment.body == "Once"
    assert pane.reply_box.text.toPlainText() == ""
    assert not pane.reply_box.text.isReadOnly()


def test_going_on_while_a_reply_is_sent_mixes_nothing_up(pane_of, ticket, sign_in, qtbot):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "For the first")
    with pane.seat.transport.held("comment"):
        click(qtbot, pane.reply_box.send_button)
        pane.open(other.id)
        qtbot.waitUntil(lambda: shown(pane).id == other.id)
        assert pane.reply_box.text.toPlainText() == ""
        assert pane.reply_box.send_button.isEnabled()
        qtbot.keyClicks(pane.reply_box.text, "For the second")
    pane.seat.settle()
    assert pane.reply_box.text.toPlainText() == "For the second"
    assert pane.reply_box.send_button.isEnabled()
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: shown(pane).id == ticket.id)
    assert pane.reply_box.text.toPlainText() == "", "it was sent and is no draft any more"
    assert [c.body for c in sign_in("bob").tickets.view(ticket.id).comments] == ["For the first"]


def test_every_ticket_has_a_draft_of_its_own(pane_of, ticket, sign_in, qtbot):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "About the printer")
    pane.open(other.id)
    qtbot.waitUntil(lambda: shown(pane).id == other.id)
    assert pane.reply_box.text.toPlainText() == ""
    click(qtbot, button(pane.reply_box, "Internal note"))
    qtbot.keyClicks(pane.reply_box.text, "Between us")
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: shown(pane).id == ticket.id)
    assert pane.reply_box.text.toPlainText() == "About the printer"
    assert not pane.reply_box.is_note, "a note must not turn into a reply, nor a reply into a note"
    pane.open(other.id)
    qtbot.waitUntil(lambda: shown(pane).id == other.id)
    assert pane.reply_box.text.toPlainText() == "Between us"
    assert pane.reply_box.is_note
    assert "Only staff will read this" in words(pane.reply_box)


def test_switching_the_kind_of_a_draft_is_remembered(pane_of, ticket, sign_in, qtbot):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Not for her eyes")
    click(qtbot, button(pane.reply_box, "Internal note"))
    pane.open(other.id)
    qtbot.waitUntil(lambda: shown(pane).id == other.id)
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: shown(pane).id == ticket.id)
    assert pane.reply_box.is_note, "words meant for staff must not go to the requester"


def test_a_closed_ticket_of_staff_takes_notes_only(pane_of, ticket, sign_in, qtbot):
    desk = sign_in("bob")
    desk.tickets.change(ticket.id, TicketChange(status=Status.CLOSED, version=ticket.version))
    pane = pane_of("bob", ticket)
    assert pane.reply_box.is_note
    replies = [b for b in pane.reply_box.findChildren(QPushButton) if b.text() == "Reply"]
    assert not any(b.isVisible() and b.isEnabled() for b in replies), "a reply would be refused"


def test_what_somebody_else_writes_appears_and_the_draft_stays(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    pane.seat.feed.look()
    pane.seat.settle()
    qtbot.keyClicks(pane.reply_box.text, "I am about to")
    sign_in("frank").tickets.comment(ticket.id, NewComment(body="Frank was quicker"))
    qtbot.waitUntil(lambda: "Frank was quicker" in bodies(pane))
    assert pane.reply_box.text.toPlainText() == "I am about to"


def test_a_ticket_that_does_not_exist_says_so(seated, ticket, qtbot):
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    pane.open(ticket.id + 1_000)
    qtbot.waitUntil(lambda: f"HD-{ticket.id + 1_000} cannot be read here" in words(pane))
    assert states_of(pane).state == "empty"
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: states_of(pane).state == "content")


def test_a_ticket_that_could_not_be_read_can_be_tried_again(seated, ticket, qtbot):
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    with bob.transport.failing(Busy("Busy; try again."), "view"):
        pane.open(ticket.id)
        qtbot.waitUntil(lambda: states_of(pane).state == "failed")
        assert "Busy; try again." in words(pane)
    click(qtbot, button(pane, "Retry"))
    qtbot.waitUntil(lambda: states_of(pane).state == "content")
    assert shown(pane).id == ticket.id


def states_of(pane: TicketPane) -> StateView:
    states = pane.findChild(StateView)
    assert states is not None
    return states


def test_a_failed_refresh_leaves_the_ticket_and_the_words(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Unsent")
    with pane.seat.transport.failing(Busy("Busy; try again."), "view"):
        pane.refresh()
        pane.seat.settle()
    assert states_of(pane).state == "content", "what is shown is of use still"
    assert "Busy; try again." in banner_of(pane).text
    assert pane.reply_box.text.toPlainText() == "Unsent"
    pane.refresh()
    pane.seat.settle()
    assert banner_of(pane).text == "", "the desk answers again"


def test_only_the_last_ticket_asked_for_is_shown(pane_of, ticket, sign_in, qtbot):
    others = [sign_in("alice").tickets.open(NewTicket(subject=name)) for name in "abc"]
    pane = pane_of("bob", ticket)
    seen: list[int] = []
    with pane.seat.transport.held("view"):
        for other in others:
            pane.open(other.id)
    pane.seat.settle()
    seen.append(shown(pane).id)
    assert seen == [others[-1].id]


def test_two_hundred_comments_come_piece_by_piece(pane_of, ticket, sign_in, qtbot):
    alice = sign_in("alice")
    for position in range(200):
        alice.tickets.comment(ticket.id, NewComment(body=f"Comment {position}"))
    pane = pane_of("bob", ticket)
    qtbot.waitUntil(lambda: bodies(pane)[-1] == "Comment 199")
    shown_at_first = len(shown(pane).comments)
    assert shown_at_first < 200
    while len(shown(pane).comments) < 200:
        before = len(shown(pane).comments)
        earlier = next(b for b in pane.findChildren(QPushButton) if "earlier" in b.text())
        assert earlier.isVisible()
        assert earlier.height() >= earlier.sizeHint().height(), "its words can be read"
        assert cards(pane)[0].y() < earlier.y() < cards(pane)[1].y()
        click(qtbot, earlier)
        qtbot.waitUntil(lambda count=before: len(shown(pane).comments) > count, timeout=LONGEST_MS)
        pane.seat.settle()
    qtbot.waitUntil(lambda: len(bodies(pane)) == 201, timeout=LONGEST_MS)
    assert bodies(pane)[1:] == [f"Comment {position}" for position in range(200)]
    assert not [
        b for b in pane.findChildren(QPushButton) if "earlier" in b.text() and b.isVisible()
    ]


def test_earlier_comments_stay_when_something_changes(pane_of, ticket, sign_in, qtbot):
    alice = sign_in("alice")
    for position in range(60):
        alice.tickets.comment(ticket.id, NewComment(body=f"Comment {position}"))
    pane = pane_of("bob", ticket)
    earlier = next(b for b in pane.findChildren(QPushButton) if "earlier" in b.text())
    click(qtbot, earlier)
    qtbot.waitUntil(lambda: len(shown(pane).comments) == 60)
    pane.seat.settle()
    alice.tickets.comment(ticket.id, NewComment(body="One more"))
    pane.refresh()
    qtbot.waitUntil(lambda: "One more" in bodies(pane))
    assert "Comment 0" in bodies(pane), "what somebody reads must not vanish under their eyes"


def test_a_megabyte_is_cut_and_shown_whole_on_demand(pane_of, ticket, sign_in, qtbot):
    whole = ("A line of some length, over and over.\n" * 26_000)[:999_000]
    sign_in("alice").tickets.comment(ticket.id, NewComment(body=whole))
    pane = pane_of("bob", ticket)
    qtbot.waitUntil(lambda: len(bodies(pane)) == 2)
    assert len(bodies(pane)[1]) < 10_000
    click(qtbot, button(cards(pane)[1], "Show all of it"))
    dialog = pane.window().findChild(QDialog)
    assert dialog is not None
    text = dialog.findChild(QPlainTextEdit)
    assert text is not None
    assert text.toPlainText().strip() == whole.strip()
    dialog.reject()


def test_a_line_without_blanks_is_wrapped_not_cut(pane_of, ticket, sign_in, qtbot):
    sign_in("alice").tickets.comment(ticket.id, NewComment(body="https://x.example/" + "y" * 900))
    pane = pane_of("bob", ticket)
    qtbot.waitUntil(lambda: len(bodies(pane)) == 2)
    messages = pane.findChild(Messages)
    assert messages is not None
    assert messages.widget().width() <= messages.viewport().width()
    assert cards(pane)[1].height() > 100


@pytest.fixture
def opened_files(monkeypatch) -> list[str]:
    """Return what Qt is asked to load for showing text."""
    asked: list[str] = []
    real = QTextDocument.loadResource

    def loading(document: QTextDocument, kind: int, name: Any) -> Any:
        asked.append(name.toString())
        return real(document, kind, name)

    monkeypatch.setattr(QTextDocument, "loadResource", loading)
    return asked


def test_hostile_text_is_shown_as_it_was_typed(embedded, sign_in, pane_of, qtbot, opened_files):
    from helpdesk.core.schemas.users import UserChange

    admin = embedded.as_system()
    person = admin.users.named("alice")
    admin.users.change(person.id, UserChange(full_name=HOSTILE, version=person.version))
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject=HOSTILE, description=HOSTILE))
    alice.tickets.comment(ticket.id, NewComment(body=HOSTILE))
    pane = pane_of("bob", ticket, width=700)
    qtbot.waitUntil(lambda: len(bodies(pane)) == 2)
    assert bodies(pane) == [HOSTILE, HOSTILE]
    labels = [x for x in pane.findChildren(QLabel) if "hostname" in x.text()]
    assert labels
    for label in labels:
        assert label.textFormat() == Qt.PlainText, label.text()
    for widget in pane.findChildren(QWidget):
        tip = widget.toolTip()
        if "hostname" in tip:
            assert "<img" not in tip, "the tooltip would load the picture"
    banner = banner_of(pane)
    with pane.seat.transport.failing(Busy(HOSTILE), "change"):
        pick(pane.properties.priority, "Low")
        pane.seat.settle()
    assert HOSTILE in banner.text
    pane.grab()
    assert opened_files == []


def test_a_huge_paste_into_a_reply_is_refused(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    data = QMimeData()
    data.setText("x y\n" * 2_500_000)
    pane.reply_box.text.insertFromMimeData(data)
    assert pane.reply_box.text.toPlainText() == ""
    assert "at most 1,000,000 fit" in words(pane.reply_box)


def test_a_reply_that_grew_too_long_is_refused_and_kept(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    text = ("x" * 99 + "\n") * 10_000 + "!!"
    pane.reply_box.text.setPlainText(text)
    send(qtbot, pane)
    assert pane.reply_box.text.toPlainText() == text
    assert "1,000,000" in words(pane.reply_box)


@pytest.mark.parametrize("odd", ["a\x00b", "lone \ud83d", "\u202eturned", "Z\u0335" * 500])
def test_odd_characters_in_a_reply(pane_of, ticket, sign_in, qtbot, odd):
    pane = pane_of("bob", ticket)
    pane.reply_box.text.setPlainText(odd)
    send(qtbot, pane)
    assert pane.reply_box.text.toPlainText() == ""
    [comment] = sign_in("bob").tickets.view(ticket.id).comments
    assert "\x00" not in comment.body
    assert bodies(pane)[1] == comment.body


def test_a_narrow_pane_shows_the_fields_on_demand(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket, width=500)
    assert not pane.properties.isVisible()
    assert pane.reply_box.isVisible()
    click(qtbot, pane.details_button)
    assert pane.properties.isVisible()
    assert not pane.reply_box.isVisible()
    pane.resize(1000, 800)
    qtbot.waitUntil(lambda: pane.reply_box.isVisible() and pane.properties.isVisible())
    assert not pane.details_button.isVisible()


def test_in_a_narrow_pane_writing_brings_the_reply_to_the_front(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket, width=500)
    click(qtbot, pane.details_button)
    pane.reply()
    assert pane.reply_box.text.isVisible()
    assert pane.reply_box.text.hasFocus()


def test_the_newest_message_of_one_s_own_is_scrolled_to(pane_of, ticket, sign_in, qtbot):
    for position in range(20):
        sign_in("alice").tickets.comment(ticket.id, NewComment(body=f"{position}\n" * 5))
    pane = pane_of("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "See me")
    send(qtbot, pane)
    messages = pane.findChild(Messages)
    assert messages is not None
    bar = messages.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)


def test_after_sending_the_focus_is_no_longer_in_the_reply(pane_of, ticket, qtbot):
    pane = pane_of("bob", ticket)
    pane.reply()
    qtbot.keyClicks(pane.reply_box.text, "Fixed now.")
    click(qtbot, pane.reply_box.send_button)
    qtbot.waitUntil(lambda: len(shown(pane).comments) == 1)
    pane.seat.settle()
    assert not pane.reply_box.text.hasFocus(), "a secret typed next would go to the requester"


def test_a_note_begun_at_work_is_no_reply_where_tickets_are_read(pane_of, ticket, qtbot):
    at_work = pane_of("bob", ticket)
    at_work.note()
    qtbot.keyClicks(at_work.reply_box.text, "for staff only")
    reading = pane_of(at_work.seat, ticket, working=False)
    assert reading.reply_box.text.toPlainText() == ""
    qtbot.keyClicks(reading.reply_box.text, "x")
    reading.reply_box.text.clear()
    at_work.seat.drafts.flush()
    draft = at_work.seat.drafts.load(at_work.reply_box.place_of(ticket.id))
    assert draft == {"text": "for staff only", "kind": "note"}


def test_a_reply_that_arrived_leaves_no_draft_when_nobody_waits_for_the_answer(
    pane_of, ticket, qtbot
):
    pane = pane_of("bob", ticket)
    seat, box = pane.seat, pane.reply_box
    qtbot.keyClicks(box.text, "Fixed now.")
    seat.drafts.flush()
    with seat.transport.held("comment") as gate:
        click(qtbot, box.send_button)
        qtbot.waitUntil(lambda: seat.transport.count("comment") == 1)
        # The person leaves: drafts are written, and the answer reaches no window any more.
        seat.drafts.flush()
        gate.set()
        seat.background.shutdown()
    assert seat.drafts.load(box.place_of(ticket.id)) == {}


def test_a_note_of_a_colleague_appears(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob", ticket)
    pane.seat.feed.start()
    pane.seat.settle()
    sign_in("frank").tickets.comment(ticket.id, NewComment(body="I know this one.", internal=True))
    qtbot.waitUntil(lambda: "I know this one." in bodies(pane))


def test_a_ticket_with_comments_opens_at_the_newest(pane_of, ticket, sign_in, qtbot):
    bob = sign_in("bob")
    for number in range(12):
        bob.tickets.comment(ticket.id, NewComment(body=f"Line {number}\n" * 8))
    pane = pane_of("alice", ticket, working=False)
    bar = pane.findChild(Messages).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
