# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights are data: a table of roles, and actors who have what their role has."""

from __future__ import annotations

import pytest

from helpdesk.core.permissions import PERMISSIONS, STAFF, SYSTEM, Actor, Permission
from helpdesk.core.schemas.users import Role


@pytest.mark.parametrize("role", Role)
def test_an_actor_may_what_the_role_may(role: Role):
    actor = Actor(1, "x", "X", role)
    assert {permission for permission in Permission if actor.may(permission)} == PERMISSIONS[role]


def test_the_staff_are_all_but_users():
    assert STAFF == (Role.TECHNICIAN, Role.MANAGER, Role.ADMIN)


def test_the_program_itself_is_nobody_and_may_everything():
    assert SYSTEM.id is None
    assert all(SYSTEM.may(permission) for permission in Permission)
