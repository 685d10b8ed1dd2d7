# SPDX-License-Identifier: GPL-3.0-or-later
"""An article is written beside its preview; nothing typed is lost, whatever others do meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, Qt, QUrl
from PyQt5.QtGui import QImage, QTextCursor
from PyQt5.QtWidgets import QAction, QApplication, QCompleter, QLabel

from helpdesk.core.errors import Busy, Invalid, Unreachable
from helpdesk.core.schemas.articles import (
    ARTICLE_LIMIT,
    IMAGE_BYTES_LIMIT,
    SUMMARY_LIMIT,
    ArticleChange,
    ArticleMove,
    ArticleQuery,
    ArticleState,
    ArticleView,
    NewArticle,
    NewArticleCategory,
    Visibility,
)
from helpdesk.ui.articles.category_dialog import CategoryDialog
from helpdesk.ui.articles.comparison import ComparisonDialog
from helpdesk.ui.articles.editor import ArticleEditor
from helpdesk.ui.articles.picture_upload import prepared
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat, button, click, named


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def charlie(seated):
    return seated("charlie")


@pytest.fixture
def desk(sign_in):
    """Return the desk as a manager in another window sees it."""
    return sign_in("charlie")


@pytest.fixture
def article(desk):
    new = NewArticle(title="Connect to the VPN", summary="Open it.", body="One\n\nTwo\n")
    return desk.articles.create(new)


def opened(seat: Seat, view: ArticleView | None = None) -> ArticleEditor:
    """Return an open editor, on a new article by default."""
    editor = ArticleEditor(seat.desktop)
    if view is None:
        editor.begin(None)
    else:
        editor.edit(view)
    seat.show(editor, 1240, 800)
    return editor


def errors_of(editor: ArticleEditor) -> list[str]:
    labels = editor.findChildren(QLabel)
    return [w.text() for w in labels if w.property("role") == "error" and w.isVisible()
            and "/" not in w.text()]  # fmt: skip


def labels_of(editor: ArticleEditor) -> list[QLabel]:
    return [label for label in editor.findChildren(QLabel) if label.isVisible()]


def banner_of(editor: ArticleEditor) -> Banner:
    banner = editor.findChild(Banner)
    assert banner is not None
    return banner


def press(editor: ArticleEditor, name: str) -> None:
    """Press a button of the toolbar."""
    editor.toolbar.actions_by_name[name].trigger()


def choose(editor: ArticleEditor, words: str) -> None:
    """Choose words in the text."""
    cursor = editor.body.document().find(words)
    assert not cursor.isNull()
    editor.body.setTextCursor(cursor)


def type_at_end(qtbot, editor: ArticleEditor, text: str) -> None:
    editor.body.moveCursor(QTextCursor.End)
    qtbot.keyClicks(editor.body, text)


def offered(editor: ArticleEditor) -> list[str]:
    """Return the articles that may be linked to."""
    model = editor.completer.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format_RGB32)
    image.fill(Qt.blue)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.WriteOnly)
    assert image.save(buffer, "PNG")
    return bytes(data)


# --- saving ---------------------------------------------------------------------------------------


def test_an_article_is_written_and_saved_with_the_keyboard(bob, desk, qtbot):
    editor = opened(bob)
    assert editor.title.hasFocus()
    assert not editor.save_button.isEnabled()
    qtbot.keyClicks(editor.title, "Print from a phone")
    qtbot.keyClicks(editor.summary, "Send it to the queue.")
    qtbot.keyClicks(editor.body, "Press print")
    qtbot.keyClicks(editor.properties.tags, "Print, Phone, print")
    with qtbot.waitSignal(editor.saved) as saved:
        qtbot.keyClick(editor.body, Qt.Key_S, Qt.ControlModifier)
    view = desk.articles.view(saved.args[0].id)
    assert (view.title, view.summary, view.body) == (
        "Print from a phone", "Send it to the queue.", "Press print",
    )  # fmt: skip
    assert (view.tags, view.state) == (("print", "phone"), ArticleState.DRAFT)
    assert not editor.save_button.isEnabled(), "there is nothing to save any more"
    assert not editor.is_changed


def test_saving_again_changes_the_same_article(bob, desk, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Once")
    with qtbot.waitSignal(editor.saved) as first:
        click(qtbot, editor.save_button)
    qtbot.keyClicks(editor.body, "and again")
    with qtbot.waitSignal(editor.saved) as second:
        click(qtbot, editor.save_button)
    assert second.args[0].id == first.args[0].id
    assert second.args[0].body == "and again"


def test_without_a_title_it_says_so_at_the_field_and_asks_nobody(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "Only a text")
    click(qtbot, editor.save_button)
    assert errors_of(editor) == ["Give it a title: what would a reader look for?"]
    assert editor.title.hasFocus()
    assert bob.transport.count("create") == 0
    qtbot.keyClicks(editor.title, "x")
    assert errors_of(editor) == []


def test_a_summary_that_is_too_long_is_counted_and_said_at_the_field(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Long")
    editor.summary.setText("x" * (SUMMARY_LIMIT + 1))
    count = f"{SUMMARY_LIMIT + 1} / {SUMMARY_LIMIT}"
    assert any(label.text() == count for label in editor.findChildren(QLabel))
    click(qtbot, editor.save_button)
    assert errors_of(editor) == ["The summary may have at most 200 characters; shorten it."]
    assert editor.summary.text() == "x" * (SUMMARY_LIMIT + 1)


def test_wrong_tags_are_said_at_the_tags(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Tagged")
    editor.properties.tags.setText(", ".join(f"tag {number}" for number in range(21)))
    click(qtbot, editor.save_button)
    assert errors_of(editor) == ["At most 20 tags can be chosen at once."]


def test_when_the_desk_refuses_the_text_stays(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Precious")
    with bob.transport.failing(Busy("The desk is busy; try again."), "create"):
        click(qtbot, editor.save_button)
        qtbot.waitUntil(lambda: "busy" in banner_of(editor).text)
    assert "is kept" in banner_of(editor).text
    assert editor.title.text() == "Precious"
    with qtbot.waitSignal(editor.saved):
        click(qtbot, editor.save_button)


def test_what_is_typed_while_it_is_saved_stays_and_is_not_yet_saved(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Quick")
    with bob.transport.held("create") as gate:
        click(qtbot, editor.save_button)
        qtbot.waitUntil(lambda: bob.transport.count("create") == 1)
        qtbot.keyClicks(editor.body, "typed on")
        assert not editor.save_button.isEnabled()
        qtbot.keyClick(editor.body, Qt.Key_S, Qt.ControlModifier)
        with qtbot.waitSignal(editor.saved) as saved:
            gate.set()
    assert bob.transport.count("create") == 1
    assert editor.body.toPlainText() == "typed on"
    assert editor.is_changed
    assert editor.save_button.isEnabled()
    bob.drafts.flush()
    assert bob.drafts.load(f"article-{saved.args[0].id}")["body"] == "typed on"
    assert bob.drafts.load("article-new") == {}


def test_an_answer_about_another_article_is_not_for_these_fields(bob, article, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Left behind")
    with bob.transport.held("create") as gate:
        click(qtbot, editor.save_button)
        qtbot.waitUntil(lambda: bob.transport.count("create") == 1)
        editor.edit(article)
        with qtbot.waitSignal(editor.saved):
            gate.set()
    assert editor.title.text() == article.title
    qtbot.keyClicks(editor.title, "!")
    with qtbot.waitSignal(editor.saved) as saved:
        click(qtbot, editor.save_button)
    assert saved.args[0].id == article.id


# --- who may do what ------------------------------------------------------------------------------


def test_a_technician_asks_for_a_review_and_cannot_publish(bob, desk, qtbot):
    editor = opened(bob)
    assert editor.send_button.text() == "Ask for review"
    assert "Publish" not in [b.text() for b in editor.findChildren(type(editor.send_button))]
    qtbot.keyClicks(editor.title, "For review")
    with qtbot.waitSignal(editor.closed):
        qtbot.keyClick(editor.title, Qt.Key_Return, Qt.ControlModifier)
    [row] = desk.articles.search(query_of(states=(ArticleState.REVIEW,))).items
    assert (row.title, row.is_live) == ("For review", False)
    categories = [editor.properties.category.itemText(i)
                  for i in range(editor.properties.category.count())]  # fmt: skip
    assert categories == ["No category"]


def test_a_manager_publishes_a_new_article_at_once(charlie, sign_in, qtbot):
    editor = opened(charlie)
    assert editor.send_button.text() == "Publish"
    qtbot.keyClicks(editor.title, "For everyone")
    with qtbot.waitSignal(editor.closed):
        qtbot.keyClick(editor.title, Qt.Key_Return, Qt.ControlModifier)
    [row] = sign_in("alice").articles.search(query_of()).items
    assert row.title == "For everyone"
    assert charlie.transport.count("create") == 1


def test_a_text_in_review_is_published_as_it_is(charlie, bob, desk, article, sign_in, qtbot):
    move = ArticleMove(state=ArticleState.REVIEW, version=article.version)
    article = desk.articles.move(article.id, move)
    editor = opened(charlie, article)
    assert not editor.save_button.isEnabled()
    with qtbot.waitSignal(editor.closed):
        click(qtbot, editor.send_button)
    assert desk.articles.view(article.id).state is ArticleState.PUBLISHED
    assert desk.articles.view(article.id).revision == 1


def query_of(**fields):
    return ArticleQuery(**fields)


# --- properties -----------------------------------------------------------------------------------


def test_properties_are_saved_and_shown_again(charlie, desk, qtbot):
    network = desk.articles.add_category(NewArticleCategory(name="Network"))
    desk.articles.add_category(NewArticleCategory(name="VPN", parent_id=network.id))
    editor = opened(charlie)
    fields = editor.properties
    qtbot.waitUntil(lambda: fields.category.count() == 4 and fields.reviewer.count() > 1)
    assert [fields.category.itemText(i) for i in range(4)] == [
        "No category", "Network", "\u2003VPN", "New category…",
    ]  # fmt: skip
    qtbot.keyClicks(editor.title, "With properties")
    for _ in range(2):
        qtbot.keyClick(fields.category, Qt.Key_Down)
    qtbot.keyClick(fields.visibility, Qt.Key_Down)
    assert any("Only technicians" in label.text() for label in fields.findChildren(QLabel))
    qtbot.keyClick(fields.language, Qt.Key_Down)
    qtbot.keyClick(fields.reviewer, Qt.Key_Down)
    click(qtbot, fields.has_review)
    assert fields.review_on.isVisible()
    with qtbot.waitSignal(editor.saved) as saved:
        click(qtbot, editor.save_button)
    view = desk.articles.view(saved.args[0].id)
    assert view.category is not None
    assert (view.category.name, view.visibility) == ("VPN", Visibility.TECHNICIANS)
    assert (view.language, view.reviewer is not None) == ("de", True)
    assert view.review_due is not None
    assert view.review_due.astimezone().date() == fields.review_on.date().toPyDate()
    again = opened(charlie, view)
    assert not again.is_changed
    click(qtbot, again.properties.has_review)
    with qtbot.waitSignal(again.saved):
        click(qtbot, again.save_button)
    assert desk.articles.view(view.id).review_due is None


def test_a_manager_adds_a_category_on_the_way(charlie, desk, qtbot):
    editor = opened(charlie)
    category = editor.properties.category
    qtbot.keyClick(category, Qt.Key_End)
    dialog = editor.findChild(CategoryDialog)
    assert dialog is not None
    assert category.currentText() == "No category", "until there is one"
    click(qtbot, dialog.save_button)
    assert any(label.text() == "Type a name." for label in dialog.findChildren(QLabel))
    qtbot.keyClicks(dialog.name, "Printers")
    qtbot.keyClick(dialog.name, Qt.Key_Return)
    qtbot.waitUntil(lambda: category.currentText() == "Printers")
    assert [each.name for each in desk.articles.categories()] == ["Printers"]


def test_tags_in_use_are_offered_after_the_comma(bob, desk, qtbot):
    desk.articles.create(NewArticle(title="Tagged", tags=("remote work", "vpn")))
    editor = opened(bob)
    tags = editor.properties.tags
    tags.setFocus()
    qtbot.keyClicks(tags, "mine, rem")
    completer = tags.findChild(QCompleter)
    assert completer is not None
    popup = completer.popup()
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key_Down)
    qtbot.keyClick(popup, Qt.Key_Return)
    assert tags.tags == ("mine", "remote work")


# --- drafts ---------------------------------------------------------------------------------------


def test_a_new_article_comes_back_as_it_was_typed(bob, qtbot):
    editor = opened(bob)
    with qtbot.waitSignal(bob.drafts.saved):
        qtbot.keyClicks(editor.title, "Half an art")
        qtbot.keyClicks(editor.body, "Some words")
        qtbot.keyClicks(editor.properties.tags, "vpn")
        qtbot.keyClick(editor.properties.visibility, Qt.Key_Down)
    assert any(label.text().startswith("Draft kept") for label in editor.findChildren(QLabel))
    click(qtbot, editor.back_button)
    again = opened(bob)
    assert again.title.text() == "Half an art"
    assert again.body.toPlainText() == "Some words"
    assert again.form().tags == ("vpn",)
    assert again.form().visibility is Visibility.TECHNICIANS
    assert any("did not save" in label.text() for label in again.findChildren(QLabel))


def test_closing_asks_nothing_keeps_the_text_and_says_so(bob, article, qtbot):
    editor = opened(bob, article)
    type_at_end(qtbot, editor, "Three")
    with qtbot.waitSignal(editor.closed):
        click(qtbot, editor.back_button)
    [toast] = toasts_of(editor)
    assert "KB-1 is kept" in toast.accessibleName()
    again = opened(bob, article)
    assert again.body.toPlainText() == "One\n\nTwo\nThree"
    assert again.is_changed


def test_a_saved_article_leaves_no_draft(bob, article, qtbot, folder):
    editor = opened(bob, article)
    type_at_end(qtbot, editor, "Three")
    bob.drafts.flush()
    assert len(list(folder.drafts.rglob("*.json"))) == 1
    with qtbot.waitSignal(editor.saved):
        click(qtbot, editor.save_button)
    bob.drafts.flush()
    assert list(folder.drafts.rglob("*.json")) == []


def test_an_article_that_arrived_leaves_no_draft_when_nobody_waits_for_the_answer(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "Sent")
    bob.drafts.flush()
    with bob.transport.held("create") as gate:
        click(qtbot, editor.save_button)
        qtbot.waitUntil(lambda: bob.transport.count("create") == 1)
        gate.set()
        bob.background.shutdown()
    assert bob.drafts.load("article-new") == {}


def test_articles_have_drafts_of_their_own(bob, article, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "A new one")
    editor.edit(article)
    assert editor.title.text() == "Connect to the VPN"
    assert editor.form().body == article.body
    editor.begin(None)
    assert editor.title.text() == "A new one"


def test_discarding_can_be_undone(bob, article, qtbot):
    editor = opened(bob, article)
    assert not editor.discard_button.isEnabled()
    type_at_end(qtbot, editor, "Three")
    click(qtbot, editor.discard_button)
    assert editor.body.toPlainText() == article.body
    bob.drafts.flush()
    assert bob.drafts.load(f"article-{article.id}") == {}
    click(qtbot, button(banner_of(editor), "Undo"))
    assert editor.body.toPlainText() == "One\n\nTwo\nThree"
    bob.drafts.flush()
    assert bob.drafts.load(f"article-{article.id}")["body"].endswith("Three")


def test_typing_and_taking_it_back_is_no_change(bob, article, qtbot):
    editor = opened(bob, article)
    type_at_end(qtbot, editor, "x")
    qtbot.keyClick(editor.body, Qt.Key_Backspace)
    assert not editor.is_changed
    bob.drafts.flush()
    assert bob.drafts.load(f"article-{article.id}") == {}


# --- what others do meanwhile ---------------------------------------------------------------------


def test_somebody_elses_save_is_seen_and_the_own_text_goes_on_top(bob, desk, article, qtbot):
    editor = opened(bob, article)
    type_at_end(qtbot, editor, "Three")
    desk.articles.save(
        article.id,
        ArticleChange(body="Charlie's", summary="Theirs.", version=article.version),
    )
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    assert editor.conflict_bar.text.startswith("Charlie Hart changed KB-1")
    click(qtbot, editor.conflict_bar.show_button)
    dialog = editor.findChild(ComparisonDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.comparison.states.state == "content")
    rows = dialog.comparison.lines.lines
    said = [rows.index(row, 0).data() for row in range(rows.rowCount())]
    assert any("- Charlie's" in text for text in said)
    assert any("+ Three" in text for text in said)
    dialog.accept()
    with qtbot.waitSignal(editor.saved):
        click(qtbot, editor.conflict_bar.overwrite_button)
    now = desk.articles.view(article.id)
    assert now.body == "One\n\nTwo\nThree"
    assert now.summary == "Theirs.", "what was not touched here stays as they made it"
    assert editor.summary.text() == "Theirs."
    assert editor.conflict_bar.text == ""
    assert [row.number for row in desk.articles.revisions(article.id, 9)] == [3, 2, 1]


def test_a_save_on_an_older_text_is_refused_and_shown(bob, desk, article, qtbot):
    editor = opened(bob, article)
    bob.desktop.feed.changed.disconnect(editor._on_changed)  # noqa: SLF001 - news that came late
    type_at_end(qtbot, editor, "Three")
    desk.articles.save(article.id, ArticleChange(body="Charlie's", version=article.version))
    click(qtbot, editor.save_button)
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    assert desk.articles.view(article.id).body == "Charlie's"
    assert editor.body.toPlainText().endswith("Three")
    click(qtbot, editor.discard_button)
    assert editor.body.toPlainText() == "Charlie's"
    assert editor.conflict_bar.text == ""


def test_an_untouched_text_is_replaced_by_the_newer_one(bob, desk, article, qtbot):
    editor = opened(bob, article)
    desk.articles.save(article.id, ArticleChange(body="Newer", version=article.version))
    qtbot.waitUntil(lambda: editor.body.toPlainText() == "Newer")
    assert "Charlie Hart" in banner_of(editor).text


def test_a_move_by_somebody_else_is_no_conflict_of_texts(bob, desk, article, qtbot):
    editor = opened(bob, article)
    type_at_end(qtbot, editor, "Three")
    move = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
    desk.articles.move(article.id, move)
    chips = editor.findChildren(Chip)
    qtbot.waitUntil(lambda: [chip.text for chip in chips] == ["Published"])
    with qtbot.waitSignal(editor.saved) as saved:
        click(qtbot, editor.save_button)
    assert saved.args[0].live_revision == 1
    assert saved.args[0].revision == 2


def left_behind(qtbot, seat: Seat, desk, article: ArticleView) -> tuple[ArticleEditor, ArticleView]:
    """Return an editor that left a draft, and the newer text that somebody saved since."""
    editor = opened(seat, article)
    type_at_end(qtbot, editor, "Three")
    click(qtbot, editor.back_button)
    editor.begin(None)
    change = ArticleChange(body="New", version=article.version, publish=True)
    newer = desk.articles.save(article.id, change)
    seat.settle()
    return editor, newer


def press_all_that_save(qtbot, editor: ArticleEditor) -> None:
    click(qtbot, editor.save_button)
    qtbot.keyClick(editor.body, Qt.Key_S, Qt.ControlModifier)
    click(qtbot, editor.send_button)
    qtbot.keyClick(editor.body, Qt.Key_Return, Qt.ControlModifier)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_a_draft_on_an_older_text_is_saved_only_on_top(seated, desk, article, who, qtbot):
    seat = seated(who)
    editor, newer = left_behind(qtbot, seat, desk, article)
    editor.edit(newer)
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    assert editor.body.toPlainText().endswith("Three")
    press_all_that_save(qtbot, editor)
    seat.settle()
    assert editor.conflict_bar.text.startswith("Not saved: Charlie Hart changed KB-1")
    assert desk.articles.view(article.id) == newer
    assert editor.body.toPlainText() == "One\n\nTwo\nThree"
    seat.drafts.flush()
    assert seat.drafts.load("article-1")["body"].endswith("Three")
    with qtbot.waitSignal(editor.saved):
        click(qtbot, editor.conflict_bar.overwrite_button)
    assert desk.articles.view(article.id).body == "One\n\nTwo\nThree"
    assert editor.conflict_bar.text == ""


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nothing_is_saved_before_it_is_known_what_others_wrote(seated, desk, article, who, qtbot):
    seat = seated(who)
    editor, newer = left_behind(qtbot, seat, desk, article)
    with seat.transport.held("revisions") as gate:
        editor.edit(newer)
        press_all_that_save(qtbot, editor)
        assert "Not saved yet" in banner_of(editor).text
        gate.set()
        qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    seat.settle()
    assert seat.transport.count("save") == 0
    assert desk.articles.view(article.id) == newer
    assert editor.body.toPlainText() == "One\n\nTwo\nThree"
    assert banner_of(editor).text == ""


def test_when_it_cannot_be_known_nothing_is_saved_and_it_is_tried_again(
    charlie, desk, article, qtbot
):
    editor, newer = left_behind(qtbot, charlie, desk, article)
    with charlie.transport.failing(Busy("The desk is busy; try again."), "revisions"):
        editor.edit(newer)
        qtbot.waitUntil(lambda: "may have a newer text" in banner_of(editor).text)
        press_all_that_save(qtbot, editor)
        qtbot.waitUntil(lambda: "may have a newer text" in banner_of(editor).text)
        charlie.settle()
    assert charlie.transport.count("save") == 0
    assert desk.articles.view(article.id) == newer
    assert editor.body.toPlainText() == "One\n\nTwo\nThree"
    click(qtbot, button(banner_of(editor), "Retry"))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    assert banner_of(editor).text == ""


def test_a_conflict_seen_while_writing_holds_back_every_other_save(charlie, desk, article, qtbot):
    editor = opened(charlie, article)
    type_at_end(qtbot, editor, "Three")
    newer = desk.articles.save(article.id, ArticleChange(body="New", version=article.version))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    press_all_that_save(qtbot, editor)
    charlie.settle()
    assert charlie.transport.count("save") == 0
    assert desk.articles.view(article.id) == newer
    assert editor.conflict_bar.text.startswith("Not saved: ")


def test_a_save_on_top_that_fails_stays_a_conflict(charlie, desk, article, qtbot):
    editor = opened(charlie, article)
    type_at_end(qtbot, editor, "Three")
    newer = desk.articles.save(article.id, ArticleChange(body="New", version=article.version))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    with charlie.transport.failing(Busy("The desk is busy; try again."), "save"):
        click(qtbot, editor.conflict_bar.overwrite_button)
        qtbot.waitUntil(lambda: "busy" in banner_of(editor).text)
    type_at_end(qtbot, editor, "!")
    charlie.drafts.flush()
    editor.begin(None)
    editor.edit(newer)
    click(qtbot, editor.save_button)
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    charlie.settle()
    assert desk.articles.view(article.id) == newer
    assert editor.body.toPlainText() == "One\n\nTwo\nThree!"


def test_a_discard_that_is_undone_is_a_conflict_again(charlie, desk, article, qtbot):
    editor = opened(charlie, article)
    type_at_end(qtbot, editor, "Three")
    newer = desk.articles.save(article.id, ArticleChange(body="New", version=article.version))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    click(qtbot, editor.discard_button)
    assert editor.body.toPlainText() == "New"
    click(qtbot, button(banner_of(editor), "Undo"))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    click(qtbot, editor.save_button)
    charlie.settle()
    assert desk.articles.view(article.id) == newer
    assert editor.body.toPlainText() == "One\n\nTwo\nThree"


def test_publishing_what_was_typed_back_shows_the_newer_text_first(charlie, desk, article, qtbot):
    editor = opened(charlie, article)
    type_at_end(qtbot, editor, "x")
    newer = desk.articles.save(article.id, ArticleChange(body="New", version=article.version))
    qtbot.waitUntil(lambda: editor.conflict_bar.text != "")
    qtbot.keyClick(editor.body, Qt.Key_Backspace)
    click(qtbot, editor.send_button)
    charlie.settle()
    assert editor.body.toPlainText() == "New"
    assert "Charlie Hart" in banner_of(editor).text
    assert desk.articles.view(article.id) == newer


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Bold", "One **word** here"),
        ("Italic", "One *word* here"),
        ("Code", "One `word` here"),
        ("Heading", "## One word here"),
        ("Bulleted list", "- One word here"),
        ("Numbered list", "1. One word here"),
        ("Quotation", "> One word here"),
        ("Link to a web page", "One [word](https://) here"),
    ],
)
def test_a_button_is_one_step_to_undo(bob, qtbot, name, made):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "One word here")
    choose(editor, "word")
    press(editor, name)
    assert editor.body.toPlainText() == made
    qtbot.keyClick(editor.body, Qt.Key_Z, Qt.ControlModifier)
    assert editor.body.toPlainText() == "One word here"


@pytest.mark.parametrize("name", ["Bold", "Italic", "Code", "Bulleted list", "Quotation"])
def test_a_button_pressed_twice_changes_nothing(bob, qtbot, name):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "One word here")
    choose(editor, "word")
    press(editor, name)
    press(editor, name)
    assert editor.body.toPlainText() == "One word here"


@pytest.mark.parametrize(
    ("key", "modifiers", "made"),
    [
        (Qt.Key_B, Qt.ControlModifier, "**word**"),
        (Qt.Key_I, Qt.ControlModifier, "*word*"),
        (Qt.Key_E, Qt.ControlModifier, "`word`"),
        (Qt.Key_H, Qt.ControlModifier, "## word"),
        (Qt.Key_7, Qt.ControlModifier | Qt.ShiftModifier, "1. word"),
        (Qt.Key_8, Qt.ControlModifier | Qt.ShiftModifier, "- word"),
        (Qt.Key_9, Qt.ControlModifier | Qt.ShiftModifier, "> word"),
    ],
)
def test_buttons_have_keys(bob, qtbot, key, modifiers, made):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "word")
    qtbot.keyClick(editor.body, key, modifiers)
    assert editor.body.toPlainText() == made


def test_every_button_says_its_key(bob):
    editor = opened(bob)
    actions = editor.toolbar.actions_by_name.values()
    assert all(f"({a.shortcut().toString()})" in a.toolTip() for a in actions)
    assert isinstance(next(iter(actions)), QAction)


def test_several_lines_become_a_block_of_code_and_a_table_stands_apart(bob, qtbot):
    editor = opened(bob)
    editor.body.setPlainText("one 🖨\ntwo")
    editor.body.selectAll()
    press(editor, "Code")
    assert editor.body.toPlainText() == "```\none 🖨\ntwo\n```"
    editor.body.setPlainText("Text")
    editor.body.moveCursor(QTextCursor.End)
    press(editor, "Table")
    assert editor.body.toPlainText().startswith("Text\n\n| Column | Column |\n| --- | --- |")
    assert editor.body.chosen() == "Column"


@pytest.mark.parametrize("above", ["- one\n- two", "Text"])
def test_a_table_below_a_line_stands_apart_too(bob, above):
    editor = opened(bob)
    for typed in (f"{above}\n", f"{above}\n\n"):
        editor.body.setPlainText(typed)
        editor.body.moveCursor(QTextCursor.End)
        press(editor, "Table")
        assert editor.body.toPlainText().startswith(f"{above}\n\n| Column | Column |")
        assert editor.body.chosen() == "Column"


def test_enter_goes_on_with_a_list_until_an_empty_item(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "1. one")
    qtbot.keyClick(editor.body, Qt.Key_Return)
    qtbot.keyClicks(editor.body, "two")
    qtbot.keyClick(editor.body, Qt.Key_Return)
    qtbot.keyClick(editor.body, Qt.Key_Return)
    qtbot.keyClicks(editor.body, "after")
    assert editor.body.toPlainText() == "1. one\n2. two\nafter"


def test_enter_in_a_block_of_code_adds_nothing(bob, qtbot):
    editor = opened(bob)
    editor.body.setPlainText("```\n- rm")
    editor.body.moveCursor(QTextCursor.End)
    qtbot.keyClick(editor.body, Qt.Key_Return)
    assert editor.body.toPlainText() == "```\n- rm\n"


def test_the_preview_follows_the_text(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "Press **this** <img src=x> now")
    shown = editor.preview.browser.toPlainText
    qtbot.waitUntil(lambda: "Press this <img src=x> now" in shown())


# --- links ----------------------------------------------------------------------------------------


def test_two_brackets_offer_articles_and_enter_takes_one(bob, article, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "See [[con")
    completer = editor.completer
    qtbot.waitUntil(lambda: completer.list.count() == 1)
    assert offered(editor)[0].startswith("KB-1  Connect to the VPN  (Draft")
    qtbot.keyClick(editor.body, Qt.Key_Return)
    assert editor.body.toPlainText() == "See [Connect to the VPN](KB-1)"
    assert not completer.is_open
    qtbot.keyClick(editor.body, Qt.Key_Z, Qt.ControlModifier)
    assert editor.body.toPlainText() == "See [[con"


def test_the_list_is_walked_closed_and_clicked(bob, desk, article, qtbot):
    desk.articles.create(NewArticle(title="Contact [us]"))
    editor = opened(bob)
    press(editor, "Link to an article")
    completer = editor.completer
    qtbot.waitUntil(lambda: completer.list.count() == 2)
    first = completer.list.currentRow()
    qtbot.keyClick(editor.body, Qt.Key_Down)
    assert completer.list.currentRow() != first
    qtbot.keyClick(editor.body, Qt.Key_Escape)
    assert not completer.is_open
    qtbot.keyClicks(editor.body, "us")
    bob.settle()
    assert not completer.is_open, "it was closed for these brackets"
    qtbot.keyClicks(editor.body, " and [[us")
    qtbot.waitUntil(lambda: completer.is_open and completer.list.count() == 1)
    item = completer.list.visualItemRect(completer.list.item(0))
    qtbot.mouseClick(completer.list.viewport(), Qt.LeftButton, pos=item.center())
    assert editor.body.toPlainText() == "[[us and [Contact \\[us\\]](KB-2)"


def test_a_search_for_links_says_when_it_finds_nothing_or_fails(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "[[nothing")
    labels = editor.completer.popup.findChildren(QLabel)
    qtbot.waitUntil(lambda: any("No article" in label.text() for label in labels))
    with bob.transport.failing(Busy("The desk is busy; try again."), "search"):
        qtbot.keyClicks(editor.body, "s")
        qtbot.waitUntil(lambda: any("busy" in label.text() for label in labels))
    qtbot.keyClick(editor.body, Qt.Key_Return)
    assert editor.body.toPlainText() == "[[nothings\n", "Enter is only Enter then"


def test_a_test_of_a_shell_is_no_link(bob, article, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "if [[ -f")
    bob.settle()
    assert not editor.completer.is_open


# --- pasting --------------------------------------------------------------------------------------


def test_hostile_markup_is_pasted_as_plain_text(bob, qtbot):
    editor = opened(bob)
    both, bare = QMimeData(), QMimeData()
    both.setText("plain words")
    both.setHtml("<img src='file:///etc/passwd'><b onclick=x>bold</b>")
    bare.setHtml("<script>alert(1)</script><link rel=stylesheet href='file:///x.css'><b>bold</b>")
    editor.body.insertFromMimeData(both)
    editor.body.insertFromMimeData(bare)
    assert editor.body.toPlainText() == "plain wordsbold"
    assert editor.body.canInsertFromMimeData(bare)


def test_more_than_fits_is_refused_with_a_sentence(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "before")
    data = QMimeData()
    data.setText("a line\n" * (ARTICLE_LIMIT // 7 + 1))
    editor.body.insertFromMimeData(data)
    assert editor.body.toPlainText() == "before"
    assert "make two articles of it" in errors_of(editor)[0]
    data.setText("x" * 20_001)
    editor.body.insertFromMimeData(data)
    assert "One line of that" in errors_of(editor)[0]
    markup = QMimeData()
    markup.setHtml("<div>" * 20_001)
    editor.body.insertFromMimeData(markup)
    assert "characters of HTML" in errors_of(editor)[0]
    assert editor.body.toPlainText() == "before"


def test_a_picture_on_the_clipboard_is_stored_and_shown(bob, desk, article, qtbot):
    editor = opened(bob, article)
    image = QImage(40, 30, QImage.Format_RGB32)
    image.fill(Qt.red)
    QApplication.clipboard().setImage(image)
    editor.body.moveCursor(QTextCursor.End)
    qtbot.keyClick(editor.body, Qt.Key_V, Qt.ControlModifier)
    qtbot.waitUntil(lambda: "image-1" in editor.body.toPlainText())
    assert editor.body.toPlainText() == "One\n\nTwo\n![picture](image-1)"
    assert editor.body.chosen() == "picture", "to be described"
    stored = desk.articles.image(1)
    assert stored.kind == "image/png"
    assert QImage.fromData(stored.data).size() == image.size()


def test_a_picture_needs_a_saved_article_and_that_a_title(bob, desk, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.body, "Look: ")
    image = QImage(4, 3, QImage.Format_RGB32)
    image.fill(Qt.red)
    data = QMimeData()
    data.setImageData(image)
    editor.body.insertFromMimeData(data)
    assert errors_of(editor)[0].startswith("Give the article a title first")
    qtbot.keyClicks(editor.title, "With a picture")
    with qtbot.waitSignal(editor.saved):
        editor.body.insertFromMimeData(data)
    qtbot.waitUntil(lambda: "![picture](image-1)" in editor.body.toPlainText())
    assert bob.transport.count("create") == 1


def red_picture() -> QMimeData:
    image = QImage(4, 3, QImage.Format_RGB32)
    image.fill(Qt.red)
    data = QMimeData()
    data.setImageData(image)
    return data


def test_pictures_pasted_while_the_article_is_saved_are_added_after_it(bob, desk, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "With pictures")
    with bob.transport.held("create") as gate:
        click(qtbot, editor.save_button)
        editor.body.insertFromMimeData(red_picture())
        assert any("added when the article is saved" in w.text() for w in labels_of(editor))
        qtbot.keyClicks(editor.body, "and ")
        editor.body.insertFromMimeData(red_picture())
        assert any("added when the article is saved" in w.text() for w in labels_of(editor))
        gate.set()
        qtbot.waitUntil(lambda: editor.body.toPlainText().count("![picture]") == 2)
    assert bob.transport.count("create") == 1
    assert desk.articles.image(1).kind == "image/png"


def test_a_picture_outlives_a_save_that_fails(bob, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "With a picture")
    with bob.transport.failing(Busy("The desk is busy; try again."), "create"):
        editor.body.insertFromMimeData(red_picture())
        qtbot.waitUntil(lambda: "busy" in banner_of(editor).text)
    bob.drafts.flush()
    assert any("added when the article is saved" in w.text() for w in labels_of(editor))
    click(qtbot, editor.save_button)
    qtbot.waitUntil(lambda: "![picture](image-1)" in editor.body.toPlainText())


def test_a_new_article_stays_open_for_a_picture_pasted_while_it_is_published(charlie, desk, qtbot):
    editor = opened(charlie)
    qtbot.keyClicks(editor.title, "With a picture")
    with charlie.transport.held("create") as gate, charlie.transport.held("add_image") as slow:
        click(qtbot, editor.send_button)
        editor.body.insertFromMimeData(red_picture())
        with qtbot.assertNotEmitted(editor.closed):
            gate.set()
            chips = editor.findChildren(Chip)
            qtbot.waitUntil(lambda: [chip.text for chip in chips] == ["Published"])
            slow.set()
            qtbot.waitUntil(lambda: "![picture](image-1)" in editor.body.toPlainText())
    assert editor.is_changed
    with qtbot.waitSignal(editor.closed):
        click(qtbot, editor.send_button)
    assert desk.articles.view(1).body == "![picture](image-1)"


def test_a_picture_that_waits_is_not_left_behind_without_a_word(bob, article, qtbot):
    editor = opened(bob)
    qtbot.keyClicks(editor.title, "With a picture")
    with bob.transport.held("create") as gate:
        click(qtbot, editor.save_button)
        editor.body.insertFromMimeData(red_picture())
        editor.edit(article)
        [toast] = toasts_of(editor)
        assert "paste it again" in toast.accessibleName()
        with qtbot.waitSignal(editor.saved):
            gate.set()
    bob.settle()
    assert editor.body.toPlainText() == article.body
    assert bob.transport.count("add_image") == 0


def test_files_of_pictures_are_taken_and_others_are_not(bob, desk, article, tmp_path, qtbot):
    file = tmp_path / "vpn_settings-page.png"
    file.write_bytes(png(20, 10))
    editor = opened(bob, article)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)), QUrl("https://x.example/far.png")])
    editor.body.insertFromMimeData(data)
    qtbot.waitUntil(lambda: "![vpn settings page](image-1)" in editor.body.toPlainText())
    assert desk.articles.image(1).data == file.read_bytes(), "its bytes stay as they are"
    hostile = tmp_path / "drawing.png"
    hostile.write_text("<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///x'/></svg>")
    data.setUrls([QUrl.fromLocalFile(str(hostile))])
    editor.body.insertFromMimeData(data)
    qtbot.waitUntil(lambda: errors_of(editor) != [])
    assert "drawing.png is no picture" in errors_of(editor)[0]


def test_a_large_picture_is_made_smaller_with_a_notice(bob, article, tmp_path, qtbot):
    file = tmp_path / "wide.png"
    file.write_bytes(png(4_000, 1_000))
    editor = opened(bob, article)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    editor.body.insertFromMimeData(data)
    qtbot.waitUntil(lambda: "made smaller" in banner_of(editor).text)
    assert "2,560 × 640" in banner_of(editor).text


def test_a_picture_that_fails_to_be_stored_is_said_at_the_text(bob, article, qtbot):
    editor = opened(bob, article)
    image = QImage(4, 3, QImage.Format_RGB32)
    data = QMimeData()
    data.setImageData(image)
    with bob.transport.failing(Unreachable("The server does not answer."), "add_image"):
        editor.body.insertFromMimeData(data)
        qtbot.waitUntil(lambda: errors_of(editor) == ["The server does not answer."])
    assert editor.body.toPlainText() == article.body


def test_noise_is_encoded_until_it_fits():
    width = height = 1_200
    image = QImage(os.urandom(width * height * 4), width, height, QImage.Format_RGB32)
    made = prepared(image.copy())
    assert len(made.data) <= IMAGE_BYTES_LIMIT
    assert not QImage.fromData(made.data).isNull()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.png", b"", "is no picture"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 3_000_000, "is damaged"),
        ("a.jpg", b"GIF89a\xff\xff\xff\xff" + b"\0" * 30, "65,535 × 65,535"),
        ("gone.png", None, "cannot be read"),
    ],
)
def test_what_is_no_good_picture_is_refused_with_the_remedy(tmp_path, name, content, sentence):
    file: Path = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid, match=sentence):
        prepared(file)


# --- for everyone ---------------------------------------------------------------------------------


def test_every_control_has_a_name_and_the_keyboard_reaches_it(charlie, article, qtbot):
    from tests.ui.test_accessibility import described, name_of, reachable

    editor = opened(charlie, article)
    controls = reachable(editor)
    assert [described(w) for w in controls if not name_of(w)] == []
    fields = [editor.title, editor.summary, editor.body, editor.send_button]
    assert [w for w in controls if w in fields] == fields
    assert named(editor, "Preview").isVisible()


def test_parts_can_be_hidden_for_room(charlie, article, qtbot):
    editor = opened(charlie, article)
    click(qtbot, button(editor, "Preview"))
    click(qtbot, button(editor, "Properties"))
    assert not editor.preview.isVisible()
    assert not editor.properties.isVisible()
