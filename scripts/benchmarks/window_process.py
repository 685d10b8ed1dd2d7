# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one window in a process of its own and prints what it took as JSON.

``bare`` shows an empty window, ``start DIR`` the program up to its sign-in window, ``tour DIR``
signs in and works through the queue as a person would.
"""

from __future__ import annotations

import sys
from time import monotonic


def main(arguments: list[str]) -> None:
    """Do what the first argument names and print the figures."""
    mode, *rest = arguments
    if mode == "bare":
        figures = _bare()
    elif mode == "start":
        figures = _start(rest[0])
    else:
        figures = _tour(rest[0])
    import json

    print(json.dumps(figures))


def _bare() -> dict[str, float]:
    """Show an empty window, which is the least that any program with windows does."""
    from PyQt5.QtWidgets import QApplication, QMainWindow

    application = QApplication(["bare"])
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    return _first_paint(application, window)


def _start(place: str) -> dict[str, float]:
    """Do what ``python -m helpdesk --data-dir DIR`` does, until the first window is painted."""
    _import_the_program()
    from pathlib import Path

    import helpdesk.cli  # noqa: F401 - the command reads its command line before any window
    from helpdesk import app as desktop
    from helpdesk.core.paths import DataFolder

    application = desktop.make_application([])
    app = desktop.App(DataFolder(Path(place)))
    app.start()
    figures = _first_paint(application, app.sign_in_window)
    app.stop()
    return figures


def _tour(place: str) -> dict[str, float]:
    _import_the_program()
    from benchmarks.tour import tour

    return tour(place)


def _first_paint(application, window) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Run the event loop until the window has been painted; the types would be an import more."""
    from PyQt5.QtCore import QEvent, QObject, QTimer

    class Watcher(QObject):
        def eventFilter(self, _watched, event):  # type: ignore[no-untyped-def]  # noqa: N802
            if event.type() == QEvent.Paint:
                QTimer.singleShot(0, application.quit)
            return False

    watcher = Watcher()
    window.installEventFilter(watcher)
    application.exec_()
    return {"at": monotonic(), "mb": resident_mb()}


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
