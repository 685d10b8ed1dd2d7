# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives clocks to tickets that have none, and measures open tickets anew by changed policies.

For desks that are older than service levels, for what an import has brought, and for every open
ticket once a policy, a calendar or an escalation step is another. In short transactions, each of
some tickets, so that people can go on working in between.
"""

from __future__ import annotations

from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Result
from helpdesk.repositories.facts import ALL_TAKEN_UP, TAKEN_UP
from helpdesk.repositories.policies import SLA_CHANGED
from helpdesk.services import rule_defaults, sla_defaults
from helpdesk.services.clocks import Clocks
from helpdesk.services.work import Work

MEASURED = "sla_measured"
"""The change of policies and calendars that all open tickets were measured by."""


class Waiting(Result):
    """What there is to do, and which state of the desk that is true for."""

    is_new: bool
    """Whether the desk lacks what a new one begins with."""
    without_clocks: tuple[int, ...]
    taken_up: str
    to_measure: tuple[int, ...]
    measured: str
    is_settled: bool
    """Whether nothing waits."""


class TakingUp:
    """Steps of bringing clocks in step with the desk; a job takes them, no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/clocks/steps/waiting",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.READ,
    )
    def waiting(self) -> Waiting:
        """Return which tickets wait for clocks or to be measured anew; mostly there are none."""
        desk = self._work.desk
        begun = (sla_defaults.BEGUN, rule_defaults.SEEDED)
        facts = desk.facts.some(*begun, TAKEN_UP, SLA_CHANGED, MEASURED)
        taken_up, changed = facts.get(TAKEN_UP, ""), facts.get(SLA_CHANGED, "")
        has_changed = changed != facts.get(MEASURED, "")
        return Waiting(
            is_new=not facts.keys() >= set(begun),
            without_clocks=tuple(desk.clocks.unmeasured()) if taken_up != ALL_TAKEN_UP else (),
            taken_up=taken_up,
            to_measure=tuple(desk.clocks.measured()) if has_changed else (),
            measured=changed,
            is_settled=taken_up == ALL_TAKEN_UP and not has_changed,
        )

    @operation("POST", "/clocks/steps/begin", permission=Permission.SET_UP_RULES)
    def begin(self) -> None:
        """Give a desk that is older than service levels what a new desk begins with."""
        desk, now = self._work.desk, self._work.now
        sla_defaults.begin(desk, self._work.settings, now)
        rule_defaults.seed(desk, now)

    @operation("POST", "/clocks/steps/take-up", permission=Permission.SET_UP_RULES)
    def take_up(self, ticket_ids: tuple[int, ...]) -> int:
        """Give some tickets clocks, and return how many still had none."""
        clocks = self._work.desk.clocks
        tickets = clocks.without(ticket_ids)
        Clocks(self._work).take_up(tickets)
        return len(tickets)

    @operation("POST", "/clocks/steps/measure", permission=Permission.SET_UP_RULES)
    def measure_anew(self, ticket_ids: tuple[int, ...]) -> int:
        """Measure some open tickets by what is in force, and return for how many that differs."""
        clocks = Clocks(self._work)
        tickets = self._work.desk.clocks.tickets(ticket_ids)
        return sum(clocks.measure_anew(ticket) for ticket in tickets)

    @operation("POST", "/clocks/steps/done", permission=Permission.SET_UP_RULES)
    def done(self, waiting: Waiting, *, has_changed: bool) -> None:
        """Note that all of it was seen to, unless more has come to wait in the meantime.

        Tickets that were seen to have no entry in the history: windows load everything anew.
        """
        facts = self._work.desk.facts
        if (facts.get(TAKEN_UP) or "") == waiting.taken_up:
            facts.set(TAKEN_UP, ALL_TAKEN_UP)
        facts.set(MEASURED, waiting.measured)
        if has_changed:
            self._work.desk.feed.begin_anew()
