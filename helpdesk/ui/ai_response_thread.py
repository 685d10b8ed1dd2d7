# SPDX-License-Identifier: GPL-3.0-or-later
"""The one thread on which the assistant's answers come in, and how widgets ask for them.

``desktop.assistant.ask(self, SummaryAsk(ticket_id=3)).text(self._append).then(self._show)`` asks
and returns at once. The thread runs one asyncio loop; a cancelled question ends within moments at
whatever stage it is. It begins with the first question: a desk that asks nothing pays nothing.
Its end waits for no step that does not come back, be it a resolver, a keyring or the database.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from PyQt5 import sip
from PyQt5.QtCore import QObject, Qt, QThread, pyqtSignal

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError

if TYPE_CHECKING:
    import asyncio

    from helpdesk.client.answering import AnswerSource
    from helpdesk.core.detached_threads import DetachedThreads
    from helpdesk.core.schemas.assistant import Answer, AnswerPart, Ask

logger = logging.getLogger(__name__)

_TOGETHER_SECONDS = 1 / 30
"""Pieces of text that come in within so long are told together."""
_KEEP_SECONDS = 0.4
"""How long what is given up may take to keep what came so far."""
_LET_GO_SECONDS = 0.15
"""How long connections may take to close, and steps under way to come to their end."""
_STOP_SECONDS = 1.0
"""How long the end of the program waits for all of it."""
_ending: set[AIResponseThread] = set()
"""Threads told to end: one that is deleted while it runs would end the program with it."""
_BUG = "Something went wrong inside the program. It was logged; please try again."


class AnswerFailed(DeskError):
    """An answer did not come, or broke off; the sentence says why and what to do."""

    def __init__(self, sentence: str, code: str = "failed", *, retry_possible: bool = True) -> None:
        """Keep the sentence, the code of the cause, and whether asking again may help."""
        super().__init__(sentence)
        self.cause = code
        self.retry_possible = retry_possible


class Asked:
    """A question under way and what is to happen with its answer, always on the main thread.

    One that was cancelled, or whose owner was deleted, calls nobody.
    """

    def __init__(self, owner: QObject, cancel: Callable[[], None]) -> None:
        """Keep who asks; ``cancel`` ends the work for it."""
        self.over = False
        self._owner = owner
        self._cancel = cancel
        self._sources: list[Callable[[Answer], object]] = []
        self._text: list[Callable[[str], object]] = []
        self._done: list[Callable[[Answer], object]] = []
        self._failed: list[Callable[[AnswerFailed], object]] = []

    def sources(self, callback: Callable[[Answer], object]) -> Asked:
        """Call back with what the answer will rest on, before the first word of it."""
        self._sources.append(callback)
        return self

    def text(self, callback: Callable[[str], object]) -> Asked:
        """Call back with each piece of text."""
        self._text.append(callback)
        return self

    def then(self, callback: Callable[[Answer], object]) -> Asked:
        """Call back with the whole answer."""
        self._done.append(callback)
        return self

    def failed(self, callback: Callable[[AnswerFailed], object]) -> Asked:
        """Call back when it did not come, or broke off; what came in stays."""
        self._failed.append(callback)
        return self

    def cancel(self) -> None:
        """Ask no more: nothing is called back, and whoever answers is told at once."""
        if not self.over:
            self.over = True
            self._cancel()

    def hear(self, part: AnswerPart) -> None:
        """Call who asked for this kind of part."""
        if self.over:
            return
        if sip.isdeleted(self._owner):
            self.cancel()
            return
        kind = part.kind.value
        self.over = kind in ("done", "failed")
        if kind == "text":
            for tell in tuple(self._text):
                tell(part.text)
        elif kind == "failed":
            error = AnswerFailed(part.sentence, part.code, retry_possible=part.retry_possible)
            for complain in tuple(self._failed):
                complain(error)
        elif part.answer is not None:
            for show in tuple(self._done if kind == "done" else self._sources):
                show(part.answer)


class Assistant(QObject):
    """Asks questions for widgets and brings the answers back to them."""

    def __init__(
        self, source: Callable[[], AnswerSource] | None = None, parent: QObject | None = None
    ) -> None:
        """Begin without a thread; ``source`` is called on it, once."""
        super().__init__(parent)
        self._make = source
        self._thread: AIResponseThread | None = None
        self._asked: dict[int, Asked] = {}
        self._numbers = count(1)

    @property
    def busy(self) -> bool:
        """Whether a question is under way."""
        return bool(self._asked)

    def ask(self, owner: QObject, ask: Ask) -> Asked:
        """Ask for ``owner``, which may go away meanwhile."""
        number = next(self._numbers)
        asked = Asked(owner, lambda: self._cancel(number))
        thread = self._running()
        if thread is None:
            asked.over = True
            return asked
        self._asked[number] = asked
        thread.ask(number, ask)
        return asked

    def stop(self) -> None:
        """End every question and the thread, and wait a moment for it."""
        self.leave()
        wait_for_threads()

    def leave(self) -> None:
        """End every question and the thread, and wait for nothing."""
        self._make = None
        for asked in self._asked.values():
            asked.over = True
        self._asked.clear()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.part.disconnect()
            _let_go_of_ended()
            _ending.add(thread)
            thread.end()

    def _running(self) -> AIResponseThread | None:
        if self._thread is None and self._make is not None:
            self._thread = AIResponseThread(self._make)
            self._thread.part.connect(self._on_part, Qt.QueuedConnection)  # type: ignore[call-arg]
            self._thread.start()
        return self._thread

    def _cancel(self, number: int) -> None:
        if self._asked.pop(number, None) is not None and self._thread is not None:
            self._thread.cancel(number)

    def _on_part(self, number: int, part: AnswerPart) -> None:
        asked = self._asked.get(number)
        if asked is None:
            return
        if part.kind.value in ("done", "failed"):
            del self._asked[number]
        asked.hear(part)


class AIResponseThread(QThread):
    """Runs one asyncio loop with one source of answers."""

    part = pyqtSignal(int, object)

    def __init__(self, make: Callable[[], AnswerSource]) -> None:
        """Prepare; ``start`` makes the source, on the thread itself.

        Without a parent: it may outlive whoever asked.
        """
        super().__init__()
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Callable[[], None]] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._source: AnswerSource | None = None
        self._ready = False
        self._lock = threading.Lock()

    def ask(self, number: int, ask: Ask) -> None:
        """Have a question answered; its parts come with its number. Any thread may call."""
        self._call(lambda: self._begin(number, ask))

    def cancel(self, number: int) -> None:
        """End a question, at whatever stage it is. Any thread may call."""
        self._call(lambda: self._end(number))

    def end(self) -> None:
        """Have every question, the connections and the thread end soon. Any thread may call."""
        self._call(self._end_all)

    def run(self) -> None:
        """Serve until told to end; Qt calls this on the thread."""
        import asyncio

        from helpdesk.core.detached_threads import DetachedThreads

        steps = DetachedThreads()
        try:
            asyncio.run(self._serve(steps))
        except Exception as error:  # noqa: BLE001 -- PyQt5 would end the program
            sys.excepthook(type(error), error, error.__traceback__)
        if not steps.join(_LET_GO_SECONDS):
            logger.info("a step of the assistant was left to itself")

    async def _serve(self, steps: DetachedThreads) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        # Every step and look-up goes there: the loop's own threads would be waited for.
        self._loop.set_default_executor(steps)
        self._over = asyncio.Event()
        self._source = self._make()
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._ready = True
        for call in waiting:
            call()
        await self._over.wait()
        await _give_up(set(self._tasks.values()), _KEEP_SECONDS)
        # What has not kept its text by now asks in vain for further threads, and so ends.
        steps.shutdown()
        await _give_up(asyncio.all_tasks() - {asyncio.current_task()}, _LET_GO_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._source.aclose(), _LET_GO_SECONDS)

    def _call(self, function: Callable[[], None]) -> None:
        with self._lock:
            if not self._ready:
                self._waiting.append(function)
                return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def _end_all(self) -> None:
        self._over.set()

    def _begin(self, number: int, ask: Ask) -> None:
        import asyncio

        task = asyncio.ensure_future(self._answer(number, ask))
        self._tasks[number] = task
        task.add_done_callback(lambda _task: self._tasks.pop(number, None))

    def _end(self, number: int) -> None:
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()

    async def _answer(self, number: int, ask: Ask) -> None:
        import asyncio

        from helpdesk.core.schemas.assistant import AnswerPart, PartKind

        assert self._source is not None  # noqa: S101 - made before any question is taken
        teller = _Teller(lambda part: self.part.emit(number, part), asyncio.get_running_loop())
        try:
            async with contextlib.aclosing(self._source.answer(ask)) as parts:
                async for part in parts:
                    teller.take(part)
        except Exception as error:  # noqa: BLE001 -- whoever asked must leave the loading state
            if self._over.is_set():
                logger.info("an answer that was given up has failed: %s", type(error).__name__)
                return
            sys.excepthook(type(error), error, error.__traceback__)
            teller.take(AnswerPart(kind=PartKind.FAILED, code="fault", sentence=_BUG))
        finally:
            teller.flush()


async def _give_up(tasks: set[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel what runs on this loop, and wait so long for what it still has to do."""
    import asyncio

    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def wait_for_threads() -> None:
    """Wait for threads that were told to end, a moment at most: they can be left to themselves."""
    ends_at = monotonic() + _STOP_SECONDS
    for thread in tuple(_ending):
        thread.wait(max(int((ends_at - monotonic()) * 1000), 1))
    _let_go_of_ended()
    if _ending:
        logger.info("the assistant's thread ends later than the rest")


def _let_go_of_ended() -> None:
    _ending.difference_update([thread for thread in _ending if thread.isFinished()])


class _Teller:
    """Tells the parts of one answer, with pieces of text that come in quickly joined to one."""

    def __init__(self, tell: Callable[[AnswerPart], None], loop: asyncio.AbstractEventLoop) -> None:
        self._tell = tell
        self._loop = loop
        self._pieces: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def take(self, part: AnswerPart) -> None:
        """Tell a part, a text a moment later."""
        if part.kind.value != "text":
            self.flush()
            self._tell(part)
            return
        self._pieces.append(part.text)
        if self._timer is None:
            self._timer = self._loop.call_later(_TOGETHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Tell what has come in."""
        from helpdesk.core.schemas.assistant import AnswerPart, PartKind

        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pieces:
            self._tell(AnswerPart(kind=PartKind.TEXT, text="".join(self._pieces)))
            self._pieces.clear()
