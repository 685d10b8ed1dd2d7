# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's people: always the same, all different, and acceptable as accounts."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from helpdesk.core.schemas.users import EMAIL_PATTERN, USERNAME_PATTERN, Role
from helpdesk.demo.people import demo_people


def test_the_well_known_four_come_first() -> None:
    four = [(person.username, person.full_name, person.role) for person in demo_people(3, 2)[:4]]

    assert four == [
        ("alice", "Alice Moreau", Role.USER),
        ("bob", "Bob Keller", Role.TECHNICIAN),
        ("charlie", "Charlie Hart", Role.MANAGER),
        ("dana", "Dana Whitfield", Role.ADMIN),
    ]


def test_roles_are_as_many_as_asked_for() -> None:
    roles = Counter(person.role for person in demo_people(extra_users=25, technicians=7))

    assert roles == {Role.USER: 26, Role.TECHNICIAN: 8, Role.MANAGER: 1, Role.ADMIN: 1}


def test_five_thousand_people_are_all_different() -> None:
    people = demo_people(extra_users=5000, technicians=60)

    assert len({person.username for person in people}) == 5064
    assert len({person.email for person in people}) == 5064
    assert len({person.full_name for person in people}) == 5064


def test_accounts_keep_the_rules_for_accounts() -> None:
    for person in demo_people(extra_users=5000, technicians=60):
        assert re.match(USERNAME_PATTERN, person.username), person
        assert person.username.isascii()
        assert re.match(EMAIL_PATTERN, person.email), person
        assert person.email.endswith("@corp.example")


def test_the_same_numbers_give_the_same_people() -> None:
    assert demo_people(200, 10) == demo_people(200, 10)
    assert demo_people(200, 10)[:100] == demo_people(86, 10)


def test_more_people_than_names_are_refused() -> None:
    with pytest.raises(ValueError, match="no more names"):
        demo_people(extra_users=50_000, technicians=0)
