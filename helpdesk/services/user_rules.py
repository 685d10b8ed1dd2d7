# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done to which account by whom, whichever way it is asked for."""

from __future__ import annotations

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.users import AccountOrigin, Role
from helpdesk.models import User
from helpdesk.services.audit_trail import About
from helpdesk.services.work import Transacted, Work

_LAST_ADMIN = (
    "This is the last active admin with a password of this desk; make somebody else an admin first."
)
_NO_ADMINS = "An API key cannot add or change admins; an admin can, signed in."
_BEYOND_KEY = (
    "An API key cannot give anybody rights that it does not have itself; use a key with these"
    " scopes too, or let an admin do it, signed in: {rights}."
)
_ELSEWHERE = "The {what} of {name} is kept {where}; change it there."
_WHERE = {
    AccountOrigin.LDAP: "in the directory of your organisation",
    AccountOrigin.OIDC: "by the provider of the single sign-on",
}


def about(user: User) -> About:
    """Return an account as the audit log names it."""
    return About("user", user.id, user.full_name)


def expected(desk: Transacted, user_id: int, version: int) -> User:
    """Return an account that nobody has changed since. Raises ``NotFound``, ``Conflict``."""
    user = desk.users.get(user_id)
    if user.version != version:
        sentence = f"{user.full_name} was changed in the meantime; look and try again."
        raise Conflict(sentence, current=desk.users.view(user))
    return user


def require_reach(work: Work, role: Role) -> None:
    """Raise ``Forbidden`` where an API key reaches for an admin."""
    if work.by_key and role is Role.ADMIN:
        raise Forbidden(_NO_ADMINS)


def require_rights_of(work: Work, *roles: Role) -> None:
    """Raise ``Forbidden`` where an API key reaches for rights that it does not have itself.

    Whoever knows the password of an account, or what role it has to get, can sign in with
    rights that the scopes of the key were to leave out.
    """
    if not work.by_key:
        return
    for role in roles:
        require_reach(work, role)
    wanted = frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))
    missing = sorted(right.value for right in wanted if not work.actor.may(right))
    if missing:
        raise Forbidden(_BEYOND_KEY.format(rights=", ".join(missing)))


def require_other_admin(desk: Transacted, user: User) -> None:
    """Raise ``Invalid`` where nobody would be left who can let others in again."""
    is_admin = user.role is Role.ADMIN and user.active
    if is_admin and not desk.users.has_other_local_admin(user.id):
        raise Invalid(_LAST_ADMIN, field="role")


def require_kept_here(user: User, what: str, *, field: str | None = None) -> None:
    """Raise ``Invalid`` with where something of an account is kept, if that is not here."""
    if user.origin is not AccountOrigin.LOCAL:
        where = _WHERE[user.origin]
        raise Invalid(_ELSEWHERE.format(what=what, name=user.full_name, where=where), field=field)
