# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop program: puts its parts together, and takes them apart in one order."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PyQt5 import sip
from PyQt5.QtCore import QCoreApplication, QEvent, QObject, QSettings, Qt, QTimer
from PyQt5.QtWidgets import QApplication, QMessageBox, QWidget

from helpdesk.core.errors import SignedOut
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.ui import own_look, theme
from helpdesk.ui.ai_response_thread import Assistant, wait_for_threads
from helpdesk.ui.background import Background
from helpdesk.ui.desk_picture import desk_picture
from helpdesk.ui.garbage import MainThreadGarbage
from helpdesk.ui.sign_in_window import FirstAdmin, SignInWindow

if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.client.remote import RemoteDesk
    from helpdesk.core.schemas.users import SessionView
    from helpdesk.core.settings import Settings
    from helpdesk.database.db_manager import DbManager
    from helpdesk.jobs.loop import JobLoop
    from helpdesk.ui.desktop import Desktop
    from helpdesk.ui.main_window import MainWindow
    from helpdesk.ui.opened import Opened

_PATIENCE_SECONDS = 2.0
"""How long the end of the program waits for a call over a network."""
_PAINTED_MS = 15
"""By then the first window has been painted; opening the desk before would hold it up."""
_TURN_SECONDS = 0.0002
"""How long another thread goes on once the main thread waits for its turn.

With Python's own 5 ms a list that is painted beside an export waits so long for each of its rows.
"""
_JOBS_AFTER_MS = 60_000
"""Keeping a desk in order can wait until whoever opened it has begun to work."""
_ASKS_ANEW = "sign_in/anew"
_LOCKED_BY = "sign_in/locked_by"
_SOMEBODY_ELSE = (
    "The browser has signed in {name}, but it was somebody else who locked this window. Sign in"
    " again if that is right."
)
# Kept here, because a box without a parent is deleted with the last name that holds it.
_fault_box: QMessageBox | None = None


