# SPDX-License-Identifier: GPL-3.0-or-later
"""What is suggested for a ticket is marked, gives way to a choice, and holds nobody up."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton

from helpdesk.client.connection import Connection
from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.tickets import NewTicket, Priority, Status, TicketQuery
from helpdesk.core.schemas.triage import (
    DraftSuggestion,
    Origin,
    SimilarTicket,
    Suggested,
    SuggestedField,
    TicketDraft,
)
from helpdesk.ui.link import Link
from helpdesk.ui.submit.due_words import due_words, span_words
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from tests.ui.article_browser_twin import provide
from tests.ui.seats import LONGEST_MS, click


@pytest.fixture(autouse=True)
def _browser() -> None:
    provide()


class TriageTwin:
    """Suggests for drafts what a test tells it to."""

    def __init__(self) -> None:
        self.answer: DraftSuggestion | Exception = DraftSuggestion()
        self.asked: list[TicketDraft] = []
        self.gate = threading.Event()
        self.gate.set()

    def for_draft(self, draft: TicketDraft) -> DraftSuggestion:
        self.asked.append(draft)
        assert self.gate.wait(LONGEST_MS / 1000)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class DeskTwin:
    """The desk, with another triage."""

    def __init__(self, desk: Any, triage: TriageTwin) -> None:
        self._desk = desk
        self.triage = triage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)


class LinkTwin(Link):
    """A way to the desk that a test can break."""

    is_away = False

    @property
    def connection(self) -> Connection:
        return Connection.AWAY if self.is_away else Connection.CONNECTED

    def become(self, *, away: bool) -> None:
        self.is_away = away
        self.connection_changed.emit(self.connection)


@pytest.fixture
def alice(seated):
    return seated("alice")


@pytest.fixture
def link() -> LinkTwin:
    return LinkTwin()


@pytest.fixture
def triage():
    twin = TriageTwin()
    yield twin
    twin.gate.set()


@pytest.fixture
def open_tab(alice, triage, link):
    """Return a function that opens the form over the desk whose suggestions are told."""

    def opened(width: int = 1200) -> SubmitTicketTab:
        desk: Any = DeskTwin(alice.desktop.desk, triage)
        tab = SubmitTicketTab(dataclasses.replace(alice.desktop, desk=desk, link=link))
        alice.show(tab, width)
        return tab

    return opened


@pytest.fixture
def tab(open_tab) -> SubmitTicketTab:
    tab: SubmitTicketTab = open_tab()
    return tab


@pytest.fixture
def email(sign_in) -> int:
    """Return the id of the category that is suggested."""
    categories = sign_in("alice").tickets.categories()
    return next(int(each.id) for each in categories if each.name == "Email")


@pytest.fixture
def write(tab, alice, qtbot, triage):
    """Return a function that types into the subject and waits for what is suggested."""

    def written(text: str) -> None:
        asked = len(triage.asked)
        qtbot.keyClicks(tab.subject, text)
        qtbot.waitUntil(lambda: len(triage.asked) > asked)
        alice.settle()

    return written


def suggested(field: SuggestedField, value: object, label: str, **more: object) -> Suggested:
    return Suggested(
        field=field, value=str(value), label=label, confidence=90, origin=Origin.HISTORY, **more
    )


def both(email: int, **more: object) -> DraftSuggestion:
    return DraftSuggestion(
        category=suggested(SuggestedField.CATEGORY, email, "Email"),
        priority=suggested(SuggestedField.PRIORITY, "high", "High"),
        **more,
    )


def similar(clock, subject: str = "Outlook <b>prompts</b>", id_: int = 41) -> SimilarTicket:
    return SimilarTicket(
        id=id_,
        number=f"HD-{id_}",
        subject=subject,
        status=Status.RESOLVED,
        category="Email",
        assignee=None,
        created_at=clock() - timedelta(days=1),
        resolved_at=clock(),
        likeness=80,
        words=("outlook",),
    )


def words(widget) -> str:
    return " ".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def submitted(sign_in):
    """Return the newest ticket of alice's."""
    desk = sign_in("alice")
    mine = TicketQuery(requester_ids=(desk.sessions.current().user.id,))
    return desk.tickets.view(desk.tickets.search(mine).items[0].id)


