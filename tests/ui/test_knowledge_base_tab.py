# SPDX-License-Identifier: GPL-3.0-or-later
"""People find, read and rate articles here; those who write look after them."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from PyQt5.QtCore import QPoint, QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from helpdesk.core.errors import Busy, Conflict
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleLink,
    ArticleMove,
    ArticleState,
    ArticleView,
    FiguresQuery,
    NewArticle,
    NewArticleCategory,
    Visibility,
)
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.text import HIT_START
from helpdesk.ui.articles.places import category_path, category_places
from helpdesk.ui.command_palette import CommandPalette
from helpdesk.ui.knowledge_base_tab import KnowledgeBaseTab
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.widgets.toast import Toast, toasts_of
from tests.ui.seats import LONGEST_MS, button, click, click_row, named

# --- the desk -----------------------------------------------------------------------------------


class Library:
    """Makes articles of the test's desk."""

    def __init__(self, sign_in: Any) -> None:
        self.bob, self.charlie = sign_in("bob"), sign_in("charlie")

    def category(self, name: str, parent_id: int | None = None) -> int:
        new = NewArticleCategory(name=name, parent_id=parent_id)
        return int(self.charlie.articles.add_category(new).id)

    def draft(self, title: str, **fields: Any) -> ArticleView:
        fields = {"body": f"All about {title}.", **fields}
        view: ArticleView = self.bob.articles.create(NewArticle(title=title, **fields))
        return view

    def move(self, view: ArticleView, state: str) -> ArticleView:
        move = ArticleMove(state=ArticleState(state), version=view.version)
        moved: ArticleView = self.charlie.articles.move(view.id, move)
        return moved

    def published(self, title: str, **fields: Any) -> ArticleView:
        return self.move(self.draft(title, **fields), "published")

    def view(self, article_id: int) -> ArticleView:
        view: ArticleView = self.charlie.articles.view(article_id)
        return view


@pytest.fixture
def library(sign_in) -> Library:
    return Library(sign_in)


@pytest.fixture
def three(library) -> list[ArticleView]:
    """Return three published articles in the order of their titles."""
    network = library.category("Network")
    vpn = library.category("VPN", network)
    return [
        library.published(
            "Connect the VPN", category_id=vpn, tags=("vpn", "home"), summary="From home."
        ),
        library.published("Join the Wi-Fi", category_id=network, tags=("wi-fi",)),
        library.published("Print with a badge", tags=("printer",)),
    ]


def tab_of(seat: Any, width: int = 1232, height: int = 820) -> KnowledgeBaseTab:
    tab = KnowledgeBaseTab(seat.desktop)
    seat.show(tab, width, height)
    return tab


def titles(tab: KnowledgeBaseTab) -> list[str]:
    """Return the titles listed, from the top."""
    model = tab.list.rows.model()
    return [model.index(row, 0).data(Qt.UserRole).title for row in range(model.rowCount())]


def tree_words(tab: KnowledgeBaseTab) -> list[str]:
    """Return what the column says, as a screen reader would."""
    said: list[str] = []

    def walk(item: Any) -> None:
        for position in range(item.childCount()):
            child = item.child(position)
            said.append(child.data(0, Qt.AccessibleTextRole) or child.text(0))
            walk(child)

    walk(tab.tree.invisibleRootItem())
    return said


def place_of(tab: KnowledgeBaseTab) -> str:
    """Return the place chosen in the column."""
    item = tab.tree.currentItem()
    assert item is not None
    return item.text(0)


def go_to(tab: KnowledgeBaseTab, title: str) -> None:
    """Click a place in the column."""
    [item] = tab.tree.findItems(title, Qt.MatchExactly | Qt.MatchRecursive)
    tab.tree.scrollToItem(item)
    place: QPoint = tab.tree.visualItemRect(item).center()
    from pytestqt.qtbot import QtBot

    QtBot.mouseClick(tab.tree.viewport(), Qt.LeftButton, pos=place)


def search(qtbot: Any, seat: Any, tab: KnowledgeBaseTab, text: str) -> None:
    """Type into the search field and wait for the answer."""
    before = seat.transport.count("search")
    tab.list.focus_search()
    qtbot.keyClicks(tab.list.filters.search, text)
    qtbot.waitUntil(lambda: seat.transport.count("search") > before, timeout=LONGEST_MS)
    seat.settle()


def said(widget: QWidget) -> str:
    """Return the words to be seen."""
    words = [w.text() for w in widget.findChildren(QLabel) if w.isVisible()]
    words += [w.text() for w in widget.findChildren(QAbstractButton) if w.isVisible()]
    words += [w.toPlainText() for w in widget.findChildren(QTextBrowser) if w.isVisible()]
    return " | ".join(words)


def shown(tab: KnowledgeBaseTab) -> ArticleView:
    assert tab.pane.article is not None
    return tab.pane.article


def reads(library: Library, article: ArticleView) -> int:
    return library.view(article.id).reads


# --- places -------------------------------------------------------------------------------------


def test_categories_are_counted_with_all_below_them(seated, library, three):
    library.category("Empty")
    bob = tab_of(seated("bob"))
    assert tree_words(bob)[:4] == ["All articles", "Empty, 0", "Network, 2", "VPN, 1"]
    assert tree_words(bob)[4:] == [
        "Work", "My articles", "Drafts", "In review", "Review due", "Archive", "Reports",
    ]  # fmt: skip


def test_where_there_is_room_the_title_is_whole(window_of, three):
    window = window_of("charlie")
    tab: Any = window.open_tab("articles")
    for title in ("All articles", "My articles", "Drafts", "In review", "Review due", "Archive"):
        go_to(tab, title)
        window.seat.settle()
        QApplication.processEvents()
        assert tab.list.place_button.text() == title


