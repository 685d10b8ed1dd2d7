# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes pictures of the real program: every tab of every role, in both themes.

Starts the program offscreen on a demo desk of its own (or the one named), signs in as each of the
four demo people by their buttons, opens every tab and writes what a person would see as PNG.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
os.environ.setdefault("HELPDESK_SECURITY__BCRYPT_COST", "4")

from PyQt5.QtCore import (
    QDeadlineTimer,
    QEventLoop,
    QMessageLogContext,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt5.QtWidgets import QApplication, QPushButton, QWidget

from helpdesk import app as desktop
from helpdesk.core.paths import DataFolder

PEOPLE = ("alice", "bob", "charlie", "dana")
THEMES = ("light", "dark")
_SETTLE_MS = 250
_LONGEST_MS = 20_000


def main() -> int:
    """Take the pictures and say where they are."""
    options = _options()
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = DataFolder(options.data_dir or Path(made)).ensure()
        if not options.server and not folder.database.exists():
            _make_demo(folder)
        qInstallMessageHandler(_pass_on)
        application = desktop.make_application([])
        taken = 0
        for theme in options.theme or THEMES:
            taken += _tour(application, folder, theme, output, options)
    print(f"{taken} pictures are in {output.resolve()}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("tour"), metavar="DIR")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="a demo desk to show")
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--person", action="append", choices=PEOPLE)
    parser.add_argument("--size", default="1440x900", metavar="WIDTHxHEIGHT")
    parser.add_argument("--server", metavar="URL", help="show the demo desk of this server")
    return parser.parse_args()


def _pass_on(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Print what Qt says, except that a screen which is none cannot size windows."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def _make_demo(folder: DataFolder) -> None:
    from helpdesk import cli

    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["--data-dir", str(folder.path), "init-db", "--demo"])
    if code:
        sys.exit(code)


def _tour(
    application: QApplication,
    folder: DataFolder,
    theme: str,
    output: Path,
    options: argparse.Namespace,
) -> int:
    """Walk through the program in one theme and return how many pictures were taken."""
    width, height = map(int, options.size.split("x"))
    app = desktop.App(folder, server=options.server)
    app.state.setValue("window/theme", theme)
    app.start()
    _settle(application, app)
    taken = _take(app.sign_in_window, output / f"{theme}-sign-in.png")
    for person in options.person or PEOPLE:
        _sign_in(app, person)
        _settle(application, app)
        window = app.main_window
        if window is None:
            sys.exit(f"{person} could not sign in")
        window.resize(width, height)
        for key in window.tab_keys:
            window.open_tab(key)
            _settle(application, app)
            taken += _take(window, output / f"{theme}-{person}-{key}.png")
        window.sign_out()
        _settle(application, app)
    app.stop()
    return taken


def _sign_in(app: desktop.App, person: str) -> None:
    button = app.sign_in_window.findChild(QPushButton, f"demo-{person}")
    if button is None:
        sys.exit("Pictures are taken of a demo desk; name one, or none to have one made.")
    button.click()


def _take(widget: QWidget, file: Path) -> int:
    if not widget.grab().save(str(file)):
        sys.exit(f"{file} cannot be written")
    return 1


def _settle(application: QApplication, app: desktop.App) -> None:
    """Let the program do what it has begun, until nothing is under way any more."""
    longest = QDeadlineTimer(_LONGEST_MS)
    quiet = QDeadlineTimer(_SETTLE_MS)
    while not longest.hasExpired() and not (quiet.hasExpired() and not app.background.busy):
        application.processEvents(QEventLoop.AllEvents, 20)
        if app.background.busy:
            quiet = QDeadlineTimer(_SETTLE_MS)


if __name__ == "__main__":
    sys.exit(main())
