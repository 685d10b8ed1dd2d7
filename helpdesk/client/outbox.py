# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends what a person writes, at once or as soon as the server is back, and each of it once."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from errno import EIO
from itertools import takewhile
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
from helpdesk.core.api import IDEMPOTENCY_DAYS
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
from helpdesk.core.schemas.tickets import NewComment, TicketChange, TicketView

__all__ = ["Outbox", "PendingAction"]

logger = logging.getLogger(__name__)

KEYS_LAST = timedelta(days=IDEMPOTENCY_DAYS) - timedelta(hours=1)
"""A little less than the server remembers the key of a call that it has done."""
_LOOK_SECONDS = 5.0
"""How often to look whether another window has left something to send."""
_STOP_SECONDS = 1.0
_PENDING = (
    "The server does not answer; this is kept on this workstation and sent as soon as it does."
)
_BEHIND = "This is kept on this workstation and sent after what still waits on the same ticket."
_CANNOT_BE_WRITTEN = (
    "What waits on this workstation cannot be changed just now ({problem}); make room on its disk"
    " or let its folder be written, then try again."
)
_NOT_REMOVED = "its file could not be removed"
_TOO_OLD = (
    "This was written so long ago that the server may have forgotten whether it has it already;"
    " look at the ticket, then send it or discard it."
)
_BUG = "This could not be sent because of a fault in the program; it was logged. Try again."
_STUCK = (Unreachable, TooSlow)
"""What may be for the action or for the server, which only another action can tell."""
_LATER = (Busy, TooManyAttempts, SignedOut, NewerServer, OlderServer)
"""What the server would answer to any action: it is not yet their time."""
_TRIES_IN_VAIN = 2
"""So many actions one after the other do not get through before the server counts as away."""
_COMMENTED = "commented"
"""The kind of event that a public reply is."""


class _Outcome(Enum):
    """What became of an action that waited."""

    SENT = auto()
    KEPT = auto()
    """Refused, or discarded in the meantime: nothing is left to try."""
    STUCK = auto()
    """It did not get through, which may be for itself alone."""
    BUSY = auto()
    """Another window, or another thread, is just sending it."""
    LATER = auto()
    """Nothing would get through now."""


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

    token: str = field(repr=False)
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
        self._has_told = False
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
        """Send a refused action again, because the person asks for it. Raises ``DeskError``."""
        with _writing():
            for folder, entry in self._found(action_id):
                folder.rewrite(replace(entry.refused(None), key_since=self._clock()))
        self._backoff.reset()
        self.wake()
        self._tell()

    def discard(self, action_id: str) -> bool:
        """Forget an action for good; ``False`` when it is just being sent, or is gone.

        Raises ``DeskError`` where it stays, because its file cannot be removed.
        """
        done = False
        with _writing():
            for folder, entry in self._found(action_id):
                held = folder.hold(entry)
                if held is not None:
                    folder.remove(held)
                    done = True
                    if folder.has(entry):
                        raise OSError(EIO, _NOT_REMOVED)
            sender = self._sender
            if sender is not None and not done:
                done = sender.folder.remove_damaged(action_id)
        self._tell()
        return done

    # --- sending ------------------------------------------------------------------------------

    @staticmethod
    def takes(operation: Operation) -> bool:
        """Return whether calls of an operation outlive a server that is away."""
        return operation.name in KEPT.get(operation.service, ())

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
            # What the bug was says more than that there is no room to write it down.
            with suppress(OSError):
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
                seen = self._look(sender, seen)
            if not self._stopped:
                self._wait(self._stirred, pause)

    def _look(self, sender: _Sender, seen: tuple[str, ...]) -> tuple[str, ...]:
        """Tell when something else is kept than was seen, and return what is kept."""
        told, self._has_told = self._has_told, False
        names = sender.folder.names()
        # What this outbox told by itself was a state that another window may have undone since.
        if told or names != seen:
            self._tell_listeners()
        return names

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
        blocked: set[int | None] = set()
        in_vain = 0
        all_done = True
        for entry in sender.folder.entries():
            if self._sender is not sender:
                return True
            # What opens a ticket has none yet, and never waits for another.
            if not entry.waits or (entry.ticket_id is not None and entry.ticket_id in blocked):
                continue
            outcome = self._outcome(sender, entry)
            if outcome is _Outcome.SENT:
                in_vain = 0
            if outcome in (_Outcome.SENT, _Outcome.KEPT):
                continue
            all_done = False
            blocked.add(entry.ticket_id)
            in_vain += outcome is _Outcome.STUCK
            if in_vain == _TRIES_IN_VAIN or outcome is _Outcome.LATER:
                return False
        return all_done

    def _outcome(self, sender: _Sender, entry: Entry) -> _Outcome:
        try:
            if self._clock() - entry.key_since > KEYS_LAST:
                sender.folder.rewrite(entry.refused(_TOO_OLD))
                return _Outcome.KEPT
            held = sender.folder.hold(entry)
            if held is not None:
                return self._send_later(sender, held)
        except OSError as error:
            logger.warning("an action that waits could not be kept anew: %s", error.strerror)
            return _Outcome.STUCK
        # Another window, or another thread, is just sending it, or it is gone.
        return _Outcome.BUSY if sender.folder.has(entry) else _Outcome.KEPT

    def _send_later(self, sender: _Sender, held: Held) -> _Outcome:
        """Send one action that waited, and let go of it. Raises ``OSError`` without room."""
        outcome, result = _Outcome.STUCK, None
        try:
            outcome, result = self._tried(sender, held)
        finally:
            (sender.folder.remove if outcome is _Outcome.SENT else sender.folder.let_go)(held)
        if outcome is _Outcome.SENT:
            self._backoff.reset()
            self._tell_sent(held.entry.action, result)
        if outcome in (_Outcome.SENT, _Outcome.KEPT):
            self._tell()
        return outcome

    def _tried(self, sender: _Sender, held: Held) -> tuple[_Outcome, Any]:
        """Return what became of an action, and its answer. Raises ``OSError`` without room."""
        if not held.entry.waits:
            return _Outcome.KEPT, None
        if not held.entry.tried:
            # From now on the server may know the key, and with it exactly these words.
            sender.folder.rewrite(replace(held.entry, tried=True))
        try:
            result = self._sent(sender, held)
        except (*_STUCK, *_LATER) as error:
            return _Outcome.STUCK if isinstance(error, _STUCK) else _Outcome.LATER, None
        except AlreadyDone:
            return _Outcome.SENT, None
        except OSError:
            raise
        except DeskError as error:
            sentence = str(error)
        except Exception:
            logger.exception("an action that waited could not be sent")
            sentence = _BUG
        else:
            if isinstance(result, TicketView):
                _rebase(sender.folder, held.entry, result)
            return _Outcome.SENT, result
        sender.folder.rewrite(held.entry.refused(sentence))
        return _Outcome.KEPT, None

    def _found(self, action_id: str) -> Iterator[tuple[OutboxFolder, Entry]]:
        sender = self._sender
        if sender is not None:
            for entry in sender.folder.entries():
                if entry.id == action_id:
                    yield sender.folder, entry

    def _tell(self) -> None:
        self._has_told = True
        self._tell_listeners()

    def _tell_listeners(self) -> None:
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


