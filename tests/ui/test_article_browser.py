# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an article is shown whole, and showing it opens no file and asks nobody but the desk.

Qt reads files as soon as a document names one, so here files lie ready whose colour would be seen,
pipes that whoever opens them would hang on, and a port that notes whoever comes.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator

import pytest
from PyQt5.QtCore import QBuffer, QEvent, QIODevice, QPoint, Qt, QUrl, QVariant
from PyQt5.QtGui import (
    QColor,
    QDesktopServices,
    QHelpEvent,
    QImage,
    QTextCursor,
    QTextTable,
)
from PyQt5.QtWidgets import QApplication, QToolTip

from helpdesk.core.errors import Unreachable
from helpdesk.core.markdown import html_of
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, NewImage
from helpdesk.ui.articles import article_browser, pictures
from helpdesk.ui.articles.article_browser import ArticleBrowser
from helpdesk.ui.articles.article_style import first_part
from helpdesk.ui.articles.link_dialog import LinkDialog
from helpdesk.ui.articles.markdown_edit import MarkdownEdit
from helpdesk.ui.articles.preview import Preview
from helpdesk.ui.tokens import DARK, LIGHT, contrast
from tests.ui.seats import LONGEST_MS, click

LOUD = "#ff00ff"
"""A colour of no theme: where it is seen, a file was read."""