def test_suggestions_stand_in_the_fields_and_are_submitted(
    tab, qtbot, write, triage, email, sign_in, clock
):
    triage.answer = both(email).model_copy(
        update={
            "category": suggested(
                SuggestedField.CATEGORY, email, "Email", tickets=(similar(clock),), reason="Alike."
            )
        }
    )
    write("Outlook asks for my password")
    assert (tab.category.currentText(), tab.priority.currentText()) == ("Email", "High")
    assert tab.category.is_suggested
    assert tab.priority.is_suggested
    assert tab.category.accessibleName() == "Category, suggested"
    assert tab.category.accessibleDescription() == "From a similar ticket. Alike."
    with qtbot.waitSignal(tab.submitted):
        qtbot.keyClick(tab.subject, Qt.Key_Return, Qt.ControlModifier)
    ticket = submitted(sign_in)
    assert (ticket.category.name, ticket.priority) == ("Email", Priority.HIGH)
    assert tab.category.accessibleName() == "Category"
    assert (tab.category.currentText(), tab.priority.currentText()) == ("Not sure", "Medium")


def test_a_choice_is_never_overwritten(tab, alice, qtbot, write, triage, email, sign_in):
    qtbot.keyClick(tab.priority, Qt.Key_Home)
    qtbot.keyClick(tab.category, Qt.Key_Down)
    qtbot.keyClick(tab.category, Qt.Key_Up)
    assert tab.category.currentText() == "Not sure", "that is a choice as well"
    triage.answer = both(email)
    write("Outlook asks")
    assert (tab.category.currentText(), tab.priority.currentText()) == ("Not sure", "Low")
    assert not tab.category.is_suggested
    assert not tab.priority.is_suggested
    assert triage.asked[-1].priority is Priority.LOW, "the desk is told of it"
    click(qtbot, tab.submit_button)
    alice.settle()
    ticket = submitted(sign_in)
    assert (ticket.category, ticket.priority) == (None, Priority.LOW)


def test_choosing_what_was_suggested_takes_the_mark_away(tab, qtbot, write, triage, email):
    triage.answer = both(email)
    write("Outlook asks")
    qtbot.keyClick(tab.priority, Qt.Key_End)
    assert not tab.priority.is_suggested
    assert tab.priority.accessibleName() == "Priority"
    triage.answer = DraftSuggestion()
    write(" and asks")
    assert tab.priority.currentData() is Priority.URGENT
    assert tab.category.currentText() == "Not sure", "what is unsure by now is not kept"


def test_an_open_list_is_not_changed_under_the_hand(tab, alice, qtbot, triage, email):
    triage.answer = both(email)
    triage.gate.clear()
    qtbot.keyClicks(tab.subject, "Outlook asks")
    qtbot.waitUntil(lambda: bool(triage.asked))
    tab.category.showPopup()
    triage.gate.set()
    alice.settle()
    assert tab.category.currentText() == "Not sure"
    tab.category.hidePopup()
    assert tab.category.currentText() == "Email"
    assert tab.category.is_suggested


def test_a_category_suggested_before_it_is_known_is_taken_when_it_comes(
    alice, qtbot, triage, email
):
    triage.answer = both(email)
    with alice.transport.held("categories"):
        desk: Any = DeskTwin(alice.desktop.desk, triage)
        tab = SubmitTicketTab(dataclasses.replace(alice.desktop, desk=desk))
        tab.subject.setText("Outlook asks")
        qtbot.waitUntil(lambda: tab.priority.is_suggested)
        assert not tab.category.is_suggested
    alice.show(tab)
    assert tab.category.is_suggested
    assert tab.category.currentText() == "Email"


