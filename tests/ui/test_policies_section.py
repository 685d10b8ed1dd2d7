# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins say within what time tickets must be answered, and see before what that would change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QProgressBar

from helpdesk.core.errors import Busy, DeskError
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import (
    CalendarSettings,
    PolicyChange,
    PolicySettings,
    PolicyView,
    Slot,
    Target,
    WhatIf,
    WhatIfAsk,
    WhatIfShare,
    WhatIfTicket,
)
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.settings.policies.durations import minutes_of, words_of
from helpdesk.ui.settings.policies.section import PoliciesSection
from helpdesk.ui.settings.policies.words import place, times, whom
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat, button, click
from tests.ui.test_accessibility import described, name_of, reachable

HOURS = CalendarSettings(
    name="Office", time_zone="Europe/Berlin", slots=(Slot(day=0, begin=540, end=1020),)
)
URGENT = Target(priority=Priority.URGENT, first_response=30, resolution=240)
RESULT = WhatIf(
    days=90,
    tickets=1_204,
    looked_at=1_000,
    shares=(WhatIfShare(kind=ClockKind.RESOLUTION, measured=200, met_before=150, met_then=190),),
    changed=(
        WhatIfTicket(
            ticket_id=7,
            number="HD-7",
            subject="The VPN drops",
            kind=ClockKind.RESOLUTION,
            met_before=False,
            due_before=None,
            due_then=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        ),
    ),
    changed_total=73,
)


@pytest.mark.parametrize(
    ("typed", "minutes", "said"),
    [
        ("", None, ""),
        ("30 m", 30, "30 m"),
        ("4h", 240, "4 h"),
        ("1 h 30 min", 90, "1 h 30 m"),
        ("1:30", 90, "1 h 30 m"),
        ("1,5 hours", 90, "1 h 30 m"),
        ("2 d 4 h", 1_200, "20 h"),
    ],
)
def test_lengths_are_read_as_people_type_them(typed, minutes, said):
    assert minutes_of(typed) == minutes
    assert words_of(minutes) == said


@pytest.mark.parametrize("typed", ["4", "soon", "4 x", "h", "0 m", "9999999 h", "4 h fast"])
def test_what_is_no_length_is_refused_with_the_remedy(typed):
    with pytest.raises(ValueError, match=r"such as|at least|less than"):
        minutes_of(typed)


def test_a_policy_says_whom_it_measures():
    policy = PolicyView(
        id=1,
        name="n",
        position=1,
        active=True,
        calendar_id=1,
        calendar="c",
        targets=(URGENT, Target(priority=Priority.LOW, resolution=2_400)),
        category_ids=(1, 2, 9),
        team_ids=(1,),
        requesters=tuple(PersonRef(id=n, full_name=f"P{n}") for n in range(5)),
        open_tickets=0,
        version=1,
    )
    said = whom(policy, {1: "Network", 2: "VPN"}, {1: "Lyon"})
    assert said == "Network, VPN or another, team Lyon, of P0, P1, P2 or 2 more"
    assert times(policy.targets) == "First response 30 m, resolution 4 h to 40 h"


@pytest.fixture
def dana(seated: Callable[[str], Seat]) -> Seat:
    return seated("dana")


@pytest.fixture
def office(embedded) -> int:
    return int(embedded.as_system().calendars.add(HOURS).id)


@pytest.fixture
def put(embedded, office) -> Callable[..., PolicyView]:
    def add(name: str, **changes) -> PolicyView:
        new = PolicySettings(name=name, calendar_id=office, targets=(URGENT,), **changes)
        view: PolicyView = embedded.as_system().policies.add(new)
        return view

    return add


def opened(seat: Seat) -> PoliciesSection:
    tab = SettingsTab(seat.desktop)
    seat.show(tab)
    tab.open_section("service-levels")
    seat.settle()
    assert isinstance(tab.section, PoliciesSection)
    return tab.section


def names(section: PoliciesSection) -> list[str]:
    return [row.title for row in section.list.rows]


def cell(section: PoliciesSection, priority: Priority, field: str):
    return section.policy_form.targets.cells[(priority, field)]


def save(seat: Seat, qtbot, section: PoliciesSection) -> None:
    click(qtbot, section.save_bar.save_button)
    seat.settle()


