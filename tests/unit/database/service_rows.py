# SPDX-License-Identifier: GPL-3.0-or-later
"""A row in each table of service levels, rules, notices and reports, for tests that copy a desk."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from helpdesk.core.schemas.clocks import ClockState
from helpdesk.core.schemas.notifications import (
    ChatKind,
    Delivery,
    DeliveryState,
    Happening,
    OutboxChannel,
)
from helpdesk.core.schemas.ratings import LowReason
from helpdesk.core.schemas.rules import RunOutcome, Trigger
from helpdesk.database.search import search_of
from helpdesk.models import (
    Attachment,
    AttachmentPiece,
    ChatChannel,
    Comment,
    Notification,
    NotificationChoice,
    NotificationSetting,
    OutboxAttachment,
    OutboxFile,
    OutboxMessage,
    OwnDashboard,
    Rating,
    ReportSchedule,
    Rule,
    RuleRun,
    SlaClock,
    SlaHandover,
    Team,
    TeamDashboard,
    TeamMember,
)

ALICE, BOB = 2, 3


def add_service_rows(session: Session, ticket_id: int, now: datetime, text: str) -> None:
    """Add what a demo desk may lack: each column of every type holds something."""
    clock = session.query(SlaClock).filter(SlaClock.stopped_at.is_(None)).first()
    assert clock is not None
    rule = Rule(
        name=text, position=9, trigger=Trigger.TIME, settings="{}", changed_at=now, changed_by=BOB,
        last_fired_at=now, turn_id=BOB,
    )  # fmt: skip
    team = Team(name=text, name_folded=text.lower(), calendar_id=1)
    chat = ChatChannel(
        name=text, kind=ChatKind.SLACK, host="chat.example", last_posted_at=now, problem=text
    )
    session.add_all([rule, team, chat])
    session.flush()
    add_files(session, ticket_id, now, text)
    run = RuleRun(
        rule_id=rule.id, ticket_id=ticket_id, clock_id=clock.id, at=now, outcome=RunOutcome.FIRED,
        once="once", detail=text,
    )  # fmt: skip
    told = Notification(
        person_id=BOB, at=now, happening=Happening.OVERDUE, ticket_id=ticket_id, actor_id=ALICE,
        title=text, text=text, why=text, urgent=True,
    )  # fmt: skip
    choice = NotificationChoice(
        person_id=BOB, happening=Happening.OVERDUE, app=True, desktop=False, mail=Delivery.DIGEST
    )
    setting = NotificationSetting(
        person_id=BOB, quiet=True, quiet_from=1320, quiet_until=420, digest_at=480,
        time_zone="Europe/Berlin", next_digest_at=now,
    )  # fmt: skip
    message = OutboxMessage(
        key="k", channel=OutboxChannel.CHAT, state=DeliveryState.PARKED, chat_channel_id=chat.id,
        happening=Happening.OVERDUE, ticket_id=ticket_id, subject=text, body=text, created_at=now,
        next_try_at=now, leased_until=now, sent_at=now, attempts=3, problem=text,
    )  # fmt: skip
    ended = session.query(SlaClock).filter(SlaClock.stopped_at.is_not(None)).order_by(SlaClock.id)
    merged = ended.limit(1).one()
    merged.state = ClockState.MERGED
    handover = SlaHandover(from_id=merged.id, to_id=clock.id)
    member = TeamMember(team_id=team.id, user_id=BOB)
    session.add_all([run, told, choice, setting, message, handover, member])
    session.flush()
    file = OutboxFile(name=text, media_type="text/csv", data=b"\0,\xff")
    schedule = ReportSchedule(
        owner_id=BOB, settings="{}", next_at=now, last_at=now, problem=text, version=2
    )
    own = OwnDashboard(person_id=BOB, layout=text, version=3)
    team_board = TeamDashboard(team_id=team.id, layout=text, author_id=BOB, at=now)
    rating = Rating(
        ticket_id=ticket_id, round=0, score=2, reason=LowReason.SLOW, comment=text, at=now,
        by_mail=True,
    )  # fmt: skip
    session.add_all([file, schedule, own, team_board, rating])
    session.flush()
    session.add(OutboxAttachment(message_id=message.id, file_id=file.id))


def add_files(session: Session, ticket_id: int, now: datetime, text: str) -> None:
    """Add files of a ticket, of a note and of nothing yet, and let their words be found."""
    note = session.query(Comment).filter_by(ticket_id=ticket_id, internal=True).first()
    places: tuple[tuple[int | None, Comment | None], ...] = (
        (ticket_id, None), (ticket_id, note), (None, None),
    )  # fmt: skip
    for number, (place, comment) in enumerate(places, start=1):
        data = text.encode("utf-8", "replace") + bytes([0, number, 255])
        file = Attachment(
            key=f"{number:032x}", ticket_id=place, comment_id=comment.id if comment else None,
            owner_id=BOB, name=text[:50], media_type="text/plain", size=len(data),
            sha256=sha256(data).hexdigest(), created_at=now, completed_at=now,
            internal=comment is not None, said=text,
        )  # fmt: skip
        session.add(file)
        session.flush()
        session.add(AttachmentPiece(attachment_id=file.id, position=0, data=data))
        if place is not None:
            said = (session, place, text)
            search_of(session).add_comment(*said, internal=comment is not None)
