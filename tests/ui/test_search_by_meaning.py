# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles are found by meaning where there is a model, and plainly all the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from PyQt5.QtCore import Qt

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.articles import ArticleMove, ArticleQuery, ArticleState, NewArticle
from helpdesk.core.schemas.assistant import Answer, AssistantStatus
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.articles.list_model import ROW_ROLE
from helpdesk.ui.knowledge_base_tab import KnowledgeBaseTab
from tests.ui.article_browser_twin import provide
from tests.ui.scripted_assistant import ScriptedSource, done, failed
from tests.ui.seats import button, click

VPN, WIFI, MAIL = "VPN drops", "Wi-Fi is slow at home", "Mail from home"
MODEL = "mistral-7b"


@pytest.fixture(autouse=True)
def _browser() -> None:
    provide()


class StatusTwin:
    """Says whether there is a model as a test tells it to."""

    def __init__(self) -> None:
        self.answer: AssistantStatus | Exception = AssistantStatus(
            has_model=True, model=MODEL, place="this machine"
        )

    def status(self) -> AssistantStatus:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class DeskTwin:
    """The desk, with another assistant."""

    def __init__(self, desk: Any, assistant: StatusTwin) -> None:
        self._desk = desk
        self.assistant = assistant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)


@pytest.fixture
def rows(sign_in):
    """Return three published articles by their titles, as lists show them."""
    manager = sign_in("charlie")
    for title in (VPN, WIFI, MAIL):
        article = manager.articles.create(NewArticle(title=title, summary=title, body=title))
        move = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
        manager.articles.move(article.id, move)
    return {row.title: row for row in manager.articles.search(ArticleQuery()).items}


@pytest.fixture
def source(rows) -> ScriptedSource:
    source = ScriptedSource()
    source.parts["search"] = [done(Answer(articles=(rows[WIFI], rows[VPN])))]
    return source


@pytest.fixture
def status() -> StatusTwin:
    return StatusTwin()


@pytest.fixture
def alice(seated):
    return seated("alice")


@pytest.fixture
def tab(alice, source, status, qtbot):
    assistant = source.assistant()
    desk: Any = DeskTwin(alice.desktop.desk, status)
    tab = KnowledgeBaseTab(dataclasses.replace(alice.desktop, desk=desk, assistant=assistant))
    alice.show(tab)
    tab.focus_first()
    yield tab
    assistant.stop()


@pytest.fixture
def search(tab, alice, qtbot):
    """Return a function that types into the search and waits for what is found."""

    def searched(text: str) -> None:
        asked = alice.transport.count("search")
        tab.list.filters.search.clear()
        qtbot.keyClicks(tab.list.filters.search, text)
        qtbot.waitUntil(lambda: alice.transport.count("search") > asked)
        qtbot.waitUntil(lambda: tab.list.rows.model().query.text == text)
        alice.settle()

    return searched


def titles(tab: KnowledgeBaseTab) -> list[str]:
    model = tab.list.rows.model()
    return [model.index(at, 0).data(ROW_ROLE).title for at in range(model.rowCount())]


def by_meaning(qtbot, tab: KnowledgeBaseTab) -> None:
    click(qtbot, button(tab, "Search by meaning"))
    qtbot.waitUntil(lambda: not tab.list.meaning.stop_button.isVisible())


def test_nothing_is_offered_before_a_search(tab):
    assert tab.list.meaning.isHidden()


def test_without_a_model_nothing_is_offered(tab, search, status):
    status.answer = AssistantStatus(has_model=False, model="", place="")
    search("home")
    assert tab.list.meaning.isHidden()
    status.answer = Busy("The desk is busy.")
    search("vpn")
    assert tab.list.meaning.isHidden()


def test_what_is_meant_replaces_the_list_and_goes_again(tab, alice, qtbot, search, source):
    search("home")
    assert sorted(titles(tab)) == sorted([WIFI, MAIL])
    by_meaning(qtbot, tab)
    assert [ask.text for ask in source.asked] == ["home"]
    assert titles(tab) == [WIFI, VPN]
    assert tab.list.meaning.said == f"Sorted by meaning by {MODEL}"
    alice.settle()
    assert tab.list.current.title == WIFI
    assert tab.pane.article.title == WIFI, "the best one is shown beside it"
    tab.list.refresh()
    alice.settle()
    assert titles(tab) == [WIFI, VPN], "news does not bring the plain results back"
    click(qtbot, button(tab, "Show plain results"))
    alice.settle()
    assert sorted(titles(tab)) == sorted([WIFI, MAIL])
    assert button(tab, "Search by meaning").isVisible()


def test_another_search_begins_plainly(tab, qtbot, search):
    search("home")
    by_meaning(qtbot, tab)
    search("vpn")
    assert titles(tab) == [VPN]
    assert tab.list.meaning.said == ""


def test_it_is_offered_with_a_word_where_nothing_is_found(tab, qtbot, search):
    search("tunnel")
    assert titles(tab) == []
    assert tab.list.states.state == "empty"
    assert tab.list.meaning.said == "It may be there in other words."
    by_meaning(qtbot, tab)
    assert titles(tab) == [WIFI, VPN]
    assert tab.list.states.state == "content"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            failed("The model does not answer."),
            "The model does not answer. These are the plain results.",
        ),
        (
            done(Answer(origin=Origin.ARTICLES, notice="The model is away.")),
            "The model is away.",
        ),
        (done(Answer()), "By meaning nothing else was found either."),
    ],
)
def test_a_failure_leaves_the_plain_results(tab, qtbot, search, source, part, said):
    source.parts["search"] = [part]
    search("home")
    by_meaning(qtbot, tab)
    assert sorted(titles(tab)) == sorted([WIFI, MAIL])
    assert tab.list.meaning.said == said


def test_escape_stops_it(tab, qtbot, search, source):
    source.hold = 0
    search("home")
    tab.list.meaning.search_button.setFocus()
    qtbot.keyClick(tab.list.meaning.search_button, Qt.Key_Space)
    qtbot.waitUntil(lambda: bool(source.asked))
    stop = button(tab, "Stop")
    assert stop.hasFocus()
    assert MODEL in tab.list.meaning.said
    qtbot.keyClick(stop, Qt.Key_Escape)
    qtbot.waitUntil(lambda: source.ended == ["search"])
    assert sorted(titles(tab)) == sorted([WIFI, MAIL])
    assert tab.list.meaning.search_button.hasFocus()


def test_a_new_search_gives_the_question_up(tab, qtbot, search, source):
    source.hold = 0
    search("home")
    click(qtbot, button(tab, "Search by meaning"))
    qtbot.waitUntil(lambda: bool(source.asked))
    search("vpn")
    qtbot.waitUntil(lambda: source.ended == ["search"])
    assert titles(tab) == [VPN]
