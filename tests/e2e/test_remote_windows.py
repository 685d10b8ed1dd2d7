# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole program against a real server over loopback: calls, news, outages, goodbye."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QLabel, QWidget

from helpdesk.app import App
from helpdesk.client.connection import Connection
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import NotFound
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery, TicketView
from helpdesk.core.schemas.users import Role, UserChange
from helpdesk.ui.connection_status import ConnectionStatus
from tests import servers
from tests.conftest import PASSWORD
from tests.ui.seats import LONGEST_MS, calm, click, enter, numbers

SECONDS_30 = 30_000
SECONDS_AT_MOST = 5


@pytest.fixture
def workstation(tmp_path) -> DataFolder:
    """Return the data folder of a workstation, with no desk in it."""
    return DataFolder(tmp_path / "workstation").ensure()


@pytest.fixture
def open_at(qtbot, workstation: DataFolder) -> Iterator[Callable[[str], App]]:
    """Return a function that starts the program against a server's address."""
    started: list[App] = []

    def start(url: str) -> App:
        app = App(workstation, server=url)
        started.append(app)
        with qtbot.waitSignals([app.background.idle], timeout=SECONDS_30):
            app.start()
        calm(qtbot, app)
        return app

    yield start
    for app in started:
        app.stop()
        for timer in app.findChildren(QTimer):
            timer.stop()


@pytest.fixture
def url(embedded) -> Iterator[str]:
    with servers.serving(embedded) as served:
        yield served


def words(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisible())


def test_people_work_on_a_server_as_on_a_file(url, open_at, workstation, sign_in, qtbot):
    app = open_at(url)
    assert "Team desk · 127.0.0.1" in words(app.sign_in_window)
    window = enter(qtbot, app, "alice", PASSWORD)
    tab: Any = window.open_tab("submit")
    calm(qtbot, app)
    qtbot.keyClicks(tab.subject, "The printer is jammed")
    with qtbot.waitSignal(tab.submitted, timeout=LONGEST_MS):
        click(qtbot, tab.submit_button)
    found = sign_in("bob").tickets.search(TicketQuery())
    assert [row.subject for row in found.items] == ["The printer is jammed"]
    status = window.findChild(ConnectionStatus)
    assert status is not None
    assert "Connected · 127.0.0.1" in words(status)
    assert not workstation.database.exists(), "nothing of the desk lies here"


def test_what_others_do_arrives_over_the_stream(url, open_at, sign_in, qtbot):
    app = open_at(url)
    window = enter(qtbot, app, "bob", PASSWORD)
    tab: Any = window.open_tab("manage")
    calm(qtbot, app)
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    qtbot.waitUntil(lambda: ticket.number in numbers(tab.list), timeout=LONGEST_MS)


def test_a_new_role_arrives_over_the_stream(url, open_at, embedded, qtbot):
    app = open_at(url)
    before = enter(qtbot, app, "bob", PASSWORD)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.change(bob.id, UserChange(role=Role.ADMIN, version=bob.version))
    qtbot.waitUntil(
        lambda: app.main_window is not None and app.main_window is not before, timeout=LONGEST_MS
    )
    calm(qtbot, app)
    assert app.main_window is not None
    assert app.main_window.tab_keys == [
        "dashboard",
        "submit",
        "view",
        "manage",
        "articles",
        "assistant",
        "reports",
        "users",
        "audit",
        "settings",
    ]


def write_reply(qtbot, app: App, key: str, ticket: TicketView, text: str) -> None:
    """Open a ticket in a tab and begin to write."""
    assert app.main_window is not None
    tab: Any = app.main_window.open_tab(key)
    tab.show_ticket(ticket.id)
    qtbot.waitUntil(lambda: is_open(tab, ticket), timeout=LONGEST_MS)
    calm(qtbot, app)
    qtbot.keyClicks(tab.pane.reply_box.text, text)


def is_open(tab: Any, ticket: TicketView) -> bool:
    return tab.pane.ticket is not None and tab.pane.ticket.id == ticket.id


def test_a_lower_role_is_in_force_within_seconds_and_keeps_what_was_written(
    url, open_at, embedded, sign_in, qtbot
):
    own = sign_in("bob").tickets.open(NewTicket(subject="My own chair"))
    foreign = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    app = open_at(url)
    enter(qtbot, app, "bob", PASSWORD)
    write_reply(qtbot, app, "manage", foreign, "Half a reply to Alice")
    write_reply(qtbot, app, "view", own, "Half a reply of my own")
    elsewhere = sign_in("bob")
    elsewhere.tickets.view(foreign.id)
    admin = embedded.as_system()

    def give(role: Role) -> None:
        before, since = app.main_window, monotonic()
        bob = admin.users.named("bob")
        admin.users.change(bob.id, UserChange(role=role, version=bob.version))
        qtbot.waitUntil(lambda: app.main_window not in (None, before), timeout=LONGEST_MS)
        assert monotonic() - since < SECONDS_AT_MOST
        calm(qtbot, app)

    give(Role.USER)
    with pytest.raises(NotFound):
        elsewhere.tickets.view(foreign.id)
    window = app.main_window
    assert window is not None
    assert "manage" not in window.tab_keys
    tab: Any = window.open_tab("view")
    qtbot.waitUntil(lambda: is_open(tab, own), timeout=LONGEST_MS)
    calm(qtbot, app)
    assert numbers(tab.list) == [own.number]
    assert tab.pane.reply_box.text.toPlainText() == "Half a reply of my own"
    give(Role.TECHNICIAN)
    write_reply(qtbot, app, "manage", foreign, ", and its end")
    assert app.main_window is not None
    tab = app.main_window.current_tab()
    assert tab.pane.reply_box.text.toPlainText() == "Half a reply to Alice, and its end"


def test_a_server_that_stops_is_noticed_and_nothing_written_is_lost(
    open_at, embedded, settings, qtbot
):
    with servers.running(embedded, settings) as served:
        app = open_at(served.url)
        window = enter(qtbot, app, "alice", PASSWORD)
        tab: Any = window.open_tab("submit")
        calm(qtbot, app)
    link = window.desktop.link
    qtbot.waitUntil(lambda: link.connection is Connection.AWAY, timeout=SECONDS_30)
    qtbot.keyClicks(tab.subject, "Written meanwhile")
    click(qtbot, tab.submit_button)
    qtbot.waitUntil(lambda: len(link.waiting) == 1, timeout=SECONDS_30)
    assert tab.subject.text() == ""


def test_signing_out_ends_the_session_at_the_server(url, open_at, embedded, qtbot):
    app = open_at(url)
    enter(qtbot, app, "alice", PASSWORD)
    assert app.main_window is not None
    app.main_window.sign_out()
    calm(qtbot, app)
    assert app.sign_in_window.username.isVisible()
    window = enter(qtbot, app, "erin", PASSWORD)
    assert window.desktop.person.username == "erin"
