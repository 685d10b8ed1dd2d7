# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody sees when an admin changes their account while they work."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtWidgets import QLabel, QWidget

from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import Leaving, Role, UserChange
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.widgets.toast import toasts_of
from tests.conftest import PASSWORD
from tests.ui.seats import LONGEST_MS, calm, enter, named


@pytest.fixture(params=["embedded", "remote"])
def start(request):
    """Return what starts the program, on this workstation or against a server."""
    return request.getfixturevalue("start_app" if request.param == "embedded" else "start_remote")


@pytest.fixture
def change(embedded, qtbot):
    """Return a function by which an admin elsewhere changes somebody's account."""

    def changed(username: str, **fields: object) -> None:
        admin = embedded.as_system()
        user = admin.users.named(username)
        admin.users.change(user.id, UserChange(version=user.version, **fields))

    return changed


def opened(window: MainWindow, key: str) -> Any:
    """Return a tab, brought to the front."""
    return window.open_tab(key)


def other_window(qtbot, app, before):
    qtbot.waitUntil(
        lambda: app.main_window is not None and app.main_window is not before, timeout=LONGEST_MS
    )
    calm(qtbot, app)
    return app.main_window


def test_a_new_role_has_its_tabs_at_once_and_says_so(start, change, qtbot):
    app = start()
    before = enter(qtbot, app, "bob", PASSWORD)
    before.open_tab("view")
    calm(qtbot, app)
    change("bob", role=Role.ADMIN)
    window = other_window(qtbot, app, before)
    assert window.tab_keys == [
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
    assert window.tab_keys[window.navigation.currentIndex()] == "view", "the tab stays open"
    assert [t.accessibleName() for t in toasts_of(window)] == ["Your role is now Admin."]
    assert window.isVisible()
    assert not app.sign_in_window.isVisible()


def test_a_tab_that_is_gone_leaves_the_usual_one(start, change, qtbot):
    app = start()
    before = enter(qtbot, app, "bob", PASSWORD)
    before.open_tab("manage")
    calm(qtbot, app)
    change("bob", role=Role.USER)
    window = other_window(qtbot, app, before)
    assert window.tab_keys == ["submit", "view", "articles", "assistant", "settings"]
    assert window.tab_keys[window.navigation.currentIndex()] == "submit"


def test_nothing_typed_is_lost_with_the_tabs(start, change, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    app = start()
    before = enter(qtbot, app, "alice", PASSWORD)
    qtbot.keyClicks(opened(before, "submit").subject, "Half a ticket")
    tab = opened(before, "view")
    qtbot.waitUntil(lambda: tab.pane.ticket is not None, timeout=LONGEST_MS)
    qtbot.keyClicks(tab.pane.reply_box.text, "Half a reply")
    change("alice", role=Role.TECHNICIAN)
    window = other_window(qtbot, app, before)
    tab = window.current_tab()
    qtbot.waitUntil(lambda: tab.pane.ticket is not None, timeout=LONGEST_MS)
    assert tab.pane.ticket.id == ticket.id
    assert tab.pane.reply_box.text.toPlainText() == "Half a reply"
    assert opened(window, "submit").subject.text() == "Half a ticket"


def test_a_new_name_is_shown_without_new_tabs(start, change, qtbot):
    app = start()
    window = enter(qtbot, app, "bob", PASSWORD)
    change("bob", full_name="Robert Keller")
    qtbot.waitUntil(
        lambda: any("Robert Keller" in w.accessibleName() for w in window.findChildren(QWidget)),
        timeout=LONGEST_MS,
    )
    assert app.main_window is window


def test_somebody_else_s_change_is_nobody_s_business(start, change, qtbot):
    app = start()
    window = enter(qtbot, app, "bob", PASSWORD)
    change("erin", role=Role.ADMIN)
    calm(qtbot, app)
    window.desktop.feed.look()
    calm(qtbot, app)
    assert app.main_window is window


def test_the_end_of_an_account_leads_back_with_its_sentence(start, embedded, qtbot):
    app = start()
    window = enter(qtbot, app, "bob", PASSWORD)
    qtbot.keyClicks(opened(window, "submit").subject, "Half a ticket")
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.deactivate(bob.id, Leaving(version=bob.version))
    qtbot.waitUntil(lambda: app.main_window is None, timeout=LONGEST_MS)
    calm(qtbot, app)
    errors = [
        x.text()
        for x in app.sign_in_window.findChildren(QLabel)
        if x.property("role") == "error" and x.isVisible()
    ]
    assert errors == ["Your account has been deactivated; ask an admin."]
    admin.users.reactivate(bob.id, admin.users.named("bob").version)
    window = enter(qtbot, app, "bob", PASSWORD)
    assert opened(window, "submit").subject.text() == "Half a ticket"


def test_an_admin_s_list_of_people_follows_what_others_do(start, embedded, change, qtbot):
    app = start()
    window = enter(qtbot, app, "dana", PASSWORD)
    tab = opened(window, "users")
    calm(qtbot, app)
    change("erin", full_name="Erin Renamed")
    table = named(tab, "People")

    def names() -> list[str]:
        model = table.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    qtbot.waitUntil(lambda: any("Erin Renamed" in name for name in names()), timeout=LONGEST_MS)
