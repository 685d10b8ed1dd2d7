# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operation works with: who acts, when, and the repositories of its transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from helpdesk.core.permissions import READER, SYSTEM, Actor
from helpdesk.core.schemas.sla import PolicySettings
from helpdesk.core.settings import Settings
from helpdesk.database.row_queue import rows_of
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import Base
from helpdesk.repositories.api_keys import ApiKeyRepository
from helpdesk.repositories.article_categories import ArticleCategoryRepository
from helpdesk.repositories.article_figures import ArticleFigureRepository
from helpdesk.repositories.article_links import ArticleLinkRepository
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.repositories.assistant import AssistantRepository
from helpdesk.repositories.attachments import AttachmentRepository
from helpdesk.repositories.audit import AuditRepository
from helpdesk.repositories.calendars import CalendarRepository
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.repositories.chat_channels import ChatChannelRepository
from helpdesk.repositories.clocks import ClockRepository
from helpdesk.repositories.conversations import ConversationRepository
from helpdesk.repositories.custom_fields import CustomFieldRepository
from helpdesk.repositories.dashboards import DashboardRepository
from helpdesk.repositories.deeds import DeedRepository
from helpdesk.repositories.deliveries import DeliveryRepository
from helpdesk.repositories.desk_changes import NOTIFICATION, TICKET, DeskChangeRepository
from helpdesk.repositories.due_tickets import DueTicketRepository
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.figures import FigureRepository
from helpdesk.repositories.macros import MacroRepository
from helpdesk.repositories.notifications import NotificationRepository
from helpdesk.repositories.outbox import OutboxRepository
from helpdesk.repositories.pending_sign_ins import PendingSignInRepository
from helpdesk.repositories.policies import PolicyRepository
from helpdesk.repositories.presence import PresenceRepository
from helpdesk.repositories.profiles import ProfileRepository
from helpdesk.repositories.query_names import QueryNames
from helpdesk.repositories.ratings import RatingRepository
from helpdesk.repositories.recurrences import RecurrenceRepository
from helpdesk.repositories.report_schedules import ReportScheduleRepository
from helpdesk.repositories.resets import ResetRepository
from helpdesk.repositories.rule_material import RuleMaterial
from helpdesk.repositories.rules import RuleRepository
from helpdesk.repositories.saved_views import SavedViewRepository
from helpdesk.repositories.second_factors import SecondFactorRepository
from helpdesk.repositories.sessions import SessionRepository
from helpdesk.repositories.sign_in_failures import SignInFailureRepository
from helpdesk.repositories.single_sign_ons import SingleSignOnRepository
from helpdesk.repositories.snoozes import SnoozeRepository
from helpdesk.repositories.tags import TagRepository
from helpdesk.repositories.tasks import TaskRepository
from helpdesk.repositories.teams import TeamRepository
from helpdesk.repositories.ticket_figures import TicketFigureRepository
from helpdesk.repositories.ticket_histories import TicketHistories
from helpdesk.repositories.ticket_imports import TicketImportRepository
from helpdesk.repositories.ticket_links import TicketLinkRepository
from helpdesk.repositories.ticket_merges import TicketMergeRepository
from helpdesk.repositories.ticket_names import TicketNames
from helpdesk.repositories.ticket_news import TicketNewsRepository
from helpdesk.repositories.ticket_records import TicketRecordRepository
from helpdesk.repositories.ticket_templates import TicketTemplateRepository
from helpdesk.repositories.tickets import TicketRepository
from helpdesk.repositories.time_entries import TimeEntryRepository
from helpdesk.repositories.trash import TrashRepository
from helpdesk.repositories.trash_contents import TrashContents
from helpdesk.repositories.triage import TriageRepository
from helpdesk.repositories.users import UserRepository
from helpdesk.repositories.watchers import WatcherRepository
from helpdesk.repositories.withdrawals import Withdrawals
from helpdesk.services.audit_trail import AuditTrail
from helpdesk.services.known_people import KnownPeople
from helpdesk.services.session_registry import SessionRegistry
from helpdesk.services.unsent import Unsent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


