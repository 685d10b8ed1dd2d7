# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and teams as a desk tells them, for tests of the screens that show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk.core.errors import Conflict, DeskError, NotFound
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Checked,
    Condition,
    Done,
    DryRun,
    DryRunAsk,
    Fact,
    Operator,
    RuleChange,
    RuleChoice,
    RuleChoices,
    RuleOrder,
    RuleRun,
    RuleSettings,
    RuleView,
    RunOutcome,
    RunPage,
    RunQuery,
    Trigger,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WARN = RuleSettings(
    name="Warn before the due time",
    trigger=Trigger.DUE,
    clocks=(ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION),
    offset_minutes=-30,
    actions=(Action(kind=ActionKind.NOTIFY, audiences=(Audience.ASSIGNEE,)),),
)
OVERDUE = RuleSettings(
    name="Overdue: tell managers",
    trigger=Trigger.DUE,
    clocks=(ClockKind.RESOLUTION,),
    conditions=(
        Condition(fact=Fact.PRIORITY, operator=Operator.IS, values=("urgent", "high")),
        Condition(fact=Fact.CATEGORY, operator=Operator.IS_NOT, values=("8",)),
    ),
    actions=(
        Action(
            kind=ActionKind.NOTIFY,
            audiences=(Audience.ASSIGNEE, Audience.MANAGERS, Audience.ADMINS),
            text="{number} is late: {subject}",
            urgent=True,
        ),
        Action(kind=ActionKind.RAISE_PRIORITY),
    ),
)
NETWORK = RuleSettings(
    name="Network tickets go round",
    trigger=Trigger.CREATED,
    conditions=(
        Condition(fact=Fact.TEXT, operator=Operator.CONTAINS, values=("vpn", "wlan", "dns")),
    ),
    any_conditions=(
        Condition(fact=Fact.CATEGORY, operator=Operator.IS, values=("3",)),
        Condition(fact=Fact.SOURCE, operator=Operator.IS, values=("email",)),
    ),
    actions=(
        Action(kind=ActionKind.SET_TEAM, target_id=1),
        Action(kind=ActionKind.ASSIGN_IN_TURN, target_id=1),
    ),
)
LYING = RuleSettings(
    name="Left lying for two days",
    active=False,
    trigger=Trigger.TIME,
    conditions=(
        Condition(fact=Fact.HOURS_UNCHANGED, operator=Operator.AT_LEAST, values=("48",)),
        Condition(fact=Fact.ASSIGNEE, operator=Operator.IS_EMPTY),
    ),
    actions=(Action(kind=ActionKind.ADD_NOTE, text="Nobody has it since {due}."),),
)
CHOICES = RuleChoices(
    categories=tuple(
        RuleChoice(value=str(at), label=label)
        for at, label in enumerate(("Hardware", "Software", "Network", "Access", "Email"), 1)
    ),
    teams=(RuleChoice(value="1", label="Network"), RuleChoice(value="2", label="Second line")),
    staff=(
        RuleChoice(value="3", label="Bob Keller"),
        RuleChoice(value="4", label="Frank Osei"),
        RuleChoice(value="5", label="Charlie Hart"),
    ),
    channels=(RuleChoice(value="1", label="#it-alerts"),),
)


def a_run(id_: int, *, fired: bool = True, **changes: Any) -> RuleRun:
    """Return a run of 'Overdue: tell managers'."""
    values = {
        "id": id_,
        "rule_id": 2,
        "rule": OVERDUE.name,
        "ticket_id": id_,
        "number": f"HD-{1000 + id_}",
        "subject": "VPN drops every ten minutes for the whole office in Lyon",
        "at": NOW - timedelta(hours=id_),
        "outcome": RunOutcome.FIRED if fired else RunOutcome.NOT_MATCHED,
        "trigger": "Resolution was due at 14:00",
        "checked": (
            Checked(words="Priority is Urgent or High", found="High", held=True),
            Checked(words="Category is not Email", found="Network", held=fired),
        ),
        "done": (
            Done(
                kind=ActionKind.NOTIFY,
                words="Told Bob Keller, Charlie Hart and Dana Whitfield, urgently",
            ),
            Done(kind=ActionKind.RAISE_PRIORITY, words="Raised the priority from High to Urgent"),
        )
        if fired
        else (),
    }
    return RuleRun(**(values | changes))


