# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one window in a process of its own and prints what it took as JSON.

``bare`` shows an empty window, ``start DIR`` the program up to its sign-in window; ``tour DIR``
signs in and works through the queue as a person would, ``glance DIR`` does a little of that;
``export DIR SECONDS`` works on while all tickets are exported, ``shapes DIR`` goes through the
queue as a table and as a board.
"""

from __future__ import annotations

import os
import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from PyQt5.QtWidgets import QWidget


def main(arguments: list[str]) -> None:
    """Do what the first argument names and print the figures."""
    figures: dict[str, Any]
    mode, *rest = arguments
    if mode == "bare":
        figures = _bare()
    elif mode == "start":
        figures = _start(rest[0])
    elif mode == "export":
        figures = _export(rest[0], int(rest[1]))
    elif mode == "shapes":
        figures = _shapes(rest[0], quick="quick" in rest)
    else:
        figures = _tour(rest[0], quick=mode == "glance")
    import json

    print(json.dumps(figures), flush=True)
    # How the interpreter takes windows apart is not measured, and depends on who holds them.
    os._exit(0)


def _bare() -> dict[str, float]:
    """Show an empty window, which is the least that any program with windows does."""
    from PyQt5.QtWidgets import QApplication, QMainWindow

    application = QApplication(["bare"])
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    figures: dict[str, float] = {}
    _quit_when_painted(window, figures)
    application.exec_()
    return figures


def _start(place: str) -> dict[str, float]:
    """Do what ``python -m helpdesk --data-dir DIR`` does, until the first window is painted."""
    _import_the_program()
    from helpdesk import cli
    from helpdesk.app import App

    figures: dict[str, float] = {}
    start = App.start

    def start_and_watch(app: App) -> None:
        start(app)
        _quit_when_painted(app.sign_in_window, figures)

    App.start = start_and_watch  # type: ignore[assignment, method-assign]
    cli.main(["--data-dir", place])
    return figures


def _tour(place: str, *, quick: bool) -> dict[str, Any]:
    _import_the_program()
    from benchmarks.tour import tour

    return tour(place, quick=quick)


def _shapes(place: str, *, quick: bool) -> dict[str, Any]:
    _import_the_program()
    from benchmarks.tour import shapes

    return shapes(place, quick=quick)


def _export(place: str, seconds: int) -> dict[str, Any]:
    _import_the_program()
    from benchmarks.tour import export

    return export(place, seconds=seconds)


def _quit_when_painted(window: QWidget, figures: dict[str, float]) -> None:
    """End the event loop as soon as the window has been painted, and note when that was."""
    from PyQt5.QtCore import QCoreApplication, QEvent, QObject, QTimer

    class Watcher(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Paint and not figures:
                QTimer.singleShot(0, self.note)
            return False

        def note(self) -> None:
            figures.update(at=monotonic(), mb=resident_mb())
            QCoreApplication.quit()

    window.installEventFilter(Watcher(window))


def resident_mb() -> float:
    """Return the memory this process holds, in megabytes; 0 where the system does not say."""
    from pathlib import Path

    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def _import_the_program() -> None:
    """Let a script in a folder of its own import the checkout around it."""
    here = __file__.rsplit("/scripts/", 1)[0]
    sys.path[:0] = [here, f"{here}/scripts"]


if __name__ == "__main__":
    main(sys.argv[1:])
