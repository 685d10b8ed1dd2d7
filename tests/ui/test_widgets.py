# SPDX-License-Identifier: GPL-3.0-or-later
"""The small parts of every screen, driven as a person drives them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QEvent, QLocale, QPoint, QRect, Qt, QUrl
from PyQt5.QtGui import QColor, QImage, QPainter, QTextDocument, QTextFragment, QWheelEvent
from PyQt5.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.ui.widgets import times
from helpdesk.ui.widgets.avatar import Avatar, colour_token, initials, paint_avatar
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import HEIGHT, Chip, chip_width, paint_chip
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.plain_text_view import PlainTextView
from helpdesk.ui.widgets.row_text import paint_excerpt
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import Skeleton, StateView
from helpdesk.ui.widgets.toast import WRITING, Toast, toasts_of

HOSTILE = '<b>bold</b> <img src="file:///etc/hostname">'


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a widget in an active window."""
    windows: list[Any] = []

    def show(widget: QWidget, width: int = 400, height: int = 300) -> QWidget:
        window = QWidget()
        column = QVBoxLayout(window)
        column.addWidget(widget)
        window.resize(width, height)
        qtbot.addWidget(window)
        windows.append(window)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        return widget

    yield show
    windows.clear()


def button_of(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text and b.isVisible())


def painted(width: int, height: int, paint) -> QImage:
    image = QImage(width, height, QImage.Format_RGB32)
    image.fill(Qt.white)
    with QPainter(image) as painter:
        paint(painter)
    return image


def span_of(image: QImage, colour: QColor) -> tuple[int, int]:
    """Return the leftmost and rightmost column in which a colour occurs."""
    columns = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y) == colour for y in range(image.height()))
    ]
    return columns[0], columns[-1]


# --- chips and avatars ----------------------------------------------------------------------------


def test_a_chip_stands_on_the_soft_colour_of_its_tone(look, shown):
    chip = shown(Chip("Urgent", "urgent"))
    assert chip.size() == chip.sizeHint()
    assert chip.grab().toImage().pixelColor(3, HEIGHT // 2) == look.colour("urgent_soft")
    chip.set_text("Resolved", "success")
    assert (chip.text, chip.tone, chip.accessibleName()) == ("Resolved", "success", "Resolved")
    assert chip.grab().toImage().pixelColor(3, HEIGHT // 2) == look.colour("success_soft")


def test_a_chip_shows_markup_as_typed(shown):
    assert Chip(HOSTILE).sizeHint().width() > Chip("bold").sizeHint().width() + 100


def test_a_chip_can_be_painted_at_either_edge(look):
    soft = look.colour("high_soft")
    widths: list[Any] = []
    at_left = painted(
        200, 30, lambda p: widths.append(paint_chip(p, QRect(10, 0, 180, 30), "High", "high"))
    )
    at_right = painted(
        200, 30, lambda p: paint_chip(p, QRect(10, 0, 180, 30), "High", "high", at_right=True)
    )
    assert widths == [chip_width("High")]
    assert span_of(at_left, soft) == (10, 10 + widths[0] - 1)
    assert span_of(at_right, soft) == (190 - widths[0], 189)


def test_a_chip_too_long_stays_within_its_room(look):
    image = painted(
        200, 30, lambda p: paint_chip(p, QRect(0, 0, 60, 30), "Awaiting Customer Response", "low")
    )
    assert span_of(image, look.colour("low_soft"))[1] <= 59


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Alice Moreau", "AM"),
        ("charlie", "C"),
        ("Ana María de la Cruz", "AC"),
        ("  ", "?"),
        ("", "?"),
        ("(external) Jo", "J"),
    ],
)
def test_initials(name, expected):
    assert initials(name) == expected


def test_the_circle_of_a_name_always_has_the_same_colour(look):
    assert colour_token("Bob Keller") == colour_token("BOB KELLER")
    assert len({colour_token(f"Person {number}") for number in range(40)}) == 5
    image = painted(26, 26, lambda p: paint_avatar(p, QRect(0, 0, 26, 26), "Bob Keller"))
    assert image.pixelColor(13, 3) == look.colour(colour_token("Bob Keller"))
    assert image.pixelColor(0, 0) == QColor(Qt.white)