def png(width: int, height: int, colour: str = LOUD) -> bytes:
    """Return the bytes of a picture of one colour."""
    image = QImage(width, height, QImage.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    assert image.save(buffer, "PNG")
    return bytes(buffer.data())


def claiming(width: int, height: int) -> bytes:
    """Return a small file that says it is a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def has_colour(browser: ArticleBrowser, colour: str) -> bool:
    """Return whether a colour is to be seen."""
    shot = browser.grab().toImage()
    wanted = QColor(colour).rgb()
    return any(
        shot.pixel(x, y) == wanted
        for x in range(0, shot.width(), 4)
        for y in range(0, shot.height(), 4)
    )


@pytest.fixture
def seat(seated):
    """Return alice, who reads."""
    return seated("alice")


@pytest.fixture
def browser(seat) -> ArticleBrowser:
    """Return a browser on the screen."""
    made = ArticleBrowser(seat.desktop)
    seat.show(made, 640, 480)
    return made


@pytest.fixture
def with_image(sign_in):
    """Return a function that makes a published article with a picture, and gives its text."""

    def made(data: bytes) -> tuple[int, str]:
        desk = sign_in("charlie")
        article = desk.articles.create(NewArticle(title="A picture"))
        image = desk.articles.add_image(article.id, NewImage(data=data))
        change = ArticleChange(body=f"Look:\n\n{image.markdown}", publish=True, version=1)
        return image.id, desk.articles.save(article.id, change).html

    return made


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """Return a port, and a list of those who have come to it."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def wait() -> None:
            while not done.is_set():
                try:
                    guest, address = server.accept()
                except TimeoutError:
                    continue
                came.append(address)
                guest.close()

        thread = threading.Thread(target=wait)
        thread.start()
        yield server.getsockname()[1], came
        done.set()
        thread.join()


# --- what is hostile ----------------------------------------------------------------------------


def hostile(file: str, port: int) -> list[str]:
    """Return HTML that wants to have a file opened, or somebody asked."""
    remote = f"http://127.0.0.1:{port}/x.png"
    return [
        f'<img src="{file}">',
        f'<img src="file://{file}" width="300" height="300">',
        f"<IMG SRC=file://{file}>",
        f'<img src="file://127.0.0.1{file}">',
        f'<img src="//127.0.0.1:{port}/share/x.png">',
        r'<img src="\\127.0.0.1\share\x.png">',
        f'<img src="{remote}">',
        f'<img src=":/{file}"><img src="qrc:{file}">',
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        '<img src="image-1/../../x"><img src="image-1?x"><img src="ximage-1">',
        f'<body background="{file}">text',
        f'<table background="file://{file}"><tr><td background="{file}">text</td></tr></table>',
        f'<div style="background-image: url({file})">text</div>',
        f'<p style="background: url(file://{file})">text</p>',
        f'<ul style="list-style-image: url({file})"><li>text</li></ul>',
        f'<link rel="stylesheet" href="{file}"><link rel="stylesheet" href="{remote}">text',
        f'<style>@import url("{file}"); p {{ background: url({file}) }}</style><p>text</p>',
        f'<a href="KB-1" title="&lt;img src=&quot;{file}&quot;&gt;">text</a>',
        f'<p title="&lt;img src=&quot;file://{file}&quot;&gt;">text</p>',
        f'<object data="{file}"></object><embed src="{file}"><iframe src="{remote}"></iframe>',
        f'<video poster="{file}" src="{remote}"></video><script src="{remote}"></script>',
        f'<meta http-equiv="refresh" content="0;url={remote}"><base href="file://{file}">'
        '<img src="x.png">',
    ]


@pytest.mark.parametrize("number", range(22))
def test_nothing_is_opened_or_asked_by_showing(browser, seat, tmp_path, listener, number, qtbot):
    port, came = listener
    picture = tmp_path / "picture.png"
    picture.write_bytes(png(400, 400))
    markup = hostile(str(picture), port)
    assert len(markup) == 22
    browser.show_html(f"<p>before</p>{markup[number]}")
    browser.selectAll()
    QApplication.processEvents()
    seat.settle()
    assert not has_colour(browser, LOUD), "the picture's file was read"
    assert seat.transport.count("image") == 0
    assert came == []
    assert "before" in browser.toPlainText()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name")
def test_a_file_is_not_even_touched(browser, seat, tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for markup in hostile(str(pipe), 9):
        # Whoever opened it would wait here until the test's time is over.
        browser.show_html(markup)
    seat.settle()
    with pytest.raises(OSError, match="No such device"):
        # Nobody has it open for reading.
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_no_name_of_a_file_reaches_the_layout(browser, seat, tmp_path):
    for markup in hostile(str(tmp_path / "picture.png"), 9):
        browser.show_html(markup)
        names = []
        block = browser.document().begin()
        while block.isValid():
            place = block.begin()
            while not place.atEnd():
                look = place.fragment().charFormat()
                if look.isImageFormat():
                    names.append(look.toImageFormat().name())
                assert look.toolTip() == ""
                place += 1
            block = block.next()
        # On a fine screen Qt looks for a file with twice the dots beside each name that it meets.
        assert names == []


def test_nothing_is_laid_out_before_it_is_clean(browser, tmp_path, monkeypatch):
    asked: list[str] = []
    answer = ArticleBrowser.loadResource

    def noted(self: ArticleBrowser, kind: int, name: QUrl) -> QVariant:
        asked.append(name.toString())
        return answer(self, kind, name)

    monkeypatch.setattr(ArticleBrowser, "loadResource", noted)
    pictures_first = hostile(str(tmp_path / "picture.png"), 9)[:10]
    browser.show_html("".join(pictures_first) + '<p>text <a href="file:///x">link</a></p>')
    browser.grab()
    assert asked == []
    browser.show_html('<img src="image-7">')
    browser.grab()
    assert set(asked) == {"image-7"}


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "smb://host/share",
        r"\\host\share",
        "//host/share",
        "/etc/passwd",
        "ftp://host/",
        "vbscript:x",
        "KB-0",
        "KB-x",
        "image-1",
        "#place",
        "help:",
        "rest:",
    ],
)
def test_links_that_lead_nowhere_safe_are_none(browser, address, monkeypatch):
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    browser.show_html(f'<p><a href="{address}">press me</a></p>')
    assert anchors(browser) == []
    browser.anchorClicked.emit(QUrl(address))
    assert not browser.findChildren(LinkDialog)
    assert opened == []
    assert browser.toPlainText() == "press me"


def anchors(browser: ArticleBrowser) -> list[str]:
    """Return where the links lead."""
    cursor, found = QTextCursor(browser.document()), []
    while cursor.movePosition(QTextCursor.NextCharacter):
        if cursor.charFormat().isAnchor():
            found.append(cursor.charFormat().anchorHref())
    return list(dict.fromkeys(found))


def test_markup_of_people_comes_out_as_text(browser):
    browser.show_html(html_of("<script>alert(1)</script> <b>bold</b> [x](javascript:alert(1))"))
    assert "<script>alert(1)</script> <b>bold</b>" in browser.toPlainText()
    assert anchors(browser) == []


