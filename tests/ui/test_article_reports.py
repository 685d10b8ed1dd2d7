# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports say what is missing, which links are broken and what the articles did, and lead there."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.articles import (
    ArticleChange,
    Missed,
    NewArticle,
    Rating,
    Solved,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status
from helpdesk.ui.articles.reports.figure_table import FigureTable
from helpdesk.ui.articles.reports.reports_pane import ReportsPane
from tests.ui.seats import Seat, button, click, named


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def desk(sign_in):
    """Return the desk as a manager in another window sees it."""
    return sign_in("charlie")


@pytest.fixture
def gap(sign_in, desk):
    """Solve four tickets that are alike, of two people; return the newest."""
    for number in range(4):
        owner = sign_in("alice" if number % 2 else "erin")
        ticket = owner.tickets.open(NewTicket(subject=f"Scanner in the basement jams {number}"))
        answer = NewComment(body="Clean the <b>rollers</b>.", status=Status.RESOLVED)
        desk.tickets.comment(ticket.id, answer)
    return ticket.id


@pytest.fixture
def article(desk, sign_in):
    """Return a published article that was read, rated and spared a ticket."""
    new = NewArticle(title="Connect to the VPN", body="[gone](KB-99)")
    view = desk.articles.create(new)
    view = desk.articles.save(view.id, ArticleChange(publish=True, version=view.version))
    alice, erin = sign_in("alice"), sign_in("erin")
    alice.knowledge.note_read(view.id)
    alice.knowledge.rate(view.id, Rating(helpful=True))
    erin.knowledge.rate(view.id, Rating(helpful=False))
    erin.knowledge.solved(Solved(article_id=view.id))
    return view


def opened(seat: Seat, key: str = "missing") -> ReportsPane:
    pane = ReportsPane(seat.desktop)
    seat.show(pane, 1_000, 760)
    if key != "missing":
        pane.choice.button(key).click()
    seat.settle()
    return pane


def said(pane: ReportsPane) -> list[str]:
    return [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]


def texts_of(table: FigureTable) -> list[tuple[str, ...]]:
    return [table.figures.line(row).texts for row in range(table.figures.rowCount())]


def test_alike_tickets_without_an_article_are_a_card(bob, gap, qtbot):
    pane = opened(bob)
    assert "4 solved tickets of 2 people; the newest:" in said(pane)
    assert any("scanner" in text for text in said(pane))
    with qtbot.waitSignal(pane.ticket_wanted) as wanted:
        click(qtbot, button(pane, f"HD-{gap}"))
    assert wanted.args == [gap]


def test_a_card_makes_an_article_of_its_newest_ticket(bob, desk, gap, qtbot):
    pane = opened(bob)
    with qtbot.waitSignal(pane.article_edit_wanted) as wanted:
        click(qtbot, button(pane, "Make an article"))
    view = desk.articles.view(wanted.args[0])
    assert "\\<b\\>rollers" in view.body
    assert [each.id for each in desk.knowledge.tickets_of(view.id)] == [gap]


def test_when_no_article_can_be_made_the_card_says_why(bob, gap, qtbot):
    pane = opened(bob)
    with bob.transport.failing(Busy("The desk is busy; try again."), "draft_from"):
        click(qtbot, button(pane, "Make an article"))
        qtbot.waitUntil(lambda: "The desk is busy; try again." in said(pane))
    assert button(pane, "Make an article").isEnabled()


def test_searches_in_vain_are_listed_and_copied(bob, sign_in, qtbot):
    for text in ("docking <b>station</b>", "docking <b>station</b>", "new\tmouse"):
        sign_in("alice").knowledge.missed(Missed(text=text))
    pane = opened(bob)
    [table] = pane.missing.findChildren(FigureTable)
    assert texts_of(table)[0] == ("docking <b>station</b>", "2", "just now")
    table.setFocus()
    qtbot.keyClick(table, Qt.Key_C, Qt.ControlModifier)
    copied = QApplication.clipboard().text().split("\n")
    assert copied[0] == "Searched for\tTimes\tLast"
    assert copied[1] == "docking <b>station</b>\t2\tjust now"
    assert copied[2].count("\t") == 2, "no text breaks the columns"
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key_C, Qt.ControlModifier)
    assert "docking" not in QApplication.clipboard().text()