def test_readers_have_no_work_and_no_empty_categories(seated, library, three):
    hidden = library.category("For the Service Desk")
    library.published("Secret", category_id=hidden, visibility=Visibility.TECHNICIANS)
    alice = tab_of(seated("alice"))
    assert tree_words(alice) == ["All articles", "Network, 2", "VPN, 1"]
    assert not alice.list.new_button.isVisible()
    assert titles(alice) == ["Connect the VPN", "Join the Wi-Fi", "Print with a badge"]


def test_a_category_lists_what_is_below_it_too(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    go_to(tab, "Network")
    seat.settle()
    assert titles(tab) == ["Connect the VPN", "Join the Wi-Fi"]
    go_to(tab, "VPN")
    seat.settle()
    assert titles(tab) == ["Connect the VPN"]
    qtbot.keyClick(tab.tree, Qt.Key_Up)
    seat.settle()
    assert len(titles(tab)) == 2, "the arrow keys walk the column"


def test_the_work_of_staff_has_places(seated, library, three):
    library.draft("A draft")
    library.move(library.draft("In review"), "review")
    library.move(library.published("Old"), "archived")
    seat = seated("bob")
    tab = tab_of(seat)
    for place, wanted in (
        ("Drafts", ["A draft"]),
        ("In review", ["In review"]),
        ("Archive", ["Old"]),
        ("Review due", []),
    ):
        go_to(tab, place)
        seat.settle()
        assert titles(tab) == wanted, place
    assert "Every article was looked through in time." in said(tab.list)
    go_to(tab, "My articles")
    seat.settle()
    assert len(titles(tab)) == 5, "the archive is left out"


def test_places_of_a_tree_and_the_path_to_one(library, three):
    categories = library.charlie.articles.categories()
    vpn = next(each for each in categories if each.name == "VPN")
    assert category_path(categories, vpn.id) == "Network › VPN"
    assert category_path(categories, None) == ""
    assert category_path(categories, 999) == ""
    levels = [(p.title, p.level, p.articles) for p in category_places(categories, with_empty=False)]
    assert levels == [("Network", 0, 2), ("VPN", 1, 1)]


def test_the_title_leads_to_all_places_where_there_is_no_column(seated, three):
    seat = seated("bob")
    tab = tab_of(seat, 960, 650)
    assert not tab.tree.isVisible()
    menu = tab.list.place_button.menu()
    words = [action.text().strip() for action in menu.actions()]
    assert words[:4] == ["All articles", "Network", "VPN", "My articles"]
    menu.actions()[2].trigger()
    seat.settle()
    assert titles(tab) == ["Connect the VPN"]
    assert tab.list.place_button.text() == "VPN"
    tab.resize(1232, 820)
    assert tab.tree.isVisible()
    assert place_of(tab) == "VPN"


def test_place_order_and_widths_come_back(seated, three):
    seat = seated("bob")
    tab = tab_of(seat)
    go_to(tab, "Network")
    tab.list.filters.sort_button.menu().actions()[1].trigger()
    seat.settle()
    reading = tab.list.parentWidget()
    reading.setSizes([330, 640])  # type: ignore[attr-defined]
    width = tab.list.width()
    tab.save_state()
    again = tab_of(seat)
    assert place_of(again) == "Network"
    assert len(titles(again)) == 2
    assert again.list.filters.sort_button.text() == "Newest"
    assert again.list.width() == width


def test_a_category_that_is_gone_leaves_all_articles(seated, three):
    seat = seated("bob")
    seat.state.setValue(seat.desktop.own("articles/place"), "category-999")
    tab = tab_of(seat)
    assert place_of(tab) == "All articles"
    assert len(titles(tab)) == 3


# --- the list -----------------------------------------------------------------------------------


def test_typing_searches_and_marks_the_hits(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    search(qtbot, seat, tab, "badge")
    assert titles(tab) == ["Print with a badge"]
    assert HIT_START in tab.list.rows.model().index(0, 0).data(Qt.UserRole).excerpt
    assert shown(tab).title == "Print with a badge"
    assert tab.list.filters.sort_button.text() == "Best match"
    qtbot.keyClick(tab.list.filters.search, Qt.Key_Escape)
    qtbot.waitUntil(lambda: len(titles(tab)) == 3, timeout=LONGEST_MS)
    assert tab.list.filters.sort_button.text() == "Title"


def test_a_number_finds_its_article(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    search(qtbot, seat, tab, three[2].number.lower())
    assert titles(tab)[0] == three[2].title
    tab.list.filters.search.clear()
    search(qtbot, seat, tab, "KB-999")
    assert titles(tab) == []


def test_rows_say_what_is_not_for_everybody(seated, library, three):
    library.draft("A draft", visibility=Visibility.TECHNICIANS)
    tab = tab_of(seated("bob"))
    model = tab.list.rows.model()
    words = [model.index(row, 0).data(Qt.AccessibleTextRole) for row in range(model.rowCount())]
    assert words[0].endswith("A draft, Internal, Draft")
    assert words[1] == f"{three[0].number} Connect the VPN"


def test_tag_and_language_narrow_the_list(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    filters = tab.list.filters
    assert not filters.language.isVisible(), "there is one only"
    library.published("Mit dem VPN verbinden", language="de", tags=("vpn",))
    tab.refresh()
    seat.settle()
    assert filters.language.isVisible()
    choose(filters.language, "Deutsch")
    seat.settle()
    assert titles(tab) == ["Mit dem VPN verbinden"]
    filters.clear()
    choose(filters.tag, "vpn")
    seat.settle()
    assert titles(tab) == ["Connect the VPN", "Mit dem VPN verbinden"]


def choose(filter_button: Any, label: str) -> None:
    [action] = [a for a in filter_button.menu().actions() if a.text() == label]
    action.trigger()


def test_the_order_can_be_chosen(seated, library, three, sign_in, clock):
    alice = sign_in("alice")
    alice.knowledge.note_read(three[2].id)
    clock.forward(minutes=1)
    library.published("A new one")
    seat = seated("bob")
    tab = tab_of(seat)
    menu = tab.list.filters.sort_button.menu()
    assert [action.text() for action in menu.actions()] == ["Title", "Newest", "Most read"]
    menu.actions()[2].trigger()
    seat.settle()
    assert titles(tab)[0] == "Print with a badge"
    menu.actions()[1].trigger()
    seat.settle()
    assert titles(tab)[0] == "A new one"


def test_a_long_list_is_fetched_as_one_scrolls(seated, library):
    for number in range(60):
        library.published(f"Article {number:02}")
    seat = seated("alice")
    tab = tab_of(seat)
    rows = tab.list.rows
    assert len(titles(tab)) < 60
    rows.verticalScrollBar().setValue(rows.verticalScrollBar().maximum())
    seat.settle()
    assert len(titles(tab)) == 60
    rows.verticalScrollBar().setValue(1500)
    top = rows.indexAt(QPoint(0, 0)).row()
    library.published("Something else")
    tab.refresh()
    seat.settle()
    assert rows.indexAt(QPoint(0, 0)).row() == top, "whoever scrolls is not disturbed"


# --- nothing to show ----------------------------------------------------------------------------


def test_an_empty_desk_says_what_to_do_first(seated, qtbot):
    writer = tab_of(seated("bob"))
    assert "There are no articles yet" in said(writer.list)
    assert len([b for b in writer.findChildren(QPushButton) if b.text() == "New article"]) == 2
    reader = tab_of(seated("alice"))
    assert "There are no articles yet" in said(reader.list)
    with qtbot.waitSignal(reader.ticket_form_wanted):
        click(qtbot, button(reader, "Submit a ticket"))


def test_readers_who_find_nothing_are_led_to_a_ticket(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    search(qtbot, seat, tab, "xylophone")
    assert "Nothing found" in said(tab.list)
    assert "No article chosen" in said(tab.pane)
    with qtbot.waitSignal(tab.ticket_form_wanted):
        click(qtbot, button(tab, "Submit a ticket"))


def test_nothing_within_a_place_offers_to_search_everywhere(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    go_to(tab, "VPN")
    seat.settle()
    search(qtbot, seat, tab, "badge")
    click(qtbot, button(tab, "Search all articles"))
    seat.settle()
    assert titles(tab) == ["Print with a badge"]
    assert place_of(tab) == "All articles"


def misses(library: Library) -> list[str]:
    found = library.bob.knowledge.figures(FiguresQuery()).missed
    return [f"{miss.text} {miss.times}" for miss in found]


def test_what_was_found_nowhere_is_noted_once_after_a_pause(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    search(qtbot, seat, tab, "xylo")
    assert "Nothing found" in said(tab.list)
    before = seat.transport.count("search")
    qtbot.keyClicks(tab.list.filters.search, "phone")
    qtbot.waitUntil(lambda: seat.transport.count("search") > before, timeout=LONGEST_MS)
    assert seat.transport.count("missed") == 0, "whoever types on is not done"
    qtbot.waitUntil(lambda: seat.transport.count("missed") == 1, timeout=LONGEST_MS)
    seat.settle()
    assert misses(library) == ["xylophone 1"]
    tab.list.focus_rows()
    tab.refresh()
    seat.settle()
    tab.list.filters.search.clear()
    search(qtbot, seat, tab, "xylophone")
    tab.tree.setFocus()
    seat.settle()
    assert seat.transport.count("missed") == 1


def test_it_is_noted_when_the_field_is_left(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    search(qtbot, seat, tab, "xylophone")
    assert seat.transport.count("missed") == 0
    tab.tree.setFocus()
    seat.settle()
    assert misses(library) == ["xylophone 1"]


def test_what_one_place_does_not_hold_is_no_miss(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    go_to(tab, "VPN")
    seat.settle()
    search(qtbot, seat, tab, "badge")
    tab.tree.setFocus()
    seat.settle()
    assert seat.transport.count("missed") == 0


def test_loading_and_failing_have_their_states(seated, three, qtbot):
    seat = seated("alice")
    with seat.transport.held("search") as gate:
        tab = KnowledgeBaseTab(seat.desktop)
        tab.resize(1232, 820)
        assert tab.list.states.state == "loading"
        gate.set()
    seat.show(tab, 1232, 820)
    assert tab.list.states.state == "content"
    with seat.transport.failing(Busy("Another program is writing; try again."), "search"):
        go_to(tab, "VPN")
        seat.settle()
        assert "Another program is writing; try again." in said(tab.list)
    click(qtbot, button(tab.list, "Retry"))
    seat.settle()
    assert titles(tab) == ["Connect the VPN"]


def test_an_article_that_cannot_be_loaded_says_so(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    with seat.transport.failing(Busy("Another program is writing; try again."), "view"):
        click_row(qtbot, tab.list.rows, 1)
        seat.settle()
        assert "Another program is writing; try again." in said(tab.pane)
    click(qtbot, button(tab.pane, "Retry"))
    seat.settle()
    assert shown(tab).title == "Join the Wi-Fi"


# --- reading ------------------------------------------------------------------------------------


def test_an_article_shows_what_belongs_to_it(seated, library, three, sign_in, qtbot):
    library.published("Connect the VPN from a hotel", tags=("vpn",))
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject="VPN drops"))
    library.bob.knowledge.link(ticket.id, ArticleLink(article_id=three[0].id))
    seat = seated("alice")
    tab = tab_of(seat)
    qtbot.waitUntil(lambda: "hotel" in said(tab.pane.related), timeout=LONGEST_MS)
    words = said(tab.pane)
    for wanted in (
        "Connect the VPN",
        f"{three[0].number} · Network › VPN",
        "updated just now",
        "From home.",
        "All about Connect the VPN.",
        "Was this helpful?",
        "Connect the VPN from a hotel",
        ticket.number,
        "home",
    ):
        assert wanted in words, wanted
    for hidden in ("Bob Keller", "Edit", "History…", "Archive", "Publish", "Read "):
        assert hidden not in words.split(" | "), hidden
    assert not tab.pane.state_chip.isVisible()
    with qtbot.waitSignal(tab.ticket_wanted) as told:
        click(qtbot, link(tab.pane.tickets, ticket.number))
    assert told.args == [ticket.id]
    click(qtbot, link(tab.pane.related, "hotel"))
    seat.settle()
    assert shown(tab).title == "Connect the VPN from a hotel"


def link(widget: QWidget, words: str) -> QPushButton:
    [found] = [b for b in widget.findChildren(QPushButton) if words in b.accessibleName()]
    return found


def test_staff_see_state_readers_and_an_older_text(seated, library, three):
    change = ArticleChange(body="Better.", visibility=Visibility.TECHNICIANS, version=2)
    library.bob.articles.save(three[0].id, change)
    tab = tab_of(seated("bob"))
    pane = tab.pane
    assert pane.state_chip.text == "Draft"
    assert pane.internal_chip.isVisible()
    assert pane.older_chip.isVisible()
    assert not pane.due_chip.isVisible()
    assert "Better." in said(pane)
    reader = tab_of(seated("alice"))
    assert "All about Connect the VPN." in said(reader.pane)
    assert not reader.pane.older_chip.isVisible()


def test_a_review_that_is_due_is_said(seated, three, clock):
    clock.forward(days=3650)
    tab = tab_of(seated("bob"))
    assert tab.pane.due_chip.isVisible()


def test_a_tag_lists_all_that_have_it(seated, library, three, qtbot):
    library.published("Printer on fire", tags=("printer",))
    seat = seated("alice")
    tab = tab_of(seat)
    go_to(tab, "VPN")
    seat.settle()
    tab.show_article(three[2].id)
    seat.settle()
    click(qtbot, button(tab.pane, "printer"))
    seat.settle()
    assert titles(tab) == ["Print with a badge", "Printer on fire"]
    assert tab.list.filters.tag.text() == "Tag: printer"


def test_a_link_in_the_text_leads_to_another_article(seated, library, three, qtbot):
    seat = seated("alice")
    body = f"[next]({three[1].number})"
    first = library.published("A first one", body=body)
    tab = tab_of(seat)
    assert shown(tab).id == first.id
    place = tab.pane.browser.cursorRect().center() + QPoint(10, 2)
    qtbot.mouseClick(tab.pane.browser.viewport(), Qt.LeftButton, pos=place)
    seat.settle()
    assert shown(tab).id == three[1].id
    assert tab.list.rows.currentIndex().row() == 2


@pytest.fixture
def chain(library, three) -> list[ArticleView]:
    """Return articles each of which begins with a link to the next."""
    last = three[1]
    second = library.published("A second one", body=f"[next]({last.number})")
    first = library.published("A first one", body=f"[next]({second.number})")
    return [first, second, last]


def follow(qtbot: Any, seat: Any, tab: KnowledgeBaseTab) -> None:
    """Click the link that the text begins with."""
    place = tab.pane.browser.cursorRect().center() + QPoint(10, 2)
    qtbot.mouseClick(tab.pane.browser.viewport(), Qt.LeftButton, pos=place)
    seat.settle()


def go_back_by(qtbot: Any, tab: KnowledgeBaseTab, way: str) -> None:
    viewports = {"text": tab.pane.browser.viewport(), "list": tab.list.rows.viewport()}
    if way == "button":
        click(qtbot, named(tab, "Back"))
    elif way == "key in the text":
        tab.pane.focus_text()
        qtbot.keyClick(tab.pane.browser, Qt.Key_Left, Qt.AltModifier)
    elif way == "key in the list":
        qtbot.keyClick(tab.list.rows, Qt.Key_Left, Qt.AltModifier)
    else:
        qtbot.mouseClick(viewports.get(way, tab.pane.title), Qt.BackButton)


@pytest.mark.parametrize(
    "way", ["button", "key in the text", "key in the list", "text", "list", "title"]
)
def test_one_goes_back_to_where_a_link_was_followed(seated, chain, qtbot, way):
    seat = seated("alice")
    tab = tab_of(seat)
    back = tab.pane.way_back.button
    assert not back.isVisible()
    for article in chain[1:]:
        follow(qtbot, seat, tab)
        assert shown(tab).id == article.id
        assert back.isVisible()
    assert back.toolTip() == "Back (Alt+Left)"
    for article in (chain[1], chain[0]):
        go_back_by(qtbot, tab, way)
        seat.settle()
        assert shown(tab).id == article.id
        assert tab.list.current is not None
        assert tab.list.current.id == article.id
    assert not back.isVisible()
    if way != "button":
        go_back_by(qtbot, tab, way)
        seat.settle()
    assert shown(tab).id == chain[0].id, "there is nowhere to go"


def test_another_row_begins_a_new_way(seated, chain, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    follow(qtbot, seat, tab)
    click_row(qtbot, tab.list.rows, 1)
    seat.settle()
    assert tab.pane.way_back.button.isVisible(), "it is the article that is shown already"
    click_row(qtbot, tab.list.rows, 3)
    seat.settle()
    assert not tab.pane.way_back.button.isVisible()
    qtbot.keyClick(tab.list.rows, Qt.Key_Left, Qt.AltModifier)
    seat.settle()
    assert tab.list.rows.currentIndex().row() == 3


def test_a_link_that_leads_nowhere_leads_back(seated, library, three, qtbot):
    seat = seated("alice")
    first = library.published("A first one", body="[next](KB-999)")
    tab = tab_of(seat)
    follow(qtbot, seat, tab)
    assert tab.pane.article is None
    click(qtbot, button(tab.pane, "Back"))
    seat.settle()
    assert shown(tab).id == first.id


def test_an_article_outside_the_list_is_shown_beside_it(seated, library, three):
    seat = seated("alice")
    tab = tab_of(seat)
    go_to(tab, "VPN")
    seat.settle()
    tab.show_article(three[2].id)
    seat.settle()
    assert shown(tab).id == three[2].id
    assert not tab.list.rows.currentIndex().isValid()
    tab.refresh()
    seat.settle()
    assert shown(tab).id == three[2].id


def test_j_and_k_walk_enter_opens_and_escape_returns(seated, three, qtbot):
    seat = seated("alice")
    window = MainWindow(seat.desktop)
    seat.show(window, 1440, 900)
    tab: Any = window.open_tab("articles")
    seat.settle()
    assert tab.list.filters.search.hasFocus()
    qtbot.keyClick(tab.list.filters.search, Qt.Key_Down)
    assert tab.list.rows.hasFocus()
    for key, title in (
        ("J", "Join the Wi-Fi"),
        ("J", "Print with a badge"),
        ("K", "Join the Wi-Fi"),
    ):
        qtbot.keyClicks(tab.list.rows, key.lower())
        seat.settle()
        assert shown(tab).title == title
    qtbot.keyClick(tab.list.rows, Qt.Key_Return)
    seat.settle()
    assert tab.pane.browser.hasFocus()
    qtbot.keyClicks(tab.pane.browser, "k")
    seat.settle()
    assert shown(tab).title == "Connect the VPN", "single keys act in the text too"
    qtbot.keyClick(tab.pane.browser, Qt.Key_Escape)
    assert tab.list.rows.hasFocus()
    qtbot.keyClicks(tab.list.rows, "/")
    assert tab.list.filters.search.hasFocus()


def test_the_text_is_scrolled_with_the_keyboard(seated, library, qtbot):
    library.published("Long", body="\n\n".join(f"Paragraph {n}" for n in range(100)))
    tab = tab_of(seated("alice"))
    tab.pane.focus_text()
    qtbot.keyClick(tab.pane.browser, Qt.Key_PageDown)
    assert tab.pane.area.verticalScrollBar().value() > 0


def test_enter_in_the_search_opens_the_best_match(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    tab.list.focus_search()
    qtbot.keyClicks(tab.list.filters.search, "badge")
    qtbot.keyClick(tab.list.filters.search, Qt.Key_Return)
    qtbot.waitUntil(lambda: titles(tab) == ["Print with a badge"], timeout=LONGEST_MS)
    qtbot.waitUntil(lambda: reads(library, three[2]) == 1, timeout=LONGEST_MS)
    seat.settle()
    assert shown(tab).id == three[2].id


# --- what is counted ----------------------------------------------------------------------------


def test_a_reading_is_counted_once_for_each_opening(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    assert reads(library, three[0]) == 0, "what is first in a list was opened by nobody"
    click_row(qtbot, tab.list.rows, 0)
    seat.settle()
    assert reads(library, three[0]) == 1
    click_row(qtbot, tab.list.rows, 0)
    tab.refresh()
    seat.settle()
    assert reads(library, three[0]) == 1
    click_row(qtbot, tab.list.rows, 1)
    seat.settle()
    click_row(qtbot, tab.list.rows, 0)
    seat.settle()
    assert (reads(library, three[0]), reads(library, three[1])) == (2, 1)
    tab.show_article(three[2].id)
    seat.settle()
    assert reads(library, three[2]) == 1


def test_a_reading_that_cannot_be_counted_is_no_matter(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    unheard: list[object] = []
    seat.background.unheard.connect(unheard.append)
    with seat.transport.failing(Busy("Busy."), "note_read"):
        click_row(qtbot, tab.list.rows, 1)
        seat.settle()
    assert shown(tab).title == "Join the Wi-Fi"
    assert unheard == []
    assert "Busy" not in said(tab)


# --- rating -------------------------------------------------------------------------------------


def test_a_yes_is_thanked_for_and_can_be_changed(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    bar = tab.pane.rating_bar
    click(qtbot, bar.yes_button)
    seat.settle()
    assert library.view(three[0].id).helpful == 1
    assert "Thank you. You found this helpful." in said(bar)
    seat.feed.look()
    seat.settle()
    again = tab_of(seat)
    assert "You found this helpful." in said(again.pane.rating_bar)
    assert not again.pane.rating_bar.yes_button.isVisible()
    click(qtbot, button(again.pane.rating_bar, "Change"))
    click(qtbot, again.pane.rating_bar.no_button)
    seat.settle()
    view = library.view(three[0].id)
    assert (view.helpful, view.unhelpful) == (0, 1)


def test_a_no_counts_at_once_and_asks_for_more(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    bar = tab.pane.rating_bar
    click(qtbot, bar.no_button)
    assert bar.comment.hasFocus()
    seat.settle()
    assert library.view(three[0].id).unhelpful == 1, "many go away without a word more"
    qtbot.keyClicks(bar.comment, "Step 3 is missing")
    tab.refresh()
    seat.settle()
    assert bar.comment.toPlainText() == "Step 3 is missing", "news takes nothing away"
    qtbot.keyClick(bar.comment, Qt.Key_Return, Qt.ControlModifier)
    seat.settle()
    [rating] = library.bob.knowledge.ratings(three[0].id)
    assert (rating.helpful, rating.comment) == (False, "Step 3 is missing")
    assert "Thank you. You did not find this helpful." in said(bar)
    assert not bar.comment.isVisible()


def test_a_comment_that_is_not_taken_stays_and_outlives_the_window(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    bar = tab.pane.rating_bar
    click(qtbot, bar.no_button)
    seat.settle()
    qtbot.keyClicks(bar.comment, "Step 3 is missing")
    with seat.transport.failing(Busy("Another program is writing; try again."), "rate"):
        click(qtbot, bar.send_button)
        seat.settle()
    assert "Another program is writing; try again." in said(bar)
    assert bar.comment.toPlainText() == "Step 3 is missing"
    click_row(qtbot, tab.list.rows, 1)
    seat.settle()
    assert not bar.comment.isVisible()
    seat.drafts.flush()
    again = tab_of(seat)
    assert again.pane.rating_bar.comment.toPlainText() == "Step 3 is missing"
    click(qtbot, again.pane.rating_bar.send_button)
    seat.settle()
    seat.drafts.flush()
    assert seat.drafts.load(f"rating-{three[0].id}") == {}


def test_an_answer_that_is_not_taken_is_asked_again(seated, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    bar = tab.pane.rating_bar
    with seat.transport.failing(Busy("Another program is writing; try again."), "rate"):
        click(qtbot, bar.no_button)
        seat.settle()
    assert "try again" in said(bar)
    assert bar.no_button.isVisible()
    assert bar.no_button.isEnabled()


def test_too_long_a_comment_is_said_before_it_is_sent(seated, three, qtbot):
    seat = seated("alice")
    bar = tab_of(seat).pane.rating_bar
    click(qtbot, bar.no_button)
    seat.settle()
    bar.comment.setPlainText("x" * 2_001)
    assert not bar.send_button.isEnabled()
    assert "at most 2,000 fit" in said(bar)


def test_what_is_no_longer_published_cannot_be_rated(seated, library):
    library.draft("A draft")
    assert not tab_of(seated("bob")).pane.rating_bar.isVisible()


# --- writing ------------------------------------------------------------------------------------


def offered(tab: KnowledgeBaseTab) -> set[str]:
    buttons = [
        tab.pane.edit_button,
        tab.pane.review_button,
        tab.pane.publish_button,
        tab.pane.draft_button,
        tab.pane.history_button,
        tab.pane.archive_button,
        tab.pane.copy_button,
    ]
    return {each.text() for each in buttons if each.isVisible()}


def test_buttons_are_those_that_the_desk_allows(seated, library, qtbot):
    view = library.draft("A draft")
    usual = {"Edit", "History…", "Copy link"}
    bob_seat, charlie_seat = seated("bob"), seated("charlie")
    assert offered(tab_of(bob_seat)) == usual | {"Ask for review", "Archive"}
    tab = tab_of(charlie_seat)
    assert offered(tab) == usual | {"Ask for review", "Publish", "Archive"}
    click(qtbot, tab.pane.review_button)
    charlie_seat.settle()
    assert library.view(view.id).state is ArticleState.REVIEW
    assert tab.pane.state_chip.text == "In Review"
    assert offered(tab) == usual | {"Back to draft", "Publish", "Archive"}
    click(qtbot, tab.pane.draft_button)
    charlie_seat.settle()
    assert library.view(view.id).state is ArticleState.DRAFT
    with qtbot.waitSignal(tab.said) as told:
        click(qtbot, tab.pane.publish_button)
    assert told.args == [f"{view.number} is published"]
    charlie_seat.settle()
    assert offered(tab) == usual | {"Archive"}
    assert offered(tab_of(seated("alice"))) == {"Copy link"}


def archive_and_undo(qtbot, seat: Any, tab: KnowledgeBaseTab) -> None:
    """Put the article shown into the archive and take it out again with the toast's button."""
    click(qtbot, tab.pane.archive_button)
    seat.settle()
    assert shown(tab).state is ArticleState.ARCHIVED
    [toast] = toasts_of(tab)
    assert isinstance(toast, Toast)
    click(qtbot, button(toast, "Undo"))
    seat.settle()


@pytest.mark.parametrize("state", ["draft", "review", "published"])
def test_the_archive_can_be_undone(seated, library, qtbot, state):
    view = library.draft("A draft")
    if state != "draft":
        library.move(view, state)
    seat = seated("charlie")
    tab = tab_of(seat)
    archive_and_undo(qtbot, seat, tab)
    assert library.view(view.id).state is ArticleState(state)
    assert shown(tab).state is ArticleState(state)


@pytest.mark.parametrize("state", ["draft", "review"])
def test_out_of_the_archive_readers_have_their_text_again(seated, library, qtbot, state):
    view = library.published("An article", body="What readers had.")
    change = ArticleChange(body="What is being written.", version=view.version)
    newer = library.bob.articles.save(view.id, change)
    if state == "review":
        library.move(newer, state)
    seat = seated("charlie")
    tab = tab_of(seat)
    with qtbot.waitSignal(tab.said) as told:
        archive_and_undo(qtbot, seat, tab)
    assert told.args == [f"{view.number} is back as it was"]
    assert shown(tab_of(seated("alice"))).body == "What readers had."
    after = library.view(view.id)
    assert (after.body, after.state) == ("What is being written.", ArticleState(state))
    assert tab.pane.older_chip.isVisible()


def test_two_who_move_the_same_article_are_told(seated, library, qtbot):
    view = library.draft("A draft")
    seat = seated("charlie")
    tab = tab_of(seat)
    library.bob.articles.save(view.id, ArticleChange(body="Other.", version=view.version))
    click(qtbot, tab.pane.publish_button)
    seat.settle()
    assert "was changed in the meantime" in said(tab.pane)
    assert "Other." in said(tab.pane), "what it is now is shown"
    assert library.view(view.id).state is ArticleState.DRAFT


def test_a_move_that_fails_leaves_the_article(seated, three, qtbot):
    seat = seated("charlie")
    tab = tab_of(seat)
    with seat.transport.failing(Conflict("No."), "move"):
        click(qtbot, tab.pane.archive_button)
        seat.settle()
    assert shown(tab).state is ArticleState.PUBLISHED
    assert tab.pane.archive_button.isVisible()


def test_number_and_title_are_copied(seated, three, qtbot):
    tab = tab_of(seated("alice"))
    click(qtbot, tab.pane.copy_button)
    assert QApplication.clipboard().text() == f"{three[0].number} Connect the VPN"


# --- what others provide ------------------------------------------------------------------------


class FakeEditor(QWidget):
    """Stands in for the editor; notes what it was asked to do."""

    saved = pyqtSignal(object)
    closed = pyqtSignal()
    article_wanted = pyqtSignal(int)

    def __init__(self, desktop: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asked: list[object] = []

    def begin(self, category_id: int | None) -> None:
        self.asked.append(category_id)

    def edit(self, view: ArticleView) -> None:
        self.asked.append(view.number)


class FakeRevisions(QDialog):
    """Stands in for the dialog of revisions."""

    restored = pyqtSignal(object)

    def __init__(self, desktop: Any, view: ArticleView, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = view


class FakeReports(QWidget):
    """Stands in for the reports."""

    article_wanted = pyqtSignal(int)
    article_edit_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.StrongFocus)

    def focus_first(self) -> None:
        self.setFocus()


@pytest.fixture
def provided(monkeypatch) -> None:
    """Put stand-ins in the place of editor, revisions and reports."""
    for name, attribute, fake in (
        ("editor", "ArticleEditor", FakeEditor),
        ("revisions_dialog", "RevisionsDialog", FakeRevisions),
        ("reports", "", None),
        ("reports.reports_pane", "ReportsPane", FakeReports),
    ):
        module = ModuleType(f"helpdesk.ui.articles.{name}")
        if fake is not None:
            setattr(module, attribute, fake)
        monkeypatch.setitem(sys.modules, module.__name__, module)


def editor_of(tab: KnowledgeBaseTab) -> FakeEditor:
    [editor] = tab.findChildren(FakeEditor)
    return editor


def test_a_new_article_begins_in_the_category_shown(seated, library, three, provided, qtbot):
    seat = seated("bob")
    tab = tab_of(seat)
    go_to(tab, "VPN")
    seat.settle()
    click(qtbot, tab.list.new_button)
    editor = editor_of(tab)
    assert editor.isVisible()
    assert editor.asked == [three[0].category.id]
    assert not tab.list.isVisible()
    made = library.draft("Begun")
    editor.saved.emit(made)
    editor.closed.emit()
    seat.settle()
    assert shown(tab).id == made.id
    assert tab.list.isVisible()


def test_edit_opens_the_article_and_closing_returns_to_it(seated, three, provided, qtbot):
    seat = seated("bob")
    tab = tab_of(seat)
    click(qtbot, tab.pane.edit_button)
    assert editor_of(tab).asked == [three[0].number]
    tab.edit_article(three[1].id)
    seat.settle()
    assert editor_of(tab).asked == [three[0].number, three[1].number]
    editor_of(tab).closed.emit()
    seat.settle()
    assert shown(tab).id == three[1].id
    assert not editor_of(tab).isVisible()


def test_reading_another_article_leaves_a_way_back_to_the_editor(seated, three, provided, qtbot):
    seat = seated("bob")
    tab = tab_of(seat)
    tab.new_article()
    editor_of(tab).article_wanted.emit(three[1].id)
    seat.settle()
    assert shown(tab).id == three[1].id
    assert not editor_of(tab).isVisible()
    click(qtbot, button(tab, "Go on writing"))
    assert editor_of(tab).isVisible()
    assert "Go on writing" not in said(tab)


def test_an_article_that_cannot_be_edited_says_so(seated, three, provided):
    seat = seated("bob")
    tab = tab_of(seat)
    tab.edit_article(999)
    seat.settle()
    assert "There is no article KB-999 that you can see." in said(tab)
    assert not tab.findChildren(FakeEditor)


def test_readers_begin_no_article(seated, three, provided):
    tab = tab_of(seated("alice"))
    tab.new_article()
    assert not tab.findChildren(FakeEditor)


def test_history_opens_and_a_restored_text_is_shown(seated, library, three, provided, qtbot):
    seat = seated("bob")
    tab = tab_of(seat)
    click(qtbot, tab.pane.history_button)
    [dialog] = tab.pane.findChildren(FakeRevisions)
    assert dialog.view.number == three[0].number
    change = ArticleChange(body="As before.", version=three[0].version)
    dialog.restored.emit(library.bob.articles.save(three[0].id, change))
    seat.settle()
    assert "As before." in said(tab.pane)
    dialog.reject()


@pytest.mark.parametrize("width", [1232, 960])
def test_reports_take_the_room_and_lead_back(seated, three, provided, qtbot, width):
    seat = seated("bob")
    tab = tab_of(seat, width)
    tab.show_place(tab.list.place._replace(key="nowhere"))
    [action] = [a for a in tab.list.place_button.menu().actions() if a.text() == "Reports"]
    action.trigger()
    [reports] = tab.findChildren(FakeReports)
    assert reports.isVisible()
    assert not tab.list.isVisible()
    tab.focus_first()
    assert reports.hasFocus()
    assert not tab.act("J")
    way_back = [b for b in tab.findChildren(QAbstractButton) if b.text() == "Reports"]
    assert any(b.isVisible() for b in way_back) is (width < 1000)
    reports.article_wanted.emit(three[1].id)
    seat.settle()
    assert shown(tab).id == three[1].id
    assert tab.list.isVisible()
    with qtbot.waitSignal(tab.ticket_wanted) as told:
        reports.ticket_wanted.emit(7)
    assert told.args == [7]
    reports.article_edit_wanted.emit(three[2].id)
    seat.settle()
    assert editor_of(tab).asked == [three[2].number]


# --- news ---------------------------------------------------------------------------------------


def test_what_others_change_is_shown_and_the_place_kept(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    seat.feed.start()
    click_row(qtbot, tab.list.rows, 1)
    seat.settle()
    library.published("An earlier title")
    qtbot.waitUntil(lambda: titles(tab)[0] == "An earlier title", timeout=LONGEST_MS)
    seat.settle()
    assert tab.list.rows.currentIndex().row() == 2
    assert shown(tab).title == "Join the Wi-Fi"
    change = ArticleChange(title="Join the new Wi-Fi", publish=True, version=three[1].version)
    library.charlie.articles.save(three[1].id, change)
    qtbot.waitUntil(lambda: shown(tab).title == "Join the new Wi-Fi", timeout=LONGEST_MS)
    library.category("Brand new")
    library.published("There", category_id=library.category("Another"))
    qtbot.waitUntil(lambda: "Another, 1" in tree_words(tab), timeout=LONGEST_MS)
    seat.settle()
    assert reads(library, three[1]) == 1, "a refresh is no reading"


def test_the_scrolled_place_of_a_text_is_kept(seated, library, qtbot):
    view = library.published("Long", body="\n\n".join(f"Paragraph {n}" for n in range(100)))
    seat = seated("alice")
    tab = tab_of(seat)
    bar = tab.pane.area.verticalScrollBar()
    bar.setValue(400)
    library.charlie.articles.save(
        view.id, ArticleChange(summary="Said shortly.", publish=True, version=view.version)
    )
    tab.refresh()
    seat.settle()
    assert "Said shortly." in said(tab.pane)
    assert bar.value() == 400


def test_an_article_that_is_withdrawn_says_so(seated, library, three, qtbot):
    seat = seated("alice")
    tab = tab_of(seat)
    library.move(three[0], "archived")
    tab.refresh()
    seat.settle()
    assert "Connect the VPN" not in titles(tab)
    assert f"There is no article {three[0].number} that you can see." in said(tab.pane)


def test_without_a_connection_what_was_read_stays(away_seat, server, library, three, qtbot):
    seat = away_seat("alice")
    tab = tab_of(seat)
    server.go_away()
    tab.refresh()
    seat.settle()
    assert "No connection; this is how it was at" in said(tab.list)
    assert "No connection; this is how it was at" in said(tab.pane)
    assert len(titles(tab)) == 3
    assert "All about Connect the VPN." in said(tab.pane)
    click(qtbot, tab.pane.rating_bar.yes_button)
    seat.settle()
    assert "does not answer" in said(tab.pane.rating_bar)
    server.come_back()
    tab.refresh()
    seat.settle()
    assert "No connection" not in said(tab)


# --- the window ---------------------------------------------------------------------------------


@pytest.fixture
def window_of(seated):
    def opened(who: str, width: int = 1440, height: int = 900) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, width, height)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


def test_the_badge_counts_what_waits_for_the_person(window_of, library, qtbot):
    window = window_of("charlie")
    names = window.navigation.tabBar()
    index = window.tab_keys.index("articles")
    assert names.accessibleTabName(index) == "Knowledge Base"
    library.move(library.draft("To publish"), "review")
    qtbot.waitUntil(
        lambda: names.accessibleTabName(index) == "Knowledge Base, 1 waiting", timeout=LONGEST_MS
    )
    window.seat.settle()


def test_readers_ask_for_no_badge(window_of):
    assert window_of("alice").seat.transport.count("waiting") == 0


def test_the_window_shows_and_edits_articles(window_of, three, provided):
    window = window_of("bob")
    window.show_article(three[1].id)
    tab: Any = window.current_tab()
    window.seat.settle()
    assert shown(tab).id == three[1].id, "the list must not take it away again"
    assert window.place.article_id == three[1].id
    window.open_tab("view")
    window.edit_article(three[2].id)
    window.seat.settle()
    assert editor_of(tab).asked == [three[2].number]


def test_another_window_in_its_place_shows_the_same_article(window_of, three):
    window = window_of("alice")
    window.show_article(three[2].id)
    window.seat.settle()
    place = window.place
    other = window_of("alice")
    other.go_to(place)
    other.seat.settle()
    tab: Any = other.current_tab()
    assert shown(tab).id == three[2].id


def test_a_ticket_of_an_article_opens_in_its_tab(window_of, three, sign_in):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="VPN drops"))
    window = window_of("alice")
    tab: Any = window.open_tab("articles")
    window.seat.settle()
    tab.ticket_wanted.emit(ticket.id)
    window.seat.settle()
    front: Any = window.current_tab()
    assert front.pane.ticket.id == ticket.id
    tab.ticket_form_wanted.emit()
    assert window.tab_keys[window.navigation.currentIndex()] == "submit"


@pytest.mark.parametrize("by", ["number", "words"])
def test_the_palette_finds_articles(window_of, three, qtbot, by):
    window = window_of("alice")
    window.show_palette()
    [palette] = window.findChildren(CommandPalette)
    text = three[2].number if by == "number" else "badge"
    qtbot.keyClicks(palette.field, text)
    wanted = f"{three[2].number}  Print with a badge"

    def found() -> bool:
        return wanted in [palette.rows.item(row).text() for row in range(palette.rows.count())]

    qtbot.waitUntil(found, timeout=LONGEST_MS)
    window.seat.settle()
    qtbot.keyClick(palette.field, Qt.Key_Return)
    window.seat.settle()
    tab: Any = window.current_tab()
    assert shown(tab).id == three[2].id


@pytest.mark.parametrize("size", [QSize(1440, 900), QSize(1024, 700), QSize(900, 600)])
def test_nothing_is_cut_off_at_the_usual_sizes(window_of, library, three, size):
    change = ArticleChange(title="A title of many words " * 6, body="x", version=three[0].version)
    library.bob.articles.save(three[0].id, change)
    window = window_of("charlie", size.width(), size.height())
    tab: Any = window.open_tab("articles")
    tab.show_article(three[0].id)
    window.seat.settle()
    right = tab.pane.mapTo(window, QPoint(tab.pane.width(), 0)).x()
    assert right <= window.width()
    for each in tab.pane.findChildren(QPushButton):
        if each.isVisible():
            edge = each.mapTo(tab.pane, QPoint(each.width(), 0)).x()
            assert edge <= tab.pane.width(), each.text()


def test_what_can_be_done_has_names(seated, three):
    tab = tab_of(seated("bob"))
    for name in ("Search articles", "Articles", "Categories", "Yes, this was helpful"):
        assert named(tab, name)
