# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an operation: who asks, whether they may, in one transaction, and what changed by it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import TYPE_CHECKING, Any

from helpdesk.core.clock import Clock, monotonic, system_clock
from helpdesk.core.errors import DeskError, Forbidden, SignedOut
from helpdesk.core.operation import Declaration, Operation, Transaction
from helpdesk.core.permissions import SYSTEM, Actor
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager
from helpdesk.services.audit_trail import Noted
from helpdesk.services.callers import Caller, Callers
from helpdesk.services.repeats import Once, Repeated, answer_of, checked_key
from helpdesk.services.session_registry import hash_of
from helpdesk.services.work import LOCAL, Change, Context, Transacted, Work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

logger = logging.getLogger(__name__)

NOBODY = Actor(id=0, username="", full_name="", role=Role.USER)
_PEOPLE_ONLY = "An API key cannot do this, whatever its scopes are; sign in to do it."
Listener = Callable[[Change], None]


@dataclass(slots=True)
class _Call:
    """One call, and what becomes known of it while it runs."""

    operation: Operation
    arguments: dict[str, Any]
    token: str | None
    system: bool
    key: str | None
    now: datetime
    source: str
    actor: Actor = NOBODY
    caller: Caller | None = None
    once: Once | None = None
    changes: list[Change] = field(default_factory=list)


class Executor:
    """The only place where permissions are checked and operations are committed."""

    def __init__(
        self,
        database: DbManager,
        settings: Settings,
        clock: Clock = system_clock,
        *,
        place: str | None = None,
    ) -> None:
        """Bind to a database that has been checked.

        ``place`` is where people are told that the desk lies, by default where it does.
        """
        self.place = place
        self._database = database
        self._settings = settings
        self._clock = clock
        self._listeners: list[Listener] = []
        self._callers = Callers(database, settings.security)

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
        idempotency_key: str | None = None,
        source: str = LOCAL,
    ) -> Any:
        """Run an operation for who holds ``token``, or for the program itself.

        ``source`` is where the call comes from, by which wrong passwords are counted.
        A writing call that comes again with its ``idempotency_key`` has no second effect: it is
        answered as the first time, or raises ``AlreadyDone`` where that answer is not kept.
        Raises ``SignedOut``, ``Forbidden`` and whatever the operation raises; whatever is
        raised, nothing of the transaction stays.
        """
        started, key = monotonic(), checked_key(idempotency_key)
        call = _Call(operation, arguments, token, system, key, self._clock(), source)
        try:
            result = self._run(call)
        except Repeated as repeated:
            result = repeated.answer
        except (Forbidden, SignedOut) as error:
            logger.warning("%s refused: %s", operation.full_name, _refusal(call, error))
            self._end_if_over(call)
            raise
        finally:
            # What an earlier step has committed stays, whatever became of a later one.
            self._publish(call.changes)
        self._note_use(call)
        _log(call, started)
        return result

    def end_session(self, token: str) -> None:
        """End the session of a window that closes; where that must wait, it ends unused."""
        self._callers.end(hash_of(token))

    def _run(self, call: _Call) -> Any:
        if call.operation.declaration.transaction is Transaction.STEPWISE:
            return self._run_in_steps(call)
        with self._begin(writes=call.operation.writes) as session:
            self._identify(call, session)
            if call.once:
                call.once.require_first(session)
            desk = Transacted(session, call.actor, call.source)
            work = Work(self._context(call), desk, _no_step)
            result = call.operation.function(call.operation.service(work), **call.arguments)
            noted = () if call.operation.writes else desk.audit.taken()
            desk.finish(call.now)
            if call.once:
                call.once.record(session, answer_of(call.operation, result))
        if noted and not self._database.read_only:
            self._enter(call, noted)
        call.changes += desk.changes
        return result

    def _enter(self, call: _Call, noted: tuple[Noted, ...]) -> None:
        """Enter what a call took out by reading, before anything of it leaves the desk."""
        with self._database.writing() as session:
            desk = Transacted(session, call.actor, call.source)
            desk.audit.take_over(noted)
            desk.finish(call.now)

    def _run_in_steps(self, call: _Call) -> Any:
        with self._database.reading() as session:
            self._identify(call, session)
            if call.once:
                call.once.require_first(session)

        def step(writes: bool, is_effect: bool) -> AbstractContextManager[Transacted]:
            return self._step(call, writes=writes, is_effect=writes and is_effect)

        work = Work(self._context(call), None, step)
        return call.operation.function(call.operation.service(work), **call.arguments)

    @contextmanager
    def _step(self, call: _Call, *, writes: bool, is_effect: bool) -> Iterator[Transacted]:
        once = call.once if is_effect else None
        with self._begin(writes=writes) as session:
            if is_effect:
                self._require_still(call, session)
            if once:
                # Another one of the same call may have come so far meanwhile.
                once.require_first(session)
            desk = Transacted(session, call.actor, call.source)
            yield desk
            desk.finish(call.now)
            if once:
                once.record(session, _answer_in_advance(call.operation))
        if once:
            call.once = None
        call.changes += desk.changes

    def _begin(self, *, writes: bool) -> AbstractContextManager[Session]:
        return self._database.writing() if writes else self._database.reading()

    def _identify(self, call: _Call, session: Session) -> None:
        """Find out who calls. Raises ``SignedOut``, or ``Forbidden`` without the permission."""
        permission = call.operation.declaration.permission
        if call.system:
            call.actor = SYSTEM
        elif permission is not None:
            call.caller = self._callers.find(session, call.token)
            caller = self._callers.live(call.caller, call.token, call.now)
            call.actor = caller.actor
            _require(caller, call.operation.declaration)
            if call.key is not None and call.operation.writes:
                call.once = Once(call.key, call.operation, call.arguments, caller, call.now)

    def _require_still(self, call: _Call, session: Session) -> None:
        """Look again who calls: hashing takes long enough for an admin to end the account."""
        permission = call.operation.declaration.permission
        if call.system or permission is None:
            return
        caller = self._callers.find(session, call.token)
        live = self._callers.live(caller, call.token, call.now)
        _require(live, call.operation.declaration)

    def _context(self, call: _Call) -> Context:
        place = self._database.place
        return Context(
            actor=call.actor,
            token=call.token,
            now=call.now,
            settings=self._settings,
            registry=self._callers.registry,
            read_only=self._database.read_only,
            place=place if self.place is None or call.system else self.place,
            source=call.source,
        )

    def _note_use(self, call: _Call) -> None:
        if call.caller is not None and not call.operation.declaration.passive:
            self._callers.note_use(call.caller, call.now)

    def _end_if_over(self, call: _Call) -> None:
        """End a session that is over, so that no clock set back can bring it to life again."""
        caller = call.caller
        if caller is None or caller.is_key:
            return
        in_memory_of_leaver = caller.id is None and not caller.active
        if in_memory_of_leaver or self._callers.has_ended(caller, call.now):
            self._callers.end(caller.token_hash)

    def _publish(self, changes: list[Change]) -> None:
        for change in changes:
            for listener in tuple(self._listeners):
                _tell(listener, change)