@contextmanager
def _writing() -> Iterator[None]:
    """Say in a sentence what keeps the folder from being written. Raises ``DeskError``."""
    try:
        yield
    except OSError as error:
        problem = (error.strerror or type(error).__name__).lower()
        logger.warning("what waits could not be changed: %s", problem)
        raise DeskError(_CANNOT_BE_WRITTEN.format(problem=problem)) from error


def _rebase(folder: OutboxFolder, sent: Entry, view: TicketView) -> None:
    """Let later changes of a ticket build on one that was just sent.

    They were made on the same view of it, and must not meet their own person's work as a conflict;
    a change by anybody else in between still does. Raises ``OSError`` where there is no room.
    """
    base = _base_of(sent, view)
    for later in folder.entries():
        change = later.action.arguments.get("change")
        if not isinstance(change, TicketChange) or later.ticket_id != sent.ticket_id:
            continue
        untouched = later.waits and not later.tried and later.order > sent.order
        if untouched and change.version == base:
            newer = {"change": change.model_copy(update={"version": view.version})}
            arguments = later.action.arguments | newer
            folder.rewrite(replace(later, action=replace(later.action, arguments=arguments)))


def _base_of(sent: Entry, view: TicketView) -> int | None:
    """Return the version that what was sent, and nothing else, has raised; ``None`` for none.

    Notes and changes to what is there already do not raise the version, so that an answer one
    above a version that was seen may tell of somebody else's change.
    """
    before = view.version - 1
    change, new = sent.action.arguments.get("change"), sent.action.arguments.get("new")
    if isinstance(change, TicketChange):
        return before if change.version == before else None
    if isinstance(new, NewComment) and not new.internal:
        return before if _is_last_word(new, view) else None
    return None


def _is_last_word(new: NewComment, view: TicketView) -> bool:
    """Return whether nobody else did anything to a ticket after a reply."""
    if not view.comments:
        return False
    reply = view.comments[-1]
    newest_first = view.events
    own = takewhile(lambda event: event.actor and event.actor.id == reply.author.id, newest_first)
    said = reply.body == new.body and not reply.internal
    return said and any(event.kind == _COMMENTED for event in own)


def _added(listeners: list[Any], listener: Any) -> Callable[[], None]:
    listeners.append(listener)

    def remove() -> None:
        if listener in listeners:
            listeners.remove(listener)

    return remove
