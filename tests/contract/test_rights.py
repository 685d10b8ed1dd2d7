# SPDX-License-Identifier: GPL-3.0-or-later
"""The written table of who may do what, and every operation called by every role against it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pyotp
import pytest
from sqlalchemy import delete

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Forbidden, NotFound, SignedOut
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.query_language import Name
from helpdesk.core.schemas.accounts import (
    CodeEntry,
    CodeProof,
    Confirmation,
    EmailChange,
    Forgotten,
    NewPicture,
    PasswordReset,
    Pending,
    ProfileChange,
    Proof,
    Theme,
    Unlock,
)
from helpdesk.core.schemas.api_keys import ApiKeyQuery, ApiKeyView, NewApiKey
from helpdesk.core.schemas.articles import (
    ArticleCategoryChange,
    ArticleChange,
    ArticleLink,
    ArticleMove,
    ArticleQuery,
    ArticleRestore,
    ArticleState,
    FiguresQuery,
    Missed,
    NewArticle,
    NewArticleCategory,
    NewImage,
    Rating,
    Solved,
    SuggestionQuery,
)
from helpdesk.core.schemas.assistant import (
    AskPreview,
    AssistantChange,
    CallsQuery,
    ConversationView,
    Feature,
    FirstResponseState,
    HandOver,
    Judgement,
    SearchAsk,
)
from helpdesk.core.schemas.attachments import (
    AttachmentLimitsChange,
    NewAttachment,
    NewPiece,
    UploadEnd,
)
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.schemas.custom_fields import (
    FieldChange,
    FieldOrder,
    FieldsChange,
    FieldSetUp,
    NewField,
)
from helpdesk.core.schemas.dashboards import DashboardChange, Layout, SharedLayout
from helpdesk.core.schemas.deeds import DeedRef
from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectoryTestAsk,
    SingleSignOnAnswer,
    SingleSignOnBegin,
    SingleSignOnChange,
)
from helpdesk.core.schemas.figures import Capacity, Card, CardsQuery, CardStyle, Measure
from helpdesk.core.schemas.links import (
    ChildrenEnd,
    FollowUp,
    MergeInto,
    NewLink,
    ParentIds,
    Relation,
    SplitOff,
    TagsChange,
)
from helpdesk.core.schemas.macros import MacroChange, MacroSettings, MacroUse, MacroView
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatKind,
    DeliveryChoice,
    DeliveryQuery,
    MailChange,
    MailSecurity,
    MailTestAsk,
    NotificationQuery,
    PreferencesChange,
    Seen,
)
from helpdesk.core.schemas.presence import PresenceSign
from helpdesk.core.schemas.queries import CompletionQuery
from helpdesk.core.schemas.ratings import LinkedRating, NewTicketRating
from helpdesk.core.schemas.recurrences import (
    RecurrenceChange,
    RecurrenceSettings,
    RecurrenceView,
    RuleAsk,
)
from helpdesk.core.schemas.reports import (
    FileNote,
    LinesQuery,
    ReportKind,
    ReportRequest,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    DryRunAsk,
    RuleChange,
    RuleOrder,
    RuleSettings,
    RuleView,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarPreviewAsk,
    CalendarSettings,
    CalendarView,
    PolicyChange,
    PolicyOrder,
    PolicySettings,
    PolicyView,
    Target,
    WhatIfAsk,
)
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.tasks import NewTasks, TaskRename
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamSettings, TeamView
from helpdesk.core.schemas.templates import (
    TemplateChange,
    TemplateOrder,
    TemplateSettings,
    TemplateView,
)
from helpdesk.core.schemas.ticket_exports import RecordsQuery
from helpdesk.core.schemas.ticket_imports import (
    PersonRecord,
    TicketBatch,
    TicketRecord,
    UnknownPeople,
)
from helpdesk.core.schemas.ticket_work import FieldKind, Shared, TicketRef
from helpdesk.core.schemas.tickets import (
    Assignment,
    FieldValue,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.time_entries import TimeChange, TimerStop, TimeSpent
from helpdesk.core.schemas.trash import TrashQuery
from helpdesk.core.schemas.triage import SuggestionChoice, TicketDraft
from helpdesk.core.schemas.users import (
    ColleagueQuery,
    ImportedUser,
    Leaving,
    NewPassword,
    NewSession,
    NewUser,
    PasswordChange,
    Role,
    SignInView,
    TeamChoice,
    UserBatch,
    UserChange,
    UserQuery,
    UserView,
)
from helpdesk.core.schemas.views import (
    NewView,
    SavedViewView,
    ViewChange,
    ViewCountsQuery,
    ViewPins,
    ViewTexts,
)
from helpdesk.models import (
    AssistantCall,
    CustomField,
    FirstResponse,
    PendingSignIn,
    ResetRequest,
    TicketField,
    User,
)
from helpdesk.services.session_registry import hash_of
from helpdesk.services.totp import hash_of_reset
from tests.conftest import PASSWORD
from tests.contract.desks import contents, id_of, opened, person, rating_token
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE
from tests.openid_provider import Misbehaving
from tests.outboxes import a_chat, use_mail

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
"""Both transports and both databases; who may is decided above either."""
USER, TECHNICIAN, MANAGER, ADMIN = Role
EVERYBODY = frozenset(Role)
STAFF = EVERYBODY - {USER}
USERS = frozenset({USER})
MANAGERS = frozenset({MANAGER, ADMIN})
ADMINS = frozenset({ADMIN})
NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Right:
    """Which roles may do it to what is theirs, and to what is somebody else's."""

    own: frozenset[Role]
    foreign: frozenset[Role] | None = None
    """``None`` where the operation is about nothing that anybody owns."""
    hidden: frozenset[Role] = field(default=NOBODY)
    """Roles for which somebody else's thing looks as if it did not exist."""


