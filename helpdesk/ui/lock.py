# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks a window that nobody uses: all of it is covered until the password is typed again.

What goes on in the background goes on; only what could be seen, clicked or typed is out of reach.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final, cast

from pydantic import ValidationError
from PyQt5 import sip
from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QWindow
from PyQt5.QtWidgets import QApplication, QMainWindow, QToolTip, QWidget

from helpdesk.core.schemas.accounts import ProfileView, Unlock
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.lock_page import LockPage
from helpdesk.ui.lock_watch import LockWatch

_MINUTE = 60
_AGAIN_MS = 5 * _MINUTE * 1000
"""So often it is asked what admins allow, beside each change of the own account."""
_INPUT: Final = frozenset(
    {
        QEvent.KeyPress,
        QEvent.KeyRelease,
        QEvent.ShortcutOverride,
        QEvent.Shortcut,
        QEvent.InputMethod,
        QEvent.MouseButtonPress,
        QEvent.MouseButtonRelease,
        QEvent.MouseButtonDblClick,
        QEvent.Wheel,
        QEvent.ContextMenu,
        QEvent.ToolTip,
        QEvent.WhatsThis,
        QEvent.DragEnter,
        QEvent.Drop,
    }
)


class WindowLock(QObject):
    """Locks by itself after a while, or when it is told to."""

    locked = pyqtSignal(bool)
    """Whether the window is locked from now on."""
    sign_out_wanted = pyqtSignal()

    def __init__(self, window: QMainWindow, desktop: Desktop) -> None:
        """Lock a window of who is signed in; `start` begins to watch."""
        super().__init__(window)
        self._window = window
        self._desktop = desktop
        self.page: LockPage | None = None
        self._covered: list[QWidget] = []
        self._focused: QWidget | None = None
        self.watch = LockWatch(self)
        self.watch.idle.connect(self.lock)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self.ask_limit)
        desktop.feed.changed.connect(self._on_changed)

    @property
    def is_locked(self) -> bool:
        """Whether the window is covered."""
        return self.page is not None

    def start(self) -> None:
        """Watch from now on; a window that was closed while it was locked begins locked."""
        kept = self._desktop.state.value(self._desktop.own("lock/seconds"), 0.0)
        self.watch.set_limit(_seconds(kept))
        if self._desktop.state.value(self._desktop.own("lock/session")) == self._session:
            self.lock()
        self._again.start()
        self.ask_limit()

    def stop(self) -> None:
        """Watch no more; the window is being left."""
        self.watch.stop()
        self._again.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def forget(self) -> None:
        """Begin the next session unlocked."""
        self._desktop.state.remove(self._desktop.own("lock/session"))

    def lock(self) -> None:
        """Cover the window, and put away whatever else shows something of the desk."""
        if self.is_locked:
            return
        _close_popups()
        QToolTip.hideText()
        self._desktop.drafts.flush()
        self._focused = self._window.focusWidget()
        self.page = self._make_page()
        for widget in (*self._inside(), *self._beside()):
            self._put_away(widget)
        self.page.show()
        self.page.raise_()
        self.page.focus_first()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        # Ending the program must not be the way in where it stays signed in.
        self._desktop.state.setValue(self._desktop.own("lock/session"), self._session)
        self._desktop.state.sync()
        self.locked.emit(True)

    def ask_limit(self) -> None:
        """Ask the desk after how long this window is to lock itself."""
        job = self._desktop.background.latest(self, self._desktop.desk.profiles.own)
        # Without an answer the limit stays that is known.
        job.then(self._on_profile).failed(lambda _: None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let nothing reach what is covered, and nothing else come up."""
        page, kind = self.page, event.type()
        if page is None or sip.isdeleted(self._window) or not self._window.isVisible():
            return False
        if kind in _INPUT:
            return not isinstance(watched, QWindow | QApplication) and not _belongs(watched, page)
        if kind == QEvent.Resize and watched is self._window:
            page.setGeometry(self._window.rect())
        elif kind == QEvent.Show and isinstance(watched, QWidget):
            self._on_shown(watched, page)
        return False

    def _on_shown(self, widget: QWidget, page: LockPage) -> None:
        """Put away what comes up meanwhile."""
        is_other_window = widget.isWindow() and widget is not self._window
        is_child = not widget.isWindow() and widget.parentWidget() is self._window
        is_tip = widget.windowType() == Qt.ToolTip
        if not (is_other_window or is_child) or is_tip or _belongs(widget, page):
            return
        if is_other_window:
            # It is not on the screen yet, and is not to flash there.
            widget.setAttribute(Qt.WA_DontShowOnScreen)
        page.raise_()
        QTimer.singleShot(0, partial(self._put_away_later, widget))

    def _put_away_later(self, widget: QWidget) -> None:
        if sip.isdeleted(widget):
            return
        if self.is_locked and not widget.isHidden():
            self._put_away(widget)
        widget.setAttribute(Qt.WA_DontShowOnScreen, False)

    def _put_away(self, widget: QWidget) -> None:
        widget.hide()
        self._covered.append(widget)

    def _inside(self) -> list[QWidget]:
        children = self._window.findChildren(QWidget, options=Qt.FindDirectChildrenOnly)
        return [
            each
            for each in children
            if each is not self.page and not each.isWindow() and not _is_put_away(each)
        ]

    def _beside(self) -> list[QWidget]:
        windows = QApplication.topLevelWidgets()
        return [each for each in windows if each is not self._window and each.isVisible()]

    def _make_page(self) -> LockPage:
        page = LockPage(self._desktop.person, self._window)
        page.setGeometry(self._window.rect())
        page.unlock_wanted.connect(self._on_unlock_wanted)
        page.sign_out_wanted.connect(self.sign_out_wanted)
        return page

    def _on_unlock_wanted(self, password: str) -> None:
        page = self.page
        if page is None:
            return
        try:
            unlock = Unlock(password=password)
        except ValidationError as error:
            page.show_refused(str(invalid(error)))
            return
        page.set_busy(True)
        job = self._desktop.background.run(page, self._desktop.desk.sessions.unlock, unlock)
        job.finally_(lambda: page.set_busy(False)).then(lambda _: self._unlock())
        job.failed(lambda error: page.show_refused(sentence_of(error)))

    def _unlock(self) -> None:
        page, self.page = self.page, None
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        if page is not None:
            page.hide()
            page.deleteLater()
        covered, self._covered = self._covered, []
        for widget in covered:
            if not sip.isdeleted(widget):
                widget.show()
        if self._focused is not None and not sip.isdeleted(self._focused):
            self._focused.setFocus()
        self._focused = None
        self.forget()
        self.watch.begin_anew()
        self.locked.emit(False)

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        is_own = kind == "user" and (not ids or self._desktop.person.id in ids)
        if is_own or kind == "security":
            self.ask_limit()

    def _on_profile(self, profile: ProfileView) -> None:
        limits = [profile.lock_minutes, profile.longest_lock_minutes]
        seconds = float(min((each for each in limits if each), default=0) * _MINUTE)
        self._desktop.state.setValue(self._desktop.own("lock/seconds"), seconds)
        if seconds != self.watch.limit_seconds:
            self.watch.set_limit(seconds)

    @property
    def _session(self) -> str:
        """What tells this session from the next one, and nobody its token."""
        return hashlib.sha256(self._desktop.session.token.encode()).hexdigest()[:16]


def _belongs(thing: QObject, page: QWidget) -> bool:
    """Return whether something is part of the page, or a menu of one of its fields."""
    each: QObject | None = thing
    while each is not None:
        if each is page:
            return True
        each = each.parent()
    return False


def _close_popups() -> None:
    """Close menus and lists, which a program has open one above the other."""
    while popup := cast("QWidget | None", QApplication.activePopupWidget()):
        if not popup.close():
            return


def _is_put_away(widget: QWidget) -> bool:
    """Return whether somebody has hidden a widget; one not shown yet is merely invisible."""
    return widget.isHidden() and widget.testAttribute(Qt.WA_WState_ExplicitShowHide)


def _seconds(kept: object) -> float:
    """Return what was kept as a number; a file may hold anything."""
    try:
        return max(0.0, float(str(kept)))
    except ValueError:
        return 0.0
