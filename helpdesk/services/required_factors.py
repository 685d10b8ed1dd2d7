# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends what people have begun without the second factor that their role needs from now on.

They set up an app with their next sign-in; without this they would go on without one for weeks.
"""

from __future__ import annotations

from collections.abc import Collection

from helpdesk.core.schemas.users import Role
from helpdesk.services.security_setup import FACT, security_of
from helpdesk.services.work import Transacted, Work


def end_without_factor(
    desk: Transacted,
    roles: Collection[Role],
    *,
    people: Collection[int] | None = None,
    but: str | None = None,
) -> None:
    """End sessions and waiting sign-ins in some roles, of who has no app; of some people alone.

    ``but`` is the hash of the token of a session that goes on.
    """
    if not roles:
        return
    desk.flush()
    lacking = desk.second_factors.lacking(roles, people)
    desk.sessions.end_of_some(lacking, but=but)
    desk.pending_sign_ins.end_of_some(lacking)


def end_in_new_roles(work: Work, desk: Transacted, people: Collection[int]) -> None:
    """End what people have begun without the factor that the role needs which they got just now."""
    if not people:
        return
    rules = security_of(work.settings.security, desk.facts.get(FACT))
    end_without_factor(desk, rules.second_factor_roles, people=people)
