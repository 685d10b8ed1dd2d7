# SPDX-License-Identifier: GPL-3.0-or-later
"""The model classes of the desk with their invariants."""

from helpdesk.models.account import (
    PendingSignIn,
    PersonProfile,
    RecoveryCode,
    ResetRequest,
    SecondFactor,
    SingleSignOnRequest,
)
from helpdesk.models.api_key import ApiKey
from helpdesk.models.article import (
    Article,
    ArticleCategory,
    ArticleDay,
    ArticleImage,
    ArticleMiss,
    ArticleRating,
    ArticleReference,
    ArticleRevision,
    ArticleSolved,
    TicketArticle,
)
from helpdesk.models.assistant import AssistantAnswer, AssistantCall, FirstResponse
from helpdesk.models.attachment import Attachment, AttachmentPiece
from helpdesk.models.audit import AuditEntry
from helpdesk.models.base import Base
from helpdesk.models.category import Category
from helpdesk.models.comment import Comment
from helpdesk.models.conversation import Conversation, ConversationMessage
from helpdesk.models.dashboard import OwnDashboard, TeamDashboard
from helpdesk.models.deed import Deed, DeedStep, TrashedTicket
from helpdesk.models.desk import DeskFact
from helpdesk.models.desk_change import DeskChange
from helpdesk.models.event import Event
from helpdesk.models.figure import DailyFigure, HourlyFigure, TicketFigure
from helpdesk.models.idempotency import DoneCall
from helpdesk.models.job import Job
from helpdesk.models.notification import (
    ChatChannel,
    Notification,
    NotificationChoice,
    NotificationSetting,
    OutboxMessage,
)
from helpdesk.models.rating import Rating
from helpdesk.models.report import OutboxAttachment, OutboxFile, ReportSchedule
from helpdesk.models.rule import Rule, RuleRun
from helpdesk.models.session import SignInSession
from helpdesk.models.sign_in_failure import SignInFailure
from helpdesk.models.sign_in_source import SignInSource
from helpdesk.models.sla import (
    BusinessCalendar,
    CalendarRevision,
    SlaClock,
    SlaHandover,
    SlaPolicy,
    SlaSegment,
    TicketSla,
)
from helpdesk.models.team import Team, TeamMember
from helpdesk.models.ticket import Ticket
from helpdesk.models.ticket_setup import (
    CustomField,
    Macro,
    Recurrence,
    SavedView,
    TicketField,
    TicketTemplate,
    ViewPin,
)
from helpdesk.models.ticket_work import (
    Presence,
    Snooze,
    Tag,
    TicketLink,
    TicketMerge,
    TicketOrigin,
    TicketTag,
    TicketTask,
    TimeEntry,
    Watcher,
)
from helpdesk.models.triage import (
    TriageFit,
    TriageOutcome,
    TriageTerm,
    TriageTicket,
    TriageTrial,
)
from helpdesk.models.user import User

__all__ = [
    "ApiKey",
    "Article",
    "ArticleCategory",
    "ArticleDay",
    "ArticleImage",
    "ArticleMiss",
    "ArticleRating",
    "ArticleReference",
    "ArticleRevision",
    "ArticleSolved",
    "AssistantAnswer",
    "AssistantCall",
    "Attachment",
    "AttachmentPiece",
    "AuditEntry",
    "Base",
    "BusinessCalendar",
    "CalendarRevision",
    "Category",
    "ChatChannel",
    "Comment",
    "Conversation",
    "ConversationMessage",
    "CustomField",
    "DailyFigure",
    "Deed",
    "DeedStep",
    "DeskChange",
    "DeskFact",
    "DoneCall",
    "Event",
    "FirstResponse",
    "HourlyFigure",
    "Job",
    "Macro",
    "Notification",
    "NotificationChoice",
    "NotificationSetting",
    "OutboxAttachment",
    "OutboxFile",
    "OutboxMessage",
    "OwnDashboard",
    "PendingSignIn",
    "PersonProfile",
    "Presence",
    "Rating",
    "RecoveryCode",
    "Recurrence",
    "ReportSchedule",
    "ResetRequest",
    "Rule",
    "RuleRun",
    "SavedView",
    "SecondFactor",
    "SignInFailure",
    "SignInSession",
    "SignInSource",
    "SingleSignOnRequest",
    "SlaClock",
    "SlaHandover",
    "SlaPolicy",
    "SlaSegment",
    "Snooze",
    "Tag",
    "Team",
    "TeamDashboard",
    "TeamMember",
    "Ticket",
    "TicketArticle",
    "TicketField",
    "TicketFigure",
    "TicketLink",
    "TicketMerge",
    "TicketOrigin",
    "TicketSla",
    "TicketTag",
    "TicketTask",
    "TicketTemplate",
    "TimeEntry",
    "TrashedTicket",
    "TriageFit",
    "TriageOutcome",
    "TriageTerm",
    "TriageTicket",
    "TriageTrial",
    "User",
    "ViewPin",
    "Watcher",
]
