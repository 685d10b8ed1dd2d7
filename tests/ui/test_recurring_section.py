# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurring tickets are planned, changed, paused and removed in the settings, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from PyQt5.QtCore import QDateTime, Qt

from helpdesk.core.errors import DeskError
from helpdesk.core.recurrence import Frequency
from helpdesk.core.schemas.tickets import NewTicket, Priority
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.settings.recurring.dialog import RecurrenceDialog
from helpdesk.ui.settings.recurring.rule_form import RuleForm, problem_of
from helpdesk.ui.settings.recurring.section import RecurringSection
from helpdesk.ui.settings.recurring.words import monthly_choices
from helpdesk.ui.tickets.doings.repeating import REPEAT
from helpdesk.ui.widgets.question import Question
from tests.ui.seats import Seat


@pytest.fixture
def charlie(seated: Callable[[str], Seat]) -> Seat:
    return seated("charlie")


@pytest.fixture
def section(charlie: Seat) -> RecurringSection:
    section = RecurringSection(charlie.desktop)
    charlie.show(section, 1000, 760)
    section.load()
    charlie.settle()
    return section


def planned(qtbot, charlie: Seat, section: RecurringSection) -> RecurrenceDialog:
    """Open the dialog for a new plan and fill in what has to be."""
    section.add_button.setFocus()
    qtbot.keyClick(section.add_button, Qt.Key_Space)
    charlie.settle()
    dialog = section.findChild(RecurrenceDialog)
    assert isinstance(dialog, RecurrenceDialog)
    assert dialog.name.hasFocus()
    qtbot.keyClicks(dialog.name, "Backups")
    qtbot.keyClicks(dialog.subject, "Look at the backups")
    return dialog


def test_a_plan_shows_its_dates_while_it_is_made_and_stands_in_the_list(qtbot, charlie, section):
    dialog = planned(qtbot, charlie, section)
    assert dialog.dates.text().count(", 09:00") == 5
    dialog.rule.zone.setText("Europe/Berlin")
    dialog.rule.starts_at.setDateTime(QDateTime(2027, 1, 12, 8, 30))
    dialog.rule.frequency.set_key(Frequency.MONTHLY)
    assert dialog.rule.month_day.isVisible()
    dialog.rule.month_day.set_key(("weekday", 1, 2))
    charlie.settle()
    assert dialog.words.text() == "Every month on the second Tuesday at 08:30 (Europe/Berlin)"
    dialog.tasks.setPlainText("Read the log\n\nRestore one file")
    dialog.tags.setText("backup daily")
    qtbot.keyClick(dialog.name, Qt.Key_Return)
    charlie.settle()
    (card,) = section.cards
    made = card.recurrence
    assert (made.rule, made.time_zone) == ("FREQ=MONTHLY;BYDAY=2TU", "Europe/Berlin")
    assert made.starts_at == datetime(2027, 1, 12, 7, 30, tzinfo=UTC)
    assert (made.tasks, set(made.tags)) == (
        ("Read the log", "Restore one file"),
        {"backup", "daily"},
    )
    assert card.chip.text.startswith("Next on Tue 12 Jan 2027")
    card.switch.click()
    charlie.settle()
    assert section.cards[0].chip.text == "Paused"
    section.cards[0].switch.click()
    charlie.settle()
    section.cards[0].name.click()
    dialog = section.findChild(RecurrenceDialog)
    assert dialog.name.text() == "Backups"
    dialog.name.setText("Backups, monthly")
    dialog.foot.save_button.click()
    charlie.settle()
    assert section.cards[0].recurrence.name == "Backups, monthly"
    section.cards[0].remove.click()
    question = section.findChild(Question)
    assert question is not None
    question.agreed.emit()
    question.reject()
    charlie.settle()
    assert section.cards == []


def test_what_is_wrong_is_said_in_the_dialog_and_nothing_typed_is_lost(qtbot, charlie, section):
    dialog = planned(qtbot, charlie, section)
    dialog.rule.zone.setText("Nowhere/Land")
    assert "no time zone Nowhere/Land" in dialog.words.text()
    dialog.foot.save_button.click()
    assert charlie.transport.count("add") == 0
    dialog.rule.zone.setText("Europe/Berlin")
    for box in dialog.rule.weekdays:
        box.setChecked(False)
    assert dialog.words.text() == "Choose at least one day of the week."
    dialog.rule.weekdays[0].setChecked(True)
    charlie.settle()
    with charlie.transport.failing(DeskError("The desk is busy."), "add"):
        dialog.foot.save_button.click()
        charlie.settle()
    assert dialog.isVisible()
    assert (dialog.name.text(), dialog.foot.save_button.isEnabled()) == ("Backups", True)
    dialog.reject()


def test_a_ticket_is_repeated_with_what_it_says(charlie: Seat, sign_in):
    asked = NewTicket(subject="Look at the backups", category_id=1, priority=Priority.HIGH)
    ticket = sign_in("alice").tickets.open(asked)
    tab = ManageTicketsTab(charlie.desktop)
    charlie.show(tab, 1300, 900)
    tab.show_ticket(ticket.id)
    charlie.settle()
    assert REPEAT in tab.pane.doings()
    tab.pane.do(REPEAT)
    charlie.settle()
    dialog = tab.window().findChild(RecurrenceDialog)
    assert isinstance(dialog, RecurrenceDialog)
    dialog.foot.save_button.click()
    charlie.settle()
    (plan,) = sign_in("charlie").recurrences.all()
    assert (plan.subject, plan.priority) == ("Look at the backups", Priority.HIGH)
    assert plan.requester == ticket.requester


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6",
        "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20301231",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
    ],
)
def test_the_fields_say_a_rule_as_it_was(qapp, rule: str):
    form = RuleForm()
    form.show_rule(rule, "Europe/Berlin", datetime(2027, 1, 12, 7, 30, tzinfo=UTC))
    assert problem_of(form) == ""
    assert (form.ask.rule, form.ask.starts_at) == (rule, datetime(2027, 1, 12, 7, 30, tzinfo=UTC))
    form.deleteLater()


def test_days_of_the_month_follow_the_first_date():
    words = [words for _, words in monthly_choices(date(2027, 1, 26))]
    assert words == [
        "On day 26, where the month has it", "On the last day",
        "On the fourth Tuesday", "On the last Tuesday",
    ]  # fmt: skip
