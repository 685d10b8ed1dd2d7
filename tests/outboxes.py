# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills an outbox and tells what became of what was in it, for tests of what leaves the desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from helpdesk.core.schemas.notifications import (
    DeliveryState,
    Happening,
    MailBody,
    OutboxChannel,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.models import ChatChannel, OutboxMessage, User
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.outbox import OutboxRepository
from helpdesk.services import mail_setup

SENDER = "helpdesk@corp.example"


def use_mail(database: DbManager, port: int, **more: object) -> None:
    """Let a desk send mail by a server on this machine."""
    import json

    kept = {
        "enabled": True, "host": "localhost", "port": port, "security": "none", "sender": SENDER,
    } | more  # fmt: skip
    with database.writing() as session:
        FactRepository(session).set(mail_setup.FACT, json.dumps(kept))


def person_id(database: DbManager, username: str) -> int:
    with database.reading() as session:
        found = session.execute(select(User.id).where(User.username == username)).scalar_one()
    return int(found)


def put(database: DbManager, keys: Iterable[str], now: datetime, **more: Any) -> None:
    """Put messages into the outbox, by default mails to Alice that are about no ticket."""
    body = MailBody(title="Bob Keller replied to HD-1", to_name="Alice Moreau")
    row = {
        "channel": OutboxChannel.MAIL, "person_id": 1, "happening": Happening.ANSWERED,
        "ticket_id": None, "subject": "x", "body": body.model_dump_json(), "created_at": now,
        "next_try_at": now,
    } | more  # fmt: skip
    with database.writing() as session:
        OutboxRepository(session).add([{**row, "key": f"{key}@corp.example"} for key in keys])


def a_chat(database: DbManager, host: str, **more: Any) -> int:
    """Add a chat channel as if an admin had done so."""
    with database.writing() as session:
        values = {"name": "Escalations", "kind": "slack", "host": host, "problem": ""} | more
        channel = ChatChannel(**values, active=True, removed=False, version=1)
        session.add(channel)
        session.flush()
        return channel.id


def rows(database: DbManager) -> dict[str, OutboxMessage]:
    """Return every message by the first part of its key."""
    with database.reading() as session:
        found = session.execute(select(OutboxMessage).order_by(OutboxMessage.id)).scalars().all()
        session.expunge_all()
    return {row.key.partition("@")[0]: row for row in found}


def states(database: DbManager) -> dict[str, DeliveryState]:
    return {key: row.state for key, row in rows(database).items()}


def waits_until(database: DbManager, key: str, now: datetime) -> timedelta:
    """Return how long a message still waits."""
    return rows(database)[key].next_try_at - now
