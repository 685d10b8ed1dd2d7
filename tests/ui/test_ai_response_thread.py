# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers come in on one thread, in order, and a question that is given up ends at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QObject

from helpdesk.core.schemas.assistant import Answer, AnswerPart, Ask, ConnectionAsk, SummaryAsk
from helpdesk.ui import ai_response_thread
from helpdesk.ui.ai_response_thread import AnswerFailed, Assistant
from tests.conftest import PASSWORD
from tests.ui.scripted_assistant import ScriptedSource, done, failed, sources, text
from tests.ui.seats import LONGEST_MS, enter

ASK = SummaryAsk(ticket_id=1)


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource()


@pytest.fixture
def assistant(source: ScriptedSource) -> Iterator[Assistant]:
    assistant = source.assistant()
    yield assistant
    assistant.stop()


def test_parts_arrive_in_order_and_texts_are_joined(qtbot, source, assistant):
    pieces = [f"word{number} " for number in range(200)]
    source.parts["summary"] = [
        sources(Answer(text="s")),
        *map(text, pieces),
        done(Answer(text="d")),
    ]
    heard: list[Any] = []
    asked = assistant.ask(assistant, ASK).sources(heard.append).text(heard.append)
    asked.then(heard.append)

    qtbot.waitUntil(lambda: asked.over)

    assert heard[0].text == "s"
    assert heard[-1].text == "d"
    assert "".join(heard[1:-1]) == "".join(pieces)
    assert len(heard) < 100, "each piece was told by itself"
    assert not assistant.busy


def test_an_answer_that_breaks_off_keeps_what_came_and_says_why(qtbot, source, assistant):
    source.parts["summary"] = [text("half an "), failed("The model went away; ask again.")]
    said: list[str] = []
    errors: list[AnswerFailed] = []

    assistant.ask(assistant, ASK).text(said.append).failed(errors.append)
    qtbot.waitUntil(lambda: bool(errors))

    assert said == ["half an "]
    assert str(errors[0]) == "The model went away; ask again."
    assert errors[0].retry_possible


def test_a_cancelled_question_ends_at_its_source_and_calls_nobody(qtbot, source, assistant):
    source.parts["summary"] = [text("one "), done(Answer())]
    source.hold = 1
    heard: list[Any] = []
    asked = assistant.ask(assistant, ASK).text(heard.append).then(heard.append)
    qtbot.waitUntil(lambda: heard == ["one "])

    asked.cancel()
    qtbot.waitUntil(lambda: source.ended == ["summary"])

    assert heard == ["one "]
    assert not assistant.busy


def test_a_deleted_widget_hears_nothing_and_its_question_ends(qtbot, source, assistant):
    source.parts["summary"] = [text("one "), text("two "), done(Answer())]
    source.hold = 1
    owner = QObject()
    heard: list[Any] = []
    assistant.ask(owner, ASK).text(heard.append).then(heard.append)
    qtbot.waitUntil(lambda: heard == ["one "])

    sip.delete(owner)
    source.go()
    qtbot.waitUntil(lambda: not assistant.busy)

    assert heard == ["one "]


def test_stopping_ends_every_question_and_the_source(qtbot, source, assistant):
    source.parts["summary"] = [done(Answer())]
    source.hold = 0
    assistant.ask(assistant, ASK)
    qtbot.waitUntil(lambda: source.asked == [ASK])

    assistant.stop()

    assert source.ended == ["summary", "closed"]
    assert assistant.ask(assistant, ASK).over


class Blocked:
    """A call that does not come back until it is released, as of a slow resolver."""

    def __init__(self) -> None:
        self.is_called = threading.Event()
        self.is_back = threading.Event()
        self._released = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, *_: object) -> tuple[str, str]:
        self._thread = threading.current_thread()
        self.is_called.set()
        assert self._released.wait(LONGEST_MS / 1000)
        self.is_back.set()
        return "", ""

    def release(self) -> None:
        """Let it come back, and its thread come to its end."""
        self._released.set()
        if self._thread is not None:
            self._thread.join(LONGEST_MS / 1000)


@pytest.fixture
def blocked() -> Iterator[Blocked]:
    blocked = Blocked()
    yield blocked
    blocked.release()


class BlockedSource(ScriptedSource):
    """Waits in threads for what does not come back: for an answer, and to keep what there was."""

    def __init__(self, step: Blocked) -> None:
        super().__init__()
        self._step = step

    async def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        if ask != ASK:
            yield done(Answer(text=await asyncio.to_thread(lambda: "came")))
            return
        try:
            yield text("one ")
            await asyncio.to_thread(self._step)
        finally:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.to_thread(self._step))
            await asyncio.to_thread(self._step)


def test_stopping_waits_for_no_step_that_does_not_come_back(qtbot, blocked):
    assistant = Assistant(lambda: BlockedSource(blocked))
    heard: list[Any] = []
    asked = assistant.ask(assistant, ASK).text(heard.append).then(heard.append)
    asked.failed(heard.append)
    qtbot.waitUntil(blocked.is_called.is_set)
    qtbot.waitUntil(lambda: heard == ["one "])

    assistant.stop()

    assert not blocked.is_back.is_set(), "it was waited for"
    assert asked.over
    blocked.release()
    qtbot.waitUntil(lambda: not detached())
    ai_response_thread.wait_for_threads()
    assert heard == ["one "]
    assert not ai_response_thread._ending  # noqa: SLF001 - nothing else tells


def test_steps_that_hang_hold_up_no_other_one(qtbot, blocked):
    assistant = Assistant(lambda: BlockedSource(blocked))
    for _ in range(40):
        assistant.ask(assistant, ASK)
    heard: list[Any] = []

    assistant.ask(assistant, SummaryAsk(ticket_id=2)).then(heard.append)
    qtbot.waitUntil(lambda: heard == [Answer(text="came")])

    assistant.stop()
    assert not blocked.is_back.is_set()
    blocked.release()
    qtbot.waitUntil(lambda: not detached())


@pytest.mark.usefixtures("model")
def test_nobody_who_leaves_waits_for_a_locked_keyring(
    qtbot, start_app, stalls, blocked, monkeypatch
):
    monkeypatch.setattr("helpdesk.services.answering.key_of", blocked)
    app = start_app()
    window = enter(qtbot, app, "dana", PASSWORD)
    stalls.start()
    window.desktop.assistant.ask(window, ConnectionAsk())
    qtbot.waitUntil(blocked.is_called.is_set)

    window.sign_out()
    qtbot.waitUntil(lambda: not app.background.busy)
    enter(qtbot, app, "dana", PASSWORD)
    stalls.stop()
    app.stop()

    assert not blocked.is_back.is_set(), "it was waited for"
    blocked.release()
    qtbot.waitUntil(lambda: not detached())


def test_a_step_that_outlives_its_desk_fails_quietly(qtbot, blocked, caplog):
    def closed() -> tuple[str, str]:
        blocked()
        raise ValueError("the desk is closed")

    class Source(ScriptedSource):
        async def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
            await asyncio.to_thread(closed)
            yield done(Answer())

    assistant = Assistant(Source)
    assistant.ask(assistant, ASK)
    qtbot.waitUntil(blocked.is_called.is_set)

    assistant.stop()
    with caplog.at_level("INFO"):
        blocked.release()
        qtbot.waitUntil(lambda: not detached())

    assert "what was given up has failed: ValueError" in caplog.messages


def detached() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "detached"]
