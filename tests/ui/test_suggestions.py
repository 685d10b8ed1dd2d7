# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever writes a ticket is shown what may solve it, is never disturbed, and loses nothing."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton

from helpdesk.client.connection import Connection
from helpdesk.core.errors import Busy, Unreachable
from helpdesk.core.schemas.articles import (
    ArticleMove,
    ArticleState,
    NewArticle,
    Visibility,
)
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.widgets.banner import Banner
from tests.ui.article_browser_twin import provide
from tests.ui.seats import button, click, named

VPN = "VPN drops or does not connect"
PRINTER = "Printer offline or jobs stuck <b>in</b> R&D"
MAILBOX = "The mailbox is full"


@pytest.fixture(autouse=True)
def _browser() -> None:
    provide()


@pytest.fixture
def publish(sign_in):
    """Return a function that publishes an article and returns it."""

    def published(title: str, **fields):
        manager = sign_in("charlie")
        new = NewArticle(title=title, **{"summary": f"In short: {title}", "body": title} | fields)
        article = manager.articles.create(new)
        move = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
        return manager.articles.move(article.id, move)

    return published


@pytest.fixture
def articles(publish):
    """Return three published articles by their titles."""
    return {title: publish(title) for title in (VPN, PRINTER, MAILBOX)}


@pytest.fixture
def alice(seated):
    return seated("alice")


@pytest.fixture
def tab(alice, articles) -> SubmitTicketTab:
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    tab.focus_first()
    return tab


@pytest.fixture
def write(alice, qtbot):
    """Return a function that types into a field and waits for what is suggested."""

    def written(field, text: str) -> None:
        asked = alice.transport.count("suggest")
        field.setFocus()
        qtbot.keyClicks(field, text)
        qtbot.waitUntil(lambda: alice.transport.count("suggest") > asked)
        alice.settle()

    return written


@pytest.fixture
def figures(sign_in):
    """Return a function that tells what the desk has counted of an article."""

    def of(article) -> tuple[int, int]:
        desk = sign_in("charlie")
        view = desk.articles.view(article.id)
        return view.reads, view.avoided

    return of


def titles(tab: SubmitTicketTab) -> list[str]:
    """Return the titles suggested, from the top."""
    card = tab.deflection.card
    links = [b for b in card.findChildren(QPushButton) if b.property("kind") == "link"]
    return [link.accessibleName() for link in links if link.isVisible()]


def words(tab: SubmitTicketTab) -> list[str]:
    return [x.text() for x in tab.deflection.card.findChildren(QLabel) if x.isVisible()]


def typed(tab: SubmitTicketTab) -> tuple[str, str]:
    return tab.subject.text(), tab.description.toPlainText()


def banner_of(tab: SubmitTicketTab) -> Banner:
    banner = tab.findChild(Banner)
    assert banner is not None
    return banner


def press(qtbot, *keys: int, modifier=Qt.NoModifier) -> None:
    """Press keys where the focus is."""
    for key in keys:
        qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def walk_to(qtbot, wanted: QAbstractButton, key: int = Qt.Key_Tab) -> None:
    """Walk with Tab until a button has the focus."""
    for _ in range(40):
        if wanted.hasFocus():
            return
        press(qtbot, key)
    raise AssertionError(f"the keyboard does not reach {wanted.text()!r}")


def test_nothing_is_suggested_before_anything_is_written(tab, alice):
    assert tab.deflection.card.isHidden()
    assert alice.transport.count("suggest") == 0


def test_a_pause_in_typing_brings_what_may_solve_it(tab, write):
    write(tab.subject, "My VPN does not connect")
    assert titles(tab) == [VPN]
    assert f"In short: {VPN}" in words(tab)
    assert "This may solve it" in words(tab)
    assert tab.subject.hasFocus(), "suggestions never take the focus"


def test_the_description_is_looked_at_too(tab, alice, write, qtbot):
    write(tab.subject, "Help me")
    assert titles(tab) == []
    write(tab.description, "The printer is offline")
    assert titles(tab) == [PRINTER]
    assert tab.description.hasFocus()


def test_one_question_is_asked_for_many_letters(tab, alice, qtbot):
    qtbot.keyClicks(tab.subject, "My VPN does not connect")
    qtbot.waitUntil(lambda: alice.transport.count("suggest") > 0)
    alice.settle()
    assert alice.transport.count("suggest") == 1


