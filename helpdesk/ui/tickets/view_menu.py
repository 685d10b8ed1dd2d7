# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu of views at the title of a list: built-in, own, shared, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QAction, QActionGroup, QMenu, QWidget

from helpdesk.ui.tickets.views import View

Section = tuple[str, Sequence[View]]
Doing = tuple[str, str]
"""The key of something to do with views, and its words."""


class ViewMenu(QMenu):
    """Ticks the view that is shown; counts stand beside the names while it is open."""

    chosen = pyqtSignal(object)
    """The ``View`` of the entry."""
    wanted = pyqtSignal(str)
    """The key of something to do."""

    def __init__(self, parent: QWidget) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._views: dict[str, QAction] = {}
        self._titles: dict[str, str] = {}
        self._counts: Mapping[str, str] = {}
        self._group = QActionGroup(self)
        self.aboutToShow.connect(self._show_counts)
        self.aboutToHide.connect(self._hide_counts)

    def offer(self, sections: Sequence[Section], doings: Sequence[Doing], current: str) -> None:
        """Offer views by sections, and below them what can be done."""
        self.clear()
        self._views.clear()
        self._titles.clear()
        for name, views in sections:
            if views and name:
                self._add_heading(name)
            for view in views:
                self._add(view)
        self.addSeparator()
        for key, words in doings:
            self.addAction(words).triggered.connect(partial(self._on_wanted, key))
        self.set_current(current)

    def set_current(self, key: str) -> None:
        """Tick a view without telling."""
        if key in self._views:
            self._views[key].setChecked(True)

    def set_counts(self, counts: Mapping[str, str]) -> None:
        """Keep what to write beside the names, by the keys of views."""
        self._counts = counts
        if self.isVisible():
            self._show_counts()

    def _add_heading(self, name: str) -> None:
        """Name what follows; the style would show of a section nothing but its line."""
        self.addSeparator()
        self.addAction(name).setEnabled(False)

    def _add(self, view: View) -> None:
        title = view.title.replace("&", "&&")
        action = self.addAction(title)
        action.setCheckable(True)
        action.triggered.connect(partial(self._on_chosen, view))
        self._group.addAction(action)
        self._views[view.key], self._titles[view.key] = action, title

    def _show_counts(self) -> None:
        for key, action in self._views.items():
            count = self._counts.get(key, "")
            action.setText(f"{self._titles[key]}\t{count}" if count else self._titles[key])

    def _hide_counts(self) -> None:
        for key, action in self._views.items():
            action.setText(self._titles[key])

    def _on_chosen(self, view: View, _checked: bool) -> None:
        self.chosen.emit(view)

    def _on_wanted(self, key: str, _checked: bool = False) -> None:
        self.wanted.emit(key)