def test_a_tooltip_says_where_a_link_goes_as_plain_text(browser, qtbot):
    address = "https://example.org/?q=<b>"
    browser.show_html(f'<a href="{address}" title="&lt;img src=/etc/x&gt;">press me here</a>')
    place = browser.cursorRect().center() + QPoint(12, 4)
    assert browser.anchorAt(place)
    event = QHelpEvent(QEvent.ToolTip, place, browser.viewport().mapToGlobal(place))
    QApplication.sendEvent(browser.viewport(), event)
    qtbot.waitUntil(QToolTip.isVisible, timeout=LONGEST_MS)
    assert "&lt;b&gt;" in QToolTip.text() or "%3Cb%3E" in QToolTip.text()
    assert "<img" not in QToolTip.text()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible(), timeout=LONGEST_MS)


# --- links --------------------------------------------------------------------------------------


def press(qtbot, browser: ArticleBrowser) -> None:
    """Click the link at the beginning of the text."""
    place = browser.cursorRect(QTextCursor(browser.document())).center() + QPoint(12, 2)
    assert browser.anchorAt(place)
    qtbot.mouseClick(browser.viewport(), Qt.LeftButton, pos=place)


@pytest.mark.parametrize("address", ["KB-12", "kb-12", "KB-12#more"])
def test_a_link_to_an_article_asks_for_it(browser, qtbot, address):
    browser.show_html(f'<a href="{address}">another article</a>')
    with qtbot.waitSignal(browser.article_wanted) as told:
        press(qtbot, browser)
    assert told.args == [12]


def test_a_link_to_a_ticket_asks_for_it(browser, qtbot):
    browser.show_html('<a href="HD-5">the ticket</a>')
    with qtbot.waitSignal(browser.ticket_wanted) as told:
        press(qtbot, browser)
    assert told.args == [5]


def test_links_are_reached_with_the_keyboard(browser, qtbot):
    browser.show_html('<p>Some words <a href="KB-3">one</a> and <a href="KB-4">two</a></p>')
    browser.setFocus()
    qtbot.keyClick(browser, Qt.Key_Tab)
    qtbot.keyClick(browser, Qt.Key_Tab)
    with qtbot.waitSignal(browser.article_wanted) as told:
        qtbot.keyClick(browser, Qt.Key_Return)
    assert told.args == [4]


@pytest.fixture
def asked(browser, qtbot, monkeypatch):
    """Return a function that clicks a link out, and what was opened."""
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))

    def ask(address: str) -> LinkDialog:
        browser.show_html(f'<a href="{address}">a harmless place</a>')
        press(qtbot, browser)
        dialog: LinkDialog
        [dialog] = [d for d in browser.findChildren(LinkDialog) if d.isVisible()]
        return dialog

    return ask, opened


@pytest.mark.parametrize("address", ["https://example.org/a?b=c#d", "mailto:desk@example.org"])
def test_a_link_out_is_opened_after_its_whole_address_was_shown(asked, qtbot, address):
    ask, opened = asked
    dialog = ask(address)
    assert dialog.address.toPlainText() == address
    assert opened == []
    click(qtbot, dialog.open_button)
    assert opened == [address]


def test_enter_and_escape_open_nothing(asked, qtbot):
    ask, opened = asked
    qtbot.keyClick(ask("https://example.org/"), Qt.Key_Escape)
    dialog = ask("https://example.org/")
    qtbot.keyClick(dialog, Qt.Key_Return)
    assert opened == []


def test_the_address_can_be_copied(asked, qtbot):
    ask, opened = asked
    click(qtbot, ask("https://example.org/x").copy_button)
    assert QApplication.clipboard().text() == "https://example.org/x"
    assert opened == []


def test_a_long_or_foreign_address_is_shown_as_it_is(asked, qtbot):
    ask, _ = asked
    long = "https://example.org/" + "x" * 3000
    dialog = ask(long)
    assert dialog.address.toPlainText() == long
    assert dialog.width() < 600
    dialog.reject()
    dialog = ask("https://аpple.example/<b>")
    assert dialog.address.toPlainText().startswith("https://xn--")
    assert "<b>" not in dialog.address.toPlainText()
    dialog.reject()


# --- pictures -----------------------------------------------------------------------------------


