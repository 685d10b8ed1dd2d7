# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of a filter that no menu offers, such as a span of days; it can only be taken away."""

from __future__ import annotations

from datetime import datetime, timedelta

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QPushButton

from helpdesk.core.text import ellipsis
from helpdesk.ui.widgets.times import clock_time, day_words

_LONGEST = 60
_CROSS = "\u00d7"


class FilterChip(QPushButton):
    """Says what it narrows a list to; a click, Backspace or Delete takes it away."""

    def __init__(self, name: str) -> None:
        """Begin hidden, for the property of this name."""
        super().__init__()
        self.name = name
        """Said before what the list is narrowed to."""
        self.setProperty("active", True)
        self.setToolTip("Take this filter away")
        self.hide()

    def show_value(self, value: str) -> None:
        """Show what the list is narrowed to; nothing hides the chip."""
        self.show_said(f"{self.name}: {value}")
        self.setVisible(bool(value))

    def show_said(self, said: str) -> None:
        """Show in whole words what the list is narrowed to."""
        self.setText(f"{ellipsis(said, _LONGEST)} {_CROSS}".replace("&", "&&"))
        self.setAccessibleName(f"{said}, take away")
        self.setVisible(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go away on Backspace and Delete, as on a click."""
        if event.key() in (Qt.Key_Backspace, Qt.Key_Delete):
            self.click()
        else:
            super().keyPressEvent(event)


def span_of_days(after: datetime | None, before: datetime | None, now: datetime) -> str:
    """Say which days lie from one moment to another: "16 Nov - 22 Nov", "since 16 Nov"."""
    first = _moment(after, now) if after is not None else ""
    if before is None:
        return f"since {first}" if first else ""
    local = before.astimezone()
    is_midnight = (local.hour, local.minute) == (0, 0)
    last = _moment(local - timedelta(seconds=1) if is_midnight else local, now, whole=is_midnight)
    if not first:
        return f"until {last}"
    return first if first == last else f"{first} \u2013 {last}"


def _moment(moment: datetime, now: datetime, *, whole: bool = False) -> str:
    local = moment.astimezone()
    day = day_words(moment, now)
    return day if whole or (local.hour, local.minute) == (0, 0) else f"{day} {clock_time(moment)}"