class App(QObject):
    """Owns the windows, the background threads and the open desk."""

    def __init__(
        self, folder: DataFolder, settings_file: Path | None = None, server: str | None = None
    ) -> None:
        """Prepare for the desk of a server, or of the folder; `start` shows the first window.

        Without ``server`` the settings say which of the two it is.
        """
        super().__init__()
        self._folder = folder
        self._settings_file = settings_file
        self._server = server
        self._opened: Opened | None = None
        self._main_thread = threading.get_ident()
        self.background = Background(self)
        self._garbage = MainThreadGarbage(self)
        self.state = QSettings(str(_own_file(folder.window_state)), QSettings.IniFormat)
        self._unsubscribe: Callable[[], None] = _nothing
        self._jobs: JobLoop | None = None
        self._jobs_due = QTimer(self)
        self._jobs_due.setSingleShot(True)
        self._jobs_due.timeout.connect(self._start_jobs)
        self.main_window: MainWindow | None = None
        self.sign_in_window = SignInWindow(self.background, self._open, self._make)
        if server:
            self.sign_in_window.set_server(urlsplit(server).hostname or server)
        self.sign_in_window.asks_anew = bool(self.state.value(_ASKS_ANEW, False, bool))
        self.sign_in_window.opened.connect(self._on_opened)
        self.sign_in_window.signed_in.connect(self._on_signed_in)

    def start(self) -> None:
        """Show the sign-in window and open the desk behind it."""
        own_look.restore(self.state)
        self.sign_in_window.show()
        # What opens the desk imports so much that the window would be painted late.
        QTimer.singleShot(_PAINTED_MS, self.sign_in_window.open_desk)

    def stop(self) -> None:
        """Stop the timers, then the threads, then close the desk: each needs the next."""
        self._jobs_due.stop()
        if not sip.isdeleted(self.sign_in_window):
            self.sign_in_window.stop()
        if self.main_window is not None:
            self.main_window.desktop.feed.stop()
            self.main_window.desktop.link.stop()
            self.main_window.desktop.assistant.leave()
            self.main_window.desktop.drafts.flush()
        # Also for those of who has signed out: what they keep must reach the desk before it closes.
        wait_for_threads()
        self._end_background()
        self._delete_windows()
        self._garbage.stop()
        self._close_desk()
        self.state.sync()
        if "helpdesk.core.logs" in sys.modules:
            sys.modules["helpdesk.core.logs"].stop()

    def _end_background(self) -> None:
        """Let calls come to their end; one to a server that does not answer is cut off."""
        opened = self._opened
        if opened is None or opened.remote is None:
            self.background.shutdown()
            return
        cut = threading.Timer(_PATIENCE_SECONDS, opened.close)
        cut.start()
        self.background.shutdown()
        cut.cancel()
        cut.join()

    def _delete_windows(self) -> None:
        """Delete the windows now: left to the interpreter's end, they at times crash it."""
        QCoreApplication.sendPostedEvents(None, QEvent.DeferredDelete)
        for window in (self.main_window, self.sign_in_window, *_closing_notes()):
            if window is not None and not sip.isdeleted(window):
                sip.delete(window)
        self.main_window = None

    def _open(self) -> Opened:
        """Open the desk; everything heavy is imported here, on a thread of the pool."""
        from helpdesk.core import logs, settings
        from helpdesk.ui.opened import open_here, open_there

        found = settings.load(self._folder, self._settings_file)
        logs.start(self._folder.log, found.logging)
        url = self._server or found.client.server
        opened: Opened
        if url:
            remote = self._remote(url, found)
            self.background.post(partial(self.sign_in_window.set_server, remote.host))
            opened = open_there(remote, self._main_thread)
        else:
            opened = open_here(self._folder, found, self._main_thread)
        import helpdesk.ui.main_window  # noqa: F401 - so that signing in does not wait for it

        return opened

    def _remote(self, url: str, settings: Settings) -> RemoteDesk:
        """Return the desk of a server, which is not asked for anything yet."""
        from helpdesk.client.remote import RemoteDesk

        return RemoteDesk.open(url, settings, self._folder)

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
        if opened.embedded is not None:
            self._jobs_due.start(_JOBS_AFTER_MS)

    def _start_jobs(self) -> None:
        """Keep the desk of this workstation in order; a server does that for its own."""
        if self._opened is not None and self._opened.embedded is not None:
            job = self.background.run(self, _job_loop, self._opened.embedded)
            job.then(partial(self._on_job_loop, self._opened))

    def _on_job_loop(self, opened: Opened, jobs: JobLoop) -> None:
        if self._opened is opened and self._jobs is None:
            self._jobs = jobs
            jobs.start()

    def _on_signed_in(self, session: SessionView) -> None:
        from helpdesk.client.desk_files import DeskFiles
        from helpdesk.ui.desktop import ChangeFeed, Desktop
        from helpdesk.ui.drafts import Drafts
        from helpdesk.ui.link import Link, RemoteLink

        if self._opened is None:
            return
        if self._is_somebody_else(session):
            self._refuse_once(session)
            return
        self.state.remove(_LOCKED_BY)
        self._ask_anew(on=self.sign_in_window.asks_anew)
        desk, remote = self._opened.desk, self._opened.remote
        embedded = self._opened.embedded
        feed = ChangeFeed(desk, self.background, self, remote)
        self._unsubscribe = self._opened.listen(feed.wake)
        feed.changed.connect(self._on_changed)
        link = RemoteLink(remote, self.background, self) if remote else Link(self)
        link.sent.connect(feed.look)
        link.start()
        drafts = Drafts(_drafts_of(self._folder, remote), session.user.username, self.background)
        self._show_main_window(
            Desktop(
                desk=desk,
                info=self._opened.info,
                session=session,
                background=self.background,
                feed=feed,
                drafts=drafts,
                state=self.state,
                remote=remote,
                files=DeskFiles(embedded) if embedded else None,
                link=link,
                assistant=Assistant(self._opened.answers, self),
            )
        )
        self.sign_in_window.hide()

    def _is_somebody_else(self, session: SessionView) -> bool:
        """Return whether a provider has proved another person than who has locked the window.

        An account is that of one subject of one provider. Who types a password says who it is.
        """
        locked_by = self.state.value(_LOCKED_BY)
        is_proved = session.user.origin is AccountOrigin.OIDC
        return is_proved and bool(locked_by) and locked_by != self._place_of(session.user.id)

    def _refuse_once(self, session: SessionView) -> None:
        """End a session that came of a browser in which somebody else was signed in."""
        self.state.remove(_LOCKED_BY)
        self._ask_anew(on=True)
        if self._opened is not None:
            self.background.run(self, self._opened.sign_out).failed(_ignore)
        self.sign_in_window.ask_again(_SOMEBODY_ELSE.format(name=session.user.full_name))

    def _place_of(self, person_id: int) -> str:
        remote = self._opened.remote if self._opened else None
        return f"{remote.host if remote else ''} {person_id}"

    def _show_main_window(self, desktop: Desktop) -> MainWindow:
        from helpdesk.ui.main_window import MainWindow

        self.main_window = MainWindow(desktop)
        self.main_window.signed_out.connect(self._on_signed_out)
        self.main_window.lock.locked.connect(self._on_locked)
        self.main_window.show()
        return self.main_window

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        """Look what became of the own account, when it is among those that changed."""
        window = self.main_window
        if window is None or kind != "user":
            return
        if not ids or window.desktop.person.id in ids:
            job = self.background.latest(self, window.desktop.desk.sessions.current)
            job.then(self._on_session).failed(self._on_no_session)

    def _on_session(self, session: SessionView) -> None:
        """Show the tabs of another role at once, with all that was typed."""
        window = self.main_window
        if window is None or window.desktop.session.user.id != session.user.id:
            return
        before = window.desktop.session
        if before.permissions == session.permissions and before.user.role == session.user.role:
            window.show_person(session.user)
            return
        window.leave()
        place = window.place
        fresh = self._show_main_window(replace(window.desktop, session=session))
        fresh.go_to(place)
        fresh.announce(f"Your role is now {session.user.role.label}.")
        _take_away(window)

    def _on_no_session(self, error: Exception) -> None:
        if isinstance(error, SignedOut) and self.main_window is not None:
            self.main_window.sign_out(str(error))

    def _on_signed_out(self, sentence: str) -> None:
        window, self.main_window = self.main_window, None
        self._ask_anew(on=True)
        self._unsubscribe()
        self._unsubscribe = _nothing
        if self._opened is not None:
            self.background.run(self, self._opened.sign_out).failed(_ignore)
        self.sign_in_window.ask_again(sentence)
        self.sign_in_window.show()
        if window is not None:
            window.desktop.link.stop()
            window.desktop.assistant.leave()
            window.desktop.assistant.deleteLater()
            window.desktop.feed.deleteLater()
            window.desktop.link.deleteLater()
            _take_away(window)

    def _on_locked(self, is_locked: bool) -> None:
        if is_locked and self.main_window is not None:
            self.state.setValue(_LOCKED_BY, self._place_of(self.main_window.desktop.person.id))
            self._ask_anew(on=True)
        elif not is_locked:
            self.state.remove(_LOCKED_BY)

    def _ask_anew(self, *, on: bool) -> None:
        """Let the provider ask who signs in next: its page may still know who has left.

        Ending the program must not be the way round.
        """
        self.sign_in_window.asks_anew = on
        self.state.setValue(_ASKS_ANEW, on)
        self.state.sync()

    def _close_desk(self) -> None:
        self._jobs_due.stop()
        if self._jobs is not None:
            self._jobs.stop()
            self._jobs = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _job_loop(desk: EmbeddedDesk) -> JobLoop:
    """Make the thread that keeps a desk in order; what it imports is not for the main thread."""
    from helpdesk.jobs.loop import JobLoop

    return JobLoop(desk)


