# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a rule as one sentence while it is written, in the words of the desk itself."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.rule_choices import NAMES
from helpdesk.core.rule_facts import Names as Named
from helpdesk.core.schemas.rules import Action, Condition, RuleSettings, Trigger
from helpdesk.rules.phrases import inside, listed
from helpdesk.rules.words import when, words_of_action, words_of_condition
from helpdesk.ui.settings.rules.draft import RuleDraft, action_problem, condition_problem
from helpdesk.ui.settings.rules.vocabulary import ACTIONS

_OPEN = "…"
"""Stands for what is not chosen yet."""


def sentence(draft: RuleDraft, named: Named) -> str:
    """Return when, if and then as one sentence, with gaps where something is missing."""
    asked = [_asked(each, named) for each in draft.conditions]
    others = [_asked(each, named) for each in draft.any_conditions]
    if others:
        either = listed(others, "or")
        asked.append(f"({either})" if asked and len(others) > 1 else either)
    condition = f", if {listed(asked, 'and')}" if asked else ""
    return f"{_when(draft)}{condition}: {_done(draft.actions, named)}"


def _when(draft: RuleDraft) -> str:
    if draft.trigger is Trigger.DUE and not draft.clocks:
        return f"When {_OPEN} is due"
    return when(RuleSettings.model_construct(**draft.values()))


def _asked(condition: Condition, named: Named) -> str:
    if condition_problem(condition):
        return f"{inside(NAMES[condition.fact])} {_OPEN}"
    return inside(words_of_condition(condition, named))


def _done(actions: Sequence[Action], named: Named) -> str:
    said = [
        f"{ACTIONS[each.kind].lower()} {_OPEN}"
        if action_problem(each)
        else words_of_action(each, named)
        for each in actions
    ]
    return "; ".join(said) or _OPEN
