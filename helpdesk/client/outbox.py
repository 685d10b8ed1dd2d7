# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends what a person writes, at once or as soon as the server is back, and each of it once."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from helpdesk.client.backoff import Backoff, Chance, Wait, wait_for
from helpdesk.client.http_transport import new_key
from helpdesk.client.outbox_folder import (
    KEPT,
    Entry,
    Held,
    OutboxFolder,
    PendingAction,
    operation_called,
)
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import (
    AlreadyDone,
    Busy,
    DeskError,
    NewerServer,
    OlderServer,
    Pending,
    SignedOut,
    TooManyAttempts,
    TooSlow,
    Unreachable,
)
from helpdesk.core.operation import Operation
from helpdesk.core.schemas.tickets import TicketChange, TicketView
from helpdesk.services.tickets import Tickets

__all__ = ["Outbox", "PendingAction"]

logger = logging.getLogger(__name__)

KEYS_LAST = timedelta(days=14) - timedelta(hours=1)
"""A little less than the server remembers the key of a call that it has done."""
_LOOK_SECONDS = 5.0
"""How often to look whether another window has left something to send."""
_STOP_SECONDS = 1.0
_PENDING = (
    "The server does not answer; this is kept on this workstation and sent as soon as it does."
)
_BEHIND = "This is kept on this workstation and sent after what still waits on the same ticket."
_TOO_OLD = (
    "This was written so long ago that the server may have forgotten whether it has it already;"
    " look at the ticket, then send it or discard it."
)
_BUG = "This could not be sent because of a fault in the program; it was logged. Try again."
_LATER = (Unreachable, Busy, TooManyAttempts, TooSlow, SignedOut, NewerServer, OlderServer)
"""What says nothing against an action, only that it is not yet its time."""