def test_a_long_description_is_cut_for_the_question(tab, alice, qtbot):
    qtbot.keyClicks(tab.subject, "VPN")
    tab.description.setPlainText("connect " * 10_000)
    qtbot.waitUntil(lambda: alice.transport.count("suggest") == 1)
    alice.settle()
    [query] = [given["query"] for name, given in alice.transport.calls if name == "suggest"]
    assert query.text.startswith("VPN\nconnect")
    assert len(query.text) == 2_000


def test_titles_are_shown_as_they_were_typed(tab, write):
    write(tab.subject, "printer jobs stuck")
    [link] = [b for b in tab.deflection.card.findChildren(QPushButton) if "Printer" in b.text()]
    assert link.text() == PRINTER.replace("&", "&&"), "no letter becomes a key"
    assert link.accessibleName() == PRINTER


def test_at_most_four_are_shown(tab, publish, write):
    for number in range(6):
        publish(f"VPN on machine {number}")
    write(tab.subject, "vpn machine")
    assert len(titles(tab)) == 4


def test_the_card_goes_with_the_words(tab, alice, write, qtbot):
    write(tab.subject, "VPN does not connect")
    assert tab.deflection.card.isVisible()
    tab.subject.clear()
    assert tab.deflection.card.isHidden()
    write(tab.subject, "something quite different")
    assert tab.deflection.card.isHidden()


def test_the_card_does_not_shrink_while_somebody_types(tab, publish, write):
    publish("VPN on a phone")
    write(tab.subject, "vpn connect phone drops")
    before = tab.deflection.card.height()
    assert len(titles(tab)) == 2
    tab.subject.setText("printer stuck")
    write(tab.subject, " again")
    assert titles(tab) == [PRINTER]
    assert tab.deflection.card.height() == before


def test_an_internal_article_is_never_suggested_to_a_user(tab, publish, write):
    publish("VPN for technicians drops", visibility=Visibility.TECHNICIANS)
    write(tab.subject, "VPN drops for technicians")
    assert titles(tab) == [VPN]


def test_a_draft_is_never_suggested(tab, sign_in, write):
    sign_in("bob").articles.create(NewArticle(title="Scanner jams", body="Open it."))
    write(tab.subject, "Scanner jams")
    assert titles(tab) == []


def test_solved_by_the_keyboard_alone_and_undone(tab, alice, articles, figures, write, qtbot):
    write(tab.subject, "VPN does not connect")
    write(tab.description, "Since Monday.")
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    peek = tab.deflection.peek
    assert peek.isVisible()
    assert VPN in named(peek, "Article").toPlainText()
    assert named(peek, "Article").hasFocus(), "the keys scroll what was opened"
    assert typed(tab) == ("VPN does not connect", "Since Monday.")
    walk_to(qtbot, tab.deflection.solved_button)
    press(qtbot, Qt.Key_Space)
    alice.settle()
    assert typed(tab) == ("", "")
    assert not peek.isVisible()
    assert banner_of(tab).text == "Good to hear; no ticket was sent."
    assert tab.subject.hasFocus()
    assert figures(articles[VPN]) == (1, 1)
    alice.drafts.flush()
    assert alice.drafts.load("submit") == {}
    walk_to(qtbot, button(banner_of(tab), "Undo"), Qt.Key_Backtab)
    press(qtbot, Qt.Key_Space)
    assert typed(tab) == ("VPN does not connect", "Since Monday.")
    alice.drafts.flush()
    assert alice.drafts.load("submit")["description"] == "Since Monday."


def test_solved_by_the_mouse_and_undone(tab, alice, articles, figures, sign_in, write, qtbot):
    write(tab.subject, "printer is offline")
    click(qtbot, named(tab, PRINTER))
    alice.settle()
    click(qtbot, button(tab.deflection.peek, "That solved it"))
    alice.settle()
    assert typed(tab) == ("", "")
    assert figures(articles[PRINTER]) == (1, 1)
    assert sign_in("alice").tickets.search(TicketQuery()).items == ()
    click(qtbot, button(banner_of(tab), "Undo"))
    assert typed(tab) == ("printer is offline", "")
    # The ticket is needed after all.
    qtbot.waitUntil(lambda: figures(articles[PRINTER]) == (1, 0))


