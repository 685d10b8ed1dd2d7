# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the desk's own in the windows: set up, asked for by category, edited on a ticket."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt

from helpdesk.core.schemas.custom_fields import NewField
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from tests.ui.seats import click


@pytest.fixture
def desk(sign_in):
    """Return an admin's facade over a desk that asks for an asset and a room of hardware."""
    dana = sign_in("dana")
    for new in (
        NewField(
            key="asset", name="Asset tag", kind=FieldKind.TEXT, required=True, category_ids=(1,)
        ),
        NewField(key="room", name="Room", kind=FieldKind.CHOICE, options=("1.01", "2.02")),
        NewField(key="boss", name="Approved by", kind=FieldKind.USER, category_ids=(1,)),
        NewField(key="cost", name="Cost", kind=FieldKind.NUMBER, staff_only=True),
    ):
        dana.custom_fields.add(new)
    return dana


def test_fields_come_and_go_with_the_category_and_keep_what_is_typed(desk, seated, qtbot):
    alice = seated("alice")
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    alice.settle()
    shown = lambda: [cell.field.key for cell in tab.fields.shown if cell.isVisible()]  # noqa: E731
    assert shown() == ["room"]
    qtbot.keyClicks(tab.subject, "Beamer is dark")
    tab.category.choose("Hardware")
    assert shown() == ["asset", "room", "boss"]
    qtbot.keyClicks(tab.fields.cells["asset"].input.line, "A-17")
    tab.category.choose("Software")
    assert shown() == ["room"]
    assert tab.fields.values() == ()
    tab.category.choose("Hardware")
    assert tab.fields.cells["asset"].input.text == "A-17"
    picker = tab.fields.cells["boss"].input.picker
    qtbot.keyClicks(picker.edit, "bob")
    alice.settle()
    qtbot.keyClick(picker.edit, Qt.Key_Return)
    # The draft has it all in the next window.
    alice.desktop.drafts.flush()
    again = SubmitTicketTab(alice.desktop)
    alice.show(again)
    alice.settle()
    assert [each.key for each in again.fields.values()] == ["asset", "boss"]
    assert again.fields.cells["boss"].input.people == {
        again.fields.cells["boss"].input.text: "Bob Keller"
    }


def test_a_required_field_is_refused_at_the_field_and_sent_when_filled_in(desk, seated, qtbot):
    alice = seated("alice")
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    alice.settle()
    qtbot.keyClicks(tab.subject, "Beamer is dark")
    tab.category.choose("Hardware")
    click(qtbot, tab.submit_button)
    asset = tab.fields.cells["asset"]
    assert asset.error.text() == "Fill in Asset tag; it is required."
    assert asset.input.line.hasFocus()
    qtbot.keyClicks(asset.input.line, "A-17")
    assert asset.error.isHidden()
    with qtbot.waitSignal(tab.submitted):
        qtbot.keyClick(asset.input.line, Qt.Key_Return, Qt.ControlModifier)
    [row] = desk.tickets.search(TicketQuery()).items
    fields = desk.tickets.view(row.id).fields
    assert [(each.name, each.shown) for each in fields] == [("Asset tag", "A-17")]
    assert tab.fields.is_empty
