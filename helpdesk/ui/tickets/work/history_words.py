# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the history tells of tasks and of time."""

from __future__ import annotations

from helpdesk.core.schemas.tickets import EventView
from helpdesk.core.text import ellipsis

WORKED = ("tasked", "timed")
"""Kinds of entries that tell of a task or of time."""
_LONGEST = 120
_VERBS = {
    "added": "added to the tasks",
    "done": "has done",
    "open": "opened again",
    "moved": "moved",
    "removed": "removed the task",
}


def worked_sentence(event: EventView, who: str) -> str:
    """Say one entry in words."""
    old, new = (ellipsis(each or "", _LONGEST) for each in (event.old, event.new))
    if event.kind == "timed":
        if old and new:
            return f"{who} changed time: {old} → {new}"
        return f"{who} worked {new}" if new else f"{who} removed time: {old}"
    if event.field == "renamed":
        return f"{who} renamed a task: {old} → {new}"
    verb = _VERBS.get(event.field or "", event.kind)
    return f"{who} {verb}: {new or old}"