def _closing_notes() -> list[QWidget]:
    """Return what a closed window has left on the screen."""
    windows = QApplication.topLevelWidgets()
    return [window for window in windows if window.objectName() == "closing_note"]


def _take_away(window: MainWindow) -> None:
    window.hide()
    window.deleteLater()


def _drafts_of(folder: DataFolder, remote: RemoteDesk | None) -> Path:
    """Return where drafts lie: ticket 12 of a server is not ticket 12 of this workstation."""
    if remote is None:
        return folder.drafts
    return folder.drafts / hashlib.sha256(remote.url.encode()).hexdigest()[:16]


def _ignore(_: Exception) -> None:
    """Leave it: whoever has left need not hear that the server could not be told."""


def _nothing() -> None:
    """Do nothing."""


def _own_file(place: Path) -> Path:
    """Make a file its owner's alone, where there is a folder for it already; Qt keeps it so."""
    if place.parent.is_dir():
        with suppress(OSError):
            place.touch(0o600)
            place.chmod(0o600)
    return place


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
    sys.setswitchinterval(_TURN_SECONDS)
    QApplication.setAttribute(Qt.AA_EnableHighDpiScaling)
    application = QApplication(["helpdesk", *arguments])
    application.setApplicationName("helpdesk")
    application.setApplicationDisplayName("Help Desk")
    theme.current().apply(application)
    application.setWindowIcon(desk_picture(unread=False, urgent=False))
    return application


def main(
    folder: DataFolder, settings_file: Path | None, arguments: list[str], server: str | None = None
) -> int:
    """Run the desktop program on a folder or a server, and return its exit code."""
    application = make_application(arguments)
    app = App(folder, settings_file, server)
    app.start()
    try:
        return int(application.exec_())
    finally:
        app.stop()
