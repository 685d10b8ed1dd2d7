# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as admins set them up: what is refused, their order and log, and the first ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    DryRunAsk,
    Fact,
    Operator,
    RuleChange,
    RuleOrder,
    RuleView,
    RunOutcome,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority
from helpdesk.core.schemas.users import Leaving
from helpdesk.jobs.rules import RUNS_KEPT, forget_runs
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import RuleRun
from helpdesk.repositories.policies import SLA_CHANGED
from helpdesk.services import rule_defaults, rules
from helpdesk.services.work import Change
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump
from tests.matrix import Bearer
from tests.outboxes import a_chat
from tests.unit.services.rule_desks import (
    ALICE,
    BOB,
    CHARLIE,
    DANA,
    FRANK,
    TELL,
    asked,
    begin_clock,
    rule,
    ruled,
    step,
    sweep,
    told,
    working,
)

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


def changed(view: RuleView, **settings: object) -> RuleChange:
    return RuleChange.model_validate(
        {**view.settings.model_dump(), "version": view.version, **settings}
    )


def names(views: tuple[RuleView, ...]) -> list[str]:
    return [view.name for view in views]


def test_rules_are_kept_in_their_order_with_words_and_what_is_wrong_with_them(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    heard: list[Change] = []
    embedded.executor.subscribe(heard.append)
    first = dana.rules.add(rule("First", Trigger.CREATED))
    second = dana.rules.add(step("Second", -30))
    assert Change("rule", (second.id,)) in heard
    assert names(dana.rules.all()) == ["First", "Second"]
    assert second.words == "When resolution is due in 30 minutes: tell managers"
    arranged = dana.rules.arrange(RuleOrder(rule_ids=(second.id, first.id)))
    assert [(view.name, view.position) for view in arranged] == [("Second", 1), ("First", 2)]
    assert dana.rules.all() == arranged
    for wrong in ((first.id,), (first.id, first.id), (first.id, second.id, 99)):
        with pytest.raises(Conflict, match="order them again"):
            dana.rules.arrange(RuleOrder(rule_ids=wrong))
    dana.rules.remove(second.id)
    assert names(dana.rules.all()) == ["First"]
    with pytest.raises(NotFound):
        dana.rules.remove(second.id)
    assert dana.rules.add(rule("Second", Trigger.CREATED)).position == 3


def test_an_older_view_of_a_rule_overwrites_nothing(dana: HelpDesk):
    made = dana.rules.add(rule("First", Trigger.CREATED))
    now = dana.rules.change(made.id, changed(made, name="Renamed", active=False))
    assert (now.name, now.active, now.version) == ("Renamed", False, 2)
    with pytest.raises(Conflict, match="changed in the meantime") as caught:
        dana.rules.change(made.id, changed(made))
    assert caught.value.current == now


def test_what_a_rule_names_is_looked_up_when_it_is_saved_or_tried(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    team = dana.teams.add(TeamSettings(name="Network"))
    dana.teams.remove(team.id)
    kinds = ActionKind
    dana.rules.add(rule("Taken", Trigger.CREATED))
    before = dump(embedded.database)
    for bad, sentence in [
        (rule("TAKEN", Trigger.CREATED), "already"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.NOTIFY)), "who is to be told"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.NOTIFY, person_ids=(ALICE,))), "staff"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.ASSIGN_PERSON, target_id=ALICE)), "staff"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.ASSIGN_PERSON, target_id=77)), "not exist"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.SET_TEAM, target_id=team.id)), "removed"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.SET_CATEGORY, target_id=77)), "category"),
        (rule("x", Trigger.CREATED, Action(kind=kinds.POST, target_id=77)), "channel"),
        (rule("x", Trigger.CREATED,
              conditions=(asked(Fact.CATEGORY, Operator.IS, 77),)), "not exist"),
        (rule("x", Trigger.CREATED,
              conditions=(asked(Fact.REPLIES, Operator.AT_LEAST, 1),)), "new ticket"),
    ]:  # fmt: skip
        with pytest.raises(Invalid, match=sentence):
            dana.rules.add(bad)
        if sentence != "already":
            with pytest.raises(Invalid, match=sentence):
                dana.rules.dry_run(DryRunAsk(rule=bad))
    assert dump(embedded.database) == before


def test_a_rule_that_names_a_leaver_says_so_and_can_be_switched_off(dana: HelpDesk):
    assign = Action(kind=ActionKind.ASSIGN_PERSON, target_id=FRANK)
    made = dana.rules.add(rule("To Frank", Trigger.CREATED, assign))
    assert made.problem == ""
    dana.users.deactivate(FRANK, Leaving(version=dana.users.view(FRANK).version))
    (view,) = dana.rules.all()
    assert view.problem == "Frank Osei is not of the staff any more; choose another."
    with pytest.raises(Invalid, match="Frank Osei is not of the staff"):
        dana.rules.change(made.id, changed(view, name="Still to Frank"))
    assert not dana.rules.change(made.id, changed(view, active=False)).active


