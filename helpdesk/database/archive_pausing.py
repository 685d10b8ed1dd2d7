# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts to rest what an imported desk would do by itself, since the first one may go on doing it.

Recurring tickets would be opened twice, reports mailed twice and chats posted to twice; an admin
switches on what this desk is to take over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helpdesk.database.bulk import Row
from helpdesk.database.types import NEVER, to_microseconds


def paused(table: str, columns: Sequence[str], row: Row) -> Row:
    """Return a row of an export as a desk that is made of it begins with."""
    pause = _PAUSES.get(table)
    if pause is None:
        return row
    told = dict(zip(columns, row, strict=True))
    return tuple({**told, **pause(told)}.values())


def _switched_off(_told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"active": 0}


def _unscheduled(told: Mapping[str, Any]) -> Mapping[str, Any]:
    news = {"next_at": to_microseconds(NEVER)}
    try:
        settings = json.loads(told["settings"])
    except ValueError:
        return news
    if not isinstance(settings, dict):
        return news
    text = json.dumps({**settings, "active": False}, ensure_ascii=False, separators=(",", ":"))
    return {**news, "settings": text}


_PAUSES: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "recurrence": _switched_off,
    "chat_channel": _switched_off,
    "report_schedule": _unscheduled,
}
PAUSED = tuple(_PAUSES)
"""The tables of what an imported desk leaves alone until somebody switches it on."""