def test_an_avatar_names_the_person_to_a_screen_reader(shown):
    avatar = shown(Avatar("Alice Moreau", 32))
    avatar.set_name("Bob Keller")
    assert avatar.accessibleName() == "Bob Keller"
    assert (avatar.width(), avatar.height()) == (32, 32)


# --- labels ---------------------------------------------------------------------------------------


def test_a_plain_label_interprets_nothing(shown):
    label = shown(PlainLabel(HOSTILE))
    assert label.textFormat() == Qt.PlainText
    assert label.text() == HOSTILE


def test_the_text_of_a_plain_label_can_be_selected(shown, qtbot):
    label = shown(PlainLabel("HD-4821"))
    qtbot.mouseDClick(label, Qt.LeftButton, pos=QPoint(8, label.height() // 2))
    assert label.selectedText() == "HD"


def test_a_plain_label_can_end_after_some_lines(shown):
    text = "Since this morning the connection drops for everyone in Lyon. " * 6
    label = shown(PlainLabel(text, max_lines=2), width=300)
    lines = label.fontMetrics().lineSpacing()
    assert label.text().endswith("…")
    assert label.heightForWidth(label.width()) <= 2 * lines + 4
    assert "everyone in Lyon" in label.toolTip()
    label.setText("short")
    assert (label.text(), label.toolTip()) == ("short", "")


def test_a_tooltip_shows_markup_as_typed():
    document = QTextDocument()
    document.setHtml(plain_tooltip(HOSTILE))
    assert document.toPlainText() == HOSTILE
    assert plain_tooltip("") == ""


def test_an_elided_label_gives_way_and_tells_the_rest(shown):
    label = shown(ElidedLabel(f"VPN drops every 10 minutes {HOSTILE}", "title"), width=160)
    assert label.is_elided
    assert "&lt;b&gt;" in label.toolTip()
    label.setText("VPN\ndrops")
    assert label.text() == "VPN drops"
    assert not label.is_elided
    assert label.toolTip() == ""


def test_a_field_label_leads_to_its_field(shown, qtbot):
    field = QLineEdit()
    label = FieldLabel("What is &wrong?", field)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.addWidget(QLineEdit())
    column.addWidget(label)
    column.addWidget(field)
    shown(holder)
    assert field.accessibleName() == "What is wrong?"
    qtbot.keyClick(holder, Qt.Key_W, Qt.AltModifier)
    assert holder.focusWidget() is field


# --- text that people wrote -----------------------------------------------------------------------


def test_text_is_shown_as_typed_at_its_full_height(shown, qtbot):
    view = shown(PlainTextView("one line"))
    low = view.height()
    view.set_plain(HOSTILE + "\n" * 20 + "end")
    assert view.toPlainText().startswith(HOSTILE)
    qtbot.waitUntil(lambda: view.height() > 10 * low)
    assert view.document().size().height() <= view.height()


def test_a_narrower_view_is_higher(shown, qtbot):
    view = shown(PlainTextView("Since this morning the connection drops. " * 8), width=600)
    wide = view.height()
    view.window().resize(250, 300)
    qtbot.waitUntil(lambda: view.height() > wide)


def links_in(view: PlainTextView) -> dict[str, QPoint]:
    """Return the links a pointer finds in the view, each with a place."""
    found: dict[str, QPoint] = {}
    for x in range(0, view.width(), 4):
        for y in range(4, view.height(), 8):
            if address := view.anchorAt(QPoint(x, y)):
                found.setdefault(address, QPoint(x, y))
    return found


def test_addresses_become_links_and_are_told_when_clicked(shown, qtbot):
    view = shown(PlainTextView("See https://kb.corp.example/vpn. Or mailto:it@corp.example!"))
    links = links_in(view)
    assert set(links) == {"https://kb.corp.example/vpn", "mailto:it@corp.example"}
    with qtbot.waitSignal(view.link_activated) as told:
        click = links["https://kb.corp.example/vpn"]
        qtbot.mouseClick(view.viewport(), Qt.LeftButton, pos=click)
    assert told.args == [QUrl("https://kb.corp.example/vpn")]
    assert view.toPlainText().startswith("See https"), "it stayed where it was"


def test_links_are_found_behind_any_character(shown):
    view = shown(PlainTextView("\U0001f600\U0001f600 https://corp.example/a \U0001f600"))
    assert list(links_in(view)) == ["https://corp.example/a"]
    spans = [piece.text() for piece in pieces_of(view) if piece.charFormat().isAnchor()]
    assert spans == ["https://corp.example/a"]


def pieces_of(view: PlainTextView) -> list[QTextFragment]:
    """Return the pieces of the first line."""
    pieces, place = [], view.document().begin().begin()
    while not place.atEnd():
        pieces.append(place.fragment())
        place += 1  # type: ignore[operator, assignment]
    return pieces


def test_a_link_cannot_pretend_to_lead_elsewhere(shown):
    view = shown(PlainTextView())
    view.set_markdown("[https://bank.example](https://evil.example) or [bank](https://x.example)")
    assert set(links_in(view)) == {"https://bank.example", "https://x.example"}
    tooltips = [piece.charFormat().toolTip() for piece in pieces_of(view)]
    assert any("https://x.example" in tooltip for tooltip in tooltips)


@pytest.mark.parametrize("markdown", [True, False])
def test_links_take_the_colour_of_the_theme(look, shown, markdown):
    view = shown(PlainTextView())
    (view.set_markdown if markdown else view.set_plain)("see https://corp.example now")
    for mode in ("light", "dark"):
        look.set_mode(mode)
        inks = [p.charFormat().foreground().color() for p in pieces_of(view)]
        assert look.colour("ink_accent") in inks


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "\\\\host\\share", "/etc"],
)
def test_a_link_of_another_kind_is_none(shown, qtbot, address):
    view = shown(PlainTextView())
    view.set_markdown(f"press [here]({address}) please")
    assert view.toPlainText() == "press here please"
    assert links_in(view) == {}
    with qtbot.assertNotEmitted(view.link_activated):
        view.anchorClicked.emit(QUrl(address))


