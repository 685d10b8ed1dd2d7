# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles on tickets: found, read, linked, put into a reply, and made of what was solved."""

from __future__ import annotations

from time import process_time

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QTextCursor
from PyQt5.QtWidgets import QAction, QApplication, QLabel, QListWidget, QPushButton, QWidget

from helpdesk.core.errors import Busy, Unreachable
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleLink,
    ArticleMove,
    ArticleState,
    NewArticle,
    Visibility,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status
from helpdesk.ui.articles.article_picker import ArticlePicker
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.tickets.article_words import reply_words
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.article_browser_twin import provide
from tests.ui.seats import LONGEST_MS, button, click, menu_of, named

JAMMED = "The printer is jammed"
HOW = "Free a jammed printer"


@pytest.fixture(autouse=True)
def _browser() -> None:
    provide()


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(NewTicket(subject=JAMMED, description="Third floor."))


@pytest.fixture
def write(sign_in):
    """Return a function that writes an article, published unless told otherwise."""

    def written(title: str, *, live: bool = True, **fields):
        manager = sign_in("charlie")
        new = NewArticle(title=title, **{"summary": f"In short: {title}"} | fields)
        article = manager.articles.create(new)
        if live:
            move = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
            article = manager.articles.move(article.id, move)
        return article

    return written


@pytest.fixture
def how(write):
    """Return the article that answers the ticket."""
    return write(HOW, body="## Steps\n\n1. Open the **tray**.\n2. Pull gently.")


@pytest.fixture
def link(sign_in, ticket):
    """Return a function that puts an article on the ticket."""

    def linked(article) -> None:
        sign_in("bob").knowledge.link(ticket.id, ArticleLink(article_id=article.id))

    return linked


@pytest.fixture
def on_ticket(sign_in, ticket):
    """Return a function that lists the numbers of the articles on the ticket."""

    def listed(who: str = "bob") -> list[str]:
        return [row.number for row in sign_in(who).knowledge.of_ticket(ticket.id)]

    return listed


@pytest.fixture
def pane_of(seated, ticket, qtbot):
    """Return a function that shows the ticket to somebody."""

    def open_pane(who: str, *, working: bool = True, width: int = 1100) -> TicketPane:
        seat = seated(who)
        pane = TicketPane(seat.desktop, working=working)
        seat.desktop.feed.changed.connect(lambda *_: pane.refresh())
        pane.seat = seat  # type: ignore[attr-defined]
        seat.feed.start()
        seat.show(pane, width, 900)
        pane.open(ticket.id)
        qtbot.waitUntil(lambda: pane.ticket is not None)
        seat.settle()
        return pane

    return open_pane


@pytest.fixture
def queue(seated, ticket, qtbot):
    """Return the main window of bob with the ticket shown in the queue."""
    seat = seated("bob")
    window = MainWindow(seat.desktop)
    seat.show(window, 1440, 900)
    tab = window.open_tab("manage")
    assert isinstance(tab, TicketListTab)
    seat.settle()
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    seat.settle()
    window.seat = seat  # type: ignore[attr-defined]
    return window


def links(pane: TicketPane) -> list[str]:
    """Return the titles in the section of articles, from the top."""
    section = pane.articles.section
    found = [b for b in section.findChildren(QPushButton) if b.accessibleName()[:3] == "KB-"]
    shown = [b for b in found if b.isVisibleTo(pane)]
    shown.sort(key=lambda link: link.mapTo(section, link.rect().topLeft()).y())
    return [link.accessibleName() for link in shown]


def words(widget: QWidget) -> list[str]:
    return [x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget)]


def chips(widget: QWidget) -> list[str]:
    """Return the chips shown, which are painted and so are no labels."""
    names = ("Internal", "Draft")
    return [
        w.accessibleName()
        for w in widget.findChildren(QWidget)
        if w.accessibleName() in names and w.isVisibleTo(widget)
    ]


def insert(pane: TicketPane, number: str, how: str) -> None:
    """Choose an entry of an article's menu."""
    menu = menu_of(pane.articles.section, f"Insert {number} into the reply")
    choose(menu.actions(), how)
    pane.seat.settle()  # type: ignore[attr-defined]


def choose(actions: list[QAction], text: str) -> None:
    next(action for action in actions if action.text() == text).trigger()


def written(pane: TicketPane) -> str:
    return pane.reply_box.text.toPlainText()


