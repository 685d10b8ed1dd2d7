# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets of a query as a list, a table and a board: marks, columns, moves and copies."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QAbstractItemModel, QByteArray, QMimeData, QPoint, Qt, QTimer
from PyQt5.QtGui import QDropEvent
from PyQt5.QtWidgets import QApplication, QMenu, QTableView

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.presence import Present
from helpdesk.core.schemas.tickets import NewTicket, Priority, Sort, Status, TicketChange
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.board.board import Board, status_beside
from helpdesk.ui.tickets.board.card_list import TICKET_FORMAT
from helpdesk.ui.tickets.board.column import BoardColumn
from helpdesk.ui.tickets.conflict_dialog import ConflictDialog
from helpdesk.ui.tickets.table.columns import COLUMNS
from helpdesk.ui.tickets.table.ticket_table import TicketTable
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from tests.ui.seats import button, click, named, open_view, rows_of, shown


@pytest.fixture
def bob(seated):
    return seated("bob")


@pytest.fixture
def tickets(sign_in, clock):
    """Return five tickets of alice's, the most urgent first."""
    alice, found = sign_in("alice"), []
    for at in range(5):
        clock.forward(minutes=1)
        priority = Priority.URGENT if at == 0 else Priority.MEDIUM
        found.append(alice.tickets.open(NewTicket(subject=f"Number {at}", priority=priority)))
    return found


def shaped(bob, shape: str) -> ManageTicketsTab:
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    tab.list.set_shape(shape)
    bob.settle()
    tab.list.focus_rows()
    return tab


def table_of(tab) -> TicketTable:
    table = tab.list.findChild(TicketTable)
    assert isinstance(table, TicketTable)
    return table


def column_of(tab, status: Status) -> BoardColumn:
    board = tab.list.findChild(Board)
    assert isinstance(board, Board)
    return next(column for column in board.columns if column.status is status)


def first_says(qtbot, model: QAbstractItemModel, words: str) -> None:
    """Wait until the first ticket is said to be so: a column is asked for once it is laid out."""

    def is_said() -> None:
        assert words in (model.index(0, 0).data(Qt.AccessibleTextRole) or "")

    qtbot.waitUntil(is_said)


def cell(table: QTableView, row: int, title: str) -> str:
    model = table.model()
    titles = [model.headerData(at, Qt.Horizontal) for at in range(model.columnCount())]
    said = model.index(row, titles.index(title)).data(Qt.DisplayRole)
    assert isinstance(said, str)
    return said


def sort_of(tab) -> Sort:
    sort: Sort = tab.list._model.query.sort  # noqa: SLF001 - what is asked for
    return sort


def subjects(column: BoardColumn) -> list[str]:
    return [row.subject for row in column.model.rows]


# --- the three shapes -----------------------------------------------------------------------------


def test_the_shape_is_remembered_for_the_person_and_the_tab(bob, tickets, qtbot):
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    assert tab.list.shape == "list"
    assert tab.shows_pane
    click(qtbot, named(tab, "Show as a table"))
    bob.settle()
    assert not tab.shows_pane, "a table takes the room"
    assert table_of(tab).model().rowCount() == 5
    assert ManageTicketsTab(bob.desktop).list.shape == "table"
    assert ViewTicketsTab(bob.desktop).list.shape == "list"


def test_the_current_ticket_stays_so_in_another_shape(bob, tickets, qtbot):
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    tab.list.step(2)
    bob.settle()
    wanted = shown(tab.pane).number
    for shape in ("table", "board", "list"):
        tab.list.set_shape(shape)
        bob.settle()
        tab.list.step(0)
        bob.settle()
        assert shown(tab.pane).number == wanted, shape


def test_enter_in_a_table_shows_the_ticket_then_replies(bob, tickets, qtbot):
    tab = shaped(bob, "table")
    qtbot.keyClick(table_of(tab), Qt.Key_Return)
    assert tab.shows_pane
    qtbot.keyClick(table_of(tab), Qt.Key_Return)
    assert tab.pane.reply_box.text.hasFocus()


