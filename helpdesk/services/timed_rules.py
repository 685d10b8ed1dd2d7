# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by time: which open tickets they match now, and what they then do, ticket by ticket."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.rule_facts import Names
from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.rules import Trigger
from helpdesk.repositories.rule_material import once_by_time
from helpdesk.rules.conditions import matches
from helpdesk.services.counting import Counting
from helpdesk.services.notifying import Notifying
from helpdesk.services.rule_engine import RuleEngine
from helpdesk.services.work import Work

AT_ONCE = 200
"""So many are done in one run of the job; the others wait for the next."""
_NAMES = Names()


class DueRule(Request):
    """A rule by time that may fire on a ticket."""

    rule_id: Id
    ticket_id: Id


class DueRules(Result):
    """The rules by time that may fire now, each with a ticket."""

    items: tuple[DueRule, ...]


class TimedRules:
    """Steps of the job that fires rules by time; no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/rules/steps/due",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.READ,
    )
    def due(self) -> DueRules:
        """Return which rules by time match which open tickets, in the order of the rules."""
        desk, now = self._work.desk, self._work.now
        found: list[DueRule] = []
        for rule, settings in desk.rules.of_trigger(Trigger.TIME):
            if len(found) >= AT_ONCE:
                break
            with closing(desk.rule_material.candidates(rule.id, settings, now)) as candidates:
                matching = (each for each in candidates if matches(settings, each.facts, _NAMES))
                for each in islice(matching, AT_ONCE - len(found)):
                    found.append(DueRule(rule_id=rule.id, ticket_id=each.id))
        return DueRules(items=tuple(found))

    @operation("POST", "/rules/steps/fire", permission=Permission.SET_UP_RULES)
    def fire(self, due: DueRule) -> bool:
        """Fire a rule on a ticket if it still matches, and return whether it did."""
        work, desk = self._work, self._work.desk
        ticket = desk.tickets.get(due.ticket_id)
        newest = desk.rule_material.newest_event_by_person(ticket.id)
        once = f"{once_by_time(due.rule_id)}{ticket.id}:event:{newest}"
        happened = RuleEngine(work).at_time(due.rule_id, ticket, once)
        if not happened:
            return False
        Notifying(work).tell(ticket, happened)
        Counting(work).follow(ticket, happened)
        desk.changed("ticket", ticket.id)
        return True
