# SPDX-License-Identifier: GPL-3.0-or-later
"""How people are told of what as long as they have not chosen otherwise, as data."""

from __future__ import annotations

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.notifications import FOR_REQUESTERS, Delivery, Happening, Preference
from helpdesk.core.schemas.users import Role

_MANAGERS = (Role.MANAGER, Role.ADMIN)


def _usual(happening: Happening, *, app: bool, desktop: bool, mail: bool) -> Preference:
    delivery = Delivery.NOW if mail else Delivery.OFF
    return Preference(happening=happening, app=app, desktop=desktop, mail=delivery)


def _everywhere(happening: Happening) -> Preference:
    return _usual(happening, app=True, desktop=True, mail=True)


def _in_app(happening: Happening) -> Preference:
    return _usual(happening, app=True, desktop=False, mail=False)


_ROWS = (
    # What happens to one's own ticket.
    _everywhere(Happening.RECEIVED),
    _everywhere(Happening.ANSWERED),
    _everywhere(Happening.UPDATED),
    _everywhere(Happening.SOLVED),
    _everywhere(Happening.FOLLOWED),
    # What happens to the tickets of others, for staff.
    _usual(Happening.NEW_TICKET, app=False, desktop=False, mail=False),
    _everywhere(Happening.ASSIGNED),
    _in_app(Happening.TEAM_ASSIGNED),
    _everywhere(Happening.MENTIONED),
    _everywhere(Happening.CUSTOMER_REPLIED),
    _in_app(Happening.NOTED),
    _in_app(Happening.CHANGED),
    _everywhere(Happening.REOPENED),
    _everywhere(Happening.URGENT),
    _usual(Happening.DUE_SOON, app=True, desktop=True, mail=False),
    _everywhere(Happening.OVERDUE),
    _everywhere(Happening.ESCALATED),
    _usual(Happening.WOKEN, app=True, desktop=True, mail=False),
    _in_app(Happening.RATED),
)
USUAL: dict[Happening, Preference] = {row.happening: row for row in _ROWS}
"""The usual way for each happening."""

_FOR_TECHNICIANS = tuple(each for each in Happening if each is not Happening.URGENT)
CONCERNS: dict[Role, tuple[Happening, ...]] = {
    role: tuple(Happening)
    if role in _MANAGERS
    else (_FOR_TECHNICIANS if role in STAFF else FOR_REQUESTERS)
    for role in Role
}
"""What each role can be told of."""

URGENT_BY_NATURE = frozenset({Happening.URGENT, Happening.OVERDUE})
"""What stays until it is seen, whoever asks for it."""

_WEIGHTIEST_FIRST = (
    Happening.URGENT,
    Happening.OVERDUE,
    Happening.ESCALATED,
    Happening.ASSIGNED,
    Happening.DUE_SOON,
    Happening.MENTIONED,
    Happening.REOPENED,
    Happening.CUSTOMER_REPLIED,
    Happening.WOKEN,
    Happening.SOLVED,
    Happening.ANSWERED,
    Happening.TEAM_ASSIGNED,
    Happening.NOTED,
    Happening.RATED,
    Happening.RECEIVED,
    Happening.CHANGED,
    Happening.UPDATED,
    Happening.FOLLOWED,
    Happening.NEW_TICKET,
)
WEIGHTS: dict[Happening, int] = {
    happening: weight for weight, happening in enumerate(reversed(_WEIGHTIEST_FIRST))
}
"""Of several things that happen at once somebody is told of the weightiest alone."""

QUIET_FROM, QUIET_UNTIL = 22 * 60, 7 * 60
DIGEST_AT = 8 * 60
TIME_ZONE = "UTC"
"""Quiet hours, digest and time zone of who has set none."""


def told_as(happening: Happening, role: Role) -> Happening:
    """Return as what somebody of a role is told of a happening that may not concern it.

    A rule may tell anybody: for a requester that is news of the ticket, for a technician that a
    rule tells of one.
    """
    if happening in CONCERNS[role]:
        return happening
    return Happening.ESCALATED if role in STAFF else Happening.UPDATED
