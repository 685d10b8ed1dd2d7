# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the accounts of the directory as they are there, also of people who do not sign in.

Who is gone from the directory is deactivated. Who is in none of its groups any more is kept out
and keeps the tickets, until the groups give a role again. All of it is decided before the first
change, and none is made where the directory cannot be asked, shows nobody at all, or many would
lose something at once: that is the mistake of a setting rather than the end of everybody.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from helpdesk.channels.ldap_directory import DirectoryFault, DirectoryPerson, connected
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import STAFF, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.users import AccountOrigin, Leaving, Role
from helpdesk.services.audit_trail import About
from helpdesk.services.directory_accounts import DirectoryAccounts
from helpdesk.services.directory_setup import DirectorySetup, directory_of
from helpdesk.services.directory_sign_in import as_proven, server_of
from helpdesk.services.user_rules import about
from helpdesk.services.users import Users
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_SHOWS_NOBODY = (
    "The directory shows nobody at all, so that nobody was deactivated; test the connection in the"
    " settings."
)
_KNOWS_NOBODY = (
    "The directory knows none of the {count} people that it has sent before, so that nobody was"
    " deactivated; look at the filter and the attributes in the settings."
)
_NO_ROLES = (
    "By the directory none of the {count} people has a role any more, so that nobody was changed;"
    " look at the groups in the settings."
)
_TOO_MANY = (
    "By the directory {losing} of {count} people would lose their account or their role at once, so"
    " that nobody was changed; look at the filter and the groups in the settings, or deactivate by"
    " hand who has left."
)
_FEW, _SHARE = 3, 5
"""So many may lose something in one run, or one in so many of all: more is a mistake."""


class _Account(NamedTuple):
    """Somebody whom the directory has sent before, and what they have to lose."""

    external_id: str
    role: Role
    has_session: bool


class _Plan(NamedTuple):
    """What one run does, decided before the first of it is done."""

    gone: list[int]
    kept_out: list[int]
    present: dict[int, DirectoryPerson]
    losing: int


class DirectoryUpkeep:
    """The step of the job that keeps accounts up to date; no route leads to it."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/directory/steps/keep",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def keep(self) -> int:
        """Bring accounts up to date with the directory, and return how many were changed."""
        with self._work.step(writes=False) as desk:
            setup = directory_of(self._work.settings, desk.facts)
            known = self._known(desk) if setup.is_on else {}
        if not known:
            return 0
        people = self._asked(setup, known)
        plan = _planned(setup, known, people)
        _require_likely(known, plan)
        changed = sum(self._end(user_id) for user_id in plan.gone)
        changed += sum(self._keep_out(user_id) for user_id in plan.kept_out)
        for user_id, person in plan.present.items():
            changed += self._update(setup, user_id, person)
        return changed

    @staticmethod
    def _known(desk: Transacted) -> dict[int, _Account]:
        signed_in = desk.sessions.people_in(AccountOrigin.LDAP)
        return {
            user_id: _Account(external_id, role, user_id in signed_in)
            for user_id, external_id, role in desk.users.active_of(AccountOrigin.LDAP)
        }

    @staticmethod
    def _asked(setup: DirectorySetup, known: dict[int, _Account]) -> dict[str, DirectoryPerson]:
        """Return those whom the directory still has. Raises ``DirectoryFault`` for an odd answer.

        All of them are asked for before anybody is deactivated.
        """
        with connected(server_of(setup)) as directory:
            if not directory.has_anybody():
                raise DirectoryFault(_SHOWS_NOBODY)
            return directory.known([account.external_id for account in known.values()])

    def _keep_out(self, user_id: int) -> bool:
        """End the sessions of somebody without a role: until there is one, sign-in is refused."""
        with self._work.step(writes=True) as desk:
            user = desk.users.get(user_id)
            desk.sessions.end_of(user.id)
            desk.pending_sign_ins.end_of(user.id)
            why = [("because", "", "no group gives a role")]
            directory = About("", None, user.origin.label)
            desk.audit.add(AuditAction.SESSIONS_ENDED, about(user), why, actor=directory)
        return True

    def _end(self, user_id: int) -> bool:
        """Deactivate somebody, unless nobody would be left who can let others in."""
        with self._work.step(writes=False) as desk:
            user = desk.users.get(user_id)
            version, is_active = user.version, user.active
        if not is_active:
            return False
        try:
            Users(self._work).deactivate(user_id, Leaving(version=version))
        except (Invalid, Conflict) as error:
            # The last admin; or somebody has changed it meanwhile, and the next run looks again.
            logger.warning("account %d is gone from the directory and stays: %s", user_id, error)
            return False
        return True

    def _update(self, setup: DirectorySetup, user_id: int, person: DirectoryPerson) -> bool:
        accounts, proven = DirectoryAccounts(self._work), as_proven(setup, person)
        with self._work.step(writes=False) as desk:
            user = desk.users.get(user_id)
            if not user.active or not accounts.differs(user, proven):
                return False
        with self._work.step(writes=True) as desk:
            user = desk.users.get(user_id)
            is_new = user.active and accounts.bring_up_to_date(desk, user, proven)
        accounts.finish()
        return is_new


def _planned(
    setup: DirectorySetup, known: dict[int, _Account], people: dict[str, DirectoryPerson]
) -> _Plan:
    """Return what is to be done, and how many lose anything by it."""
    plan, demoted = _Plan([], [], {}, 0), 0
    for user_id, account in known.items():
        person = people.get(account.external_id)
        if person is None:
            plan.gone.append(user_id)
            continue
        role = setup.role_of(person)
        if role is not None:
            plan.present[user_id] = person
            # Who is of the staff no longer loses the open tickets.
            demoted += account.role in STAFF and role not in STAFF
        elif account.has_session:
            plan.kept_out.append(user_id)
    return plan._replace(losing=len(plan.gone) + len(plan.kept_out) + demoted)


def _require_likely(known: dict[int, _Account], plan: _Plan) -> None:
    """Raise ``DirectoryFault`` where so much at once is a mistake rather than meant."""
    count, sentence = len(known), ""
    if count > 1 and len(plan.gone) == count:
        sentence = _KNOWS_NOBODY.format(count=count)
    elif count > 1 and not plan.present and plan.losing:
        sentence = _NO_ROLES.format(count=count)
    elif plan.losing > max(_FEW, count // _SHARE):
        sentence = _TOO_MANY.format(losing=plan.losing, count=count)
    if sentence:
        logger.warning("the accounts of the directory stay as they are: %s", sentence)
        raise DirectoryFault(sentence)