class TwinRules:
    """Keeps rules as the desk does, and tells what a test tells it to."""

    def __init__(self) -> None:
        self.kept: dict[int, RuleView] = {}
        self.log = [a_run(id_) for id_ in range(60, 0, -1)]
        self.found = DryRun(
            tickets=1_000,
            would_fire=42,
            runs=tuple(a_run(id_) for id_ in range(1, 31)),
            not_matched=(a_run(31, fired=False), a_run(32, fired=False)),
        )
        self.asked: list[Any] = []
        self.fault: DeskError | None = None
        self._next = 1
        for settings in (WARN, OVERDUE, NETWORK, LYING):
            self.add(settings)
        self.tell(2, fired=12, last_fired_at=NOW - timedelta(hours=2))
        self.asked.clear()

    def all(self) -> tuple[RuleView, ...]:
        self._fail()
        return tuple(sorted(self.kept.values(), key=lambda rule: rule.position))

    def choices(self) -> RuleChoices:
        self._fail()
        return CHOICES

    def add(self, new: RuleSettings) -> RuleView:
        self._fail()
        self.asked.append(new)
        rule = RuleView(
            id=self._next,
            name=new.name,
            position=self._next,
            active=new.active,
            settings=new,
            words=f"When it is time: {new.name.lower()}.",
            problem="",
            fired=0,
            last_fired_at=None,
            version=1,
        )
        self._next += 1
        self.kept[rule.id] = rule
        return rule

    def change(self, rule_id: int, change: RuleChange) -> RuleView:
        self._fail()
        self.asked.append(change)
        if rule_id not in self.kept:
            raise NotFound("There is no such rule.")
        rule = self.kept[rule_id]
        if rule.version != change.version:
            raise Conflict("Somebody else changed it.", current=rule)
        settings = RuleSettings(**change.model_dump(exclude={"version"}))
        self.tell(
            rule_id,
            settings=settings,
            name=settings.name,
            active=settings.active,
            version=rule.version + 1,
        )
        return self.kept[rule_id]

    def remove(self, rule_id: int) -> None:
        self._fail()
        del self.kept[rule_id]

    def arrange(self, order: RuleOrder) -> tuple[RuleView, ...]:
        self._fail()
        self.asked.append(order)
        for position, id_ in enumerate(order.rule_ids):
            self.tell(id_, position=position)
        return self.all()

    def dry_run(self, ask: DryRunAsk) -> DryRun:
        self._fail()
        self.asked.append(ask)
        return self.found

    def runs(self, query: RunQuery) -> RunPage:
        self._fail()
        self.asked.append(query)
        runs = [
            run
            for run in self.log
            if (query.rule_id is None or run.rule_id == query.rule_id)
            and (query.before_id is None or run.id < query.before_id)
        ]
        return RunPage(items=tuple(runs[: query.limit]), has_more=len(runs) > query.limit)

    def of_ticket(self, ticket_id: int) -> tuple[RuleRun, ...]:
        self._fail()
        return tuple(run for run in self.log if run.ticket_id == ticket_id)

    def explain(self, ticket_id: int) -> tuple[RuleRun, ...]:
        self._fail()
        return (a_run(ticket_id), a_run(ticket_id, fired=False, rule_id=1, rule=WARN.name))

    def tell(self, rule_id: int, **changes: Any) -> None:
        """Let a rule be otherwise, as if somebody else had changed it."""
        self.kept[rule_id] = self.kept[rule_id].model_copy(update=changes)

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault
