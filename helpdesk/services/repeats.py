# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a call that is sent again, because its answer was lost, have its effect only once.

Whoever calls gives each call a key of its own. The key is kept with the answer, in the
transaction of the effect, so that there is never one without the other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from helpdesk.core.errors import AlreadyDone, Conflict, Invalid
from helpdesk.core.operation import Operation
from helpdesk.core.schemas.base import Request
from helpdesk.core.wire import decoded_result, encoded_result
from helpdesk.models import DoneCall
from helpdesk.repositories.idempotency import IdempotencyRepository
from helpdesk.services.callers import Caller

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_NO_KEY = "An idempotency key is 1 to 200 visible ASCII characters, such as a UUID."
_OTHER_CALL = "This idempotency key belongs to another call; give each call one of its own."
_NOT_KEPT = "This was done before, and its answer is not shown again; look at how it is now."


class Repeated(Exception):
    """Leaves a transaction: the call was done before, and this is its answer."""

    def __init__(self, answer: Any) -> None:
        """Keep the answer."""
        super().__init__()
        self.answer = answer


def checked_key(key: str | None) -> str | None:
    """Return an idempotency key. Raises ``Invalid`` for what cannot be one."""
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid(_NO_KEY, field="idempotency_key")
    return key


class Once:
    """One writing call with an idempotency key."""

    def __init__(
        self,
        key: str,
        operation: Operation,
        arguments: dict[str, Any],
        caller: Caller,
        now: datetime,
    ) -> None:
        """Bind to a call of somebody."""
        self._operation = operation
        self._caller = caller
        self._now = now
        self._key_hash = _hash_of_key(key, caller)
        self._request_hash = _hash_of_request(key, operation, arguments)

    def require_first(self, session: Session) -> None:
        """Raise ``Repeated`` with the answer where the call was done before.

        Raises ``AlreadyDone`` where the answer is not kept or not for who calls now, and
        ``Conflict`` where the key belongs to another call.
        """
        done = IdempotencyRepository(session).find(self._caller.actor.id or 0, self._key_hash)
        if done is None:
            return
        same = hmac.compare_digest(done.request_hash, self._request_hash)
        if done.operation != self._operation.full_name or not same:
            raise Conflict(_OTHER_CALL)
        # Who was a technician then may have seen in the answer what is not for a user now.
        if done.answer is None or done.role != self._caller.actor.role:
            raise AlreadyDone(_NOT_KEPT)
        raise Repeated(self._decoded(done.answer))

    def record(self, session: Session, answer: bytes | None) -> None:
        """Keep the call with its answer as JSON, in the transaction of its effect."""
        call = DoneCall(
            actor_id=self._caller.actor.id,
            key_hash=self._key_hash,
            operation=self._operation.full_name,
            request_hash=self._request_hash,
            role=self._caller.actor.role,
            answer=None if answer is None else zlib.compress(answer),
            at=self._now,
        )
        IdempotencyRepository(session).add(call)

    def _decoded(self, answer: bytes) -> Any:
        try:
            return decoded_result(self._operation, zlib.decompress(answer))
        except (ValueError, zlib.error) as error:
            # Another version of the program wrote it.
            raise AlreadyDone(_NOT_KEPT) from error


def answer_of(operation: Operation, result: Any) -> bytes | None:
    """Return what may be kept of an answer."""
    return None if operation.declaration.secret else encoded_result(operation, result)


def _hash_of_key(key: str, caller: Caller) -> str:
    # A system's keys are apart from those of the person it acts as, who may see more.
    owner = f"api-key:{caller.id}" if caller.is_key else "session"
    return hashlib.sha256(f"{owner} {key}".encode()).hexdigest()


def _hash_of_request(key: str, operation: Operation, arguments: dict[str, Any]) -> str:
    """Return a hash of all that is asked for.

    It is keyed by what only the caller knows: the hash of a request that holds a password must
    not help anybody to guess it.
    """
    asked = {name: _plain(value) for name, value in arguments.items()}
    text = json.dumps([operation.full_name, asked], sort_keys=True, default=_text)
    return hmac.new(key.encode(), text.encode("ascii"), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_unset=True) if isinstance(value, Request) else value


def _text(value: Any) -> Any:
    # The order of a set is another one in each process.
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)
