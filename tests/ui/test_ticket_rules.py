# SPDX-License-Identifier: GPL-3.0-or-later
"""Staff see which rule did what to a ticket and why, and what each makes of it now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtWidgets import QLabel

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Condition,
    Fact,
    Operator,
    RuleSettings,
    Trigger,
)
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketView
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.tickets.assist.automatic_answer import AutomaticFoot
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.tickets.ticket_rules import TicketRulesDialog
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from tests.ui.seats import Seat, click
from tests.ui.test_accessibility import described, name_of, reachable


def rule(name: str, priority: Priority, action: Action) -> RuleSettings:
    asked = Condition(fact=Fact.PRIORITY, operator=Operator.IS, values=(priority.value,))
    return RuleSettings(name=name, trigger=Trigger.CREATED, conditions=(asked,), actions=(action,))


@pytest.fixture
def admin(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("dana")
    return desk


@pytest.fixture
def ticket(admin, sign_in) -> TicketView:
    """Return a ticket that two rules have met, and a third has not."""
    admin.rules.add(rule("Urgent is noted", Priority.URGENT, note("Look at once.")))
    raised = Action(kind=ActionKind.SET_CATEGORY, target_id=3)
    admin.rules.add(rule("Urgent is of the network", Priority.URGENT, raised))
    admin.rules.add(rule("Low can wait", Priority.LOW, note("Later.")))
    new = NewTicket(subject="Nothing works", priority=Priority.URGENT)
    ticket: TicketView = sign_in("alice").tickets.open(new)
    return ticket


def note(text: str) -> Action:
    return Action(kind=ActionKind.ADD_NOTE, text=text)


def pane_of(seat: Seat, tab: ManageTicketsTab | ViewTicketsTab, ticket: TicketView) -> TicketPane:
    seat.show(tab, 1300, 900)
    tab.show_ticket(ticket.id)
    seat.settle()
    return tab.pane


def whys(pane: TicketPane) -> list[LinkButton]:
    links = pane.properties.findChildren(LinkButton)
    return [link for link in links if link.text() == "Why?" and not link.isHidden()]


def dialog_of(seat: Seat, pane: TicketPane) -> TicketRulesDialog:
    seat.settle()
    dialog = pane.window().findChild(TicketRulesDialog)
    assert isinstance(dialog, TicketRulesDialog)
    return dialog


def words(pane: TicketPane) -> list[str]:
    return [label.text() for label in pane.properties.findChildren(QLabel) if label.isVisible()]


def test_the_history_says_what_a_rule_did_and_why(seated: Callable[[str], Seat], ticket):
    bob = seated("bob")
    pane = pane_of(bob, ManageTicketsTab(bob.desktop), ticket)
    ruled = [text for text in words(pane) if "Rule “" in text]
    assert (
        "Rule “Urgent is of the network” – The ticket was created: Category is Network"
        in (ruled[0])
    )
    assert len(whys(pane)) == len(ruled) == 2
    whys(pane)[1].click()
    dialog = dialog_of(bob, pane)
    unfolded = [row.title for row in dialog.rows if row.is_unfolded]
    assert unfolded == ["Urgent is noted"]
    assert [described(w) for w in reachable(dialog) if not name_of(w)] == []
    said = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert "Priority is Urgent" in said
    assert "Found: Urgent" in said
    dialog.accept()


def test_every_rule_is_asked_about_the_ticket_as_it_is(seated, ticket, qtbot):
    bob = seated("bob")
    pane = pane_of(bob, ManageTicketsTab(bob.desktop), ticket)
    pane.rules.now_link.click()
    dialog = dialog_of(bob, pane)
    stand = {row.title: row.chip.text for row in dialog.rows}
    assert stand == {
        "Urgent is noted": "Holds",
        "Urgent is of the network": "Holds",
        "Low can wait": "Does not hold",
    }
    assert dialog.rows[-1].summary == "Priority is Low (found: Urgent)"
    click(qtbot, dialog.choice.button("did"))
    bob.settle()
    assert [row.chip.text for row in dialog.rows] == ["Acted", "Acted"]
    dialog.accept()


def test_without_rules_it_says_so(seated, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Nothing works"))
    bob = seated("bob")
    pane = pane_of(bob, ManageTicketsTab(bob.desktop), ticket)
    assert pane.rules.did_link.isHidden()
    with bob.transport.failing(Unreachable("The desk is away."), "explain"):
        pane.rules.now_link.click()
        dialog = dialog_of(bob, pane)
        assert dialog.states.state == "failed"
    click(qtbot, dialog.choice.button("did"))
    bob.settle()
    assert dialog.states.state == "empty"
    dialog.accept()


def test_requesters_hear_nothing_of_rules(seated, ticket):
    alice = seated("alice")
    pane = pane_of(alice, ViewTicketsTab(alice.desktop), ticket)
    assert not any("Rule" in text for text in words(pane))
    assert whys(pane) == []
    assert not pane.rules.isVisible()


def test_staff_read_the_reasons_where_they_only_read_too(seated, ticket):
    bob = seated("bob")
    pane = pane_of(bob, ViewTicketsTab(bob.desktop), ticket)
    assert not pane.rules.isVisible()
    whys(pane)[0].click()
    dialog = dialog_of(bob, pane)
    assert [row.title for row in dialog.rows if row.is_unfolded] == ["Urgent is of the network"]
    dialog.accept()


def test_the_note_of_a_rule_is_not_called_an_answer(seated, ticket):
    bob = seated("bob")
    pane = pane_of(bob, ManageTicketsTab(bob.desktop), ticket)
    chips = [chip.text for chip in pane.findChildren(Chip) if chip.isVisible()]
    assert "Rule" in chips
    assert "Automatic answer" not in chips
    assert not any(foot.isVisible() for foot in pane.findChildren(AutomaticFoot))