RIGHTS: dict[str, Right] = {
    "Desks.info": Right(EVERYBODY),
    "Audit.search": Right(ADMINS),
    "Audit.newest": Right(ADMINS),
    "Audit.export": Right(ADMINS),
    "Reports.make": Right(STAFF),
    "Reports.note_file": Right(STAFF),
    "Reports.lines": Right(STAFF),
    "Recurrences.all": Right(MANAGERS),
    "Recurrences.preview": Right(MANAGERS),
    "Recurrences.add": Right(MANAGERS),
    "Recurrences.change": Right(MANAGERS),
    "Recurrences.pause": Right(MANAGERS),
    "Recurrences.resume": Right(MANAGERS),
    "Recurrences.remove": Right(MANAGERS),
    "Reports.schedules": Right(MANAGERS),
    "Reports.schedule": Right(MANAGERS),
    "Reports.change_schedule": Right(MANAGERS),
    "Reports.unschedule": Right(MANAGERS),
    # What somebody is told of, and how, is nobody else's.
    # A file that stands on nothing yet is nobody else's.
    "Attachments.begin": Right(EVERYBODY),
    "Attachments.limits": Right(EVERYBODY),
    "Attachments.change_limits": Right(ADMINS),
    "Attachments.put": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Attachments.finish": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Attachments.discard": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Attachments.part": Right(EVERYBODY, STAFF, hidden=USERS),
    "Notifications.search": Right(EVERYBODY),
    "Notifications.mark": Right(EVERYBODY),
    "Notifications.preferences": Right(EVERYBODY),
    "Notifications.change_preferences": Right(EVERYBODY),
    # A profile is its owner's; what others see of it is a picture.
    "Profiles.own": Right(EVERYBODY),
    "Profiles.change": Right(EVERYBODY),
    "Profiles.change_email": Right(EVERYBODY),
    "Profiles.set_picture": Right(EVERYBODY),
    "Profiles.picture": Right(EVERYBODY),
    "Profiles.sessions": Right(EVERYBODY),
    "Profiles.end_session": Right(EVERYBODY),
    "Profiles.end_others": Right(EVERYBODY),
    "Profiles.activity": Right(EVERYBODY),
    "Security.settings": Right(ADMINS),
    "Security.change": Right(ADMINS),
    "Security.rights": Right(ADMINS),
    "Sessions.sign_in": Right(EVERYBODY),
    "Sessions.sign_out": Right(EVERYBODY),
    "Sessions.current": Right(EVERYBODY),
    "Sessions.change_password": Right(EVERYBODY),
    "Sessions.unlock": Right(EVERYBODY),
    "Sessions.forgotten": Right(EVERYBODY),
    # The code of a mail and the token of a sign-in that waits are the proof, whoever brings them.
    "Sessions.reset": Right(EVERYBODY),
    "SecondFactors.enter": Right(EVERYBODY),
    "SecondFactors.enrol": Right(EVERYBODY),
    "SecondFactors.state": Right(EVERYBODY),
    "SecondFactors.begin": Right(EVERYBODY),
    "SecondFactors.confirm": Right(EVERYBODY),
    "SecondFactors.remove": Right(EVERYBODY),
    "SecondFactors.renew_codes": Right(EVERYBODY),
    "Tickets.open": Right(EVERYBODY),
    "Tickets.search": Right(EVERYBODY),
    "Tickets.count": Right(EVERYBODY),
    "Tickets.categories": Right(EVERYBODY),
    "Tickets.changes": Right(EVERYBODY),
    "Tickets.assignable": Right(STAFF),
    "Tickets.choices": Right(STAFF),
    "Tickets.view": Right(EVERYBODY, STAFF, hidden=USERS),
    "Tickets.comments": Right(EVERYBODY, STAFF, hidden=USERS),
    "Tickets.comment": Right(EVERYBODY, STAFF, hidden=USERS),
    "Tickets.close": Right(EVERYBODY, STAFF, hidden=USERS),
    "Tickets.reopen": Right(EVERYBODY, STAFF, hidden=USERS),
    "Tickets.change": Right(STAFF, STAFF),
    "Tickets.take": Right(STAFF, STAFF),
    "Tickets.release": Right(STAFF, STAFF),
    "Tickets.assign": Right(MANAGERS, MANAGERS),
    "Tags.set": Right(STAFF, STAFF),
    "Tags.beginning_with": Right(STAFF),
    "Watchers.of_ticket": Right(STAFF, STAFF),
    "Watchers.add": Right(STAFF, STAFF),
    "Watchers.remove": Right(STAFF, STAFF),
    "Watchers.leave": Right(EVERYBODY, STAFF, hidden=USERS),
    "Watchers.candidates": Right(STAFF),
    "TicketLinks.of_ticket": Right(STAFF, STAFF),
    "TicketLinks.add": Right(STAFF, STAFF),
    "TicketLinks.remove": Right(STAFF, STAFF),
    "TicketLinks.end_children": Right(STAFF, STAFF),
    "Merging.merge": Right(STAFF, STAFF),
    "Merging.unmerge": Right(STAFF, STAFF),
    "Splitting.split": Right(STAFF, STAFF),
    "Snoozing.snooze": Right(STAFF, STAFF),
    "Snoozing.wake": Right(STAFF, STAFF),
    "Splitting.follow_up": Right(STAFF, STAFF),
    "Tasks.of_ticket": Right(STAFF, STAFF),
    "Tasks.add": Right(STAFF, STAFF),
    "Tasks.rename": Right(STAFF, STAFF),
    "Tasks.tick": Right(STAFF, STAFF),
    "Tasks.move": Right(STAFF, STAFF),
    "Tasks.remove": Right(STAFF, STAFF),
    "TimeEntries.of_ticket": Right(STAFF, STAFF),
    "TimeEntries.running": Right(STAFF),
    "TimeEntries.start": Right(STAFF, STAFF),
    "TimeEntries.stop": Right(STAFF),
    "TimeEntries.discard": Right(STAFF),
    "TimeEntries.add": Right(STAFF, STAFF),
    # Each changes what they entered themselves, and managers what anybody did.
    "TimeEntries.change": Right(STAFF, MANAGERS),
    "TimeEntries.remove": Right(STAFF, MANAGERS),
    "Presence.show": Right(STAFF, STAFF),
    "Presence.leave": Right(STAFF, STAFF),
    "Presence.others": Right(STAFF),
    "CustomFields.all": Right(EVERYBODY),
    "CustomFields.people": Right(EVERYBODY),
    "CustomFields.person": Right(EVERYBODY),
    "CustomFields.set_up": Right(ADMINS),
    "CustomFields.add": Right(ADMINS),
    "CustomFields.change": Right(ADMINS),
    "CustomFields.arrange": Right(ADMINS),
    "CustomFields.set": Right(STAFF, STAFF),
    "Macros.all": Right(STAFF),
    "Macros.add": Right(STAFF),
    # What somebody keeps for themselves is nobody else's, not even an admin's.
    "Macros.change": Right(STAFF, NOBODY, hidden=STAFF),
    "Macros.remove": Right(STAFF, NOBODY, hidden=STAFF),
    "Macros.preview": Right(STAFF, STAFF),
    "Macros.insert": Right(STAFF, STAFF),
    "Macros.apply": Right(STAFF, STAFF),
    "Policies.clock": Right(EVERYBODY, STAFF, hidden=USERS),
    # Only who asked knows how the solution is.
    "Ratings.rate": Right(EVERYBODY, NOBODY, hidden=USERS),
    # The link is the proof, whoever follows it.
    "Ratings.invitation": Right(EVERYBODY, EVERYBODY),
    "Ratings.rate_by_link": Right(EVERYBODY, EVERYBODY),
    "Users.search": Right(ADMINS),
    "Users.count": Right(ADMINS),
    "Users.add": Right(ADMINS),
    "Users.view": Right(ADMINS, ADMINS),
    "Users.change": Right(ADMINS, ADMINS),
    "Users.deactivate": Right(NOBODY, ADMINS),
    "Users.reactivate": Right(ADMINS, ADMINS),
    "Users.reset_password": Right(ADMINS, ADMINS),
    "Users.named": Right(ADMINS, ADMINS),
    "Users.end_sessions": Right(ADMINS, ADMINS),
    "Users.let_try_again": Right(ADMINS, ADMINS),
    # One's own is switched off with the password, which a session alone does not prove.
    "Users.reset_second_factor": Right(NOBODY, ADMINS),
    "Users.put_into_teams": Right(ADMINS, ADMINS),
    "Users.import_some": Right(ADMINS),
    "Users.of_own_teams": Right(MANAGERS),
    # Of articles, 'own' is one that every reader may see, 'foreign' one that is not published.
    "Articles.search": Right(EVERYBODY),
    "Articles.suggest": Right(EVERYBODY),
    "Articles.categories": Right(EVERYBODY),
    "Articles.view": Right(EVERYBODY, STAFF, hidden=USERS),
    "Articles.related": Right(EVERYBODY, STAFF, hidden=USERS),
    "Articles.image": Right(EVERYBODY, STAFF, hidden=USERS),
    "Articles.waiting": Right(STAFF),
    "Articles.broken_links": Right(STAFF),
    "Articles.create": Right(STAFF),
    "Articles.save": Right(STAFF, STAFF),
    "Articles.move": Right(STAFF, STAFF),
    "Articles.revisions": Right(STAFF, STAFF),
    "Articles.revision": Right(STAFF, STAFF),
    "Articles.restore": Right(STAFF, STAFF),
    "Articles.add_image": Right(STAFF, STAFF),
    "Articles.add_category": Right(MANAGERS),
    "Articles.change_category": Right(MANAGERS, MANAGERS),
    "Knowledge.note_read": Right(EVERYBODY, STAFF, hidden=USERS),
    "Knowledge.rate": Right(EVERYBODY),
    "Knowledge.ratings": Right(STAFF, STAFF),
    "Knowledge.solved": Right(EVERYBODY),
    "Knowledge.not_solved": Right(EVERYBODY, STAFF, hidden=USERS),
    "Knowledge.missed": Right(EVERYBODY),
    "Knowledge.of_ticket": Right(EVERYBODY, STAFF, hidden=USERS),
    "Knowledge.link": Right(STAFF, STAFF),
    "Knowledge.unlink": Right(STAFF, STAFF),
    "Knowledge.tickets_of": Right(EVERYBODY, STAFF, hidden=USERS),
    "Knowledge.draft_from": Right(STAFF, STAFF),
    "Knowledge.gaps": Right(STAFF),
    "Knowledge.figures": Right(STAFF),
    "Triage.for_draft": Right(EVERYBODY),
    "Triage.for_ticket": Right(STAFF, STAFF),
    "Triage.similar": Right(EVERYBODY, STAFF, hidden=USERS),
    "Triage.choose": Right(STAFF, STAFF),
    "Triage.state": Right(ADMINS),
    "Assistant.status": Right(EVERYBODY),
    "Assistant.settings": Right(ADMINS),
    "Assistant.change_settings": Right(ADMINS),
    "Assistant.figures": Right(ADMINS),
    "Assistant.judge": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Assistant.preview": Right(EVERYBODY),
    "Assistant.conversations": Right(EVERYBODY),
    "Assistant.begin": Right(EVERYBODY),
    # What somebody says to the assistant is nobody else's, not even an admin's.
    "Assistant.conversation": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Assistant.delete_conversation": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Assistant.proposal": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Assistant.hand_over": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    # Only who asked knows whether an automatic answer helped.
    "Assistant.helped": Right(EVERYBODY, NOBODY, hidden=USERS),
    "Assistant.did_not_help": Right(EVERYBODY, NOBODY, hidden=USERS),
    "Directory.settings": Right(ADMINS),
    "Directory.change": Right(ADMINS),
    "Directory.test": Right(ADMINS),
    "Directory.provider": Right(ADMINS),
    "Directory.change_provider": Right(ADMINS),
    "Directory.test_provider": Right(ADMINS),
    # What the browser brings back is the proof, whoever comes with it.
    "Directory.begin": Right(EVERYBODY),
    "Directory.finish": Right(EVERYBODY),
    "Channels.mail": Right(ADMINS),
    "Channels.change_mail": Right(ADMINS),
    "Channels.test_mail": Right(ADMINS),
    "Channels.chats": Right(MANAGERS),
    "Channels.add_chat": Right(ADMINS),
    "Channels.change_chat": Right(ADMINS),
    "Channels.remove_chat": Right(ADMINS),
    "Channels.test_chat": Right(ADMINS),
    "Channels.deliveries": Right(ADMINS),
    "Channels.retry": Right(ADMINS),
    "Channels.drop": Right(ADMINS),
    "ApiKeys.search": Right(ADMINS),
    "ApiKeys.create": Right(ADMINS),
    "ApiKeys.revoke": Right(ADMINS, ADMINS),
    # Who may not see all figures gets their own, so that nobody is refused who has some.
    "Figures.cards": Right(STAFF),
    "Figures.outlook": Right(MANAGERS),
    "Figures.set_capacity": Right(MANAGERS),
    "Queries.understood": Right(EVERYBODY),
    "Queries.completions": Right(EVERYBODY),
    "Views.all": Right(EVERYBODY),
    "Views.add": Right(EVERYBODY),
    "Views.pin": Right(EVERYBODY),
    "Views.counts": Right(EVERYBODY),
    "Views.menu": Right(EVERYBODY),
    "Views.change": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Views.remove": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Views.restore": Right(EVERYBODY, NOBODY, hidden=EVERYBODY),
    "Dashboards.mine": Right(STAFF),
    "Dashboards.save": Right(STAFF),
    "Dashboards.reset": Right(STAFF),
    "Dashboards.share": Right(MANAGERS),
    "Dashboards.unshare": Right(MANAGERS),
    "Teams.all": Right(STAFF),
    "Teams.add": Right(ADMINS),
    "Teams.change": Right(ADMINS),
    "Teams.remove": Right(ADMINS),
    "Teams.absence": Right(STAFF),
    "Teams.set_absence": Right(STAFF),
    "Rules.all": Right(MANAGERS),
    "Rules.choices": Right(MANAGERS),
    "Rules.dry_run": Right(MANAGERS),
    "Rules.runs": Right(MANAGERS),
    "Rules.add": Right(ADMINS),
    "Rules.change": Right(ADMINS),
    "Rules.remove": Right(ADMINS),
    "Rules.arrange": Right(ADMINS),
    "Rules.of_ticket": Right(STAFF, STAFF),
    "Rules.explain": Right(STAFF, STAFF),
    "Calendars.all": Right(MANAGERS),
    "Calendars.countries": Right(MANAGERS),
    "Calendars.preview": Right(MANAGERS),
    "Calendars.add": Right(ADMINS),
    "Calendars.change": Right(ADMINS),
    "Calendars.remove": Right(ADMINS),
    "Calendars.make_default": Right(ADMINS),
    "Calendars.read_feeds": Right(ADMINS),
    "Policies.all": Right(MANAGERS),
    "Policies.what_if": Right(MANAGERS),
    "Policies.add": Right(ADMINS),
    "Policies.change": Right(ADMINS),
    "Policies.remove": Right(ADMINS),
    "Policies.arrange": Right(ADMINS),
    "Deeds.recent": Right(STAFF),
    # What somebody did is theirs to undo.
    "Deeds.undo": Right(STAFF, NOBODY, hidden=STAFF),
    "Deeds.redo": Right(STAFF, NOBODY, hidden=STAFF),
    "Bulk.ids": Right(STAFF),
    "TicketLinks.open_children": Right(STAFF),
    "TicketExports.some": Right(STAFF),
    "TicketExports.note_desk": Right(ADMINS),
    "TicketImports.import_some": Right(ADMINS),
    "Bulk.begin": Right(STAFF),
    "Bulk.change": Right(STAFF, NOBODY, hidden=STAFF),
    "Trash.search": Right(MANAGERS),
    "Trash.delete": Right(MANAGERS, MANAGERS),
    "Trash.restore": Right(MANAGERS, MANAGERS),
    "Trash.purge": Right(ADMINS, ADMINS),
    "Templates.all": Right(EVERYBODY),
    "Templates.add": Right(ADMINS),
    "Templates.change": Right(ADMINS),
    "Templates.remove": Right(ADMINS),
    "Templates.arrange": Right(ADMINS),
    # Only the owner of the file may, by the command line; an admin gives one-time passwords.
    "Users.set_password": Right(NOBODY, NOBODY),
}