def test_markdown_is_shown_without_its_html(shown):
    view = shown(PlainTextView())
    view.set_markdown(f"Some **bold** and [a link](https://corp.example) {HOSTILE}")
    assert "<b>bold</b>" in view.toPlainText()
    assert list(links_in(view)) == ["https://corp.example"]


@pytest.mark.parametrize("how", ["plain", "relative", "file"])
def test_a_picture_is_never_loaded(shown, tmp_path: Path, monkeypatch, how):
    picture = QImage(300, 300, QImage.Format_RGB32)
    picture.fill(Qt.magenta)
    picture.save(str(tmp_path / "picture.png"))
    monkeypatch.chdir(tmp_path)
    address = {
        "plain": str(tmp_path / "picture.png"),
        "relative": "picture.png",
        "file": (tmp_path / "picture.png").as_uri(),
    }[how]
    view = shown(PlainTextView())
    view.set_markdown(f"before ![words]({address}) after")
    assert view.toPlainText() == "before [picture] after"
    assert view.height() < 60
    # Even markup that gets in some other way finds no file.
    view.setHtml(f'<img src="{address}">')
    image = view.grab().toImage()
    pixels = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert QColor(Qt.magenta).rgb() not in pixels


def test_the_wheel_is_left_to_what_is_around(shown):
    view = shown(PlainTextView("text\n" * 50))
    size = view.font().pixelSize()
    event = wheel_over(view, Qt.ControlModifier)
    QApplication.sendEvent(view.viewport(), event)
    assert not event.isAccepted()
    assert view.font().pixelSize() == size