def test_a_kept_draft_keeps_choices_but_no_suggestions(
    tab, alice, open_tab, qtbot, write, triage, email
):
    triage.answer = both(email)
    write("Half a sen")
    qtbot.keyClick(tab.priority, Qt.Key_Home)
    alice.drafts.flush()
    triage.answer = DraftSuggestion()
    again = open_tab()
    qtbot.waitUntil(lambda: triage.asked[-1].priority is Priority.LOW)
    alice.settle()
    assert again.priority.currentText() == "Low"
    assert again.category.currentText() == "Not sure", "it was a suggestion only"


def test_similar_tickets_are_listed_and_open(tab, qtbot, write, triage, clock):
    assert tab.similar.isHidden()
    triage.answer = DraftSuggestion(own_similar=(similar(clock),))
    write("Outlook asks")
    [link] = tab.similar.findChildren(LinkButton)
    assert link.text() == "HD-41 Outlook <b>prompts</b>"
    assert [chip.text for chip in tab.similar.findChildren(Chip)] == ["Resolved"]
    assert "yesterday" in words(tab.similar)
    with qtbot.waitSignal(tab.wanted) as wanted:
        click(qtbot, link)
    assert wanted.args == [41]
    triage.answer = DraftSuggestion()
    write(" nothing alike")
    assert tab.similar.isHidden()


def test_who_will_get_it_is_told_from_figures_only(tab, alice, qtbot, write, triage, clock):
    assert tab.who.isHidden()
    due = clock() + timedelta(minutes=30)
    triage.answer = DraftSuggestion(usual_minutes=35, due=due)
    write("Outlook asks")
    said = words(tab.who)
    assert "The support team, usually answered in 35 minutes. Response due today" in said
    assert "What happens next" not in words(tab.deflection), "the due time is said once"
    triage.answer = DraftSuggestion(usual_minutes=35)
    write(" me")
    assert words(tab.who).endswith("The support team, usually answered in 35 minutes.")
    assert "What happens next" in words(tab.deflection), "it says when an answer is due"
    triage.answer = DraftSuggestion(due=clock() - timedelta(minutes=1))
    write(" again")
    assert tab.who.isHidden(), "what is over tells nothing"
    assert "What happens next" in words(tab.deflection)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "1 minute"),
        (9, "9 minutes"),
        (36, "35 minutes"),
        (61, "1 hour"),
        (125, "2 hours"),
        (60 * 40, "2 days"),
    ],
)
def test_spans_are_said_in_whole_words(minutes, said):
    assert span_words(minutes) == said


def test_due_times_name_the_day(clock):
    noon = clock().astimezone().replace(hour=12, minute=5)
    assert due_words(noon, noon) == "today 12:05"
    assert due_words(noon + timedelta(days=1), noon) == "tomorrow 12:05"
    assert due_words(noon + timedelta(days=3), noon).endswith(", 12:05")


def test_submitting_waits_for_no_suggestion(tab, alice, qtbot, triage, email, sign_in):
    triage.answer = both(email)
    triage.gate.clear()
    qtbot.keyClicks(tab.subject, "The lift is stuck")
    qtbot.waitUntil(lambda: bool(triage.asked))
    with qtbot.waitSignal(tab.submitted):
        click(qtbot, tab.submit_button)
    triage.gate.set()
    alice.settle()
    ticket = submitted(sign_in)
    assert (ticket.category, ticket.priority) == (None, Priority.MEDIUM)
    assert not tab.category.is_suggested, "an answer for a ticket that has left is dropped"


def test_a_desk_that_cannot_say_anything_is_passed_over(tab, write, triage, email, clock):
    triage.answer = both(email, own_similar=(similar(clock),), usual_minutes=3)
    write("Outlook asks")
    triage.answer = Unreachable("The server does not answer.")
    write(" and asks")
    assert tab.similar.isHidden()
    assert tab.who.isHidden()
    assert not tab.category.is_suggested
    banner = tab.findChild(Banner)
    assert banner is not None
    assert banner.text == ""


