# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop program: puts its parts together, and takes them apart in one order."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from PyQt5 import sip
from PyQt5.QtCore import QCoreApplication, QEvent, QObject, QSettings, Qt, QTimer
from PyQt5.QtWidgets import QApplication, QMessageBox

from helpdesk.core.paths import DataFolder
from helpdesk.ui import theme
from helpdesk.ui.background import Background
from helpdesk.ui.garbage import MainThreadGarbage
from helpdesk.ui.sign_in_window import FirstAdmin, SignInWindow

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.core.schemas.desk import DeskInfo
    from helpdesk.core.schemas.users import SessionView
    from helpdesk.database.db_manager import DbManager
    from helpdesk.ui.main_window import MainWindow

_PAINTED_MS = 15
"""By then the first window has been painted; opening the desk before would hold it up."""
# Kept here, because a box without a parent is deleted with the last name that holds it.
_fault_box: QMessageBox | None = None


class Opened(NamedTuple):
    """A desk that is open, and a facade that nobody has signed in to yet."""

    embedded: EmbeddedDesk
    desk: HelpDesk
    info: DeskInfo


class App(QObject):
    """Owns the windows, the background threads and the open desk."""

    def __init__(self, folder: DataFolder, settings_file: Path | None = None) -> None:
        """Prepare; `start` shows the first window."""
        super().__init__()
        self._folder = folder
        self._settings_file = settings_file
        self._opened: Opened | None = None
        self._main_thread = threading.get_ident()
        self.background = Background(self)
        self._garbage = MainThreadGarbage(self)
        self.state = QSettings(str(folder.window_state), QSettings.IniFormat)
        self._unsubscribe: Callable[[], None] = _nothing
        self.main_window: MainWindow | None = None
        self.sign_in_window = SignInWindow(self.background, self._open, self._make)
        self.sign_in_window.opened.connect(self._on_opened)
        self.sign_in_window.signed_in.connect(self._on_signed_in)

    def start(self) -> None:
        """Show the sign-in window and open the desk behind it."""
        mode = self.state.value("window/theme", "system")
        theme.current().set_mode(mode if mode in {"light", "dark"} else "system")
        self.sign_in_window.show()
        # What opens the desk imports so much that the window would be painted late.
        QTimer.singleShot(_PAINTED_MS, self.sign_in_window.open_desk)

    def stop(self) -> None:
        """Stop the timers, then the threads, then close the desk: each needs the next."""
        if self.main_window is not None:
            self.main_window.desktop.feed.stop()
            self.main_window.desktop.drafts.flush()
        self.background.shutdown()
        self._delete_windows()
        self._garbage.stop()
        self._close_desk()
        self.state.sync()
        if "helpdesk.core.logs" in sys.modules:
            sys.modules["helpdesk.core.logs"].stop()

    def _delete_windows(self) -> None:
        """Delete the windows now: left to the interpreter's end, they at times crash it."""
        QCoreApplication.sendPostedEvents(None, QEvent.DeferredDelete)
        for window in (self.main_window, self.sign_in_window):
            if window is not None and not sip.isdeleted(window):
                sip.delete(window)
        self.main_window = None

    def _open(self) -> Opened:
        """Open the desk; everything heavy is imported here, on a thread of the pool."""
        from helpdesk.client.embedded import EmbeddedDesk
        from helpdesk.client.help_desk import HelpDesk
        from helpdesk.core import logs, settings

        found = settings.load(self._folder, self._settings_file)
        logs.start(self._folder.log, found.logging)
        embedded = EmbeddedDesk.open(self._folder, found)
        transport = embedded.transport()
        if __debug__:
            transport.refuse_thread(self._main_thread)
        desk = HelpDesk(transport)
        info = desk.desks.info()
        import helpdesk.ui.main_window  # noqa: F401 - so that signing in does not wait for it

        return Opened(embedded, desk, info)

    def _make(self, demo: bool) -> FirstAdmin | None:
        """Make a desk in the data folder and return who signs in first."""
        from helpdesk.client.embedded import database_of
        from helpdesk.core import settings
        from helpdesk.core.clock import system_clock
        from helpdesk.services.new_desk import FIRST_ADMIN, make_desk

        found = settings.load(self._folder, self._settings_file)
        database = database_of(self._folder, found)
        now = system_clock()
        if demo:
            from helpdesk.services.demo_desk import DEMO_TICKETS, Scale, fill_demo_desk

            def fill(made: DbManager) -> None:
                fill_demo_desk(made, found, Scale.of(DEMO_TICKETS), now=now)

            make_desk(database, found, now, fill)
            return None
        return FirstAdmin(FIRST_ADMIN, make_desk(database, found, now))

    def _on_opened(self, opened: Opened) -> None:
        self._close_desk()
        self._opened = opened
        self._garbage.settle()

    def _on_signed_in(self, session: SessionView) -> None:
        from helpdesk.ui.desktop import ChangeFeed, Desktop
        from helpdesk.ui.drafts import Drafts
        from helpdesk.ui.main_window import MainWindow

        if self._opened is None:
            return
        embedded, desk, info = self._opened
        feed = ChangeFeed(desk, self.background, self)
        self._unsubscribe = embedded.executor.subscribe(
            lambda change: feed.wake(change.kind, change.ids)
        )
        drafts = Drafts(self._folder.drafts, session.user.username, self.background)
        desktop = Desktop(desk, info, session, self.background, feed, drafts, self.state)
        self.main_window = MainWindow(desktop)
        self.main_window.signed_out.connect(self._on_signed_out)
        self.main_window.show()
        self.sign_in_window.hide()

    def _on_signed_out(self, sentence: str) -> None:
        window, self.main_window = self.main_window, None
        self._unsubscribe()
        self._unsubscribe = _nothing
        if self._opened is not None:
            desk = self._opened.desk
            self.background.run(self, desk.sessions.sign_out)
        self.sign_in_window.ask_again(sentence)
        self.sign_in_window.show()
        if window is not None:
            window.desktop.feed.deleteLater()
            window.hide()
            window.deleteLater()

    def _close_desk(self) -> None:
        if self._opened is not None:
            self._opened.desk.close()
            self._opened.embedded.close()
            self._opened = None


