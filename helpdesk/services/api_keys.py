# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys with which other systems call the API, as admins make and revoke them."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.api_keys import ApiKeyPage, ApiKeyQuery, CreatedApiKey, NewApiKey
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.database.types import NEVER
from helpdesk.models import ApiKey, User
from helpdesk.repositories.api_keys import scopes_text
from helpdesk.repositories.desk_changes import API_KEY
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.session_registry import hash_of, new_api_key
from helpdesk.services.work import Work


class ApiKeys:
    """Keys of other systems: each acts as one person, within its scopes."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/api-keys", permission=Permission.MANAGE_API_KEYS)
    def search(self, query: ApiKeyQuery) -> ApiKeyPage:
        """List the keys, the newest first."""
        return self._work.desk.api_keys.page(query, self._work.now)

    @operation(
        "POST",
        "/api-keys",
        permission=Permission.MANAGE_API_KEYS,
        creates=True,
        secret=True,
    )
    def create(self, new: NewApiKey) -> CreatedApiKey:
        """Make a key; the answer holds it, and it is not shown again."""
        desk, now = self._work.desk, self._work.now
        owner = self._owner(new)
        self._require_scopes(new, owner)
        self._require_future(new)
        key = new_api_key()
        view = desk.api_keys.add(
            ApiKey(
                name=new.name,
                key_hash=hash_of(key),
                user_id=owner.id,
                maker_id=self._work.actor.id,
                scopes=scopes_text(new.scopes),
                created_at=now,
                expires_at=new.expires_at,
            )
        )
        told = {"person": owner.full_name, "scopes": new.scopes, "expires_at": new.expires_at}
        changes = changes_of(None, told, told)
        desk.audit.add(AuditAction.KEY_MADE, About("api_key", view.id, new.name), changes)
        desk.changed(API_KEY, view.id)
        return CreatedApiKey(key=key, view=view)

    @operation("DELETE", "/api-keys/{key_id}", permission=Permission.MANAGE_API_KEYS)
    def revoke(self, key_id: int) -> None:
        """End a key at once; one that is revoked already stays so."""
        desk = self._work.desk
        name = desk.api_keys.revoke(key_id, self._work.now)
        if name is not None:
            desk.audit.add(AuditAction.KEY_REVOKED, About("api_key", key_id, name))
            desk.changed(API_KEY, key_id)

    def _owner(self, new: NewApiKey) -> User:
        owner_id = self._work.actor.id if new.user_id is None else new.user_id
        if owner_id is None:
            raise Invalid("A key acts as a person; name one.", field="user_id")
        owner = self._work.desk.users.get(owner_id)
        if not owner.active:
            raise Invalid(
                f"{owner.full_name} has been deactivated; choose somebody else.", field="user_id"
            )
        return owner

    def _require_scopes(self, new: NewApiKey, owner: User) -> None:
        if Permission.MANAGE_API_KEYS in new.scopes:
            raise Invalid("A key cannot manage keys; leave that scope out.", field="scopes")
        for scope in new.scopes:
            if not self._work.actor.may(scope):
                raise Forbidden(f"You cannot grant {scope.value}: you do not have it yourself.")
            if scope not in PERMISSIONS[owner.role]:
                raise Invalid(
                    f"{owner.full_name} is {owner.role.label}, who may not {scope.value};"
                    " leave that scope out, or choose somebody else.",
                    field="scopes",
                )

    def _require_future(self, new: NewApiKey) -> None:
        if new.expires_at is None:
            return
        if new.expires_at <= self._work.now:
            raise Invalid("The key would have expired already.", field="expires_at")
        if new.expires_at >= NEVER:
            raise Invalid("Leave the end out for a key that does not expire.", field="expires_at")