def wheel_over(widget: QWidget, modifiers: Qt.KeyboardModifier = Qt.NoModifier) -> QWheelEvent:
    middle = widget.rect().center()
    return QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, -120),
        Qt.NoButton,
        modifiers,
        Qt.NoScrollPhase,
        False,
    )


# --- banners, states and toasts -------------------------------------------------------------------


def test_a_banner_takes_room_only_while_it_speaks(shown, qtbot):
    banner = shown(Banner())
    assert (banner.isVisible(), banner.text) == (False, "")
    banner.show_error("The server does not answer; check the network.")
    assert banner.text == "The server does not answer; check the network."
    assert banner.accessibleName() == banner.text
    qtbot.waitUntil(lambda: banner.height() >= banner.sizeHint().height())
    banner.clear()
    assert (banner.isVisible(), banner.text) == (False, "")


def test_a_banner_has_the_colour_of_its_tone(look, shown, qtbot):
    banner = shown(Banner())
    banner.show_error("An error.")
    banner.show_warning("A warning.")
    qtbot.waitUntil(lambda: banner.height() > 20)
    middle = banner.width() // 2
    assert banner.grab().toImage().pixelColor(middle, 3) == look.colour("warning_soft")
    banner.show_info("Some news.")
    assert banner.grab().toImage().pixelColor(middle, 3) == look.colour("accent_soft")


def test_the_picture_of_a_banner_follows_the_theme(look, shown):
    banner = shown(Banner())
    banner.show_error("An error.")
    picture = next(label for label in banner.findChildren(QLabel) if label.pixmap())
    light = picture.pixmap().toImage()
    look.set_mode("dark")
    assert picture.pixmap().toImage() != light


def test_the_action_of_a_banner_mends_it(shown, qtbot):
    banner = shown(Banner())
    mended: list[Any] = []
    banner.show_error("Your text is kept.", "Send again", lambda: mended.append(True))
    qtbot.mouseClick(button_of(banner, "Send again"), Qt.LeftButton)
    assert mended == [True]
    assert banner.text == ""


def test_an_action_may_speak_again(shown, qtbot):
    banner = shown(Banner())
    banner.show_error("First.", "Retry", lambda: banner.show_error("Second."))
    qtbot.mouseClick(button_of(banner, "Retry"), Qt.LeftButton)
    assert banner.text == "Second."


def test_a_banner_is_dismissed_by_its_cross_and_by_escape(shown, qtbot):
    banner = shown(Banner())
    cross = banner.findChild(QToolButton)
    for dismiss in (
        lambda: qtbot.mouseClick(cross, Qt.LeftButton),
        lambda: qtbot.keyClick(cross, Qt.Key_Escape),
    ):
        banner.show_info("News.")
        qtbot.waitUntil(lambda: cross.height() > 20)
        with qtbot.waitSignal(banner.dismissed):
            dismiss()
        assert banner.text == ""


def test_a_banner_in_a_window_not_yet_open_is_there_at_once(qtbot):
    window = QWidget()
    column = QVBoxLayout(window)
    banner = Banner()
    column.addWidget(banner)
    qtbot.addWidget(window)
    banner.show_error("No desk was found.")
    window.show()
    assert banner.height() >= banner.sizeHint().height()


def test_a_hint_is_wrapped_where_the_room_ends(qtbot):
    window = QWidget()
    view = StateView(QLabel("rows"), window)
    qtbot.addWidget(window)
    window.show()
    view.show_empty("Nothing found", "Try other words, or describe what is wrong in a ticket.")
    [hint] = [label for label in view.findChildren(QLabel) if label.text().startswith("Try")]
    for width, most in ((240, 192), (2000, 420)):
        view.setGeometry(0, 0, width, 400)
        qtbot.waitUntil(lambda most=most: 160 <= hint.width() <= most)
    assert hint.width() >= hint.fontMetrics().horizontalAdvance(hint.text())