def test_what_is_typed_after_it_was_solved_outlives_the_undo(tab, alice, articles, write, qtbot):
    write(tab.subject, "printer is offline")
    write(tab.description, "Since Monday.")
    click(qtbot, named(tab, PRINTER))
    alice.settle()
    click(qtbot, button(tab.deflection.peek, "That solved it"))
    alice.settle()
    qtbot.keyClicks(tab.subject, "Something else")
    qtbot.keyClicks(tab.description, "with details")
    click(qtbot, button(banner_of(tab), "Undo"))
    kept = "Since Monday.\n\nSomething else\n\nwith details"
    assert typed(tab) == ("printer is offline", kept)
    alice.settle()
    alice.drafts.flush()
    assert alice.drafts.load("submit")["description"] == kept


def test_a_suggestion_can_be_reached_with_tab(tab, alice, write, qtbot):
    write(tab.subject, "printer is offline")
    walk_to(qtbot, named(tab, PRINTER))
    press(qtbot, Qt.Key_Space)
    alice.settle()
    assert tab.deflection.peek.isVisible()


def test_escape_leads_back_to_where_one_was(tab, alice, write, qtbot):
    write(tab.description, "vpn does not connect")
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    press(qtbot, Qt.Key_Escape)
    assert not tab.deflection.peek.isVisible()
    assert tab.description.hasFocus()
    qtbot.keyClicks(QApplication.focusWidget(), " today")
    assert typed(tab) == ("", "vpn does not connect today")


def test_the_article_is_no_dialog_one_goes_on_typing_beside_it(tab, alice, write, qtbot):
    write(tab.subject, "vpn")
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    tab.description.setFocus()
    write(tab.description, "It drops.")
    assert tab.deflection.peek.isVisible()
    assert tab.description.hasFocus()
    press(qtbot, Qt.Key_Escape)
    assert not tab.deflection.peek.isVisible()
    assert tab.description.hasFocus()


def test_an_answer_that_comes_late_does_not_take_the_focus(tab, alice, write, qtbot):
    write(tab.subject, "vpn")
    with alice.transport.held("view"):
        press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
        qtbot.waitUntil(lambda: alice.transport.count("view") == 1)
        tab.subject.setFocus()
        qtbot.keyClicks(tab.subject, " drops")
    alice.settle()
    assert VPN in named(tab.deflection.peek, "Article").toPlainText()
    assert tab.subject.hasFocus()
    assert tab.subject.text() == "vpn drops"


def test_not_this_one_is_not_suggested_again_for_this_draft(tab, alice, write, qtbot):
    write(tab.subject, "vpn printer")
    assert set(titles(tab)) == {VPN, PRINTER}
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    passed_over = tab.deflection.peek.view.title
    click(qtbot, tab.deflection.other_button)
    assert not tab.deflection.peek.isVisible()
    assert passed_over not in titles(tab)
    write(tab.description, "vpn printer once more")
    assert passed_over not in titles(tab)
    assert len(titles(tab)) == 1
    alice.drafts.flush()
    again = SubmitTicketTab(alice.desktop)
    alice.show(again)
    qtbot.waitUntil(lambda: len(titles(again)) == 1)
    assert passed_over not in titles(again)
    click(qtbot, tab.discard_button)
    write(tab.subject, "vpn printer")
    assert passed_over in titles(tab), "another ticket is another matter"


def test_the_chosen_one_keeps_its_buttons_in_the_card(tab, alice, articles, figures, write, qtbot):
    write(tab.subject, "vpn does not connect")
    assert not any(b.text() == "That solved it" for b in visible_buttons(tab))
    click(qtbot, named(tab, VPN))
    alice.settle()
    press(qtbot, Qt.Key_Escape)
    click(qtbot, button(tab.deflection.card, "That solved it"))
    alice.settle()
    assert typed(tab) == ("", "")
    assert figures(articles[VPN])[1] == 1


def visible_buttons(tab: SubmitTicketTab) -> list[QPushButton]:
    return [b for b in tab.deflection.findChildren(QPushButton) if b.isVisible()]


def test_links_lead_on_in_place_and_to_the_knowledge_base(tab, alice, articles, write, qtbot):
    write(tab.subject, "vpn does not connect")
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    peek = tab.deflection.peek
    named(peek, "Article").article_wanted.emit(articles[MAILBOX].id)
    alice.settle()
    assert MAILBOX in named(peek, "Article").toPlainText()
    with qtbot.waitSignal(tab.article_wanted) as wanted:
        click(qtbot, button(peek, "Open in the Knowledge Base"))
    assert wanted.args == [articles[MAILBOX].id]
    press(qtbot, Qt.Key_Escape)
    assert tab.subject.hasFocus()