OPERATIONS = {
    f"{service.__name__}.{name}" for service in SERVICES for name in operations_of(service)
}
BOB = 3
"""The account of a technician, by the order of PEOPLE."""

ARTICLE = 1
"""An article that every reader may see."""
CALENDAR = 1
CHARLIE = 5
"""The manager of every desk of tests."""
"""A calendar that nobody removes."""
MACRO = 1
"""A canned reply that all staff sees."""
TEAM = 1
"""A team that nobody removes."""
WEBHOOK = "https://hooks.slack.com/services/T0/B0/secret"
NO_SERVER = MailChange(
    host="127.0.0.1", port=9, security=MailSecurity.NONE, sender="desk@corp.example"
)
"""A mail server that certainly does not answer."""
NO_DIRECTORY = DirectoryChange(host="127.0.0.1", port=9, base_dn="dc=corp")
"""A directory that certainly does not answer."""
CARDS = CardsQuery(cards=(Card(style=CardStyle.NUMBER, measure=Measure.OPEN),))
SPENT = TimeSpent(started_at=system_clock() - timedelta(hours=2), seconds=600)
PNG = b"\x89PNG\r\n\x1a\n"

ON_TWO_TICKETS = ("TicketLinks.add", "Merging.merge", "Merging.unmerge")
"""What is about a ticket and the one that was opened before it."""
ON_CLOSED = ("Tickets.reopen", "Knowledge.draft_from", "Ratings.rate", "Splitting.follow_up")

_numbers = count(1)


class OnTicket(NamedTuple):
    """A row beside a ticket, which is found by that of its number and its own."""

    id: int
    row_id: int = 1


@cache
def a_provider() -> Misbehaving:
    """Return a provider that all share; it ends with the tests."""
    return Misbehaving()


def before(ticket: Any) -> int:
    """Return the ticket that was opened before another, or one that may be there."""
    return int(min(max(ticket.id - 1, 1), 2**62))


def first_reply(ticket: Any) -> int:
    """Return the first reply on a ticket, or one that may be there."""
    comments = getattr(ticket, "comments", ())
    return int(comments[0].id) if comments else 1


def a_name() -> str:
    return f"person{next(_numbers)}"


Deed = Callable[[HelpDesk, Any], object]
"""An operation done by somebody to something."""