def open_picker(pane: TicketPane) -> ArticlePicker:
    picker = pane.articles.section.find_any()
    assert picker is not None
    pane.seat.settle()  # type: ignore[attr-defined]
    return picker


def found(picker: ArticlePicker) -> list[str]:
    rows = picker.findChild(QListWidget)
    assert rows is not None
    model = rows.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def search(qtbot, pane: TicketPane, picker: ArticlePicker, text: str) -> None:
    """Type into the picker and wait for what it finds."""
    transport = pane.seat.transport  # type: ignore[attr-defined]
    asked = transport.count("search")
    qtbot.keyClicks(picker.field, text)
    qtbot.waitUntil(lambda: transport.count("search") > asked, timeout=LONGEST_MS)
    pane.seat.settle()  # type: ignore[attr-defined]


# --- what is shown ----------------------------------------------------------------------------


def test_staff_see_what_is_on_the_ticket_and_what_may_belong_there(pane_of, how, write, link):
    other = write("Printer toner is empty")
    link(how)
    pane = pane_of("bob")
    assert links(pane) == [f"KB-1 {HOW}", f"{other.number} {other.title}"]
    assert "Suggested" in words(pane.articles.section)


def test_an_internal_one_and_a_draft_are_marked(pane_of, write, link):
    link(write("Open the fuser", visibility=Visibility.TECHNICIANS))
    link(write("Not finished", live=False))
    pane = pane_of("bob")
    assert sorted(chips(pane.articles.section)) == ["Draft", "Internal"]


def test_a_requester_sees_only_public_ones_and_reads_them(pane_of, how, write, link, qtbot):
    link(how)
    link(write("Open the fuser", visibility=Visibility.TECHNICIANS))
    pane = pane_of("alice", working=False)
    assert links(pane) == [f"KB-1 {HOW}"]
    for text in ("Suggested", "Find an article…", "Make an article", "Insert"):
        shown = [w for w in pane.articles.section.findChildren(QWidget) if w.isVisibleTo(pane)]
        assert not any(getattr(w, "text", str)() == text for w in shown)
    click(qtbot, named(pane, f"KB-1 {HOW}"))
    pane.seat.settle()
    assert "Pull gently." in named(pane.articles.peek, "Article").toPlainText()
    with qtbot.waitSignal(pane.articles.article_wanted) as wanted:
        click(qtbot, button(pane.articles.peek, "Open in the Knowledge Base"))
    assert wanted.args == [how.id]


def test_after_it_was_resolved_the_requester_still_sees_what_helped(
    pane_of, how, link, sign_in, ticket
):
    link(how)
    sign_in("bob").tickets.comment(ticket.id, NewComment(body="Done", status=Status.RESOLVED))
    assert links(pane_of("alice", working=False)) == [f"KB-1 {HOW}"]


def test_without_articles_a_requester_sees_no_section(pane_of, how):
    assert pane_of("alice", working=False).articles.section.isHidden()


def test_staff_without_articles_are_told_so(pane_of):
    pane = pane_of("bob")
    assert "None on this ticket yet." in words(pane.articles.section)
    assert button(pane.articles.section, "Find an article…").isVisible()


def test_what_a_colleague_links_arrives(pane_of, how, write, link, qtbot):
    other = write("About something else")
    pane = pane_of("bob")
    link(other)
    qtbot.waitUntil(lambda: f"{other.number} {other.title}" in links(pane))


def test_what_is_published_meanwhile_is_suggested(pane_of, write, qtbot):
    pane = pane_of("bob")
    assert links(pane) == []
    write(HOW)
    qtbot.waitUntil(lambda: links(pane) == [f"KB-1 {HOW}"])


def test_a_refresh_meanwhile_does_not_lose_the_news(pane_of, write, qtbot):
    pane = pane_of("bob")
    transport = pane.seat.transport
    with transport.held("suggest"):
        asked = transport.count("suggest")
        write(HOW)
        qtbot.waitUntil(lambda: transport.count("suggest") > asked)
        read = transport.count("of_ticket")
        pane.refresh()
        qtbot.waitUntil(lambda: transport.count("of_ticket") > read)
    qtbot.waitUntil(lambda: links(pane) == [f"KB-1 {HOW}"])