def test_an_article_that_cannot_be_read_says_so_in_its_place(tab, alice, write, qtbot):
    write(tab.subject, "vpn does not connect")
    with alice.transport.failing(Busy("The desk is busy; try again."), "view"):
        press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
        alice.settle()
        said = [x.text() for x in tab.deflection.peek.findChildren(QLabel) if x.isVisible()]
        assert "The desk is busy; try again." in said
    click(qtbot, button(tab.deflection.peek, "Retry"))
    alice.settle()
    assert VPN in named(tab.deflection.peek, "Article").toPlainText()


@pytest.mark.parametrize("fault", [Busy("Busy."), Unreachable("Away.")])
def test_without_an_answer_nothing_is_suggested_and_nothing_said(tab, alice, write, qtbot, fault):
    sentences: list[str] = []
    alice.background.unheard.connect(lambda error: sentences.append(str(error)))
    write(tab.subject, "vpn does not connect")
    with alice.transport.failing(fault, "suggest"):
        write(tab.subject, " today")
    assert tab.deflection.card.isHidden()
    assert banner_of(tab).text == ""
    assert sentences == []
    assert tab.subject.text() == "vpn does not connect today"
    write(tab.subject, " at all")
    assert titles(tab) == [VPN]


def test_solved_counts_for_the_person_even_when_the_desk_cannot_count(tab, alice, write, qtbot):
    write(tab.subject, "vpn does not connect")
    with alice.transport.failing(Busy("Busy."), "solved"):
        press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
        alice.settle()
        click(qtbot, tab.deflection.solved_button)
        alice.settle()
    assert typed(tab) == ("", "")
    assert banner_of(tab).text == "Good to hear; no ticket was sent."


def test_a_server_that_is_away_is_not_asked_and_asked_again_when_it_is_back(
    away_seat, articles, server, qtbot
):
    seat = away_seat("alice")
    tab = SubmitTicketTab(seat.desktop)
    seat.show(tab)
    server.go_away()
    qtbot.waitUntil(lambda: seat.link.connection is Connection.AWAY)
    # A draft is saved after a longer pause than the one that brings suggestions.
    with qtbot.waitSignal(seat.drafts.saved):
        qtbot.keyClicks(tab.subject, "vpn does not connect")
    assert not any("suggest" in name for name in server.reached)
    assert tab.deflection.card.isHidden()
    assert banner_of(tab).text == ""
    server.come_back()
    qtbot.waitUntil(lambda: titles(tab) == [VPN])
    server.go_away()
    qtbot.waitUntil(tab.deflection.card.isHidden)


def test_submitting_goes_on_as_ever(tab, alice, sign_in, write, qtbot):
    write(tab.subject, "vpn does not connect")
    press(qtbot, Qt.Key_1, modifier=Qt.AltModifier)
    alice.settle()
    qtbot.keyClick(tab.subject, Qt.Key_Return, Qt.ControlModifier)
    alice.settle()
    [row] = sign_in("alice").tickets.search(TicketQuery()).items
    assert row.subject == "vpn does not connect"
    assert not tab.deflection.peek.isVisible()
    assert tab.deflection.card.isHidden()


def test_every_control_has_a_name(tab, alice, write, qtbot):
    write(tab.subject, "vpn does not connect")
    click(qtbot, named(tab, VPN))
    alice.settle()
    for widget in tab.deflection.findChildren(QPushButton):
        assert widget.accessibleName() or widget.text() or not widget.isVisible()
    assert tab.deflection.peek.accessibleName() == f"Article KB-1 {VPN}"
    press(qtbot, Qt.Key_Escape)
    assert named(tab, f"Not this one: {VPN}").isVisible()
    assert any("Alt+1" in said for said in words(tab))


def test_a_draft_that_comes_back_is_looked_at(alice, articles, qtbot):
    alice.drafts.keep("submit", {"subject": "vpn does not connect"})
    alice.drafts.flush()
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    qtbot.waitUntil(lambda: titles(tab) == [VPN])


def test_own_tickets_stay_below(alice, articles, sign_in, write, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="An older one"))
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    write(tab.subject, "vpn does not connect")
    own = button(tab, ticket.number)
    top = tab.deflection.card.mapTo(tab, tab.deflection.card.rect().topLeft()).y()
    assert own.mapTo(tab, own.rect().topLeft()).y() > top
