# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policy measures a ticket."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from helpdesk.core.schemas.sla import PolicySettings, Target
from helpdesk.core.schemas.tickets import Priority
from helpdesk.sla.policy_match import match

URGENT, HIGH, LOW = Priority.URGENT, Priority.HIGH, Priority.LOW


class Kept(NamedTuple):
    settings: PolicySettings


def policy(name: str, *priorities: Priority, **others: Any) -> Kept:
    targets = tuple(Target(priority=each, resolution=60) for each in priorities)
    return Kept(PolicySettings(name=name, calendar_id=1, targets=targets, **others))


POLICIES = (
    policy("off", *Priority, active=False),
    policy("boss", URGENT, LOW, requester_ids=(7, 8)),
    policy("network team", URGENT, category_ids=(3, 4), team_ids=(1,)),
    policy("network", URGENT, HIGH, category_ids=(3,)),
    policy("team", *Priority, team_ids=(2,)),
    policy("rest", URGENT, HIGH),
)


@pytest.mark.parametrize(
    ("ticket", "name"),
    [
        ((URGENT, 3, 1, 7), "boss"),
        ((HIGH, 3, 1, 7), "network"),  # 'boss' has no target for High
        ((URGENT, 3, 1, 9), "network team"),
        ((URGENT, 4, 1, 9), "network team"),
        ((URGENT, 3, None, 9), "network"),
        ((URGENT, 4, None, 9), "rest"),
        ((URGENT, None, 2, 9), "team"),
        ((HIGH, None, None, 9), "rest"),
        ((LOW, 3, 1, 9), None),
    ],
)
def test_the_first_that_matches_and_has_a_target_counts(ticket, name):
    found = match(POLICIES, *ticket)
    assert (found and found[0].settings.name) == name
    assert found is None or found[1].priority is ticket[0]


def test_a_target_that_measures_nothing_ends_the_asking():
    quiet = Target(priority=LOW)
    unmeasured = Kept(PolicySettings(name="none", calendar_id=1, targets=(quiet,)))
    assert match((unmeasured, policy("rest", LOW)), LOW, None, None, 1) == (unmeasured, quiet)