def test_without_a_connection_cards_fall_silent_and_nothing_is_asked(
    tab, link, qtbot, write, triage, email, clock
):
    triage.answer = both(email, own_similar=(similar(clock),), usual_minutes=3)
    write("Outlook asks")
    link.become(away=True)
    assert tab.similar.isHidden()
    assert tab.who.isHidden()
    assert tab.category.is_suggested, "what stands in the fields is what will be sent"
    asked = len(triage.asked)
    qtbot.keyClicks(tab.subject, " on and on")
    qtbot.waitUntil(lambda: not tab.category.is_suggested)
    assert len(triage.asked) == asked
    link.become(away=False)
    qtbot.waitUntil(lambda: tab.category.is_suggested)
    assert not tab.similar.isHidden()


def test_an_emptied_form_has_no_suggestions(tab, write, triage, email, clock):
    triage.answer = both(email, own_similar=(similar(clock),))
    write("Outlook asks")
    tab.discard_button.click()
    assert not tab.category.is_suggested
    assert tab.priority.currentText() == "Medium"
    assert tab.similar.isHidden()


def test_the_confirmation_says_when_an_answer_is_due(tab, alice, qtbot, write, sign_in, clock):
    write("The lift is stuck")
    click(qtbot, tab.submit_button)
    alice.settle()
    ticket = submitted(sign_in)
    banner = tab.findChild(Banner)
    assert banner is not None
    assert banner.text.startswith(f"{ticket.number} was submitted")
    assert f"due {due_words(ticket.first_response_due, clock())}." in banner.text


def test_cards_go_below_the_form_where_it_is_narrow(open_tab, qtbot):
    tab = open_tab(600)
    card, button = tab.deflection, tab.submit_button
    place = card.mapTo(tab, card.rect().topLeft())
    assert place.y() > button.mapTo(tab, button.rect().bottomLeft()).y()
    assert tab.deflection.width() > 500
    tab.resize(1200, 800)
    qtbot.waitUntil(lambda: card.mapTo(tab, card.rect().topLeft()).x() > 600)


def test_what_was_suggested_for_somebody_else_does_not_stay(
    seated, triage, link, qtbot, clock, sign_in
):
    bob = seated("bob")
    own = sign_in("bob").tickets.open(NewTicket(subject="My own headset"))
    desk: Any = DeskTwin(bob.desktop.desk, triage)
    tab = SubmitTicketTab(dataclasses.replace(bob.desktop, desk=desk, link=link))
    bob.show(tab, 1200)
    triage.answer = DraftSuggestion(
        own_similar=(similar(clock, "Mine alone"),), due=clock() + timedelta(hours=2)
    )
    qtbot.keyClicks(tab.subject, "Headset is silent")
    qtbot.waitUntil(lambda: "Mine alone" in links(tab))
    assert "Response due" in words(tab.who)
    assert own.number in links(tab)
    # The next answer is on its way when the ticket becomes somebody else's.
    triage.gate.clear()
    asked = len(triage.asked)
    qtbot.keyClicks(tab.subject, "!")
    qtbot.waitUntil(lambda: len(triage.asked) > asked)
    tab.staff.requester.set_people({2: "Erin Walsh"})
    tab.staff.requester_changed.emit()
    tab.staff.changed.emit()
    assert "Mine alone" not in links(tab)
    assert own.number not in links(tab)
    assert not tab.similar.isVisible()
    assert "Response due" not in words(tab.who) or not tab.who.isVisible()
    triage.gate.set()
    bob.settle()
    # What comes for the one before is not shown for the other.
    assert not tab.similar.isVisible()
    triage.answer = DraftSuggestion()
    qtbot.waitUntil(lambda: triage.asked[-1].requester_id == 2)
    bob.settle()
    assert "Mine alone" not in links(tab)


def links(tab) -> str:
    return " ".join(x.text() for x in tab.findChildren(QPushButton) if x.isVisible())
