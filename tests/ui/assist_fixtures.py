# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket in front of somebody whose assistant says what a test tells it to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from helpdesk.core.schemas.assistant import AssistantChange
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.ticket_pane import TicketPane
from tests.ui.scripted_assistant import ScriptedSource
from tests.ui.seats import Seat
from tests.ui.suggested import Make, ScriptedTriage

_NEVER_MS = 3_600_000
OpenPane = Callable[..., TicketPane]


@pytest.fixture
def source() -> ScriptedSource:
    """Return what answers the questions of every pane."""
    return ScriptedSource()


@pytest.fixture
def model(sign_in) -> str:
    """Set a model up and return its name; nothing listens there."""
    change = AssistantChange(enabled=True, url="http://127.0.0.1:9", model="mistral-7b")
    sign_in("dana").assistant.change_settings(change)
    return "mistral-7b"


@pytest.fixture
def assisted(seated, sign_in, source) -> Iterator[OpenPane]:
    """Return a function that shows a ticket to somebody, with what is suggested for it."""
    stops: list[Callable[[], None]] = []

    def open_pane(
        who: str, ticket: TicketView, make: Make | None = None, *, working: bool = True
    ) -> TicketPane:
        seat: Seat = seated(who)
        if make is not None:
            seat.desktop.desk.triage = ScriptedTriage(sign_in(who), make)  # type: ignore[assignment]
        assistant = source.assistant()
        stops.append(assistant.stop)
        desktop = dataclasses.replace(seat.desktop, assistant=assistant)
        pane = TicketPane(desktop, working=working)
        # The model is asked for a suggestion where a test says what one looks like.
        pane.assist.suggestions.dwell.setInterval(0 if make is not None else _NEVER_MS)
        pane.seat = seat  # type: ignore[attr-defined]
        # News are told from here on.
        seat.feed.look()
        seat.settle()
        seat.feed.changed.connect(lambda *_: pane.refresh())
        seat.show(pane, 1100)
        pane.open(ticket.id)
        seat.settle()
        assert pane.ticket is not None
        return pane

    yield open_pane
    for stop in stops:
        stop()
