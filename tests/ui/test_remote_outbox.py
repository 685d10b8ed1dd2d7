# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written while the server is away: kept, shown, sent once, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import (
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.outbox_dialog import OutboxDialog
from helpdesk.ui.tickets.conflict_dialog import ConflictDialog
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.waiting_words import KEPT
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.state_view import StateView
from tests.ui.seats import LONGEST_MS, button, click, named


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(
        NewTicket(subject="The printer is jammed", description="Third floor.")
    )


@pytest.fixture
def window_of(away_seat, qtbot):
    """Return a function that opens the main window for somebody."""

    def opened(who: str) -> MainWindow:
        seat = away_seat(who)
        window = MainWindow(seat.desktop)
        seat.show(window, 1400, 900)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


@pytest.fixture
def pane_of(window_of, ticket, qtbot):
    """Return a function that shows the ticket to somebody in a tab of theirs."""

    def opened(who: str, key: str = "manage"):
        window = window_of(who)
        tab = window.open_tab(key)
        qtbot.waitUntil(lambda: tab.pane.ticket is not None, timeout=LONGEST_MS)
        window.seat.settle()
        tab.pane.seat = window.seat
        return tab.pane

    return opened


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def chips(widget: QWidget) -> list[str]:
    return [chip.text for chip in widget.findChildren(Chip) if chip.isVisible() and chip.text]


def cards(pane) -> list[MessageCard]:
    found = [card for card in pane.findChildren(MessageCard) if card.isVisible()]
    return sorted(found, key=lambda card: card.y())


def body(card: MessageCard) -> str:
    text: str = named(card, "Message").toPlainText()
    return text


def unsent(pane) -> list[MessageCard]:
    return [card for card in cards(pane) if set(chips(card)) & {"Waiting to be sent", "Not sent"}]


def reply(qtbot, pane, text: str) -> None:
    pane.reply_box.text.setPlainText(text)
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()


def pick(box, label: str) -> None:
    index = next(i for i in range(box.count()) if box.itemText(i).startswith(label))
    box.setCurrentIndex(index)
    box.activated.emit(index)


def outbox(window: MainWindow) -> OutboxDialog:
    window.desktop.link.outbox_wanted.emit()
    dialog = window.findChildren(OutboxDialog)[-1]
    assert dialog.isVisible()
    return dialog


def tickets_of(desk) -> list[str]:
    return [row.subject for row in desk.tickets.search(TicketQuery()).items]


# --- a new ticket -------------------------------------------------------------------------------


def test_a_ticket_is_kept_listed_and_sent_once(window_of, server, sign_in, qtbot):
    window = window_of("alice")
    tab: Any = window.open_tab("submit")
    server.go_away()
    tab.subject.setText("The printer is jammed")
    tab.description.setPlainText("Third floor.")
    click(qtbot, tab.submit_button)
    window.seat.settle()
    qtbot.waitUntil(lambda: "Waiting to be sent" in chips(tab))
    assert tab.findChild(Banner).text == KEPT
    assert (tab.subject.text(), tab.description.toPlainText()) == ("", "")
    assert "The printer is jammed" in words(tab)
    assert window.desktop.drafts.load("submit") == {}, "it would be offered a second time"
    server.come_back()
    qtbot.waitUntil(lambda: "Waiting to be sent" not in chips(tab), timeout=LONGEST_MS)
    assert tickets_of(sign_in("alice")) == ["The printer is jammed"]
    qtbot.waitUntil(lambda: chips(tab) == ["New"], timeout=LONGEST_MS)


def test_the_next_start_sends_what_was_kept(start_remote, server, sign_in, qtbot):
    from tests.conftest import PASSWORD
    from tests.ui.seats import enter

    app = start_remote()
    window = enter(qtbot, app, "alice", PASSWORD)
    server.go_away()
    tab: Any = window.open_tab("submit")
    tab.subject.setText("Kept over night")
    click(qtbot, tab.submit_button)
    qtbot.waitUntil(lambda: len(window.desktop.link.waiting) == 1, timeout=LONGEST_MS)
    app.stop()
    for each in QApplication.topLevelWidgets():
        each.hide()
    server.is_away = False
    enter(qtbot, start_remote(), "alice", PASSWORD)
    qtbot.waitUntil(lambda: tickets_of(sign_in("alice")) == ["Kept over night"], timeout=LONGEST_MS)


