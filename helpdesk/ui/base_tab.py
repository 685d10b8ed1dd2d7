# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tabs share: the desktop they work with and the news they listen to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QWidget

from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop

P = ParamSpec("P")
T = TypeVar("T")


class BaseTab(QWidget):
    """A tab of the main window. News that comes while it is hidden is shown when it is opened."""

    said = pyqtSignal(str)
    """One sentence for the status bar."""

    def __init__(self, desktop: Desktop) -> None:
        """Listen to what changes on the desk."""
        super().__init__()
        self.desktop = desktop
        self._missed = False
        desktop.feed.changed.connect(self._on_changed)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Job[T]:
        """Call something of the desk off the main thread, for this tab."""
        return self.desktop.background.run(self, function, *args, **kwargs)

    def refresh(self) -> None:
        """Load again what the tab shows."""

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Return whether a change is news for this tab."""
        return kind == "ticket"

    def focus_first(self) -> None:
        """Put the focus where work begins."""

    def save_state(self) -> None:
        """Keep sizes and filters for the next time."""

    def stop(self) -> None:
        """End what would go on without the window, such as a file that is being written."""

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed meanwhile."""
        super().showEvent(event)
        if self._missed:
            self._missed = False
            self.refresh()

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        if not self.concerns(kind, ids):
            return
        if self.isVisible():
            self.refresh()
        else:
            self._missed = True
