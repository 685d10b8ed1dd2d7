# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins write escalation steps and rules, try them first, and read what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QLabel, QScrollArea

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.rule_choices import OPERATORS
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    Fact,
    Operator,
    RuleChange,
    RuleChoice,
    RuleChoices,
    RuleSettings,
    RuleView,
    Trigger,
)
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import NewTicket, Priority
from helpdesk.ui.settings.rules.action_fields import ActionFields
from helpdesk.ui.settings.rules.condition_fields import ConditionFields
from helpdesk.ui.settings.rules.draft import RuleDraft
from helpdesk.ui.settings.rules.hours_field import HoursField
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.settings.rules.rule_card import RuleCard
from helpdesk.ui.settings.rules.rule_form import RuleForm
from helpdesk.ui.settings.rules.rules_section import (
    AutomationSection,
    EscalationSection,
    RulesSection,
)
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.toast import toasts_of
from helpdesk.ui.widgets.value_picker import ValuePicker
from tests.ui.seats import Seat, button, click
from tests.ui.test_accessibility import described, name_of, reachable

TELL_MANAGERS = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))
STEP = RuleSettings(
    name="Overdue: tell managers",
    trigger=Trigger.DUE,
    clocks=(ClockKind.RESOLUTION,),
    offset_minutes=60,
    actions=(TELL_MANAGERS,),
)
URGENT = RuleSettings(
    name="Urgent tickets reach managers",
    trigger=Trigger.CREATED,
    conditions=(Condition(fact=Fact.PRIORITY, operator=Operator.IS, values=("urgent",)),),
    actions=(TELL_MANAGERS,),
)

CHOICES = RuleChoices(
    categories=(RuleChoice(value="3", label="Network"),),
    teams=(RuleChoice(value="1", label="Network"), RuleChoice(value="2", label="Second line")),
    staff=(RuleChoice(value="3", label="Bob Keller"), RuleChoice(value="4", label="Frank Osei")),
    channels=(RuleChoice(value="1", label="#it-alerts"),),
)


@pytest.fixture
def dana(seated: Callable[[str], Seat]) -> Seat:
    return seated("dana")


@pytest.fixture
def admin(sign_in) -> HelpDesk:
    """Return the desk as another admin would have it."""
    desk: HelpDesk = sign_in("dana")
    return desk


def opened(
    seat: Seat, kind: Callable[[Any], RulesSection] = AutomationSection, width: int = 1000
) -> RulesSection:
    section = kind(seat.desktop)
    section.load()
    seat.show(section, width, 800)
    # Only in an active window does anything have the focus.
    assert QTest.qWaitForWindowActive(section)
    return section


def card(section: RulesSection, name: str) -> RuleCard:
    return next(each for each in section.list.cards if each.rule.name == name)


def edit(seat: Seat, section: RulesSection, name: str) -> RuleForm:
    click_on = card(section, name).name
    click_on.click()
    seat.settle()
    return section.editor.form


def save(seat: Seat, section: RulesSection) -> None:
    section.editor.save_bar.save_button.click()
    seat.settle()


def choose(box: Any, key: object) -> None:
    """Choose as a person does, who is heard of."""
    box.set_key(key)
    box.activated.emit(box.currentIndex())


def only(rules: tuple[RuleView, ...]) -> RuleView:
    assert len(rules) == 1
    return rules[0]


def condition_of(form: RuleForm, at: int = 0) -> ConditionFields:
    fields = form.conditions.all.contents[at]
    assert isinstance(fields, ConditionFields)
    return fields


def picker_of(fields: ConditionFields) -> ValuePicker:
    assert isinstance(fields.values, ValuePicker)
    return fields.values


def type_into(qtbot: Any, picker: ValuePicker, text: str) -> None:
    picker.edit.setFocus()
    qtbot.keyClicks(picker.edit, text)


