# SPDX-License-Identifier: GPL-3.0-or-later
"""People ask the assistant, see what an answer rests on, and get to a human where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QDialog, QWidget

from helpdesk.core.errors import Busy, Unreachable
from helpdesk.core.schemas.articles import ArticleChange, NewArticle
from helpdesk.core.schemas.assistant import (
    QUESTION_LIMIT,
    AssistantStatus,
    ChatAsk,
    MessageState,
    MessageView,
    Speaker,
    TicketProposal,
)
from helpdesk.core.schemas.tickets import Priority, Source, TicketQuery
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.ai_assistant_tab import AIAssistantTab
from helpdesk.ui.ai_response_thread import Assistant
from helpdesk.ui.chat.answer_text import UNSUPPORTED
from helpdesk.ui.chat.cards import AnswerCard, QuestionCard
from helpdesk.ui.chat.conversation_pane import status_sentence
from helpdesk.ui.chat.said import Said, copied, pieces_of
from helpdesk.ui.knowledge_base_tab import KnowledgeBaseTab
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.widgets.question import Question
from tests.ui.conversations import (
    DROPS,
    VPN,
    Conversations,
    ConversingSource,
    nothing_found,
    vpn_answer,
)
from tests.ui.scripted_assistant import done, failed, sources, text
from tests.ui.seats import button, click, click_row, named

SENTENCE = "The model went away; ask again."


class Chat:
    """The tab in front of somebody, over conversations and answers that a test writes."""

    def __init__(self, qtbot: Any, seat: Any) -> None:
        self.qtbot, self.seat = qtbot, seat
        self.conversations = Conversations(seat.desktop.desk, seat.desktop.clock)
        seat.desktop.desk.assistant = self.conversations
        self.source = ConversingSource(self.conversations)
        self.assistant: Assistant = self.source.assistant()
        self.desktop = replace(seat.desktop, assistant=self.assistant)
        self.tab = self.open()

    def open(self, width: int = 1200) -> AIAssistantTab:
        """Open the tab anew, as after a start of the program."""
        self.tab = AIAssistantTab(self.desktop)
        self.seat.show(self.tab, width)
        return self.tab

    def close(self) -> None:
        """Delete the tab, as the end of its window does."""
        self.seat.forget(self.tab)
        sip.delete(self.tab)

    @property
    def edit(self) -> Any:
        return self.tab.pane.box.edit

    @property
    def answers(self) -> list[AnswerCard]:
        return [card for card in self.tab.pane.dialogue.cards if isinstance(card, AnswerCard)]

    @property
    def said(self) -> list[str]:
        """What is read in the conversation, from the top."""
        return [card.body.toPlainText() for card in self.tab.pane.dialogue.cards]

    def script(self, *parts: Any, hold: int | None = None) -> None:
        self.source.parts["chat"] = list(parts)
        self.source.hold = hold

    def type(self, words: str) -> None:
        self.tab.focus_first()
        self.qtbot.keyClicks(self.edit, words)

    def ask(self, words: str = "The VPN drops") -> None:
        self.type(words)
        self.qtbot.keyClick(self.edit, Qt.Key_Return)

    def finish(self) -> None:
        """Wait until the answer has come and all is read again."""
        self.qtbot.waitUntil(lambda: not self.tab.pane.is_answering)
        self.seat.settle()

    def ask_and_finish(self, words: str = "The VPN drops") -> None:
        self.ask(words)
        self.finish()

    def sees(self, words: str) -> bool:
        """Return whether some words can be read."""
        labels = self.tab.findChildren(QWidget)
        return any(
            words in str(getattr(label, "text", str)())
            for label in labels
            if label.isVisible() and callable(getattr(label, "text", None))
        )

    @property
    def retry(self) -> Any:
        return button(self.tab, "Retry")


@pytest.fixture
def chat(seated, qtbot) -> Iterator[Chat]:
    chat = Chat(qtbot, seated("alice"))
    yield chat
    chat.assistant.stop()


# --- asking -------------------------------------------------------------------------------------


def test_an_empty_page_says_what_it_can_do_and_an_example_can_be_asked(chat, qtbot):
    assert chat.sees("Answers come from the knowledge base and your tickets. No model is set up.")
    assert not chat.sees("Make a ticket of this")
    chat.script(sources(vpn_answer()), done(vpn_answer()))
    click(qtbot, named(chat.tab, "Ask: How do I reset my password?"))
    chat.finish()
    assert chat.source.asked == [ChatAsk(conversation_id=1, text="How do I reset my password?")]
    assert chat.said[0] == "How do I reset my password?"
    assert button(chat.tab, "Make a ticket of this").isEnabled()


def test_a_model_is_named_with_its_place():
    status = AssistantStatus(has_model=True, model="mistral-7b", place="this machine")
    assert status_sentence(status).endswith("written by mistral-7b on this machine.")


def test_an_answer_comes_in_piece_by_piece_and_ends_with_its_numbers(chat, qtbot):
    chat.conversations.model = "mistral-7b"
    chat.tab.refresh()
    chat.seat.settle()
    chat.script(
        sources(vpn_answer()), text("Start <b>the</b> "), text("VPN"), done(vpn_answer()), hold=3
    )
    chat.ask()
    qtbot.waitUntil(lambda: chat.said == ["The VPN drops", "Start <b>the</b> VPN"])
    assert named(chat.tab, "Source: article KB-12  Connect to the VPN").isVisible()
    assert chat.tab.pane.box.send_button.text() == "Stop"
    assert chat.edit.toPlainText() == ""

    chat.source.go()
    chat.finish()

    shown = chat.said[1].replace("\u00a0", " ")
    assert shown.startswith(
        "Start the VPN client.  KB-12 \n\nIf it drops, renew it.  KB-12   HD-5 "
    )
    assert shown.endswith(f"Then all is well.  {UNSUPPORTED} ")
    assert chat.sees("From both: the sources and the model mistral-7b")
    assert chat.tab.pane.box.send_button.text() == "Send"
    assert [card.body.accessibleName() for card in chat.tab.pane.dialogue.cards] == [
        "You said",
        "Assistant said",
    ]


def test_numbers_lead_to_articles_and_tickets_and_nothing_else_does(chat, qtbot):
    answer = vpn_answer()
    evil = "See https://evil.example/KB-12 and <a href='citation:KB-12'>here</a>."
    sentence = answer.sentences[0].model_copy(update={"text": evil, "numbers": ("KB-12", "HD-5")})
    chat.script(done(answer.model_copy(update={"text": evil, "sentences": (sentence,)})))
    chat.ask_and_finish()
    body = chat.answers[0].body
    anchors = {look.anchorHref() for *_, look in body._pieces() if look.isAnchor()}  # noqa: SLF001
    assert anchors == {"citation:KB-12", "citation:HD-5"}
    body.setFocus()
    with qtbot.waitSignal(chat.tab.article_wanted) as article:
        qtbot.keyClick(body, Qt.Key_Tab)
        qtbot.keyClick(body, Qt.Key_Return)
    with qtbot.waitSignal(chat.tab.ticket_wanted) as ticket:
        click(qtbot, named(chat.tab, "Source: ticket HD-5  VPN drops"))
    assert (article.args, ticket.args) == ([VPN.article_id], [DROPS.ticket_id])


def test_shift_enter_begins_a_line_and_the_field_grows_with_it(chat, qtbot):
    height = chat.edit.height()
    for _ in range(4):
        chat.type("line")
        qtbot.keyClick(chat.edit, Qt.Key_Return, Qt.ShiftModifier)
    assert chat.edit.toPlainText() == "line\n" * 4
    assert chat.edit.height() > height
    assert chat.source.asked == []


def test_too_long_a_question_is_explained_and_kept(chat, qtbot):
    chat.edit.setPlainText("why? " * QUESTION_LIMIT)
    qtbot.keyClick(chat.edit, Qt.Key_Return)
    assert chat.sees(f"A question may have {QUESTION_LIMIT:,} characters")
    assert len(chat.edit.toPlainText()) > QUESTION_LIMIT


def test_what_is_in_no_source_leads_to_the_knowledge_base_and_to_a_human(chat, qtbot):
    chat.script(done(nothing_found()))
    chat.ask_and_finish("Napoleon's dentist?")
    assert chat.sees("Not in the knowledge base")
    with qtbot.waitSignal(chat.tab.search_wanted) as wanted:
        click(qtbot, button(chat.answers[0], "Search the knowledge base"))
    assert wanted.args == ["Napoleon's dentist?"]
    click(qtbot, button(chat.answers[0], "Ask a human"))
    question = chat.tab.findChild(Question)
    assert question is not None
    question.reject()


def test_a_notice_is_one_line_and_stays_with_its_answer(chat, qtbot):
    answer = vpn_answer(notice="A password was taken out.", cut_off=True)
    chat.script(done(answer))
    chat.ask_and_finish()
    chat.script(done(vpn_answer()))
    chat.ask_and_finish("And now?")
    assert chat.sees("The answer got too long and ends here. A password was taken out.")


def test_an_answer_is_copied_with_its_numbers(chat, qtbot):
    chat.script(done(vpn_answer()))
    chat.ask_and_finish()
    click(qtbot, named(chat.tab, "Copy the answer"))
    assert QApplication.clipboard().text() == (
        "Start the VPN client. [KB-12]\n\nIf it drops, renew it. [KB-12, HD-5] Then all is well."
        "\n\nKB-12  Connect to the VPN\nHD-5  VPN drops"
    )


@pytest.mark.parametrize(
    ("origin", "citations", "source"),
    [
        (Origin.ARTICLES, (VPN,), "From the knowledge base"),
        (Origin.ARTICLES, (VPN, DROPS), "From the knowledge base and 1 ticket"),
        (Origin.ARTICLES, (DROPS, DROPS), "From 2 tickets"),
        (Origin.HISTORY, (), "From your tickets"),
        (Origin.MODEL, (), "From the model"),
    ],
)
def test_an_answer_says_where_it_comes_from(clock, origin, citations, source):
    said = Said(Speaker.ASSISTANT, "x", clock(), origin=origin, citations=citations)
    assert said.source == source


def test_a_sentence_that_the_text_does_not_hold_is_shown_all_the_same(clock):
    answer = vpn_answer()
    message = MessageView(
        id=1, speaker=Speaker.ASSISTANT, text="", at=clock(), sentences=answer.sentences
    )
    said = Said.of(message)
    assert "".join(piece.text for piece in pieces_of(said)) == (
        "Start the VPN client. If it drops, renew it. Then all is well."
    )
    assert copied(said).endswith("Then all is well.")


# --- when it does not come to its end -----------------------------------------------------------


@pytest.mark.parametrize("keeps", [True, False], ids=["kept by the desk", "not kept"])
def test_escape_stops_and_what_came_stays(chat, qtbot, keeps):
    chat.script(text("half an answer"), done(vpn_answer()), hold=1)
    chat.source.keeps = keeps
    chat.ask()
    qtbot.waitUntil(lambda: chat.said[1:] == ["half an answer"])
    qtbot.keyClick(chat.edit, Qt.Key_Escape)
    qtbot.waitUntil(lambda: chat.source.ended == ["chat"])
    chat.tab.refresh()
    chat.finish()
    assert chat.said == ["The VPN drops", "half an answer"]
    assert chat.sees("Stopped.")
    assert chat.retry.isVisible()


def test_what_broke_off_stays_with_the_reason_and_is_asked_again(chat, qtbot):
    chat.script(text("half"), failed(SENTENCE))
    chat.ask_and_finish()
    assert chat.said == ["The VPN drops", "half"]
    assert chat.sees(f"Not finished: {SENTENCE}")
    chat.script(text("whole"), done(vpn_answer()))
    click(qtbot, chat.retry)
    qtbot.waitUntil(lambda: len(chat.source.asked) == 2)
    chat.finish()
    assert chat.source.asked[1] == ChatAsk(conversation_id=1, retry=True)
    assert chat.said[0] == "The VPN drops"
    assert "Start the VPN client." in chat.said[1]
    assert len(chat.said) == 2
    assert not chat.sees(SENTENCE)
    chat.tab.new_conversation()
    chat.tab.open(1)
    chat.seat.settle()
    assert "Start the VPN client." in chat.said[1]
    assert not chat.sees(SENTENCE), "the answer has the number of the one taken back"


def test_a_question_the_desk_never_got_is_asked_as_a_new_one(chat, qtbot):
    chat.source.keeps = False
    chat.script(failed("The server does not answer."))
    chat.ask_and_finish()
    assert chat.said == ["The VPN drops", ""]
    chat.source.keeps = True
    chat.script(done(vpn_answer()))
    click(qtbot, chat.retry)
    qtbot.waitUntil(lambda: len(chat.source.asked) == 2)
    chat.finish()
    assert chat.source.asked[1] == ChatAsk(conversation_id=1, text="The VPN drops")
    assert len(chat.said) == 2


def test_what_cannot_help_is_not_offered(chat):
    chat.script(failed("The key was refused; ask an admin.", retry_possible=False))
    chat.ask_and_finish()
    assert chat.answers[0].retry_button.isHidden()


def test_where_no_conversation_can_begin_the_question_stays(chat, qtbot, monkeypatch):
    def refuse() -> None:
        raise Unreachable("The server does not answer.")

    monkeypatch.setattr(chat.conversations, "begin", refuse)
    chat.ask_and_finish()
    assert chat.said[0] == "The VPN drops"
    assert chat.sees("The server does not answer.")
    assert chat.desktop.drafts.load("chat-new")["asked"] == "The VPN drops"
    monkeypatch.undo()
    chat.script(done(vpn_answer()))
    click(qtbot, chat.retry)
    qtbot.waitUntil(lambda: len(chat.source.asked) == 1)
    chat.finish()
    assert len(chat.said) == 2
    assert chat.desktop.drafts.load("chat-new") == {}


def test_a_question_without_an_answer_can_be_asked_again(chat):
    view = chat.conversations.begin()
    chat.conversations.add(view.id, Speaker.PERSON, "Hello?")
    chat.tab.open(view.id)
    chat.seat.settle()
    assert chat.sees("There is no answer to this yet.")
    assert chat.retry.isVisible()


def test_leaving_in_the_middle_of_an_answer_is_fine(chat, qtbot):
    chat.script(text("half"), done(vpn_answer()), hold=1)
    chat.ask()
    qtbot.waitUntil(lambda: chat.said[1:] == ["half"])
    chat.close()
    chat.source.go()
    qtbot.waitUntil(lambda: not chat.assistant.busy)
    chat.open()
    assert len(chat.said) == 2, "the conversation of the last time is shown"


# --- conversations ------------------------------------------------------------------------------


def test_an_answer_goes_on_while_another_conversation_is_read(chat, qtbot):
    old = chat.conversations.begin()
    chat.conversations.add(old.id, Speaker.PERSON, "Older")
    chat.conversations.add(old.id, Speaker.ASSISTANT, "Old answer", state=MessageState.COMPLETE)
    chat.tab.refresh()
    chat.seat.settle()
    chat.script(text("one "), text("two"), done(vpn_answer()), hold=1)
    chat.ask()
    qtbot.waitUntil(lambda: chat.said[1:] == ["one "])
    chat.seat.settle()
    chat.type("typed meanwhile")
    click_row(qtbot, chat.tab.list.rows, 1)
    chat.seat.settle()
    assert chat.said == ["Older", "Old answer"]
    assert chat.edit.toPlainText() == ""
    chat.tab.list.step(-1)
    assert chat.said == ["The VPN drops", "one "]
    assert chat.edit.toPlainText() == "typed meanwhile"
    chat.source.go()
    chat.finish()
    assert "Start the VPN client." in chat.said[1]


def test_tab_leads_into_the_list_without_opening_anything(chat, qtbot):
    view = chat.conversations.begin()
    chat.conversations.add(view.id, Speaker.PERSON, "Older")
    chat.tab.refresh()
    chat.seat.settle()
    chat.tab.list.rows.setFocus()
    assert chat.tab.pane.conversation_id is None
    qtbot.keyClick(chat.tab.list.rows, Qt.Key_Return)
    assert chat.tab.pane.conversation_id == view.id


def test_deleting_asks_first(chat, qtbot):
    chat.script(done(vpn_answer()))
    chat.ask_and_finish()
    click(qtbot, named(chat.tab, "Delete the conversation"))
    question = chat.tab.findChild(Question)
    click(qtbot, button(question, "Delete"))
    chat.seat.settle()
    assert chat.conversations.kept == {}
    assert chat.tab.pane.conversation_id is None
    assert chat.tab.list.states.state == "empty"


def test_news_of_another_window_is_shown(chat, qtbot):
    chat.script(done(vpn_answer()))
    chat.ask_and_finish()
    chat.conversations.add(1, Speaker.PERSON, "From elsewhere")
    chat.desktop.feed.changed.emit("conversation", (1,))
    qtbot.waitUntil(lambda: "From elsewhere" in chat.said)


def test_what_cannot_be_read_says_so_where_it_would_stand(chat, qtbot, monkeypatch):
    def refuse(_id: int = 0) -> None:
        raise Busy("Another program is writing; try again.")

    view = chat.conversations.begin()
    chat.conversations.add(view.id, Speaker.PERSON, "Older")
    for name in ("conversation", "conversations"):
        monkeypatch.setattr(chat.conversations, name, refuse)
    chat.tab.open(view.id)
    chat.tab.refresh()
    chat.seat.settle()
    assert chat.tab.pane.states.state == chat.tab.list.states.state == "failed"
    monkeypatch.undo()
    click(qtbot, button(chat.tab.pane, "Retry"))
    chat.seat.settle()
    assert chat.said[0] == "Older"


def test_drafts_are_kept_for_each_conversation_and_survive(chat, qtbot):
    with qtbot.waitSignal(chat.desktop.drafts.saved):
        chat.type("half a question")
    chat.open()
    assert chat.edit.toPlainText() == "half a question"
    chat.script(done(vpn_answer()))
    qtbot.keyClick(chat.edit, Qt.Key_Return)
    chat.finish()
    chat.tab.new_conversation()
    assert chat.edit.toPlainText() == ""
    assert chat.edit.hasFocus()


# --- handing over -------------------------------------------------------------------------------


@pytest.fixture
def asked(chat) -> Chat:
    """Return a chat with one question and its answer."""
    assert isinstance(chat, Chat)
    chat.script(done(vpn_answer()))
    chat.ask_and_finish()
    return chat


def test_a_ticket_is_looked_over_and_submitted(asked, qtbot, sign_in):
    asked.conversations.proposed = TicketProposal(
        subject="VPN drops", description="Since today.", category_id=2, missing=("which device",)
    )
    click(qtbot, button(asked.tab, "Make a ticket of this"))
    asked.seat.settle()
    form = asked.tab.pane.hand_over.form
    assert form.subject.hasFocus()
    assert asked.sees("Still missing: which device.")
    assert form.category.key == 2
    assert not asked.tab.pane.box.isVisible()
    form.subject.selectAll()
    qtbot.keyClicks(form.subject, "The VPN drops on my laptop")
    qtbot.keyClick(form.priority, Qt.Key_End)
    with asked.seat.transport.failing(Busy("Another program is writing; try again."), "open"):
        qtbot.keyClick(form.description, Qt.Key_Return, Qt.ControlModifier)
        asked.seat.settle()
    assert asked.sees("try again. What you wrote is kept.")
    assert form.subject.text() == "The VPN drops on my laptop"
    click(qtbot, form.submit_button)
    asked.seat.settle()
    [row] = sign_in("alice").tickets.search(TicketQuery()).items
    ticket = sign_in("alice").tickets.view(row.id)
    assert (ticket.subject, ticket.description) == ("The VPN drops on my laptop", "Since today.")
    assert (ticket.priority, ticket.source) == (Priority.URGENT, Source.CHAT)
    assert not asked.tab.pane.box.isVisible()
    assert not asked.sees("Ask a human")
    with qtbot.waitSignal(asked.tab.ticket_wanted) as wanted:
        click(qtbot, button(asked.tab, f"Open {ticket.number}"))
    assert wanted.args == [ticket.id]


def test_what_is_typed_into_the_form_is_kept(asked, qtbot):
    click(qtbot, button(asked.tab, "Make a ticket of this"))
    asked.seat.settle()
    form = asked.tab.pane.hand_over.form
    with qtbot.waitSignal(asked.desktop.drafts.saved):
        qtbot.keyClicks(form.subject, "Half a ticket")
    qtbot.keyClick(form.subject, Qt.Key_Escape)
    assert asked.edit.hasFocus()
    asked.open()
    click(qtbot, button(asked.tab, "Make a ticket of this"))
    asked.seat.settle()
    assert asked.tab.pane.hand_over.form.subject.text() == "Half a ticket"


def test_an_empty_form_says_what_is_missing(asked, qtbot):
    click(qtbot, button(asked.tab, "Make a ticket of this"))
    asked.seat.settle()
    click(qtbot, asked.tab.pane.hand_over.form.submit_button)
    assert asked.sees("Say in a few words what is wrong.")
    assert asked.conversations.handed_over == []


def test_a_human_gets_all_of_it_after_one_question(asked, qtbot, sign_in):
    asked.type("It is urgent")
    click(qtbot, button(asked.tab.pane.head, "Ask a human"))
    question = asked.tab.findChild(Question)
    assert "The whole conversation (2 messages)" in question.about.text()
    qtbot.keyClick(question, Qt.Key_Escape)
    assert asked.conversations.handed_over == []
    click(qtbot, button(asked.tab.pane.head, "Ask a human"))
    [question] = [q for q in asked.tab.findChildren(QDialog) if q.isVisible()]
    click(qtbot, button(question, "Ask a human"))
    asked.seat.settle()
    [handed] = asked.conversations.handed_over
    assert handed.ticket is None
    assert asked.sees("was made of this conversation")
    [row] = sign_in("alice").tickets.search(TicketQuery()).items
    assert asked.desktop.drafts.load(f"reply-{row.id}")["text"] == "It is urgent"


# --- size and shape -----------------------------------------------------------------------------


def test_the_list_makes_room_in_a_narrow_window(chat, qtbot):
    chat.open(1024)
    assert not chat.tab.list.isVisible()
    click(qtbot, named(chat.tab.pane, "Conversations"))
    assert chat.tab.list.isVisible()
    chat.tab.resize(1300, 800)
    assert chat.tab.list.isVisible()
    assert not chat.tab.pane.head.list_button.isVisible()


def test_a_long_answer_does_not_freeze_the_window(chat, qtbot, stalls):
    pieces = [text(f"word{number} " + "x" * (number % 7)) for number in range(4_000)]
    chat.script(*pieces, done(vpn_answer()))
    stalls.start()
    chat.ask_and_finish()
    assert "Start the VPN client." in chat.said[1]


def test_whoever_scrolls_up_is_left_there(chat, qtbot):
    chat.script(text("line\n" * 200), text("more\n" * 50), done(vpn_answer()), hold=1)
    chat.ask()
    bar = chat.tab.pane.dialogue.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    chat.source.hold = 2
    chat.source.go()
    qtbot.waitUntil(lambda: "more" in chat.said[1] or not chat.tab.pane.is_answering)
    assert bar.value() == 0
    chat.finish()


def test_of_a_long_conversation_the_newest_is_shown_first(chat, qtbot):
    view = chat.conversations.begin()
    for number in range(50):
        chat.conversations.add(view.id, Speaker.PERSON, f"Question {number}")
        chat.conversations.add(view.id, Speaker.ASSISTANT, f"Answer {number}")
    chat.tab.open(view.id)
    qtbot.waitUntil(lambda: chat.said[-1:] == ["Answer 49"])
    assert chat.said[0] == "Question 35"
    click(qtbot, button(chat.tab, "Show earlier (70)"))
    qtbot.waitUntil(lambda: chat.said[0] == "Question 20" and chat.said[-1] == "Answer 49")


def test_words_without_end_stay_within_the_window(chat):
    chat.script(done(vpn_answer().model_copy(update={"text": "x" * 3_000, "sentences": ()})))
    chat.edit.setPlainText("y" * 3_000)
    chat.ask_and_finish("?")
    area = chat.tab.pane.dialogue
    assert area.widget().width() <= area.viewport().width()


# --- in the window, over the desk itself --------------------------------------------------------


@pytest.fixture
def window(seated, sign_in, embedded, qtbot) -> Iterator[Callable[..., MainWindow]]:
    """Return the main window of alice, with the desk's own assistant and an article to find."""
    charlie = sign_in("charlie")
    new = NewArticle(
        title="Connect to the VPN", summary="How to connect.", body="Start the VPN client."
    )
    charlie.articles.save(charlie.articles.create(new).id, ArticleChange(publish=True, version=1))
    seat = seated("alice")
    inner = seat.transport._inner  # noqa: SLF001 - whose session the assistant is to have
    assistant = Assistant(lambda: embedded.answers(inner))
    made = MainWindow(replace(seat.desktop, assistant=assistant))
    seat.show(made, 1400, 900)
    made.seat = seat  # type: ignore[attr-defined]
    yield made  # type: ignore[misc]
    assistant.stop()


