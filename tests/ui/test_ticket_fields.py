# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the desk's own in the windows: set up, asked for by category, edited on a ticket."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from helpdesk.core.schemas.custom_fields import FieldsChange, NewField
from helpdesk.core.schemas.templates import TemplateSettings
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import FieldValue, NewTicket, TicketChange, TicketQuery
from helpdesk.ui.settings.ticket_fields.form import key_of
from helpdesk.ui.settings.ticket_fields.section import TicketFieldsSection
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.field_inputs import ChoiceInput, LineInput, PersonInput
from helpdesk.ui.tickets.fields_form import FieldCell
from helpdesk.ui.tickets.panels.own_fields import FieldRow, OwnFieldsPanel
from helpdesk.ui.tickets.panels.tags import TagsPanel
from helpdesk.ui.tickets.properties import Properties
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.toast import toasts_of
from helpdesk.ui.widgets.value_picker import ValuePicker
from tests.contract.desks import id_of
from tests.ui.seats import button, click


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


def line_of(holder: FieldCell | FieldRow) -> QLineEdit:
    assert isinstance(holder.input, LineInput)
    return holder.input.line


def picker_of(holder: FieldCell | FieldRow) -> ValuePicker:
    assert isinstance(holder.input, PersonInput)
    return holder.input.picker


def choice_of(holder: FieldCell | FieldRow) -> DropDown:
    assert isinstance(holder.input, ChoiceInput)
    return holder.input.choice


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
    qtbot.keyClicks(line_of(tab.fields.cells["asset"]), "A-17")
    tab.category.choose("Software")
    assert shown() == ["room"]
    assert tab.fields.values() == ()
    tab.category.choose("Hardware")
    assert tab.fields.cells["asset"].input.text == "A-17"
    picker = picker_of(tab.fields.cells["boss"])
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


def test_people_whom_a_template_fills_in_are_shown_by_name(desk, seated, sign_in):
    bob, erin = id_of(sign_in("bob")), id_of(sign_in("erin"))
    fields = (FieldValue(key="boss", value=str(bob)),)
    template = desk.templates.add(
        TemplateSettings(name="Chair", subject="A chair", category_id=1, fields=fields)
    )
    alice = seated("alice")
    tab = SubmitTicketTab(alice.desktop)
    alice.show(tab)
    alice.settle()
    tab.template_start.chosen.emit(template)
    alice.settle()
    shown = lambda: [  # noqa: E731
        each.text() for each in tab.fields.cells["boss"].findChildren(QPushButton)
    ]
    assert tab.fields.cells["boss"].input.text == str(bob)
    assert shown() == ["Bob Keller  ×"]
    # Whom the reader may not know stays somebody.
    tab.fields.set_values({"boss": str(erin)})
    alice.settle()
    assert shown() == ["Somebody  ×"]


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
    assert line_of(asset).hasFocus()
    qtbot.keyClicks(line_of(asset), "A-17")
    assert asset.error.isHidden()
    with qtbot.waitSignal(tab.submitted):
        qtbot.keyClick(line_of(asset), Qt.Key_Return, Qt.ControlModifier)
    [row] = desk.tickets.search(TicketQuery()).items
    fields = desk.tickets.view(row.id).fields
    assert [(each.name, each.shown) for each in fields] == [("Asset tag", "A-17")]
    assert tab.fields.is_empty


@pytest.fixture
def ticket(desk, sign_in):
    """Return a ticket about hardware with its asset."""
    new = NewTicket(
        subject="Beamer is dark",
        category_id=1,
        fields=(FieldValue(key="asset", value="A-17"),),
    )
    return sign_in("alice").tickets.open(new)


def panel_of(pane: TicketPane) -> OwnFieldsPanel:
    return next(each for each in pane.panels if isinstance(each, OwnFieldsPanel))