def test_a_step_is_written_by_hand_and_saved(dana, admin, qtbot):
    section = opened(dana, EscalationSection)
    assert section.states.state == "empty"
    section.add_button.click()
    form = section.editor.form
    qtbot.keyClicks(form.name, "Late: find somebody")
    form.when.clocks[ClockKind.FIRST_RESPONSE].click()
    form.when.amount.setValue(2)
    choose(form.when.unit, 60)
    choose(form.when.side, "after")
    form.conditions.all.add_button.click()
    picker = picker_of(condition_of(form))
    assert QApplication.focusWidget() is condition_of(form).fact
    type_into(qtbot, picker, "urg")
    assert picker.is_open
    qtbot.keyClick(picker.edit, Qt.Key_Return)
    form.action_rows.add_button.click()
    added = form.action_rows.contents[-1]
    assert isinstance(added, ActionFields)
    choose(added.kind, ActionKind.RAISE_PRIORITY)
    expected = (
        "When first response or resolution has been overdue for 2 hours,"
        " if priority is Urgent: tell the assignee; raise the priority"
    )
    assert form.words == expected
    save(dana, section)
    rule = only(admin.rules.all())
    assert rule.words == expected
    assert rule.settings.clocks == (ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION)
    assert rule.settings.offset_minutes == 120
    assert section.pages.currentWidget() is section.area
    assert card(section, "Late: find somebody").rule == rule


def test_what_is_wrong_is_said_at_its_place(dana, admin, qtbot):
    section = opened(dana)
    section.add_button.click()
    form = section.editor.form
    form.conditions.any.add_button.click()
    choose(form.action_rows.contents[0].kind, ActionKind.SET_TEAM)  # type: ignore[attr-defined]
    save(dana, section)
    assert "name" in form.error_of("name")
    assert form.conditions.any.rows[0].error == "Choose at least one value."
    assert form.action_rows.rows[0].error == "Choose a team."
    assert QApplication.focusWidget() is form.name
    assert admin.rules.all() == ()
    form.conditions.any.rows[0].remove.click()
    form.action_rows.rows[0].remove.click()
    qtbot.keyClicks(form.name, "Nothing to do")
    save(dana, section)
    assert form.error_of("actions") == "Say at least one thing that is to be done."


def test_a_name_that_is_taken_is_refused_at_the_name(dana, admin, qtbot):
    admin.rules.add(URGENT)
    section = opened(dana)
    section.add_button.click()
    form = section.editor.form
    qtbot.keyClicks(form.name, URGENT.name)
    save(dana, section)
    assert "already" in form.error_of("name")
    assert form.name.text() == URGENT.name


def test_fields_follow_the_fact_and_rows_move_by_keyboard(dana, admin, qtbot):
    admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    choose(form.when.trigger, Trigger.TIME)
    form.conditions.all.add_button.click()
    second = condition_of(form, 1)
    choose(second.fact, Fact.HOURS_UNCHANGED)
    assert isinstance(second.values, HoursField)
    second.values.setValue(1.5)
    form.conditions.all.add_button.click()
    third = condition_of(form, 2)
    choose(third.fact, Fact.TEXT)
    type_into(qtbot, picker_of(third), "vpn, Wi-Fi")
    qtbot.keyClick(picker_of(third).edit, Qt.Key_Return)
    third.fact.setFocus()
    qtbot.keyClick(third.fact, Qt.Key_Up, Qt.AltModifier)
    assert QApplication.focusWidget() is third.fact
    save(dana, section)
    asked = only(admin.rules.all()).settings.conditions
    assert [(each.fact, each.values) for each in asked] == [
        (Fact.PRIORITY, ("urgent",)),
        (Fact.TEXT, ("vpn", "Wi-Fi")),
        (Fact.HOURS_UNCHANGED, ("1.5",)),
    ]


def test_a_condition_that_says_nothing_of_the_trigger_is_pointed_out(dana, admin):
    changed = Condition(fact=Fact.CHANGED_FIELD, operator=Operator.IS, values=("priority",))
    settings = {"trigger": Trigger.CHANGED, "conditions": (changed,)}
    admin.rules.add(URGENT.model_copy(update=settings))
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    choose(form.when.trigger, Trigger.CREATED)
    save(dana, section)
    assert "says nothing of a new ticket" in form.conditions.all.rows[0].error
    choose(form.when.trigger, Trigger.CHANGED)
    assert section.editor.changes == 0


