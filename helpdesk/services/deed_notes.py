# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes what somebody did to tickets, in the transaction that does it, so that it can be undone.

It stands apart from the undoing so that whatever changes tickets can import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.services.work import Work


class Step(NamedTuple):
    """What a deed did to one ticket, as plain values by the name of the field.

    A status and a priority are their stored words, a category, a team and an assignee are ids,
    tags and watchers are sorted lists of ids, a subject is text.
    """

    ticket_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def note(work: Work, kind: DeedKind, label: str, steps: Iterable[Step]) -> int:
    """Note a deed of who calls, and return its number."""
    raise NotImplementedError