def test_the_states_of_a_list(shown, qtbot):
    content = QLabel("rows")
    view = shown(StateView(content))
    pressed: list[Any] = []
    assert view.state == "content"
    view.show_loading()
    assert (view.state, content.isVisible()) == ("loading", False)
    view.show_empty("No tickets", "Describe what is wrong.", "Submit", lambda: pressed.append(1))
    assert view.state == "empty"
    qtbot.mouseClick(button_of(view, "Submit"), Qt.LeftButton)
    view.show_failed("The server does not answer.", lambda: pressed.append(2))
    assert view.state == "failed"
    qtbot.keyClick(button_of(view, "Retry"), Qt.Key_Space)
    assert pressed == [1, 2]
    view.show_content()
    assert (view.state, content.isVisible()) == ("content", True)


def test_an_empty_state_without_an_action_has_no_button(shown):
    view = shown(StateView(QLabel("rows")))
    view.show_empty("Nothing found", f"Nothing matches {HOSTILE}.")
    assert [b for b in view.findChildren(QPushButton) if b.isVisible()] == []
    texts = [label.text() for label in view.findChildren(PlainLabel)]
    assert f"Nothing matches {HOSTILE}." in texts


@pytest.mark.parametrize(("width", "is_marked"), [(400, True), (12, False)])
def test_a_hit_of_which_nothing_can_be_read_has_no_ground(look, width, is_marked):
    picture = QImage(500, 20, QImage.Format_RGB32)
    picture.fill(Qt.white)
    with QPainter(picture) as painter:
        excerpt = f"{HIT_START}printer{HIT_END}"
        paint_excerpt(painter, QRect(0, 0, width, 20), excerpt, "muted")
    ground = look.colour("warning_soft").rgb()
    found = any(picture.pixel(x, 2) == ground for x in range(picture.width()))
    assert found is is_marked


def test_a_sentence_of_two_lines_is_broken_in_its_middle(shown):
    view = shown(StateView(QLabel("rows")))
    view.resize(1000, 400)
    sentence = "You have no open ticket. Press Ctrl+N when something does not work."
    view.show_empty("My open tickets", sentence)
    (hint,) = [each for each in view.findChildren(PlainLabel) if each.text() == sentence]
    needs = hint.fontMetrics().horizontalAdvance(sentence)
    assert needs / 2 < hint.width() < needs * 2 / 3


def test_the_content_can_be_exchanged(shown):
    view = shown(StateView(QLabel("old")))
    new = QLabel("new")
    view.set_content(new)
    assert view.currentWidget() is new


def test_the_skeleton_breathes_only_while_it_is_seen(shown, qtbot, look):
    view = shown(StateView(QLabel("rows")))
    skeleton = view.findChild(Skeleton)
    assert not skeleton.is_pulsing
    view.show_loading()
    assert skeleton.is_pulsing
    blank = skeleton.grab().toImage()
    qtbot.waitUntil(lambda: skeleton.grab().toImage() != blank)
    view.show_content()
    assert not skeleton.is_pulsing


@pytest.fixture
def window(qtbot) -> QWidget:
    window = QWidget()
    window.resize(800, 600)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window


def test_a_toast_lies_at_the_bottom_in_the_middle(window):
    toast = Toast.say(window, "12 tickets were resolved.")
    assert toast.isVisible()
    assert abs(toast.geometry().center().x() - window.rect().center().x()) <= 1
    assert 500 < toast.geometry().bottom() < 600
    window.resize(1000, 700)
    assert abs(toast.geometry().center().x() - 500) <= 1
    assert toast.geometry().bottom() > 600


def test_toasts_stack_and_the_oldest_give_way(window):
    toasts = [Toast.say(window, f"Toast {number}") for number in range(4)]
    assert toasts_of(window) == toasts[1:]
    tops = [toast.y() for toast in toasts[1:]]
    assert tops == sorted(tops)
    assert toasts[1].geometry().bottom() < toasts[2].y()


def test_a_newer_word_takes_the_place_of_what_it_makes_untrue(window):
    other = Toast.say(window, "Saved.")
    Toast.say(window, "HD-1 is Open", "Undo", lambda: None, topic="deeds")
    undone = Toast.say(window, "Undone: Status of HD-1", topic="deeds")
    assert toasts_of(window) == [other, undone]


