# SPDX-License-Identifier: GPL-3.0-or-later
"""Says of a service level whose tickets it measures, and by which times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpdesk.core.schemas.sla import PolicyView, Target
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.widgets.times import span

_SHOWN = 3
_TIMES = (
    ("first_response", "first response"),
    ("next_response", "next response"),
    ("resolution", "resolution"),
)


def whom(policy: PolicyView, categories: Mapping[int, str], teams: Mapping[int, str]) -> str:
    """Say which tickets match: "Network or VPN, team Lyon, of Alice Moreau"."""
    parts = []
    if policy.category_ids:
        parts.append(_either([categories.get(id_, "another") for id_ in policy.category_ids]))
    if policy.team_ids:
        names = _either([teams.get(id_, "another") for id_ in policy.team_ids])
        parts.append(f"team {names}")
    if policy.requesters:
        parts.append(f"of {_either([person.full_name for person in policy.requesters])}")
    return ", ".join(parts) if parts else "Any ticket"


def place(policy_id: int, policies: Mapping[int, PolicyView]) -> str:
    """Say between which others one stands; a new one is put in front of them all."""
    names = [each.name for each in policies.values() if each.id != policy_id]
    at = list(policies).index(policy_id) if policy_id in policies else 0
    parts = []
    if at > 0:
        parts.append(f"after “{names[at - 1]}”")
    if at < len(names):
        parts.append(f"before “{names[at]}”")
    return f"stands {' and '.join(parts)}" if parts else ""


def times(targets: Sequence[Target]) -> str:
    """Say the times of all priorities: "first response 30 m to 8 h, resolution 4 h to 40 h"."""
    parts = []
    for field, name in _TIMES:
        minutes = [value for each in targets if (value := getattr(each, field)) is not None]
        if not minutes:
            continue
        least, most = min(minutes), max(minutes)
        said = span(least) if least == most else f"{span(least)} to {span(most)}"
        parts.append(f"{name} {said}")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def missing(targets: Sequence[Target], priorities: Sequence[str]) -> str:
    """Say which priorities are left to the next service level, if any are."""
    return f" · not for {_either(priorities)}" if priorities and targets else ""


def open_tickets(count: int) -> str:
    """Say how many open tickets are measured: "12 open tickets"."""
    return counted(count, "open ticket", "open tickets")


def _either(names: Sequence[str]) -> str:
    shown = list(names[:_SHOWN])
    left = len(names) - _SHOWN
    if left > 0:
        return f"{', '.join(shown)} or {left:,} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
