# SPDX-License-Identifier: GPL-3.0-or-later
"""Work leaves the main thread, its answer comes back to it, and neither ever gets lost."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QObject

from helpdesk.core.errors import Conflict, DeskError
from helpdesk.ui.background import THREADS, Background


class Gate:
    """Work that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.calls: list[object] = []

    def __call__(self, word: object = "through") -> object:
        self.calls.append(word)
        self.entered.set()
        assert self.opened.wait(10)
        return word


@pytest.fixture
def owner() -> QObject:
    return QObject()


@pytest.fixture
def bugs(monkeypatch) -> list[BaseException]:
    caught: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: caught.append(error))
    return caught


def refuse() -> None:
    raise Conflict("Somebody else changed this ticket; look at the new version.")


def stumble() -> None:
    raise ZeroDivisionError("a bug")


def test_the_work_runs_elsewhere_and_the_answer_comes_home(background, owner, qtbot):
    threads: list[Any] = []
    job = background.run(owner, threading.get_ident)
    job.then(threads.append).then(lambda _: threads.append(threading.get_ident()))
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threads[1] == threading.get_ident()


def test_arguments_reach_the_function(background, owner, qtbot):
    answers: list[Any] = []
    background.run(owner, sorted, [2, 3, 1], reverse=True).then(answers.append)
    qtbot.waitUntil(lambda: answers == [[3, 2, 1]])


def test_a_callback_given_late_is_still_called(background, owner, qtbot):
    with qtbot.waitSignal(background.idle):
        job = background.run(owner, lambda: "early")
    answers: list[Any] = []
    job.then(answers.append)
    assert answers == [], "never before the method that adds it returns"
    qtbot.waitUntil(lambda: answers == ["early"])


def test_none_is_an_answer(background, owner, qtbot):
    answers: list[Any] = []
    background.run(owner, lambda: None).then(answers.append)
    qtbot.waitUntil(lambda: answers == [None])


def test_callbacks_come_in_the_order_given(background, owner, qtbot):
    order: list[Any] = []
    job = background.run(owner, lambda: 1)
    job.then(lambda _: order.append("then")).finally_(lambda: order.append("finally"))
    job.failed(lambda _: order.append("failed")).then(lambda _: order.append("again"))
    qtbot.waitUntil(lambda: order == ["then", "finally", "again"])


def test_an_owner_that_is_gone_is_not_called(background, qtbot):
    gate, owner = Gate(), QObject()
    answers: list[Any] = []
    background.run(owner, gate).then(answers.append).finally_(lambda: answers.append("end"))
    assert gate.entered.wait(10)
    sip.delete(owner)
    with qtbot.waitSignal(background.idle):
        gate.opened.set()
    assert answers == []


def test_an_error_nobody_awaits_any_more_is_dropped_with_its_owner(background, qtbot, bugs):
    owner = QObject()
    with qtbot.assertNotEmitted(background.unheard), qtbot.waitSignal(background.idle):
        background.run(owner, refuse)
        sip.delete(owner)
    assert bugs == []


def test_a_cancelled_job_tells_nobody(background, owner, qtbot):
    gate = Gate()
    answers: list[Any] = []
    job = background.run(owner, gate).then(answers.append).finally_(lambda: answers.append("end"))
    assert gate.entered.wait(10)
    job.cancel()
    with qtbot.waitSignal(background.idle):
        gate.opened.set()
    job.then(answers.append)
    assert answers == []
    assert not background.busy


def test_a_job_cancelled_before_its_turn_does_not_run(background, owner, qtbot):
    gate, late = Gate(), Gate()
    late.opened.set()
    for number in range(THREADS):
        background.run(owner, gate, number)
    waiting = background.run(owner, late)
    waiting.cancel()
    with qtbot.waitSignal(background.idle):
        gate.opened.set()
    assert late.calls == []


def test_the_latest_question_alone_is_answered(background, owner, qtbot):
    gate = Gate()
    answers: list[Any] = []
    background.latest(owner, gate, "v").then(answers.append)
    assert gate.entered.wait(10)
    background.latest(owner, gate, "vp").then(answers.append)
    background.latest(owner, gate, "vpn").then(answers.append)
    with qtbot.waitSignal(background.idle):
        gate.opened.set()
    assert answers == ["vpn"]


def test_questions_that_have_not_begun_are_not_asked(background, owner, qtbot):
    busy, search = Gate(), Gate()
    search.opened.set()
    for number in range(THREADS):
        background.run(owner, busy, number)
    for typed in ("v", "vp", "vpn"):
        background.latest(owner, search, typed)
    with qtbot.waitSignal(background.idle):
        busy.opened.set()
    assert search.calls == ["vpn"]


