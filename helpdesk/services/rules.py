# SPDX-License-Identifier: GPL-3.0-or-later
"""Escalation steps and automation rules, as admins set them, and what they did."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.rules import (
    ActionKind,
    DryRun,
    DryRunAsk,
    RuleChange,
    RuleChoices,
    RuleOrder,
    RuleRun,
    RuleSettings,
    RuleView,
    RunPage,
    RunQuery,
    Trigger,
)
from helpdesk.core.text import folded
from helpdesk.models import Rule
from helpdesk.repositories.desk_changes import RULE
from helpdesk.repositories.policies import SLA_CHANGED
from helpdesk.repositories.rules import readable_settings
from helpdesk.rules.problems import mentioned, missing_in, problem_of
from helpdesk.rules.soundness import require_sound
from helpdesk.rules.words import words_of_rule
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.rule_defaults import new_rule
from helpdesk.services.rule_trials import RuleTrials
from helpdesk.services.work import Work

MOST_RULES = 100
_RIGHTS = {
    ActionKind.SET_PRIORITY: Permission.WORK_TICKET,
    ActionKind.RAISE_PRIORITY: Permission.WORK_TICKET,
    ActionKind.SET_STATUS: Permission.WORK_TICKET,
    ActionKind.SET_CATEGORY: Permission.WORK_TICKET,
    ActionKind.SET_TEAM: Permission.WORK_TICKET,
    ActionKind.ASSIGN_PERSON: Permission.ASSIGN_TICKET,
    ActionKind.ASSIGN_BY_WORKLOAD: Permission.ASSIGN_TICKET,
    ActionKind.ASSIGN_IN_TURN: Permission.ASSIGN_TICKET,
    ActionKind.ADD_NOTE: Permission.WRITE_INTERNAL_NOTE,
    ActionKind.NOTIFY: Permission.SEE_ALL_TICKETS,
    ActionKind.POST: Permission.SEE_ALL_TICKETS,
}
"""What whoever lets a rule do something must be allowed to do, which the scopes of a key narrow.

