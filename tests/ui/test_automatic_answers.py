# SPDX-License-Identifier: GPL-3.0-or-later
"""An automatic answer is marked as one, leads to its articles, and its requester judges it."""

from __future__ import annotations

import pytest
from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from helpdesk.core.errors import Busy
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.articles import ArticleChange, NewArticle
from helpdesk.core.schemas.assistant import Answer, AssistantChange
from helpdesk.core.schemas.tickets import NewTicket, Status
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin
from helpdesk.services.first_responses import FirstResponses, Response
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.chip import Chip
from tests.ui.seats import button, click, shown

SAID = "Pull the paper out towards you."


@pytest.fixture
def answered(sign_in, embedded):
    """Return a ticket of alice that the desk has answered by itself."""
    charlie, alice = sign_in("charlie"), sign_in("alice")
    printing = next(x.id for x in charlie.tickets.categories() if x.name == "Printing")
    sign_in("dana").assistant.change_settings(AssistantChange(automatic_categories=(printing,)))
    new = charlie.articles.create(NewArticle(title="Unjam the printer", body=SAID))
    charlie.articles.save(new.id, ArticleChange(publish=True, version=new.version))
    ticket = alice.tickets.open(NewTicket(subject="The printer is jammed", category_id=printing))
    answer = Answer(
        origin=Origin.ARTICLES,
        sentences=(CitedSentence(text=SAID, numbers=(new.number,), supported=True),),
        citations=(Citation(number=new.number, title=new.title, article_id=new.id),),
    )
    response = Response(ticket_id=ticket.id, answer=answer)
    respond = operations_of(FirstResponses)["respond"]
    embedded.executor.execute(respond, {"response": response}, system=True)
    view = alice.tickets.view(ticket.id)
    assert view.comments[-1].automatic
    return view


def answer_card(pane: TicketPane) -> MessageCard:
    cards = [x for x in pane.findChildren(MessageCard) if x.isVisibleTo(pane)]
    return max(cards, key=lambda card: card.y())


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def offered(pane: TicketPane) -> set[str]:
    """Return what the requester can say of the answer."""
    buttons = answer_card(pane).findChildren(QPushButton)
    wanted = {"That solved it", "This did not help"}
    return {x.text() for x in buttons if x.isVisible()} & wanted


def history(pane: TicketPane) -> str:
    return words(pane.properties)


def test_nobody_is_taken_for_its_author_and_its_articles_are_links(assisted, answered, qtbot):
    pane = assisted("bob", answered)
    card = answer_card(pane)
    assert "Help Desk" in words(card)
    assert "Dana" not in words(card)
    chips = [x.text for x in card.findChildren(Chip) if x.isVisibleTo(card)]
    assert chips == ["Automatic answer"]
    link = button(card, "KB-1")
    assert link.accessibleName() == "KB-1 Unjam the printer"
    with qtbot.waitSignal(pane.articles.article_wanted) as wanted:
        click(qtbot, link)
    assert wanted.args == [1]
    assert offered(pane) == set(), "only who asked can say how it turned out"


def test_that_solved_it_closes_the_ticket(assisted, answered, qtbot):
    pane = assisted("alice", answered, working=False)
    assert offered(pane) == {"That solved it", "This did not help"}
    with qtbot.waitSignal(pane.said):
        click(qtbot, button(answer_card(pane), "That solved it"))
        pane.seat.settle()
    assert shown(pane).status is Status.CLOSED
    assert offered(pane) == set()


def test_this_did_not_help_passes_it_on_and_is_asked_once(assisted, answered, qtbot):
    pane = assisted("alice", answered, working=False)
    click(qtbot, button(answer_card(pane), "This did not help"))
    pane.seat.settle()
    assert shown(pane).status.is_open
    assert offered(pane) == set()
    assert "automatic answer handed over to a person (Alice Moreau)" in history(pane)
    pane.clear("", "")
    pane.open(answered.id)
    pane.seat.settle()
    assert offered(pane) == set()


def test_when_it_could_not_be_said_the_buttons_are_there_again(assisted, answered, qtbot):
    pane = assisted("alice", answered, working=False)
    with pane.seat.transport.failing(Busy("The desk is busy; try again."), "did_not_help"):
        click(qtbot, button(answer_card(pane), "This did not help"))
        pane.seat.settle()
    assert offered(pane) == {"That solved it", "This did not help"}
    assert "The desk is busy; try again." in words(pane)
