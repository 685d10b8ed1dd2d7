# SPDX-License-Identifier: GPL-3.0-or-later
"""An article is written, published, found in the place of a ticket, all over the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PyQt5.QtCore import Qt

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.articles import ArticleQuery, ArticleState
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui import theme
from helpdesk.ui.articles.article_browser import ArticleBrowser
from helpdesk.ui.articles.editor import ArticleEditor
from tests.e2e.test_team import colleague, desktop, server
from tests.ui.seats import LONGEST_MS, button, click, named
from tests.ui.test_suggestions import titles

__all__ = ["colleague", "desktop", "server"]

TITLE = "The scanner in the basement jams"


@pytest.fixture
def theme_mode() -> Iterator[Callable[[str], None]]:
    """Return a function that sets the theme, until the test is over."""
    before = theme.current().mode
    yield theme.current().set_mode
    theme.current().set_mode(before)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_article_takes_the_place_of_a_ticket(
    desktop, colleague: HelpDesk, theme_mode: Callable[[str], None], qtbot, mode: str
):
    charlie, alice = desktop("charlie"), desktop("alice")
    theme_mode(mode)
    shelf: Any = alice.open_tab("articles")
    qtbot.waitUntil(lambda: shelf.list.states.state == "empty", timeout=LONGEST_MS)

    # A manager writes and publishes by the keyboard alone ...
    desk: Any = charlie.open_tab("articles")
    charlie.activateWindow()
    qtbot.waitUntil(charlie.isActiveWindow, timeout=LONGEST_MS)
    desk.new_article()
    editor = desk.findChild(ArticleEditor)
    assert editor is not None
    qtbot.keyClicks(editor.title, TITLE)
    qtbot.keyClicks(editor.summary, "Open the lid, pull the paper out, close it.")
    qtbot.keyClicks(editor.body, "Open the **lid** and pull.")
    qtbot.keyClick(editor.body, Qt.Key_Return, Qt.ControlModifier)
    qtbot.waitUntil(lambda: _published(colleague) == [TITLE], timeout=LONGEST_MS)

    # ... and whoever looks at the knowledge base sees it by itself.
    qtbot.waitUntil(lambda: _shown(shelf) == [TITLE], timeout=LONGEST_MS)

    # Somebody who begins a ticket is told of it, reads it, and needs none.
    form: Any = alice.open_tab("submit")
    qtbot.keyClicks(form.subject, "Basement scanner jammed")
    qtbot.waitUntil(lambda: titles(form) == [TITLE], timeout=LONGEST_MS)
    click(qtbot, named(form, TITLE))
    peek = form.deflection.peek
    qtbot.waitUntil(lambda: peek.isVisible() and "lid" in _read(peek), timeout=LONGEST_MS)
    click(qtbot, button(peek, "That solved it"))
    qtbot.waitUntil(lambda: form.subject.text() == "", timeout=LONGEST_MS)
    (row,) = colleague.articles.search(ArticleQuery()).items
    qtbot.waitUntil(lambda: colleague.articles.view(row.id).avoided == 1, timeout=LONGEST_MS)
    assert colleague.articles.view(row.id).reads >= 1
    assert colleague.tickets.search(TicketQuery()).items == ()


def _published(desk: HelpDesk) -> list[str]:
    query = ArticleQuery(states=(ArticleState.PUBLISHED,))
    return [row.title for row in desk.articles.search(query).items]


def _shown(shelf: Any) -> list[str]:
    model = shelf.list.rows.model()
    return [row.title for row in model.rows]


def _read(peek: Any) -> str:
    browser = peek.findChild(ArticleBrowser)
    return str(browser.toPlainText()) if browser else ""
