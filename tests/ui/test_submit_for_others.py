# SPDX-License-Identifier: GPL-3.0-or-later
"""Staff submits for others and tells more people; everybody begins with a template."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import Qt

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.attachments import AttachmentLimitsChange
from helpdesk.core.schemas.templates import TemplateSettings
from helpdesk.core.schemas.tickets import NewTicket, Priority, Sort, TicketQuery, TicketView
from helpdesk.ui.submit.people_search import PeopleSearch
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.toast import toasts_of
from tests.conftest import SignIn
from tests.ui.seats import Seat, button, click

LAPTOP = TemplateSettings(
    name="Laptop order",
    subject="A laptop for {{ ticket.requester.name }}",
    description="Cost centre:\nReason:",
    category_id=1,
    priority=Priority.LOW,
    tags=("order",),
)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def tab_of(seat: Seat) -> SubmitTicketTab:
    tab = SubmitTicketTab(seat.desktop)
    seat.show(tab)
    return tab


def newest(desk: HelpDesk) -> TicketView:
    (row,) = desk.tickets.search(TicketQuery(sort=Sort.NEWEST, limit=1)).items
    return desk.tickets.view(row.id)


def choose(qtbot: Any, field: PeopleSearch, begin: str) -> None:
    """Find somebody by the beginning of their name, and take them with Enter."""
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, begin)
    qtbot.waitUntil(lambda: field.is_open)
    qtbot.keyClick(field.edit, Qt.Key_Return)


def use(qtbot: Any, seat: Seat, tab: SubmitTicketTab, words: str) -> None:
    """Find a template by words, and take it with Enter."""
    picker = tab.template_start.open()
    qtbot.keyClicks(picker.field, words)
    qtbot.keyClick(picker.field, Qt.Key_Return)
    seat.settle()


def test_a_ticket_for_somebody_else_says_for_whom(seated: Any, qtbot: Any, sign_in: SignIn):
    sign_in("alice").tickets.open(NewTicket(subject="The lift hums"))
    bob = seated("bob")
    tab = tab_of(bob)
    choose(qtbot, tab.staff.requester, "ali")
    choose(qtbot, tab.staff.also_tell, "erin")
    bob.settle()
    asked = [called["query"] for name, called in bob.transport.calls if name == "search"]
    assert asked[-1].requester_ids == (tab.staff.requester_id,)
    qtbot.keyClicks(tab.subject, "No tone")
    qtbot.keyClick(tab.subject, Qt.Key_Return, Qt.ControlModifier)
    bob.settle()
    ticket = newest(sign_in("bob"))
    assert (ticket.subject, ticket.requester.full_name) == ("No tone", "Alice Moreau")
    banner = tab.findChild(Banner)
    assert banner is not None
    said = banner.text
    assert "for Alice Moreau, who is told of it." in said
    assert "follows it" in said
    assert tab.staff.is_empty, "the next ticket is of another"


def test_a_name_that_is_not_taken_is_no_ticket_of_ones_own(seated: Any, qtbot: Any):
    bob = seated("bob")
    tab = tab_of(bob)
    qtbot.keyClicks(tab.staff.requester.edit, "nobody at all")
    bob.settle()
    qtbot.keyClicks(tab.subject, "No tone")
    click(qtbot, tab.submit_button)
    bob.settle()
    assert bob.transport.count("open") == 0
    assert "is not chosen yet" in tab.staff.requester.problem.text()
    with bob.transport.failing(Unreachable("The server does not answer."), "candidates"):
        tab.staff.requester.edit.clear()
        qtbot.keyClicks(tab.staff.requester.edit, "a")
        bob.settle()
    assert tab.staff.requester.problem.text() == "The server does not answer."


def test_a_draft_keeps_for_whom_it_is_and_who_is_told(seated: Any, qtbot: Any):
    bob = seated("bob")
    tab = tab_of(bob)
    choose(qtbot, tab.staff.requester, "ali")
    choose(qtbot, tab.staff.also_tell, "erin")
    qtbot.keyClicks(tab.staff.tags.edit, "phone,")
    bob.desktop.drafts.flush()
    again = tab_of(bob)
    assert again.staff.draft() == tab.staff.draft()
    assert again.staff.requester.names == ("Alice Moreau",)
    assert again.staff.tags.values == ("phone",)


def test_a_requester_asks_for_themselves(seated: Any, dana: HelpDesk, qtbot: Any, sign_in: SignIn):
    dana.templates.add(LAPTOP)
    dana.templates.add(LAPTOP.model_copy(update={"name": "Of staff", "staff_only": True}))
    alice = seated("alice")
    tab = tab_of(alice)
    assert not tab.staff.isVisible()
    assert not tab.staff.tags.isVisible()
    picker = tab.template_start.open()
    assert picker.rows.count() == 1
    picker.reject()
    use(qtbot, alice, tab, "laptop")
    assert tab.subject.text() == "A laptop for Alice Moreau"
    assert tab.focusWidget() is tab.description
    qtbot.keyClicks(tab.description, "4711")
    click(qtbot, tab.submit_button)
    alice.settle()
    ticket = newest(sign_in("alice"))
    assert ticket.description == "Cost centre: 4711\nReason:"
    assert (ticket.priority, ticket.tags) == (Priority.LOW, ())
    assert ticket.category
    assert ticket.category.id == 1


def test_a_template_takes_nothing_away_and_can_be_taken_back(
    seated: Any, dana: HelpDesk, qtbot: Any
):
    dana.templates.add(LAPTOP)
    dana.templates.add(TemplateSettings(name="VPN", subject="VPN:", description="Since when:"))
    bob = seated("bob")
    tab = tab_of(bob)
    qtbot.keyClicks(tab.description, "My own words")
    use(qtbot, bob, tab, "order")
    assert tab.description.toPlainText() == "Cost centre: \nReason: \n\nMy own words"
    assert "order" in tab.staff.tags.values
    click(qtbot, button(toasts_of(tab.window())[-1], "Undo"))
    assert (tab.subject.text(), tab.description.toPlainText()) == ("", "My own words")
    assert not tab.staff.tags.values
    # What one template wrote makes room for another, and follows whom it is for.
    tab.description.clear()
    use(qtbot, bob, tab, "order")
    choose(qtbot, tab.staff.requester, "ali")
    assert tab.subject.text() == "A laptop for Alice Moreau"
    use(qtbot, bob, tab, "vpn")
    assert (tab.subject.text(), tab.description.toPlainText()) == ("VPN: ", "Since when: ")
    assert tab.focusWidget() is tab.subject


def test_ctrl_z_takes_a_template_back_until_more_is_typed(seated: Any, dana: HelpDesk, qtbot: Any):
    dana.templates.add(LAPTOP)
    bob = seated("bob")
    tab = tab_of(bob)
    qtbot.keyClicks(tab.description, "My own words")
    use(qtbot, bob, tab, "order")
    filled = tab.description.toPlainText()
    qtbot.keyClicks(tab.description, "4")
    qtbot.keyClick(tab.description, Qt.Key_Z, Qt.ControlModifier)
    assert tab.description.toPlainText() == filled, "first what was typed since"
    for field in (tab.description, tab.subject):
        qtbot.keyClick(field, Qt.Key_Z, Qt.ControlModifier)
        assert (tab.subject.text(), tab.description.toPlainText()) == ("", "My own words")
        assert not tab.staff.tags.values
        use(qtbot, bob, tab, "order")


def test_the_template_whose_name_begins_so_comes_first(seated: Any, dana: HelpDesk, qtbot: Any):
    for name, text in (
        ("Something else", "About a pass for the gate"),
        ("Compass", "It points south"),
        ("A new pass", "For whom?"),
        ("Pass is lost", "Since when?"),
    ):
        dana.templates.add(TemplateSettings(name=name, description=text))
    bob = seated("bob")
    tab = tab_of(bob)
    qtbot.waitUntil(tab.template_start.isVisible)
    picker = tab.template_start.open()
    qtbot.keyClicks(picker.field, "PASS")
    items = (picker.rows.item(at) for at in range(picker.rows.count()))
    shown = [item.text() for item in items if item is not None]
    assert shown == ["Pass is lost", "A new pass", "Compass", "Something else"]
    qtbot.keyClick(picker.field, Qt.Key_Return)
    bob.settle()
    assert tab.description.toPlainText() == "Since when?"


def test_templates_that_an_admin_adds_are_offered_at_once(seated: Any, dana: HelpDesk, qtbot: Any):
    tab = tab_of(seated("alice"))
    assert not tab.template_start.isVisible()
    dana.templates.add(LAPTOP)
    qtbot.waitUntil(tab.template_start.isVisible)


def test_the_limit_of_a_file_is_said_as_it_is_set(seated: Any, dana: HelpDesk, qtbot: Any):
    tab = tab_of(seated("alice"))
    qtbot.waitUntil(lambda: "25 MB" in tab.attach_button.toolTip())
    dana.attachments.change_limits(AttachmentLimitsChange(limit_mb=3))
    qtbot.waitUntil(lambda: "3 MB" in tab.attach_button.toolTip().replace("&nbsp;", " "))


def test_a_template_cannot_be_taken_back_once_its_form_is_gone(
    seated: Any, dana: HelpDesk, qtbot: Any
):
    dana.templates.add(LAPTOP)
    bob = seated("bob")
    tab = tab_of(bob)
    for end in (tab.discard_button, tab.submit_button):
        use(qtbot, bob, tab, "order")
        assert any("was filled in" in each.accessibleName() for each in toasts_of(tab.window()))
        click(qtbot, end)
        bob.settle()
        assert tab.subject.text() == ""
        assert not any("filled in" in each.accessibleName() for each in toasts_of(tab.window()))
