# SPDX-License-Identifier: GPL-3.0-or-later
"""Two technicians in two windows, on one ticket of a real server over PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt, QTimer

from helpdesk.app import App
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket, TicketView
from helpdesk.ui.tickets import sending
from helpdesk.ui.tickets.stale_dialog import StaleDialog
from tests import servers
from tests.conftest import PASSWORD
from tests.matrix import LOCAL_POSTGRESQL
from tests.ui.seats import LONGEST_MS, calm, click, enter

pytestmark = pytest.mark.desk_kinds(LOCAL_POSTGRESQL)

SECONDS_30 = 30_000


@pytest.fixture
def window_of(qtbot, tmp_path: Path, embedded) -> Iterator[Callable[[str], Any]]:
    """Return a function that opens the whole program for somebody, on the server."""
    started: list[App] = []
    with servers.serving(embedded) as url:

        def start(username: str) -> Any:
            app = App(DataFolder(tmp_path / username).ensure(), server=url)
            started.append(app)
            with qtbot.waitSignals([app.background.idle], timeout=SECONDS_30):
                app.start()
            calm(qtbot, app)
            window: Any = enter(qtbot, app, username, PASSWORD)
            window.app = app
            return window

        yield start
        for app in started:
            app.stop()
            for timer in app.findChildren(QTimer):
                timer.stop()


def open_ticket(qtbot, window: Any, ticket: TicketView) -> Any:
    window.show_ticket(ticket.id)
    pane = window.current_tab().pane
    qtbot.waitUntil(
        lambda: pane.ticket is not None and pane.ticket.id == ticket.id, timeout=LONGEST_MS
    )
    calm(qtbot, window.app)
    return pane


def test_they_see_each_other_and_lose_nothing(window_of, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    bob, frank = window_of("bob"), window_of("frank")
    at_bob, at_frank = open_ticket(qtbot, bob, ticket), open_ticket(qtbot, frank, ticket)

    def says(pane: Any, sentence: str) -> None:
        qtbot.waitUntil(lambda: pane.conversing.strip.text == sentence, timeout=LONGEST_MS)

    says(at_bob, "Frank is looking")
    says(at_frank, "Bob is looking")
    qtbot.keyClicks(at_bob.reply_box.text, "Please take out the drum.")
    says(at_frank, "Bob is writing…")

    # Frank is quicker; Bob is told while he writes, and asked before his reply leaves.
    qtbot.keyClicks(at_frank.reply_box.text, "A technician comes at ten.")
    click(qtbot, at_frank.reply_box.send_button)
    qtbot.waitUntil(lambda: "Frank Osei" in at_bob.conversing.news.text, timeout=LONGEST_MS)
    click(qtbot, at_bob.reply_box.send_button)
    asked = next(each for each in bob.findChildren(StaleDialog) if each.isVisible())
    qtbot.keyClick(asked, Qt.Key_Escape)
    assert at_bob.reply_box.text.toPlainText() == "Please take out the drum."

    # He sends it after all, and closes the window while it waits: it leaves before.
    sending.choose_seconds(bob.desktop, 30)
    click(qtbot, at_bob.reply_box.send_button)
    asked = next(each for each in bob.findChildren(StaleDialog) if each.isVisible())
    click(qtbot, asked.send_button)
    assert at_bob.conversing.card.text == "Sending in 30 s"
    bob.close()
    qtbot.waitUntil(lambda: not bob.isVisible(), timeout=LONGEST_MS)
    said = [each.body for each in sign_in("alice").tickets.view(ticket.id).comments]
    assert said == ["A technician comes at ten.", "Please take out the drum."]
    says(at_frank, "")
    frank.close()
