# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is a model to ask, looked up now and then, since an admin may set one up."""

from __future__ import annotations

from datetime import datetime, timedelta

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.schemas.assistant import AssistantStatus
from helpdesk.ui.desktop import Desktop

NO_MODEL = "No model is set up; an admin can do that in Settings."
_NEWS = "assistant"
_GOOD_FOR = timedelta(minutes=1)


class ModelStatus(QObject):
    """Remembers what the desk said last; nothing is known before it has said something."""

    changed = pyqtSignal()

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin without a model."""
        super().__init__(parent)
        self._desktop = desktop
        self._status: AssistantStatus | None = None
        self._looked: datetime | None = None
        desktop.feed.changed.connect(self._on_changed)

    @property
    def has_model(self) -> bool:
        """Whether a model can be asked."""
        return self._status is not None and self._status.has_model

    @property
    def model(self) -> str:
        """The model's name, empty when there is none."""
        return self._status.model if self._status is not None else ""

    @property
    def sentence(self) -> str:
        """Say why there is less than might be, or who is asked."""
        if self._status is None or not self._status.has_model:
            return NO_MODEL
        return f"Asks {self._status.model} on {self._status.place}."

    def look(self) -> None:
        """Ask the desk again unless it has just said so."""
        now = self._desktop.clock()
        if self._looked is not None and now - self._looked < _GOOD_FOR:
            return
        self._looked = now
        job = self._desktop.background.latest(self, self._desktop.desk.assistant.status)
        job.then(self._on_status).failed(self._on_failed)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == _NEWS and self._looked is not None:
            self._looked = None
            self.look()

    def _on_status(self, status: AssistantStatus) -> None:
        if status != self._status:
            self._status = status
            self.changed.emit()

    def _on_failed(self, _error: Exception) -> None:
        """Keep what was known; the next ticket asks anew."""
        self._looked = None