# --- the table ------------------------------------------------------------------------------------


def test_cells_say_what_the_headings_name(bob, tickets, qtbot):
    table = table_of(shaped(bob, "table"))
    assert cell(table, 0, "Subject") == "Number 0"
    assert cell(table, 0, "Priority") == "Urgent"
    assert cell(table, 1, "Requester") == "Alice Moreau"
    assert cell(table, 1, "Opened") == "3 min ago"
    words = table.model().index(0, 0).data(Qt.AccessibleTextRole)
    assert words.startswith(f"{tickets[0].number} Number 0, Urgent, New")


def test_a_heading_sorts_where_the_desk_can(bob, tickets, qtbot):
    tab = shaped(bob, "table")
    table, header = table_of(tab), table_of(tab).horizontalHeader()

    def press(title: str) -> None:
        at = [column.title for column in COLUMNS].index(title)
        header.setSectionHidden(at, False)
        place = QPoint(header.sectionViewportPosition(at) + 8, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.LeftButton, pos=place)
        bob.settle()

    press("Changed")
    assert sort_of(tab) is Sort.UPDATED, "what is asked for"
    assert cell(table, 0, "Subject") == "Number 4"
    press("Opened")
    press("Opened")
    assert sort_of(tab) is Sort.OLDEST, "what is asked for"
    press("Subject")
    assert sort_of(tab) is Sort.OLDEST, "no index has subjects"


def test_columns_are_chosen_moved_and_remembered(bob, tickets, qtbot):
    tab = shaped(bob, "table")
    table = table_of(tab)
    menu = QMenu()
    table.fill_menu(menu)
    chosen = {action.text(): action for action in menu.actions()}
    assert chosen["Requester"].isChecked()
    assert not chosen["Team"].isChecked()
    assert not chosen["Number"].isEnabled(), "no row without its number"
    chosen["Requester"].trigger()
    chosen["Team"].trigger()
    table.horizontalHeader().moveSection(table.shown_keys.index("priority"), 0)
    table.horizontalHeader().resizeSection(1, 333)
    kept = table.shown_keys
    table.save_state()
    model = tab.list._model  # noqa: SLF001 - to be shown once more
    again = TicketTable(model, bob.desktop, "manage_tickets", with_boxes=True)
    assert again.shown_keys == kept
    assert "team" in kept
    assert "requester" not in kept
    assert again.horizontalHeader().sectionSize(1) == 333
    bob.desktop.state.setValue(bob.desktop.own("manage_tickets/table"), '{"order": [1]}')
    spoilt = TicketTable(model, bob.desktop, "manage_tickets", with_boxes=True)
    assert "requester" in spoilt.shown_keys


# --- marks ----------------------------------------------------------------------------------------


def test_tickets_are_marked_by_mouse_and_keys(bob, tickets, qtbot):
    tab = shaped(bob, "list")
    rows, marks = rows_of(tab.list), tab.list.marks

    def at(row: int) -> QPoint:
        return QPoint(rows.visualRect(rows.model().index(row, 0)).center())

    qtbot.mouseClick(rows.viewport(), Qt.LeftButton, Qt.ControlModifier, at(2))
    assert {row.subject for row in marks.rows} == {"Number 0", "Number 2"}, "as in every list"
    qtbot.mouseClick(rows.viewport(), Qt.LeftButton, Qt.ShiftModifier, at(4))
    assert len(marks) == 4
    qtbot.keyClick(rows, Qt.Key_Escape)
    assert len(marks) == 0
    qtbot.keyClick(rows, Qt.Key_Space)
    qtbot.keyClick(rows, Qt.Key_Down, Qt.ShiftModifier)
    assert {row.subject for row in marks.rows} == {"Number 0", "Number 1"}
    qtbot.keyClick(rows, Qt.Key_A, Qt.ControlModifier)
    assert len(marks) == 5
    box = QPoint(20, at(0).y())
    qtbot.mouseClick(rows.viewport(), Qt.LeftButton, pos=box)
    assert len(marks) == 4
    assert "marked" in rows.model().index(1, 0).data(Qt.AccessibleTextRole)
    bob.feed.changed.emit("ticket", ())
    bob.settle()
    assert len(marks) == 4, "a refresh takes no mark away"
    open_view(qtbot, tab, "open")
    assert len(marks) == 0, "what is out of sight is not worked on"