def test_the_first_service_level_is_made_from_nothing(dana, embedded, office, qtbot):
    section = opened(dana)
    assert section.states.state == "empty"
    button(section.states, "Add service level").click()
    form = section.policy_form
    save(dana, qtbot, section)
    assert form.rows()["policy_name"].error == "Give it a name."
    assert form.targets.errors == ["Set at least one time."]

    form.name.setText("Standard")
    resolution = cell(section, Priority.HIGH, "resolution")
    resolution.setText("a while")
    save(dana, qtbot, section)
    assert form.targets.errors == ["Say hours and minutes, such as 4 h, 30 m or 1 h 30 m."]
    assert resolution.hasFocus()
    assert resolution.text() == "a while", "nothing typed is lost"

    resolution.setText("1 d 30 m")
    qtbot.keyClick(resolution, Qt.Key_Tab)
    assert resolution.text() == "8 h 30 m"
    save(dana, qtbot, section)
    [policy] = embedded.as_system().policies.all()
    assert policy.name == "Standard"
    assert policy.targets == (Target(priority=Priority.HIGH, resolution=510),)
    assert section.save_bar.isHidden()
    section.close_record()
    assert names(section) == ["Standard"]


def test_a_new_service_level_says_where_it_stands(dana, put, qtbot):
    first = put("Standard")
    section = opened(dana)
    said: list[str] = []
    section.said.connect(said.append)
    section.add()
    assert section.save_bar.isVisible()
    bar = [label.text() for label in section.save_bar.findChildren(QLabel)]
    assert bar == ["Nothing is filled in yet."]
    words = [label.text() for label in section.policy_form.findChildren(QLabel)]
    where = "It stands before “Standard”: of those that match a ticket, the first one counts."
    assert where in words
    section.policy_form.name.setText("Gold")
    cell(section, Priority.HIGH, "resolution").setText("8 h")
    save(dana, qtbot, section)
    saved = "Gold was saved and is in force now. It stands before “Standard”."
    assert said == [saved]
    assert place(first.id, section.records) == "stands after “Gold”"


def test_what_is_typed_is_kept_until_it_is_saved_or_discarded(dana, put, qtbot):
    policy = put("Standard")
    section = opened(dana)
    section.open_record(policy.id)
    cell(section, Priority.LOW, "resolution").setText("some day")
    section.policy_form.name.setText("Gold")
    click(qtbot, section.back_button)
    assert [chip for chip, _ in section.list.rows[0].chips] == ["not saved yet"]
    section.open_record(policy.id)
    assert section.policy_form.name.text() == "Gold"
    assert cell(section, Priority.LOW, "resolution").text() == "some day"
    click(qtbot, section.save_bar.discard_button)
    assert section.policy_form.name.text() == "Standard"
    assert section.save_bar.isHidden()
    button(toasts_of(section.window())[-1], "Undo").click()
    assert section.policy_form.name.text() == "Gold"
    assert cell(section, Priority.LOW, "resolution").text() == "some day"


def test_policies_are_moved_by_keyboard_and_removed_after_a_question(dana, embedded, put, qtbot):
    for name in ("Last", "Middle", "First"):
        put(name)
    section = opened(dana)
    assert names(section) == ["First", "Middle", "Last"]
    section.list.setCurrentRow(0)
    qtbot.keyClick(section.list, Qt.Key_Down, Qt.AltModifier)
    dana.settle()
    assert names(section) == ["Middle", "First", "Last"]
    assert [each.name for each in embedded.as_system().policies.all()] == names(section)

    section.window().activateWindow()
    section.list.setCurrentRow(1)
    section.up_button.setFocus()
    qtbot.keyClick(section.up_button, Qt.Key_Space)
    dana.settle()
    assert names(section) == ["First", "Middle", "Last"]
    assert section.window().focusWidget() is section.down_button, "not Remove"
    qtbot.keyClick(section.down_button, Qt.Key_Space)
    dana.settle()
    assert section.window().focusWidget() is section.down_button

    with dana.transport.failing(Busy("Try again.")):
        click(qtbot, section.down_button)
        dana.settle()
    assert section.banner.text == "Try again."
    assert names(section) == ["Middle", "First", "Last"], "as the desk has it"

    click(qtbot, section.remove_button)
    question = section.window().findChild(Question)
    assert question is not None
    assert question.about.text() == "First"
    question.agree_button.click()
    dana.settle()
    assert names(section) == ["Middle", "Last"]


