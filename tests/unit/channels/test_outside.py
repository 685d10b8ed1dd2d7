# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asked outside: by so many at once, and for a while by nobody after a long silence."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from helpdesk.channels import outside
from helpdesk.channels.outside import MOST_ASKING, REST_SECONDS, SLOW_SECONDS, Outside
from helpdesk.core.errors import DirectoryAway


class Seconds:
    """A clock that stands still unless it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail_after(bound: Outside, clock: Seconds, seconds: float, whom: str = "it") -> None:
    def fail() -> None:
        with bound.asking(whom):
            clock.now += seconds
            raise DirectoryAway("no answer")

    with pytest.raises(DirectoryAway, match="no answer"):
        fail()


def test_who_was_silent_for_long_rests_and_others_do_not():
    clock = Seconds()
    bound = Outside(clock)
    fail_after(bound, clock, 0.1)
    fail_after(bound, clock, SLOW_SECONDS)
    with pytest.raises(DirectoryAway, match="did not answer"), bound.asking("it"):
        pytest.fail("it was asked")
    with bound.asking("another"):
        pass
    clock.now += REST_SECONDS
    with bound.asking("it"):
        clock.now += SLOW_SECONDS
    # Who is slow and answers is asked on.
    with bound.asking("it"):
        pass


def test_no_more_than_some_ask_at_once(monkeypatch):
    monkeypatch.setattr(outside, "LONGEST_WAIT_SECONDS", 0.01)
    bound = Outside(Seconds())
    with ExitStack() as stack:
        for _ in range(MOST_ASKING):
            stack.enter_context(bound.asking("it"))
        with pytest.raises(DirectoryAway, match="Too many"), bound.asking("another"):
            pytest.fail("it was asked")
        monkeypatch.setattr(outside, "MOST_WAITING", 0)
        with pytest.raises(DirectoryAway, match="Too many"), bound.asking("it"):
            pytest.fail("it was asked")
    with bound.asking("it"):
        pass