def every_condition() -> list[Condition]:
    values = {
        Fact.PRIORITY: ("high",),
        Fact.STATUS: ("open", "new"),
        Fact.SOURCE: ("email",),
        Fact.CATEGORY: ("3", "77"),
        Fact.TEAM: ("1",),
        Fact.ASSIGNEE: ("3",),
        Fact.REQUESTER: ("99",),
        Fact.CHANGED_FIELD: ("comment",),
        Fact.CHANGED_BY: ("staff",),
        Fact.SUBJECT: ("vpn",),
        Fact.TEXT: ("vpn", "dns"),
    }
    return [
        Condition(
            fact=fact,
            operator=operator,
            values=() if operator is Operator.IS_EMPTY else values.get(fact, ("12",)),
        )
        for fact, operators in OPERATORS.items()
        for operator in operators
        if operator not in (Operator.AT_LEAST, Operator.LESS_THAN) or fact is not Fact.STATUS
    ]


def every_action() -> list[Action]:
    told = Action(
        kind=ActionKind.NOTIFY,
        audiences=tuple(Audience),
        person_ids=(3, 5),
        text="{number}: {subject}",
        urgent=True,
    )
    values = {ActionKind.SET_PRIORITY: "low", ActionKind.SET_STATUS: "in_progress"}
    texts = {ActionKind.ADD_NOTE: "Late & <b>loud</b>", ActionKind.POST: ""}
    targets = {
        ActionKind.SET_CATEGORY: 3,
        ActionKind.SET_TEAM: 9,
        ActionKind.ASSIGN_PERSON: 4,
        ActionKind.ASSIGN_BY_WORKLOAD: None,
        ActionKind.ASSIGN_IN_TURN: 2,
        ActionKind.POST: 1,
    }
    others = [
        Action(
            kind=kind,
            value=values.get(kind, ""),
            target_id=targets.get(kind),
            text=texts.get(kind, ""),
        )
        for kind in ActionKind
        if kind is not ActionKind.NOTIFY
    ]
    return [told, *others]


def test_the_form_gives_back_whatever_it_shows(qtbot):
    conditions, actions = every_condition(), every_action()
    form = RuleForm(lambda _picker, _text: None, due=False)
    qtbot.addWidget(form)
    for at in range(0, len(conditions), 20):
        draft = RuleDraft(
            name="All of it",
            active=False,
            trigger=Trigger.CHANGED,
            conditions=tuple(conditions[at : at + 20]),
            any_conditions=tuple(conditions[at : at + 2]),
            actions=tuple(actions[:10] if at == 0 else actions[10:]),
        )
        form.show_draft(draft, Names(CHOICES))
        assert form.draft == draft
        assert form.words


def test_what_is_typed_stays_until_it_is_saved_or_discarded(dana, admin, qtbot):
    admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    qtbot.keyClicks(form.name, " at once")
    section.editor.back_button.click()
    again = opened(dana)
    form = edit(dana, again, URGENT.name)
    assert form.name.text() == f"{URGENT.name} at once"
    assert "still here" in again.editor.banner.text
    again.editor.save_bar.discard_button.click()
    assert form.name.text() == URGENT.name
    assert again.editor.changes == 0
    again.editor.back_button.click()
    edit(dana, again, URGENT.name)
    assert again.editor.banner.text == ""


@pytest.mark.parametrize("mine", [True, False])
def test_somebody_else_saved_the_same_rule(dana, admin, qtbot, mine):
    rule = admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    theirs = URGENT.model_copy(update={"name": "Theirs"})
    admin.rules.change(rule.id, RuleChange(**theirs.model_dump(), version=rule.version))
    form.name.clear()
    qtbot.keyClicks(form.name, "Mine")
    save(dana, section)
    elsewhere = section.editor.elsewhere
    assert "“Theirs”" in elsewhere.text
    assert form.name.text() == "Mine"
    save(dana, section)
    assert only(admin.rules.all()).name == "Theirs", "a second Save asks again"
    (elsewhere.mine_button if mine else elsewhere.theirs_button).click()
    dana.settle()
    assert elsewhere.text == ""
    assert form.name.text() == ("Mine" if mine else "Theirs")
    assert only(admin.rules.all()).name == ("Mine" if mine else "Theirs")


