# SPDX-License-Identifier: GPL-3.0-or-later
"""Which columns the table of tickets shows, in what order and how wide, as it is remembered."""

from __future__ import annotations

import json
from typing import Any

from PyQt5.QtWidgets import QHeaderView

from helpdesk.ui.tickets.table.columns import COLUMNS, KEYS

_NARROWEST, _WIDEST = 40, 2_000


def usual_layout(header: QHeaderView) -> None:
    """Show the usual columns in their own order."""
    for at, column in enumerate(COLUMNS):
        header.moveSection(header.visualIndex(at), at)
        header.setSectionHidden(at, not column.is_usual)
        header.resizeSection(at, column.width)


def layout_text(header: QHeaderView) -> str:
    """Return the layout as it is kept: by keys, so that a further column changes nothing."""
    order = [KEYS[header.logicalIndex(at)] for at in range(len(KEYS))]
    shown = [key for key in order if not header.isSectionHidden(KEYS.index(key))]
    # A hidden section tells no width; it comes back as wide as usual.
    widths = {key: header.sectionSize(KEYS.index(key)) for key in shown}
    return json.dumps({"order": order, "widths": widths})


def restore_layout(header: QHeaderView, text: object) -> bool:
    """Show what was kept, as far as it still makes sense; return whether it was anything."""
    usual_layout(header)
    kept = _kept(text)
    if kept is None:
        return False
    order, widths = kept
    for place, key in enumerate(order):
        header.moveSection(header.visualIndex(KEYS.index(key)), place)
    for at, key in enumerate(KEYS):
        if key in order:
            header.setSectionHidden(at, key not in widths)
        if key in widths:
            header.resizeSection(at, min(max(widths[key], _NARROWEST), _WIDEST))
    return True


def _kept(text: object) -> tuple[list[str], dict[str, int]] | None:
    try:
        read: Any = json.loads(text) if isinstance(text, str) else None
        order = [key for key in dict.fromkeys(read["order"]) if key in KEYS]
        widths = {key: int(width) for key, width in read["widths"].items() if key in KEYS}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    # A table without its numbers and subjects would be of no use.
    return (order, widths) if widths else None
