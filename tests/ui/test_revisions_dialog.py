# SPDX-License-Identifier: GPL-3.0-or-later
"""The earlier texts of an article are compared side by side, and one of them is taken up again."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QAbstractListModel, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QWidget

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.ui.articles.revisions_dialog import LIVE, RevisionsDialog
from helpdesk.ui.widgets.banner import Banner
from tests.ui.seats import Seat, button, click

LINES = [f"Line {number} of the text." for number in range(20)]


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def desk(sign_in):
    """Return the desk as a manager in another window sees it."""
    return sign_in("charlie")


@pytest.fixture
def article(desk, clock):
    """Return an article of three texts, of which the first is published."""
    articles = desk.articles
    view = articles.create(NewArticle(title="First title", body="\n".join(LINES)))
    view = articles.save(view.id, ArticleChange(publish=True, version=view.version))
    clock.forward(hours=1)
    second = [*LINES[:10], "Line ten of the text.", *LINES[11:]]
    view = articles.save(
        view.id,
        ArticleChange(title="Second title", body="\n".join(second), version=view.version),
    )
    clock.forward(hours=1)
    change = ArticleChange(
        body="\n".join(second) + "\nThe end.",
        tags=("vpn",),
        visibility=Visibility.TECHNICIANS,
        version=view.version,
    )
    return articles.save(view.id, change)


@pytest.fixture
def dialog(bob, article, qtbot):
    parent = QWidget()
    bob.show(parent)
    dialog = RevisionsDialog(bob.desktop, article, parent)
    dialog.setAttribute(Qt.WA_DeleteOnClose, False)
    dialog.open()
    ready(bob, dialog, qtbot)
    yield dialog
    dialog.close()


def ready(seat: Seat, dialog: RevisionsDialog, qtbot) -> None:
    qtbot.waitUntil(lambda: not seat.background.busy)
    qtbot.waitUntil(lambda: dialog.comparison.states.state in ("content", "empty"))


def rows_of(dialog: RevisionsDialog) -> list[str]:
    model: QAbstractListModel = dialog.comparison.lines.lines
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def said(dialog: RevisionsDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


def test_revisions_are_listed_with_the_published_one_marked(dialog):
    items = [dialog.list.item(row) for row in range(dialog.list.count())]
    assert [item.text() for item in items] == ["Revision 3", "Revision 2", "Revision 1"]
    spoken = [item.data(Qt.AccessibleTextRole) for item in items]
    assert ["published" in text for text in spoken] == [False, False, True]
    assert all("Charlie Hart" in text for text in spoken)


def test_the_newest_is_compared_with_the_one_before_it(dialog):
    rows = rows_of(dialog)
    assert rows[-1] == "+ The end."
    assert sum(row.startswith(("- ", "+ ")) for row in rows) == 1
    assert "Revision 2 · Charlie Hart, 1 h ago" in said(dialog)
    assert {"− nothing", "+ vpn", "− Everyone", "+ Technicians only"} <= set(said(dialog))


def test_any_two_are_compared_the_older_left(dialog, bob, qtbot):
    qtbot.keyClick(dialog.list, Qt.Key_Down)
    ready(bob, dialog, qtbot)
    assert "- Line 10 of the text.\n+ Line ten of the text." in rows_of(dialog)
    assert {"− First title", "+ Second title"} <= set(said(dialog))
    qtbot.keyClick(dialog.list, Qt.Key_Down)
    ready(bob, dialog, qtbot)
    assert "Nothing: this is the first text" in said(dialog)
    dialog.against.set_key(3)
    ready(bob, dialog, qtbot)
    titles = [text for text in said(dialog) if text.startswith("Revision ")]
    assert titles == ["Revision 1 · Charlie Hart, 2 h ago", "Revision 3 · Charlie Hart, just now"]
    dialog.against.set_key(LIVE)
    ready(bob, dialog, qtbot)
    assert dialog.comparison.states.state == "empty", "it is the published one itself"


def test_unchanged_stretches_open_by_key_and_by_mouse(dialog, bob, qtbot):
    lines = dialog.comparison.lines
    assert rows_of(dialog)[0].count("\n") == 16, "a fold is copied whole"
    first = lines.lines.index(0, 0)
    assert "17 unchanged lines" in first.data(Qt.AccessibleTextRole)
    lines.setCurrentIndex(first)
    qtbot.keyClick(lines, Qt.Key_Return)
    assert len(rows_of(dialog)) == 21
    qtbot.keyClick(dialog.list, Qt.Key_Down)
    ready(bob, dialog, qtbot)
    before = len(rows_of(dialog))
    fold = lines.visualRect(lines.lines.index(0, 0)).center()
    qtbot.mouseClick(lines.viewport(), Qt.LeftButton, pos=fold)
    assert len(rows_of(dialog)) > before


def test_keys_go_from_change_to_change_and_copy(dialog, bob, qtbot):
    dialog.against.set_key(LIVE)
    ready(bob, dialog, qtbot)
    lines = dialog.comparison.lines
    first = lines.currentIndex().data(Qt.AccessibleTextRole)
    assert first == "removed: Line 10 of the text.; added: Line ten of the text."
    qtbot.keyClick(lines, Qt.Key_N)
    assert lines.currentIndex().data() == "+ The end."
    qtbot.keyClick(lines, Qt.Key_C, Qt.ControlModifier)
    assert QApplication.clipboard().text() == "+ The end."
    qtbot.keyClick(lines, Qt.Key_P)
    assert lines.currentIndex().data(Qt.AccessibleTextRole) == first


def test_both_panes_are_painted_at_any_width_and_in_both_themes(dialog, look, qtbot):
    for mode in ("light", "dark"):
        look.set_mode(mode)
        for width in (700, 1_300):
            dialog.resize(width, 600)
            assert not dialog.grab().isNull()
    lines = dialog.comparison.lines
    assert lines.horizontalScrollBar().maximum() == 0


def test_an_earlier_text_is_taken_up_again(dialog, bob, desk, article, qtbot):
    assert not dialog.restore_button.isEnabled(), "the newest one is there already"
    qtbot.keyClick(dialog.list, Qt.Key_End)
    ready(bob, dialog, qtbot)
    with qtbot.waitSignal(dialog.restored) as restored:
        click(qtbot, dialog.restore_button)
    view = restored.args[0]
    assert (view.title, view.revision) == ("First title", 4)
    assert desk.articles.view(article.id).body == "\n".join(LINES)
    assert not dialog.isVisible()


def test_nothing_is_restored_over_a_newer_text_unseen(dialog, bob, desk, article, qtbot):
    desk.articles.save(article.id, ArticleChange(body="Newer", version=article.version))
    qtbot.keyClick(dialog.list, Qt.Key_End)
    ready(bob, dialog, qtbot)
    click(qtbot, dialog.restore_button)
    banner = dialog.findChild(Banner)
    assert banner is not None
    qtbot.waitUntil(lambda: "changed in the meantime" in banner.text)
    qtbot.waitUntil(lambda: dialog.list.count() == 4)
    assert desk.articles.view(article.id).body == "Newer"
    ready(bob, dialog, qtbot)
    dialog.list.setCurrentRow(3)
    with qtbot.waitSignal(dialog.restored):
        click(qtbot, dialog.restore_button)


def test_a_failure_is_said_in_its_place_and_can_be_retried(bob, article, qtbot):
    parent = QWidget()
    bob.show(parent)
    with bob.transport.failing(Busy("The desk is busy; try again."), "revisions"):
        dialog = RevisionsDialog(bob.desktop, article, parent)
        dialog.setAttribute(Qt.WA_DeleteOnClose, False)
        dialog.open()
        qtbot.waitUntil(lambda: "The desk is busy; try again." in said(dialog))
    with bob.transport.failing(Busy("Still busy."), "revision"):
        click(qtbot, button(dialog, "Retry"))
        qtbot.waitUntil(lambda: "Still busy." in said(dialog))
    click(qtbot, button(dialog, "Retry"))
    qtbot.waitUntil(lambda: dialog.comparison.states.state == "content")
    dialog.close()


def test_older_revisions_come_on_demand(bob, desk, qtbot):
    view = desk.articles.create(NewArticle(title="Often changed"))
    for number in range(55):
        change = ArticleChange(body=f"Text {number}", version=view.version)
        view = desk.articles.save(view.id, change)
    parent = QWidget()
    bob.show(parent)
    dialog = RevisionsDialog(bob.desktop, view, parent)
    dialog.setAttribute(Qt.WA_DeleteOnClose, False)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.list.count() == 50)
    click(qtbot, button(dialog, "Older ones"))
    qtbot.waitUntil(lambda: dialog.list.count() == 56)
    ready(bob, dialog, qtbot)
    dialog.close()


def test_markup_in_a_text_is_shown_as_text(bob, desk, qtbot):
    view = desk.articles.create(NewArticle(title="<b>x</b>", body="<img src='file:///x'>"))
    parent = QWidget()
    bob.show(parent)
    dialog = RevisionsDialog(bob.desktop, view, parent)
    dialog.setAttribute(Qt.WA_DeleteOnClose, False)
    dialog.open()
    ready(bob, dialog, qtbot)
    assert rows_of(dialog) == ["+ <img src='file:///x'>"]
    titles = [w for w in dialog.findChildren(QLabel) if "<b>" in w.text()]
    assert titles
    assert all(label.textFormat() == Qt.PlainText for label in titles)
    dialog.close()
