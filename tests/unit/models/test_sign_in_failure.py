# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait after wrong passwords: none at first, then doubling, never more than the limit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.models import SignInFailure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (3, 0), (4, 2), (5, 4), (6, 8), (12, 512), (13, 900), (30, 900), (10**6, 900)],
)
def test_the_wait_doubles_up_to_the_limit(failures: int, seconds: int):
    failure = SignInFailure(username_folded="x", failures=failures, last_at=NOON)
    assert (failure.waits_until(4, 900) - NOON).total_seconds() == seconds
