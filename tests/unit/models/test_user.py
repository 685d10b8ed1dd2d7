# SPDX-License-Identifier: GPL-3.0-or-later
"""An account: its names in every form, and who can be given tickets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.users import Role
from helpdesk.models import User

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_new_account_has_no_password_and_folded_names():
    user = User.new("Åsa.Ö", "ÅSA Öberg", "", Role.USER, NOON)
    assert (user.username_folded, user.full_name_folded) == ("åsa.ö", "åsa öberg")
    assert (user.email, user.password_hash, user.active) == (None, None, True)
    user.rename("Ａsa Lind")
    assert (user.full_name, user.full_name_folded) == ("Ａsa Lind", "asa lind")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("active", [False, True])
def test_only_active_staff_can_be_given_tickets(role: Role, active: bool):
    user = User.new("x", "X", None, role, NOON)
    user.active = active
    assert user.can_be_given_tickets is (active and role in STAFF)
