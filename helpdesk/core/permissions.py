# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what, as data: a role is a set of permissions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from helpdesk.core.schemas.users import Role


class Permission(StrEnum):
    """One right; every operation declares the one it needs."""

    SUBMIT_TICKET = "submit_ticket"
    SEE_OWN_TICKETS = "see_own_tickets"
    COMMENT_TICKET = "comment_ticket"
    CLOSE_TICKET = "close_ticket"
    REOPEN_TICKET = "reopen_ticket"
    OWN_ACCOUNT = "own_account"
    READ_ARTICLES = "read_articles"
    USE_ASSISTANT = "use_assistant"
    RATE_TICKET = "rate_ticket"
    SEE_ALL_TICKETS = "see_all_tickets"
    WORK_TICKET = "work_ticket"
    WRITE_INTERNAL_NOTE = "write_internal_note"
    WRITE_ARTICLES = "write_articles"
    SEE_OWN_FIGURES = "see_own_figures"
    ASSIGN_TICKET = "assign_ticket"
    DELETE_TICKET = "delete_ticket"
    SHARE_WORK = "share_work"
    PUBLISH_ARTICLES = "publish_articles"
    SEE_FIGURES = "see_figures"
    MANAGE_USERS = "manage_users"
    MANAGE_API_KEYS = "manage_api_keys"
    SET_UP_ASSISTANT = "set_up_assistant"
    SEE_RULES = "see_rules"
    SEE_TEAM = "see_team"
    SET_UP_RULES = "set_up_rules"
    SET_UP_TICKETS = "set_up_tickets"
    SET_UP_CHANNELS = "set_up_channels"
    SET_UP_SECURITY = "set_up_security"
    SEE_AUDIT = "see_audit"

    @property
    def meaning(self) -> str:
        """What it allows, in words that go on with 'may'."""
        return MEANINGS[self]


MEANINGS: dict[Permission, str] = {
    Permission.SUBMIT_TICKET: "Submit tickets",
    Permission.SEE_OWN_TICKETS: "Read the tickets that they submitted",
    Permission.COMMENT_TICKET: "Reply to tickets that they can read",
    Permission.CLOSE_TICKET: "Close tickets that they can read",
    Permission.REOPEN_TICKET: "Reopen tickets that they can read",
    Permission.RATE_TICKET: "Rate how their own tickets were solved",
    Permission.SEE_ALL_TICKETS: "Read everybody's tickets",
    Permission.WORK_TICKET: "Take tickets, change them and solve them",
    Permission.WRITE_INTERNAL_NOTE: "Write and read internal notes",
    Permission.ASSIGN_TICKET: "Assign tickets to anybody of the staff",
    Permission.DELETE_TICKET: "Delete tickets, and bring deleted ones back",
    Permission.SHARE_WORK: "Share views and canned replies, and plan recurring tickets",
    Permission.READ_ARTICLES: "Read published articles",
    Permission.WRITE_ARTICLES: "Write articles, and read drafts",
    Permission.PUBLISH_ARTICLES: "Publish articles and arrange their categories",
    Permission.USE_ASSISTANT: "Ask the assistant",
    Permission.SEE_OWN_FIGURES: "See the figures of their own work",
    Permission.SEE_FIGURES: "See the figures of everybody, and schedule reports",
    Permission.SEE_RULES: "See rules, service levels and business hours",
    Permission.SEE_TEAM: "See the accounts of their own teams",
    Permission.OWN_ACCOUNT: "Look after their own account",
    Permission.MANAGE_USERS: "Manage accounts, and let an import write in anybody's name",
    Permission.MANAGE_API_KEYS: "Make and revoke API keys",
    Permission.SET_UP_ASSISTANT: "Set up the assistant and see what it did",
    Permission.SET_UP_RULES: "Set up rules, service levels, hours and teams",
    Permission.SET_UP_TICKETS: "Set up what tickets hold, import them and empty the trash for good",
    Permission.SET_UP_CHANNELS: "Set up mail and chats, and see what was sent",
    Permission.SET_UP_SECURITY: "Set up how people sign in",
    Permission.SEE_AUDIT: "Read the audit log",
}
"""What each right allows, as admins, makers of API keys and the documentation are told."""
GROUPS: dict[str, tuple[Permission, ...]] = {
    "Tickets": (
        Permission.SUBMIT_TICKET,
        Permission.SEE_OWN_TICKETS,
        Permission.COMMENT_TICKET,
        Permission.CLOSE_TICKET,
        Permission.REOPEN_TICKET,
        Permission.RATE_TICKET,
        Permission.SEE_ALL_TICKETS,
        Permission.WORK_TICKET,
        Permission.WRITE_INTERNAL_NOTE,
        Permission.ASSIGN_TICKET,
        Permission.SHARE_WORK,
        Permission.DELETE_TICKET,
    ),
    "Knowledge": (
        Permission.READ_ARTICLES,
        Permission.WRITE_ARTICLES,
        Permission.PUBLISH_ARTICLES,
        Permission.USE_ASSISTANT,
    ),
    "Figures and rules": (
        Permission.SEE_OWN_FIGURES,
        Permission.SEE_FIGURES,
        Permission.SEE_RULES,
    ),
    "Accounts": (
        Permission.OWN_ACCOUNT,
        Permission.SEE_TEAM,
        Permission.MANAGE_USERS,
        Permission.MANAGE_API_KEYS,
        Permission.SEE_AUDIT,
    ),
    "Setting up": (
        Permission.SET_UP_SECURITY,
        Permission.SET_UP_CHANNELS,
        Permission.SET_UP_RULES,
        Permission.SET_UP_TICKETS,
        Permission.SET_UP_ASSISTANT,
    ),
}
"""The rights in the order in which they are shown."""

