# SPDX-License-Identifier: GPL-3.0-or-later
"""The waits between tries: they double, are bounded, and chance decides within the bound."""

from __future__ import annotations

import random
import threading

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.client.backoff import Backoff, wait_for


def test_the_bound_doubles_up_to_the_cap():
    backoff = Backoff(1.0, 60.0, lambda: 1.0)
    assert [backoff.next() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    backoff.reset()
    assert backoff.next() == 1


@given(st.floats(0, 1), st.integers(0, 5000))
def test_a_wait_is_never_nothing_and_never_beyond_the_cap(chance: float, failures: int):
    backoff = Backoff(1.0, 60.0, lambda: chance)
    for _ in range(failures % 40):
        backoff.next()
    assert 0.05 <= backoff.next() <= 60


def test_many_windows_do_not_come_together():
    drawn = random.Random(5)  # noqa: S311 -- repeatable
    waits = []
    for _ in range(1000):
        backoff = Backoff(chance=drawn.random)
        for _ in range(5):
            backoff.next()
        waits.append(backoff.next())
    by_second = [sum(second <= wait < second + 1 for wait in waits) for second in range(32)]
    assert max(by_second) < 60


def test_a_wait_ends_early_when_its_event_comes():
    event = threading.Event()
    assert not wait_for(event, 0.001)
    event.set()
    assert wait_for(event, 60)
