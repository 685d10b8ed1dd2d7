# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields for a time of day and for a time zone."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QStringListModel, Qt, QTime
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtWidgets import QCompleter, QDateTimeEdit, QLineEdit, QTimeEdit

_HOUR = 60
_MOST = 64
_UNKNOWN = "There is no time zone of this name; write one such as Europe/Berlin."


class TimeField(QTimeEdit):
    """A time of day, as minutes since midnight; scrolling past does not change it."""

    def __init__(self) -> None:
        """Begin at midnight."""
        super().__init__()
        self.setDisplayFormat("HH:mm")
        self.setFocusPolicy(Qt.StrongFocus)

    @property
    def minutes(self) -> int:
        """The minutes since midnight."""
        time = self.time()
        return int(time.hour() * _HOUR + time.minute())

    def set_minutes(self, minutes: int) -> None:
        """Show another time."""
        self.setTime(QTime(*divmod(minutes, _HOUR)))

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        """Leave the whole field with Tab; the arrow keys go between hours and minutes."""
        return bool(super(QDateTimeEdit, self).focusNextPrevChild(next))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll unless this field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ZoneField(QLineEdit):
    """A time zone by its name; the zones there are, found by any part of it, are offered."""

    def __init__(self) -> None:
        """Begin without zones to offer; `offer` names them."""
        super().__init__()
        self.setMaxLength(_MOST)
        self.setPlaceholderText("Such as Europe/Berlin")
        self._zones: dict[str, str] = {}
        self._names = QStringListModel(self)
        found = QCompleter(self._names, self)
        found.setCaseSensitivity(Qt.CaseInsensitive)
        found.setFilterMode(Qt.MatchContains)
        found.setMaxVisibleItems(10)
        self.setCompleter(found)

    def offer(self, zones: Sequence[str]) -> None:
        """Offer these zones."""
        self._zones = {zone.casefold(): zone for zone in zones}
        self._names.setStringList(list(zones))

    @property
    def zone(self) -> str:
        """What is typed, spelt as the zone is."""
        typed = str(self.text()).strip().replace(" ", "_")
        return self._zones.get(typed.casefold(), typed)

    @property
    def problem(self) -> str:
        """What is wrong with what is typed, as far as the zones are known."""
        return _UNKNOWN if self._zones and self.zone.casefold() not in self._zones else ""
