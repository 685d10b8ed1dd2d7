# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of signing in: in force at once in every process, and who changed them is known."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Invalid, SignedOut
from helpdesk.core.paths import DataFolder
from helpdesk.core.permissions import GROUPS, MEANINGS, PERMISSIONS, Permission
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import NewSession, Role, UserChange
from helpdesk.models import AuditEntry
from helpdesk.services.security_setup import kept_after, security_of
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import opened_again, person

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def test_a_change_shows_beside_the_default_and_a_rule_set_back_is_none(dana: HelpDesk):
    view = dana.security.settings()
    assert view.values == view.defaults
    changed = dana.security.change(SecurityChange(reset_minutes=20, session_hours=1.5))
    assert (changed.values.reset_minutes, changed.defaults.reset_minutes) == (20, 60)
    assert changed == dana.security.settings()
    back = SecurityChange(reset_minutes=60, session_hours=view.defaults.session_hours)
    assert dana.security.change(back) == view


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the desk keep the secrets of apps."""
    monkeypatch.setattr("helpdesk.services.security.can_keep", lambda _: True)


@pytest.mark.usefixtures("secret_key")
def test_who_has_no_app_is_signed_out_once_the_role_needs_one(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    bob, alice, other = sign_in("bob"), sign_in("alice"), sign_in("dana")
    both = SecurityChange(second_factor_roles=(Role.ADMIN, Role.TECHNICIAN))
    dana.security.change(both)
    for ended in (bob, other):
        with pytest.raises(SignedOut):
            ended.sessions.current()
    # Not who has said so, nor who may go on without one.
    assert dana.sessions.current().user.username == "dana"
    user = alice.sessions.current().user
    dana.users.change(user.id, UserChange(role=Role.TECHNICIAN, version=user.version))
    with pytest.raises(SignedOut):
        alice.sessions.current()
    assert (
        embedded.facade().sessions.sign_in(NewSession(username="alice", password=PASSWORD)).enrols
    )
    # Saved again, it signs nobody out: only what is new does.
    dana.security.change(both)
    dana.sessions.current()


def test_what_was_before_and_after_stands_in_the_audit_log(embedded: EmbeddedDesk, dana: HelpDesk):
    dana.security.change(SecurityChange(reset_minutes=20))
    dana.security.change(SecurityChange(reset_minutes=20))
    with embedded.database.reading() as session:
        wanted = select(AuditEntry).where(AuditEntry.about == "settings")
        (entry,) = session.execute(wanted).scalars()
        assert entry.actor_name == "Dana Whitfield"
        assert json.loads(entry.changes) == [["reset minutes", "60", "20"]]


def test_sessions_end_by_the_new_rule_at_once_whatever_process_they_come_to(
    embedded: EmbeddedDesk, dana: HelpDesk, clock: SettableClock
):
    with opened_again(embedded, clock) as process:
        bob = person(process, "bob")
        clock.forward(minutes=50)
        assert bob.sessions.current().user.username == "bob"
        dana.security.change(SecurityChange(session_hours=0.5))
        clock.forward(minutes=31)
        with pytest.raises(SignedOut):
            bob.sessions.current()


def test_no_factor_is_asked_for_that_the_desk_cannot_keep(dana: HelpDesk):
    assert not dana.security.settings().keeps_secrets
    with pytest.raises(Invalid, match="HELPDESK_SECURITY__SECRET_KEY") as refused:
        dana.security.change(SecurityChange(second_factor_roles=(Role.ADMIN,)))
    assert refused.value.field == "second_factor_roles"


@pytest.mark.desk_kinds("local-sqlite")
def test_what_the_environment_sets_is_fixed(folder: DataFolder, monkeypatch: pytest.MonkeyPatch):
    own = settings_module.load(folder).security
    kept = kept_after(own, None, SecurityChange(lock_minutes=9, second_factor_roles=tuple(Role)))
    assert security_of(own, kept).lock_minutes == 9
    assert security_of(own, kept).second_factor_roles == tuple(Role)
    monkeypatch.setenv("HELPDESK_SECURITY__LOCK_MINUTES", "3")
    own = settings_module.load(folder).security
    assert security_of(own, kept).lock_minutes == 9 - 6
    with pytest.raises(Invalid, match="environment") as refused:
        kept_after(own, kept, SecurityChange(lock_minutes=9))
    assert refused.value.field == "lock_minutes"
    # What a newer program keeps, or none at all, is left alone.
    assert security_of(own, '{"lock_minutes": "soon", "reset_minutes": -1}') == own


def test_the_table_of_rights_is_that_of_the_code_in_words(dana: HelpDesk):
    rows = {row.permission: row for row in dana.security.rights().rows}
    assert rows.keys() == {right.value for right in Permission}
    for right in Permission:
        assert rows[right.value].meaning == MEANINGS[right]
        assert {role for role in Role if right in PERMISSIONS[role]} == {*rows[right.value].roles}
    listed = [right for rights in GROUPS.values() for right in rights]
    assert len(listed) == len(set(listed)) == len(Permission)