class Desk:
    """One desk with somebody of each role, and what they can be tried on."""

    def __init__(self, embedded: EmbeddedDesk) -> None:
        self.embedded = embedded
        self.stranger = person(embedded, "erin")
        self.assigning = person(embedded, "charlie")
        self.system = embedded.as_system()
        # Who has lost a password can be mailed to.
        use_mail(embedded.database, port=9)
        assert self.article(published=True).id == ARTICLE
        self.system.calendars.add(a_calendar())
        assert self.system.teams.add(TeamSettings(name=a_name())).id == TEAM
        assert self.assigning.macros.add(a_macro(Shared.ALL)).id == MACRO
        self.field_for(self.system, own=True)
        self.member = cache(self.somebody)
        """Gives one account of a role, for cases that leave no trace on who calls."""

    def actor_for(self, operation: str, role: Role) -> HelpDesk:
        """Return somebody who can be tried on an operation."""
        return (self.somebody if operation in LEAVES_TRACES else self.member)(role)

    def somebody(self, role: Role) -> HelpDesk:
        """Return the facade of a new account, so that no case meets the traces of another."""
        name = a_name()
        new = NewUser(username=name, full_name=name.title(), role=role)
        one_time = self.system.users.add(new).password
        facade = self.embedded.facade()
        wanted = NewSession(username=name, password=one_time, new_password=PASSWORD)
        facade.sessions.sign_in(wanted)
        return facade

    def call(
        self, operation: str, actor: HelpDesk, *, own: bool, by: HelpDesk | None = None
    ) -> Callable[[], object]:
        """Return the call of an operation by somebody, with all that it needs made ready.

        With ``by`` somebody else calls, for whom it was not made ready.
        """
        calling = by or actor
        if operation in ALONE:
            return lambda: ALONE[operation](calling)
        if operation in ON_TICKET:
            ticket = self.ticket_for(operation, actor, own=own)
            return lambda: ON_TICKET[operation](calling, ticket)
        if operation in ON_ARTICLE:
            article = self.article_for(operation, own=own)
            return lambda: ON_ARTICLE[operation](calling, article)
        made: tuple[
            tuple[dict[str, Callable[[HelpDesk, Any], object]], Callable[..., Any]], ...
        ] = (
            (ON_KEY, self.key_for),
            (ON_CALL, self.call_for),
            (ON_CONVERSATION, self.conversation_for),
            (ON_LINK, self.link_for),
            (ON_WAY, self.way_for),
            (ON_BROWSER, self.browser_for),
            (ON_TEAM, self.team_for),
            (ON_RULE, self.rule_for),
            (ON_RULES, self.rule_for),
            (ON_CALENDAR, self.calendar_for),
            (ON_POLICY, self.policy_for),
            (ON_POLICIES, self.policy_for),
            (ON_CHAT, self.chat_for),
            (ON_SCHEDULE, self.schedule_for),
            (ON_RECURRENCE, self.recurrence_for),
            (ON_MACRO, self.macro_for),
            (ON_TASK, self.task_for),
            (ON_TIME, self.time_for),
            (ON_TIMER, self.timer_for),
            (ON_TEMPLATE, self.template_for),
            (ON_TEMPLATES, self.template_for),
            (ON_FIELD, self.field_for),
            (ON_FIELDS, self.field_for),
            (ON_VIEW, self.view_for),
            (ON_REMOVED_VIEW, self.removed_view_for),
            (ON_DEED, partial(self.deed_for, operation)),
            (ON_TRASHED, self.trashed_for),
            (ON_UPLOAD, self.upload_for),
            (ON_FILE, self.file_for),
        )
        for table, make in made:
            if operation in table:
                return partial(table[operation], calling, make(actor, own=own))
        account = self.account_for(actor, own=own)
        return lambda: ON_ACCOUNT[operation](calling, account)

    def ticket_for(self, operation: str, actor: HelpDesk, *, own: bool) -> TicketView:
        """Return a ticket on which the operation can be done by somebody with the right to."""
        requester = actor if own else self.stranger
        if operation in ON_TWO_TICKETS:
            requester.tickets.open(NewTicket(subject="Another one"))
        ticket = requester.tickets.open(NewTicket(subject="No tone", description="Silence."))
        if operation == "Merging.unmerge":
            into = MergeInto(survivor_id=ticket.id - 1, version=ticket.version)
            self.assigning.merging.merge(ticket.id, into)
        if operation == "Snoozing.wake":
            self.assigning.snoozing.snooze(ticket.id, SnoozeChoice(until_reply=True))
        if operation == "Splitting.split":
            return requester.tickets.comment(ticket.id, NewComment(body="And the mouse."))
        if operation in ON_CLOSED:
            return requester.tickets.close(ticket.id, ticket.version)
        if operation in ("Assistant.helped", "Assistant.did_not_help"):
            self.answer_automatically(ticket.id)
        role = actor.sessions.current().user.role
        if operation == "Tickets.release" and role in STAFF:
            given = Assignment(assignee_id=id_of(actor), version=ticket.version)
            return self.assigning.tickets.assign(ticket.id, given)
        return ticket

    def answer_automatically(self, ticket_id: int) -> None:
        """Let a ticket have an automatic answer that nobody has said anything of yet."""
        with self.embedded.database.writing() as session:
            session.add(
                FirstResponse(
                    ticket_id=ticket_id,
                    state=FirstResponseState.SENT,
                    at=system_clock(),
                    enabler_id=BOB,
                )
            )

    def upload_for(self, actor: HelpDesk, *, own: bool) -> str:
        """Return the key of a file that somebody has sent but not finished."""
        sending = (actor if own else self.stranger).attachments
        key = sending.begin(NewAttachment(name="a.txt", size=3)).key
        sending.put(key, 1, A_PIECE)
        return key

    def file_for(self, actor: HelpDesk, *, own: bool) -> str:
        """Return the key of a file on a ticket."""
        key = self.upload_for(actor, own=own)
        owner = actor if own else self.stranger
        owner.attachments.finish(key, AN_END)
        owner.tickets.open(NewTicket(subject="See the file", attachment_keys=(key,)))
        return key

    def call_for(self, actor: HelpDesk, *, own: bool) -> int:
        """Return the number of a question that somebody has asked the model."""
        with self.embedded.database.writing() as session:
            call = AssistantCall(
                person_id=id_of(actor if own else self.stranger), at=system_clock(),
                feature=Feature.REPLY, reach="loopback", model="m", prompt="reply.v1",
                outcome="done", estimated=False, queued_ms=0, total_ms=1, retries=0,
            )  # fmt: skip
            session.add(call)
            session.flush()
            return call.id

    def conversation_for(self, actor: HelpDesk, *, own: bool) -> ConversationView:
        """Return a conversation with the assistant."""
        return (actor if own else self.stranger).assistant.begin()

    def link_for(self, actor: HelpDesk, *, own: bool) -> str:
        """Return what proves that its holder may rate a ticket of somebody's."""
        ticket = self.ticket_for("Ratings.rate", actor, own=own)
        return rating_token(self.embedded, ticket.id)

    def way_for(self, _actor: HelpDesk, *, own: bool) -> Way:
        """Return what lets anybody go on who has it: of somebody who signs in, or has forgotten."""
        user, now = self.somebody(USER).sessions.current().user, system_clock()
        way = Way(Pending(pending_token=secrets.token_hex(8)), secrets.token_hex(8))
        with self.embedded.database.writing() as session:
            kept = {
                "person_id": user.id, "verified": session.get_one(User, user.id).password_hash,
                "created_at": now, "ends_at": now + timedelta(minutes=4),
            }  # fmt: skip
            session.add(
                PendingSignIn(token_hash=hash_of(way.pending.pending_token), device="", **kept)
            )
            session.add(
                ResetRequest(
                    name_folded="",
                    source="",
                    state="sent",
                    code_hash=hash_of_reset(way.code),
                    **kept,
                )
            )
        return way

    def browser_for(self, _actor: HelpDesk, *, own: bool) -> SingleSignOnAnswer:
        """Return what a browser brings back from a provider, which people sign in by."""
        provider = a_provider()
        provider.now = system_clock().timestamp()
        change = SingleSignOnChange(enabled=True, issuer=provider.issuer, client_id="helpdesk")
        self.system.directory.change_provider(change)
        begin = SingleSignOnBegin(redirect_uri="http://127.0.0.1:51234/")
        way = self.embedded.facade().directory.begin(begin)
        return SingleSignOnAnswer(state=way.state, code=provider.sign_in(way.url))

    def chat_for(self, _actor: HelpDesk, *, own: bool) -> Any:
        """Return a chat channel, which is everybody's who sets up channels."""
        id_ = a_chat(self.embedded.database, "hooks.slack.com", name=a_name())
        return SimpleNamespace(id=id_, version=1)

    def article(self, *, published: bool) -> Any:
        """Return an article that every reader may see, or a draft."""
        made = self.assigning.articles.create(NewArticle(title=a_name(), body="Restart it."))
        if not published:
            return made
        change = ArticleChange(title="Restart it", publish=True, version=made.version)
        return self.assigning.articles.save(made.id, change)

    def article_for(self, operation: str, *, own: bool) -> Any:
        """Return what an operation on an article is about: an article, a picture, a category."""
        if operation == "Articles.change_category":
            return self.assigning.articles.add_category(NewArticleCategory(name=a_name()))
        article = self.article(published=own and operation != "Articles.move")
        if operation == "Articles.image":
            image = self.assigning.articles.add_image(article.id, NewImage(data=PNG))
            shown = ArticleChange(body=image.markdown, publish=own, version=article.version)
            self.assigning.articles.save(article.id, shown)
            return image
        return article

    def account_for(self, actor: HelpDesk, *, own: bool) -> UserView:
        if own:
            return actor.sessions.current().user
        return self.system.users.add(NewUser(username=a_name(), full_name="Kim")).user

    def key_for(self, actor: HelpDesk, *, own: bool) -> ApiKeyView:
        """Return a key that acts as somebody."""
        owner = actor if own else self.stranger
        new = NewApiKey(name="Key", scopes=(Permission.OWN_ACCOUNT,), user_id=id_of(owner))
        return self.system.api_keys.create(new).view

    def team_for(self, actor: HelpDesk, *, own: bool) -> TeamView:
        """Return a team, which is nobody's own."""
        return self.system.teams.add(TeamSettings(name=a_name()))

    def schedule_for(self, actor: HelpDesk, *, own: bool) -> ScheduleView:
        """Return the only report by schedule there is; all managers share what there is."""
        for each in self.assigning.reports.schedules():
            self.assigning.reports.unschedule(each.id)
        return self.assigning.reports.schedule(a_schedule())

    def recurrence_for(self, actor: HelpDesk, *, own: bool) -> RecurrenceView:
        """Return a recurring ticket; all managers share what there is."""
        return self.assigning.recurrences.add(a_recurrence())

    def deed_for(self, operation: str, actor: HelpDesk, *, own: bool) -> DeedRef:
        """Return what somebody has done and not undone, or undone where it is to be done again."""
        works = actor.sessions.current().user.role in STAFF
        doer = actor if own and works else self.somebody(MANAGER)
        if operation == "Bulk.change":
            return doer.bulk.begin("All to High")
        ticket = self.stranger.tickets.open(NewTicket(subject="No tone"))
        done = doer.tickets.change(ticket.id, TicketChange(priority=Priority.HIGH, version=1))
        assert done.undo is not None
        if operation == "Deeds.redo":
            doer.deeds.undo(done.undo)
        return DeedRef(id=done.undo, label="")

    def trashed_for(self, actor: HelpDesk, *, own: bool) -> TicketRef:
        """Return a ticket in the trash."""
        ticket = self.ticket_for("Trash.restore", actor, own=own)
        self.assigning.trash.delete(ticket.id, ticket.version)
        return TicketRef(id=ticket.id, number=ticket.number, subject=ticket.subject)

    def macro_for(self, actor: HelpDesk, *, own: bool) -> MacroView:
        """Return what somebody keeps for themselves; who is no staff keeps nothing."""
        is_staff = actor.sessions.current().user.role in STAFF
        keeper = actor if own and is_staff else self.assigning
        return keeper.macros.add(a_macro(Shared.PRIVATE))

    def task_for(self, actor: HelpDesk, *, own: bool) -> OnTicket:
        """Return a task of a ticket."""
        ticket = (actor if own else self.stranger).tickets.open(NewTicket(subject="No tone"))
        tasks = self.assigning.tasks.add(ticket.id, NewTasks(texts=("One", "Two")))
        return OnTicket(ticket.id, tasks.tasks[0].id)

    def time_for(self, actor: HelpDesk, *, own: bool) -> OnTicket:
        """Return time that somebody has entered; who is no staff enters none."""
        is_staff = actor.sessions.current().user.role in STAFF
        ticket = (actor if own else self.stranger).tickets.open(NewTicket(subject="No tone"))
        worker = actor if own and is_staff else self.assigning
        return OnTicket(ticket.id, worker.time_entries.add(ticket.id, SPENT).entries[0].id)

    def timer_for(self, actor: HelpDesk, *, own: bool) -> OnTicket:
        """Return a ticket on which the timer of somebody runs, if they are of the staff."""
        ticket = (actor if own else self.stranger).tickets.open(NewTicket(subject="No tone"))
        if actor.sessions.current().user.role in STAFF:
            actor.time_entries.start(ticket.id)
        return OnTicket(ticket.id)

    def template_for(self, actor: HelpDesk, *, own: bool) -> TemplateView:
        """Return the only template there is, which is nobody's own."""
        for each in self.system.templates.all():
            self.system.templates.remove(each.id)
        return self.system.templates.add(a_template())

    def field_for(self, _actor: HelpDesk, *, own: bool) -> FieldSetUp:
        """Return the one field of the desk's own, made anew."""
        with self.embedded.database.writing() as session:
            session.execute(delete(TicketField))
            session.execute(delete(CustomField))
        return self.system.custom_fields.add(a_field())

    def view_for(self, actor: HelpDesk, *, own: bool) -> SavedViewView:
        """Return a view that somebody keeps for themselves."""
        return (actor if own else self.stranger).views.add(a_view())

    def removed_view_for(self, actor: HelpDesk, *, own: bool) -> SavedViewView:
        """Return a view that its owner has deleted."""
        view, owner = self.view_for(actor, own=own), actor if own else self.stranger
        owner.views.remove(view.id, view.version)
        return view

    def calendar_for(self, actor: HelpDesk, *, own: bool) -> CalendarView:
        """Return a calendar that nothing uses."""
        return self.system.calendars.add(a_calendar())

    def policy_for(self, actor: HelpDesk, *, own: bool) -> PolicyView:
        """Return the only policy there is."""
        for each in self.system.policies.all():
            self.system.policies.remove(each.id)
        return self.system.policies.add(a_policy())

    def rule_for(self, actor: HelpDesk, *, own: bool) -> RuleView:
        """Return the only rule there is."""
        for each in self.system.rules.all():
            self.system.rules.remove(each.id)
        return self.system.rules.add(a_rule())