def test_somebody_else_was_quicker_and_both_changes_come_together(dana, embedded, put, qtbot):
    policy = put("Standard")
    section = opened(dana)
    section.open_record(policy.id)
    cell(section, Priority.URGENT, "first_response").setText("1 h")
    change = PolicyChange(
        name="Silver", calendar_id=policy.calendar_id, targets=(URGENT,), version=policy.version
    )
    with dana.transport.held("all"):
        embedded.as_system().policies.change(policy.id, change)
        save_button = section.save_bar.save_button
        click(qtbot, save_button)
    dana.settle()
    assert "changed “Silver” in the meantime" in section.banner.text
    assert section.policy_form.name.text() == "Silver"
    assert cell(section, Priority.URGENT, "first_response").text() == "1 h"
    save(dana, qtbot, section)
    [now] = embedded.as_system().policies.all()
    assert (now.name, now.targets[0].first_response) == ("Silver", 60)


def test_what_somebody_else_removed_can_be_added_anew(dana, embedded, put, qtbot):
    policy = put("Standard")
    section = opened(dana)
    section.open_record(policy.id)
    section.policy_form.name.setText("Gold")
    embedded.as_system().policies.remove(policy.id)
    section.load()
    dana.settle()
    assert "saving adds it anew" in section.banner.text
    save(dana, qtbot, section)
    assert [each.name for each in embedded.as_system().policies.all()] == ["Gold"]


def test_requesters_are_found_by_a_search_and_taken_away(dana, embedded, put, qtbot):
    policy = put("Standard")
    section = opened(dana)
    section.open_record(policy.id)
    people = section.policy_form.requesters
    people.search.setText("moreau")
    people.look()
    dana.settle()
    assert people.found == ["Alice Moreau (alice)"]
    qtbot.keyClick(people.search, Qt.Key_Return)
    qtbot.waitUntil(lambda: people.search.text() == "")
    assert list(people.chosen.values()) == ["Alice Moreau"]
    save(dana, qtbot, section)
    [now] = embedded.as_system().policies.all()
    assert [person.full_name for person in now.requesters] == ["Alice Moreau"]
    assert section.isAncestorOf(section.window().focusWidget()), "not the list of sections"
    assert not section.save_bar.isAncestorOf(section.window().focusWidget())
    people.take_away(now.requesters[0].id)
    save(dana, qtbot, section)
    assert embedded.as_system().policies.all()[0].requesters == ()


def test_a_requester_who_is_typed_is_taken_or_asked_about(dana, embedded, put, qtbot):
    policy = put("Standard")
    section = opened(dana)
    section.open_record(policy.id)
    people = section.policy_form.requesters
    people.search.setFocus()
    qtbot.keyClicks(people.search, "alice mor")
    save(dana, qtbot, section)
    error = section.policy_form.rows()["policy_whom"].error
    assert error == "“alice mor” is nobody yet: choose a person from the list, or clear the field."
    assert people.search.hasFocus()
    assert people.typed == "alice mor"
    assert embedded.as_system().policies.all()[0].version == policy.version

    # Whom it may be is offered by now.
    people.search.completer().popup().hide()
    qtbot.keyClicks(people.search, "eau")
    people.search.editingFinished.emit()
    dana.settle()
    assert list(people.chosen.values()) == ["Alice Moreau"]
    assert people.typed == ""
    save(dana, qtbot, section)
    [now] = embedded.as_system().policies.all()
    assert [person.full_name for person in now.requesters] == ["Alice Moreau"]


def test_a_manager_reads_and_changes_nothing(seated, put):
    put("Standard")
    charlie = seated("charlie")
    section = opened(charlie)
    assert section.banner.text == "Only admins change service levels; you can read them here."
    assert section.add_button.isHidden()
    assert section.remove_button.isHidden()
    assert section.edit_button.text() == "Show"
    section.edit_button.click()
    assert section.policy_form.name.text() == "Standard"
    assert section.policy_form.name.isReadOnly()
    assert cell(section, Priority.URGENT, "resolution").isReadOnly()
    assert not section.policy_form.categories.button.isVisible()
    assert section.save_bar.isHidden()
    section.policy_form.what_if.button.click()
    charlie.settle()
    tried = section.policy_form.what_if.sentence
    assert tried.startswith("No ticket of the last 90 days"), "to look does no harm"


