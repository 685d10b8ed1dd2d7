# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule as it stands in the editor, which may still be half done; it is kept until it is saved."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from helpdesk.core.rule_choices import NAMES, TAKES, Takes, facts_for
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    Operator,
    RuleSettings,
    Trigger,
)

NO_NAME: Final = "Give it a name, such as “Overdue: tell managers”."
NO_CLOCK: Final = "Choose at least one clock."
NO_VALUE: Final = "Choose at least one value."
NO_WORD: Final = "Type at least one word, and Enter."
NO_NUMBER: Final = "Type whole numbers, such as 3."
NO_ACTION: Final = "Say at least one thing that is to be done."
_OF_TRIGGER = {
    Trigger.CREATED: "of a new ticket",
    Trigger.CHANGED: "of a changed ticket",
    Trigger.DUE: "here",
    Trigger.TIME: "as time passes",
}
_NO_AUDIENCE = "Choose who is told."
_NO_TEXT = "Write what it says."
_NO_TARGET = {
    ActionKind.SET_CATEGORY: "Choose a category.",
    ActionKind.SET_TEAM: "Choose a team.",
    ActionKind.ASSIGN_PERSON: "Choose a person.",
    ActionKind.POST: "Choose a chat channel.",
}


class RuleDraft(BaseModel):
    """What is in the fields, whether or not a rule can be made of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = ""
    active: bool = True
    trigger: Trigger
    clocks: tuple[ClockKind, ...] = ()
    offset_minutes: int = 0
    conditions: tuple[Condition, ...] = ()
    any_conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()

    @classmethod
    def of(cls, settings: RuleSettings) -> RuleDraft:
        """Begin with a rule as it is."""
        return cls.model_validate(settings.model_dump(include=set(cls.model_fields)))

    @classmethod
    def kept(cls, text: str) -> RuleDraft | None:
        """Return what was kept, or ``None`` where nothing can be read."""
        try:
            return cls.model_validate_json(text) if text else None
        except ValidationError:
            return None

    def settings(self) -> RuleSettings:
        """Return the rule. Raises ``ValidationError`` for what cannot be one."""
        return RuleSettings.model_validate(self.values())

    def values(self) -> dict[str, Any]:
        """Return the fields, for a rule or a change of one."""
        return self.model_dump()

    def changes_from(self, other: RuleDraft) -> int:
        """Return how many parts differ."""
        mine, theirs = self.values(), other.values()
        return sum(mine[name] != theirs[name] for name in mine)


def new_draft(trigger: Trigger) -> RuleDraft:
    """Return what a new rule begins with."""
    if trigger is not Trigger.DUE:
        return RuleDraft(trigger=trigger, actions=(Action(kind=ActionKind.ASSIGN_BY_WORKLOAD),))
    told = Action(kind=ActionKind.NOTIFY, audiences=(Audience.ASSIGNEE,))
    return RuleDraft(
        trigger=trigger, clocks=(ClockKind.RESOLUTION,), offset_minutes=-30, actions=(told,)
    )


def condition_problem(condition: Condition, trigger: Trigger | None = None) -> str:
    """Say what keeps a condition from being asked, of tickets that are met so, or nothing."""
    fact = condition.fact
    if trigger is not None and fact not in facts_for(trigger):
        return (
            f"“{NAMES[fact]}” says nothing {_OF_TRIGGER[trigger]}; choose another, or take it out."
        )
    if condition.operator is Operator.IS_EMPTY:
        return ""
    if not condition.values:
        return NO_WORD if TAKES[fact] is Takes.WORDS else NO_VALUE
    numbers = TAKES[fact] is Takes.COUNT
    if numbers and not all(value.isascii() and value.isdigit() for value in condition.values):
        return NO_NUMBER
    return ""


def action_problem(action: Action) -> str:
    """Say what keeps an action from being done, or nothing."""
    kind = action.kind
    if kind is ActionKind.NOTIFY and not (action.audiences or action.person_ids):
        return _NO_AUDIENCE
    if kind in _NO_TARGET and action.target_id is None:
        return _NO_TARGET[kind]
    if kind is ActionKind.ADD_NOTE and not action.text.strip():
        return _NO_TEXT
    return ""