def test_the_desk_answers_and_hands_over(window, qtbot, sign_in):
    qtbot.keyClick(window, Qt.Key_J, Qt.ControlModifier)
    tab: Any = window.current_tab()
    assert isinstance(tab, AIAssistantTab)
    assert tab.pane.box.edit.hasFocus()
    qtbot.keyClicks(tab.pane.box.edit, "How do I connect to the VPN?")
    qtbot.keyClick(tab.pane.box.edit, Qt.Key_Return)
    qtbot.waitUntil(lambda: len(tab.pane.dialogue.cards) == 2 and not tab.pane.is_answering)
    window.seat.settle()
    question, answer = tab.pane.dialogue.cards
    assert isinstance(question, QuestionCard)
    assert isinstance(answer, AnswerCard)
    shown = answer.body.toPlainText().replace("\u00a0", " ")
    assert "Start the VPN client.  KB-1 " in shown
    assert named(tab, "Source: article KB-1  Connect to the VPN").isVisible()
    tab.pane.head.human_button.click()
    click(qtbot, button(window.findChild(Question), "Ask a human"))
    window.seat.settle()
    [row] = sign_in("alice").tickets.search(TicketQuery()).items
    assert "VPN" in row.subject
    click(qtbot, button(tab, f"Open {row.number}"))
    window.seat.settle()
    assert window.tab_keys[window.navigation.currentIndex()] == "view"


def test_the_knowledge_base_is_searched_for_the_question(window, qtbot):
    window.search_articles("How to\nconnect")
    window.seat.settle()
    tab: Any = window.current_tab()
    assert isinstance(tab, KnowledgeBaseTab)
    assert tab.list.filters.text == "How to connect"
