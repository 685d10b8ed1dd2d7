# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an operation: who asks, whether they may, in one transaction, and what changed by it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from helpdesk.core.clock import Clock, monotonic, system_clock
from helpdesk.core.errors import DeskError, Forbidden, SignedOut
from helpdesk.core.operation import Operation, Transaction
from helpdesk.core.permissions import SYSTEM, Actor
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager
from helpdesk.repositories.users import UserRepository
from helpdesk.services.session_registry import SessionRegistry
from helpdesk.services.work import Change, Context, Transacted, Work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

logger = logging.getLogger(__name__)

NOBODY = Actor(id=0, username="", full_name="", role=Role.USER)
Listener = Callable[[Change], None]


class Executor:
    """The only place where permissions are checked and transactions are committed."""

    def __init__(
        self, database: DbManager, settings: Settings, clock: Clock = system_clock
    ) -> None:
        """Bind to a database that has been checked."""
        self._database = database
        self._settings = settings
        self._clock = clock
        self._listeners: list[Listener] = []
        self.sessions = SessionRegistry(timedelta(hours=settings.security.session_hours))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each commit, on the thread that committed.

        What it raises is logged and stops nobody. Returns the function that ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def execute(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        token: str | None = None,
        system: bool = False,
    ) -> Any:
        """Run an operation for the session of ``token``, or for the program itself.

        Raises ``SignedOut``, ``Forbidden`` and whatever the operation raises; whatever is
        raised, nothing of the transaction stays.
        """
        started = monotonic()
        try:
            actor, result = self._run(operation, arguments, token, system=system)
        except (Forbidden, SignedOut) as error:
            logger.warning("%s refused: %s", _name(operation), self._refusal(token, error))
            raise
        self._log(operation, actor, started)
        return result

    def _run(
        self, operation: Operation, arguments: dict[str, Any], token: str | None, *, system: bool
    ) -> tuple[Actor, Any]:
        transaction = operation.declaration.transaction
        if transaction is Transaction.STEPWISE:
            with self._database.reading() as session:
                actor = self._actor(operation, session, token, system=system)
            return actor, self._stepwise(operation, arguments, actor, token)
        begin = (
            self._database.writing if transaction is Transaction.WRITE else self._database.reading
        )
        with begin() as session:
            actor = self._actor(operation, session, token, system=system)
            transacted = Transacted(session, actor)
            work = Work(self._context(actor, token), transacted, self._no_step)
            result = operation.function(operation.service(work), **arguments)
            session.flush()
        self._publish(transacted.changes)
        return actor, result

    def _stepwise(
        self, operation: Operation, arguments: dict[str, Any], actor: Actor, token: str | None
    ) -> Any:
        changes: list[Change] = []

        @contextmanager
        def step(writes: bool) -> Iterator[Transacted]:
            begin = self._database.writing if writes else self._database.reading
            with begin() as session:
                transacted = Transacted(session, actor)
                yield transacted
                session.flush()
            changes.extend(transacted.changes)

        work = Work(self._context(actor, token), None, step)
        try:
            return operation.function(operation.service(work), **arguments)
        finally:
            # What an earlier step has committed stays, whatever became of a later one.
            self._publish(changes)

    def _actor(
        self, operation: Operation, session: Session, token: str | None, *, system: bool
    ) -> Actor:
        if system:
            return SYSTEM
        permission = operation.declaration.permission
        if permission is None:
            return NOBODY
        actor = self._signed_in(session, token, passive=operation.declaration.passive)
        if not actor.may(permission):
            raise Forbidden(f"Your role, {actor.role.label}, does not allow this.")
        return actor

    def _signed_in(self, session: Session, token: str | None, *, passive: bool) -> Actor:
        user_id = self.sessions.user_of(token, self._clock(), passive=passive)
        identity = UserRepository(session).identity(user_id)
        if identity is None or not identity.active:
            self.sessions.end(token)
            raise SignedOut("Your account has been deactivated; ask an admin.")
        return Actor(user_id, identity.username, identity.full_name, identity.role)

    def _context(self, actor: Actor, token: str | None) -> Context:
        return Context(
            actor=actor,
            token=token,
            now=self._clock(),
            settings=self._settings,
            sessions=self.sessions,
            read_only=self._database.read_only,
            place=str(self._database.path),
        )

    @staticmethod
    def _no_step(_writes: bool) -> Any:
        raise RuntimeError("this operation runs in one transaction: use desk")

    @staticmethod
    def _log(operation: Operation, actor: Actor, started: float) -> None:
        writes = operation.declaration.transaction is not Transaction.READ
        milliseconds = (monotonic() - started) * 1000
        level = logging.INFO if writes else logging.DEBUG
        logger.log(level, "%s by %s took %.1f ms", _name(operation), actor.id, milliseconds)

    def _refusal(self, token: str | None, error: DeskError) -> str:
        """Return the code of a refusal and whose session it was, if it was one."""
        user_id = self.sessions.owner_of(token)
        return f"{error.code}, by {'nobody' if user_id is None else user_id}"

    def _publish(self, changes: list[Change]) -> None:
        for change in changes:
            for listener in tuple(self._listeners):
                self._tell(listener, change)

    @staticmethod
    def _tell(listener: Listener, change: Change) -> None:
        try:
            listener(change)
        except Exception:  # the change is committed, whatever a listener makes of it
            logger.exception("a listener failed to hear of a change of %s", change.kind)


def _name(operation: Operation) -> str:
    return f"{operation.service.__name__}.{operation.name}"