@dataclass(frozen=True)
class Way:
    """The token of a sign-in that waits, and the code of a mail."""

    pending: Pending
    code: str


def a_code(secret: str) -> str:
    """Return what an app shows."""
    return pyotp.TOTP(secret).at(system_clock())


def recovery_code(facade: HelpDesk) -> str:
    """Let codes be asked for at sign-in, and return one that works once."""
    secret = facade.second_factors.begin(Proof(password=PASSWORD)).secret
    return facade.second_factors.confirm(Confirmation(code=a_code(secret))).codes[0]


def with_code(facade: HelpDesk) -> CodeProof:
    """Return what proves who has both."""
    return CodeProof(password=PASSWORD, code=recovery_code(facade))


def entered(facade: HelpDesk, way: Way) -> SignInView:
    """Set up an app for a sign-in that waits, and go on with it."""
    secret = facade.second_factors.enrol(way.pending).secret
    entry = CodeEntry(pending_token=way.pending.pending_token, code=a_code(secret))
    return facade.second_factors.enter(entry)


def a_calendar() -> CalendarSettings:
    return CalendarSettings(name=a_name(), time_zone="Europe/Berlin", slots=())


def a_recurrence() -> RecurrenceSettings:
    """Return a ticket to be opened every day."""
    return RecurrenceSettings(
        name="Backups",
        subject="Look at the backups",
        requester_id=BOB,
        rule="FREQ=DAILY",
        time_zone="UTC",
        starts_at=system_clock(),
    )


def a_schedule() -> ScheduleSettings:
    """Return a report by schedule that goes to Charlie, whoever asks for it."""
    wanted = ReportRequest(kind=ReportKind.SLA)
    return ScheduleSettings(name=a_name(), report=wanted, recipient_ids=(CHARLIE,))


def a_macro(shared: Shared) -> MacroSettings:
    return MacroSettings(name=a_name(), body="Dear {{ ticket.requester.name }}", shared=shared)


def a_template() -> TemplateSettings:
    return TemplateSettings(name=a_name(), subject="A laptop for {{ ticket.requester.name }}")


def a_field() -> NewField:
    return NewField(key="site", name=a_name(), kind=FieldKind.TEXT)


def a_view() -> NewView:
    return NewView(name=a_name(), query=TicketQuery(tags=("vpn",)))


def a_policy() -> PolicySettings:
    target = Target(priority=Priority.HIGH, resolution=60)
    return PolicySettings(name=a_name(), calendar_id=CALENDAR, targets=(target,))


def a_rule() -> RuleSettings:
    """Return a rule by time, so that no ticket of a test sets it off."""
    tell = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))
    return RuleSettings(name=a_name(), trigger=Trigger.TIME, actions=(tell,))


def an_import() -> TicketBatch:
    """Return a ticket of another system that the desk does not know yet."""
    ref, at = a_name(), datetime(2026, 1, 31, tzinfo=UTC)
    return TicketBatch(
        source="other",
        trial=False,
        unknown_people=UnknownPeople.CREATE,
        people=(PersonRecord(ref="1", name=ref),),
        tickets=(
            TicketRecord(
                ref=ref, subject="Old", description="", requester_ref="1", assignee_ref=None,
                team=None, category=None, status=Status.CLOSED, priority=Priority.LOW,
                tags=(), created_at=at, updated_at=at, closed_at=at,
            ),
        ),
    )  # fmt: skip


