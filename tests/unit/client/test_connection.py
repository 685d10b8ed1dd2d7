# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the way to a server, and who hears of it."""

from __future__ import annotations

import logging

import pytest

from helpdesk.client.connection import Connection, ConnectionState


@pytest.fixture
def state() -> ConnectionState:
    return ConnectionState()


def test_listeners_hear_of_changes_only_and_until_they_unsubscribe(state: ConnectionState):
    heard: list[Connection] = []
    stop = state.subscribe(heard.append)
    state.answered(signed_in=False)
    state.answered(signed_in=True)
    state.away()
    state.away()
    state.answered(signed_in=True)
    stop()
    stop()
    state.away()
    assert heard == [Connection.CONNECTED, Connection.AWAY, Connection.CONNECTED]
    assert state.present.name == "AWAY"


def test_an_ended_session_stays_ended_until_somebody_signs_in(state: ConnectionState):
    state.signed_out("Your session has ended; sign in again.")
    state.answered(signed_in=False)
    assert state.present.name == "SIGNED_OUT"
    state.answered(signed_in=True)
    assert state.present.name == "CONNECTED"


def test_a_server_that_is_updated_is_connected_again(state: ConnectionState):
    state.too_new()
    assert state.present.name == "TOO_NEW"
    state.answered(signed_in=False)
    assert state.present.name == "CONNECTED"


def test_a_listener_that_fails_stops_nobody(
    state: ConnectionState, caplog: pytest.LogCaptureFixture
):
    heard: list[Connection] = []

    def fail(_: Connection) -> None:
        raise ValueError("a bug")

    state.subscribe(fail)
    state.subscribe(heard.append)
    with caplog.at_level(logging.CRITICAL, logger="helpdesk"):
        state.away()
    assert heard == [Connection.AWAY]


def test_a_listener_may_set_the_state_itself_and_order_is_kept(state: ConnectionState):
    heard: list[Connection] = []
    state.subscribe(
        lambda now: (
            state.signed_out("Your session has ended; sign in again.")
            if now is Connection.AWAY
            else None
        )
    )
    state.subscribe(heard.append)
    state.away()
    assert state.present.name == "SIGNED_OUT"
    assert heard[-1] is Connection.SIGNED_OUT
