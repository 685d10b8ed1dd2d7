# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of a screen may ask for: the program's look, and work that is done at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from PyQt5.QtCore import QLocale, QTimer
from PyQt5.QtWidgets import QApplication

from helpdesk.app import App
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import NewSession
from helpdesk.ui import theme
from helpdesk.ui.background import Background
from helpdesk.ui.tickets import sending
from tests.conftest import PASSWORD, SettableClock
from tests.ui.assist_fixtures import assisted, model, source  # noqa: F401 - fixtures
from tests.ui.inline import InlineBackground
from tests.ui.patience import PatientBot
from tests.ui.remote_fixtures import away_seat, server, start_remote  # noqa: F401 - fixtures
from tests.ui.seats import LONGEST_MS, Seat, calm
from tests.ui.stalls import Stalls


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[theme.Theme]:
    """Dress the program in the light theme, in nobody's locale."""
    QLocale.setDefault(QLocale.c())
    look = theme.current()
    if not qapp.styleSheet():
        look.apply(qapp)
    look.set_mode("light")
    yield look
    look.set_mode("light")


@pytest.fixture(autouse=True)
def replies_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let replies leave at once, but where a test is about their waiting."""
    monkeypatch.setattr(sending, "USUAL_SECONDS", 0)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """Return what uses windows as a person does, and waits for them."""
    return PatientBot(request)


@pytest.fixture
def inline() -> Iterator[InlineBackground]:
    """Return a background that works at once."""
    background = InlineBackground()
    yield background
    background.shutdown()


@pytest.fixture
def background() -> Iterator[Background]:
    """Return the background with its threads."""
    background = Background()
    yield background
    background.shutdown()


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread alive or a window open."""
    before = set(threading.enumerate())
    yield
    # A thread of Qt's leaves a stand-in behind; still running, it would end the process by itself.
    threads = {each for each in threading.enumerate() if not each.name.startswith("Dummy-")}
    left = [thread.name for thread in threads - before]
    assert left == [], "threads were left running"
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    for window in windows:
        window.hide()
    assert windows == [], "windows were left open"


@pytest.fixture(autouse=True)
def _nothing_logged(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail a test in which the program logs a warning that the test does not ask for."""
    yield
    if "faults" in request.fixturenames:
        return
    # The executor and the sign-in log refusals, which many tests bring about on purpose.
    records = [
        record
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and not record.name.startswith("helpdesk.services")
    ]
    assert [r.getMessage() for r in records] == []


@pytest.fixture
def faults(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Ask for the log of a test in which the program is to log a fault."""
    return caplog


@pytest.fixture
def stalls() -> Iterator[Stalls]:
    """Return what finds freezes once started; a test during which there were some fails."""
    found = Stalls()
    yield found
    found.stop()
    assert found.found == [], "the window froze"


@pytest.fixture
def seated(
    qtbot, embedded: EmbeddedDesk, folder: DataFolder, clock: SettableClock
) -> Iterator[Callable[[str], Seat]]:
    """Return a function that seats somebody of ``PEOPLE`` in front of the desk."""
    seats: list[Seat] = []

    def sit_down(username: str) -> Seat:
        session = NewSession(username=username, password=PASSWORD)
        seats.append(Seat(qtbot, embedded, folder, clock, session))
        return seats[-1]

    yield sit_down
    for seat in seats:
        seat.leave()


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Make the desk wait only for a moment when another program holds the file."""
    monkeypatch.setenv("HELPDESK_DATABASE__BUSY_TIMEOUT_SECONDS", "0.05")


@pytest.fixture
def start_app(qtbot, folder: DataFolder) -> Iterator[Callable[..., App]]:
    """Return a function that starts the whole program on a data folder, the test's by default."""
    started: list[App] = []

    def start(where: DataFolder | None = None) -> App:
        app = App(where or folder)
        started.append(app)
        with qtbot.waitSignals([app.background.idle], timeout=LONGEST_MS):
            app.start()
        calm(qtbot, app)
        return app

    yield start
    for app in started:
        app.stop()
        for timer in app.findChildren(QTimer):
            timer.stop()
