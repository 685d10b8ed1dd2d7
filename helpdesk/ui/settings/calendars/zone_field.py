# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses a time zone of the world by typing a part of its name."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QStringListModel, Qt
from PyQt5.QtWidgets import QCompleter, QLineEdit

from helpdesk.core.text import NAME_LIMIT

_MOST_SHOWN = 12


class ZoneField(QLineEdit):
    """Offers the zones whose names have what is typed in them."""

    def __init__(self) -> None:
        """Begin without zones."""
        super().__init__()
        self._zones: frozenset[str] = frozenset()
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchContains)
        completer.setCaseSensitivity(Qt.CaseInsensitive)
        completer.setMaxVisibleItems(_MOST_SHOWN)
        self.setCompleter(completer)
        self.setMaxLength(NAME_LIMIT)
        self.setPlaceholderText("Type a city, such as Berlin")

    def set_zones(self, zones: Sequence[str]) -> None:
        """Offer these."""
        self._zones = frozenset(zones)
        self._names.setStringList(list(zones))

    @property
    def zone(self) -> str:
        """The zone that is typed, in the spelling it is known by."""
        typed = str(self.text()).strip().replace(" ", "_")
        if typed in self._zones:
            return typed
        alike = [zone for zone in self._zones if zone.casefold() == typed.casefold()]
        return alike[0] if alike else typed

    @property
    def is_known(self) -> bool:
        """Whether there is such a zone; while none are known, the desk decides."""
        return self.zone in self._zones or (not self._zones and bool(self.zone))
