# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers come in on one thread, in order, and a question that is given up ends at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QObject

from helpdesk.core.schemas.assistant import Answer, SummaryAsk
from helpdesk.ui.ai_response_thread import AnswerFailed, Assistant
from tests.ui.scripted_assistant import ScriptedSource, done, failed, sources, text

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