def test_a_picture_of_the_desk_is_fetched_and_fitted(browser, seat, with_image, qtbot):
    _, html = with_image(png(2400, 1200))
    browser.show_html(html)
    qtbot.waitUntil(lambda: has_colour(browser, LOUD), timeout=LONGEST_MS)
    assert seat.transport.count("image") == 1
    assert browser.document().size().width() <= browser.viewport().width()
    wide = browser.document().size().height()
    browser.resize(320, 480)
    qtbot.waitUntil(lambda: browser.document().size().height() < wide, timeout=LONGEST_MS)
    assert browser.document().size().width() <= browser.viewport().width()
    assert seat.transport.count("image") == 1, "another width needs no other picture"


def test_a_small_picture_keeps_its_size(browser, seat, with_image, qtbot):
    _, html = with_image(png(40, 30))
    browser.show_html(html)
    qtbot.waitUntil(lambda: has_colour(browser, LOUD), timeout=LONGEST_MS)
    shot = browser.grab().toImage()
    wanted = QColor(LOUD).rgb()
    columns = {
        x for x in range(shot.width()) for y in range(shot.height()) if shot.pixel(x, y) == wanted
    }
    assert len(columns) == 40


def test_a_picture_that_does_not_come_leaves_the_text(browser, seat, with_image, qtbot):
    _, html = with_image(png(400, 300))
    with seat.transport.failing(Unreachable("No answer."), "image"):
        browser.show_html(html)
        seat.settle()
    assert "Look:" in browser.toPlainText()
    assert not has_colour(browser, LOUD)


@pytest.mark.parametrize(
    "data",
    [
        claiming(100_000, 100_000),
        claiming(6400, 6300),
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"BM" + b"\0" * 60,
    ],
    ids=["vast", "over 40 megapixels", "svg", "empty", "png head", "gif head", "bmp"],
)
def test_what_is_too_large_or_no_picture_is_not_decoded(data, monkeypatch):
    from PyQt5.QtGui import QImageReader

    def read(_reader: QImageReader) -> QImage:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(QImageReader, "read", read)
    assert pictures.decoded(data) is None


def test_forty_megapixels_are_the_limit():
    assert pictures.MOST_PIXELS == 40_000_000
    image = pictures.decoded(png(3000, 200))
    assert image is not None
    assert image.width() == 1600, "no more than a window needs"


def test_decoding_happens_on_another_thread(browser, seat, with_image, qtbot, monkeypatch):
    threads: list[int] = []
    decode = pictures.decoded

    def noted(data: bytes) -> QImage | None:
        threads.append(threading.get_ident())
        return decode(data)

    monkeypatch.setattr(pictures, "decoded", noted)
    _, html = with_image(png(30, 30))
    browser.show_html(html)
    qtbot.waitUntil(lambda: has_colour(browser, LOUD), timeout=LONGEST_MS)
    assert threads
    assert threading.get_ident() not in threads


# --- how it looks -------------------------------------------------------------------------------

TEXT = """# One\n\nWords with `code` and [a link](https://example.org).

| Device | What to do |
|---|---|
| Laptop | Restart it |

> Said by somebody

```
net use P: /delete
```
"""


def colour_of(browser: ArticleBrowser, words: str) -> str:
    cursor = browser.document().find(words)
    assert not cursor.isNull()
    name: str = cursor.charFormat().foreground().color().name()
    return name


def test_the_theme_is_followed_live_and_keeps_the_place(browser, look):
    browser.show_html(html_of(TEXT + "\n\nmore\n" * 80))
    assert colour_of(browser, "a link") == look.colour("ink_accent").name()
    browser.verticalScrollBar().setValue(200)
    look.set_mode("dark")
    assert colour_of(browser, "a link") == look.colour("ink_accent").name()
    assert browser.verticalScrollBar().value() == 200


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_code_and_links_are_legible_on_their_ground(tokens):
    assert contrast(tokens.text, tokens.low_soft) >= 4.5
    assert contrast(tokens.ink("accent"), tokens.surface) >= 4.5
    assert contrast(tokens.text, tokens.background) >= 4.5


