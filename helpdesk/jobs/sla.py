# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that keeps the clocks of tickets: gives some out, measures anew, and sweeps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Busy, DatabaseFault
from helpdesk.core.operation import operations_of
from helpdesk.services.sweep import AT_ONCE, Sweep
from helpdesk.services.taking_up import TakingUp, Waiting

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 240.0
"""Nothing more is begun after this long: the lease of the job must not run out."""
_TICKETS_AT_ONCE = 100

_taking_up, _sweep = operations_of(TakingUp), operations_of(Sweep)
_Step = Callable[[Sequence[int]], int]


def keep_clocks(desk: EmbeddedDesk, _now: datetime) -> int:
    """Bring the clocks of open tickets up to date, and return how many were seen to."""
    return _Keeping(desk).run()


class _Keeping:
    """One run of the job."""

    def __init__(self, desk: EmbeddedDesk) -> None:
        self._executor = desk.executor
        self._ends_at = monotonic() + LONGEST_SECONDS

    def run(self) -> int:
        waiting: Waiting = self._call(_taking_up["waiting"])
        if waiting.is_new:
            self._call(_taking_up["begin"])
        taken_up = self._each(waiting.without_clocks, self._take_up)
        differing = self._each(waiting.to_measure, self._measure_anew)
        if not self._is_over():
            self._note(waiting, has_changed=taken_up + differing > 0)
        return taken_up + differing + self._swept()

    def _note(self, waiting: Waiting, *, has_changed: bool) -> None:
        """Keep in mind that nothing waits any more, where that is news."""
        if not waiting.is_settled:
            self._call(_taking_up["done"], waiting=waiting, has_changed=has_changed)

    def _each(self, ids: Sequence[int], step: _Step) -> int:
        done = 0
        for start in range(0, len(ids), _TICKETS_AT_ONCE):
            if self._is_over():
                break
            done += self._tried(ids[start : start + _TICKETS_AT_ONCE], step, _skipped)
        return done

    def _swept(self) -> int:
        """Look at all clocks that are due, some at a time, those that wait longest first."""
        swept = 0
        while not self._is_over() and (clock_ids := self._call(_sweep["due"]).clock_ids):
            looked_at = self._tried(clock_ids, self._look_at, self._put_off)
            swept += looked_at
            # One that has taken long leaves some for the next transaction.
            if looked_at == len(clock_ids) < AT_ONCE:
                break
        return swept

    def _tried(self, ids: Sequence[int], step: _Step, give_up: Callable[[int], None]) -> int:
        """Take a step for some in one transaction, or for each alone where one of them fails."""
        try:
            return step(ids)
        except (Busy, DatabaseFault):
            raise
        except Exception:
            if len(ids) > 1:
                return sum(self._tried((each,), step, give_up) for each in ids)
            # Whatever it is, it is about this one alone, and the others are not to wait for it.
            logger.exception("the clocks of %d cannot be kept", ids[0])
            give_up(ids[0])
            return 0

    def _take_up(self, ticket_ids: Sequence[int]) -> int:
        return int(self._call(_taking_up["take_up"], ticket_ids=tuple(ticket_ids)))

    def _measure_anew(self, ticket_ids: Sequence[int]) -> int:
        return int(self._call(_taking_up["measure_anew"], ticket_ids=tuple(ticket_ids)))

    def _look_at(self, clock_ids: Sequence[int]) -> int:
        return int(self._call(_sweep["look_at"], clock_ids=tuple(clock_ids)))

    def _put_off(self, clock_id: int) -> None:
        self._call(_sweep["put_off"], clock_id=clock_id)

    def _call(self, operation: Any, **arguments: Any) -> Any:
        return self._executor.execute(operation, arguments, system=True)

    def _is_over(self) -> bool:
        return monotonic() > self._ends_at


def _skipped(_ticket_id: int) -> None:
    """Leave a ticket without; it gets its clocks when somebody changes it."""
