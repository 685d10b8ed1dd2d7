# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the directory check the password of somebody, and takes from it who they are.

Accounts that the desk has made itself are none of the directory's business: their passwords never
go there, and they sign in although it is away. So a local admin always gets in.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from helpdesk.channels.ldap_directory import (
    DirectoryFault,
    DirectoryPerson,
    DirectoryServer,
    NotOne,
    connected,
    is_right,
)
from helpdesk.core.errors import DirectoryAway, WrongPassword
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
_AWAY = (
    "The user name or the password is wrong, or the directory of your organisation cannot be asked"
    " at this moment; try again later."
)
_RANDOM_BYTES = 8


def answers_for(setup: DirectorySetup, user: User | None) -> bool:
    """Return whether the directory is asked for a password: for its people, and for strangers."""
    return setup.is_on and (user is None or user.origin is AccountOrigin.LDAP)


def sign_in_by(
    work: Work, setup: DirectorySetup, new: NewSession, attempts: Attempts
) -> SignInView:
    """Sign in somebody whose password the directory checks; a code may then still be due.

    The try has been counted for the name that was typed. Raises ``WrongPassword``,
    ``TooManyAttempts``, ``Forbidden`` and ``DirectoryAway``.
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
    within a transaction. A name that the directory does not know makes as many trips as one that it
    does, and who cannot be looked up is told no more than a stranger may know.
    """
    if not _is_askable(new):
        raise WrongPassword(_WRONG)
    with told_to_strangers():
        server = server_of(setup)
        person = _looked_up(server, new.username)
        if person is not None and folded(person.username) != folded(new.username):
            count(person.username)
        if person is None:
            is_right(server, f"uid={_made_up()},{server.base_dn}", _made_up())
        elif is_right(server, person.dn, new.password):
            return as_proven(setup, person)
    raise WrongPassword(_WRONG)


def take_as_long(setup: DirectorySetup, new: NewSession) -> None:
    """Ask the directory for nobody, after a wrong password of a name that it does not keep.

    Strangers would learn whose password the desk keeps from how soon they are refused, or from
    being told nothing of a directory that is away. Neither name nor password go there.
    """
    if setup.is_on and _is_askable(new):
        nobody = NewSession(username=_made_up(), password=_made_up())
        with suppress(WrongPassword):
            proven_by(setup, nobody, lambda _name: None)


@contextmanager
def told_to_strangers() -> Iterator[None]:
    """Keep what is wrong with the directory for the log; strangers learn neither host nor port."""
    try:
        yield
    except DirectoryFault as fault:
        logger.warning("the directory could not be asked at a sign-in: %s", fault)
        raise DirectoryAway(_AWAY) from fault


def _is_askable(new: NewSession) -> bool:
    """Return whether a name and a password may be anybody's.

    An empty password would be a guest's, and nobody is to be looked up for it either.
    """
    return bool(new.username and new.username.isprintable() and new.password)


def _looked_up(server: DirectoryServer, username: str) -> DirectoryPerson | None:
    with connected(server) as directory:
        try:
            return directory.look_up(username)
        except NotOne:
            logger.warning("a user name stands for several people of the directory")
            return None


def _made_up() -> str:
    return secrets.token_hex(_RANDOM_BYTES)


def fits(work: Work, user: User, password: str) -> bool:
    """Return whether a password is that of somebody whom the directory knows.

    Raises ``DirectoryAway``. It takes its time: never within a transaction.
    """
    with work.step(writes=False) as desk:
        setup = directory_of(work.settings, desk.facts)
    if not setup.is_on or user.external_id is None or not password:
        return False
    with told_to_strangers():
        return _fits(setup, user.external_id, password)


def _fits(setup: DirectorySetup, external_id: str, password: str) -> bool:
    server = server_of(setup)
    with connected(server) as directory:
        person = directory.known([external_id]).get(external_id)
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