def test_tables_have_lines_and_room_and_code_stands_on_a_ground(browser):
    browser.show_html(html_of(TEXT))
    tables = [f for f in browser.document().rootFrame().childFrames() if isinstance(f, QTextTable)]
    data, quote, code = tables
    assert data.format().borderCollapse()
    assert data.cellAt(0, 0).format().toTableCellFormat().leftPadding() > 0
    assert quote.cellAt(0, 1).firstCursorPosition().block().text() == "Said by somebody"
    assert code.format().background().color().name() == LIGHT.low_soft.lower()
    assert code.cellAt(0, 0).firstCursorPosition().block().text() == "net use P: /delete"


def test_headings_are_a_little_larger_than_the_text(browser):
    browser.show_html(html_of("# One\n\n## Two\n\n### Three\n\n#### Four\n\ntext"))
    sizes, block = [], browser.document().begin()
    while block.isValid():
        sizes.append(block.begin().fragment().charFormat().font().pixelSize())
        block = block.next()
    assert sizes[:4] == [18, 16, 14, 13]


def test_the_same_text_again_keeps_the_place_and_another_begins_at_the_top(browser):
    long = html_of("\n\n".join(f"Paragraph {n}" for n in range(200)))
    browser.show_html(long)
    browser.verticalScrollBar().setValue(300)
    browser.show_html(long)
    assert browser.verticalScrollBar().value() == 300
    browser.show_html(long + "<p>more</p>")
    assert browser.verticalScrollBar().value() == 0


def test_one_that_grows_is_as_high_as_its_text_at_any_width(seat, qtbot):
    browser = ArticleBrowser(seat.desktop, grows=True)
    seat.show(browser, 600, 50)
    browser.show_html(html_of("word " * 400))
    high = browser.height()
    assert high >= browser.document().size().height()
    browser.resize(300, high)
    qtbot.waitUntil(lambda: browser.height() > high, timeout=LONGEST_MS)
    browser.show_html("<p>short</p>")
    qtbot.waitUntil(lambda: browser.height() < 60, timeout=LONGEST_MS)


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_words_that_no_screen_can_hold_are_broken(browser, letter):
    browser.show_html(html_of("before " + letter * 9_000 + " after"))
    text = browser.toPlainText().strip()
    assert text.count(letter) == 9_000
    assert max(map(len, text.splitlines())) < 2_100
    assert text.startswith("before")
    assert text.endswith("after")


# --- what is long -------------------------------------------------------------------------------

LONG = "\n\n".join(f"Paragraph number{n}." for n in range(4_000))
OFFER = "This article is very long; show all of it"


def table(rows: int, cell: str = "ab") -> str:
    """Return a table of eight columns."""
    row = "|" + f"{cell}|" * 8 + "\n"
    return html_of(row + "|" + "---|" * 8 + "\n" + row * (rows - 1))


@pytest.fixture
def moves(monkeypatch) -> list[str]:
    """Return what the cleaning has done with cursors since."""
    done: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        method = getattr(QTextCursor, name)

        def call(*arguments: object) -> object:
            done.append(name)
            return method(*arguments)

        return call

    names = ("setPosition", "setCharFormat", "insertText", "beginEditBlock")
    counting = type("Counting", (QTextCursor,), {name: counted(name) for name in names})
    monkeypatch.setattr(article_browser, "QTextCursor", counting)
    return done


@pytest.mark.parametrize("cell", ["ab", "*ab*", "`ab`", "[ab](KB-1)"])
def test_cleaning_what_is_clean_moves_no_cursor(browser, moves, cell):
    browser.show_html(table(500, cell), whole=True)
    assert browser.toPlainText().count("ab") == 4_000
    assert moves == ["beginEditBlock"]


def test_cleaning_is_one_edit_that_touches_what_is_unclean(browser, moves):
    browser.show_html(table(10) + '<p>a <a href="file:///x">b</a> <a href="/x">c</a></p>' * 20)
    assert moves[0] == "beginEditBlock"
    assert moves.count("beginEditBlock") == 1
    assert moves.count("setCharFormat") == 40
    assert anchors(browser) == []


def rest(browser: ArticleBrowser) -> QPoint:
    """Scroll to the link to the rest, and return its place."""
    browser.verticalScrollBar().setValue(browser.verticalScrollBar().maximum())
    place = browser.cursorRect(browser.document().find("show all of it")).center() - QPoint(12, 0)
    assert browser.anchorAt(place)
    return place


