# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of people whom a directory or a provider knows: made once, then kept up to date.

An account belongs to the id that the directory gives, whatever its owner is called by now. One that
the desk has made itself is never taken over, whoever has the same name elsewhere; and the last
active admin stays one, whatever the groups say.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import NamedTuple

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import EMAIL_PATTERN, USERNAME_PATTERN, AccountOrigin, Role
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line
from helpdesk.models import User
from helpdesk.repositories.desk_changes import USER
from helpdesk.repositories.users import KeptAccount
from helpdesk.services.audit_trail import About
from helpdesk.services.user_changes import UserChanges
from helpdesk.services.user_rules import about, require_other_admin
from helpdesk.services.user_tickets import TicketsLeft
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_NO_ROLE = "You are in none of the groups that may use this help desk; ask an admin for one."
_TAKEN = "There is another account called {name} at this desk; ask an admin to sort it out."
_UNUSABLE = "Your user name cannot be used at this desk: only letters, digits and . @ + - _ can."
_CANNOT_BE_MADE = (
    "You have no account at this desk yet, and it can only be read here; sign in where it can be"
    " written."
)
_ENDED = "Your account at this desk was deactivated; ask an admin."


class Proven(NamedTuple):
    """Somebody whom a directory or a provider knows, and the role that their groups give them."""

    origin: AccountOrigin
    external_id: str
    username: str
    full_name: str
    email: str | None
    role: Role | None


class DirectoryAccounts:
    """The accounts that one call makes or changes, as the program itself."""

    def __init__(self, work: Work) -> None:
        """Bind to a call that works in steps, as ``Work.as_program`` returns it."""
        self._work = work
        self._left: list[TicketsLeft] = []

    def of(self, desk: Transacted, person: Proven) -> User:
        """Return the account of somebody who has proved who they are, made where there is none.

        ``desk`` can be written. Raises ``Forbidden`` for who may not sign in.
        """
        if person.role is None:
            raise Forbidden(_NO_ROLE)
        user = desk.users.by_external_id(person.origin, person.external_id)
        if user is None:
            return _made(desk, person, person.role, self._work.now)
        if not user.active:
            raise Forbidden(_ENDED)
        self.bring_up_to_date(desk, user, person)
        return user

    @staticmethod
    def known(desk: Transacted, person: Proven) -> User:
        """Return the account of somebody where it can only be read. Raises ``Forbidden``."""
        user = desk.users.by_external_id(person.origin, person.external_id)
        if user is None:
            raise Forbidden(_CANNOT_BE_MADE)
        if person.role is None:
            raise Forbidden(_NO_ROLE)
        if not user.active:
            raise Forbidden(_ENDED)
        return user

    @staticmethod
    def differs(user: KeptAccount, person: Proven) -> bool:
        """Return whether the directory says anything else of somebody than the desk.

        Without a role it says nothing of it.
        """
        role = person.role or user.role
        told = (person.username, _name_of(person), _email_of(person), role)
        return told != (user.username, user.full_name, user.email, user.role)

    def bring_up_to_date(self, desk: Transacted, user: User, person: Proven) -> bool:
        """Take over what the directory says of somebody; return whether anything was new."""
        changes = UserChanges(self._work, desk, user, actor=_says(person.origin))
        if _may_be_called(desk, user, person.username):
            changes.take_username(person.username)
        changes.rename(_name_of(person))
        changes.readdress(_email_of(person))
        role = _role_for(desk, user, person.role)
        if changes.give_role(role):
            left = TicketsLeft(self._work, user.id, None)
            left.hand_on_some(desk)
            self._left.append(left)
        return changes.finish()

    def finish(self) -> None:
        """Put back into the queue what is still with people who are of the staff no longer."""
        for left in self._left:
            left.hand_on_the_rest(lambda user: user.role not in STAFF)
        self._left.clear()


def is_last_admin(desk: Transacted, user: User) -> bool:
    """Return whether nobody would be left who can let others in again."""
    try:
        require_other_admin(desk, user)
    except Invalid:
        return True
    return False


def _made(desk: Transacted, person: Proven, role: Role, now: datetime) -> User:
    if not re.fullmatch(USERNAME_PATTERN, person.username):
        raise Forbidden(_UNUSABLE)
    if desk.users.by_username(person.username) is not None:
        logger.warning("an account of the same name is there already, of another origin")
        raise Forbidden(_TAKEN.format(name=person.username))
    user = User.new(person.username, _name_of(person), _email_of(person), role, now)
    user.origin, user.external_id = person.origin, person.external_id
    desk.users.add(user)
    told = [("role", "", role.value), ("origin", "", person.origin.value)]
    desk.audit.add(AuditAction.USER_ADDED, about(user), told, actor=_says(person.origin))
    desk.changed(USER, user.id)
    return user


def _may_be_called(desk: Transacted, user: User, name: str) -> bool:
    """Return whether a user name is of use here, and nobody else's."""
    if name == user.username or not re.fullmatch(USERNAME_PATTERN, name):
        return False
    other = desk.users.by_username(name)
    if other is not None and other.id != user.id:
        logger.warning("account %d keeps its user name: the new one is taken", user.id)
        return False
    return True


def _role_for(desk: Transacted, user: User, role: Role | None) -> Role:
    """Return the role to have: that of the groups, save for the last admin and for none."""
    if role is None or role is user.role:
        return user.role
    if role is not Role.ADMIN and is_last_admin(desk, user):
        logger.warning("account %d stays an admin: it is the last one that is active", user.id)
        return user.role
    return role


def _says(origin: AccountOrigin) -> About:
    """Return who the audit log says it was."""
    return About("", None, origin.label)


def _name_of(person: Proven) -> str:
    return ellipsis(single_line(person.full_name) or person.username, NAME_LIMIT)


def _email_of(person: Proven) -> str | None:
    email = single_line(person.email or "")
    fits = re.fullmatch(EMAIL_PATTERN, email) and len(email) <= NAME_LIMIT
    return email if fits else None