A_PIECE = NewPiece(data="YWJj")
AN_END = UploadEnd(
    size=3, sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
)
ALONE: dict[str, Callable[[HelpDesk], object]] = {
    "Deeds.recent": lambda a: a.deeds.recent(),
    "Bulk.ids": lambda a: a.bulk.ids(TicketQuery()),
    "TicketLinks.open_children": lambda a: a.ticket_links.open_children(
        ParentIds(ticket_ids=(1, 2))
    ),
    "TicketExports.some": lambda a: a.ticket_exports.some(RecordsQuery(comments=True)),
    "TicketExports.note_desk": lambda a: a.ticket_exports.note_desk(),
    "TicketImports.import_some": lambda a: a.ticket_imports.import_some(an_import()),
    "Bulk.begin": lambda a: a.bulk.begin("All to High"),
    "Trash.search": lambda a: a.trash.search(TrashQuery()),
    "Attachments.limits": lambda a: a.attachments.limits(),
    "Attachments.change_limits": lambda a: a.attachments.change_limits(
        AttachmentLimitsChange(limit_mb=30 + next(_numbers) % 900)
    ),
    "Templates.all": lambda a: a.templates.all(),
    "Templates.add": lambda a: a.templates.add(a_template()),
    "Attachments.begin": lambda a: a.attachments.discard(
        a.attachments.begin(NewAttachment(name="a.txt")).key
    ),
    "Reports.make": lambda a: a.reports.make(ReportRequest(kind=ReportKind.SUMMARY)),
    "Reports.lines": lambda a: a.reports.lines(LinesQuery()),
    "Reports.note_file": lambda a: a.reports.note_file(FileNote(detail="tone")),
    "Recurrences.all": lambda a: a.recurrences.all(),
    "Recurrences.preview": lambda a: a.recurrences.preview(
        RuleAsk(rule="FREQ=DAILY", time_zone="UTC", starts_at=system_clock())
    ),
    "Recurrences.add": lambda a: a.recurrences.add(a_recurrence()),
    "Reports.schedules": lambda a: a.reports.schedules(),
    "Reports.schedule": lambda a: a.reports.schedule(a_schedule()),
    "Desks.info": lambda a: a.desks.info(),
    "Notifications.search": lambda a: a.notifications.search(NotificationQuery()),
    "Notifications.mark": lambda a: a.notifications.mark(Seen(until_id=1)),
    "Notifications.preferences": lambda a: a.notifications.preferences(),
    "Notifications.change_preferences": lambda a: a.notifications.change_preferences(
        PreferencesChange(sound=False)
    ),
    "Profiles.own": lambda a: a.profiles.own(),
    "Profiles.change": lambda a: a.profiles.change(ProfileChange(theme=Theme.DARK)),
    "Profiles.change_email": lambda a: a.profiles.change_email(
        EmailChange(email="new@corp.example", password=PASSWORD)
    ),
    "Profiles.set_picture": lambda a: a.profiles.set_picture(NewPicture(data="")),
    "Profiles.picture": lambda a: a.profiles.picture(BOB),
    "Profiles.sessions": lambda a: a.profiles.sessions(),
    "Profiles.end_session": lambda a: a.profiles.end_session(2**40),
    "Profiles.end_others": lambda a: a.profiles.end_others(),
    "Profiles.activity": lambda a: a.profiles.activity(AuditQuery()),
    "Security.settings": lambda a: a.security.settings(),
    "Security.change": lambda a: a.security.change(SecurityChange(lock_minutes=0)),
    "Security.rights": lambda a: a.security.rights(),
    "Sessions.sign_in": lambda a: a.sessions.sign_in(
        NewSession(username="alice", password=PASSWORD)
    ),
    "Sessions.sign_out": lambda a: a.sessions.sign_out(),
    "Sessions.current": lambda a: a.sessions.current(),
    "Sessions.change_password": lambda a: a.sessions.change_password(
        PasswordChange(old_password=PASSWORD, new_password="another good one")
    ),
    "Sessions.unlock": lambda a: a.sessions.unlock(Unlock(password=PASSWORD)),
    "Sessions.forgotten": lambda a: a.sessions.forgotten(Forgotten(username="alice")),
    "SecondFactors.state": lambda a: a.second_factors.state(),
    "SecondFactors.begin": lambda a: a.second_factors.begin(Proof(password=PASSWORD)),
    "SecondFactors.confirm": recovery_code,
    "SecondFactors.remove": lambda a: a.second_factors.remove(with_code(a)),
    "SecondFactors.renew_codes": lambda a: a.second_factors.renew_codes(with_code(a)),
    "Tickets.open": lambda a: a.tickets.open(NewTicket(subject="Dark screen")),
    "Tickets.search": lambda a: a.tickets.search(TicketQuery(text="tone")),
    "Tickets.count": lambda a: a.tickets.count(TicketQuery()),
    "Tickets.categories": lambda a: a.tickets.categories(),
    "Tickets.changes": lambda a: a.tickets.changes(""),
    "Tickets.assignable": lambda a: a.tickets.assignable(),
    "Tickets.choices": lambda a: a.tickets.choices(),
    "Tags.beginning_with": lambda a: a.tags.beginning_with("vp"),
    "Watchers.candidates": lambda a: a.watchers.candidates("al"),
    "Users.search": lambda a: a.users.search(UserQuery(text="a")),
    "Users.count": lambda a: a.users.count(UserQuery(text="a")),
    "Users.add": lambda a: a.users.add(NewUser(username=a_name(), full_name="Kim")),
    "Users.import_some": lambda a: a.users.import_some(
        UserBatch(
            rows=(ImportedUser(line=2, username=a_name(), full_name="Kim"),),
            trial=False,
            updates=False,
        )
    ),
    "Users.of_own_teams": lambda a: a.users.of_own_teams(ColleagueQuery()),
    "Articles.search": lambda a: a.articles.search(ArticleQuery(text="restart")),
    "Articles.suggest": lambda a: a.articles.suggest(SuggestionQuery(text="restart")),
    "Articles.categories": lambda a: a.articles.categories(),
    "Articles.waiting": lambda a: a.articles.waiting(),
    "Articles.broken_links": lambda a: a.articles.broken_links(),
    "Articles.create": lambda a: a.articles.create(NewArticle(title="Restart it")),
    "Articles.add_category": lambda a: a.articles.add_category(NewArticleCategory(name=a_name())),
    "Knowledge.solved": lambda a: a.knowledge.solved(Solved(article_id=ARTICLE)),
    "Knowledge.missed": lambda a: a.knowledge.missed(Missed(text="restart")),
    "Knowledge.gaps": lambda a: a.knowledge.gaps(),
    "Knowledge.figures": lambda a: a.knowledge.figures(FiguresQuery()),
    "Triage.for_draft": lambda a: a.triage.for_draft(TicketDraft(subject="No tone")),
    "Triage.state": lambda a: a.triage.state(),
    "Assistant.status": lambda a: a.assistant.status(),
    "Assistant.settings": lambda a: a.assistant.settings(),
    "Assistant.change_settings": lambda a: a.assistant.change_settings(
        AssistantChange(model="mistral")
    ),
    "Assistant.figures": lambda a: a.assistant.figures(CallsQuery()),
    "Assistant.preview": lambda a: a.assistant.preview(AskPreview(ask=SearchAsk(text="tone"))),
    "Assistant.conversations": lambda a: a.assistant.conversations(),
    "Assistant.begin": lambda a: a.assistant.begin(),
    "Directory.settings": lambda a: a.directory.settings(),
    "Directory.change": lambda a: a.directory.change(DirectoryChange(base_dn=f"dc={a_name()}")),
    "Directory.test": lambda a: a.directory.test(DirectoryTestAsk(change=NO_DIRECTORY)),
    "Directory.provider": lambda a: a.directory.provider(),
    "Directory.change_provider": lambda a: a.directory.change_provider(
        SingleSignOnChange(groups_claim=a_name())
    ),
    "Directory.test_provider": lambda a: a.directory.test_provider(
        SingleSignOnChange(issuer="http://127.0.0.1:9", client_id="helpdesk")
    ),
    "Channels.mail": lambda a: a.channels.mail(),
    "Channels.change_mail": lambda a: a.channels.change_mail(MailChange(sender_name="IT")),
    "Channels.test_mail": lambda a: a.channels.test_mail(MailTestAsk(change=NO_SERVER)),
    "Channels.chats": lambda a: a.channels.chats(),
    "Channels.add_chat": lambda a: a.channels.add_chat(
        ChatChannelSettings(name=a_name(), kind=ChatKind.SLACK, url=WEBHOOK)
    ),
    "Channels.deliveries": lambda a: a.channels.deliveries(DeliveryQuery()),
    "Channels.retry": lambda a: a.channels.retry(DeliveryChoice()),
    "Channels.drop": lambda a: a.channels.drop(DeliveryChoice(ids=(1,))),
    "Figures.cards": lambda a: a.figures.cards(CARDS),
    "Figures.outlook": lambda a: a.figures.outlook(None),
    "Figures.set_capacity": lambda a: a.figures.set_capacity(BOB, Capacity(tickets=9)),
    "Queries.understood": lambda a: a.queries.understood("is:open tone"),
    "Queries.completions": lambda a: a.queries.completions(
        CompletionQuery(name=Name.STATUS, begun="o")
    ),
    "Views.all": lambda a: a.views.all(),
    "Views.add": lambda a: a.views.add(a_view()),
    "Views.pin": lambda a: a.views.pin(ViewPins(view_ids=(1,))),
    "Views.menu": lambda a: a.views.menu(ViewTexts(texts=("is:open",))),
    "Views.counts": lambda a: a.views.counts(ViewCountsQuery(view_ids=(1,), texts=("is:open",))),
    "Dashboards.mine": lambda a: a.dashboards.mine(),
    "Dashboards.save": lambda a: a.dashboards.save(
        DashboardChange(layout=Layout(), version=a.dashboards.mine().version)
    ),
    "Dashboards.reset": lambda a: a.dashboards.reset(),
    "Dashboards.share": lambda a: a.dashboards.share(SharedLayout(team_id=TEAM, layout=Layout())),
    "Audit.search": lambda a: a.audit.search(AuditQuery(text="a")),
    "Audit.newest": lambda a: a.audit.newest(),
    "Audit.export": lambda a: a.audit.export(AuditQuery(text="a")),
    "Teams.all": lambda a: a.teams.all(),
    "Teams.add": lambda a: a.teams.add(TeamSettings(name=a_name())),
    "Teams.absence": lambda a: a.teams.absence(),
    "Teams.set_absence": lambda a: a.teams.set_absence(Absence(until=None)),
    "Calendars.all": lambda a: a.calendars.all(),
    "Calendars.countries": lambda a: a.calendars.countries(),
    "Calendars.add": lambda a: a.calendars.add(a_calendar()),
    "Calendars.preview": lambda a: a.calendars.preview(
        CalendarPreviewAsk(settings=a_calendar(), first_day="2026-12-24")
    ),
    "Policies.all": lambda a: a.policies.all(),
    "Policies.add": lambda a: a.policies.add(a_policy()),
    "Policies.what_if": lambda a: a.policies.what_if(WhatIfAsk(policy=a_policy())),
    "Rules.all": lambda a: a.rules.all(),
    "Rules.choices": lambda a: a.rules.choices(),
    "Rules.dry_run": lambda a: a.rules.dry_run(DryRunAsk(rule=a_rule(), tickets=5)),
    "Rules.runs": lambda a: a.rules.runs(RunQuery()),
    "Rules.add": lambda a: a.rules.add(a_rule()),
    "TimeEntries.running": lambda a: a.time_entries.running(),
    "TimeEntries.discard": lambda a: a.time_entries.discard(),
    "Presence.others": lambda a: a.presence.others(),
    "CustomFields.all": lambda a: a.custom_fields.all(),
    "CustomFields.people": lambda a: a.custom_fields.people("bo"),
    "CustomFields.person": lambda a: a.custom_fields.person(BOB),
    "CustomFields.set_up": lambda a: a.custom_fields.set_up(),
    "CustomFields.add": lambda a: a.custom_fields.add(
        a_field().model_copy(update={"key": f"k{secrets.token_hex(8)}"})
    ),
    "Macros.all": lambda a: a.macros.all(),
    "Macros.add": lambda a: a.macros.add(a_macro(Shared.PRIVATE)),
    "ApiKeys.search": lambda a: a.api_keys.search(ApiKeyQuery()),
    "ApiKeys.create": lambda a: a.api_keys.create(
        NewApiKey(name="Key", scopes=(Permission.OWN_ACCOUNT,))
    ),
}
ON_TICKET: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Tickets.view": lambda a, t: a.tickets.view(t.id),
    "Tickets.comments": lambda a, t: a.tickets.comments(t.id, before=1000),
    "Tickets.comment": lambda a, t: a.tickets.comment(t.id, NewComment(body="Hm.")),
    "Tickets.change": lambda a, t: a.tickets.change(
        t.id, TicketChange(priority=Priority.URGENT, version=t.version)
    ),
    "Tickets.take": lambda a, t: a.tickets.take(t.id, t.version),
    "Tickets.release": lambda a, t: a.tickets.release(t.id, t.version),
    "Tickets.assign": lambda a, t: a.tickets.assign(
        t.id, Assignment(assignee_id=BOB, version=t.version)
    ),
    "Tickets.close": lambda a, t: a.tickets.close(t.id, t.version),
    "Tickets.reopen": lambda a, t: a.tickets.reopen(t.id, Reopening(reason="Still.")),
    "Tags.set": lambda a, t: a.tags.set(t.id, TagsChange(tags=(a_name(),), version=t.version)),
    "CustomFields.set": lambda a, t: a.custom_fields.set(
        t.id,
        FieldsChange(fields=(FieldValue(key="site", value=a_name()),), version=t.version),
    ),
    "Watchers.of_ticket": lambda a, t: a.watchers.of_ticket(t.id),
    "Watchers.add": lambda a, t: a.watchers.add(t.id, CHARLIE),
    "Watchers.remove": lambda a, t: a.watchers.remove(t.id, CHARLIE),
    "Watchers.leave": lambda a, t: a.watchers.leave(t.id),
    "TicketLinks.of_ticket": lambda a, t: a.ticket_links.of_ticket(t.id),
    "TicketLinks.add": lambda a, t: a.ticket_links.add(
        t.id, NewLink(other_id=before(t), relation=Relation.RELATES)
    ),
    "TicketLinks.remove": lambda a, t: a.ticket_links.remove(t.id, 2**40),
    "TicketLinks.end_children": lambda a, t: a.ticket_links.end_children(
        t.id, ChildrenEnd(status=Status.CLOSED)
    ),
    "Merging.merge": lambda a, t: a.merging.merge(
        t.id, MergeInto(survivor_id=before(t), version=t.version)
    ),
    "Merging.unmerge": lambda a, t: a.merging.unmerge(t.id),
    "Snoozing.snooze": lambda a, t: a.snoozing.snooze(t.id, SnoozeChoice(until_reply=True)),
    "Snoozing.wake": lambda a, t: a.snoozing.wake(t.id),
    "Splitting.split": lambda a, t: a.splitting.split(
        t.id, SplitOff(comment_ids=(first_reply(t),), subject="The mouse")
    ),
    "Splitting.follow_up": lambda a, t: a.splitting.follow_up(t.id, FollowUp()),
    "Policies.clock": lambda a, t: a.policies.clock(t.id),
    "Tasks.of_ticket": lambda a, t: a.tasks.of_ticket(t.id),
    "Tasks.add": lambda a, t: a.tasks.add(t.id, NewTasks(texts=("One",))),
    "TimeEntries.of_ticket": lambda a, t: a.time_entries.of_ticket(t.id),
    "TimeEntries.start": lambda a, t: a.time_entries.start(t.id),
    "TimeEntries.add": lambda a, t: a.time_entries.add(t.id, SPENT),
    "Presence.show": lambda a, t: a.presence.show(t.id, PresenceSign(typing=True)),
    "Presence.leave": lambda a, t: a.presence.leave(t.id),
    "Macros.preview": lambda a, t: a.macros.preview(t.id, MACRO),
    "Macros.insert": lambda a, t: a.macros.insert(t.id, MACRO),
    "Macros.apply": lambda a, t: a.macros.apply(t.id, MACRO, MacroUse()),
    "Ratings.rate": lambda a, t: a.ratings.rate(t.id, NewTicketRating(score=4)),
    "Triage.for_ticket": lambda a, t: a.triage.for_ticket(t.id),
    "Triage.similar": lambda a, t: a.triage.similar(t.id),
    "Triage.choose": lambda a, t: a.triage.choose(t.id, SuggestionChoice(version=t.version)),
    "Assistant.helped": lambda a, t: a.assistant.helped(t.id),
    "Assistant.did_not_help": lambda a, t: a.assistant.did_not_help(t.id),
    "Rules.of_ticket": lambda a, t: a.rules.of_ticket(t.id),
    "Rules.explain": lambda a, t: a.rules.explain(t.id),
    "Knowledge.of_ticket": lambda a, t: a.knowledge.of_ticket(t.id),
    "Knowledge.link": lambda a, t: a.knowledge.link(t.id, ArticleLink(article_id=ARTICLE)),
    "Knowledge.unlink": lambda a, t: a.knowledge.unlink(t.id, ARTICLE),
    "Knowledge.draft_from": lambda a, t: a.knowledge.draft_from(t.id),
    "Trash.delete": lambda a, t: a.trash.delete(t.id, t.version),
}
ON_DEED: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Deeds.undo": lambda a, x: a.deeds.undo(x.id),
    "Deeds.redo": lambda a, x: a.deeds.redo(x.id),
    "Bulk.change": lambda a, x: a.bulk.change(
        x.id, BulkChange(ticket_ids=(1,), priority=Priority.HIGH)
    ),
}
ON_TRASHED: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Trash.restore": lambda a, x: a.trash.restore(x.id),
    "Trash.purge": lambda a, x: a.trash.purge(x.id),
}
ON_ARTICLE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Articles.view": lambda a, x: a.articles.view(x.id),
    "Articles.related": lambda a, x: a.articles.related(x.id),
    "Articles.image": lambda a, x: a.articles.image(x.id),
    "Articles.save": lambda a, x: a.articles.save(
        x.id, ArticleChange(body="Restart it twice.", version=x.version)
    ),
    "Articles.move": lambda a, x: a.articles.move(
        x.id, ArticleMove(state=ArticleState.REVIEW, version=x.version)
    ),
    "Articles.revisions": lambda a, x: a.articles.revisions(x.id, before=1000),
    "Articles.revision": lambda a, x: a.articles.revision(x.id, 1),
    "Articles.restore": lambda a, x: a.articles.restore(
        x.id, ArticleRestore(revision=1, version=x.version)
    ),
    "Articles.add_image": lambda a, x: a.articles.add_image(x.id, NewImage(data=PNG)),
    "Articles.change_category": lambda a, x: a.articles.change_category(
        x.id, ArticleCategoryChange(name=a_name(), version=x.version)
    ),
    "Knowledge.note_read": lambda a, x: a.knowledge.note_read(x.id),
    "Knowledge.rate": lambda a, x: a.knowledge.rate(x.id, Rating(helpful=True)),
    "Knowledge.not_solved": lambda a, x: a.knowledge.not_solved(x.id, day=20_000),
    "Knowledge.ratings": lambda a, x: a.knowledge.ratings(x.id),
    "Knowledge.tickets_of": lambda a, x: a.knowledge.tickets_of(x.id),
}
ON_KEY: dict[str, Callable[[HelpDesk, Any], object]] = {
    "ApiKeys.revoke": lambda a, k: a.api_keys.revoke(k.id),
}
ON_CALL: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Assistant.judge": lambda a, c: a.assistant.judge(c, Judgement(accepted=True)),
}
ON_CONVERSATION: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Assistant.conversation": lambda a, c: a.assistant.conversation(c.id),
    "Assistant.delete_conversation": lambda a, c: a.assistant.delete_conversation(c.id),
    "Assistant.proposal": lambda a, c: a.assistant.proposal(c.id),
    "Assistant.hand_over": lambda a, c: a.assistant.hand_over(
        c.id, HandOver(ticket=NewTicket(subject="Dark screen"))
    ),
}
ON_LINK: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Ratings.invitation": lambda a, token: a.ratings.invitation(token),
    "Ratings.rate_by_link": lambda a, token: a.ratings.rate_by_link(
        LinkedRating(token=token, rating=NewTicketRating(score=4))
    ),
}
ON_WAY: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Sessions.reset": lambda a, w: a.sessions.reset(
        PasswordReset(code=w.code, new_password="words that nobody knew")
    ),
    "SecondFactors.enrol": lambda a, w: a.second_factors.enrol(w.pending),
    "SecondFactors.enter": entered,
}
ON_BROWSER: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Directory.begin": lambda a, _: a.directory.begin(
        SingleSignOnBegin(redirect_uri="http://127.0.0.1:51234/")
    ),
    "Directory.finish": lambda a, answer: a.directory.finish(answer),
}
ON_TEAM: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Teams.change": lambda a, x: a.teams.change(x.id, TeamChange(name=a_name(), version=x.version)),
    "Teams.remove": lambda a, x: a.teams.remove(x.id),
    "Dashboards.unshare": lambda a, x: a.dashboards.unshare(x.id),
}
ON_VIEW: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Views.change": lambda a, x: a.views.change(x.id, ViewChange(name=a_name(), version=x.version)),
    "Views.remove": lambda a, x: a.views.remove(x.id, x.version),
}
ON_REMOVED_VIEW: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Views.restore": lambda a, x: a.views.restore(x.id),
}
ON_UPLOAD: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Attachments.put": lambda a, key: a.attachments.put(key, 1, A_PIECE),
    "Attachments.finish": lambda a, key: a.attachments.finish(key, AN_END),
    "Attachments.discard": lambda a, key: a.attachments.discard(key),
}
ON_FILE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Attachments.part": lambda a, key: a.attachments.part(key, 1),
}
ON_SCHEDULE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Reports.change_schedule": lambda a, x: a.reports.change_schedule(
        x.id, ScheduleChange(**a_schedule().model_dump(), version=x.version)
    ),
    "Reports.unschedule": lambda a, x: a.reports.unschedule(x.id),
}
ON_RECURRENCE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Recurrences.change": lambda a, x: a.recurrences.change(
        x.id, RecurrenceChange(**a_recurrence().model_dump(), version=x.version)
    ),
    "Recurrences.pause": lambda a, x: a.recurrences.pause(x.id, x.version),
    "Recurrences.resume": lambda a, x: a.recurrences.resume(x.id, x.version),
    "Recurrences.remove": lambda a, x: a.recurrences.remove(x.id),
}
ON_MACRO: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Macros.change": lambda a, x: a.macros.change(
        x.id, MacroChange(**a_macro(Shared.PRIVATE).model_dump(), version=x.version)
    ),
    "Macros.remove": lambda a, x: a.macros.remove(x.id),
}
ON_TASK: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Tasks.rename": lambda a, x: a.tasks.rename(x.id, x.row_id, TaskRename(text="1", was="One")),
    "Tasks.tick": lambda a, x: a.tasks.tick(x.id, x.row_id, done=True),
    "Tasks.move": lambda a, x: a.tasks.move(x.id, x.row_id, 2),
    "Tasks.remove": lambda a, x: a.tasks.remove(x.id, x.row_id),
}
ON_TIME: dict[str, Callable[[HelpDesk, Any], object]] = {
    "TimeEntries.change": lambda a, x: a.time_entries.change(
        x.id, x.row_id, TimeChange(started_at=SPENT.started_at, seconds=60, seen=SPENT)
    ),
    "TimeEntries.remove": lambda a, x: a.time_entries.remove(x.id, x.row_id),
}
ON_TIMER: dict[str, Callable[[HelpDesk, Any], object]] = {
    "TimeEntries.stop": lambda a, _: a.time_entries.stop(TimerStop()),
}
ON_TEMPLATE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Templates.change": lambda a, x: a.templates.change(
        x.id, TemplateChange(**a_template().model_dump(), version=x.version)
    ),
    "Templates.remove": lambda a, x: a.templates.remove(x.id),
}
ON_TEMPLATES: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Templates.arrange": lambda a, x: a.templates.arrange(TemplateOrder(template_ids=(x.id,))),
}
ON_FIELD: dict[str, Callable[[HelpDesk, Any], object]] = {
    "CustomFields.change": lambda a, x: a.custom_fields.change(
        x.id, FieldChange(**a_field().model_dump(exclude={"key"}), version=x.version)
    ),
}
ON_FIELDS: dict[str, Callable[[HelpDesk, Any], object]] = {
    "CustomFields.arrange": lambda a, x: a.custom_fields.arrange(FieldOrder(field_ids=(x.id,))),
}
ON_RULE: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Rules.change": lambda a, x: a.rules.change(
        x.id, RuleChange(version=x.version, **a_rule().model_dump())
    ),
    "Rules.remove": lambda a, x: a.rules.remove(x.id),
}
ON_RULES: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Rules.arrange": lambda a, x: a.rules.arrange(RuleOrder(rule_ids=(x.id,))),
}
ON_CALENDAR: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Calendars.change": lambda a, x: a.calendars.change(
        x.id, CalendarChange(version=x.version, **a_calendar().model_dump())
    ),
    "Calendars.remove": lambda a, x: a.calendars.remove(x.id),
    "Calendars.make_default": lambda a, x: a.calendars.make_default(x.id),
    "Calendars.read_feeds": lambda a, x: a.calendars.read_feeds(x.id),
}
ON_POLICY: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Policies.change": lambda a, x: a.policies.change(
        x.id, PolicyChange(version=x.version, **a_policy().model_dump())
    ),
    "Policies.remove": lambda a, x: a.policies.remove(x.id),
}
ON_POLICIES: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Policies.arrange": lambda a, x: a.policies.arrange(PolicyOrder(policy_ids=(x.id,))),
}
ON_CHAT: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Channels.change_chat": lambda a, x: a.channels.change_chat(
        x.id, ChatChannelChange(name=a_name(), kind=ChatKind.SLACK, version=x.version)
    ),
    "Channels.remove_chat": lambda a, x: a.channels.remove_chat(x.id),
    # Its address is not known here, so that nothing is sent anywhere.
    "Channels.test_chat": lambda a, x: a.channels.test_chat(x.id),
}
ON_ACCOUNT: dict[str, Callable[[HelpDesk, Any], object]] = {
    "Users.view": lambda a, u: a.users.view(u.id),
    "Users.change": lambda a, u: a.users.change(
        u.id, UserChange(full_name="New Name", version=u.version)
    ),
    "Users.deactivate": lambda a, u: a.users.deactivate(u.id, Leaving(version=u.version)),
    "Users.reactivate": lambda a, u: a.users.reactivate(u.id, u.version),
    "Users.reset_password": lambda a, u: a.users.reset_password(u.id),
    "Users.named": lambda a, u: a.users.named(u.username),
    "Users.end_sessions": lambda a, u: a.users.end_sessions(u.id),
    "Users.let_try_again": lambda a, u: a.users.let_try_again(u.id),
    "Users.reset_second_factor": lambda a, u: a.users.reset_second_factor(u.id),
    "Users.put_into_teams": lambda a, u: a.users.put_into_teams(
        u.id, TeamChoice(team_ids=(), version=u.version)
    ),
    "Users.set_password": lambda a, u: a.users.set_password(
        u.id, NewPassword(password="known to two people")
    ),
}
NUMBERED = (
    ON_TICKET, ON_ARTICLE, ON_KEY, ON_ACCOUNT, ON_TEAM, ON_RULE, ON_CALENDAR, ON_POLICY, ON_CHAT,
    ON_SCHEDULE, ON_RECURRENCE, ON_MACRO, ON_TEMPLATE, ON_VIEW, ON_REMOVED_VIEW, ON_DEED,
    ON_TRASHED, ON_FIELD, ON_TASK, ON_TIME,
)  # fmt: skip
"""What is asked for by its number alone, so that a wrong one is not found."""
LEAVES_TRACES = {
    "Sessions.sign_in", "Sessions.sign_out", "Sessions.change_password", *ON_ACCOUNT,
    "SecondFactors.begin", "SecondFactors.confirm", "SecondFactors.remove",
    "SecondFactors.renew_codes", "SecondFactors.enter", "Directory.finish",
}  # fmt: skip
"""After these whoever called may be somebody else, changed, or signed out."""


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("rights"), template, kind=desk_kind) as embedded:
        yield Desk(embedded)