LOCAL = "local"
"""Where calls come from in the process that has the desk open."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed and is committed: what kind of thing, and which."""

    kind: str
    ids: tuple[int, ...]


class _Waiting(Protocol):
    """What holds things of a transaction that the database does not have, and cannot undo."""

    def mark(self) -> Any:
        """Return what it holds now."""

    def drop_from(self, mark: Any) -> None:
        """Hold what it held then."""


class Transacted:
    """The repositories over one transaction, and the changes to tell of once it is committed."""

    def __init__(self, session: Session, actor: Actor, source: str = LOCAL) -> None:
        """Bind to an open transaction; ``source`` is where the call comes from."""
        self._session = session
        self._actor = actor
        self._source = source
        self.changes: list[Change] = []

    @cached_property
    def audit(self) -> AuditTrail:
        """What this transaction leaves in the audit log."""
        return AuditTrail(self.audit_log, self._actor, self._source)

    @cached_property
    def audit_log(self) -> AuditRepository:
        """The audit log, to be read."""
        return AuditRepository(self._session)

    @cached_property
    def tickets(self) -> TicketRepository:
        """The tickets the actor may see."""
        return TicketRepository(self._session, self._actor)

    @cached_property
    def attachments(self) -> AttachmentRepository:
        """The files on tickets."""
        return AttachmentRepository(self._session, self._actor)

    @cached_property
    def users(self) -> UserRepository:
        """The accounts."""
        return UserRepository(self._session)

    @cached_property
    def categories(self) -> CategoryRepository:
        """The categories."""
        return CategoryRepository(self._session)

    @cached_property
    def teams(self) -> TeamRepository:
        """The teams, and who is in them."""
        return TeamRepository(self._session)

    @cached_property
    def tags(self) -> TagRepository:
        """The tags of tickets."""
        return TagRepository(self._session, self._actor)

    @cached_property
    def custom_fields(self) -> CustomFieldRepository:
        """The desk's own fields of tickets."""
        return CustomFieldRepository(self._session, self._actor)

    @cached_property
    def watchers(self) -> WatcherRepository:
        """Who follows tickets."""
        return WatcherRepository(self._session, self._actor)

    @cached_property
    def tasks(self) -> TaskRepository:
        """The checklists of tickets."""
        return TaskRepository(self._session)

    @cached_property
    def time_entries(self) -> TimeEntryRepository:
        """The time that the staff worked on tickets."""
        return TimeEntryRepository(self._session)

    @cached_property
    def ticket_templates(self) -> TicketTemplateRepository:
        """The templates for tickets that the actor may see."""
        return TicketTemplateRepository(self._session, self._actor)

    @cached_property
    def ticket_links(self) -> TicketLinkRepository:
        """Which tickets have to do with which others."""
        return TicketLinkRepository(self._session, self._actor)

    @cached_property
    def merges(self) -> TicketMergeRepository:
        """Which tickets are merged into which others."""
        return TicketMergeRepository(self._session, self._actor)

    @cached_property
    def rules(self) -> RuleRepository:
        """The rules, and the log of what they did."""
        return RuleRepository(self._session)

    @cached_property
    def rule_material(self) -> RuleMaterial:
        """What rules ask of tickets, whoever the actor is."""
        return RuleMaterial(self._session)

    @cached_property
    def calendars(self) -> CalendarRepository:
        """The business calendars."""
        return CalendarRepository(self._session)

    @cached_property
    def clocks(self) -> ClockRepository:
        """The clocks of tickets, and the segments that they are counted by."""
        return ClockRepository(self._session)

    def histories(
        self, policies: Sequence[PolicySettings], since: datetime, most: int
    ) -> TicketHistories:
        """The newest tickets that policies are about, and what happened to them."""
        return TicketHistories(self._session, policies, since, most)

    @cached_property
    def policies(self) -> PolicyRepository:
        """The service level policies."""
        return PolicyRepository(self._session)

    @cached_property
    def chat_channels(self) -> ChatChannelRepository:
        """The channels of chats that rules post to."""
        return ChatChannelRepository(self._session)

    @cached_property
    def deliveries(self) -> DeliveryRepository:
        """What is on its way out of the desk."""
        return DeliveryRepository(self._session)

    @cached_property
    def facts(self) -> FactRepository:
        """The facts of the desk."""
        return FactRepository(self._session)

    @cached_property
    def profiles(self) -> ProfileRepository:
        """What people keep of themselves."""
        return ProfileRepository(self._session)

    @cached_property
    def sessions(self) -> SessionRepository:
        """The sessions of all people."""
        return SessionRepository(self._session)

    @cached_property
    def pending_sign_ins(self) -> PendingSignInRepository:
        """The sign-ins that wait for a code."""
        return PendingSignInRepository(self._session)

    @cached_property
    def resets(self) -> ResetRepository:
        """Who has asked for a way back to an account."""
        return ResetRepository(self._session)

    @cached_property
    def second_factors(self) -> SecondFactorRepository:
        """The authenticator apps and recovery codes of all people."""
        return SecondFactorRepository(self._session)

    @cached_property
    def sign_ins(self) -> SignInFailureRepository:
        """The counts of wrong passwords, and from where people sign in."""
        return SignInFailureRepository(self._session)

    @cached_property
    def single_sign_ons(self) -> SingleSignOnRepository:
        """The sign-ins that are under way in browsers."""
        return SingleSignOnRepository(self._session)

    @cached_property
    def api_keys(self) -> ApiKeyRepository:
        """The keys of other systems."""
        return ApiKeyRepository(self._session)

    @cached_property
    def articles(self) -> ArticleRepository:
        """The articles the actor may see."""
        return ArticleRepository(self._session, self._actor)

    @cached_property
    def article_categories(self) -> ArticleCategoryRepository:
        """The tree that articles stand in."""
        return ArticleCategoryRepository(self._session, self._actor)

    @cached_property
    def article_figures(self) -> ArticleFigureRepository:
        """What is counted of articles."""
        return ArticleFigureRepository(self._session)

    @cached_property
    def article_links(self) -> ArticleLinkRepository:
        """The articles on tickets."""
        return ArticleLinkRepository(self._session, self._actor)

    @cached_property
    def public_articles(self) -> ArticleRepository:
        """The articles that every reader may see, whoever the actor is."""
        return ArticleRepository(self._session, READER)

    @cached_property
    def figures(self) -> FigureRepository:
        """What is kept of figures, to be read."""
        return FigureRepository(self._session)

    @cached_property
    def due_tickets(self) -> DueTicketRepository:
        """What is late, soon due or escalated."""
        return DueTicketRepository(self._session)

    @cached_property
    def query_names(self) -> QueryNames:
        """The names that searches can hold."""
        return QueryNames(self._session)

    @cached_property
    def saved_views(self) -> SavedViewRepository:
        """The saved views that the actor may see."""
        return SavedViewRepository(self._session, self._actor)

    @cached_property
    def dashboards(self) -> DashboardRepository:
        """The dashboards of people and teams."""
        return DashboardRepository(self._session)

    @cached_property
    def ticket_figures(self) -> TicketFigureRepository:
        """What tickets count as, and the sums of it."""
        return TicketFigureRepository(self._session)

    @cached_property
    def assistant(self) -> AssistantRepository:
        """What is kept of questions to the model, and of automatic answers."""
        return AssistantRepository(self._session)

    @cached_property
    def conversations(self) -> ConversationRepository:
        """The actor's conversations with the assistant."""
        return ConversationRepository(self._session, self._actor)

    @cached_property
    def triage(self) -> TriageRepository:
        """What the desk has learnt of its tickets."""
        return TriageRepository(self._session)

    @cached_property
    def notifications(self) -> NotificationRepository:
        """What people were told, and how they want to be."""
        return NotificationRepository(self._session)

    @cached_property
    def outbox(self) -> OutboxRepository:
        """What is on its way out of the desk."""
        return OutboxRepository(self._session)

    @cached_property
    def ticket_names(self) -> TicketNames:
        """The names on tickets."""
        return TicketNames(self._session)

    @cached_property
    def people(self) -> KnownPeople:
        """Who works here and how people want to be told, read once."""
        return KnownPeople(self.notifications, self.teams)

    @cached_property
    def unsent(self) -> Unsent:
        """What people are told of by this transaction."""
        return Unsent()

    def told_of(
        self, ticket_ids: Collection[int], moments: Collection[datetime], now: datetime
    ) -> Withdrawals:
        """Return what requesters were told of some tickets at some moments."""
        return Withdrawals(self._session, ticket_ids, moments, now)

    @cached_property
    def presence(self) -> PresenceRepository:
        """Who of the staff is at which ticket."""
        return PresenceRepository(self._session, self._actor)

    @cached_property
    def news(self) -> TicketNewsRepository:
        """What others have done that the actor may not have read."""
        return TicketNewsRepository(self._session, self._actor)

    @cached_property
    def macros(self) -> MacroRepository:
        """The canned replies that the actor may see."""
        return MacroRepository(self._session, self._actor)

    @cached_property
    def report_schedules(self) -> ReportScheduleRepository:
        """The reports that are sent by schedule."""
        return ReportScheduleRepository(self._session)

    @cached_property
    def ratings(self) -> RatingRepository:
        """How requesters found the solutions of their tickets."""
        return RatingRepository(self._session)

    @cached_property
    def deeds(self) -> DeedRepository:
        """What people did to tickets, to be undone."""
        return DeedRepository(self._session)

    @cached_property
    def recurrences(self) -> RecurrenceRepository:
        """The recurring tickets."""
        return RecurrenceRepository(self._session)

    @cached_property
    def snoozes(self) -> SnoozeRepository:
        """What is out of sight until when."""
        return SnoozeRepository(self._session)

    @cached_property
    def ticket_records(self) -> TicketRecordRepository:
        """Whole tickets, as records of a file."""
        return TicketRecordRepository(self._session)

    @cached_property
    def ticket_imports(self) -> TicketImportRepository:
        """What a load of tickets reads and writes."""
        return TicketImportRepository(self._session)

    @cached_property
    def trash(self) -> TrashRepository:
        """The deleted tickets."""
        return TrashRepository(self._session, self._actor)

    @cached_property
    def trash_contents(self) -> TrashContents:
        """What lies in the trash."""
        return TrashContents(self._session, self._actor)

    @cached_property
    def feed(self) -> DeskChangeRepository:
        """What has changed, as far as the actor may see it."""
        return DeskChangeRepository(self._session, self._actor)

    def acting_as(self, actor: Actor) -> Transacted:
        """Return the same transaction as somebody else sees it, to read what they may see."""
        return Transacted(self._session, actor, self._source)

    def speak_for(self, actor: Actor) -> None:
        """Go on as somebody else, where who calls is nobody yet; nothing was asked for before."""
        self._actor = actor

    def flush(self) -> None:
        """Send what was changed to the database, so that it can be queried."""
        self.tags.write()
        self._session.flush()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Return a block of which nothing stays where an error leaves it; the rest goes on."""
        with self._put_back(), self._session.begin_nested():
            yield

    @contextmanager
    def attempt_in_memory(self, *changed: Base) -> Iterator[None]:
        """The same where only some objects are changed, rows wait, and people are told.

        None of that needs the database to undo it, and a savepoint would cost more than the deed.
        """
        before = [(each, _values_of(each)) for each in changed]
        try:
            with self._put_back():
                yield
        except BaseException:
            for each, values in before:
                for name, value in values.items():
                    if getattr(each, name) is not value:
                        setattr(each, name, value)
            raise

    @contextmanager
    def _put_back(self) -> Iterator[None]:
        """Return a block after which, where an error leaves it, nothing waits that came in it."""
        waiting: tuple[_Waiting, ...] = (
            rows_of(self._session), self.unsent, self.ticket_figures, self.rules, self.facts,
            self.audit, self.tags,
        )  # fmt: skip
        changes, marks = len(self.changes), [(each, each.mark()) for each in waiting]
        try:
            yield
        except BaseException:
            for each, mark in marks:
                each.drop_from(mark)
            del self.changes[changes:]
            raise

    def changed(self, kind: str, *ids: int) -> None:
        """Tell open windows of a change, once it is committed."""
        self.changes.append(Change(kind, ids))

    def finish(self, at: datetime) -> None:
        """Send everything, with what people are told and what windows refresh by."""
        self.flush()
        self.ticket_figures.write(to_microseconds(at))
        if told := self.unsent.write(self.notifications, self.outbox):
            self.changed(NOTIFICATION, *told)
        self.rules.keep_firings(at)
        self.audit.write(at)
        # A ticket is told of by its history.
        others = [each for each in self.changes if each.kind != TICKET]
        self.feed.record_all(((each.kind, id_) for each in others for id_ in each.ids), at)


@dataclass(frozen=True)
class Context:
    """What every step of an operation shares."""

    actor: Actor
    token: str | None = field(repr=False)
    now: datetime
    settings: Settings
    registry: SessionRegistry
    read_only: bool
    place: str
    source: str


def _values_of(row: Base) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__table__.columns.keys()}  # noqa: SIM118


class Work:
    """Handed to a service for one call."""

    def __init__(
        self,
        context: Context,
        transacted: Transacted | None,
        step: Callable[[bool, bool], AbstractContextManager[Transacted]],
    ) -> None:
        """Bind to a transaction, or to none for an operation that works in steps."""
        self._transacted = transacted
        self._step = step
        self.actor = context.actor
        self.token = context.token
        self.now = context.now
        self.settings = context.settings
        self.registry = context.registry
        self.read_only = context.read_only
        self.place = context.place
        self.source = context.source

    @property
    def desk(self) -> Transacted:
        """The repositories of the operation's one transaction."""
        if self._transacted is None:
            raise RuntimeError("this operation works in steps: use step()")
        return self._transacted

    @property
    def by_key(self) -> bool:
        """Whether another system calls with an API key, not a person."""
        return self.actor.scopes is not None

    def acting_as(self, actor: Actor) -> Work:
        """Return the same call as somebody else would make it, to read what they may see."""
        other = copy(self)
        other.actor, other._transacted = actor, self.desk.acting_as(actor)  # noqa: SLF001
        return other

    def as_program(self) -> Work:
        """Return the same work as the program itself does it, where who calls is nobody yet."""
        own = copy(self)
        own.actor = SYSTEM

        @contextmanager
        def step(writes: bool, is_effect: bool) -> Iterator[Transacted]:
            with self._step(writes, is_effect) as desk:
                desk.speak_for(SYSTEM)
                yield desk

        own._step = step  # noqa: SLF001 - it is another of the same
        return own

    def within(self, desk: Transacted) -> Work:
        """Return the same work bound to one of its steps, for what is done in one transaction."""
        bound = copy(self)
        bound._transacted = desk  # noqa: SLF001 - it is another of the same
        return bound

    def step(self, *, writes: bool) -> AbstractContextManager[Transacted]:
        """Open one of several transactions; it is committed when the block ends well."""
        return self._step(writes, True)

    def aside(self) -> AbstractContextManager[Transacted]:
        """Open a writing transaction for what is no effect of the call.

        It stays although the call then fails, such as the count of an attempt.
        """
        return self._step(True, False)