def test_a_toast_keeps_clear_of_what_is_being_written(window):
    box = QLabel("Write to Sean…", window)
    box.setObjectName(WRITING)
    box.setGeometry(380, 400, 400, 180)
    box.show()
    toast = Toast.say(window, "HD-1 is Open", "Undo", lambda: None)
    assert not toast.geometry().intersects(box.geometry())


def test_the_action_of_a_toast_undoes(window, qtbot):
    undone: list[Any] = []
    toast = Toast.say(window, "Assigned to Bob.", "Undo", lambda: undone.append(True))
    qtbot.keyClick(button_of(toast, "Undo"), Qt.Key_Space)
    assert undone == [True]
    assert toasts_of(window) == []


def test_a_toast_goes_by_itself(window, qtbot):
    Toast.say(window, "Saved.", seconds=0.05)
    qtbot.waitUntil(lambda: toasts_of(window) == [])


def test_a_toast_waits_while_the_pointer_is_on_it(window, qtbot):
    toast = Toast.say(window, "Saved.", seconds=0.05)
    other = Toast.say(window, "Saved as well.", seconds=0.15)
    QApplication.sendEvent(toast, QEvent(QEvent.Enter))
    qtbot.waitUntil(lambda: toasts_of(window) == [toast])
    assert other is not toast
    QApplication.sendEvent(toast, QEvent(QEvent.Leave))
    qtbot.waitUntil(lambda: toasts_of(window) == [])


def test_a_toast_can_be_reached_and_closed_with_the_keyboard(window, qtbot):
    toast = Toast.say(window, "Assigned.", "Undo", lambda: None, seconds=0.1)
    qtbot.keyClick(window, Qt.Key_Tab)
    qtbot.waitUntil(lambda: button_of(toast, "Undo").hasFocus())
    Toast.say(window, "Another.", seconds=0.2)
    qtbot.waitUntil(lambda: toasts_of(window) == [toast])
    qtbot.keyClick(button_of(toast, "Undo"), Qt.Key_Escape)
    assert toasts_of(window) == []


# --- choices --------------------------------------------------------------------------------------


def test_segments_are_chosen_by_mouse_and_arrow_keys(shown, qtbot):
    row = shown(Segmented([("reply", "Reply"), ("note", "Internal note"), ("draft", "Draft")]))
    told: list[Any] = []
    row.chosen.connect(told.append)
    assert row.key == "reply"
    qtbot.mouseClick(row.button("note"), Qt.LeftButton)
    for key in (Qt.Key_Right, Qt.Key_Right, Qt.Key_Left):
        qtbot.keyClick(row.button(row.key), key)
    assert told == ["note", "draft", "reply", "draft"]
    assert row.button("draft").hasFocus()
    row.set_key("note")
    assert row.key == "note"
    assert told[-1] == "draft", "a choice by the program is not told"
    assert row.button("note").isChecked()


def test_clicking_the_chosen_segment_says_nothing(shown, qtbot):
    row = shown(Segmented([("a", "A"), ("b", "B")]))
    with qtbot.assertNotEmitted(row.chosen):
        qtbot.mouseClick(row.button("a"), Qt.LeftButton)
    assert row.button("a").isChecked()


def test_only_the_chosen_segment_is_a_stop_of_the_tab_key(shown):
    row = shown(Segmented([("a", "A"), ("b", "B & C")]))
    row.set_key("b")
    policies = [row.button(key).focusPolicy() for key in "ab"]
    assert policies == [Qt.ClickFocus, Qt.StrongFocus]
    assert row.button("b").text() == "B && C"


STATUSES = [("new", "New"), ("open", "Open"), ("rd", "R&D"), ("closed", "Closed")]


def place_of(button: FilterButton, label: str) -> QPoint:
    menu = button.menu()
    action = next(action for action in menu.actions() if action.text() == label)
    return menu.actionGeometry(action).center()