def test_marked_tickets_are_copied_as_a_table(bob, sign_in, clock, qtbot):
    alice = sign_in("alice")
    for subject in ('=HYPERLINK("http://evil")', "<b>Bold</b> & more"):
        clock.forward(minutes=1)
        alice.tickets.open(NewTicket(subject=subject))
    tab = shaped(bob, "list")
    qtbot.keyClick(rows_of(tab.list), Qt.Key_A, Qt.ControlModifier)
    qtbot.keyClick(rows_of(tab.list), Qt.Key_C, Qt.ControlModifier)
    copied = QApplication.clipboard().mimeData()
    head, first, second = copied.text().split("\n")
    assert head.split("\t")[:4] == ["Number", "Priority", "Time left", "Subject"]
    assert first.split("\t")[3] == '\'=HYPERLINK("http://evil")'
    assert second.split("\t")[3] == "<b>Bold</b> & more"
    assert "<td>&lt;b&gt;Bold&lt;/b&gt; &amp; more</td>" in copied.html()


def test_whoever_only_asks_has_no_boxes_and_no_bar(seated, sign_in, qtbot):
    alice = seated("alice")
    sign_in("alice").tickets.open(NewTicket(subject="Mine"))
    tab = ViewTicketsTab(alice.desktop)
    alice.show(tab)
    rows = rows_of(tab.list)
    qtbot.keyClick(rows, Qt.Key_A, Qt.ControlModifier)
    assert len(tab.list.marks) == 1, "to be copied"
    assert not tab.list.bulk.isVisible()
    assert not tab.list.act_on_marked("S")


# --- the board ------------------------------------------------------------------------------------


def test_a_board_has_a_column_for_each_status(bob, tickets, sign_in, qtbot):
    desk = sign_in("bob")
    desk.tickets.change(tickets[1].id, TicketChange(status=Status.IN_PROGRESS, version=1))
    tab = shaped(bob, "board")
    assert subjects(column_of(tab, Status.NEW)) == ["Number 0", "Number 2", "Number 3", "Number 4"]
    assert subjects(column_of(tab, Status.IN_PROGRESS)) == ["Number 1"]
    assert column_of(tab, Status.OPEN)._states.state == "empty"  # noqa: SLF001 - what is seen
    assert not column_of(tab, Status.RESOLVED).is_open
    assert not column_of(tab, Status.RESOLVED).is_loaded, "nobody has looked at it"


def test_cards_are_moved_by_keys_and_that_is_undone(bob, tickets, sign_in, qtbot):
    tab = shaped(bob, "board")
    new, done = column_of(tab, Status.NEW), column_of(tab, Status.OPEN)
    qtbot.keyClick(new.cards, Qt.Key_Down)
    qtbot.keyClick(new.cards, Qt.Key_Right, Qt.ShiftModifier)
    assert subjects(done) == ["Number 1"], "at once"
    assert done.cards.hasFocus(), "the keys follow the card"
    bob.settle()
    assert sign_in("bob").tickets.view(tickets[1].id).status is Status.OPEN
    qtbot.keyClick(done.cards, Qt.Key_Left)
    assert new.cards.hasFocus()
    qtbot.keyClick(new.cards, Qt.Key_Left, Qt.ShiftModifier)
    assert len(subjects(new)) == 4, "there is nothing before new"
    toast = named(tab.window(), f"{tickets[1].number} is Open")
    click(qtbot, button(toast, "Undo"))
    bob.settle()
    assert sign_in("bob").tickets.view(tickets[1].id).status is Status.NEW


