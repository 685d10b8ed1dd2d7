# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages on their way out, newest first, fetched page by page while somebody scrolls."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from PyQt5.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, pyqtSignal

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.notifications import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryState,
    DeliveryView,
    MailSettings,
    OutboxChannel,
)
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.times import clock_time, full_time, relative_time

ROW_ROLE = Qt.UserRole
WHERE_ROLE = Qt.UserRole + 1
PAGE = 50
_MOST_READ_AGAIN = 200


class Outgoing(NamedTuple):
    """Messages on their way, and how it stands with the server that takes the mail."""

    page: DeliveryPage
    mail: MailSettings


class DeliveryListModel(QAbstractListModel):
    """Announces no row before it has come."""

    arrived = pyqtSignal(object)
    """The newest are shown: a ``DeliveryPage`` with how many there are by state."""
    failed = pyqtSignal(object)
    more_failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__(parent)
        self._desktop = desktop
        self._rows: list[DeliveryView] = []
        self._states: tuple[DeliveryState, ...] = ()
        self._mail: MailSettings | None = None
        self._has_more = False
        self._more: Job[DeliveryPage] | None = None

    @property
    def mail_trouble(self) -> str:
        """Why no mail is sent at present, and when that is tried again; empty while it works."""
        mail = self._mail
        if mail is None or not mail.problem:
            return ""
        again = mail.paused_until
        when = f" The next try is at {clock_time(again)}." if again else ""
        return f"{mail.problem}{when}"

    def show_states(self, states: tuple[DeliveryState, ...]) -> None:
        """List those of these states alone, or all where none is named."""
        self._states = states
        self._replace([], has_more=False)
        self.load()

    def load(self) -> None:
        """Load the newest again, as many as are shown."""
        if self._more is not None:
            self._more.cancel()
            self._more = None
        limit = min(max(PAGE, len(self._rows)), _MOST_READ_AGAIN)
        query = DeliveryQuery(states=self._states, limit=limit)
        job = self._desktop.background.latest(self, read_outgoing, self._desktop.desk, query)
        job.then(self._on_first).failed(self.failed.emit)

    def row(self, index: QModelIndex) -> DeliveryView | None:
        """Return the message of an index."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, id_: int) -> QModelIndex:
        """Return where a message stands, invalid where it is not listed."""
        ids = [row.id for row in self._rows]
        return self.index(ids.index(id_)) if id_ in ids else QModelIndex()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many have come."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the message, or the words a screen reader says for it."""
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole):
            parts = (row.state.label, row.subject, self._where(row))
            return ". ".join(part for part in (*parts, row.problem) if part)
        if role == WHERE_ROLE:
            return self._where(row)
        if role == Qt.ToolTipRole:
            lines = (row.subject, row.to, f"Written {full_time(row.created_at)}", row.problem)
            return plain_tooltip("\n".join(line for line in lines if line))
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Return whether the desk has more than is shown."""
        return self._has_more and self._more is None

    def fetchMore(self, parent: QModelIndex) -> None:
        """Ask the desk for older ones."""
        if not self.canFetchMore(parent) or not self._rows:
            return
        query = DeliveryQuery(states=self._states, limit=PAGE, before_id=self._rows[-1].id)
        job = self._desktop.background.run(self, self._desktop.desk.channels.deliveries, query)
        self._more = job
        job.then(self._on_more).failed(self._on_more_failed)

    def _where(self, row: DeliveryView) -> str:
        return where_words(row, self._desktop.clock(), mail_waits=bool(self.mail_trouble))

    def _on_first(self, outgoing: Outgoing) -> None:
        page, self._mail = outgoing
        self._replace(list(page.items), has_more=page.has_more)
        self.arrived.emit(page)

    def _replace(self, rows: list[DeliveryView], *, has_more: bool) -> None:
        if [row.id for row in rows] == [row.id for row in self._rows] and rows:
            self._rows, self._has_more = rows, has_more
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows, self._has_more = rows, has_more
        self.endResetModel()

    def _on_more(self, page: DeliveryPage) -> None:
        self._more = None
        self._has_more = page.has_more
        known = {row.id for row in self._rows}
        older = [row for row in page.items if row.id not in known]
        if older:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(older) - 1)
            self._rows += older
            self.endInsertRows()

    def _on_more_failed(self, error: Exception) -> None:
        self._more = None
        self.more_failed.emit(error)


def read_outgoing(desk: HelpDesk, query: DeliveryQuery) -> Outgoing:
    """Read messages and the state of the mail server; runs on a thread of the pool."""
    return Outgoing(desk.channels.deliveries(query), desk.channels.mail())


def where_words(row: DeliveryView, now: datetime, *, mail_waits: bool) -> str:
    """Say to whom a message goes, how often that was tried, and when it is next.

    While ``mail_waits`` for its server, the time of a single mail means nothing.
    """
    by = "Mail to" if row.channel is OutboxChannel.MAIL else "Chat channel"
    parts = [f"{by} {row.to}"]
    if row.state is DeliveryState.SENT and row.sent_at is not None:
        parts.append(f"sent {relative_time(row.sent_at, now)}")
    if row.attempts > 1 or (row.attempts and row.state is not DeliveryState.SENT):
        parts.append("tried once" if row.attempts == 1 else f"tried {row.attempts:,} times")
    if row.state is DeliveryState.WAITING and row.channel is OutboxChannel.MAIL and mail_waits:
        parts.append("waits for the mail server")
    elif row.state is DeliveryState.WAITING and row.next_try_at is not None:
        is_due = row.next_try_at <= now
        parts.append("goes out now" if is_due else f"next at {clock_time(row.next_try_at)}")
    return " · ".join(parts)