def test_other_owners_and_other_functions_are_left_alone(background, owner, qtbot):
    other = QObject()
    answers: list[Any] = []
    first, second = Gate(), Gate()
    background.latest(owner, first, 1).then(answers.append)
    background.latest(other, first, 2).then(answers.append)
    background.latest(owner, second, 3).then(answers.append)
    background.latest(owner, partial(second, 4)).then(answers.append)
    first.opened.set()
    second.opened.set()
    qtbot.waitUntil(lambda: sorted(answers) == [1, 2, 4])


def test_a_failure_is_told_to_those_who_asked(background, owner, qtbot):
    errors: list[Any] = []
    with qtbot.assertNotEmitted(background.unheard):
        background.run(owner, refuse).then(errors.append).failed(errors.append)
        qtbot.waitUntil(lambda: bool(errors))
    assert [type(error) for error in errors] == [Conflict]


def test_a_failure_nobody_asked_for_is_told_to_the_window(background, owner, qtbot, bugs):
    with qtbot.waitSignal(background.unheard) as told:
        background.run(owner, refuse)
    assert "Somebody else changed" in str(told.args[0])
    assert bugs == []


def test_a_bug_is_reported_and_the_screen_gets_a_sentence(background, owner, qtbot, bugs):
    errors: list[Any] = []
    background.run(owner, stumble).failed(errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]
    assert bugs[0].__traceback__ is not None
    assert isinstance(errors[0], DeskError)
    assert "a bug" not in str(errors[0])
    assert errors[0].__cause__ is bugs[0]


def test_a_bug_nobody_asked_for_is_reported_once(background, owner, qtbot, bugs):
    with qtbot.waitSignal(background.idle):
        background.run(owner, stumble)
    qtbot.waitUntil(lambda: len(bugs) == 1)


def test_asking_late_reports_nothing_twice(background, owner, qtbot):
    with qtbot.waitSignal(background.unheard):
        job = background.run(owner, refuse)
    ends: list[Any] = []
    with qtbot.assertNotEmitted(background.unheard):
        job.finally_(lambda: ends.append("end"))
        qtbot.waitUntil(lambda: ends == ["end"])
    job.failed(ends.append)
    qtbot.waitUntil(lambda: len(ends) == 2)
    assert isinstance(ends[1], Conflict)


def test_another_error_can_be_expected(background, owner, qtbot, bugs):
    errors: list[Any] = []
    background.run(owner, open, "/no/such/file").failed(errors.append, OSError)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], FileNotFoundError)
    assert bugs == []


def test_busy_until_the_last_answer_is_in(background, owner, qtbot):
    assert not background.busy
    with qtbot.waitSignal(background.idle):
        background.run(owner, lambda: 1)
        assert background.busy
    assert not background.busy


def test_any_thread_may_post_to_the_main_thread(background, qtbot):
    threads: list[Any] = []
    thread = threading.Thread(
        target=background.post, args=(lambda: threads.append(threading.get_ident()),)
    )
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: threads == [threading.get_ident()])


def test_shutdown_waits_for_what_runs_and_drops_what_waits(qtbot, owner):
    background, gate = Background(), Gate()
    answers: list[Any] = []
    for number in range(THREADS + 3):
        background.run(owner, gate, number).then(answers.append)
    assert gate.entered.wait(10)
    opener = threading.Timer(0.05, gate.opened.set)
    opener.start()
    background.shutdown()
    opener.join()
    assert len(gate.calls) <= THREADS
    assert not [t for t in threading.enumerate() if t.name.startswith("background")]
    assert not background.busy
    _let_the_loop_run(qtbot)
    assert answers == []


def test_after_shutdown_nothing_runs_and_nothing_breaks(qtbot, owner):
    background, gate = Background(), Gate()
    background.shutdown()
    background.shutdown()
    job = background.run(owner, gate).then(gate.calls.append)
    background.latest(owner, gate)
    assert job.cancelled
    assert gate.calls == []


def test_the_inline_twin_answers_at_once(inline, owner):
    answers: list[Any] = []
    inline.run(owner, sorted, "cab").then(answers.append).finally_(lambda: answers.append("end"))
    inline.latest(owner, refuse).then(answers.append).failed(lambda e: answers.append(type(e)))
    assert answers == [["a", "b", "c"], "end", Conflict]
    assert not inline.busy


def test_the_inline_twin_reports_what_nobody_hears(inline, owner, qtbot):
    with qtbot.waitSignal(inline.unheard):
        inline.run(owner, refuse)


def _let_the_loop_run(qtbot) -> None:
    poster = Background()
    ran: list[bool] = []
    poster.post(lambda: ran.append(True))
    qtbot.waitUntil(lambda: bool(ran))
    poster.shutdown()
