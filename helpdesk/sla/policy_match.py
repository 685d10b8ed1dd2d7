# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the policy that a ticket is measured by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeVar

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import PolicySettings, Target
from helpdesk.core.schemas.tickets import Priority

_SECONDS = 60


class HasSettings(Protocol):
    """Whatever stands for a policy."""

    @property
    def settings(self) -> PolicySettings:
        """Whose tickets it measures, by which targets."""


class Traits(NamedTuple):
    """What policies ask of a ticket."""

    priority: Priority
    category_id: int | None
    team_id: int | None
    requester_id: int


Policy = TypeVar("Policy", bound=HasSettings)


def match(
    policies: Iterable[Policy],
    priority: Priority,
    category_id: int | None,
    team_id: int | None,
    requester_id: int,
) -> tuple[Policy, Target] | None:
    """Return the first policy, in their order, that has a target for such a ticket."""
    ticket = Traits(priority, category_id, team_id, requester_id)
    for policy in policies:
        target = target_of(policy.settings, ticket)
        if target is not None:
            return policy, target
    return None


def target_of(policy: PolicySettings, ticket: Traits) -> Target | None:
    """Return the target that a policy has for a ticket, or ``None`` where it leaves it to others.

    A target may measure nothing: then the ticket is not measured, nor asked for further.
    """
    asked = (
        (policy.category_ids, ticket.category_id),
        (policy.team_ids, ticket.team_id),
        (policy.requester_ids, ticket.requester_id),
    )
    if not policy.active or any(chosen and own not in chosen for chosen, own in asked):
        return None
    of_priority = (target for target in policy.targets if target.priority is ticket.priority)
    return next(of_priority, None)


def seconds_of(target: Target, kind: ClockKind) -> int | None:
    """Return how long a clock has by a target, or ``None`` where it is not measured."""
    minutes: int | None = getattr(target, kind.value)
    return None if minutes is None else minutes * _SECONDS
