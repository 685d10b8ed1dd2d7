# SPDX-License-Identifier: GPL-3.0-or-later
"""Short work off the main thread, so that no window ever waits for the database or the network.

``background.run(self, desk.tickets.assign, 3, change).then(self._show)`` runs the call on a small
pool of threads and brings its answer back through the event loop, unless the owner is gone by then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar

from PyQt5 import sip
from PyQt5.QtCore import QObject, Qt, pyqtSignal

from helpdesk.core.errors import DeskError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
_SENTENCE_FOR_A_BUG = "Something went wrong inside the program. It was logged; please try again."


class Job(Generic[T]):
    """One call under way and what is to happen with its answer, always on the main thread.

    Callbacks run in the order given, never before the method that adds them returns. A job that
    was cancelled, or whose owner was deleted, calls nobody.
    """

    def __init__(self, background: Background, owner: QObject, call: Callable[[], T]) -> None:
        """Keep the call; `Background` starts it."""
        self.cancelled = False
        self._background = background
        self._owner = owner
        self._call: Callable[[], T] | None = call
        self._answer: tuple[T] | Exception | None = None
        self._callbacks: list[Callable[[], object]] = []
        self._expected: tuple[type[Exception], ...] = ()
        self._heard = False
        self._delivered = False

    def then(self, callback: Callable[[T], object]) -> Job[T]:
        """Call back with the answer."""

        def show() -> None:
            if isinstance(self._answer, tuple):
                callback(self._answer[0])

        return self._add(show)

    def failed(self, callback: Callable[[Exception], object], *expected: type[Exception]) -> Job[T]:
        """Call back with the error: a `DeskError`, or one of the further kinds ``expected``.

        Any other error is a bug. ``sys.excepthook`` hears of it, and the callback gets a
        `DeskError` whose sentence says so: a screen must leave its loading state either way.
        """
        self._heard = True
        self._expected += expected

        def show() -> None:
            if isinstance(self._answer, Exception):
                callback(self._for_people(self._answer))

        return self._add(show)

    def finally_(self, callback: Callable[[], object]) -> Job[T]:
        """Call back after success and failure alike."""
        return self._add(callback)

    def cancel(self) -> None:
        """Ignore the answer, and do not start the call if it still waits for a thread."""
        self.cancelled = True
        self._callbacks.clear()

    def work(self) -> None:
        """Run the call; the only part that runs on a thread of the pool."""
        call, self._call = self._call, None
        try:
            if call is not None and not self.cancelled:
                self._answer = (call(),)
        except Exception as error:  # noqa: BLE001 -- job delivery: told to the owner or reported
            self._answer = error
        finally:
            self._background.post(self.deliver)
            # A traceback keeps this frame; without the names it is no cycle that keeps the owner.
            del call, self

    def deliver(self) -> None:
        """Settle the job and call those who asked; the event loop runs this."""
        first, self._delivered = not self._delivered, True
        if first:
            self._background.settle(self)
        if self.cancelled or sip.isdeleted(self._owner):
            self._callbacks.clear()
            return
        if first and isinstance(self._answer, Exception):
            self._report(self._answer)
        self.run_callbacks()

    def run_callbacks(self) -> None:
        """Call those who asked and were not called yet."""
        while self._callbacks:
            self._callbacks.pop(0)()

    @property
    def answered(self) -> bool:
        """Whether the call has returned or raised."""
        return self._answer is not None

    def _add(self, callback: Callable[[], object]) -> Job[T]:
        if self.cancelled:
            return self
        self._callbacks.append(callback)
        if self._delivered:
            self._background.post(self.deliver)
        return self

    def _is_expected(self, error: Exception) -> bool:
        return isinstance(error, (DeskError, *self._expected))

    def _for_people(self, error: Exception) -> Exception:
        if self._is_expected(error):
            return error
        told = DeskError(_SENTENCE_FOR_A_BUG)
        told.__cause__ = error
        return told

    def _report(self, error: Exception) -> None:
        if not self._is_expected(error):
            sys.excepthook(type(error), error, error.__traceback__)
        elif not self._heard:
            self._background.unheard.emit(error)


class Background(QObject):
    """A small pool of threads whose answers come back over one queued signal."""

    unheard = pyqtSignal(object)
    """A `DeskError` that no ``failed`` callback asked for."""
    idle = pyqtSignal()
    """The last outstanding job has settled."""
    _posted = pyqtSignal(object)

    job_class: ClassVar[type[Job[Any]]] = Job

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin without threads; the pool is made for the first job."""
        super().__init__(parent)
        self._pool: ThreadPoolExecutor | None = None
        self._outstanding: set[Job[Any]] = set()
        self._latest: dict[tuple[int, Hashable], Job[Any]] = {}
        self._closed = False
        self._posted.connect(self._on_posted, Qt.QueuedConnection)  # type: ignore[call-arg]

    def run(
        self, owner: QObject, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Job[T]:
        """Call the function on another thread for ``owner``, which may go away meanwhile.

        After `shutdown` the job comes back cancelled and nothing is called.
        """
        job: Job[T] = self.job_class(self, owner, partial(function, *args, **kwargs))
        if self._closed:
            job.cancelled = True
            return job
        self._outstanding.add(job)
        self.start(job)
        return job

    def latest(
        self, owner: QObject, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Job[T]:
        """Like `run`, but a job of the same owner and function still under way is cancelled.

        For questions that replace each other, such as search as one types; never for a write, and
        not for a lambda, which is another function each time.
        """
        key = (id(owner), function.func if isinstance(function, partial) else function)
        if (earlier := self._latest.get(key)) is not None:
            earlier.cancel()
        job = self.run(owner, function, *args, **kwargs)
        if not job.cancelled:
            self._latest[key] = job
        return job

    def post(self, function: Callable[[], object]) -> None:
        """Call the function on the main thread soon; any thread may ask for it."""
        self._posted.emit(function)

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._outstanding)

    def shutdown(self) -> None:
        """Drop what waits, let what runs come to its end and bring no answer back any more."""
        if self._closed:
            return
        self._closed = True
        self._posted.disconnect()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._outstanding.clear()
        self._latest.clear()

    def start(self, job: Job[Any]) -> None:
        """Queue the job for a thread."""
        if self._pool is None:
            # Imported late: with logging behind it, it would delay the first window.
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="background")
        self._pool.submit(job.work)

    def settle(self, job: Job[Any]) -> None:
        """Forget a job that has come to its end."""
        self._outstanding.discard(job)
        for key in [key for key, latest in self._latest.items() if latest is job]:
            del self._latest[key]
        if not self._outstanding:
            self.idle.emit()

    def _on_posted(self, function: Callable[[], object]) -> None:
        function()
