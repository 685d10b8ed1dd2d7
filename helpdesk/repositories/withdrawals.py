# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes back what requesters were told of a change that is undone, as long as they cannot know."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.notifications import DeliveryState, Happening
from helpdesk.models import Notification, OutboxMessage

WITHDRAWN = (Happening.SOLVED, Happening.UPDATED)
"""What is news of a changed field alone."""
_row = Notification.__table__.c
_mail = OutboxMessage.__table__.c
_Key = tuple[int | None, int | None]


class Withdrawals:
    """What was told of some tickets at some moments, and what of it has been taken back."""

    def __init__(
        self,
        session: Session,
        ticket_ids: Collection[int],
        moments: Collection[datetime],
        now: datetime,
    ) -> None:
        """Read what was told, in two statements; nothing is taken back by that."""
        self._session = session
        self._rows: dict[_Key, list[int]] = {}
        self._mails: dict[_Key, list[int]] = {}
        self._knowing: set[_Key] = set()
        """Who has read it, or was sent it."""
        self._gone: set[_Key] = set()
        if ticket_ids and moments:
            self._read_rows(ticket_ids, moments)
            self._read_mails(ticket_ids, moments, now)

    def take_back(self, ticket_id: int) -> frozenset[int]:
        """Take back what was told of a ticket; return who has heard nothing of it by that."""
        about = {key for key in (*self._rows, *self._mails) if key[0] == ticket_id}
        self._gone |= about
        return frozenset(key[1] for key in about - self._knowing if key[1] is not None)

    def finish(self) -> tuple[int, ...]:
        """Delete what was taken back; return whose notifications there were less by that."""
        rows = [id_ for key in self._gone for id_ in self._rows.get(key, ())]
        mails = [id_ for key in self._gone for id_ in self._mails.get(key, ())]
        if rows:
            self._session.execute(delete(Notification).where(_row.id.in_(rows)))
        if mails:
            self._session.execute(delete(OutboxMessage).where(_mail.id.in_(mails)))
        return tuple(sorted({key[1] for key in self._gone if key in self._rows and key[1]}))

    def _read_rows(self, ticket_ids: Collection[int], moments: Collection[datetime]) -> None:
        asked = select(_row.id, _row.ticket_id, _row.person_id, _row.read).where(
            _row.at.in_(moments), _row.ticket_id.in_(ticket_ids), _row.happening.in_(WITHDRAWN)
        )
        for id_, ticket_id, person_id, read in self._session.execute(asked):
            if read:
                self._knowing.add((ticket_id, person_id))
            else:
                self._rows.setdefault((ticket_id, person_id), []).append(id_)

    def _read_mails(
        self, ticket_ids: Collection[int], moments: Collection[datetime], now: datetime
    ) -> None:
        waits = (
            (_mail.state == DeliveryState.WAITING)
            & or_(_mail.leased_until.is_(None), _mail.leased_until < now)
            & (_mail.doubts == 0)
        )
        asked = select(_mail.id, _mail.ticket_id, _mail.person_id, waits).where(
            _mail.ticket_id.in_(ticket_ids),
            _mail.created_at.in_(moments),
            _mail.happening.in_(WITHDRAWN),
        )
        for id_, ticket_id, person_id, is_waiting in self._session.execute(asked):
            if is_waiting:
                self._mails.setdefault((ticket_id, person_id), []).append(id_)
            else:
                self._knowing.add((ticket_id, person_id))