What is told and posted holds words of every ticket there is.
"""


_TOLD = ("name", "active", "words")
"""What the audit log tells of a rule."""


class Rules:
    """What the desk does by itself."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/rules", permission=Permission.SEE_RULES)
    def all(self) -> tuple[RuleView, ...]:
        """List the rules in the order in which they are tried."""
        return self._views(self._work.desk.rules.all())

    @operation("GET", "/rules/choices", permission=Permission.SEE_RULES)
    def choices(self) -> RuleChoices:
        """List what conditions and actions can name."""
        return self._work.desk.rules.choices()

    @operation("POST", "/rules", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: RuleSettings) -> RuleView:
        """Add a rule behind the others."""
        rules = self._work.desk.rules
        self._require_good(new, None)
        rule = rules.add(new_rule(new, self._work.now, changed_by=self._work.actor.id))
        view = self._saved(rule, was_step=False)
        self._work.desk.audit.set_up(_about(rule), added(view, _TOLD))
        return view

    @operation("PUT", "/rules/{rule_id}", permission=Permission.SET_UP_RULES)
    def change(self, rule_id: int, change: RuleChange) -> RuleView:
        """Change a rule from now on; steps that have fired do not fire again."""
        rule = self._work.desk.rules.get(rule_id)
        if rule.version != change.version:
            sentence = f"{rule.name} was changed in the meantime; look and try again."
            raise Conflict(sentence, current=self._view(rule))
        settings = RuleSettings.model_validate(change.model_dump(exclude={"version"}))
        self._require_good(settings, rule)
        was_step, before = rule.trigger is Trigger.DUE, self._views((rule,))
        rule.name, rule.active, rule.trigger = settings.name, settings.active, settings.trigger
        rule.settings = settings.model_dump_json()
        rule.version += 1
        rule.changed_at, rule.changed_by = self._work.now, self._work.actor.id
        view = self._saved(rule, was_step=was_step)
        changes = changes_of(before[0] if before else None, view, _TOLD)
        self._work.desk.audit.set_up(_about(rule), changes)
        return view

    @operation("DELETE", "/rules/{rule_id}", permission=Permission.SET_UP_RULES)
    def remove(self, rule_id: int) -> None:
        """Remove a rule; the log of what it did stays."""
        rule = self._work.desk.rules.get(rule_id)
        rule.removed = True
        rule.version += 1
        self._work.desk.audit.set_up(_about(rule), removed())
        self._tell(rule, is_step=rule.trigger is Trigger.DUE)

    @operation("POST", "/rules/order", permission=Permission.SET_UP_RULES)
    def arrange(self, order: RuleOrder) -> tuple[RuleView, ...]:
        """Change the order in which the rules are tried."""
        desk = self._work.desk
        rules = {rule.id: rule for rule in desk.rules.all()}
        if len(order.rule_ids) != len(rules) or set(order.rule_ids) != rules.keys():
            raise Conflict("The rules have changed in the meantime; look and order them again.")
        names = {rule.id: rule.name for rule in rules.values()}
        was, now = ({"order": [names[id_] for id_ in ids]} for ids in (rules, order.rule_ids))
        desk.audit.set_up(About("rule", name="Rules"), changes_of(was, now, ("order",)))
        for position, rule_id in enumerate(order.rule_ids, start=1):
            rules[rule_id].position = position
        desk.flush()
        desk.changed(RULE, *rules)
        return self._views([rules[rule_id] for rule_id in order.rule_ids])

    @operation(
        "POST", "/rules/dry-run", permission=Permission.SEE_RULES, transaction=Transaction.READ
    )
    def dry_run(self, ask: DryRunAsk) -> DryRun:
        """Tell what a rule would have done to the newest tickets; nothing is changed."""
        self._require_sight()
        require_sound(ask.rule)
        self._require_known(ask.rule)
        return RuleTrials(self._work).dry_run(ask)

    @operation("GET", "/rules/runs", permission=Permission.SEE_RULES)
    def runs(self, query: RunQuery) -> RunPage:
        """List what rules did, newest first."""
        self._require_sight()
        return self._work.desk.rules.runs(query)

    @operation("GET", "/tickets/{ticket_id}/rule-runs", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Tell which rules fired on a ticket and why, newest first."""
        desk = self._work.desk
        return desk.rules.runs_of(desk.tickets.get(ticket_id).id)

    @operation("GET", "/tickets/{ticket_id}/rule-trials", permission=Permission.WORK_TICKET)
    def explain(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Try every rule on a ticket as it is now, condition by condition; nothing is changed."""
        return RuleTrials(self._work).explain(self._work.desk.tickets.get(ticket_id).id)

    def _require_good(self, settings: RuleSettings, rule: Rule | None) -> None:
        """Raise ``Invalid`` for a rule that could not work, or could not be told from another."""
        others = [each for each in self._work.desk.rules.all() if each is not rule]
        if len(others) >= MOST_RULES:
            raise Invalid(f"A desk has at most {MOST_RULES} rules; remove one first.")
        if folded(settings.name) in {folded(each.name) for each in others}:
            sentence = f"There is a rule {settings.name} already; choose another name."
            raise Invalid(sentence, field="name")
        require_sound(settings)
        self._require_known(settings)
        if not all(
            self._work.actor.may(_RIGHTS[action.kind])
            for action in settings.actions
            if action.kind in _RIGHTS
        ):
            raise Forbidden(
                "An API key cannot let a rule do what it may not do itself; give it these scopes."
            )

    def _require_sight(self) -> None:
        """Raise ``Forbidden`` for an API key that may see no tickets, but rules."""
        if not self._work.actor.may(Permission.SEE_ALL_TICKETS):
            raise Forbidden("What rules make of tickets takes a key that may see all tickets.")

    def _require_known(self, settings: RuleSettings) -> None:
        """Raise ``Invalid`` where it names what does not exist, or, if active, what has left."""
        names = self._work.desk.rules.names(mentioned((settings,)))
        problem = problem_of(settings, names)
        if problem and (settings.active or missing_in(settings, names)):
            raise Invalid(problem, field="actions")

    def _saved(self, rule: Rule, *, was_step: bool) -> RuleView:
        self._work.desk.flush()
        self._tell(rule, is_step=was_step or rule.trigger is Trigger.DUE)
        return self._view(rule)

    def _tell(self, rule: Rule, *, is_step: bool) -> None:
        desk = self._work.desk
        desk.changed(RULE, rule.id)
        if is_step:
            desk.facts.set(SLA_CHANGED, secrets.token_hex(8))

    def _view(self, rule: Rule) -> RuleView:
        return self._views((rule,))[0]

    def _views(self, rules: Iterable[Rule]) -> tuple[RuleView, ...]:
        """Return some rules as people see them; one that cannot be read is left out."""
        read = [(rule, readable_settings(rule.id, rule.settings)) for rule in rules]
        known = [(rule, settings) for rule, settings in read if settings is not None]
        names = self._work.desk.rules.names(mentioned(settings for _, settings in known))
        return tuple(
            RuleView(
                id=rule.id,
                name=rule.name,
                position=rule.position,
                active=rule.active,
                settings=settings,
                words=words_of_rule(settings, names),
                problem=problem_of(settings, names),
                fired=rule.fired,
                last_fired_at=rule.last_fired_at,
                version=rule.version,
            )
            for rule, settings in known
        )


def _about(rule: Rule) -> About:
    return About("rule", rule.id, rule.name)
