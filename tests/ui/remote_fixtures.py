# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for windows on a server that a test takes away and brings back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PyQt5.QtCore import QTimer

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import NewSession
from tests.conftest import PASSWORD, SettableClock
from tests.ui.remote_twin import RemoteSeat, TwinApp, TwinServer
from tests.ui.seats import calm


@pytest.fixture
def server(embedded: EmbeddedDesk, folder: DataFolder) -> Iterator[TwinServer]:
    """Return a server of the test's desk."""
    twin = TwinServer(embedded, folder.path / "outbox")
    yield twin
    twin.close()


@pytest.fixture
def away_seat(
    qtbot, server: TwinServer, folder: DataFolder, clock: SettableClock
) -> Iterator[Callable[[str], RemoteSeat]]:
    """Return a function that seats somebody of ``PEOPLE`` in front of the server's desk."""
    seats: list[RemoteSeat] = []

    def sit_down(username: str) -> RemoteSeat:
        session = NewSession(username=username, password=PASSWORD)
        seats.append(RemoteSeat(qtbot, server, folder, clock, session))
        seats[-1].settle()
        return seats[-1]

    yield sit_down
    for seat in seats:
        seat.leave()


@pytest.fixture
def start_remote(qtbot, server: TwinServer, folder: DataFolder) -> Iterator[Callable[[], TwinApp]]:
    """Return a function that starts the whole program against the server."""
    started: list[TwinApp] = []

    def start() -> TwinApp:
        app = TwinApp(folder, server)
        started.append(app)
        with qtbot.waitSignals([app.background.idle]):
            app.start()
        calm(qtbot, app)
        return app

    yield start
    for app in started:
        app.stop()
        for timer in app.findChildren(QTimer):
            timer.stop()
