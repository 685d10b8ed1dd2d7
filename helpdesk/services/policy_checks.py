# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the settings of a policy before they are used: its name, and what it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.sla import PolicySettings
from helpdesk.core.text import folded
from helpdesk.repositories.policies import Policy
from helpdesk.services.work import Transacted

_UNKNOWN = "That {what} does not exist; choose another."


def require_sound(
    desk: Transacted,
    wanted: PolicySettings,
    policies: Sequence[Policy],
    own_id: int | None = None,
) -> None:
    """Raise ``Invalid`` for the first thing that is wrong with the settings of a policy.

    ``own_id`` names the policy that they replace: what was chosen there before may stay, though
    it can be chosen no more.
    """
    others = {folded(each.name) for each in policies if each.id != own_id}
    if folded(wanted.name) in others:
        raise Invalid("Another policy has that name; choose a different one.", field="name")
    require_references(desk, wanted, next((e.settings for e in policies if e.id == own_id), None))


def require_references(
    desk: Transacted, wanted: PolicySettings, before: PolicySettings | None
) -> None:
    """Raise ``Invalid`` where something that the settings name cannot be chosen."""
    try:
        desk.calendars.get(wanted.calendar_id)
    except NotFound as error:
        raise Invalid(_UNKNOWN.format(what="calendar"), field="calendar_id") from error
    known = desk.policies
    kept = before.category_ids if before else ()
    _require("category", wanted.category_ids, known.categories(wanted.category_ids), kept)
    kept = before.team_ids if before else ()
    _require("team", wanted.team_ids, known.teams(wanted.team_ids), kept)
    people = dict.fromkeys(known.people(wanted.requester_ids), True)
    _require("requester", wanted.requester_ids, people, ())


def settings_of(change: PolicySettings) -> PolicySettings:
    """Return the settings alone, without what else comes with a change of them."""
    return PolicySettings.model_validate(
        {name: getattr(change, name) for name in PolicySettings.model_fields}
    )


def _require(
    what: str, wanted: Sequence[int], known: Mapping[int, bool], kept: Sequence[int]
) -> None:
    """Raise ``Invalid`` unless each can be chosen, or was chosen before and is still there."""
    if not all(known.get(id_) or (id_ in kept and id_ in known) for id_ in wanted):
        raise Invalid(_UNKNOWN.format(what=what), field=f"{what}_ids")
