# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of people whom a directory or a provider knows: made once, then kept up to date.

An account belongs to the id that the directory gives, whatever its owner is called by now. One that
the desk has made itself is never taken over, whoever has the same name elsewhere; and the last
active admin stays one, whatever the groups say.
"""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from helpdesk.core.errors import Forbidden
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import EMAIL_PATTERN, USERNAME_PATTERN, Origin, Role
from helpdesk.core.text import NAME_LIMIT, ellipsis, folded, single_line
from helpdesk.models import User
from helpdesk.services.audit_trail import About, Change
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_NO_ROLE = "You are in none of the groups that may use this help desk; ask an admin for one."
_TAKEN = "There is another account called {name} at this desk; ask an admin to sort it out."
_UNUSABLE = "Your user name cannot be used at this desk: only letters, digits and . @ + - _ can."
_ENDED = "Your account at this desk was deactivated; ask an admin."


class Proven(NamedTuple):
    """Somebody whom a directory or a provider knows, and the role that their groups give them."""

    origin: Origin
    external_id: str
    username: str
    full_name: str
    email: str | None
    role: Role | None


def account_of(work: Work, person: Proven) -> User:
    """Return the account of somebody who has proved who they are, made where there is none.

    ``work`` is within a writing transaction. Raises ``Forbidden`` for who may not sign in.
    """
    if person.role is None:
        raise Forbidden(_NO_ROLE)
    user = work.desk.users.by_external_id(person.origin, person.external_id)
    if user is None:
        return _made(work, person, person.role)
    if not user.active:
        raise Forbidden(_ENDED)
    bring_up_to_date(work, user, person)
    return user


def bring_up_to_date(work: Work, user: User, person: Proven) -> bool:
    """Take over what the directory says of somebody, and return whether anything was new."""
    desk = work.desk
    changes = [*_renamed(desk, user, person), *_changed(user, person)]
    if changes:
        _note(desk, AuditAction.USER_CHANGED, user, changes)
    role = person.role
    has_new_role = role is not None and role is not user.role and _give_role(work, user, role)
    if changes or has_new_role:
        _saved(desk, user)
    return bool(changes) or has_new_role


def end_account(work: Work, user: User) -> bool:
    """End the account of somebody whom the directory has no more; the last admin's stays.

    Returns whether it was ended. Their sessions end, their open tickets go back to the queue.
    """
    desk = work.desk
    if not user.active or _is_last_admin(desk, user):
        return False
    user.active = False
    desk.sessions.end_of(user.id)
    _return_tickets(work, user)
    _note(desk, AuditAction.USER_DEACTIVATED, user, [("active", "yes", "no")])
    _saved(desk, user)
    return True


def _made(work: Work, person: Proven, role: Role) -> User:
    desk = work.desk
    if not re.fullmatch(USERNAME_PATTERN, person.username):
        raise Forbidden(_UNUSABLE)
    if desk.users.by_username(person.username) is not None:
        logger.warning("an account of the same name is there already, of another origin")
        raise Forbidden(_TAKEN.format(name=person.username))
    user = User.new(
        person.username, _name_of(person), _email_of(person), role, work.now
    )
    user.origin, user.external_id = person.origin, person.external_id
    desk.users.add(user)
    _note(
        desk,
        AuditAction.USER_ADDED,
        user,
        [("role", "", role.value), ("origin", "", person.origin.value)],
    )
    desk.changed("user", user.id)
    return user


def _renamed(desk: Transacted, user: User, person: Proven) -> list[Change]:
    """Follow a new user name, unless it is of no use here or somebody else's."""
    before, name = user.username, person.username
    if name == before or not re.fullmatch(USERNAME_PATTERN, name):
        return []
    other = desk.users.by_username(name)
    if other is not None and other.id != user.id:
        logger.warning("account %d keeps its user name: the new one is taken", user.id)
        return []
    user.username, user.username_folded = name, folded(name)
    return [("user name", before, name)]


def _changed(user: User, person: Proven) -> list[Change]:
    found: list[Change] = []
    if (name := _name_of(person)) != user.full_name:
        found.append(("name", user.full_name, name))
        user.rename(name)
    if (email := _email_of(person)) != user.email:
        found.append(("email", user.email or "", email or ""))
        user.email = email
    return found


def _give_role(work: Work, user: User, role: Role) -> bool:
    before = user.role
    if role is not Role.ADMIN and _is_last_admin(work.desk, user):
        logger.warning("account %d stays an admin: it is the last one that is active", user.id)
        return False
    user.role = role
    if role not in STAFF:
        _return_tickets(work, user)
    _note(work.desk, AuditAction.ROLE_CHANGED, user, [("role", before.value, role.value)])
    return True


def _is_last_admin(desk: Transacted, user: User) -> bool:
    is_admin = user.role is Role.ADMIN and user.active
    return is_admin and not desk.users.other_active_admins(user.id)


def _return_tickets(work: Work, user: User) -> None:
    """Put what somebody can no longer work on back into the queue."""
    # Whoever is asked for in the database has to be found as they are by now.
    work.desk.flush()
    for ticket in work.desk.tickets.open_of_assignee(user.id):
        changes = TicketChanges(work, ticket)
        changes.assign(None)
        ticket.touch(work.now)
        follow(work, changes)


def _note(desk: Transacted, action: AuditAction, user: User, changes: list[Change]) -> None:
    about = About("user", user.id, user.full_name)
    desk.audit.add(action, about, changes, actor=About("", None, user.origin.label))


def _saved(desk: Transacted, user: User) -> None:
    user.version += 1
    desk.flush()
    desk.changed("user", user.id)


def _name_of(person: Proven) -> str:
    return ellipsis(single_line(person.full_name) or person.username, NAME_LIMIT)


def _email_of(person: Proven) -> str | None:
    email = single_line(person.email or "")
    fits = re.fullmatch(EMAIL_PATTERN, email) and len(email) <= NAME_LIMIT
    return email if fits else None
