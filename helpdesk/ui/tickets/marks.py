# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tickets of a list are chosen to be worked on together, in whatever shape it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.schemas.tickets import TicketQuery, TicketRow


class Marks(QObject):
    """The marked tickets by their ids, in the order they were marked; or all that a query finds.

    They outlive the rows: a refresh, a scroll or another shape takes no mark away.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with none."""
        super().__init__(parent)
        self._rows: dict[int, TicketRow] = {}
        self._whole: TicketQuery | None = None

    def __contains__(self, ticket_id: object) -> bool:
        """Whether a ticket is marked by itself."""
        return ticket_id in self._rows

    def __len__(self) -> int:
        """Return how many are marked by themselves."""
        return len(self._rows)

    @property
    def ids(self) -> tuple[int, ...]:
        """The tickets marked by themselves."""
        return tuple(self._rows)

    @property
    def rows(self) -> tuple[TicketRow, ...]:
        """The tickets marked by themselves, as they were read last."""
        return tuple(self._rows.values())

    @property
    def whole(self) -> TicketQuery | None:
        """The query of which all that match are marked, loaded or not."""
        return self._whole

    def toggle(self, row: TicketRow) -> None:
        """Mark a ticket, or take its mark away."""
        if row.id in self._rows:
            del self._rows[row.id]
        else:
            self._rows[row.id] = row
        self._tell()

    def add(self, rows: Iterable[TicketRow]) -> None:
        """Mark further tickets."""
        self._rows.update({row.id: row for row in rows})
        self._tell()

    def mark_all(self, query: TicketQuery) -> None:
        """Mark all that a query finds; those marked by themselves are some of them."""
        self._whole = query
        self.changed.emit()

    def clear(self) -> None:
        """Take every mark away."""
        if self._rows or self._whole:
            self._rows.clear()
            self._tell()

    def keep(self, ids: Collection[int]) -> None:
        """Take the marks of all others away, as these are what can be seen still."""
        gone = [id_ for id_ in self._rows if id_ not in ids]
        for id_ in gone:
            del self._rows[id_]
        if gone:
            self._tell()

    def learn(self, read: Mapping[int, TicketRow]) -> None:
        """Take note of how marked tickets are now."""
        self._rows.update({id_: row for id_, row in read.items() if id_ in self._rows})

    def _tell(self) -> None:
        # Whoever marks or unmarks one means these, and no longer all.
        self._whole = None
        self.changed.emit()