def test_staff_fill_fields_in_beside_the_ticket_and_undo_it(desk, ticket, seated, qtbot):
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    pane.open(ticket.id)
    bob.settle()
    panel = panel_of(pane)
    assert list(panel.rows) == ["asset", "room", "boss", "cost"]
    assert panel.rows["asset"].input.text == "A-17"
    line = line_of(panel.rows["cost"])
    qtbot.keyClicks(line, "12,5")
    qtbot.keyClick(line, Qt.Key_Return)
    assert panel.rows["cost"].problem.text() == "Cost is no number; write it like 1250 or -0.5."
    line.clear()
    qtbot.keyClicks(line, "12.50")
    qtbot.keyClick(line, Qt.Key_Return)
    bob.settle()
    assert (line.text(), panel.rows["cost"].problem.text()) == ("12.5", "")
    [toast] = toasts_of(pane.window())
    assert toast.accessibleName() == f"{ticket.number}: Cost is 12.5"
    qtbot.keyClicks(choice_of(panel.rows["room"]), "2")
    choice_of(panel.rows["room"]).activated.emit(2)
    bob.settle()
    [toast] = toasts_of(pane.window())
    click(qtbot, button(toast, "Undo"))
    bob.settle()
    fields = desk.tickets.view(ticket.id).fields
    assert [(each.name, each.shown) for each in fields] == [("Asset tag", "A-17"), ("Cost", "12.5")]
    assert panel.rows["room"].input.text == ""
    # Emptying what is required is refused at the field; another category keeps it to be read.
    line_of(panel.rows["asset"]).clear()
    qtbot.keyClick(line_of(panel.rows["asset"]), Qt.Key_Return)
    assert panel.rows["asset"].problem.text() == "Fill in Asset tag; it is required."
    version = desk.tickets.view(ticket.id).version
    desk.tickets.change(ticket.id, TicketChange(category_id=2, version=version))
    pane.refresh()
    bob.settle()
    assert list(panel.rows) == ["room", "cost"]
    assert panel.words == ("Asset tag", "A-17", "Kept from another category")


def test_the_next_ticket_finds_nothing_of_the_one_before(desk, ticket, seated, sign_in, qtbot):
    other = sign_in("alice").tickets.open(NewTicket(subject="No sound", category_id=2))
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    panel = panel_of(pane)

    def go_to(id_: int) -> dict[str, str]:
        pane.open(id_)
        bob.settle()
        assert all(row.isVisible() for row in panel.rows.values())
        return {key: row.input.text for key, row in panel.rows.items()}

    assert go_to(ticket.id) == {"asset": "A-17", "room": "", "boss": "", "cost": ""}
    line = line_of(panel.rows["cost"])
    qtbot.keyClicks(line, "12,5")
    qtbot.keyClick(line, Qt.Key_Return)
    assert go_to(other.id) == {"room": "", "cost": ""}
    assert not panel.rows["cost"].problem.isVisible()
    assert line_of(panel.rows["cost"]).text() == ""
    assert go_to(ticket.id) == {"asset": "A-17", "room": "", "boss": "", "cost": ""}
    tops = [row.y() for row in panel.rows.values()]
    assert tops == sorted(tops)
    assert desk.tickets.view(other.id).fields == ()


def test_a_long_option_makes_nothing_wider_than_its_place(desk, ticket, seated):
    long = "The room behind the old reading room of the library, " * 2
    new = NewField(key="site", name="Site", kind=FieldKind.CHOICE, options=(long.strip(),))
    desk.custom_fields.add(new)
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    pane.open(ticket.id)
    bob.settle()
    properties = pane.findChild(Properties)
    assert properties is not None
    choice = choice_of(panel_of(pane).rows["site"])
    choice.set_key(long.strip())
    assert choice.toolTip()
    assert choice.width() < properties.viewport().width() == properties.widget().width()
    tab = SubmitTicketTab(bob.desktop)
    bob.show(tab)
    bob.settle()
    room, boss = tab.fields.cells["room"], tab.fields.cells["site"]
    assert abs(room.width() - boss.width()) <= 1


def test_all_that_is_wrong_with_a_ticket_is_said_at_once(desk, seated, qtbot):
    bob = seated("bob")
    tab = SubmitTicketTab(bob.desktop)
    bob.show(tab)
    bob.settle()
    tab.category.choose("Hardware")
    qtbot.keyClicks(tab.staff.requester.edit, "nobody here")
    qtbot.keyClicks(tab.staff.also_tell.edit, "nor here")
    click(qtbot, tab.submit_button)
    errors = [each for each in tab.findChildren(QLabel) if each.property("role") == "error"]
    said = [each.text() for each in errors if each.isVisible()]
    assert len(said) == 4
    assert "Say in a few words what is wrong." in said
    assert "Fill in Asset tag; it is required." in said
    assert tab.staff.requester.edit.hasFocus(), "the first of them"