_USER = frozenset(
    {
        Permission.SUBMIT_TICKET,
        Permission.SEE_OWN_TICKETS,
        Permission.COMMENT_TICKET,
        Permission.CLOSE_TICKET,
        Permission.REOPEN_TICKET,
        Permission.OWN_ACCOUNT,
        Permission.READ_ARTICLES,
        Permission.USE_ASSISTANT,
        Permission.RATE_TICKET,
    }
)
_TECHNICIAN = _USER | {
    Permission.SEE_ALL_TICKETS,
    Permission.WORK_TICKET,
    Permission.WRITE_INTERNAL_NOTE,
    Permission.WRITE_ARTICLES,
    Permission.SEE_OWN_FIGURES,
}
_MANAGER = _TECHNICIAN | {
    Permission.ASSIGN_TICKET,
    Permission.DELETE_TICKET,
    Permission.SHARE_WORK,
    Permission.PUBLISH_ARTICLES,
    Permission.SEE_FIGURES,
    Permission.SEE_RULES,
    Permission.SEE_TEAM,
}
_ADMIN = _MANAGER | {
    Permission.MANAGE_USERS,
    Permission.MANAGE_API_KEYS,
    Permission.SET_UP_ASSISTANT,
    Permission.SET_UP_RULES,
    Permission.SET_UP_TICKETS,
    Permission.SET_UP_CHANNELS,
    Permission.SET_UP_SECURITY,
    Permission.SEE_AUDIT,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.USER: _USER,
    Role.TECHNICIAN: _TECHNICIAN,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
}

STAFF = tuple(role for role in Role if Permission.WORK_TICKET in PERMISSIONS[role])


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls an operation. ``id`` is ``None`` for the program itself.

    ``scopes`` narrows what another system may do that calls with an API key of the person.
    """

    id: int | None
    username: str
    full_name: str
    role: Role
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role has the permission, and the scopes leave it."""
        within_scopes = self.scopes is None or permission in self.scopes
        return within_scopes and permission in PERMISSIONS[self.role]


READER = Actor(id=None, username="", full_name="", role=Role.USER)
"""Anybody who reads: what this one may see, everybody who is signed in may."""
SYSTEM = Actor(id=None, username="", full_name="Help Desk", role=Role.ADMIN)
