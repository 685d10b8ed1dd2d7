# SPDX-License-Identifier: GPL-3.0-or-later
"""Does one thing to many tickets, in steps that others can work between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.clock import monotonic
from helpdesk.core.schemas.bulk import BulkChange, BulkResult, TicketIds
from helpdesk.core.schemas.deeds import MOST_AT_ONCE, DeedRef
from helpdesk.core.schemas.links import ParentIds
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.refusals import Refusals

_SURE_SECONDS = 1.0
"""Before so long, nobody can tell how long the rest will take."""


@dataclass
class Outcome:
    """How far something has come, and what could not be done."""

    label: str
    deed_id: int | None = None
    total: int = 0
    changed: int = 0
    passed: int = 0
    """How many were looked at, whatever became of them."""
    refused: Refusals = field(default_factory=Refusals)
    stopped: bool = False
    error: Exception | None = None
    undoes: bool = False
    deletes: bool = False


class BulkRun(QObject):
    """One at a time; what is done stays done when it is stopped, and can be undone."""

    progressed = pyqtSignal(object)
    """The ``Outcome`` so far."""
    ended = pyqtSignal(object)
    """The ``Outcome``, whether all of it was done, or it was stopped, or it failed."""
    asked = pyqtSignal(int, tuple, object)
    """How many tickets are to get a ``Status`` that ends them, and the ``TicketRef`` of what is
    open below them: nothing is done before ``answer``."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Do nothing yet."""
        super().__init__(parent)
        self._desktop = desktop
        self._outcome: Outcome | None = None
        self._ids: list[int] = []
        self._fields: dict[str, Any] = {}
        self._below: dict[int, TicketRef] = {}
        self._began = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._outcome is not None

    @property
    def ids(self) -> tuple[int, ...]:
        """The tickets that something was done to last."""
        return tuple(self._ids)

    @property
    def seconds_left(self) -> int | None:
        """How long the rest takes by what it took so far, as soon as that can be told."""
        done, took = self._outcome, monotonic() - self._began
        if done is None or not done.passed or took < _SURE_SECONDS:
            return None
        return round(took / done.passed * (done.total - done.passed))

    def change(self, ids: tuple[int, ...], fields: Mapping[str, Any], label: str) -> None:
        """Change some tickets."""
        self._begin(Outcome(label, total=len(ids)), fields)
        self._ids = list(ids)
        self._look_below(0)

    def change_all(self, query: TicketQuery, fields: Mapping[str, Any], label: str) -> None:
        """Change all tickets that match a query now; what matches later is not meant."""
        self._begin(Outcome(label), fields)
        self._find(query.model_copy(update={"cursor": None}))

    def stop(self) -> None:
        """Do no further step; the one under way comes to its end."""
        if self._outcome is not None:
            self._outcome.stopped = True

    def _begin(self, outcome: Outcome, fields: Mapping[str, Any]) -> None:
        self._outcome, self._fields, self._ids = outcome, dict(fields), []
        self._below = {}
        outcome.deletes = bool(fields.get("delete"))
        self._began = monotonic()
        self.progressed.emit(outcome)

    def _find(self, query: TicketQuery) -> None:
        self._call(self._desktop.desk.bulk.ids, query).then(lambda page: self._found(query, page))

    def _found(self, query: TicketQuery, page: TicketIds) -> None:
        outcome = self._outcome
        if outcome is None:
            return
        self._ids += page.ids
        outcome.total = len(self._ids)
        self.progressed.emit(outcome)
        if page.next_cursor is not None and not outcome.stopped:
            self._find(query.model_copy(update={"cursor": page.next_cursor}))
        else:
            self._look_below(0)

    def answer(self, *, go_on: bool, children_too: bool = False) -> None:
        """Go on after ``asked``, with what is open below or without it, or do nothing."""
        outcome = self._outcome
        if outcome is None:
            return
        outcome.stopped = outcome.stopped or not go_on
        if children_too:
            count = len(self._below)
            outcome.label += f", with {'1 child' if count == 1 else f'{count:,} children'}"
            self._ids += self._below
            outcome.total = len(self._ids)
        self._note()

    def _look_below(self, start: int) -> None:
        """Ask what is open below the tickets that are to end, some at a time."""
        status, some = self._fields.get("status"), self._ids[start : start + MOST_AT_ONCE]
        if self._outcome is None or status is None or status.is_open or self._outcome.stopped:
            self._note()
        elif some:
            parents = ParentIds(ticket_ids=tuple(some))
            job = self._call(self._desktop.desk.ticket_links.open_children, parents)
            job.then(partial(self._on_below, start + len(some)))
        elif self._below:
            self.asked.emit(len(self._ids), tuple(self._below.values()), status)
        else:
            self._note()

    def _on_below(self, start: int, found: tuple[TicketRef, ...]) -> None:
        self._below |= {each.id: each for each in found}
        if start >= len(self._ids):
            own = set(self._ids)
            self._below = {id_: each for id_, each in self._below.items() if id_ not in own}
        self._look_below(start)

    def _note(self) -> None:
        """Begin the deed, by which all of it is undone as one."""
        if self._outcome is None or self._outcome.stopped or not self._ids:
            self._end()
            return
        self._began = monotonic()
        self._call(self._desktop.desk.bulk.begin, self._outcome.label).then(self._on_noted)

    def _on_noted(self, deed: DeedRef) -> None:
        if self._outcome is not None:
            self._outcome.deed_id = deed.id
            self._change_some()

    def _change_some(self) -> None:
        outcome = self._outcome
        if outcome is None or outcome.deed_id is None:
            return
        some = self._ids[outcome.passed : outcome.passed + MOST_AT_ONCE]
        if not some or outcome.stopped:
            self._end()
            return
        change = BulkChange(ticket_ids=tuple(some), **self._fields)
        job = self._call(self._desktop.desk.bulk.change, outcome.deed_id, change)
        job.then(lambda result: self._on_changed(len(some) - len(result.left), result))

    def _on_changed(self, count: int, result: BulkResult) -> None:
        outcome = self._outcome
        if outcome is None:
            return
        outcome.passed += count
        outcome.changed += len(result.changed)
        outcome.refused.add(result.refused)
        self.progressed.emit(outcome)
        self._change_some()

    def _call(self, function: Callable[..., Any], *arguments: object) -> Job[Any]:
        job: Job[Any] = self._desktop.background.run(self, function, *arguments)
        return job.failed(self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        if self._outcome is not None:
            self._outcome.error = error
            self._end()

    def _end(self) -> None:
        outcome, self._outcome = self._outcome, None
        if outcome is not None:
            self.ended.emit(outcome)
