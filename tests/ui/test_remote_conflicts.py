# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people change the same ticket: nothing is overwritten that nobody has seen."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QComboBox, QLabel, QRadioButton, QWidget

from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.ui.tickets.conflict_dialog import ConflictDialog
from helpdesk.ui.tickets.conflicts import differences
from helpdesk.ui.tickets.stale_dialog import StaleDialog
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.banner import Banner
from tests.ui.seats import LONGEST_MS, click, shown

Fields = dict[str, Any]


@pytest.fixture
def ticket(sign_in):
    return sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))


@pytest.fixture
def pane_of(seated, ticket, qtbot):
    """Return a function that shows the ticket to somebody who hears nothing of others."""

    def opened(who: str) -> TicketPane:
        seat = seated(who)
        pane = TicketPane(seat.desktop, working=True)
        pane.seat = seat  # type: ignore[attr-defined]
        seat.show(pane, 1000)
        pane.open(ticket.id)
        qtbot.waitUntil(lambda: pane.ticket is not None)
        seat.settle()
        return pane

    return opened


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def pick(box: QComboBox, label: str) -> None:
    index = next(i for i in range(box.count()) if box.itemText(i).startswith(label))
    box.setCurrentIndex(index)
    box.activated.emit(index)


def dialog_of(qtbot, pane: TicketPane) -> ConflictDialog:
    def found() -> list[ConflictDialog]:
        return [d for d in pane.window().findChildren(ConflictDialog) if d.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=LONGEST_MS)
    return found()[0]


def choices(dialog: ConflictDialog) -> list[str]:
    return [box.accessibleName() for box in dialog.findChildren(QRadioButton)]


def frank_changes(sign_in, ticket: TicketView, **fields: Any) -> None:
    frank = sign_in("frank")
    now = frank.tickets.view(ticket.id)
    frank.tickets.change(ticket.id, TicketChange(version=now.version, **fields))


def test_the_dialog_names_the_field_both_choices_and_who_it_was(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.URGENT)
    pick(pane.properties.priority, "Low")
    dialog = dialog_of(qtbot, pane)
    assert dialog.windowTitle() == f"{ticket.number} was changed in the meantime"
    assert choices(dialog) == ["Priority: your choice, Low", "Priority: as it is now, Urgent"]
    assert "Frank Osei, just now" in words(dialog)
    assert shown(pane).priority is Priority.URGENT, "what is true is shown behind it"
    dialog.reject()


def test_mine_is_saved_on_the_new_version(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.URGENT)
    pick(pane.properties.priority, "Low")
    click(qtbot, dialog_of(qtbot, pane).save_button)
    qtbot.waitUntil(lambda: shown(pane).priority is Priority.LOW)
    assert sign_in("bob").tickets.view(ticket.id).priority is Priority.LOW


@pytest.mark.parametrize("way", ["button", "escape"])
def test_theirs_stays_and_nothing_is_sent(pane_of, ticket, sign_in, qtbot, way):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.URGENT)
    pick(pane.properties.priority, "Low")
    dialog = dialog_of(qtbot, pane)
    before = pane.seat.transport.count("change")
    if way == "button":
        click(qtbot, dialog.keep_button)
    else:
        qtbot.keyClick(dialog, Qt.Key_Escape)
    pane.seat.settle()
    assert pane.seat.transport.count("change") == before
    assert pane.properties.priority.currentText() == "Urgent"
    assert sign_in("bob").tickets.view(ticket.id).priority is Priority.URGENT


def test_the_keyboard_alone_decides(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.URGENT)
    pick(pane.properties.priority, "Low")
    dialog = dialog_of(qtbot, pane)
    mine, theirs = dialog.findChildren(QRadioButton)
    assert mine.hasFocus()
    qtbot.keyClick(mine, Qt.Key_Right)
    assert theirs.isChecked()
    assert not dialog.save_button.isEnabled(), "there is nothing of one's own to save"
    qtbot.keyClick(theirs, Qt.Key_Left)
    qtbot.keyClick(mine, Qt.Key_Return)
    qtbot.waitUntil(lambda: shown(pane).priority is Priority.LOW)


def test_a_choice_that_met_a_comment_only_is_asked_about_too(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    sign_in("alice").tickets.comment(ticket.id, NewComment(body="It still smokes!"))
    pick(pane.properties.priority, "Low")
    dialog = dialog_of(qtbot, pane)
    assert "as it was" in words(dialog)
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: shown(pane).priority is Priority.LOW)


def test_who_chose_the_same_is_told_so_without_a_question(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.LOW)
    pick(pane.properties.priority, "Low")
    banner = pane.findChild(Banner)
    assert banner is not None
    qtbot.waitUntil(lambda: "somebody else did the same" in banner.text)
    assert [d for d in pane.window().findChildren(ConflictDialog) if d.isVisible()] == []


