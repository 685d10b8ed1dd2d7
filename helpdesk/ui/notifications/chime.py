# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of what is urgent, where this machine can make one; it never fails and never waits."""

from __future__ import annotations

import sys
from typing import Any, Final

from PyQt5.QtCore import QObject, QProcess, QStandardPaths, QTimer, QUrl, pyqtSignal
from PyQt5.QtGui import QGuiApplication

from helpdesk.core.paths import resource

_SILENT_PLATFORMS: Final = ("offscreen", "minimal", "vnc")
"""Nobody sits in front of these."""
_PLAYERS: Final = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""On Linux one of these: Qt's own way warns on the terminal once a second while there is no sound
server, sounds hours late when there is one again, and needs a library that many do not have."""
_OVER_MS: Final = 5_000
"""By then it has sounded. What waits for a sound server any longer would sound when it comes."""


class Chime(QObject):
    """Plays one short sound."""

    silent = pyqtSignal()
    """This machine makes no sound."""

    def __init__(self, parent: QObject) -> None:
        """Load nothing yet."""
        super().__init__(parent)
        self._player: QProcess | None = None
        self._left: list[list[str]] = []
        self._effect: Any = None
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(_OVER_MS)
        self._over.timeout.connect(self.stop)

    def play(self) -> None:
        """Sound once; what sounds already goes on."""
        if QGuiApplication.platformName() in _SILENT_PLATFORMS:
            self.silent.emit()
        elif not sys.platform.startswith("linux"):
            self._play_effect()
        elif self._player is None:
            self._left = players()
            self._over.start()
            self._play_by_next()

    def stop(self) -> None:
        """Be quiet at once."""
        self._left.clear()
        self._over.stop()
        if self._player is not None:
            self._player.kill()
        if self._effect is not None:
            self._effect.stop()

    def _play_by_next(self) -> None:
        if not self._left:
            self.silent.emit()
            return
        program, *options = self._left.pop(0)
        self._player = player = QProcess(self)
        player.setStandardInputFile(QProcess.nullDevice())
        player.setStandardOutputFile(QProcess.nullDevice())
        player.setStandardErrorFile(QProcess.nullDevice())
        player.finished.connect(lambda code, how: self._on_played(not code and not how))
        player.errorOccurred.connect(self._on_error)
        player.start(program, [*options, str(resource("sounds/chime.wav"))])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # All other errors end with `finished`.
        if error == QProcess.FailedToStart:
            self._on_played(False)

    def _on_played(self, did: bool) -> None:
        if self._player is not None:
            self._player.deleteLater()
        self._player = None
        if did:
            self._left.clear()
            self._over.stop()
        elif self._over.isActive():
            self._play_by_next()

    def _play_effect(self) -> None:
        if self._effect is None:
            kind = sound_effect()
            if kind is None:
                self.silent.emit()
                return
            self._effect = kind(self)
            self._effect.setSource(QUrl.fromLocalFile(str(resource("sounds/chime.wav"))))
        self._effect.play()


def players() -> list[list[str]]:
    """Return the programs of this machine that play sounds, each with its options."""
    found = ((QStandardPaths.findExecutable(name), options) for name, *options in _PLAYERS)
    return [[program, *options] for program, options in found if program]


def sound_effect() -> Any:
    """Return what plays sounds elsewhere, or ``None`` where it cannot be had.

    On the main thread alone: while a module of Qt is imported on another one, the main thread
    meets its classes half made, and the program crashes.
    """
    try:
        from PyQt5.QtMultimedia import QSoundEffect
    except ImportError:
        return None
    return QSoundEffect
