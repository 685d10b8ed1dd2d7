# SPDX-License-Identifier: GPL-3.0-or-later
"""Service levels: which tickets must be answered and solved within what time."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.rule_facts import Mentioned
from helpdesk.core.schemas.clocks import TicketClock
from helpdesk.core.schemas.sla import (
    PolicyChange,
    PolicyOrder,
    PolicySettings,
    PolicyView,
    WhatIf,
    WhatIfAsk,
)
from helpdesk.repositories.calendars import days_of
from helpdesk.repositories.policies import NO_POLICY, Policy
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.calendar_checks import require_sound as require_sound_calendar
from helpdesk.services.clock_view import clock_view
from helpdesk.services.policy_checks import require_references, require_sound, settings_of
from helpdesk.services.sla_changes import sla_changed
from helpdesk.services.what_if import MOST_TICKETS, since, what_if, worlds_of
from helpdesk.services.work import Work
from helpdesk.sla.calendar import WorkingCalendar, working_calendar

MOST_POLICIES = 100
"""So many can be put into an order at once."""
_FULL = f"There are {MOST_POLICIES} policies already; remove one that is not needed."
_CHANGED = "The policy was changed in the meantime; look at the new state and try again."
_OTHERS = "Policies were added or removed in the meantime; look at the new list and try again."


_TOLD = ("name", "active", "calendar", "targets", "categories", "teams", "requesters")
"""What the audit log tells of a policy."""


class Policies:
    """The service level policies, and the clock of each ticket."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/sla-policies", permission=Permission.SEE_RULES)
    def all(self) -> tuple[PolicyView, ...]:
        """List the policies in the order in which they are asked."""
        return self._views(self._work.desk.policies.all())

    @operation("POST", "/sla-policies", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: PolicySettings) -> PolicyView:
        """Add a policy in front of the others; open tickets that it matches are measured anew."""
        desk = self._work.desk
        others = desk.policies.all()
        if len(others) >= MOST_POLICIES:
            raise Invalid(_FULL)
        require_sound(desk, new, others)
        made = desk.policies.add(new, self._work.now, self._work.actor.id)
        sla_changed(desk, made.id)
        view = self._view(made.id)
        desk.audit.set_up(_about(view), added(self._told(new, view.calendar), _TOLD))
        return view

    @operation("PUT", "/sla-policies/{policy_id}", permission=Permission.SET_UP_RULES)
    def change(self, policy_id: int, change: PolicyChange) -> PolicyView:
        """Change a policy; the clocks of open tickets keep what they counted."""
        desk = self._work.desk
        policy = desk.policies.get(policy_id)
        if policy.version != change.version:
            raise Conflict(_CHANGED, current=self._view(policy_id))
        others = desk.policies.all()
        in_force = next(each for each in others if each.id == policy_id)
        before = in_force.settings
        wanted = settings_of(change)
        require_sound(desk, wanted, others, policy_id)
        if wanted != before:
            desk.policies.change(policy, wanted, self._work.now, self._work.actor.id)
            sla_changed(desk, policy_id)
            desk.flush()
        view = self._view(policy_id)
        if wanted != before:
            states = self._told(before, in_force.calendar), self._told(wanted, view.calendar)
            desk.audit.set_up(_about(view), changes_of(*states, _TOLD))
        return view

    @operation("DELETE", "/sla-policies/{policy_id}", permission=Permission.SET_UP_RULES)
    def remove(self, policy_id: int) -> None:
        """Remove a policy; its open tickets are left to the others."""
        desk = self._work.desk
        policy = desk.policies.get(policy_id)
        desk.audit.set_up(About("policy", policy_id, policy.name), removed())
        policy.removed = True
        policy.version += 1
        policy.changed_at, policy.changed_by = self._work.now, self._work.actor.id
        sla_changed(desk, policy_id)

    @operation("POST", "/sla-policies/order", permission=Permission.SET_UP_RULES)
    def arrange(self, order: PolicyOrder) -> tuple[PolicyView, ...]:
        """Change the order in which the policies are asked."""
        desk, wanted = self._work.desk, order.policy_ids
        policies = {policy.id: policy.name for policy in desk.policies.all()}
        before = list(policies)
        if sorted(wanted) != sorted(before):
            raise Conflict(_OTHERS)
        if list(wanted) != before:
            desk.policies.arrange(wanted)
            sla_changed(desk, wanted[0])
            was, now = ({"order": [policies[id_] for id_ in ids]} for ids in (before, wanted))
            desk.audit.set_up(About("policy", name="Policies"), changes_of(was, now, ("order",)))
        return self.all()

    @operation(
        "POST",
        "/sla-policies/what-if",
        permission=Permission.SEE_RULES,
        transaction=Transaction.READ,
    )
    def what_if(self, ask: WhatIfAsk) -> WhatIf:
        """Tell how the last days would have gone under a policy that is not saved yet."""
        desk, now = self._work.desk, self._work.now
        policies = desk.policies.all()
        before = next((each.settings for each in policies if each.id == ask.policy_id), None)
        if ask.policy_id is not None and before is None:
            raise NotFound(NO_POLICY)
        require_references(desk, ask.policy, before)
        worlds = worlds_of(ask, policies, self._calendar_of(ask))
        past = desk.histories(worlds.settings, since(ask, now), MOST_TICKETS)
        return what_if(ask, worlds, past, now)

    @operation("GET", "/tickets/{ticket_id}/clock", permission=Permission.SEE_OWN_TICKETS)
    def clock(self, ticket_id: int) -> TicketClock:
        """Explain every minute of a ticket: what counted, what did not, why, and by whom."""
        return clock_view(self._work, ticket_id)

    # --- how ----------------------------------------------------------------------------------

    def _calendar_of(self, ask: WhatIfAsk) -> WorkingCalendar:
        """Return what a policy would be counted by: its calendar, or other hours of it."""
        kept = self._work.desk.calendars.view(ask.policy.calendar_id)
        if ask.calendar is None:
            return working_calendar(kept.settings.model_dump_json(), kept.feed_days)
        settings = ask.calendar
        require_sound_calendar(settings, self._work.settings.channels.allowed_hosts)
        feeds = (feed for feed in kept.feeds if feed.url in settings.feeds)
        return WorkingCalendar.of(settings, days_of(feeds))

    def _told(self, settings: PolicySettings, calendar: str) -> dict[str, object]:
        """Return what the audit log tells of a policy, by names."""
        chosen = settings.category_ids, settings.team_ids, settings.requester_ids
        names = self._work.desk.rules.names_once(Mentioned(*map(frozenset, chosen)))
        known = names.categories, names.teams, names.people
        categories, teams, requesters = (
            [by_id[id_].name for id_ in ids if id_ in by_id]
            for ids, by_id in zip(chosen, known, strict=True)
        )
        return {
            "name": settings.name,
            "active": settings.active,
            "calendar": calendar,
            "targets": settings.targets,
            "categories": categories,
            "teams": teams,
            "requesters": requesters,
        }

    def _view(self, policy_id: int) -> PolicyView:
        return next(view for view in self.all() if view.id == policy_id)

    def _views(self, policies: Sequence[Policy]) -> tuple[PolicyView, ...]:
        repository = self._work.desk.policies
        requesters = repository.people(
            id_ for policy in policies for id_ in policy.settings.requester_ids
        )
        measured = repository.open_tickets()
        return tuple(
            PolicyView(
                id=policy.id,
                name=policy.name,
                position=position,
                active=policy.settings.active,
                calendar_id=policy.settings.calendar_id,
                calendar=policy.calendar,
                targets=policy.settings.targets,
                category_ids=policy.settings.category_ids,
                team_ids=policy.settings.team_ids,
                requesters=tuple(
                    requesters[id_] for id_ in policy.settings.requester_ids if id_ in requesters
                ),
                open_tickets=measured.get(policy.id, 0),
                version=policy.version,
            )
            for position, policy in enumerate(policies, start=1)
        )


def _about(view: PolicyView) -> About:
    return About("policy", view.id, view.name)
