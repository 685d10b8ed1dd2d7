# SPDX-License-Identifier: GPL-3.0-or-later
"""A reply on its way: it waits, can be kept back, and is looked at before it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication, QLabel, QListWidget, QPushButton, QWidget

from helpdesk.core.schemas.macros import MacroActions, MacroSettings
from helpdesk.core.schemas.presence import Present
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.tickets import sending
from helpdesk.ui.tickets.macros.picker import MacroPicker
from helpdesk.ui.tickets.rail import RailDialog
from helpdesk.ui.tickets.stale_dialog import StaleDialog
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import LONGEST_MS, click, shown

W = TypeVar("W", bound=QWidget)
REPLY = "Please restart it."
ERIN = 2
NOTE = "CANARY: the requester shouted at the second line on Monday and was wrong about it."


@pytest.fixture
def tickets(sign_in) -> list[TicketView]:
    alice = sign_in("alice")
    return [alice.tickets.open(NewTicket(subject=f"Printer {number}")) for number in range(2)]


@pytest.fixture
def pane_of(seated, qtbot):
    def open_pane(who: str, ticket: TicketView, *, listens: bool = True) -> Any:
        seat = seated(who)
        pane: Any = TicketPane(seat.desktop, working=who != "alice")
        if listens:
            seat.feed.look()
            seat.desktop.feed.changed.connect(lambda *_: pane.refresh())
        pane.articles.ticket_wanted.connect(pane.open)
        pane.seat = seat
        seat.show(pane, 1000)
        go_to(qtbot, pane, ticket)
        return pane

    return open_pane


def go_to(qtbot, pane: Any, ticket: TicketView) -> None:
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: pane.ticket is not None and pane.ticket.id == ticket.id)
    pane.seat.settle()


def write(qtbot, pane: Any, text: str) -> None:
    pane.reply_box.text.setFocus()
    qtbot.keyClicks(pane.reply_box.text, text)
    qtbot.keyClick(pane.reply_box.text, Qt.Key_Return, Qt.ControlModifier)
    pane.seat.settle()


def dialog(pane: QWidget, kind: type[W]) -> W:
    found = [each for each in pane.window().findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def bodies(sign_in, who: str, ticket: TicketView) -> list[str]:
    return [each.body for each in sign_in(who).tickets.view(ticket.id).comments]


# --- ten seconds ----------------------------------------------------------------------------------


def test_a_reply_waits_and_can_be_kept_back(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, REPLY)
    assert pane.conversing.card.text == "Sending in 30 s"
    assert pane.reply_box.text.toPlainText() == ""
    assert bodies(sign_in, "alice", tickets[0]) == []
    go_to(qtbot, pane, tickets[1])
    assert pane.conversing.card.text == ""
    write(qtbot, pane, "And this too.")
    assert len(pane.seat.desktop.sendings.waiting) == 2
    assert pane.seat.desktop.sendings.undo_newest()
    assert pane.reply_box.text.toPlainText() == "And this too."
    assert pane.seat.desktop.sendings.undo_newest()
    qtbot.waitUntil(lambda: shown(pane).id == tickets[0].id)
    pane.seat.settle()
    assert pane.reply_box.text.toPlainText() == REPLY
    assert not pane.seat.desktop.sendings.undo_newest()
    assert bodies(sign_in, "alice", tickets[0]) == []


def test_what_is_kept_back_is_not_said_to_leave(pane_of, tickets, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, REPLY)
    go_to(qtbot, pane, tickets[1])
    assert len(toasts_of(pane.window())) == 1
    assert pane.seat.desktop.sendings.undo_newest()
    assert toasts_of(pane.window()) == []
    qtbot.waitUntil(lambda: shown(pane).id == tickets[0].id)
    pane.seat.settle()


def test_a_reply_leaves_by_itself_with_its_status(pane_of, tickets, sign_in, qtbot, monkeypatch):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 5)
    reply = f"Dear Sean,\n\nit is done.\n{REPLY}"
    pane.reply_box.text.setPlainText(reply)
    pane.reply_box.text.setFocus()
    qtbot.keyClick(pane.reply_box.text, Qt.Key_3, Qt.AltModifier)
    (waiting,) = pane.seat.desktop.sendings.waiting
    assert waiting.new.status is Status.RESOLVED
    assert "and set Resolved" in words(pane.conversing.card)
    assert "Dear Sean,\nit is done." in words(pane.conversing.card), "paragraphs run together"
    go_to(qtbot, pane, tickets[1])
    waiting.ends.setRemainingTime(0)
    qtbot.waitUntil(lambda: not pane.seat.desktop.sendings.waiting, timeout=LONGEST_MS)
    assert bodies(sign_in, "alice", tickets[0]) == [reply]
    assert sign_in("bob").tickets.view(tickets[0].id).status is Status.RESOLVED
    assert pane.seat.drafts.places_in(f"sending-work-{tickets[0].id}") == ()


def test_a_note_does_not_wait_and_zero_sends_at_once(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    pane.note()
    write(qtbot, pane, NOTE)
    assert bodies(sign_in, "bob", tickets[0]) == [NOTE]
    assert bodies(sign_in, "alice", tickets[0]) == []
    sending.choose_seconds(pane.seat.desktop, 0)
    pane.reply()
    write(qtbot, pane, REPLY)
    assert bodies(sign_in, "alice", tickets[0]) == [REPLY]


def test_what_waits_at_a_crash_is_a_draft(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, REPLY)
    pane.reply_box.text.setPlainText("A second thought.")
    pane.seat.drafts.flush()
    again = pane_of("bob", tickets[0])
    assert again.reply_box.text.toPlainText() == f"{REPLY}\n\nA second thought."
    again.seat.drafts.flush()
    assert again.seat.drafts.places_in(f"sending-work-{tickets[0].id}") == ()
    assert bodies(sign_in, "alice", tickets[0]) == []


def type_and_send(qtbot, pane: Any, text: str) -> None:
    """Write while an earlier reply is held on its way."""
    pane.reply_box.text.setFocus()
    qtbot.keyClicks(pane.reply_box.text, text)
    qtbot.keyClick(pane.reply_box.text, Qt.Key_Return, Qt.ControlModifier)


def test_each_reply_that_waits_has_a_draft_of_its_own(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    sendings, drafts = pane.seat.desktop.sendings, pane.seat.drafts
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, "First.")
    with pane.seat.transport.held("comment") as gate:
        type_and_send(qtbot, pane, "Second.")
        drafts.flush()
        places = drafts.places_in(f"sending-work-{tickets[0].id}")
        kept = [drafts.load(each)["text"] for each in places]
        assert kept == ["First.", "Second."]
        gate.set()
        qtbot.waitUntil(lambda: len(sendings.waiting) == 1, timeout=LONGEST_MS)
        pane.seat.settle()
    assert bodies(sign_in, "alice", tickets[0]) == ["First."]
    again = pane_of("bob", tickets[0])
    assert again.reply_box.text.toPlainText() == "Second."


def test_all_that_wait_at_a_crash_are_one_draft(pane_of, tickets, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, "First.")
    with pane.seat.transport.held("comment") as gate:
        type_and_send(qtbot, pane, "Second.")
        pane.reply_box.text.setPlainText("Third.")
        pane.seat.drafts.flush()
        again = pane_of("bob", tickets[0])
        assert again.reply_box.text.toPlainText() == "First.\n\nSecond.\n\nThird."
        gate.set()
        pane.seat.settle()


def test_what_waits_leaves_before_the_window_closes(pane_of, tickets, sign_in, qtbot):
    pane, done = pane_of("bob", tickets[0]), []
    sending.choose_seconds(pane.seat.desktop, 30)
    write(qtbot, pane, REPLY)
    assert pane.seat.desktop.sendings.finish(lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=LONGEST_MS)
    assert bodies(sign_in, "alice", tickets[0]) == [REPLY]
    assert not pane.seat.desktop.sendings.finish(lambda: done.append(True))


def paste_picture(qtbot, pane: Any) -> Path:
    picture = QImage(40, 30, QImage.Format_RGB32)
    picture.fill(Qt.red)
    QApplication.clipboard().setImage(picture)
    pane.reply_box.text.setFocus()
    qtbot.keyClick(pane.reply_box.text, Qt.Key_V, Qt.ControlModifier)
    qtbot.waitUntil(lambda: len(pane.reply_files.tray.keys) == 1, timeout=LONGEST_MS)
    (kept,) = json.loads(pane.reply_files.tray.draft()["files"])
    return Path(kept[1])


def test_a_pasted_picture_lives_until_its_reply_is_sent(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    sendings = pane.seat.desktop.sendings
    sending.choose_seconds(pane.seat.desktop, 30)
    kept = paste_picture(qtbot, pane)
    keys = pane.reply_files.tray.keys
    write(qtbot, pane, REPLY)
    assert kept.exists()
    # Its tray is gone with its ticket; what comes back must bring the file along.
    go_to(qtbot, pane, tickets[1])
    assert sendings.undo_newest()
    qtbot.waitUntil(lambda: shown(pane).id == tickets[0].id)
    pane.seat.settle()
    assert pane.reply_files.tray.keys == keys
    assert pane.reply_files.tray.sentence == ""
    assert pane.seat.transport.count("begin") == 1
    write(qtbot, pane, "")
    sendings.send_now(sendings.waiting[0])
    qtbot.waitUntil(lambda: not sendings.waiting, timeout=LONGEST_MS)
    (comment,) = sign_in("alice").tickets.view(tickets[0].id).comments
    assert [each.key for each in comment.attachments] == list(keys)
    assert not kept.exists()


def test_a_pasted_picture_is_there_after_a_crash(pane_of, tickets, qtbot):
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    paste_picture(qtbot, pane)
    write(qtbot, pane, REPLY)
    pane.seat.drafts.flush()
    again = pane_of("bob", tickets[0])
    tray = again.reply_files.tray
    qtbot.waitUntil(lambda: len(tray.keys) == 1, timeout=LONGEST_MS)
    assert tray.sentence == ""


# --- the rail -------------------------------------------------------------------------------------


def test_who_will_read_it_is_named(pane_of, tickets, sign_in):
    pane = pane_of("bob", tickets[0])
    assert pane.reply_box.readers == "To Alice Moreau (alice@corp.example)"
    for person_id in (ERIN, pane.seat.desktop.person.id):
        sign_in("bob").watchers.add(tickets[0].id, person_id)
    pane.refresh()
    pane.seat.settle()
    followed = "To Alice Moreau (alice@corp.example), followed by Erin Sato (not of the staff)"
    assert pane.reply_box.readers == followed, "nobody is told of oneself"
    assert followed in words(pane.reply_box)
    pane.reply_box.show_followers(tickets[0].id, ("Ann", "Ben", "Cleo", "Dora", "Eve", "Finn"))
    assert "followed by Ann, Ben, Cleo, Dora, 2 others" in words(pane.reply_box)
    assert pane.reply_box.readers.endswith("Eve, Finn")
    pane.note()
    assert "Only staff will read this" in words(pane.reply_box)
    assert pane.reply_box.send_button.text() == "Add note"
    assert pane.reply_box.property("kind") == "note"


def test_a_password_in_a_reply_is_asked_about(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    write(qtbot, pane, "The password is Tr0ub4dor&3.")
    asked = dialog(pane, RailDialog)
    assert "a password or code" in words(asked)
    assert "Line 1" in words(asked)
    assert "Alice Moreau (alice@corp.example)" in words(asked)
    assert "Tr0ub4dor" not in words(asked)
    qtbot.keyClick(asked, Qt.Key_Escape)
    assert bodies(sign_in, "alice", tickets[0]) == []
    assert pane.reply_box.text.toPlainText() == "The password is Tr0ub4dor&3."
    pane.reply_box.send_button.click()
    click(qtbot, dialog(pane, RailDialog).send_button)
    pane.seat.settle()
    assert bodies(sign_in, "alice", tickets[0]) == ["The password is Tr0ub4dor&3."]


def test_a_note_that_becomes_a_reply_says_what_it_holds(pane_of, tickets, sign_in, qtbot):
    sign_in("frank").tickets.comment(tickets[0].id, NewComment(body=NOTE, internal=True))
    pane = pane_of("bob", tickets[0])
    pane.note()
    pane.reply_box.text.setPlainText(f"> {NOTE}\nAgreed.")
    pane.reply()
    assert "quotes the internal note of Frank Osei" in pane.conversing.rail.text
    pane.reply_box.send_button.click()
    asked = dialog(pane, RailDialog)
    qtbot.waitUntil(lambda: asked.isActiveWindow())
    qtbot.keyClick(asked, Qt.Key_Escape)
    pane.seat.settle()
    assert bodies(sign_in, "alice", tickets[0]) == []


def test_a_note_never_becomes_a_reply_by_a_canned_one(pane_of, tickets, sign_in, qtbot):
    sign_in("bob").macros.add(MacroSettings(name="Hello", body="Hello."))
    pane = pane_of("bob", tickets[0])
    pane.note()
    qtbot.keyClicks(pane.reply_box.text, "CANARY ")
    picker = open_picker(qtbot, pane)
    qtbot.keyClick(picker.field, Qt.Key_Return, Qt.ControlModifier)
    pane.seat.settle()
    assert pane.reply_box.is_note
    assert "CANARY" in pane.reply_box.text.toPlainText()
    assert bodies(sign_in, "alice", tickets[0]) == []


# --- a reply on a changed ticket ------------------------------------------------------------------


def test_what_comes_while_one_writes_is_shown_and_asked_about(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0])
    qtbot.keyClicks(pane.reply_box.text, REPLY)
    sign_in("alice").tickets.comment(tickets[0].id, NewComment(body="It works <b>again</b>."))
    qtbot.waitUntil(lambda: bool(pane.conversing.news.text), timeout=LONGEST_MS)
    assert pane.conversing.news.text == "Alice Moreau replied while you were writing."
    pane.reply_box.send_button.click()
    asked = dialog(pane, StaleDialog)
    qtbot.keyClick(asked, Qt.Key_Escape)
    assert pane.reply_box.text.toPlainText() == REPLY
    pane.reply_box.send_button.click()
    click(qtbot, dialog(pane, StaleDialog).note_button)
    pane.seat.settle()
    last = sign_in("bob").tickets.view(tickets[0].id).comments[-1]
    assert (last.body, last.internal) == (REPLY, True)


def test_what_the_window_has_not_seen_the_desk_asks_about(pane_of, tickets, sign_in, qtbot):
    pane = pane_of("bob", tickets[0], listens=False)
    frank = sign_in("frank")
    frank.tickets.comment(tickets[0].id, NewComment(body="I have it.", status=Status.IN_PROGRESS))
    write(qtbot, pane, REPLY)
    asked = dialog(pane, StaleDialog)
    assert "Frank Osei set the status to In Progress" in words(asked)
    assert bodies(sign_in, "alice", tickets[0]) == ["I have it."]
    click(qtbot, asked.send_button)
    pane.seat.settle()
    assert bodies(sign_in, "alice", tickets[0]) == ["I have it.", REPLY]
    assert pane.reply_box.text.toPlainText() == ""


# --- canned replies -------------------------------------------------------------------------------


def open_picker(qtbot, pane: Any) -> MacroPicker:
    pane.reply_box.text.setFocus()
    qtbot.keyClick(pane.reply_box.text, Qt.Key_M, Qt.ControlModifier)
    pane.seat.settle()
    return dialog(pane, MacroPicker)


def test_a_canned_reply_by_keys(pane_of, tickets, sign_in, qtbot):
    bob = sign_in("bob")
    actions = MacroActions(status=Status.AWAITING_CUSTOMER, assign_to_me=True)
    body = "Dear {{ ticket.requester.first_name }}, see {{ ticket.number }}."
    bob.macros.add(MacroSettings(name="Which computer", body=body, actions=actions))
    bob.macros.add(MacroSettings(name="Zebra", body="{{ ticket.assignee.name }}"))
    pane = pane_of("bob", tickets[0])
    qtbot.keyClicks(pane.reply_box.text, "/")
    pane.seat.settle()
    picker = dialog(pane, MacroPicker)
    qtbot.keyClicks(picker.field, "zebra")
    pane.seat.settle()
    assert not picker.apply_button.isEnabled()
    assert "no value" in words(picker)
    picker.field.clear()
    qtbot.keyClicks(picker.field, "computer")
    pane.seat.settle()
    qtbot.keyClick(picker.field, Qt.Key_Return)
    expected = f"Dear Alice, see {tickets[0].number}."
    assert pane.reply_box.text.toPlainText() == expected
    pane.reply_box.text.clear()
    click(qtbot, pane.conversing.macro_button)
    pane.seat.settle()
    picker = dialog(pane, MacroPicker)
    qtbot.keyClicks(picker.field, "which")
    pane.seat.settle()
    qtbot.keyClick(picker.field, Qt.Key_Return, Qt.ControlModifier)
    pane.seat.settle()
    done = bob.tickets.view(tickets[0].id)
    assert [each.body for each in done.comments] == [expected]
    assert done.status is Status.AWAITING_CUSTOMER
    assert done.assignee is not None
    assert [each.used for each in bob.macros.all()] == [2, 0]


CANNED = MacroSettings(
    name="Ask back",
    body="Which computer?",
    actions=MacroActions(
        status=Status.AWAITING_CUSTOMER, priority=Priority.HIGH, add_tags=("vpn",)
    ),
)


def item_text(rows: QListWidget, row: int) -> str:
    item = rows.item(row)
    return item.text() if item else ""


def test_canned_replies_lie_in_folders(pane_of, tickets, sign_in, qtbot):
    bob = sign_in("bob")
    for name, folder in (("Bye", "Closing"), ("Hello", "First answers"), ("Done", "Closing")):
        bob.macros.add(MacroSettings(name=name, folder=folder, body="Hello."))
    bob.macros.add(MacroSettings(name="Urgent", actions=MacroActions(priority=Priority.HIGH)))
    pane = pane_of("bob", tickets[0])
    picker = open_picker(qtbot, pane)
    rows = [item_text(picker.rows, row).strip() for row in range(picker.rows.count())]
    assert rows == ["Urgent", "Closing", "Bye", "Done", "First answers", "Hello"]
    assert picker.apply_button.text() == "&Apply"
    qtbot.keyClick(picker.field, Qt.Key_Down)
    pane.seat.settle()
    assert picker.chosen is not None, "a folder was chosen"
    assert picker.chosen.name == "Bye"
    click(qtbot, picker.insert_button)


def apply_canned(qtbot, pane: Any) -> None:
    picker = open_picker(qtbot, pane)
    qtbot.keyClick(picker.field, Qt.Key_Return, Qt.ControlModifier)
    pane.seat.settle()


def state(sign_in, ticket: TicketView) -> tuple[Any, ...]:
    now = sign_in("bob").tickets.view(ticket.id)
    return [each.body for each in now.comments], now.status, now.priority, now.tags


def test_a_canned_reply_kept_back_still_sets_what_it_sets(pane_of, tickets, sign_in, qtbot):
    sign_in("bob").macros.add(CANNED)
    pane = pane_of("bob", tickets[0])
    sendings = pane.seat.desktop.sendings
    sending.choose_seconds(pane.seat.desktop, 30)
    apply_canned(qtbot, pane)
    assert pane.conversing.sets.text == ""
    also = "and set Status: Awaiting Customer Response, Priority: High, Assignee: you, Tags: vpn"
    assert also in words(pane.conversing.card)
    assert sendings.undo_newest()
    pane.seat.settle()
    assert pane.conversing.sets.text.startswith("Sending this also sets")
    assert "Ask back" in pane.conversing.sets.text
    qtbot.keyClicks(pane.reply_box.text, " It is for me.")
    click(qtbot, pane.reply_box.send_button)
    sendings.send_now(sendings.waiting[0])
    qtbot.waitUntil(lambda: not sendings.waiting, timeout=LONGEST_MS)
    said = ["Which computer? It is for me."]
    assert state(sign_in, tickets[0]) == (
        said, Status.AWAITING_CUSTOMER, Priority.HIGH, ("vpn",),
    )  # fmt: skip
    assert pane.conversing.sets.text == ""


def test_a_canned_reply_still_sets_what_it_sets_after_a_crash(pane_of, tickets, sign_in, qtbot):
    sign_in("bob").macros.add(CANNED)
    pane = pane_of("bob", tickets[0])
    sending.choose_seconds(pane.seat.desktop, 30)
    apply_canned(qtbot, pane)
    pane.seat.drafts.flush()
    again = pane_of("bob", tickets[0])
    sending.choose_seconds(again.seat.desktop, 0)
    again.reply_box.text.setFocus()
    qtbot.keyClick(again.reply_box.text, Qt.Key_3, Qt.AltModifier)
    again.seat.settle()
    assert state(sign_in, tickets[0]) == (
        ["Which computer?"], Status.RESOLVED, Priority.HIGH, ("vpn",),
    )  # fmt: skip


def test_what_a_canned_reply_sets_can_be_left_out(pane_of, tickets, sign_in, qtbot):
    sign_in("bob").macros.add(CANNED)
    pane = pane_of("bob", tickets[0])
    sendings = pane.seat.desktop.sendings
    sending.choose_seconds(pane.seat.desktop, 30)
    apply_canned(qtbot, pane)
    assert sendings.undo_newest()
    pane.seat.settle()
    click(qtbot, action_of(pane.conversing.sets))
    click(qtbot, pane.reply_box.send_button)
    sendings.send_now(sendings.waiting[0])
    qtbot.waitUntil(lambda: not sendings.waiting, timeout=LONGEST_MS)
    # Who takes up a ticket opens it, as with every reply.
    assert state(sign_in, tickets[0])[2:] == (Priority.MEDIUM, ())


def action_of(banner: QWidget) -> QPushButton:
    (button,) = [each for each in banner.findChildren(QPushButton) if each.isVisible()]
    return button


# --- who else is there ----------------------------------------------------------------------------


def test_the_strip_says_who_looks_and_who_writes(pane_of, tickets):
    pane = pane_of("bob", tickets[0])
    known = pane.seat.desktop.presence
    strip = pane.conversing.strip
    assert strip.text == ""
    frank = PersonRef(id=4, full_name="Frank Osei")
    dana = PersonRef(id=6, full_name="Dana Whitfield")

    def at(person: PersonRef, *, typing: bool) -> Present:
        return Present(ticket_id=tickets[0].id, person=person, typing=typing, expires_in=40)

    known.show((at(frank, typing=False),))
    assert strip.text == "Frank is looking"
    known.show((at(dana, typing=True), at(frank, typing=False)))
    assert strip.text == "Dana is writing… · 1 more"
    assert [each.person.id for each in known.of(tickets[0].id)] == [6, 4]
    known.show(())
    assert strip.text == ""
    known.stop()