def test_a_third_person_is_asked_about_again(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, priority=Priority.URGENT)
    pick(pane.properties.priority, "Low")
    first = dialog_of(qtbot, pane)
    frank_changes(sign_in, ticket, priority=Priority.HIGH)
    click(qtbot, first.save_button)
    qtbot.waitUntil(lambda: not first.isVisible())
    second = dialog_of(qtbot, pane)
    assert choices(second)[1] == "Priority: as it is now, High"
    click(qtbot, second.save_button)
    qtbot.waitUntil(lambda: shown(pane).priority is Priority.LOW)


def test_an_assignee_chosen_by_two_managers(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("charlie")
    dana = sign_in("dana")
    frank = next(p for p in dana.tickets.assignable() if p.full_name == "Frank Osei")
    dana.tickets.assign(ticket.id, Assignment(assignee_id=frank.id, version=ticket.version))
    pick(pane.properties.assignee, "Bob Keller")
    dialog = dialog_of(qtbot, pane)
    assert choices(dialog) == [
        "Assignee: your choice, Bob Keller",
        "Assignee: as it is now, Frank Osei",
    ]
    assert "Dana Whitfield, just now" in words(dialog)
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: getattr(shown(pane).assignee, "full_name", "") == "Bob Keller")


def test_taking_what_somebody_took_asks_first(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    sign_in("frank").tickets.take(ticket.id, ticket.version)
    click(qtbot, pane.take_button)
    dialog = dialog_of(qtbot, pane)
    assert "Frank Osei" in choices(dialog)[1]
    click(qtbot, dialog.keep_button)
    pane.seat.settle()
    assert sign_in("bob").tickets.view(ticket.id).assignee.full_name == "Frank Osei"


def test_what_cannot_be_any_more_is_not_offered(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    frank_changes(sign_in, ticket, status=Status.CLOSED)
    pane.resolve()
    dialog = dialog_of(qtbot, pane)
    mine, theirs = dialog.findChildren(QRadioButton)
    assert not mine.isEnabled()
    assert theirs.isChecked()
    assert not dialog.save_button.isEnabled()
    dialog.reject()


def test_a_reply_asks_before_it_meets_another(pane_of, ticket, sign_in, qtbot):
    pane = pane_of("bob")
    sign_in("frank").tickets.comment(ticket.id, NewComment(body="First"))
    pane.reply_box.text.setPlainText("Second")
    click(qtbot, pane.reply_box.send_button)
    pane.seat.settle()
    asked = next(each for each in pane.window().findChildren(StaleDialog) if each.isVisible())
    assert [c.body for c in sign_in("bob").tickets.view(ticket.id).comments] == ["First"]
    click(qtbot, asked.send_button)
    qtbot.waitUntil(lambda: [c.body for c in shown(pane).comments] == ["First", "Second"])


# --- several fields ------------------------------------------------------------------------------


@pytest.fixture
def asked(pane_of, ticket, sign_in, qtbot):
    """Return a function that asks about a status and a priority at once."""

    def ask() -> tuple[ConflictDialog, list[Fields]]:
        pane = pane_of("bob")
        seen = shown(pane)
        frank_changes(sign_in, ticket, status=Status.IN_PROGRESS, priority=Priority.URGENT)
        now = sign_in("bob").tickets.view(ticket.id)
        chosen = {"status": Status.RESOLVED, "priority": Priority.LOW, "category_id": None}
        rows = differences(chosen, seen, now, pane.properties.label_of)
        assert [row.field for row in rows] == ["status", "priority"], "no category on both sides"
        dialog = ConflictDialog(now, rows, pane.seat.desktop.clock(), pane)
        decided: list[Fields] = []
        dialog.decided.connect(decided.append)
        dialog.open()
        return dialog, decided

    return ask


def test_each_field_is_decided_by_itself(asked, qtbot):
    dialog, decided = asked()
    theirs = next(
        b for b in dialog.findChildren(QRadioButton) if "Priority: as it" in b.accessibleName()
    )
    theirs.click()
    click(qtbot, dialog.save_button)
    assert decided == [{"status": Status.RESOLVED}]


def test_mine_for_all_is_one_press(asked, qtbot):
    dialog, decided = asked()
    for box in dialog.findChildren(QRadioButton):
        if "as it is now" in box.accessibleName():
            box.click()
    assert not dialog.save_button.isEnabled()
    click(qtbot, dialog.use_button)
    assert decided == [{"status": Status.RESOLVED, "priority": Priority.LOW}]


def test_theirs_for_all_is_one_press(asked, qtbot):
    dialog, decided = asked()
    click(qtbot, dialog.keep_button)
    assert decided == [{}]
