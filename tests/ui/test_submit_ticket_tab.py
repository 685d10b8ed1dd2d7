# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket is submitted with two fields and a button, and nothing typed is ever lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from PyQt5.QtCore import QMimeData, Qt
from PyQt5.QtGui import QTextCursor
from PyQt5.QtWidgets import QApplication, QLabel

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketQuery
from helpdesk.core.text import BODY_LIMIT, SUBJECT_LIMIT
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.widgets.banner import Banner
from tests.ui.seats import button, click

LONG = ("x" * 99 + "\n") * (BODY_LIMIT // 100)


@pytest.fixture
def alice(seated):
    return seated("alice")


@pytest.fixture
def tab(alice) -> SubmitTicketTab:
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    return tab


@pytest.fixture
def tickets_of(sign_in):
    """Return a function that lists somebody's tickets as the desk knows them."""

    def of(username: str):
        desk = sign_in(username)
        person = desk.sessions.current().user
        rows = desk.tickets.search(TicketQuery(requester_ids=(person.id,))).items
        return [desk.tickets.view(row.id) for row in rows]

    return of


def banner_of(tab: SubmitTicketTab) -> Banner:
    banner = tab.findChild(Banner)
    assert banner is not None
    return banner


def errors_of(tab: SubmitTicketTab) -> list[str]:
    labels = tab.findChildren(QLabel)
    return [x.text() for x in labels if x.property("role") == "error" and x.isVisible()]


def submit(qtbot, tab: SubmitTicketTab, alice) -> None:
    click(qtbot, tab.submit_button)
    alice.settle()


def test_two_fields_and_a_button_are_enough(tab, alice, qtbot, tickets_of):
    qtbot.keyClicks(tab.subject, "The printer is jammed")
    qtbot.keyClicks(tab.description, "Third floor, since Monday.")
    with qtbot.waitSignal(tab.submitted) as submitted:
        click(qtbot, tab.submit_button)
    [ticket] = tickets_of("alice")
    assert submitted.args[0].id == ticket.id
    assert (ticket.subject, ticket.description) == (
        "The printer is jammed",
        "Third floor, since Monday.",
    )
    assert ticket.priority is Priority.MEDIUM
    assert ticket.category is None
    assert ticket.number in banner_of(tab).text
    assert (tab.subject.text(), tab.description.toPlainText()) == ("", "")
    assert tab.subject.hasFocus()


def test_the_new_ticket_can_be_opened_from_the_banner(tab, alice, qtbot):
    qtbot.keyClicks(tab.subject, "Show me")
    with qtbot.waitSignal(tab.submitted) as submitted:
        click(qtbot, tab.submit_button)
    with qtbot.waitSignal(tab.wanted) as wanted:
        click(qtbot, button(banner_of(tab), "Open it"))
    assert wanted.args == [submitted.args[0].id]


def test_category_and_priority_are_taken(tab, alice, qtbot, tickets_of):
    qtbot.waitUntil(lambda: tab.category.count() > 1)
    qtbot.keyClicks(tab.subject, "Key card")
    qtbot.keyClick(tab.category, Qt.Key_Down)
    qtbot.keyClick(tab.priority, Qt.Key_End)
    name = tab.category.currentText()
    submit(qtbot, tab, alice)
    [ticket] = tickets_of("alice")
    assert (ticket.category.name, ticket.priority) == (name, Priority.URGENT)
    assert tab.category.currentData() is None, "the next ticket is about something else"
    assert tab.priority.currentData() is Priority.MEDIUM


def test_an_empty_form_says_what_happens_next(tab):
    sentences = " ".join(label.text() for label in tab.findChildren(QLabel))
    assert "As you write, you see here by when it is answered." in sentences


@pytest.mark.parametrize("typed", ["", "   "])
def test_an_empty_form_says_what_is_missing(tab, alice, qtbot, tickets_of, typed):
    qtbot.keyClicks(tab.subject, typed)
    submit(qtbot, tab, alice)
    assert errors_of(tab) == ["Say in a few words what is wrong."]
    assert tab.subject.hasFocus()
    assert alice.transport.count("open") == 0
    qtbot.keyClicks(tab.subject, "x")
    assert errors_of(tab) == []


def test_a_description_alone_is_a_ticket(tab, alice, qtbot, tickets_of):
    qtbot.keyClicks(tab.description, "The lift speaks Danish.")
    submit(qtbot, tab, alice)
    assert [t.subject for t in tickets_of("alice")] == ["The lift speaks Danish."]


def test_an_overlong_subject_is_kept_and_explained(tab, alice, qtbot):
    tab.subject.setText("x" * (SUBJECT_LIMIT + 1))
    submit(qtbot, tab, alice)
    [sentence] = errors_of(tab)
    assert str(SUBJECT_LIMIT) in sentence
    assert len(tab.subject.text()) == SUBJECT_LIMIT + 1
    assert alice.transport.count("open") == 0


def test_a_huge_paste_is_refused_with_a_sentence_and_nothing_is_lost(tab, qtbot):
    qtbot.keyClicks(tab.description, "before ")
    data = QMimeData()
    data.setText("x y\n" * 2_500_000)
    tab.description.insertFromMimeData(data)
    assert tab.description.toPlainText() == "before "
    [sentence] = errors_of(tab)
    assert f"{BODY_LIMIT:,}" in sentence
    QApplication.clipboard().setText("and after")
    qtbot.keyClick(tab.description, Qt.Key_V, Qt.ControlModifier)
    assert tab.description.toPlainText() == "before and after"
    assert errors_of(tab) == []


def test_a_paste_in_place_of_a_long_text_is_taken(tab):
    tab.description.setPlainText(LONG)
    tab.description.selectAll()
    data = QMimeData()
    data.setText("short")
    tab.description.insertFromMimeData(data)
    assert tab.description.toPlainText() == "short"


def test_a_line_that_would_freeze_the_window_is_refused(tab, qtbot):
    data = QMimeData()
    data.setText("short\n" + "x" * 500_000)
    tab.description.insertFromMimeData(data)
    assert tab.description.toPlainText() == ""
    [sentence] = errors_of(tab)
    assert "500,000" in sentence


def test_a_text_that_grew_too_long_is_refused_and_kept(tab, alice, qtbot):
    tab.description.setPlainText(LONG)
    tab.description.moveCursor(QTextCursor.End)
    qtbot.keyClicks(tab.description, "!!")
    submit(qtbot, tab, alice)
    assert tab.description.toPlainText() == LONG + "!!"
    said = [*errors_of(tab), banner_of(tab).text]
    assert any(f"{BODY_LIMIT:,}" in sentence for sentence in said)
    assert not any("Something went wrong" in sentence for sentence in said)


@pytest.mark.parametrize(
    "odd", ["a\x00b", "lone \ud83d here", "\u202e\u200bturned", "Z\u0335\u0321" * 50]
)
def test_odd_characters_are_stored_or_replaced(tab, alice, qtbot, tickets_of, odd):
    tab.subject.setText(f"Odd {odd}"[:200])
    tab.description.setPlainText(odd)
    submit(qtbot, tab, alice)
    [ticket] = tickets_of("alice")
    assert ticket.subject.startswith("Odd")
    assert "\x00" not in ticket.description
    assert tab.subject.text() == ""


def test_ctrl_enter_submits_from_any_field(tab, alice, qtbot, tickets_of):
    for field in (tab.subject, tab.description):
        qtbot.keyClicks(field, "Quick")
        qtbot.keyClick(field, Qt.Key_Return, Qt.ControlModifier)
        qtbot.waitUntil(lambda: tab.subject.text() == tab.description.toPlainText() == "")
        alice.settle()
    assert len(tickets_of("alice")) == 2


def test_a_double_click_makes_one_ticket(tab, alice, qtbot, tickets_of):
    qtbot.keyClicks(tab.subject, "Only once")
    with alice.transport.held("open"):
        click(qtbot, tab.submit_button)
        qtbot.mouseDClick(tab.submit_button, Qt.LeftButton)
        qtbot.keyClick(tab.subject, Qt.Key_Return, Qt.ControlModifier)
        assert not tab.submit_button.isEnabled()
        assert "…" in tab.submit_button.text()
    alice.settle()
    assert len(tickets_of("alice")) == 1
    assert tab.submit_button.isEnabled()


def test_nothing_can_be_typed_that_would_be_lost_while_the_ticket_is_on_its_way(
    tab, alice, qtbot, tickets_of
):
    qtbot.keyClicks(tab.subject, "First")
    with alice.transport.held("open"):
        click(qtbot, tab.submit_button)
        qtbot.keyClicks(tab.description, "and more")
        assert tab.description.toPlainText() == "", "what cannot be kept is not taken"
    alice.settle()
    qtbot.keyClicks(tab.description, "Now it is.")
    assert tab.description.toPlainText() == "Now it is."
    assert len(tickets_of("alice")) == 1


def test_a_locked_file_keeps_the_text_and_a_second_try_works(
    impatient, tab, alice, qtbot, folder, tickets_of
):
    qtbot.keyClicks(tab.subject, "Patience")
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        submit(qtbot, tab, alice)
        other.execute("ROLLBACK")
    assert "nothing was changed" in banner_of(tab).text
    assert "kept" in banner_of(tab).text
    assert tab.subject.text() == "Patience"
    submit(qtbot, tab, alice)
    assert [t.subject for t in tickets_of("alice")] == ["Patience"]


def test_a_failed_load_of_own_tickets_and_categories_is_told(alice, qtbot):
    sentences: list[str] = []
    alice.background.unheard.connect(lambda error: sentences.append(str(error)))
    with alice.transport.failing(Busy("The desk is busy; try again.")):
        tab = SubmitTicketTab(alice.desktop)
        alice.show(tab)
    qtbot.waitUntil(lambda: "The desk is busy; try again." in sentences)
    assert tab.submit_button.isEnabled(), "a ticket can be submitted without them"


def test_own_open_tickets_are_listed_and_lead_there(alice, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="An older one"))
    sign_in("erin").tickets.open(NewTicket(subject="Somebody else's"))
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    assert "Somebody else's" not in [label.text() for label in tab.findChildren(QLabel)]
    with qtbot.waitSignal(tab.wanted) as wanted:
        click(qtbot, button(tab, ticket.number))
    assert wanted.args == [ticket.id]