class Send(Protocol):
    """Carries a call to the server in the session of a token."""

    def __call__(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        token: str | None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Return the result. Raises ``DeskError``."""


@dataclass(frozen=True, eq=False)
class _Sender:
    """Who is signed in, and what of theirs is kept."""

    token: str
    folder: OutboxFolder


class Outbox:
    """What one person at a time has done and the server does not have yet.

    A thread of its own sends it while the person is signed in; nothing is sent for anybody else.
    """

    def __init__(
        self,
        path: Path,
        send: Send,
        *,
        clock: Clock = system_clock,
        chance: Chance = random.random,
        wait: Wait = wait_for,
    ) -> None:
        """Bind to the folder of a server; nothing is read before somebody signs in."""
        self._path = path
        self._send = send
        self._clock = clock
        self._chance = chance
        self._backoff = Backoff(chance=chance)
        self._wait = wait
        self._sender: _Sender | None = None
        self._lock = threading.Lock()
        self._turn = threading.Condition(self._lock)
        self._at_once: set[int] = set()
        self._on_the_way: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._sent_listeners: list[Callable[[PendingAction, Any], None]] = []
        self._stirred = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    # --- who is signed in ---------------------------------------------------------------------

    def signed_in(self, username: str, token: str) -> None:
        """Begin to send what waits for a person."""
        owner = hashlib.sha256(username.casefold().encode()).hexdigest()[:16]
        folder = OutboxFolder(self._path / owner)
        folder.tidy()
        with self._lock:
            self._sender = _Sender(token, folder)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
        self.wake()
        self._tell()

    def signed_out(self) -> None:
        """Send nothing until the same person signs in again."""
        with self._lock:
            self._sender = None
        self._tell()

    @property
    def is_open(self) -> bool:
        """Whether somebody is signed in, for whom something can be kept."""
        return self._sender is not None

    # --- what waits ---------------------------------------------------------------------------

    def entries(self) -> tuple[PendingAction, ...]:
        """Return what waits or was refused, in order, of whoever is signed in; reads the disk."""
        sender = self._sender
        if sender is None:
            return ()
        kept = tuple(entry.action for entry in sender.folder.entries())
        with self._lock:
            shown = tuple(action for action in kept if action.id not in self._on_the_way)
        return shown + sender.folder.damaged()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back, on any thread, when something else waits than before. Returns what ends it."""
        return _added(self._listeners, listener)

    def on_sent(self, listener: Callable[[PendingAction, Any], None]) -> Callable[[], None]:
        """Call back, on the sending thread, with what waited, was sent, and its answer."""
        return _added(self._sent_listeners, listener)

    def retry(self, action_id: str) -> None:
        """Send a refused action again, because the person asks for it."""
        for folder, entry in self._found(action_id):
            folder.rewrite(replace(entry.refused(None), key_since=self._clock()))
        self._backoff.reset()
        self.wake()
        self._tell()

    def discard(self, action_id: str) -> bool:
        """Forget an action for good; ``False`` when it is just being sent, or is gone."""
        done = False
        for folder, entry in self._found(action_id):
            held = folder.hold(entry)
            if held is not None:
                folder.remove(held)
                done = True
        sender = self._sender
        if sender is not None and not done:
            done = sender.folder.remove_damaged(action_id)
        self._tell()
        return done

    # --- sending ------------------------------------------------------------------------------

    @staticmethod
    def takes(operation: Operation) -> bool:
        """Return whether calls of an operation outlive a server that is away."""
        return operation.service is Tickets and operation.name in KEPT

    def call(self, operation: Operation, arguments: dict[str, Any], key: str | None = None) -> Any:
        """Keep a call, try it at once and return its answer.

        Raises what the operation raises, and ``Pending`` when it was kept to be sent later.
        """
        sender = self._sender
        key = key or new_key()
        if sender is None:
            return self._send(operation, arguments, token=None, idempotency_key=key)
        with self._in_turn(arguments.get("ticket_id")):
            try:
                held = sender.folder.append(operation, arguments, key, self._clock())
            except OSError as error:
                logger.warning("an action could not be kept before sending: %s", error.strerror)
                return self._send(operation, arguments, token=sender.token, idempotency_key=key)
            if held.behind:
                sender.folder.let_go(held)
                self._tell()
                self.wake()
                raise Pending(_BEHIND)
            return self._sent_at_once(sender, held)

    def wake(self) -> None:
        """Try now: the server is back, or somebody asks for it."""
        self._stirred.set()

    def stop(self) -> None:
        """Send nothing more; what is on its way may still arrive."""
        with self._lock:
            self._stopped = True
            self._sender = None
        self._stirred.set()

    def join(self) -> None:
        """Wait a moment for the thread that was stopped."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)

    def _sent_at_once(self, sender: _Sender, held: Held) -> Any:
        with self._lock:
            self._on_the_way.add(held.entry.id)
        stays = True
        try:
            result = self._sent(sender, held)
            stays = False
            return result
        except Unreachable as error:
            raise Pending(_PENDING) from error
        except DeskError:
            stays = False
            raise
        except Exception:
            sender.folder.rewrite(held.entry.refused(_BUG))
            raise
        finally:
            (sender.folder.let_go if stays else sender.folder.remove)(held)
            with self._lock:
                self._on_the_way.discard(held.entry.id)
            if stays:
                self._tell()

    def _sent(self, sender: _Sender, held: Held) -> Any:
        action = held.entry.action
        return self._send(
            operation_called(action.operation),
            action.arguments,
            token=sender.token,
            idempotency_key=held.entry.key,
        )

    @contextmanager
    def _in_turn(self, ticket_id: int | None) -> Iterator[None]:
        """Let two calls about one ticket that are made at the same time go one after the other."""
        if ticket_id is None:
            yield
            return
        with self._turn:
            self._turn.wait_for(lambda: ticket_id not in self._at_once)
            self._at_once.add(ticket_id)
        try:
            yield
        finally:
            with self._turn:
                self._at_once.discard(ticket_id)
                self._turn.notify_all()

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        seen: tuple[str, ...] = ()
        while not self._stopped:
            self._stirred.clear()
            sender = self._sender
            pause = self._until_next_look()
            if sender is not None:
                pause = self._pause_after(sender)
                names = sender.folder.names()
                if names != seen:
                    seen = names
                    self._tell()
            if not self._stopped:
                self._wait(self._stirred, pause)

    def _pause_after(self, sender: _Sender) -> float:
        """Send what waits, and return the seconds until the next look."""
        try:
            all_done = self._send_waiting(sender)
        except Exception:  # the thread must outlive whatever is wrong with one action
            logger.exception("the outbox could not send")
            all_done = False
        if all_done:
            self._backoff.reset()
            return self._until_next_look()
        return self._backoff.next()

    def _until_next_look(self) -> float:
        """Return the seconds to a look at the folder, which no two windows take together."""
        return _LOOK_SECONDS * (1 + self._chance()) / 2

    def _send_waiting(self, sender: _Sender) -> bool:
        """Send what waits in order; ``False`` when something has to be tried again later."""
        blocked: set[int] = set()
        all_done = True
        for entry in sender.folder.entries():
            if self._sender is not sender:
                return True
            if not entry.waits or entry.ticket_id in blocked:
                continue
            if self._clock() - entry.key_since > KEYS_LAST:
                sender.folder.rewrite(entry.refused(_TOO_OLD))
                continue
            held = sender.folder.hold(entry)
            if held is None:
                if sender.folder.has(entry):
                    # Another window, or another thread, is just sending it.
                    all_done = False
                    blocked |= {entry.ticket_id} if entry.ticket_id else set()
                continue
            if not self._send_later(sender, held):
                return False
        return all_done

    def _send_later(self, sender: _Sender, held: Held) -> bool:
        """Send one action that waited; ``False`` when it is not yet its time."""
        if not held.entry.waits:
            sender.folder.let_go(held)
            return True
        try:
            if not held.entry.tried:
                # From now on the server may know the key, and with it exactly these words.
                sender.folder.rewrite(replace(held.entry, tried=True))
            result = self._sent(sender, held)
        except _LATER:
            sender.folder.let_go(held)
            return False
        except AlreadyDone:
            result = None
        except DeskError as error:
            return self._refuse(sender, held, str(error))
        except Exception:
            logger.exception("an action that waited could not be sent")
            return self._refuse(sender, held, _BUG)
        self._backoff.reset()
        if isinstance(result, TicketView):
            _rebase(sender.folder, held.entry, result)
        sender.folder.remove(held)
        self._tell_sent(held.entry.action, result)
        self._tell()
        return True

    def _refuse(self, sender: _Sender, held: Held, sentence: str) -> bool:
        sender.folder.rewrite(held.entry.refused(sentence))
        sender.folder.let_go(held)
        self._tell()
        return True

    def _found(self, action_id: str) -> Iterator[tuple[OutboxFolder, Entry]]:
        sender = self._sender
        if sender is not None:
            for entry in sender.folder.entries():
                if entry.id == action_id:
                    yield sender.folder, entry

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception:  # what waits is what it is, whatever a listener makes of it
                logger.exception("a listener failed to hear of the outbox")

    def _tell_sent(self, action: PendingAction, result: Any) -> None:
        for listener in tuple(self._sent_listeners):
            try:
                listener(action, result)
            except Exception:  # it is sent, whatever a listener makes of it
                logger.exception("a listener failed to hear that an action was sent")


def _rebase(folder: OutboxFolder, sent: Entry, view: TicketView) -> None:
    """Let later changes of a ticket build on one that was just sent.

    They were made on the same view of it, and must not meet their own person's work as a conflict;
    a change by anybody else in between still does.
    """
    for later in folder.entries():
        change = later.action.arguments.get("change")
        if not isinstance(change, TicketChange) or later.ticket_id != sent.ticket_id:
            continue
        untouched = later.waits and not later.tried and later.order > sent.order
        if untouched and change.version == view.version - 1:
            newer = {"change": change.model_copy(update={"version": view.version})}
            arguments = later.action.arguments | newer
            folder.rewrite(replace(later, action=replace(later.action, arguments=arguments)))


def _added(listeners: list[Any], listener: Any) -> Callable[[], None]:
    listeners.append(listener)

    def remove() -> None:
        if listener in listeners:
            listeners.remove(listener)

    return remove