def test_a_very_long_text_shows_its_first_part_and_then_all_of_it(browser, qtbot, look):
    browser.show_html(html_of(LONG))
    part = browser.toPlainText()
    assert part.endswith(OFFER)
    assert "number100." in part
    assert "number3999" not in part
    place = rest(browser)
    before = browser.verticalScrollBar().value()
    qtbot.mouseClick(browser.viewport(), Qt.LeftButton, pos=place)
    assert browser.toPlainText().strip().endswith("number3999.")
    assert OFFER not in browser.toPlainText()
    assert browser.verticalScrollBar().value() == before, "reading goes on where it was"
    look.set_mode("dark")
    assert browser.is_whole
    browser.show_html(html_of(LONG + " another"))
    assert browser.toPlainText().endswith(OFFER), "another text begins with its part"


def test_the_rest_is_reached_with_the_keyboard_and_its_link_has_no_address(browser, qtbot):
    browser.show_html(html_of(LONG))
    browser.setFocus()
    place = rest(browser)
    event = QHelpEvent(QEvent.ToolTip, place, browser.viewport().mapToGlobal(place))
    QApplication.sendEvent(browser.viewport(), event)
    assert not QToolTip.isVisible() or "rest" not in QToolTip.text()
    qtbot.keyClick(browser, Qt.Key_Tab)
    qtbot.keyClick(browser, Qt.Key_Return)
    assert browser.is_whole
    assert not browser.findChildren(LinkDialog)


def test_one_that_grows_grows_with_the_rest(seat, qtbot):
    browser = ArticleBrowser(seat.desktop, grows=True)
    seat.show(browser, 600, 50)
    browser.show_html(html_of(LONG))
    high = browser.height()
    browser.anchorClicked.emit(QUrl("rest:"))
    assert browser.height() > high * 2
    assert browser.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize(
    "markdown",
    [
        LONG,
        "- item\n" * 5_000,
        "<p>" + "<em>a</em> b " * 5_000 + "</p>",
        "```\n" + "some code\n" * 9_000 + "```",
        "> a\n\nb\n\n" * 1_000,
        "word " * 30_000,
        "x" * 150_000,
        "&" * 100_000,
        "|" + "a|" * 4_000 + "\n|" + "-|" * 4_000,
    ],
    ids=["text", "list", "emphasis", "code", "quotes", "words", "word", "signs", "wide row"],
)
def test_whatever_is_long_has_a_first_part(markdown):
    html = markdown if markdown.startswith("<p>") else html_of(markdown)
    part = first_part(html)
    assert part is not None
    assert 1_000 < len(part) < len(html) - 1_000
    for tag in ("ul", "li", "em", "pre", "code", "blockquote", "table", "tr", "td", "th", "p"):
        assert part.count(f"<{tag}>") == part.count(f"</{tag}>"), tag
    assert part.count("&") == part.count("&amp;")


def test_a_table_is_parted_between_rows():
    part = first_part(table(500))
    assert part is not None
    assert part.count("<td>") + part.count("<th>") == 8 * part.count("<tr>")
    assert part.count("<tr>") < 100


@pytest.mark.parametrize("markdown", [TEXT, TEXT * 20, "", "word " * 5_000, "- item\n" * 300])
def test_an_ordinary_text_is_shown_whole(markdown):
    assert first_part(html_of(markdown)) is None


@pytest.mark.parametrize("html", ["<a" * 50_000, "<p>" * 50_000, "</p>" * 50_000, "<" * 50_000])
def test_broken_markup_has_parts_too(browser, html):
    part = first_part(html)
    assert part is None or len(part) < 2 * len(html)


def test_the_preview_goes_on_showing_all_while_one_types(seat, qtbot):
    edit = MarkdownEdit()
    edit.setPlainText(LONG)
    preview = Preview(seat.desktop, edit)
    seat.show(preview, 600, 400)
    seat.settle()
    assert preview.browser.toPlainText().endswith(OFFER)
    preview.browser.anchorClicked.emit(QUrl("rest:"))
    edit.appendPlainText("and more")
    preview.refresh_now()
    seat.settle()
    assert preview.browser.toPlainText().strip().endswith("and more")
