# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts somebody into teams, from where the person is shown and not the team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.teams import MOST_MEMBERS
from helpdesk.models import Team, User
from helpdesk.repositories.desk_changes import TEAM
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted

_NOT_STAFF = "Only technicians, managers and admins can be in a team; change the role first."
_NO_TEAM = "One of the teams does not exist any more; choose again."
_FULL = "There are {most:,} people in {name} already, and no more fit in."


def put_into(
    desk: Transacted, user: User, wanted: Collection[int], teams: Mapping[int, Team]
) -> bool:
    """Let somebody be in these of the desk's teams and no others; return whether that is news.

    Raises ``Invalid`` where that cannot be.
    """
    before = teams.keys() & set(desk.teams.teams_of(user.id))
    after = frozenset(wanted)
    if after == before:
        return False
    if after and user.role not in STAFF:
        raise Invalid(_NOT_STAFF, field="team_ids")
    if not after <= teams.keys():
        raise Invalid(_NO_TEAM, field="team_ids")
    for team_id in sorted(after - before):
        _require_room(desk, teams[team_id])
        desk.teams.put_in(team_id, [user.id])
    for team_id in sorted(before - after):
        desk.teams.take_out(team_id, [user.id])
    for team_id in before ^ after:
        # Whoever edits the team at this moment has to hear of it.
        teams[team_id].version += 1
    desk.changed(TEAM, *sorted(before ^ after))
    change = ("teams", _names(before, teams), _names(after, teams))
    desk.audit.add(AuditAction.TEAMS_CHANGED, about(user), [change])
    return True


def _require_room(desk: Transacted, team: Team) -> None:
    if desk.teams.size(team.id) >= MOST_MEMBERS:
        raise Invalid(_FULL.format(most=MOST_MEMBERS, name=team.name), field="team_ids")


def _names(team_ids: Iterable[int], teams: Mapping[int, Team]) -> str:
    return ", ".join(sorted(teams[team_id].name for team_id in team_ids))