def test_a_failed_load_says_so_and_can_be_repeated(seated, ticket, how, qtbot):
    seat = seated("bob")
    pane = TicketPane(seat.desktop, working=True)
    pane.seat = seat  # type: ignore[attr-defined]
    seat.show(pane, 1100)
    with seat.transport.failing(Busy("The desk is busy; try again."), "of_ticket"):
        pane.open(ticket.id)
        qtbot.waitUntil(lambda: pane.ticket is not None)
        seat.settle()
        assert any("The desk is busy" in said for said in words(pane.articles.section))
    click(qtbot, button(pane.articles.section, "Retry"))
    seat.settle()
    assert links(pane) == [f"KB-1 {HOW}"]


def test_while_the_desk_is_away_what_was_read_stays(pane_of, how, link):
    link(how)
    pane = pane_of("bob")
    with pane.seat.transport.failing(Unreachable("Away.")):
        pane.refresh()
        pane.seat.settle()
        pane.articles.section.show_ticket(pane.ticket)
        pane.seat.settle()
    assert links(pane) == [f"KB-1 {HOW}"]


def test_another_ticket_begins_without_the_articles_of_the_first(pane_of, how, link, sign_in):
    link(how)
    other = sign_in("alice").tickets.open(NewTicket(subject="Something else"))
    pane = pane_of("bob")
    assert links(pane)
    with pane.seat.transport.held("of_ticket"):
        pane.articles.section.show_ticket(pane.ticket.model_copy(update={"id": other.id}))
        assert links(pane) == []
        assert "Loading…" in words(pane.articles.section)
    pane.seat.settle()


# --- linking ----------------------------------------------------------------------------------


def test_a_suggestion_is_linked_and_the_link_undone(pane_of, how, on_ticket, qtbot):
    pane = pane_of("bob")
    click(qtbot, named(pane, "Put KB-1 on the ticket"))
    pane.seat.settle()
    assert on_ticket() == ["KB-1"]
    assert links(pane) == [f"KB-1 {HOW}"], "it is not suggested any more"
    assert any("linked KB-1" in said for said in words(pane.properties))
    [toast] = toasts_of(pane.window())
    click(qtbot, button(toast, "Undo"))
    pane.seat.settle()
    assert on_ticket() == []
    qtbot.waitUntil(lambda: any("unlinked KB-1" in said for said in words(pane.properties)))


def test_a_link_is_taken_off_and_put_back(pane_of, how, link, on_ticket, qtbot):
    link(how)
    pane = pane_of("bob")
    click(qtbot, named(pane, "Take KB-1 off the ticket"))
    pane.seat.settle()
    assert on_ticket() == []
    [toast] = toasts_of(pane.window())
    click(qtbot, button(toast, "Undo"))
    pane.seat.settle()
    assert on_ticket() == ["KB-1"]


def test_a_link_that_fails_says_why(pane_of, how, on_ticket, qtbot):
    pane = pane_of("bob")
    with pane.seat.transport.failing(Unreachable("The server does not answer."), "link"):
        click(qtbot, named(pane, "Put KB-1 on the ticket"))
        pane.seat.settle()
        assert "The server does not answer." in words(pane.articles.section)
    assert on_ticket() == []


def test_a_requester_is_not_told_of_links_in_the_history(pane_of, how, link):
    link(how)
    pane = pane_of("alice", working=False)
    assert not any("linked" in said for said in words(pane.properties))


# --- reading ----------------------------------------------------------------------------------


def test_an_article_is_read_in_the_place_of_the_conversation(pane_of, how, qtbot):
    pane = pane_of("bob")
    opener = named(pane, f"KB-1 {HOW}")
    click(qtbot, opener)
    pane.seat.settle()
    assert named(pane.articles.peek, "Article").hasFocus()
    assert not named(pane, "Conversation").isVisible()
    assert pane.reply_box.isVisible(), "one can write while reading"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key_Escape)
    assert named(pane, "Conversation").isVisible()
    assert opener.hasFocus()


def test_what_is_read_can_be_put_into_the_reply(pane_of, how, on_ticket, qtbot):
    pane = pane_of("bob")
    click(qtbot, named(pane, f"KB-1 {HOW}"))
    pane.seat.settle()
    choose(menu_of(pane.articles.peek, f"Insert KB-1 {HOW} into the reply").actions(), "As link")
    pane.seat.settle()
    assert written(pane).startswith(f"KB-1 {HOW}")
    assert on_ticket() == ["KB-1"]


