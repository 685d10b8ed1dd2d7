# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys with which other systems call the API: what is asked of them and what is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.users import PageSize, PersonRef
from helpdesk.core.text import Line


def _present(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


class NewApiKey(Request):
    """A key to make; it acts as ``user_id``, by default as who makes it, within its scopes."""

    name: Annotated[Line, AfterValidator(_present)]
    scopes: Annotated[tuple[Permission, ...], Field(min_length=1, max_length=len(Permission))]
    user_id: Id | None = None
    expires_at: AwareDatetime | None = None


class ApiKeyView(Result):
    """A key as admins see it; never the key itself."""

    id: int
    name: str
    scopes: tuple[str, ...]
    owner: PersonRef
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class CreatedApiKey(Result):
    """A new key, shown this once; the desk keeps only its hash."""

    key: str = Field(repr=False)
    view: ApiKeyView


class ApiKeyQuery(Request):
    """Which keys to list, the newest first."""

    active: bool | None = None
    limit: PageSize = 50
    cursor: str | None = None


class ApiKeyPage(Result):
    """Some keys, and where the next ones begin."""

    items: tuple[ApiKeyView, ...]
    next_cursor: str | None
