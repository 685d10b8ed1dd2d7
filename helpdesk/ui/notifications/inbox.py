# SPDX-License-Identifier: GPL-3.0-or-later
"""Knows what somebody was told of: how much is unread, and what has just come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.notifications import (
    NotificationPage,
    NotificationQuery,
    NotificationView,
    Preferences,
    Seen,
)
from helpdesk.ui.desktop import Desktop

KIND = "notification"
_MOST_NEW = 50
_NEWEST = "notifications/newest"


class News(NamedTuple):
    """What came since somebody looked, newest first, and how they want to be told of it."""

    page: NotificationPage
    preferences: Preferences | None
    """``None`` where there is nothing to tell."""


class Inbox(QObject):
    """One person's notifications, kept in step with the desk; it shows nothing itself."""

    counted = pyqtSignal()
    """How much is unread may be another number now."""
    arrived = pyqtSignal(object)
    """Something new is here that nobody has read: a `News`."""
    changed = pyqtSignal()
    """What is listed may have changed, whoever did it."""
    marked = pyqtSignal(tuple, bool)
    """These ids are read now, or are not any more."""
    all_marked = pyqtSignal(int)
    """Everything up to this id is read now."""
    mark_failed = pyqtSignal(object)
    """What was marked could not be kept; it is as it was before."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin knowing nothing; `start` asks the desk."""
        super().__init__(parent)
        self._desktop = desktop
        self._newest = _number(desktop.state.value(desktop.own(_NEWEST)))
        self._is_first = True
        self._is_stopped = False
        self.unread = 0
        self.urgent_unread = 0

    def start(self) -> None:
        """Ask now, and whenever something changes."""
        self._desktop.feed.changed.connect(self._on_changed)
        self._look(0)

    def stop(self) -> None:
        """Tell nothing any more: somebody else may be in front of the window."""
        self._is_stopped = True

    @property
    def writes(self) -> bool:
        """Whether the desk can be told what was read."""
        return not self._desktop.info.read_only

    def mark(self, items: Sequence[NotificationView], *, unread: bool = False) -> None:
        """Mark some as read, or as unread; shown at once, and taken back where that fails."""
        items = [item for item in items if item.read == unread]
        if not items or not self.writes:
            return
        ids = tuple(item.id for item in items)
        urgent = sum(item.urgent for item in items)
        sign = 1 if unread else -1
        before = self.unread, self.urgent_unread
        self._count(self.unread + sign * len(items), self.urgent_unread + sign * urgent)
        self.marked.emit(ids, not unread)
        seen = Seen(ids=ids, unread=unread)
        job = self._desktop.background.run(self, self._desktop.desk.notifications.mark, seen)
        job.then(self._on_marked).failed(partial(self._on_not_marked, ids, unread, before))

    def mark_all(self, until_id: int) -> None:
        """Mark all up to one as read; what has come since stays unread."""
        if not self.writes:
            return
        before = self.unread, self.urgent_unread
        self._count(0, 0)
        self.all_marked.emit(until_id)
        seen = Seen(until_id=until_id)
        job = self._desktop.background.run(self, self._desktop.desk.notifications.mark, seen)
        job.then(self._on_marked).failed(partial(self._on_not_all_marked, before))

    def take_counts(self, page: NotificationPage) -> None:
        """Believe what the desk has just counted."""
        self._count(page.unread, page.urgent_unread)

    def _look(self, after_id: int) -> None:
        job = self._desktop.background.latest(self, read_news, self._desktop.desk, after_id)
        job.then(partial(self._on_news, after_id)).failed(self._on_failed)

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        if kind == KIND and not self._is_stopped and (not ids or self._desktop.person.id in ids):
            # Where anything may have changed, a backup may have been put back too: numbers that
            # were known then mean nothing any more.
            self._look(self._newest if ids else 0)
            self.changed.emit()

    def _on_news(self, after_id: int, news: News) -> None:
        if self._is_stopped:
            return
        items = tuple(each for each in news.page.items if each.id > self._newest)
        if items or not after_id:
            self._newest = news.page.items[0].id if news.page.items else 0
            self._desktop.state.setValue(self._desktop.own(_NEWEST), self._newest)
        self.take_counts(news.page)
        # Of what came before the window was there only what is urgent does not wait in the bell.
        new = tuple(each for each in items if is_news(each) and (each.urgent or not self._is_first))
        self._is_first = False
        if new:
            page = news.page.model_copy(update={"items": new})
            self.arrived.emit(news._replace(page=page))

    def _on_failed(self, error: Exception) -> None:
        # What is known stays; once the desk answers again, everything is told to have changed.
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()

    def _count(self, unread: int, urgent: int) -> None:
        self.unread = max(0, unread)
        self.urgent_unread = min(self.unread, max(0, urgent))
        self.counted.emit()

    def _on_marked(self, page: NotificationPage) -> None:
        self.take_counts(page)

    def _on_not_marked(
        self, ids: tuple[int, ...], unread: bool, before: tuple[int, int], error: Exception
    ) -> None:
        self._count(*before)
        self.marked.emit(ids, unread)
        self.mark_failed.emit(error)

    def _on_not_all_marked(self, before: tuple[int, int], error: Exception) -> None:
        self._count(*before)
        self.mark_failed.emit(error)
        self.changed.emit()


def is_news(item: NotificationView) -> bool:
    """Return whether somebody has yet to be told.

    What the system alone shows is read from the beginning; what was read is shown no more.
    """
    return item.shown or not item.read


def _number(kept: object) -> int:
    """Return what the file of the window's state keeps, 0 for what is no number."""
    text = str(kept)
    return int(text) if text.isascii() and text.isdigit() else 0


def read_news(desk: HelpDesk, after_id: int) -> News:
    """Read what came after an id; runs on a thread of the pool."""
    query = NotificationQuery(after_id=after_id, limit=_MOST_NEW)
    page = desk.notifications.search(query)
    has_new = any(is_news(item) for item in page.items)
    return News(page, desk.notifications.preferences() if has_new else None)