def test_who_asked_reads_the_fields_that_are_not_the_staffs(desk, ticket, seated):
    change = FieldsChange(fields=(FieldValue(key="cost", value="9"),), version=ticket.version)
    desk.custom_fields.set(ticket.id, change)
    alice = seated("alice")
    pane = TicketPane(alice.desktop, working=False)
    alice.show(pane)
    pane.open(ticket.id)
    alice.settle()
    panel = panel_of(pane)
    assert (panel.words, panel.rows) == (("Asset tag", "A-17"), {})


def test_admins_set_fields_up_with_a_preview_and_order_them_by_keys(desk, seated, qtbot):
    dana = seated("dana")
    section = TicketFieldsSection(dana.desktop)
    dana.show(section)
    section.load()
    dana.settle()
    assert [row.title for row in section.list.rows] == ["Asset tag", "Room", "Approved by", "Cost"]
    click(qtbot, section.add_button)
    form = section.field_form
    section.save_bar.save_wanted.emit()
    assert form.rows()["field_name"].error == "Give it a name."
    assert form.rows()["field_key"].error.startswith("Write a key")
    assert form.name.hasFocus()
    qtbot.keyClicks(form.name, "Buro (Nr.)")
    assert form.key.text() == "buro_nr" == key_of("Büro (Nr.)")
    form.kind.set_key("choice")
    click(qtbot, form.required)
    section.save_bar.save_wanted.emit()
    assert form.rows()["field_options"].error == "Write at least one option to choose."
    form.options.setPlainText("Nord\n\nSüd ")
    assert form.preview is not None
    preview = choice_of(form.preview)
    offered = [preview.itemText(at) for at in range(preview.count())]
    assert offered == ["Nothing chosen", "Nord", "Süd"]
    section.save_bar.save_wanted.emit()
    dana.settle()
    made = desk.custom_fields.set_up()[-1]
    assert (made.key, made.options, made.required) == ("buro_nr", ("Nord", "Süd"), True)
    section.close_record()
    section.list.setCurrentRow(4)
    qtbot.keyClick(section.list, Qt.Key_Up, Qt.AltModifier)
    dana.settle()
    assert [each.key for each in desk.custom_fields.set_up()][-2:] == ["buro_nr", "cost"]


def tab_order(first: QWidget) -> list[QWidget]:
    """Return what Tab leads to, beginning with a widget."""
    found, now = [first], first.nextInFocusChain()
    while now is not first:
        found.append(now)
        now = now.nextInFocusChain()
    return found


def test_tab_reaches_the_fields_of_a_form_where_they_stand(desk, seated):
    bob = seated("bob")
    tab = SubmitTicketTab(bob.desktop)
    bob.show(tab)
    bob.settle()
    tab.category.choose("Hardware")
    order = tab_order(tab.subject)
    cells = [cell.input.focusProxy() for cell in tab.fields.shown]
    cells = [each.edit if isinstance(each, ValuePicker) else each for each in cells]
    foot = [tab.attach_button, tab.discard_button, tab.submit_button]
    controls = [tab.description, tab.category, tab.priority, tab.staff.tags.edit, *cells, *foot]
    places = [order.index(each) for each in controls]
    assert places == sorted(places)


def test_tab_reaches_the_fields_beside_a_ticket_where_they_stand(desk, ticket, seated):
    bob = seated("bob")
    pane = TicketPane(bob.desktop, working=True)
    bob.show(pane)
    pane.open(ticket.id)
    bob.settle()
    (tags,) = [each for each in pane.panels if isinstance(each, TagsPanel)]
    order = tab_order(pane.properties.status)
    rows = panel_of(pane).rows
    own = [line_of(rows["asset"]), choice_of(rows["room"]), picker_of(rows["boss"]).edit]
    controls = [pane.properties.category, *own, line_of(rows["cost"]), tags.field.edit]
    places = [order.index(each) for each in controls]
    assert places == sorted(places)
