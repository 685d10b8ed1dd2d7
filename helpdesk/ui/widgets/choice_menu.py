# SPDX-License-Identifier: GPL-3.0-or-later
"""A menu of which one entry is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QAction, QActionGroup, QMenu, QWidget


class ChoiceMenu(QMenu):
    """Ticks the chosen entry, and tells when the person chooses another."""

    chosen = pyqtSignal(object)
    """The value of the entry."""

    def __init__(
        self, choices: Iterable[tuple[object, str]], parent: QWidget, title: str = ""
    ) -> None:
        """Offer (value, label) pairs."""
        super().__init__(title, parent)
        self._group = QActionGroup(self)
        self._actions: dict[object, QAction] = {}
        for value, label in choices:
            action = QAction(label, self)
            action.setCheckable(True)
            action.triggered.connect(partial(self._on_triggered, value))
            self._group.addAction(action)
            self.addAction(action)
            self._actions[value] = action

    def set_current(self, value: object) -> None:
        """Tick an entry without telling."""
        self._actions[value].setChecked(True)

    def _on_triggered(self, value: object, _checked: bool) -> None:
        self.chosen.emit(value)