CASES = [
    (operation, role, own)
    for operation, right in RIGHTS.items()
    for role in Role
    for own in (True, False)
    if own or right.foreign is not None
]


def expected(operation: str, role: Role, own: bool) -> type[Exception] | None:
    right = RIGHTS[operation]
    if role in (right.own if own else right.foreign or NOBODY):
        return None
    return NotFound if not own and role in right.hidden else Forbidden


def test_the_table_names_every_operation():
    assert RIGHTS.keys() == OPERATIONS
    named = (
        ALONE, ON_TICKET, ON_ARTICLE, ON_KEY, ON_CALL, ON_CONVERSATION, ON_ACCOUNT,
        ON_TEAM, ON_RULE, ON_RULES, ON_CALENDAR, ON_POLICY, ON_POLICIES, ON_CHAT, ON_LINK,
        ON_DEED, ON_TRASHED, ON_FIELD, ON_FIELDS, ON_TASK, ON_TIME, ON_TIMER,
        ON_SCHEDULE, ON_UPLOAD, ON_FILE, ON_WAY, ON_BROWSER, ON_RECURRENCE, ON_MACRO, ON_VIEW,
        ON_REMOVED_VIEW, ON_TEMPLATE, ON_TEMPLATES,
    )  # fmt: skip
    assert {operation for table in named for operation in table} == OPERATIONS


