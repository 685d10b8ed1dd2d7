# SPDX-License-Identifier: GPL-3.0-or-later
"""How people sign in by a directory or a provider: what is set up, tried and asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from helpdesk.core.schemas.accounts import Secret
from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import NAME_LIMIT, Line

Distinguished = Annotated[Line, StringConstraints(max_length=500)]
Name = Annotated[Line, StringConstraints(max_length=NAME_LIMIT)]
Port = Annotated[int, Field(ge=1, le=65_535)]
LinkSecurity = Literal["starttls", "tls", "none"]


class GroupRole(Request):
    """Which role a group gives."""

    group: Distinguished
    role: Role


class DirectorySettings(Result):
    """The directory as an admin sees it; never the password."""

    enabled: bool
    host: str
    port: int
    security: str
    ca_file: str
    bind_dn: str
    base_dn: str
    user_filter: str
    username_attribute: str
    name_attribute: str
    email_attribute: str
    id_attribute: str
    group_base_dn: str
    group_filter: str
    group_roles: tuple[GroupRole, ...]
    default_role: Role | None
    has_password: bool
    password_place: str
    can_keep_password: bool
    fixed: tuple[str, ...]


class DirectoryChange(Request):
    """What to change; only fields that are set are touched, an empty password is taken away."""

    enabled: bool | None = None
    host: Name | None = None
    port: Port | None = None
    security: str | None = None
    ca_file: Distinguished | None = None
    bind_dn: Distinguished | None = None
    password: Secret | None = None
    base_dn: Distinguished | None = None
    user_filter: Distinguished | None = None
    username_attribute: Name | None = None
    name_attribute: Name | None = None
    email_attribute: Name | None = None
    id_attribute: Name | None = None
    group_base_dn: Distinguished | None = None
    group_filter: Distinguished | None = None
    group_roles: Annotated[tuple[GroupRole, ...], Field(max_length=200)] | None = None
    default_role: Role | None = None
    """Left out it stays; set to ``None`` nobody gets a role by default."""


class DirectoryTestAsk(Request):
    """Settings to try as if they were saved, and somebody to look up, if any."""

    change: DirectoryChange
    username: Line = ""


class DirectoryTest(Result):
    """What became of a trial, step by step; ``found`` tells of the person who was looked up."""

    works: bool
    sentence: str
    steps: tuple[str, ...]
    found: str = ""


class SingleSignOnSettings(Result):
    """The provider as an admin sees it; never the secret."""

    enabled: bool
    label: str
    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    username_claim: str
    groups_claim: str
    factor_claims: tuple[str, ...]
    group_roles: tuple[GroupRole, ...]
    default_role: Role | None
    ca_file: str
    has_secret: bool
    secret_place: str
    can_keep_secret: bool
    fixed: tuple[str, ...]


class SingleSignOnChange(Request):
    """What to change; only fields that are set are touched, an empty secret is taken away."""

    enabled: bool | None = None
    label: Name | None = None
    issuer: Distinguished | None = None
    client_id: Distinguished | None = None
    secret: Secret | None = None
    scopes: Annotated[tuple[Name, ...], Field(max_length=20)] | None = None
    username_claim: Name | None = None
    groups_claim: Name | None = None
    factor_claims: Annotated[tuple[Name, ...], Field(max_length=20)] | None = None
    group_roles: Annotated[tuple[GroupRole, ...], Field(max_length=200)] | None = None
    default_role: Role | None = None
    ca_file: Distinguished | None = None


class SingleSignOnBegin(Request):
    """Where the browser is to come back to: an address of this workstation alone."""

    redirect_uri: Annotated[str, StringConstraints(max_length=200)]
    device: Line = ""
    """What the list of sessions calls the workstation."""
    anew: bool = False
    """Whether the provider is to ask who it is, although somebody is signed in there."""


class SingleSignOnWay(Result):
    """The page to open in the browser, and what the answer must carry."""

    url: str
    state: str


class SingleSignOnAnswer(Request):
    """What the browser came back with."""

    state: Secret
    code: Annotated[str, StringConstraints(max_length=4096)]