def test_a_sent_reply_and_another_ticket_close_what_is_read(pane_of, how, sign_in, qtbot):
    pane = pane_of("bob")
    click(qtbot, named(pane, f"KB-1 {HOW}"))
    pane.seat.settle()
    qtbot.keyClicks(pane.reply_box.text, "Here you are.")
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()
    assert not pane.articles.peek.isVisible()
    click(qtbot, named(pane, f"KB-1 {HOW}"))
    pane.open(sign_in("alice").tickets.open(NewTicket(subject="Another")).id)
    pane.seat.settle()
    assert not pane.articles.peek.isVisible()


def test_in_a_narrow_pane_reading_leads_from_the_fields_to_the_article(pane_of, how, qtbot):
    pane = pane_of("bob", width=520)
    pane.show_fields()
    click(qtbot, named(pane, f"KB-1 {HOW}"))
    pane.seat.settle()
    assert named(pane.articles.peek, "Article").hasFocus()
    assert not pane.properties.isVisible()


# --- into the reply ---------------------------------------------------------------------------


def test_a_link_is_put_at_the_cursor_and_the_article_on_the_ticket(pane_of, how, on_ticket, qtbot):
    pane = pane_of("bob")
    text = pane.reply_box.text
    text.setPlainText("Hello😀Bye")
    text.moveCursor(QTextCursor.End)
    for _ in "Bye":
        qtbot.keyClick(text, Qt.Key_Left)
    insert(pane, "KB-1", "As link")
    assert written(pane) == f"Hello😀\nKB-1 {HOW}\nIn short: {HOW}\nBye"
    assert text.hasFocus()
    assert on_ticket() == ["KB-1"]
    pane.seat.drafts.flush()
    assert HOW in pane.seat.drafts.load(pane.reply_box.place_of(pane.ticket.id))["text"]


def test_the_text_is_put_in_without_its_markdown(pane_of, how, on_ticket):
    pane = pane_of("bob")
    insert(pane, "KB-1", "As text")
    assert written(pane) == "Steps\n\n1. Open the tray.\n2. Pull gently."
    assert on_ticket() == ["KB-1"]
    assert pane.reply_box.notice.text == ""


RICH = """\
# Which tray

![The printer](image-7)

| Printer | Tray |
| --- | --- |
| **P1** | _upper_ |

1. Open the [settings](https://printer.example/a_b_c "Now").
   - See [Printer offline](KB-12), [KB-13](KB-13) or <https://example.com/x_y_z>.
2. Type `**lpr** _x_` and 2 * 3 * 4, snake_case_name, \\*no mark\\*.

```
[kept](KB-1) **as it is**
```
"""
PLAIN = """\
Which tray

| Printer | Tray |
| --- | --- |
| P1 | upper |

1. Open the settings.
   - See Printer offline (KB-12), KB-13 or https://example.com/x_y_z.
2. Type `**lpr** _x_` and 2 * 3 * 4, snake_case_name, *no mark*.

```
[kept](KB-1) **as it is**
```"""


def test_tables_and_steps_stay_and_links_become_words(pane_of, write):
    write(HOW, body=RICH)
    pane = pane_of("bob")
    insert(pane, "KB-1", "As text")
    assert written(pane) == PLAIN


