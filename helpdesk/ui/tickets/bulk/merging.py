# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges some tickets into one of them, or takes that back, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.schemas.deeds import Refusal
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.bulk.run import Outcome

MOST = 20
"""More than these are hardly one and the same thing."""


class MergeRun(QObject):
    """What cannot be merged is left as it is, and told of with the reason."""

    ended = pyqtSignal(object, tuple)
    """The ``Outcome``, and the ids that were merged, in their order."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Do nothing yet."""
        super().__init__(parent)
        self._desktop = desktop

    def merge(self, rows: Sequence[TicketRow], survivor: TicketRow) -> None:
        """Merge tickets into one of them."""
        merge = self._desktop.desk.merging.merge
        calls: list[tuple[int, Callable[[], Any]]] = []
        for row in rows:
            if row.id != survivor.id:
                into = MergeInto(survivor_id=survivor.id, version=row.version)
                calls.append((row.id, partial(merge, row.id, into)))
        tickets = "1 ticket" if len(calls) == 1 else f"{len(calls)} tickets"
        label = f"{tickets} merged into {survivor.number}"
        self._begin(Outcome(label, total=len(calls)), calls)

    def part(self, merged: Sequence[int]) -> None:
        """Take merges back, the last one first."""
        unmerge = self._desktop.desk.merging.unmerge
        calls: list[tuple[int, Callable[[], Any]]] = [
            (id_, partial(unmerge, id_)) for id_ in reversed(merged)
        ]
        self._begin(Outcome("Merging", total=len(calls), undoes=True), calls)

    def _begin(self, outcome: Outcome, calls: list[tuple[int, Callable[[], Any]]]) -> None:
        self._next(outcome, calls, [])

    def _next(
        self, outcome: Outcome, calls: list[tuple[int, Callable[[], Any]]], done: list[int]
    ) -> None:
        if not calls:
            self.ended.emit(outcome, tuple(done))
            return
        (id_, call), *rest = calls

        def on_done(_ticket: object) -> None:
            outcome.changed += 1
            self._next(outcome, rest, [*done, id_])

        def on_failed(error: Exception) -> None:
            outcome.refused.add((Refusal(ticket_id=id_, sentence=sentence_of(error)),))
            self._next(outcome, rest, done)

        self._desktop.background.run(self, call).then(on_done).failed(on_failed)
