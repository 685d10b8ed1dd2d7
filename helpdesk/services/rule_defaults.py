# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that a desk begins with: nothing that is urgent or late goes unnoticed."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    Fact,
    Operator,
    RuleSettings,
    Trigger,
)
from helpdesk.core.schemas.tickets import Priority
from helpdesk.models import Rule
from helpdesk.services.work import Transacted

SEEDED = "rules_seeded"
"""The fact that a desk has got its first rules; those an admin removes do not come back."""

_LEADERS = (Audience.MANAGERS, Audience.ADMINS)
_IS_URGENT = Condition(fact=Fact.PRIORITY, operator=Operator.IS, values=(Priority.URGENT.value,))
_TELL_LEADERS = Action(kind=ActionKind.NOTIFY, audiences=_LEADERS, urgent=True)

DEFAULT_RULES = (
    RuleSettings(
        name="Warn before the due time",
        trigger=Trigger.DUE,
        clocks=(ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION),
        offset_minutes=-30,
        actions=(Action(kind=ActionKind.NOTIFY, audiences=(Audience.ASSIGNEE,)),),
    ),
    RuleSettings(
        name="Overdue: tell managers",
        trigger=Trigger.DUE,
        clocks=tuple(ClockKind),
        offset_minutes=0,
        actions=(
            Action(kind=ActionKind.NOTIFY, audiences=(Audience.ASSIGNEE, *_LEADERS), urgent=True),
        ),
    ),
    RuleSettings(
        name="Overdue for four hours: escalate",
        trigger=Trigger.DUE,
        clocks=(ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION),
        offset_minutes=240,
        actions=(
            Action(kind=ActionKind.RAISE_PRIORITY),
            Action(kind=ActionKind.NOTIFY, audiences=_LEADERS),
        ),
    ),
    RuleSettings(
        name="Urgent tickets reach managers",
        trigger=Trigger.CREATED,
        conditions=(_IS_URGENT,),
        actions=(_TELL_LEADERS,),
    ),
    RuleSettings(
        name="Tickets that become urgent reach managers",
        trigger=Trigger.CHANGED,
        conditions=(
            Condition(fact=Fact.CHANGED_FIELD, operator=Operator.IS, values=("priority",)),
            # Whoever made a rule that raises it has said there whom to tell.
            Condition(fact=Fact.CHANGED_BY, operator=Operator.IS_NOT, values=("rule",)),
            _IS_URGENT,
        ),
        actions=(_TELL_LEADERS,),
    ),
)


def seed(desk: Transacted, now: datetime) -> None:
    """Give a desk its first rules, once."""
    if desk.facts.get(SEEDED) is not None:
        return
    for settings in DEFAULT_RULES:
        desk.rules.add(new_rule(settings, now, changed_by=None))
    desk.facts.set(SEEDED, now.isoformat())


def new_rule(settings: RuleSettings, now: datetime, *, changed_by: int | None) -> Rule:
    """Return a rule with some settings, saved by somebody or by the desk itself."""
    return Rule(
        name=settings.name,
        active=settings.active,
        trigger=settings.trigger,
        settings=settings.model_dump_json(),
        version=1,
        fired=0,
        removed=False,
        changed_at=now,
        changed_by=changed_by,
    )