def test_a_rule_that_was_removed_meanwhile_can_be_saved_as_a_new_one(dana, admin, qtbot):
    rule = admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    admin.rules.remove(rule.id)
    qtbot.keyClicks(form.name, "!")
    save(dana, section)
    assert "removed" in section.editor.banner.text
    save(dana, section)
    assert only(admin.rules.all()).name == f"{URGENT.name}!"


def test_the_switch_counts_at_once_and_goes_back_when_it_cannot(dana, admin):
    admin.rules.add(URGENT)
    section = opened(dana)
    switch = card(section, URGENT.name).switch
    switch.click()
    dana.settle()
    assert not only(admin.rules.all()).active
    away = Unreachable("The desk is away; try again.")
    with dana.transport.failing(away, "change"):
        switch.click()
        dana.settle()
    assert not switch.isChecked()
    assert section.banner.text == str(away)


def test_rules_are_put_in_order_and_other_kinds_stay_in_place(dana, admin, qtbot):
    for name, settings in (("A", URGENT), ("B", STEP), ("C", URGENT), ("D", STEP)):
        admin.rules.add(settings.model_copy(update={"name": name}))
    section = opened(dana)
    first = card(section, "A")
    first.name.setFocus()
    qtbot.keyClick(first.name, Qt.Key_Down, Qt.AltModifier)
    dana.settle()
    assert [rule.name for rule in admin.rules.all()] == ["C", "B", "A", "D"]
    assert [each.rule.name for each in section.list.cards] == ["C", "A"]
    assert QApplication.focusWidget() is first.name
    qtbot.keyClick(first.name, Qt.Key_Down, Qt.AltModifier)
    dana.settle()
    assert dana.transport.count("arrange") == 1, "there is no further down"


def test_removing_asks_first(dana, admin):
    admin.rules.add(URGENT)
    section = opened(dana)
    card(section, URGENT.name).remove.click()
    question = section.findChild(Question)
    assert question is not None
    assert URGENT.name in question.about.text()
    question.agree_button.click()
    dana.settle()
    assert admin.rules.all() == ()
    assert section.states.state == "empty"


def test_a_rule_is_tried_before_it_has_a_name(dana, admin, qtbot):
    for priority in (Priority.LOW, Priority.URGENT):
        admin.tickets.open(NewTicket(subject=f"A {priority.value} matter", priority=priority))
    section = opened(dana)
    section.add_button.click()
    form, trial = section.editor.form, section.editor.trial
    form.conditions.all.add_button.click()
    picker_of(condition_of(form)).set_values(("urgent",))
    trial.button.click()
    dana.settle()
    assert trial.figure.text() == "Would have acted on 1 of 2 tickets"
    row = trial.rows[0]
    assert "A urgent matter" in row.title
    wanted: list[int] = []
    section.ticket_wanted.connect(wanted.append)
    row.link.click()
    assert wanted == [row.run.ticket_id]
    click(qtbot, trial.choice.button("not"))
    assert "found: Low" in trial.rows[0].summary
    form.when.trigger.setFocus()
    choose(form.when.trigger, Trigger.CHANGED)
    assert trial.is_outdated, "what was found is of another rule"
    assert admin.rules.all() == ()
    assert form.name.text() == ""


def test_a_trial_can_be_cancelled(dana, admin):
    admin.rules.add(URGENT)
    section = opened(dana)
    edit(dana, section, URGENT.name)
    trial = section.editor.trial
    with dana.transport.held("dry_run"):
        trial.button.setFocus()
        QTest.keyClick(trial.button, Qt.Key_Space)
        assert trial.is_trying
        assert QApplication.focusWidget() is trial.cancel_button, "not Discard"
        QTest.keyClick(trial.cancel_button, Qt.Key_Space)
        assert not trial.is_trying
        assert QApplication.focusWidget() is trial.button
    dana.settle()
    assert trial.figure.isHidden()
    assert trial.button.isEnabled()


def test_requesters_are_found_by_name_and_named_again(dana, admin, qtbot):
    admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    choose(condition_of(form).fact, Fact.REQUESTER)
    picker = picker_of(condition_of(form))
    type_into(qtbot, picker, "ali")
    qtbot.waitUntil(lambda: picker.is_open)
    qtbot.keyClick(picker.edit, Qt.Key_Return)
    assert "if requester is Alice Moreau" in form.words
    save(dana, section)
    again = opened(dana)
    form = edit(dana, again, URGENT.name)
    dana.settle()
    assert "Alice Moreau" in picker_of(condition_of(form)).accessibleName()


def test_the_log_grows_as_one_scrolls(dana, admin, qtbot):
    step = admin.rules.add(STEP)
    admin.rules.add(URGENT)
    new = NewTicket(subject="Fire!", priority=Priority.URGENT)
    tickets = [admin.tickets.open(new).id for _ in range(60)]
    section = opened(dana, EscalationSection)
    click(qtbot, section.view.button("log"))
    dana.settle()
    log = section.log
    first = len(log.rows)
    assert 0 < first < len(tickets)
    bar = log.area.verticalScrollBar()
    while len(log.rows) < len(tickets):
        before = len(log.rows)
        bar.setValue(bar.maximum())
        dana.settle()
        qtbot.waitUntil(lambda before=before: len(log.rows) > before)
    assert [row.run.ticket_id for row in log.rows] == tickets[::-1]
    log.rows[0].fold.click()
    assert log.rows[0].is_unfolded
    choose(log.filter, step.id)
    dana.settle()
    assert log.states.state == "empty"


def test_the_log_says_what_a_rule_did(dana, admin, qtbot):
    admin.rules.add(URGENT)
    ticket = admin.tickets.open(NewTicket(subject="Fire!", priority=Priority.URGENT))
    section = opened(dana)
    card(section, URGENT.name).log.click()
    dana.settle()
    assert [row.run.ticket_id for row in section.log.rows] == [ticket.id]
    assert "Told Charlie Hart" in section.log.rows[0].summary


def test_what_cannot_be_loaded_can_be_tried_again(dana, admin, qtbot):
    with dana.transport.failing(Unreachable("The desk is away."), "all"):
        section = opened(dana)
        assert section.states.state == "failed"
    admin.rules.add(URGENT)
    section.load()
    dana.settle()
    assert section.states.state == "content"


def test_managers_look_and_try_but_change_nothing(seated, admin):
    admin.rules.add(URGENT)
    charlie = seated("charlie")
    section = opened(charlie)
    assert section.add_button.isHidden()
    shown = card(section, URGENT.name)
    assert not shown.switch.isEnabled()
    assert shown.remove.isHidden()
    form = edit(charlie, section, URGENT.name)
    assert form.name.isReadOnly()
    assert form.conditions.all.add_button.isHidden()
    assert section.editor.save_bar.isHidden()
    section.editor.trial.button.click()
    charlie.settle()
    assert "0 of 0" in section.editor.trial.figure.text()


@pytest.mark.parametrize("width", [1000, 700])
def test_the_editor_is_named_walked_and_fits(dana, admin, qtbot, width):
    admin.teams.add(TeamSettings(name="Network"))
    admin.rules.add(
        URGENT.model_copy(
            update={
                "any_conditions": (
                    Condition(fact=Fact.TEXT, operator=Operator.CONTAINS, values=("vpn",)),
                    Condition(fact=Fact.CATEGORY, operator=Operator.IS_EMPTY),
                ),
                "actions": (
                    TELL_MANAGERS,
                    Action(kind=ActionKind.ASSIGN_IN_TURN, target_id=1),
                ),
            }
        )
    )
    section = opened(dana, width=width)
    form = edit(dana, section, URGENT.name)
    form.conditions.all.add_button.click()
    chain = reachable(section)
    assert [described(w) for w in chain if not name_of(w)] == []
    added = condition_of(form, 1)
    places = [chain.index(w) for w in (added.fact, added.operator, form.conditions.any.add_button)]
    assert places == sorted(places), "a new row is visited where it stands"
    assert chain.index(condition_of(form, 0).fact) < places[0]
    chain[0].setFocus()
    for expected in chain:
        assert described(section.focusWidget()) == described(expected)
        qtbot.keyClick(expected, Qt.Key_Tab)
    for area in section.findChildren(QScrollArea):
        if area.isVisible():
            assert area.widget().width() <= area.viewport().width()


def test_a_number_is_not_changed_by_scrolling_past(qtbot):
    fields = ConditionFields(Trigger.CHANGED, Names(CHOICES), lambda _picker, _text: None)
    qtbot.addWidget(fields)
    condition = Condition(fact=Fact.REPLIES, operator=Operator.AT_LEAST, values=("3",))
    fields.show_condition(condition)
    assert isinstance(fields.values, NumberField)
    assert fields.condition == condition


def test_where_a_channel_is_missing_a_link_leads_to_whoever_may_add_one():
    none_yet = CHOICES.model_copy(update={"channels": ()})
    post = Action(kind=ActionKind.POST)
    names = Names(none_yet)
    others = ActionFields(names, post)
    assert others.link.isHidden()
    assert "There is no chat channel yet; an admin can add one." in labels(others)

    fields = ActionFields(names, post, {Permission.SET_UP_CHANNELS})
    wanted: list[str] = []
    fields.section_wanted.connect(wanted.append)
    assert fields.link.text() == "Open Chat channels"
    fields.link.click()
    assert wanted == ["chats"]
    # Back from there, the new channel can be chosen at once, and what was chosen stays.
    names.renew(CHOICES)
    fields.offer_anew()
    assert fields.link.isHidden()
    assert fields.choice is not None
    choose(fields.choice, "1")
    fields.offer_anew()
    assert fields.action.target_id == 1


def test_what_is_not_offered_does_nothing_where_nothing_is_chosen(dana):
    section = opened(dana)
    editor = section.editor
    editor.remove_button.click()
    editor.save_bar.discard_button.click()
    section.add_button.click()
    editor.remove_button.click()
    assert section.findChild(Question) is None
    told = ActionFields(Names(CHOICES), TELL_MANAGERS)
    wanted: list[str] = []
    told.section_wanted.connect(wanted.append)
    told.link.click()
    assert wanted == []


def labels(widget: Any) -> list[str]:
    return [each.text() for each in widget.findChildren(QLabel)]


def test_people_who_are_typed_and_not_chosen_are_asked_about():
    told = ActionFields(Names(CHOICES), TELL_MANAGERS)
    assert told.problem == ""
    assert told.told is not None
    told.told.people.edit.setText("Bo")
    assert told.problem.startswith("“Bo” is not chosen yet")
    asked = ConditionFields(Trigger.CREATED, Names(CHOICES), lambda *_: None)
    asked.show_condition(Condition(fact=Fact.TEAM, operator=Operator.IS, values=("1",)))
    assert isinstance(asked.values, ValuePicker)
    asked.values.edit.setText("Second")
    assert asked.problem.startswith("“Second” is not chosen yet")


def test_what_is_discarded_can_be_had_back(dana, admin, qtbot):
    admin.rules.add(URGENT)
    section = opened(dana)
    form = edit(dana, section, URGENT.name)
    qtbot.keyClicks(form.name, ", at once")
    section.editor.save_bar.discard_button.click()
    assert form.name.text() == URGENT.name
    button(toasts_of(section.window())[-1], "Undo").click()
    assert form.name.text() == f"{URGENT.name}, at once"
    assert section.editor.changes == 1