def _no_step(_writes: bool, _is_effect: bool) -> Any:
    raise RuntimeError("this operation runs in one transaction: use desk")


def _require(caller: Caller, declared: Declaration) -> None:
    if caller.is_key and declared.people_only:
        raise Forbidden(_PEOPLE_ONLY)
    if declared.permission is None or caller.actor.may(declared.permission):
        return
    if caller.is_key:
        raise Forbidden("The scopes or the role of this API key do not allow this.")
    raise Forbidden(f"Your role, {caller.actor.role.label}, does not allow this.")


def _answer_in_advance(operation: Operation) -> bytes | None:
    """Return the answer of an operation in steps, where it is known beforehand to be none."""
    return answer_of(operation, None) if operation.result is NoneType else None


def _log(call: _Call, started: float) -> None:
    milliseconds = (monotonic() - started) * 1000
    level = logging.INFO if call.operation.writes else logging.DEBUG
    name = call.operation.full_name
    logger.log(level, "%s by %s took %.1f ms", name, call.actor.id, milliseconds)


def _refusal(call: _Call, error: DeskError) -> str:
    """Return the code of a refusal and whose token it was, if it was anybody's."""
    caller = call.caller
    return f"{error.code}, by {'nobody' if caller is None else caller.actor.id}"


def _tell(listener: Listener, change: Change) -> None:
    try:
        listener(change)
    except Exception:  # the change is committed, whatever a listener makes of it
        logger.exception("a listener failed to hear of a change of %s", change.kind)