def test_steps_that_change_let_running_clocks_be_planned_anew(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    def fact() -> str | None:
        with working(embedded, clock.now) as work:
            return work.desk.facts.get(SLA_CHANGED)

    seen = [fact()]
    plain = dana.rules.add(rule("Plain", Trigger.CREATED))
    assert fact() == seen[-1]
    made = dana.rules.add(step("Step", 0))
    seen.append(fact())
    later = dana.rules.change(made.id, changed(made, offset_minutes=5))
    seen.append(fact())
    to_plain = {"trigger": Trigger.CREATED, "clocks": (), "offset_minutes": 0}
    dana.rules.change(made.id, changed(later, **to_plain))
    seen.append(fact())
    dana.rules.remove(plain.id)
    assert fact() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_choices_are_what_can_be_used_now(dana: HelpDesk):
    team = dana.teams.add(TeamSettings(name="Network"))
    dana.teams.remove(dana.teams.add(TeamSettings(name="Old")).id)
    choices = dana.rules.choices()
    assert [(each.value, each.label) for each in choices.teams] == [(str(team.id), "Network")]
    assert [int(each.value) for each in choices.staff] == [BOB, CHARLIE, DANA, FRANK]
    assert choices.categories[2].label == "Network"
    assert choices.channels == ()


def test_there_is_a_most_of_rules(dana: HelpDesk, monkeypatch):
    monkeypatch.setattr(rules, "MOST_RULES", 1)
    made = dana.rules.add(rule("First", Trigger.CREATED))
    with pytest.raises(Invalid, match="at most 1 rules"):
        dana.rules.add(rule("Second", Trigger.CREATED))
    assert dana.rules.change(made.id, changed(made)).version == 2


def test_a_key_lets_rules_do_only_what_it_may_do_itself_and_shows_no_tickets(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    def with_scopes(*scopes: Permission) -> HelpDesk:
        new = NewApiKey(name="Key", scopes=(Permission.SET_UP_RULES, *scopes))
        return HelpDesk(Bearer(embedded, dana.api_keys.create(new).key))

    channel = a_chat(embedded.database, "hooks.slack.com")
    kinds, create = ActionKind, Trigger.CREATED
    for needed, action in [
        (Permission.WORK_TICKET, Action(kind=kinds.RAISE_PRIORITY)),
        (Permission.ASSIGN_TICKET, Action(kind=kinds.ASSIGN_PERSON, target_id=BOB)),
        (Permission.WRITE_INTERNAL_NOTE, Action(kind=kinds.ADD_NOTE, text="Hm.")),
        (Permission.SEE_ALL_TICKETS, TELL),
        (Permission.SEE_ALL_TICKETS, Action(kind=kinds.POST, target_id=channel, text="{subject}")),
    ]:
        wanted = rule(action.kind.label, create, action)
        with pytest.raises(Forbidden, match="cannot let a rule do"):
            with_scopes().rules.add(wanted)
        assert with_scopes(needed).rules.add(wanted).settings == wanted
    blind = with_scopes(Permission.SEE_RULES)
    with pytest.raises(Forbidden, match="see all tickets"):
        blind.rules.runs(RunQuery())
    with pytest.raises(Forbidden, match="see all tickets"):
        blind.rules.dry_run(DryRunAsk(rule=rule("x", create)))


# --- the log ------------------------------------------------------------------------------------


def test_the_log_comes_in_pages_newest_first_and_stays_when_the_rule_goes(
    dana: HelpDesk, alice: HelpDesk
):
    made = dana.rules.add(rule("Comment", Trigger.CHANGED))
    first, second = (alice.tickets.open(NewTicket(subject=text)).id for text in "ab")
    for ticket in (first, second, first):
        alice.tickets.comment(ticket, NewComment(body="Hm."))
    page = dana.rules.runs(RunQuery(limit=2))
    assert [run.ticket_id for run in page.items] == [first, second]
    assert page.has_more
    rest = dana.rules.runs(RunQuery(limit=2, before_id=page.items[-1].id))
    assert [run.ticket_id for run in rest.items] == [first]
    assert not rest.has_more
    dana.rules.remove(made.id)
    kept = dana.rules.runs(RunQuery(ticket_id=second, rule_id=made.id)).items
    assert [(run.rule, run.subject, run.outcome) for run in kept] == [
        ("Comment", "b", RunOutcome.FIRED)
    ]


def test_old_runs_are_forgotten_unless_they_keep_a_step_of_an_open_ticket_from_firing_again(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    dana.rules.add(rule("New", Trigger.CREATED))
    dana.rules.add(step("Overdue", 0))
    tickets = [alice.tickets.open(NewTicket(subject=text)) for text in "ab"]
    clocks = [begin_clock(embedded, each.id, clock.now, clock.now) for each in tickets]
    for number in clocks:
        sweep(embedded, number, clock.now)
    alice.tickets.close(tickets[0].id, tickets[0].version)

    def kept() -> int:
        with embedded.database.reading() as session:
            return session.execute(select(func.count()).select_from(RuleRun)).scalar_one()

    assert (forget_runs(embedded, clock.now + RUNS_KEPT), kept()) == (0, 4)
    assert forget_runs(embedded, clock.now + RUNS_KEPT + timedelta(seconds=1)) == 3
    assert kept() == 1
    assert sweep(embedded, clocks[1], clock.now + timedelta(days=400)) == []


# --- what a desk begins with --------------------------------------------------------------------


def test_a_desk_begins_once_with_rules_for_what_is_urgent_or_late(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    with working(embedded, clock.now) as work:
        rule_defaults.seed(work.desk, clock.now)
    seeded = dana.rules.all()
    assert names(seeded) == [
        "Warn before the due time",
        "Overdue: tell managers",
        "Overdue for four hours: escalate",
        "Urgent tickets reach managers",
        "Tickets that become urgent reach managers",
    ]
    assert [view.problem for view in seeded] == [""] * 5
    # Each can be saved again as it is.
    for view in seeded:
        dana.rules.change(view.id, changed(view))
    dana.rules.remove(seeded[0].id)
    with working(embedded, clock.now) as work:
        rule_defaults.seed(work.desk, clock.now)
    assert len(dana.rules.all()) == 4


def test_what_is_urgent_or_late_reaches_managers_and_admins_by_itself(
    alice: HelpDesk, sign_in: SignIn, embedded: EmbeddedDesk, clock: SettableClock
):
    with working(embedded, clock.now) as work:
        rule_defaults.seed(work.desk, clock.now)
    urgent = alice.tickets.open(NewTicket(subject="No tone", priority=Priority.URGENT))
    assert sorted(each[:2] for each in told(embedded, urgent.id) if each[0] != ALICE) == [
        (CHARLIE, "urgent"), (DANA, "urgent"),
    ]  # fmt: skip
    ticket = alice.tickets.open(NewTicket(subject="No tone", priority=Priority.HIGH)).id
    sign_in("bob").tickets.take(ticket, 1)
    due = clock.now + timedelta(hours=2)
    number = begin_clock(embedded, ticket, clock.now, due)
    heard = []
    for minutes in (-30, 0, 240):
        before = len(told(embedded, ticket))
        sweep(embedded, number, due + timedelta(minutes=minutes))
        heard.append(sorted(each[:2] for each in told(embedded, ticket)[before:]))
    assert heard == [
        [(BOB, "due_soon")],
        [(BOB, "overdue"), (CHARLIE, "overdue"), (DANA, "overdue")],
        [(CHARLIE, "escalated"), (DANA, "escalated")],
    ]
    # The clock itself also says when it is late, in the name of its policy.
    assert [name for name, _, _ in ruled(embedded, ticket) if name != "Standard"] == [
        "Warn before the due time",
        "Overdue: tell managers",
        "Overdue for four hours: escalate",
    ]
    assert sign_in("bob").tickets.view(ticket).priority is Priority.URGENT


def test_with_the_clocks_moved_forward_a_ticket_warns_is_late_and_escalates_once_each(
    alice: HelpDesk, sign_in: SignIn, embedded: EmbeddedDesk, clock: SettableClock
):
    keep_clocks(embedded, clock.now)
    ticket = alice.tickets.open(NewTicket(subject="No tone", priority=Priority.HIGH))
    bob = sign_in("bob")
    bob.tickets.comment(ticket.id, NewComment(body="Looking at it."))
    due = bob.tickets.view(ticket.id).resolution_due
    assert due is not None
    for minutes in (-31, -30, -29, 0, 1, 240, 241, 6000):
        clock.now = due + timedelta(minutes=minutes)
        keep_clocks(embedded, clock.now)
    rules_fired = [(name, why) for name, why, _ in ruled(embedded, ticket.id)]
    assert [each for each in rules_fired if each[1] and each[1] != "Resolution was due"] == [
        ("Warn before the due time", "Resolution due in 30 minutes"),
        ("Overdue: tell managers", "Resolution overdue"),
        ("Overdue for four hours: escalate", "Resolution overdue by 4 hours"),
    ]
    heard = [each[:2] for each in told(embedded, ticket.id) if each[0] in (BOB, CHARLIE, DANA)]
    assert sorted(heard) == [
        (BOB, "changed"), (BOB, "due_soon"), (BOB, "overdue"),
        (CHARLIE, "escalated"), (CHARLIE, "overdue"), (DANA, "escalated"), (DANA, "overdue"),
    ]  # fmt: skip


def test_words_tell_what_the_first_rules_do(dana: HelpDesk, embedded: EmbeddedDesk):
    warn, _, escalate, *_ = rule_defaults.DEFAULT_RULES
    assert warn.clocks == (ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION)
    assert dana.rules.add(warn).words == (
        "When first response or resolution is due in 30 minutes: tell the assignee"
    )
    assert dana.rules.add(escalate).words == (
        "When first response or resolution has been overdue for 4 hours: raise the priority;"
        " tell managers and admins"
    )
    assert Audience.ADMINS in escalate.actions[1].audiences