@pytest.fixture
def button(shown, qtbot):
    button = shown(FilterButton("Status"))
    button.set_choices(STATUSES)
    yield button
    button.menu().close()


def test_a_filter_says_what_it_narrows_to(button):
    assert button.text() == "Status"
    assert not button.property("active")
    button.set_chosen(["open", "new", "unknown"])
    assert button.text() == "Status: New +1"
    assert button.property("active")
    button.set_chosen(["rd", "closed"])
    assert button.text() == "Status: R&&D +1"
    assert button.accessibleName() == "Status: R&D +1"


def test_what_is_usual_is_not_shown_as_a_filter(button):
    button.set_usual(["new", "open"])
    button.set_chosen(["open", "new"])
    assert (button.text(), button.property("active")) == ("Status", False)
    button.set_chosen(["open"])
    assert (button.text(), button.property("active")) == ("Status: Open", True)
    button.set_chosen([])
    assert button.property("active"), "any is more than the usual"


def test_several_choices_are_ticked_without_closing_the_menu(button, qtbot):
    told: list[Any] = []
    button.chosen.connect(told.append)
    button.menu().popup(button.mapToGlobal(QPoint(0, 30)))
    for label in ("Open", "R&&D", "Open"):
        qtbot.mouseClick(button.menu(), Qt.LeftButton, pos=place_of(button, label))
    assert button.menu().isVisible()
    assert told == [["open"], ["open", "rd"], ["rd"]]
    assert button.chosen_keys() == ["rd"]


def test_any_clears_and_closes(button, qtbot):
    button.set_chosen(["open"])
    button.menu().popup(button.mapToGlobal(QPoint(0, 30)))
    with qtbot.waitSignal(button.chosen) as told:
        qtbot.mouseClick(button.menu(), Qt.LeftButton, pos=place_of(button, "Any"))
    assert told.args == [[]]
    assert not button.menu().isVisible()
    assert button.text() == "Status"


def test_a_filter_is_used_by_keyboard(button, qtbot):
    told: list[Any] = []
    button.chosen.connect(told.append)
    button.menu().popup(button.mapToGlobal(QPoint(0, 30)))
    for key in (Qt.Key_Down, Qt.Key_Down, Qt.Key_Space, Qt.Key_Down, Qt.Key_Return, Qt.Key_Escape):
        qtbot.keyClick(button.menu(), key)
    assert told == [["new"], ["new", "open"]]
    assert not button.menu().isVisible()
    qtbot.keyClick(button, Qt.Key_Delete)
    assert told[-1] == []


def test_a_single_choice_closes_the_menu_and_replaces(shown, qtbot):
    button = shown(FilterButton("Age", multiple=False))
    button.set_choices([("d", "A day"), ("w", "A week")])
    told: list[Any] = []
    button.chosen.connect(told.append)
    for label in ("A day", "A week", "A week"):
        button.menu().popup(button.mapToGlobal(QPoint(0, 30)))
        qtbot.mouseClick(button.menu(), Qt.LeftButton, pos=place_of(button, label))
        assert not button.menu().isVisible()
    assert told == [["d"], ["w"], []]


def test_new_choices_keep_what_is_still_offered(button, qtbot):
    button.set_chosen(["new", "open"])
    with qtbot.assertNotEmitted(button.chosen):
        button.set_choices([("open", "Open"), ("resolved", "Resolved")])
    assert button.chosen_keys() == ["open"]
    assert button.text() == "Status: Open"


def test_a_drop_down_is_not_changed_by_scrolling_past(shown, qtbot):
    holder = QWidget()
    column = QVBoxLayout(holder)
    other, drop_down = QLineEdit(), DropDown([("low", "Low"), ("high", "High")])
    column.addWidget(other)
    column.addWidget(drop_down)
    shown(holder)
    other.setFocus()
    QApplication.sendEvent(drop_down, wheel_over(drop_down))
    assert drop_down.currentText() == "Low"
    drop_down.setFocus()
    qtbot.waitUntil(drop_down.hasFocus)
    QApplication.sendEvent(drop_down, wheel_over(drop_down))
    assert drop_down.currentText() == "High"


