# SPDX-License-Identifier: GPL-3.0-or-later
"""Files by drop, paste and dialog: shown on their way, never lost, and saved by a click."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PyQt5.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDropEvent, QImage
from PyQt5.QtWidgets import QApplication, QFileDialog, QWidget

from helpdesk.client.file_transfer import Outgoing
from helpdesk.core.errors import Invalid, TooLarge, Unreachable
from helpdesk.core.schemas.attachments import PIECE_BYTES
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketQuery, TicketView
from helpdesk.ui.attachments.file_chip import FileChip
from helpdesk.ui.attachments.saved_files import SavedFile, SavedFiles
from helpdesk.ui.attachments.tray import AttachmentTray
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.messages import MessageCard
from helpdesk.ui.tickets.ticket_pane import TicketPane
from tests.conftest import SignIn
from tests.ui.seats import LONGEST_MS, click

AWAY = Unreachable("desk.example.org does not answer.")
LARGE = b"0123456789abcdef" * (PIECE_BYTES // 16) * 2 + b"end"


@pytest.fixture
def alice(seated):
    return seated("alice")


@pytest.fixture
def tab(alice) -> SubmitTicketTab:
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    return tab


@pytest.fixture
def log(tmp_path: Path) -> Path:
    place = tmp_path / "printer.log"
    place.write_bytes(LARGE)
    return place


@pytest.fixture
def ticket(sign_in: SignIn) -> TicketView:
    alice = sign_in("alice")
    file = Outgoing("screen & all.png", LARGE).send(alice)
    new = NewTicket(subject="The printer is jammed", attachment_keys=(file.key,))
    return alice.tickets.open(new)


@pytest.fixture
def pane(seated, ticket, qtbot) -> TicketPane:
    seat = seated("bob")
    pane = TicketPane(seat.desktop, working=True)
    pane.seat = seat  # type: ignore[attr-defined]
    seat.show(pane, 1000)
    pane.open(ticket.id)
    qtbot.waitUntil(lambda: pane.ticket is not None)
    seat.settle()
    return pane


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(widget: QWidget, data: QMimeData) -> None:
    place, buttons = QPoint(5, 5), Qt.LeftButton
    enter = QDragEnterEvent(place, Qt.CopyAction, data, buttons, Qt.NoModifier)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    event = QDropEvent(place, Qt.CopyAction, data, buttons, Qt.NoModifier)
    QApplication.sendEvent(widget, event)


def said(tray: AttachmentTray) -> list[tuple[str, str]]:
    return [(chip.name, chip.said) for chip in tray.chips]


def newest(sign_in: SignIn) -> TicketView:
    desk = sign_in("alice")
    return desk.tickets.view(desk.tickets.search(TicketQuery(sort="newest")).items[0].id)


def saved_files(pane: TicketPane) -> list[SavedFile]:
    cards = [card for card in pane.findChildren(MessageCard) if card.isVisible() and card.files]
    return [button for card in cards if card.files for button in card.files.buttons]


def test_files_are_dropped_on_the_form_and_go_with_the_ticket(qtbot, alice, tab, log, sign_in):
    tab.subject.setText("It prints nothing")
    with alice.transport.held("put") as gate:
        drop(tab, mime(log))
        drop(tab.description.viewport(), mime(log))
        click(qtbot, tab.submit_button)
        assert [name for name, _ in said(tab.tray)] == ["printer.log", "printer.log"]
        assert tab.tray.sentence == "It is sent as soon as the files are there."
        assert alice.transport.count("open") == 0
        gate.set()
        qtbot.waitUntil(lambda: alice.transport.count("open") == 1, timeout=LONGEST_MS)
        alice.settle()
    ticket = newest(sign_in)
    assert [each.name for each in ticket.attachments] == ["printer.log", "printer.log"]
    assert ticket.attachments[0].size == len(LARGE)
    assert tab.tray.is_empty
    assert not tab.tray.isVisible()


def test_a_picture_of_the_clipboard_becomes_a_file(qtbot, alice, tab, sign_in):
    picture = QImage(40, 30, QImage.Format_RGB32)
    picture.fill(Qt.red)
    QApplication.clipboard().setImage(picture)
    tab.description.setFocus()
    qtbot.keyClick(tab.description, Qt.Key_V, Qt.ControlModifier)
    qtbot.waitUntil(lambda: len(tab.tray.keys) == 1, timeout=LONGEST_MS)
    (chip,) = tab.tray.chips
    assert chip.name.startswith("Screenshot 2026-11-23 ")
    kept = Path(json.loads(tab.tray.draft()["files"])[0][1])
    assert kept.stat().st_mode & 0o777 == 0o600
    tab.subject.setText("See the picture")
    click(qtbot, tab.submit_button)
    alice.settle()
    assert newest(sign_in).attachments[0].media_type == "image/png"
    assert not kept.exists()


def test_words_beside_a_picture_are_pasted_as_words(qtbot, tab):
    data = QMimeData()
    data.setText("A cell of a table")
    data.setImageData(QImage(4, 4, QImage.Format_RGB32))
    tab.description.insertFromMimeData(data)
    assert tab.description.toPlainText() == "A cell of a table"
    assert tab.tray.is_empty


def test_files_are_chosen_in_a_dialog(qtbot, alice, tab, log):
    click(qtbot, tab.attach_button)
    dialog = alice.desktop and tab.window().findChild(QFileDialog)
    assert dialog is not None
    assert dialog.fileMode() == QFileDialog.ExistingFiles
    dialog.filesSelected.emit([str(log)])
    dialog.reject()
    qtbot.waitUntil(lambda: said(tab.tray) == [("printer.log", "512 KB")], timeout=LONGEST_MS)


def test_what_fails_says_why_and_is_tried_again(qtbot, alice, tab, log):
    with alice.transport.failing(Invalid("The disk is full; make room."), "put"):
        tab.tray.add_paths([log])
        qtbot.waitUntil(lambda: said(tab.tray) == [("printer.log", "Not sent")], timeout=LONGEST_MS)
        assert "The disk is full" in tab.tray.sentence
        tab.subject.setText("Broken")
        click(qtbot, tab.submit_button)
        assert "Try again or remove it" in tab.tray.sentence
        assert alice.transport.count("open") == 0
    (chip,) = tab.tray.chips
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key_Return)
    qtbot.waitUntil(lambda: len(tab.tray.keys) == 1, timeout=LONGEST_MS)
    qtbot.keyClick(chip, Qt.Key_Delete)
    alice.settle()
    assert tab.tray.is_empty
    assert alice.transport.count("discard") == 1


def test_a_file_that_is_removed_goes_no_further(qtbot, alice, tab, log):
    with alice.transport.held("put") as gate:
        tab.tray.add_paths([log])
        qtbot.waitUntil(lambda: alice.transport.count("put") == 1, timeout=LONGEST_MS)
        click(qtbot, tab.tray.chips[0].remove_button)
        assert tab.tray.is_empty
        gate.set()
        alice.settle()
    assert alice.transport.count("put") == 1
    assert alice.transport.count("discard") == 1


def test_while_the_server_is_away_files_wait_and_a_sentence_says_so(qtbot, alice, tab, log):
    with alice.transport.failing(AWAY):
        tab.tray.add_paths([log])
        qtbot.waitUntil(
            lambda: said(tab.tray) == [("printer.log", "Waits for the server")], timeout=LONGEST_MS
        )
        tab.subject.setText("Broken")
        click(qtbot, tab.submit_button)
        assert "they wait here with what you wrote" in tab.tray.sentence
        alice.settle()
    assert tab.subject.text() == "Broken"
    tab.tray._retry.timeout.emit()  # noqa: SLF001 - nobody waits for a clock here
    qtbot.waitUntil(lambda: alice.transport.count("open") == 1, timeout=LONGEST_MS)
    alice.settle()
    assert tab.tray.is_empty


def test_files_are_part_of_the_draft(qtbot, alice, tab, log, tmp_path):
    tab.tray.add_paths([log])
    qtbot.waitUntil(lambda: len(tab.tray.keys) == 1, timeout=LONGEST_MS)
    alice.drafts.flush()
    again = SubmitTicketTab(alice.desktop)
    alice.show(again)
    qtbot.waitUntil(lambda: len(again.tray.keys) == 1, timeout=LONGEST_MS)
    click(qtbot, again.discard_button)
    assert again.tray.is_empty
    alice.drafts.flush()
    log.unlink()
    broken = SubmitTicketTab(alice.desktop)
    broken.tray.load({"files": json.dumps([["printer.log", str(log)]])})
    alice.show(broken)
    assert said(broken.tray) == [("printer.log", "Not sent")]
    assert "cannot be read" in broken.tray.sentence


def test_a_reply_may_be_nothing_but_files(qtbot, pane, log):
    box = pane.reply_box
    drop(box, mime(log))
    assert said(pane.reply_files.tray) != []
    box.text.setFocus()
    qtbot.keyClick(box.text, Qt.Key_Return, Qt.ControlModifier)
    qtbot.waitUntil(lambda: pane.seat.transport.count("comment") == 1, timeout=LONGEST_MS)
    pane.seat.settle()
    names = [each.file.name for each in saved_files(pane)]
    assert names == ["screen & all.png", "printer.log"]
    assert pane.reply_files.tray.is_empty


def test_each_ticket_keeps_its_own_files(qtbot, pane, log, sign_in):
    other = sign_in("alice").tickets.open(NewTicket(subject="Another"))
    first = pane.ticket.id
    pane.reply_files.tray.add_paths([log])
    qtbot.waitUntil(lambda: len(pane.reply_files.tray.keys) == 1, timeout=LONGEST_MS)
    pane.open(other.id)
    qtbot.waitUntil(lambda: pane.ticket.id == other.id)
    assert pane.reply_files.tray.is_empty
    pane.reply_box.text.setPlainText("Without files.")
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()
    assert pane.ticket.comments[0].attachments == ()
    pane.open(first)
    qtbot.waitUntil(lambda: pane.ticket.id == first)
    assert said(pane.reply_files.tray) == [("printer.log", "512 KB")]
    assert pane.reply_files.tray.isVisible()


def test_files_that_the_desk_has_no_more_are_sent_anew(qtbot, pane, log, embedded):
    pane.reply_files.tray.add_paths([log])
    qtbot.waitUntil(lambda: len(pane.reply_files.tray.keys) == 1, timeout=LONGEST_MS)
    gone = Invalid("A file is not there any more.", field="attachment_keys")
    pane.reply_box.text.setPlainText("Look.")
    with pane.seat.transport.failing(gone, "comment"):
        click(qtbot, pane.reply_box.send_button)
        pane.seat.settle()
    assert said(pane.reply_files.tray) == [("printer.log", "Not sent")]
    click(qtbot, pane.reply_files.tray.chips[0].retry_button)
    qtbot.waitUntil(lambda: len(pane.reply_files.tray.keys) == 1, timeout=LONGEST_MS)
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()
    assert [each.name for each in pane.ticket.comments[0].attachments] == ["printer.log"]


def test_a_file_that_is_too_large_can_only_be_removed(pane, log):
    tray = pane.reply_files.tray
    with pane.seat.transport.failing(TooLarge("A file has 25 MB at most.")):
        tray.add_paths([log])
        pane.seat.settle()
    (chip,) = tray.chips
    assert (chip.said, chip.retry_button.isHidden()) == ("Not sent", True)
    assert tray.hold(lambda: None)
    assert tray.sentence == "A file has 25 MB at most. Remove it, then send."


def test_a_long_name_makes_no_card_wider_than_the_pane(pane):
    (file,) = saved_files(pane)
    file.saved.show_file("a very long name of a picture " * 8, "311 KB")
    pane.seat.settle()
    card = next(each for each in pane.findChildren(MessageCard) if each.isAncestorOf(file))
    assert card.geometry().right() < card.parentWidget().parentWidget().width()
    assert file.saved.width() < file.saved.sizeHint().width()


def test_a_name_is_cut_once_however_little_room_there_is(seated, sign_in, pane, qtbot):
    alice = sign_in("alice")
    name = "what the client wrote between Monday and Wednesday.log"
    new = NewTicket(subject="Logs", attachment_keys=(Outgoing(name, LARGE).send(alice).key,))
    pane.open(alice.tickets.open(new).id)
    qtbot.waitUntil(lambda: bool(pane.ticket and pane.ticket.subject == "Logs"))
    (file,) = saved_files(pane)
    file.saved.setFixedWidth(240)
    assert file.saved.shown_name.count("\N{HORIZONTAL ELLIPSIS}") == 1
    assert file.saved.shown_name.endswith(".log")


def test_a_name_on_its_way_is_cut_once_as_well(qtbot):
    name = "what the client wrote between Monday and Wednesday.log"
    chip = FileChip(name)
    assert chip.shown.text() == name
    assert chip.shown.sizeHint().width() < chip.fontMetrics().horizontalAdvance(name)


@pytest.mark.parametrize("key", [Qt.Key_Space, Qt.Key_Return])
def test_a_file_under_a_message_is_saved_by_key(qtbot, pane, tmp_path, key):
    (file,) = saved_files(pane)
    assert file.saved.text() == "screen && all.png  \N{MIDDLE DOT}  512 KB"
    file.saved.setFocus()
    qtbot.keyClick(file.saved, key)
    dialog = pane.window().findChild(QFileDialog)
    assert dialog is not None
    assert dialog.acceptMode() == QFileDialog.AcceptSave
    assert [Path(each).name for each in dialog.selectedFiles()] == ["screen & all.png"]
    target = tmp_path / "kept.png"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    pane.seat.settle()
    assert target.read_bytes() == LARGE
    assert not target.stat().st_mode & 0o111
    files = file.parentWidget()
    while not isinstance(files, SavedFiles):
        files = files.parentWidget()
    assert files.said.text() == f"Saved as {target}"


def test_saving_can_be_stopped(qtbot, pane, tmp_path):
    (file,) = saved_files(pane)
    with pane.seat.transport.held("part") as gate:
        file.save(tmp_path / "kept.png")
        qtbot.waitUntil(lambda: pane.seat.transport.count("part") == 1, timeout=LONGEST_MS)
        assert file.stop_button.isVisible()
        click(qtbot, file.stop_button)
        gate.set()
        pane.seat.settle()
    assert list(tmp_path.glob("kept*")) == []
    assert pane.seat.transport.count("part") == 1
    assert not file.stop_button.isVisible()


def test_a_file_that_cannot_be_had_says_why(qtbot, pane, tmp_path):
    (file,) = saved_files(pane)
    with pane.seat.transport.failing(AWAY, "part"):
        file.save(tmp_path / "kept.png")
        pane.seat.settle()
    assert list(tmp_path.glob("kept*")) == []
    file.save(tmp_path / "nowhere" / "kept.png")
    pane.seat.settle()
    files = next(each for each in pane.findChildren(SavedFiles) if each.isVisible())
    assert "choose another place" in files.said.text()


def test_a_reply_that_comes_back_has_its_files_again(qtbot, pane, log):
    pane.reply_files.tray.add_paths([log])
    qtbot.waitUntil(lambda: len(pane.reply_files.tray.keys) == 1, timeout=LONGEST_MS)
    keys = pane.reply_files.tray.keys
    pane.reply_box.accepted(pane.ticket.id)
    assert pane.reply_files.tray.is_empty
    pane.reply_box.put_back(NewComment(body="Wait.", attachment_keys=keys))
    qtbot.waitUntil(lambda: pane.reply_files.tray.keys == keys, timeout=LONGEST_MS)
