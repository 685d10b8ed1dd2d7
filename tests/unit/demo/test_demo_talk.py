# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk on which more is said: as much as is wanted, in the order of time, and nothing later."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from helpdesk.demo.people import demo_people
from helpdesk.demo.talk import talked_over
from helpdesk.demo.tickets import demo_tickets

NOW = datetime(2026, 11, 23, 16, 5, 24, tzinfo=UTC)


def test_more_is_said_on_the_average_and_nothing_after_the_last_word():
    before = list(demo_tickets(200, people=demo_people(60, 8), now=NOW))
    after = list(talked_over(before, 5))
    assert 5 * 200 - 25 <= sum(len(each.comments) for each in after) <= 5 * 200 + 25
    for old, new in zip(before, after, strict=True):
        assert set(old.comments) <= set(new.comments)
        times = [each.created_at for each in new.comments]
        assert all(first <= second for first, second in pairwise(times))
        assert old.comments[-1:] == () or times[-1] == old.comments[-1].created_at