def test_what_cannot_be_loaded_is_said_and_tried_again(dana, put):
    put("Standard")
    with dana.transport.failing(Busy("The desk is busy; try again."), "all"):
        section = opened(dana)
        assert section.states.state == "failed"
    button(section.states, "Retry").click()
    dana.settle()
    assert names(section) == ["Standard"]


class TwinPolicies:
    """The real policies, with an answer to what would be."""

    def __init__(self, real) -> None:
        self._real = real
        self.asked: list[WhatIfAsk] = []
        self.fault: DeskError | None = None
        self.result = RESULT

    def __getattr__(self, name: str):
        return getattr(self._real, name)

    def what_if(self, ask: WhatIfAsk) -> WhatIf:
        self.asked.append(ask)
        if self.fault is not None:
            raise self.fault
        return self.result


def test_a_policy_is_tried_on_the_last_days_before_it_is_saved(dana, put, qtbot, monkeypatch):
    policy = put("Standard")
    policies = TwinPolicies(dana.desktop.desk.policies)
    monkeypatch.setattr(dana.desktop.desk, "policies", policies)
    section = opened(dana)
    section.open_record(policy.id)
    card = section.policy_form.what_if
    wanted: list[int] = []
    section.ticket_wanted.connect(wanted.append)
    cell(section, Priority.URGENT, "resolution").setText("8 h")

    section.window().activateWindow()
    card.button.setFocus()
    qtbot.keyClick(card.button, Qt.Key_Space)
    assert card.is_trying
    assert section.window().focusWidget() is card.cancel_button, "not Discard"
    qtbot.keyClick(card.cancel_button, Qt.Key_Space)
    assert not card.is_trying
    assert section.window().focusWidget() is card.button
    assert card.sentence == "Cancelled."
    dana.settle()
    assert card.sentence == "Cancelled.", "an answer that comes late is passed over"

    card.button.click()
    dana.settle()
    assert policies.asked[-1].policy.targets[0].resolution == 480
    assert policies.asked[-1].policy_id == policy.id
    assert card.sentence.startswith("1,204 tickets match of the last 90 days.")
    words = [label.text() for label in card.findChildren(QLabel)]
    assert "75% in time, 150 of 200" in words
    assert "95% in time, 190 of 200, 40 more ▲" in words
    assert "Tickets that would have fared differently (1 of 73 shown)" in words
    assert [bar.property("tone") for bar in card.findChildren(QProgressBar)][-1] == "success"
    qtbot.keyClick(card.table, Qt.Key_Down)
    qtbot.keyClick(card.table, Qt.Key_Return)
    assert wanted == [7]

    [share] = RESULT.shares
    fewer = share.model_copy(update={"met_then": 148})
    policies.result = RESULT.model_copy(update={"shares": (fewer,)})
    card.button.click()
    dana.settle()
    words = [label.text() for label in card.findChildren(QLabel)]
    assert "74% in time, 148 of 200, 2 fewer ▼" in words
    assert [bar.property("tone") for bar in card.findChildren(QProgressBar)][-1] == "urgent"

    cell(section, Priority.URGENT, "resolution").setText("9 h")
    assert card.sentence == "You have changed something since; try again to see what that does."
    policies.fault = Busy("The desk is busy; try again.")
    card.button.click()
    dana.settle()
    assert card.sentence == "The desk is busy; try again."


def test_the_form_is_named_and_walked_as_it_stands(dana, put, embedded):
    first, other, *_ = embedded.as_system().tickets.categories()
    policy = put("Standard", category_ids=(first.id,))
    section = opened(dana)
    section.open_record(policy.id)
    form = section.policy_form
    form.categories.choose(other.id, other.name)
    chain = reachable(section.window())
    assert [described(each) for each in chain if not name_of(each)] == []
    names = [name_of(each) for each in chain]
    assert names[names.index("In use") :][:5] == [
        "In use",
        f"Take away category {first.name}",
        f"Take away category {other.name}",
        "Add category",
        "Add requester",
    ]
    assert chain[-1] is section.save_bar.save_button
