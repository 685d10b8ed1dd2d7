# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all models."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from helpdesk.core.schemas.accounts import Density, Theme
from helpdesk.core.schemas.articles import ArticleState, Visibility
from helpdesk.core.schemas.assistant import Feature, FirstResponseState, MessageState, Speaker
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.core.schemas.notifications import (
    ChatKind,
    Delivery,
    DeliveryState,
    Happening,
    OutboxChannel,
)
from helpdesk.core.schemas.ratings import LowReason
from helpdesk.core.schemas.rules import RunOutcome, Trigger
from helpdesk.core.schemas.ticket_work import DeedKind, FieldKind, LinkKind, Shared
from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.core.schemas.triage import Origin
from helpdesk.core.schemas.users import AccountOrigin, Role
from helpdesk.database.types import PLAIN_TEXT, WHOLE_NUMBER, Coded, Ranked, UtcDateTime

STATUS_RANKS = tuple(Status)
PRIORITY_RANKS = tuple(reversed(Priority))
"""1 is Urgent, as in 'P1': the most urgent rows come first in every index."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Maps the types that the models use."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {
        int: WHOLE_NUMBER,
        str: PLAIN_TEXT,
        datetime: UtcDateTime,
        AccountOrigin: Coded(AccountOrigin),
        ArticleState: Coded(ArticleState),
        AuditAction: Coded(AuditAction),
        ChatKind: Coded(ChatKind),
        ClockKind: Coded(ClockKind),
        ClockState: Coded(ClockState),
        DeedKind: Coded(DeedKind),
        Delivery: Coded(Delivery),
        DeliveryState: Coded(DeliveryState),
        Density: Coded(Density),
        Feature: Coded(Feature),
        FieldKind: Coded(FieldKind),
        FirstResponseState: Coded(FirstResponseState),
        Happening: Coded(Happening),
        LinkKind: Coded(LinkKind),
        LowReason: Coded(LowReason),
        MessageState: Coded(MessageState),
        Origin: Coded(Origin),
        OutboxChannel: Coded(OutboxChannel),
        Shared: Coded(Shared),
        Speaker: Coded(Speaker),
        Role: Coded(Role),
        RunOutcome: Coded(RunOutcome),
        SegmentCause: Coded(SegmentCause),
        SegmentState: Coded(SegmentState),
        Source: Coded(Source),
        Status: Ranked(STATUS_RANKS),
        Theme: Coded(Theme),
        Trigger: Coded(Trigger),
        Visibility: Coded(Visibility),
        Priority: Ranked(PRIORITY_RANKS),
    }
