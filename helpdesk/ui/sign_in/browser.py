# SPDX-License-Identifier: GPL-3.0-or-later
"""A sign-in in the system's browser, which comes back to a listener on this workstation."""

from __future__ import annotations

import threading
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.client.loopback import Loopback
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.directory import SingleSignOnAnswer, SingleSignOnBegin
from helpdesk.core.schemas.users import SignInView
from helpdesk.ui.background import Background, Job
from helpdesk.ui.links import open_sign_in_page
from helpdesk.ui.sign_in.device import device_words

if TYPE_CHECKING:
    from helpdesk.ui.opened import Opened

PATIENCE_SECONDS = 300.0
"""How long somebody may take in the browser."""
_CANCELLED = "The sign-in in the browser was cancelled."
_NOT_A_PAGE = "The desk named a page that is not safe to open; ask an admin."


class _Visit:
    """One way to the browser and back; from its return on nothing may cross it."""

    def __init__(self, listener: Loopback) -> None:
        self.listener = listener
        self._lock = threading.Lock()
        self._is_over = self._is_back = False

    def come_back(self) -> None:
        """Say that the browser is back. Raises ``DeskError`` where nobody waits any more."""
        with self._lock:
            if self._is_over:
                raise DeskError(_CANCELLED)
            self._is_back = True

    def give_up(self) -> bool:
        """Wait no more; return whether that was in time."""
        with self._lock:
            self._is_over = not self._is_back
        if self._is_over:
            self.listener.close()
        return self._is_over


class BrowserSignIn(QObject):
    """One at a time; `cancel` ends it without a word."""

    page_shown = pyqtSignal(str, bool)
    """The address of the page, and whether a browser has opened it."""
    returned = pyqtSignal()
    """The browser is back; the desk is asked what came of it."""
    answered = pyqtSignal(object)
    """The ``SignInView``."""
    failed = pyqtSignal(object)

    def __init__(self, background: Background, parent: QObject) -> None:
        """Wait on a thread of a background."""
        super().__init__(parent)
        self._background = background
        self._visit: _Visit | None = None
        self._job: Job[SignInView] | None = None

    def begin(self, opened: Opened, *, stay: bool, anew: bool) -> None:
        """Open the page, and wait for what comes back; ``anew`` as ``SingleSignOnBegin`` has it."""
        if not self.cancel():
            return
        try:
            visit = self._visit = _Visit(Loopback())
        except DeskError as error:
            self.failed.emit(error)
            return
        self._job = self._background.run(self, self._run, opened, visit, stay, anew)
        self._job.finally_(self._on_ended).then(self.answered.emit).failed(self.failed.emit)

    def cancel(self) -> bool:
        """Wait no more; return whether that was in time, before the browser came back."""
        if self._visit is not None and not self._visit.give_up():
            return False
        if self._job is not None:
            self._job.cancel()
        self._on_ended()
        return True

    def _on_ended(self) -> None:
        self._visit = self._job = None

    def _run(self, opened: Opened, visit: _Visit, stay: bool, anew: bool) -> SignInView:
        """Run on a thread of the pool, from the first question to the answer."""
        with closing(visit.listener):
            begin = SingleSignOnBegin(
                redirect_uri=visit.listener.redirect_uri, device=device_words(), anew=anew
            )
            way = opened.desk.directory.begin(begin)
            self._background.post(partial(self._show, visit, way.url))
            code = visit.listener.wait(way.state, PATIENCE_SECONDS)
        visit.come_back()
        self._background.post(self.returned.emit)
        answer = SingleSignOnAnswer(state=way.state, code=code)
        return opened.sign_in_by_browser(answer, stay=stay)

    def _show(self, visit: _Visit, url: str) -> None:
        if visit is not self._visit:
            return
        is_open = open_sign_in_page(url)
        if is_open is None:
            self.cancel()
            self.failed.emit(DeskError(_NOT_A_PAGE))
        else:
            self.page_shown.emit(url, is_open)
