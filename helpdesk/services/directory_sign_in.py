# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the directory check the password of somebody, and takes from it who they are.

Accounts that the desk has made itself are none of the directory's business: their passwords never
go there, and they sign in although it is away. So a local admin always gets in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from helpdesk.channels.ldap_directory import (
    DirectoryFault,
    DirectoryPerson,
    DirectoryServer,
    NotOne,
    connected,
    is_right,
)
from helpdesk.core.errors import WrongPassword
from helpdesk.core.schemas.users import AccountOrigin, NewSession, SignInView
from helpdesk.core.text import folded
from helpdesk.models import User
from helpdesk.services.attempts import Attempts
from helpdesk.services.directory_accounts import DirectoryAccounts, Proven
from helpdesk.services.directory_setup import DirectorySetup, directory_of
from helpdesk.services.mail_sending import KeyringWaits, soon
from helpdesk.services.signing_in import signed_in
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

_WRONG = "The user name or the password is wrong."


def answers_for(setup: DirectorySetup, user: User | None) -> bool:
    """Return whether the directory is asked for a password: for its people, and for strangers."""
    return setup.is_on and (user is None or user.origin is AccountOrigin.LDAP)


def sign_in_by(
    work: Work, setup: DirectorySetup, new: NewSession, attempts: Attempts
) -> SignInView:
    """Sign in somebody whose password the directory checks; a code may then still be due.

    The try has been counted for the name that was typed. Raises ``WrongPassword``,
    ``TooManyAttempts``, ``Forbidden`` and ``DirectoryFault``.
    """
    person = proven_by(setup, new, attempts.count)
    work = work.as_program()
    accounts = DirectoryAccounts(work)
    if work.read_only:
        with work.step(writes=False) as desk:
            user = accounts.known(desk, person)
            return signed_in(work, desk, user, device=new.device, attempts=attempts)
    with work.step(writes=True) as desk:
        user = accounts.of(desk, person)
        if folded(new.username) != user.username_folded:
            desk.sign_ins.forget(new.username)
        view = signed_in(work, desk, user, device=new.device, attempts=attempts)
    accounts.finish()
    return view


def proven_by(setup: DirectorySetup, new: NewSession, count: Callable[[str], None]) -> Proven:
    """Return who has a user name and a password in the directory.

    Directories take many names for the same, such as one with invisible letters in it: ``count``
    is told of the usual one, so that tries at all of them count together. It takes its time: never
    within a transaction.
    """
    # An empty password would be a guest's, and nobody is to be looked up for it either.
    if not new.username or not new.username.isprintable() or not new.password:
        raise WrongPassword(_WRONG)
    server = server_of(setup)
    try:
        with connected(server) as directory:
            person = directory.look_up(new.username)
    except NotOne as error:
        logger.warning("a user name stands for several people of the directory")
        raise WrongPassword(_WRONG) from error
    if person is None:
        raise WrongPassword(_WRONG)
    if folded(person.username) != folded(new.username):
        count(person.username)
    if not is_right(server, person.dn, new.password):
        raise WrongPassword(_WRONG)
    return as_proven(setup, person)


def fits(work: Work, user: User, password: str) -> bool:
    """Return whether a password is that of somebody whom the directory knows.

    Raises ``DirectoryFault``. It takes its time: never within a transaction.
    """
    with work.step(writes=False) as desk:
        setup = directory_of(work.settings, desk.facts)
    if not setup.is_on or user.external_id is None or not password:
        return False
    server = server_of(setup)
    with connected(server) as directory:
        person = directory.known([user.external_id]).get(user.external_id)
    return person is not None and is_right(server, person.dn, password)


def server_of(setup: DirectorySetup) -> DirectoryServer:
    """Return how the directory is asked, with the password. Raises ``DirectoryFault``."""
    try:
        password, _ = soon(setup.password)
    except KeyringWaits as error:
        raise DirectoryFault(str(error)) from error
    return setup.server(password)


def as_proven(setup: DirectorySetup, person: DirectoryPerson) -> Proven:
    """Return somebody as accounts are made and kept up to date by."""
    return Proven(
        origin=AccountOrigin.LDAP,
        external_id=person.id,
        username=person.username,
        full_name=person.full_name,
        email=person.email,
        role=setup.role_of(person),
    )