@pytest.mark.parametrize(
    ("operation", "role", "own"),
    CASES,
    ids=lambda part: {True: "own", False: "foreign"}.get(part, part),
)
def test_each_role_may_do_what_the_table_says(desk: Desk, operation: str, role: Role, own: bool):
    call = desk.call(operation, desk.actor_for(operation, role), own=own)
    refusal = expected(operation, role, own)
    if refusal is None:
        call()
        return
    before = contents(desk.embedded.database)
    with pytest.raises(refusal):
        call()
    assert contents(desk.embedded.database) == before


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("had_session", [False, True], ids=["never signed in", "signed out"])
def test_without_a_session_only_the_public_operations_work(
    desk: Desk, operation: str, had_session: bool
):
    actor = desk.somebody(ADMIN)
    by = actor if had_session else desk.embedded.facade()
    call = desk.call(operation, actor, own=True, by=by)
    actor.sessions.sign_out()
    before = contents(desk.embedded.database)
    public = {
        "Desks.info", "Sessions.sign_in", "Sessions.sign_out", "Sessions.forgotten", *ON_LINK,
        *ON_WAY, *ON_BROWSER,
    }  # fmt: skip
    if operation in public:
        call()
        return
    with pytest.raises(SignedOut):
        call()
    assert contents(desk.embedded.database) == before


@pytest.mark.parametrize("role", Role)
def test_a_missing_ticket_and_a_foreign_one_look_the_same(desk: Desk, role: Role):
    actor = desk.member(role)
    foreign = desk.ticket_for("Tickets.view", actor, own=False)
    missing = foreign.id + 1
    with pytest.raises(NotFound) as of_missing:
        actor.tickets.view(missing)
    if role is USER:
        with pytest.raises(NotFound) as of_foreign:
            actor.tickets.view(foreign.id)
        told = str(of_foreign.value).replace(str(foreign.id), str(missing))
        assert told == str(of_missing.value)


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30])
@pytest.mark.parametrize("operation", [each for table in NUMBERED for each in table])
def test_an_impossible_number_is_not_found(desk: Desk, operation: str, number: int):
    may = desk.member(ADMIN) if RIGHTS[operation].foreign else desk.system
    thing = SimpleNamespace(id=number, row_id=1, username="nobody", version=1)
    call = next(table[operation] for table in NUMBERED if operation in table)
    with pytest.raises(NotFound):
        call(may, thing)