@pytest.mark.parametrize("signs", ["**a ", "_a ", "[a", "![", "`a ``", "[a](<", "*a _b __c "])
def test_no_text_takes_long_to_be_put_in(signs):
    began = process_time()
    assert reply_words(signs * (4_500 // len(signs)))
    assert reply_words(signs * (200_000 // len(signs)))
    assert process_time() - began < 2


def test_readers_text_is_put_in_while_a_newer_one_is_written(pane_of, how, sign_in):
    change = ArticleChange(body="Secret plans", version=how.version)
    sign_in("bob").articles.save(how.id, change)
    pane = pane_of("bob")
    insert(pane, "KB-1", "As text")
    assert "Pull gently." in written(pane)
    assert "Secret" not in written(pane)


@pytest.mark.parametrize("kind", ["internal", "draft"])
def test_what_requesters_cannot_read_is_no_link_for_them(pane_of, write, link, qtbot, kind):
    visibility = Visibility.TECHNICIANS if kind == "internal" else Visibility.EVERYONE
    link(write("Open the fuser", visibility=visibility, body="Danger.", live=kind != "draft"))
    pane = pane_of("bob")
    insert(pane, "KB-1", "As link")
    assert written(pane) == ""
    assert "Alice Moreau nowhere" in pane.reply_box.notice.text
    insert(pane, "KB-1", "As text")
    assert written(pane) == "", "it is asked about first"
    assert "Alice Moreau would read it" in pane.reply_box.notice.text
    click(qtbot, button(pane.reply_box.notice, "Insert anyway"))
    pane.seat.settle()
    assert written(pane) == "Danger."


def test_a_note_takes_what_is_internal_and_warns_when_it_becomes_a_reply(
    pane_of, write, link, qtbot
):
    link(write("Open the fuser", visibility=Visibility.TECHNICIANS, body="Danger."))
    pane = pane_of("bob")
    pane.note()
    insert(pane, "KB-1", "As text")
    insert(pane, "KB-1", "As link")
    assert "Danger." in written(pane)
    assert "KB-1 Open the fuser" in written(pane)
    assert pane.reply_box.notice.text == ""
    click(qtbot, button(pane.reply_box, "Reply"))
    assert "KB-1 is not for Alice Moreau" in pane.reply_box.notice.text
    click(qtbot, button(pane.reply_box, "Internal note"))
    assert pane.reply_box.notice.text == ""


def test_a_text_that_comes_after_another_ticket_was_opened_is_not_put_into_it(
    pane_of, how, sign_in, qtbot
):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another printer is jammed"))
    sign_in("bob").articles.save(how.id, ArticleChange(body="Newer", version=how.version))
    pane = pane_of("bob")
    menu = menu_of(pane.articles.section, "Insert KB-1 into the reply")
    with pane.seat.transport.held("revision"):
        choose(menu.actions(), "As text")
        qtbot.waitUntil(lambda: pane.seat.transport.count("revision") == 1)
        pane.open(other.id)
        qtbot.waitUntil(lambda: pane.ticket.id == other.id)
    pane.seat.settle()
    assert written(pane) == ""


def test_a_text_that_cannot_be_read_leaves_what_is_written(pane_of, how, qtbot):
    pane = pane_of("bob")
    qtbot.keyClicks(pane.reply_box.text, "Dear Alice")
    with pane.seat.transport.failing(Busy("The desk is busy; try again."), "view"):
        insert(pane, "KB-1", "As text")
    assert "The desk is busy" in pane.reply_box.notice.text
    assert written(pane) == "Dear Alice"


# --- finding ----------------------------------------------------------------------------------


def test_any_article_is_found_as_one_types_and_linked_by_enter(pane_of, write, on_ticket, qtbot):
    write("Guest Wi-Fi")
    write("Reset your password", visibility=Visibility.TECHNICIANS)
    pane = pane_of("bob")
    picker = open_picker(pane)
    assert found(picker) == ["KB-1 Guest Wi-Fi", "KB-2 Reset your password, Internal"]
    search(qtbot, pane, picker, "passw")
    assert found(picker) == ["KB-2 Reset your password, Internal"]
    qtbot.keyClick(picker.field, Qt.Key_Return)
    pane.seat.settle()
    assert on_ticket() == ["KB-2"]


def test_the_picker_moves_with_the_arrows_and_inserts(pane_of, write, qtbot):
    write("Guest Wi-Fi")
    write("Office Wi-Fi")
    pane = pane_of("bob")
    picker = open_picker(pane)
    qtbot.keyClick(picker.field, Qt.Key_Down)
    click(qtbot, picker.as_link_button)
    pane.seat.settle()
    assert written(pane).startswith("KB-2 Office Wi-Fi")


def test_enter_never_takes_what_belongs_to_other_words(pane_of, write, on_ticket, qtbot):
    write("Guest Wi-Fi")
    pane = pane_of("bob")
    picker = open_picker(pane)
    with pane.seat.transport.held("search"):
        qtbot.keyClicks(picker.field, "password")
        qtbot.keyClick(picker.field, Qt.Key_Return)
    pane.seat.settle()
    assert on_ticket() == []
    assert picker.isVisible()
    picker.reject()


def test_the_picker_says_when_it_finds_nothing_or_cannot(pane_of, how, qtbot):
    pane = pane_of("bob")
    picker = open_picker(pane)
    search(qtbot, pane, picker, "zebra")
    assert "No article matches" in words(picker)
    assert not picker.link_button.isEnabled()
    picker.field.clear()
    with pane.seat.transport.failing(Busy("The desk is busy; try again."), "search"):
        search(qtbot, pane, picker, "print")
    assert "The desk is busy; try again." in words(picker)
    click(qtbot, button(picker, "Retry"))
    pane.seat.settle()
    assert found(picker) == [f"KB-1 {HOW}"]
    picker.reject()


def test_b_finds_an_article_for_the_ticket(queue, how, qtbot):
    tab = queue.current_tab()
    tab.focus_first()
    qtbot.keyClicks(queue.focusWidget(), "b")
    queue.seat.settle()
    picker = queue.findChild(ArticlePicker)
    assert picker is not None
    assert picker.field.hasFocus()
    qtbot.keyClick(picker.field, Qt.Key_Return)
    queue.seat.settle()
    assert [row.number for row in tab.pane.articles.section.linked] == ["KB-1"]


def test_b_does_nothing_for_a_requester(seated, ticket, how, qtbot):
    seat = seated("alice")
    window = MainWindow(seat.desktop)
    seat.show(window, 1440, 900)
    tab = window.open_tab("view")
    seat.settle()
    tab.focus_first()
    qtbot.keyClicks(window.focusWidget(), "b")
    seat.settle()
    assert window.findChild(ArticlePicker) is None


# --- making -----------------------------------------------------------------------------------


@pytest.fixture
def solved(sign_in, ticket):
    desk = sign_in("bob")
    comment = NewComment(body="Pull the tray.", status=Status.RESOLVED)
    return desk.tickets.comment(ticket.id, comment)


def test_an_article_is_made_of_a_solved_ticket(pane_of, solved, sign_in, on_ticket, qtbot):
    pane = pane_of("bob")
    with qtbot.waitSignal(pane.articles.article_edit_wanted) as wanted:
        click(qtbot, button(pane.articles.section, "Make an article"))
    pane.seat.settle()
    [article_id] = wanted.args
    article = sign_in("bob").articles.view(article_id)
    assert (article.title, article.state) == (JAMMED, ArticleState.DRAFT)
    assert on_ticket() == [article.number]
    assert on_ticket("alice") == []


def test_a_double_click_makes_one_article(pane_of, solved, on_ticket, qtbot):
    pane = pane_of("bob")
    make = button(pane.articles.section, "Make an article")
    with pane.seat.transport.held("draft_from"):
        click(qtbot, make)
        qtbot.mouseDClick(make, Qt.LeftButton)
    pane.seat.settle()
    assert len(on_ticket()) == 1


def test_an_open_ticket_makes_no_article(pane_of):
    pane = pane_of("bob")
    assert not pane.makes_article
    assert not any(
        b.text() == "Make an article" and b.isVisible()
        for b in pane.articles.section.findChildren(QPushButton)
    )


def test_resolving_offers_to_make_one(pane_of, qtbot):
    pane = pane_of("bob")
    click(qtbot, pane.resolve_button)
    pane.seat.settle()
    assert pane.makes_article
    assert button(pane.articles.section, "Make an article").isVisible()


def test_the_menu_makes_one_or_says_what_is_missing(queue, sign_in, ticket, qtbot):
    tab = queue.current_tab()
    actions = [a for m in queue.menuBar().actions() if m.menu() for a in m.menu().actions()]
    make = next(a for a in actions if a.text().startswith("Make an article"))
    make.trigger()
    assert "resolved or closed" in queue.statusBar().currentMessage()
    tab.pane.resolve()
    queue.seat.settle()
    qtbot.waitUntil(lambda: tab.pane.makes_article)
    with qtbot.waitSignal(tab.article_edit_wanted):
        make.trigger()
    queue.seat.settle()


def test_tabs_tell_which_article_is_wanted(seated, ticket, how, link, qtbot):
    link(how)
    seat = seated("alice")
    tab = ViewTicketsTab(seat.desktop)
    seat.show(tab, 1300, 900)
    qtbot.waitUntil(lambda: tab.pane.ticket is not None)
    seat.settle()
    click(qtbot, named(tab, f"KB-1 {HOW}"))
    seat.settle()
    with qtbot.waitSignal(tab.article_wanted) as wanted:
        click(qtbot, button(tab.pane.articles.peek, "Open in the Knowledge Base"))
    assert wanted.args == [how.id]