def test_a_refused_ticket_goes_back_into_the_form(window_of, server, sign_in, qtbot):
    window = window_of("alice")
    tab: Any = window.open_tab("submit")
    server.go_away()
    tab.subject.setText("Refused")
    tab.description.setPlainText("In vain.")
    tab.priority.setCurrentText("High")
    click(qtbot, tab.submit_button)
    window.seat.settle()
    server.faults["Tickets.open"] = Invalid("This category is no more.")
    server.come_back()
    qtbot.waitUntil(lambda: "Not sent" in chips(tab), timeout=LONGEST_MS)
    dialog = outbox(window)
    assert "New ticket: Refused" in words(dialog)
    assert "This category is no more." in words(dialog)
    qtbot.keyClicks(tab.subject, "Something else")
    click(qtbot, button(dialog, "Edit"))
    assert not dialog.isVisible()
    assert tab.subject.text() == "Refused"
    assert tab.description.toPlainText() == "In vain.\n\nSomething else"
    assert tab.priority.currentText() == "High"
    qtbot.waitUntil(lambda: window.desktop.link.actions == (), timeout=LONGEST_MS)
    assert window.desktop.drafts.load("submit")["subject"] == "Refused"


# --- a reply ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "key"), [("bob", "manage"), ("alice", "view")])
def test_a_reply_appears_at_once_and_becomes_a_real_one(
    pane_of, server, ticket, sign_in, qtbot, who, key
):
    pane = pane_of(who, key)
    server.go_away()
    reply(qtbot, pane, "Have you looked for paper?")
    qtbot.waitUntil(lambda: len(unsent(pane)) == 1)
    card = unsent(pane)[0]
    assert body(card) == "Have you looked for paper?"
    assert chips(card) == ["Waiting to be sent"]
    assert cards(pane)[-1] is card
    assert pane.reply_box.text.toPlainText() == ""
    assert pane.reply_box.send_button.isEnabled()
    server.come_back()
    qtbot.waitUntil(lambda: unsent(pane) == [], timeout=LONGEST_MS)
    assert [c.body for c in sign_in(who).tickets.view(ticket.id).comments] == [
        "Have you looked for paper?"
    ]
    qtbot.waitUntil(lambda: body(cards(pane)[-1]) == "Have you looked for paper?")


