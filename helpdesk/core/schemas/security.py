# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in, as admins set them, and who may do what, as they see it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import Role


class SecurityValues(Result):
    """The rules in force."""

    password_min_length: int
    free_attempts: int
    longest_delay_seconds: int
    session_hours: float
    session_days: float
    second_factor_roles: tuple[Role, ...]
    reset_minutes: int
    lock_minutes: int


class SecuritySettingsView(Result):
    """The rules in force, the defaults, and which of them the environment fixes."""

    values: SecurityValues
    defaults: SecurityValues
    fixed: tuple[str, ...]
    keeps_secrets: bool
    """Whether the desk can keep the secrets of authenticator apps."""


class SecurityChange(Request):
    """What to change; only fields that are set are touched."""

    password_min_length: Annotated[int, Field(ge=8, le=64)] | None = None
    free_attempts: Annotated[int, Field(ge=1, le=5)] | None = None
    longest_delay_seconds: Annotated[int, Field(ge=1, le=900)] | None = None
    session_hours: Annotated[float, Field(gt=0, le=24 * 30, allow_inf_nan=False)] | None = None
    session_days: Annotated[float, Field(gt=0, le=366, allow_inf_nan=False)] | None = None
    second_factor_roles: Annotated[tuple[Role, ...], Field(max_length=len(Role))] | None = None
    reset_minutes: Annotated[int, Field(ge=5, le=24 * 60)] | None = None
    lock_minutes: Annotated[int, Field(ge=0, le=24 * 60)] | None = None


class RightRow(Result):
    """One right, what it allows, and the roles that have it."""

    permission: str
    meaning: str
    roles: tuple[Role, ...]


class RightsTable(Result):
    """Who may do what."""

    rows: tuple[RightRow, ...]
