# SPDX-License-Identifier: GPL-3.0-or-later
"""Escalation steps and automation rules, as admins set them, and what they did."""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.rules import (
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
)
from helpdesk.services.work import Work


class Rules:
    """What the desk does by itself."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/rules", permission=Permission.SEE_RULES)
    def all(self) -> tuple[RuleView, ...]:
        """List the rules in the order in which they are tried."""
        raise NotImplementedError

    @operation("GET", "/rules/choices", permission=Permission.SEE_RULES)
    def choices(self) -> RuleChoices:
        """List what conditions and actions can name."""
        raise NotImplementedError

    @operation("POST", "/rules", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: RuleSettings) -> RuleView:
        """Add a rule behind the others."""
        raise NotImplementedError

    @operation("PUT", "/rules/{rule_id}", permission=Permission.SET_UP_RULES)
    def change(self, rule_id: int, change: RuleChange) -> RuleView:
        """Change a rule from now on; steps that have fired do not fire again."""
        raise NotImplementedError

    @operation("DELETE", "/rules/{rule_id}", permission=Permission.SET_UP_RULES)
    def remove(self, rule_id: int) -> None:
        """Remove a rule; the log of what it did stays."""
        raise NotImplementedError

    @operation("POST", "/rules/order", permission=Permission.SET_UP_RULES)
    def arrange(self, order: RuleOrder) -> tuple[RuleView, ...]:
        """Change the order in which the rules are tried."""
        raise NotImplementedError

    @operation(
        "POST", "/rules/dry-run", permission=Permission.SEE_RULES, transaction=Transaction.READ
    )
    def dry_run(self, ask: DryRunAsk) -> DryRun:
        """Tell what a rule would have done to the newest tickets; nothing is changed."""
        raise NotImplementedError

    @operation("GET", "/rules/runs", permission=Permission.SEE_RULES)
    def runs(self, query: RunQuery) -> RunPage:
        """List what rules did, newest first."""
        raise NotImplementedError

    @operation("GET", "/tickets/{ticket_id}/rule-runs", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Tell which rules fired on a ticket and why, newest first."""
        raise NotImplementedError

    @operation("GET", "/tickets/{ticket_id}/rule-trials", permission=Permission.WORK_TICKET)
    def explain(self, ticket_id: int) -> tuple[RuleRun, ...]:
        """Try every rule on a ticket as it is now, condition by condition; nothing is changed."""
        raise NotImplementedError