def test_a_waiting_reply_can_be_discarded_after_a_question(pane_of, server, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    server.go_away()
    reply(qtbot, pane, "Never mind")
    qtbot.waitUntil(lambda: len(unsent(pane)) == 1)
    for answer, left in (("Keep", 1), ("Discard", 0)):
        click(qtbot, button(unsent(pane)[0], "Discard"))
        question = pane.window().findChildren(Question)[-1]
        assert question.about.text() == f"Reply on {ticket.number}"
        click(qtbot, button(question, answer))
        pane.seat.settle()
        qtbot.waitUntil(lambda left=left: len(unsent(pane)) == left)
    server.come_back()
    pane.seat.settle()
    assert sign_in("bob").tickets.view(ticket.id).comments == ()


def test_a_refused_reply_says_why_and_goes_back_into_the_reply(
    pane_of, server, ticket, sign_in, qtbot
):
    pane = pane_of("alice", "view")
    server.go_away()
    reply(qtbot, pane, "Too late")
    bob = sign_in("bob")
    bob.tickets.change(ticket.id, TicketChange(status=Status.CLOSED, version=ticket.version))
    server.come_back()
    qtbot.waitUntil(lambda: [chips(c) for c in unsent(pane)] == [["Not sent"]], timeout=LONGEST_MS)
    card = unsent(pane)[0]
    assert "is closed; reopen it" in words(card)
    click(qtbot, button(card, "Copy text"))
    assert QApplication.clipboard().text() == "Too late"
    bob.tickets.change(
        ticket.id,
        TicketChange(status=Status.OPEN, version=bob.tickets.view(ticket.id).version),
    )
    qtbot.waitUntil(pane.reply_box.isVisible, timeout=LONGEST_MS)
    pane.reply_box.text.setPlainText("And I was about to say")
    click(qtbot, button(unsent(pane)[0], "Edit"))
    assert pane.reply_box.text.toPlainText() == "And I was about to say\n\nToo late"
    qtbot.waitUntil(lambda: unsent(pane) == [], timeout=LONGEST_MS)
    assert pane.seat.drafts.load(f"reply-{ticket.id}")["text"].endswith("Too late")


def test_a_refused_reply_can_be_sent_again(pane_of, server, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    server.go_away()
    reply(qtbot, pane, "Once more")
    server.faults["Tickets.comment"] = Invalid("Not now.")
    server.come_back()
    qtbot.waitUntil(lambda: [chips(c) for c in unsent(pane)] == [["Not sent"]], timeout=LONGEST_MS)
    server.faults.clear()
    click(qtbot, button(unsent(pane)[0], "Retry"))
    qtbot.waitUntil(lambda: unsent(pane) == [], timeout=LONGEST_MS)
    assert [c.body for c in sign_in("bob").tickets.view(ticket.id).comments] == ["Once more"]


def test_a_refused_note_never_becomes_a_reply(pane_of, server, ticket, qtbot):
    pane = pane_of("bob")
    server.go_away()
    click(qtbot, button(pane.reply_box, "Internal note"))
    reply(qtbot, pane, "Between us")
    click(qtbot, button(pane.reply_box, "Reply"))
    server.faults["Tickets.comment"] = Invalid("Not now.")
    server.come_back()
    qtbot.waitUntil(lambda: [chips(c) for c in unsent(pane)] != [], timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: "Not sent" in chips(unsent(pane)[0]), timeout=LONGEST_MS)
    click(qtbot, button(unsent(pane)[0], "Edit"))
    assert pane.reply_box.is_note
    assert pane.reply_box.text.toPlainText() == "Between us"


# --- a change -----------------------------------------------------------------------------------


def test_a_chosen_field_is_shown_with_a_mark_until_it_is_sent(
    pane_of, server, ticket, sign_in, qtbot
):
    pane = pane_of("bob")
    pane.show_fields()
    server.go_away()
    pick(pane.properties.priority, "Urgent")
    pane.seat.settle()
    qtbot.waitUntil(lambda: "Priority · waiting to be sent" in words(pane.properties))
    assert pane.properties.priority.currentText() == "Urgent"
    pane.refresh()
    pane.seat.settle()
    assert pane.properties.priority.currentText() == "Urgent"
    server.come_back()
    qtbot.waitUntil(lambda: "waiting" not in words(pane.properties), timeout=LONGEST_MS)
    assert pane.properties.priority.currentText() == "Urgent"
    assert sign_in("bob").tickets.view(ticket.id).priority is Priority.URGENT


def test_reply_and_changes_made_while_away_are_all_taken(pane_of, server, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    server.go_away()
    reply(qtbot, pane, "I am on it")
    pick(pane.properties.priority, "High")
    pane.seat.settle()
    pick(pane.properties.category, "Printing")
    pane.seat.settle()
    qtbot.waitUntil(lambda: len(pane.seat.link.waiting) == 3)
    server.come_back()
    qtbot.waitUntil(lambda: pane.seat.link.actions == (), timeout=LONGEST_MS)
    now = sign_in("bob").tickets.view(ticket.id)
    assert (now.priority, now.category.name, len(now.comments)) == (Priority.HIGH, "Printing", 1)


def test_a_change_that_met_another_is_compared(pane_of, server, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    server.go_away()
    pick(pane.properties.priority, "Low")
    pane.seat.settle()
    sign_in("frank").tickets.change(
        ticket.id, TicketChange(priority=Priority.URGENT, version=ticket.version)
    )
    server.come_back()
    qtbot.waitUntil(lambda: len(pane.seat.link.refusals) == 1, timeout=LONGEST_MS)
    dialog = outbox(pane.window())
    assert f"Priority of {ticket.number}: Low" in words(dialog)
    click(qtbot, button(dialog, "Compare…"))
    qtbot.waitUntil(lambda: pane.window().findChild(ConflictDialog) is not None, timeout=LONGEST_MS)
    conflict = pane.window().findChild(ConflictDialog)
    assert "Frank Osei" in words(conflict)
    click(qtbot, conflict.save_button)
    qtbot.waitUntil(lambda: pane.seat.link.actions == (), timeout=LONGEST_MS)
    assert sign_in("bob").tickets.view(ticket.id).priority is Priority.LOW


def test_only_what_was_sent_is_told_as_sent(pane_of, server, ticket, qtbot):
    pane = pane_of("bob")
    link = pane.seat.link
    told: list[int] = []
    link.sent.connect(told.append)
    server.go_away()
    for text in ("Discarded elsewhere", "Sent"):
        reply(qtbot, pane, text)
    qtbot.waitUntil(lambda: len(link.waiting) == 2, timeout=LONGEST_MS)
    first = link.waiting[0]
    # A window of the same person, which this one does not know of, discards it.
    qtbot.waitUntil(lambda: pane.seat.remote.outbox.discard(first.id), timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: len(link.waiting) == 1, timeout=LONGEST_MS)
    server.come_back()
    qtbot.waitUntil(lambda: link.actions == (), timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: told != [], timeout=LONGEST_MS)
    assert told == [1]


def test_what_vanishes_with_the_session_is_not_told_as_sent(pane_of, server, ticket, qtbot):
    pane = pane_of("bob")
    link = pane.seat.link
    told: list[int] = []
    link.sent.connect(told.append)
    server.go_away()
    reply(qtbot, pane, "Still here")
    qtbot.waitUntil(lambda: len(link.waiting) == 1, timeout=LONGEST_MS)
    pane.seat.remote.outbox.signed_out()
    qtbot.waitUntil(lambda: link.actions == (), timeout=LONGEST_MS)
    pane.seat.settle()
    assert told == []


# --- the list of it -----------------------------------------------------------------------------


def test_the_dialog_names_everything_in_plain_words(pane_of, server, ticket, qtbot):
    pane = pane_of("bob")
    server.go_away()
    reply(qtbot, pane, "Have you looked for paper?")
    pick(pane.properties.priority, "Urgent")
    pane.seat.settle()
    pick(pane.properties.category, "Printing")
    pane.seat.settle()
    qtbot.waitUntil(lambda: len(pane.seat.link.waiting) == 3)
    dialog = outbox(pane.window())
    said = words(dialog)
    assert f"Reply on {ticket.number}" in said
    assert f"Priority of {ticket.number}: Urgent" in said
    assert f"Category of {ticket.number}: Printing" in said
    assert "sent as soon as the server answers" in said
    assert chips(dialog) == ["Waiting to be sent"] * 3
    nameless = [
        b
        for b in dialog.findChildren(QPushButton)
        if b.isVisible() and not (b.accessibleName() or b.text())
    ]
    assert nameless == []
    server.come_back()
    states = dialog.findChild(StateView)
    assert states is not None
    qtbot.waitUntil(lambda: states.state == "empty", timeout=LONGEST_MS)
    assert "Nothing waits" in words(dialog)
    dialog.accept()


def test_another_person_sees_nothing_of_what_waits(start_remote, server, qtbot):
    from tests.conftest import PASSWORD
    from tests.ui.seats import calm, enter

    app = start_remote()
    window = enter(qtbot, app, "alice", PASSWORD)
    server.go_away()
    tab: Any = window.open_tab("submit")
    tab.subject.setText("Alice's secret")
    click(qtbot, tab.submit_button)
    qtbot.waitUntil(lambda: len(window.desktop.link.waiting) == 1, timeout=LONGEST_MS)
    server.is_away = False
    server.faults["Tickets.open"] = Invalid("Not now.")
    window.sign_out()
    calm(qtbot, app)
    window = enter(qtbot, app, "erin", PASSWORD)
    calm(qtbot, app)
    assert window.desktop.link.actions == ()
