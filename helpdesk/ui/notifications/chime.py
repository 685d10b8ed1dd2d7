# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of what is urgent, where this machine can make one; it never fails and never waits."""

from __future__ import annotations

from typing import Any, Final

from PyQt5.QtCore import QObject, QUrl, pyqtSignal
from PyQt5.QtGui import QGuiApplication

from helpdesk.core.paths import resource
from helpdesk.ui.background import Background

_SILENT_PLATFORMS: Final = ("offscreen", "minimal", "vnc")
"""Nobody sits in front of these."""


class Chime(QObject):
    """Plays one short sound; what plays it is loaded with the first, off the main thread."""

    silent = pyqtSignal()
    """This machine makes no sound."""

    def __init__(self, background: Background, parent: QObject) -> None:
        """Load nothing yet."""
        super().__init__(parent)
        self._background = background
        self._effect: Any = None

    def play(self) -> None:
        """Sound once."""
        if QGuiApplication.platformName() in _SILENT_PLATFORMS:
            self.silent.emit()
        elif self._effect is not None:
            self._effect.play()
        else:
            self._background.run(self, sound_effect).then(self._on_loaded).failed(self._on_failed)

    def stop(self) -> None:
        """Be quiet at once."""
        if self._effect is not None:
            self._effect.stop()

    def _on_loaded(self, kind: Any) -> None:
        if kind is None:
            self.silent.emit()
            return
        self._effect = kind(self)
        self._effect.setSource(QUrl.fromLocalFile(str(resource("sounds/chime.wav"))))
        self._effect.play()

    def _on_failed(self, _error: Exception) -> None:
        self.silent.emit()


def sound_effect() -> Any:
    """Return what plays sounds, or ``None`` where its system libraries are missing."""
    try:
        from PyQt5.QtMultimedia import QSoundEffect
    except ImportError:
        return None
    return QSoundEffect