def test_a_draft_is_on_disk_at_a_pause_and_comes_back(tab, alice, qtbot, folder):
    qtbot.waitUntil(lambda: tab.category.count() > 1)
    with qtbot.waitSignal(alice.drafts.saved):
        qtbot.keyClicks(tab.subject, "Half a sen")
        tab.description.setPlainText("More\nlines")
        qtbot.keyClick(tab.category, Qt.Key_Down)
        qtbot.keyClick(tab.priority, Qt.Key_End)
    [file] = folder.drafts.rglob("*.json")
    assert json.loads(file.read_text())["subject"] == "Half a sen"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert any("Draft saved" in label.text() for label in tab.findChildren(QLabel))
    again = SubmitTicketTab(alice.desktop)
    alice.show(again)
    assert again.subject.text() == "Half a sen"
    assert again.description.toPlainText() == "More\nlines"
    assert again.category.currentText() == tab.category.currentText()
    assert again.priority.currentData() is Priority.URGENT


def test_a_submitted_ticket_leaves_no_draft(tab, alice, qtbot, folder):
    with qtbot.waitSignal(alice.drafts.saved):
        qtbot.keyClicks(tab.subject, "Soon gone")
    submit(qtbot, tab, alice)
    alice.drafts.flush()
    assert list(folder.drafts.rglob("*.json")) == []


