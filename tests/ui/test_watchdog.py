# SPDX-License-Identifier: GPL-3.0-or-later
"""A frozen main thread is noticed, measured and traced to the line that froze it."""

from __future__ import annotations

import threading
from time import thread_time

import pytest

from helpdesk.ui.watchdog import StallWatchdog


@pytest.fixture
def watchdog():
    # The threshold is far above what a busy machine delays of itself.
    watchdog = StallWatchdog(threshold_ms=150)
    yield watchdog
    watchdog.stop()


def freeze(seconds: float) -> None:
    """Keep this thread busy; time in which a busy machine runs something else does not count."""
    end = thread_time() + seconds
    while thread_time() < end:
        pass


def test_a_stall_is_recorded_with_its_stack(watchdog, qtbot):
    watchdog.start()
    qtbot.waitUntil(lambda: watchdog.percentile(100) > 0)
    with qtbot.waitSignal(watchdog.stalled) as told:
        freeze(0.4)
    stall = told.args[0]
    assert stall.ms > 300
    assert "freeze" in stall.stack
    assert watchdog.stalls[-1] == stall
    assert watchdog.longest_ms >= stall.ms


def test_a_running_loop_has_no_stalls(watchdog, qtbot):
    watchdog.start()
    qtbot.waitUntil(lambda: watchdog.percentile(100) > 0)
    watchdog.stop()
    assert watchdog.percentile(0) < 150
    assert watchdog.percentile(50) <= watchdog.percentile(99) <= watchdog.longest_ms


def test_stopping_ends_the_thread_even_while_the_loop_stands(watchdog):
    watchdog.start()
    freeze(0.05)
    watchdog.stop()
    watchdog.stop()
    assert not [t for t in threading.enumerate() if t.name == "stall watchdog"]


def test_stopping_ends_a_thread_that_was_just_about_to_ask(monkeypatch):
    asking = threading.Event()

    class HeldUp(threading.Event):
        """Is cleared by the watching thread late: only after ``stop`` has set it."""

        def clear(self) -> None:
            if threading.current_thread().name == "stall watchdog":
                asking.set()
                self.wait(10)
            super().clear()

    with monkeypatch.context() as patch:
        patch.setattr(threading, "Event", HeldUp)
        watchdog = StallWatchdog(threshold_ms=1)
    watchdog.start()
    assert asking.wait(10)
    stopping = threading.Thread(target=watchdog.stop, daemon=True)
    stopping.start()
    stopping.join(10)
    assert not stopping.is_alive(), "it would wait for ever"


def test_starting_again_forgets(watchdog, qtbot):
    watchdog.start()
    with qtbot.waitSignal(watchdog.stalled):
        freeze(0.3)
    watchdog.start()
    assert watchdog.stalls == []
    assert watchdog.longest_ms < 150


def test_without_a_measurement_there_is_no_delay():
    watchdog = StallWatchdog()
    assert (watchdog.longest_ms, watchdog.percentile(99)) == (0, 0)