def test_a_card_is_dropped_on_a_closed_column(bob, tickets, sign_in, qtbot):
    tab = shaped(bob, "board")
    resolved = column_of(tab, Status.RESOLVED)
    carried = QMimeData()
    carried.setData(TICKET_FORMAT, QByteArray(str(tickets[2].id).encode()))
    event = QDropEvent(QPoint(5, 5), Qt.MoveAction, carried, Qt.LeftButton, Qt.NoModifier)
    resolved.dropEvent(event)
    assert "Number 2" not in subjects(column_of(tab, Status.NEW))
    bob.settle()
    assert sign_in("bob").tickets.view(tickets[2].id).status is Status.RESOLVED
    carried.setData(TICKET_FORMAT, QByteArray(b"999999999999999999999999"))
    resolved.dropEvent(event)
    carried.setData(TICKET_FORMAT, QByteArray(b"what another program sends"))
    resolved.dropEvent(event)


def test_a_move_that_meets_another_asks_and_shows_what_is_so(bob, tickets, sign_in, qtbot):
    tab = shaped(bob, "board")
    new = column_of(tab, Status.NEW)
    sign_in("charlie").tickets.change(
        tickets[0].id, TicketChange(status=Status.AWAITING_CUSTOMER, version=1)
    )
    qtbot.keyClick(new.cards, Qt.Key_Right, Qt.ShiftModifier)
    bob.settle()
    [dialog] = tab.window().findChildren(ConflictDialog)
    dialog.reject()
    bob.settle()
    waiting = column_of(tab, Status.AWAITING_CUSTOMER)
    qtbot.waitUntil(lambda: subjects(waiting) == ["Number 0"])
    assert subjects(column_of(tab, Status.OPEN)) == []


def test_a_column_that_does_not_come_says_so_and_tries_again(bob, tickets, qtbot):
    tab = ManageTicketsTab(bob.desktop)
    bob.show(tab)
    with bob.transport.failing(Busy("The desk is busy; try again."), "search"):
        tab.list.set_shape("board")
        bob.settle()
        new = column_of(tab, Status.NEW)
        assert new._states.state == "failed"  # noqa: SLF001 - what is seen
    click(qtbot, button(new, "Retry"))
    bob.settle()
    assert len(subjects(new)) == 5


def test_what_is_beside_a_status():
    assert status_beside(Status.NEW, 1) is Status.OPEN
    assert status_beside(Status.OPEN, -1) is None
    assert status_beside(Status.CLOSED, -1) is Status.OPEN
    assert status_beside(Status.CLOSED, 1) is Status.CLOSED


# --- who else is there ----------------------------------------------------------------------------


def test_presence_is_shown_in_every_shape(bob, tickets, qtbot):
    charlie = PersonRef(id=5, full_name="Charlie Hart")
    here = Present(ticket_id=tickets[0].id, person=charlie, typing=False, expires_in=40)
    tab = shaped(bob, "list")
    bob.desktop.presence.show([here])
    first_says(qtbot, rows_of(tab.list).model(), "Charlie is looking")
    tab.list.set_shape("board")
    bob.settle()
    cards = column_of(tab, Status.NEW).model
    first_says(qtbot, cards, "Charlie is looking")
    bob.desktop.presence.show([here.model_copy(update={"typing": True})])
    first_says(qtbot, cards, "Charlie is writing")
    bob.desktop.presence.show([])
    assert "Charlie" not in cards.index(0, 0).data(Qt.AccessibleTextRole)
    bob.desktop.presence.stop()
    for timer in bob.desktop.presence.findChildren(QTimer):
        timer.stop()
