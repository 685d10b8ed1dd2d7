# SPDX-License-Identifier: GPL-3.0-or-later
"""Two desktops, one server in a process of its own, PostgreSQL: news, and an outage in between."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QTimer

from helpdesk import cli
from helpdesk.app import App
from helpdesk.client.connection import Connection
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD
from tests.places import postgres_copy
from tests.ui.seats import LONGEST_MS, calm, click, enter, numbers

ROOT = Path(cli.__file__).parents[1]
LONG_MS = 90_000
"""A client that has waited for a while looks only once a minute whether the server is back."""


class Server:
    """``helpdesk serve`` at one address, which can be killed and started again."""

    def __init__(self, folder: DataFolder, database: str) -> None:
        self._folder = folder
        self._database = database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        places = {
            "HELPDESK_DATA_DIR": str(self._folder.path),
            "HELPDESK_DATABASE_URL": self._database,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "helpdesk", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, **places},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self.url in self._process.stdout.readline()

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.communicate(timeout=60)


@pytest.fixture
def server(tmp_path: Path, template: Path) -> Iterator[Server]:
    with postgres_copy(template) as database:
        server = Server(DataFolder(tmp_path / "server").ensure(), database)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture
def desktop(qtbot, server: Server, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Return a function that seats somebody at a workstation of their own."""
    started: list[App] = []

    def sit_down(username: str) -> Any:
        app = App(DataFolder(tmp_path / username).ensure(), server=server.url)
        started.append(app)
        with qtbot.waitSignals([app.background.idle], timeout=LONG_MS):
            app.start()
        calm(qtbot, app)
        return enter(qtbot, app, username, PASSWORD)

    yield sit_down
    for app in started:
        app.stop()
        for timer in app.findChildren(QTimer):
            timer.stop()


@pytest.fixture
def colleague(server: Server, settings: Settings) -> Iterator[HelpDesk]:
    """Return the desk as a manager's own script sees it."""
    desk = HelpDesk(HttpTransport(server.url, settings.client))
    desk.sessions.sign_in(NewSession(username="charlie", password=PASSWORD))
    yield desk
    desk.close()


def test_two_desktops_see_each_others_changes(desktop, qtbot):
    alice, bob = desktop("alice"), desktop("bob")
    queue = bob.open_tab("manage")
    form = alice.open_tab("submit")
    qtbot.keyClicks(form.subject, "The printer is jammed")
    with qtbot.waitSignal(form.submitted, timeout=LONGEST_MS) as submitted:
        click(qtbot, form.submit_button)
    ticket = submitted.args[0]
    qtbot.waitUntil(lambda: ticket.number in numbers(queue.list), timeout=LONGEST_MS)
    alice.show_ticket(ticket.id)
    theirs = alice.open_tab("view").pane
    qtbot.waitUntil(lambda: theirs.ticket is not None, timeout=LONGEST_MS)
    bob.show_ticket(ticket.id)
    ours = bob.open_tab("manage").pane
    qtbot.waitUntil(lambda: ours.ticket is not None, timeout=LONGEST_MS)
    qtbot.keyClicks(ours.reply_box.text, "I am on my way.")
    click(qtbot, ours.reply_box.send_button)
    qtbot.waitUntil(
        lambda: [c.body for c in theirs.ticket.comments] == ["I am on my way."],
        timeout=LONGEST_MS,
    )


def test_what_is_done_while_the_server_is_away_arrives_once(server, desktop, colleague, qtbot):
    ticket = colleague.tickets.open(NewTicket(subject="The scanner beeps"))
    bob = desktop("bob")
    queue, form = bob.open_tab("manage"), bob.open_tab("submit")
    bob.open_tab("manage")
    qtbot.waitUntil(lambda: ticket.number in numbers(queue.list), timeout=LONGEST_MS)
    queue.show_ticket(ticket.id)
    qtbot.waitUntil(lambda: queue.pane.ticket is not None, timeout=LONGEST_MS)
    server.kill()
    link = bob.desktop.link
    qtbot.waitUntil(lambda: link.connection is Connection.AWAY, timeout=LONG_MS)
    qtbot.keyClicks(queue.pane.reply_box.text, "I have a new roller.")
    click(qtbot, queue.pane.reply_box.send_button)
    qtbot.waitUntil(lambda: len(link.waiting) == 1, timeout=LONGEST_MS)
    queue.pane.set_priority(Priority.HIGH)
    qtbot.waitUntil(lambda: len(link.waiting) == 2, timeout=LONGEST_MS)
    bob.open_tab("submit")
    qtbot.keyClicks(form.subject, "Order more rollers")
    click(qtbot, form.submit_button)
    qtbot.waitUntil(lambda: len(link.waiting) == 3, timeout=LONGEST_MS)
    server.start()
    qtbot.waitUntil(lambda: link.waiting == (), timeout=LONG_MS)
    now = colleague.tickets.view(ticket.id)
    assert [comment.body for comment in now.comments] == ["I have a new roller."]
    assert now.priority is Priority.HIGH
    found = colleague.tickets.search(TicketQuery(text="rollers "))
    assert [row.subject for row in found.items] == ["Order more rollers"]
    assert colleague.tickets.count(TicketQuery()).count == 2