def test_nothing_missing_is_said(bob):
    pane = opened(bob)
    assert pane.missing.states.state == "empty"
    assert "Nothing is missing" in said(pane)


def test_a_report_that_fails_says_so_and_can_be_retried(bob, gap, qtbot):
    with bob.transport.failing(Busy("The desk is busy; try again."), "gaps"):
        pane = opened(bob)
        assert "The desk is busy; try again." in said(pane)
    click(qtbot, button(pane, "Retry"))
    qtbot.waitUntil(lambda: pane.missing.states.state == "content")


def test_a_broken_link_leads_to_its_article(bob, article, qtbot):
    pane = opened(bob, "links")
    [texts] = texts_of(pane.links.table)
    assert texts[:2] == ("KB-1  Connect to the VPN", "KB-99")
    table = pane.links.table
    place = table.visualRect(table.figures.index(0, 0)).center()
    with qtbot.waitSignal(pane.article_edit_wanted) as wanted:
        qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
        qtbot.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)
    assert wanted.args == [article.id]
    with qtbot.waitSignal(pane.article_edit_wanted):
        qtbot.keyClick(table, Qt.Key_Return)


def test_all_links_in_order_is_said_and_seen_anew(bob, desk, article, qtbot):
    pane = opened(bob, "links")
    desk.articles.save(
        article.id, ArticleChange(body="None.", publish=True, version=article.version)
    )
    click(qtbot, named(pane, "Read the report again"))
    qtbot.waitUntil(lambda: pane.links.states.state == "empty")
    assert "All links lead somewhere" in said(pane)
    [hint] = [w for w in pane.findChildren(QLabel) if w.text().startswith("A link stands here")]
    assert hint.height() >= hint.heightForWidth(hint.width()), "no line of it is cut"


def test_figures_of_a_period(seated, article, clock, qtbot):
    clock.forward(days=20)
    pane = opened(seated("bob"), "figures")
    numbers = {key: card.number.text() for key, card in pane.figures.cards.items()}
    assert numbers == {"reads": "1", "helpful": "50%", "avoided": "1", "published": "1"}
    assert texts_of(pane.figures.most_read) == [("KB-1  Connect to the VPN", "1", "1", "1", "1")]
    assert "Every search found something." in said(pane)
    with qtbot.waitSignal(pane.article_wanted) as wanted:
        pane.figures.most_read.selectRow(0)
        qtbot.keyClick(pane.figures.most_read, Qt.Key_Return)
    assert wanted.args == [article.id]
    click(qtbot, pane.figures.period.button("7"))
    qtbot.waitUntil(lambda: pane.figures.cards["reads"].number.text() == "0")
    assert "Nobody has read an article in this time." in said(pane)
    click(qtbot, pane.figures.period.button("90"))
    qtbot.waitUntil(lambda: pane.figures.cards["reads"].number.text() == "1")


def test_figures_of_a_new_desk_are_not_a_share_of_nothing(bob):
    pane = opened(bob, "figures")
    assert pane.figures.cards["helpful"].number.text() == "–"
    assert "nobody has rated yet" in said(pane)


def test_figures_that_fail_say_so(bob, article, qtbot):
    with bob.transport.failing(Busy("The desk is busy; try again."), "figures"):
        pane = opened(bob, "figures")
        assert "The desk is busy; try again." in said(pane)
    click(qtbot, button(pane, "Retry"))
    qtbot.waitUntil(lambda: pane.figures.states.state == "content")


@pytest.mark.parametrize("key", ["missing", "links", "figures"])
def test_every_control_has_a_name(bob, article, gap, key):
    from tests.ui.test_accessibility import described, name_of, reachable

    pane = opened(bob, key)
    assert [described(w) for w in reachable(pane) if not name_of(w)] == []