def test_discarding_can_be_undone(tab, alice, qtbot):
    qtbot.waitUntil(lambda: tab.category.count() > 1)
    assert not tab.discard_button.isEnabled()
    qtbot.keyClicks(tab.subject, "Never mind")
    qtbot.keyClicks(tab.description, "or perhaps")
    qtbot.keyClick(tab.category, Qt.Key_Down)
    qtbot.keyClick(tab.priority, Qt.Key_End)
    category = tab.category.currentText()
    click(qtbot, tab.discard_button)
    assert (tab.subject.text(), tab.description.toPlainText()) == ("", "")
    click(qtbot, button(banner_of(tab), "Undo"))
    assert (tab.subject.text(), tab.description.toPlainText()) == ("Never mind", "or perhaps")
    assert (tab.category.currentText(), tab.priority.currentData()) == (category, Priority.URGENT)
    assert tab.discard_button.isEnabled()
    alice.drafts.flush()
    assert alice.drafts.load("submit")["subject"] == "Never mind"


def test_what_is_typed_after_discarding_outlives_the_undo(tab, alice, qtbot):
    qtbot.keyClicks(tab.subject, "Never mind")
    click(qtbot, tab.discard_button)
    qtbot.keyClicks(tab.subject, "Something else")
    click(qtbot, button(banner_of(tab), "Undo"))
    assert (tab.subject.text(), tab.description.toPlainText()) == ("Never mind", "Something else")


def test_a_choice_alone_is_a_draft_or_nothing_but_never_an_error(tab, alice, qtbot):
    qtbot.keyClick(tab.priority, Qt.Key_End)
    alice.drafts.flush()
    assert errors_of(tab) == []


def test_a_ticket_that_arrived_leaves_no_draft_when_nobody_waits_for_the_answer(seated, qtbot):
    seat = seated("alice")
    tab = SubmitTicketTab(seat.desktop)
    seat.show(tab)
    qtbot.keyClicks(tab.subject, "The printer is jammed")
    seat.drafts.flush()
    with seat.transport.held("open") as gate:
        click(qtbot, tab.submit_button)
        qtbot.waitUntil(lambda: seat.transport.count("open") == 1)
        seat.drafts.flush()
        gate.set()
        seat.background.shutdown()
    assert seat.drafts.load("submit") == {}
