# SPDX-License-Identifier: GPL-3.0-or-later
"""A real model behind the window: it adds to what the history says, streams, and may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.schemas.assistant import CallsQuery, Feature, MessageState
from helpdesk.core.schemas.tickets import TicketQuery
from tests.asking import use_model
from tests.e2e.test_assistant import (
    QUESTION,
    Office,
    answer_in,
    asks,
    learnt,
    office,
    pictures,
    wait,
)
from tests.llama_server import MODEL, llama_server, needs_llama, paced
from tests.ui.seats import button, calm, click
from tests.ui.stalls import Stalls

__all__ = ["learnt", "office"]

pytestmark = needs_llama

FAST, SLOW = 0.0, 0.04
NOTICED_MS = 50


class Model:
    """A model that answers at some pace until it is killed."""

    def __init__(self, seconds_per_event: float) -> None:
        self._stack = ExitStack()
        server = self._stack.enter_context(llama_server(context=4096))
        self.url = self._stack.enter_context(paced(server.url, seconds_per_event, 0.0))

    def kill(self) -> None:
        """End it, with every connection to it."""
        self._stack.close()

    def serve(self, office: Office) -> None:
        """Have the desk ask it."""
        use_model(office.dana, self.url, model=MODEL, dialect="llama_cpp")


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    made = Model(request.param)
    yield made
    made.kill()


@pytest.fixture
def smooth() -> Iterator[Stalls]:
    """Return what finds whatever a person would notice while words come in."""
    found = Stalls(NOTICED_MS)
    yield found
    found.stop()
    assert found.found == [], "the window froze"


@pytest.mark.parametrize("model", [FAST], indirect=True, ids=["fast"])
def test_what_the_model_says_is_added_to_what_the_history_knows(
    office: Office, model: Model, tmp_path: Path, stalls: Stalls
):
    model.serve(office)
    alice, bob = office.seat("alice"), office.seat("bob")
    stalls.start()
    alice.submit("vpn tunnel drops", QUESTION)
    (row,) = [
        each for each in office.dana.tickets.search(TicketQuery(text="roaming")).items
        if each.subject == "vpn tunnel drops"
    ]  # fmt: skip
    tab: Any = bob.sees("manage", row.number)
    suggestions = tab.pane.assist.suggestions

    def is_merged() -> bool:
        features = office.dana.assistant.figures(CallsQuery()).features
        asked = [each for each in features if each.feature is Feature.TRIAGE]
        return bool(asked) and not suggestions.is_asking

    wait(bob, is_merged)
    assert tab.pane.assist.card.isVisible()
    assert suggestions.suggestion.similar
    pictures(bob.window, tmp_path, "merged", stalls)
    stalls.stop()


@pytest.mark.parametrize("model", [SLOW], indirect=True, ids=["slow"])
def test_a_model_killed_in_mid_answer_leaves_the_words_and_offers_to_ask_again(
    office: Office, model: Model, tmp_path: Path, smooth: Stalls
):
    model.serve(office)
    alice = office.seat("alice")
    alice.window.open_tab("assistant")
    calm(alice.qtbot, alice.app)
    smooth.start()
    tab = asks(alice, QUESTION)
    wait(alice, lambda: len(answer_in(tab)) > 20)
    assert tab.pane.is_answering
    pictures(alice.window, tmp_path, "streaming", smooth)
    model.kill()
    wait(alice, lambda: not tab.pane.is_answering)
    kept = answer_in(tab)
    assert len(kept) > 20
    retry = button(tab, "Retry")
    pictures(alice.window, tmp_path, "killed", smooth)

    smooth.stop()

    # Asked again, another model answers to the end.
    again = Model(FAST)
    try:
        again.serve(office)
        click(alice.qtbot, retry)
        desk = office.signed_in("alice")
        (row,) = desk.assistant.conversations()

        def is_whole() -> bool:
            said = desk.assistant.conversation(row.id).messages
            return len(said) == 2 and said[1].state is MessageState.COMPLETE

        wait(alice, is_whole)
        wait(alice, lambda: not tab.pane.is_answering)
        assert desk.assistant.conversation(row.id).messages[0].text == QUESTION
    finally:
        again.kill()


@pytest.mark.parametrize("model", [SLOW], indirect=True, ids=["slow"])
def test_a_program_closed_in_mid_answer_ends_at_once_and_has_kept_what_came(
    office: Office, model: Model
):
    model.serve(office)
    alice = office.seat("alice")
    tab = asks(alice, QUESTION)
    wait(alice, lambda: len(answer_in(tab)) > 20)
    alice.app.stop()
    desk = office.signed_in("alice")
    (row,) = desk.assistant.conversations()
    wait(alice, lambda: len(desk.assistant.conversation(row.id).messages) == 2)
    asked, answered = desk.assistant.conversation(row.id).messages
    assert asked.text == QUESTION
    assert answered.state is MessageState.STOPPED
    assert len(answered.text) > 20