def _nothing() -> None:
    """Do nothing."""


def catch_everything(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what no slot expected and say so with an id: PyQt5 would end the program otherwise."""
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    fault = os.urandom(4).hex()
    import logging

    logging.getLogger(__name__).critical("Fault %s", fault, exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
    _show_fault(fault)


def _show_fault(fault: str) -> None:
    """Say that there was a fault; while one is shown, further ones are only logged."""
    global _fault_box
    if _fault_box is not None and not sip.isdeleted(_fault_box):
        return
    _fault_box = QMessageBox(
        QMessageBox.Warning,
        "Help Desk",
        f"Something went wrong (fault {fault}). Your data is safe; the log file has the details.",
        QMessageBox.Close,
        QApplication.activeWindow(),
    )
    _fault_box.setAttribute(Qt.WA_DeleteOnClose)
    _fault_box.open()


def make_application(arguments: list[str]) -> QApplication:
    """Return the dressed application; the hook for faults stands before the first widget."""
    sys.excepthook = catch_everything
    QApplication.setAttribute(Qt.AA_EnableHighDpiScaling)
    application = QApplication(["helpdesk", *arguments])
    application.setApplicationName("helpdesk")
    application.setApplicationDisplayName("Help Desk")
    theme.current().apply(application)
    return application


def main(folder: DataFolder, settings_file: Path | None, arguments: list[str]) -> int:
    """Run the desktop program and return its exit code."""
    application = make_application(arguments)
    app = App(folder, settings_file)
    app.start()
    try:
        return int(application.exec_())
    finally:
        app.stop()
