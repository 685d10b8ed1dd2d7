# SPDX-License-Identifier: GPL-3.0-or-later
"""Drafts, rewrites, summaries, explanations: streamed, stoppable, never sent by themselves."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QTextCursor
from PyQt5.QtWidgets import QAction, QLabel, QMenu, QWidget

from helpdesk.core.schemas.assistant import (
    Answer,
    ExplainAsk,
    ReplyAsk,
    RewriteAsk,
    Rewriting,
    SummaryAsk,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin
from helpdesk.ui.assist_preview_dialog import SendingPreviewDialog
from helpdesk.ui.tickets.assist.answer_card import AnswerCard
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.tickets.ticket_pane import TicketPane
from tests.ui.scripted_assistant import done, failed, sources, text
from tests.ui.seats import button, click, named

NO_MODEL = "No model is set up; an admin can do that in Settings."
KB12 = Citation(number="KB-12", title="VPN rekey", article_id=12)
DRAFT = Answer(
    text="Please reconnect. Then wait an hour.",
    citations=(KB12,),
    cautions=("The draft names a command that stands nowhere else.",),
    sentences=(
        CitedSentence(text="Please reconnect.", numbers=("KB-12",), supported=True),
        CitedSentence(text="Then wait an hour.", numbers=(), supported=False),
    ),
)


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(
        NewTicket(subject="VPN drops", description="It says: error 0x80070005 in the log.")
    )


def card_of(pane: TicketPane) -> AnswerCard:
    return pane.assist.replying.card


def written(pane: TicketPane) -> str:
    return pane.reply_box.text.toPlainText()


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def entries(pane: TicketPane) -> dict[str, QAction]:
    """Return what the menu of the assistant offers, with its menus of menus."""
    menu = pane.assist.replying.tools.draft_button.menu()
    menu.aboutToShow.emit()
    found: dict[str, QAction] = {}
    for each in (menu, *menu.findChildren(QMenu)):
        found |= {x.text().split("\t")[0]: x for x in each.actions() if x.isVisible()}
    return found


def settle(pane: TicketPane) -> None:
    pane.seat.settle()  # type: ignore[attr-defined]


# --- drafts -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("model")
def test_a_draft_comes_in_above_the_box_and_is_used_by_a_person(assisted, ticket, source, qtbot):
    source.parts["reply"] = [
        sources(Answer(citations=(KB12,))),
        text("Please recon"),
        done(DRAFT),
    ]
    source.hold = 2
    pane = assisted("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Hello,")
    click(qtbot, pane.assist.replying.tools.draft_button)
    qtbot.waitUntil(lambda: card_of(pane).text == "Please recon")
    assert source.asked == [ReplyAsk(ticket_id=ticket.id)]
    assert card_of(pane).stop_button.hasFocus()
    source.go()
    qtbot.waitUntil(card_of(pane).use_button.isVisible)
    assert written(pane) == "Hello,", "nothing is written by itself"
    assert DRAFT.cautions[0] in words(card_of(pane))
    assert "Not found in the sources: “Then wait an hour.”" in words(card_of(pane))
    qtbot.keyClick(card_of(pane).use_button, Qt.Key_Space)
    assert written(pane) == "Hello,\nPlease reconnect. Then wait an hour."
    assert card_of(pane).isHidden()
    assert "AI draft, check before sending" in words(pane.assist.replying.notice)
    assert DRAFT.cautions[0] in words(pane.assist.replying.notice)


@pytest.mark.usefixtures("model")
def test_escape_in_the_reply_stops_a_draft_and_what_came_stays(assisted, ticket, source, qtbot):
    source.parts["reply"] = [text("Half a sen"), done(DRAFT)]
    source.hold = 1
    pane = assisted("bob", ticket)
    pane.draft()
    qtbot.waitUntil(lambda: card_of(pane).text == "Half a sen")
    pane.reply_box.text.setFocus()
    with qtbot.assertNotEmitted(pane.reply_box.left):
        qtbot.keyClick(pane.reply_box.text, Qt.Key_Escape)
    qtbot.waitUntil(lambda: source.ended == ["reply"])
    assert card_of(pane).text == "Half a sen"
    assert "Stopped." in words(card_of(pane))
    with qtbot.waitSignal(pane.reply_box.left):
        qtbot.keyClick(pane.reply_box.text, Qt.Key_Escape)


@pytest.mark.usefixtures("model")
def test_a_draft_that_breaks_off_stays_and_can_be_repeated(assisted, ticket, source, qtbot):
    source.parts["reply"] = [text("Half "), failed("The model went away.")]
    pane = assisted("bob", ticket)
    pane.draft()
    qtbot.waitUntil(card_of(pane).retry_button.isVisible)
    assert card_of(pane).text == "Half "
    assert "The answer broke off. The model went away." in words(card_of(pane))
    source.parts["reply"] = [done(DRAFT)]
    click(qtbot, card_of(pane).retry_button)
    qtbot.waitUntil(lambda: card_of(pane).text == DRAFT.text)


@pytest.mark.usefixtures("model")
def test_another_ticket_ends_a_draft(assisted, ticket, source, sign_in, qtbot):
    source.parts["reply"] = [text("Half "), done(DRAFT)]
    source.hold = 1
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    pane = assisted("bob", ticket)
    pane.draft()
    qtbot.waitUntil(lambda: card_of(pane).text == "Half ")
    pane.open(other.id)
    qtbot.waitUntil(lambda: source.ended == ["reply"])
    qtbot.waitUntil(card_of(pane).isHidden)


def test_without_a_model_a_draft_comes_from_articles_and_the_rest_says_why(
    assisted, ticket, source, qtbot
):
    source.parts["reply"] = [done(DRAFT.model_copy(update={"origin": Origin.ARTICLES}))]
    pane = assisted("bob", ticket)
    qtbot.keyClicks(pane.reply_box.text, "Hello")
    tools = pane.assist.replying.tools
    assert NO_MODEL in tools.draft_button.toolTip()
    assert not tools.rewrite_button.isEnabled()
    assert tools.rewrite_button.toolTip() == NO_MODEL
    assert not entries(pane)["Rewrite"].isEnabled()
    assert not entries(pane)["Explain the selected text"].isEnabled()
    assert NO_MODEL in entries(pane)
    with qtbot.waitSignal(pane.said) as said:
        pane.explain()
    assert said.args == [NO_MODEL]
    pane.draft()
    qtbot.waitUntil(card_of(pane).use_button.isVisible)
    assert card_of(pane).text == DRAFT.text


def test_where_nothing_fits_there_is_nothing_to_use(assisted, ticket, source, qtbot):
    source.parts["reply"] = [done(Answer(found_nothing=True, origin=Origin.ARTICLES))]
    pane = assisted("bob", ticket)
    pane.draft()
    qtbot.waitUntil(lambda: not card_of(pane).is_running)
    assert "Nothing in the knowledge base or the history fits." in words(card_of(pane))
    assert not card_of(pane).use_button.isVisible()


# --- rewriting ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("model")
def test_what_is_selected_is_rewritten_beside_the_old_and_can_be_undone(
    assisted, ticket, source, qtbot
):
    source.parts["rewrite"] = [done(Answer(text="Bonjour."))]
    pane = assisted("bob", ticket)
    pane.reply_box.text.setPlainText("Hello.\nPlease restart it.")
    cursor = pane.reply_box.text.textCursor()
    cursor.setPosition(6, QTextCursor.KeepAnchor)
    pane.reply_box.text.setTextCursor(cursor)
    entries(pane)["French"].trigger()
    qtbot.waitUntil(card_of(pane).use_button.isVisible)
    ask = RewriteAsk(ticket_id=ticket.id, text="Hello.", how=Rewriting.TRANSLATE, language="French")
    assert source.asked == [ask]
    assert "Before: Hello." in words(card_of(pane))
    click(qtbot, card_of(pane).use_button)
    assert written(pane) == "Bonjour.\nPlease restart it."
    click(qtbot, button(pane.assist.replying.notice, "Undo"))
    assert written(pane) == "Hello.\nPlease restart it."


@pytest.mark.usefixtures("model")
def test_what_was_typed_meanwhile_is_never_written_over(assisted, ticket, source, qtbot):
    source.parts["rewrite"] = [done(Answer(text="Short."))]
    pane = assisted("bob", ticket)
    pane.reply_box.text.setPlainText("A long text.")
    entries(pane)["Shorter"].trigger()
    qtbot.waitUntil(card_of(pane).use_button.isVisible)
    pane.reply_box.text.setPlainText("Something else.")
    click(qtbot, card_of(pane).use_button)
    assert written(pane) == "Something else."
    assert "What you wrote has changed since; ask again." in words(card_of(pane))
    assert card_of(pane).text == "Short."


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("model")
def test_a_long_ticket_is_summed_up_above_the_conversation(
    assisted, ticket, source, sign_in, qtbot
):
    source.parts["summary"] = [text("It drops."), done(Answer(text="It drops.", citations=(KB12,)))]
    pane = assisted("bob", ticket)
    reading = pane.assist.reading
    assert not reading.summary_button.isVisible(), "a short one is read as quickly"
    alice = sign_in("alice")
    for number in range(6):
        alice.tickets.comment(ticket.id, NewComment(body=f"Again, {number}."))
    qtbot.waitUntil(reading.summary_button.isVisible)
    click(qtbot, reading.summary_button)
    qtbot.waitUntil(lambda: reading.card.close_button.hasFocus())
    assert source.asked == [SummaryAsk(ticket_id=ticket.id)]
    assert reading.card.text == "It drops."
    with qtbot.waitSignal(pane.articles.article_wanted) as wanted:
        click(qtbot, button(reading.card, "KB-12"))
    assert wanted.args == [12]
    qtbot.keyClick(reading.card.close_button, Qt.Key_Escape)
    assert reading.card.isHidden()
    assert reading.summary_button.isVisible()


@pytest.mark.usefixtures("model")
def test_what_is_selected_in_a_message_is_explained(assisted, ticket, source, qtbot):
    source.parts["explain"] = [done(Answer(text="Access is denied."))]
    pane = assisted("bob", ticket)
    with qtbot.waitSignal(pane.said) as said:
        pane.explain()
    assert "Select the part" in said.args[0]
    body = named(pane.findChild(MessageCard), "Message")
    cursor = body.textCursor()
    cursor.setPosition(9)
    cursor.setPosition(25, QTextCursor.KeepAnchor)
    body.setTextCursor(cursor)
    assert entries(pane)["Explain the selected text"].isEnabled()
    pane.explain()
    qtbot.waitUntil(lambda: pane.assist.reading.card.text == "Access is denied.")
    assert source.asked == [ExplainAsk(ticket_id=ticket.id, text="error 0x80070005")]
    body.customContextMenuRequested.emit(body.rect().center())
    menu = next(x for x in body.window().findChildren(QMenu) if x.isVisible())
    assert "Explain this\tX" in [x.text() for x in menu.actions()]
    menu.close()


@pytest.mark.usefixtures("model")
def test_what_will_be_sent_is_shown_before(assisted, ticket, qtbot):
    pane = assisted("bob", ticket)
    entries(pane)["What will be sent…"].trigger()
    settle(pane)
    dialog = pane.window().findChild(SendingPreviewDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()


@pytest.mark.usefixtures("model")
def test_markup_of_a_model_is_shown_as_text(assisted, ticket, source, qtbot):
    hostile = '<img src="file:///etc/hostname"> <a href="http://evil.example">click</a>'
    source.parts["reply"] = [text(hostile), done(Answer(text=hostile, cautions=(hostile,)))]
    pane = assisted("bob", ticket)
    pane.draft()
    qtbot.waitUntil(card_of(pane).use_button.isVisible)
    assert card_of(pane).text == hostile
    assert hostile in words(card_of(pane))
    labels = [x for x in card_of(pane).findChildren(QLabel) if hostile in x.text()]
    assert all(x.textFormat() == Qt.PlainText for x in labels)