def test_a_drop_down_keeps_its_key_when_the_choices_change(shown, qtbot):
    drop_down = shown(DropDown([(1, "Email"), (2, "Network")]))
    drop_down.set_key(2)
    with qtbot.assertNotEmitted(drop_down.currentIndexChanged):
        drop_down.set_choices([(2, "Network"), (3, "Printing")])
    assert drop_down.key == 2
    drop_down.set_key(99)
    assert drop_down.key == 2
    assert DropDown().key is None


# --- times ----------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.fixture(params=["UTC", "Europe/Paris", "America/Los_Angeles"])
def zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=-90), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=15), "15 h ago"),
        (timedelta(hours=17), "yesterday"),
        (timedelta(hours=39), "yesterday"),
        (timedelta(hours=41), "21 Nov"),
        (timedelta(days=72), "12 Sep"),
        (timedelta(days=437), "12 Sep 2025"),
    ],
)
def test_how_long_ago(in_utc, ago, said):
    assert times.relative_time(NOW - ago, NOW) == said


def test_shortly_after_midnight_an_hour_ago_is_not_yesterday(in_utc):
    midnight = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert times.relative_time(midnight - timedelta(hours=1), midnight) == "1 h ago"


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (timedelta(minutes=14, seconds=40), "0:14 left", "urgent"),
        (timedelta(minutes=59), "0:59 left", "urgent"),
        (timedelta(minutes=100), "1:40 left", "high"),
        (timedelta(hours=6, minutes=20), "6 h", "neutral"),
        (timedelta(hours=7, minutes=59), "8 h", "neutral"),
        (timedelta(hours=23, minutes=59), "1 d", "neutral"),
        (timedelta(days=2, hours=23), "3 d", "neutral"),
        (timedelta(days=3, hours=2), "3 d", "neutral"),
        (timedelta(0), "0:00 left", "urgent"),
        (-timedelta(minutes=5), "overdue 5 min", "urgent"),
        (-timedelta(hours=2), "overdue 2 h", "urgent"),
        (-timedelta(days=4), "overdue 4 d", "urgent"),
    ],
)
def test_how_much_is_left(left, said, tone):
    assert times.time_left(NOW + left, NOW) == (said, tone)


def test_the_full_time_is_local(zone):
    said = {
        "UTC": "Mon 23 Nov 2026, 16:00",
        "Europe/Paris": "Mon 23 Nov 2026, 17:00",
        "America/Los_Angeles": "Mon 23 Nov 2026, 08:00",
    }
    assert times.full_time(NOW) == said[zone]
    assert times.clock_time(NOW) == said[zone][-5:]


def test_the_time_of_day_is_said_as_the_locale_has_it(in_utc):
    QLocale.setDefault(QLocale(QLocale.English, QLocale.UnitedStates))
    assert times.clock_time(NOW) == "4:00 PM"
    QLocale.setDefault(QLocale(QLocale.German, QLocale.Germany))
    assert times.clock_time(NOW) == "16:00"


def test_yesterday_is_the_local_one(zone):
    early = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    said = {"UTC": "14 h ago", "Europe/Paris": "14 h ago", "America/Los_Angeles": "yesterday"}
    assert times.relative_time(early, late) == said[zone]


def test_what_stands_in_a_line_is_centred_in_it(qtbot):
    room = QWidget()
    qtbot.addWidget(room)
    flow = FlowLayout(spacing=10)
    room.setLayout(flow)
    heights = (20, 40, 20)
    parts = [QWidget() for _ in heights]
    for part, height in zip(parts, heights, strict=True):
        part.setFixedSize(100, height)
        flow.addWidget(part)
    flow.setGeometry(QRect(0, 0, 230, 200))
    places = [(part.x(), part.y()) for part in parts]
    assert places == [(0, 10), (110, 0), (0, 50)]
    assert flow.heightForWidth(230) == 70
