# SPDX-License-Identifier: GPL-3.0-or-later
"""'How did we do?' on one's own solved ticket: one click, more if one likes, and nothing lost."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.ratings import COMMENT_LIMIT, LowReason, NewTicketRating
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Reopening, Status
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from tests.ui.seats import click, shown


@pytest.fixture
def solved(sign_in):
    """Return a ticket of alice's that bob has solved."""
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Dark screen"))
    done = NewComment(body="Done.", status=Status.RESOLVED)
    return sign_in("bob").tickets.comment(ticket.id, done)


@pytest.fixture
def open_pane(seated, solved, qtbot):
    """Return a function that opens the ticket in front of somebody."""

    def open_(who="alice", *, working=False, size=(900, 700)):
        seat = seated(who)
        pane = TicketPane(seat.desktop, working=working)
        seat.show(pane, *size)
        pane.open(solved.id)
        qtbot.waitUntil(lambda: pane.ticket is not None)
        seat.settle()
        return seat, pane

    return open_


def rating_of(sign_in, ticket):
    return sign_in("bob").tickets.view(ticket.id).rating


def test_one_click_is_enough_and_a_comment_may_follow(open_pane, solved, sign_in, qtbot):
    seat, pane = open_pane()
    card = pane.satisfaction
    assert card.isVisible()
    assert card.scores.buttons[5].accessibleName() == "5 of 5: Very good"
    click(qtbot, card.scores.buttons[5])
    qtbot.waitUntil(lambda: rating_of(sign_in, solved) is not None)
    seat.settle()
    assert not card.scores.isVisible()
    assert not card.form.isVisible()
    assert "You gave 5 of 5, very good. Thank you." in said(card)
    click(qtbot, card.comment_button)
    assert not card.form.reasons[LowReason.SLOW].isVisible()
    assert card.form.comment.hasFocus()
    qtbot.keyClicks(card.form.comment, "Quick.")
    qtbot.keyClick(card.form.comment, Qt.Key_Return, Qt.ControlModifier)
    qtbot.waitUntil(lambda: rating_of(sign_in, solved).comment == "Quick.")
    seat.settle()
    assert "Quick." in said(card)
    assert not card.form.isVisible()


def test_a_low_rating_asks_what_went_wrong_and_all_goes_by_keyboard(
    open_pane, solved, sign_in, qtbot
):
    seat, pane = open_pane()
    card = pane.satisfaction
    card.scores.focus_score(None)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key_Left)
    assert card.scores.buttons[2].hasFocus()
    # Going from face to face says nothing yet.
    assert rating_of(sign_in, solved) is None
    qtbot.keyClick(card.scores.buttons[2], Qt.Key_Return)
    qtbot.waitUntil(lambda: rating_of(sign_in, solved) is not None)
    seat.settle()
    assert card.form.reasons[LowReason.SLOW].hasFocus()
    qtbot.keyClick(card.form.reasons[LowReason.SLOW], Qt.Key_Space)
    qtbot.keyClick(card.form.reasons[LowReason.SLOW], Qt.Key_Tab)
    qtbot.keyClick(card.form.reasons[LowReason.NOT_SOLVED], Qt.Key_Space)
    assert not card.form.reasons[LowReason.SLOW].isChecked()
    card.form.comment.setFocus()
    qtbot.keyClicks(card.form.comment, "A week.")
    qtbot.keyClick(card.form.comment, Qt.Key_Return, Qt.ControlModifier)
    qtbot.waitUntil(lambda: rating_of(sign_in, solved).comment == "A week.")
    rating = rating_of(sign_in, solved)
    assert (rating.score, rating.reason) == (2, LowReason.NOT_SOLVED)


def test_a_mind_is_changed_by_a_digit_and_the_comment_stays(open_pane, solved, sign_in, qtbot):
    bad = NewTicketRating(score=1, reason=LowReason.UNFRIENDLY, comment="Well.")
    sign_in("alice").ratings.rate(solved.id, bad)
    seat, pane = open_pane()
    card = pane.satisfaction
    assert "You gave 1 of 5, very bad. Unfriendly." in said(card)
    click(qtbot, card.change_button)
    assert card.scores.buttons[1].isChecked()
    assert card.scores.buttons[1].hasFocus()
    qtbot.keyClick(card.scores.buttons[1], Qt.Key_4)
    qtbot.waitUntil(lambda: rating_of(sign_in, solved).score == 4)
    seat.settle()
    rating = rating_of(sign_in, solved)
    assert (rating.reason, rating.comment) == (None, "Well.")
    # The same once more is no change.
    click(qtbot, card.change_button)
    calls = seat.transport.count("rate")
    click(qtbot, card.scores.buttons[4])
    assert seat.transport.count("rate") == calls
    assert card.change_button.isVisible()


