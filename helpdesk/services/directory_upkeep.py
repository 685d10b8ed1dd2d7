# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the accounts of the directory as they are there, also of people who do not sign in.

Who is gone from the directory, or in none of its groups any more, is deactivated. Nobody is where
the directory cannot be asked, shows nobody at all, or knows none of the desk's people: that is the
mistake of a setting rather than the end of everybody.
"""

from __future__ import annotations

import logging

from helpdesk.channels.ldap_directory import DirectoryFault, DirectoryPerson, connected
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.users import AccountOrigin, Leaving
from helpdesk.services.directory_accounts import DirectoryAccounts
from helpdesk.services.directory_setup import DirectorySetup, directory_of
from helpdesk.services.directory_sign_in import as_proven, server_of
from helpdesk.services.users import Users
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

_SHOWS_NOBODY = (
    "The directory shows nobody at all, so that nobody was deactivated; test the connection in the"
    " settings."
)
_KNOWS_NOBODY = (
    "The directory knows none of the {count} people that it has sent before, so that nobody was"
    " deactivated; look at the filter and the attributes in the settings."
)


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
            known = dict(desk.users.active_of(AccountOrigin.LDAP)) if setup.is_on else {}
        if not known:
            return 0
        people = self._asked(setup, known)
        changed = 0
        for user_id, external_id in known.items():
            person = people.get(external_id)
            if person is None or setup.role_of(person) is None:
                changed += self._end(user_id)
            else:
                changed += self._update(setup, user_id, person)
        return changed

    @staticmethod
    def _asked(setup: DirectorySetup, known: dict[int, str]) -> dict[str, DirectoryPerson]:
        """Return those whom the directory still has. Raises ``DirectoryFault`` for an odd answer.

        All of them are asked for before anybody is deactivated.
        """
        with connected(server_of(setup)) as directory:
            if not directory.has_anybody():
                raise DirectoryFault(_SHOWS_NOBODY)
            people = directory.known(list(known.values()))
        if not people and len(known) > 1:
            raise DirectoryFault(_KNOWS_NOBODY.format(count=len(known)))
        return people

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
