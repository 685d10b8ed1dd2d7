# SPDX-License-Identifier: GPL-3.0-or-later
"""The facade: every operation of the desk as a typed method, whatever transport carries it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from helpdesk.client.transport import Transport
from helpdesk.core.operation import Operation, operations_of
from helpdesk.services.api_keys import ApiKeys
from helpdesk.services.articles import Articles
from helpdesk.services.assistant import Assistant
from helpdesk.services.attachments import Attachments
from helpdesk.services.audit import Audit
from helpdesk.services.bulk import Bulk
from helpdesk.services.calendars import Calendars
from helpdesk.services.channels import Channels
from helpdesk.services.custom_fields import CustomFields
from helpdesk.services.dashboards import Dashboards
from helpdesk.services.deeds import Deeds
from helpdesk.services.desks import Desks
from helpdesk.services.directory import Directory
from helpdesk.services.figures import Figures
from helpdesk.services.knowledge import Knowledge
from helpdesk.services.macros import Macros
from helpdesk.services.merging import Merging
from helpdesk.services.notifications import Notifications
from helpdesk.services.policies import Policies
from helpdesk.services.presence import Presence
from helpdesk.services.profiles import Profiles
from helpdesk.services.queries import Queries
from helpdesk.services.ratings import Ratings
from helpdesk.services.recurrences import Recurrences
from helpdesk.services.reports import Reports
from helpdesk.services.rules import Rules
from helpdesk.services.second_factors import SecondFactors
from helpdesk.services.security import Security
from helpdesk.services.sessions import Sessions
from helpdesk.services.snoozing import Snoozing
from helpdesk.services.splitting import Splitting
from helpdesk.services.tags import Tags
from helpdesk.services.tasks import Tasks
from helpdesk.services.teams import Teams
from helpdesk.services.templates import Templates
from helpdesk.services.ticket_exports import TicketExports
from helpdesk.services.ticket_imports import TicketImports
from helpdesk.services.ticket_links import TicketLinks
from helpdesk.services.tickets import Tickets
from helpdesk.services.time_entries import TimeEntries
from helpdesk.services.trash import Trash
from helpdesk.services.triage import Triage
from helpdesk.services.users import Users
from helpdesk.services.views import Views
from helpdesk.services.watchers import Watchers

T = TypeVar("T")

SERVICES: tuple[type, ...] = (
    Desks,
    Sessions,
    Tickets,
    Attachments,
    Queries,
    Views,
    Users,
    Articles,
    Knowledge,
    Assistant,
    Triage,
    ApiKeys,
    Teams,
    Calendars,
    Policies,
    Rules,
    Notifications,
    Channels,
    Figures,
    Dashboards,
    Ratings,
    Reports,
    Security,
    SecondFactors,
    Profiles,
    Directory,
    Audit,
    Presence,
    Macros,
    Tags,
    Watchers,
    TicketLinks,
    Merging,
    Splitting,
    Tasks,
    TimeEntries,
    Snoozing,
    Recurrences,
    Deeds,
    Bulk,
    Trash,
    Templates,
    CustomFields,
    TicketExports,
    TicketImports,
)


class HelpDesk:
    """The desk as callers see it; ``desk.tickets.open(new)`` and so on."""

    def __init__(self, transport: Transport) -> None:
        """Bind to a transport."""
        self._transport = transport
        self.desks = _stub(Desks, transport)
        self.sessions = _stub(Sessions, transport)
        self.tickets = _stub(Tickets, transport)
        self.attachments = _stub(Attachments, transport)
        self.queries = _stub(Queries, transport)
        self.views = _stub(Views, transport)
        self.users = _stub(Users, transport)
        self.articles = _stub(Articles, transport)
        self.knowledge = _stub(Knowledge, transport)
        self.assistant = _stub(Assistant, transport)
        self.triage = _stub(Triage, transport)
        self.api_keys = _stub(ApiKeys, transport)
        self.teams = _stub(Teams, transport)
        self.calendars = _stub(Calendars, transport)
        self.policies = _stub(Policies, transport)
        self.rules = _stub(Rules, transport)
        self.notifications = _stub(Notifications, transport)
        self.channels = _stub(Channels, transport)
        self.figures = _stub(Figures, transport)
        self.dashboards = _stub(Dashboards, transport)
        self.ratings = _stub(Ratings, transport)
        self.reports = _stub(Reports, transport)
        self.security = _stub(Security, transport)
        self.second_factors = _stub(SecondFactors, transport)
        self.profiles = _stub(Profiles, transport)
        self.directory = _stub(Directory, transport)
        self.audit = _stub(Audit, transport)
        self.presence = _stub(Presence, transport)
        self.macros = _stub(Macros, transport)
        self.tags = _stub(Tags, transport)
        self.watchers = _stub(Watchers, transport)
        self.ticket_links = _stub(TicketLinks, transport)
        self.merging = _stub(Merging, transport)
        self.splitting = _stub(Splitting, transport)
        self.tasks = _stub(Tasks, transport)
        self.time_entries = _stub(TimeEntries, transport)
        self.snoozing = _stub(Snoozing, transport)
        self.recurrences = _stub(Recurrences, transport)
        self.deeds = _stub(Deeds, transport)
        self.bulk = _stub(Bulk, transport)
        self.trash = _stub(Trash, transport)
        self.templates = _stub(Templates, transport)
        self.custom_fields = _stub(CustomFields, transport)
        self.ticket_exports = _stub(TicketExports, transport)
        self.ticket_imports = _stub(TicketImports, transport)

    def close(self) -> None:
        """Let go of the transport."""
        self._transport.close()


class _Stub:
    """Stands in for a service: each operation becomes a call over the transport."""

    def __init__(self, service: type, transport: Transport) -> None:
        for name, operation in operations_of(service).items():
            setattr(self, name, _method(operation, transport))


def _stub(service: type[T], transport: Transport) -> T:
    return cast(T, _Stub(service, transport))


def _method(operation: Operation, transport: Transport) -> Callable[..., Any]:
    signature = _signature_of(operation)

    def call(*positional: Any, **named: Any) -> Any:
        return transport.call(operation, signature.bind(*positional, **named).arguments)

    call.__name__ = call.__qualname__ = operation.name
    call.__doc__ = operation.function.__doc__
    return call


@cache
def _signature_of(operation: Operation) -> inspect.Signature:
    """Return what an operation is called with; worked out once, for all facades."""
    signature = inspect.signature(operation.function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])