def test_nothing_is_lost_where_the_desk_does_not_take_it(open_pane, solved, sign_in, qtbot):
    seat, pane = open_pane()
    card = pane.satisfaction
    with seat.transport.failing(Busy("Somebody else has the file."), "rate"):
        click(qtbot, card.scores.buttons[1])
        qtbot.waitUntil(lambda: "Somebody else has the file." in said(card))
    assert card.scores.isEnabled()
    click(qtbot, card.scores.buttons[1])
    qtbot.waitUntil(lambda: card.form.isVisible())
    seat.settle()
    qtbot.keyClicks(card.form.comment, "Nobody called back.")
    click(qtbot, card.form.reasons[LowReason.OTHER])
    with seat.transport.failing(Busy("Somebody else has the file."), "rate"):
        click(qtbot, card.form.send_button)
        qtbot.waitUntil(lambda: "What you chose and wrote is kept." in said(card))
    seat.drafts.flush()
    # Another window, after a crash of this one.
    again, there = open_pane()
    form = there.satisfaction.form
    assert form.isVisible()
    assert form.text == "Nobody called back."
    assert form.reason is LowReason.OTHER
    click(qtbot, form.send_button)
    qtbot.waitUntil(lambda: rating_of(sign_in, solved).comment == "Nobody called back.")
    again.settle()
    _, third = open_pane()
    assert not third.satisfaction.form.isVisible()


def test_a_comment_that_is_too_long_is_told_before_it_is_sent(open_pane, qtbot):
    seat, pane = open_pane()
    card = pane.satisfaction
    click(qtbot, card.scores.buttons[3])
    qtbot.waitUntil(lambda: card.comment_button.isVisible())
    seat.settle()
    click(qtbot, card.comment_button)
    card.form.comment.setPlainText("x" * (COMMENT_LIMIT + 1))
    assert "2,001 characters" in said(card)
    assert not card.form.send_button.isEnabled()
    card.form.comment.setPlainText("x" * COMMENT_LIMIT)
    assert card.form.send_button.isEnabled()
    qtbot.keyClick(card.form.comment, Qt.Key_Escape)
    assert not card.form.isVisible()


def test_another_resolution_is_asked_anew_and_an_open_ticket_not_at_all(
    open_pane, solved, sign_in, qtbot
):
    alice, bob = sign_in("alice"), sign_in("bob")
    alice.ratings.rate(solved.id, NewTicketRating(score=1))
    _, pane = open_pane()
    assert pane.satisfaction.isVisible()
    alice.tickets.reopen(solved.id, Reopening())
    pane.refresh()
    qtbot.waitUntil(lambda: shown(pane).status.is_open)
    assert not pane.satisfaction.isVisible()
    bob.tickets.comment(solved.id, NewComment(body="Now.", status=Status.RESOLVED))
    pane.refresh()
    qtbot.waitUntil(lambda: not shown(pane).status.is_open)
    assert pane.satisfaction.scores.isVisible()
    assert not any(face.isChecked() for face in pane.satisfaction.scores.buttons.values())


def test_the_staff_read_it_live_and_are_not_asked(seated, solved, sign_in, qtbot):
    hostile = "<b>Bold</b> <img src=x>"
    bob = seated("bob")
    bob.feed.look()
    tab = ViewTicketsTab(bob.desktop)
    bob.show(tab, 1400, 900)
    bob.feed.changed.connect(lambda *_: tab.refresh())
    pane = tab.pane
    qtbot.waitUntil(lambda: pane.ticket is not None)
    section = pane.properties.satisfaction
    assert not pane.satisfaction.isVisible()
    assert not section.isVisible()
    said_ = NewTicketRating(score=2, reason=LowReason.HARD_TO_FOLLOW, comment=hostile)
    sign_in("alice").ratings.rate(solved.id, said_)
    bob.feed.look()
    qtbot.waitUntil(section.isVisible)
    assert section.score.text == "2 of 5, bad"
    assert section.reason.text() == "Hard to follow"
    assert section.comment.text() == hostile
    assert section.comment.textFormat() == Qt.PlainText
    history = [line.text() for line in pane.properties.findChildren(type(section.comment))]
    assert any("Alice Moreau rated it 2 of 5" in line for line in history)


def test_a_low_window_keeps_its_height_and_shows_where_one_writes(open_pane, qtbot):
    seat, pane = open_pane(size=(420, 440))
    qtbot.waitUntil(lambda: pane.height() >= pane.minimumSizeHint().height())
    height = pane.height()
    card = pane.satisfaction
    click(qtbot, card.scores.buttons[1])
    qtbot.waitUntil(lambda: card.form.isVisible())
    seat.settle()
    QApplication.processEvents()
    assert pane.height() - height <= 40
    focused = QApplication.focusWidget()
    assert focused is card.form.reasons[LowReason.SLOW]
    assert not focused.visibleRegion().isEmpty()


def said(card) -> str:
    """Return all words that the card shows outside its fields."""
    labels = [label for label in card.findChildren(QLabel) if label.isVisible()]
    return "\n".join(label.text() for label in labels)
